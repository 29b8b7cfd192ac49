"""Tables for a terminal: verdicts and plain rows."""

from collections.abc import Sequence
from typing import TextIO

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ilrs.study.run import Run, Verdict, figure

__all__ = ["print_table", "print_verdicts", "verdict_word"]

#: Marks that a terminal would obey, written out: what is shown was asked or declared by anybody.
_WRITTEN_OUT = {
    mark: f"\\x{mark:02x}" if mark < 256 else f"\\u{mark:04x}"
    for mark in (*range(32), *range(127, 160), *range(0x202A, 0x202F), *range(0x2066, 0x206A))
}
_PLAIN_WIDTH = 110  # where the output is a file: one width everywhere, so that texts compare


_LEAST_BESIDE = 20  # characters left to other columns beside one that is not broken


def _console(stream: TextIO, width: int = _PLAIN_WIDTH) -> Console:
    return Console(file=stream, width=None if stream.isatty() else width, highlight=False)


def print_table(
    columns: Sequence[str], rows: Sequence[Sequence[object]], stream: TextIO, *,
    is_first_whole: bool = False,
) -> None:  # fmt: skip
    """Prints rows under their column names; a line says so where there are none.

    What a terminal would obey, such as to clear the screen, is written out: '\\x1b[2J'. Where the
    first column is to be whole, identifiers in it are not broken, to be copied or searched.
    """
    first = max((len(str(row[0])) for row in rows), default=0) if is_first_whole else 0
    console = _console(stream, max(_PLAIN_WIDTH, first + _PLAIN_WIDTH // 2))
    if not rows:
        console.print("nothing found")
        return
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for number, column in enumerate(columns):
        is_whole = number == 0 and 0 < first <= console.width - _LEAST_BESIDE
        table.add_column(column, overflow="fold", no_wrap=is_whole)
    for row in rows:
        table.add_row(*(Text(str(cell).translate(_WRITTEN_OUT)) for cell in row))
    console.print(table)


def verdict_word(verdict: Verdict) -> str:
    """pass, fail or not judged; a requirement of level `should` says so where it fails."""
    if verdict.holds is None:
        return "not judged"
    if verdict.holds:
        return "pass"
    return "fail" if verdict.level == "must" else "fail (should)"


def print_verdicts(run: Run, stream: TextIO) -> None:
    """Prints the table requirement | measured | limit | verdict, and the count below it."""
    console = _console(stream)
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("requirement", overflow="fold")
    for name in ("measured", "limit", "verdict"):
        table.add_column(name, justify="left" if name == "verdict" else "right", no_wrap=True)
    styles = {"pass": "green", "fail": "bold red", "fail (should)": "yellow", "not judged": "dim"}
    for verdict in run.verdicts:
        word = verdict_word(verdict)
        limit = f"{verdict.comparison} {figure(verdict.limit, verdict.unit)}"
        table.add_row(
            Text(verdict.text), figure(verdict.measured, verdict.unit), limit,
            Text(word, style=styles[word]),
        )  # fmt: skip
    console.print(table)
    judged = [verdict for verdict in run.verdicts if verdict.holds is not None]
    holding = sum(verdict.holds is True for verdict in judged)
    span = f"{run.scenario.start} to {run.scenario.end}"
    console.print(f"{holding} of {len(judged)} requirements hold at {run.site.id}, {span}\n")
