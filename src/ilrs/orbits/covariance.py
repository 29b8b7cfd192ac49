"""How well a craft's state is known: 6 x 6 covariances, in the ICRF or along its own way.

RTN (also RSW) has R away from the Moon's centre, N along the orbit's normal and T ahead; TNW has T
along the velocity and W along the normal. Both are taken as they stand at the epoch, so velocities
turn as positions do (CCSDS 502.0-B, annex on local frames).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from ilrs.foundation.errors import IlrsError
from ilrs.orbits.ndm import Fields
from ilrs.orbits.reference import REFERENCE_FRAMES, turns_to_icrf
from ilrs.orbits.trajectory import Trajectory
from ilrs.sky.orientation import Orientation

__all__ = ["COVARIANCE_KEYS", "LOCAL_FRAMES", "Covariances", "Spread", "StateSpread",
           "covariance_icrf", "covariance_units", "local_turns", "lower_triangle",
           "read_covariances"]  # fmt: skip

FloatArray: TypeAlias = npt.NDArray[np.float64]

_AXES = ("X", "Y", "Z", "X_DOT", "Y_DOT", "Z_DOT")
#: The keywords of the lower triangle, row by row.
COVARIANCE_KEYS = tuple(f"C{a}_{b}" for k, a in enumerate(_AXES) for b in _AXES[: k + 1])
LOCAL_FRAMES = ("RTN", "RSW", "TNW")
_LOWER = np.tril_indices(6)


class Spread(Protocol):
    """How well a craft's state is known, at any instant of its way."""

    def at(self, tdb_s: float, trajectory: Trajectory) -> FloatArray | None:
        """The covariance (6, 6) in the ICRF, in m and s; None where it is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StateSpread:
    """One sigma of a craft's place on its own axes (RTN), growing from an epoch on.

    Beside the place of the epoch stands a steady drift of unknown size on each axis, independent of
    it: sigma squared is sigma_m squared + (growth_m_s times the time) squared, before and after.
    """

    epoch_tdb_s: float
    sigma_m: tuple[float, float, float]
    growth_m_s: tuple[float, float, float] = (0.0, 0.0, 0.0)

    def at(self, tdb_s: float, trajectory: Trajectory) -> FloatArray:
        """The covariance (6, 6) at an instant of the way, in the ICRF; the drift is its rate."""
        since_s = tdb_s - self.epoch_tdb_s
        place, drift = np.square(self.sigma_m), np.square(self.growth_m_s)
        local = np.zeros((6, 6))
        local[:3, :3] = np.diag(place + drift * since_s**2)
        local[3:, 3:] = np.diag(drift)
        local[:3, 3:] = local[3:, :3] = np.diag(drift * since_s)
        (turn,) = _both(local_turns(*trajectory.states(np.array([tdb_s]))))
        return np.asarray(turn @ local @ turn.T)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Covariances:
    """Covariances of a craft's state at some epochs, in the ICRF, units of m and s."""

    tdb_s: FloatArray  # (n,), TDB past J2000
    matrices: FloatArray  # (n, 6, 6): m2, m2/s and m2/s2

    def at(self, tdb_s: float, trajectory: Trajectory) -> FloatArray:
        """The covariance (6, 6) nearest in time, carried along the way: RTN to RTN, then ICRF.

        It does not grow on the way; give epochs as near as that matters.
        """
        k = int(np.argmin(np.abs(self.tdb_s - tdb_s)))
        instants = np.array([np.clip(self.tdb_s[k], *trajectory.span_tdb_s), tdb_s])
        there, here = _both(local_turns(*trajectory.states(instants)))
        turn = here @ there.T
        return np.asarray(turn @ self.matrices[k] @ turn.T)


def local_turns(position_m: FloatArray, velocity_m_s: FloatArray, frame: str = "RTN") -> FloatArray:
    """Rotations (n, 3, 3) from a craft's own axes to those of its states (n, 3)."""
    normal = _unit(np.cross(position_m, velocity_m_s))
    first = _unit(velocity_m_s if frame == "TNW" else position_m)
    second = np.cross(normal, first)
    columns = (first, second, normal)
    return np.stack(columns, axis=-1)


def covariance_units() -> tuple[str, ...]:
    """The units of COVARIANCE_KEYS as messages write them."""
    units = ("km**2", "km**2/s", "km**2/s**2")
    return tuple(units[int(row > 2) + int(column > 2)] for row, column in zip(*_LOWER, strict=True))


def read_covariances(
    parts: Sequence[Fields],
    *,
    time_system: str,
    frame: str,
    trajectory: Trajectory,
    orientation: Orientation | None = None,
) -> Covariances:
    """The covariances that parts of a message hold; `frame` where a part names none."""
    epochs = np.array([part.epoch_tdb_s("EPOCH", time_system) for part in parts])
    found = [
        covariance_icrf(
            part, frame=frame, states=trajectory.states(np.array([epoch])), tdb_s=epoch,
            orientation=orientation,
        )
        for part, epoch in zip(parts, epochs, strict=True)
    ]  # fmt: skip
    return Covariances(tdb_s=epochs, matrices=np.array(found).reshape(-1, 6, 6))


def covariance_icrf(
    part: Fields,
    *,
    frame: str,
    states: tuple[FloatArray, FloatArray],
    tdb_s: float,
    orientation: Orientation | None = None,
) -> FloatArray:
    """The covariance (6, 6) in the ICRF that one part of a message tells at a state (1, 3)."""
    part.require(*COVARIANCE_KEYS)
    lower = [
        part.needed(key).number(unit)
        for key, unit in zip(COVARIANCE_KEYS, covariance_units(), strict=True)
    ]
    matrix = np.zeros((6, 6))
    matrix[_LOWER] = lower
    matrix = 1e6 * (matrix + np.tril(matrix, -1).T)
    told = part.get("COV_REF_FRAME")
    name = told.value.upper() if told else frame
    if told and name not in (*LOCAL_FRAMES, *REFERENCE_FRAMES):
        raise told.fault(
            f"a covariance in the frame {told.value!r}",
            f"the possible ones are {', '.join((*LOCAL_FRAMES, *REFERENCE_FRAMES))}",
            "Convert the covariance to one of these.",
        )
    if name in LOCAL_FRAMES:
        (turn,) = _both(local_turns(*states, frame=name))
    else:
        (turn,) = turns_to_icrf(name, np.array([tdb_s]), orientation=orientation)
    return np.asarray(turn @ matrix @ turn.T)


def lower_triangle(matrix: FloatArray) -> FloatArray:
    """The 21 entries of COVARIANCE_KEYS of a covariance (6, 6), row by row."""
    if matrix.shape != (6, 6):
        raise IlrsError(
            f"a covariance of shape {matrix.shape}",
            "position and velocity together have one of shape (6, 6)",
            "Give all six rows and columns, those of the velocity in m/s.",
        )
    return np.asarray(matrix[_LOWER])


def _both(turns: FloatArray) -> FloatArray:
    """Rotations (n, 3, 3) for positions and velocities alike, (n, 6, 6)."""
    both = np.zeros((len(turns), 6, 6))
    both[:, :3, :3] = both[:, 3:, 3:] = turns
    return both


def _unit(vectors: FloatArray) -> FloatArray:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=-1, keepdims=True))
