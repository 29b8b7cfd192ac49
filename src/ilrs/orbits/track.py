"""The way of a craft over the turning Moon: its trajectory in a body frame, for many sites at once.

The rotation is done once per craft and serves every site. Each piece of a track is a polynomial
and knows the greatest speed in it, so that a ball encloses the craft over any part of the piece.
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from numpy.polynomial import chebyshev

from ilrs.foundation.compiled import compiled
from ilrs.foundation.errors import IlrsError
from ilrs.orbits.frames import Orientation
from ilrs.orbits.trajectory import Trajectory

__all__ = [
    "MoonFixedTrack",
    "checked_span_s",
    "clipped_edges_s",
    "moon_fixed_track",
    "speed_bounds_m_s",
]

FloatArray: TypeAlias = npt.NDArray[np.float64]

# In a piece the Moon turns by 0.0024 rad at most. A parabola through its rotation at both ends and
# in the middle is then right to 0.0012^3 * 0.064 = 1.1e-10 rad: 1 mm at a distance of 10,000 km.
_LONGEST_PIECE_S = 900.0
_PER_TURN = 64  # pieces in which a craft would go once round the Moon, at its distance and speed


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class MoonFixedTrack:
    """Where a craft is from the Moon's centre, in a body frame of the Moon, over a span of TDB."""

    name: str
    frame: str
    edges_s: FloatArray  # (n + 1,), rising: where the polynomials join
    coefficients: FloatArray  # (n, k, 3): Chebyshev, of x, y and z [m]
    middle_m: FloatArray  # (3, n): the position in the middle of each piece
    speed_m_s: FloatArray  # (n,): no less than the speed in this frame, in each piece

    @property
    def span_s(self) -> tuple[float, float]:
        """First and last instant at which it is known, TDB past J2000. [s]"""
        return float(self.edges_s[0]), float(self.edges_s[-1])

    def states(self, tdb_s: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Positions [m] and velocities in the frame [m/s], each of the shape of `tdb_s` + (3,).

        The epochs lie in the track's span.
        """
        epochs = np.asarray(tdb_s, dtype=np.float64)
        flat = np.ravel(epochs)
        last = self.edges_s.size - 2
        k = np.clip(np.searchsorted(self.edges_s, flat, side="right") - 1, 0, last)
        half = 0.5 * (self.edges_s[k + 1] - self.edges_s[k])
        x = (flat - self.edges_s[k] - half) / half
        rows = np.moveaxis(self.coefficients[k], 1, 0)  # (degree, epochs, 3)
        position = _summed(x, rows)
        velocity = _summed(x, np.asarray(chebyshev.chebder(rows), dtype=np.float64)) / half[:, None]
        return position.reshape(*epochs.shape, 3), velocity.reshape(*epochs.shape, 3)


def moon_fixed_track(
    trajectory: Trajectory, span_s: tuple[float, float], *, orientation: Orientation
) -> MoonFixedTrack:
    """The way of a craft in the body frame of an orientation, over a span (TDB past J2000).

    Raises TrajectoryRangeError for a span that the trajectory does not cover, IlrsError for one
    that does not go forward.
    """
    inside = clipped_edges_s(trajectory, span_s)
    edges = _divided(trajectory, inside)
    middle = 0.5 * (edges[1:] + edges[:-1])
    interval = np.searchsorted(trajectory.edges_s, middle, side="right") - 1
    count = trajectory.coefficients.shape[2] + 2  # a parabola times a polynomial: two degrees more
    coefficients = np.empty((middle.size, count, 3))
    _fixed(
        edges, interval, trajectory.edges_s, trajectory.coefficients,
        np.ascontiguousarray(orientation.matrices(edges)),
        np.ascontiguousarray(orientation.matrices(middle)),
        (np.empty(3), np.empty(count), np.empty((3, count)), np.empty((count, count))),
        coefficients,
    )  # fmt: skip
    return MoonFixedTrack(
        name=trajectory.name,
        frame=getattr(orientation, "name", ""),
        edges_s=edges,
        coefficients=coefficients,
        middle_m=_middles(coefficients),
        speed_m_s=speed_bounds_m_s(edges, coefficients),
    )


def checked_span_s(span_s: tuple[float, float]) -> tuple[float, float]:
    """The two ends of a span. Raises IlrsError for one that does not go forward. [s]"""
    start, end = (float(edge) for edge in span_s)
    if not (np.isfinite([start, end]).all() and start < end):
        raise IlrsError(
            f"a span from {start:g} to {end:g} s TDB past J2000",
            "a span goes from one finite instant to a later one",
            "Correct its two ends.",
        )
    return start, end


def clipped_edges_s(trajectory: Trajectory, span_s: tuple[float, float]) -> FloatArray:
    """Where the polynomials of a trajectory join inside a span, its two ends included. [s]

    Raises TrajectoryRangeError for a span that the trajectory does not cover, IlrsError for one
    that does not go forward.
    """
    start, end = checked_span_s(span_s)
    trajectory.position_m([start, end])  # says which end it does not cover
    edges = trajectory.edges_s
    return np.concatenate([[start], edges[(edges > start) & (edges < end)], [end]])


def speed_bounds_m_s(edges_s: FloatArray, coefficients: FloatArray) -> FloatArray:
    """For each piece a speed that is not exceeded in it, from Chebyshev positions (n, k, 3). [m/s]

    The sum of the lengths of the velocity's Chebyshev vectors; a few per cent above the speed.
    """
    rates = chebyshev.chebder(np.moveaxis(coefficients, 1, 0))
    return np.asarray(np.linalg.norm(rates, axis=-1).sum(axis=0) / (0.5 * np.diff(edges_s)))


def _divided(trajectory: Trajectory, edges_s: FloatArray) -> FloatArray:
    """The edges, with more between them where a piece is long in time or in turn."""
    length = np.diff(edges_s)
    position, velocity = trajectory.states(edges_s[:-1] + 0.5 * length)
    turn = np.linalg.norm(velocity, axis=-1) / np.linalg.norm(position, axis=-1) * length
    parts = np.ceil(np.maximum(length / _LONGEST_PIECE_S, turn / (2 * np.pi / _PER_TURN)))
    parts = np.maximum(parts, 1.0).astype(np.int64)
    which = np.repeat(np.arange(length.size), parts)
    nth = np.arange(which.size) - np.repeat(np.cumsum(parts) - parts, parts)
    return np.append(edges_s[which] + length[which] * nth / parts[which], edges_s[-1])


def _middles(coefficients: FloatArray) -> FloatArray:
    """Chebyshev's polynomials in the middle are 1, 0, -1, 0, 1 …"""
    signs = np.resize([1.0, 0.0, -1.0, 0.0], coefficients.shape[1])
    return np.ascontiguousarray(np.einsum("nkc,k->cn", coefficients, signs))


def _summed(x: FloatArray, rows: FloatArray) -> FloatArray:
    """Clenshaw's sum of Chebyshev rows (degree, epochs, 3) at x, (epochs, 3)."""
    x2 = 2.0 * x[:, None]
    b1 = b2 = np.zeros(rows.shape[1:])
    for row in rows[:0:-1]:
        b1, b2 = row + x2 * b1 - b2, b1
    return np.asarray(rows[0] + 0.5 * x2 * b1 - b2)


@compiled(makes_arrays=False, nogil=True)
def _fixed(
    edges_s: FloatArray, interval: npt.NDArray[np.int64], from_s: FloatArray, source: FloatArray,
    at_edges: FloatArray, at_middle: FloatArray, room: tuple[FloatArray, ...],
    coefficients: FloatArray,
) -> None:  # fmt: skip
    """Chebyshev coefficients of the turned positions, exact for the parabola of the rotation."""
    count, top = coefficients.shape[1], source.shape[2] - 1
    place, nodes, turned, weights = room
    for j in range(count):
        angle = (j + 0.5) * np.pi / count
        nodes[j] = np.cos(angle)
        for m in range(count):
            weights[m, j] = np.cos(m * angle) * (1.0 if m == 0 else 2.0) / count
    for p in range(interval.size):
        k = interval[p]
        half = 0.5 * (edges_s[p + 1] - edges_s[p])
        scale = 2.0 / (from_s[k + 1] - from_s[k])
        offset = (edges_s[p] - from_s[k] + half) * scale - 1.0
        for j in range(count):
            x = nodes[j]
            x2 = 2.0 * (offset + scale * half * x)
            for component in range(3):
                b1 = b2 = 0.0
                row = source[k, component]
                for degree in range(top, 0, -1):
                    b1, b2 = row[degree] + x2 * b1 - b2, b1
                place[component] = row[0] + 0.5 * x2 * b1 - b2
            before, after = 0.5 * x * (x - 1.0), 0.5 * x * (x + 1.0)
            for row_of in range(3):
                total = 0.0
                for column in range(3):
                    total += place[column] * (
                        before * at_edges[p, row_of, column]
                        + (1.0 - x * x) * at_middle[p, row_of, column]
                        + after * at_edges[p + 1, row_of, column]
                    )
                turned[row_of, j] = total
        for component in range(3):
            for m in range(count):
                total = 0.0
                for j in range(count):
                    total += weights[m, j] * turned[component, j]
                coefficients[p, m, component] = total
