"""What messages tell states against, and the way from there to the Moon's centre and the ICRF.

Axes: ICRF and GCRF are one here (as are their realisations, within 0.1 mas). EME2000 is turned to
the ICRF by the constant frame bias of 23 mas, 0.2 m at 2,000 km; SPICE calls the ICRF itself J2000,
and files made with it may say EME2000 and mean the ICRF: the caller can overrule what a file says.
MOON_ME and MOON_PA are the Moon's own axes (of DE421 unless another orientation is given); with
them go the names of `ilrs.sky.orientation`. Their velocities are those that the turning axes see.
"""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from ilrs.foundation.errors import IlrsError
from ilrs.sky.kernels import MOON, open_ephemeris
from ilrs.sky.kernels import Ephemeris as Kernel
from ilrs.sky.orientation import ORIENTATIONS, Orientation, open_orientation

__all__ = ["CENTRES", "REFERENCE_FRAMES", "from_moon_icrf", "to_moon_icrf", "turns_to_icrf"]

FloatArray: TypeAlias = npt.NDArray[np.float64]

#: NAIF numbers of the centres whose states are read, by the names of CCSDS.
CENTRES = {
    "MOON": MOON, "EARTH": 399, "EARTH BARYCENTER": 3, "SUN": 10, "SOLAR SYSTEM BARYCENTER": 0,
}  # fmt: skip
_INERTIAL = ("ICRF", "GCRF", "EME2000")
_MOONS = {"MOON_ME": "MOON_ME_DE421", "MOON_PA": "MOON_PA_DE421"}

#: The frames in which states are read and written.
REFERENCE_FRAMES = (*_INERTIAL, *_MOONS, *ORIENTATIONS)

_MAS = np.radians(1.0 / 3.6e6)
# Offsets of the mean pole and equinox of J2000 in the ICRF: IERS Conventions 2010, section 5.3.1.
_XI, _ETA, _ALPHA = -16.6170 * _MAS, -6.8192 * _MAS, -14.6 * _MAS
# Half the span over which axes are compared for their rate: 30 s leave 2e-8 m/s at the surface.
_HALF_SPAN_S = 30.0


def to_moon_icrf(
    position_m: npt.ArrayLike,
    velocity_m_s: npt.ArrayLike,
    *,
    tdb_s: FloatArray,
    centre: str = "MOON",
    frame: str = "ICRF",
    ephemeris: Kernel | None = None,
    orientation: Orientation | None = None,
) -> tuple[FloatArray, FloatArray]:
    """States (n, 3) told from a centre in a frame, as ICRF states from the Moon's centre. [m, m/s]

    Raises IlrsError for a frame or centre that is not known, and for axes fixed to the Moon with
    another centre.
    """
    turns = turns_to_icrf(frame, tdb_s, orientation=orientation)
    states = np.concatenate([np.asarray(position_m), np.asarray(velocity_m_s)], axis=1)
    turned = (turns @ states[:, :, None])[:, :, 0]
    away = _centre_from_moon(centre, frame, tdb_s, ephemeris)
    return turned[:, :3] + away[:, :3], turned[:, 3:] + away[:, 3:]


def from_moon_icrf(
    position_m: FloatArray,
    velocity_m_s: FloatArray,
    *,
    tdb_s: FloatArray,
    frame: str = "ICRF",
    orientation: Orientation | None = None,
) -> tuple[FloatArray, FloatArray]:
    """ICRF states (n, 3) from the Moon's centre, told in a frame. [m, m/s]"""
    turns = turns_to_icrf(frame, tdb_s, orientation=orientation)
    states = np.concatenate([position_m, velocity_m_s], axis=1)
    turned = np.linalg.solve(turns, states[:, :, None])[:, :, 0]
    return turned[:, :3], turned[:, 3:]


def turns_to_icrf(
    frame: str, tdb_s: FloatArray, *, orientation: Orientation | None = None
) -> FloatArray:
    """What brings position and velocity from a frame to the ICRF: (n, 6, 6), or (1, 6, 6) at rest.

    `orientation` stands for MOON_ME and MOON_PA, and for the frame of its own name. Raises
    IlrsError for a frame that is not one of REFERENCE_FRAMES.
    """
    turns = np.zeros((1, 6, 6))
    if frame in _INERTIAL:
        turn = _eme2000_to_icrf() if frame == "EME2000" else np.eye(3)
        turns[0, :3, :3] = turns[0, 3:, 3:] = turn
        return turns
    if frame not in REFERENCE_FRAMES:
        raise IlrsError(
            f"there is no frame {frame!r}",
            f"the possible ones are {', '.join(REFERENCE_FRAMES)}",
            "Convert the states to one of these.",
        )
    if orientation is None or not (orientation.name == frame or frame in _MOONS):
        orientation = open_orientation(_MOONS.get(frame, frame))
    turns = np.zeros((tdb_s.size, 6, 6))
    turns[:, :3, :3] = turns[:, 3:, 3:] = np.swapaxes(orientation.matrices(tdb_s), 1, 2)
    after, before = tdb_s + _HALF_SPAN_S, tdb_s - _HALF_SPAN_S
    change = orientation.matrices(after) - orientation.matrices(before)
    turns[:, 3:, :3] = np.swapaxes(change / (after - before)[:, None, None], 1, 2)
    return turns


def _centre_from_moon(
    centre: str, frame: str, tdb_s: FloatArray, ephemeris: Kernel | None
) -> FloatArray:
    if centre not in CENTRES:
        raise IlrsError(
            f"there is no centre {centre!r}",
            f"the possible ones are {', '.join(CENTRES)}",
            "Convert the states to one of these.",
        )
    if centre == "MOON":
        return np.zeros((1, 6))
    if frame not in _INERTIAL:
        raise IlrsError(
            f"states from the centre {centre} in {frame}",
            "axes that turn with the Moon go with the centre MOON",
            "Convert the states to the Moon's centre, or to the ICRF.",
        )
    kernel = ephemeris or open_ephemeris()
    positions, velocities = kernel.states((CENTRES[centre], MOON), tdb_s)
    away = [known[CENTRES[centre]] - known[MOON] for known in (positions, velocities)]
    return np.concatenate(away).T * 1e3


def _eme2000_to_icrf() -> FloatArray:
    """The frame bias: the ICRF turned about z, y and x gives EME2000."""
    (cx, cy, cz), (sx, sy, sz) = np.cos([-_ETA, _XI, _ALPHA]), np.sin([-_ETA, _XI, _ALPHA])
    x = np.array([(1.0, 0.0, 0.0), (0.0, cx, sx), (0.0, -sx, cx)])
    y = np.array([(cy, 0.0, -sy), (0.0, 1.0, 0.0), (sy, 0.0, cy)])
    z = np.array([(cz, sz, 0.0), (-sz, cz, 0.0), (0.0, 0.0, 1.0)])
    return np.asarray((x @ y @ z).T)
