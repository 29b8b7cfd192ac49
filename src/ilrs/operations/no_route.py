"""Why a vehicle does not get there, and the least change of it that would let it."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import xarray as xr

from ilrs.foundation.errors import IlrsError
from ilrs.operations.route import state_at
from ilrs.operations.traverse import Cell, Scene, dark_limit_s, earliest
from ilrs.programme.entities import Mobility, Suit

__all__ = ["Mend", "check_place", "mends", "no_route"]

_STEEPEST_DEG = 45.0
_HALVINGS = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Mend:
    """A change of one figure of a vehicle with which it gets there."""

    attribute: str
    value: float
    unit: str
    ratio: float  # how many times the figure it has


def check_place(
    ground: xr.Dataset, place: Cell, *, vehicle: Mobility | Suit, word: str,
    told: Callable[[Cell], str] = lambda cell: f"row {cell[0]}, column {cell[1]}",
) -> None:  # fmt: skip
    """Raises IlrsError for a start or goal (`word`) off the map, without height, or too steep.

    The error names the nearest place that the vehicle could stand on, in the words of `told`.
    """
    slope = np.asarray(ground["slope_deg"].values, dtype=np.float64)
    rows, columns = slope.shape
    if not (0 <= place[0] < rows and 0 <= place[1] < columns):
        raise IlrsError(
            f"the {word} in row {place[0]}, column {place[1]} lies off the map",
            f"the map has {rows} rows and {columns} columns",
            f"Name a {word} on the map, or give terrain that holds it.",
        )
    steep = float(slope[place])
    if steep <= vehicle.slope_limit_deg:
        return
    words = f"on ground of {steep:.1f} deg" if np.isfinite(steep) else "where the slope is unknown"
    open_rows, open_columns = np.nonzero(slope <= vehicle.slope_limit_deg)
    if not open_rows.size:
        raise IlrsError(
            f"the {word} lies {words}",
            f"no ground of the map is within the vehicle's {vehicle.slope_limit_deg:g} deg",
            "Give a vehicle that climbs steeper ground, or another map.",
        )
    away = np.hypot(open_rows - place[0], open_columns - place[1])
    near = int(np.argmin(away))
    there = told((int(open_rows[near]), int(open_columns[near])))
    away_m = float(away[near]) * float(ground.attrs["pixel_m"])
    raise IlrsError(
        f"the {word} lies {words}",
        f"the vehicle stands on up to {vehicle.slope_limit_deg:g} deg; the nearest such ground is"
        f" {away_m:.0f} m away, at {there}",
        f"Take that as the {word}, or another one.",
    )


def mends(
    make: Callable[[Mobility, float], Scene], *, vehicle: Mobility, battery_wh: float, start: Cell,
    goal: Cell, depart_s: float,
) -> list[Mend]:  # fmt: skip
    """Least slope limit and least battery with which the goal is reached, the cheaper one first.

    Each alone, all else as it is; a figure that does not help up to 45 deg, or with a battery for
    the whole span, is left out. `make` makes the scene of a vehicle with a battery. Found by
    halving: to 1 % of what lies between.
    """

    def gets_there(limit_deg: float, energy_wh: float) -> bool:
        other = vehicle.model_copy(update={"slope_limit_deg": limit_deg})
        try:
            reach = earliest(make(other, energy_wh), start, depart_s=depart_s, goal=goal)
        except IlrsError:
            return False
        return state_at(reach, goal) >= 0

    span_s = make(vehicle, battery_wh).span_s
    limit = vehicle.slope_limit_deg
    most_wh = vehicle.wait_power_w * span_s / 3600.0
    found = []
    steep = _least(limit, _STEEPEST_DEG, lambda value: gets_there(value, battery_wh))
    if steep is not None:
        found.append(Mend(attribute="slope_limit", value=steep, unit="deg", ratio=steep / limit))
    if dark_limit_s(vehicle, battery_wh=battery_wh) < span_s:
        energy = _least(battery_wh, most_wh, lambda value: gets_there(limit, value))
        if energy is not None:
            ratio = energy / battery_wh if battery_wh > 0.0 else np.inf
            found.append(Mend(attribute="battery", value=energy, unit="Wh", ratio=ratio))
    return sorted(found, key=lambda mend: mend.ratio)


def _least(low: float, high: float, holds: Callable[[float], bool]) -> float | None:
    """The least value between two with which something holds, to a hundredth of what is between."""
    if not high > low or not holds(high):
        return None
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high


def no_route(found: list[Mend], *, start: str, goal: str, span_s: float) -> IlrsError:
    """The error that says a goal is not reached, and what would mend it."""
    told = [f"{mend.attribute}: {mend.value:.3g} {mend.unit}" for mend in found]
    possible = (
        f"it would be with {' or with '.join(told)}, all else as it is"
        if told
        else "neither a steeper slope limit nor a larger battery alone would help"
    )
    mend = (
        f"The smaller change is {told[0]}."
        if told
        else "Depart at another time, give a longer span, or name another goal."
    )
    return IlrsError(
        f"{goal} is not reached from {start} within {span_s / 86400.0:.1f} d", possible, mend
    )
