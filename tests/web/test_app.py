"""The HTTP interfaces, asked through an in-process client: one success shape, one error shape."""

import asyncio
import importlib
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ilrs.datacentre.archive import Archive
from ilrs.datacentre.filing import file_products
from ilrs.datacentre.lid import Lid
from ilrs.datacentre.product import Column, Product, Table
from ilrs.foundation.errors import IlrsError
from ilrs.web import app as app_module
from ilrs.web.app import create_app, latest_run, serve

Ask = Callable[..., httpx.Response]
POWER = "urn:ilrs:jdc:station:run:power"
VERDICT = {"requirement": "R1", "measured": 1.5, "limit": 1.0, "holds": True}
RUN = {"programme": "p", "scenario": "s", "site": "x", "verdicts": [VERDICT], "provenance": {}}


def product(name: str, **fields: Any) -> Product:
    declared = {
        "lid": Lid.of_product("urn:ilrs:jdc", bundle="station", collection="run", product=name),
        "title": f"Title of {name}",
        "description": "Computed for a test.",
        "start_utc": "2035-01-01",
        "stop_utc": "2035-01-02",
        "publication_year": 2026,
        "partner": "cnsa",
        "table": Table([Column(name="x", values=np.array([1, 2]))]),
    }
    return Product(**{**declared, **fields})


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    made = Archive(tmp_path_factory.mktemp("centre"))
    file_products(
        made,
        [
            product("power", site="ridge"),
            product("heat", partner="roscosmos"),
            product("secret", access="owner", title="Secret heat"),
        ],
    )
    file_products(
        made, [product("power", site="ridge", table=Table([Column(name="y", values=np.ones(1))]))]
    )
    return made


@pytest.fixture
def run_folder(tmp_path: Path) -> Path:
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "run.json").write_text(json.dumps(RUN), encoding="utf-8")
    (tmp_path / "one" / "station-book.html").write_text("<h1>月 book</h1>", encoding="utf-8")
    return tmp_path


def client(archive: Archive, run_folder: Path) -> Ask:
    app = create_app(archive=archive, run_folder=run_folder)

    def ask(path: str, method: str = "GET", **options: Any) -> httpx.Response:
        async def answer() -> httpx.Response:
            transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://moon") as http:
                return await http.request(method, path, **options)

        return asyncio.run(answer())

    return ask


@pytest.fixture
def ask(archive: Archive, run_folder: Path) -> Ask:
    return client(archive, run_folder)


# --- the shapes ---------------------------------------------------------------------------------

SUCCESSES = (
    "/api/health",
    "/api/verdicts",
    "/api/products",
    "/api/products?text=title&site=ridge&limit=1&offset=0",
    f"/api/products/{POWER}",
    f"/api/products/{POWER}::1.0",
)
ERRORS = (
    ("/api/nothing", "GET", 404),
    ("/api/products", "POST", 405),
    ("/", "DELETE", 405),
    ("/?x=1", "GET", 400),
    ("/api/health?x=1", "GET", 400),
    ("/api/verdicts?x=1", "GET", 400),
    ("/api/products?color=red", "GET", 400),
    ("/api/products?limit=-1", "GET", 400),
    ("/api/products?limit=1001", "GET", 400),
    ("/api/products?offset=1e3", "GET", 400),
    ("/api/products?start_utc=soon", "GET", 400),
    ("/api/products/power", "GET", 400),
    (f"/api/products/{POWER}::1", "GET", 400),
    (f"/api/products/{POWER}::9.9", "GET", 404),
    ("/api/products/urn:ilrs:jdc:station:run:secret", "GET", 404),
    ("/api/products/urn:ilrs:jdc:station:run:secret/data", "GET", 404),
    ("/api/products/..%2f..%2fledger.jsonl/data", "GET", 404),
    ("/api/products/urn:ilrs:jdc:..:..:ledger::1.0/data", "GET", 400),
    (f"/api/products/{POWER}/label", "GET", 404),
)


@pytest.mark.parametrize("path", SUCCESSES)
def test_success_has_one_shape(ask: Ask, path: str) -> None:
    answer = ask(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert list(answer.json()) == ["data", "meta"]


@pytest.mark.parametrize(("path", "method", "status"), ERRORS)
def test_error_has_one_shape(ask: Ask, path: str, method: str, status: int) -> None:
    answer = ask(path, method)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/json"
    assert list(answer.json()) == ["error"]
    error = answer.json()["error"]
    assert list(error) == ["status", "asked", "possible", "mend"]
    assert error["status"] == status
    assert all(error.values())


def test_every_route_is_in_the_shape_tests_and_in_the_docstring(
    archive: Archive, tmp_path: Path
) -> None:
    app = create_app(archive=archive, run_folder=tmp_path)
    for route in app.routes:
        assert f"GET {route.path} " in app_module.__doc__ or f"{route.path}?" in app_module.__doc__
        asked = [*SUCCESSES, *(path for path, _, status in ERRORS if status != 405)]
        assert any(route.path_regex.match(path.partition("?")[0]) for path in asked), route.path


# --- what they say ------------------------------------------------------------------------------


def test_book_is_shown_as_it_was_written(ask: Ask) -> None:
    answer = ask("/")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.content.decode() == "<h1>月 book</h1>"


def test_plain_page_says_so_when_there_is_no_run(archive: Archive, tmp_path: Path) -> None:
    ask = client(archive, tmp_path)
    assert "<h1>No station book yet</h1>" in ask("/").text
    assert ask("/api/health").json()["data"]["has_run"] is False
    assert ask("/api/verdicts").json() == {
        "error": {
            "status": 404,
            "asked": "there is no run yet",
            "possible": "verdicts come from a run",
            "mend": "Run `ilrs run` first.",
        }
    }


def test_verdicts_are_those_of_the_run(ask: Ask) -> None:
    assert ask("/api/verdicts").json() == {
        "data": {"programme": "p", "scenario": "s", "verdicts": [VERDICT], "provenance": {}},
        "meta": {"count": 1},
    }


def test_newest_run_is_shown_when_there_are_several(run_folder: Path) -> None:
    assert latest_run(run_folder) == run_folder / "one"
    (run_folder / "two").mkdir()
    (run_folder / "two" / "run.json").write_text("{}")
    os.utime(run_folder / "two" / "run.json", (2e9, 2e9))
    assert latest_run(run_folder) == run_folder / "two"
    assert latest_run(run_folder / "one") == run_folder / "one"


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"programme": 1}'])
def test_damaged_run_is_a_fault_of_the_server(ask: Ask, run_folder: Path, text: str) -> None:
    (run_folder / "one" / "run.json").write_text(text)
    answer = ask("/api/verdicts")
    assert answer.status_code == 500
    assert answer.json()["error"]["asked"] == "the latest run cannot be read"


def test_only_open_products_exist(ask: Ask) -> None:
    answer = ask("/api/products").json()
    assert [record["lidvid"].rpartition(":run:")[2] for record in answer["data"]] == [
        "heat::1.0",
        "power::1.1",
    ]
    assert answer["meta"] == {"count": 2, "total": 2, "offset": 0}
    assert ask("/api/products", params={"text": "secret"}).json()["data"] == []
    assert ask("/api/health").json()["data"]["products"] == 2
    secret = ask("/api/products/urn:ilrs:jdc:station:run:secret").json()["error"]
    absent = ask("/api/products/urn:ilrs:jdc:station:run:secrex").json()["error"]
    assert {**secret, "asked": ""} == {**absent, "asked": ""}


def test_products_come_in_pages(ask: Ask) -> None:
    answer = ask("/api/products", params={"limit": 1, "offset": 1}).json()
    assert [record["title"] for record in answer["data"]] == ["Title of power"]
    assert answer["meta"] == {"count": 1, "total": 2, "offset": 1}


@pytest.mark.parametrize(
    ("search", "titles"),
    [
        ({"site": "ridge"}, ["Title of power"]),
        ({"partner": "roscosmos"}, ["Title of heat"]),
        ({"science_field": "geology"}, []),
        ({"start_utc": "2035-01-02"}, []),
        ({"text": 'heat" OR *'}, []),
    ],
)
def test_products_are_found_by(ask: Ask, search: dict[str, str], titles: list[str]) -> None:
    answer = ask("/api/products", params=search).json()
    assert [record["title"] for record in answer["data"]] == titles


def test_product_says_where_its_data_are_and_they_are_there(ask: Ask) -> None:
    newest = ask(f"/api/products/{POWER}").json()["data"]
    assert newest["lidvid"] == f"{POWER}::1.1"
    answer = ask(newest["data"])
    assert answer.content == b"y\r\n1.0\r\n"
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert "ilrs-jdc-station-run-power-v1.1.csv" in answer.headers["content-disposition"]
    assert ask(f"/api/products/{POWER}::1.0/data").content == b"x\r\n1\r\n2\r\n"


def test_part_of_the_data_comes_when_asked_for(ask: Ask) -> None:
    answer = ask(f"/api/products/{POWER}::1.0/data", headers={"range": "bytes=3-5"})
    assert (answer.status_code, answer.content) == (206, b"1\r\n")


def test_missing_data_are_a_fault_of_the_server(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "archive")
    record = file_products(archive, [product("power")])[0]
    (archive.folder / "ocfl" / archive.key_of(record.lidvid, "data.csv")).unlink()
    answer = client(archive, tmp_path)(f"/api/products/{POWER}/data")
    assert answer.json() == {
        "error": {
            "status": 500,
            "asked": f"the data of {POWER}::1.0 are missing",
            "possible": "`ilrs data verify` says what is wrong with the archive",
            "mend": "Tell whoever runs this archive.",
        }
    }


def test_fault_of_the_server_tells_nothing_of_it(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "archive")
    file_products(archive, [product("power")])
    (tmp_path / "archive" / "catalogue.sqlite3").write_bytes(b"no database" * 100)
    answer = client(archive, tmp_path)("/api/products")
    assert answer.json() == {
        "error": {
            "status": 500,
            "asked": "/api/products could not be answered",
            "possible": "this is a fault of the server, not of the request",
            "mend": "Tell whoever runs this server.",
        }
    }
    assert str(tmp_path) not in answer.text


def test_archive_not_yet_begun_is_empty(tmp_path: Path) -> None:
    ask = client(Archive(tmp_path / "none"), tmp_path)
    assert ask("/api/products").json() == {
        "data": [],
        "meta": {"count": 0, "total": 0, "offset": 0},
    }
    assert not (tmp_path / "none").exists()


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=30), st.text(max_size=30))
def test_no_request_is_a_fault_of_the_server(
    archive: Archive, tmp_path_factory: pytest.TempPathFactory, name: str, text: str
) -> None:
    ask = client(archive, tmp_path_factory.getbasetemp())
    path = "".join(f"%{byte:02X}" for byte in name.encode("utf-8", "surrogatepass"))
    text = text.encode("utf-8", "replace").decode()
    assert ask(f"/api/products/{path}/data").status_code in {200, 400, 404}
    assert ask("/api/products", params={"text": text, "site": text}).status_code == 200
    assert ask("/api/products", params={"start_utc": text}).status_code in {200, 400}


# --- starting -----------------------------------------------------------------------------------


def test_absent_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    with pytest.raises(IlrsError) as caught:
        importlib.reload(app_module)
    assert str(caught.value) == (
        "the web interfaces cannot start: uvicorn is not installed; it comes with the extra 'web'. "
        "Run: pip install 'ilrs[web]'"
    )
    monkeypatch.undo()
    importlib.reload(app_module)


def test_import_brings_no_heavy_room() -> None:
    code = (
        "import ilrs.web.app, sys; print(*sorted(m for m in sys.modules if m.startswith('ilrs.')))"
    )
    rooms = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert {name.split(".")[1] for name in rooms.stdout.split()} == {
        "foundation",
        "datacentre",
        "web",
    }


def test_serve_refused_when_the_port_is_taken(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(IlrsError) as caught:
            serve(archive=tmp_path, runs=tmp_path, port=port)
    assert str(caught.value) == (
        f"cannot listen on 127.0.0.1 port {port}: Address already in use; a free port and an "
        "address of this machine are needed. Choose others with --host and --port."
    )


def test_serve_answers_over_a_real_socket(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    code = (
        "import sys; from pathlib import Path; from ilrs.web.app import serve; "
        "serve(archive=Path(sys.argv[1]), runs=Path(sys.argv[1]), port=int(sys.argv[2]))"
    )
    command = [sys.executable, "-c", code, str(tmp_path), str(port)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as server:
        try:
            answer = health_of(port, until=time.monotonic() + 20.0)
        finally:
            server.terminate()
    assert answer.json()["data"]["status"] == "ok"


def health_of(port: int, *, until: float) -> httpx.Response:
    while True:
        try:
            return httpx.get(f"http://127.0.0.1:{port}/api/health", trust_env=False)
        except httpx.TransportError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)
