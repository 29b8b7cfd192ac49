"""What other nodes are told over HTTP, and what is refused."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from ilrs.datacentre.archive import Archive
from ilrs.datacentre.catalogue import narrowed
from ilrs.datacentre.embargo import seconds_of_utc
from ilrs.datacentre.federation import StaleTreeError, Telling
from ilrs.datacentre.record import Record
from ilrs.datacentre.rights import ANYONE, Policy, Verb, view_of
from ilrs.datacentre.submission import SourceFile, Submission
from ilrs.web import federation

NOW = "2030-01-01T00:00:00Z"
VIEW = view_of(ANYONE, instant_s=seconds_of_utc(NOW), verb=Verb.DOWNLOAD)
LIDVID = "urn:ilrs:jdc:b:c:p-0::1.0"


class Client:
    """Asks an application in this process."""

    def __init__(self, app: Starlette) -> None:
        self.app = app

    def ask(self, method: str, path: str, body: Any = None) -> httpx.Response:
        async def answer() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://moon") as http:
                return await http.request(method, path, json=body)

        return asyncio.run(answer())

    def get(self, path: str) -> httpx.Response:
        return self.ask("GET", path)

    def post(self, path: str, body: Any) -> httpx.Response:
        return self.ask("POST", path, body)


def telling_of(archive: Archive) -> Telling:
    catalogue = archive.catalogue
    return Telling(
        catalogue, lambda: catalogue.policy, narrowed=lambda: narrowed(catalogue), name="test",
        clock=lambda: 0.0,
    )  # fmt: skip


def client(folder: Path, *accesses: str) -> Client:
    archive = Archive(folder, now=lambda: NOW)
    archive.ingest(
        Submission(
            record=Record(lidvid=f"urn:ilrs:jdc:b:c:p-{k}::1.0", access=access, partner="CNSA"),
            files=(SourceFile(name="data.csv", role="data", content=b"1\n"),),
        )
        for k, access in enumerate(accesses)
    )
    archive = Archive(folder, now=lambda: NOW)
    telling = telling_of(archive)
    return Client(Starlette(routes=federation.routes(telling, view=lambda _: VIEW)))


@pytest.fixture
def node(tmp_path: Path) -> Client:
    return client(tmp_path / "a", "open", "owner")


def test_a_node_tells_what_is_public(node: Client) -> None:
    about = node.get("/federation").json()["data"]
    assert (about["format"], about["node"], about["products"]) == ("ilrs federation 1", "test", 1)
    asked = {"root": about["sha256"], "branches": [""]}
    (branch,) = node.post("/federation/branches", asked).json()["data"]
    assert [lidvid for lidvid, _ in branch["entries"]] == [LIDVID]
    shut = "urn:ilrs:jdc:b:c:p-1::1.0"
    told = node.post("/federation/records", {"lidvids": [LIDVID, shut]}).json()["data"]
    assert [one["record"]["lidvid"] for one in told] == [LIDVID]
    assert (told[0]["access"], told[0]["embargo"]) == ("open", "")


def hide_by_withdrawal(folder: Path, served: Archive) -> None:
    Archive(folder, now=lambda: NOW).withdraw(LIDVID, reason="wrong sensor")  # as another process


def hide_by_rights(folder: Path, served: Archive) -> None:
    served.catalogue.follow(Policy())


@pytest.mark.parametrize("hide", [hide_by_withdrawal, hide_by_rights])
def test_nothing_is_told_at_once_of_what_is_hidden_now(
    tmp_path: Path, hide: Callable[[Path, Archive], None]
) -> None:
    client(tmp_path / "a", "open")
    served = Archive(tmp_path / "a", now=lambda: NOW)
    telling = telling_of(served)
    before = telling.about(VIEW)
    assert len(telling.branches(VIEW, root=before["sha256"], prefixes=[""])) == 1
    hide(tmp_path / "a", served)
    with pytest.raises(StaleTreeError) as caught:
        telling.branches(VIEW, root=before["sha256"], prefixes=[""])
    assert str(caught.value) == (
        "the tree with that digest is no longer here; what a node holds changes; its present "
        "digest is at /federation. Begin again."
    )
    later = replace(VIEW, instant_s=VIEW.instant_s + 1.0)
    assert (before["products"], telling.about(later)["products"]) == (1, 0)


def test_a_tree_is_kept_for_who_compares_while_products_are_added(tmp_path: Path) -> None:
    client(tmp_path / "a", "open")
    served = Archive(tmp_path / "a", now=lambda: NOW)
    telling = telling_of(served)
    root = telling.about(VIEW)["sha256"]
    client(tmp_path / "a", "open", "open")
    assert len(telling.branches(VIEW, root=root, prefixes=[""])) == 1


def test_answers_are_the_same_bytes_where_nothing_is_shut(node: Client, tmp_path: Path) -> None:
    other = client(tmp_path / "b", "open")
    first, second = (c.get("/federation") for c in (node, other))
    assert first.content == second.content
    asked = {"root": first.json()["data"]["sha256"], "branches": ["", "f"]}
    answers = [c.post("/federation/branches", asked).content for c in (node, other)]
    assert answers[0] == answers[1]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("branches", {"root": "0" * 64, "branches": [""]}, 409),
        ("branches", {"root": "", "branches": "0"}, 400),
        ("branches", [], 400),
        ("records", {"lidvids": ["no lidvid"]}, 400),
        ("records", {"lidvids": [LIDVID] * 101}, 400),
        ("records", {"lidvids": [3]}, 400),
        ("records", {"lidvids": ["x" * (1 << 20)]}, 400),
    ],
)
def test_what_cannot_be_told_is_an_error_with_its_reason(
    node: Client, path: str, body: object, status: int
) -> None:
    answer = node.post(f"/federation/{path}", body)
    assert answer.status_code == status
    assert set(answer.json()["error"]) == {"status", "asked", "possible", "mend"}
