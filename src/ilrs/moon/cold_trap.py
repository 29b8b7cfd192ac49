"""Temperatures of whole terrain, where ground lights and warms ground, and its cold traps.

Sunlight bounces between facets, and each facet's infrared warms those that see it. Columns and
exchange take turns: columns run a whole cycle under the infrared of the turn before, until that no
longer changes; a bowl's terrain fills less than a third of its view, so a few turns do.
"""

from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
import xarray as xr

from ilrs.foundation.errors import IlrsError
from ilrs.moon.column import DEPTHS_M, EMISSIVITY, ColumnRun, run_columns
from ilrs.moon.grid import Grid
from ilrs.moon.heat import diffuse_albedo, emitted_w_m2
from ilrs.moon.view_factors import ViewFactors, received_w_m2

__all__ = [
    "COLD_TRAP_K",
    "TerrainHeat",
    "equilibrium_temperature_k",
    "temperature_map",
    "terrain_temperatures",
]

Single: TypeAlias = npt.NDArray[np.float32]

#: Below this water ice lasts for the age of the Moon: Vasavada et al. 1999
#: (10.1006/icar.1999.6175). [K]
COLD_TRAP_K = 110.0

_MOST_TURNS = 12
_SETTLED_K = 0.1
_BOUNCES = 6  # light falls to a twentieth at each, for albedo 0.15 and a view filled by a third
_EXCHANGES = 24  # infrared is nearly all absorbed: a third to the 24th power


class TerrainHeat(NamedTuple):
    """What `terrain_temperatures` finds."""

    columns: ColumnRun
    light_w_m2: Single  # sunlight from the terrain around: (steps, pixels)
    infrared_w_m2: Single  # the same, its infrared
    turns: int


def terrain_temperatures(
    absorbed_w_m2: npt.ArrayLike,
    reflected_w_m2: npt.ArrayLike,
    *,
    views: ViewFactors,
    step_s: float,
    normal_albedo: float = 0.12,
    depth_scale_m: float = 0.06,
    longest_step_s: float = 900.0,
    progress: Callable[[str], None] = lambda step: None,
) -> TerrainHeat:
    """Temperatures of ground that lights and warms ground, as a TerrainHeat. [K]

    `absorbed_w_m2` and `reflected_w_m2`, shape (steps, pixels), are the direct sunlight that each
    pixel takes up and gives back, as `ilrs.moon.facets.facet_light` makes them. The series is taken
    to repeat. Turns go on until no pixel's mean temperature moves by 0.1 K at any depth, at most
    12; `progress` is told each one as it begins. Holds six arrays of the size of `absorbed_w_m2` as
    float32 at once. Raises IlrsError where the arrays do not fit the views.
    """
    direct = np.asarray(absorbed_w_m2, dtype=np.float32)
    reflected = np.asarray(reflected_w_m2, dtype=np.float32)
    _check_shapes(direct.shape, reflected.shape, views.sky.size)
    scattered = diffuse_albedo(normal_albedo=normal_albedo)
    light = _bounced(reflected, scattered, views=views, times=_BOUNCES)
    sunlit = direct + np.float32(1.0 - scattered) * light
    infrared = _equilibrium_infrared(sunlit, views)
    run_under = partial(
        run_columns, step_s=step_s, depth_scale_m=depth_scale_m, longest_step_s=longest_step_s
    )
    progress("ground temperatures, turn 1")
    run = run_under(sunlit + np.float32(EMISSIVITY) * infrared)
    turns, moved_k = 1, np.inf
    while moved_k >= _SETTLED_K and turns < _MOST_TURNS:
        turns, before = turns + 1, run
        progress(f"ground temperatures, turn {turns}")
        leaving = emitted_w_m2(run.kept_k[:, 0]).astype(np.float32)
        infrared = received_w_m2(views, leaving + np.float32(1.0 - EMISSIVITY) * infrared)
        run = run_under(sunlit + np.float32(EMISSIVITY) * infrared, start_k=run.end_k)
        moved_k = float(np.abs(run.mean_k - before.mean_k).max())
    return TerrainHeat(run, light, infrared, turns)


def equilibrium_temperature_k(
    absorbed_w_m2: npt.ArrayLike,
    reflected_w_m2: npt.ArrayLike,
    *,
    views: ViewFactors,
    scattering_albedo: float,
) -> Single:
    """Temperatures at which every facet radiates just what it takes up, shape (steps, pixels). [K]

    No heat goes into the ground and none is kept. Arguments as for `terrain_temperatures`;
    `scattering_albedo` is the reflected part of light from the terrain. Raises as that does.
    """
    direct = np.asarray(absorbed_w_m2, dtype=np.float32)
    reflected = np.asarray(reflected_w_m2, dtype=np.float32)
    _check_shapes(direct.shape, reflected.shape, views.sky.size)
    light = _bounced(reflected, scattering_albedo, views=views, times=_BOUNCES)
    sunlit = direct + np.float32(1.0 - scattering_albedo) * light
    taken = sunlit + np.float32(EMISSIVITY) * _equilibrium_infrared(sunlit, views)
    return np.asarray((taken / emitted_w_m2(1.0)) ** 0.25, dtype=np.float32)


def temperature_map(heat: TerrainHeat, *, grid: Grid) -> xr.Dataset:
    """Map of temperatures and cold traps, laid out as docs/rooms.md says.

    `surface_mean_k`, `surface_coldest_k`, `surface_hottest_k` over the cycle; `ground_mean_k` and
    `ground_hottest_k` at each depth [K]; `is_cold_trap` where the surface stays below 110 K, and
    `cold_trap_depth_m`, the least depth that does, NaN where none does [m].
    """
    shape = (grid.rows, grid.columns)
    surface = heat.columns.kept_k[:, 0]
    hottest = heat.columns.hottest_k.copy()
    hottest[0] = np.maximum(hottest[0], surface.max(axis=0))
    is_cold = hottest < COLD_TRAP_K
    depth = np.where(is_cold.any(axis=0), DEPTHS_M[is_cold.argmax(axis=0)], np.nan)
    flat = ("y_m", "x_m")
    deep = ("depth_m", *flat)
    layers = {
        "surface_mean_k": (flat, surface.mean(axis=0), "K", "mean surface temperature"),
        "surface_coldest_k": (flat, surface.min(axis=0), "K", "lowest surface temperature"),
        "surface_hottest_k": (flat, hottest[0], "K", "highest surface temperature"),
        "ground_mean_k": (deep, heat.columns.mean_k, "K", "mean temperature at depth"),
        "ground_hottest_k": (deep, hottest, "K", "highest temperature at depth"),
        "is_cold_trap": (flat, is_cold[0], "1", f"surface always below {COLD_TRAP_K:g} K"),
        "cold_trap_depth_m": (flat, depth, "m", f"least depth always below {COLD_TRAP_K:g} K"),
    }
    x = grid.west_m + (np.arange(grid.columns) + 0.5) * grid.pixel_m
    y = grid.north_m - (np.arange(grid.rows) + 0.5) * grid.pixel_m
    made = xr.Dataset(
        coords={
            "depth_m": ("depth_m", DEPTHS_M, {"units": "m", "long_name": "depth"}),
            "y_m": ("y_m", y, {"units": "m", "long_name": "map north"}),
            "x_m": ("x_m", x, {"units": "m", "long_name": "map east"}),
        },
        attrs=asdict(grid),
    )
    for name, (dims, values, unit, text) in layers.items():
        on_map = values.reshape(*values.shape[:-1], *shape)
        made[name] = dims, on_map, {"units": unit, "long_name": text}
    return made


def _check_shapes(absorbed: tuple[int, ...], reflected: tuple[int, ...], pixels: int) -> None:
    if len(absorbed) != 2 or absorbed != reflected or absorbed[1] != pixels:
        raise IlrsError(
            f"absorbed light of shape {absorbed} and reflected light of shape {reflected}",
            f"both need the shape (steps, {pixels}), one column per pixel of the view factors",
            "Make both with ilrs.moon.facets.facet_light on the same grid.",
        )


def _bounced(given: Single, kept: float, *, views: ViewFactors, times: int) -> Single:
    """What facets get when they give off `given` and `kept` of what they get. [W m-2]"""
    got = received_w_m2(views, given)
    wave = got
    for _ in range(times - 1):
        wave = received_w_m2(views, np.float32(kept) * wave)
        got = got + wave
        if wave.max(initial=0.0) < 1e-6 * max(float(got.max(initial=0.0)), 1e-30):
            break
    return got


def _equilibrium_infrared(sunlit_w_m2: Single, views: ViewFactors) -> Single:
    """Infrared on each facet while each gives off at once what it takes up. [W m-2]

    Over a whole cycle this is the true mean, whatever the ground stores meanwhile.
    """
    return _bounced(sunlit_w_m2, 1.0, views=views, times=_EXCHANGES)
