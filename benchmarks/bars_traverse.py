"""Bars of routes: earliest arrival over a million cells and 14 days, beside Dijkstra."""

import time
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from benchmarks.bar import Bar, bar
from benchmarks.light import made_horizons
from benchmarks.traverse import BATTERY_WH, ROVER, light_of, made_ground, made_light, start_of
from ilrs.operations.arrival import NEVER
from ilrs.operations.spans import TICK_S
from ilrs.operations.traverse import Scene, earliest, latest, lived_map, scene

PIXELS, DAYS = 1000, 14.0


def core_seconds(work: Callable[[], Any]) -> tuple[float, Any]:
    """Processor seconds of all threads, and what came out."""
    begin = time.process_time()
    found = work()
    return time.process_time() - begin, found


def constant_light(made: Scene) -> csr_array:
    """The same ways as a graph without time, weighted by the seconds they take."""
    cell, k = np.nonzero(made.ways.half)
    took = 2.0 * TICK_S * made.ways.half[cell, k]
    size = made.stays.cells
    return csr_array((took, (cell, cell + made.ways.offset[k])), shape=(size, size))


@bar
def earliest_arrival() -> Bar:
    """From horizons, heights and slopes to the arrival at every cell, with the search itself."""
    small = scene(made_ground(pixels=40), made_light(pixels=40, days=DAYS), vehicle=ROVER,
                  battery_wh=BATTERY_WH)  # fmt: skip
    latest(small)
    earliest(small, *start_of(small)[:1], depart_s=0.0)
    ground = made_ground(pixels=PIXELS)
    horizons = made_horizons(pixels=PIXELS)
    light_s, light = core_seconds(lambda: light_of(horizons, days=DAYS))
    scene_s, made = core_seconds(lambda: scene(ground, light, vehicle=ROVER, battery_wh=BATTERY_WH))
    start, depart_s = start_of(made)
    search_s, reach = core_seconds(lambda: earliest(made, start, depart_s=depart_s))
    life_s, life = core_seconds(lambda: latest(made))
    arrival_s, margin_s = lived_map(reach, life)
    graph = constant_light(made)
    peer_s, _ = core_seconds(lambda: dijkstra(graph, indices=made.cell(start)))
    return Bar(
        "earliest arrival, 10^6 cells x 14 d", light_s + scene_s + search_s, 10.0, "core-s", "<=",
        peer=f"scipy's Dijkstra on the same ways without time: {peer_s:.1f} core-s",
        note=f"(windows of light at 200 s {light_s:.1f}, ways and stays {scene_s:.1f}, search"
        f" {search_s:.1f}; {(reach.label != NEVER).sum() / 1e6:.1f} of"
        f" {made.stays.start.size / 1e6:.1f} M stays, {100.0 * np.isfinite(arrival_s).mean():.0f} %"
        f" of cells reached; latest life besides {life_s:.1f},"
        f" {100.0 * np.isfinite(margin_s).mean():.0f} % live on)",
    )  # fmt: skip
