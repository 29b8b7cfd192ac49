"""What the node files itself is held together by collections and bundles that grow with it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from ilrs.datacentre.archive import Archive
from ilrs.datacentre.filing import file_products
from ilrs.datacentre.filing_lists import file_lists
from ilrs.datacentre.label_bundle import INVENTORY_NAME
from ilrs.datacentre.product import Product
from ilrs.datacentre.profiles import ILRS
from ilrs.datacentre.validate import Validator
from tests.datacentre.conftest import table

Make = Callable[..., Product]


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(tmp_path / "archive")


def filed(archive: Archive, *products: Product) -> list[str]:
    return [str(name) for name in file_lists(archive, file_products(archive, products))]


def test_lists_grow_and_keep_their_version_when_nothing_changes(
    archive: Archive, product: Make
) -> None:
    collection, bundle = "urn:ilrs:jdc:station:run", "urn:ilrs:jdc:station"
    first = [f"{collection}::1.0", f"{bundle}::1.0"]
    assert filed(archive, product("power")) == first
    assert filed(archive, product("power")) == first
    assert filed(archive, product("heat")) == [f"{collection}::1.1", f"{bundle}::1.1"]
    assert filed(archive, product("power", table=table(factor=2.0))) == [
        f"{collection}::1.2", f"{bundle}::1.2",
    ]  # fmt: skip
    with archive.open_file(f"{collection}::1.2", INVENTORY_NAME) as stream:
        assert stream.read() == (
            b"P,urn:ilrs:jdc:station:run:heat::1.0\r\nP,urn:ilrs:jdc:station:run:power::1.1\r\n"
        )
    assert archive.verify().findings == ()


def test_filed_lists_are_valid(
    archive: Archive, product: Make, schemas: Path, tmp_path: Path
) -> None:
    validator = Validator(schemas, profile=ILRS)
    for name in filed(archive, product("power"), product("heat")):
        record = archive.get(name)
        assert record is not None
        folder = tmp_path / name.replace(":", "-")
        folder.mkdir()
        for file in record.files:
            with archive.open_file(name, file.name) as stream:
                (folder / file.name).write_bytes(stream.read())
        assert validator.check_file(folder / "label.xml") == []
