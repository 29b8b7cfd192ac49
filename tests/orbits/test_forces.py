"""What acts on a craft: tabulated sky, Earth and Sun as points, sunlight and the Moon's shadow."""

import numpy as np
import pytest

from ilrs.foundation.errors import IlrsError
from ilrs.orbits.forces import (
    EARTH_GM_M3_S2,
    SUN_GM_M3_S2,
    ForceModel,
    Forces,
    accelerations_m_s2,
    forces_over,
)
from ilrs.orbits.gravity import default_gravity_field
from ilrs.orbits.harmonics import field_acceleration_m_s2
from ilrs.sky.kernels import EARTH, MOON, SUN, EphemerisRangeError
from ilrs.sky.sky import Sky, open_sky

T0 = 8.52e8  # at the end of 2026
CENTRE = default_gravity_field(degree=0)


@pytest.fixture(scope="module")
def sky() -> Sky:
    return open_sky("MOON_PA_DE421")


def ready(sky: Sky, model: ForceModel, days: float = 3.0) -> Forces:
    return forces_over(model, (T0, T0 + days * 86400.0), origin_tdb_s=T0, sky=sky)


def some_places(count: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(5)
    points = rng.normal(size=(count, 3))
    points *= (rng.uniform(1.8e6, 2e7, count) / np.linalg.norm(points, axis=1))[:, None]
    return np.sort(rng.uniform(0.0, 3 * 86400.0, count)), points


def test_field_acts_in_its_own_axes_at_any_instant(sky: Sky) -> None:
    field = default_gravity_field()
    forces = ready(sky, ForceModel(gravity=field, has_earth=False, has_sun=False))
    elapsed_s, points = some_places(300)
    axes = sky.orientation.matrices(T0 + elapsed_s)
    inside = field_acceleration_m_s2(field, np.einsum("nij,nj->ni", axes, points))
    direct = np.einsum("nij,ni->nj", axes, inside)
    # 1e-12 of axes turned wrongly would be 1e-15 m/s2 of the field's 1e-3
    np.testing.assert_allclose(
        accelerations_m_s2(forces, elapsed_s, points), direct, rtol=0.0, atol=2e-15
    )


# Truth: the difference of two point masses in 80-bit numbers.
@pytest.mark.skipif(np.finfo(np.longdouble).eps > 1e-18, reason="no 80-bit numbers here")
@pytest.mark.parametrize(("body", "gm"), [(EARTH, EARTH_GM_M3_S2), (SUN, SUN_GM_M3_S2)])
def test_bodies_pull_on_the_craft_less_on_the_moon(sky: Sky, body: int, gm: float) -> None:
    elapsed_s, points = some_places(300)
    model = ForceModel(gravity=CENTRE, has_earth=body == EARTH, has_sun=body == SUN)
    alone = ForceModel(gravity=CENTRE, has_earth=False, has_sun=False)
    found = accelerations_m_s2(ready(sky, model), elapsed_s, points)
    found = found - accelerations_m_s2(ready(sky, alone), elapsed_s, points)
    at = 1e3 * sky.ephemeris.position_km(body, MOON, T0 + elapsed_s).astype(np.longdouble)
    apart = at - points

    def cubed(vectors: np.ndarray) -> np.ndarray:
        return np.sum(vectors * vectors, axis=1)[:, None] ** np.longdouble(1.5)

    truth = gm * (apart / cubed(apart) - at / cubed(at))
    # subtracting the central pull, up to 1.5 m/s2, leaves its rounding
    np.testing.assert_allclose(found, truth.astype(float), rtol=1e-11, atol=1e-15)


def lit(sky: Sky, offset_sun_radii: float, distance_m: float) -> float:
    """Part of full sunlight at a place behind the Moon, so far from the edge of its disc."""
    model = ForceModel(
        gravity=CENTRE, has_earth=False, has_sun=False, area_to_mass_m2_kg=1e2, reflectivity=0.0
    )
    sun = 1e3 * sky.ephemeris.position_km(SUN, MOON, np.array([T0]))[0]
    away = -sun / np.linalg.norm(sun)
    side = np.cross(away, [0.0, 0.0, 1.0])
    side /= np.linalg.norm(side)
    moon_rad = np.arcsin(1_737_400.0 / distance_m)
    sun_rad = 695_700_000.0 / (np.linalg.norm(sun) + distance_m)
    angle = moon_rad + offset_sun_radii * sun_rad
    place = distance_m * (np.cos(angle) * away + np.sin(angle) * side)
    pushed, alone = (
        accelerations_m_s2(ready(sky, m), [0.0], place)[0]
        for m in (model, ForceModel(gravity=CENTRE, has_earth=False, has_sun=False))
    )
    apart = place - sun
    # 1361 W/m2 at 1 au over the speed of light; the push leads away from the Sun
    full = 1e2 * 1361.0 / 299_792_458.0 * (149_597_870_700.0 / np.linalg.norm(apart)) ** 2
    push = pushed - alone
    np.testing.assert_allclose(
        push, np.linalg.norm(push) * apart / np.linalg.norm(apart), atol=1e-9
    )
    return float(np.linalg.norm(push) / full)


def visible(offset: float, moon: float) -> float:
    """Part of a unit disc outside a disc of radius `moon`, its edge `offset` away, by strips."""
    x = np.linspace(-1.0, 1.0, 200_001)[1:-1]
    half = np.sqrt(1.0 - x * x)
    # along the line of centres; the strip at x is covered where its y lie within the Moon's disc
    inside = moon**2 - (x + moon + offset) ** 2
    covered = np.minimum(np.sqrt(np.maximum(inside, 0.0)), half)
    return 1.0 - float(covered.sum() / half.sum())


@pytest.mark.parametrize("offset", [-1.5, -1.0, -0.6, 0.0, 0.3, 0.9, 1.0, 1.5])
@pytest.mark.parametrize("distance_m", [1.837e6, 1e7, 3e8])
def test_moon_covers_the_sun_as_one_disc_another(
    sky: Sky, offset: float, distance_m: float
) -> None:
    moon = np.arcsin(1_737_400.0 / distance_m) / (695_700_000.0 / 1.47e11)
    if moon < 2.0 and offset < -1.0:
        pytest.skip("here the Moon looks no larger than the Sun")
    # the discs are plane here and spherical there, and the Sun's distance is rounded: 0.2 %
    assert lit(sky, offset, distance_m) == pytest.approx(visible(offset, moon), abs=2e-3)


def test_reflecting_craft_is_pushed_twice_as_hard(sky: Sky) -> None:
    place = np.array([[0.0, 0.0, 5e6]])

    def push(**light: float) -> np.ndarray:
        model = ForceModel(gravity=CENTRE, has_earth=False, has_sun=False, **light)
        return accelerations_m_s2(ready(sky, model), [0.0], place)

    none, black, bright = push(), *(push(area_to_mass_m2_kg=9.0, reflectivity=r) for r in (0, 1))
    np.testing.assert_allclose(bright - none, 2.0 * (black - none), rtol=1e-9)


def test_model_says_what_acts() -> None:
    model = ForceModel(area_to_mass_m2_kg=0.01, reflectivity=0.3)
    assert model.text == (
        "GRGM660PRIM 20x20 in MOON_PA_DE421, Earth, Sun, sunlight on 0.01 m2/kg of reflectivity 0.3"
    )
    assert ForceModel(gravity=CENTRE, has_earth=False, has_sun=False).text == (
        "GRGM660PRIM 0x0 in MOON_PA_DE421"
    )


def test_impossible_craft_is_refused() -> None:
    with pytest.raises(IlrsError) as caught:
        ForceModel(area_to_mass_m2_kg=0.01, reflectivity=1.3)
    assert str(caught.value) == (
        "a craft of 0.01 m2/kg and reflectivity 1.3; area over mass is 0 or more (0.005 to 0.05 "
        "for most craft), reflectivity 0 to 1. Give the area that faces the Sun in m2 over the "
        "mass in kg."
    )


def test_span_beyond_the_orientation_is_told_before_the_work(sky: Sky) -> None:
    with pytest.raises(EphemerisRangeError) as caught:
        ready(sky, ForceModel(), days=9000.0)
    assert str(caught.value) == (
        "no orientation MOON_PA_DE421 at 2051-08-22T14:38:51Z (1 of 2 epochs); "
        "moon_pa_de421_1900-2050.bpc covers 1899-12-31T23:59:18Z to 2050-12-31T23:58:51Z. Shorten "
        "the span, or choose IAU_2015, which has no end."
    )


def test_span_up_to_the_last_instant_of_the_orientation_is_served(sky: Sky) -> None:
    end_s = 1_609_416_000.0  # the last instant of moon_pa_de421_1900-2050.bpc
    forces = forces_over(
        ForceModel(), (end_s - 1e5, end_s), origin_tdb_s=end_s, sky=sky
    )  # fmt: skip
    found = accelerations_m_s2(forces, [0.0], [[2e6, 0.0, 0.0]])
    assert np.linalg.norm(found) == pytest.approx(4.9028e12 / 2e6**2, rel=1e-3)
