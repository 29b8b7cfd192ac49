"""The layers that ground is ranked by, each a map: light, darkness, Earth, slope, shadow, landing.

Distances are those on the Moon's sphere, not those on the map.
"""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import xarray as xr
from scipy.ndimage import distance_transform_edt
from scipy.signal import fftconvolve

from ilrs.moon.grid import Grid, cut_values
from ilrs.moon.light_map import earth_map, light_map
from ilrs.moon.map_layout import map_on
from ilrs.moon.map_tiles import grid_of
from ilrs.moon.relief import hillshade_map, map_scale, slope_map
from ilrs.moon.spell_map import light_spell_map, neither_map
from ilrs.moon.terrain import Terrain
from ilrs.sky.sky import Sky
from ilrs.sky.sphere import sphere_distance_m
from ilrs.study.site_criteria import Criteria, Landing

__all__ = ["landing_fit", "places_deg", "distance_to_m", "site_layers"]

FloatArray: TypeAlias = npt.NDArray[np.float64]

_STEP_S = 3600.0
_TEXTS = {
    "mean_light": ("1", "mean part of the Sun's disc in view"),
    "longest_darkness": ("s", "longest time without the Sun"),
    "earth_in_view": ("1", "share of time with Earth's centre in view"),
    "longest_neither": ("s", "longest time with neither any of the Sun nor Earth's centre in view"),
    "slope": ("deg", "slope of the ground"),
    "shadow_distance": ("m", "distance to ground that never sees the Sun, on the sphere"),
    "landing_fit": ("1", "part of the landing ellipse under the slope limit"),
    "is_permanently_shadowed": ("1", "no part of the Sun in view all through the span"),
    "hillshade": ("1", "brightness of matt ground under a light from the map's upper left"),
    "height": ("m", "height above the 1737.4 km sphere"),
}


def site_layers(
    horizons: xr.Dataset,
    terrain: Terrain,
    *,
    span_s: tuple[float, float],
    sky: Sky,
    criteria: Criteria,
    progress: Callable[[str], None] = lambda step: None,
) -> xr.Dataset:
    """All layers but temperature on the horizon map's grid, named as the criteria name them.

    Light and darkness are stepped hourly over the span; ground is permanently shadowed where that
    span never brings it any Sun. `terrain` holds the map's grid. Raises as `ilrs.moon.light_map`.
    """
    grid = grid_of(horizons)
    tdb_s = np.arange(span_s[0] + 0.5 * _STEP_S, span_s[1], _STEP_S)
    progress("mean light and permanent shadow")
    light = light_map(horizons, tdb_s=tdb_s, sky=sky)
    progress("Earth in view")
    earth = earth_map(horizons, tdb_s=tdb_s, sky=sky)
    progress("longest darkness")
    spells = light_spell_map(horizons, tdb_s=tdb_s, sky=sky)
    joint = {}
    if "longest_neither" in criteria.layers:
        progress("time with neither Sun nor Earth")
        found = neither_map(horizons, tdb_s=tdb_s, sky=sky)
        joint = {"longest_neither": found["longest_neither_s"].values}
    progress("slopes and landing ellipses")
    slope_deg = cut_values(slope_map(terrain)["slope_deg"].values, whole=terrain.grid, part=grid)
    shaded = hillshade_map(terrain, grid_azimuth_deg=315.0, elevation_deg=45.0)
    shadow = light["is_permanently_shadowed"].values
    layers = {
        "mean_light": light["illumination_fraction"].values,
        "longest_darkness": spells["longest_darkness_s"].values,
        "earth_in_view": earth["earth_in_view_fraction"].values,
        **joint,
        "slope": slope_deg,
        "shadow_distance": distance_to_m(shadow, grid=grid),
        "landing_fit": landing_fit(slope_deg, grid=grid, landing=criteria.landing),
        "is_permanently_shadowed": shadow,
        "hillshade": cut_values(shaded["hillshade"].values, whole=terrain.grid, part=grid),
        "height": cut_values(terrain.heights_m, whole=terrain.grid, part=grid),
    }
    return map_on(
        grid,
        {name: (values, *_TEXTS[name]) for name, values in layers.items()},
        **{key: light.attrs[key] for key in light.attrs if key not in horizons.attrs},
        **{key: str(horizons.attrs.get(key, "")) for key in ("terrain", "terrain_sha256", "note")},
        observer_height_m=float(horizons.attrs.get("observer_height_m", 0.0)),
    )


def places_deg(grid: Grid) -> tuple[FloatArray, FloatArray]:
    """Latitude and longitude of every pixel's middle, of shape (rows, columns). [deg]"""
    x = grid.west_m + (np.arange(grid.columns) + 0.5) * grid.pixel_m
    y = grid.north_m - (np.arange(grid.rows) + 0.5) * grid.pixel_m
    return grid.locate(*np.meshgrid(x, y))


def distance_to_m(is_wanted: npt.ArrayLike, *, grid: Grid) -> FloatArray:
    """Distance from every pixel to the nearest wanted one; infinite where there is none. [m]

    The nearest is looked for on the map, which is true to angles; the distance is the sphere's.
    """
    wanted = np.asarray(is_wanted, dtype=bool)
    if not wanted.any():
        return np.full(wanted.shape, np.inf)
    nearest = distance_transform_edt(~wanted, return_distances=False, return_indices=True)
    latitude, longitude = places_deg(grid)
    return sphere_distance_m(
        latitude,
        longitude,
        to_latitude_deg=latitude[tuple(nearest)],
        to_longitude_deg=longitude[tuple(nearest)],
    )


def landing_fit(slope_deg: npt.ArrayLike, *, grid: Grid, landing: Landing) -> FloatArray:
    """Part of the landing ellipse around each pixel that is no steeper than its limit. [1]

    A pixel counts where its middle lies in the ellipse; ground off the map, and ground without a
    slope, counts as too steep. The ellipse has its size on the Moon at the map's middle.
    """
    slope = np.asarray(slope_deg, dtype=np.float64)
    is_safe = np.where(np.isfinite(slope), slope, np.inf) <= landing.slope_deg
    middle = 0.5 * (grid.west_m + grid.east_m), 0.5 * (grid.north_m + grid.south_m)
    stretch = float(map_scale(grid, *middle)[0])
    ellipse = _ellipse(landing, pixel_m=grid.pixel_m / stretch)
    found = fftconvolve(is_safe.astype(np.float64), ellipse, mode="same")
    return np.asarray(np.clip(np.round(found, 6), 0.0, 1.0))


def _ellipse(landing: Landing, *, pixel_m: float) -> FloatArray:
    """Weights of the pixels around one, of sum 1; the ellipse is the same turned by half a turn."""
    half = int(np.ceil(0.5 * max(landing.length_m, landing.width_m) / pixel_m))
    steps = np.arange(-half, half + 1) * pixel_m
    east, north = np.meshgrid(steps, -steps)
    turn = np.radians(landing.grid_azimuth_deg)
    along = np.sin(turn) * east + np.cos(turn) * north
    across = np.cos(turn) * east - np.sin(turn) * north
    inside = (2.0 * along / landing.length_m) ** 2 + (2.0 * across / landing.width_m) ** 2 <= 1.0
    return np.asarray(inside / inside.sum())
