"""When a disc is in view over a horizon: how far its edge clears the skyline, and the windows.

A profile's skyline is a straight line between its azimuths, so the point of the disc that clears
it most, or least, has a closed form on every piece: clearances are exact and smooth in time, and
their zeros can be found to the second.
"""

from typing import Any, TypeAlias

import numba
import numpy as np
import numpy.typing as npt
import xarray as xr

from ilrs.foundation.errors import IlrsError
from ilrs.foundation.windows import Windows, find_windows
from ilrs.moon.horizon import horizon_at
from ilrs.moon.map_tiles import VisiblePart
from ilrs.sky.directions import BODY_RADIUS_M, angular_radius_deg, apparent_directions
from ilrs.sky.sky import Sky
from ilrs.study.site_place import Place

__all__ = ["EDGE_S", "STEP_S", "clearance_deg", "view_windows"]

FloatArray: TypeAlias = npt.NDArray[np.float64]

#: How far apart the sky is looked at, and how sharply the edges are then found. [s]
STEP_S, EDGE_S = 120.0, 1.0

_SPELLINGS = ("any", "half", "all")


def clearance_deg(
    profile: xr.Dataset,
    *,
    azimuth_deg: npt.ArrayLike,
    elevation_deg: npt.ArrayLike,
    angular_radius_deg: npt.ArrayLike,
    mast_height_m: float,
    visible_part: VisiblePart,
) -> FloatArray:
    """How far a disc clears the skyline, negative where it does not; shape of the azimuths. [deg]

    `visible_part` says what must clear: "any" point of the disc, its centre ("half"), or "all" of
    it. On the disc a degree of azimuth is cos(elevation) of the centre wide; the skyline is
    straight between the profile's azimuths. Raises IlrsError for another part, and as
    `ilrs.moon.horizon.horizon_at` for the mast.
    """
    if visible_part not in _SPELLINGS:
        raise IlrsError(
            f"no part of a disc is called {visible_part!r}",
            f"known are {', '.join(_SPELLINGS)}: any point of it, its centre, all of it",
            "Choose one of these.",
        )
    azimuth, elevation, radius = (
        np.ascontiguousarray(value, dtype=np.float64)
        for value in np.broadcast_arrays(azimuth_deg, elevation_deg, angular_radius_deg)
    )
    if visible_part == "half":
        return elevation - horizon_at(profile, azimuth, mast_height_m=mast_height_m)
    known = np.asarray(profile["azimuth_deg"].values, dtype=np.float64)
    order = np.argsort(known)
    skyline = horizon_at(profile, known[order], mast_height_m=mast_height_m)
    side = -1.0 if visible_part == "any" else 1.0
    extreme = _extreme_deg(
        known[order], skyline, azimuth.ravel(), elevation.ravel(), radius.ravel(), side
    )
    return np.asarray(elevation - side * extreme.reshape(azimuth.shape))


@numba.njit(cache=True, error_model="numpy")
def _extreme_deg(
    known: Any, skyline: Any, azimuth: Any, elevation: Any, radius: Any, side: float
) -> Any:
    """Most of sqrt(r^2 - u^2) + side * skyline(u) over the offsets u within the disc, per epoch.

    On a piece of slope m it lies at u = side m r / sqrt(1 + m^2), or at an end of the piece.
    """
    count = known.size
    most = np.empty(azimuth.size)
    for t in range(azimuth.size):
        r = radius[t]
        shrink = max(np.cos(np.radians(elevation[t])), 1e-3)
        reach = min(r / shrink, 180.0)
        left, right = azimuth[t] - reach, azimuth[t] + reach
        k = (np.searchsorted(known, left % 360.0, side="right") - 1) % count
        begin = left - (left - known[k]) % 360.0
        best = -np.inf
        while begin <= right:
            after = (k + 1) % count
            width = (known[after] - known[k]) % 360.0
            width = width if width > 0.0 else 360.0
            slope = (skyline[after] - skyline[k]) / (width * shrink)
            low = (max(begin, left) - azimuth[t]) * shrink
            high = (min(begin + width, right) - azimuth[t]) * shrink
            u = min(max(side * slope * r / np.sqrt(1.0 + slope * slope), low), high)
            level = skyline[k] + slope * (u - (begin - azimuth[t]) * shrink)
            best = max(best, np.sqrt(max(r * r - u * u, 0.0)) + side * level)
            k, begin = after, begin + width
        most[t] = best
    return most


def view_windows(
    place: Place,
    *,
    body: int,
    visible_part: VisiblePart,
    mast_height_m: float,
    span_s: tuple[float, float],
    sky: Sky,
    step_s: float = STEP_S,
) -> Windows:
    """Windows, in seconds TDB past J2000, in which part of a body's disc clears the skyline.

    `body` is NAIF's number of Sun or Earth; edges are found to EDGE_S. What lasts less than
    `step_s` may be missed. Directions are those from the ground: a mast of 100 m moves Earth by
    2e-5 deg. Raises EphemerisRangeError outside the kernels, and as `clearance_deg`.
    """

    def holds(tdb_s: FloatArray) -> npt.NDArray[np.bool_]:
        azimuth, elevation, distance = (
            values[0]
            for values in apparent_directions((body,), tdb_s, **sky.kernels, **place.point)
        )
        clear = clearance_deg(
            place.profile,
            azimuth_deg=azimuth,
            elevation_deg=elevation,
            angular_radius_deg=angular_radius_deg(distance, radius_m=BODY_RADIUS_M[body]),
            mast_height_m=mast_height_m,
            visible_part=visible_part,
        )
        return np.asarray(clear > 0.0)

    return find_windows(holds, span_s, step_s=step_s, tolerance_s=EDGE_S)
