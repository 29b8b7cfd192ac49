"""What conditions mean, on one record: the plain version that the databases are compared with."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from operator import attrgetter
from typing import TypeAlias

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
    Value,
    Words,
    asked_us,
    field_type,
)
from ilrs.datacentre.instants import microseconds
from ilrs.datacentre.lid import LidVid
from ilrs.datacentre.record import Record
from ilrs.datacentre.spherical import intersects, within
from ilrs.datacentre.words import tagged, words_of

__all__ = [
    "MANY", "holds", "holds_of_value", "index_texts", "index_words", "times_us", "value_of",
    "words_of_index",
]  # fmt: skip

Known: TypeAlias = Value | tuple[str, ...] | None  # what a record has in a field


def holds(condition: Condition, record: Record) -> bool | None:
    """Whether a condition is true of a record; None where that is unknown."""
    match condition:
        case All(parts):
            return _all(holds(part, record) for part in parts)
        case Any(parts):
            return _not(_all(_not(holds(part, record)) for part in parts))
        case Not(part):
            return _not(holds(part, record))
        case IsNull("place"):
            return record.place is None
        case Compare(field) | OneOf(field) | Like(field) | IsNull(field):
            return holds_of_value(condition, value_of(field, record))
        case During(start, stop):
            return _during(start, stop, record)
        case Meets(place):
            return None if record.place is None else intersects(record.place, place)
        case Inside(place):
            return None if record.place is None else within(record.place, place)
        case Words(text, language):
            return _has_words(text, language, record)


def holds_of_value(condition: Compare | OneOf | Like | IsNull, known: Known) -> bool | None:
    """The same of what a field is known to be: one value, several of a list, or None."""
    match condition:
        case IsNull():
            return known in (None, ())
        case Compare(field, operator, value):
            return _compare(field, operator, value, known)
        case OneOf(field, values):
            return _any(_compare(field, "=", value, known) for value in values)
        case Like(_, pattern, any_case):
            if known is None:
                return None
            fits = _pattern(pattern.lower() if any_case else pattern)
            texts = [str(text) for text in (known if isinstance(known, tuple) else (known,))]
            return any(fits(text.lower() if any_case else text) for text in texts)


def _not(truth: bool | None) -> bool | None:
    return None if truth is None else not truth


def _all(truths: Iterable[bool | None]) -> bool | None:
    found = list(truths)
    if False in found:
        return False
    return None if None in found else True


def _any(truths: Iterable[bool | None]) -> bool | None:
    return _not(_all(_not(truth) for truth in truths))


_COMPARISONS: Mapping[str, Callable[..., bool]] = {
    "=": lambda a, b: a == b, "<>": lambda a, b: a != b, "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b, ">": lambda a, b: a > b, ">=": lambda a, b: a >= b,
}  # fmt: skip


def _compare(field: str, operator: str, value: Value, known: Known) -> bool | None:
    if known is None:
        return None
    if isinstance(known, tuple):
        return (value in known) == (operator == "=")
    asked = microseconds(str(value)) if field_type(field) == "instant" else value
    return _COMPARISONS[operator](known, asked)


@lru_cache(maxsize=256)
def _pattern(pattern: str) -> Callable[[str], bool]:
    parts = re.findall(r"\\.|[^\\]|\\$", pattern, flags=re.S)
    wild = {"%": ".*", "_": "."}
    made = re.compile("".join(wild.get(p) or re.escape(p[-1]) for p in parts), flags=re.S)
    return lambda text: made.fullmatch(text) is not None


def _during(start_utc: str, stop_utc: str, record: Record) -> bool | None:
    first, _, last = times_us(record)
    start, stop = asked_us(start_utc, stop_utc)
    return _all((
        True if stop is None else None if first is None else first < stop,
        True if start is None else None if last is None else last > start,
    ))  # fmt: skip


def times_us(record: Record) -> tuple[int | None, int | None, int | None]:
    """Start, stop, and one past the last microsecond of a product's time; None where unknown."""
    start = microseconds(record.start_utc) if record.start_utc else None
    stop = microseconds(record.stop_utc) if record.stop_utc else None
    last = stop if start is None or stop is None else max(stop, start + 1)
    return start, stop, last


def _has_words(text: str, language: str, record: Record) -> bool:
    asked = words_of(text, is_asked=True)
    known = index_words(record)
    return all(any(k.startswith(w) for k in known) for w in
               (tagged(asked, language) if language else asked))  # fmt: skip


def index_words(record: Record) -> set[str]:
    """The words by which a record is found, with those of one language marked as such."""
    return {word for text in index_texts(record) for word in words_of_index(text)}


def index_texts(record: Record) -> tuple[str, str]:
    """The same words in two texts, for `words_of_index`: those of its label in the second one.

    ASCII alone is left as it is: whoever cuts it at all but letters and digits finds the words. Of
    more words than an index takes, the first are in it.
    """
    known = " ".join((record.title, *record.science_fields, record.site, record.partner,
                      record.mission, record.instrument, record.target, record.lidvid))  # fmt: skip
    label = " ".join((record.description, *record.keywords))
    is_short = len(known) + len(label) <= _SHORT
    if is_short and not record.texts and known.isascii() and label.isascii():
        return known, label
    of_label = words_of(label)
    for text in record.texts:
        words = words_of(f"{text.title} {text.description}")
        of_label += [*words, *tagged(words, text.language)]
    of_known, left = _fitting(words_of(known), _MOST_BYTES)
    of_label, _ = _fitting(of_label, left)
    return " ".join(sorted(of_known)), " ".join(sorted(of_label))


_MOST_BYTES, _MORE_BYTES = 900_000, 8  # of different words; PostgreSQL keeps 1 MiB in all
_SHORT = 100_000  # characters that never have so many


def _fitting(words: Iterable[str], most: int) -> tuple[list[str], int]:
    """The first of the different words that fit into so many bytes, and what is left of these."""
    kept = list[str]()
    for word in dict.fromkeys(words):
        size = len(word.encode("utf-8")) + _MORE_BYTES
        if size > most:
            break
        kept.append(word)
        most -= size
    return kept, most


def words_of_index(text: str) -> set[str]:
    """The words of an index's text."""
    return set(words_of(text) if text.isascii() else text.split(" "))


def value_of(field: str, record: Record) -> Known:
    """What a record has in a field: instants in microseconds since 1970, None where unknown."""
    kind = field_type(field)
    if kind == "list":
        return tuple(MANY[field](record))
    derived = _DERIVED.get(field)
    value: Value | None = derived(record) if derived else getattr(record, field)
    if kind == "instant":
        return microseconds(str(value)) if value else None
    if field == "publication_year":
        return value or None
    return None if value == "" else value


_DERIVED: Mapping[str, Callable[[Record], Value]] = {
    "lid": lambda record: str(LidVid.parse(record.lidvid).lid),
    "collection": lambda record: LidVid.parse(record.lidvid).lid.collection,
    "errors": lambda record: sum(f.severity == "error" for f in record.findings),
    "warnings": lambda record: sum(f.severity != "error" for f in record.findings),
    "size": lambda record: sum(file.size for file in record.files),
}


#: Of each field of several values how a record has them.
MANY: Mapping[str, Callable[[Record], Sequence[str]]] = {
    **{name: attrgetter(name) for name, kind in FIELDS.items() if kind == "list"},
    "languages": lambda record: [text.language for text in record.texts],
    "media_types": lambda record: [file.media_type for file in record.files if file.media_type],
}
