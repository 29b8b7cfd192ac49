"""One run of a station through its environment: power, heat and data, step by step.

In each step arrays and generators make power; keep-alive loads and survival heaters are served by
priority, from the stores where needed; then work, links and experiments by priority, whole or not
at all; what is left charges the stores, the rest is spilled. Each bus serves itself first, then its
neighbours over the cables. Elements follow their declared rules from mode to mode. An element whose
temperature leaves what it survives is lost for the rest of the run.

Not here yet: energy kept back for a forecast darkness (a fixed reserve stands for it), elements
that arrive during the run. Ages count from the start of the run.
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import xarray as xr

from ilrs.foundation.errors import IlrsError
from ilrs.programme.entities import Element, Experiment
from ilrs.station.arrays import station_arrays
from ilrs.station.balance import Balance, data_balance, energy_balance
from ilrs.station.batch import Record, run_steps
from ilrs.station.forcing import station_forcing
from ilrs.station.limits import check_elements, check_experiments
from ilrs.station.rows import StationArrays

__all__ = ["first_temperatures_k", "simulate"]

FloatArray: TypeAlias = npt.NDArray[np.float64]

_HOUR_S = 3600.0
_PER_ELEMENT = {
    "power_made_w": ("W", "power made by arrays and generators"),
    "power_used_w": ("W", "power used"),
    "power_requested_w": ("W", "power asked for"),
    "heater_power_w": ("W", "part of the power used by heaters"),
    "battery_energy_wh": ("Wh", "energy in the element's store at the end of the step"),
    "temperature_k": ("K", "temperature of the element's node at the end of the step"),
    "is_alive": ("1", "whether the element's keep-alive power was served"),
    "is_working": ("1", "whether the element works"),
    "mode": ("1", "number of the element's mode: 0 for work as served, then as declared"),
    "data_made_bps": ("bit s-1", "data made"),
    "data_sent_bps": ("bit s-1", "data sent over the element's links"),
    "data_stored_bit": ("bit", "data in the element's store at the end of the step"),
    "data_dropped_bit": ("bit", "data dropped in the step: the store was full or its element lost"),
}
_PER_STEP = {
    "power_spilled_w": ("W", "power that could be made and that nobody could take"),
    "power_spared_w": ("W", "power that steered generators could come to make beside"),
    "power_lost_w": ("W", "power lost in stores and cables"),
    "power_unserved_w": ("W", "power asked for and not given"),
    "keep_alive_unserved_w": ("W", "keep-alive power asked for and not given"),
    "state_of_charge": ("1", "energy over capacity of all stores at the end of the step"),
}
_PER_CABLE = {
    "cable_there_w": "power sent into the cable at the end that is named first",
    "cable_back_w": "power sent into it at the other end",
}


def first_temperatures_k(arrays: StationArrays, sink_k: FloatArray) -> FloatArray:
    """Each node begins as warm as its sink, or at the nearest temperature it operates at. [K]"""
    sizes = arrays.elements
    held = np.clip(sink_k[:, 0], sizes["operating_minimum_k"], sizes["operating_maximum_k"])
    return np.where(sizes["has_node"], held, np.nan)


def _books(record: Record, start_wh: FloatArray, *, step_s: float) -> dict[str, float]:
    """Sums of the run and the residuals of its balances; raises where one does not close."""
    hours = step_s / _HOUR_S
    elements, steps = record.elements, record.steps
    energy = energy_balance(
        Balance(
            made=float(elements["power_made_w"].sum()) * hours,
            used=float(elements["power_used_w"].sum()) * hours,
            stored=float(elements["battery_energy_wh"][:, -1].sum() - start_wh.sum()),
            lost=float(steps["power_lost_w"].sum()) * hours,
            spilled=float(steps["power_spilled_w"].sum()) * hours,
        )
    )
    data = data_balance(
        Balance(
            made=float(elements["data_made_bps"].sum()) * step_s,
            used=float(elements["data_sent_bps"].sum()) * step_s,
            stored=float(elements["data_stored_bit"][:, -1].sum()),
            lost=float(elements["data_dropped_bit"].sum()),
        )
    )
    return {
        "energy_made_wh": energy.made,
        "energy_used_wh": energy.used,
        "energy_stored_wh": energy.stored,
        "energy_lost_wh": energy.lost,
        "energy_spilled_wh": energy.spilled,
        "energy_residual": energy.residual,
        "data_made_bit": data.made,
        "data_sent_bit": data.used,
        "data_held_bit": data.stored,
        "data_lost_bit": data.lost,
        "data_residual": data.residual,
    }


def _dataset(
    record: Record, arrays: StationArrays, *, names: dict[str, list[str]], environment: xr.Dataset
) -> xr.Dataset:
    values = record.elements | record.steps
    unserved = (values["power_requested_w"] - values["power_used_w"]).sum(axis=0)
    values["power_unserved_w"] = np.maximum(unserved, 0.0)
    total_wh = float(arrays.elements["capacity_wh"].sum())
    stored = values["battery_energy_wh"].sum(axis=0)
    values["state_of_charge"] = stored / total_wh if total_wh else np.full(stored.shape, np.nan)
    data: dict[str, Any] = {}
    for name, (units, text) in (_PER_ELEMENT | _PER_STEP).items():
        axes = ("element", "time") if name in _PER_ELEMENT else ("time",)
        data[name] = (axes, values[name], {"units": units, "long_name": text})
    data["experiment_fraction"] = (
        ("experiment", "time"),
        record.experiment_fraction,
        {"units": "1", "long_name": "part of the step in which the experiment ran"},
    )
    cabled = [k for k, name in enumerate(arrays.cables) if name]
    if cabled:
        for k, (name, text) in enumerate(_PER_CABLE.items()):
            sent = record.cable_w[k, cabled]
            data[name] = (("cable", "time"), sent, {"units": "W", "long_name": text})
        names = names | {"cable": [arrays.cables[k] for k in cabled]}
    coords: dict[str, Any] = {
        "time": environment["time"].values,
        "t_s": ("time", environment["t_s"].values, dict(environment["t_s"].attrs)),
    }
    coords |= {axis: np.array(ids, dtype=np.str_) for axis, ids in names.items()}
    return xr.Dataset(data, coords=coords)


def _check_settings(reserve: float, margin_k: float) -> None:
    if not 0.0 <= reserve <= 1.0:
        raise IlrsError(
            f"a reserve of {reserve:g}",
            "it is a state of charge, from 0 to 1",
            "Choose for instance 0.5.",
        )
    if not 0.0 <= margin_k < np.inf:
        raise IlrsError(
            f"a heater margin of {margin_k:g} K",
            "heaters hold 0 K or more above the minima",
            "Choose for instance 5.",
        )


def simulate(
    elements: Sequence[Element],
    experiments: Sequence[Experiment],
    *,
    environment: xr.Dataset,
    plan: xr.Dataset,
    loads_w: Mapping[str, FloatArray] | None = None,
    heats_w: Mapping[str, FloatArray] | None = None,
    reserve_state_of_charge: float = 0.5,
    heater_margin_k: float = 5.0,
) -> xr.Dataset:
    """The station Dataset of one run, laid out as docs/rooms.md says; its energy and data close.

    `elements` are those that stand at the environment's site, `experiments` run on them as `plan`
    says; `loads_w` adds keep-alive power to elements, such as that of life support, and `heats_w`
    heat to their nodes, such as that of people. Work, links and
    experiments draw on the stores only above `reserve_state_of_charge` (half, by default: the rest
    is for keep-alive loads until a forecast says how much darkness needs).
    Heaters hold `heater_margin_k` above survival minima, and above operating minima where there is
    work to do; the 5 K of the default are an assumption.
    `state_of_charge` is not a number where nothing stores energy, `temperature_k` where an element
    has no thermal node. attrs also count `elements_lost` to cold or heat.

    Raises IlrsError for input that cannot be run, EnergyBalanceError or DataBalanceError where this
    program fails to close its books.
    """
    _check_settings(reserve_state_of_charge, heater_margin_k)
    check_elements(elements, site=str(environment.attrs.get("site", "")))
    check_experiments(experiments, elements=elements)
    forcing = station_forcing(
        elements, experiments, environment=environment, plan=plan, loads_w=loads_w, heats_w=heats_w
    )
    step_s = float(environment.attrs["step_s"])
    arrays = station_arrays(elements, experiments, step_s=step_s)
    record = run_steps(
        arrays,
        forcing,
        start_k=first_temperatures_k(arrays, forcing.sink_k),
        step_s=step_s,
        reserve_state_of_charge=reserve_state_of_charge,
        heater_margin_k=heater_margin_k,
    )
    names = {"element": [e.id for e in elements], "experiment": [e.id for e in experiments]}
    run = _dataset(record, arrays, names=names, environment=environment)
    kept = {
        key: environment.attrs[key] for key in ("site", "epoch_utc") if key in environment.attrs
    }
    run.attrs = {
        **kept,
        "step_s": step_s,
        "reserve_state_of_charge": reserve_state_of_charge,
        "heater_margin_k": heater_margin_k,
        "elements_lost": record.elements_lost,
        "worst_step_residual": record.energy_residual,
        **_books(record, arrays.elements["start_wh"], step_s=step_s),
    }
    return run
