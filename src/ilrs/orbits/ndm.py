"""Navigation data messages of CCSDS as files: keywords, values, units and lines, KVN or XML alike.

What the keywords of one message mean stands in `oem` and `opm`; here is what all share. Every value
knows its file and line, so that an error can name them.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from lxml import etree

from ilrs.foundation.errors import IlrsError
from ilrs.foundation.time import TIME_SYSTEMS, tdb_from_epoch
from ilrs.orbits.reference import CENTRES, REFERENCE_FRAMES

__all__ = [
    "Entry", "Fields", "Message", "MessageError", "check_states", "epochs_tdb_s",
    "kvn_entry", "leaf_entries", "placed", "read_message",
]  # fmt: skip

FloatArray: TypeAlias = npt.NDArray[np.float64]

_VERSION = re.compile(r"^CCSDS_([A-Z]+)_VERS\s*=\s*(\S+)$")
_PAIR = re.compile(r"^([A-Z][A-Z0-9_]*)\s*=\s*(.*?)\s*(?:\[([^\]]*)\])?$")
_EPOCH = re.compile(r"^(\d{4})-(?:(\d{2})-(\d{2})|(\d{3}))T(\d{2}):(\d{2}):(\d{2})(?:\.(\d+))?Z?$")
_FIRST, _END = np.datetime64("1972-01-01", "ns"), np.datetime64("2262-01-01", "ns")
_PLAIN = frozenset("0123456789-T:.")
_LONGEST = 29  # characters of an epoch to the nanosecond

# A state nearer to the Moon's centre is inside it: LOLA's lowest ground lies 9.1 km below the
# sphere. One beyond the other two limits is told in metres, or is not about the Moon at all.
_LOWEST_M, _FURTHEST_M, _FASTEST_M_S = 1_728_000.0, 1.5e9, 15_000.0


class MessageError(IlrsError):
    """An error that names the line of a message."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A keyword with its value and unit as the file has them, and where they stand."""

    key: str
    value: str
    unit: str
    path: Path
    line: int

    def fault(self, found: str, possible: str, mend: str) -> MessageError:
        """The error that says what is wrong at this line."""
        return MessageError(f"{self.path}:{self.line}: {found}", possible, mend)

    def number(self, unit: str = "") -> float:
        """The value as a finite number; IlrsError where it is none or has another unit."""
        if self.unit not in ("", unit):
            raise self.fault(
                f"{self.key} in {self.unit}",
                f"{self.key} is told in {unit or 'no unit'}",
                "Convert the value; units are fixed in these messages.",
            )
        try:
            value = float(self.value)
            if np.isfinite(value):
                return value
        except ValueError:
            pass
        raise self.fault(
            f"{self.key} = {self.value!r}", f"{self.key} is a finite number", "Correct the value."
        )


@dataclass(frozen=True, slots=True)
class Fields:
    """The entries of one part of a message."""

    title: str  # in words: what the part is
    path: Path
    line: int  # where it begins
    entries: tuple[Entry, ...]

    def get(self, key: str) -> Entry | None:
        """The first entry of that keyword; None where there is none."""
        return next((entry for entry in self.entries if entry.key == key), None)

    def text(self, key: str) -> str:
        """The value of a keyword; empty where there is none."""
        entry = self.get(key)
        return entry.value if entry else ""

    def number(self, key: str, unit: str = "") -> float | None:
        """The value of a keyword as a number; None where there is none."""
        entry = self.get(key)
        return entry.number(unit) if entry else None

    def needed(self, key: str) -> Entry:
        """The entry of a keyword that `require` found."""
        entry = self.get(key)
        if entry is None:
            self.require(key)
            raise LookupError(key)  # not reached: require raises
        return entry

    def require(self, *keys: str) -> None:
        """Nothing; raises IlrsError that names all of the keywords that are missing."""
        missing = [key for key in keys if self.get(key) is None]
        if missing:
            raise MessageError(
                f"{self.path}:{self.line}: {self.title} without {', '.join(missing)}",
                f"it needs {', '.join(keys)}",
                "Add what is missing, or ask the sender for the whole file.",
            )
        keywords = [entry.key for entry in self.entries if entry.key in keys]
        for entry in self.entries[::-1]:
            if keywords.count(entry.key) > 1:
                raise entry.fault(
                    f"{entry.key} a second time in {self.title}",
                    "each keyword stands there once",
                    "Drop one of the two.",
                )

    def comments(self) -> tuple[str, ...]:
        """The texts of its comments."""
        return tuple(entry.value for entry in self.entries if entry.key == "COMMENT")

    def epoch_tdb_s(self, key: str, time_system: str) -> float:
        """The epoch of a keyword, TDB past J2000. [s]"""
        entry = self.needed(key)
        found = epochs_tdb_s([entry.value], time_system=time_system, place=lambda _: entry)
        return float(found[0])

    def frame(self, overruled: str | None) -> str:
        """The axes of its states; what the caller says overrules the file."""
        entry = self.needed("REF_FRAME")
        name = overruled or entry.value.upper().replace(" ", "_")
        name = re.sub(r"^(ICRF|GCRF)[123]$", r"\1", name)
        if name not in REFERENCE_FRAMES:
            raise entry.fault(
                f"states in the frame {overruled or entry.value!r}",
                f"the possible ones are {', '.join(REFERENCE_FRAMES)}",
                "Convert the states to one of these.",
            )
        return name

    def centre(self) -> str:
        """The body whose centre its states start from."""
        entry = self.needed("CENTER_NAME")
        name = re.sub(r"^EARTH.MOON BARY", "EARTH BARY", entry.value.upper().replace("_", " "))
        name = {"SSB": "SOLAR SYSTEM BARYCENTER"}.get(name, name)
        if name not in CENTRES:
            raise entry.fault(
                f"states from the centre {entry.value!r}",
                f"orbits about the Moon are read, told from {', '.join(CENTRES)}",
                "Give a file about the Moon, or convert its states.",
            )
        return name

    def time_system(self) -> str:
        """The scale that its epochs are told in."""
        entry = self.needed("TIME_SYSTEM")
        if entry.value.upper() not in TIME_SYSTEMS:
            raise entry.fault(
                f"epochs in the time system {entry.value!r}",
                f"the possible ones are {', '.join(TIME_SYSTEMS)}",
                "Convert the epochs to one of these.",
            )
        return entry.value.upper()


@dataclass(frozen=True, slots=True, eq=False)
class Message:
    """A file of one message: as lines where it is KVN, as an element where it is XML."""

    path: Path
    version: str
    lines: tuple[str, ...] = ()
    element: Any = None


@contextmanager
def placed(entry: Entry) -> Iterator[None]:
    """An IlrsError raised within names the file and line of the entry, where it names none."""
    try:
        yield
    except MessageError:
        raise
    except IlrsError as error:
        raise entry.fault(error.asked, error.possible, error.mend) from None


def read_message(path: Path, kind: str) -> Message:
    """The message of that kind, such as "OEM", that a file holds.

    Raises IlrsError for a file that does not open, holds another kind, or no message at all.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise IlrsError(
            f"{path} cannot be read: {error.strerror or error}",
            f"a file that holds an {kind} is needed",
            "Name such a file.",
        ) from None
    if raw.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return _xml_message(path, raw, kind)
    lines = tuple(raw.decode("utf-8", "replace").removeprefix("\ufeff").splitlines())
    bare = (line.strip() for line in lines)
    first = next((line for line in bare if line and not line.startswith("COMMENT")), "")
    match = _VERSION.match(first)
    if match is None:
        raise _no_message(path, kind, f"it begins with {first[:40]!r}")
    if match.group(1) != kind:
        raise _no_message(path, kind, f"it is an {match.group(1)}")
    return Message(path, match.group(2), lines=lines)


def _xml_message(path: Path, raw: bytes, kind: str) -> Message:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
    try:
        root = etree.fromstring(raw, parser)
    except etree.XMLSyntaxError as error:
        raise IlrsError(
            f"{path}:{error.lineno or 1}: XML that breaks off or is not sound ({error.msg})",
            f"an {kind} in XML is a whole document",
            "Ask the sender for the whole file, or mend it at that line.",
        ) from None
    for element in root.iter():
        if isinstance(element.tag, str) and "}" in element.tag:
            element.tag = etree.QName(element).localname
    within = [root, *root] if root.tag == "ndm" else [root]
    for element in within:
        if element.tag == kind.lower():
            return Message(path, element.get("version", ""), element=element)
    raise _no_message(path, kind, f"it is XML of <{root.tag}>")


def _no_message(path: Path, kind: str, found: str) -> IlrsError:
    return IlrsError(
        f"{path} is no {kind}: {found}",
        f"an {kind} begins with CCSDS_{kind}_VERS, or in XML with <{kind.lower()}>",
        "Name another file, or have this one converted.",
    )


def kvn_entry(path: Path, line: int, text: str) -> Entry:
    """The entry of one stripped line of KVN; IlrsError where it is none."""
    if text.startswith("COMMENT"):
        return Entry("COMMENT", text[7:].strip(), "", path, line)
    match = _PAIR.match(text)
    if match is None or not match.group(2):
        raise MessageError(
            f"{path}:{line}: {text[:60]!r}",
            "a line here is KEYWORD = value, the unit in brackets behind it",
            "Correct the line.",
        )
    return Entry(match.group(1), match.group(2), (match.group(3) or "").strip(), path, line)


def leaf_entries(path: Path, element: Any) -> tuple[Entry, ...]:
    """The entries below an XML element, in the order of the document."""
    leaves = (leaf for leaf in element.iter() if isinstance(leaf.tag, str) and not len(leaf))
    return tuple(
        Entry(
            _xml_key(leaf), (leaf.text or "").strip(),
            leaf.get("units", ""), path, leaf.sourceline or 0,
        )
        for leaf in leaves
    )  # fmt: skip


def _xml_key(leaf: Any) -> str:
    """The keyword of an element; a user's own is named by an attribute."""
    named = leaf.get("parameter")
    return f"{leaf.tag}_{named}" if named else str(leaf.tag)


def epochs_tdb_s(
    texts: Sequence[str], *, time_system: str, place: Callable[[int], Entry]
) -> FloatArray:
    """Epochs of CCSDS (calendar date or day of year), TDB past J2000. [s]

    `place` gives the entry that an index belongs to, for errors.
    """
    bare = [text.rstrip("Z") for text in texts]
    if _are_plain(bare):
        try:
            told = np.array(bare, dtype="datetime64[ns]")
        except ValueError:
            pass  # a leap second, a day of the year, or an error: looked at one by one
        else:
            if told.min() >= _FIRST and told.max() < _END:
                return tdb_from_epoch(told, time_system=time_system)
    return np.array([
        _epoch_tdb_s(text, time_system=time_system, place=place, index=index)
        for index, text in enumerate(bare)
    ])  # fmt: skip


def _are_plain(texts: Sequence[str]) -> bool:
    """Whether epochs have the form that numpy reads at once, without a zone that it would shift."""
    together = "".join(texts)
    return (
        all(19 <= len(text) <= _LONGEST and text[10] == "T" for text in texts)
        and together.count("-") == 2 * len(texts)
        and _PLAIN.issuperset(together)
    )


def _epoch_tdb_s(
    text: str, *, time_system: str, place: Callable[[int], Entry], index: int
) -> float:
    match = _EPOCH.match(text)
    try:
        if match is None:
            raise ValueError(text)
        year, month, day, day_of_year, hour, minute, second = (
            int(part or 0) for part in match.groups()[:7]
        )
        leap = 1 if second == 60 and time_system == "UTC" else 0
        moment = datetime(year, month or 1, day or 1, hour, minute, second - leap)
        if day_of_year:
            moment += timedelta(days=day_of_year - 1)
        if moment.year != year or not 1972 <= year <= 2261:
            raise ValueError(text)
    except (ValueError, OverflowError):
        raise place(index).fault(
            f"the epoch {text!r}",
            "epochs are written 2030-01-31T06:00:00.000 or 2030-031T06:00:00.000, from 1972 to 2261"
            "",
            "Correct the epoch.",
        ) from None
    fraction_s = float(f"0.{match.group(8) or 0}")
    whole = tdb_from_epoch(np.datetime64(moment, "ns"), time_system=time_system)
    return float(whole) + leap + fraction_s


def check_states(
    position_m: FloatArray, velocity_m_s: FloatArray, *, place: Callable[[int], Entry]
) -> None:
    """Nothing; raises IlrsError for the first state that no craft about the Moon can have."""
    radius, speed = np.linalg.norm(position_m, axis=1), np.linalg.norm(velocity_m_s, axis=1)
    low = radius < _LOWEST_M
    bad = low | (radius > _FURTHEST_M) | (speed > _FASTEST_M_S)
    if not bad.any():
        return
    k = int(np.argmax(bad))
    told = f"a state {radius[k] / 1e3:.6g} km from the Moon's centre at {speed[k] / 1e3:.6g} km/s"
    if low[k]:
        raise place(k).fault(
            f"{told}, below the ground",
            f"the Moon's lowest ground lies {_LOWEST_M / 1e3:.0f} km from its centre",
            "Correct the state; heights count from the centre, and km are read.",
        )
    raise place(k).fault(
        told,
        f"craft about the Moon stay within {_FURTHEST_M / 1e3:g} km and {_FASTEST_M_S / 1e3:g} km/s"
        "",
        "Give positions in km and velocities in km/s, from the centre that is named.",
    )
