"""Differences of two plans, by activity and by partner."""

from ilrs.foundation.windows import Windows
from ilrs.operations import mending
from ilrs.operations.compare import compare_plans
from tests.operations.planning_problems import STEP_S, activity, first_plan, problem


def test_what_moved_came_and_fell_and_who_won():
    morning = Windows([(0.0, 8 * STEP_S)])
    asked = problem(
        activity("X", 8, windows=morning, worth=1.0),
        activity("Y", 8, partner="B", worth=2.0), fairness=0.0,
    )  # fmt: skip
    plan = first_plan(asked)
    changed = mending.pin(asked, plan, activity_id="Y", start_s=4 * STEP_S)
    told = compare_plans(plan, changed.plan)
    assert [(d.activity, d.what, d.worth_gained) for d in told.activities] == [
        ("X", "fell", -1.0), ("Y", "moved", 0.0),
    ]  # fmt: skip
    assert [(p.partner, p.came, p.fell, p.moved, p.hours_gained, p.worth_gained)
            for p in told.partners] == [
        ("A", 0, 1, 0, -2.0, -1.0), ("B", 0, 0, 1, 0.0, 0.0),
    ]  # fmt: skip
    assert told.worth_gained == -1.0
    back = compare_plans(changed.plan, plan)
    assert [(d.activity, d.what) for d in back.activities] == [("X", "came"), ("Y", "moved")]


def test_a_plan_does_not_differ_from_itself():
    plan = first_plan(problem(activity("X"), activity("Y", partner="B")))
    told = compare_plans(plan, plan)
    assert told.activities == () and told.worth_gained == 0.0


def test_cuts_are_told():
    asked = problem(activity("X", 4, shortest_s=STEP_S))
    plan = first_plan(asked)
    cut = mending.pin(asked, plan, activity_id="X", start_s=0.0, duration_s=2 * STEP_S)
    told = compare_plans(plan, cut.plan).activities[0]
    assert (told.what, told.worth_gained, told.new_duration_s) == ("shorter", -0.5, 1800.0)
