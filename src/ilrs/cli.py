"""The command line: thin commands over the rooms; every heavy import waits for its command."""

import errno
import json
import os
import sys
import traceback
from dataclasses import replace
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ilrs import __version__
from ilrs.cli_answer import (
    DEFAULT_OUT,
    EXIT_FAILS,
    EXIT_FAULT,
    EXIT_HOLDS,
    EXIT_INVALID,
    LANGUAGES,
    archive_option,
    print_findings,
)
from ilrs.cli_campaign import campaign
from ilrs.cli_cooperation import gaps, worth
from ilrs.cli_data import data
from ilrs.cli_law import law, register
from ilrs.cli_ledger import benefits, ledger
from ilrs.cli_operate import operate
from ilrs.cli_orbit import orbit
from ilrs.cli_partner import partner
from ilrs.cli_plan import plan
from ilrs.cli_programme import layers, load_and_check, programme_options
from ilrs.cli_propose import propose
from ilrs.cli_readiness import readiness
from ilrs.cli_replan import replan
from ilrs.cli_rights import rights_commands
from ilrs.cli_roadmap import roadmap
from ilrs.cli_route import route, sortie
from ilrs.cli_site import site
from ilrs.cli_start import seldom_collect, without
from ilrs.cli_station import size, survive
from ilrs.cli_trace import trace
from ilrs.foundation.errors import Finding, FindingsError, IlrsError, ProgrammeError

if TYPE_CHECKING:
    from ilrs.programme.entities import Programme
    from ilrs.programme.load import Loaded
    from ilrs.study.run import Run

__all__ = ["main"]

_FULL = {errno.ENOSPC, errno.EDQUOT}
_PAGES = "partners"  # folder of the partners' pages, beside the book


class _Rooms(click.Group):
    """Turns an IlrsError into its message and exit code 2, and anything else into 70."""

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except FindingsError as error:
            print_findings(error.findings)
            raise SystemExit(EXIT_INVALID) from None
        except IlrsError as error:
            click.echo(str(error), err=True)
            raise SystemExit(EXIT_INVALID) from None
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except BrokenPipeError:  # the reader of our output closed it, as `head` does
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise SystemExit(EXIT_HOLDS) from None
        except Exception as error:
            said = _said_of(error)
            if said is not None:
                click.echo(str(said), err=True)
                raise SystemExit(EXIT_INVALID) from None
            traceback.print_exc()
            click.echo("This is a fault of ilrs, not of your files. Please report it.", err=True)
            raise SystemExit(EXIT_FAULT) from None


def _said_of(error: Exception) -> IlrsError | None:
    """What is said of an error that lies in the files or words given; None where it is a fault."""
    if isinstance(error, UnicodeEncodeError):
        return IlrsError(
            f"{error.object[error.start : error.end][:80]!a} is no text",
            "what is given is text in UTF-8, without half a character",
            "Write it anew.",
        )
    if not isinstance(error, OSError) or not (error.filename or error.errno in _FULL):
        return None
    what = str(error.filename or "a file")
    return IlrsError(
        f"{what[:200]} cannot be used: {error.strerror}",
        "what a command names is read and written as this account may",
        "Correct the name, its permissions or the disk.",
    )


@click.group(cls=_Rooms, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="ilrs")
def main() -> None:
    """The International Lunar Research Station as code.

    A programme is a folder of files; `ilrs run` answers for each of its requirements, pass or
    fail, with the measured number. Exit code 0: all requirements hold; 1: one fails; 2: the
    programme or the command is not valid.
    """
    seldom_collect()
    _open_streams()


def _open_streams() -> None:
    """Makes both streams take whatever is said, also where they were closed before the start."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            nowhere = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115  to the end
            setattr(sys, name, nowhere)
    if isinstance(sys.stdout, TextIOWrapper):  # a name that cannot be shown is shown in parts
        sys.stdout.reconfigure(errors="backslashreplace")


@main.command()
@programme_options
@click.option("--scenario", help="The scenario to run; the programme's first one when left out.")
@click.option(
    "--terrain",
    multiple=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="A DEM to compute the site's horizon from, finest first; may be repeated.",
)
@click.option(
    "--orientation",
    default="MOON_ME_DE421",
    show_default=True,
    help="The Moon's orientation: MOON_ME_DE421 (integrated) or IAU_2015 (series).",
)
@click.option(
    "--language",
    type=click.Choice(LANGUAGES),
    default="en",
    show_default=True,
    help="The language in which the station book opens.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=DEFAULT_OUT,
    show_default=True,
    help="Where the run's folder and the archive are written.",
)
@click.option(
    "--survival",
    type=click.Path(path_type=Path, dir_okay=False),
    help="What `ilrs survive --out` wrote (survival.json), to be judged and shown in the book.",
)
@click.option(
    "--survive",
    type=click.IntRange(1),
    metavar="LIVES",
    help="Live so many lives of the station in this run, and judge survival by them.",
)
@click.option("--withdrawals", is_flag=True,
              help="Run it without each partner too, and judge what is left.")  # fmt: skip
@click.option(
    "--sizing",
    type=click.Path(path_type=Path, dir_okay=False),
    help="What `ilrs size --out` wrote (sizing.json), to be shown in the book.",
)
@click.option(
    "--links",
    type=click.Path(path_type=Path, dir_okay=False),
    help="What `ilrs links --out` wrote (links.json), to be judged and shown in the book.",
)
@click.option(
    "--plan", "sessions", type=click.Path(path_type=Path, dir_okay=False),
    help="What `ilrs plan --output` wrote (plan.json): its days run as planned there.",
)  # fmt: skip
@click.option("--pages", is_flag=True, help="Also write each partner's page beside the book.")
@click.option("--json", "as_json", is_flag=True, help="Print the verdicts as JSON.")
@without("dask", "pyarrow")
def run(
    programme: tuple[Path, ...],
    base: str | None,
    scenario: str | None,
    terrain: tuple[Path, ...],
    orientation: str,
    language: str,
    out: Path,
    survival: Path | None,
    survive: int | None,
    withdrawals: bool,
    sizing: Path | None,
    links: Path | None,
    sessions: Path | None,
    pages: bool,
    as_json: bool,
) -> None:
    """Run PROGRAMME (the reference programme when left out) and judge its requirements."""
    with without("boto3"):  # which an archive on S3 asks for again
        from ilrs.study.book import render
        from ilrs.study.chain import run_programme
        from ilrs.study.output import run_record, write_run
        from ilrs.study.products import file_run
        from ilrs.study.progress import shown_progress

    with shown_progress(sys.stderr) as progress:
        progress("check")
        loaded, warnings = load_and_check(programme, base)
        lived = None if survive is None else _lives(
            loaded.programme, scenario=scenario, terrain=terrain, lives=survive
        )  # fmt: skip
        result = run_programme(
            loaded.programme,
            scenario=scenario,
            terrain=terrain,
            orientation=orientation,
            command=_command(programme, base, scenario, terrain, orientation),
            survival=survival if survive is None else lived,
            sizing=sizing,
            links=links,
            sessions=sessions,
            progress=progress,
        )
        if withdrawals:
            progress("withdrawals")
            result = _with_withdrawals(result)
        progress("book")
        result = replace(result, pages=_PAGES) if pages else result
        folder = out / f"{layers(programme, base)[-1].resolve().name}-{result.scenario.id}"
        paths = write_run(result, folder, book=render(result, language=language))
        if pages:
            _write_pages(loaded, warnings, result=result, folder=folder / _PAGES)
        progress("archive")
        filed = file_run(result, out / "archive")
    if as_json:
        click.echo(json.dumps(run_record(result), ensure_ascii=False, indent=1))
    else:
        _print_run(result, paths, out / "archive", filed=filed, warnings=len(warnings))
    raise SystemExit(EXIT_HOLDS if result.holds else EXIT_FAILS)


def _write_pages(loaded: "Loaded", findings: list[Finding], *, result: "Run", folder: Path) -> None:
    """Each partner's page of this run, and a list of them."""
    from ilrs.study.partner_facts import partner_facts
    from ilrs.study.partner_files import partner_pages, write_pages
    from ilrs.study.withdrawals import lefts_of

    left = None if result.withdrawals is None else lefts_of(result.withdrawals)
    facts = partner_facts(loaded.programme, findings, run=result, left=left)
    write_pages(partner_pages(loaded, facts, run=result), folder)


def _with_withdrawals(result: "Run") -> "Run":
    """The run judged anew by what is left of its station without each partner."""
    from ilrs.study.judge import judge
    from ilrs.study.withdrawals import each_withdrawal, withdrawals_record

    rows = each_withdrawal(result.programme, base=result)
    known = replace(result, withdrawals=withdrawals_record(rows))
    return replace(known, verdicts=judge(known))


def _lives(
    programme: "Programme", *, scenario: str | None, terrain: tuple[Path, ...], lives: int
) -> dict[str, Any]:
    """The record of so many lives, as long as the longest that a requirement asks for."""
    from ilrs.study.survival import longest_asked, survive
    from ilrs.study.survival_files import survival_record

    years = longest_asked(programme)
    return survival_record(
        survive(
            programme, scenario=scenario, years=years, lives=lives, pairs=0, terrain=terrain,
            command=f"ilrs run --survive {lives}",
        )
    )  # fmt: skip


def _command(
    programme: tuple[Path, ...],
    base: str | None,
    scenario: str | None,
    terrain: tuple[Path, ...],
    orientation: str,
) -> str:
    """The command as it bears on the result: no output path, so that equal runs are equal."""
    words = ["ilrs", "run", *(path.name for path in programme)]
    words += ["--over", Path(base).name] if base else []
    words += ["--scenario", scenario] if scenario else []
    words += [word for path in terrain for word in ("--terrain", path.name)]
    words += ["--orientation", orientation] if orientation != "MOON_ME_DE421" else []
    return " ".join(words)


def _print_run(
    result: "Run", paths: dict[str, Path], archive: Path, *, filed: int, warnings: int
) -> None:
    from ilrs.study.report import print_verdicts

    print_verdicts(result, sys.stdout)
    for note in result.notes:
        click.echo(f"note: {note}")
    click.echo(f"station book  {paths['book']}")
    click.echo(f"datasets      {paths['environment'].parent}")
    if "as_run" in paths:
        click.echo(f"plan as run   {paths['as_run']}  (for `ilrs replan --as-run`)")
    click.echo(f"archive       {archive}  ({filed} products of this run)")
    if warnings:
        click.echo(f"{warnings} warning(s) in the files: `ilrs check` names them")


@main.command()
@programme_options
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def check(programme: tuple[Path, ...], base: str | None, as_json: bool) -> None:
    """Check PROGRAMME's files: every finding with file, line and how to mend it."""
    try:
        loaded, findings = load_and_check(programme, base)
    except ProgrammeError as error:
        if not as_json:
            raise
        click.echo(_findings_json(error.findings))
        raise SystemExit(EXIT_INVALID) from None
    if as_json:
        click.echo(_findings_json(findings))
        return
    print_findings(findings)
    valid = loaded.programme
    click.echo(
        f"{valid.name}: valid. {len(valid.partners)} partners, {len(valid.contributions)} "
        f"contributions, {len(valid.elements)} elements, {len(valid.experiments)} experiments, "
        f"{len(valid.missions)} missions, {len(valid.requirements)} requirements"
    )


def _findings_json(findings: list[Finding]) -> str:
    from dataclasses import asdict

    return json.dumps([asdict(finding) for finding in findings], ensure_ascii=False, indent=1)


@main.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--partner", default="MY-INSTITUTE", show_default=True, help="Your partner id.")
def init(folder: Path, partner: str) -> None:
    """Write a small commented programme into FOLDER, to be run over the reference."""
    from ilrs.programme.scaffold import write_scaffold

    write_scaffold(folder, partner=partner)
    click.echo(f"Written. Try: ilrs check {folder} --over reference")
    click.echo(f"       then: ilrs run {folder} --over reference")


@main.command()
@click.argument("kind", required=False)
def schema(kind: str | None) -> None:
    """Print the JSON Schema of the files, or of one KIND of entity, for editors."""
    from ilrs.programme.schema import json_schema

    click.echo(json.dumps(json_schema(kind), ensure_ascii=False, indent=1))


@main.command()
@click.argument("entity")
@programme_options
def show(entity: str, programme: tuple[Path, ...], base: str | None) -> None:
    """Show ENTITY (any id): its values, their sources, and who refers to it."""
    from ilrs.programme.show import describe

    loaded, _ = load_and_check(programme, base)
    for label, text in describe(loaded, entity):
        click.echo(f"{label:<28}{text}")


@main.command()
@click.argument("first")
@click.argument("second")
@programme_options
@click.option("--from", "start", metavar="DATE", help="First day looked at; else where both begin.")
@click.option("--days", default=28.0, show_default=True, help="How many days are looked at.")
@click.option("--json", "as_json", is_flag=True, help="Print all of it as JSON.")
@click.option(
    "--zone", default="UTC,Beijing,Moscow", show_default=True, help="Clocks of the files."
)
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Folder for files.")
def coordinate(
    first: str,
    second: str,
    programme: tuple[Path, ...],
    base: str | None,
    start: str | None,
    days: float,
    as_json: bool,
    zone: str,
    out: Path | None,
) -> None:
    """Say what the missions FIRST and SECOND can do together: dates, contacts, surveys, guests.

    Contacts and surveys come from the orbits declared, flown over a sample of days.
    """
    from ilrs.foundation.calendar import zones_of
    from ilrs.foundation.provenance import Provenance
    from ilrs.sky.sky import open_sky
    from ilrs.study import coordination_files as files
    from ilrs.study.coordination import coordinate as coordinated
    from ilrs.study.coordination import sample_span_s
    from ilrs.study.metrics import two_missions
    from ilrs.study.progress import shown_progress

    zones = zones_of(zone)
    loaded, _ = load_and_check(programme, base)
    pair = two_missions(loaded.programme, f"{first} {second}")
    span_s = sample_span_s(loaded.programme, *pair, start=start, days=days)
    sky = open_sky()
    with shown_progress(sys.stderr) as progress:
        found = coordinated(loaded.programme, *pair, span_s=span_s, sky=sky, progress=progress)
    record = Provenance(
        programme=loaded.programme.name, programme_sha256=loaded.programme.sha256,
        command=f"ilrs coordinate {first} {second} --days {days:g}", seed=0,
        ephemeris=sky.ephemeris.name, orientation=sky.orientation.name,
    ).as_dict()  # fmt: skip
    if as_json:
        click.echo(files.coordination_json(found, provenance=record), nl=False)
    else:
        files.print_coordination(found, sys.stdout)
    if out is not None:
        for path in files.write_coordination(found, out, zones=zones, provenance=record):
            click.echo(f"written: {path}", err=True)


@main.command()
@programme_options
@click.option("--scenario", help="Whose station; the programme's first one when left out.")
@click.option("--from", "start", metavar="DATE", help="First day planned; else the scenario's.")
@click.option("--days", default=28.0, show_default=True, help="How many days are planned.")
@click.option("--without", multiple=True, metavar="RELAY", help="A relay that is lost.")
@click.option(
    "--orientation", default="MOON_ME_DE421", show_default=True,
    help="The Moon's orientation: MOON_ME_DE421 (to 2050) or IAU_2015.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print all of it as JSON.")
@click.option(
    "--zone", default="UTC,Beijing,Moscow", show_default=True, help="Clocks of the files."
)
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Folder for files.")
def links(
    programme: tuple[Path, ...],
    base: str | None,
    scenario: str | None,
    start: str | None,
    days: float,
    without: tuple[str, ...],
    orientation: str,
    as_json: bool,
    zone: str,
    out: Path | None,
) -> None:
    """Plan the contacts of PROGRAMME: who sends what to Earth, when, through which relay.

    Says what becomes of each one's data, how relays and antennas are used, which bands conflict,
    and what the loss of each relay costs.
    """
    from ilrs.foundation.calendar import zones_of
    from ilrs.sky.sky import open_sky
    from ilrs.study import links_files as files
    from ilrs.study.chain import in_scenario
    from ilrs.study.links import links_span_s, plan_links
    from ilrs.study.progress import shown_progress

    zones = zones_of(zone)
    loaded, _ = load_and_check(programme, base)
    standing, chosen = in_scenario(loaded.programme, scenario)
    span_s = links_span_s(chosen, start=start, days=days)
    sky = open_sky(orientation)
    with shown_progress(sys.stderr) as progress:
        found = plan_links(
            standing, chosen, span_s=span_s, sky=sky, without=without, progress=progress
        )
    record = files.links_provenance(standing, found, sky=sky)
    if as_json:
        click.echo(files.links_json(found, zones=zones, provenance=record), nl=False)
    else:
        files.print_links(found, sys.stdout)
    if out is not None:
        for path in files.write_links(found, out, zones=zones, provenance=record):
            click.echo(f"written: {path}", err=True)


@main.command()
def metrics() -> None:
    """List the metrics that a requirement may name, with their units."""
    from ilrs.study.metrics import METRICS
    from ilrs.study.report import print_table

    rows = [(m.name, m.unit, m.meaning, m.of) for m in METRICS.values()]
    print_table(("metric", "unit", "meaning", "of"), rows, sys.stdout)


for command in rights_commands:
    data.add_command(command)
main.add_command(benefits)
main.add_command(campaign)
main.add_command(data)
main.add_command(gaps)
main.add_command(ledger)
main.add_command(orbit)
main.add_command(route)
main.add_command(roadmap)
main.add_command(trace)
main.add_command(partner)
main.add_command(law)
main.add_command(register)
main.add_command(plan)
main.add_command(propose)
main.add_command(readiness)
main.add_command(replan)
main.add_command(operate)
main.add_command(site)
main.add_command(size)
main.add_command(sortie)
main.add_command(survive)
main.add_command(worth)


@main.command()
@archive_option
@click.option(
    "--runs",
    type=click.Path(path_type=Path, file_okay=False),
    default=DEFAULT_OUT,
    show_default=True,
    help="The folder that holds the runs.",
)
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8137, show_default=True)
def serve(archive: Path, runs: Path, host: str, port: int) -> None:
    """Serve the latest station book and the data centre's interface over HTTP."""
    from ilrs.web.app import serve as serve_app
    from ilrs.web.service import open_service

    serve_app(service=open_service(archive), runs=runs, host=host, port=port)
