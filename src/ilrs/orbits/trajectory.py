"""The way of a craft about the Moon, as polynomials in time.

Whatever a way comes from (a propagation, an exchanged ephemeris, a kernel, an orbit by elements),
it is one thing here: Chebyshev polynomials of position and velocity over intervals that follow one
another. So access, links and conjunctions ask every craft alike, at any instant, at 40 ns each.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from numpy.polynomial import chebyshev

from ilrs.foundation.compiled import compiled, compiled_part
from ilrs.foundation.errors import IlrsError
from ilrs.foundation.windows import Windows
from ilrs.orbits.interpolation import Method, chebyshev_nodes, coefficients_at_nodes, state_pieces
from ilrs.orbits.kepler import MOON_GM_M3_S2, Orbit, eccentric_anomaly_deg, period_s, state
from ilrs.orbits.kepler import mean_anomaly_deg as mean_from_eccentric_deg
from ilrs.orbits.kepler import propagate as propagate_two_body
from ilrs.sky.segments import utc_label

__all__ = ["Trajectory", "TrajectoryRangeError", "begun_piece", "cut_trajectory",
           "joined_trajectory", "kepler_trajectory", "states_trajectory"]  # fmt: skip

FloatArray: TypeAlias = npt.NDArray[np.float64]

_PER_TURN = 96  # states per revolution from which a two-body orbit is drawn
_NEIGHBOURS = 4  # states that the polynomial of an interval passes through
_TOUCHING_S = 2e-6  # messages give epochs to the microsecond: parts this far apart touch


class TrajectoryRangeError(IlrsError):
    """Epochs at which a trajectory is not known; `possible` names its span."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Trajectory:
    """Where a craft is from the Moon's centre, in the ICRF, over a span of TDB past J2000.

    A span in which it is not known, such as between two parts of an ephemeris, is a piece without
    numbers: its coefficients are NaN, and who asks inside it gets TrajectoryRangeError.
    """

    name: str
    edges_s: FloatArray  # (n + 1,), rising: where the polynomials join
    coefficients: FloatArray  # (n, 6, k): Chebyshev, of x, y, z [m] and their rates [m/s]
    ended_by: str = ""  # why it ends before the span that was asked for, such as "impact"
    model: str = ""  # what it rests on, for provenance

    @property
    def span_tdb_s(self) -> tuple[float, float]:
        """First and last instant at which it is known, TDB past J2000. [s]"""
        return float(self.edges_s[0]), float(self.edges_s[-1])

    @property
    def known(self) -> Windows:
        """The spans in which it is known, TDB past J2000."""
        return Windows.from_mask(self.edges_s, ~np.isnan(self.coefficients[:, 0, 0]))

    def position_m(self, tdb_s: npt.ArrayLike) -> FloatArray:
        """ICRF positions from the Moon's centre, shape of `tdb_s` + (3,). [m]

        Raises TrajectoryRangeError for epochs outside its span, or in a gap of it.
        """
        return self._values(tdb_s, components=3)

    def states(self, tdb_s: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
        """ICRF positions [m] and velocities [m/s], each of the shape of `tdb_s` + (3,).

        Raises TrajectoryRangeError for epochs outside its span, or in a gap of it.
        """
        values = self._values(tdb_s, components=6)
        return values[..., :3], values[..., 3:]

    def _values(self, tdb_s: npt.ArrayLike, *, components: int) -> FloatArray:
        epochs = np.asarray(tdb_s, dtype=np.float64)
        flat = np.ravel(epochs)
        start_s, end_s = self.span_tdb_s
        outside = ~((flat >= start_s) & (flat <= end_s))
        if outside.any():
            because = f", where it ends by {self.ended_by}" if self.ended_by else ""
            raise self._unknown(flat, outside, because)
        values = np.empty((flat.size, components))
        _evaluate(self.edges_s, self.coefficients, flat, values)
        missing = np.isnan(values[:, 0])
        if missing.any():
            k = np.searchsorted(self.edges_s, flat[missing][0], side="right") - 1
            gap = " to ".join(utc_label(edge) for edge in self.edges_s[k : k + 2])
            raise self._unknown(flat, missing, f", with a gap from {gap}")
        return values.reshape(*epochs.shape, components)

    def _unknown(
        self, epochs: FloatArray, bad: npt.NDArray[np.bool_], because: str
    ) -> TrajectoryRangeError:
        start, end = (utc_label(edge) for edge in self.span_tdb_s)
        first = utc_label(epochs[bad][0])
        return TrajectoryRangeError(
            f"no position of {self.name} at {first} ({bad.sum()} of {epochs.size} epochs)",
            f"its trajectory goes from {start} to {end}{because}",
            "Shorten the span, or give a trajectory that covers it.",
        )


def joined_trajectory(
    trajectories: Sequence[Trajectory], *, name: str = "", gaps: bool = False
) -> Trajectory:
    """One trajectory of several that follow each other, the first one's name unless given.

    With `gaps` the parts may stand apart; what lies between them stays unknown. Raises IlrsError
    where a part does not begin at the instant at which the one before it ends.
    """
    if not trajectories:
        raise IlrsError("a trajectory of no parts", "at least one part makes one", "Give parts.")
    most = max(part.coefficients.shape[2] for part in trajectories)
    edges, rows = [trajectories[0].edges_s], [_padded(trajectories[0].coefficients, most)]
    for before, after in zip(trajectories, trajectories[1:], strict=False):
        gap_s = after.span_tdb_s[0] - before.span_tdb_s[1]
        apart = gap_s > _TOUCHING_S
        if gap_s < -_TOUCHING_S or (apart and not gaps):
            raise IlrsError(
                f"{before.name} and {after.name} with {gap_s:.6g} s between them",
                "parts of one trajectory follow each other without gap or overlap",
                "Close the gap, or keep the parts as trajectories of their own.",
            )
        if apart:
            rows.append(np.full((1, 6, most), np.nan))
        edges.append(after.edges_s if apart else after.edges_s[1:])
        rows.append(_padded(after.coefficients, most))
    return Trajectory(
        name=name or trajectories[0].name,
        edges_s=np.concatenate(edges),
        coefficients=np.concatenate(rows),
        ended_by=trajectories[-1].ended_by,
        model="; ".join(dict.fromkeys(part.model for part in trajectories if part.model)),
    )


def _padded(coefficients: FloatArray, count: int) -> FloatArray:
    return np.pad(coefficients, ((0, 0), (0, 0), (0, count - coefficients.shape[2])))


def cut_trajectory(trajectory: Trajectory, span_s: tuple[float, float]) -> Trajectory:
    """The part of a trajectory inside a span, TDB past J2000.

    Raises TrajectoryRangeError for a span whose ends it does not cover.
    """
    trajectory.position_m(span_s)  # says what it does not cover
    edges = trajectory.edges_s
    inner = edges[(edges > span_s[0]) & (edges < span_s[1])]
    cut_s = np.concatenate([[span_s[0]], inner, [span_s[1]]])
    k = np.clip(np.searchsorted(edges, cut_s[:-1], side="right") - 1, 0, edges.size - 2)
    coefficients = trajectory.coefficients[k].copy()
    for row in {0, k.size - 1}:  # of the first and last piece a part is left: drawn anew
        nodes, (a, b) = chebyshev_nodes(coefficients.shape[2]), edges[k[row] : k[row] + 2]
        length_s = cut_s[row + 1] - cut_s[row]
        x = (2.0 * cut_s[row] - a - b + (1.0 + nodes) * length_s) / (b - a)
        values = chebyshev.chebval(x, coefficients[row].T)  # (6, nodes)
        coefficients[row] = coefficients_at_nodes(values.T[None])[0]
    ended_by = trajectory.ended_by if span_s[1] == edges[-1] else ""
    return replace(trajectory, edges_s=cut_s, coefficients=coefficients, ended_by=ended_by)


def kepler_trajectory(
    orbit: Orbit,
    span_s: tuple[float, float],
    *,
    name: str,
    epoch_tdb_s: float,
    to_icrf: FloatArray,
    gm_m3_s2: float = MOON_GM_M3_S2,
) -> Trajectory:
    """The two-body way of an orbit over a span (TDB past J2000).

    The elements hold at `epoch_tdb_s` in the frame that `to_icrf` (3, 3) turns to the ICRF. 96
    states a revolution, even in eccentric anomaly, keep it within 1 m up to an eccentricity of 0.9.
    """
    turn_s = float(period_s(orbit.semi_major_axis_m, gm_m3_s2=gm_m3_s2))
    e, mean_deg = orbit.eccentricity, float(np.asarray(orbit.mean_anomaly_deg))
    elapsed = np.asarray(span_s) - epoch_tdb_s
    ends = eccentric_anomaly_deg(mean_deg + 360.0 * elapsed / turn_s, e)
    count = max(int(np.ceil((ends[1] - ends[0]) / 360.0 * _PER_TURN)), _NEIGHBOURS) + 1
    mean = mean_from_eccentric_deg(np.linspace(ends[0], ends[1], count), e)
    since_s = (mean - mean_deg) / 360.0 * turn_s
    since_s[0], since_s[-1] = elapsed
    position, velocity = state(
        propagate_two_body(orbit, since_s, gm_m3_s2=gm_m3_s2), gm_m3_s2=gm_m3_s2
    )
    return states_trajectory(
        epoch_tdb_s + since_s, position @ to_icrf.T, velocity_m_s=velocity @ to_icrf.T,
        name=name, model="two-body",
    )  # fmt: skip


def states_trajectory(
    tdb_s: npt.ArrayLike,
    position_m: npt.ArrayLike,
    *,
    velocity_m_s: npt.ArrayLike,
    name: str,
    neighbours: int = _NEIGHBOURS,
    method: Method = "hermite",
    model: str = "",
) -> Trajectory:
    """A trajectory through states at rising epochs, ICRF from the Moon's centre, (n, 3) each.

    Between two epochs stands the Hermite polynomial of the nearest `neighbours` states (degree
    2 `neighbours` - 1; fewer where there are fewer), velocities being its derivative; with the
    method "lagrange" each component has a polynomial of its own, of degree `neighbours` - 1. Raises
    IlrsError for fewer than two states, epochs that do not rise, and states that do not match them
    or are no numbers.
    """
    t = np.asarray(tdb_s, dtype=np.float64)
    r, v = (np.asarray(a, dtype=np.float64) for a in (position_m, velocity_m_s))
    _check_states(t, r, v, name)
    edges, coefficients = state_pieces(t, r, v, neighbours=neighbours, method=method)
    return Trajectory(name=name, edges_s=edges, coefficients=coefficients, model=model)


def _check_states(t: FloatArray, r: FloatArray, v: FloatArray, name: str) -> None:
    if t.ndim != 1 or t.size < 2 or not np.all(np.diff(t) > 0.0) or not np.isfinite(t).all():
        raise IlrsError(
            f"a trajectory of {name} through {t.size} epochs that do not all rise",
            "at least two states in the order of time can be joined",
            "Sort the states and drop the repeated ones.",
        )
    if r.shape != (t.size, 3) or v.shape != r.shape:
        raise IlrsError(
            f"positions of shape {r.shape} and velocities of shape {v.shape} for {t.size} epochs",
            "there is one of each, of three components, per epoch",
            "Give both with shape (epochs, 3).",
        )
    if not (np.isfinite(r).all() and np.isfinite(v).all()):
        raise IlrsError(
            f"states of {name} that are no finite numbers",
            "every state of a trajectory is known",
            "Leave the epochs without a state out.",
        )


@compiled_part(makes_arrays=False)
def begun_piece(tdb_s: float, edges_s: FloatArray, last: int) -> int:
    """The last piece up to `last` that begins at or before an instant; the first one else."""
    low, high = 0, last
    while low < high:
        middle = (low + high + 1) // 2
        if edges_s[middle] <= tdb_s:
            low = middle
        else:
            high = middle - 1
    return low


@compiled(makes_arrays=False)
def _evaluate(
    edges_s: FloatArray, coefficients: FloatArray, tdb_s: FloatArray, values: FloatArray
) -> None:
    """Clenshaw's recurrence; an epoch that follows the last one is found without a search."""
    last = edges_s.size - 2
    top = coefficients.shape[2] - 1
    k = 0
    for j in range(tdb_s.size):
        t = tdb_s[j]
        if not (edges_s[k] <= t <= edges_s[k + 1]):
            k = min(k + 1, last)
            if not (edges_s[k] <= t <= edges_s[k + 1]):
                k = begun_piece(t, edges_s, last)
        if np.isnan(coefficients[k, 0, 0]):  # a gap; its two ends belong to the pieces beside it
            if t == edges_s[k] and k > 0:
                k -= 1
            elif t == edges_s[k + 1] and k < last:
                k += 1
        x2 = 2.0 * (2.0 * t - edges_s[k] - edges_s[k + 1]) / (edges_s[k + 1] - edges_s[k])
        for component in range(values.shape[1]):
            b1 = b2 = 0.0
            row = coefficients[k, component]
            for degree in range(top, 0, -1):
                b1, b2 = row[degree] + x2 * b1 - b2, b1
            values[j, component] = row[0] + 0.5 * x2 * b1 - b2
