"""The sphere of lunar heights: its radius, directions at a place on it, distances along it."""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from ilrs.foundation.errors import IlrsError

__all__ = ["MOON_RADIUS_M", "site_axes", "sphere_distance_m"]

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


def sphere_distance_m(
    latitude_deg: npt.ArrayLike,
    longitude_deg: npt.ArrayLike,
    *,
    to_latitude_deg: npt.ArrayLike,
    to_longitude_deg: npt.ArrayLike,
) -> FloatArray:
    """Great-circle distance between places on the 1737.4 km sphere; broadcasts. [m]

    Haversines, which keep their digits for short distances.
    """
    phi, lam, to_phi, to_lam = (
        np.radians(np.asarray(value, dtype=np.float64))
        for value in (latitude_deg, longitude_deg, to_latitude_deg, to_longitude_deg)
    )
    square = (
        np.sin(0.5 * (to_phi - phi)) ** 2
        + np.cos(phi) * np.cos(to_phi) * np.sin(0.5 * (to_lam - lam)) ** 2
    )
    return np.asarray(2.0 * MOON_RADIUS_M * np.arcsin(np.sqrt(np.minimum(square, 1.0))))
