"""Conjunctions: where two orbiters come close, how close, and how probable a collision is.

The instants are roots of range times range rate, bracketed where the distance can fall below the
limit at all, so that no approach is stepped over. The probability is that of the short encounter:
straight ways and one Gaussian across them (Foster & Estes 1992, NASA JSC-25898), whose integral
over the disc of both bodies is taken along one axis with error functions along the other (Alfano
2005, doi:10.2514/1.15021).
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from ilrs.foundation.errors import IlrsError
from ilrs.foundation.windows import Windows
from ilrs.orbits.covariance import Spread, local_turns
from ilrs.orbits.trajectory import Trajectory

__all__ = ["Conjunction", "ConjunctionObject", "collision_probability", "conjunctions",
           "encounter_probability",
           "screen_all"]  # fmt: skip

FloatArray: TypeAlias = npt.NDArray[np.float64]

_STEP_S = 30.0
_FINE = 32  # parts of a step in which an approach is looked for
_BLOCK = 20_000  # steps looked at together
_SHELL_S = 3600.0  # length of the spans whose lowest and highest radius are compared
# The pull that two craft feel at the surface, twice 1.63 m/s2, and some more for the field's lumps.
_MOST_PULL_M_S2 = 3.5
_PANELS, _SIGMAS = 48, 9.0  # of the integral: panels of 16 nodes, within 9 sigma of the miss
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(16)
_erf = np.vectorize(math.erf, otypes=[float])  # a few hundred a pass; scipy takes longer to load


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ConjunctionObject:
    """One of the two at the instant of closest approach: ICRF from the Moon's centre, m and s."""

    name: str
    position_m: FloatArray  # (3,)
    velocity_m_s: FloatArray  # (3,)
    covariance: FloatArray | None = None  # (6, 6)
    radius_m: float = 0.0  # of the sphere around the body


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Conjunction:
    """A closest approach of two craft."""

    tca_tdb_s: float  # time of closest approach, TDB past J2000
    first: ConjunctionObject
    second: ConjunctionObject
    probability: float | None  # None where a covariance or the size of the bodies is not known

    @property
    def miss_distance_m(self) -> float:
        """Distance of the two. [m]"""
        return float(np.linalg.norm(self.second.position_m - self.first.position_m))

    @property
    def relative_speed_m_s(self) -> float:
        """How fast they pass each other. [m/s]"""
        return float(np.linalg.norm(self.second.velocity_m_s - self.first.velocity_m_s))

    def relative_rtn(self) -> tuple[FloatArray, FloatArray]:
        """Position [m] and velocity [m/s] of the second in the first one's RTN axes."""
        (turn,) = local_turns(self.first.position_m[None], self.first.velocity_m_s[None])
        return (
            turn.T @ (self.second.position_m - self.first.position_m),
            turn.T @ (self.second.velocity_m_s - self.first.velocity_m_s),
        )


def collision_probability(
    miss_m: npt.ArrayLike, covariance_m2: npt.ArrayLike, *, radius_m: float
) -> float:
    """Probability that two bodies touch, of the miss (2,) across their relative velocity.

    `covariance_m2` (2, 2) is that of both positions together, `radius_m` the sum of both radii.
    Raises IlrsError for a covariance that is not positive definite, and a radius below 0.
    """
    miss, matrix = np.asarray(miss_m, dtype=np.float64), np.asarray(covariance_m2)
    variances, axes = np.linalg.eigh(0.5 * (matrix + matrix.T))
    if not (variances[0] > 0.0 and np.isfinite(variances).all()):
        raise IlrsError(
            f"a covariance with the variances {variances[0]:.3g} and {variances[1]:.3g} m2",
            "across the encounter both are above 0",
            "Correct the covariance; a position that is known exactly has none.",
        )
    if not 0.0 <= radius_m < np.inf:
        raise IlrsError(
            f"bodies of {radius_m:g} m radius",
            "the sum of both radii is a finite number from 0 on",
            "Correct the radius.",
        )
    (along, across), (x0, y0) = np.sqrt(variances[::-1]), miss @ axes[:, ::-1]
    low, high = np.clip(x0 + _SIGMAS * along * np.array([-1.0, 1.0]), -radius_m, radius_m)
    if not high > low:
        return 0.0
    # x = R sin u takes the square roots at the ends of the disc away.
    edges = np.linspace(np.arcsin(low / radius_m), np.arcsin(high / radius_m), _PANELS + 1)
    half = 0.5 * np.diff(edges)[:, None]
    u = edges[:-1, None] + half * (1.0 + _NODES)
    x, y = radius_m * np.sin(u), radius_m * np.cos(u)
    inside = _erf((y0 + y) / (across * np.sqrt(2.0))) - _erf((y0 - y) / (across * np.sqrt(2.0)))
    density = np.exp(-0.5 * ((x - x0) / along) ** 2) * inside * y
    return float(np.sum(half * _WEIGHTS * density) / (along * np.sqrt(8.0 * np.pi)))


def encounter_probability(first: ConjunctionObject, second: ConjunctionObject) -> float | None:
    """Probability that the two touch; None where a covariance or both radii are not known.

    None too where the two do not pass each other: it is that of a short encounter, whose ways are
    straight and whose covariances are those of the instant.
    """
    radius_m = first.radius_m + second.radius_m
    apart = second.position_m - first.position_m
    passing = second.velocity_m_s - first.velocity_m_s
    if first.covariance is None or second.covariance is None or not (radius_m and passing.any()):
        return None
    along = passing / np.linalg.norm(passing)
    least = np.eye(3)[np.argmin(np.abs(along))]
    x = np.cross(along, least) / np.linalg.norm(np.cross(along, least))
    plane = np.stack([x, np.cross(along, x)])
    both = (first.covariance + second.covariance)[:3, :3]
    return collision_probability(plane @ apart, plane @ both @ plane.T, radius_m=radius_m)


def conjunctions(
    first: Trajectory,
    second: Trajectory,
    *,
    limit_m: float,
    span_s: tuple[float, float] | None = None,
    covariances: Mapping[str, Spread] | None = None,
    radii_m: Mapping[str, float] | None = None,
) -> tuple[Conjunction, ...]:
    """Closest approaches of two craft below `limit_m`, in the order of time.

    Over the time that both are known, within `span_s` if that is given. Covariances and radii of
    the bodies go by the craft's names; without them there is no probability.
    """
    known = first.known & second.known
    if span_s is not None:
        known = known & Windows([span_s])
    found = [_approaches(first, second, span, limit_m) for span in known]
    return tuple(
        _conjunction((first, second), float(tca), covariances or {}, radii_m or {})
        for tca in np.concatenate([np.empty(0), *found])
    )


def screen_all(
    trajectories: Sequence[Trajectory],
    *,
    limit_m: float,
    span_s: tuple[float, float] | None = None,
    covariances: Mapping[str, Spread] | None = None,
    radii_m: Mapping[str, float] | None = None,
) -> tuple[Conjunction, ...]:
    """Closest approaches of all pairs of craft below `limit_m`, in the order of time.

    A pair is looked at only while the shells of radius, between whose lowest and highest point it
    moves within the hour, come within the limit of each other.
    """
    shells = {id(one): _shells(one) for one in trajectories}
    found: list[Conjunction] = []
    for first, second in combinations(trajectories, 2):
        near = _near_shells(shells[id(first)], shells[id(second)], limit_m)
        near = near & Windows([span_s]) if span_s is not None else near
        for span in near:
            found += conjunctions(
                first, second, limit_m=limit_m, span_s=span, covariances=covariances,
                radii_m=radii_m,
            )  # fmt: skip
    return tuple(sorted(found, key=lambda one: one.tca_tdb_s))


def _conjunction(
    pair: tuple[Trajectory, Trajectory],
    tca_s: float,
    covariances: Mapping[str, Spread],
    radii_m: Mapping[str, float],
) -> Conjunction:
    objects = []
    for craft in pair:
        position_m, velocity_m_s = craft.states(tca_s)
        declared = covariances.get(craft.name)
        objects.append(
            ConjunctionObject(
                name=craft.name, position_m=position_m, velocity_m_s=velocity_m_s,
                covariance=None if declared is None else declared.at(tca_s, craft),
                radius_m=radii_m.get(craft.name, 0.0),
            )
        )  # fmt: skip
    return Conjunction(
        tca_tdb_s=tca_s, first=objects[0], second=objects[1],
        probability=encounter_probability(*objects),
    )  # fmt: skip


def _approaches(
    first: Trajectory, second: Trajectory, span: tuple[float, float], limit_m: float
) -> FloatArray:
    """Instants of closest approach below the limit inside a span that both know."""
    count = max(int(np.ceil((span[1] - span[0]) / _STEP_S)), 1)
    edges = np.linspace(*span, count + 1)
    found = []
    for k in range(0, count, _BLOCK):
        t = edges[k : k + _BLOCK + 1]
        apart, passing = _relative(first, second, t)
        distance, speed = np.linalg.norm(apart, axis=1), np.linalg.norm(passing, axis=1)
        # Within a step of h the distance falls by no more than the speed, which the pull may
        # raise, takes it: what stays above the limit so is left out.
        h = np.diff(t)
        fastest = np.maximum(speed[1:], speed[:-1]) + _MOST_PULL_M_S2 * h
        near = np.flatnonzero(0.5 * (distance[1:] + distance[:-1] - fastest * h) <= limit_m)
        fine = t[near, None] + h[near, None] * np.linspace(0.0, 1.0, _FINE + 1)
        fine[:, -1] = t[near + 1]
        apart, passing = _relative(first, second, fine)
        closing = np.sum(apart * passing, axis=-1)
        row, column = np.nonzero((closing[:, :-1] < 0.0) & (closing[:, 1:] >= 0.0))
        instants = _roots(first, second, fine[row, column], fine[row, column + 1])
        found.append(
            instants[np.linalg.norm(_relative(first, second, instants)[0], axis=1) <= limit_m]
        )
    return np.concatenate(found)


def _roots(
    first: Trajectory, second: Trajectory, low_s: FloatArray, high_s: FloatArray
) -> FloatArray:
    """Where range times range rate passes zero, by bisection to the last digit of an epoch."""
    for _ in range(40):
        middle = 0.5 * (low_s + high_s)
        apart, passing = _relative(first, second, middle)
        before = np.sum(apart * passing, axis=-1) < 0.0
        low_s, high_s = np.where(before, middle, low_s), np.where(before, high_s, middle)
        if not np.any(high_s - low_s > 2e-7):
            break
    return np.asarray(0.5 * (low_s + high_s))


def _relative(
    first: Trajectory, second: Trajectory, tdb_s: FloatArray
) -> tuple[FloatArray, FloatArray]:
    (r1, v1), (r2, v2) = first.states(tdb_s), second.states(tdb_s)
    return r2 - r1, v2 - v1


def _shells(craft: Trajectory) -> list[tuple[float, float, float, float]]:
    """Start, end, lowest and highest radius of spans of an hour at most.

    Between samples the radius may pass them by what the radial speed takes it in half a step.
    """
    shells = []
    for start, end in craft.known:
        count = max(int(np.ceil((end - start) / _SHELL_S)), 1)
        edges = np.linspace(start, end, count + 1)
        inner = np.linspace(0.0, 1.0, 61)
        t = np.clip(edges[:-1, None] + np.diff(edges)[:, None] * inner, start, end)
        r, v = craft.states(t)
        radius = np.linalg.norm(r, axis=-1)
        speed = np.abs(np.sum(r * v, axis=-1) / radius)
        step = np.diff(edges)[:, None] / (inner.size - 1)
        room = 0.5 * step * (speed + 0.5 * _MOST_PULL_M_S2 * step)
        low, high = (radius - room).min(axis=1), (radius + room).max(axis=1)
        shells += list(zip(edges[:-1], edges[1:], low, high, strict=True))
    return shells


def _near_shells(
    one: Iterable[tuple[float, float, float, float]],
    other: Sequence[tuple[float, float, float, float]],
    limit_m: float,
) -> Windows:
    """When the shells of two craft come within the limit of each other."""
    starts, ends, lows, highs = np.array(other).reshape(-1, 4).T
    spans = []
    for start, end, low, high in one:
        near = (starts < end) & (ends > start) & (lows - high <= limit_m) & (low - highs <= limit_m)
        pairs = zip(starts[near], ends[near], strict=True)
        spans += [(max(start, a), min(end, b)) for a, b in pairs]
    return Windows(spans)
