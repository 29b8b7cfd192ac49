"""A proposal of somebody who wants to join, as the files that `ilrs propose` writes.

What an opportunity asks for decides what stands in them: an instrument of one's own on a mission
with room, an experiment on another's element, an element of a facility, a mission for what has no
ride, or a service.
"""

import json
from collections.abc import Collection
from dataclasses import dataclass, replace

from ilrs.cooperation.manifest import elements_without_ride
from ilrs.cooperation.opportunities import Opportunity, opportunities
from ilrs.cooperation.proposal_texts import (
    CONTRIBUTION,
    ELEMENT,
    EXPERIMENT,
    HEAD,
    HOSTED,
    LINK,
    MISSION,
    ORBIT,
    REQUIREMENT,
    SERVICE,
)
from ilrs.foundation.errors import IlrsError, did_you_mean
from ilrs.programme.entities import Element, Mission, Programme
from ilrs.programme.scaffold import check_partner_id, partner_text

__all__ = ["Offer", "proposal_texts"]

_USUAL_KG = 12.0  # similar instruments weigh 8 to 15 kg
_SCIENCE = "F4"


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What a newcomer says of its proposal; what is left out is chosen from the programme."""

    partner: str = "MY-INSTITUTE"
    name: str = ""  # of the partner, where it is new
    opportunity: str = ""  # key of an opportunity; the first with room at the station if left out
    mass_kg: float | None = None  # 12 kg, or what there is room for
    field: str = ""  # science field
    host: str = ""  # another's element that an experiment is to run on
    power_w: float = 6.0  # that the experiment draws while it runs
    data_bps: float = 2000.0  # that it makes
    wanted_h: float = 100.0  # of it in a year


def proposal_texts(programme: Programme, offer: Offer) -> dict[str, str]:
    """The files of a proposal that is laid over `programme`, by their paths in its folder.

    A partner that the programme has already keeps its record. Raises IlrsError for an unknown
    opportunity, field or host, for more mass than there is room for, and for a new name under an id
    that somebody has.
    """
    known = _known_partner(programme, offer)
    opening = _opening(programme, offer)
    _refuse_misfits(opening, offer)
    offer = replace(offer, mass_kg=_mass_kg(opening, offer))
    draft = _Draft(programme, offer, opening)
    texts = {f"partners/{offer.partner}/station.yaml": draft.text()}
    if draft.judged:
        texts["programme.yaml"] = draft.requirement()
    if not known:
        texts[f"partners/{offer.partner}/partner.yaml"] = partner_text(
            offer.partner, name=offer.name
        )
    return texts


def _known_partner(programme: Programme, offer: Offer) -> bool:
    """Whether the programme has the partner; raises IlrsError for one under another's id."""
    check_partner_id(offer.partner)
    taken = programme.partners.get(offer.partner)
    if taken is not None and offer.name not in ("", taken.name):
        raise IlrsError(
            f"the partner id {offer.partner!r} for {offer.name!r}",
            f"it is taken: {offer.partner} is {taken.name or 'a partner already'}",
            "Choose another id with --partner, or leave --name out to propose something as"
            f" {offer.partner}.",
        )
    return taken is not None


def _opening(programme: Programme, offer: Offer) -> Opportunity:
    """The opportunity that is meant; room at the station where none is named."""
    openings = opportunities(programme)
    if not openings:
        raise IlrsError(
            f"{programme.name} has nothing open",
            "a proposal takes up what `ilrs gaps` lists",
            "Write one by hand: `ilrs init DIR`.",
        )
    if not offer.opportunity:
        return next((one for one in openings if _is_room_at_station(programme, one)), openings[0])
    by_key = {one.key.casefold(): one for one in openings}
    found = by_key.get(offer.opportunity.casefold())
    if found is None:
        keys = [one.key for one in openings]
        raise IlrsError(
            f"there is no opportunity {offer.opportunity!r}",
            f"there are {', '.join(keys)}",
            did_you_mean(offer.opportunity, keys, otherwise="`ilrs gaps` tells what each one is."),
        )
    return found


def _refuse_misfits(opening: Opportunity, offer: Offer) -> None:
    """Raises IlrsError for what is said of a proposal and the opportunity has no use for."""
    hosted = opening.kind in ("objective", "field")
    if offer.host and not hosted:
        raise IlrsError(
            f"{offer.host} as the host for {opening.key}",
            "another's element is a host for objectives and fields; else you bring your own",
            "Leave --host out, or take up an objective or a field.",
        )
    if offer.mass_kg is not None and (hosted or opening.kind == "ledger"):
        raise IlrsError(
            f"{offer.mass_kg:g} kg for {opening.key}",
            "an experiment on another's element and a service have no mass",
            "Leave --mass out; `ilrs gaps` lists where there is room for it.",
        )
    if offer.field and opening.fields and offer.field not in opening.fields:
        raise IlrsError(
            f"the science field {offer.field!r} for {opening.key}",
            f"it is about {', '.join(opening.fields)}",
            "Leave --field out, or take up another opportunity.",
        )


def _station_site(programme: Programme) -> str | None:
    """The site of the first scenario, which is the one that is run."""
    return next((scenario.site for scenario in programme.scenarios.values()), None)


def _is_room_at_station(programme: Programme, opening: Opportunity) -> bool:
    mission = programme.missions.get(opening.about)
    is_room = opening.kind in ("guest", "cargo") and mission is not None
    return is_room and mission is not None and mission.site == _station_site(programme)


def _mass_kg(opening: Opportunity, offer: Offer) -> float:
    most_kg = opening.most_kg
    if offer.mass_kg is None:
        return _USUAL_KG if most_kg is None else min(_USUAL_KG, most_kg)
    if most_kg is not None and offer.mass_kg > most_kg:
        raise IlrsError(
            f"{offer.mass_kg:g} kg for {opening.key}",
            f"there is room for {most_kg:g} kg: {opening.text}",
            f"Bring at most {most_kg:g} kg; `ilrs gaps --mass {offer.mass_kg:g}` lists where there"
            " is room for more.",
        )
    return offer.mass_kg


@dataclass(frozen=True, slots=True)
class _Draft:
    """The parts of one proposal's station.yaml."""

    programme: Programme
    offer: Offer
    opening: Opportunity

    def text(self) -> str:
        """The file, for the kind of the opportunity."""
        kind = self.opening.kind
        if kind == "ledger":
            body = self._service()
        elif kind == "ride":
            body = self._ride()
        elif kind in ("objective", "field"):
            body = self._hosted()
        elif kind == "second source":
            body = self._brought(self._mission_to_station(), facility=self.opening.about)
        else:
            body = self._brought(self.programme.missions[self.opening.about], facility=_SCIENCE)
        head = HEAD.format(partner=self.offer.partner, key=self.opening.key, of=self.opening.text)
        return head + body

    @property
    def judged(self) -> str:
        """The id of the experiment that a run at the station's site can judge, or none."""
        kind = self.opening.kind
        mission = self.programme.missions.get(self.opening.about)
        stands = kind in ("objective", "field") or (
            kind in ("guest", "cargo")
            and mission is not None
            and not self._flies_in_orbit(mission)
            and mission.site in (None, _station_site(self.programme))
        )
        return self._free("RESEARCH", self.programme.experiments) if stands else ""

    def requirement(self) -> str:
        """The file with what the proposal itself asks of a run."""
        return REQUIREMENT.format(
            partner=self.offer.partner, experiment=self.judged,
            id=self._free("RESEARCH-RUNS", self.programme.requirements),
        )  # fmt: skip

    def _service(self) -> str:
        return SERVICE.format(
            name=self._named("Service"), id=self._free("SERVICE", self.programme.contributions),
            stage=self.opening.stage, level=self.opening.level,
        )  # fmt: skip

    def _ride(self) -> str:
        carried = self.programme.elements[self.opening.about]
        mission_id = self._free("LANDER", self.programme.missions)
        return self._contribution(mission_id, stage="implementation", level="mission") + (
            MISSION.format(
                name=self._named("Mission"), id=mission_id, carries=carried.id,
                site=self._site(None),
                mass=f"{max(carried.mass_kg or 0.0, self.offer.mass_kg or 0.0):g} kg",
            )
        )  # fmt: skip

    def _hosted(self) -> str:
        experiment_id = self._free("RESEARCH", self.programme.experiments)
        host = self._host()
        head = self._contribution(experiment_id, stage="operation", level="equipment")
        return head + HOSTED.format(host=host.id, owner=host.owner) + (
            self._experiment(experiment_id, host.id)
        )  # fmt: skip

    def _brought(self, mission: Mission, *, facility: str) -> str:
        """An element on a mission, with an experiment on it where it is for science."""
        is_science = facility == _SCIENCE
        element_id = self._free("INSTRUMENT" if is_science else "ELEMENT", self.programme.elements)
        experiment_id = self._free("RESEARCH", self.programme.experiments)
        gives = f"{element_id}, {experiment_id}" if is_science else element_id
        level = self.opening.level or "equipment"
        text = self._contribution(gives, stage="implementation", level=level)
        text += self._element(element_id, mission, facility=facility)
        if not is_science:
            return text
        return text + "\nexperiments:\n" + self._experiment(experiment_id, element_id)

    def _flies_in_orbit(self, mission: Mission) -> bool:
        return self.opening.place == "orbiter" and mission.orbit is not None

    def _contribution(self, gives: str, *, stage: str, level: str) -> str:
        return CONTRIBUTION.format(
            name=self._named("Proposal"), id=self._free("PROPOSAL", self.programme.contributions),
            stage=stage, level=level, gives=gives,
        )  # fmt: skip

    def _element(self, element_id: str, mission: Mission, *, facility: str) -> str:
        # Heat and heater of similar boxes: capacity by mass, loss through the skin by its area.
        mass_kg = self.offer.mass_kg or _USUAL_KG
        skin = (mass_kg / _USUAL_KG) ** (2.0 / 3.0)
        in_orbit = self._flies_in_orbit(mission)
        place = _orbit_text(mission) if in_orbit else f"    site: {self._site(mission)}\n"
        return ELEMENT.format(
            name=self._named("Instrument" if facility == _SCIENCE else "Element"), id=element_id,
            facility=facility, place=place, mission=mission.id,
            mass=f"{mass_kg:g}", keep_alive=f"{4.0 * skin:.3g}",
            work=f"{4.0 * skin + 1.0:.3g}", capacity=f"{0.7 * mass_kg:.3g}",
            loss=f"{50.0 * skin:.3g}", heater=f"{10.0 * skin:.3g}", link="" if in_orbit else LINK,
        )  # fmt: skip

    def _experiment(self, experiment_id: str, element_id: str) -> str:
        offer = self.offer
        objectives = self._objectives()
        return EXPERIMENT.format(
            name=self._named("Research"), id=experiment_id, element=element_id,
            fields=self._field(),
            objectives=f"    objectives: [{objectives}]\n" if objectives else "",
            wanted=f"{offer.wanted_h:g}", power=f"{offer.power_w:g}",
            data=f"{offer.data_bps / 1e3:g}",
        )  # fmt: skip

    def _site(self, mission: Mission | None) -> str:
        """A site as written: the mission's, else the station's as an assumption."""
        if mission is not None and mission.site:
            return mission.site
        why = f"{mission.id} has no site yet" if mission else "the station's"
        return (
            f"{{value: {_station_site(self.programme)}, status: assumption,"
            f" reason: {json.dumps(why)}}}"
        )

    def _mission_to_station(self) -> Mission:
        """The first mission with room that lands at the site that is run."""
        rooms = [o for o in opportunities(self.programme, mass_kg=self.offer.mass_kg)
                 if _is_room_at_station(self.programme, o)]  # fmt: skip
        if not rooms:
            raise IlrsError(
                f"no mission has room for {self.offer.mass_kg:g} kg to the station's site",
                "an element needs a ride",
                "Bring less with --mass, or propose a mission: `ilrs gaps` lists what has no ride.",
            )
        return self.programme.missions[rooms[0].about]

    def _field(self) -> str:
        """The science field: the one that is asked for, else the opportunity's, else the first."""
        fields = tuple(self.programme.science_fields)
        field = self.offer.field or next(iter(self.opening.fields or fields), "")
        if field not in fields:
            raise IlrsError(
                f"there is no science field {field!r}",
                f"there are {', '.join(fields) or 'none in this programme'}",
                did_you_mean(field, fields, otherwise="Name one of them with --field."),
            )
        return field

    def _objectives(self) -> str:
        """The objectives that the experiment serves: the opportunity's, else those of its field."""
        if self.opening.kind == "objective":
            return self.opening.about
        field = self._field()
        return ", ".join(k for k, o in self.programme.objectives.items() if field in o.fields)

    def _host(self) -> Element:
        """The element that is asked for, else the one of the station with most experiments."""
        elements = self.programme.elements
        if self.offer.host:
            if self.offer.host not in elements:
                raise IlrsError(
                    f"there is no element {self.offer.host!r} to run an experiment on",
                    f"there are {', '.join(elements)}",
                    did_you_mean(self.offer.host, elements, otherwise="Name one with --host."),
                )
            return elements[self.offer.host]
        riding = set(elements) - set(elements_without_ride(self.programme))
        here = [e for e in elements.values()
                if e.id in riding and e.site == _station_site(self.programme)]  # fmt: skip
        if not here:
            raise IlrsError(
                "no element of the station can be a host",
                "an experiment runs on an element at the site that is run",
                "Bring one of your own: `ilrs gaps` lists where there is room.",
            )
        experiments = self.programme.experiments.values()
        return max(here, key=lambda e: sum(x.element == e.id for x in experiments))

    def _named(self, what: str) -> str:
        """A first name of what the partner brings, as YAML text."""
        return json.dumps(f"{what} of {self.offer.name or self.offer.partner}", ensure_ascii=False)

    def _free(self, what: str, taken: Collection[str]) -> str:
        """An id of the partner's that nothing has yet."""
        first = f"{self.offer.partner}-{what}"
        names = [first, *(f"{first}-{k}" for k in range(2, len(taken) + 3))]
        return next(name for name in names if name not in taken)


def _orbit_text(mission: Mission) -> str:
    orbit = mission.orbit
    if orbit is None:
        return ""
    return ORBIT.format(
        mission=mission.id, low=f"{orbit.periapsis_altitude_m / 1e3:g}",
        high=f"{orbit.apoapsis_altitude_m / 1e3:g}", inclination=f"{orbit.inclination_deg:g}",
        frame=orbit.frame,
    )  # fmt: skip
