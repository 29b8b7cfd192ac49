"""What the simulator made of a plan's days: the log of its sessions, and of rules on board.

A session is one run: it begins with the first step in which it was served. Where it was not, it
rested by a rule, or power or its element was lacking.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from ilrs.operations.run_log import Event, Run, RunLog
from ilrs.programme.entities import Element, Experiment
from ilrs.station.autonomy import ModeChange, mode_changes
from ilrs.study.planned_run import plan_days, since_epoch_s

__all__ = ["planned_log"]


def planned_log(
    record: Mapping[str, Any],
    station: xr.Dataset,
    *,
    plan: xr.Dataset,
    elements: Sequence[Element],
    experiments: Sequence[Experiment],
) -> RunLog | None:
    """The log of a plan's record by the run that took it in; None where the two share no day.

    Seconds are those from the plan's epoch. `plan` is the run's plan of research.
    """
    begin_s = since_epoch_s(record["from_utc"], plan)
    step_s = float(plan.attrs["step_s"])
    edge_s = np.append(plan["t_s"].values, plan["t_s"].values[-1] + step_s)
    days = plan_days(record, plan)
    inside = (edge_s[:-1] >= next(iter(days))[0] - 1e-3) & (
        edge_s[1:] <= next(iter(days))[1] + 1e-3
    )
    if not inside.any() or "digest" not in record:
        return None
    edge_s = np.round(edge_s - begin_s, 3)  # as the plan's slots: rounding of TDB is no time
    until_s = float(edge_s[1:][inside][-1])
    changes = mode_changes(elements, station)
    events = [
        Event(
            at_s=float(edge_s[change.step]), kind="rule", of=change.rule,
            what=f"{change.element} from {change.before} to {change.after}",
        )
        for change in changes
        if inside[change.step]
    ]  # fmt: skip
    served = _served(station, plan)
    resting = _resting(elements, experiments, station, changes=changes)
    places = {str(id_): k for k, id_ in enumerate(station["experiment"].values)}
    runs = [
        run
        for row in record["requests"]
        if row["start_s"] is not None and row["kind"] in places and row["start_s"] < until_s
        for run in _run(row, served[places[row["kind"]]], resting[row["kind"]], edge_s=edge_s)
    ]
    return RunLog(
        plan=str(record["digest"]), epoch_utc=str(record["from_utc"]), until_s=until_s,
        runs=tuple(sorted(runs, key=lambda r: (r.start_s, r.activity))), events=tuple(events),
    )  # fmt: skip


def _served(station: xr.Dataset, plan: xr.Dataset) -> npt.NDArray[np.bool_]:
    """Whether each experiment was served in each step in which it was planned."""
    done = station["experiment_fraction"].values
    planned = plan["planned_fraction"].sel(experiment=station["experiment"])
    return done >= planned.transpose("experiment", "time").values - 1e-9


def _resting(
    elements: Sequence[Element],
    experiments: Sequence[Experiment],
    station: xr.Dataset,
    *,
    changes: Sequence[ModeChange],
) -> dict[str, npt.NDArray[np.object_]]:
    """By experiment and step, the rule by which it rests; empty where it does not."""
    found = {one.id: np.full(station.sizes["time"], "", dtype=object) for one in experiments}
    for element in elements:
        rules = np.full(station.sizes["time"], "", dtype=object)
        for change in changes:
            if change.element == element.id:
                rules[change.step :] = change.rule
        modes = station["mode"].sel(element=element.id).values.astype(int)
        for number, name in enumerate(element.mode_names[1:], start=1):
            sheds = element.modes[name].sheds
            for one in experiments:
                is_shed = sheds is not None and one.priority >= sheds and not one.sessions.mandatory
                if one.element == element.id or is_shed:
                    found[one.id][modes == number] = rules[modes == number]
    return found


def _run(
    row: Mapping[str, Any], served: npt.NDArray[np.bool_], resting: npt.NDArray[np.object_],
    *, edge_s: npt.NDArray[np.float64],
) -> Iterator[Run]:  # fmt: skip
    """What became of one session."""
    start_s, end_s = row["start_s"], row["start_s"] + row["duration_s"]
    parts = np.clip(np.minimum(edge_s[1:], end_s) - np.maximum(edge_s[:-1], start_s), 0.0, None)
    its = parts > 1e-3
    ran_s = float(parts[its & served].sum())
    lacks = its & ~served
    rules = [str(rule) for rule in resting[lacks] if rule]
    why = f"rule {rules[0]}" if rules else "power or its element was lacking"
    if ran_s == 0.0:
        yield Run(activity=row["id"], start_s=start_s, end_s=start_s, outcome="not started",
                  reason=why)  # fmt: skip
        return
    steps = np.flatnonzero(its & served)
    begin_s = max(start_s, float(edge_s[steps[0]]))
    last_s = min(end_s, float(edge_s[steps[-1] + 1]))
    whole = not lacks.any()
    enough = ran_s >= row["shortest_s"] - 1e-3
    yield Run(
        activity=row["id"], start_s=begin_s, end_s=last_s,
        outcome="done" if whole else "cut" if enough else "failed",
        reason="" if whole else why, held_s=max(last_s - begin_s - ran_s, 0.0),
    )  # fmt: skip
