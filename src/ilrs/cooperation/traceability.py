"""Traceability: the chains from objectives over experiments and elements to flights."""

from collections.abc import Collection
from dataclasses import dataclass

from ilrs.cooperation.manifest import elements_without_ride
from ilrs.foundation.errors import IlrsError, did_you_mean
from ilrs.programme.entities import Programme

__all__ = ["Link", "TraceGaps", "bearing", "gaps", "links", "related"]


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
    """What hangs together with an objective, requirement, experiment, element or mission, by kind.

    Read either way: the missions that an objective waits for, the objectives that a mission
    serves, the requirements that bear on either. Raises IlrsError for an id that is none of these.
    """
    kinds: dict[str, Collection[str]] = {
        "objective": programme.objectives,
        "requirement": programme.requirements,
        "experiment": programme.experiments,
        "element": programme.elements,
        "mission": programme.missions,
    }
    kind = next((name for name, declared in kinds.items() if entity_id in declared), None)
    if kind is None:
        counts = [f"{len(d)} {name}s" for name, d in kinds.items()]
        known = [key for declared in kinds.values() for key in declared]
        raise IlrsError(
            f"{entity_id!r} is no objective, requirement, experiment, element or mission",
            f"the programme has {', '.join(counts)}",
            did_you_mean(entity_id, known, otherwise="Correct the id."),
        )
    if kind == "requirement":
        chains = [c for c in links(programme) if entity_id in bearing(programme, c)]
    else:
        chains = [c for c in links(programme) if getattr(c, kind) == entity_id]
    found = {
        name: tuple(dict.fromkeys(key for c in chains if (key := getattr(c, name))))
        for name in kinds
        if name not in (kind, "requirement")
    }
    if kind == "mission":  # what it carries stands on no chain where no experiment needs it
        found["element"] = tuple(programme.carried_by(entity_id))
    if kind == "element":
        found["mission"] = tuple(_rides(programme).get(entity_id, ()))
    if kind != "requirement":
        asked = {key for c in chains for key in bearing(programme, c, of=entity_id)}
        found["requirement"] = tuple(key for key in programme.requirements if key in asked)
    return {name: found[name] for name in kinds if name in found}


def bearing(programme: Programme, chain: Link, *, of: str = "") -> list[str]:
    """Requirements that follow from a chain's objective, or are asked of a thing or field on it.

    With `of` those asked of that one thing of the chain, or of its fields, and its objective's.
    """
    experiment = programme.experiments.get(chain.experiment)
    on_chain = {chain.experiment, chain.element, chain.mission}
    things = ({of} & on_chain if of else on_chain) - {""}
    if experiment is not None and (not of or of in (chain.objective, chain.experiment)):
        things |= set(experiment.fields)
    return [
        key
        for key, requirement in programme.requirements.items()
        if (chain.objective and chain.objective in requirement.objectives)
        or things & set(requirement.of.split())
    ]


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
