"""Rows in the order that a question asks for: the first few of many, from where a cursor stands."""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numba
import numpy as np
import numpy.typing as npt

from ilrs.datacentre.catalogue_filing import Session
from ilrs.datacentre.columns import LOOKED_UP
from ilrs.datacentre.conditions import FIELDS
from ilrs.datacentre.ranks import UNKNOWN_RANK, RankedTexts
from ilrs.datacentre.seen import UNKNOWN_US
from ilrs.datacentre.shapes import Rows
from ilrs.datacentre.shown import Shown
from ilrs.datacentre.sql import Builder, column

__all__ = ["Key", "beyond", "first_of", "key_of"]

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Key:
    """What rows are sorted by, as numbers that rise in the order asked for."""

    numbers: npt.NDArray[Any]  # of each row; for a text twice its place among `texts`
    texts: Sequence[str] | None
    is_falling: bool

    def value(self, row: int) -> Any:
        """What a number stands for; None for the unknown, which is the least."""
        number = -self.numbers[row] if self.is_falling else self.numbers[row]
        if self.texts is not None:
            return None if number < 0 else self.texts[int(number) // 2]
        return None if number in (UNKNOWN_US, -np.inf) else number.item()

    def number(self, value: Any) -> Any:
        """The number of a value, between two others where no row has it."""
        if self.texts is None:
            number = self._unknown if value is None else value
        elif value is None:
            number = UNKNOWN_RANK
        else:
            place = bisect_left(self.texts, value)
            is_there = place < len(self.texts) and self.texts[place] == value
            number = 2 * place - (not is_there)
        return -number if self.is_falling else number

    @property
    def _unknown(self) -> Any:
        return UNKNOWN_US if self.numbers.dtype.kind == "i" else -np.inf


_MOST_PARTS = 16  # of a greater part of all rows than one in so many, the texts of all are read


def key_of(name: str, way: str, rows: Rows, *, columns: Shown, session: Session) -> Key:
    """The key of rows by a field, ascending or descending."""
    texts: Sequence[str] | None = None
    if name in LOOKED_UP:
        numbers, texts = _looked_up(name, rows, columns, session)
    elif FIELDS[name] == "text":
        kept = columns.field(name, session)
        texts = sorted(text for text in kept.names if text is not None)
        places = {text: 2 * place for place, text in enumerate(texts)}
        by_code = np.array([places.get(text, UNKNOWN_RANK) for text in kept.names])
        numbers = by_code[kept.codes[rows]]
    else:
        numbers = columns.field(name, session)[rows]
        if FIELDS[name] == "number":
            numbers = np.nan_to_num(numbers, nan=-np.inf)
    is_falling = way == "descending"
    return Key(-numbers if is_falling else numbers, texts, is_falling)


def _looked_up(
    name: str, rows: Rows, columns: Shown, session: Session
) -> tuple[npt.NDArray[np.int64], Sequence[str]]:
    is_many = len(rows) >= columns.size // _MOST_PARTS
    kept = columns.ranks(name, session, is_read=is_many)
    if kept is not None:
        return kept.ranks[rows].astype(np.int64), RankedTexts(name, kept.ids, session)
    asked = columns.ids[rows].tolist()
    builder = Builder(session.dialect)
    test = builder.one_of("p.id", asked)
    query = f"SELECT p.id, {column(name, session.dialect)} FROM product p WHERE {test}"
    told = dict(session.rows(query, builder.values))
    if columns.hides(name):
        told |= dict.fromkeys(columns.ids[rows[columns.hidden[rows]]].tolist())
    known = list(map(told.__getitem__, asked))
    texts = sorted({text for text in known if text is not None})
    places = {text: 2 * place for place, text in enumerate(texts)}
    values = [places.get(text, UNKNOWN_RANK) for text in known]
    return np.array(values, dtype=np.int64), texts


def beyond(keys: Sequence[Key], values: Sequence[Any], count: int) -> tuple[Flags, Flags]:
    """Of each of so many rows whether it comes after such values, and whether it has these."""
    after, same = np.zeros(count, dtype=bool), np.ones(count, dtype=bool)
    for key, value in zip(keys, values, strict=True):
        number = key.number(value)
        after |= same & (key.numbers > number)
        same &= key.numbers == number
    return after, same


def first_of(
    keys: Sequence[npt.NDArray[Any]], count: int, limit: int, *,
    test: Callable[[Rows], Flags] | None,
) -> Rows:  # fmt: skip
    """Which of so many rows come first, in order: as many as the limit, and those like the last.

    The test is asked about as few rows as will do.
    """
    size = limit if test is None else 2 * limit
    while True:
        is_part = bool(keys) and size < count
        chosen = np.asarray(_smallest(keys[0], size) if is_part else np.arange(count))
        tried = chosen if test is None else chosen[test(chosen)]
        if len(tried) >= limit or len(chosen) == count:
            break
        size *= 4
    if not keys:
        return tried
    tried = tried[np.lexsort([key[tried] for key in reversed(keys)])]
    if len(tried) <= limit:
        return tried
    same = np.ones(len(tried), dtype=bool)
    for key in keys:
        same &= key[tried] == key[tried[limit - 1]]
    return tried[: max(limit, int(np.flatnonzero(same)[-1]) + 1)]


@numba.njit(cache=True, error_model="numpy", nogil=True)
def _smallest(values: Any, count: int) -> Any:
    """Where so many smallest of more values are, and those like the last: found in two passes, in
    the first of which what is above is soon left out."""
    kept = np.empty(2 * count, dtype=values.dtype)
    size, is_full, most = 0, False, values[0]
    for value in values:
        if is_full and value >= most:
            continue
        kept[size] = value
        size += 1
        if size == len(kept):
            kept.sort()
            most, size, is_full = kept[count - 1], count, True
    kept[:size].sort()
    return np.flatnonzero(values <= kept[count - 1])
