"""The far ground of a horizon map: what is seen along parallel lines laid over it.

Along each line the upper convex hull of all ground beyond NEAR_PIXELS grows from the far end to the
near one; nodes on the line keep the place where they see their horizon, and every pixel looks from
its own place and height at those of the two lines beside it. See docs/horizons.md.

Lines are straight in the gnomonic plane, where great circles are. With the height of a sample
written as R - R^2 sqrt(1 + X^2 + Y^2) / (R + h) straight lines of sight stay straight too: there
the Moon is flat, exactly. Map and plane are counted in units of the sphere's radius.
"""

from typing import Any

import numba
import numpy as np

from ilrs.moon.gnomonic import FAST, TILE, on_plane, snapped
from ilrs.moon.near_ground import NEAR_PIXELS
from ilrs.sky.directions import MOON_RADIUS_M

__all__ = ["LOW_M", "NODE_PIXELS", "add_bumps", "find_horizons", "look", "raise_far"]

#: Height that stands for "none": far below all ground, so that it never makes a horizon. [m]
LOW_M = -1e15
#: Every so many pixels of a line is a node.
NODE_PIXELS = 2
_KNOWN_M = -1e5  # heights above this are real
_LOW = np.float32(-1e9)  # flat height of none
_NO_RISE = np.float32(-1e4)  # per pixel: of none
_R = MOON_RADIUS_M
_RAMP = np.arange(float(TILE))


@numba.njit(cache=True, error_model="numpy")
def _origin(fine: Any) -> Any:
    """The finest level's first pixel on the plane, from which lines and samples are counted."""
    return on_plane(fine.west + 0.5 * fine.pixel, fine.north - 0.5 * fine.pixel)


@numba.njit(cache=True, error_model="numpy")
def _bounds(level: Any, box: Any, origin: Any, ahead: Any) -> Any:
    """Least and most of X, Y, along and across over a box's outline, about the origin."""
    sine, cosine = ahead
    bounds = np.empty((2, 4))
    bounds[0], bounds[1] = np.inf, -np.inf
    top, bottom, left, right = box
    for side in range(4):
        for step in range(33):
            part = step / 32.0
            row = top if side == 0 else bottom if side == 1 else top + part * (bottom - top)
            column = left if side == 2 else right if side == 3 else left + part * (right - left)
            x, y = on_plane(level.west + column * level.pixel, level.north - row * level.pixel)
            x, y = x - origin[0], y - origin[1]
            values = (x, y, x * sine + y * cosine, x * cosine - y * sine)
            for k in range(4):
                bounds[0, k] = min(bounds[0, k], values[k])
                bounds[1, k] = max(bounds[1, k], values[k])
    return bounds


@numba.njit(cache=True, error_model="numpy")
def _span(bounds: Any, across: float, ahead: Any) -> Any:
    """Where a line enters a box of X and Y, and where it leaves it."""
    begin, end = -np.inf, np.inf
    for axis in range(2):
        slope = ahead[axis]
        offset = across * ahead[1] if axis == 0 else -across * ahead[0]
        if abs(slope) > 1e-12:
            one, other = (bounds[0, axis] - offset) / slope, (bounds[1, axis] - offset) / slope
            begin, end = max(begin, min(one, other)), min(end, max(one, other))
    return begin, end


@numba.njit(cache=True, error_model="numpy")
def _nodes(fine: Any, box: Any, ahead: Any) -> Any:
    """First line's number, and per line its first node, nodes and their place in a list.

    Lines that cross a box of the finest level, or pass beside it. Lines and nodes are counted from
    the level's first pixel, so that all boxes see the same ones.
    """
    near = _bounds(fine, box, _origin(fine), ahead)
    first = int(np.floor(near[0, 3] / fine.pixel)) - 1
    nodes = np.zeros((int(np.ceil(near[1, 3] / fine.pixel)) + 2 - first, 3), np.int64)
    space, place = NODE_PIXELS * fine.pixel, 0
    near[0, :2] -= fine.pixel  # a pixel asks the lines beside it
    near[1, :2] += fine.pixel
    for line in range(nodes.shape[0]):
        begin, end = _span(near, (first + line) * fine.pixel, ahead)
        begin, end = max(begin, near[0, 2]), min(end, near[1, 2])
        nodes[line, 2] = place
        if end >= begin:
            nodes[line, 0] = int(np.floor(begin / space)) - 1
            nodes[line, 1] = int(np.ceil(end / space)) + 2 - nodes[line, 0]
        place += nodes[line, 1]
    return first, nodes


@numba.njit(cache=True, error_model="numpy", fastmath=FAST)
def _sample(z: Any, heights: Any, level: Any, start: Any, ahead: Any, scratch: Any) -> Any:
    """Fills a line with flat-Moon heights [m]; returns its first sample beyond the finer grid."""
    top, bottom = level.known_top, level.known_bottom
    left, right = level.known_left, level.known_right
    row, column, rim = scratch
    per_pixel = 1.0 / level.pixel
    north, west = level.north * per_pixel - 0.5, level.west * per_pixel + 0.5
    for k in range(z.size):
        x = start[0] + k * level.pixel * ahead[0]
        y = start[1] + k * level.pixel * ahead[1]
        square = x * x + y * y
        half = 1.0 / (1.0 + np.sqrt(1.0 + square))
        stretch = 2.0 * half * per_pixel
        row[k] = np.float32(snapped(north - y * stretch))
        column[k] = np.float32(snapped(x * stretch - west))
        rim[k] = np.float32(square * half)  # sqrt(1 + X^2 + Y^2) - 1
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
    radius, known = np.float32(_R), np.float32(_KNOWN_M)
    for k in range(z.size):
        flat = z[k] + rim[k] * (z[k] - radius)
        z[k] = flat if z[k] > known else _LOW
    return beyond


@numba.njit(cache=True, error_model="numpy", fastmath=FAST)
def add_bumps(points: Any, count: int, z: Any, first: Any) -> int:
    """Adds to a line's points those samples that can make a horizon; how many there are then.

    A sample below the line between its neighbours cannot: one of them is seen higher, and where
    that goes on up to the nearest one, near steps see it.
    """
    along, height = points
    beyond, begin, ratio = first
    behind = along[count - 1] if count else np.float32(-np.inf)
    before = _LOW
    for k in range(beyond, z.size):
        here = z[k]
        after = z[k + 1] if k + 1 < z.size else _LOW
        place = np.float32((begin + k) * ratio)
        along[count], height[count] = place, here
        count += (here > _LOW) & (here + here >= before + after) & (place > behind)
        before = here
    return count


@numba.njit(cache=True, error_model="numpy", fastmath=FAST)
def look(seen: Any, eyes: Any, first: int, points: Any, hull: Any) -> None:
    """Where each node of a line sees its horizon: place along the line and flat height.

    From the last node to the first, the hull of the points beyond NEAR_PIXELS grows at its near
    end. From a node the slope along the hull rises and then falls, and its summit is sought from
    where the node before found it.
    """
    along, height = points
    a, z = hull
    n, top, t = along.size - 1, -1, 0
    for k in range(eyes.size - 1, -1, -1):
        here, eye = np.float32((first + k) * NODE_PIXELS), eyes[k]
        while n >= 0 and along[n] >= here + np.float32(NEAR_PIXELS):
            place, high = along[n], height[n]
            while top > 0 and (z[top] - high) * (a[top - 1] - place) <= (z[top - 1] - high) * (
                a[top] - place
            ):
                top -= 1
            top += 1
            a[top], z[top] = place, high
            n -= 1
        if top < 0:
            seen[k, 0], seen[k, 1] = here + np.float32(NEAR_PIXELS), _LOW
            continue
        t = min(t, top)
        rise, run = z[t] - eye, a[t] - here
        while t < top and (z[t + 1] - eye) * run > rise * (a[t + 1] - here):
            t += 1
            rise, run = z[t] - eye, a[t] - here
        while t > 0 and (z[t - 1] - eye) * run > rise * (a[t - 1] - here):
            t -= 1
            rise, run = z[t] - eye, a[t] - here
        seen[k, 0], seen[k, 1] = a[t], z[t]


@numba.njit(cache=True, error_model="numpy", fastmath=FAST)
def _set_eyes(eyes: Any, z: Any, mast_m: float) -> None:
    """Flat heights of observers at the nodes of a line; without ground, that of the node ahead."""
    last = _LOW
    for k in range(eyes.size - 1, -1, -1):
        here = z[k * NODE_PIXELS]
        last = here if here > _LOW else last
        eyes[k] = last + np.float32(mast_m)


@numba.njit(cache=True, error_model="numpy")
def find_horizons(levels: Any, heights: Any, box: Any, observer_height_m: float, ahead: Any) -> Any:
    """First line and nodes (as _nodes), and where each node sees its horizon: place and height."""
    fine = levels[0]
    origin = _origin(fine)
    first, nodes = _nodes(fine, box, ahead)
    seen = np.empty((nodes[-1, 1] + nodes[-1, 2], 2), np.float32)
    bounds = np.empty((levels.size, 2, 4))
    longest = 0
    for n in range(levels.size):
        whole = (0.0, float(levels[n].rows), 0.0, float(levels[n].columns))
        bounds[n] = _bounds(levels[n], whole, origin, ahead)
        longest += int((bounds[n, 1, 2] - bounds[n, 0, 2]) / levels[n].pixel) + 8
    room = np.empty((9, longest + 4 * NODE_PIXELS), np.float32)
    points, hull = (room[0], room[1]), (room[2], room[3])
    for line in range(nodes.shape[0]):
        node, size, place = nodes[line]
        if size == 0:
            continue
        across, count = (first + line) * fine.pixel, 0
        eyes = room[4, :size]
        for n in range(levels.size):
            level = levels[n]
            ratio = level.pixel / fine.pixel
            begin = int(np.floor(node * NODE_PIXELS / ratio + 1e-9))
            end = int(np.ceil(_span(bounds[n], across, ahead)[1] / level.pixel)) + 2
            samples = max(end - begin, size * NODE_PIXELS if n == 0 else 2)
            way = begin * level.pixel
            start = (
                origin[0] + way * ahead[0] + across * ahead[1],
                origin[1] + way * ahead[1] - across * ahead[0],
            )
            there = heights[level.start : level.start + level.rows * level.columns]
            there = there.reshape((level.rows, level.columns))
            z = room[5, :samples]
            scratch = (room[6, :samples], room[7, :samples], room[8, :samples])
            beyond = _sample(z, there, level, start, ahead, scratch)
            if n == 0:
                _set_eyes(eyes, z, observer_height_m)
            count = add_bumps(points, count, z, (beyond, begin, ratio))
        look(seen[place : place + size], eyes, node, (points[0][:count], points[1][:count]), hull)
    return first, nodes, seen


@numba.njit(cache=True, error_model="numpy")
def _patch(horizons: Any, fine: Any, box: Any, ahead: Any) -> Any:
    """First line and node around a tile, and what all nodes around it see, side by side.

    The list of all nodes is large and a tile's nodes lie scattered over it: read one after the
    other here, they need not be waited for at every pixel.
    """
    first, nodes, seen = horizons
    bounds = _bounds(fine, box, _origin(fine), ahead)
    space = NODE_PIXELS * fine.pixel
    line, node = int(np.floor(bounds[0, 3] / fine.pixel)), int(np.floor(bounds[0, 2] / space))
    lines = int(np.floor(bounds[1, 3] / fine.pixel)) + 2 - line
    width = int(np.floor(bounds[1, 2] / space)) + 2 - node
    patch = np.empty((2, lines, width), np.float32)
    for n in range(max(first - line, 0), min(first + nodes.shape[0] - line, lines)):
        there, size, place = nodes[line + n - first]
        begin, end = max(there - node, 0), min(there + size - node, width)
        at = place + node - there
        for k in range(begin, end):
            patch[0, n, k], patch[1, n, k] = seen[at + k, 0], seen[at + k, 1]
    return line, node, patch


@numba.njit(cache=True, error_model="numpy", fastmath=FAST)
def _stand(here: Any, eyes: Any, place: Any, frame: Any, ahead: Any) -> None:
    """Per pixel of a row: place along, across, flat height, its change per line, gain and tilt.

    Along and across in pixels. The tangent of the elevation is gain * (rise per pixel) + tilt: the
    flat Moon's vertical lines lean against the real ones, and its lengths differ.
    """
    x_map, y_map = place
    origin, pixel = frame
    sine, cosine = ahead
    per_pixel = 1.0 / pixel
    first_along = origin[0] * sine + origin[1] * cosine
    first_across = origin[0] * cosine - origin[1] * sine
    radius, one = np.float32(_R), np.float32(1.0)
    step, per_metre = np.float32(_R * pixel), np.float32(per_pixel)
    for j in range(eyes.size):
        x = x_map + _RAMP[j] * pixel
        quarter = 0.25 * (x * x + y_map * y_map)
        stretch = 1.0 / (1.0 - quarter)
        along = (x * sine + y_map * cosine) * stretch
        across = (x * cosine - y_map * sine) * stretch
        here[0, j] = (along - first_along) * per_pixel
        here[1, j] = (across - first_across) * per_pixel
        here[2, j] = 2.0 * quarter * stretch
        here[3, j] = across
        here[5, j] = along
    for j in range(eyes.size):
        rim, across = here[2, j], here[3, j]
        lean = one / np.sqrt(one + across * across)
        here[2, j] = eyes[j] + rim * (eyes[j] - radius)
        here[3, j] = step * across
        here[4, j] = (one + rim) * lean * per_metre / (radius - eyes[j])
        here[5, j] = here[5, j] * lean


@numba.njit(cache=True, error_model="numpy", fastmath=FAST)
def _raise_row(row: Any, here: Any, corner: Any, there: Any, high: Any) -> None:
    """Raises a row's tangents by what the nodes nearest to each pixel on two lines see."""
    line, node, width = numba.int32(corner[0]), numba.int32(corner[1]), numba.int32(corner[2])
    one, per_node = np.float32(1.0), np.float32(1.0 / NODE_PIXELS)
    for j in range(row.size):
        along, across, height, change = here[0, j], here[1, j], here[2, j], here[3, j]
        whole = np.floor(across)
        part = across - whole
        n = (numba.int32(whole) - line) * width + numba.int32(np.rint(along * per_node)) - node
        rise = (high[n] - height - part * change) / (there[n] - along)
        n += width
        other = (high[n] - height + (one - part) * change) / (there[n] - along)
        # Where only one line meets terrain (along the map's edge) it speaks alone.
        rise, other = (other if rise < _NO_RISE else rise), (rise if other < _NO_RISE else other)
        tangent = here[4, j] * (rise + part * (other - rise)) + here[5, j]
        row[j] = tangent if tangent > row[j] else row[j]


@numba.njit(cache=True, error_model="numpy")
def raise_far(tangents: Any, eyes: Any, fine: Any, horizons: Any, corner: Any, ahead: Any) -> None:
    """Raises a tile's tangents by the horizons of the lines beside each pixel."""
    top, left = corner
    rows = tangents.shape[0]
    box = (float(top), float(top + rows), float(left), float(left + TILE))
    line, node, patch = _patch(horizons, fine, box, ahead)
    there, high = patch[0].reshape(patch[0].size), patch[1].reshape(patch[1].size)
    frame = (_origin(fine), fine.pixel)
    here = np.empty((6, TILE), np.float32)
    for i in range(rows):
        x = fine.west + (left + 0.5) * fine.pixel
        y = fine.north - (top + i + 0.5) * fine.pixel
        _stand(here, eyes[i], (x, y), frame, ahead)
        _raise_row(tangents[i], here, (line, node, patch.shape[2]), there, high)
