"""Spans of time for every cell of a map, in ticks, and the algebra on them; compiled.

What `ilrs.foundation.windows.Windows` is for one site, for a million cells at once: light, contact,
where a vehicle may drive and where it may stay.
"""

from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
import xarray as xr
from numba import njit

from ilrs.foundation.errors import IlrsError
from ilrs.foundation.windows import Windows

__all__ = [
    "TICK_S", "Spans", "bridged", "delayed", "either", "mirrored", "shared", "spans_everywhere",
    "spans_of", "ticks_of", "windows_at",
]  # fmt: skip

Ticks: TypeAlias = npt.NDArray[np.int32]
Index: TypeAlias = npt.NDArray[np.int64]

#: Searches count time in whole ticks, so that they are exact and the same everywhere. [s]
TICK_S = 0.1
_MOST_TICKS = 2**30  # 3.4 years; sums of two still fit 32 bits


class Spans(NamedTuple):
    """Ordered spans of ticks for each cell: those of cell c stand from first[c] to first[c + 1].

    Both ends belong to a span; two spans of a cell neither touch nor overlap.
    """

    first: Index
    start: Ticks
    end: Ticks

    @property
    def cells(self) -> int:
        """How many cells there are."""
        return int(self.first.size - 1)


def ticks_of(t_s: npt.ArrayLike) -> Ticks:
    """Whole ticks nearest to times from the first instant. [0.1 s]

    Raises IlrsError for more than 3.4 years, which the searches do not count to.
    """
    ticks = np.round(np.asarray(t_s, dtype=np.float64) / TICK_S)
    if ticks.size and not np.abs(ticks).max() < _MOST_TICKS:
        raise IlrsError(
            f"a time {np.abs(ticks).max() * TICK_S / 86400.0:.0f} d from the first instant",
            f"ways are searched over up to {_MOST_TICKS * TICK_S / 86400.0:.0f} d",
            "Shorten the span.",
        )
    return np.asarray(ticks, dtype=np.int32)


def spans_of(windows: xr.Dataset) -> Spans:
    """The spans of a window map (`ilrs.moon.window_map`), cells row by row from the north."""
    first = np.append(windows["first_window"].values.ravel(), windows.sizes["window"])
    start, end = (ticks_of(windows[name].values) for name in ("start_s", "end_s"))
    return Spans(first.astype(np.int64), start, end)


def spans_everywhere(windows: Windows, *, cells: int) -> Spans:
    """The same windows, in seconds from the first instant, at each of so many cells."""
    count = len(windows)
    first = np.arange(cells + 1, dtype=np.int64) * count
    start, end = (np.tile(ticks_of(edge), cells) for edge in (windows.start_s, windows.end_s))
    return Spans(first, start, end)


def windows_at(spans: Spans, cell: int) -> Windows:
    """The spans of one cell, in seconds from the first instant."""
    own = slice(spans.first[cell], spans.first[cell + 1])
    edges = zip(spans.start[own].tolist(), spans.end[own].tolist(), strict=True)
    return Windows((TICK_S * start, TICK_S * end) for start, end in edges)


def mirrored(spans: Spans, *, last: int) -> Spans:
    """The same spans with time running backwards from the tick `last`."""
    cell = _cell_of(spans)
    back = spans.first[cell] + spans.first[cell + 1] - 1 - np.arange(cell.size)
    start, end = (np.asarray(last - edge[back], np.int32) for edge in (spans.end, spans.start))
    return Spans(spans.first, start, end)


def bridged(spans: Spans, *, gap: int, last: int) -> Spans:
    """Spans joined over gaps of at most so many ticks, those at both ends of time among them."""
    cell = _cell_of(spans)
    start, end = spans.start, spans.end
    joins = (cell[1:] == cell[:-1]) & (start[1:].astype(np.int64) - end[:-1] <= gap)
    begins, ends = np.append(True, ~joins)[: cell.size], np.append(~joins, True)[: cell.size]
    first = np.zeros_like(spans.first)
    np.cumsum(np.bincount(cell[begins], minlength=spans.cells), out=first[1:])
    start, end = start[begins], end[ends]
    own = cell[begins]
    is_first, is_last = np.append(True, own[1:] != own[:-1]), np.append(own[1:] != own[:-1], True)
    start = np.where(is_first[: own.size] & (start <= gap), np.int32(0), start)
    end = np.where(is_last[: own.size] & (last - end <= gap), np.int32(last), end)
    return Spans(first, start, end)


def delayed(spans: Spans, *, gap: int, delay: int) -> Spans:
    """Spans that begin so many ticks later where more than `gap` of nothing comes before them."""
    cell = _cell_of(spans)
    before = np.where(np.append(False, cell[1:] == cell[:-1])[: cell.size],
                      np.append(np.int32(0), spans.end[:-1])[: cell.size], 0)  # fmt: skip
    start = np.where(spans.start - before > gap, spans.start + np.int32(delay), spans.start)
    kept = start < spans.end
    first = np.zeros_like(spans.first)
    np.cumsum(np.bincount(cell[kept], minlength=spans.cells), out=first[1:])
    return Spans(first, start[kept].astype(np.int32), spans.end[kept])


def shared(one: Spans, other: Spans) -> Spans:
    """Where both are: the intersection, cell by cell."""
    return _combined(_shared, one, other)


def either(one: Spans, other: Spans) -> Spans:
    """Where one or the other is: the union, cell by cell."""
    return _combined(_either, one, other)


def _combined(how: Any, one: Spans, other: Spans) -> Spans:
    if one.cells != other.cells:
        raise IlrsError(
            f"spans of {one.cells} and of {other.cells} cells",
            "spans are combined cell by cell",
            "Make both on one map.",
        )
    first = np.zeros_like(one.first)
    # One span of each side makes one at most, but for the intersection's overlaps: a sum of both.
    start, end = np.empty((2, one.start.size + other.start.size), np.int32)
    count = how(one, other, first, start, end)
    return Spans(first, start[:count].copy(), end[:count].copy())


@njit(cache=True)
def _shared(one: Any, other: Any, first: Any, start: Any, end: Any) -> int:
    count = 0
    for cell in range(first.size - 1):
        a, b = one.first[cell], other.first[cell]
        while a < one.first[cell + 1] and b < other.first[cell + 1]:
            low, high = max(one.start[a], other.start[b]), min(one.end[a], other.end[b])
            if low < high:
                start[count], end[count] = low, high
                count += 1
            if one.end[a] < other.end[b]:
                a += 1
            else:
                b += 1
        first[cell + 1] = count
    return count


@njit(cache=True)
def _either(one: Any, other: Any, first: Any, start: Any, end: Any) -> int:
    count = 0
    for cell in range(first.size - 1):
        a, b = one.first[cell], other.first[cell]
        a_end, b_end = one.first[cell + 1], other.first[cell + 1]
        while a < a_end or b < b_end:
            if b == b_end or (a < a_end and one.start[a] <= other.start[b]):
                low, high = one.start[a], one.end[a]
                a += 1
            else:
                low, high = other.start[b], other.end[b]
                b += 1
            if count > first[cell] and low <= end[count - 1]:
                end[count - 1] = max(end[count - 1], high)
            else:
                start[count], end[count] = low, high
                count += 1
        first[cell + 1] = count
    return count


def _cell_of(spans: Spans) -> Index:
    """The cell of each span."""
    return np.repeat(np.arange(spans.cells), np.diff(spans.first))
