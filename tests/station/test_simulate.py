import numpy as np
import pytest

from ilrs.foundation.errors import IlrsError
from ilrs.station.simulate import simulate

STORE = {"kind": "battery", "capacity": "10 kWh", "charge_power": "1 kW", "discharge_power": "1 kW"}
NODE = {
    "heat_capacity": "100 kJ/K", "heat_loss": "2 W/K", "heater_power": "500 W",
    "survival_minimum": "233 K", "operating_minimum": "253 K",
    "operating_maximum": "313 K", "survival_maximum": "333 K",
}  # fmt: skip


def generator(power: str, **more):
    return {"kind": "fission", "power": power, **more}


def test_a_constant_load_through_a_known_darkness_leaves_a_known_charge(
    environment, element, plan
) -> None:
    # 354 h x 100 W / 0.95 = 37,263.158 Wh out of 60,000: 22,736.842 Wh, a charge of 0.378947
    dark = environment(354, sun_visible_fraction=0.0)
    store = STORE | {"capacity": "60 kWh", "discharge_efficiency": 0.95}
    station = element(modes={"keep_alive": {"power": "100 W"}}, storage=store)
    run = simulate([station], [], environment=dark, plan=plan(dark))
    assert run["battery_energy_wh"].values[0, -1] == pytest.approx(22736.842, abs=5e-4)
    assert float(run["state_of_charge"].min()) == pytest.approx(0.378947, abs=5e-7)
    assert run.attrs["energy_lost_wh"] == pytest.approx(354 * 100 * (1 / 0.95 - 1))
    assert float(run["keep_alive_unserved_w"].max()) == 0.0


def test_self_discharge_alone_loses_its_yearly_part(environment, element, plan) -> None:
    year = environment(8766, sun_visible_fraction=0.0)  # 365.25 days of hours
    store = STORE | {"self_discharge": "20 %/y"}
    run = simulate([element(storage=store)], [], environment=year, plan=plan(year))
    assert run["battery_energy_wh"].values[0, -1] == pytest.approx(8000.0, rel=1e-9)
    assert run.attrs["energy_lost_wh"] == pytest.approx(2000.0, rel=1e-9)


def test_keep_alive_is_shed_from_the_last_priority_when_power_is_short(
    environment, element, plan
) -> None:
    env = environment(2)
    elements = [
        element("LAST", priority=7, modes={"keep_alive": {"power": "50 W"}}),
        element("FIRST", priority=1, modes={"keep_alive": {"power": "60 W"}}),
        element("SOURCE", priority=3, generator=generator("100 W")),
    ]
    run = simulate(elements, [], environment=env, plan=plan(env))
    np.testing.assert_allclose(run["power_used_w"].values[:, 0], [40.0, 60.0, 0.0])
    np.testing.assert_allclose(run["keep_alive_unserved_w"], 10.0)
    np.testing.assert_allclose(run["power_unserved_w"], 10.0)
    np.testing.assert_array_equal(run["is_working"].values[:, 0], [0.0, 1.0, 1.0])


def test_work_is_shed_before_keep_alive_and_a_smaller_one_may_still_fit(
    environment, element, plan
) -> None:
    env = environment(1)

    def worker(key, priority, keep, work):
        modes = {"keep_alive": {"power": keep}, "work": {"power": work}}
        return element(key, priority=priority, modes=modes)

    elements = [
        element("SOURCE", generator=generator("200 W")),
        worker("A", 0, "20 W", "100 W"),
        worker("B", 1, "30 W", "150 W"),
        worker("C", 2, "10 W", "40 W"),
    ]
    run = simulate(elements, [], environment=env, plan=plan(env))
    # 60 W keep all alive; of 140 W more, A takes 80, B asks for 120 and is shed, C takes 30.
    np.testing.assert_allclose(run["power_used_w"].values[:, 0], [0.0, 100.0, 30.0, 40.0])
    np.testing.assert_allclose(run["power_unserved_w"], 120.0)
    np.testing.assert_allclose(run["power_spilled_w"], 30.0)


def test_experiments_are_served_by_priority_on_the_element_that_works(
    environment, element, experiment, plan
) -> None:
    env = environment(1)
    elements = [
        element("A", priority=2, generator=generator("100 W")),
        element("B", priority=0, modes={"work": {"power": "500 W"}}),
    ]
    experiments = [
        experiment("LATE", priority=6, power="60 W"),
        experiment("EARLY", priority=3, power="70 W"),
        experiment("IDLE_HOST", element="B", priority=0, power="1 W"),
        experiment("HALF", priority=7, power="50 W"),
    ]
    planned = plan(env, LATE=1.0, EARLY=1.0, IDLE_HOST=1.0, HALF=0.5)
    run = simulate(elements, experiments, environment=env, plan=planned)
    # B's 500 W do not fit, so what stands on it cannot run; EARLY leaves 30 W: enough for HALF.
    np.testing.assert_array_equal(run["experiment_fraction"].values[:, 0], [0, 1, 0, 0.5])
    np.testing.assert_allclose(run["power_used_w"].values[:, 0], [95.0, 0.0])


def test_work_leaves_the_reserve_to_keep_alive(environment, element, plan) -> None:
    dark = environment(30, sun_visible_fraction=0.0)
    modes = {"keep_alive": {"power": "100 W"}, "work": {"power": "1 kW"}}
    run = simulate(
        [element(modes=modes, storage=STORE)],
        [],
        environment=dark,
        plan=plan(dark),
        reserve_state_of_charge=0.4,
    )
    charge = run["state_of_charge"].values
    # Six hours of 1 kW lead from 10 kWh to the reserve of 4 kWh; from there on 0.1 kWh an hour.
    np.testing.assert_array_equal(run["is_working"].values[0], [1.0] * 6 + [0.0] * 24)
    np.testing.assert_allclose(charge[[5, 6, -1]], [0.4, 0.39, 0.16])


def test_a_store_is_not_drawn_below_its_minimum(environment, element, plan) -> None:
    dark = environment(200, sun_visible_fraction=0.0)
    store = STORE | {"minimum_state_of_charge": 0.2}
    station = element(modes={"keep_alive": {"power": "100 W"}}, storage=store)
    run = simulate([station], [], environment=dark, plan=plan(dark))
    assert float(run["state_of_charge"].min()) == pytest.approx(0.2)
    assert float(run["keep_alive_unserved_w"].values[80:].min()) == pytest.approx(100.0)
    assert float(run["keep_alive_unserved_w"].values[:80].max()) == pytest.approx(0.0, abs=1e-9)


def test_a_heater_holds_the_survival_minimum_with_its_margin(environment, element, plan) -> None:
    cold = environment(200, surface_temperature_k=100.0)
    station = element(
        modes={"keep_alive": {"power": "20 W"}}, thermal=NODE, generator=generator("1 kW")
    )
    run = simulate([station], [], environment=cold, plan=plan(cold))
    # 238 K over ground at 100 K lose 2 x 138 = 276 W: 20 W of load and 256 W of heater.
    assert run["temperature_k"].values[0, -1] == pytest.approx(238.0)
    assert run["heater_power_w"].values[0, -1] == pytest.approx(256.0)
    assert run["temperature_k"].values[0, 0] < 253.0  # began at the operating minimum, cooled
    assert run.attrs["elements_lost"] == 0


def test_a_working_element_is_held_warm_enough_to_work(environment, element, plan) -> None:
    cold = environment(100, surface_temperature_k=100.0)
    modes = {"keep_alive": {"power": "20 W"}, "work": {"power": "120 W"}}
    station = element(modes=modes, thermal=NODE, generator=generator("1 kW"))
    run = simulate([station], [], environment=cold, plan=plan(cold))
    # 258 K lose 316 W: 120 W of work and 196 W of heater.
    assert float(run["is_working"].min()) == 1.0
    assert run["temperature_k"].values[0, -1] == pytest.approx(258.0)
    assert run["heater_power_w"].values[0, -1] == pytest.approx(196.0)


def test_an_element_warms_up_before_it_works_again(environment, element, plan) -> None:
    light = np.array([0.0] * 60 + [1.0] * 60)
    env = environment(120, sun_visible_fraction=light, surface_temperature_k=100.0)
    modes = {"keep_alive": {"power": "20 W"}, "work": {"power": "120 W"}}
    array = {"area": "5 m2", "efficiency": 0.29, "mast_height": "2 m"}
    store = STORE | {"capacity": "40 kWh"}
    station = element(modes=modes, thermal=NODE, array=array, storage=store)
    run = simulate([station], [], environment=env, plan=plan(env), reserve_state_of_charge=1.0)
    working, temperature = run["is_working"].values[0], run["temperature_k"].values[0]
    assert not working[:60].any()
    assert temperature[59] == pytest.approx(238.0)
    assert working[60] == 0.0  # still cold when light comes, and warmed in that hour
    begins = int(np.argmax(working))
    assert temperature[begins - 1] >= 253.0
    assert working[begins:].all()


def test_an_element_is_lost_when_it_falls_below_its_survival_minimum(
    environment, element, plan
) -> None:
    cold = environment(100, surface_temperature_k=60.0)
    frail = element(
        "FRAIL",
        modes={"keep_alive": {"power": "5 W", "data": "1 kbit/s"}},
        thermal=NODE | {"heater_power": "0 W"},
        storage=STORE,
        generator=generator("10 W"),
        data_store="1 Gbit",
    )
    firm = element("FIRM", generator=generator("50 W"), modes={"keep_alive": {"power": "1 W"}})
    run = simulate([frail, firm], [], environment=cold, plan=plan(cold))
    below = run["temperature_k"].values[0] < 233.0
    lost_at = int(np.argmax(below))
    assert below.any()
    assert run.attrs["elements_lost"] == 1
    assert run["power_made_w"].values[0, lost_at] == 10.0
    after = run.isel(element=0, time=slice(lost_at + 1, None))
    for name in ("power_made_w", "power_used_w", "power_requested_w", "is_working",
                 "battery_energy_wh", "data_made_bps", "data_stored_bit"):  # fmt: skip
        assert not after[name].values.any(), name
    # Its full store and all it had in memory go with it, and the books still close.
    assert run["power_lost_w"].values[lost_at] == pytest.approx(10000.0)
    assert run.attrs["data_lost_bit"] == pytest.approx(1000.0 * 3600.0 * (lost_at + 1))
    assert run["is_working"].values[1].all()


def test_a_hot_element_rests(environment, element, plan) -> None:
    hot = environment(50, surface_temperature_k=320.0)
    modes = {"keep_alive": {"power": "5 W"}, "work": {"power": "10 W"}}
    station = element(modes=modes, thermal=NODE, generator=generator("100 W"))
    run = simulate([station], [], environment=hot, plan=plan(hot))
    began = run["temperature_k"].values[0, :-1]
    np.testing.assert_array_equal(run["is_working"].values[0, 1:], (began <= 313.0).astype(float))
    assert run["is_working"].values[0, -1] == 0.0


def test_a_body_rests_where_its_own_sunlight_and_surroundings_hold_it(
    environment, element, plan
) -> None:
    # 272.2 W of sunlight through 2 W/K above what each sees: 236.1 K over 100 K of ground, and over
    # 84.0896 K for ground that fills half the view (100 K x 0.5^0.25; the sky adds less than 1 mK)
    env = environment(400, sun_visible_fraction=1.0, sun_elevation_deg=0.0,
                      surface_temperature_k=100.0)  # fmt: skip
    sunlit = NODE | {"sunlit_area": "1 m2", "absorptance": 0.2, "survival_minimum": "200 K",
                     "operating_minimum": "210 K", "heater_power": "0 W"}  # fmt: skip
    elements = [element("LOW", thermal=sunlit), element("HIGH", thermal=sunlit | {"sky_view": 0.5})]
    run = simulate(elements, [], environment=env, plan=plan(env))
    np.testing.assert_allclose(run["temperature_k"].values[:, -1], [236.1, 220.190], atol=1e-3)


def test_data_waits_for_the_relay_and_overflow_is_counted(environment, element, plan) -> None:
    env = environment(48)
    station = element(
        generator=generator("100 W"),
        modes={"keep_alive": {"power": "10 W", "data": "1 kbit/s"}},
        data_store="20 Mbit",
        links=[{"via": "RELAY-1", "rate": "10 kbit/s", "power": "8 W", "mask": "5 deg"}],
    )
    run = simulate([station], [], environment=env, plan=plan(env))
    sent, stored = run["data_sent_bps"].values[0], run["data_stored_bit"].values[0]
    visible = env["relay_open_fraction"].sel(mask_deg=5.0).values[0] > 0.0
    assert not sent[~visible].any()
    assert sent[visible].all()
    assert stored.max() == 20e6  # 13 h without the relay make 46.8 Mbit
    assert run.attrs["data_lost_bit"] > 0.0
    assert run.attrs["data_made_bit"] == pytest.approx(48 * 3.6e6)
    # A link draws power for the part of the step in which it sends.
    np.testing.assert_allclose(run["power_used_w"].values[0], 10.0 + 8.0 * sent / 10e3)


def test_a_link_sends_and_draws_for_the_part_of_the_step_in_which_it_is_open(
    environment, element, plan
) -> None:
    parts = np.array([0.0, 0.25, 1.0, 0.05])
    env = environment(4, relay_open_fraction=parts)
    link = {"via": "RELAY-1", "rate": "10 kbit/s", "power": "8 W"}
    keep = {"keep_alive": {"power": "10 W", "data": "20 kbit/s"}}
    store = {"modes": keep, "links": [link], "data_store": "1 Gbit"}
    run = simulate(
        [element(generator=generator("100 W"), **store)], [], environment=env, plan=plan(env)
    )
    np.testing.assert_allclose(run["data_sent_bps"].values[0], 10e3 * parts, rtol=1e-12)
    np.testing.assert_allclose(run["power_used_w"].values[0], 10.0 + 8.0 * parts, rtol=1e-12)
    # Power is set aside for that part: 2.5 W beyond keep-alive bear 8 W for a quarter, not more.
    poor = simulate(
        [element(generator=generator("12.5 W"), **store)], [], environment=env, plan=plan(env)
    )
    np.testing.assert_allclose(
        poor["data_sent_bps"].values[0], [0.0, 2500.0, 0.0, 500.0], rtol=1e-12
    )


def test_an_element_without_links_hands_its_data_to_its_gateway(environment, element, plan) -> None:
    env = environment(4, earth_visible_fraction=1.0, earth_elevation_deg=3.0)
    cable = {"kind": "data", "role": "needs", "with": "HUB", "rate": "5 kbit/s"}
    hub = {"kind": "data", "role": "offers", "with": "A", "rate": "5 kbit/s"}
    elements = [
        element("A", modes={"keep_alive": {"data": "6 kbit/s"}}, interfaces=[cable]),
        element("HUB", links=[{"via": "earth", "rate": "1 Mbit/s"}], interfaces=[hub]),
    ]
    run = simulate(elements, [], environment=env, plan=plan(env))
    np.testing.assert_allclose(run["data_sent_bps"].values[:, 0], [0.0, 5000.0])
    np.testing.assert_allclose(run["data_dropped_bit"].values[0], 1000.0 * 3600.0)


def test_the_run_is_laid_out_as_the_rooms_agreed(environment, element, experiment, plan) -> None:
    env = environment(5)
    run = simulate(
        [element(generator=generator("100 W"))],
        [experiment()],
        environment=env,
        plan=plan(env, X=1.0),
    )
    per_element = {
        "power_made_w", "power_used_w", "power_requested_w", "heater_power_w",
        "battery_energy_wh", "temperature_k", "is_alive", "is_working", "mode", "data_made_bps",
            "data_sent_bps",
        "data_stored_bit", "data_dropped_bit",
    }  # fmt: skip
    per_step = {
        "power_spilled_w", "power_spared_w", "power_lost_w", "power_unserved_w",
        "keep_alive_unserved_w",
        "state_of_charge",
    }  # fmt: skip
    dims = {name: set(variable.dims) for name, variable in run.data_vars.items()}
    assert dims == {
        **dict.fromkeys(per_element, {"element", "time"}),
        **dict.fromkeys(per_step, {"time"}),
        "experiment_fraction": {"experiment", "time"},
    }
    assert all({"units", "long_name"} <= set(variable.attrs) for variable in run.data_vars.values())
    assert {"time", "t_s", "element", "experiment"} == set(run.coords)
    assert run.attrs["step_s"] == 3600.0
    assert run.attrs["epoch_utc"] == "2035-01-01T00:00:00Z"
    assert np.isnan(run["state_of_charge"]).all()
    assert np.isnan(run["temperature_k"]).all()


def test_the_same_input_gives_the_same_bytes(environment, element, plan) -> None:
    env = environment(300)
    station = element(
        modes={"keep_alive": {"power": "30 W"}, "work": {"power": "300 W"}}, thermal=NODE,
        storage=STORE, array={"area": "3 m2", "efficiency": 0.29, "mast_height": "7 m"},
    )  # fmt: skip
    first, second = (simulate([station], [], environment=env, plan=plan(env)) for _ in range(2))
    for name in first.data_vars:
        assert first[name].values.tobytes() == second[name].values.tobytes()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"reserve_state_of_charge": 1.5},
            "a reserve of 1.5; it is a state of charge, from 0 to 1. Choose for instance 0.5.",
        ),
        (
            {"heater_margin_k": -1.0},
            "a heater margin of -1 K; heaters hold 0 K or more above the minima."
            " Choose for instance 5.",
        ),
    ],
)
def test_settings_are_refused_when_out_of_range(
    environment, element, plan, settings, message
) -> None:
    env = environment(2)
    with pytest.raises(IlrsError) as caught:
        simulate([element()], [], environment=env, plan=plan(env), **settings)
    assert str(caught.value) == message


def test_a_load_that_follows_a_series_is_kept_alive_before_all_work(
    environment, element, plan
) -> None:
    surroundings = environment(3)
    unit = element("UNIT", generator={"kind": "fission", "power": "100 W"})
    cabin = element(
        "CABIN", priority=9, modes={"keep_alive": {"power": "10 W"}, "work": {"power": "40 W"}}
    )
    run = simulate(
        [unit, cabin], (), environment=surroundings, plan=plan(surroundings),
        loads_w={"CABIN": np.array([0.0, 70.0, 120.0])},
    )  # fmt: skip
    cabin_run = run.sel(element="CABIN")
    assert cabin_run["power_used_w"].values.tolist() == [40.0, 80.0, 100.0]
    assert cabin_run["is_working"].values.tolist() == [1.0, 0.0, 0.0]
    assert cabin_run["is_alive"].values.tolist() == [1.0, 1.0, 0.0]
    assert run["keep_alive_unserved_w"].values.tolist() == [0.0, 0.0, 30.0]
