"""Calendars: clocks besides UTC, lines that fold as RFC 5545 asks, events that repeat."""

import pytest

from ilrs.foundation.calendar import ZONES, CalendarEvent, folded, icalendar, zones_of
from ilrs.foundation.errors import IlrsError
from ilrs.foundation.time import parse_utc, tdb_from_utc


@pytest.mark.parametrize(
    "line", ["SUMMARY:" + "a" * 67, "SUMMARY:" + "a" * 68, "SUMMARY:" + "月" * 80, "SUMMARY:"]
)
def test_folding_cuts_no_character_and_undoes_itself(line):
    pieces = folded(line).split("\r\n")
    assert all(len(piece.encode()) <= 75 for piece in pieces)
    assert len(pieces) == 1 or len(line.encode()) > 75
    assert "".join([pieces[0], *(piece[1:] for piece in pieces[1:])]) == line


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ("UTC", "2030-12-31T20:00:00Z"),
        ("Beijing", "2031-01-01T04:00:00+08:00"),
        ("Moscow", "2030-12-31T23:00:00+03:00"),
    ],
)
def test_a_clock_shows_the_nearest_second(zone, expected):
    moment = float(tdb_from_utc(parse_utc("2030-12-31T20:00:00Z")))
    assert ZONES[zone].text(moment - 0.4) == ZONES[zone].text(moment + 0.4) == expected


def test_zones_keep_their_order_in_either_case():
    assert [zone.name for zone in zones_of("moscow, UTC")] == ["Moscow", "UTC"]


def test_an_unknown_clock_is_refused():
    with pytest.raises(IlrsError) as caught:
        zones_of("UTC,Paris")
    assert str(caught.value) == (
        "no clock is called 'Paris'; known are UTC, Beijing, Moscow. Name them with commas "
        "between, such as --zone UTC,Beijing."
    )


NOON = float(tdb_from_utc(parse_utc("2030-01-01T12:00:00Z")))


def test_a_calendar_is_written_whole():
    event = CalendarEvent(
        summary="Contact a; b, c", start_tdb_s=NOON, end_tdb_s=NOON + 600.0, text=("back\\slash",)
    )
    blink = CalendarEvent(summary="Blink", start_tdb_s=NOON, end_tdb_s=NOON + 0.2)
    text = icalendar(
        [event, blink], title="Plan", description="Of a day", product="contact plan", subject="P",
        zones=zones_of("Beijing"), stamp_tdb_s=NOON,
    )  # fmt: skip
    lines = text.replace("\r\n ", "").split("\r\n")
    assert lines[0:2] == ["BEGIN:VCALENDAR", "VERSION:2.0"]
    assert lines[2].startswith("PRODID:-//ilrs//contact plan ")
    assert lines[3:] == [
        "CALSCALE:GREGORIAN",
        "NAME:Plan",
        "DESCRIPTION:Of a day",
        "BEGIN:VEVENT",
        "UID:59817b50f0153c4f642431ad78f0069e@ilrs",
        "DTSTAMP:20300101T120000Z",
        "DTSTART:20300101T120000Z",
        "DTEND:20300101T121000Z",
        "SUMMARY:Contact a\\; b\\, c",
        "DESCRIPTION:back\\\\slash\\n2030-01-01T20:00:00+08:00 to 2030-01-01T20:10:00+08:00 "
        "(Beijing)",
        "TRANSP:TRANSPARENT",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]
