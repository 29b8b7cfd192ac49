"""Stores of electric energy: what one can give and take in a step, and what that does to it.

The efficiency of a way through the store is charge x discharge efficiency; power limits count at
the bus. A regenerative fuel cell is such a store: the electrolyser charges it, the fuel cell
discharges it, each with a power and an efficiency of its own, and the tanks are its capacity. Not
here yet: capacity that shrinks in the cold, start-up of fuel cells.
"""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

__all__ = [
    "acceptable_w", "capacity_left_fraction", "charged_wh", "deliverable_w", "discharged_wh",
]  # fmt: skip

FloatArray: TypeAlias = npt.NDArray[np.float64]
Values: TypeAlias = float | FloatArray
_HOUR_S = 3600.0


def capacity_left_fraction(
    years: Values, full_cycles: Values, *, fade_per_year: Values, fade_per_cycle: Values
) -> FloatArray:
    """Part of a store's capacity that age and use have left. [1] Any shape.

    Age compounds by Julian years; use counts linearly in full equivalent cycles: the energy drawn
    over the capacity of the new store. Both together multiply; a straight line stands for the tests
    of makers, which tell one figure for so many cycles and one for so many years.
    """
    aged = (1.0 - np.asarray(fade_per_year, dtype=np.float64)) ** np.asarray(years)
    used = 1.0 - np.asarray(full_cycles, dtype=np.float64) * fade_per_cycle
    return np.asarray(aged * np.maximum(used, 0.0))


def deliverable_w(
    battery_energy_wh: Values,
    floor_wh: Values,
    *,
    step_s: float,
    discharge_power_w: Values,
    discharge_efficiency: Values,
) -> FloatArray:
    """Power a store can give the bus through a whole step without falling below its floor. [W]

    Any shape. By conservation of energy: (energy - floor) x efficiency / step, within the limit.
    """
    above_wh = np.maximum(np.asarray(battery_energy_wh, dtype=np.float64) - floor_wh, 0.0)
    return np.asarray(
        np.minimum(discharge_power_w, above_wh * discharge_efficiency * _HOUR_S / step_s)
    )


def acceptable_w(
    battery_energy_wh: Values,
    capacity_wh: Values,
    *,
    step_s: float,
    charge_power_w: Values,
    charge_efficiency: Values,
) -> FloatArray:
    """Power a store can take from the bus through a whole step without overflowing. [W]"""
    room_wh = np.maximum(capacity_wh - np.asarray(battery_energy_wh, dtype=np.float64), 0.0)
    return np.asarray(np.minimum(charge_power_w, room_wh * _HOUR_S / (charge_efficiency * step_s)))


def charged_wh(
    battery_energy_wh: Values,
    power_w: Values,
    *,
    step_s: float,
    charge_efficiency: Values,
) -> FloatArray:
    """Energy in a store after it took `power_w` from the bus for a step. [Wh]"""
    taken_wh = np.asarray(power_w, dtype=np.float64) * step_s / _HOUR_S
    return np.asarray(battery_energy_wh + taken_wh * charge_efficiency)


def discharged_wh(
    battery_energy_wh: Values,
    power_w: Values,
    *,
    step_s: float,
    discharge_efficiency: Values,
) -> FloatArray:
    """Energy in a store after it gave `power_w` to the bus for a step. [Wh]"""
    given_wh = np.asarray(power_w, dtype=np.float64) * step_s / _HOUR_S
    return np.asarray(battery_energy_wh - given_wh / discharge_efficiency)
