"""The contact plan as a flow problem on cells, solved by HiGHS.

Per request one flow over each lane that can serve it, and what each relay holds at the end of each
cell; per piece whether it is booked, and whether a contact begins with it. Volumes are counted in
units that keep the numbers near 1, which is what the solver's tolerances are made for.
"""

from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from ilrs.foundation.linear_program import INFINITY, LinearProgram
from ilrs.orbits.contact_cells import Cells
from ilrs.orbits.contact_flows import Flow, capacity_bit

__all__ = ["Solution", "solve"]

FloatArray: TypeAlias = npt.NDArray[np.float64]
IntArray: TypeAlias = npt.NDArray[np.int64]
BoolArray: TypeAlias = npt.NDArray[np.bool_]

_MOST_NODES = 2000


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Solution:
    """What the solver found: flows, how far each piece is booked (0-1), and the bound it proved.

    `price_per_bit` is what one more bit over each lane would be worth, for given bookings.
    """

    flows: list[Flow]
    booked: FloatArray
    bound: float
    price_per_bit: FloatArray


@dataclass(slots=True, eq=False)
class _Model(LinearProgram):
    """A linear program of worth, the most of it, that knows a limit to what each column can be."""

    most: list[FloatArray] = field(default_factory=list)  # what no column exceeds, by its rows

    def add_flows(self, count: int, *, most: float, worth: Any = 0.0) -> IntArray:
        """Positions of new columns that no solution makes more than `most`, each worth so much."""
        self.most.append(np.full(count, most))
        return self.add_columns(count, cost=-np.asarray(worth, dtype=np.float64))

    def add_shares(self, count: int) -> IntArray:
        """Positions of new columns from 0 to 1."""
        self.most.append(np.ones(count))
        return self.add_columns(count, upper=1.0)


def solve(cells: Cells, *, is_booked: BoolArray | None = None) -> Solution:
    """The best flows for given bookings; without them the best bookings too.

    Without bookings, loose cells are solved for the shares of time of which no plan makes more;
    others for bookings in whole numbers. That search ends after so many nodes of its tree, not
    after so many seconds, so that every machine finds the same.
    """
    unit_bit = max((request.volume_bit for request in cells.requests), default=1.0)
    model = _Model()
    pieces = cells.window.size
    booked = starts = np.zeros(0, dtype=np.int64)
    if is_booked is None:
        booked = model.add_shares(pieces)
        if cells.setup_s > 0.0 and not cells.is_loose:
            starts = model.add_shares(pieces)
        _bookings(model, cells, booked, starts)
    room = _capacity_rows(
        model, cells, booked=booked, starts=starts, is_booked=is_booked, unit_bit=unit_bit
    )
    stores = _store_rows(model, cells, unit_bit)
    lane_columns = []
    for k in range(len(cells.requests)):
        lanes, columns = _request(model, cells, k, room=room, stores=stores, unit_bit=unit_bit)
        lane_columns.append((k, lanes, columns))
    if model.columns == 0 or not any(lanes.size for _, lanes, _ in lane_columns):
        nothing = np.zeros(pieces)
        return Solution(flows=[], booked=nothing, bound=0.0, price_per_bit=np.zeros(room.size))
    whole = booked if is_booked is None and not cells.is_loose else None
    values, prices, bound = _run(model, whole=whole, is_rough=cells.is_loose)
    share = values[booked] if is_booked is None else is_booked.astype(np.float64)
    flows = [] if cells.is_loose else _flows(cells, lane_columns, values * unit_bit, share)
    return Solution(
        flows=flows,
        booked=share,
        bound=bound * unit_bit,
        price_per_bit=np.maximum(prices[room], 0.0),
    )


def _bookings(model: _Model, cells: Cells, booked: IntArray, starts: IntArray) -> None:
    for clique in cells.cliques:
        row = model.add_rows(1, low=-INFINITY, high=float(clique.antennas))
        model.put(row, booked[clique.pieces], clique.part)
    if starts.size:  # start >= booked - booked before
        rows = model.add_rows(booked.size, low=-INFINITY, high=0.0)
        model.put(rows, booked, 1.0)
        model.put(rows, starts, -1.0)
        follows = np.flatnonzero(cells.before >= 0)
        model.put(rows[follows], booked[cells.before[follows]], -1.0)


def _capacity_rows(
    model: _Model,
    cells: Cells,
    *,
    booked: IntArray,
    starts: IntArray,
    is_booked: BoolArray | None,
    unit_bit: float,
) -> IntArray:
    """One row a lane: all flows over it, less what its booked pieces carry."""
    lanes = cells.lanes
    if is_booked is not None:
        carried = np.bincount(
            lanes.lane_of, capacity_bit(cells, is_booked), minlength=lanes.cell.size
        )
        return model.add_rows(lanes.cell.size, low=-INFINITY, high=carried / unit_bit)
    rows = model.add_rows(lanes.cell.size, low=-INFINITY, high=0.0)
    rate = lanes.rate_bps / unit_bit
    open_s = (cells.end_s - cells.start_s)[lanes.piece]
    model.put(rows[lanes.lane_of], booked[lanes.piece], -rate * open_s)
    if starts.size:
        model.put(rows[lanes.lane_of], starts[lanes.piece], rate * cells.setup_s)
    return rows


def _store_rows(model: _Model, cells: Cells, unit_bit: float) -> dict[int, IntArray]:
    """Of each relay with a limited store one row a cell: what all requests hold there."""
    count = max(cells.edge_s.size - 1, 0)
    return {
        int(place): model.add_rows(count, low=-INFINITY, high=cells.buffer_bit[place] / unit_bit)
        for place in np.flatnonzero(np.isfinite(cells.buffer_bit))
    }


def _request(
    model: _Model,
    cells: Cells,
    index: int,
    *,
    room: IntArray,
    stores: dict[int, IntArray],
    unit_bit: float,
) -> tuple[IntArray, IntArray]:
    """Adds a request's flows; the lanes that can serve it, and the columns of their flows."""
    request, lanes = cells.requests[index], cells.lanes
    k = cells.lanes_for(request)
    source, destination = cells.ends(request)
    arrives = lanes.head[k] == destination
    value = np.where(arrives, cells.value_per_bit(request, k), 0.0)
    volume = request.volume_bit / unit_bit
    columns = model.add_flows(k.size, most=volume, worth=value)
    model.put(room[k], columns, 1.0)
    row = model.add_rows(1, low=-INFINITY, high=volume)
    model.put(row, columns[lanes.tail[k] == source], 1.0)
    for place in np.unique(lanes.head[k][~arrives]):
        comes, goes = lanes.head[k] == place, lanes.tail[k] == place
        _relay(model, cells, (k[comes], columns[comes]), (k[goes], columns[goes]),
               store=stores.get(int(place)), volume=volume)  # fmt: skip
    return k, columns


def _relay(
    model: _Model,
    cells: Cells,
    comes: tuple[IntArray, IntArray],
    goes: tuple[IntArray, IntArray],
    *,
    store: IntArray | None,
    volume: float,
) -> None:
    """What a relay holds of a request, cell by cell: what came less what went, and causality."""
    lanes, (lanes_in, columns_in), (lanes_out, columns_out) = cells.lanes, comes, goes
    first = int(lanes.cell[lanes_in].min())
    last = max(int(lanes.cell[lanes_in].max()), int(lanes.cell[lanes_out].max()))
    held = model.add_flows(last - first + 1, most=volume)
    rows = model.add_rows(held.size, low=0.0, high=0.0)  # held - before - in + out = 0
    model.put(rows, held, 1.0)
    model.put(rows[1:], held[:-1], -1.0)
    cell_in, cell_out = lanes.cell[lanes_in] - first, lanes.cell[lanes_out] - first
    model.put(rows[cell_in], columns_in, -1.0)
    model.put(rows[cell_out], columns_out, 1.0)
    if store is not None:
        model.put(store[first : last + 1], held, 1.0)
    late_in = np.flatnonzero(~lanes.is_early[lanes_in])
    if late_in.size:  # stays until the cell's end
        some, row = np.unique(cell_in[late_in], return_inverse=True)
        rows = model.add_rows(some.size, low=-INFINITY, high=0.0)
        model.put(rows[row], columns_in[late_in], 1.0)
        model.put(rows, held[some], -1.0)
    early_out = np.flatnonzero(~lanes.is_late[lanes_out])
    if early_out.size:  # must have been there before the cell
        some, row = np.unique(cell_out[early_out], return_inverse=True)
        rows = model.add_rows(some.size, low=-INFINITY, high=0.0)
        model.put(rows[row], columns_out[early_out], 1.0)
        model.put(rows[some > 0], held[some[some > 0] - 1], -1.0)


def _run(
    model: _Model, *, whole: IntArray | None, is_rough: bool
) -> tuple[FloatArray, FloatArray, float]:
    """Values of the columns, duals of the rows, and a bound on the best value.

    A rough answer stops at a gap between worth and bound of 1e-4, inside the polytope: for shares
    that is enough, and three times as quick as the corner that the simplex method finds.
    """
    options: dict[str, Any] = {"mip_rel_gap": 1e-9, "mip_max_nodes": _MOST_NODES}
    if is_rough:
        options |= {"solver": "ipm", "run_crossover": "off", "ipm_optimality_tolerance": 1e-4}
    if whole is not None:
        model.whole = whole.tolist()
    # As a search for the least: HiGHS 1.12 turns the signs of some duals in one for the most.
    solved = model.solve(
        wanted_for="the best contact plan",
        otherwise=", or take the quick plan (method='greedy')",
        options=options,
    )
    if whole is not None:
        return solved.values, solved.prices, -solved.bound
    prices = -solved.prices
    return solved.values, prices, _bound(model, prices)


def _bound(model: _Model, prices: FloatArray) -> float:
    """What no solution is worth more than, by any prices of the rows (Lagrange's bound)."""
    low, high = np.concatenate(model.row_low), np.concatenate(model.row_high)
    prices = np.where(low > -INFINITY, prices, np.maximum(prices, 0.0))
    gain = -np.concatenate(model.cost) - model.matrix().T @ prices
    return float(prices @ high + np.maximum(gain, 0.0) @ np.concatenate(model.most))


def _flows(
    cells: Cells,
    lane_columns: list[tuple[int, IntArray, IntArray]],
    volumes_bit: FloatArray,
    share: FloatArray,
) -> list[Flow]:
    """The flow over each lane, divided among its booked pieces as they carry."""
    carried = capacity_bit(cells, share > 0.5)
    total = np.bincount(cells.lanes.lane_of, carried, minlength=cells.lanes.cell.size)
    order = np.argsort(cells.lanes.lane_of, kind="stable")
    ends = np.searchsorted(cells.lanes.lane_of[order], np.arange(cells.lanes.cell.size + 1))
    found = []
    for request, lanes, columns in lane_columns:
        for lane, volume in zip(lanes, volumes_bit[columns], strict=True):
            if volume <= 0.0 or total[lane] <= 0.0:
                continue
            for entry in order[ends[lane] : ends[lane + 1]]:
                part = carried[entry] / total[lane]
                if part > 0.0:
                    found.append(
                        Flow(request=request, entry=int(entry), volume_bit=float(volume * part))
                    )
    return found
