"""Sidecars: CSV, Parquet, NetCDF, Zarr, GeoTIFF with what a label would say, STAC items, faults."""

import hashlib
import json
from pathlib import Path

import pytest

from ilrs.datacentre.embargo import NEVER_S, seconds_of_utc
from ilrs.datacentre.place import Circle, Point, Polygon
from ilrs.datacentre.reading import read
from ilrs.datacentre.rights import rights_key
from ilrs.datacentre.rights_file import read_policy
from ilrs.datacentre.sidecar import FIELDS, read_sidecar
from ilrs.datacentre.submission import Submission
from ilrs.foundation.errors import Finding, IlrsError

SIDECAR = """\
lid: urn:ilrs:jdc:seismic:raw:station-1
version: 1.10
title: Ground motion at the ridge
texts:
  zh: {title: 山脊的地面运动, description: 地震仪}
  ru: {title: Движение грунта}
start_utc: 2035-01-01T00:00:00Z
stop_utc: 2035-01-02
publication_year: 2035
target: Moon
mission: ILRS
instrument: Seismometer 1
site: connecting-ridge
partner: CN
science_fields: [geophysics]
keywords: [seismic]
processing_level: Raw
place: {longitude_deg: -137.0, latitude_deg: -89.45, radius_deg: 0.01}
access: partners
embargo: P6M after stop
licence: CC-BY-4.0
statements: [{issuer: CNSA, language: zh, text: 需注明来源}]
attribution: CNSA/GRAS
sources: ["urn:ilrs:jdc:seismic:telemetry:day-1::1.0"]
columns: [time, velocity_m_s]
records: 2
"""
CSV = "time,velocity_m_s\n2035-01-01T00:00:00Z,1e-9\n2035-01-01T00:00:01Z,2e-9\n"


def put(folder: Path, *, sidecar: str = SIDECAR, csv: str = CSV, name: str = "day.csv") -> Path:
    (folder / name).write_text(csv, encoding="utf-8")
    path = folder / f"{name}.yaml"
    path.write_text(sidecar, encoding="utf-8")
    return path


def only(path: Path) -> Submission:
    (made,) = read(path)
    return made


def test_every_field_reaches_the_record(tmp_path: Path) -> None:
    put(tmp_path)
    made = only(tmp_path)
    record = made.record
    assert made.findings == ()
    assert [(f.name, f.role) for f in made.files] == [
        ("day.csv.yaml", "label"),
        ("day.csv", "data"),
    ]
    assert record.lidvid == "urn:ilrs:jdc:seismic:raw:station-1::1.10"  # not 1.1
    assert record.place == Circle(-137.0, -89.45, 0.01)
    assert [text.language for text in record.texts] == ["zh", "ru"]
    assert record.texts[0].title == "山脊的地面运动"
    assert (record.statements[0].issuer, record.statements[0].language) == ("CNSA", "zh")
    assert (record.publication_year, record.partner, record.access) == (2035, "CN", "partners")
    assert record.sources == ("urn:ilrs:jdc:seismic:telemetry:day-1::1.0",)
    said = record.to_dict()
    unsaid = {name for name in FIELDS if name in said and not said[name]} - {"pixel_m"}
    assert unsaid == {"description", "command"}


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ("POINT (10 -89)", Point(10.0, -89.0)),
        ("{type: Point, coordinates: [10.0, -89.5]}", Point(10.0, -89.5)),
        ("{corners: [[0, -89], [120, -89], [240, -89]]}",
         Polygon((((0, -89), (120, -89), (240, -89), (0, -89)),))),
    ],
)  # fmt: skip
def test_place_may_be_written_in_several_ways(tmp_path: Path, place: str, expected: object) -> None:
    line = next(line for line in SIDECAR.splitlines() if line.startswith("place"))
    put(tmp_path, sidecar=SIDECAR.replace(line, f"place: {place}"))
    assert only(tmp_path).record.place == expected


@pytest.mark.parametrize(
    ("right", "wrong", "kind", "found"),
    [
        ("-89.45", "-95", "label", "a position of -137.0 -95.0"),
        ("2035-01-02", "yesterday", "label", "'yesterday' is not a UTC instant"),
        ("publication_year: 2035", "publication_year: soon", "label", "'soon' cannot be read"),
        ("P6M after stop", "soon", "label", "'soon' is not an embargo"),
        ("records: 2", "records: 3", "truncated", "the file has 2 records"),
        ("[time, velocity_m_s]", "[time, v]", "content", "the columns are time, velocity_m_s"),
        ("records: 2", "files: [{name: day.csv, size: 9}]", "size", "the file has 70 bytes"),
        ("records: 2", "files: [{name: day.csv, md5: 00}]", "checksum",
         f"the file's md5 is {hashlib.md5(CSV.encode()).hexdigest()}"),
        ("records: 2", "files: [night.csv]", "missing", "the file is missing"),
        ("records: 2", "files: [../day.csv]", "name",
         "the name leads out of the label's folder or is no name of a file"),
    ],
)  # fmt: skip
def test_fault_of_a_sidecar_is_found(
    tmp_path: Path, right: str, wrong: str, kind: str, found: str
) -> None:
    put(tmp_path, sidecar=SIDECAR.replace(right, wrong))
    made = only(tmp_path / "day.csv.yaml")
    assert [(f.kind, f.found) for f in made.findings] == [(kind, found)]


@pytest.mark.parametrize("written", ["soon", "[P6M after stop]", "P6M  after  stop"])
def test_embargo_stays_as_it_is_written(tmp_path: Path, written: str) -> None:
    put(tmp_path, sidecar=SIDECAR.replace("P6M after stop", written).replace("partners", "open"))
    made = only(tmp_path)
    kept = {"soon": "soon", "[P6M after stop]": "['P6M after stop']"}.get(written, "P6M after stop")
    assert made.record.embargo == kept
    _, release_s = rights_key(made.record, read_policy())
    end_s = seconds_of_utc("2035-07-02")
    assert release_s == (end_s if kept == "P6M after stop" else NEVER_S)


def test_ragged_csv_is_found_at_its_line(tmp_path: Path) -> None:
    put(tmp_path, csv=CSV.replace(",2e-9", ""))
    assert [(f.kind, f.file, f.line) for f in only(tmp_path).findings] == [
        ("content", "day.csv", 3)
    ]


@pytest.mark.parametrize(
    ("name", "content", "kinds"),
    [
        ("a.parquet", b"PAR1 data PAR1", []),
        ("a.parquet", b"PAR1 data", ["truncated"]),
        ("a.parquet", b"data", ["content"]),
        ("a.nc", b"CDF\x01 data", []),
        ("a.nc", b"\x89HDF\r\n\x1a\n data", []),
        ("a.nc", b"<html>", ["content"]),
    ],
)
def test_binary_formats_are_known_by_their_marks(
    tmp_path: Path, name: str, content: bytes, kinds: list[str]
) -> None:
    (tmp_path / name).write_bytes(content)
    (tmp_path / f"{name}.json").write_text(json.dumps({"title": "T", "instrument": "I"}))
    made = only(tmp_path)
    assert [f.kind for f in made.findings] == kinds
    assert made.record.lidvid == "urn:ilrs:jdc:sidecars:data:a::1.0"


def test_zarr_store_is_one_product(tmp_path: Path) -> None:
    store = tmp_path / "map.zarr"
    (store / "height" / "c" / "0").mkdir(parents=True)
    (store / "zarr.json").write_text("{}")
    (store / "height" / "zarr.json").write_text("{}")
    (store / "height" / "c" / "0" / "0").write_bytes(b"\0")
    (tmp_path / "map.zarr.yaml").write_text("title: T\ninstrument: I\n")
    made = only(tmp_path)
    assert [file.name for file in made.files] == [
        "map.zarr.yaml", "map.zarr/height/c/0/0", "map.zarr/height/zarr.json", "map.zarr/zarr.json",
    ]  # fmt: skip
    assert made.findings == ()


def test_zarr_store_behind_a_link_is_left_out(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "zarr.json").write_text("{}")
    (outside / "secret").write_text("s")
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "map.zarr").symlink_to(outside)
    (inside / "a.yaml").write_text("title: T\nfiles: [{name: map.zarr}]\n")
    made = only(inside)
    assert [file.name for file in made.files] == ["a.yaml"]
    assert [str(finding) for finding in made.findings] == [
        "a.yaml: map.zarr: it is a link; a sidecar names files that lie beside it. Deliver the "
        "file anew, or correct the sidecar."
    ]


@pytest.mark.parametrize(
    ("stated", "found"),
    [
        ("size: ²", "the file has {size} bytes; the sidecar says ²"),
        ("size: [7]", "the file has {size} bytes; the sidecar says [7]"),
    ],
)  # fmt: skip
def test_size_that_is_no_number_is_a_finding(tmp_path: Path, stated: str, found: str) -> None:
    (tmp_path / "day.csv").write_text(CSV)
    (tmp_path / "day.csv.yaml").write_text(
        f"title: T\ninstrument: I\nfiles:\n  - name: day.csv\n    {stated}\n", encoding="utf-8"
    )
    made = only(tmp_path)
    assert [(f.kind, str(f)) for f in made.findings] == [
        ("size", f"day.csv.yaml: day.csv: {found.format(size=len(CSV))}. Deliver the file anew, or "
         "correct the sidecar.")
    ]  # fmt: skip


def test_records_that_are_no_number_are_a_finding(tmp_path: Path) -> None:
    (tmp_path / "day.csv").write_text("a\n1\n")
    (tmp_path / "day.csv.yaml").write_text(
        "title: T\ninstrument: I\nrecords: ²\n", encoding="utf-8"
    )
    assert [(f.kind, f.found, f.possible) for f in only(tmp_path).findings] == [
        ("content", "the file has 1 records", "the sidecar says ²")
    ]


@pytest.mark.parametrize("name", ["x" * 300, "a/" + "x" * 300])
def test_name_too_long_for_a_file_is_missing(tmp_path: Path, name: str) -> None:
    (tmp_path / "a.yaml").write_text(f"title: T\ninstrument: I\nfiles: [{{name: {name}}}]\n")
    assert [str(f) for f in only(tmp_path).findings] == [
        f"a.yaml: {name[:200]}: the file is missing; a sidecar names files that lie beside it. "
        "Deliver the file anew, or correct the sidecar."
    ]


def test_raster_takes_its_place_from_itself(shared: Path, tmp_path: Path) -> None:
    source = shared / "data" / "terrain" / "connecting_ridge_40m.tif"
    (tmp_path / "ridge.tif").write_bytes(source.read_bytes())
    (tmp_path / "ridge.yaml").write_text("title: Ridge\ninstrument: LOLA\n")
    made = only(tmp_path)
    assert isinstance(made.record.place, Polygon)
    assert made.record.pixel_m == pytest.approx(40.0, abs=0.01)
    assert (made.record.title, made.record.target, made.findings) == ("Ridge", "Moon", ())


def test_stac_item_is_read(tmp_path: Path) -> None:
    (tmp_path / "scene.tif").write_bytes(b"II*\0")
    item = {
        "type": "Feature", "stac_version": "1.1.0", "id": "scene-1",
        "geometry": {"type": "Point", "coordinates": [12.5, -88]},
        "properties": {"title": "Scene", "datetime": "2030-01-02T03:04:05Z", "license": "CC0-1.0",
                       "instruments": ["cam"], "mission": "M", "gsd": 2.5,
                       "ssys:targets": ["Moon"]},
        "assets": {"image": {"href": "./scene.tif"}, "far": {"href": "https://example.org/x"}},
        "links": [],
    }  # fmt: skip
    (tmp_path / "scene.json").write_text(json.dumps(item))
    made = only(tmp_path)
    record = made.record
    assert (record.title, record.start_utc, record.licence, record.instrument, record.pixel_m) == (
        "Scene", "2030-01-02T03:04:05Z", "CC0-1.0", "cam", 2.5,
    )  # fmt: skip
    assert record.place == Point(12.5, -88.0)
    assert [file.name for file in made.files] == ["scene.json", "scene.tif"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("title: T\nlid: x\ninstrumnet: I\n", "s.yaml has the field 'instrumnet'; a sidecar has "
         f"the fields {', '.join(FIELDS)}. Did you mean 'instrument'?"),
        ("title: &a T\nlid: *a\n", "s.yaml uses an anchor again, or lies over 20 deep; a sidecar "
         "says everything once, and plainly. Write out what the anchor stands for."),
        ("title: T\nlid: x\nfiles: day.csv\n", "a sidecar's files are no list; each is a name, or "
         "a table with name, size, md5 and sha256. Write them as a list."),
    ],
)  # fmt: skip
def test_sidecar_that_cannot_be_read_says_why(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "s.yaml"
    path.write_text(text)
    with pytest.raises(IlrsError) as caught:
        read_sidecar(path)
    assert str(caught.value) == message
    (made,) = read(path)  # nothing that arrives is lost
    assert [f.kind for f in made.findings] == ["label"]


@pytest.mark.parametrize(
    ("name", "text", "key"),
    [
        ("s.yaml", "title: T\nlid: x\nembargo: P6M after stop\nembargo: none\n", "embargo"),
        ("s.yaml", "title: T\nlid: x\n'access': owner\naccess: open\n", "access"),
        ("s.yaml", "title: T\nlid: x\n<<: {access: owner}\naccess: open\n", "access"),
        ("s.yaml", "title: T\nlid: x\nplace: {type: Point, type: Line}\n", "type"),
        ("s.json", '{"title": "T", "lid": "x", "access": "owner", "access": "open"}', "access"),
        ("s.json", '{"title": "T", "lid": "x", "texts": {"zh": {}, "zh": {}}}', "zh"),
    ],
)
def test_key_given_twice_is_refused(tmp_path: Path, name: str, text: str, key: str) -> None:
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(IlrsError) as caught:
        read_sidecar(path)
    assert str(caught.value) == (
        f"{name} cannot be read: the key {key!r} is given twice; a sidecar is YAML or JSON in "
        "UTF-8, each key given once. Correct it there."
    )
    made = only(path)
    assert [f.kind for f in made.findings] == ["label"]
    assert (made.record.access, made.record.embargo) == ("owner", "")


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        ("pixel_m", 10**400, f"{'1' + 79 * '0'!r} cannot be read"),
        ("publication_year", float("inf"), "'inf' cannot be read"),
        ("place", [10**400, 0, 1, 1], f"{'[1' + 78 * '0'!r} cannot be read"),
        ("place", {"longitude_deg": 10**400, "latitude_deg": 0},
         f"{str({'longitude_deg': 10**400})[:80]!r} cannot be read"),
    ],
)  # fmt: skip
def test_huge_number_is_a_finding(tmp_path: Path, name: str, value: object, found: str) -> None:
    path = tmp_path / "s.json"
    path.write_text(json.dumps({"title": "T", "lid": "urn:ilrs:jdc:s:r:x", name: value}))
    sidecar = read_sidecar(path)
    assert sidecar is not None
    findings: list[Finding] = []
    sidecar.record(sidecar.lidvid("urn:ilrs:jdc"), findings=findings)
    assert [(f.kind, f.entity, f.found) for f in findings] == [("label", name, found)]


@pytest.mark.parametrize("depth", [30, 100, 300, 900, 3000, 30_000])
def test_deep_place_is_a_finding(tmp_path: Path, depth: int) -> None:
    path = tmp_path / "s.json"
    deep = f'{{"type": "Polygon", "coordinates": {"[" * depth}{"]" * depth}}}'
    path.write_text(f'{{"title": "T", "lid": "urn:ilrs:jdc:s:r:x", "place": {deep}}}')
    assert "label" in {f.kind for f in only(path).findings}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        *(("s.yaml", f"title: T\nlid: urn:ilrs:jdc:s:r:x\nmission: {value}\n")
          for value in (f"0x{'f' * 4000}", "9" * 4301, "!!bool x", "!!int x", "!!int ''",
                        "!!timestamp x", "!!float x")),
        ("s.yaml", f"title: T\nlid: urn:ilrs:jdc:s:r:x\n? 0x{'f' * 4000}\n: x\n"),
        ("s.json", '{"title": "\\ud800", "lid": "urn:ilrs:jdc:s:r:x"}'),
    ],
)  # fmt: skip
def test_value_that_no_record_could_keep_is_refused(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(IlrsError, match=f"{name} cannot be read: .*; a sidecar is YAML or JSON"):
        read_sidecar(path)
    assert [f.kind for f in only(path).findings] == ["label"]


@pytest.mark.parametrize("wrong", [5, True, [[1]], [{"a": 1}], {"a": 1}, "thumbnail"])
def test_stac_item_with_wrong_types_is_read_as_far_as_it_goes(
    tmp_path: Path, wrong: object
) -> None:
    (tmp_path / "scene.csv").write_text(CSV)
    item = {
        "type": "Feature", "id": "scene-1", "properties": {"instruments": wrong},
        "assets": {"data": {"href": "scene.csv", "roles": wrong}},
    }  # fmt: skip
    (tmp_path / "scene.json").write_text(json.dumps(item))
    made = only(tmp_path)
    instrument = ", ".join(map(str, wrong)) if isinstance(wrong, list) else ""
    assert (made.record.title, made.record.instrument) == ("scene-1", instrument)
    assert [(file.name, file.role) for file in made.files] == [
        ("scene.json", "label"),
        ("scene.csv", "data"),
    ]


@pytest.mark.parametrize(
    "text",
    ["[" * 100_000, '{"title": ' * 50_000, "title: !!python/object/apply:os.system [ls]\n", "\0",
     "title: T\nlid: [" + "[" * 5000],
)  # fmt: skip
def test_hostile_sidecar_gives_an_error(tmp_path: Path, text: str) -> None:
    for ending in ("yaml", "json"):
        path = tmp_path / f"s.{ending}"
        path.write_text(text)
        try:
            assert read_sidecar(path) is None
        except IlrsError as error:
            assert error.asked.startswith((f"s.{ending} cannot be read", "s.yaml uses an anchor"))


def test_long_sidecar_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    path.write_text("title: " + "x" * (1 << 20))
    with pytest.raises(IlrsError, match="s.yaml has 1048583 bytes"):
        read_sidecar(path)
