"""A sortie answered: what ground it reaches and comes back from, and the plan over its stops."""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import numpy as np
import xarray as xr

from ilrs.foundation.errors import IlrsError
from ilrs.foundation.quantities import parse_quantity
from ilrs.moon.grid import Grid
from ilrs.moon.map_drawing import MapLine
from ilrs.moon.map_names import PlaceName
from ilrs.moon.maps import write_svg
from ilrs.moon.sheet_picture import write_sheet_png
from ilrs.moon.terrain import read_terrain
from ilrs.operations.no_route import check_place
from ilrs.operations.sortie import plan_sortie, sortie_reach
from ilrs.operations.traverse import Cell
from ilrs.programme.entities import Element, Programme
from ilrs.study.route_case import cell_at, grid_around, ground_on, told_cell
from ilrs.study.site_files import write_text
from ilrs.study.site_horizon import terrain_path
from ilrs.study.site_place import point_deg

__all__ = ["SortieAnswer", "find_sortie", "print_sortie", "sortie_csv", "sortie_record",
           "write_sortie"]  # fmt: skip

_HOUR_S = 3600.0
_STOP = re.compile(r"^(.+?)(?:,\s*([^,]*[a-z][^,]*))?$")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SortieAnswer:
    """What a sortie from a lock can do on a map, and its plan where stops are given."""

    suit: Element
    rover: Element | None
    grid: Grid
    reach: xr.Dataset  # as ilrs.operations.sortie.sortie_reach lays it out
    plan: xr.Dataset | None  # as plan_sortie does
    places: tuple[tuple[str, Cell], ...]  # the lock, stops and havens by name
    terrain: str
    terrain_sha256: str


def find_sortie(
    programme: Programme, *, suit: str, lock: str, stops: Sequence[str] = (),
    havens: Sequence[str] = (), rover: str | None = None, work_s: float = 0.0, terrain: Path,
    margin_m: float = 5_000.0,
) -> SortieAnswer:  # fmt: skip
    """The reach of a sortie and its plan, over the part of a terrain around its places.

    `suit` is the element that declares one, `rover` the one that is driven, on foot when left out;
    a stop is a place and the time of work there, such as 'CE7-NOMINAL,45 min' or
    '-89.77,203.5,45 min'. Raises IlrsError for elements without suit or mobility, for places off
    the terrain or too steep, and as `ilrs.operations.sortie.plan_sortie`.
    """
    worn, driven = _suited(programme, suit), _driven(programme, rover)
    assert worn.suit is not None
    told = [_stop(text) for text in stops]
    names = [lock, *(name for name, _ in told), *havens]
    points = [point_deg(name, programme=programme)[1:] for name in names]
    ground = read_terrain(terrain_path(terrain))
    grid = grid_around(ground, points, margin_m)
    cells = [cell_at(grid, *point) for point in points]
    made = ground_on(ground, grid)
    for name, cell in zip(names, cells, strict=True):
        mover = driven.mobility if driven and driven.mobility else worn.suit
        check_place(made, cell, vehicle=mover, word=f"place {name}", told=told_cell(grid))
    safe = [row * grid.columns + column for row, column in cells[1 + len(told) :]]
    asked: dict[str, Any] = {"lock": cells[0], "suit": worn.suit, "havens": safe,
                             "rover": driven.mobility if driven else None}  # fmt: skip
    planned = None
    if told:
        works = [(cell, work) for cell, (_, work) in zip(cells[1:], told, strict=False)]
        planned = plan_sortie(made, stops=works, **asked)
    reach = sortie_reach(made, work_s=work_s, **asked).assign(hillshade=made["hillshade"])
    return SortieAnswer(
        suit=worn, rover=driven, grid=grid, reach=reach, plan=planned,
        places=tuple(zip(names, cells, strict=True)), terrain=ground.name,
        terrain_sha256=ground.sha256,
    )  # fmt: skip


def _stop(text: str) -> tuple[str, float]:
    match = _STOP.match(text)
    if match is None or not match[2]:
        return text, 0.0
    return match[1], parse_quantity(match[2].strip(), "s").value


def _suited(programme: Programme, element: str) -> Element:
    with_suit = [key for key, one in programme.elements.items() if one.suit is not None]
    if element in with_suit:
        return programme.elements[element]
    raise IlrsError(
        f"no suit is declared by {element!r}",
        f"{programme.name} declares suits in {', '.join(with_suit) or 'no element'}",
        "Name one of these, or add `suit:` to an element.",
    )


def _driven(programme: Programme, element: str | None) -> Element | None:
    if element is None:
        return None
    crewed = [
        key
        for key, one in programme.elements.items()
        if one.mobility is not None and one.mobility.kind == "crewed_rover"
    ]
    if element in crewed:
        return programme.elements[element]
    raise IlrsError(
        f"{element!r} is no rover for people",
        f"{programme.name} declares a crewed rover in {', '.join(crewed) or 'no element'}",
        "Name one of these, add `mobility: {kind: crewed_rover, …}`, or leave it out to walk.",
    )


def sortie_record(answer: SortieAnswer, provenance: dict[str, Any]) -> dict[str, Any]:
    """The sortie as plain data: what `--json` and sortie.json show."""
    worn, plan = answer.suit.suit, answer.plan
    assert worn is not None
    record: dict[str, Any] = {
        "suit": answer.suit.id,
        "rover": answer.rover.id if answer.rover else None,
        "lock": answer.places[0][0],
        "consumables_s": worn.consumables_s,
        "reserve_s": worn.reserve_s,
        "reachable_m2": answer.reach.attrs["reachable_m2"],
        "farthest_m": _farthest_m(answer),
        "reaches_edge": bool(_edge(answer.reach["is_reachable"].values).any()),
    }
    if plan is not None:
        record |= {
            "duration_s": float(plan["depart_s"][-1]),
            "suit_margin_least_s": float(plan["suit_margin_s"].min()),
        }
    return record | {"provenance": provenance}


def _edge(values: Any) -> Any:
    """What lies along the edges, where slopes are known last: two pixels wide."""
    return np.concatenate([values[:2].ravel(), values[-2:].ravel(), values[:, :2].ravel(),
                           values[:, -2:].ravel()])  # fmt: skip


def _farthest_m(answer: SortieAnswer) -> float:
    rows, columns = np.nonzero(answer.reach["is_reachable"].values)
    row, column = answer.places[0][1]
    if not rows.size:
        return 0.0
    return float(np.hypot(rows - row, columns - column).max()) * answer.grid.pixel_m


def print_sortie(answer: SortieAnswer, stream: TextIO) -> None:
    """Prints what a sortie reaches, and at its stops what the suit leaves after a walk back."""
    record = sortie_record(answer, {})
    how = f"driving {answer.rover.id}" if answer.rover else "on foot"
    print(f"from {answer.places[0][0]}, {how}: {record['reachable_m2'] / 1e6:.1f} km2 within reach,"
          f" up to {record['farthest_m'] / 1e3:.1f} km away", file=stream)  # fmt: skip
    if record["reaches_edge"]:
        print("the reach goes beyond the map: give a larger --margin-m", file=stream)
    if answer.plan is None:
        return
    plan = answer.plan
    took_h, spare_h = (record[key] / _HOUR_S for key in ("duration_s", "suit_margin_least_s"))
    print(f"the sortie takes {took_h:.2f} h; from every point a walk back leaves {spare_h:.2f} h or"
          " more besides the reserve", file=stream)  # fmt: skip
    worked = plan["depart_s"].values > plan["arrive_s"].values
    for n in np.flatnonzero(worked).tolist():
        cell = int(plan["row"][n]), int(plan["column"][n])
        name = next(
            (name for name, at in answer.places if at == cell), told_cell(answer.grid)(cell)
        )
        print(f"  {name}: from {float(plan['arrive_s'][n]) / _HOUR_S:.2f} to"
              f" {float(plan['depart_s'][n]) / _HOUR_S:.2f} h, then a walk back of"
              f" {float(plan['walk_back_s'][n]) / _HOUR_S:.2f} h leaves"
              f" {float(plan['suit_margin_s'][n]) / _HOUR_S:.2f} h", file=stream)  # fmt: skip


def sortie_csv(answer: SortieAnswer) -> str:
    """The plan's waypoints as CSV, one a line, units in the column names."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    names = ("arrive_s", "depart_s", "walk_back_s", "suit_left_s", "suit_margin_s")
    writer.writerow(["latitude_deg", "longitude_deg", *names])
    plan = answer.plan
    for n in range(plan.sizes["waypoint"] if plan is not None else 0):
        assert plan is not None
        place = told_cell(answer.grid)((int(plan["row"][n]), int(plan["column"][n])))
        writer.writerow([*place.split(","), *(round(float(plan[name][n]), 1) for name in names)])
    return out.getvalue()


def write_sortie(answer: SortieAnswer, folder: Path, *, record: str) -> list[Path]:
    """Paths of the files of a sortie: sortie.json, sortie.csv, a map of what is left (SVG, PNG).

    Raises as `ilrs.study.site_files.write_text` and `ilrs.moon.sheet_picture.write_sheet_png`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    write_text(record, folder / "sortie.json")
    write_text(sortie_csv(answer), folder / "sortie.csv")
    spare = answer.reach["spare_s"].where(answer.reach["spare_s"] >= 0.0) / _HOUR_S
    spare.attrs = {"units": "h", "long_name": "left of the suit after the walk back, less reserve"}
    drawn = answer.reach.assign(spare_h=spare).assign_attrs(terrain=answer.terrain)
    sheet = folder / "reach.svg"
    places = [(name, *_place_deg(answer.grid, cell)) for name, cell in answer.places]
    marks = [PlaceName(name=name, latitude_deg=lat, longitude_deg=lon) for name, lat, lon in places]
    write_svg(
        drawn, "spare_h", sheet, title=f"Reach of a sortie from {answer.places[0][0]}",
        marks=marks, lines=_lines(answer), shade=drawn[["hillshade"]], ramp="light",
        holes="out of reach",
    )  # fmt: skip
    write_sheet_png(sheet, sheet.with_suffix(".png"))
    return [folder / name for name in ("sortie.json", "sortie.csv", "reach.svg", "reach.png")]


def _place_deg(grid: Grid, cell: Cell) -> tuple[float, float]:
    latitude, longitude = told_cell(grid)(cell).split(",")
    return float(latitude), float(longitude)


def _lines(answer: SortieAnswer) -> list[MapLine]:
    if answer.plan is None:
        return []
    grid = answer.grid
    x_m = grid.west_m + (answer.plan["column"].values + 0.5) * grid.pixel_m
    y_m = grid.north_m - (answer.plan["row"].values + 0.5) * grid.pixel_m
    return [MapLine(*grid.locate(x_m, y_m))]
