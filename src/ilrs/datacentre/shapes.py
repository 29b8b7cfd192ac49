"""The places of a catalogue's rows in memory: a tree of boxes on the unit sphere, then the test.

Around each place is a box in x, y and z. Boxes that are neighbours in HEALPix's nested order lie
sixteen to a larger one, these again, up to the whole Moon: a packed R-tree. What its walk leaves is
tested exactly (`ilrs.datacentre.spherical`). Rows that were added since the tree was made are
looked at one by one, until they are many and it is made anew.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numba
import numpy as np
import numpy.typing as npt

from ilrs.datacentre.growing import Growing
from ilrs.datacentre.healpix import nested_cell
from ilrs.datacentre.packing import Packed
from ilrs.datacentre.spherical import bounds_of, bounds_xyz, lie

__all__ = ["TOGETHER", "ShapeArrays", "Shapes", "Tree", "box_around", "is_meeting", "meeting"]

Rows = npt.NDArray[np.int64]
TOGETHER = 16  # boxes in a larger one
_MOST_APART = 4096  # rows that the tree need not hold
_ORDER = 12  # of HEALPix: cells of 0.4 km on the Moon


class Tree(NamedTuple):
    """Boxes, from the finest level up, where each level begins, and whose the finest ones are."""

    boxes: npt.NDArray[np.float32]  # (6, …)
    begins: npt.NDArray[np.int64]
    leaves: Rows


class ShapeArrays(NamedTuple):
    """What compiled loops need of places: the tree, boxes row by row, and the packed numbers."""

    tree: Tree
    boxes: npt.NDArray[np.float32]
    numbers: npt.NDArray[np.float64]
    ends: npt.NDArray[np.int64]


class Shapes:
    """Packed places, row after row; a row without one meets nothing."""

    def __init__(self) -> None:
        self._numbers, self._ends = Growing.of(np.float64), Growing.of(np.int64)
        self._boxes = Growing.of(np.float32)  # six for each row
        self._tree = _tree(np.empty((0, 6), dtype=np.float32))
        self._least: dict[tuple[str, int], npt.NDArray[np.int64]] = {}

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
            self._least = {}
        return ShapeArrays(self._tree, boxes, self._numbers.values, self._ends.values)

    def least(self, name: str, keys: npt.NDArray[np.int64], *, way: int) -> npt.NDArray[np.int64]:
        """Of each box in the tree the least key of the rows in it, times `way`: 1 or -1.

        `keys` are those of all rows; by their name they are known again, until the tree changes.
        """
        known = self._least.get((name, way))
        if known is None:
            known = self._least[name, way] = _least(self._tree, way * keys[self._tree.leaves])
        return known

    def near(self, asked: Packed) -> Rows:
        """Rows whose boxes meet that of a packed place."""
        return np.asarray(_near(self.arrays, asked))

    def lying(self, rows: Rows, asked: Packed, *, is_within: bool) -> npt.NDArray[np.bool_]:
        """Of each of these rows whether its place meets a packed place, or lies within it."""
        return np.asarray(lie(asked, self._numbers.values, self._ends.values, rows, is_within))


_OUTWARD = np.array([-np.inf, np.inf] * 3, dtype=np.float32)


def _outward(bounds: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
    """Bounds in 32 bits, rounded so that what was inside is."""
    return np.nextafter(bounds.astype(np.float32), _OUTWARD)


def _tree(boxes: npt.NDArray[np.float32]) -> Tree:
    middles = boxes[:, ::2].astype(np.float64) + boxes[:, 1::2]
    sizes = np.linalg.norm(middles, axis=1, keepdims=True)
    leaves = np.argsort(nested_cell(middles / np.maximum(sizes, 1e-30), order=_ORDER))
    levels = [_whole(boxes[leaves].T)]
    while levels[-1].shape[1] > TOGETHER:
        together = levels[-1].reshape(6, -1, TOGETHER)
        above = np.empty(together.shape[:2], dtype=np.float32)
        above[::2], above[1::2] = together[::2].min(axis=2), together[1::2].max(axis=2)
        levels.append(_whole(above))
    begins = np.cumsum([0, *(level.shape[1] for level in levels)], dtype=np.int64)
    return Tree(np.concatenate(levels, axis=1), begins, leaves)


def _least(tree: Tree, keys: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Of each box in a tree the least of its leaves' keys, the greatest number without any."""
    level = np.full(tree.begins[1], np.iinfo(np.int64).max)
    level[: len(keys)] = keys
    levels = [level]
    for begin, end in pairwise(tree.begins[1:].tolist()):
        above = np.full(end - begin, np.iinfo(np.int64).max)
        together = levels[-1].reshape(-1, TOGETHER).min(axis=1)
        above[: len(together)] = together
        levels.append(above)
    return np.concatenate(levels)


def _whole(boxes: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """A level, filled up with boxes that nothing meets: all larger ones have as many in them."""
    missing = -boxes.shape[1] % TOGETHER
    nothing = np.repeat(np.array([[2.0], [-2.0]] * 3, dtype=np.float32), missing, axis=1)
    return np.concatenate([boxes, nothing], axis=1)


@numba.njit(cache=True, error_model="numpy", nogil=True)
def box_around(asked: Any) -> Any:
    """The box around a packed place in 32 bits, rounded so that what was inside is."""
    bounds, box = bounds_xyz(asked), np.empty(6, dtype=np.float32)
    for k in range(6):
        box[k] = np.nextafter(np.float32(bounds[k]), np.float32(np.inf if k % 2 else -np.inf))
    return box


@numba.njit(cache=True, error_model="numpy", nogil=True)
def meeting(boxes: Any, at: int, box: Any, told: Any) -> None:
    """Puts into `told` which of the boxes from `at` on that lie to a larger one meet a box."""
    few = boxes[:, at : at + TOGETHER]
    for k in range(TOGETHER):  # without a branch: several are compared at once
        told[k] = (
            (few[0, k] <= box[1]) & (few[1, k] >= box[0]) & (few[2, k] <= box[3])
            & (few[3, k] >= box[2]) & (few[4, k] <= box[5]) & (few[5, k] >= box[4])
        )  # fmt: skip


@numba.njit(cache=True, error_model="numpy", nogil=True)
def is_meeting(b: Any, box: Any) -> Any:
    """Whether one row's box meets a box."""
    return (
        b[0] <= box[1] and b[1] >= box[0] and b[2] <= box[3]
        and b[3] >= box[2] and b[4] <= box[5] and b[5] >= box[4]
    )  # fmt: skip


@numba.njit(cache=True, error_model="numpy", nogil=True)
def _near(shapes: Any, asked: Any) -> Any:
    """Rows whose boxes meet a place's: down the tree, then those that it lacks, one by one."""
    (tree, begins, leaves), boxes = shapes.tree, shapes.boxes
    box, meets = box_around(asked), np.empty(TOGETHER, dtype=np.uint8)
    level = len(begins) - 2
    count = (begins[level + 1] - begins[level]) // TOGETHER
    found = np.arange(count)
    while True:
        inside, size = np.empty(count * TOGETHER, dtype=np.int64), 0
        for k in range(count):
            first = found[k] * TOGETHER
            meeting(tree, begins[level] + first, box, meets)
            for n in range(TOGETHER):
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
        if is_meeting(boxes[row], box):
            told[count] = row
            count += 1
    return told[:count]
