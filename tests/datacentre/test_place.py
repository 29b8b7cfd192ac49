"""Places: how they meet, at the poles and across 180 deg too; what is refused; texts and back."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from ilrs.datacentre.packing import pack, packed_bytes
from ilrs.datacentre.place import (
    Box,
    Circle,
    Place,
    Point,
    Polygon,
    Several,
    Track,
    parse_bbox,
    place_from_dict,
    place_to_dict,
)
from ilrs.datacentre.place_bounds import bounds_deg
from ilrs.datacentre.place_text import (
    geojson_of_bytes,
    parse_geojson,
    parse_wkt,
    to_geojson,
    to_wkt,
)
from ilrs.datacentre.spherical import bounds_xyz, intersects, within
from ilrs.foundation.errors import IlrsError
from tests.datacentre import sphere_samples as samples

POLAR = Polygon((((0, -89), (90, -89), (180, -89), (270, -89), (0, -89)),))
HOLED = Polygon((((0, 0), (10, 0), (10, 10), (0, 10), (0, 0)),
                 ((4, 4), (6, 4), (6, 6), (4, 6), (4, 4))))  # fmt: skip


def random_place(random: np.random.Generator, kind: int) -> Place:
    """A place near a pole, the meridian of 180 deg or the equator, a few degrees large."""
    latitude = float(random.choice([-90, 90, 0, 60, -45]) * random.uniform(0.97, 1.0))
    longitude = float(random.choice([180, -180, 0, 90]) + random.uniform(-4, 4))
    size = float(random.choice([0.3, 2.0, 20.0]) * random.uniform(0.3, 1.0))
    if kind == 0:
        return Point(longitude, latitude)
    if kind == 1:
        return Circle(longitude, latitude, size)
    if kind == 2:
        width = float(random.choice([size, 170.0, 250.0, 360.0]))
        south, north = max(latitude - size, -90.0), min(latitude + size, 90.0)
        if width == 360.0:
            return Box(-180.0, south, 180.0, north)
        west = (longitude + 180.0) % 360.0 - 180.0
        return Box(west, south, (west + width + 180.0) % 360.0 - 180.0, north)
    ring = samples.rim(Circle(longitude, latitude, size))[:: samples.SPACING * 4 // 7][:7]
    ring = ring[:-1] if len(ring) > 6 else ring
    degrees = [
        (float(np.degrees(np.arctan2(y, x))), float(np.degrees(np.arcsin(np.clip(z, -1, 1)))))
        for x, y, z in ring
    ]
    if kind == 3:
        return Polygon(((*degrees, degrees[0]),))
    return Track(tuple(degrees[:3]))


@pytest.mark.parametrize("kind", range(5))
@pytest.mark.parametrize("other", range(5))
def test_places_meet_as_clouds_of_their_points_do(kind: int, other: int) -> None:
    random = np.random.default_rng(7 + 10 * kind + other)
    met = 0
    for _ in range(40):
        a, b = random_place(random, kind), random_place(random, other)
        found, told = intersects(a, b), samples.meet(a, b)
        assert intersects(b, a) == found
        met += told
        if found != told:  # the clouds miss what lies between their points
            assert found, (a, b)
            assert samples.gap(samples.rim(a), samples.rim(b)) < 0.005, (a, b)
        inside, said = within(a, b), samples.lies_in(a, b)
        if inside != said:
            assert samples.gap(samples.rim(a), samples.rim(b)) < 0.005, (a, b)
    if {kind, other} <= {1, 2, 3}:
        assert met > 1


@pytest.mark.parametrize("kind", range(5))
def test_geojson_of_bytes_is_that_of_the_place(kind: int) -> None:
    random = np.random.default_rng(17 + kind)
    for place in (random_place(random, kind), HOLED, Several((Point(1, 2), POLAR))):
        assert geojson_of_bytes(packed_bytes(place)) == to_geojson(place)


@pytest.mark.parametrize("kind", range(5))
def test_bounds_hold_all_points_and_no_more(kind: int) -> None:
    random = np.random.default_rng(70 + kind)
    for _ in range(40):
        place = random_place(random, kind)
        cloud = samples.rim(place)
        tips = np.concatenate([np.eye(3), -np.eye(3)])
        cloud = np.concatenate([cloud, tips[samples.is_in(tips, place)]])
        bounds = bounds_xyz(pack(place)).reshape(3, 2)
        assert (bounds[:, 0] <= cloud.min(axis=0)).all(), place
        assert (bounds[:, 1] >= cloud.max(axis=0)).all(), place
        assert bounds[:, 0] == pytest.approx(cloud.min(axis=0), abs=2e-5), place
        assert bounds[:, 1] == pytest.approx(cloud.max(axis=0), abs=2e-5), place
        west, south, east, north = bounds_deg(place)
        box = Box(west, max(south - 1e-9, -90), east, min(north + 1e-9, 90))
        assert within(place, Several((box,))) or kind == 0, (place, box)


# Distances by hand: the pole is 1 deg from 89 S; an edge of a square at 89 S comes to
# atan(tan 1 deg / sqrt 2) = 0.7072 deg of the pole.
@pytest.mark.parametrize(
    ("a", "b", "meet", "lies_in"),
    [
        (Point(77, -90), Circle(10, -89, 1.0), True, True),
        (Point(77, -90), Circle(10, -89, 0.999999), False, False),
        (Point(0, -90), POLAR, True, True),
        (Point(0, 90), POLAR, False, False),
        (Circle(0, -90, 0.7071), POLAR, True, True),
        (Circle(0, -90, 0.7073), POLAR, True, False),
        (Circle(45, -88, 1.3), POLAR, True, False),
        (Circle(45, -88, 1.29), POLAR, False, False),
        (Point(179.9, 0), Box(170, -1, -170, 1), True, True),
        (Point(-179.9, 0), Box(170, -1, -170, 1), True, True),
        (Point(0, 0), Box(170, -1, -170, 1), False, False),
        (Point(190, 0.5), Box(170, -1, -170, 1), True, True),
        (Track(((175, 0), (-175, 0))), Box(170, -1, -170, 1), True, True),
        (Track(((0, 89), (180, 89))), Point(12, 90), True, False),
        (Box(0, 80, 360, 90), Circle(0, 90, 10), True, True),
        (Circle(0, 90, 10), Box(0, 80, 360, 90), True, True),
        (Box(-180, -90, 180, 90), Circle(5, 5, 180), True, True),
        (Point(5, 5), HOLED, False, False),
        (Point(4, 5), HOLED, True, True),
        (Circle(5, 5, 0.5), HOLED, False, False),
        (Circle(5, 5, 1.5), HOLED, True, False),
        (Circle(2, 2, 1.5), HOLED, True, True),
        (Circle(0, 0, 2), Circle(5, 0, 3), True, False),
        (Circle(0, 0, 2), Circle(5, 0, 2.999999), False, False),
        (HOLED, HOLED, True, True),
        (POLAR, POLAR, True, True),
        (HOLED, Several((Point(50, 50), Box(-1, -1, 11, 11))), True, True),
        (Several((Point(1, 1), Point(50, 50))), HOLED, True, False),
    ],
)
def test_places_meet_when_they_do(a: Place, b: Place, meet: bool, lies_in: bool) -> None:
    assert (intersects(a, b), intersects(b, a), within(a, b)) == (meet, meet, lies_in)


@pytest.mark.parametrize(
    ("place", "box"),
    [
        (POLAR, (-180, -90, 180, -89)),
        (Circle(10, 88, 3), (-180, 85, 180, 90)),
        (Box(170, -1, 190, 1), (170, -1, -170, 1)),
        (Box(350, 0, 10, 1), (-10, 0, 10, 1)),
        (Several((Point(170, 0), Point(-170, 5))), (170, 0, -170, 5)),
        (Several((Point(-10, 0), Point(100, 5), Point(20, 1))), (-10, 0, 100, 5)),
    ],
)
def test_bounds_in_degrees_are_the_smallest_box(place: Place, box: tuple[float, ...]) -> None:
    assert bounds_deg(place) == pytest.approx(box, abs=1e-9)


def test_great_circle_between_equal_latitudes_bends_towards_the_pole() -> None:
    # tan of the highest latitude = tan 60 deg / cos 45 deg (half the difference in longitude)
    west, south, east, north = bounds_deg(Track(((0, 60), (90, 60))))
    assert (west, south, east) == (0, 60, 90)
    assert north == pytest.approx(np.degrees(np.arctan(np.tan(np.radians(60)) / np.sqrt(0.5))))


def position(text: str) -> str:
    return (
        f"a position of {text}; a position is a longitude from -360 to 360 and a latitude from -90 "
        "to 90 deg. Correct the position."
    )


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Point(float("nan"), 0), position("nan 0")),
        (lambda: Point(0, 90.5), position("0 90.5")),
        (lambda: Point(0, float("inf")), position("0 inf")),
        (lambda: Point("0", 1), position("0 1")),  # type: ignore[arg-type]
        (lambda: Track(((0, 0, 0), (1, 1, 1))), position("0 0 0")),  # type: ignore[arg-type]
        (
            lambda: Circle(0, 0, -1),
            "a circle has the radius -1 deg; possible is a number from 0 to 180. Correct the "
            "radius.",
        ),
        (
            lambda: Box(0, 10, 10, 0),
            "a box from 0 10 to 10 0; a box is west, south, east, north: south at most north, at "
            "most 360 deg wide. Correct the box.",
        ),
        (
            lambda: Polygon((((0, 0), (1, 0), (1, 1), (0, 1)),)),
            "a ring of a polygon has 4 positions and does not close; a ring has at least four "
            "positions, the last one equal to the first. Close the ring.",
        ),
        (
            lambda: Polygon(()),
            "a ring of a polygon has 0 positions; a ring has at least four positions, the last one "
            "equal to the first. Close the ring.",
        ),
        (
            lambda: Polygon((((0, 20), (120, 20), (240, 20), (0, 20)), ((0, -90),) * 4)),
            "a polygon does not fit in a hemisphere; all corners lie within 89.4 deg of the middle "
            "of the outer ring. Use a box or a circle, or cut the polygon into several.",
        ),
        (
            lambda: Polygon((((-180, -90), (180, -90), (180, 90), (-180, 90), (-180, -90)),)),
            "an edge from 180 -90 to 180 90; between opposite points of a sphere there is no one "
            "shortest way. Add a position between them.",
        ),
        (
            lambda: Track(((0, 0),)),
            "a track has 1 positions; a track has at least two. Add positions, or give a point.",
        ),
        (
            lambda: Several(()),
            "a place of several parts has none, or one that has parts itself; it has one part or "
            "more, each a point, circle, box, polygon or track. Give its parts in one list.",
        ),
        (
            lambda: parse_bbox([1, 2, 3]),
            "a bbox of 1, 2, 3; a bbox is west,south,east,north in degrees, or six numbers with "
            "heights between. Give four or six numbers.",
        ),
        (
            lambda: parse_geojson({"type": "Circle", "coordinates": [0, 0]}),
            "this is no GeoJSON geometry: {'type': 'Circle', 'coordinates': [0, 0]}; possible are "
            "Point, LineString, Polygon, MultiPoint, MultiLineString, MultiPolygon with "
            "coordinates, or a GeometryCollection of them. Correct the geometry.",
        ),
        (
            lambda: parse_wkt("POINT (1 2) OR 1=1"),
            "'POINT (1 2) OR 1=1' is no place in well-known text; possible are POINT, LINESTRING, "
            "POLYGON, MULTIPOINT, MULTILINESTRING, MULTIPOLYGON and GEOMETRYCOLLECTION, longitude "
            "first. Write it so: POINT (10 -89.5).",
        ),
        (
            lambda: place_from_dict({"type": "Cone", "radius_deg": 3}),
            "a place of the type 'Cone' with radius_deg; possible are Point, Circle, Box, Polygon, "
            "Track, Several, each with its own numbers. Write it as place_to_dict does.",
        ),
    ],
)
def test_place_refused_when_it_is_none(make: Callable[[], Any], message: str) -> None:
    with pytest.raises(IlrsError) as caught:
        make()
    assert str(caught.value) == message


@pytest.mark.parametrize(
    "geometry",
    [None, 3, {}, {"type": "Point"}, {"type": "Point", "coordinates": "ab"},
     {"type": "Polygon", "coordinates": [0]}, {"type": ["Point"], "coordinates": [0, 0]},
     {"type": "GeometryCollection", "geometries": 3}, {"type": "Point", "coordinates": {"a": 1}},
     {"type": "GeometryCollection", "geometries": [{"type": "Point", "coordinates": [0]}]}],
)  # fmt: skip
def test_geojson_refused_when_it_is_of_another_shape(geometry: Any) -> None:
    with pytest.raises(IlrsError, match=r"^this is no GeoJSON geometry: "):
        parse_geojson(geometry)


@pytest.mark.parametrize(
    "text", ["", "POINT", "POINT (", "POINT (1 2", "POINT (1 2, 3 4)", "POLYGON ((0 0,1 1)) x",
             "POINT (1 2) (3 4)", "GEOMETRYCOLLECTION (POINT (1 2)", "POINT (a b)"],
)  # fmt: skip
def test_wkt_refused_when_it_does_not_end_well(text: str) -> None:
    with pytest.raises(IlrsError):
        parse_wkt(text)


PLACES = [Point(10.25, -89.5), Track(((0, 1), (2, 3))), HOLED, POLAR,
          Several((Point(1, 2), HOLED))]  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
def test_places_read_back_from_their_texts(place: Place) -> None:
    assert parse_geojson(to_geojson(place)) == place
    assert parse_wkt(to_wkt(place)) == place


@pytest.mark.parametrize("place", [*PLACES, Circle(1, 2, 3), Box(170, -1, -170, 1)])
def test_places_read_back_from_their_dictionaries(place: Place) -> None:
    assert place_from_dict(place_to_dict(place)) == place


def test_box_across_180_deg_is_written_as_two_polygons() -> None:
    assert to_wkt(Box(170, -1, -170, 1)) == (
        "MULTIPOLYGON (((170 -1, 180 -1, 180 1, 170 1, 170 -1)), "
        "((-180 -1, -170 -1, -170 1, -180 1, -180 -1)))"
    )


def test_circle_is_written_as_a_ring_at_its_distance() -> None:
    place = parse_geojson(to_geojson(Circle(30, -89, 2)))
    assert isinstance(place, Polygon)
    assert len(place.rings[0]) == 73
    assert within(place, Circle(30, -89, 2.0000001))
    assert within(Circle(30, -89, 1.99), place)


def test_bbox_of_six_numbers_leaves_heights_out() -> None:
    assert parse_bbox([170, -10, 0, -170, 10, 5000]) == Box(170, -10, -170, 10)


def test_wkt_knows_heights_and_both_kinds_of_multipoint() -> None:
    assert parse_wkt("point z (1 2 3)") == Point(1, 2)
    both = Several((Point(1, 2), Point(3, 4)))
    assert parse_wkt("MULTIPOINT (1 2, 3 4)") == parse_wkt("MULTIPOINT ((1 2), (3 4))") == both
