"""The road map: overlap and lead of missions, milestones with slips, plans side by side."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from ilrs.cooperation import roadmap
from ilrs.foundation.errors import IlrsError
from ilrs.programme.entities import Programme

YEAR_D = 365.25


# Facts of 20 November 2026: Luna-26 in 2028 for 1 + 2 years, Chang'e-7 in 2027 for 8 years.
# Whatever days the two years mean, Luna-26's three years lie inside Chang'e-7's eight.
def test_overlap_is_the_whole_life_of_luna_26(programme: Programme) -> None:
    both = roadmap.overlap(programme, "LUNA-26", "CE-7")
    assert (both.least_d, both.nominal_d, both.most_d) == (3 * YEAR_D, 3 * YEAR_D, 3 * YEAR_D)
    assert both.text == (
        "LUNA-26 and CE-7 both work for 1096 d (1096 to 1096 d by their announced dates), "
        "nominally from 2028-07-02 to 2031-07-02."
    )
    again = roadmap.overlap(programme, "CE-7", "LUNA-26")
    assert (again.least_d, again.nominal_d, again.most_d) == (3 * YEAR_D, 3 * YEAR_D, 3 * YEAR_D)


def test_survey_comes_too_late_for_chang_e_7(programme: Programme) -> None:
    late = roadmap.lead(programme, "LUNA-26", "CE-7")
    # last day of 2028 to first of 2027, middle to middle, first of 2028 to last of 2027
    assert (late.least_d, late.nominal_d, late.most_d) == (-731.0, -365.5, 0.0)
    assert late.text == (
        "LUNA-26 is launched 366 d after CE-7 (-731 to 0 d by the dates): its survey comes too "
        "late for that landing."
    )


def test_survey_serves_a_later_landing(programme: Programme) -> None:
    early = roadmap.lead(programme, "LUNA-26", "LES-3")
    assert early.nominal_d == pytest.approx(7 * YEAR_D, abs=1.0)
    assert early.text == (
        "LUNA-26 is launched 2556 d before LES-3 (2191 to 2922 d by the dates): its survey can "
        "serve that landing."
    )


def test_lead_is_open_when_both_fly_in_the_same_year(declare: Callable[..., Programme]) -> None:
    missions = {
        "ORBITER": {"status": "planned", "launches": [{"date": "2030"}]},
        "LANDER": {"status": "planned", "launches": [{"date": "2030-12"}]},
    }
    text = roadmap.lead(declare(missions=missions), "ORBITER", "LANDER").text
    assert text == (
        "ORBITER is launched 167 d before LANDER (-31 to 365 d by the dates): whether its survey "
        "comes in time is open."
    )


def pair(declare: Callable[..., Programme], **second: Any) -> Programme:
    first = {"status": "planned", "launches": [{"date": "2030"}], "life": "100 d"}
    return declare(missions={"A": first, "B": {"status": "planned", **second}})


# brute force over all begins: A on any day of 2030 for 100 d, B on any day of a month for 50 d;
# the months lie within, after and before A's year, days counted from 1 January 2030
@pytest.mark.parametrize(
    ("month", "first_d", "last_d", "least_d", "most_d"),
    [
        ("2030-04", 90, 120, 0.0, 50.0),
        ("2031-03", 424, 455, 0.0, 41.0),
        ("2029-12", -31, 0, 0.0, 50.0),
    ],
)
def test_overlap_bounds_are_those_of_every_day_the_dates_allow(
    declare: Callable[..., Programme],
    month: str,
    first_d: int,
    last_d: int,
    least_d: float,
    most_d: float,
) -> None:
    programme = pair(declare, launches=[{"date": "2029-10"}], arrival=month, life="50 d")
    found = roadmap.overlap(programme, "A", "B")
    a, b = np.arange(366.0)[:, None], np.arange(first_d, last_d + 1.0)[None, :]
    common = np.maximum(np.minimum(a + 100.0, b + 50.0) - np.maximum(a, b), 0.0)
    assert (found.least_d, found.most_d) == (common.min(), common.max()) == (least_d, most_d)
    again = roadmap.overlap(programme, "B", "A")
    assert (again.least_d, again.most_d) == (least_d, most_d)


def test_overlap_text_says_so_when_only_other_than_nominal_dates_meet(
    declare: Callable[..., Programme],
) -> None:
    programme = pair(declare, launches=[{"date": "2030-04"}], life="50 d")
    found = roadmap.overlap(programme, "A", "B")
    assert found.nominal_d == 0.0  # A begins in July by its middle, B ends in June
    assert found.text == "A and B do not work together by their nominal dates; 50 d at most."


def test_overlap_ends_with_a_declared_end(declare: Callable[..., Programme]) -> None:
    programme = pair(declare, launches=[{"date": "2029-01-01T00:00Z"}], end="2030-07-12T12:00Z")
    found = roadmap.overlap(programme, "A", "B")
    assert (found.least_d, found.nominal_d, found.most_d) == (0.0, 10.0, 100.0)


def test_overlap_is_none_when_missions_never_meet(declare: Callable[..., Programme]) -> None:
    programme = pair(declare, launches=[{"date": "2020"}], end="2021")
    found = roadmap.overlap(programme, "A", "B")
    assert found.nominal_d == 0.0
    assert found.text == "A and B never work at the same time, whatever day their dates mean."


def test_overlap_is_zero_when_one_has_failed(programme: Programme) -> None:
    found = roadmap.overlap(programme, "LUNA-25", "CE-7")
    assert found.most_d == 0.0
    assert found.text == "LUNA-25 and CE-7 never work together: LUNA-25 failed."


def test_overlap_is_not_known_when_a_life_is_not(programme: Programme) -> None:
    found = roadmap.overlap(programme, "LES-3", "CE-8")
    assert found.nominal_d is None
    assert found.text == (
        "Not known: LES-3 and CE-8: no begin is declared, or neither a life nor an end."
    )


def test_lead_is_not_known_when_the_last_claim_names_no_date(programme: Programme) -> None:
    found = roadmap.lead(programme, "LUNA-26", "CE-8")
    assert found.nominal_d is None
    assert found.text == "Not known: no launch date is declared for CE-8."
    assert roadmap.mission_dates(programme, "CE-8") is None


def test_mission_is_refused_when_unknown(programme: Programme) -> None:
    with pytest.raises(IlrsError) as caught:
        roadmap.overlap(programme, "LUNA-62", "CE-7")
    assert str(caught.value) == (
        "there is no mission 'LUNA-62'; there are LUNA-26, CE-7, LES-3, CE-6, LUNA-25, CE-8. "
        "Correct the id."
    )


def milestones(**needs: tuple[str, list[str]]) -> dict[str, Any]:
    return {
        key: {"stage": "design", "by": by, "needs": list(wanted)}
        for key, (by, wanted) in needs.items()
    }


def test_milestones_follow_what_they_need_and_inherit_slips(
    declare: Callable[..., Programme],
) -> None:
    programme = declare(
        milestones=milestones(
            BASE=("2036", ["SURVEY", "POWER"]),
            POWER=("2033", ["LES-3"]),
            SURVEY=("2030", ["LUNA-26"]),
        )
    )
    rows = {row.milestone: row for row in roadmap.order(programme)}
    assert list(rows) == ["SURVEY", "POWER", "BASE"]
    assert rows["SURVEY"].holds and rows["SURVEY"].expected == rows["SURVEY"].by
    late = rows["POWER"].needs[0]
    assert (late.state, rows["POWER"].holds) == ("too late", False)
    # 1 January 2034 to the first, middle and last of 2035
    assert (late.slip.least_d, late.slip.nominal_d, late.slip.most_d) == (365.0, 547.5, 730.0)
    assert late.slip.text == ("LES-3 is due 2035-01-01 … 2036-01-01, 548 d late (365 to 730 d)")
    assert str(rows["POWER"].expected) == "2035-01-01 … 2036-01-01"
    assert rows["BASE"].holds  # the slip of POWER still ends before 2036 does


def test_milestone_slips_when_a_milestone_before_it_does(declare: Callable[..., Programme]) -> None:
    programme = declare(milestones=milestones(POWER=("2033", ["LES-3"]), BASE=("2034", ["POWER"])))
    base = roadmap.order(programme)[-1]
    assert base.needs[0].state == "too late"
    assert str(base.expected) == "2035-01-01 … 2036-01-01"


@pytest.mark.parametrize(
    ("by", "need", "state", "text"),
    [
        ("2028", "LUNA-26", "in time", "LUNA-26 is due 2028-01-01 … 2029-01-01, in time"),
        (
            "2028-06", "LUNA-26", "may be late",
            "LUNA-26 is due 2028-01-01 … 2029-01-01, 1 d late (0 to 184 d)",
        ),
        ("2030", "LUNA-25", "failed", "LUNA-25 has failed"),
        ("2030", "CE-8", "not known", "no date of CE-8 is known"),
        ("2030", "NOBODY", "not known", "no date of NOBODY is known"),
    ],
)  # fmt: skip
def test_need_is_judged_by_the_last_day_of_its_milestone(
    declare: Callable[..., Programme], by: str, need: str, state: str, text: str
) -> None:
    row = roadmap.order(declare(milestones=milestones(M=(by, [need]))))[0]
    assert (row.needs[0].state, row.needs[0].slip.text) == (state, text)
    assert row.holds == (state == "in time")


def test_milestones_are_refused_when_they_need_each_other(
    declare: Callable[..., Programme],
) -> None:
    programme = declare(milestones=milestones(A=("2030", ["B"]), B=("2031", ["A"])))
    with pytest.raises(IlrsError) as caught:
        roadmap.order(programme)
    assert str(caught.value) == (
        "the milestones A -> B -> A need each other in a circle; each can only need what may "
        "come before it. Take one of these ids out of a `needs`."
    )


def test_baselines_stand_side_by_side_with_their_phases_in_order(
    declare: Callable[..., Programme],
) -> None:
    programme = declare(
        baselines={"ROADMAP-2021": {"document": "Roadmap V1.0"}, "PLAN-2025": {}},
        phases={
            "UTIL": {"baseline": "ROADMAP-2021", "begin": "2036"},
            "RECON": {"baseline": "ROADMAP-2021", "begin": "2021", "end": "2025"},
            "BASIC": {"baseline": "PLAN-2025", "end": "2035", "missions": ["CE-8"]},
        },
    )
    first, second = roadmap.baselines(programme)
    assert (first.baseline, first.document) == ("ROADMAP-2021", "Roadmap V1.0")
    assert [phase.phase for phase in first.phases] == ["RECON", "UTIL"]
    assert first.phases[0].end is not None
    assert first.phases[0].end.latest == np.datetime64("2026-01-01", "ns")
    assert first.phases[1].end is None
    assert second.phases[0].begin is None and second.phases[0].missions == ("CE-8",)
