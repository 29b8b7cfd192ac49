"""The relays' page of the station book."""

import re
from dataclasses import replace

import numpy as np
import pytest

from ilrs.orbits.kepler import orbit_from_altitudes
from ilrs.orbits.trajectory import Trajectory, kepler_trajectory
from ilrs.sky.sky import open_sky
from ilrs.study.book_orbits import orbits
from ilrs.study.book_words import words_in
from ilrs.study.craft_ways import scenario_span_s
from ilrs.study.run import Run
from tests.study.synthetic_run import synthetic_run


@pytest.fixture(scope="module")
def run() -> Run:
    """A made-up run with one relay on a two-body way."""
    made = synthetic_run(hours=24 * 30)
    start_s, _ = scenario_span_s(made.scenario)
    orbit = orbit_from_altitudes(
        periapsis_altitude_m=300e3, apoapsis_altitude_m=8600e3, inclination_deg=54.9,
        argument_of_periapsis_deg=90.0,
    )  # fmt: skip
    to_icrf = open_sky().orientation.matrices(np.array([start_s]))[0].T
    way = kepler_trajectory(
        orbit, (start_s, start_s + 30 * 86400.0), name="QUEQIAO-2", epoch_tdb_s=start_s,
        to_icrf=to_icrf,
    )  # fmt: skip
    environment = made.environment.assign_attrs(orientation="MOON_ME_DE421")
    return replace(made, environment=environment, relays={"QUEQIAO-2": way})


def with_way(run: Run, way: Trajectory) -> Run:
    return replace(run, relays={"QUEQIAO-2": way})


def test_map_shows_the_track_of_a_day_and_the_table_the_heights(run: Run) -> None:
    page = orbits(run, words_in("en"))
    (track,) = re.findall(r'<path d="(M[^"]+)" fill="none" stroke="#d1342f"', page)
    assert track.count("M") + track.count("L") == 720  # every two minutes of a day
    assert track.count("M") >= 2  # it leaves the map and comes in on the other side
    assert "300 – 8" in page
    assert "flies all 30 days unheld" in page


def test_no_line_of_the_track_crosses_the_map(run: Run) -> None:
    (track,) = re.findall(r'<path d="(M[^"]+)" fill="none" stroke="#d1342f"',
                          orbits(run, words_in("en")))  # fmt: skip
    for piece in track.split("M")[1:]:
        x = np.array([float(point.split()[0]) for point in piece.split("L")])
        assert np.abs(np.diff(x)).max(initial=0.0) < 380.0


def test_a_relay_that_falls_says_when(run: Run) -> None:
    fallen = replace(run.relays["QUEQIAO-2"], ended_by="impact")
    assert "meets the Moon after 30 days" in orbits(with_way(run, fallen), words_in("en"))


@pytest.mark.parametrize("language", ["en", "zh", "ru"])
def test_a_run_without_relays_says_so(run: Run, language: str) -> None:
    words = words_in(language)
    assert words.text("orbits.none") in orbits(replace(run, relays={}), words)
