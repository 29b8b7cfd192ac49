"""The almanac's files: times on several clocks, iCalendar by the letter, bytes that repeat."""

import csv
import io
import json
import re
from datetime import UTC, datetime

import pytest

from ilrs.foundation.calendar import ZONES, zones_of
from ilrs.study.site_almanac import almanac
from ilrs.study.site_calendar import almanac_csv, almanac_ics, almanac_json
from ilrs.study.site_place import span_tdb_s
from tests.study.site_places import place, sky

THREE = zones_of("UTC,Beijing,Moscow")


@pytest.fixture(scope="module")
def made():
    """A fortnight with an eclipse, and what made it."""
    over = sky()
    here = place(0.5)
    found = almanac(here, span_s=span_tdb_s("2026-02-20", "2026-03-20"), sky=over)
    return found, {"zones": THREE, "provenance": here.provenance("ilrs site almanac MADE-UP", over)}


def unfolded(text: str) -> list[str]:
    return text.replace("\r\n ", "").removesuffix("\r\n").split("\r\n")


def test_csv_tells_every_event_on_every_clock(made):
    found, options = made
    lines = almanac_csv(found, **options).splitlines()
    head = [line for line in lines if line.startswith("# ")]
    assert head[:5] == [
        "# almanac of: MADE-UP",
        "# latitude_deg: -88.800000",
        "# longitude_deg: 123.400000",
        "# from: 2026-02-20T00:00:00Z",
        "# to: 2026-03-20T00:00:00Z",
    ]
    rows = list(csv.DictReader(io.StringIO("\n".join(lines[len(head) :]))))
    assert len(rows) == len(found.events) + 5  # a total eclipse has five moments
    for row in rows:
        moments = {datetime.fromisoformat(row[zone]).astimezone(UTC) for zone in ZONES}
        assert len(moments) == 1
    assert rows[0]["Beijing"].endswith("+08:00")
    assert rows[0]["Moscow"].endswith("+03:00")


def test_json_holds_the_same_events_months_and_provenance(made):
    found, options = made
    record = json.loads(almanac_json(found, **options))
    assert len(record["events"]) == len(found.events)
    assert record["events"][0].keys() == {
        "utc", "beijing", "moscow", "body", "event", "mast_height_m", "azimuth_deg",
        "elevation_deg",
    }  # fmt: skip
    assert [len(eclipse["moments"]) for eclipse in record["eclipses"]] == [5]
    assert {row["month"] for row in record["months"]} == {"2026-02", "2026-03"}
    assert record["provenance"]["inputs_sha256"] == {"made.csv": "11"}
    assert record["longest_darkness"][0]["duration_s"] == found.dark(2.0).longest_s
    joint, told = found.coincidence(2.0), record["sun_and_earth"][0]
    assert (told["mast_height_m"], told["neither_fraction"]) == (2.0, joint.none_share)
    assert told["longest_neither_s"] == joint.worst_outage_s
    assert told["longest_neither_start"]["utc"] == ZONES["UTC"].text(joint.worst_start_s)


def test_equal_almanacs_give_equal_bytes(made):
    found, options = made
    again = almanac(found.place, span_s=found.span_s, sky=sky())
    for write in (almanac_csv, almanac_json, almanac_ics):
        assert write(found, **options) == write(again, **options)


# RFC 5545 section 3.1: lines end in CRLF and hold at most 75 octets besides; 3.6.1: UID and DTSTAMP
# once in every VEVENT; 3.8.2.2: DTEND is later than DTSTART.
def test_icalendar_keeps_the_letter_of_rfc_5545(made):
    text = almanac_ics(*made[:1], **made[1])
    assert "\n" not in text.replace("\r\n", "")
    assert max(len(line.encode()) for line in text.split("\r\n")) <= 75
    lines = unfolded(text)
    assert lines[0] == "BEGIN:VCALENDAR"
    assert lines[1] == "VERSION:2.0"
    assert lines[-1] == "END:VCALENDAR"
    events = [block.split("\x00") for block in "\x00".join(lines).split("BEGIN:VEVENT\x00")[1:]]
    for event in events:
        values = dict(line.split(":", 1) for line in event if ":" in line)
        names = [line.split(":", 1)[0] for line in event]
        assert names.count("UID") == names.count("DTSTAMP") == 1
        assert re.fullmatch(r"\d{8}T\d{6}Z", values["DTSTART"])
        assert values["DTSTART"] < values["DTEND"]
        assert values["DTSTAMP"] == "20260220T000000Z"
    uids = [line for line in lines if line.startswith("UID:")]
    assert len(set(uids)) == len(uids) == len(events) > 6
    summaries = {line.removeprefix("SUMMARY:") for line in lines if line.startswith("SUMMARY:")}
    assert summaries == {
        f"{what} at MADE-UP\\, {mast} m"
        for what in ("Sun in view", "Earth in view", "Dark")
        for mast in (2, 10)
    } | {"Earth eclipses the Sun at MADE-UP"}


def test_a_description_tells_the_other_clocks(made):
    lines = unfolded(almanac_ics(made[0], **made[1]))
    told = [line for line in lines if line.startswith("DESCRIPTION:") and "(Beijing)" in line]
    assert told
    assert all(re.search(r"\\n\S+\+03:00 to \S+\+03:00 \(Moscow\)$", line) for line in told)
