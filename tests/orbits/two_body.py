"""A two-body craft in the sky of a site, straight from its elements: the oracle of views."""

from typing import Any, NamedTuple

import numpy as np

from ilrs.orbits.frames import frame_to_icrf
from ilrs.orbits.kepler import orbit_from_altitudes, propagate, state
from ilrs.orbits.relay import look_angles
from ilrs.orbits.trajectory import Trajectory, kepler_trajectory


class View(NamedTuple):
    azimuth_deg: np.ndarray
    elevation_deg: np.ndarray
    range_m: np.ndarray


def two_body_view(
    *,
    frame: str,
    epoch_tdb_s: float,
    latitude_deg: float,
    longitude_deg: float,
    height_m: float,
    tdb_s: np.ndarray,
    ephemeris: Any,
    orientation: Any,
    **elements: float,
) -> View:
    to_icrf = frame_to_icrf(
        frame, epoch_tdb_s=epoch_tdb_s, ephemeris=ephemeris, orientation=orientation
    )
    position_m, _ = state(propagate(orbit_from_altitudes(**elements), tdb_s - epoch_tdb_s))
    in_moon_m = np.einsum("nij,nj->ni", orientation.matrices(tdb_s), position_m @ to_icrf.T)
    return View(
        *look_angles(
            in_moon_m, latitude_deg=latitude_deg, longitude_deg=longitude_deg, height_m=height_m
        )
    )


def two_body_way(
    *,
    frame: str,
    epoch_tdb_s: float,
    span_s: tuple[float, float],
    ephemeris: Any,
    orientation: Any,
    **elements: float,
) -> Trajectory:
    to_icrf = frame_to_icrf(
        frame, epoch_tdb_s=epoch_tdb_s, ephemeris=ephemeris, orientation=orientation
    )
    return kepler_trajectory(
        orbit_from_altitudes(**elements), span_s, name="RELAY", epoch_tdb_s=epoch_tdb_s,
        to_icrf=to_icrf,
    )  # fmt: skip
