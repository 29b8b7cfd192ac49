"""The maps that the reference programme carries: what they are, and that they are what they say."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from ilrs.foundation.time import parse_utc, tdb_from_utc
from ilrs.moon.horizon_map import horizon_map
from ilrs.moon.light_map import light_map
from ilrs.moon.map_layout import map_grid
from ilrs.moon.terrain import read_terrain
from ilrs.programme.entities import Programme, Site
from ilrs.programme.load import load, reference_folder
from ilrs.sky.sky import open_sky
from ilrs.study.site_map import site_map


@pytest.fixture(scope="module")
def programme() -> Programme:
    return load(["reference"]).programme


@pytest.fixture(scope="module")
def ground(programme: Programme) -> xr.Dataset:
    found, hashes = site_map(programme, programme.sites["CONNECTING-RIDGE"], terrain=())
    assert found is not None and len(hashes) == 3
    return found


def pixel(ground: xr.Dataset, site: Site) -> tuple[int, int]:
    grid = map_grid(ground)
    row, column = grid.pixel_at(*grid.project(site.latitude_deg, site.longitude_deg))
    return round(float(row)), round(float(column))


def test_maps_are_small_and_say_what_they_were_made_of(ground: xr.Dataset) -> None:
    files = list((reference_folder() / "maps").iterdir())
    assert sum(path.stat().st_size for path in files) < 300_000
    assert ground.attrs["builder"] == "builders/build_maps.py"
    assert (Path(__file__).parents[2] / ground.attrs["builder"]).exists()
    assert ground.attrs["terrain"] == "shackleton_ridge_200m, LDEM_4"
    assert len(ground.attrs["terrain_sha256"].split(", ")) == 2
    assert (ground.attrs["start_utc"][:10], ground.attrs["end_utc"][:10]) == (
        "2026-01-01", "2044-08-09",
    )  # fmt: skip


def test_every_site_with_a_horizon_lies_on_its_map(
    programme: Programme, ground: xr.Dataset
) -> None:
    sites = [site for site in programme.sites.values() if site.horizon is not None]
    for site in sites:
        assert site.maps == programme.sites["CONNECTING-RIDGE"].maps
        row, column = pixel(ground, site)
        assert np.isfinite(ground["hillshade"].values[row, column])


# BUSSEY2010 and GLAESER2014 of the reference's sources.yaml: Shackleton's floor never sees the Sun;
# the best point of the ridge is lit 92.27 % of 19 years from 2 m, on cells finer than these.
def test_light_is_where_it_is_known_to_be(programme: Programme, ground: xr.Dataset) -> None:
    light = ground["illumination_fraction"].values
    assert light[pixel(ground, programme.sites["SHACKLETON"])] == 0.0
    assert light[pixel(ground, programme.sites["SHACK-DEGER-RIDGE"])] > 0.8
    assert 0.8 < np.nanmax(light) < 0.9227


def test_light_when_computed_anew_is_what_the_map_says(
    programme: Programme, ground: xr.Dataset, shared: Path
) -> None:
    """10 x 10 pixels around the station, stepped 6-hourly instead of hourly: a hundred times
    the Sun's round of 29.5 d, so that the steps count for less than 0.3 %; half a step is 0.2 %."""
    folder = shared / "data" / "terrain"
    terrains = [read_terrain(folder / name) for name in ("shackleton_ridge_200m.tif", "LDEM_4.LBL")]
    row, column = pixel(ground, programme.sites["CONNECTING-RIDGE"])
    whole = map_grid(ground)
    part = replace(
        whole, rows=10, columns=10,
        west_m=whole.west_m + (column - 5) * whole.pixel_m,
        north_m=whole.north_m - (row - 5) * whole.pixel_m,
    )  # fmt: skip
    start_s, end_s = (float(tdb_from_utc(parse_utc(day))) for day in ("2026-01-01", "2044-08-10"))
    light = light_map(
        horizon_map(terrains, grid=part, observer_height_m=2.0),
        tdb_s=np.arange(start_s, end_s, 21_600.0),
        sky=open_sky(),
    )["illumination_fraction"].values
    told = ground["illumination_fraction"].values[row - 5 : row + 5, column - 5 : column + 5]
    assert np.abs(light - told).max() <= 0.005
    assert np.ptp(told) > 0.3  # ridge and slope, so that it matters which pixel is which
