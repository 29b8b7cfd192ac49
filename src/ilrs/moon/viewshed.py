"""What one mast sees: a map of the ground in view, and of the masts that would be.

Rays leave the mast at even azimuths, as densely as one pixel at the map's far corner, and keep the
steepest tangent met so far. A pixel takes it from the two rays on its sides, half a pixel before
itself. Where that decides by a narrow margin, the pixel's own ray is walked (all rays walked is the
classic R3, which the tests compare with).
"""

from collections.abc import Sequence
from typing import Any, TypeAlias

import numba
import numpy as np
import numpy.typing as npt
import xarray as xr

from ilrs.foundation.errors import IlrsError
from ilrs.moon.grid import Grid
from ilrs.moon.map_layout import map_on
from ilrs.moon.march import ground_radius, kernel_terrain, local_axes
from ilrs.moon.sight import observer_ground_m, ordered_terrains
from ilrs.moon.terrain import Terrain
from ilrs.sky.directions import MOON_RADIUS_M

__all__ = ["viewshed"]

FloatArray: TypeAlias = npt.NDArray[np.float64]

_STEP_FRACTION = 0.02
_STEP_PIXELS = 0.25
_FIRST_STEP_M = 1.0
_KEPT_PER_PIXEL = 2  # tangents kept along a ray
_DOUBT_PIXELS = 0.05  # margin in height, in pixels, within which a pixel's own ray is walked
_MOST_KEPT = 2**28  # tangents in memory at once: 1 GB, a map of about 6000 x 6000 pixels


def viewshed(
    terrains: Sequence[Terrain],
    *,
    latitude_deg: float,
    longitude_deg: float,
    mast_height_m: float,
    target_height_m: float = 0.0,
    grid: Grid | None = None,
) -> xr.Dataset:
    """What the top of a mast sees, on a grid (the finest terrain's, unless another is given).

    `hidden_height_m`: how high above the ground of each pixel its top must stand to be seen from
    the mast, 0 where the ground itself is in view, infinite where no height is enough, NaN where no
    terrain is known [m].
    `is_visible`: whether `target_height_m` is enough. Ground that no terrain covers hides nothing.

    Raises IlrsError for a mast below ground, a place without a known height, a cylindrical grid,
    and a grid of more than about 6000 x 6000 pixels.
    """
    ordered = ordered_terrains(terrains)
    grid = grid or ordered[0].grid
    ground_m = observer_ground_m(
        ordered, latitude_deg, longitude_deg, masts_m=(mast_height_m, target_height_m)
    )
    x_m, y_m = (float(value) for value in grid.project(latitude_deg, longitude_deg))
    far = max(
        np.hypot(x - x_m, y - y_m) for x in (grid.west_m, grid.east_m)
        for y in (grid.south_m, grid.north_m)
    ) / grid.pixel_m  # fmt: skip
    rays, kept = int(np.ceil(2.0 * np.pi * far)), int(np.ceil(_KEPT_PER_PIXEL * far)) + 2
    if not grid.is_stereographic or rays * kept > _MOST_KEPT:
        raise IlrsError(
            f"a viewshed on a grid of {grid}",
            "viewsheds are drawn on stereographic maps that hold at most about 6000 pixels across,"
            " or fewer where the mast stands far from them",
            "Give a smaller or coarser one, for instance of ilrs.moon.grid.stereographic_grid.",
        )
    axes = np.stack(local_axes(latitude_deg, longitude_deg))
    observer_m = MOON_RADIUS_M + ground_m + mast_height_m
    kernel = kernel_terrain(ordered)
    tangents = _cast(*kernel, axes, observer_m, rays, kept, grid.pixel_m / _KEPT_PER_PIXEL)
    hidden = _hidden_heights(
        *kernel, axes, observer_m, tangents, grid.pixel_m / _KEPT_PER_PIXEL, target_height_m,
        _DOUBT_PIXELS * grid.pixel_m, _pixels(grid), grid.rows, grid.columns,
    )  # fmt: skip
    seen = f"a top {target_height_m:g} m above the ground is seen"
    return map_on(
        grid,
        {
            "hidden_height_m": (hidden, "m", "least height above ground that the mast sees"),
            "is_visible": (hidden <= target_height_m, "1", seen),
        },
        observer_latitude_deg=float(latitude_deg), observer_longitude_deg=float(longitude_deg),
        ground_height_m=ground_m, mast_height_m=float(mast_height_m),
        target_height_m=float(target_height_m),
        terrain=", ".join(terrain.name for terrain in ordered),
        terrain_sha256=", ".join(terrain.sha256 for terrain in ordered),
    )  # fmt: skip


def _pixels(grid: Grid) -> FloatArray:
    """Where the kernel finds pixels: map radius, first middle, pixel, and the map's axes."""
    half = 0.5 * grid.pixel_m
    return np.array([
        grid.radius_m * grid.scale, grid.west_m + half, grid.north_m - half, grid.pixel_m,
        *grid.axes.ravel(),
    ])  # fmt: skip


@numba.njit(cache=True, error_model="numpy", parallel=True)
def _cast(
    heights: Any, frames: Any, axes: Any, observer_m: float, rays: int, kept: int, spacing_m: float
) -> Any:
    """Steepest tangent met up to each multiple of the spacing, (rays, kept)."""
    tangents = np.empty((rays, kept), dtype=np.float32)
    for k in numba.prange(rays):
        azimuth = 2.0 * np.pi * k / rays
        ahead = np.cos(azimuth) * axes[1] + np.sin(azimuth) * axes[2]
        steepest, s = -np.inf, _FIRST_STEP_M
        for n in range(kept):
            while s <= n * spacing_m:
                tangent, pixel = _tangent(heights, frames, axes[0], ahead, observer_m, s)
                if tangent > steepest:  # never, for a NaN
                    steepest = tangent
                s += min(_STEP_FRACTION * s + _FIRST_STEP_M, _STEP_PIXELS * pixel)
            tangents[k, n] = steepest
    return tangents


@numba.njit(cache=True, error_model="numpy", inline="always")
def _tangent(heights: Any, frames: Any, up: Any, ahead: Any, observer_m: float, s: float) -> Any:
    """Tangent of the elevation of the ground at a distance along a ray, and the pixel in use."""
    cosine, sine = np.cos(s / MOON_RADIUS_M), np.sin(s / MOON_RADIUS_M)
    place = (
        cosine * up[0] + sine * ahead[0],
        cosine * up[1] + sine * ahead[1],
        cosine * up[2] + sine * ahead[2],
    )
    radius, used = ground_radius(heights, frames, place)
    pixel = frames[min(used, frames.shape[0] - 1), 5]
    return (radius * cosine - observer_m) / (radius * sine), pixel


@numba.njit(cache=True, error_model="numpy", parallel=True)
def _hidden_heights(
    heights: Any,
    frames: Any,
    axes: Any,
    observer_m: float,
    tangents: Any,
    spacing_m: float,
    target_m: float,
    doubt_m: float,
    pixels: Any,
    rows: int,
    columns: int,
) -> Any:
    """Height above ground of the line that grazes what stands before each pixel, at least 0."""
    hidden = np.empty((rows, columns), dtype=np.float32)
    size, right, above, out = pixels[0], pixels[4:7], pixels[7:10], pixels[10:13]
    for i in numba.prange(rows):
        for j in range(columns):
            x = (pixels[1] + j * pixels[3]) / size
            y = (pixels[2] - i * pixels[3]) / size
            # Map coordinates to a unit vector: Snyder 1987, equations 20-14 to 20-18, for a sphere.
            q = 0.25 * (x * x + y * y)
            px = (x * right[0] + y * above[0] + (1.0 - q) * out[0]) / (1.0 + q)
            py = (x * right[1] + y * above[1] + (1.0 - q) * out[1]) / (1.0 + q)
            pz = (x * right[2] + y * above[2] + (1.0 - q) * out[2]) / (1.0 + q)
            ground, _ = ground_radius(heights, frames, (px, py, pz))
            north = px * axes[1, 0] + py * axes[1, 1] + pz * axes[1, 2]
            east = px * axes[2, 0] + py * axes[2, 1] + pz * axes[2, 2]
            up = px * axes[0, 0] + py * axes[0, 1] + pz * axes[0, 2]
            sine = np.sqrt(north * north + east * east)
            s = MOON_RADIUS_M * np.arctan2(sine, up)
            if np.isnan(ground) or s < spacing_m:
                hidden[i, j] = 0.0 * ground  # the mast's own pixel is in view
                continue
            steepest = _between_rays(tangents, np.arctan2(east, north), s / spacing_m - 1.0)
            height = _grazing_m(observer_m, up, sine, steepest) - ground
            if abs(height) < doubt_m or abs(height - target_m) < doubt_m:
                ahead = (east * axes[2] + north * axes[1]) / sine
                steepest = _walk(heights, frames, axes[0], ahead, observer_m, s)
                height = _grazing_m(observer_m, up, sine, steepest) - ground
            hidden[i, j] = max(height, 0.0)
    return hidden


@numba.njit(cache=True, error_model="numpy", inline="always")
def _grazing_m(observer_m: float, up: float, sine: float, steepest: float) -> float:
    """Radius at which a line of that tangent passes over a place; infinite where it never does."""
    falling = up - steepest * sine
    return observer_m / falling if falling > 0.0 else np.inf


@numba.njit(cache=True, error_model="numpy", inline="always")
def _between_rays(tangents: Any, azimuth: float, place: float) -> Any:
    """Steepest tangent at an azimuth, interpolated between the rays on both sides."""
    rays, kept = tangents.shape
    ray = azimuth / (2.0 * np.pi) * rays
    ray = ray + rays if ray < 0.0 else ray
    first = int(ray)
    share, n = ray - first, min(max(int(place), 0), kept - 1)
    left, right = tangents[first % rays, n], tangents[(first + 1) % rays, n]
    if share == 0.0 or left == right:  # both may be -inf where nothing is known
        return np.float64(left)
    return (1.0 - share) * left + share * right


@numba.njit(cache=True, error_model="numpy")
def _walk(heights: Any, frames: Any, up: Any, ahead: Any, observer_m: float, end_m: float) -> Any:
    """Steepest tangent between the observer and a place, that place left out."""
    steepest, s = -np.inf, _FIRST_STEP_M
    while s < end_m - _FIRST_STEP_M:
        tangent, pixel = _tangent(heights, frames, up, ahead, observer_m, s)
        if tangent > steepest:
            steepest = tangent
        s += min(_STEP_FRACTION * s + _FIRST_STEP_M, _STEP_PIXELS * pixel)
    return steepest
