"""A record: what the catalogue knows of one version of a product, as a frozen value and as JSON."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, NamedTuple

from ilrs.datacentre.place import Place, place_from_dict, place_to_dict
from ilrs.datacentre.rights import RightsStatement
from ilrs.foundation.errors import Finding, IlrsError

__all__ = [
    "MEASURES", "OF_LABEL", "PARTS", "ROLES", "TEXT_LISTS", "WITHOUT_LABEL", "FileEntry", "Record",
    "Text",
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
    files: tuple[FileEntry, ...] = ()
    sources: tuple[str, ...] = ()
    command: str = ""
    received_utc: str = ""
    harvested_utc: str = ""
    findings: tuple[Finding, ...] = ()
    quarantined: bool = False
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
        values = dict(plain)
        try:
            for name, kind in PARTS.items():
                values[name] = tuple(kind(**part) for part in values.get(name, ()))
            for name in TEXT_LISTS:
                values[name] = tuple(values.get(name, ()))
            place = values.get("place")
            values["place"] = None if place is None else place_from_dict(place)
            return cls(**values)
        except (TypeError, AttributeError) as error:
            raise IlrsError(
                f"this is no record of a product: {error}",
                "possible are the fields " + ", ".join(field.name for field in fields(cls)),
                "Write it as Record.to_dict does.",
            ) from None


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
