"""What stands at the scenario's site when it begins: the elements that have arrived and live."""

from ilrs.cooperation.roadmap import mission_dates
from ilrs.foundation.time import parse_utc
from ilrs.programme.entities import Element, Experiment, Mission, OrbitElements, Programme, Scenario

__all__ = ["relay_orbits", "standing_elements", "standing_experiments"]

_GONE = {"failed"}


def _has_arrived(programme: Programme, mission: Mission, scenario: Scenario) -> bool:
    """Whether a mission is there at the scenario's start, taking the latest day its date allows."""
    if mission.status in _GONE:
        return False
    dates = mission_dates(programme, mission.id)
    return dates is not None and bool(dates.latest <= parse_utc(scenario.start))


def standing_elements(programme: Programme, scenario: Scenario) -> list[Element]:
    """Elements at the scenario's site whose ride has arrived by its start, in declared order.

    An element without a ride or with a ride of unknown date does not stand. Elements that arrive
    during the scenario are left out until a run can begin with fewer (not done yet).
    """
    rides = {key: mission for mission in programme.missions.values() for key in mission.carries} | {
        element.id: programme.missions[element.arrives_on]
        for element in programme.elements.values()
        if element.arrives_on in programme.missions
    }
    return [
        element
        for element in programme.elements.values()
        if element.site == scenario.site
        and element.id in rides
        and _has_arrived(programme, rides[element.id], scenario)
    ]


def standing_experiments(programme: Programme, scenario: Scenario) -> list[Experiment]:
    """Experiments whose element stands, in declared order."""
    standing = {element.id for element in standing_elements(programme, scenario)}
    return [e for e in programme.experiments.values() if e.element in standing]


def relay_orbits(programme: Programme, scenario: Scenario) -> dict[str, OrbitElements]:
    """Orbits of the relays that the standing elements' links name, by mission id."""
    wanted = {
        link.via for element in standing_elements(programme, scenario) for link in element.links
    }
    return {
        mission.id: mission.orbit
        for mission in programme.missions.values()
        if mission.id in wanted and mission.orbit is not None
    }
