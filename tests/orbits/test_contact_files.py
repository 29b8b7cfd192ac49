"""Contact plans as files: every clock, whole bits, equal bytes for equal plans."""

import csv
import io
import json
from datetime import UTC, datetime

from ilrs.foundation.provenance import Provenance
from ilrs.foundation.time import parse_utc, tdb_from_utc
from ilrs.orbits.contact_files import contacts_csv, contacts_ics, contacts_json
from ilrs.orbits.contact_plan import contact_plan
from ilrs.orbits.contacts import AccessWindow, Node, Request

START_S = float(tdb_from_utc(parse_utc("2028-12-31T20:00:00Z")))


def made():
    nodes = [
        Node(id="LANDER", partner="CN"), Node(id="KASHGAR", group="EARTH", partner="CN"),
    ]  # fmt: skip
    windows = [
        AccessWindow(
            source="LANDER", destination="KASHGAR", aos_tdb_s=START_S, los_tdb_s=START_S + 1800.0,
            rate_bps=1e6, return_bps=2e3,
        )
    ]  # fmt: skip
    times = {"release_tdb_s": START_S, "deadline_tdb_s": START_S + 86400.0}
    requests = [
        Request(id="SCIENCE", source="LANDER", destination="EARTH", volume_bit=1.25e9,
                partner="RU", **times),
        Request(id="COMMANDS", source="EARTH", destination="LANDER", volume_bit=1e12, **times),
    ]  # fmt: skip
    return contact_plan(nodes, windows, requests=requests)


def test_csv_is_written_whole():
    assert contacts_csv(made()) == (
        "# contact plan of: 1 contacts, 2 requests\n"
        "# delivered: 1253600000 bit, 1 requests whole\n"
        "# longest latency: 1800 s\n"
        "# method: exact\n"
        "aos_utc,aos_beijing,aos_moscow,los_utc,los_beijing,los_moscow,source,destination,"
        "duration_s,rate_bps,return_bps,volume_bit,return_bit,requests,partners\n"
        "2028-12-31T20:00:00Z,2029-01-01T04:00:00+08:00,2028-12-31T23:00:00+03:00,"
        "2028-12-31T20:30:00Z,2029-01-01T04:30:00+08:00,2028-12-31T23:30:00+03:00,"
        "LANDER,KASHGAR,1800,1e+06,2000,1250000000,3600000,SCIENCE COMMANDS,CN RU\n"
    )


def test_csv_and_json_tell_the_same_contacts():
    plan = made()
    lines = [line for line in contacts_csv(plan).splitlines() if not line.startswith("#")]
    record = json.loads(contacts_json(plan))
    for row, contact in zip(
        csv.DictReader(io.StringIO("\n".join(lines))), record["contacts"], strict=True
    ):
        for edge in ("aos", "los"):
            moments = {row[f"{edge}_{zone}"] for zone in ("utc", "beijing", "moscow")}
            assert moments == {contact[f"{edge}_{zone}"] for zone in ("utc", "beijing", "moscow")}
            assert len({datetime.fromisoformat(m).astimezone(UTC) for m in moments}) == 1
        assert int(row["volume_bit"]) == contact["volume_bit"]
    assert record["deliveries"][1] == {
        "request": "COMMANDS", "delivered_bit": 3600000, "latency_p50_s": 1800,
        "latency_worst_s": 1800,
        "why": "its windows carry 3.6e+06 bit at most, though nothing else used them",
    }  # fmt: skip
    assert record["gap"] == 0.0
    assert sum(transfer["volume_bit"] for transfer in record["transfers"]) == 1253600000


def test_the_calendar_tells_partners_rates_and_clocks():
    text = contacts_ics(made()).replace("\r\n ", "")
    lines = text.split("\r\n")
    assert "SUMMARY:Contact LANDER – KASHGAR" in lines
    assert "DTSTART:20281231T200000Z" in lines
    assert (
        "DESCRIPTION:LANDER to KASHGAR: 1.25 Gbit at 1 Mbit/s\\n"
        "KASHGAR to LANDER: 3.6 Mbit at 2 kbit/s\\nRequests: SCIENCE\\, COMMANDS\\n"
        "Partners: CN\\, RU\\n"
        "2028-12-31T20:00:00Z to 2028-12-31T20:30:00Z (UTC)\\n"
        "2029-01-01T04:00:00+08:00 to 2029-01-01T04:30:00+08:00 (Beijing)\\n"
        "2028-12-31T23:00:00+03:00 to 2028-12-31T23:30:00+03:00 (Moscow)"
    ) in lines


def test_equal_plans_give_equal_bytes():
    by = Provenance(programme="X", programme_sha256="ab", command="ilrs …", seed=0)
    for write in (contacts_csv, contacts_json, contacts_ics):
        assert write(made(), provenance=by) == write(made(), provenance=by)
