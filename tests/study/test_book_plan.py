"""The book's page of a research plan: its picture, who got what, and what has no place."""

from dataclasses import replace
from typing import Any

import pytest

from ilrs.study.book_plan import research_plan
from ilrs.study.book_words import words_in
from ilrs.study.planning_chart import plan_svg
from ilrs.study.run import Run

HOUR_S = 3600.0
SESSION: dict[str, Any] = {
    "kind": "SKY", "partner": "CN", "element": "LAB", "asked_s": 6 * HOUR_S, "worth": 6.0,
    "power_w": 10.0, "data_bps": 1.0, "needs": {},
}  # fmt: skip
RECORD: dict[str, Any] = {
    "scenario": "year",
    "site": "RIDGE",
    "from_utc": "2036-01-01T00:00:00Z",
    "to_utc": "2036-01-03T00:00:00Z",
    "span_s": 48 * HOUR_S,
    "worth": 6.0,
    "bound": 12.0,
    "partners": [
        {"partner": "CN", "requests": 2, "placed": 1, "asked_h": 12.0, "got_h": 6.0,
         "entitlement": 1.0, "share": 0.5, "fair_share": 0.5, "credit": 0.0},
    ],
    "requests": [
        {**SESSION, "id": "SKY.01", "start_s": 12 * HOUR_S, "duration_s": 6 * HOUR_S,
         "start_utc": "2036-01-01T12:00:00Z", "end_utc": "2036-01-01T18:00:00Z", "blocked_by": ""},
        {**SESSION, "id": "SKY.02", "start_s": None, "duration_s": 0.0, "start_utc": None,
         "end_utc": None, "blocked_by": "no room"},
    ],
    "windows_s": {"SKY": [[12 * HOUR_S, 24 * HOUR_S]]},
    "resources": [
        {"name": "SKY (instrument)", "unit": "1", "is_store": False},
        {"name": "ENERGY", "unit": "W", "is_store": True, "least_fraction": 0.5,
         "level_fraction": [1.0, 0.9, 0.75, 0.8, 1.0]},
        {"name": "LAB", "unit": "1", "is_store": False, "there_s": [[0.0, 48 * HOUR_S]],
         "held": [[12 * HOUR_S, 18 * HOUR_S, 1.0]]},
    ],
}  # fmt: skip


def test_a_run_without_a_plan_says_how_to_make_one(run: Run) -> None:
    assert "ilrs run --plan FOLDER/plan.json" in research_plan(run, words_in("en"))


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", "1 of 2 sessions from 2036-01-01 to 2036-01-03."),
        ("zh", "2036-01-01 至 2036-01-03，2 次中安排了 1 次。"),
        ("ru", "1 из 2 сеансов с 2036-01-01 по 2036-01-03."),
    ],
)
def test_a_plan_tells_who_got_what_and_why_not(run: Run, language: str, told: str) -> None:
    page = research_plan(replace(run, sessions=RECORD), words_in(language))
    assert told in page
    assert "1 / 2" in page
    assert "no room" in page
    assert "<title>SKY.01: 6 h</title>" in page


def test_the_picture_has_a_row_for_all_that_is_used() -> None:
    picture = plan_svg(RECORD, names={"CN": "China"})
    assert "China (CN)" in picture
    assert ">6/12<" in picture  # hours got of hours asked
    assert "≥ 75 %" in picture
    assert ">LAB<" in picture
    assert "(instrument)" not in picture
    # The session spans 12 h to 18 h of 48: an eighth of the axis from a quarter of it on.
    left, right = 236.0, 920.0 - 56.0
    assert f'x="{left + 0.25 * (right - left):.2f}"' in picture
    assert f'width="{0.125 * (right - left) - 0.3:.2f}"' in picture
