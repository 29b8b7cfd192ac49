"""Where a relay, or any craft, stands in the sky of a surface site.

Geometry without light time: at most 0.06 s of it within 18,000 km, under 0.01 deg of direction.
"""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import xarray as xr

from ilrs.foundation.angles import azimuth_deg
from ilrs.foundation.time import utc_from_tdb
from ilrs.orbits.frames import Orientation
from ilrs.orbits.ground_track import moon_fixed_m
from ilrs.orbits.trajectory import Trajectory
from ilrs.sky.sphere import MOON_RADIUS_M, site_axes

__all__ = ["craft_view", "look_angles", "site_position_m"]

FloatArray: TypeAlias = npt.NDArray[np.float64]


def site_position_m(latitude_deg: float, longitude_deg: float, *, height_m: float) -> FloatArray:
    """Position of a site in the Moon's body frame, shape (3,). [m]"""
    return np.asarray(site_axes(latitude_deg, longitude_deg)[2] * (MOON_RADIUS_M + height_m))


def look_angles(
    position_m: npt.ArrayLike, *, latitude_deg: float, longitude_deg: float, height_m: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Azimuth [deg], elevation [deg] and range [m] of points in the Moon's body frame, (..., 3)."""
    axes = site_axes(latitude_deg, longitude_deg)
    offset = np.asarray(position_m, dtype=np.float64) - axes[2] * (MOON_RADIUS_M + height_m)
    east, north, up = np.moveaxis(offset @ axes.T, -1, 0)
    level = np.hypot(east, north)
    return (
        azimuth_deg(np.degrees(np.arctan2(east, north))),
        np.degrees(np.arctan2(up, level)),
        np.hypot(level, up),
    )


def craft_view(
    trajectory: Trajectory,
    *,
    latitude_deg: float,
    longitude_deg: float,
    height_m: float,
    tdb_s: npt.ArrayLike,
    orientation: Orientation,
) -> xr.Dataset:
    """Azimuth, elevation [deg] and range [m] of a craft from a site, on `time`.

    The site lies in the body frame of `orientation`. The elevation is above the local horizontal,
    without terrain: below 0 the smooth Moon hides the craft from a site on the sphere (see
    `ilrs.orbits.skyline.sphere_horizon_deg` for a raised one). A craft that has met the ground lies
    where it fell. Raises IlrsError for a latitude beyond a pole, TrajectoryRangeError for instants
    at which the craft is not known.
    """
    t = np.atleast_1d(np.asarray(tdb_s, dtype=np.float64))
    known_s = np.minimum(t, trajectory.span_tdb_s[1]) if trajectory.ended_by else t
    in_moon_m = moon_fixed_m(trajectory, known_s, orientation=orientation)
    azimuth, elevation, distance = look_angles(
        in_moon_m, latitude_deg=latitude_deg, longitude_deg=longitude_deg, height_m=height_m
    )
    return xr.Dataset(
        {
            "azimuth_deg": _described(azimuth, "deg", "azimuth of the craft, from north"),
            "elevation_deg": _described(elevation, "deg", "elevation of the craft"),
            "range_m": _described(distance, "m", "distance of the craft"),
        },
        coords={
            "time": utc_from_tdb(t),
            "tdb_s": ("time", t, {"units": "s", "long_name": "seconds TDB past J2000"}),
        },
        attrs={"craft": trajectory.name, "model": f"{trajectory.model}, no light time"},
    )


def _described(
    values: FloatArray, units: str, long_name: str
) -> tuple[str, FloatArray, dict[str, str]]:
    return "time", values, {"units": units, "long_name": long_name}
