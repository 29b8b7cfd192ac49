"""A submission: one version of one product as it arrives, before any archive has taken it.

A reader makes submissions of what lies in a folder, an archive files them. What was found wrong on
the way travels along as data, so that nothing that arrives is lost for being wrong; the node's
policy says which kinds of finding keep a product out of sight (`ilrs.datacentre.intake`).
"""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from ilrs.datacentre.record import ROLES, Record
from ilrs.foundation.errors import Finding, IlrsError

__all__ = ["KINDS", "ROLES", "SourceFile", "Submission", "require_safe_name"]

# kind of finding -> what it says; a node's policy names these.
KINDS: Mapping[str, str] = {
    "label": "the label cannot be read, or lacks what a record needs",
    "identifier": "the identifier breaks the rules, or its prefix is not listed",
    "schema": "the label breaks its XML Schema",
    "schematron": "the label breaks a Schematron rule",
    "not-checked": "a schema that the label names is not there",
    "missing": "a file that the label names is not there",
    "truncated": "a file is shorter than its label says its content is",
    "size": "a file's size is not the one that the label states",
    "checksum": "a file's checksum is not the one that the label states",
    "content": "a file's content contradicts the label or the sidecar",
    "name": "a file's name leads out of the product's folder, or it is a link",
}
_MOST_CHARACTERS = 200  # of one part of a name; what every file system and zip can hold
_MOST_IN_ALL = 600  # bytes of all of it: keys on S3 have 1,024 with what stands before the name


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile:
    """A file of a submission: its name within the product, where its bytes are, and its role.

    `name` is relative, with `/` between its parts. The bytes are those of `path`, or `content`
    itself where they were made here.
    """

    name: str
    role: str
    path: Path | None = None
    content: bytes = b""

    def __post_init__(self) -> None:
        require_safe_name(self.name)
        if self.role not in ROLES:
            raise IlrsError(
                f"the file {self.name!r} has the role {self.role!r}",
                "possible are " + ", ".join(ROLES),
                "Give it one of these.",
            )

    @property
    def size(self) -> int:
        """Bytes of the file."""
        return len(self.content) if self.path is None else self.path.stat().st_size

    def open(self) -> BinaryIO:
        """The bytes, to be read from the beginning."""
        return io.BytesIO(self.content) if self.path is None else self.path.open("rb")


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """One version of one product: its record, its files, and what was found wrong with it.

    `record.lidvid` is always a valid identifier: where the label has none, the reader makes one and
    says so in a finding. The archive fills in what only it can know (checksums of the files, when
    it was received, whether it is quarantined). `label_normalised` is a strict label made of one
    that is not, kept beside it; the original stays untouched.
    """

    record: Record
    files: tuple[SourceFile, ...]
    findings: tuple[Finding, ...] = ()
    label_normalised: bytes | None = None


def require_safe_name(name: str) -> None:
    """Raises IlrsError where a file's name could leave the product's folder or cannot be kept."""
    parts = PurePosixPath(name).parts
    safe = (
        name != ""
        and "/".join(parts) == name
        and not {".", ".."} & set(parts)
        and not any(len(part.encode("utf-8", "replace")) > _MOST_CHARACTERS for part in parts)
        and len(name.encode("utf-8", "replace")) <= _MOST_IN_ALL
        and not any(ord(c) < 32 or c in "\\:\x7f" or 0xD800 <= ord(c) <= 0xDFFF for c in name)
        and not name.startswith("/")
    )
    if not safe:
        raise IlrsError(
            f"{name[:80]!r} is no name of a product's file",
            "a name is relative, its parts joined by '/', none of them '.' or '..', none longer "
            f"than {_MOST_CHARACTERS} bytes and all at most {_MOST_IN_ALL}, without backslash, "
            "colon or control characters",
            "Rename the file, and correct the label that names it.",
        )
