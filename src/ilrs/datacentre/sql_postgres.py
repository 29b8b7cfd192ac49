"""The catalogue in PostgreSQL: for many who write and many machines that serve.

Words are a tsvector of what was cut already; those of the label have the weight D, the others A. No
module of the server's is needed.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from ilrs.datacentre.matching import words_of_index
from ilrs.datacentre.sql import Bind, like_parts
from ilrs.datacentre.sql_rows import COLUMNS, Rows, foreign_tables, sql_type
from ilrs.foundation.errors import IlrsError, UnavailableError

try:
    import psycopg
    from psycopg.conninfo import conninfo_to_dict
except ImportError as error:
    raise IlrsError(
        f"a catalogue in PostgreSQL cannot be opened: {error.name} is not installed",
        "it comes with the extra 'postgres'",
        "Run: pip install 'ilrs[postgres]'",
    ) from None

__all__ = ["PostgresDatabase"]

_TYPES = {"key": "bigint PRIMARY KEY", "whole": "bigint", "real": "double precision",
          "text": 'text COLLATE "C"', "bytes": "bytea"}  # fmt: skip
_NAMES = ("product", "term", "rights_class", "meta", "removed")
_TABLES = (
    f"DROP TABLE IF EXISTS {', '.join(_NAMES)}",
    "CREATE TABLE product ("
    + ", ".join(f"{name} {sql_type(kind, _TYPES)}" for name, kind in COLUMNS.items())
    + ", words tsvector, UNIQUE (lid, major, minor))",
    "CREATE INDEX product_newer ON product (newer_id) WHERE newer_id IS NOT NULL",
    "CREATE INDEX product_words ON product USING gin (words)",
    'CREATE TABLE term (field bigint, value text COLLATE "C", product bigint)',
    # An entry of an index has 2,704 bytes at most: of a long text its beginning stands there.
    "CREATE INDEX term_value ON term (field, left(value, 500), product)",
    "CREATE TABLE rights_class (id bigint PRIMARY KEY, key text, remainder bigint, last_us bigint)",
    "CREATE TABLE removed (number bigint PRIMARY KEY, product bigint)",
    "CREATE TABLE meta (name text PRIMARY KEY, value text)",
)
_PLACEHOLDER = re.compile(r"\?(\d+)")
_LOCK = 1737_400  # of pg_advisory_xact_lock: whoever writes into a catalogue holds it
_WAIT_S, _READER_WAIT_S = 30, 5
_AT_ONCE = 5000  # rows that the server sends together where there are very many
#: What is asked of a connection where the address does not say otherwise: a server that is gone,
#: and says nothing any more, is noticed within a minute.
_USUAL: Mapping[str, Any] = {
    "connect_timeout": 10, "keepalives_idle": 30, "keepalives_interval": 10,
    "keepalives_count": 3, "tcp_user_timeout": 30_000,
}  # fmt: skip


class _Dialect:
    """What PostgreSQL has its own way to say, in one transaction."""

    # PostgreSQL reads no JSON in which NUL is written, as parts of a record may have it.
    description = r"""(nullif((CASE WHEN strpos(p.record, '\u0000') = 0 THEN p.record ELSE
        regexp_replace(p.record, '(?<!\\)((\\\\)*)\\u0000', '\1', 'g') END)::json
        ->>'description', '') COLLATE "C")"""

    def __init__(self, db: Any) -> None:
        self._db = db

    def one_of(self, expression: str, values: Sequence[Any], bind: Bind) -> str:
        listed = list(values)
        if any(isinstance(value, float) for value in listed):
            listed = [float(value) for value in listed]
        return f"({expression} = ANY({bind(listed)}))"

    def term(self, values: Sequence[str], bind: Bind) -> str:
        begins = self.one_of("left(t.value, 500)", [value[:500] for value in values], bind)
        return f"({begins} AND {self.one_of('t.value', values, bind)})"

    def like(self, expression: str, pattern: str, any_case: bool, bind: Bind) -> str:
        made = "".join(
            c if is_wild or c not in "%_\\" else "\\" + c
            for c, is_wild in like_parts(pattern.lower() if any_case else pattern)
        )
        told = f'lower({expression} COLLATE "und-x-icu")' if any_case else expression
        return f"({told} LIKE {bind(made)})"

    def words(self, words: Sequence[str], bind: Bind, *, is_label_hidden: bool) -> str:
        weight = "A" if is_label_hidden else ""
        query = " & ".join(f"'{word}':*{weight}" for word in words)
        return f"SELECT p.id FROM product p WHERE p.words @@ {bind(query)}::tsquery"


class PostgresDatabase:
    """A database, and connections to it that are used again."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._idle: list[Any] = []

    def close(self) -> None:
        """Closes all connections that are not in use."""
        while self._idle:
            self._idle.pop().close()

    def __del__(self) -> None:
        self.close()

    def exists(self) -> bool:
        """Whether it can be asked; a database that is not there is an error."""
        return True

    @contextmanager
    def reading(self) -> Iterator["_Session"]:
        """A session that sees one state of the catalogue, whatever others write meanwhile."""
        with self._session("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY") as db:
            yield _Session(db)

    @contextmanager
    def writing(self) -> Iterator["_Session"]:
        """The one session that writes; what is not ended well is undone."""
        with self._session("BEGIN") as db:
            db.execute(f"SET LOCAL lock_timeout = '{_WAIT_S}s'")
            db.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
            yield _Session(db)

    @contextmanager
    def _session(self, begin: str) -> Iterator[Any]:
        db = self._begun(begin)
        try:
            yield db
            db.execute("COMMIT")
        except psycopg.Error as error:
            db.close()
            raise _failed(error) from None
        except BaseException:
            db.close()  # and with it goes what was not committed
            raise
        self._idle.append(db)

    def _begun(self, begin: str) -> Any:
        """A connection in a new transaction; those that the server has ended are passed over."""
        while True:
            try:
                db = self._idle.pop()
            except IndexError:  # asked for so, as another thread may take the last one
                break
            try:
                db.execute(begin)
                return db
            except psycopg.Error:
                db.close()
        try:
            db = _connected(self.url)
            db.execute(begin)
            return db
        except psycopg.Error as error:
            raise UnavailableError(
                f"the catalogue's database cannot be opened: {' '.join(str(error).split())}",
                "a database that exists and may be written is needed, postgresql://user@host/name",
                "Correct the address, or start the server.",
            ) from None


def _connected(url: str) -> Any:
    """A new connection. Raises IlrsError where the address is none.

    What is wrong in it is not told: libpq would quote the part of a password.
    """
    try:
        said = conninfo_to_dict(url)
        parts = [str(said.get(name) or "") for name in ("host", "dbname", "port")]
        is_sound = not any("@" in part for part in parts) and set(parts[2]) <= set("0123456789,")
    except psycopg.ProgrammingError:
        is_sound = False
    if not is_sound:
        raise IlrsError(
            "the address of the catalogue's database cannot be read",
            "it is postgresql://user:password@host:port/name; within a part, what is no letter or "
            "digit is written as % and two hexadecimal digits, @ as %40 and / as %2F",
            "Correct it in node.yaml.",
        )
    usual: dict[str, Any] = {name: value for name, value in _USUAL.items() if name not in said}
    db = psycopg.connect(url, autocommit=True, client_encoding="utf8", **usual)
    db.execute(f"SET lock_timeout = '{_READER_WAIT_S}s'")
    return db


def _failed(error: psycopg.Error) -> IlrsError:
    if isinstance(error, psycopg.errors.LockNotAvailable):
        return UnavailableError(
            "another program holds the catalogue's database",
            f"one writes at a time; this one waited {_WAIT_S} s, or {_READER_WAIT_S} s to read",
            "Try again when the other has ended.",
        )
    reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
    return UnavailableError(
        f"the catalogue's database does not answer as it should: {reason}",
        "what was filed before is as it was",
        "Mend it and try again.",
    )


class _Session:
    """One transaction."""

    unknown = None

    def __init__(self, db: Any) -> None:
        self._db = db
        self.dialect = _Dialect(db)

    def rows(self, sql: str, values: Sequence[Any] = ()) -> Iterable[tuple[Any, ...]]:
        """The rows of a query with placeholders ?1, ?2, …"""
        return self._execute(sql, values).fetchall()  # type: ignore[no-any-return]

    def each(self, sql: str, values: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
        """The same rows where there are very many: never all of them in memory."""
        with self._db.cursor(name="each") as cursor:
            cursor.itersize = _AT_ONCE
            yield from cursor.execute(_PLACEHOLDER.sub(r"%(\1)s", sql), _numbered(values))

    def run(self, sql: str, values: Sequence[Any] = ()) -> None:
        """Runs a statement, likewise."""
        self._execute(sql, values)

    def run_all(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        """Runs a statement once for each row of values."""
        with self._db.cursor() as cursor:
            cursor.executemany(_PLACEHOLDER.sub(r"%(\1)s", sql), [_numbered(r) for r in rows])

    def _execute(self, sql: str, values: Sequence[Any]) -> Any:
        return self._db.execute(_PLACEHOLDER.sub(r"%(\1)s", sql), _numbered(values))

    def layout(self) -> int:
        """The number of the tables' layout; 0 where there are none."""
        if self._db.execute("SELECT to_regclass('rights_class')").fetchone()[0] is None:
            return 0
        row = self._db.execute("SELECT value FROM meta WHERE name = 'layout'").fetchone()
        return 0 if row is None else int(row[0])

    def make(self, layout: int) -> None:
        """Makes the tables anew, empty.

        Raises IlrsError where there are such tables of something else, or texts are not kept as
        UTF-8.
        """
        there = self._db.execute(
            "SELECT relname FROM pg_class WHERE relname = ANY(%s) AND relnamespace = "
            "current_schema()::regnamespace ORDER BY relname",
            [list(_NAMES)],
        ).fetchall()
        if there and not self.layout():
            raise foreign_tables([name for (name,) in there], "the catalogue's database")
        (encoding,) = self._db.execute("SHOW server_encoding").fetchone()
        if encoding != "UTF8":
            raise IlrsError(
                f"the catalogue's database keeps texts as {encoding}",
                "records are in all languages: it is made with ENCODING 'UTF8'",
                "Name another database.",
            )
        # Tables that are dropped are gone for those who read too, rows that are deleted are not.
        is_as_before = bool(there) and self.layout() == layout
        for statement in [f"DELETE FROM {name}" for name in _NAMES] if is_as_before else _TABLES:
            self._db.execute(statement)
        self._db.execute("INSERT INTO meta VALUES ('layout', %s)", [str(layout)])

    def insert(self, rows: Rows) -> None:
        """Adds rows to all tables."""
        with (
            self._db.cursor() as cursor,
            cursor.copy(f"COPY product ({', '.join(COLUMNS)}, words) FROM STDIN") as copy,
        ):
            for *product, known, label in zip(*rows.columns, rows.known, rows.label, strict=True):
                words = [f"'{word}':1A" for word in words_of_index(known)]
                words += [f"'{word}':2D" for word in words_of_index(label)]
                copy.write_row((*product, " ".join(words)))
        with self._db.cursor() as cursor, cursor.copy("COPY term FROM STDIN") as copy:
            for term in rows.terms:
                copy.write_row(term)

    def remove(self, rows: Rows) -> None:
        """Removes rows, given as they were added."""
        self._db.execute("DELETE FROM product WHERE id = ANY(%s)", [list(rows.numbers)])
        with self._db.cursor() as cursor:
            cursor.executemany(
                "DELETE FROM term WHERE field = %(1)s AND left(value, 500) = left(%(2)s, 500) "
                "AND value = %(2)s AND product = %(3)s",
                [_numbered(term) for term in rows.terms],
            )


def _numbered(values: Sequence[Any]) -> dict[str, Any]:
    return {str(k): value for k, value in enumerate(values, start=1)}
