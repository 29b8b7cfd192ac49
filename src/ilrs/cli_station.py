"""The commands on the station: what must be landed so that it survives, and how likely it does."""

import json
import sys
from pathlib import Path
from typing import Literal

import click

from ilrs.cli_programme import load_and_check, programme_options

__all__ = ["size", "survive"]


@click.command()
@programme_options
@click.option("--scenario", help="The scenario; the programme's first one when left out.")
@click.option(
    "--unserved", default=0.0, show_default=True, type=click.FloatRange(0.0, 1.0),
    help="Part of all energy asked for that may go unserved; what keeps alive never does.",
)  # fmt: skip
@click.option("--aim", default="mass", show_default=True, type=click.Choice(["mass", "launches"]),
              help="What is to be least: landed mass, or flights and then mass.")  # fmt: skip
@click.option("--sites", multiple=True, help="A site to compare the mass at; may be repeated.")
@click.option("--mast-heights", multiple=True, type=float,
              help="Metres of mast to compare the mass with; may be repeated.")  # fmt: skip
@click.option("--unserved-curve", multiple=True, type=click.FloatRange(0.0, 1.0),
              help="A part unserved to compare the mass with; may be repeated.")  # fmt: skip
@click.option("--survival-curve", type=click.IntRange(1),
              help="Mass against survival: units to add where each buys most.")  # fmt: skip
@click.option("--lives", default=256, show_default=True, type=click.IntRange(1),
              help="Lives of ten years that each design of --survival-curve is given.")  # fmt: skip
@click.option("--gap", default=0.01, show_default=True, type=click.FloatRange(1e-6, 0.5),
              help="How far the mass may lie above the proven least, as a part of it.")  # fmt: skip
@click.option(
    "--terrain", multiple=True, type=click.Path(path_type=Path, dir_okay=False),
    help="A DEM to compute horizons from, finest first; may be repeated.",
)  # fmt: skip
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False),
    help="A new folder: the design as a proposal, all figures (JSON), trade curves (CSV, SVG).",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print the design and the curves as JSON.")
def size(
    programme: tuple[Path, ...],
    base: str | None,
    scenario: str | None,
    unserved: float,
    aim: Literal["mass", "launches"],
    sites: tuple[str, ...],
    mast_heights: tuple[float, ...],
    unserved_curve: tuple[float, ...],
    survival_curve: int | None,
    lives: int,
    gap: float,
    terrain: tuple[Path, ...],
    out: Path | None,
    as_json: bool,
) -> None:
    """Find the least landed mass that serves PROGRAMME's loads through the scenario, and prove it.

    Sizes come from `size_options`; loads, light and cold from the scenario. The design is run by
    the station's own rules; --out writes it as a proposal for `ilrs run OUT/proposal --over …`.
    """
    from dataclasses import asdict
    from functools import partial

    from ilrs.study.progress import shown_progress
    from ilrs.study.site_files import write_text
    from ilrs.study.sizing import size_case, sizing_case
    from ilrs.study.sizing_files import sizing_record, write_proposal, write_trades
    from ilrs.study.sizing_text import print_sizing, print_trades
    from ilrs.study.sizing_trade import mast_trade, site_trade, unserved_trade
    from ilrs.study.survival_trade import (
        print_survival_trade,
        survival_trade,
        trade_record,
        write_survival_trade,
    )

    with shown_progress(sys.stderr) as progress:
        progress("check")
        loaded, _ = load_and_check(programme, base)
        case_of = partial(sizing_case, loaded.programme, scenario=scenario, terrain=terrain)
        case = case_of(progress=progress)
        sized = size_case(case, unserved_fraction=unserved, gap=gap, aim=aim, progress=progress)
        progress("trades")
        trades = [
            *([site_trade(case_of, sites, unserved=unserved, gap=gap)] if sites else []),
            *([mast_trade(case_of, mast_heights, site=case.site, unserved=unserved, gap=gap)]
              if mast_heights else []),
            *([unserved_trade(case, unserved_curve, gap=gap)] if unserved_curve else []),
        ]  # fmt: skip
        survival = survival_trade(
            sized, additions=survival_curve, lives=lives, terrain=terrain, progress=progress
        ) if survival_curve else []  # fmt: skip
    record = sizing_record(sized) | {"trades": [asdict(trade) for trade in trades]}
    record |= {"survival_curve": trade_record(survival)} if survival else {}
    told = json.dumps(record, ensure_ascii=False, indent=1)
    if as_json:
        click.echo(told)
    else:
        print_sizing(sized, sys.stdout)
        print_trades(trades, sys.stdout)
        if survival:
            print_survival_trade(survival, sys.stdout, years=10)
    if out is not None:
        written = [*write_proposal(sized, out / "proposal"), out / "sizing.json"]
        write_text(f"{told}\n", written[-1])
        foot = f"{case.scenario.id} of {case.programme.name}; gap {sized.sizing.gap:.2%}"
        written += write_trades(trades, out, foot=foot) if trades else []
        if survival:
            foot = f"{foot}; the same {lives} lives of 10 years in each design"
            title = f"Survival by landed mass at {case.site}"
            written += write_survival_trade(survival, out, title=title, foot=foot)
        for path in written:
            click.echo(f"written: {path}", err=as_json)


@click.command()
@programme_options
@click.option("--scenario", help="The scenario; the programme's first one when left out.")
@click.option("--runs", default=10_000, show_default=True, type=click.IntRange(1),
              help="How many lives are lived, each with its own faults.")  # fmt: skip
@click.option("--years", default=10, show_default=True, type=click.IntRange(1, 50),
              help="How long each life is, from the scenario's start on.")  # fmt: skip
@click.option("--pairs", default=512, show_default=True, type=click.IntRange(0),
              help="Lives that are lived again with each change; 0 for no changes.")  # fmt: skip
@click.option("--workers", type=click.IntRange(1),
              help="Processes on this machine; as many as it has cores when left out.")  # fmt: skip
@click.option("--scheduler", metavar="ADDRESS",
              help="A dask scheduler that does the work, such as tcp://host:8786.")  # fmt: skip
@click.option(
    "--terrain", multiple=True, type=click.Path(path_type=Path, dir_okay=False),
    help="A DEM to compute the horizon from, finest first; may be repeated.",
)  # fmt: skip
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False),
    help="A folder for the tables (CSV), all figures (JSON) and the curve (SVG).",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print all figures as JSON.")
def survive(
    programme: tuple[Path, ...],
    base: str | None,
    scenario: str | None,
    runs: int,
    years: int,
    pairs: int,
    workers: int | None,
    scheduler: str | None,
    terrain: tuple[Path, ...],
    out: Path | None,
    as_json: bool,
) -> None:
    """Say how likely PROGRAMME's station is to live for years with nobody there, and what kills it.

    Faults come from the elements' files. Stopped by Ctrl-C, it answers with the lives that are
    done. Exit code 1: a requirement on survival does not hold, or too few lives say so.
    """
    from ilrs.study.progress import shown_lives, shown_progress
    from ilrs.study.survival import survive as survived
    from ilrs.study.survival_files import print_survival, survival_record, write_survival

    with shown_progress(sys.stderr) as progress:
        progress("check")
        loaded, _ = load_and_check(programme, base)
    with shown_lives(sys.stderr) as (step, said):
        result = survived(
            loaded.programme, scenario=scenario, years=years, lives=runs, pairs=pairs,
            workers=workers, scheduler=scheduler, terrain=terrain, progress=step, said=said,
            command=_command(scenario=scenario, runs=runs, years=years, pairs=pairs),
        )  # fmt: skip
    if as_json:
        click.echo(json.dumps(survival_record(result), ensure_ascii=False, indent=1))
    else:
        print_survival(result, sys.stdout)
    for path in write_survival(result, out) if out is not None else []:
        click.echo(f"written: {path}", err=as_json)
    raise SystemExit(0 if result.holds else 1)


def _command(**options: object) -> str:
    """The command as it bears on the result: no workers and no output path."""
    told = [f"--{name} {value}" for name, value in options.items() if value is not None]
    return " ".join(["ilrs survive", *told])
