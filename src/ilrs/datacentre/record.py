"""A record: what the catalogue knows of one version of a product, as a frozen value and as JSON."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, NamedTuple

from ilrs.datacentre.instants import microseconds
from ilrs.datacentre.lid import split_lidvid
from ilrs.datacentre.place import Place, place_from_dict, place_to_dict
from ilrs.datacentre.rights import RightsStatement
from ilrs.foundation.errors import Finding, IlrsError

__all__ = [
    "MEASURES", "OF_LABEL", "PARTS", "ROLES", "TEXT_LISTS", "WITHOUT_LABEL", "FileEntry", "Record",
    "Text", "require_sound",
]  # fmt: skip

ROLES = ("label", "data", "browse", "document", "original")


class Text(NamedTuple):
    """Title and description in one language, named as in BCP 47: 'ru', 'zh'."""

    language: str
    title: str
    description: str


# Without slots, these two are made from rows by giving them their values all at once.
@dataclass(frozen=True, kw_only=True)
class FileEntry:
    """One file of a version: its name within it, length in bytes, checksums and what it is for."""

    name: str
    size: int
    md5: str = ""
    sha256: str = ""
    media_type: str = ""
    role: str = "data"

    def __post_init__(self) -> None:
        if self.role not in ROLES:
            raise IlrsError(
                f"the file {self.name!r} has the role {self.role!r}",
                "possible is " + ", ".join(ROLES),
                "Correct the role.",
            )


@dataclass(frozen=True, kw_only=True)
class Record:
    """One version of a product. Unknown is "" for text, 0 for the year, None for a measure.

    Sun angles are the product's light: at the middle of its place and time, given at ingest.
    `sources` names what the product was made from, by LIDVID where it has one.
    """

    lidvid: str
    product_class: str = "Product_Observational"
    title: str = ""
    description: str = ""
    texts: tuple[Text, ...] = ()
    start_utc: str = ""
    stop_utc: str = ""
    publication_year: int = 0
    target: str = ""
    mission: str = ""
    instrument: str = ""
    site: str = ""
    partner: str = ""
    science_fields: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    processing_level: str = ""
    place: Place | None = None
    pixel_m: float | None = None
    sun_azimuth_deg: float | None = None
    sun_elevation_deg: float | None = None
    access: str = "owner"  # who says nothing grants nothing
    embargo: str = ""
    licence: str = ""
    statements: tuple[RightsStatement, ...] = ()
    attribution: str = ""
    files: tuple[FileEntry, ...] = ()
    sources: tuple[str, ...] = ()
    command: str = ""
    received_utc: str = ""
    harvested_utc: str = ""
    findings: tuple[Finding, ...] = ()
    quarantined: bool = False
    released_utc: str = ""  # when it ceased to be quarantined, where it was
    withdrawn_utc: str = ""

    def files_with(self, role: str) -> tuple[FileEntry, ...]:
        """The files that have a role, in order."""
        return tuple(file for file in self.files if file.role == role)

    def without_label(self) -> "Record":
        """What is left for those who may know of it and not see its label."""
        return replace(self, **WITHOUT_LABEL)

    def to_dict(self) -> dict[str, Any]:
        """The record as JSON's values; `from_dict` gives it back."""
        plain = {field.name: getattr(self, field.name) for field in fields(self)}
        for name, kind in PARTS.items():
            plain[name] = [_as_dict(part, kind) for part in plain[name]]
        for name in TEXT_LISTS:
            plain[name] = list(plain[name])
        plain["place"] = None if self.place is None else place_to_dict(self.place)
        return plain

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> "Record":
        """The record of JSON's values. Raises IlrsError where they are not those of a record."""
        try:
            values = dict(plain)
            for name in (*PARTS, *TEXT_LISTS):
                listed = values.get(name, ())
                if not isinstance(listed, list | tuple):
                    raise _unsound(name, listed, "a list")
                kind = PARTS.get(name)
                values[name] = tuple(listed if kind is None else [kind(**part) for part in listed])
            place = values.get("place")
            values["place"] = None if place is None else place_from_dict(place)
            record = cls(**values)
        except (TypeError, ValueError, AttributeError) as error:
            raise IlrsError(
                f"this is no record of a product: {error}",
                "possible are the fields " + ", ".join(field.name for field in fields(cls)),
                "Write it as Record.to_dict does.",
            ) from None
        require_sound(record)
        return record


#: What a record says where its label may not be seen.
WITHOUT_LABEL: dict[str, Any] = {
    "description": "", "texts": (), "files": (), "findings": (), "sources": (), "command": "",
    "keywords": (),
}  # fmt: skip
#: What is asked about of these: it says nothing where a label may not be seen.
OF_LABEL = frozenset({"description", "keywords", "sources", "languages", "media_types", "errors",
                      "warnings", "size"})  # fmt: skip
#: Fields of several parts, with what each part is; and fields of several texts.
PARTS: dict[str, Any] = {
    "texts": Text, "statements": RightsStatement, "files": FileEntry, "findings": Finding,
}  # fmt: skip
TEXT_LISTS = ("science_fields", "keywords", "sources")
#: Fields of which 0 says something.
MEASURES = frozenset({"pixel_m", "sun_azimuth_deg", "sun_elevation_deg"})


def _as_dict(part: Any, kind: Any) -> dict[str, Any]:
    names = getattr(kind, "_fields", None) or [field.name for field in fields(kind)]
    return {name: getattr(part, name) for name in names}


def require_sound(record: Record) -> None:
    """Raises IlrsError where a field holds what it cannot mean: a number for a title, no instant.

    What is written in Python or in JSON may hold anything; a catalogue can keep what is sound.
    """
    _check(record, _SOUND, "")
    for name, kind in PARTS.items():
        for part in getattr(record, name):
            _check(part, _SOUND_PARTS[kind], f"{name}: ")
    for name in TEXT_LISTS:
        for text in getattr(record, name):
            if not _is_text(text):
                raise _unsound(name, text, "a text")
    split_lidvid(record.lidvid)
    for name in _INSTANTS:
        utc = getattr(record, name)
        if utc:
            microseconds(utc)


_INSTANTS = (
    "start_utc", "stop_utc", "received_utc", "harvested_utc", "released_utc", "withdrawn_utc",
)  # fmt: skip
_MOST_WHOLE = 2**63 - 1  # databases keep no larger whole numbers


def _is_unicode(value: Any) -> bool:
    """Whether a file can keep it: half a pair of UTF-16 cannot be written."""
    if not isinstance(value, str):
        return False
    try:
        return value.isascii() or bool(value.encode("utf-8"))
    except UnicodeEncodeError:
        return False


def _is_text(value: Any) -> bool:
    """Whether a database's column of texts can keep it too: PostgreSQL's hold no NUL."""
    return _is_unicode(value) and "\0" not in value


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= _MOST_WHOLE


def _is_measure(value: Any) -> bool:
    return value is None or _is_whole(value) or (isinstance(value, float) and math.isfinite(value))


#: Of each kind of field whether a value is one, and what such values are.
_Kind = tuple[Callable[[Any], bool], str]
_KINDS: dict[Any, _Kind] = {
    str: (_is_text, "a text"),
    int: (_is_whole, "a whole number"),
    bool: (lambda value: isinstance(value, bool), "true or false"),
    float | None: (_is_measure, "a number or null"),
}


def _kinds_of(types: Mapping[str, Any], kinds: Mapping[Any, _Kind]) -> list[tuple[str, _Kind]]:
    return [(name, kinds[kind]) for name, kind in types.items() if kind in kinds]


_SOUND = _kinds_of(Record.__annotations__, _KINDS)
_PART_KINDS = {**_KINDS, str: (_is_unicode, "a text")}  # kept as JSON, which writes NUL otherwise
_SOUND_PARTS = {kind: _kinds_of(kind.__annotations__, _PART_KINDS) for kind in PARTS.values()}


def _check(one: Any, kinds: list[tuple[str, _Kind]], within: str) -> None:
    for name, (is_sound, possible) in kinds:
        value = getattr(one, name)
        if not is_sound(value):
            raise _unsound(f"{within}{name}", value, possible)


def _unsound(name: str, value: Any, possible: str) -> IlrsError:
    return IlrsError(
        f"this is no record of a product: {name} is {value!r:.80}",
        f"possible is {possible}",
        "Write it as Record.to_dict does.",
    )
