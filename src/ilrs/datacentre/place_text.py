"""Places as GeoJSON and as well-known text, read and written.

Both formats know neither circles nor boxes: a box is written as polygons cut at 180 deg, a circle
as a polygon of 72 corners that lie on it. Heights in what is read are ignored.
"""

import math
import re
import struct
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import numba
import numpy as np

from ilrs.datacentre.packing import POLYGON, unpacked_bytes
from ilrs.datacentre.place import Box, Circle, Place, Point, Polygon, Position, Several, Track
from ilrs.foundation.errors import IlrsError

__all__ = ["geojson_of_bytes", "parse_geojson", "parse_wkt", "to_geojson", "to_wkt"]

_CORNERS = 72
_MOST_DEPTH = 5
_Part: TypeAlias = Point | Circle | Box | Polygon | Track


def parse_geojson(geometry: Mapping[str, Any]) -> Place:
    """The place of a GeoJSON geometry. Raises IlrsError where it is none."""
    return _joined(_geojson_parts(geometry, 0))


def _geojson_parts(geometry: Any, depth: int) -> list[_Part]:
    kind = str(geometry.get("type")) if isinstance(geometry, Mapping) else ""
    if kind == "GeometryCollection" and isinstance(geometry.get("geometries"), list):
        if depth < _MOST_DEPTH:
            return [p for g in geometry["geometries"] for p in _geojson_parts(g, depth + 1)]
    elif kind in _READERS:
        try:
            return _READERS[kind](geometry["coordinates"])
        except (TypeError, KeyError, ValueError):
            pass
    raise IlrsError(
        f"this is no GeoJSON geometry: {str(geometry)[:100]}",
        f"possible are {', '.join(_READERS)} with coordinates, or a GeometryCollection of them",
        "Correct the geometry.",
    )


def _position(numbers: Sequence[float]) -> Position:
    if isinstance(numbers, str) or len(numbers) < 2:
        raise ValueError(numbers)
    return numbers[0], numbers[1]


def _line(points: Sequence[Any]) -> tuple[Position, ...]:
    return tuple(_position(point) for point in points)


def _polygon(rings: Sequence[Any]) -> Polygon:
    return Polygon(tuple(_line(ring) for ring in rings))


_READERS: Mapping[str, Callable[[Any], list[_Part]]] = {
    "Point": lambda c: [Point(*_position(c))],
    "LineString": lambda c: [Track(_line(c))],
    "Polygon": lambda c: [_polygon(c)],
    "MultiPoint": lambda c: [Point(*_position(p)) for p in c],
    "MultiLineString": lambda c: [Track(_line(p)) for p in c],
    "MultiPolygon": lambda c: [_polygon(p) for p in c],
}


def _joined(parts: list[_Part]) -> Place:
    return parts[0] if len(parts) == 1 else Several(tuple(parts))


def geojson_of_bytes(shape: bytes) -> dict[str, Any]:
    """The GeoJSON geometry of the bytes of a packed place."""
    if shape.startswith(_ONE_RING):  # as nearly all have
        return {"type": "Polygon", "coordinates": (tuple(_POSITION.iter_unpack(shape[24:])),)}
    return to_geojson(unpacked_bytes(shape))


_ONE_RING, _POSITION = struct.pack("2d", POLYGON, 1.0), struct.Struct("2d")


def to_geojson(place: Place) -> dict[str, Any]:
    """The place as a GeoJSON geometry; its arrays are lists or, as places have them, tuples."""
    match place:
        case Polygon(rings):
            return {"type": "Polygon", "coordinates": rings}
        case Point(longitude, latitude):
            return {"type": "Point", "coordinates": (longitude, latitude)}
        case Track(points):
            return {"type": "LineString", "coordinates": points}
        case Several(places):
            return {"type": "GeometryCollection", "geometries": [to_geojson(p) for p in places]}
    polygons = _outlines(place)
    if len(polygons) == 1:
        return {"type": "Polygon", "coordinates": polygons[0]}
    return {"type": "MultiPolygon", "coordinates": polygons}


def _outlines(place: Box | Circle | Polygon) -> list[tuple[tuple[Position, ...], ...]]:
    """Rings of the polygons that a place is written as."""
    if isinstance(place, Polygon):
        return [place.rings]
    if isinstance(place, Circle):
        return [(_circle_ring(place),)]
    west = (place.west_deg + 180.0) % 360.0 - 180.0
    east = west + place.width_deg
    spans = [(west, east)] if east <= 180.0 else [(west, 180.0), (-180.0, east - 360.0)]
    south, north = place.south_deg, place.north_deg
    return [(((w, south), (e, south), (e, north), (w, north), (w, south)),) for w, e in spans]


def _circle_ring(circle: Circle) -> tuple[Position, ...]:
    ring = _ring(circle.longitude_deg, circle.latitude_deg, circle.radius_deg)
    return tuple(map(tuple, ring.tolist()))


@numba.njit(cache=True, error_model="numpy", nogil=True)
def _ring(longitude_deg: float, latitude_deg: float, radius_deg: float) -> Any:
    """Longitude and latitude of a circle's corners, counterclockwise as in GeoJSON. [deg]"""
    radius, latitude = math.radians(radius_deg), math.radians(latitude_deg)
    up, across = math.sin(latitude), math.sin(radius) * math.cos(latitude)
    along, ring = math.cos(radius), np.empty((_CORNERS + 1, 2))
    for k in range(_CORNERS):
        azimuth = 2.0 * math.pi * k / _CORNERS
        sine = up * along + across * math.cos(azimuth)
        turn = math.atan2(-across * math.sin(azimuth), along - up * sine)
        ring[k, 0] = (longitude_deg + math.degrees(turn) + 180.0) % 360.0 - 180.0
        ring[k, 1] = math.degrees(math.asin(max(-1.0, min(1.0, sine))))
    ring[_CORNERS] = ring[0]
    return ring


# --- well-known text ------------------------------------------------------------------------------

_TOKEN = re.compile(r"\s*([A-Za-z]+|[(),]|[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)")
_WKT_NAMES = {  # GeoJSON's name, and how deep its lists are
    "POINT": ("Point", 0), "LINESTRING": ("LineString", 1), "POLYGON": ("Polygon", 2),
    "MULTIPOINT": ("MultiPoint", 1), "MULTILINESTRING": ("MultiLineString", 2),
    "MULTIPOLYGON": ("MultiPolygon", 3),
}  # fmt: skip


def parse_wkt(text: str) -> Place:
    """The place of a well-known text such as 'POINT (10 -89.5)'. Raises IlrsError for others."""
    try:
        tokens, at = deque[str](), 0
        text = text.rstrip()
        while at < len(text):
            match = _TOKEN.match(text, at)
            if match is None:
                raise ValueError(text)
            tokens.append(match.group(1))
            at = match.end()
        geometry = _wkt_geometry(tokens, 0)
        if tokens:
            raise ValueError(text)
    except (ValueError, IndexError):
        raise IlrsError(
            f"{text[:100]!r} is no place in well-known text",
            f"possible are {', '.join(_WKT_NAMES)} and GEOMETRYCOLLECTION, longitude first",
            "Write it so: POINT (10 -89.5).",
        ) from None
    return parse_geojson(geometry)


def _wkt_geometry(tokens: deque[str], depth: int) -> dict[str, Any]:
    name = tokens.popleft().upper()
    if tokens[0].upper() in {"Z", "M", "ZM"}:
        tokens.popleft()
    if name == "GEOMETRYCOLLECTION" and depth < _MOST_DEPTH:
        parts = _wkt_listed(tokens, lambda: _wkt_geometry(tokens, depth + 1))
        return {"type": "GeometryCollection", "geometries": parts}
    if name not in _WKT_NAMES:
        raise ValueError(name)
    kind, levels = _WKT_NAMES[name]
    coordinates = _wkt_list(tokens, max(levels, 1))
    if kind == "Point":
        (coordinates,) = coordinates
    return {"type": kind, "coordinates": coordinates}


def _wkt_list(tokens: deque[str], levels: int) -> list[Any]:
    """A list in parentheses, of lists or of positions; a multipoint's may each have their own."""

    def position() -> list[float]:
        if tokens[0] == "(":
            (alone,) = _wkt_list(tokens, 1)
            return list(alone)
        found = []
        while tokens[0] not in {",", ")"}:
            found.append(float(tokens.popleft()))
        return found

    return _wkt_listed(tokens, position if levels == 1 else lambda: _wkt_list(tokens, levels - 1))


def _wkt_listed(tokens: deque[str], read: Callable[[], Any]) -> list[Any]:
    found = list[Any]()
    token = _taken(tokens, "(")
    while token != ")":
        found.append(read())
        token = _taken(tokens, ",)")
    return found


def _taken(tokens: deque[str], possible: str) -> str:
    token = tokens.popleft()
    if token not in possible:
        raise ValueError(token)
    return token


def to_wkt(place: Place) -> str:
    """The place as well-known text, longitude first."""
    if isinstance(place, Several):
        return f"GEOMETRYCOLLECTION ({', '.join(to_wkt(part) for part in place.places)})"
    geometry = to_geojson(place)
    if isinstance(place, Point):
        return f"POINT ({_numbers(geometry['coordinates'])})"
    return f"{geometry['type'].upper()} {_wkt_text(geometry['coordinates'])}"


def _wkt_text(part: Sequence[Any]) -> str:
    inner = (_numbers(p) if isinstance(p[0], int | float) else _wkt_text(p) for p in part)
    return f"({', '.join(inner)})"


def _numbers(position: Sequence[float]) -> str:
    return " ".join(repr(float(value)).removesuffix(".0") for value in position)
