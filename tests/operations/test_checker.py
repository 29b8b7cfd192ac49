"""The checker finds what a plan was made to do wrong; each rule on a plan that breaks it alone."""

import numpy as np
import pytest

from ilrs.foundation.errors import IlrsError
from ilrs.foundation.windows import Windows
from ilrs.operations.checker import checked, violations
from ilrs.operations.problem import After, Store
from tests.operations.planning_problems import STEP_S, activity, first_plan, problem

MORNING = Windows([(0.0, 8 * STEP_S)])


def moved(plan, **starts):
    """The plan with activities at other slots; the worth and shares stay as they were."""
    start_s = plan["start_s"].copy()
    for name, slot in starts.items():
        start_s.loc[{"activity": name}] = slot * STEP_S
    return plan.assign(start_s=start_s)


def told(asked, plan):
    return [str(v) for v in violations(asked, plan)]


def test_a_sound_plan_has_no_violation():
    asked = problem(activity("X"), activity("Y"))
    assert told(asked, first_plan(asked)) == []


def test_more_held_than_there_is():
    asked = problem(activity("X"), activity("Y"))
    assert told(asked, moved(first_plan(asked), X=0, Y=2)) == [
        "capacity of ROBOT at 1800 s: 2 are held, of 1"
    ]


def test_outside_of_its_window_and_of_the_span():
    asked = problem(activity("X", windows=MORNING))
    plan = first_plan(asked)
    assert told(asked, moved(plan, X=6)) == [
        "window of X at 5400 s: no window holds it from 5400 s to 9000 s"
    ]
    assert told(problem(activity("X")), moved(plan, X=14)) == [
        "span of X at 12600 s: it ends at 16200 s, and the plan at 14400 s",
    ]


def test_too_short_and_too_long():
    asked = problem(activity("X", 4, shortest_s=2 * STEP_S))
    plan = first_plan(asked)
    for slots, found in ((1, 900), (5, 4500)):
        wrong = plan.assign(duration_s=plan["duration_s"] * slots / 4)
        assert told(asked, wrong)[0] == (
            f"duration of X at 0 s: it lasts {found} s, of 1800 s to 3600 s"
        )


def test_lags_and_what_is_needed():
    late = After(activity="X", least_s=2 * STEP_S, most_s=4 * STEP_S)
    asked = problem(activity("X"), activity("Y", after=(late,)))
    plan = first_plan(asked)
    assert told(asked, moved(plan, X=0, Y=5)) == [
        "lag of Y at 4500 s: it begins 900 s after X, of 1800 s to 3600 s"
    ]
    assert told(asked, moved(plan, X=np.nan, Y=5))[0] == (
        "chain of Y at 4500 s: X, which it comes after, is not placed"
    )


def test_quiet_work_beside_a_disturbance():
    asked = problem(
        activity("LISTEN", quiet=frozenset({"radio"}), needs={}),
        activity("SEND", disturbs=frozenset({"radio"}), needs={}),
    )
    assert told(asked, moved(first_plan(asked), LISTEN=0, SEND=3)) == [
        "quiet of LISTEN at 2700 s: SEND makes radio then"
    ]


def test_a_store_that_is_drawn_on_too_much_or_too_fast():
    store = Store(
        name="ENERGY", unit="W", inflow=np.zeros(16), capacity=1000.0 * STEP_S,
        initial=600.0 * STEP_S, least=100.0 * STEP_S, draw_efficiency=0.5, most_draw=100.0,
    )  # fmt: skip
    draws = [activity(name, 2, needs={"ENERGY": 100.0}) for name in "XY"]
    asked = problem(*draws, resources=(store,))
    plan = moved(first_plan(asked), X=0, Y=8)
    # 600 - 2 x 100 / 0.5 = 200 are left after X; the first slot of Y brings the level to 0.
    plan = plan.assign(duration_s=plan["duration_s"] * 0 + 2 * STEP_S)
    assert told(asked, plan)[0] == "level of ENERGY at 7200 s: 0, with 90000 as the limit"
    assert "draw of ENERGY at 0 s: 200, with 100 as the limit" in told(asked, moved(plan, Y=0))


def test_what_must_stand_and_has_room_is_missed():
    duty = activity("DUTY", mandatory=True, windows=MORNING)
    asked = problem(duty, activity("X", 12))
    plan = moved(first_plan(asked), DUTY=np.nan, X=0)
    assert told(asked, plan)[0] == (
        "mandatory of DUTY at 0 s: it is not placed, and has room here beside all that must stand"
    )


def test_worth_and_shares_that_are_not_those_of_the_plan():
    asked = problem(activity("X"), activity("Y", partner="B"))
    plan = moved(first_plan(asked), Y=np.nan).assign_attrs(worth=3.0)
    assert told(asked, plan) == [
        "worth of Y: 1 is stated, 0 found",
        "worth of the plan: 3 is stated, 1 found",
        "share of B: 0.5 is stated, 0 found",
    ]


def test_a_plan_that_fails_is_named():
    asked = problem(activity("X"), activity("Y"))
    with pytest.raises(IlrsError) as caught:
        checked(asked, moved(first_plan(asked), X=0, Y=2))
    assert str(caught.value) == (
        "the plan does not keep: capacity of ROBOT at 1800 s: 2 are held, of 1; a plan keeps every"
        " constraint of its problem. Make it anew for this problem."
    )


def test_a_plan_of_another_problem_is_refused():
    with pytest.raises(IlrsError) as caught:
        violations(problem(activity("Y")), first_plan(problem(activity("X"))))
    assert str(caught.value) == (
        "the plan holds X, which is no activity of this problem; the problem has 1 activities."
        " Pass a plan of the same problem."
    )
