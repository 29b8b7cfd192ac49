"""Contact plans as files: CSV and JSON for programs, iCalendar for people's calendars.

Equal plans give equal bytes. Times stand on every clock that is asked for; volumes are whole bits.
"""

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from ilrs.foundation.calendar import ZONES, CalendarEvent, Zone, icalendar
from ilrs.foundation.provenance import Provenance
from ilrs.foundation.quantities import format_quantity
from ilrs.orbits.contacts import Contact, ContactPlan

__all__ = ["contacts_csv", "contacts_ics", "contacts_json"]

_THREE = tuple(ZONES.values())


def contacts_csv(
    plan: ContactPlan, *, zones: Sequence[Zone] = _THREE, provenance: Provenance | None = None
) -> str:
    """All contacts in order of time as CSV, under `#` header lines that say what made them."""
    out = io.StringIO()
    for key, value in _head(plan, provenance).items():
        out.write(f"# {key}: {value}\n")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(
        [
            *(f"{edge}_{zone.name.lower()}" for edge in ("aos", "los") for zone in zones),
            "source", "destination", "duration_s", "rate_bps", "return_bps", "volume_bit",
            "return_bit", "requests", "partners",
        ]
    )  # fmt: skip
    for contact in plan.contacts:
        edges = (contact.aos_tdb_s, contact.los_tdb_s)
        writer.writerow(
            [
                *(zone.text(edge) for edge in edges for zone in zones),
                contact.source, contact.destination, f"{edges[1] - edges[0]:.0f}",
                *(f"{rate:.6g}" for rate in (contact.rate_bps, contact.return_bps)),
                *(f"{bits:.0f}" for bits in (contact.volume_bit, contact.return_bit)),
                " ".join(contact.requests), " ".join(contact.partners),
            ]
        )  # fmt: skip
    return out.getvalue()


def _head(plan: ContactPlan, provenance: Provenance | None) -> dict[str, str]:
    latencies = [d.latency_worst_s for d in plan.deliveries.values() if d.latency_worst_s]
    whole = sum(not delivery.why for delivery in plan.deliveries.values())
    head = {
        "contact plan of": f"{len(plan.contacts)} contacts, {len(plan.deliveries)} requests",
        "delivered": f"{plan.delivered_bit:.0f} bit, {whole} requests whole",
        "longest latency": f"{max(latencies, default=0.0):.0f} s",
        "method": plan.method,
    }
    if provenance is not None:
        head |= {
            "programme_sha256": provenance.programme_sha256,
            "command": provenance.command,
        }
    return head


def contacts_json(
    plan: ContactPlan, *, zones: Sequence[Zone] = _THREE, provenance: Provenance | None = None
) -> str:
    """Contacts, deliveries, transfers and provenance as JSON."""
    record = {
        "contacts": [_contact_record(contact, zones) for contact in plan.contacts],
        "deliveries": [_rounded(asdict(delivery)) for delivery in plan.deliveries.values()],
        "transfers": [
            {
                **_clocks("start", transfer.start_tdb_s, zones),
                **_clocks("end", transfer.end_tdb_s, zones),
                "request": transfer.request,
                "source": transfer.source,
                "destination": transfer.destination,
                "volume_bit": round(transfer.volume_bit),
            }
            for transfer in plan.transfers
        ],
        "delivered_bit": round(plan.delivered_bit),
        "gap": None if plan.bound == float("inf") else round(plan.gap, 6),
        "method": plan.method,
        "provenance": None if provenance is None else provenance.as_dict(),
    }
    return json.dumps(record, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def _clocks(edge: str, tdb_s: float, zones: Sequence[Zone]) -> dict[str, str]:
    return {f"{edge}_{zone.name.lower()}": zone.text(tdb_s) for zone in zones}


def _contact_record(contact: Contact, zones: Sequence[Zone]) -> dict[str, Any]:
    plain = {key: value for key, value in asdict(contact).items() if not key.endswith("_tdb_s")}
    return {
        **_clocks("aos", contact.aos_tdb_s, zones),
        **_clocks("los", contact.los_tdb_s, zones),
        **_rounded(plain),
    }


def _rounded(record: dict[str, Any]) -> dict[str, Any]:
    """Whole bits, seconds and bits per second: what two machines agree on."""
    return {k: round(v) if isinstance(v, float) else v for k, v in record.items()}


def contacts_ics(
    plan: ContactPlan, *, zones: Sequence[Zone] = _THREE, provenance: Provenance | None = None
) -> str:
    """Contacts as an iCalendar object (RFC 5545), one event each, in UTC.

    What the other clocks show, rates, volumes, requests and partners stand in the description.
    """
    head = _head(plan, provenance)
    return icalendar(
        [_event(contact) for contact in plan.contacts],
        title="Contact plan",
        description="\n".join(f"{key}: {value}" for key, value in head.items() if value),
        product="contact plan",
        subject="contact",
        zones=zones,
        stamp_tdb_s=min((contact.aos_tdb_s for contact in plan.contacts), default=0.0),
    )


def _event(contact: Contact) -> CalendarEvent:
    ways = [
        f"{source} to {destination}: {format_quantity(volume, 'bit')} at "
        f"{format_quantity(rate, 'bit/s')}"
        for source, destination, volume, rate in (
            (contact.source, contact.destination, contact.volume_bit, contact.rate_bps),
            (contact.destination, contact.source, contact.return_bit, contact.return_bps),
        )
        if rate > 0.0
    ]
    return CalendarEvent(
        summary=f"Contact {contact.source} – {contact.destination}",
        start_tdb_s=contact.aos_tdb_s,
        end_tdb_s=contact.los_tdb_s,
        text=(
            *ways,
            f"Requests: {', '.join(contact.requests)}",
            f"Partners: {', '.join(contact.partners) or 'not named'}",
        ),
    )
