"""What can never be placed is named, with what would mend it, and the rest is planned."""

import numpy as np
import pytest

from ilrs.foundation.errors import IlrsError
from ilrs.foundation.windows import Windows
from ilrs.operations.chains import refusals
from ilrs.operations.problem import After
from tests.operations.planning_problems import STEP_S, activity, first_plan, problem

MORNING = Windows([(0.0, 8 * STEP_S)])
EVENING = Windows([(8 * STEP_S, 16 * STEP_S)])
GOOD = activity("GOOD", 2)


def refused(*activities, **changes):
    """What is refused beside GOOD, which is placed all the same, as text."""
    asked = problem(GOOD, *activities, **changes)
    plan = first_plan(asked)
    assert np.isfinite(float(plan["start_s"].sel(activity="GOOD")))
    found = {name: str(reason) for name, reason in refusals(asked).items()}
    for name, text in found.items():
        assert str(plan["blocked_by"].sel(activity=name).values) == text
    return found


def test_a_request_longer_than_its_only_window():
    assert refused(activity("X", 12, windows=MORNING)) == {
        "X": "X lasts 3 h at least; its longest window is 2 h. Shorten it, split it, or drop one of"
        " its conditions."
    }


def test_a_request_without_a_window():
    assert refused(activity("X", windows=Windows())) == {
        "X": "X lasts 1 h at least; there is no window for it in the plan's span. Shorten it, split"
        " it, or drop one of its conditions."
    }


def test_what_needs_something_withdrawn():
    assert refused(activity("X", needs={"ROVER": 1.0})) == {
        "X": "X needs ROVER; the station has no ROVER then. Name what stands there; replace what"
        " was withdrawn, or give its work up."
    }


def test_what_needs_more_than_there_ever_is():
    assert refused(activity("X", needs={"ROBOT": 3.0})) == {
        "X": "X needs 3 of ROBOT; there are never more than 1. Need less of it, or land more."
    }


def test_a_partner_without_an_entitlement():
    assert refused(activity("X", partner="B"), entitlements={"A": 1.0}) == {
        "X": "X belongs to B, which has no entitlement; a partner with activities has a positive"
        " one. Give it a share, or take its activities out."
    }


def test_cyclic_lags():
    one = activity("X", after=(After(activity="Y"),))
    two = activity("Y", after=(After(activity="X"),))
    text = (
        "X needs Y needs X, with lags that go round in a circle; activities that need each other"
        " run at lags that some times satisfy, such as 0 from the start. Take one of the links"
        " away, or give a lag from the start."
    )
    assert refused(one, two) == {"X": text, "Y": text}


def test_a_chain_whose_windows_lie_apart():
    first = activity("FIRST", 4, windows=EVENING)
    then = activity("THEN", 4, windows=MORNING, after=(After(activity="FIRST"),))
    last = activity("LAST", 1, after=(After(activity="THEN"),))
    assert refused(first, then, last) == {
        "THEN": "THEN comes after FIRST; its windows let it begin from 0 h to 1 h and FIRST lets it"
        " from 3 h on of the plan. Change the lag, or the windows of one of them.",
        "LAST": "LAST comes after THEN, which cannot be placed; THEN comes after FIRST; its windows"
        " let it begin from 0 h to 1 h and FIRST lets it from 3 h on of the plan. Change the lag,"
        " or the windows of one of them.",
    }


def test_a_chain_on_itself_on_nothing_and_with_a_lag_upside_down():
    lags = After(activity="GOOD", least_s=60.0, most_s=30.0)
    assert refused(
        activity("X", after=(After(activity="X"),)),
        activity("Y", after=(After(activity="Z"),)),
        activity("W", after=(lags,)),
    ) == {
        "X": "X comes after itself; a chain names other activities of the same plan. Name another"
        " activity, or take the link away.",
        "Y": "Y comes after Z; a chain names other activities of the same plan. Name another"
        " activity, or take the link away.",
        "W": "W begins 60 s to 30 s after GOOD; the least lag is not longer than the most. Correct"
        " the lag.",
    }


def test_entitlements_that_sum_to_nothing():
    with pytest.raises(IlrsError) as caught:
        problem(GOOD, entitlements={"A": 0.0})
    assert str(caught.value) == (
        "the entitlements sum to 0; they are 0 or more and not all 0; only their ratios count. Give"
        " each partner a share."
    )
