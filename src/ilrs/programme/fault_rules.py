"""Rules on what breaks: a fault comes at some rate, does something, and its repair can be done."""

from collections.abc import Iterator

from ilrs.foundation.errors import Finding
from ilrs.programme.entities import Element, Programme
from ilrs.programme.faults import Fault, Repair
from ilrs.programme.findings import Texts, unplaced

__all__ = [
    "faults_that_cannot_be", "repairs_that_cannot_be", "spares_pool",
    "spares_that_nobody_takes",
]  # fmt: skip


def _faults(programme: Programme) -> Iterator[tuple[str, Element, Fault]]:
    for id_, element in programme.elements.items():
        for index, fault in enumerate(element.faults):
            yield f"elements.{id_}.faults[{index}]", element, fault


def faults_that_cannot_be(programme: Programme) -> Iterator[Finding]:
    """Rule: a fault has a rate or wears out, a name of its own, and an effect said in full."""
    for path, element, fault in _faults(programme):
        for texts in (*_comings(fault), *_names(element, fault), *_effects(fault)):
            yield unplaced(path, texts)


def _comings(fault: Fault) -> Iterator[Texts]:
    if fault.rate_per_year == 0.0 and fault.wear_out is None:
        yield (
            f"{fault.name!r} comes at a rate of 0 /y",
            "a fault comes at a rate above 0, or by wear-out",
            "Write its `rate:` or its `wear_out:`, or remove the fault.",
        )
    if fault.wear_out is not None and fault.wear_out.life_s == 0.0:
        yield (
            f"{fault.name!r} wears out after 0 s",
            "a characteristic life is longer than 0 s",
            "Write a life such as '10 y'.",
        )


def _names(element: Element, fault: Fault) -> Iterator[Texts]:
    alike = [other for other in element.faults if other.name == fault.name]
    if len(alike) > 1 and fault is alike[-1]:  # once, not for each of them
        yield (
            f"{len(alike)} faults are named {fault.name!r}",
            "each fault of an element has a name of its own: its chance events hang on it",
            "Name them apart.",
        )


def _effects(fault: Fault) -> Iterator[Texts]:
    """What an effect asks for and does not have, or has and does not read."""
    if fault.effect == "degraded" and (fault.left is None or fault.left == 1.0):
        yield (
            f"{fault.name!r} degrades to {'an unknown part' if fault.left is None else 'all'}",
            "what a degraded element has left is a part below 100 %",
            "Write `left: 50 %`, or another effect.",
        )
    if fault.effect == "power_cycle" and not fault.outage_s:
        took = "unknown duration" if fault.outage_s is None else "0 s"
        yield (
            f"{fault.name!r} needs a power cycle of {took}",
            "a power cycle takes its element out for a while",
            "Write `outage: 6 h`, or another effect.",
        )
    if fault.effect == "power_cycle" and fault.repair is not None:
        yield (
            f"{fault.name!r} needs a power cycle and a repair",
            "after a power cycle an element works again",
            "Remove the repair, or write `effect: lost`.",
        )
    for key, value, effect in (
        ("left", fault.left, "degraded"),
        ("outage", fault.outage_s, "power_cycle"),
    ):
        if value is not None and fault.effect != effect:
            yield (
                f"{fault.name!r} has an effect of {fault.effect} and the key {key!r}",
                f"{key!r} belongs to the effect {effect}",
                f"Remove it, or write `effect: {effect}`.",
            )


def repairs_that_cannot_be(programme: Programme) -> Iterator[Finding]:
    """Rule: a repair takes time, a robot stands at the same site, a spare is declared."""
    for path, element, fault in _faults(programme):
        if fault.repair is not None:
            for texts in _repair(programme, element, fault.repair):
                yield unplaced(f"{path}.repair", texts)


def _repair(programme: Programme, element: Element, repair: Repair) -> Iterator[Texts]:
    if repair.time_s == 0.0 and repair.by != "spare":
        yield (
            "a repair that takes 0 s",
            "a repair takes time; only a spare may take over at once",
            "Write a time such as '30 d', or `by: spare`.",
        )
    yield from _robot(programme, element, repair)
    pool = spares_pool(element, repair)
    holder = programme.elements.get(pool) if pool is not None else None
    if holder is not None and holder.spares == 0:
        yield (
            f"it takes a spare of {holder.id}, which has none",
            "a spare is taken from an element that declares some",
            f"Add `spares: 1` to elements.{holder.id}.",
        )


def spares_pool(element: Element, repair: Repair) -> str | None:
    """The id of the element whose spares a repair takes one of; None where it takes none."""
    return repair.spares_of or (element.id if repair.by == "spare" else None)


def _robot(programme: Programme, element: Element, repair: Repair) -> Iterator[Texts]:
    if repair.by == "robot" and repair.robot is None:
        yield (
            "a repair by a robot that is not named",
            "a robot is an element of the station",
            "Add `robot:` with its id.",
        )
    if repair.by != "robot" and repair.robot is not None:
        yield (
            f"a repair by {repair.by} that names the robot {repair.robot}",
            "'robot' belongs to `by: robot`",
            "Write `by: robot`, or remove the robot.",
        )
    robot = programme.elements.get(repair.robot or "")
    if robot is not None and robot.id == element.id:
        yield (
            f"{robot.id} repairs itself",
            "a robot that has failed cannot work",
            "Name another robot, or write `by: itself` with the time until it is well.",
        )
    elif robot is not None and robot.site != element.site:
        yield (
            f"{robot.id} stands at {robot.site or 'no site'}, {element.id} at {element.site}",
            "a robot repairs what stands at its own site",
            "Name a robot of that site.",
        )


def spares_that_nobody_takes(programme: Programme) -> Iterator[Finding]:
    """Rule: spares are there for a repair that takes one of them; else a warning."""
    taken = {
        spares_pool(element, fault.repair)
        for _, element, fault in _faults(programme)
        if fault.repair is not None
    }
    for id_, element in programme.elements.items():
        if element.spares and id_ not in taken:
            texts = (
                f"{element.spares} in reserve that no repair takes",
                "a spare serves a fault whose repair is `by: spare` or names `spares_of`",
                "Declare such a repair, or leave the spares at home.",
            )
            yield unplaced(f"elements.{id_}.spares", texts, severity="warning")
