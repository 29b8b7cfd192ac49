"""Traceability: the chains from objectives over experiments and elements to flights."""

from collections.abc import Collection
from dataclasses import dataclass

from ilrs.cooperation.manifest import elements_without_ride
from ilrs.foundation.errors import IlrsError
from ilrs.programme.entities import Programme

__all__ = ["Link", "TraceGaps", "gaps", "links", "related"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One chain from an objective down to a flight; empty where the chain breaks off."""

    objective: str
    experiment: str
    element: str
    mission: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceGaps:
    """Where chains break off, as ids in declared order."""

    objectives_without_experiment: tuple[str, ...]
    fields_without_experiment: tuple[str, ...]
    experiments_without_objective: tuple[str, ...]
    experiments_without_ride: tuple[str, ...]


def _rides(programme: Programme) -> dict[str, list[str]]:
    rides: dict[str, list[str]] = {}
    for key, mission in programme.missions.items():
        if not mission.lost:
            for element in programme.carried_by(key):
                rides.setdefault(element, []).append(key)
    return rides


def links(programme: Programme) -> list[Link]:
    """Every chain objective - experiment - element - mission, in declared order of objectives.

    Experiments without an objective come last, with an empty one.
    """
    rides = _rides(programme)
    rows = []
    for objective in [*programme.objectives, ""]:
        serving = [
            e
            for e in programme.experiments.values()
            if objective in e.objectives or (not objective and not e.objectives)
        ]
        rows += [
            Link(objective=objective, experiment=e.id, element=e.element, mission=mission)
            for e in serving
            for mission in rides.get(e.element, [""])
        ]
        if objective and not serving:
            rows.append(Link(objective=objective, experiment="", element="", mission=""))
    return rows


def related(programme: Programme, entity_id: str) -> dict[str, tuple[str, ...]]:
    """What stands on one chain with an objective, experiment, element or mission, by kind.

    Read either way: the missions that an objective waits for, the objectives that a mission
    serves. Raises IlrsError for an id that is none of these.
    """
    kinds: dict[str, Collection[str]] = {
        "objective": programme.objectives,
        "experiment": programme.experiments,
        "element": programme.elements,
        "mission": programme.missions,
    }
    kind = next((name for name, declared in kinds.items() if entity_id in declared), None)
    if kind is None:
        raise IlrsError(
            f"{entity_id!r} is no objective, experiment, element or mission",
            f"the programme has {', '.join(f'{len(d)} {name}s' for name, d in kinds.items())}",
            "Correct the id.",
        )
    chains = [link for link in links(programme) if getattr(link, kind) == entity_id]
    return {
        name: tuple(dict.fromkeys(key for c in chains if (key := getattr(c, name))))
        for name in kinds
        if name != kind
    }


def gaps(programme: Programme) -> TraceGaps:
    """Objectives and science fields that no experiment serves, and experiments that hang free.

    An objective that names no science field (a count of members, an organisation to found) is no
    research objective, and no experiment could serve it.
    """
    experiments = programme.experiments.values()
    served = {objective for e in experiments for objective in e.objectives}
    studied = {field for e in experiments for field in e.fields}
    grounded = set(elements_without_ride(programme))
    return TraceGaps(
        objectives_without_experiment=tuple(
            key
            for key, objective in programme.objectives.items()
            if objective.fields and key not in served
        ),
        fields_without_experiment=tuple(k for k in programme.science_fields if k not in studied),
        experiments_without_objective=tuple(e.id for e in experiments if not e.objectives),
        experiments_without_ride=tuple(e.id for e in experiments if e.element in grounded),
    )
