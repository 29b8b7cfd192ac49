"""The server as a whole: the station book, verdicts, health, starting, and what no address is."""

import asyncio
import gc
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest

from ilrs.datacentre.archive import Archive, utc_now
from ilrs.datacentre.audit import Audit, decisions
from ilrs.datacentre.catalogue import open_catalogue
from ilrs.datacentre.node import writing_alone
from ilrs.datacentre.principals import Tokens
from ilrs.datacentre.record import Record
from ilrs.datacentre.rights import Principal
from ilrs.datacentre.rights_book import RightsBook
from ilrs.datacentre.rights_file import read_policy
from ilrs.datacentre.submission import SourceFile, Submission
from ilrs.foundation.errors import IlrsError
from ilrs.web import site
from ilrs.web.app import create_app, latest_run, read_ahead, serve
from ilrs.web.service import open_service
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
    assert ask("/api/health").json()["data"] == {
        "status": "ok", "version": version("ilrs"), "has_run": False, "has_read_ahead": False,
    }  # fmt: skip
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


def test_what_searches_need_is_read_ahead() -> None:
    made = service()
    columns = made.catalogue._columns
    assert columns.size == 0
    read_ahead(made)
    assert columns.size == len(made.catalogue.lidvids()) > 0
    assert {"place", "collection", "mission", "science_fields"} <= columns._fields.keys()


def test_a_catalogue_that_cannot_be_read_is_told_of_later(tmp_path: Path) -> None:
    (tmp_path / "catalogue.sqlite3").write_bytes(b"no database" * 1000)
    made = open_catalogue(tmp_path / "none.sqlite3", policy=read_policy())
    made._database.path = tmp_path / "catalogue.sqlite3"
    read_ahead(replace(service(), catalogue=made))
    with pytest.raises(IlrsError, match="cannot be read"):
        made.lidvids()


def test_the_command_line_starts_without_the_extra() -> None:
    code = "import sys; sys.modules['starlette'] = None; import ilrs.cli"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# --- a node that is served while its keeper changes its rights ------------------------------------

CLOSED = "rules:\n  - name: nobody's\n    grants: []\n"


@pytest.fixture
def node(tmp_path: Path) -> Path:
    folder = tmp_path / "node"
    record = Record(lidvid="urn:ilrs:jdc:a:b:c::1.0", title="Heat", access="open")
    submission = Submission(
        record=record, files=(SourceFile(name="a.txt", role="data", content=b"1"),)
    )
    Archive(folder).ingest([submission])
    return folder


def test_a_node_without_its_catalogue_is_served_with_one_made_anew(
    node: Path, tmp_path: Path
) -> None:
    for path in node.glob("catalogue.sqlite3*"):
        path.unlink()
    made = open_service(node)
    found = client_of(made, tmp_path)("/api/products").json()["data"]
    assert [product["lidvid"] for product in found] == ["urn:ilrs:jdc:a:b:c::1.0"]
    assert made.audit is not None
    made.audit.close()


@pytest.fixture
def ask_node(node: Path, tmp_path: Path) -> Iterator[Ask]:
    service = open_service(node)
    yield client_of(service, tmp_path)
    if service.audit is not None:
        service.audit.close()


def found(ask: Ask) -> int:
    return len(ask("/pds/products").json()["data"])


def test_changed_rights_are_followed_at_once(node: Path, ask_node: Ask) -> None:
    ask = ask_node
    assert found(ask) == 1
    (node / "rights.yaml").write_text(CLOSED, encoding="utf-8")
    assert found(ask) == 0
    assert ask("/files/urn:ilrs:jdc:a:b:c::1.0/a.txt").status_code == 404
    (node / "rights.yaml").write_text("rules: 7\n", encoding="utf-8")
    broken = ask("/data")
    assert broken.status_code == 503
    assert broken.json()["description"] == (
        "the rights of this node were changed and cannot be read; half a policy is none: nothing "
        "is given until it is mended. Whoever keeps this node runs `ilrs data rights` and mends "
        "the file that it names."
    )
    (node / "rights.yaml").unlink()
    assert found(ask) == 1


def test_nothing_is_given_by_damaged_rights(node: Path, ask_node: Ask) -> None:
    ask = ask_node
    link, ledger = node / "rights.yaml", node / "rights.jsonl"
    link.symlink_to(node / "gone.yaml")
    assert ask("/data").status_code == 503
    link.unlink()
    assert found(ask) == 1
    whole = ledger.read_bytes()
    ledger.write_bytes(whole + b'{"event":"embargo_extended}\n')
    assert ask("/data").status_code == 503
    ledger.write_bytes(whole)
    assert found(ask) == 1


def closed_days(node: Path) -> list[bool]:
    """Of each policy entered, whether it is the one that grants nothing."""
    entries = map(json.loads, (node / "rights.jsonl").read_text(encoding="utf-8").splitlines())
    return [entry["text"] == CLOSED for entry in entries]


def test_what_is_served_by_is_entered(node: Path, ask_node: Ask) -> None:
    assert closed_days(node) == [False]
    (node / "rights.yaml").write_text(CLOSED, encoding="utf-8")
    assert [found(ask_node) for _ in range(3)] == [0, 0, 0]
    assert closed_days(node) == [False, True]
    book = RightsBook(node, utc_now)
    assert [rule.name for rule in book.policy_on(time.time()).rules] == ["nobody's"]
    assert book.verify() == []


def test_a_policy_that_a_server_begins_with_is_entered(node: Path) -> None:
    (node / "rights.yaml").write_text(CLOSED, encoding="utf-8")
    open_service(node)
    assert closed_days(node) == [False, True]


def test_serving_does_not_wait_for_whoever_writes(
    node: Path, ask_node: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun_s = time.monotonic()
    with writing_alone(node):
        (node / "rights.yaml").write_text(CLOSED, encoding="utf-8")
        assert found(ask_node) == 0
        closed_s = time.time()
        (node / "rights.yaml").unlink()
        assert found(ask_node) == 1
    assert time.monotonic() - begun_s < 10.0  # a writer is waited for 30 s
    assert closed_days(node) == [False]
    monkeypatch.setattr(time, "monotonic", lambda: begun_s + 60.0)
    assert found(ask_node) == 1
    assert closed_days(node) == [False, True, False]
    names = [rule.name for rule in RightsBook(node, utc_now).policy_on(closed_s).rules]
    assert names == ["nobody's"]


def test_a_node_that_cannot_be_written_serves(node: Path, ask_node: Ask) -> None:
    (node / "writer.lock").unlink()
    (node / "writer.lock").mkdir()
    (node / "rights.yaml").write_text(CLOSED, encoding="utf-8")
    assert (found(ask_node), closed_days(node)) == (0, [False])
    (node / "rights.yaml").unlink()
    assert found(ask_node) == 1


def entered(node: Path) -> list[tuple[str, bool, str]]:
    """What was asked, whether it was allowed, and by which rule, as the audit log has it."""
    return [(entry["what"], entry["allowed"], entry["rule"]) for entry in decisions(node)]


def test_the_rule_that_decided_is_in_the_audit_log(node: Path, ask_node: Ask) -> None:
    ask_node("/files/urn:ilrs:jdc:a:b:c::1.0/a.txt")
    ask_node("/files/urn:ilrs:jdc:a:b:d::1.0/a.txt")
    assert entered(node) == [
        ("GET /files/urn:ilrs:jdc:a:b:c::1.0/a.txt", True, "as declared (status 200)"),
        ("GET /files/urn:ilrs:jdc:a:b:d::1.0/a.txt", False, "(status 404)"),
    ]


def test_every_answer_is_in_the_audit_log(
    node: Path, ask_node: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    preflight = {"Origin": "https://x.example", "Access-Control-Request-Method": "GET"}
    ask_node("/pds/products", "OPTIONS", headers=preflight)
    ask_node("/data", headers={"Authorization": "Bearer x"})
    monkeypatch.setattr(site, "ask", None)
    assert ask_node("/data").status_code == 500
    (node / "rights.yaml").write_text("rules: 7\n", encoding="utf-8")
    ask_node("/data")
    assert entered(node) == [
        ("OPTIONS /pds/products", True, "(status 200)"),
        ("GET /data", False, "(status 401)"),
        ("GET /data", False, "(status 500)"),
        ("GET /data", False, "(status 503)"),
    ]


def test_a_question_that_is_sent_stands_in_the_audit_log(node: Path, ask_node: Ask) -> None:
    sent = b'{"limit":1,"collections":["\xe6\x9c\x88"]}'
    assert ask_node("/stac/search", "POST", content=sent).status_code == 200
    query = {"LANG": "ADQL", "QUERY": "SELECT 1"}
    ask_node("/tap/sync", "POST", data=query)
    ask_node("/stac/search", "POST", content=b"\xff" + b" " * 1900 + b"a" * 1_500_000)
    asked = [what for what, _, _ in entered(node)]
    assert asked[:2] == [
        'POST /stac/search {"limit":1,"collections":["月"]}',
        "POST /tap/sync LANG=ADQL&QUERY=SELECT+1",
    ]
    assert (asked[2][:19], len(asked[2])) == ("POST /stac/search \ufffd", 2000)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_nothing_is_answered_that_cannot_be_entered(
    node: Path, ask_node: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Audit, "note", full)
    for path in ("/pds/products", "/files/urn:ilrs:jdc:a:b:c::1.0/a.txt", "/data", "/api/health"):
        answer = ask_node(path)
        assert (answer.status_code, answer.json()["error"]["asked"]) == (
            500, f"{path} could not be answered")  # fmt: skip
    gc.collect()  # the opened file, which nobody was sent


# --- who asks -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", ["/", "/api", "/api/health", "/api/verdicts", "/stac", "/tap/tables", "/data", "/no"]
)
def test_a_token_that_is_none_is_refused_at_every_address(ask_node: Ask, path: str) -> None:
    answer = ask_node(path, headers={"Authorization": "Bearer x"})
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert answer.json()["description"] == (
        "the Authorization header names nobody; it is 'Bearer ' and a token of this node, or of an "
        "issuer that it trusts. Correct it, or leave it out to see what is public."
    )


def test_two_authorization_headers_name_nobody(node: Path, ask_node: Ask) -> None:
    token, _ = Tokens(node, now=utc_now).add("a", partner="CNSA")
    bearer = f"Bearer {token}"
    for headers, status in (
        ([bearer], 200), ([bearer, bearer], 401), ([bearer, "Bearer x"], 401), (["", bearer], 401)
    ):  # fmt: skip
        sent = [("Authorization", value) for value in headers]
        assert ask_node("/data", headers=sent).status_code == status


def test_whose_token_it_is_stands_in_the_audit_log(node: Path, ask_node: Ask) -> None:
    token, _ = Tokens(node, now=utc_now).add("Li Wei", partner="CNSA")
    ask_node("/api/health", headers={"Authorization": f"Bearer {token}"})
    assert [(entry["principal"], entry["partner"]) for entry in decisions(node)] == [
        ("Li Wei", "CNSA")
    ]


def test_where_an_issuers_keys_lie_is_for_the_log_alone(
    node: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (node / "issuers.yaml").write_text(
        "issuers: [{issuer: 'https://a.example', audience: a, partner: CNSA, keys: keys.json}]"
    )
    made = open_service(node)
    forged = jwt.encode({"iss": "https://a.example"}, "s" * 64, algorithm="HS256")
    answer = client_of(made, tmp_path)("/data", headers={"Authorization": f"Bearer {forged}"})
    assert (answer.status_code, answer.json()["description"]) == (
        503,
        "this cannot be answered now; the tokens of this node, or the keys of an issuer of tokens, "
        "cannot be read. Try again later; whoever runs this server finds the reason in its log.",
    )
    assert "had from keys.json: No such file or directory" in caplog.text
    assert made.audit is not None
    made.audit.close()


def test_who_has_no_token_waits_for_no_issuer(tmp_path: Path) -> None:
    is_asked, goes_on = threading.Event(), threading.Event()

    def slow(authorization: str) -> Principal:
        is_asked.set()
        goes_on.wait(30.0)
        return Principal("a", "CNSA")

    app = create_app(service=replace(service(), identify=slow), run_folder=tmp_path)

    async def both() -> list[int]:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://moon") as http:
            with_token = asyncio.create_task(
                http.get("/api/health", headers={"Authorization": "Bearer x"})
            )
            while not is_asked.is_set():
                await asyncio.sleep(0.01)
            codes = [(await http.get("/api/health")).status_code]
            assert not with_token.done()
            goes_on.set()
            return [*codes, (await with_token).status_code]

    assert asyncio.run(both()) == [200, 200]
