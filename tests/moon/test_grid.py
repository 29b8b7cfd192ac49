"""Where a grid lies: projections against PROJ, edges, and the way back."""

from dataclasses import replace

import numpy as np
import pyproj
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ilrs.moon.grid import Grid

POLAR = Grid(
    rows=100, columns=200, pixel_m=20.0, west_m=-1000.0, north_m=3000.0,
    projection="south polar stereographic",
)  # fmt: skip
WORLD = Grid(
    rows=180, columns=360, pixel_m=np.pi * 1_737_400.0 / 180.0, north_m=0.5 * np.pi * 1_737_400.0,
    west_m=-np.pi * 1_737_400.0, projection="simple cylindrical", central_longitude_deg=180.0,
)  # fmt: skip
SPHERE = "+R=1737400 +units=m"


# PROJ (pyproj), the library behind GDAL. Tolerance 1 mm: both are closed forms in double precision.
@pytest.mark.parametrize(
    ("grid", "proj", "sign"),
    [
        (POLAR, "+proj=stere +lat_0=-90 +lon_0=0 +k=1", -1),
        (replace(POLAR, central_longitude_deg=40.0), "+proj=stere +lat_0=-90 +lon_0=40 +k=1", -1),
        (replace(POLAR, scale=0.994), "+proj=stere +lat_0=-90 +lon_0=0 +k=0.994", -1),
        (
            replace(POLAR, projection="north polar stereographic"),
            "+proj=stere +lat_0=90 +lon_0=0 +k=1",
            1,
        ),
        (WORLD, "+proj=eqc +lon_0=180", 1),
    ],
)
def test_project_against_proj(grid: Grid, proj: str, sign: int) -> None:
    rng = np.random.default_rng(7)
    latitude, longitude = sign * rng.uniform(60, 89.9, 200), rng.uniform(-170, 350, 200)
    expected = pyproj.Proj(f"{proj} {SPHERE}")(longitude, latitude)
    assert np.allclose(grid.project(latitude, longitude), expected, rtol=0, atol=1e-3)


@given(st.floats(-89.999, 89.0), st.floats(0.0, 359.99))
def test_locate_undoes_project(latitude: float, longitude: float) -> None:
    for grid in (POLAR, WORLD, replace(POLAR, central_longitude_deg=-33.0)):
        back = grid.locate(*grid.project(latitude, longitude))
        assert back[0] == pytest.approx(latitude, abs=1e-9)
        turn = (float(back[1]) - longitude + 180.0) % 360.0 - 180.0
        assert abs(turn) * np.cos(np.radians(latitude)) < 1e-9


def test_project_when_the_axes_are_asked() -> None:
    """+x is 90 E and +y is 0 E on a south polar map; on a north polar map +y is 180 E."""
    x, y = POLAR.project([-89.0, -89.0], [90.0, 0.0])
    assert x[0] > 0 > -1e-6 > -y[1] and abs(x[1]) < 1e-6
    assert float(replace(POLAR, projection="north polar stereographic").project(89.0, 180.0)[1]) > 0


def test_edges_of_a_grid() -> None:
    assert (POLAR.east_m, POLAR.south_m) == (3000.0, 1000.0)
    assert POLAR.holds(3000.0, 1000.0) and not POLAR.holds(3000.1, 1000.0)
    assert not POLAR.wraps and WORLD.wraps and WORLD.holds(1e9, 0.0)
    row, column = POLAR.pixel_at(-990.0, 2990.0)
    assert (row, column) == (0.0, 0.0)
    assert str(POLAR) == (
        "100 x 200 pixels of 20 m, south polar stereographic, x -1 to 3 km, y 1 to 3 km"
    )
