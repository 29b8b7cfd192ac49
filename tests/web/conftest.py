"""An in-process client of a node, and a server of one on a free port of this machine."""

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

from ilrs.web.app import create_app
from ilrs.web.service import Service
from tests.web.service_for_tests import service

Ask = Callable[..., httpx.Response]


def client_of(of: Service, run_folder: Path) -> Ask:
    app = create_app(service=of, run_folder=run_folder)

    def ask(path: str, method: str = "GET", **options: Any) -> httpx.Response:
        async def answer() -> httpx.Response:
            transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://moon") as http:
                return await http.request(method, path, **options)

        return asyncio.run(answer())

    return ask


@pytest.fixture(scope="session")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Ask:
    """Asks a node with a handful of products and no run."""
    return client_of(service(), tmp_path_factory.mktemp("no-run"))


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server of that node, for clients that no one here wrote."""
    app = create_app(service=service(), run_folder=tmp_path_factory.mktemp("no-run"))
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    running = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
    thread = threading.Thread(target=lambda: running.run(sockets=[listener]), daemon=True)
    thread.start()
    while not running.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    running.should_exit = True
    thread.join(10)
