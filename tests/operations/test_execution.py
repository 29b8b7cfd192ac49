"""The executive on board: directives, rules, what runs short, and what the log tells."""

import numpy as np

from ilrs.foundation.windows import Windows
from ilrs.operations.board import Board, BoardRule, Rest, directives
from ilrs.operations.execution import execute, random_truth
from ilrs.operations.executive import Truth
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


def saving(*kinds, below, above=2.0, **changes):
    """The board of a grid that lets these rest below so much of ENERGY, and on above so much."""
    told = {"element": "GRID", "store": "ENERGY"}
    return Board(
        rules=(
            BoardRule(id="GRID.rules[0]", to="saving", from_modes=("work",), level_below=below,
                      **told, **changes),
            BoardRule(id="GRID.rules[1]", to="work", from_modes=("saving",), level_above=above,
                      **told),
        ),
        rests=(Rest(element="GRID", mode="saving", kinds=kinds),),
    )  # fmt: skip


def happened(execution):
    """(slot, of, what) of each event."""
    return [(e.at_s / STEP_S, e.of, e.what) for e in execution.log.events]


def test_directives_stand_in_order_of_time_with_the_rules_they_follow():
    asked = night()
    listed = directives(asked, first_plan(asked), board=saving("SURVEY", below=0.3))
    assert [(d.activity, d.start_s / STEP_S, d.end_s / STEP_S, d.rules) for d in listed] == [
        ("SURVEY", 0.0, 4.0, ("GRID.rules[0]",)),
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
    # Of 1200 are 700 left after the first slot: below 70 %, so that SURVEY rests and cannot end.
    saved = execute(asked, plan, truth, board=saving("SURVEY", below=0.7))
    assert told(saved) == [
        ("SURVEY", 0.0, 2.0, "failed", "rule GRID.rules[0]"),
        ("DUTY", 8.0, 13.0, "failed", "too little ENERGY"),
    ]
    assert happened(saved) == [(1.0, "GRID.rules[0]", "GRID from work to saving")]
    early = execute(asked, plan, truth, board=saving("SURVEY", below=1.1))
    assert told(early) == [
        ("SURVEY", 0.0, 0.0, "not started", "rule GRID.rules[0]"),
        ("DUTY", 8.0, 14.0, "done", ""),
    ]


def test_what_a_rule_lets_rest_draws_nothing_and_goes_on_when_it_may():
    # 20 of 40 are there; X draws 4 a slot, 2 flow in. So the level is 18, 16, 14 after three slots
    # and X rests below 15: 16, 18 after the next two. Above 17 it goes on: 16, 14, and so on.
    store = Store(
        name="ENERGY", unit="W", inflow=np.full(16, 2.0), capacity=40.0 * STEP_S,
        initial=20.0 * STEP_S,
    )  # fmt: skip
    asked = problem(
        activity("X", 10, shortest_s=2 * STEP_S, needs={"ENERGY": 4.0, "ROBOT": 1.0}),
        activity("Y", 2, windows=Windows([(10 * STEP_S, 16 * STEP_S)])),
        resources=(robot(), store),
    )  # fmt: skip
    board = saving("X", below=15 / 40, above=17 / 40)
    made = execute(asked, first_plan(asked), Truth(), board=board)
    levels = (made.level.sel(store="ENERGY").values / STEP_S).round(9).tolist()
    assert levels[:10] == [18, 16, 14, 16, 18, 16, 14, 16, 18, 16]
    assert happened(made) == [
        (3.0, "GRID.rules[0]", "GRID from work to saving"),
        (5.0, "GRID.rules[1]", "GRID from saving to work"),
        (7.0, "GRID.rules[0]", "GRID from work to saving"),
        (9.0, "GRID.rules[1]", "GRID from saving to work"),
    ]
    assert told(made) == [
        ("X", 0.0, 10.0, "cut", "rule GRID.rules[0]"),
        ("Y", 10.0, 12.0, "done", ""),
    ]
    assert made.log.runs[0].held_s == 4 * STEP_S


def test_a_rule_asks_for_faults_silence_forecasts_and_the_time_in_a_mode():
    asked = problem(activity("X", 16, shortest_s=STEP_S))
    plan = first_plan(asked)

    def rests(truth=None, passes_s=(), **conditions):
        back = {"silent_below_s": 0.5 * STEP_S} if passes_s else {"well": "PUMP"}
        back |= {"after_s": 3 * STEP_S} if "open" in conditions else {}
        board = Board(
            rules=(
                BoardRule(id="a", element="E", to="rest", from_modes=("work",), **conditions),
                BoardRule(id="b", element="E", to="work", from_modes=("rest",), **back),
            ),
            rests=(Rest(element="E", mode="rest", kinds=("X",)),), passes_s=passes_s,
        )  # fmt: skip
        made = execute(asked, plan, truth or Truth(), board=board)
        return [(e.at_s / STEP_S, e.of) for e in made.log.events]

    broken = Truth(failed={"PUMP": Windows([(4 * STEP_S, 7 * STEP_S)])})
    assert rests(broken, failed="PUMP") == [(4, "a"), (7, "b")]
    # Passes at 2, 5 and 10: five slots after the last it has been silent for more than four.
    passes = {"passes_s": (2 * STEP_S, 5 * STEP_S, 10 * STEP_S), "silent_above_s": 4 * STEP_S}
    assert rests(**passes) == [(15, "a")]
    lost = Truth(lost_passes_s=frozenset({5 * STEP_S}))
    assert rests(lost, **passes) == [(7, "a"), (10, "b"), (15, "a")]
    night = Windows([(6 * STEP_S, 8 * STEP_S)])
    # It is in its mode for one slot as it is asked next: after three, in the third.
    assert rests(open=night) == [(6, "a"), (9, "b")]


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
