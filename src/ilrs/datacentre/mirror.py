"""Another node's products copied over HTTP: what differs, as far as its rights allow.

    <folder>/mirroring/<sha256>     files on their way in; what is there is gone on from

Each batch of products is fetched whole before it is filed, so that nobody waits for a slow link.
What this node has with other files is a conflict: shown, and never overwritten. A copy's access
and embargo grant what the rules of the node it came from do.
"""

import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ilrs.datacentre.archive import Archive
from ilrs.datacentre.embargo import Embargo
from ilrs.datacentre.federation import FEDERATION
from ilrs.datacentre.holdings import Holdings, told_of
from ilrs.datacentre.merkle import Branch, Difference, Tree, compare, manifest_sha256, read_branch
from ilrs.datacentre.record import FileEntry, Record, require_sound
from ilrs.datacentre.rights_book import RightsBook
from ilrs.datacentre.submission import SourceFile, Submission, require_safe_name
from ilrs.datacentre.transfer import Link, LinkError
from ilrs.foundation.errors import IlrsError

__all__ = ["Mirrored", "mirror_node"]

_INCOMING = "mirroring"
_BRANCHES_AT_ONCE, _RECORDS_AT_ONCE = 16, 50
_MOST_BATCH_BYTES = 1 << 28
_CONNECTIONS = 4
_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)


@dataclass(slots=True)
class Mirrored:
    """What came of it, by LIDVID; `failed` says why, `rights` what is otherwise there."""

    copied: list[str] = field(default_factory=list)
    had: list[str] = field(default_factory=list)
    conflicts: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    rights: dict[str, str] = field(default_factory=dict)
    questions: int = 0
    requests: int = 0
    bytes_read: int = 0


@dataclass(frozen=True, slots=True)
class _Offer:
    """A version as the other node tells it, and what it told of it in its tree."""

    record: Record
    access: str
    embargo: str
    told: str

    @property
    def copy(self) -> Record:
        """The record of a copy: it carries its rights in its own words, and its quarantine."""
        return replace(
            self.record, access=self.access, embargo=self.embargo, received_utc="",
            harvested_utc="", released_utc="", withdrawn_utc="",
        )  # fmt: skip


def mirror_node(
    link: Link,
    archive: Archive,
    *,
    now: Callable[[], str],
    said: Callable[[int, int], None] = lambda done, count: None,
) -> Mirrored:
    """Copies what another node holds and this one does not; `said` is told how far it is.

    Broken off, it goes on from there the next time. Raises LinkError where the other node cannot be
    reached, IlrsError where it is none.
    """
    copying = _Copying(
        link, archive, Holdings(archive.folder, now=now), RightsBook(archive.folder, now)
    )
    return copying.all(said)


@dataclass(slots=True)
class _Copying:
    """The copying from one node, from the comparison to the last file."""

    link: Link
    archive: Archive
    holdings: Holdings
    book: RightsBook
    found: Mirrored = field(default_factory=Mirrored)

    @property
    def incoming(self) -> Path:
        return self.archive.folder / _INCOMING

    def all(self, said: Callable[[int, int], None]) -> Mirrored:
        difference = _difference(self.link, self.holdings)
        wanted = {**difference.added, **difference.changed}
        self.incoming.mkdir(parents=True, exist_ok=True)
        for offers in self._batches(wanted):
            self._take(offers)
            had = len(self.found.copied) + len(self.found.had) + len(self.found.failed)
            said(min(had, len(wanted)), len(wanted))
        self.holdings.lose(self.link.url, difference.gone)
        self.found.gone = sorted(difference.gone)
        clashes = (c for c in self.holdings.conflicts() if c.node == self.link.url)
        self.found.conflicts = [clash.lidvid for clash in clashes]
        if not self.found.failed:
            shutil.rmtree(self.incoming, ignore_errors=True)
        self.found.questions = difference.questions
        self.found.requests, self.found.bytes_read = self.link.requests, self.link.bytes_read
        return self.found

    def _batches(self, wanted: dict[str, str]) -> Iterator[list[_Offer]]:
        """What the other node offers of the versions wanted, in pieces that are filed together."""
        batch, size = list[_Offer](), 0
        for offer in self._offers(wanted):
            batch.append(offer)
            size += sum(file.size for file in offer.record.files)
            if len(batch) == _RECORDS_AT_ONCE or size >= _MOST_BATCH_BYTES:
                yield batch
                batch, size = [], 0
        if batch:
            yield batch

    def _offers(self, wanted: dict[str, str]) -> Iterator[_Offer]:
        lidvids = sorted(wanted)
        for start in range(0, len(lidvids), _RECORDS_AT_ONCE):
            asked = lidvids[start : start + _RECORDS_AT_ONCE]
            told = {_lidvid_of(t): t for t in _records(self.link, asked)}
            for lidvid in asked:
                try:
                    yield _offer(told.get(lidvid), lidvid, wanted[lidvid])
                except IlrsError as error:
                    self.found.failed[lidvid] = str(error)

    def _take(self, offers: Sequence[_Offer]) -> None:
        """Files what is new here, and enters that the other node holds all of it."""
        fresh = []
        for offer in offers:
            ours = self.archive.get(offer.record.lidvid)
            if ours is None:
                fresh.append(offer)
            elif manifest_sha256(ours) != manifest_sha256(offer.record):
                self._clash(offer, ours)
            else:
                self.found.had.append(offer.record.lidvid)
                self._see([offer], is_copied=False)
                self._keep_rights(offer, ours)
        files = {f.sha256: (o, f) for o in fresh for f in o.record.files}
        with ThreadPoolExecutor(_CONNECTIONS) as pool:
            brought = dict(zip(files, pool.map(self._bring, files.values()), strict=True))
        whole = []
        for offer in fresh:
            reason = next((r for f in offer.record.files if (r := brought[f.sha256])), "")
            if reason:
                self.found.failed[offer.record.lidvid] = reason
            else:
                whole.append(offer)
        self._file(whole)

    def _bring(self, wanted: tuple[_Offer, FileEntry]) -> str:
        """Fetches one file; why it could not be had, or ''."""
        offer, file = wanted
        path = f"/files/{quote(offer.record.lidvid, safe=':')}/{quote(file.name)}"
        try:
            self.link.bring(path, self.incoming / file.sha256, size=file.size, sha256=file.sha256)
        except IlrsError as error:
            return str(error)
        return ""

    def _file(self, offers: Sequence[_Offer]) -> None:
        by_lidvid = {offer.record.lidvid: offer for offer in offers}
        for outcome in self.archive.ingest(map(self._submission, offers)):
            offer = by_lidvid[outcome.lidvid]
            if outcome.state == "refused":
                ours = self.archive.get(outcome.lidvid)
                if ours is None:
                    self.found.failed[outcome.lidvid] = outcome.reason
                else:  # another filed it meanwhile
                    self._clash(offer, ours)
                continue
            self.found.copied.append(outcome.lidvid)
            self._see([offer], is_copied=True)
        for sha256 in {file.sha256 for offer in offers for file in offer.record.files}:
            (self.incoming / sha256).unlink(missing_ok=True)

    def _submission(self, offer: _Offer) -> Submission:
        files = tuple(
            SourceFile(name=file.name, role=file.role, path=self.incoming / file.sha256)
            for file in offer.record.files
        )
        return Submission(record=offer.copy, files=files, findings=offer.record.findings)

    def _see(self, offers: Sequence[_Offer], *, is_copied: bool) -> None:
        entries = [(offer.record.lidvid, offer.told) for offer in offers]
        self.holdings.see(self.link.url, entries, is_copied=is_copied)

    def _clash(self, offer: _Offer, ours: Record) -> None:
        self._see([offer], is_copied=False)
        self.holdings.clash(
            self.link.url,
            offer.record.lidvid,
            ours=manifest_sha256(ours),
            theirs=manifest_sha256(offer.record),
        )

    def _keep_rights(self, offer: _Offer, ours: Record) -> None:
        """A longer embargo there is one here; any other change of rights is said."""
        if (offer.access, offer.embargo) == (ours.access, ours.embargo):
            return
        lidvid = ours.lidvid
        if offer.access == ours.access and offer.embargo:
            try:
                self.book.extend(
                    ours,
                    lid=lidvid,
                    until=offer.embargo,
                    reason=f"its embargo at {self.link.url} ends later",
                    by=self.link.url,
                )
                self.found.rights[lidvid] = f"embargo extended to {offer.embargo}, as it is there"
                return
            except IlrsError:
                pass  # released here already, or no later: then it is said
        self.found.rights[lidvid] = (
            f"there it is {offer.access} {offer.embargo or 'without embargo'}, here {ours.access} "
            f"{ours.embargo or 'without embargo'}"
        )


def _difference(link: Link, holdings: Holdings) -> Difference:
    about = _data(link.json("/federation"))
    if not isinstance(about, dict) or about.get("format") != FEDERATION:
        raise IlrsError(
            f"{link.url} is no node that can be mirrored",
            f"a node says {FEDERATION!r} at {link.url}/federation",
            "Name the address of a node, as `ilrs serve` prints it.",
        )
    root = str(about.get("sha256", ""))

    def ask(prefixes: Sequence[str]) -> list[Branch]:
        answer = _in_parts(
            prefixes,
            lambda asked: link.json("/federation/branches", {"root": root, "branches": asked}),
        )
        if len(answer) < len(prefixes):
            raise _strange("its answer leaves branches out")
        return [read_branch(told, prefix=p) for told, p in zip(answer, prefixes, strict=True)]

    return compare(Tree.of(holdings.told_by(link.url)), ask=ask, at_once=_BRANCHES_AT_ONCE)


def _records(link: Link, lidvids: Sequence[str]) -> list[Any]:
    return _in_parts(lidvids, lambda asked: link.json("/federation/records", {"lidvids": asked}))


def _in_parts(wanted: Sequence[str], ask: Callable[[list[str]], Any]) -> list[Any]:
    """Answers to all that is wanted; in halves where an answer does not come through whole."""
    try:
        answer = _data(ask(list(wanted)))
    except LinkError:
        if len(wanted) < 2:
            raise
        middle = len(wanted) // 2
        return _in_parts(wanted[:middle], ask) + _in_parts(wanted[middle:], ask)
    if not isinstance(answer, list) or len(answer) > len(wanted):
        raise _strange("its answer is no list")
    return answer


def _data(answer: Any) -> Any:
    return answer.get("data") if isinstance(answer, dict) else None


def _lidvid_of(told: Any) -> str:
    """The LIDVID of what is told of a version; '' where it has none."""
    record = told.get("record") if isinstance(told, dict) else None
    lidvid = record.get("lidvid") if isinstance(record, dict) else None
    return lidvid if isinstance(lidvid, str) else ""


def _offer(told: Any, lidvid: str, wanted: str) -> _Offer:
    """What is offered of a version. Raises IlrsError where it is not what the tree promised."""
    if told is None:
        raise _strange(f"it no longer tells of {lidvid}")
    record = Record.from_dict(told["record"])
    access, embargo = str(told.get("access", "")), str(told.get("embargo", ""))
    Embargo.parse(embargo)
    require_sound(replace(record, access=access, embargo=embargo))
    if told_of(record, access, embargo) != wanted or not record.files:
        raise _strange(f"its record of {lidvid} is not the one that its tree has")
    for file in record.files:
        require_safe_name(file.name)
        if not _SHA256.fullmatch(file.sha256) or file.size < 0:
            raise _strange(f"its record of {lidvid} lacks a checksum")
    return _Offer(record, access, embargo, wanted)


def _strange(what: str) -> IlrsError:
    return IlrsError(
        f"the other node contradicts itself: {what}",
        "it may have changed meanwhile",
        "Mirror it again; if it stays so, tell whoever runs that node.",
    )
