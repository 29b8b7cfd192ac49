"""The crew's page of the station book."""

import re

import numpy as np
import pytest

from ilrs.study.book_crew import crew
from ilrs.study.book_words import LANGUAGES, words_in
from ilrs.study.run import Run
from tests.station.crewed import habitat, tanks, visit
from tests.study.crewed_run import crewed


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_run_without_people_says_so(run: Run, language: str) -> None:
    words = words_in(language)
    assert crew(run, words) == f"<p>{words.label('crew.none')}</p>"


def test_lines_go_where_the_numbers_are(run: Run) -> None:
    page = crew(crewed(run), words_in("en"))
    paths = re.findall(r'<path d="M([^"]+)" fill="none" stroke="var\(--(\w+)\)"', page)
    assert [colour for _, colour in paths] == [
        "amber", "red", "grey", "blue", "amber", "teal", "violet", "blue",
    ]  # fmt: skip
    points = np.array([[float(v) for v in p.split()] for p in paths[0][0].split("L")])
    # The visit begins on the second day: one day of the run and two after the visit are around it.
    assert len(points) == 24 * 13
    assert points[0, 1] == pytest.approx(126.0)  # no CO2 before
    limit_y = float(paths[1][0].split("L")[0].split()[1])
    settled_kpa = 0.4 * 3 * 0.998 / 4.0
    high = (126.0 - points[24 * 8, 1]) / (126.0 - limit_y) * 0.707
    assert high == pytest.approx(settled_kpa, abs=0.1 / 118.0 * 1.4)  # a tenth of a pixel


def test_table_has_a_row_for_each_visit(run: Run) -> None:
    visits = (visit("2036-01-02", "2036-01-12"), visit("2036-02-01", "2036-02-03", people=2))
    page = crew(crewed(run, visits=visits), words_in("en"))
    rows = re.findall(r'<tr><th scope="row">([^<]+)</th><td class="num">(\d)</td>'
                      r'<td class="num">(\d+)</td>', page)  # fmt: skip
    assert rows == [("2036-01-02", "3", "10"), ("2036-02-01", "2", "2")]
    assert page.count("<figure>") == 2


def test_what_was_short_is_told_and_else_that_mass_closes(run: Run) -> None:
    words = words_in("en")
    assert "Nothing was short. Mass closes to " in crew(crewed(run), words)
    hungry = crew(crewed(run, cabin=habitat(tanks=tanks(food=12))), words)
    assert "6.51 kg of food lacking, first at 2036-01-08 11:00 UTC" in hungry


def test_power_asked_for_and_not_given_is_drawn(run: Run) -> None:
    share = np.ones(run.environment.sizes["time"])
    share[24 * 5] = 0.0
    page = crew(crewed(run, power_fraction=share), words_in("en"))
    assert "asked for" in page
