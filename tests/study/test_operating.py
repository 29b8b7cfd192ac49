"""A plan's folder lived through: faults by seed, what they take, the table, files for a replan."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from ilrs.cli import main
from ilrs.foundation.calendar import zones_of
from ilrs.foundation.errors import IlrsError
from ilrs.foundation.windows import Windows
from ilrs.operations.board import Board, BoardRule, Rest
from ilrs.operations.checker import checked
from ilrs.operations.problem import Capacity, Store
from ilrs.operations.run_log import read_log
from ilrs.programme.entities import Element, Experiment
from ilrs.programme.load import load, reference_folder
from ilrs.study.operating import World, drawn_faults, operation_of
from ilrs.study.planning_files import write_plan
from ilrs.study.planning_folder import read_plan
from tests.operations.planning_problems import STEP_S, activity, problem, robot
from tests.study.small_plan import small_planned

ALL = Windows([(0.0, 16 * STEP_S)])


def element(key: str, **fields: object) -> Element:
    return Element.model_validate({"id": key, "facility": "F2", "site": "RIDGE", **fields})


def experiment(key: str, at: str) -> Experiment:
    told = {"element": at, "fields": ["SF1"], "wanted": "100 h", "power": "10 W"}
    return Experiment.model_validate({"id": key, **told})


def planned():
    """X on a source of 30 W and energy that it makes, Y with a robot; a rule for X."""
    energy = Store(
        name="ENERGY", unit="W", inflow=np.full(16, 20.0), capacity=100.0 * STEP_S,
        initial=100.0 * STEP_S,
    )  # fmt: skip
    asked = problem(
        activity("X.01", 4, kind="X", needs={"ENERGY": 10.0, "X (instrument)": 1.0}),
        activity("Y.01", 4, kind="Y", partner="B"),
        resources=(
            robot(), energy, Capacity(name="X (instrument)", available=np.ones(16)),
            Store(name="DATA of SUN", unit="bit/s", inflow=np.r_[np.full(8, 5.0), np.full(8, -1.0)],
                  capacity=1e9, initial=1e9),
        ),
    )  # fmt: skip
    board = Board(
        rules=(
            BoardRule(id="SUN.rules[0]", element="SUN", to="rest", from_modes=("work",),
                      store="ENERGY", level_below=2.0),
        ),
        rests=(Rest(element="SUN", mode="rest", kinds=("X",)),), contact=ALL,
        passes_s=(8 * STEP_S,), makes_w={"SUN": (30.0,) * 16}, energy={"SUN": "ENERGY"},
    )  # fmt: skip
    return replace(small_planned(asked), board=board)


def test_faults_take_what_their_element_gives_and_carries() -> None:
    often = {"name": "trip", "rate": "3000 1/y", "effect": "power_cycle", "outage": "1 h"}
    half = {"name": "jam", "rate": "3000 1/y", "effect": "degraded", "left": "40 %"}
    experiments = [experiment("X", "SUN")]
    by_effect = {
        key: drawn_faults(
            [element("OTHER"), element("SUN", faults=[fault])], experiments, planned(), seed=1,
            times=10.0,
        )
        for key, fault in (("lost", often), ("degraded", half))
    }  # fmt: skip
    lost, degraded = by_effect["lost"][0], by_effect["degraded"][0]
    assert (lost.element, lost.what, degraded.what) == ("SUN", "trip", "jam")
    assert (lost.end_s - lost.start_s) / STEP_S == 4
    assert degraded.end_s == 16 * STEP_S
    assert {name: series.tolist() for name, series in lost.takes.items()} == {
        "ENERGY": [30.0] * 16, "X (instrument)": [1.0] * 16, "DATA of SUN": [5.0] * 8 + [0.0] * 8,
    }  # fmt: skip
    assert {name: series.round(9).tolist() for name, series in degraded.takes.items()} == {
        "ENERGY": [18.0] * 16, "DATA of SUN": [3.0] * 8 + [0.0] * 8,
    }  # fmt: skip
    same = drawn_faults(
        [element("SUN", faults=[often])], experiments, planned(), seed=1, times=10.0
    )
    assert [(f.start_s, f.end_s) for f in same] == [(f.start_s, f.end_s) for f in by_effect["lost"]]
    assert drawn_faults([element("SUN", faults=[often])], [], planned(), seed=1, times=0.0) == []


def test_a_plan_of_other_files_is_refused() -> None:
    with pytest.raises(IlrsError) as caught:
        operation_of(load([reference_folder()]).programme, planned(), world=World())
    assert str(caught.value) == (
        "the plan is one of Small, whose files read otherwise now; what can fail is taken from the"
        " files that the plan was made of. Name the same folders as for `ilrs plan`, or plan"
        " again."
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The plan in a folder, as one of the reference programme."""
    made, sha256 = planned(), load([reference_folder()]).programme.sha256
    of_reference = replace(made, provenance=replace(made.provenance, programme_sha256=sha256))
    write_plan(of_reference, tmp_path / "plan", zones=zones_of("UTC"))
    return tmp_path / "plan"


def told(*arguments: object) -> str:
    result = CliRunner().invoke(main, [str(a) for a in arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_a_plan_is_lived_through_and_its_log_can_be_replanned(folder: Path, tmp_path: Path) -> None:
    still = ("--spread", 0, "--failures", 0, "--faults", 0)
    one, two = tmp_path / "one", tmp_path / "two"
    table = told("operate", "--plan", folder, *still, "--lost-passes", 0, "--output", one)
    said = "\n".join(line.rstrip() for line in table.splitlines()) + "\n"
    assert (
        said
        == """\

 partner   planned   done   cut   failed   not begun   came   planned h   done h   lost h
 ────────────────────────────────────────────────────────────────────────────────────────
 A         1         0      0     0        1           0      1.0         0.0      0.0
 B         1         1      0     0        0           0      1.0         1.0      0.0

1 new plans in 1 passes, 0 of them lost; longest alone 2.0 h. 1 sessions moved, 0 came, 0 were \
given up.
No link was open for 0.0 h, at most 0.0 h on end: meanwhile 0 sessions began and 0 ended. Rules \
on board were followed 1 times, 0 of them then; sessions rested 0.0 h by them.
2036-01-01T00:00 rule SUN.rules[0]: SUN from work to rest
"""
    )
    told("operate", "--plan", folder, *still, "--lost-passes", 0, "--output", two)
    for name in ("as-run.csv", "passes.csv", "plan.nc", "plan.json"):
        assert (one / name).read_bytes() == (two / name).read_bytes()
    runs = {run.activity: run for run in read_log(one / "as-run.csv").runs}
    assert (runs["X.01"].outcome, runs["X.01"].reason) == ("not started", "rule SUN.rules[0]")
    assert (one / "passes.csv").read_text() == (
        "utc,lost,alone_h,moved,came,given_up\n2036-01-01T02:00:00Z,0,2.00,1,0,\n"
    )
    told("replan", "--plan", one, "--as-run", one / "as-run.csv", "--now", "2036-01-01T03:00:00Z",
         "--output", tmp_path / "after")  # fmt: skip
    checked(*read_plan(tmp_path / "after"))
    record = json.loads(
        told("operate", "--plan", folder, *still, "--lost-passes", 1, "--every", 1, "--json")
    )
    assert (record["passes"], record["lost_passes"], record["replans"]) == (3, 3, 0)
    assert record["longest_alone_h"] == 4.0
    assert [event["what"] for event in record["events"] if event["kind"] == "pass"] == ["lost"] * 3
