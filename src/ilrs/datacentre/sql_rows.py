"""Records as rows of the catalogue's tables, the same in every database."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from operator import attrgetter
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import orjson

from ilrs.datacentre.instants import instant_text, microseconds
from ilrs.datacentre.matching import index_text, many, span_us
from ilrs.datacentre.record import PARTS, TEXT_LISTS, Record
from ilrs.datacentre.spherical import packed_bytes, unpacked
from ilrs.datacentre.sql import AGES_US, LISTS

__all__ = ["COLUMNS", "Filed", "Name", "Rows", "received_us", "record_of", "rows_of", "sql_type",
           "text_of"]  # fmt: skip

_TEXTS = ("collection", "product_class", "title", "target", "mission", "instrument", "site",
          "partner", "processing_level", "access", "licence")  # fmt: skip
_NUMBERS = ("publication_year", "pixel_m", "sun_azimuth_deg", "sun_elevation_deg", "errors",
            "warnings", "size")  # fmt: skip
#: Columns of the table `product`, with their kind.
COLUMNS: Mapping[str, str] = {
    "id": "key", "lid": "text!", "major": "whole!", "minor": "whole!", "newer_id": "whole",
    "class": "whole!", "release_us": "whole!", "received_us": "whole!", "withdrawn_us": "whole!",
    "harvested_us": "whole!", "start_us": "whole", "stop_us": "whole", "last_us": "whole",
    **dict.fromkeys(_TEXTS, "text"), **dict.fromkeys(_NUMBERS, "real"), "shape": "bytes",
    "record": "text!",
}  # fmt: skip


#: LID, LID of the collection, major and minor number of the version.
Name: TypeAlias = tuple[str, str, int, int]


class Filed(NamedTuple):
    """What the catalogue gives a version: its number, class of rights, release and harvest."""

    number: int
    class_id: int
    release_us: int
    harvested_us: int


@dataclass(frozen=True, slots=True)
class Rows:
    """Versions as they go into the tables, each list in the same order but the terms."""

    products: list[tuple[Any, ...]]  # in the order of COLUMNS
    words: list[str]  # as `matching.words_of_index` reads them
    terms: list[tuple[int, str, int]]  # number of the field, value, number of the version

    @property
    def numbers(self) -> list[int]:
        """The number of each version."""
        return [product[0] for product in self.products]


def sql_type(kind: str, types: Mapping[str, str]) -> str:
    """A column's type with what it must be, from the database's own names of types."""
    return types[kind.rstrip("!")] + (" NOT NULL" if kind.endswith("!") else "")


def rows_of(records: Sequence[Record], names: Sequence[Name], filed: Sequence[Filed]) -> Rows:
    """The rows of records, of their names apart, and of what the catalogue gives each.

    Place and time of harvest stand in columns of their own alone.
    """
    products, terms = [], list[tuple[int, str, int]]()
    for record, (lid, collection, major, minor), given in zip(records, names, filed, strict=True):
        number, class_id, release_us, harvested_us = given
        start, stop, last = _times(record)
        errors = warnings = 0
        if record.findings:
            errors = sum(finding.severity == "error" for finding in record.findings)
            warnings = len(record.findings) - errors
        products.append((
            number, lid, major, minor, None, class_id, release_us,
            received_us(record.received_utc) if record.received_utc else -AGES_US,
            microseconds(record.withdrawn_utc) if record.withdrawn_utc else AGES_US,
            harvested_us, start, stop, last, collection,
            *[text or None for text in _TEXTS_OF(record)],
            record.publication_year or None, record.pixel_m, record.sun_azimuth_deg,
            record.sun_elevation_deg, errors, warnings,
            sum([file.size for file in record.files]),
            None if record.place is None else packed_bytes(record.place), text_of(record),
        ))  # fmt: skip
        terms += _terms(record, number)
    return Rows(products, [index_text(record) for record in records], terms)


def _times(record: Record) -> tuple[int | None, int | None, int | None]:
    start, last = span_us(record)
    stop = microseconds(record.stop_utc) if record.stop_utc else None
    return start, stop, last


received_us = lru_cache(maxsize=4096)(microseconds)  # many are received at the same time


def text_of(record: Record) -> str:
    """What a record says, as JSON, without what columns keep and what is unknown."""
    told = {
        name: value
        for name, value, default in zip(_SAID, _SAID_OF(record), _DEFAULTS, strict=True)
        if value != default
    }
    return orjson.dumps(told, list, orjson.OPT_SERIALIZE_NUMPY).decode()


def record_of(text: str, shape: bytes | None, harvested_us: int) -> Record:
    """The record of its text, its place and its time of harvest."""
    said = orjson.loads(text)
    for name in _TUPLES & said.keys():
        kind = PARTS.get(name)
        parts = said[name]
        if kind is not None:
            parts = [kind(**part) if isinstance(part, dict) else kind(*part) for part in parts]
        said[name] = tuple(parts)
    place = None if shape is None else unpacked(np.frombuffer(shape))
    return Record(**said, place=place, harvested_utc=instant_text(harvested_us))


_SAID = {f.name: f.default for f in fields(Record) if f.name not in {"place", "harvested_utc"}}
_DEFAULTS = tuple(_SAID.values())
_SAID_OF, _TEXTS_OF = attrgetter(*_SAID), attrgetter(*_TEXTS[1:])
_TUPLES = frozenset({*PARTS, *TEXT_LISTS})


def _terms(record: Record, number: int) -> Iterator[tuple[int, str, int]]:
    for field, code in LISTS.items():
        values = many(field, record)
        for value in dict.fromkeys(values) if len(values) > 1 else values:
            yield code, value, number
