"""What a condition is of the catalogue's rows: false, unknown or true as 0, 1 or 2, all at once.

All is then the least of its parts, Any the greatest, and Not turns 0 and 2 around. What each means
is in `ilrs.datacentre.matching`, on one record.
"""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any as Anything

import numpy as np
import numpy.typing as npt

from ilrs.datacentre.catalogue_filing import Session
from ilrs.datacentre.columns import LOOKED_UP
from ilrs.datacentre.conditions import (
    FIELDS,
    All,
    Any,
    Compare,
    Condition,
    During,
    Inside,
    IsNull,
    Like,
    Meets,
    Not,
    OneOf,
    Words,
    asked_us,
)
from ilrs.datacentre.instants import microseconds
from ilrs.datacentre.matching import holds_of_value
from ilrs.datacentre.packing import pack
from ilrs.datacentre.seen import UNKNOWN_US
from ilrs.datacentre.shapes import Rows
from ilrs.datacentre.shown import Shown
from ilrs.datacentre.sql import Builder
from ilrs.datacentre.words import words_of

__all__ = ["TRUE", "Truths"]

Truth = npt.NDArray[np.uint8]
_FALSE, _UNKNOWN, TRUE = 0, 1, 2
_OPERATORS: Mapping[str, Callable[[Anything, Anything], Anything]] = {
    "=": operator.eq, "<>": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt,
    ">=": operator.ge,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Truths:
    """Answers for some rows of the columns, or for all; the columns follow the session."""

    columns: Shown
    session: Session
    rows: Rows | None = None

    def of(self, condition: Condition, *, is_plain: bool = True) -> Truth:
        """What a condition is of each row; `is_plain` where false may stand for unknown."""
        match condition:
            case All(parts):
                told = [self.of(part, is_plain=is_plain) for part in parts]
                return np.minimum.reduce(told) if told else self._alike(TRUE)
            case Any(parts):
                told = [self.of(part, is_plain=is_plain) for part in parts]
                return np.maximum.reduce(told) if told else self._alike(_FALSE)
            case Not(part):
                return _not(self.of(part, is_plain=False))
            case During(start, stop):
                return self._during(*asked_us(start, stop))
            case Meets(place) | Inside(place):
                shapes = self.columns.field("place", self.session)
                asked = pack(place)
                near = shapes.near(asked)
                lying = shapes.lying(near, asked, is_within=isinstance(condition, Inside))
                return self._among(near[lying], self._place_known())
            case IsNull("place"):
                return _not(self._place_known())
            case Words(text):
                if not words_of(text, is_asked=True):
                    return self._alike(TRUE)
                return self._of_words(condition)
            case _:
                return self._of_field(condition, is_plain)

    def _alike(self, truth: int) -> Truth:
        count = self.columns.size if self.rows is None else len(self.rows)
        return np.full(count, truth, dtype=np.uint8)

    def _mine(self, values: Anything) -> Anything:
        """Of the values of all rows those of the rows asked about."""
        return values if self.rows is None else values[self.rows]

    def _among(self, rows: Rows, otherwise: Truth | None = None) -> Truth:
        """True of these rows; of the others false, or unknown where `otherwise` is false."""
        told = np.zeros(self.columns.size, dtype=np.uint8)
        told[rows] = TRUE
        told = self._mine(told)
        if otherwise is not None:
            told[otherwise == _FALSE] = _UNKNOWN
        return np.asarray(told)

    def _place_known(self) -> Truth:
        are_known = self.columns.field("place", self.session).are_known
        return np.asarray(self._mine(are_known.astype(np.uint8) * np.uint8(TRUE)))

    def _during(self, start: int | None, stop: int | None) -> Truth:
        told = self._alike(TRUE)
        for name, bound, compare in (("start_us", stop, operator.lt),
                                     ("last_us", start, operator.gt)):  # fmt: skip
            if bound is not None:
                values = self._mine(self.columns.field(name, self.session))
                told = np.minimum(told, _told(compare(values, bound), values == UNKNOWN_US))
        return told

    # --- fields -----------------------------------------------------------------------------------

    def _of_field(self, condition: Anything, is_plain: bool) -> Truth:
        kind = FIELDS[condition.field]
        if kind == "list":
            return self._of_list(condition)
        if condition.field in LOOKED_UP:
            return self._looked_up(condition, is_plain)
        kept = self.columns.field(condition.field, self.session)
        if kind == "text":
            truths = [holds_of_value(condition, name) for name in kept.names]
            by_code = np.array([_UNKNOWN if t is None else t * TRUE for t in truths], np.uint8)
            return np.asarray(by_code[self._mine(kept.codes)])
        return _of_numbers(condition, self._mine(kept))

    def _of_list(self, condition: Compare | OneOf | Like | IsNull) -> Truth:
        match condition:
            case IsNull(name):
                return _not(self._of_list(Like(name, "%")))
            case Compare(name, "<>", value):
                return _not(self._of_list(Compare(name, "=", value)))
        if condition.field in LOOKED_UP:
            return self._found(condition)
        kept = self.columns.field(condition.field, self.session)
        hits = np.array([n is not None and holds_of_value(condition, n) for n in kept.names])
        return self._among(kept.rows[hits[kept.codes]])

    def _looked_up(self, condition: Compare | OneOf | Like | IsNull, is_plain: bool) -> Truth:
        told = self._found(condition)
        if is_plain or isinstance(condition, IsNull) or condition == OneOf(condition.field, ()):
            return told
        unknown = self._found(IsNull(condition.field)) // np.uint8(TRUE)
        return np.asarray(np.maximum(told, unknown))

    def _of_words(self, condition: Words) -> Truth:
        told = self._found(condition)
        if self.columns.hides_labels:
            without = self._found(condition, is_label_hidden=True)
            told = np.where(self._mine(self.columns.hidden), without, told)
        return told

    def _found(self, condition: Condition, *, is_label_hidden: bool = False) -> Truth:
        """True of the rows that the database finds, false of the others."""
        builder = Builder(self.session.dialect)
        query = builder.ids(condition, is_label_hidden=is_label_hidden)
        ids = [int(row[0]) for row in self.session.rows(query, builder.values)]
        told = self._among(self.columns.rows_of(ids))
        if self.columns.hides(getattr(condition, "field", "")):
            told[self._mine(self.columns.hidden)] = (
                TRUE if isinstance(condition, IsNull) else _FALSE
            )
        return told


def _not(truth: Truth) -> Truth:
    return np.asarray(np.uint8(TRUE) - truth)


def _told(test: Anything, unknown: Anything) -> Truth:
    told = np.asarray(test, dtype=np.uint8) * np.uint8(TRUE)
    told[unknown] = _UNKNOWN
    return told


def _of_numbers(condition: Compare | OneOf | IsNull, values: npt.NDArray[Anything]) -> Truth:
    """The same of numbers or instants."""
    is_instant = FIELDS[condition.field] == "instant"
    unknown = values == UNKNOWN_US if is_instant else np.isnan(values)

    def number(value: Anything) -> Anything:
        return microseconds(str(value)) if is_instant else float(value)

    match condition:
        case IsNull():
            return _told(unknown, False)
        case Compare(_, sign, value):
            return _told(_OPERATORS[sign](values, number(value)), unknown)
        case OneOf(_, asked):
            equal = np.isin(values, [number(value) for value in asked])
            return _told(equal, unknown if asked else False)
