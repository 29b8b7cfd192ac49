"""Computes the maps of the ground around the reference programme's sites from LOLA terrain.

    python builders/build_maps.py TERRAIN_FOLDER [--out FOLDER]

TERRAIN_FOLDER holds shackleton_ridge_200m.tif and LDEM_4.LBL/.IMG. Writes three GeoTIFFs: the
relief of 90 x 70 km around the pole, and, where the ground is known by 200 m cells, mean light and
longest darkness over 18.6 years, 2 m above it. No heights are carried, only what follows from
them.
"""

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy.ndimage import map_coordinates

from ilrs.foundation.time import parse_utc, tdb_from_utc
from ilrs.moon.grid import Grid
from ilrs.moon.horizon_map import horizon_map
from ilrs.moon.light_map import light_map
from ilrs.moon.map_layout import map_on
from ilrs.moon.maps import write_cog
from ilrs.moon.relief import hillshade_map
from ilrs.moon.spell_map import light_spell_map
from ilrs.moon.terrain import Terrain, read_terrain
from ilrs.sky.sky import open_sky

FloatArray: TypeAlias = npt.NDArray[np.float64]

NEAR, FAR = "shackleton_ridge_200m.tif", "LDEM_4.LBL"
# Holds the four sites with a horizon and de Gerlache, on the pixels of the near terrain.
WEST_M, EAST_M, SOUTH_M, NORTH_M = -50_000.0, 40_000.0, -45_000.0, 25_000.0
SPAN = ("2026-01-01", "2044-08-10")  # one turn of the lunar node, as for the horizons
STEP_S = 3600.0
OBSERVER_M = 2.0
# Layer, its file, and the step it is kept in: light to 0.4 %, darkness to 6 h.
FILES = (
    ("hillshade", "relief.tif", 0.004),
    ("illumination_fraction", "mean-light.tif", 0.004),
    ("longest_darkness_s", "longest-darkness.tif", 21_600.0),
)
BUILDER = "builders/build_maps.py"
HOME = Path(__file__).parents[1] / "src" / "ilrs" / "programme" / "reference" / "maps"


def whole_grid(near: Grid) -> Grid:
    """The grid of the maps, whose pixels are those of the near terrain."""
    rows = round((NORTH_M - SOUTH_M) / near.pixel_m)
    columns = round((EAST_M - WEST_M) / near.pixel_m)
    return replace(near, rows=rows, columns=columns, west_m=WEST_M, north_m=NORTH_M)


def around(near: Grid, whole: Grid) -> tuple[slice, slice]:
    """Rows and columns of the whole grid that the near terrain fills."""
    top = round((whole.north_m - near.north_m) / whole.pixel_m)
    left = round((near.west_m - whole.west_m) / whole.pixel_m)
    return slice(top, top + near.rows), slice(left, left + near.columns)


def smooth(far: Terrain, grid: Grid) -> Terrain:
    """The far terrain on a finer grid, cubic between its pixels: bilinear ones look like roofs."""
    # Near the pole a cylindrical grid has its pixels side by side; a polar one of its own pixel
    # is laid first, so that the spline runs over the pole and not along its parallels.
    cells = replace(
        grid, pixel_m=far.grid.pixel_m, rows=48, columns=48,
        west_m=-24 * far.grid.pixel_m, north_m=24 * far.grid.pixel_m,
    )  # fmt: skip
    places = cells.locate(*np.meshgrid(*_middles(cells)))
    heights = far.height_m(*far.grid.project(*places))
    row, column = cells.pixel_at(*np.meshgrid(*_middles(grid)))
    fine = map_coordinates(heights, [row, column], order=3)
    return replace(far, grid=grid, heights_m=fine)


def _middles(grid: Grid) -> tuple[FloatArray, FloatArray]:
    x = grid.west_m + (np.arange(grid.columns) + 0.5) * grid.pixel_m
    y = grid.north_m - (np.arange(grid.rows) + 0.5) * grid.pixel_m
    return x, y


def shade(terrain: Terrain, *, exaggeration: float = 1.0) -> FloatArray:
    """Hillshade under the usual light of maps; edge pixels have none."""
    lit = hillshade_map(
        terrain, grid_azimuth_deg=315.0, elevation_deg=45.0, vertical_exaggeration=exaggeration
    )
    return np.asarray(lit["hillshade"].values, dtype=np.float64)


def maps(near: Terrain, far: Terrain) -> Any:
    """The map of the three layers."""
    grid = whole_grid(near.grid)
    inner = around(near.grid, grid)
    # Over 7.6 km slopes are gentle: unstretched, the ground around would look like a plain.
    relief = shade(smooth(far, grid), exaggeration=2.0)
    fine = shade(near)
    relief[inner] = np.where(np.isfinite(fine), fine, relief[inner])
    start_s, end_s = (float(tdb_from_utc(parse_utc(date))) for date in SPAN)
    tdb_s = np.arange(start_s + 0.5 * STEP_S, end_s, STEP_S)
    horizons = horizon_map([near, far], grid=near.grid, observer_height_m=OBSERVER_M)
    sky = open_sky()
    light = light_map(horizons, tdb_s=tdb_s, sky=sky)
    dark = light_spell_map(horizons, tdb_s=tdb_s, sky=sky)
    layers = {
        "hillshade": (relief, "1", "brightness of matt ground under a light from the upper left"),
        "illumination_fraction": (
            _within(light["illumination_fraction"].values, grid, inner),
            "1",
            light["illumination_fraction"].attrs["long_name"],
        ),
        "longest_darkness_s": (
            _within(dark["longest_darkness_s"].values, grid, inner),
            "s",
            dark["longest_darkness_s"].attrs["long_name"],
        ),
    }
    known = ("terrain", "terrain_sha256", "start_utc", "end_utc", "ephemeris", "orientation")
    note = (
        f"light from {near.grid.pixel_m:g} m cells, skyline beyond them and relief around them from"
        f" {far.grid.pixel_m / 1e3:.1f} km cells"
    )
    attrs = {key: str({**horizons.attrs, **light.attrs}[key]) for key in known}
    return map_on(
        grid, layers, **attrs, note=note, builder=BUILDER, observer_height_m=f"{OBSERVER_M:g}"
    )


def _within(values: FloatArray, grid: Grid, inner: tuple[slice, slice]) -> FloatArray:
    """Values of the near grid on the whole one, NaN around them."""
    whole = np.full((grid.rows, grid.columns), np.nan)
    whole[inner] = values
    return whole


def main() -> None:
    """Builds the maps and says how large they are."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("terrain", type=Path, help="folder with the terrain files")
    reader.add_argument("--out", type=Path, default=HOME, help="folder of the GeoTIFFs")
    given = reader.parse_args()
    made = maps(*(read_terrain(given.terrain / name) for name in (NEAR, FAR)))
    given.out.mkdir(parents=True, exist_ok=True)
    for layer, name, step in FILES:
        write_cog(made, layer, given.out / name, step=step)
        values = made[layer].values
        print(
            f"{name}: {(given.out / name).stat().st_size / 1e3:.0f} kB, {layer} from"
            f" {np.nanmin(values):.3g} to {np.nanmax(values):.3g}"
        )


if __name__ == "__main__":
    main()
