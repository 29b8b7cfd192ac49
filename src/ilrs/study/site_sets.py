"""Points within cable reach of one another that are lit together: two to four, by union of light.

While one stands in shadow another may stand in the Sun. A published pair for comparison: two areas
less than 10 km apart, one of them lit for 94 % of the year 2020 (Bussey et al. 2010, 41st LPSC, on
Kaguya's topography).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import xarray as xr

from ilrs.moon.horizon_map import HORIZON_STEP_DEG, NO_HORIZON
from ilrs.moon.map_tiles import grid_of, true_azimuth_deg
from ilrs.sky.directions import BODY_RADIUS_M, angular_radius_deg, apparent_directions
from ilrs.sky.kernels import SUN
from ilrs.sky.sky import Sky
from ilrs.sky.sphere import sphere_distance_m
from ilrs.study.site_limbs import clearance_deg

__all__ = ["PUBLISHED_PAIR", "LitSet", "lit_sets", "pixel_profile"]

FloatArray: TypeAlias = npt.NDArray[np.float64]
BoolArray: TypeAlias = npt.NDArray[np.bool_]

#: Union of light of Bussey's pair, and its conditions.
PUBLISHED_PAIR = (0.94, "two areas < 10 km apart, Kaguya DEM, surface, year 2020 (Bussey 2010)")

_STEP_S = 3600.0
_KEPT = 30  # sets of each size from which larger ones are grown


@dataclass(frozen=True, slots=True, kw_only=True)
class LitSet:
    """Points that share their light over a cable; rows and columns of the horizon map."""

    pixels: tuple[tuple[int, int], ...]
    points_deg: tuple[tuple[float, float], ...]  # latitude, longitude
    lit_fraction: float  # share of time with any of the Sun at one of them at least
    alone_fractions: tuple[float, ...]  # the same for each by itself
    longest_darkness_s: float  # of all at once
    span_m: float  # largest distance between two of them, on the sphere


def pixel_profile(horizons: xr.Dataset, *, row: int, column: int) -> xr.Dataset:
    """The horizon of one pixel of a map as a profile over true azimuth, with its place.

    Ground height is left at 0: it moves Sun and Earth by less than 0.002 deg.
    """
    grid = grid_of(horizons)
    latitude, longitude = (
        float(value)
        for value in grid.locate(
            grid.west_m + (column + 0.5) * grid.pixel_m, grid.north_m - (row + 0.5) * grid.pixel_m
        )
    )
    codes = horizons["horizon_code"].isel(y_m=row, x_m=column).values
    azimuth = true_azimuth_deg(
        horizons["grid_azimuth_deg"].values, latitude_deg=latitude, longitude_deg=longitude,
        grid=grid,
    )  # fmt: skip
    order = np.argsort(azimuth)
    # Without terrain there is nothing to stand in the way.
    skyline = np.where(codes == NO_HORIZON, -90.0, codes * HORIZON_STEP_DEG)[order]
    return xr.Dataset(
        {"horizon_deg": (("mast_height_m", "azimuth_deg"), skyline[None])},
        coords={
            "mast_height_m": [float(horizons.attrs["observer_height_m"])],
            "azimuth_deg": azimuth[order],
        },
        attrs={
            "latitude_deg": latitude,
            "longitude_deg": longitude,
            "ground_height_m": 0.0,
            "note": str(horizons.attrs.get("note", "")),
        },
    )


def lit_sets(
    horizons: xr.Dataset,
    pixels: Sequence[tuple[int, int]],
    *,
    span_s: tuple[float, float],
    sky: Sky,
    reach_m: float,
    sizes: Sequence[int] = (2, 3, 4),
) -> list[LitSet]:
    """The set of each size with most time lit, among pixels (row, column) of a horizon map.

    Every two points of a set lie within `reach_m` of each other on the sphere. Light is stepped
    hourly; any of the Sun counts. All pairs are tried; larger sets are grown from the 30 best of
    the size below. Sizes that no points within reach can fill are left out.
    """
    profiles = [pixel_profile(horizons, row=row, column=column) for row, column in pixels]
    tdb_s = np.arange(span_s[0] + 0.5 * _STEP_S, span_s[1], _STEP_S)
    lit = np.array([_lit(profile, tdb_s, sky) for profile in profiles], dtype=bool)
    latitude, longitude = (
        np.array([profile.attrs[name] for profile in profiles], dtype=np.float64)
        for name in ("latitude_deg", "longitude_deg")
    )
    apart_m = sphere_distance_m(
        latitude[:, None], longitude[:, None], to_latitude_deg=latitude, to_longitude_deg=longitude
    )
    best = _grown(lit, apart_m <= reach_m, max(sizes, default=0))
    return [
        _set_of(best[size], pixels, lit=lit, apart_m=apart_m, points=(latitude, longitude))
        for size in sizes
        if size in best
    ]


def _lit(profile: xr.Dataset, tdb_s: FloatArray, sky: Sky) -> BoolArray:
    azimuth, elevation, distance = (
        values[0]
        for values in apparent_directions(
            (SUN,),
            tdb_s,
            latitude_deg=profile.attrs["latitude_deg"],
            longitude_deg=profile.attrs["longitude_deg"],
            **sky.kernels,
        )
    )
    clear = clearance_deg(
        profile,
        azimuth_deg=azimuth,
        elevation_deg=elevation,
        angular_radius_deg=angular_radius_deg(distance, radius_m=BODY_RADIUS_M[SUN]),
        mast_height_m=float(profile["mast_height_m"].values[0]),
        visible_part="any",
    )
    return np.asarray(clear > 0.0)


def _grown(lit: BoolArray, near: BoolArray, largest: int) -> dict[int, tuple[int, ...]]:
    """The best set of each size from 2 on, as indices; ties go to the first points."""
    count = len(lit)
    kept: list[tuple[int, ...]] = [(k,) for k in range(count)]
    best: dict[int, tuple[int, ...]] = {}
    for size in range(2, largest + 1):
        shares: dict[tuple[int, ...], float] = {}
        for chosen in kept:
            together = lit[list(chosen)].any(axis=0)
            for k in np.flatnonzero(near[list(chosen)].all(axis=0)).tolist():
                key = tuple(sorted({*chosen, k}))
                if len(key) == size and key not in shares:
                    shares[key] = float((together | lit[k]).mean())
        if not shares:
            break
        kept = sorted(shares, key=lambda key: (-shares[key], key))[:_KEPT]
        best[size] = kept[0]
    return best


def _set_of(
    chosen: tuple[int, ...],
    pixels: Sequence[tuple[int, int]],
    *,
    lit: BoolArray,
    apart_m: FloatArray,
    points: tuple[FloatArray, FloatArray],
) -> LitSet:
    index = list(chosen)
    together: Any = lit[index].any(axis=0)
    return LitSet(
        pixels=tuple(pixels[k] for k in index),
        points_deg=tuple((float(points[0][k]), float(points[1][k])) for k in index),
        lit_fraction=float(together.mean()),
        alone_fractions=tuple(float(lit[k].mean()) for k in index),
        longest_darkness_s=_longest_run(~together) * _STEP_S,
        span_m=float(apart_m[np.ix_(index, index)].max()),
    )


def _longest_run(mask: BoolArray) -> int:
    """Most True in a row."""
    edges: Any = np.diff(np.concatenate(([0], mask.astype(np.int8), [0])))
    starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    return int((ends - starts).max(initial=0))
