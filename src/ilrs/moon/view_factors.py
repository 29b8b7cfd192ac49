"""What ground sees of other ground: view factors between the pixels of a terrain grid.

A pixel looks along many azimuths. Walking outwards it keeps the steepest line of sight so far;
whatever rises above that line is seen, and fills the strip of sky between the old line and the new.
The strip's share of all the light that the pixel could receive has a closed form, so nothing is
counted twice, nothing near is singular, and strips and sky add up to one. The matrix stays small
because it is sampled: a strip names the one pixel in its middle, and far strips are long. (Means
over far blocks of pixels make fewer numbers still, but mix in ground behind the crest that nobody
sees: on a bowl's rim an eighth of the light of its brightest tenth was lost.)
"""

from typing import Any, NamedTuple, TypeAlias

import numba
import numpy as np
import numpy.typing as npt

from ilrs.foundation.errors import IlrsError
from ilrs.moon.facets import facet_normals
from ilrs.sky.directions import MOON_RADIUS_M

__all__ = ["ViewFactors", "plate_view", "received_w_m2", "view_factors"]

FloatArray: TypeAlias = npt.NDArray[np.float64]
Single: TypeAlias = npt.NDArray[np.float32]

_TOGETHER = 64  # steps of time carried through at once: the levels of 10^5 pixels then take 30 MB
# Samples along a ray, in pixels and as a share of distance: a crest that falls between two of them
# comes out low. Whole pixels and 2 % cost a bowl of 50 pixels 2.5 % of its view of itself.
_STEP_PIXELS, _GROWTH = 0.5, 0.01


class ViewFactors(NamedTuple):
    """Who sees whom on a grid; pixels are counted row by row.

    Pixel i sees the pixels `seen[starts[i]:starts[i + 1]]`, with `shares` of its view.
    """

    starts: npt.NDArray[np.int64]
    seen: npt.NDArray[np.int32]
    shares: Single
    sky: Single  # (rows, columns): what is left
    horizon_deg: Single  # (azimuths, rows, columns)
    grid_azimuths_deg: FloatArray  # clockwise from map up


def view_factors(
    heights_m: npt.ArrayLike, *, pixel_m: float, azimuths: int = 64, opening: float = 0.05
) -> ViewFactors:
    """View factors of every pixel of a grid towards every other, and what is left as sky. [1]

    `heights_m`, rows from north to south, above the 1737.4 km sphere. A strip reaches over a pixel
    or `opening` times its distance. Reciprocity (areas times factors equal both ways) holds as well
    as the rays sample the terrain, not exactly: docs/heat.md has figures. Beyond the grid the
    ground goes on at its lowest height, unseen: its light and heat count as none, so walls at the
    edge come out too cold. Raises IlrsError for holes and for fewer than 8 azimuths.
    """
    heights = np.ascontiguousarray(heights_m, dtype=np.float64)
    _check(heights, azimuths)
    azimuths_deg = (np.arange(azimuths) + 0.5) * 360.0 / azimuths  # off the axes of the grid
    azimuth = np.radians(azimuths_deg)
    plain = -np.sqrt(2.0 * (heights - heights.min() + 1.0) / MOON_RADIUS_M)
    counts = np.zeros(heights.size + 1, dtype=np.int64)
    sky = np.zeros(heights.shape, dtype=np.float32)
    horizon = np.empty((azimuths, *heights.shape), dtype=np.float32)
    arguments = (
        heights, facet_normals(heights, pixel_m=pixel_m), plain,
        np.stack([np.sin(azimuth), np.cos(azimuth)], axis=1), _distances(heights.shape),
        pixel_m, opening,
    )  # fmt: skip
    _look_around(*arguments, counts, np.empty(0, np.int32), np.empty(0, np.float32), sky, horizon)
    starts = np.cumsum(counts)
    seen = np.empty(starts[-1], dtype=np.int32)
    shares = np.empty(starts[-1], dtype=np.float32)
    _look_around(*arguments, starts, seen, shares, sky, horizon)
    return ViewFactors(starts, seen, shares, sky, horizon, azimuths_deg)


def received_w_m2(views: ViewFactors, leaving_w_m2: npt.ArrayLike) -> Single:
    """What each pixel gets from the ground it sees, shape (steps, pixels). [W m-2]

    `leaving_w_m2`, of the same shape, is what each pixel gives off in all directions (Lambert).
    """
    leaving = np.asarray(leaving_w_m2, dtype=np.float32)
    got = np.empty(leaving.shape, dtype=np.float32)
    for first in range(0, leaving.shape[0], _TOGETHER):
        block = np.ascontiguousarray(leaving[first : first + _TOGETHER].T)
        sums = np.zeros(block.shape, dtype=np.float32)
        _gather(views.starts, views.seen, views.shares, block, sums)
        got[first : first + _TOGETHER] = sums.T
    return got


def plate_view(
    horizon_deg: npt.ArrayLike, azimuths_deg: npt.ArrayLike, *, tilt_deg: float, facing_deg: float
) -> tuple[float, float]:
    """Parts of a plate's view that are sky and terrain; what it sees of itself is none. [1]

    The plate's outward side is `tilt_deg` from the zenith towards azimuth `facing_deg`: 0 looks up,
    90 is a wall, 180 looks down. `horizon_deg` stands at even `azimuths_deg` around the circle. The
    two parts add up to one.
    """
    tilt, facing = np.radians(tilt_deg), np.radians(facing_deg)
    azimuth = np.radians(np.asarray(azimuths_deg, dtype=np.float64))
    horizon = np.radians(np.asarray(horizon_deg, dtype=np.float64))
    along, up = np.sin(tilt) * np.cos(azimuth - facing), np.cos(tilt)
    own = np.arctan2(-along, up)  # where the plate's own plane cuts this azimuth
    rising = np.abs(own) <= 0.5 * np.pi  # it sees what lies above that, else what lies below
    low = np.where(rising, own, -0.5 * np.pi)
    high = np.where(rising, 0.5 * np.pi, own - np.pi * np.sign(own))
    middle = np.clip(horizon, low, high)
    at_low, at_middle, at_high = (_strip(along, up, angle).sum() for angle in (low, middle, high))
    sky = float((at_high - at_middle) / (at_high - at_low))
    return sky, 1.0 - sky


def _strip(along: FloatArray, up: float, angle: FloatArray) -> FloatArray:
    """Integral of (normal . direction) cos(elevation) from 0 to an elevation, at one azimuth."""
    turned = angle + np.sin(angle) * np.cos(angle)
    return np.asarray(0.5 * along * turned + 0.5 * up * np.sin(angle) ** 2)


def _check(heights_m: FloatArray, azimuths: int) -> None:
    if heights_m.ndim != 2 or min(heights_m.shape) < 2 or not np.isfinite(heights_m).all():
        shape = " x ".join(str(length) for length in heights_m.shape)
        holes = int(np.count_nonzero(~np.isfinite(heights_m)))
        raise IlrsError(
            f"terrain of {shape} pixels with {holes} hole(s)",
            "view factors need at least 2 x 2 pixels, each with a height",
            "Fill the holes, or cut the grid around them.",
        )
    if azimuths < 8:
        raise IlrsError(
            f"view factors along {azimuths} azimuth(s)",
            "at least 8 are needed, and 64 see a crater of 30 pixels within 2 %",
            "Give more azimuths.",
        )


def _distances(shape: tuple[int, ...]) -> FloatArray:
    """Distances of a ray's samples, in pixels; the first is the neighbour."""
    distances, longest = [1.0], float(np.hypot(shape[0], shape[1]))
    while distances[-1] < longest:
        distances.append(distances[-1] + max(_STEP_PIXELS, _GROWTH * distances[-1]))
    return np.array(distances)


@numba.njit(cache=True, error_model="numpy", parallel=True)
def _look_around(
    heights: Any, normals: Any, plain: Any, ahead: Any, distances: Any, pixel_m: float,
    opening: float, starts: Any, seen: Any, shares: Any, sky: Any, horizon: Any,
) -> None:  # fmt: skip
    """Every pixel's view. Without room in `seen` it counts into `starts`, else fills from there."""
    rows, columns = heights.shape
    for row in numba.prange(rows):
        found = np.zeros(heights.shape, dtype=np.float32)
        touched = np.empty(heights.size, dtype=np.int32)
        for column in range(columns):
            count, open_sky = 0, 0.0
            for k in range(ahead.shape[0]):
                count, part, steepest = _look_along(
                    heights, normals[:, row, column], plain[row, column], ahead[k], distances,
                    pixel_m, opening, row, column, 2.0 / ahead.shape[0], found, touched, count,
                )  # fmt: skip
                open_sky += part
                horizon[k, row, column] = np.degrees(np.arctan(steepest))
            sky[row, column] = open_sky
            pixel = row * columns + column
            if seen.size == 0:
                starts[pixel + 1] = count
            for n in range(count):
                i, j = touched[n] // columns, touched[n] % columns
                if seen.size:
                    seen[starts[pixel] + n] = touched[n]
                    shares[starts[pixel] + n] = found[i, j]
                found[i, j] = 0.0


@numba.njit(cache=True, error_model="numpy")
def _look_along(
    heights: Any, normal: Any, steepest: float, ahead: Any, distances: Any, pixel_m: float,
    opening: float, row: int, column: int, weight: float, found: Any, touched: Any, count: int,
) -> Any:  # fmt: skip
    """One ray: adds what it sees to `found`, and gives the share of sky and the horizon's slope."""
    along, up = normal[0] * ahead[0] + normal[1] * ahead[1], normal[2]
    line = -along / up  # the slope of the pixel's own plane: nothing below it is seen
    below = _slope_integral(along, up, line)
    before, strip, moment, begin = line, 0.0, 0.0, 0.0
    for n in range(distances.size):
        s = distances[n]
        height = _height(heights, row - s * ahead[1], column + s * ahead[0])
        if np.isnan(height):
            break
        reach = s * pixel_m
        # The sphere falls away as a parabola, right to 0.02 deg over 60 km.
        slope = (height - heights[row, column]) / reach - 0.5 * reach / MOON_RADIUS_M
        steepest = max(steepest, slope)
        is_seen = slope > line
        if strip > 0.0 and (not is_seen or s - begin > max(1.0, opening * s)):
            count = _name(found, touched, count, strip, row, column, moment / strip, ahead)
            strip = moment = 0.0
        if is_seen:
            # Of the piece of ground since the last sample, the part above the line is seen.
            piece = (s - distances[n - 1]) * (slope - line) / (slope - before) if n else 0.0
            above = _slope_integral(along, up, slope)
            begin = s - piece if strip == 0.0 else begin
            strip += weight * (above - below)
            moment += weight * (above - below) * (s - 0.5 * piece)
            line, below = slope, above
        before = slope
    if strip > 0.0:
        count = _name(found, touched, count, strip, row, column, moment / strip, ahead)
    return count, weight * (0.25 * np.pi * along + 0.5 * up - below), steepest


@numba.njit(cache=True, error_model="numpy")
def _height(heights: Any, y: float, x: float) -> Any:
    """Bilinear height at a row and a column, NaN off the grid."""
    rows, columns = heights.shape
    if y < 0.0 or x < 0.0 or y > rows - 1 or x > columns - 1:
        return np.nan
    i, j = min(int(y), rows - 2), min(int(x), columns - 2)
    v, u = y - i, x - j
    upper = (1.0 - u) * heights[i, j] + u * heights[i, j + 1]
    lower = (1.0 - u) * heights[i + 1, j] + u * heights[i + 1, j + 1]
    return (1.0 - v) * upper + v * lower


@numba.njit(cache=True, error_model="numpy")
def _name(
    found: Any, touched: Any, count: int, strip: float, row: int, column: int, middle: float,
    ahead: Any,
) -> Any:  # fmt: skip
    """Books a strip on the pixel in its middle; gives how many pixels are named by now."""
    i, j = int(row - middle * ahead[1] + 0.5), int(column + middle * ahead[0] + 0.5)
    if found[i, j] == 0.0:
        touched[count] = i * found.shape[1] + j
        count += 1
    found[i, j] += strip
    return count


@numba.njit(cache=True, error_model="numpy")
def _slope_integral(along: float, up: float, slope: float) -> Any:
    """As `_strip`, of the tangent of the elevation."""
    square = slope * slope
    turned = np.arctan(slope) + slope / (1.0 + square)
    return 0.5 * along * turned + 0.5 * up * square / (1.0 + square)


@numba.njit(cache=True, error_model="numpy", parallel=True)
def _gather(starts: Any, seen: Any, shares: Any, leaving: Any, sums: Any) -> None:
    for pixel in numba.prange(starts.size - 1):
        total = sums[pixel]
        for n in range(starts[pixel], starts[pixel + 1]):
            share, given = shares[n], leaving[seen[n]]
            for k in range(total.size):
                total[k] += share * given[k]
