"""Bars of the node over HTTP, at a million footprints: one worker, asked by connections kept open.

The server is `ilrs serve` as its keeper starts it, with its rights followed and its audit log.
"""

import contextlib
import http.client
import platform
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil

from benchmarks.bar import Bar, bar
from benchmarks.bars_datacentre import catalogue, catalogue_path, places

ASKERS, SECONDS = 4, 10.0


@contextlib.contextmanager
def server() -> Iterator[tuple[int, psutil.Process]]:
    """The port of `ilrs serve` with the million footprints, read ahead, and its process."""
    catalogue()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "catalogue.sqlite3").symlink_to(catalogue_path().resolve())
        process = subprocess.Popen(
            [sys.executable, "-c", "from ilrs.cli import main; main()", "serve",
             "--archive", folder, "--runs", folder, "--port", str(port)],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            _wait(port)
            yield port, psutil.Process(process.pid)
        finally:
            process.terminate()
            process.wait(10)


def _wait(port: int) -> None:
    """Until the server answers, has read ahead, and has answered the first of each kind."""
    health = b""
    while b'"has_read_ahead":true' not in health:
        time.sleep(0.2)
        with contextlib.suppress(OSError):
            health = ask(http.client.HTTPConnection("127.0.0.1", port), "/api/health")
    for path in ("/stac/search?bbox=0,-90,1,-89", "/api/products?limit=1"):
        ask(http.client.HTTPConnection("127.0.0.1", port), path)


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


class Link:
    """A connection kept open that asks with little more than two calls of the system.

    The server has to itself what http.client would take: the cores are few, and share their caches.
    """

    def __init__(self, port: int) -> None:
        self._host = f"127.0.0.1:{port}"
        self._socket = socket.create_connection(("127.0.0.1", port))

    def ask(self, path: str) -> int:
        """Length of the body that answers, which is read to its end. [bytes]"""
        self._socket.sendall(f"GET {path} HTTP/1.1\r\nHost: {self._host}\r\n\r\n".encode())
        head, _, body = self._socket.recv(1 << 16).partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200"), head[:300]
        size, got = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0]), len(body)
        while got < size:
            more = len(self._socket.recv(1 << 16))
            assert more, "the server hung up"
            got += more
        return size


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
        link, done = Link(port), 0
        while time.perf_counter() < until:
            link.ask(asked[(number * 31 + done * 7) % len(asked)])
            done += 1
        counts.append(done)

    with server() as (port, process):
        before, until = processor_s(process), time.perf_counter() + SECONDS
        threads: list[Any] = [threading.Thread(target=work, args=(k, port, until))
                              for k in range(ASKERS)]  # fmt: skip
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        each_ms = (processor_s(process) - before) / sum(counts) * 1e3
    note = (f"{ASKERS} askers, STAC; {each_ms:.2f} ms of the server's processor time each; "
            f"Python {platform.python_version()}")  # fmt: skip
    return Bar("searches per second, one worker", sum(counts) / SECONDS, 600.0, "/s", ">=",
               "stac-fastapi-pgstac 154/s (issue)", note)  # fmt: skip
