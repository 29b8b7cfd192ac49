"""The places of a catalogue's rows in memory: a tree of boxes on the unit sphere, then the test.

Around each place is a box in x, y and z. Boxes that are neighbours in HEALPix's nested order lie
sixteen to a larger one, these again, up to the whole Moon: a packed R-tree. What its walk leaves is
tested exactly (`ilrs.datacentre.spherical`). Rows that were added since the tree was made are
looked at one by one, until they are many and it is made anew.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numba
import numpy as np
import numpy.typing as npt

from ilrs.datacentre.growing import Growing
from ilrs.datacentre.healpix import nested_cell
from ilrs.datacentre.spherical import Packed, bounds_of, bounds_xyz, lie

__all__ = ["Shapes"]

Rows = npt.NDArray[np.int64]
_TOGETHER = 16  # boxes in a larger one
_MOST_APART = 4096  # rows that the tree need not hold
_ORDER = 12  # of HEALPix: cells of 0.4 km on the Moon


@dataclass(frozen=True, slots=True)
class _Tree:
    """Boxes, from the finest level up, where each level begins, and whose the finest ones are."""

    boxes: npt.NDArray[np.float32]
    begins: npt.NDArray[np.int64]
    rows: Rows


class Shapes:
    """Packed places, row after row; a row without one meets nothing."""

    def __init__(self) -> None:
        self._numbers, self._ends = Growing.of(np.float64), Growing.of(np.int64)
        self._boxes = Growing.of(np.float32)  # six for each row
        self._tree = _tree(np.empty((0, 6), dtype=np.float32))

    def extend(self, shapes: Sequence[bytes | None]) -> None:
        """Appends the places of rows as they are kept in the database, None where there is none."""
        joined = b"".join(shape or b"" for shape in shapes)
        numbers = np.frombuffer(joined) if joined else np.empty(0)
        ends = np.cumsum([len(shape or b"") // 8 for shape in shapes], dtype=np.int64)
        self._boxes.extend(_outward(bounds_of(numbers, ends)).ravel())
        self._ends.extend(ends + self._numbers.size)
        self._numbers.extend(numbers)

    @property
    def are_known(self) -> npt.NDArray[np.bool_]:
        """Of each row whether it has a place."""
        return np.asarray(np.diff(self._ends.values, prepend=0) > 0)

    def near(self, asked: Packed) -> Rows:
        """Rows whose boxes meet that of a packed place."""
        boxes = self._boxes.values.reshape(-1, 6)
        if len(boxes) - len(self._tree.rows) > max(_MOST_APART, len(boxes) // 8):
            self._tree = _tree(boxes)
        tree = self._tree
        return np.asarray(_near(tree.boxes, tree.begins, tree.rows, boxes, asked))

    def lying(self, rows: Rows, asked: Packed, *, is_within: bool) -> npt.NDArray[np.bool_]:
        """Of each of these rows whether its place meets a packed place, or lies within it."""
        return np.asarray(lie(asked, self._numbers.values, self._ends.values, rows, is_within))


_OUTWARD = np.array([-np.inf, np.inf] * 3, dtype=np.float32)


def _outward(bounds: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
    """Bounds in 32 bits, rounded so that what was inside is."""
    return np.nextafter(bounds.astype(np.float32), _OUTWARD)


def _tree(boxes: npt.NDArray[np.float32]) -> _Tree:
    middles = boxes[:, ::2].astype(np.float64) + boxes[:, 1::2]
    sizes = np.linalg.norm(middles, axis=1, keepdims=True)
    rows = np.argsort(nested_cell(middles / np.maximum(sizes, 1e-30), order=_ORDER))
    levels = [boxes[rows]]
    while len(levels[-1]) > _TOGETHER:
        below = levels[-1]
        begins = np.arange(0, len(below), _TOGETHER)
        above = np.empty((len(begins), 6), dtype=np.float32)
        for k in range(6):
            least_or_most = np.maximum if k % 2 else np.minimum
            above[:, k] = least_or_most.reduceat(below[:, k], begins)
        levels.append(above)
    begins = np.cumsum([0, *(len(level) for level in levels)], dtype=np.int64)
    return _Tree(np.concatenate(levels), begins, rows)


@numba.njit(cache=True, error_model="numpy", nogil=True)
def _meets(boxes: Any, k: int, b: Any) -> Any:
    return (
        boxes[k, 0] <= b[1] and boxes[k, 1] >= b[0] and boxes[k, 2] <= b[3]
        and boxes[k, 3] >= b[2] and boxes[k, 4] <= b[5] and boxes[k, 5] >= b[4]
    )  # fmt: skip


@numba.njit(cache=True, error_model="numpy", nogil=True)
def _near(tree: Any, begins: Any, rows: Any, boxes: Any, asked: Any) -> Any:
    """Rows whose boxes meet a place's: down the tree level by level, then those that it lacks."""
    bounds, box = bounds_xyz(asked), np.empty(6, dtype=np.float32)
    for k in range(6):
        box[k] = np.nextafter(np.float32(bounds[k]), np.float32(np.inf if k % 2 else -np.inf))
    level = len(begins) - 2
    found = np.arange(begins[level + 1] - begins[level])
    count = 0
    while True:
        count = 0
        for k in range(len(found)):
            if _meets(tree, begins[level] + found[k], box):
                found[count] = found[k]
                count += 1
        if level == 0:
            break
        level -= 1
        most = begins[level + 1] - begins[level]
        below = np.empty(count * _TOGETHER, dtype=np.int64)
        size = 0
        for k in range(count):
            first = found[k] * _TOGETHER
            for child in range(first, min(first + _TOGETHER, most)):
                below[size] = child
                size += 1
        found = below[:size]
    told = np.empty(count + len(boxes) - len(rows), dtype=np.int64)
    for k in range(count):
        told[k] = rows[found[k]]
    for row in range(len(rows), len(boxes)):
        if _meets(boxes, row, box):
            told[count] = row
            count += 1
    return told[:count]
