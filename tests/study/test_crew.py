"""A crew's load in the power of the station: drawn, at times refused, and gone afterwards."""

import numpy as np
import pytest
import xarray as xr

from ilrs.programme.entities import Element, Scenario
from ilrs.study.crew import crew_load, simulate_with_crew
from tests.station.conftest import synthetic_environment
from tests.station.crewed import habitat

VISIT = {"start": "2035-01-02", "end": "2035-01-12", "people": 3}
STORE = {
    "kind": "battery", "capacity": "40 kWh", "charge_power": "5 kW", "discharge_power": "5 kW",
}  # fmt: skip
NO_PLAN = ("experiment", "time")


def environment() -> xr.Dataset:
    return synthetic_environment(24 * 15)


def nothing_planned(time: xr.Dataset) -> xr.Dataset:
    empty = np.zeros((0, time.sizes["time"]))
    return xr.Dataset(
        {"planned_fraction": (NO_PLAN, empty)},
        coords={"time": time["time"].values, "experiment": np.array([], dtype=np.str_)},
    )


def source(power: str) -> Element:
    return Element.model_validate(
        {"id": "SOURCE", "facility": "F2", "site": "RIDGE", "storage": STORE,
         "generator": {"kind": "fission", "power": power}}
    )  # fmt: skip


def scenario(*visits: dict[str, object]) -> Scenario:
    told = {"id": "s", "site": "RIDGE", "start": "2035-01-01", "end": "2035-01-16"}
    return Scenario.model_validate(told | {"crew_visits": visits})


def run(power: str) -> tuple[xr.Dataset, np.ndarray, np.ndarray]:
    time, elements = environment(), [source(power), habitat()]
    load = crew_load(elements, scenario(VISIT), environment=time)
    assert load is not None
    station, share = simulate_with_crew(
        elements, [], environment=time, plan=nothing_planned(time), load=load
    )
    return station, share, load.power_w


def test_no_visit_or_no_cabin_is_no_load() -> None:
    time = environment()
    assert crew_load([habitat()], scenario(), environment=time) is None
    assert crew_load([source("1 kW")], scenario(VISIT), environment=time) is None


def test_without_a_load_the_station_runs_as_ever() -> None:
    time = environment()
    station, share = simulate_with_crew(
        [source("1 kW")], [], environment=time, plan=nothing_planned(time), load=None
    )
    assert share.min() == 1.0
    assert station["power_used_w"].values.max() == 0.0


def test_the_load_is_drawn_by_the_habitat_and_leaves_no_experiment() -> None:
    station, share, load_w = run("5 kW")
    assert share.min() == 1.0
    used_w = station["power_used_w"].sel(element="HAB").values
    np.testing.assert_allclose(used_w, load_w, rtol=1e-12, atol=1e-9)
    assert station.sizes["experiment"] == 0


def test_stores_carry_the_load_to_their_floor_and_no_further() -> None:
    station, share, load_w = run("0 W")
    energy_kwh = np.cumsum(load_w) / 1e3
    served = int(np.argmax(share < 1.0))
    assert energy_kwh[served - 1] <= 40.0 < energy_kwh[served]  # life support is kept alive
    assert station["state_of_charge"].values.min() == pytest.approx(0.0, abs=1e-12)
