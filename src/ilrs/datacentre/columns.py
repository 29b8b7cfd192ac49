"""The catalogue's rows as columns of numbers in memory, to count millions in milliseconds.

What decides whether a row is seen, and of each facet asked for its values as small numbers, are
read once and then followed: rows that were added since are appended, after anything else all is
read anew. A million rows take 60 MB and some seconds to read.
"""

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numba
import numpy as np
import numpy.typing as npt

from ilrs.datacentre.catalogue_filing import Session, noted
from ilrs.datacentre.matching import value_of
from ilrs.datacentre.sql import AGES_US, LISTS, Seen, column
from ilrs.datacentre.sql_rows import record_of

__all__ = ["Columns"]

Numbers = npt.NDArray[Any]
_OF_ROWS = ("id", "class", "release_us", "received_us", "withdrawn_us")


@dataclass(slots=True)
class _Growing:
    """An array that is appended to; what was handed out stays as it was."""

    kept: Numbers
    size: int = 0

    def extend(self, values: Sequence[int] | Numbers) -> None:
        end, most = self.size + len(values), int(np.max(values, initial=0))
        if most > np.iinfo(self.kept.dtype).max:  # small numbers are counted faster
            self.kept = self.kept.astype(np.min_scalar_type(most))
        if end > len(self.kept):
            larger = np.empty(max(end, 2 * len(self.kept)), dtype=self.kept.dtype)
            larger[: self.size] = self.kept[: self.size]
            self.kept = larger
        self.kept[self.size : end] = values
        self.size = end

    @property
    def values(self) -> Numbers:
        return self.kept[: self.size]


def _growing(dtype: Any = np.int64) -> _Growing:
    return _Growing(np.empty(1024, dtype=dtype))


@dataclass(slots=True)
class _Facet:
    """Values of a field as codes: of each row, or of a list with the row that each is of."""

    codes: _Growing = field(default_factory=lambda: _growing(np.uint8))
    rows: _Growing | None = None
    numbers: dict[Any, int] = field(default_factory=dict)

    def code(self, value: Any) -> int:
        """The number of a value; that of the unknown is 0."""
        return 0 if value is None else self.numbers.setdefault(value, len(self.numbers) + 1)


class Columns:
    """Columns of one catalogue; any thread may ask."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._state = ""
        self._clear()

    def _clear(self) -> None:
        self._last_id = 0
        self._of_rows = {name: _growing() for name in _OF_ROWS}
        self._of_rows["class"] = _growing(np.uint8)
        self._newer = _growing()  # row of the next newer version, or -1
        self._special = _growing(np.uint8)  # 1 where a row is withdrawn or has a newer version
        self._facets: dict[str, _Facet] = {}

    def counts(
        self, session: Session, names: Sequence[str], seen: Seen, *, is_newest: bool,
        ids: Iterable[int] | None,
    ) -> dict[str, list[tuple[Any, int]]]:  # fmt: skip
        """Of each field its values with how many rows have them, most frequent first.

        Counted are the rows that are seen, or those of `ids` alone, which are seen.
        """
        with self._lock:
            self._follow(session)
            for name in names:
                if name not in self._facets:
                    self._read(session, name)
            if ids is None:
                marks = self._marks(seen, is_newest)
            else:
                marks = np.zeros(self._newer.size, dtype=np.uint8)
                wanted = np.fromiter(ids, dtype=np.int64)
                marks[np.searchsorted(self._of_rows["id"].values, wanted)] = 1
            return {name: self._counted(self._facets[name], marks) for name in names}

    def count(self, session: Session, seen: Seen, *, is_newest: bool) -> int:
        """How many rows are seen."""
        with self._lock:
            self._follow(session)
            return int(np.count_nonzero(self._marks(seen, is_newest)))

    def _marks(self, seen: Seen, is_newest: bool) -> Numbers:
        """Of each row whether it is seen: 0 or 1."""
        classes, release, received, withdrawn = (self._of_rows[n].values for n in _OF_ROWS[1:])
        most = int(classes.max(initial=0)) + 1
        ways = np.zeros(most, dtype=np.uint8)
        for way, numbers in ((2, seen.after_release), (1, seen.always)):
            ways[[number for number in numbers if number < most]] = way
        newer, special = self._newer.values, self._special.values
        if not is_newest:
            newer = np.full(len(newer), -1)
        if int(received.max(initial=-AGES_US)) > seen.instant_us:
            special = np.ones(len(special), dtype=np.uint8)
        instant = seen.instant_us
        return np.asarray(
            _seen(ways, classes, release, received, withdrawn, newer, special, instant)
        )

    def _counted(self, facet: _Facet, marks: Numbers) -> list[tuple[Any, int]]:
        codes = facet.codes.values
        if facet.rows is not None:
            marks = marks[facet.rows.values]
        counts = _count(codes, marks, len(facet.numbers) + 1).tolist()
        told = [(value, counts[code]) for value, code in facet.numbers.items() if counts[code]]
        return sorted(told, key=lambda pair: (-pair[1], str(pair[0])))

    def _follow(self, session: Session) -> None:
        """Brings the columns to the state that the session sees."""
        state, last_id = noted(session, "rewritten"), int(noted(session, "last_id") or 0)
        if state != self._state:
            self._clear()
            self._state = state
        if last_id <= self._last_id:
            return
        before, size = self._last_id, self._newer.size
        listed = ", ".join(_OF_ROWS)
        query = f"SELECT {listed} FROM product WHERE id > ?1 ORDER BY id"
        added = np.array(list(session.rows(query, [before])), dtype=np.int64).reshape(
            -1, len(_OF_ROWS)
        )
        for k, name in enumerate(_OF_ROWS):
            self._of_rows[name].extend(added[:, k])
        self._newer.extend(np.full(len(added), -1))
        self._special.extend(added[:, _OF_ROWS.index("withdrawn_us")] < AGES_US)
        self._link(session, before)
        self._last_id = last_id
        if size == 0:
            return
        for name, facet in self._facets.items():
            self._append(session, name, facet, before)

    def _link(self, session: Session, before: int) -> None:
        query = "SELECT id, newer_id FROM product WHERE newer_id > ?1"
        links = np.array(list(session.rows(query, [before])), dtype=np.int64).reshape(-1, 2)
        query = "SELECT id, newer_id FROM product WHERE newer_id IS NOT NULL AND id > ?1"
        own = np.array(list(session.rows(query, [before])), dtype=np.int64).reshape(-1, 2)
        places = np.searchsorted(self._of_rows["id"].values, np.concatenate([links, own]))
        self._newer.values[places[:, 0]] = places[:, 1]
        self._special.values[places[:, 0]] = 1

    def _read(self, session: Session, name: str) -> None:
        """A facet of all rows there are."""
        facet = self._facets[name] = _Facet()
        code = facet.code
        if name in LISTS:
            query = f"SELECT t.product, t.value FROM term t WHERE t.field = {LISTS[name]}"
            pairs = [(number, code(value)) for number, value in session.rows(query)]
            table = np.array(pairs, dtype=np.int64).reshape(-1, 2)
            facet.rows = _growing()
            facet.rows.extend(np.searchsorted(self._of_rows["id"].values, table[:, 0]))
            facet.codes.extend(table[:, 1])
            return
        expression = column(name, session.dialect)
        query = f"SELECT {expression} FROM product p WHERE p.id <= ?1 ORDER BY p.id"
        facet.codes.extend([code(row[0]) for row in session.rows(query, [self._last_id])])

    def _append(self, session: Session, name: str, facet: _Facet, before: int) -> None:
        """A facet's values of the rows after an id."""
        if facet.rows is None:
            expression = column(name, session.dialect)
            query = f"SELECT {expression} FROM product p WHERE p.id > ?1 ORDER BY p.id"
            facet.codes.extend([facet.code(row[0]) for row in session.rows(query, [before])])
            return
        query = "SELECT id, record, shape, harvested_us FROM product WHERE id > ?1 ORDER BY id"
        pairs = []
        for number, *kept in session.rows(query, [before]):
            values = value_of(name, record_of(*kept))
            assert isinstance(values, tuple)
            pairs += [(number, facet.code(value)) for value in dict.fromkeys(values)]
        table = np.array(pairs, dtype=np.int64).reshape(-1, 2)
        facet.rows.extend(np.searchsorted(self._of_rows["id"].values, table[:, 0]))
        facet.codes.extend(table[:, 1])


@numba.njit(cache=True, error_model="numpy", nogil=True)
def _is_seen(
    ways: Any, classes: Any, release_us: Any, received_us: Any, withdrawn_us: Any,
    instant_us: int, row: int,
) -> bool:  # fmt: skip
    way = ways[classes[row]]
    granted = way == 1 or (way == 2 and release_us[row] <= instant_us)
    return bool(granted and received_us[row] <= instant_us < withdrawn_us[row])


@numba.njit(cache=True, error_model="numpy", nogil=True)
def _seen(
    ways: Any, classes: Any, release_us: Any, received_us: Any, withdrawn_us: Any, newer: Any,
    special: Any, instant_us: int,
) -> Any:  # fmt: skip
    """Of each row whether it is seen and no newer version is, by `newer`, the row of the next.

    All but special rows are received by now, not withdrawn, and the newest: class and release say
    all about them.
    """
    marks = np.zeros(len(classes), dtype=np.uint8)
    for row in range(len(classes)):
        way = ways[classes[row]]
        marks[row] = (way == 1) | ((way == 2) & (release_us[row] <= instant_us))
    for row in range(len(classes)):
        if special[row] == 0 or marks[row] == 0:
            continue
        if not _is_seen(ways, classes, release_us, received_us, withdrawn_us, instant_us, row):
            marks[row] = 0
        other = newer[row]
        while other >= 0 and marks[row] == 1:
            if _is_seen(ways, classes, release_us, received_us, withdrawn_us, instant_us, other):
                marks[row] = 0
            other = newer[other]
    return marks


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
