"""Buses whose elements ask for the same power as long as nothing befalls them, compiled.

What their elements ask is summed once and again after each event. A step in which all work of such
a bus is served or all of it is shed, in each lane, passes without a look at its elements; any other
step goes element by element. Both ways make the same sums in the same order, so a life is the same,
bit for bit, whichever way its neighbours take. Part of the step loop: see `kernel`.
"""

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from ilrs.station.lanes import WORK, step_part

__all__ = [
    "befall", "count_works", "is_even", "least_work_w", "serve_evenly", "sum_asks",
    "use_asked",
]  # fmt: skip

Rows: TypeAlias = npt.NDArray[np.void]
FloatArray: TypeAlias = npt.NDArray[np.float64]
BoolArray: TypeAlias = npt.NDArray[np.bool_]
#: One row of a structured array inside compiled code, where fields are attributes.
Row: TypeAlias = Any

_ROUNDING = 1e-9  # far more than subtracting one ask after the other can make of rounding


@step_part
def least_work_w(sizes: Rows, now: Rows, least_w: FloatArray) -> None:
    """Writes the least that any work on each bus asks for, where it asks for something. [W]"""
    for b in range(least_w.size):
        least_w[b] = np.inf
    for e in range(sizes.size):
        if sizes[e].has_work and now[e].extra_w[0] > 0.0:
            least_w[sizes[e].bus] = min(least_w[sizes[e].bus], now[e].extra_w[0])


@step_part
def sum_asks(
    sizes: Rows, steady: BoolArray, askers: Rows, now: Rows, buses: Rows, lanes: int
) -> None:
    """What all elements of steady buses ask to be kept alive, and for their work. [W]"""
    for b in range(steady.size):
        for i in range(lanes):
            buses[b].keep_w[i] = 0.0
            buses[b].extra_w[i] = 0.0
    for e in range(sizes.size):
        row, bus = now[e], buses[sizes[e].bus]
        if steady[sizes[e].bus]:
            for i in range(lanes):
                bus.keep_w[i] += row.keep_w[i] * row.is_present[i]
    for position in range(askers.size):
        e = askers[position].index
        if askers[position].kind == WORK and sizes[e].has_work and steady[sizes[e].bus]:
            row, bus = now[e], buses[sizes[e].bus]
            for i in range(lanes):
                bus.extra_w[i] += row.extra_w[i] * row.is_present[i]


@step_part
def use_asked(bus: Row, lanes: int) -> None:
    """What keeping all alive used, where nobody went short: what was asked. [W]"""
    for i in range(lanes):
        bus.used_w[i] = bus.keep_w[i] if bus.arrived_w[i] == np.inf else bus.used_w[i]


@step_part
def is_even(bus: Row, least_w: float, lanes: int) -> bool:
    """Whether in each lane all work of a bus fits what is left, or none of it."""
    uneven = 0.0
    for i in range(lanes):
        all_fits = bus.extra_w[i] * (1.0 + _ROUNDING) <= bus.left_w[i]
        uneven = max(uneven, 0.0 if all_fits or bus.left_w[i] < least_w else 1.0)
    return uneven == 0.0


@step_part
def serve_evenly(bus: Row, lanes: int) -> None:
    """Serves all work of a bus, or none of it, and counts the steps of each kind."""
    for i in range(lanes):
        all_fits = 1.0 if bus.extra_w[i] * (1.0 + _ROUNDING) <= bus.left_w[i] else 0.0
        bus.wanted_w[i] = bus.extra_w[i] * all_fits
        bus.served_steps[i] += all_fits
        bus.shed_steps[i] += 1.0 - all_fits


@step_part
def count_works(
    sizes: Rows, steady: BoolArray, now: Rows, buses: Rows, working: FloatArray, year: int,
    lane: int,
) -> None:  # fmt: skip
    """Adds the steps that passed without a look to those in which each element worked."""
    for e in range(sizes.size):
        row, bus = now[e], buses[sizes[e].bus]
        if steady[sizes[e].bus]:
            yields = sizes[e].has_work and row.extra_w[lane] > 0.0
            steps = bus.served_steps[lane] + (0.0 if yields else bus.shed_steps[lane])
            working[year, e, lane] += steps * row.is_present[lane]
    for b in range(steady.size):
        buses[b].served_steps[lane] = 0.0
        buses[b].shed_steps[lane] = 0.0


@step_part
def befall(row: Row, health: float, lane: int) -> None:
    """Changes an element's health in a lane."""
    row.health[lane] = health
    row.is_present[lane] = 1.0 if health > 0.0 else 0.0
