"""The almanac of a site: Sun and Earth rise and set over its skyline, eclipses, and the months.

Rise and set come in three steps, each to the second: the first point of the disc clears the
skyline, its centre does, all of it does; and back. The skyline is the profile's, so a notch
narrower than its azimuth step is not seen.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from ilrs.foundation.time import tdb_from_utc, utc_from_tdb
from ilrs.foundation.windows import Windows
from ilrs.moon.eclipse import earth_eclipses
from ilrs.moon.light_windows import Coincidence, coincident_outage
from ilrs.moon.map_tiles import VisiblePart
from ilrs.sky.directions import apparent_directions
from ilrs.sky.kernels import EARTH, SUN
from ilrs.sky.sky import Sky
from ilrs.study.site_limbs import view_windows
from ilrs.study.site_place import Place, require_covered

__all__ = [
    "BODIES", "EVENTS", "PARTS", "Almanac", "Eclipse", "Event", "Month", "almanac", "months",
]  # fmt: skip

FloatArray: TypeAlias = npt.NDArray[np.float64]
Body: TypeAlias = Literal["sun", "earth"]

BODIES: dict[Body, int] = {"sun": SUN, "earth": EARTH}
PARTS: tuple[VisiblePart, ...] = ("any", "half", "all")
#: What the beginning and the end of a window are called, by the part of the disc.
EVENTS: dict[VisiblePart, tuple[str, str]] = {
    "any": ("upper limb rises", "upper limb sets"),
    "half": ("centre rises", "centre sets"),
    "all": ("disc fully up", "disc no longer whole"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One rise or set of one part of a disc, over one mast's skyline."""

    tdb_s: float
    body: Body
    event: str
    mast_height_m: float
    azimuth_deg: float  # of the disc's centre
    elevation_deg: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """What one calendar month (UTC) brings at one mast; spells are cut at the month's ends."""

    month: str  # 2036-06
    mast_height_m: float
    counted_s: float  # the part of the month within the span
    lit_s: float  # any of the Sun in view
    whole_sun_s: float
    longest_dark_s: float
    longest_light_s: float
    earth_in_view_s: float  # Earth's centre in view
    longest_outage_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Eclipse:
    """Earth in front of the Sun, in seconds TDB past J2000."""

    begins_tdb_s: float
    total_begins_tdb_s: float | None  # None where the Sun is never wholly covered
    greatest_tdb_s: float
    total_ends_tdb_s: float | None
    ends_tdb_s: float
    least_sun_fraction: float  # of the Sun's light, at the greatest moment
    seen_from_m: tuple[float, ...]  # masts over whose skyline the Sun stands during some of it


@dataclass(frozen=True, slots=True, kw_only=True)
class Almanac:
    """Rises and sets over a span, in seconds TDB past J2000, and the windows between them."""

    place: Place
    span_s: tuple[float, float]
    mast_heights_m: tuple[float, ...]
    views: dict[tuple[Body, float, VisiblePart], Windows]  # by body, mast and part of the disc
    events: tuple[Event, ...]
    eclipses: tuple[Eclipse, ...]

    def in_view(self, body: Body, mast_height_m: float, part: VisiblePart = "any") -> Windows:
        """Windows with a part of a body's disc in view."""
        return self.views[body, mast_height_m, part]

    def dark(self, mast_height_m: float) -> Windows:
        """Windows without any of the Sun in view."""
        return self.in_view("sun", mast_height_m).within(*self.span_s)

    def coincidence(self, mast_height_m: float) -> Coincidence:
        """How far any of the Sun and Earth's centre stand in for each other: time with neither."""
        sun = self.in_view("sun", mast_height_m)
        earth = self.in_view("earth", mast_height_m, "half")
        return coincident_outage({"sun": sun, "earth": earth}, span_s=self.span_s)


def almanac(
    place: Place,
    *,
    span_s: tuple[float, float],
    sky: Sky,
    mast_heights_m: Sequence[float] = (),
) -> Almanac:
    """Rises and sets of Sun and Earth at a place, for each mast height, in order of time.

    `mast_heights_m` must lie within the profile's heights; those themselves where none are given.
    What is in view at the span's start or end makes no event there. Raises IlrsError for a mast
    outside the profile, EphemerisRangeError for a span outside the kernels.
    """
    require_covered(span_s, sky)
    held = sorted(float(height) for height in place.profile["mast_height_m"].values)
    masts = tuple(sorted(set(mast_heights_m))) or tuple(held)
    views = {
        (body, mast, part): view_windows(
            place, body=number, visible_part=part, mast_height_m=mast, span_s=span_s, sky=sky
        )
        for body, number in BODIES.items()
        for mast in masts
        for part in PARTS
    }
    events = [
        event
        for (body, mast, part), windows in views.items()
        for event in _events(place, sky, body=body, mast=mast, part=part, windows=windows,
                             span_s=span_s)
    ]  # fmt: skip
    events.sort(key=lambda event: (event.tdb_s, event.mast_height_m, event.body, event.event))
    suns = {mast: views["sun", mast, "any"] for mast in masts}
    return Almanac(
        place=place, span_s=span_s, mast_heights_m=masts, views=views, events=tuple(events),
        eclipses=tuple(_eclipses(place, sky, span_s=span_s, suns=suns)),
    )  # fmt: skip


def _events(
    place: Place,
    sky: Sky,
    *,
    body: Body,
    mast: float,
    part: VisiblePart,
    windows: Windows,
    span_s: tuple[float, float],
) -> Iterable[Event]:
    marked = [
        (edge, EVENTS[part][side])
        for window in windows
        for side, edge in enumerate(window)
        if span_s[0] < edge < span_s[1]
    ]
    if not marked:
        return
    azimuth, elevation, _ = (
        values[0]
        for values in apparent_directions(
            (BODIES[body],),
            np.array([edge for edge, _ in marked]),
            **sky.kernels,
            **place.point,
        )
    )
    for k, (edge, name) in enumerate(marked):
        yield Event(
            tdb_s=edge, body=body, event=name, mast_height_m=mast,
            azimuth_deg=float(azimuth[k]), elevation_deg=float(elevation[k]),
        )  # fmt: skip


def _eclipses(
    place: Place, sky: Sky, *, span_s: tuple[float, float], suns: dict[float, Windows]
) -> Iterable[Eclipse]:
    found = earth_eclipses(*span_s, sky=sky, **place.point)
    for k in range(found.sizes["eclipse"]):
        at = {
            str(name): float(values[k]) for name, values in found.items() if "utc" not in str(name)
        }
        during = Windows([(at["begins_tdb_s"], at["ends_tdb_s"])])
        yield Eclipse(
            seen_from_m=tuple(mast for mast, windows in suns.items() if len(windows & during)),
            **{name: None if np.isnan(value) else value for name, value in at.items()},  # type: ignore[arg-type]
        )


def months(found: Almanac) -> list[Month]:
    """The months of an almanac, for each mast in turn, lowest first."""
    starts = _month_edges(found.span_s)
    return [
        _month(found, name, span, mast) for mast in found.mast_heights_m for name, span in starts
    ]


def _month_edges(span_s: tuple[float, float]) -> list[tuple[str, tuple[float, float]]]:
    """Each calendar month in UTC that the span touches, with the part of it inside the span."""
    first, last = (utc_from_tdb(edge).astype("datetime64[M]") for edge in span_s)
    names = first + np.arange(int((last - first).astype(int)) + 2)
    edges = tdb_from_utc(names.astype("datetime64[ns]"))
    spans = [
        (str(name), (max(float(begin), span_s[0]), min(float(end), span_s[1])))
        for name, begin, end in zip(names[:-1], edges[:-1], edges[1:], strict=True)
    ]
    return [(name, span) for name, span in spans if span[1] > span[0]]


def _month(found: Almanac, name: str, span: tuple[float, float], mast: float) -> Month:
    whole = Windows([span])
    light = found.in_view("sun", mast) & whole
    earth = found.in_view("earth", mast, "half") & whole
    return Month(
        month=name,
        mast_height_m=mast,
        counted_s=span[1] - span[0],
        lit_s=light.total_s,
        whole_sun_s=(found.in_view("sun", mast, "all") & whole).total_s,
        longest_dark_s=light.within(*span).longest_s,
        longest_light_s=light.longest_s,
        earth_in_view_s=earth.total_s,
        longest_outage_s=earth.within(*span).longest_s,
    )
