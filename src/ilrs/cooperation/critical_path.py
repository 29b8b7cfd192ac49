"""The critical path of a milestone: the chain that its day hangs on, and the float of all else.

J. E. Kelley and M. R. Walker, "Critical-Path Planning and Scheduling", 1959: a forward pass gives
each step its earliest day, a backward pass the latest day that moves nothing; between lies its
float. A mission is done on the nominal day of its date, a milestone `takes` after its last need.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ilrs.cooperation.dates import date_bounds, days_between
from ilrs.cooperation.order import needs_first
from ilrs.cooperation.roadmap import mission_dates
from ilrs.foundation.errors import IlrsError, did_you_mean
from ilrs.programme.entities import Programme

__all__ = ["CriticalPath", "PathStep", "critical_path"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PathStep:
    """One step before a milestone: when it is done, and by how much it may slip alone."""

    id: str
    done: Any  # datetime64[ns], UTC, nominal
    float_d: float  # slip that does not move the milestone; 0 on the critical path


@dataclass(frozen=True, slots=True, kw_only=True)
class CriticalPath:
    """What a milestone hangs on, first to last."""

    milestone: str
    path: tuple[str, ...]  # ends with the milestone itself
    steps: tuple[
        PathStep, ...
    ]  # all that it needs, however far back, and itself; least float first
    done: Any | None  # datetime64[ns], UTC; None where nothing of it is known
    slack_d: float | None  # from then to the last day of its date; negative is late
    unknown: tuple[str, ...]  # needs without a date, and those that have failed


def critical_path(programme: Programme, milestone: str) -> CriticalPath:
    """The chain of needs that decides a milestone's day, and the float of all its needs. [d]

    What has failed or has no date is listed and left out. Raises IlrsError for an unknown
    milestone and for needs in a circle.
    """
    if milestone not in programme.milestones:
        raise IlrsError(
            f"there is no milestone {milestone!r}",
            f"there are {', '.join(programme.milestones) or 'none'}",
            did_you_mean(milestone, programme.milestones, otherwise="Correct the id."),
        )
    order = needs_first(
        {key: m.needs for key, m in programme.milestones.items()}, what="milestones"
    )
    done, unknown = _forward(programme, order)
    above = _above(programme, milestone)
    missing = tuple(sorted(above & unknown))
    if milestone not in done:
        return CriticalPath(
            milestone=milestone, path=(), steps=(), done=None, slack_d=None, unknown=missing
        )
    floats = _floats(programme, milestone, order=order, done=done)
    steps = [PathStep(id=key, done=done[key], float_d=floats[key]) for key in floats]
    end = date_bounds(programme.milestones[milestone].by).latest
    return CriticalPath(
        milestone=milestone,
        path=_path(programme, milestone, done),
        steps=tuple(sorted(steps, key=lambda step: (step.float_d, step.done, step.id))),
        done=done[milestone],
        slack_d=days_between(done[milestone], end),
        unknown=missing,
    )


def _forward(programme: Programme, order: list[str]) -> tuple[dict[str, Any], set[str]]:
    """The nominal day on which each mission and milestone is done, and what has none."""
    done: dict[str, Any] = {}
    unknown = set()
    for key, mission in programme.missions.items():
        dates = mission_dates(programme, key)
        if mission.lost or dates is None:
            unknown.add(key)
        else:
            done[key] = dates.nominal
    for key in order:
        milestone = programme.milestones[key]
        known = [done[need] for need in milestone.needs if need in done]
        if known:
            done[key] = max(known) + _span(milestone.takes_s)
        elif milestone.needs:
            unknown.add(key)
        else:
            done[key] = date_bounds(milestone.by).nominal
    return done, unknown


def _above(programme: Programme, milestone: str) -> set[str]:
    """All that a milestone needs, however far back."""
    found: set[str] = set()
    waiting = list(programme.milestones[milestone].needs)
    while waiting:
        key = waiting.pop()
        if key not in found:
            found.add(key)
            waiting += programme.milestones[key].needs if key in programme.milestones else ()
    return found


def _floats(
    programme: Programme, milestone: str, *, order: list[str], done: Mapping[str, Any]
) -> dict[str, float]:
    """Days by which each step may slip before the milestone does, by the backward pass."""
    latest = {milestone: done[milestone]}
    for key in reversed(order):
        if key in latest:
            begin = latest[key] - _span(programme.milestones[key].takes_s)
            for need in programme.milestones[key].needs:
                if need in done:
                    latest[need] = min(latest.get(need, begin), begin)
    return {key: days_between(done[key], last) for key, last in latest.items()}


def _path(programme: Programme, milestone: str, done: Mapping[str, Any]) -> tuple[str, ...]:
    """Back from the milestone over the need that is done last; of equals the first declared."""
    path = [milestone]
    while path[-1] in programme.milestones:
        known = [need for need in programme.milestones[path[-1]].needs if need in done]
        if not known:
            break
        path.append(max(known, key=lambda need: done[need]))
    return tuple(reversed(path))


def _span(seconds: float) -> np.timedelta64:
    return np.timedelta64(round(seconds), "s")
