import re

import numpy as np
import pytest
import spiceypy

from ilrs.foundation.time import parse_utc, tdb_from_utc, utc_from_tdb

# CSPICE through spiceypy with NAIF's naif0012.tls (2016): the same leap seconds and the same
# one-term TDB - TT. Epochs of 2e9 s are doubles good to 2.4e-7 s; each side rounds once.
SAME_S = 5e-7


@pytest.fixture
def kernel(shared):
    path = shared / "data" / "spice" / "naif0012.tls"
    spiceypy.furnsh(str(path))
    yield path
    spiceypy.kclear()


@pytest.mark.usefixtures("kernel")
def test_tdb_against_spice():
    rng = np.random.default_rng(1)
    seconds = rng.integers(63072000, 4102444800, 300)  # 1972 to 2100, from 1970
    utc = seconds.astype("datetime64[s]")
    theirs = np.array([spiceypy.str2et(str(instant)) for instant in utc])
    np.testing.assert_allclose(tdb_from_utc(utc), theirs, rtol=0, atol=SAME_S)


@pytest.mark.usefixtures("kernel")
def test_utc_against_spice():
    tdb_s = np.random.default_rng(2).uniform(-8.8e8, 3.1e9, 300)
    theirs = [np.datetime64(spiceypy.et2utc(t, "ISOC", 6), "ns") for t in tdb_s]
    apart = np.abs(utc_from_tdb(tdb_s) - np.array(theirs))
    assert apart.max() <= np.timedelta64(2, "us")  # each side rounds to the microsecond


def test_every_leap_second_against_spice(kernel):
    months = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL")
    entries = re.findall(r"(\d+),\s*@(\d{4})-([A-Z]{3})-1\b", kernel.read_text())
    assert len(entries) == 28
    for seconds, year, month in entries:
        begins = parse_utc(f"{year}-{months.index(month) + 1:02d}-01")
        after = np.array([begins, begins + np.timedelta64(1, "h")])
        theirs = [spiceypy.str2et(str(instant)) for instant in after]
        np.testing.assert_allclose(tdb_from_utc(after), theirs, rtol=0, atol=SAME_S)
        noon = np.datetime64("2000-01-01T12:00:00", "ns")
        elapsed_s = (begins - noon) / np.timedelta64(1, "s")
        # TDB - UTC = (TAI - UTC) + 32.184 s, and the 2 ms at most by which TDB swings about TT
        assert tdb_from_utc(begins) - elapsed_s == pytest.approx(int(seconds) + 32.184, abs=0.002)


@pytest.mark.usefixtures("kernel")
def test_second_before_and_after_a_leap_second_are_two_apart():
    before, after = parse_utc("2016-12-31T23:59:59"), parse_utc("2017-01-01T00:00:00")
    assert tdb_from_utc(after) - tdb_from_utc(before) == pytest.approx(2.0, abs=SAME_S)
    leap = spiceypy.str2et("2016-12-31T23:59:60")
    assert tdb_from_utc(after) - leap == pytest.approx(1.0, abs=SAME_S)
