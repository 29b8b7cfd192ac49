"""Ends of a link as balls: where each is, and how far from there it may be at nearby instants.

Vectors are ICRF, from the Moon's centre. A ball holds its end over a whole span, so that angles and
distances between ends are bounded over the span, and windows are found without a lucky step.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from ilrs.foundation.errors import IlrsError
from ilrs.orbits.relay import site_position_m
from ilrs.orbits.skyline import SurfaceAntenna
from ilrs.orbits.track import speed_bounds_m_s
from ilrs.orbits.trajectory import Trajectory
from ilrs.sky.directions import BODY_RADIUS_M, LIGHT_M_S
from ilrs.sky.kernels import EARTH, MOON, SUN, Ephemeris
from ilrs.sky.orientation import MOON_SPIN_RAD_S, Orientation

__all__ = ["Ball", "Place", "body_place", "craft_place", "surface_place"]

FloatArray: TypeAlias = npt.NDArray[np.float64]
#: Instants and half lengths of time in; positions (n, 3) and radii (n,) of balls out. [m]
Ball: TypeAlias = Callable[[FloatArray, FloatArray], tuple[FloatArray, FloatArray]]

# No less than the speed against the Moon [m/s]: the Moon's at a perigee of 356,400 km is 1,103; the
# Earth-Moon barycentre goes up to 30,290 about the Sun, and the Moon up to 1,090 about that.
_MOST_SPEED_M_S = {EARTH: 1_200.0, SUN: 32_000.0}
_LIBRATION = 1e-3  # librations change the Moon's rotation by half of this part


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An end of a link: a craft, a body, an antenna; `radius_m` is its own size, 0 for a point."""

    name: str
    ball: Ball
    joins_s: FloatArray  # where its way is joined of parts, TDB past J2000
    radius_m: float = 0.0


def craft_place(trajectory: Trajectory) -> Place:
    """A craft. Its ball raises TrajectoryRangeError outside the trajectory."""
    edges = trajectory.edges_s
    positions = np.moveaxis(trajectory.coefficients[:, :3], 1, 2)
    speed = speed_bounds_m_s(edges, positions)
    most, last = float(speed.max()), speed.size - 1

    def ball(t_s: FloatArray, half_s: FloatArray) -> tuple[FloatArray, FloatArray]:
        first = np.clip(np.searchsorted(edges, t_s - half_s, side="right") - 1, 0, last)
        is_within_one = t_s + half_s <= edges[first + 1]
        reach = np.where(is_within_one, speed[first], most) * half_s
        return trajectory.position_m(t_s), reach

    return Place(name=trajectory.name, ball=ball, joins_s=edges)


def body_place(body: int, *, ephemeris: Ephemeris) -> Place:
    """The Sun or the Earth (NAIF numbers), where its light comes from as it reaches the Moon.

    The body's way against the Moon during the light time is taken off, as a straight one: 20
    arcseconds for the Sun. It stands for light time and aberration together, to 0.01 arcsec.
    Raises IlrsError for another body; its ball raises EphemerisRangeError outside the ephemeris.
    """
    if body not in _MOST_SPEED_M_S:
        raise IlrsError(
            f"the body {body} as an end of a link",
            f"{SUN} (the Sun) and {EARTH} (the Earth) can be one, by their NAIF numbers",
            "Choose one of these.",
        )
    most = _MOST_SPEED_M_S[body]

    def ball(t_s: FloatArray, half_s: FloatArray) -> tuple[FloatArray, FloatArray]:
        position_m = 1e3 * ephemeris.position_km(body, MOON, t_s)
        velocity_m_s = 1e3 * ephemeris.velocity_km_s(body, MOON, t_s)
        light_s = np.linalg.norm(position_m, axis=-1) / LIGHT_M_S
        return position_m - light_s[:, None] * velocity_m_s, most * half_s

    name = "Sun" if body == SUN else "Earth"
    return Place(name=name, ball=ball, joins_s=np.empty(0), radius_m=BODY_RADIUS_M[body])


def surface_place(antenna: SurfaceAntenna, *, orientation: Orientation) -> Place:
    """An antenna on the Moon, turning with the body frame of an orientation."""
    in_moon_m = site_position_m(
        antenna.latitude_deg, antenna.longitude_deg, height_m=antenna.height_m
    )
    most = MOON_SPIN_RAD_S * (1.0 + _LIBRATION) * float(np.linalg.norm(in_moon_m))

    def ball(t_s: FloatArray, half_s: FloatArray) -> tuple[FloatArray, FloatArray]:
        # the transposed rotation
        return np.einsum("nij,i->nj", orientation.matrices(t_s), in_moon_m), most * half_s

    return Place(name=antenna.name, ball=ball, joins_s=np.empty(0))
