"""Time: ISO 8601 UTC at the door, seconds TDB inside.

The inner scale is TDB seconds past J2000 (2000-01-01T12:00:00 TDB), the ephemeris time of JPL's
kernels. A run counts its own seconds TDB from its epoch, `t_s`.
"""

import re
from datetime import UTC, datetime
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from ilrs.foundation.errors import IlrsError

__all__ = [
    "DAY_S",
    "JULIAN_YEAR_S",
    "TIME_SYSTEMS",
    "epoch_from_tdb",
    "parse_utc",
    "tdb_from_epoch",
    "tdb_from_utc",
    "time_grid",
    "utc_from_tdb",
    "utc_text",
]

DAY_S = 86400.0
JULIAN_YEAR_S = 365.25 * DAY_S

FloatArray: TypeAlias = npt.NDArray[np.float64]
UtcArray: TypeAlias = npt.NDArray[np.datetime64]

# TAI - UTC in whole seconds from each date on; IERS Bulletin C, the same table as NAIF's
# naif0012.tls. No leap second has been announced after 2017-01-01 (Bulletin C 72, July 2026).
_LEAP_SECONDS = (
    ("1972-01-01", 10), ("1972-07-01", 11), ("1973-01-01", 12), ("1974-01-01", 13),
    ("1975-01-01", 14), ("1976-01-01", 15), ("1977-01-01", 16), ("1978-01-01", 17),
    ("1979-01-01", 18), ("1980-01-01", 19), ("1981-07-01", 20), ("1982-07-01", 21),
    ("1983-07-01", 22), ("1985-07-01", 23), ("1988-01-01", 24), ("1990-01-01", 25),
    ("1991-01-01", 26), ("1992-07-01", 27), ("1993-07-01", 28), ("1994-07-01", 29),
    ("1996-01-01", 30), ("1997-07-01", 31), ("1999-01-01", 32), ("2006-01-01", 33),
    ("2009-01-01", 34), ("2012-07-01", 35), ("2015-07-01", 36), ("2017-01-01", 37),
)  # fmt: skip
_LEAP_DATES = np.array([date for date, _ in _LEAP_SECONDS], dtype="datetime64[ns]")
_TAI_MINUS_UTC = np.array([seconds for _, seconds in _LEAP_SECONDS], dtype=np.float64)
_TT_MINUS_TAI_S = 32.184
# What each even scale is ahead of TAI; UTC is not even and TDB swings about TT.
_AHEAD_OF_TAI_S = {"GPS": -19.0, "TAI": 0.0, "TT": _TT_MINUS_TAI_S}

#: The scales in which epochs are read and written.
TIME_SYSTEMS = ("UTC", "TDB", "TT", "TAI", "GPS")
_J2000_NOON = np.datetime64("2000-01-01T12:00:00", "ns")
_LAST_YEAR = 2261  # 64 bits of nanoseconds around 1970 hold 1678 to 2261 in full
_FURTHEST_S = 262 * JULIAN_YEAR_S
_ISO = re.compile(
    r"^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(\.\d+)?)?)?(Z|\+00:00)?$"
)


def parse_utc(text: str) -> Any:
    """UTC instant of an ISO 8601 text, as datetime64[ns]; a bare date means its midnight.

    Raises IlrsError for a text that is not a date, names another zone, lies before 1972, when UTC
    took its present form, or after 2261, where nanoseconds in 64 bits end.
    """
    text = str(text).strip()
    match = _ISO.match(text)
    try:
        if match is None:
            raise ValueError(text)
        year, month, day, hour, minute, second = (int(part or 0) for part in match.groups()[:6])
        moment = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        raise IlrsError(
            f"{text!r} is not a UTC date",
            "ISO 8601 in UTC is read, such as 2035-01-01 or 2035-01-01T06:00:00Z",
            "Write the date so, without another time zone.",
        ) from None
    if year < 1972:
        raise IlrsError(
            f"{text!r} lies before 1972-01-01",
            "UTC with whole leap seconds begins there",
            "Choose a later date.",
        )
    if year > _LAST_YEAR:
        raise IlrsError(
            f"{text!r} lies after {_LAST_YEAR}-12-31",
            "instants are counted in nanoseconds, which end there",
            "Choose an earlier date.",
        )
    fraction_ns = round(float(match.group(7) or 0.0) * 1e9)
    return np.datetime64(moment.replace(tzinfo=None), "ns") + np.timedelta64(fraction_ns, "ns")


def utc_text(utc: Any) -> str:
    """ISO 8601 text of a UTC instant, to the second, ending in Z."""
    return f"{np.datetime_as_string(np.datetime64(utc, 's'))}Z"


def _tai_minus_utc_s(utc: UtcArray) -> FloatArray:
    index = np.searchsorted(_LEAP_DATES, utc, side="right") - 1
    return np.asarray(_TAI_MINUS_UTC[np.maximum(index, 0)], dtype=np.float64)


def _tdb_minus_tt_s(tt_s: FloatArray) -> FloatArray:
    """TDB - TT in seconds; the one-term form of NAIF's leap-second kernel, good to 30 us."""
    mean_anomaly = 6.239996 + 1.99096871e-7 * tt_s
    return np.asarray(1.657e-3 * np.sin(mean_anomaly + 1.671e-2 * np.sin(mean_anomaly)))


def tdb_from_utc(utc: Any) -> FloatArray:
    """TDB seconds past J2000 of UTC instants; any shape of datetime64 in, the same shape out."""
    utc_ns = np.asarray(utc, dtype="datetime64[ns]")
    elapsed_s = (utc_ns - _J2000_NOON).astype(np.int64) / 1e9
    tt_s = elapsed_s + _tai_minus_utc_s(utc_ns) + _TT_MINUS_TAI_S
    return np.asarray(tt_s + _tdb_minus_tt_s(tt_s))


def utc_from_tdb(tdb_s: Any) -> UtcArray:
    """UTC instants (datetime64[ns], rounded to the microsecond) of TDB seconds past J2000.

    Raises IlrsError beyond 262 years from J2000, where nanoseconds in 64 bits end, and for epochs
    that are no numbers.
    """
    tdb = np.asarray(tdb_s, dtype=np.float64)
    beyond = ~(np.abs(tdb) <= _FURTHEST_S)
    if beyond.any():
        raise IlrsError(
            f"an epoch of {tdb[beyond].flat[0]:g} s TDB past J2000",
            "UTC is written within 262 years of J2000, 8.26809e9 s",
            "Shorten the span.",
        )
    tt_s = tdb - _tdb_minus_tt_s(tdb)
    utc = _J2000_NOON + _microseconds(tt_s - _TT_MINUS_TAI_S - _TAI_MINUS_UTC[-1])
    for _ in range(2):  # the leap-second count depends on the answer; the second pass settles it
        utc = _J2000_NOON + _microseconds(tt_s - _TT_MINUS_TAI_S - _tai_minus_utc_s(utc))
    return np.asarray(utc, dtype="datetime64[ns]")


def tdb_from_epoch(epoch: Any, *, time_system: str) -> FloatArray:
    """TDB seconds past J2000 of instants (datetime64, any shape) told in one of TIME_SYSTEMS.

    Raises IlrsError for another scale.
    """
    if time_system == "UTC":
        return tdb_from_utc(epoch)
    _require_known(time_system)
    epoch_ns = np.asarray(epoch, dtype="datetime64[ns]")
    elapsed_s = (epoch_ns - _J2000_NOON).astype(np.int64) / 1e9
    if time_system == "TDB":
        return np.asarray(elapsed_s)
    tt_s = elapsed_s + (_TT_MINUS_TAI_S - _AHEAD_OF_TAI_S[time_system])
    return np.asarray(tt_s + _tdb_minus_tt_s(tt_s))


def epoch_from_tdb(tdb_s: Any, *, time_system: str) -> UtcArray:
    """Instants (datetime64[ns], rounded to the microsecond) in one of TIME_SYSTEMS.

    Raises IlrsError for another scale, and as `utc_from_tdb` does.
    """
    utc = utc_from_tdb(tdb_s)  # says what is too far away
    if time_system == "UTC":
        return utc
    _require_known(time_system)
    tdb = np.asarray(tdb_s, dtype=np.float64)
    if time_system == "TDB":
        return np.asarray(_J2000_NOON + _microseconds(tdb), dtype="datetime64[ns]")
    tt_s = tdb - _tdb_minus_tt_s(tdb)
    elapsed_s = tt_s - (_TT_MINUS_TAI_S - _AHEAD_OF_TAI_S[time_system])
    return np.asarray(_J2000_NOON + _microseconds(elapsed_s), dtype="datetime64[ns]")


def _require_known(time_system: str) -> None:
    if time_system not in TIME_SYSTEMS:
        raise IlrsError(
            f"epochs in the time system {time_system!r}",
            f"the possible ones are {', '.join(TIME_SYSTEMS)}",
            "Convert the epochs to one of these.",
        )


def _microseconds(seconds: FloatArray) -> Any:
    return np.round(seconds * 1e6).astype(np.int64).astype("timedelta64[us]")


def time_grid(start: Any, end: Any, step_s: float) -> UtcArray:
    """UTC instants from `start` on, `step_s` apart, the last before `end` (half open).

    Raises IlrsError for a step that is not positive and finite, and for a span that is empty.
    """
    start_ns, end_ns = np.datetime64(start, "ns"), np.datetime64(end, "ns")
    if not 1e-9 <= step_s < np.inf:
        raise IlrsError(
            f"a time step of {step_s:g} s",
            "a step is a number of seconds longer than 0",
            "Write a step such as '1 h'.",
        )
    if end_ns <= start_ns:
        raise IlrsError(
            f"a span from {utc_text(start_ns)} to {utc_text(end_ns)} is empty",
            "the end of a span lies after its start",
            "Exchange or correct the two dates.",
        )
    step_ns = np.timedelta64(round(step_s * 1e9), "ns")
    return np.arange(start_ns, end_ns, step_ns, dtype="datetime64[ns]")
