"""Rules on what gets to the station: what lands before what, what landers bring, what is used."""

from collections.abc import Iterator

from ilrs.foundation.errors import Finding
from ilrs.programme.entities import Element, Lander, Programme, Supply
from ilrs.programme.findings import Texts, quantity_text, unplaced
from ilrs.programme.time_rules import cycles

__all__ = ["freight_that_cannot_be", "landers_that_cannot_be", "supplies_that_nobody_uses"]

_GROUND = "F5"


def freight_that_cannot_be(programme: Programme) -> Iterator[Finding]:
    """Rule: nothing lands after itself or after what stays on Earth; places have both ways."""
    after = {}
    for id_, element in programme.elements.items():
        for key, texts in _freight_faults(programme, element):
            yield unplaced(f"elements.{id_}.freight{key}", texts)
        after[id_] = element.freight.after if element.freight is not None else ()
    for cycle in cycles(after):
        texts = (
            f"a cycle: {' after '.join(cycle)}",
            "what something lands after has landed before it, or with it",
            "Take one of these out of an `after`.",
        )
        yield unplaced(f"elements.{cycle[0]}.freight.after", texts)


def _freight_faults(programme: Programme, element: Element) -> Iterator[tuple[str, Texts]]:
    freight = element.freight
    if freight is None:
        return
    for k, key in enumerate(freight.after):
        if key in programme.elements and programme.elements[key].facility == _GROUND:
            possible = f"{key} belongs to {_GROUND}, the ground facility, and never lands"
            yield f".after[{k}]", (f"it lands after {key}", possible, "Take it out.")
    if (freight.east_m is None) != (freight.north_m is None):
        there, lacking = ("north", "east") if freight.east_m is None else ("east", "north")
        possible = "a place is so far east and so far north of the site's point"
        yield "", (f"{there} without {lacking}", possible, f"Add `{lacking}`.")
    elif freight.keep_out_m and freight.east_m is None:
        texts = (
            f"no landing nearer than {quantity_text(freight.keep_out_m, 'm')} to an unknown place",
            "a distance is kept from where something stands",
            "Add `east` and `north`, or leave out `keep_out`.",
        )
        yield ".keep_out", texts


def landers_that_cannot_be(programme: Programme) -> Iterator[Finding]:
    """Rule: a lander brings less than its launcher sends, and flies again after a time."""
    for id_, lander in programme.landers.items():
        for key, texts in _lander_faults(programme, lander):
            yield unplaced(f"landers.{id_}.{key}", texts)


def _lander_faults(programme: Programme, lander: Lander) -> Iterator[tuple[str, Texts]]:
    launcher = programme.launchers.get(lander.launcher or "")
    if launcher is not None and lander.landed_payload_kg is not None:
        sends_kg = launcher.llo_kg if launcher.tli_kg is None else launcher.tli_kg
        if sends_kg is not None and lander.landed_payload_kg >= sends_kg:
            yield (
                "landed_payload",
                (
                    f"it lands {quantity_text(lander.landed_payload_kg, 'kg')}",
                    f"{launcher.id} sends {quantity_text(sends_kg, 'kg')} to the Moon, lander"
                    " included",
                    "Correct the payload, or name another launcher.",
                ),
            )
    if (lander.flights or 0) > 1 and not lander.every_s:
        yield (
            "every",
            (
                f"{lander.flights} flights and no time between them",
                "a lander flies again after `every`",
                "Add `every: 1 y`, or declare one flight.",
            ),
        )


def supplies_that_nobody_uses(programme: Programme) -> Iterator[Finding]:
    """Rule: of every supply something is used: by each person, by a visit, or steadily."""
    for id_, supply in programme.supplies.items():
        if not _used(supply):
            texts = (
                "nothing of it is used",
                "supplies are used by each person (`per_person`), a visit (`per_visit`) or steadily"
                " (`steady`)",
                "Add what is used, or remove it.",
            )
            yield unplaced(f"supplies.{id_}", texts, severity="warning")


def _used(supply: Supply) -> bool:
    return bool(supply.per_person_kg_d or supply.per_visit_kg or supply.steady_kg_d)
