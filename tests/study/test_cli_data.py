"""The commands of the data centre, run on real products of missions to the Moon."""

import json
import shutil
import zipfile
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from ilrs.cli import main

MINIRF = "urn:nasa:pds:chand1-orb_mini_rf:data_hk:fsb_01500_rhk_xib_85s238_v1::1.0"
NAC = "urn:nasa:pds:lro-l-lroc-3-cdr:lrolrc_1054c_data:wac.m1431146123cc::1.0"


@pytest.fixture(scope="module")
def centre(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive into which a complete product and one without its image were ingested."""
    folder = tmp_path_factory.mktemp("centre")
    for name in ("ch1_minirf_hk", "lroc_nac_label_only"):
        shutil.copytree(shared / "data" / "pds4" / name, folder / "in" / name)
    answer = data(folder, "ingest", str(folder / "in"), "--json")
    assert answer.exit_code == 0, answer.output
    states = {o["lidvid"]: o["state"] for o in json.loads(answer.stdout)}
    assert states == {MINIRF: "filed", NAC: "quarantined"}
    return folder


def data(folder: Path, command: str, *words: str) -> Result:
    return CliRunner().invoke(main, ["data", command, *words, "--archive", str(folder / "archive")])


def test_ingest_again_keeps_what_is_there(centre: Path) -> None:
    answer = data(centre, "ingest", str(centre / "in"))
    assert answer.exit_code == 0
    assert answer.stdout.splitlines()[-1].endswith("0 filed, 0 quarantined, 2 kept, 0 refused")
    assert "kept         " + NAC in answer.stdout  # for its findings
    assert "the file is missing: 'M1431146123CC.IMG'" in answer.stdout


def test_what_is_quarantined_is_not_found_until_it_is_released(centre: Path) -> None:
    copy = centre / "copy"
    shutil.copytree(centre / "archive", copy / "archive")

    def found() -> set[str]:
        return {record["lidvid"] for record in json.loads(data(copy, "find", "--json").stdout)}

    assert found() == {MINIRF}
    answer = data(copy, "release", NAC, "--reason", "the image is at its own node")
    assert answer.stdout == f"{NAC}: released\n"
    assert found() == {MINIRF, NAC}
    answer = data(copy, "withdraw", MINIRF, "--reason", "superseded")
    assert answer.stdout.startswith(f"{MINIRF}: withdrawn since 20")
    assert found() == {NAC}
    assert data(copy, "rebuild").exit_code == 0
    assert found() == {NAC}
    assert data(copy, "verify").exit_code == 0


def test_verify_says_what_it_read_and_what_changed(centre: Path) -> None:
    copy = centre / "other"
    shutil.copytree(centre / "archive", copy / "archive")
    answer = data(copy, "verify")
    assert answer.exit_code == 0
    assert "2 products, 2 versions, " in answer.stdout
    assert answer.stdout.endswith("every checksum holds\n")
    path = next((copy / "archive" / "ocfl").rglob("fsb_01500*.csv"))
    path.write_bytes(path.read_bytes()[:-1])
    answer = data(copy, "verify")
    assert answer.exit_code == 2
    assert "the file has changed" in answer.stderr
    assert answer.stderr.endswith("1 error(s), 0 warning(s)\n")


def test_export_as_a_bag_and_as_a_deep_archive_package(centre: Path) -> None:
    bundle = "urn:nasa:pds:chand1-orb_mini_rf"
    answer = data(
        centre, "export", bundle, "--bagit", str(centre / "bag"), "--deep", str(centre / "deep"),
        "--base-url", "https://node.example.org", "--site-id", "PDS_GEO",
    )  # fmt: skip
    assert answer.exit_code == 0, answer.output
    assert answer.stdout.splitlines()[0] == f"{centre / 'bag'}: a bag of 1 products"
    assert len(answer.stdout.splitlines()) == 6
    assert (centre / "bag" / "bagit.txt").is_file()
    answer = data(centre, "export", bundle)
    assert answer.exit_code == 2
    assert "name where to: --bagit DIR, --deep DIR, or both" in answer.stderr


def test_zip_file_is_ingested_and_a_hostile_one_is_not(centre: Path, tmp_path: Path) -> None:
    home = centre / "in" / "ch1_minirf_hk"
    with zipfile.ZipFile(tmp_path / "good.zip", "w") as archive:
        for path in home.iterdir():
            archive.write(path, f"minirf/{path.name}")
    with zipfile.ZipFile(tmp_path / "bad.zip", "w") as archive:
        archive.writestr("../../evil.xml", "<a/>")
    answer = data(tmp_path, "ingest", str(tmp_path / "good.zip"))
    assert answer.exit_code == 0, answer.output
    assert answer.stdout.splitlines()[-1].endswith("1 filed, 0 quarantined, 0 kept, 0 refused")
    answer = data(tmp_path, "ingest", str(tmp_path / "bad.zip"))
    assert answer.exit_code == 2
    assert answer.stderr.startswith("'../../evil.xml' is no name of a product's file; ")
    left: list[Any] = [p.name for p in tmp_path.rglob("*evil*")]
    assert left == []
    assert not (tmp_path / "archive" / "unpacking").exists()


def test_link_in_a_delivery_is_not_followed(centre: Path, tmp_path: Path) -> None:
    home = tmp_path / "in"
    shutil.copytree(centre / "in" / "ch1_minirf_hk", home)
    table = next(home.glob("*.csv"))
    table.rename(tmp_path / "secret.csv")
    table.symlink_to(tmp_path / "secret.csv")
    answer = data(tmp_path, "ingest", str(home), "--json")
    (outcome,) = json.loads(answer.stdout)
    assert outcome["state"] == "quarantined"
    assert {finding["kind"] for finding in outcome["findings"]} >= {"name"}
    filed = [p.name for p in (tmp_path / "archive" / "ocfl").rglob("product/*")]
    assert table.name not in filed
