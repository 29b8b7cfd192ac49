"""Validation: our own labels, the two profiles, and labels that are wrong or hostile."""

import builtins
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ilrs.datacentre.label import write_label
from ilrs.datacentre.lid import DEFAULT_PREFIX, PDS4_PREFIXES, Vid
from ilrs.datacentre.product import TARGETS, Product
from ilrs.datacentre.profiles import STRICT
from ilrs.datacentre.validate import Validator, validate_label
from ilrs.foundation.errors import IlrsError

Make = Callable[..., Product]


def label_of(product: Product) -> bytes:
    header, body = product.table.header(), product.table.body()
    return write_label(product, Vid(1, 0), header=header, body=body)


def line_of(text: bytes, part: bytes) -> int:
    return text[: text.index(part)].count(b"\n") + 1


@pytest.fixture(scope="module")
def strict(schemas: Path) -> Validator:
    return Validator(schemas)


@pytest.mark.parametrize("prefix", PDS4_PREFIXES)
def test_label_is_strictly_valid_when_prefix_is_listed(
    strict: Validator, product: Make, prefix: str
) -> None:
    assert strict.check(label_of(product(prefix=prefix))) == []


@pytest.mark.parametrize("target", TARGETS)
def test_label_is_valid_when_everything_optional_is_said(
    strict: Validator, product: Make, target: str
) -> None:
    full = product(
        prefix="urn:ros:rssa",
        target=target,
        site="ridge",
        science_fields=("lunar geology",),
        keywords=("power", "月球"),
        licence="CC-BY-4.0",
        start_utc="2035-01-01T00:00:00.5",
        purpose="Engineering",
        processing_level="Raw",
        instrument="Seismometer 1",
        instrument_description="On the ridge.",
    )
    assert strict.check(label_of(full)) == []


def test_only_the_prefix_rules_fail_when_the_prefix_is_our_own(
    strict: Validator, product: Make
) -> None:
    label = label_of(product(prefix=DEFAULT_PREFIX))
    findings = strict.check(label)
    assert [(f.line, f.entity, f.severity) for f in findings] == [
        (
            line_of(label, b"<Identification_Area>"),
            "Product_Observational/Identification_Area",
            "error",
        ),
        (
            line_of(label, b"<Internal_Reference>"),
            "Product_Observational/Observation_Area/Investigation_Area/Internal_Reference",
            "error",
        ),
    ]
    assert str(findings[0]) == (
        "label.xml:4: Product_Observational/Identification_Area: An archive product "
        "pds:logical_identifier must begin with one of (urn:nasa:pds:, urn:esa:psa:, "
        "urn:ros:rssa:, urn:jaxa:darts:, urn:isro:isda:, urn:kari:kpds:); the judge is "
        "PDS4_PDS_1P00.sch. Correct the label there."
    )


def test_label_is_valid_by_the_ilrs_profile_when_the_prefix_is_our_own(
    schemas: Path, product: Make, tmp_path: Path
) -> None:
    made = product(prefix=DEFAULT_PREFIX)
    path = tmp_path / "label.xml"
    path.write_bytes(label_of(made))
    (tmp_path / "data.csv").write_bytes(made.table.header() + made.table.body())
    assert validate_label(path, schemas=schemas) == []
    findings = validate_label(path, schemas=schemas, profile=STRICT)
    assert [finding.kind for finding in findings] == ["schematron", "schematron"]


@pytest.mark.parametrize(
    ("right", "wrong", "found", "at"),
    [
        (  # XML Schema
            b"<version_id>1.0</version_id>",
            b"",
            "Element 'title': This element is not expected. Expected is ( version_id )",
            b"<title>",
        ),
        (  # Schematron: enumerated value
            b"<processing_level>Derived",
            b"<processing_level>Cooked",
            "The attribute pds:Primary_Result_Summary/pds:processing_level must be equal to one of "
            "the following values 'Calibrated', 'Derived', 'Partially Processed', 'Raw', "
            "'Telemetry'",
            b"<processing_level>",
        ),
        (  # Schematron: a rule with let and value-of
            b"<fields>3",
            b"<fields>4",
            "The number of Field_Delimited elements (3) does not match the number found in the "
            "'fields' attribute (4)",
            b"<Record_Delimited>",
        ),
    ],
)
def test_finding_names_the_fault_and_its_line(
    strict: Validator, product: Make, right: bytes, wrong: bytes, found: str, at: bytes
) -> None:
    label = label_of(product(prefix="urn:ros:rssa"))
    assert label.count(right) == 1
    damaged = label.replace(right, wrong)
    first = strict.check(damaged)[0]
    assert (first.found, first.line, first.severity) == (found, line_of(damaged, at), "error")


@pytest.mark.parametrize(
    ("label", "found"),
    [
        (
            '<p:Product_Observational xmlns:p="http://pds.nasa.gov/pds4/pds/v1">\n'
            "<p:Odd/></p:Product_Observational>",
            "label.xml:2: Product_Observational/Odd: Element 'Odd': This element is not expected. "
            "Expected is ( Identification_Area )",
        ),
        (
            '<Product_Observational xmlns="http://pds.nasa.gov/pds4/pds/v1">\n'
            '<x:Odd xmlns:x="urn:x"/></Product_Observational>',
            "label.xml:2: Product_Observational/Odd: Element 'Odd': This element is not expected. "
            "Expected is ( Identification_Area )",
        ),
    ],
)
def test_fault_is_found_under_whatever_prefix_its_name_space_has(
    strict: Validator, label: str, found: str
) -> None:
    text = label.replace(
        ">",
        ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation='
        '"http://pds.nasa.gov/pds4/pds/v1 PDS4_PDS_1P00.xsd">',
        1,
    )
    first = strict.check(text.encode())[0]
    assert str(first) == f"{found}; the judge is PDS4_PDS_1P00.xsd. Correct the label there."


def test_finding_is_a_warning_when_the_rule_says_so(strict: Validator, product: Make) -> None:
    label = label_of(product(prefix="urn:ros:rssa"))
    deprecated = label.replace(b"<type>Instrument", b"<type>Computer")
    assert [(f.severity, f.found) for f in strict.check(deprecated)] == [
        (
            "warning",
            "The value Computer for attribute Observing_System_Component.type is deprecated and "
            "should not be used",
        )
    ]


def test_missing_schema_is_a_finding(strict: Validator, product: Make) -> None:
    label = label_of(product(prefix="urn:ros:rssa")).replace(b"_1P00", b"_9Z99")
    assert [str(finding).split(";")[0] for finding in strict.check(label)] == [
        "label.xml: not checked by PDS4_PDS_9Z99.sch: it is not among the schemas",
        "label.xml: not checked by PDS4_PDS_9Z99.xsd: it is not among the schemas",
    ]


@pytest.mark.parametrize(
    ("label", "found"),
    [
        (b"", "label.xml is not well-formed XML: Document is empty, line 1, column 1"),
        (b"<a/>", "the label names no XML Schema"),
        (
            b'<!DOCTYPE a [<!ENTITY c SYSTEM "file:///etc/hostname">]><a>&c;</a>',
            "label.xml declares a document type",
        ),
        (  # a namespace that would break out of a schema pasted together as text
            b'<a xmlns:x="http://www.w3.org/2001/XMLSchema-instance" '
            b'x:schemaLocation="u&quot;&lt;x PDS4_PDS_1P00.xsd"/>',
            "Element 'a': No matching global declaration available for the validation root",
        ),
    ],
)
def test_hostile_label_gives_a_finding(strict: Validator, label: bytes, found: str) -> None:
    assert strict.check(label)[0].found.startswith(found)


def test_damaged_schemas_are_named(product: Make, tmp_path: Path) -> None:
    for name in ("PDS4_PDS_1P00.xsd", "PDS4_PDS_1P00.sch"):
        (tmp_path / name).write_text("<a>")
    with pytest.raises(IlrsError) as caught:
        Validator(tmp_path).check(label_of(product()))
    assert str(caught.value) == (
        "PDS4_PDS_1P00.sch is not well-formed XML: Premature end of data in tag a line 1, line 1, "
        "column 4; a label or a schema is one XML document. Correct it, or fetch it again."
    )


def test_folder_without_schemas_is_refused(tmp_path: Path) -> None:
    with pytest.raises(IlrsError) as caught:
        Validator(tmp_path)
    assert str(caught.value) == (
        f"no schemas in {tmp_path}; a folder with the PDS4 dictionaries' .xsd and .sch files is "
        "read. Name that folder."
    )


def test_absent_extra_is_named(
    schemas: Path, product: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    real_import = builtins.__import__

    def without_saxon(name: str, *rest: Any, **more: Any) -> Any:
        if name == "saxonche":
            raise ImportError(name)
        return real_import(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without_saxon)
    with pytest.raises(IlrsError) as caught:
        Validator(schemas).check(label_of(product()))
    assert str(caught.value) == (
        "Schematron rules cannot be checked: saxonche is not installed; it comes with the extra "
        "'centre'. Run: pip install 'ilrs[centre]'"
    )
