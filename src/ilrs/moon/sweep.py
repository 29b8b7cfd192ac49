"""The horizon map's inner loop: every pixel of a block, one azimuth after the other.

Near terrain is asked along the pixel's own ray. Far terrain comes from parallel lines laid over the
map: along each line every sample points to the next vertex of the upper convex hull of all that
lies beyond it, so a pixel finds its tangent by walking that chain. See docs/horizons.md.

Lines are straight in the gnomonic plane, where great circles are. With the height of a sample
written as R - R^2 sqrt(1 + X^2 + Y^2) / (R + h) straight lines of sight stay straight too: there
the Moon is flat, exactly. Map and plane are counted in units of the sphere's radius.
"""

from typing import Any

import numba
import numpy as np

from ilrs.moon.gnomonic import FAST, TILE, on_plane, snapped
from ilrs.moon.near_ground import NEAR_PIXELS, raise_near
from ilrs.sky.directions import MOON_RADIUS_M

__all__ = ["LOW_M", "MARGIN_PIXELS", "NO_CODE", "sweep"]

#: Height that stands for "none": far below all ground, so that it never makes a horizon. [m]
LOW_M = -1e15
#: A coarser level begins this many of its own pixels away from the map: there the neighbouring
#: lines that a pixel lies between differ little.
MARGIN_PIXELS = 4
#: What a map holds where there is no terrain.
NO_CODE = -32768


def _arc_tangent_series() -> Any:
    """The arc tangent from -1 to 1 over its argument, fitted in even powers: within 1e-7."""
    x = 0.5 + 0.5 * np.cos((np.arange(64) + 0.5) * np.pi / 64.0)
    series = np.polynomial.Chebyshev.fit(x, np.arctan(np.sqrt(x)) / np.sqrt(x), 7, [0.0, 1.0])
    return series.convert(kind=np.polynomial.Polynomial).coef.astype(np.float32)


_STEP_DEG = 0.003
_MOST_SLOPE = 0.64  # of ground between one line and the next: 33 deg
_NO_RISE = -1e8
_NOT_SEEN = -1e3  # a tangent no terrain gives: 0.06 deg off straight down
_KNOWN_M = -1e5  # heights above this are real
_R = MOON_RADIUS_M
_RAMP = np.arange(float(TILE))
# The arc tangent from -1 to 1 over its argument, in even powers: within 1e-7.
_ATAN = tuple(_arc_tangent_series())


@numba.njit(cache=True, error_model="numpy")
def _bounds(level: Any, block: Any, ahead: Any) -> Any:
    """Least and most of X, Y, along and across over a block's outline, about the first pixel."""
    sine, cosine = ahead
    first_x, first_y = on_plane(level.west + 0.5 * level.pixel, level.north - 0.5 * level.pixel)
    low, high = np.full(4, np.inf), np.full(4, -np.inf)
    top, bottom, left, right = block
    for side in range(4):
        for step in range(33):
            part = step / 32.0
            row = top if side == 0 else bottom if side == 1 else top + part * (bottom - top)
            column = left if side == 2 else right if side == 3 else left + part * (right - left)
            x, y = on_plane(level.west + column * level.pixel, level.north - row * level.pixel)
            x, y = x - first_x, y - first_y
            values = (x, y, x * sine + y * cosine, x * cosine - y * sine)
            for k in range(4):
                low[k], high[k] = min(low[k], values[k]), max(high[k], values[k])
    return low, high


@numba.njit(cache=True, error_model="numpy")
def _spans(level: Any, block: Any, ahead: Any) -> Any:
    """First line's number, and per line its first sample, samples and place in the buffers.

    Lines that cross the block, from the block to the far end of the level. Lines and samples are
    counted from the level's first pixel, so that all blocks of a map see the same ones.
    """
    whole = (0.0, float(level.rows), 0.0, float(level.columns))
    low, high = _bounds(level, whole, ahead)
    near, far = _bounds(level, block, ahead)
    first = int(np.floor(near[3] / level.pixel)) - 1
    lines = int(np.ceil(far[3] / level.pixel)) + 2 - first
    spans = np.zeros((lines, 3), np.int64)
    place = 0
    for line in range(lines):
        across = (first + line) * level.pixel
        begin, end = near[2], np.inf
        for axis in range(2):  # clipped to the level's box, first in X, then in Y
            slope = ahead[axis]
            offset = across * ahead[1] if axis == 0 else -across * ahead[0]
            if abs(slope) > 1e-12:
                one, other = (low[axis] - offset) / slope, (high[axis] - offset) / slope
                begin, end = max(begin, min(one, other)), min(end, max(one, other))
        spans[line, 0] = int(np.floor(begin / level.pixel)) - 1
        spans[line, 2] = place
        if end >= begin:
            spans[line, 1] = int(np.ceil(end / level.pixel)) + 2 - spans[line, 0]
        place += spans[line, 1]
    return first, spans


@numba.njit(cache=True, error_model="numpy", fastmath=FAST)
def _sample(z: Any, heights: Any, level: Any, start: Any, ahead: Any, scratch: Any) -> Any:
    """Fills a line with flat-Moon heights [m]; returns its first sample beyond the finer grid."""
    top, bottom = level.known_top, level.known_bottom
    left, right = level.known_left, level.known_right
    row, column, secant = scratch
    for k in range(z.size):
        x = start[0] + k * level.pixel * ahead[0]
        y = start[1] + k * level.pixel * ahead[1]
        w = np.sqrt(1.0 + x * x + y * y)
        stretch = 2.0 / (1.0 + w)
        row[k] = np.float32(snapped((level.north - y * stretch) / level.pixel - 0.5))
        column[k] = np.float32(snapped((x * stretch - level.west) / level.pixel - 0.5))
        secant[k] = w
    beyond = 0
    for k in range(z.size):
        r, c = row[k], column[k]
        height = np.float32(LOW_M)
        if r >= top and c >= left and r < bottom and c < right:
            i, j = numba.uint32(r), numba.uint32(c)
            v, u = r - np.float32(i), c - np.float32(j)
            upper = heights[i, j] + u * (heights[i, j + 1] - heights[i, j])
            lower = heights[i + 1, j] + u * (heights[i + 1, j + 1] - heights[i + 1, j])
            height = upper + v * (lower - upper)
        in_rows = level.inner_top <= r <= level.inner_bottom
        if in_rows and level.inner_left <= c <= level.inner_right:
            beyond = k + 1
        z[k] = height
    for k in range(z.size):
        height = z[k]
        z[k] = np.float32(_R - _R * _R * secant[k] / (_R + height) if height > _KNOWN_M else -1e9)
    return beyond


@numba.njit(cache=True, error_model="numpy", fastmath=FAST)
def _chain(z: Any, after: Any, jump: Any, depth: Any) -> None:
    """For every sample the next vertex of the upper hull of all samples from it on.

    `jump` leads a long way down the same chain (skew-binary, Myers 1983,
    doi:10.1016/0020-0190(83)90106-0): smooth ground puts every sample on the hull.
    """
    last = z.size - 1
    after[last], jump[last], depth[last] = last, last, 0
    for k in range(last - 1, -1, -1):
        here = z[k]
        v: Any = k + 1
        rise, run = z[v] - here, np.float32(1.0)
        w = np.int64(after[v])
        while w != v:
            higher, longer = z[w] - here, np.float32(w - k)
            if higher * run < rise * longer:
                break
            v, rise, run = w, higher, longer
            w = np.int64(after[v])
        after[k] = v
        depth[k] = depth[v] + 1
        j = np.int64(jump[v])
        jj = np.int64(jump[j])
        jump[k] = jj if depth[v] - depth[j] == depth[j] - depth[jj] else v


@numba.njit(cache=True, error_model="numpy", fastmath=FAST)
def _tangent(chains: Any, line: Any, start: int, place: float, height: float, enough: float) -> Any:
    """Steepest rise per sample from a place on a line to the samples from `start` on.

    Where that does not reach `enough`, some smaller rise: all that lies beyond a vertex lies below
    the straight line from it through the next one, and that line may be too flat.
    """
    z, after, jump = chains
    at, size = line
    if start >= size:
        return -1e12
    v: Any = max(start, 0)
    rise, run = z[at + v] - height, v - place
    while True:
        w = np.int64(after[at + v])
        higher, longer = z[at + w] - height, w - place
        if w == v or higher * run <= rise * longer:
            return rise / run
        if higher - rise <= enough * (longer - run) and rise > _NO_RISE * run:
            return rise / run
        v, rise, run = w, higher, longer
        j = np.int64(jump[at + v])
        w = np.int64(after[at + j])
        higher, longer = z[at + w] - height, w - place
        if higher * (j - place) > (z[at + j] - height) * longer:  # the chain still rises there
            v, rise, run = w, higher, longer


@numba.njit(cache=True, error_model="numpy", fastmath=FAST)
def _observers(seen: Any, ground: Any, places: Any, frame: Any, ahead: Any) -> None:
    """Per pixel of a row: place along, across, flat height, its change per line, gain and tilt.

    The tangent of the elevation is gain * (rise per sample) + tilt: the flat Moon's vertical lines
    lean against the real ones, and its lengths differ.
    """
    x_map, y_map, mast_m = places
    first_x, first_y, level_pixel, pixel = frame
    sine, cosine = ahead
    per_sample = 1.0 / level_pixel
    first_along = first_x * sine + first_y * cosine
    first_across = first_x * cosine - first_y * sine
    for j in range(ground.size):
        x, y = on_plane(x_map + _RAMP[j] * pixel, y_map)
        along, across = x * sine + y * cosine, x * cosine - y * sine
        w = np.sqrt(1.0 + x * x + y * y)
        radius = _R + ground[j] + mast_m
        lean = 1.0 / np.sqrt(1.0 + across * across)
        seen[0, j] = (along - first_along) * per_sample
        seen[1, j] = (across - first_across) * per_sample
        seen[2, j] = _R - _R * _R * w / radius
        seen[3, j] = _R * level_pixel * across
        seen[4, j] = w * radius * lean * (per_sample / (_R * _R))
        seen[5, j] = along * lean


@numba.njit(cache=True, error_model="numpy", fastmath=FAST)
def _raise_row(best: Any, seen: Any, first: int, lines: Any, chains: Any, ranges: Any) -> None:
    """Raises a row's tangents by the steepest rise, between the two lines beside each pixel."""
    spans, beyond = lines
    reach, slack = ranges
    for j in range(best.size):
        along, across, height, change = seen[0, j], seen[1, j], seen[2, j], seen[3, j]
        gain, tilt = seen[4, j], seen[5, j]
        line = int(np.floor(across))
        part = across - line
        line -= first
        begin = int(np.ceil(along + reach))
        k, n, at = spans[line, 0], spans[line, 1], spans[line, 2]
        start = max(begin - k, beyond[line])
        known = (best[j] - tilt) / gain
        enough = known - slack / gain
        rise = _tangent(chains, (at, n), start, along - k, height + part * change, enough)
        if rise > _NO_RISE and gain * rise + tilt < best[j] - slack:
            continue  # one pixel aside the ground cannot stand so much higher
        line += 1
        k, n, at = spans[line, 0], spans[line, 1], spans[line, 2]
        start = max(begin - k, beyond[line])
        enough = known if rise < _NO_RISE else (known - (1.0 - part) * rise) / max(part, 1e-9)
        other = _tangent(chains, (at, n), start, along - k, height - (1.0 - part) * change, enough)
        # Where only one line meets terrain (along the map's edge) it speaks alone.
        if rise < _NO_RISE:
            rise = other
        elif other > _NO_RISE:
            rise = (1.0 - part) * rise + part * other
        best[j] = max(best[j], np.float32(gain * rise + tilt))


@numba.njit(cache=True, error_model="numpy")
def _seen_from(level: Any, fine: Any, box: Any) -> Any:
    """Rows and columns of the finest level as edges of rows and columns of another one."""
    scale = fine.pixel / level.pixel
    top = (level.north - fine.north) / level.pixel
    left = (fine.west - level.west) / level.pixel
    return (
        top + box[0] * scale, top + box[1] * scale, left + box[2] * scale, left + box[3] * scale
    )  # fmt: skip


@numba.njit(cache=True, error_model="numpy", fastmath=FAST)
def _lines(heights: Any, level: Any, first: int, spans: Any, ahead: Any) -> Any:
    """Flat-Moon heights and hull chains of all lines, and where each leaves the finer grid."""
    total, longest = spans[:, 1].sum(), spans[:, 1].max()
    z = np.empty(total, np.float32)
    after, jump = np.empty(total, np.int16), np.empty(total, np.int16)
    depth = np.empty(longest, np.int16)
    row, column = np.empty(longest, np.float32), np.empty(longest, np.float32)
    scratch = (row, column, np.empty(longest, np.float64))
    beyond = np.zeros(spans.shape[0], np.int64)
    first_x, first_y = on_plane(level.west + 0.5 * level.pixel, level.north - 0.5 * level.pixel)
    for line in range(spans.shape[0]):
        k, n, at = spans[line, 0], spans[line, 1], spans[line, 2]
        if n == 0:
            continue
        along, across = k * level.pixel, (first + line) * level.pixel
        start = (
            first_x + along * ahead[0] + across * ahead[1],
            first_y + along * ahead[1] - across * ahead[0],
        )
        beyond[line] = _sample(z[at : at + n], heights, level, start, ahead, scratch)
        _chain(z[at : at + n], after[at : at + n], jump[at : at + n], depth)
    return beyond, (z, after, jump)


@numba.njit(cache=True, error_model="numpy", fastmath=FAST)
def _raise_far(best: Any, level: Any, heights: Any, own: Any, mast_m: float, ahead: Any) -> None:
    """Raises a block's tangents by what the lines of one level show."""
    fine, ground, box = own
    is_fine = level.start == fine.start
    first, spans = _spans(level, _seen_from(level, fine, box), ahead)
    beyond, chains = _lines(heights, level, first, spans, ahead)
    first_x, first_y = on_plane(level.west + 0.5 * level.pixel, level.north - 0.5 * level.pixel)
    frame = (first_x, first_y, level.pixel, fine.pixel)
    farness = float(NEAR_PIXELS if is_fine else MARGIN_PIXELS)
    ranges = (farness if is_fine else 0.0, _MOST_SLOPE / farness)
    seen = np.empty((6, TILE), np.float64)
    top, _, left, _ = box
    rows, columns = best.shape
    for tile_row in range(0, rows, TILE):
        for begin in range(0, columns, TILE):
            end = min(begin + TILE, columns)
            west = fine.west + (left + begin + 0.5) * fine.pixel
            for i in range(tile_row, min(tile_row + TILE, rows)):
                north = fine.north - (top + i + 0.5) * fine.pixel
                here = seen[:, : end - begin]
                _observers(
                    here, ground[top + i, left + begin : left + end], (west, north, mast_m),
                    frame, ahead,
                )  # fmt: skip
                _raise_row(best[i, begin:end], here, first, (spans, beyond), chains, ranges)


@numba.njit(cache=True, error_model="numpy", fastmath=FAST)
def _encode(codes: Any, best: Any, own: Any) -> None:
    """Codes of tangents; none where a pixel has no height or its ray met no terrain.

    The angle is twice that of half its tangent, whose series vector instructions can sum.
    """
    fine, ground, box = own
    steps_per_half = np.float32(2.0 * np.degrees(1.0) / _STEP_DEG)
    one, lowest, least = np.float32(1.0), np.float32(_KNOWN_M), np.float32(_NOT_SEEN)
    c0, c1, c2, c3, c4, c5, c6, c7 = _ATAN
    for i in range(best.shape[0]):
        row, out = best[i], codes[i]
        eye = ground[box[0] + i, box[2] : box[2] + row.size]
        for j in range(row.size):
            tangent = row[j]
            half = tangent / (one + np.sqrt(one + tangent * tangent))
            x = half * half
            low, high = c0 + x * (c1 + x * (c2 + x * c3)), c4 + x * (c5 + x * (c6 + x * c7))
            code = np.int16(np.rint((low + (x * x) * (x * x) * high) * half * steps_per_half))
            is_seen = (tangent >= least) & (eye[j] >= lowest)
            out[j] = code if is_seen else np.int16(NO_CODE)
        # Heights that only hold on from a neighbour are no ground to stand on.
        first = max(0, int(np.ceil(fine.known_left)) - box[2])
        last = min(row.size, int(np.floor(fine.known_right)) + 1 - box[2])
        if not fine.known_top <= box[0] + i <= fine.known_bottom:
            first = last = row.size
        out[: min(first, row.size)] = NO_CODE
        out[max(last, 0) :] = NO_CODE


@numba.njit(cache=True, error_model="numpy")
def _sweep_one(
    codes: Any, heights: Any, levels: Any, block: Any, mast_m: float, azimuth_rad: float
) -> None:
    """One azimuth of `sweep`."""
    fine = levels[0]
    ground = heights[: fine.rows * fine.columns].reshape((fine.rows, fine.columns))
    own = (fine, ground, (block[0], block[1], block[2], block[3]))
    ahead = (np.sin(azimuth_rad), np.cos(azimuth_rad))
    best = np.full(codes.shape, np.float32(-1e30))
    raise_near(best, own, mast_m, ahead)
    for n in range(levels.size):
        level = levels[n]
        size = level.rows * level.columns
        there = heights[level.start : level.start + size].reshape((level.rows, level.columns))
        _raise_far(best, level, there, own, mast_m, ahead)
    _encode(codes, best, own)


@numba.njit(cache=True, error_model="numpy", parallel=True)
def sweep(
    codes: Any,
    heights_m: Any,
    levels: Any,
    block: Any,
    observer_height_m: float,
    grid_azimuths_deg: Any,
) -> None:
    """Fills `codes` (azimuths, rows, columns) with the horizons of a block of the finest level.

    `heights_m` holds the levels' heights one after the other, finest first; `block` is top, bottom,
    left and right in the padded rows and columns of the finest. A block that begins at whole tiles
    of the map gets the same bits whatever its size.
    """
    for k in numba.prange(grid_azimuths_deg.size):
        azimuth_rad = np.radians(grid_azimuths_deg[k])
        _sweep_one(codes[k], heights_m, levels, block, observer_height_m, azimuth_rad)
