"""Where a craft goes: its motion integrated under the forces of a model, as a Trajectory.

Start from a state, from elements (`propagate_orbit`), or from another trajectory at an instant:
`propagate_state(*other.states(tdb_s), epoch_tdb_s=tdb_s, ...)`. The span may reach to both sides of
the epoch. Reaching the ground ends a trajectory; `impact` says where that was.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
from numpy.polynomial import chebyshev

from ilrs.foundation.errors import IlrsError
from ilrs.moon.sight import ground_height_m
from ilrs.moon.terrain import Terrain
from ilrs.orbits.forces import ForceModel, Forces, forces_over
from ilrs.orbits.frames import frame_to_icrf
from ilrs.orbits.ground_track import moon_fixed_m, subpoint_of
from ilrs.orbits.kepler import Orbit, state
from ilrs.orbits.stepper import AT_END, LOST, LOW, room_for_steps, steps
from ilrs.orbits.trajectory import Trajectory
from ilrs.sky.directions import MOON_RADIUS_M
from ilrs.sky.orientation import Orientation, open_orientation
from ilrs.sky.segments import utc_label
from ilrs.sky.sky import Sky

__all__ = ["IMPACT", "Impact", "impact", "propagate_orbit", "propagate_state"]

FloatArray: TypeAlias = npt.NDArray[np.float64]

#: What `Trajectory.ended_by` says where the ground was reached.
IMPACT = "impact"

_ROOM = 2048  # steps integrated between two looks at the result
_TOLERANCE = 1e-13  # what it costs and brings stands in docs/orbits.md
_LOOKS = 64  # places looked at in a step that comes near the ground, at least
_MOST_LOOKS = 100_000
_INSTANT_S = 1e-4  # to which the instant of an impact is found: 20 cm of way


@dataclass(frozen=True, slots=True, kw_only=True)
class Impact:
    """Where and when a craft reached the ground, in the Moon's body frame, and how fast."""

    tdb_s: float
    latitude_deg: float
    longitude_deg: float
    height_m: float
    speed_m_s: float  # against the ground


def propagate_state(
    position_m: npt.ArrayLike,
    velocity_m_s: npt.ArrayLike,
    *,
    name: str,
    epoch_tdb_s: float,
    span_tdb_s: tuple[float, float],
    model: ForceModel,
    sky: Sky,
    field_orientation: Orientation | None = None,
    terrains: Sequence[Terrain] = (),
    tolerance: float = _TOLERANCE,
) -> Trajectory:
    """The way of a craft from an ICRF state at an epoch, over a span that holds the epoch.

    The orientation of `sky` is that of terrain and places (mean Earth); the field lies in axes of
    its own, `field_orientation`, opened by the field's `frame` where they are not given. Altitude
    counts from `terrains` where they know a height, else from the 1737.4 km sphere; where it is 0
    the trajectory ends. `tolerance` bounds the error of a step, as part of position and velocity.

    Raises IlrsError for a state that is no number or lies below ground, a span without the epoch,
    and a way that begins at the ground inside the span; EphemerisRangeError, before the long work,
    where ephemeris or orientation do not cover the span.
    """
    start = np.concatenate([np.ravel(position_m), np.ravel(velocity_m_s)]).astype(np.float64)
    _check(start, name, epoch_tdb_s, span_tdb_s)
    axes = field_orientation or open_orientation(model.gravity.frame)
    field_sky = replace(sky, orientation=axes)
    forces = forces_over(model, span_tdb_s, origin_tdb_s=epoch_tdb_s, sky=field_sky)
    ground = _Ground(sky.orientation, tuple(terrains), epoch_tdb_s)
    height_m = float(ground.altitude_m(np.zeros(1), start[None, :3])[0])
    if height_m < 0.0:
        raise IlrsError(
            f"{name} starts {-height_m:.4g} m below ground at {utc_label(epoch_tdb_s)}",
            "a free flight starts above it; positions count from the Moon's centre, in metres",
            "Correct the state, or its unit.",
        )
    before, after = (
        _leg(forces, start, end_s - epoch_tdb_s, tolerance=tolerance, ground=ground, name=name)
        for end_s in span_tdb_s
    )
    if before.hit:
        raise IlrsError(
            f"{name} from {utc_label(span_tdb_s[0])} on, by its state at {utc_label(epoch_tdb_s)}",
            f"it cannot have flown freely before {utc_label(epoch_tdb_s + before.ends_s[-1])}, when"
            " it was at the ground",
            "Let the span begin after that instant.",
        )
    edges_s = np.concatenate([before.ends_s[::-1], [0.0], after.ends_s])
    return Trajectory(
        name=name, edges_s=epoch_tdb_s + edges_s,
        coefficients=np.concatenate([before.coefficients[::-1], after.coefficients]),
        ended_by=IMPACT if after.hit else "", model=model.text,
    )  # fmt: skip


def propagate_orbit(
    orbit: Orbit,
    *,
    frame: str,
    name: str,
    epoch_tdb_s: float,
    span_tdb_s: tuple[float, float],
    model: ForceModel,
    sky: Sky,
    field_orientation: Orientation | None = None,
    terrains: Sequence[Terrain] = (),
    tolerance: float = _TOLERANCE,
) -> Trajectory:
    """The way of a craft whose osculating elements at an epoch are given in a frame of FRAMES.

    The rest is as in `propagate_state`. Raises IlrsError for a frame that is not known, too.
    """
    to_icrf = frame_to_icrf(frame, epoch_tdb_s=epoch_tdb_s, **sky.kernels)
    position_m, velocity_m_s = state(orbit, gm_m3_s2=model.gravity.gm_m3_s2)
    return propagate_state(
        position_m @ to_icrf.T, velocity_m_s @ to_icrf.T, name=name, epoch_tdb_s=epoch_tdb_s,
        span_tdb_s=span_tdb_s, model=model, sky=sky, field_orientation=field_orientation,
        terrains=terrains, tolerance=tolerance,
    )  # fmt: skip


def impact(trajectory: Trajectory, *, orientation: Orientation) -> Impact | None:
    """Where, when and how fast a trajectory reached the ground; None where it did not.

    The place is in the frame of `orientation`.
    """
    if trajectory.ended_by != IMPACT:
        return None
    tdb_s = trajectory.span_tdb_s[1]
    at_s = tdb_s - np.array([1.0, 0.0])
    before, there = moon_fixed_m(trajectory, at_s, orientation=orientation)
    latitude_deg, longitude_deg, height_m = (float(value) for value in subpoint_of(there))
    return Impact(
        tdb_s=tdb_s, latitude_deg=latitude_deg, longitude_deg=longitude_deg, height_m=height_m,
        speed_m_s=float(np.linalg.norm(there - before)),
    )  # fmt: skip


def _check(
    start: FloatArray, name: str, epoch_tdb_s: float, span_tdb_s: tuple[float, float]
) -> None:
    if start.shape != (6,) or not np.isfinite(start).all():
        raise IlrsError(
            f"a state of {name} of {start.size} numbers, {np.isfinite(start).sum()} of them finite",
            "position and velocity are three finite numbers each",
            "Give the whole state.",
        )
    if not span_tdb_s[0] <= epoch_tdb_s <= span_tdb_s[1] or span_tdb_s[0] == span_tdb_s[1]:
        raise IlrsError(
            f"{name} from {utc_label(span_tdb_s[0])} to {utc_label(span_tdb_s[1])}, by its state at"
            f" {utc_label(epoch_tdb_s)}",
            "a span ends after it starts, and holds the epoch of the state",
            "Exchange its ends, or let it reach the epoch; the rest can be cut off afterwards.",
        )


@dataclass(frozen=True, slots=True)
class _Ground:
    """What altitude counts from; times count from the epoch."""

    orientation: Orientation
    terrains: tuple[Terrain, ...]
    epoch_tdb_s: float

    @property
    def ceiling_m(self) -> float:
        """Distance from the Moon's centre above which there is no ground. [m]"""
        tops = [float(np.fmax.reduce(t.heights_m, axis=None)) for t in self.terrains]
        return MOON_RADIUS_M + max([0.0, *(top for top in tops if top > 0.0)])

    def _looks(self, speed_m_s: float, step_s: float) -> int:
        """How many places of a step are looked at: half a pixel apart over terrain."""
        pixels = [terrain.grid.pixel_m for terrain in self.terrains]
        apart_m = 0.5 * min(pixels, default=np.inf)
        return int(np.clip(abs(step_s) * speed_m_s / apart_m, _LOOKS, _MOST_LOOKS))

    def altitude_m(self, elapsed_s: FloatArray, position_m: FloatArray) -> FloatArray:
        """Height over terrain, over the sphere where no terrain is known. [m]"""
        height_m = np.linalg.norm(position_m, axis=-1) - MOON_RADIUS_M
        if not self.terrains:
            return np.asarray(height_m)
        axes = self.orientation.matrices(self.epoch_tdb_s + elapsed_s)
        latitude, longitude, height_m = subpoint_of(np.einsum("nij,nj->ni", axes, position_m))
        ground_m = ground_height_m(self.terrains, latitude_deg=latitude, longitude_deg=longitude)
        return np.asarray(height_m - np.where(np.isnan(ground_m), 0.0, ground_m))


class _Leg(NamedTuple):
    """One way from the epoch: where its steps end, in the order they were made."""

    ends_s: FloatArray
    coefficients: FloatArray
    hit: bool


def _leg(
    forces: Forces,
    start: FloatArray,
    end_s: float,
    *,
    tolerance: float,
    ground: _Ground,
    name: str,
) -> _Leg:
    """The way from the epoch to `end_s`, or to the ground."""
    made_s, rows, hit = [np.empty(0)], [np.empty((0, 6, 8))], False
    state_now = start.copy()
    # a first try, corrected at once: for an eighth order, of the time that a radian takes
    first_s = tolerance**0.125 * np.linalg.norm(start[:3]) / np.linalg.norm(start[3:])
    clock = np.array([0.0, np.copysign(first_s, end_s)])
    why = AT_END if end_s == 0.0 else LOW
    ceiling_m, room = ground.ceiling_m, room_for_steps()
    while why != AT_END and not hit:
        ends_s, coefficients = np.empty(_ROOM), np.empty((_ROOM, 6, 8))
        from_s = float(clock[0])
        count, why = steps(
            forces, state_now, clock, end_s, tolerance, ceiling_m, room, ends_s, coefficients
        )
        if why == LOST:
            raise IlrsError(
                f"the motion of {name} cannot be followed beyond"
                f" {utc_label(ground.epoch_tdb_s + clock[0])}",
                f"no step of it keeps a tolerance of {tolerance:g}",
                "Allow a larger tolerance, and check the state and the gravity field.",
            )
        ends_s, coefficients = ends_s[:count].copy(), coefficients[:count].copy()
        if why == LOW:
            step_s = float(ends_s[-2]) if count > 1 else from_s, float(ends_s[-1])
            hit_s = _hit_s(coefficients[-1], step_s, ground)
            if hit_s is not None:
                coefficients[-1], ends_s[-1] = _cut(coefficients[-1], step_s, hit_s), hit_s
            hit, why = hit_s is not None, AT_END if step_s[1] == end_s else LOW
        made_s.append(ends_s)
        rows.append(coefficients)
    return _Leg(np.concatenate(made_s), np.concatenate(rows), hit)


def _hit_s(row: FloatArray, step_s: tuple[float, float], ground: _Ground) -> float | None:
    """The first instant of a step, in the direction it was made, at the ground; None for none."""
    from_s, to_s = step_s

    def _altitude_m(at_s: FloatArray) -> FloatArray:
        return ground.altitude_m(at_s, _values(row, step_s, at_s)[:, :3])

    speed_m_s = float(np.linalg.norm(row[3:, 0]))
    while True:
        at_s = np.linspace(from_s, to_s, ground._looks(speed_m_s, to_s - from_s) + 1)
        below = np.flatnonzero(_altitude_m(at_s) < 0.0)
        if not below.size:
            return None if (from_s, to_s) == step_s else to_s
        first = max(int(below[0]), 1)
        from_s, to_s = float(at_s[first - 1]), float(at_s[first])
        if abs(to_s - from_s) < _INSTANT_S:
            return to_s


def _values(row: FloatArray, step_s: tuple[float, float], at_s: FloatArray) -> FloatArray:
    """States of a step at instants in it, (n, 6)."""
    x = 2.0 * (at_s - min(step_s)) / abs(step_s[1] - step_s[0]) - 1.0
    return np.asarray(chebyshev.chebval(x, row.T).T)


def _cut(row: FloatArray, step_s: tuple[float, float], hit_s: float) -> FloatArray:
    """The same polynomials over the part of a step from its start to an instant."""
    nodes = chebyshev.chebpts1(row.shape[1])
    low, high = sorted((step_s[0], hit_s))
    at_s = low + 0.5 * (nodes + 1.0) * (high - low)
    fitted = chebyshev.chebfit(nodes, _values(row, step_s, at_s), row.shape[1] - 1)
    return np.asarray(fitted.T)
