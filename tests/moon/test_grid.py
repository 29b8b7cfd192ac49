"""Where a grid lies: projections against PROJ, edges, and the way back."""

from dataclasses import replace

import numpy as np
import pyproj
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ilrs.foundation.errors import IlrsError
from ilrs.moon.grid import Grid, stereographic_grid

POLAR = Grid(
    rows=100, columns=200, pixel_m=20.0, west_m=-1000.0, north_m=3000.0,
    projection="south polar stereographic",
)  # fmt: skip
WORLD = Grid(
    rows=180, columns=360, pixel_m=np.pi * 1_737_400.0 / 180.0, north_m=0.5 * np.pi * 1_737_400.0,
    west_m=-np.pi * 1_737_400.0, projection="simple cylindrical", central_longitude_deg=180.0,
)  # fmt: skip
FARSIDE = stereographic_grid(latitude_deg=5.0, longitude_deg=200.0, size_m=100_000.0, pixel_m=500.0)
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
        (FARSIDE, "+proj=stere +lat_0=5 +lon_0=200", 1),
        (replace(FARSIDE, scale=0.9), "+proj=stere +lat_0=5 +lon_0=200 +k=0.9", -1),
        (replace(FARSIDE, central_latitude_deg=-45.0), "+proj=stere +lat_0=-45 +lon_0=200", -1),
    ],
)
def test_project_against_proj(grid: Grid, proj: str, sign: int) -> None:
    rng = np.random.default_rng(7)
    latitude, longitude = sign * rng.uniform(60, 89.9, 200), rng.uniform(-170, 350, 200)
    expected = pyproj.Proj(f"{proj} {SPHERE}")(longitude, latitude)
    assert np.allclose(grid.project(latitude, longitude), expected, rtol=0, atol=1e-3)


# The same authority the other way, on the far side's own map and far from it; 1e-9 deg is 0.03 mm.
def test_locate_against_proj() -> None:
    rng = np.random.default_rng(8)
    x, y = rng.uniform(-3e6, 3e6, (2, 200))
    proj = pyproj.Proj(f"+proj=stere +lat_0=5 +lon_0=200 {SPHERE}")
    longitude, latitude = proj(x, y, inverse=True)
    back = FARSIDE.locate(x, y)
    assert np.allclose(back[0], latitude, rtol=0, atol=1e-9)
    turn = (back[1] - longitude + 180.0) % 360.0 - 180.0
    assert np.abs(turn * np.cos(np.radians(latitude))).max() < 1e-9


@given(st.floats(-89.999, 89.0), st.floats(0.0, 359.99))
def test_locate_undoes_project(latitude: float, longitude: float) -> None:
    for grid in (POLAR, WORLD, FARSIDE, replace(POLAR, central_longitude_deg=-33.0)):
        back = grid.locate(*grid.project(latitude, longitude))
        assert back[0] == pytest.approx(latitude, abs=1e-9)
        turn = (float(back[1]) - longitude + 180.0) % 360.0 - 180.0
        assert abs(turn) * np.cos(np.radians(latitude)) < 1e-9


def test_project_when_the_axes_are_asked() -> None:
    """+x is 90 E and +y is 0 E on a south polar map; on a north polar map +y is 180 E."""
    x, y = POLAR.project([-89.0, -89.0], [90.0, 0.0])
    assert x[0] > 0 > -1e-6 > -y[1] and abs(x[1]) < 1e-6
    assert float(replace(POLAR, projection="north polar stereographic").project(89.0, 180.0)[1]) > 0


@pytest.mark.parametrize("pole", ["south", "north"])
def test_oblique_map_about_a_pole_is_the_polar_map(pole: str) -> None:
    """To the nanometre: one is written with the distance from the pole, the other with vectors."""
    polar = replace(POLAR, projection=f"{pole} polar stereographic", central_longitude_deg=40.0)
    oblique = replace(polar, projection="stereographic")
    assert oblique.central_latitude_deg == 90.0 * polar.pole and oblique.pole == 0
    assert np.array_equal(oblique.axes, polar.axes)
    latitude, longitude = np.meshgrid(polar.pole * np.linspace(60.0, 90.0, 9), np.arange(8) * 45.0)
    there = polar.project(latitude, longitude)
    assert np.allclose(oblique.project(latitude, longitude), there, rtol=0, atol=1e-8)
    back = oblique.locate(*there)
    assert np.allclose(back[0], latitude, rtol=0, atol=1e-11)
    turn = (back[1] - longitude + 180.0) % 360.0 - 180.0
    assert np.abs(turn * np.cos(np.radians(latitude))).max() < 1e-11


def test_axes_lead_a_place_onto_the_map() -> None:
    """Outwards is the centre's own direction; a place a little north lies up, one east right."""
    place = np.radians([5.0, 200.0])
    outwards = np.array([
        np.cos(place[0]) * np.cos(place[1]), np.cos(place[0]) * np.sin(place[1]), np.sin(place[0])
    ])  # fmt: skip
    assert np.allclose(FARSIDE.axes @ outwards, [0.0, 0.0, 1.0], rtol=0, atol=1e-15)
    x, y = FARSIDE.project([5.0, 5.1, 5.0], [200.0, 200.0, 200.1])
    assert np.abs([x[0], y[0], x[1]]).max() < 1e-8 and y[1] > 3000.0 and x[2] > 3000.0


def test_stereographic_grid_about_a_place() -> None:
    assert (FARSIDE.rows, FARSIDE.west_m, FARSIDE.south_m) == (200, -50_000.0, -50_000.0)
    assert str(FARSIDE) == (
        "200 x 200 pixels of 500 m, stereographic about latitude 5, longitude 200, x -50 to 50 km,"
        " y -50 to 50 km"
    )
    polar = stereographic_grid(latitude_deg=-90.0, longitude_deg=0.0, size_m=950.0, pixel_m=100.0)
    assert (polar.projection, polar.rows) == ("south polar stereographic", 10)


# A circle of 20 km about a place, its outermost points by PROJ's geodesics on the sphere; every
# half a degree of a circle leaves 2e-5 of its radius. At 60 N across 180 E: the whole width.
@pytest.mark.parametrize(
    ("grid", "latitude", "longitude"),
    [
        (FARSIDE, 5.1, 200.2),
        (FARSIDE, 5.0, 200.0),
        (POLAR, -89.9, 33.0),
        (POLAR, -60.0, 33.0),
        (WORLD, 60.0, 20.0),
    ],
)
def test_bounds_around_a_place(grid: Grid, latitude: float, longitude: float) -> None:
    around = np.arange(720) * 0.5
    there = pyproj.Geod(a=1_737_400.0, b=1_737_400.0).fwd(
        np.full(720, longitude), np.full(720, latitude), around, np.full(720, 20_000.0)
    )
    x, y = grid.project(there[1], there[0])
    found = grid.bounds_around(latitude, longitude, within_m=20_000.0)
    assert np.allclose(found, (x.min(), y.min(), x.max(), y.max()), rtol=0, atol=1.0)


def test_bounds_around_a_place_at_a_seam_or_a_pole() -> None:
    for latitude, longitude in ((60.0, 359.9), (89.9, 20.0)):
        west, _, east, _ = WORLD.bounds_around(latitude, longitude, within_m=20_000.0)
        assert (west, east) == (WORLD.west_m, WORLD.east_m)
    half = np.pi * 1_737_400.0
    assert FARSIDE.bounds_around(5.0, 200.0, within_m=half) == (
        FARSIDE.west_m, FARSIDE.south_m, FARSIDE.east_m, FARSIDE.north_m
    )  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"latitude_deg": 200.0},
            "a map about latitude 200, longitude 20; latitudes go from -90 to 90 deg and longitudes"
            " from -360 to 360 deg, east positive. Give degrees; latitude stands before longitude.",
        ),
        (
            {"pixel_m": 60.0},
            "a map 100 m wide with pixels of 60 m; a map has at least two rows and two columns."
            " Give its width and its pixel in metres.",
        ),
    ],
)
def test_message_when_no_grid_can_be_laid(changes: dict[str, float], said: str) -> None:
    wanted = {"latitude_deg": 5.0, "longitude_deg": 20.0, "size_m": 100.0, "pixel_m": 10.0}
    with pytest.raises(IlrsError) as caught:
        stereographic_grid(**{**wanted, **changes})
    assert str(caught.value) == said


def test_edges_of_a_grid() -> None:
    assert (POLAR.east_m, POLAR.south_m) == (3000.0, 1000.0)
    assert POLAR.holds(3000.0, 1000.0) and not POLAR.holds(3000.1, 1000.0)
    assert not POLAR.wraps and WORLD.wraps and WORLD.holds(1e9, 0.0)
    row, column = POLAR.pixel_at(-990.0, 2990.0)
    assert (row, column) == (0.0, 0.0)
    assert str(POLAR) == (
        "100 x 200 pixels of 20 m, south polar stereographic, x -1 to 3 km, y 1 to 3 km"
    )
