"""Replanning after what happened: what is past, runs or is committed stays; the rest is solved."""

from dataclasses import replace

import numpy as np
import pytest

from ilrs.foundation.errors import IlrsError
from ilrs.foundation.windows import Windows
from ilrs.operations.checker import checked
from ilrs.operations.execution import execute, random_truth
from ilrs.operations.executive import Truth
from ilrs.operations.problem import After, Capacity, Store
from ilrs.operations.replanning import Outage, replan
from ilrs.operations.run_log import Event, Run, RunLog, plan_digest, read_log, write_log
from tests.operations.planning_problems import STEP_S, activity, first_plan, problem


def slots(plan):
    """(start, length) in slots of what is placed."""
    start, length = plan["start_s"].values / STEP_S, plan["duration_s"].values / STEP_S
    return {
        str(n): (round(a), round(b))
        for n, a, b in zip(plan["activity"].values, start, length, strict=True)
        if np.isfinite(a)
    }


def log_of(plan, *runs, until=4):
    """A log of (activity, start, end, outcome) in slots; an end of None: it still runs."""
    return RunLog(
        plan=plan_digest(plan), epoch_utc="2036-01-01T00:00:00Z", until_s=until * STEP_S,
        runs=tuple(
            Run(activity=name, start_s=start * STEP_S,
                end_s=float("nan") if end is None else end * STEP_S, outcome=outcome)
            for name, start, end, outcome in runs
        ),
    )  # fmt: skip


def replanned(asked, plan, log, **options):
    """What replan gives, its plan replayed by the checker."""
    made = replan(asked, plan, log, **options)
    checked(made.problem, made.plan)
    return made


def test_an_early_finish_gives_its_time_back():
    asked = problem(activity("X", 12, worth=2.0), activity("Z", 6))
    plan = first_plan(asked)
    assert slots(plan) == {"X": (0, 12)}  # 18 slots are wanted, and 16 are there
    log = log_of(plan, ("X", 0, 9.4, "done"), until=10)
    made = replanned(asked, plan, log, now_s=log.until_s)
    assert slots(made.plan) == {"X": (0, 10), "Z": (10, 6)}
    assert made.plan.attrs["worth"] == pytest.approx(3.0)


def test_what_is_committed_stays_where_a_robot_is_lost_and_the_rest_moves():
    asked = problem(
        activity("A", 4), activity("B", 4), activity("C", 4),
        resources=(Capacity(name="ROBOT", available=np.full(16, 1.0)),),
    )  # fmt: skip
    plan = first_plan(asked)
    names = sorted(slots(plan), key=lambda name: slots(plan)[name])
    lost = Outage(resource="ROBOT", start_s=8 * STEP_S, end_s=10 * STEP_S)
    made = replanned(
        asked, plan, log_of(plan, (names[0], 0, None, "running"), until=1), now_s=STEP_S,
        outages=[lost], committed_s=4 * STEP_S,
    )  # fmt: skip
    after = slots(made.plan)
    assert after[names[0]] == (0, 4) and after[names[1]] == (4, 4)
    assert after[names[2]] == (10, 4)
    assert made.fallen == {}


def test_what_an_outage_leaves_no_room_falls_and_says_so():
    asked = problem(activity("A", 12))
    plan = first_plan(asked)
    lost = Outage(resource="ROBOT", start_s=8 * STEP_S, end_s=10 * STEP_S)
    made = replanned(asked, plan, log_of(plan, until=0), now_s=0.0, outages=[lost])
    assert made.fallen == {"A": "no room is left by the outage of ROBOT"}
    assert str(made.plan["blocked_by"].values[0]) == made.fallen["A"]


def test_what_was_committed_and_lost_its_time_is_told():
    asked = problem(activity("A", 4))
    plan = first_plan(asked)
    lost = Outage(resource="ROBOT", start_s=0.0, end_s=6 * STEP_S)
    made = replanned(asked, plan, log_of(plan, until=0), now_s=0.0, outages=[lost], committed=["A"])
    assert made.fallen == {
        "A": "no room is left by the outage of ROBOT at its time; it begins 1.5 h later"
    }


def test_what_comes_after_a_failure_is_not_placed():
    first = activity("FIRST", 2, needs={})
    then = activity("THEN", 2, needs={}, after=(After(activity="FIRST"),))
    asked = problem(first, then)
    plan = first_plan(asked)
    made = replanned(asked, plan, log_of(plan, ("FIRST", 0, 1, "failed"), until=1), now_s=STEP_S)
    assert slots(made.plan) == {"FIRST": (0, 1)}
    assert made.plan.attrs["worth"] == 0.0
    assert dict(made.fallen) == {"THEN": "it comes after FIRST, which failed"}


def test_what_did_not_start_gets_another_place():
    asked = problem(activity("X", 4))
    plan = first_plan(asked)
    made = replanned(
        asked, plan, log_of(plan, ("X", 0, 0, "not started"), until=3), now_s=3 * STEP_S
    )
    assert slots(made.plan) == {"X": (3, 4)}


def test_a_measured_level_takes_the_place_of_the_forecast():
    store = Store(
        name="ENERGY", unit="W", inflow=np.zeros(16), capacity=1000.0 * STEP_S,
        initial=800.0 * STEP_S, least=100.0 * STEP_S, keeps=0.99, draw_efficiency=0.9,
    )  # fmt: skip
    late = Windows([(8 * STEP_S, 16 * STEP_S)])
    asked = problem(activity("X", 4, needs={"ENERGY": 100.0}, windows=late), resources=(store,))
    plan = first_plan(asked)
    assert slots(plan) == {"X": (8, 4)}
    for level, there in ((600.0, True), (300.0, False), (50.0, False)):
        made = replanned(
            asked, plan, log_of(plan, until=4), now_s=4 * STEP_S, levels={"ENERGY": level * STEP_S}
        )
        assert bool(slots(made.plan)) is there


def test_a_log_of_another_plan_is_refused():
    asked = problem(activity("X"))
    plan = first_plan(asked)
    log = replace(log_of(plan), plan="0123456789abcdef")
    with pytest.raises(IlrsError) as caught:
        replan(asked, plan, log, now_s=0.0)
    assert str(caught.value) == (
        f"the log is one of plan 0123456789abcdef, and this is plan {plan_digest(plan)}; a log"
        " tells what became of the plan that it names. Pass the plan that was carried out, or the"
        " log of this one."
    )


def test_a_log_with_an_unknown_activity_is_refused():
    asked = problem(activity("SURVEY"))
    plan = first_plan(asked)
    with pytest.raises(IlrsError) as caught:
        replan(asked, plan, log_of(plan, ("SURVY", 0, 1, "done")), now_s=0.0)
    assert str(caught.value) == (
        "the log tells of SURVY, which is no activity of the plan; the plan's problem has 1"
        " activities. Did you mean 'SURVEY'?"
    )


def test_an_outage_of_no_resource_is_refused():
    asked = problem(activity("X"))
    plan = first_plan(asked)
    with pytest.raises(IlrsError) as caught:
        replan(asked, plan, log_of(plan), now_s=0.0,
               outages=[Outage(resource="ROBOTS", start_s=0.0, end_s=1.0)])  # fmt: skip
    assert str(caught.value) == (
        "an outage of ROBOTS, which is no resource of the plan; there are ROBOT. Did you mean"
        " 'ROBOT'?"
    )


@pytest.mark.parametrize("name", ["log.csv", "log.json"])
def test_a_log_is_read_as_it_was_written(tmp_path, name):
    asked = problem(activity("X"), activity("Y"), activity("Z"))
    plan = first_plan(asked)
    log = execute(asked, plan, random_truth(asked, seed=4, spread=0.3), until_s=6 * STEP_S).log
    assert {run.outcome for run in log.runs} >= {"running"}
    write_log(log, tmp_path / name)
    again = read_log(tmp_path / name)
    assert repr(again) == repr(log)
    rule = Event(at_s=900.0, kind="rule", of="GRID.rules[0]", what="GRID from work to saving")
    for runs in (log.runs, ()):
        beside = replace(log, runs=runs, events=(rule,))
        write_log(beside, tmp_path / name)
        assert repr(read_log(tmp_path / name)) == repr(beside)
    empty = replace(log, runs=())
    write_log(empty, tmp_path / name)
    assert read_log(tmp_path / name) == empty


def test_a_file_that_is_no_log_is_named(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("activity,start\nX,1\n")
    with pytest.raises(IlrsError) as caught:
        read_log(path)
    assert str(caught.value) == (
        "log.csv is no log of runs (outcome is missing); a log holds the columns plan, epoch_utc,"
        " until_s, activity, start_s, end_s, outcome, reason, held_s, or the same as JSON with"
        " `runs`. Write it with these, times in seconds from the plan's epoch."
    )
    path.write_text("plan,epoch_utc,until_s,activity,start_s,end_s,outcome\np,e,0,X,1,2,gone\n")
    with pytest.raises(IlrsError) as caught:
        read_log(path)
    assert str(caught.value) == (
        "log.csv says of X that it is 'gone'; a run is done, cut, failed, not started or running."
        " Did you mean 'done'?"
    )


def test_plans_go_on_from_random_truths_and_keep_everything():
    rng = np.random.default_rng(5)
    wanted = [
        activity(f"W{k}", int(rng.integers(1, 5)), partner="AB"[k % 2], worth=float(rng.random()),
                 shortest_s=STEP_S)
        for k in range(12)
    ]  # fmt: skip
    asked = problem(*wanted)
    plan = first_plan(asked)
    for seed in range(12):
        log = execute(asked, plan, random_truth(asked, seed=seed, spread=0.4, failures=0.3),
                      until_s=7 * STEP_S).log  # fmt: skip
        made = replanned(asked, plan, log, now_s=log.until_s, committed_s=2 * STEP_S, rounds=50)
        before, after = slots(plan), slots(made.plan)
        near = [n for n, (start, _) in before.items() if 7 <= start < 9]
        assert all(after[name] == before[name] for name in near)


def test_the_same_truth_gives_the_same_log():
    asked = problem(activity("X"), activity("Y"))
    plan = first_plan(asked)
    one, two = (execute(asked, plan, random_truth(asked, seed=3)) for _ in range(2))
    assert one.log == two.log and one.level.identical(two.level)
    assert execute(asked, plan, Truth()).log.runs[0].outcome == "done"
