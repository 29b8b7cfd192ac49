"""Rules of release against dateutil's calendar, and what is refused."""

from datetime import UTC, datetime

import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given
from hypothesis import strategies as st

from ilrs.datacentre.embargo import (
    ALWAYS_S,
    NEVER_S,
    Embargo,
    seconds_of_utc,
    utc_of_seconds,
)
from ilrs.foundation.errors import IlrsError

INSTANTS = st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59)).map(
    lambda at: at.replace(microsecond=0, tzinfo=UTC)
)


def text_of(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


@given(INSTANTS)
def test_instants_are_read_and_written_as_the_standard_library_does(at: datetime) -> None:
    assert seconds_of_utc(text_of(at)) == (at - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()
    assert utc_of_seconds(seconds_of_utc(text_of(at))) == text_of(at)


@pytest.mark.parametrize(
    ("utc", "seconds"),
    [
        ("1970-01-01", 0.0),
        ("1959-09-13T21:02:24Z", -325047456.0),  # Luna 2 reaches the Moon
        ("1970-01-02 00:00", 86400.0),
        ("2016-12-31T23:59:60Z", 1483228800.0),
        ("2016-12-31T23:59:60.5Z", 1483228800.5),
        ("1970-01-01T00:00:00.250Z", 0.25),
    ],
)  # fmt: skip
def test_instants_before_1970_leap_seconds_and_fractions(utc: str, seconds: float) -> None:
    assert seconds_of_utc(utc) == seconds


@given(INSTANTS, st.integers(0, 99), st.integers(0, 40), st.integers(0, 500), st.integers(0, 99999))
def test_a_release_is_the_date_that_dateutil_gives(
    at: datetime, years: int, months: int, days: int, seconds: int
) -> None:
    embargo = Embargo.parse(f"P{years}Y{months}M{days}DT{seconds}S after stop")
    found = embargo.release_s(start_utc="", stop_utc=text_of(at), received_utc="")
    try:
        later = at + relativedelta(years=years, months=months)
        expected = (later - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()
    except ValueError:  # past the year 9999
        expected = NEVER_S
    assert found == min(expected + 86400.0 * days + seconds, NEVER_S)


@pytest.mark.parametrize(
    ("rule", "release"),
    [
        ("", "0001-01-01T00:00:00Z"),
        ("none", "0001-01-01T00:00:00Z"),
        ("2030-01-01", "2030-01-01T00:00:00Z"),
        ("2030-01-01T12:00:00Z", "2030-01-01T12:00:00Z"),
        ("after receipt", "2027-09-01T00:00:00Z"),
        ("after stop P1D", "2026-09-01T00:00:00Z"),
        ("P6M after stop", "2027-02-28T00:00:00Z"),  # February has no 31st
        ("P18M after stop", "2028-02-29T00:00:00Z"),
        ("P2W after start", "2026-09-12T00:00:00Z"),
        ("P9999Y after stop", ""),
    ],
)
def test_what_a_rule_says(rule: str, release: str) -> None:
    found = Embargo.parse(rule).release_s(
        start_utc="2026-08-29", stop_utc="2026-08-31", received_utc="2027-09-01"
    )
    assert utc_of_seconds(found) == release


def test_what_has_no_known_time_is_never_released() -> None:
    times = {"start_utc": "", "stop_utc": "soon", "received_utc": ""}
    for event in ("start", "stop", "receipt"):
        assert Embargo.parse(f"after {event}").release_s(**times) == NEVER_S
    assert Embargo.parse("none").release_s(**times) == ALWAYS_S


@pytest.mark.parametrize(
    "text",
    ["soon", "P after stop", "PT after stop", "P1Y", "P1D after stop P1D", "P-1D after stop",
     "P1.5Y after stop", "after landing", "2030-13-01", "2030-02-30", "0000-01-01",
     "nan", "2030-13-01x", "after", "١٢٣٤-01-01"],
)  # fmt: skip
def test_other_texts_are_refused(text: str) -> None:
    with pytest.raises(IlrsError) as caught:
        Embargo.parse(text)
    assert str(caught.value) == (
        f"{text!r} is not an embargo; an embargo is 'none', an instant such as 2030-01-01, or a "
        "duration after start, stop or receipt, such as 'P6M after stop'. Write it so."
    )
