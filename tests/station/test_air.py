import numpy as np
import pytest
from scipy.integrate import solve_ivp

from ilrs.station.air import (
    days_to_draw_down,
    days_to_fill,
    gas_mass_kg,
    kept_fraction,
    partial_pressure_pa,
)


# CODATA 2018: molar volume of an ideal gas at 273.15 K and 101.325 kPa, 22.41396954e-3 m3/mol
# (exact up to its printed digits).
def test_a_mole_of_gas_fills_its_molar_volume() -> None:
    mass_kg = gas_mass_kg(
        101325.0, volume_m3=22.41396954e-3, temperature_k=273.15, molar_mass_kg_mol=28.014e-3
    )
    assert mass_kg == pytest.approx(28.014e-3, rel=1e-9)


def test_pressure_gives_back_the_mass_it_was_made_of() -> None:
    place = {"volume_m3": 90.0, "temperature_k": 295.0, "molar_mass_kg_mol": 44.009e-3}
    pressures_pa = np.array([0.0, 400.0, 707.0])
    np.testing.assert_allclose(
        partial_pressure_pa(gas_mass_kg(pressures_pa, **place), **place), pressures_pa, rtol=1e-14
    )


def test_a_leak_takes_the_same_part_of_what_is_left_every_day() -> None:
    left = kept_fraction(np.array([0.0, 1.0, 10.0, 1386.294361]), leakage_per_day=5e-4)
    np.testing.assert_allclose(left, [1.0, np.exp(-5e-4), np.exp(-5e-3), 0.5], rtol=1e-9)


def test_without_a_leak_gas_builds_up_in_a_straight_line() -> None:
    days = days_to_fill(
        np.array([1.0, 4.0, 5.0, 1.0]), 4.0, made_kg_d=np.array([2.0, 2.0, 2.0, 0.0]),
        leakage_per_day=0.0,
    )  # fmt: skip
    np.testing.assert_array_equal(days, [1.5, 0.0, 0.0, np.inf])


def test_a_gas_that_leaks_as_fast_as_it_is_made_never_fills() -> None:
    assert days_to_fill(0.0, 4.0, made_kg_d=2.0, leakage_per_day=0.5) == np.inf
    assert days_to_fill(0.0, 3.99, made_kg_d=2.0, leakage_per_day=0.5) < np.inf


# SciPy's DOP853, the same equations integrated until the limit; tolerance is its own.
@pytest.mark.parametrize(
    ("start_kg", "limit_kg", "rate_kg_d"), [(0.1, 2.4, 3.0), (30.0, 21.0, -2.5)]
)
def test_days_until_a_limit_are_those_of_an_integrator(start_kg, limit_kg, rate_kg_d) -> None:
    leak = 0.02

    def reached(_, mass):
        return mass[0] - limit_kg

    reached.terminal = True
    solved = solve_ivp(
        lambda _, mass: [rate_kg_d - leak * mass[0]], (0.0, 100.0), [start_kg], events=reached,
        method="DOP853", rtol=1e-10, atol=1e-12,
    )  # fmt: skip
    days = (
        days_to_fill(start_kg, limit_kg, made_kg_d=rate_kg_d, leakage_per_day=leak)
        if rate_kg_d > 0.0
        else days_to_draw_down(start_kg, limit_kg, used_kg_d=-rate_kg_d, leakage_per_day=leak)
    )
    assert days == pytest.approx(solved.t_events[0][0], rel=1e-8)


def test_without_use_or_leak_nothing_is_drawn_down() -> None:
    days = days_to_draw_down(
        np.array([5.0, 5.0, 1.0]), 2.0, used_kg_d=np.array([0.0, 1.5, 1.5]), leakage_per_day=0.0
    )
    np.testing.assert_array_equal(days, [np.inf, 2.0, 0.0])
