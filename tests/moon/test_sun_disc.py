"""The Sun's disc cut by terrain and covered by the Earth, darkened or not."""

from typing import Any

import numpy as np
import pytest
import xarray as xr

from ilrs.foundation.errors import IlrsError
from ilrs.moon.horizon import AZIMUTHS_DEG
from ilrs.moon.light import disc_fraction, solar_irradiance_w_m2, sun_visible_fraction
from ilrs.moon.sun_disc import (
    LIMB_DARKENING,
    darkened_disc_fraction,
    earth_offset_deg,
    sun_light,
    sun_uncovered_fraction,
)

SUN_DEG, EARTH_DEG = 0.267, 0.95


def skyline(horizon_deg: Any) -> xr.Dataset:
    rows = np.broadcast_to(np.asarray(horizon_deg, dtype=np.float64), (720,))
    return xr.Dataset(
        {"horizon_deg": (("mast_height_m", "azimuth_deg"), rows[None])},
        coords={"mast_height_m": [2.0], "azimuth_deg": AZIMUTHS_DEG},
    )


def over(
    sun: tuple[Any, Any], earth: tuple[Any, Any] = (200.0, -5.0), *, distance_m: float = 1.5e11
) -> xr.Dataset:
    """Directions with Sun and Earth at (azimuth, elevation)."""
    azimuth, elevation, east, rise = np.broadcast_arrays(
        *(np.atleast_1d(np.asarray(value, dtype=np.float64)) for value in (*sun, *earth))
    )
    same = np.ones(azimuth.size)
    columns = {
        "sun_azimuth_deg": azimuth, "sun_elevation_deg": elevation,
        "sun_angular_radius_deg": SUN_DEG * same, "sun_distance_m": distance_m * same,
        "earth_azimuth_deg": east, "earth_elevation_deg": rise,
        "earth_angular_radius_deg": EARTH_DEG * same,
    }  # fmt: skip
    return xr.Dataset({name: ("time", values) for name, values in columns.items()})


def counted(cut: float, cover: tuple[float, float, float], u: float) -> float:
    """Light of a disc of radius 1 above a cut and off a cover, by counting a fine grid of points:
    1e-3 for 2,000 points across."""
    middle = (np.arange(2000) + 0.5) / 1000.0 - 1.0
    x, y = np.meshgrid(middle, middle)
    square = 1.0 - x * x - y * y
    bright = np.where(square > 0.0, 1.0 - u + u * np.sqrt(np.maximum(square, 0.0)), 0.0)
    free = (y > cut) & (np.hypot(x - cover[0], y - cover[1]) > cover[2])
    return float((bright * free).sum() / bright.sum())


@pytest.mark.parametrize("u", [0.0, 0.6, 1.0])
def test_darkened_fraction_against_counted_points(u: float) -> None:
    for height in (-0.9, -0.5, 0.0, 0.3, 0.8):
        exact = float(darkened_disc_fraction(height, 1.0, limb_darkening=u))
        assert exact == pytest.approx(counted(-height, (9.0, 0.0, 0.1), u), abs=1e-3)


def test_darkened_fraction_when_not_darkened() -> None:
    height = np.linspace(-0.4, 0.4, 41)
    plain = darkened_disc_fraction(height, SUN_DEG, limb_darkening=0.0)
    assert np.allclose(plain, disc_fraction(height, SUN_DEG), atol=1e-12)


# 31 Gauss-Chebyshev strips: 0.002, the promise of ilrs.moon.light for the same strips.
@pytest.mark.parametrize("u", [0.0, LIMB_DARKENING])
def test_sun_light_when_the_horizon_is_straight(u: float) -> None:
    elevation = np.linspace(0.0, 1.2, 300)
    made = sun_light(
        over((np.linspace(0.0, 359.0, 300), elevation)),
        profile=skyline(0.6), mast_height_m=2.0, limb_darkening=u,
    )  # fmt: skip
    exact = darkened_disc_fraction(elevation - 0.6, SUN_DEG, limb_darkening=u)
    assert np.abs(made["sun_visible_fraction"] - exact).max() < 0.002
    assert np.allclose(made["sun_uncovered_fraction"], 1.0)


def test_sun_light_when_even_and_alone_is_what_light_says() -> None:
    rng = np.random.default_rng(2)
    profile = skyline(rng.normal(0.3, 0.3, 720))
    sun = rng.uniform(0.0, 360.0, 400), rng.uniform(-0.5, 1.0, 400)
    made = sun_light(over(sun), profile=profile, mast_height_m=2.0, limb_darkening=0.0)
    plain = sun_visible_fraction(
        *sun, angular_radius_deg=SUN_DEG, profile=profile, mast_height_m=2.0
    )
    assert np.allclose(made["sun_visible_fraction"], plain, atol=1e-9)
    expected = plain * solar_irradiance_w_m2(1.5e11)
    assert np.allclose(made["sunlight_w_m2"], expected, atol=1e-5)


# Terrain from below and Earth from above at once: 0.03 as promised (a strip holds up to 6 % of the
# light, and Earth's limb falls anywhere in it); Earth alone is right to 0.002, points to 0.001.
@pytest.mark.parametrize("u", [0.0, LIMB_DARKENING])
@pytest.mark.parametrize("offset", [(0.0, 1.0), (0.7, 0.6), (-0.4, -0.8), (0.0, 0.8), (0.9, 0.1)])
def test_sun_light_when_terrain_and_earth_cover_it(u: float, offset: tuple[float, float]) -> None:
    made = sun_light(
        over((120.0, 0.5), (120.0 + offset[0], 0.5 + offset[1])),
        profile=skyline(0.4), mast_height_m=2.0, limb_darkening=u,
    )  # fmt: skip
    cover = offset[0] / SUN_DEG, offset[1] / SUN_DEG, EARTH_DEG / SUN_DEG
    expected = counted(-0.1 / SUN_DEG, cover, u)
    assert float(made["sun_visible_fraction"][0]) == pytest.approx(expected, abs=0.03)
    free = counted(-2.0, cover, u)
    assert float(made["sun_uncovered_fraction"][0]) == pytest.approx(free, abs=0.003)


def test_sun_light_when_eclipses_are_left_out() -> None:
    at = over((120.0, 2.0), (120.2, 2.0))
    dark = sun_light(at, profile=skyline(0.0), mast_height_m=2.0)
    free = sun_light(at, profile=skyline(0.0), mast_height_m=2.0, earth_covers=False)
    assert float(dark["sun_visible_fraction"][0]) == 0.0
    assert float(free["sun_visible_fraction"][0]) == pytest.approx(1.0)


def test_earth_when_it_stands_behind() -> None:
    """Earth opposite to the Sun covers nothing, though its offset in the plane of the sky is 0."""
    opposite = over((10.0, 3.0), (190.0, -3.0))
    made = sun_light(opposite, profile=skyline(-5.0), mast_height_m=2.0)
    assert float(made["sun_uncovered_fraction"][0]) == pytest.approx(1.0)


def test_offset_when_both_are_high() -> None:
    """At 60 deg of elevation a degree of azimuth is half a degree across; across north likewise."""
    right, up = earth_offset_deg(over((359.8, 60.0), (0.2, 60.3)))
    assert float(right[0]) == pytest.approx(0.4 * np.cos(np.radians(60.3)), abs=1e-4)
    assert float(up[0]) == pytest.approx(0.3, abs=1.5e-3)


def test_uncovered_fraction_when_earth_passes() -> None:
    separation = np.array([2.0, EARTH_DEG + SUN_DEG, 0.9, EARTH_DEG - SUN_DEG, 0.0])
    left = sun_uncovered_fraction(
        separation, sun_angular_radius_deg=SUN_DEG, earth_angular_radius_deg=EARTH_DEG
    )
    assert np.allclose(left[[0, 1]], 1.0, atol=0.002) and np.allclose(left[[3, 4]], 0.0, atol=0.002)
    expected = counted(-2.0, (0.9 / SUN_DEG, 0.0, EARTH_DEG / SUN_DEG), LIMB_DARKENING)
    assert float(left[2]) == pytest.approx(expected, abs=0.003)


def test_message_when_the_darkening_is_no_share() -> None:
    with pytest.raises(IlrsError) as caught:
        darkened_disc_fraction(0.0, 0.27, limb_darkening=60.0)
    assert str(caught.value) == (
        "a limb darkening of 60; the linear law's coefficient lies between 0 (evenly bright) and 1"
        " (dark limb). Give 0.6 for the Sun's whole spectrum, or 0."
    )
