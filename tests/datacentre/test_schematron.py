"""Schematron: which rule fires on which node, and what is refused."""

import pytest
from lxml import etree

from ilrs.datacentre.schematron import to_xslt
from ilrs.foundation.errors import IlrsError

saxonche = pytest.importorskip("saxonche")

FRAME = (
    '<s:schema xmlns:s="http://purl.oclc.org/dsdl/schematron" queryBinding="xslt2">'
    '<s:ns prefix="m" uri="urn:moon"/>{}</s:schema>'
)
MOON = '<moon xmlns="urn:moon"><site mast="2"/><site mast="10"><site mast="2"/></site></moon>'


def broken(patterns: str, document: str = MOON) -> list[tuple[str, str]]:
    """(role, message) of every broken assert, in the order of the document."""
    sheet = to_xslt(etree.fromstring(FRAME.format(patterns)), name="test.sch")
    saxon = saxonche.PySaxonProcessor(license=False)
    compiled = saxon.new_xslt30_processor().compile_stylesheet(
        stylesheet_text=sheet, encoding="utf-8"
    )
    result = compiled.transform_to_string(xdm_node=saxon.parse_xml(xml_text=document))
    found = etree.fromstring(result.encode())
    return [(str(item.get("role")), "".join(item.itertext()).strip()) for item in found]


def test_asserts_fire_on_every_matching_node_also_inside_a_match() -> None:
    pattern = (
        '<s:pattern><s:rule context="m:site"><s:let name="mast" value="number(@mast)"/>'
        '<s:assert test="$mast ge 10">'
        '<title>where</title>mast of <s:value-of select="$mast"/> m</s:assert>'
        "</s:rule></s:pattern>"
    )
    assert broken(pattern) == [("error", "mast of 2 m"), ("error", "mast of 2 m")]


def test_patterns_do_not_hide_each_other() -> None:
    one = (
        '<s:pattern><s:rule context="m:moon"><s:assert test="{}">{}</s:assert></s:rule></s:pattern>'
    )
    assert broken(one.format("m:mars", "first") + one.format("m:venus", "second")) == [
        ("error", "second"),
        ("error", "first"),
    ]


def test_first_rule_decides_when_a_pattern_has_several() -> None:
    pattern = (
        '<s:pattern><s:rule context="m:site[@mast = 10]"><s:assert test="true()">no</s:assert>'
        '</s:rule><s:rule context="m:site" role="warning"><s:assert test="false()">low</s:assert>'
        "</s:rule></s:pattern>"
    )
    assert broken(pattern) == [("warning", "low"), ("warning", "low")]


def test_report_fires_when_its_test_holds() -> None:
    pattern = (
        '<s:pattern><s:rule context="/m:moon"><s:report test="m:site">a site</s:report>'
        '<s:report test="m:base">a base</s:report></s:rule></s:pattern>'
    )
    assert broken(pattern) == [("error", "a site")]


def test_attributes_are_visited_too() -> None:
    pattern = (
        '<s:pattern><s:rule context="@mast"><s:assert test=". = 2">not 2</s:assert></s:rule>'
        "</s:pattern>"
    )
    assert broken(pattern) == [("error", "not 2")]


def test_schema_refused_when_it_uses_what_is_not_read() -> None:
    pattern = '<s:phase id="a"/><s:pattern abstract="true" id="b"/>'
    with pytest.raises(IlrsError) as caught:
        broken(pattern)
    assert str(caught.value) == (
        "test.sch is a Schematron schema that is not understood: it uses phase, abstract; read are "
        "patterns, rules, asserts, reports, lets, namespaces and value-of. "
        "Use the schema of the PDS4 release unchanged."
    )
