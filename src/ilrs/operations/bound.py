"""What no plan can exceed: a proven upper bound of the worth, by prices on slots.

Every resource gets a price in every slot; each chain then takes the places in which it is worth
most after paying, whatever the others do. What that comes to, and the prices of all that there is,
is never less than the best plan's worth, for any prices of 0 or more (Lagrangian relaxation:
M. L. Fisher, "The Lagrangian relaxation method for solving integer programming problems", 1981).
So the prices may come from anywhere: here they are the dual values of a linear program in which
activities may be cut into pieces, spread over some stretches of time. Lags and shares are left out,
which can only raise the bound; saturating worth is replaced by its tangent, which lies above it.

A store's part: what is drawn in a slot is at most what flows in and what its level falls by.
Efficiencies count where the store alone feeds. A quiet rule: work that holds more than half of one
resource runs one at a time, so the loud and the quiet among it never fill more than each slot once.
"""

from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
from numba import njit
from scipy.optimize import linprog
from scipy.sparse import block_array, coo_array, csr_array

from ilrs.operations.packing import Packed

__all__ = ["worth_bound"]

FloatArray: TypeAlias = npt.NDArray[np.float64]
IntArray: TypeAlias = npt.NDArray[np.int64]

_STRETCHES = 14  # of the whole time, in which the linear program tells prices apart


class _Supply(NamedTuple):
    """What there is in each slot, and what each item takes of it."""

    needs: FloatArray  # (item, capacity or quiet rule)
    available: FloatArray  # (capacity or quiet rule, slot)
    draws: FloatArray  # (item, store)
    weight: FloatArray  # (store, slot): level lost for what is drawn
    inflow: FloatArray  # (store, slot), by level


def worth_bound(packed: Packed, kind_worths: FloatArray) -> float:
    """An upper bound of the worth of any plan.

    `kind_worths` is what some plan places of each kind before saturation: there the tangents touch,
    so that the bound is closest for plans like that one.
    """
    if not packed.items.size:
        return 0.0
    saturation = packed.saturation
    finite = np.isfinite(saturation)
    slope = np.ones(saturation.size)
    slope[finite] = np.exp(-kind_worths[finite] / saturation[finite])
    above = saturation[finite] * (1.0 - slope[finite]) - slope[finite] * kind_worths[finite]
    rate = packed.items["worth"] * slope[packed.items["kind"]]
    supply = _supply(packed)
    worth = _priced(packed, supply, rate, *_prices(packed, supply, rate))
    free = _priced(packed, supply, rate, np.zeros(supply.available.shape), 0.0 * supply.inflow)
    return float(min(worth, free) + above.sum())


def _supply(packed: Packed) -> _Supply:
    """Capacities, stores, and quiet rules as capacities of 1."""
    items = packed.items
    needs = _by_item(packed, "need", "resource", len(packed.available))
    sides = np.zeros((2, len(packed.quiet_names), items.size), dtype=bool)
    counts = items["quiet_end"] - items["quiet"]
    owner = np.repeat(np.arange(items.size), counts)
    sides[packed.quiets["side"], packed.quiets["name"], owner] = True
    most = packed.available.max(axis=1, initial=0.0)
    alone = needs > 0.5 * most * (1.0 + 1e-6)  # two of them never run at once
    rules = [
        (alone[:, a] & sides[0, name]) | (alone[:, b] & sides[1, name])
        for name in range(len(packed.quiet_names))
        for a in np.flatnonzero((alone & sides[0, name][:, None]).any(axis=0))
        for b in np.flatnonzero((alone & sides[1, name][:, None]).any(axis=0))
    ]
    extra = np.array(rules, dtype=np.float64).reshape(-1, items.size)
    slots = packed.available.shape[1]
    inflow = np.maximum(packed.inflow, -packed.stores["most_draw"][:, None])
    weight = np.where(inflow <= 0.0, 1.0 / packed.stores["draw_efficiency"][:, None], 1.0)
    return _Supply(
        needs=np.concatenate([needs, extra.T], axis=1),
        available=np.concatenate(
            [np.maximum(packed.available, 0.0), np.ones((len(extra), slots))], axis=0
        ),
        draws=_by_item(packed, "draw", "store", packed.stores.size),
        weight=weight,
        inflow=inflow * weight,
    )


def _by_item(packed: Packed, table: str, column: str, width: int) -> FloatArray:
    """The rows of `needs` or `draws` as a matrix (item, resource)."""
    rows = packed.needs if table == "need" else packed.draws
    counts = packed.items[f"{table}_end"] - packed.items[table]
    owner = np.repeat(np.arange(packed.items.size), counts)
    matrix = np.zeros((packed.items.size, width))
    np.add.at(matrix, (owner, rows[column]), rows["amount"])
    return matrix


def _prices(packed: Packed, supply: _Supply, rate: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Prices of capacities and of stores' levels in each slot; 0 where the program has no answer.

    An item fills parts of cells; a cell is the slots of a stretch in which the same kinds of items
    may run.
    """
    covered = _covered(packed)
    slots = covered.shape[1]
    parts = min(_STRETCHES, slots)
    stretch = np.arange(slots) * parts // slots
    cell = _cells(packed, supply, covered, stretch)
    cells, stores = int(cell.max()) + 1, packed.stores.size
    inside = covered @ csr_array((np.ones(slots), (np.arange(slots), cell)), shape=(slots, cells))
    row, column = np.nonzero(inside)
    of_stretch = np.zeros(cells, dtype=np.int64)
    of_stretch[cell] = stretch
    lightest = np.full((stores, cells), np.inf)
    np.minimum.at(lightest.T, cell, supply.weight.T)
    held = _rows(supply.needs[row], column, cells)
    drawn = _rows(supply.draws[row] * lightest[:, column].T, of_stretch[column], parts)
    falls = _falls(stores, parts)
    whole = coo_array((np.ones(row.size), (row, np.arange(row.size))))
    ends = np.searchsorted(stretch, np.arange(parts), side="right") - 1
    stock = _summed(supply.inflow, stretch, parts)
    stock[:, 0] += packed.stores["initial"]
    most = packed.items["most"].astype(np.float64)
    lowest = np.concatenate([np.zeros(row.size), packed.least[:, ends].ravel()])
    full = np.repeat(packed.stores["capacity"], parts)
    answer = linprog(
        np.concatenate([-rate[row], np.zeros(stores * parts)]),
        A_ub=block_array([[held, None], [drawn, falls], [whole, None]], format="csr"),
        b_ub=np.concatenate([_summed(supply.available, cell, cells).ravel(), stock.ravel(), most]),
        bounds=np.stack([lowest, np.concatenate([inside[row, column], full])], axis=1),
        method="highs-ds",
    )
    if answer.status != 0:
        return np.zeros(supply.available.shape), np.zeros(supply.inflow.shape)
    dual = np.maximum(-answer.ineqlin.marginals, 0.0)
    count = len(supply.available) * cells
    of_capacity = dual[:count].reshape(-1, cells)[:, cell]
    of_level = dual[count : count + stores * parts].reshape(stores, parts)[:, stretch]
    endless = np.isinf(packed.stores["capacity"])  # what is held costs nothing, so never more later
    of_level[endless] = np.minimum.accumulate(of_level[endless], axis=1)
    return of_capacity, of_level


def _covered(packed: Packed) -> FloatArray:
    """1 in each slot in which an item may run, 0 elsewhere; (item, slot)."""
    items = packed.items
    change = np.zeros((items.size, packed.available.shape[1] + 1), dtype=np.int32)
    owner = np.repeat(np.arange(items.size), items["span_end"] - items["span"])
    np.add.at(change, (owner, packed.spans["start"]), 1)
    np.add.at(change, (owner, packed.spans["end"]), -1)
    return np.asarray(np.cumsum(change, axis=1)[:, :-1] > 0, dtype=np.float64)


def _cells(packed: Packed, supply: _Supply, covered: FloatArray, stretch: IntArray) -> IntArray:
    """The cell of each slot."""
    vectors = np.concatenate([supply.needs, supply.draws], axis=1)
    _, kind = np.unique(vectors, axis=0, return_inverse=True)
    open_to = np.zeros((int(kind.max()) + 1, covered.shape[1]), dtype=bool)
    np.logical_or.at(open_to, kind.ravel(), covered > 0.0)
    marks = np.concatenate([stretch[None, :], open_to], axis=0)
    _, cell = np.unique(marks, axis=1, return_inverse=True)
    return np.asarray(cell, dtype=np.int64).ravel()


def _rows(amounts: FloatArray, place: IntArray, places: int) -> coo_array:
    """A matrix with a row for each resource in each place, and a column for each amount's row."""
    variable, resource = np.nonzero(amounts)
    return coo_array(
        (amounts[variable, resource], (resource * places + place[variable], variable)),
        shape=(amounts.shape[1] * places, len(amounts)),
    )


def _falls(stores: int, parts: int) -> coo_array:
    """The fall of each store's level in each stretch, from the levels at the ends of all."""
    ends = np.arange(stores * parts)
    later = ends[ends % max(parts, 1) > 0]
    signs = np.concatenate([np.ones(ends.size), -np.ones(later.size)])
    places = np.concatenate([ends, later]), np.concatenate([ends, later - 1])
    return coo_array((signs, places), shape=(ends.size, ends.size))


def _summed(series: FloatArray, place: IntArray, places: int) -> FloatArray:
    """Sums of a series over the slots of each place."""
    totals = np.zeros((len(series), places))
    np.add.at(totals.T, place, series.T)
    return totals


def _priced(
    packed: Packed, supply: _Supply, rate: FloatArray, price: FloatArray, of_level: FloatArray
) -> float:
    """What all chains are worth at their best after paying, and the price of all that there is."""
    vectors = np.concatenate([supply.needs, supply.draws], axis=1)
    kinds, kind = np.unique(vectors, axis=0, return_inverse=True)
    cost = np.zeros((len(kinds), price.shape[1] + 1))
    np.cumsum(kinds @ np.concatenate([price, of_level * supply.weight]), axis=1, out=cost[:, 1:])
    gain = _gains(packed.items, packed.spans, rate, cost, kind.ravel().astype(np.int64))
    total = _chained(packed.blocks, packed.order, packed.whole, gain)
    after = np.concatenate([of_level[:, 1:], np.zeros((len(of_level), 1))], axis=1)
    rise = packed.stores["keeps"][:, None] * after - of_level
    level = np.where(rise > 0.0, packed.stores["capacity"][:, None], packed.least)
    begun = of_level[:, 0] * packed.stores["keeps"] * packed.stores["initial"]
    given = (price * supply.available).sum() + (of_level * supply.inflow).sum()
    return float(total + (rise * level).sum() + begun.sum() + given)


@njit(cache=True)
def _gains(items, spans, rate, cost, kind):  # type: ignore[no-untyped-def]
    """What each item is worth in its best place after paying, below 0 where it only costs."""
    gain = np.full(items.size, -np.inf)
    for x in range(items.size):
        item, paid = items[x], cost[kind[x]]
        for n in range(item.span, item.span_end):
            for length in range(item.least, item.most + 1):
                worth = rate[x] * length
                for start in range(spans[n].start, spans[n].end - length + 1):
                    gain[x] = max(gain[x], worth - (paid[start + length] - paid[start]))
    return gain


@njit(cache=True)
def _chained(blocks, order, whole, gain):  # type: ignore[no-untyped-def]
    """The sum over chains of the best that each comes to, ended where it may end."""
    total = 0.0
    for block in blocks:
        run, best = 0.0, 0.0
        for n in range(block.first, block.end):
            run += gain[order[n]]
            if whole[n] and run > best:
                best = run
        total += best
    return total
