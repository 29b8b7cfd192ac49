"""Layers of ground temperature, from blocks of a map to its pixels."""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import xarray as xr
from scipy.ndimage import map_coordinates

from ilrs.moon.cold_trap import COLD_TRAP_K
from ilrs.moon.grid import Grid
from ilrs.moon.map_layout import map_grid, map_on
from ilrs.study.site_layers import distance_to_m

__all__ = ["heat_layers"]

FloatArray: TypeAlias = npt.NDArray[np.float64]

_SOURCES = {
    "mean_temperature": ("surface_mean_k", "mean temperature of the surface over a year"),
    "coldest_temperature": ("surface_coldest_k", "lowest temperature of the surface in a year"),
    "warmest_temperature": ("surface_hottest_k", "highest temperature of the surface in a year"),
}


def heat_layers(heat: xr.Dataset, *, grid: Grid) -> xr.Dataset:
    """Temperatures and the distance to the nearest cold trap on a grid, as a map.

    `heat` as `ilrs.moon.heat_map.heat_map` gives it, for a map that covers the grid; linear between
    the middles of its blocks. Ground is a cold trap where its highest temperature stays below 110
    K; the distance is the sphere's, infinite where the map has none. `note` in attrs says how large
    the blocks are.
    """
    blocks = map_grid(heat)
    layers: dict[str, tuple[npt.ArrayLike, str, str]] = {
        name: (_between(heat[source].values, blocks, grid), "K", text)
        for name, (source, text) in _SOURCES.items()
    }
    is_trap = np.asarray(layers["warmest_temperature"][0]) < COLD_TRAP_K  # never, for a NaN
    layers["is_cold_trap"] = is_trap, "1", f"surface always below {COLD_TRAP_K:g} K"
    layers["cold_trap_distance"] = (
        distance_to_m(is_trap, grid=grid), "m", "distance to the nearest cold trap, on the sphere",
    )  # fmt: skip
    count = heat.attrs["block_pixels"]
    note = (
        f"ground temperatures of blocks of {blocks.pixel_m:g} m ({count} x {count} pixels), "
        f"linear between their middles, {heat.attrs['start_utc'][:10]} to "
        f"{heat.attrs['end_utc'][:10]} in steps of {heat.attrs['step_s'] / 3600.0:g} h; what lies "
        "beyond the map shades, but neither lights nor warms"
    )
    return map_on(grid, layers, note=note)


def _between(values: FloatArray, blocks: Grid, grid: Grid) -> FloatArray:
    """Values of blocks at a grid's pixels: linear, held on beyond the outermost middles."""
    x = grid.west_m + (np.arange(grid.columns) + 0.5) * grid.pixel_m
    y = grid.north_m - (np.arange(grid.rows) + 0.5) * grid.pixel_m
    row, column = blocks.pixel_at(*np.meshgrid(x, y))
    return np.asarray(map_coordinates(values, [row, column], order=1, mode="nearest"))
