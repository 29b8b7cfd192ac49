"""The odds of a road map as tables for a terminal and as a calendar."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ilrs.cooperation.slips import MilestoneOdds, slips
from ilrs.foundation.calendar import ZONES, CalendarEvent, icalendar
from ilrs.foundation.time import tdb_from_utc
from ilrs.programme.entities import Programme

__all__ = ["odds_table", "roadmap_icalendar", "slips_table"]

_YEAR_D = 365.25
Table = tuple[Sequence[str], list[tuple[object, ...]]]


def slips_table(programme: Programme) -> Table:
    """How launch dates have moved since they were announced, fastest first."""
    rows = sorted(slips(programme), key=lambda slip: (-slip.rate, slip.mission))
    return ("mission", "dates named", "over", "moved by", "slip in a year"), [
        (
            row.mission, row.announced, f"{row.elapsed_d / _YEAR_D:.1f} y",
            f"{row.moved_d / _YEAR_D:.1f} y", f"{12.0 * row.rate:.1f} months",
        )
        for row in rows
    ]  # fmt: skip


def odds_table(odds: Sequence[MilestoneOdds]) -> Table:
    """Each milestone with its date, its odds and what holds it up."""
    return ("milestone", "by", "holds with", "half by", "nine in ten by", "held up by"), [
        (
            row.milestone, _day(row.due - np.timedelta64(1, "s")), _part(row), _day(row.median),
            _day(row.late), _cause(row),
        )
        for row in odds
    ]  # fmt: skip


def _day(instant: Any) -> str:
    return "not known" if instant is None else str(instant)[:10]


def _part(row: MilestoneOdds) -> str:
    if row.on_time is None or row.low is None or row.high is None:
        return "not known"
    return f"{100.0 * row.on_time:.0f} % ({100.0 * row.low:.0f}-{100.0 * row.high:.0f})"


def _cause(row: MilestoneOdds) -> str:
    if row.unknown:
        return f"{', '.join(row.unknown)}: failed, or no date"
    return ", ".join(f"{key} ({days / _YEAR_D:.1f} y)" for key, days in row.drivers)


def roadmap_icalendar(programme: Programme, odds: Sequence[MilestoneOdds]) -> bytes:
    """The milestones on the last day of their dates, with their odds, as iCalendar (RFC 5545)."""
    events = []
    for row in odds:
        end_s = float(tdb_from_utc(row.due))
        name = programme.milestones[row.milestone].name or row.milestone
        text = (f"Holds with {_part(row)}; half by {_day(row.median)}.", _cause(row))
        events.append(
            CalendarEvent(
                summary=f"{name} ({row.milestone})", start_tdb_s=end_s - 86400.0, end_tdb_s=end_s,
                text=tuple(filter(None, text)),
            )
        )  # fmt: skip
    stamp_s = min((event.start_tdb_s for event in events), default=0.0)
    return icalendar(
        events, title=f"Road map of {programme.name}",
        description="Milestones on the last day of their announced dates.", product="road map",
        subject=programme.name, zones=[ZONES["UTC"]], stamp_tdb_s=stamp_s,
    ).encode()  # fmt: skip
