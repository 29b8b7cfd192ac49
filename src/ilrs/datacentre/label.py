"""PDS4 labels: written for a product, and read back into the record that the catalogue keeps.

A label is a Product_Observational of information model 1.25.0.0, the newest whose dictionaries are
complete. It carries no clock time, so that the same product gives the same bytes. Everything that
the catalogue knows stands in the label: what the model has no field for (site, partner, science
field, access, embargo, licence) is a keyword such as ``site:connecting-ridge``.

Under a prefix of the common dictionary's list a label is valid by XSD and Schematron. Under another
prefix two Schematron rules on the prefix fail and nothing else; see `ilrs.datacentre.lid`.

What it does not do yet: bundles and collections, other dictionaries (cartography, geometry), a
second language, references to source products.
"""

import hashlib
import os
import stat
from pathlib import Path
from typing import Any

from lxml import etree

from ilrs.datacentre.lid import Lid, Vid
from ilrs.datacentre.product import TARGETS, Product
from ilrs.foundation.errors import IlrsError

__all__ = [
    "DATA_NAME",
    "INFORMATION_MODEL",
    "LABEL_NAME",
    "MOST_LABEL_BYTES",
    "NAMESPACE",
    "add_element",
    "add_investigation",
    "add_reference",
    "add_target",
    "new_label",
    "parse_xml",
    "read_label_file",
    "to_bytes",
    "write_label",
]

DATA_NAME, LABEL_NAME = "data.csv", "label.xml"
INFORMATION_MODEL = "1.25.0.0"
MOST_LABEL_BYTES = 32 << 20  # the longest real ones here have 64 kB
NAMESPACE = "http://pds.nasa.gov/pds4/pds/v1"
_SCHEMA = "https://pds.nasa.gov/pds4/pds/v1/PDS4_PDS_1P00"
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_SCHEMATRON = "http://purl.oclc.org/dsdl/schematron"
_DEFAULT_NS: Any = {None: NAMESPACE}  # lxml takes None for "no prefix", its stubs do not


def write_label(product: Product, vid: Vid, *, header: bytes, body: bytes) -> bytes:
    """The label of a version of a product whose data file is `header` and then `body`."""
    root = new_label("Product_Observational")
    _identification(root, product, vid)
    _observation(root, product)
    _file_area(root, product, header, body)
    return to_bytes(root)


def new_label(name: str) -> etree._Element:
    """An empty label of a product class, which names the schemas of INFORMATION_MODEL."""
    root = etree.Element(f"{{{NAMESPACE}}}{name}", nsmap=_DEFAULT_NS)
    root.set(f"{{{_XSI}}}schemaLocation", f"{NAMESPACE} {_SCHEMA}.xsd")
    root.addprevious(
        etree.ProcessingInstruction(
            "xml-model", f'href="{_SCHEMA}.sch" schematypens="{_SCHEMATRON}"'
        )
    )
    return root


def to_bytes(root: etree._Element) -> bytes:
    """A label as the bytes of its file; the same label gives the same bytes."""
    return etree.tostring(
        root.getroottree(), xml_declaration=True, encoding="UTF-8", pretty_print=True
    )


def add_element(
    parent: etree._Element, name: str, text: object = None, **attributes: str
) -> etree._Element:
    """A new last child of an element, in the common dictionary's name space."""
    child = etree.SubElement(parent, f"{{{NAMESPACE}}}{name}", attrib=attributes)
    child.text = None if text is None else str(text)
    return child


def _identification(root: etree._Element, product: Product, vid: Vid) -> None:
    area = add_element(root, "Identification_Area")
    add_element(area, "logical_identifier", product.lid)
    add_element(area, "version_id", vid)
    add_element(area, "title", product.title)
    add_element(area, "information_model_version", INFORMATION_MODEL)
    add_element(area, "product_class", "Product_Observational")
    citation = add_element(area, "Citation_Information")
    add_element(citation, "publication_year", product.publication_year)
    for word in product.facets:
        add_element(citation, "keyword", word)
    add_element(citation, "description", product.description)
    add_element(
        add_element(add_element(citation, "List_Author"), "Organization"),
        "organization_name",
        product.partner,
    )


def _observation(root: etree._Element, product: Product) -> None:
    area = add_element(root, "Observation_Area")
    times = add_element(area, "Time_Coordinates")
    add_element(times, "start_date_time", product.start_utc)
    add_element(times, "stop_date_time", product.stop_utc)
    result = add_element(area, "Primary_Result_Summary")
    add_element(result, "purpose", product.purpose)
    add_element(result, "processing_level", product.processing_level)
    add_investigation(area, product.investigation, prefix=product.lid.prefix, kind="data")
    component = add_element(add_element(area, "Observing_System"), "Observing_System_Component")
    add_element(component, "name", product.instrument)
    # 'Computer' would say it better, but the model deprecates it: the description says it.
    add_element(component, "type", "Instrument")
    add_element(component, "description", product.instrument_description)
    add_target(area, product.target, kind="data")


def add_investigation(area: etree._Element, name: str, *, prefix: str, kind: str) -> None:
    """What a label says of its investigation, under a node's prefix; `kind` is the label's own."""
    investigation = add_element(area, "Investigation_Area")
    add_element(investigation, "name", name)
    add_element(investigation, "type", "Other Investigation")
    words = "_".join("".join(c if c.isalnum() else " " for c in name).split())
    lid = Lid.of_product(
        prefix,
        bundle="context",
        collection="investigation",
        product=f"other_investigation.{words.lower()}",
    )
    add_reference(investigation, lid, kind=f"{kind}_to_investigation")


def add_target(area: etree._Element, name: str, *, kind: str) -> None:
    """What a label says of its target; `kind` is the label's own, such as data or bundle."""
    target = add_element(area, "Target_Identification")
    target_type, lid = TARGETS[name]
    add_element(target, "name", name)
    add_element(target, "type", target_type)
    add_reference(target, lid, kind=f"{kind}_to_target")


def add_reference(parent: etree._Element, lid: object, *, kind: str) -> None:
    """What a label refers to, and as what: such as data_to_target."""
    reference = add_element(parent, "Internal_Reference")
    add_element(reference, "lid_reference", lid)
    add_element(reference, "reference_type", kind)


def _file_area(root: etree._Element, product: Product, header: bytes, body: bytes) -> None:
    area = add_element(root, "File_Area_Observational")
    file = add_element(area, "File")
    add_element(file, "file_name", DATA_NAME)
    add_element(file, "file_size", len(header) + len(body), unit="byte")
    add_element(file, "records", product.table.records + 1)  # the line of names counts as one
    add_element(file, "md5_checksum", hashlib.md5(header + body, usedforsecurity=False).hexdigest())
    names = add_element(area, "Header")
    add_element(names, "offset", 0, unit="byte")
    add_element(names, "object_length", len(header), unit="byte")
    add_element(names, "parsing_standard_id", "PDS DSV 1")
    table = add_element(area, "Table_Delimited")
    add_element(table, "offset", len(header), unit="byte")
    add_element(table, "object_length", len(body), unit="byte")
    add_element(table, "parsing_standard_id", "PDS DSV 1")
    add_element(table, "records", product.table.records)
    add_element(table, "record_delimiter", "Carriage-Return Line-Feed")
    add_element(table, "field_delimiter", "Comma")
    record = add_element(table, "Record_Delimited")
    add_element(record, "fields", len(product.table.columns))
    add_element(record, "groups", 0)
    for number, column in enumerate(product.table.columns, start=1):
        field = add_element(record, "Field_Delimited")
        add_element(field, "name", column.name)
        add_element(field, "field_number", number)
        add_element(field, "data_type", column.data_type)
        if column.unit:
            add_element(field, "unit", column.unit)
        if column.description:
            add_element(field, "description", column.description)


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

    Comments and the processing instructions within the root are left out: each would cut the text
    that it stands in. Raises IlrsError where the text is not well-formed, declares a document type
    or is too long or deep.
    """
    if len(text) > MOST_LABEL_BYTES:
        raise IlrsError(
            f"{name} has {len(text)} bytes",
            f"a label or a schema has at most {MOST_LABEL_BYTES}",
            "Put data into files of their own.",
        )
    # libxml2's own bounds hold too (huge_tree is off): 256 levels, 10 MB in one text.
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True
    )
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
    etree.strip_tags(root, etree.ProcessingInstruction)  # those before it name the Schematrons
    return root
