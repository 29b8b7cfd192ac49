"""Commands on a plan that lies in a folder: why not, what differs, rehearse, change, replan."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ilrs.cli_plan import plan

if TYPE_CHECKING:
    import xarray as xr

    from ilrs.operations.problem import Problem

__all__ = ["replan"]

_folder = click.option(
    "--plan", "plan_folder", type=click.Path(path_type=Path, file_okay=False), required=True,
    help="The folder that `ilrs plan --output` wrote.",
)  # fmt: skip
_rounds = click.option(
    "--rounds", default=400, show_default=True, type=click.IntRange(0),
    help="Rounds of search over what may move.",
)  # fmt: skip
_seed = click.option("--seed", default=1, show_default=True, help="Seed of the search.")
_zone = click.option(
    "--zone", default="UTC,Beijing,Moscow", show_default=True, help="Clocks of the files."
)
_output = click.option(
    "--output", type=click.Path(path_type=Path, file_okay=False),
    help="A folder for the new plan, with all files of one.",
)  # fmt: skip


@plan.command(name="why")
@click.argument("request")
@_folder
def why_not(request: str, plan_folder: Path) -> None:
    """Why REQUEST has no place or is cut, who holds what it lacks, and what would place it."""
    from ilrs.operations.why import why
    from ilrs.study.planning_folder import read_plan

    problem, made = read_plan(plan_folder)
    click.echo(str(why(problem, made, request)))


@plan.command()
@click.argument("first", type=click.Path(path_type=Path, file_okay=False))
@click.argument("second", type=click.Path(path_type=Path, file_okay=False))
def diff(first: Path, second: Path) -> None:
    """What moved, came and fell from the plan in folder FIRST to that in SECOND."""
    from ilrs.operations.compare import compare_plans
    from ilrs.study.planning_folder import print_difference, read_plan

    problem, one = read_plan(first)
    _, two = read_plan(second)
    print_difference(compare_plans(one, two), problem, sys.stdout)


@plan.command()
@_folder
@click.option("--until", help="The instant (UTC) up to which it is carried out; else all of it.")
@click.option("--seed", default=1, show_default=True, help="Seed of what truly happens.")
@click.option("--spread", default=0.1, show_default=True, type=click.FloatRange(0.0),
              help="How far durations and inflows lie from the forecast.")  # fmt: skip
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), required=True,
              help="The log: a file ending in .csv or .json.")  # fmt: skip
def rehearse(plan_folder: Path, until: str | None, seed: int, spread: float, output: Path) -> None:
    """Carry a plan out as the station alone would, in a world drawn by the seed; write the log."""
    from collections import Counter

    from ilrs.operations.execution import execute, random_truth
    from ilrs.operations.run_log import write_log
    from ilrs.study.planning_folder import read_plan, read_plan_board
    from ilrs.study.planning_time import plan_instant_s, plan_utc

    problem, made = read_plan(plan_folder)
    truth = random_truth(problem, seed=seed, spread=spread)
    until_s = None if until is None else plan_instant_s(problem, until)
    log = execute(problem, made, truth, board=read_plan_board(plan_folder), until_s=until_s).log
    write_log(log, output)
    counts = Counter(run.outcome for run in log.runs)
    click.echo(", ".join(f"{count} {outcome}" for outcome, count in sorted(counts.items())))
    for event in log.events:
        click.echo(f"{plan_utc(problem, event.at_s)[:16]} {event.of}: {event.what}")


@plan.command()
@_folder
@click.option("--pin", "pinned", multiple=True, metavar="REQUEST[@INSTANT]",
              help="Begin it then (UTC), or where it is; may be given again.")  # fmt: skip
@click.option("--forbid", "forbidden", multiple=True, metavar="REQUEST[@FROM/TO]",
              help="Never run it, or not in that time; may be given again.")  # fmt: skip
@click.option("--add", "files", multiple=True, metavar="FILE",
              type=click.Path(path_type=Path, dir_okay=False),
              help="A YAML file with `activities:` to be added; may be given again.")  # fmt: skip
@_rounds
@_seed
@_zone
@_output
def change(
    plan_folder: Path,
    pinned: tuple[str, ...],
    forbidden: tuple[str, ...],
    files: tuple[Path, ...],
    rounds: int,
    seed: int,
    zone: str,
    output: Path | None,
) -> None:
    """Pin, forbid or add requests, solve again what that touches, and say what changes for whom."""
    from ilrs.foundation.provenance import sha256_of_file
    from ilrs.operations.compare import compare_plans
    from ilrs.programme.added import read_added
    from ilrs.study import planning_folder as folders
    from ilrs.study.planning_change import changed_plan

    problem, made = folders.read_plan(plan_folder)
    added = {id_: one for path in files for id_, one in read_added(path).items()}
    found = changed_plan(
        problem, made, pinned=pinned, forbidden=forbidden, added=added, rounds=rounds, seed=seed
    )
    folders.print_difference(compare_plans(made, found.plan), problem, sys.stdout)
    folders.print_fallen(found.lacking, sys.stdout)
    words = [("pin", text) for text in pinned] + [("forbid", text) for text in forbidden]
    words += [("add", path.name) for path in files]
    _write(
        plan_folder, found.problem, found.plan, output, zone=zone,
        command=_command("plan change", *words, ("rounds", rounds), ("seed", seed)),
        inputs={path.name: sha256_of_file(path) for path in files},
    )  # fmt: skip


def _command(name: str, *options: tuple[str, object]) -> str:
    """A command as it bears on the result: no output path, so that equal plans are equal."""
    told = [f"--{option} {value}" for option, value in options if value is not None]
    return " ".join([f"ilrs {name}", *told])


def _write(
    before: Path,
    problem: "Problem",
    plan: "xr.Dataset",
    output: Path | None,
    *,
    zone: str,
    command: str,
    inputs: dict[str, str],
) -> None:
    """Writes the plan that a command made of the one in a folder, if it is to be written."""
    if output is None:
        return
    from ilrs.foundation.calendar import zones_of
    from ilrs.operations.planning import with_bound
    from ilrs.study.planning_files import write_plan
    from ilrs.study.planning_folder import read_planned

    told = read_planned(before).then(
        problem, with_bound(problem, plan), command=command, inputs=inputs
    )
    for path in write_plan(told, output, zones=zones_of(zone)):
        click.echo(f"written: {path}", err=True)


@click.command()
@_folder
@click.option("--as-run", "as_run", type=click.Path(path_type=Path, dir_okay=False), required=True,
              help="The log of what happened (CSV or JSON).")  # fmt: skip
@click.option("--now", help="The instant (UTC) from which the plan may change; else the log's end.")
@click.option("--lost", multiple=True, metavar="RESOURCE,FROM,TO[,PART]",
              help="A resource lost or lowered over a span; may be given again.")  # fmt: skip
@click.option("--committed", "committed_h", default=24.0, show_default=True,
              help="Hours from now in which nothing is moved.")  # fmt: skip
@_rounds
@_seed
@_zone
@_output
def replan(
    plan_folder: Path,
    as_run: Path,
    now: str | None,
    lost: tuple[str, ...],
    committed_h: float,
    rounds: int,
    seed: int,
    zone: str,
    output: Path | None,
) -> None:
    """Plan what is left of a plan after what happened, and say what changes for whom.

    What is done, runs or begins soon stays where it is; what a fault leaves no room is named.
    """
    from ilrs.foundation.provenance import sha256_of_file
    from ilrs.operations import replanning
    from ilrs.operations.compare import compare_plans
    from ilrs.operations.run_log import read_log
    from ilrs.study import planning_folder as folders
    from ilrs.study.planning_time import plan_instant_s

    problem, made = folders.read_plan(plan_folder)
    log = read_log(as_run)
    found = replanning.replan(
        problem, made, log,
        now_s=log.until_s if now is None else plan_instant_s(problem, now),
        outages=[folders.outage_of(problem, text) for text in lost],
        committed_s=committed_h * 3600.0, rounds=rounds, seed=seed,
    )  # fmt: skip
    folders.print_difference(compare_plans(made, found.plan), problem, sys.stdout)
    folders.print_fallen(found.fallen, sys.stdout)
    command = _command(
        "replan", ("as-run", as_run.name), ("now", now), *(("lost", text) for text in lost),
        ("committed", f"{committed_h:g}"), ("rounds", rounds), ("seed", seed),
    )  # fmt: skip
    _write(
        plan_folder, found.problem, found.plan, output, zone=zone, command=command,
        inputs={as_run.name: sha256_of_file(as_run)},
    )  # fmt: skip
