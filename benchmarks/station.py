"""A year of a station and of its schedule, hour by hour (asv)."""

from typing import Any

import numpy as np
import xarray as xr

from ilrs.foundation.windows import Windows
from ilrs.operations.schedule import schedule
from ilrs.programme.entities import Element, Experiment
from ilrs.station.simulate import simulate

STEPS, STEP_S, SEED = 8784, 3600.0, 7
NODE = {
    "heat_capacity": "300 kJ/K", "heat_loss": "0.8 W/K", "heater_power": "300 W",
    "survival_minimum": "233 K", "operating_minimum": "253 K",
    "operating_maximum": "323 K", "survival_maximum": "343 K",
}  # fmt: skip
STORE = {
    "kind": "battery", "capacity": "150 kWh", "charge_power": "10 kW", "discharge_power": "10 kW",
    "charge_efficiency": 0.95, "discharge_efficiency": 0.95, "self_discharge": "2 %/y",
}  # fmt: skip


def polar_year() -> xr.Dataset:
    """A synthetic polar year: the Sun goes round, terrain hides it for part of the lunar day."""
    t_s = np.arange(STEPS) * STEP_S
    azimuth = (360.0 * t_s / (29.53 * 86400.0)) % 360.0
    lit = np.stack([(azimuth > 60.0) & (azimuth < 300.0), (azimuth > 30.0) & (azimuth < 330.0)])
    relay = 60.0 * np.sin(2 * np.pi * t_s / 86400.0)
    earth = 6.0 * np.sin(2 * np.pi * t_s / (27.32 * 86400.0))
    return xr.Dataset(
        {
            "sun_azimuth_deg": ("time", azimuth),
            "sun_elevation_deg": ("time", np.full(STEPS, 1.0)),
            "solar_irradiance_w_m2": ("time", np.full(STEPS, 1361.0)),
            "sun_visible_fraction": (("mast_height_m", "time"), lit.astype(float)),
            "earth_elevation_deg": ("time", earth),
            "earth_visible_fraction": (("mast_height_m", "time"), np.tile(earth > 0, (2, 1)) * 1.0),
            "relay_open_fraction": (("relay", "mask_deg", "time"), (relay > 2.0)[None, None] * 1.0),
            "surface_temperature_k": ("time", 90.0 + 130.0 * lit[0]),
        },
        coords={
            "time": np.datetime64("2035-01-01", "ns") + (t_s * 1e9).astype("timedelta64[ns]"),
            "t_s": ("time", t_s),
            "mast_height_m": [2.0, 10.0],
            "relay": ["RELAY"],
            "mask_deg": [0.0],
        },
        attrs={"step_s": STEP_S, "site": "RIDGE"},
    )


MODES = {
    "keep_alive": {"power": "60 W", "data": "100 bit/s"},
    "work": {"power": "300 W", "data": "10 kbit/s"},
}
LINKS = [
    {"via": "earth", "rate": "1 Mbit/s", "power": "40 W"},
    {"via": "RELAY", "rate": "100 kbit/s", "power": "20 W"},
]
ARRAY = {"area": "30 m2", "efficiency": 0.29, "mast_height": "10 m"}


def _declared(key: str, **fields: Any) -> Element:
    return Element.model_validate({"id": key, "facility": "F2", "site": "RIDGE", **fields})


def station(count: int) -> list[Element]:
    """Elements with a node, modes, a data store and two links each; every third makes power."""
    return [
        _declared(
            f"E{k}", priority=k % 10, thermal=NODE, data_store="1 Gbit", modes=MODES, links=LINKS,
            **({"array": ARRAY, "storage": STORE} if k % 3 == 0 else {}),
        )
        for k in range(count)
    ]  # fmt: skip


def grids(partners: int = 8, *, loads: int = 14) -> list[Element]:
    """Partners' grids on cables to the first one's: each with a mast, a battery and its loads.

    Loads have a node, modes, a data store and two links; so 8 partners make 30 elements.
    """
    elements = []
    for p in range(partners):
        tie = [{"kind": "power", "role": "needs", "with": "MAST-0", "power": "3 kW", "loss": "3 %"}]
        plug = [{"kind": "power", "role": "needs", "with": f"MAST-{p}"}]
        elements += [
            _declared(
                f"MAST-{p}", priority=0, array=ARRAY, modes={"keep_alive": {"power": "10 W"}},
                interfaces=tie if p else [],
            ),
            _declared(f"BATTERY-{p}", priority=0, storage=STORE, interfaces=plug),
        ]  # fmt: skip
    for k in range(loads):
        plug = [{"kind": "power", "role": "needs", "with": f"MAST-{k % partners}"}]
        elements.append(
            _declared(
                f"LOAD-{k}", priority=k % 10, thermal=NODE, data_store="1 Gbit", modes=MODES,
                links=LINKS, interfaces=plug,
            )
        )  # fmt: skip
    return elements


def research(count: int, elements: int) -> list[Experiment]:
    """Experiments of ten partners under every mix of three conditions."""
    return [
        Experiment.model_validate(
            {
                "id": f"X{k}",
                "owner": f"P{k % 10}",
                "element": f"E{k % elements}",
                "fields": ["SF1"],
                "conditions": [n for j, n in enumerate(("sunlit", "dark")) if k % 3 == j],
                "wanted": "3000 h",
                "minimum_run": f"{1 + k % 5} h",
                "power": "150 W",
                "data": "1 kbit/s",
                "priority": k % 10,
            }
        )
        for k in range(count)
    ]


def conditions(environment: xr.Dataset) -> dict[str, Windows]:
    lit = environment["sun_visible_fraction"].values[1] > 0.5
    edge_s = np.arange(STEPS + 1) * STEP_S
    return {"sunlit": Windows.from_mask(edge_s, lit), "dark": Windows.from_mask(edge_s, ~lit)}


class Year:
    """Simulating a year, warm."""

    params, param_names = [5, 20, 80], ["elements"]

    def setup(self, elements: int) -> None:
        self.environment = polar_year()
        self.elements, self.experiments = station(elements), research(12, elements)
        fraction = (np.random.default_rng(SEED).random((12, STEPS)) > 0.5).astype(float)
        self.plan = xr.Dataset(
            {"planned_fraction": (("experiment", "time"), fraction)},
            coords={
                "time": self.environment["time"].values,
                "experiment": [experiment.id for experiment in self.experiments],
            },
        )
        self.time_simulate(elements)  # compiles, or loads what is compiled

    def time_simulate(self, elements: int) -> None:
        simulate(self.elements, self.experiments, environment=self.environment, plan=self.plan)

    def peakmem_simulate(self, elements: int) -> None:
        self.time_simulate(elements)


class Schedule:
    """Placing a year of research, warm."""

    params, param_names = [15, 200], ["experiments"]

    def setup(self, experiments: int) -> None:
        self.environment = polar_year()
        self.experiments = research(experiments, 20)
        self.conditions = conditions(self.environment)
        self.power_w = np.random.default_rng(SEED).uniform(0.0, 3000.0, STEPS)
        self.time_schedule(experiments)

    def time_schedule(self, experiments: int) -> None:
        schedule(
            self.experiments,
            conditions=self.conditions,
            power_available_w=self.power_w,
            time=self.environment,
        )

    def peakmem_schedule(self, experiments: int) -> None:
        self.time_schedule(experiments)
