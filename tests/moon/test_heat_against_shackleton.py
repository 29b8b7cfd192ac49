"""The dark floor of Shackleton and its lit rim on real terrain, against what is published."""

from typing import Any

import numpy as np
import pytest
import xarray as xr

from ilrs.foundation.time import parse_utc, tdb_from_utc
from ilrs.moon.heat_map import heat_map
from ilrs.moon.map_layout import map_grid
from ilrs.moon.terrain import Terrain
from ilrs.sky.sky import Sky


@pytest.fixture(scope="module")
def year(lola: list[Terrain], sky: Sky) -> xr.Dataset:
    """A year on blocks of 1.6 km: the crater is 13 wide."""
    _, fine, far = lola
    start_s = float(tdb_from_utc(parse_utc("2026-04-01")))
    return heat_map(fine, [far], start_tdb_s=start_s, sky=sky, most_pixels=1024)


def within(found: xr.Dataset, name: str, place: tuple[float, float], radius_m: float) -> Any:
    x, y = np.meshgrid(found["x_m"].values, found["y_m"].values)
    middle = map_grid(found).project(*place)
    return found[name].values[np.hypot(x - middle[0], y - middle[1]) < radius_m]


# Haruyama et al. 2008, Science 322, 938 (10.1126/science.1164020): the floor, lit by light
# scattered from the upper wall alone, stays below "~90 K" (a model on Kaguya's shape). Diviner's
# maps show floors of large southern shadows from 40 K upwards all year (Paige et al. 2010, Science
# 330, 479). With nothing to warm it the floor would stay at 24 K; 60 K, two thirds of the published
# bound, is asked of its warmest day.
def test_floor_of_shackleton_against_published(year: xr.Dataset) -> None:
    warmest_k = within(year, "surface_hottest_k", (-89.67, 129.78), 2_500.0)
    assert 60.0 < warmest_k.mean() < 90.0
    assert within(year, "is_cold_trap", (-89.67, 129.78), 2_500.0).all()
    assert 40.0 < within(year, "surface_mean_k", (-89.67, 129.78), 2_500.0).mean() < 60.0


# The Connecting Ridge (89.78 S 203.7 E) is lit 86 % of the best year (Noda et al. 2008, truth I1),
# so it must be no cold trap (110 K, Vasavada et al. 1999), and warmer than the floor all year.
def test_lit_ridge_is_warmer_than_the_floor(year: xr.Dataset) -> None:
    ridge, floor = (-89.7817, 203.699), (-89.67, 129.78)
    assert within(year, "surface_hottest_k", ridge, 1_600.0).min() > 110.0
    for name in ("surface_coldest_k", "surface_mean_k"):
        assert within(year, name, ridge, 1_600.0).min() > within(year, name, floor, 2_500.0).max()
