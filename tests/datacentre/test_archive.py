"""The archive: versions, finding, proof, a full disk, and being killed at any instant."""

import errno
import os
import subprocess
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

from ilrs.datacentre import archive as archive_module
from ilrs.datacentre import catalogue as catalogue_module
from ilrs.datacentre.archive import Archive
from ilrs.datacentre.lid import Lid, Vid
from ilrs.datacentre.product import Column, Product, Table
from ilrs.datacentre.record import Record
from ilrs.foundation.errors import IlrsError

Make = Callable[..., Product]
POWER = "urn:ilrs:jdc:station:run:power"


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(tmp_path / "archive", now=lambda: "2026-11-21T00:00:00Z")


def content(seed: int) -> Table:
    return Table([Column(name="x", values=np.arange(3) + seed)])


def names(records: list[Record]) -> list[str]:
    return [record.lidvid.rpartition(":run:")[2] for record in records]


def files_of(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


# --- versions -----------------------------------------------------------------------------------


def test_first_version_is_1_0_and_the_same_bytes_keep_it(archive: Archive, product: Make) -> None:
    assert names(archive.ingest([product()])) == ["power::1.0"]
    before = files_of(archive.folder)
    assert names(archive.ingest([product()])) == ["power::1.0"]
    assert files_of(archive.folder) == before


def test_new_bytes_get_the_next_minor_version_beyond_nine(archive: Archive, product: Make) -> None:
    for seed in range(12):
        archive.ingest([product(table=content(seed))])
    assert names(archive.find()) == ["power::1.11"]
    assert names(archive.versions(Lid.parse(POWER)))[:3] == [
        "power::1.11",
        "power::1.10",
        "power::1.9",
    ]
    assert names(archive.ingest([product(table=content(3))])) == ["power::1.3"]


def test_a_new_title_alone_is_a_new_version(archive: Archive, product: Make) -> None:
    archive.ingest([product()])
    assert names(archive.ingest([product(title="Another")])) == ["power::1.1"]


def test_pinned_version_is_kept_and_never_overwritten(archive: Archive, product: Make) -> None:
    assert names(archive.ingest([product(version=Vid(2, 0))])) == ["power::2.0"]
    assert names(archive.ingest([product(version=Vid(2, 0))])) == ["power::2.0"]
    with pytest.raises(IlrsError) as caught:
        archive.ingest([product(version=Vid(2, 0), table=content(1))])
    assert str(caught.value) == (
        f"{POWER}::2.0 is filed with other content; a filed version never changes; the next one is "
        "2.1. Leave the version out, or give a new one."
    )


def test_batch_refused_when_two_products_share_an_identifier(
    archive: Archive, product: Make
) -> None:
    with pytest.raises(IlrsError) as caught:
        archive.ingest([product(), product(table=content(1))])
    assert str(caught.value) == (
        f"two products to be filed are both {POWER}; each product of one ingest has its own "
        "identifier. Rename one, or file them one after the other."
    )
    assert not archive.folder.exists()


def test_same_products_give_the_same_bytes_in_two_archives(tmp_path: Path, product: Make) -> None:
    trees = []
    for name, second in (("a", 1), ("b", 2)):
        made = Archive(tmp_path / name, now=lambda second=second: f"2026-01-01T00:00:0{second}Z")
        made.ingest([product(), product("heat", table=content(1))])
        trees.append(files_of(tmp_path / name / "products"))
    assert trees[0] == trees[1]
    assert len(trees[0]) == 6


def test_manifest_is_what_sha256sum_checks(archive: Archive, product: Make) -> None:
    archive.ingest([product()])
    folder = archive.folder_of(f"{POWER}::1.0")
    check = ["sha256sum", "--check", "manifest-sha256.txt"]
    try:
        answer = subprocess.run(check, cwd=folder, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("needs the command sha256sum")
    assert answer.stdout == "data.csv: OK\nlabel.xml: OK\n"


def test_two_name_spaces_do_not_meet(archive: Archive, product: Make) -> None:
    records = archive.ingest([product(), product(prefix="urn:ros:rssa", table=content(1))])
    assert [record.lidvid for record in records] == [
        f"{POWER}::1.0",
        "urn:ros:rssa:station:run:power::1.0",
    ]
    assert archive.verify() == []


# --- finding ------------------------------------------------------------------------------------


def fill(archive: Archive, product: Make) -> Archive:
    ridge = {"site": "ridge", "science_fields": ("geology",)}
    archive.ingest(
        [
            product(**ridge, description="Heat flow. Тепловой поток."),
            product("dust", partner="roscosmos", start_utc="2035-03-01", stop_utc="2035-04-01"),
            product("quakes", site="rim", start_utc="2035-02-01", stop_utc="2035-02-01"),
        ]
    )
    archive.ingest([product(**ridge, description="Heat flow. Тепловой поток.", table=content(5))])
    return archive


@pytest.fixture(scope="module", params=["fts5", "no such index"])
def filled(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, product: Make
) -> Archive:
    """Read only: one archive for many questions, with and without SQLite's text index."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(catalogue_module, "_TEXT_INDEX", request.param)
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
    archive.ingest([product()])
    with pytest.raises(IlrsError) as caught:
        archive.find(start_utc="soon")
    assert str(caught.value) == (
        "'soon' is not a UTC date; ISO 8601 in UTC is read, such as 2035-01-01 or "
        "2035-01-01T06:00:00Z. Write the date so, without another time zone."
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


@pytest.mark.parametrize(
    "act", [Archive.open, lambda f: Archive(f).verify(), lambda f: Archive(f).rebuild()]
)
def test_archive_refused_when_it_is_not_there(tmp_path: Path, act: Callable[[Path], Any]) -> None:
    with pytest.raises(IlrsError) as caught:
        act(tmp_path / "none")
    assert str(caught.value) == (
        f"there is no archive in {tmp_path / 'none'}; an archive begins with the first product "
        "filed. Name the folder of an archive, or file a product."
    )


def test_lost_catalogue_is_made_anew_from_the_labels(archive: Archive, product: Make) -> None:
    filled = fill(archive, product)
    before = filled.find(), filled.versions(Lid.parse(POWER))
    (filled.folder / "catalogue.sqlite3").unlink()
    assert (filled.find(), filled.versions(Lid.parse(POWER))) == before
    assert filled.rebuild() == []
    assert (filled.find(), filled.versions(Lid.parse(POWER))) == before


def test_catalogue_that_is_no_database_is_named(archive: Archive, product: Make) -> None:
    archive.ingest([product()])
    path = archive.folder / "catalogue.sqlite3"
    path.write_bytes(b"not a database" * 100)
    with pytest.raises(IlrsError) as caught:
        archive.find()
    assert str(caught.value) == (
        f"the catalogue {path} cannot be read: file is not a database; it holds nothing that the "
        "labels do not hold too. Delete that file; it is made anew from the labels."
    )


# --- proof --------------------------------------------------------------------------------------

HOME = "products/ilrs/jdc/station/run/power/v1.0"


def change(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"0", b"1"))


@pytest.mark.parametrize(
    ("harm", "found"),
    [
        (lambda f: change(f / HOME / "data.csv"), [f"{HOME}/data.csv: the file has changed"]),
        (lambda f: (f / HOME / "label.xml").unlink(), [f"{HOME}/label.xml: the file is missing"]),
        (
            lambda f: (f / HOME / "more.txt").write_text("x"),
            [f"{HOME}/more.txt: the manifest does not list this"],
        ),
        (
            lambda f: (f / HOME / "manifest-sha256.txt").unlink(),
            [f"{HOME}/manifest-sha256.txt: the manifest is missing"],
        ),
        (
            lambda f: (f / "products/ilrs/stray.txt").write_text("x"),
            ["products/ilrs/stray.txt: the file belongs to no version"],
        ),
        (
            lambda f: (f / HOME).rename(f / "elsewhere"),
            [
                "catalogue.sqlite3: the catalogue lists it without its files",
                f"{HOME}: the version is missing",
            ],
        ),
        (
            lambda f: (f / HOME).rename((f / HOME).with_name("v1.7")),
            [
                "catalogue.sqlite3: the catalogue does not list it",
                "catalogue.sqlite3: the catalogue lists it without its files",
                f"{HOME}: the version is missing",
                f"{HOME[:-1]}7/manifest-sha256.txt: the ledger does not know this version",
            ],
        ),
        (
            lambda f: (f / "ledger.jsonl").unlink(),
            [
                f"{HOME}/manifest-sha256.txt: the ledger does not know this version",
                "products/ilrs/jdc/station/run/heat/v1.0/manifest-sha256.txt: the ledger does not "
                "know this version",
            ],
        ),
    ],
)
def test_verify_names_the_harm(
    archive: Archive, product: Make, harm: Callable[[Path], Any], found: list[str]
) -> None:
    archive.ingest([product(), product("heat", table=content(1))])
    assert archive.verify() == []
    harm(archive.folder)
    said = [f"{finding.file}: {finding.found}" for finding in archive.verify()]
    assert said == sorted(found)


def test_verify_sees_a_change_that_was_covered_up_in_the_manifest(
    archive: Archive, product: Make
) -> None:
    archive.ingest([product()])
    folder = archive.folder / HOME
    change(folder / "data.csv")
    sums = archive_module.manifest_of(
        {name: (folder / name).read_bytes() for name in ("data.csv", "label.xml")}
    )
    was = archive_module.sha256_of_bytes((folder / "manifest-sha256.txt").read_bytes())
    (folder / "manifest-sha256.txt").write_bytes(sums)
    assert [str(finding) for finding in archive.verify()] == [
        f"{HOME}/manifest-sha256.txt: {POWER}::1.0: the manifest has changed; filed was {was}. "
        "Restore it from another copy."
    ]


def test_verify_names_a_link(archive: Archive, product: Make, tmp_path: Path) -> None:
    archive.ingest([product()])
    data = archive.folder / HOME / "data.csv"
    data.rename(tmp_path / "elsewhere.csv")
    data.symlink_to(tmp_path / "elsewhere.csv")
    assert [str(finding) for finding in archive.verify()] == [
        f"{HOME}/data.csv: {POWER}::1.0: this is a link; a version holds its files itself. "
        "Restore it from another copy."
    ]


# --- a full disk --------------------------------------------------------------------------------


@pytest.mark.parametrize("step", ["data", "ledger", "rename"])
def test_nothing_is_left_when_the_disk_is_full(
    archive: Archive, product: Make, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    archive.ingest([product()])
    before = files_of(archive.folder)
    count = 0

    def full(*_: Any, **__: Any) -> None:
        nonlocal count
        count += 1
        if count > 1 or step == "ledger":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(*_, **__)

    target, name = {
        "data": (archive_module, "_write"),
        "ledger": (archive_module.Ledger, "append"),
        "rename": (archive_module.os, "rename"),
    }[step]
    real = getattr(target, name)
    monkeypatch.setattr(target, name, full)
    with pytest.raises(IlrsError) as caught:
        archive.ingest([product("heat"), product("dust"), product(table=content(9))])
    assert str(caught.value) == (
        f"the disk is full: nothing could be filed in {archive.folder}; the archive is as it was "
        "before. Free some space or name another folder, and file the products again."
    )
    monkeypatch.undo()
    after = files_of(archive.folder)
    before.pop("catalogue.sqlite3"), after.pop("catalogue.sqlite3")
    assert after == before
    assert names(archive.find()) == ["power::1.0"]
    assert archive.verify() == []


def test_folder_that_cannot_be_made_is_named(tmp_path: Path, product: Make) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(IlrsError) as caught:
        Archive(tmp_path / "file" / "archive").ingest([product()])
    assert str(caught.value) == (
        f"nothing could be filed in {tmp_path / 'file' / 'archive'}: Not a directory; the archive "
        "is as it was before. Name a folder that can be written."
    )


# --- killed -------------------------------------------------------------------------------------

STRIDE = 19  # lines between two kills; with 1 all of them hold too, in a minute
OURS = tuple(f"{name}.py" for name in ("archive", "catalogue", "hash_chain", "checksums"))


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
        archive.ingest([product("heat")])
        finished = run_until(line, lambda archive=archive: archive.ingest(batch))
        assert sorted(names(archive.find())) in (old, new), line
        assert {finding.severity for finding in archive.verify()} <= {"warning"}, line
        archive.ingest(batch)
        assert sorted(names(archive.find())) == new, line
        assert archive.verify() == [], line
        assert len(archive.versions(batch[1].lid)) == 2, line
        line, tried = line + STRIDE, tried + 1
    assert tried > 20


def test_an_interrupted_ingest_is_reported(archive: Archive, product: Make) -> None:
    archive.ingest([product()])
    (archive.folder / ".staging-1").mkdir()
    assert [str(finding) for finding in archive.verify()] == [
        ".staging-1: an ingest was interrupted; what it had completed is kept, the rest was never "
        "visible. The next ingest finishes it."
    ]
    archive.ingest([])
    assert archive.verify() == []
