"""The frames in which a lunar orbit is declared, as rotations to the ICRF at one epoch.

MOON_EQUATOR is the Moon's mean-Earth/polar-axis frame stopped at the epoch: z is the pole, x the
prime meridian. EARTH_ORBIT_PLANE has z along the angular momentum of Earth's motion about the Moon
at the epoch and x where that plane rises through the Moon's equator (Earth's ascending node); it is
tilted by about 6.7 deg. Both stand still from the epoch on; how they follow the Moon's 18.6-year
precession is not modelled yet.
"""

from typing import Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from ilrs.foundation.errors import IlrsError

__all__ = [
    "FRAMES", "Ephemeris", "Orientation", "earth_orbit_plane_to_icrf", "frame_to_icrf",
    "moon_equator_to_icrf",
]  # fmt: skip

FloatArray: TypeAlias = npt.NDArray[np.float64]

FRAMES = ("EARTH_ORBIT_PLANE", "MOON_EQUATOR")

_EARTH, _MOON = 399, 301  # NAIF ids
# Half the span over which Earth's velocity is a difference of positions. Its error, (n h)^2 / 6 or
# 4e-6 of the speed, lies along the track and so hardly turns the plane.
_HALF_SPAN_S = 1800.0


class Ephemeris(Protocol):
    """What orbits ask of an ephemeris: ICRF vectors by NAIF ids, shape (n, 3). [km]"""

    def position_km(self, target: int, centre: int, tdb_s: FloatArray, /) -> FloatArray: ...


class Orientation(Protocol):
    """What orbits ask of an orientation: rotations ICRF to the Moon's body frame, (n, 3, 3)."""

    def matrices(self, tdb_s: FloatArray, /) -> FloatArray: ...


def moon_equator_to_icrf(icrf_to_moon: npt.ArrayLike) -> FloatArray:
    """Rotation from the Moon's body frame, stopped at the epoch, to the ICRF, shape (3, 3)."""
    return np.asarray(icrf_to_moon, dtype=np.float64).T.copy()


def earth_orbit_plane_to_icrf(
    earth_position_m: npt.ArrayLike,
    earth_velocity_m_s: npt.ArrayLike,
    *,
    icrf_to_moon: npt.ArrayLike,
) -> FloatArray:
    """Rotation from the plane of Earth's orbit about the Moon to the ICRF, shape (3, 3).

    Position and velocity of Earth as seen from the Moon are ICRF vectors, in any one length unit.
    Raises IlrsError where the plane coincides with the Moon's equator, which leaves x open.
    """
    normal = np.cross(np.asarray(earth_position_m), np.asarray(earth_velocity_m_s))
    size = np.linalg.norm(normal)
    z = normal / size if size else normal
    pole = np.asarray(icrf_to_moon, dtype=np.float64)[2]
    node = np.cross(pole, z)
    tilt = np.linalg.norm(node)
    if not tilt > 1e-9:
        raise IlrsError(
            "a frame in the plane of Earth's orbit about the Moon",
            "that plane cuts the Moon's equator at the epoch, and here it does not",
            "Check the ephemeris and the orientation, or give the orbit in MOON_EQUATOR.",
        )
    x = node / tilt
    return np.stack([x, np.cross(z, x), z], axis=-1)


def frame_to_icrf(
    frame: str, *, epoch_tdb_s: float, ephemeris: Ephemeris, orientation: Orientation
) -> FloatArray:
    """Rotation from a named frame at its epoch to the ICRF, shape (3, 3).

    Raises IlrsError for a frame that is not in FRAMES.
    """
    if frame not in FRAMES:
        raise IlrsError(
            f"there is no orbit frame {frame!r}",
            f"the possible ones are {' and '.join(FRAMES)}",
            "Name one of them in the orbit's `frame`.",
        )
    icrf_to_moon = orientation.matrices(np.array([epoch_tdb_s]))[0]
    if frame == "MOON_EQUATOR":
        return moon_equator_to_icrf(icrf_to_moon)
    t = epoch_tdb_s + _HALF_SPAN_S * np.array([-1.0, 0.0, 1.0])
    before, now, after = ephemeris.position_km(_EARTH, _MOON, t)
    velocity_km_s = (after - before) / (2 * _HALF_SPAN_S)
    return earth_orbit_plane_to_icrf(now * 1e3, velocity_km_s * 1e3, icrf_to_moon=icrf_to_moon)
