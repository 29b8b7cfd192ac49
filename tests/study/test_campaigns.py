"""`ilrs campaign` on the reference: what it plans, what it breaks, and its files."""

import csv
import io
import json
import xml.etree.ElementTree as ET

import pytest
from click.testing import CliRunner

from ilrs.cli import main
from ilrs.cooperation.campaign_check import campaign_faults
from ilrs.foundation.errors import IlrsError
from ilrs.programme.load import load
from ilrs.study.campaign_files import campaign_csv, campaign_ics, landings_table, notes
from ilrs.study.campaigns import GOALS, campaign_answer

AT = "2026-11-26"


@pytest.fixture(scope="module")
def reference():
    return load(["reference"]).programme


@pytest.mark.parametrize("goal", GOALS)
def test_every_goal_gives_a_campaign_that_can_be_flown(reference, goal):
    answer = campaign_answer(reference, at=AT, goal=goal)
    plan, flights = answer.plan, answer.flights
    assert campaign_faults(plan, flights.cargo, flights.carriers) == []
    assert plan.gap == 0.0
    assert answer.why_not == ""


def test_the_reference_s_manifests_land_users_before_their_grid(reference):
    answer = campaign_answer(reference, at=AT, goal="fewest-moves")
    assert [fault.split(" lands")[0] for fault in answer.faults] == [
        "COMMAND-CENTRE", "MOON-EARTH-TERMINAL", "PAK-ROVER", "HOPPER", "OPERATION-ROBOT",
        "LABORATORY",
    ]  # fmt: skip
    # those six, and none else, are what the fewest moves put on other launches
    moved = {row.cargo for row in answer.cargo() if row.is_moved}
    assert moved == {fault.split(" lands")[0] for fault in answer.faults}
    assert notes(answer)[0] == "6 pieces moved: proven least."


def test_after_a_loss_nothing_flies_that_has_no_need_to_move(reference):
    answer = campaign_answer(reference, at=AT, lost=["ILRS-1"])
    booked = {row.cargo: row.booked for row in answer.cargo()}
    assert {o.element for o in answer.rooms} == {
        k for k, ride in booked.items() if ride == "ILRS-1"
    }
    moved = {row.cargo for row in answer.cargo() if row.is_moved and row.booked != "ILRS-1"}
    assert moved == {"HOPPER", "OPERATION-ROBOT", "LABORATORY"}
    assert all(row.carrier != "ILRS-1" for row in answer.landings())


def test_where_nothing_lands_it_all_the_answer_says_why(reference):
    answer = campaign_answer(reference, at=AT, by="2034")
    assert answer.plan is None
    assert notes(answer)[0] == (
        "No campaign lands everything: OBSERVATORY is ready on 2035-07-02; no launch that takes it"
        " is made in that time. Let it be ready earlier or wanted later, or declare a launch."
    )
    assert notes(answer)[1:3] == [
        "One of these, lifted, would do:", "  the days on which cargo is ready",
    ]  # fmt: skip


def test_the_command_writes_what_it_prints(tmp_path):
    told = CliRunner().invoke(main, ["campaign", "--at", AT, "--output", str(tmp_path)])
    assert told.exit_code == 0
    assert "3 launches: proven least." in told.stdout
    record = json.loads((tmp_path / "campaign.json").read_text(encoding="utf-8"))
    rows = list(csv.DictReader(io.StringIO((tmp_path / "campaign.csv").read_text())))
    elements = load(["reference"]).programme.elements.values()
    to_land_kg = [e.mass_kg for e in elements if e.site == "CONNECTING-RIDGE"]
    assert len(rows) == len(record["cargo"]) == len(to_land_kg)
    assert [row["carrier"] for row in record["landings"]] == ["ILRS-3", "ILRS-4", "ILRS-5"]
    assert {row["launch"] for row in rows} == {"ILRS-3", "ILRS-4", "ILRS-5"}
    landed_kg = sum(float(row["mass_kg"]) for row in rows)
    assert landed_kg == sum(row["mass_kg"] for row in record["landings"]) == sum(to_land_kg)
    picture = ET.parse(tmp_path / "campaign.svg").getroot()
    assert picture.get("width") == "380"
    assert (tmp_path / "campaign.ics").read_text().count("BEGIN:VEVENT") == 3


def test_the_command_tells_what_a_loss_breaks_as_json():
    told = CliRunner().invoke(main, ["campaign", "--at", AT, "--lost", "ILRS-1", "--json"])
    record = json.loads(told.stdout)
    assert record["goal"] == "fewest-moves"
    assert {b["of"] for b in record["breaks"]} >= {"PAK-ROVER", "BASIC-MODEL"}


def test_a_slip_that_is_none_is_refused():
    told = CliRunner().invoke(main, ["campaign", "--slip", "CE-7"])
    assert told.exit_code == 2
    assert told.stderr.splitlines()[-1] == (
        "found 'CE-7'; a slip is a mission and its new date. Write MISSION=DATE, such as --slip"
        " CE-7=2027."
    )


def test_an_unknown_launcher_is_a_finding(tmp_path):
    (tmp_path / "programme.yaml").write_text(
        "name: T\nlanders:\n  TUG: {launcher: ROCKT, landed_payload: 1 t}\n", encoding="utf-8"
    )
    told = CliRunner().invoke(main, ["campaign", str(tmp_path), "--over", "reference"])
    assert told.exit_code == 2
    assert "landers.TUG.launcher: found 'ROCKT', which is no launcher" in told.stderr


def test_a_programme_without_cargo_has_nothing_to_land(reference):
    empty = reference.model_copy(update={"elements": {}})
    answer = campaign_answer(empty, at=AT)
    assert landings_table(answer)[1] == []
    assert campaign_csv(answer).count("\n") == 1
    assert "BEGIN:VEVENT" not in campaign_ics(answer)
    with pytest.raises(IlrsError, match="first power at CONNECTING-RIDGE"):
        answer.flights.with_first_power()


def test_supplies_of_ten_years_are_told_with_what_is_lacking():
    told = CliRunner().invoke(
        main, ["campaign", "--at", AT, "--scenario", "crew", "--years", "10", "--json"]
    )
    supplies = json.loads(told.stdout)["supplies"]
    assert supplies["shortage"]["line"] == "CREW-PROVISIONS"
    # 31 days of three people at 4 kg a day, less the 20 kg that they bring
    assert supplies["by_year"][0]["used_kg"]["crew_provisions"] == pytest.approx(352.0)
    given_kg = sum(sum(d["supplies_kg"].values()) for d in supplies["deliveries"])
    free_kg = sum(d["free_kg"] for d in supplies["deliveries"])
    assert 0.0 < given_kg <= free_kg
    shown = CliRunner().invoke(
        main, ["campaign", "--at", AT, "--scenario", "crew", "--years", "10"]
    )  # fmt: skip
    assert "CREW-PROVISIONS runs out on 2038-10-07." in shown.stdout
