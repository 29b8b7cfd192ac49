"""The audit log: what is entered, that nothing of it can be changed unseen, and what it costs."""

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ilrs.datacentre.audit import Audit, decisions, verify_audit
from ilrs.datacentre.rights import ANYONE, Principal, Verb

LI = Principal("Li Wei", "CNSA")


def clock() -> str:
    return "2030-01-01T00:00:00Z"


def note(audit: Audit, what: str, *, allowed: bool = True) -> None:
    audit.note(LI, verb=Verb.DOWNLOAD, what=what, allowed=allowed, rule="results")


@pytest.fixture
def begin(tmp_path: Path) -> Iterator[Callable[[], Audit]]:
    """Begins logs in one folder, as so many processes do."""
    begun: list[Audit] = []

    def make() -> Audit:
        begun.append(Audit(tmp_path, now=clock))
        return begun[-1]

    yield make
    for audit in begun:
        audit.close()


@pytest.fixture
def three_files(tmp_path: Path, begin: Callable[[], Audit]) -> list[Path]:
    """One process wrote three decisions and another one two, of which one after a third's begin."""
    first, second, third = (begin() for _ in range(3))
    for number in range(3):
        note(first, f"urn:x::1.{number}")
    note(second, "urn:y::1.0")
    third.note(ANYONE, verb=Verb.KNOW, what="search: ice", allowed=True, count=7)
    note(second, "urn:y::1.1", allowed=False)
    return sorted((tmp_path / "audit").glob("*.jsonl"), key=lambda p: (len(p.name), p.name))


def test_decisions_are_kept_with_who_what_and_by_which_rule(
    three_files: list[Path], tmp_path: Path
) -> None:
    kept = list(decisions(tmp_path))
    assert len(kept) == 6
    assert verify_audit(tmp_path) == []
    refused = [entry for entry in kept if not entry["allowed"]]
    assert [{**e, "previous_sha256": ""} for e in refused] == [
        {
            "number": 3, "at_utc": "2030-01-01T00:00:00Z", "principal": "Li Wei",
            "partner": "CNSA", "verb": "download", "what": "urn:y::1.1", "allowed": False,
            "rule": "results", "count": 1, "previous_sha256": "",
        }
    ]  # fmt: skip


def test_a_changed_line_breaks_its_chain(three_files: list[Path], tmp_path: Path) -> None:
    text = three_files[0].read_text().replace("urn:x::1.1", "urn:x::1.7")
    three_files[0].write_text(text)
    name = three_files[0].name
    assert [str(finding) for finding in verify_audit(tmp_path)] == [
        f"{name}:4: the line does not follow the one before it; each line carries the SHA-256 of "
        "the line before it. Compare with another copy of the ledger."
    ]


def test_a_shortened_file_and_one_that_is_gone_are_found(
    three_files: list[Path], tmp_path: Path
) -> None:
    first, second, third = three_files
    first.write_bytes(b"".join(first.read_bytes().splitlines(keepends=True)[:-1]))
    second.unlink()
    mend = "Compare with another copy of the audit log."
    assert sorted(str(finding) for finding in verify_audit(tmp_path)) == sorted(
        [
            f"{first.name}:3: lines were taken away or changed; it had 4 lines when {name} was "
            f"begun. {mend}"
            for name in (third.name,)
        ]
        + [f"{second.name}: the file is gone; it had 2 lines when {third.name} was begun. {mend}"]
    )


@pytest.mark.parametrize(
    "others", ["7", '{"NAME": 7}', '{"NAME": {}}', '{"NAME": {"lines": "x"}}', '{"gone": []}']
)
def test_a_damaged_seal_is_a_finding(tmp_path: Path, others: str) -> None:
    (tmp_path / "audit").mkdir()
    for name in ("a.jsonl", "b.jsonl"):
        line = f'{{"number":1,"others":{others.replace("NAME", "a.jsonl")},"principal":"x"}}\n'
        (tmp_path / "audit" / name).write_text(line)
    assert verify_audit(tmp_path)
    assert [entry["principal"] for entry in decisions(tmp_path)] == ["x", "x"]


def test_a_fork_begins_its_own_file(
    tmp_path: Path, begin: Callable[[], Audit], monkeypatch: pytest.MonkeyPatch
) -> None:
    audit = begin()
    note(audit, "a")
    monkeypatch.setattr(os, "getpid", lambda: 424242)
    note(audit, "b")
    assert len(list((tmp_path / "audit").glob("*.jsonl"))) == 2
    assert sorted(entry["what"] for entry in decisions(tmp_path)) == ["a", "b"]
    assert verify_audit(tmp_path) == []


def test_a_line_is_there_as_soon_as_the_decision_is_made(
    tmp_path: Path, begin: Callable[[], Audit]
) -> None:
    audit = begin()
    note(audit, "a")
    (path,) = (tmp_path / "audit").glob("*.jsonl")
    assert json.loads(path.read_bytes().splitlines()[-1])["what"] == "a"


@contextmanager
def room(size: int) -> Iterator[None]:
    """No file gets longer than this, as on a disk that is full."""
    resource = pytest.importorskip("resource", reason="Windows knows no such limits")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_what_a_full_disk_takes_half_of_is_not_entered(
    tmp_path: Path, begin: Callable[[], Audit]
) -> None:
    audit = begin()
    note(audit, "a")
    (path,) = (tmp_path / "audit").glob("*.jsonl")
    whole = path.read_bytes()
    with room(len(whole) + 60), pytest.raises(OSError, match="No space left"):
        note(audit, "b")
    assert path.read_bytes() == whole
    note(audit, "c")
    assert [entry["what"] for entry in decisions(tmp_path)] == ["a", "c"]
    assert verify_audit(tmp_path) == []


def test_a_file_that_cannot_be_begun_is_taken_away(
    tmp_path: Path, begin: Callable[[], Audit]
) -> None:
    audit = begin()
    with room(20), pytest.raises(OSError, match="No space left"):
        note(audit, "a")
    assert list((tmp_path / "audit").iterdir()) == []
    note(audit, "b")
    (path,) = (tmp_path / "audit").glob("*.jsonl")
    assert json.loads(path.read_bytes().splitlines()[0])["event"] == "begun"


@pytest.mark.parametrize("end", ["{half of a line\n", "x" * 70_000 + "\n", "torn"])
def test_a_damaged_file_does_not_keep_another_process_from_beginning(
    tmp_path: Path, begin: Callable[[], Audit], end: str
) -> None:
    note(begin(), "a")
    (path,) = (tmp_path / "audit").glob("*.jsonl")
    with path.open("a", encoding="utf-8") as stream:
        stream.write(end)
    note(begin(), "b")
    assert sorted(entry["what"] for entry in decisions(tmp_path)) == ["a", "b"]
    assert {finding.file for finding in verify_audit(tmp_path)} == {path.name}


def test_entering_a_decision_costs_little_beside_a_search(begin: Callable[[], Audit]) -> None:
    """A search over HTTP takes some 1.5 ms of a worker; an entry may take a tenth of that."""
    audit = begin()
    note(audit, "first")
    begun = time.process_time()
    for number in range(500):
        note(audit, f"urn:ilrs:jdc:ce7:pan:p-{number}::1.0")
    assert (time.process_time() - begun) / 500 < 150e-6
