"""Bars of the node over HTTP, at a million footprints: one worker, asked by connections kept open.

The server is a process of its own, so that its work and the asker's do not share an interpreter.
"""

import contextlib
import http.client
import multiprocessing
import socket
import statistics
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import uvicorn

from benchmarks.bar import Bar, bar
from benchmarks.bars_datacentre import catalogue, catalogue_path, places
from ilrs.datacentre.catalogue import open_catalogue
from ilrs.datacentre.rights_file import read_policy
from ilrs.web.app import create_app
from ilrs.web.service import Service

ASKERS, SECONDS = 4, 10.0


def run_server(path: str, port: int) -> None:
    policy = read_policy()
    service = Service(archive=None, catalogue=open_catalogue(path, policy=policy))  # type: ignore[arg-type]
    app = create_app(service=service, run_folder=Path("/nonexistent"))
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="error", access_log=False)


@contextlib.contextmanager
def server() -> Iterator[tuple[int, psutil.Process]]:
    """The port of a server of the million footprints, and its process."""
    catalogue()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = multiprocessing.get_context("spawn").Process(
        target=run_server, args=(str(catalogue_path()), port), daemon=True
    )
    process.start()
    try:
        for _ in range(600):
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", port), 1.0).close()
                break
            time.sleep(0.1)
        yield port, psutil.Process(process.pid)
    finally:
        process.terminate()
        process.join(10)


def paths(kind: str, count: int) -> list[str]:
    """Addresses of place searches for the first ten items about circles' middles."""
    found = []
    for circle in places(kind, count):
        half, polar = circle.radius_deg, abs(circle.latitude_deg) > 89.0
        south = max(circle.latitude_deg - half, -90.0)
        north = min(circle.latitude_deg + half, 90.0)
        west, east = (-180.0, 180.0) if polar else (
            (circle.longitude_deg - half + 180.0) % 360.0 - 180.0,
            (circle.longitude_deg + half + 180.0) % 360.0 - 180.0)  # fmt: skip
        found.append(f"/stac/search?bbox={west},{south},{east},{north}&limit=10")
    return found


def ask(link: http.client.HTTPConnection, path: str) -> bytes:
    link.request("GET", path)
    answer = link.getresponse()
    body = answer.read()
    assert answer.status == 200, body[:300]
    return body


def processor_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


@bar
def search_over_http() -> Bar:
    each: dict[str, float] = {}
    with server() as (port, _):
        link = http.client.HTTPConnection("127.0.0.1", port)
        for kind in ("pole", "antimeridian", "equator"):
            asked, took = paths(kind, 41), []
            for path in asked:
                begin = time.perf_counter()
                ask(link, path)
                took.append((time.perf_counter() - begin) * 1e3)
            each[kind] = statistics.median(took[1:])
    note = ", ".join(f"{kind} {took:.1f}" for kind, took in each.items()) + "; STAC, wall"
    return Bar("place search over HTTP p50", statistics.median(each.values()), 15.0, "ms", "<=",
               "pgstac 8 to 45 ms for the first 10 (issue)", note)  # fmt: skip


@bar
def searches_per_second() -> Bar:
    asked = [path for kind in ("pole", "antimeridian", "equator") for path in paths(kind, 40)]
    counts: list[int] = []

    def work(number: int, port: int, until: float) -> None:
        link, done = http.client.HTTPConnection("127.0.0.1", port), 0
        while time.perf_counter() < until:
            ask(link, asked[(number * 31 + done * 7) % len(asked)])
            done += 1
        counts.append(done)

    with server() as (port, process):
        ask(http.client.HTTPConnection("127.0.0.1", port), asked[0])
        before, until = processor_s(process), time.perf_counter() + SECONDS
        threads: list[Any] = [threading.Thread(target=work, args=(k, port, until))
                              for k in range(ASKERS)]  # fmt: skip
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        each_ms = (processor_s(process) - before) / sum(counts) * 1e3
    note = f"{ASKERS} askers, STAC; {each_ms:.2f} ms of the server's processor time each"
    return Bar("searches per second, one worker", sum(counts) / SECONDS, 600.0, "/s", ">=",
               "stac-fastapi-pgstac 154/s (issue)", note)  # fmt: skip
