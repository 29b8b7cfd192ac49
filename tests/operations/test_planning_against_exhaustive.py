"""Plans against the best one there is, found by trying everything on small problems."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings

from ilrs.foundation.windows import Windows
from ilrs.operations.problem import Problem, Store
from tests.operations.exhaustive import best_worth
from tests.operations.planning_problems import (
    SMALL,
    STEP_S,
    activity,
    better_plan,
    problem,
    random_problems,
)


def free(asked: Problem) -> Problem:
    """The problem without shares and duties: worth alone counts, as in the enumeration."""
    activities = tuple(replace(a, mandatory=False) for a in asked.activities)
    return replace(asked, activities=activities, fairness=0.0)


def test_the_enumeration_finds_a_best_plan_known_by_hand():
    # 16 slots of one robot: 12 + 4 for 20 + 5 beats 6 + 6 + 4 for 9 + 9 + 5.
    asked = problem(
        activity("LONG", 12, worth=20.0), activity("P", 6, worth=9.0), activity("Q", 6, worth=9.0),
        activity("S", 4, worth=5.0), fairness=0.0,
    )  # fmt: skip
    assert best_worth(asked) == 25.0  # LONG and S
    assert better_plan(asked, rounds=300).attrs["worth"] == 25.0


def test_the_search_gives_up_what_drains_a_store_long_before_better_work():
    # EARLY leaves too little for LATE, which starts behind it: no short stretch holds them both.
    store = Store(
        name="ENERGY", unit="W", inflow=np.zeros(16), capacity=400.0 * STEP_S,
        initial=400.0 * STEP_S,
    )  # fmt: skip
    draws = {"ENERGY": 100.0}
    early = activity("EARLY", 1, windows=Windows([(0.0, STEP_S)]), needs=draws)
    late = activity(
        "LATE", 4, windows=Windows([(12 * STEP_S, 16 * STEP_S)]), worth=3.9, needs=draws
    )
    asked = problem(early, late, resources=(store,), fairness=0.0)
    assert best_worth(asked) == 3.9
    assert better_plan(asked, rounds=300).attrs["worth"] == 3.9


@settings(SMALL, max_examples=60)
@given(random_problems(slots=8, most=4, longest=3))
def test_no_plan_is_better_than_the_best_and_no_bound_below_it(asked):
    asked = free(asked)
    plan, best = better_plan(asked, rounds=300), best_worth(asked)
    assert plan.attrs["worth"] <= best + 1e-9 <= plan.attrs["bound"] + 2e-9


@settings(SMALL, max_examples=40)
@given(random_problems(slots=8, most=4, longest=3))
def test_the_search_finds_the_best_plan(asked):
    asked = free(asked)
    assert better_plan(asked, rounds=1500).attrs["worth"] == pytest.approx(best_worth(asked))
