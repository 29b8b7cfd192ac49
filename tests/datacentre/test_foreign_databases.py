"""Databases that are something else's, are gone, or have an address that cannot be read."""

import sqlite3
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import pytest

from ilrs.datacentre.catalogue import open_catalogue
from ilrs.datacentre.question import Question
from ilrs.datacentre.record import Record
from ilrs.datacentre.rights import everything
from ilrs.datacentre.rights_file import read_policy
from ilrs.foundation.errors import IlrsError, UnavailableError

RECORD = Record(lidvid="urn:ilrs:jdc:moon:run:a::1.0")
FOREIGN = (
    " has tables of something else: meta, product; a catalogue replaces tables of these names; "
    "nothing was changed. Name a database, a schema of one, or a file that the catalogue has for "
    "itself."
)


@pytest.mark.parametrize("number", [0, 8])
def test_tables_of_something_else_in_a_file_are_kept(tmp_path: Path, number: int) -> None:
    path = tmp_path / "shop.sqlite3"
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE product (price TEXT)")
        db.execute("CREATE TABLE meta (key TEXT)")
        db.execute("INSERT INTO product VALUES ('7')")
        db.execute(f"PRAGMA user_version = {number + 100}" if number else "PRAGMA user_version = 0")
    with pytest.raises(IlrsError) as caught:
        open_catalogue(path, policy=read_policy()).add([RECORD])
    assert str(caught.value) == f"the catalogue's file{FOREIGN}"
    assert sqlite3.connect(path).execute("SELECT price FROM product").fetchall() == [("7",)]


def test_tables_of_something_else_in_a_database_are_kept(
    postgres_address: Callable[[], str],
) -> None:
    import psycopg  # noqa: PLC0415

    url = postgres_address()
    with psycopg.connect(url) as db:
        db.execute("CREATE TABLE product (price text)")
        db.execute("CREATE TABLE meta (key text)")
        db.execute("INSERT INTO product VALUES ('7')")
    with pytest.raises(IlrsError) as caught:
        open_catalogue(url, policy=read_policy()).add([RECORD])
    assert str(caught.value) == f"the catalogue's database{FOREIGN}"
    with psycopg.connect(url) as db:
        assert db.execute("SELECT price FROM product").fetchall() == [("7",)]
        db.execute("CREATE SCHEMA ours")
    ours = open_catalogue(f"{url}?options=-csearch_path%3Dours", policy=read_policy())
    assert ours.add([RECORD]) == 1


def test_database_that_keeps_no_unicode_is_refused(postgres_address: Callable[[], str]) -> None:
    import psycopg  # noqa: PLC0415

    url = postgres_address()
    with psycopg.connect(url, autocommit=True) as db:
        db.execute("CREATE DATABASE latin ENCODING 'SQL_ASCII' TEMPLATE template0 LOCALE 'C'")
    with pytest.raises(IlrsError) as caught:
        open_catalogue(f"{url.rpartition('/')[0]}/latin", policy=read_policy()).add([RECORD])
    assert str(caught.value) == (
        "the catalogue's database keeps texts as SQL_ASCII; records are in all languages: it is "
        "made with ENCODING 'UTF8'. Name another database."
    )


def test_connections_that_the_server_ended_are_made_anew(
    postgres_address: Callable[[], str],
) -> None:
    import psycopg  # noqa: PLC0415

    url = postgres_address()
    catalogue = open_catalogue(url, policy=read_policy())
    catalogue.add([RECORD])
    end = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    with psycopg.connect(url) as db:
        assert db.execute(end).fetchall() == [(True,)]
    assert catalogue.count(Question(), view=everything(2e9)) == 1
    with psycopg.connect(url) as db, pytest.raises(UnavailableError) as caught, \
            catalogue._database.writing() as session:  # fmt: skip
        db.execute(end)
        list(session.rows("SELECT 1"))
    assert str(caught.value) == (
        "the catalogue's database does not answer as it should: terminating connection due to "
        "administrator command; what was filed before is as it was. Mend it and try again."
    )
    catalogue.close()


def test_very_many_rows_are_not_all_in_memory(postgres_address: Callable[[], str]) -> None:
    database = open_catalogue(postgres_address(), policy=read_policy())._database
    with database.reading() as session:
        rows = session.each("SELECT n, 1 / (?1 - n) FROM generate_series(1, 20000) n", [19_999])
        first = list(islice(rows, 3))  # the server has not come to the row that is wrong
        assert [row[0] for row in first] == [1, 2, 3]
        assert list(session.rows("SELECT 7")) == [(7,)]
    database.close()


def test_locks_are_not_waited_for_without_end(
    postgres_address: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import psycopg  # noqa: PLC0415

    from ilrs.datacentre import sql_postgres  # noqa: PLC0415

    monkeypatch.setattr(sql_postgres, "_WAIT_S", 1)
    monkeypatch.setattr(sql_postgres, "_READER_WAIT_S", 1)
    url = postgres_address()
    catalogue = open_catalogue(url, policy=read_policy())
    catalogue.add([RECORD])
    for statement, ask in (
        (f"SELECT pg_advisory_lock({sql_postgres._LOCK})", lambda: catalogue.add([RECORD])),
        ("LOCK TABLE product", lambda: catalogue.count(Question(), view=everything(2e9))),
    ):
        with psycopg.connect(url) as db, pytest.raises(UnavailableError) as caught:
            db.execute(statement)
            ask()
        assert str(caught.value) == (
            "another program holds the catalogue's database; one writes at a time; this one waited "
            "1 s, or 1 s to read. Try again when the other has ended."
        )
    assert catalogue.count(Question(), view=everything(2e9)) == 1
    catalogue.close()


@pytest.mark.parametrize(
    "address",
    ["u:se@cret@127.0.0.1/x", "u:5432/se@cret@127.0.0.1/x", "u:%zzsecret@127.0.0.1/x",
     "u:se/cret@127.0.0.1/x", "u:secret@[::1/x", "127.0.0.1/x?password=sec ret"],
)  # fmt: skip
def test_address_that_cannot_be_read_is_not_told(address: str) -> None:
    pytest.importorskip("psycopg", reason="needs psycopg: pip install 'ilrs[postgres]'")
    with pytest.raises(IlrsError) as caught:
        open_catalogue(f"postgresql://{address}", policy=read_policy())
    assert str(caught.value) == (
        "the address of the catalogue's database cannot be read; it is "
        "postgresql://user:password@host:port/name; within a part, what is no letter or digit is "
        "written as % and two hexadecimal digits, @ as %40 and / as %2F. Correct it in node.yaml."
    )


def test_server_that_is_not_there_is_named_without_the_password() -> None:
    pytest.importorskip("psycopg", reason="needs psycopg: pip install 'ilrs[postgres]'")
    with pytest.raises(UnavailableError) as caught:
        open_catalogue("postgresql://u:secret@127.0.0.1:1/x", policy=read_policy())
    assert caught.value.asked.startswith("the catalogue's database cannot be opened: ")
    assert "Connection refused" in caught.value.asked
    assert "secret" not in str(caught.value)
