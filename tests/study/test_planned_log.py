"""The log of a plan by the simulator: hand-solved hours of a grid that saves by a rule."""

from typing import Any

import numpy as np

from ilrs.operations.run_log import Event, Run
from ilrs.programme.entities import Element, Experiment
from ilrs.station.autonomy import mode_changes
from ilrs.station.simulate import simulate
from ilrs.study.planned_log import planned_log
from ilrs.study.planned_run import with_sessions
from tests.station.conftest import synthetic_environment

HOUR_S = 3600.0
BEGIN = "2035-01-01T02:00:00Z"  # of the plan, two hours after the run's


def session(name: str, start_h: float, hours: float, *, shortest_h: float) -> dict[str, Any]:
    """A session of a plan's record, in hours from the plan's begin."""
    edges = [np.datetime64("2035-01-01T02:00") + np.timedelta64(round(60 * h), "m")
             for h in (start_h, start_h + hours)]  # fmt: skip
    return {
        "id": name, "kind": name.split(".")[0], "start_s": start_h * HOUR_S,
        "duration_s": hours * HOUR_S, "shortest_s": shortest_h * HOUR_S,
        "start_utc": f"{edges[0]}:00Z", "end_utc": f"{edges[1]}:00Z",
    }  # fmt: skip


RECORD: dict[str, Any] = {
    "from_utc": BEGIN, "to_utc": "2035-01-01T10:00:00Z", "digest": "0123456789abcdef",
    "requests": [
        session("FIRST.01", 1.0, 6.0, shortest_h=6.0),
        session("LATER.01", 0.0, 5.0, shortest_h=2.0),
        session("LATER.02", 5.5, 0.5, shortest_h=0.5),
        session("LATER.03", 6.5, 1.0, shortest_h=1.0),
        {**session("LATER.04", 0.0, 1.0, shortest_h=1.0), "start_s": None, "start_utc": None},
    ],
}  # fmt: skip


def element(key: str, **fields: object) -> Element:
    return Element.model_validate({"id": key, "facility": "F2", "site": "RIDGE", **fields})


def experiment(key: str, priority: int) -> Experiment:
    told = {"element": "LAB", "fields": ["SF1"], "wanted": "100 h", "power": "10 W"}
    return Experiment.model_validate({"id": key, "priority": priority, **told})


def test_sessions_that_a_rule_let_rest_are_told_with_the_rule() -> None:
    # The Sun is low in the run's hours 5 to 8: the plan's hours 3 to 6.
    around = synthetic_environment(14)
    around["sun_elevation_deg"][:] = np.where((np.arange(14) >= 5) & (np.arange(14) < 9), 1.0, 9.0)
    rules = [
        {"to": "saving", "from": ["work"], "sun_elevation_below": "2 deg"},
        {"to": "work", "from": ["saving"], "sun_elevation_above": "5 deg"},
    ]
    elements = [
        element("GRID", modes={"saving": {"power": "0 W", "sheds": 4}}, rules=rules,
                generator={"kind": "fission", "power": "100 W"}),
        element("LAB"),
    ]  # fmt: skip
    research = [experiment("FIRST", 3), experiment("LATER", 4)]
    empty = {
        "planned_fraction": (("experiment", "time"), np.zeros((2, 14))),
        "planned_s": ("experiment", np.zeros(2)), "wanted_s": ("experiment", np.zeros(2)),
    }  # fmt: skip
    axis = around[["t_s"]].drop_vars("mast_height_m", errors="ignore")
    plan = axis.assign(empty).assign_coords(experiment=["FIRST", "LATER"])
    plan = with_sessions(plan.assign_attrs(around.attrs), RECORD, experiments=research)
    station = simulate(elements, research, environment=around, plan=plan)
    assert [(c.step, c.before, c.after, c.rule) for c in mode_changes(elements, station)] == [
        (5, "work", "saving", "GRID.rules[0]"), (9, "saving", "work", "GRID.rules[1]"),
    ]  # fmt: skip
    log = planned_log(RECORD, station, plan=plan, elements=elements, experiments=research)
    assert log is not None
    assert (log.plan, log.epoch_utc, log.until_s / HOUR_S) == (RECORD["digest"], BEGIN, 8.0)
    rule = "rule GRID.rules[0]"
    assert log.runs == (
        Run(activity="LATER.01", start_s=0.0, end_s=3 * HOUR_S, outcome="cut", reason=rule),
        Run(activity="FIRST.01", start_s=HOUR_S, end_s=7 * HOUR_S, outcome="done"),
        Run(activity="LATER.02", start_s=5.5 * HOUR_S, end_s=5.5 * HOUR_S,
            outcome="not started", reason=rule),
        Run(activity="LATER.03", start_s=7 * HOUR_S, end_s=7.5 * HOUR_S, outcome="failed",
            reason=rule),
    )  # fmt: skip
    assert log.events == (
        Event(at_s=3 * HOUR_S, kind="rule", of="GRID.rules[0]", what="GRID from work to saving"),
        Event(at_s=7 * HOUR_S, kind="rule", of="GRID.rules[1]", what="GRID from saving to work"),
    )


def test_a_plan_of_other_days_has_no_log() -> None:
    around = synthetic_environment(6)
    elements = [element("LAB", generator={"kind": "fission", "power": "100 W"})]
    plan = around[["t_s"]].assign(
        planned_fraction=(("experiment", "time"), np.zeros((0, 6)))
    ).assign_coords(experiment=np.array([], dtype=np.str_))  # fmt: skip
    station = simulate(elements, (), environment=around, plan=plan)
    record = {**RECORD, "from_utc": "2036-01-01T00:00:00Z", "to_utc": "2036-01-02T00:00:00Z"}
    options = {"plan": plan, "elements": elements, "experiments": ()}
    assert planned_log(record, station, **options) is None
