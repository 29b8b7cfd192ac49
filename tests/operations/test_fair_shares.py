"""Fair shares: max-min by entitlement in time, energy and data, by hand and by enumeration.

A partner's share is the greatest of its parts of all time, energy and data that is asked for; its
level is that share less its credit, over its entitlement. Max-min fair: no other plan lifts the
lowest level of those who could use more.
"""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ilrs.operations.problem import Problem
from tests.operations.planning_problems import (
    SMALL,
    activity,
    better_plan,
    first_plan,
    problem,
    random_problems,
    robot,
)


def many(partner: str, count: int, *, power_w: float = 0.0, data_bps: float = 0.0) -> list:
    """So many activities of one slot with the robot, all alike."""
    return [
        activity(f"{partner}{k}", 1, partner=partner, power_w=power_w, data_bps=data_bps)
        for k in range(count)
    ]


def counts(plan) -> dict[str, int]:
    """What is placed, by partner."""
    there = np.isfinite(plan["start_s"].values)
    names, placed = np.unique(plan["of_partner"].values[there], return_counts=True)
    return dict(zip(map(str, names), placed.tolist(), strict=True))


def test_each_is_measured_by_what_it_takes_most_of():
    # Asked for in all: 36 slots, 12 x 3 + 12 x 1 = 48 of energy, 12 of data. One of POWER takes
    # 3/48 of the energy, one of DATA 1/12 of the data, one of TIME 1/36 of the time. Level at 1/4:
    # 4 x 3/48 = 3 x 1/12 = 9 x 1/36, which takes 16 slots.
    asked = problem(
        *many("POWER", 12, power_w=3.0), *many("DATA", 12, power_w=1.0, data_bps=1.0),
        *many("TIME", 12),
    )  # fmt: skip
    plan = first_plan(asked)
    assert counts(plan) == {"POWER": 4, "DATA": 3, "TIME": 9}
    assert plan["share"].values == pytest.approx([0.25, 0.25, 0.25])


def test_credit_lifts_a_partner_by_what_it_is_owed():
    # 32 slots are asked for, so a slot is 1/32. B is owed 4 of them: 6 + 10 slots, level 6/32.
    asked = problem(*many("A", 16), *many("B", 16), credits={"B": 4 / 32})
    assert counts(first_plan(asked)) == {"A": 6, "B": 10}


def test_credit_carried_from_plan_to_plan_evens_out_what_cannot_be_cut():
    # One of three has the robot in each plan; after six plans each had it twice.
    asked = problem(*(activity(p, 16, partner=p) for p in "ABC"))
    had = dict.fromkeys("ABC", 0)
    for _ in range(6):
        plan = first_plan(asked)
        for partner, number in counts(plan).items():
            had[partner] += number
        owed = zip(map(str, plan["partner"].values), plan["credit"].values.tolist(), strict=True)
        asked = replace(asked, credits=dict(owed))
    assert had == {"A": 2, "B": 2, "C": 2}


def test_what_one_does_not_ask_for_is_no_debt_of_the_others():
    # B asks for a quarter of its half: the rest is A's due, and nobody owes anybody anything.
    plan = first_plan(problem(*many("A", 14), *many("B", 2)))
    assert counts(plan) == {"A": 14, "B": 2}
    assert plan["credit"].values == pytest.approx([0.0, 0.0])


@st.composite
def of_one_robot(draw: st.DrawFn) -> Problem:
    """Three partners with some activities of one slot, of their own power and data each."""
    activities = []
    for partner in "ABC":
        rates = {name: float(draw(st.integers(0, 5))) for name in ("power_w", "data_bps")}
        activities += many(partner, draw(st.integers(1, 7)), **rates)
    entitled = {partner: float(draw(st.integers(1, 4))) for partner in "ABC"}
    owed = {partner: draw(st.integers(-4, 4)) / 32.0 for partner in "ABC"}
    return problem(*activities, slots=8, resources=(robot(8),), entitlements=entitled, credits=owed)


def lowest(asked: Problem, placed: dict[str, int]) -> float:
    """The lowest level of those who asked for more than so many; endless where nobody did."""
    one = {a.partner: np.array([1.0, a.power_w, a.data_bps]) for a in asked.activities}
    wants = {p: sum(a.partner == p for a in asked.activities) for p in "ABC"}
    total = np.maximum(sum(one[p] * wants[p] for p in "ABC"), 1e-30)
    share = {p: float((placed.get(p, 0) * one[p] / total).max()) for p in "ABC"}
    levels = [
        (share[p] - asked.credits[p]) / asked.entitlements[p]
        for p in "ABC"
        if placed.get(p, 0) < wants[p]
    ]
    return min(levels, default=np.inf)


@settings(SMALL, max_examples=150)
@given(of_one_robot())
def test_no_other_plan_lifts_the_lowest_level(asked):
    wants = [sum(a.partner == p for a in asked.activities) for p in "ABC"]
    best = max(
        lowest(asked, dict(zip("ABC", numbers, strict=True)))
        for numbers in itertools.product(*(range(n + 1) for n in wants))
        if sum(numbers) <= asked.slots
    )
    assert lowest(asked, counts(first_plan(asked))) == pytest.approx(best)


@settings(SMALL, max_examples=60)
@given(random_problems())
def test_the_search_leaves_each_partner_its_part_of_the_fair_share(asked):
    plan = better_plan(asked, rounds=100)
    assert (plan["share"].values >= asked.fairness * plan["fair_share"].values - 1e-9).all()
