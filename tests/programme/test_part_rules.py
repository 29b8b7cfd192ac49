"""What `ilrs check` says of figures that do not go together; whole messages."""

from typing import Any

import pytest

from ilrs.programme.check import numbers_that_cannot_be
from ilrs.programme.entities import Element, Programme
from ilrs.programme.part_rules import parts_that_cannot_be

ARRAY = {"area": "10 m2", "efficiency": "30 %", "mast_height": "10 m"}
STORE = {"kind": "battery", "capacity": "1 kWh", "charge_power": "1 kW", "discharge_power": "1 kW"}
NODE = {
    "heat_capacity": "10 kJ/K", "heat_loss": "1 W/K", "survival_minimum": "230 K",
    "operating_minimum": "250 K", "operating_maximum": "320 K", "survival_maximum": "330 K",
}  # fmt: skip


def found(rule: Any, **parts: Any) -> list[str]:
    element = Element.model_validate({"id": "X", "facility": "F2", "site": "RIDGE", **parts})
    programme = Programme(name="Test", elements={"X": element})
    return [f"{f.severity} {f.entity}: {f.found}; {f.possible}. {f.mend}" for f in rule(programme)]


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        (
            {"array": ARRAY | {"absorptance": "20 %"}},
            "error elements.X.array: cells that take in 20% of the light and make power of 30%; no"
            " more power is made than light is taken in. Raise `absorptance` to 30% or more, or"
            " correct the efficiency.",
        ),
        (
            {"generator": {"kind": "radioisotope", "power": "1 W", "ramp": "5 %/h"}},
            "error elements.X.generator: a radioisotope generator that starts up, ramps or follows"
            " its load; radioisotopes give their heat whether it is asked for or not; fission units"
            " are steered. Write `kind: fission`, or leave out `start_up`, `ramp`, `least_fraction`"
            " and `starts_cold`.",
        ),
        (
            {"storage": STORE | {"initial_state_of_charge": "5 %", "minimum_state_of_charge": 0.1}},
            "error elements.X.storage: it starts at 5% of charge, below its minimum of 10%; a store"
            " starts at its minimum or above it. Start at 10%, or lower the minimum.",
        ),
        (
            {"storage": STORE | {"kind": "fuel_cell", "charger": {"efficiency": "95 %"}}},
            "error elements.X.storage: a charger on a fuel cell; chargers charge batteries; an"
            " electrolyser's power and efficiency are the store's own. Leave out `charger`, or"
            " write `kind: battery`.",
        ),
        (
            {"thermal": NODE | {"sky_view": 0.7, "shadow_view": 0.5}},
            "error elements.X.thermal: a view of 70% sky and 50% shadow; together they are at most"
            " the whole view. Take 20% off one of them.",
        ),
        (
            {"thermal": NODE | {"louver_closed": "293 K", "louver_open": "283 K"}},
            "error elements.X.thermal: a louver closed at 293 K and open at 283 K; a louver is"
            " closed up to `louver_closed` and open from `louver_open`, the higher one. Write both"
            " in this order, or neither.",
        ),
        (
            {"thermal": NODE | {"louver_open": "283 K"}},
            "error elements.X.thermal: a louver open at 283 K; a louver is closed up to"
            " `louver_closed` and open from `louver_open`, the higher one. Write both in this"
            " order, or neither.",
        ),
    ],
)
def test_parts_are_refused_when_their_figures_do_not_go_together(parts, message) -> None:
    assert found(parts_that_cannot_be, **parts) == [message]


def test_parts_are_sound_as_they_stand_alone() -> None:
    louver = {"louver_closed": "283 K", "louver_open": "293 K"}
    assert found(parts_that_cannot_be, array=ARRAY, storage=STORE, thermal=NODE | louver) == []


def test_a_battery_with_a_depth_over_1_is_told_the_nearest_that_can_be() -> None:
    deep = STORE | {"minimum_state_of_charge": "-10 %"}
    assert found(numbers_that_cannot_be, storage=deep) == [
        "error elements.X.storage.minimum_state_of_charge: found -0.1; 'minimum_state_of_charge' is"
        " 0 to 100 %. Correct it; the nearest that can be is 0%."
    ]
