"""The first rows of a place in one compiled loop: what most searches ask for.

Of any conditions, orders and cursors `ilrs.datacentre.answering` finds the same step by step.
"""

from typing import Any

import numba
import numpy as np
import numpy.typing as npt

from ilrs.datacentre.ordering import smallest
from ilrs.datacentre.packing import Packed
from ilrs.datacentre.seen import RightsArrays, is_shown
from ilrs.datacentre.shapes import Rows, ShapeArrays, near
from ilrs.datacentre.spherical import lies, taken_apart

__all__ = ["first_lying"]


def first_lying(
    shapes: ShapeArrays, asked: Packed, *, is_within: bool, rights: RightsArrays,
    keys: npt.NDArray[np.int64], is_falling: bool, limit: int,
) -> tuple[Rows, npt.NDArray[np.int64]]:  # fmt: skip
    """Rows whose places meet a packed one, or lie within it, and that are seen, by their keys.

    As many first ones as the limit, in order, and those like the last; with the keys of these, as
    numbers that rise. `keys` holds one for each row of the catalogue.
    """
    rows, numbers = _first(shapes, asked, is_within, rights, keys, -1 if is_falling else 1, limit)
    return np.asarray(rows), np.asarray(numbers)


@numba.njit(cache=True, error_model="numpy", nogil=True)
def _first(
    shapes: Any, asked: Any, is_within: bool, rights: Any, keys: Any, way: int, limit: int
) -> Any:
    rows, apart = near(shapes, asked), taken_apart(asked)
    numbers = np.empty(len(rows), dtype=np.int64)
    for k in range(len(rows)):
        numbers[k] = way * keys[rows[k]]
    size, count = 2 * limit, 0
    while True:
        chosen: Rows = smallest(numbers, size) if size < len(rows) else np.arange(len(rows))
        tried, count = len(chosen), 0
        for k in chosen:
            if is_shown(rights, rows[k]) and lies(
                apart, shapes.numbers, shapes.ends, rows[k], is_within
            ):
                chosen[count] = k
                count += 1
        if count >= limit or tried == len(rows):
            break
        size *= 4
    chosen = chosen[:count]
    chosen = chosen[np.argsort(numbers[chosen], kind="mergesort")]
    end = min(len(chosen), limit)
    while 0 < end < len(chosen) and numbers[chosen[end]] == numbers[chosen[end - 1]]:
        end += 1
    return rows[chosen[:end]], numbers[chosen[:end]]
