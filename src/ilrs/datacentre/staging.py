"""A batch of product versions on its way into an archive: all of it enters, or none.

    staging/<number>/<k>/…        object k, or its next version, complete as it will lie in storage
    staging/<number>/intent.json  written last: from here on the batch will be filed, whatever comes

Killed before the intent is there, the batch is forgotten; killed after it, whoever opens the
archive for writing next carries out what it says, from the beginning: each step, done again, does
nothing. So the order storage, ledger, catalogue holds, and nothing shows before its end.

What can no longer be carried out would stop everybody for ever. A record that cannot be read is
filed unseen, for `verify` and `rebuild` to tell of; a batch whose intent cannot be read is set
aside, whole, and told of once.
"""

import hashlib
import io
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, BinaryIO

from ilrs.datacentre.ocfl import INVENTORY, NAMASTE, SIDECAR, Digests, Inventory, sidecar
from ilrs.datacentre.record import Record
from ilrs.datacentre.storage import Storage
from ilrs.foundation.errors import IlrsError

__all__ = ["Batch", "Staged", "digests_of", "pending_keys"]

_INTENT = "intent.json"
_BLOCK = 1 << 20
_UNREADABLE = (AttributeError, LookupError, RecursionError, TypeError, ValueError)
_SYNC_THREADS = 8  # the disk writes many small files out at once more quickly than in turn


@dataclass(frozen=True, slots=True)
class Staged:
    """One version that lies complete in a batch: where it goes, and what the ledger will say.

    There is no record where one that was promised can no longer be read.
    """

    key: str
    record: Record | None
    entry: Mapping[str, Any]


@dataclass(slots=True)
class Batch:
    """Versions staged together. `ledger_number` is the number of the ledger's last line."""

    folder: Path
    ledger_number: int
    staged: list[Staged] = field(default_factory=list)
    size: int = 0
    _parts: dict[str, Path] = field(default_factory=dict)  # files of the next version

    @classmethod
    def begin(cls, staging: Path, *, ledger_number: int) -> "Batch":
        """An empty batch; whatever lay in the staging folder was to be seen to before."""
        folder = staging / str(ledger_number)
        folder.mkdir(parents=True)
        return cls(folder, ledger_number)

    @property
    def keys(self) -> set[str]:
        """The objects that the batch adds to; a batch adds at most one version to each."""
        return {item.key for item in self.staged}

    def copy(self, source: BinaryIO, name: str) -> Digests:
        """Brings one file of the next version in, and computes its checksums on the way."""
        self._parts[name] = self.folder / f"part-{len(self._parts)}"
        with self._parts[name].open("xb") as stream:
            found = digests_of(source, stream)
        self.size += found.size
        return found

    def write(self, content: bytes, name: str) -> Digests:
        """Writes one file of the next version."""
        return self.copy(io.BytesIO(content), name)

    def forget(self) -> None:
        """Throws away what was brought in for the next version and not laid out."""
        for part in self._parts.values():
            part.unlink()
        self._parts.clear()

    def add(self, staged: Staged, *, inventory: Inventory, fresh: Mapping[str, str]) -> None:
        """Lays out the version whose files were brought in as an OCFL object, or its next version.

        `inventory` is the object's with this version, `fresh` says where its new files go in it.
        """
        home = self.folder / f"object-{len(self.staged)}"
        head = f"v{len(inventory.versions)}"
        for name, path in fresh.items():
            target = home / path
            target.parent.mkdir(parents=True, exist_ok=True)
            os.rename(self._parts.pop(name), target)
        data = inventory.to_bytes()
        written = {INVENTORY: data, SIDECAR: sidecar(data)}
        written |= {f"{head}/{name}": content for name, content in written.items()}
        if head == "v1":
            written[NAMASTE[0]] = NAMASTE[1]
        (home / head).mkdir(parents=True, exist_ok=True)
        for name, content in written.items():
            (home / name).write_bytes(content)
        self.forget()  # content that an older version has
        self.staged.append(staged)

    def note(self, staged: Staged, *, name: str, content: bytes) -> None:
        """Lays a file beside the versions of an object, where something happened to one of them."""
        target = self.folder / f"object-{len(self.staged)}" / name
        target.parent.mkdir(parents=True)
        target.write_bytes(content)
        self.staged.append(staged)

    def promise(self) -> None:
        """Writes the intent, once everything else is on the disk: the point of no return."""
        paths = [Path(place) / name for place, _, names in os.walk(self.folder) for name in names]
        with ThreadPoolExecutor(_SYNC_THREADS) as pool:
            list(pool.map(_sync, paths))
        plain = {
            "ledger_number": self.ledger_number,
            "staged": [
                {"key": s.key, "record": s.record and s.record.to_dict(), "entry": dict(s.entry)}
                for s in self.staged
            ],
        }
        fresh = self.folder / f"{_INTENT}.new"
        fresh.write_text(json.dumps(plain, ensure_ascii=False), encoding="utf-8")
        _sync(fresh)
        os.rename(fresh, self.folder / _INTENT)

    def move(self, storage: Storage) -> None:
        """Brings every version into storage."""
        for number, item in enumerate(self.staged):
            home = self.folder / f"object-{number}"
            storage.adopt(home, item.key, last=(INVENTORY, SIDECAR))

    def missing(self, last_number: int) -> list[Mapping[str, Any]]:
        """The ledger's lines that are still to be written when it ends at a number."""
        return [item.entry for item in self.staged[last_number - self.ledger_number :]]

    def end(self) -> None:
        """Takes the batch away, its intent first."""
        (self.folder / _INTENT).unlink(missing_ok=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    @classmethod
    def promised(cls, staging: Path, *, aside: Path) -> Iterator["Batch"]:
        """The batches that were promised and not ended; the others are taken away.

        Raises IlrsError where what one promised cannot be read, once it lies in the folder `aside`.
        """
        for folder in sorted(staging.glob("*"), key=lambda path: path.name.zfill(20)):
            if folder.is_symlink() or not folder.is_dir():
                folder.unlink()  # no batch: a file of the system's, or of somebody's
                continue
            try:
                plain = json.loads((folder / _INTENT).read_bytes())
                staged = [
                    Staged(str(item["key"]), _record(item["record"]), dict(item["entry"]))
                    for item in plain["staged"]
                ]
                number = int(plain["ledger_number"])
            except FileNotFoundError:
                shutil.rmtree(folder)
                continue
            except _UNREADABLE as error:
                raise _set_aside(folder, aside, error) from None
            yield cls(folder, number, staged)


def pending_keys(staging: Path) -> set[str]:
    """The objects that promised batches are adding to."""
    keys: set[str] = set()
    for path in staging.glob(f"*/{_INTENT}"):
        try:
            keys |= {item["key"] for item in json.loads(path.read_bytes())["staged"]}
        except FileNotFoundError:  # it has just ended
            continue
        except _UNREADABLE:  # whoever writes next sets it aside
            continue
    return keys


def _record(plain: Any) -> Record | None:
    try:
        return Record.from_dict(plain)
    except IlrsError:
        return None


def _set_aside(folder: Path, aside: Path, error: Exception) -> IlrsError:
    """What is said of a batch whose intent cannot be read, once it lies in the folder `aside`."""
    aside.mkdir(exist_ok=True)
    names = (f"{folder.name}-{k}" for k in count(1))
    target = next(place for place in map(aside.joinpath, names) if not place.exists())
    os.rename(folder, target)
    return IlrsError(
        f"what a batch on its way in promised cannot be read: {' '.join(str(error).split())[:200]}",
        f"it was set aside in {target}; what is filed stays filed",
        "Run `ilrs data rebuild`, file its products again, and remove that folder.",
    )


def digests_of(source: BinaryIO, target: BinaryIO | None = None) -> Digests:
    """Checksums and size of a stream read to its end, copied to `target` where that is given."""
    sha256, md5, size = hashlib.sha256(), hashlib.md5(usedforsecurity=False), 0
    while block := source.read(_BLOCK):
        sha256.update(block)
        md5.update(block)
        size += len(block)
        if target is not None:
            target.write(block)
    return Digests(sha256.hexdigest(), md5.hexdigest(), size)


def _sync(path: Path) -> None:
    with path.open("rb+") as stream:
        os.fsync(stream.fileno())
