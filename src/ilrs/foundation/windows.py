"""Windows: ordered half-open time spans as values, with union, intersection and difference."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from ilrs.foundation.errors import IlrsError

__all__ = ["Bounds", "Windows", "certain_windows", "find_windows"]

FloatArray: TypeAlias = npt.NDArray[np.float64]
Bounds: TypeAlias = Callable[[FloatArray, FloatArray], tuple[FloatArray, FloatArray]]


class Windows:
    """An ordered set of half-open spans [start, end) in seconds; immutable and comparable.

    Overlapping and touching spans are joined, empty ones dropped, so that two Windows are equal
    exactly when they cover the same instants.
    """

    __slots__ = ("end_s", "start_s")

    def __init__(self, spans: Iterable[tuple[float, float]] = ()) -> None:
        ordered = sorted((float(a), float(b)) for a, b in spans if b > a)
        joined: list[list[float]] = []
        for start, end in ordered:
            if joined and start <= joined[-1][1]:
                joined[-1][1] = max(joined[-1][1], end)
            else:
                joined.append([start, end])
        edges = np.array(joined, dtype=np.float64).reshape(-1, 2) + 0.0  # -0.0 becomes 0.0
        edges.setflags(write=False)
        object.__setattr__(self, "start_s", edges[:, 0])
        object.__setattr__(self, "end_s", edges[:, 1])

    start_s: FloatArray
    end_s: FloatArray

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("Windows never change; combine them with |, & and - into new ones")

    @classmethod
    def from_mask(cls, edge_s: npt.ArrayLike, mask: npt.ArrayLike) -> "Windows":
        """Windows where `mask` holds; `edge_s` has one more entry than `mask` (the cell edges)."""
        edges, cells = np.asarray(edge_s, dtype=np.float64), np.asarray(mask, dtype=bool)
        if edges.shape != (cells.size + 1,):
            raise IlrsError(
                f"{edges.size} edges for {cells.size} cells",
                "n cells have n + 1 edges",
                "Pass the edges of the cells, not their middles.",
            )
        padded = np.concatenate(([False], cells, [False]))
        change = np.flatnonzero(padded[1:] != padded[:-1])
        return cls(zip(edges[change[::2]], edges[change[1::2]], strict=True))

    def mask(self, t_s: npt.ArrayLike) -> npt.NDArray[np.bool_]:
        """Whether each instant lies inside; same shape as `t_s`."""
        t = np.asarray(t_s, dtype=np.float64)
        index = np.searchsorted(self.start_s, t, side="right") - 1
        if not len(self):
            return np.zeros(t.shape, dtype=bool)
        return np.asarray((index >= 0) & (t < self.end_s[np.maximum(index, 0)]))

    def overlap_fraction(self, edge_s: npt.ArrayLike) -> FloatArray:
        """Part of each time cell that the windows cover, 0 to 1.

        Cell k lies between edges k and k + 1. One that is covered whole or not at all gives 1 or 0
        exactly. Raises IlrsError for edges that do not rise.
        """
        edges = np.asarray(edge_s, dtype=np.float64)
        if edges.ndim != 1 or edges.size < 2 or not np.all(np.diff(edges) > 0.0):
            raise IlrsError(
                f"time cells with {edges.size} edges that do not all rise",
                "n cells have n + 1 edges, each later than the one before",
                "Pass the edges of the cells in order of time.",
            )
        knots = np.unique(np.concatenate([edges, self.start_s, self.end_s]))
        knots = knots[(knots >= edges[0]) & (knots <= edges[-1])]
        covered_s = np.diff(knots) * self.mask(knots[:-1])  # each piece is all in or all out
        first = np.searchsorted(knots, edges[:-1])
        return np.asarray(np.add.reduceat(covered_s, first) / np.diff(edges))

    def __iter__(self) -> Iterator[tuple[float, float]]:
        return zip(self.start_s.tolist(), self.end_s.tolist(), strict=True)

    def __len__(self) -> int:
        return int(self.start_s.size)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Windows):
            return NotImplemented
        return bool(
            np.array_equal(self.start_s, other.start_s) and np.array_equal(self.end_s, other.end_s)
        )

    def __hash__(self) -> int:
        return hash((self.start_s.tobytes(), self.end_s.tobytes()))

    def __repr__(self) -> str:
        spans = ", ".join(f"[{start:g}, {end:g})" for start, end in list(self)[:4])
        more = f", … {len(self) - 4} more" if len(self) > 4 else ""
        return f"Windows({spans}{more})"

    def __or__(self, other: "Windows") -> "Windows":
        return Windows([*self, *other])

    def __and__(self, other: "Windows") -> "Windows":
        spans, i, j = [], 0, 0
        while i < len(self) and j < len(other):
            start = max(self.start_s[i], other.start_s[j])
            end = min(self.end_s[i], other.end_s[j])
            if end > start:
                spans.append((start, end))
            if self.end_s[i] < other.end_s[j]:
                i += 1
            else:
                j += 1
        return Windows(spans)

    def __sub__(self, other: "Windows") -> "Windows":
        if not len(self):
            return self
        whole = float(self.start_s[0]), float(self.end_s[-1])
        return self & other.within(*whole)

    def within(self, start_s: float, end_s: float) -> "Windows":
        """The gaps between these windows inside [start, end): their complement there."""
        edges = [start_s, *(edge for span in self for edge in span), end_s]
        pairs = zip(edges[::2], edges[1::2], strict=True)
        return Windows((max(a, start_s), min(b, end_s)) for a, b in pairs)

    @property
    def duration_s(self) -> FloatArray:
        """Length of each window [s]."""
        return np.asarray(self.end_s - self.start_s)

    @property
    def total_s(self) -> float:
        """Sum of all lengths [s]."""
        return float(self.duration_s.sum())

    @property
    def longest_s(self) -> float:
        """Length of the longest window; 0 where there is none [s]."""
        return float(self.duration_s.max(initial=0.0))


def find_windows(
    holds: Callable[[FloatArray], npt.NDArray[np.bool_]],
    span_s: tuple[float, float],
    *,
    step_s: float,
    tolerance_s: float = 1.0,
) -> Windows:
    """Windows in which a yes/no function of time holds, edges to `tolerance_s` by bisection.

    `holds` takes an array of times and answers with an array of bool. Events shorter than `step_s`
    may be missed: the step is the caller's promise.
    """
    start, end = span_s
    count = max(2, int(np.ceil((end - start) / step_s)) + 1)
    t = np.linspace(start, end, count)
    state = np.asarray(holds(t), dtype=bool)
    change = np.flatnonzero(state[1:] != state[:-1])
    low, high, before = t[change], t[change + 1], state[change]
    while change.size and float((high - low).max()) > tolerance_s:
        middle = 0.5 * (low + high)
        same = np.asarray(holds(middle), dtype=bool) == before
        low, high = np.where(same, middle, low), np.where(same, high, middle)
    edges = [start] if state[0] else []
    edges += [float(edge) for edge in 0.5 * (low + high)]
    if len(edges) % 2:
        edges.append(end)
    return Windows(zip(edges[::2], edges[1::2], strict=True))


def certain_windows(
    bounds: Bounds,
    cells_s: npt.ArrayLike,
    *,
    span_s: tuple[float, float],
    shortest_s: float = 1.0,
    tolerance_s: float = 0.01,
) -> Windows:
    """Windows in which a margin is above 0; none, and no gap, of `shortest_s` or longer is missed.

    `bounds` takes instants and, for each, half a length of time; it answers with a lower and an
    upper bound of the margin within that time of the instant, which are the margin itself for a
    length of 0. Cells in which the bounds leave the sign open are halved, down to `shortest_s`, and
    the edges are found by bisection to `tolerance_s`: nothing rests on a lucky step. `cells_s`, of
    shape (n, 2), are the first cells, in order; the rest of the span is known to be without. The
    margin may jump where two of them meet.
    """
    cells = np.asarray(cells_s, dtype=np.float64)
    kept = _decided(bounds, cells, shortest_s=shortest_s)
    if not kept.size:
        return Windows()
    t, state = _known_states(kept, span_s)
    change = np.flatnonzero(state[1:] != state[:-1])
    low, high, before = t[change], t[change + 1], state[change]
    still = np.zeros_like(low)
    while change.size and float((high - low).max()) > tolerance_s:
        middle = 0.5 * (low + high)
        same = (bounds(middle, still)[0] > 0.0) == before
        low, high = np.where(same, middle, low), np.where(same, high, middle)
    first, last = [span_s[0]] * int(state[0]), [span_s[1]] * int(state[-1])
    edges = [*first, *(0.5 * (low + high)).tolist(), *last]
    return Windows(zip(edges[::2], edges[1::2], strict=True))


def _decided(bounds: Bounds, cells: FloatArray, *, shortest_s: float) -> FloatArray:
    """The cells that hold and the shortest open ones, in order of time.

    Columns: start and end of the cell; first and last instant in it of which the state is known
    (of an open one only its middle); that state, 1 where the margin is above 0.
    """
    start, end = cells.T
    kept = [np.empty((0, 5))]
    while start.size:
        half = 0.5 * (end - start)
        middle = start + half
        low, high = bounds(middle, half)
        holds = low > 0.0
        is_open = ~holds & (high > 0.0)
        is_short = is_open & (half <= 0.5 * shortest_s)
        a, b, at = start[is_short], end[is_short], middle[is_short]
        state = bounds(at, np.zeros_like(at))[0] > 0.0
        kept.append(np.stack([a, b, at, at, state], axis=1))
        a, b = start[holds], end[holds]
        kept.append(np.stack([a, b, a, b, np.ones_like(a)], axis=1))
        split = is_open & ~is_short
        start = np.stack([start[split], middle[split]], axis=1).ravel()
        end = np.stack([middle[split], end[split]], axis=1).ravel()
    rows = np.concatenate(kept)
    return np.asarray(rows[np.argsort(rows[:, 0], kind="stable")])


def _known_states(
    kept: FloatArray, span_s: tuple[float, float]
) -> tuple[FloatArray, npt.NDArray[np.bool_]]:
    """Instants in order, and whether the margin is above 0 at each.

    Where two kept cells do not touch, the cells between them are those in which it is not.
    """
    start, end, first, last, state = kept.T
    apart_before = start > np.concatenate([span_s[:1], end[:-1]])
    apart_after = end < np.concatenate([start[1:], span_s[1:]])
    t = np.stack([start, first, last, end], axis=1)
    states = np.stack([np.zeros_like(state), state, state, np.zeros_like(state)], axis=1) > 0.0
    every = np.ones_like(apart_before)
    told = np.stack([apart_before, every, every, apart_after], axis=1)
    return t[told], states[told]
