"""The quick contact plan: requests one by one, each along the path that arrives first.

Contact-graph routing as delay-tolerant networks do it, on the cells of `contact_cells`: a search
forward in time finds the earliest arrival over what others have left, as much as fits is sent, and
so on until the request is carried or nothing more arrives in time. Heavier requests choose first.
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from ilrs.orbits.contact_cells import Cells
from ilrs.orbits.contact_flows import Flow
from ilrs.orbits.contacts import Request

__all__ = ["greedy_flows"]

FloatArray: TypeAlias = npt.NDArray[np.float64]
BoolArray: TypeAlias = npt.NDArray[np.bool_]

_DUST_BIT = 1e-3


@dataclass(frozen=True, slots=True)
class _Step:
    """The last hop of a path: its entry, and the hop before it."""

    entry: int
    before: "_Step | None"


class _State:
    """What is booked and used so far."""

    def __init__(self, cells: Cells) -> None:
        lanes = cells.lanes
        self.cells = cells
        self.open_s = (cells.end_s - cells.start_s).tolist()
        self.before = cells.before.tolist()
        self.piece = lanes.piece.tolist()
        self.rate_bps = lanes.rate_bps.tolist()
        self.cell = lanes.cell[lanes.lane_of].tolist()
        self.tail = lanes.tail[lanes.lane_of].tolist()
        self.head = lanes.head[lanes.lane_of].tolist()
        self.is_early = lanes.is_early[lanes.lane_of].tolist()
        self.is_late = lanes.is_late[lanes.lane_of].tolist()
        self.is_booked = [False] * cells.window.size
        self.used_bit = [0.0] * lanes.piece.size
        self.left = [clique.antennas for clique in cells.cliques]
        self.cliques: list[list[int]] = [[] for _ in range(cells.window.size)]
        for index, clique in enumerate(cells.cliques):
            for piece in clique.pieces.tolist():
                self.cliques[piece].append(index)
        count = max(cells.edge_s.size - 1, 0)
        self.free_bit = {
            int(place): [float(cells.buffer_bit[place])] * count
            for place in np.flatnonzero(~np.isnan(cells.buffer_bit))
        }

    def room_bit(self, entry: int) -> float:
        """What an entry can still carry, booked or not yet; 0 where no antenna is left."""
        piece = self.piece[entry]
        if not self.is_booked[piece] and any(self.left[c] < 1 for c in self.cliques[piece]):
            return 0.0
        goes_on = self.before[piece] >= 0 and self.is_booked[self.before[piece]]
        open_s = self.open_s[piece] - (0.0 if goes_on else self.cells.setup_s)
        return float(open_s * self.rate_bps[entry] - self.used_bit[entry])

    def book(self, path: list[int]) -> int | None:
        """Books the pieces of a path; where an antenna lacks, none, and the entry in the way."""
        new: list[int] = []
        for entry in path:
            piece = self.piece[entry]
            if self.is_booked[piece]:
                continue
            if any(self.left[c] < 1 for c in self.cliques[piece]):
                for done in new:
                    self._turn(done, on=False)
                return entry
            self._turn(piece, on=True)
            new.append(piece)
        return None

    def _turn(self, piece: int, *, on: bool) -> None:
        self.is_booked[piece] = on
        for clique in self.cliques[piece]:
            self.left[clique] += -1 if on else 1


def greedy_flows(cells: Cells) -> tuple[list[Flow], BoolArray]:
    """Flows of the quick plan, and the pieces it books."""
    state, sums = _State(cells), dict[tuple[int, int], float]()
    order = sorted(
        range(len(cells.requests)),
        key=lambda k: (-cells.requests[k].weight, cells.requests[k].deadline_tdb_s, k),
    )
    entries_of_lane: list[list[int]] = [[] for _ in range(cells.lanes.cell.size)]
    for entry, lane in enumerate(cells.lanes.lane_of.tolist()):
        entries_of_lane[lane].append(entry)
    for k in order:
        request = cells.requests[k]
        by_cell: dict[int, list[int]] = {}
        for lane in cells.lanes_for(request).tolist():
            by_cell.setdefault(int(cells.lanes.cell[lane]), []).extend(entries_of_lane[lane])
        for path, volume in _paths(state, request, by_cell):
            for entry in path:
                sums[k, entry] = sums.get((k, entry), 0.0) + volume
    flows = [Flow(request=k, entry=entry, volume_bit=volume) for (k, entry), volume in sums.items()]
    return flows, np.array(state.is_booked, dtype=bool)


def _paths(
    state: _State, request: Request, by_cell: dict[int, list[int]]
) -> "list[tuple[list[int], float]]":
    """Paths that carry a request, with their volumes; booked and counted as they are found."""
    source, destination = state.cells.ends(request)
    found: list[tuple[list[int], float]] = []
    wanted, banned = request.volume_bit, set[int]()
    while wanted > _DUST_BIT:
        path = _first_arrival(state, by_cell, source=source, destination=destination, banned=banned)
        if path is None:
            break
        obstacle = state.book(path)
        if obstacle is not None:  # two hops of this path want one antenna
            banned.add(obstacle)
            continue
        waits = _waits(state, path)
        room = min(wanted, *(state.room_bit(e) for e in path))
        room = min([room, *(state.free_bit[place][cell] for place, cell in waits)])
        if room <= _DUST_BIT:
            banned.add(path[-1])
            continue
        for entry in path:
            state.used_bit[entry] += room
        for place, cell in waits:
            state.free_bit[place][cell] -= room
        wanted -= room
        found.append((path, room))
    return found


def _waits(state: _State, path: list[int]) -> list[tuple[int, int]]:
    """Places and the cells at whose end the data of a path are held there."""
    return [
        (state.head[one], cell)
        for one, other in zip(path, path[1:], strict=False)
        for cell in range(state.cell[one], state.cell[other])
    ]


def _first_arrival(
    state: _State,
    by_cell: dict[int, list[int]],
    *,
    source: int,
    destination: int,
    banned: set[int],
) -> list[int] | None:
    """Entries of the path that arrives first; of several in one cell that with the most room."""
    ready: dict[int, _Step | None] = {source: None}  # from before the cell on
    previous = None
    for cell in sorted(by_cell):
        for place in list(ready):
            if place != source and not _can_wait(state, place, (previous or 0, cell)):
                del ready[place]
        previous = cell
        entries = [
            (room, entry)
            for entry in by_cell[cell]
            if entry not in banned and (room := state.room_bit(entry)) > _DUST_BIT
        ]
        entries.sort(key=lambda pair: (-pair[0], pair[1]))
        through: dict[int, _Step] = {}  # reached in this cell, in time to send on what comes
        later: dict[int, _Step] = {}
        grown = True
        while grown and destination not in through and destination not in later:
            grown = False
            for _, entry in entries:
                tail, head = state.tail[entry], state.head[entry]
                if head in ready or head in through:
                    continue
                if tail in ready:
                    step = _Step(entry, ready[tail])
                elif tail in through and state.is_late[entry]:
                    step = _Step(entry, through[tail])
                else:
                    continue
                if state.is_early[entry]:
                    through[head] = step
                    grown = True
                elif head not in later:
                    later[head] = step
        last = through.get(destination) or later.get(destination)
        if last is not None:
            return _entries(last)
        ready.update(later | through)
    return None


def _can_wait(state: _State, place: int, cells: tuple[int, int]) -> bool:
    return all(state.free_bit[place][c] > _DUST_BIT for c in range(cells[0], cells[1]))


def _entries(last: _Step) -> list[int]:
    found: list[int] = []
    step: _Step | None = last
    while step is not None:
        found.append(step.entry)
        step = step.before
    return found[::-1]
