"""Dates of which only the year or month is known."""

import pytest

from ilrs.programme.dates import surely_before


@pytest.mark.parametrize(
    ("first", "second", "before"),
    [
        ("2028", "2029", True),
        ("2028", "2028", False),
        ("2028", "2028-06", False),
        ("2028-06", "2028", False),
        ("2028-05", "2028-06-01", True),
        ("2028-06", "2028-06-30", False),
        ("2028-06-29", "2028-06-30T00:00Z", True),
        ("2028-06-30T05:00Z", "2028-06-30T05:00:01Z", True),
        ("2028-06-30T05:00:00Z", "2028-06-30 05:00", False),
        ("2029", "2028", False),
        (None, "2028", False),
        ("2028", None, False),
    ],
)
def test_only_a_date_that_ends_before_the_other_begins_is_before_it(
    first: str | None, second: str | None, before: bool
) -> None:
    assert surely_before(first, second) is before
