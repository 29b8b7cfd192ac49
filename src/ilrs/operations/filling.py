"""The first plan, compiled: partners take turns, or the densest work goes first."""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from numba import njit

from ilrs.operations.packing import Packed
from ilrs.operations.slots import WHOLE, State, dominant_share, place_block

__all__ = ["density", "fill_densest", "fill_fairly", "shares_of"]

FloatArray: TypeAlias = npt.NDArray[np.float64]
IntArray: TypeAlias = npt.NDArray[np.int64]

_BEGIN, _END = np.int64(0), np.int64(1) << 40  # behind every slot


def density(packed: Packed) -> FloatArray:
    """Worth of each chain over what it takes of the resources, each by how scarce it is.

    A resource costs what is asked of it over what there is; a store's supply is what it holds and
    gets in all.
    """
    items, slots = packed.items, max(packed.available.shape[1], 1)
    asked = np.zeros(packed.available.shape[0])
    np.add.at(asked, packed.needs["resource"], packed.needs["amount"] * _most(packed, "need"))
    price = asked / np.maximum(packed.available.sum(axis=1), 1e-12)
    drawn = np.zeros(packed.stores.size)
    np.add.at(drawn, packed.draws["store"], packed.draws["amount"] * _most(packed, "draw"))
    supply = packed.stores["initial"] + np.maximum(packed.inflow, 0.0).sum(axis=1)
    rate = drawn / np.maximum(supply, 1e-12) / np.maximum(supply / slots, 1e-12)
    cost = np.full(items.size, 1e-6)
    cost += _sum_by_item(packed, "need", packed.needs["amount"] * price[packed.needs["resource"]])
    cost += _sum_by_item(packed, "draw", packed.draws["amount"] * rate[packed.draws["store"]])
    per_block = np.zeros((2, packed.blocks.size))
    block = _block_of(packed)
    np.add.at(per_block[0], block, items["worth"] * items["most"])
    np.add.at(per_block[1], block, cost * items["most"])
    return np.asarray(per_block[0] / np.maximum(per_block[1], 1e-30))


def _most(packed: Packed, table: str) -> IntArray:
    """Longest duration of the item that each row of `needs` or `draws` belongs to. [slots]"""
    counts = packed.items[f"{table}_end"] - packed.items[table]
    return np.repeat(packed.items["most"], counts)


def _sum_by_item(packed: Packed, table: str, amounts: FloatArray) -> FloatArray:
    counts = packed.items[f"{table}_end"] - packed.items[table]
    owner = np.repeat(np.arange(packed.items.size), counts)
    return np.asarray(np.bincount(owner, amounts, packed.items.size), dtype=np.float64)


def _block_of(packed: Packed) -> IntArray:
    block = np.zeros(packed.items.size, np.int64)
    sizes = packed.blocks["end"] - packed.blocks["first"]
    block[packed.order] = np.repeat(np.arange(packed.blocks.size), sizes)
    return block


def shares_of(packed: Packed, state: State) -> FloatArray:
    """Each partner's dominant share: its greatest part of all time, energy and data asked for."""
    return np.asarray(state[6].max(axis=1, initial=0.0))


@njit(cache=True, error_model="numpy")
def fill_turns(work, state, queue, first, entitlement, credit):  # type: ignore[no-untyped-def]
    """Places chains in turns: the partner furthest below its entitlement places its next one.

    `queue` holds chains by partner, partner p's from first[p] to first[p + 1], in the order in
    which they are tried. A chain that finds no room is passed over, and the turn goes on.
    """
    at, end = first[:-1].copy(), first[1:]
    while True:
        turn, least = -1, np.inf
        for p in range(entitlement.size):
            if at[p] < end[p]:
                share = (dominant_share(state, p) - credit[p]) / entitlement[p]
                if share < least:
                    turn, least = p, share
        if turn < 0:
            return
        place_block(work, state, queue[at[turn]], _BEGIN, _END, WHOLE)
        at[turn] += 1


def fill_fairly(packed: Packed, state: State) -> None:
    """Places chains in turns of partners, each partner's densest first."""
    dense = density(packed)
    partner = packed.items["partner"][packed.order[packed.blocks["first"]]]
    queue = np.lexsort((np.arange(dense.size), -dense, partner))
    first = np.searchsorted(partner[queue], np.arange(len(packed.partners) + 1))
    fill_turns(packed.work, state, queue, first, packed.entitlement, packed.credit)


def fill_densest(packed: Packed, state: State) -> None:
    """Places chains by worth over what they take, whoever they belong to."""
    queue = np.argsort(-density(packed), kind="stable")
    one = np.array([0, queue.size])
    fill_turns(packed.work, state, queue, one, np.ones(1), np.zeros(1))
