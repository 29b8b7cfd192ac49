"""The site map: the ground around the station, every site of the programme that lies on it.

Sites are numbered on the map and told beside it, so that one drawing serves all languages.
"""

from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
import xarray as xr

from ilrs.foundation.time import DAY_S, parse_utc
from ilrs.moon.grid import Grid
from ilrs.moon.map_colours import RAMPS, coloured, ramp_for, value_limits
from ilrs.moon.map_drawing import Frame, map_drawing
from ilrs.moon.map_layout import map_grid
from ilrs.moon.map_names import PlaceName
from ilrs.programme.entities import Site
from ilrs.study.book_data import data_png
from ilrs.study.book_html import Html, join, table, tag
from ilrs.study.book_numbers import number, percent
from ilrs.study.book_words import Words
from ilrs.study.run import Run

__all__ = ["ground_cells", "ground_sheet", "sites_on"]

FloatArray: TypeAlias = npt.NDArray[np.float64]

_MOST_PIXELS = 460  # longest side of the picture
_LONGEST = 760.0  # longest side of the map, in units of the drawing
_SIDE, _TOP, _FOOT = 58.0, 24.0, 62.0
#: Of the palette's 256 colours: 18 levels of the layer by 12 lights, and 40 greys for bare relief.
_LEVELS, _LIGHTS, _GREYS = 18, 12, 40
_DARKEST, _LIGHTEST = 0.2, 1.0
#: Layers that may colour the map, the first there is; each with its words and its ends.
_LAYERS = ("illumination_fraction", "height_m")


class _Figure(NamedTuple):
    """A column of the table of sites: a layer, its heading, and how a number of it is told."""

    layer: str
    key: str
    told: Any


_FIGURES = (
    _Figure("height_m", "map.height", lambda value: number(value, digits=4)),
    _Figure("illumination_fraction", "map.light", percent),
    _Figure("longest_darkness_s", "map.dark", lambda value: number(value / DAY_S, digits=3)),
)


def ground_sheet(run: Run, words: Words) -> Html:
    """The map with its legend, sites and sources; a sentence where the run has none."""
    if run.ground is None:
        return tag("p", words.label("map.none"))
    ground = run.ground
    grid = map_grid(ground)
    sites = sites_on(run, grid)
    layer = next(name for name in _LAYERS if name in ground)
    limits = _limits(ground, layer)
    drawing = tag(
        "div", tag("div", _drawing(ground, grid, layer, limits=limits, sites=sites, words=words)),
        cls="scroll chart", tabindex="0",
    )  # fmt: skip
    return tag(
        "figure",
        drawing,
        tag("p", *_legend(words, ground, layer, limits), cls="legend"),
        tag("figcaption", *_sources(words, ground, grid), id="map-text"),
        _site_table(words, ground, grid, sites),
    )


def sites_on(run: Run, grid: Grid) -> list[Site]:
    """Sites with coordinates that lie on a grid: the run's own first, then by their distance."""
    own = np.array(_at(grid, run.site))
    on_it = [
        site
        for site in run.programme.sites.values()
        if site.latitude_deg is not None
        and site.longitude_deg is not None
        and grid.holds(*_at(grid, site))
    ]
    return sorted(on_it, key=lambda site: float(np.hypot(*(np.array(_at(grid, site)) - own))))


def _at(grid: Grid, site: Site) -> tuple[float, float]:
    x_m, y_m = grid.project(float(site.latitude_deg or 0.0), float(site.longitude_deg or 0.0))
    return float(x_m), float(y_m)


def _limits(ground: xr.Dataset, layer: str) -> tuple[float, float]:
    """Values at the ends of the ramp: for shares always 0 and 1, so that maps can be compared."""
    return (0.0, 1.0) if layer == "illumination_fraction" else value_limits(ground[layer].values)


# --- picture ---------------------------------------------------------------------------------


def ground_cells(
    values: npt.ArrayLike, shade: npt.ArrayLike, *, limits: tuple[float, float]
) -> npt.NDArray[np.uint8]:
    """Palette entries of a map over its relief, thinned to 460 pixels; `values` may have holes.

    18 levels of the values by 12 of the light, then 40 of grey relief where there is no value.
    Between two levels pixels of both are mixed, so that slow slopes show no steps.
    """
    field, light = _thinned(values), _thinned(_filled(shade))
    low, high = limits
    known = np.isfinite(field)
    part = np.clip((np.where(known, field, low) - low) / (high - low), 0.0, 1.0)
    lit = np.clip((light - _DARKEST) / (_LIGHTEST - _DARKEST), 0.0, 1.0)
    level = np.floor(part * (_LEVELS - 1) + _mix(field.shape))
    coloured_cell = level * _LIGHTS + np.round(lit * (_LIGHTS - 1))
    grey_cell = _LEVELS * _LIGHTS + np.round(lit * (_GREYS - 1))
    return np.asarray(np.where(known, coloured_cell, grey_cell), dtype=np.uint8)


def _mix(shape: tuple[int, ...]) -> FloatArray:
    """Thresholds between 0 and 1 for ordered dithering (Bayer 1973), 4 x 4 pixels repeated."""
    square = np.array([[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]])
    repeated = np.tile((square + 0.5) / 16.0, [-(-size // 4) for size in shape])
    return np.asarray(repeated[: shape[0], : shape[1]])


def _palette(ramp: str) -> list[tuple[int, int, int, int]]:
    """The colours of `ground_cells`."""
    levels = np.repeat(np.linspace(0.0, 1.0, _LEVELS), _LIGHTS).reshape(_LEVELS, _LIGHTS)
    lights = np.linspace(_DARKEST, _LIGHTEST, _LIGHTS)
    shade = np.broadcast_to(lights, levels.shape)
    ground = coloured(levels, ramp=ramp, limits=(0.0, 1.0), shade=shade)
    grey = coloured(np.linspace(0.2, 0.85, _GREYS)[None], ramp="grey", limits=(0.0, 1.0))
    colours = np.concatenate([ground.reshape(-1, 3), grey.reshape(-1, 3)]).tolist()
    return [(red, green, blue, 255) for red, green, blue in colours]


def _filled(shade: npt.ArrayLike) -> FloatArray:
    """A hillshade without holes: edges take the light of the next pixel, others that of a plain."""
    given = np.asarray(shade, dtype=np.float64)
    inner = np.pad(given[1:-1, 1:-1], 1, mode="edge")
    lit = np.where(np.isfinite(given), given, inner)
    return np.where(np.isfinite(lit), lit, np.sqrt(0.5))


def _thinned(values: npt.ArrayLike) -> FloatArray:
    """Means of blocks of pixels, NaN with any NaN."""
    given = np.asarray(values, dtype=np.float64)
    factor = -(-max(given.shape) // _MOST_PIXELS)
    rows, columns = (size // factor for size in given.shape)
    cut = given[: rows * factor, : columns * factor].reshape(rows, factor, columns, factor)
    return np.asarray(cut.mean(axis=(1, 3)))


def _drawing(
    ground: xr.Dataset,
    grid: Grid,
    layer: str,
    *,
    limits: tuple[float, float],
    sites: list[Site],
    words: Words,
) -> Html:
    longest_m = max(grid.rows, grid.columns) * grid.pixel_m
    frame = Frame(grid, _LONGEST / longest_m, _SIDE, _TOP)
    cells = ground_cells(ground[layer].values, ground["hillshade"].values, limits=limits)
    picture = data_png(cells, _palette(ramp_for(ground[layer])))
    marks = [
        PlaceName(
            name=str(number),
            latitude_deg=float(site.latitude_deg or 0.0),
            longitude_deg=float(site.longitude_deg or 0.0),
        )
        for number, site in enumerate(sites, start=1)
    ]
    drawn = Html("".join(map_drawing(frame, picture, marks=marks)))
    width, height = frame.width + 2 * _SIDE, frame.height + _TOP + _FOOT
    return tag(
        "svg", drawn, viewBox=f"0 0 {width:.0f} {height:.0f}", cls="ground", role="img",
        aria_labelledby="map-text",
    )  # fmt: skip


# --- what stands around it -------------------------------------------------------------------


def _legend(
    words: Words, ground: xr.Dataset, layer: str, limits: tuple[float, float]
) -> list[Html]:
    ramp = RAMPS[ramp_for(ground[layer])]
    stops = ", ".join(f"rgb({r} {g} {b})" for r, g, b in ramp)
    bar = tag("span", cls="ramp", style=f"background:linear-gradient(90deg,{stops})")
    told = percent if layer == "illumination_fraction" else lambda value: f"{number(value)} m"
    parts = [
        tag("strong", words.label(f"map.{layer}")),
        tag("span", told(limits[0]), bar, told(limits[1])),
    ]
    if not np.isfinite(ground[layer].values).all():
        swatch = tag("span", cls="ramp hole")
        parts.append(tag("span", swatch, words.label("map.hole")))
    return parts


def _sources(words: Words, ground: xr.Dataset, grid: Grid) -> list[Html]:
    attrs = ground.attrs
    parts = [
        words.either("projection", grid.projection),
        words.label("map.caption", pixel=number(grid.pixel_m)),
        words.label("map.terrain", terrain=str(attrs.get("terrain", "–"))),
    ]
    if "start_utc" in attrs:
        height = number(float(attrs["observer_height_m"]))
        start, end = attrs["start_utc"][:10], attrs["end_utc"][:10]
        parts.append(words.label("map.span", start=start, end=end, height=height))
    if note := attrs.get("note"):
        parts.append(tag("span", f"{note[:1].upper()}{note[1:]}.", lang="en"))
    return [join([part, " "]) for part in parts]


def _site_table(words: Words, ground: xr.Dataset, grid: Grid, sites: list[Site]) -> Html:
    figures = [figure for figure in _FIGURES if figure.layer in ground]
    rows = []
    for count, site in enumerate(sites, start=1):
        place = f" · {number(site.latitude_deg)}°, {number(site.longitude_deg)}°"
        what = [words.name(site), tag("small", words.either("site", site.kind), place)]
        cells = [_told(words, ground, grid, site, figure) for figure in figures]
        rows.append(
            tag(
                "tr",
                tag("td", tag("b", str(count), cls="spot")),
                tag("th", *what, scope="row"),
                *(tag("td", cell, cls="num") for cell in cells),
            )
        )
    head = ["", words.label("map.site"), *(words.label(figure.key) for figure in figures)]
    caption = words.label("map.sites", count=len(sites))
    return table(head, rows, caption=caption, numeric=range(2, len(head)), cls="spots")


def _told(words: Words, ground: xr.Dataset, grid: Grid, site: Site, figure: _Figure) -> str:
    """The layer's figure in the pixel that holds a site."""
    row, column = (int(np.floor(float(k) + 0.5)) for k in grid.pixel_at(*_at(grid, site)))
    row, column = min(row, grid.rows - 1), min(column, grid.columns - 1)
    value = float(ground[figure.layer].values[row, column])
    if not np.isfinite(value):
        return "–"
    if figure.layer == "longest_darkness_s" and value >= _whole_s(ground):
        return words.label("map.always")
    return str(figure.told(value))


def _whole_s(ground: xr.Dataset) -> float:
    """What of a map's span counts as all of it: all but a day. [s]"""
    start, end = (parse_utc(str(ground.attrs[key])) for key in ("start_utc", "end_utc"))
    return float((end - start) / np.timedelta64(1, "s")) - DAY_S
