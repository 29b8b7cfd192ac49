import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ilrs.station.storage import acceptable_w, charged_wh, deliverable_w, discharged_wh


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
