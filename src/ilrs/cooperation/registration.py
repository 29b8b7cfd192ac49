"""The record by which a launching State registers a space object with the United Nations.

Fields of the Convention on Registration of Objects Launched into Outer Space (1975), Article IV.
What the programme does not declare is None and listed under ``not_known``: nothing is guessed. The
nodal period is among these, since declared orbits have none. A record is a draft for the focal
point of the State of registry, no legal finding.
"""

from typing import Any

from ilrs.cooperation.jurisdiction import launching_states, ride_of
from ilrs.cooperation.manifest import stays_on_earth
from ilrs.foundation.errors import IlrsError
from ilrs.programme.entities import Element, Mission, OrbitElements, Programme
from ilrs.programme.law import Stewardship

__all__ = ["record"]

_LAUNCHED = {"flown", "operating", "failed"}
_RADIUS_KM = 1737.4


def record(programme: Programme, object_id: str) -> dict[str, Any]:
    """The registration record of an element or a mission, as plain data for JSON.

    An element is launched by the mission that carries it. Raises IlrsError for an id that is
    neither, and for an element that stays on Earth.
    """
    element = programme.elements.get(object_id)
    if element is None and object_id not in programme.missions:
        raise IlrsError(
            f"there is no element or mission {object_id!r}",
            f"the programme has {len(programme.elements)} elements and "
            f"{len(programme.missions)} missions",
            "Correct the id.",
        )
    if element is not None and stays_on_earth(element):
        raise IlrsError(
            f"a registration record of {object_id!r}",
            "only what is launched is registered, and the ground facility (F5) stays on Earth",
            "Ask for an element of F1 to F4, or for a mission.",
        )
    declared: Element | Mission = element or programme.missions[object_id]
    mission, stewardship = ride_of(programme, declared), declared.stewardship or Stewardship()
    states = [row.state for row in launching_states(programme, declared)]
    fields = {
        "launching_states": states or None,
        "designator": stewardship.designator or object_id,
        "registration_number": stewardship.registration_number,
        **_launch(mission, _territory(mission, declared)),
        "basic_orbital_parameters": _orbital(
            declared.orbit or (mission.orbit if mission else None)
        ),
        "general_function": _function(programme, declared),
        "state_of_registry": declared.registry_state,
    }
    additional = _additional(programme, element, mission)
    return {
        "convention": "Registration Convention (1975), Article IV",
        "object": object_id,
        "name": declared.name or object_id,
        **fields,
        "additional": additional,
        "not_known": _not_known(fields),
        "remarks": _remarks(states, landed=additional["site"] is not None),
    }


def _territory(mission: Mission | None, declared: Element | Mission) -> str | None:
    kept = (mission.stewardship if mission is not None else None) or declared.stewardship
    return None if kept is None else kept.territory


def _launch(mission: Mission | None, territory: str | None) -> dict[str, Any]:
    """Date and place of launch; an announced date is no date of launch."""
    date = mission.launch.date if mission and mission.launch else None
    launched = mission is not None and mission.status in _LAUNCHED
    return {
        "date_of_launch": date if launched else None,
        "announced_date_of_launch": None if launched else date,
        "territory_or_location_of_launch": territory,
    }


def _orbital(orbit: OrbitElements | None) -> dict[str, Any] | None:
    """Article IV names them for Earth; about the Moon the apogee is an apolune."""
    if orbit is None:
        return None
    return {
        "central_body": "Moon",
        "nodal_period_min": None,
        "inclination_deg": orbit.inclination_deg,
        "inclination_frame": orbit.frame,
        "apoapsis_altitude_km": orbit.apoapsis_altitude_m / 1e3,
        "periapsis_altitude_km": orbit.periapsis_altitude_m / 1e3,
        "altitudes_above_radius_km": _RADIUS_KM,
    }


def _function(programme: Programme, declared: Element | Mission) -> str | None:
    if isinstance(declared, Mission):
        return declared.kind or None
    facility = programme.facilities.get(declared.facility)
    if facility is None:
        return None
    return "; ".join([facility.name or facility.id, *facility.functions])


def _additional(
    programme: Programme, element: Element | None, mission: Mission | None
) -> dict[str, Any]:
    """Article IV.2: further information a State may give; here where the object is and whose."""
    site_id = (element.site if element else None) or (mission.site if mission else None)
    site = programme.sites.get(site_id or "")
    owner = (element.owner if element else mission.owner if mission else "") or None
    return {
        "owner": owner,
        "carried_by": mission.id if mission and element else None,
        "site": site_id,
        "latitude_deg": site.latitude_deg if site else None,
        "longitude_deg": site.longitude_deg if site else None,
        "frame": site.frame if site else None,
    }


def _not_known(fields: dict[str, Any]) -> list[str]:
    """Names of the fields that stay empty; an announced date does not stand for a launch."""
    missing = [
        key for key, value in fields.items() if value is None and key != "announced_date_of_launch"
    ]
    orbital = fields["basic_orbital_parameters"] or {}
    return missing + [f"basic_orbital_parameters.{k}" for k, v in orbital.items() if v is None]


def _remarks(states: list[str], *, landed: bool) -> list[str]:
    remarks = []
    if len(states) > 1:
        remarks.append(
            f"{' and '.join(states)} may each be a launching State: they determine jointly which "
            "one registers the object (Article II.2)."
        )
    if landed:
        remarks.append(
            "Article IV asks for an orbit; a landed object is described by its site instead."
        )
    return remarks
