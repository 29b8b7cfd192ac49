"""Temperatures over a year on a map: blocks, holes, and flat ground whose light is known."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from ilrs.foundation.errors import IlrsError
from ilrs.foundation.time import parse_utc, tdb_from_utc
from ilrs.moon.column import run_columns
from ilrs.moon.heat import bond_albedo
from ilrs.moon.heat_map import HEAT_YEAR_S, block_terrain, heat_map
from ilrs.moon.light import disc_fraction, solar_irradiance_w_m2
from ilrs.moon.terrain import Terrain
from ilrs.sky.directions import BODY_RADIUS_M, angular_radius_deg, apparent_directions
from ilrs.sky.kernels import SUN
from ilrs.sky.sky import Sky

START_S = float(tdb_from_utc(parse_utc("2027-01-01")))
STEP_S = 6.0 * 3600.0


def bowl(x: Any, y: Any) -> Any:
    return np.minimum((np.hypot(x, y) / 1000.0) ** 2 * 200.0, 200.0)


def test_blocks_are_means_of_what_is_known(ground: Callable[..., Terrain]) -> None:
    terrain = ground(lambda x, y: x + 10.0 * y, pixels=5, pixel_m=1.0)
    terrain.heights_m[0, 0] = np.nan
    terrain.heights_m[2:4, 2:4] = np.nan
    coarse = block_terrain(terrain, block=2)
    h = terrain.heights_m
    assert coarse.heights_m[0, 0] == pytest.approx((h[0, 1] + h[1, 0] + h[1, 1]) / 3.0)
    assert coarse.heights_m[0, 1] == pytest.approx(h[:2, 2:4].mean())
    assert np.isnan(coarse.heights_m[1, 1])
    assert coarse.heights_m[2, 2] == h[4, 4]  # what the edges leave of a block
    assert (coarse.grid.rows, coarse.grid.columns, coarse.grid.pixel_m) == (3, 3, 2.0)
    assert (coarse.grid.west_m, coarse.grid.north_m) == (terrain.grid.west_m, terrain.grid.north_m)
    assert block_terrain(terrain, block=1) is terrain


# Level ground sees no other ground, so that its temperature is a column's under the Sun of its
# pole. Tolerance: the map's horizon lies up to 0.05 deg below level (1.6 km of a sphere), a tenth
# of the Sun's disc, which near the horizon is 1 W/m2 of 20.
def test_level_ground_is_as_warm_as_a_column_under_the_sun(
    ground: Callable[..., Terrain], sky: Sky
) -> None:
    found = heat_map(
        ground(lambda x, y: 0.0 * x, pixels=9, pixel_m=200.0), start_tdb_s=START_S, sky=sky
    )
    epochs = START_S + (np.arange(int(HEAT_YEAR_S / STEP_S)) + 0.5) * STEP_S
    _, elevation, distance = (
        values[0]
        for values in apparent_directions(
            (SUN,), epochs, latitude_deg=-90.0, longitude_deg=0.0, **sky.kernels
        )
    )
    radius = angular_radius_deg(distance, radius_m=BODY_RADIUS_M[SUN])
    facing = np.maximum(np.sin(np.radians(elevation)), 0.0)
    light = solar_irradiance_w_m2(distance) * facing * disc_fraction(elevation, radius)
    absorbed = light * (1.0 - bond_albedo(90.0 - np.maximum(elevation, 0.0)))
    column = run_columns(absorbed[:, None], step_s=STEP_S, longest_step_s=STEP_S)
    surface = column.kept_k[:, 0, 0]
    middle = found.isel(y_m=4, x_m=4)
    assert float(middle["surface_mean_k"]) == pytest.approx(surface.mean(), abs=1.0)
    assert float(middle["surface_hottest_k"]) == pytest.approx(surface.max(), abs=1.0)
    assert found.attrs["block_pixels"] == 1
    assert (found.attrs["start_utc"], found.attrs["end_utc"]) == (
        "2027-01-01T00:00:00Z", "2027-12-21T08:48:34Z",
    )  # fmt: skip
    assert found.attrs["terrain"] == "made"


def test_far_terrain_shades_the_map(ground: Callable[..., Terrain], sky: Sky) -> None:
    """A ring of 3 km height 20 km away, 8 deg high, leaves no Sun: a pole never has more than 2."""
    near = ground(lambda x, y: 0.0 * x, pixels=9, pixel_m=200.0)
    ring = ground(
        lambda x, y: np.where(np.hypot(x, y) > 20_000.0, 3_000.0, 0.0), pixels=61, pixel_m=1_000.0
    )
    open_k = heat_map(near, start_tdb_s=START_S, sky=sky)["surface_mean_k"].values
    shaded = heat_map(near, [ring], start_tdb_s=START_S, sky=sky)
    assert open_k.min() > shaded["surface_mean_k"].values.max() + 30.0
    assert shaded["surface_hottest_k"].values.max() < 40.0  # the heat from below alone
    assert bool(shaded["is_cold_trap"].all())


def test_part_of_a_map_on_blocks_with_a_hole(ground: Callable[..., Terrain], sky: Sky) -> None:
    whole = ground(bowl, pixels=40, pixel_m=100.0)
    holed = replace(whole, heights_m=whole.heights_m.copy())
    holed.heights_m[20:22, 20:22] = np.nan
    part = replace(whole.grid, rows=20, columns=20, west_m=-1000.0, north_m=1000.0)
    told: list[str] = []
    given: dict[str, Any] = {"grid": part, "start_tdb_s": START_S, "sky": sky, "most_pixels": 100}
    full = heat_map(whole, progress=told.append, **given)
    found = heat_map(holed, **given)
    assert (full.sizes["y_m"], full.attrs["pixel_m"], full.attrs["block_pixels"]) == (10, 200.0, 2)
    assert (full.attrs["west_m"], full.attrs["north_m"]) == (-1000.0, 1000.0)
    assert told[:2] == ["view factors of 10 x 10 blocks of 200 m", "ground temperatures, turn 1"]
    assert np.isnan(found["surface_mean_k"].values[5, 5])
    assert not found["is_cold_trap"].values[5, 5]
    assert np.isfinite(found["surface_mean_k"].values).sum() == 99
    # The hole is filled from beside it, 4 m of 200 higher: the rest hardly notices.
    rest = np.isfinite(found["surface_mean_k"].values)
    difference = (found["surface_mean_k"] - full["surface_mean_k"]).values[rest]
    assert abs(np.median(difference)) < 0.5


def test_messages_when_the_map_or_the_year_cannot_be(
    ground: Callable[..., Terrain], sky: Sky
) -> None:
    terrain = ground(lambda x, y: 0.0 * x, pixels=9)
    with pytest.raises(IlrsError) as caught:
        heat_map(terrain, start_tdb_s=START_S, sky=sky, most_pixels=0)
    assert str(caught.value) == (
        "temperatures on at most 0 blocks; ground warms ground on a map of at least 64 blocks. "
        "Allow more; 8192 are usual."
    )
    with pytest.raises(IlrsError) as caught:
        heat_map(terrain, start_tdb_s=START_S + 24.0 * HEAT_YEAR_S, sky=sky)
    assert str(caught.value) == (
        "no orientation MOON_ME_DE421 at 2051-01-01T04:25:49Z (372 of 1417 epochs); "
        "moon_pa_de421_1900-2050.bpc covers 1899-12-31T23:59:18Z to 2050-12-31T23:58:51Z. Shorten "
        "the span, or choose IAU_2015, which has no end."
    )
