"""View factors between pixels: sums, reciprocity, and shapes whose factors can be written down."""

import numpy as np
import pytest

from ilrs.foundation.errors import IlrsError
from ilrs.moon.facets import facet_normals
from ilrs.moon.view_factors import ViewFactors, plate_view, received_w_m2, view_factors
from tests.moon.bowls import Bowl

ROUGH = np.random.default_rng(7).normal(0.0, 40.0, (24, 24)).cumsum(axis=0).cumsum(axis=1) / 4.0


def row_sums(views: ViewFactors) -> np.ndarray:
    ones = np.ones((1, views.sky.size))
    return received_w_m2(views, ones)[0].reshape(views.sky.shape)


# Strips and sky tile the half-space above each pixel; the sum over 64 azimuths of a function with
# a kink is within 1e-3 of its integral, and float32 sums within 1e-5.
@pytest.mark.parametrize("heights", [ROUGH, 20.0 * ROUGH, np.zeros((6, 9))])
def test_terrain_and_sky_fill_the_view(heights: np.ndarray) -> None:
    views = view_factors(heights, pixel_m=100.0)
    terrain = row_sums(views)
    assert (views.shares > 0.0).all() and terrain.max() <= 1.0
    assert np.allclose(terrain + views.sky, 1.0, atol=1e-3)


def test_flat_ground_sees_only_sky() -> None:
    views = view_factors(np.full((5, 5), 12.0), pixel_m=50.0)
    assert views.seen.size == 0 and np.allclose(views.sky, 1.0, atol=1e-6)


# Between any two pixels of a bowl of radius R the factor is area / (4 pi R^2): Ingersoll et al.
# 1992, Icarus 100, 40. The rim is known to half a pixel of 25 (2 % in depth, twice that in the
# share): 5 %.
def test_every_place_in_a_bowl_sees_the_same_share_of_it() -> None:
    bowl = Bowl(pixels=65, depth_to_diameter=0.2)
    views = view_factors(bowl.heights_m, pixel_m=bowl.pixel_m)
    inner = bowl.radius_m < 0.8 * 0.5 * bowl.diameter_m
    assert 1.0 - views.sky[inner] == pytest.approx(bowl.share, rel=0.05)


# Reciprocity, A_i F_ij = A_j F_ji, summed over quarters of the bowl: rays sample each pixel pair
# once or not at all, some 10^4 rays cross between quarters, so about 1 % of noise: 3 %.
def test_quarters_of_a_bowl_give_as_they_get() -> None:
    bowl = Bowl(pixels=65, depth_to_diameter=0.2)
    views = view_factors(bowl.heights_m, pixel_m=bowl.pixel_m)
    area = (bowl.pixel_m**2 / facet_normals(bowl.heights_m, pixel_m=bowl.pixel_m)[2]).ravel()
    east, north = bowl.east_m.ravel() > 0.0, bowl.north_m.ravel() > 0.0
    parts = [(east == e) & (north == n) for e in (False, True) for n in (False, True)]
    got = received_w_m2(views, np.array(parts, dtype=float))
    exchanged = np.array([[(area * got[j])[i].sum() for j in range(4)] for i in parts])
    assert exchanged == pytest.approx(exchanged.T, rel=0.03)


def waves_m(pixels: int) -> np.ndarray:
    """Random hills over 2.4 km, 40 degrees steep on average, the shortest 480 m long."""
    random = np.random.default_rng(7)
    x, y = np.meshgrid(*[(np.arange(pixels) + 0.5) / pixels] * 2)
    waves = [(kx, ky) for kx in range(-4, 5) for ky in range(5) if kx or ky]
    return sum(
        150.0 * random.normal() / (kx * kx + ky * ky) ** 0.75
        * np.cos(2.0 * np.pi * (kx * x + ky * y) + random.uniform(0.0, 2.0 * np.pi))
        for kx, ky in waves
    )  # fmt: skip


def lopsidedness(pixels: int) -> float:
    """How far A_i F_ij is from A_j F_ji between the 64 squares of the map, root mean square."""
    heights, pixel_m = waves_m(pixels), 2400.0 / pixels
    views = view_factors(heights, pixel_m=pixel_m, azimuths=128)
    area = (pixel_m**2 / facet_normals(heights, pixel_m=pixel_m)[2]).ravel()
    square = np.arange(pixels) * 8 // pixels
    parts = (square[:, None] * 8 + square).ravel() == np.arange(64)[:, None]
    exchanged = parts @ (area[:, None] * received_w_m2(views, parts).T)
    np.fill_diagonal(exchanged, 0.0)
    skew = exchanged - exchanged.T
    return float(np.sqrt((skew**2).sum() / 2.0 / (exchanged**2).sum()))


# Crests and slopes are known to a pixel, so reciprocity is missed in the first order of pixel over
# wave length (50 m over 480 m: a tenth) and the miss halves with the pixel.
def test_hills_give_as_they_get_the_better_the_finer() -> None:
    coarse, fine = lopsidedness(48), lopsidedness(96)
    assert coarse < 0.1
    assert fine < 0.6 * coarse


def test_fewer_longer_strips_see_as_much() -> None:
    exact = view_factors(ROUGH, pixel_m=100.0, opening=0.0)
    coarse = view_factors(ROUGH, pixel_m=100.0, opening=0.5)
    assert coarse.seen.size < 0.8 * exact.seen.size
    assert np.allclose(row_sums(coarse), row_sums(exact), atol=1e-5)
    assert np.array_equal(coarse.sky, exact.sky)


# A wall of height h at distance d (one pixel from the foot) stands atan(h / d) high.
def test_horizon_of_a_wall() -> None:
    heights = np.zeros((41, 41))
    heights[:, 30:] = 500.0
    views = view_factors(heights, pixel_m=100.0, azimuths=8)
    east = int(np.argmin(np.abs(views.grid_azimuths_deg - 67.5)))
    across_m = 1000.0 / np.sin(np.radians(67.5))
    expected = np.degrees(np.arctan(500.0 / across_m))
    assert views.horizon_deg[east, 20, 20] == pytest.approx(expected, abs=1.5)  # half a pixel


@pytest.mark.parametrize(
    ("tilt_deg", "sky"),
    [(0.0, 1.0), (90.0, 0.5), (180.0, 0.0), (30.0, 0.5 * (1 + np.cos(np.pi / 6)))],
)
def test_plate_over_a_plain(tilt_deg: float, sky: float) -> None:
    """The textbook (1 + cos tilt) / 2."""
    view = plate_view(np.zeros(720), np.arange(720) * 0.5, tilt_deg=tilt_deg, facing_deg=77.0)
    assert view == pytest.approx((sky, 1.0 - sky), abs=1e-5)


def test_plate_in_a_round_valley() -> None:
    """Up-facing under a horizon h all around: cos^2 h is sky."""
    view = plate_view(np.full(360, 20.0), np.arange(360.0), tilt_deg=0.0, facing_deg=0.0)
    assert view[0] == pytest.approx(np.cos(np.radians(20.0)) ** 2, abs=1e-6)


def test_wall_that_faces_a_mountain() -> None:
    azimuths = np.arange(360.0)
    horizon = np.where(np.abs(azimuths - 180.0) < 90.0, 30.0, 0.0)
    facing, away = (
        plate_view(horizon, azimuths, tilt_deg=90.0, facing_deg=f)[0] for f in (180.0, 0.0)
    )
    assert away == pytest.approx(0.5, abs=0.01) and facing < 0.3


def test_message_when_there_are_holes() -> None:
    heights = np.zeros((3, 4))
    heights[1, 1] = np.nan
    with pytest.raises(IlrsError) as caught:
        view_factors(heights, pixel_m=10.0)
    assert str(caught.value) == (
        "terrain of 3 x 4 pixels with 1 hole(s); view factors need at least 2 x 2 pixels, each"
        " with a height. Fill the holes, or cut the grid around them."
    )


def test_message_when_there_are_too_few_azimuths() -> None:
    with pytest.raises(IlrsError) as caught:
        view_factors(np.zeros((3, 4)), pixel_m=10.0, azimuths=4)
    assert str(caught.value) == (
        "view factors along 4 azimuth(s); at least 8 are needed, and 64 see a crater of 30 pixels"
        " within 2 %. Give more azimuths."
    )
