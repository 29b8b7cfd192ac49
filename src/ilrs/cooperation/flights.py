"""A programme's launches and cargo to one site, read from its files, as a campaign takes them.

What a campaign would need and nobody declares is named, with what follows from it; nothing is
invented. A date that names a year only counts as its middle.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ilrs.cooperation.campaign import Campaign, Cargo, Carrier, Landing
from ilrs.cooperation.dates import date_bounds, days_between
from ilrs.cooperation.manifest import stays_on_earth
from ilrs.cooperation.roadmap import launch_dates, mission_dates
from ilrs.foundation.errors import IlrsError, did_you_mean
from ilrs.foundation.time import DAY_S
from ilrs.programme.entities import Element, Lander, Mission, Pad, Programme

__all__ = ["FIRST_POWER", "Flights", "Missing", "flights", "landing_day_d", "payload_kg"]

#: A piece without mass that lands with the first user of power that a source feeds.
FIRST_POWER = "first power"

_THERE = {"flown", "operating"}
_LIBRATION_DEG = 8.0  # at most 7.9 in longitude and 6.9 in latitude


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """What a campaign asks for and the files do not say."""

    of: str  # ids
    what: str
    so: str  # what follows from it


@dataclass(frozen=True, slots=True, kw_only=True)
class Flights:
    """Cargo and launches to a site, in days from an epoch; rides as they are declared."""

    site: str
    epoch: Any  # datetime64
    cargo: tuple[Cargo, ...]
    carriers: tuple[Carrier, ...]
    booked: Campaign  # the manifests as declared: cargo on its rides
    disturbed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    pad_landings: Mapping[str, int] = field(default_factory=dict)
    users: tuple[str, ...] = ()  # cargo that draws power through a joint
    missing: tuple[Missing, ...] = ()

    def with_first_power(self) -> tuple[Cargo, ...]:
        """The cargo, and the massless piece that lands with the first user that is fed.

        Raises IlrsError where nothing that lands is fed by anything.
        """
        if not self.users:
            raise IlrsError(
                f"first power at {self.site}",
                "power is first there when a source has landed with what draws from it",
                "Declare a power joint between the two, or aim for the fewest launches.",
            )
        return (*self.cargo, Cargo(id=FIRST_POWER, mass_kg=0.0, needs_any=(self.users,)))


def flights(
    programme: Programme, *, site: str, at: str, by: str | None = None, begin: str | None = None
) -> Flights:
    """What flies to `site` from the day `at` on, to the end of `by` where it is given.

    Missions to come that declare a payload and a date are one launch each; kinds of landers fly at
    their interval. Elements of the site that are not there yet are cargo, and so is the stock of
    supplies, which is to be landed by `begin`. Raises IlrsError for an unknown site.
    """
    if site not in programme.sites:
        raise IlrsError(
            f"there is no site {site!r}",
            f"there are {', '.join(programme.sites)}",
            did_you_mean(site, programme.sites, otherwise="Name one of them."),
        )
    epoch = date_bounds(at).earliest
    last_d = math.inf if by is None else days_between(epoch, date_bounds(by).latest)
    missing: list[Missing] = []
    pads = {key: pad for key, pad in programme.pads.items() if pad.site == site}
    carriers = (
        *_missions(programme, site, epoch, last_d=last_d, pads=tuple(pads), missing=missing),
        *_landers(programme, site, epoch, last_d=last_d, pads=tuple(pads), missing=missing),
    )
    pieces = {e.id: e for e in _to_land(programme, site)}
    known = {key: e for key, e in pieces.items() if e.mass_kg is not None}
    _say_masses(pieces, known, missing)
    cargo = [_cargo(programme, e, known, epoch) for e in known.values()]
    cargo += _stocks(programme, epoch, begin)
    _say_undeclared(programme, known, pads, missing)
    return Flights(
        site=site, epoch=epoch, cargo=tuple(cargo), carriers=carriers,
        booked=_booked(cargo, carriers),
        disturbed=_disturbed(known.values(), pads),
        pad_landings={k: p.landings for k, p in pads.items() if p.landings is not None},
        users=tuple(key for key, e in known.items() if _feeders(e, known)),
        missing=tuple(missing),
    )  # fmt: skip


def payload_kg(programme: Programme, mission: Mission) -> float | None:
    """What a mission puts on the surface, by itself or by its kind of lander. [kg]"""
    if mission.landed_payload_kg is not None:
        return mission.landed_payload_kg
    lander = programme.landers.get(mission.lander or "")
    return None if lander is None else lander.landed_payload_kg


def landing_day_d(programme: Programme, mission_id: str, epoch: Any) -> float | None:
    """The day on which a mission lands, from the epoch, in the middle of its date. [d]"""
    dates = mission_dates(programme, mission_id)
    return None if dates is None else round(days_between(epoch, dates.nominal), 3)


def _missions(
    programme: Programme, site: str, epoch: Any, *, last_d: float, pads: tuple[str, ...],
    missing: list[Missing],
) -> Iterator[Carrier]:  # fmt: skip
    """The missions to come that land at the site, one launch each."""
    silent, nowhere = [], []
    for mission in programme.missions.values():
        if mission.lost or mission.status in _THERE or mission.orbit is not None:
            continue
        serves = mission.site == site or any(
            e.site == site for e in programme.carried_by(mission.id).values()
        )
        mass_kg, day_d = (
            payload_kg(programme, mission), landing_day_d(programme, mission.id, epoch)
        )  # fmt: skip
        if not serves:
            if mission.site is None and mass_kg is None:
                nowhere.append(mission.id)
            continue
        if mass_kg is None or day_d is None:
            silent.append(mission.id)
            continue
        if 0.0 <= day_d <= last_d:
            lander = programme.landers.get(mission.lander or "")
            hold_m3 = mission.volume_m3 or (lander.volume_m3 if lander is not None else None)
            yield Carrier(
                id=mission.id, landed_kg=mass_kg, launches=1, first_d=day_d, interval_d=1.0,
                pads=pads, volume_m3=math.inf if hold_m3 is None else hold_m3,
            )  # fmt: skip
    if silent:
        missing.append(_missing(silent, "payload or date", "they are not counted"))
    if nowhere:
        missing.append(_missing(nowhere, "site and landed payload", "they are not counted"))


def _landers(
    programme: Programme, site: str, epoch: Any, *, last_d: float, pads: tuple[str, ...],
    missing: list[Missing],
) -> Iterator[Carrier]:  # fmt: skip
    """Kinds of landers, each with as many launches as it makes in the time."""
    for lander in programme.landers.values():
        if lander.site not in (None, site):
            continue
        lacking = _lacking(lander, last_d)
        if lacking:
            missing.append(_missing([lander.id], lacking, "it is not counted"))
            continue
        since = date_bounds(lander.available_from or "").nominal
        every_d = (lander.every_s or DAY_S) / DAY_S
        first_d = days_between(epoch, since)
        # flights before the epoch are over
        gone = max(math.ceil(-first_d / every_d), 0)
        first_d += gone * every_d
        most = math.inf if lander.flights is None else lander.flights - gone
        count = min(
            most, math.floor((last_d - first_d) / every_d) + 1 if last_d < math.inf else most
        )
        if count > 0:
            yield Carrier(
                id=lander.id, landed_kg=lander.landed_payload_kg or 0.0, launches=int(count),
                first_d=round(first_d, 3), interval_d=every_d, pads=pads,
                volume_m3=math.inf if lander.volume_m3 is None else lander.volume_m3,
            )  # fmt: skip


def _lacking(lander: Lander, last_d: float) -> str:
    """What a kind of lander does not declare and a campaign needs."""
    return ", ".join(
        what for what, is_there in (
            ("landed payload", lander.landed_payload_kg is not None),
            ("available from", lander.available_from is not None),
            ("flights, or a last day", lander.flights is not None or last_d < math.inf),
            ("time between flights", lander.flights == 1 or bool(lander.every_s)),
        ) if not is_there
    )  # fmt: skip


def _to_land(programme: Programme, site: str) -> Iterator[Element]:
    """The site's elements that are not there yet."""
    for element in programme.elements.values():
        ride = programme.ride_of(element)
        is_there = ride is not None and ride.status in _THERE
        if element.site == site and not stays_on_earth(element) and not is_there:
            yield element


def _cargo(
    programme: Programme, element: Element, known: Mapping[str, Element], epoch: Any
) -> Cargo:
    ride = programme.ride_of(element)
    booked = ride is not None and not ride.lost
    freight = element.freight
    feeders = _feeders(element, known)
    hosts = [
        i.partner_element for i in element.interfaces
        if i.kind == "mechanical" and i.role == "needs" and i.partner_element in known
    ]  # fmt: skip
    after = [key for key in (freight.after if freight is not None else ()) if key in known]
    return Cargo(
        id=element.id, mass_kg=element.mass_kg or 0.0,
        volume_m3=(freight.volume_m3 if freight is not None else None) or 0.0,
        needs=tuple(dict.fromkeys([*after, *hosts])), needs_any=(feeders,) if feeders else (),
        ready_d=_ready_d(programme, element, ride, epoch),
        ride=ride.id if booked and ride is not None else "",
    )  # fmt: skip


def _feeders(element: Element, known: Mapping[str, Element]) -> tuple[str, ...]:
    """What may feed an element through its power joints, of what is cargo too.

    A store that nothing fills is soon empty: it counts only where there is nothing else.
    """
    joined = [
        i.partner_element for i in element.interfaces
        if i.kind == "power" and i.role == "needs" and i.partner_element in known
    ]  # fmt: skip
    lasting = [key for key in joined if not _only_stores(known[key])]
    return tuple(lasting or joined)


def _only_stores(element: Element) -> bool:
    return element.storage is not None and element.array is None and element.generator is None


def _ready_d(programme: Programme, element: Element, ride: Mission | None, epoch: Any) -> float:
    """The first day on which an element can be launched: made, and its relay in place. [d]

    Where it declares no day it is not taken to be ready before the mission it is booked on, nor,
    where that is lost, before the mission would have flown.
    """
    ready_d = 0.0
    if element.freight is not None and element.freight.ready is not None:
        ready_d = days_between(epoch, date_bounds(element.freight.ready).earliest)
    elif ride is not None:
        ready_d = landing_day_d(programme, ride.id, epoch) or 0.0
    return max(ready_d, _relay_d(programme, element, epoch), 0.0)


def _relay_d(programme: Programme, element: Element, epoch: Any) -> float:
    """The first day on which a relay serves an element that has no other way to Earth. [d]"""
    site = programme.sites.get(element.site or "")
    hidden = site is not None and _far_side(site.latitude_deg, site.longitude_deg)
    relays = {link.via for link in element.links if link.via in programme.missions}
    if not relays or (not hidden and any(link.via == "earth" for link in element.links)):
        return 0.0
    days_d = [
        days_between(epoch, dates.nominal)
        for key in relays
        if not programme.missions[key].lost and (dates := launch_dates(programme, key)) is not None
    ]
    return round(min(days_d, default=0.0), 3)


def _far_side(latitude_deg: float | None, longitude_deg: float | None) -> bool:
    """Whether Earth never rises at a place, however the Moon librates."""
    if latitude_deg is None or longitude_deg is None:
        return False
    towards = math.cos(math.radians(latitude_deg)) * math.cos(math.radians(longitude_deg))
    return towards < -math.sin(math.radians(_LIBRATION_DEG))


def _stocks(programme: Programme, epoch: Any, begin: str | None) -> Iterator[Cargo]:
    """The stock of each supply, to be landed before the station's first day."""
    by_d = math.inf if begin is None else days_between(epoch, date_bounds(begin).earliest)
    for supply in programme.supplies.values():
        if supply.stock_kg > 0.0:
            yield Cargo(
                id=supply.id, mass_kg=supply.stock_kg, by_d=by_d if by_d >= 0.0 else math.inf,
                supply=supply.kind,
            )  # fmt: skip


def _disturbed(elements: Any, pads: Mapping[str, Pad]) -> dict[str, tuple[str, ...]]:
    """By pad: what stands too near to land there again, by its own distance or by the pad's."""
    return {
        key: tuple(
            e.id for e in elements
            if e.freight is not None and e.freight.east_m is not None
            and e.freight.north_m is not None
            and math.hypot(e.freight.east_m - pad.east_m, e.freight.north_m - pad.north_m)
            < max(pad.clear_m, e.freight.keep_out_m)
        )
        for key, pad in pads.items()
    }  # fmt: skip


def _booked(cargo: list[Cargo], carriers: tuple[Carrier, ...]) -> Campaign:
    """The manifests as declared, in order of their days; pads are not declared of them."""
    landings = []
    for carrier in sorted(carriers, key=lambda c: (c.first_d, c.id)):
        aboard = [c for c in cargo if c.ride == carrier.id]
        if aboard:
            mass_kg = sum(c.mass_kg for c in aboard)
            landings.append(
                Landing(
                    carrier=carrier.id, day_d=carrier.first_d, pad="",
                    cargo=tuple(c.id for c in aboard), mass_kg=mass_kg,
                    free_kg=carrier.landed_kg - mass_kg,
                )
            )  # fmt: skip
    count = float(len(landings))
    return Campaign(landings=tuple(landings), aim="launches", reached=count, bound=count)


def _missing(ids: list[str], what: str, so: str) -> Missing:
    return Missing(of=", ".join(ids), what=what, so=so)


def _say_masses(
    pieces: Mapping[str, Element], known: Mapping[str, Element], missing: list[Missing]
) -> None:
    without = [key for key in pieces if key not in known]
    if without:
        missing.append(_missing(without, "mass", "left out, and nothing waits for it"))


def _say_undeclared(
    programme: Programme, known: Mapping[str, Element], pads: Mapping[str, Pad],
    missing: list[Missing],
) -> None:  # fmt: skip
    """Names what is not declared of the cargo and its site."""
    freight = {key: e.freight for key, e in known.items()}
    unready = [key for key, f in freight.items() if f is None or f.ready is None]
    if unready:
        so = "taken as ready for the mission that it is booked on, not before"
        missing.append(_missing(unready, "day on which it is ready", so))
    bulky = [key for key, f in freight.items() if f is None or f.volume_m3 is None]
    if bulky:
        missing.append(_missing(bulky, "volume", "holds are judged without it"))
    if not pads:
        site = next((e.site for e in known.values()), None) or "the site"
        missing.append(_missing([site], "pads", "no keep-out or plume rule is judged"))
        return
    placeless = [key for key, f in freight.items() if f is None or f.east_m is None]
    if placeless:
        missing.append(_missing(placeless, "place", "no pad keeps a distance from it"))
