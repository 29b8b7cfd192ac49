import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ilrs.foundation.errors import IlrsError
from ilrs.foundation.time import JULIAN_YEAR_S
from ilrs.station.power import (
    array_power_w,
    at_mast_height,
    cell_efficiency,
    cell_temperature_k,
    facing_fraction,
    remaining_fraction,
)

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


def test_facing_fraction_is_the_height_of_the_sun_when_flat() -> None:
    found = facing_fraction(
        np.array([0.0, 77.0, 200.0]), np.array([30.0, 90.0, -5.0]), tilt_deg=0.0
    )
    np.testing.assert_allclose(found, [0.5, 1.0, 0.0], atol=1e-15)


def test_facing_fraction_is_one_when_the_panel_is_tipped_to_the_sun() -> None:
    found = facing_fraction(200.0, 35.0, panel_azimuth_deg=200.0, tilt_deg=55.0)
    assert found == pytest.approx(1.0, rel=1e-15)


PANEL = {
    "tilt_deg": 90.0, "efficiency": 0.0, "temperature_coefficient_per_k": 0.0,
    "absorptance": 0.9, "front_emissivity": 0.9, "back_emissivity": 0.9,
}  # fmt: skip


def test_a_black_plate_is_as_warm_as_stefan_and_boltzmann_say() -> None:
    # 1361 W/m2 off both sides to the sky and, with half the view, to ground at 220 K:
    # (1361 / (2 x 5.670374e-8) + 220^4 / 2)^(1/4) = (1.200097e10 + 1.171280e9)^(1/4) = 338.7778 K
    assert cell_temperature_k(1361.0, 220.0, **PANEL) == pytest.approx(338.7778, abs=1e-4)


def test_a_flat_cell_on_an_insulated_box_is_as_warm_as_on_apollo_15() -> None:
    # The horizontal cells of Apollo 15's dust detector reached 398 K (NSSDC PSPG-00033). Neither
    # optics nor load are told there: absorptance over emissivity of 0.95 to 1.1, usual of covered
    # silicon cells, leaves 15 K.
    flat = PANEL | {
        "tilt_deg": 0.0,
        "absorptance": 0.85,
        "front_emissivity": 0.85,
        "back_emissivity": 0.0,
    }
    assert cell_temperature_k(1361.0, 390.0, **flat) == pytest.approx(398.0, abs=15.0)


@given(
    light=st.floats(0.0, 1420.0),
    ground=st.floats(40.0, 400.0),
    tilt=st.floats(0.0, 90.0),
    efficiency=st.floats(0.0, 0.4),
    coefficient=st.floats(-0.005, 0.0),
)
def test_a_panel_gives_off_what_it_takes_in(light, ground, tilt, efficiency, coefficient) -> None:
    panel = PANEL | {"tilt_deg": tilt, "front_emissivity": 0.85, "back_emissivity": 0.7}
    panel |= {"efficiency": efficiency, "temperature_coefficient_per_k": coefficient}
    warm_k = cell_temperature_k(light, ground, **panel)
    power = light * cell_efficiency(
        warm_k, efficiency=efficiency, temperature_coefficient_per_k=coefficient
    )
    tipped = np.cos(np.radians(tilt))
    ground_seen = 0.85 * (1.0 - tipped) / 2.0 + 0.7 * (1.0 + tipped) / 2.0
    came = 0.9 * light + 5.670374419e-8 * (
        ground_seen * ground**4 + (1.55 - ground_seen) * 2.725**4
    )
    assert 5.670374419e-8 * 1.55 * warm_k**4 + power == pytest.approx(came, rel=1e-9)


def test_cell_efficiency_follows_a_data_sheet() -> None:
    # AZUR SPACE 3G30C-Advanced, data sheet: at 28 degC 2411 mV and 504.4 mA, changing by -6.7 mV/K
    # and 0.24 mA/K: 1.2161 W, -0.23031 %/K, and 1.0661 W at 80 degC. A straight line in power
    # leaves out the product of both changes, (6.7 / 2411) x (0.24 / 504.4) x 52^2 = 0.0036.
    relative = -6.7 / 2411.0 + 0.24 / 504.4
    found = cell_efficiency(353.15, efficiency=0.295, temperature_coefficient_per_k=relative)
    assert found / 0.295 == pytest.approx(1.0661 / 1.2161, abs=3.6e-3)


def test_dust_takes_what_it_took_of_covered_cells_in_2000_days() -> None:
    # Covered cells that were irradiated before flight lost 1 % a year to dust on Apollo 15 (NSSDC
    # PSPG-00033); all five covered cells lost 4 % to 10 % in 2000 days (Hollick and O'Brien 2013,
    # doi:10.1002/2013SW000978).
    lost = 1.0 - remaining_fraction(2000 * 86400.0, loss_per_year=0.01)
    assert 0.04 <= lost <= 0.10


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
