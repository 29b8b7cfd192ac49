"""Labels: the same bytes each time, and read back without loss."""

from collections.abc import Callable

import pytest

from ilrs.datacentre.embargo import NEVER_S, seconds_of_utc
from ilrs.datacentre.filing import submissions_of
from ilrs.datacentre.label import parse_xml, write_label
from ilrs.datacentre.label_read import identifier_of, read_record
from ilrs.datacentre.lid import Vid
from ilrs.datacentre.product import Product
from ilrs.datacentre.record import Record
from ilrs.datacentre.rights import rights_key
from ilrs.datacentre.rights_file import read_policy
from ilrs.foundation.errors import Finding, IlrsError

Make = Callable[..., Product]


def label_of(product: Product, vid: Vid = Vid(1, 0)) -> bytes:  # noqa: B008  frozen
    header, body = product.table.header(), product.table.body()
    return write_label(product, vid, header=header, body=body)


def record_of(label: bytes) -> Record:
    root = parse_xml(label, name="label.xml")
    lidvid = identifier_of(root, name="label.xml")
    return read_record(root, lidvid=lidvid, name="label.xml", findings=[])


def test_label_bytes_are_the_same_when_written_twice(product: Make) -> None:
    assert label_of(product()) == label_of(product())


def test_record_says_what_the_product_said(product: Make) -> None:
    made = product(
        title="Bus  power\nof <the> station & co",
        description="Année lunaire — 月球科研站 — станция",
        site="ridge",
        science_fields=("lunar geology", "earth observation"),
        keywords=("power", "a:b"),
        licence="CC-BY-4.0",
        access="partners",
    )
    said = Record(
        lidvid="urn:ilrs:jdc:station:run:power::1.0",
        title="Bus power of <the> station & co",
        description="Année lunaire — 月球科研站 — станция",
        start_utc="2035-01-01T00:00:00Z",
        stop_utc="2035-01-02T00:00:00Z",
        publication_year=2026,
        target="Moon",
        mission="International Lunar Research Station",
        site="ridge",
        partner="cnsa",
        science_fields=("lunar geology", "earth observation"),
        keywords=("power", "a:b"),
        access="partners",
        licence="CC-BY-4.0",
        instrument="ilrs",
        processing_level="Derived",
    )
    (filed,) = submissions_of([made], versions=lambda lid: ())
    assert filed.record == said
    assert record_of(label_of(made)) == said  # and so does its label, delivered to another node


def test_access_is_refused_when_a_label_does_not_state_it(product: Make) -> None:
    silent = label_of(product()).replace(b"<keyword>access:open</keyword>", b"")
    assert record_of(silent).access == "owner"


@pytest.mark.parametrize(
    ("keywords", "kept", "found"),
    [
        (["P6M after stop"], "P6M after stop", []),
        (["soon"], "soon", ["'soon' is not an embargo"]),
        (["none", "P9Y after stop"], "none P9Y after stop",
         ["'none P9Y after stop' is not an embargo"]),
    ],
)  # fmt: skip
def test_embargo_of_a_label_that_is_delivered_again_holds(
    product: Make, keywords: list[str], kept: str, found: list[str]
) -> None:
    words = "".join(f"<keyword>embargo:{word}</keyword>" for word in keywords)
    label = label_of(product(access="open")).replace(
        b"<keyword>access:open</keyword>", f"<keyword>access:open</keyword>{words}".encode()
    )
    findings: list[Finding] = []
    root = parse_xml(label, name="label.xml")
    record = read_record(
        root, lidvid=identifier_of(root, name="label.xml"), name="label.xml", findings=findings
    )
    assert (record.access, record.embargo) == ("open", kept)
    assert [finding.found for finding in findings] == found
    _, release_s = rights_key(record, read_policy())
    assert release_s == (NEVER_S if found else seconds_of_utc("2035-07-02"))


def keyword_record(made: Product, words: list[str]) -> tuple[Record, list[Finding]]:
    """The record of an open product's label, and its findings, once it has these keywords."""
    said = "".join(f"<keyword>{word}</keyword>" for word in words).encode()
    root = parse_xml(
        label_of(made).replace(b"<keyword>access:open</keyword>", said), name="label.xml"
    )
    findings: list[Finding] = []
    lidvid = identifier_of(root, name="label.xml")
    return read_record(root, lidvid=lidvid, name="label.xml", findings=findings), findings


@pytest.mark.parametrize(
    "word",
    [
        "<!-- for a while -->embargo:P6M after stop",
        "embargo:<!-- for a while -->P6M after stop",
        "embargo:P6M <?note a?>after stop",
        "<?note a?>embargo<!-- b -->:<?note c?>P6M<![CDATA[ after ]]>stop",
    ],
)
def test_comment_in_a_label_cuts_no_text(product: Make, word: str) -> None:
    record, findings = keyword_record(product(), ["access:<?note a?>open", word])
    assert (record.access, record.embargo, findings) == ("open", "P6M after stop", [])
    words = f"<keyword>access:open</keyword><keyword>{word}</keyword>"
    again = label_of(product()).replace(b"<keyword>access:open</keyword>", words.encode())
    assert (record_of(again).access, record_of(again).embargo) == ("open", "P6M after stop")


@pytest.mark.parametrize(
    "word", ["Embargo:{}", "embargo : {}", "embargo：{}", "\u200bｅmbargo: {}"]
)
def test_embargo_holds_however_its_name_is_written(product: Make, word: str) -> None:
    said = word.format("P6M after stop")
    record, findings = keyword_record(product(), ["ACCESS: open", said, "ice: a"])
    assert (record.access, record.embargo, record.keywords) == (
        "open",
        "P6M after stop",
        ("ice: a",),
    )
    assert findings == []
    with pytest.raises(IlrsError, match="a word that does not begin with site:, partner:"):
        product(keywords=(said,))


@pytest.mark.parametrize("first", ["open", ""])
def test_access_stated_twice_is_the_owners(product: Make, first: str) -> None:
    words = [f"access:{first}", "access:partners", "Access:Partners"]
    record, findings = keyword_record(product(), words)
    assert record.access == "owner"
    assert [(f.kind, f.severity) for f in findings] == [("label", "error")]
    assert str(findings[0]) == (
        f"label.xml: keyword: the access is {first} and partners; a label states one, and the "
        "product is the owner's until it does. Keep one keyword that begins with access:."
    )
    record, findings = keyword_record(product(), words[1:])
    assert (record.access, findings) == ("partners", [])


def test_comment_among_the_sources_of_a_label_is_passed_over(product: Make) -> None:
    sources = (
        "<Reference_List><!-- a --><Source_Product_Internal><!-- b --><?note c?>"
        "<lidvid_reference>urn:ilrs:jdc:a:b:c::1.0</lidvid_reference><reference_type>"
        "data_to_raw_source_product</reference_type></Source_Product_Internal></Reference_List>"
    )
    end = b"</Observation_Area>"
    root = parse_xml(label_of(product()).replace(end, end + sources.encode()), name="label.xml")
    lidvid = identifier_of(root, name="label.xml")
    record = read_record(root, lidvid=lidvid, name="label.xml", findings=[])
    assert record.sources == ("urn:ilrs:jdc:a:b:c::1.0",)


def test_schematrons_that_a_label_names_before_its_root_stay() -> None:
    root = parse_xml(b'<!-- a --><?xml-model href="a.sch"?><!-- b --><a><?note?></a>', name="l")
    before = root.getprevious()
    assert before is not None
    assert (before.text, before.getprevious(), len(root)) == ('href="a.sch"', None, 0)


def test_xml_refused_when_it_is_cut_short() -> None:
    with pytest.raises(IlrsError) as caught:
        parse_xml(b"<a><b></a>", name="label.xml")
    assert str(caught.value) == (
        "label.xml is not well-formed XML: Opening and ending tag mismatch: b line 1 and a, line "
        "1, column 11; a label or a schema is one XML document. Correct it, or fetch it again."
    )


# A bomb of entities, and an entity that names a file of the machine: both need a document type.
@pytest.mark.parametrize(
    "declaration",
    [
        b'<!DOCTYPE a [<!ENTITY b "xxxxxxxxxx"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>',
        b'<!DOCTYPE a [<!ENTITY c SYSTEM "file:///etc/hostname">]>',
    ],
)
def test_xml_refused_when_it_declares_a_document_type(declaration: bytes) -> None:
    with pytest.raises(IlrsError) as caught:
        parse_xml(declaration + b"<a>&c;</a>", name="label.xml")
    assert str(caught.value) == (
        "label.xml declares a document type; a label needs none, and one may name files and "
        "entities that are not to be read. Remove the <!DOCTYPE> line."
    )
