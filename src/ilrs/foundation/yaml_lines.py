"""YAML read to plain data with the line of every key, and every fault as a finding.

Only what a declaration needs is read: mappings, lists, texts, numbers, true/false and null. Dates
stay the text they were written as. Aliases and tags are refused: an alias hides where a value
comes from and lets a short file grow without bound, a tag asks for code.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import yaml
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.resolver import implicit_resolvers
from yaml.cyaml import CParser

from ilrs.foundation.errors import Finding

__all__ = ["KeyPath", "YamlFile", "dotted", "read_yaml"]

KeyPath: TypeAlias = tuple[str | int, ...]
_TAG = "tag:yaml.org,2002:"


def dotted(parts: Sequence[str | int]) -> str:
    """The path of an attribute as people read it: 'missions.CE-7.launches[0].date'."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts)
    return text.lstrip(".")


@dataclass(slots=True)
class YamlFile:
    """One file's data, the line of every key and list item in it, and what is wrong with it."""

    file: str
    data: Any = None
    lines: dict[KeyPath, int] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def fault(self, path: KeyPath, texts: tuple[str, str, str], *, line: int) -> None:
        found, possible, mend = texts
        self.findings.append(
            Finding(
                file=self.file,
                line=line,
                entity=dotted(path),
                found=found,
                possible=possible,
                mend=mend,
            )
        )


def read_yaml(content: bytes, *, file: str) -> YamlFile:
    """Data, lines and findings of one YAML file's bytes; never raises for what a file holds.

    `file` is the name that findings show.
    """
    result = YamlFile(file)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        byte = f"0x{content[error.start]:02x}"
        result.fault((), (f"the byte {byte} is not UTF-8", *_SAVE_AS_UTF8), line=line)
        return result
    try:
        root = _compose(text)
        result.data = None if root is None else _Walk(result).value(root, ())
    except YAMLError as error:
        line, texts = _syntax(error, text)
        result.fault((), texts, line=line)
    except RecursionError:
        result.fault((), ("values nested too deep to read", *_NESTING), line=0)
    return result


class _Quick(CParser, yaml.resolver.BaseResolver):  # type: ignore[misc]
    """libyaml's parser, twenty times as fast as ruamel's, with ruamel's YAML 1.2 scalars."""

    def __init__(self, text: str) -> None:
        CParser.__init__(self, text)
        yaml.resolver.BaseResolver.__init__(self)


for _versions, _tag, _pattern, _first in implicit_resolvers:
    if (1, 2) in _versions:
        _Quick.add_implicit_resolver(_tag, _pattern, _first)


def _compose(text: str) -> Any:
    """The root node of a text; what the quick parser refuses, ruamel words or reads."""
    if not text.startswith("%"):  # a directive may ask for another YAML than 1.2
        try:
            return _Quick(text).get_single_node()
        except yaml.YAMLError:
            pass
    return YAML(typ="safe", pure=True).compose(text)


_SAVE_AS_UTF8 = (
    "programme files are texts in UTF-8",
    "Save the file in that encoding.",
)
_NESTING = ("an entity needs about five levels", "Look for brackets that never close.")
_SYNTAX = ("a file is YAML: `key: value`, indented by spaces", "Mend the syntax at that place.")


def _syntax(error: YAMLError, text: str) -> tuple[int, tuple[str, str, str]]:
    """Line and texts of a syntax error; ruamel names the place it noticed, and why."""
    problem = str(getattr(error, "problem", None) or getattr(error, "reason", "cannot be read"))
    if problem.startswith("but "):  # half a sentence: its beginning stands in the context
        problem = f"{getattr(error, 'context', '')} {problem}"
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    if mark is None:
        line = text.count("\n", 0, getattr(error, "position", 0)) + 1
        return line, (f"YAML syntax: {problem}", *_SYNTAX)
    return mark.line + 1, (f"YAML syntax, column {mark.column + 1}: {problem}", *_SYNTAX)


class _Walk:
    """Turns nodes into plain data, noting lines and faults as it goes."""

    def __init__(self, result: YamlFile) -> None:
        self.result = result
        self.seen: set[int] = set()

    def value(self, node: Any, path: KeyPath) -> Any:
        if node.id == "scalar":
            return self._scalar(node, path)
        if id(node) in self.seen:  # reached a second time: by an alias
            self.result.fault(path, _ALIAS, line=self.result.lines.get(path, 0))
            return None
        self.seen.add(id(node))
        if node.id == "mapping":
            return self._mapping(node, path)
        for index, item in enumerate(node.value):
            self.result.lines[(*path, index)] = item.start_mark.line + 1
        return [self.value(item, (*path, index)) for index, item in enumerate(node.value)]

    def _mapping(self, node: Any, path: KeyPath) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if key_node.id != "scalar":
                self.result.fault(path, _KEY, line=line)
                continue
            key = str(key_node.value)  # as written: a key 2028 or no stays that text
            here = (*path, key)
            if key in data:
                first = self.result.lines[here]
                texts = (f"the key {key!r} again", *_twice(first))
                self.result.fault(here, texts, line=line)
                continue
            self.result.lines[here] = line
            data[key] = self.value(value_node, here)
        return data

    def _scalar(self, node: Any, path: KeyPath) -> Any:
        text, tag = str(node.value), str(node.tag)
        convert = _SCALARS.get(tag.removeprefix(_TAG)) if tag.startswith(_TAG) else None
        if convert is None:
            texts = (f"the tag {tag!r}", *_TAGS)
            self.result.fault(path, texts, line=node.start_mark.line + 1)
            return text
        try:
            return convert(text)
        except ValueError:
            return text


def _number(text: str) -> float:
    number = float(text.replace("_", ""))
    if not math.isfinite(number):
        raise ValueError(text)
    return number


_SCALARS: dict[str, Callable[[str], Any]] = {
    "null": lambda text: None,
    "bool": lambda text: text.lower() == "true",
    "int": lambda text: int(text.replace("_", ""), 10),
    "float": _number,
    "str": str,
    "timestamp": str,
    "value": str,
}
_ALIAS = (
    "an alias of a mapping or list that stands elsewhere",
    "every value is written out where it belongs",
    "Copy it here in place of the alias.",
)
_KEY = ("a key that is itself a mapping or list", "a key is a text", "Write `key: value`.")
_TAGS = (
    "values are texts, numbers, true, false or null",
    "Remove the tag; quote the value if it is a text.",
)


def _twice(first: int) -> tuple[str, str]:
    return f"it stands in line {first} already", "Keep one of the two."
