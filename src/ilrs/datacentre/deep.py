"""Products as a package for a deep archive, in the form in which PDS nodes hand theirs over.

Five files: the archival package (AIP) is a checksum manifest, a transfer manifest and a label of
both; the submission package (SIP) is one manifest with an address for each file, and its label.

    checksum manifest    <md5> TAB <path> CR LF
    transfer manifest    <lidvid, 255 wide><path, 255 wide> CR LF
    SIP manifest         <md5> TAB MD5 TAB <address> TAB <lidvid> CR LF

The products themselves stay where their addresses lead; `ilrs.datacentre.bag` carries them.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import quote

from lxml import etree

from ilrs.datacentre.bag import folder_name
from ilrs.datacentre.label import INFORMATION_MODEL, NAMESPACE
from ilrs.datacentre.lid import LidVid
from ilrs.datacentre.record import Record
from ilrs.foundation.errors import IlrsError

__all__ = ["write_deep_package"]

_WIDTH = 255
_SCHEMA = "https://pds.nasa.gov/pds4/pds/v1/PDS4_PDS_1P00"
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_MODEL = f'href="{_SCHEMA}.sch" schematypens="http://purl.oclc.org/dsdl/schematron"'
_CR_LF = "Carriage-Return Line-Feed"
Tree: TypeAlias = Sequence[tuple[str, Any]]  # tags with their text, or with what is below them


@dataclass(frozen=True, slots=True)
class _File:
    """A file of the package as its label has it."""

    name: str
    content: bytes
    created_utc: str

    @property
    def md5(self) -> str:
        return hashlib.md5(self.content, usedforsecurity=False).hexdigest()

    def tree(self) -> Tree:
        return [
            ("file_name", self.name),
            ("creation_date_time", self.created_utc),
            ("file_size unit=byte", len(self.content)),
            ("records", self.content.count(b"\n")),
        ]


def write_deep_package(
    records: Iterable[Record],
    folder: Path,
    *,
    identifier: str,
    base_url: str,
    site_id: str,
    created_utc: str,
) -> list[Path]:
    """The five files, written into a folder; `identifier` is the LIDVID of their bundle.

    `base_url` is where the products' folders can be had, `site_id` who hands the package over; the
    common dictionary's Schematron admits NASA's own nodes only. Raises IlrsError where a path is
    too long for a transfer manifest, or the identifier is no bundle's.
    """
    name = LidVid.parse(identifier)
    if len(name.lid.parts) != 4:
        raise IlrsError(
            f"{identifier} is no bundle",
            "a deep-archive package is of one bundle: urn:agency:archive:bundle",
            "Name the bundle, or export a bag.",
        )
    day = created_utc[:10].replace("-", "")
    stem = f"{name.lid.parts[-1]}_v{name.vid}"
    rows = [
        (file.md5, f"{folder_name(record.lidvid)}/{file.name}", record.lidvid)
        for record in records
        for file in record.files
    ]
    sums, transfer, delivery = (
        _File(f"{stem}_{kind}_v1.0.tab", content, created_utc)
        for kind, content in (
            (f"{day}_checksum_manifest", _lines(f"{md5}\t{path}" for md5, path, _ in rows)),
            (f"{day}_transfer_manifest", _lines(_fixed(lidvid, path) for _, path, lidvid in rows)),
            (f"{day}_sip", _lines(
                f"{md5}\tMD5\t{base_url.rstrip('/')}/{quote(path)}\t{lidvid}"
                for md5, path, lidvid in rows
            )),
        )
    )  # fmt: skip
    aip = _identified("aip", name, day=day)
    aip_label = _File(
        f"{stem}_{day}_aip_v1.0.xml",
        _label("Product_AIP", aip, _aip(sums, transfer, identifier), created_utc),
        created_utc,
    )
    sip_tree = _sip(delivery, identifier, base_url, aip=aip, aip_md5=aip_label.md5, site_id=site_id)
    sip = _identified("sip_deep_archive", name, day=day)
    sip_label = _File(
        f"{stem}_{day}_sip_v1.0.xml",
        _label("Product_SIP_Deep_Archive", sip, sip_tree, created_utc),
        created_utc,
    )
    folder.mkdir(parents=True, exist_ok=True)
    for file in (sums, transfer, aip_label, delivery, sip_label):
        (folder / file.name).write_bytes(file.content)
    return [folder / file.name for file in (sums, transfer, aip_label, delivery, sip_label)]


def _lines(lines: Iterable[str]) -> bytes:
    return "".join(f"{line}\r\n" for line in lines).encode("utf-8")


def _fixed(lidvid: str, path: str) -> str:
    if len(path.encode("utf-8")) >= _WIDTH:
        raise IlrsError(
            f"the path {path[:60]}… of {lidvid} has {len(path.encode('utf-8'))} bytes",
            f"a transfer manifest has {_WIDTH - 1} for it",
            "Export it as a bag.",
        )
    return f"{lidvid:{_WIDTH}}/{path}" + " " * (_WIDTH - 1 - len(path.encode("utf-8")))


def _identified(kind: str, name: LidVid, *, day: str) -> str:
    """The LID of a package's label, in the name space of what it is of."""
    return f"{name.lid.prefix}:system_bundle:product_{kind}:{name.lid.parts[-1]}_v{name.vid}_{day}"


def _aip(sums: _File, transfer: _File, identifier: str) -> Tree:
    fields = (("LIDVID", "ASCII_LIDVID"), ("File Specification", "ASCII_File_Specification_Name"))
    columns = [
        ("Field_Character", [
            ("name", title),
            ("field_number", number),
            ("field_location unit=byte", 1 + (number - 1) * _WIDTH),
            ("data_type", kind),
            ("field_length unit=byte", _WIDTH),
        ])
        for number, (title, kind) in enumerate(fields, start=1)
    ]  # fmt: skip
    return [
        ("Information_Package_Component", [
            ("checksum_manifest_checksum", sums.md5),
            ("checksum_type", "MD5"),
            ("transfer_manifest_checksum", transfer.md5),
            _of(identifier),
            ("File_Area_Checksum_Manifest", [
                ("File", sums.tree()),
                ("Checksum_Manifest", [
                    ("name", "checksum manifest"),
                    ("offset unit=byte", 0),
                    ("object_length unit=byte", len(sums.content)),
                    ("parsing_standard_id", "MD5Deep 4.n"),
                    ("record_delimiter", _CR_LF),
                ]),
            ]),
            ("File_Area_Transfer_Manifest", [
                ("File", transfer.tree()),
                ("Transfer_Manifest", [
                    ("name", "transfer manifest"),
                    ("offset unit=byte", 0),
                    ("records", transfer.content.count(b"\n")),
                    ("record_delimiter", _CR_LF),
                    ("Record_Character", [
                        ("fields", len(fields)),
                        ("groups", 0),
                        ("record_length unit=byte", 2 * _WIDTH + 2),
                        *columns,
                    ]),
                ]),
            ]),
        ]),
        ("Archival_Information_Package", [
            ("description", f"The archival package of {identifier}"),
        ]),
    ]  # fmt: skip


def _sip(
    manifest: _File, identifier: str, base_url: str, *, aip: str, aip_md5: str, site_id: str
) -> Tree:
    columns = {
        "checksum": "MD5 of the file",
        "checksum_type": "How the checksum was computed",
        "file_specification_url": "Where the file can be had",
        "LIDVID": "The version of a product that the file belongs to",
    }
    fields = [
        ("Field_Delimited", [
            ("name", title), ("field_number", number), ("data_type", "ASCII_String"),
            ("description", text),
        ])
        for number, (title, text) in enumerate(columns.items(), start=1)
    ]  # fmt: skip
    return [
        ("Information_Package_Component_Deep_Archive", [
            ("manifest_checksum", manifest.md5),
            ("checksum_type", "MD5"),
            ("manifest_url", f"{base_url.rstrip('/')}/{quote(manifest.name)}"),
            ("aip_lidvid", f"{aip}::1.0"),
            ("aip_label_checksum", aip_md5),
            ("File_Area_SIP_Deep_Archive", [
                ("File", manifest.tree()),
                ("Manifest_SIP_Deep_Archive", [
                    ("name", "Delivery Manifest Table"),
                    ("local_identifier", "Table"),
                    ("offset unit=byte", 0),
                    ("object_length unit=byte", len(manifest.content)),
                    ("parsing_standard_id", "PDS DSV 1"),
                    ("records", manifest.content.count(b"\n")),
                    ("record_delimiter", _CR_LF),
                    ("field_delimiter", "Horizontal Tab"),
                    ("Record_Delimited", [
                        ("fields", len(fields)), ("groups", 0), *fields,
                    ]),
                ]),
            ]),
            _of(identifier),
        ]),
        ("SIP_Deep_Archive", [
            ("description", f"The submission package of {identifier}"),
            ("provider_site_id", site_id),
        ]),
    ]  # fmt: skip


def _of(identifier: str) -> tuple[str, Tree]:
    return "Internal_Reference", [
        ("lidvid_reference", identifier), ("reference_type", "package_has_bundle"),
    ]  # fmt: skip


def _label(product_class: str, lid: str, below: Tree, created_utc: str) -> bytes:
    title = f"{lid.rpartition(':')[2]}: {product_class.removeprefix('Product_').replace('_', ' ')}"
    tree = [
        ("Identification_Area", [
            ("logical_identifier", lid),
            ("version_id", "1.0"),
            ("title", title),
            ("information_model_version", INFORMATION_MODEL),
            ("product_class", product_class),
            ("Modification_History", [
                ("Modification_Detail", [
                    ("modification_date", created_utc[:10]),
                    ("version_id", "1.0"),
                    ("description", "Made by ilrs"),
                ]),
            ]),
        ]),
        *below,
    ]  # fmt: skip
    spaces: Mapping[Any, str] = {None: NAMESPACE}
    root = etree.Element(f"{{{NAMESPACE}}}{product_class}", nsmap=dict(spaces))
    root.set(f"{{{_XSI}}}schemaLocation", f"{NAMESPACE} {_SCHEMA}.xsd")
    root.addprevious(etree.ProcessingInstruction("xml-model", _MODEL))
    _grow(root, tree)
    return etree.tostring(
        root.getroottree(), xml_declaration=True, encoding="UTF-8", pretty_print=True
    )


def _grow(parent: etree._Element, tree: Tree) -> None:
    """Lays a tree below an element; 'file_size unit=byte' is a tag with an attribute."""
    for words, value in tree:
        tag, *attributes = words.split(" ")
        child = etree.SubElement(parent, f"{{{NAMESPACE}}}{tag}")
        for attribute in attributes:
            child.set(*attribute.split("="))
        if isinstance(value, list):
            _grow(child, value)
        else:
            child.text = str(value)
