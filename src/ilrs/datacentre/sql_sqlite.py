"""The catalogue in one SQLite file: WAL, so that readers never wait for the one that writes.

Words are found by FTS5, which keeps no copy of the text.
"""

import json
import math
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ilrs.datacentre.sql import Bind, like_parts
from ilrs.datacentre.sql_rows import COLUMNS, Rows, foreign_tables, sql_type
from ilrs.foundation.errors import IlrsError, UnavailableError

__all__ = ["SqliteDatabase"]

_TYPES = {"key": "INTEGER PRIMARY KEY", "whole": "INTEGER", "real": "REAL", "text": "TEXT",
          "bytes": "BLOB"}  # fmt: skip
_TABLES = (
    "CREATE TABLE product ("
    + ", ".join(f"{name} {sql_type(kind, _TYPES)}" for name, kind in COLUMNS.items())
    + ", UNIQUE (lid, major, minor))",
    "CREATE INDEX product_newer ON product (newer_id) WHERE newer_id IS NOT NULL",
    "CREATE TABLE term (field INTEGER, value TEXT, product INTEGER, "
    "PRIMARY KEY (field, value, product)) WITHOUT ROWID",
    "CREATE TABLE rights_class (id INTEGER PRIMARY KEY, key TEXT UNIQUE, "
    "remainder INTEGER, last_us INTEGER)",
    "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT)",
    "CREATE TABLE removed (number INTEGER PRIMARY KEY, product INTEGER)",
    # Words come cut already: to the tokenizer `ascii` all beyond ASCII are letters.
    "CREATE VIRTUAL TABLE word USING fts5 (known, label, content='', detail='column', "
    "columnsize=0, tokenize='ascii')",
)
_FEW = 32  # values of a list that are bound one by one
_NAMES = ("product", "term", "rights_class", "meta", "removed", "word")
_WORDS_BYTES = 2**24
_WORD = "rowid, known, label"
_INSERT = f"INSERT INTO product VALUES ({', '.join('?' * len(COLUMNS))})"


class SqliteDialect:
    """What SQLite has its own way to say, in one transaction."""

    description = "nullif(json_extract(p.record, '$.description'), '')"

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def one_of(self, expression: str, values: Sequence[Any], bind: Bind) -> str:
        if len(values) <= _FEW:
            return f"({expression} IN ({', '.join(map(bind, values))}))"
        return f"({expression} IN (SELECT value FROM json_each({bind(json.dumps(list(values)))})))"

    def term(self, values: Sequence[str], bind: Bind) -> str:
        return self.one_of("t.value", values, bind)

    def like(self, expression: str, pattern: str, any_case: bool, bind: Bind) -> str:
        wild = {"%": "*", "_": "?"}
        made = "".join(
            wild[c] if is_wild else f"[{c}]" if c in "*?[" else c
            for c, is_wild in like_parts(pattern.lower() if any_case else pattern)
        )
        return f"({f'lowered({expression})' if any_case else expression} GLOB {bind(made)})"

    def words(self, words: Sequence[str], bind: Bind, *, is_label_hidden: bool) -> str:
        query = " ".join(f'"{word}"*' for word in words)
        if is_label_hidden:
            query = f"known : ({query})"
        return f"SELECT rowid FROM word WHERE word MATCH {bind(query)}"


class SqliteDatabase:
    """A file, and connections to it that are used again."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._idle: list[tuple[sqlite3.Connection, int]] = []  # with the file that each has open

    def _file(self) -> int:
        try:
            return os.stat(self.path).st_ino
        except OSError:
            return 0

    def close(self) -> None:
        """Closes all connections that are not in use."""
        while self._idle:
            self._idle.pop()[0].close()

    def __del__(self) -> None:
        self.close()

    @contextmanager
    def reading(self) -> Iterator["SqliteSession"]:
        """A session that sees one state of the catalogue, whatever others write meanwhile."""
        db, file = self._taken()
        try:
            db.execute("BEGIN")
            yield SqliteSession(db)
        except sqlite3.OperationalError:
            raise  # a full disk, a lock: the archive says what to do
        except sqlite3.DatabaseError as error:
            raise self._unreadable(error) from None
        finally:
            self._give_back(db, file)

    @contextmanager
    def writing(self) -> Iterator["SqliteSession"]:
        """The one session that writes; what is not ended well is undone."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        db, file = self._taken()
        try:
            db.execute("BEGIN IMMEDIATE")
            yield SqliteSession(db)
            db.execute("COMMIT")
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError as error:
            raise self._unreadable(error) from None
        finally:
            self._give_back(db, file)

    def exists(self) -> bool:
        """Whether there is a file at all."""
        return self._file() != 0

    def _taken(self) -> tuple[sqlite3.Connection, int]:
        file = self._file()
        while self._idle:
            db, opened = self._idle.pop()
            if opened == file:
                return db, opened
            db.close()  # the file was deleted, and perhaps made anew, behind our back
        db = sqlite3.connect(self.path, isolation_level=None, timeout=30.0, check_same_thread=False)
        try:
            db.execute("PRAGMA page_size = 8192")  # of a new file: records are large
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = FULL")
            db.execute("PRAGMA cache_size = -65536")
            db.execute("PRAGMA mmap_size = 2147418112")
        except sqlite3.OperationalError:
            db.close()
            raise
        except sqlite3.DatabaseError as error:
            db.close()
            raise self._unreadable(error) from None
        db.create_function("lowered", 1, lambda text: text and text.lower(), deterministic=True)
        return db, self._file()

    def _give_back(self, db: sqlite3.Connection, file: int) -> None:
        if db.in_transaction:
            db.execute("ROLLBACK")
        self._idle.append((db, file))

    def _unreadable(self, error: sqlite3.DatabaseError) -> IlrsError:
        return UnavailableError(
            f"the catalogue {self.path} cannot be read: {error}",
            "it holds nothing that the archive does not hold too",
            "Delete that file; it is made anew from the archive.",
        )


class SqliteSession:
    """One transaction."""

    # SQLite keeps what is no number as NULL; for None, Python asks each time how to adapt it.
    unknown = math.nan

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self.dialect = SqliteDialect(db)

    def rows(self, sql: str, values: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
        """The rows of a query with placeholders ?1, ?2, …"""
        return self._db.execute(sql, list(values))

    each = rows  # one after another too

    def run(self, sql: str, values: Sequence[Any] = ()) -> None:
        """Runs a statement, likewise."""
        self._db.execute(sql, list(values))

    def run_all(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        """Runs a statement once for each row of values."""
        self._db.executemany(sql, rows)

    def layout(self) -> int:
        """The number of the tables' layout; 0 where there are none."""
        return int(self._db.execute("PRAGMA user_version").fetchone()[0])

    def make(self, layout: int) -> None:
        """Makes the tables anew, empty. Raises IlrsError where such tables are something else's."""
        query = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
        there = [name for (name,) in self._db.execute(query) if name in {"place", *_NAMES}]
        if there and not (self.layout() and "rights_class" in there):
            raise foreign_tables(there, "the catalogue's file")
        for name in there:
            self._db.execute(f"DROP TABLE IF EXISTS {name}")
        for statement in _TABLES:
            self._db.execute(statement)
        # Words of a whole batch are sorted in memory, then written: fewer pieces to be merged.
        self._db.execute("INSERT INTO word (word, rank) VALUES ('hashsize', ?)", [_WORDS_BYTES])
        self._db.execute(f"PRAGMA user_version = {layout}")

    def insert(self, rows: Rows) -> None:
        """Adds rows to all tables."""
        self._db.executemany(_INSERT, zip(*rows.columns, strict=True))
        self._db.executemany("INSERT INTO term VALUES (?, ?, ?)", rows.terms)
        self._db.executemany(f"INSERT INTO word ({_WORD}) VALUES (?, ?, ?)", _words(rows))

    def remove(self, rows: Rows) -> None:
        """Removes rows, given as they were added."""
        numbers = [(number,) for number in rows.numbers]
        self._db.executemany("DELETE FROM product WHERE id = ?", numbers)
        self._db.executemany(
            "DELETE FROM term WHERE field = ? AND value = ? AND product = ?", rows.terms
        )
        self._db.executemany(
            f"INSERT INTO word (word, {_WORD}) VALUES ('delete', ?, ?, ?)", _words(rows)
        )


def _words(rows: Rows) -> Iterator[tuple[int, str, str]]:
    """Rows of the columns _WORD."""
    return zip(rows.numbers, rows.known, rows.label, strict=True)
