"""The horizon's inner loop: one ray per azimuth over nested grids of heights.

A ray follows the great circle that leaves the observer at its azimuth. At every sample the finest
grid that knows a height there is asked, and the sample's elevation angle is exact on the sphere.
"""

from collections.abc import Sequence
from typing import Any, TypeAlias

import numba
import numpy as np
import numpy.typing as npt

from ilrs.foundation.compiled import compiled_part
from ilrs.moon.terrain import Terrain
from ilrs.sky.directions import MOON_RADIUS_M

__all__ = ["ground_radius", "kernel_terrain", "local_axes", "march"]

FloatArray: TypeAlias = npt.NDArray[np.float64]

# A step grows with distance until it is a quarter of a pixel of the grid in use, so that what it
# can miss of a crest looks about as large near and far. Against brute force on the real grids half
# a pixel and 5 % leave errors of up to 0.3 deg, these values 0.1 deg for twice the time
# (tests/moon/test_horizon_against_brute_force.py).
_STEP_FRACTION = 0.02
_STEP_PIXELS = 0.25
_FIRST_STEP_M = 1.0
_EDGE_M = 1e-3
# numba compiles for each length of a tuple: up to this many grids share one compiled form.
_GRIDS = 4
_NOTHING = np.empty((0, 0), dtype=np.float32)


def march(
    terrains: Sequence[Terrain],
    *,
    latitude_deg: float,
    longitude_deg: float,
    observer_heights_m: FloatArray,
    azimuths_deg: FloatArray,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Horizon elevation [deg] and distance [m] per observer height and azimuth, and first uses [m].

    `terrains` finest first; `observer_heights_m` above the 1737.4 km sphere. The first uses, shape
    (azimuths, grids + 1), are the distances at which a ray first took a height from each grid and,
    in the last column, first found none; infinite where that never happened. Distances count along
    the 1737.4 km sphere.
    """
    heights, frames = kernel_terrain(terrains)
    highest_m = max(float(np.nanmax(terrain.heights_m)) for terrain in terrains)
    lowest_m = min(float(np.nanmin(terrain.heights_m)) for terrain in terrains)
    observers_m = MOON_RADIUS_M + observer_heights_m
    range_m = _range_m(float(observers_m.max()), MOON_RADIUS_M + highest_m, lowest_m)
    up, north, east = local_axes(latitude_deg, longitude_deg)
    azimuths = np.radians(azimuths_deg)
    ahead = np.cos(azimuths)[:, None] * north + np.sin(azimuths)[:, None] * east
    tangent, distance, first_use = _march_all(
        heights, frames, up, ahead, observers_m, MOON_RADIUS_M + highest_m, range_m
    )
    return np.degrees(np.arctan(tangent)).T.copy(), distance.T.copy(), first_use


def kernel_terrain(ordered: Sequence[Terrain]) -> tuple[Any, FloatArray]:
    """Grids as numba kernels take them: heights in a tuple of fixed length, and their frames."""
    heights = [np.ascontiguousarray(terrain.heights_m, np.float32) for terrain in ordered]
    heights += [_NOTHING] * (_GRIDS - len(heights))
    return tuple(heights), np.array([_frame_of(terrain) for terrain in ordered])


def _range_m(observer_m: float, highest_m: float, lowest_m: float) -> float:
    """Farthest sphere distance at which a point at radius `highest_m` can be seen. [m]

    The line of sight that reaches it grazes the lowest ground there is; a site at +1.8 km with
    a 10.5 km mountain over -8.9 km plains sees 450 km.
    """
    lowest = MOON_RADIUS_M + lowest_m
    angle = np.arccos(min(lowest / observer_m, 1.0)) + np.arccos(min(lowest / highest_m, 1.0))
    return 1.02 * MOON_RADIUS_M * float(angle) + _FIRST_STEP_M  # a step beyond the grazing point


def _frame_of(terrain: Terrain) -> FloatArray:
    """What the kernel needs to find a pixel, as numbers."""
    grid = terrain.grid
    turn = np.radians(grid.central_longitude_deg)
    c, s = np.cos(turn), np.sin(turn)
    # Of a cylindrical map: towards its middle on the equator, east of it, and north.
    axes = grid.axes if grid.is_stereographic else np.array([(c, s, 0), (-s, c, 0), (0, 0, 1)])
    return np.array([
        float(grid.is_stereographic), grid.radius_m * grid.scale, float(grid.wraps),
        grid.west_m, grid.north_m, grid.pixel_m, *axes.ravel(),
    ])  # fmt: skip


def local_axes(
    latitude_deg: float, longitude_deg: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Unit vectors up, north and east of a place, in the body frame.

    At a pole, where every direction is north (or south), the given longitude decides.
    """
    phi, lam = np.radians(latitude_deg), np.radians(longitude_deg)
    up = np.array([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)])
    north = np.array([-np.sin(phi) * np.cos(lam), -np.sin(phi) * np.sin(lam), np.cos(phi)])
    east = np.array([-np.sin(lam), np.cos(lam), 0.0])
    return up, north, east


@numba.njit(cache=True, error_model="numpy")
def _row_column(place: Any, frame: Any, columns: int) -> Any:
    """Row and column from the middle of the first pixel, of a unit vector."""
    size = frame[1]
    px, py, pz = place
    a = frame[6] * px + frame[7] * py + frame[8] * pz
    b = frame[9] * px + frame[10] * py + frame[11] * pz
    c = frame[12] * px + frame[13] * py + frame[14] * pz
    if frame[0] == 0.0:
        x = size * np.arctan2(b, a)
        y = size * np.arctan2(c, np.sqrt(a * a + b * b))
    else:  # the tangent of half the distance from the centre needs no trigonometry
        x = 2.0 * size * a / (1.0 + c)
        y = 2.0 * size * b / (1.0 + c)
    column = (x - frame[3]) / frame[5] - 0.5
    if frame[2] != 0.0:
        column = column % columns
    return (frame[4] - y) / frame[5] - 0.5, column


@numba.njit(cache=True, error_model="numpy")
def _height(heights: Any, frame: Any, place: Any) -> Any:
    """Bilinear height, NaN off the grid or beside a hole (as Terrain.height_m)."""
    rows, columns = heights.shape
    row, column = _row_column(place, frame, columns)
    wraps = frame[2] != 0.0
    if not (-0.5 <= row <= rows - 0.5):
        return np.nan
    if not wraps and not (-0.5 <= column <= columns - 0.5):
        return np.nan
    row = min(max(row, 0.0), rows - 1.0)
    if not wraps:
        column = min(max(column, 0.0), columns - 1.0)
    i, j = int(row), int(column) % columns
    v, u = row - i, column - int(column)
    south, east = min(i + 1, rows - 1), j + 1
    if east == columns:
        east = 0 if wraps else j
    upper = (1.0 - u) * heights[i, j] + u * heights[i, east]
    lower = (1.0 - u) * heights[south, j] + u * heights[south, east]
    return (1.0 - v) * upper + v * lower


@numba.njit(cache=True, error_model="numpy")
def ground_radius(heights: Any, frames: Any, place: Any) -> Any:
    """Radius of the ground in a direction from the Moon's centre, and which grid knew it. [m]"""
    for g in range(frames.shape[0]):
        height = _height(heights[g], frames[g], place)
        if not np.isnan(height):
            return MOON_RADIUS_M + height, g
    return np.nan, frames.shape[0]


@compiled_part()
def _place(up: Any, ahead: Any, s: float) -> Any:
    """Where a ray is after a distance, as a unit vector."""
    cosine, sine = np.cos(s / MOON_RADIUS_M), np.sin(s / MOON_RADIUS_M)
    return (
        cosine * up[0] + sine * ahead[0],
        cosine * up[1] + sine * ahead[1],
        cosine * up[2] + sine * ahead[2],
    )


@compiled_part()
def _outermost(
    heights: Any, frames: Any, up: Any, ahead: Any, known_s: float, unknown_s: float
) -> Any:
    """How far a ray's ground reaches between a step that met ground and the next, to 1 mm. [m]"""
    while unknown_s - known_s > _EDGE_M:
        middle = 0.5 * (known_s + unknown_s)
        radius, _ = ground_radius(heights, frames, _place(up, ahead, middle))
        if np.isnan(radius):
            unknown_s = middle
        else:
            known_s = middle
    return known_s


@compiled_part()
def _raise(tangent: Any, distance: Any, radius: float, s: float, observer_m: Any) -> None:
    """Raises a ray's horizons by the ground at a distance, if any is known there."""
    cosine, sine = np.cos(s / MOON_RADIUS_M), np.sin(s / MOON_RADIUS_M)
    for m in range(observer_m.size):
        seen = (radius * cosine - observer_m[m]) / (radius * sine)
        if seen > tangent[m]:  # never, for a NaN
            tangent[m], distance[m] = seen, s


@numba.njit(cache=True, error_model="numpy")
def _march_all(
    heights: Any,
    frames: Any,
    up: Any,
    ahead: Any,
    observer_m: Any,
    highest_m: float,
    range_m: float,
) -> Any:
    """Tangent of the horizon's elevation and its distance, per azimuth and observer radius."""
    azimuths, masts, grids = ahead.shape[0], observer_m.size, frames.shape[0]
    tangent = np.full((azimuths, masts), -np.inf)
    distance = np.full((azimuths, masts), np.nan)
    first_use = np.full((azimuths, grids + 1), np.inf)
    # Nothing farther can rise higher than a point at this radius: where even it would lie below
    # the horizon found so far, the ray ends. (Taken no lower than the observer, so that its
    # elevation only falls with distance.)
    ceiling_m = max(highest_m, observer_m.max())
    for k in range(azimuths):
        s, known_s = _FIRST_STEP_M, 0.0
        while s <= range_m:
            radius, used = ground_radius(heights, frames, _place(up, ahead[k], s))
            first_use[k, used] = min(first_use[k, used], s)
            if used < grids:
                known_s = s
            elif known_s > 0.0:  # it has left the ground: steps miss its outermost point
                end_s = _outermost(heights, frames, up, ahead[k], known_s, s)
                radius, _ = ground_radius(heights, frames, _place(up, ahead[k], end_s))
                _raise(tangent[k], distance[k], radius, end_s, observer_m)
                radius, known_s = np.nan, 0.0
            _raise(tangent[k], distance[k], radius, s, observer_m)
            cosine, sine = np.cos(s / MOON_RADIUS_M), np.sin(s / MOON_RADIUS_M)
            is_over = True
            for m in range(masts):
                most = (ceiling_m * cosine - observer_m[m]) / (ceiling_m * sine)
                is_over &= most <= tangent[k, m]
            if is_over:
                break
            s += min(
                _STEP_FRACTION * s + _FIRST_STEP_M, _STEP_PIXELS * frames[min(used, grids - 1), 5]
            )
    return tangent, distance, first_use
