"""`ilrs data find`: the same products of an archive and of the mirror that it publishes."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from ilrs.cli import main
from ilrs.datacentre.archive import Archive
from ilrs.datacentre.place import Box, Circle, Point
from ilrs.datacentre.record import Record
from ilrs.datacentre.submission import SourceFile, Submission

RUN = "urn:ilrs:jdc:moon:run"
RECORDS = (
    Record(lidvid=f"{RUN}:ridge::1.0", title="Ridge, first", start_utc="2030-01-01",
           stop_utc="2030-01-02", access="open", place=Point(222.0, -89.45)),
    Record(lidvid=f"{RUN}:ridge::1.10", title="Ridge", start_utc="2030-01-01",
           stop_utc="2030-01-02", access="open", place=Point(222.0, -89.45), site="ridge",
           partner="CNSA", mission="CE-7", instrument="LPR", science_fields=("geology",),
           processing_level="Raw", target="Moon", sun_elevation_deg=1.5, pixel_m=0.5),
    Record(lidvid=f"{RUN}:pole::1.0", title="Pole", start_utc="2031-01-01", stop_utc="2031-06-01",
           access="open", place=Circle(0.0, -90.0, 0.1), partner="IKI", sun_elevation_deg=-2.0,
           science_fields=("geology", "ice"), pixel_m=20.0),
    Record(lidvid=f"{RUN}:line::1.0", title="Across the line", start_utc="2029-01-01",
           stop_utc="2029-01-02", access="open", place=Box(179.0, -1.0, -179.0, 1.0)),
)  # fmt: skip


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("node") / "archive"
    files = (SourceFile(name="data.csv", role="data", content=b"1\n"),)
    archive = Archive(folder, now=lambda: "2032-01-01T00:00:00Z")
    archive.ingest([Submission(record=record, files=files) for record in RECORDS])
    return folder


@pytest.fixture(scope="module")
def mirror(node: Path) -> Path:
    run("publish", node.parent / "mirror", "--archive", node)
    return node.parent / "mirror"


def run(*words: Any, code: int = 0) -> Any:
    result = CliRunner().invoke(main, ["data", *map(str, words)])
    assert result.exit_code == code, result.output
    return result


def names(found: str) -> list[str]:
    return [record["lidvid"].removeprefix(f"{RUN}:") for record in json.loads(found)]


@pytest.mark.parametrize("kind", ["archive", "mirror"])
@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ([], ["line::1.0", "ridge::1.10", "pole::1.0"]),
        (["ridge"], ["ridge::1.10"]),
        (["--near=-90,0,1 km"], ["pole::1.0"]),
        (["--near=-90,77,17 km"], ["ridge::1.10", "pole::1.0"]),  # the ridge is 16.7 km away
        (["--near=0,180,500 m"], ["line::1.0"]),
        (["--site", "ridge"], ["ridge::1.10"]),
        (["--partner", "IKI"], ["pole::1.0"]),
        (["--mission", "CE-7", "--instrument", "LPR"], ["ridge::1.10"]),
        (["--field", "geology"], ["ridge::1.10", "pole::1.0"]),
        (["--level", "Raw", "--target", "Moon"], ["ridge::1.10"]),
        (["--collection", RUN, "--to", "2030-01-01"], ["line::1.0"]),
        (["--from", "2030-01-01T12:00:00Z"], ["ridge::1.10", "pole::1.0"]),
        (["--sun-above", "0"], ["ridge::1.10"]),
        (["--sun-below", "0"], ["pole::1.0"]),
        (["--where", "gsd < 5 OR title LIKE 'Across%'"], ["line::1.0", "ridge::1.10"]),
        (["--where", "S_INTERSECTS(geometry, POLYGON((0 -89, 120 -89, -120 -89, 0 -89)))"],
         ["ridge::1.10", "pole::1.0"]),
        (["--sort=-title"], ["ridge::1.10", "pole::1.0", "line::1.0"]),
        (["--all-versions", "--partner", "CNSA"], ["ridge::1.10"]),
        (["--all-versions", "--near=-89.45,222,1 m"], ["ridge::1.0", "ridge::1.10"]),
        (["--field", "ice", "--partner", "CNSA"], []),
    ],
)  # fmt: skip
def test_find_gives_what_is_asked_for(
    node: Path, mirror: Path, kind: str, asked: list[str], found: list[str]
) -> None:
    where = {"archive": node, "mirror": mirror}[kind]
    assert names(run("find", *asked, f"--{kind}", where, "--json").stdout) == found


def test_a_limit_says_that_there_is_more(node: Path) -> None:
    shown = run("find", "--archive", node, "--limit", "2", "--json")
    assert names(shown.stdout) == ["line::1.0", "ridge::1.10"]
    assert shown.stderr == "the first 2 products; --limit shows more\n"
    assert run("find", "--archive", node, "--limit", "3").stderr == ""


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ("--near=-89.5,ridge,10 km",
         "'-89.5,ridge,10 km' is no circle; a circle is a latitude, a longitude and a radius with "
         "its unit. Write for instance --near=-89.5,220,'10 km'."),
        ("--near=-89.5,220,10",
         "found '10', a number without a unit; a length is written with m, km, cm, mm. Write for "
         "instance '10 m'."),
        ("--near=-99,220,10 km",
         "a position of 220.0 -99.0; a position is a longitude from -360 to 360 and a latitude "
         "from -90 to 90 deg. Correct the position."),
        ("--sun-above=nan", "sun_elevation_deg is compared with nan; sun_elevation_deg is a finite "
         "number. Correct the value."),
        ("--where=gsdd < 5",
         "the filter asks for the property 'gsdd'; possible are collection, created, datetime, "
         "description, end_datetime, geometry, gsd, id, ilrs:partner, ilrs:product_class, "
         "ilrs:science_fields, ilrs:site, ilrs:sources, instruments, keywords, license, mission, "
         "processing:level, ssys:targets, start_datetime, title, updated, view:sun_azimuth, "
         "view:sun_elevation. Choose one of these."),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_said(node: Path, asked: str, message: str) -> None:
    result = run("find", asked, "--archive", node, code=2)
    assert (result.stdout, result.stderr) == ("", f"{message}\n")


def test_identifiers_are_not_broken_into_lines(tmp_path: Path) -> None:
    lidvid = f"urn:ilrs:jdc:{'long-' * 12}bundle:collection:product::1.0"
    record = Record(lidvid=lidvid, title="A title of many words " * 8, start_utc="2030-01-01")
    files = (SourceFile(name="data.csv", role="data", content=b"1\n"),)
    Archive(tmp_path / "archive").ingest([Submission(record=record, files=files)])
    shown = run("find", "--archive", tmp_path / "archive").stdout
    assert lidvid in shown
    assert max(map(len, shown.splitlines())) <= len(lidvid) + 55
