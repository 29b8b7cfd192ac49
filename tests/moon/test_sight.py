"""Two masts over ground of known shape, and how far a direction stands above a horizon."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from ilrs.foundation.errors import IlrsError
from ilrs.moon.grid import Grid
from ilrs.moon.horizon import horizon_profile
from ilrs.moon.sight import clearance_deg, ground_height_m, line_of_sight
from ilrs.moon.terrain import Terrain

RADIUS_M = 1_737_400.0
POLE = {"latitude_deg": -90.0, "longitude_deg": 0.0}
Maker = Callable[..., Terrain]


def south(distance_m: Any) -> Any:
    """Latitude at a distance from the south pole along the sphere."""
    return -90.0 + np.degrees(np.asarray(distance_m) / RADIUS_M)


def seen(
    terrain: Terrain, mast_m: float, distance_m: Any, to_mast_m: Any, to_deg: Any = 90.0
) -> Any:
    return line_of_sight(
        [terrain], **POLE, mast_height_m=mast_m, to_latitude_deg=south(distance_m),
        to_longitude_deg=to_deg, to_mast_height_m=to_mast_m,
    )  # fmt: skip


# Over a bare sphere two tops see each other up to R (acos(R / (R + h1)) + acos(R / (R + h2))), the
# exact form of sqrt(2 R h1) + sqrt(2 R h2). A step of at most 75 m from the grazing point leaves
# 75^2 / 2R = 1.6 mm of height unseen, which is 1e-4 of the distance for masts from 2 m on.
@pytest.mark.parametrize(("mast_m", "to_mast_m"), [(2.0, 2.0), (10.0, 2.0), (100.0, 30.0)])
def test_sight_when_the_sphere_is_bare(ground: Maker, mast_m: float, to_mast_m: float) -> None:
    bare = ground(lambda x, y: 0.0, pixel_m=300.0)
    far_m = sum(RADIUS_M * np.arccos(RADIUS_M / (RADIUS_M + h)) for h in (mast_m, to_mast_m))
    assert far_m == pytest.approx(sum(np.sqrt(2 * RADIUS_M * h) for h in (mast_m, to_mast_m)), 1e-4)
    sight = seen(bare, mast_m, far_m * np.array([0.5, 0.9995, 1.0005]), to_mast_m)
    assert sight["is_visible"].values.tolist() == [True, True, False]
    at_m = float(sight["clearance_distance_m"][2])
    assert at_m == pytest.approx(np.sqrt(2.0 * RADIUS_M * mast_m), rel=0.02)  # where it grazes


def test_sight_when_a_wall_stands_between(ground: Maker) -> None:
    """A wall 20 m high at 3 km; between two tops at 10 m, 6 km apart, the line sags by 2.6 m."""
    wall = ground(
        lambda x, y: np.where(np.abs(x - 3000.0) < 1.0, 20.0, 0.0), pixels=801, pixel_m=25.0
    )
    angle = 3000.0 / RADIUS_M
    line_m = (RADIUS_M + 10.0) * np.cos(angle) - RADIUS_M  # a chord's middle
    sight = seen(
        wall, 10.0, [6000.0, 6000.0, 6000.0, 2000.0], [10.0, 40.0, 10.0, 10.0], [90, 90, 270, 90]
    )
    assert sight["is_visible"].values.tolist() == [False, True, True, True]
    # A sample lies within an eighth of a pixel of the crest, 3.1 m of a flank of 20 m per pixel.
    assert float(sight["clearance_m"][0]) == pytest.approx(line_m - 20.0, abs=20.0 / 8.0)
    assert float(sight["clearance_m"][0]) >= line_m - 20.0 - 1e-6
    assert float(sight["clearance_distance_m"][0]) == pytest.approx(3000.0, abs=25.0)
    assert float(sight["clearance_m"][2]) == pytest.approx(line_m, abs=0.01)


def test_sight_tells_range_azimuth_and_elevation(ground: Maker) -> None:
    """The other top by plain vectors: 45 E of the pole's meridian, at 4 km, 300 m up."""
    bare = ground(lambda x, y: 100.0, pixel_m=100.0)
    sight = seen(bare, 20.0, 4000.0, 300.0, 45.0).isel(point=0)
    angle = 4000.0 / RADIUS_M
    up = (RADIUS_M + 400.0) * np.cos(angle) - (RADIUS_M + 120.0)
    level = (RADIUS_M + 400.0) * np.sin(angle)
    assert float(sight["slant_range_m"]) == pytest.approx(np.hypot(up, level), abs=1e-6)
    assert float(sight["elevation_deg"]) == pytest.approx(np.degrees(np.arctan2(up, level)))
    assert float(sight["azimuth_deg"]) == pytest.approx(45.0, abs=1e-9)
    assert (sight.attrs["ground_height_m"], sight.attrs["frame"]) == (100.0, "MOON_ME")


def test_sight_when_one_stands_over_the_other(ground: Maker) -> None:
    sight = seen(ground(lambda x, y: 0.0), 2.0, 0.0, 500.0).isel(point=0)
    assert bool(sight["is_visible"]) and float(sight["elevation_deg"]) == pytest.approx(90.0)
    assert float(sight["slant_range_m"]) == pytest.approx(498.0)


def test_sight_counts_the_way_without_terrain(ground: Maker) -> None:
    holed = ground(lambda x, y: np.where((x > 2000.0) & (x < 4000.0), np.nan, 0.0))
    sight = seen(holed, 50.0, 6000.0, 50.0).isel(point=0)
    # Beside a hole the bilinear height is unknown for a pixel more on either side.
    assert 1900.0 <= float(sight["unknown_m"]) <= 2300.0 and bool(sight["is_visible"])


def test_sight_uses_the_finest_grid_that_knows(ground: Maker) -> None:
    fine = ground(
        lambda x, y: np.where(np.abs(x - 500.0) < 30.0, 80.0, 0.0), pixels=101, pixel_m=20.0
    )
    coarse = ground(lambda x, y: np.where(np.abs(x - 5000.0) < 200.0, 80.0, 0.0), pixel_m=100.0)
    near = line_of_sight(
        [coarse, fine], **POLE, mast_height_m=10.0, to_latitude_deg=south([900.0, 4000.0, 7000.0]),
        to_longitude_deg=[270.0, 90.0, 90.0], to_mast_height_m=10.0,
    )  # fmt: skip
    assert near["is_visible"].values.tolist() == [True, False, False]
    coarse_alone = seen(coarse, 10.0, [4000.0, 7000.0], 10.0)
    assert coarse_alone["is_visible"].values.tolist() == [True, False]


@settings(max_examples=25, deadline=None)
@given(
    st.tuples(*[st.floats(-9000.0, 9000.0)] * 4), st.floats(0.0, 50.0), st.floats(0.0, 50.0)
)  # fmt: skip
def test_sight_is_the_same_from_both_ends(places: Any, mast_m: float, to_mast_m: float) -> None:
    hilly = _hilly()
    (a, b), (c, d) = (hilly.grid.locate(*places[:2]), hilly.grid.locate(*places[2:]))
    there = line_of_sight(
        [hilly], latitude_deg=a, longitude_deg=b, mast_height_m=mast_m, to_latitude_deg=c,
        to_longitude_deg=d, to_mast_height_m=to_mast_m,
    ).isel(point=0)  # fmt: skip
    back = line_of_sight(
        [hilly], latitude_deg=c, longitude_deg=d, mast_height_m=to_mast_m, to_latitude_deg=a,
        to_longitude_deg=b, to_mast_height_m=mast_m,
    ).isel(point=0)  # fmt: skip
    for name in ("clearance_m", "slant_range_m"):
        assert float(there[name]) == pytest.approx(float(back[name]), abs=1e-3)


def _hilly() -> Terrain:
    grid = Grid(
        rows=201, columns=201, pixel_m=100.0, west_m=-10050.0, north_m=10050.0,
        projection="south polar stereographic",
    )  # fmt: skip
    x, y = np.meshgrid(np.arange(201) * 100.0 - 10_000.0, 10_000.0 - np.arange(201) * 100.0)
    heights = 60.0 * np.sin(x / 900.0) * np.cos(y / 700.0)
    return Terrain(name="hilly", grid=grid, heights_m=heights.astype(np.float32))


def test_clearance_of_a_direction_is_counted_from_the_horizon(ground: Maker) -> None:
    wall = ground(lambda x, y: np.where(x >= 5000.0, 500.0, 0.0))
    profile = horizon_profile([wall], **POLE, mast_heights_m=[2.0, 10.0])
    east = float(profile["horizon_deg"].sel(azimuth_deg=90.0, mast_height_m=10.0))
    found = clearance_deg(profile, [90.0, 90.0], elevation_deg=[4.0, 7.0], mast_height_m=10.0)
    assert found == pytest.approx([4.0 - east, 7.0 - east]) and found[0] < 0.0 < found[1]


def test_ground_height_when_grids_are_nested(ground: Maker) -> None:
    fine = ground(lambda x, y: 7.0, pixels=11, pixel_m=10.0)
    wide = ground(lambda x, y: 3.0, pixels=11, pixel_m=100.0)
    found = ground_height_m([wide, fine], latitude_deg=south([0.0, 400.0, 9e4]), longitude_deg=0.0)
    assert found[:2].tolist() == [7.0, 3.0] and np.isnan(found[2])


def line(terrains: Any, **changes: Any) -> xr.Dataset:
    there = {"to_latitude_deg": -89.9, "to_longitude_deg": 0.0, "to_mast_height_m": 2.0}
    return line_of_sight(terrains, **{**POLE, "mast_height_m": 2.0, **there, **changes})


def test_messages_when_a_sight_cannot_be_drawn(ground: Maker) -> None:
    flat = ground(lambda x, y: 0.0 * x)
    other = replace(flat, grid=replace(flat.grid, frame="MOON_PA"))
    off = (
        "made: 201 x 201 pixels of 100 m, south polar stereographic, x -10.05 to 10.05 km, y -10.05"
        " to 10.05 km. Give terrain that holds it, or correct its coordinates."
    )
    for terrains, changes, message in (
        (
            [flat], {"to_mast_height_m": [1.0, -3.0]},
            "a mast of -3 m; tops stand from 0 to 1e+07 m above the ground. Give the height above"
            " ground in metres.",
        ),
        (
            [flat], {"to_latitude_deg": -88.0},
            f"the place at latitude -88, longitude 0 has no known height; {off}",
        ),
        (
            [flat], {"latitude_deg": 89.9},
            f"the place at latitude 89.9, longitude 0 has no known height; {off}",
        ),
        (
            [flat], {"latitude_deg": 123.0},
            "a latitude of 123 deg; latitudes reach from -90 (south pole) to 90 deg. Correct it;"
            " latitude stands before longitude.",
        ),
        (
            [flat, other], {},
            "terrains in the frames MOON_ME and MOON_PA; lines of sight are drawn over one or more"
            " terrains in one frame. Give terrain files in MOON_ME.",
        ),
        (
            [], {},
            "no terrain at all; lines of sight are drawn over one or more terrains in one frame."
            " Give terrain files in MOON_ME.",
        ),
    ):  # fmt: skip
        with pytest.raises(IlrsError) as caught:
            line(terrains, **changes)
        assert str(caught.value) == message
