"""The places of a catalogue's rows in memory: a tree of boxes on the unit sphere, then the test.

Around each place is a box in x, y and z. Boxes that are neighbours in HEALPix's nested order lie
sixteen to a larger one, these again, up to the whole Moon: a packed R-tree. What its walk leaves is
tested exactly (`ilrs.datacentre.spherical`). Rows that were added since the tree was made are
looked at one by one, until they are many and it is made anew.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numba
import numpy as np
import numpy.typing as npt

from ilrs.datacentre.growing import Growing
from ilrs.datacentre.healpix import nested_cell
from ilrs.datacentre.packing import Packed
from ilrs.datacentre.spherical import bounds_of, bounds_xyz, lie

__all__ = ["Shapes", "ShapeArrays", "near"]

Rows = npt.NDArray[np.int64]
_TOGETHER = 16  # boxes in a larger one
_MOST_APART = 4096  # rows that the tree need not hold
_ORDER = 12  # of HEALPix: cells of 0.4 km on the Moon


class _Tree(NamedTuple):
    """Boxes, from the finest level up, where each level begins, and whose the finest ones are."""

    boxes: npt.NDArray[np.float32]  # (6, …)
    begins: npt.NDArray[np.int64]
    leaves: Rows


class ShapeArrays(NamedTuple):
    """What compiled loops need of places: the tree, boxes row by row, and the packed numbers."""

    tree: _Tree
    boxes: npt.NDArray[np.float32]
    numbers: npt.NDArray[np.float64]
    ends: npt.NDArray[np.int64]


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

    @property
    def arrays(self) -> ShapeArrays:
        """The places as compiled loops take them, with the tree made anew where it lacks many."""
        boxes = self._boxes.values.reshape(-1, 6)
        if len(boxes) - len(self._tree.leaves) > max(_MOST_APART, len(boxes) // 8):
            self._tree = _tree(boxes)
        return ShapeArrays(self._tree, boxes, self._numbers.values, self._ends.values)

    def near(self, asked: Packed) -> Rows:
        """Rows whose boxes meet that of a packed place."""
        return np.asarray(near(self.arrays, asked))

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
    leaves = np.argsort(nested_cell(middles / np.maximum(sizes, 1e-30), order=_ORDER))
    levels = [_whole(boxes[leaves].T)]
    while levels[-1].shape[1] > _TOGETHER:
        together = levels[-1].reshape(6, -1, _TOGETHER)
        above = np.empty(together.shape[:2], dtype=np.float32)
        above[::2], above[1::2] = together[::2].min(axis=2), together[1::2].max(axis=2)
        levels.append(_whole(above))
    begins = np.cumsum([0, *(level.shape[1] for level in levels)], dtype=np.int64)
    return _Tree(np.concatenate(levels, axis=1), begins, leaves)


def _whole(boxes: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """A level, filled up with boxes that nothing meets: all larger ones have as many in them."""
    missing = -boxes.shape[1] % _TOGETHER
    nothing = np.repeat(np.array([[2.0], [-2.0]] * 3, dtype=np.float32), missing, axis=1)
    return np.concatenate([boxes, nothing], axis=1)


@numba.njit(cache=True, error_model="numpy", nogil=True)
def near(shapes: Any, asked: Any) -> Any:
    """Rows whose boxes meet a place's: down the tree, then those that it lacks, one by one."""
    (tree, begins, leaves), boxes = shapes.tree, shapes.boxes
    bounds, box = bounds_xyz(asked), np.empty(6, dtype=np.float32)
    for k in range(6):
        box[k] = np.nextafter(np.float32(bounds[k]), np.float32(np.inf if k % 2 else -np.inf))
    level = len(begins) - 2
    size = begins[level + 1] - begins[level]
    found, count = np.arange(size // _TOGETHER), size // _TOGETHER
    meets = np.empty(_TOGETHER, dtype=np.uint8)
    while True:
        inside, size = np.empty(count * _TOGETHER, dtype=np.int64), 0
        for k in range(count):
            first = found[k] * _TOGETHER
            at = begins[level] + first
            few = tree[:, at : at + _TOGETHER]
            for n in range(_TOGETHER):  # without a branch: several are compared at once
                meets[n] = (
                    (few[0, n] <= box[1]) & (few[1, n] >= box[0]) & (few[2, n] <= box[3])
                    & (few[3, n] >= box[2]) & (few[4, n] <= box[5]) & (few[5, n] >= box[4])
                )  # fmt: skip
            for n in range(_TOGETHER):
                inside[size] = first + n
                size += meets[n]
        found, count = inside, size
        if level == 0:
            break
        level -= 1
    told = np.empty(count + len(boxes) - len(leaves), dtype=np.int64)
    for k in range(count):
        told[k] = leaves[found[k]]
    for row in range(len(leaves), len(boxes)):
        b = boxes[row]
        if (
            b[0] <= box[1] and b[1] >= box[0] and b[2] <= box[3]
            and b[3] >= box[2] and b[4] <= box[5] and b[5] >= box[4]
        ):  # fmt: skip
            told[count] = row
            count += 1
    return told[:count]
