"""The level of a store from slot to slot, compiled: energy, room for data, room to heat up."""

from typing import Any

from numba import njit

from ilrs.foundation.compiled import compiled_part

__all__ = ["TOLERANCE", "fill_level", "next_level"]

_part: Any = compiled_part()
TOLERANCE = 1e-9  # of a store's or a capacity's greatest amount, to which all are scaled


@_part
def next_level(store, before, net):  # type: ignore[no-untyped-def]
    """The level after a slot into which `net` flows, within what can be filled and drawn."""
    if net >= 0.0:
        level = before * store.keeps + store.fill_efficiency * min(net, store.most_fill)
        return min(level, store.capacity)
    return before * store.keeps - min(-net, store.most_draw) / store.draw_efficiency


@njit(cache=True)
def fill_level(store, inflow, drawn, level):  # type: ignore[no-untyped-def]
    """Fills `level` (slot) of one store from what flows in and is drawn in each slot."""
    before = store.initial
    for slot in range(inflow.size):
        before = next_level(store, before, inflow[slot] - drawn[slot])
        level[slot] = before
