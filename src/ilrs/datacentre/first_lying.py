"""The first rows of a place, best first down its tree: what most searches ask for.

Each box of the tree knows the least key of the rows in it, so that of all boxes the next one looked
into is that which may hold the next row; of a million rows a page needs some hundreds. Of any
conditions, orders and cursors `ilrs.datacentre.answering` finds the same step by step.
"""

from heapq import heappop, heappush
from typing import Any

import numba
import numpy as np
import numpy.typing as npt

from ilrs.datacentre.packing import Packed
from ilrs.datacentre.seen import RightsArrays, is_shown
from ilrs.datacentre.shapes import TOGETHER, Rows, Shapes, box_around, is_meeting, meeting
from ilrs.datacentre.spherical import lies, taken_apart

__all__ = ["first_lying"]


def first_lying(
    shapes: Shapes, asked: Packed, *, is_within: bool, rights: RightsArrays, name: str,
    keys: npt.NDArray[np.int64], is_falling: bool, limit: int,
) -> tuple[Rows, npt.NDArray[np.int64]]:  # fmt: skip
    """Rows whose places meet a packed one, or lie within it, and that are seen, by their keys.

    As many first ones as the limit, in order, and those like the last; with the keys of these, as
    numbers that rise. `keys` holds one for each row of the catalogue, and has a name.
    """
    way, arrays = -1 if is_falling else 1, shapes.arrays
    least = shapes.least(name, keys, way=way)
    rows, numbers = _first(arrays, asked, is_within, rights, keys, least, way, limit)
    return np.asarray(rows), np.asarray(numbers)


@numba.njit(cache=True, error_model="numpy", nogil=True)
def _first(
    shapes: Any, asked: Any, is_within: bool, rights: Any, keys: Any, least: Any, way: int,
    limit: int,
) -> Any:  # fmt: skip
    (tree, begins, leaves), boxes = shapes.tree, shapes.boxes
    places, ends = shapes.numbers, shapes.ends
    box, apart = box_around(asked), taken_apart(asked)
    meets = np.empty(TOGETHER, dtype=np.uint8)
    top, room = len(begins) - 2, min(limit, len(boxes)) + 1
    rows, numbers, count = np.empty(room, dtype=np.int64), np.empty(room, dtype=np.int64), 0
    # the least key there may be, the level, and where in it; of a row that the tree lacks, -1
    heap = [(np.int64(0), np.int64(-1), np.int64(0)) for _ in range(0)]
    for row in range(len(leaves), len(boxes)):
        if is_meeting(boxes[row], box):
            heappush(heap, (way * keys[row], np.int64(-1), np.int64(row)))
    for first in range(0, begins[top + 1] - begins[top], TOGETHER):
        _push(heap, tree, begins, least, top, first, box, meets)
    while len(heap) > 0:
        taken: Any = heappop(heap)
        number, level, at = taken
        if count >= limit and number > numbers[count - 1]:
            break
        if level > 0:
            _push(heap, tree, begins, least, level - 1, at * TOGETHER, box, meets)
            continue
        row = at if level < 0 else leaves[at]
        if is_shown(rights, row) and lies(apart, places, ends, row, is_within):
            if count == len(rows):  # many that are like the last
                rows = np.concatenate((rows, np.empty_like(rows)))
                numbers = np.concatenate((numbers, np.empty_like(numbers)))
            rows[count], numbers[count] = row, number
            count += 1
    return rows[:count], numbers[:count]


@numba.njit(cache=True, error_model="numpy", nogil=True)
def _push(
    heap: Any, tree: Any, begins: Any, least: Any, level: int, first: int, box: Any, meets: Any
) -> None:
    """Puts those boxes of a larger one that meet a box where they are looked into in turn."""
    at = begins[level] + first
    meeting(tree, at, box, meets)
    for k in range(TOGETHER):
        if meets[k]:
            heappush(heap, (least[at + k], np.int64(level), np.int64(first + k)))
