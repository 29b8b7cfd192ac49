"""The time-expanded graph of a small scene, for scipy and networkx: every cell at every tick.

Written apart from the search, from the words of docs/traverse.md: waiting is a step of one tick
within a stay, driving takes two halves, each inside a drive span of its cell.
"""

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from ilrs.operations.spans import Spans
from ilrs.operations.traverse import Scene


def inside(spans: Spans, cell: int, ticks: int) -> npt.NDArray[np.int64]:
    """The number of the span that holds each tick of a cell; -1 where none does."""
    found = np.full(ticks, -1, dtype=np.int64)
    for n in range(spans.first[cell], spans.first[cell + 1]):
        found[spans.start[n] : min(spans.end[n], ticks - 1) + 1] = n
    return found


def time_graph(scene: Scene) -> csr_array:
    """Edges weighted by the ticks they take; node = cell * ticks + tick."""
    ticks, ways = scene.last + 1, scene.ways
    cells = scene.stays.cells
    stays = [inside(scene.stays, cell, ticks) for cell in range(cells)]
    drives = [inside(scene.drives, cell, ticks) for cell in range(cells)]
    edges = []
    for cell in range(cells):
        for t in range(ticks - 1):
            if stays[cell][t] >= 0 and stays[cell][t] == stays[cell][t + 1]:
                edges.append((cell * ticks + t, cell * ticks + t + 1, 1))
        for k, offset in enumerate(ways.offset.tolist()):
            h = int(ways.half[cell, k])
            for t in range(ticks - 2 * h if h else 0):
                own, other = drives[cell], drives[cell + offset]
                leaves = own[t] >= 0 and own[t] == own[t + h]
                if leaves and other[t + h] >= 0 and other[t + h] == other[t + 2 * h]:
                    edges.append((cell * ticks + t, (cell + offset) * ticks + t + 2 * h, 2 * h))
    rows, columns, weights = np.array(edges or [(0, 0, 0)]).T
    return csr_array((weights, (rows, columns)), shape=(cells * ticks, cells * ticks))


def arrivals(scene: Scene, *, cell: int, tick: int) -> npt.NDArray[np.float64]:
    """Earliest tick at each stay, by scipy's Dijkstra; infinite where there is none."""
    ticks = scene.last + 1
    took = dijkstra(time_graph(scene), indices=cell * ticks + tick)
    return _by_stay(scene, (took + tick).reshape(-1, ticks), np.min, np.inf)


def latest_lives(scene: Scene, goals: list[int]) -> npt.NDArray[np.float64]:
    """Latest tick in each stay from which a goal cell is reached; minus infinite where none is."""
    ticks = scene.last + 1
    back = time_graph(scene).T.tocsr()
    ends = [
        cell * ticks + t
        for cell in goals
        for t in np.flatnonzero(inside(scene.stays, cell, ticks) >= 0)
    ]
    took = dijkstra(back, indices=ends, min_only=True, unweighted=True)
    node_tick = np.tile(np.arange(ticks), scene.stays.cells)
    alive = np.where(np.isfinite(took), node_tick, -np.inf)
    return _by_stay(scene, alive.reshape(-1, ticks), np.max, -np.inf)


def _by_stay(scene, values, pick, empty):  # type: ignore[no-untyped-def]
    ticks = scene.last + 1
    found = np.full(scene.stays.start.size, empty)
    for cell in range(scene.stays.cells):
        own = inside(scene.stays, cell, ticks)
        for n in range(scene.stays.first[cell], scene.stays.first[cell + 1]):
            if (own == n).any():
                found[n] = pick(values[cell][own == n])
    return found
