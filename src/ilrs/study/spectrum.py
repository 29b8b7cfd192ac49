"""The declared links' spectrum: who sends where, and what `ilrs check` says of it.

The programme declares frequencies, `ilrs.orbits.spectrum` knows bands and geometry; here they meet.
"""

from collections.abc import Iterator
from typing import Any

from ilrs.cooperation.roadmap import mission_dates, working
from ilrs.foundation.errors import Finding
from ilrs.foundation.time import tdb_from_utc
from ilrs.orbits.shielded_zone import libration_extremes_m
from ilrs.orbits.spectrum import Assignment, Way, beam_radius_deg, conflicts
from ilrs.programme.entities import Element, Link, Mission, Programme, Site
from ilrs.programme.load import Loaded

__all__ = ["assignments_of", "spectrum_findings"]

_EARTH = "earth"
_EARTH_RANGE_M = 384_400e3
_STATION_M = 35.0  # dish of a deep-space station: what it hears together lies within its beam
_RELAY_M = 4.2  # dish of Queqiao-2 (facts: CM8); other relays' are not published
_FAR_RELAY_M = 65_000e3  # of a relay without declared orbit: about the point L2 of Earth and Moon
_NEAR_SITE_DEG = 1.0  # 30 km: what sends on the surface is heard so far around
_DEFAULT_BANDWIDTH_HZ = 1.0  # of a carrier whose bandwidth is not declared


def assignments_of(programme: Programme) -> list[Assignment]:
    """What the declared links send and receive, one assignment per frequency.

    Ids are the links' paths, with "return" behind what is received. Links without a frequency are
    left out, those of failed missions too; a carrier without bandwidth counts as a line.
    """
    found: list[Assignment] = []
    for id_, mission in programme.missions.items():
        if not mission.lost:
            span = _mission_span(programme, id_)
            found += _of_links(programme, f"missions.{id_}", mission, span)
    for id_, element in programme.elements.items():
        ride = programme.ride_of(element)
        if ride is None or not ride.lost:
            span = _element_span(programme, element)
            found += _of_links(programme, f"elements.{id_}", element, span)
    return found


def _of_links(
    programme: Programme, path: str, thing: Element | Mission, span: dict[str, float]
) -> Iterator[Assignment]:
    site = programme.sites.get(thing.site or "")
    for index, link in enumerate(thing.links):
        carriers = (("", link.frequency_hz), (" return", link.return_frequency_hz))
        for name, frequency_hz in carriers:
            if frequency_hz is None:
                continue
            yield Assignment(
                id=f"{path}.links[{index}]{name}",
                partner=thing.owner,
                way=_way(site, link, is_return=bool(name)),
                frequency_hz=frequency_hz,
                bandwidth_hz=link.bandwidth_hz or _DEFAULT_BANDWIDTH_HZ,
                **_place(programme, site, link, frequency_hz, is_return=bool(name)),
                **span,
            )


def _way(site: Site | None, link: Link, *, is_return: bool) -> Way:
    if link.via == _EARTH:
        return "earth-to-moon" if is_return else "moon-to-earth"
    if site is None:
        return "orbit-to-orbit"
    return "orbit-to-surface" if is_return else "surface-to-orbit"


def _place(
    programme: Programme, site: Site | None, link: Link, frequency_hz: float, *, is_return: bool
) -> dict[str, float]:
    """The circle on the Moon in which a carrier is sent or heard."""
    if site is None or site.latitude_deg is None or site.longitude_deg is None:
        return {"radius_deg": 90.0} if link.via == _EARTH else {}  # the face that Earth sees
    radius_deg = _NEAR_SITE_DEG
    if link.via == _EARTH:
        spot = {"diameter_m": _STATION_M, "range_m": _EARTH_RANGE_M}
        radius_deg = max(radius_deg, beam_radius_deg(frequency_hz, **spot))
    elif is_return:
        relay = programme.missions.get(link.via)
        orbit = relay.orbit if relay is not None else None
        range_m = orbit.apoapsis_altitude_m if orbit is not None else _FAR_RELAY_M
        spot = {"diameter_m": _RELAY_M, "range_m": range_m}
        radius_deg = max(radius_deg, beam_radius_deg(frequency_hz, **spot))
    return {
        "latitude_deg": site.latitude_deg,
        "longitude_deg": site.longitude_deg,
        "radius_deg": radius_deg,
    }


def _tdb_s(instant: Any) -> float:
    return float(tdb_from_utc(instant))


def _mission_span(programme: Programme, mission_id: str) -> dict[str, float]:
    """From when to when a mission may send, as its dates allow; open where they are not known."""
    dates, works = mission_dates(programme, mission_id), working(programme, mission_id)
    span = {} if dates is None else {"start_tdb_s": _tdb_s(dates.earliest)}
    return span if works is None else {**span, "end_tdb_s": _tdb_s(works.end.latest)}


def _element_span(programme: Programme, element: Element) -> dict[str, float]:
    ride = programme.ride_of(element)
    dates = mission_dates(programme, ride.id) if ride is not None else None
    if dates is None:
        return {}
    span = {"start_tdb_s": _tdb_s(dates.earliest)}
    if element.life_s is not None:
        span["end_tdb_s"] = _tdb_s(dates.later(element.life_s).latest)
    return span


def spectrum_findings(loaded: Loaded) -> list[Finding]:
    """Warnings where declared links share a band, have none for their way, or reach the quiet zone.

    The zone is taken as large as libration and Earth's distance make it.
    """
    assignments = assignments_of(loaded.programme)
    findings = []
    for one in conflicts(assignments, earth_position_m=libration_extremes_m()):
        other = f"{one.second} of {one.second_partner}" if one.kind == "overlap" else one.second
        told = {"overlap": f"with {other}, ", "shielded": f"against {other}, "}.get(one.kind, "")
        findings.append(
            loaded.places.place(
                Finding(
                    file="", line=0, entity=one.first.removesuffix(" return"),
                    found=f"of {one.first_partner or 'no partner'}, {told}{one.found}",
                    possible=one.possible, mend=one.mend, severity="warning",
                )
            )
        )  # fmt: skip
    return findings
