"""What is asked of a database: rows by conditions on texts that are not kept in memory.

Table `product`, as `p`, has one row for each version. Values are always parameters; names come from
the table of fields alone. Everything else is answered from columns in memory
(`ilrs.datacentre.columns`).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any as Anything
from typing import Protocol, TypeAlias

from ilrs.datacentre.conditions import Compare, Condition, IsNull, Like, OneOf, Words
from ilrs.datacentre.lid import LidVid
from ilrs.datacentre.words import tagged, words_of
from ilrs.foundation.errors import IlrsError

__all__ = ["AGES_US", "LISTS", "Builder", "Dialect", "column", "like_parts"]

AGES_US = 2**62  # long before and after everything
#: Fields of several values that seldom say the same twice, by their number in table `term`.
LISTS: Mapping[str, int] = {"keywords": 0, "sources": 1}
Bind: TypeAlias = Callable[[Anything], str]
_LIDVID = "(p.lid || '::' || p.major || '.' || p.minor)"


class Dialect(Protocol):
    """What a database has its own way to say; `bind` keeps a value and gives its placeholder."""

    description: str  # the expression of the one text that is no column

    def one_of(self, expression: str, values: Sequence[Anything], bind: Bind) -> str:
        """That an expression is one of several values."""

    def term(self, values: Sequence[str], bind: Bind) -> str:
        """That the value of a term, as `t`, is one of several."""

    def like(self, expression: str, pattern: str, any_case: bool, bind: Bind) -> str:
        """That an expression fits a pattern."""

    def words(self, words: Sequence[str], bind: Bind, *, is_label_hidden: bool) -> str:
        """The query of the ids of rows that have, for each word, one that begins so.

        Where the label is hidden, it counts only outside of it.
        """


def column(name: str, dialect: Dialect) -> str:
    """The expression of a text that is not kept in memory: an identifier, title or description."""
    if name == "lidvid":
        return _LIDVID
    if name == "description":
        return dialect.description
    return f"p.{name}"


def like_parts(pattern: str) -> list[tuple[str, bool]]:
    """Characters of a pattern, each with whether it stands for others."""
    parts, is_escaped = list[tuple[str, bool]](), False
    for character in pattern:
        if character == "\\" and not is_escaped:
            is_escaped = True
            continue
        parts.append((character, character in "%_" and not is_escaped))
        is_escaped = False
    return [*parts, ("\\", False)] if is_escaped else parts


@dataclass(slots=True)
class Builder:
    """Writes queries and keeps their values, numbered ?1, ?2, … as they stand in the text."""

    dialect: Dialect
    values: list[Anything] = field(default_factory=list)

    def bind(self, value: Anything) -> str:
        """The placeholder of a value."""
        self.values.append(value)
        return f"?{len(self.values)}"

    def one_of(self, expression: str, values: Sequence[Anything]) -> str:
        """That an expression is one of several values."""
        return self.dialect.one_of(expression, values, self.bind)

    def ids(self, condition: Condition, *, is_label_hidden: bool = False) -> str:
        """The query of the ids of rows of which a condition on a text or on words is true."""
        match condition:
            case Words(text, language):
                asked = words_of(text, is_asked=True)
                asked = tagged(asked, language) if language else asked
                return self.dialect.words(asked, self.bind, is_label_hidden=is_label_hidden)
            case Compare("lidvid", "=", value):
                test = self._lidvid(str(value))
            case OneOf("lidvid", values) if values:
                test = " OR ".join(self._lidvid(str(value)) for value in values)
            case Compare(name, "=", value) if name in LISTS:
                test = self.dialect.term([str(value)], self.bind)
            case OneOf(name, values) if name in LISTS:
                test = self.dialect.term([str(value) for value in values], self.bind)
            case Compare(name, operator, value):
                test = f"{self._told(name)} {operator} {self.bind(value)}"
            case OneOf(name, values):
                test = self.one_of(self._told(name), values)
            case Like(name, pattern, any_case):
                test = self.dialect.like(self._told(name), pattern, any_case, self.bind)
            case IsNull(name):
                test = f"{self._told(name)} IS NULL"
            case _:
                raise TypeError(condition)
        if not isinstance(condition, IsNull) and condition.field in LISTS:
            number = LISTS[condition.field]
            return f"SELECT DISTINCT t.product FROM term t WHERE t.field = {number} AND {test}"
        return f"SELECT p.id FROM product p WHERE {test}"

    def _told(self, name: str) -> str:
        return "t.value" if name in LISTS else column(name, self.dialect)

    def _lidvid(self, text: str) -> str:
        try:
            name = LidVid.parse(text)
        except IlrsError:
            return "false"
        lid = self.bind(str(name.lid))
        return f"(p.lid = {lid} AND p.major = {name.vid.major} AND p.minor = {name.vid.minor})"
