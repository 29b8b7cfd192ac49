"""ADQL, the query language of TAP, read with the library sqlglot: what EPN-TAP use needs of it.

    SELECT [DISTINCT] [TOP n] * | columns | COUNT(*) FROM table [WHERE …] [ORDER BY columns]

with AND, OR, NOT, comparisons, BETWEEN, IN, LIKE, ILIKE, IS NULL, LOWER, and the geometry functions
POINT, CIRCLE, BOX, POLYGON, CONTAINS, INTERSECTS and DISTANCE. `where_of` turns WHERE into the
catalogue's conditions by way of the table's own columns; nothing here writes SQL for the catalogue.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any as Anything
from typing import Protocol

import sqlglot
from sqlglot import expressions as e

from ilrs.datacentre.conditions import (
    All,
    Any,
    Condition,
    Inside,
    Meets,
    Not,
    escaped,
)
from ilrs.datacentre.place import Box, Circle, Place, Point, Polygon
from ilrs.foundation.errors import IlrsError, did_you_mean

__all__ = ["ColumnOfTable", "Select", "parse", "where_of"]

_MOST_CHARACTERS = 20_000
_MOST_DEPTH = 60
_POSSIBLE = (
    "read is SELECT [DISTINCT] [TOP n] columns | * | COUNT(*) FROM one table [WHERE …] "
    "[ORDER BY columns], with AND, OR, NOT, = <> < <= > >=, BETWEEN, IN, LIKE, ILIKE, IS NULL, "
    "LOWER, POINT, CIRCLE, BOX, POLYGON, CONTAINS, INTERSECTS and DISTANCE"
)
_COMPARISONS = {e.EQ: "=", e.NEQ: "<>", e.LT: "<", e.LTE: "<=", e.GT: ">", e.GTE: ">="}
_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_CLAUSES = {"expressions", "from_", "where", "order", "limit", "distinct", "kind", "hint", "with_"}


class ColumnOfTable(Protocol):
    """A column of a table in WHERE: what a comparison with it means to the catalogue.

    None stands for what is unknown of every row, whose contrary is unknown too.
    """

    def compare(self, operator: str, value: str | float) -> Condition | None:
        """The condition of `column operator value`."""

    def like(self, pattern: str, *, any_case: bool) -> Condition | None:
        """The condition of `column LIKE pattern`."""

    def is_null(self) -> Condition:
        """The condition of `column IS NULL`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Select:
    """A query: output names with their columns ("*" and "COUNT(*)" as they stand), and the rest."""

    columns: tuple[tuple[str, str], ...]
    table: str
    where: e.Expression | None
    order: tuple[tuple[str, str], ...]
    top: int | None
    is_distinct: bool
    tree: e.Select


def parse(text: str) -> Select:
    """The query that a text is. Raises IlrsError naming what of it is not read."""
    if len(text) > _MOST_CHARACTERS or text.count("(") > 10 * _MOST_DEPTH:
        raise _error(f"a query of {len(text)} characters", "a query has at most 20,000 characters")
    try:
        trees = sqlglot.parse(text, dialect="tsql")
    except (sqlglot.errors.SqlglotError, RecursionError, ValueError) as error:
        reason = str(error).splitlines()[0][:200]
        raise _error(f"the query is no ADQL: {reason}") from None
    if len(trees) != 1 or not isinstance(trees[0], e.Select):
        raise _error("the query is not one SELECT")
    return _select(trees[0])


def _select(tree: e.Select) -> Select:
    extra = sorted(name for name, value in tree.args.items() if value and name not in _CLAUSES)
    if extra or tree.args.get("with_") or tree.args.get("hint"):
        raise _error(f"the query has {', '.join(extra) or 'a clause before or in SELECT'}")
    source = tree.args.get("from_")
    table = source.this if source is not None else None
    if not isinstance(table, e.Table) or table.args.get("joins"):
        raise _error("the query is not FROM one table")
    limit = tree.args.get("limit")
    order = tree.args.get("order")
    where = tree.args.get("where")
    distinct = tree.args.get("distinct")
    if distinct is not None and distinct.args.get("on"):
        raise _error("the query has DISTINCT ON")
    return Select(
        columns=tuple(_output(item) for item in tree.expressions),
        table=".".join(part.name for part in table.parts).lower(),
        where=None if where is None else where.this,
        order=() if order is None else tuple(_order(item) for item in order.expressions),
        top=None if limit is None else _top(limit),
        is_distinct=distinct is not None,
        tree=tree,
    )


def _output(item: e.Expression) -> tuple[str, str]:
    alias = item.alias if isinstance(item, e.Alias) else ""
    inner = item.this if isinstance(item, e.Alias) else item
    if isinstance(inner, e.Star) or (
        isinstance(inner, e.Column) and isinstance(inner.this, e.Star)
    ):
        return "*", "*"
    if isinstance(inner, e.Count) and isinstance(inner.this, e.Star | e.Literal):
        return alias or "count", "COUNT(*)"
    if isinstance(inner, e.Column):
        return alias or inner.name, inner.name.lower()
    raise _error(f"the query selects {_short(inner)}")


def _order(item: e.Expression) -> tuple[str, str]:
    if not isinstance(item, e.Ordered) or not isinstance(item.this, e.Column):
        raise _error(f"the query is ordered by {_short(item)}")
    return item.this.name.lower(), "descending" if item.args.get("desc") else "ascending"


def _top(limit: e.Expression) -> int:
    number = limit.args.get("expression")
    if not isinstance(number, e.Literal) or number.is_string or not number.this.isdigit():
        raise _error(f"the query has TOP {_short(number)}", "TOP is followed by a whole number")
    return int(number.this[:12])


def where_of(where: e.Expression | None, columns: Mapping[str, ColumnOfTable]) -> Condition:
    """The catalogue's condition of a WHERE. Raises IlrsError where it asks what cannot be asked."""
    return All() if where is None else _Where(columns).condition(where, 0)


class _Where:
    def __init__(self, columns: Mapping[str, ColumnOfTable]) -> None:
        self._columns = columns

    def condition(self, node: e.Expression, depth: int, *, wanted: bool = True) -> Condition:
        """The condition under which a node is true, or false where that is `wanted`.

        NOT goes down to the comparisons, so that what is unknown of every row can be left out.
        """
        if depth > _MOST_DEPTH:
            raise _error("a query nested too deep", f"at most {_MOST_DEPTH} levels are read")
        match node:
            case e.Paren():
                return self.condition(node.this, depth + 1, wanted=wanted)
            case e.And() | e.Or():
                parts = tuple(
                    self.condition(part, depth + 1, wanted=wanted) for part in _flat(node)
                )
                return All(parts) if isinstance(node, e.And) == wanted else Any(parts)
            case e.Not():
                return self.condition(node.this, depth + 1, wanted=not wanted)
            case e.Between():
                low, high = node.args["low"], node.args["high"]
                edges = (self._signed(self._compare(">=", node.this, low), wanted),
                         self._signed(self._compare("<=", node.this, high), wanted))  # fmt: skip
                return All(edges) if wanted else Any(edges)
            case e.In() if node.expressions:
                same = tuple(
                    self._signed(self._compare("=", node.this, item), wanted)
                    for item in node.expressions
                )
                return Any(same) if wanted else All(same)
        return self._signed(self._leaf(node), wanted)

    def _leaf(self, node: e.Expression) -> Condition | None:
        match node:
            case e.Like() | e.ILike():
                return self._like(node)
            case e.Is() if isinstance(node.expression, e.Null):
                return self._column(node.this)[0].is_null()
            case e.Escape():
                raise _error("the query uses ESCAPE", "a backslash stands before % and _ in LIKE")
        for kind, operator in _COMPARISONS.items():
            if isinstance(node, kind):
                return self._compare(operator, node.this, node.expression)
        raise _error(f"the query has {_short(node)} where a condition belongs")

    @staticmethod
    def _signed(condition: Condition | None, wanted: bool) -> Condition:
        if condition is None:
            return Any()
        return condition if wanted else Not(condition)

    def _compare(self, operator: str, left: e.Expression, right: e.Expression) -> Condition | None:
        is_number = [isinstance(_bare(item), e.Literal | e.Neg) for item in (left, right)]
        if is_number == [True, True]:
            return All() if _is_true(operator, _value(left), _value(right)) else Any()
        if is_number[0]:
            return self._compare(_TURNED.get(operator, operator), right, left)
        left, right = _bare(left), _bare(right)
        name = _function(left)
        if name in ("CONTAINS", "INTERSECTS"):
            return self._relation(name, operator, left, _number(right))
        if name == "DISTANCE":
            return self._distance(operator, left, _number(right))
        column, any_case = self._column(left)
        value = _value(right)
        if any_case and isinstance(value, str):
            if operator not in ("=", "<>"):
                raise _error("the query compares LOWER with < or >", "possible are = and <>")
            alike = column.like(escaped(value), any_case=True)
            return alike if operator == "=" or alike is None else Not(alike)
        return column.compare(operator, value)

    def _like(self, node: e.Expression) -> Condition | None:
        column, lowered = self._column(node.this)
        pattern = _value(node.expression)
        if not isinstance(pattern, str):
            raise _error(f"the query has LIKE {pattern}", "a pattern is a text in quotation marks")
        return column.like(pattern, any_case=lowered or isinstance(node, e.ILike))

    def _relation(self, name: str, operator: str, node: e.Expression, wanted: float) -> Condition:
        if operator not in ("=", "<>") or wanted not in (0.0, 1.0):
            raise _error(f"the query compares {name} with {wanted:g}", f"{name}(…) = 1 or = 0")
        first, second = _arguments(node, 2)
        is_row = [self._is_row(first), self._is_row(second)]
        if is_row == [True, False]:
            asked: Condition = (Inside if name == "CONTAINS" and not _is_point(first) else Meets)(
                _place(second)
            )
        elif is_row == [False, True]:
            # A point lies in the row's region exactly where the two meet.
            place = _place(first)
            if name == "CONTAINS" and not isinstance(place, Point):
                raise _error("the query asks which regions contain a region",
                             "CONTAINS(POINT(…), s_region) and INTERSECTS are read")  # fmt: skip
            asked = Meets(place)
        else:
            raise _error(
                f"the query has {_short(node)}",
                "one side is s_region or POINT(c1min, c2min), the other a shape",
            )
        return asked if (wanted == 1.0) == (operator == "=") else Not(asked)

    def _distance(self, operator: str, node: e.Expression, limit_deg: float) -> Condition:
        items = _list_of_arguments(node)
        if len(items) == 4:
            rows, numbers = items[:2], items[2:]
            if self._is_coordinate(numbers[0]):
                rows, numbers = numbers, rows
            centre: Place = Point(*(_number(item) for item in numbers))
            is_fit = all(self._is_coordinate(item) for item in rows)
        else:
            first, second = _arguments(node, 2)
            if self._is_row(second):
                first, second = second, first
            is_fit, centre = self._is_row(first), _place(second)
        if not is_fit or not isinstance(centre, Point) or operator not in ("<", "<=", ">", ">="):
            raise _error(f"the query has {_short(node)}",
                         "DISTANCE(POINT(c1min, c2min), POINT(…)) < degrees is read")  # fmt: skip
        near = Meets(Circle(centre.longitude_deg, centre.latitude_deg, limit_deg))
        return near if operator in ("<", "<=") else Not(near)

    def _column(self, node: e.Expression) -> tuple[ColumnOfTable, bool]:
        node = _bare(node)
        if isinstance(node, e.Lower | e.Upper):
            return self._column(node.this)[0], True
        if not isinstance(node, e.Column):
            raise _error(f"the query has {_short(node)} where a column belongs")
        name = node.name.lower()
        if name not in self._columns:
            raise IlrsError(
                f"the query asks for the column {name[:80]!r}",
                "possible are " + ", ".join(self._columns),
                did_you_mean(name, self._columns, otherwise="Choose one of these."),
            )
        return self._columns[name], False

    def _is_row(self, node: e.Expression) -> bool:
        """Whether it is the row's region, or the point of its coordinates."""
        if isinstance(node, e.Column):
            return node.name.lower() == "s_region"
        return _is_point(node) and self._is_coordinate(_shape_arguments(node)[0])

    def _is_coordinate(self, node: e.Expression) -> bool:
        return isinstance(node, e.Column) and node.name.lower() in (
            "c1min", "c1max", "c2min", "c2max", "longitude", "latitude",
        )  # fmt: skip


def _flat(node: e.Expression) -> list[e.Expression]:
    """The parts of a chain of ANDs or of ORs, however the parser nested them."""
    kind, found, waiting = type(node), list[e.Expression](), [node]
    while waiting:
        item = waiting.pop()
        if type(item) is kind:
            waiting += [item.expression, item.this]
        else:
            found.append(item)
    return found


def _bare(node: e.Expression) -> e.Expression:
    while isinstance(node, e.Paren):
        node = node.this
    return node


def _function(node: e.Expression) -> str:
    if isinstance(node, e.Anonymous):
        return str(node.this).upper()
    return "CONTAINS" if isinstance(node, e.Contains) else ""


def _list_of_arguments(node: e.Expression) -> list[e.Expression]:
    if isinstance(node, e.Contains):
        return [node.this, node.expression]
    return list(node.expressions)


def _arguments(node: e.Expression, size: int) -> list[e.Expression]:
    found = _list_of_arguments(node)
    if len(found) != size:
        raise _error(f"the query has {_short(node)}", f"{_function(node)} has {size} arguments")
    return found


def _shape_arguments(node: e.Expression) -> list[e.Expression]:
    """The arguments of a shape without the name of its coordinate system, which may stand first."""
    found = list(node.expressions)
    if found and isinstance(found[0], e.Literal) and found[0].is_string:
        found = found[1:]
    if not found:
        raise _error(f"the query has {_short(node)}", "a shape has coordinates")
    return found


def _is_point(node: e.Expression) -> bool:
    return _function(node) == "POINT"


def _place(node: e.Expression) -> Place:
    name = _function(node)
    if name not in ("POINT", "CIRCLE", "BOX", "POLYGON"):
        raise _error(f"the query has {_short(node)} where a shape belongs")
    found = _shape_arguments(node)
    if _is_point(found[0]):  # CIRCLE(POINT(…), r), POLYGON(POINT(…), …)
        flat = [
            a for item in found for a in (_shape_arguments(item) if _is_point(item) else [item])
        ]
        found = flat
    numbers = [_number(item) for item in found]
    if name == "POINT" and len(numbers) == 2:
        return Point(*numbers)
    if name == "CIRCLE" and len(numbers) == 3:
        return Circle(*numbers)
    if name == "BOX" and len(numbers) == 4:
        longitude_deg, latitude_deg, width_deg, height_deg = numbers
        return Box(
            longitude_deg - width_deg / 2,
            max(latitude_deg - height_deg / 2, -90.0),
            longitude_deg + width_deg / 2,
            min(latitude_deg + height_deg / 2, 90.0),
        )
    if name == "POLYGON" and len(numbers) >= 6 and len(numbers) % 2 == 0:
        corners = tuple(zip(numbers[::2], numbers[1::2], strict=True))
        return Polygon(((*corners, corners[0]),))
    raise _error(
        f"the query has {_short(node)}",
        "POINT(lon, lat), CIRCLE(lon, lat, radius), BOX(lon, lat, width, height) and "
        "POLYGON(lon, lat, …) are read, all in degrees",
    )


def _value(node: e.Expression) -> str | float:
    node = _bare(node)
    if isinstance(node, e.Literal) and node.is_string:
        return str(node.this)
    return _number(node)


def _number(node: e.Expression) -> float:
    node = _bare(node)
    sign = 1.0
    if isinstance(node, e.Neg):
        sign, node = -1.0, _bare(node.this)
    if isinstance(node, e.Literal) and not node.is_string:
        try:
            return sign * float(node.this)
        except ValueError:
            pass
    raise _error(f"the query has {_short(node)} where a number or a text belongs")


def _is_true(operator: str, left: str | float, right: str | float) -> bool:
    """Whether a comparison of two constants holds, such as 1 = 1."""
    if isinstance(left, str) != isinstance(right, str):
        raise _error(f"the query compares {left!r} with {right!r}")
    order = (left > right) - (left < right)  # type: ignore[operator]
    return {"=": order == 0, "<>": order != 0, "<": order < 0, "<=": order <= 0,
            ">": order > 0, ">=": order >= 0}[operator]  # fmt: skip


def _short(node: Anything) -> str:
    text = node.sql() if isinstance(node, e.Expression) else repr(node)
    return text if len(text) <= 80 else text[:77] + "..."


def _error(asked: str, possible: str = _POSSIBLE) -> IlrsError:
    return IlrsError(asked, possible, "Correct the query.")
