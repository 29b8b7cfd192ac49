"""Records as rows of the catalogue's tables, the same in every database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from operator import attrgetter
from typing import Any, NamedTuple, TypeAlias

import orjson

from ilrs.datacentre.instants import instant_text, microseconds
from ilrs.datacentre.matching import MANY, index_texts, times_us
from ilrs.datacentre.record import PARTS, TEXT_LISTS, Record
from ilrs.datacentre.spherical import packed_bytes, unpacked
from ilrs.datacentre.sql import AGES_US, LISTS

__all__ = ["COLUMNS", "RECORD", "Filed", "Name", "Rows", "received_us", "record_of", "rows_of",
           "sql_type"]  # fmt: skip

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
#: The columns of which `record_of` makes a record.
RECORD = ", ".join(
    f"p.{name}" for name in ("record", "shape", "harvested_us", "lid", "major", "minor",
                             *_TEXTS, *TEXT_LISTS, *_NUMBERS)
)  # fmt: skip
# What has no column of its own stands in `record`, as JSON.
_SAID = {
    field.name: field.default
    for field in fields(Record)
    if field.name not in {"lidvid", "place", "harvested_utc", *_TEXTS, *TEXT_LISTS, *_NUMBERS}
}
_SAID_OF, _DEFAULTS = attrgetter(*_SAID), tuple(_SAID.values())
_TEXTS_OF, _NUMBERS_OF = attrgetter(*_TEXTS), attrgetter(*_NUMBERS)
_MANY = tuple(MANY.values())
_LOOKED_UP = tuple((code, MANY[field]) for field, code in LISTS.items())


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
    words: list[tuple[int, str, str]]  # the version's number and `matching.index_texts`
    terms: list[tuple[int, str, int]]  # number of the field, value, number of the version

    @property
    def numbers(self) -> list[int]:
        """The number of each version."""
        return [product[0] for product in self.products]


def sql_type(kind: str, types: Mapping[str, str]) -> str:
    """A column's type with what it must be, from the database's own names of types."""
    return types[kind.rstrip("!")] + (" NOT NULL" if kind.endswith("!") else "")


def rows_of(records: Sequence[Record], names: Sequence[Name], filed: Sequence[Filed]) -> Rows:
    """The rows of records, of their names apart, and of what the catalogue gives each."""
    products, words, terms = [], [], list[tuple[int, str, int]]()
    for record, (lid, collection, major, minor), given in zip(records, names, filed, strict=True):
        number, class_id, release_us, harvested_us = given
        year, *measures = _NUMBERS_OF(record)
        errors = warnings = 0
        if record.findings:
            errors = sum(finding.severity == "error" for finding in record.findings)
            warnings = len(record.findings) - errors
        products.append((
            number, lid, major, minor, None, class_id, release_us,
            received_us(record.received_utc) if record.received_utc else -AGES_US,
            microseconds(record.withdrawn_utc) if record.withdrawn_utc else AGES_US,
            harvested_us, *times_us(record), collection,
            *[text or None for text in _TEXTS_OF(record)],
            *[_json(values) if (values := values_of(record)) else None for values_of in _MANY],
            year or None, *measures,
            errors, warnings, sum([file.size for file in record.files]),
            None if record.place is None else packed_bytes(record.place), _text_of(record),
        ))  # fmt: skip
        words.append((number, *index_texts(record)))
        for code, values_of in _LOOKED_UP:
            if values := values_of(record):
                terms += [(code, value, number) for value in dict.fromkeys(values)]
    return Rows(products, words, terms)


received_us = lru_cache(maxsize=4096)(microseconds)  # many are received at the same time


def _text_of(record: Record) -> str:
    """What a record says, as JSON, without what columns keep and what is unknown."""
    told = {
        name: value
        for name, value, default in zip(_SAID, _SAID_OF(record), _DEFAULTS, strict=True)
        if value != default
    }
    return _json(told)


def _json(value: Any) -> str:
    return orjson.dumps(value, list, orjson.OPT_SERIALIZE_NUMPY).decode()


def record_of(row: Sequence[Any]) -> Record:
    """The record of its columns RECORD."""
    text, shape, harvested_us, lid, major, minor, *kept = row
    said = orjson.loads(text)
    for name in PARTS.keys() & said.keys():
        kind = PARTS[name]
        said[name] = tuple([kind(**part) if isinstance(part, dict) else kind(*part)
                            for part in said[name]])  # fmt: skip
    said |= zip((*_TEXTS, *TEXT_LISTS, *_NUMBERS), kept, strict=True)
    for name in _TEXTS:
        said[name] = said[name] or ""
    for name in TEXT_LISTS:
        said[name] = tuple(orjson.loads(said[name])) if said[name] else ()
    said["publication_year"] = int(said["publication_year"] or 0)
    said["lidvid"] = f"{lid}::{major}.{minor}"
    said["place"] = None if shape is None else unpacked(memoryview(shape).cast("d").tolist())
    said["harvested_utc"] = instant_text(harvested_us)
    record = object.__new__(Record)  # what its __init__ does, in a fifth of the time
    for name, put, default in _SLOTS:
        put(record, said.get(name, default))
    return record


_SLOTS = [(field.name, vars(Record)[field.name].__set__, field.default) for field in fields(Record)]
