"""PDS4 labels: written for a product, and read back into the record that the catalogue keeps.

A label is a Product_Observational of information model 1.25.0.0, the newest whose dictionaries are
complete. It carries no clock time, so that the same product gives the same bytes. Everything that
the catalogue knows stands in the label: what the model has no field for (site, partner, science
field, access, licence) is a keyword such as ``site:connecting-ridge``.

Under a prefix of the common dictionary's list a label is valid by XSD and Schematron. Under another
prefix two Schematron rules on the prefix fail and nothing else; see `ilrs.datacentre.lid`.

What it does not do yet: bundles and collections, other dictionaries (cartography, geometry), a
second language, references to source products.
"""

import hashlib
import os
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lxml import etree

from ilrs.datacentre.lid import Lid, LidVid, Vid
from ilrs.datacentre.product import FACETS, TARGETS, Product
from ilrs.datacentre.record import FileEntry, Record
from ilrs.foundation.errors import IlrsError

__all__ = [
    "DATA_NAME",
    "INFORMATION_MODEL",
    "LABEL_NAME",
    "MOST_LABEL_BYTES",
    "NAMESPACE",
    "parse_xml",
    "read_label_file",
    "read_label",
    "write_label",
]

DATA_NAME, LABEL_NAME = "data.csv", "label.xml"
INFORMATION_MODEL = "1.25.0.0"
MOST_LABEL_BYTES = 32 << 20  # the longest real ones here have 64 kB
NAMESPACE = "http://pds.nasa.gov/pds4/pds/v1"
_SCHEMA = "https://pds.nasa.gov/pds4/pds/v1/PDS4_PDS_1P00"
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_SCHEMATRON = "http://purl.oclc.org/dsdl/schematron"
_NS = {"p": NAMESPACE}
_DEFAULT_NS: Any = {None: NAMESPACE}  # lxml takes None for "no prefix", its stubs do not


def write_label(product: Product, vid: Vid, *, header: bytes, body: bytes) -> bytes:
    """The label of a version of a product whose data file is `header` and then `body`."""
    root = etree.Element(f"{{{NAMESPACE}}}Product_Observational", nsmap=_DEFAULT_NS)
    root.set(f"{{{_XSI}}}schemaLocation", f"{NAMESPACE} {_SCHEMA}.xsd")
    root.addprevious(
        etree.ProcessingInstruction(
            "xml-model", f'href="{_SCHEMA}.sch" schematypens="{_SCHEMATRON}"'
        )
    )
    _identification(root, product, vid)
    _observation(root, product)
    _file_area(root, product, header, body)
    return etree.tostring(
        root.getroottree(), xml_declaration=True, encoding="UTF-8", pretty_print=True
    )


def _add(
    parent: etree._Element, name: str, text: object = None, **attributes: str
) -> etree._Element:
    child = etree.SubElement(parent, f"{{{NAMESPACE}}}{name}", attrib=attributes)
    child.text = None if text is None else str(text)
    return child


def _identification(root: etree._Element, product: Product, vid: Vid) -> None:
    area = _add(root, "Identification_Area")
    _add(area, "logical_identifier", product.lid)
    _add(area, "version_id", vid)
    _add(area, "title", product.title)
    _add(area, "information_model_version", INFORMATION_MODEL)
    _add(area, "product_class", "Product_Observational")
    citation = _add(area, "Citation_Information")
    _add(citation, "publication_year", product.publication_year)
    for word in product.facets:
        _add(citation, "keyword", word)
    _add(citation, "description", product.description)
    _add(_add(_add(citation, "List_Author"), "Organization"), "organization_name", product.partner)


def _observation(root: etree._Element, product: Product) -> None:
    area = _add(root, "Observation_Area")
    times = _add(area, "Time_Coordinates")
    _add(times, "start_date_time", product.start_utc)
    _add(times, "stop_date_time", product.stop_utc)
    result = _add(area, "Primary_Result_Summary")
    _add(result, "purpose", product.purpose)
    _add(result, "processing_level", product.processing_level)
    investigation = _add(area, "Investigation_Area")
    _add(investigation, "name", product.investigation)
    _add(investigation, "type", "Other Investigation")
    _reference(investigation, _investigation_lid(product), "data_to_investigation")
    component = _add(_add(area, "Observing_System"), "Observing_System_Component")
    _add(component, "name", product.instrument)
    # 'Computer' would say it better, but the model deprecates it: the description says it.
    _add(component, "type", "Instrument")
    _add(component, "description", product.instrument_description)
    target = _add(area, "Target_Identification")
    kind, target_lid = TARGETS[product.target]
    _add(target, "name", product.target)
    _add(target, "type", kind)
    _reference(target, target_lid, "data_to_target")


def _reference(parent: etree._Element, lid: object, kind: str) -> None:
    reference = _add(parent, "Internal_Reference")
    _add(reference, "lid_reference", lid)
    _add(reference, "reference_type", kind)


def _investigation_lid(product: Product) -> Lid:
    name = "_".join("".join(c if c.isalnum() else " " for c in product.investigation).split())
    return Lid.of_product(
        product.lid.prefix,
        bundle="context",
        collection="investigation",
        product=f"other_investigation.{name.lower()}",
    )


def _file_area(root: etree._Element, product: Product, header: bytes, body: bytes) -> None:
    area = _add(root, "File_Area_Observational")
    file = _add(area, "File")
    _add(file, "file_name", DATA_NAME)
    _add(file, "file_size", len(header) + len(body), unit="byte")
    _add(file, "records", product.table.records + 1)  # the line of names counts as one
    _add(file, "md5_checksum", hashlib.md5(header + body, usedforsecurity=False).hexdigest())
    names = _add(area, "Header")
    _add(names, "offset", 0, unit="byte")
    _add(names, "object_length", len(header), unit="byte")
    _add(names, "parsing_standard_id", "PDS DSV 1")
    table = _add(area, "Table_Delimited")
    _add(table, "offset", len(header), unit="byte")
    _add(table, "object_length", len(body), unit="byte")
    _add(table, "parsing_standard_id", "PDS DSV 1")
    _add(table, "records", product.table.records)
    _add(table, "record_delimiter", "Carriage-Return Line-Feed")
    _add(table, "field_delimiter", "Comma")
    record = _add(table, "Record_Delimited")
    _add(record, "fields", len(product.table.columns))
    _add(record, "groups", 0)
    for number, column in enumerate(product.table.columns, start=1):
        field = _add(record, "Field_Delimited")
        _add(field, "name", column.name)
        _add(field, "field_number", number)
        _add(field, "data_type", column.data_type)
        if column.unit:
            _add(field, "unit", column.unit)
        if column.description:
            _add(field, "description", column.description)


def read_label_file(path: Path) -> bytes:
    """The bytes of a label. Raises IlrsError where it is a link, too long or cannot be read."""
    try:
        mode, size = (status := os.lstat(path)).st_mode, status.st_size
        if not stat.S_ISREG(mode):
            raise IlrsError(
                f"{path.name} is no regular file",
                "a label is a file, and no link",
                "Deliver the file.",
            )
        if size > MOST_LABEL_BYTES:
            raise IlrsError(
                f"{path.name} has {size} bytes",
                f"a label has at most {MOST_LABEL_BYTES}",
                "Put data into files of their own.",
            )
        return path.read_bytes()
    except OSError as error:
        raise IlrsError(
            f"{path.name} cannot be read: {error.strerror}",
            "a label is a file",
            "Check the path and its permissions.",
        ) from None


def parse_xml(text: bytes, *, name: str) -> etree._Element:
    """The root of an XML text from outside: no entities, no network, no document type, no bombs.

    Raises IlrsError where it is not well-formed, declares a document type or is too long or deep.
    """
    if len(text) > MOST_LABEL_BYTES:
        raise IlrsError(
            f"{name} has {len(text)} bytes",
            f"a label or a schema has at most {MOST_LABEL_BYTES}",
            "Put data into files of their own.",
        )
    # libxml2's own bounds hold too (huge_tree is off): 256 levels, 10 MB in one text.
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(text, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        reason = getattr(error, "msg", None) or str(error)
        raise IlrsError(
            f"{name} is not well-formed XML: {reason}",
            "a label or a schema is one XML document",
            "Correct it, or fetch it again.",
        ) from None
    information: Any = root.getroottree().docinfo
    if information.doctype:
        raise IlrsError(
            f"{name} declares a document type",
            "a label needs none, and one may name files and entities that are not to be read",
            "Remove the <!DOCTYPE> line.",
        )
    return root


def read_label(text: bytes, *, name: str = LABEL_NAME) -> Record:
    """The catalogue's record of a label that `write_label` wrote (here or at another node).

    Raises IlrsError where the label is damaged or lacks what a record needs.
    """
    root = parse_xml(text, name=name)
    words = [str(word) for word in _all(root, "//p:Citation_Information/p:keyword")]
    facets = {facet: _facet(words, facet) for facet in FACETS}
    one = {facet: values[0] if values else "" for facet, values in facets.items()}

    def _said(path: str) -> str:
        return _need(root, path, name)

    return Record(
        lidvid=str(
            LidVid(
                Lid.parse(_said("//p:Identification_Area/p:logical_identifier")),
                Vid.parse(_said("//p:Identification_Area/p:version_id")),
            )
        ),
        title=_said("//p:Identification_Area/p:title"),
        description=_said("//p:Citation_Information/p:description"),
        start_utc=_said("//p:Time_Coordinates/p:start_date_time"),
        stop_utc=_said("//p:Time_Coordinates/p:stop_date_time"),
        publication_year=int(_said("//p:Citation_Information/p:publication_year")),
        target=_said("//p:Target_Identification/p:name"),
        mission=_said("//p:Investigation_Area/p:name"),
        site=one["site"],
        partner=one["partner"],
        science_fields=tuple(facets["field"]),
        keywords=tuple(word for word in words if word.partition(":")[0] not in FACETS),
        access=one["access"] or "owner",  # who says nothing grants nothing
        licence=one["licence"],
        instrument=_said("//p:Observing_System_Component/p:name"),
        processing_level=_said("//p:Primary_Result_Summary/p:processing_level"),
        files=(
            FileEntry(
                name=_said("//p:File/p:file_name"),
                size=int(_said("//p:File/p:file_size")),
                md5=_said("//p:File/p:md5_checksum"),
                media_type="text/csv",
            ),
        ),
    )


def _facet(words: Sequence[str], facet: str) -> list[str]:
    return [word.partition(":")[2] for word in words if word.startswith(f"{facet}:")]


def _all(root: etree._Element, path: str) -> list[str]:
    found = root.xpath(f"{path}/text()", namespaces=_NS)
    return [str(text) for text in found] if isinstance(found, list) else []


def _need(root: etree._Element, path: str, name: str) -> str:
    texts = _all(root, path)
    if not texts:
        raise IlrsError(
            f"the label {name} lacks {path.rpartition(':')[2]}",
            "a catalogue's record needs it",
            "Restore the label from another copy.",
        )
    return texts[0]
