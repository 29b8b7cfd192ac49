"""Orbit ephemeris messages (CCSDS 502.0-B, OEM), read from KVN and XML.

Each segment becomes a trajectory about the Moon: its states are brought to the Moon's centre and
the ICRF, and the polynomials between them are those that the file asks for (INTERPOLATION and its
degree; Hermite of degree 7 where it asks for nothing). Accelerations are not used.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from ilrs.foundation.errors import IlrsError
from ilrs.orbits.covariance import Covariances, read_covariances
from ilrs.orbits.interpolation import Method
from ilrs.orbits.ndm import Fields, check_states, epochs_tdb_s, placed, read_message
from ilrs.orbits.oem_parts import OemPart, oem_parts
from ilrs.orbits.reference import to_moon_icrf
from ilrs.orbits.trajectory import Trajectory, cut_trajectory, joined_trajectory, states_trajectory
from ilrs.sky.kernels import Ephemeris
from ilrs.sky.orientation import Orientation

__all__ = ["Oem", "OemSegment", "read_oem"]

FloatArray: TypeAlias = npt.NDArray[np.float64]

_NEEDED = ("OBJECT_NAME", "OBJECT_ID", "CENTER_NAME", "REF_FRAME", "TIME_SYSTEM", "START_TIME",
           "STOP_TIME")  # fmt: skip
_UNASKED_DEGREE = 7  # of the Hermite polynomials where a file asks for nothing
_HIGHEST_DEGREE = 27  # of what is asked for; polynomials of more states swing between them


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class OemSegment:
    """One segment: what the file says of it, and the way of the craft."""

    object_name: str
    object_id: str
    centre: str
    frame: str
    time_system: str
    interpolation: str  # such as "HERMITE 7"
    state_tdb_s: FloatArray  # the epochs of its states, TDB past J2000
    trajectory: Trajectory  # over its usable span
    covariances: Covariances | None
    comments: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Oem:
    """An orbit ephemeris message; `trajectory()` is what the rest of ilrs works with."""

    version: str
    originator: str
    creation_date: str
    comments: tuple[str, ...]
    segments: tuple[OemSegment, ...]

    @property
    def objects(self) -> tuple[str, ...]:
        """The names of the craft in it, in the order of the file."""
        return tuple(dict.fromkeys(segment.object_name for segment in self.segments))

    def trajectory(self, name: str = "") -> Trajectory:
        """The whole way of one craft; what lies between its segments stays unknown.

        The name may be left out where there is one craft. Raises IlrsError for a name that is not
        there, and for segments that overlap.
        """
        if name not in self.objects and (name or len(self.objects) > 1):
            raise IlrsError(
                f"the trajectory of {name!r}" if name else "the trajectory of one craft of several",
                f"the message holds {', '.join(self.objects)}",
                "Name one of these.",
            )
        wanted = name or self.objects[0]
        parts = [part.trajectory for part in self.segments if part.object_name == wanted]
        return joined_trajectory(sorted(parts, key=lambda part: part.span_tdb_s), gaps=True)


class _Way(NamedTuple):
    """What the caller says about how states are brought to the Moon and the ICRF."""

    frame: str | None
    ephemeris: Ephemeris | None
    orientation: Orientation | None


def read_oem(
    path: Path | str,
    *,
    frame: str | None = None,
    ephemeris: Ephemeris | None = None,
    orientation: Orientation | None = None,
) -> Oem:
    """The orbit ephemeris message in a file, KVN or XML.

    `frame` overrules the axes that the file names. An ephemeris (DE440 unless given) is needed for
    states from another centre than the Moon's, an orientation (DE421 unless given) for axes that
    turn with it. Raises IlrsError, with the line, for what cannot be read.
    """
    message = read_message(Path(path), "OEM")
    header, parts = oem_parts(message)
    header.require("CREATION_DATE", "ORIGINATOR")
    way = _Way(frame, ephemeris, orientation)
    return Oem(
        version=message.version,
        originator=header.text("ORIGINATOR"),
        creation_date=header.text("CREATION_DATE"),
        comments=header.comments(),
        segments=tuple(_segment(part, way, header.text("ORIGINATOR")) for part in parts),
    )


def _segment(part: OemPart, way: _Way, originator: str) -> OemSegment:
    meta = part.fields()
    meta.require(*_NEEDED)
    centre, frame, time_system = meta.centre(), meta.frame(way.frame), meta.time_system()
    method, degree = _interpolation(meta)
    told_m, rates_m_s = part.states()
    tdb_s = epochs_tdb_s(part.epochs(), time_system=time_system, place=part.place)
    _check_epochs(tdb_s, part, meta, time_system)
    with placed(meta.needed("REF_FRAME")):
        position_m, velocity_m_s = to_moon_icrf(
            told_m, rates_m_s, tdb_s=tdb_s, centre=centre, frame=frame,
            ephemeris=way.ephemeris, orientation=way.orientation,
        )  # fmt: skip
    check_states(position_m, velocity_m_s, place=part.place)
    name = meta.text("OBJECT_NAME")
    trajectory = cut_trajectory(
        states_trajectory(
            tdb_s, position_m, velocity_m_s=velocity_m_s, name=name,
            neighbours=degree + 1 if method == "lagrange" else degree // 2 + 1, method=method,
            model=f"OEM of {originator}",
        ),
        _usable(meta, time_system, tdb_s),
    )  # fmt: skip
    covariances = None
    if part.covariances:
        with placed(part.covariances[0].needed("EPOCH")):
            covariances = read_covariances(
                part.covariances, time_system=time_system, frame=frame, trajectory=trajectory,
                orientation=way.orientation,
            )  # fmt: skip
    return OemSegment(
        object_name=name, object_id=meta.text("OBJECT_ID"), centre=centre, frame=frame,
        time_system=time_system, interpolation=f"{method.upper()} {degree}", state_tdb_s=tdb_s,
        trajectory=trajectory, covariances=covariances, comments=meta.comments(),
    )  # fmt: skip


def _interpolation(meta: Fields) -> tuple[Method, int]:
    """The method and the degree of the polynomials between states."""
    asked = meta.get("INTERPOLATION")
    if asked is None:
        return "hermite", _UNASKED_DEGREE
    name = asked.value.upper()
    if name == "LINEAR":
        return "lagrange", 1
    meta.require("INTERPOLATION", "INTERPOLATION_DEGREE")
    degree = meta.needed("INTERPOLATION_DEGREE").number()
    least = {"LAGRANGE": 1, "HERMITE": 3}.get(name)
    if least is None or degree % 1 or not least <= degree <= _HIGHEST_DEGREE:
        raise asked.fault(
            f"interpolation by {asked.value} of degree {degree:g}",
            f"HERMITE of degree 3 to {_HIGHEST_DEGREE}, LAGRANGE of degree 1 to {_HIGHEST_DEGREE} "
            "and LINEAR are read",
            "Ask for one of these, or leave INTERPOLATION out for HERMITE of degree 7.",
        )
    return ("hermite", int(degree)) if name == "HERMITE" else ("lagrange", int(degree))


def _check_epochs(tdb_s: FloatArray, part: OemPart, meta: Fields, time_system: str) -> None:
    """Nothing; raises IlrsError for epochs that do not rise or end before they should."""
    rises = np.diff(tdb_s) > 0.0
    if not rises.all():
        k = int(np.argmin(rises)) + 1
        raise part.place(k).fault(
            f"a state at {part.rows[k][0]} behind one at {part.rows[k - 1][0]}",
            "states stand in the order of time, each epoch once",
            "Sort the states and drop the repeated ones.",
        )
    stop = meta.needed("STOP_TIME")
    missing_s = meta.epoch_tdb_s("STOP_TIME", time_system) - tdb_s[-1]
    if missing_s > tdb_s[-1] - tdb_s[-2]:
        raise stop.fault(
            f"states up to {part.rows[-1][0]}, {missing_s:.6g} s before STOP_TIME {stop.value}",
            "the states of a segment reach to its STOP_TIME",
            "Ask the sender for the whole file, or correct STOP_TIME.",
        )


def _usable(meta: Fields, time_system: str, tdb_s: FloatArray) -> tuple[float, float]:
    """The span in which the segment may be used; all of it where the file says nothing."""
    span = [tdb_s[0], tdb_s[-1]]
    for k, key in enumerate(("USEABLE_START_TIME", "USEABLE_STOP_TIME")):
        told = meta.get(key)
        if told is None:
            continue
        span[k] = meta.epoch_tdb_s(key, time_system)
        if not tdb_s[0] <= span[k] <= tdb_s[-1] or span[1] <= span[0]:
            raise told.fault(
                f"{key} {told.value}",
                "a usable span lies within the states, and ends after it begins",
                "Correct the epoch, or leave it out.",
            )
    return span[0], span[1]
