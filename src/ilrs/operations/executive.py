"""The executive on board: it starts directives, follows rules, sheds what is lacking; slot by slot.

It asks nobody. What truly happens is handed in as a `Truth`, so that the same plan, board and truth
give the same log.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import xarray as xr

from ilrs.foundation.windows import Windows
from ilrs.operations.board import FIRST_MODE, Board, BoardRule, Directive, directives
from ilrs.operations.problem import Activity, Capacity, Problem, Resource, Store
from ilrs.operations.run_log import Event, Run, RunLog, plan_digest

__all__ = ["Executive", "Truth"]

FloatArray: TypeAlias = npt.NDArray[np.float64]

_NEVER = Windows()


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What truly happens, where it differs from the plan.

    Series are on the plan's slots and take the place of the forecast of that resource.
    """

    inflow: Mapping[str, FloatArray] = field(default_factory=dict)  # of a store
    available: Mapping[str, FloatArray] = field(default_factory=dict)  # of a capacity
    lasts_s: Mapping[str, float] = field(default_factory=dict)  # what an activity really takes
    fails: frozenset[str] = frozenset()  # activities that end without a result
    failed: Mapping[str, Windows] = field(default_factory=dict)  # when a fault holds of an element
    lost_passes_s: frozenset[float] = frozenset()  # of the board's, that bring nothing


@dataclass(slots=True, kw_only=True)
class _Going:
    """A directive that runs, or rests: since when, and for how long it has rested."""

    directive: Directive
    start_s: float
    held_s: float = 0.0
    rests_since_s: float | None = None
    rule: str = ""  # by which it rests, or rested last

    def ran_s(self, now_s: float) -> float:
        """Time that it has run. [s]"""
        last_s = now_s if self.rests_since_s is None else self.rests_since_s
        return last_s - self.start_s - self.held_s


class Executive:
    """The state on board: what waits, runs and rests, modes, the stores' levels, what was done."""

    def __init__(self, problem: Problem, truth: Truth, *, board: Board | None = None) -> None:
        self.problem, self.truth = problem, truth
        self.board = Board() if board is None else board
        self.known = {a.id: a for a in problem.activities}
        self.waiting: list[Directive] = []
        self.running: dict[str, _Going] = {}
        self.runs: list[Run] = []
        self.events: list[Event] = []
        self.stores = [r for r in problem.resources if isinstance(r, Store)]
        self.capacities = [r for r in problem.resources if isinstance(r, Capacity)]
        self.level = {store.name: store.initial for store in self.stores}
        self.levels: list[list[float]] = []
        elements = dict.fromkeys(rule.element for rule in self.board.rules)
        self.modes: dict[str, tuple[str, float]] = dict.fromkeys(elements, (FIRST_MODE, 0.0))
        self.resting: dict[str, str] = {}  # activity, and the rule by which it rests
        self.ruled: dict[str, str] = {}  # element, and the rule that it followed last
        kept = (at_s for at_s in self.board.passes_s if at_s not in truth.lost_passes_s)
        self.passes_s = np.array(sorted(kept))

    def uplink(self, plan: xr.Dataset) -> None:
        """Takes a plan in place of the one before; what runs or has run stays as it is."""
        told = directives(self.problem, plan, board=self.board)
        again = {d.activity for d in told}
        self.runs = [r for r in self.runs if r.outcome != "not started" or r.activity not in again]
        begun = {run.activity for run in self.runs} | self.running.keys()
        self.waiting = [d for d in told if d.activity not in begun]

    def log(self, plan: xr.Dataset, *, until_s: float) -> RunLog:
        """What happened up to an instant, told of the plan that is carried out."""
        runs = sorted(self.runs + self._unfinished(until_s), key=lambda r: (r.start_s, r.activity))
        return RunLog(
            plan=plan_digest(plan), epoch_utc=self.problem.epoch_utc, until_s=until_s,
            runs=tuple(runs), events=tuple(self.events),
        )  # fmt: skip

    def advance(self, slot: int) -> None:
        """Lives through one slot."""
        begin_s = slot * self.problem.step_s
        self._end_finished(begin_s)
        self._follow(begin_s)
        self._rest(begin_s)
        self._shed(slot)
        self._start(slot)
        self._fill(slot)

    def _unfinished(self, until_s: float) -> list[Run]:
        return [
            Run(
                activity=name, start_s=going.start_s, end_s=float("nan"), outcome="running",
                held_s=until_s - going.start_s - going.ran_s(until_s),
            )
            for name, going in self.running.items()
        ]  # fmt: skip

    def _lasts_s(self, name: str) -> float:
        return self.truth.lasts_s.get(name, self.known[name].duration_s)

    def _shortest_s(self, name: str) -> float:
        activity = self.known[name]
        return activity.duration_s if activity.shortest_s is None else activity.shortest_s

    def _end_finished(self, begin_s: float) -> None:
        for name, going in list(self.running.items()):
            end_s = going.directive.end_s
            if going.rests_since_s is None:
                end_s = min(going.start_s + going.held_s + self._lasts_s(name), end_s)
            if end_s <= begin_s + 1e-6:
                self._end(name, end_s, "")

    def _end(self, name: str, end_s: float, reason: str) -> None:
        going = self.running.pop(name)
        lasted_s = going.ran_s(end_s)
        over = f"rule {going.rule}" if going.rule else "its time was over"
        if name in self.truth.fails:
            outcome, reason = "failed", reason or "it gave no result"
        elif lasted_s >= self._lasts_s(name) - 1e-6 and not reason:
            outcome = "done"
        elif lasted_s >= self._shortest_s(name) - 1e-6:
            outcome, reason = "cut", reason or over
        else:
            outcome, reason = "failed", reason or over
        self.runs.append(
            Run(
                activity=name, start_s=going.start_s, end_s=end_s, outcome=outcome, reason=reason,
                held_s=end_s - going.start_s - lasted_s,
            )
        )  # fmt: skip

    def _follow(self, begin_s: float) -> None:
        """Lets each element follow the first of its rules that holds."""
        for element, (mode, since_s) in self.modes.items():
            in_mode_s = begin_s + self.problem.step_s - since_s
            rule = next(
                (
                    rule
                    for rule in self.board.rules
                    if rule.element == element and self._holds(rule, mode, in_mode_s, begin_s)
                ),
                None,
            )
            if rule is not None and rule.to != mode:
                self.modes[element] = rule.to, begin_s + self.problem.step_s
                self.ruled[element] = rule.id
                what = f"{element} from {mode} to {rule.to}"
                self.events.append(Event(at_s=begin_s, kind="rule", of=rule.id, what=what))

    def _holds(self, rule: BoardRule, mode: str, in_mode_s: float, begin_s: float) -> bool:
        if rule.from_modes and mode not in rule.from_modes or in_mode_s < rule.after_s:
            return False
        middle_s = begin_s + 0.5 * self.problem.step_s
        if rule.open is not None and not rule.open.mask(middle_s):
            return False
        for element, wanted in ((rule.failed, True), (rule.well, False)):
            if element and bool(self.truth.failed.get(element, _NEVER).mask(middle_s)) != wanted:
                return False
        if not rule.silent_above_s < self._silent_s(begin_s) < rule.silent_below_s:
            return False
        store = next((one for one in self.stores if one.name == rule.store), None)
        level = 1.0 if store is None else self.level[store.name] / store.capacity
        return rule.level_above < level < rule.level_below

    def _silent_s(self, begin_s: float) -> float:
        """Time since the last pass, or since the epoch. [s]"""
        past = self.passes_s[self.passes_s <= begin_s]
        return begin_s - (float(past[-1]) if past.size else 0.0)

    def _rest(self, begin_s: float) -> None:
        """Lets rest what some mode holds, and lets on what none does any more."""
        rests = [r for r in self.board.rests if self.modes[r.element][0] == r.mode]
        self.resting = {
            name: self.ruled[rest.element]
            for rest in reversed(rests)
            for name in (*self.running, *(d.activity for d in self.waiting))
            if rest.covers(self.known[name])
        }
        for name, going in list(self.running.items()):
            rule = self.resting.get(name)
            if rule is None and going.rests_since_s is not None:
                going.held_s += begin_s - going.rests_since_s
                going.rests_since_s = None
            elif rule is not None and going.rests_since_s is None:
                going.rests_since_s, going.rule = begin_s, rule
            if rule is not None:
                left_s = going.directive.end_s - begin_s
                enough_s = min(self._shortest_s(name), self._lasts_s(name))
                if going.ran_s(begin_s) + left_s < enough_s - 1e-6:
                    self._end(name, begin_s, f"rule {rule}")

    def _drawn(self, resource: Resource) -> float:
        """What is held of a capacity, or drawn on a store; what rests draws nothing."""
        return sum(
            self.known[name].needs.get(resource.name, 0.0)
            for name, going in self.running.items()
            if isinstance(resource, Capacity) or going.rests_since_s is None
        )

    def _left(self, capacity: Capacity, slot: int) -> float:
        there = self.truth.available.get(capacity.name, capacity.available)
        return float(there[slot]) - self._drawn(capacity)

    def _net(self, store: Store, slot: int) -> float:
        inflow = self.truth.inflow.get(store.name, store.inflow)
        return float(inflow[slot]) - self._drawn(store)

    def _after(self, store: Store, net: float) -> float:
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
        drawn = self._drawn(store) + more > 0.0
        too_fast = -net > store.most_draw * (1.0 + 1e-9)
        low = self._after(store, net) < store.least - 1e-9 * store.capacity
        return drawn and (too_fast or low)

    def _shed(self, slot: int) -> None:
        """Ends work until what there is suffices: the least worth for what it draws first."""
        begin_s = slot * self.problem.step_s
        for resource in self.problem.resources:
            while self._lacks(resource, slot):
                holders = [n for n in self.running if self.known[n].needs.get(resource.name)]
                if isinstance(resource, Store):
                    holders = [n for n in holders if self.running[n].rests_since_s is None]
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
            last_s = begin_s + self.problem.step_s + self._shortest_s(directive.activity)
            if not reason:
                self.running[directive.activity] = _Going(directive=directive, start_s=begin_s)
            elif last_s <= directive.end_s + 1e-6:
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
        chain = self._link_open(activity)
        if chain or activity.id in self.resting:
            return chain or f"rule {self.resting[activity.id]}"
        for capacity in self.capacities:
            amount = activity.needs.get(capacity.name, 0.0)
            if amount > self._left(capacity, slot) + 1e-9:
                return f"too little {capacity.name}"
        for store in self.stores:
            amount = activity.needs.get(store.name, 0.0)
            if amount > 0.0 and self._short(store, slot, amount):
                return f"too little {store.name}"
        return ""

    def _link_open(self, activity: Activity) -> str:
        """What of its chain keeps an activity from beginning; nothing where it may."""
        ended = {run.activity: run.outcome for run in self.runs}
        for link in activity.after:
            if ended.get(link.activity, "") in ("failed", "not started"):
                return f"{link.activity}, which it comes after, was {_told(ended[link.activity])}"
            if not link.from_start and link.activity in self.running:
                return f"{link.activity}, which it comes after, still runs"
        return ""

    def _fill(self, slot: int) -> None:
        for store in self.stores:
            self.level[store.name] = self._after(store, self._net(store, slot))
        self.levels.append([self.level[store.name] for store in self.stores])


def _told(outcome: str) -> str:
    return "not started" if outcome == "not started" else "left without a result"
