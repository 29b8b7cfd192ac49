"""The ranked ground as a map, GeoJSON and CSV."""

import csv
import io
import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from ilrs.moon.grid import Grid
from ilrs.moon.map_layout import map_grid
from ilrs.moon.relief import map_scale
from ilrs.study.book_data import data_png
from ilrs.study.book_html import Html, tag
from ilrs.study.book_numbers import number
from ilrs.study.site_chart import svg_picture, ticks
from ilrs.study.site_criteria import Criteria
from ilrs.study.site_rank import RankedSite
from ilrs.study.site_sets import LitSet

__all__ = ["rank_svg", "sites_csv", "sites_geojson"]

_SIZE, _LEFT, _TOP, _FOOT = 720.0, 20.0, 52.0, 74.0
_MOST_PIXELS = 1024  # along a side of the picture; larger maps are thinned
_LEVELS = 24
# Scores from grey blue to pale yellow, as the station book's light; limits leave grey relief.
_RAMP = ((38, 53, 92), (96, 92, 116), (173, 130, 84), (240, 181, 62), (255, 240, 190))
_SHADOW = (14, 20, 38, 255)
_NOTHING = (0, 0, 0, 0)


def rank_svg(
    layers: xr.Dataset, sites: Sequence[RankedSite], *, sets: Sequence[LitSet], title: str
) -> str:
    """The score over shaded relief with the best sites numbered, as an SVG file.

    Ground outside a limit is grey, ground that never sees the Sun dark blue; a line joins the pair
    that is lit longest together. `layers` as `ilrs.study.site_rank.scored` gives them.
    """
    grid = map_grid(layers)
    height = _SIZE * grid.rows / grid.columns
    picture = tag(
        "image", x=_LEFT, y=_TOP, width=_SIZE, height=f"{height:.1f}", preserveAspectRatio="none",
        style="image-rendering:pixelated", href=data_png(_cells(layers), _palette()),
    )  # fmt: skip
    frame = tag("rect", x=_LEFT, y=_TOP, width=_SIZE, height=f"{height:.1f}")
    clip = tag("defs", tag("clipPath", frame, id="frame"))
    drawn = tag(
        "g", *_graticule(grid), *_pair(grid, sets), *_marks(grid, sites), clip_path="url(#frame)"
    )
    foot = _TOP + height
    attrs = layers.attrs
    told = (
        f"{str(attrs.get('start_utc', ''))[:10]} to {str(attrs.get('end_utc', ''))[:10]}, "
        f"{attrs.get('observer_height_m', 0.0):g} m above ground, {attrs.get('terrain', '')}"
    )
    return svg_picture(
        _SIZE + 2 * _LEFT,
        foot + _FOOT,
        clip,
        tag("text", title, x=_LEFT, y=26, cls="head"),
        tag("text", told, x=_LEFT, y=43),
        picture,
        drawn,
        *_scale_bar(grid, foot + 22.0),
        *_legend(foot + 52.0),
        title=title,
        description=told,
    )


def _cells(layers: xr.Dataset) -> npt.NDArray[np.uint8]:
    """Palette indices: scores, then grey relief, shadow, nothing."""
    stride = -(-max(layers.sizes["y_m"], layers.sizes["x_m"]) // _MOST_PIXELS)
    cut = layers.isel(y_m=slice(None, None, stride), x_m=slice(None, None, stride))
    score, shade = cut["score"].values, cut["hillshade"].values
    allowed = cut["is_allowed"].values
    low, high = _score_range(layers)
    part = (np.nan_to_num(score) - low) / (high - low)
    cells = np.round(np.clip(part, 0.0, 1.0) * (_LEVELS - 1)).astype(np.uint8)
    grey = np.round(np.clip(np.nan_to_num(shade), 0.0, 1.0) * (_LEVELS - 1)).astype(np.uint8)
    cells = np.where(allowed, cells, grey + np.uint8(_LEVELS))
    cells = np.where(cut["is_permanently_shadowed"].values, np.uint8(2 * _LEVELS), cells)
    return np.ascontiguousarray(np.where(np.isfinite(shade), cells, np.uint8(2 * _LEVELS + 1)))


def _score_range(layers: xr.Dataset) -> tuple[float, float]:
    scores = layers["score"].values[np.asarray(layers["is_allowed"].values, dtype=bool)]
    if not scores.size:
        return 0.0, 1.0
    return float(scores.min()), max(float(scores.max()), float(scores.min()) + 1e-6)


def _palette() -> list[tuple[int, int, int, int]]:
    place = np.linspace(0, len(_RAMP) - 1, _LEVELS)
    channels = [np.interp(place, range(len(_RAMP)), [c[k] for c in _RAMP]) for k in range(3)]
    scores = np.round(np.stack(channels, axis=1)).astype(int).tolist()
    greys = np.round(np.linspace(40, 190, _LEVELS)).astype(int).tolist()
    opaque = [(r, g, b, 255) for r, g, b in scores] + [(g, g, g, 255) for g in greys]
    return opaque + [_SHADOW] + [_NOTHING] * (256 - 2 * _LEVELS - 1)


def _at(grid: Grid, latitude_deg: Any, longitude_deg: Any) -> tuple[Any, Any]:
    """Where places stand in the drawing."""
    x, y = grid.project(latitude_deg, longitude_deg)
    size = _SIZE / (grid.east_m - grid.west_m)
    return _LEFT + (x - grid.west_m) * size, _TOP + (grid.north_m - y) * size


def _path(x: Any, y: Any) -> str:
    pairs = zip(np.ravel(x).tolist(), np.ravel(y).tolist(), strict=True)
    return " ".join(f"{a:.1f},{b:.1f}" for a, b in pairs)


def _graticule(grid: Grid) -> list[Html]:
    """Parallels at round latitudes and a meridian every 30 deg, each with its name on the map."""
    style: dict[str, Any] = {"fill": "none", "stroke": "#ffffff", "stroke_opacity": 0.35}
    corners = grid.locate(
        np.array([grid.west_m, grid.east_m, grid.west_m, grid.east_m]),
        np.array([grid.north_m, grid.north_m, grid.south_m, grid.south_m]),
    )[0]
    most = 90.0 - float(np.abs(corners).min())
    lines = []
    for off in ticks(0.0, most, most=6)[1:]:
        latitude = grid.pole * (90.0 - off)
        x, y = _at(grid, latitude, np.linspace(0.0, 360.0, 361))
        lines.append(tag("polyline", points=_path(x, y), **style))
        lines += _name_inside(grid, x, y, f"{number(abs(latitude), digits=5)}° {_side(grid)}")
    for longitude in range(0, 360, 30):
        x, y = _at(grid, grid.pole * np.linspace(90.0, 90.0 - most, 60), longitude)
        lines.append(tag("polyline", points=_path(x, y), **style))
        lines += _name_inside(grid, x[::-1], y[::-1], f"{longitude}° E")
    return lines


def _side(grid: Grid) -> str:
    return "S" if grid.pole < 0 else "N"


def _name_inside(grid: Grid, x: Any, y: Any, name: str) -> list[Html]:
    """A line's name at its first point well within the frame; none where there is no such point."""
    height = _SIZE * grid.rows / grid.columns
    held = (x > _LEFT + 24) & (x < _LEFT + _SIZE - 60) & (y > _TOP + 16) & (y < _TOP + height - 8)
    if not held.any():
        return []
    k = int(np.argmax(held))
    return [
        tag("text", name, x=f"{x[k] + 3:.1f}", y=f"{y[k] - 3:.1f}", font_size=10,
            style="fill:#ffffff;fill-opacity:.8")
    ]  # fmt: skip


def _marks(grid: Grid, sites: Sequence[RankedSite]) -> list[Html]:
    marks = []
    for site in sites:
        x, y = (float(value) for value in _at(grid, site.latitude_deg, site.longitude_deg))
        told = tag("title", f"{site.rank}: score {number(site.score, digits=3)}")
        marks.append(
            tag("circle", told, cx=f"{x:.1f}", cy=f"{y:.1f}", r=5, fill="none", stroke="#ffffff",
                stroke_width=1.6)
        )  # fmt: skip
        marks.append(
            tag("text", f"{site.rank}", x=f"{x + 8:.1f}", y=f"{y + 4:.1f}",
                style="fill:#ffffff;font-weight:600")
        )  # fmt: skip
    return marks


def _pair(grid: Grid, sets: Sequence[LitSet]) -> list[Html]:
    pair = next((one for one in sets if len(one.points_deg) == 2), None)
    if pair is None:
        return []
    points = np.array(pair.points_deg)
    x, y = _at(grid, points[:, 0], points[:, 1])
    return [
        tag("polyline", points=_path(x, y), stroke="#6fe0cd", stroke_width=2, fill="none",
            stroke_dasharray="5 3")
    ]  # fmt: skip


def _scale_bar(grid: Grid, y: float) -> list[Html]:
    """A bar of round length, true on the sphere at the map's middle."""
    middle = 0.5 * (grid.west_m + grid.east_m), 0.5 * (grid.north_m + grid.south_m)
    width_m = (grid.east_m - grid.west_m) / float(map_scale(grid, *middle)[0])
    length_m = ticks(0.0, width_m / 4.0, most=2)[-1]
    pixels = length_m / width_m * _SIZE
    told = f"{number(length_m / 1e3)} km" if length_m >= 1e3 else f"{number(length_m)} m"
    ends = {"y1": y, "y2": y, "stroke": "var(--ink)", "stroke_width": 3}
    return [
        tag("line", x1=_LEFT, x2=f"{_LEFT + pixels:.1f}", **ends),
        tag("text", told, x=f"{_LEFT + pixels + 8:.1f}", y=y + 4),
    ]


def _legend(y: float) -> list[Html]:
    stops = [
        tag("stop", offset=f"{k / (len(_RAMP) - 1):g}", stop_color=f"rgb({r} {g} {b})")
        for k, (r, g, b) in enumerate(_RAMP)
    ]
    ramp = tag("defs", tag("linearGradient", *stops, id="ramp"))
    bar = tag("rect", x=_LEFT, y=y - 9, width=90, height=10, fill="url(#ramp)")
    keys = (
        (_LEFT + 98.0, "lowest to highest score", None),
        (_LEFT + 270.0, "outside a limit", "rgb(120 120 120)"),
        (_LEFT + 400.0, "never sees the Sun", f"rgb{_SHADOW[:3]}".replace(",", "")),
        (_LEFT + 550.0, "lit together", "#2ea893"),
    )
    parts = [ramp, bar]
    for x, text, colour in keys:
        if colour:
            parts.append(tag("rect", x=x - 16, y=y - 9, width=10, height=10, fill=colour))
        parts.append(tag("text", text, x=x, y=y))
    return parts


def _record(site: RankedSite) -> dict[str, Any]:
    return {
        "rank": site.rank,
        "score": round(site.score, 4),
        "latitude_deg": round(site.latitude_deg, 5),
        "longitude_deg": round(site.longitude_deg, 4),
        "height_m": round(site.height_m, 1),
    }


def _figures(site: RankedSite, criteria: Criteria) -> dict[str, float | None]:
    """Each layer's figure under its name with the unit, None where there is none."""
    suffix = {"1": "_fraction", "s": "_s", "m": "_m", "deg": "_deg"}
    return {
        f"{name}{suffix[criteria.layers[name].unit]}": round(value, 4)
        if np.isfinite(value)
        else None
        for name, value in site.figures.items()
    }


def sites_csv(sites: Sequence[RankedSite], criteria: Criteria) -> str:
    """The best sites as CSV, one a line, units in the column names."""
    out = io.StringIO()
    rows = [_record(site) | _figures(site, criteria) for site in sites]
    writer = csv.DictWriter(out, list(rows[0]) if rows else ["rank"], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def sites_geojson(
    sites: Sequence[RankedSite],
    *,
    criteria: Criteria,
    sets: Sequence[LitSet] = (),
    facts: dict[str, Any],
) -> str:
    """Sites as points and sets as multi-points, in lunar longitude and latitude (frame MOON_ME).

    RFC 7946 knows Earth alone: `frame` says which Moon-fixed frame the coordinates are in. `facts`
    (where the ranking came from) stand beside the features.
    """
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": _lon_lat(site)},
            "properties": _record(site) | _figures(site, criteria),
        }
        for site in sites
    ]
    features += [
        {
            "type": "Feature",
            "geometry": {
                "type": "MultiPoint",
                "coordinates": [[round(lon, 4), round(lat, 5)] for lat, lon in one.points_deg],
            },
            "properties": {
                "lit_together_fraction": round(one.lit_fraction, 4),
                "lit_alone_fractions": [round(share, 4) for share in one.alone_fractions],
                "longest_darkness_s": one.longest_darkness_s,
                "span_m": round(one.span_m, 1),
            },
        }
        for one in sets
    ]
    record = {"type": "FeatureCollection", "frame": "MOON_ME", **facts, "features": features}
    return json.dumps(record, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def _lon_lat(site: RankedSite) -> list[float]:
    return [round(site.longitude_deg, 4), round(site.latitude_deg, 5)]
