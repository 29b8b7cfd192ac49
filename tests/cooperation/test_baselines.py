"""Plans side by side: Chang'e-7, Luna-26 and the station's models as the facts have them."""

import pytest

from ilrs.cooperation.baselines import moves, side_by_side
from ilrs.programme.load import load


@pytest.fixture(scope="module")
def reference():
    return load(["reference"]).programme


def dates(reference, key):
    row = next(row for row in side_by_side(reference) if row.id == key)
    said = [None if one is None else one.date for one in (*row.said, row.now)]
    return dict(zip([*reference.baselines, "now"], said, strict=True))


def test_change_7_moved_from_2023_to_2027(reference):
    # Announced dates: facts/missions.yaml (AT-1803, NSSDC-CE7, NSR-CE7, GH-SLIP).
    assert dates(reference, "CE-7") == {
        "ROADMAP-2021": "2023", "AGREEMENT-2022": "2024", "PLAN-2023": "2024", "PLAN-2024": "2026",
        "PLAN-2025": "2026", "STATE-2026-11": "2027", "now": "2027",
    }  # fmt: skip


def test_a_phase_or_a_window_stands_where_nobody_named_a_date(reference):
    # CE-8 stands in the road map's first construction stage, 2026-2030 [PEOPLE-210617].
    assert dates(reference, "CE-8")["ROADMAP-2021"] == "2026-2030"
    # The five construction missions share one window [SN-210617].
    assert dates(reference, "ILRS-3")["PLAN-2025"] == "2031-2035"
    assert dates(reference, "ILRS-3")["now"] == "2033"


def test_the_models_of_the_station_have_moved(reference):
    # facts/phases.yaml: basic 2028 in 2023, 2035 in 2024; extended 2050 in 2024, 2045 in 2025.
    basic, extended = dates(reference, "BASIC-MODEL"), dates(reference, "EXTENDED-MODEL")
    assert (basic["PLAN-2023"], basic["PLAN-2024"], basic["now"]) == ("2028", "2035", "2035")
    assert (extended["PLAN-2024"], extended["PLAN-2025"]) == ("2050", "2045")


def test_moves_tell_why_and_whose_word_it_is(reference):
    last = [move for move in moves(reference) if move.id == "CE-7"][-1]
    assert (last.before, last.after, last.as_of) == ("2026-08-24", "2027", "2026-08-24")
    assert (last.why, last.source) == ("typhoon; 2026 window lost", ("GH-SLIP",))
    assert last.moved_d == 130 + 182  # 24 August to the new year, and on to 2 July 2027
    lost = next(move for move in moves(reference) if move.id == "LUNA-25")
    assert (lost.why, lost.after, lost.as_of[:10]) == ("failed", None, "2023-08-19")
    # One flight a year is assumed inside a window, and moves nothing.
    assert not [move for move in moves(reference) if move.id.startswith("ILRS-")]
