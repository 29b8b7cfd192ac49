"""Figures of the project's own truth table (shared/truth/environment.csv, 2026).

They were computed by others with CSPICE from DE440 and the DE421 orientation, MOON_ME, LT+S, R =
1737.4 km. The tolerance is half of the last digit printed, unless the table names one.
"""

import numpy as np
import pytest

from ilrs.foundation.time import parse_utc, tdb_from_utc, time_grid
from ilrs.foundation.windows import Windows
from ilrs.sky.directions import (
    BODY_RADIUS_M,
    angular_radius_deg,
    apparent_directions,
    subpoint_deg,
)
from ilrs.sky.kernels import EARTH, MOON, SUN

HOURLY = tdb_from_utc(time_grid("2026-01-01", "2044-08-10T00:00:01", 3600.0))
CE_7 = {"latitude_deg": -88.8, "longitude_deg": 123.4}


@pytest.fixture(autouse=True)
def truth(shared):
    if not (shared / "truth" / "environment.csv").exists():
        pytest.skip("the truth table is absent")


@pytest.fixture
def sky(ephemeris, orientation):
    return {"ephemeris": ephemeris, "orientation": orientation}


def extremes(values):
    return [float(values.min()), float(values.max())]


def test_subsolar_latitudes_g1(sky):
    latitude, _ = subpoint_deg(SUN, HOURLY, **sky)
    assert extremes(latitude) == pytest.approx([-1.588, 1.589], abs=0.0005)


def test_subearth_point_g2(sky):
    latitude, longitude = subpoint_deg(EARTH, HOURLY, **sky)
    assert extremes(latitude) == pytest.approx([-6.86, 6.86], abs=0.005)
    east = np.mod(longitude + 180.0, 360.0) - 180.0
    assert extremes(east) == pytest.approx([-8.05, 8.08], abs=0.005 + 1e-3)  # hourly extremes


def test_sun_at_the_exact_pole_g4(sky):
    found = apparent_directions((SUN,), HOURLY, latitude_deg=-90.0, longitude_deg=0.0, **sky)
    elevation, distance = found.elevation_deg[0], found.distance_m[0]
    radius = angular_radius_deg(distance, radius_m=BODY_RADIUS_M[SUN])
    assert extremes(elevation) == pytest.approx([-1.590, 1.587], abs=0.0005)
    assert 100.0 * (elevation > 0.0).mean() == pytest.approx(49.3, abs=0.05)
    assert 100.0 * (elevation + radius > 0.0).mean() == pytest.approx(54.8, abs=0.05)


def test_angular_radii_from_the_moon_g5(ephemeris):
    for body, span, tolerance in ((SUN, [0.2614, 0.2717], 5e-5), (EARTH, [0.899, 1.025], 5e-4)):
        distance_m = 1e3 * np.linalg.norm(ephemeris.position_km(body, MOON, HOURLY), axis=-1)
        radius = angular_radius_deg(distance_m, radius_m=BODY_RADIUS_M[body])
        assert extremes(radius) == pytest.approx(span, abs=tolerance)


def test_earth_from_the_site_of_chang_e_7_g7(sky):
    elevation = apparent_directions((EARTH,), HOURLY, **CE_7, **sky).elevation_deg[0]
    assert extremes(elevation) == pytest.approx([-7.89, 6.06], abs=0.005)
    up = elevation > 0.0
    assert 100.0 * up.mean() == pytest.approx(45.5, abs=0.05)
    hours = 3600.0 * np.arange(up.size + 1)
    outage = Windows.from_mask(hours, ~up).longest_s / 86400.0
    assert outage == pytest.approx(16.0, abs=0.05 + 1.0 / 24.0)  # edges known to the hour


@pytest.mark.parametrize(
    ("utc", "sun", "earth", "range_km", "range_tolerance_km"),
    [
        ("2026-09-01T00:00:00Z", (185.4636, -0.9588), (232.0320, 4.6072), 377670.2, 0.05),
        ("2026-12-21T12:00:00Z", (267.1124, 1.1917), (231.0424, 5.6036), 364179.3, 0.05),
    ],
    ids=["g10", "g11"],
)
def test_directions_at_the_site_of_chang_e_7(sky, utc, sun, earth, range_km, range_tolerance_km):
    found = apparent_directions((SUN, EARTH), tdb_from_utc(parse_utc(utc)), **CE_7, **sky)
    assert (found.azimuth_deg[0], found.elevation_deg[0]) == pytest.approx(sun, abs=1e-3)
    assert (found.azimuth_deg[1], found.elevation_deg[1]) == pytest.approx(earth, abs=1e-3)
    assert found.distance_m[1] / 1e3 == pytest.approx(range_km, abs=range_tolerance_km)
