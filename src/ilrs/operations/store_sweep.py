"""The most that a vehicle can have left of a store, at every cell step by step; compiled.

The store is a battery, or metres that may still be driven, or both a battery and flights (layers).
At one place and step more is never worse, so one number per cell, layer and step is exact on steps.
"""

from typing import Any

import numpy as np
from numba import njit

__all__ = ["DRIVE", "LIT", "STAY", "NOT_THERE", "sweep"]

#: What holds at a cell in a step, as bits: the Sun is in view, it may drive, it may be there.
LIT, DRIVE, STAY = 1, 2, 4
#: The store of a cell where the vehicle cannot be.
NOT_THERE = np.float32(-1.0)


@njit(cache=True)
def _on_the_way(
    held: float, here: int, there: int, begin: int, took: int, drawn: float, flags: Any,
    won: float, most: float,
) -> float:  # fmt: skip
    """What is left at the end of a way; negative where it may not be driven or the store runs out.

    The first half of the steps, a middle one among them, passes in the cell that is left, the
    second half, a middle one among them, in the other; light in a middle step is that of the first.
    """
    first, second = (took + 1) // 2, took // 2
    for n in range(took):
        if n < first and not flags[here, begin + n] & DRIVE:
            return -1.0
        if n >= second and not flags[there, begin + n] & DRIVE:
            return -1.0
        at = here if n < first else there
        held -= drawn / took
        if flags[at, begin + n] & LIT:
            held += won
        held = min(held, most)
        if held < 0.0:
            return -1.0
    return held


@njit(cache=True)
def sweep(
    flags: Any, offset: Any, took: Any, drawn: Any, gain: Any, won: float, most: float, uses: int,
    layers: int, start: int, held: float,
) -> tuple[Any, Any, Any]:  # fmt: skip
    """What is left at the end, the first step at each cell, and the way by which each was entered.

    `flags` (cell, step) holds the bits; `took` and `drawn` (cell, way) the steps of a way (0: none)
    and what it draws, evenly over its steps. Standing still a step gives `gain[lit]`; driving in
    light gives `won` beside what it draws. A way leads `uses` layers on, of `layers`. The vehicle
    begins at `start` with `held`. Results: (layer, cell) at the last step, (layer, cell) of steps
    (-1: never), (step, layer, cell) of ways (-1: none, it stood there or was not there).
    """
    cells, steps = flags.shape
    longest = took.max() + 1
    now = np.full((layers, cells), NOT_THERE, np.float32)
    later = np.full((longest, layers, cells), NOT_THERE, np.float32)
    later_way = np.full((longest, layers, cells), np.int16(-1), np.int16)
    came = np.full((steps + 1, layers, cells), np.int16(-1), np.int16)
    first = np.full((layers, cells), np.int32(-1), np.int32)
    later[0, 0, start] = held
    for k in range(steps + 1):
        slot = k % longest
        for layer in range(layers):
            for cell in range(cells):
                left = now[layer, cell]
                if k > 0 and left >= 0.0:
                    bits = flags[cell, k - 1]
                    left = min(left + gain[bits & LIT], most)
                    if left < 0.0 or not bits & STAY:
                        left = NOT_THERE
                if later[slot, layer, cell] > left:
                    left = later[slot, layer, cell]
                    came[k, layer, cell] = later_way[slot, layer, cell]
                later[slot, layer, cell] = NOT_THERE
                now[layer, cell] = left
                if left >= 0.0 and first[layer, cell] < 0:
                    first[layer, cell] = k
        if k == steps:
            break
        for layer in range(layers - uses):
            for cell in range(cells):
                left = now[layer, cell]
                if left < 0.0 or not flags[cell, k] & DRIVE:
                    continue
                for way in range(offset.size):
                    m = took[cell, way]
                    if m == 0 or k + m > steps:
                        continue
                    there = cell + offset[way]
                    arrives = _on_the_way(
                        left, cell, there, k, m, drawn[cell, way], flags, won, most
                    )
                    place = (k + m) % longest
                    if arrives > later[place, layer + uses, there]:
                        later[place, layer + uses, there] = arrives
                        later_way[place, layer + uses, there] = way
    return now, first, came
