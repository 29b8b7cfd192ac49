"""Craft for the tests of access: two-body trajectories over the real Moon, and brute force."""

from collections.abc import Callable
from functools import cache

import numpy as np
import xarray as xr

from ilrs.foundation.windows import Windows
from ilrs.moon.horizon import horizon_at
from ilrs.orbits.frames import frame_to_icrf
from ilrs.orbits.kepler import orbit_from_altitudes
from ilrs.orbits.relay import look_angles
from ilrs.orbits.trajectory import Trajectory, kepler_trajectory
from ilrs.sky.kernels import Ephemeris, open_ephemeris
from ilrs.sky.orientation import Orientation, open_orientation

START_S = 9.5e8  # in February 2030
DAY_S = 86_400.0

ephemeris: Callable[[], Ephemeris] = cache(open_ephemeris)
orientation: Callable[[], Orientation] = cache(open_orientation)


def craft(
    low_m: float, high_m: float, inclination_deg: float, *, days: float, name: str = "craft",
    node_deg: float = 0.0, frame: str = "MOON_EQUATOR", mean_anomaly_deg: float = 0.0,
) -> Trajectory:  # fmt: skip
    """A two-body trajectory from START_S on, its periapsis in the north."""
    orbit = orbit_from_altitudes(
        periapsis_altitude_m=low_m, apoapsis_altitude_m=high_m, inclination_deg=inclination_deg,
        ascending_node_deg=node_deg, argument_of_periapsis_deg=90.0,
        mean_anomaly_deg=mean_anomaly_deg,
    )  # fmt: skip
    to_icrf = frame_to_icrf(
        frame, epoch_tdb_s=START_S, ephemeris=ephemeris(), orientation=orientation()
    )
    span = START_S, START_S + days * DAY_S
    return kepler_trajectory(orbit, span, name=name, epoch_tdb_s=START_S, to_icrf=to_icrf)


def seconds(trajectory: Trajectory) -> np.ndarray:
    """Every second of its span, TDB."""
    return np.arange(*trajectory.span_tdb_s, 1.0)


def brute_clearance_deg(
    trajectory: Trajectory, profile: xr.Dataset, *, mast_height_m: float, mask_deg: float
) -> Callable[[np.ndarray], np.ndarray]:
    """Elevation above horizon and mask as a function of time, by matrices and interpolation. [deg]

    It shares nothing with what the windows are found with: every azimuth is asked for itself.
    """

    def clearance_deg(t_s: np.ndarray) -> np.ndarray:
        found = []
        for part in np.array_split(t_s, max(1, t_s.size // 100_000)):
            matrices = orientation().matrices(part)
            in_moon_m = np.einsum("nij,nj->ni", matrices, trajectory.position_m(part))
            azimuth, elevation, _ = look_angles(
                in_moon_m,
                latitude_deg=profile.attrs["latitude_deg"],
                longitude_deg=profile.attrs["longitude_deg"],
                height_m=profile.attrs["ground_height_m"] + mast_height_m,
            )
            horizon = horizon_at(profile, azimuth, mast_height_m=mast_height_m)
            found.append(elevation - np.maximum(horizon, mask_deg))
        return np.concatenate(found)

    return clearance_deg


def assert_brute_force_agrees(
    windows: Windows, t_s: np.ndarray, margin: Callable[[np.ndarray], np.ndarray]
) -> None:
    """Windows against the instants, a second apart, at which a margin is above 0.

    They agree at every instant, but for those within the tolerance of an edge (0.01 s) and those
    in a window or gap that is itself shorter than a second.
    """
    clear = margin(t_s) > 0.0
    edges = np.sort(np.concatenate([windows.start_s, windows.end_s]))
    for k in np.flatnonzero(windows.mask(t_s) != clear):
        if edges.size and np.abs(edges - t_s[k]).min() < 0.01:
            continue
        fine = t_s[k] + np.arange(-1.0, 1.0, 0.005)
        other = fine[(margin(fine) > 0.0) != clear[k]]
        before, after = other[other < t_s[k]], other[other > t_s[k]]
        assert before.size and after.size, f"missed at {t_s[k]:.1f} s"
        assert after[0] - before[-1] < 1.01, f"missed at {t_s[k]:.1f} s"
