"""What no plan can exceed: a proven upper bound of the worth, by prices on slots.

Every resource gets a price in every slot; each activity then takes the place where it is worth most
after paying, whatever the others do. What that comes to, and the prices of all that there is, is
never less than the best plan's worth (Lagrangian relaxation: M. L. Fisher, "The Lagrangian
relaxation method for solving integer programming problems", 1981), for any prices. The prices are
moved towards balance by subgradients. Chains, disturbances and shares are left out, which can only
raise the bound; saturating worth is replaced by its tangent, which lies above it.

A store's part: what is drawn in a stretch of slots is at most what the store can hold at its
start and what flows in meanwhile. That holds whatever the efficiencies; each stretch has a price.
"""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from numba import njit

from ilrs.operations.packing import Packed

__all__ = ["worth_bound"]

FloatArray: TypeAlias = npt.NDArray[np.float64]
IntArray: TypeAlias = npt.NDArray[np.int64]


@njit(cache=True)
def _respond(work, price, draw_price, slope, used, drawn):  # type: ignore[no-untyped-def]
    """What all activities are worth in their best places after paying; fills what they hold."""
    used[:], drawn[:] = 0.0, 0.0
    slots = price.shape[1]
    gain = np.empty(slots + 1)
    total = 0.0
    for x in range(work[0].size):
        item = work[0][x]
        worth = item.worth * slope[item.kind]
        best, best_start, best_length = 0.0, -1, 0
        for m in range(item.span, item.span_end):
            span = work[4][m]
            gain[span.start] = 0.0
            for slot in range(span.start, span.end):
                cost = 0.0
                for n in range(item.need, item.need_end):
                    cost += work[1][n].amount * price[work[1][n].resource, slot]
                for n in range(item.draw, item.draw_end):
                    cost += work[2][n].amount * draw_price[work[2][n].store, slot]
                gain[slot + 1] = gain[slot] + worth - cost
            for start in range(span.start, span.end - item.least + 1):
                for length in range(item.least, min(item.most, span.end - start) + 1):
                    got = gain[start + length] - gain[start]
                    if got > best:
                        best, best_start, best_length = got, start, length
        total += best
        for slot in range(best_start, best_start + best_length):
            for n in range(item.need, item.need_end):
                used[work[1][n].resource, slot] += work[1][n].amount
            for n in range(item.draw, item.draw_end):
                drawn[work[2][n].store, slot] += work[2][n].amount
    return total


def _stretches(slots: int) -> IntArray:
    """Stretches of slots (first, end), ever finer, in which what a store gives is bounded."""
    edges = []
    for parts in (1, 2, 4, 8, 16, 32):
        marks = np.linspace(0, slots, parts + 1).astype(np.int64)
        edges += [(a, b) for a, b in zip(marks[:-1], marks[1:], strict=True) if b > a]
        edges += [(0, b) for b in marks[1:-1]]
    return np.unique(np.array(edges, dtype=np.int64).reshape(-1, 2), axis=0)


def _supplies(packed: Packed, stretches: IntArray) -> FloatArray:
    """The most that can be drawn of each store in each stretch; (store, stretch)."""
    slots = packed.available.shape[1]
    net = np.zeros((packed.stores.size, slots + 1))
    flowing = np.maximum(packed.inflow, -packed.stores["most_draw"][:, None])
    np.cumsum(flowing, axis=1, out=net[:, 1:])
    held = np.repeat(packed.stores["capacity"][:, None], len(stretches), axis=1)
    held[:, stretches[:, 0] == 0] = packed.stores["initial"][:, None]
    least = packed.least[:, np.maximum(stretches[:, 1] - 1, 0)]
    flow = net[:, stretches[:, 1]] - net[:, stretches[:, 0]]
    return np.asarray(held - least + flow)


def worth_bound(
    packed: Packed, *, placed_worth: float, kind_worths: FloatArray, rounds: int = 200
) -> float:
    """An upper bound of the worth of any plan.

    `placed_worth` is the worth of a plan that is known (it steers the steps), `kind_worths` what it
    places of each kind before saturation (where the tangents touch).
    """
    slots = packed.available.shape[1]
    saturation = packed.saturation
    finite = np.isfinite(saturation)
    slope = np.ones(saturation.size)
    slope[finite] = np.exp(-kind_worths[finite] / saturation[finite])
    constant = float((saturation[finite] * (1.0 - slope[finite])).sum())
    constant -= float((slope[finite] * kind_worths[finite]).sum())
    stretches = _stretches(slots)
    supply = _supplies(packed, stretches)
    price, stretch_price = np.zeros(packed.available.shape), np.zeros(supply.shape)
    used, drawn = np.zeros(price.shape), np.zeros(packed.inflow.shape)
    best, patience, pace = np.inf, 0, 1.0
    for _ in range(rounds):
        draw_price = _by_slot(stretch_price, stretches, slots)
        value = _respond(packed.work, price, draw_price, slope, used, drawn) + constant
        value += float((price * packed.available).sum() + (stretch_price * supply).sum())
        if value < best * (1.0 - 1e-5):
            best, patience = value, 0
        else:
            patience += 1
        if patience > 8:
            pace, patience = pace / 2.0, 0
        total = np.concatenate(
            [np.zeros((packed.stores.size, 1)), np.cumsum(drawn, axis=1)], axis=1
        )
        lack = total[:, stretches[:, 1]] - total[:, stretches[:, 0]] - supply
        over = used - packed.available
        size = float((over**2).sum() + (lack**2).sum())
        step = pace * max(value - placed_worth, 1e-9 * abs(value)) / max(size, 1e-30)
        price = np.maximum(price + step * over, 0.0)
        stretch_price = np.maximum(stretch_price + step * lack, 0.0)
    return float(best)


def _by_slot(stretch_price: FloatArray, stretches: IntArray, slots: int) -> FloatArray:
    """What drawing in a slot costs: the prices of all stretches that hold it; (store, slot)."""
    change = np.zeros((slots + 1, stretch_price.shape[0]))
    np.add.at(change, stretches[:, 0], stretch_price.T)
    np.add.at(change, stretches[:, 1], -stretch_price.T)
    return np.asarray(np.cumsum(change, axis=0)[:-1].T)
