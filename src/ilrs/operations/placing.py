"""The placing loop of the schedule, compiled: who runs in which step, on plain arrays."""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from ilrs.foundation.compiled import compiled, compiled_part

__all__ = ["EXHAUSTED", "MINIMUM_RUN", "PLACED", "place"]

FloatArray: TypeAlias = npt.NDArray[np.float64]
IntArray: TypeAlias = npt.NDArray[np.int64]
BoolArray: TypeAlias = npt.NDArray[np.bool_]

#: How the placing of an experiment ended: all of it stands, no place is left, or what is left is
#: shorter than the shortest run allowed.
PLACED, EXHAUSTED, MINIMUM_RUN = 0, 1, 2
_OPEN = -1


@compiled_part(makes_arrays=False)
def _next(end: IntArray, owner: IntArray, granted_s: FloatArray, wanted_s: FloatArray) -> int:
    """The first open experiment of the partner with the least share; -1 when none is open.

    Experiments stand in the order of priority and id, so the first one found wins a tie.
    """
    best, least = -1, 0.0
    for x in range(end.size):
        if end[x] == _OPEN:
            share = granted_s[owner[x]] / wanted_s[owner[x]]
            if best < 0 or share < least:
                best, least = x, share
    return best


@compiled_part(makes_arrays=False)
def _stretch(fits: BoolArray, power_w: float, left_w: FloatArray, start: int, most: int) -> int:
    """Steps from `start` on in which the experiment could run without a break, `most` at most."""
    k = start
    while k < fits.size and k - start < most and fits[k] and left_w[k] >= power_w:
        k += 1
    return k - start


@compiled_part(makes_arrays=False)
def _find(fits: BoolArray, power_w: float, left_w: FloatArray, cursor: int, steps: int) -> int:
    """The first step from the cursor on where a run of `steps` has room; the end if nowhere."""
    while cursor < fits.size:
        room = _stretch(fits, power_w, left_w, cursor, steps)
        if room >= steps:
            return cursor
        cursor += room + 1
    return fits.size


@compiled(makes_arrays=False)
def place(
    fits: BoolArray, power_w: FloatArray, wanted_s: FloatArray, run_steps: IntArray,
    owner: IntArray, owner_wanted_s: FloatArray, left_w: FloatArray, step_s: float,
    granted_s: FloatArray, placed_s: FloatArray, cursor: IntArray, planned: FloatArray,
    end: IntArray,
) -> None:  # fmt: skip
    """Fills `planned` (experiment, step) and `end` (how each one ended); lowers `left_w`.

    Positional, as compiled functions must be. Each turn belongs to the partner with the least share
    granted; its experiment goes on with its run for one shortest run's length, or else begins a new
    run at the first room later on. Power only gets scarcer while placing, so nobody looks back, and
    the steps looked at are in proportion to experiments x steps. What is granted to each partner,
    placed of each experiment and looked at for it begins with zeros.
    """
    count, steps = fits.shape
    for x in range(count):
        end[x] = PLACED if wanted_s[x] <= 0.0 else _OPEN
    x = _next(end, owner, granted_s, owner_wanted_s)
    while x >= 0:
        rest_s = wanted_s[x] - placed_s[x]
        rest = int(np.ceil(rest_s / step_s - 1e-9))
        begin = cursor[x]
        goes_on = begin > 0 and planned[x, begin - 1] > 0.0
        room = _stretch(fits[x], power_w[x], left_w, begin, min(rest, run_steps[x]))
        if not goes_on or room == 0:
            if rest < run_steps[x]:
                end[x] = MINIMUM_RUN
            begin = _find(fits[x], power_w[x], left_w, begin, run_steps[x])
            room = run_steps[x]
            if begin >= steps and end[x] == _OPEN:
                end[x] = EXHAUSTED
        if end[x] == _OPEN:
            for k in range(begin, begin + room):
                part_s = min(wanted_s[x] - placed_s[x], step_s)
                planned[x, k] = part_s / step_s
                placed_s[x] += part_s
                granted_s[owner[x]] += part_s
                left_w[k] -= power_w[x]
            cursor[x] = begin + room
            if wanted_s[x] - placed_s[x] <= 1e-9 * step_s:
                end[x] = PLACED
        x = _next(end, owner, granted_s, owner_wanted_s)
