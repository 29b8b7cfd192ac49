"""Sampled faults: what a repair does, who does it, and that a life is the same in any company."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from ilrs.foundation.errors import IlrsError
from ilrs.programme.entities import Element
from ilrs.station.fault_kernel import philox
from ilrs.station.faults import FaultSample, fault_arrays, sample_faults
from ilrs.station.rows import EVENTS

STEP_S = 3600.0
YEAR = 8766  # steps
OFTEN = {"name": "pump", "rate": "3 1/y"}
ROBOT_MENDS = {"by": "robot", "robot": "ROBOT", "time": "20 d"}
Make = Callable[..., Element]


def sample(elements: Sequence[Element], **options: Any) -> FaultSample:
    told = {"first_lane": 0, "lanes": 40, "steps": 3 * YEAR, "seed": 5, "visits_s": ()} | options
    arrays = fault_arrays(elements, seed=told.pop("seed"), visits_s=told.pop("visits_s"))
    return sample_faults(arrays, step_s=STEP_S, **told)


def of(events: np.ndarray, *, lane: int, element: int = 0) -> list[tuple[int, float]]:
    chosen = events[(events["lane"] == lane) & (events["element"] == element)]
    return [(int(row["step"]), float(row["health"])) for row in chosen]


def test_counted_numbers_are_those_of_numpys_philox() -> None:
    # numpy counts on before it answers: its first words are those of the next counter.
    keys = np.array([0x0123456789ABCDEF, 0xFEDCBA9876543210], np.uint64)
    for counter in ([1, 0, 0, 0], [7, 99, 0, 0], [2**40, 2**63, 5, 2**64 - 1]):
        words = np.zeros(4, np.uint64)
        philox(keys[0], keys[1], np.array(counter, np.uint64), words)
        before = np.array([counter[0] - 1, *counter[1:]], np.uint64)
        theirs = np.random.Philox(key=keys, counter=before)
        np.testing.assert_array_equal(words, theirs.random_raw(4))


def test_events_come_sorted_by_step_and_change_one_element_once_a_step(element: Make) -> None:
    cycle = {"name": "upset", "rate": "200 1/y", "effect": "power_cycle", "outage": "20 min"}
    events = sample([element("A", faults=[cycle, OFTEN]), element("B", faults=[cycle])]).events
    assert events.dtype == EVENTS
    assert len(events) > 1000
    assert (np.diff(events["step"]) >= 0).all()
    named = events[["step", "lane", "element"]].tolist()
    assert len(set(named)) == len(named)
    assert set(events["health"]) <= {0.0, 1.0}


def test_a_life_is_the_same_in_any_company(element: Make) -> None:
    mended = OFTEN | {"repair": {"by": "itself", "time": "9 d", "spread": "exponential"}}
    two = [
        element("A", faults=[mended, {"name": "x", "rate": "1 1/y"}]),
        element("B", faults=[OFTEN]),
    ]
    whole = sample(two)
    for first in (0, 13, 26, 39):
        part = sample(two, first_lane=first, lanes=1)
        assert of(part.events, lane=0) == of(whole.events, lane=first)
        assert part.gone_step[0].tolist() == whole.gone_step[first].tolist()
    alone = sample(two[:1])
    assert all(of(alone.events, lane=k) == of(whole.events, lane=k) for k in range(40))
    fewer = sample([element("A", faults=[mended]), two[1]])
    assert all(
        of(fewer.events, lane=k, element=1) == of(whole.events, lane=k, element=1)
        for k in range(40)
    )


def test_another_seed_gives_other_lives(element: Make) -> None:
    one, other = (sample([element(faults=[OFTEN])], seed=seed).events for seed in (5, 6))
    assert not np.array_equal(one["step"][:20], other["step"][:20])


def test_a_spare_more_changes_a_life_only_after_the_last_one_was_used(element: Make) -> None:
    fault = OFTEN | {"repair": {"by": "spare", "time": "5 d"}}
    lives = [sample([element(faults=[fault], spares=n)]) for n in (1, 2)]
    for lane in range(40):
        few, more = (of(life.events, lane=lane) for life in lives)
        assert more[: len(few)] == few
    assert (lives[0].gone_step < lives[1].gone_step).all()
    assert lives[0].failures.max() == 2
    assert lives[1].failures.max() == 3


def test_what_nobody_mends_is_gone_from_its_failure_on(element: Make) -> None:
    life = sample([element(faults=[{"name": "mild", "rate": "1 %/y"}, OFTEN])])
    for lane in range(40):
        for step, health in of(life.events, lane=lane):
            assert health == 0.0
            assert life.gone_step[lane, 0] == step
            assert life.gone_fault[lane, 0] == 1
    assert life.failures[:, 1].max() == 1


def test_effects_of_several_faults_multiply(element: Make) -> None:
    halves = [
        {"name": name, "rate": "5 1/y", "effect": "degraded", "left": part}
        for name, part in (("a", "50 %"), ("b", "20 %"))
    ]
    life = sample([element(faults=halves)])
    last = [of(life.events, lane=lane)[-1][1] for lane in range(40)]
    assert set(last) == {0.5 * 0.2}
    assert (life.gone_step == -1).all()  # a part is left of it


def test_outages_shorter_than_a_step_are_right_on_average(element: Make) -> None:
    # 6 of 60 minutes: an outage takes its step with a chance of 0.1. Three sigma of the count.
    cycle = {"name": "upset", "rate": "100 1/y", "effect": "power_cycle", "outage": "6 min"}
    life = sample([element(faults=[cycle])], lanes=100)
    struck, seen = int(life.failures.sum()), int((life.events["health"] == 0.0).sum())
    assert abs(seen - 0.1 * struck) < 3.0 * np.sqrt(struck * 0.1 * 0.9)


def test_a_robot_mends_one_after_another_while_it_can(element: Make) -> None:
    fault = OFTEN | {"rate": "1000 1/y", "repair": ROBOT_MENDS}
    robot = element("ROBOT")
    life = sample([robot, *(element(key, faults=[fault]) for key in "AB")], lanes=1)
    up = [
        (step, e) for e in (1, 2) for step, health in of(life.events, lane=0, element=e) if health
    ]
    steps = [step for step, _ in sorted(up)]
    turns = np.round(np.diff(steps) / (20 * 24))  # two where one broke in the step it rose in
    assert set(turns) <= {1.0, 2.0}
    assert np.diff(steps) == pytest.approx(turns * 20 * 24, abs=1)  # no rest and no hurry
    assert [e for _, e in sorted(up)[:4]] in ([1, 2, 1, 2], [2, 1, 2, 1])  # who waited longest


def test_a_robot_that_is_gone_takes_hope_with_it(element: Make) -> None:
    robot = element("ROBOT", faults=[{"name": "wheel", "rate": "2 1/y"}])
    life = sample([robot, element("A", faults=[OFTEN | {"repair": ROBOT_MENDS}])])
    hopeless = life.gone_step[:, 1] >= 0
    assert hopeless.any()
    assert (life.gone_step[hopeless, 1] >= life.gone_step[hopeless, 0]).all()
    assert (life.gone_step[life.gone_step[:, 0] == -1, 1] == -1).all()


def test_a_robot_lays_its_work_down_while_it_is_out_itself(element: Make) -> None:
    out = {"name": "upset", "rate": "20 1/y", "effect": "power_cycle", "outage": "3 d"}
    elements = [
        element("ROBOT", faults=[out]),
        element("A", faults=[OFTEN | {"repair": ROBOT_MENDS}]),
    ]
    life = sample(elements)
    for lane in range(40):
        down = [step for step, health in of(life.events, lane=lane) if health == 0.0]
        changes = of(life.events, lane=lane, element=1)
        for (fell, _), (rose, _) in zip(changes[::2], changes[1::2], strict=False):
            waits = 72 * sum(fell <= step < rose - 72 for step in down)
            assert rose - fell >= 20 * 24 + waits - 1


def test_a_crew_mends_during_its_visits_only(element: Make) -> None:
    fault = OFTEN | {"repair": {"by": "crew", "time": "1 d"}}
    day_s = 86400.0
    visits = [(100 * day_s, 102 * day_s), (400 * day_s, 401.5 * day_s)]
    life = sample([element(faults=[fault])], visits_s=visits)
    steps = {step for lane in range(40) for step, health in of(life.events, lane=lane) if health}
    assert steps
    # What broke early in the first visit is done a day later, the rest within the second.
    assert all(101 * 24 <= step <= 102 * 24 or 400 * 24 < step <= 401.5 * 24 for step in steps)
    assert (life.gone_step[life.gone_step >= 0] >= 401 * 24).all()  # no visit comes after


def test_what_waits_for_a_crew_that_never_comes_is_gone(element: Make) -> None:
    life = sample([element(faults=[OFTEN | {"repair": {"by": "crew", "time": "1 d"}}])])
    assert (life.gone_step >= 0).all()


def test_a_station_without_faults_has_no_events(element: Make) -> None:
    life = sample([element()])
    assert len(life.events) == 0
    assert (life.gone_step == -1).all()


def test_a_robot_that_does_not_stand_is_refused(element: Make) -> None:
    with pytest.raises(IlrsError) as caught:
        sample([element("A", faults=[OFTEN | {"repair": ROBOT_MENDS}])])
    assert str(caught.value) == (
        "the repair of A's 'pump' names ROBOT, which is not in this station; there are A. Name an"
        " element that stands at the site from the start."
    )
