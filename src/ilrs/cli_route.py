"""The command on routes: when a vehicle can be where, and the way there through moving light."""

import json
import sys
from pathlib import Path

import click

from ilrs.cli_programme import load_and_check, programme_options

__all__ = ["route", "sortie"]


@click.command(context_settings={"ignore_unknown_options": False})
@programme_options
@click.option("--element", required=True, help="The rover or hopper: an element with `mobility:`.")
@click.option("--start", required=True, help="Where it stands: a site, or LAT,LON.")
@click.option("--goal", help="Where it goes; left out: wherever it lives longest.")
@click.option("--loop", type=click.FloatRange(0.0, min_open=True),
              help="In place of a goal: back to the start after so many days.")  # fmt: skip
@click.option("--haven", multiple=True,
              help="A place with power, where darkness is no limit; may be repeated.")  # fmt: skip
@click.option("--depart", required=True, help="When it departs, ISO 8601 UTC.")
@click.option("--days", default=14.0, show_default=True, type=click.FloatRange(0.1, 1200.0),
              help="How many days of light are looked at.")  # fmt: skip
@click.option("--step-s", default=200.0, show_default=True, type=click.FloatRange(10.0, 7200.0),
              help="Seconds between two looks at the light.")  # fmt: skip
@click.option("--mast", default=1.0, show_default=True, type=click.FloatRange(0.0),
              help="Metres above ground of what must be lit.")  # fmt: skip
@click.option("--battery", is_flag=True,
              help="Follow the battery step by step; a vehicle that goes into the dark needs"
              " it anyway.")  # fmt: skip
@click.option("--margin-m", default=3000.0, show_default=True, type=click.FloatRange(100.0),
              help="How far the map reaches beyond the places.")  # fmt: skip
@click.option(
    "--terrain", multiple=True, required=True, type=click.Path(path_type=Path, dir_okay=False),
    help="A DEM; the first one is driven on, coarser ones give the far horizon.",
)  # fmt: skip
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False),
    help="A folder for the way as CSV, GeoJSON and netCDF, its profile, and maps (SVG, PNG).",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print the route as JSON.")
def route(
    programme: tuple[Path, ...],
    base: str | None,
    element: str,
    start: str,
    goal: str | None,
    loop: float | None,
    haven: tuple[str, ...],
    depart: str,
    days: float,
    step_s: float,
    mast: float,
    battery: bool,
    margin_m: float,
    terrain: tuple[Path, ...],
    out: Path | None,
    as_json: bool,
) -> None:
    """Find the earliest way of a vehicle of PROGRAMME over terrain whose light moves.

    Gives waypoints with drive, wait and hibernation, the battery, and how late it may be at each
    and live; maps of the earliest arrival and of that margin. With --loop or without --goal it
    follows the Sun.
    """
    from ilrs.foundation.provenance import Provenance
    from ilrs.moon.sheet_picture import sheet_tools
    from ilrs.sky.sky import open_sky
    from ilrs.study.progress import shown_progress
    from ilrs.study.route import find_route, route_record
    from ilrs.study.route_case import route_case
    from ilrs.study.route_files import print_route, write_route

    if out is not None:
        sheet_tools()  # what is missing is told before the computation, not after it
    with shown_progress(sys.stderr) as progress:
        progress("check")
        loaded, _ = load_and_check(programme, base)
        sky = open_sky()
        case = route_case(
            loaded.programme, element_id=element, start=start, goal=None if loop else goal,
            depart=depart, days=days, terrain=terrain, havens=haven, step_s=step_s,
            mast_height_m=mast, margin_m=margin_m, follows_battery=battery, sky=sky,
            progress=progress,
        )  # fmt: skip
        answer = find_route(case, loop_days=loop, progress=progress)
    words = {"element": element, "start": start, "goal": goal, "loop": loop, "depart": depart,
             "days": f"{days:g}", "step-s": f"{step_s:g}", "mast": f"{mast:g}",
             "margin-m": f"{margin_m:g}"}  # fmt: skip
    told = [f"--{key} {value}" for key, value in words.items() if value is not None]
    told += ["--battery"] if battery else []
    told += [f"--haven {name}" for name in haven] + [f"--terrain {path.name}" for path in terrain]
    provenance = Provenance(
        programme=loaded.programme.name, programme_sha256=loaded.programme.sha256, seed=0,
        command=" ".join(["ilrs route", *told]), ephemeris=sky.ephemeris.name,
        orientation=sky.orientation.name, inputs_sha256=case.terrain_sha256,
    )  # fmt: skip
    record = route_record(answer, provenance)
    if as_json:
        click.echo(json.dumps(record, ensure_ascii=False, indent=1, allow_nan=False))
    else:
        print_route(answer, sys.stdout)
    if out is not None:
        for path in write_route(answer, out, record=record):
            click.echo(f"written: {path}", err=as_json)


@click.command()
@programme_options
@click.option("--suit", required=True, help="The element that declares a `suit:`.")
@click.option("--lock", required=True, help="Where people go out: a site, or LAT,LON.")
@click.option("--stop", multiple=True,
              help="A place and the time of work there, in order: 'LAT,LON,45 min'.")  # fmt: skip
@click.option("--haven", multiple=True, help="Another lock they can walk to; may be repeated.")
@click.option("--rover", help="The crewed rover that is driven; on foot when left out.")
@click.option("--work-h", default=0.0, show_default=True, type=click.FloatRange(0.0),
              help="Hours of work at the far end, for the reach.")  # fmt: skip
@click.option("--margin-m", default=5000.0, show_default=True, type=click.FloatRange(100.0),
              help="How far the map reaches beyond the places.")  # fmt: skip
@click.option("--terrain", required=True, type=click.Path(path_type=Path, dir_okay=False),
              help="The DEM that is walked on.")  # fmt: skip
@click.option("--out", type=click.Path(path_type=Path, file_okay=False),
              help="A folder for the plan as CSV and the reach as a map (SVG, PNG).")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print the sortie as JSON.")
def sortie(
    programme: tuple[Path, ...],
    base: str | None,
    suit: str,
    lock: str,
    stop: tuple[str, ...],
    haven: tuple[str, ...],
    rover: str | None,
    work_h: float,
    margin_m: float,
    terrain: Path,
    out: Path | None,
    as_json: bool,
) -> None:
    """Find what people of PROGRAMME can reach on foot or by rover and walk back from alive.

    With --stop the sortie is planned and checked: from every point the walk back to the lock or a
    haven fits into what the suit then holds, its reserve untouched.
    """
    from ilrs.foundation.provenance import Provenance
    from ilrs.moon.sheet_picture import sheet_tools
    from ilrs.study.sortie import find_sortie, print_sortie, sortie_record, write_sortie

    if out is not None:
        sheet_tools()
    loaded, _ = load_and_check(programme, base)
    answer = find_sortie(
        loaded.programme, suit=suit, lock=lock, stops=stop, havens=haven, rover=rover,
        work_s=3600.0 * work_h, terrain=terrain, margin_m=margin_m,
    )  # fmt: skip
    words = {"suit": suit, "lock": lock, "rover": rover, "work-h": f"{work_h:g}",
             "margin-m": f"{margin_m:g}", "terrain": terrain.name}  # fmt: skip
    told = [f"--{key} {value}" for key, value in words.items() if value is not None]
    told += [f"--stop '{text}'" for text in stop] + [f"--haven {name}" for name in haven]
    provenance = Provenance(
        programme=loaded.programme.name, programme_sha256=loaded.programme.sha256, seed=0,
        command=" ".join(["ilrs sortie", *told]),
        inputs_sha256={answer.terrain: answer.terrain_sha256},
    )  # fmt: skip
    record = sortie_record(answer, provenance.as_dict())
    text = json.dumps(record, ensure_ascii=False, indent=1, allow_nan=False) + "\n"
    if as_json:
        click.echo(text, nl=False)
    else:
        print_sortie(answer, sys.stdout)
    if out is not None:
        for path in write_sortie(answer, out, record=text):
            click.echo(f"written: {path}", err=as_json)
