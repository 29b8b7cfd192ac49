"""A relay in the sky of a site: closed forms over a Moon that stands still."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from ilrs.foundation.errors import IlrsError
from ilrs.orbits import kepler
from ilrs.orbits.relay import craft_view
from ilrs.orbits.trajectory import TrajectoryRangeError
from ilrs.sky.sky import open_sky
from tests.orbits.two_body import View, two_body_view, two_body_way

RADIUS_M = kepler.MOON_RADIUS_M


def view(sky: tuple[Any, Any], **changes: Any) -> View:
    """A polar relay whose apoapsis stands over the south pole, seen from there."""
    asked = {
        "periapsis_altitude_m": 300e3,
        "apoapsis_altitude_m": 8600e3,
        "inclination_deg": 90.0,
        "ascending_node_deg": 0.0,
        "argument_of_periapsis_deg": 90.0,
        "mean_anomaly_deg": 180.0,
        "frame": "MOON_EQUATOR",
        "epoch_tdb_s": 0.0,
        "latitude_deg": -90.0,
        "longitude_deg": 0.0,
        "height_m": 0.0,
        "tdb_s": np.array([0.0]),
        "ephemeris": sky[0],
        "orientation": sky[1],
    }
    return two_body_view(**(asked | changes))


@pytest.fixture
def sky(ephemeris: Any, orientation: Any) -> tuple[Any, Any]:
    return ephemeris, orientation


def test_relay_stands_overhead_when_apoapsis_is_over_the_pole(sky: tuple[Any, Any]) -> None:
    seen = view(sky, height_m=2000.0)
    assert seen.elevation_deg[0] == pytest.approx(90.0, abs=1e-6)
    assert seen.range_m[0] == pytest.approx(8600e3 - 2000.0, abs=1e-6)


def test_relay_is_under_the_ground_when_at_the_other_pole(sky: tuple[Any, Any]) -> None:
    seen = view(sky, mean_anomaly_deg=0.0)
    assert seen.elevation_deg[0] == pytest.approx(-90.0, abs=1e-6)
    assert seen.range_m[0] == pytest.approx(2 * RADIUS_M + 300e3, abs=1e-6)


# a site on the equator at 30 E and a circular orbit over it: all is plane trigonometry
@pytest.mark.parametrize(
    ("inclination_deg", "past_deg", "azimuth_deg"),
    [(0.0, 10.0, 90.0), (0.0, -10.0, 270.0), (90.0, 10.0, 0.0), (90.0, -10.0, 180.0)],
)
def test_azimuth_and_elevation_are_the_closed_form_when_on_the_equator(
    sky: tuple[Any, Any], inclination_deg: float, past_deg: float, azimuth_deg: float
) -> None:
    seen = view(
        sky, periapsis_altitude_m=1e6, apoapsis_altitude_m=1e6, latitude_deg=0.0,
        longitude_deg=30.0, inclination_deg=inclination_deg, ascending_node_deg=30.0,
        argument_of_periapsis_deg=0.0, mean_anomaly_deg=past_deg,
    )  # fmt: skip
    along, out = np.sin(np.radians(10.0)), np.cos(np.radians(10.0))
    up_m, level_m = (RADIUS_M + 1e6) * out - RADIUS_M, (RADIUS_M + 1e6) * along
    elevation_deg = np.degrees(np.arctan2(up_m, level_m))
    assert seen.azimuth_deg[0] == pytest.approx(azimuth_deg, abs=1e-9)
    assert seen.elevation_deg[0] == pytest.approx(elevation_deg, abs=1e-9)
    assert seen.range_m[0] == pytest.approx(np.hypot(up_m, level_m), abs=1e-6)


def test_relay_comes_back_when_a_period_has_passed(sky: tuple[Any, Any]) -> None:
    period = float(kepler.period_s(RADIUS_M + 4450e3))
    seen = view(sky, tdb_s=np.array([500.0, 500.0 + period]), longitude_deg=20.0)
    assert seen.range_m[0] == pytest.approx(seen.range_m[1], abs=1e-3)


def test_epoch_moves_the_relay_and_not_the_site(sky: tuple[Any, Any]) -> None:
    moved = view(sky, epoch_tdb_s=1000.0, tdb_s=np.array([1500.0]))
    plain = view(sky, epoch_tdb_s=0.0, tdb_s=np.array([500.0]))
    assert moved.range_m == pytest.approx(plain.range_m, abs=1e-6)


ELEMENTS = {
    "periapsis_altitude_m": 300e3, "apoapsis_altitude_m": 8600e3, "inclination_deg": 54.9,
    "argument_of_periapsis_deg": 90.0, "frame": "EARTH_ORBIT_PLANE", "epoch_tdb_s": 0.0,
}  # fmt: skip
SITE = {"latitude_deg": -88.8, "longitude_deg": 123.4, "height_m": 500.0}


# A two-body trajectory keeps to its elements within a metre, over the true turning Moon.
def test_view_of_a_trajectory_is_that_of_its_elements() -> None:
    kernels = open_sky().kernels
    t = np.linspace(0.0, 5 * 86400.0, 700)
    way = two_body_way(span_s=(0.0, 5 * 86400.0), **ELEMENTS, **kernels)
    seen = craft_view(way, tdb_s=t, orientation=kernels["orientation"], **SITE)
    wanted = two_body_view(tdb_s=t, **ELEMENTS, **kernels, **SITE)
    np.testing.assert_allclose(seen["range_m"], wanted.range_m, atol=1.5, rtol=0)
    np.testing.assert_allclose(seen["elevation_deg"], wanted.elevation_deg, atol=3e-4, rtol=0)
    turn = (seen["azimuth_deg"].values - wanted.azimuth_deg + 180.0) % 360.0 - 180.0
    assert np.abs(turn * np.cos(np.radians(wanted.elevation_deg))).max() < 3e-4


def test_craft_that_has_fallen_lies_where_it_fell() -> None:
    kernels = open_sky().kernels
    way = two_body_way(span_s=(0.0, 86400.0), **ELEMENTS, **kernels)
    fallen = replace(way, ended_by="impact")
    t = np.array([86400.0, 2 * 86400.0, 20 * 86400.0])
    seen = craft_view(fallen, tdb_s=t, orientation=kernels["orientation"], **SITE)
    assert np.ptp(seen["range_m"].values) == 0.0
    with pytest.raises(TrajectoryRangeError):
        craft_view(way, tdb_s=t, orientation=kernels["orientation"], **SITE)


def test_view_is_laid_out_as_the_rooms_agreed() -> None:
    kernels = open_sky().kernels
    way = two_body_way(span_s=(0.0, 86400.0), **ELEMENTS, **kernels)
    seen = craft_view(
        way, tdb_s=np.array([0.0, 60.0, 120.0]), orientation=kernels["orientation"], **SITE
    )
    assert {str(name): v.dims for name, v in seen.data_vars.items()} == {
        "azimuth_deg": ("time",),
        "elevation_deg": ("time",),
        "range_m": ("time",),
    }
    assert all({"units", "long_name"} <= set(v.attrs) for v in seen.data_vars.values())
    # 64.184 s between TDB and UTC at J2000
    assert str(seen["time"].values[0])[:19] == "2000-01-01T11:58:55"


def test_orbit_is_refused_when_below_the_ground(sky: tuple[Any, Any]) -> None:
    with pytest.raises(IlrsError) as caught:
        view(sky, periapsis_altitude_m=-1437.4e3)
    assert str(caught.value) == (
        "an orbit of -1437.4 x 8600 km, inclined by 90 deg; its periapsis is not above the 1737.4 "
        "km sphere: it meets the Moon. Altitudes count from the sphere, not from the Moon's "
        "centre: raise the periapsis."
    )


def test_site_is_refused_when_beyond_the_pole(sky: tuple[Any, Any]) -> None:
    with pytest.raises(IlrsError) as caught:
        view(sky, latitude_deg=123.4, longitude_deg=-88.8)
    assert str(caught.value) == (
        "a site at latitude 123.4 deg, longitude -88.8 deg; latitudes lie between -90 and 90 deg, "
        "longitudes are finite and east positive. Correct the site's coordinates; they may be "
        "exchanged."
    )
