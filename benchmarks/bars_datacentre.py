"""Bars of the data centre's catalogue, at a million footprints; process CPU time.

The catalogue is made once, in ILRS_BARS_CATALOGUE or in a temporary folder, and used again where it
is there. Recall and precision are against a plain search of all footprints by the distance of a
point from each, written without the catalogue's geometry.
"""

import functools
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.bar import Bar, bar
from benchmarks.footprints import BLOCK, blocks
from ilrs.datacentre.catalogue import Catalogue, open_catalogue
from ilrs.datacentre.conditions import Meets
from ilrs.datacentre.place import Box, Circle, Place, Polygon, Track
from ilrs.datacentre.question import MOST_AT_ONCE, Question
from ilrs.datacentre.rights import ANYONE, everything, view_of
from ilrs.datacentre.rights_file import read_policy

COUNT = int(os.environ.get("ILRS_BARS_COUNT", "1000000"))
NOW_S = 1.8e9
FACETS = ("mission", "instrument", "partner", "processing_level", "science_fields")


@functools.cache
def catalogue_path() -> Path:
    """Where the catalogue of all footprints lies, or will."""
    given = os.environ.get("ILRS_BARS_CATALOGUE")
    return Path(given or Path(tempfile.mkdtemp(prefix="ilrs-bars-")) / "catalogue.sqlite3")


@functools.cache
def catalogue() -> tuple[Catalogue, float]:
    """The catalogue of all footprints, and how many were added per CPU second (0: none now)."""
    made = open_catalogue(catalogue_path(), policy=read_policy())
    if made.is_there:
        return made, 0.0
    took = 0.0
    for records in blocks(COUNT):
        begin = time.process_time()
        made.add(records)
        took += time.process_time() - begin
    return made, COUNT / took


def places(kind: str, count: int) -> list[Circle]:
    """Places asked for: about a pole, the meridian of 180 deg or the equator."""
    random = np.random.default_rng(11)
    polar = random.choice([-1.0, 1.0], count) * (90.0 - random.uniform(0.0, 0.3, count))
    latitude = {"pole": polar,
                "antimeridian": random.uniform(-85.0, 85.0, count),
                "equator": random.uniform(-2.0, 2.0, count)}[kind]  # fmt: skip
    longitude = random.uniform(-180.0, 180.0, count)
    if kind == "antimeridian":
        longitude = 180.0 + random.uniform(-0.2, 0.2, count)
    radii = random.choice([0.05, 0.1, 0.3], count)
    return [Circle(*map(float, row)) for row in zip(longitude, latitude, radii, strict=True)]


def xyz(points: np.ndarray) -> np.ndarray:
    east, north = np.radians(points[..., 0]), np.radians(points[..., 1])
    return np.stack([np.cos(north) * np.cos(east), np.cos(north) * np.sin(east), np.sin(north)], -1)


def edge_distance(point: np.ndarray, first: np.ndarray, last: np.ndarray) -> np.ndarray:
    """Distance of a point from great-circle edges [rad]."""
    normal = np.cross(first, last)
    size = np.linalg.norm(normal, axis=-1)
    normal = normal / np.maximum(size, 1e-300)[..., None]
    across = np.abs(np.arcsin(np.clip(normal @ point, -1.0, 1.0)))
    between = (np.einsum("...i,...i", np.cross(normal, first), point[None]) > 0.0) & (
        np.einsum("...i,...i", np.cross(last, normal), point[None]) > 0.0
    )
    ends = np.minimum(*(2.0 * np.arcsin(np.linalg.norm(end - point, axis=-1) / 2.0)
                        for end in (first, last)))  # fmt: skip
    return np.where(between & (size > 0.0), across, ends)


def box_distance(point: np.ndarray, box: Box) -> float:
    """Distance of a point from a box of meridians and parallels [rad]."""
    east, north = np.arctan2(point[1], point[0]), np.arcsin(point[2])
    width = np.radians((box.east_deg - box.west_deg) % 360.0)
    if (east - np.radians(box.west_deg)) % (2.0 * np.pi) <= width:
        return float(max(np.radians(box.south_deg) - north, north - np.radians(box.north_deg), 0.0))
    sides = [
        xyz(np.array([[e, box.south_deg], [e, box.north_deg]]))
        for e in (box.west_deg, box.east_deg)
    ]
    return float(min(edge_distance(point, s[:1], s[1:])[0] for s in sides))


def plain_search(asked: list[Circle]) -> list[set[str]]:
    """The footprints that each circle meets, by the distance of its middle from every one."""
    found: list[set[str]] = [set() for _ in asked]
    for records in blocks(COUNT):
        rings = [r for r in records if isinstance(r.place, Polygon)]
        lines = [r for r in records if isinstance(r.place, Track)]
        others = [r for r in records if isinstance(r.place, Box | Circle)]
        ring = xyz(np.array([r.place.rings[0] for r in rings]))
        line = xyz(np.array([r.place.points for r in lines]))
        inside_of = np.cross(ring[:, :-1], ring[:, 1:])
        for circle, names in zip(asked, found, strict=True):
            point = xyz(np.array([circle.longitude_deg, circle.latitude_deg]))
            radius = np.radians(circle.radius_deg)
            side = inside_of @ point
            inside = ((side >= 0.0).all(axis=1) | (side <= 0.0).all(axis=1)) & (
                ring[:, 0] @ point > 0.0
            )
            near = edge_distance(point, ring[:, :-1], ring[:, 1:]).min(axis=1) <= radius
            names |= {rings[k].lidvid for k in np.flatnonzero(inside | near)}
            near = edge_distance(point, line[:, 0], line[:, 1]) <= radius
            names |= {lines[k].lidvid for k in np.flatnonzero(near)}
            names |= {r.lidvid for r in others if other_distance(point, r.place) <= radius}
    return found


def other_distance(point: np.ndarray, place: Place | None) -> float:
    if isinstance(place, Circle):
        middle = xyz(np.array([place.longitude_deg, place.latitude_deg]))
        apart = 2.0 * np.arcsin(np.linalg.norm(point - middle) / 2.0)
        return float(max(apart - np.radians(place.radius_deg), 0.0))
    assert isinstance(place, Box)
    return box_distance(point, place)


def milliseconds(ask: Callable[[int], object], count: int) -> float:
    """Median CPU time of questions, after one that warms [ms]."""
    ask(0)
    took = []
    for k in range(count):
        begin = time.process_time()
        ask(k)
        took.append((time.process_time() - begin) * 1e3)
    return statistics.median(took)


@bar
def place_recall() -> Bar:
    made, _ = catalogue()
    asked = [circle for kind in ("pole", "antimeridian", "equator") for circle in places(kind, 4)]
    told = plain_search(asked)
    recall, precision, most = 1.0, 1.0, 0
    for circle, true in zip(asked, told, strict=True):
        question = Question(where=Meets(circle), versions="all", limit=MOST_AT_ONCE)
        found = {r.lidvid for r in made.every(question, view=everything(NOW_S))}
        most = max(most, len(true))
        recall = min(recall, len(found & true) / len(true) if true else 1.0)
        precision = min(precision, len(found & true) / len(found) if found else 1.0)
    note = f"12 circles at pole, 180 deg, equator; up to {most:,} hits each"
    return Bar("place search: least of recall, precision", min(recall, precision), 1.0, "", ">=",
               "pgstac, rustac, PostGIS geometry 0.78 to 0.95 (issue)", note)  # fmt: skip


def place_p50(kind: str) -> float:
    made, _ = catalogue()
    asked, view = places(kind, 40), view_of(ANYONE, instant_s=NOW_S)
    return milliseconds(
        lambda k: made.search(Question(where=Meets(asked[k]), limit=10), view=view), 40
    )


@bar
def place_search() -> Bar:
    each = {kind: place_p50(kind) for kind in ("pole", "antimeridian", "equator")}
    note = ", ".join(f"{kind} {took:.1f}" for kind, took in each.items()) + "; first 10 by time"
    return Bar("place search p50", statistics.median(each.values()), 2.0, "ms", "<=",
               "pgstac 8 to 45 ms, rustac 227 to 609 ms (issue)", note)  # fmt: skip


@bar
def five_facets() -> Bar:
    made, _ = catalogue()

    def ask(k: int) -> object:
        view = view_of(ANYONE, instant_s=NOW_S + k)
        return made.facets(FACETS, question=Question(), view=view)

    return Bar("5 facets with the rights filter", milliseconds(ask, 20), 10.0, "ms", "<=",
               "SQLite GROUP BY 232 ms (issue)")  # fmt: skip


@bar
def catalogue_ingest() -> Bar:
    with tempfile.TemporaryDirectory() as folder:
        made = open_catalogue(Path(folder) / "catalogue.sqlite3", policy=read_policy())
        given = list(blocks(3 * BLOCK))
        made.add(given[0])
        begin = time.process_time()
        for records in given[1:]:
            made.add(records)
        took = time.process_time() - begin
        made.close()
    return Bar("catalogue ingest", 2 * BLOCK / took, 20_000.0, "items/s", ">=",
               "pypgstac 7,900/s (issue)", "per core-second, into 10,000")  # fmt: skip
