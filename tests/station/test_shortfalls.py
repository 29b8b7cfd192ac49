"""What is short is named with its amount and time, and the change that it names mends it."""

import numpy as np
import pytest

from ilrs.station.life_support import life_support
from ilrs.station.shortfalls import shortfalls
from tests.station.conftest import synthetic_environment
from tests.station.crewed import habitat, machines, tanks, visit

HOURS = synthetic_environment(24 * 20)


def told(cabin, *visits, **power):
    run = life_support([cabin], visits or [visit()], time=HOURS, **power)
    return [str(shortfall) for shortfall in shortfalls(run, [cabin])]


def test_nothing_is_short_where_all_is_there() -> None:
    assert told(habitat()) == []
    assert shortfalls(None, [habitat()]) == ()


def test_a_supply_that_runs_dry_is_mended_by_what_was_lacking() -> None:
    assert told(habitat(tanks=tanks(food=12))) == [
        "6.51 kg of food lacking, first at 2035-01-08 11:00 UTC, for 85 h in all."
        " Bring 7 kg more food, in a tank of 19 kg (now 12 kg)."
    ]
    assert told(habitat(tanks=tanks(food=19))) == []


def test_a_supply_for_which_there_is_room_rides_along() -> None:
    half = {"holds": "food", "capacity": "24 kg", "initial_fill": 0.5}
    cabin = habitat(tanks=[*tanks(food=None), half])
    assert told(cabin)[0].endswith("Bring 7 kg more food.")
    assert told(cabin, visit(brings={"food": "7 kg"})) == []


def test_stale_air_is_mended_by_the_rate_that_holds_the_limit() -> None:
    weak = habitat(processors=machines(co2_removal={"rate": "1.5 kg/d"}))
    assert told(weak) == [
        "CO2 at up to 8438 Pa, over its limit of 707 Pa, first at 2035-01-02 17:00 UTC, for 223 h"
        " in all. Remove 3 kg/d of CO2 at full power (now 1.5)."
    ]
    assert told(habitat(processors=machines(co2_removal={"rate": "3 kg/d"}))) == []


def test_thin_air_is_mended_by_oxygen() -> None:
    bare = habitat(processors=machines("co2_removal"), tanks=tanks(oxygen=10, condensate=70))
    assert told(bare) == [
        "oxygen down to 9742 Pa, under its limit of 16000 Pa, first at 2035-01-08 17:00 UTC, for 79"
        " h in all. Bring 9 kg more oxygen, in a tank of 19 kg (now 10 kg)."
    ]
    assert (
        told(habitat(processors=machines("co2_removal"), tanks=tanks(oxygen=19, condensate=70)))
        == []
    )


def test_power_that_is_lacking_is_told_as_energy() -> None:
    dark = np.ones(24 * 20)
    dark[24 * 5 : 24 * 5 + 4] = 0.0
    (message,) = told(habitat(), power_fraction=dark)
    run = life_support([habitat()], [visit()], time=HOURS, power_fraction=dark)
    lack_w = (run["life_support_power_requested_w"] - run["life_support_power_w"]).values
    assert message == (
        f"life support lacks up to {lack_w.max():.4g} W, {lack_w.sum() / 1e3:.4g} kWh in all, first"
        " at 2035-01-06 00:00 UTC, for 4 h in all."
        f" Store {lack_w.sum() / 1e3:.4g} kWh more for it, or let other loads spare"
        f" {lack_w.max():.4g} W."
    )


def test_stale_air_for_want_of_power_asks_for_power() -> None:
    found = told(habitat(), power_fraction=0.0)
    assert found[1].endswith("Give the removal of CO2 the power that it lacked.")


def test_a_tank_that_runs_over_is_mended_by_its_size() -> None:
    assert told(habitat(tanks=tanks(waste=5))) == [
        "the tank for waste runs over by 10.96 kg, first at 2035-01-05 03:00 UTC, for 165 h in all."
        " Take one of 16 kg (now 5 kg)."
    ]
    assert told(habitat(tanks=tanks(waste=16))) == []


def test_dumping_by_design_is_no_shortfall() -> None:
    assert told(habitat(tanks=tanks(urine=None, condensate=None, waste=None))) == []


def test_supplies_without_room_are_mended_by_a_tank() -> None:
    assert told(habitat(), visit(brings={"food": "30 kg"})) == [
        "30 kg of food that visits bring find no room, first at 2035-01-02 00:00 UTC, for 1 h in"
        " all. Bring less, or take a tank of 150 kg (now 120 kg)."
    ]


@pytest.mark.parametrize("water_kg", [25, 60])
def test_more_water_mends_a_thirst_that_its_recovery_cannot(water_kg) -> None:
    def cabin(kg):
        return habitat(processors=machines("co2_removal"), tanks=tanks(water=kg, condensate=70))

    run = life_support([cabin(water_kg)], [visit()], time=HOURS)
    (found,) = shortfalls(run, [cabin(water_kg)])
    assert found.what == "water"
    assert found.amount == pytest.approx(30 * 3.909 - water_kg, rel=1e-9)
    assert told(cabin(water_kg + np.ceil(found.amount))) == []
