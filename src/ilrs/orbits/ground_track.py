"""Where a craft stands over the Moon: its ground track, and its positions in the body frame."""

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import xarray as xr

from ilrs.foundation.time import utc_from_tdb
from ilrs.orbits.frames import Orientation
from ilrs.orbits.kepler import MOON_RADIUS_M
from ilrs.orbits.trajectory import Trajectory

__all__ = ["ground_track", "moon_fixed_m", "subpoint_of"]

FloatArray: TypeAlias = npt.NDArray[np.float64]


def moon_fixed_m(
    trajectory: Trajectory, tdb_s: npt.ArrayLike, *, orientation: Orientation
) -> FloatArray:
    """Positions in the Moon's body frame, shape of `tdb_s` + (3,). [m]

    Raises TrajectoryRangeError outside the trajectory, EphemerisRangeError outside the orientation.
    """
    epochs = np.asarray(tdb_s, dtype=np.float64)
    flat = np.ravel(epochs)
    turned = np.einsum("nij,nj->ni", orientation.matrices(flat), trajectory.position_m(flat))
    return np.asarray(turned.reshape(*epochs.shape, 3))


def subpoint_of(position_m: npt.ArrayLike) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Latitude, longitude (0 <= l < 360) [deg] and height above the sphere [m] of positions.

    Positions are in the body frame, last axis of length 3.
    """
    x, y, z = np.moveaxis(np.asarray(position_m, dtype=np.float64), -1, 0)
    level = np.hypot(x, y)
    return (
        np.degrees(np.arctan2(z, level)),
        np.mod(np.degrees(np.arctan2(y, x)), 360.0),
        np.hypot(level, z) - MOON_RADIUS_M,
    )


def ground_track(
    trajectory: Trajectory, tdb_s: npt.ArrayLike, *, orientation: Orientation
) -> xr.Dataset:
    """Latitude, longitude [deg] and height above the 1737.4 km sphere [m] on `time`.

    In the body frame of `orientation`. Raises as `moon_fixed_m`.
    """
    t = np.atleast_1d(np.asarray(tdb_s, dtype=np.float64))
    latitude, longitude, height = subpoint_of(moon_fixed_m(trajectory, t, orientation=orientation))

    def _on_time(values: FloatArray, units: str, long_name: str) -> tuple[str, Any, Any]:
        return "time", values, {"units": units, "long_name": long_name}

    return xr.Dataset(
        {
            "latitude_deg": _on_time(latitude, "deg", "latitude below the craft"),
            "longitude_deg": _on_time(longitude, "deg", "longitude below the craft, east"),
            "height_m": _on_time(height, "m", "height above the 1737.4 km sphere"),
        },
        coords={
            "time": utc_from_tdb(t),
            "tdb_s": ("time", t, {"units": "s", "long_name": "seconds TDB past J2000"}),
        },
        attrs={"craft": trajectory.name, "model": trajectory.model},
    )
