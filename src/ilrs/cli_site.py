"""The commands under `ilrs site`: rank ground, keep a site's almanac, weigh its mast."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from ilrs.programme.entities import Programme
    from ilrs.study.site_place import Place

__all__ = ["site"]

# SITE may be a point such as -89.78,203.7, which looks like an option.
_POINT_ALLOWED = {"ignore_unknown_options": True}


@click.group()
def site() -> None:
    """Find a site, and know its Sun and Earth."""


_FOLDERS = click.option(
    "--programme", "folders", multiple=True, metavar="PROGRAMME", type=click.Path(path_type=Path),
    help="The programme that declares SITE, base first; the reference programme when left out.",
)  # fmt: skip
_TERRAIN = click.option(
    "--terrain", multiple=True, type=click.Path(path_type=Path, dir_okay=False),
    help="A DEM to compute the horizon from, finest first; may be repeated.",
)  # fmt: skip
_ORIENTATION = click.option(
    "--orientation", default="MOON_ME_DE421", show_default=True,
    help="The Moon's orientation: MOON_ME_DE421 (integrated) or IAU_2015 (series).",
)  # fmt: skip
_MAST = click.option(
    "--mast", "masts", multiple=True, type=float,
    help="Metres above ground; may be repeated.",
)  # fmt: skip
_FROM = click.option(
    "--from", "start", default="2030-01-01", show_default=True, help="First UTC date of the span."
)
_OUT = click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False),
    help="A file to write to instead of the terminal.",
)  # fmt: skip


def _place(
    name: str, folders: tuple[Path, ...], terrain: tuple[Path, ...], masts: tuple[float, ...]
) -> "Place":
    from ilrs.study.site_place import place_of

    return place_of(name, programme=_programme(folders), terrain=terrain, mast_heights_m=masts)


def _programme(folders: tuple[Path, ...]) -> "Programme":
    """The programme laid over from the folders; ProgrammeError where a finding is an error."""
    from ilrs.foundation.errors import ProgrammeError
    from ilrs.programme.check import check
    from ilrs.programme.load import load, reference_folder

    layers = [
        reference_folder() if str(name) == "reference" and not name.exists() else name
        for name in folders
    ]
    loaded = load(layers or [reference_folder()])
    errors = [finding for finding in check(loaded) if finding.severity == "error"]
    if errors:
        raise ProgrammeError(errors)
    return loaded.programme


def _command(name: str, *words: str, **options: Any) -> str:
    """The command as it bears on the result: files by name, no output path."""
    parts = ["ilrs site", name, *words]
    for key, value in options.items():
        for one in value if isinstance(value, tuple) else (value,):
            if one is not None:
                told = one.name if isinstance(one, Path) else f"{one}"
                parts += [f"--{key}", told]
    return " ".join(parts)


def _deliver(text: str, out: Path | None) -> None:
    if out is None:
        click.echo(text, nl=False)
        return
    from ilrs.study.site_files import write_text

    write_text(text, out)
    click.echo(f"written: {out}", err=True)


@site.command(context_settings=_POINT_ALLOWED)
@click.argument("name", metavar="SITE")
@_FOLDERS
@_FROM
@click.option("--to", "end", help="Last UTC date; a year after the first when left out.")
@_MAST
@_TERRAIN
@_ORIENTATION
@click.option(
    "--format", "form", type=click.Choice(["text", "csv", "json", "ics"]), default="text",
    show_default=True, help="Tables, CSV of all events, JSON of everything, or iCalendar.",
)  # fmt: skip
@click.option(
    "--zone", default="UTC", show_default=True,
    help="Clocks to tell times in, with commas: UTC, Beijing, Moscow.",
)  # fmt: skip
@_OUT
def almanac(
    name: str,
    folders: tuple[Path, ...],
    start: str,
    end: str | None,
    masts: tuple[float, ...],
    terrain: tuple[Path, ...],
    orientation: str,
    form: str,
    zone: str,
    out: Path | None,
) -> None:
    """Tell when Sun and Earth rise and set over SITE's skyline, and Earth's eclipses of the Sun.

    SITE is a site of the programme, or a point LAT,LON with --terrain.
    """
    import io

    from ilrs.foundation.calendar import zones_of
    from ilrs.sky.sky import open_sky
    from ilrs.study import site_calendar
    from ilrs.study.site_almanac import almanac as almanac_of
    from ilrs.study.site_place import span_tdb_s
    from ilrs.study.site_text import print_almanac

    zones, span_s = zones_of(zone), span_tdb_s(start, end)
    sky = open_sky(orientation)
    place = _place(name, folders, terrain, masts)
    found = almanac_of(place, span_s=span_s, sky=sky, mast_heights_m=masts)
    words = {"from": start, "to": end, "mast": tuple(f"{mast:g}" for mast in masts)}
    command = _command("almanac", name, **words, terrain=terrain)
    provenance = place.provenance(command, sky)
    if form == "text":
        shown = io.StringIO()
        print_almanac(found, zones=zones, stream=shown)
        _deliver(shown.getvalue(), out)
        return
    write = getattr(site_calendar, f"almanac_{form}")
    _deliver(write(found, zones=zones, provenance=provenance), out)


@site.command(context_settings=_POINT_ALLOWED)
@click.argument("name", metavar="SITE")
@_FOLDERS
@_FROM
@click.option("--years", default=1.0, show_default=True, help="Length of the span; 18.6 quickly.")
@_MAST
@_TERRAIN
@_ORIENTATION
@click.option(
    "--format", "form", type=click.Choice(["text", "json", "svg"]), default="text",
    show_default=True, help="A table, JSON, or a plot.",
)  # fmt: skip
@_OUT
def masts(
    name: str,
    folders: tuple[Path, ...],
    start: str,
    years: float,
    masts: tuple[float, ...],
    terrain: tuple[Path, ...],
    orientation: str,
    form: str,
    out: Path | None,
) -> None:
    """Weigh metres of mast at SITE against mean light and longest darkness.

    With --terrain, all heights are computed in one pass; without, those of SITE's own horizon are
    shown.
    """
    import io

    from ilrs.sky.sky import open_sky
    from ilrs.study.site_masts import MAST_LIST_M, mast_record, mast_study, mast_svg
    from ilrs.study.site_place import span_tdb_s
    from ilrs.study.site_text import print_masts

    span_s, sky = span_tdb_s(start, None, years=years), open_sky(orientation)
    place = _place(name, folders, terrain, masts or MAST_LIST_M)
    found = mast_study(place, span_s=span_s, sky=sky, mast_heights_m=masts)
    if form == "svg":
        _deliver(mast_svg(found), out)
        return
    if form == "json":
        told = tuple(f"{mast:g}" for mast in masts)
        command = _command(
            "masts", name, **{"from": start}, years=f"{years:g}", mast=told, terrain=terrain
        )
        record = mast_record(found) | {"provenance": place.provenance(command, sky).as_dict()}
        _deliver(json.dumps(record, ensure_ascii=False, indent=1) + "\n", out)
        return
    shown = io.StringIO()
    print_masts(found, shown)
    _deliver(shown.getvalue(), out)


@site.command()
@click.option(
    "--terrain", required=True, type=click.Path(path_type=Path, dir_okay=False),
    help="The DEM whose pixels are ranked; a simple cylindrical one within a --region.",
)  # fmt: skip
@click.option(
    "--far", multiple=True, type=click.Path(path_type=Path, dir_okay=False),
    help="Coarser terrain for the horizon beyond; may be repeated.",
)  # fmt: skip
@click.option(
    "--region", help="A circle LAT,LON,RADIUS such as '-89.5,220,10 km' or '5,200,50 km'."
)
@click.option(
    "--weights", type=click.Path(path_type=Path, dir_okay=False),
    help="YAML with weights, scales and limits of the layers.",
)  # fmt: skip
@_FROM
@click.option(
    "--years", default=18.6, show_default=True,
    help="Length of the span; 18.6 is a turn of the lunar node.",
)  # fmt: skip
@click.option("--mast", default=2.0, show_default=True, help="Metres above ground.")
@click.option(
    "--top", default=10, show_default=True, type=click.IntRange(min=1), help="How many sites."
)
@click.option(
    "--apart-m", default=2_000.0, show_default=True, type=click.FloatRange(min=0.0),
    help="Least distance between two sites, on the sphere.",
)  # fmt: skip
@click.option(
    "--reach-m", default=10_000.0, show_default=True, type=click.FloatRange(min=0.0),
    help="Longest cable between points that are lit together.",
)  # fmt: skip
@click.option(
    "--no-temperature", is_flag=True,
    help="Leave the layers of ground temperature out, which take longest.",
)  # fmt: skip
@_ORIENTATION
@click.option(
    "--names", type=click.Path(path_type=Path, dir_okay=False),
    help="The IAU's names of the Moon (Gazetteer, CSV), to be lettered on the maps.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print the sites as GeoJSON.")
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False),
    help="A folder for the sites as CSV and GeoJSON, and all layers as maps (SVG, PNG, GeoTIFF).",
)  # fmt: skip
def rank(
    terrain: Path,
    far: tuple[Path, ...],
    region: str | None,
    weights: Path | None,
    start: str,
    years: float,
    mast: float,
    top: int,
    apart_m: float,
    reach_m: float,
    no_temperature: bool,
    orientation: str,
    names: Path | None,
    as_json: bool,
    out: Path | None,
) -> None:
    """Rank the ground of a DEM by light, darkness, Earth, slope, shadow, landing, temperature.

    Gives the best sites with all figures, and sets of two to four points that are lit together.
    """
    from ilrs.foundation.provenance import Provenance
    from ilrs.moon.map_names import read_names
    from ilrs.moon.sheet_picture import sheet_tools
    from ilrs.sky.sky import open_sky
    from ilrs.study.site_criteria import DEFAULT_CRITERIA, read_criteria
    from ilrs.study.site_files import write_ranking
    from ilrs.study.site_horizon import terrain_path
    from ilrs.study.site_place import span_tdb_s
    from ilrs.study.site_rank import parse_region
    from ilrs.study.site_ranking import rank_terrain, ranking_facts, region_terrains
    from ilrs.study.site_tables import sites_geojson
    from ilrs.study.site_text import print_ranking

    if out is not None:
        sheet_tools()  # what is missing is told before the computation, not after it
    criteria = read_criteria(weights) if weights else DEFAULT_CRITERIA
    criteria = criteria.without_heat() if no_temperature else criteria
    lettered = read_names(names) if names else []
    circle = parse_region(region) if region else None
    span_s, sky = span_tdb_s(start, None, years=years), open_sky(orientation)
    terrains = region_terrains([terrain_path(path) for path in (terrain, *far)], circle)
    found = rank_terrain(
        terrains[0], terrains[1:], criteria=criteria, span_s=span_s, sky=sky,
        observer_height_m=mast, region=circle, count=top, apart_m=apart_m, reach_m=reach_m,
        progress=lambda step: click.echo(f"ilrs: {step}", err=True),
    )  # fmt: skip
    options = {"region": region, "weights": weights, "from": start, "years": f"{years:g}"}
    numbers = {
        "mast": f"{mast:g}",
        "top": top,
        "apart-m": f"{apart_m:g}",
        "reach-m": f"{reach_m:g}",
    }
    flags = ("--no-temperature",) if no_temperature else ()
    provenance = Provenance(
        programme="", programme_sha256="", seed=0,
        command=_command("rank", *flags, terrain=terrain, far=far, **options, **numbers),
        ephemeris=sky.ephemeris.name, orientation=sky.orientation.name,
        inputs_sha256={
            path.name: one.sha256 for path, one in zip((terrain, *far), terrains, strict=True)
        },
    )  # fmt: skip
    facts = ranking_facts(found, provenance)
    if as_json:
        click.echo(sites_geojson(found.sites, criteria=criteria, sets=found.sets, facts=facts))
    else:
        print_ranking(found, sys.stdout)
    if out is not None:
        for path in write_ranking(found, out, facts=facts, names=lettered):
            click.echo(f"written: {path}", err=as_json)
