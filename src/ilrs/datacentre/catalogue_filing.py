"""Records on their way into a catalogue's tables: judged, linked to newer versions, replaced."""

import hashlib
import json
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Protocol, TypeAlias

from ilrs.datacentre.instants import all_microseconds
from ilrs.datacentre.lid import all_split
from ilrs.datacentre.record import Record
from ilrs.datacentre.rights import Judge, Policy
from ilrs.datacentre.said import record_of
from ilrs.datacentre.sql import AGES_US, Builder, Dialect
from ilrs.datacentre.sql_rows import RECORD, Batch, Filed, Rows, RuledRow, rows_of, said_in
from ilrs.foundation.errors import IlrsError

__all__ = [
    "LAYOUT", "Filing", "OtherPolicyError", "Session", "fingerprint", "notes", "require_policy",
]  # fmt: skip

LAYOUT = 8  # a catalogue of another layout is remade
Version: TypeAlias = tuple[str, int, int]  # LID, major and minor number
_STEP_US = 256  # between times of harvest in one class of rights; each class has its own remainder


class Session(Protocol):
    """One transaction of a database; placeholders are ?1, ?2, …"""

    @property
    def dialect(self) -> Dialect: ...
    @property
    def unknown(self) -> float | None: ...  # what stands for NULL in rows that are inserted
    def rows(self, sql: str, values: Sequence[Any] = ()) -> Iterable[tuple[Any, ...]]: ...
    def each(self, sql: str, values: Sequence[Any] = ()) -> Iterable[tuple[Any, ...]]: ...
    def run(self, sql: str, values: Sequence[Any] = ()) -> None: ...
    def run_all(self, sql: str, rows: Sequence[Sequence[Any]]) -> None: ...
    def layout(self) -> int: ...
    def make(self, layout: int) -> None: ...
    def insert(self, rows: Rows) -> None: ...
    def remove(self, rows: Rows) -> None: ...


def notes(session: Session) -> dict[str, str]:
    """What the catalogue has noted about itself, by name."""
    return {str(name): str(value) for name, value in session.rows("SELECT name, value FROM meta")}


def fingerprint(policy: Policy) -> str:
    """A text that tells one policy from another, the same in every process."""

    def plain(value: Any) -> Any:
        return sorted(map(str, value)) if isinstance(value, set | frozenset) else str(value)

    text = json.dumps(asdict(policy), default=plain, sort_keys=True)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


class OtherPolicyError(IlrsError):
    """Records are to be filed by other rights than those that all others were judged by."""


def require_policy(session: Session, policy: Policy) -> None:
    """Raises OtherPolicyError where a catalogue's records were judged by another policy.

    Another process has followed a change of the rights: what is filed by the old ones would be
    shown by them.
    """
    if session.layout() == LAYOUT and notes(session).get("policy") != fingerprint(policy):
        raise OtherPolicyError(
            "the rights have changed since the catalogue was opened",
            "all its records are judged by one policy",
            "Let it follow the present one, and file the records again.",
        )


class Filing:
    """What one writing session does to the tables."""

    def __init__(self, session: Session, policy: Policy, *, is_anew: bool = False) -> None:
        self._session, self._policy, self._judge = session, policy, Judge(policy)
        if is_anew or session.layout() != LAYOUT:
            session.make(LAYOUT)
            self._note(policy=fingerprint(policy), rewritten=time.time_ns())
        noted = notes(session)
        self._last_id, self._removed = (int(noted.get(n, 0)) for n in ("last_id", "removed"))
        # of each class key: its id, its remainder, and its last time of harvest
        self._classes = {
            row[0]: [int(number) for number in row[1:]]
            for row in session.rows("SELECT key, id, remainder, last_us FROM rights_class")
        }

    def add(self, records: Sequence[Record]) -> None:
        """Adds records; those that are there already are replaced and keep their harvest."""
        batch = Batch.of(list({record.lidvid: record for record in records}.values()))
        lids, _, majors, minors = batch.names
        known = self._known(lids)
        versions = list(zip(lids, majors, minors, strict=True)) if known else []
        harvested = self._forget({name: known[name] for name in versions if name in known})
        filed = self._filed(batch, [harvested.get(name) for name in versions])
        self._session.insert(rows_of(batch, filed, unknown=self._session.unknown))
        if known or len(set(lids)) < len(lids):
            there = {lid for lid, _, _ in known}
            self._link([lid for lid, count in Counter(lids).items() if count > 1 or lid in there])

    def remove(self, lidvids: Iterable[str]) -> None:
        """Removes records; those that are not there are passed over."""
        lids, _, majors, minors = all_split(list(lidvids))
        known = self._known(lids)
        there = {name: known[name] for name in zip(lids, majors, minors, strict=True)
                 if name in known}  # fmt: skip
        self._forget(there)
        self._link(sorted({lid for lid, _, _ in there}))

    def judge_all(self) -> None:
        """Gives every row the class and the release of the policy, where it has others."""
        last = 0
        query = (
            "SELECT p.id, p.class, p.release_us, p.record, p.lid, p.major, p.minor "
            "FROM product p WHERE p.id > ?1 ORDER BY p.id LIMIT 20000"
        )
        while rows := list(self._session.rows(query, [last])):
            changed = []
            for number, *before, text, lid, major, minor in rows:
                key, release_s = self._judge(RuledRow.of(text, f"{lid}::{major}.{minor}"))
                known = self._classes.get(key) or self._new_class(key)
                judged = [known[0], round(release_s * 1e6)]
                if judged != before:
                    changed.append((*judged, number))
            self._session.run_all(
                "UPDATE product SET class = ?1, release_us = ?2 WHERE id = ?3", changed
            )
            last = rows[-1][0]
        self._note(policy=fingerprint(self._policy), judged=time.time_ns())

    def end(self) -> None:
        """Notes what the next one begins with."""
        for number, _, last in self._classes.values():
            self._session.run("UPDATE rights_class SET last_us = ?1 WHERE id = ?2", [last, number])
        self._note(last_id=self._last_id, removed=self._removed)

    def _note(self, **values: Any) -> None:
        for name, value in values.items():
            self._session.run("DELETE FROM meta WHERE name = ?1", [name])
            self._session.run("INSERT INTO meta VALUES (?1, ?2)", [name, str(value)])

    def _known(self, lids: Sequence[str]) -> dict[Version, int]:
        """The versions of these LIDs that are catalogued, with their ids."""
        builder = Builder(self._session.dialect)
        test = builder.one_of("lid", lids)
        query = f"SELECT lid, major, minor, id FROM product WHERE {test}"
        rows = self._session.rows(query, builder.values)
        return {(lid, major, minor): number for lid, major, minor, number in rows}

    def _forget(self, there: Mapping[Version, int]) -> dict[Version, int]:
        """Removes versions by their ids; their times of harvest."""
        if not there:
            return {}
        records, harvested, count = [], dict[Version, int](), len(there)
        query = f"SELECT p.harvested_us, {RECORD} FROM product p WHERE p.id = ?1"
        for name, number in there.items():
            ((harvested[name], *kept),) = self._session.rows(query, [number])
            records.append(record_of(said_in(kept)))
        filed = Filed(list(there.values()), [0] * count, [0] * count, list(harvested.values()))
        self._session.remove(rows_of(Batch.of(records), filed, unknown=self._session.unknown))
        for number in there.values():
            self._removed += 1
            self._session.run("INSERT INTO removed VALUES (?1, ?2)", [self._removed, number])
        return harvested

    def _filed(self, batch: Batch, harvested: Sequence[int | None]) -> Filed:
        """What the catalogue gives a batch, of which some, or none, were there before."""
        kept = all_microseconds(batch.said["harvested_utc"])
        if harvested:
            kept = [b if a is None else a for a, b in zip(kept, harvested, strict=True)]
        classes, releases, harvests = list[int](), list[int](), list[int]()
        judged = map(self._judge, batch.records)
        for (key, release_s), received, us in zip(judged, batch.received_us, kept, strict=True):
            known = self._classes.get(key) or self._new_class(key)
            classes.append(known[0])
            releases.append(round(release_s * 1e6))
            harvests.append(self._harvest(received, known) if us is None else us)
        first, self._last_id = self._last_id + 1, self._last_id + len(kept)
        return Filed(range(first, first + len(kept)), classes, releases, harvests)

    def _new_class(self, key: str) -> list[int]:
        """What is known of a class of rights that had no product before."""
        number = max((known[0] for known in self._classes.values()), default=0) + 1
        taken = {known[1] for known in self._classes.values()}
        first = hashlib.sha256(key.encode("utf-8")).digest()[0]
        ways = [(first + k) % _STEP_US for k in range(_STEP_US)]
        remainder = next((way for way in ways if way not in taken), first)
        self._classes[key] = [number, remainder, -AGES_US]
        self._session.run(
            "INSERT INTO rights_class VALUES (?1, ?2, ?3, ?4)", [number, key, remainder, 0]
        )
        return self._classes[key]

    def _harvest(self, received_us: int | None, known: list[int]) -> int:
        """A record's own instant of harvest [us since 1970], later than all before in its class.

        It comes of the record's receipt and its class alone, so that nothing of another class, seen
        or unseen, can be told from it.
        """
        first = time.time_ns() // 1000 if received_us is None else received_us
        first += (known[1] - first) % _STEP_US
        known[2] = max(first, known[2] + _STEP_US)
        return known[2]

    def _link(self, lids: Sequence[str]) -> None:
        """Says of each version of these products which one is the next newer."""
        if not lids:
            return
        builder = Builder(self._session.dialect)
        test = builder.one_of("lid", lids)
        self._session.run(
            "UPDATE product SET newer_id = (SELECT n.id FROM product n WHERE n.lid = product.lid "
            "AND (n.major > product.major OR (n.major = product.major AND n.minor > product.minor))"
            f" ORDER BY n.major, n.minor LIMIT 1) WHERE {test}",
            builder.values,
        )
