"""What a slip or a loss breaks, who could take what has lost its ride, and what was known when.

A programme is seen as on a day: dates announced later are not known yet, and what flew later is
still to come. So the losses and slips of the past can be asked for as they came.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ilrs.cooperation.campaign_check import campaign_faults
from ilrs.cooperation.dates import date_bounds, days_between
from ilrs.cooperation.flights import Flights, payload_kg
from ilrs.cooperation.guests import guests
from ilrs.cooperation.roadmap import mission_dates, order, overlap
from ilrs.foundation.errors import IlrsError, did_you_mean
from ilrs.programme.dates import surely_before
from ilrs.programme.entities import DatedClaim, Element, Mission, Programme

__all__ = ["Break", "Room", "as_seen", "breaks", "changed", "rooms"]

_FLOWN = {"flown", "operating"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """One thing that a slip or a loss breaks or moves, and whose it is."""

    kind: str  # ride, order, date, milestone, pair or relay
    of: str
    owner: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """A mission to come that has room for something without a ride: its owner can be asked."""

    element: str
    owner: str
    mass_kg: float | None
    mission: str
    asked: str  # the mission's owner, or its agency
    when: str  # its date, or ""
    place: str  # "cargo", or the guests' place
    free_kg: float
    fits: bool | None  # None where the mass is not known
    lands_there: bool | None  # at the element's site; None where no site is declared


def as_seen(programme: Programme, at: str) -> Programme:
    """The programme as it was known on a day: later statements of launch dates are left out.

    What a file assumes itself, without a source, stays. A mission that is launched or ends later is
    still to come; so is one whose last date was announced later.
    """
    return programme.model_copy(
        update={"missions": {k: _as_seen(m, at) for k, m in programme.missions.items()}}
    )


def _as_seen(mission: Mission, at: str) -> Mission:
    told = tuple(c for c in mission.launches if not (c.source and surely_before(at, c.as_of)))
    ends = mission.end if mission.status == "failed" else None
    later = surely_before(at, mission.launch.date if mission.launch else None)
    later = later or surely_before(at, ends) or len(told) < len(mission.launches)
    if not later or mission.status == "withdrawn":
        return mission
    return mission.model_copy(update={"launches": told, "status": "planned"})


def changed(
    programme: Programme, *, lost: Sequence[str] = (), slips: Mapping[str, str] | None = None,
    at: str,
) -> Programme:  # fmt: skip
    """The programme with missions lost, and others moved to later dates, as told on the day `at`.

    Raises IlrsError for an unknown mission, one that has flown, and a date that is no slip.
    """
    missions = dict(programme.missions)
    for key in lost:
        _to_come(programme, key)
        missions[key] = missions[key].model_copy(update={"status": "failed"})
    for key, date in (slips or {}).items():
        mission = _to_come(programme, key)
        _check_slip(mission, date, at)
        claim = DatedClaim(date=date, as_of=at, what="as asked")
        new = {"launches": (*mission.launches, claim), "arrival": None, "status": "slipped"}
        missions[key] = missions[key].model_copy(update=new)
    return programme.model_copy(update={"missions": missions})


def _to_come(programme: Programme, key: str) -> Mission:
    if key not in programme.missions:
        raise IlrsError(
            f"there is no mission {key!r}",
            f"there are {', '.join(programme.missions)}",
            did_you_mean(key, programme.missions, otherwise="Name one of them."),
        )
    mission = programme.missions[key]
    if mission.status in _FLOWN or mission.lost:
        when = mission.end or (mission.launch.date if mission.launch else None) or "a day before"
        raise IlrsError(
            f"{key} {mission.lost or 'has flown'}, by {when}",
            "a mission that is still to come is lost, or slips",
            "Go back to a day before that with `--at`, or name another mission.",
        )
    return mission


def _check_slip(mission: Mission, date: str, at: str) -> None:
    held = mission.launch.date if mission.launch else None
    bounds = date_bounds(date)
    if bounds.latest <= date_bounds(at).earliest:
        raise IlrsError(
            f"{mission.id} slips to {date}",
            f"a date that slips lies after the day from which it is seen, {at}",
            "Name a later date, or an earlier day with `--at`.",
        )
    if held is not None and bounds.latest < date_bounds(held).latest:
        raise IlrsError(
            f"{mission.id} slips to {date}",
            f"it is announced for {held}, and slips to a later date",
            "Name a later date.",
        )


def breaks(
    before: Programme, after: Programme, *, former: Flights, now: Flights
) -> list[Break]:  # fmt: skip
    """All that differs for the worse between two programmes and their manifests as declared."""
    return [
        *_rides(before, after),
        *_orders(after, former, now),
        *_dates(before, after),
        *_milestones(before, after),
        *_pairs(before, after),
        *_relays(before, after),
    ]


def _lost(before: Programme, after: Programme) -> list[Mission]:
    return [m for key, m in after.missions.items() if m.lost and not before.missions[key].lost]


def _orphans(before: Programme, after: Programme) -> Iterator[tuple[Element, Mission]]:
    """What was to ride on a mission that is lost, and on no other one."""
    for mission in _lost(before, after):
        for element in after.carried_by(mission.id).values():
            yield element, mission


def _rides(before: Programme, after: Programme) -> Iterator[Break]:
    for element, mission in _orphans(before, after):
        yield Break(
            kind="ride", of=element.id, owner=element.owner,
            text=f"has no ride: {mission.id} is lost",
        )  # fmt: skip


def _orders(after: Programme, former: Flights, now: Flights) -> Iterator[Break]:
    """Rules of the campaign that the declared manifests keep before, and break after."""
    for element, text in _faults(now).items():
        if text != _faults(former).get(element) and "is not landed" not in text:
            owner = after.elements[element].owner if element in after.elements else ""
            yield Break(kind="order", of=element, owner=owner, text=text)


def _faults(flights: Flights) -> dict[str, str]:
    """What is wrong with the declared manifests, by cargo, without the days."""
    faults = campaign_faults(flights.booked, flights.cargo, flights.carriers)
    named = {}
    for fault in faults:
        cargo, _, rest = fault.partition(" ")
        named[cargo] = " without ".join(("lands", rest.split(" without ")[1])) if (
            " without " in rest
        ) else rest  # fmt: skip
    return named


def _dates(before: Programme, after: Programme) -> Iterator[Break]:
    for key, mission in after.missions.items():
        was, is_now = mission_dates(before, key), mission_dates(after, key)
        if was is None or is_now is None or mission.lost or is_now.nominal <= was.nominal:
            continue
        later = f"{days_between(was.nominal, is_now.nominal):.0f} d later"
        yield Break(kind="date", of=key, owner=_owner(mission), text=f"flies {later}")
        for element in after.carried_by(key).values():
            yield Break(
                kind="date", of=element.id, owner=element.owner, text=f"rides on {key}, {later}"
            )  # fmt: skip
        for c in after.contributions.values():
            if key in c.gives and c.status != "withdrawn":
                yield Break(kind="date", of=c.id, owner=c.partner, text=f"gives {key}, {later}")


def _milestones(before: Programme, after: Programme) -> Iterator[Break]:
    was = {row.milestone: row for row in order(before)}
    for row in order(after):
        old = was[row.milestone]
        failed = [
            need.needs for need, once in zip(row.needs, old.needs, strict=True)
            if need.state == "failed" and once.state != "failed"
        ]  # fmt: skip
        later_d = days_between(old.expected.latest, row.expected.latest)
        text = " and ".join(
            [f"{key} is lost, which it needs" for key in failed]
            + ([f"expected {later_d:.0f} d later"] if later_d > 0.0 else [])
        )
        if text:
            yield Break(kind="milestone", of=row.milestone, owner=row.owner, text=text)


def _pairs(before: Programme, after: Programme) -> Iterator[Break]:
    """Missions that are coordinated and work together for less time than before."""
    pairs = {
        tuple(sorted((key, other)))
        for key, mission in after.missions.items() for other in mission.coordinated_with
    }  # fmt: skip
    for a, b in sorted(pairs):
        was, is_now = overlap(before, a, b).nominal_d, overlap(after, a, b).nominal_d
        if was is not None and is_now is not None and is_now < was - 0.5:
            owners = sorted({_owner(after.missions[a]), _owner(after.missions[b])})
            yield Break(
                kind="pair", of=f"{a} {b}", owner=", ".join(owners),
                text=f"both work for {is_now:.0f} d, {was - is_now:.0f} d less",
            )  # fmt: skip


def _relays(before: Programme, after: Programme) -> Iterator[Break]:
    for mission in _lost(before, after):
        for element in after.elements.values():
            if any(link.via == mission.id for link in element.links):
                yield Break(
                    kind="relay", of=element.id, owner=element.owner,
                    text=f"has lost its relay {mission.id}",
                )  # fmt: skip
        for other in after.missions.values():
            if other.relay == mission.id and not other.lost:
                yield Break(
                    kind="relay", of=other.id, owner=_owner(other),
                    text=f"has lost its relay {mission.id}",
                )  # fmt: skip


def rooms(before: Programme, after: Programme, *, at: str) -> list[Room]:
    """Who can be asked to take what has lost its ride, soonest first for each piece."""
    epoch = date_bounds(at).earliest
    found = []
    for element, _ in _orphans(before, after):
        rows = [
            room
            for mission in after.missions.values()
            if not mission.lost and mission.status not in _FLOWN
            for room in _rooms_of(after, mission, element, epoch)
        ]
        found += sorted(rows, key=lambda o: (o.when == "", o.when, o.mission, o.place))
    return found


def _rooms_of(
    programme: Programme, mission: Mission, element: Element, epoch: Any
) -> Iterator[Room]:
    """A mission's room for an element: what it could land beyond its cargo, and its guests'."""
    dates = mission_dates(programme, mission.id)
    if dates is not None and dates.latest <= epoch:
        return
    rooms = {}
    lands_kg = payload_kg(programme, mission)
    if lands_kg is not None and element.orbit is None:
        aboard = programme.carried_by(mission.id).values()
        rooms["cargo"] = lands_kg - sum(e.mass_kg or 0.0 for e in aboard)
    for room in guests(programme, mission):
        if (element.orbit is None) == (room.place != "orbiter"):
            rooms[f"guest, {room.place}"] = room.free_kg
    claim = mission.launch.date if mission.launch else None
    for place, free_kg in rooms.items():
        fits = None if element.mass_kg is None else element.mass_kg <= free_kg
        if free_kg > 0.0 and fits is not False:
            yield Room(
                element=element.id, owner=element.owner, mass_kg=element.mass_kg,
                mission=mission.id, asked=_owner(mission), when=mission.arrival or claim or "",
                place=place, free_kg=free_kg, fits=fits,
                lands_there=None if mission.site is None else mission.site == element.site,
            )  # fmt: skip


def _owner(mission: Mission) -> str:
    return mission.owner or mission.agency
