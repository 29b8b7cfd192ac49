"""Ranking of made-up layers: spread, limits, regions, and what is refused."""

import numpy as np
import pytest

from ilrs.foundation.errors import IlrsError
from ilrs.moon.grid import Grid
from ilrs.moon.map_layout import map_on
from ilrs.study.site_criteria import DEFAULT_CRITERIA, Criteria, Criterion
from ilrs.study.site_rank import (
    Region,
    best_sites,
    inside,
    parse_region,
    region_grid,
    scored,
    spread_pixels,
)

GRID = Grid(
    rows=30, columns=30, pixel_m=1000.0, west_m=-15_000.0, north_m=15_000.0,
    projection="south polar stereographic",
)  # fmt: skip
ONE = Criteria(
    layers={"mean_light": Criterion(title="light", unit="1", weight=2.0, worst=0.0, best=1.0)}
)


def layers(light, **others):
    values = {"mean_light": light, "height": np.zeros((30, 30)), **others}
    return map_on(GRID, {name: (value, "1", name) for name, value in values.items()})


def hill(row: int, column: int) -> np.ndarray:
    rows, columns = np.mgrid[0:30, 0:30]
    return 0.9 - 0.01 * np.hypot(rows - row, columns - column)


def test_best_sites_are_the_peaks_in_order_and_apart():
    light = np.maximum(hill(5, 5), hill(20, 22) - 0.05)
    found = best_sites(scored(layers(light), ONE), ONE, count=2, apart_m=15_000.0)
    assert [(site.row, site.column) for site in found] == [(5, 5), (20, 22)]
    assert [site.rank for site in found] == [1, 2]
    assert found[0].score == found[0].figures["mean_light"] == pytest.approx(0.9)
    x, y = GRID.project(found[1].latitude_deg, found[1].longitude_deg)
    assert (float(x), float(y)) == pytest.approx((7500.0, -5500.0))


def test_no_two_sites_are_closer_than_asked():
    chosen = spread_pixels(
        hill(15, 15), np.ones((30, 30), dtype=bool), grid=GRID, count=50, apart_m=4_000.0
    )
    apart = [np.hypot(a[0] - b[0], a[1] - b[1]) for k, a in enumerate(chosen) for b in chosen[:k]]
    assert len(chosen) > 20
    # 15 km from the pole a metre on the map is 1 - 2e-5 m on the sphere.
    assert min(apart) >= 4.0


def test_weights_decide_and_limits_shut_out():
    two = Criteria(
        layers={
            "mean_light": Criterion(title="light", unit="1", weight=3.0, worst=0.0, best=1.0),
            "slope": Criterion(
                title="slope", unit="deg", weight=1.0, worst=20.0, best=0.0, limit=10.0
            ),
        }
    )
    slope = np.full((30, 30), 5.0)
    slope[:, :15] = 10.1
    found = scored(layers(np.full((30, 30), 0.5), slope=slope), two)
    assert found["score"].values[0, 29] == pytest.approx((3.0 * 0.5 + 1.0 * 0.75) / 4.0)
    assert not found["is_allowed"].values[:, :15].any()
    assert found["is_allowed"].values[:, 15:].all()


def test_ground_without_a_value_is_not_allowed():
    light = hill(15, 15)
    light[15, 15] = np.nan
    found = scored(layers(light), ONE)
    assert not found["is_allowed"].values[15, 15]
    assert best_sites(found, ONE, count=1, apart_m=0.0)[0].figures["mean_light"] < 0.9


def test_only_the_region_is_ranked_and_the_grid_is_cut_around_it():
    latitude, longitude = (float(v) for v in GRID.locate(10_500.0, 10_500.0))
    circle = Region(latitude_deg=latitude, longitude_deg=longitude, radius_m=2_000.0)
    found = best_sites(scored(layers(hill(29, 0)), ONE, region=circle), ONE, count=3, apart_m=0.0)
    assert inside(circle, GRID).sum() == 13  # whole pixels within two of the middle one
    assert all(inside(circle, GRID)[site.row, site.column] for site in found)
    part = region_grid(GRID, circle)
    assert (part.east_m, part.north_m) == (15_000.0, 15_000.0)
    assert (part.west_m, part.south_m) == (-2_000.0, -2_000.0)
    assert region_grid(GRID, None) == GRID


def test_a_region_is_read_with_its_unit():
    assert parse_region(" -89.5, 220 ,2.5 km") == Region(
        latitude_deg=-89.5, longitude_deg=220.0, radius_m=2_500.0
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "-89.5,220",
            "'-89.5,220' is no region; a region is a latitude, a longitude and a radius with its "
            "unit. Write for instance --region '-89.5,220,10 km'.",
        ),
        (
            "-95,220,1 km",
            "'-95,220,1 km' is no region; a region is a latitude, a longitude and a radius with "
            "its unit. Write for instance --region '-89.5,220,10 km'.",
        ),
        (
            "-89.5,220,10",
            "found '10', a number without a unit; a length is written with m, km, cm, mm. Write "
            "for instance '10 m'.",
        ),
        ("-89,0,0 km", "a region of radius 0 m; a radius is longer than 0 m. Give a longer one."),
    ],
)
def test_a_text_that_is_no_region_is_refused(text, message):
    with pytest.raises(IlrsError) as caught:
        parse_region(text)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("latitude_deg", "message"),
    [
        (
            89.9,
            "the region around latitude 89.9, longitude 0 and the terrain belong to opposite "
            "poles; the terrain is a south polar stereographic map. Correct the sign of the "
            "latitude, or give terrain of that pole.",
        ),
        (
            -85.0,
            "the region around latitude -85, longitude 0, radius 5 km, lies off the terrain; the "
            "terrain holds 30 x 30 pixels of 1000 m, south polar stereographic, x -15 to 15 km, y "
            "-15 to 15 km. Give terrain that holds the region, or correct the region.",
        ),
    ],
)
def test_a_region_off_the_terrain_is_refused(latitude_deg, message):
    with pytest.raises(IlrsError) as caught:
        region_grid(GRID, Region(latitude_deg=latitude_deg, longitude_deg=0.0, radius_m=5_000.0))
    assert str(caught.value) == message


def test_limits_that_leave_nothing_say_what_each_leaves():
    found = layers(
        np.full((30, 30), 0.2), longest_darkness=np.zeros((30, 30)),
        earth_in_view=np.ones((30, 30)), longest_neither=np.zeros((30, 30)),
        slope=np.tile(np.arange(30.0), (30, 1)),
        shadow_distance=np.full((30, 30), np.inf), landing_fit=np.ones((30, 30)),
        coldest_temperature=np.full((30, 30), 60.0), mean_temperature=np.full((30, 30), 120.0),
        cold_trap_distance=np.full((30, 30), np.inf),
    )  # fmt: skip
    with pytest.raises(IlrsError) as caught:
        best_sites(scored(found, DEFAULT_CRITERIA), DEFAULT_CRITERIA, count=1, apart_m=0.0)
    assert str(caught.value) == (
        "no place of the region is within every limit; of all ground on the map these shares are "
        "within each limit: mean light 0.0 %, longest darkness 100.0 %, Earth in view 100.0 %, "
        "without Sun and Earth 100.0 %, slope 53.3 %, to shadowed ground 100.0 %, landing "
        "ellipse 100.0 %, coldest ground 100.0 %, mean ground 100.0 %, to cold trap 100.0 %. "
        "Loosen a limit with --weights, or choose another region."
    )


WORLD = Grid(
    rows=180, columns=360, pixel_m=np.pi * 1_737_400.0 / 180.0, west_m=-np.pi * 1_737_400.0,
    north_m=0.5 * np.pi * 1_737_400.0, projection="simple cylindrical",
)  # fmt: skip


def test_a_region_of_a_cylindrical_map_gets_a_map_of_its_own():
    """30 km at 5 N 200 E, a tenth more, 10 km and a pixel around: 73.3 km each way, 5 pixels."""
    grid = region_grid(WORLD, Region(latitude_deg=5.0, longitude_deg=200.0, radius_m=30_000.0))
    assert (grid.projection, grid.rows, grid.columns) == ("stereographic", 5, 5)
    assert (grid.central_latitude_deg, grid.central_longitude_deg) == (5.0, 200.0)
    assert grid.pixel_m == WORLD.pixel_m
    whole = Region(latitude_deg=-90.0, longitude_deg=0.0, radius_m=30_000.0)
    assert region_grid(WORLD, whole).projection == "south polar stereographic"


def test_a_cylindrical_map_is_not_ranked_whole():
    with pytest.raises(IlrsError) as caught:
        region_grid(WORLD, None)
    assert str(caught.value) == (
        "a ranking of all ground on a simple cylindrical map; stereographic maps are ranked whole, "
        "cylindrical ones within a region. Name a circle, for instance --region '5,200,50 km'."
    )
