"""The almanac as files: CSV and JSON for programs, iCalendar for people's calendars.

Equal almanacs give equal bytes: nothing in them comes from a clock.
"""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from importlib.metadata import version
from typing import Any

from ilrs.foundation.calendar import ZONES, CalendarEvent, Zone, icalendar
from ilrs.foundation.provenance import Provenance
from ilrs.foundation.windows import Windows
from ilrs.moon.light_windows import Coincidence
from ilrs.study.site_almanac import Almanac, Body, Eclipse, months

__all__ = ["almanac_csv", "almanac_ics", "almanac_json", "event_rows"]

_UTC = ZONES["UTC"]
_NAMES: dict[Body, str] = {"sun": "Sun", "earth": "Earth"}


def event_rows(found: Almanac, zones: Sequence[Zone]) -> tuple[list[str], list[list[str]]]:
    """Column names and rows of all events in order of time, eclipses among them."""
    columns = [
        *(zone.name for zone in zones),
        "body", "event", "mast_height_m", "azimuth_deg", "elevation_deg",
    ]  # fmt: skip
    timed = [
        (
            event.tdb_s,
            [
                event.body, event.event, f"{event.mast_height_m:g}",
                f"{event.azimuth_deg:.3f}", f"{event.elevation_deg:.3f}",
            ],
        )
        for event in found.events
    ]  # fmt: skip
    for eclipse in found.eclipses:
        timed += [(at, ["eclipse", name, "", "", ""]) for name, at in _moments(eclipse)]
    timed.sort(key=lambda row: row[0])
    return columns, [[*(zone.text(at) for zone in zones), *rest] for at, rest in timed]


def _moments(eclipse: Eclipse) -> list[tuple[str, float]]:
    named = (
        ("Earth touches the Sun", eclipse.begins_tdb_s),
        ("Sun wholly covered", eclipse.total_begins_tdb_s),
        (
            f"greatest, {100.0 * eclipse.least_sun_fraction:.0f} % of sunlight left",
            eclipse.greatest_tdb_s,
        ),
        ("Sun comes out", eclipse.total_ends_tdb_s),
        ("Earth leaves the Sun", eclipse.ends_tdb_s),
    )
    return [(name, at) for name, at in named if at is not None]


def almanac_csv(found: Almanac, *, zones: Sequence[Zone], provenance: Provenance) -> str:
    """All events as CSV under `#` header lines that say where, when and from what."""
    columns, rows = event_rows(found, zones)
    out = io.StringIO()
    for key, value in _head(found, provenance).items():
        out.write(f"# {key}: {value}\n")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return out.getvalue()


def _head(found: Almanac, provenance: Provenance) -> dict[str, str]:
    place = found.place
    return {
        "almanac of": place.name,
        "latitude_deg": f"{place.latitude_deg:.6f}",
        "longitude_deg": f"{place.longitude_deg:.6f}",
        "from": _UTC.text(found.span_s[0]),
        "to": _UTC.text(found.span_s[1]),
        "horizon": str(place.profile.attrs.get("note", "")),
        "inputs_sha256": ", ".join(f"{k} {v}" for k, v in provenance.inputs_sha256.items()),
        "ephemeris": provenance.ephemeris,
        "orientation": provenance.orientation,
        "command": provenance.command,
        "software": f"ilrs {version('ilrs')}",
    }


def almanac_json(found: Almanac, *, zones: Sequence[Zone], provenance: Provenance) -> str:
    """Events, eclipses, months and provenance as JSON; durations in seconds."""
    place = found.place
    record = {
        "site": place.name,
        "latitude_deg": place.latitude_deg,
        "longitude_deg": place.longitude_deg,
        "start_utc": _UTC.text(found.span_s[0]),
        "end_utc": _UTC.text(found.span_s[1]),
        "horizon_note": str(place.profile.attrs.get("note", "")),
        "events": [
            _times(event.tdb_s, zones)
            | {key: value for key, value in asdict(event).items() if key != "tdb_s"}
            for event in found.events
        ],
        "eclipses": [_eclipse_record(eclipse, zones) for eclipse in found.eclipses],
        "longest_darkness": [
            _longest(found.dark(mast), zones) | {"mast_height_m": mast}
            for mast in found.mast_heights_m
        ],
        "sun_and_earth": [
            _joint_record(found.coincidence(mast), zones) | {"mast_height_m": mast}
            for mast in found.mast_heights_m
        ],
        "months": [asdict(month) for month in months(found)],
        "provenance": provenance.as_dict(),
    }
    return json.dumps(record, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def _times(tdb_s: float, zones: Sequence[Zone]) -> dict[str, Any]:
    return {zone.name.lower(): zone.text(tdb_s) for zone in zones}


def _eclipse_record(eclipse: Eclipse, zones: Sequence[Zone]) -> dict[str, Any]:
    return {
        "moments": [_times(at, zones) | {"event": name} for name, at in _moments(eclipse)],
        "least_sun_fraction": eclipse.least_sun_fraction,
        "seen_from_m": list(eclipse.seen_from_m),
    }


def _longest(dark: Windows, zones: Sequence[Zone]) -> dict[str, Any]:
    if not len(dark):
        return {"duration_s": 0.0, "start": None, "end": None}
    k = int(dark.duration_s.argmax())
    return {
        "duration_s": dark.longest_s,
        "start": _times(float(dark.start_s[k]), zones),
        "end": _times(float(dark.end_s[k]), zones),
    }


def _joint_record(found: Coincidence, zones: Sequence[Zone]) -> dict[str, Any]:
    return {
        "sun_fraction": found.share["sun"],
        "earth_fraction": found.share["earth"],
        "neither_fraction": found.none_share,
        "longest_neither_s": found.worst_outage_s,
        "longest_neither_start": (_times(found.worst_start_s, zones) if found.none_share else None),
    }


def almanac_ics(found: Almanac, *, zones: Sequence[Zone], provenance: Provenance) -> str:
    """The almanac as an iCalendar object (RFC 5545): Sun and Earth in view, darkness, eclipses.

    Spans are events, in UTC; what the other zones' clocks show stands in each description. DTSTAMP
    is the span's start, so that the same almanac gives the same bytes.
    """
    place = found.place
    return icalendar(
        _events(found),
        title=f"Sun and Earth at {place.name}",
        description=_description(found, provenance),
        product="site almanac",
        subject=f"{place.latitude_deg:.6f} {place.longitude_deg:.6f}",
        zones=zones,
        stamp_tdb_s=found.span_s[0],
    )


def _events(found: Almanac) -> Iterator[CalendarEvent]:
    for summary, (start_s, end_s), text in _spans(found):
        yield CalendarEvent(summary=summary, start_tdb_s=start_s, end_tdb_s=end_s, text=tuple(text))


def _spans(found: Almanac) -> Iterator[tuple[str, tuple[float, float], list[str]]]:
    """What becomes an event of the calendar: its name, its span, and what is said of it."""
    where = found.place.name
    for mast in found.mast_heights_m:
        views = [
            (f"{_NAMES[body]} in view at {where}, {mast:g} m", found.in_view(body, mast), body)
            for body in _NAMES
        ]
        for summary, windows, body in views:
            whole = found.in_view(body, mast, "all")
            for span in windows:
                yield summary, span, _whole_text(whole & Windows([span]))
        for span in found.dark(mast):
            hours = (span[1] - span[0]) / 3600.0
            yield f"Dark at {where}, {mast:g} m", span, [f"{hours:.1f} h without the Sun"]
    for eclipse in found.eclipses:
        text = [f"{name}: {_UTC.text(at)}" for name, at in _moments(eclipse)]
        masts = ", ".join(f"{mast:g} m" for mast in eclipse.seen_from_m)
        text.append(f"The Sun stands over the skyline from: {masts or 'no mast'}")
        summary = f"Earth eclipses the Sun at {where}"
        yield summary, (eclipse.begins_tdb_s, eclipse.ends_tdb_s), text


def _whole_text(whole: Windows) -> list[str]:
    if not len(whole):
        return ["Never the whole disc"]
    return [f"Whole disc {_UTC.text(start)} to {_UTC.text(end)}" for start, end in whole]


def _description(found: Almanac, provenance: Provenance) -> str:
    return "\n".join(f"{key}: {value}" for key, value in _head(found, provenance).items() if value)
