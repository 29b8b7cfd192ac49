"""The odds of a road map: when each step is done, in many draws of all durations and mishaps.

A task begins when all that it needs is done and takes a time from a declared range (the PERT
distribution: D. G. Malcolm et al., "Application of a technique for research and development program
evaluation", 1959); with a declared probability a mishap adds to it. Each task draws from a sequence
of its own, named by seed and id, so that a task's draws are the same in any road map: what changes
between two maps is what was changed.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias
from zlib import crc32

import numpy as np
import numpy.typing as npt

from ilrs.cooperation.order import needs_first
from ilrs.foundation.chance import wilson_interval
from ilrs.foundation.errors import IlrsError

__all__ = ["Driver", "Odds", "Task", "task_odds"]

FloatArray: TypeAlias = npt.NDArray[np.float64]
BoolArray: TypeAlias = npt.NDArray[np.bool_]

_PERT_WEIGHT = 4.0  # of the likeliest value in the mean, as in PERT


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A step of a road map: what it needs first and how long it takes. [d]

    `needs` are ids of other tasks. `not_before_d` counts from the map's epoch; so does `due_d`, the
    day by whose end it is to be done.
    """

    id: str
    needs: tuple[str, ...] = ()
    least_d: float
    likely_d: float
    most_d: float
    not_before_d: float = 0.0
    due_d: float | None = None
    mishap_probability: float = 0.0
    mishap_least_d: float = 0.0
    mishap_most_d: float = 0.0  # uniform between the two


@dataclass(frozen=True, slots=True, kw_only=True)
class Driver:
    """How much one task holds up another one."""

    task: str
    critical_fraction: float  # of the draws in which it lies on the other's critical path
    gain_d: float  # by which the other would come earlier on the mean, at this task's least time


@dataclass(frozen=True, slots=True)
class Odds:
    """When each task is done, in every draw. [d from the epoch]"""

    tasks: tuple[Task, ...]  # in an order in which needs come first
    duration_d: FloatArray  # (task, draw)
    finish_d: FloatArray  # (task, draw)

    def finish(self, task_id: str) -> FloatArray:
        """The days on which a task is done, one for each draw. [d from the epoch]"""
        return np.asarray(self.finish_d[self._row(task_id)])

    def on_time(self, task_id: str) -> tuple[float, float, float] | None:
        """The probability that a task is done when due, with a 95 % interval; None if none is due.

        The interval is that of `foundation.chance.wilson_interval`, of the draws.
        """
        task = self.tasks[self._row(task_id)]
        if task.due_d is None:
            return None
        good = self.finish(task_id) <= task.due_d + 1e-9
        low, high = wilson_interval(int(good.sum()), good.size)
        return float(good.mean()), float(low), float(high)

    def drivers(self, task_id: str, *, most: int = 10) -> list[Driver]:
        """What holds a task up, by the days that could be gained; `most` rows at most. [d]

        They are picked by their time on the critical path above the least, on the mean over the
        draws, which no gain exceeds.
        """
        last = self._row(task_id)
        critical = self._critical(last)
        least_d = np.array([[task.least_d] for task in self.tasks])
        could_d = (critical * (self.duration_d - least_d)).mean(axis=1)
        waited = [row for row in np.argsort(-could_d, kind="stable") if critical[row].any()]
        drivers = [
            Driver(
                task=self.tasks[row].id,
                critical_fraction=float(critical[row].mean()),
                gain_d=self._gain_d(int(row), last),
            )
            for row in waited[:most]
        ]
        return sorted(drivers, key=lambda d: (-d.gain_d, -d.critical_fraction, d.task))

    def _row(self, task_id: str) -> int:
        for row, task in enumerate(self.tasks):
            if task.id == task_id:
                return row
        raise IlrsError(
            f"there is no task {task_id!r}",
            f"the road map has {', '.join(t.id for t in self.tasks[:8])}"
            f"{', …' if len(self.tasks) > 8 else ''}",
            "Correct the id.",
        )

    def _critical(self, last: int) -> BoolArray:
        """In which draws each task lies on the critical path to `last`, (task, draw)."""
        row_of = {task.id: row for row, task in enumerate(self.tasks)}
        critical = np.zeros(self.finish_d.shape, dtype=bool)
        critical[last] = True
        for row in range(last, -1, -1):
            if critical[row].any():
                start_d = self.finish_d[row] - self.duration_d[row]
                for need in map(row_of.__getitem__, self.tasks[row].needs):
                    critical[need] |= critical[row] & (self.finish_d[need] >= start_d - 1e-9)
        return critical

    def _gain_d(self, row: int, last: int) -> float:
        """How much earlier `last` comes on the mean where task `row` takes its least time. [d]"""
        shorter = self.duration_d.copy()
        shorter[row] = self.tasks[row].least_d
        return float((self.finish_d[last] - _finish_d(self.tasks, shorter)[last]).mean())


def task_odds(tasks: Iterable[Task], *, draws: int = 10_000, seed: int = 1) -> Odds:
    """When each task is done, in `draws` draws of all durations. [d from the epoch]

    Raises IlrsError for unknown or circular needs and for ranges that are none.
    """
    ordered = _ordered(list(tasks))
    duration_d = np.array([_durations_d(task, draws=draws, seed=seed) for task in ordered])
    duration_d = duration_d.reshape(len(ordered), draws)
    return Odds(ordered, duration_d, _finish_d(ordered, duration_d))


def _ordered(tasks: Sequence[Task]) -> tuple[Task, ...]:
    """The tasks, checked, in an order in which needs come first."""
    known = {task.id: task for task in tasks}
    for task_id, count in Counter(task.id for task in tasks).items():
        if count > 1:
            raise IlrsError(
                f"the task {task_id} is there {count} times",
                "each id names one task",
                "Pass each task once.",
            )
    for task in tasks:
        _check(task, known)
    order = needs_first({task.id: task.needs for task in tasks}, what="tasks")
    return tuple(known[task_id] for task_id in order)


def _check(task: Task, known: Mapping[str, Task]) -> None:
    unknown = [need for need in task.needs if need not in known]
    if unknown:
        raise IlrsError(
            f"{task.id} needs {' and '.join(unknown)}, which the road map does not hold",
            "a task needs others of the same road map",
            "Add the task, or take the need away.",
        )
    if not 0.0 <= task.least_d <= task.likely_d <= task.most_d < np.inf:
        raise IlrsError(
            f"{task.id} takes {task.least_d:g} d to {task.most_d:g} d,"
            f" {task.likely_d:g} d likeliest",
            "the least is 0 or more, the likeliest between the least and the most",
            "Correct its duration.",
        )
    if not 0.0 <= task.mishap_probability <= 1.0 or not (
        0.0 <= task.mishap_least_d <= task.mishap_most_d < np.inf
    ):
        raise IlrsError(
            f"a mishap of {task.id} has the probability {task.mishap_probability:g} and adds"
            f" {task.mishap_least_d:g} d to {task.mishap_most_d:g} d",
            "the probability lies between 0 and 1, the least is 0 or more and not over the most",
            "Correct the mishap.",
        )


def _durations_d(task: Task, *, draws: int, seed: int) -> FloatArray:
    """Drawn durations of one task. [d]"""
    rng = np.random.default_rng([seed, crc32(task.id.encode())])
    width_d = task.most_d - task.least_d
    duration_d = np.full(draws, task.least_d, dtype=np.float64)
    if width_d > 0.0:
        low = 1.0 + _PERT_WEIGHT * (task.likely_d - task.least_d) / width_d
        high = 1.0 + _PERT_WEIGHT * (task.most_d - task.likely_d) / width_d
        duration_d += width_d * rng.beta(low, high, draws)
    if task.mishap_probability > 0.0:
        comes = rng.random(draws) < task.mishap_probability
        duration_d += comes * rng.uniform(task.mishap_least_d, task.mishap_most_d, draws)
    return duration_d


def _finish_d(tasks: Sequence[Task], duration_d: FloatArray) -> FloatArray:
    """When each task is done, (task, draw): tasks in an order in which needs come first."""
    row_of = {task.id: row for row, task in enumerate(tasks)}
    finish_d = np.empty_like(duration_d)
    for row, task in enumerate(tasks):
        start_d = np.full(duration_d.shape[1], task.not_before_d)
        for need in task.needs:
            np.maximum(start_d, finish_d[row_of[need]], out=start_d)
        finish_d[row] = start_d + duration_d[row]
    return finish_d
