"""The near ground of a horizon map: each pixel's own ray, asked step by step: docs/horizons.md.

Heights come reduced, s = h R / (R + h): seen from s0 over an arc d the tangent of the elevation is
E (s - s0) / (R sin d) - tan(d / 2), with E = R / (R - s0). But for E it is linear in s.
"""

from typing import Any

import numba
import numpy as np

from ilrs.moon.gnomonic import FAST, TILE, on_map, on_plane, snapped
from ilrs.moon.near_steps import LANES, raise_between, raise_crossings
from ilrs.sky.directions import MOON_RADIUS_M

__all__ = ["NEAR_PIXELS", "raise_near"]

#: How far the pixel's own ray is followed. Tuned on rough and on real ground: docs/horizons.md.
NEAR_PIXELS = 64
# Crossings nearer to each other than this (pixels, and per pixel of distance) count as one; steps
# close by are so much of their distance plus one pixel. Tuned as NEAR_PIXELS.
_SAME_STEP, _STEP_GROWTH, _PART = 0.05, 0.012, 0.07
_R = MOON_RADIUS_M


@numba.njit(cache=True, error_model="numpy")
def _steps(right: float, down: float) -> Any:
    """Distances along a ray at which it is asked. [pixels]

    Where it crosses the rows and columns of pixel middles (there bilinear ground has its kinks),
    and between them close by, where the ground's bend within a pixel is seen at a large angle.
    """
    crossings = np.empty(2 * NEAR_PIXELS + 2)
    count = 0
    for k in range(1, NEAR_PIXELS + 1):
        for slope in (abs(right), abs(down)):
            if slope * (NEAR_PIXELS + 1) >= k:
                crossings[count] = k / slope
                count += 1
    steps = np.empty(8 * NEAR_PIXELS)
    size, last = 0, 0.0
    for crossing in np.sort(crossings[:count]):
        if crossing - last < _SAME_STEP + _STEP_GROWTH * crossing:
            continue
        parts = min(int(np.ceil((crossing - last) / (_PART * (1.0 + crossing)))), 6)
        for part in range(1, parts + 1):
            steps[size] = last + (crossing - last) * part / parts
            size += 1
        last = crossing
    return steps[:size]


@numba.njit(cache=True, error_model="numpy")
def _way(fine: Any, row: float, column: float, ahead: Any) -> Any:
    """How a ray leaves a place on the map: columns and rows per pixel of way, and its arc."""
    x_map, y_map = fine.west + column * fine.pixel, fine.north - row * fine.pixel
    x, y = on_plane(x_map, y_map)
    x_to, y_to = on_map(x + 1e-5 * ahead[0], y + 1e-5 * ahead[1])
    x_from, y_from = on_map(x - 1e-5 * ahead[0], y - 1e-5 * ahead[1])
    length = np.hypot(x_to - x_from, y_to - y_from)
    right, down = (x_to - x_from) / length, (y_from - y_to) / length
    return right, down, fine.pixel / (1.0 + 0.25 * (x_map * x_map + y_map * y_map))


@numba.njit(cache=True, error_model="numpy")
def _taps(way: Any, width: int) -> Any:
    """Near steps along a way, on crossings and between: weights and places of their taps, numbers.

    On a crossing the ground lies between two heights, else between four. Weights end with what
    turns a rise into a slope, and with the step's distance. Places count in heights of a grid
    `width` columns wide.
    """
    right, down, arc = way
    steps = _steps(right, down)
    weights = np.zeros((2, steps.size, 7), np.float32)
    places = np.zeros((2, steps.size, 2), np.int64)
    sizes = np.zeros(2, np.int64)
    for step in steps:
        i, j = snapped(down * step), snapped(right * step)
        above, left = np.floor(i), np.floor(j)
        v, u = i - above, j - left
        kind = 0 if u == 0.0 or v == 0.0 else 1
        k = sizes[kind]
        places[kind, k, 0] = int(above) * width + int(left)
        places[kind, k, 1] = places[kind, k, 0] + (1 if v == 0.0 else width)
        if kind == 0:
            weights[kind, k, 0], weights[kind, k, 1] = 1.0 - (u + v), u + v
        else:
            weights[kind, k, 0], weights[kind, k, 1] = (1.0 - v) * (1.0 - u), (1.0 - v) * u
            weights[kind, k, 2], weights[kind, k, 3] = v * (1.0 - u), v * u
        weights[kind, k, 4] = 1.0 / (_R * np.sin(arc * step))
        weights[kind, k, 5] = -np.tan(0.5 * arc * step)
        weights[kind, k, 6] = step
        sizes[kind] += 1
    return weights, places, sizes


@numba.njit(cache=True, error_model="numpy")
def _find_limits(limits: Any, fine: Any, place: Any, way: Any) -> None:
    """How far each pixel of a row sees known ground along its ray. [pixels]"""
    row, column = place
    right, down, _ = way
    by_rows = np.inf
    if down != 0.0:
        by_rows = ((fine.known_bottom if down > 0.0 else fine.known_top) - row) / down
    edge = fine.known_right if right > 0.0 else fine.known_left
    for j in range(limits.size):
        by_columns = (edge - column - j) / right if right != 0.0 else np.inf
        limits[j] = min(by_rows, by_columns)


@numba.njit(cache=True, error_model="numpy", fastmath=FAST)
def _raise_last(row: Any, eyes: Any, limits: Any, ground: Any, lie: Any) -> None:
    """Raises a row's tangents by the last ground on each ray where that is near: its outer edge.

    Near steps pass from one row or column of pixel middles to the next, and would miss it.
    """
    fine, place, (right, down, arc) = lie
    for j in range(row.size):
        step = limits[j]
        if not 0.0 < step <= NEAR_PIXELS:
            continue
        r, c = place[0] + down * step, place[1] + j + right * step
        r = min(max(r, fine.known_top), fine.known_bottom)
        c = min(max(c, fine.known_left), fine.known_right)
        above, left = min(int(r), fine.rows - 2), min(int(c), fine.columns - 2)
        v, u = r - above, c - left
        upper = (1.0 - u) * ground[above, left] + u * ground[above, left + 1]
        lower = (1.0 - u) * ground[above + 1, left] + u * ground[above + 1, left + 1]
        rise = (1.0 - v) * upper + v * lower - eyes[j]
        tangent = np.float32(rise / (_R * np.sin(arc * step)) - np.tan(0.5 * arc * step))
        row[j] = max(row[j], tangent)


@numba.njit(cache=True, error_model="numpy")
def raise_near(tangents: Any, eyes: Any, fine: Any, ground: Any, corner: Any, ahead: Any) -> None:
    """Raises a tile's tangents, but for their factor E, by the terrain on each pixel's own ray."""
    top, left = corner
    heights = ground.reshape(ground.size)
    way = _way(fine, top + 0.5 * TILE, left + 0.5 * TILE, ahead)
    weights, places, sizes = _taps(way, fine.columns)
    limits = np.empty(TILE, np.float32)
    for i in range(tangents.shape[0]):
        row, eye, place = tangents[i], eyes[i], (top + i, left)
        _find_limits(limits, fine, place, way)
        for j in range(0, TILE, LANES):
            lanes = slice(j, j + LANES)
            here = heights[place[0] * fine.columns + left + j :]
            raise_crossings(
                row[lanes], eye[lanes], limits[lanes], here, weights[0], places[0], sizes[0]
            )
            raise_between(
                row[lanes], eye[lanes], limits[lanes], here, weights[1], places[1], sizes[1]
            )
        if min(limits[0], limits[-1]) <= NEAR_PIXELS:
            _raise_last(row, eye, limits, ground, (fine, place, way))
