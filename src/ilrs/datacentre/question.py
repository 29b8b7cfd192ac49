"""A question to the catalogue and its answer: conditions, order, and a place in the paging.

The cursor `after` holds the sort keys and the identifier of the last record seen, never a number
of rows, so that no product is lost or doubled while others are filed. It says nothing of products
that the asker may not see.
"""

import base64
import binascii
import json
from dataclasses import dataclass, field
from typing import Any, Generic, TypeAlias, TypeVar

import orjson

from ilrs.datacentre.conditions import FIELDS, All, Condition, can_be_stored, field_type
from ilrs.datacentre.lid import LidVid
from ilrs.foundation.errors import IlrsError

__all__ = ["MOST_AT_ONCE", "Answer", "Cursor", "Question", "read_cursor", "write_cursor"]

MOST_AT_ONCE = 10_000
_DIRECTIONS = ("ascending", "descending")
_MOST_KEYS = 5

SortKey: TypeAlias = tuple[str, str]
Told = TypeVar("Told")  # a record, or what it says


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked: records for which `where` is true, in order, at most `limit` of them.

    `versions` is "newest" (of each product the newest that the asker may see) or "all". Sorted
    ascending, what is unknown comes first. `after` is the cursor of an answer. `counted` asks how
    many match in all, which takes longer.
    """

    where: Condition = field(default_factory=All)
    versions: str = "newest"
    sort: tuple[SortKey, ...] = (("start_utc", "ascending"),)
    limit: int = 100
    after: str = ""
    counted: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "sort", tuple((name, way) for name, way in self.sort))
        if self.versions not in {"newest", "all"}:
            raise IlrsError(
                f"the versions {self.versions!r} are asked for",
                "possible is newest or all",
                "Correct it.",
            )
        if not isinstance(self.limit, int) or not 0 <= self.limit <= MOST_AT_ONCE:
            raise IlrsError(
                f"{self.limit!r} records are asked for at once",
                f"possible is a whole number from 0 to {MOST_AT_ONCE}",
                "Ask for fewer, and for the next ones with the cursor.",
            )
        _check_sort(self.sort)
        if self.after:
            read_cursor(self.after, self.sort)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer(Generic[Told]):
    """Records in order, the cursor to the next ones ("" at the end), and how many match in all."""

    records: tuple[Told, ...]
    after: str = ""
    matched: int | None = None  # None where it was not asked for


@dataclass(frozen=True, slots=True)
class Cursor:
    """Sort keys and identifier of the last record seen, and how far the catalogue reached then."""

    keys: tuple[Any, ...]
    lidvid: str
    until_us: int | None


def _check_sort(sort: tuple[SortKey, ...]) -> None:
    for name, way in sort:
        if field_type(name) == "list" or way not in _DIRECTIONS:
            sortable = [name for name, kind in FIELDS.items() if kind != "list"]
            raise IlrsError(
                f"records are to be sorted by {name} {way}",
                "possible is " + ", ".join(sortable) + ", ascending or descending",
                "Correct the order.",
            )
    if len({name for name, _ in sort}) != len(sort) or len(sort) > _MOST_KEYS:
        raise IlrsError(
            "records are to be sorted by " + ", ".join(name for name, _ in sort),
            f"at most {_MOST_KEYS} fields, each once, give the order",
            "Leave some out.",
        )


def write_cursor(cursor: Cursor, sort: tuple[SortKey, ...]) -> str:
    """The cursor as text for an address; it fits one order alone."""
    plain = [_order(sort), list(cursor.keys), cursor.lidvid, cursor.until_us]
    return base64.urlsafe_b64encode(orjson.dumps(plain)).decode("ascii").rstrip("=")


def read_cursor(text: str, sort: tuple[SortKey, ...]) -> Cursor:
    """The cursor of a text. Raises IlrsError where it is none, or one of another order."""
    try:
        if len(text) > 20_000:
            raise ValueError
        decoded = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        order, keys, lidvid, until = json.loads(decoded.decode("utf-8"))
        if order != _order(sort) or len(keys) != len(sort):
            raise ValueError
        if not (until is None or type(until) is int) or abs(until or 0) >= 2**62:
            raise ValueError
        for (name, _), key in zip(sort, keys, strict=True):
            if key is not None and not _fits(key, FIELDS[name]):
                raise ValueError
        LidVid.parse(lidvid)
    except (ValueError, TypeError, binascii.Error, RecursionError, IlrsError):
        raise IlrsError(
            "the cursor cannot be read",
            "a cursor is taken as it stands from an answer to the same question",
            "Ask the question anew, without a cursor.",
        ) from None
    return Cursor(tuple(keys), lidvid, until)


def _fits(key: Any, kind: str) -> bool:
    if kind == "text":
        return isinstance(key, str) and can_be_stored(key)
    if kind == "instant":
        return type(key) is int and abs(key) < 2**62
    return type(key) in (int, float) and abs(key) < 1e300


def _order(sort: tuple[SortKey, ...]) -> str:
    return ",".join(f"{'-' if way == 'descending' else ''}{name}" for name, way in sort)
