"""The `q` of the PDS Search API, read into the catalogue's conditions."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ilrs.datacentre.conditions import All, Any, Compare, Like, Not
from ilrs.foundation.errors import IlrsError
from ilrs.web.pds_product import QUERY
from ilrs.web.pds_query import _FORM, read_query

MOON = "urn:nasa:pds:context:target:satellite.earth.moon"


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ('lid eq "urn:a:b:c:d:e"', Compare("lid", "=", "urn:a:b:c:d:e")),
        ("(title ne Pole)", Compare("title", "<>", "Pole")),
        ('(title like "*po?le*")', Like("title", "%po_le%", any_case=True)),
        ('lid eq a and title eq b or title eq "c d"',
         Any((All((Compare("lid", "=", "a"), Compare("title", "=", "b"))),
              Compare("title", "=", "c d")))),
        ("not (lid eq a)", Not(Compare("lid", "=", "a"))),
        ('title eq "say \\"no\\""', Compare("title", "=", 'say "no"')),
        (f'ref_lid_target eq "{MOON}"', Compare("target", "=", "Moon")),
        (f'ref_lid_target eq "{MOON}::1.1"', Compare("target", "=", "Moon")),
        ('ref_lid_investigation eq "urn:nasa:pds:context:investigation:mission.chang_e_4"',
         Like("mission", "chang%e%4", any_case=True)),
        ('ops:Provenance.ops:parent_collection_identifier eq "urn:a:b:c:d::1.0"',
         Like("lid", "urn:a:b:c:d:%", any_case=True)),
        ("ilrs:sun_elevation_deg ge 1.5", Compare("sun_elevation_deg", ">=", 1.5)),
    ],
)  # fmt: skip
def test_a_query_becomes_a_condition(text: str, condition: object) -> None:
    assert read_query(text, QUERY) == condition


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("", "the query ends in the middle"),
        ("(lid eq a", "the query ends in the middle"),
        ("lid eq a)", "the query has ')' after its end"),
        ("lid is a", "the query has lid is a"),
        ('lid eq "open', "the query cannot be read from '\"open' on"),
        ("(" * 60 + "lid eq a" + ")" * 60, "a query nested too deep"),
        ("not " * 500 + "lid eq a", "a query nested too deep"),
    ],
)
def test_what_is_no_query_is_named(text: str, asked: str) -> None:
    with pytest.raises(IlrsError) as caught:
        read_query(text, QUERY)
    possible = "at most 40 levels are read" if "deep" in asked else _FORM
    assert str(caught.value) == f"{asked}; {possible}. Correct the query."


@given(st.text(alphabet='lid eqandornot()" *?\\x', max_size=60) | st.text(max_size=40))
@settings(max_examples=400, deadline=None)
def test_any_text_is_a_query_or_a_clear_error(text: str) -> None:
    try:
        read_query(text, QUERY)
    except IlrsError as error:
        assert error.asked and error.possible and error.mend
