"""ADQL: what of it is read, and what WHERE means to the catalogue."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ilrs.datacentre.conditions import (
    All,
    Any,
    Compare,
    Condition,
    Inside,
    IsNull,
    Like,
    Meets,
    Not,
    OneOf,
)
from ilrs.datacentre.matching import holds
from ilrs.datacentre.place import Box, Circle, Point, Polygon
from ilrs.foundation.errors import IlrsError
from ilrs.web import adql
from ilrs.web.epn_core import COLUMNS
from tests.web.service_for_tests import RECORDS

ASKED = {name: column.asked for name, column in COLUMNS.items()}


def where(text: str) -> Condition:
    return adql.where_of(adql.parse(f"SELECT * FROM ilrs.epn_core WHERE {text}").where, ASKED)


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("target_name = 'Moon'", Compare("target", "=", "Moon")),
        ("NOT target_name = 'Moon'", Not(Compare("target", "=", "Moon"))),
        ("target_name IN ('Moon', 'Sun')",
         Any((Compare("target", "=", "Moon"), Compare("target", "=", "Sun")))),
        ("target_name LIKE 'M%'", Like("target", "M%")),
        ("target_name ILIKE 'm%'", Like("target", "m%", any_case=True)),
        ("LOWER(target_name) = 'moon'", Like("target", "moon", any_case=True)),
        ("time_min >= 2455197.5", Compare("start_utc", ">=", "2010-01-01T00:00:00Z")),
        ("incidence_min <= 60", Compare("sun_elevation_deg", ">=", 30.0)),
        ("processing_level = 3", OneOf("processing_level", ("Partially Processed", "Calibrated"))),
        ("c2max >= -80", Meets(Box(-180.0, -80.0, 180.0, 90.0))),
        ("c2min >= -80", Inside(Box(-180.0, -80.0, 180.0, 90.0))),
        ("c2max <= -80", Inside(Box(-180.0, -90.0, 180.0, -80.0))),
        ("c1min BETWEEN 10 AND 20",
         All((Inside(Box(10.0, -90.0, 180.0, 90.0)), Meets(Box(-180.0, -90.0, 20.0, 90.0))))),
        ("s_region IS NULL", IsNull("place")),
        ("spectral_range_min > 5", Any()),
        ("NOT spectral_range_min > 5", Any()),
        ("spectral_range_min IS NULL", All()),
        ("1 = 1", All()),
        ("1 = CONTAINS(POINT('ICRS', 10, -89.5), s_region)", Meets(Point(10.0, -89.5))),
        ("CONTAINS(POINT(c1min, c2min), CIRCLE('', 0, -90, 2)) = 1",
         Meets(Circle(0.0, -90.0, 2.0))),
        ("0 = INTERSECTS(s_region, CIRCLE(0, -90, 2))", Not(Meets(Circle(0.0, -90.0, 2.0)))),
        ("1 = CONTAINS(s_region, POLYGON(0,-80, 120,-80, -120,-80))",
         Inside(Polygon((((0.0, -80.0), (120.0, -80.0), (-120.0, -80.0), (0.0, -80.0)),)))),
        ("DISTANCE(POINT(c1min, c2min), POINT(5, -89)) < 0.5", Meets(Circle(5.0, -89.0, 0.5))),
        ("DISTANCE(c1min, c2min, 5, -89) < 0.5", Meets(Circle(5.0, -89.0, 0.5))),
    ],
)  # fmt: skip
def test_where_becomes_a_condition(text: str, condition: Condition) -> None:
    assert where(text) == condition


def test_a_select_is_taken_apart() -> None:
    select = adql.parse(
        'SELECT DISTINCT TOP 5 target_name AS t, "c1min" FROM ilrs.epn_core ORDER BY t DESC, c1min'
    )
    assert select.columns == (("t", "target_name"), ("c1min", "c1min"))
    assert (select.table, select.top, select.is_distinct) == ("ilrs.epn_core", 5, True)
    assert select.order == (("t", "descending"), ("c1min", "ascending"))


POSSIBLE = adql._POSSIBLE


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("", "the query is not one SELECT"),
        ("DROP TABLE x", "the query is not one SELECT"),
        ("SELECT a FROM b; DROP TABLE b", "the query is not one SELECT"),
        ("SELECT a FROM b UNION SELECT c FROM d", "the query is not one SELECT"),
        ("SELECT a FROM b, c", "the query has joins"),
        ("SELECT a FROM (SELECT a FROM b) AS c", "the query is not FROM one table"),
        ("SELECT a FROM b GROUP BY a HAVING COUNT(*) > 1", "the query has group, having"),
        ("SELECT MAX(a) FROM b", "the query selects MAX(a)"),
        ("WITH x AS (SELECT 1) SELECT a FROM b", "the query has a clause before or in SELECT"),
    ],
)
def test_what_is_not_read_is_named(text: str, asked: str) -> None:
    with pytest.raises(IlrsError) as caught:
        adql.parse(text)
    assert str(caught.value) == f"{asked}; {POSSIBLE}. Correct the query."


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "nope = 1",
            "the query asks for the column 'nope'; possible are " + ", ".join(COLUMNS)
            + ". Choose one of these.",
        ),
        (
            "target_name = c1min",
            f"the query has c1min where a number or a text belongs; {POSSIBLE}. Correct the query.",
        ),
        (
            "time_min > 'yesterday'",
            "a number is compared with 'yesterday'; TAP_SCHEMA.columns says what each column is. "
            "Correct the query.",
        ),
        (
            "c1min IN (SELECT c1min FROM x)",
            "the query has c1min IN (SELECT c1min FROM x) where a condition belongs; "
            f"{POSSIBLE}. Correct the query.",
        ),
        (
            "1 = CONTAINS(POINT(0, 91), s_region)",
            "a position of 0.0 91.0; a position is a longitude from -360 to 360 and a latitude "
            "from -90 to 90 deg. Correct the position.",
        ),
    ],
)  # fmt: skip
def test_a_where_that_cannot_be_asked_is_named(text: str, message: str) -> None:
    with pytest.raises(IlrsError) as caught:
        where(text)
    assert str(caught.value) == message


# --- against values: the rows that WHERE finds are those whose shown values fit ------------------

NUMBERS = ("c1min", "c1max", "c2min", "c2max", "time_min", "incidence_min")
COMPARED = {"<": lambda a, b: a < b, "<=": lambda a, b: a <= b, ">": lambda a, b: a > b,
            ">=": lambda a, b: a >= b}  # fmt: skip


@given(st.sampled_from(NUMBERS), st.sampled_from(sorted(COMPARED)), st.booleans(),
       st.floats(-179.3, 179.3).map(lambda x: round(x, 1) + 0.0137))  # fmt: skip
@settings(max_examples=200, deadline=None)
def test_comparisons_find_the_rows_whose_values_fit(
    column: str, operator: str, is_negated: bool, limit: float
) -> None:
    """Judge: the columns' own values. Places across 180 degrees are left out of longitudes."""
    if column == "time_min":
        limit = 2464000.0 + limit
    if column.startswith("c2"):
        limit /= 2.0
    asked = where(f"{'NOT ' if is_negated else ''}{column} {operator} {limit!r}")
    for record in RECORDS:
        value = COLUMNS[column].read(record, "")
        west, east = (COLUMNS[name].read(record, "") for name in ("c1min", "c1max"))
        if column.startswith("c1") and west is not None and west > east:
            continue
        fits = value is not None and COMPARED[operator](value, limit) != is_negated
        assert (holds(asked, record) is True) == fits, record.lidvid


@given(st.text(max_size=60))
@settings(max_examples=300, deadline=None)
def test_any_text_is_a_query_or_a_clear_error(text: str) -> None:
    for query in (text, f"SELECT * FROM ilrs.epn_core WHERE {text}"):
        try:
            adql.where_of(adql.parse(query).where, ASKED)
        except IlrsError as error:
            assert error.asked and error.possible and error.mend
