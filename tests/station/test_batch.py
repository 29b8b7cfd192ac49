"""Many lives side by side: the same as alone, and what faults do to them."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from ilrs.station import batch
from ilrs.station.arrays import station_arrays
from ilrs.station.batch import run_batch, run_steps
from ilrs.station.forcing import station_forcing
from ilrs.station.heat import radiator_w
from ilrs.station.rows import EVENTS
from ilrs.station.storage import capacity_left_fraction

STEPS, STEP_S = 200, 3600.0


@pytest.fixture
def prepared(environment, plan):
    """Arrays, forcing and settings of a run of these elements."""

    def prepare(elements, steps=STEPS, **changes):
        surroundings = environment(steps, **changes)
        arrays = station_arrays(elements, (), step_s=STEP_S)
        forcing = station_forcing(elements, (), environment=surroundings, plan=plan(surroundings))
        start_k = np.full(len(elements), 280.0)
        settings = {
            "start_k": start_k, "step_s": STEP_S, "reserve_state_of_charge": 0.5,
            "heater_margin_k": 5.0,
        }  # fmt: skip
        return arrays, forcing, settings

    return prepare


@pytest.fixture
def elements(element):
    """A battery, an array, and a warm lander that works and sends."""
    node = {
        "heat_capacity": "200 kJ/K", "heat_loss": "0.6 W/K", "heater_power": "120 W",
        "survival_minimum": "233 K", "operating_minimum": "253 K",
        "operating_maximum": "313 K", "survival_maximum": "333 K",
    }  # fmt: skip
    store = {
        "kind": "battery", "capacity": "12 kWh", "charge_power": "2 kW", "discharge_power": "2 kW",
        "charge_efficiency": 0.95, "discharge_efficiency": 0.95, "fade_per_cycle": "0.05 %",
    }  # fmt: skip
    array = {"area": "3 m2", "efficiency": 0.29, "mast_height": "2 m"}
    return [
        element("BATTERY", priority=0, storage=store),
        element("MAST", priority=0, array=array),
        element(
            "LANDER", priority=1, thermal=node, data_store="1 Gbit",
            modes={"keep_alive": {"power": "40 W", "data": "1 kbit/s"}, "work": {"power": "100 W"}},
            links=[{"via": "RELAY-1", "rate": "20 kbit/s", "power": "30 W", "mask": "5 deg"}],
        ),
    ]  # fmt: skip


def random_events(lanes: int, seed: int = 3, elements: int = 3) -> np.ndarray:
    rng = np.random.default_rng(seed)
    events = np.zeros(4 * lanes, EVENTS)
    events["lane"] = np.repeat(np.arange(lanes), 4)
    events["step"] = rng.integers(0, STEPS, events.size)
    events["element"] = rng.integers(0, elements, events.size)
    events["health"] = rng.choice([0.0, 0.4, 1.0], events.size)
    return events


def test_a_life_is_the_same_alone_and_among_others_bit_for_bit(prepared, elements) -> None:
    arrays, forcing, settings = prepared(elements)
    events, lanes = random_events(150), 150  # more than one block of lanes
    told = {**settings, "steps_per_year": 80}
    together = run_batch(arrays, forcing, events=events, lanes=lanes, **told)
    assert together.working_fraction.shape == (lanes, 3, 3)
    assert len({row.tobytes() for row in together.working_fraction}) > 10
    for lane in (0, 7, 127, 128, 149):
        mine = events[events["lane"] == lane].copy()
        mine["lane"] = 0
        alone = run_batch(arrays, forcing, events=mine, lanes=1, **told)
        for name in batch.BatchOutcome.__slots__:
            one, many = getattr(alone, name)[0], getattr(together, name)[lane]
            assert np.array_equal(one, many, equal_nan=True), name


@pytest.fixture
def grids(element):
    """Two grids on a cable, of loads that ask for the same in every step."""
    store = {
        "kind": "battery", "capacity": "9 kWh", "charge_power": "2 kW", "discharge_power": "2 kW",
        "charge_efficiency": 0.95, "discharge_efficiency": 0.95, "fade_per_cycle": "0.05 %",
    }  # fmt: skip
    array = {"area": "3 m2", "efficiency": 0.29, "mast_height": "2 m"}
    tie = {"kind": "power", "role": "needs", "with": "MAST-0", "power": "150 W", "loss": "3 %"}
    elements = []
    for grid in range(2):
        plug = [{"kind": "power", "role": "needs", "with": f"MAST-{grid}"}]
        elements += [
            element(f"MAST-{grid}", priority=0, array=array, interfaces=[tie] if grid else []),
            element(f"BATTERY-{grid}", priority=0, storage=store, interfaces=plug),
            element(f"IDLE-{grid}", priority=3, interfaces=plug,
                    modes={"keep_alive": {"power": "7 W"}}),
        ]  # fmt: skip
        for k in range(4):
            modes = {"keep_alive": {"power": f"{31 + 7 * k} W"}, "work": {"power": f"{97 * k} W"}}
            elements.append(
                element(f"LOAD-{grid}-{k}", priority=9 - k, modes=modes, interfaces=plug)
            )
    return elements


def lived(prepared, elements, lanes: int = 90) -> tuple[dict, np.ndarray, batch.BatchOutcome]:
    """What prepares a run of two grids, what befalls them, and what all lanes come to."""
    light = (np.arange(STEPS) % 60 < 25).astype(float)
    arrays, forcing, settings = prepared(elements, sun_visible_fraction=light)
    events = random_events(lanes, elements=len(elements))
    told = {"arrays": arrays, "forcing": forcing, **settings, "steps_per_year": 80}
    return told, events, run_batch(events=events, lanes=lanes, **told)


def same(one: batch.BatchOutcome, other: batch.BatchOutcome, lanes=slice(None), but=()) -> None:
    for name in set(batch.BatchOutcome.__slots__) - set(but):
        ours, theirs = getattr(one, name), getattr(other, name)[lanes]
        assert np.array_equal(ours, theirs, equal_nan=True), name


def test_a_life_on_steady_grids_is_the_same_alone_and_among_others(prepared, grids) -> None:
    told, events, together = lived(prepared, grids)
    assert len({row.tobytes() for row in together.working_fraction}) > 60
    for lane in range(0, 90, 3):
        mine = events[events["lane"] == lane].copy()
        mine["lane"] = 0
        same(run_batch(events=mine, lanes=1, **told), together, slice(lane, lane + 1))


def test_what_passes_without_a_look_is_what_goes_element_by_element(
    prepared, grids, monkeypatch
) -> None:
    told, events, at_once = lived(prepared, grids)
    assert batch._steady(told["arrays"], told["forcing"], batch._NOTHING).all()
    assert (at_once.keep_alive_unserved_wh > 0.0).any()
    partly = (at_once.working_fraction > 0.0) & (at_once.working_fraction < 1.0)
    assert partly.any(axis=(1, 2)).all()
    monkeypatch.setattr(batch, "_steady", lambda *_: np.zeros(2, np.bool_))
    one_by_one = run_batch(events=events, lanes=90, **told)
    # The sums of the balance are made in another order.
    same(at_once, one_by_one, but=("energy_residual",))
    assert (at_once.energy_residual <= 1e-14).all()


def test_a_grid_is_steady_where_nothing_of_it_changes_by_itself(prepared, grids, element) -> None:
    def steady(*more, **changed):
        arrays, forcing, _ = prepared([*grids, *more], **changed)
        return batch._steady(arrays, forcing, batch._NOTHING).tolist()

    plug = [{"kind": "power", "role": "needs", "with": "MAST-1"}]
    sleeps = {
        "modes": {"keep_alive": {"power": "9 W"}, "sleep": {"power": "1 W"}},
        "rules": [{"to": "sleep", "light_below": 0.5}],
    }
    sends = {"links": [{"via": "RELAY-1", "rate": "1 kbit/s"}]}
    measures = {"modes": {"keep_alive": {"power": "9 W", "data": "1 kbit/s"}}}
    assert steady() == [True, True]
    for fields in (sleeps, sends, measures):
        assert sorted(steady(element("MORE", interfaces=plug, **fields))) == [False, True]


def test_a_whole_life_of_a_batch_is_the_run_that_is_written_down(prepared, elements) -> None:
    arrays, forcing, settings = prepared(elements)
    record = run_steps(arrays, forcing, **settings)
    outcome = run_batch(
        arrays, forcing, events=np.zeros(0, EVENTS), lanes=2, steps_per_year=STEPS,
        **settings,
    )  # fmt: skip
    sent = record.elements["data_sent_bps"].sum() * STEP_S
    assert outcome.data_sent_bit[1, 0] == pytest.approx(sent, rel=1e-12)
    working = record.elements["is_working"].mean(axis=1)
    np.testing.assert_allclose(outcome.working_fraction[1, 0], working, rtol=1e-12)
    lowest = record.elements["battery_energy_wh"][0].min() / 12000.0
    assert outcome.lowest_state_of_charge[1, 0] == pytest.approx(lowest, rel=1e-2)  # of a faded one
    assert (outcome.lost_step == -1).all()


def test_what_is_off_with_its_heater_makes_and_works_nothing_and_freezes(
    prepared, elements, element
) -> None:
    unit = element("UNIT", priority=0, generator={"kind": "fission", "power": "1 kW"})
    node = elements[2].thermal.model_copy(update={"heater_when_off": False})
    elements[2] = elements[2].model_copy(update={"thermal": node})
    arrays, forcing, settings = prepared([*elements, unit], surface_temperature_k=60.0)
    before_k = run_steps(arrays, forcing, **settings).elements["temperature_k"][2, 19]
    events = np.array([(20, 0, 2, 0.0), (20, 1, 2, 0.0), (30, 1, 2, 1.0)], EVENTS)
    outcome = run_batch(arrays, forcing, events=events, lanes=3, steps_per_year=STEPS, **settings)
    # Off, it cools to 233 K over ground of 60 K by exp(-t UA / C), in some 40 hours: to the first
    # end of a step below. Ten hours off it lives through, and works on.
    cooling_h = np.log((before_k - 60.0) / (233.0 - 60.0)) / (0.6 / 200e3) / 3600.0
    assert outcome.lost_step[:, 2].tolist() == [19 + int(np.ceil(cooling_h)), -1, -1]
    fractions = outcome.working_fraction[:, 0, 2]
    assert fractions[2] == 1.0
    # Ten hours off, then some to warm up again before it works.
    assert (STEPS - 20) / STEPS <= fractions[1] <= (STEPS - 10) / STEPS
    assert fractions[0] == pytest.approx(20 / STEPS, rel=1e-12)


def test_what_is_off_is_kept_warm_by_the_bus(prepared, elements, element) -> None:
    unit = element("UNIT", priority=0, generator={"kind": "fission", "power": "1 kW"})
    arrays, forcing, settings = prepared([*elements, unit], surface_temperature_k=60.0)
    events = np.array([(20, 0, 2, 0.0)], EVENTS)
    run = run_steps(arrays, forcing, events=events, **settings)
    # 5 K above what it survives, through 0.6 W/K to ground of 60 K: the balance of a warm body.
    assert run.elements["temperature_k"][2, -1] == pytest.approx(238.0, abs=1e-9)
    assert run.elements["power_used_w"][2, -1] == pytest.approx(0.6 * (238.0 - 60.0), rel=1e-9)
    assert run.elements["heater_power_w"][2, -1] == run.elements["power_used_w"][2, -1]
    assert (run.elements["is_alive"][2, 20:] == 0.0).all()
    assert run.elements["data_made_bps"][2, 20:].sum() == 0.0
    assert run.elements_lost == 0


def test_a_mode_without_power_keeps_its_heater(prepared, element) -> None:
    """Asleep by a rule, it is as warm as one that failed: a mode draws for what it runs."""
    node = {
        "heat_capacity": "20 kJ/K", "heat_loss": "0.6 W/K", "heater_power": "120 W",
        "survival_minimum": "233 K", "operating_minimum": "253 K",
        "operating_maximum": "313 K", "survival_maximum": "333 K",
    }  # fmt: skip
    sleeper = element(
        "A", thermal=node, generator={"kind": "fission", "power": "1 kW"},
        modes={"keep_alive": {"power": "40 W"}, "sleep": {"power": "0 W"}},
        rules=[{"to": "sleep", "surface_temperature_below": "100 K"}],
    )  # fmt: skip
    arrays, forcing, settings = prepared([sleeper], surface_temperature_k=60.0)
    run = run_steps(arrays, forcing, **settings)
    assert run.elements["mode"][0, -1] == 1.0
    assert run.elements["heater_power_w"][0, -1] == pytest.approx(0.6 * 178.0, rel=1e-9)
    assert run.elements["power_used_w"][0, -1] == run.elements["heater_power_w"][0, -1]


def test_half_an_array_makes_half_the_power(prepared, element) -> None:
    array = {"area": "1 m2", "efficiency": 0.3, "mast_height": "2 m"}
    store = {
        "kind": "battery", "capacity": "1 MWh", "initial_state_of_charge": 0.0,
        "charge_power": "10 kW", "discharge_power": "10 kW",
    }  # fmt: skip
    both = [element("M", array=array), element("B", storage=store)]
    arrays, forcing, settings = prepared(both, sun_visible_fraction=1.0, sun_elevation_deg=0.0)
    events = np.array([(100, 1, 0, 0.5)], EVENTS)
    outcome = run_batch(arrays, forcing, events=events, lanes=2, steps_per_year=STEPS, **settings)
    assert (outcome.energy_residual <= 1e-9).all()
    # Charge at the start of each year is lowest; the second "year" begins where the first ended.
    halves = run_batch(
        arrays, forcing, events=events, lanes=2, steps_per_year=150, **settings
    ).lowest_state_of_charge
    assert halves[1, 1] / halves[0, 1] == pytest.approx((100 + 0.5 * 51) / 151, rel=1e-9)


def test_a_store_fades_as_its_formula_says(prepared, element) -> None:
    store = {
        "kind": "battery", "capacity": "1 kWh", "charge_power": "1 kW", "discharge_power": "1 kW",
        "fade": "10 %/y", "fade_per_cycle": "1 %",
    }  # fmt: skip
    load = {"keep_alive": {"power": "500 W"}}
    array = {"area": "4 m2", "efficiency": 0.3, "mast_height": "2 m"}
    light = (np.arange(STEPS) % 2 == 0).astype(float)  # an hour of light, an hour from the store
    arrays, forcing, settings = prepared(
        [element("A", storage=store, array=array, modes=load)],
        sun_visible_fraction=light, sun_elevation_deg=0.0,
    )  # fmt: skip
    record = run_steps(arrays, forcing, **settings)
    energy = record.elements["battery_energy_wh"][0]
    full = capacity_left_fraction(
        (STEPS - 1) * STEP_S / (365.25 * 86400.0), (STEPS / 2 - 1) * 0.5,
        fade_per_year=0.1, fade_per_cycle=0.01,
    )  # fmt: skip
    assert energy[-2] == pytest.approx(1000.0 * full, rel=1e-9)
    assert record.energy_residual <= 1e-9


def test_a_louvered_radiator_follows_the_equation_it_stands_for(prepared, element) -> None:
    """Against scipy's solve_ivp at rtol 1e-10 of C dT/dt = Q - UA (T - S) - radiator_w(T, S).

    The step is implicit of first order in the radiator alone: with steps of 6 min against a time
    constant of some 8 h (C / (UA + 4 e s A T^3)) its error is of the order 0.1 h / 8 h / 2 of the
    change, under 1 % of 40 K; asked for 0.4 K.
    """
    node = {
        "heat_capacity": "60 kJ/K", "heat_loss": "0.3 W/K", "radiator_area": "0.5 m2",
        "radiator_emissivity": 0.85, "louver_closed": "270 K", "louver_open": "290 K",
        "louver_closed_fraction": 0.17, "survival_minimum": "100 K", "operating_minimum": "110 K",
        "operating_maximum": "390 K", "survival_maximum": "400 K",
    }  # fmt: skip
    loads = {"keep_alive": {"power": "150 W"}}
    one = element("A", thermal=node, modes=loads, generator={"kind": "fission", "power": "150 W"})
    steps, step_s = 240, 360.0
    arrays, forcing, settings = prepared([one], steps=steps, surface_temperature_k=200.0)
    arrays = station_arrays([one], (), step_s=step_s)
    settings |= {"step_s": step_s, "start_k": np.array([300.0])}
    mine = run_steps(arrays, forcing, **settings).elements["temperature_k"][0]
    sink_k = float(forcing.sink_k[0, 0])

    def change(_, t):
        out = radiator_w(
            t, sink_k, area_m2=0.5, emissivity=0.85, louver_closed_k=270.0, louver_open_k=290.0,
            closed_fraction=0.17,
        )  # fmt: skip
        return (150.0 - 0.3 * (t - sink_k) - out) / 60e3

    ends = step_s * np.arange(1, steps + 1)
    true = solve_ivp(change, (0.0, ends[-1]), [300.0], t_eval=ends, rtol=1e-10, atol=1e-9).y[0]
    assert abs(mine - true).max() < 0.4
    assert mine[-1] == pytest.approx(true[-1], abs=1e-3)  # where nothing changes, no step matters
