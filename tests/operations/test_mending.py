"""Pin, forbid, add: what is asked for holds, what it does not touch stays, the checker agrees."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings

from ilrs.foundation.errors import IlrsError
from ilrs.foundation.windows import Windows
from ilrs.operations import mending
from ilrs.operations.checker import checked, violations
from tests.operations.planning_problems import (
    SMALL,
    STEP_S,
    activity,
    first_plan,
    problem,
    random_problems,
    robot,
)

MORNING = Windows([(0.0, 8 * STEP_S)])


def sound(changed):
    """The plan of a change, replayed."""
    return checked(changed.problem, changed.plan)


def slots(plan):
    """Start of each activity in slots; -1 where it is not placed."""
    start = np.nan_to_num(plan["start_s"].values / STEP_S, nan=-1.0)
    return dict(zip(map(str, plan["activity"].values), start.astype(int).tolist(), strict=True))


def test_a_pin_moves_what_is_in_its_way_and_nothing_else():
    asked = problem(activity("X", windows=MORNING), activity("Y"), activity("Z"))
    plan = first_plan(asked)
    assert slots(plan) == {"X": 0, "Y": 4, "Z": 8}
    changed = mending.pin(asked, plan, activity_id="Y", start_s=0.0)
    assert slots(sound(changed)) == {"X": 4, "Y": 0, "Z": 8}


def test_a_pin_outside_of_its_windows_is_refused():
    asked = problem(activity("X", windows=MORNING))
    with pytest.raises(IlrsError) as caught:
        mending.pin(asked, first_plan(asked), activity_id="X", start_s=6 * STEP_S)
    assert str(caught.value) == (
        "X is to run from 5400 s to 9000 s; its windows are Windows([0, 7200)), and slots begin at"
        " each 900 s. Pin it inside a window, at the begin of a slot."
    )


def test_what_is_forbidden_leaves_its_place_to_what_waits():
    asked = problem(activity("X", 16, worth=9.0), activity("Y", 16, worth=2.0))
    changed = mending.forbid(asked, first_plan(asked), activity_id="X")
    assert slots(sound(changed)) == {"X": -1, "Y": 0}
    part = mending.forbid(
        problem(activity("X")), first_plan(problem(activity("X"))), activity_id="X", windows=MORNING
    )
    assert slots(sound(part)) == {"X": 8}


def test_what_is_added_finds_a_place_by_moving_others():
    asked = problem(activity("X", 8), fairness=0.0)
    plan = first_plan(asked)
    wanted = activity("NEW", 8, windows=MORNING, worth=5.0)
    changed = mending.add(asked, plan, activity=wanted)
    assert slots(sound(changed)) == {"X": 8, "NEW": 0}
    assert changed.plan.attrs["worth"] == pytest.approx(6.0)


def test_an_addition_of_a_partner_without_a_share_is_refused():
    asked = problem(activity("X"))
    with pytest.raises(IlrsError) as caught:
        mending.add(asked, first_plan(asked), activity=activity("NEW", partner="C"))
    assert str(caught.value) == (
        "NEW belongs to C, which has no entitlement; a partner with activities has a positive one."
        " Give it a share first."
    )


def test_what_is_kept_gives_way_to_no_duty():
    # One robot is lost, and what is kept leaves no room for the duty; a random problem found it.
    duty = activity("DUTY", windows=Windows([(3 * STEP_S, 11 * STEP_S)]), mandatory=True)
    asked = problem(activity("KEPT", windows=Windows([(4 * STEP_S, 12 * STEP_S)])), duty,
                    resources=(robot(number=2.0),))  # fmt: skip
    plan = first_plan(asked)
    assert slots(plan) == {"KEPT": 4, "DUTY": 3}
    fewer = replace(asked, resources=(robot(),))
    mended = mending.mended_plan(fewer, plan, keep=["KEPT"])
    assert slots(checked(fewer, mended, keep=["KEPT"])) == {"KEPT": 4, "DUTY": -1}
    assert [str(v) for v in violations(fewer, mended)] == [
        "mandatory of DUTY at 2700 s: it is not placed, and has room here beside all that must"
        " stand"
    ]


@settings(SMALL, max_examples=40)
@given(random_problems())
def test_plans_mended_after_half_of_the_robots_are_lost_keep_everything(asked):
    plan = first_plan(asked)
    left = tuple(
        replace(r, available=np.floor(r.available / 2)) if r.name == "ROBOT" else r
        for r in asked.resources
    )
    fewer = replace(asked, resources=left)
    keep = [str(name) for name in plan["activity"].values[:2]]
    mended = checked(fewer, mending.mended_plan(fewer, plan, keep=keep, rounds=30), keep=keep)
    assert mended.sizes["activity"] == len(asked.activities)
