"""What buses do within a step, compiled: sources serve what is wanted, at home and over cables.

Buses form trees: each has at most one cable to a parent, which stands before it. A bus serves
itself first and its neighbours with what is left, so a partner's grid never goes dark for another.
Part of the step loop: see `kernel`.
"""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from ilrs.station.lanes import (
    B_ARRIVED,
    B_DOWN,
    B_GIVEN,
    B_GRANTED,
    B_LEFT,
    B_LOWER,
    B_MADE,
    B_OFFER,
    B_UP,
    B_UPPER,
    B_WANT,
    B_WANTED,
    L_LOST,
    step_part,
)  # fmt: skip

__all__ = [
    "clear_wants", "find_reach", "forgive_rounding", "open_buses", "supply_from",
]  # fmt: skip

Rows: TypeAlias = npt.NDArray[np.void]
FloatArray: TypeAlias = npt.NDArray[np.float64]


@step_part
def open_buses(tree: Rows, buses: FloatArray) -> None:
    for b in range(tree.size):
        for i in range(buses.shape[2]):
            buses[b, B_MADE, i] = 0.0
            buses[b, B_UPPER, i] = 0.0
            buses[b, B_LOWER, i] = 0.0
            buses[b, B_UP, i] = tree[b].limit_w
            buses[b, B_DOWN, i] = tree[b].limit_w


@step_part
def clear_wants(buses: FloatArray) -> None:
    for b in range(buses.shape[0]):
        for i in range(buses.shape[2]):
            buses[b, B_WANTED, i] = 0.0
            buses[b, B_ARRIVED, i] = 0.0


@step_part
def forgive_rounding(bus: FloatArray) -> None:
    """Where all that was wanted arrived, rounding must not decide who goes without."""
    for i in range(bus.shape[1]):
        if bus[B_WANTED, i] <= 1e-12 * bus[B_ARRIVED, i]:
            bus[B_ARRIVED, i] = np.inf


@step_part
def _local(bus: FloatArray, source: int) -> bool:
    """Gives a bus what its own source holds; whether anything is still wanted in some lane."""
    rest = 0.0
    for i in range(bus.shape[1]):
        taken = min(bus[B_WANTED, i], bus[source, i])
        bus[source, i] -= taken
        bus[B_WANTED, i] -= taken
        bus[B_ARRIVED, i] += taken
        rest = max(rest, bus[B_WANTED, i])
    return rest > 0.0


@step_part
def _offer(tree: Rows, buses: FloatArray, source: int, i: int) -> None:
    """From the leaves up: what each bus offers to its parent, or wants of it. [W]"""
    for b in range(tree.size):
        buses[b, B_GIVEN, i] = 0.0  # offers of children, then the part of them that is taken
        buses[b, B_GRANTED, i] = 0.0  # wants of children, then the part of them that is granted
    for b in range(tree.size - 1, 0, -1):
        parent = tree[b].parent
        if parent < 0:
            continue
        net = buses[b, source, i] + buses[b, B_GIVEN, i]
        net -= buses[b, B_WANTED, i] + buses[b, B_GRANTED, i]
        offer = min(max(net, 0.0), buses[b, B_UP, i])
        want = min(max(-net, 0.0) / tree[b].efficiency, buses[b, B_DOWN, i])
        buses[b, B_OFFER, i], buses[b, B_WANT, i] = offer, want
        buses[parent, B_GIVEN, i] += offer * tree[b].efficiency
        buses[parent, B_GRANTED, i] += want


@step_part
def _trade(
    tree: Rows, buses: FloatArray, lanes: FloatArray, source: int, i: int, step_h: float
) -> None:
    """Brings what buses have left to those that want more, over the tree of cables, in one lane.

    Each bus serves itself first, then its neighbours, all wants below it in one proportion.
    """
    _offer(tree, buses, source, i)
    for b in range(tree.size):
        parent = tree[b].parent
        came, went = 0.0, 0.0
        if parent >= 0:
            went = buses[b, B_OFFER, i] * buses[parent, B_GIVEN, i]
            sent = buses[b, B_WANT, i] * buses[parent, B_GRANTED, i]
            came = sent * tree[b].efficiency
            buses[b, B_UP, i] -= went
            buses[b, B_DOWN, i] -= sent
            lanes[L_LOST, i] += (went + sent) * (1.0 - tree[b].efficiency) * step_h
        own, offers, wants = buses[b, source, i], buses[b, B_GIVEN, i], buses[b, B_GRANTED, i]
        needed = buses[b, B_WANTED, i] + went + wants - came
        taken = min(max(needed - own, 0.0), offers)
        served = min(buses[b, B_WANTED, i], max(own + came + taken - went, 0.0))
        left = max(own + came + taken - went - served, 0.0)
        granted = min(wants, left)
        buses[b, B_GIVEN, i] = taken / offers if offers > 0.0 else 0.0
        buses[b, B_GRANTED, i] = granted / wants if wants > 0.0 else 0.0
        buses[b, B_WANTED, i] -= served
        buses[b, B_ARRIVED, i] += served
        buses[b, source, i] = left - granted


@step_part
def supply_from(
    tree: Rows, buses: FloatArray, lanes: FloatArray, source: int, step_h: float
) -> None:
    """Serves what is wanted from one kind of source: on its own bus, then over the cables."""
    is_short = False
    for b in range(tree.size):
        is_short = _local(buses[b], source) or is_short
    if not is_short or tree.size < 2:
        return
    for i in range(lanes.shape[1]):
        rest, there = 0.0, 0.0
        for b in range(tree.size):
            rest += buses[b, B_WANTED, i]
            there += buses[b, source, i]
        if rest > 0.0 and there > 0.0:
            _trade(tree, buses, lanes, source, i, step_h)


@step_part
def find_reach(tree: Rows, buses: FloatArray, probe: FloatArray, nowhere: FloatArray) -> None:
    """What each bus has for work: its own, and what its neighbours would bring it. [W]"""
    for b in range(tree.size):
        for i in range(buses.shape[2]):
            buses[b, B_LEFT, i] = max(buses[b, B_MADE, i] + buses[b, B_UPPER, i], 0.0)
    if tree.size < 2:
        return
    for i in range(buses.shape[2]):
        is_short = False
        for b in range(tree.size):
            is_short = is_short or buses[b, B_WANTED, i] > buses[b, B_LEFT, i]
        if not is_short:
            continue
        for b in range(tree.size):
            for field in range(buses.shape[1]):
                probe[b, field, i] = buses[b, field, i]
        for source in (B_MADE, B_UPPER):
            for b in range(tree.size):
                taken = min(probe[b, B_WANTED, i], probe[b, source, i])
                probe[b, source, i] -= taken
                probe[b, B_WANTED, i] -= taken
            _trade(tree, probe, nowhere, source, i, 0.0)
        for b in range(tree.size):
            buses[b, B_LEFT, i] += probe[b, B_ARRIVED, i]  # of the neighbours alone
            # What the neighbours take is gone from here.
            own = buses[b, B_MADE, i] + buses[b, B_UPPER, i]
            rest = probe[b, B_MADE, i] + probe[b, B_UPPER, i]
            local = buses[b, B_WANTED, i] - probe[b, B_WANTED, i] - probe[b, B_ARRIVED, i]
            buses[b, B_LEFT, i] -= max(own - rest - local, 0.0)
