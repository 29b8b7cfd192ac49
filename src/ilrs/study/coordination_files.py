"""What two missions can do together: text, JSON, CSV, calendar and picture."""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TextIO

from ilrs.foundation.calendar import ZONES, CalendarEvent, Zone, icalendar
from ilrs.foundation.windows import Windows
from ilrs.orbits.cdm import cdm_text
from ilrs.orbits.conjunction import Conjunction
from ilrs.study.book_html import tag
from ilrs.study.coordination import DUE_REGARD_M, Coordination, Meeting, SurveyAnswer
from ilrs.study.joint import JointAnswer
from ilrs.study.report import print_table
from ilrs.study.site_chart import COLOURS, DayAxis, svg_picture
from ilrs.study.site_files import write_text

__all__ = ["contacts_csv", "coordination_calendar", "coordination_json", "coordination_svg",
           "print_coordination", "write_coordination"]  # fmt: skip

_UTC = ZONES["UTC"]
_WIDTH, _LEFT, _RIGHT, _TOP, _ROW, _FOOT = 860.0, 24.0, 24.0, 66.0, 46.0, 56.0


def print_coordination(found: Coordination, stream: TextIO) -> None:
    """Prints dates, contacts, surveys, joint looks, guests, and what could not be looked at."""
    print(found.overlap.text, file=stream)
    print(found.lead.text, file=stream)
    start, end = (_UTC.text(edge)[:10] for edge in found.span_s)
    print(f"\nLooked at from {start} to {end}, by the orbits declared:", file=stream)
    print_table(
        ("who sees whom", "contacts", "hours", "longest min", "nearest km"),
        [_contact_cells(meeting) for meeting in found.meetings], stream,
    )  # fmt: skip
    if found.surveys:
        print_table(
            ("survey", "passes", "that image it", "done", "on", "joint looks"),
            [_survey_cells(answer) for answer in found.surveys], stream,
        )  # fmt: skip
    if found.joints:
        print_table(
            ("joint observation", "looks of", "and of", "pairs", "min together", "first on"),
            [_joint_cells(joint) for joint in found.joints], stream,
        )  # fmt: skip
    for near in found.approaches:
        print(_pass_text(near), file=stream)
    if found.approaches:
        print("The phases of declared orbits are mostly assumed.", file=stream)
    for zone in found.zones:
        print(
            f"{zone.mission} lands at {zone.site}, {zone.apart_m / 1e3:.2f} km from {zone.near} of"
            f" {zone.owner or 'all'}: due regard within {DUE_REGARD_M / 1e3:g} km.",
            file=stream,
        )
    for text in (*(a.late for a in found.surveys if a.late), *found.notes):
        print(text, file=stream)
    for guests in found.guests:
        more = f", besides {', '.join(guests.without_mass)} without a mass" * bool(
            guests.without_mass
        )
        print(
            f"{guests.mission} offers guests {guests.offered_kg:g} kg on its {guests.place};"
            f" {guests.taken_kg:g} kg of declared elements take it up{more}.",
            file=stream,
        )


def _pass_text(near: Conjunction) -> str:
    """Distance, speed, time and the probability of a collision, or why there is none."""
    told = (
        f"{near.first.name} and {near.second.name} pass at {near.miss_distance_m / 1e3:.2f} km,"
        f" {near.relative_speed_m_s:.0f} m/s, on {_UTC.text(near.tca_tdb_s)};"
    )
    if near.probability is not None:
        return f"{told} they collide with a probability of {near.probability:.1e}."
    pair = (near.first, near.second)
    unknown, what = [one.name for one in pair if one.covariance is None], "uncertainty"
    if not unknown:
        unknown, what = [one.name for one in pair if not one.radius_m], "radius"
    why = f"{' and '.join(unknown)} declare{'s' * (len(unknown) == 1)} no {what}"
    return f"{told} no probability of a collision: {why}."


def _contact_cells(meeting: Meeting) -> tuple[str, ...]:
    return (
        f"{meeting.first} – {meeting.second}",
        str(len(meeting.windows)),
        f"{meeting.windows.total_s / 3600.0:.1f}",
        f"{meeting.windows.longest_s / 60.0:.1f}",
        f"{meeting.nearest_m / 1e3:.0f}" if len(meeting.windows) else "–",
    )


def _survey_cells(answer: SurveyAnswer) -> tuple[str, ...]:
    return (
        answer.name,
        str(answer.passes),
        str(answer.imaging),
        f"{100.0 * answer.covered:.0f} %",
        _UTC.text(answer.done_s)[:10] if answer.done_s is not None else "–",
        "–" if answer.joint is None else str(answer.joint),
    )


def _joint_cells(joint: JointAnswer) -> tuple[str, ...]:
    return (
        joint.name,
        f"{joint.first} {len(joint.first_looks)}",
        f"{joint.second} {len(joint.second_looks)}",
        str(len(joint.pairs)),
        f"{joint.windows.total_s / 60.0:.1f}",
        _UTC.text(joint.windows.start_s[0])[:16].replace("T", " ") if joint.pairs else "–",
    )


def coordination_json(found: Coordination, *, provenance: dict[str, Any]) -> str:
    """All of it as JSON, instants in UTC; the same finding gives the same text."""
    facts = {
        "first": found.first,
        "second": found.second,
        "overlap": _days(found.overlap),
        "lead": _days(found.lead),
        "from_utc": _UTC.text(found.span_s[0]),
        "to_utc": _UTC.text(found.span_s[1]),
        "contacts": [_contact_facts(meeting) for meeting in found.meetings],
        "surveys": [_survey_facts(answer) for answer in found.surveys],
        "joint_observations": [_joint_facts(joint) for joint in found.joints],
        "guests": [asdict(guests) for guests in found.guests],
        "approaches": [_approach_facts(near) for near in found.approaches],
        "due_regard": [{**asdict(zone), "apart_m": round(zone.apart_m, 1)} for zone in found.zones],
        "notes": list(found.notes),
        "provenance": provenance,
    }
    return json.dumps(facts, ensure_ascii=False, indent=1) + "\n"


def _contact_facts(meeting: Meeting) -> dict[str, Any]:
    return {
        "first": meeting.first,
        "second": meeting.second,
        "nearest_m": round(meeting.nearest_m, 1) if len(meeting.windows) else None,
        "windows": [
            {"aos_utc": _UTC.text(a), "los_utc": _UTC.text(b), "duration_s": round(b - a, 2)}
            for a, b in meeting.windows
        ],
    }


def _survey_facts(answer: SurveyAnswer) -> dict[str, Any]:
    return {
        "survey": answer.survey,
        "passes": answer.passes,
        "imaging_passes": answer.imaging,
        "covered_fraction": answer.covered,
        "done_utc": None if answer.done_s is None else _UTC.text(answer.done_s),
        "joint_looks": answer.joint,
        "too_late": answer.late,
    }


def _joint_facts(joint: JointAnswer) -> dict[str, Any]:
    return {
        "joint_observation": joint.joint,
        "first": joint.first,
        "second": joint.second,
        "site": joint.site,
        "looks_of_first": len(joint.first_looks),
        "looks_of_second": len(joint.second_looks),
        "together_s": round(joint.windows.total_s, 2),
        "pairs": [
            {"first": _span(pair.first_s), "second": _span(pair.second_s),
             "apart_s": round(pair.apart_s, 2)}
            for pair in joint.pairs
        ],
    }  # fmt: skip


def _span(span_s: tuple[float, float]) -> dict[str, str]:
    return {"start_utc": _UTC.text(span_s[0]), "end_utc": _UTC.text(span_s[1])}


def _approach_facts(near: Conjunction) -> dict[str, Any]:
    return {
        "first": near.first.name,
        "second": near.second.name,
        "tca_utc": _UTC.text(near.tca_tdb_s),
        "miss_distance_m": round(near.miss_distance_m, 1),
        "relative_speed_m_s": round(near.relative_speed_m_s, 2),
        "probability": near.probability,
    }


def _days(days: Any) -> dict[str, Any]:
    return {
        "least_d": days.least_d,
        "nominal_d": days.nominal_d,
        "most_d": days.most_d,
        "text": days.text,
    }


def contacts_csv(found: Coordination, *, zones: Sequence[Zone]) -> str:
    """Every contact and joint look as a row, its ends on each of the clocks, and its length [s]."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    clocks = [f"{end}_{zone.name.lower()}" for zone in zones for end in ("aos", "los")]
    writer.writerow(["first", "second", *clocks, "duration_s"])
    for row, (aos_s, los_s) in _contacts(found):
        ends = [zone.text(edge) for zone in zones for edge in (aos_s, los_s)]
        writer.writerow([row.first, row.second, *ends, f"{los_s - aos_s:.2f}"])
    return out.getvalue()


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of the calendar and the picture: two ends, when, and in words."""

    first: str
    second: str
    windows: Windows
    text: str


def _rows(found: Coordination) -> list[_Row]:
    """Contacts, and joint looks as those of both craft with the place."""
    return [
        *(_Row(one.first, one.second, one.windows, one.text) for one in found.meetings),
        *(
            _Row(f"{one.first} with {one.second}", f"{one.site} ({one.joint})", one.windows,
                 one.text)
            for one in found.joints
        ),
    ]  # fmt: skip


def _contacts(found: Coordination) -> Iterator[tuple[_Row, tuple[float, float]]]:
    every = [(row, span) for row in _rows(found) for span in row.windows]
    yield from sorted(every, key=lambda row: (row[1], row[0].first, row[0].second))


def coordination_calendar(found: Coordination, *, zones: Sequence[Zone]) -> str:
    """Every contact and joint look as an iCalendar event (RFC 5545)."""
    events = (
        CalendarEvent(summary=f"{row.first} – {row.second}", start_tdb_s=span[0], end_tdb_s=span[1])
        for row, span in _contacts(found)
    )
    return icalendar(
        events, title=f"{found.first} and {found.second}", zones=zones, product="coordinate",
        description="Contacts by the orbits declared", subject=f"{found.first} {found.second}",
        stamp_tdb_s=found.span_s[0],
    )  # fmt: skip


def coordination_svg(found: Coordination) -> str:
    """The contacts as bars over the days looked at, as an SVG file that stands alone."""
    rows = _rows(found)
    height = _TOP + _ROW * len(rows) + _FOOT
    names = tuple(name for name in COLOURS if name in ("blue", "teal", "amber", "red"))
    title = f"{found.first} and {found.second}: who sees whom"
    parts = [tag("text", title, x=_LEFT, y=26, cls="head")]
    low = _TOP + _ROW * len(rows)
    axis = DayAxis(span_s=found.span_s, left=_LEFT, right=_WIDTH - _RIGHT)
    parts += axis.lines(top=_TOP, low=low, most=8)
    for k, row in enumerate(rows):
        top, fill = _TOP + k * _ROW, f"var(--{names[k % len(names)]})"
        parts.append(tag("text", row.text, x=_LEFT, y=top + 12, cls="name"))
        parts += axis.bars(row.windows, y=top + 18, height=14, least=0.4, fill=fill, opacity=1.0)
    foot = f"days from {_UTC.text(found.span_s[0])[:10]}, by the orbits declared"
    parts.append(tag("text", foot, x=_LEFT, y=low + 38))
    return svg_picture(_WIDTH, height, *parts, title=title, description=found.overlap.text)


def write_coordination(
    found: Coordination, folder: Path, *, zones: Sequence[Zone], provenance: dict[str, Any]
) -> list[Path]:
    """Paths of the files written into a folder, which is made where it is absent.

    Contacts as CSV and iCalendar, all of it as JSON, a picture, and a CDM for each close pass of
    craft whose uncertainties are known. Raises IlrsError where the folder cannot be written.
    """
    texts = {
        "contacts.csv": contacts_csv(found, zones=zones),
        "contacts.ics": coordination_calendar(found, zones=zones),
        "coordination.json": coordination_json(found, provenance=provenance),
        "contacts.svg": coordination_svg(found),
    }
    known = [
        near for near in found.approaches
        if near.first.covariance is not None and near.second.covariance is not None
    ]  # fmt: skip
    texts |= {f"close-pass-{k:02d}.cdm": cdm_text(near) for k, near in enumerate(known, 1)}
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        write_text(text, folder / name)
    return [folder / name for name in texts]
