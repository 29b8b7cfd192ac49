"""How announced dates have moved, and the odds of the road map if they go on moving like that.

Announced dates keep slipping at a rate: in the time between two announcements a launch moves out by
a part of it. A mission that is announced for T days from now and slips at the rate r is launched
after T / (1 - r), the day on which the date that runs away is caught. The rates are those of the
programme's own missions that have named more than one date (a reference class: D. Kahneman and A.
Tversky, "Intuitive prediction: biases and corrective procedures", 1979).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from statistics import median
from typing import Any

import numpy as np

from ilrs.cooperation.dates import DateBounds, date_bounds, days_between
from ilrs.cooperation.risk import Odds, Task, task_odds
from ilrs.cooperation.roadmap import launch_dates
from ilrs.foundation.errors import IlrsError
from ilrs.programme.entities import Mission, Programme

__all__ = ["MilestoneOdds", "Slip", "delivery_task", "milestone_odds", "road_map_tasks", "slips"]

_DONE = {"flown", "operating"}
_FASTEST = 0.9  # of rates: at 1 a date is never reached
_YEAR_D = 365.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Slip:
    """How a mission's launch date has moved between its first and its newest announcement."""

    mission: str
    announced: int  # dates
    elapsed_d: float  # between the announcements
    moved_d: float  # of the date itself; below 0 where it came nearer

    @property
    def rate(self) -> float:
        """Days that the date moved for each day that went by. [1]"""
        return self.moved_d / self.elapsed_d


@dataclass(frozen=True, slots=True, kw_only=True)
class MilestoneOdds:
    """A milestone's date, the probability that it holds, and what holds it up most."""

    milestone: str
    due: Any  # last instant of its date, datetime64
    on_time: float | None  # None where something that it needs has no date
    low: float | None  # of the 95 % interval of the draws
    high: float | None
    early: Any | None  # one of ten draws is done by then
    median: Any | None
    late: Any | None  # nine of ten draws are done by then
    drivers: tuple[tuple[str, float], ...]  # id and days that could be gained
    unknown: tuple[str, ...]  # what has no date, or has failed


def slips(programme: Programme) -> list[Slip]:
    """How each mission's date has moved, of those with two dated announcements or more.

    A window for several missions ("window 2031-2035 …") is no date of one of them. A mission that
    kept its only date is not among them, for nothing says since when it was announced.
    """
    rows = []
    for mission in programme.missions.values():
        claims = [c for c in mission.launches if not c.is_window]
        known = [(c.as_of, c.date) for c in claims if c.as_of and c.date]
        if len(known) < 2:
            continue
        (first_said, first), (last_said, last) = known[0], known[-1]
        elapsed_d = days_between(date_bounds(first_said).nominal, date_bounds(last_said).nominal)
        if elapsed_d > 0.0:
            moved_d = days_between(date_bounds(first).nominal, date_bounds(last).nominal)
            rows.append(
                Slip(
                    mission=mission.id, announced=len(known), elapsed_d=elapsed_d, moved_d=moved_d
                )
            )  # fmt: skip
    return rows


def road_map_tasks(programme: Programme, *, at: str) -> tuple[list[Task], dict[str, str]]:
    """The missions and milestones as tasks from the day `at` on, and what has no date, with why.

    A mission's time to launch is at least that to the earliest day of its date, with the median
    rate of slips the likeliest and with the largest the most. A milestone takes what it declares,
    and waits for what is delivered to its missions.
    """
    epoch = date_bounds(at).earliest
    rates = [min(max(slip.rate, 0.0), _FASTEST) for slip in slips(programme)]
    if not rates:
        raise IlrsError(
            "odds of a road map whose missions have named one date each",
            "odds come from how dates have moved",
            "Declare earlier `launches` of a mission, each with its `as_of`.",
        )
    likely, most = 1.0 / (1.0 - median(rates)), 1.0 / (1.0 - max(rates))
    unknown: dict[str, str] = {}
    tasks = []
    for mission in programme.missions.values():
        dates = launch_dates(programme, mission.id)
        if mission.lost or dates is None:
            unknown[mission.id] = mission.lost or "no date"
        else:
            tasks.append(_mission_task(mission, dates, epoch, likely=likely, most=most))
    tasks += [
        task for key in programme.developments
        if (task := delivery_task(programme, key, at=at)) is not None
    ]  # fmt: skip
    _milestone_tasks(programme, epoch, tasks, unknown)
    return tasks, unknown


def delivery_task(programme: Programme, key: str, *, at: str) -> Task | None:
    """The delivery of an element or mission, which slips as launches have; None without a date.

    It is due by the last day of its launch's date, where that is known.
    """
    told = programme.developments.get(key)
    rates = [min(max(slip.rate, 0.0), _FASTEST) for slip in slips(programme)]
    if told is None or not told.deliveries or not told.deliveries[-1].date or not rates:
        return None
    epoch, due = date_bounds(at).earliest, date_bounds(told.deliveries[-1].date)
    ride = programme.missions.get(key) or programme.ride_of(programme.elements[key])
    launch = None if ride is None or ride.lost else launch_dates(programme, ride.id)
    least_d, likely_d, last_d = (
        max(days_between(epoch, day), 0.0) for day in (due.earliest, due.nominal, due.latest)
    )
    return Task(
        id=f"delivery of {key}", least_d=least_d, likely_d=likely_d / (1.0 - median(rates)),
        most_d=last_d / (1.0 - max(rates)),
        due_d=None if launch is None else days_between(epoch, launch.latest),
    )  # fmt: skip


def _deliveries(programme: Programme, missions: tuple[str, ...], known: set[str]) -> list[str]:
    """The deliveries that missions wait for: their own, and those of what they carry."""
    things = [
        key for name in missions if name in programme.missions
        for key in (name, *programme.carried_by(name))
    ]  # fmt: skip
    return [task for key in things if (task := f"delivery of {key}") in known]


def _mission_task(
    mission: Mission, dates: DateBounds, epoch: Any, *, likely: float, most: float
) -> Task:
    if mission.status in _DONE:
        return Task(id=mission.id, least_d=0.0, likely_d=0.0, most_d=0.0)
    least_d = max(days_between(epoch, dates.earliest), 0.0)
    likely_d = max(days_between(epoch, dates.nominal), 0.0)
    last_d = max(days_between(epoch, dates.latest), _YEAR_D / 12.0)
    return Task(id=mission.id, least_d=least_d, likely_d=likely_d * likely, most_d=last_d * most)


def _milestone_tasks(
    programme: Programme, epoch: Any, tasks: list[Task], unknown: dict[str, str]
) -> None:
    """Adds the milestones whose needs are all known; the others to `unknown`, with why."""
    known = {task.id for task in tasks}
    waiting: Mapping[str, Any] = dict(programme.milestones)
    while waiting:
        ready = {
            key: m for key, m in waiting.items()
            if all(need in known or need in unknown for need in m.needs)
        }  # fmt: skip
        if not ready:  # a circle, or needs that are not there: `roadmap.order` and `check` say so
            unknown |= dict.fromkeys(waiting, "needs that are not known")
            return
        for key, milestone in ready.items():
            lost = [need for need in milestone.needs if need in unknown]
            if lost:
                unknown[key] = f"needs {', '.join(lost)}"
                continue
            known.add(key)
            due_d = days_between(epoch, date_bounds(milestone.by).latest)
            takes_d = milestone.takes_s / 86400.0
            tasks.append(
                Task(
                    id=key, least_d=takes_d, likely_d=takes_d,
                    most_d=takes_d, due_d=due_d,
                    needs=(*milestone.needs, *_deliveries(programme, milestone.needs, known)),
                )
            )  # fmt: skip
        waiting = {key: m for key, m in waiting.items() if key not in ready}


def milestone_odds(
    programme: Programme, *, at: str | None = None, draws: int = 10_000, seed: int = 1
) -> list[MilestoneOdds]:
    """The odds of every milestone by the slips so far, as seen on the day `at` (today if left out).

    Raises IlrsError where no mission has ever named a second date.
    """
    day = at or date.today().isoformat()
    tasks, unknown = road_map_tasks(programme, at=day)
    odds = task_odds(tasks, draws=draws, seed=seed)
    epoch = date_bounds(day).earliest
    return [_row(programme, key, odds, epoch, unknown) for key in programme.milestones]


def _row(
    programme: Programme, key: str, odds: Odds, epoch: Any, unknown: Mapping[str, str]
) -> MilestoneOdds:
    due = date_bounds(programme.milestones[key].by).latest
    if key in unknown:
        lost = tuple(need for need in programme.milestones[key].needs if need in unknown)
        return MilestoneOdds(
            milestone=key, due=due, on_time=None, low=None, high=None, early=None, median=None,
            late=None,
            drivers=(), unknown=lost,
        )  # fmt: skip
    part, low, high = odds.on_time(key) or (1.0, 1.0, 1.0)
    early_d, middle_d, late_d = np.quantile(odds.finish(key), [0.1, 0.5, 0.9])
    return MilestoneOdds(
        milestone=key, due=due, on_time=part, low=low, high=high,
        early=_after(epoch, early_d), median=_after(epoch, middle_d), late=_after(epoch, late_d),
        drivers=tuple((d.task, d.gain_d) for d in odds.drivers(key, most=4) if d.gain_d > 0.5),
        unknown=(),
    )  # fmt: skip


def _after(epoch: Any, days: float) -> Any:
    return epoch + np.timedelta64(round(float(days) * 86400.0), "s")
