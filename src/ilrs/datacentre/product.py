"""A product: one table of records with all that is said about it, ready to be filed.

What it does not do yet: products that are not tables (images, arrays, documents), several tables
in one product, text with quotation marks or line breaks, references to the products it came from.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from ilrs.datacentre.embargo import Embargo
from ilrs.datacentre.lid import Lid, Vid
from ilrs.datacentre.place import Place
from ilrs.foundation.errors import IlrsError
from ilrs.foundation.time import parse_utc

__all__ = [
    "ACCESS", "FACETS", "TARGETS", "Column", "Product", "Table", "facet_of", "facets_of",
    "instant_texts",
]  # fmt: skip

ACCESS = ("open", "partners", "owner")
# What the information model has no field for travels as keywords `facet:value`.
FACETS = ("site", "partner", "field", "access", "embargo", "licence")
# Name -> type in the information model, and the registered context product.
TARGETS = {
    "Moon": ("Satellite", "urn:nasa:pds:context:target:satellite.earth.moon"),
    "Earth": ("Planet", "urn:nasa:pds:context:target:planet.earth"),
    "Sun": ("Star", "urn:nasa:pds:context:target:star.sun"),
}
PURPOSES = (
    "Calibration", "Checkout", "Engineering", "Navigation", "Observation Geometry", "Science",
    "Supporting Observation",
)  # fmt: skip
LEVELS = ("Telemetry", "Raw", "Partially Processed", "Calibrated", "Derived")
COMPUTED = "A computer program: these data are computed, not observed."

_SHORT = 240  # characters: 255 of UTF8_Short_String_Collapsed, less the name of a facet
_LONG = 5000  # characters; the common dictionary's rule on Citation_Information
_NOT_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_NOT_IN_CELL = re.compile(r'["\r\n\x00-\x1f]')
_COLON = re.compile("[:\uff1a\ufe55\ufe13]")  # also the full-width, small and vertical ones

Array: TypeAlias = npt.NDArray[Any]


def facet_of(word: str) -> tuple[str, str]:
    """The facet and the value that a keyword of a label states; the facet is "" where it is none.

    Capitals, spaces, wide letters and invisible signs make no other facet: a label that states
    `Embargo : P6M after stop` is not to be read as one without an embargo.
    """
    name, *value = _COLON.split(word, maxsplit=1)
    plain = "".join(c for c in unicodedata.normalize("NFKC", name).casefold() if c.isalnum())
    return (plain, value[0].strip()) if value and plain in FACETS else ("", word)


def facets_of(words: Iterable[str]) -> tuple[dict[str, list[str]], tuple[str, ...]]:
    """What keywords state under each of FACETS, and the keywords that are plain words."""
    facets: dict[str, list[str]] = {name: [] for name in ("", *FACETS)}
    for word in words:
        name, value = facet_of(word)
        facets[name].append(value)
    return facets, tuple(facets.pop(""))


@dataclass(frozen=True, kw_only=True, eq=False)
class Column:
    """One field of a table: a name, a unit, what it means, and its values.

    `values` is a one-dimensional array of bool, integers, reals, instants (datetime64, UTC) or
    text. A real or an instant that is not there (NaN, NaT) is an empty field. `number_format` is a
    format specification such as '.3f'; without it a real is its shortest text that reads back as
    the same number.
    """

    name: str
    values: Array
    unit: str = ""
    description: str = ""
    number_format: str = ""

    def __post_init__(self) -> None:
        values = np.asarray(self.values)
        if values.ndim != 1 or values.dtype.kind not in "biufMU":
            raise IlrsError(
                f"column {self.name!r} has values of type {values.dtype} and {values.ndim} "
                "dimensions",
                "a column is one row of bool, integers, reals, UTC instants or text",
                "Convert the values, or make a column of each row.",
            )
        if values.dtype.kind == "f" and np.isinf(values).any():
            raise IlrsError(
                f"column {self.name!r} has an infinite value",
                "a table holds finite numbers and NaN for 'not there'",
                "Replace the infinite values.",
            )
        if not self.name.strip() or _NOT_IN_CELL.search(self.name) or len(self.name) > _SHORT:
            raise IlrsError(
                f"{self.name!r} is no name of a column",
                "a name has 1 to 240 characters, no quotation marks and no line breaks",
                "Give the column such a name.",
            )
        object.__setattr__(self, "values", values)

    @property
    def data_type(self) -> str:
        """The data type of the information model, such as 'ASCII_Real'."""
        kinds = {"b": "Boolean", "i": "Integer", "u": "Integer", "f": "Real"}
        kind = self.values.dtype.kind
        if kind == "M":
            return "ASCII_Date_Time_YMD_UTC"
        if kind == "U":
            return "ASCII_String" if all(map(str.isascii, self.values.tolist())) else "UTF8_String"
        return f"ASCII_{kinds[kind]}"

    def texts(self) -> list[str]:
        """The values as they stand in the file; text with a comma in quotation marks."""
        kind = self.values.dtype.kind
        if kind == "M":
            return instant_texts(self.values)
        if kind == "b":
            return ["true" if value else "false" for value in self.values.tolist()]
        if kind == "U":
            return [_cell(text, self.name) for text in self.values.tolist()]
        if kind == "f":
            # Most values come again and again, and to write a number takes longest. By their bits:
            # 0.0 and -0.0 have texts of their own.
            values = np.ascontiguousarray(self.values)
            bits, where = np.unique(values.view(f"u{values.itemsize}"), return_inverse=True)
            reals = bits.view(values.dtype)
            # float32 keeps its own shortest text: 0.1, not 0.10000000149011612
            scalars = reals.tolist() if reals.dtype == np.float64 else reals
            write = f"{{:{self.number_format}}}".format if self.number_format else str
            texts = list(map(write, scalars))
            for k in np.flatnonzero(np.isnan(reals)).tolist():
                texts[k] = ""
            return [texts[k] for k in where.tolist()]
        return [str(value) for value in self.values.tolist()]


def instant_texts(utc: Array) -> list[str]:
    """ISO 8601 texts in UTC of instants, all with as many decimals as the finest one needs."""
    nanoseconds = np.asarray(utc, dtype="datetime64[ns]")
    unit = next(
        (
            unit
            for unit in ("s", "ms", "us")
            if np.array_equal(nanoseconds, nanoseconds.astype(f"datetime64[{unit}]"), True)
        ),
        "ns",
    )
    texts = np.datetime_as_string(nanoseconds, unit=unit).tolist()  # type: ignore[call-overload]
    return ["" if text == "NaT" else f"{text}Z" for text in texts]


def _cell(text: str, name: str) -> str:
    # PDS DSV 1 knows no way to write a quotation mark inside a quoted field.
    if _NOT_IN_CELL.search(text):
        raise IlrsError(
            f"column {name!r} has the text {text!r}",
            "a table's text has no quotation marks, line breaks or control characters",
            "Replace them.",
        )
    return f'"{text}"' if "," in text else text


@dataclass(frozen=True, eq=False)
class Table:
    """Columns of equal length; as bytes a comma-separated file that begins with their names."""

    columns: Sequence[Column]

    def __post_init__(self) -> None:
        sizes = {column.name: len(column.values) for column in self.columns}
        if not sizes or len(sizes) != len(self.columns) or len(set(sizes.values())) != 1:
            listed = ", ".join(f"{column.name} ({len(column.values)})" for column in self.columns)
            raise IlrsError(
                f"a table of the columns {listed or 'none'}",
                "a table has at least one column, each with its own name, all equally long",
                "Correct the columns.",
            )
        if self.records == 0:
            raise IlrsError(
                "a table without a record",
                "a product has at least one record",
                "File no product where there is nothing to file.",
            )

    @property
    def records(self) -> int:
        """How many records the table has."""
        return len(self.columns[0].values)

    def header(self) -> bytes:
        """The first line: the columns' names, ended by CR LF."""
        cells = [_cell(column.name, column.name) for column in self.columns]
        return (",".join(cells) + "\r\n").encode("utf-8")

    def body(self) -> bytes:
        """The records, each ended by CR LF (PDS DSV 1); the same values give the same bytes."""
        rows = zip(*(c.texts() for c in self.columns), strict=True)
        return ("\r\n".join(map(",".join, rows)) + "\r\n").encode("utf-8")


@dataclass(frozen=True, kw_only=True, eq=False)
class Product:
    """A table and everything its label says; knows nothing of any archive.

    `version` None lets the archive choose. Times are ISO 8601 UTC texts. `publication_year` is the
    year in which the programme's data were issued: it is given, since a label carries no clock time
    (the same run twice gives the same bytes). `partner` is the id of who owns the data, `access`
    one of ACCESS, `embargo` a rule such as 'P6M after stop'. `sources` names what it was made from,
    by LID where that is a product, `command` what made it: with `place` they go into the record,
    not into the label. Raises IlrsError for the first thing that a label could not say.
    """

    lid: Lid
    title: str
    description: str
    start_utc: str
    stop_utc: str
    publication_year: int
    partner: str
    table: Table
    version: Vid | None = None
    target: str = "Moon"
    site: str = ""
    science_fields: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    access: str = "open"
    embargo: str = ""
    licence: str = ""
    instrument: str = "ilrs"  # what made the data
    instrument_description: str = COMPUTED
    investigation: str = "International Lunar Research Station"
    purpose: str = "Science"
    processing_level: str = "Derived"
    place: Place | None = None
    sources: tuple[str, ...] = ()
    command: str = ""
    is_preliminary: bool = False  # its versions are 0.1 and on, before any that is issued
    facets: tuple[str, ...] = field(init=False, repr=False)  # the keywords as the label has them

    def __post_init__(self) -> None:
        if not self.lid.is_product:
            raise IlrsError(
                f"{self.lid} names no product",
                "a product has six parts: urn:agency:archive:bundle:collection:product",
                "Complete the identifier.",
            )
        for name, allowed in (
            ("target", tuple(TARGETS)),
            ("access", ACCESS),
            ("purpose", PURPOSES),
            ("processing_level", LEVELS),
        ):
            self._require_one_of(name, allowed)
        Embargo.parse(self.embargo)
        for name in (
            "title",
            "partner",
            "instrument",
            "investigation",
            "site",
            "embargo",
            "licence",
        ):
            object.__setattr__(self, name, self._short(name, getattr(self, name)))
        for name in ("description", "instrument_description"):
            text = getattr(self, name)
            if _NOT_IN_XML.search(text) or not text.strip() or len(text) > _LONG:
                raise self._error(name, text, f"1 to {_LONG} characters, none a control character")
        if not 1000 <= self.publication_year <= 9999:
            raise self._error("publication_year", self.publication_year, "a year of four digits")
        self._set_times()
        object.__setattr__(self, "facets", tuple(self._facets()))

    def _set_times(self) -> None:
        start, stop = parse_utc(self.start_utc), parse_utc(self.stop_utc)
        if stop < start:
            raise self._error("stop_utc", self.stop_utc, f"an instant not before {self.start_utc}")
        texts = instant_texts(np.array([start, stop]))
        object.__setattr__(self, "start_utc", texts[0])
        object.__setattr__(self, "stop_utc", texts[1])

    def _facets(self) -> Iterator[str]:
        fields = [self._short("science_fields", text) for text in self.science_fields]
        for word in self.keywords:
            if facet_of(word)[0]:
                listed = ", ".join(f"{n}:" for n in FACETS[:-1]) + f" or {FACETS[-1]}:"
                raise self._error("keywords", word, f"a word that does not begin with {listed}")
        names = (name for name in FACETS if name != "field")
        single = {name: getattr(self, name) for name in names}
        yield from (f"{name}:{value}" for name, value in single.items() if value)
        yield from (f"field:{text}" for text in fields)
        yield from (self._short("keywords", word) for word in self.keywords)

    def _require_one_of(self, name: str, allowed: tuple[str, ...]) -> None:
        if getattr(self, name) not in allowed:
            raise self._error(name, getattr(self, name), "one of " + ", ".join(allowed))

    def _short(self, name: str, text: str) -> str:
        plain = " ".join(str(text).split())
        optional = name in {"site", "embargo", "licence"}
        if (not plain and not optional) or len(plain) > _SHORT or _NOT_IN_XML.search(plain):
            raise self._error(name, text, f"1 to {_SHORT} characters, none a control character")
        return plain

    def _error(self, name: str, value: Any, possible: str) -> IlrsError:
        return IlrsError(
            f"the product {self.lid} has {name} {value!r}",
            f"possible is {possible}",
            f"Correct {name}.",
        )
