"""Rules on options of size: what they add to, what a unit weighs, how many there may be."""

from collections.abc import Iterator

from ilrs.foundation.errors import Finding
from ilrs.programme.entities import Element, Programme, SizeOption
from ilrs.programme.findings import Texts, unplaced

__all__ = ["SIZES", "radiators_that_share", "sizes_that_cannot_be"]

#: What an option may give: the part of the element that it belongs to.
SIZES = {
    "area_m2": "array",
    "power_w": "generator",
    "capacity_wh": "storage",
    "charge_power_w": "storage",
    "discharge_power_w": "storage",
    "radiator_area_m2": "thermal",
}


def sizes_that_cannot_be(programme: Programme) -> Iterator[Finding]:
    """Rule: an option gives sizes of parts that its element has, and a unit of it weighs something.

    An element that is sized declares its mass: what it draws itself goes with it.
    """
    for id_, option in programme.size_options.items():
        element = programme.elements.get(option.element)
        if element is None:
            continue  # an unresolved reference says it
        for key, texts in _faults(option, element):
            yield unplaced(f"size_options.{id_}{key}", texts)


def radiators_that_share(programme: Programme) -> Iterator[Finding]:
    """Rule: an option that gives a radiator is the only one of its element, and gives no more.

    A radiator is sized for the heat of an element as declared; other sizes would change that heat.
    """
    for id_, option in programme.size_options.items():
        if option.radiator_area_m2 is None or option.element not in programme.elements:
            continue
        others = [
            key for key, other in programme.size_options.items()
            if other.element == option.element and key != id_
        ]  # fmt: skip
        own = [
            name.rsplit("_", 1)[0] for name in SIZES
            if name != "radiator_area_m2" and getattr(option, name) is not None
        ]  # fmt: skip
        if others or own:
            beside = " and ".join(filter(None, (", ".join(own), ", ".join(others))))
            texts = (
                f"a radiator of {option.element} beside {beside}",
                "a radiator is sized for the heat that its element has as declared",
                "Give the radiator to an element that is not sized in another way, or declare it.",
            )
            yield unplaced(f"size_options.{id_}.radiator_area", texts)


def _faults(option: SizeOption, element: Element) -> Iterator[tuple[str, Texts]]:
    given = {name: part for name, part in SIZES.items() if getattr(option, name) is not None}
    if not given:
        keys = ", ".join(name.rsplit("_", 1)[0] for name in SIZES)
        yield "", ("a unit gives nothing", f"it gives one or more of {keys}", "Add what it gives.")
    for name, part in given.items():
        if getattr(element, part) is None:
            key = name.rsplit("_", 1)[0]
            possible = f"an option gives sizes of parts that {element.id} declares"
            mend = f"Declare its `{part}`, whose other figures hold for every size."
            yield f".{key}", (f"{element.id} has no {part}", possible, mend)
    if option.mass_kg <= 0.0:
        texts = (f"a unit of {option.mass_kg:g} kg", "what is landed weighs more", "Correct it.")
        yield ".mass", texts
    if not element.mass_kg:
        texts = (
            f"{element.id} declares no mass",
            "what an element draws goes with its mass, as its size does",
            f"Add the `mass` of {element.id} as it is declared.",
        )
        yield ".element", texts
    if option.least < 0.0 or (option.most is not None and option.most < option.least):
        most = "any number" if option.most is None else f"{option.most:g}"
        texts = (f"from {option.least:g} to {most} units", "`most` is not below `least`, nor "
                 "`least` below 0", "Correct them.")  # fmt: skip
        yield ".least", texts
