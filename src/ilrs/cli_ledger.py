"""The commands on give and take: who brings what, who depends on whom, and what each one gets."""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ilrs.cli_answer import EXIT_INVALID, print_findings
from ilrs.cli_programme import load_what_stands, programme_options

if TYPE_CHECKING:
    from ilrs.programme.entities import Programme

__all__ = ["benefits", "ledger"]

_PARTS = ("contributions", "dependencies", "matrix", "balance")
_RUN = click.option(
    "--run", "run_folder", type=click.Path(path_type=Path, file_okay=False),
    help="A folder of `ilrs run` or `ilrs plan`: what was really given and used is counted too.",
)  # fmt: skip


@click.command()
@programme_options
@click.option("--show", type=click.Choice(_PARTS), default="contributions", show_default=True,
              help="Which table: contributions; who depends on whom; the same as an N² matrix;"
              " given against used.")  # fmt: skip
@click.option("--partner", default="", help="Only this partner.")
@click.option("--stage", default="", help="planning, justification, …, operation.")
@click.option("--level", default="", help="mission, system, subsystem or equipment.")
@click.option("--form", default="", help="material or non-material.")
@click.option("--area", default="", help="A part of the area's name.")
@click.option("--status", default="", help="offered, proposed, …, withdrawn.")
@_RUN
@click.option("--json", "as_json", is_flag=True, help="Print all of it as JSON.")
@click.option("--csv", "as_csv", is_flag=True, help="Print the table as CSV.")
@click.option("--chart", type=click.Path(path_type=Path, dir_okay=False),
              help="Also write the N² chart as a picture (SVG).")  # fmt: skip
def ledger(
    programme: tuple[Path, ...], base: str | None, show: str, run_folder: Path | None,
    as_json: bool, as_csv: bool, chart: Path | None, **asked: str,
) -> None:  # fmt: skip
    """List who brings what to PROGRAMME, who depends on whom, what is given and used.

    What is wrong with one partner's files is told, and the others' rows stand: exit code 2 then.
    """
    from ilrs.cooperation.dependencies import chart as chart_of
    from ilrs.cooperation.dependencies import dependencies
    from ilrs.cooperation.ledger import ledger as rows_of
    from ilrs.study import ledger_files as files
    from ilrs.study.report import print_table

    loaded, findings = load_what_stands(programme, base)
    stands = loaded.programme
    _check_words(stands, asked)
    partner = asked["partner"]
    rows = rows_of(stands, **asked)
    found = [d for d in dependencies(stands) if partner in ("", d.giver, d.taker)]
    balance = [r for r in files.balance_of(stands, run_folder) if partner in ("", r.partner)]
    if chart is not None:
        from ilrs.study.dependency_chart import dependency_svg
        from ilrs.study.site_files import write_text

        picture = dependency_svg(chart_of(found, stands.partners), programme=stands.name)
        write_text(picture, chart)
        click.echo(f"written: {chart}", err=True)
    if as_json:
        record = files.ledger_record(rows, found, balance)
        click.echo(json.dumps(record, ensure_ascii=False, indent=1))
    else:
        table = {
            "contributions": lambda: files.contributions_table(rows),
            "dependencies": lambda: files.dependencies_table(found),
            "matrix": lambda: files.matrix_table(chart_of(found, stands.partners)),
            "balance": lambda: files.balance_table(balance),
        }[show]()
        if as_csv:
            click.echo(files.csv_text(table), nl=False)
        else:
            print_table(*table, sys.stdout)
    _close(findings)


def _check_words(programme: "Programme", asked: dict[str, str]) -> None:
    """Raises IlrsError for a partner, stage, level, form or status that there is not."""
    from ilrs.cooperation.ledger import FORMS, LEVELS, STAGES, STATUSES
    from ilrs.foundation.errors import IlrsError, did_you_mean

    known: dict[str, tuple[str, ...]] = {
        "partner": tuple(programme.partners), "stage": STAGES, "level": LEVELS, "form": FORMS,
        "status": STATUSES,
    }  # fmt: skip
    for what, possible in known.items():
        if asked[what] and asked[what] not in possible:
            raise IlrsError(
                f"there is no {what} {asked[what]!r}",
                f"there are {', '.join(possible)}",
                did_you_mean(asked[what], possible, otherwise="Name one of them."),
            )


def _close(findings: list[Any]) -> None:
    """Tells what is wrong with the files, if anything is, and ends with exit code 2 then."""
    errors = [finding for finding in findings if finding.severity == "error"]
    if errors:
        print_findings(errors)
        raise SystemExit(EXIT_INVALID)


@click.command()
@programme_options
@click.option("--partner", default="", help="Only this partner.")
@click.option("--worth", "worth_file", type=click.Path(path_type=Path, dir_okay=False),
              help="What `ilrs worth --json` printed, beside what each one gets.")  # fmt: skip
@_RUN
@click.option("--rights", "rights_file", type=click.Path(path_type=Path, dir_okay=False),
              help="Also write the rules on data as a node's rights.yaml.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print all of it as JSON.")
@click.option("--csv", "as_csv", is_flag=True, help="Print the table as CSV.")
def benefits(
    programme: tuple[Path, ...], base: str | None, partner: str, worth_file: Path | None,
    run_folder: Path | None, rights_file: Path | None, as_json: bool, as_csv: bool,
) -> None:  # fmt: skip
    """Say what each partner of PROGRAMME gets by its rules, beside what it gives.

    Observation time, power, training seats, flight opportunities, and rights to data.
    """
    from ilrs.cooperation import benefits as rules
    from ilrs.study import ledger_files as files
    from ilrs.study.data_rights import data_rights, rights_text
    from ilrs.study.report import print_table
    from ilrs.study.site_files import write_text

    loaded, findings = load_what_stands(programme, base)
    stands = loaded.programme
    worths = files.read_worths(worth_file) if worth_file is not None else None
    rows = [r for r in rules.benefits(stands, worths=worths) if partner in ("", r.partner)]
    balance = [r for r in files.balance_of(stands, run_folder) if partner in ("", r.partner)]
    rights = data_rights(stands)
    if rights_file is not None:
        write_text(rights_text(stands), rights_file)
        click.echo(f"written: {rights_file}", err=True)
    if as_json:
        record = {
            "benefits": [asdict(row) for row in rows],
            "rights": [asdict(right) for right in rights],
            "balance": [asdict(row) for row in balance],
            "worths": worths,
        }
        click.echo(json.dumps(record, ensure_ascii=False, indent=1))
    elif as_csv:
        click.echo(files.csv_text(files.benefits_rows(rows)), nl=False)
    else:
        given = files.given_texts(balance)
        print_table(*files.benefits_table(rows, given=given, worths=worths), sys.stdout)
        print_table(*files.rights_table(rights), sys.stdout)
    _close(findings)
