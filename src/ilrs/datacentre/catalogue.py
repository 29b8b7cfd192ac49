"""The catalogue: an index of the records, made for finding; it can be thrown away and remade.

    catalogue = open_catalogue("archive/catalogue.sqlite3")       # or postgresql://…
    catalogue.add(records)                                        # all of them, or none
    answer = catalogue.search(Question(where=Meets(Circle(0, -90, 1))), view=view)

Every answer is for a view (`ilrs.datacentre.rights`): what it does not show is not found, not
counted, and leaves no trace in order, cursors or times of harvest; where a label may not be seen,
the record comes without it. A record added again replaces what was there. One writes at a time, any
number read, each question in one state of the catalogue.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

from ilrs.datacentre.answering import Asked, counted, spans_of
from ilrs.datacentre.catalogue_filing import (
    LAYOUT,
    Filing,
    Session,
    fingerprint,
    notes,
    require_policy,
)
from ilrs.datacentre.columns import Columns
from ilrs.datacentre.conditions import field_type
from ilrs.datacentre.lid import Lid, LidVid
from ilrs.datacentre.question import Answer, Cursor, Question, read_cursor, write_cursor
from ilrs.datacentre.record import Record
from ilrs.datacentre.rights import Judge, Policy, View
from ilrs.datacentre.said import Said, record_of, without_label
from ilrs.datacentre.seen import Seen, classes_of, seen_by
from ilrs.datacentre.shapes import Rows
from ilrs.datacentre.shown import Shown
from ilrs.datacentre.sql import Builder
from ilrs.datacentre.sql_rows import RECORD, said_in
from ilrs.datacentre.sql_sqlite import SqliteDatabase
from ilrs.datacentre.storage import has_scheme
from ilrs.foundation.errors import IlrsError

__all__ = ["Catalogue", "narrowed", "open_catalogue", "read_columns", "spans"]

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
    if not has_scheme(text):
        return Catalogue(SqliteDatabase(Path(text)), policy)
    if text.startswith("sqlite:///"):
        return Catalogue(SqliteDatabase(Path(text.removeprefix("sqlite:///"))), policy)
    if text.startswith(("postgresql://", "postgres://")):
        # psycopg is an extra, and is loaded for those alone who ask for it
        from ilrs.datacentre.sql_postgres import PostgresDatabase  # noqa: PLC0415

        return Catalogue(PostgresDatabase(text), policy)
    raise IlrsError(
        f"the catalogue '{text.partition(':')[0]}:…' cannot be opened",
        "a catalogue is a file (sqlite:///path) or a database (postgresql://user@host/name)",
        "Correct the address.",
    )


class Catalogue:
    """Records to be found, in a database."""

    def __init__(self, database: Database, policy: Policy) -> None:
        self.policy, self.judge = policy, Judge(policy)
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

    def follow(self, policy: Policy) -> None:
        """Goes by another policy from now on: all records are judged anew."""
        self.policy, self.judge = policy, Judge(policy)
        if self.is_there:
            self._judge()

    def close(self) -> None:
        """Gives up its connections; the next question opens new ones."""
        self._database.close()

    # --- what is in it ----------------------------------------------------------------------------

    def add(self, records: Iterable[Record]) -> int:
        """Catalogues records, all or none; how many. The same version again is replaced.

        Raises OtherPolicyError where another process judged all anew by other rights meanwhile.
        """
        return self._add(records, is_anew=False)

    def remake(self, records: Iterable[Record] = ()) -> int:
        """Makes the catalogue anew of these records alone; how many.

        Whoever asks meanwhile is answered from what was there before. Raises as `add`.
        """
        return self._add(records, is_anew=True)

    def _add(self, records: Iterable[Record], *, is_anew: bool) -> int:
        given, count = iter(records), 0
        with self._database.writing() as session:
            require_policy(session, self.policy)
            filing = Filing(session, self.policy, is_anew=is_anew)
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

    def filed(self, lid: Lid) -> list[Record]:
        """Every version of a product, newest first, whoever may see it: for the archive itself."""
        if not self.is_there:
            return []
        with self._database.reading() as session:
            rows = session.rows(
                f"SELECT {RECORD} FROM product p WHERE lid = ?1 ORDER BY major DESC, minor DESC",
                [str(lid)],
            )
            return [record_of(said_in(row)) for row in rows]

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
            if notes(session).get("policy") == wanted:
                return
        with self._database.writing() as session:
            filing = Filing(session, self.policy)
            filing.judge_all()
            filing.end()

    # --- questions --------------------------------------------------------------------------------

    def search(self, question: Question, *, view: View) -> Answer[Record]:
        """The records that are asked for and seen, in order, with the cursor to the next ones."""
        found = self.said(question, view=view)
        records = tuple(map(record_of, found.records))
        return Answer(records=records, after=found.after, matched=found.matched)

    def said(self, question: Question, *, view: View) -> Answer[Said]:
        """The same as what each of the records says: for pages, which are made of that."""
        with self._asking() as session:
            if session is None:
                return Answer(records=(), matched=0 if question.counted else None)
            seen, shown = self._shown(view)
            cursor = read_cursor(question.after, question.sort) if question.after else None
            asked = Asked(question, seen, shown, session)
            matched = None
            if question.counted:
                asked = replace(asked, known=asked.found())
                matched = len(asked.found())
            if cursor is not None and cursor.until_us is not None:
                seen = seen._replace(until_us=cursor.until_us)
                asked = Asked(question, seen, shown, session)
            page = asked.page(cursor)
            told = _said(session, shown, page.rows)
            after = ""
            if page.has_more and told:
                until = cursor.until_us if cursor else self._columns.last_harvest_us(seen)
                last = Cursor(page.keys, told[-1]["lidvid"], until)
                after = write_cursor(last, question.sort)
        return Answer(records=tuple(told), after=after, matched=matched)

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
        with self._asking() as session:
            if session is None:
                return 0
            return len(Asked(question, *self._shown(view), session).found())

    def facets(
        self, names: Sequence[str], *, question: Question, view: View
    ) -> dict[str, list[tuple[Any, int]]]:
        """Of each field the values that the records asked for have, most frequent first."""
        for name in names:
            field_type(name)
        with self._asking() as session:
            if session is None:
                return {name: [] for name in names}
            seen, shown = self._shown(view)
            marks = Asked(question, seen, shown, session).marks()
            fields = {name: shown.field(name, session) for name in names}
            return {name: counted(field, marks) for name, field in fields.items()}

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
            classes = classes_of(session)
            seen, labels = (seen_by(v, classes) for v in (view, view.labels or view))
            rows = session.rows(
                f"SELECT class, release_us, received_us, withdrawn_us, {RECORD} "
                "FROM product p WHERE lid = ?1 ORDER BY major DESC, minor DESC",
                [str(lid)],
            )
            found = ((row[:4], record_of(said_in(row[4:]))) for row in rows if seen.shows(*row[:4]))
            return [r if labels.shows(*rights) else r.without_label() for rights, r in found]

    def _shown(self, view: View) -> tuple[Seen, Shown]:
        """A view in the numbers of the catalogue, and the columns as it shows them."""
        classes = self._columns.classes
        seen = seen_by(view, classes)
        labels = seen_by(view.labels or view, classes)
        return seen, Shown(self._columns, None if labels == seen else labels)

    @contextmanager
    def _asking(self) -> Iterator[Session | None]:
        """A session and the columns in the state that it sees; None where there is no catalogue.

        The columns may be past it, where another thread asked meanwhile: then it is begun anew.
        """
        for at_any_rate in (False, False, True):
            if not self._database.exists():
                yield None
                return
            with self._database.reading() as session, self._columns.lock:
                if session.layout() != LAYOUT:
                    yield None
                    return
                if self._columns.follow(session, at_any_rate=at_any_rate):
                    yield session
                    return


def narrowed(catalogue: Catalogue) -> tuple[str, ...]:
    """What is another value once something may be hidden: replaced, removed or judged anew."""
    if not catalogue.is_there:
        return ()
    with catalogue._database.reading() as session:
        noted = notes(session)
    return tuple(noted.get(name, "") for name in ("rewritten", "judged", "removed"))


def spans(catalogue: Catalogue, *, view: View) -> dict[str, tuple[str, str]]:
    """Of each collection of which products are seen their first start and last stop.

    ISO 8601 UTC; "" for a start where one of them does not say it, for a stop where none does.
    """
    with catalogue._asking() as session:
        if session is None:
            return {}
        seen, shown = catalogue._shown(view)
        kept, marks = shown.field("collection", session), shown.seen(seen, is_newest=True)
        times = (shown.field(name, session) for name in ("start_utc", "stop_utc"))
        return dict(spans_of(kept, marks, *times))


def read_columns(catalogue: Catalogue, names: Iterable[str]) -> None:
    """Reads columns of fields while others ask, so that nobody waits for them.

    A catalogue that changes meanwhile is left to whoever asks about them first.
    """
    columns = catalogue._columns
    if not catalogue.is_there:
        return
    with catalogue._database.reading() as session:
        with columns.lock:
            if not columns.follow(session):
                return
            aside = columns.aside(names)
        aside.read(session)
        with columns.lock:
            columns.take(aside)


def _said(session: Session, columns: Shown, rows: Rows) -> list[Said]:
    """What the records of rows say, in that order, as the columns show them."""
    builder, ids = Builder(session.dialect), columns.ids[rows].tolist()
    test = builder.one_of("id", ids)
    query = f"SELECT p.id, {RECORD} FROM product p WHERE {test}"
    kept = {number: row for number, *row in session.rows(query, builder.values)}
    told = [said_in(kept[number]) for number in ids]
    if not columns.hides_labels:
        return told
    hidden = columns.hidden_of(rows).tolist()
    return [without_label(said) if h else said for said, h in zip(told, hidden, strict=True)]
