"""The shielded zone of the Moon: where nothing within 100,000 km of Earth can be heard.

The ITU's Radio Regulations (22.22 to 22.25) keep it quiet for radio astronomy: emissions that
disturb it are not allowed, but in the bands that are allocated to space research and to what
serves it. The Moon is a sphere here; of Earth and its surroundings all that is within the distance.
"""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from ilrs.foundation.errors import IlrsError
from ilrs.orbits.kepler import MOON_RADIUS_M
from ilrs.sky.sphere import site_axes

__all__ = [
    "SHIELDED_FROM_M", "beyond_limb_deg", "is_shielded", "libration_extremes_m",
    "shielded_cap_deg",
    "touches_shielded_zone",
]  # fmt: skip

FloatArray: TypeAlias = npt.NDArray[np.float64]
BoolArray: TypeAlias = npt.NDArray[np.bool_]

#: Emissions from within this distance of Earth's centre are what the zone is shielded from.
SHIELDED_FROM_M = 100_000e3


# Largest libration and distance in 18.6 years of DE440 and DE421's orientation, rounded up.
_LIBRATION_DEG = (8.1, 6.9)
_FARTHEST_M = 406_800e3


def libration_extremes_m() -> FloatArray:
    """Earth in the Moon's body frame where it stands farthest off and out, shape (8, 3). [m]

    With it the zone reaches as far as it ever does, on every side.
    """
    ways = [(a, b) for a in (-1, 0, 1) for b in (-1, 0, 1) if (a, b) != (0, 0)]
    longitude, latitude = np.radians(np.array(ways) * _LIBRATION_DEG).T
    level = np.cos(latitude)
    up = np.column_stack([level * np.cos(longitude), level * np.sin(longitude), np.sin(latitude)])
    return np.asarray(_FARTHEST_M * up)


def is_shielded(position_m: npt.ArrayLike, *, earth_position_m: npt.ArrayLike) -> BoolArray:
    """Whether points see nothing of the sphere about Earth.

    Vectors from the Moon's centre, in any one frame, last axis of length 3 [m]. A point on the
    surface or above it is shielded where the Moon's disc covers that whole sphere. Raises IlrsError
    for points below the sphere of 1737.4 km.
    """
    at, earth = np.asarray(position_m, np.float64), np.asarray(earth_position_m, np.float64)
    out = np.linalg.norm(at, axis=-1)
    if (out < MOON_RADIUS_M - 1.0).any():
        raise IlrsError(
            f"the shielded zone at {out.min() / 1e3:.1f} km from the Moon's centre",
            "the zone is known on and above the sphere of 1737.4 km",
            "Lift the point to the sphere; terrain is not part of it.",
        )
    toward = earth - at
    away = np.linalg.norm(toward, axis=-1)
    moon_deg = np.degrees(np.arcsin(np.minimum(MOON_RADIUS_M / out, 1.0)))
    earth_deg = np.degrees(np.arcsin(np.minimum(SHIELDED_FROM_M / away, 1.0)))
    cosine = -np.sum(at * toward, axis=-1) / (out * away)
    apart_deg = np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0)))
    return np.asarray(apart_deg + earth_deg <= moon_deg)


def shielded_cap_deg(earth_distance_m: npt.ArrayLike) -> FloatArray:
    """Angle from the point below Earth beyond which the surface is shielded: about 105. [deg]

    A point sees the top of the sphere about Earth over its horizon while D cos a + 100,000 km > R.
    """
    distance = np.asarray(earth_distance_m, dtype=np.float64)
    return np.asarray(np.degrees(np.arccos((MOON_RADIUS_M - SHIELDED_FROM_M) / distance)))


def beyond_limb_deg(
    latitude_deg: npt.ArrayLike, longitude_deg: npt.ArrayLike, *, earth_position_m: npt.ArrayLike
) -> FloatArray:
    """How far places lie beyond the edge of the zone, negative outside it. [deg]

    `earth_position_m` is Earth from the Moon's centre in the Moon's body frame, shape (3,) or
    (epochs, 3); the answer has the shape of the places followed by that of the epochs.
    """
    latitudes, longitudes = np.broadcast_arrays(latitude_deg, longitude_deg)
    up = np.array(
        [
            site_axes(float(latitude), float(longitude))[2]
            for latitude, longitude in zip(latitudes.ravel(), longitudes.ravel(), strict=True)
        ]
    )
    earth = np.asarray(earth_position_m, dtype=np.float64)
    distance = np.linalg.norm(earth, axis=-1)
    cosine = (up @ earth.reshape(-1, 3).T).reshape(latitudes.shape + distance.shape) / distance
    from_earth_deg = np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0)))
    return np.asarray(from_earth_deg - shielded_cap_deg(distance))


def touches_shielded_zone(
    latitude_deg: float, longitude_deg: float, *, radius_deg: float, earth_position_m: npt.ArrayLike
) -> bool:
    """Whether a circle on the surface reaches into the zone at any of the epochs."""
    beyond = beyond_limb_deg(latitude_deg, longitude_deg, earth_position_m=earth_position_m)
    return bool((beyond + radius_deg > 0.0).any())
