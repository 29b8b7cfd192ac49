"""Places as rows of numbers: what compiled loops take, and what the catalogue keeps.

First what a place is, then counts, then its degrees as they were given.
"""

from array import array
from collections.abc import Callable, Sequence
from itertools import chain
from typing import Any, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

from ilrs.datacentre.place import Box, Circle, Place, Point, Polygon, Several, Track

__all__ = [
    "BOX", "CIRCLE", "POINT", "POLYGON", "SEVERAL", "TRACK", "Packed", "pack", "packed_bytes",
    "pairs", "unpacked", "unpacked_bytes",
]  # fmt: skip

Packed: TypeAlias = npt.NDArray[np.float64]
Made = TypeVar("Made")

POINT, CIRCLE, BOX, POLYGON, TRACK, SEVERAL = range(6)


def pack(place: Place) -> Packed:
    """A place as a row of numbers."""
    return np.array(_numbers(place), dtype=np.float64)


def packed_bytes(place: Place) -> bytes:
    """The bytes of the same numbers, 8 for each."""
    return array("d", _numbers(place)).tobytes()


def _numbers(place: Place) -> list[float]:
    if isinstance(place, Polygon) and len(place.rings) == 1:  # as nearly all are
        (ring,) = place.rings
        return [POLYGON, 1, len(ring), *chain.from_iterable(ring)]
    match place:
        case Polygon(rings):
            sizes = [len(ring) for ring in rings]
            corners = chain.from_iterable(chain.from_iterable(rings))
            return [POLYGON, len(rings), *sizes, *corners]
        case Point(longitude, latitude):
            return [POINT, longitude, latitude]
        case Circle(longitude, latitude, radius):
            return [CIRCLE, longitude, latitude, radius]
        case Box(west, south, east, north):
            return [BOX, west, south, east, north]
        case Track(points):
            return [TRACK, len(points), *chain.from_iterable(points)]
        case Several(places):
            parts = [_numbers(part) for part in places]
            pieces = chain.from_iterable((len(part), *part) for part in parts)
            return [SEVERAL, len(parts), *pieces]


def unpacked_bytes(shape: bytes) -> Place:
    """The place of such bytes."""
    return unpacked(memoryview(shape).cast("d").tolist())


def unpacked(packed: Sequence[float]) -> Place:
    """The place of such a row, which is trusted to be one."""
    kind = int(packed[0])
    if kind == POLYGON and packed[1] == 1.0:  # nearly all are
        return _trusted(Polygon, (pairs(packed[3:]),))
    numbers = packed[1:]
    if kind in _SIMPLE:
        return _trusted(_SIMPLE[kind], *numbers)
    count = int(numbers[0])
    if kind == TRACK:
        return _trusted(Track, pairs(numbers[1:]))
    if kind == POLYGON:
        corners, rings, at = pairs(numbers[1 + count :]), [], 0
        for size in map(int, numbers[1 : 1 + count]):
            rings.append(corners[at : at + size])
            at += size
        return _trusted(Polygon, tuple(rings))
    parts, at = [], 2
    for _ in range(count):
        size = int(packed[at])
        parts.append(unpacked(packed[at + 1 : at + 1 + size]))
        at += 1 + size
    return _trusted(Several, tuple(parts))


_SIMPLE: dict[int, type[Point | Circle | Box]] = {POINT: Point, CIRCLE: Circle, BOX: Box}


def _trusted(kind: type[Made], *values: Any) -> Made:
    """A place made without checks: millions are read back that were checked when they came."""
    made = object.__new__(kind)
    for put, value in zip(_PUT[kind], values, strict=True):
        put(made, value)
    return made


#: What puts the value of each field of a place.
_PUT: dict[type, list[Callable[[Any, Any], None]]] = {
    kind: [vars(kind)[name].__set__ for name in kind.__slots__]
    for kind in (Point, Circle, Box, Polygon, Track, Several)
}


def pairs(numbers: Sequence[float]) -> tuple[tuple[float, float], ...]:
    """Numbers two by two: the positions of a packed ring or track."""
    return tuple(zip(numbers[::2], numbers[1::2], strict=True))
