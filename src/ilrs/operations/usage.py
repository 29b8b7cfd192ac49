"""What a plan uses of its resources, slot by slot: what is drawn or held, what stores keep."""

import numpy as np
import xarray as xr

from ilrs.operations.levels import fill_level
from ilrs.operations.packing import pack
from ilrs.operations.problem import Problem, Store

__all__ = ["plan_usage"]


def plan_usage(problem: Problem, plan: xr.Dataset) -> xr.Dataset:
    """`used` (resource, slot), as a rate for stores, and `level_fraction` (store, slot), 0 to 1.

    The level is that at the end of each slot, as a part of what the store can hold.
    """
    start_s = dict(zip(plan["activity"].values.tolist(), plan["start_s"].values, strict=True))
    duration_s = dict(zip(plan["activity"].values.tolist(), plan["duration_s"].values, strict=True))
    place = {resource.name: k for k, resource in enumerate(problem.resources)}
    used = np.zeros((len(place), problem.slots))
    for activity in problem.activities:
        if np.isfinite(start_s[activity.id]):
            first = round(float(start_s[activity.id]) / problem.step_s)
            end = first + round(float(duration_s[activity.id]) / problem.step_s)
            for name, amount in activity.needs.items():
                used[place[name], first:end] += amount
    packed = pack(problem)
    stores = {r.name: r for r in problem.resources if isinstance(r, Store)}
    level = np.zeros((len(stores), problem.slots))
    for k, name in enumerate(packed.store_names):
        scale = float(packed.stores[k]["capacity"]) / stores[name].capacity
        drawn = used[place[name]] * problem.step_s * scale
        fill_level(packed.stores[k], packed.inflow[k], drawn, level[k])
    return xr.Dataset(
        {
            "used": (("resource", "slot"), used, {"long_name": "held or drawn, in its own unit"}),
            "level_fraction": (
                ("store", "slot"), level, {"units": "1", "long_name": "level over capacity"},
            ),
        },
        coords={
            "resource": np.array(list(place), dtype=np.str_),
            "store": np.array(packed.store_names, dtype=np.str_),
        },
        attrs={"epoch_utc": problem.epoch_utc, "step_s": problem.step_s},
    )  # fmt: skip
