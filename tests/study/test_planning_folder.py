"""A plan in a folder: read again as it was, asked why, compared, rehearsed and replanned."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from ilrs.cli import main
from ilrs.foundation.calendar import zones_of
from ilrs.foundation.errors import IlrsError
from ilrs.foundation.windows import Windows
from ilrs.operations.checker import checked
from ilrs.operations.run_log import plan_digest, read_log
from ilrs.study.planning_files import write_plan
from ilrs.study.planning_folder import outage_of, read_plan, read_planned
from tests.operations.planning_problems import STEP_S, activity, first_plan, problem
from tests.study.small_plan import small_planned

MORNING = Windows([(0.0, 8 * STEP_S)])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    asked = problem(
        activity("Y", 7, partner="B", windows=MORNING, worth=9.0),
        activity("X", 4, windows=MORNING),
        activity("LATER", 2, partner="B", windows=Windows([(8 * STEP_S, 16 * STEP_S)])),
        credits={"B": 1.0}, saturation={"dust": 40.0},
    )  # fmt: skip
    write_plan(small_planned(asked), tmp_path / "plan", zones=zones_of("UTC"))
    return tmp_path / "plan"


def told(*arguments: object) -> str:
    result = CliRunner().invoke(main, [str(a) for a in arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_a_plan_is_read_as_it_was_written(folder: Path, tmp_path: Path) -> None:
    asked, plan = read_plan(folder)
    checked(asked, plan)
    write_plan(read_planned(folder), tmp_path / "again", zones=zones_of("UTC"))
    names = sorted(path.name for path in folder.iterdir())
    assert names == ["A.ics", "B.ics", "board.json", "observations.json", "open-mct.json",
                     "plan.csv", "plan.json", "plan.nc", "plan.svg", "problem.json"]  # fmt: skip
    for name in names:
        assert (tmp_path / "again" / name).read_bytes() == (folder / name).read_bytes()
    assert plan_digest(plan) == plan_digest(first_plan(asked))


def test_a_request_is_asked_why(folder: Path) -> None:
    assert (
        told("plan", "why", "X", "--plan", folder)
        == """\
X (A, 1 h, worth 1) is not placed: from day 1 00:00 to day 1 01:00, where least is lacking, 1 of \
ROBOT are asked for and 0 are left
  ROBOT is held by Y (B) from day 1 00:00 to day 1 01:45: 1
What would place it, the cheapest first:
  a window longer by 1.5 h, from day 1 02:30 to day 1 03:30
  another 1 of ROBOT from day 1 00:00 to day 1 01:00
  shorten it to 0.25 h (it is then worth 0.25)
  give up Y (B, worth 9)
"""
    )


def test_a_plan_is_rehearsed_and_replanned(folder: Path, tmp_path: Path) -> None:
    log, after = tmp_path / "log.csv", tmp_path / "after"
    said = told("plan", "rehearse", "--plan", folder, "--until", "2036-01-01T01:00:00Z",
                "--spread", 0, "--output", log)  # fmt: skip
    assert said == "1 running\n"
    assert [run.activity for run in read_log(log).runs] == ["Y"]
    said = told("replan", "--plan", folder, "--as-run", log, "--committed", 0, "--output", after,
                "--lost", "ROBOT,2036-01-01T02:00:00Z,2036-01-01T03:00:00Z")  # fmt: skip
    asked, plan = read_plan(after)
    checked(asked, plan)
    assert float(plan["start_s"].sel(activity="Y")) == 0.0
    assert float(plan["start_s"].sel(activity="LATER")) == 3 * 3600.0
    assert "LATER      B         moved   2036-01-01T02:00   2036-01-01T03:00   +0" in said
    assert "LATER" in told("plan", "diff", folder, after)


def test_a_folder_without_a_plan_is_named(tmp_path: Path) -> None:
    with pytest.raises(IlrsError) as caught:
        read_plan(tmp_path)
    assert str(caught.value) == (
        f"{tmp_path} holds no plan; `ilrs plan --output FOLDER` writes FOLDER/plan.nc and"
        " FOLDER/problem.json. Name that folder."
    )


def test_a_file_that_is_no_problem_is_named(folder: Path) -> None:
    (folder / "problem.json").write_text('{"activities": 3}')
    with pytest.raises(IlrsError) as caught:
        read_plan(folder)
    assert str(caught.value) == (
        f"{folder / 'problem.json'} is no planning problem; `ilrs plan --output FOLDER` writes"
        " FOLDER/problem.json. Name that folder."
    )


@pytest.mark.parametrize("text", ["ROBOT", "ROBOT,2036-01-05,2036-01-07,2", "R,a,b,c"])
def test_an_outage_that_is_none_is_named(folder: Path, text: str) -> None:
    asked, _ = read_plan(folder)
    with pytest.raises(IlrsError) as caught:
        outage_of(asked, text)
    assert str(caught.value) == (
        f"an outage {text!r}; it is RESOURCE,FROM,TO or RESOURCE,FROM,TO,PART, with instants in UTC"
        " and the part from 0 to 1 that is left. Write it so, such as ROBOT,2036-01-05,2036-01-07."
    )


def test_an_outage_tells_how_much_is_left(folder: Path) -> None:
    asked, _ = read_plan(folder)
    found = outage_of(asked, "ROBOT, 2036-01-01T01:00:00Z, 2036-01-02, 0.5")
    assert (found.resource, found.part) == ("ROBOT", 0.5)
    assert (found.start_s, found.end_s) == (3600.0, 86400.0)
