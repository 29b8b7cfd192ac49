"""`ilrs data find`: an archive's catalogue or a static mirror asked from the command line."""

import json
import sys
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ilrs.cli_answer import archive_option
from ilrs.foundation.errors import IlrsError

if TYPE_CHECKING:
    from ilrs.datacentre.conditions import Condition
    from ilrs.datacentre.question import Question
    from ilrs.datacentre.record import Record

__all__ = ["find"]

#: Options that compare a field with what is given: the field, and what it is called in help.
_EQUAL: Mapping[str, tuple[str, str]] = {
    "site": ("site", "site"), "partner": ("partner", "partner"), "mission": ("mission", "mission"),
    "instrument": ("instrument", "instrument"), "field": ("science_fields", "science field"),
    "level": ("processing_level", "level of processing"), "target": ("target", "target"),
    "collection": ("collection", "collection"),
}  # fmt: skip


def _equal_options(command: Any) -> Any:
    for name, (_, called) in reversed(list(_EQUAL.items())):
        command = click.option(f"--{name}", help=f"Only products of this {called}.")(command)
    return command


@click.command()
@archive_option
@click.argument("text", required=False)
@click.option("--near", metavar="LAT,LON,RADIUS",
              help="Only what meets a circle, such as --near=-89.5,220,'10 km'.")  # fmt: skip
@_equal_options
@click.option("--from", "start_utc", help="Only products that end after this UTC date.")
@click.option("--to", "stop_utc", help="Only products that begin before this UTC date.")
@click.option("--sun-above", type=float, metavar="DEG", help="Only with the Sun at least so high.")
@click.option("--sun-below", type=float, metavar="DEG", help="Only with the Sun at most so high.")
@click.option("--where", metavar="CQL2", help="A filter in CQL2, as the STAC API takes it.")
@click.option("--all-versions", is_flag=True, help="Older versions too, not the newest alone.")
@click.option("--sort", default="start_utc", show_default=True, metavar="FIELD",
              help="In the order of this field; -FIELD begins with the last.")  # fmt: skip
@click.option("--limit", type=click.IntRange(min=0), help="At most so many; all when left out.")
@click.option("--mirror", metavar="URL", help="A static mirror to ask, in place of the archive.")
@click.option("--json", "as_json", is_flag=True, help="Print the records as JSON.")
def find(
    archive: Path, mirror: str | None, limit: int | None, as_json: bool, **asked: Any
) -> None:  # fmt: skip
    """Find products by TEXT, place, time, light and origin.

    All that is given has to hold. A filter names properties as STAC items have them, and says what
    options cannot: --where "gsd < 5 AND S_INTERSECTS(geometry, POLYGON(...))".
    """
    question = _question(limit=limit, **asked)
    found = _in_mirror(mirror, question) if mirror else _in_archive(archive, question)
    records = list(islice(found, limit))
    if as_json:
        click.echo(json.dumps([record.to_dict() for record in records], indent=1))
    else:
        _print_records(records)
    if limit is not None and next(found, None) is not None:
        click.echo(f"the first {limit} products; --limit shows more", err=True)


def _in_archive(archive: Path, question: "Question") -> Iterator["Record"]:
    from ilrs.datacentre.archive import Archive

    return Archive.open(archive).select(question)


def _in_mirror(place: str, question: "Question") -> Iterator["Record"]:
    from ilrs.datacentre.static_find import find_in_mirror

    return iter(find_in_mirror(place, question).records)


def _question(*, limit: int | None, all_versions: bool, sort: str, **asked: Any) -> "Question":
    from ilrs.datacentre.conditions import All
    from ilrs.datacentre.question import MOST_AT_ONCE, Question

    way = "descending" if sort.startswith("-") else "ascending"
    return Question(
        where=All(tuple(_conditions(**asked))),
        versions="all" if all_versions else "newest",
        sort=((sort.removeprefix("-"), way),),
        limit=MOST_AT_ONCE if limit is None else min(limit + 1, MOST_AT_ONCE),
    )


def _conditions(
    *, text: str | None, near: str | None, start_utc: str | None, stop_utc: str | None,
    sun_above: float | None, sun_below: float | None, where: str | None, **equal: str | None,
) -> Iterator["Condition"]:  # fmt: skip
    from ilrs.datacentre.conditions import Compare, During, Words

    if text:
        yield Words(text)
    if near is not None:
        yield _near(near)
    if start_utc or stop_utc:
        yield During(start_utc or "", stop_utc or "")
    for operator, limit in ((">=", sun_above), ("<=", sun_below)):
        if limit is not None:
            yield Compare("sun_elevation_deg", operator, limit)
    for name, value in equal.items():
        if value is not None:
            yield Compare(_EQUAL[name][0], "=", value)
    if where is not None:
        from ilrs.web.cql import read_text
        from ilrs.web.stac_item import PROPERTIES

        yield read_text(where, PROPERTIES)


def _near(text: str) -> "Condition":
    """What meets the circle that a text LAT,LON,RADIUS names."""
    from ilrs.datacentre.conditions import Meets
    from ilrs.datacentre.place import KM_PER_DEG, Circle
    from ilrs.foundation.quantities import parse_quantity

    latitude, _, rest = text.partition(",")
    longitude, _, radius = rest.partition(",")
    try:
        place = float(longitude), float(latitude)
    except ValueError:
        raise IlrsError(
            f"{text!r} is no circle",
            "a circle is a latitude, a longitude and a radius with its unit",
            "Write for instance --near=-89.5,220,'10 km'.",
        ) from None
    radius_m = parse_quantity(radius.strip(), "m").value
    return Meets(Circle(*place, radius_m / 1e3 / KM_PER_DEG))


def _print_records(records: list["Record"]) -> None:
    from ilrs.study.report import print_table

    def told(utc: str) -> str:
        return utc.removesuffix("T00:00:00Z")

    rows = [(r.lidvid, r.title, f"{told(r.start_utc)} – {told(r.stop_utc)}") for r in records]
    print_table(("product", "title", "span"), rows, sys.stdout, is_first_whole=True)
