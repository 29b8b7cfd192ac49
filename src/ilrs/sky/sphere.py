"""The sphere of lunar heights: its radius, and which way is up at a place on it."""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from ilrs.foundation.errors import IlrsError

__all__ = ["MOON_RADIUS_M", "site_axes"]

FloatArray: TypeAlias = npt.NDArray[np.float64]

#: Reference sphere of lunar heights [m].
MOON_RADIUS_M = 1_737_400.0


def site_axes(latitude_deg: float, longitude_deg: float) -> FloatArray:
    """East, north and up of a site as rows in the Moon's body frame, shape (3, 3).

    At a pole, north is what it is for a site just off the pole on the given longitude. Raises
    IlrsError for a latitude beyond a pole.
    """
    if not (abs(latitude_deg) <= 90.0 and np.isfinite(longitude_deg)):
        raise IlrsError(
            f"a site at latitude {latitude_deg:g} deg, longitude {longitude_deg:g} deg",
            "latitudes lie between -90 and 90 deg, longitudes are finite and east positive",
            "Correct the site's coordinates; they may be exchanged.",
        )
    latitude, longitude = np.radians(latitude_deg), np.radians(longitude_deg)
    cos_b, sin_b, cos_l, sin_l = (
        np.cos(latitude),
        np.sin(latitude),
        np.cos(longitude),
        np.sin(longitude),
    )
    return np.array(
        [
            [-sin_l, cos_l, 0.0],
            [-sin_b * cos_l, -sin_b * sin_l, cos_b],
            [cos_b * cos_l, cos_b * sin_l, sin_b],
        ]
    )
