import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ilrs.moon.heat import effective_sink_temperature_k, emitted_w_m2
from ilrs.station.heat import (
    absorbed_w,
    end_temperature_k,
    heater_power_w,
    mean_temperature_k,
    node_response,
    radiator_w,
    surroundings_k,
)

NODE = {"sink_k": 100.0, "heat_capacity_j_k": 36000.0, "heat_loss_w_k": 2.0}
TIME_CONSTANT_S = 18000.0


@pytest.mark.parametrize("sky_view", [0.0, 0.3, 0.5, 0.9])
def test_surroundings_are_the_sink_of_an_idle_plate(sky_view) -> None:
    # The plate of `moon.heat` sees ground of emissivity 0.95, this one black ground: a factor of
    # 0.95 ** 0.25; the sky's 3 K, left out there, adds less than 1e-6 where any ground is in view.
    infrared = (1.0 - sky_view) * emitted_w_m2(200.0)
    plate_k = effective_sink_temperature_k(0.0, infrared, absorptance=0.2, emittance=0.9)
    assert surroundings_k(200.0, sky_view=sky_view) * 0.95**0.25 == pytest.approx(plate_k, rel=1e-6)


def test_surroundings_are_the_ground_without_sky_and_the_sky_without_ground() -> None:
    found = surroundings_k(np.array([95.0, 385.0]), sky_view=np.array([0.0, 1.0]))
    np.testing.assert_allclose(found, [95.0, 2.725], rtol=1e-12)


def test_surroundings_in_half_a_shadow_are_colder() -> None:
    # Half sky, a quarter shadow at 50 K, a quarter ground at 300 K: (2.025e9 + 1.5625e6)^(1/4)
    found = surroundings_k(300.0, sky_view=0.5, shadow_view=0.25, shadow_k=50.0)
    assert found == pytest.approx(212.173, abs=1e-3)


def test_sunlight_on_a_body_comes_from_the_sun_and_from_the_ground() -> None:
    # A white box, absorptance 0.2, 0.5 m2 towards the Sun, half its view sky. By hand at 1361 W/m2:
    # 136.1 W direct; ground adds 0.12 x sin(30 deg) x 0.5 = 3 %, with the Sun at 30 deg only
    found = absorbed_w(
        1361.0, np.array([30.0, -0.2, 30.0]), sun_visible_fraction=np.array([1.0, 0.4, 0.0]),
        sunlit_area_m2=0.5, absorptance=0.2, sky_view=0.5,
    )  # fmt: skip
    np.testing.assert_allclose(found, [140.183, 54.44, 0.0], rtol=1e-12)


PLATE = {
    "area_m2": 0.5, "emissivity": 0.85, "louver_closed_k": 0.0, "louver_open_k": 0.0,
    "closed_fraction": 1.0,
}  # fmt: skip


def test_a_radiator_rests_where_stefan_and_boltzmann_say() -> None:
    # 100 W from 0.5 m2 of emissivity 0.85 to a sink of 150 K: (100 / (0.85 x 0.5 x 5.670374e-8)
    # + 150^4)^(1/4) = (4.149534e9 + 5.0625e8)^(1/4) = 261.21506 K
    assert radiator_w(261.21506, 150.0, **PLATE) == pytest.approx(100.0, abs=2e-4)
    assert radiator_w(150.0, 150.0, **PLATE) == 0.0
    assert radiator_w(100.0, 150.0, **PLATE) == -radiator_w(150.0, 100.0, **PLATE)


def test_a_radiating_body_cools_by_the_third_root() -> None:
    # Without a sink C dT/dt = -k T^4 has T = T0 (1 + 3 k T0^3 t / C)^(-1/3); Euler steps of 1 s
    # leave an error of the order of the cooling in one step, 5 mK.
    capacity_j_k, temperature_k = 50e3, 310.0
    k = 0.5 * 0.85 * 5.670374419e-8
    for _ in range(7200):
        temperature_k -= float(radiator_w(temperature_k, 0.0, **PLATE)) / capacity_j_k
    exact_k = 310.0 * (1.0 + 3.0 * k * 310.0**3 * 7200.0 / capacity_j_k) ** (-1.0 / 3.0)
    assert temperature_k == pytest.approx(exact_k, abs=5e-3)


def test_a_louver_turns_between_its_two_temperatures() -> None:
    # Open louvers reject about six times what closed ones do: Hardt et al., Louvers, in Gilmore,
    # Spacecraft Thermal Control Handbook, section 9. The declared default of 0.17 is within 2 %.
    louver = PLATE | {"louver_closed_k": 283.0, "louver_open_k": 293.0, "closed_fraction": 0.17}
    turned = radiator_w(np.array([200.0, 283.0, 288.0, 293.0, 350.0]), 0.0, **louver)
    plain = radiator_w(np.array([200.0, 283.0, 288.0, 293.0, 350.0]), 0.0, **PLATE)
    np.testing.assert_allclose(turned / plain, [0.17, 0.17, 0.585, 1.0, 1.0], rtol=1e-12)
    assert plain[0] / turned[0] == pytest.approx(6.0, rel=0.02)


def test_a_warm_node_cools_along_the_exponential() -> None:
    half_life_s = TIME_CONSTANT_S * np.log(2.0)
    found = [end_temperature_k(300.0, 0.0, step_s=n * half_life_s, **NODE) for n in (1, 2, 10)]
    np.testing.assert_allclose(found, [200.0, 150.0, 100.0 + 200.0 / 1024.0], rtol=1e-12)


def test_many_short_steps_are_one_long_step() -> None:
    temperature = 300.0
    for _ in range(100):
        temperature = end_temperature_k(temperature, 50.0, step_s=600.0, **NODE)
    assert temperature == pytest.approx(
        float(end_temperature_k(300.0, 50.0, step_s=60000.0, **NODE)), rel=1e-12
    )


def test_a_node_rests_where_heat_and_loss_are_equal() -> None:
    # 120 W of radioisotope heat over ground at 95 K (equatorial midnight, Hayne et al. 2017,
    # doi:10.1002/2017JE005387) through 0.7 W/K: 95 + 120 / 0.7 = 266.43 K, after a lunar night
    found = end_temperature_k(
        293.0, 120.0, sink_k=95.0, heat_capacity_j_k=5e4, heat_loss_w_k=0.7, step_s=354 * 3600.0
    )
    assert found == pytest.approx(266.43, abs=0.005)


def test_a_node_without_loss_only_stores() -> None:
    left, gain_k_w = node_response(7200.0, 0.0, step_s=3600.0)
    assert (left, gain_k_w) == (1.0, 0.5)
    mean = mean_temperature_k(
        200.0, 10.0, sink_k=0.0, heat_capacity_j_k=7200.0, heat_loss_w_k=0.0, step_s=3600.0
    )
    assert mean == pytest.approx(202.5)


@given(
    start=st.floats(30.0, 400.0),
    sink=st.floats(30.0, 400.0),
    heat=st.floats(0.0, 1e4),
    loss=st.floats(1e-6, 1e3),
    capacity=st.floats(1e2, 1e7),
    step_s=st.floats(1.0, 1e6),
)
def test_heat_in_is_heat_stored_and_heat_lost(start, sink, heat, loss, capacity, step_s) -> None:
    node = {
        "sink_k": sink, "heat_capacity_j_k": capacity, "heat_loss_w_k": loss, "step_s": step_s,
    }  # fmt: skip
    end = end_temperature_k(start, heat, **node)
    mean = mean_temperature_k(start, heat, **node)
    stored = capacity * (end - start)
    through = (heat - loss * (mean - sink)) * step_s
    # Rounding of temperatures near 1e2 K (1e-13 K) times what they are multiplied with.
    scale = capacity * (abs(end) + start) + step_s * (heat + loss * (abs(mean) + sink))
    assert stored == pytest.approx(through, abs=1e-10 * scale)


def test_a_heater_ends_the_step_at_the_hold_temperature() -> None:
    power = heater_power_w(260.0, 20.0, hold_k=250.0, most_w=1e4, step_s=7200.0, **NODE)
    end = end_temperature_k(260.0, 20.0 + power, step_s=7200.0, **NODE)
    assert power > 0.0
    assert end == pytest.approx(250.0, rel=1e-12)


def test_a_heater_rests_when_warm_and_gives_all_when_too_cold() -> None:
    found = heater_power_w(
        np.array([350.0, 110.0]), 20.0, hold_k=250.0, most_w=30.0, step_s=3600.0, **NODE
    )
    np.testing.assert_array_equal(found, [0.0, 30.0])
