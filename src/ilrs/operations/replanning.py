"""The plan after what happened: what is done, runs, is committed or near stays; the rest is solved.

What is past is taken as it was. From `now_s` on resources may be lost or lowered, and stores hold
what they truly hold. The windows of a changed forecast come in as a changed problem.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import xarray as xr

from ilrs.foundation.errors import IlrsError, did_you_mean
from ilrs.foundation.windows import Windows
from ilrs.operations.checker import level_of
from ilrs.operations.mending import mended_plan
from ilrs.operations.problem import Activity, Capacity, Problem, Resource, Store
from ilrs.operations.run_log import Run, RunLog, plan_digest

__all__ = ["Outage", "Replanned", "replan", "with_outages"]

FloatArray: TypeAlias = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """A resource that is lost or lowered over a span: a fault, a late wake-up, a lost pass."""

    resource: str
    start_s: float
    end_s: float
    part: float = 0.0  # what is left of it, 0-1


@dataclass(frozen=True, slots=True, kw_only=True)
class Replanned:
    """The problem as it stands now, its plan, and what had to be given up, with the reason."""

    problem: Problem
    plan: xr.Dataset
    fallen: Mapping[str, str]  # what has no place any more, or was committed and lost its own


def with_outages(problem: Problem, outages: Sequence[Outage]) -> Problem:
    """The problem with less of its resources in every slot that an outage touches."""
    known = {r.name for r in problem.resources}
    for outage in outages:
        if outage.resource not in known:
            raise IlrsError(
                f"an outage of {outage.resource}, which is no resource of the plan",
                f"there are {', '.join(sorted(known))}",
                did_you_mean(outage.resource, known, otherwise="Name one of them."),
            )
    edges_s = np.arange(problem.slots + 1) * problem.step_s

    def _lowered(resource: Resource) -> Resource:
        series = resource.available if isinstance(resource, Capacity) else resource.inflow
        for outage in outages:
            if outage.resource == resource.name:
                inside = (edges_s[:-1] < outage.end_s) & (edges_s[1:] > outage.start_s)
                # What the station itself draws more than it has is no less for an outage.
                series = np.where(inside & (series > 0.0), series * outage.part, series)
        if isinstance(resource, Capacity):
            return replace(resource, available=series)
        return replace(resource, inflow=series)

    return replace(problem, resources=tuple(map(_lowered, problem.resources)))


def replan(
    problem: Problem,
    plan: xr.Dataset,
    log: RunLog,
    *,
    now_s: float,
    outages: Sequence[Outage] = (),
    levels: Mapping[str, float] | None = None,
    committed: Iterable[str] = (),
    committed_s: float = 0.0,
    rounds: int = 400,
    seed: int = 1,
) -> Replanned:
    """The plan from `now_s` on, after what the log of this plan tells.

    What begins within `committed_s` from now, and what is named in `committed`, stays where it is
    unless an outage leaves it no room; that is told in `fallen`. `levels` are what stores truly
    hold now; without them they hold what the log and the forecast give.
    """
    _check_log(problem, plan, log)
    now = int(np.ceil(now_s / problem.step_s - 1e-9))
    past = _Past(problem, plan, log, now_s=now * problem.step_s)
    changed = replace(problem, activities=tuple(past.activity(a) for a in problem.activities))
    changed = with_outages(changed, outages)
    changed = replace(
        changed,
        resources=tuple(_as_it_was(changed, r, past, now, levels or {}) for r in changed.resources),
    )
    was = past.placed(plan)
    start_s = was["start_s"].values
    near = (start_s >= now_s) & (start_s < now_s + committed_s)
    keep = {str(name) for name in was["activity"].values[near]} | set(committed) | past.fixed
    made = mended_plan(changed, was, keep=keep, rounds=rounds, seed=seed)
    fallen = _fallen(was, made, past, keep=keep, outages=outages)
    blocked = made["blocked_by"].values.astype(object)
    for k, name in enumerate(made["activity"].values):
        if not np.isfinite(made["start_s"].values[k]):
            blocked[k] = past.reasons.get(str(name)) or fallen.get(str(name)) or blocked[k]
    made["blocked_by"] = made["blocked_by"].copy(data=blocked.astype(np.str_))
    return Replanned(problem=changed, plan=made, fallen=fallen)


def _check_log(problem: Problem, plan: xr.Dataset, log: RunLog) -> None:
    digest = plan_digest(plan)
    if log.plan != digest:
        raise IlrsError(
            f"the log is one of plan {log.plan}, and this is plan {digest}",
            "a log tells what became of the plan that it names",
            "Pass the plan that was carried out, or the log of this one.",
        )
    known = {a.id for a in problem.activities}
    for run in log.runs:
        if run.activity not in known:
            raise IlrsError(
                f"the log tells of {run.activity}, which is no activity of the plan",
                f"the plan's problem has {len(known)} activities",
                did_you_mean(run.activity, known, otherwise="Take that run out of the log."),
            )


class _Past:
    """What happened, as activities that stand where they were, and what it leaves for later."""

    def __init__(self, problem: Problem, plan: xr.Dataset, log: RunLog, *, now_s: float) -> None:
        self.problem, self.now_s, self.step_s = problem, now_s, problem.step_s
        self.runs = {run.activity: run for run in log.runs}
        rows = zip(plan["activity"].values, plan["start_s"].values, plan["duration_s"].values,
                   strict=True)  # fmt: skip
        planned = {str(n): (float(s), float(s + d)) for n, s, d in rows if np.isfinite(s)}
        self.places: dict[str, tuple[float, float]] = {}  # of what has begun, on slots
        self.reasons: dict[str, str] = {}
        for name, (start_s, end_s) in planned.items():
            run = self.runs.get(name)
            if run is not None and run.outcome != "not started":
                going = run.outcome == "running" or not np.isfinite(run.end_s)
                # It holds its resources up to the planned end while nobody says it ended.
                begin, end = run.start_s, max(end_s, now_s) if going else run.end_s
                self.places[name] = self._on_slots(begin, end)
            elif run is None and start_s < min(now_s, log.until_s):
                self.reasons[name] = "it did not begin, as far as the log tells"
        self.fixed = set(self.places)
        self.hopeless: set[str] = set()  # what comes after a failure
        self._lose()

    def _on_slots(self, start_s: float, end_s: float) -> tuple[float, float]:
        first = np.floor(start_s / self.step_s + 1e-9)
        last = max(np.ceil(end_s / self.step_s - 1e-9), first + 1)
        return float(first * self.step_s), float(last * self.step_s)

    def _lose(self) -> None:
        """Notes what comes after something that failed: it has no result to go on from."""
        lost = {name for name, run in self.runs.items() if run.outcome == "failed"}
        grew = True
        while grew:
            grew = False
            for a in self.problem.activities:
                gone = next((link.activity for link in a.after if link.activity in lost), None)
                if gone is not None and a.id not in lost | self.fixed:
                    self.reasons[a.id] = f"it comes after {gone}, which failed"
                    lost.add(a.id)
                    self.hopeless.add(a.id)
                    grew = True

    def activity(self, a: Activity) -> Activity:
        """The activity as it stands now: done as it was, lost, or free from now on."""
        if a.id in self.places:
            start_s, end_s = self.places[a.id]
            stands = replace(
                a, windows=Windows([(start_s, end_s)]), duration_s=end_s - start_s,
                shortest_s=None, after=(), worth=a.worth * self._part(a, self.runs[a.id]),
                mandatory=True,
            )  # fmt: skip
            if end_s > self.now_s:
                return stands
            return replace(stands, needs={}, quiet=frozenset(), disturbs=frozenset())
        if a.id in self.hopeless:
            return replace(a, windows=Windows())
        return replace(a, windows=a.windows & Windows([(self.now_s, self.problem.span_s)]))

    def level(self, store: Store) -> float:
        """What the store holds now if the forecast held and each run drew what it needs."""
        drawn = np.zeros(self.problem.slots)
        for name, (start_s, end_s) in self.places.items():
            amount = self.problem.activity(name).needs.get(store.name, 0.0)
            drawn[round(start_s / self.step_s) : round(end_s / self.step_s)] += amount
        now = round(self.now_s / self.step_s)
        return float(level_of(self.problem, store, drawn)[now - 1])

    def _part(self, a: Activity, run: Run) -> float:
        """Part of the worth that a run gave, or gives when it ends as planned."""
        if run.outcome == "failed":
            return 0.0
        if run.outcome == "cut":
            return min((run.end_s - run.start_s - run.held_s) / a.duration_s, 1.0)
        if run.outcome == "running" or not np.isfinite(run.end_s):
            start_s, end_s = self.places[a.id]
            return min((end_s - start_s) / a.duration_s, 1.0)
        return 1.0

    def placed(self, plan: xr.Dataset) -> xr.Dataset:
        """The plan with what has begun where it was, and nothing else before now."""
        start_s, duration_s = plan["start_s"].values.copy(), plan["duration_s"].values.copy()
        for k, name in enumerate(map(str, plan["activity"].values)):
            if name in self.places:
                begin, end = self.places[name]
                start_s[k], duration_s[k] = begin, end - begin
            elif start_s[k] < self.now_s:
                start_s[k], duration_s[k] = np.nan, 0.0
        return plan.assign(
            start_s=plan["start_s"].copy(data=start_s),
            duration_s=plan["duration_s"].copy(data=duration_s),
        )


def _as_it_was(
    problem: Problem, resource: Resource, past: _Past, now: int, levels: Mapping[str, float]
) -> Resource:
    """The resource with a past in which what still runs had room, and the level it has now."""
    held = np.zeros(problem.slots)
    for a in problem.activities:
        if a.id in past.places and resource.name in a.needs:
            first, last = (round(edge_s / problem.step_s) for edge_s in past.places[a.id])
            held[first : min(last, now)] += a.needs[resource.name]
    if isinstance(resource, Capacity):
        return replace(resource, available=np.maximum(resource.available, held))
    if now == 0:
        return resource
    level = levels.get(resource.name, past.level(resource))
    return _with_level(resource, held[:now], min(max(level, 0.0), resource.capacity),
                       step_s=problem.step_s)  # fmt: skip


def _with_level(store: Store, held: FloatArray, level: float, *, step_s: float) -> Store:
    """The store that holds so much after the slots of `held`, which are past.

    It begins with that level, or with what is to be kept if that is more, and what flowed in is
    what was drawn and lost.
    """
    begin = max(level, store.least)
    inflow = store.inflow.copy()
    inflow[: held.size] = held + begin * (1.0 - store.keeps) / (store.fill_efficiency * step_s)
    if level < begin:
        inflow[: held.size] -= (begin - level) * store.draw_efficiency / step_s / held.size
    return replace(store, inflow=inflow, initial=begin)


def _fallen(
    was: xr.Dataset, made: xr.Dataset, past: _Past, *, keep: set[str], outages: Sequence[Outage]
) -> dict[str, str]:
    """What was placed and is not any more, or not where it had to stay, each with the reason."""
    names = ", ".join(sorted({outage.resource for outage in outages}))
    reason = f"no room is left by the outage of {names}" if names else "no room is left"
    fallen = {}
    after = made["start_s"].sel(activity=was["activity"]).values
    for name, before_s, now_s in zip(
        map(str, was["activity"].values), was["start_s"].values, after, strict=True
    ):
        if not np.isfinite(before_s):
            continue
        if not np.isfinite(now_s):
            fallen[name] = past.reasons.get(name, reason)
        elif name in keep and now_s != before_s:
            fallen[name] = f"{reason} at its time; it begins {_later(now_s - before_s)}"
    return fallen


def _later(lag_s: float) -> str:
    return f"{abs(lag_s) / 3600.0:.4g} h {'later' if lag_s > 0.0 else 'earlier'}"
