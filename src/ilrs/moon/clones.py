"""How sure a site's light is: the same computation over clones of the terrain with made-up errors.

Errors are a Gaussian random field of zero mean whose correlation falls as exp(-(r / L)^2), added
to the near terrain: half a metre of height is 0.03 deg of horizon at 1 km and a tenth of that at 10
km.
Errors of the ephemeris, of the far skyline and of slopes finer than a pixel are not in it.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import xarray as xr

from ilrs.foundation.errors import IlrsError
from ilrs.foundation.windows import Windows
from ilrs.moon.grid import Grid
from ilrs.moon.horizon import AZIMUTHS_DEG, horizon_profile
from ilrs.moon.map_tiles import even_step_s
from ilrs.moon.sky_density import SkyDensity, sky_density
from ilrs.moon.terrain import Terrain
from ilrs.sky.directions import BODY_RADIUS_M, angular_radius_deg, apparent_directions
from ilrs.sky.kernels import SUN
from ilrs.sky.sky import Sky

__all__ = ["PERCENTILES", "height_error_m", "light_uncertainty", "near_terrain", "terrain_clone"]

FloatArray: TypeAlias = npt.NDArray[np.float64]

#: What is told of the clones. [percent]
PERCENTILES = (5.0, 50.0, 95.0)

# Barker et al. 2021 (doi:10.1016/j.pss.2020.105119): 0.3 to 0.5 m RMS on 5 m grids of LOLA.
_RMS_M = 0.5
_NEAR_M = 5_000.0


def height_error_m(
    grid: Grid, *, rms_m: float, correlation_m: float, seed: int | Sequence[int]
) -> FloatArray:
    """A Gaussian random field on a grid, of so much RMS and correlation length. [m]

    Correlation falls to 1/e at `correlation_m`. The same seed gives the same field. Raises
    IlrsError for a negative RMS and for a correlation length below a pixel, where the grid cannot
    hold it.
    """
    if not rms_m >= 0.0 or not grid.pixel_m <= correlation_m < np.inf:
        raise IlrsError(
            f"height errors of {rms_m:g} m RMS over {correlation_m:g} m"
            f" on pixels of {grid.pixel_m:g} m",
            "the RMS is at least 0 m, and the correlation length at least a pixel",
            "Lengthen the correlation, or give finer terrain.",
        )
    # The field repeats after the padded size, far enough that its two ends do not know each other.
    pad = int(np.ceil(3.0 * correlation_m / grid.pixel_m))
    rows, columns = grid.rows + pad, grid.columns + pad
    k_rows = 2.0 * np.pi * np.fft.fftfreq(rows, grid.pixel_m)
    k_columns = 2.0 * np.pi * np.fft.rfftfreq(columns, grid.pixel_m)
    square = k_rows[:, None] ** 2 + k_columns[None, :] ** 2
    amplitude = np.exp(-0.125 * square * correlation_m**2)
    whole = np.exp(-0.25 * k_rows**2 * correlation_m**2).sum() * (
        np.exp(-0.25 * (2.0 * np.pi * np.fft.fftfreq(columns, grid.pixel_m)) ** 2
               * correlation_m**2).sum()
    )  # fmt: skip
    white = np.random.default_rng(seed).standard_normal((rows, columns))
    field = np.fft.irfft2(np.fft.rfft2(white) * amplitude, s=(rows, columns))
    scale = rms_m * np.sqrt(rows * columns / whole)
    return np.asarray(scale * field[: grid.rows, : grid.columns])


def terrain_clone(
    terrain: Terrain, *, rms_m: float = _RMS_M, correlation_m: float, seed: int | Sequence[int]
) -> Terrain:
    """The terrain with one draw of height errors added; arguments as `height_error_m`."""
    error = height_error_m(terrain.grid, rms_m=rms_m, correlation_m=correlation_m, seed=seed)
    return replace(
        terrain,
        name=f"{terrain.name} (clone)",
        heights_m=(terrain.heights_m + error).astype(np.float32),
    )


def near_terrain(
    terrains: Sequence[Terrain], *, latitude_deg: float, longitude_deg: float, near_m: float
) -> Terrain:
    """What lies within `near_m` of a site on the finest grid that holds it, as a terrain.

    Raises IlrsError for a site off every grid.
    """
    for terrain in sorted(terrains, key=lambda each: each.grid.pixel_m):
        grid = terrain.grid
        x_m, y_m = (float(value) for value in grid.project(latitude_deg, longitude_deg))
        if not grid.holds(x_m, y_m):
            continue
        row, column = (float(value) for value in grid.pixel_at(x_m, y_m))
        reach = max(near_m / grid.pixel_m, 1.0)
        top, bottom = _within(row, reach, grid.rows)
        left, right = _within(column, reach, grid.columns)
        cut = replace(
            grid,
            rows=bottom - top,
            columns=right - left,
            west_m=grid.west_m + left * grid.pixel_m,
            north_m=grid.north_m - top * grid.pixel_m,
        )
        return replace(terrain, grid=cut, heights_m=terrain.heights_m[top:bottom, left:right])
    raise IlrsError(
        f"the site at latitude {latitude_deg:g}, longitude {longitude_deg:g} lies off the terrain"
        " given",
        "; ".join(f"{terrain.name}: {terrain.grid}" for terrain in terrains)
        or "no terrain was given",
        "Give terrain that holds the site, or correct its coordinates.",
    )


def light_uncertainty(
    terrains: Sequence[Terrain],
    *,
    latitude_deg: float,
    longitude_deg: float,
    mast_heights_m: npt.ArrayLike,
    tdb_s: npt.ArrayLike,
    sky: Sky,
    correlation_m: float,
    seed: int,
    rms_m: float = _RMS_M,
    clones: int = 50,
    near_m: float = _NEAR_M,
) -> xr.Dataset:
    """Mean light and longest darkness of a site, per clone of its near terrain, and percentiles.

    `illumination_fraction` [1] and `longest_darkness_s` [s] on `mast_height_m`, `clone`, and the
    same with `_percentile` on `mast_height_m`, `percentile` (5, 50, 95). The finest grid that holds
    the site is cloned within `near_m`. Each clone has its own seed, made of `seed` and its number:
    the same numbers come out in any order and for any number of workers. Dark is an epoch without
    any of the disc above the horizon under its centre. Raises as `height_error_m`,
    `ilrs.moon.horizon.horizon_profile` and `ilrs.moon.map_tiles.even_step_s`.
    """
    epochs, step_s = even_step_s(tdb_s)
    masts = np.atleast_1d(np.asarray(mast_heights_m, dtype=np.float64))
    near = near_terrain(
        terrains, latitude_deg=latitude_deg, longitude_deg=longitude_deg, near_m=near_m
    )
    azimuth, elevation, distance = (
        values[0]
        for values in apparent_directions(
            (SUN,), epochs, latitude_deg=latitude_deg, longitude_deg=longitude_deg,
            **sky.kernels,
        )
    )  # fmt: skip
    radius = angular_radius_deg(distance, radius_m=BODY_RADIUS_M[SUN])
    density = sky_density(
        azimuth, elevation, angular_radius_deg=radius, limb_deg=elevation + radius,
        weights=np.empty((0, epochs.size)), grid_azimuths_deg=AZIMUTHS_DEG.astype(np.float64),
    )  # fmt: skip
    light = np.empty((masts.size, clones))
    darkness_s = np.empty((masts.size, clones))
    for clone in range(clones):
        made = terrain_clone(near, rms_m=rms_m, correlation_m=correlation_m, seed=(seed, clone))
        profile = horizon_profile(
            [made, *terrains], latitude_deg=latitude_deg, longitude_deg=longitude_deg,
            mast_heights_m=masts,
        )  # fmt: skip
        for m, horizon in enumerate(profile["horizon_deg"].values):
            light[m, clone] = _mean_light(density, horizon)
            under = np.interp(azimuth, AZIMUTHS_DEG, horizon, period=360.0)
            darkness_s[m, clone] = _longest_s(elevation + radius <= under, step_s)
    return _told(masts, light, darkness_s, {
        "rms_m": rms_m, "correlation_m": correlation_m, "near_m": near_m, "seed": seed,
        "terrain": near.name, "pixel_m": near.grid.pixel_m,
    })  # fmt: skip


def _within(middle: float, reach: float, count: int) -> tuple[int, int]:
    return max(0, int(middle - reach)), min(count, int(middle + reach) + 2)


def _mean_light(density: SkyDensity, horizon_deg: FloatArray) -> float:
    """Mean part of the disc in view over a horizon at the density's azimuths."""
    sine = np.sin(np.radians(horizon_deg[density.azimuth_index]))
    place = np.round((sine - density.first_sine) / density.sine_step).astype(np.int64)
    table = density.tables[1]
    index = np.clip(place, 0, table.shape[1] - 1)
    return float(table[np.arange(len(table)), index].sum(dtype=np.float64))


def _longest_s(is_dark: npt.NDArray[np.bool_], step_s: float) -> float:
    return Windows.from_mask(np.arange(is_dark.size + 1) * step_s, is_dark).longest_s


def _told(
    masts_m: FloatArray, light: FloatArray, darkness_s: FloatArray, attrs: dict[str, Any]
) -> xr.Dataset:
    variables = {}
    for name, values, units, text in (
        ("illumination_fraction", light, "1", "mean visible part of the Sun's disc"),
        ("longest_darkness_s", darkness_s, "s", "longest time without the Sun"),
    ):
        told = np.percentile(values, PERCENTILES, axis=1).T
        meaning = {"units": units, "long_name": text}
        variables[name] = (("mast_height_m", "clone"), values, meaning)
        variables[f"{name}_percentile"] = (("mast_height_m", "percentile"), told, meaning)
    return xr.Dataset(
        variables,
        coords={"mast_height_m": masts_m, "percentile": list(PERCENTILES)},
        attrs=attrs,
    )
