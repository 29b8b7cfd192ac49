import numpy as np
import pytest
from astropy.time import Time
from hypothesis import given
from hypothesis import strategies as st

from ilrs.foundation.errors import IlrsError
from ilrs.foundation.time import (
    TIME_SYSTEMS,
    epoch_from_tdb,
    parse_utc,
    tdb_from_epoch,
    tdb_from_utc,
    time_grid,
    utc_from_tdb,
    utc_text,
)

SOONEST, LATEST = np.datetime64("1972-01-01", "us"), np.datetime64("2261-12-31T23:59:59", "us")
MICROSECONDS = st.integers(int(SOONEST.astype(int)), int(LATEST.astype(int)))


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2035-01-01", "2035-01-01T00:00:00"),
        ("2035-01-01T06:30", "2035-01-01T06:30:00"),
        ("2035-01-01 06:30:15Z", "2035-01-01T06:30:15"),
        (" 2035-01-01T06:30:15.25+00:00 ", "2035-01-01T06:30:15.25"),
        ("2261-12-31T23:59:59", "2261-12-31T23:59:59"),
    ],
)
def test_text_is_read_as_utc(text, instant):
    assert parse_utc(text) == np.datetime64(instant, "ns")


@pytest.mark.parametrize(
    "text",
    ["2035-1-1", "2035-02-30", "01.02.2035", "2035-01-01T00:00:00+03:00", "2035-01-01T24:00:00"],
)
def test_message_when_the_text_is_no_utc_date(text):
    with pytest.raises(IlrsError) as caught:
        parse_utc(text)
    assert str(caught.value) == (
        f"{text!r} is not a UTC date;"
        " ISO 8601 in UTC is read, such as 2035-01-01 or 2035-01-01T06:00:00Z."
        " Write the date so, without another time zone."
    )


def test_message_when_utc_had_not_begun():
    with pytest.raises(IlrsError) as caught:
        parse_utc("1969-07-20T20:17:40Z")
    assert str(caught.value) == (
        "'1969-07-20T20:17:40Z' lies before 1972-01-01; UTC with whole leap seconds begins there."
        " Choose a later date."
    )


def test_message_when_the_nanoseconds_end():
    with pytest.raises(IlrsError) as caught:
        parse_utc("2300-01-01")
    assert str(caught.value) == (
        "'2300-01-01' lies after 2261-12-31; instants are counted in nanoseconds, which end there."
        " Choose an earlier date."
    )


@pytest.mark.parametrize(("tdb_s", "shown"), [(2.0e10, "2e+10"), (np.nan, "nan")])
def test_message_when_an_epoch_has_no_utc(tdb_s, shown):
    with pytest.raises(IlrsError) as caught:
        utc_from_tdb([0.0, tdb_s])
    assert str(caught.value) == (
        f"an epoch of {shown} s TDB past J2000;"
        " UTC is written within 262 years of J2000, 8.26809e9 s. Shorten the span."
    )


@given(MICROSECONDS)
def test_instant_survives_the_way_to_tdb_and_back(microseconds):
    utc = np.datetime64(microseconds, "us")
    # 8e9 s are a double good to 1e-6 s: the rounding to the microsecond may go either way.
    back = utc_from_tdb(tdb_from_utc(utc))
    assert abs(back - utc.astype("datetime64[ns]")) <= np.timedelta64(2, "us")


def test_whole_seconds_survive_exactly_within_our_century():
    utc = time_grid("2000-01-01", "2099-12-31", 1_234_567.0)
    np.testing.assert_array_equal(utc_from_tdb(tdb_from_utc(utc)), utc)


def test_text_is_to_the_second():
    assert utc_text(np.datetime64("2035-01-01T06:00:00.999", "ns")) == "2035-01-01T06:00:00Z"


def test_grid_is_half_open():
    grid = time_grid(parse_utc("2035-01-01"), parse_utc("2035-01-02"), 6 * 3600.0)
    assert [utc_text(utc) for utc in grid] == [
        "2035-01-01T00:00:00Z",
        "2035-01-01T06:00:00Z",
        "2035-01-01T12:00:00Z",
        "2035-01-01T18:00:00Z",
    ]


@pytest.mark.parametrize("step_s", [0.0, -3600.0, np.nan, np.inf, 1e-12])
def test_message_when_the_step_is_no_step(step_s):
    with pytest.raises(IlrsError) as caught:
        time_grid("2035-01-01", "2035-01-02", step_s)
    assert str(caught.value) == (
        f"a time step of {step_s:g} s; a step is a number of seconds longer than 0."
        " Write a step such as '1 h'."
    )


def test_message_when_the_span_is_empty():
    with pytest.raises(IlrsError) as caught:
        time_grid("2035-01-02", "2035-01-01", 3600.0)
    assert str(caught.value) == (
        "a span from 2035-01-02T00:00:00Z to 2035-01-01T00:00:00Z is empty;"
        " the end of a span lies after its start. Exchange or correct the two dates."
    )


# astropy, whose TDB follows ERFA's series of hundreds of terms; ours is good to 30 us.
@pytest.mark.parametrize(("time_system", "name"), [("TAI", "tai"), ("TT", "tt"), ("TDB", "tdb")])
def test_even_scales_against_astropy(time_system, name):
    utc = np.array(["1985-01-01T00:00:00", "2016-12-31T23:59:59", "2024-06-01T12:00:00"])
    told = getattr(Time(utc, scale="utc", format="isot"), name)
    told.precision = 9
    found = tdb_from_epoch(np.array(told.isot, dtype="datetime64[ns]"), time_system=time_system)
    np.testing.assert_allclose(found, tdb_from_utc(utc.astype("datetime64[ns]")), atol=3e-5)


def test_gps_runs_19_s_behind_tai():
    noon = np.datetime64("2030-01-01T12:00:00", "ns")
    behind = tdb_from_epoch(noon, time_system="GPS") - tdb_from_epoch(noon, time_system="TAI")
    assert behind == pytest.approx(19.0, abs=1e-6)


@pytest.mark.parametrize("time_system", TIME_SYSTEMS)
def test_epochs_survive_the_way_to_tdb_and_back_in_every_scale(time_system):
    epochs = time_grid("2000-01-01", "2099-12-31", 12_345_678.0)
    back = epoch_from_tdb(tdb_from_epoch(epochs, time_system=time_system), time_system=time_system)
    np.testing.assert_array_equal(back, epochs)


@pytest.mark.parametrize("convert", [tdb_from_epoch, epoch_from_tdb])
def test_message_when_a_scale_is_unknown(convert):
    with pytest.raises(IlrsError) as caught:
        convert(
            0.0 if convert is epoch_from_tdb else np.datetime64("2030-01-01"), time_system="UT1"
        )
    assert str(caught.value) == (
        "epochs in the time system 'UT1'; the possible ones are UTC, TDB, TT, TAI, GPS. "
        "Convert the epochs to one of these."
    )
