"""Rules on crews: cabins that could not hold air, and visits that nothing on the surface serves."""

from collections.abc import Iterator

from ilrs.foundation.errors import Finding, did_you_mean
from ilrs.programme.entities import CrewVisit, LifeSupport, Programme
from ilrs.programme.findings import quantity_text, unplaced

__all__ = ["cabins_that_cannot_be", "visits_that_cannot_be"]

_SUPPLIES = ("oxygen", "nitrogen", "water", "food")
_MORE_THAN_0 = (
    ("volume_m3", "volume", "m3"), ("pressure_pa", "pressure", "Pa"),
    ("temperature_k", "temperature", "K"), ("co2_rated_pa", "co2_rated", "Pa"),
    ("oxygen_fraction", "oxygen_fraction", "1"),
)  # fmt: skip


def cabins_that_cannot_be(programme: Programme) -> Iterator[Finding]:
    """Rule: a cabin has air in a volume, machines that do something, and limits in their order."""
    for id_, element in programme.elements.items():
        if element.life_support is not None:
            yield from _cabin(element.life_support, f"elements.{id_}.life_support")


def _cabin(cabin: LifeSupport, path: str) -> Iterator[Finding]:
    for attribute, key, unit in _MORE_THAN_0:
        if getattr(cabin, attribute) == 0.0:
            texts = (f"found {quantity_text(0.0, unit)}", "it is more than 0", "Correct it.")
            yield unplaced(f"{path}.{key}", texts)
    for k, machine in enumerate(cabin.processors):
        sizes = (("a rate", machine.rate_kg_d), ("an efficiency", machine.efficiency))
        for words, value in sizes:
            key = words.split()[1]
            if value == 0.0:
                texts = (
                    f"{machine.kind} with {words} of 0",
                    "a machine's is more than 0",
                    "Correct it, or remove the machine.",
                )
                yield unplaced(f"{path}.processors[{k}].{key}", texts)
    if cabin.co2_emergency_pa < cabin.co2_highest_pa:
        texts = (
            f"found {quantity_text(cabin.co2_emergency_pa, 'Pa')}",
            f"the limit for a day is not below that for weeks"
            f" ({quantity_text(cabin.co2_highest_pa, 'Pa')})",
            "Exchange or correct the two.",
        )
        yield unplaced(f"{path}.co2_emergency", texts)
    oxygen_pa = cabin.pressure_pa * cabin.oxygen_fraction
    if oxygen_pa < cabin.oxygen_lowest_pa:
        texts = (
            f"oxygen at {quantity_text(oxygen_pa, 'Pa')}, by pressure and fraction",
            f"oxygen_lowest is {quantity_text(cabin.oxygen_lowest_pa, 'Pa')}",
            "Raise the pressure or the fraction of oxygen, or lower the limit.",
        )
        yield unplaced(f"{path}.oxygen_fraction", texts)


def visits_that_cannot_be(programme: Programme) -> Iterator[Finding]:
    """Rule: a crew finds a cabin at the site, brings what tanks hold, and has time to go out.

    A visit without a cabin is a warning: the people then live in what brought them.
    """
    cabins = {e.site for e in programme.elements.values() if e.life_support is not None}
    for id_, scenario in programme.scenarios.items():
        for index, visit in enumerate(scenario.crew_visits):
            path = f"scenarios.{id_}.crew_visits[{index}]"
            if visit.people and scenario.site not in cabins:
                texts = (
                    f"{visit.people} people at {scenario.site}, where no element has life support",
                    "people who live in what brought them are not followed",
                    "Add `life_support:` to an element there.",
                )
                yield unplaced(path, texts, severity="warning")
            yield from _visit(visit, path)


def _visit(visit: CrewVisit, path: str) -> Iterator[Finding]:
    for key in visit.brings_kg:
        if key not in _SUPPLIES:
            texts = (
                f"a visit that brings {key!r}",
                f"it can bring {', '.join(_SUPPLIES)}",
                did_you_mean(key, _SUPPLIES, otherwise="Name one of these."),
            )
            yield unplaced(f"{path}.brings.{key}", texts)
    if visit.sorties and visit.sortie_people > visit.people:
        texts = (
            f"{visit.sortie_people} people on a sortie",
            f"the visit has {visit.people}",
            "Send fewer out.",
        )
        yield unplaced(f"{path}.sortie_people", texts)
