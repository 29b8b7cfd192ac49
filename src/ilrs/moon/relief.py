"""The shape of the ground: slope, roughness and shaded relief, as maps on the terrain's own grid.

Distances are those on the Moon, not those on the map: a stereographic map stretches with distance
from its centre (0.8 % 10 degrees away), a cylindrical one along its parallels, and a metre of arc
at height h is (R + h) / R longer than on the sphere.
"""

from typing import Any, TypeAlias

import numba
import numpy as np
import numpy.typing as npt
import xarray as xr

from ilrs.foundation.errors import IlrsError
from ilrs.moon.grid import Grid
from ilrs.moon.map_layout import map_on
from ilrs.moon.terrain import Terrain
from ilrs.sky.directions import MOON_RADIUS_M

__all__ = ["hillshade_map", "map_scale", "roughness_map", "slope_map"]

FloatArray: TypeAlias = npt.NDArray[np.float64]


def map_scale(grid: Grid, x_m: npt.ArrayLike, y_m: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Metres on the map per metre on the sphere, along x and along y, at map coordinates. [1]

    Snyder 1987 (USGS Professional Paper 1395), equations 21-4 and 12-1: a stereographic map
    stretches both ways alike, a cylindrical one along the parallels only.
    """
    x, y = np.asarray(x_m, dtype=np.float64), np.asarray(y_m, dtype=np.float64)
    size = grid.radius_m * grid.scale
    if grid.is_stereographic:
        both = grid.scale * (1.0 + (x * x + y * y) / (4.0 * size * size))
        return both, both
    along_y = np.full(np.broadcast_shapes(x.shape, y.shape), grid.scale)
    return along_y / np.maximum(np.cos(y / size), 1e-12), along_y


def slope_map(terrain: Terrain) -> xr.Dataset:
    """Slope of the ground, `slope_deg`, and the way it falls, `downslope_azimuth_deg`. [deg]

    From the eight neighbours of each pixel (Horn 1981, 10.1109/PROC.1981.11918), so over two
    pixels: `attrs["baseline_m"]`. The azimuth is clockwise from local true north, NaN on level
    ground. NaN along the edges (but not at the seam of a map of all longitudes) and beside holes.
    """
    slope, azimuth = (np.full(terrain.heights_m.shape, np.nan, np.float32) for _ in range(2))
    _slopes(terrain.heights_m, *_metric(terrain.grid), terrain.grid.wraps, slope, azimuth)
    grid_azimuth = "way the ground falls, clockwise from local true north"
    return map_on(
        terrain.grid,
        {
            "slope_deg": (slope, "deg", "slope of the ground"),
            "downslope_azimuth_deg": (azimuth, "deg", grid_azimuth),
        },
        baseline_m=2.0 * terrain.grid.pixel_m,
        **_source(terrain),
    )


def hillshade_map(
    terrain: Terrain,
    *,
    grid_azimuth_deg: float,
    elevation_deg: float,
    vertical_exaggeration: float = 1.0,
) -> xr.Dataset:
    """Brightness of matt ground under a light, `hillshade`: cosine of its incidence, 0 to 1. [1]

    One direction for the whole map, clockwise from map up: a picture, not the light of a Sun, which
    turns across a map. Slopes do not shade each other. Raises IlrsError for an azimuth off the
    circle and an elevation beyond the zenith.
    """
    if not (0.0 <= grid_azimuth_deg <= 360.0 and 0.0 <= elevation_deg <= 90.0):
        raise IlrsError(
            f"a light at grid azimuth {grid_azimuth_deg:g} deg and elevation {elevation_deg:g} deg",
            "azimuths go from 0 to 360 deg, and a light stands at 0 to 90 deg",
            "The usual light of maps stands at 315 and 45 deg.",
        )
    azimuth, elevation = np.radians(grid_azimuth_deg), np.radians(elevation_deg)
    light = (
        float(np.sin(azimuth) * np.cos(elevation)),
        float(np.cos(azimuth) * np.cos(elevation)),
        float(np.sin(elevation)),
    )
    shade = np.full(terrain.heights_m.shape, np.nan, np.float32)
    _shade(
        terrain.heights_m, *_metric(terrain.grid), terrain.grid.wraps, light,
        float(vertical_exaggeration), shade,
    )  # fmt: skip
    return map_on(
        terrain.grid,
        {"hillshade": (shade, "1", "cosine of the light's incidence on matt ground")},
        **_source(terrain),
    )


def roughness_map(terrain: Terrain, *, baseline_m: float) -> xr.Dataset:
    """Roughness, `roughness_m`: RMS distance in height from the plane that fits best. [m]

    The plane is fitted by least squares to the square of pixels around each one whose sides are the
    even number of pixels nearest to `baseline_m` (`attrs["baseline_m"]` says which): slope does not
    count as roughness, curvature does. NaN where the square leaves the map or holds a hole. Raises
    IlrsError for a baseline under two pixels or wider than the map.
    """
    grid = terrain.grid
    reach = round(0.5 * baseline_m / grid.pixel_m) if np.isfinite(baseline_m) else 0
    if not 1 <= reach <= (min(grid.rows, grid.columns) - 1) // 2:
        raise IlrsError(
            f"roughness over a baseline of {baseline_m:g} m",
            f"on {terrain.name} a baseline reaches from {2.0 * grid.pixel_m:g} m (two pixels) to"
            f" {(min(grid.rows, grid.columns) - 1) * grid.pixel_m:g} m",
            "Choose one between, or give finer terrain.",
        )
    roughness = np.full(terrain.heights_m.shape, np.nan, np.float32)
    _residuals(terrain.heights_m, reach, roughness)
    text = "RMS height above and below the plane of best fit"
    return map_on(
        grid,
        {"roughness_m": (roughness, "m", text)},
        baseline_m=2.0 * reach * grid.pixel_m,
        **_source(terrain),
    )


def _source(terrain: Terrain) -> dict[str, str]:
    return {"terrain": terrain.name, "terrain_sha256": terrain.sha256}


def _metric(grid: Grid) -> tuple[FloatArray, FloatArray]:
    """What kernels need of a grid; then its first pixel's x and y.

    Whether it is stereographic, radius, scale, pixel, and its centre's latitude as cosine and sine.
    """
    kind = np.array([
        float(grid.is_stereographic), grid.radius_m * grid.scale, grid.scale, grid.pixel_m,
        *grid.axes[1:, 2],
    ])  # fmt: skip
    half = 0.5 * grid.pixel_m
    return kind, np.array([grid.west_m + half, grid.north_m - half])


@numba.njit(cache=True, error_model="numpy", inline="always")
def _gradient(heights: Any, kind: Any, first: Any, i: int, j: int, west: int, east: int) -> Any:
    """Rise per metre of ground towards +x and +y, by Horn's weights; NaN beside a hole."""
    a, b, c = np.float64(heights[i - 1, west]), heights[i - 1, j], heights[i - 1, east]
    d, f = np.float64(heights[i, west]), heights[i, east]
    g, h, k = np.float64(heights[i + 1, west]), heights[i + 1, j], heights[i + 1, east]
    to_east = ((c - a) + 2.0 * (f - d) + (k - g)) / (8.0 * kind[3])
    to_north = ((a - g) + 2.0 * (np.float64(b) - h) + (c - k)) / (8.0 * kind[3])
    x, y = first[0] + j * kind[3], first[1] - i * kind[3]
    longer = 1.0 / (1.0 + np.float64(heights[i, j]) / MOON_RADIUS_M)
    if kind[0] != 0.0:
        stretch_x = kind[2] * (1.0 + (x * x + y * y) / (4.0 * kind[1] * kind[1]))
        stretch_y = stretch_x
    else:
        stretch_x, stretch_y = kind[2] / max(np.cos(y / kind[1]), 1e-12), kind[2]
    return to_east * stretch_x * longer, to_north * stretch_y * longer


@numba.njit(cache=True, error_model="numpy", parallel=True)
def _slopes(heights: Any, kind: Any, first: Any, wraps: bool, slope: Any, azimuth: Any) -> None:
    rows, columns = heights.shape
    edge = 0 if wraps else 1
    for i in numba.prange(1, rows - 1):
        for j in range(edge, columns - edge):
            west, east = (j - 1) % columns, (j + 1) % columns
            p, q = _gradient(heights, kind, first, i, j, west, east)
            slope[i, j] = np.degrees(np.arctan(np.sqrt(p * p + q * q)))
            if p == 0.0 and q == 0.0:
                continue
            north_x, north_y = 0.0, 1.0  # map up on a cylindrical map, and at the pole itself
            if kind[0] != 0.0:
                x = (first[0] + j * kind[3]) / kind[1]
                y = (first[1] - i * kind[3]) / kind[1]
                # The body's axis less its part along up, brought to the map (conformal) along the
                # great circle from the centre.
                w = 0.25 * (x * x + y * y)
                shift = 0.5 * (kind[5] + (kind[4] * y + kind[5] * (1.0 - w)) / (1.0 + w))
                north_x, north_y = -shift * x, kind[4] - shift * y
                if north_x == 0.0 and north_y == 0.0:
                    north_y = 1.0
            down_north = -(p * north_x + q * north_y)
            down_east = -(p * north_y - q * north_x)
            turn = np.degrees(np.arctan2(down_east, down_north))
            azimuth[i, j] = turn if turn >= 0.0 else turn + 360.0


@numba.njit(cache=True, error_model="numpy", parallel=True)
def _shade(
    heights: Any, kind: Any, first: Any, wraps: bool, light: Any, exaggeration: float, shade: Any
) -> None:
    rows, columns = heights.shape
    edge = 0 if wraps else 1
    for i in numba.prange(1, rows - 1):
        for j in range(edge, columns - edge):
            west, east = (j - 1) % columns, (j + 1) % columns
            p, q = _gradient(heights, kind, first, i, j, west, east)
            p, q = exaggeration * p, exaggeration * q
            facing = (light[2] - light[0] * p - light[1] * q) / np.sqrt(1.0 + p * p + q * q)
            shade[i, j] = max(facing, 0.0) if facing == facing else np.nan


@numba.njit(cache=True, error_model="numpy", parallel=True)
def _residuals(heights: Any, reach: int, roughness: Any) -> None:
    """Sums over each square, first down its columns, then along its rows.

    On the square's own symmetric axes u and v a plane's three coefficients do not mix: the squares
    left over are those of h less those along 1, u and v.
    """
    rows, columns = heights.shape
    count = (2 * reach + 1) ** 2
    square = 0.0  # sum of u * u over the square
    for v in range(-reach, reach + 1):
        square += v * v * (2 * reach + 1)
    for i in numba.prange(reach, rows - reach):
        plain, leaning, squared = np.zeros(columns), np.zeros(columns), np.zeros(columns)
        for j in range(columns):
            for v in range(-reach, reach + 1):
                h = np.float64(heights[i + v, j])
                plain[j] += h
                leaning[j] += v * h
                squared[j] += h * h
        for j in range(reach, columns - reach):
            level, along_u, along_v, total = 0.0, 0.0, 0.0, 0.0
            for u in range(-reach, reach + 1):
                level += plain[j + u]
                along_u += u * plain[j + u]
                along_v += leaning[j + u]
                total += squared[j + u]
            left = total - level * level / count - (along_u**2 + along_v**2) / square
            roughness[i, j] = np.sqrt(max(left, 0.0) / count) if left == left else np.nan
