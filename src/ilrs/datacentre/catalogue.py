"""The catalogue: an SQLite index of the labels, made for finding; it can be thrown away and remade.

Text is found with FTS5 where SQLite has it, else by plain search; words are matched whole or by
their beginning, in languages that write spaces between words.

What it does not do yet: places (polar search), facets and counts, paging, rights, PostgreSQL.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from ilrs.datacentre.instants import microseconds
from ilrs.datacentre.lid import Lid, LidVid
from ilrs.datacentre.record import Record
from ilrs.foundation.errors import IlrsError

__all__ = ["Catalogue"]

_LAYOUT = 2  # user_version of the file; a file of another layout is remade
_TEXT_INDEX = "fts5"
_TABLES = """
CREATE TABLE product (
    id INTEGER PRIMARY KEY,
    lid TEXT NOT NULL, major INTEGER NOT NULL, minor INTEGER NOT NULL,
    start_ns INTEGER NOT NULL, stop_ns INTEGER NOT NULL,
    site TEXT NOT NULL, partner TEXT NOT NULL,
    record TEXT NOT NULL,
    UNIQUE (lid, major, minor)
);
CREATE INDEX product_time ON product (start_ns, stop_ns);
CREATE TABLE product_field (product INTEGER NOT NULL, field TEXT NOT NULL);
CREATE INDEX field_product ON product_field (field, product);
"""
_IS_NEWEST = """NOT EXISTS (
    SELECT 1 FROM product AS newer
    WHERE newer.lid = product.lid
      AND (newer.major, newer.minor) > (product.major, product.minor))"""

_IS_SHOWN = (
    "json_extract(record, '$.withdrawn_utc') = '' AND NOT json_extract(record, '$.quarantined')"
)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """One SQLite file; a connection lives for one question, so any thread may ask."""

    path: Path

    @property
    def is_there(self) -> bool:
        """Whether there is a catalogue of the present layout."""
        if not self.path.exists():
            return False
        with self._open() as db:
            return _layout(db) == _LAYOUT

    def add(self, records: Iterable[Record]) -> None:
        """Catalogues versions, or what has become of them, in one transaction."""
        with self._writing() as db:
            for record in records:
                _add(db, record)

    def clear(self) -> None:
        """Empties the catalogue."""
        with self._writing() as db:
            _clear(db)

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._open() as db:
            db.execute("BEGIN IMMEDIATE")
            try:
                if _layout(db) != _LAYOUT:
                    _clear(db)
                yield db
                db.execute("COMMIT")
            finally:
                if db.in_transaction:
                    db.execute("ROLLBACK")

    def find(
        self,
        *,
        text: str | None,
        site: str | None,
        partner: str | None,
        science_field: str | None,
        start_utc: str | None,
        stop_utc: str | None,
    ) -> list[Record]:
        """Newest versions for which all that is given holds, by start and then identifier."""
        with self._open() as db:
            asked = [
                *_asked("site = ?", site),
                *_asked("partner = ?", partner),
                *_asked("id IN (SELECT product FROM product_field WHERE field = ?)", science_field),
                *_asked(
                    "max(stop_ns, start_ns + 1) > ?",
                    None if start_utc is None else _nanoseconds(start_utc),
                ),
                *_asked("start_ns < ?", None if stop_utc is None else _nanoseconds(stop_utc)),
                *_asked_text(db, text),
            ]
            where = " AND ".join([_IS_NEWEST, _IS_SHOWN, *(condition for condition, _ in asked)])
            rows = db.execute(
                f"SELECT record FROM product WHERE {where} ORDER BY start_ns, lid",
                [value for _, value in asked],
            ).fetchall()
        return [_record(row[0]) for row in rows]

    def versions(self, lid: Lid) -> list[Record]:
        """Every version of a product, newest first."""
        with self._open() as db:
            return _versions(db, lid)

    def lidvids(self) -> set[str]:
        """The identifiers of everything catalogued."""
        with self._open() as db:
            rows = db.execute("SELECT lid || '::' || major || '.' || minor FROM product")
            return {row[0] for row in rows}

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(sqlite3.connect(self.path, isolation_level=None, timeout=30.0)) as db:
                yield db
        except sqlite3.OperationalError:
            raise  # a full disk, a lock: the archive says what to do
        except sqlite3.DatabaseError as error:
            raise IlrsError(
                f"the catalogue {self.path} cannot be read: {error}",
                "it holds nothing that the labels do not hold too",
                "Delete that file; it is made anew from the labels.",
            ) from None


def _clear(db: sqlite3.Connection) -> None:
    """Empties the catalogue, inside the caller's transaction."""
    for table in ("product", "product_field", "product_text"):
        db.execute(f"DROP TABLE IF EXISTS {table}")
    for statement in _TABLES.split(";"):
        db.execute(statement)
    try:
        db.execute(f"CREATE VIRTUAL TABLE product_text USING {_TEXT_INDEX} (text)")
    except sqlite3.OperationalError:  # an SQLite built without it
        db.execute("CREATE TABLE product_text (text TEXT NOT NULL)")
    db.execute(f"PRAGMA user_version = {_LAYOUT}")


def _add(db: sqlite3.Connection, record: Record) -> None:
    """Catalogues one version, inside the caller's transaction."""
    name = LidVid.parse(record.lidvid)
    old = db.execute(
        "SELECT id FROM product WHERE (lid, major, minor) = (?, ?, ?)",
        (str(name.lid), name.vid.major, name.vid.minor),
    ).fetchone()
    if old is not None:
        db.execute("DELETE FROM product WHERE id = ?", old)
        db.execute("DELETE FROM product_field WHERE product = ?", old)
        db.execute("DELETE FROM product_text WHERE rowid = ?", old)
    times = (_nanoseconds(record.start_utc), _nanoseconds(record.stop_utc))
    row = db.execute(
        "INSERT INTO product (lid, major, minor, start_ns, stop_ns, site, partner, record) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            str(name.lid),
            name.vid.major,
            name.vid.minor,
            *times,
            record.site,
            record.partner,
            json.dumps(record.to_dict(), ensure_ascii=False),
        ),
    ).lastrowid
    db.executemany(
        "INSERT INTO product_field VALUES (?, ?)", [(row, name) for name in record.science_fields]
    )
    words = (record.title, record.description, *record.keywords, *record.science_fields,
             record.site, record.partner, record.instrument, record.lidvid)  # fmt: skip
    db.execute(
        "INSERT INTO product_text (rowid, text) VALUES (?, ?)", (row, " ".join(words).casefold())
    )


def _versions(db: sqlite3.Connection, lid: Lid) -> list[Record]:
    """Every version of a product, newest first."""
    rows = db.execute(
        "SELECT record FROM product WHERE lid = ? ORDER BY major DESC, minor DESC", (str(lid),)
    )
    return [_record(row[0]) for row in rows]


def _layout(db: sqlite3.Connection) -> int:
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def _record(text: str) -> Record:
    return Record.from_dict(json.loads(text))


def _nanoseconds(utc: str) -> int:
    return microseconds(utc) * 1000 if utc else 0


def _asked(condition: str, value: object | None) -> Sequence[tuple[str, object]]:
    return [] if value is None else [(condition, value)]


def _asked_text(db: sqlite3.Connection, text: str | None) -> list[tuple[str, object]]:
    """Conditions for all words of a text; nothing in it is taken as the index's query language."""
    words = (text or "").replace("\0", " ").casefold().split()  # SQLite's lower() knows ASCII only
    if not words:
        return []
    made = db.execute("SELECT sql FROM sqlite_master WHERE name = 'product_text'").fetchone()[0]
    inside = "id IN (SELECT rowid FROM product_text WHERE {})"
    if "VIRTUAL" in made:
        query = " ".join('"' + word.replace('"', '""') + '"*' for word in words)
        return [(inside.format("product_text MATCH ?"), query)]
    return [(inside.format("instr(text, ?) > 0"), word) for word in words]
