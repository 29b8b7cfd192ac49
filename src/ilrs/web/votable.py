"""Tables over HTTP: the same rows as VOTable 1.4, CSV, TSV or JSON, chunk by chunk."""

import csv
import io
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import orjson

from ilrs.foundation.errors import IlrsError, did_you_mean

__all__ = ["FORMATS", "TableColumn", "error_votable", "format_of", "votable_type", "written"]

#: Short name -> media type, the default first.
FORMATS: Mapping[str, str] = {
    "votable": "application/x-votable+xml",
    "csv": "text/csv; header=present",
    "tsv": "text/tab-separated-values",
    "json": "application/json",
}
_ALSO: Mapping[str, str] = {
    "votable/td": "votable", "text/xml": "votable", "application/xml": "votable",
    "application/x-votable+xml;serialization=tabledata": "votable",
    "application/x-votable+xml": "votable", "text/csv": "csv", "text/csv;header=present": "csv",
    "text/tab-separated-values": "tsv", "application/json": "json",
}  # fmt: skip
_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<VOTABLE version="1.4" xmlns="http://www.ivoa.net/xml/VOTable/v1.3">\n'
    '<RESOURCE type="results">\n'
)
#: Type of a column -> datatype, arraysize and xtype of VOTable (DALI 1.1).
_VOTABLE_TYPES: Mapping[str, tuple[str, str, str]] = {
    "char": ("unicodeChar", "*", ""), "timestamp": ("char", "*", "timestamp"),
    "polygon": ("double", "*", "polygon"),
}  # fmt: skip
_ROWS_AT_ONCE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class TableColumn:
    """What is said of a column: name, type, unit, UCD.

    Types are char, double, int, long, timestamp (text) and polygon (numbers with blanks).
    """

    name: str
    datatype: str
    unit: str = ""
    ucd: str = ""
    utype: str = ""
    description: str = ""


def format_of(text: str) -> str:
    """The short name of a format that a text names. Raises IlrsError for one not written here."""
    plain = text.strip().lower().replace(" ", "")
    name = plain if plain in FORMATS else _ALSO.get(plain, "")
    if not name:
        raise IlrsError(
            f"the answer is wanted as {text[:80]!r}",
            "possible are " + ", ".join([*FORMATS, *FORMATS.values()]),
            did_you_mean(plain, FORMATS, otherwise="Choose one of these."),
        )
    return name


def written(
    form: str,
    columns: Sequence[TableColumn],
    rows: Iterable[Sequence[Any]],
    *,
    most: int | None = None,
) -> Iterator[bytes]:
    """A table in a format, in chunks; at most `most` rows, and the table says where it was cut."""
    rows = iter(rows)
    kept = rows if most is None else islice(rows, most)
    if form == "votable":
        yield from _votable(columns, kept, rows)
    elif form == "json":
        yield from _json(columns, kept)
    else:
        yield from _separated(columns, kept, "," if form == "csv" else "\t")


def error_votable(message: str) -> bytes:
    """A VOTable that says what was wrong, as DALI asks for."""
    return (
        _HEAD + f'<INFO name="QUERY_STATUS" value="ERROR">{escape(_plain(message))}</INFO>\n'
        "</RESOURCE>\n</VOTABLE>\n"
    ).encode()


def _votable(
    columns: Sequence[TableColumn], rows: Iterator[Sequence[Any]], beyond: Iterator[Sequence[Any]]
) -> Iterator[bytes]:
    fields = "".join(_field(column) for column in columns)
    yield (
        f'{_HEAD}<INFO name="QUERY_STATUS" value="OK"/>\n<TABLE>\n{fields}<DATA><TABLEDATA>\n'
    ).encode()
    # An array of numbers has no empty text: what is not known is written NaN, as DALI does.
    nothing = [" ".join(["NaN"] * 6) if column.datatype == "polygon" else "" for column in columns]
    while block := list(islice(rows, _ROWS_AT_ONCE)):
        yield "".join(
            "<TR>"
            + "".join(
                f"<TD>{empty if value is None else escape(_cell(value))}</TD>"
                for value, empty in zip(row, nothing, strict=True)
            )
            + "</TR>\n"
            for row in block
        ).encode()
    yield b"</TABLEDATA></DATA>\n</TABLE>\n"
    if next(beyond, None) is not None:
        yield b'<INFO name="QUERY_STATUS" value="OVERFLOW"/>\n'
    yield b"</RESOURCE>\n</VOTABLE>\n"


def votable_type(datatype: str) -> tuple[str, str, str]:
    """Datatype, arraysize and xtype of a column's type, as VOTable and VODataService write them."""
    return _VOTABLE_TYPES.get(datatype, (datatype, "", ""))


def _field(column: TableColumn) -> str:
    datatype, arraysize, xtype = votable_type(column.datatype)
    named = {
        "name": column.name,
        "datatype": datatype,
        "arraysize": arraysize,
        "xtype": xtype,
        "unit": column.unit,
        "ucd": column.ucd,
        "utype": column.utype,
    }  # fmt: skip
    attributes = "".join(f" {key}={quoteattr(value)}" for key, value in named.items() if value)
    text = f"<DESCRIPTION>{escape(column.description)}</DESCRIPTION>" if column.description else ""
    return f"<FIELD{attributes}>{text}</FIELD>\n"


def _separated(
    columns: Sequence[TableColumn], rows: Iterator[Sequence[Any]], separator: str
) -> Iterator[bytes]:
    block: list[Sequence[Any]] = [[column.name for column in columns]]
    while block:
        text = io.StringIO()
        writer = csv.writer(text, delimiter=separator, lineterminator="\r\n")
        writer.writerows([_cell(value) for value in row] for row in block)
        yield text.getvalue().encode()
        block = list(islice(rows, _ROWS_AT_ONCE))


def _json(columns: Sequence[TableColumn], rows: Iterator[Sequence[Any]]) -> Iterator[bytes]:
    told = [{"name": c.name, "datatype": c.datatype, "unit": c.unit, "ucd": c.ucd,
             "description": c.description} for c in columns]  # fmt: skip
    yield b'{"columns":' + orjson.dumps(told) + b',"data":['
    separator = b""
    while block := list(islice(rows, _ROWS_AT_ONCE)):
        yield separator + b",".join(orjson.dumps([_finite(v) for v in row]) for row in block)
        separator = b","
    yield b"]}"


def _finite(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return repr(value) if isinstance(value, float) else _plain(str(value))


def _plain(text: str) -> str:
    """A text without what no XML may hold."""
    return "".join(c for c in text if c >= " " or c in "\t\n\r")
