"""What stands at the scenario's site when it begins: the elements that have arrived and live."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ilrs.cooperation.roadmap import mission_dates, working
from ilrs.foundation.time import parse_utc
from ilrs.programme.entities import Element, Experiment, Mission, Programme, Scenario

__all__ = ["notes", "link_masks_deg", "relay_works", "standing_elements",
           "standing_experiments", "standing_relays"]  # fmt: skip

_EARTH = "earth"


def _start(scenario: Scenario) -> Any:
    return parse_utc(scenario.start)


def _why_absent(programme: Programme, element: Element, scenario: Scenario) -> str:
    """Why an element of the site does not stand at the scenario's start; empty where it does.

    An arrival counts from the latest day that its date allows; a life from the nominal one.
    """
    ride = programme.ride_of(element)
    if ride is None:
        return "no mission carries it"
    if ride.lost:
        return f"{ride.id} {ride.lost}"
    dates = mission_dates(programme, ride.id)
    if dates is None:
        return f"{ride.id} has no date"
    if dates.latest > _start(scenario):
        return f"{ride.id} is dated {dates}"
    if element.life_s is not None:
        end = dates.nominal + np.timedelta64(round(element.life_s), "s")
        if end <= _start(scenario):
            return f"its life ends in {str(end)[:4]}"
    return ""


def relay_works(programme: Programme, relay: str, scenario: Scenario) -> bool:
    """Whether a relay has arrived by the scenario's start and its life goes on (or is unknown)."""
    if relay not in programme.missions or programme.missions[relay].lost:
        return False
    begin, span = mission_dates(programme, relay), working(programme, relay)
    arrived = begin is not None and bool(begin.latest <= _start(scenario))
    return arrived and (span is None or bool(span.end.latest > _start(scenario)))


def _with_working_links(programme: Programme, element: Element, scenario: Scenario) -> Element:
    links = tuple(
        link
        for link in element.links
        if link.via == _EARTH or relay_works(programme, link.via, scenario)
    )
    return element if links == element.links else element.model_copy(update={"links": links})


def standing_elements(programme: Programme, scenario: Scenario) -> list[Element]:
    """Elements at the scenario's site that have arrived by its start and live, in declared order.

    Links through a relay that does not work then are taken off. An element that arrives during the
    scenario is left out: a run cannot begin with fewer elements and gain one (not done yet).
    """
    return [
        _with_working_links(programme, element, scenario)
        for element in programme.elements.values()
        if element.site == scenario.site and not _why_absent(programme, element, scenario)
    ]


def standing_experiments(programme: Programme, scenario: Scenario) -> list[Experiment]:
    """Experiments whose element stands, in declared order."""
    standing = {element.id for element in standing_elements(programme, scenario)}
    return [e for e in programme.experiments.values() if e.element in standing]


def standing_relays(programme: Programme, scenario: Scenario) -> dict[str, Mission]:
    """The working relays with an orbit that the standing elements' links name, by mission id."""
    wanted = {
        link.via for element in standing_elements(programme, scenario) for link in element.links
    }
    return {
        mission.id: mission
        for mission in programme.missions.values()
        if mission.id in wanted and mission.orbit is not None
    }


def link_masks_deg(elements: Sequence[Element]) -> list[float]:
    """The masks of the elements' links, lowest first. [deg]"""
    return sorted({link.mask_deg for element in elements for link in element.links})


def notes(programme: Programme, scenario: Scenario) -> tuple[str, ...]:
    """What of the declared station a run leaves out and why, a sentence each."""
    at_site = [e for e in programme.elements.values() if e.site == scenario.site]
    absent = [
        f"{element.id} does not stand at the start: {why}."
        for element in at_site
        if (why := _why_absent(programme, element, scenario))
    ]
    relays = sorted({link.via for e in at_site for link in e.links} - {_EARTH})
    closed = [
        f"{relay} does not work at the start: links through it are closed."
        for relay in relays
        if not relay_works(programme, relay, scenario)
    ]
    return (*absent, *closed)
