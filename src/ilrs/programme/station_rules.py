"""Rules on the pieces of the station: where they stand, how they get there, how they join."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from ilrs.foundation.errors import Finding
from ilrs.programme.entities import Element, Interface, Mission, Programme
from ilrs.programme.findings import quantity_text, unplaced

__all__ = [
    "broken_joints", "elements_without_place", "elements_without_ride", "incomplete_parts",
    "overloaded_missions",
]  # fmt: skip

_OVERLOAD = 1.05  # masses of a design move by a few per cent: up to here an excess is a warning
_GROUND = "F5"  # ground support stays on Earth


def _flying(programme: Programme) -> Iterator[tuple[str, Element]]:
    for id_, element in programme.elements.items():
        if element.facility != _GROUND:
            yield id_, element


def elements_without_place(programme: Programme) -> Iterator[Finding]:
    """Rule: an element of F1-F4 has a site or an orbit, and not both."""
    for id_, element in _flying(programme):
        if (element.site is None) == (element.orbit is None):
            found = "neither a site nor an orbit" if element.site is None else "a site and an orbit"
            possible = "an element stands at one site or flies in one orbit (F5 stays on Earth)"
            mend = "Add `site:` or `orbit:`." if element.site is None else "Remove one of the two."
            yield unplaced(f"elements.{id_}", (found, possible, mend))


def elements_without_ride(programme: Programme) -> Iterator[Finding]:
    """Rule: an element of F1-F4 flies on one mission; none yet is a warning, two are an error."""
    for id_, element in _flying(programme):
        rides = [m for m, mission in programme.missions.items() if id_ in mission.carries]
        if element.arrives_on is not None and element.arrives_on not in rides:
            rides.append(element.arrives_on)
        path = f"elements.{id_}"
        if not rides:
            texts = (
                "no mission carries it",
                "an element rides on the mission it names, or on one that carries it",
                f"Add `arrives_on:` here, or {id_!r} to the `carries:` of a mission.",
            )
            yield unplaced(path, texts, severity="warning")
        elif len(rides) > 1:
            texts = (
                f"it rides on {' and on '.join(rides)}",
                "an element rides on one mission",
                "Name it on one of them only.",
            )
            yield unplaced(path, texts)


def overloaded_missions(programme: Programme) -> Iterator[Finding]:
    """Rule: a mission lands no more than it can, and weighs no more than its launcher sends.

    More than 5 % over is an error, less a warning. Where nothing at all can be compared for a
    mission that carries elements, that is a warning too.
    """
    for id_, mission in programme.missions.items():
        path = f"missions.{id_}"
        compared = False
        for label, mass_kg, limit_label, limit_kg in _loads(programme, id_, mission):
            if mass_kg is None or limit_kg is None:
                continue
            compared = True
            if mass_kg > limit_kg:
                texts = (
                    f"{label} {quantity_text(mass_kg, 'kg')}",
                    f"{limit_label} {quantity_text(limit_kg, 'kg')}",
                    "Move something to another mission, or correct the masses.",
                )
                severe = mass_kg > _OVERLOAD * limit_kg
                yield unplaced(path, texts, severity="error" if severe else "warning")
        if programme.carried_by(id_) and not compared:
            texts = (
                "its load is not compared with what it can carry",
                "known masses of the elements with `landed_payload`, or `launch_mass` with the"
                " launcher's `tli`, are compared",
                "Add what is known of them.",
            )
            yield unplaced(path, texts, severity="warning")


def _loads(
    programme: Programme, id_: str, mission: Mission
) -> Iterator[tuple[str, float | None, str, float | None]]:
    """What is compared: a mass with its label, and the most it may be with its label."""
    carried = programme.carried_by(id_).values()
    launcher = programme.launchers.get(mission.launcher or "")
    landed = _sum(element.mass_kg for element in carried if element.orbit is None)
    yield "elements to land weigh", landed, "it lands at most", mission.landed_payload_kg
    sends = f"{mission.launcher} sends to the Moon at most"
    tli_kg = launcher.tli_kg if launcher else None
    yield "at launch it weighs", mission.launch_mass_kg, sends, tli_kg
    if mission.launch_mass_kg is None:  # then its load alone is the least that it can weigh
        yield "its elements alone weigh", _sum(e.mass_kg for e in carried), sends, tli_kg


def _sum(masses_kg: Iterator[float | None]) -> float | None:
    known = [mass_kg for mass_kg in masses_kg if mass_kg is not None]
    return sum(known) if known else None


@dataclass(slots=True)
class _Joint:
    """All interfaces of one kind between an offering and a needing element, with their paths."""

    offers: list[tuple[str, Interface]] = field(default_factory=list)
    needs: list[tuple[str, Interface]] = field(default_factory=list)


def broken_joints(programme: Programme) -> Iterator[Finding]:
    """Rule: each interface has its other side, with the same voltage and enough power and rate."""
    for (kind, offering, needing), joint in _joints(programme).items():
        if not joint.offers or not joint.needs:
            one, other = (offering, needing) if joint.offers else (needing, offering)
            role = "needs" if joint.offers else "offers"
            texts = (
                f"{other} declares no {kind} interface that {role} this",
                "a joint is declared on both sides, one offers and one needs",
                f"Add {{kind: {kind}, role: {role}, with: {one}}} to {other}.",
            )
            path = (joint.offers or joint.needs)[0][0]
            if other in programme.elements:  # else an unresolved reference says it
                yield unplaced(path, texts)
            continue
        yield from _voltages(joint, offering)
        yield from _amounts(joint, offering)


def _joints(programme: Programme) -> dict[tuple[str, str, str], _Joint]:
    joints: dict[tuple[str, str, str], _Joint] = {}
    for id_, element in programme.elements.items():
        for index, interface in enumerate(element.interfaces):
            side = (f"elements.{id_}.interfaces[{index}]", interface)
            other = interface.partner_element
            if interface.role == "offers":
                joints.setdefault((interface.kind, id_, other), _Joint()).offers.append(side)
            else:
                joints.setdefault((interface.kind, other, id_), _Joint()).needs.append(side)
    return joints


def _voltages(joint: _Joint, offering: str) -> Iterator[Finding]:
    path, need = joint.needs[0]
    voltages_v = {side.voltage_v for _, side in (*joint.offers, *joint.needs)}
    known_v = sorted(voltage_v for voltage_v in voltages_v if voltage_v is not None)
    if len(known_v) > 1:
        texts = (
            f"voltages of {' and '.join(quantity_text(v, 'V') for v in known_v)} meet",
            f"both sides of the joint with {offering} have one voltage",
            "Agree on one, or put a converter between the two.",
        )
        yield unplaced(path, texts)
    elif known_v and None in voltages_v:
        yield _not_compared(path, "voltage", offering)


def _amounts(joint: _Joint, offering: str) -> Iterator[Finding]:
    path = joint.needs[0][0]
    for name, key, unit in (("power_w", "power", "W"), ("rate_bps", "rate", "bit/s")):
        offered = [getattr(side, name) for _, side in joint.offers]
        needed = [getattr(side, name) for _, side in joint.needs]
        if None in offered or None in needed:
            if any(value is not None for value in (*offered, *needed)):
                yield _not_compared(path, key, offering)
        elif sum(needed) > sum(offered):
            texts = (
                f"{quantity_text(sum(needed), unit)} needed",
                f"{offering} offers {quantity_text(sum(offered), unit)} here",
                "Need less, or let it offer more.",
            )
            yield unplaced(path, texts)


def _not_compared(path: str, key: str, offering: str) -> Finding:
    texts = (
        f"the {key} is not compared",
        f"both sides of the joint with {offering} give their {key}",
        "Add it on the side that lacks it.",
    )
    return unplaced(path, texts, severity="warning")


def incomplete_parts(programme: Programme) -> Iterator[Finding]:
    """Rule: a fixed array has an azimuth, and temperatures that a piece bears are in order."""
    for id_, element in programme.elements.items():
        array, thermal = element.array, element.thermal
        if array is not None and array.tracking == "fixed" and array.azimuth_deg is None:
            texts = (
                "a fixed array without an azimuth",
                "a fixed array faces one azimuth, clockwise from north",
                "Add `azimuth:`, or let it track.",
            )
            yield unplaced(f"elements.{id_}.array", texts)
        if thermal is None:
            continue
        ladder_k = (
            thermal.survival_minimum_k,
            thermal.operating_minimum_k,
            thermal.operating_maximum_k,
            thermal.survival_maximum_k,
        )
        if list(ladder_k) != sorted(ladder_k):
            texts = (
                f"temperatures of {', '.join(f'{k:g} K' for k in ladder_k)}",
                "survival_minimum, operating_minimum, operating_maximum, survival_maximum rise in"
                " this order",
                "Correct them.",
            )
            yield unplaced(f"elements.{id_}.thermal", texts)
