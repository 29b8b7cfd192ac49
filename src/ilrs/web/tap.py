"""EPN-TAP 2.0: the Table Access Protocol over the catalogue, with the table epn_core.

    GET, POST /tap/sync                  one query, answered at once
    GET, POST /tap/async[/{job}/…]       jobs (UWS 1.1), each its maker's alone
    GET /tap/{availability,capabilities,tables,examples}      VOSI

A query on epn_core becomes a question to the catalogue; one on TAP_SCHEMA, which says nothing but
what columns there are, is answered by SQLite in memory.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sqlglot import expressions as e

from ilrs.datacentre.catalogue import Catalogue
from ilrs.datacentre.question import MOST_AT_ONCE, Question
from ilrs.datacentre.record import Record
from ilrs.datacentre.rights import View
from ilrs.foundation.errors import IlrsError
from ilrs.web import adql
from ilrs.web.epn_core import COLUMNS
from ilrs.web.votable import TableColumn

__all__ = ["KEYS", "MOST_ROWS", "SCHEMA", "TABLE", "Result", "answer", "tap_schema"]

SCHEMA, TABLE = "ilrs", "ilrs.epn_core"
MOST_ROWS, USUAL_ROWS = 1_000_000, 2_000
_TAP_TABLES = {
    "tap_schema.schemas": ("schema_name", "utype", "description", "schema_index"),
    "tap_schema.tables": (
        "schema_name", "table_name", "table_type", "utype", "description", "table_index",
    ),
    "tap_schema.columns": (
        "table_name", "column_name", "datatype", "arraysize", "xtype", '"size"', "description",
        "utype", "unit", "ucd", "indexed", "principal", "std", "column_index",
    ),
    "tap_schema.keys": ("key_id", "from_table", "target_table", "utype", "description"),
    "tap_schema.key_columns": ("key_id", "from_column", "target_column"),
}  # fmt: skip
KEYS = (
    ("tables", "schema_name", "schemas", "schema_name"),
    ("columns", "table_name", "tables", "table_name"),
    ("keys", "from_table", "tables", "table_name"),
    ("keys", "target_table", "tables", "table_name"),
    ("key_columns", "key_id", "keys", "key_id"),
)
_HARMLESS = (e.Lower, e.Upper, e.Count, e.And, e.Or)
_WHOLE = {"schema_index", "table_index", '"size"', "indexed", "principal", "std", "column_index"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """The columns and rows that a query selects, and how many rows it wants at most."""

    columns: tuple[TableColumn, ...]
    rows: Iterator[Sequence[Any]]


def answer(text: str, *, catalogue: Catalogue, view: View, files_base: str, most: int) -> Result:
    """The result of a query in ADQL; one row more than `most` where there are more.

    Raises IlrsError where the query is none or asks what cannot be asked.
    """
    select = adql.parse(text)
    if select.top is not None:
        most = min(most, select.top)
    if select.table.startswith("tap_schema."):
        return _of_tap_schema(select, most)
    if select.table not in (TABLE, "epn_core"):
        raise IlrsError(f"the query asks for the table {select.table[:80]!r}",
                        f"possible are {TABLE} and " + ", ".join(_TAP_TABLES),
                        "Correct the query.")  # fmt: skip
    # With TOP the answer is whole where TOP rows are there: no row beyond is looked for.
    rows_wanted = most if select.top == most else most + 1
    where = adql.where_of(select.where, {name: column.asked for name, column in COLUMNS.items()})
    if any(source == "COUNT(*)" for _, source in select.columns):
        return _counted(select, catalogue, Question(where=where, versions="all"), view)
    names = _selected(select)
    question = Question(where=where, versions="all", sort=_order(select), limit=MOST_AT_ONCE)
    records = _records(question, rows_wanted, catalogue, view)
    rows: Iterator[Sequence[Any]] = (
        [COLUMNS[source].read(record, files_base) for _, source in names] for record in records
    )
    if select.is_distinct:
        every = _records(question, None, catalogue, view)
        values = ([COLUMNS[s].read(record, files_base) for _, s in names] for record in every)
        rows = islice(_distinct(values), rows_wanted)
    return Result(columns=tuple(_renamed(COLUMNS[s].told, alias) for alias, s in names), rows=rows)


def _selected(select: adql.Select) -> list[tuple[str, str]]:
    names: list[tuple[str, str]] = []
    for alias, source in select.columns:
        if source == "*":
            names += [(name, name) for name in COLUMNS]
        elif source in COLUMNS:
            names.append((alias, source))
        else:
            raise IlrsError(f"the query selects the column {source[:80]!r}",
                            "possible are " + ", ".join(COLUMNS), "Correct the query.")  # fmt: skip
    return names


def _order(select: adql.Select) -> tuple[tuple[str, str], ...]:
    aliases = dict(select.columns)
    found: dict[str, str] = {}
    for name, way in select.order:
        column = COLUMNS.get(aliases.get(name, name))
        if column is None or not column.sort:
            possible = [known for known, column in COLUMNS.items() if column.sort]
            raise IlrsError(
                f"the query is ordered by {name[:80]!r}",
                "possible are " + ", ".join(possible),
                "Correct the query.",
            )
        found.setdefault(column.sort, way)
    return tuple(found.items()) or (("lidvid", "ascending"),)


def _records(
    question: Question, most: int | None, catalogue: Catalogue, view: View
) -> Iterator[Record]:
    """Records page by page, so that the memory is that of one page."""
    sent, after = 0, ""
    while most is None or sent < most:
        left = MOST_AT_ONCE if most is None else min(MOST_AT_ONCE, most - sent)
        page = catalogue.search(
            Question(where=question.where, versions=question.versions, sort=question.sort,
                     limit=left, after=after), view=view
        )  # fmt: skip
        yield from page.records
        sent, after = sent + len(page.records), page.after
        if not after:
            return


def _distinct(rows: Iterator[Sequence[Any]]) -> Iterator[Sequence[Any]]:
    seen = set()
    for row in rows:
        key = tuple(row)
        if key not in seen:
            seen.add(key)
            if len(seen) > MOST_ROWS:
                raise IlrsError("DISTINCT finds more than a million rows", "fewer are kept apart",
                                "Select fewer columns.")  # fmt: skip
            yield row


def _counted(select: adql.Select, catalogue: Catalogue, question: Question, view: View) -> Result:
    if len(select.columns) != 1 or select.order:
        raise IlrsError("the query selects COUNT(*) beside other columns",
                        "COUNT(*) stands alone", "Correct the query.")  # fmt: skip
    name = select.columns[0][0]
    told = TableColumn(name=name, datatype="long", ucd="meta.number", description="Rows in all")
    return Result(columns=(told,), rows=iter([[catalogue.count(question, view=view)]]))


def _renamed(told: TableColumn, name: str) -> TableColumn:
    return TableColumn(name=name, datatype=told.datatype, unit=told.unit, ucd=told.ucd,
                       utype=told.utype, description=told.description)  # fmt: skip


def tap_schema() -> sqlite3.Connection:
    """TAP_SCHEMA in memory: what tables and columns there are."""
    db = sqlite3.connect(":memory:")
    db.execute("ATTACH ':memory:' AS tap_schema")
    for name, columns in _TAP_TABLES.items():
        typed = (f"{c} {'INTEGER' if c in _WHOLE else 'TEXT'}" for c in columns)
        db.execute(f"CREATE TABLE {name} ({', '.join(typed)})")
    db.executemany("INSERT INTO tap_schema.schemas VALUES (?, ?, ?, ?)", [
        (SCHEMA, "", "Products of this node", 1),
        ("TAP_SCHEMA", "", "What tables and columns there are", 2),
    ])  # fmt: skip
    db.executemany("INSERT INTO tap_schema.tables VALUES (?, ?, 'table', ?, ?, ?)", [
        (SCHEMA, TABLE, "ivo://ivoa.net/std/epntap#table-2.0", "Every version of every product", 1),
        *(("TAP_SCHEMA", name.replace("tap_schema", "TAP_SCHEMA"), "", "", number)
          for number, name in enumerate(_TAP_TABLES, start=2)),
    ])  # fmt: skip
    for number, (table, column, target, other) in enumerate(KEYS, start=1):
        db.execute("INSERT INTO tap_schema.keys VALUES (?, ?, ?, '', '')",
                   (f"k{number}", f"TAP_SCHEMA.{table}", f"TAP_SCHEMA.{target}"))  # fmt: skip
        db.execute("INSERT INTO tap_schema.key_columns VALUES (?, ?, ?)",
                   (f"k{number}", column, other))  # fmt: skip
    db.executemany(
        f"INSERT INTO tap_schema.columns VALUES ({', '.join('?' * 14)})",
        [*_column_rows(), *_schema_rows()],
    )
    return db


def _column_rows() -> Iterator[tuple[Any, ...]]:
    for number, (name, column) in enumerate(COLUMNS.items(), start=1):
        told = column.told
        kind, length = _tap_type(told.datatype)
        xtype = told.datatype if told.datatype in ("timestamp", "polygon") else ""
        yield (TABLE, name, kind, length, xtype, None, told.description, told.utype, told.unit,
               told.ucd, int(bool(column.sort)), 1, 1, number)  # fmt: skip


def _schema_rows() -> Iterator[tuple[Any, ...]]:
    for table, columns in _TAP_TABLES.items():
        for number, name in enumerate(columns, start=1):
            kind, length = ("int", None) if name in _WHOLE else ("unicodeChar", "*")
            yield (table.replace("tap_schema", "TAP_SCHEMA"), name, kind, length, "", None, "", "",
                   "", "", 0, 1, 1, number)  # fmt: skip


def _tap_type(datatype: str) -> tuple[str, str | None]:
    if datatype == "char":
        return "unicodeChar", "*"
    if datatype == "polygon":
        return "double", "*"
    return ("char", "*") if datatype == "timestamp" else (datatype, None)


def _type_of(source: str) -> str:
    if source == "COUNT(*)":
        return "long"
    return "int" if source.lower() in {name.strip('"') for name in _WHOLE} else "char"


def _refuse_functions(tree: e.Select) -> None:
    """Refuses what SQLite would do besides comparing: its functions, and queries in a query."""
    for node in tree.walk():
        is_function = isinstance(node, e.Func) and not isinstance(node, _HARMLESS)
        if is_function or (isinstance(node, e.Query) and node is not tree):
            raise IlrsError(f"the query has {node.sql()[:80]}", "of TAP_SCHEMA plain comparisons, "
                            "LOWER, UPPER and COUNT are asked", "Correct the query.")  # fmt: skip


def _of_tap_schema(select: adql.Select, most: int) -> Result:
    if select.table not in _TAP_TABLES:
        raise IlrsError(f"the query asks for the table {select.table[:80]!r}",
                        "possible are " + ", ".join(_TAP_TABLES), "Correct the query.")  # fmt: skip
    _refuse_functions(select.tree)
    tree = select.tree.copy()
    tree.set("limit", None)
    db = tap_schema()
    db.execute("PRAGMA query_only = 1")
    try:
        cursor = db.execute(f"{tree.sql(dialect='sqlite')} LIMIT {most + 1}")
        found = cursor.fetchall()
    except sqlite3.Error as error:
        raise IlrsError(f"the query cannot be answered: {error}", "TAP_SCHEMA has the tables "
                        + ", ".join(_TAP_TABLES), "Correct the query.") from None  # fmt: skip
    names = [item[0] for item in cursor.description]
    sources = {alias: source for alias, source in select.columns if source != "*"}
    columns = tuple(TableColumn(name=n, datatype=_type_of(sources.get(n, n))) for n in names)
    if select.top is not None:
        found = found[: select.top]
    return Result(columns=columns, rows=iter(found))
