"""The tree of places in memory: nothing that meets is lost, whatever was added when."""

import numpy as np
import pytest

from ilrs.datacentre.packing import pack
from ilrs.datacentre.place import Box, Circle, Place, Point, Polygon, Several, Track
from ilrs.datacentre.shapes import Shapes
from ilrs.datacentre.spherical import intersects, within

CENTRES = [(0.0, -90.0), (37.0, 89.9), (180.0, 5.0), (-179.95, -40.0), (10.0, 0.0)]


def places(count: int, seed: int) -> list[Place | None]:
    """Small places of every kind, most of them about poles and 180 deg, some large, some none."""
    random = np.random.default_rng(seed)
    made: list[Place | None] = []
    for k in range(count):
        longitude, latitude = CENTRES[k % len(CENTRES)]
        longitude = (longitude + random.normal(0.0, 2.0) + 180.0) % 360.0 - 180.0
        latitude = float(np.clip(latitude + random.normal(0.0, 0.5), -89.7, 89.7))
        longitude, half = float(longitude), float(random.uniform(0.01, 0.3))
        west, east = ((longitude + turn + 180.0) % 360.0 - 180.0 for turn in (-half, half))
        ring = ((west, latitude - half), (east, latitude - half), (longitude, latitude + half))
        made.append([
            Point(longitude, latitude), Circle(longitude, latitude, half), None,
            Box(west, latitude - half, east, latitude + half), Polygon(((*ring, ring[0]),)),
            Track(ring), Several((Point(0.0, 0.0), Circle(longitude, latitude, 0.1))),
            Circle(longitude, latitude, 170.0) if k % 80 == 7 else Point(longitude, -latitude),
        ][int(random.integers(8))])  # fmt: skip
    return made


def shapes_of(*parts: list[Place | None]) -> Shapes:
    shapes = Shapes()
    for part in parts:
        shapes.extend([None if place is None else pack(place).tobytes() for place in part])
    return shapes


ASKED: list[Place] = [
    Circle(0, -90, 1), Circle(0, 90, 0.5), Box(179, -50, -179, 10), Point(180, 5),
    Polygon((((-10, 80), (170, 80), (80, 85), (-10, 80)),)), Circle(10, 0, 100), Circle(0, 0, 180),
    Track(((100, -85), (-80, -85))), Box(-180, -90, 180, 90),
]  # fmt: skip


@pytest.mark.parametrize("is_within", [False, True])
@pytest.mark.parametrize("asked", ASKED)
def test_near_and_lying_are_all_that_meet(asked: Place, is_within: bool) -> None:
    given = places(400, seed=3)
    shapes = shapes_of(given[:300], given[300:])
    near = shapes.near(pack(asked))
    lying = near[shapes.lying(near, pack(asked), is_within=is_within)]
    holds = within if is_within else intersects
    told = [k for k, place in enumerate(given) if place is not None and holds(place, asked)]
    assert sorted(lying.tolist()) == told
    assert shapes.are_known.tolist() == [place is not None for place in given]


def test_tree_is_made_anew_as_rows_come() -> None:
    """More rows than may lie beside the tree, in uneven parts."""
    points = np.random.default_rng(5).normal(size=(20_000, 3))
    longitudes = np.degrees(np.arctan2(points[:, 1], points[:, 0]))
    latitudes = np.degrees(np.arcsin(points[:, 2] / np.linalg.norm(points, axis=1)))
    given = [
        Point(float(east), float(north)) for east, north in zip(longitudes, latitudes, strict=True)
    ]
    shapes, at, asked = Shapes(), 0, Circle(170.0, -80.0, 20.0)
    for size in (0, 1, 15, 16, 17, 4000, 4096, 1, 7000, 4854):
        shapes.extend([pack(place).tobytes() for place in given[at : at + size]])
        at += size
        near = shapes.near(pack(asked))
        lying = near[shapes.lying(near, pack(asked), is_within=False)]
        told = [k for k, place in enumerate(given[:at]) if intersects(place, asked)]
        assert sorted(lying.tolist()) == told
    assert at == len(given)
