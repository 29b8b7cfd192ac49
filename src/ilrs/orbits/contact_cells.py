"""Access windows cut into cells of time, on which a contact plan is found.

Cells end where windows, releases and deadlines do; edges closer than the step to one before them
are passed over, and long stretches are divided. So a few windows are planned exactly, and a month
of thousands at the resolution of the step. Inside a cell data flow evenly while a link is in view:

- a piece is the part of a window in one cell, and is booked whole;
- the first piece of a contact is longer than the setup time, and loses that much of its volume;
- what arrives by a piece that is there from the cell's beginning can be sent on in the same cell by
  one that lasts to its end (then as much has always come as has gone); else from the next one on;
- stores are limited at the ends of cells.

Loose cells are what bounds every plan: in them antennas are shared by time, setting up takes none,
and what arrives in a cell can be sent on in it, whatever the order.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from ilrs.foundation.errors import IlrsError
from ilrs.foundation.windows import Windows
from ilrs.orbits.contacts import AccessWindow, Node, Request, require_consistent

__all__ = ["HASTE", "Cells", "Clique", "Lanes", "cut"]

FloatArray: TypeAlias = npt.NDArray[np.float64]
IntArray: TypeAlias = npt.NDArray[np.int64]

#: What a bit loses of its weight if it arrives at its deadline instead of at once.
HASTE = 1e-3


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Lanes:
    """Pieces by direction: between two places, over the same part of a cell; in order of cells."""

    cell: IntArray
    tail: IntArray  # places
    head: IntArray
    start_s: FloatArray
    end_s: FloatArray
    is_early: npt.NDArray[np.bool_]  # there from its cell's beginning
    is_late: npt.NDArray[np.bool_]  # lasts to its cell's end
    lane_of: IntArray  # of each (piece, direction) entry
    piece: IntArray
    rate_bps: FloatArray
    back: npt.NDArray[np.bool_]  # from the window's destination to its source


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Clique:
    """Pieces that ask for the antennas of one node at once, each for a part of the time."""

    pieces: IntArray
    part: FloatArray  # 1 but in loose cells
    antennas: int


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Cells:
    """A planning problem on cells: pieces, lanes, who can serve what at once, and the requests."""

    nodes: tuple[Node, ...]
    windows: tuple[AccessWindow, ...]
    requests: tuple[Request, ...]
    setup_s: float
    is_loose: bool
    edge_s: FloatArray
    places: tuple[str, ...]  # groups whose members are never named alone, and single nodes
    buffer_bit: FloatArray  # of each place; not a number where it passes nothing on
    window: IntArray  # of each piece, in order of windows, then of cells
    cell: IntArray
    start_s: FloatArray
    end_s: FloatArray
    before: IntArray  # the same window's piece in the cell before, or -1
    cliques: tuple[Clique, ...]
    lanes: Lanes

    def ends(self, request: Request) -> tuple[int, int]:
        """The places that a request goes from and to."""
        return self.places.index(self._place(request.source)), self.places.index(
            self._place(request.destination)
        )

    def _place(self, name: str) -> str:
        if name in self.places:
            return name
        return next(node.group for node in self.nodes if node.id == name)

    def lanes_for(self, request: Request) -> IntArray:
        """The lanes that can carry a request: in its time, and from and to where it may be."""
        lanes, (source, destination) = self.lanes, self.ends(request)
        passes = ~np.isnan(self.buffer_bit)
        leaves = (passes & (np.arange(passes.size) != destination))[lanes.tail]
        enters = (passes & (np.arange(passes.size) != source))[lanes.head]
        begin_s = lanes.end_s if self.is_loose else self.edge_s[lanes.cell]
        end_s = lanes.start_s if self.is_loose else lanes.end_s
        fits = (
            (begin_s >= request.release_tdb_s) & (end_s <= request.deadline_tdb_s)
            & (leaves | (lanes.tail == source)) & (lanes.tail != destination)
            & (enters | (lanes.head == destination)) & (lanes.head != source)
        )  # fmt: skip
        k = np.flatnonzero(fits)
        # Data must have come before they go, and lead somewhere in time.
        first = np.full(passes.size, np.inf)
        last = np.full(passes.size, -np.inf)
        first[source], last[destination] = -np.inf, np.inf
        cell, tail, head = lanes.cell[k], lanes.tail[k], lanes.head[k]
        for _ in range(passes.size):
            comes, leads = cell >= first[tail], cell <= last[head]
            np.minimum.at(first, head[comes], cell[comes])
            np.maximum.at(last, tail[leads], cell[leads])
        return k[(cell >= first[tail]) & (cell <= last[head])]

    def value_per_bit(self, request: Request, lanes: IntArray) -> FloatArray:
        """What a bit of a request counts that arrives by each of some lanes."""
        allowed_s = request.deadline_tdb_s - request.release_tdb_s
        arrival_s = (self.lanes.start_s if self.is_loose else self.lanes.end_s)[lanes]
        after_s = np.maximum(arrival_s - request.release_tdb_s, 0.0)
        return np.asarray(request.weight * (1.0 - HASTE * after_s / allowed_s))


def cut(
    nodes: Sequence[Node],
    windows: Sequence[AccessWindow],
    *,
    requests: Sequence[Request],
    setup_s: float = 0.0,
    step_s: float = 1800.0,
    is_loose: bool = False,
) -> Cells:
    """The planning problem on cells of about `step_s`, loose ones where asked.

    Raises IlrsError for what does not fit together (`ilrs.orbits.contacts.require_consistent`), a
    step that is not above 0, and a setup time that is negative or longer than the step.
    """
    require_consistent(nodes, windows, requests)
    if not step_s > 0.0 or not 0.0 <= setup_s <= step_s:
        raise IlrsError(
            f"a contact plan by steps of {step_s:g} s with {setup_s:g} s of setup",
            "steps are longer than 0 s, and setting up takes no longer than a step",
            "Correct them, such as step_s=1800, setup_s=300.",
        )
    edge_s = _edges(windows, requests, step_s)
    pieces = _pieces(windows, edge_s)
    window, cell, start_s, end_s = pieces
    before = np.full(window.size, -1, dtype=np.int64)
    follows = (window[1:] == window[:-1]) & (cell[1:] == cell[:-1] + 1)
    before[1:][follows] = np.flatnonzero(follows)
    places, place_of = _places(nodes, requests)
    return Cells(
        nodes=tuple(nodes), windows=tuple(windows), requests=tuple(requests),
        setup_s=setup_s, is_loose=is_loose, edge_s=edge_s, places=places,
        buffer_bit=_buffers(nodes, places, place_of=place_of),
        window=window, cell=cell, start_s=start_s, end_s=end_s, before=before,
        cliques=_cliques(nodes, windows, pieces=pieces, is_loose=is_loose),
        lanes=_lanes(
            windows, place_of, edge_s=edge_s, pieces=pieces, is_loose=is_loose
        ),
    )  # fmt: skip


def _edges(
    windows: Sequence[AccessWindow], requests: Sequence[Request], step_s: float
) -> FloatArray:
    """Where cells meet; none outside the time of the requests."""
    if not requests:
        return np.zeros(1)
    first = min(request.release_tdb_s for request in requests)
    last = max(request.deadline_tdb_s for request in requests)
    marks = {t for w in windows for t in (w.aos_tdb_s, w.los_tdb_s) if first < t < last}
    marks |= {t for r in requests for t in (r.release_tdb_s, r.deadline_tdb_s)}
    kept = [first]
    for mark in sorted(marks):
        gap_s = mark - kept[-1]
        if gap_s >= step_s or mark == last:
            parts = max(int(gap_s / step_s), 1)
            kept += [kept[-1] + gap_s * k / parts for k in range(1, parts)] + [mark]
    return np.unique(kept)


def _pieces(
    windows: Sequence[AccessWindow], edge_s: FloatArray
) -> tuple[IntArray, IntArray, FloatArray, FloatArray]:
    aos = np.array([w.aos_tdb_s for w in windows])
    los = np.array([w.los_tdb_s for w in windows])
    first = np.clip(np.searchsorted(edge_s, aos, side="right") - 1, 0, None)
    last = np.clip(np.searchsorted(edge_s, los, side="left"), None, edge_s.size - 1)
    count = np.maximum(last - first, 0)
    window = np.repeat(np.arange(aos.size), count)
    offset = np.arange(window.size) - np.repeat(np.cumsum(count) - count, count)
    cell = first[window] + offset
    start_s = np.maximum(aos[window], edge_s[cell])
    end_s = np.minimum(los[window], edge_s[np.minimum(cell + 1, edge_s.size - 1)])
    keep = end_s > start_s
    return window[keep], cell[keep], start_s[keep], end_s[keep]


def _places(
    nodes: Sequence[Node], requests: Sequence[Request]
) -> tuple[tuple[str, ...], dict[str, int]]:
    """Names of places, and the place of each node: its group where nobody names it alone."""
    named = {id_ for request in requests for id_ in (request.source, request.destination)}
    alone = {node.group for node in nodes if node.id in named}
    names = [node.group if node.group and node.group not in alone else node.id for node in nodes]
    wanted = named & {node.group for node in nodes if node.group} & alone
    if wanted:
        group = min(wanted)
        raise IlrsError(
            f"requests that name the group {group} and also nodes of it",
            "a group is one place, or its nodes are places of their own",
            f"Let all requests name {group}, or give those nodes another group.",
        )
    places = tuple(dict.fromkeys(names))
    return places, {node.id: places.index(name) for node, name in zip(nodes, names, strict=True)}


def _buffers(
    nodes: Sequence[Node], places: tuple[str, ...], *, place_of: dict[str, int]
) -> FloatArray:
    held = np.full(len(places), np.nan)
    for node in nodes:
        place = place_of[node.id]
        if node.buffer_bit is not None:
            held[place] = node.buffer_bit + (0.0 if np.isnan(held[place]) else held[place])
    return held


def _cliques(
    nodes: Sequence[Node],
    windows: Sequence[AccessWindow],
    *,
    pieces: tuple[IntArray, IntArray, FloatArray, FloatArray],
    is_loose: bool,
) -> tuple[Clique, ...]:
    """Who asks for one node's antennas at once, where they are more than its antennas."""
    window, cell, start_s, end_s = pieces
    at_node: dict[tuple[str, int], list[int]] = {}
    for k, (w, c) in enumerate(zip(window.tolist(), cell.tolist(), strict=True)):
        at_node.setdefault((windows[w].source, c), []).append(k)
        at_node.setdefault((windows[w].destination, c), []).append(k)
    antennas = {node.id: node.antennas for node in nodes}
    found = []
    for (id_, _), members in at_node.items():
        if len(members) <= antennas[id_]:
            continue
        at = np.array(members)
        if is_loose:
            any_s = Windows(zip(start_s[at], end_s[at], strict=True)).total_s
            part = (end_s[at] - start_s[at]) / any_s
            found.append(Clique(pieces=at, part=part, antennas=antennas[id_]))
            continue
        sets = {
            frozenset(at[(start_s[at] <= t) & (t < end_s[at])].tolist()) for t in set(start_s[at])
        }
        for one in sets:
            if len(one) > antennas[id_] and not any(one < other for other in sets):
                together = np.array(sorted(one))
                found.append(
                    Clique(pieces=together, part=np.ones(len(one)), antennas=antennas[id_])
                )
    return tuple(sorted(found, key=lambda clique: clique.pieces.tolist()))


def _lanes(
    windows: Sequence[AccessWindow],
    place_of: dict[str, int],
    *,
    edge_s: FloatArray,
    pieces: tuple[IntArray, IntArray, FloatArray, FloatArray],
    is_loose: bool,
) -> Lanes:
    window, cell, start_s, end_s = pieces
    source = np.array([place_of[w.source] for w in windows], dtype=np.int64)[window]
    destination = np.array([place_of[w.destination] for w in windows], dtype=np.int64)[window]
    rates = np.array([(w.rate_bps, w.return_bps) for w in windows]).reshape(-1, 2)[window]
    piece = np.tile(np.arange(window.size), 2)
    back = np.repeat([False, True], window.size)
    tail = np.concatenate([source, destination])
    head = np.concatenate([destination, source])
    rate = np.concatenate([rates[:, 0], rates[:, 1]])
    k = np.flatnonzero((rate > 0.0) & (tail != head))
    piece, back, rate = piece[k], back[k], rate[k]
    keys = np.column_stack([cell[piece], tail[k], head[k], start_s[piece], end_s[piece]])
    lane, lane_of = np.unique(keys.reshape(-1, 5), axis=0, return_inverse=True)
    at = lane[:, 0].astype(np.int64)
    return Lanes(
        cell=at, tail=lane[:, 1].astype(np.int64), head=lane[:, 2].astype(np.int64),
        start_s=lane[:, 3], end_s=lane[:, 4],
        is_early=(lane[:, 3] == edge_s[at]) | is_loose,
        is_late=(lane[:, 4] == edge_s[np.minimum(at + 1, edge_s.size - 1)]) | is_loose,
        lane_of=lane_of.reshape(-1), piece=piece, rate_bps=rate, back=back,
    )  # fmt: skip
