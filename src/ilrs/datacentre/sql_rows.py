"""Records as rows of the catalogue's tables, the same in every database."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from ilrs.datacentre.instants import instant_text, microseconds
from ilrs.datacentre.lid import LidVid
from ilrs.datacentre.matching import index_words, span_us, value_of
from ilrs.datacentre.record import PARTS, TEXT_LISTS, Record
from ilrs.datacentre.spherical import bounds_xyz, pack, unpacked
from ilrs.datacentre.sql import AGES_US, LISTS

__all__ = ["COLUMNS", "OFTEN", "Row", "record_of", "row_of", "sql_type", "text_of"]

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
#: Fields often asked about by one value: each has an index, in the order of time.
OFTEN = ("collection", "mission", "instrument", "partner", "site")


@dataclass(frozen=True, slots=True)
class Row:
    """One version as it goes into the tables."""

    product: tuple[Any, ...]  # in the order of COLUMNS
    terms: tuple[tuple[int, str], ...]
    bounds: tuple[float, ...] | None
    words: str


def sql_type(kind: str, types: Mapping[str, str]) -> str:
    """A column's type with what it must be, from the database's own names of types."""
    return types[kind.rstrip("!")] + (" NOT NULL" if kind.endswith("!") else "")


def row_of(
    record: Record, name: LidVid, *, number: int, class_id: int, release_us: int, harvested_us: int
) -> Row:
    """The row of a record; place and time of harvest stand in columns of their own alone."""
    start, last = span_us(record)
    stop = microseconds(record.stop_utc) if record.stop_utc else None
    packed = None if record.place is None else pack(record.place)
    lid = str(name.lid)
    severities = [finding.severity for finding in record.findings]
    errors = severities.count("error")
    return Row(
        product=(
            number, lid, name.vid.major, name.vid.minor, None, class_id, release_us,
            microseconds(record.received_utc) if record.received_utc else -AGES_US,
            microseconds(record.withdrawn_utc) if record.withdrawn_utc else AGES_US,
            harvested_us, start, stop, last,
            name.lid.collection, *(getattr(record, field) or None for field in _TEXTS[1:]),
            record.publication_year or None, record.pixel_m, record.sun_azimuth_deg,
            record.sun_elevation_deg, errors, len(severities) - errors,
            sum(file.size for file in record.files),
            None if packed is None else packed.tobytes(), text_of(record),
        ),
        terms=_terms(record),
        bounds=None if packed is None else tuple(bounds_xyz(packed).tolist()),
        words=" ".join(sorted(index_words(record))),
    )  # fmt: skip


def text_of(record: Record) -> str:
    """What a record says, as JSON, without what columns keep and what is unknown."""
    told = {
        name: value
        for name, default in _SAID.items()
        if (value := getattr(record, name)) != default
    }
    return _ENCODER.encode(told)


def record_of(text: str, shape: bytes | None, harvested_us: int) -> Record:
    """The record of its text, its place and its time of harvest."""
    said = json.loads(text)
    for name in _TUPLES & said.keys():
        kind = PARTS.get(name)
        parts = said[name]
        if kind is not None:
            parts = [kind(**part) if isinstance(part, dict) else kind(*part) for part in parts]
        said[name] = tuple(parts)
    place = None if shape is None else unpacked(np.frombuffer(shape))
    return Record(**said, place=place, harvested_utc=instant_text(harvested_us))


_SAID = {f.name: f.default for f in fields(Record) if f.name not in {"place", "harvested_utc"}}
_TUPLES = frozenset({*PARTS, *TEXT_LISTS})


def _plain(part: Any) -> dict[str, Any]:
    return {field.name: getattr(part, field.name) for field in fields(part)}


_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=_plain)


def _terms(record: Record) -> tuple[tuple[int, str], ...]:
    found = []
    for field, number in LISTS.items():
        values = value_of(field, record)
        assert isinstance(values, tuple)
        if values:
            found += [(number, value) for value in dict.fromkeys(values)]
    return tuple(found)
