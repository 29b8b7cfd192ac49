"""Stores of electric energy: what one can give and take in a step, and what that does to it.

The efficiency of a way through the store is charge x discharge efficiency; power limits count at
the bus. A regenerative fuel cell is such a store: the electrolyser charges it, the fuel cell
discharges it, each with a power and an efficiency of its own, and the tanks are its capacity. Not
here yet: capacity that shrinks in the cold, start-up of fuel cells.
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from ilrs.programme.entities import Storage

__all__ = [
    "ChargePath", "acceptable_w", "capacity_left_fraction", "charge_path", "charged_wh",
    "deliverable_w", "discharged_wh", "tapered_w",
]  # fmt: skip

FloatArray: TypeAlias = npt.NDArray[np.float64]
Values: TypeAlias = float | FloatArray
_HOUR_S = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargePath:
    """The way from the bus into a store, through its charger where it has one."""

    power_w: float
    efficiency: float
    taper_above: float  # state of charge; 1 for none


def charge_path(store: Storage) -> ChargePath:
    """What a store and its charger together take, and the part of it that is stored."""
    charger = store.charger
    if charger is None:
        return ChargePath(
            power_w=store.charge_power_w, efficiency=store.charge_efficiency, taper_above=1.0
        )
    most_w = store.charge_power_w if charger.power_w is None else charger.power_w
    return ChargePath(
        power_w=min(store.charge_power_w, most_w),
        efficiency=store.charge_efficiency * charger.efficiency,
        taper_above=charger.taper_above,
    )


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


def tapered_w(
    battery_energy_wh: Values,
    capacity_wh: Values,
    *,
    step_s: float,
    charge_power_w: Values,
    charge_efficiency: Values,
    taper_above: float,
) -> FloatArray:
    """Mean power that a store takes through a step from a charger that tapers. [W] Any shape.

    Constant power up to the state of charge `taper_above`, then in proportion to what is missing,
    which is an exponential: the constant voltage of a battery's charge (Linden's Handbook of
    Batteries, on charging lithium-ion cells). Exact over a step of any length.
    """
    begin_wh, hours = np.asarray(battery_energy_wh, dtype=np.float64), step_s / _HOUR_S
    stored_w = np.maximum(np.asarray(charge_power_w) * charge_efficiency, 1e-300)
    steady_h = np.clip((taper_above * capacity_wh - begin_wh) / stored_w, 0.0, hours)
    missing_wh = np.maximum(capacity_wh - begin_wh - stored_w * steady_h, 0.0)
    span_h = np.maximum((1.0 - taper_above) * capacity_wh / stored_w, 1e-300)
    rest_wh = missing_wh * -np.expm1(-(hours - steady_h) / span_h)
    return np.asarray((stored_w * steady_h + rest_wh) / (charge_efficiency * hours))


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
