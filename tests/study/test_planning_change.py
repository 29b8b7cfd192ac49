"""`ilrs plan change`: requests pinned, forbidden and added; what that moves is told."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ilrs.cli import main
from ilrs.foundation.calendar import zones_of
from ilrs.foundation.windows import Windows
from ilrs.operations.checker import checked
from ilrs.study.planning_files import write_plan
from ilrs.study.planning_folder import read_plan
from tests.operations.planning_problems import STEP_S, activity, problem
from tests.study.small_plan import small_planned

MORNING = Windows([(0.0, 8 * STEP_S)])
FILES = ["A.ics", "B.ics", "board.json", "observations.json", "open-mct.json", "plan.csv",
         "plan.json", "plan.nc", "plan.svg", "problem.json"]  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A plan of a robot's four hours: Y from 0:00 to 1:45, LATER from 2:00, no room for X."""
    asked = problem(
        activity("Y", 7, partner="B", kind="DUST", windows=MORNING, worth=9.0, power_w=10.0),
        activity("X", 4, kind="DUST", windows=MORNING),
        activity("LATER", 2, partner="B", windows=Windows([(8 * STEP_S, 16 * STEP_S)])),
        credits={"B": 1.0},
    )  # fmt: skip
    write_plan(small_planned(asked), tmp_path / "plan", zones=zones_of("UTC"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "plan"


def change(*words: str) -> Result:
    return CliRunner().invoke(main, ["plan", "change", "--plan", "plan", *words])


def starts_h(folder: str) -> dict[str, float]:
    asked, plan = read_plan(Path(folder))
    checked(asked, plan)
    rows = zip(plan["activity"].values.tolist(), plan["start_s"].values.tolist(), strict=True)
    return {name: start_s / 3600.0 for name, start_s in rows if start_s == start_s}


def refused(result: Result, message: str) -> None:
    assert (result.stderr, result.exit_code) == (message + "\n", 2)


def test_what_is_pinned_begins_then_and_what_gives_way_is_told(folder: Path) -> None:
    result = change("--pin", "X@2036-01-01T00:30:00Z", "--output", "after")
    assert result.exit_code == 0, result.output
    assert starts_h("after") == {"X": 0.5, "LATER": 2.0}
    assert result.stdout.endswith("""\
worth of the plan: 10 before, 2 now (-8)
given up: Y: no room
""")
    lines = [line.split() for line in result.stdout.splitlines()]
    assert ["A", "1", "0", "0", "+1.00", "+1", "0.00", "to", "30.77", "%"] in lines
    assert ["Y", "B", "fell", "2036-01-01T00:00", "-", "-9"] in lines


def test_all_files_of_a_plan_are_written_and_name_all_commands(folder: Path) -> None:
    change("--pin", "Y", "--output", "after")
    assert sorted(path.name for path in Path("after").iterdir()) == FILES
    made_by = json.loads(Path("after/plan.json").read_text())["provenance"]
    assert made_by["command"] == (
        "ilrs plan --seed 1; ilrs plan change --pin Y --rounds 400 --seed 1"
    )
    asked, plan = read_plan(Path("after"))
    assert asked.activity("Y").mandatory
    assert float(plan.attrs["bound"]) >= float(plan.attrs["worth"]) == 10.0
    again = change("--pin", "Y", "--output", "again")
    assert again.exit_code == 0
    for name in FILES:
        assert (Path("again") / name).read_bytes() == (Path("after") / name).read_bytes()


def test_what_is_forbidden_gives_its_room_away(folder: Path) -> None:
    result = change("--forbid", "Y", "--output", "after")
    assert starts_h("after") == {"X": 0.0, "LATER": 2.0}
    assert result.stdout.endswith("given up: Y: it is forbidden\n")
    part = change("--forbid", "LATER@2036-01-01T01:00:00Z/2036-01-01T03:00:00Z", "--output", "b")
    assert part.exit_code == 0
    assert starts_h("b") == {"Y": 0.0, "LATER": 3.0}


def test_what_is_added_is_like_a_request_or_its_own(folder: Path) -> None:
    Path("more.yaml").write_text(
        """\
activities:
  Y-AGAIN:
    like: Y
    end: 2036-01-01T02:00:00Z
    length: 15 min
  SERVICE:
    partner: A
    start: 2036-01-01T02:00:00Z
    length: 1 h
    needs: {ROBOT: 1}
    worth: 100
""",
        encoding="utf-8",
    )
    result = change("--add", "more.yaml", "--output", "after")
    assert result.exit_code == 0, result.output
    found = starts_h("after")
    # A quarter of an hour of Y is worth a seventh of it; X, worth 1, has no hour left still.
    assert {"Y", "Y-AGAIN", "SERVICE", "LATER"} == set(found)
    asked, _ = read_plan(Path("after"))
    again = asked.activity("Y-AGAIN")
    assert (again.partner, again.kind, again.duration_s, again.power_w) == ("B", "DUST", 900.0, 10)
    assert again.worth == pytest.approx(9.0 / 7.0)
    assert again.windows == MORNING
    record = json.loads(Path("after/plan.json").read_text())
    assert set(record["provenance"]["inputs_sha256"]) == {"more.yaml"}
    pinned = change("--add", "more.yaml", "--pin", "SERVICE@2036-01-01T03:00:00Z", "--output", "b")
    assert pinned.exit_code == 0, pinned.output
    assert starts_h("b")["SERVICE"] == 3.0


def test_what_is_added_and_has_no_room_is_named(folder: Path) -> None:
    text = "activities: {X-AGAIN: {like: X, needs: {ROBOT: 2}}}"
    Path("more.yaml").write_text(text, encoding="utf-8")
    assert change("--add", "more.yaml").stdout.endswith(
        "given up: X-AGAIN: X-AGAIN needs 2 of ROBOT; there are never more than 1. Need less of it,"
        " or land more.\n"
    )


@pytest.mark.parametrize(
    "words, message",
    [
        ([], "a change without anything to change; requests are pinned, forbidden and added. Give"
         " --pin, --forbid or --add."),
        (["--pin", "LATE"], "there is no request 'LATE' in the plan; it has 3, which plan.csv"
         " lists. Did you mean 'LATER'?"),
        (["--pin", "X"], "X is to be pinned where it is, and has no place; what has no place is"
         " pinned at an instant in one of its windows. Write --pin X@INSTANT."),
        (["--pin", "X@2036-01-01T00:10:00Z"], "X is to begin at 2036-01-01T00:10:00Z; slots begin"
         " at 2036-01-01T00:00:00Z and each 15 min later. Pin it at 2036-01-01T00:00:00Z."),
        (["--pin", "X@2036-01-01T01:30:00Z"], "X is to run from 2036-01-01T01:30:00Z for 1 h;"
         " windows long enough near there: 2036-01-01T00:00:00Z to 2036-01-01T02:00:00Z. Pin it"
         " inside one of them."),
        (["--pin", "X@noon"], "'noon' is not a UTC date; ISO 8601 in UTC is read, such as"
         " 2035-01-01 or 2035-01-01T06:00:00Z. Write the date so, without another time zone."),
        (["--forbid", "Y@2036-01-02/2036-01-01"], "--forbid Y@2036-01-02/2036-01-01; it is REQUEST,"
         " or REQUEST@FROM/TO with two instants in UTC, the later one last. Write it so, such as"
         " Y@2036-01-05/2036-01-07."),
    ],
)  # fmt: skip
def test_a_change_that_cannot_be_is_named(folder: Path, words: list[str], message: str) -> None:
    refused(change(*words, "--output", "after"), message)
    assert not Path("after").exists()


@pytest.mark.parametrize(
    "text, message",
    [
        ("activities: {X: {like: Y}}", "X is to be added, and the plan has a request of that name;"
         " each request has its own name. Choose another name."),
        ("activities: {Z: {like: U}}", "there is no request 'U' in the plan; it has 3, which"
         " plan.csv lists. Name one of them."),
        ("activities: {Z: {partner: A}}", "Z is to be added without partner or length; they are its"
         " own, or those of the request that it is like. Write `partner:` and `length:`, or `like:"
         " REQUEST`."),
        ("activities: {Z: {partner: C, length: 1 h}}", "Z belongs to C, which has no entitlement; a"
         " partner with activities has a positive one. Give it a share first."),
    ],
)  # fmt: skip
def test_an_activity_that_cannot_be_added_is_named(folder: Path, text: str, message: str) -> None:
    Path("more.yaml").write_text(text, encoding="utf-8")
    refused(change("--add", "more.yaml"), message)


def test_a_folder_without_a_record_makes_no_files(folder: Path) -> None:
    (folder / "plan.json").write_text("{}", encoding="utf-8")
    result = change("--forbid", "Y", "--output", "after")
    assert result.exit_code == 2
    assert result.stderr == (
        "plan/plan.json does not tell of the plan beside it; `ilrs plan --output FOLDER` writes"
        " FOLDER/plan.json, from which the files of the next plan are made. Plan again, or leave"
        " --output out.\n"
    )
    assert change("--forbid", "Y").exit_code == 0
