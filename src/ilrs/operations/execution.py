"""A plan carried out: directives, rules on board, and what happened as runs.

The executive on board starts each directive at its time and follows the rules that came with the
plan; it asks nobody. What truly happens is handed in as a `Truth`, so that the same plan, rules and
truth give the same log. Activities, directives and runs are apart as in Aerie: what can be done,
what is planned, what was done.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt
import xarray as xr

from ilrs.operations.problem import Activity, Capacity, Problem, Resource, Store
from ilrs.operations.run_log import Run, RunLog, plan_digest

__all__ = [
    "Directive", "Execution", "OnBoardRule", "Truth", "directives", "execute", "random_truth",
]  # fmt: skip

FloatArray: TypeAlias = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class OnBoardRule:
    """What the station does alone until the next pass: below that level, work of a kind gives way.

    `skip` does not begin it; `stop` also ends what runs. What is mandatory follows a rule only
    where `activities` name it; without names a rule holds for all that draws on the store.
    """

    name: str
    store: str
    level_below: float  # part of the store's capacity, 0-1
    does: Literal["skip", "stop"] = "skip"
    activities: tuple[str, ...] = ()  # ids or kinds; all that draw on the store where empty

    def covers(self, activity: Activity) -> bool:
        """Whether the rule is one for this activity."""
        if self.activities:
            return activity.id in self.activities or activity.kind in self.activities
        return self.store in activity.needs and not activity.mandatory


@dataclass(frozen=True, slots=True, kw_only=True)
class Directive:
    """What the station is told: run this from then on for so long, unless a rule holds."""

    activity: str
    partner: str
    start_s: float
    duration_s: float
    rules: tuple[str, ...] = ()  # names of the rules on board that it follows

    @property
    def end_s(self) -> float:
        """The planned end, from the epoch. [s]"""
        return self.start_s + self.duration_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What truly happens, where it differs from the plan.

    Series are on the plan's slots and take the place of the forecast of that resource.
    """

    inflow: Mapping[str, FloatArray] = field(default_factory=dict)  # of a store
    available: Mapping[str, FloatArray] = field(default_factory=dict)  # of a capacity
    lasts_s: Mapping[str, float] = field(default_factory=dict)  # what an activity really takes
    fails: frozenset[str] = frozenset()  # activities that end without a result


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """The log of what happened and the level of each store at the end of each slot."""

    log: RunLog
    level: xr.DataArray  # (store, slot)


def directives(
    problem: Problem, plan: xr.Dataset, *, rules: Sequence[OnBoardRule] = ()
) -> list[Directive]:
    """What the plan tells the station, in the order of time, each with the rules it follows."""
    rows = zip(plan["activity"].values, plan["start_s"].values, plan["duration_s"].values,
               strict=True)  # fmt: skip
    known = {a.id: a for a in problem.activities}
    told = [
        Directive(
            activity=str(name), partner=known[str(name)].partner, start_s=float(start_s),
            duration_s=float(duration_s),
            rules=tuple(rule.name for rule in rules if rule.covers(known[str(name)])),
        )
        for name, start_s, duration_s in rows
        if np.isfinite(start_s)
    ]  # fmt: skip
    return sorted(told, key=lambda d: (d.start_s, d.activity))


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
    rules: Sequence[OnBoardRule] = (),
    until_s: float | None = None,
) -> Execution:
    """What the executive on board makes of the plan until that instant, from slot to slot.

    A directive begins at its time. Where something it holds is taken, it begins as soon as it is
    free and still ends when planned; if that is too short, it is not started. Nothing runs on past
    its planned end. Where a store falls below what is to be kept, the work that is worth least for
    what it draws is ended, mandatory work last.
    """
    board = _Board(problem, plan, truth, rules)
    last = problem.slots if until_s is None else min(problem.slots, int(until_s // problem.step_s))
    for slot in range(last):
        board.advance(slot)
    now_s = last * problem.step_s
    names = [store.name for store in board.stores]
    level = xr.DataArray(
        np.array(board.levels).reshape(last, len(names)).T, dims=("store", "slot"),
        coords={"store": np.array(names, dtype=np.str_)},
        attrs={"units": "rate x s", "long_name": "level at the end of the slot"},
    )  # fmt: skip
    runs = tuple(sorted(board.runs + board.unfinished(), key=lambda r: (r.start_s, r.activity)))
    log = RunLog(plan=plan_digest(plan), epoch_utc=problem.epoch_utc, until_s=now_s, runs=runs)
    return Execution(log=log, level=level)


class _Board:
    """The state on board: what waits, what runs since when, the stores' levels, what was done."""

    def __init__(
        self, problem: Problem, plan: xr.Dataset, truth: Truth, rules: Sequence[OnBoardRule]
    ) -> None:
        self.problem, self.truth, self.rules = problem, truth, rules
        self.known = {a.id: a for a in problem.activities}
        self.waiting = directives(problem, plan, rules=rules)
        self.running: dict[str, tuple[Directive, float]] = {}  # with the real start
        self.runs: list[Run] = []
        self.stores = [r for r in problem.resources if isinstance(r, Store)]
        self.capacities = [r for r in problem.resources if isinstance(r, Capacity)]
        self.level = {store.name: store.initial for store in self.stores}
        self.levels: list[list[float]] = []

    def advance(self, slot: int) -> None:
        """Lives through one slot."""
        begin_s = slot * self.problem.step_s
        self._end_finished(begin_s)
        for name, (_, _) in list(self.running.items()):
            rule = self._rule(self.known[name], stops=True)
            if rule is not None:
                self._end(name, begin_s, f"rule {rule.name}")
        self._shed(slot)
        self._start(slot)
        self._fill(slot)

    def unfinished(self) -> list[Run]:
        """What still runs at the end."""
        return [
            Run(activity=name, start_s=start_s, end_s=float("nan"), outcome="running")
            for name, (_, start_s) in self.running.items()
        ]

    def _lasts_s(self, name: str) -> float:
        return self.truth.lasts_s.get(name, self.known[name].duration_s)

    def _end_finished(self, begin_s: float) -> None:
        for name, (directive, start_s) in list(self.running.items()):
            end_s = min(start_s + self._lasts_s(name), directive.end_s)
            if end_s <= begin_s + 1e-6:
                self._end(name, end_s, "")

    def _end(self, name: str, end_s: float, reason: str) -> None:
        _, start_s = self.running.pop(name)
        activity, lasted_s = self.known[name], end_s - start_s
        shortest_s = activity.duration_s if activity.shortest_s is None else activity.shortest_s
        if name in self.truth.fails:
            outcome, reason = "failed", reason or "it gave no result"
        elif lasted_s >= self._lasts_s(name) - 1e-6 and not reason:
            outcome = "done"
        elif lasted_s >= shortest_s - 1e-6:
            outcome, reason = "cut", reason or "its time was over"
        else:
            outcome, reason = "failed", reason or "its time was over"
        self.runs.append(
            Run(activity=name, start_s=start_s, end_s=end_s, outcome=outcome, reason=reason)
        )

    def _rule(self, activity: Activity, *, stops: bool) -> OnBoardRule | None:
        """The first rule that makes this activity give way now."""
        capacity = {store.name: store.capacity for store in self.stores}
        for rule in self.rules:
            low = self.level[rule.store] < rule.level_below * capacity[rule.store]
            if low and rule.covers(activity) and (rule.does == "stop" or not stops):
                return rule
        return None

    def _held(self, resource: str) -> float:
        return sum(self.known[name].needs.get(resource, 0.0) for name in self.running)

    def _left(self, capacity: Capacity, slot: int) -> float:
        there = self.truth.available.get(capacity.name, capacity.available)
        return float(there[slot]) - self._held(capacity.name)

    def _net(self, store: Store, slot: int) -> float:
        inflow = self.truth.inflow.get(store.name, store.inflow)
        return float(inflow[slot]) - self._held(store.name)

    def _after(self, store: Store, slot: int, net: float) -> float:
        """The level at the end of a slot into which so much flows."""
        kept = self.level[store.name] * store.keeps
        step_s = self.problem.step_s
        if net >= 0.0:
            gain = store.fill_efficiency * min(net, store.most_fill) * step_s
            return min(kept + gain, store.capacity)
        return kept - min(-net, store.most_draw) * step_s / store.draw_efficiency

    def _short(self, store: Store, slot: int, more: float = 0.0) -> bool:
        """Whether what is drawn, and so much more, brings the store too low in this slot."""
        net = self._net(store, slot) - more
        drawn = self._held(store.name) + more > 0.0
        too_fast = -net > store.most_draw * (1.0 + 1e-9)
        low = self._after(store, slot, net) < store.least - 1e-9 * store.capacity
        return drawn and (too_fast or low)

    def _shed(self, slot: int) -> None:
        """Ends work until what there is suffices: the least worth for what it draws first."""
        begin_s = slot * self.problem.step_s
        for resource in self.problem.resources:
            while self._lacks(resource, slot):
                holders = [n for n in self.running if self.known[n].needs.get(resource.name)]
                if not holders:
                    break
                self._end(min(holders, key=self._rank), begin_s, f"too little {resource.name}")

    def _lacks(self, resource: Resource, slot: int) -> bool:
        if isinstance(resource, Capacity):
            return self._left(resource, slot) < -1e-9
        return self._short(resource, slot)

    def _rank(self, name: str) -> tuple[bool, float, str]:
        activity = self.known[name]
        return activity.mandatory, activity.worth / activity.duration_s, name

    def _start(self, slot: int) -> None:
        begin_s = slot * self.problem.step_s
        left = []
        for directive in self.waiting:
            if directive.start_s > begin_s + 1e-6:
                left.append(directive)
                continue
            reason = self._hindrance(directive, slot)
            activity = self.known[directive.activity]
            shortest_s = activity.duration_s if activity.shortest_s is None else activity.shortest_s
            if not reason:
                self.running[directive.activity] = (directive, begin_s)
            elif begin_s + self.problem.step_s + shortest_s <= directive.end_s + 1e-6:
                left.append(directive)
            else:
                self.runs.append(
                    Run(
                        activity=directive.activity, start_s=directive.start_s,
                        end_s=directive.start_s, outcome="not started", reason=reason,
                    )
                )  # fmt: skip
        self.waiting = left

    def _hindrance(self, directive: Directive, slot: int) -> str:
        """What keeps a directive from beginning now; nothing where it may."""
        activity = self.known[directive.activity]
        ended = {run.activity: run.outcome for run in self.runs}
        for link in activity.after:
            if ended.get(link.activity, "") in ("failed", "not started"):
                return f"{link.activity}, which it comes after, was {_told(ended[link.activity])}"
            if not link.from_start and link.activity in self.running:
                return f"{link.activity}, which it comes after, still runs"
        rule = self._rule(activity, stops=False)
        if rule is not None:
            return f"rule {rule.name}"
        for capacity in self.capacities:
            amount = activity.needs.get(capacity.name, 0.0)
            if amount > self._left(capacity, slot) + 1e-9:
                return f"too little {capacity.name}"
        for store in self.stores:
            amount = activity.needs.get(store.name, 0.0)
            if amount > 0.0 and self._short(store, slot, amount):
                return f"too little {store.name}"
        return ""

    def _fill(self, slot: int) -> None:
        for store in self.stores:
            self.level[store.name] = self._after(store, slot, self._net(store, slot))
        self.levels.append([self.level[store.name] for store in self.stores])


def _told(outcome: str) -> str:
    return "not started" if outcome == "not started" else "left without a result"
