"""The best sites of a region: layers weighed by declared criteria, and the places that lead."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import xarray as xr

from ilrs.foundation.errors import IlrsError
from ilrs.foundation.quantities import parse_quantity
from ilrs.moon.grid import Grid, cut_grid, stereographic_grid
from ilrs.moon.map_layout import map_grid
from ilrs.sky.sphere import sphere_distance_m
from ilrs.study.site_criteria import Criteria
from ilrs.study.site_layers import places_deg

__all__ = ["RankedSite", "Region", "best_sites", "inside", "parse_region", "region_grid", "scored",
           "spread_pixels"]  # fmt: skip

FloatArray: TypeAlias = npt.NDArray[np.float64]
BoolArray: TypeAlias = npt.NDArray[np.bool_]

# Shadowed ground just outside a region still counts as near: the default scale ends here.
_MARGIN_M = 10_000.0
_NUMBER = r"\s*([-+]?\d+(?:\.\d*)?)\s*"
_REGION = re.compile(rf"^{_NUMBER},{_NUMBER},(.+)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """A circle on the sphere."""

    latitude_deg: float
    longitude_deg: float
    radius_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RankedSite:
    """A place among the best, with its score and its figure in every layer."""

    rank: int
    row: int
    column: int
    latitude_deg: float
    longitude_deg: float
    height_m: float
    score: float  # 0 to 1
    figures: Mapping[str, float]  # by layer, in the layer's unit


def parse_region(text: str) -> Region:
    """The circle that a text LAT,LON,RADIUS names, such as '-89.5,220,10 km'.

    Raises IlrsError for a text that is none.
    """
    match = _REGION.match(text)
    if match is None or abs(float(match[1])) > 90.0 or abs(float(match[2])) > 360.0:
        raise IlrsError(
            f"{text!r} is no region",
            "a region is a latitude, a longitude and a radius with its unit",
            "Write for instance --region '-89.5,220,10 km'.",
        )
    radius_m = parse_quantity(match[3].strip(), "m").value
    if not radius_m > 0.0:
        raise IlrsError(
            f"a region of radius {radius_m:g} m",
            "a radius is longer than 0 m",
            "Give a longer one.",
        )
    return Region(latitude_deg=float(match[1]), longitude_deg=float(match[2]), radius_m=radius_m)


def region_grid(grid: Grid, region: Region | None) -> Grid:
    """The part of a grid that a region needs, with 10 km around it; the whole where there is none.

    Of a cylindrical grid it is a stereographic one about the region's middle, with pixels as long.
    Raises IlrsError for a region of the other pole, one that lies off the grid, and a cylindrical
    grid without a region.
    """
    if region is None:
        if grid.is_stereographic:
            return grid
        raise IlrsError(
            "a ranking of all ground on a simple cylindrical map",
            "stereographic maps are ranked whole, cylindrical ones within a region",
            "Name a circle, for instance --region '5,200,50 km'.",
        )
    where = (
        f"the region around latitude {region.latitude_deg:g}, longitude {region.longitude_deg:g}"
    )
    if grid.pole * region.latitude_deg < 0.0:
        raise IlrsError(
            f"{where} and the terrain belong to opposite poles",
            f"the terrain is a {grid.projection} map",
            "Correct the sign of the latitude, or give terrain of that pole.",
        )
    x, y = (float(value) for value in grid.project(region.latitude_deg, region.longitude_deg))
    is_there = inside(region, grid).any() if grid.is_stereographic else grid.holds(x, y)
    if not is_there:
        raise IlrsError(
            f"{where}, radius {region.radius_m / 1e3:g} km, lies off the terrain",
            f"the terrain holds {grid}",
            "Give terrain that holds the region, or correct the region.",
        )
    # A map stretches by at most 2 over its hemisphere; what is too much costs only time.
    half = 1.1 * region.radius_m + _MARGIN_M
    if not grid.is_stereographic:
        return stereographic_grid(
            latitude_deg=region.latitude_deg, longitude_deg=region.longitude_deg,
            size_m=2.0 * (half + grid.pixel_m), pixel_m=grid.pixel_m, frame=grid.frame,
        )  # fmt: skip
    return cut_grid(grid, x_m=(x - half, x + half), y_m=(y - half, y + half))


def inside(region: Region | None, grid: Grid) -> BoolArray:
    """Which pixels of a grid have their middle in a region; all where there is none."""
    if region is None:
        return np.ones((grid.rows, grid.columns), dtype=bool)
    latitude, longitude = places_deg(grid)
    distance_m = sphere_distance_m(
        latitude,
        longitude,
        to_latitude_deg=region.latitude_deg,
        to_longitude_deg=region.longitude_deg,
    )
    return np.asarray(distance_m <= region.radius_m)


def scored(layers: xr.Dataset, criteria: Criteria, *, region: Region | None = None) -> xr.Dataset:
    """The layers with `score`, 0 to 1, and `is_allowed`: within the region and every limit. [1]

    A pixel that lacks any layer's value has no score and is not allowed.
    """
    grid = map_grid(layers)
    total = np.zeros((grid.rows, grid.columns))
    allowed = inside(region, grid)
    for name, criterion in criteria.layers.items():
        values = layers[name].values
        total += criterion.weight * criterion.score(values)
        allowed &= criterion.holds(values)
    score = total / criteria.total_weight
    return layers.assign(
        score=(("y_m", "x_m"), score, {"units": "1", "long_name": "weighted mean of the scores"}),
        is_allowed=(
            ("y_m", "x_m"),
            allowed & np.isfinite(score),
            {"units": "1", "long_name": "within the region and every limit"},
        ),
    )


def spread_pixels(
    values: FloatArray, allowed: BoolArray, *, grid: Grid, count: int, apart_m: float
) -> list[tuple[int, int]]:
    """Rows and columns of the greatest allowed values, no two closer than `apart_m` on the sphere.

    Of equal values the northern row, then the western column, comes first.
    """
    latitude, longitude = places_deg(grid)
    free = allowed.copy()
    order = np.argsort(-np.where(free, values, -np.inf), axis=None, kind="stable")
    chosen: list[tuple[int, int]] = []
    for index in order[: int(free.sum())].tolist():
        row, column = divmod(index, grid.columns)
        if not free[row, column]:
            continue
        chosen.append((row, column))
        if len(chosen) == count:
            break
        near_m = sphere_distance_m(
            latitude,
            longitude,
            to_latitude_deg=latitude[row, column],
            to_longitude_deg=longitude[row, column],
        )
        free &= near_m >= apart_m
    return chosen


def best_sites(
    layers: xr.Dataset, criteria: Criteria, *, count: int, apart_m: float
) -> list[RankedSite]:
    """The allowed places with the highest scores, best first, no two closer than `apart_m`.

    `layers` as `scored` gives them. Raises IlrsError where no place is within every limit; it says
    what each limit leaves.
    """
    grid = map_grid(layers)
    allowed = np.asarray(layers["is_allowed"].values, dtype=bool)
    if not allowed.any():
        raise IlrsError(
            "no place of the region is within every limit",
            _what_limits_leave(layers, criteria),
            "Loosen a limit with --weights, or choose another region.",
        )
    latitude, longitude = places_deg(grid)
    chosen = spread_pixels(layers["score"].values, allowed, grid=grid, count=count, apart_m=apart_m)
    return [
        RankedSite(
            rank=rank,
            row=row,
            column=column,
            latitude_deg=float(latitude[row, column]),
            longitude_deg=float(longitude[row, column]),
            height_m=float(layers["height"].values[row, column]),
            score=float(layers["score"].values[row, column]),
            figures={name: float(layers[name].values[row, column]) for name in criteria.layers},
        )
        for rank, (row, column) in enumerate(chosen, start=1)
    ]


def _what_limits_leave(layers: xr.Dataset, criteria: Criteria) -> str:
    shares = {
        criterion.title: float(criterion.holds(layers[name].values).mean())
        for name, criterion in criteria.layers.items()
    }
    told = ", ".join(f"{title} {100.0 * share:.1f} %" for title, share in shares.items())
    return f"of all ground on the map these shares are within each limit: {told}"
