from dataclasses import replace

import numpy as np
import pytest

from ilrs.programme.entities import Mission
from ilrs.study.book_html import Html, link, tag
from ilrs.study.book_numbers import moment, number, number_with_unit, percent
from ilrs.study.book_research import hours_by_experiment
from ilrs.study.book_roadmap import roadmap
from ilrs.study.book_site import calendar_cells
from ilrs.study.book_words import words_in
from ilrs.study.book_year import coldest_margin_k
from ilrs.study.roadmap_chart import decimal_year

THIN = "\N{NARROW NO-BREAK SPACE}"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (1234.56, f"1{THIN}235"),
        (-0.51234, "−0.5123"),
        (99999.9, f"100{THIN}000"),
        (3e-13, "3 × 10⁻¹³"),
        (2.5e12, "2.5 × 10¹²"),
        (None, "–"),
        (float("nan"), "–"),
    ],
)
def test_number_is_told_to_four_digits(value, text):
    assert number(value) == text


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.953, "1", f"95.3{THIN}%"),
        (0.0, "1", f"0{THIN}%"),
        (1e-9, "1", "1 × 10⁻⁹"),
        (3.0, "count", "3"),
        (72.0, "h", f"72{THIN}h"),
        (None, "h", "–"),
    ],
)
def test_unit_follows_its_number(value, unit, text):
    assert number_with_unit(value, unit) == text


def test_margin_of_a_good_side_carries_a_plus():
    assert (number(2.0, signed=True), number(-2.0, signed=True)) == ("+2", "−2")
    assert number(0.0, signed=True) == "0"


def test_percent_never_claims_a_whole_that_is_not_reached():
    assert percent(0.99999) == f"99.9{THIN}%"
    assert percent(1.0) == f"100{THIN}%"
    assert percent(0.5) == f"50{THIN}%"


def test_moment_counts_from_the_epoch(run):
    assert moment(run, 0.0) == "2036-01-01 00:00"
    assert moment(run, 26 * 3600.0) == "2036-01-02 02:00"


def test_plain_text_is_escaped_and_html_is_not():
    inner = tag("b", "1 < 2")
    assert tag("p", inner, " & ", title='"') == ('<p title="&quot;"><b>1 &lt; 2</b> &amp; </p>')
    assert isinstance(inner, Html)


@pytest.mark.parametrize("address", ["javascript:alert(1)", "data:text/html,x", "ftp://a", None])
def test_only_http_addresses_become_links(address):
    assert link("a < b", address) == "a &lt; b"


def test_calendar_puts_light_under_its_azimuth(run):
    # Each cell must tell what the run says at the hour when the Sun stood nearest to that azimuth.
    cells = calendar_cells(run)
    azimuth = run.environment["sun_azimuth_deg"].values
    lit = run.environment["sun_visible_fraction"].values[-1]
    wraps = np.flatnonzero(np.diff(azimuth) > 180.0)  # the Sun goes down in azimuth, then jumps up
    assert cells.shape == (wraps.size + 1, 720)
    for row in (1, 5, cells.shape[0] - 2):
        inside = slice(wraps[row - 1] + 1, wraps[row] + 1)
        for column in (20, 150, 410, 600):
            middle_deg = (column + 0.5) / 2.0
            nearest = np.argmin(np.abs(azimuth[inside] - middle_deg))
            assert cells[row, column] == round(31 * lit[inside][nearest])


def test_calendar_leaves_out_what_lies_beyond_the_span(run):
    cells = calendar_cells(run)
    first_deg = float(run.environment["sun_azimuth_deg"][0])
    # The Sun starts at first_deg and goes down: nothing is known above it in the first row.
    assert (cells[0, int(2 * first_deg) + 2 :] == 255).all()
    assert (cells[0, : int(2 * first_deg) - 2] < 32).all()


def test_coldest_margin_is_the_least_of_all_elements(run):
    margin = coldest_margin_k(run)
    colder = run.station.copy(deep=True)
    colder["temperature_k"][3, 77] = 200.0  # survives 233 K
    assert coldest_margin_k(replace(run, station=colder))[77] == -33.0
    assert margin.min() == pytest.approx(251.0 - 233.0)


def test_hours_of_experiments_are_hours(run):
    hours = hours_by_experiment(run)["DRILL"]
    assert (hours.wanted_h, hours.planned_h) == (400.0, pytest.approx(244.0))
    assert hours.done_h == pytest.approx(244.0 * 0.97)


def test_ride_is_found_from_either_side(run):
    programme = run.programme
    element = programme.elements["RADIO-1"]
    assert programme.ride_of(element).id == "ILRS-5"
    carrier = Mission.model_validate({"id": "X", "status": "planned", "carries": ["RADIO-1"]})
    other = programme.model_copy(update={"missions": {"X": carrier}})
    assert other.ride_of(element.model_copy(update={"arrives_on": None})).id == "X"
    assert programme.ride_of(programme.elements["GROUND-1"]) is None


def test_decimal_year_takes_leap_years_into_account():
    assert decimal_year(np.datetime64("2028-01-01", "ns")) == 2028.0
    assert decimal_year(np.datetime64("2028-07-02", "ns")) == 2028.5  # 183 of 366 days
    assert decimal_year(np.datetime64("2030-01-01", "ns")) == 2030.0


def test_roadmap_keeps_every_announced_date(run):
    html = roadmap(run, words_in("en"))
    for claim in run.programme.missions["CE-7"].launches:
        assert f'title="{claim.date} ({claim.as_of})' in html
    assert "2023 → 2024 → 2026 → 2026-08-24 → 2027" in html
    assert "study" in html and "(no dates stated)" in html
    assert "Without an announced date:" in html and "Luna-30" in html


def test_withdrawn_date_does_not_hold(run):
    mission = Mission.model_validate(
        {
            "id": "CE-8", "status": "reworked",
            "launches": [{"date": "2028", "as_of": "2023-10"}, {"what": "cancelled"}],
        }
    )  # fmt: skip
    programme = run.programme.model_copy(update={"missions": {"CE-8": mission}})
    html = roadmap(replace(run, programme=programme), words_in("en"))
    assert "2028 → ?" in html
    assert '<i class="mark" style' in html
    assert '<i class="mark now reworked"' not in html
