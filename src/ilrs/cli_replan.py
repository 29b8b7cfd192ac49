"""Commands on a plan that lies in a folder: why not, what differs, rehearse it, replan."""

import sys
from pathlib import Path

import click

from ilrs.cli_plan import plan

__all__ = ["replan"]

_folder = click.option(
    "--plan", "plan_folder", type=click.Path(path_type=Path, file_okay=False), required=True,
    help="The folder that `ilrs plan --output` wrote.",
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
    from ilrs.study.planning_folder import plan_instant_s, read_plan

    problem, made = read_plan(plan_folder)
    truth = random_truth(problem, seed=seed, spread=spread)
    until_s = None if until is None else plan_instant_s(problem, until)
    log = execute(problem, made, truth, until_s=until_s).log
    write_log(log, output)
    counts = Counter(run.outcome for run in log.runs)
    click.echo(", ".join(f"{count} {outcome}" for outcome, count in sorted(counts.items())))


@click.command()
@_folder
@click.option("--as-run", "as_run", type=click.Path(path_type=Path, dir_okay=False), required=True,
              help="The log of what happened (CSV or JSON).")  # fmt: skip
@click.option("--now", help="The instant (UTC) from which the plan may change; else the log's end.")
@click.option("--lost", multiple=True, metavar="RESOURCE,FROM,TO[,PART]",
              help="A resource lost or lowered over a span; may be given again.")  # fmt: skip
@click.option("--committed", "committed_h", default=24.0, show_default=True,
              help="Hours from now in which nothing is moved.")  # fmt: skip
@click.option("--rounds", default=400, show_default=True, type=click.IntRange(0),
              help="Rounds of search over what may move.")  # fmt: skip
@click.option("--seed", default=1, show_default=True, help="Seed of the search.")
@click.option("--output", type=click.Path(path_type=Path, file_okay=False),
              help="A folder for the new plan.")  # fmt: skip
def replan(
    plan_folder: Path,
    as_run: Path,
    now: str | None,
    lost: tuple[str, ...],
    committed_h: float,
    rounds: int,
    seed: int,
    output: Path | None,
) -> None:
    """Plan what is left of a plan after what happened, and say what changes for whom.

    What is done, runs or begins soon stays where it is; what a fault leaves no room is named.
    """
    from ilrs.operations import replanning
    from ilrs.operations.compare import compare_plans
    from ilrs.operations.run_log import read_log
    from ilrs.study import planning_folder as folders

    problem, made = folders.read_plan(plan_folder)
    log = read_log(as_run)
    found = replanning.replan(
        problem, made, log,
        now_s=log.until_s if now is None else folders.plan_instant_s(problem, now),
        outages=[folders.outage_of(problem, text) for text in lost],
        committed_s=committed_h * 3600.0, rounds=rounds, seed=seed,
    )  # fmt: skip
    folders.print_difference(compare_plans(made, found.plan), problem, sys.stdout)
    folders.print_fallen(found.fallen, sys.stdout)
    if output is not None:
        for path in folders.write_plan_folder(found.problem, found.plan, output):
            click.echo(f"written: {path}", err=True)
