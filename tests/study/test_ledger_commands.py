"""`ilrs ledger` and `ilrs benefits` on a small programme, and with one partner's faults."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
import xarray as xr
from click.testing import CliRunner, Result

from ilrs.cli import main
from ilrs.programme.load import load
from ilrs.study.output import write_dataset

FILES = {
    "programme.yaml": """\
name: Small station
sites: {RIDGE: {kind: candidate, latitude: -89.4 deg, longitude: 222 deg}}
science_fields: {S1: {name: structure}}
benefits:
  TIME: {gives: observation_time, by: mass, least: 10 %}
  SEATS: {gives: training_seats, seats: 4}
  RIGHTS:
    gives: data
    embargo: 180 d
    grants: [{to: partners, may: [preview], from: receipt}, {to: anyone, may: [derive]}]
""",
    "partners/CN/all.yaml": """\
partner: {kind: state, status: founder}
missions: {M1: {status: planned, launches: [{date: 2034}]}}
elements: {LAB: {facility: F4, site: RIDGE, arrives_on: M1, mass: 900 kg}}
contributions:
  LAB-GIVEN:
    stage: implementation
    level: system
    form: material
    area: research
    gives: [LAB, M1]
    status: agreed
    history: [{status: offered, date: 2024-03}, {status: agreed, date: 2025, as_of: 2025-02}]
""",
    "partners/TH/all.yaml": """\
partner: {kind: state, status: signatory}
elements: {COUNTER: {facility: F4, site: RIDGE, arrives_on: M1, mass: 100 kg}}
experiments: {DUST: {element: LAB, fields: [S1], wanted: 100 h, power: 5 W}}
contributions:
  COUNTER-GIVEN:
    stage: development
    level: equipment
    form: material
    gives: [COUNTER, DUST]
    status: offered
""",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        path = tmp_path / "small" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path / "small"


@pytest.fixture
def ilrs(folder: Path) -> Callable[..., Result]:
    return lambda command, *words: CliRunner().invoke(main, [command, str(folder), *words])


def rows(result: Result) -> list[list[str]]:
    assert result.exit_code == 0, result.output
    return list(csv.reader(result.stdout.splitlines()))


def test_contributions_with_their_history(ilrs: Callable[..., Result]) -> None:
    head = ["partner", "contribution", "stage", "level", "form", "area", "status", "since"]
    given = ["CN", "LAB-GIVEN", "implementation", "system", "material", "research", "agreed"]
    assert rows(ilrs("ledger", "--csv", "--area", "RES")) == [
        head, [*given, "offered 2024-03 > 2025"],
    ]  # fmt: skip
    assert [row[1] for row in rows(ilrs("ledger", "--csv"))[1:]] == ["LAB-GIVEN", "COUNTER-GIVEN"]
    assert rows(ilrs("ledger", "--csv", "--status", "withdrawn")) == [head]


def test_who_depends_on_whom(ilrs: Callable[..., Result], tmp_path: Path) -> None:
    assert rows(ilrs("ledger", "--csv", "--show", "dependencies")) == [
        ["gives", "takes", "kind", "thing", "for"],
        ["CN", "TH", "host", "LAB", "DUST"],
        ["CN", "TH", "ride", "M1", "COUNTER"],
    ]
    chart = tmp_path / "n2.svg"
    matrix = ilrs("ledger", "--csv", "--show", "matrix", "--chart", str(chart))
    assert rows(matrix) == [["gives", "CN", "TH"], ["CN", "0", "2"], ["TH", "0", "0"]]
    titles = [one.text for one in ElementTree.parse(chart).iter() if one.tag.endswith("title")]
    assert titles == ["Who depends on whom: Small station", "CN → TH: host 1, ride 1"]


def test_all_of_it_as_json(ilrs: Callable[..., Result]) -> None:
    told = json.loads(ilrs("ledger", "--json", "--partner", "CN").stdout)
    (given,) = told["contributions"]
    assert given["history"][1] == {
        "status": "agreed", "date": "2025", "as_of": "2025-02", "what": "", "source": [],
        "note": "",
    }  # fmt: skip
    assert (given["mass_kg"], len(told["dependencies"])) == (900.0, 2)
    assert {row["measure"]: row["given"] for row in told["balance"]} == {
        "mass": 900.0, "rides": 100.0, "hosting": 360000.0,
    }  # fmt: skip


def run_of(folder: Path, sha256: str) -> Path:
    """A run's folder of one hour, in which the experiment ran."""
    on, nothing = ("element", "time"), [[0.0]]
    names = ("power_made_w", "power_used_w", "battery_energy_wh", "data_made_bps", "data_sent_bps")
    station = xr.Dataset(
        dict.fromkeys(names, (on, nothing))
        | {"experiment_fraction": (("experiment", "time"), [[1.0]])},
        coords={"element": ["LAB"], "experiment": ["DUST"], "time": np.array(["2036"], "M8[ns]")},
        attrs={"step_s": 3600.0},
    )
    (folder / "datasets").mkdir(parents=True)
    write_dataset(station, folder / "datasets/station.nc")
    write_dataset(station[["data_made_bps"]], folder / "datasets/environment.nc")
    record = {"provenance": {"programme_sha256": sha256}}
    (folder / "run.json").write_text(json.dumps(record), encoding="utf-8")
    return folder


def test_a_run_is_counted_beside_the_declarations(
    ilrs: Callable[..., Result], folder: Path, tmp_path: Path
) -> None:
    made = run_of(tmp_path / "run", load(folder).programme.sha256)
    told = rows(ilrs("ledger", "--csv", "--show", "balance", "--run", str(made)))
    assert ["CN", "hosting", "100 h", "-", "declared"] in told
    assert ["CN", "hosting", "1 h", "-", "run"] in told
    told_of = ilrs("benefits", "--run", str(made)).stdout  # what ran in place of what is declared
    assert "900 kg mass, 100 kg rides, 1 h hosting" in told_of
    other = run_of(tmp_path / "other", "0")
    assert ilrs("ledger", "--run", str(other)).stderr == (
        f"{other} tells of a programme that reads otherwise now; given and used are counted for the"
        " files as they are now. Run `ilrs run` or `ilrs plan` again with the same folders.\n"
    )
    assert ilrs("ledger", "--run", str(tmp_path)).stderr == (
        f"{tmp_path} holds no run; `ilrs run` writes a folder with run.json and datasets, `ilrs"
        " plan --output` one with plan.nc. Name such a folder with --run.\n"
    )


def test_a_word_that_there_is_not(ilrs: Callable[..., Result]) -> None:
    result = ilrs("ledger", "--status", "agred")
    assert (result.exit_code, result.stderr) == (
        2, "there is no status 'agred'; there are offered, proposed, agreed, committed, delivered,"
        " withdrawn. Did you mean 'agreed'?\n",
    )  # fmt: skip


def test_one_partners_error_stops_no_other_partner(
    ilrs: Callable[..., Result], folder: Path
) -> None:
    faulty = FILES["partners/TH/all.yaml"].replace("F4", "F9")
    (folder / "partners/TH/all.yaml").write_text(faulty, encoding="utf-8")
    for command, line in (("ledger", "LAB-GIVEN"), ("benefits", "900 kg mass")):
        result = ilrs(command)
        assert result.exit_code == 2
        assert line in result.stdout
        assert result.stderr == (
            "error: partners/TH/all.yaml:2: elements.COUNTER.facility: found 'F9'; 'facility' is"
            " one of F1, F2, F3, F4, F5. Write one of these.\n"
            "error: partners/TH/all.yaml:9: contributions.COUNTER-GIVEN.gives[0]: found 'COUNTER',"
            " which is no element or mission or experiment; the elements and missions and"
            " experiments are LAB, M1, DUST. Declare it, or correct the id.\n"
            "2 error(s), 0 warning(s)\n"
        )


def test_what_each_partner_gets_beside_what_it_gives(
    ilrs: Callable[..., Result], tmp_path: Path
) -> None:
    worth = {"partners": [{"partner": "CN", "shares": [3.0, 30.0]},
                          {"partner": "TH", "shares": [1.0, -5.0]}]}  # fmt: skip
    (tmp_path / "worth.json").write_text(json.dumps(worth), encoding="utf-8")
    result = ilrs("benefits", "--worth", str(tmp_path / "worth.json"))
    cells = [line.split("   ") for line in result.stdout.splitlines() if "kg" in line]
    assert [[cell.strip() for cell in line if cell.strip()] for line in cells] == [
        # 10 % each, and 0.8 by 900 kg of 1,000; 3 of 4 and all of 30 are 87.5 % on the mean
        ["CN", "82.0 %", "50.0 % (2)", "900 kg mass, 100 kg rides, 100 h hosting", "87.5 %"],
        ["TH", "18.0 %", "50.0 % (2)", "100 kg mass", "12.5 %"],
    ]
    assert "RIGHTS   everyone   partners   preview   receipt" in result.stdout
    assert "RIGHTS   everyone   anyone     derive    P180D after stop" in result.stdout
    assert rows(ilrs("benefits", "--csv", "--partner", "TH")) == [
        ["partner", "benefit", "gives", "by", "share", "amount", "unit"],
        ["TH", "TIME", "observation_time", "mass", "0.18000000000000002", "", "1"],
        ["TH", "SEATS", "training_seats", "equal", "0.5", "2.0", "count"],
    ]
    told: dict[str, Any] = json.loads(ilrs("benefits", "--json").stdout)
    assert [len(told[key]) for key in ("benefits", "rights", "balance")] == [4, 2, 6]


def test_a_file_that_says_nothing_of_worth(ilrs: Callable[..., Result], folder: Path) -> None:
    path = folder / "programme.yaml"
    assert ilrs("benefits", "--worth", str(path)).stderr == (
        f"{path} says nothing of what partners are worth; `ilrs worth --json > FILE` writes such a"
        " file. Name that file with --worth.\n"
    )
