"""A proposal judged by the station with it and without it: the reference's first two weeks."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

from ilrs import cli
from ilrs.cooperation.proposal import Offer, proposal_texts
from ilrs.programme.load import load
from ilrs.programme.scaffold import write_folder, write_scaffold
from ilrs.study.chain import run_programme
from ilrs.study.proposal import Judged, Own, Turn, judge_proposal, measures_by_partner
from ilrs.study.proposal_text import judged_record, loss_lines, own_table, verdict_line, worth_table
from ilrs.study.standing import standing_elements
from ilrs.study.worth import Change


def shortened(programme):
    """Two weeks of the programme, judged by two requirements of the reference and its own."""
    year = next(iter(programme.scenarios.values()))
    month = year.model_copy(update={"end": "2036-01-15", "step_s": 10800.0})
    kept = {"RESEARCH", "OBJECTIVES", "XX-RESEARCH-RUNS"}
    return programme.model_copy(
        update={
            "scenarios": {month.id: month},
            "requirements": {k: r for k, r in programme.requirements.items() if k in kept},
        }
    )


@pytest.fixture(scope="module")
def judged(tmp_path_factory):
    """A proposal of somebody new, and one run of what it is laid over."""
    folder = tmp_path_factory.mktemp("proposals") / "mine"
    reference = load(["reference"]).programme
    write_folder(folder, proposal_texts(reference, Offer(partner="XX", wanted_h=100.0)))
    proposed = load(["reference", folder]).programme
    return judge_proposal(shortened(reference), shortened(proposed))


def test_a_proposal_is_seen_in_every_requirement(judged):
    assert judged.partners == ("XX",)
    answers = {c.requirement: c for c in judged.changes}
    assert set(answers) == {"RESEARCH", "OBJECTIVES", "XX-RESEARCH-RUNS"}
    assert answers["XX-RESEARCH-RUNS"].before is None
    assert answers["XX-RESEARCH-RUNS"].holds
    assert answers["OBJECTIVES"].before == answers["OBJECTIVES"].after == 0.0


def test_its_own_element_and_experiment_are_told(judged):
    element, experiment = judged.own
    assert (element.id, element.stands, element.alive) == ("XX-INSTRUMENT", True, 1.0)
    assert element.sent_bit > 0.0
    # All that it made: 100 bit/s for 14 days and 2 kbit/s while its experiment ran.
    made_bit = 100.0 * 14 * 86400 + 2000.0 * 3600.0 * experiment.run_h
    assert element.sent_bit + element.held_bit == pytest.approx(made_bit, rel=1e-6)
    assert (experiment.id, experiment.wanted_h) == ("XX-RESEARCH", 100.0)
    assert experiment.energy_wh == pytest.approx(6.0 * experiment.run_h)


def test_what_all_partners_gain_is_what_the_station_gains(judged):
    turns = {turn.partner: turn for turn in judged.turns}
    assert turns["XX"].without == (0.0, 0.0, 0.0)
    assert turns["XX"].gains[0] == judged.own[1].run_h
    assert turns["XX"].gains[1] == pytest.approx(14 * 24.0)
    total = np.sum([turn.gains for turn in judged.turns], axis=0)
    np.testing.assert_allclose(judged.worth, total, atol=1e-9)


def test_partners_measures_add_up_to_the_station():
    run = run_programme(shortened(load(["reference"]).programme))
    found = sum(measures_by_partner(run).values())
    step_h = run.environment.attrs["step_s"] / 3600.0
    hours = float(run.station["experiment_fraction"].sum()) * step_h
    assert found[0] == pytest.approx(hours, rel=1e-9)
    assert found[2] == pytest.approx(run.station.attrs["data_sent_bit"] / 1e9, rel=1e-9)


MADE_UP = Judged(
    partners=("XX",),
    changes=(
        Change(requirement="A", unit="1", before=0.5, after=0.4, held=True, holds=False, why="b"),
        Change(requirement="B", unit="h", before=1.0, after=2.0, held=False, holds=True, why=""),
        Change(requirement="C", unit="h", before=1.0, after=1.0, held=True, holds=True, why=""),
    ),
    own=(
        Own(id="BOX", stands=True, energy_wh=1500.0, alive=1.0, sent_bit=2e9, held_bit=1e6),
        Own(id="RUN", stands=True, wanted_h=10.0, planned_h=6.0, run_h=5.0, blocked_by="power"),
        Own(id="FAR", stands=False),
    ),
    turns=(
        Turn(partner="XX", without=(0.0, 0.0, 0.0), with_it=(5.0, 24.0, 2.0)),
        Turn(partner="YY", without=(9.0, 24.0, 7.0), with_it=(7.0, 24.0, 6.5)),
        Turn(partner="ZZ", without=(1.0, 24.0, 0.0), with_it=(3.0, 24.0, 0.0)),
    ),
    notes=(),
)  # fmt: skip


def test_a_judgement_is_told_in_words():
    assert verdict_line(MADE_UP) == "It breaks A and mends B; 1 of 3 are answered as before."
    assert loss_lines(MADE_UP) == ["YY has less: 2 h of research, 0.5 Gbit of data"]
    _, own = own_table(MADE_UP)
    assert own == [
        ("BOX", "kept alive 100 % of the time", "1.5 kWh", "2 Gbit", "1 Mbit"),
        ("RUN", "runs 5 h of 10 h wanted; blocked by power", "0 Wh", "", ""),
        ("FAR", "is not at the site that is run", "–", "–", "–"),
    ]
    _, worth = worth_table(MADE_UP)
    assert worth == [
        ("research of the whole station", "10 h", "15 h", "+5 h"),
        ("life of the whole station", "48 h", "72 h", "+24 h"),
        ("data of the whole station", "7 Gbit", "8.5 Gbit", "+1.5 Gbit"),
    ]
    assert json.loads(json.dumps(judged_record(MADE_UP)))["worth"] == [5.0, 24.0, 1.5]


def test_the_command_writes_once_and_then_reads(tmp_path):
    folder = str(tmp_path / "mine")
    first = CliRunner().invoke(cli.main, ["propose", folder, "--partner", "XX", "--no-run"])
    assert first.exit_code == 0, first.output
    assert f"written: {folder}" in first.output
    again = CliRunner().invoke(cli.main, ["propose", folder, "--no-run"])
    assert again.exit_code == 0
    assert "written" not in again.output
    assert "0 error(s), 1 warning(s)" in again.output
    refused = CliRunner().invoke(cli.main, ["propose", folder, "--partner", "YY"])
    assert refused.exit_code == 2
    assert refused.output == (
        f"'{folder}' exists and is not an empty folder; a new programme is written into a new or"
        " empty folder. Name another folder.\n"
    )


def test_what_init_writes_stands_in_its_own_scenario(tmp_path):
    write_scaffold(tmp_path / "mine", partner="ME")
    programme = load(["reference", tmp_path / "mine"]).programme
    standing = standing_elements(programme, programme.scenarios["ME-month"])
    assert "ME-MONITOR" in [element.id for element in standing]


def test_an_edited_proposal_with_an_error_is_told_where(tmp_path):
    folder = tmp_path / "mine"
    CliRunner().invoke(cli.main, ["propose", str(folder), "--partner", "XX", "--no-run"])
    path = folder / "partners/XX/station.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("mass: 12 kg", "mass: 12 W"))
    answer = CliRunner().invoke(cli.main, ["propose", str(folder)])
    assert answer.exit_code == 2
    line = path.read_text(encoding="utf-8").splitlines().index("    mass: 12 W") + 1
    assert f"mine/partners/XX/station.yaml:{line}: elements.XX-INSTRUMENT.mass:" in answer.output
