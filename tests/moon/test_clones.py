"""Clones of terrain: the errors are as declared, and the same seed gives the same numbers."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import xarray as xr

from ilrs.foundation.errors import IlrsError
from ilrs.moon.clones import height_error_m, light_uncertainty, near_terrain, terrain_clone
from ilrs.moon.grid import Grid
from ilrs.moon.horizon import horizon_profile
from ilrs.moon.terrain import Terrain
from ilrs.sky.sky import Sky
from tests.moon.sky_maps import hours, map_grid, stepped_light

SITE = {"latitude_deg": -89.98, "longitude_deg": 60.0}


@pytest.fixture
def hills(ground: Callable[..., Terrain]) -> list[Terrain]:
    return [
        ground(lambda x, y: 60.0 * np.sin(x / 900.0) * np.cos(y / 700.0), pixels=121, pixel_m=50.0)
    ]


# 400 x 400 pixels of 10 m hold about 400 * 400 / (pi * 5 * 5) = 2,000 independent patches: the RMS
# of a draw scatters by 1/sqrt(2 * 2,000) = 1.6 %, correlations by 1/sqrt(2,000) = 0.022; bounds are
# three times that.
def test_errors_when_measured() -> None:
    grid = map_grid(rows=400, columns=400, pixel_m=10.0)
    field = height_error_m(grid, rms_m=0.5, correlation_m=50.0, seed=11)
    assert field.std() == pytest.approx(0.5, rel=0.048)
    for apart in (2, 5, 8):
        expected = np.exp(-((apart * 10.0 / 50.0) ** 2))
        for here, there in (
            (field[apart:], field[:-apart]),
            (field[:, apart:], field[:, :-apart]),
        ):
            assert (here * there).mean() / 0.25 == pytest.approx(expected, abs=0.067)
    far = (field[:200] * field[200:]).mean() / 0.25
    assert abs(far) < 0.1


def test_errors_when_the_seed_is_the_same() -> None:
    grid = map_grid(rows=50, columns=40, pixel_m=10.0)
    first, again, other = (
        height_error_m(grid, rms_m=0.5, correlation_m=30.0, seed=seed) for seed in (4, 4, 5)
    )
    assert np.array_equal(first, again) and not np.array_equal(first, other)
    assert not height_error_m(grid, rms_m=0.0, correlation_m=30.0, seed=4).any()


def test_clone_when_made(hills: list[Terrain]) -> None:
    clone = terrain_clone(hills[0], correlation_m=200.0, seed=1)
    assert clone.name == "made (clone)" and clone.grid == hills[0].grid
    error = clone.heights_m - hills[0].heights_m
    assert 0.3 < error.std() < 0.7  # 0.5 m over 230 patches


def test_near_terrain_when_the_site_is_at_an_edge(ground: Callable[..., Terrain]) -> None:
    terrain = ground(lambda x, y: x + 0.0 * y, pixels=101, pixel_m=100.0)
    middle = near_terrain([terrain], **SITE, near_m=1_000.0)
    assert middle.grid.rows in (21, 22) and middle.grid.columns in (21, 22)
    corner_lat, corner_lon = (float(v) for v in terrain.grid.locate(-4_900.0, 4_900.0))
    corner = near_terrain(
        [terrain], latitude_deg=corner_lat, longitude_deg=corner_lon, near_m=1_000.0
    )
    assert corner.grid.west_m == terrain.grid.west_m and corner.grid.rows < 14
    # The cut lies where it lay: heights at a place are the same.
    x, y = (float(v) for v in terrain.grid.project(**SITE))
    assert float(middle.height_m(x, y)) == pytest.approx(float(terrain.height_m(x, y)), abs=1e-3)


def test_light_when_there_is_no_error(hills: list[Terrain], sky: Sky) -> None:
    """Without errors every clone is the site itself, stepped hourly: within 0.3 %; a lit or dark
    hour more or less at each end of the longest darkness."""
    epochs = hours("2030-01-01", "2031-01-01")
    found = light_uncertainty(
        hills, **SITE, mast_heights_m=[2.0], tdb_s=epochs, correlation_m=100.0, seed=1,
        rms_m=0.0, clones=2, near_m=1_000.0, sky=sky,
    )  # fmt: skip
    profile = horizon_profile(hills, **SITE, mast_heights_m=[2.0])
    lit = stepped_light(profile, epochs, sky)
    light = found["illumination_fraction"].values[0]
    assert light[0] == light[1] == pytest.approx(lit.mean(), rel=0.003)
    edges = np.flatnonzero(np.diff(np.concatenate(([0], (lit <= 0.0).astype(int), [0]))))
    longest_s = 3600.0 * np.diff(edges)[::2].max()
    assert np.abs(found["longest_darkness_s"].values - longest_s).max() <= 2 * 3600.0


def test_light_when_the_seed_is_the_same(hills: list[Terrain], sky: Sky) -> None:
    given: dict[str, Any] = dict(
        **SITE, mast_heights_m=[2.0, 10.0], tdb_s=hours("2030-01-01", "2030-07-01"),
        correlation_m=150.0, near_m=1_500.0, sky=sky,
    )  # fmt: skip
    first = light_uncertainty(hills, seed=3, clones=4, **given)
    xr.testing.assert_identical(first, light_uncertainty(hills, seed=3, clones=4, **given))
    fewer = light_uncertainty(hills, seed=3, clones=2, **given)
    assert np.array_equal(
        first["illumination_fraction"][:, :2], fewer["illumination_fraction"]
    )  # a clone does not know how many there are
    told = first["illumination_fraction_percentile"].values
    assert (np.diff(told, axis=1) >= 0.0).all() and told[0, 0] < told[0, 2]
    assert first["percentile"].values.tolist() == [5.0, 50.0, 95.0]
    spread = np.ptp(first["illumination_fraction"].values, axis=1)
    assert spread[0] > spread[1]  # 10 m up, half a metre of ground matters less


def test_message_when_the_grid_cannot_hold_the_correlation() -> None:
    grid = Grid(
        rows=5, columns=5, pixel_m=40.0, west_m=0.0, north_m=0.0,
        projection="south polar stereographic",
    )  # fmt: skip
    with pytest.raises(IlrsError) as caught:
        height_error_m(grid, rms_m=0.4, correlation_m=10.0, seed=1)
    assert str(caught.value) == (
        "height errors of 0.4 m RMS over 10 m on pixels of 40 m; the RMS is at least 0 m, and the"
        " correlation length at least a pixel. Lengthen the correlation, or give finer terrain."
    )


def test_message_when_the_site_is_off_the_terrain(hills: list[Terrain]) -> None:
    with pytest.raises(IlrsError) as caught:
        near_terrain(hills, latitude_deg=-80.0, longitude_deg=0.0, near_m=100.0)
    assert str(caught.value) == (
        "the site at latitude -80, longitude 0 lies off the terrain given; made: 121 x 121 pixels"
        " of 50 m, south polar stereographic, x -3.025 to 3.025 km, y -3.025 to 3.025 km. Give"
        " terrain that holds the site, or correct its coordinates."
    )
