import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ilrs.station.storage import (
    acceptable_w,
    capacity_left_fraction,
    charged_wh,
    deliverable_w,
    discharged_wh,
)


def test_capacity_fades_with_age_and_with_use() -> None:
    found = capacity_left_fraction(
        np.array([0.0, 2.0, 0.0, 2.0, 0.0]),
        np.array([0.0, 0.0, 1000.0, 1000.0, 9e4]),
        fade_per_year=0.1, fade_per_cycle=2e-4,
    )  # fmt: skip
    np.testing.assert_allclose(found, [1.0, 0.81, 0.8, 0.648, 0.0], rtol=1e-12)


def test_fade_in_low_orbit_tells_that_in_the_high_one() -> None:
    # ESA ARTES, specification of the VES180 cell: after 5 years in low orbit at 30 % depth less
    # than 20 % are lost by cycles, after 15 years in the geostationary one at 90 % less than 2 %.
    # By throughput the first are 5 x 5500 x 0.3 = 8250 full cycles, the second 15 x 90 x 0.9
    # = 1215: the straight line through the first leaves 2.9 % for the deepest and longest eclipse
    # every day of a season; eclipses average three quarters of the longest: 2.2 %. Both figures are
    # upper limits, told to one digit: half of it, 0.5 %.
    per_cycle = 0.2 / 8250.0
    left = capacity_left_fraction(15.0, 0.75 * 1215.0, fade_per_year=0.0, fade_per_cycle=per_cycle)
    assert 1.0 - left == pytest.approx(0.02, abs=0.005)


def test_a_regenerative_fuel_cell_returns_the_ratio_of_its_voltages() -> None:
    # By the higher heating value of hydrogen (1.481 V per cell): an electrolyser at 1.7 V keeps
    # 1.481 / 1.7, a fuel cell at 0.85 V returns 0.85 / 1.481; there and back 0.85 / 1.7 = 1/2.
    tanks_wh = charged_wh(0.0, 8000.0, step_s=3600.0, charge_efficiency=1.481 / 1.7)
    back_w = deliverable_w(
        tanks_wh, 0.0, step_s=4 * 3600.0, discharge_power_w=5000.0,
        discharge_efficiency=0.85 / 1.481,
    )  # fmt: skip
    assert back_w == pytest.approx(1000.0, rel=1e-12)


def test_a_round_trip_returns_the_product_of_the_efficiencies() -> None:
    full = charged_wh(0.0, 1000.0, step_s=3600.0, charge_efficiency=0.9)
    assert full == pytest.approx(900.0)
    back = deliverable_w(full, 0.0, step_s=3600.0, discharge_power_w=1e9, discharge_efficiency=0.8)
    assert back == pytest.approx(1000.0 * 0.9 * 0.8)
    empty = discharged_wh(full, back, step_s=3600.0, discharge_efficiency=0.8)
    assert empty == pytest.approx(0.0, abs=1e-9)


def test_deliverable_is_the_power_limit_when_there_is_much() -> None:
    found = deliverable_w(
        np.array([1e6, 60.0, 10.0]),
        np.array([20.0, 20.0, 20.0]),
        step_s=1800.0,
        discharge_power_w=500.0,
        discharge_efficiency=0.5,
    )
    np.testing.assert_allclose(found, [500.0, 40.0, 0.0])


@given(
    energy=st.floats(0.0, 1e5),
    step_s=st.floats(1.0, 1e5),
    efficiency=st.floats(0.05, 1.0),
    power=st.floats(0.0, 1e5),
)
def test_a_store_stays_within_its_bounds_when_used_to_the_limit(
    energy, step_s, efficiency, power
) -> None:
    capacity, floor = 1e5, 1e4
    most = acceptable_w(
        energy, capacity, step_s=step_s, charge_power_w=power, charge_efficiency=efficiency
    )
    after = charged_wh(energy, most, step_s=step_s, charge_efficiency=efficiency)
    assert energy <= after <= capacity * (1 + 1e-12)
    least = deliverable_w(
        energy, floor, step_s=step_s, discharge_power_w=power, discharge_efficiency=efficiency
    )
    left = discharged_wh(energy, least, step_s=step_s, discharge_efficiency=efficiency)
    assert min(energy, floor) - 1e-7 <= left <= energy
