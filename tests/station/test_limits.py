import pytest

from ilrs.foundation.errors import IlrsError
from ilrs.station.limits import check_elements, check_experiments, cold_nodes

STORE = {"kind": "battery", "capacity": "1 kWh", "charge_power": "1 kW", "discharge_power": "1 kW"}
NODE = {
    "heat_capacity": "10 kJ/K", "heat_loss": "1 W/K", "survival_minimum": "230 K",
    "operating_minimum": "250 K", "operating_maximum": "320 K", "survival_maximum": "330 K",
}  # fmt: skip
ARRAY = {"area": "1 m2", "efficiency": 0.3, "mast_height": "10 m"}


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (
            {"array": ARRAY | {"efficiency": 1.2}},
            "A.array.efficiency is 1.2; it lies from 0 to 1. Correct it in its file.",
        ),
        (
            {"storage": STORE | {"capacity": "-5 Wh"}},
            "A.storage.capacity_wh is -5; it is 0 or more. Correct it in its file.",
        ),
        (
            {"storage": STORE | {"discharge_efficiency": 0}},
            "A.storage.discharge_efficiency is 0; it is more than 0 and at most 1."
            " Correct it in its file.",
        ),
        (
            {"generator": {"kind": "fission", "power": "1 kW", "decay": "100 %/y"}},
            "A.generator.decay_per_year is 1; it is 0 or more and less than 1."
            " Correct it in its file.",
        ),
        (
            {"thermal": NODE | {"heat_capacity": "0 J/K"}},
            "A.thermal.heat_capacity_j_k is 0; it is more than 0. Correct it in its file.",
        ),
        (
            {"thermal": NODE | {"operating_minimum": "200 K"}},
            "A's temperatures are 230, 200, 320, 330 K; survival minimum, operating minimum,"
            " operating maximum and survival maximum rise. Correct them in its file.",
        ),
        (
            {"modes": {"work": {"power": "-1 W"}}},
            "A.modes.work.power_w is -1; it is 0 or more. Correct it in its file.",
        ),
        (
            {"links": [{"via": "earth", "rate": "0 bit/s"}]},
            "A's link via earth.rate_bps is 0; it is more than 0. Correct it in its file.",
        ),
        (
            {"links": [{"via": "earth", "rate": "1 kbit/s", "frame_loss": "100 %"}]},
            "A's link via earth.frame_loss is 1; it is 0 or more and less than 1."
            " Correct it in its file.",
        ),
        (
            {"array": ARRAY | {"tracking": "fixed"}},
            "A's fixed array names no azimuth; a fixed panel faces one way."
            " Write its `azimuth`, or `tracking: azimuth`.",
        ),
        (
            {"array": ARRAY | {"absorptance": 0.2}},
            "A's array takes in 0.2 of the light and makes power of 0.3; no more can be made of it"
            " than is taken in. Correct its `absorptance` or its `efficiency`.",
        ),
        (
            {"thermal": NODE | {"louver_closed": "20 degC", "louver_open": "10 degC"}},
            "A's louver is closed at and open at 293.15 K, 283.15 K; a louver is closed up to one"
            " temperature and open from a higher one. Write both in this order, or neither.",
        ),
        (
            {"thermal": NODE | {"sky_view": 0.7, "shadow_view": 0.5}},
            "A sees 0.7 of sky and 0.5 of shadow; together they are at most 1, the whole view."
            " Correct `sky_view` or `shadow_view`.",
        ),
        (
            {"thermal": NODE | {"louver_open": "10 degC"}},
            "A's louver is closed at and open at nothing, 283.15 K; a louver is closed up to one"
            " temperature and open from a higher one. Write both in this order, or neither.",
        ),
        (
            {"storage": STORE | {"fade_per_cycle": 1}},
            "A.storage.fade_per_cycle is 1; it is 0 or more and less than 1."
            " Correct it in its file.",
        ),
        ({"data_store": "-1 bit"}, "A.data_store_bit is -1; it is 0 or more."
         " Correct it in its file."),
    ],
)  # fmt: skip
def test_an_element_is_refused_when_a_number_cannot_be(element, fields, message) -> None:
    with pytest.raises(IlrsError) as caught:
        check_elements([element(**fields)], site="RIDGE")
    assert str(caught.value) == message


def test_a_station_is_refused_when_no_element_stands() -> None:
    with pytest.raises(IlrsError) as caught:
        check_elements([], site="RIDGE")
    assert str(caught.value) == (
        "no element stands at RIDGE; a station is run with at least one."
        " Choose a later start, or another site, or declare elements there."
    )


def test_a_station_is_refused_when_an_element_stands_elsewhere(element) -> None:
    with pytest.raises(IlrsError) as caught:
        check_elements([element(), element("B", site="CRATER")], site="RIDGE")
    assert str(caught.value) == (
        "B stands at CRATER; the environment is that of RIDGE."
        " Run the elements of one site together."
    )


def test_a_station_is_refused_when_an_element_is_there_twice(element) -> None:
    with pytest.raises(IlrsError) as caught:
        check_elements([element(), element()], site="RIDGE")
    assert str(caught.value) == (
        "the element A is there twice; each id names one element. Pass each element once."
    )


def test_an_experiment_is_refused_when_its_element_is_not_there(element, experiment) -> None:
    with pytest.raises(IlrsError) as caught:
        check_experiments([experiment(element="Z")], elements=[element("A"), element("B")])
    assert str(caught.value) == (
        "X runs on Z, which is not in this station; there are A, B."
        " Pass only the experiments of the elements that stand."
    )


def test_an_experiment_is_refused_when_its_power_is_negative(element, experiment) -> None:
    with pytest.raises(IlrsError) as caught:
        check_experiments([experiment(power="-1 W")], elements=[element()])
    assert str(caught.value) == "X.power_w is -1; it is 0 or more. Correct it in its file."


def test_a_node_that_its_heater_cannot_hold_is_noted_with_time_amount_and_mend(
    environment, element
) -> None:
    env = environment(3, surface_temperature_k=[120.0, 100.0, 140.0])
    keep = {"keep_alive": {"power": "20 W"}}
    box = NODE | {"heater_power": "90 W", "radioisotope_heat": "5 W"}
    held = element("HELD", modes=keep, thermal=box | {"heater_power": "105 W"})
    # 1 W/K x (230 - 100) K = 130 W; 20 + 90 + 5 = 115 W are there
    assert cold_nodes([held, element("COLD", modes=keep, thermal=box)], environment=env) == (
        "COLD cannot be held at its survival minimum of 230 K: at 2035-01-01T01:00:00Z its"
        " surroundings are at 100 K, and of the 130 W that it would lose 15 W are missing."
        " A `heater_power` of 105 W would hold it, or a `heat_loss` of 0.885 W/K.",
    )


def test_a_radiator_that_loses_too_much_is_noted_without_better_insulation(
    environment, element
) -> None:
    env = environment(2, surface_temperature_k=100.0)
    # 2 m2 x 0.85 x 5.670374e-8 x (230^4 - 100^4) = 260.1 W through the radiator alone
    wide = NODE | {"radiator_area": "2 m2", "heater_power": "100 W"}
    assert cold_nodes([element(thermal=wide)], environment=env) == (
        "A cannot be held at its survival minimum of 230 K: at 2035-01-01T00:00:00Z its"
        " surroundings are at 100 K, and of the 390.1 W that it would lose 290 W are missing."
        " A `heater_power` of 390.1 W would hold it.",
    )


@pytest.mark.parametrize(
    ("when_off", "mend"),
    [
        (True, "A `heater_power` of 130 W would hold it"),
        (False, "A heater of 130 W that works on (`heater_when_off: true`) would hold it"),
    ],
)
def test_a_node_that_cannot_be_held_while_its_element_is_off_is_noted(
    environment, element, when_off, mend
) -> None:
    env = environment(2, surface_temperature_k=100.0)
    keep = {"keep_alive": {"power": "30 W"}}
    box = NODE | {"heater_power": "100 W", "heater_when_off": when_off}
    faults = [{"name": "trips", "rate": "1 %/y", "effect": "power_cycle", "outage": "9 d"}]
    known = element("A", modes=keep, thermal=box)
    assert cold_nodes([known], environment=env) == ()  # 1 W/K x 130 K = 130 W are there
    # Off it has its heater alone, or nothing.
    short = "30 W" if when_off else "130 W"
    insulation = ", or a `heat_loss` of 0.769 W/K" if when_off else ""
    assert cold_nodes([element("A", modes=keep, thermal=box, faults=faults)], environment=env) == (
        "A cannot be held at its survival minimum of 230 K while a fault has it off: at"
        " 2035-01-01T00:00:00Z its surroundings are at 100 K, and of the 130 W that it would lose"
        f" {short} are missing. {mend}{insulation}.",
    )
    gone = [{"name": "breaks", "rate": "1 %/y"}]  # for good: nothing is to be kept
    assert cold_nodes([element("A", modes=keep, thermal=box, faults=gone)], environment=env) == ()
