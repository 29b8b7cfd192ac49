"""Plans against the best one there is, found by trying everything on small problems."""

from dataclasses import replace

import pytest
from hypothesis import given, settings

from ilrs.operations.problem import Problem
from tests.operations.exhaustive import best_worth
from tests.operations.planning_problems import (
    SMALL,
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


@settings(SMALL, max_examples=60)
@given(random_problems(slots=8, most=4, longest=3))
def test_no_plan_is_better_than_the_best_and_no_bound_below_it(asked):
    asked = free(asked)
    plan, best = better_plan(asked, rounds=300), best_worth(asked)
    assert plan.attrs["worth"] <= best + 1e-9 <= plan.attrs["bound"] + 2e-9


@settings(SMALL, max_examples=40)
@given(random_problems(slots=8, most=4, longest=3))
def test_the_search_finds_the_best_plan_of_work_that_needs_something(asked):
    # Work that needs nothing is always placed first, and cuts are not searched for.
    activities = tuple(
        replace(a, shortest_s=None, needs=a.needs or {"ROBOT": 1.0}) for a in asked.activities
    )
    asked = free(replace(asked, activities=activities))
    assert better_plan(asked, rounds=1500).attrs["worth"] == pytest.approx(best_worth(asked))
