"""Names of products for ever: logical identifiers (LID), versions (VID) and both together.

The rules are those of the PDS4 common dictionary (types ASCII_LID, ASCII_VID, ASCII_LIDVID), made
stricter where it leaves two spellings for one thing or lets a name leave its folder.

A LID begins with a prefix ``urn:<agency>:<archive>`` that says whose name space it is. No agency's
prefix is built in: a node is given its own, and DEFAULT_PREFIX belongs to no agency. The common
dictionary's Schematron admits only PDS4_PREFIXES, so that a label under any other prefix is
strictly invalid by that one rule; the ILRS profile of `ilrs.datacentre.validate` adds the node's
prefix to the list. A node that one of those agencies lets use its prefix is strictly valid.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Self

from ilrs.foundation.errors import IlrsError

__all__ = [
    "DEFAULT_PREFIX", "PDS4_PREFIXES", "Lid", "LidVid", "Names", "Vid", "all_split",
    "collection_of", "is_identifier", "split_lidvid",
]  # fmt: skip

# `agencyPrefixes` in PDS4_PDS_1N00.sch, 1P00 and 1Q00 (information model 1.23 to 1.26).
PDS4_PREFIXES = (
    "urn:nasa:pds",
    "urn:esa:psa",
    "urn:ros:rssa",
    "urn:jaxa:darts",
    "urn:isro:isda",
    "urn:kari:kpds",
)
DEFAULT_PREFIX = "urn:ilrs:jdc"  # the joint data centre's own, not (yet) in PDS4's list

_MOST_CHARACTERS = 255
_PART = re.compile(r"[a-z0-9][a-z0-9._-]*", re.ASCII)
_VID = re.compile(r"(0|[1-9][0-9]{0,8})\.(0|[1-9][0-9]{0,8})", re.ASCII)
_LIDVID = re.compile(
    rf"((urn(?::{_PART.pattern}){{3,4}})(?::{_PART.pattern})?)::{_VID.pattern}", re.ASCII
)


class Names(NamedTuple):
    """Names apart: LIDs, LIDs of the collections, major and minor numbers of the versions."""

    lids: list[str]
    collections: list[str]
    majors: list[int]
    minors: list[int]


@dataclass(frozen=True, slots=True, order=True)
class Vid:
    """A version: two integers, so that 1.10 is newer than 1.9."""

    major: int
    minor: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """The version that a text such as '1.10' names. Raises IlrsError for any other text."""
        match = _VID.fullmatch(str(text))
        if match is None or match.group(0) == "0.0":
            raise IlrsError(
                f"{text!r} is not a version",
                "a version is two integers without leading zeros, from 0.1 on, such as 1.0 or 1.10",
                "Write the version so.",
            )
        return cls(int(match.group(1)), int(match.group(2)))

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}"

    def next_minor(self) -> Self:
        """The version after this one with the same major number."""
        return type(self)(self.major, self.minor + 1)


@dataclass(frozen=True, slots=True, order=True)
class Lid:
    """A logical identifier: ``urn:agency:archive:bundle[:collection[:product]]``."""

    parts: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> Self:
        """The identifier that a text names. Raises IlrsError saying which rule it breaks."""
        parts = tuple(str(text).split(":"))
        fault = _lid_fault(str(text), parts)
        if fault:
            raise IlrsError(
                f"{text!r} is not a logical identifier: {fault}",
                "it is urn:agency:archive:bundle, then :collection and :product, each part of "
                "a-z 0-9 - . _ and beginning with a letter or digit, 255 characters in all",
                "Correct the identifier.",
            )
        return cls(parts)

    @classmethod
    def of_product(cls, prefix: str, *, bundle: str, collection: str, product: str) -> Self:
        """The identifier of a product in the name space `prefix`, such as 'urn:ilrs:jdc'.

        Raises IlrsError where one of the parts is no part of an identifier.
        """
        if prefix.count(":") != 2:
            raise IlrsError(
                f"{prefix!r} is not the prefix of identifiers",
                f"a prefix is urn:agency:archive, such as {DEFAULT_PREFIX}",
                "Give the node's prefix so.",
            )
        return cls.parse(":".join((prefix, bundle, collection, product)))

    def __str__(self) -> str:
        return ":".join(self.parts)

    @property
    def prefix(self) -> str:
        """The name space: ``urn:agency:archive``."""
        return ":".join(self.parts[:3])

    @property
    def collection(self) -> str:
        """The collection that a product belongs to; of bundles and collections the LID itself."""
        return ":".join(self.parts[:5])

    @property
    def is_product(self) -> bool:
        """Whether it names a product, rather than a collection or a bundle."""
        return len(self.parts) == 6


def _lid_fault(text: str, parts: tuple[str, ...]) -> str:
    if len(text) > _MOST_CHARACTERS:
        return f"it has {len(text)} characters"
    if parts[0] != "urn":
        return "it does not begin with 'urn:'"
    if not 4 <= len(parts) <= 6:
        return f"it has {len(parts)} parts"
    wrong = next((part for part in parts if not _PART.fullmatch(part)), None)
    return "" if wrong is None else f"its part {wrong!r} breaks the rule"


@dataclass(frozen=True, slots=True, order=True)
class LidVid:
    """One version of one product: ``<lid>::<major>.<minor>``."""

    lid: Lid
    vid: Vid

    @classmethod
    def parse(cls, text: str) -> Self:
        """The identifier with its version. Raises IlrsError where either is wrong or missing."""
        lid, separator, vid = str(text).partition("::")
        if not separator:
            raise IlrsError(
                f"{text!r} names no version",
                "an identifier with its version is <lid>::<major>.<minor>",
                "Append '::' and the version.",
            )
        return cls(Lid.parse(lid), Vid.parse(vid))

    def __str__(self) -> str:
        return f"{self.lid}::{self.vid}"


def split_lidvid(text: str) -> tuple[str, str, int, int]:
    """The LID of a LIDVID, the LID of its collection, major and minor number of its version.

    The same as `LidVid.parse` reads, for those who read millions. Raises IlrsError as it does.
    """
    match = _LIDVID.fullmatch(text)
    if match is None or len(match[1]) > _MOST_CHARACTERS or text.endswith("::0.0"):
        name = LidVid.parse(text)
        return str(name.lid), name.lid.collection, name.vid.major, name.vid.minor
    lid, collection, major, minor = match.groups()
    return lid, collection, int(major), int(minor)


def collection_of(lid: str) -> str:
    """The LID of a product's collection, of others the LID itself: `Lid.collection` of a text."""
    return lid.rpartition(":")[0] if lid.count(":") == 5 else lid


def all_split(texts: Sequence[str]) -> Names:
    """The same of many LIDVIDs, in half the time."""
    lines = "\n".join(texts)
    parts = _LIDVID.split(lines)  # what stands between two, and four groups of each
    is_plain = parts[::5] == ["", *["\n"] * (len(texts) - 1), ""] and "::0.0" not in lines
    if not is_plain or max(map(len, texts)) > _MOST_CHARACTERS:
        parts = [part for text in texts for part in ("\n", *split_lidvid(text))]
    lids, collections, majors, minors = (parts[k::5] for k in range(1, 5))
    return Names(lids, collections, list(map(int, majors)), list(map(int, minors)))


def is_identifier(text: str) -> bool:
    """Whether a text is a LID or a LIDVID."""
    try:
        _ = LidVid.parse(text) if "::" in text else Lid.parse(text)
    except IlrsError:
        return False
    return True
