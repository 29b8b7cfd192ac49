"""The executive on board: directives, rules, what runs short, and what the log tells."""

import numpy as np

from ilrs.foundation.windows import Windows
from ilrs.operations.execution import OnBoardRule, Truth, directives, execute, random_truth
from ilrs.operations.problem import After, Store
from tests.operations.planning_problems import STEP_S, activity, first_plan, problem, robot


def told(execution):
    """(activity, start, end in slots, outcome, reason) of each run."""
    return [
        (run.activity, run.start_s / STEP_S, run.end_s / STEP_S, run.outcome, run.reason)
        for run in execution.log.runs
    ]


def night_store():
    """A store that gives 100 W for ten slots above what is kept, and gets nothing."""
    return Store(
        name="ENERGY", unit="W", inflow=np.zeros(16), capacity=1200.0 * STEP_S,
        initial=1200.0 * STEP_S, least=200.0 * STEP_S,
    )  # fmt: skip


def night():
    """SURVEY draws first, then DUTY, which must stand; the forecast leaves just enough for both."""
    needs = {"ENERGY": 100.0, "ROBOT": 1.0}
    late = Windows([(8 * STEP_S, 14 * STEP_S)])
    return problem(
        activity("SURVEY", 4, needs=needs),
        activity("DUTY", 6, needs=needs, windows=late, mandatory=True),
        resources=(robot(), night_store()),
    )


def test_directives_stand_in_order_of_time_with_the_rules_they_follow():
    asked = night()
    rule = OnBoardRule(name="low", store="ENERGY", level_below=0.3)
    listed = directives(asked, first_plan(asked), rules=[rule])
    assert [(d.activity, d.start_s / STEP_S, d.end_s / STEP_S, d.rules) for d in listed] == [
        ("SURVEY", 0.0, 4.0, ("low",)),
        ("DUTY", 8.0, 14.0, ()),
    ]


def test_a_plan_is_carried_out_as_planned_where_all_is_as_forecast():
    asked = night()
    assert told(execute(asked, first_plan(asked), Truth())) == [
        ("SURVEY", 0.0, 4.0, "done", ""),
        ("DUTY", 8.0, 14.0, "done", ""),
    ]


def test_a_rule_on_board_saves_the_duty_where_less_is_there_than_forecast():
    asked = night()
    plan = first_plan(asked)
    leak = np.zeros(16)
    leak[0] = -400.0
    truth = Truth(inflow={"ENERGY": leak})
    # Without rules: 1200 - 400 - 400 by SURVEY leave 400, of which DUTY may draw 200.
    assert told(execute(asked, plan, truth))[1] == (
        "DUTY", 8.0, 10.0, "failed", "too little ENERGY"
    )  # fmt: skip
    rule = OnBoardRule(name="save", store="ENERGY", level_below=0.7, does="stop")
    assert told(execute(asked, plan, truth, rules=[rule])) == [
        ("SURVEY", 0.0, 1.0, "failed", "rule save"),
        ("DUTY", 8.0, 13.0, "failed", "too little ENERGY"),
    ]
    skip = OnBoardRule(name="skip", store="ENERGY", level_below=1.1, activities=("SURVEY",))
    assert told(execute(asked, plan, truth, rules=[skip]))[0] == (
        "SURVEY", 0.0, 0.0, "not started", "rule skip"
    )  # fmt: skip
    assert told(execute(asked, plan, truth, rules=[skip]))[1][3] == "done"


def test_an_early_finish_and_what_lasts_longer():
    asked = problem(activity("X", 4, shortest_s=2 * STEP_S), activity("Y", 4))
    plan = first_plan(asked)
    lasts = {"X": 2.5 * STEP_S, "Y": 5 * STEP_S}
    runs = {run.activity: run for run in execute(asked, plan, Truth(lasts_s=lasts)).log.runs}
    x, y = runs["X"], runs["Y"]
    assert (x.outcome, (x.end_s - x.start_s) / STEP_S) == ("done", 2.5)
    assert (y.outcome, y.reason, (y.end_s - y.start_s) / STEP_S) == (
        "cut", "its time was over", 4.0
    )  # fmt: skip


def test_a_lost_robot_ends_what_holds_it_and_keeps_the_next_from_beginning():
    asked = problem(activity("X", 4), activity("Y", 4))
    gone = np.ones(16)
    gone[2:] = 0.0
    runs = told(execute(asked, first_plan(asked), Truth(available={"ROBOT": gone})))
    assert [run[3:] for run in runs] == [
        ("failed", "too little ROBOT"),
        ("not started", "too little ROBOT"),
    ]


def test_what_comes_after_a_failure_is_not_started():
    first = activity("FIRST", 2, needs={})
    then = activity("THEN", 2, needs={}, after=(After(activity="FIRST"),))
    asked = problem(first, then)
    truth = Truth(fails=frozenset({"FIRST"}))
    assert told(execute(asked, first_plan(asked), truth)) == [
        ("FIRST", 0.0, 2.0, "failed", "it gave no result"),
        ("THEN", 2.0, 2.0, "not started",
         "FIRST, which it comes after, was left without a result"),
    ]  # fmt: skip


def test_what_begins_late_still_ends_when_planned():
    # The robot is away in the first slot.
    away = np.ones(16)
    away[0] = 0.0
    asked = problem(activity("X", 4, shortest_s=STEP_S))
    assert told(execute(asked, first_plan(asked), Truth(available={"ROBOT": away}))) == [
        ("X", 1.0, 4.0, "cut", "its time was over")
    ]


def test_a_random_truth_follows_its_seed():
    asked = night()
    one, two, three = (random_truth(asked, seed=seed, failures=0.5) for seed in (1, 1, 2))
    assert one.lasts_s == two.lasts_s and one.fails == two.fails
    assert one.lasts_s != three.lasts_s


def test_the_level_told_is_that_after_each_slot():
    asked = night()
    level = execute(asked, first_plan(asked), Truth()).level.sel(store="ENERGY").values / STEP_S
    assert level.round(6).tolist() == [
        1100, 1000, 900, 800, 800, 800, 800, 800, 700, 600, 500, 400, 300, 200, 200, 200,
    ]  # fmt: skip
