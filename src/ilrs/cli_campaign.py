"""The command on the launch campaign: what flies when, and what a loss or a slip breaks."""

import json
import sys
from pathlib import Path
from typing import Any

import click

from ilrs.cli_programme import load_and_check, programme_options

__all__ = ["campaign"]


@click.command()
@programme_options
@click.option("--scenario", help="Whose site and begin count; the programme's first one if none.")
@click.option("--site", help="The site that is landed at; the scenario's when left out.")
@click.option("--goal", type=click.Choice(["fewest-launches", "first-power", "fewest-moves"]),
              help="What is made least; after a loss or slip fewest-moves if none.")  # fmt: skip
@click.option("--at", metavar="DATE", help="The day from which it is seen; today if none.")
@click.option("--by", metavar="DATE", help="The last day of the campaign.")
@click.option(
    "--lost", multiple=True, metavar="MISSION", help="A mission that is lost; may be repeated."
)
@click.option("--slip", "slipped", multiple=True, metavar="MISSION=DATE",
              help="A mission that flies later; may be repeated.")  # fmt: skip
@click.option("--years", type=click.IntRange(1, 100),
              help="Also say how supplies last for so many years.")  # fmt: skip
@click.option("--time", "seconds", default=60.0, show_default=True, type=click.FloatRange(1.0),
              help="Seconds after which the best campaign found is taken.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print all of it as JSON.")
@click.option("--output", type=click.Path(path_type=Path, file_okay=False),
              help="A folder for the campaign: JSON, CSV, calendar, picture.")  # fmt: skip
def campaign(
    programme: tuple[Path, ...], base: str | None, scenario: str | None, site: str | None,
    goal: Any, at: str | None, by: str | None, lost: tuple[str, ...], slipped: tuple[str, ...],
    years: int | None, seconds: float, as_json: bool, output: Path | None,
) -> None:  # fmt: skip
    """Plan the launches and landings that bring PROGRAMME's station to its site.

    Cargo flies on declared missions and landers, within mass and volume, each piece after or with
    what it needs. With --lost and --slip: what breaks, who can be asked, the next best campaign.
    """
    from datetime import date

    from ilrs.study import campaign_files as files
    from ilrs.study.campaigns import campaign_answer
    from ilrs.study.progress import shown_progress

    with shown_progress(sys.stderr) as progress:
        progress("check")
        loaded, _ = load_and_check(programme, base)
        answer = campaign_answer(
            loaded.programme, at=at or date.today().isoformat(), site=site, scenario=scenario,
            goal=goal, by=by, lost=lost, slips=_slips(slipped), years=years, seconds=seconds,
            progress=progress,
        )  # fmt: skip
    record = files.campaign_provenance(answer, command=_command(answer, by, lost, slipped))
    if as_json:
        told = files.campaign_record(answer, provenance=record)
        click.echo(json.dumps(told, ensure_ascii=False, indent=1))
    else:
        _print(answer, files)
    if output is not None:
        for path in files.write_campaign(answer, output, provenance=record):
            click.echo(f"written: {path}", err=True)


def _print(answer: Any, files: Any) -> None:
    from ilrs.study.report import print_table

    tables = [files.breaks_table(answer), files.rooms_table(answer)]
    tables = [table for table in tables if table[1]]
    if answer.plan is not None:
        moved = files.moves_table(answer)
        tables += [files.landings_table(answer)] + ([moved] if moved[1] else [])
    if answer.outlook is not None:
        tables += [table for table in (files.years_table(answer), files.reserves_table(answer))
                   if table[1]]  # fmt: skip
    for columns, rows in tables:
        print_table(columns, rows, sys.stdout)
    click.echo("\n".join(files.notes(answer) + files.outlook_notes(answer)))


def _slips(texts: tuple[str, ...]) -> dict[str, str]:
    """Mission and date of each text such as 'CE-7=2027'."""
    from ilrs.foundation.errors import IlrsError

    pairs = [text.partition("=") for text in texts]
    for text, (mission, _, date) in zip(texts, pairs, strict=True):
        if not mission or not date:
            raise IlrsError(
                f"found {text!r}",
                "a slip is a mission and its new date",
                "Write MISSION=DATE, such as --slip CE-7=2027.",
            )
    return {mission: date for mission, _, date in pairs}


def _command(answer: Any, by: str | None, lost: tuple[str, ...], slipped: tuple[str, ...]) -> str:
    """The command that gives the same campaign on any day."""
    told = ["ilrs campaign", f"--site {answer.flights.site}", f"--goal {answer.goal}",
            f"--at {answer.at}"]  # fmt: skip
    told += [f"--by {by}"] if by else []
    told += [f"--lost {key}" for key in lost] + [f"--slip {text}" for text in slipped]
    return " ".join(told)
