"""A route answered: the way, what is done on it, how late one may be, and the maps of both."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import xarray as xr

from ilrs.foundation.errors import IlrsError
from ilrs.foundation.provenance import Provenance
from ilrs.foundation.time import DAY_S
from ilrs.moon.map_layout import map_on
from ilrs.operations.energy import by_battery, dash_route, dash_through, dash_to
from ilrs.operations.no_route import mends, no_route
from ilrs.operations.route import Leg, legs, longest_life, loop_state, route, state_at
from ilrs.operations.spans import TICK_S, windows_at
from ilrs.operations.traverse import Reach, earliest, latest, lived_map
from ilrs.study.route_case import RouteCase

FloatArray: TypeAlias = npt.NDArray[np.float64]

__all__ = ["RouteAnswer", "find_route", "route_record"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteAnswer:
    """A route with its maps: `arrival_s` and `margin_s` of every cell, from the departure."""

    case: RouteCase
    way: xr.Dataset  # as ilrs.operations.route lays it out
    legs: tuple[Leg, ...]
    maps: xr.Dataset
    alive_until_s: float  # the longest that the vehicle can live from the start on

    @property
    def arrival_s(self) -> float:
        """When the last waypoint is reached, from the departure. [s]"""
        return float(self.way["arrive_s"].values[-1])

    @property
    def distance_m(self) -> float:
        """Length of the way on the ground. [m]"""
        return float(self.way["distance_m"].values[-1])

    def doing_s(self, doing: str) -> float:
        """Time spent driving, waiting or hibernating. [s]"""
        return sum(leg.end_s - leg.begin_s for leg in self.legs if leg.doing == doing)


def find_route(
    case: RouteCase, *, loop_days: float | None = None,
    progress: Callable[[str], None] = lambda step: None,
) -> RouteAnswer:  # fmt: skip
    """The earliest way to the case's goal; without one the way that lives longest.

    With `loop_days` the way leads back to the start, into a stay that lasts beyond so many days.
    Life goes on at a haven of the case, or, where it has none, in a stay that lasts to the end of
    the span. Raises IlrsError where there is no such way, with the smallest change of the vehicle
    that would open one.
    """
    if case.is_by_battery:
        return _by_battery(case, progress)
    _check_departure(case)
    progress("earliest arrival")
    reach = earliest(case.scene, case.start, depart_s=0.0)
    columns = case.grid.columns
    cells = [row * columns + column for _, (row, column) in case.havens]
    life = latest(case.scene, goals=cells or None)
    progress("the way")
    state = _state(case, reach, loop_days)
    way = route(
        reach, state=state, ground=case.ground, vehicle=case.vehicle, battery_wh=case.battery_wh,
        life=life,
    )  # fmt: skip
    arrival_s, margin_s = lived_map(reach, life)
    alive_s = float(case.scene.stays.end[longest_life(reach)]) * TICK_S
    return _answer(case, way, alive_s, arrival_s=arrival_s, margin_s=margin_s)


def _check_departure(case: RouteCase) -> None:
    """Raises IlrsError where the vehicle cannot be at its start then; says when it can."""
    own = windows_at(case.scene.stays, case.scene.cell(case.start))
    if any(begin_s <= 0.0 <= end_s for begin_s, end_s in own):
        return
    told = [f"from {case.utc(begin_s)} to {case.utc(end_s)}" for begin_s, end_s in own]
    raise IlrsError(
        f"{case.element.id} at {case.names[0]} on {case.utc(0.0)}, in a darkness that it does not"
        " bear",
        f"it can stand there {' and '.join(told[:3]) or 'at no time of the span'}",
        "Depart then, or name another start.",
    )


def _by_battery(case: RouteCase, progress: Callable[[str], None]) -> RouteAnswer:
    """The same with the battery followed through the dark; there is no margin then."""
    progress("the battery everywhere")
    made, step_s = case.battery_scene, float(case.light.attrs["step_s"])
    reach = by_battery(
        made, case.start, ground=case.ground, vehicle=case.vehicle, battery_wh=case.battery_wh,
        step_s=step_s,
    )  # fmt: skip
    found = dash_through(reach) if case.goal is None else dash_to(reach, case.goal)
    if not found:
        raise no_route([], start=case.names[0], goal=case.names[1], span_s=made.span_s)
    way = dash_route(reach, found, ground=case.ground, vehicle=case.vehicle,
                     battery_wh=case.battery_wh)  # fmt: skip
    alive_s = made.span_s if (reach.left >= 0.0).any() else float("nan")
    nothing = np.full(made.shape, np.nan)
    return _answer(case, way, alive_s, arrival_s=reach.arrival_s, margin_s=nothing)


def _answer(
    case: RouteCase, way: xr.Dataset, alive_s: float, *, arrival_s: FloatArray, margin_s: FloatArray
) -> RouteAnswer:
    latitude, longitude = case.grid.locate(way["x_m"].values, way["y_m"].values)
    for name, values in (("latitude_deg", latitude), ("longitude_deg", longitude)):
        way[name] = ("waypoint", values, {"units": "deg", "long_name": name[:-4]})
    way.attrs |= {"start_utc": case.utc(0.0), "element": case.element.id}
    texts = {
        "arrival_s": (arrival_s, "s", "earliest arrival after the departure"),
        "margin_s": (margin_s, "s", "how much later one may come and live"),
    }
    maps = map_on(case.grid, texts, **_facts(case))
    return RouteAnswer(case=case, way=way, legs=tuple(legs(way)), maps=maps, alive_until_s=alive_s)


def _state(case: RouteCase, reach: Reach, loop_days: float | None) -> int:
    if loop_days is not None:
        state = loop_state(reach, case.start, after_s=loop_days * DAY_S)
        if state >= 0:
            return state
        raise _no_loop(case, reach, loop_days)
    if case.goal is None:
        return longest_life(reach)
    state = state_at(reach, case.goal)
    if state >= 0:
        return state
    found = mends(case.make, vehicle=case.vehicle, battery_wh=case.battery_wh, start=case.start,
                  goal=case.goal, depart_s=0.0)  # fmt: skip
    raise no_route(found, start=case.names[0], goal=case.names[1], span_s=case.scene.span_s)


def _no_loop(case: RouteCase, reach: Reach, loop_days: float) -> IlrsError:
    asked = f"a loop back to {case.names[0]} after {loop_days:g} d"
    if loop_days * DAY_S > case.scene.span_s:
        covers = f"light is looked at for {case.scene.span_s / DAY_S:g} d"
        return IlrsError(asked, covers, "Give more --days.")
    alive_s = float(case.scene.stays.end[longest_life(reach)]) * TICK_S
    return IlrsError(
        asked,
        f"from there {case.element.id} lives {alive_s / DAY_S:.1f} d at the longest"
        + ("" if alive_s < loop_days * DAY_S else ", elsewhere"),
        "Give it a larger battery or hibernation, or begin at another place.",
    )


def _facts(case: RouteCase) -> dict[str, Any]:
    light = case.light.attrs
    kept = ("start_utc", "end_utc", "step_s", "ephemeris", "orientation", "observer_height_m")
    return {key: light[key] for key in kept if key in light} | {
        "terrain": ", ".join(case.terrain_sha256),
        "terrain_sha256": ", ".join(case.terrain_sha256.values()),
    }


def route_record(answer: RouteAnswer, provenance: Provenance) -> dict[str, Any]:
    """The route as plain data: what `--json` and route.json show."""
    case, way = answer.case, answer.way
    lowest_wh = float(way["battery_lowest_wh"].values.min())
    margins = way["margin_s"].values if "margin_s" in way else np.array([np.nan])
    return {
        "element": case.element.id,
        "from": case.names[0],
        "to": case.names[1],
        "depart_utc": case.utc(0.0),
        "arrive_utc": case.utc(answer.arrival_s),
        "arrival_s": answer.arrival_s,
        "distance_m": round(answer.distance_m, 1),
        "drive_s": answer.doing_s("drive"),
        "wait_s": answer.doing_s("wait"),
        "hibernate_s": answer.doing_s("hibernate"),
        "battery_wh": case.battery_wh,
        "battery_lowest_wh": round(lowest_wh, 2),
        "energy_holds": lowest_wh >= -1e-6 * case.battery_wh,
        "margin_least_s": float(np.nanmin(margins)) if np.isfinite(margins).any() else None,
        "alive_until_s": answer.alive_until_s if np.isfinite(answer.alive_until_s) else None,
        "cells_reached_fraction": float(np.isfinite(answer.maps["arrival_s"].values).mean()),
        "legs": [asdict(leg) for leg in answer.legs],
        "provenance": provenance.as_dict(),
    }
