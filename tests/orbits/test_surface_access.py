"""Access over terrain: brute force at every second, closed forms, and what must never be seen."""

from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from ilrs.foundation.errors import IlrsError
from ilrs.foundation.windows import Windows
from ilrs.moon.horizon import AZIMUTHS_DEG, read_profile
from ilrs.moon.obstacles import Obstacle, with_obstacles
from ilrs.orbits import kepler
from ilrs.orbits.skyline import SurfaceAntenna, antenna_on
from ilrs.orbits.surface_access import surface_access
from ilrs.orbits.trajectory import Trajectory, TrajectoryRangeError, kepler_trajectory
from tests.orbits.craft import (
    START_S,
    assert_brute_force_agrees,
    brute_clearance_deg,
    craft,
    orientation,
    seconds,
)

HORIZONS = Path(str(files("ilrs.programme") / "reference" / "horizons"))
REFERENCE = sorted(path.stem for path in HORIZONS.glob("*.csv"))
RADIUS_M = kepler.MOON_RADIUS_M


def seen(trajectory: Trajectory, antenna: SurfaceAntenna, **kwargs: Any) -> Windows:
    """The windows of one craft and one antenna, over the whole trajectory unless said."""
    span = kwargs.pop("span_s", trajectory.span_tdb_s)
    where = kwargs.pop("orientation", None) or orientation()
    found = surface_access([trajectory], [antenna], span_s=span, orientation=where, **kwargs)
    return found[trajectory.name, antenna.name]


def profile_of(
    horizon_deg: np.ndarray, *, latitude_deg: float = -88.0, ground_height_m: float = 0.0
) -> xr.Dataset:
    """A profile made by hand, the same for masts of 0 and 10 m."""
    return xr.Dataset(
        {"horizon_deg": (("mast_height_m", "azimuth_deg"), np.stack([horizon_deg] * 2))},
        coords={"mast_height_m": [0.0, 10.0], "azimuth_deg": AZIMUTHS_DEG},
        attrs={
            "latitude_deg": latitude_deg,
            "longitude_deg": 30.0,
            "ground_height_m": ground_height_m,
        },
    )


def nasty_profiles() -> dict[str, np.ndarray]:
    """Skylines that catch a search with steps: needles, notches, walls to 60 deg, a comb."""
    rng = np.random.default_rng(7)
    needles = np.full(720, 1.0)
    needles[rng.choice(720, 60, replace=False)] = rng.uniform(10.0, 60.0, 60)
    notches = np.full(720, 45.0)
    notches[rng.choice(720, 40, replace=False)] = rng.uniform(-2.0, 5.0, 40)
    walls = np.repeat(rng.uniform(-3.0, 60.0, 24), 30)
    comb = np.where(np.arange(720) % 2, 25.0, 2.0)
    return {"needles": needles, "notches": notches, "walls": walls, "comb": comb}


@pytest.mark.parametrize("site", REFERENCE)
@pytest.mark.parametrize(
    ("low_m", "high_m", "inclination_deg"),
    [(15e3, 120e3, 90.0), (100e3, 100e3, 86.0), (300e3, 8600e3, 54.9)],
)
def test_windows_are_those_of_brute_force_over_real_terrain(
    site: str, low_m: float, high_m: float, inclination_deg: float
) -> None:
    profile = read_profile(HORIZONS / f"{site}.csv")
    trajectory = craft(low_m, high_m, inclination_deg, days=4.0)
    found = seen(trajectory, antenna_on(profile, name=site, mast_height_m=5.0, mask_deg=-90.0))
    brute = brute_clearance_deg(trajectory, profile, mast_height_m=5.0, mask_deg=-90.0)
    assert len(found) >= 8
    assert_brute_force_agrees(found, seconds(trajectory), brute)


@pytest.mark.parametrize("kind", nasty_profiles())
@pytest.mark.parametrize("latitude_deg", [-90.0, -87.3, -70.0])
def test_windows_are_those_of_brute_force_over_nasty_terrain(
    kind: str, latitude_deg: float
) -> None:
    profile = profile_of(nasty_profiles()[kind], latitude_deg=latitude_deg)
    trajectory = craft(20e3, 700e3, 88.0, days=6.0)
    found = seen(trajectory, antenna_on(profile, name=kind, mast_height_m=3.0, mask_deg=2.0))
    brute = brute_clearance_deg(trajectory, profile, mast_height_m=3.0, mask_deg=2.0)
    assert len(found) >= 2
    assert_brute_force_agrees(found, seconds(trajectory), brute)


def test_masts_around_the_antenna_hide_a_relay_when_it_passes_behind_them() -> None:
    base = profile_of(np.full(720, 1.0), latitude_deg=-70.0)
    ring = [
        Obstacle(name="mast", distance_m=20.0, azimuth_deg=turn, width_m=0.6, height_m=60.0)
        for turn in (0.1, 60.3, 120.0, 180.0, 240.0, 300.0, 359.0)
    ]
    profile = with_obstacles(base.assign(horizon_distance_m=base["horizon_deg"]), ring)
    trajectory = craft(300e3, 8600e3, 54.9, days=10.0)
    found = seen(trajectory, antenna_on(profile, name="site", mast_height_m=0.0))
    free = seen(trajectory, antenna_on(base, name="site", mast_height_m=0.0))
    brute = brute_clearance_deg(trajectory, profile, mast_height_m=0.0, mask_deg=0.0)
    assert_brute_force_agrees(found, seconds(trajectory), brute)
    assert found - free == Windows()
    assert 60.0 < (free - found).total_s < 0.1 * free.total_s


class StillMoon:
    """A Moon that does not turn, its axes those of the ICRF."""

    def matrices(self, tdb_s: np.ndarray) -> np.ndarray:
        return np.broadcast_to(np.eye(3), (np.size(tdb_s), 3, 3))


# A circular polar orbit over the pole of a sphere: a triangle of site, centre and craft.
@pytest.mark.parametrize(("height_m", "mask_deg"), [(0.0, 0.0), (0.0, 12.0), (5000.0, -90.0)])
def test_overpasses_of_the_pole_are_the_closed_form(height_m: float, mask_deg: float) -> None:
    altitude_m, revolutions = 100e3, 3
    orbit = kepler.orbit_from_altitudes(
        periapsis_altitude_m=altitude_m, apoapsis_altitude_m=altitude_m, inclination_deg=90.0
    )
    turn_s = float(kepler.period_s(RADIUS_M + altitude_m))
    trajectory = kepler_trajectory(
        orbit, (0.0, revolutions * turn_s), name="polar", epoch_tdb_s=0.0, to_icrf=np.eye(3)
    )
    antenna = SurfaceAntenna(
        name="pole", latitude_deg=-90.0, longitude_deg=0.0, height_m=height_m, mask_deg=mask_deg
    )
    found = seen(trajectory, antenna, orientation=StillMoon())
    dip = np.arccos(RADIUS_M / (RADIUS_M + height_m))  # where a raised antenna sees the sphere end
    lowest = max(np.radians(mask_deg), -dip)
    arc = np.arccos((RADIUS_M + height_m) * np.cos(lowest) / (RADIUS_M + altitude_m)) - lowest
    half_s = arc / (2 * np.pi) * turn_s
    middle_s = (np.arange(revolutions) + 0.75) * turn_s
    assert found.start_s == pytest.approx(middle_s - half_s, abs=0.01)
    assert found.end_s == pytest.approx(middle_s + half_s, abs=0.01)


def test_a_crater_floor_sees_no_orbiter_through_its_walls() -> None:
    # 3 km below the sphere, walls of 30 deg around: a craft 100 km high is up only near the zenith
    profile = profile_of(np.full(720, 30.0), ground_height_m=-3000.0)
    trajectory = craft(100e3, 100e3, 90.0, days=5.0)
    found = seen(trajectory, antenna_on(profile, name="floor", mast_height_m=0.0, mask_deg=-90.0))
    inside = np.concatenate([found.start_s + 1.0, found.end_s - 1.0])
    in_moon = np.einsum("nij,nj->ni", orientation().matrices(inside), trajectory.position_m(inside))
    latitude = np.degrees(np.arcsin(in_moon[:, 2] / np.linalg.norm(in_moon, axis=1)))
    # 30 deg over the horizon, the craft is within acos((R - 3 km) cos 30 / (R + 100 km)) - 30 deg
    # of the site, which is 4.9 deg, on the sphere
    assert len(found) > 10
    assert latitude.max() < -88.0 + 4.9


def test_nothing_is_seen_through_the_moon_whatever_a_profile_leaves_out() -> None:
    profile = profile_of(np.full(720, -90.0), ground_height_m=2000.0)
    trajectory = craft(100e3, 100e3, 90.0, days=2.0)
    found = seen(trajectory, antenna_on(profile, name="tower", mast_height_m=0.0, mask_deg=-90.0))
    brute = brute_clearance_deg(trajectory, profile, mast_height_m=0.0, mask_deg=-90.0)
    # the solid Moon lies 9.2 km under the sphere
    dip = np.degrees(np.arccos((RADIUS_M - 9.2e3) / (RADIUS_M + 2e3)))
    assert_brute_force_agrees(found, seconds(trajectory), lambda t: brute(t) - 90.0 + dip)


def test_windows_begin_and_end_with_the_span_when_the_craft_is_up() -> None:
    trajectory = craft(300e3, 8600e3, 54.9, days=2.0)
    antenna = SurfaceAntenna(name="pole", latitude_deg=-90.0, longitude_deg=0.0, height_m=0.0)
    whole = seen(trajectory, antenna)
    middle = 0.5 * (whole.start_s[1] + whole.end_s[1])
    part = seen(trajectory, antenna, span_s=(middle, middle + 60.0))
    assert part == Windows([(middle, middle + 60.0)])


def test_no_windows_when_the_craft_never_rises() -> None:
    trajectory = craft(100e3, 100e3, 0.0, days=1.0)
    antenna = SurfaceAntenna(name="pole", latitude_deg=-90.0, longitude_deg=0.0, height_m=0.0)
    assert seen(trajectory, antenna) == Windows()


def test_pairs_go_by_both_names() -> None:
    craft_two = [craft(1e5, 1e5, 90.0, days=1.0, name=name) for name in ("LUNA-26", "CE-7")]
    antennas = [
        SurfaceAntenna(name=name, latitude_deg=-88.0, longitude_deg=west, height_m=0.0)
        for name, west in (("A", 0.0), ("B", 90.0))
    ]
    span = craft_two[0].span_tdb_s
    found = surface_access(craft_two, antennas, span_s=span, orientation=orientation())
    assert list(found) == [("LUNA-26", "A"), ("LUNA-26", "B"), ("CE-7", "A"), ("CE-7", "B")]
    assert found["LUNA-26", "B"] == seen(craft_two[0], antennas[1])


def test_names_that_repeat_are_refused() -> None:
    antenna = SurfaceAntenna(name="A", latitude_deg=-88.0, longitude_deg=0.0, height_m=0.0)
    trajectory = craft(1e5, 1e5, 90.0, days=1.0)
    with pytest.raises(IlrsError) as caught:
        surface_access(
            [trajectory], [antenna, antenna], span_s=trajectory.span_tdb_s,
            orientation=orientation(),
        )  # fmt: skip
    assert str(caught.value) == (
        "antennas that share the name A; windows are told apart by the names of both ends. Give "
        "each a name of its own."
    )


def test_a_span_beyond_the_trajectory_is_refused() -> None:
    trajectory = craft(1e5, 1e5, 90.0, days=1.0)
    antenna = SurfaceAntenna(name="A", latitude_deg=-88.0, longitude_deg=0.0, height_m=0.0)
    with pytest.raises(TrajectoryRangeError) as caught:
        seen(trajectory, antenna, span_s=(START_S, START_S + 2 * 86400.0))
    assert str(caught.value) == (
        "no position of craft at 2030-02-09T20:52:11Z (1 of 2 epochs); its trajectory goes from "
        "2030-02-07T20:52:11Z to 2030-02-08T20:52:11Z. Shorten the span, or give a trajectory that "
        "covers it."
    )


@pytest.mark.parametrize("span_s", [(START_S, START_S), (START_S, np.nan), (np.inf, START_S)])
def test_a_span_that_does_not_go_forward_is_refused(span_s: tuple[float, float]) -> None:
    antenna = SurfaceAntenna(name="A", latitude_deg=-88.0, longitude_deg=0.0, height_m=0.0)
    with pytest.raises(IlrsError) as caught:
        seen(craft(1e5, 1e5, 90.0, days=1.0), antenna, span_s=span_s)
    assert str(caught.value) == (
        f"a span from {span_s[0]:g} to {span_s[1]:g} s TDB past J2000; a span goes from one finite "
        "instant to a later one. Correct its two ends."
    )


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"latitude_deg": -91.0},
            "a site at latitude -91 deg, longitude 0 deg; latitudes lie between -90 and 90 deg, "
            "longitudes are finite and east positive. Correct the site's coordinates; they may be "
            "exchanged.",
        ),
        (
            {"mask_deg": 95.0},
            "the antenna A with a mask of 95 deg; a mask is an elevation, from -90 (none) to 90 "
            "deg. Give the lowest elevation that the antenna can use.",
        ),
        (
            {"height_m": -10_000.0},
            "the antenna A at a height of -10000 m; heights count in metres from the 1737.4 km "
            "sphere, and no ground lies lower than 9200 m below it. Correct its height.",
        ),
        (
            {"horizon_deg": np.zeros(3)},
            "the antenna A with a horizon and azimuths that do not match; there is one elevation "
            "of the horizon per azimuth. Give both on the same azimuths, or make the antenna with "
            "`antenna_on`.",
        ),
        (
            {"horizon_deg": np.array([0.0, np.nan]), "azimuths_deg": np.array([0.0, 180.0])},
            "the antenna A with a horizon that is not known all around; a horizon has finite "
            "elevations from -90 to 90 deg at azimuths that rise from 0 to 360 deg. Compute the "
            "profile with terrain on every side.",
        ),
    ],
)
def test_antennas_that_cannot_be_are_refused(given: dict[str, Any], message: str) -> None:
    right: dict[str, Any] = {"latitude_deg": -88.0, "longitude_deg": 0.0, "height_m": 0.0}
    with pytest.raises(IlrsError) as caught:
        SurfaceAntenna(name="A", **{**right, **given})
    assert str(caught.value) == message


def test_a_mast_that_the_profile_does_not_hold_is_refused() -> None:
    with pytest.raises(IlrsError) as caught:
        antenna_on(profile_of(np.zeros(720)), name="A", mast_height_m=12.0)
    assert str(caught.value) == (
        "a horizon for a mast of 12 m; this profile was computed for 0, 10 m and holds between "
        "those heights. Choose a height between them, or compute a profile for yours."
    )
