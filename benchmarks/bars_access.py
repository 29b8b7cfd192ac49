"""Bars of access: a year of ten orbiters over fifty sites with terrain, and how right it is."""

import functools
import time
from importlib.resources import files

import numpy as np
import xarray as xr

from benchmarks.bar import Bar, bar
from ilrs.foundation.windows import Windows
from ilrs.moon.horizon import horizon_at, read_profile
from ilrs.orbits.frames import frame_to_icrf
from ilrs.orbits.kepler import orbit_from_altitudes
from ilrs.orbits.relay import look_angles
from ilrs.orbits.skyline import SurfaceAntenna, antenna_on
from ilrs.orbits.surface_access import surface_access
from ilrs.orbits.trajectory import Trajectory, kepler_trajectory
from ilrs.sky.kernels import open_ephemeris
from ilrs.sky.orientation import Orientation, open_orientation

START_S = 9.5e8  # in February 2030
YEAR_S = 365.25 * 86400.0
SPAN_S = (START_S, START_S + YEAR_S)
MAST_M, MASK_DEG, SITES, LOOK_S = 10.0, 0.0, 50, 12 * 3600.0
# Lowest and highest altitude [km], inclination and node [deg]: six low orbiters, four relays.
LOW = [(100, 100, 90, 0), (50, 150, 86, 40), (30, 200, 88, 80), (100, 100, 75, 120),
       (200, 200, 90, 160), (20, 100, 92, 200)]  # fmt: skip
RELAYS = [(300, 8600, 54.9, 0), (300, 8600, 54.9, 180), (720, 8090, 57.7, 90),
          (200, 16000, 62.4, 270)]  # fmt: skip


@functools.cache
def turning() -> Orientation:
    return open_orientation()


@functools.cache
def orbiters() -> list[Trajectory]:
    made = []
    for frame, orbits in (("MOON_EQUATOR", LOW), ("EARTH_ORBIT_PLANE", RELAYS)):
        to_icrf = frame_to_icrf(
            frame, epoch_tdb_s=START_S, ephemeris=open_ephemeris(), orientation=turning()
        )
        for low_km, high_km, inclination_deg, node_deg in orbits:
            orbit = orbit_from_altitudes(
                periapsis_altitude_m=low_km * 1e3, apoapsis_altitude_m=high_km * 1e3,
                inclination_deg=inclination_deg, ascending_node_deg=node_deg,
                argument_of_periapsis_deg=90.0,
            )  # fmt: skip
            name = f"orbiter {len(made)}"
            made.append(
                kepler_trajectory(orbit, SPAN_S, name=name, epoch_tdb_s=START_S, to_icrf=to_icrf)
            )
    return made


@functools.cache
def profiles() -> list[xr.Dataset]:
    """Fifty sites poleward of 80 S: the four of the reference programme, and their skylines again
    at other places, turned about, so that no two are alike."""
    folder = files("ilrs.programme") / "reference" / "horizons"
    paths = sorted(path for path in folder.iterdir() if path.name.endswith(".csv"))
    real = [read_profile(path) for path in paths]  # type: ignore[arg-type]
    rng = np.random.default_rng(7)
    made = list(real)
    while len(made) < SITES:
        of = real[len(made) % len(real)]
        turned = of.roll(azimuth_deg=int(rng.integers(720)), roll_coords=False)
        place = {
            "latitude_deg": rng.uniform(-90.0, -80.0),
            "longitude_deg": rng.uniform(0.0, 360.0),
        }
        made.append(turned.assign_attrs(place))
    return made


@functools.cache
def antennas() -> list[SurfaceAntenna]:
    return [
        antenna_on(profile, name=f"site {k}", mast_height_m=MAST_M, mask_deg=MASK_DEG)
        for k, profile in enumerate(profiles())
    ]


@functools.cache
def year() -> tuple[dict[tuple[str, str], Windows], float, float]:
    """All windows, and the wall and core seconds that they took, once all is compiled."""
    short = START_S, START_S + 86400.0
    surface_access(orbiters()[:1], antennas()[:1], span_s=short, orientation=turning())
    begin, wall = time.process_time(), time.perf_counter()
    found = surface_access(orbiters(), antennas(), span_s=SPAN_S, orientation=turning())
    return found, time.perf_counter() - wall, time.process_time() - begin


def beside_anise(found: dict[tuple[str, str], Windows]) -> str:
    """anise over 30 days of one pair: core-seconds for a year of it, and how its edges lie."""
    try:
        from benchmarks.peer_anise import anise_windows  # noqa: PLC0415 - need not be installed
    except ImportError:
        return "anise not installed"
    craft, site = orbiters()[0], antennas()[0]
    span = START_S + 60.0, START_S + 60.0 + 30 * 86400.0
    theirs, took_s = anise_windows(craft, site, span)
    ours = found[craft.name, site.name] & Windows([span])
    apart = f"{len(theirs)} for {len(ours)} windows"
    if len(theirs) == len(ours):
        edges = np.abs(np.array(list(theirs)) - np.array(list(ours)))
        apart = f"edges up to {edges.max():.2g} s off"
    return f"anise {took_s * YEAR_S / (30 * 86400.0):.2g} core-s for one pair's year, {apart};"


@bar
def access_year() -> Bar:
    """In core-seconds, so that a busy machine gives the same figure: 60 s on 2 cores are 120."""
    found, wall_s, core_s = year()
    count = sum(len(windows) for windows in found.values())
    note = f"{count} windows, {core_s / len(found):.2g} core-s for one pair's year, {wall_s:.0f} s"
    return Bar(
        "access, 10 orbiters x 50 sites x 1 year", core_s, 120.0, "core-s", "<=",
        peer=beside_anise(found), note=note,
    )  # fmt: skip


@bar
def access_error() -> Bar:
    """Every pair at every second of 12 h of its own: the longest run of seconds that differ.

    A window missed or invented, or an edge off by n seconds, is a run of so many.
    """
    found, _, _ = year()
    rng, worst, looked = np.random.default_rng(11), 0, 0
    for trajectory in orbiters():
        for antenna, profile in zip(antennas(), profiles(), strict=True):
            begin = float(rng.uniform(START_S, START_S + YEAR_S - LOOK_S))
            t = np.arange(begin, begin + LOOK_S)
            in_moon = np.einsum("nij,nj->ni", turning().matrices(t), trajectory.position_m(t))
            azimuth, elevation, _ = look_angles(
                in_moon, latitude_deg=antenna.latitude_deg, longitude_deg=antenna.longitude_deg,
                height_m=antenna.height_m,
            )  # fmt: skip
            horizon = horizon_at(profile, azimuth, mast_height_m=MAST_M)
            clear = elevation > np.maximum(horizon, MASK_DEG)
            differ = found[trajectory.name, antenna.name].mask(t) != clear
            edges = np.flatnonzero(np.diff(np.concatenate([[0], differ, [0]])))
            worst = max(worst, int(np.diff(edges)[::2].max(initial=0)))
            looked += t.size
    note = f"{looked / 1e6:.3g} M instants looked at"
    return Bar("access against brute force at 1 s", worst, 1.0, "s", "<=", note=note)
