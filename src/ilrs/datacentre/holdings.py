"""Who holds what: the products that this node gives, and those that other nodes were seen to hold.

<folder>/federation.sqlite3     what each other node told, what was copied from it, conflicts
"""

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ilrs.datacentre.merkle import Tree, manifest_sha256
from ilrs.datacentre.question import MOST_AT_ONCE, Question
from ilrs.datacentre.record import Record
from ilrs.datacentre.rights import Policy, View, carried
from ilrs.foundation.provenance import sha256_of_bytes

__all__ = [
    "FEDERATION_NAME", "Conflict", "Holder", "Holdings", "Searched", "told",
    "told_of", "tree_of",
]  # fmt: skip

FEDERATION_NAME = "federation.sqlite3"
_LAYOUT = """
CREATE TABLE IF NOT EXISTS holding (
    node TEXT, lidvid TEXT, told TEXT, seen_utc TEXT, copied_utc TEXT DEFAULT '',
    gone_utc TEXT DEFAULT '', PRIMARY KEY (node, lidvid)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS holding_lidvid ON holding (lidvid);
CREATE TABLE IF NOT EXISTS conflict (
    node TEXT, lidvid TEXT, ours TEXT, theirs TEXT, seen_utc TEXT,
    PRIMARY KEY (node, lidvid)) WITHOUT ROWID;
"""


class Searched(Protocol):
    """A catalogue, as far as it is asked here."""

    def every(self, question: Question, *, view: View) -> Iterator[Record]: ...
    def get(self, identifier: str, *, view: View) -> Record | None: ...


def told(record: Record, policy: Policy) -> str:
    """What a node tells of a version it holds: one digest of its files and of its rights."""
    return told_of(record, *carried(record, policy))


def told_of(record: Record, access: str, embargo: str) -> str:
    """The same, where the words for its rights are known."""
    return sha256_of_bytes(f"{manifest_sha256(record)} {access} {embargo}".encode())


def tree_of(catalogue: Searched, view: View, policy: Policy) -> Tree:
    """The tree of all versions that a view shows."""
    question = Question(versions="all", limit=MOST_AT_ONCE)
    return Tree.of((r.lidvid, told(r, policy)) for r in catalogue.every(question, view=view))


@dataclass(frozen=True, slots=True)
class Holder:
    """A node that was seen to hold a version, and whether this node's copy came from it."""

    node: str
    seen_utc: str
    copied_utc: str
    gone_utc: str


@dataclass(frozen=True, slots=True)
class Conflict:
    """A version that another node holds with other files; digests are of the manifests."""

    node: str
    lidvid: str
    ours: str
    theirs: str
    seen_utc: str


class Holdings:
    """What was seen of other nodes, kept in one file of the archive's folder."""

    def __init__(self, folder: Path | str, *, now: Callable[[], str]) -> None:
        self.path = Path(folder) / FEDERATION_NAME
        self._now = now

    def told_by(self, node: str) -> dict[str, str]:
        """What a node told of each version when it was last seen to hold it."""
        with self._open() as db:
            query = "SELECT lidvid, told FROM holding WHERE node = ? AND gone_utc = ''"
            return dict(db.execute(query, (node,)).fetchall())

    def see(self, node: str, entries: Iterable[tuple[str, str]], *, is_copied: bool) -> None:
        """Enters that a node holds versions, and whether they were copied from it just now."""
        now = self._now()
        copied = now if is_copied else ""
        with self._open() as db:
            db.executemany(
                "INSERT INTO holding VALUES (?, ?, ?, ?, ?, '') ON CONFLICT DO UPDATE SET "
                "told = excluded.told, seen_utc = excluded.seen_utc, gone_utc = '', "
                "copied_utc = CASE excluded.copied_utc WHEN '' THEN copied_utc "
                "ELSE excluded.copied_utc END",
                [(node, lidvid, text, now, copied) for lidvid, text in entries],
            )

    def lose(self, node: str, lidvids: Iterable[str]) -> None:
        """Enters that a node no longer gives versions."""
        now = self._now()
        with self._open() as db:
            query = "UPDATE holding SET gone_utc = ? WHERE node = ? AND lidvid = ?"
            db.executemany(query, [(now, node, lidvid) for lidvid in lidvids])

    def clash(self, node: str, lidvid: str, *, ours: str, theirs: str) -> None:
        """Enters that a node holds a version with other files."""
        row = (node, lidvid, ours, theirs, self._now())
        with self._open() as db:
            db.execute("INSERT OR REPLACE INTO conflict VALUES (?, ?, ?, ?, ?)", row)

    def conflicts(self) -> list[Conflict]:
        """Every conflict seen, by node and identifier."""
        with self._open() as db:
            rows = db.execute("SELECT * FROM conflict ORDER BY node, lidvid").fetchall()
        return [Conflict(*row) for row in rows]

    def holders(self, lidvid: str) -> list[Holder]:
        """The nodes that were seen to hold a version, by their address."""
        query = (
            "SELECT node, seen_utc, copied_utc, gone_utc FROM holding WHERE lidvid = ? "
            "ORDER BY node"
        )
        with self._open() as db:
            return [Holder(*row) for row in db.execute(query, (lidvid,)).fetchall()]

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(self.path, timeout=30.0)) as db, db:
            db.executescript(_LAYOUT)
            yield db
