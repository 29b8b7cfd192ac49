"""Real LOLA files: the figures their publisher and other copies of them give."""

from pathlib import Path

import numpy as np
import pytest

from ilrs.moon.terrain import Terrain, read_terrain


# Lunar extremes as known to LOLA (label LDEM_4.LBL, V3.0 2017-09-15: DN -17758..21008 of 0.5 m; a
# label's minimum may be off by one DN). Places to the pixel, 0.25 deg.
def test_extremes_of_the_global_map(lola: list[Terrain]) -> None:
    world = lola[2]
    heights = world.heights_m
    assert heights.max() == 10_504.0
    assert heights.min() == pytest.approx(-8_879.0, abs=0.5)
    for pick, latitude, longitude in ((np.argmax, 5.4, 201.4), (np.argmin, -70.4, 187.6)):
        row, column = np.unravel_index(int(pick(heights)), heights.shape)
        found = world.grid.project(latitude, longitude)
        assert np.abs(np.subtract(world.grid.pixel_at(*found), (row, column))).max() < 1.0


# The publisher's JPEG 2000 copy starts at longitude -180, the image at 0, and its scale lies in its
# label only: every place must still have the same height, within 1 DN = 0.5 m (SOURCES.md).
@pytest.mark.parametrize("name", ["LDEM_4.JP2", "LDEM_4_JP2.LBL", "LDEM_4.IMG"])
def test_the_same_map_in_other_files(shared: Path, lola: list[Terrain], name: str) -> None:
    other = read_terrain(shared / "data" / "terrain" / name)
    rng = np.random.default_rng(3)
    places = np.degrees(np.arcsin(rng.uniform(-1, 1, 3000))), rng.uniform(-180, 360, 3000)
    mine = lola[2].height_m(*lola[2].grid.project(*places))
    theirs = other.height_m(*other.grid.project(*places))
    assert np.abs(mine - theirs).max() <= 0.5 + 1e-6


# SOURCES.md gives the checksum of the image, the ranges of both polar grids, and Shackleton's
# centre at (8.3, -6.6) km with its floor at -2.9 km
# (so to half of the last printed digit).
def test_polar_grids_lie_where_shackleton_is(lola: list[Terrain]) -> None:
    ridge, wide, world = lola
    assert world.sha256.startswith("972d66d7f330abca")
    assert (ridge.grid.west_m, ridge.grid.north_m, ridge.grid.pixel_m) == (-9520.0, -5480.0, 40.0)
    assert wide.heights_m.max() == pytest.approx(1873.4, abs=0.05)
    x, y = wide.grid.project(-89.65, 128.6)
    assert (float(x), float(y)) == (
        pytest.approx(8300.0, abs=50.0),
        pytest.approx(-6600.0, abs=50.0),
    )
    row, column = (round(float(value)) for value in wide.grid.pixel_at(x, y))
    crater = wide.heights_m[row - 40 : row + 41, column - 40 : column + 41]  # 8 km around
    assert float(crater.min()) == pytest.approx(-2900.0, abs=50.0)


# The centre of the 200 m grid is the 5 x 5 mean of the 40 m grid to 0.08 m rms (SOURCES.md, printed
# to 0.01 m): pixel registration of both grids, and so every nested horizon, rests on it.
def test_fine_and_coarse_grid_agree(lola: list[Terrain]) -> None:
    ridge, wide, _ = lola
    assert ridge.grid.west_m + 3 * 40.0 == wide.grid.west_m + 103 * 200.0
    assert ridge.grid.north_m - 3 * 40.0 == wide.grid.north_m - 103 * 200.0
    fine = ridge.heights_m[3:253, 3:253].astype(float).reshape(50, 5, 50, 5).mean(axis=(1, 3))
    rms_m = float(np.sqrt(np.mean((wide.heights_m[103:153, 103:153] - fine) ** 2)))
    assert rms_m == pytest.approx(0.08, abs=0.005)
