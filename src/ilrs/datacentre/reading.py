"""Submissions from what lies on disk: one file, or a folder of any size, in constant memory.

Read are PDS4 products, collections and bundles, PDS3 labels (beside their data or before it),
GeoTIFF, and files with a sidecar. Nothing that arrives is lost for being wrong: what cannot be
read as a label becomes a submission whose identifier was made here, with findings that say why.
"""

import mimetypes
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from lxml import etree

from ilrs.datacentre import pds3, pds3_read
from ilrs.datacentre.label import parse_xml, read_label_file
from ilrs.datacentre.label_content import check_content, file_areas, file_fault
from ilrs.datacentre.label_fields import child, child_number, child_text, line_of
from ilrs.datacentre.label_index import LabelIndex, format_of
from ilrs.datacentre.label_legacy import is_legacy, legacy_lidvid, normalised_label
from ilrs.datacentre.label_place import wkt_column
from ilrs.datacentre.label_read import identifier_of, read_record
from ilrs.datacentre.lid import DEFAULT_PREFIX, LidVid
from ilrs.datacentre.made_names import made_lidvid
from ilrs.datacentre.node import is_archive
from ilrs.datacentre.place_text import parse_wkt
from ilrs.datacentre.profiles import ILRS, Profile
from ilrs.datacentre.raster_read import read_footprint
from ilrs.datacentre.record import FileEntry, Record
from ilrs.datacentre.sidecar import read_sidecar, sidecar_of
from ilrs.datacentre.sidecar_content import check_sidecar
from ilrs.datacentre.submission import SourceFile, Submission
from ilrs.datacentre.validate import Validator, unreadable
from ilrs.foundation.errors import Finding, IlrsError

__all__ = ["Reading", "read"]

_WHOLE = "a delivery holds what its lists name, or its node has it"
_MOST_NAMED = 20  # missing members named one by one
_MOST_WKT = 8 << 20  # bytes of a table in which a footprint is looked for
_ROLES = {"File_Area_Browse": "browse", "Document_Edition": "document",
          "File_Area_Text": "document"}  # fmt: skip
# whoever may see labels sees documents too, fewer see previews, and fewest get the data
_STRICTEST = ("data", "browse", "document", "original", "label")


def read(
    path: Path,
    *,
    profile: Profile = ILRS,
    validator: Validator | None = None,
    prefix: str = DEFAULT_PREFIX,
    tell: Callable[[Finding], None] | None = None,
) -> Iterator[Submission]:
    """Submissions of a label, a data file with a sidecar, or all that lies in a folder.

    Products come before the collections and bundles that list them. `validator` judges by schemas;
    without one only content is checked. `tell` is given what belongs to no product: files that
    nothing describes. Raises IlrsError where there is no such path, or it is an archive's.
    """
    path = Path(path)
    if not path.exists():
        raise IlrsError(
            f"there is no {path}", "a label, a data file or a folder is read", "Name one of them."
        )
    if is_archive(path):
        raise IlrsError(
            f"{path} is an archive",
            "what lies there is filed already: `ilrs data verify` checks it",
            "Name the folder of a delivery.",
        )
    reading = Reading(profile=profile, validator=validator, prefix=prefix)
    if path.is_dir() and format_of(path)[0] != "zarr":
        yield from _read_folder(path, reading, tell)
        return
    made = reading.of_file(path)
    if made is None:
        raise IlrsError(
            f"{path.name} has no label and no sidecar",
            "a PDS4 or PDS3 label, a GeoTIFF, or a file with a sidecar beside it is read",
            f"Write {path.name}.yaml with a title and a lid, or name its label.",
        )
    yield made


def _read_folder(
    folder: Path, reading: "Reading", tell: Callable[[Finding], None] | None
) -> Iterator[Submission]:
    with closing(LabelIndex(folder)) as index:
        for collection in index.paths("collection", "bundle"):
            for member in reading.members_of(collection):
                index.list_member(member)
        for path in index.paths(
            "pds4", "collection", "bundle", "pds3", "sidecar", "zarr", "raster"
        ):
            made = reading.of_file(path)
            if made is None:
                continue
            for name in {file.name for file in made.files}:
                index.claim(path.parent / name)
                index.claim(path.parent / name.partition("/")[0])  # a Zarr store is one file here
            index.claim(path)
            index.name(path, made.record.lidvid)
            more = _of_index(made, path, index, reading)
            yield replace(made, findings=(*made.findings, *more)) if more else made
        for path in index.paths("", "sidecar"):
            if tell is not None:
                tell(
                    Finding(
                        file=path.relative_to(folder).as_posix(), line=0, entity="",
                        found="no label describes this file", possible="each file belongs to one",
                        mend="Add a label or a sidecar, or leave the file out.", kind="label",
                        severity="warning",
                    )
                )  # fmt: skip


def _of_index(made: Submission, path: Path, index: LabelIndex, reading: "Reading") -> list[Finding]:
    """What only the whole folder tells: twins, members that are missing, products not listed."""
    lidvid, found = made.record.lidvid, list[Finding]()

    def add(kind: str, what: str, possible: str, severity: str) -> None:
        found.append(
            Finding(file=path.name, line=0, entity=lidvid, found=what, possible=possible,
                    mend="Correct the labels of the delivery.", severity=severity, kind=kind)
        )  # fmt: skip

    twin = index.twin_of(path, lidvid)
    if twin:
        add("identifier", f"{twin} bears the same identifier", "each version is one product",
            "error")  # fmt: skip
    if made.record.product_class in {"Product_Collection", "Product_Bundle"}:
        absent = (member for member in reading.members_of(path) if not index.has(member))
        for member in islice(absent, _MOST_NAMED):
            add("missing", f"the member {member} is not there", _WHOLE, "warning")
        more = sum(1 for _ in absent)
        if more:
            add("missing", f"{more} further members are not there", _WHOLE, "warning")
        return found
    collection = ":".join(lidvid.partition("::")[0].split(":")[:5])
    if index.has(collection) and not index.is_listed(lidvid):
        add("content", "no inventory lists this product", "each is in one", "warning")
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How files are read: by which profile, judged by which schemas, named under which prefix."""

    profile: Profile = ILRS
    validator: Validator | None = None
    prefix: str = DEFAULT_PREFIX

    def of_file(self, path: Path) -> Submission | None:
        """The submission of one file; None where nothing says what it is."""
        match format_of(path)[0]:
            case "pds4" | "collection" | "bundle":
                return self._of_pds4(path)
            case "pds3":
                return self._of_pds3(path)
            case "sidecar":
                return self._of_sidecar(path)
        beside = sidecar_of(path)
        if beside is not None:
            return self._of_sidecar(beside)
        return self._of_raster(path) if format_of(path)[0] == "raster" else None

    def members_of(self, path: Path) -> Iterator[str]:
        """The LIDs and LIDVIDs of the primary members that a collection's or bundle's label lists.

        An inventory is read line by line; one that cannot be read has none.
        """
        try:
            root = parse_xml(read_label_file(path), name=path.name)
        except IlrsError:
            return
        for entry in root.iterfind("{*}Bundle_Member_Entry"):
            name = child_text(entry, "lidvid_reference") or child_text(entry, "lid_reference")
            if name:
                yield name
        for area in file_areas(root):
            table = next((o for o in area.objects if etree.QName(o).localname == "Inventory"), None)
            if table is None or file_fault(area.name, path.parent) is not None:
                continue
            delimiter = {"horizontal tab": "\t", "semicolon": ";", "vertical bar": "|"}.get(
                child_text(table, "field_delimiter").lower(), ","
            )
            with (path.parent / area.name).open("rb") as stream:
                stream.seek(max(child_number(table, "offset") or 0, 0))
                for line in iter(lambda: stream.readline(4096), b""):
                    cells = line.decode("utf-8", "replace").strip().split(delimiter)
                    if len(cells) >= 2 and cells[0].strip().strip('"') == "P":
                        yield cells[1].strip().strip('"')

    def _of_pds4(self, path: Path) -> Submission:
        try:
            text = read_label_file(path)
            root = parse_xml(text, name=path.name)
        except IlrsError as error:
            return self._unreadable(path, error)
        findings: list[Finding] = []
        legacy = self.profile.normalises and is_legacy(root)
        lidvid = self._identifier(root, path, legacy, findings)
        if self.validator is not None:
            findings += self.validator.check_root(root, name=path.name, folder=path.parent)
        else:
            findings += check_content(root, folder=path.parent, name=path.name)
        findings += _of_old_labels(root, path.parent)
        record = read_record(root, lidvid=lidvid, name=path.name, findings=findings)
        if record.place is None:
            record = _with_wkt(record, root, path, findings)
        role = "original" if legacy else "label"
        named = [(area.name, _role(area.area)) for area in file_areas(root)]
        files = _sources([(path.name, role), *named], path.parent, findings)
        strict = (
            normalised_label(root, path=path, lidvid=lidvid, findings=findings) if legacy else None
        )
        return _made(record, files, findings, label_normalised=strict)

    def _identifier(
        self, root: etree._Element, path: Path, legacy: bool, findings: list[Finding]
    ) -> LidVid:
        try:
            return identifier_of(root, name=path.name)
        except IlrsError as error:
            made = (
                legacy_lidvid(root, path=path)
                if legacy or is_legacy(root)
                else made_lidvid(path.stem, bundle="unnamed", prefix=self.prefix)
            )
            area = child(root, "Identification_Area")
            findings.append(
                Finding(
                    file=path.name, line=line_of(area if area is not None else root),
                    entity="logical_identifier", found=error.asked, possible=error.possible,
                    mend=f"Here it is named {made}.", kind="identifier",
                    severity="warning" if legacy else "error",
                )
            )  # fmt: skip
            return made

    def _unreadable(self, path: Path, error: IlrsError, role: str = "original") -> Submission:
        lidvid = made_lidvid(path.stem, bundle="unnamed", prefix=self.prefix)
        findings = [unreadable(error, path.name)]
        files = _sources([(path.name, role)], path.parent, findings)
        record = Record(lidvid=str(lidvid), product_class="", title=path.name)
        return _made(record, files, findings)

    def _of_pds3(self, path: Path) -> Submission:
        try:
            with path.open("rb") as stream:
                label = pds3.parse_pds3(stream.read(pds3.MOST_BYTES), name=path.name)
            lidvid = pds3_read.identifier_of_pds3(label, name=path.name, prefix=self.prefix)
        except IlrsError as error:
            # by any other name it may hold the data too
            is_label = pds3_read.is_label_alone(path)
            return self._unreadable(path, error, "original" if is_label else "data")
        findings = [
            Finding(
                file=path.name, line=0, entity="", found="PDS3 gives no logical identifier",
                possible="one is made of data set, product and version", kind="identifier",
                mend=f"Here it is named {lidvid}.", severity="warning",
            )
        ]  # fmt: skip
        record = pds3_read.record_of_pds3(label, lidvid=lidvid, name=path.name, findings=findings)
        named, wrong = pds3_read.check_pds3(label, path=path)
        findings += wrong
        files = _sources(
            [(path.name, "label"), *((n, "data") for n in named)], path.parent, findings
        )
        return _made(record, files, findings)

    def _of_sidecar(self, path: Path) -> Submission | None:
        try:
            sidecar = read_sidecar(path)
            if sidecar is None:
                return None
            lidvid = sidecar.lidvid(self.prefix)
        except IlrsError as error:
            return self._unreadable(path, error)
        findings: list[Finding] = []
        record = sidecar.record(lidvid, findings=findings)
        named, wrong = check_sidecar(sidecar)
        findings += wrong
        record = _with_raster(record, path.parent, [name for name, _ in named], findings)
        return _made(
            record, _sources([(path.name, "label"), *named], path.parent, findings), findings
        )

    def _of_raster(self, path: Path) -> Submission:
        lidvid = made_lidvid(path.stem, bundle="rasters", prefix=self.prefix)
        findings = [
            Finding(
                file=path.name, line=0, entity="", found="the file has no label and no sidecar",
                possible="one says title, instrument, time and rights", kind="label",
                mend=f"Write {path.name}.yaml. Here it is named {lidvid}.", severity="warning",
            )
        ]  # fmt: skip
        record = Record(lidvid=str(lidvid), product_class="Product_External", title=path.stem)
        record = _with_raster(record, path.parent, [path.name], findings)
        return _made(record, _sources([(path.name, "data")], path.parent, findings), findings)


def _role(area: str) -> str:
    return _ROLES.get(area, "data")


def _laxity(role: str) -> int:
    """How many a role lets see a file; one that there is not comes first, so that it is told."""
    return _STRICTEST.index(role) if role in _STRICTEST else -1


def _of_old_labels(root: etree._Element, folder: Path) -> Iterator[Finding]:
    """What the PDS3 labels that a PDS4 label keeps beside it say against the data."""
    for area in file_areas(root):
        texts = [o for o in area.objects if etree.QName(o).localname == "Stream_Text"]
        if not any(child_text(o, "parsing_standard_id").startswith("PDS") for o in texts):
            continue
        if file_fault(area.name, folder) is None and (folder / area.name).suffix.lower() == ".lbl":
            with (folder / area.name).open("rb") as stream:
                text = stream.read(pds3.MOST_BYTES)
            if pds3.looks_like_pds3(text):
                try:
                    label = pds3.parse_pds3(text, name=area.name)
                except IlrsError as error:  # the product has its own label: what is filed is whole
                    yield replace(unreadable(error, area.name), severity="warning")
                    continue
                yield from pds3_read.check_pds3(label, path=folder / area.name)[1]


def _with_wkt(record: Record, root: etree._Element, path: Path, findings: list[Finding]) -> Record:
    """The record with the footprint that a small table of its product holds as text."""
    for area in file_areas(root):
        tables = [o for o in area.objects if etree.QName(o).localname == "Table_Delimited"]
        file = path.parent / area.name
        if not tables or file_fault(area.name, path.parent) or file.stat().st_size > _MOST_WKT:
            continue
        for table in tables:
            for line, text in wkt_column(table, file.read_bytes()):
                try:
                    return replace(record, place=parse_wkt(text))
                except IlrsError as error:
                    findings.append(
                        Finding(
                            file=area.name, line=line, entity="WKT", severity="warning",
                            found=error.asked[:200], possible=error.possible, kind="content",
                            mend="Give longitudes and latitudes in degrees.",
                        )
                    )  # fmt: skip
                    return record
    return record


def _with_raster(
    record: Record, folder: Path, names: Iterable[str], findings: list[Finding]
) -> Record:
    """The record with place and pixel size of its first raster; what it states itself stands."""
    raster = next((n for n in names if Path(n).suffix.lower() in {".tif", ".tiff"}), None)
    if raster is None:
        return record
    try:
        footprint = read_footprint(folder / raster)
    except IlrsError as error:
        findings.append(
            Finding(file=raster, line=0, entity="", found=error.asked, possible=error.possible,
                    mend=error.mend, kind="content")
        )  # fmt: skip
        return record
    return replace(
        record,
        target=record.target or "Moon",
        place=record.place or footprint.place,
        pixel_m=record.pixel_m or footprint.pixel_m,
    )


def _sources(
    named: Iterable[tuple[str, str]], folder: Path, findings: list[Finding]
) -> tuple[SourceFile, ...]:
    """The files that are there, each once; a name that no archive could keep is a finding.

    A file that is named in several roles has the strictest: what is called data and a preview, or
    data that has its label within, is data.
    """
    roles: dict[str, str] = {}
    for name, role in named:
        roles[name] = min(roles.get(name, role), role, key=_laxity)
    made: dict[str, SourceFile] = {}
    for name, role in roles.items():
        try:
            if file_fault(name, folder) is None:
                made[name] = SourceFile(name=name, role=role, path=folder / name)
        except IlrsError as error:
            findings.append(
                Finding(file=name[:200], line=0, entity="", found=error.asked,
                        possible=error.possible, mend=error.mend, kind="name")
            )  # fmt: skip
    return tuple(made.values())


def _made(
    record: Record, files: tuple[SourceFile, ...], findings: list[Finding],
    label_normalised: bytes | None = None,
) -> Submission:  # fmt: skip
    entries = tuple(
        FileEntry(name=f.name, size=f.size, role=f.role, media_type=_media_type(f)) for f in files
    )
    return Submission(
        record=replace(record, files=entries),
        files=files,
        findings=tuple(findings),
        label_normalised=label_normalised,
    )


def _media_type(file: SourceFile) -> str:
    if file.role == "label" and file.name.lower().endswith((".xml", ".lblx")):
        return "application/xml"
    return mimetypes.guess_type(file.name)[0] or "application/octet-stream"
