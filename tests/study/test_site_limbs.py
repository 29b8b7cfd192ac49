"""Clearances of a disc over a skyline, and the windows they give."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ilrs.foundation.errors import IlrsError
from ilrs.moon.horizon import horizon_at
from ilrs.sky.kernels import EARTH, SUN
from ilrs.study.site_limbs import clearance_deg, view_windows
from ilrs.study.site_place import span_tdb_s
from tests.study.site_places import place, profile, sky

SUN_RADIUS_DEG = 0.2666


def clearances(skyline, *, azimuth_deg, elevation_deg, radius_deg=SUN_RADIUS_DEG):
    return [
        clearance_deg(
            profile(skyline),
            azimuth_deg=azimuth_deg,
            elevation_deg=elevation_deg,
            angular_radius_deg=radius_deg,
            mast_height_m=2.0,
            visible_part=part,
        )
        for part in ("any", "half", "all")
    ]


def test_parts_of_a_disc_clear_a_level_skyline_one_radius_apart():
    found = clearances(1.0, azimuth_deg=[0.0, 359.9, 123.4], elevation_deg=1.5)
    for clear, expected in zip(found, (0.5 + SUN_RADIUS_DEG, 0.5, 0.5 - SUN_RADIUS_DEG)):  # noqa: B905
        np.testing.assert_allclose(clear, expected, atol=1e-12)


def test_a_slope_is_cleared_by_the_point_where_the_outline_runs_along_it():
    # Skyline of slope 1 in the sky's own measure: the disc's nearest point stands off at 45 deg,
    # a radius times sqrt 2 from the line measured upwards.
    azimuth = np.arange(720) * 0.5
    elevation = 2.0
    shrink = np.cos(np.radians(elevation))
    found = clearances(
        (azimuth - 180.0) * shrink, azimuth_deg=180.0, elevation_deg=elevation, radius_deg=0.2
    )
    np.testing.assert_allclose(found[0], elevation + 0.2 * np.sqrt(2.0), rtol=1e-9)
    np.testing.assert_allclose(found[2], elevation - 0.2 * np.sqrt(2.0), rtol=1e-9)


def test_a_needle_on_the_skyline_cuts_the_disc_but_not_its_upper_limb():
    skyline = np.zeros(720)
    skyline[360] = 5.0  # at azimuth 180
    any_, half, all_ = clearances(skyline, azimuth_deg=180.4, elevation_deg=0.5)
    assert half == pytest.approx(-0.5)  # the needle's side is 1 deg high there
    assert all_ < half
    assert any_ == pytest.approx(0.5 + np.sqrt(SUN_RADIUS_DEG**2 - 0.1**2), abs=1e-4)


@given(
    azimuth_deg=st.floats(0.0, 359.99), elevation_deg=st.floats(-3.0, 85.0), seed=st.integers(0, 99)
)
def test_closed_form_equals_a_fine_search_along_the_outline(azimuth_deg, elevation_deg, seed):
    skyline = np.random.default_rng(seed).normal(0.0, 0.6, 720)
    any_, _, all_ = clearances(skyline, azimuth_deg=azimuth_deg, elevation_deg=elevation_deg)
    u = np.linspace(-1.0, 1.0, 4001) * SUN_RADIUS_DEG
    half = np.sqrt(SUN_RADIUS_DEG**2 - u**2)
    shrink = np.cos(np.radians(elevation_deg))
    under = horizon_at(profile(skyline), np.mod(azimuth_deg + u / shrink, 360.0), mast_height_m=2.0)
    # The outline is steepest at its ends: between the last two of 4001 points it rises by
    # sqrt(2 * 2 / 4000) of a radius, 0.009 deg, and the skyline by less.
    assert any_ == pytest.approx(float((elevation_deg + half - under).max()), abs=0.009)
    assert all_ == pytest.approx(float((elevation_deg - half - under).min()), abs=0.009)
    assert any_ >= float((elevation_deg + half - under).max()) - 1e-9
    assert all_ <= float((elevation_deg - half - under).min()) + 1e-9


def test_windows_of_the_parts_lie_in_one_another():
    span = span_tdb_s("2026-06-01", "2026-09-01")
    here, over = place(0.3 * np.sin(np.radians(np.arange(720)))), sky()
    wide, middle, narrow = (
        view_windows(here, body=SUN, visible_part=part, mast_height_m=2.0, span_s=span, sky=over)
        for part in ("any", "half", "all")
    )
    assert len(narrow - middle) == len(middle - wide) == 0
    assert 0.0 < narrow.total_s < middle.total_s < wide.total_s < span[1] - span[0]


def test_edges_do_not_depend_on_the_step_beyond_a_second():
    span = span_tdb_s("2026-01-01", "2026-04-01")
    here, over = place(), sky()
    coarse, fine = (
        view_windows(
            here, body=EARTH, visible_part="half", mast_height_m=2.0, span_s=span, sky=over,
            step_s=step_s,
        )
        for step_s in (1800.0, 60.0)
    )  # fmt: skip
    assert len(coarse) == len(fine) >= 3
    np.testing.assert_allclose(coarse.start_s, fine.start_s, atol=1.0)
    np.testing.assert_allclose(coarse.end_s, fine.end_s, atol=1.0)


def test_an_unknown_part_of_the_disc_is_refused():
    with pytest.raises(IlrsError) as caught:
        clearance_deg(
            profile(), azimuth_deg=0.0, elevation_deg=0.0, angular_radius_deg=0.3,
            mast_height_m=2.0, visible_part="most",
        )  # fmt: skip
    assert str(caught.value) == (
        "no part of a disc is called 'most'; known are any, half, all: any point of it, its "
        "centre, all of it. Choose one of these."
    )
