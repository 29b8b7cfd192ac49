"""Who depends on whom: what each partner's things need of things that others own."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ilrs.programme.entities import Element, Experiment, Programme

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["JOINT", "KINDS", "Dependency", "chart", "dependencies"]

#: Who owns what belongs to no single partner, such as a joint mission.
JOINT = "joint"
#: The kinds of dependency, in the order of the list.
KINDS = (
    "host", "ride", "power", "data", "thermal", "mechanical", "relay", "repair", "instrument",
    "session", "survey", "joint observation", "coordination", "service", "agreement",
)  # fmt: skip

_Edge = tuple[str, str, str]  # kind, what needs, what it needs


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependency:
    """One thing of a partner that needs a thing of another partner."""

    giver: str
    taker: str
    kind: str
    needs: str  # id of what the taker owns
    gives: str  # id of what the giver owns


def dependencies(programme: Programme) -> list[Dependency]:
    """All that partners need of one another, by kind; what a partner needs of its own is left out.

    What is not declared is left out too, and so are contributions that are withdrawn.
    """
    owners = _owners(programme)
    found = {
        Dependency(
            giver=owners[gives], taker=owners[needs], kind=kind, needs=needs, gives=gives
        ): None
        for kind, needs, gives in _edges(programme)
        if needs in owners and gives in owners and owners[needs] != owners[gives]
    }
    found |= dict.fromkeys(_services(programme))
    return sorted(found, key=lambda d: KINDS.index(d.kind))


def chart(found: Iterable[Dependency], partners: Iterable[str]) -> "xr.DataArray":
    """Numbers of dependencies by giver, taker and kind: an N² chart of who is in any of them.

    Rows give, columns take. `partners` sets the order; who is not among them comes last.
    """
    import xarray as xr  # noqa: PLC0415  heavy to load, and `ilrs check` does without

    listed = list(found)
    involved = {one.giver for one in listed} | {one.taker for one in listed}
    order = [partner for partner in partners if partner in involved]
    order += sorted(involved - set(order))
    counts = np.zeros((len(order), len(order), len(KINDS)), dtype=np.int64)
    for one in listed:
        counts[order.index(one.giver), order.index(one.taker), KINDS.index(one.kind)] += 1
    return xr.DataArray(
        counts,
        dims=("giver", "taker", "kind"),
        coords={"giver": order, "taker": order, "kind": list(KINDS)},
        name="dependencies",
        attrs={"units": "1", "long_name": "things of the taker that need a thing of the giver"},
    )


def _owners(programme: Programme) -> dict[str, str]:
    """Whose each element, mission, experiment and standing contribution is."""
    owners = {
        id_: entity.owner or JOINT
        for table in (programme.elements, programme.missions, programme.experiments)
        for id_, entity in table.items()
    }
    standing = (c for c in programme.contributions.values() if c.status != "withdrawn")
    return owners | {c.id: c.partner for c in standing}


def _edges(programme: Programme) -> Iterator[_Edge]:
    rides = {key: id_ for id_, m in programme.missions.items() for key in m.carries}
    for id_, element in programme.elements.items():
        yield "ride", id_, element.arrives_on or rides.get(id_, "")
        yield from _of_element(element)
    for experiment in programme.experiments.values():
        yield from _of_experiment(experiment)
    for id_, mission in programme.missions.items():
        yield "relay", id_, mission.relay or ""
        yield from (("relay", id_, link.via) for link in mission.links)
        yield from (("coordination", id_, other) for other in mission.coordinated_with)
    for survey in programme.surveys.values():
        yield "survey", survey.orbiter, survey.together_with or ""
    for joint in programme.joint_observations.values():
        yield "joint observation", joint.first, joint.second
        yield "joint observation", joint.second, joint.first
    for id_, contribution in programme.contributions.items():
        yield from (("agreement", id_, other) for other in contribution.needs)


def _of_element(element: Element) -> Iterator[_Edge]:
    for side in element.interfaces:
        if side.role == "needs":
            yield side.kind, element.id, side.partner_element
    yield from (("relay", element.id, link.via) for link in element.links)
    for fault in element.faults:
        if fault.repair is not None:
            yield "repair", element.id, fault.repair.robot or ""
            yield "repair", element.id, fault.repair.spares_of or ""


def _of_experiment(experiment: Experiment) -> Iterator[_Edge]:
    own = experiment.sessions
    yield "host", experiment.id, experiment.element
    yield from (("instrument", experiment.id, held) for held in own.holds)
    yield "session", experiment.id, own.together_with or ""
    yield "session", experiment.id, own.overpass_of or ""
    yield from (("session", experiment.id, link.experiment) for link in own.follows)


def _services(programme: Programme) -> Iterator[Dependency]:
    """Services that are given to named partners, and surveys flown for others."""
    for id_, contribution in programme.contributions.items():
        if contribution.service is None or contribution.status == "withdrawn":
            continue
        for taker in contribution.service.to:
            if taker != contribution.partner:
                yield Dependency(
                    giver=contribution.partner, taker=taker, kind="service", needs="", gives=id_
                )
    for id_, survey in programme.surveys.items():
        orbiter = programme.missions.get(survey.orbiter)
        if orbiter is not None and survey.owner not in ("", orbiter.owner):
            yield Dependency(
                giver=orbiter.owner or JOINT, taker=survey.owner, kind="survey", needs=id_,
                gives=orbiter.id,
            )  # fmt: skip
