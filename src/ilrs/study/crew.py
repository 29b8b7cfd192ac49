"""People in a run: their life support beside the station's power, each told what the other asks.

The load of life support follows a series, as an experiment of first priority on the habitat does:
whole or not at all in a step, on what the stores hold above their reserve.
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

__all__ = ["CrewLoad", "crew_load", "simulate_with_crew"]

FloatArray: TypeAlias = npt.NDArray[np.float64]
_LOAD = "life support"  # no id of an experiment can be this: ids hold no space


@dataclass(frozen=True, slots=True, kw_only=True)
class CrewLoad:
    """What life support asks of the station, and of which element."""

    element: str
    power_w: FloatArray  # time


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
    return CrewLoad(element=str(asked.attrs["cabins"]).split(", ")[0], power_w=power_w)


def simulate_with_crew(
    elements: Sequence[Element],
    experiments: Sequence[Experiment],
    *,
    environment: xr.Dataset,
    plan: xr.Dataset,
    load: CrewLoad | None,
) -> tuple[xr.Dataset, FloatArray]:
    """The station Dataset with the load in its power, and the part of it that was given, 0 to 1."""
    if load is None or not load.power_w.any():
        station = simulate(elements, experiments, environment=environment, plan=plan)
        return station, np.ones(environment.sizes["time"])
    most_w = float(load.power_w.max())
    asker = Experiment.model_validate(
        {"id": _LOAD, "element": load.element, "fields": (), "wanted": "0 s",
         "power": f"{most_w!r} W", "priority": 0}
    )  # fmt: skip
    asked = xr.DataArray(
        (load.power_w / most_w)[None], dims=("experiment", "time"),
        coords={"experiment": [_LOAD], "time": plan["time"].values},
    )  # fmt: skip
    planned = xr.concat([plan["planned_fraction"].drop_vars("t_s", errors="ignore"), asked],
                        dim="experiment")  # fmt: skip
    station = simulate(
        elements, [*experiments, asker], environment=environment,
        plan=planned.to_dataset(name="planned_fraction"),
    )  # fmt: skip
    given = station["experiment_fraction"].sel(experiment=_LOAD).values
    wanted = load.power_w / most_w
    share = np.divide(given, wanted, out=np.ones_like(given), where=wanted > 0.0)
    return station.drop_sel(experiment=_LOAD), np.minimum(share, 1.0)
