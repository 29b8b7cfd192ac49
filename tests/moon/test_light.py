"""Light: the visible part of a disc against geometry, and the Sun's irradiance."""

from typing import Any

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from ilrs.foundation.errors import IlrsError
from ilrs.moon.horizon import AZIMUTHS_DEG
from ilrs.moon.light import (
    ASTRONOMICAL_UNIT_M,
    disc_fraction,
    solar_irradiance_w_m2,
    sun_visible_fraction,
)

RADIUS_DEG = 0.267


def profile(horizon_deg: Any) -> xr.Dataset:
    """A profile with one shape of skyline at 2 m and another, 1 deg lower, at 10 m."""
    rows = np.broadcast_to(np.asarray(horizon_deg, dtype=np.float64), (720,))
    return xr.Dataset(
        {"horizon_deg": (("mast_height_m", "azimuth_deg"), np.array([rows, rows - 1.0]))},
        coords={"mast_height_m": [2.0, 10.0], "azimuth_deg": AZIMUTHS_DEG},
    )


def sun(azimuth_deg: Any, elevation_deg: Any, skyline: xr.Dataset, mast: float = 2.0) -> Any:
    return sun_visible_fraction(
        azimuth_deg,
        elevation_deg,
        angular_radius_deg=RADIUS_DEG,
        profile=skyline,
        mast_height_m=mast,
    )


# Closed form of a circular segment: at half a radius 1/3 + sqrt(3)/(4 pi) of the disc is cut off
# from the half, i.e. 0.195501 remains on the small side.
def test_disc_fraction_when_cut_at_known_heights() -> None:
    cut = np.array([-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0]) * RADIUS_DEG
    small = 1.0 / 3.0 - np.sqrt(3.0) / (4.0 * np.pi)
    assert np.allclose(disc_fraction(cut, RADIUS_DEG), [0, 0, small, 0.5, 1 - small, 1, 1])


@given(st.floats(-0.3, 0.3), st.floats(0.25, 1.1))
def test_disc_fraction_has_no_favourite_side(height: float, radius: float) -> None:
    above, below = disc_fraction(height, radius), disc_fraction(-height, radius)
    assert float(above + below) == pytest.approx(1.0, abs=1e-12)


def test_disc_fraction_against_counted_points() -> None:
    """A million points on a disc; the tolerance is three times their own scatter, 3 * 0.5e-3."""
    rng = np.random.default_rng(5)
    points = rng.uniform(-1, 1, (1_300_000, 2))
    y = points[np.hypot(*points.T) < 1.0][:, 1]
    for height in (-0.8, -0.3, 0.1, 0.6):
        assert float(disc_fraction(height, 1.0)) == pytest.approx((y > -height).mean(), abs=1.5e-3)


# 31 Gauss-Chebyshev strips of a function with two kinks: the promise of the docstring, 0.002.
def test_sun_when_the_horizon_is_straight() -> None:
    elevation = np.linspace(0.0, 1.2, 500)
    found = sun(np.linspace(0.0, 360.0, 500), elevation, profile(0.6))
    assert np.abs(found - disc_fraction(elevation - 0.6, RADIUS_DEG)).max() < 0.002
    assert found[0] == 0.0 and found[-1] == 1.0


def test_sun_when_half_is_behind_a_wall() -> None:
    """A skyline of 5 deg west of azimuth 100 and -5 deg east of it, half a degree of transition."""
    skyline = profile(np.where(AZIMUTHS_DEG < 99.9, 5.0, -5.0))
    middle = 99.75  # of the transition, 0.5 deg wide and 10 deg high: a slope of 20
    assert float(sun(middle, 0.0, skyline)) == pytest.approx(0.5, abs=1e-9)
    assert float(sun(99.0, 0.0, skyline)) == 0.0 and float(sun(100.5, 0.0, skyline)) == 1.0
    assert 0.5 < float(sun(middle + 0.1, 0.0, skyline)) < 1.0


def test_sun_when_the_horizon_slopes() -> None:
    """Across a straight slope through its centre half the disc is seen; a point would say so too,
    but off the centre the cut is nearer than it looks: by the cosine of the slope."""
    slope = 0.6
    skyline = profile(np.where(abs(AZIMUTHS_DEG - 180) < 90, slope * (AZIMUTHS_DEG - 180.0), 0.0))
    assert float(sun(180.0, 0.0, skyline)) == pytest.approx(0.5, abs=1e-9)
    height = 0.1
    tilted = disc_fraction(height / np.hypot(1.0, slope), RADIUS_DEG)
    assert float(sun(180.0, height, skyline)) == pytest.approx(float(tilted), abs=0.002)
    assert abs(float(tilted) - float(disc_fraction(height, RADIUS_DEG))) > 0.01


def test_sun_when_a_notch_lies_north() -> None:
    """Across azimuth 0 the skyline goes on: the same notch turned to 180 gives the same light."""
    notch = np.where(AZIMUTHS_DEG == 0.0, -1.0, 0.5)  # a degree wide at the top
    azimuth = np.array([0.0, 0.2, 359.7])
    north = sun(azimuth, 0.3, profile(notch))
    south = sun((azimuth + 180.0) % 360.0, 0.3, profile(np.roll(notch, 360)))
    assert np.allclose(north, south, atol=1e-9) and 0.0 < north[1] < 1.0


def test_sun_when_the_mast_is_higher() -> None:
    skyline = profile(0.5)
    low, middle, high = (float(sun(10.0, 0.0, skyline, mast)) for mast in (2.0, 6.0, 10.0))
    assert (low, high) == (0.0, 1.0) and middle == pytest.approx(0.5, abs=1e-9)


def test_sun_when_arrays_of_any_shape_are_given() -> None:
    assert sun(np.zeros((2, 3)), np.ones(3), profile(0.0)).shape == (2, 3)
    assert float(sun(12.0, 89.9, profile(0.0))) == 1.0


def test_irradiance_when_near_and_far() -> None:
    near_and_far = np.array([1.0, 2.0]) * ASTRONOMICAL_UNIT_M
    assert np.allclose(solar_irradiance_w_m2(near_and_far), [1361.0, 340.25])


def test_message_when_the_sun_has_no_distance() -> None:
    with pytest.raises(IlrsError) as caught:
        solar_irradiance_w_m2([1.5e11, 0.0])
    assert str(caught.value) == (
        "the Sun at a distance of 0 m; a distance is greater than 0 m; the Moon's is about"
        " 1.5e11 m. Give the distance in metres."
    )
