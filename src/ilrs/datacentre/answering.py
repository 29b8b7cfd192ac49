"""A question answered from the columns: which rows, in what order, and how often which values."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numba
import numpy as np
import numpy.typing as npt

from ilrs.datacentre.catalogue_filing import Session
from ilrs.datacentre.columns import Codes, Lists
from ilrs.datacentre.conditions import FIELDS, All, Condition, Inside, Meets
from ilrs.datacentre.first_lying import first_lying
from ilrs.datacentre.instants import instant_text
from ilrs.datacentre.naming import Names
from ilrs.datacentre.ordering import Key, beyond, first_of, key_of
from ilrs.datacentre.packing import pack
from ilrs.datacentre.question import Cursor, Question
from ilrs.datacentre.seen import UNKNOWN_US, Seen
from ilrs.datacentre.shapes import Rows
from ilrs.datacentre.shown import Shown
from ilrs.datacentre.sql import AGES_US
from ilrs.datacentre.truths import TRUE, Truths

__all__ = ["Asked", "Page", "counted", "spans_of"]

Flags = npt.NDArray[np.bool_]
Marks = npt.NDArray[np.uint8]
Numbers = npt.NDArray[np.int64]
_MANY = 20_000  # rows that are looked at one by one
#: Rows, their keys, which of them come first, in order, and which are like the cursor.
_First: TypeAlias = tuple[Rows, list[Key], Rows, Flags | None]


@dataclass(frozen=True, slots=True)
class Page:
    """Rows in order, the sort keys of the last one, and whether more come after it."""

    rows: Rows
    keys: tuple[Any, ...]
    has_more: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of a view to columns that follow the session."""

    question: Question
    seen: Seen
    columns: Shown
    session: Session
    known: Rows | None = None  # those that are asked for and seen, where they are found already

    def found(self) -> Rows:
        """The rows that are asked for and seen."""
        if self.known is not None:
            return self.known
        rows, test = self._candidates()
        return rows if test is None else rows[test(rows)]

    def marks(self) -> Marks:
        """The same of every row: 0 or 1."""
        if self.question.where == All():
            return self.columns.seen(self.seen, is_newest=self._is_newest)
        marks = np.zeros(self.columns.size, dtype=np.uint8)
        marks[self.found()] = 1
        return marks

    def page(self, cursor: Cursor | None) -> Page:
        """The first of them, or the first after a cursor."""
        first = self._first_of_place() if cursor is None else None
        rows, keys, chosen, is_same = first or self._first(cursor)
        limit, told = self.question.limit, self._by_name(chosen, rows, keys, is_same, cursor)
        shown = told[:limit]
        last = tuple(key.value(shown[-1]) for key in keys) if shown else ()
        return Page(rows[shown], last, len(told) > len(shown))

    # --- how it is done ---------------------------------------------------------------------------

    @property
    def _is_newest(self) -> bool:
        return self.question.versions == "newest"

    def _first_of_place(self) -> _First | None:
        """The first rows and those like the last, where a place alone is asked for, by an instant.

        None where more is asked: `_first` finds any, the same ones.
        """
        parts, sort = list(_parts(self.question.where)), self.question.sort
        if len(parts) != 1 or len(sort) != 1 or FIELDS[sort[0][0]] != "instant":
            return None
        (place,), ((name, way),) = parts, sort
        if not isinstance(place, Meets | Inside):
            return None
        is_falling = way == "descending"
        rows, numbers = first_lying(
            self.columns.field("place", self.session),
            pack(place.place),
            is_within=isinstance(place, Inside),
            rights=self.columns.rights_of(self.seen, is_newest=self._is_newest),
            name=name,
            keys=self.columns.field(name, self.session),
            is_falling=is_falling,
            limit=self.question.limit + 1,
        )
        return rows, [Key(numbers, None, is_falling)], np.arange(len(rows)), None

    def _first(self, cursor: Cursor | None) -> _First:
        """The first rows after a cursor, of all that are asked for, and those like the last."""
        rows, test = self._candidates() if self.known is None else (self.known, None)
        keys = [key_of(*by, rows, columns=self.columns, session=self.session)
                for by in self.question.sort]  # fmt: skip
        limit, is_same = self.question.limit + 1, None
        if cursor is not None:
            is_after, is_same = beyond(keys, cursor.keys, len(rows))
            kept = np.flatnonzero(is_after | is_same)
            rows, is_same = rows[kept], is_same[kept]
            keys = [replace(key, numbers=key.numbers[kept]) for key in keys]
            limit += int(is_same.sum())
        chosen = first_of(
            [key.numbers for key in keys], len(rows), limit,
            test=None if test is None else lambda some: test(rows[some]),
        )  # fmt: skip
        return rows, keys, chosen, is_same

    def _candidates(self) -> tuple[Rows, Callable[[Rows], Flags] | None]:
        """Rows that may be asked for, and the test that decides: none where it was made already.

        Near a place there are few of a million, and of these a page needs the first alone.
        """
        parts = list(_parts(self.question.where))
        place = next((part for part in parts if isinstance(part, Meets | Inside)), None)
        if place is None:
            return np.flatnonzero(self._fit(None, parts)), None
        parts.remove(place)
        shapes, asked = self.columns.field("place", self.session), pack(place.place)

        def test(rows: Rows) -> Flags:
            fit = self._fit(rows, parts)
            fit[fit] = shapes.lying(rows[fit], asked, is_within=isinstance(place, Inside))
            return fit

        return shapes.near(asked), test

    def _fit(self, rows: Rows | None, parts: Sequence[Condition]) -> Flags:
        """Of each of these rows, or of all, whether it is seen and these conditions are true."""
        fit: Flags = self.columns.seen(self.seen, is_newest=self._is_newest, rows=rows)
        fit = fit.view(np.bool_)
        for part in parts:
            fit &= Truths(self.columns, self.session, rows).of(part) == TRUE
        return fit

    def _by_name(
        self, chosen: Rows, rows: Rows, keys: list[Key], is_same: Flags | None,
        cursor: Cursor | None,
    ) -> list[int]:  # fmt: skip
        """Rows in order, those with the same keys by identifier, and none up to the cursor.

        As many as a page takes and one more, where there are so many.
        """
        positions: list[int] = chosen.tolist()
        first = keys[0].numbers[chosen].tolist() if keys and len(positions) <= _MANY else []
        if is_same is None and len(set(first)) == len(positions):  # as most are
            return positions
        names = Names(rows, self.columns, self.session)
        after = (
            cursor.lidvid if cursor is not None and is_same is not None and is_same.any() else ""
        )
        return names.in_order(_alike(chosen, keys), self.question.limit + 1, after=after)


def _alike(chosen: Rows, keys: Sequence[Key]) -> list[Rows]:
    """Rows that were chosen, in their order, in groups of those with the same keys."""
    if not keys or not len(chosen):
        return [chosen] if len(chosen) else []
    is_other = np.zeros(len(chosen) - 1, dtype=bool)
    for key in keys:
        numbers = key.numbers[chosen]
        is_other |= numbers[1:] != numbers[:-1]
    return np.split(chosen, np.flatnonzero(is_other) + 1)


def _parts(where: Condition) -> Iterator[Condition]:
    """The conditions that all have to be true."""
    if isinstance(where, All):
        for part in where.conditions:
            yield from _parts(part)
    else:
        yield where


def counted(field: Any, marks: Marks) -> list[tuple[Any, int]]:
    """The values that marked rows have in a column, most frequent first."""
    if isinstance(field, Codes):
        if isinstance(field, Lists):
            marks = marks[field.rows]
        counts = _count(field.codes, marks, len(field.names)).tolist()
        pairs = zip(field.names, counts, strict=True)
        told = [(name, count) for name, count in pairs if count and name is not None]
    else:
        is_known = field != UNKNOWN_US if field.dtype.kind == "i" else ~np.isnan(field)
        values, numbers = np.unique(field[is_known & (marks != 0)], return_counts=True)
        told = list(zip(values.tolist(), numbers.tolist(), strict=True))
    return sorted(told, key=lambda pair: (-pair[1], str(pair[0])))


def spans_of(
    kept: Codes, marks: Marks, starts_us: Numbers, stops_us: Numbers
) -> Iterator[tuple[str, tuple[str, str]]]:
    """Each value that marked rows have, with their least start and greatest stop as texts."""
    least, most = _spans(kept.codes, marks, starts_us, stops_us, len(kept.names))
    for name, first, last in zip(kept.names, least.tolist(), most.tolist(), strict=True):
        if name is not None and first < AGES_US:
            yield name, (_text(first), _text(last))


def _text(us: int) -> str:
    return "" if us == UNKNOWN_US else instant_text(us)


@numba.njit(cache=True, error_model="numpy", nogil=True)
def _spans(codes: Any, marks: Any, starts: Any, stops: Any, count: int) -> Any:
    least, most = np.full(count, AGES_US), np.full(count, UNKNOWN_US)
    for row in range(len(codes)):
        if marks[row]:
            code = codes[row]
            least[code] = min(least[code], starts[row])
            most[code] = max(most[code], stops[row])
    return least, most


@numba.njit(cache=True, error_model="numpy", nogil=True)
def _count(codes: Any, marks: Any, most: int) -> Any:
    """How often each code is marked; in four sums, so that one need not wait for the other."""
    counts = np.zeros((4, most), dtype=np.int64)
    whole = len(codes) // 4 * 4
    for k in range(0, whole, 4):
        for n in range(4):
            counts[n, codes[k + n]] += marks[k + n]
    for k in range(whole, len(codes)):
        counts[0, codes[k]] += marks[k]
    return counts.sum(axis=0)
