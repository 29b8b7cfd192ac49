"""Bars of replanning: a month of 1,200 requests after one fault, and what of it is committed."""

import time

import numpy as np

from benchmarks.bar import Bar, bar
from benchmarks.scheduling import month
from ilrs.operations.checker import violations
from ilrs.operations.execution import execute, random_truth
from ilrs.operations.planning import first_plan
from ilrs.operations.replanning import Outage, Replanned, replan

DAY_S = 86400.0
NOW_S, COMMITTED_S = 7 * DAY_S, DAY_S
LOST = Outage(resource="ROBOT", start_s=7.5 * DAY_S, end_s=12 * DAY_S, part=0.5)


def replanned(*, seed: int = 1) -> tuple[Replanned, float, int]:
    """The month after a week of it and the loss of one of two robots; wall seconds; what moved.

    Moved is what was to begin within a day and begins at another time or not at all, though it
    needs no robot.
    """
    asked = month(1200, seed=seed)
    plan = first_plan(asked)
    log = execute(asked, plan, random_truth(asked, seed=seed), until_s=NOW_S).log
    begin_s = time.perf_counter()
    made = replan(asked, plan, log, now_s=NOW_S, outages=[LOST], committed_s=COMMITTED_S, seed=seed)
    wall_s = time.perf_counter() - begin_s
    start_s = plan["start_s"].values
    near = (start_s >= NOW_S) & (start_s < NOW_S + COMMITTED_S)
    after = made.plan["start_s"].values
    other = np.array(["ROBOT" not in a.needs for a in asked.activities])
    moved = int((~(np.abs(after - start_s) <= 1.0) & near & other).sum())
    assert not violations(made.problem, made.plan), "the checker finds the new plan unsound"
    return made, wall_s, moved


@bar
def replan_fault() -> Bar:
    """After one fault, 1,200 activities on a month; warm, the median of three. [s]"""
    replanned()
    walls = sorted(replanned(seed=seed)[1] for seed in (1, 2, 3))
    return Bar(
        "replan after a fault, 1,200", walls[1], 2.0, "s", "<=", "PlanDev re-simulates",
        note="one of two robots lost for 4.5 days, the next day committed",
    )  # fmt: skip


@bar
def replan_committed() -> Bar:
    """Committed activities that moved in the same three. [1]"""
    moved = sum(replanned(seed=seed)[2] for seed in (1, 2, 3))
    return Bar("committed that moved", moved, 0.0, "activities", "<=")
