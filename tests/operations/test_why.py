"""Why not: the words, who holds what, and changes that are proven by a plan with the activity."""

import numpy as np
import pytest

from ilrs.foundation.errors import IlrsError
from ilrs.foundation.windows import Windows
from ilrs.operations.checker import checked
from ilrs.operations.problem import After, Capacity, Store
from ilrs.operations.why import why
from tests.operations.planning_problems import STEP_S, activity, first_plan, problem, robot

MORNING = Windows([(0.0, 8 * STEP_S)])


def proven(found, name):
    """The texts of the changes, each plan replayed and with the activity placed."""
    for change in found.changes:
        checked(change.problem, change.plan)
        assert np.isfinite(float(change.plan["start_s"].sel(activity=name)))
    return [change.text for change in found.changes]


def test_what_is_placed_whole_is_told():
    asked = problem(activity("X"))
    assert str(why(asked, first_plan(asked), "X")) == (
        "X (A, 1 h, worth 1) runs whole, from day 1 00:00 to day 1 01:00"
    )


def test_a_robot_that_another_holds_and_all_that_would_help():
    asked = problem(
        activity("Y", 7, partner="B", windows=MORNING, worth=9.0),
        activity("X", 4, windows=MORNING),
        credits={"B": 1.0},  # B comes first
    )  # fmt: skip
    plan = first_plan(asked)
    found = why(asked, plan, "X")
    assert (
        str(found)
        == """\
X (A, 1 h, worth 1) is not placed: from day 1 00:00 to day 1 01:00, where least is lacking, 1 of \
ROBOT are asked for and 0 are left
  ROBOT is held by Y (B) from day 1 00:00 to day 1 01:45: 1
What would place it, the cheapest first:
  a window longer by 0.75 h, from day 1 01:45 to day 1 02:45
  another 1 of ROBOT from day 1 00:00 to day 1 01:00
  shorten it to 0.25 h (it is then worth 0.25)
  give up Y (B, worth 9)"""
    )
    assert len(proven(found, "X")) == 4


def test_another_may_move_and_nobody_loses():
    asked = problem(activity("Y", 8, worth=9.0), activity("X", 8, windows=MORNING))
    plan = first_plan(asked)
    found = why(asked, plan, "X")
    assert proven(found, "X")[0] == ("move Y (A) from day 1 00:00 to day 1 02:00: nobody loses")


def test_power_that_is_lacking_is_named_with_its_amount():
    feed = Capacity(name="FEED", unit="W", available=np.full(16, 1000.0))
    asked = problem(
        activity("Y", 16, needs={"FEED": 800.0}, worth=9.0),
        activity("X", 4, needs={"FEED": 500.0}), resources=(robot(), feed),
    )  # fmt: skip
    found = why(asked, first_plan(asked), "X")
    assert found.reason == (
        "X (A, 1 h, worth 1) is not placed: from day 1 00:00 to day 1 01:00, where least is"
        " lacking, 500 of FEED are asked for and 200 are left"
    )
    assert "another 300 W of FEED from day 1 00:00 to day 1 01:00" in proven(found, "X")


def test_a_store_that_would_fall_too_low():
    store = Store(
        name="ENERGY", unit="W", inflow=np.zeros(16), capacity=800.0 * STEP_S,
        initial=800.0 * STEP_S, least=0.0,
    )  # fmt: skip
    asked = problem(activity("X", 10, needs={"ENERGY": 100.0}), resources=(store,))
    found = why(asked, first_plan(asked), "X")
    assert found.reason.endswith("ENERGY would fall too low, then or later")
    assert proven(found, "X") == [
        "a store ENERGY larger by 50 Wh",
        "shorten it to 2 h (it is then worth 0.8)",
    ]


def test_a_disturbance_is_named():
    asked = problem(
        activity("SEND", 14, disturbs=frozenset({"radio"}), needs={}, worth=9.0),
        activity("LISTEN", 4, quiet=frozenset({"radio"}), needs={}),
    )
    found = why(asked, first_plan(asked), "LISTEN")
    assert found.reason.endswith("radio disturbs")
    assert [h.activity for b in found.blockers for h in b.holders] == ["SEND"]
    assert proven(found, "LISTEN")


def test_what_is_cut_is_told_with_what_would_make_it_whole():
    asked = problem(
        activity("Y", 12, worth=90.0), activity("X", 8, shortest_s=2 * STEP_S), fairness=0.0
    )
    plan = first_plan(asked)
    found = why(asked, plan, "X")
    assert found.reason.startswith("X (A, 2 h, worth 1) is cut to 1 h: ")
    for change in found.changes:
        if not change.text.startswith("shorten"):
            assert float(change.plan["duration_s"].sel(activity="X")) == 8 * STEP_S


def test_a_chain_tells_why_its_first_part_stands_nowhere():
    asked = problem(
        activity("Y", 16, worth=9.0), activity("FIRST", 4),
        activity("THEN", 2, after=(After(activity="FIRST"),)),
    )  # fmt: skip
    found = why(asked, first_plan(asked), "THEN")
    assert found.reason.startswith(
        "THEN (A, 0.5 h, worth 1) is not placed: FIRST, which it comes after, is not placed. FIRST"
        " (A, 1 h, worth 1) is not placed: "
    )


def test_what_can_never_be_placed_tells_its_refusal():
    asked = problem(activity("X", 12, windows=MORNING))
    assert str(why(asked, first_plan(asked), "X")) == (
        "X lasts 3 h at least; its longest window is 2 h. Shorten it, split it, or drop one of its"
        " conditions."
    )


def test_an_unknown_activity_is_refused():
    asked = problem(activity("X"))
    with pytest.raises(IlrsError) as caught:
        why(asked, first_plan(asked), "Z")
    assert str(caught.value) == (
        "there is no activity 'Z'; the plan's problem holds X. Name one of them."
    )
