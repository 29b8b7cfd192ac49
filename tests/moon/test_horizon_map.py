"""Horizon maps over ground whose horizon is known, their layout, joins and bad input."""

from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pytest

from ilrs.foundation.errors import IlrsError
from ilrs.moon.grid import Grid, stereographic_grid
from ilrs.moon.horizon_map import (
    HORIZON_STEP_DEG,
    NO_HORIZON,
    block_codes,
    codes_to_deg,
    horizon_map,
    map_plan,
)
from ilrs.moon.terrain import Terrain
from tests.moon.brute_force import brute_force_horizon_deg

RADIUS_M = 1_737_400.0
Maker = Callable[..., Terrain]
HALF_CODE_DEG = 0.5 * HORIZON_STEP_DEG


def horizons_deg(terrains: list[Terrain], **asked: Any) -> np.ndarray:
    """Horizons of a map in degrees (azimuth, row, column)."""
    made = horizon_map(terrains, **{"observer_height_m": 2.0, "grid_azimuths_deg": 8, **asked})
    return codes_to_deg(made["horizon_code"].values)


def true_azimuth_deg(grid: Grid, latitude_deg: Any, longitude_deg: Any, towards_deg: Any) -> Any:
    """Azimuth of the great circle from a place to the equator in a map direction."""
    ahead = grid.central_longitude_deg + (180.0 - towards_deg if grid.pole > 0 else towards_deg)
    turn = np.radians(ahead - longitude_deg)
    return np.degrees(np.arctan2(np.sin(turn), -np.sin(np.radians(latitude_deg)) * np.cos(turn)))


def sampled_errors_deg(
    terrains: list[Terrain],
    truth: list[Terrain],
    *,
    pixels: list[tuple[int, int]],
    distances_m: Any,
    azimuths: int = 24,
    **asked: Any,
) -> np.ndarray:
    """Map minus brute force at some pixels, one azimuth each in turn."""
    plan = map_plan(terrains, observer_height_m=2.0, grid_azimuths_deg=azimuths, **asked)
    grid = plan.grid
    codes = block_codes(plan, rows=slice(0, grid.rows), columns=slice(0, grid.columns))
    errors = []
    for n, (row, column) in enumerate(pixels):
        x_m = grid.west_m + (column + 0.5) * grid.pixel_m
        y_m = grid.north_m - (row + 0.5) * grid.pixel_m
        latitude, longitude = (float(value) for value in grid.locate(x_m, y_m))
        k = n % azimuths
        towards = plan.grid_azimuths_deg[k]
        slow = brute_force_horizon_deg(
            truth,
            latitude_deg=latitude,
            longitude_deg=longitude,
            mast_height_m=2.0,
            azimuths_deg=[true_azimuth_deg(grid, latitude, longitude, towards)],
            distances_m=distances_m,
        )
        errors.append(codes_to_deg(codes[k, row, column]) - slow[0])
    return np.array(errors)


def waves(x: Any, y: Any) -> Any:
    """Rolling ground, 10 deg steep, without edges a sample could miss."""
    return (
        200.0 * np.sin(x / 1500.0)
        + 150.0 * np.cos(y / 1100.0 + 0.7)
        + 120.0 * np.sin((x + 2.0 * y) / 2700.0)
    )


def test_map_when_laid_out(ground: Maker) -> None:
    """Relief from -291 to 416 m: R (acos(a / b) + acos(a / (b + 2 m))) = 99.2 km can be seen."""
    terrain = ground(waves, pixels=70)
    made = horizon_map([terrain], observer_height_m=2, grid_azimuths_deg=[10.0, 200.0])
    codes = made["horizon_code"]
    assert codes.dims == ("grid_azimuth_deg", "y_m", "x_m")
    assert codes.dtype == np.int16
    assert codes.values.flags.c_contiguous  # azimuth-major
    assert made["grid_azimuth_deg"].values.tolist() == [10.0, 200.0]
    assert made["y_m"].values[[0, -1]].tolist() == [3450.0, -3450.0]
    assert made["x_m"].values[[0, -1]].tolist() == [-3450.0, 3450.0]
    for values in (codes, *made.coords.values()):
        assert values.attrs["units"]
        assert values.attrs["long_name"]
    assert made.attrs == asdict(terrain.grid) | {
        "observer_height_m": 2.0,
        "terrain": "made",
        "terrain_sha256": "",
        "note": "cells: made 100 m; ground sampled every 100 m under the map; terrain is looked at"
        " up to 0 m beyond the map's edges, ground up to 99.2 km away could be seen",
    }


def test_evenly_spaced_azimuths_when_a_number_is_given(ground: Maker) -> None:
    made = horizon_map(
        [ground(lambda x, y: 0.0, pixels=10)], observer_height_m=2.0, grid_azimuths_deg=8
    )
    assert made["grid_azimuth_deg"].values.tolist() == [0, 45, 90, 135, 180, 225, 270, 315]


# The dip of a smooth sphere is acos(R / (R + h)): 0.275 deg at 20 m, its tangent point 8.3 km away,
# 83 pixels, so beyond the near steps. A sample misses that point by half a pixel at most: there
# the sphere falls by (50 m)^2 / 2R = 0.7 mm, which is 5e-6 deg. Half a code is 0.0015 deg.
@pytest.mark.parametrize("projection", ["south polar stereographic", "north polar stereographic"])
@pytest.mark.parametrize("observer_m", [2.0, 20.0])
def test_horizon_when_the_sphere_is_bare(ground: Maker, projection: str, observer_m: float) -> None:
    bare = ground(lambda x, y: 0.0, pixels=301, projection=projection)
    seen = horizons_deg([bare], observer_height_m=observer_m, grid_azimuths_deg=[0.0, 33.0, 270.0])
    dip_deg = -np.degrees(np.arccos(RADIUS_M / (RADIUS_M + observer_m)))
    # Nearer to the map's edge than the tangent point the sphere ends before its horizon.
    inner = seen[:, 100:200, 100:200]
    assert np.abs(inner - dip_deg).max() <= HALF_CODE_DEG + 1e-5


def test_horizon_when_a_wall_stands_far_from_the_pole(ground: Maker) -> None:
    """The wall, 3000 m high from x = 320 km on, is seen from 130 km; the pole lies between."""
    wall = ground(lambda x, y: np.where(x > 320e3, 3000.0, 0.0), pixels=701, pixel_m=1000.0)
    seen = horizons_deg([wall], observer_height_m=4000.0, grid_azimuths_deg=[90.0])[0]
    row = 350  # y = 0: the ray to 90 deg stays on it
    for column in (350, 450, 600):
        x = np.array([(column - 350) * 1000.0, 322e3, 320e3]) / RADIUS_M
        here, high, low = 2.0 * np.arctan(0.5 * x)
        # The top begins at the pixel middle of 321 km; a sample may lie one pixel beyond it.
        best = [
            np.degrees(
                np.arctan2(
                    (RADIUS_M + 3000.0) * np.cos(edge - here) - RADIUS_M - 4000.0,
                    (RADIUS_M + 3000.0) * np.sin(edge - here),
                )
            )
            for edge in (high, low)
        ]
        dip = -np.degrees(np.arccos(RADIUS_M / (RADIUS_M + 4000.0)))
        least, most = sorted(best)
        assert max(least, dip) - 0.002 <= seen[row, column] <= max(most, dip) + 0.002


@pytest.mark.parametrize("pole", ["south", "north"])
def test_map_about_a_pole_is_the_polar_map_bit_by_bit(ground: Maker, pole: str) -> None:
    fine = ground(waves, pixels=100, projection=f"{pole} polar stereographic")
    coarse = ground(waves, pixels=60, pixel_m=800.0, projection=f"{pole} polar stereographic")
    oblique = [
        replace(terrain, grid=replace(terrain.grid, projection="stereographic"))
        for terrain in (fine, coarse)
    ]
    asked = {"observer_height_m": 2.0, "grid_azimuths_deg": 24}
    there = horizon_map([fine, coarse], **asked)
    about = horizon_map(oblique, **asked)
    assert np.array_equal(about["horizon_code"], there["horizon_code"])
    assert about.attrs == there.attrs | {"projection": "stereographic"}


def test_far_terrain_in_another_projection_is_sampled_where_it_lies(ground: Maker) -> None:
    """A degree of a cylindrical map beside the window, not all that could be seen from it."""
    grid = stereographic_grid(latitude_deg=5.0, longitude_deg=200.0, size_m=4e3, pixel_m=100.0)
    per_degree_m = float(np.radians(1.0)) * RADIUS_M
    strip = Grid(
        rows=120, columns=240, pixel_m=per_degree_m / 120.0, west_m=199.0 * per_degree_m,
        north_m=5.5 * per_degree_m, projection="simple cylindrical",
    )  # fmt: skip
    hills = np.random.default_rng(4).normal(0.0, 50.0, (120, 240)).astype(np.float32)
    plan = map_plan([Terrain(name="strip", grid=strip, heights_m=hills)], grid=grid,
                    observer_height_m=2.0)  # fmt: skip
    level = plan.levels.table[-1]
    assert 2.0 <= level["columns"] * level["pixel"] * RADIUS_M / per_degree_m <= 2.1
    assert 1.0 <= level["rows"] * level["pixel"] * RADIUS_M / per_degree_m <= 1.1


# Rolling ground has no kinks that a step could miss. What remains is half a code, and beyond 64
# pixels the error of lying between two lines: where crests cross there, a quarter of the change of
# slope across them is missed. Slopes are 0.37 at most: 0.25 * 2 * 0.37 pixels from 64 pixels away
# are 0.17 deg. On smooth crests nothing is missed, so half of all errors are below one code.
MOST_BETWEEN_LINES_DEG = 0.17


@pytest.mark.parametrize("central_longitude_deg", [0.0, 50.0])
@pytest.mark.parametrize("projection", ["south polar stereographic", "north polar stereographic"])
def test_horizon_when_ground_rolls(
    ground: Maker, projection: str, central_longitude_deg: float
) -> None:
    rolling = ground(
        waves, pixels=240, projection=projection, central_longitude_deg=central_longitude_deg
    )
    rng = np.random.default_rng(5)
    pixels = [(int(i), int(j)) for i, j in rng.integers(20, 220, (72, 2))]
    errors = sampled_errors_deg(
        [rolling],
        [rolling],
        pixels=pixels,
        distances_m=np.concatenate((np.geomspace(1.0, 1e3, 300), np.arange(1e3, 3.5e4, 10.0))),
    )
    assert np.abs(errors).max() <= MOST_BETWEEN_LINES_DEG
    assert np.median(np.abs(errors)) <= HORIZON_STEP_DEG


def test_horizon_when_the_map_lies_200_km_from_the_pole(ground: Maker) -> None:
    """The same on pixels of 1 km, where great circles bend against the map's straight lines.

    Near steps go straight over 64 km: beside the great circle by 60 m at most (64 km squared over
    twice its radius on the map, 2R / sin 3.3 deg), which on slopes of 0.37 is 0.02 deg.
    """
    rolling = ground(lambda x, y: waves(0.1 * x, 0.1 * y) * 10.0, pixels=240, pixel_m=1000.0)
    moved = replace(rolling, grid=replace(rolling.grid, west_m=80_000.0, north_m=-20_000.0))
    rng = np.random.default_rng(6)
    pixels = [(int(i), int(j)) for i, j in rng.integers(20, 220, (48, 2))]
    errors = sampled_errors_deg(
        [moved],
        [moved],
        pixels=pixels,
        distances_m=np.concatenate((np.geomspace(5.0, 1e4, 300), np.arange(1e4, 3.5e5, 100.0))),
    )
    assert np.abs(errors).max() <= MOST_BETWEEN_LINES_DEG
    assert np.median(np.abs(errors)) <= 0.02


def test_codes_when_ground_is_smooth_everywhere(ground: Maker) -> None:
    """Every sample is a vertex of the hull: from 30 m all see the same dip, by jumps."""
    bare = ground(lambda x, y: 0.0, pixels=700, pixel_m=20.0)
    seen = horizons_deg([bare], observer_height_m=0.5, grid_azimuths_deg=[45.0, 180.0])
    dip_deg = -np.degrees(np.arccos(RADIUS_M / (RADIUS_M + 0.5)))  # 1.3 km away, 66 pixels
    assert np.abs(seen[:, 80:620, 80:620] - dip_deg).max() <= HALF_CODE_DEG + 1e-5


def test_outermost_pixels_see_their_own_ground_to_its_edge(ground: Maker) -> None:
    """Terrain ends half a pixel beyond its last middles; there the height holds on, 2 m below.

    On the sphere 50 m fall away by 0.7 mm, 0.0008 deg.
    """
    seen = horizons_deg([ground(waves, pixels=80)], grid_azimuths_deg=[0.0, 90.0])
    own_deg = -np.degrees(np.arctan(2.0 / 50.0))
    assert np.abs(seen[0, 0] - own_deg).max() <= HALF_CODE_DEG + 1e-3
    assert np.abs(seen[1, :, -1] - own_deg).max() <= HALF_CODE_DEG + 1e-3
    assert seen.min() > -25.0  # the ground's own slope is below 0.37


def test_no_horizon_off_the_terrain(ground: Maker) -> None:
    """A map wider than its terrain has no ground there, not even in the next pixel."""
    part = ground(waves, pixels=40)
    wide = replace(part.grid, rows=60, columns=60, west_m=-3e3, north_m=3e3)
    seen = horizons_deg([part], grid=wide)
    assert np.isfinite(seen[:, 10:50, 10:50]).all()
    seen[:, 10:50, 10:50] = np.nan
    assert np.isnan(seen).all()


def test_holes_when_pixels_have_no_height(ground: Maker) -> None:
    """A pixel without a height has no horizon, and stands in nobody's way."""
    bare = ground(lambda x, y: np.where(np.hypot(x - 4e3, y) < 300.0, np.nan, 0.0), pixels=301)
    whole = ground(lambda x, y: 0.0, pixels=301)
    seen, expected = horizons_deg([bare]), horizons_deg([whole])
    is_hole = np.isnan(bare.heights_m)
    assert is_hole.any()
    assert np.isnan(seen[:, is_hole]).all()
    told = horizon_map([bare], observer_height_m=2.0, grid_azimuths_deg=4).attrs["note"]
    assert f"{is_hole.sum()} pixels of the map have no known ground and hide nothing" in told
    beside = ~is_hole & np.isfinite(expected).all(axis=0) & np.isfinite(seen).all(axis=0)
    assert beside[100:200, 100:200].sum() > 0.99 * (100 * 100 - is_hole.sum())
    # Where the hole hides the tangent point the horizon is the next sample: up to 600 m before it,
    # where the sphere seen from 2 m lies (600 m)^2 / 2R / 2.6 km = 0.0023 deg lower.
    assert np.abs((seen - expected)[:, beside]).max() <= 0.0023 + 2.0 * HALF_CODE_DEG


def test_hole_when_coarser_terrain_knows_the_ground(ground: Maker) -> None:
    fine = ground(lambda x, y: np.where(np.hypot(x, y) < 400.0, np.nan, waves(x, y)), pixels=200)
    coarse = ground(waves, pixels=100, pixel_m=400.0)
    seen = horizons_deg([fine, coarse])
    assert np.isfinite(seen).all()


# What the second level shows of one terrain must be what one level shows. Both sample it one pixel
# apart, from lines that lie elsewhere: each may miss what the rolling ground above hides.
def test_map_when_it_is_a_window_of_its_terrain(ground: Maker) -> None:
    whole = ground(waves, pixels=400)
    window = replace(whole.grid, rows=64, columns=80, west_m=-5000.0, north_m=4000.0)
    part = horizons_deg([whole], grid=window)
    row, column = (int(round(float(v) + 0.5)) for v in whole.grid.pixel_at(-5000.0, 4000.0))
    expected = horizons_deg([whole])[:, row : row + 64, column : column + 80]
    assert np.abs(part - expected).max() <= MOST_BETWEEN_LINES_DEG
    assert np.percentile(np.abs(part - expected), 90) <= HORIZON_STEP_DEG


def test_map_when_far_terrain_is_coarse(ground: Maker) -> None:
    """A ridge 1 km high, 60 km away, known to coarse terrain only, cells of 2 km."""

    def ridge(x: Any, y: Any) -> Any:
        return np.maximum(1000.0 - 0.1 * np.abs(x - 60e3), 0.0)

    fine = ground(ridge, pixels=101, pixel_m=100.0)
    coarse = ground(ridge, pixels=101, pixel_m=2000.0)
    made = horizon_map([coarse, fine], observer_height_m=2.0, grid_azimuths_deg=[90.0, 270.0])
    angle = 60e3 / RADIUS_M
    up = (RADIUS_M + 1000.0) * np.cos(angle) - RADIUS_M - 2.0
    expected = np.degrees(np.arctan2(up, (RADIUS_M + 1000.0) * np.sin(angle)))
    seen = codes_to_deg(made["horizon_code"].values)[:, 50, 50]
    # Sampled every 500 m, the crest is missed by 250 m at most: 25 m of its flank and 9 m of the
    # sphere's fall, together 0.032 deg.
    assert expected - 0.032 - HALF_CODE_DEG <= seen[0] <= expected + HALF_CODE_DEG + 1e-4
    dip_deg = -np.degrees(np.arccos(RADIUS_M / (RADIUS_M + 2.0)))
    assert seen[1] == pytest.approx(dip_deg, abs=HALF_CODE_DEG + 1e-4)
    assert made.attrs["terrain"] == "made, made"
    assert "under the map; beyond it every 500 m" in made.attrs["note"]


# Cells of 3.2 km are the mean of the ground under them: put beside the fine ground as they are they
# stand up to 250 m above it, and the outermost pixels would see walls of 50 deg and more. With the
# difference faded out no pixel may see more than the ground's own slope, 10 deg, too much.
def test_edge_pixels_when_coarse_terrain_differs(ground: Maker) -> None:
    whole = ground(waves, pixels=512)
    blocks = whole.heights_m.reshape(16, 32, 16, 32).mean(axis=(1, 3))
    coarse = Terrain(
        name="coarse",
        grid=replace(whole.grid, rows=16, columns=16, pixel_m=3200.0),
        heights_m=blocks.astype(np.float32),
    )
    window = replace(whole.grid, rows=128, columns=128, west_m=-6400.0, north_m=6400.0)
    cut = Terrain(name="cut", grid=window, heights_m=whole.heights_m[192:320, 192:320].copy())
    excess = horizons_deg([cut, coarse]) - horizons_deg([whole], grid=window)
    assert np.isfinite(excess).all()
    assert excess.max() <= 10.0


def test_codes_when_a_part_is_computed_alone(ground: Maker) -> None:
    """Bits do not depend on the part, so chunks have no seams."""
    rough = ground(
        lambda x, y: np.random.default_rng(3).normal(0.0, 20.0, x.shape) + waves(x, y), pixels=210
    )
    plan = map_plan([rough], observer_height_m=2.0, grid_azimuths_deg=7)
    whole = block_codes(plan, rows=slice(0, 210), columns=slice(0, 210))
    for rows, columns in (
        (slice(0, 64), slice(0, 64)),
        (slice(64, 210), slice(128, 210)),
        (slice(128, 192), slice(0, 210)),
    ):
        part = block_codes(plan, rows=rows, columns=columns)
        assert np.array_equal(part, whole[:, rows, columns])


def test_degrees_when_codes_are_decoded() -> None:
    degrees = codes_to_deg(np.array([0, 1000, -5, NO_HORIZON], np.int16))
    assert degrees.dtype == np.float32
    assert np.allclose(degrees[:3], [0.0, 3.0, -0.015], atol=1e-6)
    assert np.isnan(degrees[3])


CYLINDER = Grid(
    rows=4, columns=8, pixel_m=1e6, west_m=-4e6, north_m=2e6, projection="simple cylindrical"
)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (
            {"grid": CYLINDER},
            "a horizon map in the projection simple cylindrical; horizon maps are made on"
            " stereographic grids, where one grid azimuth is one direction for the whole map. Lay"
            " one over the terrain with ilrs.moon.grid.stereographic_grid and give it as grid.",
        ),
        (
            {"observer_height_m": -1.0},
            "an observer -1 m above the ground; an observer stands from 0 to 10000 m above the"
            " ground. Give the height above ground in metres.",
        ),
        (
            {"observer_height_m": float("nan")},
            "an observer nan m above the ground; an observer stands from 0 to 10000 m above the"
            " ground. Give the height above ground in metres.",
        ),
        (
            {"grid_azimuths_deg": 0},
            "a map of 0 azimuths; a map has at least one azimuth. Give how many, evenly spaced"
            " from 0, or the azimuths themselves.",
        ),
        (
            {"grid_azimuths_deg": [0.0, 361.0]},
            "a grid azimuth of 361 deg; grid azimuths go from 0 to below 360 deg, clockwise from"
            " map up. Bring it onto the circle, for instance with"
            " ilrs.foundation.angles.azimuth_deg.",
        ),
        (
            {"grid_azimuths_deg": []},
            "a map of 0 azimuths; grid azimuths go from 0 to below 360 deg, clockwise from"
            " map up. Bring it onto the circle, for instance with"
            " ilrs.foundation.angles.azimuth_deg.",
        ),
    ],
)
def test_error_when_something_impossible_is_asked(
    ground: Maker, asked: dict[str, Any], message: str
) -> None:
    with pytest.raises(IlrsError) as caught:
        horizon_map([ground(waves, pixels=8)], **{"observer_height_m": 2.0, **asked})
    assert str(caught.value) == message


def test_error_when_no_terrain_is_given() -> None:
    with pytest.raises(IlrsError) as caught:
        horizon_map([], observer_height_m=2.0)
    assert str(caught.value) == (
        "a horizon map without terrain; the horizon is computed from at least one grid of heights."
        " Give terrain, for instance from ilrs.moon.terrain.read_terrain."
    )


def test_error_when_map_and_terrain_belong_to_opposite_poles(ground: Maker) -> None:
    south = ground(waves, pixels=8)
    north = replace(south.grid, projection="north polar stereographic")
    with pytest.raises(IlrsError) as caught:
        horizon_map([south], grid=north, observer_height_m=2.0)
    assert str(caught.value) == (
        "the map and the terrain made belong to opposite poles; the map is north polar"
        " stereographic, made is south polar stereographic. Give terrain of the map's pole."
    )


def test_error_when_the_map_lies_off_the_terrain(ground: Maker) -> None:
    terrain = ground(waves, pixels=8)
    moved = replace(terrain.grid, west_m=5e4)
    with pytest.raises(IlrsError) as caught:
        horizon_map([terrain], grid=moved, observer_height_m=2.0)
    assert str(caught.value) == (
        "no terrain on the map wanted (8 x 8 pixels of 100 m, south polar stereographic, x 50 to"
        " 50.8 km, y -0.4 to 0.4 km); made: 8 x 8 pixels of 100 m, south polar stereographic,"
        " x -0.4 to 0.4 km, y -0.4 to 0.4 km. Give terrain that holds the map, or move the map."
    )


def test_error_when_the_map_reaches_too_far(ground: Maker) -> None:
    wide = ground(waves, pixels=8, pixel_m=300e3)
    with pytest.raises(IlrsError) as caught:
        horizon_map([wide], observer_height_m=2.0)
    assert str(caught.value) == (
        "a horizon map that reaches 52 deg from its centre; horizon maps reach at most 45 deg from"
        " their centre. Give a smaller map."
    )
