"""Readiness as tables for a terminal, and for JSON."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from ilrs.cooperation.readiness import (
    GateRow,
    Lack,
    ReadinessRow,
    joints_between_partners,
)
from ilrs.programme.entities import Programme

__all__ = ["gates_table", "readiness_notes", "readiness_record", "readiness_table"]

Table = tuple[Sequence[str], list[tuple[object, ...]]]
_SILENT = "not declared"


def readiness_table(rows: Sequence[ReadinessRow]) -> Table:
    """A row for each thing: its level, the last gate passed, what the next one lacks."""
    return ("element or mission", "of", "level", "passed", "next lacks", "launch", "ready by it"), [
        (
            row.of, row.owner, _SILENT if row.trl is None else row.trl, _passed(row), _next(row),
            _launch(row), _odds(row),
        )
        for row in rows
    ]  # fmt: skip


def gates_table(row: ReadinessRow) -> Table:
    """A row for each gate of one thing: what it lacks beyond what the gate before it does."""
    rows: list[tuple[object, ...]] = []
    before: tuple[Lack, ...] = ()
    for gate in row.gates:
        new = [lack for lack in gate.lacks if lack not in before]
        told = [_lacks(new)] if new else []
        told += ["as before"] if len(new) < len(gate.lacks) else []
        rows.append((gate.gate, gate.passed or "", "; ".join(told)))
        before = gate.lacks
    return ("gate", "passed", "lacks (owed by)"), rows


def _passed(row: ReadinessRow) -> str:
    if row.passed is not None:
        return f"{row.passed.gate} {row.passed.passed}"
    return "none" if row.is_declared else _SILENT


def _next(row: ReadinessRow) -> str:
    gate: GateRow | None = row.next
    if not row.is_declared:
        return _SILENT
    return "" if gate is None else f"{gate.gate}: {_lacks(gate.lacks) or 'nothing'}"


def _lacks(lacks: Sequence[Lack]) -> str:
    return "; ".join(f"{lack.what} ({' and '.join(lack.owed_by) or 'joint'})" for lack in lacks)


def _launch(row: ReadinessRow) -> str:
    return f"{row.launch} {row.launch_date or ''}".strip() if row.launch else "no ride"


def _odds(row: ReadinessRow) -> str:
    if row.on_time is None or row.low is None or row.high is None:
        return _SILENT
    return f"{100.0 * row.on_time:.0f} % ({100.0 * row.low:.0f}-{100.0 * row.high:.0f})"


def readiness_notes(programme: Programme, rows: Sequence[ReadinessRow]) -> list[str]:
    """How much is declared at all, and gates that were passed with something lacking."""
    silent = sum(not row.is_declared for row in rows)
    joints = joints_between_partners(programme)
    signed = sum(joint.is_signed for joint in joints)
    lines = [
        f"{len(rows) - silent} of {len(rows)} declare a development.",
        f"{len(joints)} joints lie between elements of two partners; {signed} have a document that"
        " both have signed.",
    ]
    for row in rows:
        lines += [
            f"{row.of} passed {gate.gate} on {gate.passed} and lacks by what is declared:"
            f" {_lacks(gate.lacks)}."
            for gate in row.gates
            if gate.passed is not None and gate.lacks
        ]
    return lines


def readiness_record(
    programme: Programme, rows: Sequence[ReadinessRow], *, at: str
) -> dict[str, Any]:
    """All of it, for JSON."""
    return {
        "programme": programme.name,
        "seen_from": at,
        "rows": [
            asdict(row) | {
                "passed": row.passed.gate if row.passed else None,
                "next": row.next.gate if row.next else None,
            }
            for row in rows
        ],
        "joints_between_partners": [asdict(joint) for joint in joints_between_partners(programme)],
    }  # fmt: skip
