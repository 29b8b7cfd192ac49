"""Generators that start up, ramp and follow their load, compiled: fission units.

Off, or lost, a unit is cold; on again it gives its first power after its start-up, and then no more
than its ramp lets it. What nobody takes it does not make, down to its least power and no faster
than its ramp; the rest is spilled. Part of the step loop: see `kernel`.
"""

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from ilrs.station.lanes import MADE, step_part

__all__ = ["begin_units", "run_unit", "turn_down"]

Rows: TypeAlias = npt.NDArray[np.void]
IntArray: TypeAlias = npt.NDArray[np.int64]
#: One row of a structured array inside compiled code, where fields are attributes.
Row: TypeAlias = Any


@step_part
def begin_units(sizes: Rows, steered: IntArray, units: Rows, lanes: int) -> None:
    """Units as a run begins: cold, or running since ever with any power behind them."""
    for k in range(steered.size):
        is_cold = sizes[steered[k]].starts_cold
        for i in range(lanes):
            units[k].ran_steps[i] = 0.0 if is_cold else np.inf
            units[k].output_w[i] = 0.0 if is_cold else -1.0


@step_part
def run_unit(
    size: Row, unit: Row, row: Row, bus: Row, sums: Row, full_w: float, heat_w: float, lanes: int
) -> None:
    """Brings in the most that a unit can make in this step; notes the least. [W]

    Its waste heat, of the power in the step before, counts against what its radiator gives off.
    """
    for i in range(lanes):
        full = full_w * row.health[i] * (1.0 - row.is_lost[i])
        ran = unit.ran_steps[i] + 1.0 if full > 0.0 else 0.0
        # Within the step in which the start-up ends, its first power comes.
        there = full * min(max(ran - size.start_up_steps, 0.0), 1.0)
        change, last = size.ramp_fraction * full, unit.output_w[i]
        most = there if last < 0.0 else min(there, last + change)
        unit.least_w[i] = min(max(size.least_fraction * there, last - change), most)
        unit.most_w[i], unit.full_w[i], unit.ran_steps[i] = most, there, ran
        row.made_w[i] += most
        bus.source_w[MADE, i] += most
        sums.made_w[i] += most
        before = most if last < 0.0 else min(last, full)
        brought = heat_w * before / full_w if full_w > 0.0 else 0.0
        row.radiated_w[i] = (row.radiated_w[i] if size.radiator_area_m2 > 0.0 else 0.0) - brought


@step_part
def turn_down(unit: Row, row: Row, bus: Row, sums: Row, lanes: int) -> None:
    """Takes back what a unit could have made and nobody on its bus or beyond has taken.

    Spared is all that it could come to make: its ramp holds those who ask for it at once.
    """
    for i in range(lanes):
        less = min(bus.source_w[MADE, i], unit.most_w[i] - unit.least_w[i])
        bus.source_w[MADE, i] -= less
        unit.output_w[i] = unit.most_w[i] - less
        row.made_w[i] -= less
        sums.made_w[i] -= less
        sums.spared_w[i] += unit.full_w[i] - unit.output_w[i]
