"""The moves of the placing for callers in Python, by one way in: each takes seconds to compile."""

import numpy as np
from numba import njit

from ilrs.operations.packing import Packed
from ilrs.operations.slots import WHOLE, State, place_block, room_from
from ilrs.operations.slots import put as _put_x
from ilrs.operations.slots import take as _take_x
from ilrs.operations.slots import take_block as _take_block

__all__ = ["fits", "place_chain", "put", "take", "take_chain"]

_FITS, _PUT, _TAKE, _PLACE_CHAIN, _TAKE_CHAIN = range(5)
_END = np.int64(1) << 40  # behind every slot


@njit(cache=True, error_model="numpy")
def _move(work, state, what, which, start, length):  # type: ignore[no-untyped-def]
    if what == _FITS:
        return room_from(work, state, which, start, length) == start
    if what == _PUT:
        _put_x(work, state, which, start, length)
    elif what == _TAKE:
        _take_x(work, state, which)
    elif what == _PLACE_CHAIN:
        return place_block(work, state, which, start, _END, WHOLE)
    else:
        _take_block(work, state, which)
    return True


def fits(packed: Packed, state: State, *, item: int, start: int, length: int) -> bool:
    """Whether there is room for an item in these slots; its windows and lags are not asked."""
    return bool(_move(packed.work, state, _FITS, item, start, length))


def put(packed: Packed, state: State, *, item: int, start: int, length: int) -> None:
    """Places an item, which is free and fits."""
    _move(packed.work, state, _PUT, item, start, length)


def take(packed: Packed, state: State, *, item: int) -> None:
    """Takes an item from its place."""
    _move(packed.work, state, _TAKE, item, 0, 0)


def place_chain(packed: Packed, state: State, *, chain: int) -> bool:
    """Places a chain at the first room, as far as it goes; whether any of it."""
    return bool(_move(packed.work, state, _PLACE_CHAIN, chain, 0, 0))


def take_chain(packed: Packed, state: State, *, chain: int) -> None:
    """Takes all of a chain that is not fixed from its places."""
    _move(packed.work, state, _TAKE_CHAIN, chain, 0, 0)
