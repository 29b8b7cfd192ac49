"""What becomes of declared orbits, and how the command tells it."""

import pytest
from click.testing import CliRunner

from ilrs.cli import main
from ilrs.foundation.errors import IlrsError
from ilrs.programme.load import load
from ilrs.sky.sky import open_sky
from ilrs.study.orbit_life import orbit_answer


def life(*words: str) -> str:
    result = CliRunner().invoke(main, ["orbit", "life", *words])
    assert result.exit_code == 0, result.stderr
    return result.stdout


def test_press_orbit_falls_and_a_neighbour_that_lives_is_offered() -> None:
    told = life("QUEQIAO-2", "--days", "400")
    assert "QUEQIAO-2: 200 x 16000 km, inclination 62.4 deg, node 0 deg" in told
    assert "Unheld it meets the Moon after 6." in told
    assert "It cannot be held by monthly corrections: it meets the Moon sooner." in told
    assert "The nearest orbit of its period that lives: " in told
    assert "Unheld it still flies after 400 days" in told


def test_an_orbit_that_lives_says_what_holding_would_cost() -> None:
    told = life("QUEQIAO-CONST", "--days", "100")
    assert "Unheld it still flies after 100 days" in told
    assert "Holding it costs at most " in told
    assert "nearest orbit" not in told


def test_a_low_orbit_is_flown_in_the_whole_field() -> None:
    answer = orbit_answer(
        load(("reference",)).programme, "LUNA-26", start="2029-01-01", days=60.0,
        lowest_altitude_m=0.0, sky=open_sky(),
    )  # fmt: skip
    assert answer.living is None
    assert answer.life.lowest_altitude_m < 60e3


def test_a_mission_without_orbit_is_an_error() -> None:
    with pytest.raises(IlrsError) as caught:
        orbit_answer(
            load(("reference",)).programme, "LUNA-28", start="2036-01-01", days=1.0,
            lowest_altitude_m=0.0, sky=open_sky(),
        )  # fmt: skip
    assert str(caught.value) == (
        "the orbit of 'LUNA-28'; missions with an orbit are QUEQIAO-2, CE-7, QUEQIAO-CONST,"
        " LUNA-26. Name one of them, or declare its `orbit:`."
    )
