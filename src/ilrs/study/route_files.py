"""A route as text, CSV, GeoJSON, netCDF, maps and a profile."""

import csv
import io
import json
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from ilrs.foundation.angles import longitude_deg as half_circle_deg
from ilrs.moon.map_drawing import MapLine
from ilrs.moon.map_names import PlaceName
from ilrs.moon.maps import write_svg
from ilrs.moon.sheet_picture import write_sheet_png
from ilrs.study.output import write_dataset
from ilrs.study.report import print_table
from ilrs.study.route import RouteAnswer
from ilrs.study.route_chart import route_chart
from ilrs.study.site_files import write_text

__all__ = ["print_route", "route_geojson", "waypoints_csv", "write_route"]

_DAY_S, _HOUR_S = 86400.0, 3600.0
_COLUMNS = {
    "latitude_deg": 6, "longitude_deg": 5, "height_m": 1, "slope_deg": 2, "arrive_s": 1,
    "depart_s": 1, "distance_m": 1, "light_wait_s": 1, "dark_wait_s": 1, "sleep_s": 1,
    "battery_arrive_wh": 2, "battery_depart_wh": 2, "battery_lowest_wh": 2, "margin_s": 1,
}  # fmt: skip
_SHOWN = 12  # legs that the text shows


def print_route(answer: RouteAnswer, stream: TextIO) -> None:
    """Prints when it arrives, what it does on the way, and what is left of battery and time."""
    case, way = answer.case, answer.way
    ends = [name for name in case.names if name]
    print(f"{case.element.name or case.element.id}, {' to '.join(ends)}", file=stream)
    print(f"departs {case.utc(0.0)}, arrives {case.utc(answer.arrival_s)}"
          f" ({answer.arrival_s / _DAY_S:.2f} d)", file=stream)  # fmt: skip
    doings = ", ".join(
        f"{doing} {answer.doing_s(doing) / _HOUR_S:.1f} h"
        for doing in ("drive", "wait", "hibernate")
        if answer.doing_s(doing) > 0.0
    )
    length = f"{answer.distance_m / 1e3:.2f} km over {way.sizes['waypoint']} cells"
    print(f"{length}: {doings or 'it stands'}", file=stream)
    lowest = float(way["battery_lowest_wh"].values.min())
    print(f"battery at least {lowest:.0f} of {case.battery_wh:.0f} Wh", file=stream)
    if lowest < -1e-6 * case.battery_wh:
        print("warning: by light alone; its battery is empty on the way", file=stream)
    margins = way["margin_s"].values if "margin_s" in way else np.array([np.nan])
    if np.isfinite(margins).any():
        at = int(np.nanargmin(margins))
        place = f"{float(way['latitude_deg'][at]):.4f},{float(way['longitude_deg'][at]):.3f}"
        told = f"least margin: {margins[at] / _HOUR_S:.1f} h at {place}"
        print(f"{told} ({case.utc(float(way['arrive_s'][at]))})", file=stream)
    if np.isfinite(answer.alive_until_s):
        days = float(case.light.attrs["span_s"]) / _DAY_S
        print(f"from the start it lives {answer.alive_until_s / _DAY_S:.1f} of {days:.1f} d at the"
              " longest", file=stream)  # fmt: skip
    else:
        print("from the start it does not live to the end of the span", file=stream)
    rows = [
        (leg.doing, case.utc(leg.begin_s), f"{(leg.end_s - leg.begin_s) / _HOUR_S:.2f} h",
         f"{_between_m(answer, leg.first, leg.last) / 1e3:.2f} km")
        for leg in answer.legs[:_SHOWN]
    ]  # fmt: skip
    if not rows:
        print("it stays where it is", file=stream)
        return
    print_table(("leg", "from", "for", "way"), rows, stream)
    if len(answer.legs) > _SHOWN:
        print(f"… and {len(answer.legs) - _SHOWN} legs more", file=stream)


def _between_m(answer: RouteAnswer, first: int, last: int) -> float:
    along = answer.way["distance_m"].values
    return float(along[last] - along[first])


def waypoints_csv(answer: RouteAnswer) -> str:
    """The waypoints as CSV, one a line, units in the column names."""
    columns = {name: digits for name, digits in _COLUMNS.items() if name in answer.way}
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["arrive_utc", *columns])
    values = {name: answer.way[name].values for name in columns}
    for n in range(answer.way.sizes["waypoint"]):
        row = [_rounded(float(values[name][n]), digits) for name, digits in columns.items()]
        writer.writerow([answer.case.utc(float(answer.way["arrive_s"][n])), *row])
    return out.getvalue()


def _rounded(value: float, digits: int) -> float | str:
    return round(value, digits) + 0.0 if np.isfinite(value) else ""


def route_geojson(answer: RouteAnswer, *, record: dict[str, Any]) -> str:
    """The way as a line and where it stands as points, lunar longitude and latitude (MOON_ME).

    RFC 7946 knows Earth alone: `frame` says which Moon-fixed frame the coordinates are in.
    `record` (of `ilrs.study.route.route_record`) stands beside the features.
    """
    way = answer.way
    places = [
        [round(float(half_circle_deg(lon)), 6), round(float(lat), 7), round(float(height), 2)]
        for lon, lat, height in zip(
            way["longitude_deg"].values, way["latitude_deg"].values, way["height_m"].values,
            strict=True,
        )
    ]  # fmt: skip
    line = {
        "type": "Feature",
        "geometry": {"type": "LineString", "coordinates": places}
        if len(places) > 1
        else {"type": "Point", "coordinates": places[0]},
        "properties": {key: record[key] for key in ("element", "depart_utc", "arrive_utc")},
    }
    stands = [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": places[leg.first]},
            "properties": {
                "doing": leg.doing,
                "from_utc": answer.case.utc(leg.begin_s),
                "to_utc": answer.case.utc(leg.end_s),
            },
        }
        for leg in answer.legs
        if leg.doing != "drive"
    ]
    made = {
        "type": "FeatureCollection",
        "frame": answer.case.grid.frame,
        "features": [line, *stands],
        "route": record,
    }
    return json.dumps(made, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def write_route(answer: RouteAnswer, folder: Path, *, record: dict[str, Any]) -> list[Path]:
    """Paths of the files of a route in a folder, which is made where it is absent.

    route.json, waypoints.csv, route.geojson, route.nc and maps.nc (Datasets), profile.svg, and
    maps of arrival and margin (SVG and PNG). Raises as `ilrs.study.site_files.write_text` and
    `ilrs.moon.sheet_picture.write_sheet_png`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    texts = {
        "route.json": json.dumps(record, ensure_ascii=False, indent=1, allow_nan=False) + "\n",
        "waypoints.csv": waypoints_csv(answer),
        "route.geojson": route_geojson(answer, record=record),
        "profile.svg": route_chart(answer),
    }
    for name, text in texts.items():
        write_text(text, folder / name)
    for name, dataset in (("route.nc", answer.way), ("maps.nc", answer.maps)):
        write_dataset(dataset, folder / name)
    return [folder / name for name in (*texts, "route.nc", "maps.nc")] + _maps(answer, folder)


def _maps(answer: RouteAnswer, folder: Path) -> list[Path]:
    case, way = answer.case, answer.way
    line = MapLine(way["latitude_deg"].values, way["longitude_deg"].values)
    named = [(case.names[0], case.start), *case.havens]
    named += [(case.names[1], case.goal)] if case.goal is not None else []
    marks = [
        PlaceName(name=name, latitude_deg=latitude, longitude_deg=longitude)
        for name, (latitude, longitude) in ((name, case.place_deg(cell)) for name, cell in named)
    ]
    shade = answer.maps.assign(hillshade=case.ground["hillshade"])[["hillshade"]]
    titles = {
        "arrival_s": f"Earliest arrival of {case.element.id}, from {case.utc(0.0)[:16]}Z",
        "margin_s": f"How late {case.element.id} may come and live",
    }
    written = []
    for name, title in titles.items():
        if not np.isfinite(answer.maps[name].values).any():
            continue
        sheet = folder / f"{name.removesuffix('_s')}.svg"
        write_svg(answer.maps, name, sheet, title=title, marks=marks, lines=[line], shade=shade,
                  ramp="heat", holes="not reached")  # fmt: skip
        write_sheet_png(sheet, sheet.with_suffix(".png"))
        written += [sheet, sheet.with_suffix(".png")]
    return written
