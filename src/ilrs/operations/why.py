"""Why an activity has no place, or less time than it asks, and the cheapest changes that mend it.

Each change is tried: the activity is placed in the plan as it would be with the change, and what
that plan is worth is told. Nothing is a guess from what is blocked.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import xarray as xr

from ilrs.foundation.windows import Windows
from ilrs.operations.chains import refusals
from ilrs.operations.checker import level_of
from ilrs.operations.mending import load
from ilrs.operations.moves import fits, place_chain, put, take, take_chain
from ilrs.operations.packing import Packed, pack
from ilrs.operations.planning import plan_dataset
from ilrs.operations.problem import Activity, Capacity, Problem, Resource, Store
from ilrs.operations.slots import FREE, State

__all__ = ["Blocker", "Change", "Holder", "Why", "why"]

IntArray: TypeAlias = npt.NDArray[np.int64]

_TRIES = 150  # activities that are tried to be moved or given up, the least worth first
_LISTED = 5  # holders that are written out, those of most first


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who holds how much of what is lacking, and when."""

    activity: str
    partner: str
    start_s: float
    end_s: float
    amount: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocker:
    """What is lacking at the place where the least is lacking, and who holds it."""

    resource: str
    asked: float
    left: float
    holders: tuple[Holder, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A change that places the activity whole, tried: what it costs, and the plan it leads to."""

    text: str
    worth_lost: float  # of others, or of the activity itself
    problem: Problem
    plan: xr.Dataset


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """Why an activity stands as it does: in words, what blocks it, what would mend it."""

    activity: str
    reason: str
    blockers: tuple[Blocker, ...] = ()
    changes: tuple[Change, ...] = ()  # the cheapest first

    def __str__(self) -> str:
        lines = [self.reason]
        for blocker in self.blockers:
            lines += [
                f"  {blocker.resource} is held by {h.activity} ({h.partner}) from"
                f" {when(h.start_s)} to {when(h.end_s)}: {h.amount:g}"
                for h in blocker.holders[:_LISTED]
            ]
            if len(blocker.holders) > _LISTED:
                lines.append(f"  and by {len(blocker.holders) - _LISTED} more")
        if self.changes:
            lines.append("What would place it, the cheapest first:")
            lines += [f"  {change.text}" for change in self.changes]
        return "\n".join(lines)


def when(t_s: float) -> str:
    """An instant as day and time from the epoch, such as 'day 5 10:30'."""
    minutes = round(t_s / 60.0)
    return f"day {minutes // 1440 + 1} {minutes % 1440 // 60:02d}:{minutes % 60:02d}"


def hours(lasts_s: float) -> str:
    """A length of time in hours, such as '2.5 h'."""
    return f"{lasts_s / 3600.0:.4g} h"


def why(problem: Problem, plan: xr.Dataset, activity_id: str) -> Why:
    """Why the plan does not place an activity, or cuts it, and what would place it whole."""
    activity = problem.activity(activity_id)
    refused = refusals(problem).get(activity_id)
    if refused is not None:
        return Why(activity=activity_id, reason=f"{refused}")
    told = f"{activity_id} ({activity.partner}, {hours(activity.duration_s)}, worth"
    told += f" {activity.worth:g})"
    row = plan.sel(activity=activity_id)
    start_s, lasts_s = float(row["start_s"]), float(row["duration_s"])
    if np.isfinite(start_s) and lasts_s >= activity.duration_s - 1.0:
        ends = f"{when(start_s)} to {when(start_s + lasts_s)}"
        return Why(activity=activity_id, reason=f"{told} runs whole, from {ends}")
    needs = [link.activity for link in activity.after]
    unplaced = [n for n in needs if not np.isfinite(float(plan["start_s"].sel(activity=n)))]
    if unplaced and not np.isfinite(start_s):
        reason = f"{told} is not placed: {unplaced[0]}, which it comes after, is not placed"
        first = why(problem, plan, unplaced[0]) if activity_id not in _needs_of(
            problem, unplaced[0]
        ) else None  # fmt: skip
        return Why(
            activity=activity_id,
            reason=reason if first is None else f"{reason}. {first.reason}",
            blockers=() if first is None else first.blockers,
        )
    case = _Case(problem, plan, activity, whole=np.isfinite(start_s))
    stands = f"is cut to {hours(lasts_s)}" if np.isfinite(start_s) else "is not placed"
    reason, blockers = case.blocked()
    changes = sorted(case.changes(), key=lambda change: change.worth_lost)
    return Why(
        activity=activity_id, reason=f"{told} {stands}: {reason}", blockers=blockers,
        changes=tuple(changes),
    )  # fmt: skip


def _needs_of(problem: Problem, name: str) -> set[str]:
    found: set[str] = set()
    open_names = [name]
    while open_names:
        new = {link.activity for link in problem.activity(open_names.pop()).after} - found
        found |= new
        open_names += new
    return found


class _Case:
    """One activity beside all that the plan places: where it could stand, and what hinders it."""

    def __init__(
        self, problem: Problem, plan: xr.Dataset, activity: Activity, *, whole: bool
    ) -> None:
        self.problem, self.plan, self.activity = problem, plan, activity
        self.packed, self.state, self.x, self.block = self._opened(problem)
        item = self.packed.items[self.x]
        self.length = int(item["most"] if whole else item["least"])
        self.starts = self._starts(inside=True)

    def _opened(self, problem: Problem) -> tuple[Packed, State, int, int]:
        """The plan as it is without the activity, which must be placed whole if it is cut."""
        packed = pack(problem)
        state = load(problem, packed, self.plan, keep=set())
        x = [problem.activities[k].id for k in packed.place].index(self.activity.id)
        block = next(
            b for b, row in enumerate(packed.blocks)
            if x in packed.order[row["first"] : row["end"]]
        )  # fmt: skip
        if state[0][x]["start"] != FREE:
            take(packed, state, item=x)
            packed.items["least"][x] = packed.items["most"][x]
            state[0][x]["fixed"] = 0
        return packed, state, x, block

    def _starts(self, *, inside: bool) -> IntArray:
        """Starts that lags leave, inside its windows or anywhere."""
        slots = self.problem.slots
        allowed = np.full(slots, not inside)
        for n in self._rows("span") if inside else ():
            span = self.packed.spans[n]
            allowed[span["start"] : max(span["end"] - self.length + 1, 0)] = True
        allowed[max(slots - self.length + 1, 0) :] = False
        low, high = 0, slots
        for n in self._rows("link"):
            link = self.packed.links[n]
            other = self.state[0][link["other"]]
            if other["start"] != FREE:
                begin = int(other["start"] + (0 if link["from_start"] else other["length"]))
                low = max(low, begin + int(link["least"]))
                high = min(high, begin + int(link["most"]))
        allowed[: max(low, 0)] = False
        allowed[max(high + 1, 0) :] = False
        return np.flatnonzero(allowed)

    def _lack(self, resource: Capacity, starts: IntArray) -> npt.NDArray[np.float64]:
        """How much of a capacity is lacking for each start; 0 where there is enough."""
        amount = self.activity.needs.get(resource.name, 0.0)
        row = self.packed.capacity_names.index(resource.name)
        scale = float(np.max(resource.available, initial=0.0)) or 1.0
        left = self.state[1][row] * scale
        views = np.lib.stride_tricks.sliding_window_view(left, self.length)
        lack = amount - views.min(axis=1)[starts]
        return np.where(lack > 1e-6 * scale, lack, 0.0)

    def _noisy(self, n: int) -> npt.NDArray[np.float64]:
        """Part of the time for which others make what it cannot bear, or bear not what it makes."""
        row = self.packed.quiets[n]
        loud = self.state[4][row["name"], 1 - row["side"]] > 0
        views = np.lib.stride_tricks.sliding_window_view(loud, self.length)
        return np.asarray(views.mean(axis=1)[self.starts])

    def _rows(self, table: str) -> range:
        item = self.packed.items[self.x]
        return range(int(item[table]), int(item[f"{table}_end"]))

    def _capacities(self) -> list[Capacity]:
        return [
            r for r in self.problem.resources
            if isinstance(r, Capacity) and self.activity.needs.get(r.name, 0.0) > 0.0
        ]  # fmt: skip

    def blocked(self) -> tuple[str, tuple[Blocker, ...]]:
        """In words, and as values, what is lacking where the least is lacking."""
        if not self.starts.size:
            return "what it comes after leaves no time for it inside its windows", ()
        capacities = self._capacities()
        lacks = [self._lack(r, self.starts) for r in capacities]
        parts = [
            lack / self.activity.needs[r.name] for lack, r in zip(lacks, capacities, strict=True)
        ]
        parts += [self._noisy(n) for n in self._rows("quiet")]
        k = int(np.argmin(np.sum(parts, axis=0))) if parts else 0
        begin_s = float(self.starts[k] * self.problem.step_s)
        end_s = begin_s + self.length * self.problem.step_s
        at = f"from {when(begin_s)} to {when(end_s)}, where least is lacking, "
        blockers = []
        for resource, lack in zip(capacities, lacks, strict=True):
            if lack[k] > 0.0:
                asked = self.activity.needs[resource.name]
                blockers.append(
                    Blocker(resource=resource.name, asked=asked, left=asked - float(lack[k]),
                            holders=self._holders(resource.name, begin_s, end_s))
                )  # fmt: skip
        words = [
            f"{b.asked:g} of {b.resource} are asked for and {b.left:g} are left" for b in blockers
        ]
        if not blockers:
            blockers = list(self._noises(begin_s, end_s))
            words = [f"{name} disturbs" for name in sorted({b.resource for b in blockers})]
        if not blockers:
            drawn = [r.name for r in self.problem.resources
                     if isinstance(r, Store) and self._runs_low(r, begin_s, end_s)]  # fmt: skip
            blockers = [
                Blocker(resource=name, asked=self.activity.needs[name], left=0.0,
                        holders=self._holders(name, begin_s, end_s))
                for name in drawn
            ]  # fmt: skip
            words = [f"{' and '.join(drawn)} would fall too low, then or later"]
        return at + " and ".join(words), tuple(blockers)

    def _runs_low(self, store: Store, begin_s: float, end_s: float) -> bool:
        """Whether the store would not give what the activity draws from then to then."""
        amount, step_s = self.activity.needs.get(store.name, 0.0), self.problem.step_s
        drawn = np.zeros(self.problem.slots)
        for _, a, start, end in self._placed():
            drawn[round(start / step_s) : round(end / step_s)] += a.needs.get(store.name, 0.0)
        alone = level_of(self.problem, store, np.zeros(self.problem.slots))
        drawn[round(begin_s / step_s) : round(end_s / step_s)] += amount
        fast = bool((drawn - store.inflow > store.most_draw * (1.0 + 1e-9)).any())
        level = level_of(self.problem, store, drawn)
        low = level < np.minimum(store.least, alone) - 1e-9 * float(np.max(np.abs(level)))
        return amount > 0.0 and (fast or bool(low.any()))

    def _placed(self) -> Iterator[tuple[int, Activity, float, float]]:
        step_s = self.problem.step_s
        for x in np.flatnonzero(self.state[0]["start"] != FREE).tolist():
            start, length = self.state[0][x]["start"], self.state[0][x]["length"]
            activity = self.problem.activities[self.packed.place[x]]
            yield x, activity, float(start * step_s), float((start + length) * step_s)

    def _holders(self, name: str, begin_s: float, end_s: float) -> tuple[Holder, ...]:
        found = [
            Holder(activity=a.id, partner=a.partner, start_s=start, end_s=end, amount=a.needs[name])
            for _, a, start, end in self._placed()
            if a.needs.get(name, 0.0) > 0.0 and start < end_s and end > begin_s
        ]
        return tuple(sorted(found, key=lambda h: (-h.amount, h.start_s, h.activity)))

    def _noises(self, begin_s: float, end_s: float) -> Iterator[Blocker]:
        """Disturbances that it cannot bear, or that others cannot bear of it."""
        own = self.activity
        for _, a, start, end in self._placed():
            for name in sorted((own.quiet & a.disturbs) | (own.disturbs & a.quiet)):
                if start < end_s and end > begin_s:
                    yield Blocker(
                        resource=name, asked=0.0, left=0.0,
                        holders=(Holder(activity=a.id, partner=a.partner, start_s=start,
                                        end_s=end, amount=1.0),),
                    )  # fmt: skip

    def _try(self, packed: Packed, state: State, block: int, x: int) -> bool:
        place_chain(packed, state, chain=block)
        return bool(state[0][x]["start"] != FREE)

    def _made(self, problem: Problem, packed: Packed, state: State) -> xr.Dataset:
        fair = dict(zip(map(str, self.plan["partner"].values),
                        self.plan["fair_share"].values.tolist(), strict=True))  # fmt: skip
        shares = np.array([fair.get(partner, 0.0) for partner in packed.partners])
        return plan_dataset(problem, packed, state, fair=shares)

    def changes(self) -> Iterator[Change]:
        """Changes that place it, each tried; the cheapest of its sort."""
        yield from self._others()
        yield from self._shorter()
        yield from self._longer_window()
        yield from self._more()
        yield from self._larger_store()

    def _others(self) -> Iterator[Change]:
        """Another activity moves, or is given up, and makes room."""
        windows = self.activity.windows
        wanted = set(self.activity.needs)
        near = [
            (x, a, start, end) for x, a, start, end in self._placed()
            if not self.state[0][x]["fixed"] and len(windows & Windows([(start, end)]))
            and (wanted & set(a.needs) or a.disturbs & self.activity.quiet
                 or a.quiet & self.activity.disturbs)
        ]  # fmt: skip
        near.sort(key=lambda row: (row[1].worth, row[1].id))
        moved = given = False
        packed, state = self.packed, self.state
        for x, a, start_s, _ in near[:_TRIES]:
            block = next(
                b for b, row in enumerate(packed.blocks)
                if x in packed.order[row["first"] : row["end"]]
            )  # fmt: skip
            if block == self.block or (moved and given):
                continue
            members = packed.order[packed.blocks["first"][block] : packed.blocks["end"][block]]
            before = [(int(m), int(state[0][m]["start"]), int(state[0][m]["length"]))
                      for m in members if state[0][m]["start"] != FREE]  # fmt: skip
            take_chain(packed, state, chain=block)
            if self._try(packed, state, self.block, self.x):
                place_chain(packed, state, chain=block)
                lost = sum(
                    float(packed.items["worth"][m]) * (n - int(state[0][m]["length"]) * int(
                        state[0][m]["start"] != FREE))
                    for m, _, n in before
                )  # fmt: skip
                if lost <= 1e-9 and not moved:
                    moved = True
                    to = when(float(state[0][x]["start"]) * self.problem.step_s)
                    text = f"move {a.id} ({a.partner}) from {when(start_s)} to {to}: nobody loses"
                    yield self._change(text, 0.0)
                elif lost > 1e-9 and not given:
                    given = True
                    names = " and ".join(
                        self.problem.activities[packed.place[m]].id for m, _, n in before
                        if state[0][m]["start"] == FREE or state[0][m]["length"] < n
                    )  # fmt: skip
                    yield self._change(f"give up {names} ({a.partner}, worth {lost:.4g})", lost)
            take_chain(packed, state, chain=block)
            take_chain(packed, state, chain=self.block)
            for m, start, length in before:
                if state[0][m]["start"] == FREE:
                    put(packed, state, item=m, start=start, length=length)

    def _change(self, text: str, lost: float) -> Change:
        made = self._made(self.problem, self.packed, self.state)
        return Change(text=text, worth_lost=lost, problem=self.problem, plan=made)

    def _with(
        self,
        text: str,
        lost: float,
        activity: Activity,
        resources: tuple[Resource, ...] | None = None,
    ) -> Change | None:
        """The change if the activity then has a place in the plan as it is."""
        others = tuple(activity if a.id == activity.id else a for a in self.problem.activities)
        changed = replace(
            self.problem, activities=others, resources=resources or self.problem.resources
        )
        packed, state, x, block = self._opened(changed)
        if not self._try(packed, state, block, x):
            return None
        made = self._made(changed, packed, state)
        return Change(text=text, worth_lost=lost, problem=changed, plan=made)

    def _shorter(self) -> Iterator[Change]:
        """The longest time for which there is room."""
        step_s = self.problem.step_s
        for length in range(self.length - 1, 0, -1):
            starts = [s for n in self._spans() for s in range(n[0], n[1] - length + 1)]
            if any(self._fits(s, length) for s in starts):
                lasts_s = length * step_s
                part = lasts_s / self.activity.duration_s
                shorter = replace(
                    self.activity, duration_s=lasts_s, shortest_s=None,
                    worth=self.activity.worth * part,
                )  # fmt: skip
                lost = self.activity.worth * (1.0 - part)
                change = self._with(
                    f"shorten it to {hours(lasts_s)} (it is then worth {shorter.worth:.4g})",
                    lost, shorter,
                )  # fmt: skip
                if change is not None:
                    yield change
                    return

    def _fits(self, start: int, length: int) -> bool:
        return fits(self.packed, self.state, item=self.x, start=start, length=length)

    def _spans(self) -> list[tuple[int, int]]:
        spans = self.packed.spans
        return [(int(spans["start"][n]), int(spans["end"][n])) for n in self._rows("span")]

    def _longer_window(self) -> Iterator[Change]:
        """The nearest time outside of its windows at which there is room."""
        best_s, best = np.inf, None
        step_s, windows = self.problem.step_s, self.activity.windows
        for start in self._starts(inside=False).tolist():
            begin_s, end_s = start * step_s, (start + self.length) * step_s
            gap_s = np.maximum(windows.start_s - begin_s, 0.0) + np.maximum(
                end_s - windows.end_s, 0.0
            )
            nearest_s = float(gap_s.min(initial=np.inf))
            if nearest_s < best_s and (self._fits(start, self.length)):
                best_s, best = nearest_s, (begin_s, end_s)
        if best is not None and best_s > 0.0:
            change = self._with(
                f"a window longer by {hours(best_s)}, from {when(best[0])} to {when(best[1])}",
                0.0, replace(self.activity, windows=windows | Windows([best])),
            )  # fmt: skip
            if change is not None:
                yield change

    def _more(self) -> Iterator[Change]:
        """A little more of the one capacity that is lacking, where the least is lacking."""
        capacities = self._capacities()
        lacks = [self._lack(r, self.starts) for r in capacities]
        short = np.sum([lack > 0.0 for lack in lacks], axis=0) if lacks else np.zeros(0)
        for resource, lack in zip(capacities, lacks, strict=True):
            alone = np.flatnonzero((lack > 0.0) & (short == 1))
            for k in alone[np.argsort(lack[alone], kind="stable")][:3].tolist():
                first, last = int(self.starts[k]), int(self.starts[k]) + self.length
                there = resource.available.copy()
                there[first:last] += lack[k]
                begin, end = when(first * self.problem.step_s), when(last * self.problem.step_s)
                unit = "" if resource.unit == "1" else f" {resource.unit}"
                more = replace(resource, available=there)
                change = self._with(
                    f"another {lack[k]:.4g}{unit} of {resource.name} from {begin} to {end}",
                    0.0, self.activity,
                    tuple(more if r.name == more.name else r for r in self.problem.resources),
                )  # fmt: skip
                if change is not None:
                    yield change
                    break

    def _larger_store(self) -> Iterator[Change]:
        """A store that is larger, and as full in proportion at the begin."""
        for store in self.problem.resources:
            if not isinstance(store, Store) or not self.activity.needs.get(store.name):
                continue
            best, part = None, 1.0
            for _ in range(6):  # the least of 1/32, 1/16 … 1 of its size that is enough
                more = part * store.capacity
                larger = replace(
                    store, capacity=store.capacity + more,
                    initial=store.initial + part * store.initial,
                )  # fmt: skip
                unit = {"W": (" Wh", 3600.0), "bit s-1": (" bit", 1.0)}.get(store.unit, ("", 1.0))
                found = self._with(
                    f"a store {store.name} larger by {more / unit[1]:.4g}{unit[0]}", 0.0,
                    self.activity,
                    tuple(larger if r.name == store.name else r for r in self.problem.resources),
                )  # fmt: skip
                if found is None:
                    break
                best, part = found, part / 2.0
            if best is not None:
                yield best
