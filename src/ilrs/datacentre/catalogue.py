"""The catalogue: an index of the records, made for finding; it can be thrown away and remade.

    catalogue = open_catalogue("archive/catalogue.sqlite3")       # or postgresql://…
    catalogue.add(records)                                        # all of them, or none
    answer = catalogue.search(Question(where=Meets(Circle(0, -90, 1))), view=view)

Every answer is for a view (`ilrs.datacentre.rights`): what it does not show is not found, not
counted, and leaves no trace in order, cursors or times of harvest. A record added again replaces
what was there. One writes at a time, any number read, each question in one state of the catalogue.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

from ilrs.datacentre.catalogue_filing import (
    LAYOUT,
    Filing,
    Session,
    fingerprint,
    noted,
)
from ilrs.datacentre.columns import Columns
from ilrs.datacentre.conditions import All, field_type
from ilrs.datacentre.lid import Lid, LidVid, Vid
from ilrs.datacentre.question import Answer, Cursor, Question, read_cursor, write_cursor
from ilrs.datacentre.record import Record
from ilrs.datacentre.rights import Policy, View
from ilrs.datacentre.sql import AGES_US, Builder, Seen, column
from ilrs.datacentre.sql_rows import record_of
from ilrs.datacentre.sql_sqlite import SqliteDatabase
from ilrs.foundation.errors import IlrsError

__all__ = ["Catalogue", "open_catalogue"]

_AT_ONCE = 2000  # records made into rows together


class Database(Protocol):
    """A database that can hold a catalogue."""

    def exists(self) -> bool: ...
    def reading(self) -> AbstractContextManager[Session]: ...
    def writing(self) -> AbstractContextManager[Session]: ...
    def close(self) -> None: ...


def open_catalogue(url: str | Path, *, policy: Policy) -> "Catalogue":
    """The catalogue in a file (a path or sqlite:///…) or in a database (postgresql://…).

    Where `policy` is not the one that its records were last judged by, they are judged anew.
    Raises IlrsError for other addresses.
    """
    text = str(url)
    if "://" not in text:
        return Catalogue(SqliteDatabase(Path(text)), policy)
    if text.startswith("sqlite:///"):
        return Catalogue(SqliteDatabase(Path(text.removeprefix("sqlite:///"))), policy)
    if text.startswith(("postgresql://", "postgres://")):
        # psycopg is an extra, and is loaded for those alone who ask for it
        from ilrs.datacentre.sql_postgres import PostgresDatabase  # noqa: PLC0415

        return Catalogue(PostgresDatabase(text), policy)
    raise IlrsError(
        f"the catalogue {text.split('@')[-1]!r} cannot be opened",
        "a catalogue is a file (sqlite:///path) or a database (postgresql://user@host/name)",
        "Correct the address.",
    )


class Catalogue:
    """Records to be found, in a database."""

    def __init__(self, database: Database, policy: Policy) -> None:
        self.policy = policy
        self._database = database
        self._columns = Columns()
        if self.is_there:
            self._judge()

    @property
    def is_there(self) -> bool:
        """Whether there is a catalogue of the present layout."""
        if not self._database.exists():
            return False
        with self._database.reading() as session:
            return session.layout() == LAYOUT

    def close(self) -> None:
        """Gives up its connections; the next question opens new ones."""
        self._database.close()

    # --- what is in it ----------------------------------------------------------------------------

    def add(self, records: Iterable[Record]) -> int:
        """Catalogues records, all or none; how many. The same version again is replaced."""
        given, count = iter(records), 0
        with self._database.writing() as session:
            filing = Filing(session, self.policy)
            while batch := list(islice(given, _AT_ONCE)):
                filing.add(batch)
                count += len(batch)
            filing.end()
        return count

    def remove(self, lidvids: Iterable[str]) -> None:
        """Forgets versions, as if they had never been catalogued."""
        with self._database.writing() as session:
            filing = Filing(session, self.policy)
            filing.remove(lidvids)
            filing.end()

    def clear(self) -> None:
        """Makes the catalogue anew, empty."""
        with self._database.writing() as session:
            Filing(session, self.policy, is_anew=True).end()

    def filed(self, lid: Lid) -> list[Record]:
        """Every version of a product, newest first, whoever may see it: for the archive itself."""
        if not self.is_there:
            return []
        with self._database.reading() as session:
            rows = session.rows(
                "SELECT record, shape, harvested_us FROM product WHERE lid = ?1 "
                "ORDER BY major DESC, minor DESC",
                [str(lid)],
            )
            return [record_of(*row) for row in rows]

    def lidvids(self) -> set[str]:
        """The identifiers of everything catalogued, whoever may see it."""
        if not self.is_there:
            return set()
        with self._database.reading() as session:
            rows = session.rows("SELECT lid || '::' || major || '.' || minor FROM product")
            return {row[0] for row in rows}

    def _judge(self) -> None:
        """Gives all records the rights of the present policy, where they have those of another."""
        wanted = fingerprint(self.policy)
        with self._database.reading() as session:
            if noted(session, "policy") == wanted:
                return
        with self._database.writing() as session:
            filing = Filing(session, self.policy)
            filing.judge_all()
            filing.end()

    # --- questions --------------------------------------------------------------------------------

    def search(self, question: Question, *, view: View) -> Answer:
        """The records that are asked for and seen, in order, with the cursor to the next ones."""
        if not self.is_there:
            return Answer(records=(), matched=0 if question.counted else None)
        with self._database.reading() as session:
            seen = _seen(session, view)
            matched = self._count(session, question, seen) if question.counted else None
            if question.after:
                cursor = read_cursor(question.after, question.sort)
                seen = replace(seen, until_us=cursor.until_us)
            found = self._page(session, question, seen)
            shown = found[: question.limit]
            records = _records(session, [row[0] for row in shown])
            after = ""
            if len(found) > len(shown) and shown:
                until = seen.until_us if question.after else self._reached(session, seen)
                last = Cursor(tuple(shown[-1][4:]), _lidvid(shown[-1]), until)
                after = write_cursor(last, question.sort)
        return Answer(records=tuple(records), after=after, matched=matched)

    def every(self, question: Question, *, view: View) -> Iterator[Record]:
        """All records that are asked for and seen, in order, read page by page."""
        while True:
            answer = self.search(question, view=view)
            yield from answer.records
            if not answer.after:
                return
            question = replace(question, after=answer.after)

    def count(self, question: Question, *, view: View) -> int:
        """How many records are asked for and seen, wherever a cursor may stand."""
        if not self.is_there:
            return 0
        with self._database.reading() as session:
            return self._count(session, question, _seen(session, view))

    def facets(
        self, names: Sequence[str], *, question: Question, view: View
    ) -> dict[str, list[tuple[Any, int]]]:
        """Of each field the values that the records asked for have, most frequent first."""
        for name in names:
            field_type(name)
        if not self.is_there:
            return {name: [] for name in names}
        is_newest = question.versions == "newest"
        with self._database.reading() as session:
            seen, ids = _seen(session, view), None
            if question.where != All():
                builder = Builder(session.dialect)
                where = self._where(builder, question, seen)
                rows = session.rows(f"SELECT p.id FROM product p WHERE {where}", builder.values)
                ids = [int(row[0]) for row in rows]
            return self._columns.counts(session, names, seen, is_newest=is_newest, ids=ids)

    def get(self, identifier: str, *, view: View) -> Record | None:
        """The record of a LIDVID, or the newest one seen of a LID; None where none is seen.

        Raises IlrsError where the text is neither.
        """
        lid = LidVid.parse(identifier).lid if "::" in identifier else Lid.parse(identifier)
        records = self.versions(lid, view=view)
        wanted = (r for r in records if r.lidvid == identifier or str(lid) == identifier)
        return next(wanted, None)

    def versions(self, lid: Lid, *, view: View) -> list[Record]:
        """Every version of a product that is seen, newest first."""
        if not self.is_there:
            return []
        with self._database.reading() as session:
            builder = Builder(session.dialect)
            seen, name = builder.seen(_seen(session, view)), builder.bind(str(lid))
            rows = session.rows(
                "SELECT p.record, p.shape, p.harvested_us FROM product p "
                f"WHERE p.lid = {name} AND {seen} ORDER BY p.major DESC, p.minor DESC",
                builder.values,
            )
            return [record_of(*row) for row in rows]

    # --- how it is done ---------------------------------------------------------------------------

    def _where(self, builder: Builder, question: Question, seen: Seen) -> str:
        parts = [builder.condition(question.where), builder.seen(seen)]
        if question.versions == "newest":
            parts.append(builder.newest(seen))
        return " AND ".join(parts)

    def _page(self, session: Session, question: Question, seen: Seen) -> list[tuple[Any, ...]]:
        """Id, LID, version and sort keys of the next records, one more than are asked for."""
        is_indexed = question.sort[:1] and question.sort[0][0] in {"start_utc", "harvested_utc"}
        builder = Builder(session.dialect, few=question.limit + 1 if is_indexed else 0)
        where = self._where(builder, question, seen)
        if question.after:
            cursor = read_cursor(question.after, question.sort)
            where += f" AND {builder.beyond(cursor.keys, cursor.lidvid, question.sort)}"
        table = session.dialect.table(question.sort[0][0] if is_indexed else "")
        keys = "".join(f", {column(name, builder.dialect)}" for name, _ in question.sort)
        return list(
            session.rows(
                f"SELECT p.id, p.lid, p.major, p.minor{keys} FROM {table} WHERE {where} "
                f"ORDER BY {builder.order(question.sort)} LIMIT {question.limit + 1}",
                builder.values,
            )
        )

    def _count(self, session: Session, question: Question, seen: Seen) -> int:
        if question.where == All():
            is_newest = question.versions == "newest"
            return self._columns.count(session, seen, is_newest=is_newest)
        builder = Builder(session.dialect)
        where = self._where(builder, question, seen)
        rows = session.rows(f"SELECT count(*) FROM product p WHERE {where}", builder.values)
        return int(next(iter(rows))[0])

    def _reached(self, session: Session, seen: Seen) -> int | None:
        """The last time of harvest that is seen: later pages of an answer look no further."""
        where = Builder(session.dialect).seen(seen)
        rows = session.rows(
            f"SELECT p.harvested_us FROM product p WHERE {where} "
            "ORDER BY p.harvested_us DESC LIMIT 1"
        )
        return next((int(row[0]) for row in rows), None)


def _seen(session: Session, view: View) -> Seen:
    """A view in the numbers of the catalogue."""
    classes = list(session.rows("SELECT id, key FROM rights_class ORDER BY id"))
    return Seen(
        always=tuple(int(number) for number, key in classes if key in view.always),
        after_release=tuple(int(number) for number, key in classes if key in view.after_release),
        instant_us=max(-AGES_US, min(AGES_US - 1, round(view.instant_s * 1e6))),
    )


def _records(session: Session, numbers: Sequence[int]) -> list[Record]:
    """Records by their ids, in that order."""
    listed = ", ".join(map(str, numbers)) or "NULL"
    query = f"SELECT id, record, shape, harvested_us FROM product WHERE id IN ({listed})"
    kept = {row[0]: row[1:] for row in session.rows(query)}
    return [record_of(*kept[number]) for number in numbers]


def _lidvid(row: Sequence[Any]) -> str:
    return str(LidVid(Lid.parse(row[1]), Vid(int(row[2]), int(row[3]))))
