"""First plans and better plans: what is placed where, fair shares, determinism, bounds."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ilrs.foundation.errors import IlrsError
from ilrs.foundation.windows import Windows
from ilrs.operations.problem import After, Store
from tests.operations.planning_problems import (
    SMALL,
    STEP_S,
    activity,
    better_plan,
    first_plan,
    problem,
    random_problems,
    robot,
)  # fmt: skip


def placed(plan, name):
    row = plan.sel(activity=name)
    return float(row["start_s"]) / STEP_S, float(row["duration_s"]) / STEP_S


def test_work_for_one_robot_stands_in_a_row():
    plan = first_plan(problem(activity("X"), activity("Y"), activity("Z", 8)))
    starts = sorted(placed(plan, name) for name in "XYZ")
    assert [length for _, length in starts] and starts[0][0] == 0.0
    for (start, length), (following, _) in zip(starts, starts[1:], strict=False):
        assert start + length <= following


def test_a_store_gives_no_more_than_flows_in():
    # 4 slots of sun with 100 W, then dark; the store holds 2 slots of 100 W above what is kept.
    inflow = np.where(np.arange(16) < 4, 100.0, 0.0)
    store = Store(
        name="ENERGY", unit="W", inflow=inflow, capacity=300.0 * STEP_S, initial=300.0 * STEP_S,
        least=100.0 * STEP_S,
    )  # fmt: skip
    night = Windows([(8 * STEP_S, 16 * STEP_S)])
    needs = {"ENERGY": 100.0}
    short = activity("SHORT", 2, windows=night, needs=needs)
    long = activity("LONG", 3, windows=night, needs=needs)
    plan = first_plan(problem(short, long, resources=(store,)))
    assert placed(plan, "SHORT") == (8.0, 2.0)
    assert str(plan["blocked_by"].sel(activity="LONG").values) == "no room"


def test_work_begins_as_soon_as_a_store_that_fills_can_bear_it():
    # 100 W come in and 150 W are drawn for 4 slots: two slots' inflow is missing, and no more.
    store = Store(
        name="ENERGY", unit="W", inflow=np.full(16, 100.0), capacity=1000.0 * STEP_S, initial=0.0
    )
    plan = first_plan(problem(activity("X", 4, needs={"ENERGY": 150.0}), resources=(store,)))
    assert placed(plan, "X") == (2.0, 4.0)


def test_partners_get_their_parts():
    wanted = [activity(f"A{k}", 1) for k in range(16)]
    wanted += [activity(f"B{k}", 1, partner="B") for k in range(16)]
    plan = first_plan(problem(*wanted, entitlements={"A": 3.0, "B": 1.0}))
    got = plan["share"].values
    assert got[0] == pytest.approx(3.0 * got[1])


def test_quiet_work_never_meets_a_disturbance():
    free = {"needs": {}}
    plan = first_plan(
        problem(
            activity("LISTEN", 8, quiet=frozenset({"radio"}), **free),
            activity("SEND", 8, disturbs=frozenset({"radio"}), **free),
            activity("DIG", 8, disturbs=frozenset({"dust"}), **free),
        )
    )
    assert sorted([placed(plan, "LISTEN")[0], placed(plan, "SEND")[0]]) == [0.0, 8.0]
    assert placed(plan, "DIG") == (0.0, 8.0)


def test_a_chain_keeps_its_lag_and_falls_with_its_first_part():
    first = activity("FIRST", 4)
    then = activity("THEN", 4, after=(After(activity="FIRST", least_s=4 * STEP_S),))
    plan = first_plan(problem(first, then))
    assert placed(plan, "THEN")[0] >= placed(plan, "FIRST")[0] + 8.0
    late = Windows([(10 * STEP_S, 16 * STEP_S)])
    alone = first_plan(problem(activity("FIRST", 4, windows=late), then))
    assert np.isnan(alone["start_s"].sel(activity="THEN"))
    assert placed(alone, "FIRST") == (10.0, 4.0)


def test_two_at_the_same_time_run_both_or_neither():
    def pair(window):
        together = {"needs": {}, "windows": window}
        left = activity("L", after=(After(activity="R", most_s=0.0, from_start=True),), **together)
        right = activity("R", after=(After(activity="L", most_s=0.0, from_start=True),), needs={})
        return problem(left, right)

    plan = first_plan(pair(Windows([(3 * STEP_S, 9 * STEP_S)])))
    assert placed(plan, "L") == placed(plan, "R") == (3.0, 4.0)
    none = first_plan(pair(Windows([(3 * STEP_S, 6 * STEP_S)])))
    assert np.isnan(none["start_s"]).all()


def test_what_is_mandatory_comes_before_what_is_worth_more():
    duty = activity("DUTY", 16, worth=0.1, mandatory=True)
    plan = better_plan(problem(duty, activity("PRIZE", 16, worth=100.0)), rounds=200)
    assert placed(plan, "DUTY") == (0.0, 16.0)


def test_a_search_finds_what_turns_miss_and_stays_under_its_bound():
    # One long request blocks four that are worth more together; density alone prefers it.
    long = activity("LONG", 4, worth=4.1, windows=Windows([(0.0, 6 * STEP_S)]))
    rest = [activity(f"S{k}", 3, worth=3.0, windows=Windows([(0.0, 6 * STEP_S)])) for k in (1, 2)]
    asked = problem(long, *rest, fairness=0.0)
    first, better = first_plan(asked), better_plan(asked, rounds=2000)
    assert first.attrs["worth"] == pytest.approx(4.1)
    assert better.attrs["worth"] == pytest.approx(6.0)
    assert better.attrs["worth"] <= better.attrs["bound"] + 1e-9


def test_the_same_seed_and_rounds_give_the_same_plan():
    rng = np.random.default_rng(3)
    wanted = [
        activity(f"W{k}", int(rng.integers(1, 6)), partner=f"P{k % 3}", worth=float(rng.random()))
        for k in range(30)
    ]
    asked = problem(*wanted, resources=(robot(number=2.0),))
    one, two = (better_plan(asked, rounds=1500, seed=7) for _ in range(2))
    assert one.identical(two)


def test_what_is_kept_stays():
    wanted = [activity(f"W{k}", 4, worth=float(k)) for k in range(6)]
    asked = problem(*wanted, fairness=0.0)
    plan = first_plan(problem(*wanted[:2], fairness=0.0))
    better = better_plan(asked, plan, rounds=500, keep=["W0"])
    assert placed(better, "W0") == placed(plan, "W0")
    assert better.attrs["worth"] == pytest.approx(0.0 + 5.0 + 4.0 + 3.0)


def test_what_something_kept_comes_after_stays_too():
    # The search once moved FIRST away from under THEN, which stood still: the checker found it.
    morning = Windows([(0.0, 8 * STEP_S)])
    first = activity("FIRST", 2, windows=morning)
    then = activity("THEN", 2, after=(After(activity="FIRST", most_s=0.0),))
    asked = problem(first, then, activity("PRIZE", 4, worth=9.0, windows=morning), fairness=0.0)
    plan = first_plan(asked)
    better = better_plan(asked, plan, rounds=500, keep=["THEN"])
    assert placed(better, "FIRST") == placed(plan, "FIRST")


def test_more_of_a_kind_is_worth_less():
    same = [activity(f"S{k}", 4, kind="same", worth=1.0, needs={}) for k in range(3)]
    plan = first_plan(problem(*same, saturation={"same": 2.0}))
    assert plan.attrs["worth"] == pytest.approx(2.0 * (1.0 - np.exp(-1.5)))


def test_a_search_without_an_end_is_refused():
    with pytest.raises(IlrsError) as caught:
        better_plan(problem(activity("X")))
    assert str(caught.value) == (
        "a search for a better plan without an end; it runs for a number of seconds, of rounds, or"
        " both. Pass seconds= or rounds=."
    )


@settings(SMALL, max_examples=100)
@given(random_problems(), st.integers(1, 1000))
def test_plans_of_random_problems_keep_everything(asked, seed):
    plan = first_plan(asked)
    better = better_plan(asked, plan, rounds=60, seed=seed)
    assert plan.attrs["worth"] - 1e-9 <= better.attrs["worth"] <= better.attrs["bound"] + 1e-9
