"""CP-SAT (OR-tools, Apache-2.0, https://github.com/google/or-tools) on our months: two peers.

Both play an easier game than ours: capacities, windows, durations, chains and quiet rules, but no
energy, no data buffer and no shares of partners. Amounts are rounded in their favour.
`plain` hands all requests to the solver. `sketch` fills by worth over cost, then frees a stretch of
days again and again and lets CP-SAT fill it better: what one would write in an afternoon.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ilrs.operations.filling import fill_densest
from ilrs.operations.moves import put, take
from ilrs.operations.packing import NEVER, Packed, pack
from ilrs.operations.problem import Problem, Store
from ilrs.operations.slots import FREE, open_state, total_worth

__all__ = ["PeerPlan", "plain", "sketch", "told", "without_stores"]

WORTH_UNIT = 1e-3
AMOUNT_UNIT = 1e-4  # of a capacity's greatest amount
WORKERS = 2
WAITING = 40  # requests that compete for a freed stretch


@dataclass(frozen=True)
class PeerPlan:
    """What a peer found: worth, its own bound where it has one, wall time until the end."""

    worth: float
    bound: float
    greedy: float
    wall_s: float
    optimal: bool


def told(name: str, answer: PeerPlan | None) -> str:
    """The peer's figure in words."""
    if answer is None:
        return "ortools not installed"
    proven = ", optimal" if answer.optimal else ""
    return f"{name} {answer.worth:.6g} in {answer.wall_s:.3g} s{proven}"


def without_stores(problem: Problem) -> Problem:
    """The easier game: no energy, no buffer."""
    stores = {r.name for r in problem.resources if isinstance(r, Store)}
    return replace(
        problem,
        resources=tuple(r for r in problem.resources if r.name not in stores),
        activities=tuple(
            replace(a, needs={name: n for name, n in a.needs.items() if name not in stores})
            for a in problem.activities
        ),
    )


class _Model:
    """A CP-SAT model of some items of a packed problem, in what others have left."""

    def __init__(self, cp: Any, packed: Packed, state: Any, items: np.ndarray) -> None:
        self.cp, self.packed, self.state, self.items = cp, packed, state, items
        self.model = cp.CpModel()
        self.start: dict[int, Any] = {}
        self.length: dict[int, Any] = {}
        self.present: dict[int, Any] = {}
        self.interval: dict[int, Any] = {}

    def build(self, low: int, high: int) -> None:
        """Items run inside the slots from low to high."""
        for x in self.items.tolist():
            self._item(x, low, high)
        for x in list(self.present):
            self._chain(x)
        for k in range(self.packed.available.shape[0]):
            self._capacity(k, low, high)
        for k in range(len(self.packed.quiet_names)):
            self._quiet(k, low, high)
        rate = np.round(self.packed.items["worth"] / WORTH_UNIT).astype(np.int64)
        self.model.maximize(sum(int(rate[x]) * self.run[x] for x in self.present))

    @property
    def run(self) -> dict[int, Any]:
        """Slots that each item runs: none where it is absent."""
        return {
            x: length * self.present[x] if isinstance(length, int) else self._runs[x]
            for x, length in self.length.items()
        }

    _runs: dict[int, Any]

    def _item(self, x: int, low: int, high: int) -> None:
        model, item = self.model, self.packed.items[x]
        least, most = int(item["least"]), int(item["most"])
        spans = [
            (max(int(a), low), min(int(b), high))
            for a, b in self.packed.spans[item["span"] : item["span_end"]]
        ]
        spans = [(a, b) for a, b in spans if b - a >= least]
        if not spans:
            return
        starts = self.cp.Domain.from_intervals([[a, b - least] for a, b in spans])
        start, present = model.new_int_var_from_domain(starts, ""), model.new_bool_var("")
        self.start[x], self.present[x] = start, present
        if least == most:
            self.length[x] = least
            self.interval[x] = model.new_optional_fixed_size_interval_var(start, least, present, "")
            return
        length, end = model.new_int_var(least, most, ""), model.new_int_var(low, high, "")
        self.length[x] = length
        self.interval[x] = model.new_optional_interval_var(start, length, end, present, "")
        inside = [model.new_bool_var("") for _ in spans]
        model.add(sum(inside) == present)
        for flag, (a, b) in zip(inside, spans, strict=True):
            model.add(start >= a).only_enforce_if(flag)
            model.add(end <= b).only_enforce_if(flag)
        if not hasattr(self, "_runs"):
            self._runs = {}
        runs = model.new_int_var(0, most, "")
        self._runs[x] = runs
        model.add(runs <= length)
        model.add(runs <= most * present)

    def _chain(self, x: int) -> None:
        """A chain's earlier part is in the model, stands already, or keeps this one out."""
        model, placed = self.model, self.state[0]
        item = self.packed.items[x]
        for link in self.packed.links[item["link"] : item["link_end"]]:
            other = int(link["other"])
            if other in self.present:
                model.add_implication(self.present[x], self.present[other])
                end = self.start[other] + (0 if link["from_start"] else self.length[other])
            elif placed["start"][other] != FREE:
                length = 0 if link["from_start"] else int(placed["length"][other])
                end = int(placed["start"][other]) + length
            else:
                model.add(self.present[x] == 0)
                continue
            model.add(self.start[x] >= end + int(link["least"])).only_enforce_if(self.present[x])
            if link["most"] < NEVER:
                model.add(self.start[x] <= end + int(link["most"])).only_enforce_if(self.present[x])

    def _users(self, table: str, column: str, value: int) -> list[tuple[int, Any]]:
        packed = self.packed
        rows = getattr(packed, table + "s")
        found = []
        for x in self.present:
            item = packed.items[x]
            for row in rows[item[table] : item[f"{table}_end"]]:
                if row[column] == value:
                    found.append((x, row))
        return found

    def _capacity(self, k: int, low: int, high: int) -> None:
        users = self._users("need", "resource", k)
        if not users:
            return
        left = np.floor(self.state[1][k, low:high] / AMOUNT_UNIT + 1e-3).astype(np.int64)
        most = int(left.max())
        amounts = [int(row["amount"] / AMOUNT_UNIT + 1e-3) for _, row in users]
        intervals = [self.interval[x] for x, _ in users]
        for first, end, amount in _runs_of(most - left):
            intervals.append(self.model.new_fixed_size_interval_var(low + first, end - first, ""))
            amounts.append(amount)
        if 2 * min(amounts[: len(users)]) > most:
            self.model.add_no_overlap(intervals)
        else:
            self.model.add_cumulative(intervals, amounts, most)

    def _quiet(self, k: int, low: int, high: int) -> None:
        loud = [(x, row) for x, row in self._users("quiet", "name", k) if row["side"] == 0]
        calm = [(x, row) for x, row in self._users("quiet", "name", k) if row["side"] == 1]
        most = max(len(loud), 1)
        intervals = [self.interval[x] for x, _ in loud + calm]
        amounts = [1] * len(loud) + [most] * len(calm)
        noise = self.state[4][k, :, low:high] > 0
        busy = [(noise[0], calm), (noise[1], loud)]
        for flags, others in busy:  # what stands already keeps only the other side out
            for first, end, _ in _runs_of(flags.astype(np.int64)):
                fixed = self.model.new_fixed_size_interval_var(low + first, end - first, "")
                for x, _ in others:
                    self.model.add_no_overlap([fixed, self.interval[x]])
        if loud and calm:
            # telescope time is exclusive: calm work fills the whole, loud work any part of it
            self.model.add_cumulative(intervals, amounts, most)

    def hint(self, places: np.ndarray) -> None:
        """Starts from a plan: rows (start, length) by item."""
        for x in self.present:
            start, length = places[x].tolist()
            self.model.add_hint(self.present[x], start != FREE)
            if start != FREE:
                self.model.add_hint(self.start[x], start)
                if not isinstance(self.length[x], int):
                    self.model.add_hint(self.length[x], length)
                    self.model.add_hint(self._runs[x], length)

    def solve(self, *, seconds: float, seed: int) -> tuple[Any, dict[int, tuple[int, int]]]:
        """The solver, and what it places: (start, length) by item."""
        solver = self.cp.CpSolver()
        solver.parameters.max_time_in_seconds = seconds
        solver.parameters.num_workers = WORKERS
        solver.parameters.random_seed = seed
        status = solver.solve(self.model)
        if status not in (self.cp.OPTIMAL, self.cp.FEASIBLE):
            return solver, {}
        return solver, {
            x: (solver.value(self.start[x]), solver.value(self.length[x]))
            for x in self.present
            if solver.value(self.present[x])
        }


def _runs_of(series: np.ndarray) -> list[tuple[int, int, int]]:
    """Runs of one value above 0: first, end, value."""
    edges = np.flatnonzero(np.diff(series, prepend=0, append=0))
    return [
        (int(a), int(b), int(series[a]))
        for a, b in zip(edges[:-1], edges[1:], strict=True)
        if series[a] > 0
    ]


def _ortools() -> Any:
    try:
        from ortools.sat.python import cp_model  # noqa: PLC0415 - a peer that need not be there
    except ImportError:
        return None
    return cp_model


def plain(problem: Problem, *, seconds: float, seed: int = 1) -> PeerPlan | None:
    """All requests in one model; None where ortools is not installed."""
    cp = _ortools()
    if cp is None:
        return None
    packed = pack(without_stores(problem))
    begin = time.perf_counter()
    model = _Model(cp, packed, open_state(packed), np.arange(packed.items.size))
    model.build(0, problem.slots)
    solver, placed = model.solve(seconds=seconds, seed=seed)
    worth = sum(float(packed.items["worth"][x]) * length for x, (_, length) in placed.items())
    wall = time.perf_counter() - begin
    bound = solver.best_objective_bound * WORTH_UNIT
    return PeerPlan(worth, bound, 0.0, wall, abs(bound - worth) <= 1e-3 * worth)


def sketch(
    problem: Problem, *, seconds: float, seed: int = 1,
    progress: Callable[[float, float], None] = lambda wall_s, worth: None,
) -> PeerPlan | None:  # fmt: skip
    """Greedy, then neighbourhoods of a few days by CP-SAT; None where ortools is not installed."""
    cp = _ortools()
    if cp is None:
        return None
    packed = pack(without_stores(problem))
    begin = time.perf_counter()
    state, rng = open_state(packed), np.random.default_rng(seed)
    fill_densest(packed, state)
    greedy = total_worth(packed, state)
    while (left := seconds - (time.perf_counter() - begin)) > 0.1:
        width = int(rng.integers(48, 3 * 96))
        low = int(rng.integers(0, max(problem.slots - width, 1)))
        _neighbourhood(cp, packed, state, rng, low, low + width, seconds=min(left, 1.0))
        progress(time.perf_counter() - begin, total_worth(packed, state))
    worth = total_worth(packed, state)
    return PeerPlan(worth, np.inf, greedy, time.perf_counter() - begin, False)


def _neighbourhood(
    cp: Any, packed: Packed, state: Any, rng: np.random.Generator, low: int, high: int,
    *, seconds: float,
) -> None:  # fmt: skip
    """Frees what runs inside the stretch, and lets some that wait compete for it; never worse."""
    placed = state[0]
    end = placed["start"] + placed["length"]
    inside = (placed["start"] >= low) & (end <= high)
    tied = _tied(packed, placed, inside)
    inside &= ~tied
    waiting = np.flatnonzero(placed["start"] == FREE)
    keen = rng.permutation(_may_run(packed, waiting, low, high))[:WAITING]
    items = np.concatenate([np.flatnonzero(inside), keen])
    before = np.stack([placed["start"], placed["length"]], axis=1)
    held = total_worth(packed, state)
    for x in np.flatnonzero(inside):
        take(packed, state, item=x)
    model = _Model(cp, packed, state, items)
    model.build(low, high)
    model.hint(before)
    _, found = model.solve(seconds=seconds, seed=int(rng.integers(1 << 30)))
    for x, (start, length) in found.items():
        put(packed, state, item=x, start=start, length=length)
    if total_worth(packed, state) < held - 1e-6:
        for x in found:
            take(packed, state, item=x)
        for x in np.flatnonzero(inside):
            start, length = before[x].tolist()
            put(packed, state, item=x, start=start, length=length)


def _may_run(packed: Packed, items: np.ndarray, low: int, high: int) -> np.ndarray:
    """Those of the items that have room for their least duration inside the stretch."""
    fits = [
        any(
            min(int(b), high) - max(int(a), low) >= packed.items["least"][x]
            for a, b in packed.spans[packed.items["span"][x] : packed.items["span_end"][x]]
        )
        for x in items
    ]
    return items[np.array(fits, dtype=bool)] if items.size else items


def _tied(packed: Packed, placed: Any, inside: np.ndarray) -> np.ndarray:
    """Items that others outside the stretch come after: they stay."""
    tied = np.zeros(packed.items.size, bool)
    for x in np.flatnonzero((placed["start"] != FREE) & ~inside):
        item = packed.items[x]
        tied[packed.links["other"][item["link"] : item["link_end"]]] = True
    return tied
