"""Rows of many records made together, against the plain way: one record after another."""

import json
from collections.abc import Iterable
from dataclasses import asdict, fields, replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ilrs.datacentre.instants import microseconds
from ilrs.datacentre.lid import LidVid
from ilrs.datacentre.matching import words_of_index
from ilrs.datacentre.packing import pack
from ilrs.datacentre.record import Record
from ilrs.datacentre.said import record_of, said_of, without_label
from ilrs.datacentre.sql import AGES_US
from ilrs.datacentre.sql_rows import COLUMNS, RECORD, Batch, Filed, rows_of, said_in
from ilrs.datacentre.words import tagged, words_of
from tests.datacentre.record_making import records


def plain_product(record: Record, name: LidVid, filed: dict[str, int]) -> dict[str, Any]:
    """Columns of one record but its text, by the rules of conditions."""
    start_us, stop_us = (microseconds(utc) if utc else None
                         for utc in (record.start_utc, record.stop_utc))  # fmt: skip
    return {
        "id": filed["numbers"],
        "lid": str(name.lid),
        "major": name.vid.major,
        "minor": name.vid.minor,
        "newer_id": None,
        "class": filed["classes"],
        "release_us": filed["releases_us"],
        "received_us": microseconds(record.received_utc) if record.received_utc else -AGES_US,
        "withdrawn_us": microseconds(record.withdrawn_utc) if record.withdrawn_utc else AGES_US,
        "harvested_us": filed["harvests_us"],
        "start_us": start_us,
        "stop_us": stop_us,
        "title": record.title or None,
        "last_us": stop_us if None in (start_us, stop_us) else max(stop_us, start_us + 1),
        "shape": None if record.place is None else pack(record.place).tobytes(),
    }


def plain_text(record: Record) -> dict[str, Any]:
    told = {}
    for field in fields(record):
        value = getattr(record, field.name)
        kept = field.name in {"lidvid", "place", "harvested_utc"}
        if kept or value == ("" if isinstance(field.default, str) else field.default):
            continue
        parts = isinstance(value, tuple) and any(hasattr(p, "__dataclass_fields__") for p in value)
        told[field.name] = [asdict(part) for part in value] if parts else value
    read: dict[str, Any] = json.loads(json.dumps(told))
    return read


def plain_words(record: Record) -> list[set[str]]:
    """Words of what whoever knows of a record may see, and of its label."""
    known = [record.title, *record.science_fields, record.site, record.partner, record.mission,
             record.instrument, record.target, record.lidvid]  # fmt: skip
    label = {word for text in (record.description, *record.keywords) for word in words_of(text)}
    for text in record.texts:
        for word in words_of(text.title) + words_of(text.description):
            label |= {word, *tagged([word], text.language)}
    return [{word for text in known for word in words_of(text)}, label]


def plain_terms(record: Record, number: int) -> Iterable[tuple[int, str, int]]:
    for code, values in enumerate((record.keywords, record.sources)):
        yield from ((code, value, number) for value in set(values))


@settings(deadline=None)  # the first one may wait for the compiler
@given(st.lists(records, min_size=1, max_size=6), st.integers(1, 10**12))
def test_rows_are_those_of_each_record(given_records: list[Record], first: int) -> None:
    count = len(given_records)
    numbers = list(range(first, first + count))
    filed = Filed(numbers, [3] * count, [-AGES_US] * count, list(range(1000, 1000 + count)))
    rows = rows_of(Batch.of(given_records), filed)
    assert rows.numbers == numbers
    for k, record in enumerate(given_records):
        row = dict(zip(COLUMNS, [column[k] for column in rows.columns], strict=True))
        assert json.loads(row.pop("record")) == plain_text(record)
        given = {field: values[k] for field, values in filed._asdict().items()}
        assert row == plain_product(record, LidVid.parse(record.lidvid), given)
        indexed = rows.known[k], rows.label[k]
        assert [words_of_index(text) for text in indexed] == plain_words(record)
    told = [term for number, r in zip(numbers, given_records, strict=True)
            for term in plain_terms(r, number)]  # fmt: skip
    assert sorted(rows.terms) == sorted(told)


@given(records)
def test_record_comes_back_from_its_row(record: Record) -> None:
    rows = rows_of(Batch.of([record]), Filed([1], [1], [0], [0]))
    row = dict(zip(COLUMNS, [column[0] for column in rows.columns], strict=True))
    said = said_in([row[name.removeprefix("p.")] for name in RECORD.split(", ")])
    filed = replace(record, harvested_utc="1970-01-01T00:00:00Z")
    assert said == said_of(filed)
    assert record_of(said) == filed
    assert record_of(without_label(said)) == filed.without_label()
