"""Rules on power: what feeds each bus, what a joint carries, and cables that can be run."""

from collections.abc import Iterator, Sequence

from ilrs.foundation.errors import Finding
from ilrs.foundation.quantities import format_quantity
from ilrs.programme.entities import Element, Programme
from ilrs.programme.findings import unplaced
from ilrs.programme.power_joints import Grid, PowerJoint, draws_w, loops, power_grid

__all__ = [
    "buses_that_nothing_feeds", "cables_that_cannot_be", "loads_beyond_their_joints",
    "loads_on_no_bus",
]  # fmt: skip


def _grids(programme: Programme) -> Iterator[tuple[Grid, dict[str, Element]]]:
    """The grid of each site with its elements."""
    sites: dict[str, list[Element]] = {}
    for element in programme.elements.values():
        if element.site is not None:
            sites.setdefault(element.site, []).append(element)
    for elements in sites.values():
        yield power_grid(elements), {element.id: element for element in elements}


def _watts(power_w: float) -> str:
    return format_quantity(power_w, "W")


def buses_that_nothing_feeds(programme: Programme) -> Iterator[Finding]:
    """Rule: buses that draw power reach, over their cables, an array or a generator.

    One that has only a store is a warning: it lives for a while. A site that declares no power
    joint is left out: nobody says yet what hangs on what.
    """
    for grid, elements in _grids(programme):
        if not grid.is_declared:
            continue
        for members in _islands(grid):
            drawing = [id_ for id_ in members if draws_w(elements[id_]) > 0.0]
            if not drawing or any(_makes(elements[id_]) for id_ in members):
                continue
            need_w = sum(draws_w(elements[id_]) for id_ in drawing)
            has_store = any(elements[id_].storage for id_ in members)
            texts = (
                f"nothing feeds the bus of {', '.join(members)}, which draw up to {_watts(need_w)}",
                "a bus has an array or a generator, or a cable to a bus that has one",
                f"{_nearest_source(grid, elements, members, drawing[0], need_w)}, or declare an"
                f" array or a generator of {_watts(need_w)} on one of them.",
            )
            severity = "warning" if has_store else "error"
            yield unplaced(f"elements.{drawing[0]}", texts, severity=severity)


def _makes(element: Element) -> bool:
    return element.array is not None or element.generator is not None


def _islands(grid: Grid) -> list[list[str]]:
    """Elements whose buses reach each other over cables, in declared order of their buses."""
    island = list(range(len(grid.buses)))
    for cable in grid.cables:
        ends = {island[grid.bus_of(end)] for end in cable.ends}
        island = [min(ends) if k in ends else k for k in island]
    groups: dict[int, list[str]] = {}
    for k, bus in zip(island, grid.buses, strict=True):
        groups.setdefault(k, []).extend(bus)
    return list(groups.values())


def _nearest_source(
    grid: Grid, elements: dict[str, Element], members: Sequence[str], first: str, need_w: float
) -> str:
    """How to join an unfed bus to one that is fed; how to begin where none of the site is."""
    fed = [bus for bus in grid.buses if bus[0] not in members]
    hub = _hub([id_ for bus in fed for id_ in bus], elements)
    if hub is None:
        return "Bring a source to this site"
    joint = f"{{kind: power, role: needs, with: {hub}, power: {_watts(need_w)}}}"
    return f"Add {joint} to {first} and its other side to {hub}"


def _hub(ids: Sequence[str], elements: dict[str, Element]) -> str | None:
    """The element with most power joints."""
    joints = {id_: sum(i.kind == "power" for i in elements[id_].interfaces) for id_ in ids}
    return max(ids, key=joints.__getitem__, default=None)


def loads_on_no_bus(programme: Programme) -> Iterator[Finding]:
    """Rule: what draws power has a power joint or a source, where others at its site have one."""
    for grid, elements in _grids(programme):
        for id_ in grid.unplugged:
            bus = grid.buses[grid.bus_of(id_)]
            hub = _hub(bus, elements)
            need = _watts(draws_w(elements[id_]))
            texts = (
                f"it draws up to {need} and declares no power joint",
                f"it is run on the bus of {hub}, with no limit between them",
                f"Add {{kind: power, role: needs, with: {hub}, power: {need}}} here and its other"
                f" side to {hub}.",
            )
            yield unplaced(f"elements.{id_}", texts, severity="warning")


def loads_beyond_their_joints(programme: Programme) -> Iterator[Finding]:
    """Rule: an element without a source draws no more than its power joints carry together."""
    for _, elements in _grids(programme):
        for id_, element in elements.items():
            sides = [side for side in element.interfaces if side.kind == "power"]
            carried = [side.power_w for side in sides]
            is_load = sides and not _makes(element) and element.storage is None
            if not is_load or None in carried or any(side.role == "offers" for side in sides):
                continue
            limit_w, need_w = sum(w for w in carried if w is not None), draws_w(element)
            if need_w > limit_w:
                texts = (
                    f"it draws up to {_watts(need_w)}, its power joints carry {_watts(limit_w)}",
                    "modes and heater draw no more than the joints carry; a run holds only cables"
                    " to it",
                    f"Let both sides of a joint carry {_watts(need_w - limit_w)} more.",
                )
                yield unplaced(f"elements.{id_}", texts, severity="warning")


def cables_that_cannot_be(programme: Programme) -> Iterator[Finding]:
    """Rule: a cable's loss is known or can be computed, and cables close no loop."""
    for grid, _ in _grids(programme):
        for cable in grid.cables:
            lacking = _lacking(cable)
            if lacking:
                texts = (
                    f"the loss of the cable between {' and '.join(cable.ends)} is not known",
                    "a cable has a `loss` at its `power`, or `length`, `section`, `voltage` and"
                    " `power`",
                    f"Add {'' if cable.loss else '`loss:`, or '}{' and '.join(lacking)}.",
                )
                yield unplaced(cable.path, texts)
        for cable in loops(grid):
            texts = (
                f"the cable between {' and '.join(cable.ends)} closes a loop",
                "cables between buses form a tree: power has one way to each",
                "Remove one cable of the loop, or make one a plug, without `length` and `loss`.",
            )
            yield unplaced(cable.path, texts)


def _lacking(cable: PowerJoint) -> list[str]:
    if cable.loss == 0.0:
        return []
    if cable.loss is not None:
        return [] if cable.power_w is not None else ["`power:`"]
    figures = {
        "length": cable.length_m, "section": cable.section_m2,
        "voltage": cable.voltage_v, "power": cable.power_w,
    }  # fmt: skip
    return [f"`{name}:`" for name, value in figures.items() if not value]
