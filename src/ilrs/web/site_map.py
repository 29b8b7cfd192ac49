"""A small map of footprints as SVG: the part of the Moon around them, seen from above its middle.

The projection is azimuthal equidistant about the middle of all footprints, so that a pole is a
place like any other and nothing is cut at 180 degrees.
"""

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

from ilrs.datacentre.place import KM_PER_DEG, Box, Circle, Place, Point, Several, Track
from ilrs.datacentre.place_text import to_geojson
from ilrs.study.book_html import Html, tag

__all__ = ["footprint_map", "middle_of"]

_SIZE, _MARGIN = 360.0, 14.0
_STEPS_DEG = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0)
_Position = tuple[float, float]
_Projection = Callable[[_Position], tuple[float, float]]


def footprint_map(named: Sequence[tuple[str, Place, str]], *, label: str) -> Html | None:
    """A map of (title, place, address) triples, each a link; None where there is no place."""
    shapes = [(title, _lines(place), href) for title, place, href in named]
    positions = [p for _, lines, _ in shapes for line in lines for p in line]
    if not positions:
        return None
    centre = middle_of(positions)
    reach = max(max(_distance_deg(centre, p) for p in positions) * 1.15, 0.02)
    reach = min(reach, 180.0)
    scale = (_SIZE / 2 - _MARGIN) / reach

    def at(position: _Position) -> tuple[float, float]:
        distance, azimuth = _distance_deg(centre, position), _azimuth(centre, position)
        return (_SIZE / 2 + scale * distance * math.sin(azimuth),
                _SIZE / 2 - scale * distance * math.cos(azimuth))  # fmt: skip

    drawn = [
        tag("a", *(_shape(line, at) for line in lines), tag("title", title), href=href)
        for title, lines, href in shapes if lines
    ]  # fmt: skip
    disc = tag("circle", cx=_SIZE / 2, cy=_SIZE / 2, r=round(scale * reach, 1), cls="ground")
    return tag(
        "svg", tag("defs", tag("clipPath", disc, id="disc")), disc,
        tag("g", *_graticule(centre, reach, at), *drawn, clip_path="url(#disc)"),
        _scale_bar(reach, scale),
        viewBox=f"0 0 {_SIZE:g} {_SIZE:g}", role="img", aria_label=label, cls="map",
    )  # fmt: skip


def middle_of(positions: Sequence[_Position]) -> _Position:
    """Longitude and latitude of the middle of positions on the sphere [deg]."""
    x = y = z = 0.0
    for position in positions:
        dx, dy, dz = _unit(position)
        x, y, z = x + dx, y + dy, z + dz
    if math.hypot(x, y) + abs(z) < 1e-9:
        return positions[0]
    return math.degrees(math.atan2(y, x)), math.degrees(math.atan2(z, math.hypot(x, y)))


def _lines(place: Place) -> list[list[_Position]]:
    """The outlines of a place as rows of positions; a point is a row of one."""
    if isinstance(place, Several):
        return [line for part in place.places for line in _lines(part)]
    if isinstance(place, Point):
        return [[(place.longitude_deg, place.latitude_deg)]]
    if isinstance(place, Circle) and place.radius_deg == 0.0:
        return [[(place.longitude_deg, place.latitude_deg)]]
    if isinstance(place, Track):
        return [_along_great_circles(place.points)]
    geometry = to_geojson(place)
    polygons = (
        [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]
    )
    dense = _along_parallels if isinstance(place, Box) else _along_great_circles
    return [dense([(p[0], p[1]) for p in ring]) for rings in polygons for ring in rings]


def _along_parallels(ring: Sequence[_Position]) -> list[_Position]:
    """The outline of a box with points along its parallels, which bend on the map."""
    found: list[_Position] = []
    for (a, b), (c, d) in pairwise(ring):
        steps = max(1, math.ceil(abs(c - a) / 3.0))
        found += [(a + (c - a) * k / steps, b + (d - b) * k / steps) for k in range(steps)]
    return [*found, ring[-1]]


def _along_great_circles(line: Sequence[_Position]) -> list[_Position]:
    """A line with points along its edges, which are great circles."""
    found: list[_Position] = []
    for a, b in pairwise(line):
        start, end = _unit(a), _unit(b)
        angle = math.radians(_distance_deg(a, b))
        steps = max(1, math.ceil(math.degrees(angle) / 2.0))
        for k in range(steps):
            if k == 0 or math.sin(angle) < 1e-9:
                found.append(a)
                continue
            u, v = math.sin(angle * (1 - k / steps)), math.sin(angle * k / steps)
            x, y, z = (u * p + v * q for p, q in zip(start, end, strict=True))
            found.append((math.degrees(math.atan2(y, x)),
                          math.degrees(math.atan2(z, math.hypot(x, y)))))  # fmt: skip
    return [*found, line[-1]]


def _unit(position: _Position) -> tuple[float, float, float]:
    a, b = math.radians(position[0]), math.radians(position[1])
    return math.cos(b) * math.cos(a), math.cos(b) * math.sin(a), math.sin(b)


def _shape(line: Sequence[_Position], at: _Projection) -> Html:
    points = [at(p) for p in line]
    if len(points) == 1:
        return tag("circle", cx=round(points[0][0], 1), cy=round(points[0][1], 1), r=4, cls="spot")
    text = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    is_ring = line[0] == line[-1]
    name = "polygon" if is_ring else "polyline"
    return tag(name, points=text, cls="area" if is_ring else "track")


def _graticule(centre: _Position, reach: float, at: _Projection) -> list[Html]:
    step = next((s for s in _STEPS_DEG if reach / s <= 3.5), 45.0)
    south, north = max(centre[1] - reach, -90.0), min(centre[1] + reach, 90.0)
    latitudes = [k * step for k in range(math.ceil(south / step), math.floor(north / step) + 1)]
    has_pole = reach >= 90.0 - abs(centre[1])
    shrunk = math.sin(math.radians(reach)) / max(math.cos(math.radians(centre[1])), 1e-9)
    wide = 180.0 if has_pole or shrunk >= 1.0 else math.degrees(math.asin(shrunk))
    meridian = 30.0 if has_pole else next((s for s in _STEPS_DEG if wide / s <= 3.5), 45.0)
    longitudes = [centre[0] - wide + 2 * wide * k / 120 for k in range(121)]
    lines = [[(lon, lat) for lon in longitudes] for lat in latitudes if abs(lat) < 90.0]
    first = math.ceil((centre[0] - wide) / meridian)
    last = math.floor((centre[0] + wide) / meridian)
    lines += [[(k * meridian, south + (north - south) * j / 40) for j in range(41)]
              for k in range(first, last + 1)]  # fmt: skip
    drawn = [_line(line, at) for line in lines]
    marks = [_mark(f"{abs(lat):g}°{'S' if lat < 0 else 'N' if lat > 0 else ''}",
                   at((centre[0], lat))) for lat in latitudes]  # fmt: skip
    return [*drawn, *marks]


def _line(line: Sequence[_Position], at: _Projection) -> Html:
    points = " ".join("{:.1f},{:.1f}".format(*at(p)) for p in line)
    return tag("polyline", points=points, cls="grid")


def _mark(text: str, place: tuple[float, float]) -> Html:
    return tag("text", text, x=round(place[0] + 3, 1), y=round(place[1] - 3, 1), cls="mark")


def _scale_bar(reach: float, scale: float) -> Html:
    nice = [a * 10**k for k in range(-2, 5) for a in (1, 2, 5)]
    km = max((n for n in nice if n <= reach * KM_PER_DEG / 2), default=nice[0])
    width = km / KM_PER_DEG * scale
    y = _SIZE - 4
    return tag("g", tag("line", x1=4, x2=round(4 + width, 1), y1=y, y2=y, cls="bar"),
               tag("text", f"{km:g} km", x=4, y=y - 5, cls="mark"))  # fmt: skip


def _distance_deg(a: _Position, b: _Position) -> float:
    lat_a, lat_b = math.radians(a[1]), math.radians(b[1])
    lon = math.radians(b[0] - a[0])
    half = math.sin((lat_b - lat_a) / 2) ** 2 + (
        math.cos(lat_a) * math.cos(lat_b) * math.sin(lon / 2) ** 2
    )
    return math.degrees(2.0 * math.asin(min(1.0, math.sqrt(half))))


def _azimuth(a: _Position, b: _Position) -> float:
    lat_a, lat_b = math.radians(a[1]), math.radians(b[1])
    lon = math.radians(b[0] - a[0])
    return math.atan2(
        math.sin(lon) * math.cos(lat_b),
        math.cos(lat_a) * math.sin(lat_b) - math.sin(lat_a) * math.cos(lat_b) * math.cos(lon),
    )
