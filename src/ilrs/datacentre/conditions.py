"""Conditions on records: one tree into which every query language is translated.

A condition is true, false or, where what it asks about is unknown, neither (None), as in SQL:
`Not` of an unknown is unknown, and what is not true is not found. A field with several values
(`list`) is equal to a value when one of its values is, and is never unknown.

    All((Compare("target", "=", "Moon"), Meets(Circle(...)), Not(IsNull("pixel_m"))))
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from ilrs.datacentre.instants import microseconds
from ilrs.datacentre.place import Place
from ilrs.datacentre.words import words_of
from ilrs.foundation.errors import IlrsError, did_you_mean

__all__ = [
    "FIELDS", "OPERATORS", "All", "Any", "Compare", "Condition", "During", "Inside", "IsNull",
    "Like", "Meets", "Not", "OneOf", "Value", "Words", "asked_us", "can_be_stored", "field_type",
]  # fmt: skip

#: What may be asked about, and of what type it is.
FIELDS: Mapping[str, str] = {
    "lidvid": "text", "lid": "text", "collection": "text", "product_class": "text", "title": "text",
    "description": "text", "start_utc": "instant", "stop_utc": "instant",
    "publication_year": "number", "target": "text", "mission": "text", "instrument": "text",
    "site": "text", "partner": "text", "science_fields": "list", "keywords": "list",
    "processing_level": "text", "pixel_m": "number", "sun_azimuth_deg": "number",
    "sun_elevation_deg": "number", "access": "text", "licence": "text", "sources": "list",
    "languages": "list", "media_types": "list", "received_utc": "instant",
    "harvested_utc": "instant", "errors": "number", "warnings": "number", "size": "number",
}  # fmt: skip
OPERATORS = ("=", "<>", "<", "<=", ">", ">=")
_MOST_NODES, _MOST_DEPTH, _MOST_CHARACTERS, _MOST_WILD, _MOST_WORDS = 2000, 60, 10_000, 10, 100

Value: TypeAlias = str | float | int


@dataclass(frozen=True, slots=True)
class Compare:
    """A field against a value; an instant is compared as a time, a text by its code points."""

    field: str
    operator: str
    value: Value

    def __post_init__(self) -> None:
        kind = field_type(self.field)
        possible = ("=", "<>") if kind == "list" else OPERATORS
        if self.operator not in possible:
            raise IlrsError(
                f"{self.field} {self.operator} {self.value!r} cannot be asked",
                f"the operators of {self.field} are " + " ".join(possible),
                "Choose one of them.",
            )
        _check_value(self.field, self.value)


@dataclass(frozen=True, slots=True)
class OneOf:
    """A field that is one of several values."""

    field: str
    values: tuple[Value, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", tuple(self.values))
        field_type(self.field)
        for value in self.values:
            _check_value(self.field, value)


@dataclass(frozen=True, slots=True)
class Like:
    """A text, or one value of a list, that fits a pattern: % any text, _ one character, \\ escapes.

    `any_case` takes upper and lower case as one.
    """

    field: str
    pattern: str
    any_case: bool = False

    def __post_init__(self) -> None:
        if str(self.pattern).count("%") > _MOST_WILD:
            raise IlrsError(
                f"a pattern with {self.pattern.count('%')} times %",
                f"a pattern has at most {_MOST_WILD}",
                "Ask for words instead.",
            )
        if field_type(self.field) not in {"text", "list"}:
            raise IlrsError(
                f"{self.field} LIKE {self.pattern!r} cannot be asked",
                "a pattern is for fields of text: "
                + ", ".join(name for name, kind in FIELDS.items() if kind in {"text", "list"}),
                "Compare it with a value.",
            )
        _check_value(self.field, self.pattern)


def escaped(text: str) -> str:
    """A text as a pattern of Like that fits it alone."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


@dataclass(frozen=True, slots=True)
class IsNull:
    """A field that is unknown, or a list without a value."""

    field: str

    def __post_init__(self) -> None:
        field_type(self.field, and_place=True)


@dataclass(frozen=True, slots=True)
class During:
    """The product's time meets [start, stop), half open; "" leaves a side open.

    A product or a question of one instant lasts the microsecond that begins there.
    """

    start_utc: str = ""
    stop_utc: str = ""

    def __post_init__(self) -> None:
        start, stop = (microseconds(text) if text else None
                       for text in (self.start_utc, self.stop_utc))  # fmt: skip
        if start is not None and stop is not None and stop < start:
            raise IlrsError(
                f"a time from {self.start_utc} to {self.stop_utc}",
                "a time ends where it begins, or later",
                "Exchange the two.",
            )


@dataclass(frozen=True, slots=True)
class Meets:
    """The product's place and this one have a point in common."""

    place: Place


@dataclass(frozen=True, slots=True)
class Inside:
    """All of the product's place lies in this one."""

    place: Place


@dataclass(frozen=True, slots=True)
class Words:
    """Each word begins a word of title, description, keywords or names; all are wanted.

    With a `language`, of the title and description in that language alone.
    """

    text: str
    language: str = ""

    def __post_init__(self) -> None:
        count = len(words_of(self.text, is_asked=True))
        if count > _MOST_WORDS:
            raise IlrsError(
                f"{count} words are asked for at once",
                f"at most {_MOST_WORDS} are looked for; each two Chinese characters count as one",
                "Ask for fewer words.",
            )


@dataclass(frozen=True, slots=True)
class All:
    """Every one of the conditions; true of all records where there is none."""

    conditions: "tuple[Condition, ...]" = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "conditions", tuple(self.conditions))
        _check_size(self)


@dataclass(frozen=True, slots=True)
class Any:
    """At least one of the conditions; false where there is none."""

    conditions: "tuple[Condition, ...]" = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "conditions", tuple(self.conditions))
        _check_size(self)


@dataclass(frozen=True, slots=True)
class Not:
    """The contrary of a condition."""

    condition: "Condition"

    def __post_init__(self) -> None:
        _check_size(self)


Condition: TypeAlias = (
    Compare | OneOf | Like | IsNull | During | Meets | Inside | Words | All | Any | Not
)


def field_type(name: str, *, and_place: bool = False) -> str:
    """The type of a field: text, number, instant or list. Raises IlrsError for other names."""
    if name in FIELDS:
        return FIELDS[name]
    if and_place and name == "place":
        return "place"
    raise IlrsError(
        f"products have no field {name!r}",
        "possible are " + ", ".join(FIELDS),
        did_you_mean(name, FIELDS, otherwise="Choose one of these."),
    )


def _check_value(field: str, value: Value) -> None:
    kind = FIELDS[field]
    if kind == "instant" and isinstance(value, str):
        microseconds(value)
        return
    good = isinstance(value, str)
    if kind == "number":
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        good = is_number and math.isfinite(float(value))
    if not good or kind == "instant":
        wanted = {"number": "a finite number", "instant": "a UTC instant"}.get(kind, "a text")
        raise IlrsError(
            f"{field} is compared with {value!r}", f"{field} is {wanted}", "Correct the value."
        )
    if isinstance(value, str) and (len(value) > _MOST_CHARACTERS or not can_be_stored(value)):
        raise IlrsError(
            f"{field} is compared with a text of {len(value)} characters",
            f"a text has at most {_MOST_CHARACTERS} characters, none of them NUL or half a pair",
            "Shorten or correct it.",
        )


def can_be_stored(text: str) -> bool:
    return "\0" not in text and not any("\ud800" <= c <= "\udfff" for c in text)


def _check_size(condition: "All | Any | Not") -> None:
    """Refuses trees too large to be asked; each node checks itself as it is made, so that a tree
    that stands is never deeper than what its recursion bears."""
    nodes, level, depth = 0, list[Condition]([condition]), 0
    while level:
        nodes, depth = nodes + len(level), depth + 1
        if nodes > _MOST_NODES or depth > _MOST_DEPTH:
            raise IlrsError(
                "a question of too many conditions",
                f"at most {_MOST_NODES} conditions, nested at most {_MOST_DEPTH} deep, are asked",
                "Ask less at once; for many values of one field use OneOf.",
            )
        level = [part for node in level for part in _parts(node)]


def _parts(condition: Condition) -> "tuple[Condition, ...]":
    if isinstance(condition, All | Any):
        return condition.conditions
    return (condition.condition,) if isinstance(condition, Not) else ()


def asked_us(start_utc: str, stop_utc: str) -> tuple[int | None, int | None]:
    """The same of a question; None where a side is open."""
    start = microseconds(start_utc) if start_utc else None
    stop = microseconds(stop_utc) if stop_utc else None
    if start is not None and stop is not None:
        stop = max(stop, start + 1)
    return start, stop
