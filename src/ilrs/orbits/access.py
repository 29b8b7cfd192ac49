"""When geometry allows a link: windows above a horizon and an antenna mask, and their gaps."""

from collections.abc import Callable, Iterable
from functools import reduce
from operator import or_
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from scipy.interpolate import CubicSpline

from ilrs.foundation.errors import IlrsError
from ilrs.foundation.windows import Windows, find_windows
from ilrs.orbits.kepler import MOON_RADIUS_M

__all__ = ["access_windows", "gaps", "longest_gap_s", "sampled_access", "sphere_horizon_deg"]

FloatArray: TypeAlias = npt.NDArray[np.float64]
Function: TypeAlias = Callable[[FloatArray], FloatArray]


def sphere_horizon_deg(height_m: npt.ArrayLike) -> FloatArray:
    """Elevation at which a site sees the edge of the 1737.4 km sphere: 0 or below. [deg]

    -acos(R / (R + h)) for a raised site. A site below the sphere (a crater floor) gets 0: what
    hides its sky is terrain, which a sphere says nothing about.
    """
    above = np.maximum(np.asarray(height_m, dtype=np.float64), 0.0)
    # acos(R / (R + h)) as an atan, which keeps its digits at small heights
    return np.asarray(
        -np.degrees(np.arctan(np.sqrt(above * (2 * MOON_RADIUS_M + above)) / MOON_RADIUS_M))
    )


def access_windows(
    elevation_deg: Function,
    span_s: tuple[float, float],
    *,
    horizon_deg: Function | float = 0.0,
    mask_deg: float = 0.0,
    step_s: float = 60.0,
    tolerance_s: float = 1.0,
) -> Windows:
    """Windows in which an elevation lies above both the horizon and the antenna's mask.

    `elevation_deg`, and `horizon_deg` where it is no number, are functions of an array of times
    [s]; edges are right to `tolerance_s`. Windows and gaps shorter than `step_s` may be missed: the
    step is the caller's promise.
    """

    def _is_clear(t_s: FloatArray) -> npt.NDArray[np.bool_]:
        horizon = horizon_deg(t_s) if callable(horizon_deg) else horizon_deg
        return np.asarray(elevation_deg(t_s) > np.maximum(horizon, mask_deg))

    return find_windows(_is_clear, span_s, step_s=step_s, tolerance_s=tolerance_s)


def sampled_access(
    t_s: npt.ArrayLike,
    elevation_deg: npt.ArrayLike,
    *,
    horizon_deg: npt.ArrayLike = 0.0,
    mask_deg: float = 0.0,
    tolerance_s: float = 1.0,
) -> Windows:
    """Access windows from samples: a cubic through the elevations, lines through the horizons.

    `horizon_deg` is one number or one value per time. The edges are those of the interpolation to
    `tolerance_s`; they are those of the sky only where the samples are dense (60 s for a low
    orbit). Raises IlrsError for times that do not rise, or values that do not match them.
    """
    t = np.asarray(t_s, dtype=np.float64)
    elevation = np.asarray(elevation_deg, dtype=np.float64)
    horizon = np.asarray(horizon_deg, dtype=np.float64)
    if t.ndim != 1 or t.size < 2 or not np.all(np.diff(t) > 0.0):
        raise IlrsError(
            f"access windows from {t.size} sample{'s' * (t.size != 1)} whose times do not all rise",
            "at least two samples in the order of time can be joined",
            "Sort the times and drop the repeated ones.",
        )
    if elevation.shape != t.shape or horizon.shape not in {(), t.shape}:
        raise IlrsError(
            f"{elevation.size} elevations and {horizon.size} horizons for {t.size} times",
            "there is one elevation per time, and one horizon per time or in all",
            "Compute all of them on the same times.",
        )
    horizon = np.broadcast_to(horizon, t.shape)
    return access_windows(
        CubicSpline(t, elevation),
        (float(t[0]), float(t[-1])),
        horizon_deg=lambda at_s: np.interp(at_s, t, horizon),
        mask_deg=mask_deg,
        step_s=float(np.diff(t).min()),
        tolerance_s=tolerance_s,
    )


def gaps(several: Iterable[Windows], span_s: tuple[float, float]) -> Windows:
    """The times inside a span in which none of several Windows holds."""
    return reduce(or_, several, Windows()).within(*span_s)


def longest_gap_s(several: Iterable[Windows], span_s: tuple[float, float]) -> float:
    """Longest time inside a span without any of several Windows; the whole span at worst. [s]"""
    return gaps(several, span_s).longest_s
