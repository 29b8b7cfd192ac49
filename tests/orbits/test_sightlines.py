"""Lines of sight, stations, exclusion angles and eclipses: brute force and what must be refused."""

from collections.abc import Callable

import numpy as np
import pytest

from ilrs.foundation.errors import IlrsError
from ilrs.foundation.windows import Windows
from ilrs.orbits.earth_station import EarthStation, station_look_angles, station_place
from ilrs.orbits.kepler import MOON_RADIUS_M
from ilrs.orbits.places import Place, body_place, craft_place, surface_place
from ilrs.orbits.relay import look_angles
from ilrs.orbits.sightlines import (
    above_mask,
    eclipses,
    in_sight,
    kept_apart,
    over_horizon,
    site_station_access,
    station_access,
)
from ilrs.orbits.skyline import SurfaceAntenna
from ilrs.orbits.trajectory import Trajectory, TrajectoryRangeError
from ilrs.sky.directions import apparent_directions
from ilrs.sky.kernels import BARYCENTRE, EARTH, MOON, SUN
from ilrs.sky.sky import Sky
from tests.orbits.craft import (
    START_S,
    assert_brute_force_agrees,
    craft,
    ephemeris,
    orientation,
    seconds,
)

JIAMUSI = EarthStation(name="Jiamusi", latitude_deg=46.49, longitude_deg=130.77, height_m=200.0)
AZIMUTHS_DEG = np.arange(0.0, 360.0, 0.5)
RIDGE = SurfaceAntenna(
    name="ridge", latitude_deg=-89.45, longitude_deg=222.7, height_m=1900.0, mask_deg=-90.0,
    azimuths_deg=AZIMUTHS_DEG, horizon_deg=2.0 * np.sin(np.radians(7.0 * AZIMUTHS_DEG)),
)  # fmt: skip
SPAN_S = START_S, START_S + 3 * 86400.0


def sky() -> Sky:
    return Sky(ephemeris=ephemeris(), orientation=orientation())


@pytest.fixture(scope="module")
def low() -> Trajectory:
    return craft(60e3, 150e3, 88.0, days=3.0, name="low")


@pytest.fixture(scope="module")
def relay() -> Trajectory:
    return craft(300e3, 8600e3, 54.9, days=3.0, name="relay", frame="EARTH_ORBIT_PLANE")


def at(place: Place, t_s: np.ndarray) -> np.ndarray:
    return place.ball(t_s, np.zeros_like(t_s))[0]


def line_height_m(p: np.ndarray, q: np.ndarray) -> np.ndarray:
    """Height over the sphere of the lowest of 20,001 points of each line from p to q. [m]"""
    lowest = np.full(len(p), np.inf)
    for share in np.linspace(0.0, 1.0, 20_001):
        lowest = np.minimum(lowest, np.linalg.norm(p + share * (q - p), axis=-1))
    return lowest - MOON_RADIUS_M


@pytest.mark.parametrize("margin_m", [0.0, 50e3])
def test_two_craft_see_each_other_when_no_point_between_them_is_low(
    low: Trajectory, relay: Trajectory, margin_m: float
) -> None:
    found = in_sight(craft_place(low), craft_place(relay), span_s=SPAN_S, margin_m=margin_m)
    assert len(found) > 20
    edges = np.concatenate([found.start_s[1:], found.end_s[:-1]])
    t = np.linspace(*SPAN_S, 2000, endpoint=False)
    t = t[np.abs(t[:, None] - edges).min(axis=1) > 0.05]
    height = line_height_m(low.position_m(t), relay.position_m(t)) - margin_m
    assert np.array_equal(found.mask(t), height > 0.0)
    # at the edges the line grazes; between the points lies a metre or two of height
    edge_height = line_height_m(low.position_m(edges), relay.position_m(edges)) - margin_m
    assert np.abs(edge_height).max() < 40.0  # 0.01 s at 3 km/s, and the points


def test_earth_is_behind_the_moon_when_the_angles_say_so(low: Trajectory) -> None:
    earth = body_place(EARTH, ephemeris=ephemeris())

    def margin(t_s: np.ndarray) -> np.ndarray:
        p, q = low.position_m(t_s), at(earth, t_s)
        line = q - p
        away = np.linalg.norm(p, axis=-1)
        cosine = -np.sum(p * line, axis=-1) / away / np.linalg.norm(line, axis=-1)
        return np.arccos(cosine) - np.arcsin(MOON_RADIUS_M / away)  # Earth from the limb

    found = in_sight(craft_place(low), earth, span_s=SPAN_S)
    assert len(found) > 30
    assert_brute_force_agrees(found, seconds(low), margin)


def test_a_station_sees_a_craft_above_its_mask_and_not_behind_the_moon(low: Trajectory) -> None:
    def elevation_over(t_s: np.ndarray) -> np.ndarray:
        _, elevation, _ = station_look_angles(
            low.position_m(t_s), t_s, station=JIAMUSI, ephemeris=ephemeris()
        )
        return elevation - 10.0

    up = above_mask(craft_place(low), JIAMUSI, span_s=SPAN_S, ephemeris=ephemeris())
    assert len(up) == 3  # the Moon rises once a day
    assert_brute_force_agrees(up, seconds(low), elevation_over)
    place = station_place(JIAMUSI, ephemeris=ephemeris())
    both = station_access(craft_place(low), JIAMUSI, span_s=SPAN_S, ephemeris=ephemeris())
    assert both == up & in_sight(craft_place(low), place, span_s=SPAN_S)
    assert len(both) > 10


def test_ut1_turns_the_earth() -> None:
    place = surface_place(RIDGE, orientation=orientation())
    given = {"span_s": SPAN_S, "ephemeris": ephemeris()}
    plain = above_mask(place, JIAMUSI, **given)
    later = above_mask(place, JIAMUSI, dut1_s=0.9, **given)
    # the Earth gains on the Moon by 1 - 1 / 27.3 turns a day: 0.9 s of turning take 0.934 s
    assert plain.start_s - later.start_s == pytest.approx(0.934, abs=0.03)


def test_a_site_and_a_station_see_each_other_over_terrain_and_masks() -> None:
    span = START_S, START_S + 28 * 86400.0
    t = np.arange(*span, 10.0)
    station = station_place(JIAMUSI, ephemeris=ephemeris())
    site = surface_place(RIDGE, orientation=orientation())

    def over_ridge(t_s: np.ndarray) -> np.ndarray:
        turned = np.einsum("nij,nj->ni", orientation().matrices(t_s), at(station, t_s))
        azimuth, elevation, _ = look_angles(
            turned, latitude_deg=RIDGE.latitude_deg, longitude_deg=RIDGE.longitude_deg,
            height_m=RIDGE.height_m,
        )  # fmt: skip
        assert RIDGE.horizon_deg is not None
        return elevation - np.interp(azimuth, AZIMUTHS_DEG, RIDGE.horizon_deg, period=360.0)

    def up(t_s: np.ndarray) -> np.ndarray:
        return (
            station_look_angles(at(site, t_s), t_s, station=JIAMUSI, ephemeris=ephemeris())[1]
            - 10.0
        )

    found = site_station_access(RIDGE, JIAMUSI, span_s=span, sky=sky())
    assert len(found) > 10
    assert_brute_force_agrees(found, t, lambda t_s: np.minimum(over_ridge(t_s), up(t_s)))


# ilrs.sky agrees with SPICE to 1e-8 deg; the place of the Earth here leaves 0.01 arcsec
def test_earth_over_a_ridge_is_where_the_sky_says() -> None:
    span = START_S, START_S + 28 * 86400.0
    earth = body_place(EARTH, ephemeris=ephemeris())

    def over(t_s: np.ndarray) -> np.ndarray:
        seen = apparent_directions(
            (EARTH,), t_s, latitude_deg=RIDGE.latitude_deg, longitude_deg=RIDGE.longitude_deg,
            height_m=RIDGE.height_m, ephemeris=ephemeris(), orientation=orientation(),
        )  # fmt: skip
        assert RIDGE.horizon_deg is not None
        under = np.interp(seen.azimuth_deg[0], AZIMUTHS_DEG, RIDGE.horizon_deg, period=360.0)
        return np.asarray(seen.elevation_deg[0] - under)

    found = over_horizon(earth, RIDGE, span_s=span, sky=sky())
    assert 1 <= len(found) < 20
    edges = np.concatenate([found.start_s, found.end_s])
    inner = edges[(edges > span[0]) & (edges < span[1])]
    # Earth moves 0.002 deg in a minute at the fastest: 1 s of it is 4e-5 deg
    assert np.abs(over(inner)).max() < 4e-5
    t = np.arange(*span, 60.0)
    differ = found.mask(t) != (over(t) > 0.0)
    assert not differ[np.abs(t[:, None] - inner).min(axis=1) > 1.0].any()


@pytest.mark.parametrize("least_deg", [40.0, 70.0])
def test_the_sun_is_kept_out_of_a_beam(low: Trajectory, least_deg: float) -> None:
    sun, earth = (body_place(body, ephemeris=ephemeris()) for body in (SUN, EARTH))
    relay = craft(300e3, 8600e3, 54.9, days=3.0, frame="EARTH_ORBIT_PLANE")

    def margin(t_s: np.ndarray) -> np.ndarray:
        here = low.position_m(t_s)
        u, v = relay.position_m(t_s) - here, at(sun, t_s) - here
        cosine = np.sum(u * v, axis=-1) / np.linalg.norm(u, axis=-1) / np.linalg.norm(v, axis=-1)
        return np.degrees(np.arccos(cosine)) - least_deg

    found = kept_apart(
        craft_place(low), craft_place(relay), sun, least_deg=least_deg, span_s=SPAN_S
    )
    assert_brute_force_agrees(found, seconds(low), margin)
    assert found != Windows([SPAN_S])
    always = kept_apart(craft_place(low), earth, sun, least_deg=0.1, span_s=SPAN_S)
    assert always == Windows([SPAN_S])


def sun_and_moon_deg(
    trajectory: Trajectory, sun: Place
) -> Callable[[np.ndarray], tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Angle between Sun and Moon, and the radii of both, as a craft sees them. [deg]"""

    def angles(t_s: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        here = trajectory.position_m(t_s)
        away = np.linalg.norm(here, axis=-1)
        to_sun = at(sun, t_s) - here
        far = np.linalg.norm(to_sun, axis=-1)
        apart = np.arccos(np.sum(-here * to_sun, axis=-1) / away / far)
        return (
            np.degrees(apart),
            np.degrees(np.arcsin(sun.radius_m / far)),
            np.degrees(np.arcsin(MOON_RADIUS_M / away)),
        )

    return angles


@pytest.mark.parametrize("low_m", [60e3, 2000e3])
def test_eclipses_are_those_of_the_discs(low_m: float) -> None:
    trajectory = craft(low_m, 3000e3, 20.0, days=3.0)
    sun = body_place(SUN, ephemeris=ephemeris())
    angles = sun_and_moon_deg(trajectory, sun)

    def some(t_s: np.ndarray) -> np.ndarray:
        apart, sun_deg, moon_deg = angles(t_s)
        return moon_deg + sun_deg - apart

    def whole(t_s: np.ndarray) -> np.ndarray:
        apart, sun_deg, moon_deg = angles(t_s)
        return moon_deg - sun_deg - apart

    found = eclipses(craft_place(trajectory), sun, span_s=SPAN_S)
    assert len(found.some) > 5
    assert found.whole - found.some == Windows()
    assert_brute_force_agrees(found.some, seconds(trajectory), some)
    assert_brute_force_agrees(found.whole, seconds(trajectory), whole)


def sun_over_limb_km(trajectory: Trajectory, t_s: float) -> tuple[float, float]:
    """By how far a ray from the Sun's middle passes the Moon that the craft sees, and the Sun's
    radius at the Moon: barycentric, light walked back from the craft, 299,792.458 km a second."""
    light = 299_792.458

    def position_km(body: int, at_s: np.ndarray) -> np.ndarray:
        return np.asarray(ephemeris().position_km(body, BARYCENTRE, at_s))

    craft_km = position_km(MOON, np.array([t_s]))[0] + trajectory.position_m(t_s) / 1e3
    back_s = 500.0
    for _ in range(4):
        sun_km = position_km(SUN, np.array([t_s - back_s]))[0] - craft_km
        back_s = float(np.linalg.norm(sun_km)) / light
    walked_km = np.linspace(0.0, 3000.0, 3001)
    ray_km = craft_km + walked_km[:, None] * sun_km / np.linalg.norm(sun_km)
    passed = np.linalg.norm(ray_km - position_km(MOON, t_s - walked_km / light), axis=-1)
    k = int(np.argmin(passed))
    return float(passed[k]) - 1737.4, float(walked_km[k]) * 695_700.0 / (back_s * light)


# The Sun's place stands for light time and aberration together. Here each ray is walked back in the
# barycentric frame with the Moon moving meanwhile. 0.02 s of a craft that comes up at 1.6 km/s.
def test_eclipses_are_those_of_rays_walked_through_a_moving_system() -> None:
    trajectory = craft(60e3, 150e3, 60.0, days=3.0)
    found = eclipses(craft_place(trajectory), body_place(SUN, ephemeris=ephemeris()), span_s=SPAN_S)
    for start, end in list(found.some)[3:6]:
        for edge, outward in ((start, -1.0), (end, 1.0)):
            passed, radius = sun_over_limb_km(trajectory, edge)
            assert passed == pytest.approx(radius, abs=0.032)
            assert sun_over_limb_km(trajectory, edge + outward)[0] > radius


def test_balls_hold_their_places(low: Trajectory) -> None:
    t = np.random.default_rng(7).uniform(START_S + 4000.0, SPAN_S[1] - 4000.0, 200)
    places = [
        craft_place(low), surface_place(RIDGE, orientation=orientation()),
        body_place(SUN, ephemeris=ephemeris()), body_place(EARTH, ephemeris=ephemeris()),
    ]  # fmt: skip
    for place in places:
        for length in (5.0, 3600.0):
            half = np.full(t.size, length)
            centre, reach = place.ball(t, half)
            for share in (-1.0, -0.3, 0.6, 1.0):
                moved = at(place, t + share * half)
                assert np.all(np.linalg.norm(moved - centre, axis=-1) <= reach), place.name


def test_a_span_beyond_the_craft_is_refused(low: Trajectory, relay: Trajectory) -> None:
    with pytest.raises(TrajectoryRangeError) as caught:
        in_sight(craft_place(low), craft_place(relay), span_s=(START_S - 60.0, START_S))
    assert str(caught.value) == (
        "no position of low at 2030-02-07T20:51:11Z (1 of 2 epochs); its trajectory goes from "
        "2030-02-07T20:52:11Z to 2030-02-10T20:52:11Z. Shorten the span, or give a trajectory that "
        "covers it."
    )


def test_times_that_are_not_finite_are_refused(low: Trajectory) -> None:
    with pytest.raises(IlrsError) as caught:
        eclipses(craft_place(low), body_place(SUN, ephemeris=ephemeris()), span_s=(START_S, np.nan))
    assert str(caught.value) == (
        "a span from 9.5e+08 to nan s TDB past J2000; a span goes from one finite instant to a "
        "later one. Correct its two ends."
    )


def test_margins_and_angles_that_are_none_are_refused(low: Trajectory, relay: Trajectory) -> None:
    one, other = craft_place(low), craft_place(relay)
    with pytest.raises(IlrsError) as caught:
        in_sight(one, other, span_s=SPAN_S, margin_m=np.inf)
    assert str(caught.value) == (
        "a line of sight inf m above the Moon; a margin is a number of metres above the 1737.4 km "
        "sphere. Give 0 for the sphere itself, 11000 to clear all terrain."
    )
    sun = body_place(SUN, ephemeris=ephemeris())
    with pytest.raises(IlrsError) as caught:
        kept_apart(one, other, sun, least_deg=200.0, span_s=SPAN_S)
    assert str(caught.value) == (
        "relay at least 200 deg from Sun; an angle between two directions lies between 0 and 180 "
        "deg. Give the angle within which the body disturbs."
    )


def test_a_body_whose_speed_is_not_known_is_refused() -> None:
    with pytest.raises(IlrsError) as caught:
        body_place(BARYCENTRE, ephemeris=ephemeris())
    assert str(caught.value) == (
        "the body 0 as an end of a link; 10 (the Sun) and 399 (the Earth) can be one, by their "
        "NAIF numbers. Choose one of these."
    )
