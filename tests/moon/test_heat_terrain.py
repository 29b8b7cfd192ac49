"""Sunlit facets, ground that warms ground, cold traps and what plates see."""

import numpy as np
import pytest

from ilrs.foundation.errors import IlrsError
from ilrs.moon.cold_trap import temperature_map, terrain_temperatures
from ilrs.moon.column import DEPTHS_M, run_columns
from ilrs.moon.facets import facet_light, facet_normals
from ilrs.moon.grid import Grid
from ilrs.moon.heat import (
    bond_albedo,
    diffuse_albedo,
    effective_sink_temperature_k,
    emitted_w_m2,
    sunlight_absorbed_w_m2,
)
from ilrs.moon.view_factors import view_factors
from tests.moon.bowls import Bowl

STEFAN_BOLTZMANN = 5.670374419e-8


def polar_grid(pixels: int, pixel_m: float) -> Grid:
    half_m = 0.5 * pixels * pixel_m
    return Grid(
        rows=pixels, columns=pixels, pixel_m=pixel_m, west_m=-half_m, north_m=half_m,
        projection="south polar stereographic",
    )  # fmt: skip


def lit(normals: np.ndarray, grid: Grid, azimuth: float, elevation: float, horizon: float = -90.0):
    return facet_light(
        normals, np.full((8, grid.rows, grid.columns), horizon), grid=grid,
        grid_azimuths_deg=np.arange(8) * 45.0, sun_azimuth_deg=[azimuth],
        sun_elevation_deg=[elevation], angular_radius_deg=0.2666, irradiance_w_m2=1361.0,
    )  # fmt: skip


def test_level_facet_at_the_pole_takes_what_flat_ground_takes() -> None:
    grid = polar_grid(3, 100.0)
    flat = facet_normals(np.zeros((3, 3)), pixel_m=100.0)
    found = lit(flat, grid, 40.0, 12.0)
    expected = float(sunlight_absorbed_w_m2(1361.0, 12.0))
    assert found.absorbed_w_m2[0, 4] == pytest.approx(expected, rel=1e-3)  # albedo by the degree
    total = found.absorbed_w_m2 + found.reflected_w_m2
    assert total[0, 4] == pytest.approx(1361.0 * np.sin(np.radians(12.0)), rel=1e-6)


def test_slope_towards_the_sun_takes_more() -> None:
    grid = polar_grid(3, 100.0)
    rising_east = facet_normals(np.tile([0.0, 100.0, 200.0], (3, 1)), pixel_m=100.0)
    from_west, from_east = (lit(rising_east, grid, a, 10.0) for a in (270.0, 90.0))
    facing = np.sin(np.radians(10.0 + 45.0))
    total = from_west.absorbed_w_m2 + from_west.reflected_w_m2
    assert total[0, 4] == pytest.approx(1361.0 * facing, rel=1e-4)
    assert from_east.absorbed_w_m2[0, 4] == 0.0


def test_sun_stands_higher_on_its_own_side_of_the_pole() -> None:
    """One degree along +y, the Sun over +y at 2 deg stands at 3 deg; on the other side at 1 deg."""
    grid = polar_grid(3, 30_323.0)
    flat = facet_normals(np.zeros((3, 3)), pixel_m=1.0)
    found = lit(flat, grid, 0.0, 2.0)
    total = (found.absorbed_w_m2 + found.reflected_w_m2).reshape(3, 3)
    expected = 1361.0 * np.sin(np.radians([3.0, 2.0, 1.0]))
    assert total[:, 1] == pytest.approx(expected, rel=1e-4)


def test_half_the_disc_behind_the_horizon_gives_half_the_light() -> None:
    grid = polar_grid(3, 1.0)
    flat = facet_normals(np.zeros((3, 3)), pixel_m=1.0)
    whole, half, none = (lit(flat, grid, 10.0, 5.0, horizon=h) for h in (4.0, 5.0, 5.3))
    assert half.absorbed_w_m2[0, 4] == pytest.approx(0.5 * whole.absorbed_w_m2[0, 4], rel=1e-3)
    assert none.absorbed_w_m2.max() == 0.0


def test_message_when_the_map_is_not_polar() -> None:
    grid = Grid(
        rows=2, columns=2, pixel_m=10.0, west_m=0.0, north_m=0.0, projection="simple cylindrical"
    )
    with pytest.raises(IlrsError) as caught:
        lit(facet_normals(np.zeros((2, 2)), pixel_m=10.0), grid, 0.0, 1.0)
    assert str(caught.value) == (
        "light on facets of the map 2 x 2 pixels of 10 m, simple cylindrical, x 0 to 0.02 km,"
        " y -0.02 to 0 km; stereographic maps are lit, where the Sun's grid azimuth is one for all"
        " pixels. Draw the terrain on a grid of ilrs.moon.grid.stereographic_grid."
    )


def test_diffuse_albedo_is_the_mean_over_the_hemisphere() -> None:
    cosine = (np.arange(200_000) + 0.5) / 200_000
    mean = (2.0 * cosine * bond_albedo(np.degrees(np.arccos(cosine)))).mean()
    assert diffuse_albedo() == pytest.approx(mean, rel=1e-6)
    assert diffuse_albedo(normal_albedo=0.06) == pytest.approx(0.5 * mean, rel=1e-6)


def warmed_bowl(steps: int = 40):
    """A bowl under a Sun that goes round at 8 deg, in steps of 18 h."""
    bowl = Bowl(pixels=33, depth_to_diameter=0.2, pixel_m=300.0)
    views = view_factors(bowl.heights_m, pixel_m=bowl.pixel_m)
    grid = polar_grid(bowl.pixels, bowl.pixel_m)
    light = facet_light(
        facet_normals(bowl.heights_m, pixel_m=bowl.pixel_m), views.horizon_deg, grid=grid,
        grid_azimuths_deg=views.grid_azimuths_deg,
        sun_azimuth_deg=np.arange(steps) * 360.0 / steps, sun_elevation_deg=np.full(steps, 8.0),
        angular_radius_deg=0.2666, irradiance_w_m2=1361.0,
    )  # fmt: skip
    step_s = 29.53 * 86400.0 / steps
    found = terrain_temperatures(*light, views=views, step_s=step_s, longest_step_s=step_s)
    return bowl, views, grid, light, step_s, found


# Mean emission equals mean intake in every column: columns settle to 0.02 K of some 100 K and a
# turn to 0.1 K, 4 * 0.1 / 100 of the emission; the level ground's own is exact to 1e-3.
def test_terrain_radiates_what_it_takes() -> None:
    bowl, views, grid, light, step_s, found = warmed_bowl()
    albedo = diffuse_albedo()
    taken = light.absorbed_w_m2 + (1.0 - albedo) * found.light_w_m2 + 0.95 * found.infrared_w_m2
    emitted = emitted_w_m2(found.columns.kept_k[:, 0])
    assert emitted.mean(axis=0) == pytest.approx(taken.mean(axis=0) + 0.018, rel=5e-3)
    assert found.turns < 8

    # And the terrain warms a floor that no sunlight reaches: without it, 24 K.
    dark = light.absorbed_w_m2.max(axis=0) == 0.0
    floor = dark & (bowl.radius_m.ravel() < 0.3 * bowl.diameter_m)
    assert floor.sum() > 20
    alone = run_columns(light.absorbed_w_m2[:, floor], step_s=step_s)
    assert alone.kept_k.max() < 30.0 and found.columns.kept_k[:, 0, floor].min() > 60.0

    made = temperature_map(found, grid=grid)
    assert made["surface_hottest_k"].dims == ("y_m", "x_m")
    assert dict(made.sizes) == {"depth_m": DEPTHS_M.size, "y_m": 33, "x_m": 33}
    assert np.array_equal(made["is_cold_trap"], made["surface_hottest_k"] < 110.0)
    at_depth = made["cold_trap_depth_m"].values
    assert (at_depth[made["is_cold_trap"].values] == 0.0).all()
    assert (made["ground_hottest_k"] >= made["ground_mean_k"] - 1e-9).all()
    assert all({"units", "long_name"} <= set(v.attrs) for v in made.data_vars.values())


def test_message_when_light_and_views_do_not_fit() -> None:
    views = view_factors(np.zeros((3, 3)), pixel_m=10.0)
    with pytest.raises(IlrsError) as caught:
        terrain_temperatures(np.zeros((2, 9)), np.zeros((2, 8)), views=views, step_s=60.0)
    assert str(caught.value) == (
        "absorbed light of shape (2, 9) and reflected light of shape (2, 8); both need the shape"
        " (steps, 9), one column per pixel of the view factors. Make both with"
        " ilrs.moon.facets.facet_light on the same grid."
    )


def test_plate_that_sees_only_ground_as_warm_as_itself() -> None:
    """In an enclosure of black walls at 250 K the sink is 250 K, whatever the emittance."""
    walls = STEFAN_BOLTZMANN * 250.0**4
    for emittance in (0.1, 0.9):
        sink = effective_sink_temperature_k(0.0, walls, absorptance=0.3, emittance=emittance)
        assert sink == pytest.approx(250.0)


def test_plate_in_full_sun() -> None:
    """The textbook (a S / (e s))^(1/4): 393.6 K for a black plate at 1 au."""
    sink = effective_sink_temperature_k([1361.0, 0.0], 0.0, absorptance=0.9, emittance=0.9)
    assert sink == pytest.approx([393.6, 0.0], abs=0.1)
    white = effective_sink_temperature_k(1361.0, 0.0, absorptance=0.2, emittance=0.8)
    assert white == pytest.approx(393.6 * 0.25**0.25, abs=0.1)


def test_message_when_a_plate_is_impossible() -> None:
    with pytest.raises(IlrsError) as caught:
        effective_sink_temperature_k(0.0, 0.0, absorptance=0.2, emittance=0.0)
    assert str(caught.value) == (
        "a plate with absorptance 0.2 and emittance 0; absorptance lies from 0 to 1, emittance"
        " above 0 and up to 1. Give both as fractions; a white radiator has about 0.2 and 0.9."
    )
