"""What a scrub finds: every harm that can come to a file of an archive is named where it is."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ilrs.datacentre.archive import Archive
from ilrs.datacentre.filing import file_products
from ilrs.datacentre.ocfl import Inventory, object_key, sidecar
from ilrs.datacentre.product import Column, Product, Table

Make = Callable[..., Product]
POWER, HEAT = "urn:ilrs:jdc:station:run:power", "urn:ilrs:jdc:station:run:heat"
KEY = object_key(POWER)
HOME = f"ocfl/{KEY}"
V1, DATA = f"{HOME}/v1/content", f"{HOME}/v1/content/product/data.csv"


@pytest.fixture
def archive(tmp_path: Path, product: Make) -> Archive:
    made = Archive(tmp_path / "archive", now=lambda: "2026-11-21T00:00:00Z")
    heat = Table([Column(name="x", values=np.arange(3))])
    file_products(made, [product(), product("heat", table=heat)])
    return made


def change(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"0", b"1"))


def said(archive: Archive) -> list[str]:
    return [f"{finding.file}: {finding.found}" for finding in archive.verify().findings]


@pytest.mark.parametrize(
    ("harm", "found"),
    [
        (lambda f: change(f / DATA), [f"{KEY}/v1/content/product/data.csv: the file has changed"]),
        (
            lambda f: (f / V1 / "product/label.xml").unlink(),
            [f"{KEY}/v1/content/product/label.xml: the file is missing"],
        ),
        (
            lambda f: (f / V1 / "more.txt").write_text("x"),
            [f"{KEY}/v1/content/more.txt: the inventory does not list this"],
        ),
        (
            lambda f: (f / HOME / "inventory.json.sha256").unlink(),
            [f"{KEY}/inventory.json.sha256: the file is missing"],
        ),
        (
            lambda f: change(f / HOME / "v1/inventory.json"),
            [f"{KEY}/v1/inventory.json: the file has changed"],
        ),
        (
            lambda f: (f / HOME / "inventory.json").unlink(),
            [f"{KEY}/inventory.json: the inventory is missing", f"{KEY}: the version is missing"],
        ),
        (
            lambda f: (f / HOME / "inventory.json").write_bytes(b"{}"),
            [
                f"{KEY}/inventory.json: the inventory cannot be read: 'versions'",
                f"{KEY}: the version is missing",
            ],
        ),
        (
            lambda f: (f / "ocfl/stray.txt").write_text("x"),
            ["stray.txt: the file belongs to no object"],
        ),
        (lambda f: (f / HOME).rename(f / "elsewhere"), [f"{KEY}: the version is missing"]),
        (
            lambda f: (f / HOME).rename((f / HOME).with_name("else")),
            [f"{KEY.rpartition('/')[0]}/else: the object lies in a wrong place"],
        ),
        (
            lambda f: (f / "ledger.jsonl").unlink(),
            [
                f"{object_key(HEAT)}/v1: the ledger does not know this version",
                f"{KEY}/v1: the ledger does not know this version",
                "catalogue: the catalogue lists what the ledger does not know",
                "catalogue: the catalogue lists what the ledger does not know",
            ],
        ),
    ],
)
def test_verify_names_the_harm(
    archive: Archive, harm: Callable[[Path], Any], found: list[str]
) -> None:
    assert archive.verify().findings == ()
    harm(archive.folder)
    assert sorted(said(archive)) == sorted(found)


def test_verify_says_how_much_it_read(archive: Archive) -> None:
    read: list[int] = []
    found = archive.verify(said=read.append)
    assert (found.objects, found.versions, found.files) == (2, 2, 6)
    sizes = [p.stat().st_size for p in (archive.folder / "ocfl").rglob("v*/content/**/*.*")]
    assert found.size == sum(sizes) == sum(read)


def test_verify_sees_a_change_that_was_covered_up_in_the_inventory(archive: Archive) -> None:
    home = archive.folder / HOME
    data = archive.folder / DATA
    plain = json.loads((home / "inventory.json").read_bytes())
    change(data)
    old = archive.storage.read(f"{KEY}/inventory.json").decode()
    inventory = Inventory.parse(old.encode())
    digest = inventory.versions[0].state["product/data.csv"]
    from ilrs.datacentre.staging import digests_of  # noqa: PLC0415

    with data.open("rb") as stream:
        now = digests_of(stream)
    md5 = inventory.md5["v1/content/product/data.csv"]
    covered = old.replace(digest, now.sha256).replace(md5, now.md5).encode()
    for place in (home, home / "v1"):
        (place / "inventory.json").write_bytes(covered)
        (place / "inventory.json.sha256").write_bytes(sidecar(covered))
    (finding,) = archive.verify().findings
    assert (finding.file, finding.entity) == (f"{KEY}/v1", f"{POWER}::1.0")
    assert finding.found == "the inventory has changed: its files are not those filed"
    assert plain["head"] == "v1"


def test_verify_names_a_link(archive: Archive, tmp_path: Path) -> None:
    data = archive.folder / DATA
    data.rename(tmp_path / "elsewhere.csv")
    data.symlink_to(tmp_path / "elsewhere.csv")
    (finding,) = archive.verify().findings
    assert finding.found == "this is a link"


def test_verify_says_that_an_ingest_was_interrupted(
    archive: Archive, product: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(type(archive.storage), "adopt", stop)
    with pytest.raises(KeyboardInterrupt):
        file_products(archive, [product(title="Another")])
    monkeypatch.undo()
    assert [str(finding) for finding in archive.verify().findings] == [
        f"{KEY}: an ingest is adding to this, or was interrupted; what it had promised is kept, "
        "the rest was never visible. The next ingest finishes it."
    ]
    archive.ingest([])
    assert archive.verify().findings == ()
    assert archive.get(POWER).title == "Another"  # type: ignore[union-attr]
    assert os.listdir(archive.folder).count("staging") == 0
