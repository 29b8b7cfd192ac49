"""A declared station as a sizing problem: sized, run, and as it falls short."""

from itertools import pairwise

import numpy as np
import pytest

from ilrs.foundation.errors import IlrsError
from ilrs.programme.entities import SizeOption
from ilrs.station.dispatch import dispatch_gap
from ilrs.station.forcing import idle_plan
from ilrs.station.simulate import simulate
from ilrs.station.sizing import least_mass
from ilrs.station.sizing_station import (
    sized_elements,
    station_problem,
    with_radiators,
)

STORE = {
    "kind": "battery", "capacity": "1 kWh", "charge_power": "1 kW", "discharge_power": "1 kW",
    "charge_efficiency": 0.9, "discharge_efficiency": 0.9, "minimum_state_of_charge": 0.1,
}  # fmt: skip
ARRAY = {"area": "1 m2", "efficiency": 0.3, "mast_height": "10 m"}
STEFAN_BOLTZMANN = 5.670374419e-8  # CODATA 2018


def option(key: str, **fields) -> SizeOption:
    return SizeOption.model_validate({"id": key, **fields})


@pytest.fixture
def station(element):
    """A load, an array that draws nothing, and a battery that draws 1 W for each 10 kg."""
    return [
        element("LOAD", mass="100 kg", modes={"keep_alive": {"power": "100 W"}}),
        element("ARRAY", mass="30 kg", array=ARRAY),
        element("BATTERY", mass="10 kg", modes={"keep_alive": {"power": "1 W"}}, storage=STORE),
    ]  # fmt: skip


OPTIONS = {
    "AREA": option("AREA", element="ARRAY", mass="30 kg", area="1 m2"),
    "CELLS": option("CELLS", element="BATTERY", mass="10 kg", capacity="1 kWh",
                    charge_power="500 W", discharge_power="500 W"),
}  # fmt: skip


@pytest.fixture
def lunar_months(environment):
    return environment(2 * 709)


def test_the_sized_station_serves_every_load_when_it_is_run(station, lunar_months):
    problem = station_problem(station, OPTIONS, environment=lunar_months)
    found = least_mass(problem, gap=1e-6)
    units = dict(zip(OPTIONS, found.units * (1.0 + 1e-6), strict=True))
    made = sized_elements(station, OPTIONS, units=units)
    plan = idle_plan(lunar_months)
    run = simulate(made, (), environment=lunar_months, plan=plan, reserve_state_of_charge=0.0)
    assert float(run["power_unserved_w"].max()) == 0.0
    # A hundredth less of the store, and the night is too long.
    less = sized_elements(station, OPTIONS, units=units | {"CELLS": 0.99 * units["CELLS"]})
    short = simulate(less, (), environment=lunar_months, plan=plan, reserve_state_of_charge=0.0)
    assert float(short["power_unserved_w"].max()) > 1.0
    battery = made[2]
    assert battery.mass_kg == pytest.approx(10.0 * units["CELLS"])
    assert battery.modes["keep_alive"].power_w == pytest.approx(units["CELLS"])
    assert battery.storage.capacity_wh == pytest.approx(1000.0 * units["CELLS"])
    assert battery.storage.discharge_power_w == pytest.approx(500.0 * units["CELLS"])


def test_an_element_of_which_nothing_is_landed_is_gone(station):
    made = sized_elements(station, OPTIONS, units={"AREA": 2.0, "CELLS": 0.0})
    assert [e.id for e in made] == ["LOAD", "ARRAY"]
    assert made[1].array.area_m2 == 2.0


def test_the_error_names_the_element_the_night_and_the_mend(station, lunar_months):
    few = OPTIONS | {"CELLS": OPTIONS["CELLS"].model_copy(update={"most": 2.0})}
    problem = station_problem(station, few, environment=lunar_months)
    with pytest.raises(IlrsError) as caught:
        least_mass(problem)
    assert caught.value.asked.startswith("LOAD on the grid of RIDGE falls short of ")
    assert caught.value.mend.startswith("Raise `most` of CELLS from 2 to ")


def test_a_cable_between_buses_carries_within_its_limit(element, environment):
    joint = {"kind": "power", "with": "FAR", "power": "150 W", "loss": 0.2}
    station = [
        element("ARRAY", mass="30 kg", array=ARRAY,
                interfaces=[{**joint, "role": "offers"}]),
        element("FAR", mass="10 kg", modes={"keep_alive": {"power": "100 W"}},
                interfaces=[{**joint, "with": "ARRAY", "role": "needs"}]),
    ]  # fmt: skip
    lit = environment(48, sun_visible_fraction=1.0)
    problem = station_problem(station, {"AREA": OPTIONS["AREA"]}, environment=lit)
    assert [(c.most_w, c.loss_per_w) for c in problem.cables] == [(150.0, 0.2 / 150.0)] * 2
    made = problem.options[0].made_w
    found = least_mass(problem, gap=1e-6)
    # By the chords of the cable's halves 75 W bring 67.5 W and each watt more 0.7 W, in the hour
    # with least light; the curve itself brings 100 W of 118.8 W.
    assert found.units[0] == pytest.approx((75.0 + 32.5 / 0.7) / made.min(), rel=1e-6)


def node(**fields):
    temperatures = {"survival_minimum": "200 K", "operating_minimum": "210 K",
                    "operating_maximum": "300 K", "survival_maximum": "320 K"}  # fmt: skip
    return {"heat_capacity": "100 kJ/K", "heat_loss": "0.1 W/K", **temperatures, **fields}


def test_a_radiator_takes_away_what_is_left_at_the_highest_temperature(element, environment):
    hot = element("LAB", mass="50 kg", modes={"keep_alive": {"power": "200 W"}}, thermal=node())
    wanted = {"FIN": option("FIN", element="LAB", mass="5 kg", radiator_area="1 m2")}
    year = environment(48, surface_temperature_k=200.0)
    units = with_radiators([hot], wanted, environment=year)
    # Stefan and Boltzmann with the declared emissivity of 0.85; 0.1 W/K leave by the insulation.
    area = (200.0 - 0.1 * 100.0) / (0.85 * STEFAN_BOLTZMANN * (300.0**4 - 200.0**4))
    assert units["FIN"] == pytest.approx(area, rel=1e-6)
    made = sized_elements([hot], wanted, units=units)[0]
    assert made.thermal.radiator_area_m2 == pytest.approx(area, rel=1e-6)
    assert made.mass_kg == pytest.approx(50.0 + 5.0 * area)


def test_a_radiator_too_small_is_named_with_what_mends_it(element, environment):
    hot = element("LAB", mass="50 kg", modes={"keep_alive": {"power": "200 W"}}, thermal=node())
    wanted = {"FIN": option("FIN", element="LAB", mass="5 kg", radiator_area="1 m2", most=0.2)}
    with pytest.raises(IlrsError) as caught:
        with_radiators([hot], wanted, environment=environment(4, surface_temperature_k=200.0))
    assert str(caught.value) == (
        "LAB has 127 W too much at 2035-01-01T00:00:00Z, with 0.2 of FIN; at 300 K each of them"
        " takes 313 W away. Raise `most` of FIN to 0.607 (3 kg)."
    )


def test_a_rule_that_charges_before_it_spares_is_compared_with_the_best(element, environment, plan):
    # A reactor of 100 W serves 100 W while a battery of 10 kWh begins half full: nothing needs to
    # pass the store; what the run draws from the reactor is the least there is.
    reactor = {"kind": "fission", "power": "100 W"}
    station = [
        element("A", modes={"keep_alive": {"power": "100 W"}}, generator=reactor, storage=STORE),
    ]  # fmt: skip
    year = environment(240)
    run = simulate(station, (), environment=year, plan=idle_plan(year))
    found = dispatch_gap(station, run, environment=year)
    assert found.taken_wh == pytest.approx(24_000.0)
    assert found.least_wh == pytest.approx(24_000.0, rel=1e-6)
    assert found.excess == pytest.approx(0.0, abs=1e-6)


def test_masses_fall_with_the_mast_that_sees_more_light(station, lunar_months):
    masses = []
    for height_m in (2.0, 6.0, 10.0):
        tall = [
            e.model_copy(update={"array": e.array.model_copy(update={"mast_height_m": height_m})})
            if e.array else e
            for e in station
        ]  # fmt: skip
        masses.append(least_mass(station_problem(tall, OPTIONS, environment=lunar_months)).mass_kg)
    assert all(low > high for low, high in pairwise(masses))
    assert np.isfinite(masses).all()
