"""The most that can be left of a battery against all that can be: every energy at every step.

Random scenes of 3 x 3 cells; powers are whole watt-hours a step, so energies are whole numbers and
the enumeration, written apart from the sweep, has no rounding.
"""

from collections import defaultdict
from typing import Any

import numpy as np
import pytest
import xarray as xr

from ilrs.operations.energy import by_battery, dash_through, dash_to
from ilrs.operations.spans import Spans
from ilrs.operations.traverse import Scene
from ilrs.operations.ways import Ways
from tests.operations.scenes import flat, vehicle

SIDE, STEPS, MOST = 3, 14, 6


def random_scene(seed: int) -> Scene:
    """Steps of a second, ten ticks; light and drives by whole steps; ways of 1 to 3 steps."""
    rng = np.random.default_rng(seed)
    steps = np.array([(a, b) for a in (-1, 0, 1) for b in (-1, 0, 1) if a or b])
    half = 5 * rng.integers(0, 4, (SIDE, SIDE, 8)).astype(np.int32)
    for k, (down, right) in enumerate(steps.tolist()):
        rows, columns = np.arange(SIDE) + down, np.arange(SIDE) + right
        half[
            np.logical_or.outer((rows < 0) | (rows >= SIDE), (columns < 0) | (columns >= SIDE)), k
        ] = 0
    light, drives = (spans_of_bits(rng.random((SIDE * SIDE, STEPS)) < p) for p in (0.35, 0.8))
    ways = Ways(SIDE, SIDE, half.reshape(-1, 8), steps[:, 0], steps[:, 1])
    return Scene(ways=ways, light=light, drives=drives, stays=drives, last=10 * STEPS)


def spans_of_bits(bits: Any) -> Spans:
    first, start, end = [0], [], []
    for row in bits:
        edges = np.flatnonzero(np.diff(np.concatenate([[0], row, [0]]).astype(int)))
        start += (10 * edges[::2]).tolist()
        end += (10 * edges[1::2]).tolist()
        first.append(len(start))
    return Spans(np.array(first, np.int64), np.array(start, np.int32), np.array(end, np.int32))


def holds(spans: Spans, cell: int, step: int) -> bool:
    own = range(spans.first[cell], spans.first[cell + 1])
    return any(spans.start[n] <= 10 * step + 5 < spans.end[n] for n in own)


def everything(scene: Scene, *, start: int, array: int, wait: int, drive: int, hops: int) -> Any:
    """All energies that can be had: (step, flights, cell) -> set of whole watt-hours."""
    found = defaultdict(set)
    found[0, 0, start] = {MOST}
    for step in range(STEPS):
        for (at, layer, cell), energies in list(found.items()):
            if at != step:
                continue
            for energy in energies:
                lit = holds(scene.light, cell, step)
                after = min(MOST, energy - wait + (array if lit else 0))
                if after >= 0:
                    found[step + 1, layer, cell].add(after)
                for k, offset in enumerate(scene.ways.offset.tolist()):
                    m = int(scene.ways.half[cell, k]) * 2 // 10
                    if m and step + m <= STEPS and not (hops and layer == hops):
                        left = driven(scene, cell, cell + offset, step, m, energy, array, drive)
                        if left >= 0:
                            used = layer + 1 if hops else 0
                            found[step + m, used, cell + offset].add(left)
    return found


def driven(scene, here, there, step, m, energy, array, drive):  # type: ignore[no-untyped-def]
    for n in range(m):
        places = {here} if 2 * n + 1 < m else {there} if 2 * n + 1 > m else {here, there}
        if not all(holds(scene.drives, place, step + n) for place in places):
            return -1
        lit = holds(scene.light, here if 2 * n + 1 <= m else there, step + n)
        energy = min(MOST, energy - drive + (array if lit else 0))
        if energy < 0:
            return -1
    return energy


@pytest.mark.parametrize("hops", [0, 2])
@pytest.mark.parametrize("seed", range(20))
def test_the_most_left_and_the_first_arrival_are_those_of_the_enumeration(
    seed: int, hops: int
) -> None:
    scene = random_scene(seed)
    rng = np.random.default_rng(seed)
    array, wait, drive = int(rng.integers(1, 4)), int(rng.integers(0, 2)), int(rng.integers(1, 4))
    watts = {"array_power_w": 3600.0 * array, "wait_power_w": 3600.0 * wait,
             "drive_power_w": 3600.0 * drive, "hops": hops}  # fmt: skip
    mover = vehicle(kind="hopper" if hops else "rover").model_copy(update=watts)
    reach = by_battery(scene, (1, 1), ground=flat(SIDE, SIDE), vehicle=mover, battery_wh=MOST,
                       step_s=1.0)  # fmt: skip
    found = everything(scene, start=4, array=array, wait=wait, drive=drive, hops=hops)
    for layer in range(hops + 1):
        for cell in range(SIDE * SIDE):
            assert reach.left[layer, cell] == max(found[STEPS, layer, cell], default=-1)
            steps = [k for k in range(STEPS + 1) if found[k, layer, cell]]
            assert reach.first[layer, cell] == min(steps, default=-1)
    for cell in range(SIDE * SIDE):
        way = dash_to(reach, divmod(cell, SIDE))
        assert bool(way) == bool((reach.first[:, cell] >= 0).any())
        if way:
            check_way(scene, reach, way)
            assert way[-1].arrive_s == np.nanmin(reach.arrival_s.ravel()[cell])
    assert bool(dash_through(reach)) == bool((reach.left >= 0).any())


def check_way(scene: Scene, reach: Any, way: Any) -> None:
    """A way begins at the start and each of its parts takes the time of a way of the scene."""
    assert (way[0].cell, way[0].arrive_s) == ((1, 1), 0.0)
    for one, other in zip(way[:-1], way[1:], strict=True):
        here, there = scene.cell(one.cell), scene.cell(other.cell)
        k = int(np.flatnonzero(scene.ways.offset == there - here)[0])
        assert one.arrive_s <= one.depart_s
        assert other.arrive_s - one.depart_s == reach.took[here, k] > 0


def test_scenes_are_neither_all_reached_nor_none() -> None:
    shares = []
    for seed in range(20):
        ground: xr.Dataset = flat(SIDE, SIDE)
        reach = by_battery(random_scene(seed), (1, 1), ground=ground,
                           vehicle=vehicle(array_power="7.2 kW", wait_power="3.6 kW",
                                           drive_power="14.4 kW"),
                           battery_wh=MOST, step_s=1.0)  # fmt: skip
        shares.append((reach.first[0] >= 0).mean())
    assert 0.3 < np.mean(shares) < 0.95
