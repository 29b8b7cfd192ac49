"""Requests as bytes on the wire: heads that do not end are refused, whatever else is served."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest
import uvicorn

from ilrs.web.app import serve
from tests.web.service_for_tests import service


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a server as `serve` sets it up."""
    made: list[uvicorn.Config] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(uvicorn.Server, "run", lambda self, sockets: made.append(self.config))
        serve(service=service(), runs=tmp_path_factory.mktemp("no-run"), port=0)
    listener = socket.create_server(("127.0.0.1", 0))
    running = uvicorn.Server(made[0])
    thread = threading.Thread(target=lambda: running.run(sockets=[listener]), daemon=True)
    thread.start()
    while not running.started:
        time.sleep(0.02)
    yield listener.getsockname()[1]
    running.should_exit = True
    thread.join(10)


def get(path: str, *headers: bytes) -> bytes:
    lines = [f"GET {path} HTTP/1.1".encode(), b"Host: moon", *headers]
    return b"\r\n".join(lines) + b"\r\n\r\n"


def post(body: bytes) -> bytes:
    head = b"POST /stac/search HTTP/1.1\r\nHost: moon\r\nContent-Type: application/json\r\n"
    return head + b"Content-Length: %d\r\n\r\n" % len(body) + body


def answers(port: int, sent: bytes, count: int = 1) -> list[int]:
    """The statuses of what a server says to some bytes, until it has said as many or hangs up."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        sender = threading.Thread(target=_send, args=(connection, sent), daemon=True)
        sender.start()
        told = b""
        with suppress(ConnectionError):  # hung up on while still sending
            while told.count(b"HTTP/1.1 ") < count and (part := connection.recv(1 << 16)):
                told += part
        return [int(part[:3]) for part in told.split(b"HTTP/1.1 ")[1:]]


def _send(connection: socket.socket, sent: bytes) -> None:
    with suppress(OSError):  # hung up on
        connection.sendall(sent)


LONG = 40_000_000


@pytest.mark.parametrize(
    "sent",
    [
        get("/data", b"Authorization: Bearer " + b"a" * LONG),
        get("/data?q=" + "a" * LONG),
        get("/data", *[b"a%d: b" % number for number in range(LONG // 14)]),
        post(b"")[:-2] + b"a: " + b"a" * LONG,
        post(b"").replace(b"Content-Length: 0", b"Transfer-Encoding: chunked")
        + b"2\r\n{}\r\n0\r\nA: " + b"a" * LONG,
    ],
    ids=["a header", "an address", "many headers", "a header of POST", "a trailer"],
)  # fmt: skip
def test_a_head_that_does_not_end_keeps_nobody(port: int, sent: bytes) -> None:
    begun_s = time.monotonic()
    assert answers(port, sent) in ([400], [])
    assert answers(port, get("/api/health")) == [200]
    assert time.monotonic() - begun_s < 2.0


def test_long_bodies_and_heads_within_bounds_are_served(port: int) -> None:
    bearer = b"Authorization: Bearer " + b"a" * 60_000
    assert answers(port, get("/api/health", bearer)) == [401]
    search = json.dumps({"limit": 1}).encode() + b" " * 900_000
    assert answers(port, post(search)) == [200]
    assert answers(port, post(search) + get("/api/health"), 2) == [200, 200]
    assert answers(port, get("/api/health") * 500, 500) == [200] * 500
