"""The ground around a site as a map: from the files it declares, or from terrain that is named."""

from collections.abc import Sequence
from pathlib import Path

import xarray as xr

from ilrs.foundation.errors import IlrsError
from ilrs.foundation.provenance import sha256_of_file
from ilrs.moon.grid import Grid, stereographic_grid
from ilrs.moon.map_layout import height_map, map_grid
from ilrs.moon.maps import read_cog
from ilrs.moon.relief import hillshade_map
from ilrs.moon.terrain import Terrain, read_terrain, resampled, terrain_grid
from ilrs.programme.entities import Programme, Site
from ilrs.study.site_horizon import declared_file, terrain_path

__all__ = ["ground_map", "site_map"]

#: Half the side of a map made of terrain, and the most and the fewest pixels that it spans.
_HALF_M = 25_000.0
_MOST_PIXELS, _FEWEST_PIXELS = 400, 25
_LIGHT_DEG = (315.0, 45.0)  # the usual light of maps: from the upper left, half up


def site_map(
    programme: Programme, site: Site, *, terrain: Sequence[Path]
) -> tuple[xr.Dataset | None, dict[str, str]]:
    """The map of the ground around a site, and the SHA-256 of each file it came from.

    Made as the site's horizon is: of `terrain` where that is named, else of the maps the site
    declares, else of its own terrain; None where there is neither, or no terrain holds the site.
    Raises IlrsError for maps that lie on different grids, and as `ilrs.moon.maps.read_cog`.
    """
    if not terrain and site.maps:
        paths = [declared_file(programme, name, what=f"a map of {site.id}") for name in site.maps]
        hashes = {name: sha256_of_file(path) for name, path in zip(site.maps, paths, strict=True)}
        return _joined([read_cog(path) for path in paths], site), hashes
    own = () if terrain or site.horizon else site.terrain
    found = [terrain_path(path) for path in terrain] or [
        declared_file(programme, name, what=f"a terrain of {site.id}") for name in own
    ]
    if not found or site.latitude_deg is None or site.longitude_deg is None:
        return None, {}
    return ground_map(found, latitude_deg=site.latitude_deg, longitude_deg=site.longitude_deg), {}


def _joined(layers: Sequence[xr.Dataset], site: Site) -> xr.Dataset:
    grids = {str(map_grid(layer)) for layer in layers}
    if len(grids) > 1:
        raise IlrsError(
            f"the maps of {site.id} lie on different grids: {'; '.join(sorted(grids))}",
            "the layers of a site's map share their pixels",
            "Lay them on one grid, or leave out what differs.",
        )
    whole, *others = layers
    joined = whole.assign({name: layer[name] for layer in others for name in layer})
    if "hillshade" not in joined or not {"illumination_fraction", "height_m"} & set(joined):
        raise IlrsError(
            f"the maps of {site.id} hold {', '.join(sorted(map(str, joined)))}",
            "a site's map has a layer hillshade and one of illumination_fraction and height_m",
            "Add what is missing to `maps:`; docs/files.md says how they are made.",
        )
    return joined


def ground_map(
    paths: Sequence[Path], *, latitude_deg: float, longitude_deg: float
) -> xr.Dataset | None:
    """Heights and hillshade around a place, from the finest terrain that fills most of the map.

    25 km to each side, less where the pixels are so fine that there would be more than 800, more
    where there would be fewer than 50; a cylindrical terrain is laid about the place. Where none
    fills the half of its map, the one that fills most of it; None where none holds the place.
    """
    grids = {path: terrain_grid(path) for path in paths}
    place = latitude_deg, longitude_deg
    filled = {
        path: _filled(grids[path], place)
        for path in sorted(paths, key=lambda path: grids[path].pixel_m)
        if grids[path].holds(*_at(grids[path], *place))
    }
    if not filled:
        return None
    most = max(filled, key=filled.__getitem__)
    path = next((path for path in filled if filled[path] >= 0.5), most)
    ground = _around(path, grids[path], place)
    azimuth, elevation = _LIGHT_DEG
    shade = hillshade_map(ground, grid_azimuth_deg=azimuth, elevation_deg=elevation)
    return height_map(ground).assign(hillshade=shade["hillshade"])


def _half_m(grid: Grid) -> float:
    """Half the side of the map that a terrain is drawn on. [m]"""
    half = min(_HALF_M, _MOST_PIXELS * grid.pixel_m)
    return max(half, _FEWEST_PIXELS * grid.pixel_m)


def _filled(grid: Grid, place: tuple[float, float]) -> float:
    """What part of its map about a place a terrain fills, by their squares. [1]"""
    half, (x, y) = _half_m(grid), _at(grid, *place)
    wide = min(x + half, grid.east_m) - max(x - half, grid.west_m)
    high = min(y + half, grid.north_m) - max(y - half, grid.south_m)
    return 1.0 if grid.wraps else wide * high / (2.0 * half) ** 2


def _at(grid: Grid, latitude_deg: float, longitude_deg: float) -> tuple[float, float]:
    x_m, y_m = grid.project(latitude_deg, longitude_deg)
    return float(x_m), float(y_m)


def _around(path: Path, grid: Grid, place: tuple[float, float]) -> Terrain:
    """The terrain about a place; only what is needed of a file is read."""
    half, (x, y) = _half_m(grid), _at(grid, *place)
    if grid.is_stereographic:
        return read_terrain(path, bounds_m=(x - half, y - half, x + half, y + half))
    latitude, longitude = place
    about = stereographic_grid(
        latitude_deg=latitude, longitude_deg=longitude, size_m=2.0 * half, pixel_m=grid.pixel_m
    )
    # Near a pole a map's corner may lie on any longitude: whole parallels are read.
    strip = (grid.west_m, max(y - 1.5 * half, grid.south_m), grid.east_m,
             min(y + 1.5 * half, grid.north_m))  # fmt: skip
    return resampled(read_terrain(path, bounds_m=strip), about)
