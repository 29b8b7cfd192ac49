"""The commands on cooperation: what is open, and what partners are worth."""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from ilrs.cli_programme import load_and_check, programme_options

__all__ = ["gaps", "worth"]


@click.command()
@programme_options
@click.option("--field", "fields", multiple=True, help="A science field; may be repeated.")
@click.option("--stage", default="", help="planning, justification, …, operation.")
@click.option("--level", default="", help="mission, system, subsystem or equipment.")
@click.option("--mass", "mass_kg", type=click.FloatRange(0.0), help="Kilograms you would bring.")
@click.option("--json", "as_json", is_flag=True, help="Print all of it as JSON.")
def gaps(
    programme: tuple[Path, ...], base: str | None, fields: tuple[str, ...], stage: str, level: str,
    mass_kg: float | None, as_json: bool,
) -> None:  # fmt: skip
    """List what PROGRAMME needs and nobody covers, and what room it offers.

    The options filter the list by what you can do; what says nothing of them stays in it. Each
    line begins with the key by which `ilrs propose --opportunity` takes it up.
    """
    from ilrs.cooperation.opportunities import opportunities
    from ilrs.study.report import print_table

    loaded, _ = load_and_check(programme, base)
    _check_words(loaded.programme, fields=fields, stage=stage, level=level)
    rows = opportunities(
        loaded.programme, fields=fields, stage=stage, level=level, mass_kg=mass_kg
    )  # fmt: skip
    if as_json:
        told = [{**asdict(row), "key": row.key, "command": row.command} for row in rows]
        click.echo(json.dumps(told, ensure_ascii=False, indent=1))
        return
    table = [(row.key, row.text, " ".join(row.fields)) for row in rows]
    print_table(("opportunity", "what is open", "fields"), table, sys.stdout)
    if rows:
        click.echo(f"Take one up by its key, for instance: {rows[0].command}")


def _check_words(programme: Any, *, fields: tuple[str, ...], stage: str, level: str) -> None:
    """Raises IlrsError for a field, stage or level that there is not."""
    from ilrs.cooperation.ledger import LEVELS, STAGES
    from ilrs.foundation.errors import IlrsError, did_you_mean

    asked = [("field", field, tuple(programme.science_fields)) for field in fields]
    asked += [("stage", stage, STAGES)] if stage else []
    asked += [("level", level, LEVELS)] if level else []
    for what, word, possible in asked:
        if word not in possible:
            raise IlrsError(
                f"there is no {what} {word!r}",
                f"there are {', '.join(possible)}",
                did_you_mean(word, possible, otherwise="Name one of them."),
            )


@click.command()
@programme_options
@click.option("--scenario", help="The scenario; the programme's first one when left out.")
@click.option("--without", "partners", multiple=True, metavar="ID",
              help="Say what changes without a partner or contribution.")  # fmt: skip
@click.option("--each", is_flag=True, help="Say whether the station lives without each of them.")
@click.option("--error", default=0.02, show_default=True, type=click.FloatRange(0.001, 0.5),
              help="Largest standard error of a share, in parts of the whole.")  # fmt: skip
@click.option("--seed", default=1, show_default=True, type=int)
@click.option("--workers", type=click.IntRange(1), help="Processes; as many as cores if left out.")
@click.option("--json", "as_json", is_flag=True, help="Print all of it as JSON.")
def worth(
    programme: tuple[Path, ...], base: str | None, scenario: str | None, partners: tuple[str, ...],
    each: bool, error: float, seed: int, workers: int | None, as_json: bool,
) -> None:  # fmt: skip
    """Say what each partner is worth to PROGRAMME's station: it is run again without them.

    Without --without: each partner's Shapley share of research, life and data, over all ways in
    which the partners could have joined.
    """
    from ilrs.study import worth_text
    from ilrs.study.chain import run_programme
    from ilrs.study.progress import shown_count
    from ilrs.study.report import print_table
    from ilrs.study.withdrawals import (
        each_withdrawal,
        withdrawals_record,
        withdrawals_table,
    )
    from ilrs.study.worth import partner_shares, withdrawal

    loaded, _ = load_and_check(programme, base)
    run = run_programme(loaded.programme, scenario=scenario)
    if partners:
        gone = withdrawal(run.programme, partners, base=run)
        if as_json:
            click.echo(json.dumps(asdict(gone), ensure_ascii=False, indent=1))
            return
        print_table(*worth_text.changes_table(gone.changes), sys.stdout)
        click.echo("\n".join(worth_text.orphan_lines(gone)))
        return
    if each:
        with shown_count(sys.stderr, "stations run") as told:
            rows = each_withdrawal(run.programme, base=run, workers=workers, progress=told)
        if as_json:
            click.echo(json.dumps(withdrawals_record(rows), ensure_ascii=False, indent=1))
        else:
            print_table(*withdrawals_table(rows), sys.stdout)
        return
    with shown_count(sys.stderr, "stations run") as told:
        shares = partner_shares(
            run.programme, base=run, most_error=error, seed=seed, workers=workers, progress=told
        )  # fmt: skip
    if as_json:
        click.echo(json.dumps(worth_text.shares_record(shares), ensure_ascii=False, indent=1))
        return
    print_table(*worth_text.shares_table(shares), sys.stdout)
    click.echo(worth_text.shares_note(shares))
