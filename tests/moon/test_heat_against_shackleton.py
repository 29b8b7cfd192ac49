"""The dark floor of Shackleton on real terrain, against what is published of it."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from ilrs.foundation.time import parse_utc, tdb_from_utc
from ilrs.moon.cold_trap import temperature_map, terrain_temperatures
from ilrs.moon.facets import facet_light, facet_normals
from ilrs.moon.light import solar_irradiance_w_m2
from ilrs.moon.terrain import read_terrain
from ilrs.moon.view_factors import view_factors
from ilrs.sky.directions import BODY_RADIUS_M, angular_radius_deg, apparent_directions
from ilrs.sky.kernels import SUN
from ilrs.sky.sky import open_sky

COARSE = 8  # 200 m to 1.6 km: the crater is 13 pixels wide
STEP_S = 6.0 * 3600.0
STEPS = int(12 * 29.5306 * 86400.0 / STEP_S)  # twelve lunar days, nearly a polar year


# Haruyama et al. 2008, Science 322, 938 (10.1126/science.1164020): the floor, lit by light
# scattered from the upper wall alone, stays below "~90 K" (a model on Kaguya's shape). Diviner's
# maps show floors of large southern shadows from 40 K upwards all year (Paige et al. 2010, Science
# 330, 479). With nothing to warm it the floor would stay at 24 K; 60 K, two thirds of the published
# bound, is asked of its warmest day.
def test_floor_of_shackleton_against_published(shared: Path) -> None:
    terrain = read_terrain(shared / "data" / "terrain" / "shackleton_ridge_200m.tif")
    side = terrain.grid.rows // COARSE
    heights = terrain.heights_m.astype(float).reshape(side, COARSE, side, COARSE).mean(axis=(1, 3))
    grid = replace(terrain.grid, rows=side, columns=side, pixel_m=COARSE * terrain.grid.pixel_m)
    views = view_factors(heights, pixel_m=grid.pixel_m)
    azimuth, elevation, distance = (
        values[0]
        for values in apparent_directions(
            (SUN,), tdb_from_utc(parse_utc("2026-04-01")) + (np.arange(STEPS) + 0.5) * STEP_S,
            latitude_deg=-90.0, longitude_deg=0.0,
            **open_sky().kernels,
        )
    )  # fmt: skip
    light = facet_light(
        facet_normals(heights, pixel_m=grid.pixel_m), views.horizon_deg, grid=grid,
        grid_azimuths_deg=views.grid_azimuths_deg, sun_azimuth_deg=azimuth,
        sun_elevation_deg=elevation,
        angular_radius_deg=angular_radius_deg(distance, radius_m=BODY_RADIUS_M[SUN]),
        irradiance_w_m2=solar_irradiance_w_m2(distance),
    )  # fmt: skip
    found = terrain_temperatures(*light, views=views, step_s=STEP_S, longest_step_s=STEP_S)
    made = temperature_map(found, grid=grid)
    # The floor's middle in the map frame: SOURCES.md of the terrain.
    away_m = np.hypot(made["x_m"] - 8_300.0, made["y_m"] + 6_600.0).transpose("y_m", "x_m")
    floor = (away_m < 2_500.0).values
    assert light.absorbed_w_m2.max(axis=0).reshape(side, side)[floor].max() == 0.0
    assert made["is_cold_trap"].values[floor].all()
    assert 60.0 < made["surface_hottest_k"].values[floor].mean() < 90.0
    assert made["surface_mean_k"].values[floor].min() > 40.0
