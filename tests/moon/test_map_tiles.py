"""Tiles: what they cover, how pixels tilt against their middle, and what is no horizon map."""

import numpy as np
import pytest

from ilrs.foundation.errors import IlrsError
from ilrs.moon.map_tiles import (
    Tile,
    even_step_s,
    grid_azimuth_deg,
    grid_of,
    pixel_tilt,
    row_strips,
    tiles_of,
    turned_sine,
)
from ilrs.sky.directions import MOON_RADIUS_M
from tests.moon.sky_maps import horizon_map_of, map_grid


def test_tiles_when_a_map_is_large() -> None:
    grid = map_grid(rows=7, columns=11, pixel_m=9_000.0)
    covered = np.zeros((7, 11), dtype=int)
    for tile in tiles_of(grid):
        covered[tile] += 1
        assert tile.rows.stop - tile.rows.start <= 4 and tile.columns.stop - tile.columns.start <= 4
    assert (covered == 1).all()


def test_strips_when_horizons_are_many() -> None:
    tile = Tile(slice(100, 2100), slice(0, 2000))
    parts = list(row_strips(tile, azimuths=360))
    rows = [row for part in parts for row in range(part.rows.start, part.rows.stop)]
    assert rows == list(range(100, 2100)) and len(parts) == 11  # 186 rows of 1.44 MB in 256 MiB


# Polar stereographic maps turn north by the longitude: Snyder 1987, chapter 21.
@pytest.mark.parametrize(
    ("projection", "expected"),
    [("south polar stereographic", 40.0), ("north polar stereographic", 320.0)],
)
def test_grid_azimuth_of_north(projection: str, expected: float) -> None:
    grid = map_grid(projection=projection, central_longitude_deg=50.0)
    assert float(grid_azimuth_deg(0.0, 70.0 + 20.0, grid=grid)) == pytest.approx(expected)


@pytest.mark.parametrize("projection", ["south polar stereographic", "north polar stereographic"])
def test_grid_azimuth_when_walked_on_the_map(projection: str) -> None:
    """A step of 1 m along a true azimuth moves on the map along the grid azimuth. Azimuth turns
    along such a straight step 60.6 km from the pole: by half of 1 m / 60.6 km, 5e-4 deg."""
    grid = map_grid(projection=projection, central_longitude_deg=15.0)
    latitude, longitude, azimuth = grid.pole * 88.0, 200.0, 65.0
    step = np.degrees(1.0 / MOON_RADIUS_M)
    north, east = step * np.cos(np.radians(azimuth)), step * np.sin(np.radians(azimuth))
    x0, y0 = grid.project(latitude, longitude)
    x1, y1 = grid.project(latitude + north, longitude + east / np.cos(np.radians(latitude)))
    walked = np.degrees(np.arctan2(x1 - x0, y1 - y0)) % 360.0
    assert float(grid_azimuth_deg(azimuth, longitude, grid=grid)) == pytest.approx(walked, abs=1e-3)


@pytest.mark.parametrize("projection", ["south polar stereographic", "north polar stereographic"])
def test_turned_sine_when_compared_with_vectors(projection: str) -> None:
    """A direction given by azimuth and elevation over a pixel, as a vector, and its elevation over
    the tile's middle; codes of 0.003 deg and 32 bits leave 1e-6."""
    grid = map_grid(rows=3, columns=3, pixel_m=15_000.0, projection=projection)
    tile = Tile(slice(0, 3), slice(0, 3))
    along, east, north = pixel_tilt(grid, tile, part=tile)[:, 2, 0].astype(float)

    def axes(x_m: float, y_m: float) -> tuple[np.ndarray, ...]:
        latitude, longitude = (np.radians(float(v)) for v in grid.locate(x_m, y_m))
        up = np.array([np.cos(latitude) * np.cos(longitude), np.cos(latitude) * np.sin(longitude),
                       np.sin(latitude)])  # fmt: skip
        true_east = np.array([-np.sin(longitude), np.cos(longitude), 0.0])
        return up, np.cross(up, true_east), true_east, np.degrees(longitude)

    pixel_x, pixel_y = grid.west_m + 0.5 * grid.pixel_m, grid.north_m - 2.5 * grid.pixel_m
    up, true_north, true_east, longitude = axes(pixel_x, pixel_y)
    middle_up = axes(grid.west_m + 1.5 * grid.pixel_m, grid.north_m - 1.5 * grid.pixel_m)[0]
    for true_azimuth, code in ((0.0, 400), (75.0, -300), (200.0, 3000)):
        a, h = np.radians(true_azimuth), np.radians(code * 0.003)
        ray = np.cos(h) * (np.cos(a) * true_north + np.sin(a) * true_east) + np.sin(h) * up
        g = np.radians(float(grid_azimuth_deg(true_azimuth, longitude, grid=grid)))
        across = east * np.sin(g) + north * np.cos(g)
        assert float(turned_sine(code, along, across)) == pytest.approx(ray @ middle_up, abs=1e-6)


def test_message_when_it_is_another_map() -> None:
    horizons = horizon_map_of(0.0, map_grid()).rename(horizon_code="slope_deg")
    with pytest.raises(IlrsError) as caught:
        grid_of(horizons)
    assert str(caught.value) == (
        "a map of slope_deg in place of horizons; ilrs.moon.horizon_map makes maps of horizon_code."
        " Make the horizon map first, or open the right file."
    )


def test_message_when_the_map_is_cylindrical() -> None:
    with pytest.raises(IlrsError) as caught:
        grid_of(horizon_map_of(0.0, map_grid(projection="simple cylindrical")))
    assert str(caught.value) == (
        "a horizon map in the projection simple cylindrical; light is mapped on polar stereographic"
        " maps, where a grid azimuth is one direction. Make the horizon map on a polar grid."
    )


def test_step_when_a_leap_second_lies_between() -> None:
    epochs, step_s = even_step_s([0.0, 3600.0, 7201.0, 10801.0])
    assert step_s == 3600.0 and epochs.size == 4


def test_message_when_steps_are_uneven() -> None:
    with pytest.raises(IlrsError) as caught:
        even_step_s([0.0, 3600.0, 9000.0])
    assert str(caught.value) == (
        "3 epochs with steps from 3600 to 5400 s; the length of darkness is counted in even steps"
        " of time. Give epochs such as ilrs.foundation.time.time_grid makes."
    )
