"""The relays' page: how much of the Moon they see, where one goes in a day, and how long it stays.

Coverage is for the smooth sphere; what the station's own terrain leaves stands in the tables of the
site.
"""

from collections.abc import Mapping
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from ilrs.foundation.time import DAY_S
from ilrs.moon.grid import Grid
from ilrs.moon.map_colours import RAMPS, ramp_colours
from ilrs.moon.map_drawing import Frame, map_drawing
from ilrs.moon.map_names import PlaceName
from ilrs.orbits.coverage import coverage_map
from ilrs.orbits.ground_track import ground_track
from ilrs.orbits.kepler import MOON_RADIUS_M
from ilrs.orbits.trajectory import Trajectory
from ilrs.sky.orientation import Orientation, open_orientation
from ilrs.study.book_data import data_png
from ilrs.study.book_html import Html, join, table, tag
from ilrs.study.book_numbers import number, percent, spans
from ilrs.study.book_words import Words
from ilrs.study.run import Run

__all__ = ["orbits"]

FloatArray: TypeAlias = npt.NDArray[np.float64]

_ROWS, _COLUMNS = 90, 180
_WIDTH = 760.0
_SIDE, _TOP, _FOOT = 58.0, 24.0, 62.0
_LEVELS = 32
_LOOKED_AT_D, _STEP_S = 28.0, 600.0  # a lunar rotation brings all longitudes below an orbit
_TRACK_S = 120.0
_RAMP = "amount"


def orbits(run: Run, words: Words) -> Html:
    """Map and table of the run's relays; a sentence where it has none."""
    flying = {key: way for key, way in run.relays.items() if _days(way) > 1.0}
    if not flying:
        return tag("p", words.label("orbits.none"))
    orientation = open_orientation(str(run.environment.attrs["orientation"]))
    drawing = tag(
        "div", tag("div", _drawing(run, flying, orientation)), cls="scroll chart", tabindex="0"
    )
    days = min(_LOOKED_AT_D, *(_days(way) for way in flying.values()))
    text = words.label("orbits.caption", days=number(days), names=", ".join(flying))
    return tag(
        "figure",
        drawing,
        tag("p", *_legend(words), cls="legend"),
        tag("figcaption", text, id="orbits-text"),
        _table(run, words),
    )


def _days(way: Trajectory) -> float:
    start_s, end_s = way.span_tdb_s
    return (end_s - start_s) / DAY_S


def _moon_grid() -> Grid:
    """All of the Moon, its near side in the middle."""
    pixel_m = np.pi * MOON_RADIUS_M / _ROWS
    return Grid(
        rows=_ROWS, columns=_COLUMNS, pixel_m=pixel_m, projection="simple cylindrical",
        west_m=-0.5 * _COLUMNS * pixel_m, north_m=0.5 * _ROWS * pixel_m,
    )  # fmt: skip


def _drawing(run: Run, ways: Mapping[str, Trajectory], orientation: Orientation) -> Html:
    grid = _moon_grid()
    frame = Frame(grid, _WIDTH / (_COLUMNS * grid.pixel_m), _SIDE, _TOP, clip="orbit-frame")
    start_s = max(way.span_tdb_s[0] for way in ways.values())
    end_s = min(start_s + _LOOKED_AT_D * DAY_S, *(way.span_tdb_s[1] for way in ways.values()))
    step_deg = 180.0 / _ROWS
    found = coverage_map(
        list(ways.values()), span_s=(start_s, end_s), step_s=_STEP_S, orientation=orientation,
        latitudes_deg=90.0 - (np.arange(_ROWS) + 0.5) * step_deg,
        longitudes_deg=-180.0 + (np.arange(_COLUMNS) + 0.5) * step_deg,
    )  # fmt: skip
    levels = np.round(found["view_fraction"].values * (_LEVELS - 1)).astype(np.uint8)
    colours = ramp_colours(_RAMP)[np.linspace(0, 255, _LEVELS).astype(int)].tolist()
    picture = data_png(levels, [(r, g, b, 255) for r, g, b in colours])
    mark = PlaceName(
        name="", latitude_deg=float(run.site.latitude_deg or 0.0),
        longitude_deg=float(run.site.longitude_deg or 0.0),
    )  # fmt: skip
    parts = [Html("".join(map_drawing(frame, picture, marks=[mark])))]
    for way in ways.values():
        t = np.arange(start_s, min(start_s + DAY_S, end_s), _TRACK_S)
        track = ground_track(way, t, orientation=orientation)
        points = frame.place(track["latitude_deg"].values, track["longitude_deg"].values)
        parts.append(
            tag("path", d=_path(points, frame.width), fill="none", stroke="#d1342f",
                stroke_width=1.6, stroke_opacity=0.9)
        )  # fmt: skip
    width, height = frame.width + 2 * _SIDE, frame.height + _TOP + _FOOT
    return tag(
        "svg", *parts, viewBox=f"0 0 {width:.0f} {height:.0f}", cls="ground", role="img",
        aria_labelledby="orbits-text",
    )  # fmt: skip


def _path(points: FloatArray, width: float) -> str:
    """A line that is lifted where the track leaves the map on one side and enters on the other."""
    jumps = np.abs(np.diff(points[:, 0], prepend=points[0, 0])) > 0.5 * width
    jumps[0] = True
    return "".join(
        f"{'M' if jump else 'L'}{x:.1f} {y:.1f}"
        for (x, y), jump in zip(points.tolist(), jumps.tolist(), strict=True)
    )


def _legend(words: Words) -> list[Html]:
    stops = ", ".join(f"rgb({r} {g} {b})" for r, g, b in RAMPS[_RAMP])
    bar = tag("span", cls="ramp", style=f"background:linear-gradient(90deg,{stops})")
    return [
        tag("strong", words.label("orbits.share")),
        tag("span", percent(0.0), bar, percent(1.0)),
        tag("span", "— ", words.label("orbits.track")),
    ]


def _table(run: Run, words: Words) -> Html:
    rows = []
    for index, (key, way) in enumerate(run.relays.items()):
        edges = way.edges_s
        middles = 0.5 * (edges[1:] + edges[:-1])
        height_km = (
            np.linalg.norm(way.position_m(np.concatenate([edges, middles])), axis=1) - MOON_RADIUS_M
        ) / 1e3
        seen = spans(run, run.environment["relay_clearance_deg"].values[index] > 0.0)
        whole_s = float(run.environment["time"].size * run.environment.attrs["step_s"])
        mission = run.programme.missions[key]
        cells = [
            f"{number(float(height_km.min()), digits=3)} – {number(float(height_km.max()))}",
            percent(seen.total_s / whole_s),
            number(seen.within(0.0, whole_s).longest_s / 3600.0, digits=3),
        ]
        state = words.label("orbits.falls" if way.ended_by else "orbits.flies",
                            days=number(_days(way)))  # fmt: skip
        held = mission.orbit is not None and mission.orbit.is_held
        rows.append(
            tag(
                "tr",
                tag("th", words.name(mission), " ", tag("small", key), scope="row"),
                *(tag("td", cell, cls="num") for cell in cells),
                tag("td", join([words.label("orbits.held") if held else state])),
            )
        )
    head = [words.label(f"orbits.{key}") for key in ("relay", "heights", "seen", "gap", "life")]
    return table(head, rows, caption=words.label("orbits.table"), numeric=(1, 2, 3))
