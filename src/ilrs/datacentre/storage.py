"""Where an archive's files lie: a tree of files named by keys such as `a/b/c`, local or on S3.

A storage knows nothing of products. A folder is adopted whole; what is there is read, never
changed, but for the few files that `adopt` replaces.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Protocol

from ilrs.foundation.errors import IlrsError

__all__ = ["LocalStorage", "Storage", "has_scheme", "open_storage"]

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/")


class Storage(Protocol):
    """A tree of files named by keys, each of which appears whole or not at all."""

    url: str

    def read(self, key: str) -> bytes:
        """The bytes of a file. Raises FileNotFoundError where there is none."""

    def open(self, key: str, *, start: int = 0) -> BinaryIO:
        """The bytes of a file from `start` on, as a stream. Raises FileNotFoundError likewise."""

    def size(self, key: str) -> int | None:
        """Bytes of a file, None where there is none."""

    def walk(self, prefix: str = "") -> Iterator[str]:
        """The keys of all files at or below a key; those that share a folder come together."""

    def write(self, key: str, data: bytes) -> None:
        """Writes a small file, or replaces it, at one stroke."""

    def adopt(self, folder: Path, key: str, *, last: tuple[str, ...] = ()) -> None:
        """Brings all that lies in a local folder under a key; the files named `last` come last.

        A file that is there already is replaced. Done again after it was interrupted, or after it
        was finished, it ends the same.
        """

    def path(self, key: str) -> Path | None:
        """Where a file lies on this machine; None where it does not."""


class LocalStorage:
    """A folder of this machine."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.url = str(root)

    def read(self, key: str) -> bytes:
        """The bytes of a file. Raises FileNotFoundError where there is none."""
        with self.open(key) as stream:
            return stream.read()

    def open(self, key: str, *, start: int = 0) -> BinaryIO:
        """The bytes of a file from `start` on, as a stream. Raises FileNotFoundError likewise."""
        path = self.root / key
        if path.is_symlink():  # whatever it points at was never filed
            raise FileNotFoundError(f"{key} is a link")
        stream = path.open("rb")
        stream.seek(start)
        return stream

    def size(self, key: str) -> int | None:
        """Bytes of a file, None where there is none."""
        path = self.root / key
        return path.stat().st_size if path.is_file() else None

    def walk(self, prefix: str = "") -> Iterator[str]:
        """The keys of all files at or below a key; links are listed, not followed."""
        for folder, below, names in os.walk(self.root / prefix):
            below.sort()
            links = [name for name in below if os.path.islink(os.path.join(folder, name))]
            here = Path(folder).relative_to(self.root)
            yield from ((here / name).as_posix() for name in sorted([*names, *links]))

    def write(self, key: str, data: bytes) -> None:
        """Writes a small file, or replaces it, at one stroke."""
        target = self.root / key
        target.parent.mkdir(parents=True, exist_ok=True)
        fresh = target.with_name(f".{target.name}.new")
        with fresh.open("wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(fresh, target)

    def adopt(self, folder: Path, key: str, *, last: tuple[str, ...] = ()) -> None:
        """Brings a folder of the same file system under a key by renaming; see Storage.adopt."""
        if folder.exists():  # else it was done before
            _merge(folder, self.root / key, last)

    def path(self, key: str) -> Path | None:
        """Where a file lies."""
        return self.root / key


def _merge(folder: Path, target: Path, last: tuple[str, ...]) -> None:
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        os.rename(folder, target)
        return
    names = sorted(path.name for path in folder.iterdir())
    for name in sorted(names, key=lambda n: last.index(n) if n in last else -1):
        if (folder / name).is_dir():
            _merge(folder / name, target / name, last)
        else:
            os.replace(folder / name, target / name)


def has_scheme(url: str) -> bool:
    """Whether an address begins with a scheme such as s3:// or postgresql://, well written or not;
    otherwise it is a path."""
    return _SCHEME.match(url) is not None


def open_storage(url: str) -> Storage:
    """The storage that a URL names: a folder, or s3://bucket/prefix[?endpoint=http://host:port].

    Raises IlrsError where the URL names neither.
    """
    if url.startswith("s3://"):
        from ilrs.datacentre.storage_s3 import S3Storage  # noqa: PLC0415  needs the extra 's3'

        return S3Storage.of_url(url)
    if has_scheme(url) and not url.startswith("file://"):
        raise IlrsError(  # which does not tell the rest, where a password may stand
            f"'{url.partition(':')[0]}:…' names no storage",
            "possible are a folder, and s3://bucket/prefix?endpoint=http://host:port",
            "Name one of these.",
        )
    return LocalStorage(Path(url.removeprefix("file://")))
