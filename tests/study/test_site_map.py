"""Where the map around a site comes from: declared layers, or terrain that is named."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio import Affine

from ilrs.foundation.errors import IlrsError
from ilrs.moon.grid import Grid
from ilrs.moon.map_layout import map_grid, map_on
from ilrs.moon.maps import write_cog
from ilrs.programme.entities import Programme, Site
from ilrs.study.site_map import ground_map, site_map

GRID = Grid(
    rows=20, columns=30, pixel_m=500.0, west_m=-7500.0, north_m=5000.0,
    projection="south polar stereographic",
)  # fmt: skip
STEREOGRAPHIC = "+proj=stere +lat_0=-90 +lon_0=0 +k=1 +R=1737400 +units=m +no_defs"
CYLINDRICAL = "+proj=eqc +lat_ts=0 +lon_0=180 +R=1737400 +units=m +no_defs"


@pytest.fixture
def dem(tmp_path: Path) -> Callable[..., Path]:
    """Writes a DEM whose height is a share of the map's x, at most 4 km."""

    def written(name: str, *, pixels: int, pixel_m: float, crs: str = STEREOGRAPHIC) -> Path:
        path, half = tmp_path / name, 0.5 * pixels * pixel_m
        x_m = (np.arange(pixels) + 0.5) * pixel_m - half
        share = min(0.1, 4_000.0 / half)
        with rasterio.open(
            path, "w", driver="GTiff", width=pixels, height=pixels, count=1, dtype="float32",
            crs=crs, transform=Affine(pixel_m, 0, -half, 0, -pixel_m, half),
        ) as file:  # fmt: skip
            file.write(np.broadcast_to(share * x_m, (pixels, pixels)).astype("float32"), 1)
        return path

    return written


def place(x_m: float, y_m: float) -> dict[str, float]:
    latitude, longitude = GRID.locate(x_m, y_m)
    return {"latitude_deg": float(latitude), "longitude_deg": float(longitude)}


def test_map_lies_around_the_place_and_has_its_heights(dem: Callable[..., Path]) -> None:
    path = dem("a.tif", pixels=400, pixel_m=200.0)
    found = ground_map([path], **place(8_000.0, -3_000.0))
    grid = map_grid(found)
    # 25 km to each side in whole pixels, and the DEM ends at 40 km
    assert (grid.west_m, grid.east_m) == (-17_000.0, 33_000.0)
    assert (grid.south_m, grid.north_m) == (-28_000.0, 22_000.0)
    heights = found["height_m"]
    assert np.allclose(heights.values, 0.1 * heights["x_m"].values, atol=1e-3)
    assert np.isfinite(found["hillshade"].values[1:-1, 1:-1]).all()
    assert found.attrs["terrain"] == "a"


def test_finest_terrain_that_fills_its_map_is_drawn(dem: Callable[..., Path]) -> None:
    """10 m pixels draw 8 km: 7 km of them fill 3/4 of that in the middle, a quarter at a corner."""
    fine = dem("fine.tif", pixels=700, pixel_m=10.0)
    coarse = dem("coarse.tif", pixels=200, pixel_m=500.0)
    drawn = [
        ground_map([coarse, fine], **place(*at)).attrs["terrain"]
        for at in ((100.0, 50.0), (3_300.0, 3_300.0), (9_000.0, 0.0))
    ]
    assert drawn == ["fine", "coarse", "coarse"]
    assert ground_map([fine], **place(3_300.0, 3_300.0)).attrs["terrain"] == "fine"
    assert ground_map([fine], **place(9_000.0, 0.0)) is None


def test_cylindrical_terrain_is_laid_about_the_place(dem: Callable[..., Path]) -> None:
    path = dem("world.tif", pixels=360, pixel_m=7_000.0, crs=CYLINDRICAL)
    found = ground_map([path], latitude_deg=-20.0, longitude_deg=200.0)
    grid = map_grid(found)
    assert (grid.projection, grid.rows) == ("stereographic", 50)
    assert (grid.central_latitude_deg, grid.central_longitude_deg) == (-20.0, 200.0)
    middle = found["height_m"].values[24:26, 24:26].mean()
    x_m = 1_737_400.0 * np.radians(20.0)  # the DEM lies about longitude 180
    assert middle == pytest.approx(x_m * 4_000.0 / 1_260_000.0, rel=1e-4)


def declared(tmp_path: Path, layers: dict[str, Grid]) -> tuple[Programme, Site]:
    for name, grid in layers.items():
        values = np.full((grid.rows, grid.columns), 0.5)
        write_cog(map_on(grid, {name: (values, "1", name)}), name, tmp_path / f"{name}.tif")
    site = Site.model_validate(
        {"id": "RIDGE", "kind": "candidate", "latitude": "-89.9 deg", "longitude": "0 deg",
         "maps": [f"{name}.tif" for name in layers]}
    )  # fmt: skip
    return Programme(name="T", folders=[str(tmp_path)]), site


def test_declared_layers_make_one_map_with_their_checksums(tmp_path: Path) -> None:
    programme, site = declared(tmp_path, {"hillshade": GRID, "illumination_fraction": GRID})
    found, hashes = site_map(programme, site, terrain=())
    assert set(found) == {"hillshade", "illumination_fraction"} and map_grid(found) == GRID
    assert hashes == {
        name: hashlib.sha256((tmp_path / name).read_bytes()).hexdigest() for name in site.maps
    }


def test_named_terrain_takes_the_place_of_declared_maps(
    tmp_path: Path, dem: Callable[..., Path]
) -> None:
    programme, site = declared(tmp_path, {"hillshade": GRID, "illumination_fraction": GRID})
    found, hashes = site_map(programme, site, terrain=[dem("a.tif", pixels=100, pixel_m=200.0)])
    assert set(found) == {"hillshade", "height_m"} and hashes == {}


def test_site_without_maps_and_terrain_has_none(tmp_path: Path) -> None:
    programme, site = declared(tmp_path, {})
    assert site_map(programme, site, terrain=()) == (None, {})


def test_messages_when_declared_layers_make_no_map(tmp_path: Path) -> None:
    other = Grid(
        rows=10, columns=15, pixel_m=1000.0, west_m=-7500.0, north_m=5000.0,
        projection="south polar stereographic",
    )  # fmt: skip
    programme, site = declared(tmp_path, {"hillshade": GRID, "height_m": other})
    with pytest.raises(IlrsError) as caught:
        site_map(programme, site, terrain=())
    assert str(caught.value) == (
        f"the maps of RIDGE lie on different grids: {other}; {GRID}; the layers of a site's map"
        " share their pixels. Lay them on one grid, or leave out what differs."
    )
    programme, site = declared(tmp_path, {"longest_darkness_s": GRID, "hillshade": GRID})
    with pytest.raises(IlrsError) as caught:
        site_map(programme, site, terrain=())
    assert str(caught.value) == (
        "the maps of RIDGE hold hillshade, longest_darkness_s; a site's map has a layer hillshade"
        " and one of illumination_fraction and height_m. Add what is missing to `maps:`;"
        " docs/files.md says how they are made."
    )
