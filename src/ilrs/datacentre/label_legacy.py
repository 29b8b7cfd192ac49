"""Old labels of Chinese missions, and the strict label that is made of one.

Labels of Chang'e products (CLEP, information model 1.5) have a file's name for an identifier, name
no schemas, put what the mission adds into the common dictionary's name space, write `None` where
nothing is meant, and state sizes that the files do not have. A strict label says what they say, in
the model's words, with the sizes that there are; what the model has no place for stays in the
original, which is kept as it came. Where the described content does not fit into the file, the
strict label describes plain bytes; a file that is empty, or has a name that no strict label may
have, is left to the original.
"""

import hashlib
import re
from pathlib import Path

from lxml import etree

from ilrs.datacentre.instants import instant_text, microseconds
from ilrs.datacentre.label import (
    INFORMATION_MODEL,
    NAMESPACE,
    add_element,
    add_reference,
    add_target,
    new_label,
    to_bytes,
)
from ilrs.datacentre.label_content import FileArea, file_areas, file_fault
from ilrs.datacentre.label_fields import (
    BINARY_TYPES,
    child,
    child_number,
    child_text,
    has_rule,
    line_of,
)
from ilrs.datacentre.lid import Lid, LidVid
from ilrs.datacentre.made_names import made_lidvid, slug
from ilrs.datacentre.product import LEVELS, PURPOSES
from ilrs.foundation.errors import Finding, IlrsError

__all__ = ["CNSA_PREFIX", "is_legacy", "legacy_lidvid", "normalised_label"]

CNSA_PREFIX = "urn:cnsa:clpds"
# CE4_GRAS_LPR-2B_SCI_N_20231216075001_20231217065500_0316_A.2B: mission, ground system, instrument
_NAME = re.compile(r"(CE\d|TW\d|TIANWEN\d)_([A-Z]+)_([A-Z0-9]+)[-_]", re.ASCII)
_MISSIONS = {f"CE{n}": f"Chang'e {n}" for n in range(1, 9)} | {
    "TW1": "Tianwen-1",
    "TW2": "Tianwen-2",
}
_TITLES = 220  # characters
_NOTHING = {"", "none", "null", "n/a", "unk"}
# what the common dictionary takes for the name of a file, and for an instant
_FILE_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]{0,200}\.[a-zA-Z0-9]{1,50}", re.ASCII)
_INSTANT = re.compile(
    r"\d{4}(?:-\d\d(?:-\d\d(?:T\d\d(?::\d\d(?::[0-5]\d(?:\.\d+)?)?)?)?)?)?Z?", re.ASCII
)


def is_legacy(root: etree._Element) -> bool:
    """Whether a label's identifier is the name of a file, as Chang'e labels have it."""
    area = child(root, "Identification_Area")
    name = "" if area is None else child_text(area, "logical_identifier")
    return bool(name) and not name.startswith("urn:") and ":" not in name


def legacy_lidvid(root: etree._Element, *, path: Path) -> LidVid:
    """The identifier made of a name: mission and ground system, instrument, the whole name."""
    area = child(root, "Identification_Area")
    name = ("" if area is None else child_text(area, "logical_identifier")) or path.name
    match = _NAME.match(name)
    version = "" if area is None else child_text(area, "version_id")
    return made_lidvid(
        name,
        bundle="_".join(match.groups()[:2]) if match else "legacy",
        collection=match.group(3) if match else "data",
        version=version,
        prefix=CNSA_PREFIX,
    )


def normalised_label(
    root: etree._Element, *, path: Path, lidvid: LidVid, findings: list[Finding]
) -> bytes | None:
    """A strict label of what a legacy one says; None where it could describe none of its files.

    A file whose name no strict label may have is added to `findings`.
    """
    areas = [area for area in file_areas(root) if _holds_bytes(path.parent, area.name)]
    named = [area for area in areas if _FILE_NAME.fullmatch(area.name)]
    findings += [_misnamed(area, path.name) for area in areas if area not in named]
    if not named:
        return None
    strict = new_label("Product_Observational")
    _identification(strict, root, lidvid)
    _observation(strict, root, lidvid)
    for area in named:
        _file_area(strict, area, path.parent / area.name)
    return to_bytes(strict)


def _holds_bytes(folder: Path, name: str) -> bool:
    return file_fault(name, folder) is None and (folder / name).stat().st_size > 0


def _misnamed(area: FileArea, name: str) -> Finding:
    return Finding(
        file=name, line=line_of(area.element), entity="file_name",
        found=f"no strict label can name the file {area.name!r}",
        possible="it may have a-z, A-Z, 0-9, '-', '_' and '.', no folder, and has an ending",
        mend="The original alone describes it; rename the file.", kind="name", severity="warning",
    )  # fmt: skip


def _said(node: etree._Element | None, *path: str) -> str:
    """The text of a child, on one line; "" where the label has nothing or a word for it."""
    text = "" if node is None else " ".join(child_text(node, *path).split())
    return "" if text.casefold() in _NOTHING else text


def _identification(strict: etree._Element, root: etree._Element, lidvid: LidVid) -> None:
    old = child(root, "Identification_Area")
    original = " ".join(child_text(root, "Identification_Area", "logical_identifier").split())
    area = add_element(strict, "Identification_Area")
    add_element(area, "logical_identifier", lidvid.lid)
    add_element(area, "version_id", lidvid.vid)
    title = f"{_said(old, 'title')}: {original}" if _said(old, "title") else original
    add_element(area, "title", title[:_TITLES])
    add_element(area, "information_model_version", INFORMATION_MODEL)
    add_element(area, "product_class", "Product_Observational")
    if original.isascii():  # an alias takes no other letters; the title does
        alias = add_element(add_element(area, "Alias_List"), "Alias")
        add_element(alias, "alternate_id", original[:_TITLES])
        add_element(alias, "comment", "The identifier that the original label gives.")


def _observation(strict: etree._Element, root: etree._Element, lidvid: LidVid) -> None:
    old = child(root, "Observation_Area")
    area = add_element(strict, "Observation_Area")
    add_element(area, "comment", "Made of the original label, which is kept beside this one.")
    times = add_element(area, "Time_Coordinates")
    for tag in ("start_date_time", "stop_date_time"):
        _instant(times, tag, _said(old, "Time_Coordinates", tag))
    result = add_element(area, "Primary_Result_Summary")
    purpose = _said(old, "Primary_Result_Summary", "purpose")
    level = _said(old, "Primary_Result_Summary", "processing_level")
    add_element(result, "purpose", purpose if purpose in PURPOSES else "Science")
    add_element(result, "processing_level", level if level in LEVELS else "Partially Processed")
    _investigation(area, old, lidvid)
    _observing_system(area, old)
    add_target(area, "Moon", kind="data")


def _instant(times: etree._Element, tag: str, text: str) -> None:
    node = add_element(times, tag)
    try:
        instant_us = microseconds(text)
    except IlrsError:
        node.set("{http://www.w3.org/2001/XMLSchema-instance}nil", "true")
        node.set("nilReason", "unknown")
    else:  # as it stands, if the model knows it so: a day has less to say than its first second
        is_known = _INSTANT.fullmatch(text) is not None
        node.text = f"{text.removesuffix('Z')}Z" if is_known else instant_text(instant_us)


def _investigation(area: etree._Element, old: etree._Element | None, lidvid: LidVid) -> None:
    name = _said(old, "Investigation_Area", "name") or "Chinese Lunar Exploration Program"
    investigation = add_element(area, "Investigation_Area")
    add_element(investigation, "name", _MISSIONS.get(name, name)[:_TITLES])
    add_element(investigation, "type", "Mission")
    lid = Lid.of_product(
        lidvid.lid.prefix,
        bundle="context",
        collection="investigation",
        product=f"mission.{slug(name)}",
    )
    add_reference(investigation, lid, kind="data_to_investigation")


def _observing_system(area: etree._Element, old: etree._Element | None) -> None:
    parts = [("Instrument", _said(old, "Mission_Area", "instrument_name"))]
    for part in () if old is None else old.iterfind("{*}Observing_System/{*}*"):
        kind = _said(part, "type")
        parts.append(("Instrument" if kind == "Instrument" else "Host", _said(part, "name")))
    named = [(kind, name) for kind, name in parts if name] or [("Host", "not stated")]
    system = add_element(area, "Observing_System")
    for kind, name in dict.fromkeys(named):
        component = add_element(system, "Observing_System_Component")
        add_element(component, "name", name[:_TITLES])
        add_element(component, "type", kind)


def _file_area(strict: etree._Element, area: FileArea, path: Path) -> None:
    size = path.stat().st_size
    with path.open("rb") as stream:
        md5 = hashlib.file_digest(stream, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
    made = add_element(strict, "File_Area_Observational")
    file = add_element(made, "File")
    add_element(file, "file_name", area.name)
    add_element(file, "file_size", size, unit="byte")
    add_element(file, "md5_checksum", md5)
    done = [item for item in area.objects if _rebuilt(made, item, path)]
    if not done:
        _plain_bytes(made, size)


def _rebuilt(made: etree._Element, item: etree._Element, path: Path) -> bool:
    """Whether an object was written anew: one that is understood and fits into its file."""
    tag = etree.QName(item).localname
    before = len(made)
    try:
        if tag.startswith("Array_2D") or tag.startswith("Array_3D"):
            _array(made, item, path.stat().st_size, tag[:8])
        elif tag in {"Table_Binary", "Table_Character"}:
            _table(made, item, path, tag)
        else:
            return False
    except ValueError:
        del made[before:]
        return False
    return True


def _number(item: etree._Element, *tags: str) -> int:
    found = child_number(item, *tags)
    if found is None:
        raise ValueError(tags)
    return found


def _array(made: etree._Element, item: etree._Element, size: int, tag: str) -> None:
    data_type = child_text(item, "Element_Array", "data_type")
    axes = [a for a in item if isinstance(a.tag, str) and etree.QName(a).localname == "Axis_Array"]
    offset = child_number(item, "offset") or 0
    length = {"1": 1, "2": 2, "4": 4, "8": 8}.get(BINARY_TYPES.get(data_type, "0")[-1], 0)
    for axis in axes:
        length *= max(_number(axis, "elements"), 0)
    if not 0 < length <= size - offset or offset < 0 or len(axes) != int(tag[6]):
        raise ValueError(tag)
    array = add_element(made, tag)
    add_element(array, "offset", offset, unit="byte")
    add_element(array, "axes", len(axes))
    add_element(array, "axis_index_order", "Last Index Fastest")
    element = add_element(array, "Element_Array")
    add_element(element, "data_type", data_type)
    unit = _said(item, "Element_Array", "unit")
    if unit:
        add_element(element, "unit", unit[:_TITLES])
    for number, axis in enumerate(axes, start=1):
        part = add_element(array, "Axis_Array")
        name = _said(axis, "axis_name")[:_TITLES]
        add_element(part, "axis_name", name if name and name.isascii() else f"Axis {number}")
        add_element(part, "elements", _number(axis, "elements"))
        add_element(part, "sequence_number", number)


def _table(made: etree._Element, item: etree._Element, path: Path, tag: str) -> None:
    kind = tag.removeprefix("Table_")
    record = child(item, f"Record_{kind}")
    if record is None:
        raise ValueError(tag)
    offset, length = child_number(item, "offset") or 0, _number(record, "record_length")
    size = path.stat().st_size
    records = min(_number(item, "records"), (size - offset) // length if length > 0 else 0)
    if records <= 0 or offset < 0:
        raise ValueError(tag)
    table = add_element(made, tag)
    add_element(table, "offset", offset, unit="byte")
    add_element(table, "records", records)
    if kind == "Character":
        ends = [offset + length, offset + length * records]
        add_element(table, "record_delimiter", _delimiter(path, ends))
    part = add_element(table, f"Record_{kind}")
    inner = _fields(record, kind, length)
    _counts(part, inner)
    add_element(part, "record_length", length, unit="byte")
    part.extend(inner)


def _delimiter(path: Path, ends: list[int]) -> str:
    """What stands at the end of records in a file, whatever the old label says."""
    found = set()
    with path.open("rb") as stream:
        for end in ends:
            stream.seek(max(end - 2, 0))
            last = stream.read(min(end, 2))
            found.add(b"\r\n" if last == b"\r\n" else last[-1:])
    names = {b"\r\n": "Carriage-Return Line-Feed", b"\n": "Line-Feed"}
    if len(found) > 1 or not found <= names.keys():
        raise ValueError(path)
    return names[found.pop()]


def _counts(part: etree._Element, inner: list[etree._Element]) -> None:
    tags = [etree.QName(node).localname for node in inner]
    add_element(part, "fields", sum(tag.startswith("Field_") for tag in tags))
    add_element(part, "groups", sum(tag.startswith("Group_") for tag in tags))


def _fields(node: etree._Element, kind: str, length: int, depth: int = 0) -> list[etree._Element]:
    """The fields and groups of a record or group, written anew in the model's order."""
    made: list[etree._Element] = []
    counts = {"Field": 0, "Group": 0}
    for item in node:
        tag = etree.QName(item).localname if isinstance(item.tag, str) else ""
        if tag not in {f"Field_{kind}", f"Group_Field_{kind}"} or depth > 8:
            continue
        counts[tag[:5]] += 1
        part = etree.Element(f"{{{NAMESPACE}}}{tag}")
        name = _said(item, "name") or f"{tag[:5]} {counts[tag[:5]]}"
        add_element(part, "name", name[:_TITLES])
        if tag.startswith("Field"):
            _field(part, item, counts["Field"], length)
        else:
            _group(part, item, counts["Group"], length, kind, depth)
        made.append(part)
    if not made:
        raise ValueError("no fields")
    return made


def _field(part: etree._Element, item: etree._Element, number: int, length: int) -> None:
    data_type = child_text(item, "data_type")
    at, size = _place(item, "field", length)
    binary = BINARY_TYPES.get(data_type) if part.tag.endswith("Binary") else None
    if not has_rule(data_type) if binary is None else int(binary.lstrip("<>")[1:]) != size:
        raise ValueError(data_type)
    add_element(part, "field_number", number)
    add_element(part, "field_location", at, unit="byte")
    add_element(part, "data_type", data_type)
    add_element(part, "field_length", size, unit="byte")
    for tag in ("unit", "description"):
        text = _said(item, tag)
        if text:
            add_element(part, tag, text[: _TITLES if tag == "unit" else 5000])


def _place(item: etree._Element, kind: str, length: int) -> tuple[int, int]:
    """Where a field or a group begins, from 1 on, and its length; both within a record's."""
    at, size = _number(item, f"{kind}_location"), _number(item, f"{kind}_length")
    if at < 1 or size < 1 or at + size - 1 > length:
        raise ValueError(kind)
    return at, size


def _group(
    part: etree._Element, item: etree._Element, number: int, within: int, kind: str, depth: int
) -> None:
    at, length = _place(item, "group", within)
    times = _number(item, "repetitions")
    if times < 1:
        raise ValueError(times)
    inner = _fields(item, kind, length // times, depth + 1)
    add_element(part, "group_number", number)
    add_element(part, "repetitions", times)
    _counts(part, inner)
    add_element(part, "group_location", at, unit="byte")
    add_element(part, "group_length", length, unit="byte")
    part.extend(inner)


def _plain_bytes(made: etree._Element, size: int) -> None:
    array = add_element(made, "Array_1D")
    add_element(array, "offset", 0, unit="byte")
    add_element(array, "axes", 1)
    add_element(array, "axis_index_order", "Last Index Fastest")
    add_element(
        array, "description", "The bytes of the file; the original label says more of them."
    )
    add_element(add_element(array, "Element_Array"), "data_type", "UnsignedByte")
    axis = add_element(array, "Axis_Array")
    add_element(axis, "axis_name", "Byte")
    add_element(axis, "elements", size)
    add_element(axis, "sequence_number", 1)
