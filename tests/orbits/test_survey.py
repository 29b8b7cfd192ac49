"""Surveys: nets of points, passes over an area against brute force, cover, and bad input."""

import numpy as np
import pytest
import xarray as xr

from ilrs.foundation.errors import IlrsError
from ilrs.orbits.ground_track import ground_track, moon_fixed_m
from ilrs.orbits.kepler import MOON_RADIUS_M, orbit_from_altitudes
from ilrs.orbits.survey import (
    Area,
    Camera,
    area_points_deg,
    covered_fraction,
    joint_looks,
    survey_passes,
)
from ilrs.orbits.trajectory import Trajectory, kepler_trajectory
from ilrs.sky.sky import Sky, open_sky

T0 = 9.0e8
AREA = Area(name="RIDGE", latitude_deg=-80.0, longitude_deg=222.0, radius_m=6000.0)
CAMERA = Camera(half_field_deg=2.0, pixel_rad=5e-5, most_roll_deg=15.0)


@pytest.fixture(scope="module")
def sky() -> Sky:
    return open_sky()


@pytest.fixture(scope="module")
def low_orbiter(sky: Sky) -> Trajectory:
    orbit = orbit_from_altitudes(
        periapsis_altitude_m=60e3, apoapsis_altitude_m=80e3, inclination_deg=90.0,
        ascending_node_deg=20.0,
    )  # fmt: skip
    to_icrf = sky.orientation.matrices(np.array([T0]))[0].T
    return kepler_trajectory(
        orbit, (T0, T0 + 29 * 86400.0), name="ORBITER", epoch_tdb_s=T0, to_icrf=to_icrf
    )


@pytest.fixture(scope="module")
def passes(low_orbiter: Trajectory, sky: Sky) -> xr.Dataset:
    return survey_passes(
        low_orbiter, AREA, camera=CAMERA, spacing_m=2000.0, sun_elevation_limits_deg=(-90.0, 90.0),
        most_ground_sample_m=10.0, sky=sky,
    )  # fmt: skip


def test_net_of_points_lies_within_the_area_and_has_its_middle() -> None:
    latitude, longitude = area_points_deg(AREA, spacing_m=2000.0)
    phi, lam, p0, l0 = np.radians([*np.broadcast_arrays(latitude, longitude, -80.0, 222.0)])
    cosine = np.sin(phi) * np.sin(p0) + np.cos(phi) * np.cos(p0) * np.cos(lam - l0)
    away_m = MOON_RADIUS_M * np.arccos(np.clip(cosine, -1.0, 1.0))
    assert away_m.max() <= 6000.0 + 1e-3
    assert away_m.min() < 0.1
    # A circle of 3 spacings holds 29 points of a square net (Gauss's circle problem).
    assert latitude.size == 29


# The judge: a whole month at every second, and at every hundredth around each least angle at the
# Moon's centre, where the ground lies straight abeam of a craft that looks down. In
# half a hundredth of a second the craft goes 8 m: 0.008 deg from 60 km.
def test_passes_are_those_that_brute_force_finds(
    low_orbiter: Trajectory, sky: Sky, passes: xr.Dataset
) -> None:
    t = np.arange(T0, T0 + 29 * 86400.0, 1.0)
    for k in (0, 14, 28):
        phi, lam = np.radians([passes["latitude_deg"].values[k], passes["longitude_deg"].values[k]])
        ground_m = MOON_RADIUS_M * np.array(
            [np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)]
        )
        apart_rad, _ = _seen_from_above(low_orbiter, t, ground_m, sky)
        near = 1 + np.flatnonzero((np.diff(apart_rad)[:-1] < 0) & (np.diff(apart_rad)[1:] > 0))
        close_s = t[near][:, None] + np.linspace(-1.0, 1.0, 201)
        apart_rad, off_deg = _seen_from_above(low_orbiter, close_s, ground_m, sky)
        least = apart_rad.argmin(axis=1)[:, None]
        off_deg = np.take_along_axis(off_deg, least, axis=1)[:, 0]
        at_s = np.take_along_axis(close_s, least, axis=1)[:, 0]
        seen = off_deg <= 16.0  # a degree within the camera's reach, clear of its edge
        found_s = passes["seen_tdb_s"].values[:, k]
        nearest = np.abs(found_s[:, None] - at_s[seen]).argmin(axis=0)
        assert seen.sum() > 5
        np.testing.assert_allclose(found_s[nearest], at_s[seen], atol=0.02, rtol=0.0)
        found_deg = np.abs(passes["off_nadir_deg"].values[nearest, k])
        np.testing.assert_allclose(found_deg, off_deg[seen], atol=0.01)


def _seen_from_above(
    trajectory: Trajectory, tdb_s: np.ndarray, ground_m: np.ndarray, sky: Sky
) -> tuple[np.ndarray, np.ndarray]:
    """Angle at the Moon's centre to a place [rad], and its angle from the nadir [deg]."""
    position = moon_fixed_m(trajectory, tdb_s, orientation=sky.orientation)
    line = ground_m - position
    radius = np.linalg.norm(position, axis=-1)
    chord = np.linalg.norm(position / radius[..., None] - ground_m / MOON_RADIUS_M, axis=-1)
    down = -(line * position).sum(axis=-1) / radius / np.linalg.norm(line, axis=-1)
    return 2.0 * np.arcsin(0.5 * chord), np.degrees(np.arccos(down))


def test_ground_sample_grows_with_distance_and_slant(passes: xr.Dataset) -> None:
    # From 60 to 80 km a pixel of 5e-5 rad is 3 to 4 m at the nadir and larger beside it.
    sample = passes["ground_sample_m"].values[np.abs(passes["off_nadir_deg"].values) < 17.0]
    assert sample.min() > 3.0
    assert sample.max() < 4.0 / np.cos(np.radians(19.0)) ** 2


def test_roll_brings_the_area_into_a_narrow_field(
    low_orbiter: Trajectory, sky: Sky, passes: xr.Dataset
) -> None:
    fixed = survey_passes(
        low_orbiter, AREA, camera=Camera(half_field_deg=2.0, pixel_rad=5e-5), spacing_m=2000.0,
        sun_elevation_limits_deg=(-90.0, 90.0), most_ground_sample_m=10.0, sky=sky,
    )  # fmt: skip
    assert fixed["is_imaged"].values.sum() < passes["is_imaged"].values.sum()
    assert (np.abs(fixed["off_nadir_deg"].values[fixed["is_imaged"].values]) <= 2.0).all()


def test_light_is_that_of_the_limits(low_orbiter: Trajectory, sky: Sky) -> None:
    lit = survey_passes(
        low_orbiter, AREA, camera=CAMERA, spacing_m=2000.0, sun_elevation_limits_deg=(3.0, 60.0),
        most_ground_sample_m=10.0, sky=sky,
    )  # fmt: skip
    sun = lit["sun_elevation_deg"].values
    assert sun.min() < 3.0 < sun.max()
    assert (sun[lit["is_imaged"].values] >= 3.0).all()


def test_cover_grows_from_pass_to_pass_and_stereo_takes_longer(passes: xr.Dataset) -> None:
    once, twice = covered_fraction(passes), covered_fraction(passes, looks=2)
    assert (np.diff(once.values) >= 0.0).all()
    assert (twice.values <= once.values).all()
    assert once.values[-1] == 1.0


def test_track_of_a_polar_orbiter_spans_the_latitudes(low_orbiter: Trajectory, sky: Sky) -> None:
    t = T0 + np.arange(0.0, 7000.0, 10.0)
    track = ground_track(low_orbiter, t, orientation=sky.orientation)
    assert track["latitude_deg"].max() > 89.0
    assert track["latitude_deg"].min() < -89.0
    assert 60e3 - 1.0 <= track["height_m"].min() <= track["height_m"].max() <= 80e3 + 1.0


@pytest.mark.parametrize(
    ("area", "spacing_m", "message"),
    [
        (
            Area(name="A", latitude_deg=0.0, longitude_deg=0.0, radius_m=0.0),
            100.0,
            "the area A of radius 0 m; an area to survey has a radius above 0 and up to 450 km. "
            "Correct the radius, or divide the area.",
        ),
        (AREA, 0.0, "points 0 m apart; points lie more than 0 m apart. Give a spacing."),
    ],
)
def test_areas_without_size_are_errors(area: Area, spacing_m: float, message: str) -> None:
    with pytest.raises(IlrsError) as caught:
        area_points_deg(area, spacing_m=spacing_m)
    assert str(caught.value) == message


def test_limits_of_the_sun_in_the_wrong_order_are_an_error(
    low_orbiter: Trajectory, sky: Sky
) -> None:
    with pytest.raises(IlrsError) as caught:
        survey_passes(
            low_orbiter, AREA, camera=CAMERA, spacing_m=2000.0,
            sun_elevation_limits_deg=(40.0, 10.0), most_ground_sample_m=10.0, sky=sky,
        )  # fmt: skip
    assert str(caught.value) == (
        "a Sun between 40 and 10 deg of elevation; the lower limit comes first; both lie between "
        "-90 and 90 deg. Exchange or correct the limits."
    )


def test_joint_looks_are_the_pairs_within_the_time_offset(passes: xr.Dataset) -> None:
    later = passes.assign_coords(tdb_s=passes["tdb_s"] + 1800.0)
    pairs = joint_looks(passes, later, most_offset_s=2000.0, least_fraction=0.0)
    imaged = passes["is_imaged"].values
    # A low orbiter comes back after 6,900 s, so only its own shifted pass lies within 2,000 s.
    assert pairs.sizes["pair"] == int(imaged.any(axis=1).sum())
    np.testing.assert_allclose(pairs["offset_s"], 1800.0)
    np.testing.assert_allclose(pairs["common_fraction"], imaged[imaged.any(axis=1)].mean(axis=1))
    assert joint_looks(passes, later, most_offset_s=1700.0).sizes["pair"] == 0


def test_joint_looks_at_two_areas_are_an_error(passes: xr.Dataset) -> None:
    with pytest.raises(IlrsError) as caught:
        joint_looks(passes, passes.assign_attrs(area="RIM"), most_offset_s=1.0)
    assert str(caught.value) == (
        "joint looks at RIDGE (29 points) and RIM (29 points); both surveys are of one area, on "
        "one net of points. Compute both with the same area and spacing."
    )
