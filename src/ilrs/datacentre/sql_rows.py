"""Records as rows of the catalogue's tables, the same in every database."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import Any, NamedTuple, Self

import orjson

from ilrs.datacentre.instants import all_microseconds, instant_text
from ilrs.datacentre.lid import Names, all_split
from ilrs.datacentre.matching import MANY, index_texts
from ilrs.datacentre.packing import packed_bytes
from ilrs.datacentre.record import TEXT_LISTS, Record
from ilrs.datacentre.said import Said
from ilrs.datacentre.sql import AGES_US, LISTS
from ilrs.foundation.errors import Finding

__all__ = [
    "COLUMNS", "RECORD", "RULED", "Batch", "Filed", "Rows", "RuledRow", "rows_of", "said_in",
    "sql_type",
]  # fmt: skip

_TEXTS = ("product_class", "title", "target", "mission", "instrument", "site", "partner",
          "processing_level", "access", "licence")  # fmt: skip
_NUMBERS = ("publication_year", "pixel_m", "sun_azimuth_deg", "sun_elevation_deg")
#: Columns of the table `product`, with their kind.
COLUMNS: Mapping[str, str] = {
    "id": "key", "lid": "text!", "major": "whole!", "minor": "whole!", "newer_id": "whole",
    "class": "whole!", "release_us": "whole!", "received_us": "whole!", "withdrawn_us": "whole!",
    "harvested_us": "whole!", "start_us": "whole", "stop_us": "whole", "last_us": "whole",
    "collection": "text", **dict.fromkeys((*_TEXTS, *MANY), "text"),
    **dict.fromkeys((*_NUMBERS, "errors", "warnings", "size"), "real"), "shape": "bytes",
    "record": "text!",
}  # fmt: skip
_KEPT = (*_TEXTS, *TEXT_LISTS, *_NUMBERS)
#: The columns of which `said_in` tells what a record says.
RECORD = ", ".join(
    f"p.{name}" for name in ("record", "shape", "harvested_us", "lid", "major", "minor",
                             *_KEPT)
)  # fmt: skip
#: The columns of which `RuledRow.of` is made.
RULED = "p.record, p.lid, p.major, p.minor, p.partner, p.instrument, p.access"
# What has no column of its own stands in `record`, as JSON; of each, nothing is what is unknown.
_SAID = tuple(
    field.name
    for field in fields(Record)
    if field.name not in {"lidvid", "place", "harvested_utc", *_TEXTS, *TEXT_LISTS, *_NUMBERS}
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
    def of(
        cls, text: str, lidvid: str, partner: str | None, instrument: str | None, access: str | None
    ) -> Self:
        """Made of what a record says without columns of their own, and of columns."""
        said = orjson.loads(text).get
        return cls(
            lidvid, partner or "", instrument or "", access or "", said("embargo", ""),
            said("start_utc", ""), said("stop_utc", ""), said("received_utc", ""),
            said("withdrawn_utc", ""), said("quarantined", False),
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


def rows_of(batch: Batch, filed: Filed, *, unknown: float | None = None) -> Rows:
    """The rows of records and of what the catalogue gives each; `unknown` stands for NULL."""
    said, records = batch.said, batch.records
    numbers, classes, releases, harvests = filed
    lids, collections, majors, minors = batch.names
    starts, stops = all_microseconds(said["start_utc"]), all_microseconds(said["stop_utc"])
    lasts = [stop if start is None or stop is None else max(stop, start + 1)
             for start, stop in zip(starts, stops, strict=True)]  # fmt: skip
    years, *measures = (said[name] for name in _NUMBERS)
    columns = [
        numbers, lids, majors, minors, [unknown] * len(records), classes, releases,
        [-AGES_US if us is None else us for us in batch.received_us],
        [AGES_US if us is None else us for us in all_microseconds(said["withdrawn_utc"])],
        harvests, *(_or(unknown, times) for times in (starts, stops, lasts)), collections,
        *([text or unknown for text in said[name]] for name in _TEXTS),
        *([_json(values) if values else unknown for values in _listed(name, batch)]
          for name in MANY),
        [year or unknown for year in years], *(_or(unknown, values) for values in measures),
        *_counts(said["findings"]), [sum([file.size for file in files]) for files in said["files"]],
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


def _listed(name: str, batch: Batch) -> Iterable[Sequence[str]]:
    return batch.said.get(name) or map(MANY[name], batch.records)


def _or(unknown: float | None, values: Sequence[Any]) -> Sequence[Any]:
    return [unknown if value is None else value for value in values]


def _counts(findings: Sequence[Sequence[Finding]]) -> tuple[list[int], list[int]]:
    """Errors and warnings of each record."""
    if not any(findings):
        return [0] * len(findings), [0] * len(findings)
    errors = [sum(finding.severity == "error" for finding in found) for found in findings]
    return errors, [len(found) - count for found, count in zip(findings, errors, strict=True)]


def _texts_of(said: Mapping[str, Sequence[Any]]) -> list[str]:
    """What records say, each as JSON, without what columns keep and what is unknown."""
    names = [name for name in _SAID if any(said[name])]
    return (
        [
            _json({name: value for name, value in zip(names, values) if value})  # noqa: B905
            for values in zip(*[said[name] for name in names], strict=True)
        ]
        if names
        else ["{}"] * len(said["lidvid"])
    )


def _json(value: Any) -> str:
    return orjson.dumps(value, list, orjson.OPT_SERIALIZE_NUMPY).decode()


def said_in(row: Sequence[Any]) -> Said:
    """What the record of a row says, by its columns RECORD."""
    text, shape, harvested_us, lid, major, minor, *kept = row
    said = {name: told for name, told in zip(_KEPT, kept, strict=True) if told is not None}
    for name in _LISTS & said.keys():
        said[name] = orjson.loads(said[name])
    if "publication_year" in said:
        said["publication_year"] = int(said["publication_year"])
    said.update(orjson.loads(text))
    if shape is not None:
        said["shape"] = shape
    said["lidvid"] = f"{lid}::{major}.{minor}"
    said["harvested_utc"] = instant_text(harvested_us)
    return said


_LISTS = frozenset(TEXT_LISTS)
