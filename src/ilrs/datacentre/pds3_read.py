"""What a PDS3 label says of its product: the record, the files, and where these differ from it.

PDS3 knows no logical identifier: one is made of the data set, the product and its version, and a
warning says so. Compared are the files that pointers name, the bytes that images and tables need,
the length of the file in records, and an MD5 of an image's bytes.
"""

import hashlib
import math
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ilrs.datacentre.instants import microseconds
from ilrs.datacentre.label_content import file_fault
from ilrs.datacentre.label_place import box_deg, hull_of
from ilrs.datacentre.label_read import target_case, target_named
from ilrs.datacentre.lid import LidVid
from ilrs.datacentre.made_names import made_lidvid
from ilrs.datacentre.pds3 import Pds3Block, Quantity, Value
from ilrs.datacentre.place import Place, Point
from ilrs.datacentre.record import Record
from ilrs.foundation.errors import Finding, IlrsError

__all__ = [
    "Pds3Object", "check_pds3", "identifier_of_pds3", "is_label_alone", "objects_of",
    "record_of_pds3",
]  # fmt: skip

_CORNERS = ("UPPER_LEFT", "UPPER_RIGHT", "LOWER_RIGHT", "LOWER_LEFT")
_LEVELS = {"2": "Raw", "3": "Calibrated", "4": "Calibrated", "5": "Derived",
           "EDR": "Raw", "CDR": "Calibrated", "RDR": "Calibrated", "GDR": "Derived",
           "DDR": "Derived"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Pds3Object:
    """What a pointer leads to: a file ("" is the label's own), a byte, and the object there."""

    pointer: str
    file: str
    offset: int
    block: Pds3Block | None
    within: Pds3Block
    line: int


def identifier_of_pds3(label: Pds3Block, *, name: str, prefix: str) -> LidVid:
    """The identifier made for a label: its data set, its product (or file) and its version."""
    return made_lidvid(
        label.text("PRODUCT_ID") or Path(name).stem,
        bundle=label.text("DATA_SET_ID") or "pds3",
        version=label.text("PRODUCT_VERSION_ID"),
        prefix=prefix,
    )


def record_of_pds3(
    label: Pds3Block, *, lidvid: LidVid, name: str, findings: list[Finding]
) -> Record:
    """The record of a label under an identifier; what it says wrongly is added to `findings`."""
    mission = label.text("MISSION_NAME", "INSTRUMENT_HOST_NAME", "SPACECRAFT_NAME")
    return Record(
        lidvid=str(lidvid),
        product_class="PDS3",
        title=label.text("PRODUCT_NAME", "DATA_SET_NAME") or label.text("PRODUCT_ID") or name,
        description=label.text("DESCRIPTION", "NOTE"),
        start_utc=_instant(label, "START_TIME", name, findings),
        stop_utc=_instant(label, "STOP_TIME", name, findings),
        target=target_named(label.text("TARGET_NAME").partition(",")[0]),
        mission=target_case(mission),
        instrument=target_case(label.text("INSTRUMENT_NAME", "INSTRUMENT_ID")),
        keywords=tuple(w for w in (label.text("PRODUCT_TYPE"), label.text("FILTER_NAME")) if w),
        processing_level=_level(label),
        place=_place(label, name, findings),
        pixel_m=_pixel_m(label),
        sources=tuple(s for s in label.text("SOURCE_PRODUCT_ID").split(", ") if s),
    )


def _level(label: Pds3Block) -> str:
    """The level by the product's type, else by CODMAC's number in the data set's name (…-4-…)."""
    parts = [label.text("PRODUCT_TYPE").upper(), *label.text("DATA_SET_ID").split("-")]
    return next((_LEVELS[part] for part in parts if part in _LEVELS), "")


def _instant(label: Pds3Block, key: str, name: str, findings: list[Finding]) -> str:
    text = label.text(key)
    if not text:
        return ""
    try:
        microseconds(text)
    except IlrsError as error:
        findings.append(_finding("label", name, label.lines.get(key, 0), key, error))
        return ""
    return text if text.endswith("Z") or "T" not in text else f"{text}Z"


def _finding(kind: str, name: str, line: int, entity: str, error: IlrsError) -> Finding:
    return Finding(
        file=name, line=line, entity=entity, found=error.asked, possible=error.possible,
        mend=error.mend, kind=kind,
    )  # fmt: skip


def _degrees(label: Pds3Block, *names: str) -> float | None:
    found = label.number(*names)
    west_positive = label.text("POSITIVE_LONGITUDE_DIRECTION").upper() == "WEST"
    if found is None:
        return None
    return -found.value if west_positive and "LONGITUDE" in names[0] else found.value


def _place(label: Pds3Block, name: str, findings: list[Finding]) -> Place | None:
    try:
        corners = [
            (_degrees(label, f"{c}_LONGITUDE"), _degrees(label, f"{c}_LATITUDE")) for c in _CORNERS
        ]
        known = [(x, y) for x, y in corners if x is not None and y is not None]
        if len(known) == len(_CORNERS):
            return hull_of(known)
        box = [
            _degrees(label, key)
            for key in ("WESTERNMOST_LONGITUDE", "MINIMUM_LATITUDE", "EASTERNMOST_LONGITUDE",
                        "MAXIMUM_LATITUDE")
        ]  # fmt: skip
        numbers = [value for value in box if value is not None]
        if len(numbers) == 4:
            return box_deg(*numbers)
        at = [_degrees(label, f"{k}_LONGITUDE") for k in ("SCENE_CENTER", "LANDER", "CENTER")]
        of = [_degrees(label, f"{k}_LATITUDE") for k in ("SCENE_CENTER", "LANDER", "CENTER")]
        points = [(x, y) for x, y in zip(at, of, strict=True) if x is not None and y is not None]
        return Point(*points[0]) if points else None
    except IlrsError as error:
        findings.append(_finding("content", name, 0, "place", error))
        return None


def _pixel_m(label: Pds3Block) -> float | None:
    found = label.number("MAP_SCALE", "PIXEL_RESOLUTION", "HORIZONTAL_PIXEL_SCALE")
    if found is None or not found.value > 0.0:
        return None
    unit = found.unit.lower().partition("/")[0].strip()
    return found.value * (1000.0 if unit in {"km", "kilometer"} else 1.0)


def objects_of(label: Pds3Block, *, attached: bool) -> Iterator[Pds3Object]:
    """What the label's pointers lead to, pointers to descriptions left out."""
    compressed = [b for b in label.blocks if b.kind == "COMPRESSED_FILE"]
    for packed in compressed:
        line = packed.lines.get("FILE_NAME", packed.line)
        yield Pds3Object("COMPRESSED_FILE", packed.text("FILE_NAME"), 0, None, packed, line)
    for within in label.walk():
        if compressed and within.kind == "UNCOMPRESSED_FILE":  # what would come of it
            continue
        length = within.number("RECORD_BYTES") or label.number("RECORD_BYTES")
        record = int(length.value) if length is not None else 1
        for key, value in within.values.items():
            pointer = key.removeprefix("^")
            if key == pointer or pointer.endswith(("DESCRIPTION", "CATALOG", "MAP_PROJECTION",
                                                   "STRUCTURE")):  # fmt: skip
                continue
            place = _pointed(value, record)
            if place is None or (place[0] == "" and not attached):
                continue
            block = next((b for b in within.blocks if b.kind == pointer), None)
            yield Pds3Object(pointer, *place, block, within, within.lines.get(key, 0))


def _pointed(value: Value, record_bytes: int) -> tuple[str, int] | None:
    """File and byte that a pointer's value means; numbers count from 1."""
    parts = value if isinstance(value, tuple) else (value,)
    file, offset = "", 0
    for part in parts:
        if isinstance(part, Quantity) and part.unit.upper().startswith("BYTE"):
            if not math.isfinite(part.value):
                return None
            offset = int(part.value) - 1
        elif isinstance(part, int):
            offset = (part - 1) * record_bytes
        elif isinstance(part, str):
            file = part.strip()
        else:
            return None
    return file, max(offset, 0)


def check_pds3(label: Pds3Block, *, path: Path) -> tuple[list[str], list[Finding]]:
    """The data files that a label names and that are there, and all that is wrong with them.

    The label's own file is one of them where it may hold data.
    """
    name, folder = path.name, path.parent
    is_attached = any(o.file == "" for o in objects_of(label, attached=True)) and not (
        is_label_alone(path)
    )
    there: dict[str, None] = {} if is_label_alone(path) else {name: None}
    findings: list[Finding] = []

    def tell(kind: str, line: int, entity: str, found: str, possible: str) -> None:
        findings.append(
            Finding(
                file=name, line=line, entity=entity, found=found, possible=possible, kind=kind,
                mend="Deliver the file whole, or correct the label.",
            )
        )  # fmt: skip

    for item in objects_of(label, attached=True):
        if not item.file and 0 < item.offset < path.stat().st_size:  # attached, whatever its name
            there[name] = None
        file = item.file or (name if is_attached else _beside(path))
        file = _spelled(file, folder)
        fault = file_fault(file, folder)
        if fault is not None:
            tell(fault[0], item.line, f"^{item.pointer}", f"{fault[1]}: {file[:200]!r}",
                 "a label names files that lie beside it")  # fmt: skip
            continue
        there[file] = None
        size = (folder / file).stat().st_size
        for kind, found, possible in _sizes(item, size, label):
            tell(kind, item.line, f"^{item.pointer}", f"{file} {found}", possible)
        made = _md5_of(item, folder / file, size)
        if made is not None and made[0] != made[1]:
            tell("checksum", item.line, f"^{item.pointer}", f"{item.pointer} has the MD5 {made[0]}",
                 f"the label says {made[1]}")  # fmt: skip
    return list(there), findings


def is_label_alone(path: Path) -> bool:
    """Whether the file is a label and nothing else, by its name."""
    return path.suffix.lower() in {".lbl", ".xml"}


def _beside(path: Path) -> str:
    """The data file of a detached label that does not name it: the same name, another ending."""
    for ending in (".img", ".IMG", ".dat", ".DAT", ".tab", ".TAB"):
        if os.path.exists(path.parent / f"{path.stem}{ending}"):
            return f"{path.stem}{ending}"
    return f"{path.stem}.IMG"


def _spelled(file: str, folder: Path) -> str:
    """The name as it stands on the disk: labels of old volumes differ in case."""
    if not file or "/" in file:
        return file
    spellings = (file, file.lower(), file.upper())
    # not Path.exists, which raises where a name is too long for any file
    return next((f for f in spellings if os.path.exists(folder / f)), file)


def _bytes_of(block: Pds3Block) -> int | None:
    """The bytes that an image or a table takes; None where its label does not say."""

    def whole(key: str, otherwise: int = 0) -> int:
        found = block.values.get(key, otherwise)
        return found if isinstance(found, int) else otherwise

    if "IMAGE" in block.kind or block.kind == "QUBE":
        lines, samples, bits = whole("LINES"), whole("LINE_SAMPLES"), whole("SAMPLE_BITS")
        row = whole("LINE_PREFIX_BYTES") + samples * bits // 8 + whole("LINE_SUFFIX_BYTES")
        return lines * row * whole("BANDS", 1) if lines and samples and bits else None
    rows, length = whole("ROWS"), whole("ROW_BYTES")
    return rows * length if rows and length else None


def _sizes(item: Pds3Object, size: int, label: Pds3Block) -> Iterator[tuple[str, str, str]]:
    needed = None if item.block is None else _bytes_of(item.block)
    if needed is not None and item.offset + needed > size:
        yield "truncated", f"has {size} bytes", f"{item.pointer} needs {item.offset + needed}"
        return
    kind = item.within.text("RECORD_TYPE") or label.text("RECORD_TYPE")
    length, count = item.within.number("RECORD_BYTES"), item.within.number("FILE_RECORDS")
    if kind == "FIXED_LENGTH" and length is not None and count is not None:
        stated = int(length.value) * int(count.value)
        if stated > size:
            yield "truncated", f"has {size} bytes", f"the label says {stated}"
        elif stated < size:
            yield "size", f"has {size} bytes", f"the label says {stated}"


def _md5_of(item: Pds3Object, path: Path, size: int) -> tuple[str, str] | None:
    """MD5 made and stated of an object's bytes; None where none is stated or bytes are missing."""
    stated = "" if item.block is None else str(item.block.values.get("MD5_CHECKSUM", "")).lower()
    needed = None if item.block is None else _bytes_of(item.block)
    if len(stated) != 32 or needed is None or item.offset + needed > size:
        return None
    made, left = hashlib.md5(usedforsecurity=False), needed
    with path.open("rb") as stream:
        stream.seek(item.offset)
        while left > 0 and (block := stream.read(min(left, 1 << 20))):
            made.update(block)
            left -= len(block)
    return made.hexdigest(), stated
