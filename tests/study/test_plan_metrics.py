"""A contact plan that a run is given: its metrics, its page in the book, and wrong files."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ilrs.foundation.errors import IlrsError
from ilrs.programme.entities import Requirement
from ilrs.study.book_contacts import contacts
from ilrs.study.book_words import LANGUAGES, words_in
from ilrs.study.judge import judge
from ilrs.study.metrics import Measurement, measure
from ilrs.study.records import read_links
from ilrs.study.run import Run

HOUR_S = 3600.0


def volumes(made: float, there: float, half_h: float | None, whole_h: float | None) -> Any:
    return {
        "made_bit": made, "delivered_bit": there, "buffered_bit": made - there, "dropped_bit": 0,
        "latency_p50_s": None if half_h is None else half_h * HOUR_S,
        "latency_worst_s": None if whole_h is None else whole_h * HOUR_S,
    }  # fmt: skip


def plan(run: Run, **changes: Any) -> dict[str, Any]:
    told = {
        "scenario": run.scenario.id,
        "from_utc": "2036-01-01T00:00:00Z", "to_utc": "2036-01-05T00:00:00Z",
        "totals": volumes(5e9, 4e9, 3.0, 12.0),
        "data": [
            {"id": "LAB-1", "owner": "RU", **volumes(2e9, 1.5e9, 2.0, 6.0)},
            {"id": "RADIO-1", "owner": "ZA", **volumes(3e9, 2.5e9, 4.0, 12.0)},
        ],
        "uses": [
            {"id": "LAB-1", "kind": "sender",
             "in_view_utc": [["2036-01-01T00:00:00Z", "2036-01-03T00:00:00Z"]],
             "booked_utc": [["2036-01-02T00:00:00Z", "2036-01-02T12:00:00Z"]]},
        ],
        "losses": [
            {"relay": "QUEQIAO-2", "lost_bit_d": 2.5e8, "left": volumes(5e9, 3e9, 8.0, 90.0)}
        ],
        "contacts": [{}],
        "provenance": {"programme_sha256": run.programme.sha256},
    }  # fmt: skip
    return told | changes


@pytest.mark.parametrize(
    ("name", "of", "value"),
    [
        ("plan_delivered_fraction", "", 0.8),
        ("plan_delivered_fraction", "LAB-1", 0.75),
        ("plan_delivered_fraction", "ZA", 2.5 / 3.0),
        ("plan_half_latency_h", "", 3.0),
        ("plan_half_latency_h", "RU", 2.0),
        ("plan_latency_h", "", 12.0),
        ("plan_latency_h", "LAB-1", 6.0),
        ("relay_loss_gbit_d", "QUEQIAO-2", 0.25),
        ("relay_loss_half_latency_h", "QUEQIAO-2", 8.0),
    ],
)
def test_metrics_read_the_plan(run: Run, name: str, of: str, value: float) -> None:
    assert measure(replace(run, links=plan(run)), name, of=of).value == pytest.approx(value)
    assert measure(run, name, of=of) == Measurement(None, "judged from `ilrs links --out`")


def test_an_unknown_maker_lists_the_known_ones(run: Run) -> None:
    with pytest.raises(IlrsError) as caught:
        measure(replace(run, links=plan(run)), "plan_latency_h", of="XX")
    assert str(caught.value) == (
        "'XX' names no maker of this run; there are LAB-1, RU, RADIO-1, ZA."
        " Correct the requirement's `of`."
    )


@pytest.mark.parametrize(("limit", "holds"), [("<= 24 h", True), ("<= 10 h", False)])
def test_a_requirement_on_the_plan_is_judged_where_there_is_one(
    run: Run, limit: str, holds: bool
) -> None:
    wanted = Requirement.model_validate(
        {"id": "AGE", "text": "Data are new.", "metric": "plan_latency_h", "limit": limit}
    )
    programme = run.programme.model_copy(update={"requirements": {"AGE": wanted}})
    alone = replace(run, programme=programme)
    (verdict,) = judge(alone)
    assert (verdict.measured, verdict.holds) == (None, None)
    (verdict,) = judge(replace(alone, links=plan(run)))
    assert (verdict.measured, verdict.holds) == (12.0, holds)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_run_without_a_plan_says_how_to_make_one(run: Run, language: str) -> None:
    words = words_in(language)
    assert contacts(run, words) == f"<p>{words.label('contacts.none')}</p>"


def test_bars_lie_where_their_windows_do(run: Run) -> None:
    page = contacts(replace(run, links=plan(run)), words_in("en"))
    bars = re.findall(r'<rect x="([\d.]+)" y="[\d.]+" width="([\d.]+)"', page)
    left, day = 210.0, (920.0 - 24.0 - 210.0) / 4.0  # of four days
    assert [(float(x), float(w)) for x, w in bars] == [
        (left, pytest.approx(2 * day, abs=0.01)),
        (pytest.approx(left + day, abs=0.01), pytest.approx(0.5 * day, abs=0.01)),
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_tables_tell_what_becomes_of_data_and_what_a_loss_costs(run: Run, language: str) -> None:
    page = contacts(replace(run, links=plan(run)), words_in(language))
    cells = re.findall(r'<td class="num">([^<]*)', page)
    assert cells[:6] == ["5 Gbit", "4 Gbit", "1 Gbit", "0 bit", "3", "12"]
    assert cells[6:12] == ["2 Gbit", "1.5 Gbit", "500 Mbit", "0 bit", "2", "6"]
    assert cells[18:] == ["250 Mbit", "0 bit", "8", "90"]


def test_a_plan_of_this_programme_is_read_and_others_are_refused(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "links.json"
    path.write_text(json.dumps(plan(run)), encoding="utf-8")
    assert read_links(path, run.programme, run.scenario) == plan(run)
    path.write_text(json.dumps(plan(run, scenario="crew")), encoding="utf-8")
    with pytest.raises(IlrsError) as caught:
        read_links(path, run.programme, run.scenario)
    assert str(caught.value) == (
        f"{path} tells of scenario crew of a programme that reads otherwise now; scenario"
        f" {run.scenario.id} of the files as they are now is run. Run `ilrs links` again with the"
        " same folders and scenario."
    )
    path.write_text(json.dumps({"scenario": "year", "provenance": {}}), encoding="utf-8")
    with pytest.raises(IlrsError) as caught:
        read_links(path, run.programme, run.scenario)
    assert str(caught.value) == (
        f"{path} is no contact plan; `ilrs links --out FOLDER` writes FOLDER/links.json."
        " Name that file with --links."
    )
