"""What partners get by the programme's rules."""

from collections.abc import Callable
from typing import Any

import pytest

from ilrs.cooperation.benefits import benefit_findings, benefits, observation_shares
from ilrs.foundation.errors import IlrsError
from ilrs.programme.entities import Programme
from ilrs.programme.load import Loaded
from ilrs.programme.places import Places


def got(programme: Programme, **options: Any) -> dict[tuple[str, str], tuple[float, float | None]]:
    return {
        (row.benefit, row.partner): (row.share, row.amount)
        for row in benefits(programme, **options)
    }


def ruled(declare: Callable[..., Programme], **rules: dict[str, Any]) -> Programme:
    return declare(benefits=rules)


def test_shares_go_by_what_is_given(declare: Callable[..., Programme]) -> None:
    programme = ruled(declare, TIME={"gives": "observation_time", "by": "mass"})
    # 5 t of the reactor, 200 kg of the rover; APSCO gives nothing and is in no rule
    assert got(programme) == {
        ("TIME", "CN"): (pytest.approx(200 / 5200), None),
        ("TIME", "RU"): (pytest.approx(5000 / 5200), None),
    }


def test_rules_for_one_thing_add_up(declare: Callable[..., Programme]) -> None:
    programme = ruled(
        declare,
        TIME={"gives": "observation_time", "by": "mass", "part": "50 %", "to": ["RU", "CN"]},
        FLOOR={"gives": "observation_time", "part": "50 %", "to": ["APSCO", "CN", "RU"]},
    )
    assert observation_shares(programme) == {
        "CN": pytest.approx(0.5 * 200 / 5200 + 0.5 / 3),
        "RU": pytest.approx(0.5 * 5000 / 5200 + 0.5 / 3),
        "APSCO": pytest.approx(0.5 / 3),
    }


def test_a_least_is_given_before_the_rest(declare: Callable[..., Programme]) -> None:
    programme = ruled(
        declare,
        POWER={"gives": "power", "by": "mass", "least": "10 %", "power": "1 kW",
               "to": ["CN", "RU", "APSCO"]},
    )  # fmt: skip
    shares = got(programme)
    assert shares["POWER", "APSCO"] == (pytest.approx(0.1), pytest.approx(100.0))
    assert shares["POWER", "RU"][0] == pytest.approx(0.1 + 0.7 * 5000 / 5200)
    assert sum(share for share, _ in shares.values()) == pytest.approx(1.0)


def test_seats_are_whole_and_none_is_lost(declare: Callable[..., Programme]) -> None:
    fixed = {"CN": "45 %", "RU": "35 %", "APSCO": "20 %"}
    rule = {"gives": "training_seats", "by": "fixed", "seats": 7, "shares": fixed}
    # 3.15, 2.45 and 1.4 seats: the seventh goes to the largest remainder, RU's
    assert [amount for _, amount in got(ruled(declare, SEATS=rule)).values()] == [3.0, 3.0, 1.0]


def test_worth_is_asked_for_where_a_rule_goes_by_it(declare: Callable[..., Programme]) -> None:
    programme = ruled(declare, GUESTS={"gives": "flight_mass", "by": "worth", "mass": "100 kg"})
    assert got(programme, worths={"CN": 0.3, "RU": 0.1, "APSCO": 9.0}) == {
        ("GUESTS", "CN"): (pytest.approx(0.75), pytest.approx(75.0)),
        ("GUESTS", "RU"): (pytest.approx(0.25), pytest.approx(25.0)),
    }
    with pytest.raises(IlrsError) as caught:
        benefits(programme)
    assert str(caught.value) == (
        "the rule GUESTS goes by what partners are worth; `ilrs worth --json > FILE` says what that"
        " is. Name that file with `ilrs benefits --worth`; for a plan, declare `entitlements:`."
    )


def test_rules_that_leave_somebody_out_are_pointed_out(declare: Callable[..., Programme]) -> None:
    probe = {"element": "REACTOR", "fields": [], "wanted": "1 h", "power": "1 W"}
    programme = declare(
        benefits={
            "TIME": {"gives": "observation_time", "by": "crew", "part": "50 %"},
            "MORE": {"gives": "observation_time", "by": "mass", "part": "50 %"},
        },
        experiments={"DUST": probe | {"owner": "APSCO"}, "HEAT": probe | {"owner": "CN"}},
    )
    found = benefit_findings(Loaded(programme, Places()))
    assert [f"{f.severity} {f.entity}: {f.found}; {f.possible}. {f.mend}" for f in found] == [
        "warning benefits.TIME: nobody that it is for gives anything that counts as 'crew'; a rule"
        " shares out among partners whose contributions stand. Let it go by another measure, or"
        " name partners under `to:`.",
        "warning experiments.DUST: APSCO gets no observation time; the rule TIME shares it out, and"
        " nothing is planned for a partner without. Name it under `to:`, or give each one a"
        " `least:`.",
    ]


def test_a_rule_for_nobody_is_pointed_out(declare: Callable[..., Programme]) -> None:
    programme = declare(benefits={"TIME": {"gives": "observation_time"}}, contributions={})
    assert [f.found for f in benefit_findings(Loaded(programme, Places()))] == [
        "a rule that is for nobody"
    ]
