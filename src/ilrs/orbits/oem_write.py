"""Orbit ephemeris messages (CCSDS 502.0-B, OEM) of trajectories, as KVN or XML.

The same trajectory gives the same bytes: nothing is taken from a clock. A message is written only
where who reads it gets the trajectory back: the Hermite polynomials that it asks for are compared
with the trajectory between the states.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from ilrs.foundation.errors import IlrsError
from ilrs.foundation.time import epoch_from_tdb, tdb_from_epoch
from ilrs.orbits.covariance import COVARIANCE_KEYS, Covariances, lower_triangle
from ilrs.orbits.ndm_write import (
    ORIGINATOR,
    Form,
    Row,
    comment_rows,
    epoch_text,
    form_of,
    kvn_text,
    write_message,
    written_by,
    xml_text,
)
from ilrs.orbits.reference import from_moon_icrf, turns_to_icrf
from ilrs.orbits.trajectory import Trajectory, states_trajectory
from ilrs.sky.orientation import Orientation
from ilrs.sky.segments import utc_label

__all__ = ["oem_text", "write_oem"]

FloatArray: TypeAlias = npt.NDArray[np.float64]

_VERSION = "2.0"
_NEIGHBOURS = 4  # states that bind a polynomial, whose degree is 7
_STEPS_S = (600.0, 300.0, 120.0, 60.0, 30.0, 20.0, 10.0, 5.0, 2.0, 1.0)
_STATE = ("X", "Y", "Z", "X_DOT", "Y_DOT", "Z_DOT")
_MICROSECOND = np.timedelta64(1, "us")


@dataclass(frozen=True, slots=True, eq=False)
class _Segment:
    """What one segment says, in the frame and scale of the message."""

    meta: list[Row]
    epochs: Sequence[str]
    states: FloatArray  # (n, 6), km and km/s
    covariances: Sequence[tuple[str, FloatArray]]  # epoch and lower triangle, km and s


def write_oem(
    path: Path | str, trajectories: Trajectory | Iterable[Trajectory], **options: Any
) -> None:
    """Writes the message of `oem_text`, in XML where the file's name ends in .xml.

    The options are those of `oem_text`. Raises IlrsError as it does, and where the place cannot be
    written.
    """
    options.setdefault("form", form_of(Path(path)))
    write_message(oem_text(trajectories, **options), Path(path))


def oem_text(
    trajectories: Trajectory | Iterable[Trajectory],
    *,
    form: Form = "kvn",
    step_s: float | None = None,
    tolerance_m: float = 1e-3,
    frame: str = "ICRF",
    time_system: str = "UTC",
    originator: str = ORIGINATOR,
    creation_date: str = "",
    object_ids: Mapping[str, str] | None = None,
    covariances: Mapping[str, Covariances] | None = None,
    comments: Sequence[str] = (),
    orientation: Orientation | None = None,
) -> str:
    """An OEM of trajectories, each span in which one is known a segment.

    States stand `step_s` apart, counted from the first; without it the longest of 600 s to 1 s that
    keeps the trajectory within `tolerance_m`. `object_ids` and `covariances` go by the
    trajectories' names. The creation date is that of the first state unless given. Raises
    IlrsError for a step that loses the trajectory, and for a frame or scale that is not known.
    """
    several = [trajectories] if isinstance(trajectories, Trajectory) else list(trajectories)
    if not several:
        raise IlrsError("an OEM of nothing", "it holds at least one trajectory", "Give one.")
    ids, known = object_ids or {}, covariances or {}
    segments = [
        _segment(
            trajectory, span, step_s=step_s, tolerance_m=tolerance_m, frame=frame,
            time_system=time_system, object_id=ids.get(trajectory.name, "UNKNOWN"),
            covariances=known.get(trajectory.name), orientation=orientation,
        )
        for trajectory in several
        for span in trajectory.known
    ]  # fmt: skip
    start_s = min(trajectory.span_tdb_s[0] for trajectory in several)
    created = creation_date or epoch_text(epoch_from_tdb(start_s, time_system="UTC"))
    header: list[Row] = comment_rows((written_by(), *comments))
    header += [("CREATION_DATE", created), ("ORIGINATOR", originator)]
    return "".join((_xml if form == "xml" else _kvn)(header, segments))


def _segment(
    trajectory: Trajectory,
    span: tuple[float, float],
    *,
    step_s: float | None,
    tolerance_m: float,
    frame: str,
    time_system: str,
    object_id: str,
    covariances: Covariances | None,
    orientation: Orientation | None,
) -> _Segment:
    epochs = _epochs(trajectory, span, step_s=step_s, tolerance_m=tolerance_m, system=time_system)
    tdb_s = np.clip(tdb_from_epoch(epochs, time_system=time_system), *span)
    position_m, velocity_m_s = from_moon_icrf(
        *trajectory.states(tdb_s), tdb_s=tdb_s, frame=frame, orientation=orientation
    )
    texts = [str(text) for text in np.datetime_as_string(epochs)]
    degree = 2 * min(_NEIGHBOURS, len(texts)) - 1
    meta = {
        "OBJECT_NAME": trajectory.name, "OBJECT_ID": object_id, "CENTER_NAME": "MOON",
        "REF_FRAME": frame, "TIME_SYSTEM": time_system, "START_TIME": texts[0],
        "STOP_TIME": texts[-1], "INTERPOLATION": "HERMITE", "INTERPOLATION_DEGREE": str(degree),
    }  # fmt: skip
    told = []
    if covariances is not None:
        within = (covariances.tdb_s >= span[0]) & (covariances.tdb_s <= span[1])
        instants, matrices = covariances.tdb_s[within], covariances.matrices[within]
        back = np.linalg.inv(turns_to_icrf(frame, instants, orientation=orientation))
        turned = back @ matrices @ np.swapaxes(back, 1, 2)
        at = epoch_from_tdb(instants, time_system=time_system)
        told = [
            (epoch_text(epoch), lower_triangle(matrix) / 1e6)
            for epoch, matrix in zip(at, turned, strict=True)
        ]
    said = comment_rows([trajectory.model] if trajectory.model else [])
    return _Segment(
        [*said, *meta.items()], texts,
        np.concatenate([position_m, velocity_m_s], axis=1) / 1e3, told,
    )  # fmt: skip


def _epochs(
    trajectory: Trajectory,
    span: tuple[float, float],
    *,
    step_s: float | None,
    tolerance_m: float,
    system: str,
) -> npt.NDArray[np.datetime64]:
    """Epochs of states in whole microseconds, the step of the caller or the longest that holds."""
    if step_s is not None and not 1e-3 <= step_s < np.inf:
        raise IlrsError(
            f"states every {step_s:g} s",
            "a step is a finite number of seconds from 0.001 on",
            "Write a step such as 60.",
        )
    for step in _STEPS_S if step_s is None else (step_s,):
        epochs = _grid(span, step, system)
        error_m = _reading_error_m(trajectory, span, tdb_from_epoch(epochs, time_system=system))
        if error_m <= tolerance_m:
            return epochs
    raise IlrsError(
        f"an OEM of {trajectory.name} from {utc_label(span[0])} with states every {step:g} s",
        f"whoever reads it comes off by {error_m:.3g} m between them, and {tolerance_m:g} m are "
        "allowed",
        "Shorten the step, or allow a larger tolerance_m.",
    )


def _grid(span: tuple[float, float], step_s: float, system: str) -> npt.NDArray[np.datetime64]:
    """Epochs inside the span, its two ends among them to the microsecond."""
    start, end = epoch_from_tdb(np.array(span), time_system=system).astype("datetime64[us]")
    first_s, last_s = tdb_from_epoch(np.array([start, end]), time_system=system)
    start = start + _MICROSECOND if first_s < span[0] else start
    end = end - _MICROSECOND if last_s > span[1] else end
    step = np.timedelta64(round(step_s * 1e6), "us")
    epochs = np.arange(start, end, step, dtype="datetime64[us]")
    if epochs.size > 1 and end - epochs[-1] < step / 2:
        epochs = epochs[:-1]  # two states that almost meet would bind a polynomial badly
    return np.append(epochs, end)


def _reading_error_m(trajectory: Trajectory, span: tuple[float, float], tdb_s: FloatArray) -> float:
    """Largest error of the polynomials that a reader draws, at the quarters between states. [m]"""
    tdb_s = np.clip(tdb_s, *span)
    position_m, velocity_m_s = trajectory.states(tdb_s)
    read = states_trajectory(
        tdb_s, position_m, velocity_m_s=velocity_m_s, name=trajectory.name, neighbours=_NEIGHBOURS
    )
    quarters = tdb_s[:-1, None] + np.array([0.25, 0.5, 0.75]) * np.diff(tdb_s)[:, None]
    off = read.position_m(quarters) - trajectory.position_m(quarters)
    return float(np.linalg.norm(off, axis=-1).max())


def _kvn(header: Sequence[Row], segments: Sequence[_Segment]) -> Iterator[str]:
    yield f"CCSDS_OEM_VERS = {_VERSION}\n"
    yield kvn_text(header)
    for segment in segments:
        yield f"\nMETA_START\n{kvn_text(segment.meta)}META_STOP\n\n"
        for epoch, state in zip(segment.epochs, segment.states.tolist(), strict=True):
            yield "%s %.9f %.9f %.9f %.12f %.12f %.12f\n" % (epoch, *state)  # noqa: UP031 - quicker
        if segment.covariances:
            yield "\nCOVARIANCE_START\n"
            for epoch, lower in segment.covariances:
                yield f"EPOCH = {epoch}\n"
                for row in range(6):
                    first = row * (row + 1) // 2
                    yield " ".join(f"{x:.15e}" for x in lower[first : first + row + 1]) + "\n"
            yield "COVARIANCE_STOP\n"


def _xml(header: Sequence[Row], segments: Sequence[_Segment]) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="UTF-8"?>\n'
    yield f'<oem id="CCSDS_OEM_VERS" version="{_VERSION}">\n'
    yield f"<header>\n{xml_text(header)}</header>\n<body>\n"
    for segment in segments:
        yield f"<segment>\n<metadata>\n{xml_text(segment.meta)}</metadata>\n<data>\n"
        for epoch, state in zip(segment.epochs, segment.states.tolist(), strict=True):
            told = [f"{x:.9f}" for x in state[:3]] + [f"{x:.12f}" for x in state[3:]]
            numbers = "".join(f"<{k}>{x}</{k}>" for k, x in zip(_STATE, told, strict=True))
            yield f"<stateVector><EPOCH>{epoch}</EPOCH>{numbers}</stateVector>\n"
        for epoch, lower in segment.covariances:
            entries = zip(COVARIANCE_KEYS, lower.tolist(), strict=True)
            numbers = "".join(f"<{key}>{x:.15e}</{key}>" for key, x in entries)
            yield f"<covarianceMatrix><EPOCH>{epoch}</EPOCH>{numbers}</covarianceMatrix>\n"
        yield "</data>\n</segment>\n"
    yield "</body>\n</oem>\n"
