"""A plan of some days put into a run's plan of research: its sessions stand where it has them."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from ilrs.foundation.time import parse_utc, tdb_from_utc
from ilrs.foundation.windows import Windows
from ilrs.programme.entities import Experiment

__all__ = ["asked_besides", "plan_days", "since_epoch_s", "with_sessions"]

#: The condition of what is planned besides: a step outside the days of the sessions.
_OTHER_DAYS = "days without a plan of sessions"


def asked_besides(
    experiments: Sequence[Experiment], record: Mapping[str, Any], *, time: xr.Dataset
) -> tuple[list[Experiment], dict[str, Windows]]:
    """The experiments as they ask for the days that a plan's record leaves, and that condition.

    What the record grants is taken off what they want. `time` is any Dataset with the time axis.
    """
    edge_s = _edges_s(time)
    is_planned = plan_days(record, time).overlap_fraction(edge_s) >= 1.0
    besides = Windows.from_mask(edge_s, ~is_planned)
    asked = [
        one.model_copy(
            update={
                "conditions": (*one.conditions, _OTHER_DAYS),
                "wanted_s": max(one.wanted_s - _sessions(record, one.id, time).total_s, 0.0),
            }
        )
        for one in experiments
    ]
    return asked, {_OTHER_DAYS: besides}


def with_sessions(
    plan: xr.Dataset, record: Mapping[str, Any], *, experiments: Sequence[Experiment]
) -> xr.Dataset:
    """The plan Dataset of a run with the sessions of a plan's record in that plan's days.

    In each step that lies whole in those days an experiment runs for the part that its sessions
    cover; the steps before and after stay as they were. Experiments that the record does not know
    do not run in its days.
    """
    edge_s = _edges_s(plan)
    is_planned = plan_days(record, plan).overlap_fraction(edge_s) >= 1.0
    fraction = plan["planned_fraction"].transpose("experiment", "time").values.copy()
    for k, experiment in enumerate(experiments):
        covered = _sessions(record, experiment.id, plan).overlap_fraction(edge_s)
        fraction[k, is_planned] = covered[is_planned]
    planned_s = fraction.sum(axis=1) * float(plan.attrs["step_s"])
    wanted_s = np.array([experiment.wanted_s for experiment in experiments])
    return plan.assign(
        planned_fraction=plan["planned_fraction"].copy(data=fraction),
        planned_s=plan["planned_s"].copy(data=planned_s),
        wanted_s=plan["wanted_s"].copy(data=wanted_s),
    )


def _edges_s(time: xr.Dataset) -> np.ndarray:
    # Edges of steps and slots are those of one clock; rounding of TDB must not tear them.
    t_s = time["t_s"].values
    return np.round(np.append(t_s, t_s[-1] + float(time.attrs["step_s"])), 3)


def since_epoch_s(utc: str, time: xr.Dataset) -> float:
    """An instant (ISO 8601 UTC) from the epoch of a time axis. [s]"""
    then, epoch = (tdb_from_utc(parse_utc(text)) for text in (utc, str(time.attrs["epoch_utc"])))
    return round(float(then) - float(epoch), 3)


def plan_days(record: Mapping[str, Any], time: xr.Dataset) -> Windows:
    """The days of a plan's record, from the epoch of a time axis."""
    first_s, last_s = (since_epoch_s(record[key], time) for key in ("from_utc", "to_utc"))
    return Windows([(first_s, last_s)])


def _sessions(record: Mapping[str, Any], experiment: str, time: xr.Dataset) -> Windows:
    """The sessions of an experiment, from the time axis' epoch."""
    return Windows(
        (since_epoch_s(row["start_utc"], time), since_epoch_s(row["end_utc"], time))
        for row in record["requests"]
        if row["kind"] == experiment and row["start_utc"] is not None
    )
