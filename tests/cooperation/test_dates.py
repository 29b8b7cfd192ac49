"""Announced dates as spans."""

import numpy as np
import pytest

from ilrs.cooperation.dates import date_bounds, days_between
from ilrs.foundation.errors import IlrsError


@pytest.mark.parametrize(
    ("text", "earliest", "nominal", "latest"),
    [
        ("2028", "2028-01-01", "2028-07-02", "2029-01-01"),  # a leap year: its middle is day 183
        ("2027", "2027-01-01", "2027-07-02T12:00", "2028-01-01"),
        ("2024-02", "2024-02-01", "2024-02-15T12:00", "2024-03-01"),
        ("2024-12", "2024-12-01", "2024-12-16T12:00", "2025-01-01"),
        ("2024-05-03", "2024-05-03", "2024-05-03T12:00", "2024-05-04"),
        ("2024-05-03T09:27Z", "2024-05-03T09:27", "2024-05-03T09:27", "2024-05-03T09:27"),
    ],
)
def test_bounds_cover_what_the_text_leaves_open(
    text: str, earliest: str, nominal: str, latest: str
) -> None:
    bounds = date_bounds(text)
    assert bounds.earliest == np.datetime64(earliest, "ns")
    assert bounds.nominal == np.datetime64(nominal, "ns")
    assert bounds.latest == np.datetime64(latest, "ns")


def test_text_is_refused_when_it_is_no_date() -> None:
    with pytest.raises(IlrsError) as caught:
        date_bounds("next summer")
    assert str(caught.value) == (
        "'next summer' is not a UTC date; ISO 8601 in UTC is read, such as 2035-01-01 or "
        "2035-01-01T06:00:00Z. Write the date so, without another time zone."
    )


def test_span_moves_as_a_whole_when_made_later() -> None:
    moved = date_bounds("2028").later(86400.0)
    assert str(date_bounds("2028")) == "2028-01-01 … 2029-01-01"
    assert str(moved) == "2028-01-02 … 2029-01-02"
    assert days_between(date_bounds("2028").nominal, moved.nominal) == 1.0
    assert str(date_bounds("2024-05-03T09:27Z")) == "2024-05-03"
