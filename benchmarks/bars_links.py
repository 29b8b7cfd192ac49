"""Bars of the links: a month's contact plan of a whole network, in core-seconds.

The network is made up, its size is not: five surface assets, three relays and six Earth stations,
about 3,000 windows and 200 requests in a month, with windows as long and as often as those of
relays on orbits of 24 h and of stations on a turning Earth.
"""

import functools
import time

import numpy as np

from benchmarks.bar import Bar, bar
from ilrs.orbits.contact_plan import contact_plan
from ilrs.orbits.contacts import AccessWindow, ContactPlan, Node, Request

DAY_S = 86400.0
ASSETS = tuple(f"ASSET-{k}" for k in range(1, 6))
RELAYS = tuple(f"RELAY-{k}" for k in range(1, 4))
STATIONS = tuple(f"STATION-{k}" for k in range(1, 7))


def network() -> list[Node]:
    """Assets with one antenna, relays with two and a store, stations on Earth as one group."""
    return [
        *(Node(id=id_, partner=f"P{k}") for k, id_ in enumerate(ASSETS)),
        *(Node(id=id_, antennas=2, buffer_bit=400e9, partner="R") for id_ in RELAYS),
        *(Node(id=id_, group="EARTH", partner=f"S{k % 3}") for k, id_ in enumerate(STATIONS)),
    ]


def windows(days: int = 30, *, seed: int = 7) -> list[AccessWindow]:
    """About 100 windows a day."""
    draw = np.random.default_rng(seed)
    found: list[AccessWindow] = []

    def add(pair: tuple[str, str], begin: float, length: float, rates: tuple[float, float]) -> None:
        end = min(begin + length, days * DAY_S)
        if end > begin:
            found.append(
                AccessWindow(
                    source=pair[0], destination=pair[1], aos_tdb_s=begin, los_tdb_s=end,
                    rate_bps=rates[0], return_bps=rates[1],
                )
            )  # fmt: skip

    for day in range(days):
        for r, relay in enumerate(RELAYS):
            high = day * DAY_S + r * DAY_S / 3.0
            for asset in ASSETS:
                for part in range(2):  # a ridge cuts most overpasses in two
                    begin = high + part * 8.5 * 3600.0 + draw.uniform(0.0, 1800.0)
                    add((asset, relay), begin, draw.uniform(6.0, 8.0) * 3600.0, (20e6, 2e6))
            for s, station in enumerate(STATIONS):
                for part in range(3):  # the Moon hides the relay twice on the way
                    begin = day * DAY_S + s * DAY_S / 6.0 + part * 3.6 * 3600.0
                    begin += draw.uniform(0.0, 1800.0)
                    add((relay, station), begin, draw.uniform(2.5, 3.2) * 3600.0, (50e6, 5e6))
        if 8 <= day % 27 < 20:  # Earth is up at the pole for half of the month
            for asset in ASSETS:
                for s, station in enumerate(STATIONS):
                    begin = day * DAY_S + s * DAY_S / 6.0 + draw.uniform(0.0, 1800.0)
                    add((asset, station), begin, draw.uniform(9.0, 10.0) * 3600.0, (5e6, 1e6))
    return found


def requests(count: int = 200, *, days: int = 30, seed: int = 7) -> list[Request]:
    """Telemetry to Earth mostly, commands to the assets, some data between the assets."""
    draw = np.random.default_rng(seed + 1)
    found = []
    for k in range(count):
        asset, other = draw.choice(ASSETS, size=2, replace=False)
        release = draw.uniform(0.0, days - 3.0) * DAY_S
        kind = draw.choice(3, p=(0.8, 0.15, 0.05))
        ends = ((asset, "EARTH"), ("EARTH", asset), (asset, other))[kind]
        most = (2e12, 5e9, 20e9)[kind]
        found.append(
            Request(
                id=f"REQUEST-{k:03d}", source=str(ends[0]), destination=str(ends[1]),
                volume_bit=float(most * draw.uniform(0.05, 1.0)),
                release_tdb_s=release, deadline_tdb_s=release + draw.uniform(0.5, 3.0) * DAY_S,
                weight=float(draw.integers(1, 10)), partner=f"P{k % 5}",
            )
        )  # fmt: skip
    return found


@functools.cache
def month() -> tuple[ContactPlan, float, int]:
    """The best plan of a month, the core-seconds it took, and how many windows there were."""
    there = windows()
    begin = time.process_time()
    plan = contact_plan(network(), there, requests=requests(), setup_s=300.0, step_s=1800.0)
    return plan, time.process_time() - begin, len(there)


@bar
def links_plan() -> Bar:
    plan, took_s, count = month()
    quick = contact_plan(
        network(), windows(), requests=requests(), setup_s=300.0, step_s=1800.0, method="greedy"
    )
    note = f"{count} windows, {len(plan.contacts)} contacts; greedy delivers "
    note += f"{quick.worth / plan.worth:.1%} of its worth"
    return Bar("contact plan of a month", took_s, 30.0, "core-s", "<=", note=note)


@bar
def links_gap() -> Bar:
    plan, _, _ = month()
    return Bar("contact plan below its bound", 100.0 * plan.gap, 20.0, "%", "<=", peer=plan.method)
