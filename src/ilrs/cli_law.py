"""The commands on law: how objects stand, guidelines, spectrum, and registration records."""

import json
import sys
from dataclasses import asdict
from pathlib import Path

import click

from ilrs.cli_answer import LANGUAGES
from ilrs.cli_programme import load_and_check, programme_options

__all__ = ["law", "register"]


@click.command()
@programme_options
@click.option("--guidelines", is_flag=True, help="Check the declared guidelines and duties.")
@click.option("--of", "object_id", metavar="OBJECT",
              help="Say what the guidelines say of one object or owner.")  # fmt: skip
@click.option("--spectrum", is_flag=True, help="List every carrier and whom to coordinate with.")
@click.option("--json", "as_json", is_flag=True, help="Print all of it as JSON.")
def law(
    programme: tuple[Path, ...], base: str | None, guidelines: bool, object_id: str | None,
    spectrum: bool, as_json: bool,
) -> None:  # fmt: skip
    """Say how every object of PROGRAMME stands in law: States, registry, liability, agreements.

    It informs by what the files declare; it is no legal advice.
    """
    from ilrs.cooperation.jurisdiction import standings
    from ilrs.study import law_text
    from ilrs.study.law import all_answers, answers_of, spectrum_list
    from ilrs.study.report import print_table

    loaded, _ = load_and_check(programme, base)
    declared = loaded.programme
    if as_json:
        told = {
            "objects": [asdict(row) for row in standings(declared)],
            "guidelines": [asdict(row) for row in all_answers(declared)],
            "spectrum": [asdict(row) for row in spectrum_list(declared)],
        }
        click.echo(json.dumps(told, ensure_ascii=False, indent=1))
        return
    if guidelines:
        rows = all_answers(declared)
        print_table(*law_text.guidelines_table(declared, rows), sys.stdout)
        print_table(*law_text.open_table(rows), sys.stdout)
    if object_id is not None:
        print_table(*law_text.object_table(answers_of(declared, object_id)), sys.stdout)
    if spectrum:
        print_table(*law_text.spectrum_table(spectrum_list(declared)), sys.stdout)
    if not (guidelines or spectrum or object_id):
        print_table(*law_text.standings_table(standings(declared)), sys.stdout)
        click.echo(law_text.LIABILITY_NOTE)


@click.command()
@click.argument("object_id")
@programme_options
@click.option("--note", is_flag=True, help="Print the draft of a note to the Secretary-General.")
@click.option("--language", type=click.Choice(LANGUAGES), default="en", show_default=True,
              help="The language of the note.")  # fmt: skip
def register(
    object_id: str, programme: tuple[Path, ...], base: str | None, note: bool, language: str
) -> None:
    """Print the UN registration record of an element or mission, as JSON or as a note's draft."""
    from ilrs.cooperation.registration import record

    loaded, _ = load_and_check(programme, base)
    told = record(loaded.programme, object_id)
    if note:
        from ilrs.study.law_text import notification

        click.echo(notification(loaded.programme, told, language=language))
        return
    click.echo(json.dumps(told, ensure_ascii=False, indent=1))
