"""The command on development: gates passed, what the next one lacks, and who owes it."""

import json
import sys
from pathlib import Path

import click

from ilrs.cli_programme import load_and_check, programme_options

__all__ = ["readiness"]


@click.command()
@programme_options
@click.option("--of", metavar="ID", help="One element or mission: all its gates, one by one.")
@click.option("--at", metavar="DATE", help="The day from which it is seen; today if none.")
@click.option("--draws", default=10_000, show_default=True, type=click.IntRange(100))
@click.option("--seed", default=1, show_default=True, type=int)
@click.option("--json", "as_json", is_flag=True, help="Print all of it as JSON.")
def readiness(
    programme: tuple[Path, ...], base: str | None, of: str | None, at: str | None, draws: int,
    seed: int, as_json: bool,
) -> None:  # fmt: skip
    """Say which gate each element of PROGRAMME has passed, what the next lacks, and who owes it.

    Gates and what they ask for are data of the programme. What is not declared is called so.
    """
    from datetime import date

    from ilrs.cooperation.readiness import readiness as rows_of
    from ilrs.study import readiness_files as files
    from ilrs.study.report import print_table

    loaded, _ = load_and_check(programme, base)
    day = at or date.today().isoformat()
    rows = rows_of(loaded.programme, of=of, at=day, draws=draws, seed=seed)
    if as_json:
        told = files.readiness_record(loaded.programme, rows, at=day)
        click.echo(json.dumps(told, ensure_ascii=False, indent=1))
        return
    columns, table = files.readiness_table(rows) if of is None else files.gates_table(rows[0])
    print_table(columns, table, sys.stdout)
    click.echo("\n".join(files.readiness_notes(loaded.programme, rows)))
