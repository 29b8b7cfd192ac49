"""Numbers and dates as the book prints them, and spans of a run's time axis."""

import math

import numpy as np
import numpy.typing as npt

from ilrs.foundation.windows import Windows
from ilrs.study.run import Run

__all__ = ["moment", "number", "number_with_unit", "percent", "spans", "step_h"]

_THIN = "\N{NARROW NO-BREAK SPACE}"
_MINUS = "\N{MINUS SIGN}"
_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def number(value: float | None, *, digits: int = 4, signed: bool = False) -> str:
    """A number to so many significant digits, thousands apart; a dash where there is none."""
    if value is None or not math.isfinite(value):
        return "–"
    sign = _MINUS if value < 0 else "+" if signed and value > 0 else ""
    size = abs(value)
    if size and not 1e-4 <= size < 1e9:
        mantissa, exponent = f"{size:.{digits - 1}e}".split("e")
        mantissa = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
        return f"{sign}{mantissa} × 10{str(int(exponent)).translate(_SUPERSCRIPT)}"
    places = max(0, digits - 1 - math.floor(math.log10(size))) if size else 0
    text = f"{size:,.{places}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return sign + text.replace(",", _THIN)


def number_with_unit(value: float | None, unit: str, *, signed: bool = False) -> str:
    """A number and its unit: a ratio ("1") in per cent, a count and a missing number alone.

    A ratio below one in ten thousand stays a bare number: nobody reads 0.00000003 %.
    """
    if value is None or not math.isfinite(value):
        return number(None)
    if unit == "1" and (value == 0 or abs(value) >= 1e-4):
        value, unit = 100.0 * value, "%"
    text = number(value, signed=signed)
    return text if unit in ("1", "count", "") else f"{text}{_THIN}{unit}"


def percent(fraction: float) -> str:
    """A fraction as per cent, to a tenth; never rounded up to a whole that is not reached."""
    tenths = math.floor(1000.0 * fraction) if fraction < 1.0 else round(1000.0 * fraction)
    return f"{tenths / 10:g}{_THIN}%"


def step_h(run: Run) -> float:
    """Step of the run's time axis. [h]"""
    return float(run.environment.attrs["step_s"]) / 3600.0


def spans(run: Run, mask: npt.ArrayLike) -> Windows:
    """Windows of the cells in which a mask on `time` holds, in seconds from the run's epoch."""
    t_s = np.asarray(run.environment["t_s"].values, dtype=np.float64)
    edges = np.append(t_s, t_s[-1] + float(run.environment.attrs["step_s"]))
    return Windows.from_mask(edges, mask)


def moment(run: Run, t_s: float) -> str:
    """UTC of an instant of the run, to the minute: '2036-06-18 03:00'."""
    start = run.environment["time"].values[0]
    minutes = np.timedelta64(round(t_s / 60.0), "m")
    return str((start + minutes).astype("datetime64[m]")).replace("T", " ")
