"""Records as JSON and back; instants of any year; words of any language."""

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ilrs.datacentre.instants import all_microseconds, instant_text, microseconds
from ilrs.datacentre.place import Circle
from ilrs.datacentre.record import FileEntry, Record, Text
from ilrs.datacentre.rights import RightsStatement
from ilrs.datacentre.words import tagged, words_of
from ilrs.foundation.errors import Finding, IlrsError

FULL = Record(
    lidvid="urn:ilrs:jdc:a:b:c::1.2",
    title="Heat",
    texts=(Text("ru", "Тепло", ""), Text("zh", "热流", "月球")),
    science_fields=("geology",),
    place=Circle(10, -89.5, 0.25),
    pixel_m=1.5,
    statements=(RightsStatement(issuer="cnsa", language="en", text="Cite it."),),
    files=(FileEntry(name="a.img", size=7, md5="0", role="data"), FileEntry(name="a.xml", size=3)),
    sources=("urn:ilrs:jdc:a:b:raw::1.0",),
    findings=(
        Finding(file="a", line=1, entity="", found="f", possible="p", mend="m", kind="size"),
    ),
    quarantined=True,
)


def test_record_reads_back_from_json() -> None:
    assert Record.from_dict(json.loads(json.dumps(FULL.to_dict()))) == FULL
    bare = Record(lidvid="urn:ilrs:jdc:a:b:c::1.0")
    assert Record.from_dict(bare.to_dict()) == bare
    assert Record.from_dict({"lidvid": bare.lidvid}) == bare


def test_record_refused_when_it_has_another_field() -> None:
    with pytest.raises(IlrsError) as caught:
        Record.from_dict({"lidvid": "urn:ilrs:jdc:a:b:c::1.0", "colour": "red"})
    assert str(caught.value) == (
        "this is no record of a product: Record.__init__() got an unexpected keyword argument "
        "'colour'; possible are the fields lidvid, product_class, title, description, texts, "
        "start_utc, stop_utc, publication_year, target, mission, instrument, site, partner, "
        "science_fields, keywords, processing_level, place, pixel_m, sun_azimuth_deg, "
        "sun_elevation_deg, access, embargo, licence, statements, attribution, files, sources, "
        "command, received_utc, harvested_utc, findings, quarantined, released_utc, "
        "withdrawn_utc. Write it as Record.to_dict does."
    )


WRITE = "Write it as Record.to_dict does."


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"title": 5}, "title is 5; possible is a text"),
        ({"title": "\ud800"}, r"title is '\ud800'; possible is a text"),
        ({"title": "a\0"}, r"title is 'a\x00'; possible is a text"),
        ({"title": [[]] * 99}, "title is [" + "[], " * 19 + "[],; possible is a text"),
        ({"keywords": "heat"}, "keywords is 'heat'; possible is a list"),
        ({"keywords": ["heat", 5]}, "keywords is 5; possible is a text"),
        ({"publication_year": 2030.0}, "publication_year is 2030.0; possible is a whole number"),
        ({"publication_year": True}, "publication_year is True; possible is a whole number"),
        ({"publication_year": 2**63}, f"publication_year is {2**63}; possible is a whole number"),
        ({"pixel_m": "x"}, "pixel_m is 'x'; possible is a number or null"),
        ({"sun_azimuth_deg": float("nan")}, "sun_azimuth_deg is nan; possible is a number or null"),
        ({"sun_elevation_deg": False}, "sun_elevation_deg is False; possible is a number or null"),
        ({"quarantined": 0}, "quarantined is 0; possible is true or false"),
        ({"files": {}}, "files is {}; possible is a list"),
        ({"files": [{"name": "a", "size": "0"}]}, "files: size is '0'; possible is a whole number"),
        ({"texts": [{"language": "ru", "title": None, "description": ""}]},
         "texts: title is None; possible is a text"),
    ],
)  # fmt: skip
def test_record_refused_when_a_field_holds_what_it_cannot_mean(
    fields: dict[str, Any], message: str
) -> None:
    with pytest.raises(IlrsError) as caught:
        Record.from_dict({"lidvid": FULL.lidvid, **fields})
    assert str(caught.value) == f"this is no record of a product: {message}. {WRITE}"


@pytest.mark.parametrize("name", ["start_utc", "stop_utc", "received_utc", "harvested_utc",
                                  "released_utc", "withdrawn_utc"])  # fmt: skip
def test_record_refused_when_an_instant_is_none(name: str) -> None:
    with pytest.raises(IlrsError) as caught:
        Record.from_dict({"lidvid": FULL.lidvid, name: "zzz"})
    assert caught.value.asked == "'zzz' is not a UTC instant"


def test_record_refused_when_its_name_or_its_place_is_none() -> None:
    with pytest.raises(IlrsError) as caught:
        Record.from_dict({"lidvid": "no name"})
    assert caught.value.asked == "'no name' names no version"
    place: dict[str, Any] = {"type": "Point", "longitude_deg": 10**400, "latitude_deg": 0}
    with pytest.raises(IlrsError) as caught:
        Record.from_dict({"lidvid": FULL.lidvid, "place": place})
    assert caught.value.asked == "a place of the type 'Point' with longitude_deg, latitude_deg"
    for _ in range(5000):
        place = {"type": "Several", "places": [place]}
    with pytest.raises(IlrsError) as caught:
        Record.from_dict({"lidvid": FULL.lidvid, "place": place})
    assert caught.value.asked == "a place of the type 'Several' with places"


def test_what_is_no_object_is_no_record() -> None:
    for plain in (5, ["ab", "c"], "text"):
        with pytest.raises(IlrsError):
            Record.from_dict(plain)  # type: ignore[arg-type]


def test_file_refused_when_its_role_is_unknown() -> None:
    with pytest.raises(IlrsError) as caught:
        FileEntry(name="x", size=1, role="secret")
    assert str(caught.value) == (
        "the file 'x' has the role 'secret'; possible is label, data, browse, document, original. "
        "Correct the role."
    )


def test_files_are_told_apart_by_role() -> None:
    assert [file.name for file in FULL.files_with("data")] == ["a.img", "a.xml"]
    assert FULL.files_with("label") == ()


# Days since 1970 counted with `date -d … +%s`.
@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1970-01-01", 0),
        ("1966-11-20T15:32:48Z", -98267232),
        ("1966-324T15:32:48Z", -98267232),
        ("1966-324T15:32:48.0+00:00", -98267232),
        ("2016-366", 1483142400),
        ("2016-12-31T23:59:60Z", 1483228800),
        ("1959", -347155200),
        ("2013-12", 1385856000),
        ("9999-12-31T00:00", 253402214400),
    ],
)
def test_instants_are_microseconds_since_1970(text: str, seconds: int) -> None:
    assert microseconds(text) == seconds * 1_000_000


@pytest.mark.parametrize("text", ["1966-11-20T15:32:48Z", "0001-01-01T00:00:00.000001Z",
                                  "2035-02-03T04:05:06.5Z"])  # fmt: skip
def test_instants_are_written_as_they_are_read(text: str) -> None:
    assert instant_text(microseconds(text)) == text


@pytest.mark.parametrize(
    "text", ["", "now", "2035-13-01", "2035-00", "2035-02-30", "2035-366", "2035-000", "0000",
             "2035-01-01T24:00", "2035-01-01T00:00:61", "2035-01-01+08:00", "２０３５", "1e9"],
)  # fmt: skip
def test_instant_refused_when_it_is_none(text: str) -> None:
    with pytest.raises(IlrsError) as caught:
        microseconds(text)
    assert str(caught.value) == (
        f"{text!r} is not a UTC instant; ISO 8601 in UTC is read, such as 1966, 1966-11-20, "
        "1966-324 or 1966-11-20T15:32:48Z. Write the instant so, without another time zone."
    )


# Such as 2035-02-30T24:00:00Z: of the usual form, and mostly no instants.
usual = st.tuples(
    *(st.sampled_from(parts) for parts in (
        ["0000", "0001", "1900", "2000", "2035", "9999", "203 ", "２０３５"],
        ["00", "02", "12", "13"], ["00", "01", "28", "29", "30", "31"],
        ["00", "23", "24"], ["00", "59", "60"], ["00", "59", "60", "61"], ["Z", "z", " "]))
).map(lambda p: f"{p[0]}-{p[1]}-{p[2]}T{p[3]}:{p[4]}:{p[5]}{p[6]}")  # fmt: skip
good = st.datetimes().map(lambda at: at.replace(microsecond=0).isoformat() + "Z")


@given(st.lists(good | usual | st.sampled_from(["", "1966-324", "2035-02-03T04:05:06.5Z", "now"])))
@example(["2000-02-29T23:59:59Z", "1900-02-29T00:00:00Z"])
@example(["2016-12-31T23:59:60Z", "1969-12-31T23:59:59Z"])
def test_instants_of_many_texts_are_those_of_each(texts: list[str]) -> None:
    try:
        each = [microseconds(text) if text else None for text in texts]
    except IlrsError as fault:
        with pytest.raises(IlrsError) as caught:
            all_microseconds(texts)
        assert str(caught.value) == str(fault)
    else:
        assert all_microseconds(texts) == each


@pytest.mark.parametrize(
    ("text", "index", "asked"),
    [
        ("Heat-flow, 2nd", ["heat", "flow", "2nd"], ["heat", "flow", "2nd"]),
        ("Чёрный ЛУНОХОД-1", ["черный", "луноход", "1"], ["черный", "луноход", "1"]),
        ("月球科研站", ["月球", "球科", "科研", "研站", "站"], ["月球", "球科", "科研", "研站"]),
        ("站 x", ["站", "x"], ["站", "x"]),
        ("嫦娥7号CE", ["嫦娥", "娥", "7", "号", "ce"], ["嫦娥", "7", "号", "ce"]),
        ("ＣＥ４", ["ce4"], ["ce4"]),
        ("' OR 1=1 -- *", ["or", "1", "1"], ["or", "1", "1"]),
        ("…", [], []),
    ],
)
def test_words_of_any_language(text: str, index: list[str], asked: list[str]) -> None:
    assert words_of(text) == index
    assert words_of(text, is_asked=True) == asked


def test_words_of_one_language_are_no_words_of_the_text() -> None:
    (word,) = tagged(["лед"], "RU")
    assert word != "лед"
    assert words_of(word) == ["ru", "лед"]
