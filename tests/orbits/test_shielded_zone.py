"""The shielded zone: lines of sight, near-side limb, libration, and points above ground."""

import numpy as np
import pytest

from ilrs.foundation.errors import IlrsError
from ilrs.foundation.time import parse_utc, tdb_from_utc
from ilrs.orbits import shielded_zone as sz
from ilrs.orbits.kepler import MOON_RADIUS_M
from ilrs.orbits.relay import site_position_m
from ilrs.sky.kernels import EARTH, MOON
from ilrs.sky.sky import open_sky

EARTH_M = np.array([384_400e3, 0.0, 0.0])


def sees_any(at, earth, *, count=60_000):
    """Whether a straight line from a point to some point of Earth's sphere misses the Moon.

    Points spread evenly over the sphere's surface (Fibonacci): what hides it hides what is inside.
    """
    k = np.arange(count) + 0.5
    z, turn = 1.0 - 2.0 * k / count, np.pi * (1.0 + 5.0**0.5) * k
    flat = np.sqrt(1.0 - z * z)
    sphere = np.column_stack([flat * np.cos(turn), flat * np.sin(turn), z])
    ray = earth + sz.SHIELDED_FROM_M * sphere - at
    along = np.clip(-(ray @ at) / np.sum(ray * ray, axis=1), 0.0, 1.0)
    nearest = np.linalg.norm(at + along[:, None] * ray, axis=1)
    return bool((nearest >= MOON_RADIUS_M - 1.0).any())


# Tolerance: 60,000 points lie 0.5 deg apart on the sphere, which is 0.15 deg as seen from the Moon;
# points within 0.3 deg of the edge are not asked.
def test_zone_is_where_no_line_of_sight_leads():
    draw = np.random.default_rng(7)
    edge_deg = float(sz.shielded_cap_deg(384_400e3))
    asked = 0
    for _ in range(150):
        out_m = MOON_RADIUS_M * draw.choice([1.0, 1.02, 1.5, 3.0, 5.0])
        angle = np.radians(draw.uniform(90.0, 180.0))
        around = draw.uniform(0.0, 2.0 * np.pi)
        at = out_m * np.array(
            [np.cos(angle), np.sin(angle) * np.cos(around), np.sin(angle) * np.sin(around)]
        )
        shielded = bool(sz.is_shielded(at, earth_position_m=EARTH_M))
        # a little nearer to and further from the axis: the same answer, or too near the edge
        turned = [np.radians(0.3), -np.radians(0.3)]
        near = [
            bool(
                sz.is_shielded(
                    out_m * np.array([
                        np.cos(angle + t), np.sin(angle + t) * np.cos(around),
                        np.sin(angle + t) * np.sin(around),
                    ]),
                    earth_position_m=EARTH_M,
                )
            )
            for t in turned
        ]  # fmt: skip
        if near[0] != near[1]:
            continue
        asked += 1
        assert shielded != sees_any(at, EARTH_M), (out_m, np.degrees(angle), edge_deg)
    assert asked > 100


# Analytic: the umbra of a sphere of 100,000 km behind the Moon ends R D / (100,000 km - R) away.
def test_zone_ends_in_a_point_behind_the_moon():
    end_m = MOON_RADIUS_M * 384_400e3 / (sz.SHIELDED_FROM_M - MOON_RADIUS_M)
    inside, outside = [-0.999 * end_m, 0.0, 0.0], [-1.001 * end_m, 0.0, 0.0]
    found = sz.is_shielded([inside, outside], earth_position_m=EARTH_M)
    assert found.tolist() == [True, False]


def test_cap_and_points_agree_on_the_surface():
    longitudes = np.linspace(-180.0, 180.0, 721)
    points = np.array([site_position_m(0.0, float(x), height_m=0.0) for x in longitudes])
    beyond = sz.beyond_limb_deg(0.0, longitudes, earth_position_m=EARTH_M)
    assert (sz.is_shielded(points, earth_position_m=EARTH_M) == (beyond >= 0.0)).all()
    assert sz.shielded_cap_deg(384_400e3) == pytest.approx(104.81, abs=0.005)


def test_near_side_and_its_limb_are_never_shielded_and_libration_moves_the_edge():
    sky = open_sky()
    start = float(tdb_from_utc(parse_utc("2036-01-01")))
    tdb_s = start + np.arange(0.0, 365.25 * 86400.0, 6 * 3600.0)
    icrf_m = 1e3 * sky.ephemeris.position_km(EARTH, MOON, tdb_s)
    earth = np.einsum("nij,nj->ni", sky.orientation.matrices(tdb_s), icrf_m)
    limb = sz.beyond_limb_deg([0.0, 0.0, -90.0], [90.0, -90.0, 0.0], earth_position_m=earth)
    assert limb.max() < 0.0
    # 15.3 deg beyond the mean limb: shielded at times, with libration of up to 8 deg and more
    eastern = sz.beyond_limb_deg(0.0, 105.3, earth_position_m=earth)
    assert eastern.min() < -6.0 < 6.0 < eastern.max()
    # Chang'e-4's landing place lies deep in the zone all year
    assert sz.beyond_limb_deg(-45.44, 177.6, earth_position_m=earth).min() > 15.0
    assert sz.touches_shielded_zone(-89.45, 222.7, radius_deg=25.0, earth_position_m=earth)
    assert not sz.touches_shielded_zone(-89.45, 222.7, radius_deg=1.0, earth_position_m=earth)


# ITU-R RA.479 gives the zone as what lies more than 23.2 deg beyond the mean limb (recalled; its
# text was not at hand): one figure for an edge that, always shielded, lies between 22.5 and 25.5
# deg beyond it by direction, as 18.6 years of libration show.
def test_edge_of_what_is_always_shielded_lies_about_the_itus_figure():
    sky = open_sky()
    tdb_s = 8.0e8 + np.arange(0.0, 18.6 * 365.25 * 86400.0, 86400.0)
    icrf_m = 1e3 * sky.ephemeris.position_km(EARTH, MOON, tdb_s)
    earth = np.einsum("nij,nj->ni", sky.orientation.matrices(tdb_s), icrf_m)
    worst = [
        float(sz.beyond_limb_deg(latitude, longitude, earth_position_m=earth).min())
        for latitude, longitude in ((0.0, 113.2), (0.0, -113.2), (66.8, 180.0), (-66.8, 180.0))
    ]
    assert all(abs(beyond) < 2.5 for beyond in worst), worst


def test_points_inside_the_moon_are_refused():
    with pytest.raises(IlrsError) as caught:
        sz.is_shielded([[-1.7e6, 0.0, 0.0]], earth_position_m=EARTH_M)
    assert str(caught.value) == (
        "the shielded zone at 1700.0 km from the Moon's centre; the zone is known on and above the "
        "sphere of 1737.4 km. Lift the point to the sphere; terrain is not part of it."
    )
