"""Distances on the sphere, nearness of shadow, and landing ellipses."""

import numpy as np
import pytest

from ilrs.moon.grid import Grid, cut_grid
from ilrs.sky.directions import MOON_RADIUS_M
from ilrs.sky.sphere import sphere_distance_m
from ilrs.study.site_criteria import Landing
from ilrs.study.site_layers import (
    distance_to_m,
    landing_fit,
    places_deg,
)


def grid(rows: int = 41, columns: int = 41, *, pixel_m: float = 100.0, **place: float) -> Grid:
    edges = {"west_m": -0.5 * columns * pixel_m, "north_m": 0.5 * rows * pixel_m} | place
    return Grid(
        rows=rows, columns=columns, pixel_m=pixel_m, projection="south polar stereographic", **edges
    )


def test_distances_are_great_circles():
    quarter = 0.5 * np.pi * MOON_RADIUS_M
    for to in ((0.0, 90.0), (-90.0, 12.0), (0.0, -90.0)):
        found = sphere_distance_m(0.0, 0.0, to_latitude_deg=to[0], to_longitude_deg=to[1])
        assert found == pytest.approx(quarter)
    near = sphere_distance_m(-89.9, 359.9, to_latitude_deg=-89.9, to_longitude_deg=0.1)
    # Small circle 0.1 deg from the pole: radius R sin(0.1 deg), 0.2 deg of it, chord nearly arc.
    assert near == pytest.approx(
        MOON_RADIUS_M * np.sin(np.radians(0.1)) * np.radians(0.2), rel=1e-6
    )


def test_nearness_of_shadow_is_measured_on_the_sphere_not_on_the_map():
    # 10 deg from the pole the map is stretched by 1 / cos^2(5 deg), 0.77 %.
    far = grid(west_m=-2050.0, north_m=-2.0 * MOON_RADIUS_M * np.tan(np.radians(5.0)) + 2050.0)
    shadow = np.zeros((41, 41), dtype=bool)
    shadow[20, 0] = True
    found = distance_to_m(shadow, grid=far)
    assert found[20, 0] == 0.0
    assert found[20, 40] == pytest.approx(4000.0 * np.cos(np.radians(5.0)) ** 2, rel=1e-4)


def test_without_shadow_it_is_nowhere_near():
    assert np.isposinf(distance_to_m(np.zeros((41, 41), dtype=bool), grid=grid())).all()


def test_an_ellipse_fits_where_the_ground_is_flat():
    slope = np.zeros((41, 41))
    slope[:, 21:] = 20.0
    landing = Landing(length_m=1000.0, width_m=1000.0, slope_deg=10.0)
    found = landing_fit(slope, grid=grid(), landing=landing)
    assert found[20, 10] == 1.0
    assert found[20, 35] == 0.0
    # The steep ground begins half a pixel east of the circle's middle: of 81 pixels within five of
    # the middle 35 lie on columns east of it.
    assert found[20, 20] == pytest.approx(1.0 - 35.0 / 81.0, abs=1e-6)


def test_an_ellipse_lies_along_its_grid_azimuth():
    slope = np.full((41, 41), 20.0)
    slope[:, 18:23] = 0.0  # a level lane from map up to map down, 500 m wide
    lane = {"length_m": 2000.0, "width_m": 400.0, "slope_deg": 10.0}
    along, across, aslant = (
        landing_fit(slope, grid=grid(), landing=Landing(grid_azimuth_deg=azimuth, **lane))[20, 20]
        for azimuth in (0.0, 90.0, 45.0)
    )
    assert along == 1.0
    assert across < aslant < along


def test_ground_off_the_map_and_holes_do_not_fit():
    slope = np.zeros((41, 41))
    slope[20, 20] = np.nan
    found = landing_fit(slope, grid=grid(), landing=Landing(length_m=600.0, width_m=600.0))
    assert found[0, 0] < 0.5
    assert found[20, 20] < 1.0
    assert found[10, 10] == 1.0


def test_a_grid_is_cut_to_whole_pixels_that_keep_their_place():
    whole = grid()
    part = cut_grid(whole, x_m=(-250.0, 340.0), y_m=(-1e9, -1500.0))
    assert (part.rows, part.columns) == (6, 6)
    assert (part.west_m, part.north_m, part.south_m) == (-250.0, -1450.0, whole.south_m)
    latitude, longitude = places_deg(whole)
    cut = places_deg(part)
    np.testing.assert_allclose(cut[0], latitude[35:41, 18:24])
    np.testing.assert_allclose(cut[1], longitude[35:41, 18:24])
