"""Where on the Moon a PDS4 label says that its product lies, and how large a pixel is there.

Read are the cartography dictionary's bounding coordinates, the geometry dictionary's footprint and
its least and greatest latitude and longitude, the lander's place of Chang'e labels, and a footprint
that a product's table holds as well-known text in a column named WKT.
"""

import csv
import io
import math
from collections.abc import Iterator

from lxml import etree

from ilrs.datacentre.label_fields import child, child_number, child_text, line_of
from ilrs.datacentre.place import Box, Place, Point, Polygon, Track
from ilrs.foundation.errors import Finding, IlrsError

__all__ = ["box_deg", "hull_of", "pixel_m_of", "place_of", "wkt_column"]

MOON_RADIUS_M = 1_737_400.0  # IAU 2015: the sphere of the Moon's maps
_METRES = {"m": 1.0, "meter": 1.0, "metre": 1.0, "km": 1000.0}
_DEGREES = {"deg": 1.0, "degree": 1.0, "rad": 180.0 / math.pi, "radian": 180.0 / math.pi}


def place_of(root: etree._Element, *, name: str, findings: list[Finding]) -> Place | None:
    """The place that a label states, by the first of its ways to say it; None where it has none.

    A stated place that cannot be one is added to `findings`.
    """
    for node in root.iter("{*}Bounding_Coordinates", "{*}Footprint_Vertices",
                          "{*}Surface_Geometry_Min_Max", "{*}Lander_Location"):  # fmt: skip
        try:
            place = _read(node)
        except IlrsError as error:
            findings.append(
                Finding(
                    file=name, line=line_of(node), entity=etree.QName(node).localname,
                    found=error.asked, possible=error.possible, mend=error.mend, kind="content",
                )
            )  # fmt: skip
            continue
        if place is not None:
            return place
    return None


def _read(node: etree._Element) -> Place | None:
    match etree.QName(node).localname:
        case "Bounding_Coordinates":
            parts = [f"{side}_bounding_coordinate" for side in ("west", "south", "east", "north")]
            numbers = _degrees(node, parts)
            return None if numbers is None else box_deg(*numbers)
        case "Surface_Geometry_Min_Max":
            parts = [
                "minimum_longitude",
                "minimum_latitude",
                "maximum_longitude",
                "maximum_latitude",
            ]
            numbers = _degrees(node, parts)
            return None if numbers is None else box_deg(*numbers)
        case "Lander_Location":
            at = _degrees(node, ["longitude", "latitude"])
            return None if at is None else Point(*at)
        case _:
            found = [_degrees(p, ["pixel_longitude", "pixel_latitude"])
                     for p in node.iterfind("{*}Pixel_Intercept")]  # fmt: skip
            return hull_of([(p[0], p[1]) for p in found if p is not None])


def _degrees(node: etree._Element, names: list[str]) -> list[float] | None:
    """The children's numbers in degrees; None where one is not there."""
    numbers = []
    for name in names:
        item = child(node, name)
        text = "" if item is None else (item.text or "").strip()
        if item is None or not text:
            return None
        unit = item.get("unit", "deg")
        try:
            numbers.append(float(text) * _DEGREES[unit])
        except (ValueError, KeyError):
            raise IlrsError(
                f"{name} is {text[:40]!r} in {unit[:20]!r}",
                "a place is in degrees",
                "Correct the label there.",
            ) from None
    return numbers


def box_deg(west_deg: float, south_deg: float, east_deg: float, north_deg: float) -> Box:
    """The box between two meridians and two parallels, as maps write it. [deg]

    A map of 0 to 360 or of -180 to 180 keeps its width. Raises IlrsError where it is no box.
    """
    if south_deg > north_deg:
        south_deg, north_deg = north_deg, south_deg
    if all(map(math.isfinite, (west_deg, east_deg))) and max(abs(west_deg), abs(east_deg)) > 360.0:
        turn = 360.0 * math.floor((west_deg + 180.0) / 360.0)
        west_deg, east_deg = west_deg - turn, east_deg - turn
    return Box(west_deg, south_deg, east_deg, north_deg)


def hull_of(corners: list[tuple[float, float]]) -> Place | None:
    """What corners (longitude, latitude) in their order enclose; of two the way between. [deg]"""
    distinct = [c for k, c in enumerate(corners) if k == 0 or c != corners[k - 1]]
    if len(distinct) > 1 and distinct[0] == distinct[-1]:
        distinct.pop()
    match len(distinct):
        case 0:
            return None
        case 1:
            return Point(*distinct[0])
        case 2:
            return Track(tuple(distinct))
        case _:
            return Polygon(((*distinct, distinct[0]),))


def pixel_m_of(root: etree._Element) -> float | None:
    """The size of a pixel on the ground, of map projections or as a geometry states it. [m]"""
    for node in root.iter("{*}pixel_resolution_x", "{*}horizontal_pixel_footprint"):
        unit, _, per = node.get("unit", "m").partition("/")
        try:
            size = float((node.text or "").strip())
        except ValueError:
            continue
        if unit in _METRES and math.isfinite(size) and size > 0.0:
            return size * _METRES[unit]
        if unit in _DEGREES and per in {"", "pixel"} and math.isfinite(size) and size > 0.0:
            return math.radians(size * _DEGREES[unit]) * MOON_RADIUS_M
    return None


def wkt_column(table: etree._Element, data: bytes) -> Iterator[tuple[int, str]]:
    """Line and text of each well-known text that a delimited table's bytes hold in a column WKT."""
    record = child(table, "Record_Delimited")
    names = [] if record is None else [child_text(f, "name").upper() for f in record]
    names = [name for name in names if name]
    if "WKT" not in names or child_text(table, "field_delimiter").title() != "Comma":
        return
    start = child_number(table, "offset") or 0
    first = data[:start].count(b"\n") + 1
    rows = csv.reader(io.StringIO(data[start:].decode("utf-8", "replace")))
    for number, row in enumerate(rows):
        if number >= (child_number(table, "records") or 0):
            return
        if len(row) == len(names):
            yield first + number, row[names.index("WKT")]
