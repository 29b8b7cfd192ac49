"""What lies in a folder, kept on disk while it is read, so that memory does not grow with it.

Each file is put into a temporary SQLite table with its format and, of PDS4 labels, the identifier
they give themselves; inventories of collections are put beside them. Files that a label turns out
to describe are marked, so that none becomes a product of its own.
"""

import os
import re
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path

from ilrs.datacentre.node import is_archive
from ilrs.datacentre.pds3 import looks_like_pds3
from ilrs.datacentre.sidecar_content import ZARR_MARKS

__all__ = ["LabelIndex", "format_of"]

_HEAD = 16_384  # bytes in which a label names itself
_ROOT = re.compile(rb"<(?:[\w.-]+:)?(Product_\w+|Ingest_LDD)[\s>]")
_LID = re.compile(rb"<(?:[\w.-]+:)?logical_identifier>\s*([^<\s]{1,300})\s*<")
_VID = re.compile(rb"<(?:[\w.-]+:)?version_id>\s*([0-9.]{1,20})\s*<")
_RASTERS = {".tif", ".tiff"}
_TEXTS = {".yaml", ".yml", ".json"}
# how XML in two bytes for each character begins, with a mark of their order or without
_WIDE = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"<\0": "utf-16-le", b"\0<": "utf-16-be"}
# Products before the collections and bundles that list them, labels before what they may describe.
_RANKS = {"pds4": 0, "collection": 1, "bundle": 2, "pds3": 3, "sidecar": 4, "raster": 5, "": 9}


def format_of(path: Path) -> tuple[str, str]:
    """What a file or folder is by its beginning, and the LIDVID that a PDS4 label gives itself.

    The formats are pds4, collection, bundle, pds3, sidecar, raster, zarr; "" is any other.
    """
    if path.is_dir():
        return ("zarr", "") if any((path / mark).is_file() for mark in ZARR_MARKS) else ("", "")
    with path.open("rb") as stream:
        head = stream.read(_HEAD)
    if head[:2] in _WIDE:
        head = head.decode(_WIDE[head[:2]], "ignore").encode("utf-8", "replace")
    root = _ROOT.search(head)
    if root is not None and head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        lid, vid = _LID.search(head), _VID.search(head)
        name = f"{lid.group(1).decode('utf-8', 'replace')}::" if lid else ""
        kind = {b"Product_Collection": "collection", b"Product_Bundle": "bundle"}
        lidvid = name + vid.group(1).decode() if name and vid else ""
        return kind.get(root.group(1), "pds4"), lidvid
    if path.suffix.lower() in {".xml", ".lblx"}:
        return "pds4", ""  # a label that cannot be read is still a label: the reader says why
    if looks_like_pds3(head):
        return "pds3", ""
    if path.suffix.lower() in _RASTERS:
        return "raster", ""
    return ("sidecar", "") if path.suffix.lower() in _TEXTS else ("", "")


class LabelIndex:
    """The files below a folder, by format; closed, it is gone."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._temporary = tempfile.TemporaryDirectory(prefix="ilrs-index-")
        self._db = sqlite3.connect(f"{self._temporary.name}/index.sqlite3", isolation_level=None)
        self._db.executescript(
            "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-4000;"
            "CREATE TABLE files(path TEXT PRIMARY KEY, rank INTEGER, format TEXT, lidvid TEXT)"
            " WITHOUT ROWID;"
            "CREATE TABLE claimed(path TEXT PRIMARY KEY) WITHOUT ROWID;"
            "CREATE TABLE listed(name TEXT PRIMARY KEY) WITHOUT ROWID;"
        )
        with self._transaction():
            for path in self._walk():
                kind, lidvid = format_of(path)
                row = (self._name(path), _RANKS.get(kind, 5), kind, lidvid)
                self._db.execute("INSERT INTO files VALUES (?, ?, ?, ?)", row)
            self._db.execute("CREATE INDEX by_rank ON files(rank, path)")
            self._db.execute("CREATE INDEX by_lidvid ON files(lidvid, path)")

    def close(self) -> None:
        """Removes the index."""
        self._db.close()
        self._temporary.cleanup()

    def __len__(self) -> int:
        return int(self._db.execute("SELECT count(*) FROM files").fetchone()[0])

    def paths(self, *formats: str) -> Iterator[Path]:
        """The files of formats that no label has claimed up to then, in the order to read them."""
        marks = ",".join("?" * len(formats))
        query = (
            f"SELECT path, rank FROM files WHERE format IN ({marks}) AND (rank, path) > (?, ?)"
            " AND path NOT IN claimed ORDER BY rank, path LIMIT 1"
        )
        at: tuple[int, str] = (-1, "")
        while (row := self._db.execute(query, (*formats, *at)).fetchone()) is not None:
            at = (int(row[1]), str(row[0]))
            yield self.folder / at[1]

    def name(self, path: Path, lidvid: str) -> None:
        """Keeps the identifier that a file was given: its label may give none, or no valid one."""
        row = (lidvid, self._name(path))
        self._db.execute("UPDATE files SET lidvid = ? WHERE path = ?", row)

    def claim(self, path: Path) -> None:
        """Marks a file as described by a label."""
        self._db.execute("INSERT OR IGNORE INTO claimed VALUES (?)", (self._name(path),))

    def list_member(self, name: str) -> None:
        """Marks a LID or LIDVID as listed by an inventory or a bundle."""
        self._db.execute("INSERT OR IGNORE INTO listed VALUES (?)", (name,))

    def is_listed(self, lidvid: str) -> bool:
        """Whether an inventory lists a product, with its version or without."""
        names = (lidvid, lidvid.partition("::")[0])
        query = "SELECT 1 FROM listed WHERE name IN (?, ?)"
        return self._db.execute(query, names).fetchone() is not None

    def has(self, name: str) -> bool:
        """Whether a label here bears a LIDVID, or any version of a LID."""
        if "::" in name:
            query = "SELECT 1 FROM files WHERE lidvid = ?"
            return self._db.execute(query, (name,)).fetchone() is not None
        query = "SELECT 1 FROM files WHERE lidvid >= ? AND lidvid < ?"  # ':' is followed by ';'
        return self._db.execute(query, (f"{name}::", f"{name}:;")).fetchone() is not None

    def twin_of(self, path: Path, lidvid: str) -> str:
        """The first other file whose label bears the same LIDVID; "" where there is none."""
        query = "SELECT path FROM files WHERE lidvid = ? AND path < ? ORDER BY path LIMIT 1"
        row = self._db.execute(query, (lidvid, self._name(path))).fetchone()
        return "" if row is None else str(row[0])

    def _transaction(self) -> sqlite3.Connection:
        self._db.execute("BEGIN")
        return self._db

    def _walk(self) -> Iterator[Path]:
        """Regular files and Zarr stores; not what lies in links, hidden folders and archives."""
        stack = [self.folder]
        while stack:
            with os.scandir(stack.pop()) as entries:
                for entry in entries:
                    path = Path(entry.path)
                    if entry.is_symlink():
                        continue
                    if not entry.is_dir():
                        if entry.is_file() and _is_utf8(entry.name):
                            yield path
                    elif any((path / mark).is_file() for mark in ZARR_MARKS):
                        yield path
                    elif not entry.name.startswith(".") and not is_archive(path):
                        stack.append(path)

    def _name(self, path: Path) -> str:
        return path.relative_to(self.folder).as_posix()


def _is_utf8(name: str) -> bool:
    return not any(0xD800 <= ord(c) <= 0xDFFF for c in name)
