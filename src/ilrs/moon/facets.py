"""The pixels of a terrain grid as tilted facets: where they face, and the sunlight on them."""

from typing import Any, NamedTuple, TypeAlias

import numba
import numpy as np
import numpy.typing as npt

from ilrs.foundation.errors import IlrsError
from ilrs.moon.grid import Grid
from ilrs.moon.heat import bond_albedo

__all__ = ["FacetLight", "facet_light", "facet_normals"]

FloatArray: TypeAlias = npt.NDArray[np.float64]
Single: TypeAlias = npt.NDArray[np.float32]


class FacetLight(NamedTuple):
    """Direct sunlight on facets, each of shape (steps, pixels), pixels row by row. [W m-2]"""

    absorbed_w_m2: Single
    reflected_w_m2: Single


def facet_normals(heights_m: npt.ArrayLike, *, pixel_m: float) -> FloatArray:
    """Unit vectors across the ground: map east, map north and up, shape (3, rows, columns). [1]

    Central differences. A pixel's surface is `pixel_m`^2 divided by the third.
    """
    heights = np.asarray(heights_m, dtype=np.float64)
    down, right = np.gradient(heights, pixel_m)
    normal = np.stack([-right, down, np.ones_like(heights)])
    return np.asarray(normal / np.linalg.norm(normal, axis=0))


def facet_light(
    normals: npt.ArrayLike,
    horizon_deg: npt.ArrayLike,
    *,
    grid: Grid,
    grid_azimuths_deg: npt.ArrayLike,
    sun_azimuth_deg: npt.ArrayLike,
    sun_elevation_deg: npt.ArrayLike,
    angular_radius_deg: npt.ArrayLike,
    irradiance_w_m2: npt.ArrayLike,
    normal_albedo: float = 0.12,
) -> FacetLight:
    """Direct sunlight that facets of a map absorb and reflect, as a FacetLight. [W m-2]

    `normals` as from `facet_normals`; `horizon_deg`, shape (azimuths, rows, columns), at evenly
    spaced `grid_azimuths_deg`, as `view_factors` gives it or a horizon map holds it. The Sun, one
    value per step, as seen from the map's centre, where azimuth is grid azimuth (at a pole: along
    its central longitude); the pixels' own up leans away from the centre's, and the Sun stands
    higher or lower accordingly. The disc sets behind a straight horizon, linear between
    azimuths. Albedo by `bond_albedo`. Raises IlrsError for a grid that is not stereographic.
    """
    if not grid.is_stereographic:
        raise IlrsError(
            f"light on facets of the map {grid}",
            "stereographic maps are lit, where the Sun's grid azimuth is one for all pixels",
            "Draw the terrain on a grid of ilrs.moon.grid.stereographic_grid.",
        )
    azimuth, elevation = (
        np.radians(np.asarray(angle, dtype=np.float64))
        for angle in (sun_azimuth_deg, sun_elevation_deg)
    )
    level = np.cos(elevation)
    sun = np.stack([level * np.sin(azimuth), level * np.cos(azimuth), np.sin(elevation)], axis=1)
    radius, full = (
        np.broadcast_to(np.asarray(value, dtype=np.float64), azimuth.shape)
        for value in (np.radians(angular_radius_deg), irradiance_w_m2)
    )
    facets = np.asarray(normals, dtype=np.float64).reshape(3, -1)
    first = float(np.asarray(grid_azimuths_deg)[0])
    shape = (azimuth.size, facets.shape[1])
    absorbed, reflected = np.empty(shape, np.float32), np.empty(shape, np.float32)
    horizon = np.asarray(horizon_deg).reshape(-1, facets.shape[1])
    albedo = bond_albedo(np.arange(91.0), normal_albedo=normal_albedo)
    _light(sun, radius, full, facets, horizon, _lean(grid), first, albedo, absorbed, reflected)
    return FacetLight(absorbed, reflected)


def _lean(grid: Grid) -> FloatArray:
    """Unit vectors outwards from the centre and angles from it [rad], shape (3, pixels)."""
    x = grid.west_m + (np.arange(grid.columns) + 0.5) * grid.pixel_m
    y = grid.north_m - (np.arange(grid.rows) + 0.5) * grid.pixel_m
    east, north = (axis.ravel() for axis in np.meshgrid(x, y))
    out = np.hypot(east, north)
    angle = 2.0 * np.arctan(out / (2.0 * grid.radius_m * grid.scale))
    return np.stack([east / np.maximum(out, 1e-9), north / np.maximum(out, 1e-9), angle])


@numba.njit(cache=True, error_model="numpy", parallel=True)
def _light(
    sun: Any, radius: Any, full: Any, facets: Any, horizon: Any, lean: Any, first_deg: float,
    albedo: Any, absorbed: Any, reflected: Any,
) -> None:  # fmt: skip
    azimuths = horizon.shape[0]
    for k in numba.prange(sun.shape[0]):
        for p in range(facets.shape[1]):
            ox, oy = lean[0, p], lean[1, p]
            c, s = np.cos(lean[2, p]), np.sin(lean[2, p])
            outwards = sun[k, 0] * ox + sun[k, 1] * oy
            turned = c * outwards - s * sun[k, 2]
            x = sun[k, 0] + (turned - outwards) * ox
            y = sun[k, 1] + (turned - outwards) * oy
            z = c * sun[k, 2] + s * outwards
            facing = x * facets[0, p] + y * facets[1, p] + z * facets[2, p]
            lit = 0.0
            if facing > 0.0:
                place = (np.degrees(np.arctan2(x, y)) - first_deg) * azimuths / 360.0
                low = int(np.floor(place))
                part = place - low
                behind = (1.0 - part) * horizon[low % azimuths, p]
                behind += part * horizon[(low + 1) % azimuths, p]
                above = (np.arcsin(z) - np.radians(behind)) / radius[k]
                above = min(max(above, -1.0), 1.0)
                lit = 1.0 - (np.arccos(above) - above * np.sqrt(1.0 - above * above)) / np.pi
            light = full[k] * facing * lit
            incidence = np.degrees(np.arccos(min(max(facing, 0.0), 1.0)))
            bin_deg = min(int(incidence), 89)
            kept = albedo[bin_deg] + (incidence - bin_deg) * (albedo[bin_deg + 1] - albedo[bin_deg])
            reflected[k, p] = light * kept if lit > 0.0 else 0.0
            absorbed[k, p] = light * (1.0 - kept) if lit > 0.0 else 0.0
