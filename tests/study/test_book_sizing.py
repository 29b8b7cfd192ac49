"""The sizing page of the station book, and the record that a run is given."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ilrs.foundation.errors import IlrsError
from ilrs.study.book_numbers import number, percent
from ilrs.study.book_sizing import sizing
from ilrs.study.book_words import LANGUAGES, words_in
from ilrs.study.records import read_sizing
from ilrs.study.run import Run


def record(run: Run, **changes: Any) -> dict[str, Any]:
    points = [
        {"site": "RIDGE", "mass_kg": mass, "bound_kg": bound}
        for mass, bound in ((900.0, 890.0), (None, None), (600.0, 600.0))
    ]
    told = {
        "scenario": run.scenario.id, "mass_kg": 900.0, "bound_kg": 890.0,
        "options": [{"option": "CELLS", "element": "HUB", "units": 3, "mass_kg": 900.0}],
        "trades": [{"name": "masts", "x": [2.0, 5.0, 10.0], "points": points}],
        "survival_curve": [
            {"added": "", "mass_kg": 900.0, "chance": {"value": 0.5, "low": 0.4, "high": 0.6}},
            {"added": "HUB", "mass_kg": 1200.0, "chance": {"value": 0.8, "low": 0.7, "high": 0.9}},
        ],
        "provenance": {"programme_sha256": run.programme.sha256},
    }  # fmt: skip
    return told | changes


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_run_without_a_sizing_says_how_to_come_by_one(run: Run, language: str) -> None:
    words = words_in(language)
    assert sizing(run, words) == f"<p>{words.label('sizing.none')}</p>"


def test_tables_tell_the_design_and_what_it_is_traded_against(run: Run) -> None:
    page = sizing(replace(run, sizing=record(run)), words_in("en"))
    cells = re.findall(r"<td[^>]*>(?:<span[^>]*>)?([^<]*)", page)
    assert cells == [
        "CELLS", "HUB", "3", "900",
        "2", "900", "890", "5", "–", "–", "10", "600", "600",
        "as sized", "900", *map(percent, (0.5, 0.4, 0.6)), "HUB", number(1200.0),
        *map(percent, (0.8, 0.7, 0.9)),
    ]  # fmt: skip


def test_curves_go_through_what_serves(run: Run) -> None:
    page = sizing(replace(run, sizing=record(run)), words_in("en"))
    masts, lives = re.findall(r'<polyline points="([^"]+)"', page)
    # A drawing of 720 by 260 less its margins; the height that nothing serves is left out.
    assert masts == "64.0,12.0 706.0,220.0"
    assert lives == "64.0,220.0 706.0,12.0"


def test_a_record_of_lives_is_no_sizing(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "lives.json"
    told = {"scenario": run.scenario.id, "lives": 4, "provenance": {"programme_sha256": "0"}}
    path.write_text(json.dumps(told), encoding="utf-8")
    with pytest.raises(IlrsError) as caught:
        read_sizing(path, run.programme, run.scenario)
    assert str(caught.value) == (
        f"{path} is no record of a sizing; `ilrs size --out FOLDER` writes FOLDER/sizing.json."
        " Name that file with --sizing."
    )
    path.write_text(json.dumps(record(run)), encoding="utf-8")
    assert read_sizing(path, run.programme, run.scenario)["mass_kg"] == 900.0
