"""Placing on slots, compiled: whether an item fits, where, and what it leaves of the resources.

`work` is `Packed.work`, `state` is `open_state(packed)`: plain arrays, so that a cache on disk
names no class of ours. Amounts are scaled to 1 at most; TOLERANCE is of that. A compiled
function is cached by its own file: after a change in `levels` touch this one too.
"""

from typing import Any, TypeAlias

import numpy as np
from numba import njit

from ilrs.operations.levels import TOLERANCE, fill_level, next_level
from ilrs.operations.packing import Packed

__all__ = [
    "FREE", "PLACED", "State", "fails_at", "fits_length", "grow", "kind_worth", "open_state",
    "place_block", "put", "take", "take_block", "total_worth",
]  # fmt: skip

State: TypeAlias = tuple[Any, ...]  # arrays, in the order of `open_state`

FREE = -1  # start of an item that has no place
PLACED = np.dtype([("start", np.int64), ("length", np.int64), ("fixed", np.int64)])
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


@njit(cache=True)
def kind_worth(worth, saturation):  # type: ignore[no-untyped-def]
    """Worth of a kind of work after saturation: what it tends to is `saturation`."""
    if saturation == np.inf:
        return worth
    return saturation * (1.0 - np.exp(-worth / saturation))


@njit(cache=True)
def total_worth(work, state):  # type: ignore[no-untyped-def]
    """Worth of all that is placed."""
    total = 0.0
    for kind in range(state[5].size):
        total += kind_worth(state[5][kind], work[13][kind])
    return total


@njit(cache=True)
def _short_at(work, state, k, start, end, amount):  # type: ignore[no-untyped-def]
    """The first slot in which a store falls short if each slot draws `amount`; -1 if none."""
    drawn, level = state[2][k], state[3][k]
    store, inflow, least = work[10][k], work[11][k], work[12][k]
    before = level[start - 1] if start > 0 else store.initial
    for slot in range(start, inflow.size):
        net = inflow[slot] - drawn[slot]
        if slot < end:
            net -= amount
            if -net > store.most_draw + TOLERANCE:
                return slot
        before = next_level(store, before, net)
        if before < least[slot] - TOLERANCE:
            return slot
        if slot >= end and before >= level[slot] - 1e-15:
            return -1  # full again: from here on nothing has changed
    return -1


@njit(cache=True)
def fails_at(work, state, x, start, length):  # type: ignore[no-untyped-def]
    """The slot that keeps x from these slots: the last one in them, or one later; -1 if it fits.

    The last, so that a search goes on behind it. A store that runs dry may do so after the end.
    """
    item, end = work[0][x], start + length
    left, noise = state[1], state[4]
    worst = -1
    for n in range(item.need, item.need_end):
        row, amount = left[work[1][n].resource], work[1][n].amount - TOLERANCE
        for slot in range(end - 1, max(worst, start - 1), -1):
            if row[slot] < amount:
                worst = slot
                break
    for n in range(item.quiet, item.quiet_end):
        row_of_noise = noise[work[3][n].name, 1 - work[3][n].side]
        for slot in range(end - 1, max(worst, start - 1), -1):
            if row_of_noise[slot] > 0:
                worst = slot
                break
    if worst < 0:
        for n in range(item.draw, item.draw_end):
            short = _short_at(work, state, work[2][n].store, start, end, work[2][n].amount)
            worst = max(worst, short)
    return worst


@njit(cache=True)
def _find(work, state, x, low, high, length):  # type: ignore[no-untyped-def]
    """The first start from `low` to `high` at which x has room for `length` slots; FREE if none.

    A store that runs dry at a slot is taken to do so for every start that draws as much before it.
    """
    item = work[0][x]
    for n in range(item.span, item.span_end):
        span = work[4][n]
        start = max(low, span.start)
        while start <= high and start + length <= span.end:
            bad = fails_at(work, state, x, start, length)
            if bad < 0:
                return start
            start = bad + 1 if bad < start + length else bad - length + 1
        if span.start > high:
            break
    return FREE


@njit(cache=True)
def fits_length(work, state, x, start):  # type: ignore[no-untyped-def]
    """The longest length with which x fits at `start`; it fits there with its least."""
    item = work[0][x]
    length, most = item.least, item.most
    for n in range(item.span, item.span_end):
        span = work[4][n]
        if span.start <= start < span.end:
            most = min(most, span.end - start)
    while length < most and fails_at(work, state, x, start, length + 1) < 0:
        length += 1
    return length


@njit(cache=True)
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


@njit(cache=True)
def put(work, state, x, start, length):  # type: ignore[no-untyped-def]
    """Places an item; it is free and fits."""
    state[0][x].start, state[0][x].length = start, length
    _count(work, state, x, start, length, 1)


@njit(cache=True)
def take(work, state, x):  # type: ignore[no-untyped-def]
    """Takes an item from its place."""
    place = state[0][x]
    _count(work, state, x, place.start, place.length, -1)
    state[0][x].start = FREE


@njit(cache=True)
def take_block(work, state, b):  # type: ignore[no-untyped-def]
    """Takes all of a chain that is not fixed from its places."""
    for n in range(work[6][b].first, work[6][b].end):
        x = work[7][n]
        if state[0][x].start != FREE and not state[0][x].fixed:
            take(work, state, x)


@njit(cache=True)
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


@njit(cache=True)
def grow(work, state, x):  # type: ignore[no-untyped-def]
    """Makes what x runs as long as there is room behind it."""
    start = state[0][x].start
    take(work, state, x)
    put(work, state, x, start, fits_length(work, state, x, start))


@njit(cache=True)
def _place(work, state, x, low, high, cut):  # type: ignore[no-untyped-def]
    """Places x at the first start from `low` to `high` with room: at full length, else shorter.

    With `cut` it is placed at its least length, and grows later into what others leave.
    """
    item = work[0][x]
    low, high = _lags(work, state, x, low, high)
    length = item.least if cut else item.most
    start = _find(work, state, x, low, high, length)
    if start == FREE and length > item.least:
        start = _find(work, state, x, low, high, item.least)
        if start != FREE:
            length = fits_length(work, state, x, start)
    if start == FREE:
        return False
    put(work, state, x, start, length)
    return True


@njit(cache=True)
def place_block(work, state, b, low, high, cut=False):  # type: ignore[no-untyped-def]
    """Places a chain, its first part from `low` to `high`, as far as it goes; whether any.

    With `cut` each part is placed at its least length.
    Where a later part has no room the earlier ones move on, `_TRIES` times at most; then the
    longest part of the chain that stood is put back.
    """
    first, end = work[6][b].first, work[6][b].end
    if end - first == 1:
        x = work[7][first]
        return state[0][x].start == FREE and _place(work, state, x, low, high, cut)
    begin = np.zeros(end - first, np.int64)
    best_start = np.full(end - first, FREE)
    best_length = np.zeros(end - first, np.int64)
    best, at, tries, moved = 0, 0, _TRIES, False
    while at < end - first and tries > 0:
        x = work[7][first + at]
        going = state[0][x].start != FREE
        if not going:
            lowest = max(begin[at], low if at == 0 else 0)
            going = _place(work, state, x, lowest, high if at == 0 else np.int64(1) << 40, cut)
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
