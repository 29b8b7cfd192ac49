"""The archive's storage is OCFL 1.1 by the judgement of ocfl-py, which no one here wrote."""

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ilrs.datacentre.archive import Archive
from ilrs.datacentre.filing import file_products
from ilrs.datacentre.lid import Vid
from ilrs.datacentre.ocfl import object_key
from ilrs.datacentre.product import Column, Product, Table

Make = Callable[..., Product]
POWER = "urn:ilrs:jdc:station:run:power"


@pytest.fixture(scope="module")
def ocfl() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its own imports warn
        return pytest.importorskip("ocfl", reason="needs ocfl-py: pip install 'ilrs[test]'")


@pytest.fixture
def archive(tmp_path: Path, product: Make) -> Archive:
    made = Archive(tmp_path / "archive")
    numbers = [Table([Column(name="x", values=np.arange(3) + seed)]) for seed in range(2)]
    long = "a" * 120
    file_products(made, [product(), product(long, table=numbers[0])])
    file_products(made, [product(title="Another"), product(long, table=numbers[1])])
    file_products(made, [product(title="Older", version=Vid(0, 9))])
    made.withdraw(f"{POWER}::1.0", reason="wrong unit")
    return made


def test_storage_root_and_every_object_is_valid(ocfl: Any, archive: Archive) -> None:
    root = ocfl.StorageRoot(root=str(archive.folder / "ocfl"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert root.validate(check_digests=True, log_warnings=True)
    assert (root.good_objects, root.num_objects) == (2, 2)


def test_judge_finds_objects_where_we_put_them(ocfl: Any, archive: Archive) -> None:
    root = ocfl.StorageRoot(
        root=str(archive.folder / "ocfl"), layout_name="0003-hash-and-id-n-tuple-storage-layout"
    )
    for lid in (POWER, POWER.replace("power", "a" * 120)):
        assert root.object_path(lid) == object_key(lid)


def test_judge_sees_a_changed_byte(ocfl: Any, archive: Archive) -> None:
    path = archive.folder / "ocfl" / archive.key_of(f"{POWER}::1.0", "data.csv")
    path.write_bytes(path.read_bytes().replace(b"0", b"1"))
    root = ocfl.StorageRoot(root=str(archive.folder / "ocfl"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        root.validate(check_digests=True, log_errors=False)
    assert (root.good_objects, root.num_objects) == (1, 2)


def test_judge_takes_a_version_out_as_it_was_filed(
    ocfl: Any, archive: Archive, tmp_path: Path
) -> None:
    home = archive.folder / "ocfl" / object_key(POWER)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ocfl.Object().extract(str(home), "v3", str(tmp_path / "out"))
    label = (tmp_path / "out" / "product" / "label.xml").read_bytes()
    with archive.open_file(f"{POWER}::0.9", "label.xml") as stream:
        assert stream.read() == label
    assert b"<version_id>0.9</version_id>" in label
    # The same data are kept once: v2 and v3 name what v1 brought.
    assert len(list(home.rglob("data.csv"))) == 1
