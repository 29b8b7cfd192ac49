"""The bound against the optimum of small problems, found by trying every plan."""

import itertools

import numpy as np
import pytest

from ilrs.foundation.windows import Windows
from ilrs.operations.bound import worth_bound
from ilrs.operations.packing import pack
from ilrs.operations.planning import better_plan
from ilrs.operations.problem import After, Capacity, Store
from tests.operations.planning_problems import STEP_S, activity, problem, robot

SLOTS = 6


def battery(inflow, **changes):
    """A store of 4 slots of 100 W that fills and empties with losses."""
    given = {
        "name": "ENERGY", "unit": "W", "inflow": inflow, "capacity": 400.0 * STEP_S,
        "initial": 200.0 * STEP_S, "least": 50.0 * STEP_S, "fill_efficiency": 0.8,
        "draw_efficiency": 0.9, "keeps": 0.97,
    }  # fmt: skip
    return Store(**(given | changes))


def small(seed):
    """Four activities of 6 slots that compete for a robot, two hands, energy and silence."""
    rng = np.random.default_rng(seed)
    made = []
    for k in range(4):
        least, most = sorted(rng.integers(1, 4, 2).tolist())
        begin = int(rng.integers(0, SLOTS - most + 1))
        end = int(rng.integers(begin + most, SLOTS + 1))
        needs = {"ENERGY": float(rng.integers(0, 200)), "HANDS": float(rng.integers(0, 3))}
        if rng.random() < 0.5:
            needs["ROBOT"] = 1.0
        sound = str(rng.choice(["loud", "quiet", "neither"]))
        made.append(
            activity(
                f"A{k}", most, shortest_s=least * STEP_S, needs=needs,
                windows=Windows([(begin * STEP_S, end * STEP_S)]), worth=float(rng.uniform(1, 5)),
                disturbs=frozenset({"radio"} if sound == "loud" else ()),
                quiet=frozenset({"radio"} if sound == "quiet" else ()),
                after=(After(activity=f"A{k - 1}"),) if k and rng.random() < 0.3 else (),
                kind=str(rng.integers(2)),
            )
        )  # fmt: skip
    hands = Capacity(name="HANDS", available=rng.integers(1, 4, SLOTS).astype(float))
    light = np.where(rng.random(SLOTS) < 0.5, 150.0, -20.0)
    return problem(
        *made, slots=SLOTS, fairness=0.0, resources=(robot(SLOTS), hands, battery(light)),
        saturation={"0": 4.0},
    )  # fmt: skip


def places(a):
    """Every (start, length) that its window allows, and none."""
    begin, end = (round(edge / STEP_S) for edge in next(iter(a.windows)))
    lengths = range(round(a.shortest_s / STEP_S), round(a.duration_s / STEP_S) + 1)
    return [None] + [(s, n) for n in lengths for s in range(begin, end - n + 1)]


def holds(asked, chosen):
    """Whether a plan keeps every rule, slot by slot, by the words of `problem`."""
    placed = {a.id: (a, *p) for a, p in zip(asked.activities, chosen, strict=True) if p}
    for a, start, _ in placed.values():
        for link in a.after:
            if link.activity not in placed:
                return False
            if start < placed[link.activity][1] + placed[link.activity][2]:
                return False
    store = asked.resources[2]
    level = alone = store.initial
    for slot in range(SLOTS):
        now = [a for a, start, length in placed.values() if start <= slot < start + length]
        for r in asked.resources[:2]:
            if sum(a.needs.get(r.name, 0.0) for a in now) > r.available[slot] + 1e-9:
                return False
        for a, b in itertools.permutations(now, 2):
            if a.disturbs & b.quiet:
                return False
        level = after(store, level, store.inflow[slot] - sum(a.needs["ENERGY"] for a in now))
        alone = after(store, alone, store.inflow[slot])
        if level < min(store.least, alone) - 1e-6:
            return False
    return True


def after(store, level, net_w):
    """The level after a slot."""
    if net_w >= 0.0:
        gained = store.fill_efficiency * net_w * STEP_S
        return min(store.keeps * level + gained, store.capacity)
    return store.keeps * level + net_w * STEP_S / store.draw_efficiency


def worth_of(asked, chosen):
    total = {}
    for a, place in zip(asked.activities, chosen, strict=True):
        part = place[1] * STEP_S / a.duration_s if place else 0.0
        total[a.kind] = total.get(a.kind, 0.0) + a.worth * part
    limit = asked.saturation["0"]
    return total.get("1", 0.0) + limit * (1.0 - np.exp(-total.get("0", 0.0) / limit))


@pytest.mark.parametrize("seed", range(12))
def test_no_plan_of_a_small_problem_exceeds_the_bound_and_the_search_finds_the_best(seed):
    asked = small(seed)
    plans = itertools.product(*(places(a) for a in asked.activities))
    ranked = sorted(plans, key=lambda chosen: -worth_of(asked, chosen))
    best = next(worth_of(asked, chosen) for chosen in ranked if holds(asked, chosen))
    found = better_plan(asked, rounds=3000)
    assert found.attrs["worth"] == pytest.approx(best, rel=1e-9)
    assert found.attrs["bound"] >= best * (1.0 - 1e-9)
    packed = pack(asked)
    assert worth_bound(packed, np.zeros(packed.saturation.size)) >= best * (1.0 - 1e-9)


def test_the_bound_counts_what_a_store_gives():
    # 2 slots of 100 W above what is kept, at 90 %, and 1 slot of sun: 2.8 of the 6 asked for
    light = np.where(np.arange(SLOTS) == 3, 100.0, 0.0)
    store = battery(light, least=0.0, keeps=1.0)
    asked = [activity(f"A{k}", 1, needs={"ROBOT": 1.0, "ENERGY": 100.0}) for k in range(6)]
    packed = pack(problem(*asked, slots=SLOTS, resources=(robot(SLOTS), store)))
    assert worth_bound(packed, np.zeros(1)) == pytest.approx(2.8)


def test_the_bound_counts_loud_and_quiet_work_together():
    # Each side fills the span alone; together they are asked for twice what there is.
    free = {"windows": Windows([(0.0, SLOTS * STEP_S)])}
    tools = tuple(Capacity(name=name, available=np.ones(SLOTS)) for name in ("SAW", "EAR"))
    loud = [
        activity(f"L{k}", 2, needs={"SAW": 1.0}, disturbs=frozenset({"radio"}), **free)
        for k in range(3)
    ]
    calm = [
        activity(f"Q{k}", 2, needs={"EAR": 1.0}, quiet=frozenset({"radio"}), **free)
        for k in range(3)
    ]
    packed = pack(problem(*loud, *calm, slots=SLOTS, resources=tools))
    assert worth_bound(packed, np.zeros(1)) == pytest.approx(3.0)
