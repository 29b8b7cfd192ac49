"""Earliest arrival and latest life against Dijkstra on the time-expanded graph (scipy, networkx).

Random scenes: every tick of every cell is a node there, so the arrival times must be the same.
"""

import networkx as nx
import numpy as np
import pytest

from ilrs.operations.arrival import NEVER
from ilrs.operations.spans import TICK_S, Spans, bridged
from ilrs.operations.traverse import Scene, earliest, latest
from ilrs.operations.ways import Ways
from tests.operations.time_graph import arrivals, latest_lives, time_graph

LAST, SIDE = 60, 4


def random_scene(seed: int) -> Scene:
    """A map of 4 x 4 cells with up to 4 spans of light each, and ways of 2 to 8 ticks."""
    rng = np.random.default_rng(seed)
    first, edges = [0], []
    for _ in range(SIDE * SIDE):
        count = int(rng.integers(1, 5))
        edges += np.sort(rng.choice(LAST + 1, 2 * count, replace=False)).tolist()
        first.append(len(edges) // 2)
    start, end = np.array(edges, dtype=np.int32).reshape(-1, 2).T.copy()
    light = Spans(np.array(first, dtype=np.int64), start, end)
    steps = np.array([(a, b) for a in (-1, 0, 1) for b in (-1, 0, 1) if a or b])
    half = rng.integers(0, 4, (SIDE, SIDE, 8)).astype(np.int32)
    half[rng.random((SIDE, SIDE)) < 0.1] = 0
    for k, (down, right) in enumerate(steps.tolist()):
        rows, columns = np.arange(SIDE) + down, np.arange(SIDE) + right
        outside = np.logical_or.outer(
            (rows < 0) | (rows >= SIDE), (columns < 0) | (columns >= SIDE)
        )
        half[outside, k] = 0
    ways = Ways(SIDE, SIDE, half.reshape(-1, 8), steps[:, 0], steps[:, 1])
    stays = bridged(light, gap=int(rng.integers(0, 9)), last=LAST)
    return Scene(ways=ways, light=light, drives=light, stays=stays, last=LAST)


def longest_stay(scene: Scene) -> tuple[int, int]:
    """The cell of the longest stay, and the tick at which that begins."""
    state = int(np.argmax(scene.stays.end - scene.stays.start))
    return int(np.searchsorted(scene.stays.first, state, side="right")) - 1, int(
        scene.stays.start[state]
    )


@pytest.mark.parametrize("seed", range(25))
def test_every_stay_is_reached_when_scipys_dijkstra_reaches_it(seed: int) -> None:
    scene = random_scene(seed)
    cell, tick = longest_stay(scene)
    found = earliest(scene, divmod(cell, SIDE), depart_s=tick * TICK_S).label.astype(float)
    found[found == NEVER] = np.inf
    np.testing.assert_array_equal(found, arrivals(scene, cell=cell, tick=tick))


def test_random_scenes_have_cells_reached_by_a_later_stay_only_or_never() -> None:
    reached, several = [], 0
    for seed in range(25):
        scene = random_scene(seed)
        cell, tick = longest_stay(scene)
        label = earliest(scene, divmod(cell, SIDE), depart_s=tick * TICK_S).label != NEVER
        own = np.repeat(np.arange(scene.stays.cells), np.diff(scene.stays.first))
        reached.append(label.mean())
        several += int((np.bincount(own[label], minlength=16) > 1).sum())
    assert 0.2 < np.mean(reached) < 0.9
    assert several > 30


@pytest.mark.parametrize("seed", range(25))
def test_latest_life_is_that_of_scipys_dijkstra_run_backwards(seed: int) -> None:
    scene = random_scene(seed)
    goals = [0, SIDE * SIDE - 1]
    found = latest(scene, goals=goals).label.astype(float)
    found[found == NEVER] = -np.inf
    np.testing.assert_array_equal(found, latest_lives(scene, goals))


def test_networkx_finds_the_same_arrivals() -> None:
    scene = random_scene(7)
    cell, tick = longest_stay(scene)
    ticks = scene.last + 1
    graph = nx.from_scipy_sparse_array(time_graph(scene), create_using=nx.DiGraph)
    took = nx.single_source_dijkstra_path_length(graph, cell * ticks + tick)
    reached = {}
    for node in took:
        reached[node // ticks] = min(reached.get(node // ticks, ticks), node % ticks)
    label = earliest(scene, divmod(cell, SIDE), depart_s=tick * TICK_S).label
    own = np.repeat(np.arange(scene.stays.cells), np.diff(scene.stays.first))
    ours: dict[int, int] = {}
    for at, when in zip(own.tolist(), label.tolist(), strict=True):
        if when != NEVER:
            ours[at] = min(ours.get(at, ticks), when)
    assert len(ours) > 3
    assert ours == reached
