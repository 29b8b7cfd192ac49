"""A programme as it would be without some of its partners: what goes, and what hangs in the air."""

from collections.abc import Collection
from dataclasses import dataclass

from ilrs.foundation.errors import IlrsError, did_you_mean
from ilrs.foundation.provenance import sha256_of_bytes
from ilrs.programme.entities import Element, Programme

__all__ = ["Orphans", "orphans", "without"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Orphans:
    """What others own and loses its ride, its host or its way home when partners withdraw."""

    elements: tuple[str, ...]  # that rode on their missions: who takes them?
    experiments: tuple[str, ...]  # on their elements: who hosts them?
    links: tuple[str, ...]  # elements with a link through their relays


def without(programme: Programme, partners: Collection[str]) -> Programme:
    """The programme without these partners' elements, missions, experiments and contributions.

    Goes with them: experiments of others on their elements, joints with their elements, and what is
    declared of their craft (surveys, joint observations, sizes). Their missions stay declared, as
    withdrawn, so that a requirement that names one is answered: elements of others that rode on
    them have no ride. Raises IlrsError for an unknown partner.
    """
    _check(programme, partners)
    elements = {k: e for k, e in programme.elements.items() if e.owner not in partners}
    missions = {
        k: m.model_copy(update={"status": "withdrawn"}) if m.owner in partners else m
        for k, m in programme.missions.items()
    }
    flying = {k for k, m in missions.items() if m.owner not in partners}
    experiments = {
        k: e
        for k, e in programme.experiments.items()
        if e.owner not in partners and e.element in elements
    }
    return programme.model_copy(
        update={
            "elements": {k: _unjoined(e, elements) for k, e in elements.items()},
            "missions": missions,
            "experiments": experiments,
            "contributions": {
                k: c for k, c in programme.contributions.items() if c.partner not in partners
            },
            "surveys": {
                k: s
                for k, s in programme.surveys.items()
                if {s.orbiter, s.together_with or s.orbiter} <= flying
            },
            "joint_observations": {
                k: j
                for k, j in programme.joint_observations.items()
                if {j.first, j.second} <= flying
            },
            "size_options": {
                k: o for k, o in programme.size_options.items() if o.element in elements
            },
            "sha256": sha256_of_bytes(" ".join([programme.sha256, *sorted(partners)]).encode()),
        }
    )


def _check(programme: Programme, partners: Collection[str]) -> None:
    for partner in sorted(partners):
        if partner not in programme.partners:
            raise IlrsError(
                f"there is no partner {partner!r}",
                f"the programme has {', '.join(programme.partners)}",
                did_you_mean(partner, programme.partners, otherwise="Name one of them."),
            )


def _unjoined(element: Element, elements: Collection[str]) -> Element:
    """The element without its joints to elements that are gone."""
    kept = tuple(i for i in element.interfaces if i.partner_element in elements)
    return (
        element if kept == element.interfaces else element.model_copy(update={"interfaces": kept})
    )


def orphans(programme: Programme, partners: Collection[str]) -> Orphans:
    """What others would have to take over, in declared order: who is asked to rehost.

    Raises IlrsError for an unknown partner.
    """
    _check(programme, partners)
    gone = {k for k, m in programme.missions.items() if m.owner in partners}
    others = [e for e in programme.elements.values() if e.owner not in partners]
    rides = {e.id: programme.ride_of(e) for e in others}
    return Orphans(
        elements=tuple(
            key for key, ride in rides.items() if ride is not None and ride.id in gone
        ),
        experiments=tuple(
            e.id
            for e in programme.experiments.values()
            if e.owner not in partners and programme.elements[e.element].owner in partners
        ),
        links=tuple(e.id for e in others if any(link.via in gone for link in e.links)),
    )  # fmt: skip
