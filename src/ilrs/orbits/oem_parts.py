"""The segments of an OEM as its file has them: KVN and XML come to the same parts.

The lines of states are most of a file; they are split and turned to numbers in one go, and only a
fault looks for its line.
"""

from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from ilrs.foundation.errors import IlrsError
from ilrs.orbits.covariance import COVARIANCE_KEYS
from ilrs.orbits.ndm import Entry, Fields, Message, kvn_entry, leaf_entries

__all__ = ["OemPart", "oem_parts"]

FloatArray: TypeAlias = npt.NDArray[np.float64]

_STATE = ("X", "Y", "Z", "X_DOT", "Y_DOT", "Z_DOT")
_UNITS = ("km", "km", "km", "km/s", "km/s", "km/s")
# By the line that begins a part: where it may stand, and what follows it.
_TURNS = {
    "META_START": (("header", "states"), "meta"),
    "META_STOP": (("meta",), "states"),
    "COVARIANCE_START": (("states",), "covariance"),
    "COVARIANCE_STOP": (("covariance",), "states"),
}


@dataclass(slots=True)
class OemPart:
    """A segment as it is read: entries, rows of states as texts with their lines, covariances."""

    path: Path
    line: int
    title: str
    meta: list[Entry] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    covariances: list[Fields] = field(default_factory=list)
    matrix: list[Entry] = field(default_factory=list)  # the covariance that is being read

    def place(self, index: int) -> Entry:
        """The line of a state."""
        return Entry("state", " ".join(self.rows[index]), "", self.path, self.lines[index])

    def fields(self) -> Fields:
        """The entries between META_START and META_STOP."""
        return Fields(self.title, self.path, self.line, tuple(self.meta))

    def epochs(self) -> list[str]:
        """The epochs of its states as texts."""
        return [row[0] for row in self.rows]

    def states(self) -> tuple[FloatArray, FloatArray]:
        """Positions [m] and velocities [m/s] as the file tells them, (n, 3) each."""
        if not {len(row) for row in self.rows} <= {7, 10}:
            bad = next(k for k, row in enumerate(self.rows) if len(row) not in (7, 10))
            raise self.place(bad).fault(
                f"{len(self.rows[bad]) - 1} numbers behind an epoch",
                "a state is its epoch and six numbers, or nine with accelerations",
                "Complete the line, or ask the sender for the whole file.",
            )
        texts = chain.from_iterable(row[1:7] for row in self.rows)
        try:
            numbers = np.array([float(text) for text in texts]).reshape(-1, 6)
        except ValueError:
            numbers = np.array([[_number(text) for text in row[1:7]] for row in self.rows])
        bad_rows = np.flatnonzero(~np.isfinite(numbers).all(axis=1))
        if bad_rows.size:
            raise self.place(int(bad_rows[0])).fault(
                f"the state {' '.join(self.rows[bad_rows[0]][1:7])!r}",
                "a state is six finite numbers, km and km/s",
                "Correct the line.",
            )
        return numbers[:, :3] * 1e3, numbers[:, 3:] * 1e3

    def add_covariance_line(self, entry: Entry) -> None:
        """Takes a line between COVARIANCE_START and COVARIANCE_STOP."""
        if "=" in entry.value:
            pair = kvn_entry(entry.path, entry.line, entry.value)
            if pair.key == "EPOCH":
                self.end_covariance(entry)
            self.matrix.append(pair)
            return
        told = sum(known.key in COVARIANCE_KEYS for known in self.matrix)
        words = entry.value.split()
        row = int(np.sqrt(2 * told + 0.25))  # rows of 1, 2, 3 … numbers
        if not self.matrix or len(words) != row + 1:
            raise entry.fault(
                f"{len(words)} numbers in row {row + 1} of a covariance",
                "behind EPOCH stands the lower triangle, one number in the first row, six in the "
                "last",
                "Correct the line.",
            )
        keys = COVARIANCE_KEYS[told : told + len(words)]
        self.matrix += [
            Entry(key, word, "", entry.path, entry.line)
            for key, word in zip(keys, words, strict=True)
        ]
        if told + len(words) == len(COVARIANCE_KEYS):
            self.covariances.append(_covariance(self.title, self.matrix))
            self.matrix = []

    def end_covariance(self, entry: Entry) -> None:
        """Nothing; raises IlrsError where the covariance before this line is not whole."""
        if self.matrix:
            raise entry.fault(
                "a covariance that breaks off",
                "behind EPOCH stands the lower triangle, one number in the first row, six in the "
                "last",
                "Ask the sender for the whole file.",
            )


def oem_parts(message: Message) -> tuple[Fields, list[OemPart]]:
    """The header and the segments of an OEM.

    Raises IlrsError for a line that is out of place and for a file that breaks off.
    """
    header, parts = _kvn(message) if message.element is None else _xml(message)
    if not parts:
        raise IlrsError(
            f"{message.path} holds no segment",
            "an OEM has metadata and states",
            "Ask the sender for the whole file.",
        )
    for part in parts:
        if len(part.rows) < 2:
            raise IlrsError(
                f"{part.path}:{part.line}: {part.title} of {len(part.rows)} states",
                "at least two states make an ephemeris",
                "Ask the sender for the whole file.",
            )
    return header, parts


def _kvn(message: Message) -> tuple[Fields, list[OemPart]]:
    path, header, parts = message.path, list[Entry](), list[OemPart]()
    inside, line = "header", 0
    for line, raw in enumerate(message.lines, 1):
        text = raw.strip()
        if inside == "states" and text[:1].isdigit():
            parts[-1].rows.append(text.split())
            parts[-1].lines.append(line)
        elif text in _TURNS:
            inside = _turn(Entry("", text, "", path, line), inside, parts)
        elif text.startswith("COMMENT") or (text and inside in ("header", "meta")):
            (parts[-1].meta if parts else header).append(kvn_entry(path, line, text))
        elif text and inside == "covariance":
            parts[-1].add_covariance_line(Entry("", text, "", path, line))
        elif text:
            raise _misplaced(Entry("", text, "", path, line))
    if inside in ("meta", "covariance"):
        raise _misplaced(Entry("", "the end of the file", "", path, line))
    return Fields("the header", path, 1, tuple(header)), parts


def _turn(entry: Entry, inside: str, parts: list[OemPart]) -> str:
    """What follows the line that begins or ends a part."""
    allowed, following = _TURNS[entry.value]
    if inside not in allowed:
        raise _misplaced(entry)
    if entry.value == "META_START":
        parts.append(OemPart(entry.path, entry.line, f"segment {len(parts) + 1}"))
    if entry.value == "COVARIANCE_STOP":
        parts[-1].end_covariance(entry)
    return following


def _misplaced(entry: Entry) -> IlrsError:
    return entry.fault(
        f"{entry.value[:60]!r} where it cannot stand",
        "a segment is META_START, keywords, META_STOP, states from an epoch on, and perhaps "
        "COVARIANCE_START, covariances, COVARIANCE_STOP",
        "Correct the order, or ask the sender for the whole file.",
    )


def _xml(message: Message) -> tuple[Fields, list[OemPart]]:
    path, root = message.path, message.element
    head = root.find("header")
    entries = leaf_entries(path, head) if head is not None else ()
    parts = [
        _xml_part(path, element, f"segment {index}")
        for index, element in enumerate(root.iterfind("body/segment"), 1)
    ]
    return Fields("the header", path, root.sourceline or 1, entries), parts


def _xml_part(path: Path, element: Any, title: str) -> OemPart:
    part = OemPart(path, element.sourceline or 0, title)
    meta, data = element.find("metadata"), element.find("data")
    part.meta = list(leaf_entries(path, meta)) if meta is not None else []
    for state in data.iterfind("stateVector") if data is not None else ():
        told = {leaf.tag: leaf.text for leaf in state}
        try:
            part.rows.append([told["EPOCH"].strip(), *(told[key] for key in _STATE)])
        except (KeyError, AttributeError):
            where = Fields("a stateVector", path, state.sourceline or 0, leaf_entries(path, state))
            where.require("EPOCH", *_STATE)
        part.lines.append(state.sourceline or 0)
    for key, unit in zip(_STATE, _UNITS, strict=True):
        for other in element.xpath(f"data/stateVector/{key}[@units and @units != '{unit}']"):
            leaf_entries(path, other)[0].number(unit)  # says what is wrong with it
    for matrix in data.iterfind("covarianceMatrix") if data is not None else ():
        part.covariances.append(_covariance(title, list(leaf_entries(path, matrix))))
    return part


def _covariance(title: str, entries: list[Entry]) -> Fields:
    first = entries[0]
    return Fields(f"a covariance of {title}", first.path, first.line, tuple(entries))


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return np.nan
