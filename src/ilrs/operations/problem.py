"""What a plan is made of: activities that want a place, what they need, and an axis of slots."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from ilrs.foundation.errors import IlrsError
from ilrs.foundation.windows import Windows

__all__ = ["Activity", "After", "Capacity", "Problem", "Resource", "Store"]

FloatArray: TypeAlias = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class After:
    """A link of a chain: an activity needs another one placed, and begins so long after it.

    The lag counts from the other's end, or from its start where `from_start`. Two activities that
    each name the other with a lag of 0 from the start run at the same time, both or neither.
    """

    activity: str
    least_s: float = 0.0
    most_s: float = float("inf")
    from_start: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """A piece of work that may be placed once: whose it is, when it may run, what it holds.

    `needs` maps a resource to what the activity holds of it while it runs: a rate for a `Store` (W,
    bit/s), units for a `Capacity` (robots, people, W). What makes a disturbance (plume, radio,
    dust) never runs in a slot with what is `quiet` of the same name.
    """

    id: str
    partner: str
    kind: str = ""  # what it is a piece of, such as an experiment; worth saturates by kind
    windows: Windows  # it runs whole inside one of them [s from the epoch]
    duration_s: float  # the longest that it makes use of
    shortest_s: float | None = None  # least duration; a fixed one where None
    needs: Mapping[str, float] = field(default_factory=dict)
    disturbs: frozenset[str] = frozenset()
    quiet: frozenset[str] = frozenset()
    after: tuple[After, ...] = ()
    worth: float = 1.0  # of the whole duration, before saturation
    mandatory: bool = False  # placed before all others and never moved for their sake
    data_bps: float = 0.0  # that it makes, for its partner's share
    power_w: float = 0.0  # that it draws, for its partner's share


@dataclass(frozen=True, slots=True, kw_only=True)
class Capacity:
    """What activities hold while they run and give back: robots, people, a link, an instrument."""

    name: str
    unit: str = "1"
    available: FloatArray  # in each slot


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """What activities use up and something fills: energy, room in a data store, room to heat up.

    In each slot the level keeps the part `keeps` of itself and gains `inflow` less what is drawn,
    as rates; it never passes `capacity` (the rest is spilled) and must not fall below `least`.
    Amounts are rate x second: J for W, bit for bit/s.
    """

    name: str
    unit: str  # of the rate
    inflow: FloatArray  # rate in each slot; below 0 where the station itself draws more than it has
    capacity: float
    initial: float
    least: float = 0.0
    fill_efficiency: float = 1.0
    draw_efficiency: float = 1.0
    most_fill: float = float("inf")  # rate
    most_draw: float = float("inf")  # rate
    keeps: float = 1.0  # part of the level kept from slot to slot


Resource: TypeAlias = Capacity | Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """All that a plan has to respect, checked: activities, resources, partners' entitlements.

    Slot k spans [k, k + 1) x `step_s` from the epoch. `entitlements` are any positive numbers, one
    for each partner with activities; `credits` are what a partner is owed from earlier plans, in
    parts of all that is asked for. `fairness` is the part of its fair share that a search for more
    worth must leave each partner (0: worth alone counts).
    """

    epoch_utc: str
    step_s: float
    slots: int
    activities: tuple[Activity, ...]
    resources: tuple[Resource, ...] = ()
    entitlements: Mapping[str, float] = field(default_factory=dict)
    credits: Mapping[str, float] = field(default_factory=dict)
    saturation: Mapping[str, float] = field(default_factory=dict)  # of a kind: worth it tends to
    fairness: float = 0.95

    def __post_init__(self) -> None:
        _check_names(self)
        for activity in self.activities:
            _check_activity(activity)
        for resource in self.resources:
            _check_resource(self, resource)
        _check_entitlements(self)

    @property
    def span_s(self) -> float:
        """Length of the whole axis [s]."""
        return self.slots * self.step_s

    def activity(self, activity_id: str) -> Activity:
        """The activity of that id; IlrsError where there is none."""
        found = next((a for a in self.activities if a.id == activity_id), None)
        if found is None:
            raise IlrsError(
                f"there is no activity {activity_id!r}",
                f"the plan's problem holds {_some(a.id for a in self.activities)}",
                "Name one of them.",
            )
        return found


def _some(names: Iterable[str]) -> str:
    listed = list(names)
    more = f" and {len(listed) - 6} more" if len(listed) > 6 else ""
    return (", ".join(listed[:6]) or "none") + more


def _check_names(problem: Problem) -> None:
    for what, names in (
        ("activity", [a.id for a in problem.activities]),
        ("resource", [r.name for r in problem.resources]),
    ):
        seen: set[str] = set()
        for name in names:
            if name in seen:
                raise IlrsError(
                    f"the {what} {name} is there twice",
                    f"each name stands for one {what}",
                    f"Pass each {what} once.",
                )
            seen.add(name)


def _check_activity(activity: Activity) -> None:
    shortest_s = activity.duration_s if activity.shortest_s is None else activity.shortest_s
    if not 0.0 < shortest_s <= activity.duration_s < np.inf:
        raise IlrsError(
            f"{activity.id} lasts from {shortest_s:g} s to {activity.duration_s:g} s",
            "a duration is positive, and the shortest not longer than the longest",
            "Correct its duration.",
        )
    for name, amount in activity.needs.items():
        if not 0.0 <= amount < np.inf:
            raise IlrsError(
                f"{activity.id} needs {amount:g} of {name}", "a need is 0 or more", "Correct it."
            )
    if not 0.0 <= activity.worth < np.inf:
        raise IlrsError(
            f"{activity.id} is worth {activity.worth:g}", "worth is 0 or more", "Correct it."
        )


def _check_resource(problem: Problem, resource: Resource) -> None:
    series = resource.available if isinstance(resource, Capacity) else resource.inflow
    if np.shape(series) != (problem.slots,) or not np.isfinite(series).all():
        raise IlrsError(
            f"{resource.name} has the shape {np.shape(series)} and"
            f" {int((~np.isfinite(series)).sum())} values missing",
            f"it is one finite number for each of the {problem.slots} slots",
            "Pass a forecast on the plan's axis.",
        )
    if isinstance(resource, Store):
        parts = (resource.fill_efficiency, resource.draw_efficiency, resource.keeps)
        if not all(0.0 < part <= 1.0 for part in parts) or not (
            resource.least <= resource.initial <= resource.capacity
        ):
            raise IlrsError(
                f"{resource.name} starts at {resource.initial:g} of {resource.capacity:g} with"
                f" {resource.least:g} kept, efficiencies {parts[0]:g} and {parts[1]:g},"
                f" {parts[2]:g} kept from slot to slot",
                "the level lies between what is kept and the capacity, and parts between 0 and 1",
                "Correct the store.",
            )


def _check_entitlements(problem: Problem) -> None:
    wrong = [p for p, part in problem.entitlements.items() if not 0.0 <= part < np.inf]
    if wrong or not sum(problem.entitlements.values()) > 0.0:
        raise IlrsError(
            f"the entitlements sum to {sum(problem.entitlements.values()):g}"
            if not wrong
            else f"the entitlement of {_some(wrong)} is no number from 0 up",
            "they are 0 or more and not all 0; only their ratios count",
            "Give each partner a share.",
        )
    if not 0.0 <= problem.fairness <= 1.0:
        raise IlrsError(
            f"fairness is {problem.fairness:g}",
            "it is a part between 0 (worth alone counts) and 1 (the whole fair share)",
            "Give a number between 0 and 1.",
        )
