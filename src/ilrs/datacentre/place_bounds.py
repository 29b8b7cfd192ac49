"""The box in degrees around a place, in compiled loops: every item that is shown has one."""

import math
from collections.abc import Sequence
from typing import Any

import numba
import numpy as np

from ilrs.datacentre.packing import BOX, CIRCLE, POINT, POLYGON, SEVERAL, packed_bytes
from ilrs.datacentre.place import Place
from ilrs.datacentre.spherical import xyz

__all__ = ["all_bounds", "bounds_deg"]

Bounds = list[float]


def bounds_deg(place: Place) -> Bounds:
    """West, south, east and north of the smallest box around a place, west from -180 to 180. [deg]

    West is greater than east where it crosses the meridian of 180 deg; a place with a pole reaches
    around.
    """
    return all_bounds([packed_bytes(place)])[0]


def all_bounds(shapes: Sequence[bytes]) -> list[Bounds]:
    """The same of the bytes of packed places, side by side; of no bytes they are no numbers."""
    ends = np.cumsum([len(shape) // 8 for shape in shapes])
    boxes: list[Bounds] = _all_bounds(np.frombuffer(b"".join(shapes)), ends).tolist()
    return boxes


@numba.njit(cache=True, error_model="numpy", nogil=True)
def _all_bounds(numbers: Any, ends: Any) -> Any:
    boxes, begin = np.full((len(ends), 4), np.nan), 0
    for k in range(len(ends)):
        if begin < ends[k]:
            boxes[k] = _bounds(numbers[begin : ends[k]])
        begin = ends[k]
    return boxes


@numba.njit(cache=True, error_model="numpy", nogil=True)
def _bounds(packed: Any) -> Any:
    if packed[0] != SEVERAL:
        return _of_part(packed)
    boxes, at = np.empty((int(packed[1]), 4)), 2
    for k in range(len(boxes)):
        end = at + 1 + int(packed[at])
        boxes[k] = _of_part(packed[at + 1 : end])
        at = end
    return _union(boxes)


@numba.njit(cache=True, error_model="numpy", nogil=True)
def _of_part(part: Any) -> Any:
    kind = int(part[0])
    if kind == POINT:
        return _box(part[1], part[2], part[1], part[2])
    if kind == CIRCLE:
        return _of_circle(part[1], part[2], part[3])
    if kind == BOX:
        west, south, width, north = part[1], part[2], part[3] - part[1], part[4]
        if width < 0.0:
            width %= 360.0
        return _around(south, north) if width >= 360.0 else _box(west, south, west + width, north)
    if kind != POLYGON:
        return _of_path(part[2:], int(part[1]))[0]
    ring, count = part[2 + int(part[1]) :], int(part[2])
    bounds, turn = _of_path(ring, count)
    if abs(turn) > 180.0:  # around a pole, the one on the side of its middle
        z = 0.0
        for k in range(1, count):
            z += math.sin(math.radians(ring[2 * k + 1]))
        return _around(bounds[1], 90.0) if z > 0.0 else _around(-90.0, bounds[3])
    return bounds


@numba.njit(cache=True, error_model="numpy", nogil=True)
def _of_circle(longitude: float, latitude: float, radius: float) -> Any:
    south, north = latitude - radius, latitude + radius
    if south <= -90.0 or north >= 90.0:
        return _around(max(south, -90.0), min(north, 90.0))
    sine = math.sin(math.radians(radius)) / math.cos(math.radians(latitude))
    half = math.degrees(math.asin(min(sine, 1.0)))
    return _box(longitude - half, south, longitude + half, north)


@numba.njit(cache=True, error_model="numpy", nogil=True)
def _of_path(points: Any, count: int) -> Any:
    """The box around a path of so many positions, and how far it turns eastward in all. [deg]"""
    west = east = at = points[0]  # `at` is the longitude reached, counted on across 180 deg
    south = north = points[1]
    px, py, pz = xyz(points[0], points[1])
    for k in range(1, count):
        longitude, latitude = points[2 * k], points[2 * k + 1]
        south, north = min(south, latitude), max(north, latitude)
        qx, qy, qz = xyz(longitude, latitude)
        # The latitude rises along the arc as this is positive at its first point, and at its last.
        nx, ny, nz = py * qz - pz * qy, pz * qx - px * qz, px * qy - py * qx
        rising = nx * py - ny * px
        size = math.sqrt(nx * nx + ny * ny + nz * nz)
        if rising * (nx * qy - ny * qx) < 0.0 and size >= 1e-15:  # it turns between two points
            turn = math.degrees(math.acos(min(abs(nz) / size, 1.0)))
            south, north = (south, max(north, turn)) if rising > 0.0 else (min(south, -turn), north)
        at += (longitude - at + 180.0) % 360.0 - 180.0
        west, east = min(west, at), max(east, at)
        px, py, pz = qx, qy, qz
    if east - west >= 360.0:
        return _around(south, north), at - points[0]
    return _box(west, south, east, north), at - points[0]


@numba.njit(cache=True, error_model="numpy", nogil=True)
def _union(boxes: Any) -> Any:
    """The box around boxes: what is left when the widest gap in longitude is left out."""
    south, north = boxes[:, 1].min(), boxes[:, 3].max()
    ends = boxes[:, 2] + np.where(boxes[:, 2] >= boxes[:, 0], 0.0, 360.0)
    order = np.argsort(boxes[:, 0], kind="mergesort")
    first, reached = boxes[order[0], 0], ends[order[0]]
    widest, west, east = -1.0, first, reached
    for k in order[1:]:
        gap = boxes[k, 0] - reached
        if gap > widest:
            widest, west, east = gap, boxes[k, 0], reached
        reached = max(reached, ends[k])
    if first + 360.0 - reached >= widest:
        widest, west, east = first + 360.0 - reached, first, reached
    if widest <= 0.0:
        return _around(south, north)
    return _box(west, south, east if east >= west else east + 360.0, north)


@numba.njit(cache=True, error_model="numpy", nogil=True)
def _box(west: float, south: float, east: float, north: float) -> Any:
    width = east - west
    west = (west + 180.0) % 360.0 - 180.0
    east = west + width
    return west, south, east - 360.0 if east > 180.0 else east, north


@numba.njit(cache=True, error_model="numpy", nogil=True)
def _around(south: float, north: float) -> Any:
    return -180.0, south, 180.0, north
