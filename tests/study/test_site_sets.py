"""Points lit together on a made-up horizon map."""

import numpy as np
import pytest

from ilrs.moon.horizon import horizon_at
from ilrs.study.site_place import span_tdb_s
from ilrs.study.site_sets import lit_sets, pixel_profile
from tests.moon.sky_maps import horizon_map_of, map_grid
from tests.study.site_places import sky

SPAN = span_tdb_s("2026-01-01", "2026-07-01")
GRID = map_grid(rows=4, columns=4, pixel_m=2000.0, west_m=-4000.0, north_m=4000.0)


def walled():
    """Level ground, where the west half has a wall to the map's right and the east half left."""
    skyline = np.full((360, 4, 4), -1.0)
    skyline[10:170, :, :2] = 20.0
    skyline[190:350, :, 2:] = 20.0
    return horizon_map_of(skyline, GRID)


def test_a_pixel_becomes_a_profile_over_true_azimuth():
    horizons = walled()
    profile = pixel_profile(horizons, row=1, column=0)
    x, y = -3000.0, 1000.0
    latitude, longitude = (float(value) for value in GRID.locate(x, y))
    assert (profile.attrs["latitude_deg"], profile.attrs["longitude_deg"]) == pytest.approx(
        (latitude, longitude)
    )
    # Map right, grid azimuth 90: there the point a little to the right lies, by true azimuth too.
    to = GRID.locate(x + 10.0, y)
    north = np.radians(to[0] - latitude)
    east = np.radians(float(to[1]) - longitude) * np.cos(np.radians(latitude))
    azimuth = float(np.degrees(np.arctan2(east, north))) % 360.0
    assert horizon_at(profile, azimuth, mast_height_m=2.0) == pytest.approx(20.0, abs=0.002)
    opposite = horizon_at(profile, (azimuth + 180.0) % 360.0, mast_height_m=2.0)
    assert opposite == pytest.approx(-1.0, abs=0.002)


def test_points_with_opposite_walls_share_their_light():
    pixels = [(1, 0), (1, 1), (1, 2)]
    (pair,) = lit_sets(walled(), pixels, span_s=SPAN, sky=sky(), reach_m=2_500.0, sizes=(2,))
    assert pair.pixels == ((1, 1), (1, 2))  # the other pair within reach shares a wall
    assert pair.lit_fraction > 1.5 * max(pair.alone_fractions)
    assert pair.span_m == pytest.approx(2_000.0, rel=1e-5)


def test_more_points_are_never_lit_less():
    pixels = [(row, column) for row in range(4) for column in range(4)]
    sets = lit_sets(walled(), pixels, span_s=SPAN, sky=sky(), reach_m=20_000.0)
    assert [len(one.pixels) for one in sets] == [2, 3, 4]
    shares = [one.lit_fraction for one in sets]
    assert shares == sorted(shares)
    assert all(max(one.alone_fractions) <= one.lit_fraction for one in sets)
    darkest = [one.longest_darkness_s for one in sets]
    assert darkest == sorted(darkest, reverse=True)


def test_points_beyond_reach_make_no_set():
    found = lit_sets(walled(), [(0, 0), (3, 3)], span_s=SPAN, sky=sky(), reach_m=2_000.0)
    assert found == []


def test_without_terrain_nothing_stands_in_the_way():
    horizons = walled()
    horizons["horizon_code"][5, 1, 1] = -32768
    assert float(pixel_profile(horizons, row=1, column=1)["horizon_deg"].min()) == -90.0
