"""Exports: bags by the judgement of bagit-python, deep-archive packages by PDS4's own schemas."""

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ilrs.datacentre.archive import Archive
from ilrs.datacentre.bag import selected, write_bag
from ilrs.datacentre.deep import write_deep_package
from ilrs.datacentre.filing import file_products
from ilrs.datacentre.product import Product
from ilrs.datacentre.profiles import profile_named
from ilrs.datacentre.validate import Validator
from ilrs.foundation.errors import IlrsError

bagit = pytest.importorskip("bagit", reason="needs bagit: pip install 'ilrs[test]'")

Make = Callable[..., Product]
RUN = "urn:ros:rssa:station:run"


@pytest.fixture
def archive(tmp_path: Path, product: Make) -> Archive:
    made = Archive(tmp_path / "archive")
    names = ("power", "heat", "100% open")
    products = [
        product(name.split()[0].strip("%"), prefix="urn:ros:rssa", title=name) for name in names
    ]
    file_products(made, products)
    file_products(made, [product("power", prefix="urn:ros:rssa", title="Another")])
    return made


def test_bag_is_valid_and_complete(archive: Archive, tmp_path: Path) -> None:
    records = selected(archive, RUN)
    assert sorted(r.lidvid.removeprefix(f"{RUN}:") for r in records) == [
        "100::1.0", "heat::1.0", "power::1.1",
    ]  # fmt: skip
    bag = bagit.Bag(str(write_bag(archive, records, tmp_path / "bag")))
    assert bag.is_valid(completeness_only=False)
    assert len(list(bag.payload_files())) == 3 * 3
    data = tmp_path / "bag/data/station/run/power/v1.1/data.csv"
    with archive.open_file(f"{RUN}:power::1.1", "data.csv") as stream:
        assert data.read_bytes() == stream.read()
    data.write_bytes(b"other")
    assert not bag.is_valid()


def test_bag_can_be_ingested_again_by_its_folder_names(archive: Archive, tmp_path: Path) -> None:
    one = selected(archive, f"{RUN}:power::1.0")
    write_bag(archive, one, tmp_path / "bag")
    assert (tmp_path / "bag/data/station/run/power/v1.0/label.xml").is_file()


def test_bag_is_not_written_over_another(archive: Archive, tmp_path: Path) -> None:
    with pytest.raises(IlrsError) as caught:
        write_bag(archive, [], tmp_path)
    assert str(caught.value) == (
        f"{tmp_path} is there already; a bag is written into a folder of its own. Name a new "
        "folder."
    )


def test_no_bag_appears_where_a_file_has_changed(archive: Archive, tmp_path: Path) -> None:
    key = archive.key_of(f"{RUN}:heat::1.0", "data.csv")
    (archive.folder / "ocfl" / key).write_bytes(b"other")
    with pytest.raises(IlrsError) as caught:
        write_bag(archive, selected(archive, RUN), tmp_path / "bag")
    assert str(caught.value) == (
        f"data.csv of {RUN}:heat::1.0 has changed in the archive; `ilrs data verify` says what "
        "else has. Restore it from another copy."
    )
    assert not (tmp_path / "bag").exists()


def test_what_cannot_be_found_is_not_exported(archive: Archive) -> None:
    archive.withdraw(f"{RUN}:power::1.0", reason="wrong unit")
    for identifier, message in (
        (
            f"{RUN}:power::1.0",
            f"{RUN}:power::1.0 is withdrawn; what is exported can be found, too. Name another "
            "version, or release it.",
        ),
        (
            f"{RUN}:nothing",
            f"there is no product {RUN}:nothing; `ilrs data find` lists what there is. Correct the "
            "identifier.",
        ),
    ):
        with pytest.raises(IlrsError) as caught:
            selected(archive, identifier)
        assert str(caught.value) == message


# --- deep archive -------------------------------------------------------------------------------


@pytest.fixture
def package(archive: Archive, tmp_path: Path) -> Iterator[dict[str, Path]]:
    paths = write_deep_package(
        selected(archive, RUN),
        tmp_path / "deep",
        identifier="urn:ros:rssa:station::1.0",
        base_url="https://node.example.org/files/",
        site_id="PDS_GEO",
        created_utc="2026-11-26T05:00:00.000001Z",
    )
    yield {path.name.removeprefix("station_v1.0_20261126_"): path for path in paths}


def test_package_has_manifests_of_the_right_files(
    archive: Archive, package: dict[str, Path]
) -> None:
    assert list(package) == [
        "checksum_manifest_v1.0.tab", "transfer_manifest_v1.0.tab", "aip_v1.0.xml",
        "sip_v1.0.tab", "sip_v1.0.xml",
    ]  # fmt: skip
    rows = [line.split("\t") for line in package["sip_v1.0.tab"].read_text().splitlines()]
    assert len(rows) == 6
    for md5, kind, url, lidvid in rows:
        name = url.rpartition("/")[2]
        with archive.open_file(lidvid, name) as stream:
            assert hashlib.md5(stream.read()).hexdigest() == md5
        assert kind == "MD5"
        assert url.startswith("https://node.example.org/files/station/run/")
    lines = package["transfer_manifest_v1.0.tab"].read_bytes().split(b"\r\n")
    assert {len(line) for line in lines[:-1]} == {510}
    assert (lines[0][:255].rstrip(), lines[-1]) == (rows[0][3].encode(), b"")
    assert lines[0][255:].rstrip().decode() == f"/{rows[0][2].partition('/files/')[2]}"
    sums = [
        line.split("\t") for line in package["checksum_manifest_v1.0.tab"].read_text().split("\n")
    ]
    assert [row[0] for row in sums[:-1]] == [row[0] for row in rows]


def test_labels_of_the_package_are_valid(package: dict[str, Path], schemas: Path) -> None:
    validator = Validator(schemas, profile=profile_named("strict"))
    for name in ("aip_v1.0.xml", "sip_v1.0.xml"):
        found = validator.check(package[name].read_bytes(), name=name)
        assert [str(f) for f in found if f.severity == "error"] == []


def test_package_is_of_a_bundle_alone(tmp_path: Path) -> None:
    with pytest.raises(IlrsError) as caught:
        write_deep_package(
            [], tmp_path, identifier=f"{RUN}::1.0", base_url="https://x.org", site_id="PDS_GEO",
            created_utc="2026-11-26T05:00:00Z",
        )  # fmt: skip
    assert str(caught.value) == (
        f"{RUN}::1.0 is no bundle; a deep-archive package is of one bundle: "
        "urn:agency:archive:bundle. Name the bundle, or export a bag."
    )


def test_manifest_has_the_form_of_a_real_one(package: dict[str, Path], real_labels: Path) -> None:
    """The manifest of the LADEE mission bundle, as PDS's atmospheres node handed it over."""
    folder = real_labels / "ladee_mission_bundle"
    real = (folder / "ladee_mission_bundle_SIP_4col_manifest_v1.0.tab").read_bytes()
    ours = package["sip_v1.0.tab"].read_bytes()
    for text in (real, ours):
        assert text.endswith(b"\r\n")
        rows = [line.split(b"\t") for line in text.split(b"\r\n")[:-1]]
        assert {len(row) for row in rows} == {4}
        assert {(len(row[0]), row[1], b"::" in row[3]) for row in rows} == {(32, b"MD5", True)}
        assert all(row[2].startswith(b"http") for row in rows)
