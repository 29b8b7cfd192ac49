"""Rows of many records made together, against the plain way: one record after another."""

import json
from collections.abc import Iterable
from dataclasses import asdict, fields, replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ilrs.datacentre.conditions import FIELDS
from ilrs.datacentre.instants import microseconds
from ilrs.datacentre.lid import LidVid
from ilrs.datacentre.matching import value_of, words_of_index
from ilrs.datacentre.packing import pack
from ilrs.datacentre.place import Box, Circle, Place, Point, Polygon, Several, Track
from ilrs.datacentre.record import FileEntry, Record, Text
from ilrs.datacentre.rights import RightsStatement
from ilrs.datacentre.said import record_of, said_of, without_label
from ilrs.datacentre.sql import AGES_US
from ilrs.datacentre.sql_rows import COLUMNS, RECORD, Batch, Filed, rows_of, said_in
from ilrs.datacentre.words import tagged, words_of
from ilrs.foundation.errors import Finding

texts = st.sampled_from(["", "ridge", "Heat & dust", "Лунный свет", "月球科研站", "ＨＥＡＴ", "é",
                         "0", "a'b\"c\\\n\0", "Ёлка", "ridge ridge"])  # fmt: skip
lists = st.lists(texts, max_size=3).map(tuple)
instants = st.sampled_from(["", "1966", "1966-324", "2030-01-01T00:00:00Z",
                            "2030-06-30T23:59:60Z", "2030-01-01T00:00:00.25Z"])  # fmt: skip
measures = st.none() | st.floats(-1e300, 1e300)
places: st.SearchStrategy[Place | None] = st.sampled_from([
    None, Point(0, -90), Point(10.5, 3), Circle(170, -89.5, 0.2), Box(170, -80, -170, -70),
    Polygon((((0, -89), (90, -89), (180, -89), (270, -89), (0, -89)),)),
    Polygon((((0, 0), (10, 0), (10, 10), (0, 0)), ((4, 2), (6, 2), (6, 4), (4, 2)))),
    Track(((175, 0), (-175, 1), (-170, 5))),
    Several((Point(1, 1), Circle(0, 90, 3), Track(((0, 0), (1, 1))))),
])  # fmt: skip
findings = st.builds(
    Finding, file=texts, line=st.integers(0, 9), entity=texts, found=texts, possible=texts,
    mend=texts, severity=st.sampled_from(["error", "warning"]),
)  # fmt: skip
records = st.builds(
    Record,
    lidvid=st.sampled_from(["urn:ilrs:jdc:a::1.0", "urn:ilrs:jdc:a:b::1.10",
                            "urn:ilrs:jdc:a:b:c-1.tab::0.9"]),
    title=texts, description=texts, site=texts, partner=texts, mission=texts, instrument=texts,
    target=texts, texts=st.lists(st.builds(Text, st.sampled_from(["zh", "en"]), texts, texts),
                                 max_size=2).map(tuple),
    start_utc=instants, stop_utc=instants, received_utc=instants, withdrawn_utc=instants,
    publication_year=st.integers(0, 2030), science_fields=lists, keywords=lists, sources=lists,
    place=places, pixel_m=measures, sun_elevation_deg=measures, quarantined=st.booleans(),
    statements=st.lists(st.builds(RightsStatement, texts, texts, texts), max_size=2).map(tuple),
    files=st.lists(st.builds(FileEntry, name=texts, size=st.integers(0, 2**40),
                             media_type=texts), max_size=3).map(tuple),
    findings=st.lists(findings, max_size=2).map(tuple),
)  # fmt: skip


def plain_product(record: Record, name: LidVid, filed: dict[str, int]) -> dict[str, Any]:
    """Columns of one record but its text, by the rules of conditions."""
    start_us, stop_us = (microseconds(utc) if utc else None
                         for utc in (record.start_utc, record.stop_utc))  # fmt: skip
    own: dict[str, Any] = {field: value_of(field, record) for field in COLUMNS if field in FIELDS}
    for field, values in own.items():
        if isinstance(values, tuple):
            text = json.dumps(values, ensure_ascii=False, separators=(",", ":"))
            own[field] = text if values else None
    return {
        **own,
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
        "last_us": stop_us if None in (start_us, stop_us) else max(stop_us, start_us + 1),
        "shape": None if record.place is None else pack(record.place).tobytes(),
    }


def plain_text(record: Record) -> dict[str, Any]:
    told = {}
    for field in fields(record):
        value = getattr(record, field.name)
        kept = field.name in {*COLUMNS, "lidvid", "place", "harvested_utc"}
        if kept or value == field.default:
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
