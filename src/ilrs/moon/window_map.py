"""When each pixel of a map has the Sun or Earth in view, as windows: light that moves, kept small.

A bit for each pixel and epoch would be 756 MB for a million pixels and 14 days at 200 s; light
changes a few times in that span, so its edges are some 50 MB, and who searches a way asks for edges
anyway. Epochs are compared as in `ilrs.moon.spell_map`, but a run of epochs at one azimuth only
where the body's highest or lowest place in it says that a pixel's view may change.
"""

from typing import Any, TypeAlias

import numba
import numpy as np
import numpy.typing as npt
import xarray as xr

from ilrs.moon.light_map import span_attrs
from ilrs.moon.map_tiles import VisiblePart, even_step_s, grid_of, map_like
from ilrs.moon.spell_map import SUBAZIMUTHS, SkyPart, sky_parts, sky_thresholds
from ilrs.sky.kernels import EARTH, SUN
from ilrs.sky.sky import Sky

__all__ = ["earth_window_map", "light_window_map"]

Steps: TypeAlias = npt.NDArray[np.int32]

_GROUP = 1024  # pixels at a time: their horizons fit the second cache
_FIRST_ROOM = 32  # edges of a pixel for which there is room at first


def light_window_map(
    horizons: xr.Dataset, *, tdb_s: npt.ArrayLike, sky: Sky, visible_part: VisiblePart = "any"
) -> xr.Dataset:
    """When `visible_part` of the Sun's disc stands above the horizon, for each pixel. [s]

    `start_s` and `end_s` on `window` are the half-open spans of all pixels, row by row from the
    north, counted from the first epoch; a pixel's are `window_count` from `first_window` on. Each
    epoch stands for the step that begins with it (give the middles of steps to have each judged by
    its middle), so edges are whole steps. A pixel without a horizon has none. `horizons` is laid
    out as docs/rooms.md says. Raises IlrsError for epochs that are not evenly spaced and for a map
    that is not stereographic, EphemerisRangeError for the span.
    """
    return _windows(horizons, SUN, tdb_s=tdb_s, sky=sky, visible_part=visible_part)


def earth_window_map(
    horizons: xr.Dataset, *, tdb_s: npt.ArrayLike, sky: Sky, visible_part: VisiblePart = "half"
) -> xr.Dataset:
    """When Earth, by default its centre, stands above each pixel's horizon. [s]

    Otherwise as `light_window_map`.
    """
    return _windows(horizons, EARTH, tdb_s=tdb_s, sky=sky, visible_part=visible_part)


def _windows(
    horizons: xr.Dataset, body: int, *, tdb_s: npt.ArrayLike, sky: Sky, visible_part: VisiblePart
) -> xr.Dataset:
    epochs, step_s = even_step_s(tdb_s)
    grid = grid_of(horizons)
    count = np.zeros((grid.rows, grid.columns), dtype=np.int32)
    found = []
    for part in sky_parts(horizons, {body: visible_part}, epochs, sky=sky):
        edges, changes = _edges_of(part)
        where = part.place.rows, part.place.columns
        count[where] = changes.reshape(count[where].shape) // 2
        found.append((where, edges, changes))
    first = np.zeros(count.size + 1, dtype=np.int64)
    np.cumsum(count.ravel(), out=first[1:])
    begin = first[:-1].reshape(count.shape)
    start, end = np.empty((2, first[-1]), dtype=np.int32)
    for where, edges, changes in found:
        _lay(edges, changes, np.ascontiguousarray(begin[where]).ravel(), start, end)
    made = map_like(
        horizons,
        {
            "first_window": (begin, "1", "place of the pixel's first window among all"),
            "window_count": (count, "1", "windows of the pixel"),
        },
        **span_attrs(epochs, sky), step_s=step_s, span_s=epochs.size * step_s,
    )  # fmt: skip
    said = f"of the pixel's window with {visible_part} of the disc in view, from the first epoch"
    for name, steps in (("start", start), ("end", end)):
        text = {"units": "s", "long_name": f"{name} {said}"}
        made[f"{name}_s"] = ("window", steps * step_s, text)
    return made


def _edges_of(part: SkyPart) -> tuple[Steps, Steps]:
    """Steps at which each pixel's view opens and closes, in turn, and how many there are."""
    pixels, room, azimuth = part.codes[0].size, _FIRST_ROOM, part.azimuth[0]
    codes, tilt, per_sine, angles = part.ground
    # Of the map's azimuths only those that the body passes are looked at, each with the next one.
    coarse = azimuth // SUBAZIMUTHS
    passed = np.unique([coarse, (coarse + 1) % codes.shape[0]])
    azimuth = np.searchsorted(passed, coarse) * SUBAZIMUTHS + azimuth % SUBAZIMUTHS
    ground = codes[passed], tilt, per_sine, np.ascontiguousarray(angles[:, passed])
    turns = np.flatnonzero(azimuth[1:] != azimuth[:-1]) + 1
    runs = np.concatenate([[0], turns, [azimuth.size]])
    while True:
        edges = np.empty((pixels, room), dtype=np.int32)
        changes = np.zeros(pixels, dtype=np.int32)
        _find_edges(*ground, azimuth, part.limb[0], runs, edges, changes)
        if changes.max(initial=0) <= room:
            return edges, changes
        room = int(changes.max()) + 1


@numba.njit(cache=True, error_model="numpy", parallel=True)
def _find_edges(
    codes: Any, tilt: Any, per_sine: float, angles: Any, azimuth: Any, limb: Any, runs: Any,
    edges: Any, changes: Any,
) -> None:  # fmt: skip
    """Fills `edges` (pixel, at most so many) as far as there is room; counts all `changes`."""
    count, rows, columns = codes.shape
    flat, tilts = codes.reshape(count, -1), tilt.reshape(5, -1)
    pixels, room = rows * columns, edges.shape[1]
    for group in numba.prange((pixels + _GROUP - 1) // _GROUP):
        start, stop = group * _GROUP, min((group + 1) * _GROUP, pixels)
        under, known = sky_thresholds(flat[:, start:stop], tilts[:, start:stop], per_sine, angles)
        is_open = np.zeros(stop - start, dtype=np.bool_)
        for run in range(runs.size - 1):
            row, epochs = under[azimuth[runs[run]]], limb[runs[run] : runs[run + 1]]
            low, high = epochs.min(), epochs.max()
            for p in range(stop - start):
                if row[p] < low if is_open[p] else row[p] >= high:
                    continue  # as before all through the run
                for k in range(epochs.size):
                    if (row[p] < epochs[k]) != is_open[p]:
                        is_open[p] = not is_open[p]
                        _note(edges, changes, start + p, runs[run] + k, room)
        for p in range(stop - start):
            if is_open[p]:
                _note(edges, changes, start + p, azimuth.size, room)
            if not known[p]:
                changes[start + p] = 0


@numba.njit(cache=True)
def _note(edges: Any, changes: Any, pixel: int, step: int, room: int) -> None:
    """Notes a change of a pixel, as far as there is room."""
    if changes[pixel] < room:
        edges[pixel, changes[pixel]] = step
    changes[pixel] += 1


@numba.njit(cache=True)
def _lay(edges: Any, changes: Any, begin: Any, start: Any, end: Any) -> None:
    """Puts the edges of a part's pixels where they belong among those of the whole map."""
    for pixel in range(changes.size):
        for n in range(changes[pixel] // 2):
            start[begin[pixel] + n] = edges[pixel, 2 * n]
            end[begin[pixel] + n] = edges[pixel, 2 * n + 1]
