"""Whether a plan keeps everything that its problem asks, found out apart from what makes plans.

Nothing of the scheduler is used: no slots filled, no compiled code. A plan is replayed in seconds
from the definitions in `problem`, each constraint by itself, so that a mistake in the scheduler
does not hide itself here.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import xarray as xr

from ilrs.foundation.errors import IlrsError
from ilrs.operations.chains import refusals
from ilrs.operations.problem import Activity, Capacity, Problem, Resource, Store

__all__ = [
    "Place",
    "Violation",
    "checked",
    "hindrances",
    "level_of",
    "links_kept",
    "total_worth",
    "places_of",
    "violations",
]

FloatArray: TypeAlias = npt.NDArray[np.float64]

_EDGE_S = 2e-3  # windows and lags are kept to a thousandth of a second by each side
_PART = 1e-7  # of the greatest amount of a resource, or of a stated number


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """One thing that a plan does not keep: which rule, of what, when, and by how much in words."""

    rule: str  # such as "window", "capacity", "store", "lag"
    of: str  # the activity, resource, partner or disturbance
    at_s: float  # from the epoch; no number where it has no time
    found: str

    def __str__(self) -> str:
        when = f" at {self.at_s:g} s" if np.isfinite(self.at_s) else ""
        return f"{self.rule} of {self.of}{when}: {self.found}"


@dataclass(frozen=True, slots=True)
class Place:
    """Where an activity stands in a plan."""

    activity: Activity
    start_s: float
    duration_s: float

    @property
    def end_s(self) -> float:
        """The end, from the epoch. [s]"""
        return self.start_s + self.duration_s


def places_of(problem: Problem, plan: xr.Dataset) -> dict[str, Place]:
    """What the plan places, by activity, in the plan's order. IlrsError for what is unknown."""
    known = {a.id: a for a in problem.activities}
    places = {}
    rows = zip(plan["activity"].values, plan["start_s"].values, plan["duration_s"].values,
               strict=True)  # fmt: skip
    for name, start_s, duration_s in rows:
        if str(name) not in known:
            raise IlrsError(
                f"the plan holds {name}, which is no activity of this problem",
                f"the problem has {len(known)} activities",
                "Pass a plan of the same problem.",
            )
        if np.isfinite(start_s):
            places[str(name)] = Place(known[str(name)], float(start_s), float(duration_s))
    return places


def checked(problem: Problem, plan: xr.Dataset, *, keep: Iterable[str] = ()) -> xr.Dataset:
    """The plan itself where nothing is violated; IlrsError with the first few where it is."""
    found = violations(problem, plan, keep=keep)
    if found:
        more = f" and {len(found) - 3} more" if len(found) > 3 else ""
        raise IlrsError(
            "the plan does not keep: " + "; ".join(map(str, found[:3])) + more,
            "a plan keeps every constraint of its problem",
            "Make it anew for this problem.",
        )
    return plan


def violations(problem: Problem, plan: xr.Dataset, *, keep: Iterable[str] = ()) -> list[Violation]:
    """All that the plan does not keep, in the order of the rules below; none for a sound plan.

    What is in `keep`, and what it comes after, had its place before all else: what is mandatory
    need not move it.
    """
    places = places_of(problem, plan)
    found = [v for place in places.values() for v in _own(problem, place)]
    found += [v for place in places.values() for v in links_kept(place, places)]
    found += _quiet(places)
    for resource in problem.resources:
        found += _kept(problem, resource, places)
    found += _mandatory(problem, places, keep=set(keep))
    return found + list(_stated(problem, plan, places))


def _own(problem: Problem, place: Place) -> Iterator[Violation]:
    """Whether it lasts as long as it may, inside one of its windows and the plan's span."""
    activity, start_s, end_s = place.activity, place.start_s, place.end_s
    shortest_s = activity.duration_s if activity.shortest_s is None else activity.shortest_s
    # What is no whole number of slots holds its last slot whole.
    longest_s = np.ceil(activity.duration_s / problem.step_s - 1e-6) * problem.step_s
    if not shortest_s - _EDGE_S <= place.duration_s <= longest_s + _EDGE_S:
        yield Violation(
            rule="duration", of=activity.id, at_s=start_s,
            found=f"it lasts {place.duration_s:g} s, of {shortest_s:g} s to {longest_s:g} s",
        )  # fmt: skip
    if start_s < -_EDGE_S or end_s > problem.span_s + _EDGE_S:
        yield Violation(
            rule="span", of=activity.id, at_s=start_s,
            found=f"it ends at {end_s:g} s, and the plan at {problem.span_s:g} s",
        )  # fmt: skip
    if not any(a - _EDGE_S <= start_s and end_s <= b + _EDGE_S for a, b in activity.windows):
        yield Violation(
            rule="window", of=activity.id, at_s=start_s,
            found=f"no window holds it from {start_s:g} s to {end_s:g} s",
        )  # fmt: skip
    if not problem.entitlements.get(activity.partner, 0.0) > 0.0:
        yield Violation(
            rule="entitlement", of=activity.id, at_s=start_s,
            found=f"its partner {activity.partner} has none",
        )  # fmt: skip


def links_kept(place: Place, places: Mapping[str, Place]) -> Iterator[Violation]:
    """Whether what it needs is placed, at the lags asked for."""
    for link in place.activity.after:
        other = places.get(link.activity)
        if other is None:
            yield Violation(
                rule="chain", of=place.activity.id, at_s=place.start_s,
                found=f"{link.activity}, which it comes after, is not placed",
            )  # fmt: skip
            continue
        lag_s = place.start_s - (other.start_s if link.from_start else other.end_s)
        if not link.least_s - _EDGE_S <= lag_s <= link.most_s + _EDGE_S:
            yield Violation(
                rule="lag", of=place.activity.id, at_s=place.start_s,
                found=f"it begins {lag_s:g} s after {link.activity}, of {link.least_s:g} s to"
                f" {link.most_s:g} s",
            )  # fmt: skip


def _quiet(places: Mapping[str, Place]) -> Iterator[Violation]:
    """Whether what is to be quiet runs beside what disturbs it (an activity bears itself not)."""
    for silent in places.values():
        for loud in places.values() if silent.activity.quiet else ():
            names = silent.activity.quiet & loud.activity.disturbs
            begin_s = max(silent.start_s, loud.start_s)
            if names and silent is not loud and begin_s < min(silent.end_s, loud.end_s) - _EDGE_S:
                yield Violation(
                    rule="quiet", of=silent.activity.id, at_s=begin_s,
                    found=f"{loud.activity.id} makes {', '.join(sorted(names))} then",
                )  # fmt: skip


def _kept(problem: Problem, resource: Resource, places: Mapping[str, Place]) -> Iterator[Violation]:
    if isinstance(resource, Capacity):
        return _capacity(problem, resource, places)
    return _store(problem, resource, places)


def _held(places: Mapping[str, Place], name: str, edges_s: FloatArray) -> FloatArray:
    """What is held of a resource between each two edges; every start and end is an edge."""
    change = np.zeros(edges_s.size)
    for place in places.values():
        amount = place.activity.needs.get(name, 0.0)
        if amount > 0.0:
            change[np.searchsorted(edges_s, place.start_s)] += amount
            change[np.searchsorted(edges_s, place.end_s)] -= amount
    return np.cumsum(change)[:-1]


def _edges_s(problem: Problem, places: Mapping[str, Place]) -> FloatArray:
    ends = [edge for p in places.values() for edge in (p.start_s, p.end_s)]
    return np.unique(np.concatenate([np.arange(problem.slots + 1) * problem.step_s, ends]))


def _slots_at(problem: Problem, edges_s: FloatArray) -> npt.NDArray[np.int64]:
    """The slot that holds what lies between each two edges."""
    middle = 0.5 * (edges_s[:-1] + edges_s[1:]) / problem.step_s
    return np.clip(np.floor(middle), 0, problem.slots - 1).astype(np.int64)


def _capacity(
    problem: Problem, resource: Capacity, places: Mapping[str, Place]
) -> Iterator[Violation]:
    """Whether more is held at any time than there is; one finding for each stretch."""
    edges_s = _edges_s(problem, places)
    held = _held(places, resource.name, edges_s)
    there = resource.available[_slots_at(problem, edges_s)]
    largest = float(np.max(np.abs(resource.available), initial=0.0)) or 1.0
    over = (held > there + _PART * largest) & (held > _PART * largest)
    for k in np.flatnonzero(over & ~np.concatenate([[False], over[:-1]])):
        yield Violation(
            rule="capacity", of=resource.name, at_s=float(edges_s[k]),
            found=f"{held[k]:g} are held, of {there[k]:g}",
        )  # fmt: skip


def level_of(problem: Problem, store: Store, drawn: npt.ArrayLike) -> FloatArray:
    """The level of a store at the end of each slot where so much is drawn in each, as rates."""
    level, levels = store.initial, []
    for inflow, out in zip(store.inflow.tolist(), np.asarray(drawn).tolist(), strict=True):
        rate = inflow - out
        kept = level * store.keeps
        if rate >= 0.0:
            gain = store.fill_efficiency * min(rate, store.most_fill) * problem.step_s
            level = min(kept + gain, store.capacity)
        else:
            level = kept - min(-rate, store.most_draw) * problem.step_s / store.draw_efficiency
        levels.append(level)
    return np.array(levels)


def _store(problem: Problem, resource: Store, places: Mapping[str, Place]) -> Iterator[Violation]:
    """Whether a store is drawn on faster than it gives, or falls below what is to be kept.

    Where the station alone brings it lower than that, it must not come lower still.
    """
    edges_s = _edges_s(problem, places)
    amounts = _held(places, resource.name, edges_s) * np.diff(edges_s)
    slot = _slots_at(problem, edges_s)
    drawn = np.bincount(slot, amounts, problem.slots)[: problem.slots] / problem.step_s
    alone = level_of(problem, resource, np.zeros(problem.slots))
    level = level_of(problem, resource, drawn)
    size = resource.capacity
    if not np.isfinite(size):
        size = float(np.abs(resource.inflow).sum()) * problem.step_s or 1.0
    low = level < np.minimum(resource.least, alone) - _PART * size
    fast = (drawn > 0.0) & (drawn - resource.inflow > resource.most_draw * (1.0 + 1e-6))
    for what, wrong, value, limit in (
        ("level", low, level, np.minimum(resource.least, alone)),
        ("draw", fast, drawn - resource.inflow, np.full(problem.slots, resource.most_draw)),
    ):
        for k in np.flatnonzero(wrong & ~np.concatenate([[False], wrong[:-1]])):
            yield Violation(
                rule=what, of=resource.name, at_s=float(k * problem.step_s),
                found=f"{value[k]:g}, with {limit[k]:g} as the limit",
            )  # fmt: skip


def _mandatory(
    problem: Problem, places: Mapping[str, Place], *, keep: set[str]
) -> Iterator[Violation]:
    """What must stand, stands alone and has room beside all else that must stand, yet is left out.

    Chains are not looked at: how far one goes is the scheduler's own matter.
    """
    stands = keep | {a.id for a in problem.activities if a.mandatory}
    while (
        more := {link.activity for a in problem.activities if a.id in stands for link in a.after}
        - stands
    ):
        stands |= more
    must = {name: place for name, place in places.items() if name in stands}
    chained = {link.activity for a in problem.activities for link in a.after}
    for activity in problem.activities:
        if not activity.mandatory or activity.id in places:
            continue
        if activity.after or activity.id in chained or activity.id in refusals(problem):
            continue
        shortest_s = activity.duration_s if activity.shortest_s is None else activity.shortest_s
        lasts_s = np.ceil(shortest_s / problem.step_s - 1e-6) * problem.step_s
        for start_s in np.arange(problem.slots) * problem.step_s:
            trial = {**must, activity.id: Place(activity, float(start_s), float(lasts_s))}
            if not any(hindrances(problem, trial[activity.id], trial)):
                yield Violation(
                    rule="mandatory", of=activity.id, at_s=float(start_s),
                    found="it is not placed, and has room here beside all that must stand",
                )  # fmt: skip
                break


def hindrances(problem: Problem, place: Place, places: Mapping[str, Place]) -> Iterator[Violation]:
    yield from _own(problem, place)
    yield from _quiet(places)
    for resource in problem.resources:
        if resource.name in place.activity.needs:
            yield from _kept(problem, resource, places)


def _stated(problem: Problem, plan: xr.Dataset, places: Mapping[str, Place]) -> Iterator[Violation]:
    """Whether the worth and the shares that the plan states are those of what it places."""
    worths = {name: _worth(problem, place) for name, place in places.items()}
    told = dict(zip(map(str, plan["activity"].values), plan["worth"].values.tolist(), strict=True))
    for name, worth in told.items():
        yield from _differs("worth", name, worth, worths.get(name, 0.0))
    total = total_worth(problem, places.values())
    yield from _differs("worth", "the plan", float(plan.attrs["worth"]), total)
    shares, parts = _shares(problem, places)
    for row in range(plan.sizes["partner"]):
        partner = str(plan["partner"].values[row])
        yield from _differs("share", partner, float(plan["share"].values[row]), shares[partner])
        stated = float(plan["entitlement"].values[row])
        yield from _differs("entitlement", partner, stated, parts[partner])


def _worth(problem: Problem, place: Place) -> float:
    whole_s = np.ceil(place.activity.duration_s / problem.step_s - 1e-6) * problem.step_s
    return float(place.activity.worth * place.duration_s / whole_s)


def total_worth(problem: Problem, places: Iterable[Place]) -> float:
    """Worth of all that is placed, each kind of it saturated. [1]"""
    by_kind: dict[str, float] = {}
    for place in places:
        kind = place.activity.kind
        by_kind[kind] = by_kind.get(kind, 0.0) + _worth(problem, place)
    return float(sum(
        worth if kind not in problem.saturation
        else problem.saturation[kind] * (1.0 - np.exp(-worth / problem.saturation[kind]))
        for kind, worth in by_kind.items()
    ))  # fmt: skip


def _differs(rule: str, of: str, stated: float, found: float) -> Iterator[Violation]:
    if abs(stated - found) > _PART * max(abs(found), 1e-3):
        yield Violation(
            rule=rule,
            of=of,
            at_s=float("nan"),
            found=f"{stated:.10g} is stated, {found:.10g} found",
        )


def _shares(
    problem: Problem, places: Mapping[str, Place]
) -> tuple[dict[str, float], dict[str, float]]:
    """Each partner's greatest part of the time, energy and data that can be asked for; its part."""
    refused = refusals(problem)
    wanted = [a for a in problem.activities if a.id not in refused]
    asked = np.array([_used(a, a.duration_s) for a in wanted]).reshape(-1, 3).sum(axis=0)
    partners = {a.partner for a in wanted}
    got = {partner: np.zeros(3) for partner in partners}
    for place in places.values():
        if place.activity.partner in got:
            got[place.activity.partner] += _used(place.activity, place.duration_s)
    entitled = sum(problem.entitlements[p] for p in partners)
    shares = {
        p: float(np.max(used / np.where(asked > 0, asked, np.inf))) for p, used in got.items()
    }
    return shares, {p: problem.entitlements[p] / entitled for p in partners}


def _used(activity: Activity, duration_s: float) -> FloatArray:
    """Time [s], energy [J] and data [bit] of an activity that runs so long."""
    return np.array([1.0, activity.power_w, activity.data_bps]) * duration_s
