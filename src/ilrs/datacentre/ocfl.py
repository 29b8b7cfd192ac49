"""How products lie in storage: OCFL 1.1, one object per logical identifier.

    0=ocfl_1.1   ocfl_layout.json   extensions/0003-…/config.json
    4a7/0c1/9f2/urn%3ailrs%3ajdc%3astation%3arun%3apower/
        0=ocfl_object_1.1   inventory.json   inventory.json.sha256
        v1/inventory.json   v1/inventory.json.sha256
        v1/content/record.json   v1/content/product/label.xml   v1/content/product/data.csv
        v2/…

Each version of the product is one version of the object, in the order in which they were received:
1.9 may be v1 and 1.8 v2. Which is which stands in the inventory, where the message of an object's
version is the LIDVID. Digests are SHA-256, which OCFL allows beside SHA-512; MD5, which PDS labels
state, is in the fixity block. Content that an older version has is named there, not kept twice.
The specification: https://ocfl.io/1.1/spec/ and, for the layout, its extension 0003.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from ilrs.datacentre.lid import LidVid
from ilrs.foundation.errors import IlrsError
from ilrs.foundation.provenance import sha256_of_bytes

__all__ = [
    "INVENTORY", "NAMASTE", "ROOT_FILES", "SIDECAR", "Digests", "Inventory", "Version",
    "object_key", "object_of_key", "sidecar",
]  # fmt: skip

INVENTORY, SIDECAR = "inventory.json", "inventory.json.sha256"
NAMASTE = ("0=ocfl_object_1.1", b"ocfl_object_1.1\n")
_LAYOUT = "0003-hash-and-id-n-tuple-storage-layout"
_TUPLES, _TUPLE_SIZE, _LONGEST_NAME = 3, 3, 100  # the extension's defaults
_TYPE = "https://ocfl.io/1.1/spec/#inventory"
_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


def _json(value: object) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode("utf-8")


ROOT_FILES = {
    "0=ocfl_1.1": b"ocfl_1.1\n",
    "ocfl_layout.json": _json(
        {"extension": _LAYOUT, "description": "SHA-256 of the identifier, then the identifier"}
    ),
    f"extensions/{_LAYOUT}/config.json": _json(
        {
            "extensionName": _LAYOUT,
            "digestAlgorithm": "sha256",
            "tupleSize": _TUPLE_SIZE,
            "numberOfTuples": _TUPLES,
        }
    ),
}


def object_key(lid: str) -> str:
    """The key of a product's object: parts of the identifier's hash, then the identifier."""
    digest = sha256_of_bytes(lid.encode("utf-8"))
    name = "".join(
        c if c in _PLAIN else "".join(f"%{byte:02x}" for byte in c.encode("utf-8")) for c in lid
    )
    if len(name) > _LONGEST_NAME:
        name = f"{name[:_LONGEST_NAME]}-{digest}"
    tuples = [digest[k : k + _TUPLE_SIZE] for k in range(0, _TUPLES * _TUPLE_SIZE, _TUPLE_SIZE)]
    return "/".join([*tuples, name])


def object_of_key(key: str) -> tuple[str, str]:
    """The object's key and the rest of the key of a file in it; ("", key) where it is in none."""
    parts = key.split("/")
    if len(parts) <= _TUPLES + 1 or parts[0] == "extensions":
        return "", key
    return "/".join(parts[: _TUPLES + 1]), "/".join(parts[_TUPLES + 1 :])


class Digests(NamedTuple):
    """Both checksums of a file, hexadecimal, and its size in bytes."""

    sha256: str
    md5: str
    size: int


@dataclass(frozen=True, slots=True)
class Version:
    """One version of an object: which product version it is, when it came, its files' SHA-256."""

    lidvid: str
    created_utc: str
    state: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Inventory:
    """What an object holds: versions in the order received, and where the bytes of each file lie.

    `manifest` names for each SHA-256 the content path, `md5` the MD5 of each content path.
    """

    lid: str
    user: str = "ilrs"
    versions: tuple[Version, ...] = ()
    manifest: Mapping[str, str] = field(default_factory=dict)
    md5: Mapping[str, str] = field(default_factory=dict)

    def find(self, lidvid: str) -> Version | None:
        """The version of the object that is a version of the product; None where there is none."""
        return next((v for v in self.versions if v.lidvid == lidvid), None)

    def content_path(self, lidvid: str, name: str) -> str | None:
        """Where in the object the bytes of a version's file lie; None where it has none such."""
        version = self.find(lidvid)
        digest = None if version is None else version.state.get(name)
        return None if digest is None else self.manifest[digest]

    def with_version(
        self, lidvid: str, *, created_utc: str, files: Mapping[str, Digests]
    ) -> tuple["Inventory", dict[str, str]]:
        """The inventory with one more version, and where to put which of its files: name -> path.

        Files whose content the object has already are not among these.
        """
        head = f"v{len(self.versions) + 1}"
        manifest, md5, fresh = dict(self.manifest), dict(self.md5), dict[str, str]()
        for name, digests in sorted(files.items()):
            if digests.sha256 not in manifest:
                fresh[name] = f"{head}/content/{name}"
                manifest[digests.sha256] = fresh[name]
                md5[fresh[name]] = digests.md5
        state = {name: digests.sha256 for name, digests in sorted(files.items())}
        versions = (*self.versions, Version(lidvid, created_utc, state))
        return Inventory(self.lid, self.user, versions, manifest, md5), fresh

    def to_bytes(self) -> bytes:
        """The inventory as its file; the same inventory gives the same bytes."""
        versions = {
            f"v{number}": {
                "created": version.created_utc,
                "message": version.lidvid,
                "state": _by_digest(version.state),
                "user": {"name": self.user, "address": "urn:ilrs:jdc"},
            }
            for number, version in enumerate(self.versions, start=1)
        }
        return _json(
            {
                "id": self.lid,
                "type": _TYPE,
                "digestAlgorithm": "sha256",
                "head": f"v{len(self.versions)}",
                "manifest": {digest: [path] for digest, path in self.manifest.items()},
                "fixity": {"md5": _by_digest(self.md5)},
                "versions": versions,
            }
        )

    @classmethod
    def parse(cls, data: bytes) -> "Inventory":
        """The inventory that `to_bytes` wrote. Raises IlrsError where the file is not one."""
        try:
            plain = json.loads(data)
            numbered = [plain["versions"][f"v{k}"] for k in range(1, len(plain["versions"]) + 1)]
            versions = tuple(
                Version(str(v["message"]), str(v["created"]), _by_name(v["state"]))
                for v in numbered
            )
            user = str(numbered[-1]["user"]["name"])
            manifest = {digest: str(paths[0]) for digest, paths in plain["manifest"].items()}
            if plain["head"] != f"v{len(versions)}" or not all(
                digest in manifest and LidVid.parse(v.lidvid)
                for v in versions
                for digest in v.state.values()
            ):
                raise ValueError("its parts contradict each other")
            return cls(str(plain["id"]), user, versions, manifest, _by_name(plain["fixity"]["md5"]))
        except (ValueError, KeyError, TypeError, IndexError, AttributeError, IlrsError) as error:
            raise IlrsError(
                f"the inventory cannot be read: {error}",
                "it is JSON as OCFL 1.1 says, written by this archive",
                "Restore it from the newest version's folder or from another copy.",
            ) from None


def sidecar(inventory: bytes) -> bytes:
    """The file beside an inventory that states its SHA-256."""
    return f"{hashlib.sha256(inventory).hexdigest()} {INVENTORY}\n".encode()


def _by_digest(names: Mapping[str, str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, digest in sorted(names.items()):
        found.setdefault(digest, []).append(name)
    return found


def _by_name(digests: Mapping[str, list[str]]) -> dict[str, str]:
    return {str(name): str(digest) for digest, names in digests.items() for name in names}
