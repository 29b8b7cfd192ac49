"""Viewsheds over ground of known shape, against lines drawn one by one, and on real terrain."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from ilrs.foundation.errors import IlrsError
from ilrs.moon.sight import line_of_sight
from ilrs.moon.terrain import Terrain
from ilrs.moon.viewshed import viewshed

RADIUS_M = 1_737_400.0
POLE = {"latitude_deg": -90.0, "longitude_deg": 0.0}
Maker = Callable[..., Terrain]


def test_viewshed_when_the_sphere_is_bare(ground: Maker) -> None:
    """Beyond its horizon, a0 = acos(R / (R + h)), a mast sees what tops the tangent line.

    At the angle a that line has risen to R / cos(a - a0). Samples lie at most a quarter pixel
    from the grazing point: 75^2 / 2R = 2 mm; single precision keeps 1 mm of 10 km at such tangents.
    """
    bare = ground(lambda x, y: 0.0 * x, pixels=201, pixel_m=300.0)
    shed = viewshed([bare], **POLE, mast_height_m=50.0, target_height_m=20.0)
    x, y = np.meshgrid(shed["x_m"], shed["y_m"])
    angle = 2.0 * np.arctan(np.hypot(x, y) / (2.0 * RADIUS_M))
    grazing = np.arccos(RADIUS_M / (RADIUS_M + 50.0))
    expected = np.where(angle > grazing, RADIUS_M / np.cos(angle - grazing) - RADIUS_M, 0.0)
    assert np.allclose(shed["hidden_height_m"], expected, rtol=0.0, atol=0.03)
    clear = np.abs(expected - 20.0) > 0.03
    assert np.array_equal(shed["is_visible"].values[clear], (expected <= 20.0)[clear])


def test_viewshed_when_a_wall_casts_its_shadow(ground: Maker) -> None:
    """20 m at 1 km, seen from 10 m: at 2 km the line over its crest stands 30 m up, and 0.6 m more
    as the sphere falls away (1.15 m by there, twice 0.29 m at the crest).

    A sample may miss the crest by an eighth of a pixel, 2.5 m of this flank: 5 m at twice the way.
    """
    wall = ground(
        lambda x, y: np.where(np.abs(x - 1000.0) < 1.0, 20.0, 0.0), pixels=201, pixel_m=25.0
    )
    shed = viewshed([wall], **POLE, mast_height_m=10.0)
    behind = shed.sel(x_m=2000.0, y_m=0.0)
    angle = 1000.0 / RADIUS_M
    crest = ((RADIUS_M + 20.0) * np.cos(angle) - RADIUS_M - 10.0) / (RADIUS_M * np.sin(angle))
    line_m = (RADIUS_M + 10.0) / (np.cos(2 * angle) - crest * np.sin(2 * angle)) - RADIUS_M
    assert line_m == pytest.approx(30.58, abs=0.01)
    assert line_m - 5.0 <= float(behind["hidden_height_m"]) <= line_m
    assert not bool(behind["is_visible"])
    assert bool(shed["is_visible"].sel(x_m=-2000.0, y_m=0.0))
    assert bool(shed["is_visible"].sel(x_m=1000.0, y_m=0.0))  # its face


def test_viewshed_when_the_mast_stands_under_a_cliff(ground: Maker) -> None:
    """Right under 19 km of rock no height on the far side is enough: infinite, not visible."""
    cliff = ground(lambda x, y: np.where(x > 0.5, 19_000.0, 0.0), pixels=41, pixel_m=1.0)
    world = ground(lambda x, y: 0.0 * x, pixels=41, pixel_m=20_000.0)
    shed = viewshed([cliff, world], **POLE, mast_height_m=0.0, grid=world.grid)
    far = shed.isel(x_m=-1, y_m=20)
    assert np.isinf(far["hidden_height_m"]) and not bool(far["is_visible"])


def _random_pixels(shed: Any, count: int) -> tuple[Any, Any]:
    rng = np.random.default_rng(11)
    return rng.integers(0, shed.sizes["y_m"], count), rng.integers(0, shed.sizes["x_m"], count)


# Every pixel decided by its own straight line with 3-D vectors from both ends is the oracle. The
# project's bar for a horizon on the real 200 m grid, 0.1 deg at the 99th percentile, holds for the
# crest that hides a pixel: its grazing line may pass the pixel that much higher or lower.
def test_viewshed_against_lines_on_made_ground(ground: Maker) -> None:
    rng = np.random.default_rng(3)
    waves = [(rng.uniform(3e2, 4e3), rng.uniform(0, 6.28), rng.uniform(0, 6.28)) for _ in range(12)]

    def hills(x: Any, y: Any) -> Any:
        return sum(
            0.02 * w * np.sin((np.cos(a) * x + np.sin(a) * y) / w * 6.28 + b) for w, a, b in waves
        )

    _compare([ground(hills, pixels=151, pixel_m=50.0)], -89.97, 40.0)


@pytest.mark.parametrize(
    ("latitude_deg", "longitude_deg"), [(-89.45, 222.7), (-89.65, 128.6), (-88.9, 350.0)]
)
def test_viewshed_against_lines_on_real_ground(
    lola: list[Terrain], latitude_deg: float, longitude_deg: float
) -> None:
    _compare(lola, latitude_deg, longitude_deg, grid=lola[1].grid)


def _compare(
    terrains: list[Terrain], latitude_deg: float, longitude_deg: float, **grid: Any
) -> None:
    here = {"latitude_deg": latitude_deg, "longitude_deg": longitude_deg, "mast_height_m": 10.0}
    shed = viewshed(terrains, **here, target_height_m=2.0, **grid)
    rows, columns = _random_pixels(shed, 4000)
    on = grid.get("grid", terrains[0].grid)
    places = on.locate(shed["x_m"].values[columns], shed["y_m"].values[rows])
    hidden = shed["hidden_height_m"].values[rows, columns].astype(float)

    def sight(height_m: Any) -> Any:
        return line_of_sight(
            terrains, **here, to_latitude_deg=places[0], to_longitude_deg=places[1],
            to_mast_height_m=height_m,
        )  # fmt: skip

    at_two = sight(2.0)
    apart_m = np.radians(0.1) * at_two["slant_range_m"].values
    wrong = at_two["is_visible"].values != shed["is_visible"].values[rows, columns]
    assert wrong.mean() <= 0.01
    assert (np.abs(hidden - 2.0) <= apart_m)[wrong].all()
    # A mast a little higher than the hidden height is seen, one a little lower is not.
    blocked = hidden > apart_m
    assert blocked.sum() > 1000
    assert sight(hidden + apart_m)["is_visible"].values[blocked].mean() >= 0.99
    assert sight(np.maximum(hidden - apart_m, 0.0))["is_visible"].values[blocked].mean() <= 0.01


def test_viewshed_knows_what_no_terrain_covers(ground: Maker) -> None:
    holed = ground(lambda x, y: np.where(x > 5000.0, np.nan, 0.0))
    shed = viewshed([holed], **POLE, mast_height_m=20.0)
    dark = shed.sel(x_m=slice(5100.0, None))
    assert np.isnan(dark["hidden_height_m"]).all() and not dark["is_visible"].any()
    assert shed.attrs["terrain"] == "made" and shed.attrs["mast_height_m"] == 20.0


def test_viewshed_at_the_north_pole_is_the_mirror_image(ground: Maker) -> None:
    def hill(x: Any, y: Any) -> Any:
        return 300.0 * np.exp(-((x - 2000.0) ** 2 + (y - 1000.0) ** 2) / 4e5)

    south = viewshed([ground(hill)], **POLE, mast_height_m=10.0)
    north_map = ground(lambda x, y: hill(x, -y), projection="north polar stereographic")
    north = viewshed([north_map], latitude_deg=90.0, longitude_deg=0.0, mast_height_m=10.0)
    assert 0.1 < float((south["hidden_height_m"] > 0.0).mean()) < 0.9
    assert np.allclose(north["hidden_height_m"], south["hidden_height_m"].values[::-1], atol=0.05)


def test_viewshed_about_a_place_agrees_with_lines_of_sight(ground: Maker) -> None:
    """The mast stands on hills on the far side's equator; single lines are drawn on the sphere."""
    hills = ground(
        lambda x, y: 300.0 * np.sin(x / 700.0) * np.cos(y / 900.0),
        projection="stereographic", central_latitude_deg=5.0, central_longitude_deg=200.0,
    )  # fmt: skip
    place = {"latitude_deg": 5.02, "longitude_deg": 199.98}
    shed = viewshed([hills], **place, mast_height_m=300.0, target_height_m=2.0)
    rng = np.random.default_rng(5)
    rows, columns = rng.integers(5, 196, (2, 400))
    x, y = shed["x_m"].values[columns], shed["y_m"].values[rows]
    latitude, longitude = hills.grid.locate(x, y)
    lines = line_of_sight(
        [hills], **place, mast_height_m=300.0, to_latitude_deg=latitude, to_longitude_deg=longitude,
        to_mast_height_m=2.0,
    )  # fmt: skip
    clear = np.abs(lines["clearance_m"].values) > 0.5
    seen = shed["is_visible"].values[rows, columns]
    assert np.array_equal(seen[clear], lines["is_visible"].values[clear])
    assert clear.sum() > 300 and 40 < seen.sum() < 360


def test_message_when_the_grid_cannot_serve(ground: Maker) -> None:
    flat = ground(lambda x, y: 0.0 * x)
    wide = replace(flat.grid, projection="simple cylindrical")
    with pytest.raises(IlrsError) as caught:
        viewshed([flat], **POLE, mast_height_m=2.0, grid=wide)
    assert str(caught.value) == (
        "a viewshed on a grid of 201 x 201 pixels of 100 m, simple cylindrical, x -10.05 to 10.05"
        " km, y -10.05 to 10.05 km; viewsheds are drawn on stereographic maps that hold at most"
        " about 6000 pixels across, or fewer where the mast stands far from them. Give a smaller or"
        " coarser one, for instance of ilrs.moon.grid.stereographic_grid."
    )
    with pytest.raises(IlrsError) as caught:
        viewshed([flat], **POLE, mast_height_m=-2.0)
    assert str(caught.value) == (
        "a mast of -2 m; tops stand from 0 to 1e+07 m above the ground. Give the height above"
        " ground in metres."
    )
