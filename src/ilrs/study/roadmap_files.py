"""A road map as tables for a terminal and as a calendar: plans, moves, critical path, odds."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ilrs.cooperation.baselines import SaidDate, moves, side_by_side
from ilrs.cooperation.critical_path import CriticalPath
from ilrs.cooperation.slips import MilestoneOdds, slips
from ilrs.foundation.calendar import ZONES, CalendarEvent, icalendar
from ilrs.foundation.time import tdb_from_utc
from ilrs.programme.entities import Programme

__all__ = [
    "moves_table", "odds_table", "path_note", "path_table", "plans_note", "plans_table",
    "roadmap_icalendar", "slips_table",
]  # fmt: skip

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


def plans_table(programme: Programme) -> Table:
    """Each mission and milestone as of every baseline and now; windows stand in brackets."""
    days = [baseline.as_of or key for key, baseline in programme.baselines.items()]
    return ["", *(day[:7] for day in days), "now", "status"], [
        (row.id, *(_said(said) for said in (*row.said, row.now)), row.outcome)
        for row in side_by_side(programme)
    ]


def plans_note(programme: Programme) -> str:
    """What stands behind each column of `plans_table`, a line each."""
    named = [
        f"{(baseline.as_of or key)[:7]}  {baseline.name or key}: {baseline.document}"
        for key, baseline in programme.baselines.items()
    ]
    return "\n".join([*named, "in brackets: the years of the phase or window that names it"])


def _said(said: SaidDate | None) -> str:
    if said is None:
        return ""
    first, _, last = said.date.partition("-")
    if last and said.by != "statement":
        return f"({first}-{last[2:] if last[:2] == first[:2] else last})"
    return said.date[:7]


def moves_table(programme: Programme) -> Table:
    """Every change of an announced date, oldest first, with what was said of it and who said it."""
    return ("mission", "said", "from", "to", "moved by", "why", "source"), [
        (
            move.id, (move.as_of or "")[:10], move.before or "none", move.after or "none",
            "" if move.moved_d is None else f"{move.moved_d / _YEAR_D:.1f} y", move.why,
            ", ".join(move.source),
        )
        for move in moves(programme)
    ]  # fmt: skip


def path_table(path: CriticalPath) -> Table:
    """All that a milestone needs and itself, those that it hangs on first."""
    return ("step", "done", "may slip by"), [
        (step.id, _day(step.done), f"{step.float_d:.0f} d" if step.float_d else "critical")
        for step in path.steps
    ]


def path_note(path: CriticalPath) -> str:
    """The chain in one line, and how it stands to the announced date."""
    left_out = f" Without {', '.join(path.unknown)}: failed, or no date." if path.unknown else ""
    if path.slack_d is None:
        return f"{path.milestone}: nothing that it needs has a date.{left_out}"
    side = "before" if path.slack_d >= 0.0 else "after"
    return (
        f"{' -> '.join(path.path)}: done {abs(path.slack_d):.0f} d {side} the last day of its"
        f" date.{left_out}"
    )


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
