"""Conditions and questions: what they mean on one record, and which are refused."""

import base64
import json
from collections.abc import Callable
from typing import Any as Anything

import pytest

from ilrs.datacentre.conditions import (
    FIELDS,
    All,
    Any,
    Compare,
    Condition,
    During,
    Inside,
    IsNull,
    Like,
    Meets,
    Not,
    OneOf,
    Words,
)
from ilrs.datacentre.matching import holds
from ilrs.datacentre.place import Box, Circle, Point
from ilrs.datacentre.question import Cursor, Question, read_cursor, write_cursor
from ilrs.datacentre.record import FileEntry, Record, Text
from ilrs.foundation.errors import Finding, IlrsError

WARNING = Finding(
    file="", line=0, entity="", found="", possible="", mend="", severity="warning", kind="size"
)
RECORD = Record(
    lidvid="urn:ilrs:jdc:a:b:c::1.10",
    title="Heat flow of the crater floor",
    description="50% of it",
    texts=(Text("ru", "Тепловой поток", ""), Text("zh", "月球热流", "")),
    start_utc="2035-01-01",
    stop_utc="2035-01-02",
    site="ridge",
    science_fields=("geology", "heat"),
    place=Circle(10, -89.5, 0.1),
    pixel_m=2.0,
    files=(FileEntry(name="a", size=5, media_type="text/csv"), FileEntry(name="b", size=2)),
    findings=(WARNING,),
)
LUNA_9 = Record(lidvid="urn:ros:rssa:luna9:p:q::1.0", start_utc="1966-02-04", stop_utc="1966-02-04")
NEVER = Compare("site", "=", "rim")
UNKNOWN = Compare("target", "=", "Moon")
TRUE = All()


@pytest.mark.parametrize(
    ("condition", "truth"),
    [
        (Compare("site", "=", "ridge"), True),
        (Compare("site", "<>", "ridge"), False),
        (Compare("site", "<", "s"), True),
        (Compare("lid", "=", "urn:ilrs:jdc:a:b:c"), True),
        (Compare("pixel_m", "<=", 2), True),
        (Compare("sun_elevation_deg", ">", 0), None),
        (Compare("publication_year", ">", 0), None),
        (Compare("start_utc", "<", "2035-01-01T00:00:01Z"), True),
        (Compare("science_fields", "=", "heat"), True),
        (Compare("science_fields", "<>", "heat"), False),
        (Compare("keywords", "<>", "heat"), True),
        (Compare("languages", "=", "zh"), True),
        (Compare("media_types", "=", "text/csv"), True),
        (Compare("size", "=", 7), True),
        (Compare("errors", "=", 0), True),
        (Compare("warnings", "=", 1), True),
        (OneOf("site", ("a", "ridge")), True),
        (OneOf("site", ()), False),
        (OneOf("target", ("Moon",)), None),
        (OneOf("science_fields", ("x", "geology")), True),
        (Like("title", "%crater%"), True),
        (Like("title", "heat%"), False),
        (Like("title", "heat%", any_case=True), True),
        (Like("description", "50\\%%"), True),
        (Like("description", "50\\_%"), False),
        (Like("title", "Heat_flow%"), True),
        (Like("science_fields", "geo%"), True),
        (Like("target", "%"), None),
        (IsNull("target"), True),
        (IsNull("keywords"), True),
        (IsNull("place"), False),
        (During("2035-01-01T23:59:59Z"), True),
        (During("2035-01-02"), False),
        (During("", "2035-01-01"), False),
        (During("2035-01-01", "2035-01-01"), True),
        (During(), True),
        (Meets(Circle(10, -89.7, 0.11)), True),
        (Meets(Point(0, 0)), False),
        (Inside(Box(-2, -90, 22, -89)), True),
        (Inside(Circle(10, -89.7, 0.11)), False),
        (Words("crater hea"), True),
        (Words("тепл"), True),
        (Words("热流"), True),
        (Words("热"), True),
        (Words("流热"), False),
        (Words("поток", language="ru"), True),
        (Words("поток", language="zh"), False),
        (Words("heat", language="ru"), False),
        (Words("ridge"), True),
        (Words(""), True),
        (TRUE, True),
        (Any(), False),
        (All((TRUE, UNKNOWN)), None),
        (All((NEVER, UNKNOWN)), False),
        (Any((TRUE, UNKNOWN)), True),
        (Any((NEVER, UNKNOWN)), None),
        (Not(UNKNOWN), None),
        (Not(NEVER), True),
    ],
)
def test_condition_holds_when_it_is_true(condition: Condition, truth: bool | None) -> None:
    assert holds(condition, RECORD) is truth


def test_time_is_unknown_where_the_product_says_none() -> None:
    bare = Record(lidvid="urn:ilrs:jdc:a:b:c::1.0", start_utc="2035-01-01")
    assert holds(During("2034-01-01"), bare) is None
    assert holds(During("", "2034-01-01"), bare) is False
    assert holds(During("2034-01-01", "2036-01-01"), bare) is None
    assert holds(Meets(Point(0, 0)), bare) is None


def test_product_of_an_instant_meets_the_time_that_begins_there() -> None:
    assert holds(During("1966-02-04", "1966-02-05"), LUNA_9) is True
    assert holds(During("", "1966-02-04"), LUNA_9) is False
    assert holds(During("1966-02-04T00:00:01Z"), LUNA_9) is False


def nested(depth: int) -> Condition:
    made: Condition = NEVER
    for _ in range(depth):
        made = Not(made)
    return made


TOO_MANY = (
    "a question of too many conditions; at most 2000 conditions, nested at most 60 deep, are "
    "asked. Ask less at once; for many values of one field use OneOf."
)
CURSOR = (
    "the cursor cannot be read; a cursor is taken as it stands from an answer to the same "
    "question. Ask the question anew, without a cursor."
)


def cursor(*parts: Anything) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: Compare("sight", "=", "x"),
            "products have no field 'sight'; possible are " + ", ".join(FIELDS) + ". Did you mean "
            "'site'?",
        ),
        (
            lambda: Compare("keywords", "<", "x"),
            "keywords < 'x' cannot be asked; the operators of keywords are = <>. Choose one of "
            "them.",
        ),
        (
            lambda: Compare("site", "; DROP TABLE product", "x"),
            "site ; DROP TABLE product 'x' cannot be asked; the operators of site are = <> < <= > "
            ">=. Choose one of them.",
        ),
        (
            lambda: Compare("pixel_m", "=", float("nan")),
            "pixel_m is compared with nan; pixel_m is a finite number. Correct the value.",
        ),
        (
            lambda: Compare("site", "=", 3),
            "site is compared with 3; site is a text. Correct the value.",
        ),
        (
            lambda: Compare("start_utc", "=", 3),
            "start_utc is compared with 3; start_utc is a UTC instant. Correct the value.",
        ),
        (
            lambda: OneOf("site", ("a\0b",)),
            "site is compared with a text of 3 characters; a text has at most 10000 characters, "
            "none of them NUL or half a pair. Shorten or correct it.",
        ),
        (
            lambda: Like("start_utc", "2035%"),
            "start_utc LIKE '2035%' cannot be asked; a pattern is for fields of text: lidvid, lid, "
            "collection, product_class, title, description, target, mission, instrument, site, "
            "partner, science_fields, keywords, processing_level, access, licence, sources, "
            "languages, media_types. Compare it with a value.",
        ),
        (
            lambda: During("2036", "2035"),
            "a time from 2036 to 2035; a time ends where it begins, or later. Exchange the two.",
        ),
        (lambda: nested(60), TOO_MANY),
        (lambda: Any((NEVER,) * 2000), TOO_MANY),
        (
            lambda: Question(versions="some"),
            "the versions 'some' are asked for; possible is newest or all. Correct it.",
        ),
        (
            lambda: Question(limit=10**9),
            "1000000000 records are asked for at once; possible is a whole number from 0 to 10000. "
            "Ask for fewer, and for the next ones with the cursor.",
        ),
        (
            lambda: Question(sort=(("title", "ascending"), ("title", "descending"))),
            "records are to be sorted by title, title; at most 5 fields, each once, give the "
            "order. Leave some out.",
        ),
        (
            lambda: Question(sort=(("keywords", "ascending"),)),
            "records are to be sorted by keywords ascending; possible is "
            + ", ".join(name for name, kind in FIELDS.items() if kind != "list")
            + ", ascending or descending. Correct the order.",
        ),
        (lambda: Question(after="x"), CURSOR),
        (lambda: Question(after="é"), CURSOR),
        (lambda: Question(after=cursor(1)), CURSOR),
        (lambda: Question(after=cursor("title", ["a"], RECORD.lidvid, None)), CURSOR),
        (lambda: Question(after=cursor("start_utc", ["a"], RECORD.lidvid, None)), CURSOR),
        (lambda: Question(after=cursor("start_utc", [2**63], RECORD.lidvid, None)), CURSOR),
        (lambda: Question(after=cursor("start_utc", [1], "' OR 1=1", None)), CURSOR),
        (lambda: Question(after=cursor("start_utc", [1], RECORD.lidvid, True)), CURSOR),
    ],
)
def test_question_refused_when_it_cannot_be_asked(
    make: Callable[[], Anything], message: str
) -> None:
    with pytest.raises(IlrsError) as caught:
        make()
    assert str(caught.value) == message


def test_largest_question_can_be_asked() -> None:
    assert holds(nested(59), RECORD) is True
    assert holds(Any((NEVER,) * 1999), RECORD) is False


def test_cursor_reads_back_and_fits_its_order_alone() -> None:
    sort = (("title", "descending"), ("pixel_m", "ascending"))
    made = Cursor(("月球", None), RECORD.lidvid, 17)
    text = write_cursor(made, sort)
    assert read_cursor(text, sort) == made
    assert Question(sort=sort, after=text).after == text
    with pytest.raises(IlrsError):
        Question(sort=(("title", "ascending"), ("pixel_m", "ascending")), after=text)
