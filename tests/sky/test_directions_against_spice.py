import numpy as np
import pytest
import spiceypy

from ilrs.sky.directions import ABERRATIONS, angular_radius_deg, apparent_directions, subpoint_deg
from ilrs.sky.kernels import EARTH, SUN
from ilrs.sky.orientation import open_orientation

# CSPICE through spiceypy: azlcpo over DE440 and MOON_ME (DE421), the same kernels and corrections.
# Bar of the project: 1e-8 deg. Expected from the two simplifications the code names (straight way
# of the body during the light time, mean rotation of the Moon): 1e-9 deg and 4e-10 deg.
SAME_DEG = 1e-8
# The straight way is wrong by half the acceleration times the light time squared: 3e-5 km.
SAME_M = 0.1
EPOCHS = np.random.default_rng(1).uniform(-9e8, 1.6e9, 120)
PLACES = [(-88.8, 123.4, 0.0), (-89.99, 0.0, 1500.0), (12.0, -47.0, -2500.0), (86.0, 200.0, 30.0)]


def azimuth_elevation_range(body, epochs, place, aberration, frame="MOON_ME"):
    latitude_deg, longitude_deg, height_m = place
    at = spiceypy.latrec(
        1737.4 + height_m / 1e3, np.radians(longitude_deg), np.radians(latitude_deg)
    )
    args = (aberration, False, True, at, "MOON", frame)
    states = [spiceypy.azlcpo("ELLIPSOID", body, epoch, *args)[0] for epoch in epochs]
    distance_km, azimuth, elevation = np.array(states)[:, :3].T
    return np.degrees(azimuth), np.degrees(elevation), distance_km * 1e3


def apart_deg(ours, theirs):
    return np.abs(np.mod(ours - theirs + 180.0, 360.0) - 180.0)


@pytest.mark.usefixtures("spice")
@pytest.mark.parametrize("aberration", ABERRATIONS)
@pytest.mark.parametrize("place", PLACES)
def test_directions_against_spice(ephemeris, orientation, place, aberration):
    latitude_deg, longitude_deg, height_m = place
    found = apparent_directions(
        (SUN, EARTH),
        EPOCHS,
        latitude_deg=latitude_deg,
        longitude_deg=longitude_deg,
        height_m=height_m,
        ephemeris=ephemeris,
        orientation=orientation,
        aberration=aberration,
    )
    for index, body in enumerate(("SUN", "EARTH")):
        azimuth, elevation, distance = azimuth_elevation_range(body, EPOCHS, place, aberration)
        assert apart_deg(found.azimuth_deg[index], azimuth).max() < SAME_DEG
        assert apart_deg(found.elevation_deg[index], elevation).max() < SAME_DEG
        assert np.abs(found.distance_m[index] - distance).max() < SAME_M


@pytest.mark.usefixtures("spice")
def test_directions_with_the_iau_series_against_spice(ephemeris):
    iau = open_orientation("IAU_2015")
    place = PLACES[0]
    found = apparent_directions(
        (SUN, EARTH),
        EPOCHS,
        latitude_deg=place[0],
        longitude_deg=place[1],
        ephemeris=ephemeris,
        orientation=iau,
    )
    for index, body in enumerate(("SUN", "EARTH")):
        same = azimuth_elevation_range(body, EPOCHS, place, "LT+S", frame="IAU_MOON")
        assert apart_deg(found.azimuth_deg[index], same[0]).max() < SAME_DEG
        assert apart_deg(found.elevation_deg[index], same[1]).max() < SAME_DEG
        # Against the integrated orientation: 20 arcsec, the bar for the series.
        integrated = azimuth_elevation_range(body, EPOCHS, place, "LT+S")
        assert apart_deg(found.elevation_deg[index], integrated[1]).max() < 20.0 / 3600.0
        across = np.cos(np.radians(integrated[1]))
        assert (apart_deg(found.azimuth_deg[index], integrated[0]) * across).max() < 20.0 / 3600.0


@pytest.mark.usefixtures("spice")
def test_subpoints_against_spice(ephemeris, orientation):
    for body, name in ((SUN, "SUN"), (EARTH, "EARTH")):
        vectors = [spiceypy.spkpos(name, t, "MOON_ME", "LT+S", "MOON")[0] for t in EPOCHS]
        _, longitude, latitude = np.array([spiceypy.reclat(vector) for vector in vectors]).T
        ours = subpoint_deg(body, EPOCHS, ephemeris=ephemeris, orientation=orientation)
        assert apart_deg(ours[0], np.degrees(latitude)).max() < SAME_DEG
        assert apart_deg(ours[1], np.degrees(longitude)).max() < SAME_DEG


@pytest.mark.usefixtures("spice")
def test_planets_against_spice(ephemeris, orientation):
    # Stated beside the function: the straight way costs planets up to 5e-6 deg (Mercury).
    found = apparent_directions(
        (199, 299, 4, 5),
        EPOCHS,
        latitude_deg=-88.8,
        longitude_deg=123.4,
        ephemeris=ephemeris,
        orientation=orientation,
    )
    for index, body in enumerate(("199", "299", "4", "5")):
        same = azimuth_elevation_range(body, EPOCHS, (-88.8, 123.4, 0.0), "LT+S")
        assert apart_deg(found.azimuth_deg[index], same[0]).max() < 5e-6
        assert apart_deg(found.elevation_deg[index], same[1]).max() < 5e-6


def test_angular_radius_of_a_near_body():
    # Seen from the height of one radius above a sphere, its limb stands 30 deg from its centre.
    assert angular_radius_deg(2.0, radius_m=1.0) == pytest.approx(30.0, abs=1e-12)
