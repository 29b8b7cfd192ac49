"""Light at a place: the part of the Sun's disc above the terrain, and the irradiance it brings.

The disc is evenly bright here; `ilrs.moon.sun_disc` has limb darkening and Earth's eclipses.
"""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import xarray as xr

from ilrs.foundation.angles import azimuth_deg as on_circle_deg
from ilrs.foundation.errors import IlrsError
from ilrs.moon.horizon import horizon_at

__all__ = [
    "ASTRONOMICAL_UNIT_M",
    "SOLAR_IRRADIANCE_W_M2",
    "disc_fraction",
    "solar_irradiance_w_m2",
    "sun_visible_fraction",
]

FloatArray: TypeAlias = npt.NDArray[np.float64]

#: IAU 2012 Resolution B2. [m]
ASTRONOMICAL_UNIT_M = 149_597_870_700.0
#: Nominal total solar irradiance at 1 au, IAU 2015 Resolution B3. [W m-2]
SOLAR_IRRADIANCE_W_M2 = 1361.0

_STRIPS = 31


def disc_fraction(
    elevation_above_horizon_deg: npt.ArrayLike, angular_radius_deg: npt.ArrayLike
) -> FloatArray:
    """Part of a disc above a straight horizon, 0 to 1, of its centre's elevation above that. [1]

    Exact (circular segment); the two arguments broadcast.
    """
    height = np.asarray(elevation_above_horizon_deg, dtype=np.float64)
    x = np.clip(height / np.asarray(angular_radius_deg, dtype=np.float64), -1.0, 1.0)
    return np.asarray(1.0 - (np.arccos(x) - x * np.sqrt(1.0 - x * x)) / np.pi)


def sun_visible_fraction(
    azimuth_deg: npt.ArrayLike,
    elevation_deg: npt.ArrayLike,
    *,
    angular_radius_deg: npt.ArrayLike,
    profile: xr.Dataset,
    mast_height_m: float,
) -> FloatArray:
    """Part of the Sun's disc above a profile's horizon, 0 to 1; the arrays broadcast. [1]

    The horizon under the disc is followed: the disc is cut into 31 vertical strips, placed and
    weighted by Gauss-Chebyshev quadrature of the second kind, whose weight is the disc's own
    outline. Against a straight horizon the result is within 0.002 of `disc_fraction`.
    """
    azimuth, elevation, radius = np.broadcast_arrays(
        *(
            np.asarray(value, dtype=np.float64)
            for value in (azimuth_deg, elevation_deg, angular_radius_deg)
        )
    )
    angle = np.arange(1, _STRIPS + 1) * np.pi / (_STRIPS + 1)
    weight = 2.0 / (_STRIPS + 1) * np.sin(angle) ** 2  # their sum is 1
    fraction = np.zeros(azimuth.shape)
    # A degree of azimuth shrinks with elevation; near the zenith no horizon is left to meet.
    across_deg = radius / np.maximum(np.cos(np.radians(elevation)), 1e-3)
    for offset, half, share in zip(np.cos(angle), np.sin(angle), weight, strict=True):
        under = horizon_at(
            profile, on_circle_deg(azimuth + offset * across_deg), mast_height_m=mast_height_m
        )
        strip = 2.0 * half * radius
        fraction += share * np.clip((elevation - under) / strip + 0.5, 0.0, 1.0)
    return np.minimum(fraction, 1.0)


def solar_irradiance_w_m2(sun_distance_m: npt.ArrayLike) -> FloatArray:
    """Irradiance of the whole Sun on a surface facing it, at its distance. [W m-2]

    The IAU 2015 B3 nominal value at 1 au, by the inverse square. Raises IlrsError for a distance
    that is not positive.
    """
    distance = np.asarray(sun_distance_m, dtype=np.float64)
    if not (distance > 0.0).all():
        raise IlrsError(
            f"the Sun at a distance of {float(distance[~(distance > 0.0)].flat[0]):g} m",
            "a distance is greater than 0 m; the Moon's is about 1.5e11 m",
            "Give the distance in metres.",
        )
    return np.asarray(SOLAR_IRRADIANCE_W_M2 * (ASTRONOMICAL_UNIT_M / distance) ** 2)
