"""Gas of a cabin: mass and partial pressure, what a leak leaves, and how long air lasts unrenewed.

An ideal gas at one temperature; the vapour of the crew's breath counts as condensed at once.
"""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

__all__ = [
    "days_to_draw_down",
    "days_to_fill",
    "gas_mass_kg",
    "kept_fraction",
    "partial_pressure_pa",
]

FloatArray: TypeAlias = npt.NDArray[np.float64]
Values: TypeAlias = float | FloatArray
_GAS_CONSTANT_J_MOL_K = 8.31446261815324  # exact, by the definitions of the SI of 2019


def gas_mass_kg(
    pressure_pa: Values, *, volume_m3: float, temperature_k: float, molar_mass_kg_mol: float
) -> FloatArray:
    """Mass of a gas at a partial pressure in a volume. [kg]"""
    mol = np.asarray(pressure_pa) * volume_m3 / (_GAS_CONSTANT_J_MOL_K * temperature_k)
    return np.asarray(mol * molar_mass_kg_mol)


def partial_pressure_pa(
    gas_kg: Values, *, volume_m3: float, temperature_k: float, molar_mass_kg_mol: float
) -> FloatArray:
    """Partial pressure of a mass of gas in a volume. [Pa]"""
    mol = np.asarray(gas_kg) / molar_mass_kg_mol
    return np.asarray(mol * _GAS_CONSTANT_J_MOL_K * temperature_k / volume_m3)


def kept_fraction(days: Values, *, leakage_per_day: float) -> FloatArray:
    """Part of the air that is still there after a time: a leak takes a steady part of what is."""
    return np.asarray(np.exp(-leakage_per_day * np.asarray(days)))


def days_to_fill(
    gas_kg: Values, limit_kg: float, *, made_kg_d: Values, leakage_per_day: float
) -> FloatArray:
    """Days until a gas that is made and leaks rises to its limit; infinite where it never does.

    Solves dm/dt = made - leakage m.
    """
    gas, made = np.broadcast_arrays(
        np.asarray(gas_kg, dtype=np.float64), np.asarray(made_kg_d, dtype=np.float64)
    )
    short = np.maximum(limit_kg - gas, 0.0)
    net = made - leakage_per_day * gas  # rate at the start
    with np.errstate(divide="ignore", invalid="ignore"):
        if leakage_per_day == 0.0:
            days = short / net
        else:
            days = -np.log1p(-leakage_per_day * short / net) / leakage_per_day
    reached = (net > 0.0) & (leakage_per_day * short < net)
    return np.where(short == 0.0, 0.0, np.where(reached, days, np.inf))


def days_to_draw_down(
    gas_kg: Values, limit_kg: float, *, used_kg_d: Values, leakage_per_day: float
) -> FloatArray:
    """Days until a gas that is used and leaks falls to its limit; infinite where it never does.

    Solves dm/dt = -used - leakage m.
    """
    gas, used = np.broadcast_arrays(
        np.asarray(gas_kg, dtype=np.float64), np.asarray(used_kg_d, dtype=np.float64)
    )
    above = np.maximum(gas - limit_kg, 0.0)
    end = used + leakage_per_day * limit_kg  # rate at the limit
    with np.errstate(divide="ignore", invalid="ignore"):
        if leakage_per_day == 0.0:
            days = above / end
        else:
            days = np.log1p(leakage_per_day * above / end) / leakage_per_day
    return np.where(above == 0.0, 0.0, np.where(end > 0.0, days, np.inf))
