"""A plan in operation: alone between passes; at each pass the log comes down, a new plan goes up.

The ground knows what has come down: the log, what stores hold, and faults that have struck; of one
that still holds it knows no end, and plans without what it takes until it sees it back.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import xarray as xr

from ilrs.foundation.windows import Windows
from ilrs.operations.board import Board
from ilrs.operations.execution import levels_of
from ilrs.operations.executive import Executive, Truth
from ilrs.operations.problem import Capacity, Problem, Resource
from ilrs.operations.replanning import Replanned, replan
from ilrs.operations.run_log import Event, RunLog

__all__ = ["Fault", "Operated", "Pass", "known_faults", "operate", "true_world", "with_faults"]

FloatArray: TypeAlias = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What an element's fault takes of resources while it holds: units, or a rate of a store."""

    element: str
    what: str
    start_s: float
    end_s: float
    takes: Mapping[str, FloatArray] = field(default_factory=dict)  # resource -> by slot


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """One pass: whether it was lost, and what the plan that went up changes."""

    at_s: float
    is_lost: bool = False
    alone_s: float = 0.0  # since the last pass that was not
    moved: int = 0  # activities that had a place and have another one
    came: int = 0  # that had none
    fallen: Mapping[str, str] = field(default_factory=dict)  # activity -> reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Operated:
    """What came of it: the plan as it stands at the end, its problem, the log and the passes."""

    problem: Problem
    plan: xr.Dataset
    log: RunLog
    level: xr.DataArray  # (store, slot)
    passes: tuple[Pass, ...]


def with_faults(problem: Problem, faults: Sequence[Fault]) -> Problem:
    """The problem with what faults take in every slot that they touch."""
    edges_s = np.arange(problem.slots + 1) * problem.step_s

    def _lowered(resource: Resource) -> Resource:
        taken = np.zeros(problem.slots)
        for fault in faults:
            if resource.name in fault.takes:
                inside = (edges_s[:-1] < fault.end_s) & (edges_s[1:] > fault.start_s)
                taken += np.where(inside, fault.takes[resource.name], 0.0)
        if not taken.any():
            return resource
        if isinstance(resource, Capacity):
            return replace(resource, available=np.maximum(resource.available - taken, 0.0))
        return replace(resource, inflow=resource.inflow - taken)

    return replace(problem, resources=tuple(map(_lowered, problem.resources)))


def known_faults(faults: Sequence[Fault], *, now_s: float, span_s: float) -> list[Fault]:
    """Those that have struck by now; one that still holds has no end that is known."""
    return [
        fault if fault.end_s <= now_s else replace(fault, end_s=span_s)
        for fault in faults
        if fault.start_s <= now_s
    ]


def true_world(problem: Problem, truth: Truth, faults: Sequence[Fault]) -> Truth:
    """The truth with what faults take of it, and when they hold."""
    taken = with_faults(problem, faults)
    inflow, available = dict(truth.inflow), dict(truth.available)
    for before, after in zip(problem.resources, taken.resources, strict=True):
        if isinstance(before, Capacity) and isinstance(after, Capacity):
            lost = before.available - after.available
            there = available.get(before.name, before.available)
            available[before.name] = np.maximum(there - lost, 0.0)
        elif not isinstance(before, Capacity) and not isinstance(after, Capacity):
            flows = inflow.get(before.name, before.inflow)
            inflow[before.name] = flows - (before.inflow - after.inflow)
    failed: dict[str, Windows] = dict(truth.failed)
    for fault in faults:
        held = Windows([(fault.start_s, fault.end_s)])
        failed[fault.element] = failed.get(fault.element, Windows()) | held
    return replace(truth, inflow=inflow, available=available, failed=failed)


def operate(
    problem: Problem,
    plan: xr.Dataset,
    truth: Truth,
    *,
    board: Board,
    faults: Sequence[Fault] = (),
    committed_s: float = 86400.0,
    rounds: int = 400,
    seed: int = 1,
    told: Callable[[Pass, Replanned | None], None] = lambda _, __: None,
) -> Operated:
    """What comes of a plan from its first slot to its last, with a new plan at every pass.

    The station has the whole plan, so that it goes on alone where a pass is lost. What begins
    within `committed_s` of a pass stays as it is unless a fault leaves it no room. `told` hears of
    every pass as it is over, and of the plan that went up. The same seed and truth give one log.
    """
    executive = Executive(problem, true_world(problem, truth, faults), board=board)
    executive.uplink(plan)
    stands, passes, slot, last_s = problem, [], 0, 0.0
    for at_s in board.passes_s:
        made: Replanned | None = None
        until = min(round(at_s / problem.step_s), problem.slots)
        _live(executive, slot, until)
        slot = max(slot, until)
        if slot == problem.slots:
            break
        if at_s in truth.lost_passes_s:
            passes.append(Pass(at_s=at_s, is_lost=True, alone_s=at_s - last_s))
        else:
            known = known_faults(faults, now_s=at_s, span_s=problem.span_s)
            made = replan(
                with_faults(problem, known), plan, executive.log(plan, until_s=at_s), now_s=at_s,
                levels=executive.level, committed_s=committed_s, rounds=rounds, seed=seed,
            )  # fmt: skip
            passes.append(_report(at_s, plan, made.plan, made.fallen, alone_s=at_s - last_s))
            stands, plan, last_s = made.problem, made.plan, at_s
            executive.uplink(plan)
        told(passes[-1], made)
    _live(executive, slot, problem.slots)
    log = executive.log(plan, until_s=problem.span_s)
    beside = _events(faults, passes, span_s=problem.span_s)
    events = sorted((*log.events, *beside), key=lambda e: (e.at_s, e.kind, e.of))
    return Operated(
        problem=stands, plan=plan, log=replace(log, events=tuple(events)),
        level=levels_of(executive), passes=tuple(passes),
    )  # fmt: skip


def _live(executive: Executive, first: int, last: int) -> None:
    for slot in range(first, last):
        executive.advance(slot)


def _report(
    at_s: float, was: xr.Dataset, made: xr.Dataset, fallen: Mapping[str, str], *, alone_s: float
) -> Pass:
    """What a new plan changes from the pass on."""
    before = was["start_s"].sel(activity=made["activity"]).values
    after = made["start_s"].values
    ahead, had = after >= at_s, np.isfinite(before)
    return Pass(
        at_s=at_s, alone_s=alone_s, fallen=dict(fallen),
        moved=int((ahead & had & (after != before)).sum()), came=int((ahead & ~had).sum()),
    )  # fmt: skip


def _events(faults: Sequence[Fault], passes: Sequence[Pass], *, span_s: float) -> list[Event]:
    found = [Event(at_s=one.at_s, kind="pass", of="ground", what="lost")
             for one in passes if one.is_lost]  # fmt: skip
    for fault in faults:
        at = {"kind": "fault", "of": fault.element}
        found.append(Event(at_s=fault.start_s, what=fault.what, **at))
        if fault.end_s < span_s:
            found.append(Event(at_s=fault.end_s, what=f"{fault.what} is over", **at))
    return found
