"""Collections and bundles of our own: valid by the schemas, read back, new when their lists are."""

from pathlib import Path

import pytest

from ilrs.datacentre.label_bundle import (
    INVENTORY_NAME,
    Listing,
    inventory_of,
    write_bundle,
    write_collection,
)
from ilrs.datacentre.lid import Lid, LidVid, Vid
from ilrs.datacentre.profiles import ILRS, STRICT
from ilrs.datacentre.reading import read
from ilrs.datacentre.validate import Validator
from ilrs.foundation.errors import IlrsError


def listing(lid: str, *members: str) -> Listing:
    return Listing(
        lid=Lid.parse(lid), vid=Vid(1, 2), title="Station runs", description="Computed by ilrs.",
        members=[LidVid.parse(member) for member in members], start_utc="2035-01-01T00:00:00Z",
        stop_utc="2036-01-01T00:00:00Z", publication_year=2026, partner="joint",
    )  # fmt: skip


def collection(prefix: str) -> Listing:
    lid = f"{prefix}:station:run"
    return listing(lid, f"{lid}:power::1.10", f"{lid}:heat::1.0", f"{lid}:power::1.10")


@pytest.mark.parametrize(("prefix", "profile"), [("urn:ros:rssa", STRICT), ("urn:ilrs:jdc", ILRS)])
def test_labels_of_lists_are_valid(
    schemas: Path, tmp_path: Path, prefix: str, profile: object
) -> None:
    validator = Validator(schemas, profile=profile)  # type: ignore[arg-type]
    made = collection(prefix)
    (tmp_path / "collection.xml").write_bytes(write_collection(made))
    (tmp_path / INVENTORY_NAME).write_bytes(inventory_of(made))
    bundle = listing(f"{prefix}:station", f"{prefix}:station:run::1.2")
    (tmp_path / "bundle.xml").write_bytes(write_bundle(bundle))
    assert validator.check_file(tmp_path / "collection.xml") == []
    assert validator.check_file(tmp_path / "bundle.xml") == []


def test_lists_are_read_back(tmp_path: Path) -> None:
    made = collection("urn:ilrs:jdc")
    assert inventory_of(made) == (
        b"P,urn:ilrs:jdc:station:run:heat::1.0\r\nP,urn:ilrs:jdc:station:run:power::1.10\r\n"
    )
    (tmp_path / "collection.xml").write_bytes(write_collection(made))
    (tmp_path / INVENTORY_NAME).write_bytes(inventory_of(made))
    (back,) = read(tmp_path)
    assert (back.record.lidvid, back.record.title, back.record.partner, back.record.access) == (
        "urn:ilrs:jdc:station:run::1.2", "Station runs", "joint", "open",
    )  # fmt: skip
    assert [(f.kind, f.found) for f in back.findings] == [
        ("missing", "the member urn:ilrs:jdc:station:run:heat::1.0 is not there"),
        ("missing", "the member urn:ilrs:jdc:station:run:power::1.10 is not there"),
    ]


@pytest.mark.parametrize(
    ("lid", "members", "message"),
    [
        ("urn:ilrs:jdc:a:b:c", ["urn:ilrs:jdc:a:b:c::1.0"],
         "urn:ilrs:jdc:a:b:c names no collection and no bundle; these have five and four parts: "
         "urn:agency:archive:bundle:collection. Shorten the identifier."),
        ("urn:ilrs:jdc:a:b", [], "urn:ilrs:jdc:a:b lists nothing; a collection lists products, a "
         "bundle collections, and at least one. Correct the list."),
        ("urn:ilrs:jdc:a", ["urn:ilrs:jdc:a:b:c::1.0"], "urn:ilrs:jdc:a lists "
         "urn:ilrs:jdc:a:b:c::1.0; a collection lists products, a bundle collections, and at least "
         "one. Correct the list."),
    ],
)  # fmt: skip
def test_list_that_cannot_be_is_refused(lid: str, members: list[str], message: str) -> None:
    with pytest.raises(IlrsError) as caught:
        listing(lid, *members)
    assert str(caught.value) == message
