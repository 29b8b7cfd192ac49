"""The light of a product: the Sun over its place at the middle of its time."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from ilrs.datacentre.place import Box, Place, Point, Polygon
from ilrs.datacentre.record import Record
from ilrs.datacentre.submission import Submission
from ilrs.sky.sky import Sky, open_sky
from ilrs.study.product_light import lit, with_light

# Diviner RDR 201401031400, first record (NASA PDS, in the data folder): at 2014-01-03T14:00:00.057
# the Sun stood over 1.40000 N 153.16773 E as printed to 1e-5 deg; the tolerance allows for its
# reference frame and for printing.
SUBSOLAR = Point(153.16773, 1.40000)
RECORD = Record(
    lidvid="urn:ilrs:jdc:a:b:c::1.0", target="Moon", place=SUBSOLAR,
    start_utc="2014-01-03T13:59:00.057Z", stop_utc="2014-01-03T14:01:00.057Z",
)  # fmt: skip
TOLERANCE_DEG = 0.01


@pytest.fixture(scope="module")
def sky() -> Sky:
    return open_sky()


def test_sun_stands_over_the_subsolar_point_of_diviner(sky: Sky) -> None:
    record = with_light(RECORD, sky=sky)
    assert record.sun_elevation_deg == pytest.approx(90.0, abs=TOLERANCE_DEG)


@pytest.mark.parametrize("distance_deg", [30.0, 60.0, 89.0])
def test_sun_sinks_by_a_degree_for_each_to_the_north(sky: Sky, distance_deg: float) -> None:
    north = Point(SUBSOLAR.longitude_deg, SUBSOLAR.latitude_deg + distance_deg - 1.4)
    record = with_light(replace(RECORD, place=north), sky=sky)
    assert record.sun_elevation_deg == pytest.approx(90.0 - distance_deg + 1.4, abs=TOLERANCE_DEG)
    assert record.sun_azimuth_deg == pytest.approx(180.0, abs=1.0)


@pytest.mark.parametrize(
    "place",
    [
        Box(152.66773, 0.9, 153.66773, 1.9),
        Polygon((((152.66773, 1.4), (153.66773, 1.4), (153.16773, 1.9), (152.66773, 1.4)),)),
    ],
)
def test_middle_of_an_area_counts(sky: Sky, place: Place) -> None:
    record = with_light(replace(RECORD, place=place), sky=sky)
    assert record.sun_elevation_deg == pytest.approx(90.0, abs=0.2)


@pytest.mark.parametrize(
    "change",
    [
        lambda r: replace(r, place=None),
        lambda r: replace(r, start_utc=""),
        lambda r: replace(r, target="Earth"),
        lambda r: replace(r, start_utc="0800-01-01", stop_utc=""),
    ],
)
def test_no_light_where_nobody_can_say(sky: Sky, change: Callable[[Record], Record]) -> None:
    record = change(RECORD)
    assert with_light(record, sky=sky) == record


def test_data_older_than_leap_seconds_have_light(sky: Sky) -> None:
    record = replace(RECORD, start_utc="1966-02-03T18:45:30Z", stop_utc="")  # Luna 9 lands
    landed = with_light(replace(record, place=Point(-64.37, 7.08)), sky=sky)
    # It came down a little after local sunrise, as all landers of that time did.
    assert landed.sun_elevation_deg is not None
    assert 0.0 < landed.sun_elevation_deg < 8.0
    assert landed.sun_azimuth_deg == pytest.approx(90.0, abs=5.0)


def test_submissions_get_their_light_and_nothing_else_changes() -> None:
    dark = replace(RECORD, place=None)
    given = [Submission(record=record, files=()) for record in (RECORD, dark)]
    one, two = lit(given)
    assert one.record.sun_elevation_deg == pytest.approx(90.0, abs=TOLERANCE_DEG)
    assert two == given[1]
