"""`ilrs partner`: what one partner brings, gets and is worth, as a page in its own language."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ilrs.cli_answer import print_findings
from ilrs.cli_programme import load_what_stands

if TYPE_CHECKING:
    from ilrs.foundation.errors import Finding
    from ilrs.programme.load import Loaded
    from ilrs.study.run import Run
    from ilrs.study.withdrawals import StationLeft

__all__ = ["partner"]


@click.command()
@click.argument("partners", nargs=-1, metavar="[PARTNER]...")
@click.option("--all", "everyone", is_flag=True, help="A page for every partner, and a list.")
@click.option("--programme", multiple=True, type=click.Path(path_type=Path, file_okay=False),
              help="The programme's folder; may be repeated.")  # fmt: skip
@click.option("--over", "base", metavar="BASE", help="Lay --programme over BASE.")
@click.option("--scenario", help="The scenario; the programme's first one when left out.")
@click.option("--lang", "language", default="", metavar="CODE",
              help="Language: en, zh, ru, …; each partner's own when left out.")  # fmt: skip
@click.option("--no-run", is_flag=True, help="Do not run the station: no hours, data or worth.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("partners"),
              show_default=True, help="A folder for the pages, or PAGE.html for one.")  # fmt: skip
def partner(
    partners: tuple[str, ...], everyone: bool, programme: tuple[Path, ...], base: str | None,
    scenario: str | None, language: str, no_run: bool, out: Path,
) -> None:  # fmt: skip
    """Write a page for each PARTNER: what it brings, gets and is worth, and what is open to it.

    A partner's faulty files stop no page: what is wrong stands on its own page, and the station is
    not run then.
    """
    from ilrs.foundation.errors import IlrsError
    from ilrs.study.partner_facts import partner_facts
    from ilrs.study.partner_files import check_partners, partner_pages, write_pages

    if everyone == bool(partners):
        raise IlrsError(
            "partners named and --all at once" if everyone else "no partner named",
            "a page is written for the partners that are named, or with --all for everyone",
            "Write for instance `ilrs partner CH`.",
        )
    loaded, findings = load_what_stands(programme, base)
    check_partners(loaded.programme, partners)
    run, left = (None, None) if no_run else _run(loaded, findings, scenario)
    facts = partner_facts(loaded.programme, findings, run=run, left=left)
    pages = partner_pages(loaded, facts, partners=partners, language=language, run=run)
    print_findings(pages.findings)
    for path in write_pages(pages, out):
        click.echo(f"written: {path}")


def _run(
    loaded: "Loaded", findings: "list[Finding]", scenario: str | None
) -> "tuple[Run | None, list[StationLeft] | None]":
    """The run and the station without each partner; none of a programme that is not valid."""
    if any(finding.severity == "error" for finding in findings):
        click.echo("the programme is not valid: the station is not run", err=True)
        return None, None
    from ilrs.study.chain import run_programme
    from ilrs.study.progress import shown_count, shown_progress
    from ilrs.study.withdrawals import each_withdrawal

    with shown_progress(sys.stderr) as progress:
        run = run_programme(loaded.programme, scenario=scenario, progress=progress)
    with shown_count(sys.stderr, "stations run") as told:
        return run, each_withdrawal(run.programme, base=run, progress=told)
