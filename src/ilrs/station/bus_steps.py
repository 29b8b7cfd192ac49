"""What buses do within a step, compiled: sources serve what is wanted, at home and over cables.

Buses form trees: each has at most one cable to a parent, which stands before it; of the power that
a cable is sent in a step, one way or the other, the square is lost (`network`). A bus serves
itself first and its neighbours with what is left, so a partner's grid never goes dark for another.
Part of the step loop: see `kernel`.
"""

from math import inf, sqrt
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from ilrs.station.lanes import LOWER, MADE, UPPER, step_part

__all__ = [
    "clear_wants", "find_reach", "forgive_rounding", "open_buses", "supply_from", "use_parts",
]  # fmt: skip

Rows: TypeAlias = npt.NDArray[np.void]
#: One row of a structured array inside compiled code, where fields are attributes.
Row: TypeAlias = Any


@step_part
def open_buses(tree: Rows, buses: Rows, lanes: int) -> None:
    for b in range(tree.size):
        bus = buses[b]
        for i in range(lanes):
            bus.source_w[MADE, i] = 0.0
            bus.source_w[UPPER, i] = 0.0
            bus.source_w[LOWER, i] = 0.0
            bus.used_w[i] = 0.0
            bus.up_w[i] = 0.0
            bus.down_w[i] = 0.0


@step_part
def clear_wants(buses: Rows, lanes: int) -> None:
    for b in range(buses.size):
        bus = buses[b]
        for i in range(lanes):
            bus.wanted_w[i] = 0.0
            bus.arrived_w[i] = 0.0


@step_part
def forgive_rounding(bus: Row, lanes: int) -> bool:
    """Where all that was wanted arrived, rounding must not decide who goes without.

    Whether it fell short in some lane.
    """
    least = np.inf
    for i in range(lanes):
        arrived = bus.arrived_w[i]
        arrived = np.inf if bus.wanted_w[i] <= 1e-12 * arrived else arrived
        bus.arrived_w[i] = arrived
        least = min(least, arrived)
    return least < np.inf


@step_part
def use_parts(bus: Row, lanes: int) -> None:
    """Makes parts of sums: of what stores could give, how much was taken; clears the rest."""
    for i in range(lanes):
        upper, lower = bus.upper_all_w[i], bus.lower_all_w[i]
        bus.source_w[UPPER, i] = (upper - bus.source_w[UPPER, i]) / upper if upper > 0.0 else 0.0
        bus.source_w[LOWER, i] = (lower - bus.source_w[LOWER, i]) / lower if lower > 0.0 else 0.0
        bus.room_w[i] = 0.0
        bus.energy_wh[i] = 0.0
        bus.capacity_wh[i] = 0.0


@step_part
def _local(bus: Row, source: int, lanes: int) -> bool:
    """Gives a bus what its own source holds; whether anything is still wanted in some lane."""
    rest = 0.0
    for i in range(lanes):
        wanted, there = bus.wanted_w[i], bus.source_w[source, i]
        taken = min(wanted, there)
        bus.source_w[source, i] = there - taken
        bus.wanted_w[i] = wanted - taken
        bus.arrived_w[i] += taken
        rest = max(rest, wanted - taken)
    return rest > 0.0


@step_part
def _delivered_w(sent: float, flowing: float, loss_per_w: float) -> float:
    """What more arrives of so much more sent into a cable in which something flows already. [W]"""
    return sent * (1.0 - loss_per_w * (2.0 * flowing + sent))


@step_part
def _sent_w(delivered: float, flowing: float, loss_per_w: float) -> float:
    """The inverse of `_delivered_w`; without end where the cable cannot deliver so much. [W]"""
    slope = 1.0 - 2.0 * loss_per_w * flowing
    root = slope * slope - 4.0 * loss_per_w * delivered
    return 2.0 * delivered / (slope + sqrt(root)) if root > 0.0 else inf


@step_part
def _offer(tree: Rows, buses: Rows, source: int, i: int) -> None:
    """From the leaves up: what each bus offers to its parent, or wants of it. [W]

    Offers count where they arrive and wants where they are sent: at the parent's end.
    """
    for b in range(tree.size):
        buses[b].given_part[i] = 0.0  # offers of children, then the part of them that is taken
        buses[b].granted_part[i] = 0.0  # wants of children, then the part of them that is granted
    for b in range(tree.size - 1, 0, -1):
        parent, bus, loss = tree[b].parent, buses[b], tree[b].loss_per_w
        if parent < 0:
            continue
        net = bus.source_w[source, i] + bus.given_part[i]
        net -= bus.wanted_w[i] + bus.granted_part[i]
        up, down = bus.up_w[i], bus.down_w[i]
        offer = _delivered_w(min(max(net, 0.0), tree[b].limit_w - up), up, loss)
        want = min(_sent_w(max(-net, 0.0), down, loss), tree[b].limit_w - down)
        bus.offer_w[i], bus.want_w[i] = offer, want
        buses[parent].given_part[i] += offer
        buses[parent].granted_part[i] += want


@step_part
def _trade(tree: Rows, buses: Rows, sums: Row, source: int, i: int, step_h: float) -> None:
    """Brings what buses have left to those that want more, over the tree of cables, in one lane.

    Each bus serves itself first, then its neighbours, all wants below it in one proportion.
    """
    _offer(tree, buses, source, i)
    for b in range(tree.size):
        parent, bus, loss = tree[b].parent, buses[b], tree[b].loss_per_w
        came, went = 0.0, 0.0
        if parent >= 0:
            arrives = bus.offer_w[i] * buses[parent].given_part[i]
            went = min(_sent_w(arrives, bus.up_w[i], loss), tree[b].limit_w - bus.up_w[i])
            sent = bus.want_w[i] * buses[parent].granted_part[i]
            came = _delivered_w(sent, bus.down_w[i], loss)
            bus.up_w[i] += went
            bus.down_w[i] += sent
            sums.lost_wh[i] += (went - arrives + sent - came) * step_h
        own, offers, wants = bus.source_w[source, i], bus.given_part[i], bus.granted_part[i]
        needed = bus.wanted_w[i] + went + wants - came
        taken = min(max(needed - own, 0.0), offers)
        served = min(bus.wanted_w[i], max(own + came + taken - went, 0.0))
        left = max(own + came + taken - went - served, 0.0)
        granted = min(wants, left)
        bus.given_part[i] = taken / offers if offers > 0.0 else 0.0
        bus.granted_part[i] = granted / wants if wants > 0.0 else 0.0
        bus.wanted_w[i] -= served
        bus.arrived_w[i] += served
        bus.source_w[source, i] = left - granted


@step_part
def supply_from(tree: Rows, buses: Rows, sums: Row, source: int, step_h: float, lanes: int) -> None:
    """Serves what is wanted from one kind of source: on its own bus, then over the cables."""
    is_short = False
    for b in range(tree.size):
        is_short = _local(buses[b], source, lanes) or is_short
    if not is_short or tree.size < 2:
        return
    for i in range(lanes):
        rest, there = 0.0, 0.0
        for b in range(tree.size):
            rest += buses[b].wanted_w[i]
            there += buses[b].source_w[source, i]
        if rest > 0.0 and there > 0.0:
            _trade(tree, buses, sums, source, i, step_h)


@step_part
def find_reach(tree: Rows, buses: Rows, trial: Rows, nowhere: Row, lanes: int) -> None:
    """What each bus has for work: its own, and what its neighbours would bring it. [W]

    Where a bus wants more than it has, what is wanted is served in `trial`: what it got of others
    adds to what it has, and what others got of it is gone.
    """
    for b in range(tree.size):
        bus = buses[b]
        for i in range(lanes):
            bus.left_w[i] = max(bus.source_w[MADE, i] + bus.source_w[UPPER, i], 0.0)
    if tree.size < 2:
        return
    for i in range(lanes):
        is_short = False
        for b in range(tree.size):
            is_short = is_short or buses[b].wanted_w[i] > buses[b].left_w[i]
        if is_short:
            _copy(buses, trial, i)
            for source in (MADE, UPPER):
                _reach_from(tree, buses, trial, nowhere, source, i)


@step_part
def _copy(buses: Rows, trial: Rows, i: int) -> None:
    """Copies what trade reads, in one lane."""
    for b in range(buses.size):
        bus, copy = buses[b], trial[b]
        copy.source_w[MADE, i] = bus.source_w[MADE, i]
        copy.source_w[UPPER, i] = bus.source_w[UPPER, i]
        copy.wanted_w[i], copy.arrived_w[i] = bus.wanted_w[i], 0.0
        copy.up_w[i], copy.down_w[i] = bus.up_w[i], bus.down_w[i]


@step_part
def _reach_from(tree: Rows, buses: Rows, trial: Rows, nowhere: Row, source: int, i: int) -> None:
    """Serves `trial` from one kind of source: reach grows by what came and shrinks by what went."""
    for b in range(tree.size):
        at = trial[b]
        taken = min(at.wanted_w[i], at.source_w[source, i])
        at.wanted_w[i] -= taken
        at.left_w[i] = at.source_w[source, i] - taken
        at.source_w[source, i] = at.left_w[i]
        at.arrived_w[i] = 0.0
    _trade(tree, trial, nowhere, source, i, 0.0)
    for b in range(tree.size):
        at = trial[b]
        came, went = at.arrived_w[i], at.left_w[i] - at.source_w[source, i]
        buses[b].left_w[i] = max(buses[b].left_w[i] + (came - went), 0.0)
