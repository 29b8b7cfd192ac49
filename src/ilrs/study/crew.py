"""People in a run: their life support beside the station's power, each told what the other asks.

What life support asks is keep-alive power of its habitat: served before all work, from the stores
to their floor where needed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import xarray as xr

from ilrs.programme.entities import Element, Experiment, Scenario
from ilrs.station.life_support import life_support
from ilrs.station.simulate import simulate

__all__ = ["CrewLoad", "crew_load", "simulate_with_crew", "with_temperature"]

FloatArray: TypeAlias = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class CrewLoad:
    """What life support asks of the station and gives it, and which element's."""

    element: str
    power_w: FloatArray  # time
    heat_w: FloatArray  # time; of people and reactions, beside that power


def crew_load(
    elements: Sequence[Element], scenario: Scenario, *, environment: xr.Dataset
) -> CrewLoad | None:
    """The load of life support when all of it is served; None where no visit finds a cabin."""
    if not scenario.crew_visits:
        return None
    asked = life_support(elements, scenario.crew_visits, time=environment)
    if asked is None:
        return None
    power_w = asked["life_support_power_requested_w"].values
    return CrewLoad(
        element=str(asked.attrs["cabins"]).split(", ")[0], power_w=power_w,
        heat_w=asked["cabin_heat_w"].values,
    )  # fmt: skip


def with_temperature(crew: xr.Dataset, station: xr.Dataset, load: CrewLoad) -> xr.Dataset:
    """The crew Dataset with the temperature of the cabin's node at each step's end."""
    told = {"units": "K", "long_name": "temperature of the cabin at the end of the step"}
    values = station["temperature_k"].sel(element=load.element).values
    return crew.assign(cabin_temperature_k=("time", values, told))


def simulate_with_crew(
    elements: Sequence[Element],
    experiments: Sequence[Experiment],
    *,
    environment: xr.Dataset,
    plan: xr.Dataset,
    load: CrewLoad | None,
) -> tuple[xr.Dataset, FloatArray]:
    """The station Dataset with the load in its power, and the part of it that was given, 0 to 1."""
    loads_w = {} if load is None else {load.element: load.power_w}
    heats_w = {} if load is None else {load.element: load.heat_w}
    station = simulate(
        elements, experiments, environment=environment, plan=plan, loads_w=loads_w, heats_w=heats_w
    )
    if load is None:
        return station, np.ones(environment.sizes["time"])
    habitat = station.sel(element=load.element)
    used, asked = habitat["power_used_w"].values, habitat["power_requested_w"].values
    # What is not alive asks for nothing but keep-alive power.
    short = (habitat["is_alive"].values == 0.0) & (asked > 0.0)
    return station, np.divide(used, asked, out=np.ones_like(used), where=short)
