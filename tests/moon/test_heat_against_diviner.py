"""Ground temperatures against Hayne et al. 2017, Apollo and LRO Diviner."""

from pathlib import Path

import numpy as np
import pytest

from ilrs.moon.column import DEPTHS_M, run_columns
from ilrs.moon.heat import column_temperature_k, sunlight_absorbed_w_m2

DAY_S = 29.530589 * 86400.0
STEPS = 1417  # half an hour
HOURS_AFTER_NOON = 24.0 * (np.arange(STEPS) + 0.5) / STEPS


def lunar_day_k(latitude_deg: float, *, normal_albedo: float = 0.12) -> np.ndarray:
    """Column temperatures over one lunar day at 1 au, from noon on."""
    turn = 2.0 * np.pi * (np.arange(STEPS) + 0.5) / STEPS
    elevation = np.degrees(np.arcsin(np.cos(np.radians(latitude_deg)) * np.cos(turn)))
    heat = sunlight_absorbed_w_m2(1361.0, elevation, normal_albedo=normal_albedo)
    return column_temperature_k(heat, step_s=DAY_S / STEPS)


# Hayne et al. 2017 (10.1002/2017JE005387), table A2: 385 and 95 K, both to 5 K (truth table T1:
# A0 0.12, H 0.06 m).
def test_equator_at_noon_and_at_the_end_of_night() -> None:
    surface = lunar_day_k(0.0)[:, 0]
    night = surface[(HOURS_AFTER_NOON > 6.0) & (HOURS_AFTER_NOON < 18.0)]
    assert surface.max() == pytest.approx(385.0, abs=5.0)
    assert night.min() == pytest.approx(95.0, abs=5.0)


# The same table, Apollo heat-flow sites on dark mare (T3: A0 0.06), means over a lunar day at the
# surface and at depth: 26 N 211 and 252 K at 0.83 m; all to 5 K.
def test_apollo_15_at_the_surface_and_below() -> None:
    mean = lunar_day_k(26.0, normal_albedo=0.06).mean(axis=0)
    assert mean[0] == pytest.approx(211.0, abs=5.0)
    assert np.interp(0.83, DEPTHS_M, mean) == pytest.approx(252.0, abs=5.0)


# LRO Diviner night-time temperatures of rock-free regolith (T5), 2 K.
@pytest.mark.parametrize(("hour", "expected_k"), [(8.48, 107.5), (12.48, 98.9), (16.49, 94.1)])
def test_equator_at_night(hour: float, expected_k: float) -> None:
    surface = lunar_day_k(0.0)[:, 0]
    assert np.interp(hour, HOURS_AFTER_NOON, surface) == pytest.approx(expected_k, abs=2.0)


# All nine digitised points of both curves (Hayne et al. 2017, Bandfield et al. 2011), the same 2 K.
@pytest.mark.parametrize("latitude_deg", [0, 30])
def test_night_curve(shared: Path, latitude_deg: int) -> None:
    path = shared / "data" / "thermal" / f"diviner_regtemp_lat{latitude_deg:02d}.csv"
    hours, expected_k = np.genfromtxt(path, delimiter=",", skip_header=1).T
    surface = lunar_day_k(float(latitude_deg))[:, 0]
    assert np.abs(np.interp(hours, HOURS_AFTER_NOON, surface) - expected_k).max() <= 2.0


# Vasavada et al. 2012 (10.1029/2011JE003987) as drawn in SpringerPlus 3:723 (T8): 213 K mean over
# a lunar day at the equator, 197.3 K over the whole Moon. The Sun is taken over the equator; at the
# poles, where that matters, there is little area. 5 K, the tolerance of all these checks.
def test_means_of_the_equator_and_of_the_moon() -> None:
    sine = (np.arange(20) + 0.5) / 20  # latitudes of equal area
    turn = 2.0 * np.pi * (np.arange(STEPS)[:, None] + 0.5) / STEPS
    elevation = np.degrees(np.arcsin(np.sqrt(1.0 - sine**2) * np.cos(turn)))
    run = run_columns(sunlight_absorbed_w_m2(1361.0, elevation), step_s=DAY_S / STEPS)
    assert run.kept_k.mean() == pytest.approx(197.3, abs=5.0)
    assert lunar_day_k(0.0)[:, 0].mean() == pytest.approx(213.0, abs=5.0)
