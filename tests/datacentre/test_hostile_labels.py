"""Labels that mean harm: a clear finding each, in bounded time and memory, and nothing read."""

import time
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from ilrs.datacentre.label import MOST_LABEL_BYTES, parse_xml
from ilrs.datacentre.label_content import check_content
from ilrs.datacentre.reading import read
from ilrs.datacentre.submission import KINDS
from ilrs.foundation.errors import IlrsError

ROOT = '<Product_Observational xmlns="http://pds.nasa.gov/pds4/pds/v1">'
BOMB = (
    "<!DOCTYPE a [<!ENTITY b0 'ha'>"
    + "".join(f"<!ENTITY b{k + 1} '{f'&b{k};' * 10}'>" for k in range(12))
    + "]>"
)
HOSTILE = {
    "bomb in text": f"{BOMB}<Product_Observational>&b12;</Product_Observational>",
    "bomb in an attribute": f"{BOMB}<Product_Observational a='&b12;'/>",
    "file": "<!DOCTYPE a [<!ENTITY c SYSTEM 'file:///etc/passwd'>]><Product_Observational>&c;"
    "</Product_Observational>",
    "network": "<!DOCTYPE a SYSTEM 'http://example.org/a.dtd'><Product_Observational/>",
    "parameter entity": "<!DOCTYPE a [<!ENTITY % p SYSTEM 'file:///etc/passwd'> %p;]>"
    "<Product_Observational/>",
    "nesting": ROOT + "<a>" * 100_000,
    "nul": f"{ROOT}\0</Product_Observational>",
    "cut": f"{ROOT}<Identification_Area>",
    "attributes": "<Product_Observational " + " ".join(f"a{k}='x'" for k in range(20_000)) + "/>",
    "encoding": '<?xml version="1.0" encoding="no-such"?><Product_Observational/>',
    "long text": f"{ROOT}<title>{'x' * 11_000_000}</title></Product_Observational>",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_label_becomes_a_submission_with_a_finding(tmp_path: Path, text: str) -> None:
    (tmp_path / "evil.xml").write_text(text)
    begin = time.process_time()
    tracemalloc.start()
    try:
        (made,) = read(tmp_path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert time.process_time() - begin < 10.0
    assert peak < 100e6
    assert made.record.lidvid == "urn:ilrs:jdc:unnamed:data:evil::1.0"
    assert {f.kind for f in made.findings} <= {"label", "identifier"}
    assert any(f.severity == "error" for f in made.findings)
    assert "root:" not in "".join(map(str, made.findings))  # of /etc/passwd


def test_huge_file_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.xml"
    with path.open("wb") as stream:
        stream.write(ROOT.encode())
        stream.truncate(1 << 30)  # a gigabyte that takes no room
    tracemalloc.start()
    try:
        (made,) = read(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert [(f.kind, f.found) for f in made.findings] == [
        ("label", "huge.xml has 1073741824 bytes")
    ]
    assert peak < 10e6
    with pytest.raises(IlrsError, match="a label or a schema has at most"):
        parse_xml(bytes(MOST_LABEL_BYTES + 1), name="l")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "gb18030"])
def test_label_in_another_encoding_is_read(tmp_path: Path, encoding: str) -> None:
    name = {"utf-8-sig": "utf-8"}.get(encoding, encoding)
    text = (
        f'<?xml version="1.0" encoding="{name}"?>{ROOT}<Identification_Area><logical_identifier>'
        "urn:nasa:pds:b:c:p</logical_identifier><version_id>1.0</version_id><title>月球</title>"
        "</Identification_Area></Product_Observational>"
    )
    (tmp_path / "a.xml").write_bytes(text.encode(encoding))
    (made,) = read(tmp_path)
    assert (made.record.title, made.record.lidvid) == ("月球", "urn:nasa:pds:b:c:p::1.0")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_label_of_wide_characters_is_known_by_its_beginning(tmp_path: Path, encoding: str) -> None:
    text = (
        f'<?xml version="1.0" encoding="utf-16"?>{ROOT}<title>月球</title></Product_Observational>'
    )
    (tmp_path / "a.2BL").write_bytes(text.encode(encoding))
    (made,) = read(tmp_path)
    assert made.record.product_class == "Product_Observational"
    assert [(file.name, file.role) for file in made.files] == [("a.2BL", "label")]


TAGS = (
    "File", "file_name", "file_size", "md5_checksum", "offset", "records", "record_length",
    "Table_Character", "Record_Character", "Field_Character", "Table_Binary", "Record_Binary",
    "Field_Binary", "Table_Delimited", "Record_Delimited", "Field_Delimited", "Group_Field_Binary",
    "repetitions", "group_length", "group_location", "Array_2D", "Axis_Array", "elements",
    "Element_Array", "data_type", "field_location", "field_length", "Field_Statistics", "minimum",
    "Special_Constants", "missing_constant", "Bounding_Coordinates", "west_bounding_coordinate",
    "record_delimiter", "field_delimiter", "object_length", "name", "Document_File",
)  # fmt: skip
TEXTS = ("", "a.dat", "../x", "-1", "0", "1", "7", "999999999999", "1e308", "NaN", "ASCII_Real",
         "UnsignedMSB2", "IEEE754LSBDouble", "0xFFFF", "Comma", "Line-Feed", "\ud7ff")  # fmt: skip
trees = st.recursive(
    st.tuples(st.sampled_from(TAGS), st.sampled_from(TEXTS), st.just([])),
    lambda inner: st.tuples(
        st.sampled_from(TAGS), st.sampled_from(TEXTS), st.lists(inner, max_size=6)
    ),
    max_leaves=40,
)


def grow(parent: etree._Element, tree: tuple[str, str, list[object]]) -> None:
    node = etree.SubElement(parent, f"{{http://pds.nasa.gov/pds4/pds/v1}}{tree[0]}")
    node.text = tree[1]
    for inner in tree[2]:
        grow(node, inner)  # type: ignore[arg-type]


@settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(trees, max_size=8), st.binary(max_size=60))
def test_any_tree_of_a_label_gives_findings_and_no_other_error(
    tmp_path: Path, forest: list[tuple[str, str, list[object]]], data: bytes
) -> None:
    (tmp_path / "a.dat").write_bytes(data)
    root = etree.fromstring(f"{ROOT}<File_Area_Observational/></Product_Observational>")
    for tree in forest:
        grow(root[0], tree)
    findings = check_content(root, folder=tmp_path, name="l")
    assert {f.kind for f in findings} <= set(KINDS)
    path = tmp_path / "l.xml"
    path.write_bytes(etree.tostring(root))
    assert len(list(read(path))) == 1
