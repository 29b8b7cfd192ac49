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
from benchmarks.footprints import BLOCK, Shapes, blocks, lidvid, place_of, shapes_of_block
from ilrs.cli_start import seldom_collect
from ilrs.datacentre.catalogue import Catalogue, open_catalogue
from ilrs.datacentre.conditions import Meets
from ilrs.datacentre.place import Box, Circle
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


def apart(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Angle between unit vectors [rad]."""
    return 2.0 * np.arcsin(np.minimum(np.linalg.norm(a - b, axis=-1) / 2.0, 1.0))


def edge_distance(point: np.ndarray, first: np.ndarray, last: np.ndarray) -> np.ndarray:
    """Distance of a point from great-circle edges [rad]."""
    normal = np.cross(first, last)
    size = np.linalg.norm(normal, axis=-1)
    normal = normal / np.maximum(size, 1e-300)[..., None]
    across = np.abs(np.arcsin(np.clip(normal @ point, -1.0, 1.0)))
    between = (np.cross(normal, first) @ point > 0.0) & (np.cross(last, normal) @ point > 0.0)
    ends = np.minimum(apart(first, point), apart(last, point))
    return np.where(between & (size > 0.0), across, ends)


def ring_distance(point: np.ndarray, ring: np.ndarray) -> np.ndarray:
    """Distance of a point from convex polygons within a hemisphere [rad]."""
    following = np.roll(ring, -1, axis=1)
    side = np.cross(ring, following) @ point
    is_inside = (side >= 0.0).all(axis=1) | (side <= 0.0).all(axis=1)
    is_inside &= ring[:, 0] @ point > 0.0
    return np.where(is_inside, 0.0, edge_distance(point, ring, following).min(axis=1))


def box_distance(point: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """Distance of a point from boxes of meridians and parallels: west, south, east, north [rad]."""
    west, south, east, north = np.radians(boxes.T)
    at, height = np.arctan2(point[1], point[0]), np.arcsin(point[2])
    is_between = (at - west) % (2.0 * np.pi) <= (east - west) % (2.0 * np.pi)
    above = np.maximum(np.maximum(south - height, height - north), 0.0)
    sides = [
        edge_distance(point, xyz(boxes[:, low]), xyz(boxes[:, high]))
        for low, high in (((0, 1), (0, 3)), ((2, 1), (2, 3)))
    ]
    return np.where(is_between, above, np.minimum(*sides))


def box_of(shapes: Shapes, number: int) -> tuple[float, float, float, float]:
    ring = [(float(east), float(north)) for east, north in shapes.rings[number]]
    east, north = shapes.middles[number].tolist()
    box = place_of(float(shapes.kinds[number]), (east, north), ring, float(shapes.halves[number]))
    assert isinstance(box, Box)
    return box.west_deg, box.south_deg, box.east_deg, box.north_deg


def plain_search(asked: list[Circle]) -> list[set[str]]:
    """The footprints that each circle meets, by the distance of its middle from every one.

    Strips and tracks are looked at where the circle around their corners is near.
    """
    found: list[set[str]] = [set() for _ in asked]
    points = xyz(np.array([(circle.longitude_deg, circle.latitude_deg) for circle in asked]))
    for block in range(COUNT // BLOCK):
        shapes = shapes_of_block(block)
        middle, ring, kinds = xyz(shapes.middles), xyz(shapes.rings), shapes.kinds
        reach = apart(ring, middle[:, None]).max(axis=1)
        is_circle, is_track, is_strip = (
            kinds < 0.04,
            (kinds >= 0.04) & (kinds < 0.08),
            kinds >= 0.125,
        )
        of_box = np.flatnonzero((kinds >= 0.08) & (kinds < 0.125))
        boxes = np.array([box_of(shapes, k) for k in of_box])
        for circle, point, names in zip(asked, points, found, strict=True):
            radius, away = np.radians(circle.radius_deg), apart(middle, point)
            meets = is_circle & (away - np.radians(shapes.halves) <= radius)
            near = away <= radius + reach + 1e-9
            strips, tracks = np.flatnonzero(near & is_strip), np.flatnonzero(near & is_track)
            meets[strips] = ring_distance(point, ring[strips]) <= radius
            meets[tracks] = edge_distance(point, ring[tracks, 0], ring[tracks, 2]) <= radius
            meets[of_box] = box_distance(point, boxes) <= radius
            names |= {lidvid(block, k) for k in np.flatnonzero(meets)}
    return found


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
    asked = [circle for kind in ("pole", "antimeridian", "equator") for circle in places(kind, 20)]
    told = plain_search(asked)
    recall, precision, most = 1.0, 1.0, 0
    for circle, true in zip(asked, told, strict=True):
        question = Question(where=Meets(circle), versions="all", limit=MOST_AT_ONCE)
        found = {r.lidvid for r in made.every(question, view=everything(NOW_S))}
        most = max(most, len(true))
        recall = min(recall, len(found & true) / len(true) if true else 1.0)
        precision = min(precision, len(found & true) / len(found) if found else 1.0)
    note = f"{len(asked)} circles at pole, 180 deg, equator; up to {most:,} hits each"
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
    seldom_collect()  # as `ilrs data ingest` does
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
