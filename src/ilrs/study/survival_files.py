"""A survival told: tables on a terminal, all figures as JSON, CSV tables, and the curve as SVG."""

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, TextIO

import click

from ilrs.foundation.chance import paired_difference
from ilrs.study.report import print_table
from ilrs.study.site_files import write_text
from ilrs.study.survival import Chance, Change, Survival, chance_of, verdicts_of
from ilrs.study.survival_chart import survival_chart

__all__ = ["ASSUMED", "cause_rows", "print_survival", "survival_record", "write_survival"]

#: What a survival rests on beyond the files.
ASSUMED = (
    "A life ends when the first essential element is lost: it froze or overheated, or it is off and"
    " nothing declared can bring it back.",
    "Research is left out, for it yields first. Which relay is open when repeats the first year.",
    "Ages count from the start; a robot that froze still counts as able to repair.",
)
_WORDS = {True: "pass", False: "fail", None: "open: more lives would tell"}


def _percent(part: float) -> str:
    return f"{100.0 * part:.1f} %"


def _interval(chance: Chance) -> str:
    return f"{100.0 * chance.low:.1f} to {100.0 * chance.high:.1f} %"


def cause_rows(survival: Survival) -> list[tuple[str, str, int, int]]:
    """Element, cause, lives it ended, and ended lives in which it was the first loss of all."""
    losses = survival.tally.ends | survival.tally.firsts
    rows = [
        (element, cause, survival.tally.ends[element, cause], survival.tally.firsts[element, cause])
        for element, cause in losses
    ]
    return sorted(rows, key=lambda row: (-row[2], -row[3], row[:2]))


def change_rows(survival: Survival) -> list[dict[str, Any]]:
    """Each change with the difference that it makes in the last year, best first."""
    rows = []
    for change in survival.changes:
        difference = _difference(change)
        rows.append(
            {"element": change.element, "change": change.what, "lives": change.pairs.lives}
            | {"gained": change.pairs.gained[-1], "lost": change.pairs.lost[-1]}
            | {f"difference_{key}": value for key, value in asdict(difference).items()}
        )
    return sorted(rows, key=lambda row: (-row["difference_value"], row["element"], row["change"]))


def _difference(change: Change) -> Any:
    pairs = change.pairs
    return paired_difference(pairs.gained[-1], pairs.lost[-1], lives=pairs.lives)


def year_rows(survival: Survival) -> list[dict[str, Any]]:
    """Each year: alive at its end, and each requirement kept in it, with intervals."""
    rows = []
    for k, chance in enumerate(survival.chances):
        row: dict[str, Any] = {"year": k + 1, **_fields("alive", chance)}
        for id_, years in survival.tally.holds.items():
            row |= _fields(id_, chance_of(years[k], survival.tally.lives))
        rows.append(row)
    return rows


def _fields(name: str, chance: Chance) -> dict[str, float]:
    return {name: chance.value, f"{name}_low": chance.low, f"{name}_high": chance.high}


def survival_record(survival: Survival) -> dict[str, Any]:
    """All figures of a survival as plain data."""
    tally = survival.tally
    return {
        "programme": survival.programme.name,
        "scenario": survival.scenario.id,
        "site": survival.scenario.site,
        "start": survival.scenario.start,
        "years": survival.years,
        "lives": tally.lives,
        "lives_asked": survival.asked,
        "essential": list(survival.essential),
        "holds": survival.holds,
        "verdicts": [asdict(verdict) for verdict in verdicts_of(survival)],
        "by_year": year_rows(survival),
        "causes": [
            dict(zip(("element", "cause", "ended", "lost_first"), row, strict=True))
            for row in cause_rows(survival)
        ],
        "changes": change_rows(survival),
        "kept_by_year": {id_: list(years) for id_, years in tally.kept.items()},
        "failures": [
            {"element": element, "fault": fault, "count": count}
            for (element, fault), count in sorted(tally.failures.items())
        ],
        "not_asked": list(survival.not_asked),
        "assumed": list(ASSUMED),
        "notes": list(survival.notes),
        "provenance": survival.provenance.as_dict(),
    }


def print_survival(survival: Survival, stream: TextIO) -> None:
    """Prints the curve, what killed the station, what changes would do, and the verdicts."""
    tally, lives = survival.tally, survival.tally.lives
    start = survival.scenario.start[:10]
    click.echo(
        f"{survival.scenario.site}: {lives} lives of {survival.years} years from {start} on"
        + (f" (stopped; {survival.asked} were asked for)" if lives < survival.asked else ""),
        file=stream,
    )
    click.echo(f"essential: {', '.join(survival.essential)}\n", file=stream)
    asked = list(tally.holds)
    rows = [
        [k + 1, _percent(chance.value), _interval(chance)]
        + [_percent(tally.holds[id_][k] / lives) for id_ in asked]
        for k, chance in enumerate(survival.chances)
    ]
    print_table(["year", "alive at its end", "95 % interval", *asked], rows, stream)
    _print_causes(survival, stream)
    _print_changes(survival, stream)
    for verdict in verdicts_of(survival):
        measured = "–" if verdict.chance is None else _percent(verdict.chance.value)
        told = _WORDS[verdict.holds] if verdict.chance else f"lives are {survival.years} y"
        click.echo(
            f"{verdict.requirement}: {verdict.text} {measured} after {verdict.year} y, at least"
            f" {_percent(verdict.limit)} wanted: {told}",
            file=stream,
        )
    for note in (*ASSUMED, *survival.notes):
        click.echo(f"note: {note}", file=stream)


def _print_causes(survival: Survival, stream: TextIO) -> None:
    ended = survival.tally.lives - survival.tally.alive[-1]
    click.echo(f"What ended {ended} lives, and what was lost first in them:", file=stream)
    rows = [
        (element, cause, count, _percent(count / ended), first)
        for element, cause, count, first in cause_rows(survival)
    ]
    columns = ("element", "cause", "ended", "of those that ended", "lost first")
    print_table(columns, rows[:_MOST_ROWS], stream)


def _print_changes(survival: Survival, stream: TextIO) -> None:
    if not survival.changes:
        return
    lives = survival.changes[0].pairs.lives
    click.echo(
        f"What a change adds to survival after {survival.years} y, on the same {lives} lives:",
        file=stream,
    )
    rows = [
        (
            row["element"], row["change"], f"{100.0 * row['difference_value']:+.1f} points",
            f"{100.0 * row['difference_low']:+.1f} to {100.0 * row['difference_high']:+.1f}",
        )
        for row in change_rows(survival)
    ]  # fmt: skip
    print_table(("element", "change", "survival", "95 % interval"), rows, stream)


_MOST_ROWS = 12


def _csv(rows: Sequence[dict[str, Any]]) -> str:
    text = io.StringIO()
    if rows:
        writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return text.getvalue()


def write_survival(survival: Survival, folder: Path) -> list[Path]:
    """Writes JSON, the three tables as CSV and the curve as SVG; gives their paths."""
    record = survival_record(survival)
    texts = {
        "survival.json": json.dumps(record, ensure_ascii=False, indent=1) + "\n",
        "years.csv": _csv(record["by_year"]),
        "causes.csv": _csv(record["causes"]),
        "changes.csv": _csv(record["changes"]),
        "survival.svg": survival_chart(survival),
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        write_text(text, folder / name)
    return [folder / name for name in texts]
