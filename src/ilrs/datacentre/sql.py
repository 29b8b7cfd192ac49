"""Questions as SQL: one builder for every condition, a dialect for what databases do not share.

Table `product`, as `p`, has one row for each version. Of every condition the builder gives an
expression that is true, false or NULL where the condition is true, false or unknown; where nothing
above it turns truth around, NULL and false come to the same and the plainer one is written. Values
are always parameters; names come from the table below alone.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any as Anything
from typing import Protocol, TypeAlias

from ilrs.datacentre.conditions import (
    FIELDS,
    All,
    Any,
    Compare,
    Condition,
    During,
    Inside,
    IsNull,
    Like,
    Meets,
    Not,
    OneOf,
    Words,
    asked_us,
)
from ilrs.datacentre.instants import microseconds
from ilrs.datacentre.lid import LidVid
from ilrs.datacentre.place import Place
from ilrs.datacentre.words import tagged, words_of
from ilrs.foundation.errors import IlrsError

__all__ = ["AGES_US", "LISTS", "Builder", "Dialect", "Seen", "column", "like_parts"]

AGES_US = 2**62  # long before and after everything
#: Fields of several values, by their number in table `term`.
LISTS: Mapping[str, int] = {
    name: number for number, name in enumerate(n for n, kind in FIELDS.items() if kind == "list")
}
Bind: TypeAlias = Callable[[Anything], str]
_LIDVID = "(p.lid || '::' || p.major || '.' || p.minor)"
_INSTANTS = {"start_utc": "p.start_us", "stop_utc": "p.stop_us", "harvested_utc": "p.harvested_us",
             "received_utc": f"nullif(p.received_us, {-AGES_US})"}  # fmt: skip


class Dialect(Protocol):
    """What a database has its own way to say; `bind` keeps a value and gives its placeholder."""

    description: str  # the expression of the one text that is no column

    def one_of(self, expression: str, values: Sequence[Anything], bind: Bind) -> str:
        """That an expression is one of several values."""

    def like(self, expression: str, pattern: str, any_case: bool, bind: Bind) -> str:
        """That an expression fits a pattern."""

    def words(self, words: Sequence[str], bind: Bind) -> str:
        """That a row has, for each word, one that begins so."""

    def place(self, place: Place, is_within: bool, bind: Bind, few: int) -> str:
        """That a row's place meets a place or lies within it; false without a place.

        Where `few` is not 0, so many rows are wanted in an order that an index gives.
        """

    def table(self, first: str) -> str:
        """The table `product` as `p`, to be read in the order of a field where that is quicker."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A view in numbers: classes seen always and after release, at an instant; and how far the
    catalogue is looked at, where an answer is continued."""

    always: tuple[int, ...]
    after_release: tuple[int, ...]
    instant_us: int
    until_us: int | None = None


def column(name: str, dialect: Dialect) -> str:
    """The expression of a field that has one value."""
    if name == "lidvid":
        return _LIDVID
    if name == "description":
        return dialect.description
    return _INSTANTS.get(name) or f"p.{name}"


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
    """Writes expressions and keeps their values, numbered ?1, ?2, … as they stand in the text."""

    dialect: Dialect
    few: int = 0
    values: list[Anything] = field(default_factory=list)

    def bind(self, value: Anything) -> str:
        """The placeholder of a value."""
        self.values.append(value)
        return f"?{len(self.values)}"

    def condition(self, condition: Condition, *, is_plain: bool = True) -> str:
        """The expression of a condition; `is_plain` where NULL may stand for false."""
        match condition:
            case All(parts):
                return _joined([self.condition(p, is_plain=is_plain) for p in parts], "AND")
            case Any(parts):
                return _joined([self.condition(p, is_plain=is_plain) for p in parts], "OR")
            case Not(part):
                return f"(NOT {self.condition(part, is_plain=False)})"
            case IsNull(name):
                if name in LISTS:
                    return f"(NOT {self._has(name, 'true')})"
                return f"({self._known(name)} IS NULL)"
            case During(start, stop):
                return self._during(*asked_us(start, stop))
            case Words(text, language):
                return self._words(text, language)
            case Meets(place) | Inside(place):
                return self._place(place, isinstance(condition, Inside), is_plain)
            case _:
                return self._of_field(condition)

    def seen(self, seen: Seen, row: str = "p") -> str:
        """That a row is seen: received and not withdrawn, of a class seen always or released."""
        always, after = (", ".join(map(str, ids)) for ids in (seen.always, seen.after_release))
        ways = [f"{row}.class IN ({always})"] if always else []
        if after:
            ways.append(f"({row}.class IN ({after}) AND {row}.release_us <= {seen.instant_us})")
        parts = [
            f"{row}.received_us <= {seen.instant_us}",
            f"{row}.withdrawn_us > {seen.instant_us}",
        ]
        if seen.until_us is not None:
            parts.append(f"{row}.harvested_us <= {seen.until_us}")
        return _joined([*parts, _joined(ways, "OR")], "AND")

    def newest(self, seen: Seen) -> str:
        """That no newer version is seen."""
        return (
            "(p.newer_id IS NULL OR NOT EXISTS (SELECT 1 FROM product n WHERE n.lid = p.lid AND "
            "(n.major > p.major OR (n.major = p.major AND n.minor > p.minor)) AND "
            f"{self.seen(seen, 'n')}))"
        )

    def beyond(self, keys: Sequence[Anything], lidvid: str, sort: Sequence[tuple[str, str]]) -> str:
        """That a row comes after one with these keys; what is unknown comes before all else."""
        name = LidVid.parse(lidvid)
        self_named = [("p.lid", str(name.lid)), ("p.major", name.vid.major),
                      ("p.minor", name.vid.minor)]  # fmt: skip
        steps = [(column(f, self.dialect), key, way == "descending")
                 for (f, way), key in zip(sort, keys, strict=True)]  # fmt: skip
        steps += [(expression, key, False) for expression, key in self_named]
        ways, level = list[str](), list[str]()
        for expression, key, is_falling in steps:
            if key is None:
                if not is_falling:
                    ways.append(_joined([*level, f"{expression} IS NOT NULL"], "AND"))
                level.append(f"{expression} IS NULL")
                continue
            held = self.bind(key)
            further = f"{expression} {'<' if is_falling else '>'} {held}"
            if is_falling:
                further = f"({further} OR {expression} IS NULL)"
            ways.append(_joined([*level, further], "AND"))
            level.append(f"{expression} = {held}")
        first, key, is_falling = steps[0]
        bound = _joined(ways, "OR")
        if key is not None and not is_falling:  # lets an index begin there
            return f"({first} >= {self.bind(key)} AND {bound})"
        return bound

    def order(self, sort: Sequence[tuple[str, str]]) -> str:
        """ORDER BY, the version's name last so that the order is one."""
        ways = {"ascending": "ASC NULLS FIRST", "descending": "DESC NULLS LAST"}
        steps = [f"{column(name, self.dialect)} {ways[way]}" for name, way in sort]
        return ", ".join([*steps, "p.lid", "p.major", "p.minor"])

    # --- leaves -----------------------------------------------------------------------------------

    def _known(self, name: str) -> str:
        return "p.shape" if name == "place" else column(name, self.dialect)

    def _has(self, name: str, test: str) -> str:
        """That a value of a list passes a test: looked up once, not once for each row."""
        return f"(p.id IN (SELECT t.product FROM term t WHERE t.field = {LISTS[name]} AND {test}))"

    def _of_field(self, condition: Condition) -> str:
        match condition:
            case Compare(name, "=" | "<>" as operator, value) if name in LISTS:
                found = self._one_of(name, [value])
                return found if operator == "=" else f"(NOT {found})"
            case Compare("lidvid", "=", value):
                return self._lidvid(str(value))
            case Compare(name, operator, value):
                asked = microseconds(str(value)) if FIELDS[name] == "instant" else value
                return f"({column(name, self.dialect)} {operator} {self.bind(asked)})"
            case OneOf(name, values):
                if FIELDS[name] == "instant":
                    values = tuple(microseconds(str(value)) for value in values)
                return self._one_of(name, values)
            case Like(name, pattern, any_case):
                expression = "t.value" if name in LISTS else column(name, self.dialect)
                test = self.dialect.like(expression, pattern, any_case, self.bind)
                return self._has(name, test) if name in LISTS else test
        raise TypeError(condition)

    def _one_of(self, name: str, values: Sequence[Anything]) -> str:
        if name not in LISTS:
            return self.dialect.one_of(column(name, self.dialect), values, self.bind)
        return self._has(name, self.dialect.one_of("t.value", values, self.bind))

    def _lidvid(self, text: str) -> str:
        try:
            name = LidVid.parse(text)
        except IlrsError:
            return "false"
        lid = self.bind(str(name.lid))
        return f"(p.lid = {lid} AND p.major = {name.vid.major} AND p.minor = {name.vid.minor})"

    def _during(self, start: int | None, stop: int | None) -> str:
        parts = [] if stop is None else [f"p.start_us < {stop}"]
        if start is not None:
            parts.append(f"p.last_us > {start}")
        return _joined(parts, "AND")

    def _words(self, text: str, language: str) -> str:
        asked = words_of(text, is_asked=True)
        if not asked:
            return "true"
        return self.dialect.words(tagged(asked, language) if language else asked, self.bind)

    def _place(self, place: Place, is_within: bool, is_plain: bool) -> str:
        made = self.dialect.place(place, is_within, self.bind, self.few)
        return made if is_plain else f"(CASE WHEN p.shape IS NULL THEN NULL ELSE {made} END)"


def _joined(parts: Sequence[str], word: str) -> str:
    """Parts joined in pairs of pairs, since a database bears only so many levels."""
    if not parts:
        return "true" if word == "AND" else "false"
    if len(parts) == 1:
        return parts[0]
    half = len(parts) // 2
    return f"({_joined(parts[:half], word)} {word} {_joined(parts[half:], word)})"
