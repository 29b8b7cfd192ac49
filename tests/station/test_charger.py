"""Chargers: power, loss and taper; and the heat of what stores lose."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from ilrs.station.forcing import idle_plan
from ilrs.station.limits_hit import limits_hit
from ilrs.station.simulate import simulate
from ilrs.station.storage import tapered_w

# scipy 1.12 or later, Radau with rtol 1e-10 over some hours; the tolerance leaves two digits.
RELATIVE = 1e-6
CHARGER = {"efficiency": "95 %", "power": "800 W", "taper_above": "80 %"}
STORE = {
    "kind": "battery", "capacity": "5 kWh", "charge_power": "1 kW", "discharge_power": "1 kW",
    "charge_efficiency": 0.9, "discharge_efficiency": 0.8, "initial_state_of_charge": "20 %",
}  # fmt: skip
NODE = {
    "heat_capacity": "2 kJ/K", "heat_loss": "2 W/K", "survival_minimum": "10 K",
    "survival_maximum": "900 K", "operating_minimum": "20 K", "operating_maximum": "800 K",
}  # fmt: skip
SOURCE = {"kind": "fission", "power": "3 kW"}


@pytest.mark.parametrize("begin_wh", [0.0, 3100.0, 4300.0, 5000.0])
@pytest.mark.parametrize("hours", [0.25, 1.0, 9.0])
def test_a_tapered_step_follows_the_integrator(begin_wh, hours) -> None:
    def stored_w(_, energy_wh):
        part = (5000.0 - energy_wh) / (0.3 * 5000.0)
        return 800.0 * 0.9 * np.minimum(part, 1.0)

    solved = solve_ivp(
        stored_w, (0.0, hours), [begin_wh], method="Radau", rtol=1e-10, atol=1e-9, max_step=0.05
    )
    mean_w = tapered_w(
        begin_wh, 5000.0, step_s=3600.0 * hours, charge_power_w=800.0, charge_efficiency=0.9,
        taper_above=0.7,
    )  # fmt: skip
    np.testing.assert_allclose(
        begin_wh + mean_w * 0.9 * hours, solved.y[0, -1], rtol=RELATIVE, atol=1e-6
    )


def test_a_charger_brings_its_power_less_its_loss_and_then_tapers(environment, element) -> None:
    surroundings = environment(30)
    one = element(generator=SOURCE, storage=STORE | {"charger": CHARGER})
    run = simulate([one], [], environment=surroundings, plan=idle_plan(surroundings))
    # 800 W x 0.95 x 0.9 a step until 4 kWh are held, 4.386 steps; then what lacks falls by e in
    # 1 kWh / 684 W: after t hours 1000 exp(-0.684 t) Wh are missing.
    held = run["battery_energy_wh"].values[0]
    np.testing.assert_allclose(held[:4], 1000.0 + 684.0 * np.arange(1, 5), rtol=1e-12)
    hours = np.arange(5, 31) - 3000.0 / 684.0
    np.testing.assert_allclose(held[4:], 5000.0 - 1000.0 * np.exp(-0.684 * hours), rtol=1e-12)
    assert run.attrs["energy_residual"] <= 1e-12
    hit = {hit.limit: hit.hours for hit in limits_hit([one], run)}
    # The fifth step ends above 80 %; what the charger leaves is spilled, as from the first step.
    assert hit == {"charge_power": 4.0, "taper": 26.0, "spilled": 30.0}


def test_what_a_store_loses_warms_its_own_node(environment, element) -> None:
    # 360 W for a load: 450 W out of the store, 90 W of heat over 2 W/K, the node long at rest.
    surroundings = environment(8)
    store = element(
        "STORE", thermal=NODE, storage=STORE | {"initial_state_of_charge": 1}, priority=0
    )
    lamp = element("LAMP", modes={"keep_alive": {"power": "360 W"}})
    run = simulate([store, lamp], [], environment=surroundings, plan=idle_plan(surroundings))
    sink_k = surroundings["surface_temperature_k"].values
    np.testing.assert_allclose(run["temperature_k"].values[0, -1], sink_k[-1] + 45.0, rtol=1e-6)


def test_what_a_charger_loses_warms_the_store_too(environment, element) -> None:
    # 800 W from the bus, 684 W into the cells: 116 W over 2 W/K.
    surroundings = environment(4)
    store = element("STORE", thermal=NODE, storage=STORE | {"charger": CHARGER})
    source = element("SOURCE", generator=SOURCE)
    run = simulate([store, source], [], environment=surroundings, plan=idle_plan(surroundings))
    sink_k = surroundings["surface_temperature_k"].values
    np.testing.assert_allclose(run["temperature_k"].values[0, -1], sink_k[-1] + 58.0, rtol=1e-3)
