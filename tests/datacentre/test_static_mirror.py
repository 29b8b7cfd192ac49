"""A mirror of files alone: the same answers as the plain meaning of conditions, little read."""

import io
import json
import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import pytest

from ilrs.datacentre.conditions import All, Any, Compare, During, Inside, Meets, Not, Words
from ilrs.datacentre.embargo import seconds_of_utc
from ilrs.datacentre.matching import holds
from ilrs.datacentre.place import Box, Circle, Place, Point, Polygon
from ilrs.datacentre.question import Question
from ilrs.datacentre.record import FileEntry, Record
from ilrs.datacentre.rights_file import read_policy
from ilrs.foundation.errors import IlrsError
from tests.datacentre.web_serving import FolderServer, serving

pytest.importorskip("pyarrow", reason="pyarrow is not installed: pip install 'ilrs[centre]'")
static_find = pytest.importorskip("ilrs.datacentre.static_find")
static_mirror = pytest.importorskip("ilrs.datacentre.static_mirror")

NOW_S = seconds_of_utc("2030-01-01")


def record(number: int, place: Place | None, **fields: object) -> Record:
    entry = FileEntry(name="data.csv", size=4, sha256="0" * 64)
    made = Record(
        lidvid=f"urn:ilrs:jdc:b:c:p-{number}::1.0",
        title=f"Footprint {number}",
        start_utc=f"20{10 + number % 20}-01-01T00:00:00Z",
        stop_utc=f"20{10 + number % 20}-02-01T00:00:00Z",
        instrument=("PCAM", "LPR")[number % 2],
        partner="CNSA",
        access="open",
        place=place,
        received_utc="2029-01-01T00:00:00Z",
        files=(entry,),
    )
    return replace(made, **fields)  # type: ignore[arg-type]


def footprints(count: int) -> list[Record]:
    chance = random.Random(count)
    made = []
    for number in range(count):
        longitude, latitude = chance.uniform(-180, 180), -90 + chance.expovariate(0.05) % 180
        shapes: tuple[Place | None, ...] = (
            Point(longitude, latitude),
            Circle(longitude, latitude, chance.uniform(0.01, 3.0)),
            Box(longitude, max(latitude - 1, -90), (longitude + 182) % 360 - 180, latitude),
            None,
        )
        made.append(record(number, shapes[number % 4]))
    return made


def open_file(lidvid: str, name: str) -> BinaryIO:
    return io.BytesIO(b"1,2\n")


def write(records: list[Record], folder: Path) -> int:
    return int(
        static_mirror.write_static_mirror(
            records, folder, policy=read_policy(), instant_s=NOW_S, open_file=open_file,
            about={"node": "test"},
        )
    )  # fmt: skip


@pytest.fixture(scope="module")
def mirror(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, list[Record]]]:
    folder = tmp_path_factory.mktemp("mirror")
    records = [*footprints(2500), record(0, None, lidvid="urn:ilrs:jdc:b:c:p-0::1.1")]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(static_mirror, "_GROUP_ROWS", 256)
        patch.setattr(static_mirror, "_SORTED_AT_ONCE", 400)
        assert write(records, folder) == len(records)
    yield folder, records


QUESTIONS = [
    All(()),
    Meets(Circle(0.0, -90.0, 2.0)),
    Meets(Box(170.0, -60.0, -170.0, -40.0)),
    Inside(Box(-30.0, -90.0, 30.0, -70.0)),
    Meets(Polygon((((0.0, -80.0), (120.0, -80.0), (-120.0, -80.0), (0.0, -80.0)),))),
    During("2015-01-15", "2016-01-01"),
    During("", "2012-01-01"),
    All((Meets(Circle(10.0, -85.0, 8.0)), Compare("instrument", "=", "LPR"))),
    Any((Meets(Point(0.0, 90.0)), Words("Footprint 7"))),
    Not(Compare("instrument", "=", "LPR")),
    Compare("instrument", "=", "nothing"),
]


@pytest.mark.parametrize("where", QUESTIONS, ids=str)
@pytest.mark.parametrize("versions", ["newest", "all"])
def test_answers_are_those_of_the_plain_meaning(
    mirror: tuple[Path, list[Record]], where: object, versions: str
) -> None:
    folder, records = mirror
    question = Question(where=where, versions=versions, limit=10_000)  # type: ignore[arg-type]
    answer = static_find.find_in_mirror(str(folder), question)
    old = {"urn:ilrs:jdc:b:c:p-0::1.0"} if versions == "newest" else set()
    expected = [r for r in records if holds(where, r) is True and r.lidvid not in old]  # type: ignore[arg-type]
    assert {r.lidvid for r in answer.records} == {r.lidvid for r in expected}
    assert answer.matched == len(expected)
    starts = [r.start_utc for r in answer.records]
    assert starts == sorted(starts)
    assert {r.lidvid: r for r in expected} == {r.lidvid: r for r in answer.records}


@pytest.mark.parametrize("has_ranges", [True, False])
def test_any_web_server_answers_the_same(
    mirror: tuple[Path, list[Record]], has_ranges: bool
) -> None:
    folder, _ = mirror
    question = Question(where=Meets(Circle(80.0, -35.0, 5.0)), limit=1000)
    server = FolderServer(folder, has_ranges=has_ranges)
    with serving(server.answer) as url:
        answer = static_find.find_in_mirror(f"{url}/", question)
    assert answer == static_find.find_in_mirror(str(folder), question)
    size = (folder / "catalogue.parquet").stat().st_size
    if has_ranges:  # of ten groups of rows those near there, and the footer
        assert len(answer.records) > 0 and server.bytes_sent < size / 2
    else:
        assert len(server.requests) == 2


def test_a_catalogue_that_changes_while_it_is_read_is_noticed(
    mirror: tuple[Path, list[Record]], tmp_path: Path
) -> None:
    folder, _ = mirror
    copy = tmp_path / "catalogue.parquet"
    copy.write_bytes((folder / "catalogue.parquet").read_bytes())
    server = FolderServer(tmp_path)
    with serving(server.answer) as url:
        file = static_find.RangeFile(f"{url}/catalogue.parquet")
        assert file.read(4) == b"PAR1"
        copy.write_bytes(b"PAR1" * 100)
        with pytest.raises(IlrsError) as caught:
            file.read(4)
    assert str(caught.value) == (
        f"{url}/catalogue.parquet has changed while it was read; a mirror is written anew from "
        "time to time. Ask again."
    )


def test_only_what_anyone_may_redistribute_goes_in(tmp_path: Path) -> None:
    shut = {
        1: {"access": "partners"},
        2: {"access": "owner"},
        3: {"embargo": "2030-01-02"},
        4: {"quarantined": True},
        5: {"withdrawn_utc": "2029-06-01"},
        6: {"access": ""},
    }
    secret = [record(n, None, title=f"secret-{n}", **fields) for n, fields in shut.items()]
    assert write([record(0, None), *secret], tmp_path / "with") == 1
    assert write([record(0, None)], tmp_path / "without") == 1

    def contents(folder: Path) -> dict[str, bytes]:
        paths = (path for path in folder.rglob("*") if path.is_file())
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}

    assert contents(tmp_path / "with") == contents(tmp_path / "without")
    assert sorted(contents(tmp_path / "with")) == [
        "catalogue.parquet", "files/ilrs/jdc/b/c/p-0/v1.0/data.csv", "mirror.json",
    ]  # fmt: skip


def test_writing_again_takes_away_what_is_no_longer_public(tmp_path: Path) -> None:
    records = [record(0, None), record(1, None)]
    assert write(records, tmp_path / "m") == 2
    assert write([records[0], replace(records[1], withdrawn_utc="2029-06-01")], tmp_path / "m") == 1
    assert not (tmp_path / "m/files/ilrs/jdc/b/c/p-1/v1.0").exists()
    assert (tmp_path / "m/files/ilrs/jdc/b/c/p-0/v1.0/data.csv").read_bytes() == b"1,2\n"
    summary = json.loads((tmp_path / "m/mirror.json").read_text())
    assert summary == {"format": "ilrs static mirror 1", "products": 1, "order": 12, "node": "test"}


def test_only_files_of_what_is_public_are_left(tmp_path: Path) -> None:
    lids = ["s", "s:r", "s:r:v1.0", "s:r:v1.0-b", "t:r:p", "u"]
    records = [record(0, None, lidvid=f"urn:ilrs:jdc:{lid}::1.0") for lid in lids]
    folder, elsewhere = tmp_path / "m", tmp_path / "elsewhere"
    assert write(records, folder) == 6
    files = folder / "files/ilrs/jdc"
    (files / "s/r/v1.0/.data.csv.part").write_bytes(b"1")  # of one that was killed
    elsewhere.mkdir()
    (elsewhere / "thesis.tex").write_text("x")
    (files / "link").symlink_to(elsewhere)
    (files / "u").rename(tmp_path / "u")
    (files / "u").symlink_to(tmp_path / "u")
    gone = [replace(r, withdrawn_utc="2029-06-01") for r in records]
    assert write([*gone[:3], records[3], gone[4], records[5]], folder) == 2
    left = sorted(path.relative_to(files).as_posix() for path in files.rglob("*"))
    assert left == ["s", "s/r", "s/r/v1.0-b", "s/r/v1.0-b/v1.0", "s/r/v1.0-b/v1.0/data.csv", "u"]
    assert (files / "u/v1.0/data.csv").is_file()
    assert (elsewhere / "thesis.tex").is_file()
    assert write([*gone[:5], records[5]], folder) == 1
    assert [path.name for path in files.rglob("*")] == ["u"]


def test_no_two_files_share_a_place(tmp_path: Path) -> None:
    """A collection's file in a folder called as a version, and a product called so."""
    names = {"urn:ilrs:jdc:b:c::1.0": "v2.0/a.csv", "urn:ilrs:jdc:b:c:v1.0::2.0": "a.csv"}
    made = [
        replace(record(0, None), lidvid=lidvid, files=(FileEntry(name=name, size=len(lidvid)),))
        for lidvid, name in names.items()
    ]
    static_mirror.write_static_mirror(
        made, tmp_path / "m", policy=read_policy(), instant_s=NOW_S, about={},
        open_file=lambda lidvid, name: io.BytesIO(lidvid.encode()),
    )  # fmt: skip
    found = {str(p.relative_to(tmp_path / "m")): p.read_text()
             for p in (tmp_path / "m" / "files").rglob("*.csv")}  # fmt: skip
    assert found == {
        "files/ilrs/jdc/b/c/v1.0/v2.0/a.csv": "urn:ilrs:jdc:b:c::1.0",
        "files/ilrs/jdc/b/c/=v1.0/v2.0/a.csv": "urn:ilrs:jdc:b:c:v1.0::2.0",
    }


def test_file_called_as_one_half_copied_is_kept(tmp_path: Path) -> None:
    files = tuple(FileEntry(name=name, size=4) for name in (".data.csv.part", "data.csv"))
    write([record(0, None, files=files)], tmp_path / "m")
    folder = tmp_path / "m/files/ilrs/jdc/b/c/p-0/v1.0"
    assert sorted(path.name for path in folder.iterdir()) == [".data.csv.part", "data.csv"]


def test_first_writing_that_is_broken_off_is_gone_on_with(tmp_path: Path) -> None:
    def broken(lidvid: str, name: str) -> BinaryIO:
        if lidvid == "urn:ilrs:jdc:b:c:p-1::1.0":
            raise KeyboardInterrupt
        return open_file(lidvid, name)

    records = [record(number, None) for number in range(3)]
    with pytest.raises(KeyboardInterrupt):
        static_mirror.write_static_mirror(
            records, tmp_path / "m", policy=read_policy(), instant_s=NOW_S, open_file=broken,
            about={},
        )  # fmt: skip
    assert json.loads((tmp_path / "m" / "mirror.json").read_text())["products"] == 0
    assert write(records, tmp_path / "m") == 3


def test_another_folder_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("x")
    with pytest.raises(IlrsError) as caught:
        write([], tmp_path)
    assert str(caught.value) == (
        f"{tmp_path} holds something else than a mirror; a mirror is written into a new folder or "
        "over an older one of its kind. Name another folder."
    )


def test_a_file_name_cannot_leave_the_mirror(tmp_path: Path) -> None:
    entry = FileEntry(name="../../../../../../../out.csv", size=4)
    with pytest.raises(IlrsError):
        write([record(0, None, files=(entry,))], tmp_path / "m")
    assert not (tmp_path / "out.csv").exists()


def test_what_is_no_mirror_is_said(tmp_path: Path) -> None:
    with pytest.raises(IlrsError) as caught:
        static_find.find_in_mirror(str(tmp_path), Question())
    assert str(caught.value) == (
        f"the mirror at {tmp_path} cannot be read: No such file or directory; it is a folder or "
        "an address that `ilrs data publish` wrote. Correct it, or try again later."
    )
    (tmp_path / "mirror.json").write_text("{}")
    with pytest.raises(IlrsError) as caught:
        static_find.find_in_mirror(str(tmp_path), Question())
    assert str(caught.value) == (
        f"{tmp_path} is no mirror that can be read; its mirror.json says 'ilrs static mirror 1'. "
        "Name a folder or an address that `ilrs data publish` wrote."
    )
    (tmp_path / "mirror.json").write_text('{"format": "ilrs static mirror 1"}')
    (tmp_path / "catalogue.parquet").write_bytes(b"PAR1 no PAR1")
    with pytest.raises(IlrsError):
        static_find.find_in_mirror(str(tmp_path), Question())
