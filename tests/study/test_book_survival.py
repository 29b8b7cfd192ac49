"""The survival page of the station book, and the record that a run is given."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ilrs.foundation.errors import IlrsError
from ilrs.programme.entities import Requirement
from ilrs.study.book_survival import survival
from ilrs.study.book_words import LANGUAGES, words_in
from ilrs.study.judge import judge
from ilrs.study.records import read_survival
from ilrs.study.run import Run


def record(run: Run, **changes: Any) -> dict[str, Any]:
    years = [
        {"year": k, "alive": alive, "alive_low": alive - 0.1, "alive_high": alive + 0.05}
        for k, alive in ((1, 0.9), (2, 0.75))
    ]
    told = {
        "scenario": run.scenario.id, "years": 2, "lives": 400, "by_year": years,
        "verdicts": [{"requirement": "LIVES", "holds": None}],
        "causes": [
            {"element": "HUB", "cause": "cold or heat", "ended": 70, "lost_first": 3},
            {"element": "HUB", "cause": "pump", "ended": 30, "lost_first": 8},
        ],
        "changes": [
            {"element": "HUB", "change": "one spare more", "difference_value": 0.021,
             "difference_low": -0.004, "difference_high": 0.046},
        ],
        "provenance": {"programme_sha256": run.programme.sha256},
    }  # fmt: skip
    return told | changes


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_run_without_lives_says_how_to_live_them(run: Run, language: str) -> None:
    words = words_in(language)
    assert survival(run, words) == f"<p>{words.label('survival.none')}</p>"


def test_curve_goes_through_the_numbers(run: Run) -> None:
    page = survival(replace(run, survival=record(run)), words_in("en"))
    line = re.findall(r'<polyline points="([^"]+)"', page)[0].split()
    y = [float(point.split(",")[1]) for point in line]
    low, high = y[0] + 248.0, y[0]  # a drawing of 300 less 12 above and 40 below
    assert [(low - at) / (low - high) for at in y] == pytest.approx([1.0, 0.9, 0.75], abs=1e-3)


def test_tables_tell_causes_and_changes(run: Run) -> None:
    page = survival(replace(run, survival=record(run)), words_in("en"))
    cells = re.findall(r"<td[^>]*>(?:<span[^>]*>)?([^<]*)", page)
    assert cells == [
        "HUB", "cold or heat", "70", "3", "HUB", "pump", "30", "8",
        "HUB", "one spare more", "+2.1", "-0.4", "+4.6",
    ]  # fmt: skip


@pytest.mark.parametrize("holds", [True, False, None])
def test_a_requirement_is_judged_by_the_record(run: Run, holds: bool | None) -> None:
    wanted = Requirement.model_validate(
        {"id": "LIVES", "text": "It lives.", "metric": "survival_probability", "of": "2 y",
         "limit": ">= 70 %"}
    )  # fmt: skip
    programme = run.programme.model_copy(update={"requirements": {"LIVES": wanted}})
    alone = replace(run, programme=programme)
    (verdict,) = judge(alone)
    assert (verdict.measured, verdict.holds, verdict.why) == (
        None, None,
        "run with --survive 2000, or `ilrs survive --out DIR` and --survival DIR/survival.json",
    )  # fmt: skip
    lived = record(run, verdicts=[{"requirement": "LIVES", "holds": holds}])
    (verdict,) = judge(replace(alone, survival=lived))
    assert (verdict.measured, verdict.holds) == (0.75, holds)
    assert verdict.why == "65.0 to 80.0 % with 95 % confidence, 400 lives"


def test_a_record_of_this_programme_is_read(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "survival.json"
    path.write_text(json.dumps(record(run)), encoding="utf-8")
    assert read_survival(path, run.programme, run.scenario) == record(run)


def test_a_record_of_other_files_is_refused(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "survival.json"
    path.write_text(json.dumps(record(run, scenario="crew")), encoding="utf-8")
    with pytest.raises(IlrsError) as caught:
        read_survival(path, run.programme, run.scenario)
    assert str(caught.value) == (
        f"{path} tells of scenario crew of a programme that reads otherwise now; scenario"
        f" {run.scenario.id} of the files as they are now is run. Run `ilrs survive` again with the"
        " same folders and scenario."
    )


def test_a_file_that_is_no_record_is_refused(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "verdicts.json"
    path.write_text("[]", encoding="utf-8")
    with pytest.raises(IlrsError) as caught:
        read_survival(path, run.programme, run.scenario)
    assert str(caught.value) == (
        f"{path} is no record of lives; `ilrs survive --out FOLDER` writes FOLDER/survival.json."
        " Name that file with --survival."
    )
