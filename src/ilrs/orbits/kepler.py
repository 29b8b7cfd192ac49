"""Orbits about the Moon by six elements: anomalies, states, and their secular change.

Two-body motion, with the secular drift by the Moon's oblateness (J2) where asked. What that leaves
out, `ilrs.orbits.propagation` has. With Earth alone as a point: in 30 days the node of a 300 x
8,600 km relay orbit turns by 12 deg and its passes come 45 min off; the press elements of Queqiao-2
(200 x 16,000 km) can hit the Moon within a week, while here they live for ever.
"""

from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from ilrs.foundation.angles import azimuth_deg
from ilrs.foundation.errors import IlrsError
from ilrs.sky.sphere import MOON_RADIUS_M

__all__ = [
    "MOON_GM_M3_S2", "MOON_GRAVITY_RADIUS_M", "MOON_J2", "MOON_RADIUS_M", "Orbit", "altitudes_m",
    "eccentric_anomaly_deg", "frozen_inclination_deg", "mean_anomaly_deg", "orbit_from_altitudes",
    "orbit_from_state", "period_s", "propagate", "secular_rates_deg_s", "state",
    "true_anomaly_deg",
]  # fmt: skip

FloatArray: TypeAlias = npt.NDArray[np.float64]

MOON_GM_M3_S2 = 4902.80011846e9  # DE440, as in NAIF's gm_de440.tpc
MOON_J2 = 2.0322e-4  # GRAIL GRGM660PRIM: -sqrt(5) times its normalised C20
MOON_GRAVITY_RADIUS_M = 1_738_000.0  # the radius that J2 belongs to

_TINY = 1e-12  # below this an inclination or an eccentricity counts as zero
_MOST_STEPS = 25  # Newton needs at most 8 up to e = 0.999999; the rest is reserve


@dataclass(frozen=True, slots=True, kw_only=True)
class Orbit:
    """Six elements of a bound orbit in a frame of the caller's; each a number or an array."""

    semi_major_axis_m: npt.ArrayLike
    eccentricity: npt.ArrayLike
    inclination_deg: npt.ArrayLike
    ascending_node_deg: npt.ArrayLike = 0.0
    argument_of_periapsis_deg: npt.ArrayLike = 0.0
    mean_anomaly_deg: npt.ArrayLike = 0.0


def _bound(eccentricity: npt.ArrayLike) -> FloatArray:
    e = np.asarray(eccentricity, dtype=np.float64)
    outside = ~((e >= 0.0) & (e < 1.0))
    if outside.any():
        raise IlrsError(
            f"an orbit of eccentricity {e[outside].flat[0]:g}",
            "a bound orbit has an eccentricity from 0 to just under 1",
            "Correct the elements; flybys and transfers are not covered here.",
        )
    return e


def _size(semi_major_axis_m: npt.ArrayLike) -> FloatArray:
    a = np.asarray(semi_major_axis_m, dtype=np.float64)
    outside = ~((a > 0.0) & np.isfinite(a))
    if outside.any():
        raise IlrsError(
            f"an orbit of semi-major axis {a[outside].flat[0]:g} m",
            "a bound orbit has a semi-major axis above 0 m",
            "Correct the elements; flybys and transfers are not covered here.",
        )
    return a


def _less_sine(angle_rad: FloatArray) -> FloatArray:
    """x - sin x without the loss of digits at small x."""
    x2 = angle_rad * angle_rad
    series = 1.0 - x2 / 20 * (1.0 - x2 / 42 * (1.0 - x2 / 72 * (1.0 - x2 / 110)))
    small = np.abs(angle_rad) < 0.3
    return np.where(small, angle_rad * x2 / 6 * series, angle_rad - np.sin(angle_rad))


def _eccentric_anomaly_rad(mean_rad: FloatArray, e: FloatArray) -> FloatArray:
    """Root of E - e sin E = M by Newton's method from above.

    On [0, pi] the left side is convex and rising, so from any start above the root Newton's steps
    fall on it and never overshoot; the start is the least of four upper bounds.
    """
    turns = np.round(mean_rad / (2 * np.pi))
    signed = mean_rad - 2 * np.pi * turns
    m = np.abs(signed)
    x = np.minimum(np.minimum(m + e, m / (1.0 - e)), np.minimum(np.cbrt(np.pi**2 * m), np.pi))
    for _ in range(_MOST_STEPS):
        residual = (1.0 - e) * x + e * _less_sine(x) - m
        step = residual / ((1.0 - e) + 2.0 * e * np.sin(0.5 * x) ** 2)
        x = x - step
        if not np.any(np.abs(step) > 1e-14):
            break
    return np.asarray(np.copysign(x, signed) + 2 * np.pi * turns)


def eccentric_anomaly_deg(
    mean_anomaly_deg: npt.ArrayLike, eccentricity: npt.ArrayLike
) -> FloatArray:
    """Eccentric anomaly that solves Kepler's equation, in the same turn as the mean one. [deg]

    Any shapes that broadcast. E - e sin E = M holds to 1e-13 rad (times the number of turns).
    Raises IlrsError for an eccentricity outside [0, 1).
    """
    e = _bound(eccentricity)
    return np.degrees(_eccentric_anomaly_rad(np.radians(mean_anomaly_deg), e))


def mean_anomaly_deg(
    eccentric_anomaly_deg: npt.ArrayLike, eccentricity: npt.ArrayLike
) -> FloatArray:
    """Mean anomaly of an eccentric one, Kepler's equation read forwards. [deg]"""
    e, anomaly = _bound(eccentricity), np.radians(eccentric_anomaly_deg)
    return np.degrees(anomaly - e * np.sin(anomaly))


def true_anomaly_deg(
    eccentric_anomaly_deg: npt.ArrayLike, eccentricity: npt.ArrayLike
) -> FloatArray:
    """True anomaly of an eccentric one, in the same turn. [deg]

    The form of Broucke and Cefola (1973), Celestial Mechanics 7, 388, which has no jump.
    """
    e, anomaly = _bound(eccentricity), np.radians(eccentric_anomaly_deg)
    beta = e / (1.0 + np.sqrt(1.0 - e * e))
    ahead = np.arctan2(beta * np.sin(anomaly), 1.0 - beta * np.cos(anomaly))
    return np.degrees(anomaly + 2.0 * ahead)


def period_s(semi_major_axis_m: npt.ArrayLike, *, gm_m3_s2: float = MOON_GM_M3_S2) -> FloatArray:
    """Time of one revolution, Kepler's third law. [s]"""
    return np.asarray(2 * np.pi * np.sqrt(_size(semi_major_axis_m) ** 3 / gm_m3_s2))


def orbit_from_altitudes(
    *,
    periapsis_altitude_m: float,
    apoapsis_altitude_m: float,
    inclination_deg: float,
    ascending_node_deg: float = 0.0,
    argument_of_periapsis_deg: float = 0.0,
    mean_anomaly_deg: float = 0.0,
) -> Orbit:
    """The orbit whose lowest and highest point lie so far above the 1737.4 km sphere.

    Raises IlrsError where it meets the sphere, where its lowest point is above its highest, where
    the inclination is outside 0 to 180 deg, and for an element that is no finite number.
    """
    low, high = periapsis_altitude_m / 1e3, apoapsis_altitude_m / 1e3
    angles = (inclination_deg, ascending_node_deg, argument_of_periapsis_deg, mean_anomaly_deg)
    asked = f"an orbit of {low:g} x {high:g} km, inclined by {inclination_deg:g} deg"
    if not np.isfinite([low, high, *angles]).all():
        raise IlrsError(
            asked + f", with the angles {ascending_node_deg:g}, {argument_of_periapsis_deg:g} and "
            f"{mean_anomaly_deg:g} deg",
            "every element of an orbit is a finite number",
            "Give the missing one.",
        )
    if low <= 0.0:
        raise IlrsError(
            asked,
            "its periapsis is not above the 1737.4 km sphere: it meets the Moon",
            "Altitudes count from the sphere, not from the Moon's centre: raise the periapsis.",
        )
    if high < low:
        raise IlrsError(
            asked,
            "the apoapsis is the higher of the two altitudes",
            "Exchange the two altitudes.",
        )
    if not 0.0 <= inclination_deg <= 180.0:
        raise IlrsError(
            asked,
            "an inclination lies between 0 and 180 deg, retrograde orbits above 90",
            "Correct the inclination; turn the ascending node by 180 deg for a negative one.",
        )
    perilune, apolune = MOON_RADIUS_M + periapsis_altitude_m, MOON_RADIUS_M + apoapsis_altitude_m
    return Orbit(
        semi_major_axis_m=0.5 * (perilune + apolune),
        eccentricity=(apolune - perilune) / (apolune + perilune),
        inclination_deg=inclination_deg,
        ascending_node_deg=ascending_node_deg,
        argument_of_periapsis_deg=argument_of_periapsis_deg,
        mean_anomaly_deg=mean_anomaly_deg,
    )


def altitudes_m(orbit: Orbit) -> tuple[FloatArray, FloatArray]:
    """Altitude of periapsis and of apoapsis above the 1737.4 km sphere. [m]"""
    a, e = _size(orbit.semi_major_axis_m), _bound(orbit.eccentricity)
    return a * (1.0 - e) - MOON_RADIUS_M, a * (1.0 + e) - MOON_RADIUS_M


def _axes(orbit: Orbit) -> tuple[FloatArray, FloatArray]:
    """Unit vectors towards periapsis, and 90 deg ahead of it in the orbit's plane."""
    node, inclination, turn = np.broadcast_arrays(
        np.radians(orbit.ascending_node_deg),
        np.radians(orbit.inclination_deg),
        np.radians(orbit.argument_of_periapsis_deg),
    )
    cos_n, sin_n, cos_i, sin_i = (
        np.cos(node),
        np.sin(node),
        np.cos(inclination),
        np.sin(inclination),
    )

    def _in_plane(c: FloatArray, s: FloatArray) -> FloatArray:
        x, y = c * cos_n - s * sin_n * cos_i, c * sin_n + s * cos_n * cos_i
        return np.stack([x, y, s * sin_i], axis=-1)

    return _in_plane(np.cos(turn), np.sin(turn)), _in_plane(-np.sin(turn), np.cos(turn))


def state(orbit: Orbit, *, gm_m3_s2: float = MOON_GM_M3_S2) -> tuple[FloatArray, FloatArray]:
    """Position [m] and velocity [m/s] in the frame of the elements, shape (..., 3).

    The elements broadcast. Raises IlrsError for an orbit that is not bound.
    """
    a, e = _size(orbit.semi_major_axis_m), _bound(orbit.eccentricity)
    anomaly = _eccentric_anomaly_rad(np.radians(orbit.mean_anomaly_deg), e)
    cos_a, sin_a, minor = np.cos(anomaly), np.sin(anomaly), np.sqrt(1.0 - e * e)
    speed = np.sqrt(gm_m3_s2 / a) / (1.0 - e * cos_a)
    towards, ahead = _axes(orbit)

    def _combine(along: FloatArray, across: FloatArray) -> FloatArray:
        return np.asarray(along[..., None] * towards + across[..., None] * ahead)

    position_m = _combine(np.asarray(a * (cos_a - e)), np.asarray(a * minor * sin_a))
    velocity_m_s = _combine(np.asarray(-speed * sin_a), np.asarray(speed * minor * cos_a))
    return position_m, velocity_m_s


def orbit_from_state(
    position_m: npt.ArrayLike, velocity_m_s: npt.ArrayLike, *, gm_m3_s2: float = MOON_GM_M3_S2
) -> Orbit:
    """Osculating elements of states of shape (..., 3), angles in 0 to 360 deg.

    Where a plane or a circle leaves an angle open, the node lies on x and the periapsis on the
    node. Raises IlrsError for a state that is not bound.
    """
    r, v = np.asarray(position_m, dtype=np.float64), np.asarray(velocity_m_s, dtype=np.float64)
    radius = np.linalg.norm(r, axis=-1)
    a = _size(1.0 / (2.0 / radius - np.sum(v * v, axis=-1) / gm_m3_s2))
    normal = np.cross(r, v)
    normal = normal / np.linalg.norm(normal, axis=-1, keepdims=True)
    tilt = np.hypot(normal[..., 0], normal[..., 1])
    flat = tilt < _TINY
    node = np.where(flat, 0.0, np.arctan2(normal[..., 0], -normal[..., 1]))
    plane_x = np.stack([np.cos(node), np.sin(node), np.zeros_like(node)], axis=-1)
    plane_y = np.cross(normal, plane_x)
    pull = np.cross(v, np.cross(r, v)) / gm_m3_s2 - r / radius[..., None]
    e_x, e_y = np.sum(pull * plane_x, axis=-1), np.sum(pull * plane_y, axis=-1)
    e = _bound(np.hypot(e_x, e_y))
    turn = np.where(e < _TINY, 0.0, np.arctan2(e_y, e_x))
    latitude = np.arctan2(np.sum(r * plane_y, axis=-1), np.sum(r * plane_x, axis=-1))
    true = latitude - turn
    beta = e / (1.0 + np.sqrt(1.0 - e * e))
    anomaly = true - 2.0 * np.arctan2(beta * np.sin(true), 1.0 + beta * np.cos(true))
    return Orbit(
        semi_major_axis_m=a,
        eccentricity=e,
        inclination_deg=np.degrees(np.arctan2(tilt, normal[..., 2])),
        ascending_node_deg=azimuth_deg(np.degrees(node)),
        argument_of_periapsis_deg=azimuth_deg(np.degrees(turn)),
        mean_anomaly_deg=azimuth_deg(np.degrees(anomaly - e * np.sin(anomaly))),
    )


def secular_rates_deg_s(
    orbit: Orbit, *, j2: float = MOON_J2, gm_m3_s2: float = MOON_GM_M3_S2
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Mean rates of node, argument of periapsis and mean anomaly under J2. [deg/s]

    The inclination counts from the Moon's equator. First order in J2: Kaula (1966), Theory of
    Satellite Geodesy, eq. 3.74. With `j2` zero only the mean anomaly moves.
    """
    a, e = _size(orbit.semi_major_axis_m), _bound(orbit.eccentricity)
    motion = np.sqrt(gm_m3_s2 / a**3)
    minor = np.sqrt(1.0 - e * e)
    strength = 1.5 * motion * j2 * (MOON_GRAVITY_RADIUS_M / (a * minor * minor)) ** 2
    inclination = np.radians(orbit.inclination_deg)
    sin2 = np.sin(inclination) ** 2
    node = -strength * np.cos(inclination)
    turn = strength * (2.0 - 2.5 * sin2)
    mean = motion + strength * minor * (1.0 - 1.5 * sin2)
    return np.degrees(node), np.degrees(turn), np.degrees(mean)


def propagate(
    orbit: Orbit,
    elapsed_s: npt.ArrayLike,
    *,
    j2: float = 0.0,
    gm_m3_s2: float = MOON_GM_M3_S2,
) -> Orbit:
    """The orbit after `elapsed_s` seconds: two-body, and secular J2 where `j2` is not zero.

    Angles run on without wrapping. J2 (MOON_J2) is right only for elements in the Moon's equator.
    """
    t = np.asarray(elapsed_s, dtype=np.float64)
    node, turn, mean = secular_rates_deg_s(orbit, j2=j2, gm_m3_s2=gm_m3_s2)
    moved = replace(orbit, mean_anomaly_deg=np.asarray(orbit.mean_anomaly_deg) + mean * t)
    if j2 == 0.0:
        return moved  # node and periapsis stay numbers, so that a state needs one rotation only
    return replace(
        moved,
        ascending_node_deg=np.asarray(orbit.ascending_node_deg) + node * t,
        argument_of_periapsis_deg=np.asarray(orbit.argument_of_periapsis_deg) + turn * t,
    )


def frozen_inclination_deg(eccentricity: npt.ArrayLike) -> FloatArray:
    """Inclination at which Earth's mean pull leaves an orbit with its periapsis at 90 deg. [deg]

    Against the plane of Earth's orbit about the Moon, from e^2 + (5/3) cos^2 i = 1: Lidov (1962),
    doi:10.1016/0032-0633(62)90129-0. The retrograde twin is 180 deg minus it.
    """
    e = _bound(eccentricity)
    return np.degrees(np.arccos(np.sqrt(0.6 * (1.0 - e * e))))
