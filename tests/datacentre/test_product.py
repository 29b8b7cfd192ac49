"""Tables as bytes, and what a product refuses to say."""

import csv
import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ilrs.datacentre.product import Column, Product, Table, instant_texts
from ilrs.foundation.errors import IlrsError

Make = Callable[..., Product]


def test_table_bytes_when_every_kind_of_column_is_there() -> None:
    table = Table(
        [
            Column(name="time", values=np.array(["2035-01-01", "NaT"], "datetime64[s]")),
            Column(name="power_w", values=np.array([0.1, np.nan])),
            Column(name="share", values=np.array([0.1, 1e-7], np.float32)),
            Column(name="fixed", values=np.array([1.0, 2.0 / 3.0]), number_format=".3f"),
            Column(name="count", values=np.array([1, -2])),
            Column(name="is_working", values=np.array([True, False])),
            Column(name="place", values=np.array(["ridge, east", "月"])),
        ]
    )
    assert table.header() == b"time,power_w,share,fixed,count,is_working,place\r\n"
    assert table.body().decode() == (
        '2035-01-01T00:00:00Z,0.1,0.1,1.000,1,true,"ridge, east"\r\n,,1e-07,0.667,-2,false,月\r\n'
    )
    assert [column.data_type for column in table.columns] == [
        "ASCII_Date_Time_YMD_UTC",
        "ASCII_Real",
        "ASCII_Real",
        "ASCII_Real",
        "ASCII_Integer",
        "ASCII_Boolean",
        "UTF8_String",
    ]


@given(st.lists(st.floats(allow_infinity=False, allow_nan=False), min_size=1))
def test_reals_read_back_as_the_same_numbers(values: list[float]) -> None:
    body = Table([Column(name="x", values=np.array(values))]).body().decode()
    assert [float(row[0]) for row in csv.reader(io.StringIO(body))] == values


def test_instants_have_the_decimals_of_the_finest() -> None:
    finest = np.array(["2035-01-01T00:00:00", "2035-01-01T00:00:00.25"], "datetime64[ns]")
    assert instant_texts(finest) == ["2035-01-01T00:00:00.000Z", "2035-01-01T00:00:00.250Z"]
    assert instant_texts(finest[:1]) == ["2035-01-01T00:00:00Z"]


@pytest.mark.parametrize(
    ("column", "message"),
    [
        (
            {"name": "x", "values": np.array([np.inf])},
            "column 'x' has an infinite value; a table holds finite numbers and NaN for 'not "
            "there'. Replace the infinite values.",
        ),
        (
            {"name": "x", "values": np.zeros((2, 2))},
            "column 'x' has values of type float64 and 2 dimensions; a column is one row of bool, "
            "integers, reals, UTC instants or text. Convert the values, or make a column of each "
            "row.",
        ),
        (
            {"name": 'a"b', "values": np.zeros(1)},
            "'a\"b' is no name of a column; a name has 1 to 240 characters, no quotation marks and "
            "no line breaks. Give the column such a name.",
        ),
    ],
)
def test_column_refused_when_it_cannot_be_written(column: dict[str, Any], message: str) -> None:
    with pytest.raises(IlrsError) as caught:
        Column(**column)
    assert str(caught.value) == message


def test_text_refused_when_it_has_a_line_break() -> None:
    with pytest.raises(IlrsError) as caught:
        Table([Column(name="note", values=np.array(["a\nb"]))]).body()
    assert str(caught.value) == (
        "column 'note' has the text 'a\\nb'; a table's text has no quotation marks, line breaks or "
        "control characters. Replace them."
    )


def test_table_refused_when_columns_differ_in_length() -> None:
    with pytest.raises(IlrsError) as caught:
        Table([Column(name="a", values=np.zeros(2)), Column(name="b", values=np.zeros(3))])
    assert str(caught.value) == (
        "a table of the columns a (2), b (3); a table has at least one column, each with its own "
        "name, all equally long. Correct the columns."
    )


def test_table_refused_when_empty() -> None:
    with pytest.raises(IlrsError) as caught:
        Table([Column(name="a", values=np.zeros(0))])
    assert str(caught.value) == (
        "a table without a record; a product has at least one record. "
        "File no product where there is nothing to file."
    )


def test_product_facets_carry_what_labels_have_no_field_for(product: Make) -> None:
    made = product(site="ridge", science_fields=("geology",), keywords=("power",), licence="CC0")
    assert made.facets == (
        "site:ridge",
        "partner:cnsa",
        "access:open",
        "licence:CC0",
        "field:geology",
        "power",
    )


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (
            {"target": "Mars"},
            "has target 'Mars'; possible is one of Moon, Earth, Sun. Correct target.",
        ),
        (
            {"access": "public"},
            "has access 'public'; possible is one of open, partners, owner. Correct access.",
        ),
        (
            {"title": " "},
            "has title ' '; possible is 1 to 240 characters, none a control character. "
            "Correct title.",
        ),
        (
            {"description": "a\0b"},
            "has description 'a\\x00b'; possible is 1 to 5000 characters, none a control "
            "character. Correct description.",
        ),
        (
            {"stop_utc": "2034-01-01"},
            "has stop_utc '2034-01-01'; possible is an instant not before 2035-01-01. "
            "Correct stop_utc.",
        ),
        (
            {"keywords": ("access:open",)},
            "has keywords 'access:open'; possible is a word that does not begin with site:, "
            "partner:, field:, access:, embargo: or licence:. Correct keywords.",
        ),
        (
            {"publication_year": 26},
            "has publication_year 26; possible is a year of four digits. Correct publication_year.",
        ),
    ],
)
def test_product_refused_when_a_label_could_not_say_it(
    product: Make, fields: dict[str, Any], message: str
) -> None:
    with pytest.raises(IlrsError) as caught:
        product(**fields)
    assert str(caught.value) == f"the product urn:ilrs:jdc:station:run:power {message}"
