"""Layers of temperature: from blocks to pixels, and the way to the nearest cold trap."""

import numpy as np

from ilrs.moon.grid import Grid
from ilrs.moon.map_layout import map_on
from ilrs.study.site_heat import heat_layers

FINE = Grid(
    rows=12, columns=12, pixel_m=100.0, west_m=-600.0, north_m=600.0,
    projection="south polar stereographic",
)  # fmt: skip
BLOCKS = Grid(
    rows=4, columns=4, pixel_m=300.0, west_m=-600.0, north_m=600.0,
    projection="south polar stereographic",
)  # fmt: skip
ATTRS = {
    "block_pixels": 3, "step_s": 21600.0,
    "start_utc": "2030-01-01T00:00:00Z", "end_utc": "2030-12-21T08:48:34Z",
}  # fmt: skip


def heat(warmest_k):
    x = np.broadcast_to(-450.0 + 300.0 * np.arange(4.0), (4, 4))
    values = {"surface_mean_k": 100.0 + x / 10.0, "surface_coldest_k": 50.0 + 0.0 * x,
              "surface_hottest_k": warmest_k}  # fmt: skip
    return map_on(BLOCKS, {name: (value, "K", name) for name, value in values.items()}, **ATTRS)


def test_temperatures_are_linear_between_the_middles_of_blocks():
    found = heat_layers(heat(np.full((4, 4), 200.0)), grid=FINE)
    x = np.clip(found["x_m"].values, -450.0, 450.0)  # held on beyond the outermost middles
    np.testing.assert_allclose(found["mean_temperature"].values, np.tile(100.0 + x / 10.0, (12, 1)))
    assert found["mean_temperature"].attrs["units"] == "K"
    np.testing.assert_allclose(found["coldest_temperature"].values, 50.0)
    assert np.isinf(found["cold_trap_distance"].values).all()
    assert found.attrs["note"] == (
        "ground temperatures of blocks of 300 m (3 x 3 pixels), linear between their middles, "
        "2030-01-01 to 2030-12-21 in steps of 6 h; what lies beyond the map shades, but neither "
        "lights nor warms"
    )


def test_the_distance_is_that_to_ground_below_110_k():
    warmest = np.full((4, 4), 130.0)
    warmest[:, 0] = 90.0  # 110 K lies halfway between the first two columns of blocks
    found = heat_layers(heat(warmest), grid=FINE)
    assert found["is_cold_trap"].values[0].tolist() == [True] * 3 + [False] * 9
    np.testing.assert_allclose(
        found["cold_trap_distance"].values[5, 3:], 100.0 * np.arange(1, 10), rtol=1e-5
    )


def test_a_hole_in_the_temperatures_stays_one():
    warmest = np.full((4, 4), 90.0)
    warmest[1, 1] = np.nan
    found = heat_layers(heat(warmest), grid=FINE)
    assert np.isnan(found["warmest_temperature"].values[4, 4])
    assert not found["is_cold_trap"].values[4, 4]
