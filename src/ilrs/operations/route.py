"""One way through a scene: its waypoints, what the vehicle does between them, and its battery."""

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
import xarray as xr

from ilrs.operations.arrival import NEVER
from ilrs.operations.spans import TICK_S, windows_at
from ilrs.operations.traverse import Cell, Reach, Scene, awake_limit_s
from ilrs.programme.entities import Mobility

__all__ = [
    "Leg", "drive_power_w", "legs", "longest_life", "loop_state", "route", "state_at", "told_way",
    "way_between",
]  # fmt: skip

FloatArray: TypeAlias = npt.NDArray[np.float64]
Doing: TypeAlias = Literal["drive", "wait", "hibernate"]

_HOUR_S = 3600.0
_TEXTS = {
    "row": ("1", "row of the map, from the north"),
    "column": ("1", "column of the map, from the west"),
    "x_m": ("m", "map coordinate to the right"),
    "y_m": ("m", "map coordinate upwards"),
    "height_m": ("m", "height above the 1737.4 km sphere"),
    "slope_deg": ("deg", "slope of the ground"),
    "arrive_s": ("s", "arrival, from the first instant of light"),
    "depart_s": ("s", "departure, from the first instant of light"),
    "distance_m": ("m", "length of the way so far, on the ground"),
    "light_wait_s": ("s", "time that it stands there in light"),
    "dark_wait_s": ("s", "time that it stands there in the dark, awake"),
    "sleep_s": ("s", "time that it hibernates there"),
    "battery_arrive_wh": ("Wh", "energy left at the arrival"),
    "battery_depart_wh": ("Wh", "energy left at the departure"),
    "battery_lowest_wh": ("Wh", "least energy left since the waypoint before"),
    "margin_s": ("s", "how much later it may come here and live"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """A stretch of a route in which a vehicle does one thing."""

    doing: Doing
    begin_s: float
    end_s: float
    first: int  # waypoint
    last: int


class _Battery(NamedTuple):
    """A battery with what fills it and what the vehicle draws standing still."""

    capacity_wh: float
    array_w: float
    wait_w: float
    sleep_w: float
    awake_s: float

    def after(self, energy_wh: float, power_w: float, time_s: float) -> float:
        """Energy after a time at a power, into the battery positive. [Wh]"""
        return min(self.capacity_wh, energy_wh + power_w * time_s / _HOUR_S)


def drive_power_w(vehicle: Mobility, climb_deg: npt.ArrayLike) -> FloatArray:
    """What driving draws on a way that climbs so steeply; downhill as on level ground. [W]"""
    steepest_w = vehicle.drive_power_at_limit_w
    more_w = 0.0 if steepest_w is None else steepest_w - vehicle.drive_power_w
    part = np.clip(np.asarray(climb_deg, dtype=np.float64) / vehicle.slope_limit_deg, 0.0, 1.0)
    return np.asarray(vehicle.drive_power_w + part * more_w)


def state_at(reach: Reach, goal: Cell) -> int:
    """The state in which a cell is reached first; -1 where it is not."""
    cell, first = reach.scene.cell(goal), reach.scene.stays.first
    own = np.arange(first[cell], first[cell + 1])
    found = own[reach.label[own] != NEVER]
    return int(found[0]) if found.size else -1


def longest_life(reach: Reach) -> int:
    """The state, of those reached, that lasts longest; of equal ones that reached first."""
    reached = np.flatnonzero(reach.label != NEVER)
    ends = reach.scene.stays.end[reached]
    best = reached[ends == ends.max()]
    return int(best[np.argmin(reach.label[best])])


def loop_state(reach: Reach, start: Cell, *, after_s: float) -> int:
    """The first state of the start's cell that is reached and lasts beyond an instant; -1: none.

    After whole lunar days this is a loop that follows the Sun.
    """
    cell, first = reach.scene.cell(start), reach.scene.stays.first
    own = np.arange(first[cell], first[cell + 1])
    found = own[(reach.label[own] != NEVER) & (reach.scene.stays.end[own] * TICK_S >= after_s)]
    return int(found[0]) if found.size else -1


def route(
    reach: Reach, *, state: int, ground: xr.Dataset, vehicle: Mobility, battery_wh: float,
    life: Reach | None = None,
) -> xr.Dataset:  # fmt: skip
    """The way to a reached state as a Dataset on `waypoint`, in seconds from the first instant.

    The battery is followed from full at the start, with the sunlight that falls on the way, so that
    a route found by light alone shows whether its energy holds: `battery_lowest_wh` below 0 says
    where it does not. `life` (of `latest`) adds how late each waypoint may be reached alive.
    """
    scene = reach.scene
    states = _states_to(reach, state)
    cells = np.searchsorted(scene.stays.first, states, side="right") - 1
    ways = [way_between(scene, a, b) for a, b in zip(cells[:-1], cells[1:], strict=True)]
    arrive = reach.label[states].astype(np.int64)
    depart = np.append(arrive[1:] - 2 * scene.ways.half[cells[:-1], ways], arrive[-1])
    arrive_s, depart_s = (
        np.asarray(ticks * TICK_S, dtype=np.float64) for ticks in (arrive, depart)
    )
    found = told_way(
        scene, cells, arrive_s=arrive_s, depart_s=depart_s, ground=ground, vehicle=vehicle,
        battery_wh=battery_wh,
    )  # fmt: skip
    if life is not None:
        late = life.label[states].astype(np.float64)
        margin_s = np.where(late == NEVER, np.nan, (late - arrive) * TICK_S)
        found["margin_s"] = ("waypoint", margin_s, _text("margin_s"))
    return found


def told_way(
    scene: Scene, cells: npt.NDArray[np.int64], *, arrive_s: FloatArray, depart_s: FloatArray,
    ground: xr.Dataset, vehicle: Mobility, battery_wh: float,
) -> xr.Dataset:  # fmt: skip
    """A way by its cells and times, with what is done at each and the battery, as `route` says."""
    rows, columns = np.divmod(cells, scene.ways.columns)
    height = np.asarray(ground["height_m"].values, dtype=np.float64)[rows, columns]
    level = float(ground.attrs["pixel_m"]) * np.hypot(np.diff(rows), np.diff(columns))
    found: dict[str, Any] = {
        "row": rows, "column": columns, "height_m": height,
        "slope_deg": ground["slope_deg"].values[rows, columns],
        "arrive_s": arrive_s, "depart_s": depart_s,
        "distance_m": np.append(0.0, np.cumsum(np.hypot(np.diff(height), level))),
    }  # fmt: skip
    for name, index in (("y_m", rows), ("x_m", columns)):
        if name in ground.coords:
            found[name] = ground[name].values[index]
    climb = np.degrees(np.arctan2(np.diff(height), level))
    found |= _followed(scene, cells, found, drive_power_w(vehicle, climb), vehicle, battery_wh)
    data = {name: ("waypoint", values, _text(name)) for name, values in found.items()}
    return xr.Dataset(data, attrs={"battery_wh": battery_wh, "span_s": scene.span_s})


def _text(name: str) -> dict[str, str]:
    return dict(zip(("units", "long_name"), _TEXTS[name], strict=True))


def _states_to(reach: Reach, state: int) -> npt.NDArray[np.int64]:
    found = [state]
    while reach.origin[found[-1]] >= 0:
        found.append(int(reach.origin[found[-1]]))
    return np.array(found[::-1], dtype=np.int64)


def way_between(scene: Scene, here: int, there: int) -> int:
    """The number of the way that leads from a cell to another one."""
    offset = scene.ways.offset
    return int(np.flatnonzero((offset == there - here) & (scene.ways.half[here] > 0))[0])


def _followed(
    scene: Scene, cells: npt.NDArray[np.int64], found: dict[str, Any], drive_w: FloatArray,
    vehicle: Mobility, battery_wh: float,
) -> dict[str, FloatArray]:  # fmt: skip
    """Waits in light, dark and sleep, and the battery, at each waypoint."""
    battery = _Battery(
        battery_wh, vehicle.array_power_w, vehicle.wait_power_w, vehicle.sleep_power_w,
        awake_limit_s(vehicle, battery_wh=battery_wh),
    )  # fmt: skip
    waits = np.zeros((3, cells.size))
    energies = np.zeros((3, cells.size))
    energy = lowest = battery_wh
    for n, cell in enumerate(cells.tolist()):
        arrive_s, depart_s = float(found["arrive_s"][n]), float(found["depart_s"][n])
        energies[0, n] = energy
        for lit, begin_s, end_s in _light_between(scene, cell, arrive_s, depart_s):
            asleep = not lit and end_s - begin_s > battery.awake_s
            waits[0 if lit else 2 if asleep else 1, n] += end_s - begin_s
            drawn = battery.sleep_w if asleep else battery.wait_w
            power = (battery.array_w if lit else 0.0) - drawn
            energy = battery.after(energy, power, end_s - begin_s)
            lowest = min(lowest, energy)
        energies[1:, n] = energy, lowest
        lowest = energy
        if n + 1 < cells.size:
            middle_s = 0.5 * (depart_s + float(found["arrive_s"][n + 1]))
            for at, begin_s, end_s in (
                (cell, depart_s, middle_s),
                (int(cells[n + 1]), middle_s, float(found["arrive_s"][n + 1])),
            ):
                for lit, a, b in _light_between(scene, at, begin_s, end_s):
                    power = (battery.array_w if lit else 0.0) - drive_w[n]
                    energy = battery.after(energy, power, b - a)
                    lowest = min(lowest, energy)
    names = (
        "light_wait_s", "dark_wait_s", "sleep_s",
        "battery_arrive_wh", "battery_depart_wh", "battery_lowest_wh",
    )  # fmt: skip
    return dict(zip(names, [*waits, *energies], strict=True))


def _light_between(
    scene: Scene, cell: int, begin_s: float, end_s: float
) -> list[tuple[bool, float, float]]:
    """A time at a cell in pieces, lit or dark, in order."""
    pieces, at = [], begin_s
    for start, end in windows_at(scene.light, cell):
        if end <= at or start >= end_s:
            continue
        if start > at:
            pieces.append((False, at, start))
        pieces.append((True, max(start, at), min(end, end_s)))
        at = min(end, end_s)
    return [*pieces, (False, at, end_s)] if at < end_s else pieces


def legs(found: xr.Dataset) -> list[Leg]:
    """What the vehicle does, stretch by stretch: drives on end, waits, hibernates."""
    arrive_s, depart_s = found["arrive_s"].values, found["depart_s"].values
    told: list[Leg] = []
    for n in range(found.sizes["waypoint"]):
        if depart_s[n] > arrive_s[n]:
            sleeps = float(found["sleep_s"].values[n]) > 0.0
            doing: Doing = "hibernate" if sleeps else "wait"
            told.append(
                Leg(doing=doing, begin_s=float(arrive_s[n]), end_s=float(depart_s[n]), first=n,
                    last=n)
            )  # fmt: skip
        if n + 1 < found.sizes["waypoint"]:
            begin_s, first = float(depart_s[n]), n
            if told and told[-1].doing == "drive" and told[-1].last == n:
                begin_s, first = told[-1].begin_s, told[-1].first
                told.pop()
            told.append(
                Leg(doing="drive", begin_s=begin_s, end_s=float(arrive_s[n + 1]), first=first,
                    last=n + 1)
            )  # fmt: skip
    return told
