import numpy as np
import pytest

from ilrs.foundation.errors import IlrsError
from ilrs.foundation.time import JULIAN_YEAR_S
from ilrs.station.power import array_power_w, at_mast_height, facing_fraction, remaining_fraction

ROWS = np.array([[0.0, 1.0, 0.0], [1.0, 1.0, 0.4]])


@pytest.mark.parametrize(
    ("mast_height_m", "expected"),
    [(2.0, [0.0, 1.0, 0.0]), (10.0, [1.0, 1.0, 0.4]), (4.0, [0.25, 1.0, 0.1])],
)
def test_at_mast_height_is_linear_when_between_two_heights(mast_height_m, expected) -> None:
    found = at_mast_height(ROWS, mast_height_m, heights_m=[2.0, 10.0])
    np.testing.assert_allclose(found, expected, rtol=1e-15)


def test_at_mast_height_takes_rows_in_any_order() -> None:
    found = at_mast_height(ROWS[::-1], 4.0, heights_m=[10.0, 2.0])
    np.testing.assert_allclose(found, [0.25, 1.0, 0.1], rtol=1e-15)


@pytest.mark.parametrize("mast_height_m", [1.9, 10.5])
def test_at_mast_height_refuses_when_outside_the_heights(mast_height_m) -> None:
    with pytest.raises(IlrsError) as caught:
        at_mast_height(ROWS, mast_height_m, heights_m=[2.0, 10.0])
    assert str(caught.value) == (
        f"a mast of {mast_height_m:g} m; the environment holds the light from 2 m to 10 m."
        " Choose a height between them, or add that height to the site's horizon profile."
    )


def test_facing_fraction_follows_the_elevation_when_tracking() -> None:
    found = facing_fraction(np.array([0.0, 90.0, 200.0]), np.array([0.0, 60.0, -60.0]))
    np.testing.assert_allclose(found, [1.0, 0.5, 0.5], rtol=1e-15)


def test_facing_fraction_is_zero_when_the_sun_is_behind_a_fixed_panel() -> None:
    azimuth = np.array([350.0, 10.0, 50.0, 100.0, 190.0])
    found = facing_fraction(azimuth, np.zeros(5), panel_azimuth_deg=350.0)
    expected = [1.0, np.cos(np.radians(20.0)), 0.5, 0.0, 0.0]
    np.testing.assert_allclose(found, expected, atol=1e-15)


def test_array_power_is_that_of_the_hand_formula() -> None:
    # 50 m2 x 0.29 x 1361 W/m2 x cos(1.5 deg) x 0.8 by hand: 15782.19 W
    facing = facing_fraction(np.array([0.0]), np.array([1.5]))
    found = array_power_w(
        np.array([1361.0]), np.array([0.8]), facing=facing, area_m2=50.0, efficiency=0.29
    )
    assert found[0] == pytest.approx(15782.19, abs=0.005)


def test_remaining_fraction_halves_when_a_half_life_has_passed() -> None:
    # Pu-238 decays with a half-life of 87.7 years (NuDat 3, National Nuclear Data Center); the
    # yearly loss that belongs to it is given to 3 digits, so the half is met to 0.2 %.
    left = remaining_fraction(87.7 * JULIAN_YEAR_S, loss_per_year=0.00787)
    assert left == pytest.approx(0.5, rel=2e-3)
    assert remaining_fraction(0.0, loss_per_year=0.3) == 1.0
