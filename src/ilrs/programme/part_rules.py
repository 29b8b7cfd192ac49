"""Rules on an element's parts: figures that do not go together."""

from collections.abc import Iterator

from ilrs.foundation.errors import Finding
from ilrs.programme.entities import Array, Generator, Programme, Storage, Thermal
from ilrs.programme.findings import Texts, quantity_text, unplaced

__all__ = ["parts_that_cannot_be"]


def parts_that_cannot_be(programme: Programme) -> Iterator[Finding]:
    """Rule: figures of arrays, generators, stores, louvers and views go together."""
    for id_, element in programme.elements.items():
        for name, faults in (
            ("array", _array_faults(element.array)),
            ("generator", _generator_faults(element.generator)),
            ("storage", _storage_faults(element.storage)),
            ("thermal", _thermal_faults(element.thermal)),
        ):
            for texts in faults:
                yield unplaced(f"elements.{id_}.{name}", texts)


def _array_faults(array: Array | None) -> Iterator[Texts]:
    # An efficiency above 1 is told by the rule on numbers.
    if array is not None and array.absorptance < array.efficiency <= 1.0:
        yield (
            f"cells that take in {array.absorptance:.0%} of the light and make power of"
            f" {array.efficiency:.0%}",
            "no more power is made than light is taken in",
            f"Raise `absorptance` to {array.efficiency:.0%} or more, or correct the efficiency.",
        )


def _generator_faults(generator: Generator | None) -> Iterator[Texts]:
    if generator is not None and generator.kind == "radioisotope" and generator.is_steered:
        yield (
            "a radioisotope generator that starts up, ramps or follows its load",
            "radioisotopes give their heat whether it is asked for or not; fission units are"
            " steered",
            "Write `kind: fission`, or leave out `start_up`, `ramp`, `least_fraction` and"
            " `starts_cold`.",
        )


def _storage_faults(store: Storage | None) -> Iterator[Texts]:
    if store is not None and store.initial_state_of_charge < store.minimum_state_of_charge:
        yield (
            f"it starts at {store.initial_state_of_charge:.0%} of charge, below its minimum of"
            f" {store.minimum_state_of_charge:.0%}",
            "a store starts at its minimum or above it",
            f"Start at {store.minimum_state_of_charge:.0%}, or lower the minimum.",
        )
    if store is not None and store.charger is not None and store.kind != "battery":
        yield (
            f"a charger on a {store.kind.replace('_', ' ')}",
            "chargers charge batteries; an electrolyser's power and efficiency are the store's own",
            "Leave out `charger`, or write `kind: battery`.",
        )


def _thermal_faults(node: Thermal | None) -> Iterator[Texts]:
    if node is None:
        return
    seen = node.sky_view + node.shadow_view
    if seen > 1.0:
        yield (
            f"a view of {node.sky_view:.0%} sky and {node.shadow_view:.0%} shadow",
            "together they are at most the whole view",
            f"Take {seen - 1.0:.0%} off one of them.",
        )
    ends = {"closed": node.louver_closed_k, "open": node.louver_open_k}
    told = {name: k for name, k in ends.items() if k is not None}
    if len(told) == 1 or (len(told) == 2 and told["closed"] >= told["open"]):
        words = " and ".join(f"{name} at {quantity_text(k, 'K')}" for name, k in told.items())
        yield (
            f"a louver {words}",
            "a louver is closed up to `louver_closed` and open from `louver_open`, the higher one",
            "Write both in this order, or neither.",
        )
