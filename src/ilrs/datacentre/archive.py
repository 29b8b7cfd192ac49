"""The archive: it keeps every version of every product for ever, and can prove it.

A node's folder (`ilrs.datacentre.node`) names a storage that holds the products as OCFL objects
(`ilrs.datacentre.ocfl`), a ledger of everything that happened, and a catalogue for finding. Ingest
stages versions in batches (`ilrs.datacentre.staging`); each batch goes to storage, then to the
ledger, then to the catalogue. What is not in the catalogue is not visible. Killed at any instant,
the next one who writes finishes or forgets the rest.
"""

import errno
import json
import shutil
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from ilrs.datacentre.catalogue import open_catalogue
from ilrs.datacentre.catalogue_filing import OtherPolicyError
from ilrs.datacentre.checksums import manifest_of
from ilrs.datacentre.conditions import All, Compare, Condition, During, Words
from ilrs.datacentre.embargo import NEVER_S
from ilrs.datacentre.hash_chain import Ledger
from ilrs.datacentre.instants import microseconds
from ilrs.datacentre.intake import (
    IntakePolicy,
    Outcome,
    complete,
    files_of,
    has_same_content,
)
from ilrs.datacentre.lid import Lid, LidVid
from ilrs.datacentre.node import BEGUN, NODE_NAME, read_node, writing_alone
from ilrs.datacentre.ocfl import (
    INVENTORY,
    ROOT_FILES,
    Digests,
    Inventory,
    object_key,
    object_of_key,
)
from ilrs.datacentre.question import MOST_AT_ONCE, Question
from ilrs.datacentre.record import Record
from ilrs.datacentre.rights import everything_sound
from ilrs.datacentre.rights_book import RightsBook
from ilrs.datacentre.scrub import Verified, verify_archive
from ilrs.datacentre.sql_rows import require_row
from ilrs.datacentre.staging import Batch, Staged, digests_of, pending_keys
from ilrs.datacentre.storage import open_storage
from ilrs.datacentre.storage_owner import require_own
from ilrs.datacentre.submission import Submission
from ilrs.foundation.errors import Finding, IlrsError, UnavailableError
from ilrs.foundation.provenance import sha256_of_bytes

__all__ = ["Archive", "utc_now"]

_RECORD = "record.json"
_PRODUCT = "product/"
_ANOTHER_COPY = "Restore it from another copy."
_MOST_IN_BATCH = 500
_MOST_BYTES_IN_BATCH = 1 << 28


def utc_now() -> str:
    """The present instant, ISO 8601 UTC to the microsecond."""
    return datetime.now(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


class Archive:
    """Products in a node's folder. `now` gives the clock time of what happens."""

    def __init__(self, folder: Path | str, *, now: Callable[[], str] = utc_now) -> None:
        self.folder = Path(folder)
        self.node = read_node(self.folder)
        self.storage = open_storage(self.node.storage_url)
        self.ledger = Ledger(self.folder / "ledger.jsonl")
        self.catalogue = open_catalogue(
            self.node.catalogue_url, policy=RightsBook(self.folder, now).policy()
        )
        self.unpacking = self.folder / "unpacking"  # deliveries in zip files; empty between ingests
        self._staging = self.folder / "staging"
        self._now = now

    @classmethod
    def open(cls, folder: Path | str) -> "Archive":
        """An archive that is there already. Raises IlrsError where there is none."""
        if not any((Path(folder) / name).exists() for name in (*BEGUN, NODE_NAME)):
            raise IlrsError(
                f"there is no archive in {folder}",
                "an archive begins with the first product filed",
                "Name the folder of an archive, or file a product.",
            )
        return cls(folder)

    def ingest(
        self,
        submissions: Iterable[Submission],
        *,
        policy: IntakePolicy | None = None,
        said: Callable[[Outcome], None] = lambda outcome: None,
    ) -> list[Outcome]:
        """What became of each submission, in order; each is filed whole or not at all.

        They are taken one by one, so that they need not fit into memory; `said` is told of each. A
        version that is filed with the same content is kept as it is, one with other content is
        refused. Raises IlrsError where the disk is full or another writes: what was filed before
        stays filed, and to ingest all of it again does the rest.
        """
        policy = self.node.intake_policy() if policy is None else policy
        outcomes: list[Outcome] = []
        with self._writing():
            batch = self._begin()
            for submission in submissions:
                if self._is_full(batch, submission.record.lidvid):
                    self._file(batch)
                    batch = self._begin()
                outcomes.append(self._take(submission, batch, policy))
                said(outcomes[-1])
            self._file(batch)
            refused = [outcome for outcome in outcomes if outcome.state == "refused"]
            if refused:
                instant = self._instant(batch)
                self.ledger.append(
                    [_entry("refused", o.lidvid, instant, reason=o.reason) for o in refused]
                )
        return outcomes

    def withdraw(self, lidvid: str, *, reason: str) -> Record:
        """The record of a version that is withdrawn: it stays known, its files are given no more.

        Nothing is deleted. Raises IlrsError where there is no such version or no reason.
        """
        return self._change(lidvid, "withdrawn", reason)

    def release(self, lidvid: str, *, reason: str) -> Record:
        """The record of a version that was quarantined and is no longer.

        Raises IlrsError where there is no such version or no reason.
        """
        return self._change(lidvid, "released", reason)

    def find(
        self,
        *,
        text: str | None = None,
        site: str | None = None,
        partner: str | None = None,
        science_field: str | None = None,
        start_utc: str | None = None,
        stop_utc: str | None = None,
    ) -> list[Record]:
        """Newest sound versions for which all that is given holds, by start and then identifier.

        A version that is quarantined or withdrawn leaves the one before it in its place.
        All words of `text` occur (or begin a word) in title, description, keywords or names; the
        product's time meets [start_utc, stop_utc). An archive not yet begun has none.
        """
        asked: list[Condition] = [During(start_utc or "", stop_utc or ""), Words(text or "")]
        named = {"site": site, "partner": partner, "science_fields": science_field}
        asked += [Compare(name, "=", value) for name, value in named.items() if value is not None]
        return list(self.select(Question(where=All(tuple(asked)), limit=MOST_AT_ONCE)))

    def select(self, question: Question) -> Iterator[Record]:
        """All sound versions that a question asks for, in its order, read page by page."""
        if self.ready():
            yield from self.catalogue.every(question, view=everything_sound(NEVER_S))

    def get(self, identifier: str) -> Record | None:
        """The record of a LIDVID, or of a LID's newest version; None where there is none.

        Raises IlrsError where the text is neither.
        """
        lid = LidVid.parse(identifier).lid if "::" in identifier else Lid.parse(identifier)
        records = self.versions(lid)
        wanted = (r for r in records if r.lidvid == identifier or str(lid) == identifier)
        return next(wanted, None)

    def versions(self, lid: Lid) -> list[Record]:
        """Records of every version of a product, newest first, withdrawn and quarantined too."""
        return self.catalogue.filed(lid) if self.ready() else []

    def key_of(self, lidvid: str, name: str) -> str:
        """Where in the storage a version's file lies. Raises IlrsError where there is none such."""
        lid = str(LidVid.parse(lidvid).lid)
        path = self._inventory(lid).content_path(lidvid, _PRODUCT + name)
        if path is None:
            raise IlrsError(
                f"{lidvid} has no file {name!r}",
                "its record lists its files",
                "Correct the name.",
            )
        return f"{object_key(lid)}/{path}"

    def open_file(self, lidvid: str, name: str, *, start: int = 0) -> BinaryIO:
        """The bytes of a version's file from `start` on. Raises IlrsError where there is none.

        One that is filed and cannot be read is an UnavailableError.
        """
        key = self.key_of(lidvid, name)
        try:
            return self.storage.open(key, start=start)
        except OSError as error:
            raise UnavailableError(
                f"{name} of {lidvid} cannot be read in the storage: {error.strerror or error}",
                "`ilrs data verify` says what else is wrong",
                _ANOTHER_COPY,
            ) from None

    def rebuild(self) -> list[Finding]:
        """Makes the catalogue anew from the storage; findings where a record cannot be read."""
        findings: list[Finding] = []
        with self._writing():
            self._catalogued(lambda: self.catalogue.remake(self._records(findings)))
        return findings

    def verify(self, *, said: Callable[[int], None] = lambda size: None) -> Verified:
        """What is wrong: files missing, changed or extra, ledger, catalogue.

        Every byte is read again; `said` is told how many, as they are read. Others may file
        meanwhile.
        """
        return verify_archive(
            self.storage,
            self.ledger,
            listed=lambda: self.catalogue.lidvids() if self.ready() else set(),
            pending=lambda: pending_keys(self._staging),
            said=said,
        )

    # --- how it is done -------------------------------------------------------------------------

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with writing_alone(self.folder):
                shutil.rmtree(self.unpacking, ignore_errors=True)  # of one that was killed
                if self.node.storage:  # else it lies in this folder
                    require_own(self.storage, self.folder)
                for name, content in ROOT_FILES.items():
                    if self.storage.size(name) is None:
                        self.storage.write(name, content)
                if self._staging.is_dir():
                    for batch in Batch.promised(self._staging, aside=self.folder / "set-aside"):
                        self._finish(batch, resumed=True)
                self.ready(is_writing=True)
                RightsBook(self.folder, self._now).enter()
                try:
                    yield
                finally:
                    shutil.rmtree(self.unpacking, ignore_errors=True)
                shutil.rmtree(self._staging, ignore_errors=True)
        except (OSError, sqlite3.OperationalError) as error:
            raise _disk_error(error, self.folder) from error

    def _begin(self) -> Batch:
        return Batch.begin(self._staging, ledger_number=self.ledger.last().get("number", 0))

    def _is_full(self, batch: Batch, lidvid: str) -> bool:
        return (
            len(batch.staged) >= _MOST_IN_BATCH
            or batch.size >= _MOST_BYTES_IN_BATCH
            or object_key(str(LidVid.parse(lidvid).lid)) in batch.keys
        )

    def _take(self, submission: Submission, batch: Batch, policy: IntakePolicy) -> Outcome:
        """Stages one submission, unless it is filed already."""
        lidvid = submission.record.lidvid
        lid = LidVid.parse(lidvid).lid

        def refused(reason: str) -> Outcome:
            batch.forget()
            return Outcome(
                lidvid=lidvid, state="refused", findings=submission.findings, reason=reason
            )

        try:
            files = files_of(submission)
        except IlrsError as error:
            return refused(str(error))
        filed = next((r for r in self.catalogue.filed(lid) if r.lidvid == lidvid), None)
        digests: dict[str, Digests] = {}
        for file in files:
            try:
                stream = file.open()
            except OSError as error:
                return refused(f"{file.name} of {lidvid} cannot be read: {error.strerror}")
            with stream:
                digests[file.name] = (
                    digests_of(stream) if filed else batch.copy(stream, _PRODUCT + file.name)
                )
        if filed is not None:
            if not has_same_content(filed, submission, digests):
                return refused(f"{lidvid} is filed with other content")
            return Outcome(lidvid=lidvid, state="kept", findings=submission.findings)
        received_utc = self._instant(batch)
        record = complete(submission, digests, received_utc=received_utc, policy=policy)
        try:
            require_row(record)
            inventory = self._inventory_without(lidvid)
        except UnavailableError:
            raise  # nor can another be filed
        except IlrsError as error:
            return refused(f"{lidvid} cannot be filed: {error}")
        self._stage(batch, record, digests, inventory)
        state = "quarantined" if record.quarantined else "filed"
        return Outcome(lidvid=lidvid, state=state, findings=submission.findings)

    def _inventory_without(self, lidvid: str) -> Inventory:
        """The inventory of the object that a version will be added to. Raises IlrsError where it
        has that version, or cannot be read."""
        inventory = self._inventory(str(LidVid.parse(lidvid).lid))
        if inventory.find(lidvid) is not None:
            raise IlrsError(
                "the storage holds it and the catalogue does not list it",
                "the catalogue is made of what the storage holds",
                "Run `ilrs data rebuild`.",
            )
        return inventory

    def _stage(
        self, batch: Batch, record: Record, digests: dict[str, Digests], before: Inventory
    ) -> None:
        lid = str(LidVid.parse(record.lidvid).lid)
        text = json.dumps(record.to_dict(), ensure_ascii=False, indent=1, sort_keys=True) + "\n"
        files = {_PRODUCT + name: found for name, found in digests.items()}
        files[_RECORD] = batch.write(text.encode("utf-8"), _RECORD)
        inventory, fresh = before.with_version(
            record.lidvid, created_utc=record.received_utc, files=files
        )
        state = inventory.versions[-1].state
        entry = _entry(
            "filed",
            record.lidvid,
            record.received_utc,
            ocfl_version=f"v{len(inventory.versions)}",
            manifest_sha256=sha256_of_bytes(manifest_of(state)),
            quarantined=record.quarantined,
        )
        staged = Staged(object_key(lid), record, entry)
        batch.add(staged, inventory=inventory, fresh=fresh)

    def _file(self, batch: Batch) -> None:
        if batch.staged:
            batch.promise()
            self._finish(batch)
        else:
            batch.end()

    def _finish(self, batch: Batch, *, resumed: bool = False) -> None:
        """Storage, ledger, catalogue: each step does nothing where it is done already."""
        batch.move(self.storage)
        missing = batch.missing(self.ledger.last().get("number", 0))
        if missing:
            mark = {"resumed": True} if resumed else {}
            self.ledger.append([{**entry, **mark} for entry in missing])
        self.ready(is_writing=True)
        records = [item.record for item in batch.staged if item.record is not None]
        records = list(filter(_has_row, records)) if resumed else records
        self._catalogued(lambda: self.catalogue.add(records))
        batch.end()

    def _catalogued(self, enter: Callable[[], object]) -> None:
        """Enters into the catalogue by the rights of now: they may have changed since it opened."""
        while True:
            try:
                enter()
            except OtherPolicyError:
                self.catalogue.follow(RightsBook(self.folder, self._now).policy())
            else:
                return

    def _change(self, lidvid: str, event: str, reason: str) -> Record:
        if not reason.strip():
            raise IlrsError(
                f"no reason is given why {lidvid} is {event}",
                "the ledger keeps one for ever",
                "Give a reason.",
            )
        with self._writing():
            record = self.get(str(LidVid.parse(lidvid)))
            if record is None:
                raise IlrsError(
                    f"there is no product {lidvid}",
                    "`ilrs data find` lists what there is",
                    "Correct the identifier.",
                )
            batch = self._begin()
            instant = self._instant(batch)
            changed = (
                replace(record, withdrawn_utc=record.withdrawn_utc or instant)
                if event == "withdrawn"
                else replace(
                    record,
                    quarantined=False,
                    released_utc=instant if record.quarantined else record.released_utc,
                )
            )
            if changed == record:
                return record
            entry = _entry(event, lidvid, instant, reason=reason)
            name = LidVid.parse(lidvid)
            batch.note(
                Staged(object_key(str(name.lid)), changed, entry),
                name=f"logs/{event}-{name.vid}.json",
                content=(json.dumps(entry, ensure_ascii=False, indent=1) + "\n").encode("utf-8"),
            )
            self._file(batch)
            return changed

    def _instant(self, batch: Batch) -> str:
        """The present instant, but later than every one given before: harvesters rely on it."""
        entry = batch.staged[-1].entry if batch.staged else self.ledger.last()
        last, now = str(entry.get("received_utc", "")), self._now()
        if not last or microseconds(now) > microseconds(last):
            return now
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds(last) + 1)
        return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    def _inventory(self, lid: str) -> Inventory:
        try:
            return Inventory.parse(self.storage.read(f"{object_key(lid)}/{INVENTORY}"))
        except FileNotFoundError:
            return Inventory(lid, self.node.name)

    def ready(self, *, is_writing: bool = False) -> bool:
        """Whether there is a catalogue; one that is lost, or of an older layout, is made anew.

        Of an archive not yet begun only who is writing makes one.
        """
        if self.catalogue.is_there:
            return True
        if is_writing:
            self._catalogued(lambda: self.catalogue.remake(self._records([])))
            return True
        if self.ledger.path.exists():
            self.rebuild()
            return True
        return False

    def _records(self, findings: list[Finding]) -> Iterator[Record]:
        """The record of every version in the storage; what cannot be read becomes a finding."""
        for key in self.storage.walk():
            home, name = object_of_key(key)
            if name != INVENTORY:
                continue
            try:
                inventory = Inventory.parse(self.storage.read(key))
            except UnavailableError:
                raise  # half a catalogue would be worse than the one before
            except (OSError, ValueError, IlrsError) as error:
                findings.append(_unread(key, error))
                continue
            for version in inventory.versions:
                try:  # of each: one that cannot be read takes no other with it
                    path = inventory.content_path(version.lidvid, _RECORD)
                    plain = json.loads(self.storage.read(f"{home}/{path}"))
                    record = self._as_it_stands(Record.from_dict(plain), home)
                    require_row(record)
                except UnavailableError:
                    raise  # half a catalogue would be worse than the one before
                except (OSError, ValueError, IlrsError) as error:
                    findings.append(_unread(key, error))
                else:
                    yield record

    def _as_it_stands(self, record: Record, home: str) -> Record:
        """A record as it was filed, with what was noted beside it since."""
        vid = LidVid.parse(record.lidvid).vid
        withdrawn = self._note(f"{home}/logs/withdrawn-{vid}.json")
        released = self._note(f"{home}/logs/released-{vid}.json")
        return replace(
            record,
            withdrawn_utc=str(withdrawn.get("received_utc", "")),
            quarantined=record.quarantined and not released,
        )

    def _note(self, key: str) -> dict[str, object]:
        if self.storage.size(key) is None:
            return {}
        note = json.loads(self.storage.read(key))
        return note if isinstance(note, dict) else {}


def _unread(key: str, error: Exception) -> Finding:
    return Finding(
        file=key, line=0, entity="", found=f"a record cannot be read: {error}",
        possible="each version has one", mend=_ANOTHER_COPY,
    )  # fmt: skip


def _has_row(record: Record) -> bool:
    """Whether a catalogue takes a record; one that it does not take would keep out all others."""
    try:
        require_row(record)
    except IlrsError:
        return False
    return True


def _entry(event: str, lidvid: str, received_utc: str, **values: object) -> dict[str, object]:
    return {"event": event, "lidvid": lidvid, "received_utc": received_utc, **values}


def _disk_error(error: OSError | sqlite3.OperationalError, folder: Path) -> IlrsError:
    full = getattr(error, "errno", None) in {errno.ENOSPC, errno.EDQUOT}
    if full or "disk is full" in str(error):
        return IlrsError(
            f"the disk is full: not everything could be filed in {folder}",
            "what was filed stays filed, the rest is not to be seen",
            "Free some space or name another folder, and file the products again.",
        )
    return IlrsError(
        f"nothing could be filed in {folder}: {getattr(error, 'strerror', None) or error}",
        "what was filed stays filed, the rest is not to be seen",
        "Name a folder that can be written.",
    )
