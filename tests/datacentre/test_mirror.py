"""A node copied over a link that is slow and breaks, as far as its rights allow."""

import json
import random
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from ilrs.datacentre.archive import Archive
from ilrs.datacentre.embargo import seconds_of_utc
from ilrs.datacentre.federation import StaleTreeError, Telling
from ilrs.datacentre.holdings import Holdings
from ilrs.datacentre.merkle import LEAF_SIZE
from ilrs.datacentre.mirror import Mirrored, mirror_node
from ilrs.datacentre.question import Question
from ilrs.datacentre.record import Record
from ilrs.datacentre.rights import ANYONE, Principal, Verb, View, rights_key, view_of
from ilrs.datacentre.rights_book import RightsBook
from ilrs.datacentre.submission import SourceFile, Submission
from ilrs.datacentre.transfer import Link, LinkError
from ilrs.foundation.errors import IlrsError
from tests.datacentre.conftest import Clock
from tests.datacentre.web_serving import serving

NOW = "2030-01-01T00:00:00Z"
TOKEN = "ilrs-partner"
BIG = 300_000  # bytes of a file that no connection of these tests brings whole


def submission(number: int, content: bytes = b"", **fields: Any) -> Submission:
    made = Record(
        lidvid=f"urn:ilrs:jdc:b:c:p-{number}::1.0", title=f"Product {number}", partner="CNSA",
        access="open", start_utc="2029-01-01", stop_utc="2029-02-01",
    )  # fmt: skip
    data = content or f"{number},2\n".encode()
    files = (
        SourceFile(name="label.xml", role="label", content=f"<label>{number}</label>".encode()),
        SourceFile(name="data/values.csv", role="data", content=data),
    )
    return Submission(record=replace(made, **fields), files=files)


class Shelf:
    """A catalogue as far as telling needs one: records, and the views on them."""

    def __init__(self, archive: Archive, clock: Clock) -> None:
        self.archive, self.clock = archive, clock

    def seen(self, view: View) -> list[Record]:
        policy = RightsBook(self.archive.folder, self.clock).policy()
        records = (r for r in self.archive.find() if not r.withdrawn_utc)
        return [r for r in records if view.shows(*rights_key(r, policy))]

    def every(self, question: Question, *, view: View) -> Iterator[Record]:
        return iter(self.seen(view))

    def get(self, identifier: str, *, view: View) -> Record | None:
        return next((r for r in self.seen(view) if r.lidvid == identifier), None)


class NodeServer:
    """A node's federation and files; each connection is cut after `cut` bytes, or now and then."""

    def __init__(self, archive: Archive, clock: Clock, *, cut: int = 0, bps: float = 0.0) -> None:
        self.archive, self.clock, self.cut, self.bps = archive, clock, cut, bps
        self.shelf = Shelf(archive, clock)
        self.chance = random.Random(5)
        self.asked: list[str] = []
        self.ranges = 0
        self.lock = threading.Lock()
        self.renew()

    def renew(self) -> None:
        policy = RightsBook(self.archive.folder, self.clock).policy()
        self.telling = Telling(self.shelf, lambda: policy, narrowed=lambda: (), clock=lambda: 0.0)

    def view(self, handler: Any) -> View:
        is_partner = handler.headers.get("Authorization") == f"Bearer {TOKEN}"
        who = Principal("mirror", "IKI") if is_partner else ANYONE
        return view_of(who, instant_s=seconds_of_utc(self.clock()), verb=Verb.DOWNLOAD)

    def answer(self, handler: Any) -> None:
        with self.lock:
            self.asked.append(handler.path)
        size = int(handler.headers.get("Content-Length") or 0)
        body = json.loads(handler.rfile.read(size)) if size else {}
        view = self.view(handler)
        try:
            if handler.path.startswith("/files/"):
                self.send_file(handler, view)
                return
            told: Any = {
                "/federation": lambda: self.telling.about(view),
                "/federation/branches": lambda: self.telling.branches(
                    view, root=body["root"], prefixes=body["branches"]
                ),
                "/federation/records": lambda: self.telling.records(view, body["lidvids"]),
            }[handler.path]()
            self.send(handler, 200, json.dumps({"data": told}).encode(), {})
        except (IlrsError, KeyError, StopIteration):
            self.send(handler, 404, b"{}", {})

    def send_file(self, handler: Any, view: View) -> None:
        lidvid, _, name = unquote(handler.path.removeprefix("/files/")).partition("/")
        record = self.shelf.get(lidvid, view=view)
        assert record is not None
        file = next(file for file in record.files if file.name == name)
        with self.archive.open_file(lidvid, name) as stream:
            content = stream.read()
        wanted, start = handler.headers.get("Range", ""), 0
        if wanted and handler.headers.get("If-Range") == f'"{file.sha256}"':
            self.ranges += 1
            start = int(wanted.removeprefix("bytes=").rstrip("-"))
        headers = {"ETag": f'"{file.sha256}"'}
        if start:
            headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        self.send(handler, 206 if start else 200, content[start:], headers)

    def send(self, handler: Any, status: int, content: bytes, headers: dict[str, str]) -> None:
        if self.cut and self.chance.random() < 0.2:
            return  # not even a status line
        handler.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            handler.send_header(name, value)
        handler.end_headers()
        sent = content[: self.cut] if self.cut else content
        for start in range(0, len(sent), 8192):
            handler.wfile.write(sent[start : start + 8192])
            if self.bps:
                time.sleep(8192 * 8 / self.bps)


@pytest.fixture
def theirs(tmp_path: Path, clock: Clock) -> Archive:
    return Archive(tmp_path / "theirs", now=clock)


@pytest.fixture
def ours(tmp_path: Path, clock: Clock) -> Archive:
    return Archive(tmp_path / "ours", now=clock)


def copy(url: str, ours: Archive, clock: Clock, *, token: str = "") -> Mirrored:
    return mirror_node(Link(url, token, sleep=lambda _: None), ours, now=clock)


def contents(archive: Archive) -> dict[str, bytes]:
    found = {}
    for record in archive.find():
        for file in record.files:
            with archive.open_file(record.lidvid, file.name) as stream:
                found[f"{record.lidvid}/{file.name}"] = stream.read()
    return found


def test_a_node_is_copied_and_asked_once_where_nothing_changed(
    theirs: Archive, ours: Archive, clock: Clock
) -> None:
    theirs.ingest(submission(number) for number in range(LEAF_SIZE + 40))
    server = NodeServer(theirs, clock)
    with serving(server.answer) as url:
        first = copy(url, ours, clock)
        assert (len(first.copied), first.failed, first.gone) == (LEAF_SIZE + 40, {}, [])
        assert contents(ours) == contents(theirs)
        server.asked.clear()
        again = copy(url, ours, clock)
    assert (again.copied, again.had, again.requests) == ([], [], 2)
    assert server.asked == ["/federation", "/federation/branches"]
    assert not (ours.folder / "mirroring").exists()


def test_a_slow_link_that_breaks_brings_everything_in_the_end(
    theirs: Archive, ours: Archive, clock: Clock
) -> None:
    random_bytes = random.Random(1).randbytes(BIG)
    theirs.ingest([submission(0, random_bytes), *(submission(n) for n in range(1, 30))])
    server = NodeServer(theirs, clock, cut=40_000, bps=40e6)
    with serving(server.answer) as url:
        for _ in range(20):  # each call goes on where the one before was broken off
            try:
                found = copy(url, ours, clock)
            except LinkError:
                continue
            if not found.failed:
                break
    assert contents(ours) == contents(theirs)
    assert server.ranges >= BIG // 40_000 - 1
    # what came was not asked for again: a cut connection brings 40,000 bytes, and all are kept
    assert found.bytes_read < 2 * BIG


def test_only_what_the_rights_allow_is_copied(
    theirs: Archive, ours: Archive, clock: Clock, tmp_path: Path
) -> None:
    theirs.ingest(
        [
            submission(0),
            submission(1, access="partners"),
            submission(2, access="owner"),
            submission(3, embargo="P2Y after stop"),
            submission(4, access="partners", embargo="P2Y after stop"),
        ]
    )
    server = NodeServer(theirs, clock)
    with serving(server.answer) as url:
        assert copy(url, ours, clock).copied == ["urn:ilrs:jdc:b:c:p-0::1.0"]
        partner = Archive(tmp_path / "partner", now=clock)
        found = copy(url, partner, clock, token=TOKEN)
        assert found.copied == ["urn:ilrs:jdc:b:c:p-0::1.0", "urn:ilrs:jdc:b:c:p-1::1.0"]
        # a copy grants no more than the original: anyone sees the first alone
        shelf = Shelf(partner, clock)
        view = view_of(ANYONE, instant_s=seconds_of_utc(NOW))
        assert [r.lidvid for r in shelf.seen(view)] == ["urn:ilrs:jdc:b:c:p-0::1.0"]
        clock.utc = "2031-06-01T00:00:00Z"
        server.renew()
        released = copy(url, ours, clock)
    assert released.copied == ["urn:ilrs:jdc:b:c:p-3::1.0"]


def test_a_node_without_what_is_shut_tells_the_same(
    theirs: Archive, ours: Archive, clock: Clock
) -> None:
    view = view_of(ANYONE, instant_s=seconds_of_utc(NOW), verb=Verb.DOWNLOAD)
    shut = [submission(9, access="owner"), submission(8, embargo="2040-01-01")]
    theirs.ingest([submission(0), *shut])
    ours.ingest([submission(0)])
    one, other = NodeServer(theirs, clock).telling, NodeServer(ours, clock).telling
    assert one.about(view) == other.about(view)
    root = one.about(view)["sha256"]
    assert one.branches(view, root=root, prefixes=[""]) == other.branches(
        view, root=root, prefixes=[""]
    )
    lidvids = [f"urn:ilrs:jdc:b:c:p-{n}::1.0" for n in (0, 8, 9)]
    assert one.records(view, lidvids) == other.records(view, lidvids)
    # the tree that one principal was told of is not there for another
    owner = view_of(Principal("o", "CNSA"), instant_s=seconds_of_utc(NOW), verb=Verb.DOWNLOAD)
    everything = one.about(owner)["sha256"]
    with pytest.raises(StaleTreeError):
        one.branches(view, root=everything, prefixes=[""])


def test_a_conflict_is_shown_and_nothing_overwritten(
    theirs: Archive, ours: Archive, clock: Clock
) -> None:
    theirs.ingest([submission(0, b"theirs\n"), submission(1)])
    ours.ingest([submission(0, b"ours\n"), submission(1)])
    with serving(NodeServer(theirs, clock).answer) as url:
        found = copy(url, ours, clock)
        again = copy(url, ours, clock)
    assert found.conflicts == again.conflicts == ["urn:ilrs:jdc:b:c:p-0::1.0"]
    assert (found.copied, found.had) == ([], ["urn:ilrs:jdc:b:c:p-1::1.0"])
    assert contents(ours)["urn:ilrs:jdc:b:c:p-0::1.0/data/values.csv"] == b"ours\n"


def test_it_is_known_which_node_holds_what(theirs: Archive, ours: Archive, clock: Clock) -> None:
    theirs.ingest([submission(0), submission(1)])
    ours.ingest([submission(1)])
    server = NodeServer(theirs, clock)
    holdings = Holdings(ours.folder, now=clock)
    with serving(server.answer) as url:
        copy(url, ours, clock)
        (copied,), (had,) = (
            holdings.holders(f"urn:ilrs:jdc:b:c:p-{number}::1.0") for number in (0, 1)
        )
        assert (copied.node, copied.seen_utc, copied.copied_utc) == (url, NOW, NOW)
        assert (had.node, had.copied_utc, had.gone_utc) == (url, "", "")
        theirs.withdraw("urn:ilrs:jdc:b:c:p-0::1.0", reason="wrong sensor")
        server.renew()
        clock.utc = "2030-02-01T00:00:00Z"
        found = copy(url, ours, clock)
    assert found.gone == ["urn:ilrs:jdc:b:c:p-0::1.0"]
    (copied,) = holdings.holders("urn:ilrs:jdc:b:c:p-0::1.0")
    assert copied.gone_utc == "2030-02-01T00:00:00Z"


def test_statements_and_attribution_come_along(
    theirs: Archive, ours: Archive, clock: Clock
) -> None:
    theirs.folder.mkdir(parents=True)
    (theirs.folder / "rights.yaml").write_text(
        "rules:\n  - name: r\n    grants: as declared\n    attribution: CNSA/GRAS\n"
        "    statements: [{issuer: CNSA, language: zh, text: 需注明来源}]\n"
    )
    theirs.ingest([submission(0)])
    with serving(NodeServer(theirs, clock).answer) as url:
        (lidvid,) = copy(url, ours, clock).copied
        assert copy(url, ours, clock).rights == {}
    held = ours.get(lidvid)
    assert held is not None
    assert (held.attribution, [s.text for s in held.statements]) == ("CNSA/GRAS", ["需注明来源"])


def test_an_embargo_extended_there_is_extended_here(
    theirs: Archive, ours: Archive, clock: Clock
) -> None:
    (theirs.folder).mkdir(parents=True)
    (theirs.folder / "rights.yaml").write_text(
        "rules:\n  - name: r\n    embargo: P2Y after stop\n    grants:\n"
        "      - {to: IKI, may: download, from: receipt}\n"
        "      - {to: anyone, may: redistribute}\n"
    )
    theirs.ingest([submission(0)])
    lidvid = "urn:ilrs:jdc:b:c:p-0::1.0"
    server = NodeServer(theirs, clock)
    with serving(server.answer) as url:
        assert copy(url, ours, clock, token=TOKEN).copied == [lidvid]
        held = ours.get(lidvid)
        assert held is not None and (held.access, held.embargo) == (
            "iki: download from receipt; anyone: redistribute from release",
            "2031-02-01T00:00:00Z",
        )
        record = theirs.get(lidvid)
        assert record is not None
        RightsBook(theirs.folder, clock).extend(record, lid=lidvid, until="P1Y", reason="more work")
        server.renew()
        found = copy(url, ours, clock, token=TOKEN)
    assert found.rights == {lidvid: "embargo extended to 2032-02-01T00:00:00Z, as it is there"}
    policy = RightsBook(ours.folder, clock).policy()
    assert rights_key(held, policy)[1] == seconds_of_utc("2032-02-01")


@pytest.fixture
def forger(theirs: Archive, clock: Clock) -> Iterator[NodeServer]:
    theirs.ingest([submission(0), submission(1)])
    yield NodeServer(theirs, clock)


def test_forged_files_and_records_are_not_taken(
    forger: NodeServer, ours: Archive, clock: Clock
) -> None:
    send = forger.send

    def forged(handler: Any, status: int, content: bytes, headers: dict[str, str]) -> None:
        if handler.path.endswith("p-1::1.0/data/values.csv"):
            content = b"9" * len(content)
        if handler.path == "/federation/records":
            content = content.replace(b"data/values.csv", b"../../values.csv", 1)
        send(handler, status, content, headers)

    forger.send = forged  # type: ignore[method-assign]
    with serving(forger.answer) as url:
        found = copy(url, ours, clock)
        first, second = (found.failed[f"urn:ilrs:jdc:b:c:p-{n}::1.0"] for n in (0, 1))
        assert first == (
            "the other node contradicts itself: its record of urn:ilrs:jdc:b:c:p-0::1.0 is not the "
            "one that its tree has; it may have changed meanwhile. Mirror it again; if it stays "
            "so, tell whoever runs that node."
        )
        assert second.startswith(
            f"{url}/files/urn:ilrs:jdc:b:c:p-1::1.0/data/values.csv has SHA-256 "
        )
        assert ours.find() == []
        forger.send = send  # type: ignore[method-assign]
        assert len(copy(url, ours, clock).copied) == 2


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"title": 5}, "this is no record of a product: title is 5; possible is a text. "
                       "Write it as Record.to_dict does."),
        ({"keywords": [5]}, "this is no record of a product: keywords is 5; possible is a text. "
                            "Write it as Record.to_dict does."),
        ({"pixel_m": "x"}, "this is no record of a product: pixel_m is 'x'; possible is a number "
                           "or null. Write it as Record.to_dict does."),
        ({"start_utc": "zzz"}, "'zzz' is not a UTC instant; ISO 8601 in UTC is read, such as 1966, "
                               "1966-11-20, 1966-324 or 1966-11-20T15:32:48Z. Write the instant "
                               "so, without another time zone."),
    ],
)  # fmt: skip
def test_a_record_that_can_mean_nothing_is_not_taken_and_the_others_are(
    forger: NodeServer, ours: Archive, clock: Clock, fields: dict[str, Any], reason: str
) -> None:
    send = forger.send

    def forged(handler: Any, status: int, content: bytes, headers: dict[str, str]) -> None:
        if handler.path == "/federation/records":
            answer = json.loads(content)
            answer["data"][0]["record"].update(fields)
            content = json.dumps(answer).encode()
        send(handler, status, content, headers)

    forger.send = forged  # type: ignore[method-assign]
    with serving(forger.answer) as url:
        found = copy(url, ours, clock)
    first, second = (f"urn:ilrs:jdc:b:c:p-{n}::1.0" for n in (0, 1))
    assert (found.failed, found.copied) == ({first: reason}, [second])
    (outcome,) = ours.ingest([submission(2)])  # it can still be written here
    assert outcome.state == "filed"


def test_a_copy_of_what_is_quarantined_is_quarantined(
    forger: NodeServer, ours: Archive, clock: Clock
) -> None:
    send = forger.send

    def told(handler: Any, status: int, content: bytes, headers: dict[str, str]) -> None:
        if handler.path == "/federation/records":
            answer = json.loads(content)
            answer["data"][0]["record"]["quarantined"] = True
            content = json.dumps(answer).encode()
        send(handler, status, content, headers)

    forger.send = told  # type: ignore[method-assign]
    with serving(forger.answer) as url:
        assert len(copy(url, ours, clock).copied) == 2
    first, second = (ours.get(f"urn:ilrs:jdc:b:c:p-{n}::1.0") for n in (0, 1))
    assert first is not None and first.quarantined
    assert second is not None and not second.quarantined
    assert not ours.release(first.lidvid, reason="looked at").quarantined


@pytest.mark.parametrize(
    "data", [[5, {}], [{"record": 5}], [{"record": {"lidvid": []}}], [None, {"record": None}]]
)
def test_records_that_are_none_are_said_to_be_missing(
    forger: NodeServer, ours: Archive, clock: Clock, data: list[Any]
) -> None:
    send = forger.send

    def forged(handler: Any, status: int, content: bytes, headers: dict[str, str]) -> None:
        if handler.path == "/federation/records":
            content = json.dumps({"data": data}).encode()
        send(handler, status, content, headers)

    forger.send = forged  # type: ignore[method-assign]
    with serving(forger.answer) as url:
        found = copy(url, ours, clock)
    assert found.failed == {
        lidvid: f"the other node contradicts itself: it no longer tells of {lidvid}; it may have "
        "changed meanwhile. Mirror it again; if it stays so, tell whoever runs that node."
        for lidvid in (f"urn:ilrs:jdc:b:c:p-{n}::1.0" for n in (0, 1))
    }


def test_an_access_that_cannot_be_written_is_not_taken(
    forger: NodeServer, ours: Archive, clock: Clock
) -> None:
    send = forger.send

    def forged(handler: Any, status: int, content: bytes, headers: dict[str, str]) -> None:
        if handler.path == "/federation/records":
            answer = json.loads(content)
            content = json.dumps(
                {"data": [t | {"access": "\ud800"} for t in answer["data"]]}
            ).encode()
        send(handler, status, content, headers)

    forger.send = forged  # type: ignore[method-assign]
    with serving(forger.answer) as url:
        found = copy(url, ours, clock)
    assert set(found.failed.values()) == {
        r"this is no record of a product: access is '\ud800'; possible is a text. "
        "Write it as Record.to_dict does."
    }


def test_branches_left_out_are_said(forger: NodeServer, ours: Archive, clock: Clock) -> None:
    send = forger.send

    def forged(handler: Any, status: int, content: bytes, headers: dict[str, str]) -> None:
        left_out = handler.path == "/federation/branches"
        send(handler, status, b'{"data": []}' if left_out else content, headers)

    forger.send = forged  # type: ignore[method-assign]
    with serving(forger.answer) as url, pytest.raises(IlrsError) as caught:
        copy(url, ours, clock)
    assert str(caught.value) == (
        "the other node contradicts itself: its answer leaves branches out; it may have changed "
        "meanwhile. Mirror it again; if it stays so, tell whoever runs that node."
    )


def test_what_is_no_node_is_said(ours: Archive, clock: Clock) -> None:
    plain = serving(lambda handler: NodeServer.send(PLAIN, handler, 200, b"[]", {}))
    with plain as url, pytest.raises(IlrsError) as caught:
        copy(url, ours, clock)
    assert str(caught.value) == (
        f"{url} is no node that can be mirrored; a node says 'ilrs federation 1' at "
        f"{url}/federation. Name the address of a node, as `ilrs serve` prints it."
    )
    with pytest.raises(LinkError) as caught_link:
        copy(url, ours, clock)  # nobody listens there any more
    assert str(caught_link.value).endswith(
        "6 attempts in a row brought nothing. Try again later: it goes on from what is here."
    )


class _Plain:
    cut, bps = 0, 0.0


PLAIN: Any = _Plain()
