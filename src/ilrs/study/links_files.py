"""A programme's contact plan: text, JSON, CSV, calendar and picture."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, TextIO

from ilrs.foundation.calendar import ZONES, Zone
from ilrs.foundation.provenance import Provenance
from ilrs.foundation.quantities import format_quantity
from ilrs.foundation.time import DAY_S
from ilrs.foundation.windows import Windows
from ilrs.orbits.contact_files import contacts_csv, contacts_ics, contacts_json
from ilrs.orbits.contacts import Contact
from ilrs.programme.entities import Programme
from ilrs.sky.sky import Sky
from ilrs.study.book_html import tag
from ilrs.study.link_streams import Served
from ilrs.study.links import SETUP_S, Links, RelayLoss, Totals, Use
from ilrs.study.links_chart import USE_ROW, use_row
from ilrs.study.report import print_table
from ilrs.study.site_chart import DayAxis, svg_picture
from ilrs.study.site_files import write_text

__all__ = ["links_json", "links_provenance", "links_svg", "print_links", "spans_of", "write_links"]

_UTC = ZONES["UTC"]
_ORIENTATION = "MOON_ME_DE421"  # which the command takes when none is named
_FIRST = 10  # contacts that the text shows
_WIDTH, _LEFT, _RIGHT, _TOP, _FOOT = 920.0, 210.0, 24.0, 62.0, 56.0


def links_provenance(programme: Programme, found: Links, *, sky: Sky) -> Provenance:
    """What made a contact plan; the command names the days, so that equal plans are equal."""
    days = (found.span_s[1] - found.span_s[0]) / DAY_S
    words = f"ilrs links --scenario {found.scenario} --from {_UTC.text(found.span_s[0])}"
    words += f" --days {days:g}" + "".join(f" --without {relay}" for relay in found.without)
    words += (
        "" if sky.orientation.name == _ORIENTATION else f" --orientation {sky.orientation.name}"
    )
    return Provenance(
        programme=programme.name, programme_sha256=programme.sha256, command=words, seed=0,
        ephemeris=sky.ephemeris.name, orientation=sky.orientation.name,
        inputs_sha256=found.network.inputs_sha256,
    )  # fmt: skip


def print_links(found: Links, stream: TextIO) -> None:
    """Prints what becomes of the data, the first contacts, who is used, and what could be lost."""
    start, end = (_UTC.text(edge)[:16].replace("T", " ") for edge in found.span_s)
    without = f", without {', '.join(found.without)}" if found.without else ""
    print(f"Contact plan of scenario {found.scenario}, {start} to {end} UTC{without}", file=stream)
    for text in _told(found):
        print(text, file=stream)
    senders = {row.stream.sender or "nobody" for row in found.streams}
    by = f", all sent by {senders.pop()}" if len(senders) == 1 else ""
    print(f"\nWhat becomes of the data{by}:", file=stream)
    columns = ("made by", "owner", *(() if by else ("sent by",)), "made", "on Earth", "waits",
               "dropped", "half within", "all within")  # fmt: skip
    print_table(columns, [_stream_cells(row, has_sender=not by) for row in found.streams], stream)
    whys = dict[str, list[str]]()
    for row in found.streams:
        if row.dropped_bit > 0.0:
            whys.setdefault(row.why, []).append(row.stream.id)
    for why, ids in whys.items():
        print(f"Dropped of {', '.join(ids)}: {why}.", file=stream)
    print("\nWho is used:", file=stream)
    print_table(
        ("who", "owner", "is", "contacts", "hours booked", "hours in view", "received", "sent"),
        [_use_cells(use) for use in found.uses], stream,
    )  # fmt: skip
    contacts = found.plan.contacts
    print(f"\nThe first {min(_FIRST, len(contacts))} of {len(contacts)} contacts (all of them:"
          " --out or --json):", file=stream)  # fmt: skip
    print_table(
        ("from", "to", "begins (UTC)", "min", "rate", "carries"),
        [_contact_cells(found, contact) for contact in contacts[:_FIRST]], stream,
    )  # fmt: skip
    for loss in found.losses:
        print(_loss_text(found.totals, loss), file=stream)
    for one in found.band_conflicts:
        print(f"{one.first} ({one.first_partner}), {one.second} ({one.second_partner}):"
              f" {one.found}. {one.mend}", file=stream)  # fmt: skip
    if not found.band_conflicts:
        print("No band conflicts: no other declared link shares a band, time and place with these.",
              file=stream)  # fmt: skip
    for note in found.notes:
        print(f"note: {note}", file=stream)


def _told(found: Links) -> list[str]:
    """The plan in three sentences."""
    totals = found.totals
    part = totals.delivered_bit / totals.made_bit
    return [
        f"Of {_bits(totals.made_bit)} made, {_bits(totals.delivered_bit)} ({100.0 * part:.1f} %)"
        f" reach Earth in the span, {_bits(totals.buffered_bit)} wait in stores at its end and"
        f" {_bits(totals.dropped_bit)} are dropped.",
        _latency_text(totals),
        f"{_worth_text(found)} Each contact takes {SETUP_S / 60.0:g} min to set up.",
    ]


def _latency_text(totals: Totals) -> str:
    if totals.latency_p50_s is None:
        return "Nothing reaches Earth."
    return (
        f"Half of it is on Earth within {_span(totals.latency_p50_s)} of being made, all within"
        f" {_span(totals.latency_worst_s)}; data are sent in lots of up to 6 h."
    )


def _worth_text(found: Links) -> str:
    """How the plan stands between the quick one and what no plan exceeds."""
    quick = _bits(found.quick_totals.delivered_bit)
    if not found.quick.worth:
        return "There is nothing that a plan could carry."
    gain = 100.0 * (found.plan.worth / found.quick.worth - 1.0)
    than = f"worth {gain:.2f} % more than" if gain >= 0.005 else "worth as much to 0.01 % as"
    told = f"The plan is {than} the quick one, first come, first served, which delivers {quick};"
    return f"{told} no plan is worth {max(100.0 * found.plan.gap, 0.01):.2g} % more."


def _loss_text(totals: Totals, loss: RelayLoss) -> str:
    fewer = f"{_bits(loss.lost_bit_d)} a day fewer" if loss.lost_bit_d >= 1.0 else "no bits fewer"
    told = f"Without {loss.relay}, planned anew, {fewer} reach Earth"
    told += f" and {_bits(loss.left.dropped_bit)} are dropped"
    if loss.left.latency_p50_s is None:
        return f"{told}: nothing arrives."
    return (
        f"{told}; half is there within {_span(loss.left.latency_p50_s)} (with it"
        f" {_span(totals.latency_p50_s)}), all within {_span(loss.left.latency_worst_s)}"
        f" ({_span(totals.latency_worst_s)})."
    )


def _bits(volume_bit: float) -> str:
    return format_quantity(round(volume_bit), "bit")


def _hours(seconds: float) -> str:
    return f"{seconds / 3600.0:.1f}"


def _span(seconds: float | None) -> str:
    if seconds is None:
        return "–"
    return f"{seconds / DAY_S:.1f} d" if seconds >= 2.0 * DAY_S else f"{seconds / 3600.0:.1f} h"


def _stream_cells(row: Served, *, has_sender: bool) -> tuple[str, ...]:
    stream = row.stream
    volumes = (row.made_bit, row.delivered_bit, row.buffered_bit, row.dropped_bit)
    return (
        stream.id, stream.owner, *((stream.sender or "nobody",) if has_sender else ()),
        *(_bits(volume) for volume in volumes), _span(row.latency_p50_s),
        _span(row.latency_worst_s),
    )  # fmt: skip


def _use_cells(use: Use) -> tuple[str, ...]:
    return (
        use.id, use.owner, use.kind, str(use.contacts), _hours(use.booked_s), _hours(use.in_view_s),
        _bits(use.received_bit), _bits(use.sent_bit),
    )  # fmt: skip


def _contact_cells(found: Links, contact: Contact) -> tuple[str, ...]:
    places = (found.network.place_of(end) for end in (contact.source, contact.destination))
    return (
        *places, _UTC.text(contact.aos_tdb_s),
        f"{(contact.los_tdb_s - contact.aos_tdb_s) / 60.0:.1f}",
        format_quantity(contact.rate_bps, "bit/s"), _bits(contact.volume_bit),
    )  # fmt: skip


def links_json(found: Links, *, zones: Sequence[Zone], provenance: Provenance) -> str:
    """All of it as JSON: contacts on each clock, whole bits and seconds; the same each time."""
    plan = json.loads(contacts_json(found.plan, zones=zones, provenance=provenance))
    facts = {
        "scenario": found.scenario,
        "from_utc": _UTC.text(found.span_s[0]),
        "to_utc": _UTC.text(found.span_s[1]),
        "without": list(found.without),
        "totals": _rounded(asdict(found.totals)),
        "quick_totals": _rounded(asdict(found.quick_totals)),
        "worth_over_quick": round(found.plan.worth / found.quick.worth, 9)
        if found.quick.worth
        else None,
        "data": [_stream_facts(row) for row in found.streams],
        "uses": [_use_facts(found, use) for use in found.uses],
        "losses": [
            {**_rounded({"relay": loss.relay, "lost_bit_d": loss.lost_bit_d}),
             "left": _rounded(asdict(loss.left))}
            for loss in found.losses
        ],
        "band_conflicts": [asdict(one) for one in found.band_conflicts],
        "notes": list(found.notes),
        **plan,
    }  # fmt: skip
    return json.dumps(facts, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def _stream_facts(row: Served) -> dict[str, Any]:
    stream = row.stream
    return {
        "id": stream.id, "element": stream.element, "owner": stream.owner,
        "priority": stream.priority, "sender": stream.sender or None,
        "data_bps": round(stream.data_bps, 6),
        **_rounded(
            {
                "made_bit": row.made_bit, "delivered_bit": row.delivered_bit,
                "buffered_bit": row.buffered_bit, "dropped_bit": row.dropped_bit,
                "latency_p50_s": row.latency_p50_s, "latency_worst_s": row.latency_worst_s,
            }
        ),
        "why": row.why,
    }  # fmt: skip


def _use_facts(found: Links, use: Use) -> dict[str, Any]:
    spans = zip(("in_view_utc", "booked_utc"), spans_of(found, use), strict=True)
    told = {key: [[_UTC.text(a), _UTC.text(b)] for a, b in windows] for key, windows in spans}
    return _rounded(asdict(use)) | told


def _rounded(record: dict[str, Any]) -> dict[str, Any]:
    return {k: round(v) if isinstance(v, float) else v for k, v in record.items()}


def links_svg(found: Links) -> str:
    """Who is in view and who is booked, a row each over the days, as an SVG that stands alone."""
    low = _TOP + USE_ROW * len(found.uses)
    title = f"Contact plan of scenario {found.scenario}"
    axis = DayAxis(span_s=found.span_s, left=_LEFT, right=_WIDTH - _RIGHT)
    parts = [
        tag("text", title, x=24, y=24, cls="head"),
        tag("text", "pale: another end in view; full: a contact booked", x=24, y=42),
        *axis.lines(top=_TOP, low=low, most=10),
    ]
    for k, use in enumerate(found.uses):
        seen, booked = spans_of(found, use)
        parts += use_row(
            use.id, use.kind, seen=seen, booked=booked, axis=axis, top=_TOP + k * USE_ROW
        )
    foot = f"days from {_UTC.text(found.span_s[0])[:10]}, by the orbits and links declared"
    parts.append(tag("text", foot, x=_LEFT, y=low + 38))
    return svg_picture(_WIDTH, low + _FOOT, *parts, title=title, description=" ".join(_told(found)))


def spans_of(found: Links, use: Use) -> tuple[Windows, Windows]:
    """When another end is in view of who is used, and when a contact is booked. [TDB s]"""
    network = found.network
    own = {node.id for node in network.nodes if network.place_of(node.id) == use.id}
    seen = Windows(
        (w.aos_tdb_s, w.los_tdb_s) for w in network.windows if own & {w.source, w.destination}
    )
    booked = Windows(
        (c.aos_tdb_s, c.los_tdb_s) for c in found.plan.contacts if own & {c.source, c.destination}
    )
    return seen, booked


def write_links(
    found: Links, folder: Path, *, zones: Sequence[Zone], provenance: Provenance
) -> list[Path]:
    """Paths of the files written into a folder, which is made where it is absent.

    Contacts as CSV and iCalendar, all of it as JSON, a picture. Raises IlrsError where the folder
    cannot be written.
    """
    texts = {
        "contacts.csv": contacts_csv(found.plan, zones=zones, provenance=provenance),
        "contacts.ics": contacts_ics(found.plan, zones=zones, provenance=provenance),
        "links.json": links_json(found, zones=zones, provenance=provenance),
        "contacts.svg": links_svg(found),
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        write_text(text, folder / name)
    return [folder / name for name in texts]
