"""The command that lives through a plan: alone between passes, replanned at each of them."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ilrs.cli_programme import load_and_check, programme_options

if TYPE_CHECKING:
    from ilrs.operations.operating import Pass
    from ilrs.operations.replanning import Replanned
    from ilrs.study.operating import Operation

__all__ = ["operate"]


@click.command()
@programme_options
@click.option("--plan", "plan_folder", type=click.Path(path_type=Path, file_okay=False),
              required=True, help="The folder that `ilrs plan --output` wrote.")  # fmt: skip
@click.option("--seed", default=1, show_default=True, help="Seed of what happens and of searches.")
@click.option("--spread", default=0.1, show_default=True, type=click.FloatRange(0.0),
              help="How far durations and inflows lie from the forecast.")  # fmt: skip
@click.option("--failures", default=0.02, show_default=True, type=click.FloatRange(0.0, 1.0),
              help="Part of the sessions that end without a result.")  # fmt: skip
@click.option("--faults", default=1.0, show_default=True, type=click.FloatRange(0.0),
              help="How many times as often elements fail as declared.")  # fmt: skip
@click.option("--lost-passes", default=0.05, show_default=True, type=click.FloatRange(0.0, 1.0),
              help="Part of the passes that bring nothing.")  # fmt: skip
@click.option("--every", "every_h", type=click.FloatRange(0.0, min_open=True),
              help="Hours from pass to pass, where a link is open; a day if left out.")  # fmt: skip
@click.option("--committed", "committed_h", default=24.0, show_default=True,
              help="Hours from a pass in which nothing is moved.")  # fmt: skip
@click.option("--rounds", default=400, show_default=True, type=click.IntRange(0),
              help="Rounds of search over what may move, at each pass.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print all of it as JSON.")
@click.option("--zone", default="UTC,Beijing,Moscow", show_default=True, help="Clocks of files.")
@click.option("--output", type=click.Path(path_type=Path, file_okay=False),
              help="A folder for the log, the passes and the plan as it stands.")  # fmt: skip
def operate(
    programme: tuple[Path, ...],
    base: str | None,
    plan_folder: Path,
    seed: int,
    spread: float,
    failures: float,
    faults: float,
    lost_passes: float,
    every_h: float | None,
    committed_h: float,
    rounds: int,
    as_json: bool,
    zone: str,
    output: Path | None,
) -> None:
    """Live through a plan of PROGRAMME, replanned at every pass, in a world drawn by the seed.

    Between passes the station is alone with its directives and rules on board. At a pass the log
    comes down and a new plan goes up; what is committed stays where it is.
    """
    from ilrs.study.operating import World, operation_of
    from ilrs.study.operating_text import operation_record, pass_text, print_operation
    from ilrs.study.planning_folder import read_planned
    from ilrs.study.planning_time import plan_utc

    planned = read_planned(plan_folder)
    loaded, _ = load_and_check(programme, base)

    def told(at: "Pass", _: "Replanned | None") -> None:
        click.echo(f"ilrs: {pass_text(at, utc=plan_utc(planned.problem, at.at_s))}", err=True)

    found = operation_of(
        loaded.programme, planned, every_s=None if every_h is None else every_h * 3600.0,
        world=World(seed=seed, spread=spread, failures=failures, lost_passes=lost_passes,
                    faults=faults),
        committed_s=committed_h * 3600.0, rounds=rounds, told=told,
    )  # fmt: skip
    record = operation_record(found)
    if as_json:
        click.echo(json.dumps(record, ensure_ascii=False, indent=1))
    else:
        print_operation(record, sys.stdout)
    if output is not None:
        options = (
            f"--seed {seed} --spread {spread:g} --failures {failures:g} --faults {faults:g}"
            f" --lost-passes {lost_passes:g}{'' if every_h is None else f' --every {every_h:g}'}"
            f" --committed {committed_h:g} --rounds {rounds}"
        )
        _write(found, output, zone=zone, command=f"ilrs operate {options}")


def _write(found: "Operation", output: Path, *, zone: str, command: str) -> None:
    from ilrs.foundation.calendar import zones_of
    from ilrs.operations.planning import with_bound
    from ilrs.study.operating_text import write_operation
    from ilrs.study.planning_files import write_plan

    problem, plan = found.found.problem, found.found.plan
    told = found.before.then(problem, with_bound(problem, plan), command=command, inputs={})
    written = write_plan(told, output, zones=zones_of(zone))
    for path in (*written, *write_operation(found, output)):
        click.echo(f"written: {path}", err=True)
