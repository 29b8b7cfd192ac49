"""Power joints as declared: which elements share a bus, and which cables lead from bus to bus.

A joint with neither `length` nor `loss` is a plug: both elements stand on one bus. A joint with
one of them is a cable between two buses; it carries either way. Where no element of a site declares
a power joint, all share one bus; an element without one, and without a source of its own, hangs on
the largest bus.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ilrs.programme.entities import Element, Interface

__all__ = ["Grid", "PowerJoint", "draws_w", "has_source", "loops", "plugs_w", "power_grid"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerJoint:
    """All that two elements declare of the power between them."""

    ends: tuple[str, str]
    path: str  # of the first interface that declares it
    power_w: float | None  # most that passes; None where nobody says
    voltage_v: float | None
    length_m: float | None
    section_m2: float | None
    loss: float | None

    @property
    def is_cable(self) -> bool:
        """Whether it leads from one bus to another, and is no plug."""
        return self.length_m is not None or self.loss is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """The buses of one site, each the ids of its elements, and the cables between them."""

    buses: tuple[tuple[str, ...], ...]  # in declared order of their first elements
    cables: tuple[PowerJoint, ...]
    unplugged: tuple[str, ...]  # draw power, and declare neither a joint nor a source
    is_declared: bool  # whether any power joint is

    def bus_of(self, element_id: str) -> int:
        """The place of an element's bus."""
        return next(k for k, bus in enumerate(self.buses) if element_id in bus)


def has_source(element: Element) -> bool:
    """Whether an element makes power of its own, or holds some."""
    return not (element.array is None and element.generator is None and element.storage is None)


def draws_w(element: Element) -> float:
    """Most that an element draws by its modes and its heater; research comes on top. [W]"""
    heater_w = element.thermal.heater_power_w if element.thermal else 0.0
    keep = element.modes.get("keep_alive")
    most_w = max((mode.power_w for mode in element.modes.values()), default=0.0)
    return max(most_w, (keep.power_w if keep else 0.0) + heater_w)


def power_grid(elements: Sequence[Element]) -> Grid:
    """The buses and cables of elements at one site; joints with others are left out."""
    joints = list(_joints(elements))
    joined = {end for joint in joints for end in joint.ends}
    ids = [element.id for element in elements]
    if not joints:
        return Grid(buses=(tuple(ids),) if ids else (), cables=(), unplugged=(), is_declared=False)
    declares = {e.id for e in elements if any(i.kind == "power" for i in e.interfaces)}
    islands = {e.id for e in elements if has_source(e)} | declares | joined
    group = _groups(ids, (joint.ends for joint in joints if not joint.is_cable))
    groups: dict[str, list[str]] = {}
    for id_ in ids:
        if id_ in islands:
            groups.setdefault(group[id_], []).append(id_)
    largest = max(groups.values(), key=len)
    largest.extend(id_ for id_ in ids if id_ not in islands)
    return Grid(
        buses=tuple(tuple(members) for members in groups.values()),
        cables=tuple(joint for joint in joints if joint.is_cable),
        unplugged=tuple(e.id for e in elements if e.id not in islands and draws_w(e) > 0.0),
        is_declared=True,
    )


def plugs_w(elements: Sequence[Element]) -> dict[str, float]:
    """What the joints of each load carry together; of those alone that tell it for all. [W]

    A load has joints and no source of its own.
    """
    limits: dict[str, list[float | None]] = {e.id: [] for e in elements if not has_source(e)}
    for joint in _joints(elements):
        for end in joint.ends:
            if end in limits:
                limits[end].append(joint.power_w)
    return {
        id_: sum(limit or 0.0 for limit in told)
        for id_, told in limits.items()
        if told and None not in told
    }


def loops(grid: Grid) -> Iterator[PowerJoint]:
    """Cables that close a loop, in declared order: without them the buses form trees."""
    island = list(range(len(grid.buses)))
    for cable in grid.cables:
        first, last = (island[grid.bus_of(end)] for end in cable.ends)
        if first == last:
            yield cable
        island = [first if k == last else k for k in island]


def _groups(ids: Iterable[str], pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The group of each id, named by one of its members; each pair is in one group."""
    group = {id_: id_ for id_ in ids}
    members = {id_: [id_] for id_ in group}
    for first, last in pairs:
        into, joined = group[first], group[last]
        if into != joined:
            for id_ in members[joined]:
                group[id_] = into
            members[into] += members.pop(joined)
    return group


def _joints(elements: Sequence[Element]) -> Iterator[PowerJoint]:
    known = {element.id for element in elements}
    sides: dict[frozenset[str], list[tuple[str, str, Interface]]] = {}
    for element in elements:
        for index, side in enumerate(element.interfaces):
            if side.kind == "power" and side.partner_element in known - {element.id}:
                pair = frozenset((element.id, side.partner_element))
                path = f"elements.{element.id}.interfaces[{index}]"
                sides.setdefault(pair, []).append((element.id, path, side))
    for told in sides.values():
        owner, path, first = told[0]
        declared = [side for _, _, side in told]
        yield PowerJoint(
            ends=(owner, first.partner_element),
            path=path,
            power_w=_power_w([(id_, side) for id_, _, side in told]),
            voltage_v=_first(side.voltage_v for side in declared),
            length_m=_first(side.length_m for side in declared),
            section_m2=_first(side.section_m2 for side in declared),
            loss=_first(side.loss for side in declared),
        )


def _power_w(sides: Sequence[tuple[str, Interface]]) -> float | None:
    """The most that passes one way: what is offered that way, or needed if less."""
    ways = []
    for giver in {id_ if side.role == "offers" else side.partner_element for id_, side in sides}:
        offered = [s.power_w for id_, s in sides if s.role == "offers" and id_ == giver]
        needed = [s.power_w for id_, s in sides if s.role == "needs" and id_ != giver]
        sums = [sum(w for w in told if w is not None) for told in (offered, needed)
                if told and None not in told]  # fmt: skip
        ways += [min(sums)] if sums else []
    return max(ways, default=None)


def _first(values: Iterable[float | None]) -> float | None:
    return next((value for value in values if value is not None), None)
