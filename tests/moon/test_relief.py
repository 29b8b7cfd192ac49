"""Slope, roughness and shaded relief over ground whose shape is known."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from ilrs.foundation.errors import IlrsError
from ilrs.moon.grid import Grid, stereographic_grid
from ilrs.moon.relief import hillshade_map, map_scale, roughness_map, slope_map
from ilrs.moon.terrain import Terrain

RADIUS_M = 1_737_400.0
Maker = Callable[..., Terrain]


def inner(values: Any, edge: int = 2) -> Any:
    return np.asarray(values)[edge:-edge, edge:-edge]


def along_sphere_m(x: Any, y: Any) -> Any:
    """Distance from the pole along the sphere, of map coordinates of a polar map."""
    return 2.0 * RADIUS_M * np.arctan(np.hypot(x, y) / (2.0 * RADIUS_M))


# Ground that rises by 0.1 m per metre of sphere from the pole: its slope is atan(0.1 R / (R + h))
# everywhere. The difference over two pixels errs by (2 pixels)^2 / 24 of the third derivative, here
# of tan(c / 2): 1e-9; single-precision heights near 3e4 m err by 2e-3 m over 2 km: 1e-6, 6e-5 deg.
# Without the map's stretch the slope at 80 degrees would come out as 5.67 instead of 5.71 deg.
@pytest.mark.parametrize("pole", ["south", "north"])
def test_slope_when_ground_rises_evenly_far_from_the_pole(ground: Maker, pole: str) -> None:
    cone = ground(
        lambda x, y: 0.1 * (along_sphere_m(x, y + 306_000.0) - 300_000.0),
        pixels=21, pixel_m=1000.0, projection=f"{pole} polar stereographic",
    )  # fmt: skip
    moved = replace(cone.grid, north_m=cone.grid.north_m + 306_000.0)
    slope = slope_map(Terrain(name="cone", grid=moved, heights_m=cone.heights_m))
    height = inner(cone.heights_m).astype(float)
    expected = np.degrees(np.arctan(0.1 * RADIUS_M / (RADIUS_M + height)))
    assert np.allclose(inner(slope["slope_deg"]), expected, rtol=0, atol=1e-4)
    # Down is towards the pole: true south there, true north at the north pole.
    turn = (inner(slope["downslope_azimuth_deg"]) - (180.0 if pole == "south" else 0.0)) % 360.0
    assert np.minimum(turn, 360.0 - turn).max() < 0.01
    assert slope.attrs["baseline_m"] == 2000.0


# Tolerances as above; the azimuth errs with the heights' rounding, 2e-3 of 200 m: 6e-4 deg.
@pytest.mark.parametrize("latitude", [5.0, -45.0, -90.0])
def test_slope_when_ground_falls_northwards_on_a_map_about_a_place(latitude: float) -> None:
    """Downhill is true north, which on the map of 45 S turns by up to 5 deg within 200 km."""
    grid = stereographic_grid(
        latitude_deg=latitude, longitude_deg=200.0, size_m=400_000.0, pixel_m=1000.0
    )
    middle = (np.arange(grid.rows) + 0.5) * 1000.0 - 200_000.0
    south = latitude - grid.locate(*np.meshgrid(middle, -middle))[0]  # of the map's centre
    heights = (0.1 * RADIUS_M * np.radians(south)).astype(np.float32)
    slope = slope_map(Terrain(name="ramp", grid=grid, heights_m=heights))
    # At the pole itself there is no north; around it the ground is a cone with a tip.
    away = np.hypot(*np.meshgrid(middle, middle))[2:-2, 2:-2] > 60_000.0
    expected = np.degrees(np.arctan(0.1 * RADIUS_M / (RADIUS_M + inner(heights).astype(float))))
    assert np.allclose(inner(slope["slope_deg"])[away], expected[away], rtol=0, atol=1e-3)
    azimuth = inner(slope["downslope_azimuth_deg"])[away]
    assert np.minimum(azimuth, 360.0 - azimuth).max() < 0.01


def test_slope_on_a_cylindrical_map_when_ground_rises_eastwards() -> None:
    """At 60 N a degree of longitude is half as long: 1:10 on the map is 1:5 on the ground."""
    pixel_m = 100.0
    grid = Grid(
        rows=5, columns=9, pixel_m=pixel_m, west_m=0.0,
        north_m=float(RADIUS_M * np.radians(60.0)) + 2.5 * pixel_m, projection="simple cylindrical",
    )  # fmt: skip
    heights = np.broadcast_to(0.1 * pixel_m * np.arange(9.0), (5, 9)).astype(np.float32)
    slope = slope_map(Terrain(name="ramp", grid=grid, heights_m=heights))
    middle = slope.isel(y_m=2, x_m=4)
    steep = 0.2 / (1.0 + 40.0 / RADIUS_M)
    assert float(middle["slope_deg"]) == pytest.approx(np.degrees(np.arctan(steep)), abs=1e-5)
    assert float(middle["downslope_azimuth_deg"]) == pytest.approx(270.0, abs=1e-4)


def test_slope_where_holes_and_edges_are(ground: Maker) -> None:
    flat = ground(lambda x, y: 0.0 * x, pixels=9)
    flat.heights_m[4, 4] = np.nan
    slope = slope_map(flat)
    known = np.isfinite(slope["slope_deg"].values)
    assert known.sum() == 7 * 7 - 9 and not known[0].any() and not known[3:6, 3:6].any()
    assert (slope["slope_deg"].values[known] == 0.0).all()
    assert np.isnan(slope["downslope_azimuth_deg"]).all()  # level ground falls no way
    assert slope.attrs["terrain"] == "made" and slope["slope_deg"].attrs["units"] == "deg"


def test_slope_at_the_seam_of_a_world_map() -> None:
    pixel_m = 2.0 * np.pi * RADIUS_M / 36
    grid = Grid(
        rows=18, columns=36, pixel_m=pixel_m, west_m=0.0, north_m=0.5 * np.pi * RADIUS_M,
        projection="simple cylindrical",
    )  # fmt: skip
    turning = np.cos(np.radians(10.0 * np.arange(36) + 5.0))
    heights = np.broadcast_to(8000.0 * turning, (18, 36)).astype(np.float32)
    slope = slope_map(Terrain(name="world", grid=grid, heights_m=heights))["slope_deg"].values
    assert np.isfinite(slope[1:-1]).all()
    assert np.allclose(slope[1:-1, 0], slope[1:-1, -1], rtol=1e-4)  # even about longitude 0


def test_map_scale_follows_the_projection(ground: Maker) -> None:
    polar = ground(lambda x, y: 0.0 * x).grid
    x, y = polar.project(-80.0, 33.0)
    both = 2.0 / (1.0 + np.sin(np.radians(80.0)))  # Snyder 1987, equation 21-4 at latitude 80
    assert map_scale(polar, x, y) == (pytest.approx(both), pytest.approx(both))
    world = replace(polar, projection="simple cylindrical")
    x, y = world.project(60.0, 0.0)
    assert map_scale(world, x, y) == (pytest.approx(2.0), pytest.approx(1.0))


def test_roughness_when_ground_is_a_plane_or_a_chessboard(ground: Maker) -> None:
    """A tilted plane has none; +-3 m from pixel to pixel on it has 3 m, but for what a plane fits.

    Over n x n cells (n odd) a chessboard's sum is 1 cell, its sums along the axes are 0: of its
    mean square 1 a plane takes 1 / n^4.
    """
    plane = ground(lambda x, y: 1000.0 + 0.3 * x - 0.2 * y, pixels=31, pixel_m=10.0)
    assert np.nanmax(roughness_map(plane, baseline_m=40.0)["roughness_m"]) < 1e-3
    board = 3.0 * (-1.0) ** (np.arange(31)[:, None] + np.arange(31))
    rough = Terrain(name="board", grid=plane.grid, heights_m=(plane.heights_m + board).astype("f4"))
    found = roughness_map(rough, baseline_m=43.0)
    assert found.attrs["baseline_m"] == 40.0
    assert np.allclose(inner(found["roughness_m"]), 3.0 * np.sqrt(1.0 - 5.0**-4), atol=1e-3)
    assert np.isnan(found["roughness_m"].values[:2]).all()


def test_roughness_against_a_least_squares_fit(ground: Maker) -> None:
    rng = np.random.default_rng(5)
    rough = ground(lambda x, y: 2000.0 + 0.1 * x + rng.normal(0.0, 1.0, x.shape), pixels=11)
    found = roughness_map(rough, baseline_m=600.0)["roughness_m"].values[4, 6]
    square = rough.heights_m[1:8, 3:10].astype(float)
    v, u = np.mgrid[-3:4, -3:4]
    axes = np.stack([np.ones(49), u.ravel(), v.ravel()], axis=1)
    left = square.ravel() - axes @ np.linalg.lstsq(axes, square.ravel(), rcond=None)[0]
    assert found == pytest.approx(np.sqrt(np.mean(left**2)), rel=1e-6)


def test_hillshade_when_a_slope_faces_the_light_or_turns_away(ground: Maker) -> None:
    """A slope of 30 deg that falls to the east, at the pole, lit from the east at 20 deg."""
    steep = np.tan(np.radians(30.0))
    east = ground(lambda x, y: -steep * x, pixels=9, pixel_m=1.0)
    for grid_azimuth_deg, expected in (
        (90.0, np.cos(np.radians(40.0))),
        (270.0, 0.0),
        (0.0, np.cos(np.radians(30.0)) * np.sin(np.radians(20.0))),
    ):
        shade = hillshade_map(east, grid_azimuth_deg=grid_azimuth_deg, elevation_deg=20.0)
        assert np.allclose(inner(shade["hillshade"]), expected, atol=1e-5)
    flat = hillshade_map(east, grid_azimuth_deg=90.0, elevation_deg=20.0, vertical_exaggeration=0.0)
    assert np.allclose(inner(flat["hillshade"]), np.sin(np.radians(20.0)), atol=1e-6)


def test_messages_when_light_or_baseline_cannot_be(ground: Maker) -> None:
    flat = ground(lambda x, y: 0.0 * x, pixels=9)
    with pytest.raises(IlrsError) as caught:
        hillshade_map(flat, grid_azimuth_deg=361.0, elevation_deg=45.0)
    assert str(caught.value) == (
        "a light at grid azimuth 361 deg and elevation 45 deg; azimuths go from 0 to 360 deg, and a"
        " light stands at 0 to 90 deg. The usual light of maps stands at 315 and 45 deg."
    )
    for baseline_m in (50.0, 5000.0, np.nan):
        with pytest.raises(IlrsError) as caught:
            roughness_map(flat, baseline_m=baseline_m)
        assert str(caught.value) == (
            f"roughness over a baseline of {baseline_m:g} m; on made a baseline reaches from 200 m"
            " (two pixels) to 800 m. Choose one between, or give finer terrain."
        )
