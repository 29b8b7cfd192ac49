"""PDS3 labels: the language against a reader that no one here wrote, records, files, faults."""

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ilrs.datacentre.pds3 import Quantity, looks_like_pds3, parse_pds3
from ilrs.datacentre.place import Box, Polygon
from ilrs.datacentre.reading import read
from ilrs.foundation.errors import IlrsError

REAL = (
    "pds3/kaguya_TC1S2B0_01_06691S820E0465.lbl",
    "pds3/lroc_nac_M103595705LE.lbl",
    "pds3/m3_M3T20090630T083407_V03_L1B_cropped.lbl",
    "gravity/gggrx_0660pm_sha.lbl",
    "pds4/lro_lend_truncated/lend_rdr_dld_20240615.lbl",
    "pds4/ch1_minirf_hk/fsb_01500_rhk_xib_85s238_v1.lbl",
    "terrain/LDEM_4.LBL",
    "terrain/LDEM_4_JP2.LBL",
)


def plain(value: Any) -> Any:
    """A value of ours or of pvl's, so that they can be compared."""
    if hasattr(value, "units"):
        return float(value.value), str(value.units)
    if isinstance(value, Quantity):
        return value.value, value.unit
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    if isinstance(value, str):  # a word broken at the end of a line: pvl joins it
        return re.sub(r"-\s+", "", " ".join(value.split()))
    return value


@pytest.mark.parametrize("name", REAL)
def test_real_label_reads_as_pvl_reads_it(shared: Path, name: str) -> None:
    pvl = pytest.importorskip("pvl", reason="pvl is not installed")
    path = shared / "data" / name
    ours = parse_pds3(path.read_bytes(), name=name)
    theirs = pvl.loads(path.read_text(encoding="utf-8", errors="replace"))
    compared = 0
    stack = [(ours, theirs)]
    while stack:
        block, module = stack.pop()
        inner = [v for v in module.values() if isinstance(v, pvl.collections.PVLAggregation)]
        assert len(inner) == len(block.blocks)
        stack += zip(block.blocks, inner, strict=True)
        for key, value in module.items():
            # dates stay texts here; a set has no order there
            is_other = hasattr(value, "year") or isinstance(value, set | frozenset)
            if value not in inner and not is_other:
                assert plain(block.values[key.upper()]) == plain(value), key
                compared += 1
    assert compared >= 15


def test_record_of_a_real_label(shared: Path) -> None:
    (made,) = read(shared / "data" / "pds3" / "kaguya_TC1S2B0_01_06691S820E0465.lbl")
    record = made.record
    assert record.lidvid == (
        "urn:ilrs:jdc:sln-l-tc-3-s-level2b0-v1.0:data:tc1s2b0_01_06691s820e0465::1.0"
    )
    assert (record.mission, record.instrument, record.target, record.processing_level) == (
        "Selene", "Terrain Camera 1", "Moon", "Calibrated",
    )  # fmt: skip
    assert record.start_utc == "2009-04-05T20:09:53.610804Z"
    # the label's four corners, in order around the image
    assert isinstance(record.place, Polygon)
    assert record.place.rings[0] == (
        (44.883039, -81.172073), (48.534829, -81.200350), (48.427901, -82.797271),
        (43.996992, -82.764677), (44.883039, -81.172073),
    )  # fmt: skip
    assert [f.kind for f in made.findings] == ["identifier", "missing"]


def test_map_has_a_box_and_a_pixel(shared: Path) -> None:
    (made,) = read(shared / "data" / "terrain" / "LDEM_4.LBL")
    assert made.record.place == Box(0.0, -90.0, 360.0, 90.0)
    assert made.record.pixel_m == 7580.84
    assert made.record.processing_level == "Calibrated"  # CODMAC 4 in the data set's name
    assert [(file.name, file.role) for file in made.files] == [
        ("LDEM_4.LBL", "label"), ("LDEM_4.IMG", "data"),
    ]  # fmt: skip
    assert [f.kind for f in made.findings] == ["identifier"]


def test_table_cut_short_is_found(shared: Path) -> None:
    folder = shared / "data" / "pds4" / "lro_lend_truncated"
    (made,) = read(folder / "lend_rdr_dld_20240615.lbl")
    assert [str(f) for f in made.findings if f.kind == "truncated"] == [
        "lend_rdr_dld_20240615.lbl:28: ^TABLE: lend_rdr_dld_20240615.dat has 288 bytes; TABLE "
        "needs 17900622. Deliver the file whole, or correct the label."
    ]
    (of_pds4,) = read(folder / "lend_rdr_dld_20240615.xml")  # which keeps the old label beside it
    assert [f.kind for f in of_pds4.findings] == ["content", "truncated"]


LABEL = (
    "PDS_VERSION_ID = PDS3\r\nRECORD_TYPE = FIXED_LENGTH\r\nRECORD_BYTES = 200\r\n"
    "FILE_RECORDS = 3\r\n^IMAGE = {pointer}\r\nDATA_SET_ID = 'X-L-Y-2-Z-V1.0'\r\n"
    "PRODUCT_ID = 'P1'\r\nPRODUCT_VERSION_ID = 'v1.8'\r\nTARGET_NAME = MOON\r\n"
    "OBJECT = IMAGE\r\n LINES = 2\r\n LINE_SAMPLES = 100\r\n SAMPLE_BITS = 8\r\n"
    " MD5_CHECKSUM = \"{md5}\"\r\nEND_OBJECT = IMAGE\r\nEND\r\n"
)  # fmt: skip


def test_attached_label_and_its_image_are_one_file(tmp_path: Path) -> None:
    path = tmp_path / "p1.img"
    head = LABEL.format(pointer=3, md5="").encode()
    path.write_bytes(head.ljust(400) + bytes(200))
    (made,) = read(path)
    # data, not label: who may see labels alone must not get the image
    assert [(f.name, f.role) for f in made.files] == [("p1.img", "data")]
    assert made.record.lidvid == "urn:ilrs:jdc:x-l-y-2-z-v1.0:data:p1::1.8"
    assert [f.kind for f in made.findings] == ["identifier"]
    path.write_bytes(head.ljust(400) + bytes(199))
    assert [f.kind for f in next(read(path)).findings] == ["identifier", "truncated"]
    path.write_bytes(head.ljust(400) + bytes(201))
    assert [f.kind for f in next(read(path)).findings] == ["identifier", "size"]


@pytest.mark.parametrize(
    ("name", "pointer", "length", "roles"),
    [
        ("p1.img", 3, 600, {"p1.img": "data"}),
        ("p1.img", '("p1.img", 3)', 600, {"p1.img": "data"}),
        ("p1.img", '("p1.DAT", 3)', 600, {"p1.img": "data", "p1.DAT": "data"}),
        ("p1.lbl", 3, 600, {"p1.lbl": "data", "p1.DAT": "data"}),
        ("p1.lbl", 3, 400, {"p1.lbl": "label", "p1.DAT": "data"}),
        ("p1.lbl", '("p1.lbl", 3)', 600, {"p1.lbl": "data"}),
        ("p1.lbl", '("p1.DAT", 3)', 600, {"p1.lbl": "label", "p1.DAT": "data"}),
    ],
)
def test_file_that_may_hold_data_is_data(
    tmp_path: Path, name: str, pointer: object, length: int, roles: dict[str, str]
) -> None:
    (tmp_path / "p1.DAT").write_bytes(bytes(600))
    (tmp_path / name).write_bytes(LABEL.format(pointer=pointer, md5="").encode().ljust(length))
    (made,) = read(tmp_path / name)
    assert {f.name: f.role for f in made.files} == roles


@pytest.mark.parametrize(("name", "role"), [("p1.img", "data"), ("p1.lbl", "original")])
def test_label_that_cannot_be_read_may_have_data_behind_it(
    tmp_path: Path, name: str, role: str
) -> None:
    (tmp_path / name).write_bytes(
        b'PDS_VERSION_ID = PDS3\r\nNOTE = "no end\r\nEND\r\n' + bytes(200)
    )
    (made,) = read(tmp_path / name)
    assert [(f.name, f.role) for f in made.files] == [(name, role)]
    assert [str(f) for f in made.findings] == [
        f"{name}: {name}:2: a text, symbol or comment has no end; a PDS3 label is written in ODL "
        "and ends with END. Correct the label there, or deliver it whole."
    ]


HUGE = "9" * 400


@pytest.mark.parametrize("number", [HUGE, "1E999", "-1E999"])
def test_number_beyond_all_floats_is_none(tmp_path: Path, number: str) -> None:
    (tmp_path / "x.tab").write_text("123")
    path = tmp_path / "a.lbl"
    path.write_text(
        f"PDS_VERSION_ID = PDS3\nRECORD_TYPE = FIXED_LENGTH\nRECORD_BYTES = {number}\n"
        f'FILE_RECORDS = {number}\n^TABLE = ("x.tab", 2)\n^IMAGE = ("x.tab", {number} <BYTES>)\n'
        f"MAP_SCALE = {number} <km>\nEND\n"
    )
    (made,) = read(path)
    assert made.record.pixel_m is None
    assert [f.name for f in made.files] == ["a.lbl", "x.tab"]
    assert [f.kind for f in made.findings] == ["identifier"]


def test_name_too_long_for_a_file_is_missing(tmp_path: Path) -> None:
    name = "x" * 300
    path = tmp_path / "a.lbl"
    path.write_text(f'PDS_VERSION_ID = PDS3\n^TABLE = "{name}"\nEND\n')
    (made,) = read(path)
    assert [str(f) for f in made.findings if f.severity == "error"] == [
        f"a.lbl:2: ^TABLE: the file is missing: '{name[:200]}'; a label names files that lie "
        "beside it. Deliver the file whole, or correct the label."
    ]


def test_checksum_of_an_image_is_compared(tmp_path: Path) -> None:
    path = tmp_path / "p1.lbl"
    (tmp_path / "P1.IMG").write_bytes(bytes(400) + b"a" * 200)
    md5 = "887f30b43b2867f4a9accceee7d16e6c"  # md5sum of 200 times 'a'
    path.write_text(LABEL.format(pointer='("p1.img", 3)', md5=md5))
    assert [f.kind for f in next(read(path)).findings] == ["identifier"]
    path.write_text(LABEL.format(pointer='("p1.img", 2)', md5=md5))
    assert [f.kind for f in next(read(path)).findings] == ["identifier", "checksum"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("X = 1", "l is no PDS3 label; a label begins with PDS_VERSION_ID (or CCSD3ZF, "
         "ODL_VERSION_ID). Name the label, not the data."),
        ("PDS_VERSION_ID = PDS3\nX = (1, (2, 3)", "l:2: a value has no end; a PDS3 label is "
         "written in ODL and ends with END. Correct the label there, or deliver it whole."),
        ('PDS_VERSION_ID = PDS3\nX = "abc', "l:2: a text, symbol or comment has no end; a PDS3 "
         "label is written in ODL and ends with END. Correct the label there, or deliver it "
         "whole."),
        ("PDS_VERSION_ID = PDS3\nX = " + "(" * 40, "l:2: lists lie more than 32 deep; a PDS3 label "
         "is written in ODL and ends with END. Correct the label there, or deliver it whole."),
        ("PDS_VERSION_ID = PDS3\n" + "OBJECT = A\n" * 40, "l:34: objects lie more than 32 deep; a "
         "PDS3 label is written in ODL and ends with END. Correct the label there, or deliver it "
         "whole."),
    ],
)  # fmt: skip
def test_label_without_sense_is_refused(text: str, message: str) -> None:
    with pytest.raises(IlrsError) as caught:
        parse_pds3(text.encode(), name="l")
    assert str(caught.value) == message


@given(st.text(alphabet="PDS_VERIONX =()<>{}\"'/*,\n1.E", max_size=200))
def test_any_text_gives_a_label_or_an_error(text: str) -> None:
    try:
        parse_pds3(f"PDS_VERSION_ID = PDS3\n{text}".encode(), name="l")
    except IlrsError as error:
        assert error.asked.startswith("l:")


def test_many_comments_before_a_label_take_no_time() -> None:
    assert looks_like_pds3(b"/**/" * 900 + b"PDS_VERSION_ID")
    assert not looks_like_pds3(b"/**/" * 900 + b"x")
