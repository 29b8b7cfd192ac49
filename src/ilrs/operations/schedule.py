"""A plan of research: which experiment runs in which step, fair between partners.

Greedy and thin: steps in which all conditions of an experiment hold, power that is left there, and
in every turn the partner with the least granted share of what it wanted. Not here yet: a search for
better plans (CP-SAT), energy kept in stores, chains of experiments that wait for each other,
instruments or crew that only one can use, data buffers and contacts.
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import xarray as xr

from ilrs.foundation.errors import IlrsError
from ilrs.foundation.windows import Windows
from ilrs.operations.placing import MINIMUM_RUN, PLACED, place
from ilrs.programme.entities import Experiment

__all__ = ["schedule"]

FloatArray: TypeAlias = npt.NDArray[np.float64]
BoolArray: TypeAlias = npt.NDArray[np.bool_]

_HOUR_S = 3600.0


def _check(
    experiments: Sequence[Experiment], conditions: Mapping[str, Windows], *, power_w: FloatArray,
    steps: int,
) -> None:  # fmt: skip
    """Raises IlrsError unless the experiments can be scheduled with these conditions and power."""
    if power_w.shape != (steps,) or not np.isfinite(power_w).all():
        raise IlrsError(
            f"power_available_w has the shape {power_w.shape} and"
            f" {int((~np.isfinite(power_w)).sum())} values missing",
            f"it is one finite number for each of the {steps} steps",
            "Pass a forecast on the environment's time axis.",
        )
    seen: set[str] = set()
    for experiment in experiments:
        if experiment.id in seen:
            raise IlrsError(
                f"the experiment {experiment.id} is there twice",
                "each id names one experiment",
                "Pass each experiment once.",
            )
        seen.add(experiment.id)
        unknown = [name for name in experiment.conditions if name not in conditions]
        if unknown:
            raise IlrsError(
                f"{experiment.id} needs {' and '.join(unknown)}, for which no windows are known",
                f"there are windows for {', '.join(conditions) if conditions else 'nothing'}",
                "Compute the windows of that condition, or take it from the experiment.",
            )
        for name in ("wanted_s", "minimum_run_s", "power_w"):
            value = getattr(experiment, name)
            if not 0.0 <= value < np.inf:
                raise IlrsError(
                    f"{experiment.id}.{name} is {value:g}",
                    "it is 0 or more",
                    "Correct it in its file.",
                )


def _whole_cells(windows: Windows, edge_s: FloatArray) -> BoolArray:
    """Which cells lie wholly inside the windows; a thousandth of a second may be missing."""
    start, end = edge_s[:-1] + 1e-3, edge_s[1:] - 1e-3
    place_of = np.searchsorted(windows.start_s, start, side="right") - 1
    if not len(windows):
        return np.zeros(start.size, dtype=np.bool_)
    return np.asarray((place_of >= 0) & (end <= windows.end_s[np.maximum(place_of, 0)]))


def _usable(
    experiment: Experiment, conditions: Mapping[str, Windows], *, edge_s: FloatArray
) -> BoolArray:
    """Steps in which all conditions of the experiment hold from beginning to end."""
    windows = Windows([(edge_s[0], edge_s[-1])])
    for name in experiment.conditions:
        windows = windows & conditions[name]
    return _whole_cells(windows, edge_s)


def _long_enough(usable: BoolArray, run_steps: int) -> BoolArray:
    """The usable steps that stand in a row of at least `run_steps`."""
    rows = Windows.from_mask(np.arange(usable.size + 1), usable)
    return Windows(row for row in rows if row[1] - row[0] >= run_steps).mask(
        np.arange(usable.size) + 0.5
    )


def _why(
    experiment: Experiment, end: int, *, usable: BoolArray, planned: FloatArray, run_steps: int
) -> str:
    """What kept the rest of an experiment from being placed."""
    if end == PLACED:
        return "nothing"
    if end == MINIMUM_RUN:
        return "minimum run"
    idle = usable & (planned == 0.0)
    needs = " and ".join(experiment.conditions) or "a longer span"
    if not idle.any():
        return f"no window: needs {needs}"
    if not (_long_enough(usable, run_steps) & idle).any():
        return f"no window: needs {needs} for {experiment.minimum_run_s / _HOUR_S:g} h at a stretch"
    return "power"


def _ordered(experiments: Sequence[Experiment]) -> list[int]:
    return sorted(
        range(len(experiments)), key=lambda k: (experiments[k].priority, experiments[k].id)
    )


def _placed(
    experiments: Sequence[Experiment], usable: BoolArray, *, power_w: FloatArray, step_s: float
) -> tuple[FloatArray, list[str]]:
    """Planned fractions (experiment, step) and what blocked the rest, in the order given."""
    owners = sorted({experiment.owner for experiment in experiments})
    owner = np.array([owners.index(e.owner) for e in experiments], dtype=np.int64)
    wanted_s = np.array([e.wanted_s for e in experiments], dtype=np.float64)
    shortest = [np.ceil(e.minimum_run_s / step_s - 1e-9) for e in experiments]
    run_steps = np.maximum(np.array(shortest), 1).astype(np.int64)
    planned, end = np.zeros(usable.shape), np.zeros(len(experiments), dtype=np.int64)
    place(
        usable,
        np.array([e.power_w for e in experiments], dtype=np.float64),
        wanted_s,
        run_steps,
        owner,
        np.asarray(np.bincount(owner, wanted_s, len(owners)), dtype=np.float64),
        power_w.copy(),
        step_s,
        np.zeros(len(owners)),
        np.zeros(len(experiments)),
        np.zeros(len(experiments), dtype=np.int64),
        planned,
        end,
    )
    why = [
        _why(e, int(end[k]), usable=usable[k], planned=planned[k], run_steps=int(run_steps[k]))
        for k, e in enumerate(experiments)
    ]
    return planned, why


def _plan(
    experiments: Sequence[Experiment], planned: FloatArray, why: list[str], *, time: xr.Dataset
) -> xr.Dataset:
    def column(values: list[Any], units: str, text: str) -> Any:
        return ("experiment", np.array(values), {"units": units, "long_name": text})

    step_s = float(time.attrs["step_s"])
    data = {
        "planned_fraction": (
            ("experiment", "time"),
            planned,
            {"units": "1", "long_name": "part of the step in which the experiment is to run"},
        ),
        "wanted_s": column([e.wanted_s for e in experiments], "s", "time wanted"),
        "planned_s": column(list(planned.sum(axis=1) * step_s), "s", "time planned"),
        "priority": column([e.priority for e in experiments], "1", "priority; 0 is served first"),
        "blocked_by": (
            "experiment",
            np.array(why, dtype=np.str_),
            {"units": "1", "long_name": "why the rest was not placed"},
        ),
    }
    coords = {
        "time": time["time"].values,
        "t_s": ("time", time["t_s"].values, dict(time["t_s"].attrs)),
        "experiment": np.array([e.id for e in experiments], dtype=np.str_),
    }
    kept = {key: time.attrs[key] for key in ("site", "epoch_utc", "step_s") if key in time.attrs}
    return xr.Dataset(data, coords=coords, attrs=kept)


def schedule(
    experiments: Sequence[Experiment],
    *,
    conditions: Mapping[str, Windows],
    power_available_w: npt.ArrayLike,
    time: xr.Dataset,
) -> xr.Dataset:
    """The plan Dataset, laid out as docs/rooms.md says: which experiment runs in which step.

    `conditions` maps each condition to Windows in seconds from the run's epoch; a step counts where
    it lies wholly inside. `power_available_w` is what research may draw in each step of `time` (the
    environment); an experiment holds its whole power in every step it touches. No run is shorter
    than `minimum_run_s`, rounded up to steps; a run that is going on may be lengthened by less.
    Every turn belongs to the partner (`owner`) with the least granted share, then to its experiment
    of the lowest priority number, then to the first id: the same input gives the same plan.

    `blocked_by` is "nothing", "power", "minimum run" (what is left is shorter than one), or "no
    window: needs …". Raises IlrsError for a condition without windows and for power that is not on
    the axis of `time`.
    """
    t_s = np.asarray(time["t_s"].values, dtype=np.float64)
    step_s = float(time.attrs["step_s"])
    edge_s = np.append(t_s, t_s[-1] + step_s)
    power_w = np.asarray(power_available_w, dtype=np.float64)
    _check(experiments, conditions, power_w=power_w, steps=t_s.size)
    order = _ordered(experiments)
    ranked = [experiments[k] for k in order]
    usable = np.array([_usable(e, conditions, edge_s=edge_s) for e in ranked], dtype=np.bool_)
    planned, why = _placed(
        ranked, usable.reshape(len(ranked), t_s.size), power_w=power_w, step_s=step_s
    )
    back = np.argsort(np.array(order, dtype=np.int64))
    return _plan(experiments, planned[back], [why[k] for k in back], time=time)
