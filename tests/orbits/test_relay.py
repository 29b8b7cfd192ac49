"""A relay in the sky of a site: closed forms over a Moon that stands still."""

from typing import Any

import numpy as np
import pytest

from ilrs.foundation.errors import IlrsError
from ilrs.orbits import kepler, relay

RADIUS_M = kepler.MOON_RADIUS_M


def view(sky: tuple[Any, Any], **changes: Any) -> Any:
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
    return relay.relay_view(**(asked | changes))


@pytest.fixture
def sky(ephemeris: Any, orientation: Any) -> tuple[Any, Any]:
    return ephemeris, orientation


def test_relay_stands_overhead_when_apoapsis_is_over_the_pole(sky: tuple[Any, Any]) -> None:
    seen = view(sky, height_m=2000.0)
    assert float(seen["relay_elevation_deg"][0]) == pytest.approx(90.0, abs=1e-6)
    assert float(seen["relay_range_m"][0]) == pytest.approx(8600e3 - 2000.0, abs=1e-6)


def test_relay_is_under_the_ground_when_at_the_other_pole(sky: tuple[Any, Any]) -> None:
    seen = view(sky, mean_anomaly_deg=0.0)
    assert float(seen["relay_elevation_deg"][0]) == pytest.approx(-90.0, abs=1e-6)
    assert float(seen["relay_range_m"][0]) == pytest.approx(2 * RADIUS_M + 300e3, abs=1e-6)


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
    assert float(seen["relay_azimuth_deg"][0]) == pytest.approx(azimuth_deg, abs=1e-9)
    assert float(seen["relay_elevation_deg"][0]) == pytest.approx(elevation_deg, abs=1e-9)
    assert float(seen["relay_range_m"][0]) == pytest.approx(np.hypot(up_m, level_m), abs=1e-6)


def test_relay_comes_back_when_a_period_has_passed(sky: tuple[Any, Any]) -> None:
    period = float(kepler.period_s(RADIUS_M + 4450e3))
    seen = view(sky, tdb_s=np.array([500.0, 500.0 + period]), longitude_deg=20.0)
    first, second = (seen.isel(time=k) for k in (0, 1))
    assert float(first["relay_range_m"]) == pytest.approx(float(second["relay_range_m"]), abs=1e-3)


def test_epoch_moves_the_relay_and_not_the_site(sky: tuple[Any, Any]) -> None:
    moved = view(sky, epoch_tdb_s=1000.0, tdb_s=np.array([1500.0]))
    plain = view(sky, epoch_tdb_s=0.0, tdb_s=np.array([500.0]))
    assert moved["relay_range_m"].values == pytest.approx(plain["relay_range_m"].values, abs=1e-6)


def test_view_is_laid_out_as_the_rooms_agreed(sky: tuple[Any, Any]) -> None:
    seen = view(sky, tdb_s=np.array([0.0, 60.0, 120.0]), frame="EARTH_ORBIT_PLANE")
    assert {str(name): v.dims for name, v in seen.data_vars.items()} == {
        "relay_azimuth_deg": ("time",),
        "relay_elevation_deg": ("time",),
        "relay_range_m": ("time",),
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
