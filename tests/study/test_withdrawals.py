"""Whether the station lives without each partner: a fortnight of the reference, and the rule."""

from dataclasses import replace

import pytest

from ilrs.programme.load import load
from ilrs.study.chain import in_scenario, run_programme
from ilrs.study.judge import judge
from ilrs.study.metrics import measure
from ilrs.study.withdrawals import (
    StationLeft,
    each_withdrawal,
    withdrawals_record,
    withdrawals_table,
)
from ilrs.study.worth import withdrawal


@pytest.fixture(scope="module")
def base():
    """The reference's first weeks with the two founders and one guest."""
    programme = load(["reference"]).programme
    year = next(iter(programme.scenarios.values()))
    weeks = year.model_copy(update={"end": "2036-01-15", "step_s": 10800.0})
    kept = {"CN", "RU", "EG"}
    return run_programme(
        programme.model_copy(
            update={
                "scenarios": {weeks.id: weeks},
                "elements": {k: e for k, e in programme.elements.items() if e.owner in kept},
                "experiments": {k: e for k, e in programme.experiments.items() if e.owner in kept},
                "requirements": {"NO-SINGLE-PARTNER": programme.requirements["NO-SINGLE-PARTNER"]},
            }
        )
    )


def left(**changes):
    values = {
        "partner": "A", "essential": ("POWER",), "lost": (), "measures": (10.0, 5.0, 1.0),
        "of_all": (20.0, 10.0, 2.0),
    }  # fmt: skip
    return StationLeft(**values | changes)


@pytest.mark.parametrize(
    ("changes", "lives", "why"),
    [
        ({}, True, ""),
        ({"lost": ("ROVER",)}, True, "ROVER lost"),
        ({"lost": ("ROVER", "POWER")}, False, "ROVER, POWER lost"),
        ({"essential": ()}, False, "no essential element is left"),
        ({"measures": (10.0, 5.0, 0.0)}, False, "no data reach Earth"),
        ({"measures": (0.0, 5.0, 0.0), "of_all": (0.0, 10.0, 0.0)}, True, ""),
    ],
)
def test_a_station_lives_while_what_it_needs_is_left_and_heard(changes, lives, why):
    assert (left(**changes).lives, left(**changes).why) == (lives, why)


def test_the_guest_can_go_and_china_leaves_silence(base):
    rows = each_withdrawal(base.programme, base=base, workers=1)
    assert [(row.partner, row.lives) for row in rows] == [("CN", False), ("EG", True), ("RU", True)]
    assert rows[0].why.endswith("no data reach Earth")
    # What is left is the run's own answer to a withdrawal.
    alone = withdrawal(base.programme, ["EG"], base=base)
    assert alone.partners == ("EG",)
    columns, table = withdrawals_table(rows)
    assert columns == ("without", "the station", "because", "research", "life", "data")
    assert [line[1] for line in table] == ["dies", "lives", "lives"]


def test_the_requirement_is_judged_on_the_record_and_open_without(base):
    assert measure(base, "withdrawals_that_kill").value is None
    assert base.verdicts[0].holds is None
    record = withdrawals_record([left(partner="A", essential=()), left(partner="B")])
    known = replace(base, withdrawals=record)
    verdict = judge(known)[0]
    assert (verdict.measured, verdict.holds) == (1.0, False)
    assert verdict.why == "A: no essential element is left"


def test_a_scenario_may_say_who_has_withdrawn(base):
    programme = base.programme
    year = base.scenario.model_copy(update={"without": ("RU",)})
    named = programme.model_copy(update={"scenarios": {year.id: year}})
    standing, chosen = in_scenario(named, None)
    assert chosen.without == ("RU",)
    assert not [e for e in standing.elements.values() if e.owner == "RU"]
    assert standing.missions["LUNA-26"].status == "withdrawn"
    run = run_programme(named)
    assert run.programme.sha256 == standing.sha256
