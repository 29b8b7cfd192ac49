"""The scrub: every byte of an archive read again and compared with what was written down of it."""

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import groupby

from ilrs.datacentre.checksums import manifest_of
from ilrs.datacentre.hash_chain import Ledger
from ilrs.datacentre.lid import LidVid
from ilrs.datacentre.ocfl import (
    INVENTORY,
    NAMASTE,
    ROOT_FILES,
    SIDECAR,
    Digests,
    Inventory,
    object_key,
    object_of_key,
    sidecar,
)
from ilrs.datacentre.staging import digests_of
from ilrs.datacentre.storage import Storage
from ilrs.datacentre.storage_owner import OWNER
from ilrs.foundation.errors import Finding, IlrsError, UnavailableError
from ilrs.foundation.provenance import sha256_of_bytes

__all__ = ["Verified", "verify_archive"]

_ANOTHER_COPY = "Restore it from another copy."


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What a scrub found, errors first, and how much it read."""

    findings: tuple[Finding, ...]
    objects: int
    versions: int
    files: int
    size: int


@dataclass(frozen=True, slots=True)
class _Scrubbed:
    """What was found of one object."""

    key: str
    lidvids: tuple[str, ...]
    findings: tuple[Finding, ...]
    files: int = 0
    size: int = 0


def verify_archive(
    storage: Storage,
    ledger: Ledger,
    *,
    listed: Callable[[], set[str]],
    pending: Callable[[], set[str]],
    said: Callable[[int], None],
) -> Verified:
    """What is wrong with storage, ledger and catalogue together.

    `listed` gives the LIDVIDs that the catalogue lists, `pending` the objects that an ingest is
    adding to or was adding to when it was interrupted: what of these is unfinished is no error.
    """
    before = _filed(ledger)
    found = list(_scrub_objects(storage, before, said))
    filed, busy = _filed(ledger), pending()
    # What was being filed while it was read is read again.
    ones = [
        _scrub_object(storage, one.key, filed) if one.key and one.findings else one
        for one in found
        if one.key not in busy
    ]
    there = {lidvid for one in ones for lidvid in one.lidvids}
    known = {v for v in before if object_key(_lid(v)) not in busy}
    findings = [
        *(finding for one in ones for finding in one.findings),
        *(_missing(lidvid) for lidvid in sorted(known - there)),
        *_index_findings(listed(), known=known, filed=filed.keys()),
        *(_unfinished(key) for key in sorted(busy)),
        *ledger.verify(),
    ]
    objects = [one for one in ones if one.lidvids]
    return Verified(
        findings=tuple(
            sorted(findings, key=lambda f: (f.severity != "error", f.file, f.line, f.found))
        ),
        objects=len(objects),
        versions=len(there),
        files=sum(one.files for one in objects),
        size=sum(one.size for one in objects),
    )


def _filed(ledger: Ledger) -> dict[str, str]:
    """The SHA-256 of the manifest of every version that the ledger knows."""
    return {
        str(entry["lidvid"]): str(entry["manifest_sha256"])
        for entry in ledger.entries()
        if entry.get("event") == "filed"
    }


def _lid(lidvid: str) -> str:
    return str(LidVid.parse(lidvid).lid)


def _scrub_objects(
    storage: Storage, filed: Mapping[str, str], said: Callable[[int], None]
) -> Iterator[_Scrubbed]:
    """Each object of a storage as it was found, and what lies outside of all."""
    for key, entries in groupby(storage.walk(), key=lambda name: object_of_key(name)[0]):
        names = list(entries)
        if not key:
            yield _Scrubbed("", (), tuple(_strays(names)))
            continue
        one = _scrub_object(storage, key, filed, names)
        said(one.size)
        yield one


def _strays(names: Sequence[str]) -> Iterator[Finding]:
    for name in names:
        if name not in ROOT_FILES and name != OWNER:
            yield _finding(name, "", "the file belongs to no object", "nothing else lies there")


def _scrub_object(
    storage: Storage, key: str, filed: Mapping[str, str], keys: Sequence[str] | None = None
) -> _Scrubbed:
    """One object as it is found now, its files being `keys`."""
    present = {object_of_key(name)[1] for name in (storage.walk(key) if keys is None else keys)}
    try:
        data = storage.read(f"{key}/{INVENTORY}")
        inventory = Inventory.parse(data)
    except FileNotFoundError:
        found = _finding(
            f"{key}/{INVENTORY}", "", "the inventory is missing", "each object has one"
        )
        return _Scrubbed(key, (), (found,))
    except UnavailableError:
        raise  # which says nothing of what lies there
    except IlrsError as error:
        found = _finding(f"{key}/{INVENTORY}", "", error.asked, error.possible, error.mend)
        return _Scrubbed(key, (), (found,))
    findings = [
        *_wrong_frame(storage, key, inventory, data),
        *_wrong_versions(key, inventory, filed),
        *_extra(key, inventory, present),
    ]
    size = 0
    for digest, path in inventory.manifest.items():
        try:
            with storage.open(f"{key}/{path}") as stream:
                read = digests_of(stream)
        except FileNotFoundError:  # nor is a link opened
            what = "this is a link" if path in present else "the file is missing"
            findings.append(_finding(f"{key}/{path}", inventory.lid, what, f"filed was {digest}"))
            continue
        size += read.size
        findings += _changed(f"{key}/{path}", inventory, read, digest=digest, path=path)
    lidvids = tuple(version.lidvid for version in inventory.versions)
    return _Scrubbed(key, lidvids, tuple(findings), len(inventory.manifest), size)


def _wrong_frame(
    storage: Storage, key: str, inventory: Inventory, data: bytes
) -> Iterator[Finding]:
    """What is wrong with an object's own files: declaration, inventory, sidecar, their copies."""
    head = f"v{len(inventory.versions)}"
    wanted = {
        NAMASTE[0]: NAMASTE[1],
        SIDECAR: sidecar(data),
        f"{head}/{INVENTORY}": data,
        f"{head}/{SIDECAR}": sidecar(data),
    }
    for name, content in wanted.items():
        size = storage.size(f"{key}/{name}")
        if size is None:
            yield _finding(f"{key}/{name}", inventory.lid, "the file is missing", "each has one")
        elif storage.read(f"{key}/{name}") != content:
            yield _finding(
                f"{key}/{name}", inventory.lid, "the file has changed", "it follows the inventory"
            )
    if object_key(inventory.lid) != key:
        possible = f"it belongs to {object_key(inventory.lid)}"
        yield _finding(key, inventory.lid, "the object lies in a wrong place", possible)


def _wrong_versions(key: str, inventory: Inventory, filed: Mapping[str, str]) -> Iterator[Finding]:
    """Versions of which the ledger says otherwise."""
    for number, version in enumerate(inventory.versions, start=1):
        place, known = f"{key}/v{number}", filed.get(version.lidvid)
        if known is None:
            found = "the ledger does not know this version"
            yield _finding(place, version.lidvid, found, "each is entered there")
        elif sha256_of_bytes(manifest_of(version.state)) != known:
            found = "the inventory has changed: its files are not those filed"
            yield _finding(place, version.lidvid, found, f"filed was a manifest of SHA-256 {known}")


def _changed(
    place: str, inventory: Inventory, read: Digests, *, digest: str, path: str
) -> Iterator[Finding]:
    if read.sha256 != digest:
        yield _finding(place, inventory.lid, "the file has changed", f"filed was {digest}")
    elif read.md5 != inventory.md5.get(path):
        found = "the MD5 in the inventory is not the file's"
        yield _finding(place, inventory.lid, found, f"it is {read.md5}")


def _extra(key: str, inventory: Inventory, present: set[str]) -> Iterator[Finding]:
    known = {INVENTORY, SIDECAR, NAMASTE[0], *inventory.manifest.values()}
    for number in range(1, len(inventory.versions) + 1):
        known |= {f"v{number}/{INVENTORY}", f"v{number}/{SIDECAR}"}
    for name in sorted(present - known):
        if not name.startswith("logs/"):
            found = "the inventory does not list this"
            yield _finding(f"{key}/{name}", inventory.lid, found, "nothing is added")


def _index_findings(listed: set[str], *, known: Set[str], filed: Set[str]) -> Iterator[Finding]:
    for lidvid in sorted((listed - filed) | (known - listed)):
        yield Finding(
            file="catalogue",
            line=0,
            entity=lidvid,
            found="the catalogue lists what the ledger does not know"
            if lidvid in listed
            else "the catalogue does not list it",
            possible="the catalogue lists what was filed",
            mend="Run `ilrs data rebuild`.",
        )


def _missing(lidvid: str) -> Finding:
    key = object_key(_lid(lidvid))
    return _finding(key, lidvid, "the version is missing", "the ledger says that it was filed")


def _unfinished(key: str) -> Finding:
    return Finding(
        file=key,
        line=0,
        entity="",
        found="an ingest is adding to this, or was interrupted",
        possible="what it had promised is kept, the rest was never visible",
        mend="The next ingest finishes it.",
        severity="warning",
    )


def _finding(file: str, lid: str, found: str, possible: str, mend: str = _ANOTHER_COPY) -> Finding:
    return Finding(file=file, line=0, entity=lid, found=found, possible=possible, mend=mend)
