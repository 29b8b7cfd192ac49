"""Data against label: every file that a PDS4 label describes is there, whole and as described.

Of each file: its name leads nowhere else, it exists, its size and MD5 are the stated ones, it holds
all that its objects need. Of each table: the record count, the record delimiters, the field count,
the type of every value, and the limits that the label states. Of each array: the stated limits.

Files are read in blocks: memory does not grow with them. One finding stands for all equal faults
of a field; it names the first. Not looked at: bit fields, `field_format`, what an encoded object
holds.
"""

import csv
import hashlib
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from lxml import etree

from ilrs.datacentre.label_fields import (
    BINARY_TYPES,
    Bounds,
    FieldSpec,
    bounds_of,
    child,
    child_number,
    child_text,
    fields_of,
    first_wrong,
    has_rule,
    line_of,
    outside,
)
from ilrs.foundation.errors import Finding

__all__ = ["NO_FILE", "FileArea", "check_content", "file_areas", "file_fault"]

#: What `file_fault` says of a folder, a device or a pipe.
NO_FILE = ("name", "it is no file")

_BLOCK = 4 << 20  # bytes read at once
_LONGEST = 16 << 20  # bytes of one record of a delimited table
_DELIMITERS = {"Comma": b",", "Horizontal Tab": b"\t", "Semicolon": b";", "Vertical Bar": b"|"}
_ENDS = {"carriage-return line-feed": b"\r\n", "line-feed": b"\n", "carriage-return": b"\r"}
_FILES = ("File", "Document_File")
_DESCRIPTIONS = {*_FILES, "local_identifier", "name", "comment", "description"}


@dataclass(frozen=True, slots=True)
class FileArea:
    """A file that a label describes, and the objects in it."""

    element: etree._Element  # File or Document_File
    name: str  # as written, with its folder where the label gives one
    objects: tuple[etree._Element, ...]
    area: str  # the element that holds it, such as File_Area_Browse


@dataclass
class _Report:
    """Collects findings of one label; `file` names the label, or the data file where a line is."""

    label: str
    findings: list[Finding] = field(default_factory=list)

    def add(
        self, kind: str, found: str, possible: str, *, file: str = "", line: int = 0,
        entity: str = "", mend: str = "", severity: str = "error",
    ) -> None:  # fmt: skip
        self.findings.append(
            Finding(
                file=file or self.label, line=line, entity=entity, found=found, possible=possible,
                mend=mend or "Correct the label or deliver the file anew.", severity=severity,
                kind=kind,
            )
        )  # fmt: skip


def file_areas(root: etree._Element) -> Iterator[FileArea]:
    """The files that a label describes, in its order; a File with no name is left out."""
    for element in root.iter("{*}File", "{*}Document_File"):
        name = child_text(element, "file_name")
        folder = child_text(element, "directory_path_name").strip("/")
        parent = element.getparent()
        if name and parent is not None:
            tag = etree.QName(parent).localname
            objects = [] if tag == "Document_Edition" else list(parent)
            yield FileArea(
                element,
                f"{folder}/{name}" if folder else name,
                tuple(
                    o for o in objects if isinstance(o.tag, str) and _tag(o) not in _DESCRIPTIONS
                ),
                tag,
            )


def file_fault(name: str, folder: Path) -> tuple[str, str] | None:
    """What is wrong with a file that a label names: (kind, fault); None where it can be read.

    A name must lead to a regular file below the label's folder, through no link.
    """
    parts = name.split("/")
    if (
        not name
        or len(name.encode("utf-8", "replace")) > 1000
        or any(part in {"", ".", ".."} for part in parts)
        or re.search(r"[\\:\x00-\x1f\x7f\ud800-\udfff]", name)
    ):
        return "name", "the name leads out of the label's folder or is no name of a file"
    place = folder
    for part in parts:
        place = place / part
        try:
            mode = os.lstat(place).st_mode
        except OSError:
            return "missing", "the file is missing"
        if stat.S_ISLNK(mode):
            return "name", "it is a link"
    return None if stat.S_ISREG(mode) else NO_FILE


def check_content(root: etree._Element, *, folder: Path, name: str) -> list[Finding]:
    """Everything in which the files of a label differ from what it says of them.

    `name` stands for the label in the findings, `folder` is where it lies.
    """
    report = _Report(name)
    for area in file_areas(root):
        _check_file(area, folder, report)
    return report.findings


def _tag(node: etree._Element) -> str:
    return etree.QName(node).localname


def _check_file(area: FileArea, folder: Path, report: _Report) -> None:
    element = area.element
    line = line_of(element)
    fault = file_fault(area.name, folder)
    if fault is not None:
        kind, found = fault
        shown = area.name if len(area.name) < 200 else f"{area.name[:200]}…"
        report.add(
            kind, f"{found}: {shown!r}", "a label describes files that lie beside it",
            line=line, mend="Deliver the file, or name it as it is.",
        )  # fmt: skip
        return
    path = folder / area.name
    size = path.stat().st_size
    stated = child_number(element, "file_size")
    if stated is not None and stated != size:
        kind = "truncated" if size < stated else "size"
        report.add(kind, f"{area.name} has {size} bytes", f"the label says {stated}", line=line)
    with path.open("rb") as stream:
        md5 = child_text(element, "md5_checksum").lower()
        if md5:
            made = hashlib.file_digest(stream, lambda: hashlib.md5(usedforsecurity=False))
            if made.hexdigest() != md5:
                report.add(
                    "checksum", f"{area.name} has the MD5 {made.hexdigest()}",
                    f"the label says {md5}", line=line,
                )  # fmt: skip
        ends = [_check_object(item, stream, size, area.name, report) for item in area.objects]
    known = [end for end in ends if end is not None]
    if known and len(known) == len(ends) and size > max(known):
        report.add(
            "content", f"{size - max(known)} bytes of {area.name} follow the last described object",
            f"it ends at byte {max(known)}", line=line, severity="warning",
        )  # fmt: skip


def _check_object(
    item: etree._Element, stream: BinaryIO, size: int, name: str, report: _Report
) -> int | None:
    """Where the object ends in its file, in bytes; None where only its reader could tell."""
    start = child_number(item, "offset") or 0
    tag = _tag(item)
    records = child(item, "Record_Character"), child(item, "Record_Binary")
    record = records[0] if records[0] is not None else records[1]
    delimited = child(item, "Record_Delimited")
    if start < 0 or start > size:
        _too_short(item, start, size, name, report)
        return None
    if delimited is not None:
        return _Delimited(item, delimited, name, report).check(stream, start, size)
    if record is not None:
        return _Fixed(item, record, name, report).check(stream, start, size)
    if tag.startswith("Array"):
        return _check_array(item, stream, start, size, name, report)
    length = child_number(item, "object_length")
    if length is not None and start + length > size:
        _too_short(item, start + length, size, name, report)
    return None if length is None else start + length


def _too_short(item: etree._Element, end: int, size: int, name: str, report: _Report) -> None:
    report.add(
        "truncated", f"{name} ends at byte {size}", f"{_subject(item)} needs {end}",
        line=line_of(item), entity=_subject(item),
        mend="Deliver the whole file, or correct the label.",
    )  # fmt: skip


def _subject(item: etree._Element) -> str:
    name = child_text(item, "name") or child_text(item, "local_identifier")
    return f"{_tag(item)} {name}".strip()


class _Table:
    """What both kinds of tables share: faults counted per field, told once at the end."""

    def __init__(
        self, item: etree._Element, record: etree._Element, name: str, report: _Report
    ) -> None:
        self.item, self.record, self.name, self.report = item, record, name, report
        self.subject = _subject(item)
        self.records = child_number(item, "records") or 0
        self.fields = fields_of(record) or []
        if not self.fields:
            self.report.add(
                "content", "no fields are described, or over a million", "each field is looked at",
                line=line_of(record), entity=self.subject,
            )  # fmt: skip
        self._faults: dict[tuple[str, str], tuple[int, str, int, str]] = {}

    def fault(self, what: str, count: int, found: str, *, line: int, field: str = "") -> None:
        """Counts faults of a kind in a field; `found` tells the first."""
        before = self._faults.get((field, what))
        total = count + (before[0] if before else 0)
        _, first, at, _ = before or (0, found, line, what)
        self._faults[(field, what)] = (total, first, at, what)

    def tell(self) -> None:
        """Makes a finding of each fault."""
        for (name, what), (count, first, line, _) in self._faults.items():
            more = f", and {count - 1} more like it" if count > 1 else ""
            kind = "identifier" if what.startswith("a value of type ASCII_LID") else "content"
            self.report.add(
                kind, f"{first}{more}", what, file=self.name, line=line,
                entity=f"{self.subject} {name}".strip(),
            )  # fmt: skip

    def _check_values(
        self, spec: FieldSpec, values: list[bytes] | Any, *, first: int, line: int
    ) -> None:
        """Types and limits of one field in consecutive records, the first of number `first`."""
        if isinstance(values, list):
            wrong = first_wrong(values, spec.data_type)
            if wrong is not None:
                count, k = wrong
                self.fault(
                    f"a value of type {spec.data_type} is wanted", count,
                    f"record {first + k} has {_shown(values[k])}",
                    line=line and line + k, field=spec.name,
                )  # fmt: skip
        beyond = outside(values, spec)
        if beyond is not None:
            limit, count, k = beyond
            value = values[k] if isinstance(values, list) else str(values[k]).encode()
            stated = getattr(spec.bounds, limit)
            self.fault(
                f"the stated {limit} is {stated:.15g}", count,
                f"record {first + k} has {_shown(value)}",
                line=line and line + k, field=spec.name,
            )  # fmt: skip


def _shown(value: bytes) -> str:
    text = value[:40].decode("utf-8", "backslashreplace")
    return repr(text + "…" if len(value) > 40 else text)


class _Fixed(_Table):
    """A table of records of equal length, of characters or binary."""

    def check(self, stream: BinaryIO, start: int, size: int) -> int | None:
        """Where the table ends in its file."""
        length = child_number(self.record, "record_length") or 0
        if length <= 0 or self.records <= 0:
            self.report.add(
                "content", "the label does not say how many records there are and how long one is",
                "both are at least 1", line=line_of(self.item), entity=self.subject,
            )  # fmt: skip
            return None
        over = next((s for s in self.fields if s.start + s.length > length), None)
        if over is not None:
            self.report.add(
                "content", f"the field ends at byte {over.start + over.length}",
                f"a record has {length} bytes", line=over.line,
                entity=f"{self.subject} {over.name}".strip(),
            )  # fmt: skip
        end = start + length * self.records
        if end > size:
            _too_short(self.item, end, size, self.name, self.report)
        is_text = _tag(self.record) == "Record_Character"
        stop = _ENDS.get(child_text(self.item, "record_delimiter").lower(), b"") if is_text else b""
        line = _line_at(stream, start) if is_text else 0
        stream.seek(start)
        looked_at = [s for s in self.fields if 0 < s.length <= length - s.start and _matters(s)]
        at_once = max(_BLOCK // length, 1)
        there = min(max(size - start, 0) // length, self.records)
        for first in range(0, there if looked_at or stop else 0, at_once):
            count = min(at_once, there - first)
            block = stream.read(count * length)
            if len(block) < count * length:
                break
            self._check_block(block, length, looked_at, stop, first + 1, line and line + first)
        self.tell()
        return end

    def _check_block(
        self, block: bytes, length: int, specs: list[FieldSpec], stop: bytes, first: int, line: int
    ) -> None:
        rows = range(0, len(block), length)
        if stop:
            bad = [
                k
                for k, at in enumerate(rows)
                if not block.startswith(stop, at + length - len(stop))
            ]
            if bad:
                self.fault(
                    f"each has {length} bytes with its delimiter", len(bad),
                    f"record {first + bad[0]} does not end with the record delimiter",
                    line=line and line + bad[0],
                )  # fmt: skip
        for spec in specs:
            if spec.data_type in BINARY_TYPES:
                kind = np.dtype(BINARY_TYPES[spec.data_type])
                if kind.itemsize != spec.length or kind.kind == "c":
                    continue
                raw = np.frombuffer(block, np.uint8).reshape(-1, length)
                cut = np.ascontiguousarray(raw[:, spec.start : spec.start + spec.length])
                self._check_values(spec, cut.view(kind)[:, 0], first=first, line=0)
            else:
                a, b = spec.start, spec.start + spec.length
                texts = [block[at + a : at + b].strip() for at in rows]
                self._check_values(spec, texts, first=first, line=line)


def _matters(spec: FieldSpec) -> bool:
    return spec.bounds.is_stated or has_rule(spec.data_type)


def _line_at(stream: BinaryIO, offset: int) -> int:
    """The number of the line that begins at an offset, counted from 1."""
    stream.seek(0)
    lines, left = 1, offset
    while left > 0:
        block = stream.read(min(left, _BLOCK))
        if not block:
            break
        lines, left = lines + block.count(b"\n"), left - len(block)
    return lines


class _Delimited(_Table):
    """A table whose records are lines and whose fields are parted by a character."""

    def check(self, stream: BinaryIO, start: int, size: int) -> int | None:
        """Where the table ends in its file; None where it ends with the file."""
        length = child_number(self.item, "object_length")
        end = size if length is None else start + length
        if end > size:
            _too_short(self.item, end, size, self.name, self.report)
        self.comma = _DELIMITERS.get(child_text(self.item, "field_delimiter").title(), b",")
        self.stop = _ENDS.get(child_text(self.item, "record_delimiter").lower(), b"\n")
        self.longest = child_number(self.record, "maximum_record_length")
        line = _line_at(stream, start)
        stream.seek(start)
        count = 0
        for rows in self._blocks(stream, min(end, size) - start):
            self._check_rows(rows, count + 1, line + count)
            count += len(rows)
        if count != self.records:
            self.report.add(
                "truncated" if count < self.records else "content",
                f"{self.name} has {count} records", f"the label says {self.records}",
                line=line_of(self.item), entity=self.subject,
            )  # fmt: skip
        self.tell()
        return end

    def _blocks(self, stream: BinaryIO, left: int) -> Iterator[list[bytes]]:
        """The records, in lists of some megabytes; a record beyond all bounds ends the table."""
        rows: list[bytes] = []
        held = 0
        while left > 0:
            line = stream.readline(min(left, _LONGEST))
            if not line:
                break
            left, held = left - len(line), held + len(line)
            if line.endswith(b"\n") or left == 0 or len(line) < _LONGEST:
                rows.append(line)
            else:
                self.fault("a record is a line", 1, f"a line has over {_LONGEST} bytes", line=0)
                break
            if held >= _BLOCK:
                yield rows
                rows, held = [], 0
        if rows:
            yield rows

    def _check_rows(self, rows: list[bytes], first: int, line: int) -> None:
        kind = {b"\r\n": "CR LF", b"\n": "LF", b"\r": "CR"}[self.stop]
        bad = [k for k, row in enumerate(rows) if not row.endswith(self.stop)]
        if bad:
            self.fault(
                f"the record delimiter is {kind}", len(bad),
                f"record {first + bad[0]} does not end with it", line=line + bad[0],
            )  # fmt: skip
        if self.longest:
            over = [k for k, row in enumerate(rows) if len(row) > self.longest]
            if over:
                self.fault(
                    f"the stated longest record has {self.longest} bytes", len(over),
                    f"record {first + over[0]} has {len(rows[over[0]])}", line=line + over[0],
                )  # fmt: skip
        cells = [self._cells(row.rstrip(b"\r\n")) for row in rows]
        wrong = [k for k, row in enumerate(cells) if len(row) != len(self.fields)]
        if wrong:
            self.fault(
                f"the label describes {len(self.fields)} fields", len(wrong),
                f"record {first + wrong[0]} has {len(cells[wrong[0]])}", line=line + wrong[0],
            )  # fmt: skip
            return
        for k, spec in enumerate(self.fields):
            if spec.length:
                over = [r for r, row in enumerate(cells) if len(row[k]) > spec.length]
                if over:
                    self.fault(
                        f"the stated longest value has {spec.length} bytes", len(over),
                        f"record {first + over[0]} has {len(cells[over[0]][k])}",
                        line=line + over[0], field=spec.name,
                    )  # fmt: skip
            if _matters(spec):
                values = [row[k].strip() for row in cells]
                self._check_values(spec, values, first=first, line=line)

    def _cells(self, row: bytes) -> list[bytes]:
        if b'"' not in row:
            return row.split(self.comma)
        reader = csv.reader([row.decode("latin-1")], delimiter=self.comma.decode(), strict=False)
        return [cell.encode("latin-1") for cell in next(reader, [])]


def _check_array(
    item: etree._Element, stream: BinaryIO, start: int, size: int, name: str, report: _Report
) -> int | None:
    data_type = child_text(item, "Element_Array", "data_type")
    kind: np.dtype[Any] | None = (
        np.dtype(BINARY_TYPES[data_type]) if data_type in BINARY_TYPES else None
    )
    axes = [child_number(axis, "elements") or 0 for axis in item if _is(axis, "Axis_Array")]
    if kind is None or not axes or min(axes) <= 0:
        return None
    count = 1
    for elements in axes:
        count *= elements
    end: int = start + count * kind.itemsize
    if end > size:
        _too_short(item, end, size, name, report)
    scaled = child(item, "Element_Array")
    bounds = bounds_of(item, data_type=data_type, within="Object_Statistics")
    if bounds.is_stated and kind.kind != "c" and scaled is not None:
        factor = child_text(scaled, "scaling_factor") or "1"
        added = child_text(scaled, "value_offset") or "0"
        if factor in {"1", "1.0"} and added in {
            "0",
            "0.0",
        }:  # scaled or stored: the model leaves open which is meant
            there = min(count, (size - start) // kind.itemsize)
            _check_array_values(item, stream, start, there, kind, bounds, report)
    return end


def _is(node: etree._Element, tag: str) -> bool:
    return isinstance(node.tag, str) and _tag(node) == tag


def _check_array_values(
    item: etree._Element, stream: BinaryIO, start: int, count: int, kind: Any, bounds: Bounds,
    report: _Report,
) -> None:  # fmt: skip
    spec = FieldSpec("", "", 0, 0, bounds, 0)
    stream.seek(start)
    at_once = _BLOCK // kind.itemsize
    for first in range(0, count, at_once):
        values = np.frombuffer(stream.read(min(at_once, count - first) * kind.itemsize), kind)
        beyond = outside(values, spec)
        if beyond is not None:
            limit, _, k = beyond
            report.add(
                "content", f"element {first + k + 1} is {values[k]}",
                f"the stated {limit} is {getattr(bounds, limit):.15g}",
                line=line_of(item), entity=_subject(item),
            )  # fmt: skip
            return
