"""When antennas on the Moon see craft over their terrain, to a hundredth of a second.

Over any part of a craft's way the craft is enclosed in a ball: its place in the middle, and as far
around as its greatest speed can take it. From the antenna the ball fills a cone. The cone bounds
the elevation; the highest and lowest terrain in the azimuths that it spans bound the horizon. Where
these bounds do not tell whether the craft is up, the part is halved
(`ilrs.foundation.windows.certain_windows`). So no window is missed for want of a fine step, over
needles and notches in the terrain too.

Geometry at one instant, without light time and aberration: within 18,000 km a signal takes 0.06 s
or less, so the two ends may count an edge by so much later or earlier; directions change by less
than the craft's speed over that of light, 0.0004 deg.
"""

import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeAlias

import numba
import numpy as np
import numpy.typing as npt

from ilrs.foundation.compiled import compiled, compiled_part
from ilrs.foundation.errors import IlrsError
from ilrs.foundation.windows import Windows, certain_windows
from ilrs.orbits.frames import Orientation
from ilrs.orbits.skyline import Skyline, SurfaceAntenna, skyline
from ilrs.orbits.track import MoonFixedTrack, moon_fixed_track
from ilrs.orbits.trajectory import Trajectory, begun_piece
from ilrs.sky.directions import angle_rad

__all__ = ["clearance_bounds_rad", "surface_access", "track_access"]

FloatArray: TypeAlias = npt.NDArray[np.float64]

_OPEN = 4.0  # no elevation is farther than this from another [rad]


def surface_access(
    trajectories: Sequence[Trajectory],
    antennas: Sequence[SurfaceAntenna],
    *,
    span_s: tuple[float, float],
    orientation: Orientation,
) -> dict[tuple[str, str], Windows]:
    """Windows (TDB past J2000) in which each antenna sees each craft, by (craft, antenna).

    A craft is seen above the terrain, the antenna's mask and the Moon itself; edges are right to
    0.01 s, and no window or gap of 1 s is missed. The antennas stand in the body frame of the
    orientation. Raises IlrsError for names that repeat, TrajectoryRangeError for a span that a
    trajectory does not cover.
    """
    _check_names([trajectory.name for trajectory in trajectories], "craft")
    _check_names([antenna.name for antenna in antennas], "antennas")
    skylines = [skyline(antenna) for antenna in antennas]
    found = {}
    with ThreadPoolExecutor(numba.get_num_threads()) as pool:
        for trajectory in trajectories:
            track = moon_fixed_track(trajectory, span_s, orientation=orientation)
            windows = pool.map(partial(track_access, track), skylines)
            for antenna, seen in zip(antennas, windows, strict=True):
                found[trajectory.name, antenna.name] = seen
    return found


def track_access(track: MoonFixedTrack, over: Skyline) -> Windows:
    """Windows (TDB past J2000) in which a craft on its track is seen over a skyline."""

    def bounds(t_s: FloatArray, half_s: FloatArray) -> tuple[FloatArray, FloatArray]:
        low, high = np.empty_like(t_s), np.empty_like(t_s)
        _clearances(
            t_s, half_s, track.edges_s, track.coefficients, track.speed_m_s, *over, low, high
        )
        return low, high

    cells = np.stack([track.edges_s[:-1], track.edges_s[1:]], axis=1)
    up = _may_be_up(
        track.middle_m, 0.5 * np.diff(track.edges_s) * track.speed_m_s, over.axes[2],
        over.radius_m, float(np.sin(over.least_rad)),
    )  # fmt: skip
    return certain_windows(bounds, cells[up], span_s=track.span_s)


def clearance_bounds_rad(
    position_m: FloatArray, reach_m: FloatArray, *, over: Skyline
) -> tuple[FloatArray, FloatArray]:
    """Bounds of the elevation, above all that a skyline hides, of what balls hold. [rad]

    Balls (n, 3) and (n,) in the body frame. For one well below, they are -4 and 0: only their signs
    count.
    """
    low, high = np.empty_like(reach_m), np.empty_like(reach_m)
    _ball_clearances(position_m, reach_m, *over, low, high)
    return low, high


def _check_names(names: Sequence[str], what: str) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise IlrsError(
            f"{what} that share the name {', '.join(twice)}",
            "windows are told apart by the names of both ends",
            "Give each a name of its own.",
        )


def _may_be_up(
    middle_m: FloatArray, reach_m: FloatArray, zenith: FloatArray, radius_m: float,
    least_sine: float,
) -> npt.NDArray[np.bool_]:  # fmt: skip
    """Whether a craft may rise, in each piece, above the lowest elevation of all that hides it.

    A quick look at every ball of a track, (3, n), before any is looked at closely.
    """
    x, y, z = middle_m
    up = zenith[0] * x + zenith[1] * y + zenith[2] * z - radius_m
    square = x * x + y * y + z * z - radius_m * (2.0 * up + radius_m)
    side = -1.0 if least_sine > 0.0 else 1.0
    nearest = np.sqrt(np.maximum(square, 0.0)) + side * reach_m
    return np.asarray(up + reach_m >= least_sine * nearest)


@compiled_part(makes_arrays=False)
def _piece(t: float, k: int, edges_s: FloatArray) -> int:
    """The piece that holds an instant, sought with growing strides from the piece of the last."""
    last = edges_s.size - 2
    if t < edges_s[k]:
        return begun_piece(t, edges_s, k)
    stride = 1
    low = high = k
    while high < last and edges_s[high + 1] < t:
        low, high = high, min(high + stride, last)
        stride *= 2
    while low < high:
        middle = (low + high) // 2
        if edges_s[middle + 1] < t:
            low = middle + 1
        else:
            high = middle
    return low


@compiled_part(makes_arrays=False)
def _knot(azimuth_rad: float, knots_rad: FloatArray, first: npt.NDArray[np.int64]) -> int:
    """The last knot at or before an azimuth from 0 to 4 pi."""
    k = int(first[min(int(azimuth_rad * (first.size / (4.0 * np.pi))), first.size - 1)])
    while knots_rad[k] > azimuth_rad:  # a bin's edge may round past its knot
        k -= 1
    while k < knots_rad.size - 2 and knots_rad[k + 1] <= azimuth_rad:
        k += 1
    return k


@compiled_part(makes_arrays=False)
def _between(azimuth_rad: float, k: int, knots_rad: FloatArray, values: FloatArray) -> float:
    share = (azimuth_rad - knots_rad[k]) / (knots_rad[k + 1] - knots_rad[k])
    return float(values[k] + share * (values[k + 1] - values[k]))


@compiled_part(makes_arrays=False)
def _extremes(
    azimuth_rad: float, reach_rad: float, knots_rad: FloatArray, values: FloatArray,
    first: npt.NDArray[np.int64], lowest: FloatArray, highest: FloatArray,
) -> tuple[float, float]:  # fmt: skip
    """Lowest and highest horizon within a reach of an azimuth. [rad]"""
    start = azimuth_rad - reach_rad
    start = start + 2.0 * np.pi if start < 0.0 else start
    i = _knot(start, knots_rad, first)
    low = high = _between(start, i, knots_rad, values)
    if reach_rad == 0.0:
        return low, high
    end = start + 2.0 * reach_rad
    j = _knot(end, knots_rad, first)
    last = _between(end, j, knots_rad, values)
    low, high = min(low, last), max(high, last)
    count = j - i  # knots inside: i + 1 to j
    if count > 0:
        level, run = 0, 1
        while 2 * run <= count:
            level, run = level + 1, 2 * run
        low = min(low, lowest[level, i + 1], lowest[level, j + 1 - run])
        high = max(high, highest[level, i + 1], highest[level, j + 1 - run])
    return low, high


@compiled_part(makes_arrays=False, inline="always")
def _half_angle(reach_m: float, distance_m: float) -> float:
    """No less than half the angle that a ball fills, or half a turn where it may hold the eye."""
    if reach_m > 0.7 * distance_m:
        return math.asin(reach_m / distance_m) if reach_m < distance_m else math.pi
    # asin a <= tan(asin a), which needs no call
    return reach_m / math.sqrt(distance_m * distance_m - reach_m * reach_m)


@compiled_part(makes_arrays=False)
def _clearance(
    x: float, y: float, z: float, reach: float, axes: FloatArray, radius_m: float,
    floor_rad: float, least_sine: float, knots_rad: FloatArray, horizon_rad: FloatArray,
    first: npt.NDArray[np.int64], lowest: FloatArray, highest: FloatArray,
) -> tuple[float, float]:  # fmt: skip
    """Bounds of the elevation, above what must be seen over, of all that a ball holds. [rad]

    For a ball well below, they are -4 and 0: only their signs count.
    """
    up = axes[2, 0] * x + axes[2, 1] * y + axes[2, 2] * z - radius_m
    # Seen from the antenna, which stands on the axis `up`.
    distance = np.sqrt(max(x * x + y * y + z * z - radius_m * (2.0 * up + radius_m), 0.0))
    nearest = distance - reach if least_sine > 0.0 else distance + reach
    if up + reach < least_sine * nearest:
        return -_OPEN, 0.0
    if reach >= distance:
        return -_OPEN, _OPEN
    east = axes[0, 0] * x + axes[0, 1] * y + axes[0, 2] * z
    north = axes[1, 0] * x + axes[1, 1] * y + axes[1, 2] * z
    level = np.sqrt(east * east + north * north)
    azimuth = angle_rad(east, north)
    azimuth = azimuth + 2.0 * np.pi if azimuth < 0.0 else azimuth
    turn = _half_angle(reach, level)
    under, over = _extremes(azimuth, turn, knots_rad, horizon_rad, first, lowest, highest)
    elevation, spread = angle_rad(up, level), _half_angle(reach, distance)
    return elevation - spread - max(over, floor_rad), elevation + spread - max(under, floor_rad)


@compiled(makes_arrays=False, nogil=True)
def _clearances(
    t_s: FloatArray, half_s: FloatArray, edges_s: FloatArray, coefficients: FloatArray,
    speed_m_s: FloatArray, axes: FloatArray, radius_m: float, floor_rad: float, least_rad: float,
    knots_rad: FloatArray, horizon_rad: FloatArray, first: npt.NDArray[np.int64],
    lowest: FloatArray, highest: FloatArray, low: FloatArray, high: FloatArray,
) -> None:  # fmt: skip
    """Bounds of the elevation above what must be seen over, within half_s of each instant. [rad]

    Instants come in order of time or nearly so.
    """
    top = coefficients.shape[1] - 1
    least_sine = np.sin(least_rad)
    k: Any = np.int64(0)  # a plain 0 would compile the search for itself too
    for n in range(t_s.size):
        t = t_s[n]
        k = _piece(t, k, edges_s)
        x2 = 2.0 * (2.0 * t - edges_s[k] - edges_s[k + 1]) / (edges_s[k + 1] - edges_s[k])
        x = y = z = x_before = y_before = z_before = 0.0
        for degree in range(top, 0, -1):  # Clenshaw's recurrence
            x, x_before = coefficients[k, degree, 0] + x2 * x - x_before, x
            y, y_before = coefficients[k, degree, 1] + x2 * y - y_before, y
            z, z_before = coefficients[k, degree, 2] + x2 * z - z_before, z
        x = coefficients[k, 0, 0] + 0.5 * x2 * x - x_before
        y = coefficients[k, 0, 1] + 0.5 * x2 * y - y_before
        z = coefficients[k, 0, 2] + 0.5 * x2 * z - z_before
        low[n], high[n] = _clearance(
            x, y, z, speed_m_s[k] * half_s[n], axes, radius_m, floor_rad, least_sine,
            knots_rad, horizon_rad, first, lowest, highest,
        )  # fmt: skip


@compiled(makes_arrays=False, nogil=True)
def _ball_clearances(
    position_m: FloatArray, reach_m: FloatArray, axes: FloatArray, radius_m: float,
    floor_rad: float, least_rad: float, knots_rad: FloatArray, horizon_rad: FloatArray,
    first: npt.NDArray[np.int64], lowest: FloatArray, highest: FloatArray, low: FloatArray,
    high: FloatArray,
) -> None:  # fmt: skip
    """The same bounds for balls (n, 3), (n,) in the body frame, whatever they enclose. [rad]"""
    least_sine = np.sin(least_rad)
    for n in range(reach_m.size):
        low[n], high[n] = _clearance(
            position_m[n, 0], position_m[n, 1], position_m[n, 2], reach_m[n], axes, radius_m,
            floor_rad, least_sine, knots_rad, horizon_rad, first, lowest, highest,
        )  # fmt: skip
