"""Periods and the frozen condition against published orbits, and LRO's real motion."""

import csv
from pathlib import Path

import numpy as np
import pytest

from ilrs.orbits import kepler

SHARED = Path(__file__).parents[2].parent / "shared"


def orbit_period_s(low_km: float, high_km: float) -> float:
    orbit = kepler.orbit_from_altitudes(
        periapsis_altitude_m=low_km * 1e3, apoapsis_altitude_m=high_km * 1e3, inclination_deg=90.0
    )
    return float(kepler.period_s(orbit.semi_major_axis_m))


# Queqiao-2's press orbit and Zhang et al. 2021 (Space: Sci&Tech 3471608), periods computed for the
# project's truth table (O1, O3) in November 2026; tolerance is half the last printed digit.
@pytest.mark.parametrize(
    ("low_km", "high_km", "hours"), [(200.0, 16000.0, 24.32), (300.0, 8600.0, 12.13)]
)
def test_period_against_relay_orbits(low_km: float, high_km: float, hours: float) -> None:
    assert orbit_period_s(low_km, high_km) / 3600.0 == pytest.approx(hours, abs=0.005)


# Chang'e-7's orbiter, 150 x 150 km: 122.6 min, half the last digit. Luna-26, 60-80 km: 115 min and
# 150-200 km: 125 min; these are printed in steps of 5 min and for a band of heights: 2.5 min.
@pytest.mark.parametrize(
    ("low_km", "high_km", "minutes", "tolerance"),
    [(150.0, 150.0, 122.6, 0.05), (60.0, 80.0, 115.0, 2.5), (150.0, 200.0, 125.0, 2.5)],
)
def test_period_against_low_orbiters(
    low_km: float, high_km: float, minutes: float, tolerance: float
) -> None:
    assert orbit_period_s(low_km, high_km) / 60.0 == pytest.approx(minutes, abs=tolerance)


# Truth table O4: e^2 + (5/3) cos^2 i = 1 at 62.5 deg for 200 x 16,000 km and 54.9 deg for
# 300 x 8,600 km; tolerance is half the last printed digit.
@pytest.mark.parametrize(
    ("low_km", "high_km", "inclination_deg"), [(200.0, 16000.0, 62.5), (300.0, 8600.0, 54.9)]
)
def test_frozen_inclination_against_relay_orbits(
    low_km: float, high_km: float, inclination_deg: float
) -> None:
    orbit = kepler.orbit_from_altitudes(
        periapsis_altitude_m=low_km * 1e3,
        apoapsis_altitude_m=high_km * 1e3,
        inclination_deg=inclination_deg,
    )
    found = float(kepler.frozen_inclination_deg(orbit.eccentricity))
    assert found == pytest.approx(inclination_deg, abs=0.05)


@pytest.fixture(scope="module")
def lro() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Times of LRO's ascending nodes [s], their longitudes [deg], all latitudes and altitudes."""
    path = SHARED / "data" / "orbit" / "lro_2010_q1.csv"
    if not path.exists():
        pytest.skip("LRO's positions of 2010 are not beside this checkout")
    with path.open(encoding="utf-8") as stream:
        table = [row[1:] for row in csv.reader(stream)][1:]
    longitude, latitude, altitude_km = np.array(table, dtype=np.float64).T
    k = np.flatnonzero((latitude[:-1] < 0) & (latitude[1:] >= 0))
    part = -latitude[k] / (latitude[k + 1] - latitude[k])  # a polar orbit crosses evenly
    step_deg = (longitude[k + 1] - longitude[k] + 180.0) % 360.0 - 180.0
    node_deg = np.unwrap(longitude[k] + part * step_deg, period=360.0)
    return 1000.0 * (k + part), node_deg, latitude, altitude_km


# LRO's ephemeris (NASA/JPL), January to March 2010, every 1000 s. Two-body motion leaves out the
# Moon's field, first of all 1.5 J2 (R/a)^2 = 2.9e-4 of the mean motion, and as much again by the
# difference between mean radius and mean semi-major axis.
def test_period_against_lro(lro: tuple[np.ndarray, ...]) -> None:
    crossing_s, _, _, altitude_km = lro
    nodal_s = (crossing_s[-1] - crossing_s[0]) / (crossing_s.size - 1)
    mean_km = float(altitude_km.mean())
    assert nodal_s == pytest.approx(orbit_period_s(mean_km, mean_km), rel=2 * 2.9e-4)


# The same file. The Moon turns by 13.17635815 deg a day (IAU 2015) under a node that J2 moves by
# no more than its rate at the highest latitude seen; the rest of the field may double it.
def test_node_drift_against_lro(lro: tuple[np.ndarray, ...]) -> None:
    crossing_s, node_deg, latitude, altitude_km = lro
    slope = np.polyfit(crossing_s / 86400.0, node_deg, 1)[0]
    height_m = float(altitude_km.mean()) * 1e3
    orbit = kepler.orbit_from_altitudes(
        periapsis_altitude_m=height_m,
        apoapsis_altitude_m=height_m,
        inclination_deg=min(latitude.max(), -latitude.min()),
    )
    drift = abs(float(kepler.secular_rates_deg_s(orbit)[0])) * 86400.0
    assert slope == pytest.approx(-13.17635815, abs=2 * drift)
    assert drift < 0.01  # so that the bound above says something
