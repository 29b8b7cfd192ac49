"""The catalogue in one SQLite file: WAL, so that readers never wait for the one that writes.

Words are found by FTS5, which keeps no copy of the text; places by a three-dimensional R*Tree of
boxes around them on the unit sphere, and then by the exact test, called from SQL.
"""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from ilrs.datacentre.place import Place
from ilrs.datacentre.spherical import bounds_xyz, meets_or_within, pack, taken_apart
from ilrs.datacentre.sql import Bind, like_parts
from ilrs.datacentre.sql_rows import COLUMNS, OFTEN, Rows, sql_type
from ilrs.foundation.errors import IlrsError

__all__ = ["SqliteDatabase"]

_TYPES = {"key": "INTEGER PRIMARY KEY", "whole": "INTEGER", "real": "REAL", "text": "TEXT",
          "bytes": "BLOB"}  # fmt: skip
_TABLES = (
    "CREATE TABLE product ("
    + ", ".join(f"{name} {sql_type(kind, _TYPES)}" for name, kind in COLUMNS.items())
    + ", UNIQUE (lid, major, minor))",
    "CREATE INDEX product_start ON product (start_us, last_us)",
    *(f"CREATE INDEX product_{name} ON product ({name}, start_us)" for name in OFTEN),
    "CREATE UNIQUE INDEX product_harvested ON product (harvested_us, class, release_us, "
    "received_us, withdrawn_us)",
    "CREATE INDEX product_newer ON product (newer_id) WHERE newer_id IS NOT NULL",
    "CREATE TABLE term (field INTEGER, value TEXT, product INTEGER, "
    "PRIMARY KEY (field, value, product)) WITHOUT ROWID",
    "CREATE TABLE rights_class (id INTEGER PRIMARY KEY, key TEXT UNIQUE, "
    "remainder INTEGER, last_us INTEGER)",
    "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT)",
    "CREATE VIRTUAL TABLE place USING rtree (id, x0, x1, y0, y1, z0, z1)",
    # Words come cut already: to the tokenizer `ascii` all beyond ASCII are letters.
    "CREATE VIRTUAL TABLE word USING fts5 (words, content='', detail='none', tokenize='ascii')",
)
_NAMES = ("product", "term", "rights_class", "meta", "place", "word")
_INSERT = f"INSERT INTO product VALUES ({', '.join('?' * len(COLUMNS))})"


class SqliteDialect:
    """What SQLite has its own way to say, in one transaction."""

    description = "nullif(json_extract(p.record, '$.description'), '')"

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._is_in_order = False

    def table(self, first: str) -> str:
        if not self._is_in_order:
            return "product p"
        return f"product p INDEXED BY product_{first.removesuffix('_utc')}"

    def one_of(self, expression: str, values: Sequence[Any], bind: Bind) -> str:
        return f"({expression} IN (SELECT value FROM json_each({bind(json.dumps(list(values)))})))"

    def like(self, expression: str, pattern: str, any_case: bool, bind: Bind) -> str:
        wild = {"%": "*", "_": "?"}
        made = "".join(
            wild[c] if is_wild else f"[{c}]" if c in "*?[" else c
            for c, is_wild in like_parts(pattern.lower() if any_case else pattern)
        )
        return f"({f'lowered({expression})' if any_case else expression} GLOB {bind(made)})"

    def words(self, words: Sequence[str], bind: Bind) -> str:
        query = " ".join(f'"{word}"*' for word in words)
        return f"(p.id IN (SELECT rowid FROM word WHERE word MATCH {bind(query)}))"

    def place(self, place: Place, is_within: bool, bind: Bind, few: int) -> str:
        packed = pack(place)
        low = bounds_xyz(packed).tolist()
        tests = []
        for axis, least, most in zip("xyz", low[::2], low[1::2], strict=True):
            if is_within:  # boxes are kept in 32 bits, rounded outwards
                tests.append(f"{axis}0 >= {least - 1e-6!r} AND {axis}1 <= {most + 1e-6!r}")
            else:
                tests.append(f"{axis}1 >= {least!r} AND {axis}0 <= {most!r}")
        boxes = f"SELECT id FROM place WHERE {' AND '.join(tests)}"
        exact = f"lies(p.shape, {bind(packed.tobytes())}, {int(is_within)})"
        self._is_in_order |= few > 0 and self._is_crowded(boxes, few)
        plus = "+" if self._is_in_order else ""  # hides the ids from the planner
        return f"({plus}p.id IN ({boxes}) AND {exact})"

    def _is_crowded(self, boxes: str, few: int) -> bool:
        """Whether it is quicker to go through the rows in order until a few are found.

        A candidate costs some 6 us to be fetched and tested, a row passed by 3 us; to put
        candidates into a set costs little (measured on a million footprints).
        """
        (candidates,) = self._db.execute(f"SELECT count(*) FROM ({boxes})").fetchone()
        (rows,) = self._db.execute("SELECT max(id) FROM product").fetchone()
        return bool(
            6.0 * candidates > 1.0 * candidates + 3.0 * few * (rows or 0) / (candidates or 1)
        )


@lru_cache(maxsize=64)
def _asked(packed: bytes) -> Any:
    return taken_apart(np.frombuffer(packed))


def _lies(shape: bytes | None, asked: bytes, is_within: int) -> bool | None:
    if shape is None:
        return None
    return bool(meets_or_within(_asked(asked), np.frombuffer(shape), bool(is_within)))


class SqliteDatabase:
    """A file, and connections to it that are used again."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._idle: list[tuple[sqlite3.Connection, int]] = []  # with the file that each has open

    def _file(self) -> int:
        return self.path.stat().st_ino if self.path.exists() else 0

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
        return self.path.exists()

    def _taken(self) -> tuple[sqlite3.Connection, int]:
        file = self._file()
        while self._idle:
            db, opened = self._idle.pop()
            if opened == file:
                return db, opened
            db.close()  # the file was deleted, and perhaps made anew, behind our back
        db = sqlite3.connect(self.path, isolation_level=None, timeout=30.0, check_same_thread=False)
        try:
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = FULL")
            db.execute("PRAGMA cache_size = -65536")
            db.execute("PRAGMA mmap_size = 1073741824")
        except sqlite3.OperationalError:
            db.close()
            raise
        except sqlite3.DatabaseError as error:
            db.close()
            raise self._unreadable(error) from None
        db.create_function("lies", 3, _lies, deterministic=True)
        db.create_function("lowered", 1, lambda text: text and text.lower(), deterministic=True)
        return db, self._file()

    def _give_back(self, db: sqlite3.Connection, file: int) -> None:
        if db.in_transaction:
            db.execute("ROLLBACK")
        self._idle.append((db, file))

    def _unreadable(self, error: sqlite3.DatabaseError) -> IlrsError:
        return IlrsError(
            f"the catalogue {self.path} cannot be read: {error}",
            "it holds nothing that the archive does not hold too",
            "Delete that file; it is made anew from the archive.",
        )


class SqliteSession:
    """One transaction."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self.dialect = SqliteDialect(db)

    def rows(self, sql: str, values: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
        """The rows of a query with placeholders ?1, ?2, …"""
        return self._db.execute(sql, list(values))

    def run(self, sql: str, values: Sequence[Any] = ()) -> None:
        """Runs a statement, likewise."""
        self._db.execute(sql, list(values))

    def layout(self) -> int:
        """The number of the tables' layout; 0 where there are none."""
        return int(self._db.execute("PRAGMA user_version").fetchone()[0])

    def make(self, layout: int) -> None:
        """Makes the tables anew, empty."""
        for (name,) in self._db.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table'"
        ).fetchall():
            if name in {"product_field", "product_text", *_NAMES}:
                self._db.execute(f"DROP TABLE IF EXISTS {name}")
        for statement in _TABLES:
            self._db.execute(statement)
        self._db.execute(f"PRAGMA user_version = {layout}")

    def insert(self, rows: Rows) -> None:
        """Adds rows to all tables."""
        placed = zip(rows.numbers, rows.bounds, strict=True)
        self._db.executemany(_INSERT, rows.products)
        self._db.executemany("INSERT INTO term VALUES (?, ?, ?)", rows.terms)
        self._db.executemany(
            "INSERT INTO place VALUES (?, ?, ?, ?, ?, ?, ?)",
            [(number, *bounds) for number, bounds in placed if bounds is not None],
        )
        self._db.executemany(
            "INSERT INTO word (rowid, words) VALUES (?, ?)",
            zip(rows.numbers, rows.words, strict=True),
        )

    def remove(self, rows: Rows) -> None:
        """Removes rows, given as they were added."""
        for table in ("product", "place"):
            numbers = [(number,) for number in rows.numbers]
            self._db.executemany(f"DELETE FROM {table} WHERE id = ?", numbers)
        self._db.executemany(
            "DELETE FROM term WHERE field = ? AND value = ? AND product = ?", rows.terms
        )
        self._db.executemany(
            "INSERT INTO word (word, rowid, words) VALUES ('delete', ?, ?)",
            zip(rows.numbers, rows.words, strict=True),
        )
