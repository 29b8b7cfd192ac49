"""The audit log: every decision about what may be done, by whom it was asked, for ever.

    <folder>/audit/<begin>-<process>.jsonl      one chain of lines per process that decides

Each line carries the SHA-256 of the line before it, as the ledger's do. A process writes its own
file, so that deciding never waits for another process; a new file begins with how long each other
one was and the hash of its last line, so that none can be shortened or taken away unseen.
"""

import errno
import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

from ilrs.datacentre.hash_chain import BEGINNING, Ledger, chained
from ilrs.datacentre.rights import Principal, Verb
from ilrs.foundation.errors import Finding
from ilrs.foundation.provenance import sha256_of_bytes

__all__ = ["AUDIT_FOLDER", "MOST_CHARACTERS", "Audit", "decisions", "verify_audit"]

AUDIT_FOLDER = "audit"
#: As much of a question as is entered.
MOST_CHARACTERS = 2000


class Audit:
    """Where one process enters its decisions; the file is begun with the first of them."""

    def __init__(self, folder: Path | str, *, now: Callable[[], str]) -> None:
        self.folder = Path(folder) / AUDIT_FOLDER
        self._now = now
        self._lock = threading.Lock()
        self._stream: IO[bytes] | None = None
        self._owner = 0
        self._number, self._previous = 1, BEGINNING

    def note(
        self,
        principal: Principal,
        *,
        verb: Verb,
        what: str,
        allowed: bool,
        rule: str = "",
        count: int = 1,
    ) -> None:
        """Enters that a principal was allowed or refused a verb on `what`: a LIDVID or a question.

        `count` is how many products an answer showed. Raises OSError where the disk is full: what
        cannot be entered is not to be answered.
        """
        entry = {
            "at_utc": self._now(), "principal": principal.id, "partner": principal.partner,
            "verb": str(verb), "what": what[:MOST_CHARACTERS], "allowed": allowed, "rule": rule,
            "count": count,
        }  # fmt: skip
        with self._lock:
            stream = self._stream
            if stream is None or self._owner != os.getpid():  # a fork has its parent's file
                stream = self._begin()
            self._write(stream, entry)

    def close(self) -> None:
        """Ends the file; the next decision begins another."""
        if self._stream is not None:
            self._stream.close()
        self._stream = None

    def _begin(self) -> IO[bytes]:
        self.close()
        begun = "".join(c for c in self._now() if c.isalnum())
        self.folder.mkdir(parents=True, exist_ok=True)
        seals = {path.name: _seal(path) for path in sorted(self.folder.glob("*.jsonl"))}
        self._number, self._previous, self._owner = 1, BEGINNING, os.getpid()
        stream = _fresh(self.folder, f"{begun}-{self._owner}")
        try:
            self._write(stream, {"event": "begun", "at_utc": self._now(), "others": seals})
        except OSError:
            stream.close()
            Path(stream.name).unlink()  # else each try on a full disk left an empty file
            raise
        self._stream = stream
        return stream

    def _write(self, stream: IO[bytes], entry: dict[str, Any]) -> None:
        line = chained(entry, number=self._number, previous_sha256=self._previous)
        end = stream.tell()
        if stream.write(line + b"\n") != len(line) + 1:  # a full disk took the line's beginning
            stream.truncate(end)
            stream.seek(end)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self._number, self._previous = self._number + 1, sha256_of_bytes(line)


def _fresh(folder: Path, stem: str) -> IO[bytes]:
    """A new file that nobody else writes to; unbuffered, so that a kill loses no line."""
    for turn in range(10_000):
        try:
            return (folder / (f"{stem}-{turn}.jsonl" if turn else f"{stem}.jsonl")).open("xb", 0)
        except FileExistsError:
            continue
    raise FileExistsError(f"{folder}: every name for a new audit file is taken")


def _lines(path: Path) -> list[bytes]:
    return path.read_bytes().split(b"\n")[:-1]


def _seal(path: Path) -> dict[str, Any]:
    """How many lines a file has, and the hash of the last; a damaged one is sealed as it is."""
    count, sha256 = Ledger(path).end()
    return {"lines": count, "sha256": sha256}


def decisions(folder: Path) -> Iterator[dict[str, Any]]:
    """Every decision entered, by the time of each process's file and then in order."""
    for path in sorted((folder / AUDIT_FOLDER).glob("*.jsonl")):
        yield from (entry for entry in Ledger(path).entries() if "principal" in entry)


def verify_audit(folder: Path) -> list[Finding]:
    """What is wrong with the log: lines changed, files shortened or gone since another began."""
    paths = sorted((folder / AUDIT_FOLDER).glob("*.jsonl"))
    findings = [_torn(finding) for path in paths for finding in Ledger(path).verify()]
    for path in paths:
        begun = next(iter(Ledger(path).entries()), {})
        others = begun.get("others")
        for name, seal in others.items() if isinstance(others, dict) else ():
            findings += _missing(path, folder / AUDIT_FOLDER / name, seal)
    return findings


def _torn(finding: Finding) -> Finding:
    """A finding of a file that nobody writes to again, where its last line is torn."""
    is_torn = finding.severity == "warning"
    return replace(finding, mend="It was not answered: nothing is lost.") if is_torn else finding


def _missing(witness: Path, path: Path, seal: Any) -> list[Finding]:
    lines = _lines(path) if path.is_file() else []
    said = seal if isinstance(seal, dict) else {}
    count = said["lines"] if isinstance(said.get("lines"), int) else 0  # else the seal is damaged
    held = sha256_of_bytes(lines[count - 1]) if 0 < count <= len(lines) else BEGINNING
    if len(lines) >= count and held == said.get("sha256"):
        return []
    return [
        Finding(
            file=path.name,
            line=min(len(lines), count),
            entity="",
            found="the file is gone" if not path.is_file() else "lines were taken away or changed",
            possible=f"it had {count} lines when {witness.name} was begun",
            mend="Compare with another copy of the audit log.",
        )
    ]
