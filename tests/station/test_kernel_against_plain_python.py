"""The compiled step loop against a plain one, written from the rules and the array functions.

The two share no line: this one walks over declared entities and calls the functions of `storage`
and `heat`. Tolerance: both do the same sums of a few dozen terms in another order, so they agree to
some 1e-13 of the largest term; 1e-9 leaves room for 60 steps of carried state.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ilrs.programme.entities import Element, Experiment
from ilrs.station.arrays import station_arrays
from ilrs.station.batch import run_steps
from ilrs.station.data import store_after
from ilrs.station.forcing import station_forcing
from ilrs.station.heat import end_temperature_k, heater_power_w
from ilrs.station.power import remaining_fraction
from ilrs.station.rows import EVENTS
from ilrs.station.simulate import first_temperatures_k, simulate
from ilrs.station.storage import (
    acceptable_w,
    charge_path,
    charged_wh,
    deliverable_w,
    discharged_wh,
    tapered_w,
)

RESERVE, MARGIN_K = 0.5, 5.0


class PlainStation:
    """One step after another in plain Python; slow, and meant to be read."""

    def __init__(
        self,
        elements: Sequence[Element],
        experiments: Sequence[Experiment],
        *,
        environment: xr.Dataset,
        plan: xr.Dataset,
    ) -> None:
        self.elements, self.experiments = elements, experiments
        self.step_s = float(environment.attrs["step_s"])
        self.forcing = station_forcing(elements, experiments, environment=environment, plan=plan)
        self.steps = environment.sizes["time"]
        self.stores = {e.id: e.storage for e in elements if e.storage is not None}
        self.energy = {
            key: store.capacity_wh * store.initial_state_of_charge
            for key, store in self.stores.items()
        }
        self.temperature = {
            e.id: min(max(sink_k, e.thermal.operating_minimum_k), e.thermal.operating_maximum_k)
            for e, sink_k in zip(elements, self.forcing.sink_k[:, 0], strict=True)
            if e.thermal is not None
        }
        self.units = {
            e.id: {"ran": 0.0 if e.generator.starts_cold else np.inf,
                   "output": 0.0 if e.generator.starts_cold else None}
            for e in elements
            if e.generator is not None and e.generator.is_steered
        }  # fmt: skip
        self.held = dict.fromkeys((e.id for e in elements), 0.0)
        self.lost: set[str] = set()
        self.off: set[str] = set()
        self.links = [(e, link) for e in elements for link in e.links]

    def heater(self, element: Element, heat_w: float, minimum_k: float) -> float:
        thermal = element.thermal
        if thermal is None:
            return 0.0
        return float(
            heater_power_w(
                self.temperature[element.id], heat_w, hold_k=minimum_k + MARGIN_K,
                sink_k=self.sink_k[element.id], heat_capacity_j_k=thermal.heat_capacity_j_k,
                heat_loss_w_k=thermal.heat_loss_w_k, step_s=self.step_s,
                most_w=thermal.heater_power_w,
            )
        )  # fmt: skip

    def deliverable(self, key: str, reserve: float) -> float:
        store = self.stores[key]
        if key in self.off:
            return 0.0
        floor = store.capacity_wh * max(reserve, store.minimum_state_of_charge)
        return float(
            deliverable_w(
                self.energy[key], floor, step_s=self.step_s,
                discharge_power_w=store.discharge_power_w,
                discharge_efficiency=store.discharge_efficiency,
            )
        )  # fmt: skip

    def in_range(self, element: Element) -> bool:
        thermal = element.thermal
        return thermal is None or (
            thermal.operating_minimum_k
            <= self.temperature[element.id]
            <= thermal.operating_maximum_k
        )

    def steer(self, element: Element, k: int) -> tuple[float, float]:
        """The most that a steered generator can make in step `k`, and the part of its heat."""
        unit, generator = self.units[element.id], element.generator
        years = self.step_s * k / (365.25 * 86400.0)
        full = generator.power_w * (1.0 - generator.decay_per_year) ** years
        if element.id in self.off | self.lost:
            unit.update(ran=0.0, most=0.0, least=0.0, full=0.0)
            return 0.0, 0.0
        unit["ran"] += 1.0
        waited = unit["ran"] - generator.start_up_s / self.step_s
        there = full * min(max(waited, 0.0), 1.0)
        change = np.inf
        if generator.ramp_per_h is not None:
            change = full * generator.ramp_per_h * self.step_s / 3600.0
        last = unit["output"]
        most = there if last is None else min(there, last + change)
        lowest = generator.least_fraction * there
        if last is not None and generator.ramp_per_h is not None:
            lowest = max(lowest, last - change)
        unit.update(most=most, least=min(lowest, most), full=there)
        return most, min(most if last is None else last, full) / full

    def turn_down(self, spilled: float) -> tuple[float, dict[str, float]]:
        """What is spilled once generators make less, and how much less each of them makes."""
        less = {}
        for key, unit in self.units.items():
            less[key] = min(spilled, unit["most"] - unit["least"])
            unit["output"] = unit["most"] - less[key]
            spilled -= less[key]
        return spilled, less

    def step(self, k: int) -> dict[str, Any]:
        alive_elements = [e for e in self.elements if e.id not in self.lost]
        place = {e.id: i for i, e in enumerate(self.elements)}
        self.sink_k = {key: float(self.forcing.sink_k[i, k]) for key, i in place.items()}
        made = {
            e.id: float(self.forcing.made_w[place[e.id], k])
            for e in alive_elements
            if e.id not in self.off
        }
        warm = dict.fromkeys(place, 1.0)
        for e in self.elements:
            if e.id in self.units:
                most, warm[e.id] = self.steer(e, k)
                if e.id in made:
                    full = self.forcing.table[k, self.forcing.feeds["steered_w"][place[e.id]]]
                    made[e.id] += most - float(full)
        own_heat = {
            e.id: (e.thermal.radioisotope_heat_w if e.thermal else 0.0)
            + float(self.forcing.absorbed_w[place[e.id], k])
            + (
                float(self.forcing.generator_heat_w[place[e.id], k]) * warm[e.id]
                if e.id in made
                else 0.0
            )
            for e in self.elements
        }
        for key, store in self.stores.items():
            self.energy[key] *= float(
                remaining_fraction(self.step_s, loss_per_year=store.self_discharge_per_year)
            )
        used = dict.fromkeys(place, 0.0)
        supply = sum(made.values()) + sum(self.deliverable(key, 0.0) for key in self.stores)
        alive, survival_heater, unserved = set(), {}, 0.0
        for e in sorted(alive_elements, key=lambda e: e.priority):
            base = 0.0 if e.id in self.off else e.modes["keep_alive"].power_w
            minimum = e.thermal.survival_minimum_k if e.thermal else 0.0
            request = base
            if e.id not in self.off or (e.thermal and e.thermal.heater_when_off):
                request += self.heater(e, own_heat[e.id] + base, minimum)
            used[e.id] = min(request, supply)
            survival_heater[e.id] = max(used[e.id] - base, 0.0)
            supply -= used[e.id]
            unserved += request - used[e.id]
            if used[e.id] >= request and e.id not in self.off:
                alive.add(e.id)
        left = sum(made.values()) + sum(self.deliverable(key, RESERVE) for key in self.stores)
        left = max(left - sum(used.values()), 0.0)
        ran, working, granted = self.serve(k, alive, used, left, own_heat, survival_heater)
        bits = self.move_data(k, alive, working, ran, granted, used)
        spilled = self.settle(sum(made.values()) - sum(used.values()))
        spilled, less = self.turn_down(spilled)
        spared = sum(unit["full"] - unit["output"] for unit in self.units.values())
        self.warm(own_heat, used)
        return {
            "made": [made.get(key, 0.0) - less.get(key, 0.0) for key in place],
            "used": used, "spilled": spilled, "spared": spared,
            "unserved": unserved, "ran": ran, "working": working, "sent": bits,
        }  # fmt: skip

    def serve(self, k, alive, used, left, own_heat, survival_heater):
        ran = dict.fromkeys((x.id for x in self.experiments), 0.0)
        working, granted = set(), set()
        rank = {e.id: e.priority for e in self.elements}
        planned = {
            x.id: self.forcing.planned_fraction[i, k] for i, x in enumerate(self.experiments)
        }
        queue = [(e.priority, 0, 0, i, e) for i, e in enumerate(self.elements)]
        queue += [(e.priority, 1, 0, i, e) for i, (e, _) in enumerate(self.links)]
        queue += [
            (max(x.priority, rank[x.element]), 2, x.priority, i, x)
            for i, x in enumerate(self.experiments)
        ]
        for _, kind, _, i, asker in sorted(queue, key=lambda row: row[:4]):
            if kind == 0:
                busy = "work" in asker.modes or any(
                    planned[x.id] > 0 for x in self.experiments if x.element == asker.id
                )
                able = asker.id in alive and self.in_range(asker)
                hot = asker.thermal and (
                    self.temperature[asker.id] > asker.thermal.operating_maximum_k
                )
                if asker.id not in alive or hot:
                    continue
                base = asker.modes["keep_alive"].power_w
                extra = max(asker.modes["work"].power_w - base, 0.0) if "work" in asker.modes else 0
                extra = extra if able else 0.0
                warm = 0.0
                if busy and asker.thermal:
                    heat = own_heat[asker.id] + base + extra
                    warm = self.heater(asker, heat, asker.thermal.operating_minimum_k)
                    warm = max(warm - survival_heater[asker.id], 0.0)
                if extra + warm <= left:
                    used[asker.id] += extra + warm
                    left -= extra + warm
                    if able:
                        working.add(asker.id)
            elif kind == 1:
                link = self.links[i][1]
                part = float(self.forcing.link_open[i, k])
                if part > 0.0 and asker.id in alive and part * link.power_w <= left:
                    granted.add(i)
                    left -= part * link.power_w
            elif asker.element in working and planned[asker.id] * asker.power_w <= left:
                ran[asker.id] = planned[asker.id]
                used[asker.element] += planned[asker.id] * asker.power_w
                left -= planned[asker.id] * asker.power_w
        return ran, working, granted

    def move_data(self, k, alive, working, ran, granted, used):
        sent_by = dict.fromkeys(self.held, 0.0)
        for e in self.elements:
            made = 0.0
            if e.id in alive:
                mode = e.modes["work" if e.id in working and "work" in e.modes else "keep_alive"]
                made = mode.data_bps
            made += sum(ran[x.id] * x.data_bps for x in self.experiments if x.element == e.id)
            there = self.held[e.id] + made * self.step_s
            for i, (owner, link) in enumerate(self.links):
                if owner.id == e.id and i in granted:
                    open_s = self.step_s * float(self.forcing.link_open[i, k])
                    rest, sent, _ = store_after(
                        there, 0.0, most_sent_bit=link.rate_bps * open_s, data_store_bit=np.inf
                    )
                    sending_s = float(sent) / link.rate_bps
                    assert sending_s <= open_s * (1.0 + 1e-12)
                    used[e.id] += link.power_w * sending_s / self.step_s
                    sent_by[e.id] += float(sent)
                    there = float(rest)
            self.held[e.id] = min(there, e.data_store_bit)
        return sent_by

    def most_in(self, key: str) -> float:
        """What a store can take, through its charger where it has one. [W]"""
        store, path = self.stores[key], charge_path(self.stores[key])
        ways = {
            "step_s": self.step_s, "charge_power_w": path.power_w,
            "charge_efficiency": path.efficiency,
        }  # fmt: skip
        most = float(acceptable_w(self.energy[key], store.capacity_wh, **ways))
        if path.taper_above < 1.0:
            tapered = tapered_w(
                self.energy[key], store.capacity_wh, taper_above=path.taper_above, **ways
            )
            most = min(most, float(tapered))
        return most

    def settle(self, surplus: float) -> float:
        self.waste = dict.fromkeys(self.stores, 0.0)
        if surplus >= 0.0:
            most = {
                key: self.most_in(key) for key in self.stores if key not in self.lost | self.off
            }
            total = sum(most.values())
            for key, power in most.items():
                taken = power * min(surplus / total, 1.0) if total else 0.0
                efficiency = charge_path(self.stores[key]).efficiency
                self.waste[key] = taken * (1.0 - efficiency)
                self.energy[key] = float(
                    charged_wh(
                        self.energy[key], taken, step_s=self.step_s, charge_efficiency=efficiency
                    )
                )
            return max(surplus - total, 0.0)
        deficit = -surplus
        upper = {key: self.deliverable(key, RESERVE) for key in self.stores}
        lower = {key: self.deliverable(key, 0.0) - upper[key] for key in self.stores}
        first = min(deficit, sum(upper.values()))
        second = min(deficit - first, sum(lower.values()))
        for key, store in self.stores.items():
            power = 0.0
            if sum(upper.values()) > 0.0:
                power += upper[key] * first / sum(upper.values())
            if sum(lower.values()) > 0.0:
                power += lower[key] * second / sum(lower.values())
            self.waste[key] = power * (1.0 / store.discharge_efficiency - 1.0)
            self.energy[key] = float(
                discharged_wh(
                    self.energy[key], power, step_s=self.step_s,
                    discharge_efficiency=store.discharge_efficiency,
                )
            )  # fmt: skip
        return 0.0

    def warm(self, own_heat, used) -> None:
        for e in self.elements:
            if e.thermal is None:
                continue
            self.temperature[e.id] = float(
                end_temperature_k(
                    self.temperature[e.id],
                    own_heat[e.id] + used[e.id] + self.waste.get(e.id, 0.0),
                    sink_k=self.sink_k[e.id], heat_capacity_j_k=e.thermal.heat_capacity_j_k,
                    heat_loss_w_k=e.thermal.heat_loss_w_k, step_s=self.step_s,
                )
            )  # fmt: skip
            low, high = e.thermal.survival_minimum_k, e.thermal.survival_maximum_k
            if not low <= self.temperature[e.id] <= high:
                self.lost.add(e.id)
                self.held[e.id] = 0.0
                if e.id in self.energy:
                    self.energy[e.id] = 0.0


def quantities(low: int, high: int, unit: str) -> st.SearchStrategy[str]:
    # Odd fractions keep sums off exact ties, where rounding would decide who is shed.
    return st.integers(low, high).map(lambda n: f"{n * 1.0137 if n else 0:.6f} {unit}")


STORES = st.fixed_dictionaries(
    {
        "kind": st.just("battery"),
        "capacity": quantities(0, 20000, "Wh"),
        "charge_power": quantities(0, 2000, "W"),
        "discharge_power": quantities(0, 2000, "W"),
        "charge_efficiency": st.sampled_from([1.0, 0.93]),
        "discharge_efficiency": st.sampled_from([1.0, 0.91]),
        "minimum_state_of_charge": st.sampled_from([0.0, 0.2, 0.7]),
        "initial_state_of_charge": st.sampled_from([0.1, 0.6, 1.0]),
        "self_discharge": st.sampled_from(["0 %/y", "30 %/y"]),
    },
    optional={
        "charger": st.fixed_dictionaries(
            {"efficiency": st.sampled_from([1.0, 0.96])},
            optional={
                "power": quantities(0, 1500, "W"),
                "taper_above": st.sampled_from([0.0, 0.55, 0.9]),
            },
        )
    },
)
NODES = st.fixed_dictionaries(
    {
        "heat_capacity": quantities(20, 900, "kJ/K"),
        "heat_loss": quantities(0, 4, "W/K"),
        "heater_power": quantities(0, 600, "W"),
        "heater_when_off": st.booleans(),
        "radioisotope_heat": quantities(0, 100, "W"),
        "sky_view": st.sampled_from([0.0, 0.6]),
        "sunlit_area": quantities(0, 2, "m2"),
        "absorptance": st.sampled_from([0.0, 0.2]),
        "survival_minimum": st.just("223 K"),
        "operating_minimum": st.just("253 K"),
        "operating_maximum": st.just("313 K"),
        "survival_maximum": st.just("333 K"),
    }
)
MODES = st.fixed_dictionaries(
    {
        "keep_alive": st.fixed_dictionaries(
            {"power": quantities(0, 200, "W"), "data": quantities(0, 900, "bit/s")}
        ),
    },
    optional={
        "work": st.fixed_dictionaries(
            {"power": quantities(0, 900, "W"), "data": quantities(0, 9000, "bit/s")}
        )
    },
)
LINKS = st.lists(
    st.fixed_dictionaries(
        {
            "via": st.sampled_from(["earth", "RELAY-1"]),
            "rate": quantities(1, 20000, "bit/s"),
            "power": quantities(0, 90, "W"),
            "mask": st.sampled_from(["0 deg", "5 deg"]),
        }
    ),
    max_size=2,
)
ELEMENTS = st.lists(
    st.fixed_dictionaries(
        {
            "modes": MODES, "priority": st.integers(0, 9), "links": LINKS,
            "data_store": quantities(0, 50, "Mbit"),
        },
        optional={
            "storage": STORES,
            "thermal": NODES,
            "array": st.fixed_dictionaries(
                {
                    "area": quantities(1, 20, "m2"),
                    "efficiency": st.just(0.29),
                    "mast_height": st.sampled_from(["2 m", "7 m"]),
                    "degradation": st.just("3 %/y"),
                }
            ),
            "generator": st.fixed_dictionaries(
                {"kind": st.just("fission"), "power": quantities(1, 900, "W"),
                 "heat": quantities(0, 50, "W"), "decay": st.just("1 %/y")},
                optional={
                    "start_up": st.sampled_from(["0 h", "4.3 h"]),
                    "ramp": st.sampled_from(["7 %/h", "60 %/h", "3 %/min"]),
                    "least_fraction": st.sampled_from([0.0, 0.3, 1.0]),
                    "starts_cold": st.booleans(),
                },
            ),
        },
    ),
    min_size=1, max_size=5,
)  # fmt: skip
RESEARCH = st.lists(
    st.fixed_dictionaries(
        {
            "power": quantities(1, 400, "W"),
            "data": quantities(0, 9000, "bit/s"),
            "priority": st.integers(0, 9),
        }
    ),
    max_size=4,
)


def many_stations(test):
    """Asks a test of 80 stations, each with its seed and step."""
    given_ = given(
        sizes=ELEMENTS, research=RESEARCH, seed=st.integers(0, 99),
        step_s=st.sampled_from([900, 3600]),
    )  # fmt: skip
    return settings(
        max_examples=80, deadline=None, derandomize=True,
        phases=(Phase.explicit, Phase.generate),  # shrinking a station takes minutes
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )(given_(test))  # fmt: skip


def rough_surroundings(environment, rng, *, steps: int, step_s: int) -> xr.Dataset:
    return environment(
        steps,
        step_s=float(step_s),
        sun_visible_fraction=(rng.random((2, steps)) > 0.5).astype(float),
        surface_temperature_k=rng.uniform(60.0, 240.0, steps),
        # Shut, open, and open for a part of the step, about as often.
        relay_open_fraction=np.clip(rng.uniform(-1.0, 2.0, (1, 2, steps)), 0.0, 1.0),
    )


@many_stations
def test_the_compiled_loop_follows_the_plain_one_and_closes(
    environment, element, experiment, plan, sizes, research, seed, step_s
) -> None:
    steps = 60
    rng = np.random.default_rng(seed)
    surroundings = rough_surroundings(environment, rng, steps=steps, step_s=step_s)
    elements = [element(f"E{k}", **fields) for k, fields in enumerate(sizes)]
    experiments = [
        experiment(f"X{k}", element=f"E{k % len(elements)}", **fields)
        for k, fields in enumerate(research)
    ]
    planned = plan(surroundings, **{x.id: rng.choice([0.0, 0.6, 1.0], steps) for x in experiments})
    run = simulate(elements, experiments, environment=surroundings, plan=planned)
    plain = PlainStation(elements, experiments, environment=surroundings, plan=planned)
    for k in range(steps):
        expected = plain.step(k)
        now = run.isel(time=k)
        near = {"rtol": 1e-9, "atol": 1e-6}
        np.testing.assert_allclose(now["power_used_w"], list(expected["used"].values()), **near)
        np.testing.assert_allclose(now["power_made_w"], expected["made"], **near)
        np.testing.assert_allclose(now["power_spilled_w"], expected["spilled"], **near)
        np.testing.assert_allclose(now["power_spared_w"], expected["spared"], **near)
        np.testing.assert_allclose(now["keep_alive_unserved_w"], expected["unserved"], **near)
        np.testing.assert_allclose(
            now["battery_energy_wh"], [plain.energy.get(e.id, 0.0) for e in elements], **near
        )
        np.testing.assert_allclose(
            now["temperature_k"], [plain.temperature.get(e.id, np.nan) for e in elements], **near
        )
        np.testing.assert_array_equal(
            now["is_working"], [float(e.id in expected["working"]) for e in elements]
        )
        np.testing.assert_allclose(
            now["experiment_fraction"], list(expected["ran"].values()), **near
        )
        np.testing.assert_allclose(
            now["data_sent_bps"], [s / step_s for s in expected["sent"].values()], **near
        )
        np.testing.assert_allclose(now["data_stored_bit"], list(plain.held.values()), **near)
    assert run.attrs["elements_lost"] == len(plain.lost)
    assert run.attrs["energy_residual"] <= 1e-9
    assert run.attrs["data_residual"] <= 1e-9
    assert float(run["battery_energy_wh"].min()) >= -1e-9
    assert float(run["power_unserved_w"].min()) >= 0.0


@many_stations
def test_what_is_off_is_as_in_the_plain_loop(
    environment, element, experiment, plan, sizes, research, seed, step_s
) -> None:
    """Elements fail and come back; those whose heaters hang on the bus are kept warm meanwhile."""
    steps = 60
    rng = np.random.default_rng(seed)
    surroundings = rough_surroundings(environment, rng, steps=steps, step_s=step_s)
    elements = [element(f"E{k}", **fields) for k, fields in enumerate(sizes)]
    experiments = [
        experiment(f"X{k}", element=f"E{k % len(elements)}", **fields)
        for k, fields in enumerate(research)
    ]
    planned = plan(surroundings, **{x.id: rng.choice([0.0, 1.0], steps) for x in experiments})
    events = np.zeros(12, EVENTS)
    events["step"] = np.sort(rng.integers(0, steps, events.size))
    events["element"] = rng.integers(0, len(elements), events.size)
    events["health"] = rng.integers(0, 2, events.size)
    arrays = station_arrays(elements, experiments, step_s=float(step_s))
    forcing = station_forcing(elements, experiments, environment=surroundings, plan=planned)
    run = run_steps(
        arrays, forcing, start_k=first_temperatures_k(arrays, forcing.sink_k),
        step_s=float(step_s), reserve_state_of_charge=RESERVE, heater_margin_k=MARGIN_K,
        events=events,
    )  # fmt: skip
    plain = PlainStation(elements, experiments, environment=surroundings, plan=planned)
    near = {"rtol": 1e-9, "atol": 1e-6}
    for k in range(steps):
        for event in events[events["step"] == k]:
            change = plain.off.discard if event["health"] else plain.off.add
            change(elements[event["element"]].id)
        expected = plain.step(k)
        now = {name: values[:, k] for name, values in run.elements.items()}
        np.testing.assert_allclose(now["power_used_w"], list(expected["used"].values()), **near)
        np.testing.assert_allclose(
            run.steps["keep_alive_unserved_w"][k], expected["unserved"], **near
        )
        np.testing.assert_allclose(
            now["battery_energy_wh"], [plain.energy.get(e.id, 0.0) for e in elements], **near
        )
        np.testing.assert_allclose(
            now["temperature_k"], [plain.temperature.get(e.id, np.nan) for e in elements], **near
        )
        np.testing.assert_array_equal(
            now["is_working"], [float(e.id in expected["working"]) for e in elements]
        )
        np.testing.assert_allclose(now["data_stored_bit"], list(plain.held.values()), **near)
    assert run.elements_lost == len(plain.lost)
    assert run.energy_residual <= 1e-9
