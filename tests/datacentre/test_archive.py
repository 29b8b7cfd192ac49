"""The archive: versions, findings kept, finding, withdrawals, a full disk, killed at any line."""

import errno
import os
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ilrs.datacentre import staging as staging_module
from ilrs.datacentre.archive import Archive
from ilrs.datacentre.filing import file_products
from ilrs.datacentre.hash_chain import Ledger
from ilrs.datacentre.lid import Lid, Vid
from ilrs.datacentre.ocfl import object_key
from ilrs.datacentre.product import Column, Product, Table
from ilrs.datacentre.record import Record
from ilrs.datacentre.staging import Batch
from ilrs.datacentre.storage import LocalStorage
from ilrs.datacentre.submission import Submission
from ilrs.foundation.errors import IlrsError, UnavailableError

Make = Callable[..., Product]
POWER, HEAT = "urn:ilrs:jdc:station:run:power", "urn:ilrs:jdc:station:run:heat::1.0"


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(tmp_path / "archive", now=lambda: "2026-11-21T00:00:00Z")


def content(seed: int) -> Table:
    return Table([Column(name="x", values=np.arange(3) + seed)])


def names(records: list[Record]) -> list[str]:
    return [record.lidvid.rpartition(":run:")[2] for record in records]


def products_of(folder: Path) -> dict[str, bytes]:
    """The files of products alone, without what says when they came."""
    return {n: data for n, data in files_of(folder).items() if "/content/product/" in n}


def files_of(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


# --- versions -----------------------------------------------------------------------------------


def test_first_version_is_1_0_and_the_same_bytes_keep_it(archive: Archive, product: Make) -> None:
    assert names(file_products(archive, [product()])) == ["power::1.0"]
    before = files_of(archive.folder)
    assert names(file_products(archive, [product()])) == ["power::1.0"]
    assert files_of(archive.folder) == before


def test_new_bytes_get_the_next_minor_version_beyond_nine(archive: Archive, product: Make) -> None:
    for seed in range(12):
        file_products(archive, [product(table=content(seed))])
    assert names(archive.find()) == ["power::1.11"]
    assert names(archive.versions(Lid.parse(POWER)))[:3] == [
        "power::1.11",
        "power::1.10",
        "power::1.9",
    ]
    assert names(file_products(archive, [product(table=content(3))])) == ["power::1.3"]


def test_a_new_title_alone_is_a_new_version(archive: Archive, product: Make) -> None:
    file_products(archive, [product()])
    assert names(file_products(archive, [product(title="Another")])) == ["power::1.1"]


def test_pinned_version_is_kept_and_never_overwritten(archive: Archive, product: Make) -> None:
    assert names(file_products(archive, [product(version=Vid(2, 0))])) == ["power::2.0"]
    assert names(file_products(archive, [product(version=Vid(2, 0))])) == ["power::2.0"]
    with pytest.raises(IlrsError) as caught:
        file_products(archive, [product(version=Vid(2, 0), table=content(1))])
    assert str(caught.value) == (
        f"{POWER}::2.0 is filed with other content; a filed version never changes; the others of "
        "this ingest are filed. Leave the version out, or give a new one."
    )


def test_batch_refused_when_two_products_share_an_identifier(
    archive: Archive, product: Make
) -> None:
    with pytest.raises(IlrsError) as caught:
        file_products(archive, [product(), product(table=content(1))])
    assert str(caught.value) == (
        f"two products to be filed are both {POWER}; each product of one ingest has its own "
        "identifier. Rename one, or file them one after the other."
    )
    assert not archive.folder.exists()


def test_same_products_give_the_same_bytes_in_two_archives(tmp_path: Path, product: Make) -> None:
    trees = []
    for name, second in (("a", 1), ("b", 2)):
        made = Archive(tmp_path / name, now=lambda second=second: f"2026-01-01T00:00:0{second}Z")
        file_products(made, [product(), product("heat", table=content(1))])
        trees.append(products_of(tmp_path / name))
    assert trees[0] == trees[1]
    assert len(trees[0]) == 4


def test_two_name_spaces_do_not_meet(archive: Archive, product: Make) -> None:
    records = file_products(archive, [product(), product(prefix="urn:ros:rssa", table=content(1))])
    assert [record.lidvid for record in records] == [
        f"{POWER}::1.0",
        "urn:ros:rssa:station:run:power::1.0",
    ]
    assert archive.verify().findings == ()


# --- finding ------------------------------------------------------------------------------------


def fill(archive: Archive, product: Make) -> Archive:
    ridge = {"site": "ridge", "science_fields": ("geology",)}
    file_products(
        archive,
        [
            product(**ridge, description="Heat flow. Тепловой поток."),
            product("dust", partner="roscosmos", start_utc="2035-03-01", stop_utc="2035-04-01"),
            product("quakes", site="rim", start_utc="2035-02-01", stop_utc="2035-02-01"),
        ],
    )
    file_products(
        archive, [product(**ridge, description="Heat flow. Тепловой поток.", table=content(5))]
    )
    return archive


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory, product: Make) -> Archive:
    """Read only: one archive for many questions."""
    return fill(Archive(tmp_path_factory.mktemp("filled") / "archive"), product)


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ({}, ["power::1.1", "quakes::1.0", "dust::1.0"]),
        ({"site": "ridge"}, ["power::1.1"]),
        ({"partner": "roscosmos"}, ["dust::1.0"]),
        ({"science_field": "geology"}, ["power::1.1"]),
        ({"science_field": "geo"}, []),
        ({"text": "HEAT fl"}, ["power::1.1"]),
        ({"text": "тепловой"}, ["power::1.1"]),
        ({"text": "heat dust"}, []),
        ({"text": "", "site": "rim"}, ["quakes::1.0"]),
        ({"start_utc": "2035-02-01", "stop_utc": "2035-03-01"}, ["quakes::1.0"]),
        ({"start_utc": "2035-01-02"}, ["quakes::1.0", "dust::1.0"]),  # power ends there
        ({"stop_utc": "2035-01-01"}, []),
        ({"start_utc": "2035-03-31T23:59:59"}, ["dust::1.0"]),
        ({"site": "' OR 1=1 --"}, []),
    ],
)
def test_find_gives_newest_versions_that_match(
    filled: Archive, search: dict[str, str], found: list[str]
) -> None:
    assert names(filled.find(**search)) == found


@settings(max_examples=60)
@given(st.text())
def test_no_text_breaks_the_search(filled: Archive, text: str) -> None:
    assert set(names(filled.find(text=text))) <= {"power::1.1", "quakes::1.0", "dust::1.0"}


def test_find_refused_when_the_date_is_none(archive: Archive, product: Make) -> None:
    file_products(archive, [product()])
    with pytest.raises(IlrsError) as caught:
        archive.find(start_utc="soon")
    assert str(caught.value) == (
        "'soon' is not a UTC instant; ISO 8601 in UTC is read, such as 1966, 1966-11-20, 1966-324 "
        "or 1966-11-20T15:32:48Z. Write the instant so, without another time zone."
    )


def test_get_takes_a_version_or_the_newest(filled: Archive) -> None:
    assert filled.get(POWER).lidvid == f"{POWER}::1.1"  # type: ignore[union-attr]
    assert filled.get(f"{POWER}::1.0").lidvid == f"{POWER}::1.0"  # type: ignore[union-attr]
    assert filled.get(f"{POWER}::1.2") is None


def test_archive_not_yet_begun_finds_nothing_and_makes_nothing(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "none")
    assert archive.find() == []
    assert archive.get(POWER) is None
    assert not (tmp_path / "none").exists()


def test_archive_refused_when_it_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(IlrsError) as caught:
        Archive.open(tmp_path / "none")
    assert str(caught.value) == (
        f"there is no archive in {tmp_path / 'none'}; an archive begins with the first product "
        "filed. Name the folder of an archive, or file a product."
    )


def test_lost_catalogue_is_made_anew_from_the_storage(archive: Archive, product: Make) -> None:
    filled = fill(archive, product)
    before = filled.find(), filled.versions(Lid.parse(POWER))
    (filled.folder / "catalogue.sqlite3").unlink()
    assert (filled.find(), filled.versions(Lid.parse(POWER))) == before
    assert filled.rebuild() == []
    assert (filled.find(), filled.versions(Lid.parse(POWER))) == before


def test_version_that_only_the_storage_knows_is_not_filed_twice(
    archive: Archive, product: Make
) -> None:
    file_products(archive, [product()])
    archive.catalogue.remake()  # as one that was put back from an old backup
    with pytest.raises(IlrsError) as caught:
        file_products(archive, [product(version=Vid(1, 0)), product("heat")])
    assert caught.value.asked == (
        f"{POWER}::1.0 cannot be filed: the storage holds it and the catalogue does not list it; "
        "the catalogue is made of what the storage holds. Run `ilrs data rebuild`."
    )
    assert archive.rebuild() == []
    assert [record.lidvid for record in archive.find()] == [HEAT, f"{POWER}::1.0"]
    assert archive.verify().findings == ()


def test_object_whose_inventory_is_damaged_ends_no_ingest(archive: Archive, product: Make) -> None:
    file_products(archive, [product()])
    archive.storage.write(f"{object_key(POWER)}/inventory.json", b"{")
    with pytest.raises(IlrsError) as caught:
        file_products(archive, [product(title="Another"), product("heat")])
    assert caught.value.asked.startswith(
        f"{POWER}::1.1 cannot be filed: the inventory cannot be read: "
    )
    assert [record.lidvid for record in archive.find()] == [HEAT, f"{POWER}::1.0"]


def test_catalogue_stays_where_the_storage_does_not_answer(
    archive: Archive, product: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    file_products(archive, [product(), product("heat")])
    before, read = archive.find(), LocalStorage.read

    def broken(self: LocalStorage, key: str) -> bytes:
        if "heat" in key:
            raise UnavailableError("the storage does not answer", "it was there", "Mend it.")
        return read(self, key)

    monkeypatch.setattr(LocalStorage, "read", broken)
    for ask in (archive.rebuild, archive.verify):
        with pytest.raises(UnavailableError):
            ask()
    assert archive.find() == before


def test_catalogue_that_is_no_database_is_named(archive: Archive, product: Make) -> None:
    file_products(archive, [product()])
    path = archive.folder / "catalogue.sqlite3"
    archive.catalogue.close()
    path.write_bytes(b"not a database" * 100)
    with pytest.raises(IlrsError) as caught:
        archive.find()
    assert str(caught.value) == (
        f"the catalogue {path} cannot be read: file is not a database; it holds nothing that the "
        "archive does not hold too. Delete that file; it is made anew from the archive."
    )


# --- a full disk --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "name", "then"),
    [
        (Batch, "copy", ["power::1.0"]),
        (staging_module, "_sync", ["power::1.0"]),
        (Ledger, "append", ["dust::1.0", "heat::1.0", "power::1.1"]),
        (LocalStorage, "adopt", ["dust::1.0", "heat::1.0", "power::1.1"]),
    ],
)
def test_all_or_nothing_shows_when_the_disk_is_full(
    archive: Archive,
    product: Make,
    monkeypatch: pytest.MonkeyPatch,
    target: Any,
    name: str,
    then: list[str],
) -> None:
    file_products(archive, [product()])
    count, real = 0, getattr(target, name)

    def full(*arguments: Any, **options: Any) -> Any:
        nonlocal count
        count += 1
        if count > 1 or name == "append":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(*arguments, **options)

    monkeypatch.setattr(target, name, full)
    with pytest.raises(IlrsError) as caught:
        file_products(archive, [product("heat"), product("dust"), product(table=content(9))])
    assert str(caught.value) == (
        f"the disk is full: not everything could be filed in {archive.folder}; what was filed "
        "stays filed, the rest is not to be seen. Free some space or name another folder, and file "
        "the products again."
    )
    monkeypatch.undo()
    assert names(archive.find()) == ["power::1.0"]
    assert {finding.severity for finding in archive.verify().findings} <= {"warning"}
    archive.ingest([])  # whoever writes next finishes what was promised
    assert sorted(names(archive.find())) == then
    assert archive.verify().findings == ()


def test_folder_that_cannot_be_made_is_named(tmp_path: Path, product: Make) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(IlrsError) as caught:
        file_products(Archive(tmp_path / "file" / "archive"), [product()])
    assert str(caught.value) == (
        f"nothing could be filed in {tmp_path / 'file' / 'archive'}: Not a directory; what was "
        "filed stays filed, the rest is not to be seen. Name a folder that can be written."
    )


# --- promises that cannot be kept ---------------------------------------------------------------


class Killed(BaseException):
    """Ends a program where a kill would."""


def promise(
    archive: Archive, monkeypatch: pytest.MonkeyPatch, submissions: list[Submission]
) -> Path:
    """The intent of a batch that was promised and not carried out."""

    def killed(*_: Any) -> None:
        raise Killed

    monkeypatch.setattr(Batch, "move", killed)
    with pytest.raises(Killed):
        archive.ingest(submissions)
    monkeypatch.undo()
    (intent,) = archive.folder.glob("staging/*/intent.json")
    return intent


def said(name: str, **more: Any) -> Submission:
    return Submission(
        record=Record(lidvid=f"urn:ilrs:jdc:station:run:{name}::1.0", title="T", **more), files=()
    )


def test_intent_that_cannot_be_read_is_set_aside_and_stops_nobody(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive.ingest([said("old")])
    intent = promise(archive, monkeypatch, [said("new")])
    intent.write_bytes(b"")
    (archive.folder / "staging" / ".DS_Store").write_bytes(b"")
    assert archive.verify().findings == ()
    with pytest.raises(IlrsError) as caught:
        archive.ingest([said("new")])
    aside = archive.folder / "set-aside" / "1-1"
    assert str(caught.value) == (
        "what a batch on its way in promised cannot be read: Expecting value: line 1 column 1 "
        f"(char 0); it was set aside in {aside}; what is filed stays filed. Run `ilrs data "
        "rebuild`, file its products again, and remove that folder."
    )
    assert (aside / "object-0" / "v1" / "content" / "record.json").is_file()
    assert [outcome.state for outcome in archive.ingest([said("new")])] == ["filed"]
    assert sorted(names(archive.find())) == ["new::1.0", "old::1.0"]
    assert archive.verify().findings == ()


@pytest.mark.parametrize("wrong", ["nonsense", 5])
def test_record_that_no_catalogue_takes_keeps_out_no_other(
    archive: Archive, monkeypatch: pytest.MonkeyPatch, wrong: Any
) -> None:
    monkeypatch.setattr("ilrs.datacentre.archive.require_row", lambda record: None)  # as once
    promise(archive, monkeypatch, [said("good"), said("bad", start_utc=wrong), said("other")])
    archive.ingest([])  # whoever writes next
    assert sorted(names(archive.find())) == ["good::1.0", "other::1.0"]
    assert [(finding.file, finding.found) for finding in archive.verify().findings] == [
        ("catalogue", "the catalogue does not list it")
    ]
    (finding,) = archive.rebuild()
    assert finding.found.startswith("a record cannot be read: ")
    assert sorted(names(archive.find())) == ["good::1.0", "other::1.0"]


# --- killed -------------------------------------------------------------------------------------

STRIDE = 19  # lines between two kills; with 1 all of them hold too, in a minute
OURS = tuple(
    f"{name}.py" for name in ("archive", "catalogue", "hash_chain", "staging", "storage", "node")
)


def run_until(line: int, act: Callable[[], object]) -> bool:
    """Whether `act` ended before its line number `line` in the archive's code, where it is killed.

    It runs in a child that leaves by _exit: no cleaning up, no finally, no commit.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # fork beside idle library threads
        child = os.fork()
    if child == 0:
        count = 0

        def trace(frame: FrameType, event: str, _: Any) -> Any:
            nonlocal count
            if not frame.f_code.co_filename.endswith(OURS):
                return None
            if event == "line":
                count += 1
                if count == line:
                    os._exit(9)
            return trace

        sys.settrace(trace)
        try:
            act()
        except BaseException:
            os._exit(1)
        os._exit(0)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status in {0, 9}
    return status == 0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_nothing_is_lost_doubled_or_half_visible_when_killed_anywhere(
    tmp_path: Path, product: Make
) -> None:
    batch = [product(), product("heat", table=content(1)), product("dust", table=content(2))]
    old = ["heat::1.0"]
    new = ["dust::1.0", "heat::1.1", "power::1.0"]
    finished, line, tried = False, 1, 0
    while not finished:
        archive = Archive(tmp_path / str(line))
        file_products(archive, [product("heat")])
        finished = run_until(line, lambda archive=archive: file_products(archive, batch))
        assert sorted(names(archive.find())) in (old, new), line
        assert {f.severity for f in archive.verify().findings} <= {"warning"}, line
        file_products(archive, batch)
        assert sorted(names(archive.find())) == new, line
        assert archive.verify().findings == (), line
        assert len(archive.versions(batch[1].lid)) == 2, line
        line, tried = line + STRIDE, tried + 1
    assert tried > 20
