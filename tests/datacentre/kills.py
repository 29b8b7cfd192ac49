"""Killing an ingest at random, and counting what it left: for the tests and for a bar."""

import hashlib
import os
import random
import signal
import time
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ilrs.datacentre.archive import Archive
from ilrs.datacentre.record import Record
from ilrs.datacentre.submission import SourceFile, Submission

__all__ = ["Kills", "kill_ingests"]

_PRODUCTS = 30


@dataclass(frozen=True)
class Kills:
    """What a number of kills left, summed; `between` of them came while something was under way."""

    kills: int
    between: int
    lost: int
    doubled: int
    half_visible: int
    faults: int


def _content(lidvid: str, name: str) -> bytes:
    """Some bytes that follow from the names alone."""
    seed = hashlib.sha256(f"{lidvid}/{name}".encode()).digest()
    return seed * (1 + int.from_bytes(seed[:2], "big") % 400)


def _submissions(number: int) -> Iterator[Submission]:
    """New products of round `number`, and a next version of each product of the round before."""
    names = [f"p{number}-{k}::1.0" for k in range(_PRODUCTS)]
    if number:
        names += [f"p{number - 1}-{k}::1.{number % 3 + 1}" for k in range(_PRODUCTS)]
    for name in names:
        lidvid = f"urn:ilrs:jdc:kill:run:{name}"
        yield Submission(
            record=Record(lidvid=lidvid, title=name, access="open"),
            files=tuple(
                SourceFile(name=file, role=role, content=_content(lidvid, file))
                for file, role in (("data.bin", "data"), ("label.xml", "label"))
            ),
        )


def _half_visible(archive: Archive) -> int:
    """How many products that can be found lack bytes that their record names."""
    half = 0
    for record in archive.find():
        for file in record.files:
            try:
                with archive.open_file(record.lidvid, file.name) as stream:
                    whole = hashlib.sha256(stream.read()).hexdigest() == file.sha256
            except Exception:
                whole = False
            half += not whole
    return half


def _ingest_in_child(folder: Path, number: int) -> int:
    """The process id of a child that files the products of a round."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # fork beside idle library threads
        child = os.fork()
    if child == 0:
        try:
            Archive(folder).ingest(_submissions(number))
        finally:
            os._exit(0)
    return child


def _ingest_s(folder: Path) -> float:
    """How long a child takes to file the products of the first round. [s]"""
    begin = time.perf_counter()
    os.waitpid(_ingest_in_child(folder, 0), 0)
    return time.perf_counter() - begin


def kill_ingests(folder: Path, *, kills: int, seed: int) -> Kills:
    """Files products in a child that is killed (SIGKILL) at a random instant, until so many hit.

    After each kill nothing half may be visible; then the same products are filed once more, and
    each must be there once. A kill that comes too late counts for nothing but is looked at too; of
    three times as many some may miss.
    """
    chance = random.Random(seed)
    archive = Archive(folder)
    # The first one may wait for the compiler; later rounds file twice as much.
    full_s = 2.0 * min(_ingest_s(folder.with_name(f"{folder.name}-{k}")) for k in range(2))
    archive.ingest(_submissions(0))
    expected = Counter(s.record.lidvid for s in _submissions(0))
    number = between = lost = doubled = half = faults = 0
    while between < kills and number < 3 * kills:
        number += 1
        child = _ingest_in_child(folder, number)
        time.sleep(chance.uniform(0.0, full_s))
        os.kill(child, signal.SIGKILL)
        between += os.WIFSIGNALED(os.waitpid(child, 0)[1])
        half += _half_visible(archive)
        archive.ingest(_submissions(number))
        expected.update(s.record.lidvid for s in _submissions(number))
        filed = Counter(
            entry["lidvid"] for entry in archive.ledger.entries() if entry["event"] == "filed"
        )
        lost += sum((expected - filed).values())
        doubled += sum((filed - expected).values())
    found = archive.verify()
    faults += len(found.findings) + abs(found.versions - len(expected))
    return Kills(number, between, lost, doubled, half, faults)
