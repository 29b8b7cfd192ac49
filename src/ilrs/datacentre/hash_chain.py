"""The ledger: what happened to an archive, one JSON line each, chained by SHA-256.

Each line carries the hash of the line before it, so that a line changed, removed or inserted
anywhere but at the end breaks the chain there. Lines cut off at the end show as products that the
ledger does not know. Only here stands when something was received.
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from ilrs.foundation.errors import Finding
from ilrs.foundation.provenance import sha256_of_bytes

__all__ = ["BEGINNING", "Ledger", "chained"]

#: What the first line of a chain carries for the line before it.
BEGINNING = "0" * 64
_BLOCK = 1 << 16  # bytes read from the end at once


@dataclass(frozen=True, slots=True)
class Ledger:
    """The lines of one file; it only ever grows."""

    path: Path

    def entries(self) -> Iterator[dict[str, Any]]:
        """Every line that can be read, in order; `verify` names those that cannot."""
        return (entry for _, _, entry in self._read() if entry is not None)

    def append(self, entries: Sequence[dict[str, Any]]) -> None:
        """Adds lines, chained to the last one, in one write. Raises OSError where the disk is full.

        The caller keeps others from writing meanwhile.
        """
        last, size = self._tail()
        count, previous = self._end(last)
        number, lines = count + 1, b""
        for entry in entries:
            line = chained(entry, number=number, previous_sha256=previous)
            lines += line + b"\n"
            number, previous = number + 1, sha256_of_bytes(line)
        with self.path.open("ab") as stream:
            stream.truncate(size)  # a line torn by a kill is taken away
            stream.write(lines)
            stream.flush()
            os.fsync(stream.fileno())

    def last(self) -> dict[str, Any]:
        """The last whole line; empty where there is none."""
        line, _ = self._tail()
        return _entry(line) or {}

    def end(self) -> tuple[int, str]:
        """How many whole lines there are and the SHA-256 of the last, read from the file's end."""
        return self._end(self._tail()[0])

    def verify(self) -> list[Finding]:
        """What is wrong with the chain, line by line."""
        findings, previous = [], BEGINNING
        for number, (line, complete, entry) in enumerate(self._read(), start=1):
            if not complete:
                findings.append(self._finding(number, "the line ends in the middle", "warning"))
                continue
            if entry is None:
                findings.append(self._finding(number, "the line cannot be read"))
            elif entry.get("previous_sha256") != previous or entry.get("number") != number:
                findings.append(self._finding(number, "the line does not follow the one before it"))
            previous = sha256_of_bytes(line)
        return findings

    def _read(self) -> Iterator[tuple[bytes, bool, dict[str, Any] | None]]:
        if not self.path.exists():
            return
        with self.path.open("rb") as stream:
            for line in stream:
                whole = line.endswith(b"\n")
                plain = line.removesuffix(b"\n")
                yield plain, whole, _entry(plain) if whole else None

    def _end(self, last: bytes) -> tuple[int, str]:
        return (self._count(last), sha256_of_bytes(last)) if last else (0, BEGINNING)

    def _count(self, last: bytes) -> int:
        """How many whole lines there are, by the last one; counted where it is damaged."""
        number = (_entry(last) or {}).get("number")
        return number if isinstance(number, int) else sum(whole for _, whole, _ in self._read())

    def _tail(self) -> tuple[bytes, int]:
        """The last whole line and where it ends; only the end of the file is read."""
        size = self.path.stat().st_size if self.path.exists() else 0
        if size == 0:
            return b"", 0
        with self.path.open("rb") as stream:
            block, data = size, b""
            while block and data.count(b"\n") < 2:
                step = min(block, _BLOCK)
                block -= step
                stream.seek(block)
                data = stream.read(step) + data
        whole, newline, torn = data.rpartition(b"\n")
        return (whole.rpartition(b"\n")[2], size - len(torn)) if newline else (b"", 0)

    def _finding(self, number: int, found: str, severity: str = "error") -> Finding:
        torn = severity == "warning"
        return Finding(
            file=self.path.name,
            line=number,
            entity="",
            found=found,
            possible="a write was interrupted there"
            if torn
            else "each line carries the SHA-256 of the line before it",
            mend="The next ingest mends it."
            if torn
            else "Compare with another copy of the ledger.",
            severity=severity,
        )


def chained(entry: dict[str, Any], *, number: int, previous_sha256: str) -> bytes:
    """An entry as a line of a chain, without its end; `previous_sha256` is of the line before."""
    record = {"number": number, **entry, "previous_sha256": previous_sha256}
    return orjson.dumps(record)


def _entry(line: bytes) -> dict[str, Any] | None:
    try:
        entry = orjson.loads(line)
    except ValueError:
        return None
    return entry if isinstance(entry, dict) else None
