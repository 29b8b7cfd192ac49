"""Sorties of people: how far they may go so that from every point they can walk back alive.

The rule of Apollo's rover traverses: whatever fails, and wherever, the walk back to a lock must fit
into what the suit then holds, its reserve untouched. Ground alone decides; lamps give the light.
"""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import xarray as xr

from ilrs.foundation.errors import IlrsError
from ilrs.operations.arrival import NEVER, search
from ilrs.operations.spans import TICK_S, Spans, ticks_of
from ilrs.operations.traverse import Cell
from ilrs.operations.ways import Ways, backward, drive_ways
from ilrs.programme.entities import Mobility, Suit

__all__ = ["plan_sortie", "sortie_reach", "walk_back_s", "with_walk_back"]

FloatArray: TypeAlias = npt.NDArray[np.float64]


def walk_back_s(ground: xr.Dataset, *, suit: Suit, locks: npt.ArrayLike) -> FloatArray:
    """Time to walk from each cell to the nearest of some locks or havens (numbers of cells). [s]

    Infinite where no way leads back, or none that the suit's consumables last for.
    """
    ways = backward(_paced(ground, suit))
    return _times_s(ways, np.atleast_1d(np.asarray(locks, dtype=np.int64)), suit.consumables_s)


def sortie_reach(
    ground: xr.Dataset, *, lock: Cell, suit: Suit, rover: Mobility | None = None,
    havens: npt.ArrayLike = (), work_s: float = 0.0,
) -> xr.Dataset:  # fmt: skip
    """The ground that a sortie from a lock can reach, work there and come back from, on a map.

    `out_s`: on foot, or driving the rover; `walk_back_s`: to the lock or a haven; `spare_s`: what
    is left of the suit, less its reserve, when it has gone out, worked `work_s` and walked back.
    `is_reachable` where that is not below 0 [1]; `attrs["reachable_m2"]` is its area.
    """
    rows, columns = ground["slope_deg"].shape
    start = lock[0] * columns + lock[1]
    out = _times_s(_paced(ground, rover or suit), np.array([start]), suit.consumables_s)
    locks = np.append(np.asarray(havens, dtype=np.int64), start)
    back = walk_back_s(ground, suit=suit, locks=locks)
    spare = suit.consumables_s - suit.reserve_s - work_s - out - back
    spare = np.where(np.isfinite(spare), spare, np.nan)
    is_there = np.nan_to_num(spare, nan=-1.0) >= 0.0
    texts = {
        "out_s": (np.where(np.isfinite(out), out, np.nan), "s", "time to go there"),
        "walk_back_s": (np.where(np.isfinite(back), back, np.nan), "s", "time to walk back"),
        "spare_s": (spare, "s", "left of the suit, less its reserve, after the walk back"),
        "is_reachable": (is_there, "1", "whether a sortie reaches it and comes back"),
    }
    made = xr.Dataset(
        {
            name: (("y_m", "x_m"), values.reshape(rows, columns),
                   {"units": unit, "long_name": text})
            for name, (values, unit, text) in texts.items()
        },
        coords=ground.coords,
        attrs=ground.attrs,
    )  # fmt: skip
    made.attrs |= {"reachable_m2": float(is_there.sum()) * float(ground.attrs["pixel_m"]) ** 2}
    return made


def with_walk_back(
    way: xr.Dataset,
    ground: xr.Dataset,
    *,
    suit: Suit,
    locks: npt.ArrayLike,
    out_since_s: float = 0.0,
) -> xr.Dataset:
    """A route with, at each waypoint, what the suit leaves when all fails as it is left there. [s]

    `suit_left_s`: consumables less reserve and the time out at the departure; `walk_back_s`: to the
    nearest lock or haven; `suit_margin_s`: their difference, below 0 where nobody would come back.
    People have been out for `out_since_s` when the way begins.
    """
    back = walk_back_s(ground, suit=suit, locks=locks)
    cell = way["row"].values * ground["slope_deg"].shape[1] + way["column"].values
    elapsed = way["depart_s"].values - float(way["arrive_s"][0]) + out_since_s
    left = suit.consumables_s - suit.reserve_s - elapsed
    told = {
        "walk_back_s": (back[cell], "time to walk back from there"),
        "suit_left_s": (left, "left of the suit, less its reserve, at the departure"),
        "suit_margin_s": (left - back[cell], "left of it after the walk back"),
    }
    return way.assign(
        {
            name: ("waypoint", values, {"units": "s", "long_name": text})
            for name, (values, text) in told.items()
        }
    )


def plan_sortie(
    ground: xr.Dataset, *, lock: Cell, stops: list[tuple[Cell, float]], suit: Suit,
    rover: Mobility | None = None, havens: npt.ArrayLike = (),
) -> xr.Dataset:  # fmt: skip
    """A sortie from a lock over stops, each with the seconds of work there, and back to the lock.

    On foot or by rover, each time the quickest way; the waypoints as of `with_walk_back`. Raises
    IlrsError where a stop is not reached, and where somewhere the walk back does not fit: it says
    where and by how much, and how much less work would do.
    """
    columns = ground["slope_deg"].shape[1]
    ways = _paced(ground, rover or suit)
    cells, arrive, depart = [lock[0] * columns + lock[1]], [0.0], [0.0]
    for n, (stop, work_s) in enumerate([*stops, (lock, 0.0)], start=1):
        path, took = _quickest(ways, cells[-1], stop[0] * columns + stop[1])
        if not path:
            raise IlrsError(
                f"stop {n} in row {stop[0]}, column {stop[1]} is not reached",
                f"ground of up to {(rover or suit).slope_limit_deg:g} deg is walked or driven on",
                "Name another stop, or leave it out.",
            )
        for cell, after in zip(path[1:], took[1:], strict=True):
            cells.append(cell)
            arrive.append(depart[-1] + after)
            depart.append(arrive[-1])
        depart[-1] += work_s
    made = xr.Dataset(
        {
            "row": ("waypoint", np.array(cells) // columns),
            "column": ("waypoint", np.array(cells) % columns),
            "arrive_s": ("waypoint", np.array(arrive), {"units": "s", "long_name": "arrival"}),
            "depart_s": ("waypoint", np.array(depart), {"units": "s", "long_name": "departure"}),
        }
    )
    locks = np.append(np.asarray(havens, dtype=np.int64), lock[0] * columns + lock[1])
    checked = with_walk_back(made, ground, suit=suit, locks=locks)
    margin = checked["suit_margin_s"].values
    if margin.min() < 0.0:
        worst = int(np.argmin(margin))
        raise IlrsError(
            f"a sortie of {depart[-1] / 3600.0:.1f} h from which nobody could walk back at row"
            f" {cells[worst] // columns}, column {cells[worst] % columns}",
            f"{suit.consumables_s / 3600.0:g} h of suit less {suit.reserve_s / 3600.0:g} h of"
            f" reserve; there {-margin[worst] / 60.0:.0f} min are missing",
            f"Work {-margin.min() / 60.0:.0f} min less before it, or go less far.",
        )
    return checked


def _paced(ground: xr.Dataset, mover: Mobility | Suit) -> Ways:
    """The ways of people or their rover over the ground."""
    return drive_ways(
        ground["height_m"].values, ground["slope_deg"].values,
        pixel_m=float(ground.attrs["pixel_m"]), slope_limit_deg=mover.slope_limit_deg,
        speed_m_s=mover.speed_m_s, speed_at_limit_m_s=mover.speed_at_limit_m_s or mover.speed_m_s,
    )  # fmt: skip


def _always(cells: int, last: int) -> Spans:
    first = np.arange(cells + 1, dtype=np.int64)
    return Spans(first, np.zeros(cells, np.int32), np.full(cells, last, np.int32))


def _times_s(ways: Ways, sources: npt.NDArray[np.int64], most_s: float) -> FloatArray:
    """Time from the nearest source to each cell; infinite beyond a limit. [s]"""
    last = int(ticks_of(most_s))
    always = _always(ways.half.shape[0], last)
    label, _ = search(
        always, always, ways.half, ways.offset, sources, np.zeros(sources.size, np.int32),
        ways.shortest, last, -1,
    )  # fmt: skip
    return np.where(label == NEVER, np.inf, label * TICK_S)


def _quickest(ways: Ways, start: int, goal: int) -> tuple[list[int], list[float]]:
    """Cells of the quickest way, and the time of each step; empty where there is none. [s]"""
    last = int(ticks_of(7.0 * 86400.0))
    always = _always(ways.half.shape[0], last)
    label, origin = search(
        always, always, ways.half, ways.offset, np.array([start]), np.zeros(1, np.int32),
        ways.shortest, last, goal,
    )  # fmt: skip
    if label[goal] == NEVER:
        return [], []
    cells = [goal]
    while origin[cells[-1]] >= 0:
        cells.append(int(origin[cells[-1]]))
    cells.reverse()
    return cells, np.diff(label[cells] * TICK_S, prepend=0.0).tolist()
