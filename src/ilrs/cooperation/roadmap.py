"""The road map: when missions fly and work, what a slip breaks, and the plans side by side.

Dates are claims, mostly a bare year; every answer therefore has bounds (see
`ilrs.cooperation.dates`). Probabilities of slips and what-if plans are not here yet.
"""

from dataclasses import dataclass
from typing import Any

from ilrs.cooperation.dates import DateBounds, Days, date_bounds, days_between
from ilrs.cooperation.order import needs_first
from ilrs.foundation.errors import IlrsError
from ilrs.programme.entities import Milestone, Mission, Phase, Programme

__all__ = [
    "BaselineRow", "MilestoneRow", "Need", "PhaseRow", "Working", "baselines", "launch_dates",
    "lead", "mission_dates", "order", "overlap", "working",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Working:
    """From when to when a mission works, and for how long at least and at most. [d]"""

    begin: DateBounds
    end: DateBounds
    shortest_d: float
    longest_d: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """One thing a milestone needs: when it is due, and whether that is early enough."""

    needs: str
    due: DateBounds | None
    state: str  # "in time", "may be late", "too late", "failed" or "not known"
    slip: Days  # by how much it comes after the milestone's last day


@dataclass(frozen=True, slots=True, kw_only=True)
class MilestoneRow:
    """One milestone, after all that it needs; `expected` is `by` moved out by late needs."""

    milestone: str
    name: str
    owner: str
    stage: str
    by: DateBounds
    expected: DateBounds
    needs: tuple[Need, ...]

    @property
    def holds(self) -> bool:
        """Whether everything it needs is due before it."""
        return all(need.state == "in time" for need in self.needs)


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseRow:
    """One phase of one baseline, with its announced begin and end."""

    phase: str
    name: str
    begin: DateBounds | None
    end: DateBounds | None
    tasks: tuple[str, ...]
    missions: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineRow:
    """One published version of the plan with its phases in order of time."""

    baseline: str
    name: str
    document: str
    phases: tuple[PhaseRow, ...]


def _mission(programme: Programme, mission_id: str) -> Mission:
    if mission_id not in programme.missions:
        raise IlrsError(
            f"there is no mission {mission_id!r}",
            f"there are {', '.join(programme.missions) or 'none'}",
            "Correct the id.",
        )
    return programme.missions[mission_id]


def launch_dates(programme: Programme, mission_id: str) -> DateBounds | None:
    """When a mission is launched, by the claim that holds; None where it names no date.

    Raises IlrsError for an unknown mission.
    """
    launch = _mission(programme, mission_id).launch
    return date_bounds(launch.date) if launch is not None and launch.date else None


def mission_dates(programme: Programme, mission_id: str) -> DateBounds | None:
    """When a mission gets to the Moon: its arrival where declared, else its launch; or None.

    Raises IlrsError for an unknown mission.
    """
    arrival = _mission(programme, mission_id).arrival
    return date_bounds(arrival) if arrival else launch_dates(programme, mission_id)


def working(programme: Programme, mission_id: str) -> Working | None:
    """From when to when a mission works: from arrival (or launch) on, for its life or to its end.

    A declared end wins over a life. None where begin or end is not known.
    """
    mission, begin = _mission(programme, mission_id), mission_dates(programme, mission_id)
    if begin is None:
        return None
    if mission.end is not None:
        end = date_bounds(mission.end)
        return Working(
            begin=begin,
            end=end,
            shortest_d=days_between(begin.latest, end.earliest),
            longest_d=days_between(begin.earliest, end.latest),
        )
    if mission.life_s is None:
        return None
    end = begin.later(mission.life_s)  # begin and end slip together
    life_d = days_between(begin.nominal, end.nominal)
    return Working(begin=begin, end=end, shortest_d=life_d, longest_d=life_d)


def overlap(programme: Programme, a: str, b: str) -> Days:
    """Days in which two missions both work, over all dates that their claims allow.

    None where a begin or an end is not known; 0 where one has failed. Raises IlrsError for an
    unknown mission.
    """
    lost = [f"{key} {why}" for key in (a, b) if (why := _mission(programme, key).lost)]
    if lost:
        text = f"{a} and {b} never work together: {' and '.join(lost)}."
        return Days(least_d=0.0, nominal_d=0.0, most_d=0.0, text=text)
    first, second = working(programme, a), working(programme, b)
    if first is None or second is None:
        missing = [key for key, w in ((a, first), (b, second)) if w is None]
        text = (
            f"Not known: {' and '.join(missing)}: no begin is declared, or neither a life nor an "
            "end."
        )
        return Days(least_d=None, nominal_d=None, most_d=None, text=text)
    least, nominal, most = _overlap_d(first, second)
    return Days(
        least_d=least, nominal_d=nominal, most_d=most,
        text=_overlap_text(f"{a} and {b}", first, second, (least, nominal, most)),
    )  # fmt: skip


def _overlap_d(a: Working, b: Working) -> tuple[float, float, float]:
    """Least, nominal and most days of overlap.

    An overlap is the least of four lengths: both stays, and from either's begin to the other's
    end. Each bound is that of the four, also where a life ties an end to its begin.
    """
    least = min(
        a.shortest_d, b.shortest_d,
        days_between(b.begin.latest, a.end.earliest), days_between(a.begin.latest, b.end.earliest),
    )  # fmt: skip
    nominal = days_between(max(a.begin.nominal, b.begin.nominal), min(a.end.nominal, b.end.nominal))
    most = min(
        a.longest_d, b.longest_d,
        days_between(b.begin.earliest, a.end.latest), days_between(a.begin.earliest, b.end.latest),
    )  # fmt: skip
    return max(least, 0.0), max(nominal, 0.0), max(most, 0.0)


def _overlap_text(names: str, a: Working, b: Working, days: tuple[float, float, float]) -> str:
    least, nominal, most = days
    if most <= 0.0:
        return f"{names} never work at the same time, whatever day their dates mean."
    if nominal <= 0.0:
        return f"{names} do not work together by their nominal dates; {most:.0f} d at most."
    begin = max(a.begin.nominal, b.begin.nominal)
    end = min(a.end.nominal, b.end.nominal)
    return (
        f"{names} both work for {nominal:.0f} d ({least:.0f} to {most:.0f} d by their announced "
        f"dates), nominally from {_day(begin)} to {_day(end)}."
    )


def _day(instant: Any) -> str:
    return str(instant)[:10]


def lead(programme: Programme, orbiter: str, lander: str) -> Days:
    """Days from an orbiter's launch to a lander's: the time for a survey; negative is too late.

    Transfer and commissioning of the orbiter come off it, a lander's stay in orbit adds to it.
    None where a launch date is not known. Raises IlrsError for an unknown mission.
    """
    lost = [f"{key} {why}" for key in (orbiter, lander) if (why := _mission(programme, key).lost)]
    if lost:
        text = f"No survey: {' and '.join(lost)}."
        return Days(least_d=None, nominal_d=None, most_d=None, text=text)
    first, second = launch_dates(programme, orbiter), launch_dates(programme, lander)
    if first is None or second is None:
        missing = [key for key, dates in ((orbiter, first), (lander, second)) if dates is None]
        text = f"Not known: no launch date is declared for {' and '.join(missing)}."
        return Days(least_d=None, nominal_d=None, most_d=None, text=text)
    least = days_between(first.latest, second.earliest)
    nominal = days_between(first.nominal, second.nominal)
    most = days_between(first.earliest, second.latest)
    spread = f"{abs(nominal):.0f} d {{}} {lander} ({least:.0f} to {most:.0f} d by the dates)"
    if most <= 0.0:
        verdict = f"{spread.format('after')}: its survey comes too late for that landing."
    elif least >= 0.0:
        verdict = f"{spread.format('before')}: its survey can serve that landing."
    else:
        side = "before" if nominal >= 0.0 else "after"
        verdict = f"{spread.format(side)}: whether its survey comes in time is open."
    return Days(
        least_d=least, nominal_d=nominal, most_d=most, text=f"{orbiter} is launched {verdict}"
    )


def order(programme: Programme) -> list[MilestoneRow]:
    """Milestones in an order in which each follows all that it needs, with the slips.

    A milestone is due by the last instant its date allows. A need that comes later moves the
    milestone's expected date, and with it all that build on it. Raises IlrsError for a circle.
    """
    milestones = programme.milestones
    keys = needs_first({key: m.needs for key, m in milestones.items()}, what="milestones")
    rows: dict[str, MilestoneRow] = {}
    for key in keys:
        rows[key] = _milestone_row(programme, milestones[key], rows)
    return list(rows.values())


def _milestone_row(
    programme: Programme, milestone: Milestone, done: dict[str, MilestoneRow]
) -> MilestoneRow:
    by = expected = date_bounds(milestone.by)
    needs = []
    for key in milestone.needs:
        due = done[key].expected if key in done else None
        failed = False
        if key in programme.missions:
            due, failed = mission_dates(programme, key), bool(programme.missions[key].lost)
        needs.append(_need(key, due, by=by.later(-milestone.takes_s), failed=failed))
        if due is not None and not failed:
            expected = expected.at_least(due.later(milestone.takes_s))
    return MilestoneRow(
        milestone=milestone.id,
        name=milestone.name,
        owner=milestone.owner,
        stage=milestone.stage,
        by=by,
        expected=expected,
        needs=tuple(needs),
    )


def _need(key: str, due: DateBounds | None, *, by: DateBounds, failed: bool) -> Need:
    if failed or due is None:
        state = "failed" if failed else "not known"
        text = f"{key} has failed" if failed else f"no date of {key} is known"
        slip = Days(least_d=None, nominal_d=None, most_d=None, text=text)
        return Need(needs=key, due=due, state=state, slip=slip)
    least, nominal, most = (
        max(0.0, days_between(by.latest, instant))
        for instant in (due.earliest, due.nominal, due.latest)
    )
    state = "in time" if most == 0.0 else "too late" if due.earliest >= by.latest else "may be late"
    text = f"{key} is due {due}, {nominal:.0f} d late ({least:.0f} to {most:.0f} d)"
    if most == 0.0:
        text = f"{key} is due {due}, in time"
    slip = Days(least_d=least, nominal_d=nominal, most_d=most, text=text)
    return Need(needs=key, due=due, state=state, slip=slip)


def baselines(programme: Programme) -> list[BaselineRow]:
    """The published plans side by side, each with its phases in order of their begin.

    A phase without a begin comes after those that have one.
    """
    return [
        BaselineRow(
            baseline=key,
            name=baseline.name,
            document=baseline.document,
            phases=tuple(
                _phase_row(phase)
                for phase in sorted(
                    (p for p in programme.phases.values() if p.baseline == key),
                    key=lambda p: p.begin or "9999",
                )
            ),
        )
        for key, baseline in programme.baselines.items()
    ]


def _phase_row(phase: Phase) -> PhaseRow:
    return PhaseRow(
        phase=phase.id,
        name=phase.name,
        begin=date_bounds(phase.begin) if phase.begin else None,
        end=date_bounds(phase.end) if phase.end else None,
        tasks=phase.tasks,
        missions=phase.missions,
    )
