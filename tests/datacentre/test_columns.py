"""Columns in memory against a catalogue opened anew, while another connection files and removes."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ilrs.datacentre import conditions as c
from ilrs.datacentre.catalogue import Catalogue, open_catalogue, read_columns
from ilrs.datacentre.column_values import SAID, reader_of, source_of, unknown_of
from ilrs.datacentre.conditions import FIELDS
from ilrs.datacentre.embargo import Embargo
from ilrs.datacentre.matching import value_of
from ilrs.datacentre.ordering import first_of
from ilrs.datacentre.place import Circle, Point
from ilrs.datacentre.question import Question
from ilrs.datacentre.record import Record
from ilrs.datacentre.rights import ANYONE, Grant, Policy, Rule, Verb, everything, view_of
from ilrs.datacentre.rights_file import read_policy
from ilrs.datacentre.sql_rows import COLUMNS, Batch, Filed, rows_of
from tests.datacentre.record_making import records

ALL = everything(2e9)
QUESTIONS = [
    Question(counted=True), Question(versions="all", sort=(("title", "descending"),)),
    Question(where=c.Meets(Circle(0, 0, 3)), counted=True),
    Question(where=c.Not(c.Meets(Circle(0, 0, 3))), sort=(("site", "ascending"),)),
    Question(where=c.Compare("science_fields", "=", "geology")),
    Question(where=c.Compare("pixel_m", ">", 2), sort=(("pixel_m", "descending"),), limit=3),
    Question(where=c.All((c.Compare("mission", "=", "m1"), c.During("2031-01-01", "2033-01-01")))),
    Question(where=c.Words("strip"), sort=(("harvested_utc", "descending"),), limit=2),
]  # fmt: skip
FACETS = ("mission", "science_fields", "pixel_m", "keywords")


def record(number: int, version: str = "1.0") -> Record:
    return Record(
        lidvid=f"urn:ilrs:jdc:moon:run:p{number}::{version}", access="open",
        title=f"strip {number}",
        start_utc=f"{2030 + number % 5}-06-01", stop_utc=f"{2030 + number % 5}-07-01",
        mission=f"m{number % 3}", site="ridge" if number % 4 else "", pixel_m=float(number % 6),
        science_fields=("geology",) if number % 2 else ("heat", "dust"),
        place=None if number % 7 == 0 else Point(number % 11, 0), received_utc="2030-01-01",
    )  # fmt: skip


@pytest.fixture
def two(url: str) -> Iterator[tuple[Catalogue, Catalogue]]:
    """One that asks, and another connection that writes."""
    both = tuple(open_catalogue(url, policy=read_policy()) for _ in range(2))
    yield both[0], both[1]
    for one in both:
        one.close()


def answers(catalogue: Catalogue) -> list[Any]:
    anyone = view_of(ANYONE, instant_s=2e9)
    told: list[Any] = [catalogue.search(q, view=v) for q in QUESTIONS for v in (ALL, anyone)]
    return [*told, *(catalogue.facets(FACETS, question=q, view=ALL) for q in QUESTIONS[:4])]


def steps() -> list[Callable[[Catalogue], object]]:
    """What another may do to a catalogue between two questions."""
    return [
        lambda it: it.add([record(k) for k in range(30)]),
        lambda it: it.add([replace(record(40), science_fields=("plasma",)), record(41, "2.3")]),
        lambda it: it.add([record(3, "1.2"), record(3, "1.10"), record(5, "0.9")]),
        lambda it: it.remove([record(3, "1.2").lidvid, record(7).lidvid]),
        lambda it: it.add([replace(record(8), title="another", place=Point(1, 1))]),
        lambda it: it.add([replace(record(3, "1.10"), withdrawn_utc="2031-01-01")]),
        lambda it: (it.add([record(50)]), it.remove([record(50).lidvid])),
        lambda it: (it.remake(), it.add([record(k, "3.0") for k in range(30)])),
        lambda it: it.remake(),
        lambda it: it.add([record(1)]),
    ]


def test_columns_follow_what_another_files_and_removes(
    two: tuple[Catalogue, Catalogue], url: str
) -> None:
    asking, writing = two
    for number, step in enumerate(steps()):
        step(writing)
        anew = open_catalogue(url, policy=read_policy())
        assert answers(asking) == answers(anew), number
        anew.close()


def test_fields_asked_about_later_fit_the_rows_that_are_left(
    two: tuple[Catalogue, Catalogue], url: str
) -> None:
    asking, writing = two
    writing.add([record(k) for k in range(20)])
    assert asking.count(Question(), view=ALL) == 20  # no field is in memory yet
    writing.remove([record(k).lidvid for k in (0, 4, 19)])
    writing.add([record(25)])
    assert asking.count(Question(), view=ALL) == 18
    anew = open_catalogue(url, policy=read_policy())
    assert answers(asking) == answers(anew)
    anew.close()


def test_fields_are_read_ahead_while_another_files(
    two: tuple[Catalogue, Catalogue], url: str
) -> None:
    asking, writing = two
    writing.add([record(k) for k in range(20)])
    read_columns(asking, ["mission", "science_fields"])
    columns = asking._columns
    assert columns._fields.keys() == {"mission", "science_fields"}
    with asking._database.reading() as session:
        aside = columns.aside(["site", "pixel_m"])
        writing.add([record(25)])
        aside.read(session)
    assert asking.count(Question(), view=ALL) == 21
    columns.take(aside)  # of a catalogue that has changed since
    assert columns._fields.keys() == {"mission", "science_fields"}
    anew = open_catalogue(url, policy=read_policy())
    assert answers(asking) == answers(anew)
    anew.close()


@given(st.lists(records, min_size=1, max_size=4))
def test_columns_hold_what_each_record_has(given_records: list[Record]) -> None:
    filed = Filed(*([1] * len(given_records) for _ in range(4)))
    kept = dict(zip(COLUMNS, rows_of(Batch.of(given_records), filed).columns, strict=True))
    said = [orjson.loads(text) for text in kept["record"]]
    for name in FIELDS.keys() - {"lidvid", "start_utc", "received_utc", "harvested_utc"}:
        source = {SAID: said, "p.lid": kept["lid"]}.get(source_of(name), kept["stop_us"])
        unknown = unknown_of(name)
        told = [None if v is None or v == unknown or v != v else v
                for v in reader_of(name)(source)]  # fmt: skip
        plain = [value_of(name, record) for record in given_records]
        as_told = [list(dict.fromkeys(v)) if isinstance(v, tuple) else v for v in plain]
        assert [list(v) if isinstance(v, dict) else v for v in told] == as_told, name


def test_session_older_than_the_columns_is_begun_anew(two: tuple[Catalogue, Catalogue]) -> None:
    asking, writing = two
    writing.add([record(1)])
    columns = asking._columns
    with asking._database.reading() as older:
        assert columns.follow(older)
        writing.add([record(2)])
        with asking._database.reading() as newer:
            assert columns.follow(newer)
        assert columns.size == 2
        assert not columns.follow(older)
        assert columns.follow(older, at_any_rate=True)
        assert columns.size == 1
    assert asking.count(Question(), view=ALL) == 2


def test_another_policy_is_followed(two: tuple[Catalogue, Catalogue], url: str) -> None:
    asking, writing = two
    view = view_of(ANYONE, instant_s=2e9)
    writing.add([record(k) for k in range(5)])
    assert asking.count(Question(), view=view) == 5
    open_catalogue(url, policy=Policy(rules=())).close()
    assert asking.count(Question(), view=view) == 0


def test_rows_judged_anew_keep_what_else_is_known_of_them(
    two: tuple[Catalogue, Catalogue], url: str
) -> None:
    asking, writing = two
    writing.add([record(k) for k in range(20)])
    answers(asking)
    before = dict(asking._columns._fields)
    grants = (Grant("anyone", frozenset({Verb.DOWNLOAD})),)
    held = Policy(rules=(Rule(name="held", grants=grants, embargo=Embargo.parse("2031-01-01")),))
    open_catalogue(url, policy=held).close()
    writing.follow(held)
    writing.remove([record(k).lidvid for k in (0, 7, 19)])
    writing.add([record(30)])
    anew = open_catalogue(url, policy=held)
    assert answers(asking) == answers(anew)
    for instant_s, count in ((1.92e9, 0), (1.93e9, 18)):  # 2030-11-03, 2031-02-27
        view = view_of(ANYONE, instant_s=instant_s)
        assert asking.count(Question(), view=view) == count
    assert {n: kept for n, kept in asking._columns._fields.items() if n in before} == before
    anew.close()


@pytest.mark.parametrize("limit", [1, 2, 10, 99, 100, 500])
@pytest.mark.parametrize("kinds", [1, 7, 10_000])
def test_first_rows_are_those_of_a_whole_sort(limit: int, kinds: int) -> None:
    random = np.random.default_rng(limit + kinds)
    keys = [random.integers(0, kinds, 100), random.random(100).round(1)]
    wanted = random.random(100) < 0.3
    order = np.lexsort(keys[::-1])
    for test in (None, lambda rows: wanted[rows]):
        told = first_of(keys, 100, limit, test=test)
        whole = order if test is None else order[wanted[order]]
        pairs = list(zip(keys[0][whole], keys[1][whole], strict=True))
        end = sum(pair <= pairs[min(limit, len(pairs)) - 1] for pair in pairs)
        assert sorted(told.tolist()) == sorted(whole[:end].tolist())
        assert [(keys[0][k], keys[1][k]) for k in told] == pairs[:end]
