"""Who sends where, on which frequency: bands for links at the Moon, and what does not go together.

The table of bands, with the source of each row, is spectrum_bands.csv beside this file.
"""

import csv
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any, Literal, TypeAlias, get_args

import numpy.typing as npt

from ilrs.foundation.errors import IlrsError
from ilrs.orbits.kepler import MOON_RADIUS_M
from ilrs.orbits.link_budget import LIGHT_M_S
from ilrs.orbits.shielded_zone import touches_shielded_zone

__all__ = [
    "WAYS", "Assignment", "Band", "SpectrumFinding", "Way", "bands", "bands_of",
    "beam_radius_deg", "conflicts",
]  # fmt: skip

Way: TypeAlias = Literal[
    "earth-to-moon", "moon-to-earth", "orbit-to-surface", "surface-to-orbit",
    "surface-to-surface", "orbit-to-orbit", "passive",
]  # fmt: skip
WAYS: tuple[str, ...] = get_args(Way)

_TABLE = Path(__file__).with_name("spectrum_bands.csv")
_ASTRONOMY = "radio astronomy in the shielded zone (ITU RR 22.22-22.25)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """One row of the table: from where to where a band may be used, and on what that rests."""

    low_hz: float
    high_hz: float
    ways: tuple[str, ...]
    standing: str  # allocated, recommended or under study
    outside_shielded_zone: bool  # may not be used in the zone
    basis: str
    source: str
    status: str  # fact, or assumption where the source's text was not at hand

    def __str__(self) -> str:
        return f"{self.low_hz / 1e6:g}-{self.high_hz / 1e6:g} MHz ({self.standing}, {self.basis})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """A carrier that a partner uses: its band, its way, its time, and where on the Moon.

    The place is a circle on the surface that the emission comes from or falls on; the whole Moon
    where none is given. The way "passive" is a receiver of nature's emissions, which is disturbed.
    """

    id: str
    partner: str
    way: Way
    frequency_hz: float
    bandwidth_hz: float
    latitude_deg: float = 0.0
    longitude_deg: float = 0.0
    radius_deg: float = 180.0
    start_tdb_s: float = -math.inf
    end_tdb_s: float = math.inf

    def __post_init__(self) -> None:
        for what, value in (("frequency", self.frequency_hz), ("bandwidth", self.bandwidth_hz)):
            if not 0.0 < value < math.inf:
                raise IlrsError(
                    f"assignment {self.id} with a {what} of {value:g} Hz",
                    f"a {what} is a finite number above 0 Hz",
                    "Correct it, or its unit.",
                )
        if self.bandwidth_hz > 2.0 * self.frequency_hz:
            raise IlrsError(
                f"assignment {self.id} of {self.bandwidth_hz:g} Hz about {self.frequency_hz:g} Hz",
                "a band ends above 0 Hz",
                "Correct the bandwidth, or its unit.",
            )
        if self.way not in WAYS:
            raise IlrsError(
                f"assignment {self.id} going {self.way!r}",
                f"ways are {', '.join(WAYS)}",
                "Name one of them.",
            )

    @property
    def low_hz(self) -> float:
        """Lower edge of its band. [Hz]"""
        return self.frequency_hz - 0.5 * self.bandwidth_hz

    @property
    def high_hz(self) -> float:
        """Upper edge of its band. [Hz]"""
        return self.frequency_hz + 0.5 * self.bandwidth_hz


@dataclass(frozen=True, slots=True, kw_only=True)
class SpectrumFinding:
    """What does not go together, between whom, and how to mend it."""

    kind: Literal["overlap", "outside", "shielded"]
    first: str  # id of an assignment
    first_partner: str
    second: str  # id of the other one, or whose rule it is
    second_partner: str
    found: str
    possible: str
    mend: str


@cache
def bands() -> tuple[Band, ...]:
    """The table of bands, in its own order."""
    with _TABLE.open(encoding="utf-8") as stream:
        rows = csv.DictReader(line for line in stream if not line.startswith("#"))
        return tuple(
            Band(
                low_hz=float(row["low_mhz"]) * 1e6, high_hz=float(row["high_mhz"]) * 1e6,
                ways=tuple(row["ways"].split()), standing=row["standing"],
                outside_shielded_zone=row["outside_shielded_zone"] == "yes",
                basis=row["basis"], source=row["source"], status=row["status"],
            )
            for row in rows
        )  # fmt: skip


def bands_of(assignment: Assignment) -> list[Band]:
    """The bands that hold an assignment whole and are meant for its way, the firmest first."""
    order = ("allocated", "recommended", "under study")
    found = [
        band
        for band in bands()
        if assignment.way in band.ways
        and band.low_hz <= assignment.low_hz
        and assignment.high_hz <= band.high_hz
    ]
    return sorted(found, key=lambda band: order.index(band.standing))


def beam_radius_deg(frequency_hz: float, *, diameter_m: float, range_m: float) -> float:
    """Radius on the Moon of the spot that a dish lights or hears, at half power. [deg]

    A full beam of 70 lambda/D degrees, the field's rule of thumb; at most a hemisphere.
    """
    half = math.radians(0.5 * 70.0 * LIGHT_M_S / frequency_hz / diameter_m)
    return min(math.degrees(half * range_m / MOON_RADIUS_M), 90.0)


def conflicts(
    assignments: Sequence[Assignment], *, earth_position_m: npt.ArrayLike
) -> list[SpectrumFinding]:
    """Everything that does not go together: overlaps first, then bands, then the shielded zone.

    `earth_position_m` is Earth from the Moon's centre in the Moon's body frame at the epochs looked
    at, shape (3,) or (epochs, 3): as it librates, so does the zone. Raises IlrsError for ids that
    are used twice.
    """
    ids = [assignment.id for assignment in assignments]
    twice = next((id_ for k, id_ in enumerate(ids) if id_ in ids[:k]), None)
    if twice is not None:
        raise IlrsError(
            f"two assignments called {twice}", "each has an id of its own", "Rename one of them."
        )
    active = [assignment for assignment in assignments if assignment.way != "passive"]
    return [
        *_overlaps(assignments),
        *(finding for one in active for finding in _outside(one)),
        *(finding for one in active for finding in _shielded(one, assignments, earth_position_m)),
    ]


def _share_band(one: Assignment, other: Assignment) -> bool:
    return one.low_hz < other.high_hz and other.low_hz < one.high_hz


def _overlaps(assignments: Sequence[Assignment]) -> Iterator[SpectrumFinding]:
    for one, other in combinations(assignments, 2):
        listening = [a for a in (one, other) if a.way == "passive"]
        if not (_share_band(one, other) and _meet(one, other)) or len(listening) == 2:
            continue
        mend = "Move one of the two to another frequency, or let them take turns in a contact plan."
        if listening:
            sender = other if listening[0] is one else one
            mend = f"Let {sender.id} be silent while {listening[0].id} listens."
        low, high = max(one.low_hz, other.low_hz), min(one.high_hz, other.high_hz)
        texts = (
            f"both use {low / 1e6:g} to {high / 1e6:g} MHz at the same time and place",
            "what one place hears at one time has bands that do not overlap",
            mend,
        )
        yield _finding("overlap", one, (other.id, other.partner), texts)


def _finding(
    kind: Any, one: Assignment, other: tuple[str, str], texts: tuple[str, str, str]
) -> SpectrumFinding:
    found, possible, mend = texts
    return SpectrumFinding(
        kind=kind, first=one.id, first_partner=one.partner, second=other[0],
        second_partner=other[1], found=found, possible=possible, mend=mend,
    )  # fmt: skip


def _meet(one: Assignment, other: Assignment) -> bool:
    """Whether two assignments share time and place."""
    if max(one.start_tdb_s, other.start_tdb_s) >= min(one.end_tdb_s, other.end_tdb_s):
        return False
    return _apart_deg(one, other) < one.radius_deg + other.radius_deg


def _apart_deg(one: Assignment, other: Assignment) -> float:
    """Angle between the middles of two places on the Moon. [deg]"""
    b1, l1, b2, l2 = (
        math.radians(angle)
        for angle in (
            one.latitude_deg, one.longitude_deg, other.latitude_deg, other.longitude_deg,
        )
    )  # fmt: skip
    half = (
        math.sin(0.5 * (b2 - b1)) ** 2
        + math.cos(b1) * math.cos(b2) * math.sin(0.5 * (l2 - l1)) ** 2
    )
    return math.degrees(2.0 * math.asin(min(math.sqrt(half), 1.0)))


def _outside(one: Assignment) -> Iterator[SpectrumFinding]:
    held = bands_of(one)
    if held and held[0].standing != "under study":
        return
    fitting = [str(b) for b in bands() if one.way in b.ways and b.standing != "under study"]
    edges = f"{one.low_hz / 1e6:g} to {one.high_hz / 1e6:g} MHz"
    found = f"{edges} is no band for links {one.way}"
    other, mend = "ITU and SFCG", "Move it into one of them, and coordinate it with the ITU."
    if held:
        found = f"{edges} is only under study for links {one.way} ({held[0].basis})"
        other = held[0].basis
        mend = "Move it into one of them, or wait for the conference and plan for its decision."
    texts = (found, f"for this way there are {', '.join(fitting) or 'none'}", mend)
    yield _finding("outside", one, (other, "ITU"), texts)


def _shielded(
    one: Assignment, assignments: Sequence[Assignment], earth_position_m: npt.ArrayLike
) -> Iterator[SpectrumFinding]:
    if one.way == "earth-to-moon":
        return  # the zone is what such emissions do not reach
    place = {"latitude_deg": one.latitude_deg, "longitude_deg": one.longitude_deg}
    if not touches_shielded_zone(
        **place,
        # Who sends to Earth shines away from the Moon: only where it stands counts.
        radius_deg=0.0 if one.way == "moon-to-earth" else one.radius_deg,
        earth_position_m=earth_position_m,
    ):
        return
    allowed = [
        band
        for band in bands_of(one)
        if band.standing != "under study" and not band.outside_shielded_zone
    ]
    mend = "Point the beam away from the zone, or move to a band that is allowed there."
    if allowed:
        mend = f"Send in {allowed[0]} by agreement with those who listen there."
    texts = (
        f"{one.low_hz / 1e6:g} to {one.high_hz / 1e6:g} MHz reaches the shielded zone of the Moon",
        "there only space research and what serves it may send, in bands allocated to it",
        mend,
    )
    listeners = [
        (other.id, other.partner)
        for other in assignments
        if other.way == "passive" and _meet(one, other) and _share_band(one, other)
    ]
    for listener in listeners or [(_ASTRONOMY, "ITU")]:
        yield _finding("shielded", one, listener, texts)
