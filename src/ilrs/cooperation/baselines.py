"""The published plans side by side with today's: what each said of a date, what moved it, and why.

Nothing is stored: on the day of a baseline a date was what the newest statement up to then said, or
else the years of the phase that names it.
"""

from dataclasses import dataclass
from typing import Any, Literal

from ilrs.cooperation.dates import date_bounds, days_between
from ilrs.programme.entities import Baseline, DatedClaim, Mission, Phase, Programme

__all__ = ["Comparison", "Move", "SaidDate", "side_by_side", "moves"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SaidDate:
    """What was said of a date, and on whose word."""

    date: str  # as announced: "2028"; of a phase or a window "2031-2035"
    by: Literal["statement", "window", "phase"]
    as_of: str | None
    source: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One mission or milestone in every baseline, and now."""

    id: str
    kind: Literal["mission", "milestone"]
    said: tuple[SaidDate | None, ...]  # in the order of `programme.baselines`
    now: SaidDate | None
    outcome: str  # of a mission: its status; empty for a milestone


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One change of an announced date: when it was said, by how much, and what was said of it."""

    id: str
    as_of: str | None
    before: str | None
    after: str | None
    moved_d: float | None  # between nominal dates; None where one of them is not known
    why: str
    source: tuple[str, ...]


def side_by_side(programme: Programme) -> list[Comparison]:
    """Every mission and milestone of which some baseline or statement says a date.

    Missions in declared order, then milestones.
    """
    rows = [_mission(programme, mission) for mission in programme.missions.values()]
    rows += [_milestone(programme, key) for key in programme.milestones]
    return [row for row in rows if row.now is not None or any(row.said)]


def _mission(programme: Programme, mission: Mission) -> Comparison:
    launch = mission.launch
    return Comparison(
        id=mission.id,
        kind="mission",
        said=tuple(
            _claim_then(mission, baseline) or _phase_of(programme, key, mission)
            for key, baseline in programme.baselines.items()
        ),
        now=_said(launch) if launch is not None else None,
        outcome=mission.status,
    )


def _claim_then(mission: Mission, baseline: Baseline) -> SaidDate | None:
    """The newest statement of a mission's date that was made by the baseline's day."""
    if baseline.as_of is None:
        return None
    day = date_bounds(baseline.as_of).latest
    known = [claim for claim in mission.launches if _said_by(claim, day)]
    return _said(known[-1]) if known else None


def _said_by(claim: DatedClaim, day: Any) -> bool:
    """Whether a statement was made by a day; one without a day of its own, by the date it names."""
    stated = claim.as_of or claim.date
    return stated is not None and bool(date_bounds(stated).earliest <= day)


def _said(claim: DatedClaim) -> SaidDate | None:
    if claim.date is None:
        return None
    if claim.is_window:  # "window 2031-2035 for all five"
        years = claim.what.split()[1].rstrip(",")
        return SaidDate(date=years, by="window", as_of=claim.as_of, source=claim.source)
    return SaidDate(date=claim.date[:10], by="statement", as_of=claim.as_of, source=claim.source)


def _phase_of(programme: Programme, baseline: str, mission: Mission) -> SaidDate | None:
    for phase in programme.phases.values():
        if phase.baseline == baseline and mission.id in phase.missions:
            return _years(phase)
    return None


def _years(phase: Phase) -> SaidDate | None:
    if phase.begin is None and phase.end is None:
        return None
    text = f"{phase.begin or '?'}-{phase.end or '?'}"
    return SaidDate(date=text, by="phase", as_of=phase.as_of, source=phase.source)


def _milestone(programme: Programme, key: str) -> Comparison:
    """A milestone's date in each baseline is the end of the phase that says it is its version."""
    milestone = programme.milestones[key]
    ends = {
        phase.baseline: SaidDate(date=phase.end, by="phase", as_of=phase.as_of, source=phase.source)
        for phase in programme.phases.values()
        if phase.milestone == key and phase.end is not None
    }
    return Comparison(
        id=key,
        kind="milestone",
        said=tuple(ends.get(baseline) for baseline in programme.baselines),
        now=SaidDate(
            date=milestone.by, by="statement", as_of=milestone.as_of, source=milestone.source
        ),
        outcome="",
    )  # fmt: skip


def moves(programme: Programme) -> list[Move]:
    """Every change of a mission's announced date and every loss, oldest statement first."""
    found = [move for mission in programme.missions.values() for move in _moves(mission)]
    return sorted(found, key=lambda move: (move.as_of or "", move.id))


def _moves(mission: Mission) -> list[Move]:
    found = []
    for before, after in zip(mission.launches, mission.launches[1:], strict=False):
        if before.date != after.date and not before.is_window:
            why = "; ".join(filter(None, (after.what, after.note)))
            found.append(
                Move(
                    id=mission.id, as_of=after.as_of, before=before.date, after=after.date,
                    moved_d=_moved_d(before.date, after.date), why=why, source=after.source,
                )
            )  # fmt: skip
    if mission.lost:
        launch = mission.launch
        found.append(
            Move(
                id=mission.id, as_of=mission.end or (launch.as_of if launch else None),
                before=launch.date if launch else None, after=None, moved_d=None,
                why=mission.lost, source=mission.source,
            )
        )  # fmt: skip
    return found


def _moved_d(before: str | None, after: str | None) -> float | None:
    if before is None or after is None:
        return None
    return days_between(date_bounds(before).nominal, date_bounds(after).nominal)
