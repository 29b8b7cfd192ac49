"""Generators that start up, ramp and follow their load: series worked out by hand."""

import numpy as np

from ilrs.station.arrays import station_arrays
from ilrs.station.batch import run_steps
from ilrs.station.forcing import idle_plan, station_forcing
from ilrs.station.limits_hit import LimitHit, limits_hit
from ilrs.station.rows import EVENTS
from ilrs.station.simulate import simulate

UNIT = {"kind": "fission", "power": "1 kW", "ramp": "20 %/h", "start_up": "3 h"}


def run(element, environment, *, watts, unit, **more):
    surroundings = environment(watts.size)
    one = element(generator=unit, **more)
    return simulate(
        [one], [], environment=surroundings, plan=idle_plan(surroundings), loads_w={"A": watts}
    )


def test_a_cold_unit_waits_for_its_start_up_and_then_ramps(environment, element) -> None:
    run_ = run(element, environment, watts=np.full(10, 1000.0), unit=UNIT | {"starts_cold": True})
    made = run_["power_made_w"].values[0]
    np.testing.assert_allclose(made, [0, 0, 0, 200, 400, 600, 800, 1000, 1000, 1000])
    assert run_.attrs["energy_residual"] <= 1e-12


def test_within_a_step_power_begins_when_the_start_up_ends(environment, element) -> None:
    # Of the third hour a quarter is left, and nothing but the start-up holds the unit back.
    unit = {"kind": "fission", "power": "1 kW", "start_up": "2.75 h", "starts_cold": True}
    made = run(element, environment, watts=np.full(4, 1000.0), unit=unit)["power_made_w"].values[0]
    np.testing.assert_allclose(made, [0, 0, 250, 1000])


def test_a_unit_follows_its_load_within_ramp_and_least_power(environment, element) -> None:
    watts = np.array([1000.0, 1000, 300, 300, 300, 300, 900, 900, 900])
    got = run(element, environment, watts=watts, unit=UNIT | {"least_fraction": 0.5})
    np.testing.assert_allclose(
        got["power_made_w"].values[0], [1000, 1000, 800, 600, 500, 500, 700, 900, 900]
    )
    # What it cannot turn down is spilled; what it could come to make beside is spared.
    np.testing.assert_allclose(got["power_spilled_w"], [0, 0, 500, 300, 200, 200, 0, 0, 0])
    np.testing.assert_allclose(got["power_spared_w"], [0, 0, 200, 400, 500, 500, 300, 100, 100])
    np.testing.assert_allclose(got["power_unserved_w"], [0, 0, 0, 0, 0, 0, 200, 0, 0])


def test_a_unit_that_was_off_starts_up_again(environment, element) -> None:
    surroundings = environment(14)
    one = element(generator=UNIT, modes={"keep_alive": {"power": "1 kW"}})
    arrays = station_arrays([one], [], step_s=3600.0)
    forcing = station_forcing([one], [], environment=surroundings, plan=idle_plan(surroundings))
    events = np.zeros(2, EVENTS)
    events["step"], events["health"] = [2, 4], [0.0, 1.0]
    record = run_steps(
        arrays, forcing, start_k=np.array([np.nan]), step_s=3600.0, reserve_state_of_charge=0.5,
        heater_margin_k=5.0, events=events,
    )  # fmt: skip
    np.testing.assert_allclose(
        record.elements["power_made_w"][0],
        [1000, 1000, 0, 0, 0, 0, 0, 200, 400, 600, 800, 1000, 1000, 1000],
    )


def test_waste_heat_follows_the_power_of_the_step_before(environment, element) -> None:
    node = {
        "heat_capacity": "1 kJ/K", "heat_loss": "2 W/K", "survival_minimum": "10 K",
        "survival_maximum": "900 K", "operating_minimum": "20 K", "operating_maximum": "800 K",
    }  # fmt: skip
    unit = {"kind": "fission", "power": "1 kW", "heat": "600 W", "least_fraction": 0.0}
    got = run(element, environment, watts=np.full(60, 250.0), unit=unit, thermal=node)
    sink_k = environment(60)["surface_temperature_k"].values[-1]
    # A quarter of the heat, and the load's own: (150 + 250) W over 2 W/K, the node long at rest.
    np.testing.assert_allclose(got["temperature_k"].values[0, -1], sink_k + 200.0, rtol=1e-6)


def test_a_start_up_that_leaves_power_short_is_listed(environment, element) -> None:
    got = run(element, environment, watts=np.full(5, 1000.0), unit=UNIT | {"starts_cold": True})
    one = element(generator=UNIT | {"starts_cold": True})
    # 1 kW for three hours, 800 W and 600 W are missing.
    assert LimitHit(
        element="A", limit="generator", hours=5.0, first_s=0.0, amount=4.4, unit="kWh"
    ) in limits_hit([one], got)
