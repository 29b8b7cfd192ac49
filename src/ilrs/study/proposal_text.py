"""A judged proposal, as tables for a terminal and as plain data."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from ilrs.foundation.quantities import format_quantity
from ilrs.study.proposal import Judged, Own
from ilrs.study.run import figure
from ilrs.study.worth import MEASURES

__all__ = ["judged_record", "loss_lines", "own_table", "verdict_line", "worth_table"]

Table = tuple[Sequence[str], list[tuple[object, ...]]]


def own_table(judged: Judged) -> Table:
    """What the proposal's own elements and experiments do in the run with it."""
    columns = ("of the proposal", "does", "energy", "data to Earth", "data waiting")
    return columns, [_own_row(own) for own in judged.own]


def _own_row(own: Own) -> tuple[object, ...]:
    if not own.stands:
        return own.id, "is not at the site that is run", "–", "–", "–"
    energy = format_quantity(own.energy_wh, "Wh")
    if own.wanted_h:
        does = f"runs {own.run_h:.4g} h of {own.wanted_h:.4g} h wanted"
        why = (
            f"; blocked by {own.blocked_by}" if own.blocked_by and own.run_h < own.wanted_h else ""
        )
        return own.id, does + why, energy, "", ""
    return (
        own.id, f"kept alive {figure(own.alive, '1')} of the time", energy,
        format_quantity(own.sent_bit, "bit"), format_quantity(own.held_bit, "bit"),
    )  # fmt: skip


def worth_table(judged: Judged) -> Table:
    """What the whole station does without the proposal and with it, and who has less."""
    whole = [sum(row) for row in zip(*(t.without for t in judged.turns), strict=True)]
    rows: list[tuple[object, ...]] = [
        (f"{name} of the whole station", figure(before, unit), figure(before + more, unit),
         _gain(more, unit))
        for (name, unit, _), before, more in zip(MEASURES, whole, judged.worth, strict=True)
    ]  # fmt: skip
    return ("what the station does", "without", "with", "gain"), rows


def _gain(amount: float, unit: str) -> str:
    return f"{'+' if amount > 0 else ''}{figure(amount, unit)}"


def loss_lines(judged: Judged) -> list[str]:
    """Which other partners do less with the proposal, a line each."""
    lines = [
        f"{turn.partner} has less: " + ", ".join(_losses(turn.gains)) for turn in judged.losers
    ]
    return lines or ["nobody else does less with it"]


def _losses(gains: Sequence[float]) -> Iterator[str]:
    for (name, unit, _), gain in zip(MEASURES, gains, strict=True):
        if gain < -1e-3:
            yield f"{figure(-gain, unit)} of {name}"


def verdict_line(judged: Judged) -> str:
    """How many requirements the proposal turns, in a sentence."""
    broken = [c.requirement for c in judged.changes if c.breaks]
    mended = [c.requirement for c in judged.changes if c.held is False and c.holds]
    same = sum(c.held == c.holds for c in judged.changes)
    return (
        f"It breaks {', '.join(broken) or 'no requirement'} and mends"
        f" {', '.join(mended) or 'none'}; {same} of {len(judged.changes)} are answered as before."
    )


def judged_record(judged: Judged) -> dict[str, Any]:
    """The judgement as plain data for JSON."""
    return {
        "measures": [{"name": n, "unit": u, "meaning": text} for n, u, text in MEASURES],
        "worth": list(judged.worth),
        **asdict(judged),
    }
