"""Data against label: the real labels and their faults, and each kind of fault made on purpose."""

import os
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from ilrs.datacentre.label import parse_xml
from ilrs.datacentre.label_content import check_content
from ilrs.foundation.errors import Finding

# What is wrong with the data of each real label, as (severity, kind, file:line, found). The faults
# are those that NASA-PDS/validate @ df054fd1 keeps these files for, or that SOURCES.md there names:
# values beyond the stated limits (github469), too few records (github533), files that were never
# delivered, tables cut short; a label not listed here describes its data as they are.
REAL_FAULTS = {
    "201401031400_rdr_max_FAIL.xml": [
        ("error", "content", "201401031400_rdr_max_FAIL.tab:14", "record 10 has '130'"),
    ],
    "201401031400_rdr_min_FAIL.xml": [
        ("error", "content", "201401031400_rdr_min_FAIL.tab:13",
         "record 9 has '011', and 1 more like it"),
        ("error", "content", "201401031400_rdr_min_FAIL.tab:14", "record 10 has '-1'"),
    ],
    "gggrx_1200a_shb_l420.xml": [
        ("error", "truncated", "gggrx_1200a_shb_l420.xml:223", "test.dat ends at byte 123"),
        ("error", "truncated", "gggrx_1200a_shb_l420.xml:258", "test.dat ends at byte 123"),
        ("error", "truncated", "gggrx_1200a_shb_l420.xml:283", "test.dat ends at byte 123"),
        ("error", "missing", "gggrx_1200a_shb_l420.xml:324",
         "the file is missing: 'gggrx_1200a_shb_l420.lbl'"),
    ],
    "kgrs_calibrated_spectra_per1.xml": [
        ("error", "missing", "kgrs_calibrated_spectra_per1.xml:107",
         "the file is missing: 'kgrs_calibrated_spectra_per1.csv'"),
    ],
    "M1431146123CC.xml": [
        ("error", "missing", "M1431146123CC.xml:480",
         "the file is missing: 'M1431146123CC.IMG'"),
    ],
    "kplo.xml": [  # a stub of 513 bytes for an image of 512
        ("warning", "content", "kplo.xml:117",
         "1 bytes of kplo.cub follow the last described object"),
    ],
    "lend_rdr_dld_20240615.xml": [
        ("warning", "content", "lend_rdr_dld_20240615.xml:95",
         "49 bytes of lend_rdr_dld_20240615.dat follow the last described object"),
    ],
    "ladee_mission_bundle_SIP_4col_manifest_v1.0.xml": [  # the label says 59 bytes at most
        ("error", "content", "ladee_mission_bundle_SIP_4col_manifest_v1.0.tab:1",
         "record 1 has 156, and 12 more like it"),
    ],
}  # fmt: skip


def said(findings: list[Finding]) -> list[tuple[str, str, str, str]]:
    return [(f.severity, f.kind, f"{f.file}:{f.line}", f.found) for f in findings]


def test_faults_of_real_labels_are_found_and_nothing_else(real_labels: Path) -> None:
    labels = sorted(real_labels.rglob("*.xml"))
    found = {}
    for path in labels:
        root = parse_xml(path.read_bytes(), name=path.name)
        found[path.name] = said(check_content(root, folder=path.parent, name=path.name))
    assert len(labels) == 16
    assert {name: faults for name, faults in found.items() if faults} == REAL_FAULTS


def test_whole_message_of_a_value_beyond_its_limit(real_labels: Path) -> None:
    path = real_labels / "lro_diviner_rdr" / "201401031400_rdr_max_FAIL.xml"
    root = parse_xml(path.read_bytes(), name=path.name)
    assert [str(f) for f in check_content(root, folder=path.parent, name=path.name)] == [
        "201401031400_rdr_max_FAIL.tab:14: Table_Character TABLE qmi: record 10 has '130'; the "
        "stated maximum is 128. Correct the label or deliver the file anew."
    ]


def label(file: str, *objects: str) -> bytes:
    return (
        '<Product_Observational xmlns="http://pds.nasa.gov/pds4/pds/v1"><File_Area_Observational>'
        f"<File>{file}</File>{''.join(objects)}</File_Area_Observational></Product_Observational>"
    ).encode()


def delimited(fields: str, *, records: int = 2, more: str = "") -> str:
    return (
        f"<Table_Delimited><offset>0</offset>{more}<records>{records}</records>"
        "<record_delimiter>Carriage-Return Line-Feed</record_delimiter>"
        "<field_delimiter>Comma</field_delimiter>"
        f"<Record_Delimited>{fields}</Record_Delimited></Table_Delimited>"
    )


def column(data_type: str, more: str = "") -> str:
    return (
        f"<Field_Delimited><name>x</name><data_type>{data_type}</data_type>{more}</Field_Delimited>"
    )


def binary(data_type: str, length: int, *, records: int, more: str = "") -> str:
    return (
        f"<Table_Binary><offset>0</offset><records>{records}</records><Record_Binary>"
        f"<record_length>{length}</record_length><Field_Binary><name>x</name><field_location>1"
        f"</field_location><data_type>{data_type}</data_type><field_length>{length}</field_length>"
        f"{more}</Field_Binary></Record_Binary></Table_Binary>"
    )


LIMITS = "<Field_Statistics><maximum>5</maximum><minimum>-5</minimum></Field_Statistics>"
SPECIAL = "<Special_Constants><missing_constant>-9999</missing_constant></Special_Constants>"
NAME = "<file_name>a.dat</file_name>"

Check = Callable[[bytes, bytes], list[Finding]]


@pytest.fixture
def check(tmp_path: Path) -> Check:
    def run(text: bytes, data: bytes) -> list[Finding]:
        (tmp_path / "a.dat").write_bytes(data)
        return check_content(parse_xml(text, name="l"), folder=tmp_path, name="label.xml")

    return run


@pytest.mark.parametrize(
    ("table", "data", "expected"),
    [
        (delimited(column("ASCII_Integer")), b"1\r\n2\r\n", []),
        (delimited(column("ASCII_Integer")), b"1\r\nx\r\n", [("content", 2, "record 2 has 'x'")]),
        (delimited(column("ASCII_Integer")), b"1\n2\r\n",
         [("content", 1, "record 1 does not end with it")]),
        (delimited(column("ASCII_Integer")), b"1,2\r\n3,4\r\n",
         [("content", 1, "record 1 has 2, and 1 more like it")]),
        (delimited(column("ASCII_Integer")), b"1\r\n", [("truncated", 1, "a.dat has 1 records")]),
        (delimited(column("ASCII_Integer")), b"1\r\n2\r\n3\r\n",
         [("content", 1, "a.dat has 3 records")]),
        (delimited(column("ASCII_Real", LIMITS + SPECIAL)), b"-9999\r\n5.5\r\n",
         [("content", 2, "record 2 has '5.5'")]),
        (delimited(column("ASCII_Real")), b"NaN\r\n\r\n", [("content", 1, "record 1 has 'NaN'")]),
        (delimited(column("ASCII_LIDVID")), b"urn:nasa:pds:a::1.0\r\nurn:nasa:pds:A::1.0\r\n",
         [("identifier", 2, "record 2 has 'urn:nasa:pds:A::1.0'")]),
        (delimited(column("ASCII_Date_Time_YMD_UTC")), b"2024-02-03T04:05:06Z\r\n2024-13-01\r\n",
         [("content", 2, "record 2 has '2024-13-01'")]),
        (delimited(column("ASCII_String")), b'"a, b"\r\n\xe6\r\n',
         [("content", 2, "record 2 has '\\\\xe6'")]),
        (delimited(column("UTF8_String"), more="<object_length>9</object_length>"), b"1\r\n2\r\n",
         [("truncated", 1, "a.dat ends at byte 6")]),
        (delimited(column("ASCII_String",
                          "<maximum_field_length>1</maximum_field_length>")), b"a\r\nbb\r\n",
         [("content", 2, "record 2 has 2")]),
        (binary("IEEE754MSBSingle", 4, records=2, more=LIMITS), struct.pack(">2f", 1, -6),
         [("content", 0, "record 2 has '-6.0'")]),
        (binary("IEEE754MSBSingle", 4, records=2, more=LIMITS + "<Special_Constants>"
                "<missing_constant>0xFF7FFFFB</missing_constant></Special_Constants>"),
         struct.pack(">fI", 1, 0xFF7FFFFB), []),
        (binary("UnsignedLSB2", 2, records=3), b"\0\0\0",
         [("truncated", 1, "a.dat ends at byte 3")]),
        (binary("UnsignedByte", 1, records=1), b"\0\0",
         [("content", 1, "1 bytes of a.dat follow the last described object")]),
    ],
)  # fmt: skip
def test_each_fault_of_a_table(
    check: Check, table: str, data: bytes, expected: list[tuple[str, int, str]]
) -> None:
    findings = check(label(NAME, table), data)
    assert [(f.kind, f.line, f.found) for f in findings] == expected


def test_array_is_held_to_its_length_and_its_limits(check: Check) -> None:
    array = (
        "<Array_2D><offset>2</offset><axes>2</axes><Element_Array><data_type>SignedMSB2</data_type>"
        "</Element_Array><Axis_Array><elements>2</elements></Axis_Array><Axis_Array><elements>3"
        "</elements></Axis_Array><Object_Statistics><maximum>9</maximum></Object_Statistics>"
        "</Array_2D>"
    )
    good = b"\0\0" + struct.pack(">6h", *range(6))
    assert check(label(NAME, array), good) == []
    assert [f.found for f in check(label(NAME, array), good[:-2] + b"\0\x0a")] == [
        "element 6 is 10"
    ]
    assert [f.found for f in check(label(NAME, array), good[:-1])] == ["a.dat ends at byte 13"]


def test_size_and_checksum_are_compared(check: Check) -> None:
    file = NAME + "<file_size>3</file_size><md5_checksum>{}</md5_checksum>"
    md5 = "900150983cd24fb0d6963f7d28e17f72"  # of 'abc': RFC 1321, A.5
    assert check(label(file.format(md5)), b"abc") == []
    findings = check(label(file.format(md5)), b"ab")
    assert [(f.kind, f.found, f.possible) for f in findings] == [
        ("truncated", "a.dat has 2 bytes", "the label says 3"),
        ("checksum", "a.dat has the MD5 187ef4436122d1cc2f40dc2b92f0eba0", f"the label says {md5}"),
    ]
    assert [f.kind for f in check(label(file.format("0" * 32)), b"abcd")] == ["size", "checksum"]


@pytest.mark.parametrize(
    "name",
    ["../a.dat", "/etc/hostname", "x/../../a", "a\\b", "c:a", "./a.dat", "a//b", "a" * 2000, ".."],
)
def test_name_that_leads_away_is_refused(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (tmp_path / "a.dat").write_bytes(b"")
    root = parse_xml(label(f"<file_name>{name}</file_name>"), name="l")
    findings = check_content(root, folder=folder, name="l")
    assert [f.kind for f in findings] == ["name"]
    assert len(findings[0].found) < 400


def test_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"s")
    os.symlink(tmp_path / "secret", tmp_path / "a.dat")
    root = parse_xml(label(NAME), name="l")
    assert [(f.kind, f.found) for f in check_content(root, folder=tmp_path, name="l")] == [
        ("name", "it is a link: 'a.dat'")
    ]


def test_large_table_is_read_in_blocks(check: Check) -> None:
    rows = b"".join(b"%8d\r\n" % k for k in range(600_000))  # 6 MB: two blocks
    table = (
        "<Table_Character><offset>0</offset><records>600000</records><record_delimiter>"
        "Carriage-Return Line-Feed</record_delimiter><Record_Character><record_length>10"
        "</record_length><Field_Character><name>x</name><field_location>1</field_location>"
        "<data_type>ASCII_Integer</data_type><field_length>8</field_length><Field_Statistics>"
        "<maximum>599998</maximum></Field_Statistics></Field_Character></Record_Character>"
        "</Table_Character>"
    )
    findings = check(label(NAME, table), rows)
    assert [(f.line, f.found) for f in findings] == [(600_000, "record 600000 has '599999'")]


@pytest.mark.parametrize(
    "table",
    [
        binary("UnsignedByte", 1, records=10**17),
        binary("UnsignedByte", 10**17, records=1),
        binary("UnsignedByte", -1, records=1),
        delimited(column("ASCII_Integer"), records=-5),
        delimited("<Group_Field_Delimited><repetitions>999999999999</repetitions>"
                  + column("ASCII_Integer") + "</Group_Field_Delimited>"),
        "<Array_2D><offset>-7</offset></Array_2D>",
        "<Array><offset>0</offset><Element_Array><data_type>UnsignedByte</data_type></Element_Array>"
        + "<Axis_Array><elements>99999999999</elements></Axis_Array>" * 50 + "</Array>",
    ],
)  # fmt: skip
def test_huge_numbers_in_a_label_give_findings(check: Check, table: str) -> None:
    assert check(label(NAME, table), b"x") != []
