"""Old Chinese labels: the original untouched, beside it a strict label that the schemas accept."""

from pathlib import Path

import pytest

from ilrs.datacentre.label import parse_xml
from ilrs.datacentre.label_content import check_content
from ilrs.datacentre.place import Point
from ilrs.datacentre.profiles import ILRS, LEGACY
from ilrs.datacentre.reading import read
from ilrs.datacentre.validate import Validator
from tests.datacentre.chang_e import CAMERA, RADAR, TAIL, camera_label, radar_label


@pytest.fixture(scope="module")
def validator(schemas: Path) -> Validator:
    return Validator(schemas, profile=ILRS)


def put(folder: Path, name: str, label: bytes, data: bytes) -> Path:
    (folder / name).write_bytes(data)
    path = folder / f"{name}L"
    path.write_bytes(label)
    return path


@pytest.mark.parametrize(
    ("name", "label", "data", "described"),
    [
        (RADAR, radar_label(records=3, size=63), bytes(63), b"<records>3</records>"),
        # one record fewer than the label says, and the wrong size: what there is, is described
        (RADAR, radar_label(records=3, size=99), bytes(42), b"<records>2</records>"),
        (RADAR, radar_label(records=3, size=63, stop="None"), bytes(63), b'nilReason="unknown"'),
        (CAMERA, camera_label(lines=5, samples=7, size=35), bytes(35), b"<Array_2D>"),
        # an image that does not fit into its file, or of an unknown type: plain bytes
        (CAMERA, camera_label(lines=5, samples=7, size=35), bytes(34), b"<elements>34</elements>"),
        (CAMERA, camera_label(lines=5, samples=7, size=35, data_type="UINT8"), bytes(35),
         b"<Array_1D>"),
    ],
)  # fmt: skip
def test_strict_label_is_valid_and_the_original_untouched(
    tmp_path: Path, validator: Validator, name: str, label: bytes, data: bytes, described: bytes
) -> None:
    path = put(tmp_path, name, label, data)
    (made,) = read(path, profile=LEGACY)
    assert path.read_bytes() == label
    assert [(file.name, file.role) for file in made.files] == [
        (f"{name}L", "original"),
        (name, "data"),
    ]
    assert made.label_normalised is not None
    assert described in made.label_normalised
    root = parse_xml(made.label_normalised, name="strict.xml")
    assert validator.check_root(root, name="strict.xml", folder=tmp_path) == []


def changed(label: bytes, was: str, now: str) -> bytes:
    assert was.encode() in label
    return label.replace(was.encode(), now.encode())


def characters(*, length: int, data_type: str = "ASCII_Real") -> bytes:
    """The label of a table of three records of characters, which says CR LF of their ends."""
    field = (
        "<Field_Character><name>{}</name><field_location unit='byte'>{}</field_location>"
        "<data_type>{}</data_type><field_length unit='byte'>4</field_length></Field_Character>"
    )
    head = radar_label(records=3, size=0).partition(b"<Table_Binary>")[0].decode()
    return (
        f"{head}<Table_Character><offset unit='byte'>0</offset><records>3</records>"
        "<record_delimiter>Carriage-Return Line-Feed</record_delimiter><Record_Character>"
        f"<record_length unit='byte'>{length}</record_length>{field.format('经度', 1, data_type)}"
        f"{field.format('纬度', 6, 'ASCII_Real')}</Record_Character></Table_Character>{TAIL}"
    ).encode()


RADAR_LABEL, CAMERA_LABEL = (
    radar_label(records=3, size=63),
    camera_label(lines=5, samples=7, size=0),
)


@pytest.mark.parametrize(
    ("label", "data", "described"),
    [
        (changed(RADAR_LABEL, f"<logical_identifier>{RADAR}", "<logical_identifier>None"),
         bytes(63), "<alternate_id>None</alternate_id>"),
        (changed(RADAR_LABEL, f"<logical_identifier>{RADAR}", "<logical_identifier>嫦娥四号（一）"),
         bytes(63), "mission: 嫦娥四号（一）</title>"),
        (changed(RADAR_LABEL, "/pds4/pds/v1\"", "/pds4/clep/v1\""), bytes(63),
         "<name>ECHO_DATA</name>"),
        # instants in forms that the model does not know
        (radar_label(records=3, size=63, stop="2019-005"), bytes(63),
         "<stop_date_time>2019-01-05T00:00:00Z</stop_date_time>"),
        (radar_label(records=3, size=63, stop="2019-01-05 00:00:00"), bytes(63),
         "<stop_date_time>2019-01-05T00:00:00Z</stop_date_time>"),
        (radar_label(records=3, size=63, stop="2019-01-05T00:00:00+00:00"), bytes(63),
         "<stop_date_time>2019-01-05T00:00:00Z</stop_date_time>"),
        (radar_label(records=3, size=63, stop="2019-01-05T00:00:60"), bytes(63),
         "<stop_date_time>2019-01-05T00:01:00Z</stop_date_time>"),
        (radar_label(records=3, size=63, stop="2019-01-05"), bytes(63),
         "<stop_date_time>2019-01-05Z</stop_date_time>"),
        # numbers that no table or image has
        (changed(RADAR_LABEL, "<repetitions>4", "<repetitions>0"), bytes(63), "<Array_1D>"),
        (changed(RADAR_LABEL, "<group_location unit='byte'>5", "<group_location unit='byte'>0"),
         bytes(63), "<Array_1D>"),
        (changed(RADAR_LABEL, "<group_length unit='byte'>16", "<group_length unit='byte'>18"),
         bytes(63), "<Array_1D>"),
        (changed(RADAR_LABEL, "<field_length unit='byte'>1<", "<field_length unit='byte'>0<"),
         bytes(63), "<Array_1D>"),
        (changed(RADAR_LABEL, "UnsignedByte", "UnsignedLSB4"), bytes(63), "<Array_1D>"),
        (camera_label(lines=-5, samples=-7, size=0), bytes(35), "<Array_1D>"),
        # texts that are too long, or Chinese where the model has none
        (changed(CAMERA_LABEL, "data number", "电压" * 200), bytes(35), "<Array_2D>"),
        (changed(CAMERA_LABEL, "<axis_name>Line", "<axis_name>行"), bytes(35),
         "<axis_name>Axis 1</axis_name>"),
        # records end as the file has it, whatever the label says
        (characters(length=11), b"1.00 2.00 \n" * 3, "<record_delimiter>Line-Feed<"),
        (characters(length=12), b"1.00 2.00 \r\n" * 3,
         "<record_delimiter>Carriage-Return Line-Feed<"),
        (characters(length=10), b"1.00 2.00 " * 3, "<Array_1D>"),
        (characters(length=11, data_type="IEEE754LSBSingle"), b"1.00 2.00 \n" * 3, "<Array_1D>"),
    ],
)  # fmt: skip
def test_strict_label_is_valid_whatever_the_old_one_says(
    tmp_path: Path, validator: Validator, label: bytes, data: bytes, described: str
) -> None:
    name = CAMERA if CAMERA.encode() in label else RADAR
    (made,) = read(put(tmp_path, name, label, data), profile=LEGACY)
    assert made.label_normalised is not None
    assert described in made.label_normalised.decode()
    root = parse_xml(made.label_normalised, name="strict.xml")
    assert validator.check_root(root, name="strict.xml", folder=tmp_path) == []


def test_empty_file_has_no_strict_label(tmp_path: Path) -> None:
    (made,) = read(put(tmp_path, CAMERA, CAMERA_LABEL, b""), profile=LEGACY)
    assert made.label_normalised is None


def test_file_whose_name_no_strict_label_has_is_left_to_the_original(tmp_path: Path) -> None:
    label = changed(CAMERA_LABEL, f"<file_name>{CAMERA}", "<file_name>全景（一）.2B")
    path = put(tmp_path, CAMERA, label, b"")
    (tmp_path / "全景（一）.2B").write_bytes(bytes(35))
    (made,) = read(path, profile=LEGACY)
    assert made.label_normalised is None
    assert [str(finding) for finding in made.findings if finding.kind == "name"] == [
        f"{CAMERA}L:22: file_name: no strict label can name the file '全景（一）.2B'; it may have "
        "a-z, A-Z, 0-9, '-', '_' and '.', no folder, and has an ending. The original alone "
        "describes it; rename the file."
    ]


def test_record_says_what_the_old_label_says(tmp_path: Path) -> None:
    (made,) = read(put(tmp_path, RADAR, radar_label(records=3, size=63), bytes(63)), profile=LEGACY)
    record = made.record
    assert record.lidvid == (
        "urn:cnsa:clpds:ce4_gras:lpr:ce4_gras_lpr-2b_sci_n_20190104000000_20190105000000_0001_a.2b"
        "::1.0"
    )
    assert (record.partner, record.target, record.instrument, record.processing_level) == (
        "CN", "Moon", "Lunar Penetrating Radar", "Calibrated",
    )  # fmt: skip
    assert record.place == Point(177.5991, -45.4446)
    assert (record.start_utc, record.stop_utc) == (
        "2019-01-04T00:00:00.000Z", "2019-01-05T00:00:00.000Z",
    )  # fmt: skip
    assert [(f.kind, f.severity) for f in made.findings] == [("identifier", "warning")]
    assert (
        made.findings[0].found
        == f"{RADAR!r} is not a logical identifier: it does not begin with 'urn:'"
    )


def test_products_whose_names_differ_by_case_alone_are_twins(tmp_path: Path) -> None:
    other = RADAR.replace("_A.2B", "_a.2B")
    put(tmp_path, RADAR, RADAR_LABEL, bytes(63))
    put(tmp_path, other, changed(RADAR_LABEL, RADAR, other), bytes(63))
    first, second = read(tmp_path, profile=LEGACY)
    assert first.record.lidvid == second.record.lidvid
    assert [
        f.found for f in first.findings if f.kind == "identifier" and f.severity == "error"
    ] == []
    assert [f.found for f in second.findings if f.severity == "error"] == [
        f"{RADAR}L bears the same identifier"
    ]


def test_wrong_size_is_found_and_no_strict_label_made_without_its_profile(tmp_path: Path) -> None:
    path = put(tmp_path, RADAR, radar_label(records=3, size=64), bytes(63))
    (made,) = read(path)
    assert made.label_normalised is None
    assert {(f.kind, f.severity) for f in made.findings} == {
        ("truncated", "error"), ("identifier", "error"),
    }  # fmt: skip
    assert made.files[0].role == "label"


def test_label_without_its_data_is_kept_without_a_strict_one(tmp_path: Path) -> None:
    path = tmp_path / f"{CAMERA}L"
    path.write_bytes(camera_label(lines=1, samples=1, size=1))
    (made,) = read(path, profile=LEGACY)
    assert made.label_normalised is None
    assert {f.kind for f in made.findings} == {"missing", "identifier", "label"}  # stop is 'UNK'


def test_strict_label_describes_the_data_as_they_are(tmp_path: Path) -> None:
    path = put(tmp_path, CAMERA, camera_label(lines=2, samples=3, size=0), bytes(6))
    (made,) = read(path, profile=LEGACY)
    assert made.label_normalised is not None
    root = parse_xml(made.label_normalised, name="s")
    assert check_content(root, folder=tmp_path, name="s") == []
    (tmp_path / CAMERA).write_bytes(bytes(5) + b"\1")
    assert [f.kind for f in check_content(root, folder=tmp_path, name="s")] == ["checksum"]
