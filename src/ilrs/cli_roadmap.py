"""The command on the road map: plans side by side, odds, critical paths, calendar, picture."""

import json
import sys
from dataclasses import asdict
from pathlib import Path

import click

from ilrs.cli_programme import load_and_check, programme_options

__all__ = ["roadmap"]


@click.command()
@programme_options
@click.option("--at", metavar="DATE", help="The day from which the odds are seen; today if none.")
@click.option("--draws", default=10_000, show_default=True, type=click.IntRange(100))
@click.option("--seed", default=1, show_default=True, type=int)
@click.option("--plans", is_flag=True,
              help="Set published plans beside today, and tell what moved them.")  # fmt: skip
@click.option("--path", "milestone", metavar="MILESTONE",
              help="Show the critical path of a milestone, and the float of all else.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print all of it as JSON.")
@click.option("--ics", type=click.Path(path_type=Path, dir_okay=False),
              help="Also write the milestones as a calendar.")  # fmt: skip
@click.option("--picture", type=click.Path(path_type=Path, dir_okay=False),
              help="Also draw the road map, as SVG.")  # fmt: skip
def roadmap(
    programme: tuple[Path, ...], base: str | None, at: str | None, draws: int, seed: int,
    plans: bool, milestone: str | None, as_json: bool, ics: Path | None, picture: Path | None,
) -> None:  # fmt: skip
    """Say when the milestones of PROGRAMME will be done, if dates go on moving as they have.

    The odds come from how the programme's own launch dates have moved since they were announced.
    """
    from ilrs.cooperation.baselines import moves, side_by_side
    from ilrs.cooperation.critical_path import critical_path
    from ilrs.cooperation.slips import milestone_odds, slips
    from ilrs.study import roadmap_files as files
    from ilrs.study.report import print_table
    from ilrs.study.roadmap_chart import road_map_svg

    loaded, _ = load_and_check(programme, base)
    declared = loaded.programme
    path = None if milestone is None else critical_path(declared, milestone)
    asked_odds = bool(ics or picture or as_json) or not (plans or milestone)
    rows = milestone_odds(declared, at=at, draws=draws, seed=seed) if asked_odds else []
    if ics is not None:
        ics.write_bytes(files.roadmap_icalendar(declared, rows))
        click.echo(f"written: {ics}", err=True)
    if picture is not None:
        picture.write_text(road_map_svg(declared, rows, path=path), encoding="utf-8")
        click.echo(f"written: {picture}", err=True)
    if as_json:
        told = {"milestones": [asdict(row) for row in rows],
                "slips": [asdict(slip) for slip in slips(declared)],
                "plans": [asdict(row) for row in side_by_side(declared)],
                "moves": [asdict(move) for move in moves(declared)],
                "path": None if path is None else asdict(path)}  # fmt: skip
        click.echo(json.dumps(told, ensure_ascii=False, indent=1, default=str))
        return
    if plans:
        print_table(*files.plans_table(declared), sys.stdout)
        click.echo(files.plans_note(declared))
        print_table(*files.moves_table(declared), sys.stdout)
    if path is not None:
        print_table(*files.path_table(path), sys.stdout)
        click.echo(files.path_note(path))
    if not plans and path is None:
        print_table(*files.slips_table(declared), sys.stdout)
        print_table(*files.odds_table(rows), sys.stdout)
