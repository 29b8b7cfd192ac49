"""Bars of research plans: how near to the best, beside CP-SAT alone and a greedy-LNS sketch.

Our plans keep energy, data buffer and fair shares; the peers play without them (scheduling_peer).
"""

import time

from benchmarks.bar import Bar, bar
from benchmarks.scheduling import month
from benchmarks.scheduling_peer import PeerPlan, plain, sketch, told
from ilrs.cli_start import seldom_collect
from ilrs.operations.planning import better_plan, first_plan

SEARCH_S = 60.0


def warm() -> None:
    """Compiles, or loads what is compiled."""
    better_plan(month(30), rounds=20)


@bar
def plan_gap() -> Bar:
    """600 requests, the whole of better_plan: packing, first plan, search and bound."""
    warm()
    problem = month(600)
    begin = time.perf_counter()
    plan = better_plan(problem, seconds=9.0)
    wall_s = time.perf_counter() - begin
    return Bar(
        "plan of 600 requests: below its bound by", float(plan.attrs["gap"]), 0.01, "", "<=",
        told("CP-SAT, no stores:", plain(problem, seconds=10.0)),
        note=f"{plan.attrs['worth']:.6g} of at most {plan.attrs['bound']:.6g} in {wall_s:.3g} s",
    )  # fmt: skip


def _beside_sketch(requests: int) -> Bar:
    warm()
    problem = month(requests)
    plan = better_plan(problem, seconds=SEARCH_S)
    peer = sketch(problem, seconds=SEARCH_S)
    words = [told("sketch", peer), told("plain CP-SAT", plain(problem, seconds=SEARCH_S))]
    found = float(plan.attrs["worth"])
    return Bar(
        f"plan of {requests} requests over sketch", _ratio(found, peer), 1.01, "times", ">=",
        "; ".join(words),
        note=f"{found:.6g} with stores and shares, bound {plan.attrs['bound']:.6g}",
    )  # fmt: skip


def _ratio(found: float, peer: PeerPlan | None) -> float:
    return found / peer.worth if peer is not None else float("nan")


@bar
def plan_month_1200() -> Bar:
    """A month oversubscribed on some tools, 60 s."""
    return _beside_sketch(1200)


@bar
def plan_month_2400() -> Bar:
    """A month oversubscribed on most tools, 60 s."""
    return _beside_sketch(2400)


@bar
def plan_first() -> Bar:
    """From a problem of 5,000 requests to the plan's Dataset, warm; best of three."""
    seldom_collect()  # as `ilrs plan` does
    warm()
    best_s = float("inf")
    for _ in range(3):
        problem = month(5000)  # anew, so that nothing is remembered from the last time
        begin = time.process_time()
        first_plan(problem)
        best_s = min(best_s, time.process_time() - begin)
    return Bar("first plan of 5,000 requests", best_s, 0.5, "core-s", "<=")
