"""CQL2 (OGC 21-065r2), the filters of STAC and OGC API, read into the catalogue's conditions.

Text is parsed by the library `cql2`; this module knows what of it can be asked of a catalogue:
comparisons, LIKE, IN, BETWEEN, IS NULL, AND, OR, NOT, the spatial functions S_INTERSECTS, S_WITHIN
and S_DISJOINT on the geometry, the temporal ones on the product's time, CASEI, and A_CONTAINS and
A_OVERLAPS on lists. A property against a property is not asked.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any as Anything

from ilrs.datacentre.conditions import (
    All,
    Any,
    Compare,
    Condition,
    During,
    Inside,
    IsNull,
    Like,
    Meets,
    Not,
    OneOf,
    escaped,
    field_type,
)
from ilrs.datacentre.place import Place, parse_bbox
from ilrs.datacentre.place_text import parse_geojson
from ilrs.foundation.errors import IlrsError

__all__ = ["read_json", "read_text"]

_COMPARISONS = {"=", "<>", "<", "<=", ">", ">="}
_MOST_CHARACTERS = 20_000
_MOST_DEPTH = 60
_POSSIBLE = (
    "possible are AND, OR, NOT, = <> < <= > >=, LIKE, IN, BETWEEN, IS NULL, CASEI, S_INTERSECTS, "
    "S_WITHIN, S_DISJOINT, T_INTERSECTS, T_DISJOINT, T_BEFORE, T_AFTER, T_DURING, T_EQUALS, "
    "A_CONTAINS and A_OVERLAPS"
)
_TIME, _PLACE = "datetime", "geometry"


def read_text(text: str, fields: Mapping[str, str]) -> Condition:
    """The condition of a filter written as CQL2 text.

    `fields` maps the dialect's property names to the catalogue's. Raises IlrsError where the text
    is no CQL2 or asks what cannot be asked.
    """
    import cql2  # noqa: PLC0415  needed by those alone who filter

    if len(text) > _MOST_CHARACTERS or text.count("(") > 10 * _MOST_DEPTH:
        raise _error(f"a filter of {len(text)} characters", "a filter has at most 20,000")
    try:
        parsed = json.loads(json.dumps(cql2.parse_text(text).to_json()))
    except Exception as error:  # the library's own classes, and ValueError
        raise _error(f"the filter {_short(text)} is no CQL2: {_first_line(error)}") from None
    return read_json(parsed, fields)


def read_json(tree: object, fields: Mapping[str, str]) -> Condition:
    """The condition of a filter written as CQL2 JSON. Errors as those of `read_text`."""
    return _Reader(fields).condition(tree, 0)


class _Reader:
    def __init__(self, fields: Mapping[str, str]) -> None:
        self._fields = fields

    def condition(self, node: object, depth: int) -> Condition:
        if depth > _MOST_DEPTH:
            raise _error("a filter nested too deep", f"at most {_MOST_DEPTH} levels are read")
        if isinstance(node, bool):
            return All() if node else Any()
        if not isinstance(node, Mapping) or not isinstance(node.get("op"), str):
            raise _error(f"the filter has {_short(node)} where a condition belongs")
        operator, arguments = node["op"].lower(), node.get("args")
        if not isinstance(arguments, list):
            raise _error(f"the operator {operator} has no list of arguments")
        if operator in ("and", "or"):
            parts = tuple(self.condition(part, depth + 1) for part in arguments)
            return All(parts) if operator == "and" else Any(parts)
        if operator == "not":
            (inner,) = _take(operator, arguments, 1)
            return Not(self.condition(inner, depth + 1))
        return self._predicate(operator, arguments)

    def _predicate(self, operator: str, arguments: list[Anything]) -> Condition:
        if operator in _COMPARISONS:
            return self._comparison(operator, *_take(operator, arguments, 2))
        readers: Mapping[str, tuple[int, Callable[..., Condition]]] = {
            "like": (2, self._like),
            "in": (2, self._one_of),
            "between": (3, self._between),
            "isnull": (1, self._is_null),
        }
        if operator in readers:
            size, reader = readers[operator]
            return reader(*_take(operator, arguments, size))
        families = {"s_": self._spatial, "t_": self._temporal, "a_": self._list}
        family = families.get(operator[:2])
        if family is None:
            raise _error(f"the filter uses {_short(operator)}", _POSSIBLE)
        return family(operator, *_take(operator, arguments, 2))

    def _comparison(self, operator: str, left: object, right: object) -> Condition:
        if not _is_property(left) and _is_property(right):
            turned = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
            return self._comparison(turned.get(operator, operator), right, left)
        field, any_case = self._field(left)
        value = _scalar(right)
        if any_case and isinstance(value, str):
            if operator not in ("=", "<>"):
                raise _error("CASEI is compared with < or >", "possible with CASEI are = and <>")
            alike = Like(field, escaped(value), any_case=True)
            return alike if operator == "=" else Not(alike)
        if field == _TIME:
            return _time_comparison(operator, str(value))
        return Compare(field, operator, value)

    def _like(self, left: object, pattern: object) -> Condition:
        field, any_case = self._field(left)
        return Like(field, str(_scalar(pattern)), any_case=any_case)

    def _one_of(self, left: object, values: object) -> Condition:
        field, any_case = self._field(left)
        if not isinstance(values, list):
            raise _error("IN stands without a list of values")
        if any_case:
            return Any(tuple(self._comparison("=", left, value) for value in values))
        return OneOf(field, tuple(_scalar(value) for value in values))

    def _between(self, left: object, low: object, high: object) -> Condition:
        return All((self._comparison(">=", left, low), self._comparison("<=", left, high)))

    def _is_null(self, left: object) -> Condition:
        field, _ = self._field(left)
        if field == _TIME:
            return All((IsNull("start_utc"), IsNull("stop_utc")))
        return IsNull("place" if field == _PLACE else field)

    def _spatial(self, operator: str, left: object, right: object) -> Condition:
        if not _is_property(left) and _is_property(right):
            contrary = {"s_within": "s_contains", "s_contains": "s_within"}
            return self._spatial(contrary.get(operator, operator), right, left)
        field, _ = self._field(left)
        if field != _PLACE:
            raise _error(f"{operator} is asked of {field}", "only of the geometry it can be asked")
        place = _place(right)
        makers: Mapping[str, Callable[[Place], Condition]] = {
            "s_intersects": Meets,
            "s_within": Inside,
            "s_disjoint": lambda place: Not(Meets(place)),
        }
        if operator not in makers:
            raise _error(f"the filter uses {operator}", _POSSIBLE)
        return makers[operator](place)

    def _temporal(self, operator: str, left: object, right: object) -> Condition:
        if not _is_property(left) and _is_property(right):
            contrary = {"t_before": "t_after", "t_after": "t_before", "t_during": "t_contains"}
            return self._temporal(contrary.get(operator, operator), right, left)
        field, _ = self._field(left)
        if field != _TIME and field_type(field) != "instant":
            raise _error(f"{operator} is asked of {field}", "it is asked of a time")
        start, stop = _span(right)
        first, last = ("start_utc", "stop_utc") if field == _TIME else (field, field)
        before = _ordered(last, "<", start)
        after = _ordered(first, ">", stop)
        makers: Mapping[str, Callable[[], Condition]] = {
            "t_before": lambda: before,
            "t_after": lambda: after,
            "t_intersects": lambda: Not(Any((before, after))),
            "t_disjoint": lambda: Any((before, after)),
            "t_during": lambda: All((_ordered(first, ">=", start), _ordered(last, "<=", stop))),
            "t_equals": lambda: All((_ordered(first, "=", start), _ordered(last, "=", stop))),
        }
        if operator not in makers:
            raise _error(f"the filter uses {operator}", _POSSIBLE)
        return makers[operator]()

    def _list(self, operator: str, left: object, right: object) -> Condition:
        field, _ = self._field(left)
        if field_type(field) != "list" or not isinstance(right, list):
            raise _error(f"{operator} is asked of {field}", "it is asked of a property that is a "
                         "list, against a list in brackets")  # fmt: skip
        has = [Compare(field, "=", _scalar(value)) for value in right]
        makers: Mapping[str, Callable[[Sequence[Condition]], Condition]] = {
            "a_contains": lambda parts: All(tuple(parts)),
            "a_overlaps": lambda parts: Any(tuple(parts)),
        }
        if operator not in makers:
            raise _error(f"the filter uses {operator}", _POSSIBLE)
        return makers[operator](has)

    def _field(self, node: object) -> tuple[str, bool]:
        """The catalogue's field that a property names, and whether upper and lower case are one."""
        if isinstance(node, Mapping) and str(node.get("op", "")).lower() == "casei":
            (inner,) = _take("casei", node.get("args"), 1)
            return self._field(inner)[0], True
        if not _is_property(node):
            raise _error(f"the filter has {_short(node)} where a property belongs")
        name = str(node["property"])  # type: ignore[index]
        if name not in self._fields:
            raise IlrsError(
                f"the filter asks for the property {_short(name)}",
                "possible are " + ", ".join(sorted(self._fields)),
                "Choose one of these.",
            )
        return self._fields[name], False


def _is_property(node: object) -> bool:
    if isinstance(node, Mapping) and str(node.get("op", "")).lower() == "casei":
        arguments = node.get("args")
        return isinstance(arguments, list) and any(map(_is_property, arguments))
    return isinstance(node, Mapping) and isinstance(node.get("property"), str)


def _take(operator: str, arguments: object, size: int) -> list[Anything]:
    if not isinstance(arguments, list) or len(arguments) != size:
        raise _error(f"{operator} has other than {size} arguments")
    return arguments


def _scalar(node: object) -> str | float | int:
    if isinstance(node, Mapping):
        if str(node.get("op", "")).lower() == "casei":
            (inner,) = _take("casei", node.get("args"), 1)
            return _scalar(inner)
        for kind in ("timestamp", "date"):
            if isinstance(node.get(kind), str):
                return str(node[kind])
    if isinstance(node, str | int | float) and not isinstance(node, bool):
        return node
    raise _error(f"the filter has {_short(node)} where a text, number or time belongs")


def _place(node: object) -> Place:
    if isinstance(node, Mapping) and isinstance(node.get("bbox"), list):
        return parse_bbox(node["bbox"])
    if isinstance(node, Mapping):
        return parse_geojson(node)
    raise _error(f"the filter has {_short(node)} where a geometry belongs")


def _span(node: object) -> tuple[str, str]:
    """First and last instant of a time; "" where a side is open."""
    if isinstance(node, Mapping) and isinstance(node.get("interval"), list):
        ends = _take("interval", node["interval"], 2)
        start, stop = ("" if end == ".." else str(_scalar(end)) for end in ends)
        return start, stop
    text = str(_scalar(node))
    return text, text


def _ordered(field: str, operator: str, utc: str) -> Condition:
    if utc:
        return Compare(field, operator, utc)
    return Any() if operator in ("<", ">") else All()


def _time_comparison(operator: str, utc: str) -> Condition:
    """A comparison of the product's time as a whole: it lies before, after or about an instant."""
    if operator in ("=", "<>"):
        about = During(utc, utc)
        return about if operator == "=" else Not(about)
    return Compare("stop_utc" if operator in ("<", "<=") else "start_utc", operator, utc)


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or ["it cannot be parsed"])[0][:200]


def _error(
    asked: str, possible: str = "a filter is CQL2 text or CQL2 JSON (OGC 21-065r2)"
) -> IlrsError:
    return IlrsError(asked, possible, "Correct the filter.")
