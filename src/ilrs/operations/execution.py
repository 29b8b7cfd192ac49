"""A plan carried out: directives, rules on board, and what happened as runs.

Activities, directives and runs are apart as in Aerie: what can be done, what is planned, what was
done. See `executive` for who does it, `board` for what it knows.
"""

from dataclasses import dataclass

import numpy as np
import xarray as xr

from ilrs.operations.board import Board
from ilrs.operations.executive import Executive, Truth
from ilrs.operations.problem import Problem, Store
from ilrs.operations.run_log import RunLog

__all__ = ["Execution", "execute", "levels_of", "random_truth"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """The log of what happened and the level of each store at the end of each slot."""

    log: RunLog
    level: xr.DataArray  # (store, slot)


def random_truth(
    problem: Problem, *, seed: int, spread: float = 0.1, failures: float = 0.02
) -> Truth:
    """A truth drawn by the seed: durations and inflows spread so much, so many failures.

    Durations are log-normal about what is planned; a store's inflow is the forecast times one
    log-normal number for each day, since a sky or a dusty panel lasts longer than a slot.
    """
    rng = np.random.default_rng(seed)
    factors = np.exp(rng.normal(0.0, spread, len(problem.activities)))
    failed = rng.random(len(problem.activities)) < failures
    day = (np.arange(problem.slots) * problem.step_s // 86400.0).astype(int)
    inflow = {}
    for resource in problem.resources:
        if isinstance(resource, Store):
            daily = np.exp(rng.normal(0.0, spread, int(day.max(initial=0)) + 1))
            inflow[resource.name] = resource.inflow * daily[day]
    pairs = list(zip(problem.activities, factors.tolist(), failed.tolist(), strict=True))
    return Truth(
        inflow=inflow,
        lasts_s={a.id: a.duration_s * factor for a, factor, _ in pairs},
        fails=frozenset(a.id for a, _, fails in pairs if fails),
    )


def execute(
    problem: Problem,
    plan: xr.Dataset,
    truth: Truth,
    *,
    board: Board | None = None,
    until_s: float | None = None,
) -> Execution:
    """What the executive on board makes of the plan until that instant, from slot to slot.

    A directive begins at its time. Where something it holds is taken, or a rule lets it rest, it
    begins as soon as it may and still ends when planned; if that is too short, it is not started.
    What a rule lets rest draws nothing, keeps what it holds and goes on later; nothing runs past
    its planned end. Where a store falls below what is to be kept, the work that is worth least for
    what it draws is ended, mandatory work last.
    """
    executive = Executive(problem, truth, board=board)
    executive.uplink(plan)
    last = problem.slots if until_s is None else min(problem.slots, int(until_s // problem.step_s))
    for slot in range(last):
        executive.advance(slot)
    log = executive.log(plan, until_s=last * problem.step_s)
    return Execution(log=log, level=levels_of(executive))


def levels_of(executive: Executive) -> xr.DataArray:
    """The level of each store at the end of each slot that was lived through. [rate x s]"""
    names = [store.name for store in executive.stores]
    values = np.array(executive.levels).reshape(len(executive.levels), len(names)).T
    return xr.DataArray(
        values, dims=("store", "slot"), coords={"store": np.array(names, dtype=np.str_)},
        attrs={"units": "rate x s", "long_name": "level at the end of the slot"},
    )  # fmt: skip
