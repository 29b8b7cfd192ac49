"""The search for a better plan, compiled: clear a stretch, fill it anew, keep what is better.

Each round takes the chains out of a stretch of slots (all of them, or those that hold one
resource, or some at random), and places them and others that wait in an order by worth over cost
with some noise; what had a place may move anywhere, and some are placed short and grow into what
others leave. A worse plan is kept now and then, less and less within a cycle.
What a round does follows from the seed and its number alone, however fast the machine is.

Simulated annealing: S. Kirkpatrick et al., 1983. The moves: G. Schrimpf et al., "Record breaking
optimization results using the ruin and recreate principle", 2000.
"""

from typing import Any

import numpy as np
from numba import njit

from ilrs.foundation.compiled import compiled_part
from ilrs.operations.slots import (
    FREE,
    WHOLE,
    dominant_share,
    grow,
    kind_worth,
    place_block,
    put,
    take_block,
)

__all__ = ["improve"]

_part: Any = compiled_part()
_WAITING = 40  # draws among all chains for some that wait, in each round
_CUT = 0.25  # part of the chains that are placed short and grow later
_FEW = 6.0  # chains that are cleared of the whole axis, and the rounds in which they are


@_part
def _random(seed):  # type: ignore[no-untyped-def]
    """The next number from 0 to 1 of a splitmix64 sequence, whose state is seed[0]."""
    seed[0] += np.uint64(0x9E3779B97F4A7C15)
    z = seed[0]
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.float64((z ^ (z >> np.uint64(31))) >> np.uint64(11)) / 9007199254740992.0


@_part
def _shortfall(state, floors):  # type: ignore[no-untyped-def]
    """How far the partners are below their floors, summed."""
    short = 0.0
    for p in range(floors.size):
        short += max(0.0, floors[p] - dominant_share(state, p))
    return short


@_part
def _total_worth(work, state):  # type: ignore[no-untyped-def]
    total = 0.0
    for kind in range(state[5].size):
        total += kind_worth(state[5][kind], work[13][kind])
    return total


@_part
def _holds(work, x, resource):  # type: ignore[no-untyped-def]
    item = work[0][x]
    for n in range(item.need, item.need_end):  # noqa: SIM110 - numba knows no any() of a generator
        if work[1][n].resource == resource:
            return True
    return False


@_part
def _touched(work, state, b, start, end, resource, part, seed):  # type: ignore[no-untyped-def]
    """Whether a chain is to be cleared: it runs in the stretch and holds the resource (-1: any)."""
    block = work[6][b]
    if block.fixed:
        return False
    for n in range(block.first, block.end):
        x = work[7][n]
        place = state[0][x]
        runs = place.start != FREE and place.start < end and place.start + place.length > start
        if runs and (resource < 0 or _holds(work, x, resource)):
            return part >= 1.0 or _random(seed) < part
    return False


@_part
def _save(work, state, b, saved, count):  # type: ignore[no-untyped-def]
    """Writes the places of a chain behind the `count` rows of `saved`; the new count."""
    for n in range(work[6][b].first, work[6][b].end):
        x = work[7][n]
        saved[count, 0], saved[count, 1] = x, state[0][x].start
        saved[count, 2] = state[0][x].length
        count += 1
    return count


@_part
def _undo(work, state, blocks, saved, count):  # type: ignore[no-untyped-def]
    for b in blocks:
        take_block(work, state, b)
    for n in range(count):
        x = saved[n, 0]
        if saved[n, 1] != FREE and state[0][x].start == FREE:
            put(work, state, x, saved[n, 1], saved[n, 2])


@_part
def _order(blocks, density, seed):  # type: ignore[no-untyped-def]
    """Chains in the order in which they are tried: densest first with noise, or by chance alone."""
    noise = 0.1 + 0.6 * _random(seed) if _random(seed) < 0.95 else 1e9
    key = np.empty(blocks.size)
    for n in range(blocks.size):
        key[n] = -density[blocks[n]] * (1.0 + noise * (2.0 * _random(seed) - 1.0))
    return _sorted(key)


@_part
def _sorted(key):  # type: ignore[no-untyped-def]
    """The order of growing keys (D. L. Shell's sort: numpy's takes seconds to compile)."""
    order, step = np.arange(key.size), key.size // 2
    while step > 0:
        for n in range(step, key.size):
            here, m = order[n], n
            while m >= step and key[order[m - step]] > key[here]:
                order[m] = order[m - step]
                m -= step
            order[m] = here
        step //= 2
    return order


@_part
def _refill(work, state, blocks, cleared, density, start, end, seed):  # type: ignore[no-untyped-def]
    """Places the chains anew in the stretch or near it; what had a place then anywhere."""
    slots, order = np.int64(work[9].shape[1]), _order(blocks, density, seed)
    for n in order:
        b = blocks[n]
        low = max(np.int64(0), start - work[0][work[7][work[6][b].first]].most + 1)
        begin, part = low, WHOLE
        if _random(seed) < _CUT:
            part = max(0.0, 2.0 * _random(seed) - 1.0)
        if _random(seed) < 0.5:
            begin = low + np.int64(_random(seed) * (end - low))
        if place_block(work, state, b, begin, end - 1, part):
            continue
        if begin > low and place_block(work, state, b, low, begin - 1, part):
            continue
        if n < cleared:
            begin = np.int64(_random(seed) * slots)
            if not place_block(work, state, b, begin, slots, part):
                place_block(work, state, b, np.int64(0), begin - 1, part)
    for n in order:
        _grow(work, state, blocks[n])


@_part
def _grow(work, state, b):  # type: ignore[no-untyped-def]
    """Makes what a chain ends with as long as there is room."""
    block = work[6][b]
    x = work[7][block.end - 1]
    if state[0][x].start == FREE or state[0][x].fixed or state[0][x].length == work[0][x].most:
        return
    for n in range(block.first, block.end - 1):
        item = work[0][work[7][n]]
        for m in range(item.link, item.link_end):
            if work[5][m].other == x:
                return
    grow(work, state, x)


@_part
def _choose(work, state, ruin, chosen, mark, seed):  # type: ignore[no-untyped-def]
    """Fills `chosen` with the chains to clear, then with some that wait; counts of both.

    `ruin` is (start, end, resource, round). A stretch is cleared whole, or of what holds one
    resource, or of a part at random.
    """
    start, end, resource, done = ruin
    blocks, count = work[6], 0
    part = 1.0 if resource >= 0 or _random(seed) < 0.5 else 0.2 + 0.5 * _random(seed)
    if end - start == work[9].shape[1]:
        part = min(part, _FEW / blocks.size)
    for b in range(blocks.size):
        if _touched(work, state, b, start, end, resource, part, seed):
            chosen[count] = b
            mark[b] = done
            count += 1
    cleared = count
    for _ in range(_WAITING + 2 * cleared):
        waiting = np.int64(_random(seed) * blocks.size)
        block = blocks[waiting]
        free = state[0][work[7][block.first]].start == FREE and not block.fixed
        if free and mark[waiting] != done:
            mark[waiting] = done
            chosen[count] = waiting
            count += 1
    return cleared, count


@_part
def _stretch(slots, resources, chains, done, seed):  # type: ignore[no-untyped-def]
    """What a round clears: first slot, end, resource (-1: any), and the round's mark.

    Now and then it is the whole axis, of which a few are cleared: what draws on a store may stand
    in the way of work that is far from it.
    """
    width = np.int64(slots * (0.002 + 0.08 * _random(seed) ** 2)) + 1
    if _random(seed) < min(0.3, _FEW / chains):
        width = np.int64(slots)
    start = np.int64(_random(seed) * (slots - width + 1))
    one = resources > 0 and _random(seed) < 0.4
    resource = np.int64(_random(seed) * resources if one else -1)
    return start, min(start + width, slots), resource, done + 1


@njit(cache=True, error_model="numpy")
def improve(  # type: ignore[no-untyped-def]
    work, state, density, floors, seed, rounds, first_round, cycle, warmth, best, best_worth
):
    """Runs rounds of the search from the state; keeps in `best` the best places found.

    `best` has a row (start, length) for each item, of worth `best_worth`; the worth that it has at
    the end comes back. `warmth` is the worth that a plan may lose in the first round of a cycle.
    """
    resources, slots = work[9].shape
    saved = np.empty((work[0].size, 3), np.int64)
    chosen, mark = np.empty(work[6].size, np.int64), np.zeros(work[6].size, np.int64)
    worth, short = _total_worth(work, state), _shortfall(state, floors)
    for done in range(first_round, first_round + rounds):
        ruin = _stretch(slots, resources, work[6].size, done, seed)
        cleared, count = _choose(work, state, ruin, chosen, mark, seed)
        rows = np.int64(0)
        for n in range(count):
            rows = _save(work, state, chosen[n], saved, rows)
        for n in range(cleared):
            take_block(work, state, chosen[n])
        _refill(work, state, chosen[:count], cleared, density, ruin[0], ruin[1], seed)
        new, new_short = _total_worth(work, state), _shortfall(state, floors)
        cool = 1.0 - (done % cycle) / cycle
        lowest = worth + warmth * cool * cool * np.log(max(_random(seed), 1e-300))
        if new_short <= max(short, 1e-12) and (new >= lowest or new_short < short - 1e-12):
            worth, short = new, new_short
            if worth > best_worth + 1e-9 and short <= 1e-12:
                best_worth = worth
                for x in range(work[0].size):
                    best[x, 0], best[x, 1] = state[0][x].start, state[0][x].length
        else:
            _undo(work, state, chosen[:count], saved, rows)
    return best_worth
