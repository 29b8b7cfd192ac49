"""Places on a sphere: points, circles, boxes, polygons, tracks, and several of them together.

Longitudes are degrees east, from -360 to 360 as written; latitudes from -90 to 90. The edges of a
polygon or a track are the shortest arcs of great circles, those of a box lie along meridians and
parallels. A box whose west is greater than its east crosses the meridian where they are counted
anew. A polygon is the smaller of the two parts that its outer ring makes of the sphere, whichever
way round it is written, less its holes; it may hold a pole and must fit in a hemisphere.

How places meet is in `ilrs.datacentre.spherical`.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, TypeAlias

from ilrs.foundation.errors import IlrsError

__all__ = [
    "KM_PER_DEG", "Box", "Circle", "Place", "Point", "Polygon", "Position", "Several", "Track",
    "centre_deg", "parse_bbox", "place_from_dict", "place_to_dict",
]  # fmt: skip

Position: TypeAlias = tuple[float, float]  # longitude_deg, latitude_deg
KM_PER_DEG = math.pi * 1737.4 / 180.0  # of a great circle on the IAU sphere
_MOST_POSITIONS = 100_000
_LEAST_COSINE = 0.01  # of the angle between a polygon's corners and its middle: 89.4 deg
_OPPOSITE = -1.0 + 1e-12  # cosine; points that far apart have no one shortest arc


@dataclass(frozen=True, slots=True)
class Point:
    """One point."""

    longitude_deg: float
    latitude_deg: float

    def __post_init__(self) -> None:
        _check((self.longitude_deg, self.latitude_deg))


@dataclass(frozen=True, slots=True)
class Circle:
    """All points at most `radius_deg` from a middle, along the sphere."""

    longitude_deg: float
    latitude_deg: float
    radius_deg: float

    def __post_init__(self) -> None:
        _check((self.longitude_deg, self.latitude_deg))
        if not _is_number(self.radius_deg) or not 0.0 <= self.radius_deg <= 180.0:
            raise IlrsError(
                f"a circle has the radius {self.radius_deg!r} deg",
                "possible is a number from 0 to 180",
                "Correct the radius.",
            )


@dataclass(frozen=True, slots=True)
class Box:
    """What lies between two meridians and two parallels."""

    west_deg: float
    south_deg: float
    east_deg: float
    north_deg: float

    def __post_init__(self) -> None:
        _check((self.west_deg, self.south_deg))
        _check((self.east_deg, self.north_deg))
        if self.south_deg > self.north_deg or self.east_deg - self.west_deg > 360.0:
            raise IlrsError(
                f"a box from {self.west_deg:g} {self.south_deg:g} to "
                f"{self.east_deg:g} {self.north_deg:g}",
                "a box is west, south, east, north: south at most north, at most 360 deg wide",
                "Correct the box.",
            )

    @property
    def width_deg(self) -> float:
        """How far it reaches eastward from its western edge. [deg]"""
        width = self.east_deg - self.west_deg
        return width if width >= 0.0 else width % 360.0


@dataclass(frozen=True, slots=True)
class Polygon:
    """An outer ring and its holes; each ring ends where it begins."""

    rings: tuple[tuple[Position, ...], ...]

    def __post_init__(self) -> None:
        rings = tuple(_positions(ring) for ring in self.rings)
        object.__setattr__(self, "rings", rings)
        for ring in rings or ((),):
            if len(ring) < 4 or not _same(ring[0], ring[-1]):
                raise IlrsError(
                    f"a ring of a polygon has {len(ring)} positions"
                    + (" and does not close" if len(ring) >= 4 else ""),
                    "a ring has at least four positions, the last one equal to the first",
                    "Close the ring.",
                )
            _check_edges(ring)
        middle = _middle(rings[0])
        if any(_dot(middle, _xyz(p)) < _LEAST_COSINE for ring in rings for p in ring):
            raise IlrsError(
                "a polygon does not fit in a hemisphere",
                "all corners lie within 89.4 deg of the middle of the outer ring",
                "Use a box or a circle, or cut the polygon into several.",
            )


@dataclass(frozen=True, slots=True)
class Track:
    """A line through points, such as the path of a rover or of an altimeter."""

    points: tuple[Position, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "points", _positions(self.points))
        if len(self.points) < 2:
            raise IlrsError(
                f"a track has {len(self.points)} positions",
                "a track has at least two",
                "Add positions, or give a point.",
            )
        _check_edges(self.points)


@dataclass(frozen=True, slots=True)
class Several:
    """Several places that are one: it meets what one of them meets.

    It lies inside a place when all of them do; a place lies inside it when it lies inside one.
    """

    places: "tuple[Point | Circle | Box | Polygon | Track, ...]"

    def __post_init__(self) -> None:
        object.__setattr__(self, "places", tuple(self.places))
        if not self.places or any(isinstance(place, Several) for place in self.places):
            raise IlrsError(
                "a place of several parts has none, or one that has parts itself",
                "it has one part or more, each a point, circle, box, polygon or track",
                "Give its parts in one list.",
            )


Place: TypeAlias = Point | Circle | Box | Polygon | Track | Several
_KINDS: Mapping[str, Any] = {kind.__name__: kind for kind in
                             (Point, Circle, Box, Polygon, Track, Several)}  # fmt: skip


def place_to_dict(place: Place) -> dict[str, Any]:
    """The place as JSON's values, nothing rounded; `place_from_dict` gives it back."""
    if isinstance(place, Several):
        return {"type": "Several", "places": [place_to_dict(part) for part in place.places]}
    plain = {name: _lists(value) for name, value in asdict(place).items()}
    return {"type": type(place).__name__, **plain}


def place_from_dict(plain: Mapping[str, Any]) -> Place:
    """The place of JSON's values. Raises IlrsError where they are not those of a place."""
    values = dict(plain)
    kind: Any = _KINDS.get(str(values.pop("type", "")))
    try:
        if kind is Several:
            values["places"] = [place_from_dict(part) for part in values["places"]]
        made: Place = kind(**values)
        return made
    except (TypeError, KeyError, ValueError, AttributeError, OverflowError, RecursionError):
        raise IlrsError(
            f"a place of the type {plain.get('type')!r} with {', '.join(values) or 'nothing else'}",
            "possible are " + ", ".join(_KINDS) + ", each with its own numbers",
            "Write it as place_to_dict does.",
        ) from None


def parse_bbox(numbers: Sequence[float]) -> Box:
    """The box of four numbers (west, south, east, north) or of six, with heights that are ignored.

    Raises IlrsError for any others.
    """
    values = list(numbers)
    if len(values) not in {4, 6} or not all(_is_number(value) for value in values):
        raise IlrsError(
            "a bbox of " + (", ".join(str(value) for value in values[:7]) or "no numbers"),
            "a bbox is west,south,east,north in degrees, or six numbers with heights between",
            "Give four or six numbers.",
        )
    west, south, east, north = values if len(values) == 4 else (*values[:2], *values[3:5])
    return Box(west, south, east, north)


def centre_deg(place: Place) -> Position:
    """Longitude and latitude of a place's middle: of its corners, were they masses on a sphere."""
    if isinstance(place, Point | Circle):
        return place.longitude_deg, place.latitude_deg
    if isinstance(place, Box):
        middle_deg = place.west_deg + place.width_deg / 2.0
        return middle_deg, (place.south_deg + place.north_deg) / 2.0
    if isinstance(place, Polygon):
        points: Sequence[Position] = place.rings[0][1:]
    elif isinstance(place, Track):
        points = place.points
    else:
        points = [centre_deg(part) for part in place.places]
    x, y, z = (sum(part) for part in zip(*(_xyz(p) for p in points), strict=True))
    return math.degrees(math.atan2(y, x)), math.degrees(math.atan2(z, math.hypot(x, y)))


def _positions(points: Iterable[Sequence[float]]) -> tuple[Position, ...]:
    made = tuple(tuple(point) for point in points)
    if len(made) > _MOST_POSITIONS:
        raise IlrsError(
            f"a place has {len(made)} positions",
            f"possible are at most {_MOST_POSITIONS}",
            "Leave some of them out.",
        )
    for point in made:
        _check(point)
    return made  # type: ignore[return-value]


def _check(position: Sequence[float]) -> None:
    if (
        len(position) != 2
        or not all(_is_number(value) for value in position)
        or not (abs(position[0]) <= 360.0 and abs(position[1]) <= 90.0)
    ):
        raise IlrsError(
            "a position of " + (" ".join(str(value) for value in position) or "no numbers"),
            "a position is a longitude from -360 to 360 and a latitude from -90 to 90 deg",
            "Correct the position.",
        )


def _check_edges(points: Sequence[Position]) -> None:
    for a, b in zip(points, points[1:], strict=False):
        if _dot(_xyz(a), _xyz(b)) < _OPPOSITE:
            raise IlrsError(
                f"an edge from {a[0]:g} {a[1]:g} to {b[0]:g} {b[1]:g}",
                "between opposite points of a sphere there is no one shortest way",
                "Add a position between them.",
            )


def _is_number(value: Any) -> bool:
    good = isinstance(value, int | float) and not isinstance(value, bool)
    return good and math.isfinite(value)


def _same(a: Position, b: Position) -> bool:
    return a == b or _dot(_xyz(a), _xyz(b)) > 1.0 - 1e-15


def _lists(value: Any) -> Any:
    return [_lists(part) for part in value] if isinstance(value, tuple) else value


_Xyz: TypeAlias = tuple[float, float, float]


def _xyz(position: Position) -> _Xyz:
    longitude, latitude = math.radians(position[0]), math.radians(position[1])
    cosine = math.cos(latitude)
    return cosine * math.cos(longitude), cosine * math.sin(longitude), math.sin(latitude)


def _dot(a: _Xyz, b: _Xyz) -> float:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def _cross(a: _Xyz, b: _Xyz) -> _Xyz:
    return a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]


def _middle(ring: Sequence[Position]) -> _Xyz:
    x, y, z = (sum(part) for part in zip(*(_xyz(p) for p in ring[1:]), strict=True))
    size = math.sqrt(x * x + y * y + z * z) or 1.0
    return x / size, y / size, z / size
