"""The search for earliest arrivals over cells whose windows move, compiled, on plain arrays.

A state is one stay of one cell: a span in which the vehicle may stand there. Within a stay an
earlier arrival can do all that a later one can, so one label per state is exact; a cell has several
states, since who arrives later may outlive a darkness that ends the earlier stay.
"""

from typing import Any

import numpy as np
from numba import njit

__all__ = ["NEVER", "search", "stay_of"]

#: The label of a state that is not reached.
NEVER = np.int32(2**31 - 1)
_NONE = np.int32(-1)


@njit(cache=True)
def stay_of(stays: Any, cell: int, tick: int) -> int:
    """The state of a cell whose stay holds a tick; -1 where none does."""
    for state in range(stays.first[cell], stays.first[cell + 1]):
        if stays.start[state] <= tick <= stays.end[state]:
            return int(state)
    return -1


@njit(cache=True)
def _enqueue(state: int, bucket: int, head: Any, after: Any, before: Any) -> None:
    """Puts a state at the head of a bucket."""
    follower = head[bucket]
    after[state], before[state] = follower, -2 - bucket
    if follower >= 0:
        before[follower] = state
    head[bucket] = state


@njit(cache=True)
def _dequeue(state: int, head: Any, after: Any, before: Any) -> None:
    """Takes a state out of its bucket, wherever it stands there."""
    follower, leader = after[state], before[state]
    if leader >= 0:
        after[leader] = follower
    else:
        head[-2 - leader] = follower
    if follower >= 0:
        before[follower] = leader


@njit(cache=True)
def _first_open(end: Any, low: int, high: int, tick: int) -> int:
    """The first of some spans that has not ended before a tick."""
    while low < high and end[low] < tick:
        low += 1
    return low


@njit(cache=True)
def search(
    drives: Any, stays: Any, half: Any, offset: Any, source: Any, at: Any, width: int, last: int,
    goal: int,
) -> tuple[Any, Any]:  # fmt: skip
    """Earliest arrival in each state and the state it came from (-1: a source, or never).

    `half[c, k]` are the ticks of either half of the way from cell c to c + offset[k], 0 where there
    is none: the first half lies in the drive spans of c, the second in those of the other. Every
    drive span lies in a stay of its cell. `source` states are reached at the ticks `at`; `width`,
    the ticks of a bucket, is at most those of the shortest way, so that no state of a bucket can be
    reached from another of it and any order within serves. `last` is the last tick that counts;
    with a `goal` cell the search ends when it is reached, -1 asks for all.
    """
    count = stays.start.size
    label = np.full(count, NEVER, np.int32)
    origin = np.full(count, _NONE, np.int32)
    after, before = np.full(count, _NONE, np.int32), np.full(count, _NONE, np.int32)
    head = np.full(last // width + 2, _NONE, np.int32)
    cell_of = np.empty(count, np.int32)
    for cell in range(stays.first.size - 1):
        cell_of[stays.first[cell] : stays.first[cell + 1]] = cell
    for n in range(source.size):
        if at[n] < label[source[n]]:
            if label[source[n]] != NEVER:
                _dequeue(source[n], head, after, before)
            label[source[n]] = at[n]
            _enqueue(source[n], at[n] // width, head, after, before)
    for bucket in range(head.size):
        while head[bucket] >= 0:
            state = head[bucket]
            _dequeue(state, head, after, before)
            here, now = cell_of[state], label[state]
            if here == goal:
                return label, origin
            leave = _first_open(drives.end, drives.first[here], drives.first[here + 1], now)
            until = leave
            while until < drives.first[here + 1] and drives.start[until] <= stays.end[state]:
                until += 1
            if leave == until:
                continue
            for k in range(offset.size):
                part = half[here, k]
                if part == 0:
                    continue
                there = here + offset[k]
                a, b = leave, drives.first[there]
                b_end = drives.first[there + 1]
                stay = stays.first[there]
                while a < until and b < b_end:
                    begin = max(now, drives.start[a], drives.start[b] - part)
                    if begin + part > drives.end[a]:
                        a += 1
                    elif begin + 2 * part > drives.end[b]:
                        b += 1
                    else:
                        stay = _first_open(stays.end, stay, stays.first[there + 1], drives.end[b])
                        arrival = begin + 2 * part
                        if arrival < label[stay] and arrival <= last:
                            if label[stay] != NEVER:
                                _dequeue(stay, head, after, before)
                            label[stay], origin[stay] = arrival, state
                            _enqueue(stay, arrival // width, head, after, before)
                        b = _first_open(drives.end, b, b_end, stays.end[stay] + 1)
    return label, origin
