"""The ledger: a chain that shows where it was touched."""

import json
from pathlib import Path

import pytest

from ilrs.datacentre.hash_chain import Ledger


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    made = Ledger(tmp_path / "ledger.jsonl")
    made.append([{"event": "filed", "lidvid": "a"}, {"event": "filed", "lidvid": "b"}])
    made.append([{"event": "filed", "lidvid": "月"}])
    return made


def test_entries_come_back_in_order_and_the_chain_holds(ledger: Ledger) -> None:
    assert [(e["number"], e["lidvid"]) for e in ledger.entries()] == [(1, "a"), (2, "b"), (3, "月")]
    assert ledger.verify() == []


def test_first_line_is_chained_to_nothing(ledger: Ledger) -> None:
    assert json.loads(ledger.path.read_bytes().splitlines()[0]) == {
        "number": 1,
        "event": "filed",
        "lidvid": "a",
        "previous_sha256": "0" * 64,
    }


def test_line_after_a_changed_one_does_not_follow(ledger: Ledger) -> None:
    ledger.path.write_bytes(ledger.path.read_bytes().replace(b'"b"', b'"c"'))
    assert [str(finding) for finding in ledger.verify()] == [
        "ledger.jsonl:3: the line does not follow the one before it; each line carries the SHA-256 "
        "of the line before it. Compare with another copy of the ledger."
    ]


def test_line_after_a_removed_one_does_not_follow(ledger: Ledger) -> None:
    lines = ledger.path.read_bytes().splitlines(keepends=True)
    ledger.path.write_bytes(lines[0] + lines[2])
    assert [finding.line for finding in ledger.verify()] == [2]


def test_line_that_is_no_json_is_named(ledger: Ledger) -> None:
    lines = ledger.path.read_bytes().splitlines(keepends=True)
    ledger.path.write_bytes(lines[0] + b"\xff\n" + lines[2])
    assert [(f.line, f.found) for f in ledger.verify()] == [
        (2, "the line cannot be read"),
        (3, "the line does not follow the one before it"),
    ]


def test_torn_line_is_a_warning_and_mended_by_the_next_append(ledger: Ledger) -> None:
    whole = ledger.path.read_bytes()
    ledger.path.write_bytes(whole + b'{"number":4,"ev')
    assert [str(finding) for finding in ledger.verify()] == [
        "ledger.jsonl:4: the line ends in the middle; a write was interrupted there. "
        "The next ingest mends it."
    ]
    ledger.append([{"event": "filed", "lidvid": "d"}])
    assert ledger.verify() == []
    assert [entry["lidvid"] for entry in ledger.entries()] == ["a", "b", "月", "d"]


def test_last_line_is_read_from_the_end(ledger: Ledger) -> None:
    assert Ledger(ledger.path.with_name("none")).last() == {}
    ledger.append([{"event": "filed", "lidvid": "x" * 200_000}])
    assert ledger.last()["number"] == 4
    ledger.append([{"event": "filed", "lidvid": "e"}])
    assert (ledger.last()["number"], ledger.last()["lidvid"]) == (5, "e")
    assert ledger.verify() == []
