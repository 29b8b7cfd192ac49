"""Life support by hand: what people use, what machines do with little power, what is refused."""

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from ilrs.foundation.errors import IlrsError
from ilrs.station.cabin import MOLAR_MASS_KG_MOL, PERSON_IN_KG_D, PERSON_OUT_KG_D, PROCESSORS
from ilrs.station.life_support import life_support
from tests.station.conftest import synthetic_environment
from tests.station.crewed import habitat, machines, tanks, visit

HOURS = synthetic_environment(24 * 20)
TIGHT = 1e-10  # sums of some hundred steps, and sorties that begin within one


def tank(run, name, k=-1):
    return float(run["tank_kg"].sel(tank=name).values[k])


def test_a_station_without_a_cabin_has_no_life_support(element) -> None:
    assert life_support([element()], [visit()], time=HOURS) is None


def test_an_empty_tight_cabin_changes_nothing_and_asks_for_nothing() -> None:
    run = life_support([habitat()], [], time=HOURS)
    assert run.sizes["visit"] == 0
    assert np.ptp(run["tank_kg"].values, axis=1).max() == 0.0
    assert run["life_support_power_requested_w"].values.max() == 0.0
    assert np.isnan(run["haven_d"].values).all()
    assert run["cabin_pressure_pa"].values == pytest.approx(101325.0, rel=1e-12)


def test_people_use_what_the_figures_of_a_person_day_say() -> None:
    run = life_support([habitat(processors=[], tanks=tanks(condensate=200))], [visit()], time=HOURS)
    days = 3 * 10
    assert 120.0 - tank(run, "food") == pytest.approx(days * 0.617, rel=TIGHT)
    assert 400.0 - tank(run, "water") == pytest.approx(days * 3.909, rel=TIGHT)
    assert 80.0 - tank(run, "oxygen") == pytest.approx(days * 0.835, rel=TIGHT)
    assert tank(run, "urine") == pytest.approx(days * 1.886, rel=TIGHT)
    assert tank(run, "condensate") == pytest.approx(days * 2.277, rel=TIGHT)
    assert tank(run, "waste water") == pytest.approx(days * 0.091, rel=TIGHT)
    assert tank(run, "waste solids") == pytest.approx(days * 0.109, rel=TIGHT)
    co2_kg = run["cabin_gas_kg"].sel(gas="carbon dioxide").values[-1]
    assert co2_kg == pytest.approx(days * 0.998, rel=TIGHT)


def test_a_visit_between_two_steps_counts_for_its_part_of_them() -> None:
    short = visit("2035-01-02T00:30:00", "2035-01-02T02:15:00")
    run = life_support([habitat(processors=[])], [short], time=HOURS)
    np.testing.assert_allclose(run["people_aboard"].values[24:28], [1.5, 3.0, 0.75, 0.0])


def test_two_visits_at_once_are_all_their_people() -> None:
    run = life_support([habitat()], [visit(), visit("2035-01-05", "2035-01-06")], time=HOURS)
    assert run["people_aboard"].values.max() == 6.0
    assert run.sizes["visit"] == 2


def test_sorties_cost_air_water_and_oxygen() -> None:
    cabin = habitat(
        processors=[], airlock_loss="2 kg", suit_water="0.5 kg/h", suit_oxygen="0.1 kg/h"
    )
    trips = visit(sorties=4, sortie="6 h", sortie_people=2)
    run, quiet = (life_support([cabin], [v], time=HOURS) for v in (trips, visit()))
    gone = run["overboard_kg"].sum("time") - quiet["overboard_kg"].sum("time")
    assert float(gone.sel(substance="water")) == pytest.approx(4 * 6 * 2 * 0.5, rel=TIGHT)
    air_kg = float(gone.sel(substance=["oxygen", "carbon dioxide", "nitrogen"]).sum())
    assert air_kg == pytest.approx(4 * 2.0 + 4 * 6 * 2 * 0.1, rel=TIGHT)
    # Half of the cabin's dose, but all of it outside, of which each person has two thirds.
    outside_h = 4 * 6 * 2 / 3
    half = habitat(shielding_factor=0.5)
    dosed = life_support([half], [trips], time=HOURS)["dose_gy"].values.max()
    assert dosed == pytest.approx(13.2e-6 * (outside_h + 0.5 * (240.0 - outside_h)), rel=TIGHT)


def test_dose_begins_anew_with_the_next_visit() -> None:
    visits = [visit("2035-01-02", "2035-01-04"), visit("2035-01-06", "2035-01-10")]
    dose = life_support([habitat()], visits, time=HOURS)["dose_gy"].values
    assert dose[24 * 3 - 1] == pytest.approx(48 * 13.2e-6, rel=TIGHT)
    assert dose[24 * 4] == 0.0
    assert dose.max() == pytest.approx(96 * 13.2e-6, rel=TIGHT)


def test_machines_ask_for_power_by_what_they_treat() -> None:
    run = life_support([habitat(crew_power="700 W")], [visit()], time=HOURS)
    k = 24 * 8
    rates = run["processed_kg"].values[:, k] * 24.0  # kg a day
    most = np.array([4.0, 3.0, 3.5, 8.0, 25.0])
    full_w = np.array([800.0, 1250.0, 100.0, 300.0, 300.0])
    expected_w = 700.0 + float((full_w * rates / most).sum())
    assert run["life_support_power_requested_w"].values[k] == pytest.approx(expected_w, rel=TIGHT)
    assert rates[0] == pytest.approx(3 * 0.998, rel=1e-6)
    assert rates[1] == pytest.approx(3 * 0.835, rel=TIGHT)


def test_without_power_machines_stand_still_and_the_tank_feeds_the_cabin() -> None:
    run = life_support([habitat()], [visit()], time=HOURS, power_fraction=0.0)
    assert run["processed_kg"].values.max() == 0.0
    assert run["life_support_power_w"].values.max() == 0.0
    assert run["life_support_power_requested_w"].values.max() > 1000.0
    assert 80.0 - tank(run, "oxygen") == pytest.approx(30 * 0.835, rel=TIGHT)
    np.testing.assert_allclose(run["oxygen_pressure_pa"].values, 0.21 * 101325.0, rtol=1e-12)


def test_what_a_crew_lacks_is_told_and_the_bodies_give_it() -> None:
    run = life_support([habitat(tanks=tanks(food=10))], [visit()], time=HOURS)
    lacking_kg = float(run["lacking_kg"].sel(supply="food").sum())
    assert lacking_kg == pytest.approx(30 * 0.617 - 10.0, rel=TIGHT)
    assert run.attrs["body_total_kg"] == pytest.approx(lacking_kg, rel=TIGHT)


def test_supplies_find_room_or_are_refused() -> None:
    cabin = habitat(tanks=[*tanks(food=None), {"holds": "food", "capacity": "50 kg",
                                               "initial_fill": "40 %"}])  # fmt: skip
    run = life_support([cabin], [visit(brings={"food": "45 kg", "water": "3 kg"})], time=HOURS)
    assert run.attrs["brought_total_kg"] == pytest.approx(30.0)
    refused = run["refused_kg"].sum("time")
    assert float(refused.sel(supply="food")) == pytest.approx(15.0)
    assert float(refused.sel(supply="water")) == pytest.approx(3.0)


def test_rooms_with_open_doors_are_one_cabin() -> None:
    run = life_support(
        [habitat("A", leakage="0.3 %/d"), habitat("B", volume="50 m3", processors=[])],
        [visit()], time=HOURS,
    )  # fmt: skip
    assert run.attrs["cabins"] == "A, B"
    assert tank(run, "food", 0) == 240.0
    gas_kg = float(run["cabin_gas_kg"].isel(time=0).sum())
    gases = ["oxygen", "carbon dioxide", "nitrogen"]
    lost_kg = float(run["overboard_kg"].isel(time=0).sel(substance=gases).sum())
    assert lost_kg / gas_kg == pytest.approx(1 - np.exp(-0.002 / 24), rel=TIGHT)


@pytest.mark.parametrize(
    "changes", [{}, {"leakage": "2 %/d"}, {"tanks": tanks(oxygen=3, water=30)}]
)
def test_safe_haven_is_as_long_as_the_steps_without_power_say(changes) -> None:
    # Two ways to one number: solved in closed form, and run until a limit is passed.
    cabin = habitat(**changes, co2_emergency="20 kPa", co2_highest="20 kPa")
    run = life_support([cabin], [visit(end="2035-01-21")], time=HOURS, power_fraction=0.0)
    k = 24  # the first step with people
    over = run["co2_pressure_pa"].values > 20000.0
    over |= run["oxygen_pressure_pa"].values < 16000.0
    over |= run["lacking_kg"].values.any(axis=0)
    over[: k + 1] = False
    steps = int(np.argmax(over))
    assert over.any()
    # The run knows the hour of it: one step is its resolution.
    assert float(run["haven_d"].values[k]) * 24 == pytest.approx(steps - k - 0.5, abs=1.0)


def test_a_stay_ends_when_something_runs_out() -> None:
    cabin = habitat(processors=machines("co2_removal"), tanks=tanks(food=30))
    run = life_support([cabin], [visit()], time=HOURS)
    left_d = (30.0 - 30 * 0.617) / (3 * 0.617)
    assert run["stay_d"].values == pytest.approx(left_d, abs=1 / 24)


# ---- conservation

STEPS = synthetic_environment(24 * 6)


@st.composite
def cabins(draw):
    size = st.floats(0.0, 60.0).map(lambda v: round(v, 3))
    kinds = draw(st.lists(st.sampled_from(PROCESSORS), unique=True))
    part = st.floats(0.05, 1.0)
    return habitat(
        leakage=f"{draw(st.floats(0.0, 20.0))} %/d",
        hygiene_water=f"{draw(st.floats(0.0, 3.0))} kg/d",
        suit_water=f"{draw(st.floats(0.0, 1.0))} kg/h",
        airlock_loss=f"{draw(st.floats(0.0, 20.0))} kg",
        tanks=tanks(**{k: draw(size) for k in ("oxygen", "nitrogen", "water", "food", "condensate",
                                               "urine", "waste")}),
        processors=[
            {"kind": kind, "rate": f"{draw(st.floats(0.01, 30.0))} kg/d",
             "efficiency": draw(part), "power": "100 W"}
            for kind in kinds
        ],
    )  # fmt: skip


def atoms(run):
    """Amounts of C, H, O and N held, gone overboard and given by bodies, by substance [kmol]."""
    m = MOLAR_MASS_KG_MOL
    co2, water, oxygen = PERSON_OUT_KG_D["carbon dioxide"], 4.254 - 3.909, PERSON_IN_KG_D["oxygen"]
    # Food as the balance of a person-day wants it: what leaves beyond what is breathed and drunk.
    food = {
        "C": co2 / m["carbon dioxide"],
        "H": 2 * water / m["water"],
        "O": 2 * co2 / m["carbon dioxide"] + water / m["water"] - 2 * oxygen / m["oxygen"],
    }
    per_kg = {
        "oxygen": {"O": 2 / m["oxygen"]},
        "carbon dioxide": {"C": 1 / m["carbon dioxide"], "O": 2 / m["carbon dioxide"]},
        "nitrogen": {"N": 2 / m["nitrogen"]},
        "water": {"H": 2 / m["water"], "O": 1 / m["water"]},
        "hydrogen": {"H": 2 / m["hydrogen"]},
        "methane": {"C": 1 / m["methane"], "H": 4 / m["methane"]},
        "food": {key: value / PERSON_IN_KG_D["food"] for key, value in food.items()},
        "solids": {},
    }
    wet = {
        "condensate": "water",
        "urine": "water",
        "waste water": "water",
        "waste solids": "solids",
    }

    def total(element, masses):
        return sum(per_kg[wet.get(k, k)].get(element, 0.0) * v for k, v in masses)

    def rows(name, axis):
        return [(str(k), run[name].sel({axis: k}).values) for k in run[axis].values]

    held = rows("cabin_gas_kg", "gas") + rows("tank_kg", "tank")
    return {
        element: (
            np.asarray(total(element, held)),
            np.asarray(total(element, rows("overboard_kg", "substance"))),
            np.asarray(total(element, rows("lacking_kg", "supply"))),
        )
        for element in "CHON"
    }


@given(
    cabin=cabins(),
    people=st.integers(1, 8),
    sorties=st.integers(0, 4),
    share=st.floats(0.0, 1.0),
)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_carbon_hydrogen_oxygen_and_nitrogen_stay_in_every_step(
    cabin, people, sorties, share
) -> None:
    trip = visit(end="2035-01-06", people=people, sorties=sorties, sortie_people=1)
    run = life_support([cabin], [trip], time=STEPS, power_fraction=share)
    assert run.attrs["mass_residual"] <= 1e-9
    # What washing and suits lack is nobody's mass: only what bodies give can be counted in atoms.
    assume(np.allclose(run["lacking_kg"].sum("supply"), run["body_kg"], rtol=0.0, atol=1e-12))
    for held, gone, given_ in atoms(run).values():
        gap = np.diff(held) + gone[1:] - given_[1:]
        assert np.abs(gap).max() <= 1e-9 * max(np.abs(held).max(), 1e-3)


# ---- bad input


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"volume": "0 m3"}, "HAB.life_support.volume_m3 is 0; it is more than 0."
         " Correct it in its file."),
        ({"leakage": "-1 %/d"}, "HAB.life_support.leakage_per_year is -3.6525; it is 0 or more."
         " Correct it in its file."),
        ({"shielding_factor": 1.5}, "HAB.life_support.shielding_factor is 1.5; it lies from 0 to 1."
         " Correct it in its file."),
        ({"oxygen_fraction": 0}, "HAB.life_support.oxygen_fraction is 0; it is more than 0 and at"
         " most 1. Correct it in its file."),
        ({"tanks": [{"holds": "water", "capacity": "-3 kg"}]},
         "HAB.life_support.tanks[0].capacity_kg is -3; it is 0 or more. Correct it in its file."),
        ({"tanks": [{"holds": "water", "capacity": "3 kg", "initial_fill": 2}]},
         "HAB.life_support.tanks[0].initial_fill is 2; it lies from 0 to 1."
         " Correct it in its file."),
        ({"processors": machines(sabatier={"rate": "0 kg/d"})},
         "HAB.life_support.processors[2].rate_kg_d is 0; it is more than 0."
         " Correct it in its file."),
        ({"processors": machines(sabatier={"efficiency": 1.2})},
         "HAB.life_support.processors[2].efficiency is 1.2; it is more than 0 and at most 1."
         " Correct it in its file."),
        ({"processors": machines(sabatier={"power": "-1 W"})},
         "HAB.life_support.processors[2].power_w is -1; it is 0 or more. Correct it in its file."),
    ],
)  # fmt: skip
def test_a_cabin_is_refused_when_a_number_cannot_be(changes, message) -> None:
    with pytest.raises(IlrsError) as caught:
        life_support([habitat(**changes)], [], time=HOURS)
    assert str(caught.value) == message


def test_rooms_that_disagree_on_their_air_are_refused() -> None:
    with pytest.raises(IlrsError) as caught:
        life_support([habitat("A"), habitat("B", pressure="70 kPa")], [], time=HOURS)
    assert str(caught.value) == (
        "A.life_support.pressure_pa is 101325 and B's is 70000; rooms of one station share their"
        " air. Write the same in both."
    )


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"brings": {"wine": "3 kg"}}, "the visit from 2035-01-02 to 2035-01-12 brings wine; it can"
         " bring oxygen, nitrogen, water, food. Correct its `brings`."),
        ({"end": "2035-01-02"}, "the visit from 2035-01-02 to 2035-01-02 is empty; a visit ends"
         " after it starts. Correct its dates."),
        ({"sorties": 41}, "the visit from 2035-01-02 to 2035-01-12 has 41 sorties of 6 h; one after"
         " the other they fit into 240 h. Take fewer, or shorter ones."),
        ({"sorties": 1, "sortie_people": 4}, "the visit from 2035-01-02 to 2035-01-12 sends 4"
         " people out; it has 3. Correct `sortie_people`."),
    ],
)  # fmt: skip
def test_a_visit_is_refused_when_it_cannot_be(changes, message) -> None:
    with pytest.raises(IlrsError) as caught:
        life_support([habitat()], [visit(**changes)], time=HOURS)
    assert str(caught.value) == message


def test_power_beyond_all_of_it_is_refused() -> None:
    with pytest.raises(IlrsError) as caught:
        life_support([habitat()], [visit()], time=HOURS, power_fraction=np.array([0.5, 1.5]))
    assert str(caught.value) == (
        "a power_fraction of shape (2,) from 0.5 to 1.5; it is one number, or one for each of the"
        " 480 steps, from 0 to 1. Pass the part of the power asked that the station gives."
    )
