"""The near ground of a horizon map: each pixel's own ray, asked step by step: docs/horizons.md."""

from typing import Any

import numba
import numpy as np

from ilrs.moon.gnomonic import FAST, TILE, on_map, on_plane, snapped
from ilrs.sky.directions import MOON_RADIUS_M

__all__ = ["NEAR_PIXELS", "raise_near"]

#: How far the pixel's own ray is followed. Tuned on rough and on real ground: docs/horizons.md.
NEAR_PIXELS = 64
# Crossings nearer to each other than this (pixels, and per pixel of distance) count as one; steps
# close by are so much of their distance plus one pixel. Tuned as NEAR_PIXELS.
_SAME_STEP, _STEP_GROWTH, _PART = 0.05, 0.012, 0.07
_R = MOON_RADIUS_M
_CURVATURE = np.float32(1.0 / MOON_RADIUS_M)


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
    """Near steps along a way, on crossings and between: offsets, weights, places of their taps.

    On a crossing the ground lies between two heights, else between four. Weights end with what
    turns a rise into a slope: the tangent of the elevation over an arc d is
    rise / ((R + h) sin d) - tan(d / 2). Places count in heights of a grid `width` columns wide.
    """
    right, down, arc = way
    steps = _steps(right, down)
    offsets = np.empty((2, steps.size + 1, 2))
    weights = np.empty((2, steps.size + 1, 6), np.float32)
    places = np.empty((2, steps.size + 1, 2), np.int64)
    sizes = np.zeros(2, np.int64)
    for step in steps:
        i, j = snapped(down * step), snapped(right * step)
        above, left = np.floor(i), np.floor(j)
        v, u = i - above, j - left
        kind = 0 if u == 0.0 or v == 0.0 else 1
        k = sizes[kind]
        offsets[kind, k] = (i, j)
        places[kind, k, 0] = int(above) * width + int(left)
        places[kind, k, 1] = places[kind, k, 0] + (1 if v == 0.0 else width)
        if kind == 0:
            weights[kind, k, 0], weights[kind, k, 1] = 1.0 - (u + v), u + v
        else:
            weights[kind, k, 0], weights[kind, k, 1] = (1.0 - v) * (1.0 - u), (1.0 - v) * u
            weights[kind, k, 2], weights[kind, k, 3] = v * (1.0 - u), v * u
        weights[kind, k, 4] = 1.0 / (_R * np.sin(arc * step))
        weights[kind, k, 5] = np.tan(0.5 * arc * step)
        sizes[kind] += 1
    return offsets, weights, places, sizes


@numba.njit(cache=True, error_model="numpy", fastmath=FAST)
def _raise_last(row: Any, ground: Any, fine: Any, place: Any, way: Any, mast_m: float) -> None:
    """Raises a row's tangents by the last ground on each ray where that is near: its outer edge.

    Near steps pass from one row or column of pixel middles to the next, and would miss it.
    """
    right, down, arc = way
    own_row, own_column = place
    last_row = fine.known_bottom if down > 0.0 else fine.known_top
    last_column = fine.known_right if right > 0.0 else fine.known_left
    by_rows = (last_row - own_row) / down if down != 0.0 else np.inf
    for j in range(row.size):
        way_j = by_rows
        if right != 0.0:
            way_j = min(way_j, (last_column - own_column - j) / right)
        if not 0.0 < way_j <= NEAR_PIXELS:
            continue
        r, c = own_row + down * way_j, own_column + j + right * way_j
        r = min(max(r, fine.known_top), fine.known_bottom)
        c = min(max(c, fine.known_left), fine.known_right)
        above, left = int(r), int(c)
        v, u = r - above, c - left
        upper = (1.0 - u) * ground[above, left] + u * ground[above, left + 1]
        lower = (1.0 - u) * ground[above + 1, left] + u * ground[above + 1, left + 1]
        height = (1.0 - v) * upper + v * lower
        rise = height - ground[own_row, own_column + j] - mast_m
        angle = arc * way_j
        tangent = np.float32(rise / ((_R + height) * np.sin(angle)) - np.tan(0.5 * angle))
        row[j] = max(row[j], tangent)


@numba.njit(cache=True, error_model="numpy", fastmath=FAST)
def _raise_crossings(row: Any, eyes: Any, ground: Any, place: int, taps: Any, spans: Any) -> None:
    """Raises a row's tangents by steps on crossings, two at a time.

    A loop that ends in one conditional store would become a masked store, which many processors
    are slow at; unsigned places spare the check for counting from the end.
    """
    weights, places, pairs = taps
    for n in range(pairs.shape[0]):
        k, m = pairs[n]
        p, q = numba.uint64(place + places[k, 0]), numba.uint64(place + places[k, 1])
        r, s = numba.uint64(place + places[m, 0]), numba.uint64(place + places[m, 1])
        a, b, slope, drop = weights[k, 0], weights[k, 1], weights[k, 4], weights[k, 5]
        c, d, steep, fall = weights[m, 0], weights[m, 1], weights[m, 4], weights[m, 5]
        bend, curl = slope * _CURVATURE, steep * _CURVATURE
        for j in range(numba.uint64(spans[n, 0]), numba.uint64(spans[n, 1])):
            height = a * ground[p + j] + b * ground[q + j]
            tangent = (height - eyes[j]) * (slope - bend * height) - drop
            height = c * ground[r + j] + d * ground[s + j]
            other = (height - eyes[j]) * (steep - curl * height) - fall
            most = tangent if tangent > row[j] else row[j]
            row[j] = other if other > most else most


@numba.njit(cache=True, error_model="numpy", fastmath=FAST)
def _raise_between(row: Any, eyes: Any, ground: Any, place: int, taps: Any, spans: Any) -> None:
    """Raises a row's tangents by steps between crossings, two at a time."""
    weights, places, pairs = taps
    for n in range(pairs.shape[0]):
        k, m = pairs[n]
        p, q = numba.uint64(place + places[k, 0]), numba.uint64(place + places[k, 1])
        r, s = numba.uint64(place + places[m, 0]), numba.uint64(place + places[m, 1])
        a, b, c, d = weights[k, 0], weights[k, 1], weights[k, 2], weights[k, 3]
        e, f, g, h = weights[m, 0], weights[m, 1], weights[m, 2], weights[m, 3]
        slope, drop, steep, fall = weights[k, 4], weights[k, 5], weights[m, 4], weights[m, 5]
        bend, curl = slope * _CURVATURE, steep * _CURVATURE
        one = numba.uint64(1)
        for j in range(numba.uint64(spans[n, 0]), numba.uint64(spans[n, 1])):
            upper = a * ground[p + j] + b * ground[p + j + one]
            height = upper + c * ground[q + j] + d * ground[q + j + one]
            tangent = (height - eyes[j]) * (slope - bend * height) - drop
            upper = e * ground[r + j] + f * ground[r + j + one]
            height = upper + g * ground[s + j] + h * ground[s + j + one]
            other = (height - eyes[j]) * (steep - curl * height) - fall
            most = tangent if tangent > row[j] else row[j]
            row[j] = other if other > most else most


@numba.njit(cache=True, error_model="numpy")
def _pairs(count: int, is_whole: bool) -> Any:
    """Steps taken two at a time; where they end differently, each with itself."""
    pairs = np.empty(((count + 1) // 2 if is_whole else count, 2), np.int64)
    for n in range(pairs.shape[0]):
        pairs[n, 0] = 2 * n if is_whole else n
        pairs[n, 1] = min(2 * n + 1, count - 1) if is_whole else n
    return pairs


@numba.njit(cache=True, error_model="numpy")
def _clip_spans(spans: Any, offsets: Any, fine: Any, place: Any, size: int) -> None:
    """First and last pixels of a row whose steps, one after the other, are on known ground."""
    row, column = place
    for k in range(spans.shape[0]):
        down, right = offsets[k]
        spans[k] = (0, 0)
        if fine.known_top <= row + down <= fine.known_bottom:
            first = int(np.ceil(fine.known_left - column - right))
            last = int(np.floor(fine.known_right - column - right))
            spans[k] = (max(0, first), max(0, first, min(size, last + 1)))


@numba.njit(cache=True, error_model="numpy")
def _is_within(fine: Any, tile: Any, way: Any) -> bool:
    """Whether all near steps from all pixels of a tile are on known ground."""
    top, bottom, left, right = tile
    far = NEAR_PIXELS + 1
    down, across = far * way[1], far * way[0]
    in_rows = (
        fine.known_top <= top + min(down, 0.0) and bottom + max(down, 0.0) <= fine.known_bottom
    )
    in_columns = fine.known_left <= left + min(across, 0.0)
    return bool(in_rows and in_columns and right + max(across, 0.0) <= fine.known_right)


@numba.njit(cache=True, error_model="numpy")
def raise_near(tangents: Any, own: Any, observer_height_m: float, ahead: Any) -> None:
    """Raises a block's tangents by the terrain on each pixel's own ray, row by row."""
    fine, ground, box = own
    rows, columns = tangents.shape
    heights = ground.reshape(ground.size)
    for tile_row in range(0, rows, TILE):
        for begin in range(0, columns, TILE):
            size = min(TILE, columns - begin)
            top, left = box[0] + tile_row, box[2] + begin
            way = _way(fine, top + 0.5 * TILE, left + 0.5 * TILE, ahead)
            offsets, weights, places, sizes = _taps(way, fine.columns)
            bottom = box[0] + min(tile_row + TILE, rows)
            is_whole = _is_within(fine, (top, bottom - 1, left, left + size - 1), way)
            on, off = _pairs(sizes[0], is_whole), _pairs(sizes[1], is_whole)
            on_taps, off_taps = (weights[0], places[0], on), (weights[1], places[1], off)
            on_spans, off_spans = np.zeros(on.shape, np.int64), np.zeros(off.shape, np.int64)
            on_spans[:, 1], off_spans[:, 1] = size, size
            for i in range(top, bottom):
                eyes = ground[i, left : left + size] + np.float32(observer_height_m)
                row = tangents[i - box[0], begin : begin + size]
                if not is_whole:
                    _clip_spans(on_spans, offsets[0], fine, (i, left), size)
                    _clip_spans(off_spans, offsets[1], fine, (i, left), size)
                place = i * fine.columns + left
                _raise_crossings(row, eyes, heights, place, on_taps, on_spans)
                _raise_between(row, eyes, heights, place, off_taps, off_spans)
                if not is_whole:
                    _raise_last(row, ground, fine, (i, left), way, observer_height_m)
