"""What cannot be planned, from the command line: named, what would mend it, the rest planned."""

import csv
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ilrs.cli import main
from ilrs.foundation.calendar import zones_of
from ilrs.foundation.windows import Windows
from ilrs.study.planning_files import write_plan
from tests.operations.planning_problems import STEP_S, activity, problem
from tests.study.small_plan import small_planned

EXPERIMENT = """\
  {name}:
    element: RETROREFLECTOR
    fields: [S3]
    wanted: {hours} h
    minimum_run: {hours} h
    power: 1 W
    sessions: {{{sessions}}}
"""
#: By experiment: hours, and what its sessions say.
BAD = {
    "TOO-LONG": (100, "count: 1"),
    "AFTER-TOO-LONG": (2, "count: 1, follows: [{experiment: TOO-LONG}]"),
    "TOO-LATE": (2, "count: 1, follows: [{experiment: PARTICLES, least: 60 h}]"),
    "ROBOT-WORK": (2, "count: 1, holds: [OPERATION-ROBOT]"),
}
SCENARIO = """\
name: Bad requests
scenarios:
  bad: {site: CONNECTING-RIDGE, start: 2036-03-01, end: 2036-03-31, step: 1 h, seed: 1,
        without: [HK, ZA]}
"""


def ilrs(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def programme(folder: Path, experiments: dict[str, tuple[int, str]], *, more: str = "") -> Path:
    """A programme of Italian experiments to be laid over the reference."""
    texts = [
        EXPERIMENT.format(name=name, hours=hours, sessions=sessions)
        for name, (hours, sessions) in experiments.items()
    ]
    own = folder / "bad" / "partners" / "IT"
    own.mkdir(parents=True)
    (own / "more.yaml").write_text("experiments:\n" + "".join(texts), encoding="utf-8")
    (folder / "bad" / "programme.yaml").write_text(SCENARIO + more, encoding="utf-8")
    return folder / "bad"


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """What the command said of a plan with all that is bad, and the folder that it wrote."""
    folder = tmp_path_factory.mktemp("bad")
    result = ilrs("plan", programme(folder, BAD), "--over", "reference", "--scenario", "bad",
                  "--days", 2, "--rounds", 0, "--output", folder / "plan")  # fmt: skip
    assert result.exit_code == 0, result.output
    return result.stdout, folder / "plan"


@pytest.mark.parametrize(
    "request_id, why",
    [
        ("TOO-LONG.01", "TOO-LONG.01 lasts 100 h at least; its longest window is 48 h. Shorten it,"
         " split it, or drop one of its conditions."),
        ("AFTER-TOO-LONG.01", "AFTER-TOO-LONG.01 comes after TOO-LONG.01, which cannot be placed;"
         " TOO-LONG.01 lasts 100 h at least; its longest window is 48 h. Shorten it, split it, or"
         " drop one of its conditions."),
        ("TOO-LATE.01", "TOO-LATE.01 comes after PARTICLES.01; its windows let it begin from 0 h to"
         " 46 h and PARTICLES.01 lets it from 66 h on of the plan. Change the lag, or the windows"
         " of one of them."),
        ("ROBOT-WORK.01", "ROBOT-WORK.01 needs OPERATION-ROBOT; the station has no OPERATION-ROBOT"
         " then. Name what stands there; replace what was withdrawn, or give its work up."),
    ],
)  # fmt: skip
def test_what_can_never_be_placed_is_named_with_what_would_mend_it(
    planned: tuple[str, Path], request_id: str, why: str
) -> None:
    said, folder = planned
    record = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
    row = next(row for row in record["requests"] if row["id"] == request_id)
    assert (row["start_utc"], row["blocked_by"]) == (None, why)
    mend = why.rpartition("; ")[2].partition(". ")[2] or why.partition(". ")[2]
    kind = request_id.partition(".")[0]
    told = [line for line in said.splitlines() if line.strip().startswith(f"{kind} ")]
    assert len(told) == 1 and mend.split()[0] in told[0]


def test_the_rest_is_planned_and_what_is_gone_is_told(planned: tuple[str, Path]) -> None:
    said, folder = planned
    with (folder / "plan.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    partners = {row["partner"] for row in rows if row["start_utc"]}
    assert {"CN", "RU", "EG", "TH", "PK"} <= partners
    assert "note: RADIO-SKY of ZA is not planned: ZA has withdrawn." in said.splitlines()
    # The scenario begins here: before, the relay of the reference cannot have flown unheld.
    assert (
        "note: QUEQIAO-CONST cannot have flown unheld for the month before 2036-03-01, in which the"
        " station settles: there its orbit is taken for held."
    ) in said.splitlines()


@pytest.mark.parametrize(
    "experiments, more, message",
    [
        ({"ONE": (2, "follows: [{experiment: TWO}]"), "TWO": (2, "follows: [{experiment: ONE}]")},
         "", "bad/partners/IT/more.yaml:8: experiments.ONE.sessions.follows: a cycle: ONE follows"
         " TWO follows ONE; what is followed runs first. Remove one of these links."),
        ({}, "entitlements: {CN: {share: 0}, RU: {share: 0}}\n", "bad/programme.yaml:5:"
         " entitlements.CN.share: entitlements that sum to 0; they are 0 or more and not all 0;"
         " only their ratios count. Give each partner a share."),
        ({"LOST": (2, "holds: [NO-ROBOT]")}, "", "bad/partners/IT/more.yaml:8:"
         " experiments.LOST.sessions.holds[0]: found 'NO-ROBOT'"),
    ],
)  # fmt: skip
def test_files_that_cannot_be_planned_are_named_at_their_line(
    tmp_path: Path, experiments: dict[str, tuple[int, str]], more: str, message: str
) -> None:
    result = ilrs("plan", programme(tmp_path, experiments, more=more), "--over", "reference")
    assert result.exit_code == 2
    assert message in result.stderr


def test_a_cycle_that_is_added_to_a_plan_is_named_and_the_rest_stays(tmp_path: Path) -> None:
    asked = problem(activity("X", 4, kind="DUST"))
    write_plan(small_planned(asked), tmp_path / "plan", zones=zones_of("UTC"))
    text = (
        "activities: {A: {like: X, follows: [{request: B}]}, B: {like: X, follows: [{request: A}]}}"
    )
    (tmp_path / "more.yaml").write_text(text, encoding="utf-8")
    result = ilrs("plan", "change", "--plan", tmp_path / "plan", "--add", tmp_path / "more.yaml")
    assert result.exit_code == 0
    why = (
        "A needs B needs A, with lags that go round in a circle; activities that need each other"
        " run at lags that some times satisfy, such as 0 from the start. Take one of the links"
        " away, or give a lag from the start."
    )
    assert result.stdout.splitlines()[-2:] == [f"given up: A: {why}", f"given up: B: {why}"]


def test_a_log_of_another_plan_is_named(tmp_path: Path) -> None:
    for name, slots in (("one", 4), ("two", 3)):
        asked = problem(activity("X", slots, kind="DUST", windows=Windows([(0.0, 8 * STEP_S)])))
        write_plan(small_planned(asked), tmp_path / name, zones=zones_of("UTC"))
    log = tmp_path / "log.csv"
    assert ilrs("plan", "rehearse", "--plan", tmp_path / "one", "--output", log).exit_code == 0
    result = ilrs("replan", "--plan", tmp_path / "two", "--as-run", log, "--output", tmp_path / "n")
    assert result.exit_code == 2
    first, second = (result.stderr.split()[k].rstrip(",;") for k in (6, 11))
    assert first != second
    assert result.stderr == (
        f"the log is one of plan {first}, and this is plan {second}; a log tells what became of the"
        " plan that it names. Pass the plan that was carried out, or the log of this one.\n"
    )
    assert not (tmp_path / "n").exists()
