"""Access windows: closed forms, brute force, and what lies between them."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from ilrs.foundation.errors import IlrsError
from ilrs.foundation.windows import Windows
from ilrs.orbits import access, kepler
from tests.orbits.two_body import two_body_view

RADIUS_M = kepler.MOON_RADIUS_M
HEIGHT_M = 100e3
PERIOD_S = float(kepler.period_s(RADIUS_M + HEIGHT_M))


@pytest.fixture
def elevation_deg(ephemeris: Any, orientation: Any) -> Callable[[np.ndarray], np.ndarray]:
    """A polar orbiter over a south-pole site of a Moon that does not turn."""

    def elevation(t_s: np.ndarray) -> np.ndarray:
        seen = two_body_view(
            periapsis_altitude_m=HEIGHT_M, apoapsis_altitude_m=HEIGHT_M, inclination_deg=90.0,
            ascending_node_deg=0.0, argument_of_periapsis_deg=0.0, mean_anomaly_deg=0.0,
            frame="MOON_EQUATOR", epoch_tdb_s=0.0, latitude_deg=-90.0, longitude_deg=0.0,
            height_m=0.0, tdb_s=t_s, ephemeris=ephemeris, orientation=orientation,
        )  # fmt: skip
        return seen.elevation_deg

    return elevation


def closed_form(mask_deg: float, revolutions: int) -> list[tuple[float, float]]:
    """Overpasses about 3/4 of each revolution: a triangle of site, centre and craft."""
    mask = np.radians(mask_deg)
    arc = np.arccos(RADIUS_M * np.cos(mask) / (RADIUS_M + HEIGHT_M)) - mask
    half_s = arc / (2 * np.pi) * PERIOD_S
    return [
        ((k + 0.75) * PERIOD_S - half_s, (k + 0.75) * PERIOD_S + half_s) for k in range(revolutions)
    ]


@pytest.mark.parametrize("mask_deg", [0.0, 5.0, 30.0])
def test_overpasses_are_the_closed_form_when_the_orbit_is_polar(
    elevation_deg: Callable[[np.ndarray], np.ndarray], mask_deg: float
) -> None:
    found = access.access_windows(
        elevation_deg, (0.0, 5 * PERIOD_S), mask_deg=mask_deg, step_s=60.0, tolerance_s=0.5
    )
    assert list(found) == [pytest.approx(span, abs=0.5) for span in closed_form(mask_deg, 5)]


def test_edges_stay_within_1_s_when_read_from_samples_a_minute_apart(
    elevation_deg: Callable[[np.ndarray], np.ndarray],
) -> None:
    t_s = np.arange(0.0, 3 * PERIOD_S, 60.0)
    found = access.sampled_access(t_s, elevation_deg(t_s), mask_deg=5.0)
    assert list(found) == [pytest.approx(span, abs=1.0) for span in closed_form(5.0, 3)]


def test_edges_are_those_of_brute_force_when_the_horizon_varies(
    elevation_deg: Callable[[np.ndarray], np.ndarray],
) -> None:
    def horizon_deg(t_s: np.ndarray) -> np.ndarray:
        return 8.0 + 4.0 * np.sin(t_s / 700.0)

    span_s = (0.0, 4 * PERIOD_S)
    found = access.access_windows(elevation_deg, span_s, horizon_deg=horizon_deg, mask_deg=6.0)
    t_s = np.arange(0.0, span_s[1], 1.0)
    clear = elevation_deg(t_s) > np.maximum(horizon_deg(t_s), 6.0)
    brute = Windows.from_mask(np.append(t_s, span_s[1]), clear)
    assert len(found) == len(brute) == 4
    assert found.start_s == pytest.approx(brute.start_s, abs=1.0)
    assert found.end_s == pytest.approx(brute.end_s, abs=1.0)


def test_the_higher_of_horizon_and_mask_rules() -> None:
    t_s = np.linspace(0.0, 100.0, 101)
    low = access.sampled_access(t_s, t_s / 10.0, horizon_deg=3.0, mask_deg=5.0)
    high = access.sampled_access(t_s, t_s / 10.0, horizon_deg=7.0, mask_deg=5.0)
    assert low.start_s == pytest.approx([50.0], abs=1.0)
    assert high.start_s == pytest.approx([70.0], abs=1.0)


def test_gap_is_the_longest_time_without_any_of_several() -> None:
    first, second = Windows([(10.0, 20.0), (60.0, 70.0)]), Windows([(15.0, 30.0)])
    assert access.gaps([first, second], (0.0, 100.0)) == Windows([(0, 10), (30, 60), (70, 100)])
    assert access.longest_gap_s([first], (0.0, 65.0)) == 40.0
    assert access.longest_gap_s([], (0.0, 65.0)) == 65.0
    assert access.longest_gap_s([Windows([(-5.0, 80.0)])], (0.0, 65.0)) == 0.0


def test_sphere_horizon_is_the_dip_when_raised() -> None:
    # truth table G9: 5 km above the sphere the horizon dips by acos(R / (R + h)) = 4.34 deg
    assert float(access.sphere_horizon_deg(5000.0)) == pytest.approx(-4.34, abs=0.005)
    assert float(access.sphere_horizon_deg(0.0)) == 0.0
    assert float(access.sphere_horizon_deg(-4000.0)) == 0.0
    # acos(1 - x) is sqrt(2 x) at first order, here 3.4e-7 of it smaller
    assert float(access.sphere_horizon_deg(1.0)) == pytest.approx(
        -np.degrees(np.sqrt(2.0 / RADIUS_M)), rel=1e-6
    )


def test_samples_are_refused_when_times_do_not_rise() -> None:
    with pytest.raises(IlrsError) as caught:
        access.sampled_access([0.0, 60.0, 60.0], [1.0, 2.0, 3.0])
    assert str(caught.value) == (
        "access windows from 3 samples whose times do not all rise; at least two samples in the "
        "order of time can be joined. Sort the times and drop the repeated ones."
    )


def test_samples_are_refused_when_counts_differ() -> None:
    with pytest.raises(IlrsError) as caught:
        access.sampled_access([0.0, 60.0, 120.0], [1.0, 2.0], horizon_deg=[0.0, 0.0])
    assert str(caught.value) == (
        "2 elevations and 2 horizons for 3 times; there is one elevation per time, and one horizon "
        "per time or in all. Compute all of them on the same times."
    )
