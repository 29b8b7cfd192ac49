"""The server as a whole: the station book, verdicts, health, starting, and what no address is."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from ilrs.foundation.errors import IlrsError
from ilrs.web.app import latest_run, serve
from tests.web.conftest import Ask, client_of
from tests.web.service_for_tests import service

VERDICT = {"requirement": "R1", "measured": 1.5, "limit": 1.0, "holds": True}
RUN = {"programme": "p", "scenario": "s", "site": "x", "verdicts": [VERDICT], "provenance": {}}


@pytest.fixture
def run_folder(tmp_path: Path) -> Path:
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "run.json").write_text(json.dumps(RUN), encoding="utf-8")
    (tmp_path / "one" / "station-book.html").write_text("<h1>月 book</h1>", encoding="utf-8")
    return tmp_path


@pytest.fixture
def ask_run(run_folder: Path) -> Ask:
    return client_of(service(), run_folder)


def test_the_latest_book_is_at_the_root(ask_run: Ask, run_folder: Path) -> None:
    assert ask_run("/").text == "<h1>月 book</h1>"
    (run_folder / "two").mkdir()
    (run_folder / "two" / "run.json").write_text("{}", encoding="utf-8")
    (run_folder / "two" / "station-book.html").write_text("newer", encoding="utf-8")
    os.utime(run_folder / "one" / "run.json", (1, 1))
    assert ask_run("/").text == "newer"
    assert latest_run(run_folder) == run_folder / "two"


def test_without_a_book_the_root_leads_to_the_catalogue(ask: Ask) -> None:
    response = ask("/")
    assert (response.status_code, response.headers["location"]) == (307, "/data")


def test_verdicts_are_those_of_the_latest_run(ask_run: Ask) -> None:
    told = ask_run("/api/verdicts").json()
    kept = {key: RUN[key] for key in ("programme", "scenario", "verdicts", "provenance")}
    assert told == {"data": kept, "meta": {"count": 1}}


def test_a_missing_or_damaged_run_is_told(ask: Ask, ask_run: Ask, run_folder: Path) -> None:
    assert ask("/api/verdicts").json()["description"] == (
        "there is no run yet; verdicts come from a run. Run `ilrs run` first."
    )
    (run_folder / "one" / "run.json").write_text("{", encoding="utf-8")
    damaged = ask_run("/api/verdicts")
    assert (damaged.status_code, damaged.json()["description"]) == (
        500, "the latest run cannot be read; its run.json is damaged. Run it again.")  # fmt: skip


def test_health_says_whether_there_is_a_run(ask: Ask, ask_run: Ask) -> None:
    assert ask("/api/health").json()["data"]["has_run"] is False
    assert ask_run("/api/health").json()["data"]["has_run"] is True


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_nothing_is_written_over_http(ask: Ask, method: str) -> None:
    response = ask("/api/products", method=method)
    assert response.status_code == 405
    assert response.json()["description"] == (
        f"{method} does not work on /api/products; most of it is read with GET. Use GET."
    )


def test_an_etag_saves_sending_again(ask: Ask) -> None:
    etag = ask("/api/products").headers["etag"]
    again = ask("/api/products", headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")


def test_an_address_in_use_is_named(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(IlrsError) as caught:
            serve(service=service(), runs=tmp_path, port=port)
    assert str(caught.value) == (
        f"cannot listen on 127.0.0.1 port {port}: Address already in use; a free port and an "
        "address of this machine are needed. Choose others with --host and --port."
    )


def test_the_command_line_starts_without_the_extra() -> None:
    code = "import sys; sys.modules['starlette'] = None; import ilrs.cli"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
