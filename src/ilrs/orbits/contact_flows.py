"""From flows on cells to a contact plan: contacts, transfers, and what each request gets."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from ilrs.orbits.contact_cells import Cells
from ilrs.orbits.contacts import Contact, ContactPlan, Delivery, Request, Transfer

__all__ = ["Flow", "capacity_bit", "plan_of_flows"]

FloatArray: TypeAlias = npt.NDArray[np.float64]
IntArray: TypeAlias = npt.NDArray[np.int64]
BoolArray: TypeAlias = npt.NDArray[np.bool_]

_DUST_BIT = 1e-3  # what a solver leaves of a zero, at most a part in 1e9 of any real transfer


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """Bits of a request (by its position) over one entry of the lanes: a piece, one way."""

    request: int
    entry: int
    volume_bit: float


def capacity_bit(cells: Cells, is_booked: BoolArray) -> FloatArray:
    """What each entry of the lanes carries with these pieces booked. [bit]

    The first piece of a contact loses the setup time.
    """
    lanes = cells.lanes
    goes_on = (cells.before >= 0) & is_booked[cells.before]
    open_s = cells.end_s - cells.start_s - np.where(goes_on, 0.0, cells.setup_s)
    return np.where(is_booked, np.maximum(open_s, 0.0), 0.0)[lanes.piece] * lanes.rate_bps


def plan_of_flows(
    cells: Cells, flows: Iterable[Flow], *, is_booked: BoolArray, bound: float, method: str
) -> ContactPlan:
    """The contact plan of flows over booked pieces; what carries nothing is given back."""
    moved = [flow for flow in flows if flow.volume_bit > _DUST_BIT]
    spans = _contact_spans(cells, moved, is_booked)
    return ContactPlan(
        contacts=tuple(_contacts(cells, moved, spans)),
        transfers=tuple(_transfers(cells, moved)),
        deliveries={
            request.id: _delivery(cells, request, [f for f in moved if f.request == k])
            for k, request in enumerate(cells.requests)
        },
        worth=float(sum(_worth(cells, flow) for flow in moved)),
        bound=float(bound),
        method=method,
    )


def _arrives(cells: Cells, flow: Flow) -> bool:
    lane = cells.lanes.lane_of[flow.entry]
    return bool(cells.lanes.head[lane] == cells.ends(cells.requests[flow.request])[1])


def _worth(cells: Cells, flow: Flow) -> float:
    if not _arrives(cells, flow):
        return 0.0
    lane = cells.lanes.lane_of[[flow.entry]]
    value = cells.value_per_bit(cells.requests[flow.request], lane)
    return float(value[0]) * flow.volume_bit


def _contact_spans(cells: Cells, flows: list[Flow], is_booked: BoolArray) -> list[tuple[int, int]]:
    """First and last piece of each contact, without what it does not need at its ends."""
    lanes = cells.lanes
    volume = np.zeros(lanes.piece.size)
    np.add.at(volume, [f.entry for f in flows], [f.volume_bit for f in flows])
    used = np.zeros(cells.window.size, dtype=bool)
    used[lanes.piece[volume > 0.0]] = True
    need_s = np.zeros(cells.window.size)
    np.maximum.at(need_s, lanes.piece, volume / lanes.rate_bps)
    spans, k = [], 0
    while k < is_booked.size:
        if not is_booked[k]:
            k += 1
            continue
        last = k
        while last + 1 < is_booked.size and cells.before[last + 1] == last and is_booked[last + 1]:
            last += 1
        in_use = np.flatnonzero(used[k : last + 1]) + k
        if in_use.size:
            first = int(in_use[0])
            room_s = cells.end_s[first] - cells.start_s[first] - cells.setup_s
            if first > k and need_s[first] > room_s:
                first -= 1  # set up in the piece before
            spans.append((first, int(in_use[-1])))
        k = last + 1
    return spans


def _contacts(cells: Cells, flows: list[Flow], spans: list[tuple[int, int]]) -> list[Contact]:
    lanes, partner_of = cells.lanes, {node.id: node.partner for node in cells.nodes}
    by_piece: dict[int, list[Flow]] = {}
    for flow in flows:
        by_piece.setdefault(int(lanes.piece[flow.entry]), []).append(flow)
    found = []
    for first, last in spans:
        window = cells.windows[cells.window[first]]
        inside = [flow for k in range(first, last + 1) for flow in by_piece.get(k, ())]
        requests = dict.fromkeys(cells.requests[k] for k in sorted({f.request for f in inside}))
        partners = {partner_of[window.source], partner_of[window.destination]}
        partners |= {request.partner for request in requests}
        found.append(
            Contact(
                source=window.source, destination=window.destination,
                aos_tdb_s=float(cells.start_s[first]), los_tdb_s=float(cells.end_s[last]),
                rate_bps=window.rate_bps, return_bps=window.return_bps,
                volume_bit=sum(f.volume_bit for f in inside if not lanes.back[f.entry]),
                return_bit=sum(f.volume_bit for f in inside if lanes.back[f.entry]),
                requests=tuple(request.id for request in requests),
                partners=tuple(sorted(partners - {""})),
            )
        )  # fmt: skip
    found.sort(key=lambda c: (c.aos_tdb_s, c.source, c.destination))
    return found


def _transfers(cells: Cells, flows: list[Flow]) -> list[Transfer]:
    found = []
    for flow in flows:
        piece = cells.lanes.piece[flow.entry]
        window = cells.windows[cells.window[piece]]
        ends = (window.source, window.destination)
        source, destination = ends[::-1] if cells.lanes.back[flow.entry] else ends
        found.append(
            Transfer(
                request=cells.requests[flow.request].id, source=source, destination=destination,
                start_tdb_s=float(cells.start_s[piece]), end_tdb_s=float(cells.end_s[piece]),
                volume_bit=flow.volume_bit,
            )
        )  # fmt: skip
    found.sort(key=lambda t: (t.start_tdb_s, t.request, t.source, t.destination, t.end_tdb_s))
    return found


def _delivery(cells: Cells, request: Request, flows: list[Flow]) -> Delivery:
    arriving = sorted(
        (float(cells.end_s[cells.lanes.piece[flow.entry]]), flow.volume_bit)
        for flow in flows
        if _arrives(cells, flow)
    )
    times = np.array([time for time, _ in arriving])
    sums = np.cumsum([volume for _, volume in arriving])
    delivered = min(float(sums[-1]), request.volume_bit) if arriving else 0.0
    short = delivered < request.volume_bit * (1.0 - 1e-9)
    half = int(np.searchsorted(sums, 0.5 * sums[-1])) if arriving else 0
    return Delivery(
        request=request.id,
        delivered_bit=delivered,
        latency_p50_s=float(times[half]) - request.release_tdb_s if arriving else None,
        latency_worst_s=float(times[-1]) - request.release_tdb_s if arriving else None,
        why=_why(cells, request) if short else "",
    )


def _why(cells: Cells, request: Request) -> str:
    """What keeps a request from being carried whole, as far as its windows alone tell."""
    most = _most_bit(cells, request)
    if most == 0.0:
        return f"no windows lead from {request.source} to {request.destination} in its time"
    if most < request.volume_bit:
        return f"its windows carry {most:.4g} bit at most, though nothing else used them"
    return "antennas, stores and other requests leave no more"


def _most_bit(cells: Cells, request: Request) -> float:
    """What the windows at the request's two ends could carry if they all served it alone."""
    lanes = cells.lanes
    fits = np.zeros(lanes.cell.size, dtype=bool)
    fits[cells.lanes_for(request)] = True
    source, destination = cells.ends(request)
    open_s = (cells.end_s - cells.start_s)[lanes.piece]
    carried = np.where(fits[lanes.lane_of], lanes.rate_bps * open_s, 0.0)
    leaves = carried[lanes.tail[lanes.lane_of] == source].sum()
    arrives = carried[lanes.head[lanes.lane_of] == destination].sum()
    return float(min(leaves, arrives))
