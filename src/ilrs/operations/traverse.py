"""When a vehicle can be where on a map whose light moves: earliest arrival, and latest life.

Nothing here knows terrain or sky: slopes, heights and windows come in as maps. What is exact under
which assumptions stands in docs/traverse.md.
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import xarray as xr

from ilrs.foundation.errors import IlrsError
from ilrs.foundation.windows import Windows
from ilrs.operations.arrival import NEVER, search, stay_of
from ilrs.operations.spans import (
    TICK_S,
    Spans,
    bridged,
    delayed,
    mirrored,
    shared,
    spans_everywhere,
    spans_of,
    ticks_of,
)
from ilrs.operations.ways import Ways, backward, drive_ways, hop_ways
from ilrs.programme.entities import Mobility

__all__ = [
    "Cell", "Reach", "Scene", "awake_limit_s", "dark_limit_s", "earliest", "latest", "lived_map",
    "scene",
]  # fmt: skip

FloatArray: TypeAlias = npt.NDArray[np.float64]
Cell: TypeAlias = tuple[int, int]

_NOWHERE = np.zeros(0, np.int64)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scene:
    """What one vehicle finds on a map over a span: ways, and when it may drive and stay where."""

    ways: Ways
    light: Spans  # the Sun in view
    drives: Spans  # it may drive
    stays: Spans  # it may be: every drive span lies in one
    last: int  # the last tick of the span

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the map."""
        return self.ways.rows, self.ways.columns

    @property
    def span_s(self) -> float:
        """Length of the span. [s]"""
        return self.last * TICK_S

    def cell(self, place: Cell) -> int:
        """The number of a cell by its row and column."""
        return place[0] * self.ways.columns + place[1]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Reach:
    """What a search found: for each stay of the scene a tick, and the stay before it on the way."""

    scene: Scene
    label: npt.NDArray[np.int32]  # NEVER where it is not reached
    origin: npt.NDArray[np.int32]  # -1 at a start, and where it is not reached


def awake_limit_s(vehicle: Mobility, *, battery_wh: float) -> float:
    """Longest darkness that a full battery holds out for without hibernating. [s]"""
    if vehicle.wait_power_w <= 0.0:
        return float("inf")
    return 3600.0 * battery_wh / vehicle.wait_power_w


def dark_limit_s(vehicle: Mobility, *, battery_wh: float) -> float:
    """Longest darkness that a vehicle survives standing still, awake or hibernating. [s]"""
    return max(vehicle.sleep_s, awake_limit_s(vehicle, battery_wh=battery_wh))


def scene(
    ground: xr.Dataset, light: xr.Dataset, *, vehicle: Mobility, battery_wh: float,
    contact: Spans | None = None, havens: npt.ArrayLike = (), by_battery: bool = False,
    flight: tuple[int, int] = (0, 0),
) -> Scene:  # fmt: skip
    """The scene of a vehicle on a map: `ground` has `height_m` and `slope_deg`, `light` windows.

    `light` is laid out as `ilrs.moon.window_map` makes it, on the same map; `contact` tells where
    and when the links that `drives_when` asks for are there (all the time when left out). Where
    power is at hand (`havens`, numbers of cells) darkness is no limit. The vehicle stays in the
    dark for `dark_limit_s` at most, so each darkness is met with a full battery; after one longer
    than it bears awake it drives only `wake` later. With `by_battery` it may be anywhere at any
    time: `ilrs.operations.energy` follows its battery. A hopper knows the `flight` of so many rows
    and columns besides those of `hop_ways`. Raises IlrsError for maps of different sizes
    and, without that, for a vehicle that drives in the dark on a battery.
    """
    height, slope = ground["height_m"].values, ground["slope_deg"].values
    if height.shape != light["first_window"].shape:
        raise IlrsError(
            f"ground of {height.shape} and light of {light['first_window'].shape} rows and columns",
            "both lie on one map",
            "Cut one as the other.",
        )
    span_s = float(light.attrs["span_s"])
    last = int(ticks_of(span_s))
    lit, gap = spans_of(light), _ticks_within(dark_limit_s(vehicle, battery_wh=battery_wh), last)
    gap = last if by_battery else gap
    if "sunlit" not in vehicle.drives_when and gap < last:
        raise IlrsError(
            "a vehicle that drives without the Sun and lives on its battery",
            "earliest arrival by light alone is for driving in light",
            "Follow its energy with ilrs.operations.energy, or let `drives_when` hold sunlit.",
        )
    if by_battery:
        stays = spans_everywhere(Windows([(0.0, span_s)]), cells=lit.cells)
    else:
        stays = _with_havens(bridged(lit, gap=gap, last=last), havens, last)
    drives = lit if "sunlit" in vehicle.drives_when else stays
    awake = _ticks_within(awake_limit_s(vehicle, battery_wh=battery_wh), last)
    drives = delayed(drives, gap=awake, delay=int(ticks_of(vehicle.wake_s)))
    if contact is not None:
        drives = shared(drives, contact)
    ways = _ways(height, slope, vehicle, float(ground.attrs["pixel_m"]), flight)
    return Scene(ways=ways, light=lit, drives=drives, stays=stays, last=last)


def _ticks_within(t_s: float, last: int) -> int:
    return last if t_s >= last * TICK_S else int(ticks_of(t_s))


def _with_havens(stays: Spans, havens: npt.ArrayLike, last: int) -> Spans:
    """The stays, but one through all the span at each haven."""
    own = np.zeros(stays.cells, dtype=np.bool_)
    own[np.asarray(havens, dtype=np.int64)] = True
    if not own.any():
        return stays
    sizes = np.diff(stays.first)
    first = np.zeros_like(stays.first)
    np.cumsum(np.where(own, 1, sizes), out=first[1:])
    start, end = np.zeros((2, first[-1]), np.int32)
    kept = ~np.repeat(own, sizes)
    to = np.repeat(~own, np.where(own, 1, sizes))
    start[to], end[to], end[~to] = stays.start[kept], stays.end[kept], last
    return Spans(first, start, end)


def _ways(
    height: FloatArray, slope: FloatArray, vehicle: Mobility, pixel_m: float,
    flight: tuple[int, int],
) -> Ways:  # fmt: skip
    if vehicle.kind == "hopper":
        return hop_ways(
            slope, pixel_m=pixel_m, slope_limit_deg=vehicle.slope_limit_deg,
            speed_m_s=vehicle.speed_m_s, hop_range_m=vehicle.hop_range_m or 0.0,
            flight=flight,
        )  # fmt: skip
    slowest = vehicle.speed_at_limit_m_s or vehicle.speed_m_s
    return drive_ways(
        height, slope, pixel_m=pixel_m, slope_limit_deg=vehicle.slope_limit_deg,
        speed_m_s=vehicle.speed_m_s, speed_at_limit_m_s=slowest,
    )  # fmt: skip


def earliest(scene: Scene, start: Cell, *, depart_s: float, goal: Cell | None = None) -> Reach:
    """Earliest arrival in every stay of every cell, from a cell at an instant. [ticks]

    With a `goal` the search ends when that is reached. Raises IlrsError where the vehicle cannot be
    at the start at that instant.
    """
    tick = int(ticks_of(depart_s))
    state = stay_of(scene.stays, scene.cell(start), tick)
    if not 0 <= tick <= scene.last or state < 0:
        raise IlrsError(
            f"a departure {depart_s / 3600.0:.1f} h after the first instant of light from row"
            f" {start[0]}, column {start[1]}",
            _when_it_lives(scene, start),
            "Depart within one of these.",
        )
    label, origin = search(
        scene.drives, scene.stays, scene.ways.half, scene.ways.offset, np.array([state]),
        np.array([tick], np.int32), scene.ways.shortest, scene.last,
        -1 if goal is None else scene.cell(goal),
    )  # fmt: skip
    return Reach(scene=scene, label=label, origin=origin)


def _when_it_lives(scene: Scene, start: Cell) -> str:
    cell = scene.cell(start)
    own = slice(scene.stays.first[cell], scene.stays.first[cell + 1])
    spans = [
        f"{a * TICK_S / 3600.0:.1f} to {b * TICK_S / 3600.0:.1f} h"
        for a, b in zip(scene.stays.start[own], scene.stays.end[own], strict=True)
    ]
    more = f" and {len(spans) - 4} more" if len(spans) > 4 else ""
    return f"it can stand there from {', '.join(spans[:4]) or 'never'}{more}"


def latest(scene: Scene, *, goals: npt.ArrayLike | None = None) -> Reach:
    """Latest instant in every stay from which life goes on, and the stay to go to then. [ticks]

    Life goes on for who reaches one of `goals` (numbers of cells), or, when they are left out, a
    stay that lasts to the end of the span. The search runs backwards in time.
    """
    back = Scene(
        ways=backward(scene.ways), light=scene.light, last=scene.last,
        drives=mirrored(scene.drives, last=scene.last),
        stays=mirrored(scene.stays, last=scene.last),
    )  # fmt: skip
    if goals is None:
        source = np.flatnonzero(back.stays.start == 0)
    else:
        first = back.stays.first
        parts = [np.arange(first[c], first[c + 1]) for c in np.atleast_1d(np.asarray(goals))]
        source = np.concatenate([_NOWHERE, *parts])
    label, origin = search(
        back.drives, back.stays, back.ways.half, back.ways.offset, source,
        back.stays.start[source], back.ways.shortest, back.last, -1,
    )  # fmt: skip
    turn = _turned(scene.stays)
    ticks = np.where(label == NEVER, NEVER, scene.last - label)[turn]
    after = np.where(origin < 0, -1, turn[np.maximum(origin, 0)])[turn]
    return Reach(scene=scene, label=ticks.astype(np.int32), origin=after.astype(np.int32))


def _turned(stays: Spans) -> npt.NDArray[np.int64]:
    """The number of each stay among those of the mirrored scene; it undoes itself."""
    cell = np.repeat(np.arange(stays.cells), np.diff(stays.first))
    return np.asarray(stays.first[cell] + stays.first[cell + 1] - 1 - np.arange(cell.size))


def lived_map(first: Reach, life: Reach) -> tuple[FloatArray, FloatArray]:
    """Earliest arrival at each cell, and how much later one may still come to it and live. [s]

    Rows x columns; both from the span's first instant, NaN where it is not reached. The margin is
    that of the stay in which the earliest arrival falls; NaN where that stay leads nowhere.
    """
    stays = first.scene.stays
    arrival_s = np.full(stays.cells, np.nan)
    margin_s = np.full(stays.cells, np.nan)
    cell = np.repeat(np.arange(stays.cells), np.diff(stays.first))
    reached = np.flatnonzero(first.label != NEVER)
    # Stays of a cell follow in time, so the first one reached holds the earliest arrival.
    cells, at = np.unique(cell[reached], return_index=True)
    state = reached[at]
    arrival_s[cells] = first.label[state] * TICK_S
    lives = life.label[state] != NEVER
    margin_s[cells[lives]] = (life.label[state] - first.label[state].astype(np.int64))[
        lives
    ] * TICK_S
    return arrival_s.reshape(first.scene.shape), margin_s.reshape(first.scene.shape)
