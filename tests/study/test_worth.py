"""What partners are worth: the reference station run again without them."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

from ilrs import cli
from ilrs.cooperation.shapley import Shares
from ilrs.programme.load import load
from ilrs.study.chain import run_programme
from ilrs.study.worth import MEASURES, partner_shares, partners_at, withdrawal
from ilrs.study.worth_text import changes_table, orphan_lines, shares_note, shares_table


@pytest.fixture(scope="module")
def base():
    """The reference's first month with the power of two partners and one guest."""
    programme = load(["reference"]).programme
    year = next(iter(programme.scenarios.values()))
    month = year.model_copy(update={"end": "2036-01-15", "step_s": 10800.0})
    kept = {"CN", "RU", "EG"}
    small = programme.model_copy(
        update={
            "scenarios": {month.id: month},
            "elements": {k: e for k, e in programme.elements.items() if e.owner in kept},
            "experiments": {k: e for k, e in programme.experiments.items() if e.owner in kept},
            "requirements": {
                k: r for k, r in programme.requirements.items() if k in ("RESEARCH", "COORDINATION")
            },
        }
    )
    return run_programme(small)


def test_shares_give_away_all_that_the_station_does(base):
    shares = partner_shares(base.programme, base=base, workers=1)
    assert shares.partners == ("CN", "EG", "RU")
    assert shares.coalitions == 8
    np.testing.assert_allclose(shares.shares.sum(axis=0), shares.together, rtol=1e-9)
    # With all of them it is the station of the run itself.
    step_h = base.environment.attrs["step_s"] / 3600.0
    hours = float(base.station["experiment_fraction"].sum()) * step_h
    assert shares.together[0] == pytest.approx(hours, rel=1e-9)
    assert shares.together[2] == pytest.approx(base.station.attrs["data_sent_bit"] / 1e9)
    # Egypt has an experiment and no element: alone it has no station.
    assert shares.shares[1, 0] > 0.0
    assert shares.shares[1, 1] == pytest.approx(0.0, abs=1e-6)


def test_a_withdrawal_says_what_breaks_and_who_is_left_without(base):
    gone = withdrawal(base.programme, ["RU"], base=base)
    changed = {change.requirement: change for change in gone.changes}
    assert changed["COORDINATION"].breaks
    columns, rows = changes_table(gone.changes)
    assert columns == ("requirement", "with", "without", "", "why")
    assert rows[0][0] == "COORDINATION"
    assert rows[0][2:] == (
        "0 d", "holds -> fails", "LUNA-26 and CE-7 never work together: LUNA-26 is withdrawn.",
    )  # fmt: skip
    assert orphan_lines(gone) == ["without a host: SEISMOLOGY"]


def test_who_works_at_the_site_is_asked_for(base):
    assert partners_at(base.programme, base.scenario) == ["CN", "EG", "RU"]


def test_shares_are_told_in_words():
    shares = Shares(
        partners=("A", "B"), shares=np.array([[10.0, 5.0, 1.0], [30.0, -1.0, 0.0]]),
        standard_errors=np.full((2, 3), 0.5), alone=np.zeros(3),
        together=np.array([40.0, 4.0, 1.0]), orders=16, coalitions=4,
    )  # fmt: skip
    columns, rows = shares_table(shares)
    assert columns == ("partner", *(name for name, _, _ in MEASURES))
    assert rows == [
        ("B", "30 h (75.0 %)", "-1 h (-25.0 %)", "0 Gbit (0.0 %)"),
        ("A", "10 h (25.0 %)", "5 h (125.0 %)", "1 Gbit (100.0 %)"),
        ("all together", "40 h", "4 h", "1 Gbit"),
    ]
    assert shares_note(shares).startswith(
        "Shapley shares, from 16 orders of joining and 4 stations; standard errors up to 0.5 h of"
        " research, 0.5 h of life, 0.5 Gbit of data."
    )


def test_the_command_names_an_unknown_partner():
    answer = CliRunner().invoke(cli.main, ["worth", "--without", "ATLANTIS"])
    assert answer.exit_code == 2
    assert "there is no partner or contribution 'ATLANTIS'" in answer.output


def test_gaps_and_road_map_answer_as_json():
    told = CliRunner().invoke(cli.main, ["gaps", "--mass", "12", "--json"])
    assert told.exit_code == 0
    assert {"guest", "cargo"} <= {row["kind"] for row in json.loads(told.stdout)}
    asked = ["roadmap", "--at", "2026-11-26", "--json", "--draws", "200"]
    told = CliRunner().invoke(cli.main, asked)
    assert told.exit_code == 0
    assert {slip["mission"] for slip in json.loads(told.stdout)["slips"]} >= {"LUNA-26", "CE-7"}
