"""Sessions of a plan in the data centre's archive: filed, found, moved, and followed by data."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from ilrs.cli import main
from ilrs.datacentre.archive import Archive
from ilrs.datacentre.filing import file_products
from ilrs.datacentre.lid import Lid
from ilrs.datacentre.profiles import ILRS
from ilrs.datacentre.validate import Validator
from ilrs.foundation.calendar import zones_of
from ilrs.foundation.provenance import sha256_of_file
from ilrs.operations import mending
from ilrs.operations.planning import with_bound
from ilrs.study.planning_files import write_plan
from ilrs.study.planning_observations import plan_products, plan_record_at
from ilrs.study.planning_setting import Planned
from ilrs.study.products import products_of
from tests.operations.planning_problems import activity, problem
from tests.study.small_plan import small_planned
from tests.study.synthetic_run import synthetic_run

SESSION = "urn:ilrs:jdc:small:research:x-year-2036-01-01"
PLAN = "urn:ilrs:jdc:small:plans:plan-ridge-year-2036-01-01"


@pytest.fixture
def made() -> Planned:
    """A session from 0:00 to 1:00, one that never fits, and an hour's work of no experiment."""
    asked = problem(
        activity("X", 4, kind="DUST", data_bps=1000.0, power_w=20.0, mandatory=True),
        activity("LONG", 40, kind="DUST"),
        activity("SERVICE", 4, kind="SERVICE"),
    )
    return small_planned(asked)


def written(of: Planned, folder: Path) -> Path:
    write_plan(of, folder, zones=zones_of("UTC"))
    return folder


def later(of: Planned) -> Planned:
    """The plan with X an hour later."""
    changed = mending.pin(of.problem, of.plan, activity_id="X", start_s=3600.0)
    plan = with_bound(changed.problem, changed.plan)
    return of.then(changed.problem, plan, command="ilrs plan change", inputs={"a": "b"})


def data(*words: Any) -> Any:
    return CliRunner().invoke(main, ["data", *map(str, words)], catch_exceptions=False)


def test_the_folder_of_a_plan_is_filed_and_found(made: Planned, tmp_path: Path) -> None:
    folder, archive = written(made, tmp_path / "plan"), tmp_path / "archive"
    told = data("ingest", folder, "--archive", archive)
    assert told.exit_code == 0
    assert told.stdout.splitlines() == [
        f"filed        {PLAN}::0.1",
        f"filed        {SESSION}::0.1",
        f"{archive}: 2 filed, 0 quarantined, 0 kept, 0 refused",
    ]
    (found,) = json.loads(data("find", "Dust", "--archive", archive, "--json").stdout)
    assert found["lidvid"] == f"{SESSION}::0.1"
    assert (found["start_utc"], found["stop_utc"]) == (
        "2036-01-01T00:00:00Z", "2036-01-01T01:00:00Z",
    )  # fmt: skip
    assert (found["partner"], found["access"], found["embargo"], found["licence"]) == (
        "A", "partners", "P90D after stop", "CC-BY-4.0",
    )  # fmt: skip
    assert found["keywords"] == ["counts", "planned"]
    assert found["science_fields"] == ["S5"]
    assert found["place"] == {"type": "Point", "longitude_deg": 204.0, "latitude_deg": -89.8}
    assert found["sun_elevation_deg"] is not None
    assert found["sources"] == [f"{PLAN}::0.1", f"Small sha256:{'0' * 64}"]
    assert found["command"] == "ilrs plan --seed 1"
    assert found["description"] == (
        "Planned by ilrs: a session of Dust on ROBOT. Its data are to be filed as version 1.0 of"
        f" this product. SHA-256 of plan.json: {sha256_of_file(folder / 'plan.json')}."
    )
    with Archive.open(archive).open_file(f"{SESSION}::0.1", "data.csv") as stream:
        assert stream.read().decode() == (
            "request,experiment,element,start,end,power,expected_data,state\r\n"
            "X,DUST,ROBOT,2036-01-01T00:00:00Z,2036-01-01T01:00:00Z,20.0,3600000,planned\r\n"
        )
    with Archive.open(archive).open_file(f"{PLAN}::0.1", "data.csv") as stream:
        rows = stream.read().decode().split("\r\n")
    assert rows[0] == "request,experiment,partner,element,why_not,start,end,asked,granted,worth"
    assert rows[2] == ("LONG,DUST,A,ROBOT,its longest window is 4 h,,,36000.0,0.0,0.0")
    assert len(rows) == 5


def test_the_same_plan_is_filed_once_and_a_moved_session_is_the_next_version(
    made: Planned, tmp_path: Path
) -> None:
    one, two = written(made, tmp_path / "one"), written(later(made), tmp_path / "two")
    archive = tmp_path / "archive"
    told = data("ingest", one, two, one, "--archive", archive).stdout.splitlines()
    assert told == [
        f"filed        {PLAN}::0.1", f"filed        {SESSION}::0.1",
        f"filed        {PLAN}::0.2", f"filed        {SESSION}::0.2",
        f"{archive}: 4 filed, 0 quarantined, 2 kept, 0 refused",
    ]  # fmt: skip
    (found,) = json.loads(data("find", "Dust", "--archive", archive, "--json").stdout)
    assert (found["lidvid"], found["start_utc"]) == (f"{SESSION}::0.2", "2036-01-01T01:00:00Z")
    assert found["command"] == "ilrs plan --seed 1; ilrs plan change"
    assert found["sources"][0] == f"{PLAN}::0.2"


def test_a_plan_that_goes_back_to_a_former_one_is_the_newest(made: Planned, tmp_path: Path) -> None:
    two = later(made)
    back = two.then(made.problem, made.plan, command="ilrs plan change --pin X@…", inputs={})
    archive = tmp_path / "archive"
    folders = [written(one, tmp_path / str(k)) for k, one in enumerate((made, two, back))]
    assert data("ingest", *folders, "--archive", archive).exit_code == 0
    (found,) = json.loads(data("find", "Dust", "--archive", archive, "--json").stdout)
    assert (found["lidvid"], found["start_utc"]) == (f"{SESSION}::0.3", "2036-01-01T00:00:00Z")


def test_data_come_as_version_one_and_no_plan_comes_after_them(
    made: Planned, tmp_path: Path
) -> None:
    archive = Archive(tmp_path / "archive")
    record = plan_record_at(written(made, tmp_path / "one"))
    assert record is not None
    file_products(archive, plan_products(record))
    observed = [
        replace(product, is_preliminary=False)
        for product in plan_products(record)
        if product.lid == Lid.parse(SESSION)
    ]
    assert [one.lidvid for one in file_products(archive, observed)] == [f"{SESSION}::1.0"]
    moved = plan_record_at(written(later(made), tmp_path / "two"))
    assert moved is not None
    names = [one.lidvid for one in file_products(archive, plan_products(moved))]
    assert names == [f"{PLAN}::0.2", f"{SESSION}::0.2"]
    newest = archive.get(SESSION)
    assert newest is not None and newest.lidvid == f"{SESSION}::1.0"


def test_labels_of_planned_sessions_are_valid(made: Planned, shared: Path, tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    data("ingest", written(made, tmp_path / "plan"), "--archive", archive)
    validator = Validator(shared / "data" / "pds4-schemas", profile=ILRS)
    for name in (f"{PLAN}::0.1", f"{SESSION}::0.1"):
        folder = tmp_path / name.replace(":", "-")
        folder.mkdir()
        for file in ("label.xml", "data.csv"):
            with Archive.open(archive).open_file(name, file) as stream:
                (folder / file).write_bytes(stream.read())
        assert validator.check_file(folder / "label.xml") == []


def test_a_run_with_a_plan_files_its_sessions(made: Planned, tmp_path: Path) -> None:
    record = plan_record_at(written(made, tmp_path / "plan"))
    run = synthetic_run(hours=48)
    without = [str(product.lid) for product in products_of(run)]
    products = products_of(replace(run, sessions=record))
    assert [str(product.lid) for product in products] == [*without, PLAN, SESSION]


def test_a_folder_without_a_plan_is_read_as_any_other(tmp_path: Path) -> None:
    assert plan_record_at(tmp_path) is None
    (tmp_path / "plan.json").write_text("[]", encoding="utf-8")
    assert plan_record_at(tmp_path) is None
