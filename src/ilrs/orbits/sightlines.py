"""Who sees whom across space: past the Moon, from Earth, away from the Sun, in its light.

Each question is a margin that is above 0 where the answer is yes, with bounds over any span of
time; `ilrs.foundation.windows.certain_windows` finds its windows, edges to 0.01 s, none of a second
missed. Answers are Windows in seconds TDB past J2000: combine them with &, | and -.

Both ends are taken at one instant; only Sun and Earth stand where their light comes from as it
reaches the Moon (`ilrs.orbits.places.body_place`). The Moon is a sphere of 1737.4 km: where its
limb is a mountain of 8 km, a low orbiter meets it up to 5 s earlier.
"""

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from ilrs.foundation.errors import IlrsError
from ilrs.foundation.windows import Bounds, Windows, certain_windows
from ilrs.orbits.earth_station import (
    EARTH_SPIN_RAD_S,
    EarthStation,
    station_place,
    station_vectors,
)
from ilrs.orbits.places import Place, body_place, surface_place
from ilrs.orbits.skyline import SurfaceAntenna, skyline
from ilrs.orbits.surface_access import clearance_bounds_rad
from ilrs.orbits.track import checked_span_s
from ilrs.sky.directions import MOON_RADIUS_M
from ilrs.sky.kernels import EARTH, Ephemeris
from ilrs.sky.orientation import MOON_SPIN_RAD_S
from ilrs.sky.sky import Sky

__all__ = ["Eclipses", "above_mask", "eclipses", "in_sight", "kept_apart", "over_horizon",
           "site_station_access", "station_access", "within_range"]  # fmt: skip

FloatArray: TypeAlias = npt.NDArray[np.float64]
Pair: TypeAlias = tuple[FloatArray, FloatArray]

_LONGEST_CELL_S = 6 * 3600.0


class Eclipses(NamedTuple):
    """When the Moon hides the Sun from a craft."""

    some: Windows  # a part of the Sun's disc or all of it: penumbra and umbra
    whole: Windows  # all of it: umbra


def in_sight(
    one: Place, other: Place, *, span_s: tuple[float, float], margin_m: float = 0.0
) -> Windows:
    """Windows in which the line between two places passes outside the Moon.

    `margin_m` is added to the 1737.4 km sphere: 11,000 m clear all terrain. Places on the ground
    are answered by `over_horizon`. Raises IlrsError for a margin that is no number, and what the
    places raise outside what is known of them.
    """
    if not (np.isfinite(margin_m) and margin_m > -MOON_RADIUS_M):
        raise IlrsError(
            f"a line of sight {margin_m:g} m above the Moon",
            "a margin is a number of metres above the 1737.4 km sphere",
            "Give 0 for the sphere itself, 11000 to clear all terrain.",
        )
    radius_m = MOON_RADIUS_M + margin_m

    def bounds(t_s: FloatArray, half_s: FloatArray) -> Pair:
        (p, reach_p), (q, reach_q) = one.ball(t_s, half_s), other.ball(t_s, half_s)
        line = q - p
        square = np.maximum(np.sum(line * line, axis=-1), 1.0)
        share = np.clip(-np.sum(p * line, axis=-1) / square, 0.0, 1.0)
        nearest = np.linalg.norm(p + share[:, None] * line, axis=-1) - radius_m
        doubt = np.maximum(reach_p, reach_q)
        return nearest - doubt, nearest + doubt

    return _windows(bounds, (one, other), span_s)


def above_mask(
    place: Place,
    station: EarthStation,
    *,
    span_s: tuple[float, float],
    ephemeris: Ephemeris,
    dut1_s: float = 0.0,
) -> Windows:
    """Windows in which a place stands above the mask of an Earth station, the Moon left out."""
    earth = body_place(EARTH, ephemeris=ephemeris)
    station_m_s = EARTH_SPIN_RAD_S * 6.4e6

    def bounds(t_s: FloatArray, half_s: FloatArray) -> Pair:
        (target, reach), (centre, moved) = place.ball(t_s, half_s), earth.ball(t_s, half_s)
        position, zenith = station_vectors(station, t_s, dut1_s=dut1_s)
        away = target - centre - position
        distance = np.linalg.norm(away, axis=-1)
        sine = np.clip(np.sum(zenith * away, axis=-1) / distance, -1.0, 1.0)
        over = np.arcsin(sine) - np.radians(station.mask_deg)
        doubt = _cone(reach + moved + station_m_s * half_s, distance) + EARTH_SPIN_RAD_S * half_s
        return over - doubt, over + doubt

    # From Earth a craft's own motion is small, so cells need not follow the joins of its way.
    return _windows(bounds, (place, earth), span_s, is_joined=False)


def station_access(
    place: Place,
    station: EarthStation,
    *,
    span_s: tuple[float, float],
    ephemeris: Ephemeris,
    dut1_s: float = 0.0,
    margin_m: float = 0.0,
) -> Windows:
    """Windows in which an Earth station sees a craft: above its mask, and not behind the Moon."""
    up = above_mask(place, station, span_s=span_s, ephemeris=ephemeris, dut1_s=dut1_s)
    end = station_place(station, ephemeris=ephemeris, dut1_s=dut1_s)
    return up & in_sight(place, end, span_s=span_s, margin_m=margin_m)


def over_horizon(
    place: Place, antenna: SurfaceAntenna, *, span_s: tuple[float, float], sky: Sky
) -> Windows:
    """Windows in which an antenna on the Moon sees a place over its terrain and above its mask.

    For Earth, its stations, the Sun's middle; for craft `ilrs.orbits.surface_access` is quicker.
    """
    over = skyline(antenna)

    def bounds(t_s: FloatArray, half_s: FloatArray) -> Pair:
        position, reach = place.ball(t_s, half_s)
        turned = np.einsum("nij,nj->ni", sky.orientation.matrices(t_s), position)
        # in the turning frame the place moves as the Moon turns; librations are in the 0.1 %
        away = np.linalg.norm(position, axis=-1) + reach
        wide = reach + 1.001 * MOON_SPIN_RAD_S * away * half_s
        return clearance_bounds_rad(turned, wide, over=over)

    return _windows(bounds, (place,), span_s)


def site_station_access(
    antenna: SurfaceAntenna,
    station: EarthStation,
    *,
    span_s: tuple[float, float],
    sky: Sky,
    dut1_s: float = 0.0,
) -> Windows:
    """Windows in which an antenna on the Moon and an Earth station see each other.

    Over the site's terrain and above both masks.
    """
    from_earth = station_place(station, ephemeris=sky.ephemeris, dut1_s=dut1_s)
    over = over_horizon(from_earth, antenna, span_s=span_s, sky=sky)
    site = surface_place(antenna, orientation=sky.orientation)
    return over & above_mask(site, station, span_s=span_s, ephemeris=sky.ephemeris, dut1_s=dut1_s)


def kept_apart(
    observer: Place,
    target: Place,
    avoided: Place,
    *,
    least_deg: float,
    span_s: tuple[float, float],
) -> Windows:
    """Windows in which a direction and a body to avoid are at least so far apart in the sky.

    From the observer, between the target and the middle of the body: the Sun in an antenna's beam,
    the Earth before an instrument. Raises IlrsError for an angle that is none.
    """
    if not 0.0 < least_deg < 180.0:
        raise IlrsError(
            f"{target.name} at least {least_deg:g} deg from {avoided.name}",
            "an angle between two directions lies between 0 and 180 deg",
            "Give the angle within which the body disturbs.",
        )

    def bounds(t_s: FloatArray, half_s: FloatArray) -> Pair:
        angle, doubt = _apart(*(place.ball(t_s, half_s) for place in (observer, target, avoided)))
        over = angle - np.radians(least_deg)
        return over - doubt, over + doubt

    return _windows(bounds, (observer, target, avoided), span_s)


def within_range(
    one: Place, other: Place, *, most_range_m: float, span_s: tuple[float, float]
) -> Windows:
    """Windows in which two places are at most so far apart; the Moon between them does not count.

    Raises IlrsError for a distance that is not above 0 m.
    """
    if not 0.0 < most_range_m < np.inf:
        raise IlrsError(
            f"{one.name} and {other.name} at most {most_range_m:g} m apart",
            "a distance is a finite number of metres above 0",
            "Correct it, or leave it out.",
        )

    def bounds(t_s: FloatArray, half_s: FloatArray) -> Pair:
        (p, reach_p), (q, reach_q) = one.ball(t_s, half_s), other.ball(t_s, half_s)
        left = most_range_m - np.linalg.norm(q - p, axis=-1)
        return left - reach_p - reach_q, left + reach_p + reach_q

    return _windows(bounds, (one, other), span_s)


def eclipses(craft: Place, sun: Place, *, span_s: tuple[float, float]) -> Eclipses:
    """Windows in which the Moon hides some or the whole of the Sun's disc from a craft.

    The Moon is the 1737.4 km sphere, the Sun has its `radius_m`. Earth's shadow is left out.
    """

    def bounds(t_s: FloatArray, half_s: FloatArray, *, is_whole: bool) -> Pair:
        seen, light = craft.ball(t_s, half_s), sun.ball(t_s, half_s)
        moon = np.zeros_like(seen[0]), np.zeros_like(t_s)
        angle, doubt = _apart(seen, moon, light)
        away = np.linalg.norm(seen[0], axis=-1)
        from_sun = np.linalg.norm(light[0] - seen[0], axis=-1)
        disc = _cone(np.full_like(t_s, sun.radius_m), from_sun)
        edge = -disc if is_whole else disc
        doubt = doubt + _cone(np.full_like(t_s, sun.radius_m), from_sun - seen[1] - light[1]) - disc
        # the Moon's disc from the far and from the near end of the craft's ball
        small, large = (
            _cone(np.full_like(t_s, MOON_RADIUS_M), away + side * seen[1]) for side in (1.0, -1.0)
        )
        return small + edge - angle - doubt, large + edge - angle + doubt

    def _when(is_whole: bool) -> Windows:
        return _windows(
            lambda t_s, half_s: bounds(t_s, half_s, is_whole=is_whole), (craft, sun), span_s
        )

    return Eclipses(some=_when(False), whole=_when(True))


def _apart(observer: Pair, one: Pair, other: Pair) -> Pair:
    """Angle between two balls seen from a third, and by how much it may differ. [rad]"""
    a, b = one[0] - observer[0], other[0] - observer[0]
    far_a, far_b = np.linalg.norm(a, axis=-1), np.linalg.norm(b, axis=-1)
    u, v = a / far_a[:, None], b / far_b[:, None]
    # right for all angles, where an arc cosine is not for small ones
    angle = 2.0 * np.arctan2(np.linalg.norm(u - v, axis=-1), np.linalg.norm(u + v, axis=-1))
    return angle, _cone(observer[1] + one[1], far_a) + _cone(observer[1] + other[1], far_b)


def _cone(reach_m: FloatArray, distance_m: FloatArray) -> FloatArray:
    """Half the angle that balls fill; half a turn from inside. [rad]"""
    inside = reach_m >= distance_m
    ratio = np.where(inside, 1.0, reach_m / np.where(inside, 1.0, distance_m))
    return np.where(inside, np.pi, np.arcsin(ratio))


def _windows(
    bounds: Bounds,
    places: Sequence[Place],
    span_s: tuple[float, float],
    *,
    is_joined: bool = True,
) -> Windows:
    """Windows of a margin over a span, its first cells cut where the ways of the places join."""
    start, end = checked_span_s(span_s)
    for place in places:  # says which end of the span it does not cover
        place.ball(np.array([start, end]), np.zeros(2))
    even = np.linspace(start, end, int(np.ceil((end - start) / _LONGEST_CELL_S)) + 1)
    joins = [place.joins_s for place in places if is_joined]
    edges = np.unique(np.concatenate([even, *(j[(j > start) & (j < end)] for j in joins)]))
    return certain_windows(bounds, np.stack([edges[:-1], edges[1:]], axis=1), span_s=(start, end))
