"""Chebyshev segments, as SPK and binary PCK kernels hold them: chosen by time and evaluated.

A segment is a table of records over equal intervals; a record holds the middle and the half length
of its interval and the coefficients of each component (NAIF's "SPK Required Reading", types 2 and
3, and "PCK Required Reading", type 2).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from ilrs.foundation.compiled import compiled
from ilrs.foundation.errors import IlrsError
from ilrs.foundation.time import parse_utc, tdb_from_utc, utc_from_tdb
from ilrs.foundation.windows import Windows
from ilrs.sky.daf import Daf, DafArray

__all__ = [
    "EphemerisRangeError",
    "Segment",
    "evaluate",
    "read_segment",
    "require_covered",
    "span_text",
    "utc_label",
]

FloatArray: TypeAlias = npt.NDArray[np.float64]

_BLOCK = 128  # epochs worked on together: five scratch rows of this length stay in the first cache


class EphemerisRangeError(IlrsError):
    """Epochs outside what a kernel covers; `possible` names the span."""


@dataclass(frozen=True, slots=True, eq=False)
class Segment:
    """One segment: the span it covers in seconds TDB past J2000, and its records."""

    data_type: int  # as the kernel numbers it; 2: values, 3: values and rates
    start_s: float
    end_s: float
    initial_s: float
    interval_s: float
    records: FloatArray

    def states(self, tdb_s: FloatArray) -> tuple[FloatArray, FloatArray]:
        """The three components and their rates per second, each of shape (3, n)."""
        values, rates = np.empty((3, tdb_s.size)), np.empty((3, tdb_s.size))
        room = np.empty((5, _BLOCK))
        place = (room, self.records, self.initial_s, self.interval_s, tdb_s)
        per_component = (self.records.shape[1] - 2) // (3 * (self.data_type - 1))
        _chebyshev(*place, per_component, 2, values, rates)
        if self.data_type == 3:  # its rates have polynomials of their own
            _chebyshev(*place, per_component, 2 + 3 * per_component, rates, np.empty_like(rates))
        return values, rates


def read_segment(daf: Daf, array: DafArray, *, data_type: int) -> Segment:
    """The segment that one array of a kernel holds.

    Raises IlrsError, naming the type, where it is no Chebyshev segment of type 2 or 3.
    """
    if data_type not in (2, 3):
        raise IlrsError(
            f"{array.name!r} in {daf.path.name} is a segment of type {data_type}",
            "segments of types 2 and 3 (Chebyshev polynomials) are read",
            "Choose another body, or a kernel that holds this one as polynomials.",
        )
    words = daf.words(array)
    initial_s, interval_s, width, count = words[-4:]
    records = words[: int(width) * int(count)].reshape(int(count), int(width))
    start_s, end_s = array.doubles[:2]
    return Segment(data_type, start_s, end_s, float(initial_s), float(interval_s), records)


def evaluate(segments: Sequence[Segment], tdb_s: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Components and rates per second at each epoch, (3, n) each.

    The first segment that covers an epoch answers for it. Epochs outside all of them give no error
    and no sense: ask `require_covered` before.
    """
    low, high = tdb_s.min(initial=np.inf), tdb_s.max(initial=-np.inf)
    near = [s for s in segments if s.start_s <= high and low <= s.end_s]
    if not near or (near[0].start_s <= low and high <= near[0].end_s):
        return (near or segments)[0].states(tdb_s)
    values, rates = np.empty((3, tdb_s.size)), np.empty((3, tdb_s.size))
    for segment in reversed(near):  # what comes first has the last word
        inside = (segment.start_s <= tdb_s) & (tdb_s <= segment.end_s)
        values[:, inside], rates[:, inside] = segment.states(tdb_s[inside])
    return values, rates


def require_covered(
    segments: Sequence[Segment], tdb_s: FloatArray, *, subject: str, kernel: str, mend: str
) -> None:
    """Nothing; raises EphemerisRangeError for an epoch outside the segments, or not a number."""
    if tdb_s.size == 0:
        return
    low, high = float(tdb_s.min()), float(tdb_s.max())
    if any(s.start_s <= low and high <= s.end_s for s in segments):
        return
    outside = ~np.any([(s.start_s <= tdb_s) & (tdb_s <= s.end_s) for s in segments], axis=0)
    if outside.any():
        bad = tdb_s[outside]
        raise EphemerisRangeError(
            f"no {subject} at {utc_label(bad[0])} ({bad.size} of {tdb_s.size} epochs)",
            f"{kernel} covers {span_text(segments)}",
            mend,
        )


def span_text(segments: Sequence[Segment]) -> str:
    """The spans that segments cover, in UTC, as text for people."""
    spans = Windows((s.start_s, s.end_s) for s in segments)
    return ", ".join(f"{utc_label(a)} to {utc_label(b)}" for a, b in spans)


def utc_label(tdb_s: float) -> str:
    """UTC of an epoch to the second, for messages; also where no UTC is defined.

    Kernels reach centuries past UTC; there the nearest leap-second count known is kept.
    """
    if not np.isfinite(tdb_s):
        return "an epoch that is not a number"
    known = tdb_from_utc([parse_utc("1972-01-01"), parse_utc("2200-01-01")])
    near_s = np.clip(tdb_s, *known)
    moment = utc_from_tdb(near_s) + np.timedelta64(500, "ms")  # rounds, as the next line cuts
    whole = moment.astype("datetime64[s]") + np.timedelta64(round(tdb_s - float(near_s)), "s")
    return f"{whole}Z"


@compiled(makes_arrays=False)
def _chebyshev(
    room: FloatArray,
    records: FloatArray,
    initial_s: float,
    interval_s: float,
    tdb_s: FloatArray,
    count: int,
    first: int,
    values: FloatArray,
    rates: FloatArray,
) -> None:
    """Clenshaw's recurrence and its derivative, for runs of epochs that share a record.

    Within a run the coefficients are constants, so the loops over epochs become vector
    instructions: 10 ns per epoch and body where single epochs cost 100 ns.
    """
    b1, b2, d1, d2, x2 = room[0], room[1], room[2], room[3], room[4]
    start = 0
    while start < tdb_s.size:
        row = min(max(int((tdb_s[start] - initial_s) / interval_s), 0), records.shape[0] - 1)
        record = records[row]
        middle, half = record[0], record[1]
        stop, furthest = start + 1, min(tdb_s.size, start + _BLOCK)
        while stop < furthest and -half <= tdb_s[stop] - middle < half:
            stop += 1
        run = stop - start
        for j in range(run):
            x2[j] = 2.0 * (tdb_s[start + j] - middle) / half
        for component in range(3):
            coefficients = record[first + component * count : first + (component + 1) * count]
            top = count - 1
            for j in range(run):
                b1[j] = coefficients[top] if top % 2 else 0.0
                b2[j] = d1[j] = d2[j] = 0.0
            top -= top % 2
            # Two steps at a time, so that the recurrence needs no third scratch row.
            for k in range(top, 0, -2):
                upper, lower = coefficients[k], coefficients[k - 1]
                for j in range(run):
                    d2[j] = 2.0 * b1[j] + x2[j] * d1[j] - d2[j]
                    b2[j] = upper + x2[j] * b1[j] - b2[j]
                    d1[j] = 2.0 * b2[j] + x2[j] * d2[j] - d1[j]
                    b1[j] = lower + x2[j] * b2[j] - b1[j]
            for j in range(run):
                values[component, start + j] = coefficients[0] + 0.5 * x2[j] * b1[j] - b2[j]
                rates[component, start + j] = (b1[j] + 0.5 * x2[j] * d1[j] - d2[j]) / half
        start = stop
