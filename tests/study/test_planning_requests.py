"""Experiments as sessions, and people's days: how many, how long, when, and what hangs on what."""

import math

import numpy as np
import pytest

from ilrs.foundation.windows import Windows
from ilrs.operations.problem import Activity
from ilrs.programme.entities import CrewVisit, Experiment, Follows, Sessions
from ilrs.study.planning_crew import CREW, crew_capacity, crew_duties
from ilrs.study.planning_requests import requests_of

HOUR_S, DAY_S = 3600.0, 86400.0
SPAN_S = 10 * DAY_S


def experiment(name: str, *, minimum_run_s: float = 2 * HOUR_S, **sessions: object) -> Experiment:
    return Experiment.model_construct(
        id=name, name="", owner="CN", element="LAB", fields=(), conditions=(), wanted_s=0.0,
        minimum_run_s=minimum_run_s, power_w=10.0, data_bps=5.0, priority=4,
        sessions=Sessions.model_construct(**sessions),
    )  # fmt: skip


def sessions(*experiments: Experiment, asked_h: float = 20.0) -> dict[str, Activity]:
    ids = [one.id for one in experiments]
    made = requests_of(
        experiments, windows=dict.fromkeys(ids, Windows([(0.0, SPAN_S)])), span_s=SPAN_S,
        asked_s=dict.fromkeys(ids, asked_h * HOUR_S), resources=dict.fromkeys(ids, {"LAB": 1.0}),
    )  # fmt: skip
    return {activity.id: activity for activity in made}


def test_without_sessions_an_experiment_asks_for_its_shortest_runs() -> None:
    found = sessions(experiment("X"), asked_h=20.0)
    assert list(found) == [f"X.{k:02d}" for k in range(1, 11)]
    one = found["X.01"]
    assert (one.duration_s, one.shortest_s, one.kind, one.partner) == (7200.0, None, "X", "CN")
    assert one.worth == 2 * 6.0  # two hours of priority 4
    assert one.needs == {"LAB": 1.0}


def test_the_last_session_is_cut_where_it_may_be_shorter() -> None:
    ranged = sessions(experiment("X", length_s=6 * HOUR_S, shortest_s=HOUR_S), asked_h=20.0)
    assert [one.duration_s / HOUR_S for one in ranged.values()] == [6.0, 6.0, 6.0, 2.0]
    assert all(one.shortest_s == HOUR_S for one in ranged.values())
    fixed = sessions(experiment("X", length_s=6 * HOUR_S), asked_h=20.0)
    assert [one.duration_s / HOUR_S for one in fixed.values()] == [6.0, 6.0, 6.0, 6.0]


def test_periodic_sessions_stand_each_in_its_own_period() -> None:
    found = sessions(experiment("X", every_s=2 * DAY_S))
    assert [list(one.windows) for one in found.values()] == [
        [(k * DAY_S, (k + 2) * DAY_S)] for k in (0, 2, 4, 6, 8)
    ]
    near = sessions(experiment("X", every_s=2 * DAY_S, tolerance_s=HOUR_S))["X.02"]
    # Due at the middle of its two days, less half of its two hours; an hour to both sides.
    assert list(near.windows) == [(3 * DAY_S - 2 * HOUR_S, 3 * DAY_S + 2 * HOUR_S)]


def test_chains_and_campaigns_go_session_by_session() -> None:
    chain = (Follows(experiment="X", least="1 h", most=None),)
    found = sessions(
        experiment("X", count=2), experiment("Y", count=3, follows=chain),
        experiment("Z", count=1, together_with="X"),
    )  # fmt: skip
    link = found["Y.02"].after[0]
    assert (link.activity, link.least_s, link.most_s, link.from_start) == (
        "X.02", HOUR_S, math.inf, False,
    )  # fmt: skip
    assert found["Y.03"].after == ()
    pair = found["X.01"].after + found["Z.01"].after
    assert [(one.activity, one.most_s, one.from_start) for one in pair] == [
        ("Z.01", 0.0, True),
        ("X.01", 0.0, True),
    ]
    assert found["X.02"].after == ()


VISIT = CrewVisit.model_validate(
    {
        "start": "2036-01-02",
        "end": "2036-01-05",
        "people": 3,
        "sorties": 2,
        "handover": "3 h",
        "duties": [
            {"what": "exercise", "length": "2 h"},
            {"what": "medical round", "length": "1 h", "people": 2, "begins": "9 h"},
        ],
    }
)


def test_people_are_there_when_awake() -> None:
    people = crew_capacity([VISIT], epoch_utc="2036-01-01T00:00:00Z", step_s=900.0, slots=480)
    assert (people.name, people.unit) == (CREW, "people")
    awake = people.available.reshape(5, 96)  # by day
    # They sleep from 22:00 to 6:30, and come and go at midnight.
    expected = np.where((np.arange(96) >= 26) & (np.arange(96) < 88), 3.0, 0.0)
    np.testing.assert_array_equal(awake[[1, 2, 3]], np.tile(expected, (3, 1)))
    assert not awake[[0, 4]].any()


def test_duties_come_before_research() -> None:
    made = crew_duties([VISIT], epoch_utc="2036-01-01T00:00:00Z", span_s=5 * DAY_S)
    found = {one.id: one for one in made}
    assert all(one.mandatory and one.worth == 0.0 and one.partner == "joint" for one in made)
    arrival, leaving = found["CREW-HANDOVER-IN"], found["CREW-HANDOVER-OUT"]
    assert arrival.needs == {CREW: 3.0}
    (span_s,) = leaving.windows
    assert span_s == pytest.approx((3 * DAY_S + 19 * HOUR_S, 3 * DAY_S + 22 * HOUR_S))
    first, second = found["CREW-SORTIE.01"], found["CREW-SORTIE.02"]
    assert first.needs == {CREW: 3.0}  # two go out, one follows them inside
    assert (second.after[0].activity, second.after[0].least_s) == (first.id, DAY_S)
    exercise = [one for one in made if one.kind == "exercise"]
    assert len(exercise) == 9
    assert all(one.needs == {CREW: 1.0} for one in exercise)
    rounds = [one for one in made if one.kind == "medical round"]
    for k, one in enumerate(rounds, start=1):
        (span_s,) = one.windows
        assert span_s == pytest.approx((k * DAY_S + 9 * HOUR_S, k * DAY_S + 10 * HOUR_S))
    outside = crew_duties([VISIT], epoch_utc="2036-02-01T00:00:00Z", span_s=5 * DAY_S)
    assert outside == ()


@pytest.mark.parametrize("start", ["2036-01-03T00:00:00Z", "2036-01-01T00:00:00Z"])
def test_sorties_that_a_plan_does_not_hold_whole_are_left_out(start: str) -> None:
    made = crew_duties([VISIT], epoch_utc=start, span_s=2.6 * DAY_S)
    names = [one.id for one in made if one.kind == "sortie"]
    assert names == (["CREW-SORTIE.02"] if start[9] == "3" else ["CREW-SORTIE.01"])
