"""A programme without some partners or contributions: what goes, and what hangs in the air."""

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


def without(programme: Programme, withdrawn: Collection[str]) -> Programme:
    """The programme without what these partners own, or what these contributions give.

    `withdrawn` are ids of partners and of contributions. Elements, experiments and contributions
    go, and with them: experiments of others on these elements, joints with them, and what is
    declared of their craft (surveys, joint observations, sizes). Missions stay declared, as
    withdrawn, so that a requirement that names one is answered: elements of others that rode on
    them have no ride. Raises IlrsError for an id that is neither.
    """
    gone = _gone(programme, withdrawn)
    elements = {k: e for k, e in programme.elements.items() if k not in gone}
    missions = {
        k: m.model_copy(update={"status": "withdrawn"}) if k in gone else m
        for k, m in programme.missions.items()
    }
    flying = {k for k in missions if k not in gone}
    experiments = {
        k: e for k, e in programme.experiments.items() if k not in gone and e.element in elements
    }
    return programme.model_copy(
        update={
            "elements": {k: _unjoined(e, elements) for k, e in elements.items()},
            "missions": missions,
            "experiments": experiments,
            "contributions": {
                k: c
                for k, c in programme.contributions.items()
                if c.partner not in withdrawn and k not in withdrawn
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
            "sha256": sha256_of_bytes(" ".join([programme.sha256, *sorted(withdrawn)]).encode()),
        }
    )


def _gone(programme: Programme, withdrawn: Collection[str]) -> set[str]:
    """Ids of the elements, missions and experiments that go."""
    for name in sorted(withdrawn):
        if name not in programme.partners and name not in programme.contributions:
            known = [*programme.partners, *programme.contributions]
            raise IlrsError(
                f"there is no partner or contribution {name!r}",
                f"the programme has {', '.join(programme.partners)} and"
                f" {len(programme.contributions)} contributions",
                did_you_mean(name, known, otherwise="Name one of them."),
            )
    gone = {e.id for e in programme.elements.values() if e.owner in withdrawn}
    gone |= {m.id for m in programme.missions.values() if m.owner in withdrawn}
    gone |= {e.id for e in programme.experiments.values() if e.owner in withdrawn}
    for key in withdrawn:
        if key in programme.contributions:
            gone.update(programme.contributions[key].gives)
    return gone


def _unjoined(element: Element, elements: Collection[str]) -> Element:
    """The element without its joints to elements that are gone."""
    kept = tuple(i for i in element.interfaces if i.partner_element in elements)
    return (
        element if kept == element.interfaces else element.model_copy(update={"interfaces": kept})
    )


def orphans(programme: Programme, withdrawn: Collection[str]) -> Orphans:
    """What others would have to take over, in declared order: who is asked to rehost.

    Raises IlrsError for an id that is neither a partner nor a contribution.
    """
    gone = _gone(programme, withdrawn)
    others = [e for e in programme.elements.values() if e.id not in gone]
    rides = {e.id: programme.ride_of(e) for e in others}
    return Orphans(
        elements=tuple(
            key for key, ride in rides.items() if ride is not None and ride.id in gone
        ),
        experiments=tuple(
            e.id for e in programme.experiments.values() if e.id not in gone and e.element in gone
        ),
        links=tuple(e.id for e in others if any(link.via in gone for link in e.links)),
    )  # fmt: skip
