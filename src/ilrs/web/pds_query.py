"""The `q` of the PDS Search API, such as ((lid eq "urn:…") and not (title like "*pole*")).

    condition   = clause { ("and" | "or") clause }     both may stand in one row; "and" binds closer
    clause      = ["not"] "(" condition ")" | ["not"] comparison
    comparison  = property operator value              operators eq ne gt ge lt le like, any case

A value is a text in quotation marks or a bare word; in `like`, * is any text and ? one character.
"""

import re
from collections.abc import Callable, Mapping

from ilrs.datacentre.conditions import All, Any, Compare, Condition, Like, Not, escaped, field_type
from ilrs.foundation.errors import IlrsError

__all__ = ["read_query"]

_OPERATORS = {"eq": "=", "ne": "<>", "gt": ">", "ge": ">=", "lt": "<", "le": "<="}
_TOKEN = re.compile(
    r"""\s*(?:(?P<mark>[()])|"(?P<text>(?:[^"\\]|\\.)*)"|(?P<word>[^\s()"]+))""", re.S
)
_MOST_CHARACTERS = 20_000
_MOST_DEPTH = 40
_FORM = 'it is written as ((property eq "value") and (other like "some*")); operators are ' + (
    "eq, ne, gt, ge, lt, le and like, joined by and, or, not"
)

Maker = Callable[[str, str], Condition]


def read_query(text: str, properties: Mapping[str, str | Maker]) -> Condition:
    """The condition of a `q`.

    `properties` maps names of the PDS to the catalogue's fields, or to a function of operator and
    value that makes the condition itself. Raises IlrsError where the text is no such query.
    """
    if len(text) > _MOST_CHARACTERS:
        raise _error(f"a query of {len(text)} characters", "a query has at most 20,000")
    reader = _Reader(_tokens(text), properties)
    condition = reader.condition(0)
    reader.expect_end()
    return condition


def _tokens(text: str) -> list[tuple[str, str]]:
    found, position = [], 0
    while text[position:].strip():
        match = _TOKEN.match(text, position)
        if match is None:
            raise _error(f"the query cannot be read from {text[position:].strip()[:40]!r} on")
        kind = str(match.lastgroup)
        found.append((kind, match[kind]))
        position = match.end()
    return found


class _Reader:
    def __init__(
        self, tokens: list[tuple[str, str]], properties: Mapping[str, str | Maker]
    ) -> None:
        self._tokens, self._at, self._properties = tokens, 0, properties

    def condition(self, depth: int) -> Condition:
        if depth > _MOST_DEPTH:
            raise _error("a query nested too deep", f"at most {_MOST_DEPTH} levels are read")
        choices = [[self._clause(depth)]]
        while self._is_word("and", "or"):
            if self._next()[1].lower() == "and":
                choices[-1].append(self._clause(depth))
            else:
                choices.append([self._clause(depth)])
        rows = tuple(All(tuple(row)) if len(row) > 1 else row[0] for row in choices)
        return Any(rows) if len(rows) > 1 else rows[0]

    def expect_end(self) -> None:
        if self._at < len(self._tokens):
            raise _error(f"the query has {self._tokens[self._at][1][:40]!r} after its end")

    def _clause(self, depth: int) -> Condition:
        if self._is_word("not"):
            self._next()
            return (
                Not(self._clause(depth + 1)) if depth < _MOST_DEPTH else self.condition(depth + 1)
            )
        if self._peek() == ("mark", "("):
            self._next()
            inner = self.condition(depth + 1)
            if self._next() != ("mark", ")"):
                raise _error("the query lacks a closing bracket")
            return inner
        return self._comparison()

    def _comparison(self) -> Condition:
        name, operator, (kind, value) = self._next()[1], self._next()[1].lower(), self._next()
        if kind == "text":
            value = re.sub(r"\\(.)", r"\1", value)
        if kind == "mark" or operator not in {*_OPERATORS, "like"}:
            raise _error(f"the query has {name[:40]} {operator[:40]} {value[:40]}")
        target = self._properties.get(name)
        if target is None:
            known = ", ".join(sorted(self._properties))
            raise IlrsError(f"the query asks for the property {name[:80]!r}",
                            f"possible are {known}", "Choose one of these.")  # fmt: skip
        if callable(target):
            return target(operator, value)
        return compare(target, operator, value)

    def _is_word(self, *words: str) -> bool:
        kind, text = self._peek()
        return kind == "word" and text.lower() in words

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._at] if self._at < len(self._tokens) else ("mark", "")

    def _next(self) -> tuple[str, str]:
        token = self._peek()
        if not token[1] and token[0] == "mark":
            raise _error("the query ends in the middle")
        self._at += 1
        return token


def compare(field: str, operator: str, value: str) -> Condition:
    """The condition of a field, an operator of the PDS and a value as text."""
    if operator == "like":
        return Like(field, _pattern(value), any_case=True)
    if field_type(field) != "number":
        return Compare(field, _OPERATORS[operator], value)
    try:
        return Compare(field, _OPERATORS[operator], float(value))
    except ValueError:
        raise _error(f"the query compares {field} with {value[:40]!r}",
                     f"{field} is a number") from None  # fmt: skip


def _pattern(text: str) -> str:
    return escaped(text).replace("*", "%").replace("?", "_")


def _error(asked: str, possible: str = _FORM) -> IlrsError:
    return IlrsError(asked, possible, "Correct the query.")
