"""Records as rows of the catalogue's tables, the same in every database."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import repeat
from operator import attrgetter
from typing import Any, NamedTuple, Self

import orjson

from ilrs.datacentre.instants import all_microseconds, instant_text
from ilrs.datacentre.lid import Names, all_split
from ilrs.datacentre.matching import index_texts
from ilrs.datacentre.packing import packed_bytes
from ilrs.datacentre.record import MEASURES, Record, require_sound
from ilrs.datacentre.said import Said
from ilrs.datacentre.sql import AGES_US, LISTS
from ilrs.foundation.errors import IlrsError

__all__ = [
    "COLUMNS", "RECORD", "Batch", "Filed", "Rows", "RuledRow", "foreign_tables", "require_row",
    "rows_of", "said_in", "sql_type",
]  # fmt: skip

#: Columns of the table `product`, with their kind.
COLUMNS: Mapping[str, str] = {
    "id": "key", "lid": "text!", "major": "whole!", "minor": "whole!", "newer_id": "whole",
    "class": "whole!", "release_us": "whole!", "received_us": "whole!", "withdrawn_us": "whole!",
    "harvested_us": "whole!", "start_us": "whole", "stop_us": "whole", "last_us": "whole",
    "title": "text", "shape": "bytes", "record": "text!",
}  # fmt: skip
#: The columns of which `said_in` tells what a record says.
RECORD = "p.record, p.shape, p.harvested_us, p.lid, p.major, p.minor"
# `record` is JSON of all but these; of each field, nothing is what is unknown.
_SAID = tuple(
    field.name for field in fields(Record) if field.name not in {"lidvid", "place", "harvested_utc"}
)
_FIELDS = {field.name: attrgetter(field.name) for field in fields(Record)}


class RuledRow(NamedTuple):
    """What the rights read of a record, in a row."""

    lidvid: str
    partner: str
    instrument: str
    access: str
    embargo: str
    start_utc: str
    stop_utc: str
    received_utc: str
    withdrawn_utc: str
    quarantined: bool

    @classmethod
    def of(cls, text: str, lidvid: str) -> Self:
        """Made of the column `record`."""
        said = orjson.loads(text).get
        return cls(
            lidvid, said("partner", ""), said("instrument", ""), said("access", ""),
            said("embargo", ""), said("start_utc", ""), said("stop_utc", ""),
            said("received_utc", ""), said("withdrawn_utc", ""), said("quarantined", False),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Batch:
    """Records side by side: of each field what each of them says, and what is read of it once."""

    records: Sequence[Record]
    said: Mapping[str, Sequence[Any]]  # by field
    names: Names
    received_us: list[int | None]

    @classmethod
    def of(cls, records: Sequence[Record]) -> Self:
        """The batch of some records, one at least. Raises IlrsError where a LIDVID is none."""
        said = {name: list(map(said_in, records)) for name, said_in in _FIELDS.items()}
        names, received = all_split(said["lidvid"]), all_microseconds(said["received_utc"])
        return cls(records, said, names, received)


class Filed(NamedTuple):
    """What the catalogue gives versions: numbers, classes of rights, releases and harvests."""

    numbers: Sequence[int]
    classes: Sequence[int]
    releases_us: Sequence[int]
    harvests_us: Sequence[int]


@dataclass(frozen=True, slots=True)
class Rows:
    """Versions as they go into the tables, in the same order but the terms."""

    columns: list[Sequence[Any]]  # of each of COLUMNS the values of all versions
    known: Sequence[str]  # the first of `matching.index_texts` of each version
    label: Sequence[str]  # the second
    terms: list[tuple[int, str, int]]  # number of the field, value, number of the version

    @property
    def numbers(self) -> Sequence[int]:
        """The number of each version."""
        return self.columns[0]


def sql_type(kind: str, types: Mapping[str, str]) -> str:
    """A column's type with what it must be, from the database's own names of types."""
    return types[kind.rstrip("!")] + (" NOT NULL" if kind.endswith("!") else "")


def foreign_tables(names: Sequence[str], where: str) -> IlrsError:
    """The error where a catalogue would have to replace tables that are not a catalogue's."""
    return IlrsError(
        f"{where} has tables of something else: {', '.join(names)}",
        "a catalogue replaces tables of these names; nothing was changed",
        "Name a database, a schema of one, or a file that the catalogue has for itself.",
    )


def rows_of(batch: Batch, filed: Filed, *, unknown: float | None = None) -> Rows:
    """The rows of records and of what the catalogue gives each; `unknown` stands for NULL."""
    said, records = batch.said, batch.records
    numbers, classes, releases, harvests = filed
    lids, _, majors, minors = batch.names
    starts, stops = all_microseconds(said["start_utc"]), all_microseconds(said["stop_utc"])
    lasts = [stop if start is None or stop is None else max(stop, start + 1)
             for start, stop in zip(starts, stops, strict=True)]  # fmt: skip
    columns = [
        numbers, lids, majors, minors, [unknown] * len(records), classes, releases,
        [-AGES_US if us is None else us for us in batch.received_us],
        [AGES_US if us is None else us for us in all_microseconds(said["withdrawn_utc"])],
        harvests, *(_or(unknown, times) for times in (starts, stops, lasts)),
        [title or unknown for title in said["title"]],
        [unknown if place is None else packed_bytes(place) for place in said["place"]],
        _texts_of(said),
    ]  # fmt: skip
    known, label = list[str](), list[str]()
    for record in records:
        of_known, of_label = index_texts(record)
        known.append(of_known)
        label.append(of_label)
    terms = [(code, value, number) for field, code in LISTS.items()
             for number, values in zip(numbers, said[field], strict=True) if values
             for value in dict.fromkeys(values)]  # fmt: skip
    return Rows(columns, known, label, terms)


def require_row(record: Record) -> None:
    """Raises IlrsError where a record is not sound, or no row can be made of it.

    Asked before a record is promised to an archive, which could never catalogue it afterwards.
    """
    require_sound(record)
    try:
        rows_of(Batch.of([record]), Filed([0], [0], [0], [0]))
    except (ArithmeticError, AttributeError, TypeError, ValueError) as error:
        raise IlrsError(
            f"the catalogue can keep no record of {record.lidvid}: {error}",
            "it keeps what a record can mean",
            "Correct what is said of the product.",
        ) from None


def _or(unknown: float | None, values: Sequence[Any]) -> Sequence[Any]:
    return [unknown if value is None else value for value in values]


def _texts_of(said: Mapping[str, Sequence[Any]]) -> list[str]:
    """What records say, each as JSON, without what is unknown."""
    known = [name for name in _SAID if all(said[name])]  # by each: of products alike, most
    others = [name for name in _SAID
              if name not in known and (name in MEASURES or any(said[name]))]  # fmt: skip
    texts = list[str]()
    for values, more in zip(_across(said, known), _across(said, others), strict=True):
        one = dict(zip(known, values))  # noqa: B905
        for name, value in zip(others, more):  # noqa: B905
            if value or (value is not None and name in MEASURES):
                one[name] = value
        texts.append(orjson.dumps(one, list, orjson.OPT_SERIALIZE_NUMPY).decode())
    return texts


def _across(said: Mapping[str, Sequence[Any]], names: Sequence[str]) -> Iterable[tuple[Any, ...]]:
    """Of each record what it says in these fields."""
    if not names:
        return repeat((), len(said["lidvid"]))
    return zip(*[said[name] for name in names], strict=True)


def said_in(row: Sequence[Any]) -> Said:
    """What the record of a row says, by its columns RECORD."""
    text, shape, harvested_us, lid, major, minor = row
    said: Said = orjson.loads(text)
    if shape is not None:
        said["shape"] = shape
    said["lidvid"] = f"{lid}::{major}.{minor}"
    said["harvested_utc"] = instant_text(harvested_us)
    return said
