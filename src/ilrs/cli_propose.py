"""`ilrs propose`: a proposal written, checked, and judged by the station with it and without it."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ilrs.cli_answer import print_findings
from ilrs.cli_programme import load_and_check

if TYPE_CHECKING:
    from ilrs.cooperation.proposal import Offer
    from ilrs.study.proposal import Judged

__all__ = ["propose"]

_REFERENCE = "reference"


@click.command()
@click.argument("folder", default="my-proposal", type=click.Path(path_type=Path, file_okay=False))
@click.option("--over", "base", metavar="BASE", default=_REFERENCE, show_default=True,
              help="The programme that is proposed to.")  # fmt: skip
@click.option("--scenario", help="The scenario; the programme's first one when left out.")
@click.option("--partner", metavar="ID", help="Your partner id, or that of a partner there is.")
@click.option("--name", help="Your name, where you are new.")
@click.option("--opportunity", metavar="KEY", help="What of `ilrs gaps` is taken up.")
@click.option("--mass", "mass_kg", type=click.FloatRange(0.0, min_open=True), metavar="KG",
              help="Mass of what you bring.")  # fmt: skip
@click.option("--field", metavar="FIELD", help="Its science field.")
@click.option("--power", "power_w", type=click.FloatRange(0.0), metavar="W",
              help="Power that the experiment draws.")  # fmt: skip
@click.option("--data", "data_kbps", type=click.FloatRange(0.0), metavar="KBIT/S",
              help="Data that the experiment makes, kbit/s.")  # fmt: skip
@click.option("--hours", "wanted_h", type=click.FloatRange(0.0, min_open=True), metavar="H",
              help="Hours of it that you want.")  # fmt: skip
@click.option("--host", metavar="ELEMENT", help="Another's element that it is to run on.")
@click.option("--no-run", is_flag=True, help="Write and check, and do not run the station.")
@click.option("--json", "as_json", is_flag=True, help="Print what changes as JSON.")
def propose(
    folder: Path, base: str, scenario: str | None, no_run: bool, as_json: bool, **offered: Any
) -> None:
    """Write a proposal into FOLDER, check it, and run the station with it and without it.

    Everything left out is chosen from the programme: with no option at all it is a small instrument
    on the first mission with room. A FOLDER that holds a proposal already, as you have edited it,
    is checked and run, and nothing is written.
    """
    from ilrs.cooperation.proposal import proposal_texts
    from ilrs.programme.scaffold import write_folder
    from ilrs.study.progress import shown_progress

    standing, _ = load_and_check((), base)
    offer = {key: value for key, value in offered.items() if value is not None}
    if offer or not _holds_proposal(folder):
        write_folder(folder, proposal_texts(standing.programme, _offer(offer)))
        click.echo(f"written: {folder}", err=True)
    proposed, findings = load_and_check((folder,), base)
    own = [f for f in findings if f.file.startswith(f"{folder.resolve().name}/")]
    print_findings(own)
    if no_run:
        return
    from ilrs.study import proposal_text
    from ilrs.study.proposal import judge_proposal

    over = "" if base == _REFERENCE else f" --over {base}"
    with shown_progress(sys.stderr) as progress:
        judged = judge_proposal(
            standing.programme, proposed.programme, scenario=scenario, progress=progress
        )
    if as_json:
        record = proposal_text.judged_record(judged)
        click.echo(json.dumps(record, ensure_ascii=False, indent=1))
        return
    _print(judged)
    click.echo(f"Edit {folder} and see again: ilrs propose {folder}{over}")
    click.echo(f"Shares of all partners with it: ilrs worth {folder} --over {base}")


def _holds_proposal(folder: Path) -> bool:
    return folder.is_dir() and any(folder.rglob("*.yaml"))


def _offer(given: dict[str, Any]) -> "Offer":
    """What is offered, in the units of the code."""
    from ilrs.cooperation.proposal import Offer

    kept = {key: value for key, value in given.items() if key != "data_kbps"}
    if "data_kbps" in given:
        kept["data_bps"] = 1e3 * given["data_kbps"]
    return Offer(**kept)


def _print(judged: "Judged") -> None:
    from ilrs.study import proposal_text
    from ilrs.study.report import print_table
    from ilrs.study.worth_text import changes_table

    print_table(*changes_table(judged.changes, names=("without", "with")), sys.stdout)
    click.echo(proposal_text.verdict_line(judged))
    print_table(*proposal_text.own_table(judged), sys.stdout)
    print_table(*proposal_text.worth_table(judged), sys.stdout)
    click.echo("\n".join(proposal_text.loss_lines(judged)))
    for note in judged.notes:
        click.echo(f"note: {note}")
