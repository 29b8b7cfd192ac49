"""The commands on the station: what must be landed so that it survives."""

import json
import sys
from pathlib import Path

import click

from ilrs.cli_programme import load_and_check, programme_options

__all__ = ["size"]


@click.command()
@programme_options
@click.option("--scenario", help="The scenario; the programme's first one when left out.")
@click.option(
    "--unserved", default=0.0, show_default=True, type=click.FloatRange(0.0, 1.0),
    help="Part of all energy asked for that may go unserved; what keeps alive never does.",
)  # fmt: skip
@click.option("--sites", multiple=True, help="A site to compare the mass at; may be repeated.")
@click.option("--mast-heights", multiple=True, type=float,
              help="Metres of mast to compare the mass with; may be repeated.")  # fmt: skip
@click.option("--unserved-curve", multiple=True, type=click.FloatRange(0.0, 1.0),
              help="A part unserved to compare the mass with; may be repeated.")  # fmt: skip
@click.option("--gap", default=0.01, show_default=True, type=click.FloatRange(1e-6, 0.5),
              help="How far the mass may lie above the proven least, as a part of it.")  # fmt: skip
@click.option(
    "--terrain", multiple=True, type=click.Path(path_type=Path, dir_okay=False),
    help="A DEM to compute horizons from, finest first; may be repeated.",
)  # fmt: skip
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False),
    help="A new folder for the design as a proposal, and for trade curves (CSV, SVG).",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print the design and the curves as JSON.")
def size(
    programme: tuple[Path, ...],
    base: str | None,
    scenario: str | None,
    unserved: float,
    sites: tuple[str, ...],
    mast_heights: tuple[float, ...],
    unserved_curve: tuple[float, ...],
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
    from ilrs.study.sizing import size_case, sizing_case
    from ilrs.study.sizing_files import sizing_record, write_proposal, write_trades
    from ilrs.study.sizing_text import print_sizing, print_trades
    from ilrs.study.sizing_trade import mast_trade, site_trade, unserved_trade

    with shown_progress(sys.stderr) as progress:
        progress("check")
        loaded, _ = load_and_check(programme, base)
        case_of = partial(sizing_case, loaded.programme, scenario=scenario, terrain=terrain)
        case = case_of(progress=progress)
        sized = size_case(case, unserved_fraction=unserved, gap=gap, progress=progress)
        progress("trades")
        trades = [
            *([site_trade(case_of, sites, unserved=unserved, gap=gap)] if sites else []),
            *([mast_trade(case_of, mast_heights, site=case.site, unserved=unserved, gap=gap)]
              if mast_heights else []),
            *([unserved_trade(case, unserved_curve, gap=gap)] if unserved_curve else []),
        ]  # fmt: skip
    if as_json:
        record = sizing_record(sized) | {"trades": [asdict(trade) for trade in trades]}
        click.echo(json.dumps(record, ensure_ascii=False, indent=1))
    else:
        print_sizing(sized, sys.stdout)
        print_trades(trades, sys.stdout)
    if out is not None:
        written = write_proposal(sized, out / "proposal")
        foot = f"{case.scenario.id} of {case.programme.name}; gap {sized.sizing.gap:.2%}"
        written += write_trades(trades, out, foot=foot) if trades else []
        for path in written:
            click.echo(f"written: {path}", err=as_json)
