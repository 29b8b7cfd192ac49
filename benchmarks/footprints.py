"""A million footprints of images, the same ones each time: most of them about the poles.

Strips of 1.5 to 5 km by 5 to 30 km along polar orbits: as many per degree of latitude everywhere,
so that they crowd at the poles. One in ten lies about 180 deg E, one in ten about the equator; one
in eight is a box, a circle or a track.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from ilrs.datacentre.place import Box, Circle, Place, Polygon, Track
from ilrs.datacentre.record import FileEntry, Record

__all__ = ["BLOCK", "Shapes", "blocks", "lidvid", "place_of", "records_of_block",
           "shapes_of_block"]  # fmt: skip

BLOCK = 10_000
_KM_DEG = 30.323  # of a great circle of 1737.4 km
MISSIONS = [f"orbiter {k}" for k in range(8)]
INSTRUMENTS = [f"camera {k}" for k in range(24)]
PARTNERS = [f"partner-{k}" for k in range(12)]
SITES = ["", *(f"site-{k}" for k in range(40))]
FIELDS = ["geology", "volatiles", "topography", "gravity", "plasma", "heat flow"]
LEVELS = ["Raw", "Partially Processed", "Calibrated", "Derived"]


def _degrees(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    longitude = np.degrees(np.arctan2(points[..., 1], points[..., 0]))
    return longitude, np.degrees(np.arcsin(np.clip(points[..., 2], -1.0, 1.0)))


def _corners(random: np.random.Generator, count: int) -> tuple[np.ndarray, ...]:
    """Middles and four corners of strips, as unit vectors, with half length and width [rad]."""
    latitude = random.choice([-1.0, 1.0], count) * (90.0 - 30.0 * random.random(count))
    longitude = random.uniform(-180.0, 180.0, count)
    where = random.random(count)
    antimeridian, equator = where < 0.1, (where >= 0.1) & (where < 0.2)
    longitude[antimeridian] = 180.0 + random.normal(0.0, 0.5, antimeridian.sum())
    latitude[antimeridian] = random.uniform(-90.0, 90.0, antimeridian.sum())
    latitude[equator] = random.normal(0.0, 2.0, equator.sum())
    east, north = np.radians(longitude), np.radians(latitude)
    middle = np.stack(
        [np.cos(north) * np.cos(east), np.cos(north) * np.sin(east), np.sin(north)], -1
    )
    ahead = np.stack(
        [-np.sin(north) * np.cos(east), -np.sin(north) * np.sin(east), np.cos(north)], -1
    )
    side = np.cross(ahead, middle)
    tilt = random.normal(0.0, 0.1, count)[:, None]
    ahead, side = (
        ahead * np.cos(tilt) + side * np.sin(tilt),
        side * np.cos(tilt) - ahead * np.sin(tilt),
    )
    half = np.radians(random.uniform(5.0, 30.0, count) / 2.0 / _KM_DEG)[:, None]
    wide = np.radians(random.uniform(1.5, 5.0, count) / 2.0 / _KM_DEG)[:, None]
    corners = [
        middle + a * half * ahead + b * wide * side for a, b in ((-1, -1), (-1, 1), (1, 1), (1, -1))
    ]
    ring = np.stack(corners, axis=1)
    return middle, ring / np.linalg.norm(ring, axis=-1, keepdims=True), half[:, 0]


def place_of(
    kind: float, middle: tuple[float, float], ring: list[tuple[float, float]], half: float
) -> Place:
    if kind >= 0.125:
        return Polygon(((*ring, ring[0]),))
    if kind < 0.04:
        return Circle(*middle, half)
    if kind < 0.08:
        return Track((ring[0], ring[2]))
    longitude, latitude = middle
    south, north = max(latitude - half, -90.0), min(latitude + half, 90.0)
    wide = min(half / max(np.cos(np.radians(latitude)), 1e-3), 179.0)
    return Box((longitude - wide + 180.0) % 360.0 - 180.0, south,
               (longitude + wide + 180.0) % 360.0 - 180.0, north)  # fmt: skip


class Shapes(NamedTuple):
    """Where a block's footprints lie [deg] and what they are: `place_of` says, by kind."""

    middles: np.ndarray  # (…, 2)
    rings: np.ndarray  # (…, 4, 2)
    halves: np.ndarray
    kinds: np.ndarray


def shapes_of_block(block: int) -> Shapes:
    """The places of one block of 10,000; block k is the same whichever came before."""
    return _shapes(np.random.default_rng((2026, block)))


def _shapes(random: np.random.Generator) -> Shapes:
    middle, ring, half = _corners(random, BLOCK)
    return Shapes(np.stack(_degrees(middle), -1), np.stack(_degrees(ring), -1), np.degrees(half),
                  random.random(BLOCK))  # fmt: skip


def lidvid(block: int, number: int) -> str:
    """The identifier of a footprint."""
    return f"urn:ilrs:jdc:images:block{block}:strip{number}::1.0"


def records_of_block(block: int) -> list[Record]:
    """The records of one block."""
    random = np.random.default_rng((2026, block))
    at, corners, halves, kinds = (part.tolist() for part in _shapes(random))
    starts = random.integers(1_230_000_000, 2_000_000_000, BLOCK)
    pick = {name: random.integers(0, len(values), BLOCK).tolist() for name, values in (
        ("mission", MISSIONS), ("instrument", INSTRUMENTS), ("partner", PARTNERS),
        ("site", SITES), ("field", FIELDS), ("level", LEVELS))}  # fmt: skip
    sun, held = random.uniform(-5.0, 30.0, BLOCK).round(2).tolist(), random.random(BLOCK).tolist()
    first = np.datetime_as_string(starts.astype("datetime64[s]")).tolist()
    last = np.datetime_as_string((starts + 60).astype("datetime64[s]")).tolist()
    return [
        Record(
            lidvid=lidvid(block, k),
            title=f"Strip {k} of block {block}",
            description="A strip of the polar ground, made for a benchmark.",
            start_utc=f"{first[k]}Z",
            stop_utc=f"{last[k]}Z",
            publication_year=2026,
            target="Moon",
            mission=MISSIONS[pick["mission"][k]],
            instrument=INSTRUMENTS[pick["instrument"][k]],
            site=SITES[pick["site"][k]],
            partner=PARTNERS[pick["partner"][k]],
            science_fields=(FIELDS[pick["field"][k]],),
            processing_level=LEVELS[pick["level"][k]],
            place=place_of(kinds[k], tuple(at[k]), [tuple(p) for p in corners[k]], halves[k]),
            pixel_m=1.0,
            sun_azimuth_deg=10.0 * kinds[k],
            sun_elevation_deg=sun[k],
            access="open" if held[k] < 0.8 else "owner",
            embargo="P1Y after stop" if 0.6 <= held[k] < 0.8 else "",
            licence="CC-BY-4.0",
            files=(FileEntry(name="strip.img", size=10_000_000, md5="0" * 32),),
            received_utc="2026-11-01T00:00:00Z",
        )
        for k in range(BLOCK)
    ]  # fmt: skip


def blocks(count: int) -> Iterator[list[Record]]:
    """So many records, in blocks of 10,000."""
    for block in range(count // BLOCK):
        yield records_of_block(block)
