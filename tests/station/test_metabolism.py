"""Heat of people and of their machines' reactions, and of a cabin that they live in."""

import numpy as np
import pytest

from ilrs.programme.entities import Element, Thermal
from ilrs.station.forcing import idle_plan
from ilrs.station.life_support import life_support
from ilrs.station.metabolism import PERSON_HEAT_W, cabin_heat_w, metabolic_heat_w
from ilrs.station.simulate import simulate
from tests.station.conftest import synthetic_environment
from tests.station.crewed import habitat, visit

NODE = {
    "heat_capacity": "5 kJ/K", "heat_loss": "20 W/K", "survival_minimum": "10 K",
    "survival_maximum": "900 K", "operating_minimum": "20 K", "operating_maximum": "800 K",
}  # fmt: skip


def test_a_person_gives_the_heat_that_is_published() -> None:
    # NASA, Baseline Values and Assumptions Document (TP-2015-218570): 11.82 MJ per person-day,
    # told beside the masses of air that the program takes. Weir himself compares his formula with
    # others and finds them within 1 %; the masses are told to 3 digits: 2 % together.
    assert pytest.approx(11.82e6, rel=0.02) == PERSON_HEAT_W * 86400.0


def test_a_litre_of_oxygen_at_a_quotient_of_1_gives_what_it_gives_with_sugar() -> None:
    # Glucose: 2803 kJ/mol (CODATA) for six mol of oxygen, as many of CO2: 467.2 kJ a mol of oxygen.
    # Weir's coefficients stand for mixed food, whose carbohydrate is mostly starch: within 2 %.
    heat_w = metabolic_heat_w(31.998e-3 * 86400.0, 44.009e-3 * 86400.0)  # a mol a second of each
    assert float(heat_w) == pytest.approx(467.2e3, rel=0.02)


def test_splitting_water_keeps_power_and_a_sabatier_reactor_gives_some_back() -> None:
    # 2 x 285.83 kJ a mol of oxygen; 252.75 kJ a mol of CO2 with liquid water (CODATA and the NIST
    # WebBook: 165.0 kJ as steam, and 2 x 44.0 kJ as it condenses: 253.0 kJ).
    made = cabin_heat_w(0.0, 31.998e-3, 0.0, step_s=1.0)
    reacted = cabin_heat_w(0.0, 0.0, 44.009e-3, step_s=1.0)
    assert float(made) == pytest.approx(-571.66e3, rel=1e-4)
    assert float(reacted) == pytest.approx(253.0e3, rel=2e-3)


def test_a_cabin_rests_where_its_people_and_machines_hold_it() -> None:
    """Power used and heat beside it over the loss, as by hand, once the node has settled."""
    time = synthetic_environment(24 * 15)
    cabin = habitat().model_copy(update={"thermal": Thermal.model_validate(NODE)})
    source = {"kind": "fission", "power": "9 kW"}
    unit = Element.model_validate(
        {"id": "UNIT", "facility": "F2", "site": "RIDGE", "generator": source}
    )
    crew = life_support([cabin], [visit()], time=time)
    assert crew is not None
    power_w = crew["life_support_power_requested_w"].values
    heat_w = crew["cabin_heat_w"].values
    run = simulate(
        [cabin, unit], [], environment=time, plan=idle_plan(time),
        loads_w={"HAB": power_w}, heats_w={"HAB": heat_w},
    )  # fmt: skip
    k = 24 * 6  # in the middle of the visit; the node forgets by half in three minutes
    sink_k = time["surface_temperature_k"].values[k]
    rest_k = sink_k + (power_w[k] + heat_w[k]) / 20.0
    np.testing.assert_allclose(run["temperature_k"].values[0, k], rest_k, rtol=1e-5)
    # Three people, less what electrolysis keeps of 2.5 kg of oxygen a day, and more.
    assert heat_w[k] == pytest.approx(
        3 * PERSON_HEAT_W
        - crew["processed_kg"].sel(processor="electrolysis").values[k] / 31.998e-3 * 571.66e3 / 3600
        + crew["processed_kg"].sel(processor="sabatier").values[k] / 44.009e-3 * 252.75e3 / 3600
    )
    assert heat_w[0] == 0.0
