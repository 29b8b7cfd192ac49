"""Ways on which the battery decides: dashes through the dark, flights, and as few metres as may be.

Time is cut into steps, a way takes whole steps; on them the answer is exact, with the state of the
battery at every instant. docs/traverse.md says when light alone is enough.
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import xarray as xr

from ilrs.foundation.errors import IlrsError
from ilrs.operations.route import drive_power_w, told_way, way_between
from ilrs.operations.spans import TICK_S, Spans
from ilrs.operations.store_sweep import DRIVE, LIT, STAY, sweep
from ilrs.operations.traverse import Cell, Scene
from ilrs.programme.entities import Mobility

__all__ = [
    "Dash", "StoreReach", "by_battery", "by_metres", "dash_route", "dash_through", "dash_to",
]  # fmt: skip

FloatArray: TypeAlias = npt.NDArray[np.float64]

_MOST_BYTES = 2**31


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StoreReach:
    """What a sweep found: for each layer (flights used) and cell, in steps."""

    scene: Scene
    step_s: float
    took: npt.NDArray[np.int32]  # steps of each way
    left: npt.NDArray[np.float32]  # of the store at the end; -1 where it cannot be
    first: npt.NDArray[np.int32]  # step of the first arrival; -1: never
    came: npt.NDArray[np.int16]  # (step, layer, cell): the way by which it was entered

    @property
    def arrival_s(self) -> FloatArray:
        """Earliest arrival at each cell with whatever flights, NaN: never. [s]"""
        steps = np.where(self.first < 0, np.inf, self.first).min(axis=0)
        found = np.where(np.isfinite(steps), steps * self.step_s, np.nan)
        return np.asarray(found.reshape(self.scene.shape))


@dataclass(frozen=True, slots=True, kw_only=True)
class Dash:
    """One cell of a way found by sweeping: from when to when the vehicle is there."""

    cell: Cell
    arrive_s: float
    depart_s: float


def by_battery(
    scene: Scene, start: Cell, *, ground: xr.Dataset, vehicle: Mobility, battery_wh: float,
    step_s: float,
) -> StoreReach:  # fmt: skip
    """Earliest arrival at every cell with the battery followed, from full at the first instant.

    It drives where `scene.drives` allows and stays anywhere while its battery lasts, asleep in the
    dark where that draws less. A hopper flies as often as it has `hops`. Raises IlrsError for more
    cells and steps than fit memory.
    """
    hour = step_s / 3600.0
    took, climb = _steps_and_climbs(scene, ground, step_s)
    seconds = 2.0 * TICK_S * scene.ways.half
    drawn = drive_power_w(vehicle, climb) * seconds / 3600.0
    drawn += vehicle.wait_power_w * np.maximum(took * step_s - seconds, 0.0) / 3600.0
    dark_w = vehicle.wait_power_w
    if vehicle.sleep_s > 0.0:
        dark_w = min(dark_w, vehicle.sleep_power_w)
    lit_wh = (vehicle.array_power_w - vehicle.wait_power_w) * hour
    is_hopper = vehicle.kind == "hopper"
    return _swept(
        scene, start, step_s=step_s, took=took, drawn=drawn, gain=(-dark_w * hour, lit_wh),
        won=vehicle.array_power_w * hour, most=battery_wh, stays=None,
        flights=vehicle.hops if is_hopper else None,
    )  # fmt: skip


def by_metres(
    scene: Scene, start: Cell, *, ground: xr.Dataset, most_m: float, step_s: float
) -> StoreReach:
    """Ways that keep the scene's stays with as few metres as may be: what is left of `most_m`.

    For Sun-following loops, where the earliest arrival says nothing of how far is driven.
    """
    took, climb = _steps_and_climbs(scene, ground, step_s)
    level = float(ground.attrs["pixel_m"]) * np.hypot(scene.ways.row_step, scene.ways.column_step)
    drawn = level / np.cos(np.radians(climb))
    return _swept(
        scene, start, step_s=step_s, took=took, drawn=drawn, gain=(0.0, 0.0), won=0.0,
        most=most_m, stays=scene.stays, flights=None,
    )  # fmt: skip


def _steps_and_climbs(
    scene: Scene, ground: xr.Dataset, step_s: float
) -> tuple[npt.NDArray[np.int32], FloatArray]:
    """Whole steps of each way, 0 where there is none, and how steeply it climbs. [deg]"""
    seconds = 2.0 * TICK_S * scene.ways.half
    took = np.ceil(seconds / step_s - 1e-9).astype(np.int32)
    height = np.asarray(ground["height_m"].values, dtype=np.float64)
    pixel_m = float(ground.attrs["pixel_m"])
    climb = np.zeros(scene.ways.half.shape)
    flat = height.ravel()
    for k, offset in enumerate(scene.ways.offset.tolist()):
        here = np.flatnonzero(scene.ways.half[:, k])
        level = pixel_m * float(np.hypot(scene.ways.row_step[k], scene.ways.column_step[k]))
        climb[here, k] = np.degrees(np.arctan2(flat[here + offset] - flat[here], level))
    return took, climb


def _swept(
    scene: Scene, start: Cell, *, step_s: float, took: npt.NDArray[np.int32], drawn: FloatArray,
    gain: tuple[float, float], won: float, most: float, stays: Spans | None, flights: int | None,
) -> StoreReach:  # fmt: skip
    steps, cells = int(scene.last * TICK_S / step_s + 1e-9), scene.stays.cells
    layers = 1 if flights is None else flights + 1
    needed = 2 * (layers + 1) * cells * (steps + 1)
    if needed > _MOST_BYTES:
        raise IlrsError(
            f"{cells} cells in {steps} steps of {step_s:g} s, {layers} layer(s)",
            f"following a store takes two bytes for each, {_MOST_BYTES / 1e9:.1f} GB at most",
            "Take longer steps, a shorter span, or a smaller map.",
        )
    flags = _flags(scene, step_s, steps, stays)
    left, first, came = sweep(
        flags, scene.ways.offset, took, drawn.astype(np.float32), np.array(gain, np.float32),
        float(won), float(most), 0 if flights is None else 1, layers, scene.cell(start),
        float(most),
    )  # fmt: skip
    return StoreReach(scene=scene, step_s=step_s, took=took, left=left, first=first, came=came)


def _flags(scene: Scene, step_s: float, steps: int, stays: Spans | None) -> npt.NDArray[np.uint8]:
    """The bits of every cell and step, each judged by the middle of the step."""
    middle = np.round((np.arange(steps) + 0.5) * step_s / TICK_S).astype(np.int64)
    flags = np.full((scene.stays.cells, steps), 0 if stays is not None else STAY, np.uint8)
    chosen = [(scene.light, LIT), (scene.drives, DRIVE)]
    for spans, bit in chosen + ([(stays, STAY)] if stays is not None else []):
        cell = np.repeat(np.arange(spans.cells), np.diff(spans.first))
        change = np.zeros((spans.cells, steps + 1), np.int8)
        np.add.at(change, (cell, np.searchsorted(middle, spans.start)), 1)
        np.add.at(change, (cell, np.searchsorted(middle, spans.end)), -1)
        flags |= (np.cumsum(change[:, :-1], axis=1, dtype=np.int8) > 0) * np.uint8(bit)
    return flags


def dash_route(
    reach: StoreReach, way: list[Dash], *, ground: xr.Dataset, vehicle: Mobility, battery_wh: float
) -> xr.Dataset:
    """A way found by sweeping, told waypoint by waypoint as `ilrs.operations.route.route` does.

    Ways take whole steps in the sweep; here the vehicle arrives when it has driven, and stands for
    the rest of the step.
    """
    cells = np.array([reach.scene.cell(one.cell) for one in way], dtype=np.int64)
    numbers = [way_between(reach.scene, a, b) for a, b in zip(cells[:-1], cells[1:], strict=True)]
    depart_s = np.array([one.depart_s for one in way])
    drive_s = 2.0 * TICK_S * reach.scene.ways.half[cells[:-1], numbers]
    arrive_s = np.append(way[0].arrive_s, depart_s[:-1] + drive_s)
    depart_s[-1] = max(depart_s[-1], arrive_s[-1])
    return told_way(
        reach.scene, cells, arrive_s=arrive_s, depart_s=depart_s, ground=ground, vehicle=vehicle,
        battery_wh=battery_wh,
    )  # fmt: skip


def dash_to(reach: StoreReach, goal: Cell) -> list[Dash]:
    """The way to the first arrival at a cell; empty where there is none."""
    cell = reach.scene.cell(goal)
    own = reach.first[:, cell]
    if (own < 0).all():
        return []
    layer = int(np.argmin(np.where(own < 0, np.iinfo(np.int32).max, own)))
    return _back(reach, cell, layer, int(own[layer]))


def dash_through(reach: StoreReach, goal: Cell | None = None) -> list[Dash]:
    """The way that has most left at the end of the span, at a cell or wherever; empty: none."""
    left = reach.left if goal is None else reach.left[:, [reach.scene.cell(goal)]]
    layer, at = np.unravel_index(int(np.argmax(left)), left.shape)
    if left[layer, at] < 0.0:
        return []
    cell = int(at) if goal is None else reach.scene.cell(goal)
    return _back(reach, cell, int(layer), reach.came.shape[0] - 1)


def _back(reach: StoreReach, cell: int, layer: int, step: int) -> list[Dash]:
    """Steps back along the ways by which cells were entered."""
    uses = 1 if reach.came.shape[1] > 1 else 0
    columns, offset = reach.scene.ways.columns, reach.scene.ways.offset
    found: list[Dash] = []
    depart = step
    while True:
        while step > 0 and reach.came[step, layer, cell] < 0:
            step -= 1
        found.append(Dash(cell=divmod(cell, columns), arrive_s=step * reach.step_s,
                          depart_s=depart * reach.step_s))  # fmt: skip
        if step == 0:
            return found[::-1]
        way = int(reach.came[step, layer, cell])
        cell, layer = cell - int(offset[way]), layer - uses
        step -= int(reach.took[cell, way])
        depart = step
