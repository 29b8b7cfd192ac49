"""PDS3 labels: the Object Description Language as labels use it, attached to data or beside it.

Read are assignments, pointers, groups and objects, quoted and bare words, numbers with a unit,
sequences and sets, comments. The reader keeps the line of each assignment and does not stop at what
labels in the archives get wrong: a symbol in odd characters is text, an object without its end ends
with the label. It stops with an error at what leaves no sense: a value without end.
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from ilrs.foundation.errors import IlrsError

__all__ = ["Pds3Block", "Quantity", "Value", "looks_like_pds3", "parse_pds3"]

MOST_BYTES = 4 << 20  # of a label; those attached to data end long before
_MOST_DEPTH = 32
_FIRST = re.compile(
    rb"\A(?:\xef\xbb\xbf)?(?>\s*(?:/\*(?:[^*]|\*(?!/))*\*/\s*)*)(?:PDS_VERSION_ID|CCSD3ZF|ODL_VERSION_ID)"
)  # fmt: skip
_TOKEN = re.compile(
    r"""(?P<space>\s+|/\*.*?\*/)
      |(?P<text>"[^"]*")
      |(?P<symbol>'[^']*')
      |(?P<unit><[^<>]*>)
      |(?P<mark>[={}(),])
      |(?P<word>[^\s={}(),"'<>]+)""",
    re.VERBOSE | re.DOTALL,
)
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_NOTHING = {"N/A", "NA", "UNK", "NULL", "NONE", "UNKNOWN", "'N/A'", ""}


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number and the unit in which it is written, as text."""

    value: float
    unit: str


Value: TypeAlias = "str | int | float | Quantity | tuple[Value, ...]"


@dataclass(slots=True)
class Pds3Block:
    """A label, an object or a group: what it says, and the blocks in it, in the order written."""

    kind: str  # "" for the whole label
    line: int
    values: dict[str, Value] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    blocks: list["Pds3Block"] = field(default_factory=list)

    def walk(self) -> Iterator["Pds3Block"]:
        """The block and all those in it."""
        stack = [self]
        while stack:
            block = stack.pop()
            yield block
            stack.extend(reversed(block.blocks))

    def text(self, *names: str) -> str:
        """What the first of the names says, here or deeper, on one line; "" where none does.

        A list is joined with commas; N/A, UNK and their like are nothing.
        """
        found = self._find(names)
        parts = found if isinstance(found, tuple) else (found,)
        texts = (" ".join(str(getattr(part, "value", part)).split()) for part in parts)
        return ", ".join(text for text in texts if text.upper() not in _NOTHING)

    def number(self, *names: str) -> Quantity | None:
        """The number that the first of the names says, with its unit; None where none does.

        One beyond all floats, such as 1E999, is none.
        """
        found = self._quantity(names)
        return found if found is not None and math.isfinite(found.value) else None

    def _quantity(self, names: tuple[str, ...]) -> Quantity | None:
        found = self._find(names)
        while isinstance(found, tuple) and len(found) == 1:
            found = found[0]
        if isinstance(found, Quantity):
            return found
        if isinstance(found, str):  # '"1.5"': numbers in quotation marks are common
            return Quantity(float(found), "") if _NUMBER.fullmatch(found.strip()) else None
        return None if isinstance(found, tuple) else Quantity(float(found), "")

    def _find(self, names: tuple[str, ...]) -> Value:
        for name in names:
            for block in self.walk():
                if name in block.values:
                    return block.values[name]
        return ""


def looks_like_pds3(head: bytes) -> bool:
    """Whether the first bytes of a file begin a PDS3 label."""
    return _FIRST.match(head[:4096]) is not None


def parse_pds3(text: bytes, *, name: str) -> Pds3Block:
    """The label at the beginning of a text; what follows its END is not looked at.

    Raises IlrsError where it is no label, is too long, or a value has no end.
    """
    if not looks_like_pds3(text):
        raise IlrsError(
            f"{name} is no PDS3 label",
            "a label begins with PDS_VERSION_ID (or CCSD3ZF, ODL_VERSION_ID)",
            "Name the label, not the data.",
        )
    return _Reader(text[:MOST_BYTES].decode("utf-8", "replace"), name).read()


class _Reader:
    def __init__(self, text: str, name: str) -> None:
        self.text, self.name = text, name
        self.at, self.line = 0, 1
        self._next: tuple[str, str, int] | None = None

    def read(self) -> Pds3Block:
        """All of the label up to its END."""
        stack = [Pds3Block("", 1)]
        while True:
            kind, word, line = self._take()
            if kind == "end" or (kind == "word" and word.upper() == "END"):
                return stack[0]
            upper = word.upper()
            if kind != "word":
                continue  # a stray mark or text: what labels get wrong is left out
            if self._peek()[1] != "=":
                if upper in {"END_OBJECT", "END_GROUP"} and len(stack) > 1:
                    stack.pop()
                continue
            self._take()
            value = self._value(line)
            if upper in {"OBJECT", "GROUP", "BEGIN_OBJECT", "BEGIN_GROUP"}:
                if len(stack) > _MOST_DEPTH:
                    raise self._error(line, f"objects lie more than {_MOST_DEPTH} deep")
                block = Pds3Block(str(value).upper(), line)
                stack[-1].blocks.append(block)
                stack.append(block)
            elif upper in {"END_OBJECT", "END_GROUP"}:
                if len(stack) > 1:
                    stack.pop()
            else:
                stack[-1].values.setdefault(upper, value)
                stack[-1].lines.setdefault(upper, line)

    def _value(self, line: int) -> Value:
        """One value; sequences and sets are tuples, their nesting kept."""
        open_lists: list[list[Value]] = []
        while True:
            kind, word, _ = self._take()
            if kind == "end" or (kind == "mark" and word == "="):
                raise self._error(line, "a value has no end")
            if kind == "mark" and word in "({":
                if len(open_lists) >= _MOST_DEPTH:
                    raise self._error(line, f"lists lie more than {_MOST_DEPTH} deep")
                open_lists.append([])
                continue
            if kind == "mark" and word == ",":
                continue
            if kind == "mark":  # ) or }
                if not open_lists:
                    raise self._error(line, f"{word!r} closes nothing")
                made: Value = tuple(open_lists.pop())
            else:
                made = self._scalar(kind, word)
            if not open_lists:
                return made
            open_lists[-1].append(made)

    def _scalar(self, kind: str, word: str) -> Value:
        if kind in {"text", "symbol"}:
            return word[1:-1]
        unit = ""
        if self._peek()[0] == "unit":
            unit = self._take()[1][1:-1].strip()
        if kind == "word" and _NUMBER.fullmatch(word):
            number = float(word)
            if unit:
                return Quantity(number, unit)
            return int(word) if re.fullmatch(r"[+-]?\d{1,18}", word) else number
        return word

    def _peek(self) -> tuple[str, str, int]:
        if self._next is None:
            self._next = self._token()
        return self._next

    def _take(self) -> tuple[str, str, int]:
        token = self._peek()
        self._next = None
        return token

    def _token(self) -> tuple[str, str, int]:
        while self.at < len(self.text):
            match = _TOKEN.match(self.text, self.at)
            if match is None:  # a quotation mark or comment without end, a lone '<'
                if self.text[self.at] in "\"'/":
                    raise self._error(self.line, "a text, symbol or comment has no end")
                self.at += 1
                continue
            line = self.line
            word = match.group()
            self.at, self.line = match.end(), self.line + word.count("\n")
            kind = match.lastgroup or ""
            if kind != "space":
                return kind, word, line
        return "end", "", self.line

    def _error(self, line: int, what: str) -> IlrsError:
        return IlrsError(
            f"{self.name}:{line}: {what}",
            "a PDS3 label is written in ODL and ends with END",
            "Correct the label there, or deliver it whole.",
        )
