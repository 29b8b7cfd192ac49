"""The loop: alone between passes, a new plan at each of them; hand-solved, and random ones."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ilrs.foundation.windows import Windows
from ilrs.operations.board import Board, BoardRule, Rest
from ilrs.operations.checker import violations
from ilrs.operations.execution import random_truth
from ilrs.operations.executive import Truth
from ilrs.operations.operating import Fault, known_faults, operate
from ilrs.operations.planning import first_plan as any_first_plan
from ilrs.operations.replanning import replan
from tests.operations.planning_problems import (
    SMALL,
    STEP_S,
    activity,
    first_plan,
    problem,
    random_problems,
)


def told(log):
    """(activity, start, end in slots, outcome, reason) of each run."""
    return [
        (r.activity, r.start_s / STEP_S, r.end_s / STEP_S, r.outcome, r.reason) for r in log.runs
    ]


def board(*passes, **fields):
    return Board(passes_s=tuple(at * STEP_S for at in passes), **fields)


def operated(asked, plan, truth, **options):
    """What `operate` gives; the checker has replayed every plan that went up."""
    asked_of = []

    def hear(one, made):
        asked_of.append(one)
        if made is not None:
            assert violations(made.problem, made.plan) == []

    found = operate(asked, plan, truth, told=hear, **options)
    assert tuple(asked_of) == found.passes
    return found


def test_time_that_an_early_finish_gives_back_is_used_from_the_next_pass_on():
    # X takes 4 slots of its 12; at slot 6 the ground hears of it and sends Z up, which had no room.
    asked = problem(activity("X", 12, worth=9.0), activity("Z", 6))
    plan = first_plan(asked)
    truth = Truth(lasts_s={"X": 4 * STEP_S})
    found = operated(asked, plan, truth, board=board(6), committed_s=0.0)
    assert told(found.log) == [("X", 0, 4, "done", ""), ("Z", 6, 12, "done", "")]
    assert [(one.at_s / STEP_S, one.came, one.moved) for one in found.passes] == [(6, 1, 0)]
    lost = replace(truth, lost_passes_s=frozenset({6 * STEP_S}))
    alone = operated(asked, plan, lost, board=board(6, 8), committed_s=0.0)
    assert told(alone.log)[1] == ("Z", 8, 14, "done", "")
    assert [one.is_lost for one in alone.passes] == [True, False]
    assert [one.alone_s / STEP_S for one in alone.passes] == [6, 8]
    assert [(e.at_s / STEP_S, e.kind, e.what) for e in alone.log.events] == [(6, "pass", "lost")]


def broken_robot():
    """A robot that is away from slot 5 up to slot 9, and work for it."""
    asked = problem(
        activity("A", 4, worth=9.0), activity("B", 4, worth=8.0), activity("C", 4, worth=7.0)
    )
    away = Fault(
        element="R", what="arm sticks", start_s=5 * STEP_S, end_s=9 * STEP_S,
        takes={"ROBOT": np.ones(16)},
    )  # fmt: skip
    return asked, away


def test_the_ground_plans_without_what_has_failed_until_it_hears_that_it_is_back():
    asked, away = broken_robot()
    plan = first_plan(asked)  # A at 0, B at 4, C at 8
    found = operated(asked, plan, Truth(), board=board(6, 10), faults=[away], committed_s=0.0)
    # B ends with the robot at 5. At 6 no end is known, so C falls; at 10 the robot is back.
    assert told(found.log) == [
        ("A", 0, 4, "done", ""),
        ("B", 4, 5, "failed", "too little ROBOT"),
        ("C", 10, 14, "done", ""),
    ]
    assert dict(found.passes[0].fallen) == {"C": "no room is left"}
    assert [(e.at_s / STEP_S, e.kind, e.of, e.what) for e in found.log.events] == [
        (5, "fault", "R", "arm sticks"), (9, "fault", "R", "arm sticks is over"),
    ]  # fmt: skip


def test_a_fault_has_no_end_before_it_is_seen_to_be_over():
    _, away = broken_robot()
    at = {"span_s": 16 * STEP_S}
    assert known_faults([away], now_s=4 * STEP_S, **at) == []
    assert known_faults([away], now_s=6 * STEP_S, **at)[0].end_s == 16 * STEP_S
    assert known_faults([away], now_s=9 * STEP_S, **at) == [away]


def test_a_rule_on_board_answers_a_fault_between_passes():
    asked = problem(activity("X", 8, worth=9.0, shortest_s=2 * STEP_S, needs={}, kind="X"))
    rules = (
        BoardRule(id="a", element="E", to="rest", from_modes=("work",), failed="R"),
        BoardRule(id="b", element="E", to="work", from_modes=("rest",), well="R"),
    )
    on_board = board(12, rules=rules, rests=(Rest(element="E", mode="rest", kinds=("X",)),))
    fault = Fault(element="R", what="trip", start_s=2 * STEP_S, end_s=5 * STEP_S)
    found = operated(asked, first_plan(asked), Truth(), board=on_board, faults=[fault])
    assert told(found.log) == [("X", 0, 8, "cut", "rule a")]
    assert found.log.runs[0].held_s == 3 * STEP_S
    assert [(e.at_s / STEP_S, e.of) for e in found.log.events] == [
        (2, "R"), (2, "a"), (5, "R"), (5, "b"),
    ]  # fmt: skip
    # The plan at the end says what it was worth: five of eight slots.
    assert found.plan.attrs["worth"] == pytest.approx(9.0 * 5 / 8)


@settings(SMALL, max_examples=25)
@given(random_problems(), st.integers(0, 999), st.sampled_from([0.0, 3 * STEP_S]))
def test_every_plan_that_goes_up_is_sound_and_moves_nothing_committed(asked, seed, committed_s):
    plan = any_first_plan(asked)
    truth = random_truth(asked, seed=seed, spread=0.4, failures=0.2)
    at = [k * STEP_S for k in range(3, asked.slots, 3)]
    stands = [plan]

    def hear(one, made):
        if made is None:
            return
        assert violations(made.problem, made.plan) == []
        before, now = (p["start_s"].to_series() for p in (stands[-1], made.plan))
        near = before[(before >= one.at_s) & (before < one.at_s + committed_s)]
        moved = [name for name, start_s in near.items() if now[name] != start_s]
        assert set(moved) <= set(made.fallen)
        stands.append(made.plan)

    options = {
        "board": Board(passes_s=tuple(at)),
        "committed_s": committed_s,
        "rounds": 20,
        "told": hear,
    }
    found = operate(asked, plan, truth, **options)
    again = operate(asked, plan, truth, **{**options, "told": lambda _, __: None})
    assert repr(again.log) == repr(found.log)
    # The log is one of the plan that stands at the end, and can be replanned from.
    after = replan(found.problem, found.plan, found.log, now_s=at[-1], rounds=5)
    assert violations(after.problem, after.plan) == []


def test_a_lost_pass_changes_nothing_where_all_is_as_planned():
    asked = problem(activity("X", 4, worth=9.0), activity("Y", 4), activity("Z", 4))
    plan = first_plan(asked)
    lost = Truth(lost_passes_s=frozenset({4 * STEP_S}))
    logs = [operated(asked, plan, truth, board=board(4, 8)).log.runs for truth in (Truth(), lost)]
    assert logs[0] == logs[1]
    assert Windows() == Board().contact
