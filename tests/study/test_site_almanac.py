"""Rises, sets, eclipses and months of made-up places."""

import io

import numpy as np
import pytest

from ilrs.foundation.calendar import ZONES
from ilrs.foundation.errors import IlrsError
from ilrs.foundation.time import utc_from_tdb
from ilrs.foundation.windows import Windows
from ilrs.moon.horizon import horizon_at
from ilrs.sky.directions import site_directions
from ilrs.study.site_almanac import EVENTS, almanac, months
from ilrs.study.site_place import span_tdb_s
from ilrs.study.site_text import print_almanac
from tests.study.site_places import place, sky


@pytest.fixture(scope="module")
def half_year():
    skyline = 0.4 * np.sin(np.radians(3.0 * np.arange(720) * 0.5))
    return almanac(place(skyline), span_s=span_tdb_s("2026-05-15", "2026-11-01"), sky=sky())


def test_events_come_in_order_and_each_pairs_with_its_body_and_mast(half_year):
    times = [event.tdb_s for event in half_year.events]
    assert times == sorted(times)
    assert {event.body for event in half_year.events} == {"sun", "earth"}
    assert {event.mast_height_m for event in half_year.events} == {2.0, 10.0}
    assert {event.event for event in half_year.events} == {
        n for pair in EVENTS.values() for n in pair
    }


def test_a_centre_rises_where_the_sky_and_the_skyline_say(half_year):
    over = sky()
    rises = [e for e in half_year.events if e.event == "centre rises" and e.mast_height_m == 2.0]
    found = site_directions(
        latitude_deg=-88.8, longitude_deg=123.4, height_m=0.0,
        tdb_s=[event.tdb_s for event in rises],
        **over.kernels,
    )  # fmt: skip
    for k, event in enumerate(rises):
        azimuth, elevation = (
            float(found[f"{event.body}_{name}"].values[k])
            for name in ("azimuth_deg", "elevation_deg")
        )
        assert (azimuth, elevation) == pytest.approx((event.azimuth_deg, event.elevation_deg))
        # Half a second of an apparent motion of 0.56 deg an hour along a skyline of slope 1 in 48
        # (0.4 deg over a third of the circle) and straight chords of 0.5 deg under its sine.
        skyline = 0.4 * np.sin(np.radians(3.0 * azimuth))
        assert elevation == pytest.approx(float(skyline), abs=4e-4)


def test_a_higher_mast_sees_the_sun_longer(half_year):
    low, high = (half_year.in_view("sun", mast) for mast in (2.0, 10.0))
    assert low.total_s < high.total_s
    assert len(low - high) == 0
    assert half_year.dark(2.0).total_s + low.total_s == pytest.approx(
        half_year.span_s[1] - half_year.span_s[0]
    )


def test_what_is_up_at_the_ends_of_the_span_makes_no_event_there(half_year):
    assert half_year.span_s[0] not in {event.tdb_s for event in half_year.events}
    assert half_year.span_s[1] not in {event.tdb_s for event in half_year.events}


def test_months_fill_the_span_and_are_cut_at_its_ends(half_year):
    rows = [row for row in months(half_year) if row.mast_height_m == 2.0]
    assert [row.month for row in rows] == [f"2026-{k:02d}" for k in range(5, 11)]
    assert rows[0].counted_s == pytest.approx(17 * 86400.0)
    assert rows[1].counted_s == pytest.approx(30 * 86400.0)
    total = half_year.in_view("sun", 2.0).total_s
    assert sum(row.lit_s for row in rows) == pytest.approx(total)
    for row in rows:
        assert row.whole_sun_s <= row.lit_s <= row.counted_s
        assert row.longest_dark_s <= row.counted_s - row.lit_s + 1e-6
        assert row.longest_light_s <= row.lit_s + 1e-6
        assert row.longest_outage_s <= row.counted_s - row.earth_in_view_s + 1e-6


# NASA's Five Millennium Catalog of Lunar Eclipses (Espenak & Meeus, NASA/TP-2009-214173): a total
# eclipse of the Moon on 2026-03-03, greatest 11:34:52 TD (11:33:43 UTC). A place away from the
# Moon's centre is nearest the axis earlier or later by at most the Moon's radius over its 1.02 km/s
# through the shadow: 29 min.
def test_an_eclipse_is_told_with_the_masts_that_see_it():
    found = almanac(place(-3.0), span_s=span_tdb_s("2026-03-01", "2026-03-06"), sky=sky())
    (eclipse,) = found.eclipses
    greatest = utc_from_tdb(eclipse.greatest_tdb_s)
    assert abs(greatest - np.datetime64("2026-03-03T11:33:43", "ns")) < np.timedelta64(29, "m")
    assert eclipse.least_sun_fraction == 0.0
    assert eclipse.begins_tdb_s < eclipse.total_begins_tdb_s < eclipse.greatest_tdb_s
    assert eclipse.seen_from_m == (2.0, 10.0)


# Sun and Earth stepped every 5 minutes against the same skyline, one comparison each under the
# disc's middle. Tolerance: a step at each edge of a spell; the half year has six of the Sun's and
# six of Earth's, and a skyline of slope 1 in 48 moves the limb's edge by 6 minutes more.
def test_time_with_neither_is_that_of_stepping(half_year):
    step_s, site = 300.0, half_year.place.profile
    start_s, end_s = half_year.span_s
    over = site_directions(
        tdb_s=np.arange(start_s + 0.5 * step_s, end_s, step_s), **half_year.place.point,
        **sky().kernels,
    )  # fmt: skip
    seen = np.zeros(over.sizes["time"], dtype=bool)
    for body, radii in (("sun", 1.0), ("earth", 0.0)):
        limb = over[f"{body}_elevation_deg"] + radii * over[f"{body}_angular_radius_deg"]
        seen |= limb.values > horizon_at(site, over[f"{body}_azimuth_deg"].values, mast_height_m=2)
    edges = start_s + step_s * np.arange(seen.size + 1)
    alone = Windows.from_mask(edges, ~seen)
    found = half_year.coincidence(2.0)
    assert 0.05 < alone.total_s / (end_s - start_s) < 0.6
    assert found.none_share * (end_s - start_s) == pytest.approx(alone.total_s, abs=24 * 660.0)
    assert found.worst_outage_s == pytest.approx(alone.longest_s, abs=2 * 660.0)
    k = int(np.argmax(alone.duration_s))
    assert found.worst_start_s == pytest.approx(float(alone.start_s[k]), abs=660.0)


@pytest.mark.parametrize(
    ("skyline_deg", "message"),
    [
        (-9.0, "the Sun in view 100.0 % of the time, Earth's centre 100.0 %, always one of them"),
        (
            20.0,
            "the Sun in view 0.0 % of the time, Earth's centre 0.0 %, neither 100.0 %, the longest "
            "120.0 h from 2026-03-01T00:00:00Z",
        ),
    ],
)
def test_the_table_tells_the_time_with_neither(skyline_deg, message):
    found = almanac(place(skyline_deg), span_s=span_tdb_s("2026-03-01", "2026-03-06"), sky=sky())
    told = io.StringIO()
    print_almanac(found, zones=[ZONES["UTC"]], stream=told)
    assert told.getvalue().splitlines().count(message) == 2  # one for each mast


def test_an_eclipse_behind_a_wall_is_seen_from_no_mast():
    found = almanac(place(20.0), span_s=span_tdb_s("2026-03-01", "2026-03-06"), sky=sky())
    assert [eclipse.seen_from_m for eclipse in found.eclipses] == [()]
    assert found.events == ()
    assert months(found)[0].longest_dark_s == pytest.approx(5 * 86400.0)


@pytest.mark.parametrize("mast", [-1.0, 1.0, 11.0])
def test_a_mast_outside_the_profile_is_refused(mast):
    with pytest.raises(IlrsError) as caught:
        almanac(place(), span_s=span_tdb_s("2026-03-01", None), sky=sky(), mast_heights_m=[mast])
    assert str(caught.value) == (
        f"a horizon for a mast of {mast:g} m; this profile was computed for 2, 10 m and holds "
        "between those heights. Choose a height between them, or compute a profile for yours."
    )


def test_a_span_outside_the_kernels_is_refused():
    with pytest.raises(IlrsError) as caught:
        almanac(place(), span_s=span_tdb_s("2200-01-01", None), sky=sky())
    assert str(caught.value) == (
        "no orientation MOON_ME_DE421 at 2200-01-01T00:00:00Z (2 of 2 epochs); "
        "moon_pa_de421_1900-2050.bpc covers 1899-12-31T23:59:18Z to 2050-12-31T23:58:51Z. Shorten "
        "the span, or choose IAU_2015, which has no end."
    )
