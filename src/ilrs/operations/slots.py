"""Placing on slots, compiled: whether an item fits, where, and what it leaves of the resources.

`work` is `Packed.work`, `state` is `open_state(packed)`: plain arrays, so that a cache on disk
names no class of ours. Amounts are scaled to 1 at most; TOLERANCE is of that. A compiled
function is cached by its own file: after a change in `levels` touch this one too. Python comes in
by `moves`. Integers are passed as np.int64: each literal would be a type, and a function, of its
own.
"""

from typing import Any, TypeAlias

import numpy as np
from numba import njit

from ilrs.foundation.compiled import compiled_part
from ilrs.operations.levels import TOLERANCE, fill_level, next_level
from ilrs.operations.packing import Packed

__all__ = [
    "FREE", "PLACED", "WHOLE", "State", "dominant_share", "grow", "kind_worth", "open_state",
    "place_block", "put", "room_from", "take", "take_block", "total_worth",
]  # fmt: skip

State: TypeAlias = tuple[Any, ...]  # arrays, in the order of `open_state`

FREE = -1  # start of an item that has no place
PLACED = np.dtype([("start", np.int64), ("length", np.int64), ("fixed", np.int64)])
WHOLE = 1.0  # part of the way from the least length to the most
_part: Any = compiled_part()
_NEVER = np.int64(1) << 40  # behind every slot
_ADDED, _TAKEN = np.int64(1), np.int64(-1)
_TRIES = 60  # places of a chain's earlier parts that are given up for its later ones


def open_state(packed: Packed) -> State:
    """The state in which nothing is placed: places, what is left, levels, worth, shares."""
    placed = np.zeros(packed.items.size, PLACED)
    placed["start"] = FREE
    drawn = np.zeros(packed.inflow.shape)
    level = np.zeros(packed.inflow.shape)
    for k in range(packed.stores.size):
        fill_level(packed.stores[k], packed.inflow[k], drawn[k], level[k])
    noises, slots = len(packed.quiet_names), packed.available.shape[1]
    return (
        placed, packed.available.copy(), drawn, level,
        np.zeros((noises, 2, slots), np.int64),
        np.zeros(packed.saturation.size),  # worth placed, by kind, before saturation
        np.zeros((len(packed.partners), 3)),  # shares by partner
    )  # fmt: skip


def total_worth(packed: Packed, state: State) -> float:
    """Worth of all that is placed."""
    return float(sum(map(kind_worth, state[5].tolist(), packed.saturation.tolist())))


@njit(cache=True)
def kind_worth(worth, saturation):  # type: ignore[no-untyped-def]
    """Worth of a kind of work after saturation: what it tends to is `saturation`."""
    if saturation == np.inf:
        return worth
    return saturation * (1.0 - np.exp(-worth / saturation))


@_part
def _filled_from(work, state, k, start, length, amount):  # type: ignore[no-untyped-def]
    """The first start from this one on at which a store may bear `amount` drawn in each slot.

    Where it falls short, a start moved on by n slots gains n draws from before that slot at most,
    for n draws that come later but still before it; a draw takes `most` to `fewest` of a level.
    """
    drawn, level = state[2][k], state[3][k]
    store, inflow, least = work[10][k], work[11][k], work[12][k]
    before, end = level[start - 1] if start > 0 else store.initial, start + length
    for slot in range(start, inflow.size):
        net = inflow[slot] - drawn[slot]
        if slot < end:
            net -= amount
            if -net > store.most_draw + TOLERANCE:
                return slot + 1
        before = next_level(store, before, net)
        if before < least[slot] - TOLERANCE:
            lacks = (least[slot] - TOLERANCE - before) / amount
            most, fewest = 1.0 / store.draw_efficiency, 0.0
            if store.most_fill == np.inf:  # or else a draw may cost nothing at all
                fewest = store.fill_efficiency * store.keeps ** (slot - start)
            still = max(slot + 1 - end, 0)
            moves = lacks / (most - fewest)
            if not moves <= still:
                moves = (lacks + still * fewest) / most
            return start + max(1, np.int64(np.ceil(min(moves, slot + 1.0 - start) - 1e-6)))
        if slot >= end and before >= level[slot] - 1e-15:
            return start  # full again: from here on nothing has changed
    return start


@_part
def room_from(work, state, x, start, length):  # type: ignore[no-untyped-def]
    """The first start from this one on at which x may have room; `start` itself where it has."""
    item, end = work[0][x], start + length
    left, noise, first = state[1], state[4], start
    for n in range(item.need, item.need_end):
        row, amount = left[work[1][n].resource], work[1][n].amount - TOLERANCE
        for slot in range(end - 1, first - 1, -1):
            if row[slot] < amount:
                first = slot + 1
                break
    for n in range(item.quiet, item.quiet_end):
        row_of_noise = noise[work[3][n].name, 1 - work[3][n].side]
        for slot in range(end - 1, first - 1, -1):
            if row_of_noise[slot] > 0:
                first = slot + 1
                break
    if first == start:
        for n in range(item.draw, item.draw_end):
            draw = work[2][n]
            first = max(first, _filled_from(work, state, draw.store, start, length, draw.amount))
    return first


@_part
def _find(work, state, x, low, high, length):  # type: ignore[no-untyped-def]
    """The first start from `low` to `high` at which x has room for `length` slots; FREE if none."""
    item = work[0][x]
    for n in range(item.span, item.span_end):
        span = work[4][n]
        start = max(low, span.start)
        while start <= high and start + length <= span.end:
            first = room_from(work, state, x, start, length)
            if first == start:
                return start
            start = first
        if span.start > high:
            break
    return FREE


@_part
def _fits_length(work, state, x, start):  # type: ignore[no-untyped-def]
    """The longest length with which x fits at `start`; it fits there with its least."""
    item = work[0][x]
    length, most = item.least, item.most
    for n in range(item.span, item.span_end):
        span = work[4][n]
        if span.start <= start < span.end:
            most = min(most, span.end - start)
    while length < most and room_from(work, state, x, start, length + 1) == start:
        length += 1
    return length


@_part
def _count(work, state, x, start, length, sign):  # type: ignore[no-untyped-def]
    """Adds an item to what is held, drawn and counted, or takes it off again (`sign` -1)."""
    item, end = work[0][x], start + length
    for n in range(item.need, item.need_end):
        row, amount = state[1][work[1][n].resource], sign * work[1][n].amount
        for slot in range(start, end):
            row[slot] -= amount
    for n in range(item.quiet, item.quiet_end):
        row_of_noise = state[4][work[3][n].name, work[3][n].side]
        for slot in range(start, end):
            row_of_noise[slot] += sign
    for n in range(item.draw, item.draw_end):
        k, amount = work[2][n].store, sign * work[2][n].amount
        store, inflow, drawn, level = work[10][k], work[11][k], state[2][k], state[3][k]
        before = level[start - 1] if start > 0 else store.initial
        for slot in range(start, inflow.size):
            if slot < end:
                drawn[slot] += amount
            before = next_level(store, before, inflow[slot] - drawn[slot])
            if slot >= end and abs(before - level[slot]) <= 1e-15:
                break
            level[slot] = before
    state[5][item.kind] += sign * item.worth * length
    shares = state[6][item.partner]
    shares[0] += sign * item.time * length
    shares[1] += sign * item.energy * length
    shares[2] += sign * item.data * length


@_part
def put(work, state, x, start, length):  # type: ignore[no-untyped-def]
    """Places an item; it is free and fits."""
    state[0][x].start, state[0][x].length = start, length
    _count(work, state, x, start, length, _ADDED)


@_part
def take(work, state, x):  # type: ignore[no-untyped-def]
    """Takes an item from its place."""
    place = state[0][x]
    _count(work, state, x, place.start, place.length, _TAKEN)
    state[0][x].start = FREE


@_part
def take_block(work, state, b):  # type: ignore[no-untyped-def]
    """Takes all of a chain that is not fixed from its places."""
    for n in range(work[6][b].first, work[6][b].end):
        x = work[7][n]
        if state[0][x].start != FREE and not state[0][x].fixed:
            take(work, state, x)


@_part
def _lags(work, state, x, low, high):  # type: ignore[no-untyped-def]
    """The starts that the links of x to what is placed leave, inside `low` to `high`."""
    item = work[0][x]
    for n in range(item.link, item.link_end):
        link = work[5][n]
        other = state[0][link.other]
        if other.start != FREE:
            after = other.start if link.from_start else other.start + other.length
            low, high = max(low, after + link.least), min(high, after + link.most)
    return low, high


@_part
def dominant_share(state, partner):  # type: ignore[no-untyped-def]
    """A partner's greatest part of all time, energy and data asked for."""
    shares = state[6][partner]
    return max(shares[0], shares[1], shares[2])


@_part
def grow(work, state, x):  # type: ignore[no-untyped-def]
    """Makes what x runs as long as there is room behind it."""
    start = state[0][x].start
    take(work, state, x)
    put(work, state, x, start, _fits_length(work, state, x, start))


@_part
def _place(work, state, x, low, high, part):  # type: ignore[no-untyped-def]
    """Places x at the first start from `low` to `high` with room: as long as told, else shorter.

    `part` goes from its least length, 0, to its most, 1; what is short may grow later into what
    others leave.
    """
    item = work[0][x]
    low, high = _lags(work, state, x, low, high)
    length = item.least + np.int64(part * (item.most - item.least))
    start = _find(work, state, x, low, high, length)
    if start == FREE and length > item.least:
        start = _find(work, state, x, low, high, item.least)
        if start != FREE:
            length = _fits_length(work, state, x, start)
    if start == FREE:
        return False
    put(work, state, x, start, length)
    return True


@_part
def place_block(work, state, b, low, high, part):  # type: ignore[no-untyped-def]
    """Places a chain, its first member from `low` to `high`, as far as it goes; whether any.

    Each member is placed at `part` of the way from its least length to its most, or shorter.
    Where a later one has no room the earlier ones move on, `_TRIES` times at most; then the
    longest piece of the chain that stood is put back.
    """
    first, end = work[6][b].first, work[6][b].end
    if end - first == 1:
        x = work[7][first]
        return state[0][x].start == FREE and _place(work, state, x, low, high, part)
    begin = np.zeros(end - first, np.int64)
    best_start, best_length = np.zeros(end - first, np.int64), np.zeros(end - first, np.int64)
    best, at, tries, moved = 0, 0, _TRIES, False
    while at < end - first and tries > 0:
        x = work[7][first + at]
        going = state[0][x].start != FREE
        if not going:
            lowest = max(begin[at], low) if at == 0 else begin[at]
            going = _place(work, state, x, lowest, high if at == 0 else _NEVER, part)
        if going:
            begin[at] = state[0][x].start + 1
            at += 1
            if at < end - first:
                begin[at] = 0
            if at > best and work[8][first + at - 1]:
                best = at
                for n in range(at):
                    place = state[0][work[7][first + n]]
                    best_start[n], best_length[n] = place.start, place.length
        else:
            tries -= 1
            at -= 1
            while at >= 0 and state[0][work[7][first + at]].fixed:
                at -= 1
            if at < 0:
                break
            take(work, state, work[7][first + at])
    take_block(work, state, b)
    for n in range(best):
        x = work[7][first + n]
        if state[0][x].start == FREE:
            put(work, state, x, best_start[n], best_length[n])
            moved = True
    return moved
