"""Temperatures over a year on a map of real terrain, at a price that does not grow with the map.

The exchange of light and heat between pixels costs more than their number: large maps are averaged
over square blocks first. Sharp crests come out blunter then, and shadows a few kelvin colder
(docs/heat.md has figures).
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import xarray as xr
from scipy.ndimage import distance_transform_edt

from ilrs.foundation.errors import IlrsError
from ilrs.foundation.time import utc_from_tdb, utc_text
from ilrs.moon.cold_trap import temperature_map, terrain_temperatures
from ilrs.moon.facets import FacetLight, facet_light, facet_normals
from ilrs.moon.grid import Grid, cut_grid, cut_values
from ilrs.moon.horizon_map import codes_to_deg, horizon_map
from ilrs.moon.light import solar_irradiance_w_m2
from ilrs.moon.spell_map import LUNATION_S
from ilrs.moon.terrain import Terrain
from ilrs.moon.view_factors import view_factors
from ilrs.sky.directions import BODY_RADIUS_M, angular_radius_deg, apparent_directions
from ilrs.sky.kernels import SUN
from ilrs.sky.sky import Sky

__all__ = ["HEAT_YEAR_S", "block_terrain", "heat_map"]

FloatArray: TypeAlias = npt.NDArray[np.float64]

#: Twelve lunar days, eight days longer than a year of the Sun's height over the poles (346.6 d):
#: hours and seasons of a cycle that is taken to repeat fit together nowhere better. [s]
HEAT_YEAR_S = 12.0 * LUNATION_S

# On 1.6 km blocks around Shackleton, against steps of 3 h with inner ones of 1 h: mean and lowest
# temperatures within 0.3 K, 99 % of the highest within 0.6 K and all within 2.5 K. Steps of 12 h
# take 40 % of the time and leave 24 K at a place that is lit for hours only.
_STEP_S = 6.0 * 3600.0
_MOST_PIXELS, _LEAST_PIXELS = 8192, 64


def heat_map(
    terrain: Terrain,
    far: Sequence[Terrain] = (),
    *,
    grid: Grid | None = None,
    start_tdb_s: float,
    sky: Sky,
    most_pixels: int = _MOST_PIXELS,
    progress: Callable[[str], None] = lambda step: None,
) -> xr.Dataset:
    """Temperatures of a stereographic terrain over a year, as `cold_trap.temperature_map`.

    `grid` is the part of the terrain that is wanted, by default the whole. The map's own grid lies
    on blocks of the terrain's pixels, large enough that at most about `most_pixels` of them cover
    it. The year is HEAT_YEAR_S long, in steps of 6 h, and taken to repeat. Direct sunlight comes
    over the horizon of the terrain's blocks and of `far`; what ground scatters and radiates comes
    from the map alone. Holes are taken to lie as high as the ground nearest to them, and are NaN in
    the result. attrs: `block_pixels`, `start_utc`, `end_utc`, `step_s`, `turns`, `terrain`,
    `ephemeris`, `orientation`. Raises IlrsError for a cylindrical map and for fewer than 64 blocks,
    EphemerisRangeError for a year that leaves the kernels.
    """
    wanted = terrain.grid if grid is None else grid
    if most_pixels < _LEAST_PIXELS:
        raise IlrsError(
            f"temperatures on at most {most_pixels} blocks",
            f"ground warms ground on a map of at least {_LEAST_PIXELS} blocks",
            f"Allow more; {_MOST_PIXELS} are usual.",
        )
    block = int(np.ceil(np.sqrt(wanted.rows * wanted.columns / most_pixels)))
    coarse = block_terrain(terrain, block=block)
    part = cut_grid(
        coarse.grid, x_m=(wanted.west_m, wanted.east_m), y_m=(wanted.south_m, wanted.north_m)
    )
    heights_m = cut_values(coarse.heights_m, whole=coarse.grid, part=part)
    is_hole = np.isnan(heights_m)
    filled_m = _filled(heights_m, is_hole)
    progress(f"view factors of {part.rows} x {part.columns} blocks of {part.pixel_m:g} m")
    views = view_factors(filled_m, pixel_m=part.pixel_m)
    steps = np.arange(int(HEAT_YEAR_S / _STEP_S), dtype=np.float64)
    epochs = start_tdb_s + (steps + 0.5) * _STEP_S
    light = _sunlight(coarse, far, grid=part, heights_m=filled_m, epochs=epochs, sky=sky)
    heat = terrain_temperatures(
        *light, views=views, step_s=_STEP_S, longest_step_s=_STEP_S, progress=progress
    )
    found = temperature_map(heat, grid=part)
    for name, values in found.items():
        if is_hole.any():
            hidden = False if values.dtype == np.bool_ else np.nan
            found[name] = values.where(xr.DataArray(~is_hole, dims=("y_m", "x_m")), hidden)
    return found.assign_attrs(
        block_pixels=block,
        start_utc=utc_text(utc_from_tdb(start_tdb_s)),
        end_utc=utc_text(utc_from_tdb(start_tdb_s + HEAT_YEAR_S)),
        step_s=_STEP_S,
        turns=heat.turns,
        terrain=", ".join(one.name for one in (terrain, *far)),
        ephemeris=sky.ephemeris.name,
        orientation=sky.orientation.name,
    )


def block_terrain(terrain: Terrain, *, block: int) -> Terrain:
    """The terrain on pixels `block` times as wide, each the mean of the heights known in it. [m]

    Blocks start at the map's upper left; those that its other edges cut count what they hold.
    """
    if block == 1:
        return terrain
    grid = terrain.grid
    rows, columns = -(-grid.rows // block), -(-grid.columns // block)
    padded = np.full((rows * block, columns * block), np.nan)
    padded[: grid.rows, : grid.columns] = terrain.heights_m
    blocks = padded.reshape(rows, block, columns, block)
    known = np.isfinite(blocks).sum(axis=(1, 3))
    sums = np.nansum(blocks, axis=(1, 3))
    means = np.divide(sums, known, out=np.full((rows, columns), np.nan), where=known > 0)
    return replace(
        terrain,
        grid=replace(grid, rows=rows, columns=columns, pixel_m=block * grid.pixel_m),
        heights_m=means.astype(np.float32),
    )


def _filled(heights_m: FloatArray, is_hole: npt.NDArray[np.bool_]) -> FloatArray:
    """Heights with each hole as high as the known ground nearest to it. [m]"""
    if not is_hole.any() or is_hole.all():
        return heights_m
    nearest = distance_transform_edt(is_hole, return_distances=False, return_indices=True)
    return np.asarray(heights_m[tuple(nearest)])


def _sunlight(
    coarse: Terrain, far: Sequence[Terrain], *, grid: Grid, heights_m: FloatArray,
    epochs: FloatArray, sky: Sky,
) -> FacetLight:  # fmt: skip
    """Direct sunlight on the blocks over the horizon of all terrain. [W m-2]"""
    horizons = horizon_map([coarse, *far], grid=grid, observer_height_m=0.0)
    # A direction without any terrain, at the edge of what is known, is left open.
    horizon_deg = np.nan_to_num(codes_to_deg(horizons["horizon_code"].values), nan=0.0)
    azimuth, elevation, distance = (
        values[0]
        for values in apparent_directions(
            (SUN,), epochs, latitude_deg=grid.central_latitude_deg,
            longitude_deg=grid.central_longitude_deg, **sky.kernels,
        )
    )  # fmt: skip
    return facet_light(
        facet_normals(heights_m, pixel_m=grid.pixel_m),
        horizon_deg,
        grid=grid,
        grid_azimuths_deg=horizons["grid_azimuth_deg"].values,
        sun_azimuth_deg=azimuth,
        sun_elevation_deg=elevation,
        angular_radius_deg=angular_radius_deg(distance, radius_m=BODY_RADIUS_M[SUN]),
        irradiance_w_m2=solar_irradiance_w_m2(distance),
    )
