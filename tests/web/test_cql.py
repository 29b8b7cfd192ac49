"""CQL2 as text and as JSON, read into the catalogue's conditions."""

import json

import cql2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ilrs.datacentre.conditions import (
    All,
    Any,
    Compare,
    During,
    Inside,
    IsNull,
    Like,
    Meets,
    Not,
    OneOf,
)
from ilrs.datacentre.place import Box, Point
from ilrs.foundation.errors import IlrsError
from ilrs.web import cql
from ilrs.web.stac_item import PROPERTIES

START = "2030-01-01T00:00:00Z"
STOP = "2031-01-01T00:00:00Z"


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("mission = 'LRO'", Compare("mission", "=", "LRO")),
        ("gsd <= 5.5", Compare("pixel_m", "<=", 5.5)),
        ("5 > gsd", Compare("pixel_m", "<", 5)),
        ("mission LIKE 'L%'", Like("mission", "L%")),
        ("CASEI(mission) = CASEI('l_o')", Like("mission", "l\\_o", any_case=True)),
        ("CASEI(mission) LIKE CASEI('l%')", Like("mission", "l%", any_case=True)),
        ("mission IN ('LRO','CE-4')", OneOf("mission", ("LRO", "CE-4"))),
        ("gsd BETWEEN 1 AND 2",
         All((Compare("pixel_m", ">=", 1), Compare("pixel_m", "<=", 2)))),
        ("mission IS NULL", IsNull("mission")),
        ("geometry IS NOT NULL", Not(IsNull("place"))),
        ("NOT mission = 'a' AND (gsd > 1 OR gsd < 0)",
         All((Not(Compare("mission", "=", "a")),
              Any((Compare("pixel_m", ">", 1), Compare("pixel_m", "<", 0)))))),
        ("S_INTERSECTS(geometry, POINT(1 -89.5))", Meets(Point(1.0, -89.5))),
        ("S_WITHIN(geometry, BBOX(170,-80,-170,-70))", Inside(Box(170.0, -80.0, -170.0, -70.0))),
        ("S_DISJOINT(geometry, POINT(1 2))", Not(Meets(Point(1.0, 2.0)))),
        (f"T_AFTER(datetime, TIMESTAMP('{START}'))", Compare("start_utc", ">", START)),
        (f"T_BEFORE(datetime, TIMESTAMP('{START}'))", Compare("stop_utc", "<", START)),
        (f"T_DURING(datetime, INTERVAL('{START}', '{STOP}'))",
         All((Compare("start_utc", ">=", START), Compare("stop_utc", "<=", STOP)))),
        (f"T_INTERSECTS(datetime, INTERVAL('{START}', '..'))",
         Not(Any((Compare("stop_utc", "<", START), Any())))),
        (f"datetime = TIMESTAMP('{START}')", During(START, START)),
        ("A_CONTAINS(keywords, ('pole','map'))",
         All((Compare("keywords", "=", "pole"), Compare("keywords", "=", "map")))),
        ("A_OVERLAPS(keywords, ('pole','map'))",
         Any((Compare("keywords", "=", "pole"), Compare("keywords", "=", "map")))),
    ],
)  # fmt: skip
def test_text_and_json_mean_the_same(text: str, condition: object) -> None:
    assert cql.read_text(text, PROPERTIES) == condition
    tree = json.loads(json.dumps(cql2.parse_text(text).to_json()))
    assert cql.read_json(tree, PROPERTIES) == condition


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "(((",
            "the filter '(((' is no CQL2: --> 1:4; a filter is CQL2 text or CQL2 JSON "
            "(OGC 21-065r2). Correct the filter.",
        ),
        (
            "nope = 1",
            "the filter asks for the property 'nope'; possible are "
            + ", ".join(sorted(PROPERTIES)) + ". Choose one of these.",
        ),
        (
            "mission = gsd",
            "the filter has {'property': 'gsd'} where a text, number or time belongs; a filter is "
            "CQL2 text or CQL2 JSON (OGC 21-065r2). Correct the filter.",
        ),
        (
            "S_INTERSECTS(mission, POINT(1 2))",
            "s_intersects is asked of mission; only of the geometry it can be asked. Correct the "
            "filter.",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_named(text: str, message: str) -> None:
    with pytest.raises(IlrsError) as caught:
        cql.read_text(text, PROPERTIES)
    assert str(caught.value) == message


def test_a_filter_may_not_be_nested_without_end() -> None:
    tree: object = {"op": "=", "args": [{"property": "gsd"}, 1]}
    for _ in range(500):
        tree = {"op": "not", "args": [tree]}
    with pytest.raises(IlrsError) as caught:
        cql.read_json(tree, PROPERTIES)
    assert str(caught.value) == (
        "a filter nested too deep; at most 60 levels are read. Correct the filter."
    )


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=8)
    | st.sampled_from([{"property": "gsd"}, {"property": "geometry"}, {"property": "datetime"},
                       {"timestamp": START}, {"interval": ["..", START]},
                       {"type": "Point", "coordinates": [1, 2]}]),
    lambda inner: st.lists(inner, max_size=3) | st.fixed_dictionaries({
        "op": st.sampled_from(["and", "or", "not", "=", "<", "like", "in", "between", "isNull",
                               "s_intersects", "t_after", "a_contains", "casei"]) | st.text(),
        "args": st.lists(inner, max_size=3)}),
    max_leaves=12,
)  # fmt: skip


@given(JSON)
@settings(max_examples=300, deadline=None)
def test_any_json_is_a_condition_or_a_clear_error(tree: object) -> None:
    try:
        cql.read_json(tree, PROPERTIES)
    except IlrsError as error:
        assert error.asked and error.possible and error.mend
