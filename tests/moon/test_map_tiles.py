"""Tiles: what they cover, how pixels tilt against their middle, and what is no horizon map."""

import numpy as np
import pytest

from ilrs.foundation.angles import azimuth_difference_deg
from ilrs.foundation.errors import IlrsError
from ilrs.moon.map_tiles import (
    Tile,
    even_step_s,
    grid_azimuth_deg,
    grid_of,
    pixel_tilt,
    row_strips,
    tiles_of,
    true_azimuth_deg,
    turned_sine,
)
from tests.moon.sky_maps import horizon_map_of, map_grid
from tests.moon.sky_maps import true_azimuth_deg as geodesic_azimuth_deg


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


# Close to the pole a map turns north by the longitude: Snyder 1987, chapter 21.
@pytest.mark.parametrize(
    ("projection", "expected"),
    [("south polar stereographic", 40.0), ("north polar stereographic", 320.0)],
)
def test_grid_azimuth_of_north(projection: str, expected: float) -> None:
    grid = map_grid(projection=projection, central_longitude_deg=50.0)
    place = {"latitude_deg": grid.pole * 89.99, "longitude_deg": 90.0}
    assert float(grid_azimuth_deg(0.0, **place, grid=grid)) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    ("projection", "centre", "place"),
    [
        ("south polar stereographic", -90.0, (-78.0, 200.0)),
        ("north polar stereographic", 90.0, (78.0, 200.0)),
        ("stereographic", 5.0, (9.0, 30.0)),
        ("stereographic", -45.0, (-60.0, 350.0)),
    ],
)
def test_azimuths_when_turned_there_and_back(
    projection: str, centre: float, place: tuple[float, float]
) -> None:
    grid = map_grid(projection=projection, central_latitude_deg=centre, central_longitude_deg=15.0)
    at = {"latitude_deg": place[0], "longitude_deg": place[1], "grid": grid}
    azimuths = np.arange(0.0, 360.0, 7.5)
    expected = geodesic_azimuth_deg(azimuths, *place, grid)
    true = true_azimuth_deg(azimuths, **at)
    assert np.abs(azimuth_difference_deg(true, expected)).max() < 1e-9
    assert np.abs(azimuth_difference_deg(grid_azimuth_deg(true, **at), azimuths)).max() < 1e-9


@pytest.mark.parametrize(
    "projection", ["south polar stereographic", "north polar stereographic", "stereographic"]
)
def test_turned_sine_when_compared_with_vectors(projection: str) -> None:
    """A direction given by azimuth and elevation over a pixel, as a vector, and its elevation over
    the tile's middle; codes of 0.003 deg and 32 bits leave 1e-6."""
    grid = map_grid(rows=3, columns=3, pixel_m=15_000.0, west_m=-90_000.0, projection=projection)
    tile = Tile(slice(0, 3), slice(0, 3))
    tilt = tuple(pixel_tilt(grid, tile, part=tile)[:, 2, 0])

    def place(x_m: float, y_m: float) -> tuple[float, float]:
        return tuple(float(value) for value in grid.locate(x_m, y_m))  # type: ignore[return-value]

    def up(latitude: float, longitude: float) -> np.ndarray:
        phi, lam = np.radians(latitude), np.radians(longitude)
        return np.array([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)])

    pixel = place(grid.west_m + 0.5 * grid.pixel_m, grid.north_m - 2.5 * grid.pixel_m)
    middle_up = up(*place(grid.west_m + 1.5 * grid.pixel_m, grid.north_m - 1.5 * grid.pixel_m))
    lam = np.radians(pixel[1])
    east = np.array([-np.sin(lam), np.cos(lam), 0.0])
    north = np.cross(up(*pixel), east)
    for azimuth, code in ((0.0, 400), (75.0, -300), (200.0, 3000)):
        true = np.radians(geodesic_azimuth_deg(azimuth, *pixel, grid))
        h = np.radians(code * 0.003)
        ray = np.cos(h) * (np.cos(true) * north + np.sin(true) * east) + np.sin(h) * up(*pixel)
        sine, cosine = (np.float32(f(np.radians(azimuth))) for f in (np.sin, np.cos))
        assert float(turned_sine(code, tilt, sine, cosine)) == pytest.approx(
            ray @ middle_up, abs=1e-6
        )


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
        "a horizon map in the projection simple cylindrical; light is mapped on stereographic maps,"
        " where a grid azimuth is one direction. Make the horizon map on a grid of"
        " ilrs.moon.grid.stereographic_grid."
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
