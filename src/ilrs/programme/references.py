"""Which attributes name other entities, and whether what they name is declared."""

from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import BaseModel

from ilrs.foundation.errors import Finding, did_you_mean
from ilrs.programme.attributes import KINDS, parts_of, singular
from ilrs.programme.entities import (
    Benefit,
    Contribution,
    Development,
    Element,
    Entity,
    Experiment,
    Follows,
    Freight,
    Interface,
    InterfaceDocument,
    JointObservation,
    Lander,
    Link,
    Milestone,
    Mission,
    Objective,
    Pad,
    Phase,
    Programme,
    Repair,
    Requirement,
    Rule,
    Scenario,
    Service,
    Sessions,
    SizeOption,
    Supply,
    Survey,
)
from ilrs.programme.findings import unplaced
from ilrs.programme.law import Agreement

__all__ = ["Reference", "TARGETS", "entities_of", "references", "unresolved_references"]

_MOST_LISTED = 12  # ids a finding lists; a longer list is counted instead
TARGETS: dict[tuple[type[BaseModel], str], tuple[str, ...]] = {
    (Benefit, "to"): ("partners",),
    (Benefit, "of"): ("partners",),
    (Contribution, "partner"): ("partners",),
    (Contribution, "gives"): ("elements", "missions", "experiments"),
    (Contribution, "needs"): ("contributions",),
    (Element, "owner"): ("partners",),
    (Element, "site"): ("sites",),
    (Element, "arrives_on"): ("missions",),
    (Freight, "after"): ("elements",),
    (Link, "via"): ("missions",),
    (Interface, "partner_element"): ("elements",),
    (Rule, "of"): ("elements",),
    (Repair, "robot"): ("elements",),
    (Repair, "spares_of"): ("elements",),
    (Experiment, "owner"): ("partners",),
    (Experiment, "element"): ("elements",),
    (Experiment, "fields"): ("science_fields",),
    (Experiment, "objectives"): ("objectives",),
    (Sessions, "holds"): ("elements",),
    (Sessions, "together_with"): ("experiments",),
    (Sessions, "overpass_of"): ("missions",),
    (Follows, "experiment"): ("experiments",),
    (Mission, "owner"): ("partners",),
    (Mission, "launcher"): ("launchers",),
    (Mission, "lander"): ("landers",),
    (Development, "owner"): ("partners",),
    (InterfaceDocument, "owner"): ("partners",),
    (InterfaceDocument, "between"): ("elements",),
    (Mission, "carries"): ("elements",),
    (Mission, "site"): ("sites",),
    (Mission, "relay"): ("missions",),
    (Mission, "coordinated_with"): ("missions",),
    (Lander, "owner"): ("partners",),
    (Lander, "launcher"): ("launchers",),
    (Lander, "site"): ("sites",),
    (Pad, "owner"): ("partners",),
    (Pad, "site"): ("sites",),
    (Supply, "owner"): ("partners",),
    (SizeOption, "element"): ("elements",),
    (Survey, "owner"): ("partners",),
    (Survey, "orbiter"): ("missions",),
    (Survey, "site"): ("sites",),
    (Survey, "together_with"): ("missions",),
    (JointObservation, "owner"): ("partners",),
    (JointObservation, "first"): ("missions",),
    (JointObservation, "second"): ("missions",),
    (JointObservation, "site"): ("sites",),
    (Milestone, "owner"): ("partners",),
    (Milestone, "needs"): ("milestones", "missions"),
    (Objective, "fields"): ("science_fields",),
    (Phase, "baseline"): ("baselines",),
    (Phase, "missions"): ("missions",),
    (Phase, "milestone"): ("milestones",),
    (Requirement, "owner"): ("partners",),
    (Requirement, "objectives"): ("objectives",),
    (Requirement, "scenario"): ("scenarios",),
    (Agreement, "parties"): ("partners",),
    (Agreement, "of"): ("elements", "missions"),
    (Scenario, "site"): ("sites",),
    (Scenario, "without"): ("partners", "contributions"),
    (Service, "to"): ("partners",),
}


@dataclass(frozen=True, slots=True)
class Reference:
    """One attribute value that names another entity, of one of several kinds."""

    path: str
    kinds: tuple[str, ...]
    id: str


def entities_of(programme: Programme) -> Iterator[tuple[str, Entity]]:
    """Every declared entity with its path, such as 'elements.POWER-1'."""
    for kind in KINDS:
        for id_, entity in getattr(programme, kind).items():
            yield f"{kind}.{id_}", entity


def references(programme: Programme) -> Iterator[Reference]:
    """Every reference from an entity to another one, sources of values included."""
    for path, entity in entities_of(programme):
        for here, thing, attribute, value in parts_of(entity, path):
            kinds = TARGETS.get((type(thing), attribute.name))
            if kinds is None and attribute.name == "source":
                kinds = ("sources",)
            if kinds is None or not value:
                continue
            if isinstance(value, tuple):
                yield from (Reference(f"{here}[{i}]", kinds, id_) for i, id_ in enumerate(value))
            elif not (isinstance(thing, Link) and value == "earth"):
                yield Reference(here, kinds, value)
    told = set()
    for claim in programme.claims:
        for id_ in claim.source:
            if (claim.file, id_) not in told:  # one per file: `figures` repeats its sources
                told.add((claim.file, id_))
                yield Reference(f"{claim.entity}.source", ("sources",), id_)


def unresolved_references(programme: Programme) -> Iterator[Finding]:
    """Rule: every reference names something declared."""
    for reference in references(programme):
        if not any(reference.id in getattr(programme, kind) for kind in reference.kinds):
            known = [id_ for kind in reference.kinds for id_ in getattr(programme, kind)]
            one = " or ".join(singular(kind) for kind in reference.kinds)
            many = " and ".join(kind.replace("_", " ") for kind in reference.kinds)
            if len(known) > _MOST_LISTED:
                possible = f"{len(known)} {many} are declared"
            else:
                possible = (
                    f"the {many} are {', '.join(known)}" if known else f"no {many} are declared"
                )
            mend = did_you_mean(reference.id, known, otherwise="Declare it, or correct the id.")
            texts = (f"found {reference.id!r}, which is no {one}", possible, mend)
            yield unplaced(reference.path, texts)
