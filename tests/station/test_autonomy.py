"""Modes by declared rules: sleep at night, a nap at noon, safe mode and the way back."""

import numpy as np
import pytest

from ilrs.station.autonomy import silence_s
from ilrs.station.simulate import simulate

HOUR_S = 3600.0


def modes_of(run, key="A") -> list[int]:
    return run["mode"].sel(element=key).values.astype(int).tolist()


def test_a_rover_sleeps_at_night_naps_at_noon_and_wakes_on_sun_elevation(
    environment, element, plan
) -> None:
    elevation = np.array([-5.0, 1.0, 6.0, 30.0, 60.0, 30.0, 6.0, 1.0, -5.0])
    ground_k = np.array([100.0, 200.0, 250.0, 350.0, 390.0, 360.0, 250.0, 200.0, 100.0])
    surroundings = environment(9, sun_elevation_deg=elevation, surface_temperature_k=ground_k)
    rover = element(
        modes={
            "keep_alive": {"power": "10 W"}, "work": {"power": "60 W"},
            "sleep": {"power": "0 W"}, "nap": {"power": "4 W"},
        },
        rules=[
            {"to": "sleep", "sun_elevation_below": "2 deg"},
            {"to": "nap", "from": ["work"], "surface_temperature_above": "373 K"},
            {"to": "work", "from": ["nap"], "surface_temperature_below": "373 K"},
            {"to": "work", "from": ["sleep"], "sun_elevation_above": "5 deg"},
        ],
        generator={"kind": "fission", "power": "100 W"},
    )  # fmt: skip
    run = simulate([rover], (), environment=surroundings, plan=plan(surroundings))
    sleep, nap = 1, 2
    assert modes_of(run) == [sleep, sleep, 0, 0, nap, 0, 0, sleep, sleep]
    used = run["power_used_w"].sel(element="A").values
    np.testing.assert_array_equal(used, [0, 0, 60, 60, 4, 60, 60, 0, 0])


def test_a_brownout_leads_to_safe_mode_until_the_store_is_charged_again(
    environment, element, plan
) -> None:
    # 100 Wh stored feed 60 W for one hour and 40 W of the next: that hour goes unserved.
    light = np.r_[np.zeros(4), np.ones(8)]
    surroundings = environment(12, sun_visible_fraction=light, sun_elevation_deg=0.0)
    lander = element(
        modes={"keep_alive": {"power": "60 W"}, "safe": {"power": "0 W"}},
        rules=[
            {"to": "safe", "unserved": True},
            {"to": "work", "from": ["safe"], "charge_above": 0.5, "after": "2 h"},
        ],
        array={"area": "1 m2", "efficiency": 0.1, "mast_height": "2 m"},
        storage={
            "kind": "battery", "capacity": "400 Wh", "initial_state_of_charge": 0.25,
            "charge_power": "1 kW", "discharge_power": "1 kW",
        },
    )  # fmt: skip
    run = simulate([lander], (), environment=surroundings, plan=plan(surroundings))
    # 136.1 W in the light: 200 Wh are passed in the second lit hour, so it works from the next.
    assert modes_of(run) == [0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0]
    assert run["keep_alive_unserved_w"].values.tolist()[:3] == [0.0, 20.0, 0.0]


def test_nothing_is_researched_in_a_mode_of_rest(environment, element, experiment, plan) -> None:
    surroundings = environment(4, sun_elevation_deg=np.array([10.0, 10.0, -1.0, -1.0]))
    lander = element(
        modes={"keep_alive": {"power": "10 W"}, "sleep": {"power": "1 W"}},
        rules=[{"to": "sleep", "sun_elevation_below": "0 deg"}],
        generator={"kind": "fission", "power": "100 W"},
    )
    planned = plan(surroundings, X=np.ones(4))
    run = simulate([lander], [experiment()], environment=surroundings, plan=planned)
    assert run["experiment_fraction"].sel(experiment="X").values.tolist() == [1, 1, 0, 0]


def test_a_habitat_is_warmed_before_people_come_and_left_when_they_are_gone(
    environment, element, plan
) -> None:
    due_s = np.array([9.0, 8.0, 3.0, 2.0, 0.0, 0.0, np.nan, np.nan]) * HOUR_S
    home = element(
        modes={"keep_alive": {"power": "20 W"}, "dormant": {"power": "5 W"}},
        rules=[
            {"to": "dormant", "from": ["work"], "crew_due_above": "4 h"},
            {"to": "work", "from": ["dormant"], "crew_due_below": "4 h"},
        ],
        generator={"kind": "fission", "power": "100 W"},
    )
    around = environment(8)
    run = simulate(
        [home], (), environment=around.assign(crew_due_s=("time", due_s)), plan=plan(around)
    )
    assert modes_of(run) == [1, 1, 0, 0, 0, 0, 1, 1]
    # Where no visit is declared nobody ever comes.
    assert modes_of(simulate([home], (), environment=around, plan=plan(around))) == [1] * 8


def grid(element, *, rules, **fields):
    """An element that sheds research from priority 4 on in its mode of saving, at 100 W."""
    return element(
        "GRID", modes={"keep_alive": {"power": "10 W"}, "saving": {"power": "10 W", "sheds": 4}},
        rules=rules, generator={"kind": "fission", "power": "100 W"}, **fields,
    )  # fmt: skip


def part(run, key) -> list[float]:
    return run["experiment_fraction"].sel(experiment=key).values.tolist()


def test_a_mode_sheds_the_station_s_research_by_priority_and_lets_it_on_again(
    environment, element, experiment, plan
) -> None:
    around = environment(6, sun_elevation_deg=np.array([9.0, 9.0, 1.0, 3.0, 9.0, 9.0]))
    rules = [
        {"to": "saving", "from": ["work"], "sun_elevation_below": "2 deg"},
        {"to": "work", "from": ["saving"], "sun_elevation_above": "5 deg"},
    ]
    research = [
        experiment("FIRST", priority=3), experiment("LATER", priority=4),
        experiment("MUST", priority=9, sessions={"mandatory": True}),
    ]  # fmt: skip
    run = simulate(
        [grid(element, rules=rules), element()], research, environment=around,
        plan=plan(around, FIRST=1.0, LATER=1.0, MUST=0.5),
    )  # fmt: skip
    # Between 2 and 5 degrees it stays as it is.
    assert modes_of(run, "GRID") == [0, 0, 1, 1, 0, 0]
    assert part(run, "FIRST") == [1.0] * 6
    assert part(run, "LATER") == [1, 1, 0, 0, 1, 1]
    assert part(run, "MUST") == [0.5] * 6
    # What rests asks for nothing: 10 W keep the grid, 10 W and half of 10 W are research.
    assert run["power_used_w"].sel(element="A").values.tolist() == [25, 25, 15, 15, 25, 25]
    assert run["power_unserved_w"].values.tolist() == [0.0] * 6
    assert run.attrs["energy_residual"] <= 1e-9


def test_a_rule_asks_for_the_charge_of_another_s_store(environment, element, plan) -> None:
    # 1 kWh at 100 W, of which the grid's 10 W draw 1 % in each hour.
    around = environment(4, sun_visible_fraction=0.0)
    stores = {
        name: element(
            name, storage={"kind": "battery", "capacity": "1 kWh", "charge_power": "1 kW",
                           "discharge_power": "1 kW", "initial_state_of_charge": charge},
        )
        for name, charge in (("FULL", 1.0), ("HALF", 0.5))
    }  # fmt: skip
    rules = [
        {"to": "saving", "from": ["work"], "of": "HALF", "charge_below": 0.6},
        {"to": "work", "from": ["saving"], "of": "FULL", "charge_below": 0.6},
    ]
    run = simulate(
        [grid(element, rules=rules), *stores.values()], (), environment=around, plan=plan(around)
    )
    assert modes_of(run, "GRID") == [1] * 4


def test_what_is_not_there_counts_as_failed(environment, element, plan) -> None:
    around = environment(3)
    for failed, expected in ((True, [1, 1, 1]), (False, [0, 0, 0])):
        rules = [{"to": "saving", "from": ["work"], "of": "ELSEWHERE", "failed": failed}]
        run = simulate(
            [grid(element, rules=rules)], (), environment=around, plan=plan(around)
        )  # fmt: skip
        assert modes_of(run, "GRID") == expected
    rules = [{"to": "saving", "from": ["work"], "of": "GRID", "failed": False}]
    run = simulate([grid(element, rules=rules)], (), environment=around, plan=plan(around))
    assert modes_of(run, "GRID") == [1, 1, 1]


def test_silence_counts_from_the_end_of_the_last_contact() -> None:
    is_open = [0, 0, 1, 1, 0, 0, 1, 0]
    assert silence_s(is_open, step_s=10.0).tolist() == [0, 10, 0, 0, 0, 10, 0, 0]


@pytest.mark.parametrize(("limit", "expected"), [("2 h", [0, 0, 0, 0, 1, 0]), ("3 h", [0] * 6)])
def test_a_rule_holds_after_so_long_without_contact(
    environment, element, plan, limit, expected
) -> None:
    # Contact ends with the first hour: 0, 1, 2, 3 h before the next four; then it is back.
    around = environment(6, relay_open_fraction=np.array([1.0, 0.0, 0.0, 0.0, 0.0, 0.3]))
    rules = [
        {"to": "saving", "from": ["work"], "without_contact_above": limit},
        {"to": "work", "from": ["saving"], "without_contact_below": "1 min"},
    ]
    link = {"via": "RELAY-1", "rate": "1 Mbit/s"}
    run = simulate(
        [grid(element, rules=rules, links=[link])], (), environment=around, plan=plan(around)
    )
    assert modes_of(run, "GRID") == expected
