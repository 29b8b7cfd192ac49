"""The radio network of a programme over some days: who can send to whom, when, and how fast.

Each radio is a node with one antenna; the radios of one element or craft are a group, which shares
its store. A relay hears one sender at a time and speaks over its own links meanwhile.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ilrs.foundation.errors import IlrsError
from ilrs.foundation.windows import Windows
from ilrs.orbits.contact_plan import windows_of_link
from ilrs.orbits.contacts import AccessWindow, Node
from ilrs.orbits.earth_station import EarthStation, station_place
from ilrs.orbits.link_budget import achievable_rate_bps, stepped_rate_bps
from ilrs.orbits.places import Place, craft_place, surface_place
from ilrs.orbits.sightlines import site_station_access, station_access
from ilrs.orbits.skyline import SurfaceAntenna, antenna_on
from ilrs.orbits.surface_access import surface_access
from ilrs.orbits.trajectory import Trajectory
from ilrs.programme.entities import Element, Link, Mission, Programme, Scenario
from ilrs.sky.sky import Sky
from ilrs.station.data import useful_rate_bps
from ilrs.study.coordination import sight_windows
from ilrs.study.craft_ways import craft_ways, fallen
from ilrs.study.earth_antennas import stations_of
from ilrs.study.environment import mast_heights_m
from ilrs.study.link_reach import budget_of
from ilrs.study.site_horizon import site_horizon
from ilrs.study.standing import notes as standing_notes
from ilrs.study.standing import relay_works, standing_elements

__all__ = ["EARTH", "Network", "at_work", "link_network", "standing_anywhere"]

EARTH = "EARTH"  # the group of all antennas on Earth: what reaches one has arrived
_VIA_EARTH = "earth"
_MAST_M = 2.0  # an antenna where the horizon is computed now
_SAMPLE_S = 60.0  # between the distances that a rate is computed at


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """Radios, when geometry allows each link, and what had to be left out."""

    nodes: tuple[Node, ...]
    windows: tuple[AccessWindow, ...]
    relays: tuple[str, ...]  # craft through which others send
    stations: tuple[str, ...]  # antennas on Earth
    store_bit: Mapping[str, float]  # of each element and craft with links
    owner_of: Mapping[str, str]
    inputs_sha256: Mapping[str, str]  # of the horizons read
    notes: tuple[str, ...]

    def place_of(self, node: str) -> str:
        """The element, craft or antenna on Earth that a radio belongs to."""
        found = next(one for one in self.nodes if one.id == node)
        return found.id if found.group in ("", EARTH) else found.group


def standing_anywhere(programme: Programme, scenario: Scenario) -> list[Element]:
    """Elements that have arrived by the scenario's start and live, at every declared site."""
    sites = dict.fromkeys(element.site for element in programme.elements.values() if element.site)
    return [
        element
        for site in sites
        for element in standing_elements(programme, scenario.model_copy(update={"site": site}))
    ]


def at_work(programme: Programme, scenario: Scenario) -> list[Mission]:
    """Missions with links that work at the scenario's start and make data of their own."""
    return [
        mission
        for mission in programme.missions.values()
        if mission.links and mission.data_bps > 0.0 and relay_works(programme, mission.id, scenario)
    ]


def link_network(
    programme: Programme, scenario: Scenario, *, span_s: tuple[float, float], sky: Sky
) -> Network:
    """The network of all that stands or works at the scenario's start, over a span (TDB).

    Raises IlrsError where nothing that stands declares a link, where no antenna on Earth is
    declared, and as `ilrs.study.craft_ways` and `site_horizon` do.
    """
    notes = [*_at_sites(programme, scenario)]
    senders: list[Element | Mission] = [
        *(element for element in standing_anywhere(programme, scenario) if element.links),
        *at_work(programme, scenario),
    ]
    if not senders:
        raise IlrsError(
            f"nothing that stands on {scenario.start[:10]} declares a link",
            "a contact plan joins elements and missions by their `links:`",
            "Declare `links:` with `via` and `rate`, or name a later day with --from.",
        )
    relays = _relays(programme, senders, scenario, notes)
    ends = {end.id: end for end in [*senders, *relays.values()]}
    flying = {
        id_: end for id_, end in ends.items() if isinstance(end, Mission) and end.orbit is not None
    }
    ways = craft_ways(programme, flying, span_s, sky=sky)
    notes += fallen(ways)
    stations = {
        station: element.owner
        for element in programme.elements.values()
        for station in stations_of(element)
    }
    if not stations:
        raise IlrsError(
            "no element on Earth declares an antenna",
            "data go to the `ground_antennas:` of elements",
            "Declare one with its latitude and longitude, or lay the programme over one: --over"
            " reference.",
        )
    survey = _Survey(programme, ways, tuple(stations), span_s=span_s, sky=sky)
    windows = [
        window
        for end in ends.values()
        for link in _fastest(end)
        for window in survey.windows(end, link, relays=relays)
    ]
    return Network(
        nodes=(
            *(node for end in ends.values() for node in _radios(end, is_relay=end.id in relays)),
            *(Node(id=s.name, group=EARTH, partner=owner) for s, owner in stations.items()),
        ),
        windows=tuple(windows),
        relays=tuple(relays),
        stations=tuple(station.name for station in stations),
        store_bit={id_: end.data_store_bit for id_, end in ends.items()},
        owner_of={id_: end.owner for id_, end in ends.items()}
        | {station.name: owner for station, owner in stations.items()},
        inputs_sha256=survey.inputs_sha256,
        notes=(*notes, *survey.notes),
    )


def _at_sites(programme: Programme, scenario: Scenario) -> Iterator[str]:
    sites = dict.fromkeys(element.site for element in programme.elements.values() if element.site)
    for site in sites:
        yield from standing_notes(programme, scenario.model_copy(update={"site": site}))


def _relays(
    programme: Programme,
    senders: Sequence[Element | Mission],
    scenario: Scenario,
    notes: list[str],
) -> dict[str, Mission]:
    """The working craft through which the senders' data go, and those beyond them, by id."""
    found: dict[str, Mission] = {}
    waiting = [link.via for end in senders for link in end.links]
    while waiting:
        id_ = waiting.pop(0)
        relay = programme.missions.get(id_)
        if relay is None or id_ in found or not relay_works(programme, id_, scenario):
            continue
        if relay.orbit is None:
            notes.append(f"{id_} declares no orbit: nothing is sent through it.")
            continue
        if not relay.links:
            notes.append(f"{id_} declares no link of its own: what reaches it goes no further.")
        elif relay.data_store_bit == 0.0:
            notes.append(f"{id_} declares no store: it passes on at once what it receives.")
        found[id_] = relay
        waiting += [link.via for link in relay.links]
    return found


def _fastest(end: Element | Mission) -> list[Link]:
    """The fastest of an end's links to each other end: slower ones are its reserve."""
    best: dict[str, Link] = {}
    for link in end.links:
        if link.via not in best or link.rate_bps > best[link.via].rate_bps:
            best[link.via] = link
    return list(best.values())


def _radio(end: Element | Mission, link: Link, *, is_relay: bool) -> str:
    is_alone = len(_fastest(end)) == 1 and not is_relay
    return end.id if is_alone else f"{end.id} ({link.via})"


def _receiver(relay: str) -> str:
    return f"{relay} (receiver)"


def _radios(end: Element | Mission, *, is_relay: bool) -> Iterator[Node]:
    links = _fastest(end)
    group = end.id if is_relay or len(links) > 1 else ""
    if is_relay:  # the receiver has the store of its group
        yield Node(
            id=_receiver(end.id), group=group, buffer_bit=end.data_store_bit, partner=end.owner
        )
    for link in links:
        yield Node(
            id=_radio(end, link, is_relay=is_relay), group=group, partner=end.owner,
            buffer_bit=0.0 if is_relay else None,
        )  # fmt: skip


class _Survey:
    """Access windows with rates, one link after the other; horizons are read once."""

    def __init__(
        self,
        programme: Programme,
        ways: Mapping[str, Trajectory],
        stations: tuple[EarthStation, ...],
        *,
        span_s: tuple[float, float],
        sky: Sky,
    ) -> None:
        self.notes: list[str] = []
        self.inputs_sha256: dict[str, str] = {}
        self._programme, self._ways, self._stations = programme, ways, stations
        self._span_s, self._sky = span_s, sky
        self._antennas: dict[tuple[str, float], SurfaceAntenna | None] = {}

    def windows(
        self, end: Element | Mission, link: Link, *, relays: Mapping[str, Mission]
    ) -> Iterator[AccessWindow]:
        """When one link of an end can be used, to each antenna on Earth or to its relay."""
        name = _radio(end, link, is_relay=end.id in relays)
        if link.via != _VIA_EARTH:
            if link.via in relays:
                seen, places = self._with_relay(end, link)
                yield from self._rated((name, _receiver(link.via)), seen, link=link, places=places)
            return
        for station in self._stations:
            seen, places = self._with_station(end, link, station)
            yield from self._rated((name, station.name), seen, link=link, places=places)

    def _with_relay(
        self, end: Element | Mission, link: Link
    ) -> tuple[Windows, tuple[Place, Place] | None]:
        other = self._ways[link.via]
        if end.id in self._ways:
            own = self._ways[end.id]
            return sight_windows(own, other, self._span_of(own)), (
                craft_place(own), craft_place(other)
            )  # fmt: skip
        antenna = self._antenna(end, link)
        if antenna is None:
            return Windows(), None
        seen = surface_access(
            [other], [antenna], span_s=self._span_of(other), orientation=self._sky.orientation
        )[other.name, antenna.name]
        return seen, (self._on_ground(antenna), craft_place(other))

    def _with_station(
        self, end: Element | Mission, link: Link, station: EarthStation
    ) -> tuple[Windows, tuple[Place, Place] | None]:
        ephemeris = self._sky.ephemeris
        there = station_place(station, ephemeris=ephemeris)
        if end.id in self._ways:
            own = self._ways[end.id]
            here = craft_place(own)
            seen = station_access(here, station, span_s=self._span_of(own), ephemeris=ephemeris)
            return seen, (here, there)
        antenna = self._antenna(end, link)
        if antenna is None:
            return Windows(), None
        seen = site_station_access(antenna, station, span_s=self._span_s, sky=self._sky)
        return seen, (self._on_ground(antenna), there)

    def _span_of(self, way: Trajectory) -> tuple[float, float]:
        return self._span_s[0], min(self._span_s[1], way.span_tdb_s[1])

    def _on_ground(self, antenna: SurfaceAntenna) -> Place:
        return surface_place(antenna, orientation=self._sky.orientation)

    def _antenna(self, end: Element | Mission, link: Link) -> SurfaceAntenna | None:
        """An antenna on the highest mast that the site's horizon is known for."""
        site = self._programme.sites.get(end.site or "")
        if site is None or (site.horizon is None and not site.terrain):
            where = (
                "stands at no site" if site is None else f"stands at {site.id} without a horizon"
            )
            note = f"{end.id} {where}: its links are not looked at."
            self.notes += [note] if note not in self.notes else []
            return None
        key = site.id, link.mask_deg
        if key not in self._antennas:
            profile, read = site_horizon(
                self._programme, site, terrain=(), mast_heights_m=[_MAST_M]
            )
            self.inputs_sha256 |= read
            self._antennas[key] = antenna_on(
                profile, name=f"{site.id} above {link.mask_deg:g} deg", mask_deg=link.mask_deg,
                mast_height_m=float(mast_heights_m(profile).max()),
            )  # fmt: skip
        return self._antennas[key]

    def _rated(
        self,
        ends: tuple[str, str],
        seen: Windows,
        *,
        link: Link,
        places: tuple[Place, Place] | None,
    ) -> list[AccessWindow]:
        """Windows with the link's mean rate: what its budget allows at each distance."""
        if not len(seen) or places is None:
            return []
        first, last = float(seen.start_s[0]), float(seen.end_s[-1])
        t = np.linspace(first, last, max(int(np.ceil((last - first) / _SAMPLE_S)), 1) + 1)
        return windows_of_link(
            *ends, windows=seen, t_s=t, rate_bps=_rate_bps(link, _apart_m(places, t))
        )


def _apart_m(places: tuple[Place, Place], t_s: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    here, there = (place.ball(t_s, np.zeros_like(t_s))[0] for place in places)
    return np.asarray(np.linalg.norm(there - here, axis=1))


def _rate_bps(link: Link, range_m: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """What arrives once at the declared rate, or at the radio's highest that its budget allows."""
    budget = budget_of(link)
    rate_bps = np.full(range_m.shape, link.rate_bps)
    if budget is not None:
        rates = link.rates_bps or (link.rate_bps,)
        rate_bps = stepped_rate_bps(achievable_rate_bps(budget, range_m), rates)
    return useful_rate_bps(rate_bps, frame_loss=link.frame_loss)
