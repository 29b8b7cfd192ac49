"""A ranking, from terrain to the best sites and to points that are lit together."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import xarray as xr

from ilrs.foundation.errors import IlrsError
from ilrs.foundation.provenance import Provenance
from ilrs.foundation.time import utc_from_tdb, utc_text
from ilrs.moon.heat_map import HEAT_YEAR_S, heat_map
from ilrs.moon.horizon_map import horizon_map
from ilrs.moon.terrain import Terrain, read_terrain, resampled, terrain_grid
from ilrs.sky.segments import EphemerisRangeError
from ilrs.sky.sky import Sky
from ilrs.study.site_criteria import HEAT_LAYERS, Criteria
from ilrs.study.site_heat import heat_layers
from ilrs.study.site_layers import site_layers
from ilrs.study.site_place import require_covered
from ilrs.study.site_rank import RankedSite, Region, best_sites, region_grid, scored, spread_pixels
from ilrs.study.site_sets import LitSet, lit_sets

__all__ = ["Ranking", "rank_terrain", "ranking_facts", "region_terrains"]

# Points that may share their light: the best lit ones within the limits, this far apart.
_POOL, _POOL_APART_M = 60, 1_000.0
# Ground as high as the Moon's highest (10.8 km) is seen from as high, over its deepest plains (-9.1
# km), from 524 km; the rest is the region's own margin.
_SEEN_M = 560_000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """What a ranking found: layers with scores, best sites, and points that share their light."""

    criteria: Criteria
    region: Region | None
    layers: xr.Dataset
    sites: tuple[RankedSite, ...]
    sets: tuple[LitSet, ...]
    apart_m: float
    reach_m: float


def region_terrains(paths: Sequence[Path], region: Region | None) -> list[Terrain]:
    """Terrain files, the ranked one first: whole, or as much of each as a region can see.

    Raises IlrsError as `ilrs.moon.terrain.read_terrain` and `region_grid`.
    """
    if region is None:
        return [read_terrain(path) for path in paths]
    region_grid(terrain_grid(paths[0]), region)  # says what is wrong with the region itself
    reach_m = region.radius_m + _SEEN_M
    return [
        read_terrain(
            path,
            bounds_m=terrain_grid(path).bounds_around(
                region.latitude_deg, region.longitude_deg, within_m=reach_m
            ),
        )
        for path in paths
    ]


def rank_terrain(
    terrain: Terrain,
    far: Sequence[Terrain] = (),
    *,
    criteria: Criteria,
    span_s: tuple[float, float],
    sky: Sky,
    observer_height_m: float = 2.0,
    region: Region | None = None,
    count: int = 10,
    apart_m: float = 2_000.0,
    reach_m: float = 10_000.0,
    progress: Callable[[str], None] = lambda step: None,
) -> Ranking:
    """The ranking of a terrain's pixels, or of those within a region.

    Cylindrical terrain is drawn on a stereographic map about the region first, in pixels as long as
    its own. `far` is coarser terrain for the horizon beyond. Light is that of an observer
    `observer_height_m` above the ground; `count` sites are given, no two closer than `apart_m`;
    sets of two to four lie within `reach_m`. Ground temperatures are those of a year from the
    span's start, computed where one of their layers has a weight or a limit. `progress` is told
    each step as it begins. Raises IlrsError as `ilrs.moon.horizon_map`, `region_grid` and
    `best_sites` do, EphemerisRangeError for a span or a year outside the kernels.
    """
    grid = region_grid(terrain.grid, region)
    criteria = criteria.asked()
    has_heat = any(name in criteria.layers for name in HEAT_LAYERS)
    require_covered(span_s, sky)
    if has_heat:
        _require_year(span_s[0], sky)
    progress(f"horizons of {grid.rows} x {grid.columns} pixels")
    horizons = horizon_map([terrain, *far], grid=grid, observer_height_m=observer_height_m)
    ground, beyond = terrain, far
    if not terrain.grid.is_stereographic:
        ground, beyond = resampled(terrain, grid), (terrain, *far)
    found = site_layers(
        horizons, ground, span_s=span_s, sky=sky, criteria=criteria, progress=progress
    )
    if has_heat:
        heat = heat_map(
            ground, beyond, grid=grid, start_tdb_s=span_s[0], sky=sky, progress=progress
        )
        warmth = heat_layers(heat, grid=grid)
        found = found.assign(warmth.data_vars).assign_attrs(heat_note=warmth.attrs["note"])
    layers = scored(found, criteria, region=region)
    sites = best_sites(layers, criteria, count=count, apart_m=apart_m)
    progress("points that are lit together")
    pool = spread_pixels(
        layers["mean_light"].values,
        layers["is_allowed"].values,
        grid=grid,
        count=_POOL,
        apart_m=_POOL_APART_M,
    )
    sets = lit_sets(horizons, pool, span_s=span_s, sky=sky, reach_m=reach_m)
    return Ranking(
        criteria=criteria, region=region, layers=layers, sites=tuple(sites), sets=tuple(sets),
        apart_m=apart_m, reach_m=reach_m,
    )  # fmt: skip


def _require_year(start_s: float, sky: Sky) -> None:
    """As `require_covered`, for the year of the ground temperatures."""
    try:
        require_covered((start_s, start_s + HEAT_YEAR_S), sky)
    except EphemerisRangeError as error:
        raise IlrsError(
            f"a year of ground temperatures from {utc_text(utc_from_tdb(start_s))} leaves the "
            "kernels",
            error.possible,
            "Begin earlier, or leave temperatures out with --no-temperature.",
        ) from None


def ranking_facts(found: Ranking, provenance: Provenance) -> dict[str, Any]:
    """What a ranking rests on, as plain data: span, terrain, criteria, region, provenance."""
    attrs, region = found.layers.attrs, found.region
    return {
        "span_utc": [attrs["start_utc"], attrs["end_utc"]],
        "observer_height_m": attrs["observer_height_m"],
        "terrain": attrs["terrain"],
        "horizon_note": attrs["note"],
        "heat_note": attrs.get("heat_note"),
        "region": None if region is None else asdict(region),
        "criteria": {
            "source": found.criteria.source,
            "layers": {name: asdict(row) for name, row in found.criteria.layers.items()},
            "landing": asdict(found.criteria.landing),
        },
        "apart_m": found.apart_m,
        "reach_m": found.reach_m,
        "provenance": provenance.as_dict(),
    }
