"""The best contact plan for a set of requests, and what it would cost to lose a node.

First what is delivered counts, by weight, then how soon: a bit that arrives at its deadline counts
0.1 % less than one that arrives at once. Small problems are solved exactly. For large ones the
problem on loose cells, four times as long, gives the share of time that each window deserves, and a
worth that no plan exceeds; bookings on the fine cells follow those shares in turn, idle antennas go
to what is worth most, and the best flows over these bookings are the plan. It is never worse than
the quick plan, which is made as well.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from ilrs.foundation.errors import IlrsError
from ilrs.foundation.windows import Windows
from ilrs.orbits.contact_cells import Cells, cut
from ilrs.orbits.contact_flows import plan_of_flows
from ilrs.orbits.contact_greedy import greedy_flows
from ilrs.orbits.contact_lp import Solution, solve
from ilrs.orbits.contacts import AccessWindow, ContactPlan, Node, Request
from ilrs.orbits.link_budget import contact_volumes_bit

__all__ = ["Loss", "contact_plan", "cost_of_losing", "windows_of_link"]

FloatArray: TypeAlias = npt.NDArray[np.float64]
BoolArray: TypeAlias = npt.NDArray[np.bool_]

_MOST_WHOLE = 300  # pieces up to which bookings are searched exactly
_LOOSER = 4.0  # how much longer the loose cells are
# What it counts that a contact goes on, in shares of a cell: with 0 contacts change with every
# cell and lose their setup, with 1 antennas stay where they are; benchmarks/bars_links.py's month
# is within 0.2 % of its best from 0.1 to 0.6.
_STAYS = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """What is no longer delivered when a node is lost, by request and by partner. [bit]"""

    node: str
    lost_bit: float
    lost_share: float  # of what the whole network delivers, 0-1
    by_request: Mapping[str, float]
    by_partner: Mapping[str, float]
    plan: ContactPlan  # the best that is left


def windows_of_link(
    source: str,
    destination: str,
    *,
    windows: Windows,
    t_s: npt.ArrayLike,
    rate_bps: npt.ArrayLike,
    return_bps: npt.ArrayLike | None = None,
) -> list[AccessWindow]:
    """Access windows of a link with the mean rate of each, from rates at rising times (TDB).

    Windows in which nothing can be sent either way are left out.
    """
    forward = contact_volumes_bit(windows, t_s, rate_bps=rate_bps) / windows.duration_s
    back = np.zeros(len(windows))
    if return_bps is not None:
        back = contact_volumes_bit(windows, t_s, rate_bps=return_bps) / windows.duration_s
    return [
        AccessWindow(
            source=source, destination=destination, aos_tdb_s=start, los_tdb_s=end,
            rate_bps=float(forward[k]), return_bps=float(back[k]),
        )
        for k, (start, end) in enumerate(windows)
        if forward[k] > 0.0 or back[k] > 0.0
    ]  # fmt: skip


def contact_plan(
    nodes: Sequence[Node],
    windows: Sequence[AccessWindow],
    *,
    requests: Sequence[Request],
    setup_s: float = 0.0,
    step_s: float = 1800.0,
    method: Literal["best", "greedy"] = "best",
) -> ContactPlan:
    """The best plan, or the quick one: contacts, transfers, and what each request gets.

    `setup_s` passes at the beginning of each contact before anything is carried. Cells of time are
    about `step_s` long (see `ilrs.orbits.contact_cells`). Each relay gives a link one antenna at a
    time. Requests that cannot be carried whole are no error: their delivery says why. Raises
    IlrsError for what does not fit together, and for "best" where the planning extra is missing.
    """
    if method not in ("best", "greedy"):
        raise IlrsError(
            f"a contact plan by {method!r}", "there are 'best' and 'greedy'", "Name one of the two."
        )
    options: dict[str, Any] = {"requests": requests, "setup_s": setup_s}
    cells = cut(nodes, windows, step_s=step_s, **options)
    flows, booked = greedy_flows(cells)
    quick = plan_of_flows(cells, flows, is_booked=booked, bound=np.inf, method="greedy")
    if method == "greedy" or not cells.window.size:
        return quick
    if cells.window.size <= _MOST_WHOLE:
        found = solve(cells)
        best = _plan(cells, found, bound=found.bound, method="exact")
    else:
        best = _by_shares(
            cells, cut(nodes, windows, step_s=_LOOSER * step_s, is_loose=True, **options)
        )
        if best.worth < quick.worth:
            found = solve(cells, is_booked=booked)
            best = _plan(cells, found, bound=best.bound, method="from the quick plan")
    return best if best.worth >= quick.worth * (1.0 - 1e-9) else replace(quick, bound=best.bound)


def _plan(cells: Cells, found: Solution, *, bound: float, method: str) -> ContactPlan:
    return plan_of_flows(
        cells, found.flows, is_booked=found.booked > 0.5, bound=bound, method=method
    )


def _by_shares(cells: Cells, loose: Cells) -> ContactPlan:
    """The plan whose bookings follow the shares of time that the loose cells give."""
    shares = solve(loose)
    booked = booked_by_shares(cells, _share_of(cells, loose, shares.booked))
    booked = _rebooked(cells, solve(cells, is_booked=booked))
    return _plan(cells, solve(cells, is_booked=booked), bound=shares.bound, method="by shares")


def _share_of(cells: Cells, loose: Cells, share: FloatArray) -> FloatArray:
    """The share of each piece: that of its window in the loose cell that its middle lies in."""
    span_s = float(cells.edge_s[-1] - cells.edge_s[0]) + 1.0
    begins = loose.window * span_s + (loose.start_s - loose.edge_s[0])
    middle = cells.window * span_s + (0.5 * (cells.start_s + cells.end_s) - cells.edge_s[0])
    return np.asarray(share[np.searchsorted(begins, middle, side="right") - 1])


class _Book:
    """Which pieces are booked so far, and how many antennas each clique has left."""

    def __init__(self, cells: Cells) -> None:
        self.is_booked = np.zeros(cells.window.size, dtype=bool)
        self._left = np.array([clique.antennas for clique in cells.cliques], dtype=np.int64)
        self._cliques: list[list[int]] = [[] for _ in range(cells.window.size)]
        for index, clique in enumerate(cells.cliques):
            for piece in clique.pieces.tolist():
                self._cliques[piece].append(index)

    def take(self, piece: int) -> bool:
        """Books a piece where antennas are left for it."""
        cliques = self._cliques[piece]
        if not all(self._left[clique] > 0 for clique in cliques):
            return False
        self._left[cliques] -= 1
        self.is_booked[piece] = True
        return True


def booked_by_shares(cells: Cells, share: FloatArray) -> BoolArray:
    """Bookings that give each window its share of time, cell by cell.

    A window gathers its share in each cell, and pays 1 for a cell in which it is booked; who has
    gathered most is served first. Antennas that are left take what else fits.
    """
    book = _Book(cells)
    gathered = np.zeros(len(cells.windows))
    is_short = cells.end_s - cells.start_s <= cells.setup_s
    in_order = np.argsort(cells.cell, kind="stable")
    ends = np.cumsum(np.bincount(cells.cell, minlength=cells.edge_s.size))
    for members in np.split(in_order, ends[:-1]):
        gathered[cells.window[members]] += share[members]
        goes_on = (cells.before[members] >= 0) & book.is_booked[cells.before[members]]
        wanted = share[members] > 1e-3
        rank = np.where(wanted, gathered[cells.window[members]] + _STAYS * goes_on, -np.inf)
        order = np.lexsort((~goes_on, -rank))
        for piece, runs in zip(members[order].tolist(), goes_on[order].tolist(), strict=True):
            if (runs or not is_short[piece]) and book.take(piece):
                gathered[cells.window[piece]] -= 1.0
    return book.is_booked


def _rebooked(cells: Cells, found: Solution) -> BoolArray:
    """Bookings that keep what carries something, and give idle antennas to what is worth most."""
    lanes, book = cells.lanes, _Book(cells)
    is_used = np.zeros(cells.window.size, dtype=bool)
    is_used[lanes.piece[[flow.entry for flow in found.flows]]] = True
    # What sets up a contact carries nothing, but what follows needs it.
    is_used[cells.before[is_used & (cells.before >= 0) & (found.booked[cells.before] > 0.5)]] = True
    open_s = (cells.end_s - cells.start_s)[lanes.piece]
    worth = np.bincount(
        lanes.piece,
        found.price_per_bit[lanes.lane_of] * lanes.rate_bps * open_s,
        minlength=cells.window.size,
    )
    for piece in np.lexsort((-worth, ~is_used)).tolist():
        book.take(piece)
    is_short = cells.end_s - cells.start_s <= cells.setup_s
    begins = (cells.before < 0) | ~book.is_booked[cells.before]
    return book.is_booked & ~(is_short & begins)


def cost_of_losing(
    node: str,
    *,
    nodes: Sequence[Node],
    windows: Sequence[AccessWindow],
    requests: Sequence[Request],
    plan: ContactPlan,
    setup_s: float = 0.0,
    step_s: float = 1800.0,
    method: Literal["best", "greedy"] = "best",
) -> Loss:
    """What `plan` delivers and the best plan without a node does not.

    The rest of the network plans anew. Requests from or to the node itself are lost whole. Raises
    IlrsError for an unknown node.
    """
    if node not in {one.id for one in nodes}:
        raise IlrsError(
            f"the loss of {node}, which is no node of the plan",
            f"the nodes are {', '.join(sorted(one.id for one in nodes))}",
            "Name one of them.",
        )
    rest = [one for one in nodes if one.id != node]
    left_names = {name for one in rest for name in (one.id, one.group)}
    without = contact_plan(
        rest,
        [w for w in windows if node not in (w.source, w.destination)],
        requests=[r for r in requests if {r.source, r.destination} <= left_names],
        setup_s=setup_s, step_s=step_s, method=method,
    )  # fmt: skip
    by_request, by_partner = dict[str, float](), dict[str, float]()
    for request in requests:
        left = without.deliveries.get(request.id)
        lost = plan.deliveries[request.id].delivered_bit - (left.delivered_bit if left else 0.0)
        by_request[request.id] = lost
        by_partner[request.partner] = by_partner.get(request.partner, 0.0) + lost
    total = sum(by_request.values())
    return Loss(
        node=node, lost_bit=total,
        lost_share=total / plan.delivered_bit if plan.delivered_bit else 0.0,
        by_request=by_request, by_partner=by_partner, plan=without,
    )  # fmt: skip
