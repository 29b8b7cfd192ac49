"""The main job, end to end: what `ilrs run` says, leaves behind, and repeats."""

import json
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from click.testing import CliRunner

from ilrs.cli import main
from ilrs.datacentre.archive import Archive
from ilrs.datacentre.label import parse_xml
from ilrs.datacentre.label_read import identifier_of
from ilrs.datacentre.profiles import STRICT
from ilrs.datacentre.validate import validate_label

# What holds the clock time of filing; the products' own files do not.
KEPT_APART = {
    "ledger.jsonl", "rights.jsonl", "catalogue.sqlite3", "record.json", "inventory.json",
    "inventory.json.sha256",
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(reference_run) -> Path:
    assert reference_run.exit_code == 0, reference_run.stderr
    return reference_run.folder / "ilrs-runs"


def test_every_requirement_is_answered_with_its_number(folder):
    record = json.loads((folder / "reference-year" / "run.json").read_text(encoding="utf-8"))
    assert len(record["verdicts"]) >= 10
    assert record["scenario"] == "year"
    for verdict in record["verdicts"]:
        elsewhere = verdict["holds"] is None
        assert (verdict["measured"] is None) == elsewhere, verdict
        assert isinstance(verdict["limit"], float)


def test_the_run_leaves_book_datasets_and_archive(folder):
    run = folder / "reference-year"
    book = (run / "station-book.html").read_text(encoding="utf-8")
    assert "International Lunar Research Station" in book
    with xr.open_dataset(run / "datasets" / "station.nc", engine="scipy") as station:
        assert station.sizes["time"] == 8784
        assert abs(float(station.attrs["energy_residual"])) <= 1e-9
        assert abs(float(station.attrs["data_residual"])) <= 1e-9
    archive = Archive.open(folder / "archive")
    assert archive.verify().findings == ()
    assert len(archive.find()) >= 10


def test_products_name_what_they_were_made_from_and_their_light(folder):
    archive = Archive.open(folder / "archive")
    records = {r.lidvid.rpartition("::")[0].rpartition(":")[2]: r for r in archive.find()}
    verdicts = next(r for name, r in records.items() if name.startswith("verdicts-"))
    environment = next(r for name, r in records.items() if name.startswith("environment-"))
    horizon = next(r for name, r in records.items() if name.startswith("horizon-"))
    run = json.loads((folder / "reference-year" / "run.json").read_text(encoding="utf-8"))
    for record in records.values():
        assert record.command == run["provenance"]["command"]
        assert record.sources[-1].endswith(f"sha256:{run['provenance']['programme_sha256']}")
        for source in record.sources:
            if source.startswith("urn:"):
                assert archive.get(source).lidvid == source  # a version that is filed
    assert environment.lidvid in verdicts.sources
    assert horizon.lidvid in environment.sources
    inputs = {source.partition(" sha256:")[0] for source in horizon.sources}
    assert set(run["provenance"]["inputs_sha256"]) <= inputs
    # The run's own environment has the Sun at the same place; its cell begins half a step before.
    with xr.open_dataset(folder / "reference-year/datasets/environment.nc", engine="scipy") as seen:
        middle = seen.sizes["time"] // 2
        nearest = seen["sun_elevation_deg"].values[middle - 1 : middle + 1]
    assert nearest.min() - 0.05 <= environment.sun_elevation_deg <= nearest.max() + 0.05


def test_power_made_is_used_stored_lost_or_spilled(folder):
    """The balance over the whole year, summed here again from the series the run wrote."""
    with xr.open_dataset(folder / "reference-year/datasets/station.nc", engine="scipy") as station:
        made = station["power_made_w"].sum("element")
        used = station["power_used_w"].sum("element")
        elsewhere = station["power_spilled_w"] + station["power_lost_w"]
        stored_wh = float(station.attrs["energy_stored_wh"])
        left_wh = float((made - used - elsewhere).sum()) * station.attrs["step_s"] / 3600.0
        assert left_wh == pytest.approx(stored_wh, abs=1e-9 * float(made.sum()))


def test_labels_validate_against_the_pds4_schemas(folder, shared):
    schemas = shared / "data" / "pds4-schemas"
    labels = sorted((folder / "archive" / "ocfl").rglob("label.xml"))
    assert len(labels) >= 10
    for label in labels:
        assert validate_label(label, schemas=schemas) == []


def test_labels_validate_strictly_where_the_programme_takes_a_listed_prefix(
    tmp_path, shared, monkeypatch
):
    """PDS4's own rules admit six prefixes; `lid_prefix` chooses one where that is wanted."""
    monkeypatch.chdir(tmp_path)
    write_layer(tmp_path / "mine", "lid_prefix: urn:ros:rssa\n")
    assert CliRunner().invoke(main, ["run", "mine", "--over", "reference"]).exit_code in {0, 1}
    for label in (tmp_path / "ilrs-runs" / "archive").rglob("label.xml"):
        schemas = shared / "data" / "pds4-schemas"
        assert validate_label(label, schemas=schemas, profile=STRICT) == []
        root = parse_xml(label.read_bytes(), name=label.name)
        assert identifier_of(root, name=label.name).lid.prefix == "urn:ros:rssa"


def write_layer(folder: Path, text: str = "") -> None:
    """A layer over the reference that shortens its scenario to ten days."""
    folder.mkdir()
    short = "scenarios:\n  year:\n    end: 2036-01-11\n"
    (folder / "x.yaml").write_text(text + short, encoding="utf-8")


def test_the_same_seed_gives_the_same_bytes(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_layer(tmp_path / "mine")
    for out in ("one", "two"):
        result = CliRunner().invoke(main, ["run", "mine", "--over", "reference", "--out", out])
        assert result.exit_code in {0, 1}, result.stderr
    names = {
        path.relative_to(out)
        for out in (Path("one"), Path("two"))
        for path in out.rglob("*")
        if path.is_file() and path.name not in KEPT_APART
    }
    assert len(names) > 10
    for name in names:
        assert (Path("one") / name).read_bytes() == (Path("two") / name).read_bytes(), name


def test_running_again_files_nothing_twice(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_layer(tmp_path / "mine")
    for _ in range(2):
        CliRunner().invoke(main, ["run", "mine", "--over", "reference"])
    records = Archive.open(Path("ilrs-runs/archive")).find()
    assert {record.lidvid.rsplit("::", 1)[1] for record in records} == {"1.0"}


def test_a_failing_requirement_of_level_must_gives_exit_code_1(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_layer(tmp_path / "mine", 'requirements:\n  DARKNESS:\n    limit: "<= 1 h"\n')
    result = CliRunner().invoke(main, ["run", "mine", "--over", "reference", "--json"])
    verdicts = {v["requirement"]: v for v in json.loads(result.stdout)["verdicts"]}
    assert verdicts["DARKNESS"]["holds"] is False
    assert result.exit_code == 1


def test_own_terrain_is_used_when_named(tmp_path, shared, monkeypatch):
    """The committed profile and one computed now from its source agree on the longest darkness."""
    monkeypatch.chdir(tmp_path)
    terrain = shared / "data" / "terrain"
    words = ["--terrain", str(terrain / "connecting_ridge_40m.tif")]
    words += ["--terrain", str(terrain / "shackleton_ridge_200m.tif")]
    words += ["--terrain", str(terrain / "LDEM_4.LBL")]
    computed = CliRunner().invoke(main, ["run", *words, "--json", "--out", "computed"])
    committed = CliRunner().invoke(main, ["run", "--json", "--out", "committed"])
    a, b = (
        {v["requirement"]: v["measured"] for v in json.loads(result.stdout)["verdicts"]}
        for result in (computed, committed)
    )
    assert a["DARKNESS"] == pytest.approx(b["DARKNESS"], abs=1.0)  # one step: an edge may fall over
    record = json.loads(Path("computed/reference-year/run.json").read_text(encoding="utf-8"))
    assert set(record["provenance"]["inputs_sha256"]) == {
        "connecting_ridge_40m.tif", "shackleton_ridge_200m.tif", "LDEM_4.LBL",
    }  # fmt: skip


def test_the_scaffold_runs_over_the_reference(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    runner = CliRunner()
    assert runner.invoke(main, ["init", "mine"]).exit_code == 0
    shown = runner.invoke(main, ["check", "mine", "--over", "reference"])
    assert shown.exit_code == 0, shown.stderr
    result = runner.invoke(main, ["run", "mine", "--over", "reference", "--json"])
    assert result.exit_code in {0, 1}, result.stderr
    assert json.loads(result.stdout)["verdicts"]


def test_crew_scenario_judges_its_own_requirement(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, ["run", "--scenario", "crew", "--json"])
    verdicts = json.loads(result.stdout)["verdicts"]
    unjudged = [v["requirement"] for v in verdicts if v["holds"] is None]
    assert unjudged == [
        "SURVIVAL", "PLAN-RETURN", "PLAN-LATENCY", "RELAY-LOSS", "NO-SINGLE-PARTNER",
    ]  # fmt: skip
    measured = {v["requirement"]: v["measured"] for v in verdicts if v["holds"]}
    assert measured["CREW-RESEARCH"] > 0.0
    assert measured["CREW-SUPPORT"] == pytest.approx(31.0, rel=1e-9)
    path = "ilrs-runs/reference-crew/datasets/crew.nc"
    with xr.open_dataset(path, engine="scipy") as crew:
        assert crew.attrs["mass_residual"] <= 1e-9
        here = crew["people_aboard"].values > 0.0
        assert here.sum() == 31 * 24
        # The station before and after: what leaks is made up for, and nothing else goes on.
        power_w = crew["life_support_power_w"].values
        assert power_w[: int(np.argmax(here))].max() < 10.0
        assert power_w[-1] < 10.0
        assert crew["dose_gy"].values[~here].max() == 0.0
        assert crew["dose_gy"].values.max() == pytest.approx(31 * 24 * 13.2e-6, rel=1e-6)


def test_measured_numbers_are_those_of_the_datasets(folder):
    """Three verdicts, computed again here from the datasets alone."""
    record = json.loads((folder / "reference-year/run.json").read_text(encoding="utf-8"))
    measured = {v["requirement"]: v["measured"] for v in record["verdicts"]}
    with xr.open_dataset(folder / "reference-year/datasets/environment.nc", engine="scipy") as env:
        dark = env["sun_visible_fraction"].values[-1] <= 0.0
        contact = (env["earth_visible_fraction"].values[-1] > 0.5) | (
            env["relay_open_fraction"].sel(mask_deg=0.0).values > 0.5
        ).any(axis=0)
    assert measured["DARKNESS"] == pytest.approx(longest_run(dark), rel=1e-6)
    assert measured["CONTACT"] == pytest.approx(longest_run(~contact), rel=1e-6)
    with xr.open_dataset(folder / "reference-year/datasets/station.nc", engine="scipy") as station:
        assert measured["RESERVE"] == float(station["state_of_charge"].min())


def longest_run(mask: np.ndarray) -> int:
    longest = current = 0
    for value in mask:
        current = current + 1 if value else 0
        longest = max(longest, current)
    return longest
