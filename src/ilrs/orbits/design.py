"""Orbits that serve: how long one lives, the nearest one that lives, what holding one costs.

Frozen orbits by a formula (`ilrs.orbits.kepler.frozen_inclination_deg`) are a first guess: they
average over Earth's way and leave out the Sun, the Moon's field and where Earth stands at the
start. Whether an orbit lives is decided here by flying it.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product
from types import MappingProxyType
from typing import Literal, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from ilrs.foundation.errors import IlrsError
from ilrs.foundation.time import DAY_S, JULIAN_YEAR_S
from ilrs.orbits.forces import ForceModel
from ilrs.orbits.frames import frame_to_icrf
from ilrs.orbits.gravity import default_gravity_field
from ilrs.orbits.kepler import (
    MOON_GM_M3_S2,
    MOON_RADIUS_M,
    Orbit,
    altitudes_m,
    orbit_from_altitudes,
    orbit_from_state,
    period_s,
)
from ilrs.orbits.propagation import Impact, impact, propagate_orbit
from ilrs.orbits.trajectory import Trajectory
from ilrs.sky.sky import Sky

__all__ = ["CHANGE_SCALES", "SIDEREAL_MONTH_D", "Flight", "HoldingCost", "Life", "LivingOrbit",
           "constellation", "holding_cost", "nearest_living_orbit", "orbit_life"]  # fmt: skip

FloatArray: TypeAlias = npt.NDArray[np.float64]

#: What counts as one step away from an orbit: a convention, made to be replaced. A node is seldom
#: published and costs nothing to choose before the launch; low altitudes and inclinations do.
CHANGE_SCALES: Mapping[str, float] = MappingProxyType(
    {"periapsis_altitude_m": 100e3, "inclination_deg": 2.0, "ascending_node_deg": 60.0}
)

_STEPS: Mapping[str, tuple[float, ...]] = MappingProxyType({
    "periapsis_altitude_m": (0.0, 50e3, 100e3, 150e3, 200e3, 300e3, 400e3, 600e3, 800e3, 1000e3),
    "inclination_deg": (0.0, -1.0, 1.0, -2.0, 2.0, -4.0, 4.0, -6.0, 6.0),
    "ascending_node_deg": tuple(np.arange(-150.0, 181.0, 30.0).tolist()),
})  # fmt: skip
#: A revolution of Earth about the Moon against the stars (Chapront-Touze & Chapront 1988). [d]
SIDEREAL_MONTH_D = 27.321661547
_PER_TURN = 256  # instants of a turn over which elements are averaged
_DEGREE = 8  # of the field: for orbits of hundreds of kilometres and more the rest acts below it


@dataclass(frozen=True, slots=True, kw_only=True)
class Flight:
    """How orbits are flown when they are judged: frame and epoch of their elements, and forces."""

    frame: str
    epoch_tdb_s: float
    sky: Sky
    model: ForceModel | None = None  # the packaged field to degree 8, Earth and Sun
    tolerance: float = 1e-11

    def fly(self, orbit: Orbit, days: float, *, later_s: float = 0.0) -> Trajectory:
        """The way of an orbit whose elements hold `later_s` after the epoch, for so many days.

        The frame stays that of the epoch, turned as its bodies turn until then.
        """
        start_s = self.epoch_tdb_s + later_s
        return propagate_orbit(
            orbit, frame=self.frame, name="orbit", epoch_tdb_s=start_s,
            span_tdb_s=(start_s, start_s + days * DAY_S),
            model=self.model or ForceModel(gravity=default_gravity_field(degree=_DEGREE)),
            sky=self.sky, tolerance=self.tolerance,
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """What became of an orbit that nobody holds: days flown, and the altitudes it reached."""

    days: float
    impact: Impact | None  # None where it still flew at the end
    lowest_altitude_m: float
    highest_altitude_m: float

    @property
    def lives(self) -> bool:
        """Whether it still flew at the end of the time looked at."""
        return self.impact is None


def orbit_life(orbit: Orbit, *, days: float, flight: Flight) -> Life:
    """How long an orbit lives unheld, up to `days`: until it meets the Moon, or to the end.

    Altitudes are above the 1737.4 km sphere, which is also the ground. Raises IlrsError for an
    orbit that is not bound, EphemerisRangeError where the kernels end sooner.
    """
    _require_time(days)
    trajectory = flight.fly(orbit, days)
    start_s, end_s = trajectory.span_tdb_s
    # Five instants per step of the integrator, which takes dozens a turn, more near the Moon.
    edges = trajectory.edges_s
    parts = np.linspace(0.0, 1.0, 5)
    t = (edges[:-1, None] + np.diff(edges)[:, None] * parts).ravel()
    altitude_m = np.linalg.norm(trajectory.position_m(t), axis=1) - MOON_RADIUS_M
    return Life(
        days=(end_s - start_s) / DAY_S,
        impact=impact(trajectory, orientation=flight.sky.orientation),
        lowest_altitude_m=float(altitude_m.min()),
        highest_altitude_m=float(altitude_m.max()),
    )


def _require_time(days: float) -> None:
    if not 0.0 < days < 100_000.0:
        raise IlrsError(
            f"the life of an orbit over {days:g} days",
            "a time looked at is longer than 0 and shorter than 100000 days",
            "Correct the number of days.",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LivingOrbit:
    """The nearest orbit that lives, with its life and what was changed to reach it."""

    orbit: Orbit
    life: Life
    changes: Mapping[str, float]  # by element, in its unit; empty where the orbit itself lives
    tried: int  # orbits flown


def nearest_living_orbit(
    orbit: Orbit,
    *,
    days: float,
    flight: Flight,
    lowest_altitude_m: float = 0.0,
    scales: Mapping[str, float] = CHANGE_SCALES,
    progress: Callable[[int, int], None] = lambda tried, count: None,
) -> LivingOrbit:
    """The nearest orbit of the same period that lives for so many days unheld.

    Tried are changes of periapsis altitude (the apoapsis goes down as far), inclination and node in
    steps, from the least on: each change counts in units of `scales`, squares are summed. An
    element that `scales` leaves out stays. The orbit may nowhere come below `lowest_altitude_m`.
    `progress` is told how many of how many are tried. Raises IlrsError where none of them lives,
    and for an element that cannot be changed.
    """
    unknown = [name for name in scales if name not in _STEPS]
    if unknown:
        raise IlrsError(
            f"changes of {', '.join(unknown)}",
            f"what can be changed is {', '.join(_STEPS)}",
            "Correct the names in `scales`.",
        )
    candidates = list(_candidates(orbit, scales))
    longest = 0.0
    for tried, (changes, other) in enumerate(candidates, start=1):
        life = orbit_life(other, days=days, flight=flight)
        progress(tried, len(candidates))
        if life.lives and life.lowest_altitude_m >= lowest_altitude_m:
            return LivingOrbit(orbit=other, life=life, changes=changes, tried=tried)
        longest = max(longest, life.days)
    raise IlrsError(
        f"an orbit near {_named(orbit)} that lives {days:g} d unheld",
        f"of {len(candidates)} orbits with other {', '.join(scales)} the longest lived"
        f" {longest:.0f} d",
        "Ask for a shorter life, allow more elements to change, or hold the orbit.",
    )


def _candidates(
    orbit: Orbit, scales: Mapping[str, float]
) -> Iterator[tuple[dict[str, float], Orbit]]:
    """Changed orbits from the least change on, without those that meet the Moon."""
    names = list(scales)
    rows = product(*(_STEPS[name] for name in names))
    ordered = sorted(
        rows, key=lambda row: sum((x / scales[n]) ** 2 for n, x in zip(names, row, strict=True))
    )
    for row in ordered:
        changes = {name: x for name, x in zip(names, row, strict=True) if x}
        changed = _changed(orbit, changes)
        if changed is not None:
            yield changes, changed


def _changed(orbit: Orbit, changes: Mapping[str, float]) -> Orbit | None:
    low_m, high_m = (float(altitude) for altitude in altitudes_m(orbit))
    rise_m = changes.get("periapsis_altitude_m", 0.0)
    low_m, high_m = sorted((low_m + rise_m, high_m - rise_m))
    inclination = float(np.asarray(orbit.inclination_deg)) + changes.get("inclination_deg", 0.0)
    if low_m <= 0.0 or not 0.0 <= inclination <= 180.0:
        return None
    node = float(np.asarray(orbit.ascending_node_deg)) + changes.get("ascending_node_deg", 0.0)
    return orbit_from_altitudes(
        periapsis_altitude_m=low_m,
        apoapsis_altitude_m=high_m,
        inclination_deg=inclination,
        ascending_node_deg=node % 360.0,
        argument_of_periapsis_deg=float(np.asarray(orbit.argument_of_periapsis_deg)),
        mean_anomaly_deg=float(np.asarray(orbit.mean_anomaly_deg)),
    )


def _named(orbit: Orbit) -> str:
    low_m, high_m = (float(altitude) for altitude in altitudes_m(orbit))
    return (
        f"{low_m / 1e3:.4g} x {high_m / 1e3:.5g} km,"
        f" {float(np.asarray(orbit.inclination_deg)):.4g} deg"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldingCost:
    """What holding an orbit costs, by what the manoeuvres mend. [m/s per year]"""

    altitudes_m_s_year: float
    apsides_m_s_year: float  # the direction of the periapsis
    plane_m_s_year: float  # the inclination

    @property
    def total_m_s_year(self) -> float:
        """All of it; each part is corrected on its own, so that this is an upper bound. [m/s]"""
        return self.altitudes_m_s_year + self.apsides_m_s_year + self.plane_m_s_year


def holding_cost(orbit: Orbit, *, flight: Flight, months: int = 13) -> HoldingCost:
    """Velocity changes that keep altitudes, periapsis and inclination of an orbit. [m/s per year]

    Earth's pull swings an orbit to and fro twice a month; who corrects more often than that pays
    for the swing. So the orbit is flown unheld for a sidereal month, and what its elements have
    drifted by then is undone: their means over a turn, at the end against the start. This `months`
    times, each from the same elements and from where Earth and Sun stand then. The node drifts
    freely. The changes are those of single impulses: at the apsides for the altitudes, a turn of
    the apse line where both orbits meet, a turn of the plane at the slower node (Curtis, Orbital
    Mechanics for Engineering Students, 3rd ed., chapter 6). Raises IlrsError where the orbit meets
    the Moon within a month, and for less than a month.
    """
    if months < 1:
        raise IlrsError(
            f"the cost of holding an orbit over {months} months",
            "it is measured over at least one month",
            "Give the number of months.",
        )
    turn_days = float(period_s(orbit.semi_major_axis_m)) / DAY_S
    spent = np.zeros(3)
    for k in range(months):
        later_s = k * SIDEREAL_MONTH_D * DAY_S
        trajectory = flight.fly(orbit, SIDEREAL_MONTH_D + turn_days, later_s=later_s)
        if trajectory.ended_by:
            lived = (trajectory.span_tdb_s[1] - trajectory.span_tdb_s[0]) / DAY_S
            raise IlrsError(
                f"holding {_named(orbit)} by monthly corrections",
                f"unheld it meets the Moon after {lived:.3g} d",
                "Raise its periapsis, or choose a node or inclination with which it lives longer.",
            )
        spent += _impulses_m_s(*_means(trajectory, flight, turn_days))
    per_year = spent * (JULIAN_YEAR_S / DAY_S) / (months * SIDEREAL_MONTH_D)
    return HoldingCost(
        altitudes_m_s_year=float(per_year[0]),
        apsides_m_s_year=float(per_year[1]),
        plane_m_s_year=float(per_year[2]),
    )


def _means(trajectory: Trajectory, flight: Flight, turn_days: float) -> tuple["_Plain", "_Plain"]:
    """Mean elements over the last turn of a trajectory and over its first.

    In the frame as it stood at the start: planes of reference wobble.
    """
    start_s, end_s = trajectory.span_tdb_s
    to_icrf = frame_to_icrf(
        flight.frame, epoch_tdb_s=start_s, ephemeris=flight.sky.ephemeris,
        orientation=flight.sky.orientation,
    )  # fmt: skip
    turn_s = turn_days * DAY_S
    since_s = (np.arange(_PER_TURN) + 0.5) / _PER_TURN * turn_s

    def _mean(from_s: float) -> _Plain:
        position, velocity = trajectory.states(from_s + since_s)
        return _plain(orbit_from_state(position @ to_icrf, velocity @ to_icrf))

    return _mean(end_s - turn_s), _mean(start_s)


class _Plain(NamedTuple):
    """Elements as numbers."""

    periapsis_m: float
    apoapsis_m: float
    eccentricity: float
    inclination_rad: float
    argument_rad: float


def _plain(orbit: Orbit) -> _Plain:
    """Means of elements given as arrays; of the eccentricity as a vector, which has no jump."""
    a, e = np.asarray(orbit.semi_major_axis_m), np.asarray(orbit.eccentricity)
    turn = np.radians(orbit.argument_of_periapsis_deg)
    x, y = float(np.mean(e * np.cos(turn))), float(np.mean(e * np.sin(turn)))
    size_m, eccentricity = float(np.mean(a)), float(np.hypot(x, y))
    return _Plain(
        periapsis_m=size_m * (1.0 - eccentricity),
        apoapsis_m=size_m * (1.0 + eccentricity),
        eccentricity=eccentricity,
        inclination_rad=float(np.radians(np.mean(np.asarray(orbit.inclination_deg)))),
        argument_rad=float(np.arctan2(y, x)),
    )


def _impulses_m_s(now: _Plain, wanted: _Plain) -> tuple[float, float, float]:
    """Impulses for altitudes, apse line and plane that bring one orbit to another. [m/s]"""
    at_apoapsis = _apsis_speed(now.apoapsis_m, wanted.periapsis_m)
    lift = abs(at_apoapsis - _apsis_speed(now.apoapsis_m, now.periapsis_m))
    at_periapsis = _apsis_speed(wanted.periapsis_m, wanted.apoapsis_m)
    stretch = abs(at_periapsis - _apsis_speed(wanted.periapsis_m, now.apoapsis_m))
    momentum = wanted.periapsis_m * at_periapsis
    turn = np.remainder(now.argument_rad - wanted.argument_rad + np.pi, 2 * np.pi) - np.pi
    swing = 2.0 * MOON_GM_M3_S2 / momentum * wanted.eccentricity * abs(np.sin(0.5 * turn))
    tilt = now.inclination_rad - wanted.inclination_rad
    # Speed across the radius at the node where it is less: h / r = (GM / h)(1 + e cos nu).
    slowest = (
        MOON_GM_M3_S2 / momentum * (1.0 - wanted.eccentricity * abs(np.cos(wanted.argument_rad)))
    )
    return lift + stretch, float(swing), float(2.0 * slowest * abs(np.sin(0.5 * tilt)))


def _apsis_speed(here_m: float, other_m: float) -> float:
    """Speed at one apsis of the orbit with apsides at two radii. [m/s]"""
    return float(np.sqrt(2.0 * MOON_GM_M3_S2 * other_m / (here_m * (here_m + other_m))))


def constellation(
    orbit: Orbit, *, count: int, spread: Literal["anomaly", "node"] = "anomaly"
) -> list[Orbit]:
    """Orbits of a constellation: copies of one, spread evenly along it or around the pole.

    By "anomaly" they follow each other in one plane, even in time; by "node" each has a plane of
    its own. Raises IlrsError for no craft at all.
    """
    if count < 1:
        raise IlrsError(
            f"a constellation of {count} craft", "it has at least one", "Give the number of craft."
        )
    shifts = 360.0 * np.arange(count) / count
    if spread == "node":
        node = float(np.asarray(orbit.ascending_node_deg))
        return [replace(orbit, ascending_node_deg=(node + s) % 360.0) for s in shifts.tolist()]
    mean = float(np.asarray(orbit.mean_anomaly_deg))
    return [replace(orbit, mean_anomaly_deg=(mean + s) % 360.0) for s in shifts.tolist()]
