"""The commands on the research plan: who runs when, fairly, and for how long it is searched."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import click

from ilrs.cli_programme import load_and_check, programme_options

__all__ = ["plan"]

_DEFAULT = "make"


class _PlanGroup(click.Group):
    """Takes what is no command of its own for the arguments of `ilrs plan make`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args or args[0] not in {*self.commands, *ctx.help_option_names}:
            args = [_DEFAULT, *args]
        return super().parse_args(ctx, args)


@click.group(cls=_PlanGroup, invoke_without_command=False)
def plan() -> None:
    """Plan the research of a lunar month. `ilrs plan [PROGRAMME]` is short for `ilrs plan make`.

    A folder that is called like a command below is written ./FOLDER.
    """


@plan.command(name=_DEFAULT)
@programme_options
@click.option("--scenario", help="The scenario; the programme's first one when left out.")
@click.option("--from", "start", metavar="DATE", help="First day planned; else the scenario's.")
@click.option("--days", default=29.53, show_default=True,
              help="How many days are planned; a lunar month when left out.")  # fmt: skip
@click.option("--seconds", default=60.0, show_default=True, type=click.FloatRange(0.0),
              help="How long a better plan is searched for; Ctrl-C ends it before.")  # fmt: skip
@click.option("--rounds", type=click.IntRange(0),
              help="End the search after so many rounds: equal on every machine.")  # fmt: skip
@click.option("--seed", default=1, show_default=True, help="Seed of the search.")
@click.option(
    "--entitlements", "entitled", type=click.Choice(["declared", "landed", "equal"]),
    help="What partners may claim; what is declared, else all alike.",
)  # fmt: skip
@click.option(
    "--credits", "owed", metavar="PLAN", type=click.Path(path_type=Path, dir_okay=False),
    help="plan.json of an earlier plan: what it owes is carried over.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print all of it as JSON.")
@click.option(
    "--zone", default="UTC,Beijing,Moscow", show_default=True, help="Clocks of the files."
)
@click.option(
    "--output", type=click.Path(path_type=Path, file_okay=False),
    help="A folder for the plan: Dataset, JSON, CSV, calendars, Open MCT, records, picture.",
)  # fmt: skip
def make(
    programme: tuple[Path, ...],
    base: str | None,
    scenario: str | None,
    start: str | None,
    days: float,
    seconds: float,
    rounds: int | None,
    seed: int,
    entitled: Literal["declared", "landed", "equal"] | None,
    owed: Path | None,
    as_json: bool,
    zone: str,
    output: Path | None,
) -> None:
    """Plan PROGRAMME's research, fair between partners, and say who got what.

    Every request is a session of an experiment; energy, data, heat, people and conditions are those
    of the plan's own days. The first plan stands in milliseconds and is then made better.
    """
    from ilrs.foundation.calendar import zones_of
    from ilrs.operations.planning import better_plan
    from ilrs.study import planning_files as files
    from ilrs.study.chain import in_scenario
    from ilrs.study.planning_case import left_out, plan_case, planned
    from ilrs.study.planning_record import plan_json, plan_record
    from ilrs.study.planning_rows import print_plan
    from ilrs.study.progress import shown_progress, shown_search

    zones = zones_of(zone)
    with shown_progress(sys.stderr) as progress:
        progress("check")
        loaded, _ = load_and_check(programme, base)
        standing, chosen = in_scenario(loaded.programme, scenario)
        credits = {} if owed is None else files.read_credits(owed)
        case = plan_case(
            standing, chosen, start=start, days=days, entitled=entitled, credits=credits,
            progress=progress,
        )  # fmt: skip
        case = replace(case, notes=(*left_out(loaded.programme, case), *case.notes))
    with shown_search(sys.stderr, seconds=seconds) as said:
        found = better_plan(case.problem, seconds=seconds, rounds=rounds, seed=seed, progress=said)
    command = _command(
        scenario=chosen.id, start=case.problem.epoch_utc, days=days, entitled=entitled, seed=seed,
        rounds=int(found.attrs["rounds"]),
    )  # fmt: skip
    told = planned(case, found, command=command)
    if as_json:
        click.echo(plan_json(plan_record(told)), nl=False)
    else:
        print_plan(told, sys.stdout)
    if output is not None:
        for path in files.write_plan(told, output, zones=zones):
            click.echo(f"written: {path}", err=True)


def _command(**options: Any) -> str:
    """The command that makes the same plan on any machine: its rounds in place of seconds."""
    names = {"start": "from", "entitled": "entitlements"}
    told = [f"--{names.get(k, k)} {v}" for k, v in options.items() if v is not None]
    return " ".join(["ilrs plan", *told])
