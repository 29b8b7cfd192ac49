"""The fields of PDS4 tables and arrays: what a label says of them, and whether a value is such.

A field's type is one of the information model's: texts by a pattern, binary numbers by a NumPy
type. Limits are those that a label states in Field_Statistics or Object_Statistics; a value that is
one of the field's special constants says "no value here" and is not held to them.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from lxml import etree

__all__ = [
    "BINARY_TYPES",
    "Bounds",
    "FieldSpec",
    "bounds_of",
    "child",
    "child_number",
    "child_text",
    "fields_of",
    "first_wrong",
    "has_rule",
    "line_of",
    "outside",
]

Array = npt.NDArray[Any]

_DATE = r"-?\d{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)?"
_DAY_OF_YEAR = r"-?\d{4}(?:-(?:00[1-9]|0[1-9]\d|[12]\d\d|3[0-5]\d|36[0-6]))?"
_CLOCK = r"(?:[01]\d|2[0-4])(?::[0-5]\d(?::(?:[0-5]\d|60)(?:\.\d+)?)?)?"
_PART = "[a-z0-9][a-z0-9._-]*"
_LID, _VID = rf"urn(?::{_PART}){{3,5}}", r"(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)"
_PATTERNS = {
    "ASCII_Integer": r"[+-]?\d+",
    "ASCII_NonNegative_Integer": r"\+?\d+",
    "ASCII_Real": r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?",
    "ASCII_Numeric_Base2": "[01]+",
    "ASCII_Numeric_Base8": "[0-7]+",
    "ASCII_Numeric_Base16": "[0-9A-Fa-f]+",
    "ASCII_Boolean": "true|false|1|0",
    "ASCII_MD5_Checksum": "[0-9a-fA-F]{32}",
    "ASCII_Date_YMD": f"{_DATE}Z?",
    "ASCII_Date_DOY": f"{_DAY_OF_YEAR}Z?",
    "ASCII_Time": f"{_CLOCK}Z?",
    "ASCII_Date_Time_YMD": f"{_DATE}(?:T{_CLOCK})?Z?",
    "ASCII_Date_Time_YMD_UTC": f"{_DATE}(?:T{_CLOCK})?Z",
    "ASCII_Date_Time_DOY": f"{_DAY_OF_YEAR}(?:T{_CLOCK})?Z?",
    "ASCII_Date_Time_DOY_UTC": f"{_DAY_OF_YEAR}(?:T{_CLOCK})?Z",
    "ASCII_LID": _LID,
    "ASCII_VID": _VID,
    "ASCII_LIDVID": f"{_LID}::{_VID}",
    "ASCII_LIDVID_LID": f"{_LID}(?:::{_VID})?",
}
_IS_VALUE = {
    name: re.compile(pattern.encode(), re.ASCII).fullmatch for name, pattern in _PATTERNS.items()
}
_IS_VALUE["ASCII_String"] = bytes.isascii  # type: ignore[assignment]
_NUMBERS = {"ASCII_Integer", "ASCII_NonNegative_Integer", "ASCII_Real"}

# The information model's binary types; bit strings are read by nobody here.
BINARY_TYPES: dict[str, Any] = {
    "SignedByte": "i1", "UnsignedByte": "u1",
    **{f"{sign}{order}{size}": f"{end}{kind}{size}"
       for sign, kind in (("Signed", "i"), ("Unsigned", "u"))
       for order, end in (("LSB", "<"), ("MSB", ">")) for size in (2, 4, 8)},
    "IEEE754LSBSingle": "<f4", "IEEE754LSBDouble": "<f8",
    "IEEE754MSBSingle": ">f4", "IEEE754MSBDouble": ">f8",
    "ComplexLSB8": "<c8", "ComplexLSB16": "<c16", "ComplexMSB8": ">c8", "ComplexMSB16": ">c16",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Bounds:
    """Stated limits, either of which may be absent, and the constants that are no values."""

    minimum: float | None
    maximum: float | None
    constants: tuple[float, ...]

    @property
    def is_stated(self) -> bool:
        """Whether there is anything to hold a value to."""
        return self.minimum is not None or self.maximum is not None


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One field of a record; `start` counts from 0, and is 0 in a delimited table."""

    name: str
    data_type: str
    start: int
    length: int  # bytes; in a delimited table the most that are allowed, 0 for any
    bounds: Bounds
    line: int  # of the label


def child(node: etree._Element, name: str) -> etree._Element | None:
    """The first child with a local name, in whatever namespace the label puts it."""
    return next((item for item in node if _local(item) == name), None)


def line_of(node: etree._Element) -> int:
    """The line of the label that an element stands in; 0 where it was not read from one."""
    line: Any = node.sourceline
    return line or 0


def child_text(node: etree._Element, *tags: str) -> str:
    """The text of the child that a path of local names leads to; empty where there is none."""
    for tag in tags:
        found = child(node, tag)
        if found is None:
            return ""
        node = found
    return (node.text or "").strip()


def child_number(node: etree._Element, *tags: str) -> int | None:
    """The child's text as a whole number; None where it is absent or none."""
    text = child_text(node, *tags)
    return int(text) if re.fullmatch(r"[+-]?\d{1,18}", text, re.ASCII) else None


def _local(node: Any) -> str:
    tag = node.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""  # comments have no tag


def fields_of(record: etree._Element, *, most: int = 1_000_000) -> list[FieldSpec] | None:
    """The fields of a Record_…, groups written out; None where they are more than `most`."""
    try:
        return _written_out(record, most)
    except OverflowError:
        return None


def _written_out(node: etree._Element, most: int) -> list[FieldSpec]:
    fields: list[FieldSpec] = []
    for item in node:
        tag = _local(item)
        if tag.startswith("Field_") and tag != "Field_Statistics":
            fields.append(_field(item))
        elif tag.startswith("Group_Field_"):
            inner = _written_out(item, most)
            times = max(child_number(item, "repetitions") or 0, 0) if inner else 0
            if len(fields) + len(inner) * times > most:
                raise OverflowError
            first = max((child_number(item, "group_location") or 1) - 1, 0)
            whole = max(child_number(item, "group_length") or 0, 0)
            for count in range(times):
                shift = first + count * (whole // times)
                fields += [replace(f, start=f.start + shift) for f in inner] if shift else inner
    return fields


def _field(item: etree._Element) -> FieldSpec:
    start = max((child_number(item, "field_location") or 1) - 1, 0)
    length = child_number(item, "field_length") or child_number(item, "maximum_field_length") or 0
    data_type = child_text(item, "data_type")
    return FieldSpec(
        child_text(item, "name"),
        data_type,
        start,
        max(length, 0),
        bounds_of(item, data_type=data_type, within="Field_Statistics"),
        line_of(item),
    )


def bounds_of(node: etree._Element, *, data_type: str, within: str) -> Bounds:
    """What a field or an array states of its values."""
    special = child(node, "Special_Constants")
    texts = [] if special is None else [(s.text or "").strip() for s in special]
    constants = (_number(text, data_type) for text in texts)
    return Bounds(
        _number(child_text(node, within, "minimum"), data_type),
        _number(child_text(node, within, "maximum"), data_type),
        tuple(value for value in constants if value is not None),
    )


def _number(text: str, data_type: str) -> float | None:
    """A number as labels write it: decimal, or the bits of a binary value as 0x… or 16#…#."""
    bits = re.fullmatch(r"0x([0-9A-Fa-f]{1,16})|16#([0-9A-Fa-f]{1,16})#", text, re.ASCII)
    try:
        if bits is None:
            return float(text) if text else None
        whole = int(bits.group(1) or bits.group(2), 16)
        kind = np.dtype(BINARY_TYPES.get(data_type, "u8"))
        if kind.kind != "f":
            return float(whole)
        stored = np.array(whole, f"u{kind.itemsize}")  # the bits in their written order
        return float(stored.view(f"f{kind.itemsize}"))
    except (ValueError, OverflowError):
        return None


def has_rule(data_type: str) -> bool:
    """Whether there is a rule for the texts of a type."""
    return data_type in _IS_VALUE


def first_wrong(values: Sequence[bytes], data_type: str) -> tuple[int, int] | None:
    """How many texts are not of the type, and the place of the first; None where all are.

    Blank texts say nothing and are right. Types without a rule here are not looked at.
    """
    is_value = _IS_VALUE.get(data_type)
    if is_value is None:
        return None
    wrong = [k for k, value in enumerate(values) if not is_value(value) and value]
    return (len(wrong), wrong[0]) if wrong else None


def outside(values: Sequence[bytes] | Array, field: FieldSpec) -> tuple[str, int, int] | None:
    """Which limit values break ('minimum', 'maximum'), how many, and the first; None if none.

    `values` are numbers, or texts of a type of numbers in which the unreadable count as absent.
    """
    if not field.bounds.is_stated:
        return None
    if isinstance(values, np.ndarray):
        numbers = values if values.dtype.kind == "f" else values.astype(np.float64)
    elif field.data_type in _NUMBERS:
        is_value = _IS_VALUE[field.data_type]
        numbers = np.array([float(v) if is_value(v) else np.nan for v in values])
    else:
        return None
    # ponytail: limits are compared in doubles: of 64-bit integers the last bits may go unseen
    tolerance = 1e-6 if numbers.dtype.itemsize == 4 and numbers.dtype.kind == "f" else 0.0
    held = ~np.isin(numbers, np.array(field.bounds.constants).astype(numbers.dtype))
    for name, limit, sign in (
        ("minimum", field.bounds.minimum, -1.0),
        ("maximum", field.bounds.maximum, 1.0),
    ):
        if limit is not None:
            broken = held & (sign * (numbers - limit) > tolerance * abs(limit))
            if broken.any():
                return name, int(broken.sum()), int(np.argmax(broken))
    return None
