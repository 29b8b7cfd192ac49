"""A finished map as one SVG file: picture, graticule, names, scale bar, colour bar and sources.

The picture is a PNG inside it; lines and letters stay sharp at any size.
"""

import base64
from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import version
from typing import NamedTuple, TypeAlias
from xml.sax.saxutils import escape

import numpy as np
import numpy.typing as npt
import xarray as xr

from ilrs.moon.grid import Grid
from ilrs.moon.map_colours import NO_DATA, RAMPS, Pixels, png_bytes
from ilrs.moon.map_names import PlaceName
from ilrs.moon.relief import map_scale

__all__ = ["Legend", "map_sheet"]

FloatArray: TypeAlias = npt.NDArray[np.float64]
_Box: TypeAlias = tuple[float, float, float, float]  # left, top, right, bottom

_LEFT, _TOP, _RIGHT, _FOOT = 74.0, 104.0, 166.0, 96.0
_LONGEST = 840.0  # side of the picture
_INK, _QUIET, _PAPER, _ACCENT = "#1b2029", "#5d6470", "#fdfdfb", "#d1342f"
_SANS = "'Source Sans 3','Noto Sans','DejaVu Sans',Arial,sans-serif"
_SERIF = "'Source Serif 4','Noto Serif','DejaVu Serif',Georgia,serif"
_PARALLELS_DEG = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0)
_MERIDIANS_DEG = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0)
_ALONG_LINE = 241
_MOST_NAMES = 24
_HALO = 'paint-order="stroke" stroke-linejoin="round"'


class Legend(NamedTuple):
    """What the colours mean: a ramp between limits, or two kinds of ground."""

    ramp: str
    limits: tuple[float, float]
    unit: str
    kinds: tuple[tuple[str, str], ...] = ()  # colour and word of each kind, in place of a bar
    has_holes: bool = False


class _Frame(NamedTuple):
    """Where the map lies on the sheet."""

    grid: Grid
    per_m: float  # sheet units per map metre

    @property
    def width(self) -> float:
        return self.grid.columns * self.grid.pixel_m * self.per_m

    @property
    def height(self) -> float:
        return self.grid.rows * self.grid.pixel_m * self.per_m

    def place(self, latitude_deg: npt.ArrayLike, longitude_deg: npt.ArrayLike) -> FloatArray:
        """Sheet coordinates of places, last axis x, y."""
        x_m, y_m = self.grid.project(latitude_deg, longitude_deg)
        x = _LEFT + (x_m - self.grid.west_m) * self.per_m
        y = _TOP + (self.grid.north_m - y_m) * self.per_m
        return np.stack(np.broadcast_arrays(x, y), axis=-1)

    def holds(self, points: FloatArray, *, inset: float = 0.0) -> npt.NDArray[np.bool_]:
        x, y = points[..., 0] - _LEFT, points[..., 1] - _TOP
        inside = (x >= inset) & (x <= self.width - inset)
        return np.asarray(inside & (y >= inset) & (y <= self.height - inset))


def map_sheet(
    dataset: xr.Dataset,
    grid: Grid,
    *,
    colours: Pixels,
    legend: Legend,
    title: str,
    subtitle: str,
    names: Sequence[PlaceName] = (),
    marks: Sequence[PlaceName] = (),
) -> str:
    """The sheet as SVG text; `dataset` gives the sources named at its foot."""
    frame = _Frame(grid, _LONGEST / (max(grid.rows, grid.columns) * grid.pixel_m))
    width, height = _LEFT + frame.width + _RIGHT, _TOP + frame.height + _FOOT
    width = max(width, 620.0)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}"'
        f' width="{width:.0f}" height="{height:.0f}" font-family="{_SANS}" fill="{_INK}" role="img"'
        f' aria-label="{escape(title, {chr(34): "&quot;"})}">',
        f'<rect width="100%" height="100%" fill="{_PAPER}"/>',
        f'<clipPath id="map"><rect x="{_LEFT}" y="{_TOP}" width="{frame.width:.1f}"'
        f' height="{frame.height:.1f}"/></clipPath>',
        _text(title, _LEFT, 46, 'font-size="27" font-weight="600"', family=_SERIF),
        _text(subtitle, _LEFT, 70, f'font-size="14" fill="{_QUIET}"'),
        _picture(frame, colours),
        *_graticule(frame, _boxes(frame, marks)),
        *_names(frame, names, marks),
        f'<rect x="{_LEFT}" y="{_TOP}" width="{frame.width:.1f}" height="{frame.height:.1f}"'
        f' fill="none" stroke="{_INK}" stroke-width="1.2"/>',
        *_legend(frame, legend),
        *_scale_bar(frame),
        *_sources(frame, dataset),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _text(
    words: str, x: float, y: float, style: str = "", *, anchor: str = "start", family: str = ""
) -> str:
    font = f' font-family="{family}"' if family else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{font} {style}>{escape(words)}</text>'
    )


def _picture(frame: _Frame, colours: Pixels) -> str:
    data = base64.b64encode(png_bytes(colours)).decode("ascii")
    return (
        f'<image x="{_LEFT}" y="{_TOP}" width="{frame.width:.1f}" height="{frame.height:.1f}"'
        f' preserveAspectRatio="none" href="data:image/png;base64,{data}"/>'
    )


# --- graticule -------------------------------------------------------------------------------


def _graticule(frame: _Frame, taken: Sequence[_Box]) -> Iterator[str]:
    """Parallels and meridians, with their degrees: meridians on the frame, parallels on the map."""
    latitudes, longitudes = _covered(frame)
    step = _nice_step(float(np.ptp(latitudes)), _PARALLELS_DEG, wanted=4)
    parallels = _multiples(latitudes, step)
    parallels = parallels[np.abs(parallels) < 89.999]
    meridians = _multiples(
        longitudes, _nice_step(float(np.ptp(longitudes)), _MERIDIANS_DEG, wanted=8)
    )
    style = f'fill="none" stroke="{_PAPER}" stroke-opacity="0.55" stroke-width="0.9"'
    labels: list[str] = []
    yield f'<g clip-path="url(#map)" {style}>'
    along = _stretched(longitudes, 360.0)
    for latitude in parallels.tolist():
        points = frame.place(latitude, along)
        yield f'<path d="{_path(points, frame)}"/>'
        labels += _parallel_label(frame, points, latitude, taken)
    along = np.clip(_stretched(latitudes, 180.0), -90.0, 90.0)
    reach = _innermost(frame, parallels)
    for longitude in np.unique(np.mod(meridians, 360.0)).tolist():
        up_to = np.clip(along, -reach, reach) if longitude % 90.0 else along
        points = frame.place(up_to, longitude)
        yield f'<path d="{_path(points, frame)}"/>'
        labels += _meridian_labels(frame, points, longitude)
    yield "</g>"
    yield from labels


def _multiples(angles_deg: FloatArray, step: float) -> FloatArray:
    """Multiples of a step between the least and the greatest angle."""
    first, last = np.ceil(angles_deg.min() / step), np.floor(angles_deg.max() / step)
    return np.asarray(np.arange(first, last + 1.0) * step)


def _stretched(angles_deg: FloatArray, most: float) -> FloatArray:
    """Angles along a line that leaves the map on both sides."""
    low, high = float(angles_deg.min()), float(angles_deg.max())
    beyond = min(0.2 * (high - low), 0.5 * (most - (high - low)))
    return np.linspace(low - max(beyond, 0.0), high + max(beyond, 0.0), _ALONG_LINE)


def _covered(frame: _Frame) -> tuple[FloatArray, FloatArray]:
    """Latitudes and longitudes of a net of points on the map, without a jump where that can be."""
    grid = frame.grid
    x = np.linspace(grid.west_m, grid.east_m, 41)[None, :]
    y = np.linspace(grid.south_m, grid.north_m, 41)[:, None]
    latitudes, longitudes = grid.locate(*np.broadcast_arrays(x, y))
    around = [longitudes, np.mod(longitudes + 180.0, 360.0) - 180.0]
    if poles := _poles_on(grid):
        return np.append(latitudes, poles), np.array([0.0, 360.0])
    return latitudes, min(around, key=np.ptp)


def _poles_on(grid: Grid) -> list[float]:
    """Latitudes of the poles on a stereographic map, around which all meridians are seen."""
    if not grid.is_stereographic:
        return []
    return [pole for pole in (-90.0, 90.0) if grid.holds(*map(float, grid.project(pole, 0.0)))]


def _nice_step(span: float, steps: Sequence[float], *, wanted: int) -> float:
    return next((step for step in steps if span / step <= wanted + 0.5), steps[-1])


def _innermost(frame: _Frame, parallels: FloatArray) -> float:
    """Latitude (without sign) where most meridians end, so that they do not crowd at the pole."""
    if not _poles_on(frame.grid) or not parallels.size:
        return 90.0
    return float(np.abs(parallels).max())


def _path(points: FloatArray, frame: _Frame) -> str:
    """SVG path of the parts of a line on or near the map."""
    near = frame.holds(points, inset=-0.5 * max(frame.width, frame.height))
    steps = np.hypot(*np.diff(points, axis=0, prepend=points[:1]).T)
    words, is_drawn = [], False
    for (x, y), is_near, step in zip(points.tolist(), near.tolist(), steps.tolist(), strict=True):
        if is_near:
            is_on = is_drawn and step < frame.width
            words.append(f"{'L' if is_on else 'M'}{x:.1f} {y:.1f}")
        is_drawn = is_near
    return "".join(words)


def _parallel_label(
    frame: _Frame, points: FloatArray, latitude: float, taken: Sequence[_Box]
) -> list[str]:
    """The latitude, once, well inside the frame, off the marks, as low and as left as can be."""
    inside = frame.holds(points, inset=34.0)
    for left, top, right, bottom in taken:
        x, y = points[:, 0], points[:, 1]
        inside &= (x < left - 24.0) | (x > right + 24.0) | (y < top - 8.0) | (y > bottom + 8.0)
    if not inside.any():
        return []
    corner = np.array([_LEFT, _TOP + frame.height])
    distance = np.where(inside, np.hypot(*(points - corner).T), np.inf)
    x, y = points[int(np.argmin(distance))].tolist()
    side = "" if latitude == 0.0 else " S" if latitude < 0.0 else " N"
    return [_halo(f"{abs(latitude):.6g}°{side}", x, y + 4.0, size=11)]


def _meridian_labels(frame: _Frame, points: FloatArray, longitude: float) -> list[str]:
    """The longitude wherever the meridian leaves the frame."""
    inside = frame.holds(points, inset=0.5)  # the poles of a cylindrical map lie on its edges
    labels = []
    for k in np.flatnonzero(inside[1:] != inside[:-1]).tolist():
        inner, outer = (points[k], points[k + 1]) if inside[k] else (points[k + 1], points[k])
        labels.append(_at_frame(frame, inner, outer, _longitude_words(longitude)))
    return labels


def _at_frame(frame: _Frame, inner: FloatArray, outer: FloatArray, words: str) -> str:
    low = np.array([_LEFT, _TOP])
    high = low + (frame.width, frame.height)
    way = np.where(outer == inner, 1e-9, outer - inner)
    part = np.where(way > 0, (high - inner) / way, (low - inner) / way)
    side = int(np.argmin(part))
    x, y = (inner + way * part[side]).tolist()
    style = f'font-size="11.5" fill="{_QUIET}"'
    if side == 0:
        is_right = bool(way[0] > 0)
        return _text(
            words, x + (7 if is_right else -7), y + 4, style, anchor="start" if is_right else "end"
        )
    return _text(words, x, y + (17 if way[1] > 0 else -8), style, anchor="middle")


def _longitude_words(longitude: float) -> str:
    if longitude in (0.0, 180.0):
        return f"{longitude:.6g}°"
    return f"{longitude:.6g}° E" if longitude < 180.0 else f"{360.0 - longitude:.6g}° W"


def _halo(
    words: str, x: float, y: float, *, size: float, anchor: str = "middle", colour: str = _INK
) -> str:
    style = (
        f'font-size="{size:g}" fill="{colour}" stroke="{_PAPER}" stroke-width="3"'
        f' stroke-opacity="0.85" {_HALO}'
    )
    return _text(words, x, y, style, anchor=anchor)


# --- names -----------------------------------------------------------------------------------


def _box(words: str, x: float, y: float, anchor: str) -> _Box:
    """Where letters stand, nearly: as wide as they come on average."""
    wide = 7.2 * len(words)
    left = x - (0.5 * wide if anchor == "middle" else 0.0)
    return left - 3.0, y - 14.0, left + wide + 3.0, y + 5.0


def _boxes(frame: _Frame, marks: Sequence[PlaceName]) -> list[_Box]:
    """What the marks and their names take up."""
    boxes = []
    for mark in marks:
        x, y = frame.place(mark.latitude_deg, mark.longitude_deg).tolist()
        boxes += [(x - 8, y - 8, x + 8, y + 8), _box(mark.name, x + 10, y + 4, "start")]
    return boxes


def _names(frame: _Frame, names: Sequence[PlaceName], marks: Sequence[PlaceName]) -> Iterator[str]:
    """All marks, and names by size, each with its outline and only where its letters have room."""
    taken = _boxes(frame, marks)
    letters: list[str] = []
    yield '<g clip-path="url(#map)">'
    for name in sorted(names, key=lambda place: (-place.diameter_m, place.name)):
        x, y = frame.place(name.latitude_deg, name.longitude_deg).tolist()
        box = _box(name.name, x, y + 4, "middle")
        corners = np.array([box[:2], box[2:]])
        if len(letters) == _MOST_NAMES or not frame.holds(corners).all() or _meets(box, taken):
            continue
        taken.append(box)
        letters.append(_halo(name.name, x, y + 4, size=13))
        radius = 0.5 * name.diameter_m * frame.per_m * _scale_at(frame, name)
        yield (
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="none" stroke="{_PAPER}"'
            ' stroke-opacity="0.75" stroke-width="1" stroke-dasharray="2 4"/>'
        )
    yield from letters
    for mark in marks:
        x, y = frame.place(mark.latitude_deg, mark.longitude_deg).tolist()
        yield (
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="{_ACCENT}" stroke="{_PAPER}"'
            ' stroke-width="1.6"/>'
        )
        yield _halo(mark.name, x + 10, y + 4, size=13, anchor="start", colour=_ACCENT)
    yield "</g>"


def _meets(box: _Box, taken: Sequence[_Box]) -> bool:
    return any(
        box[0] < other[2] and other[0] < box[2] and box[1] < other[3] and other[1] < box[3]
        for other in taken
    )


def _scale_at(frame: _Frame, name: PlaceName) -> float:
    x_m, y_m = frame.grid.project(name.latitude_deg, name.longitude_deg)
    return float(map_scale(frame.grid, x_m, y_m)[1])


# --- around the map --------------------------------------------------------------------------


def _legend(frame: _Frame, legend: Legend) -> Iterator[str]:
    x, y = _LEFT + frame.width + 86.0, _TOP
    if legend.kinds:
        for colour, word in legend.kinds:
            yield _swatch(x - 22.0, y, colour, word)
            y += 24.0
    else:
        length = min(360.0, max(frame.height - 80.0, 120.0))
        low, high = legend.limits
        anchors = RAMPS[legend.ramp]
        stops = "".join(
            f'<stop offset="{k / (len(anchors) - 1):.4f}" stop-color="{_hex(colour)}"/>'
            for k, colour in enumerate(reversed(anchors))
        )
        yield f'<linearGradient id="ramp" x1="0" x2="0" y1="0" y2="1">{stops}</linearGradient>'
        yield _text(legend.unit, x - 22.0, y + 10.0, 'font-size="13" font-weight="600"')
        y += 22.0
        yield (
            f'<rect x="{x - 22:.1f}" y="{y}" width="18" height="{length:.1f}" fill="url(#ramp)"'
            f' stroke="{_INK}" stroke-width="0.7"/>'
        )
        for value in _ticks(low, high):
            at = y + length * (high - value) / (high - low)
            yield (
                f'<line x1="{x - 4:.1f}" x2="{x + 1:.1f}" y1="{at:.1f}" y2="{at:.1f}"'
                f' stroke="{_INK}" stroke-width="0.8"/>'
            )
            yield _text(_number(value), x + 5.0, at + 4.2, 'font-size="12"')
        y += length + 14.0
    if legend.has_holes:
        yield _swatch(x - 22.0, y, _hex(NO_DATA), "no data")


def _swatch(x: float, y: float, colour: str, words: str) -> str:
    box = (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="18" height="14" fill="{colour}" stroke="{_INK}"'
        ' stroke-width="0.7"/>'
    )
    return box + _text(words, x + 25.0, y + 11.5, 'font-size="12"')


def _hex(colour: Iterable[int]) -> str:
    return "#" + "".join(f"{part:02x}" for part in colour)


def _ticks(low: float, high: float) -> list[float]:
    """Round values between two limits, about six."""
    rough = (high - low) / 6.0
    power = 10.0 ** np.floor(np.log10(rough))
    step = next(m * power for m in (1.0, 2.0, 2.5, 5.0, 10.0) if m * power >= rough * 0.999)
    first, last = np.ceil(low / step - 1e-9), np.floor(high / step + 1e-9)
    return [float(k * step) + 0.0 for k in np.arange(first, last + 1.0)]  # never -0


def _number(value: float) -> str:
    text = f"{value:,.6g}" if abs(value) >= 1e5 or abs(value) < 1e4 else f"{value:,.0f}"
    return text.replace("-", "−")


def _scale_bar(frame: _Frame) -> Iterator[str]:
    """A round length of ground, right at the map's middle."""
    grid = frame.grid
    x_m, y_m = 0.5 * (grid.west_m + grid.east_m), 0.5 * (grid.south_m + grid.north_m)
    per_ground_m = float(map_scale(grid, x_m, y_m)[0]) * frame.per_m
    most_m = 0.26 * frame.width / per_ground_m
    power = 10.0 ** np.floor(np.log10(most_m))
    length_m = max(m * power for m in (1.0, 2.0, 5.0) if m * power <= most_m)
    x, y, long = _LEFT, _TOP + frame.height + 38.0, length_m * per_ground_m
    for k in range(4):
        fill = _INK if k % 2 == 0 else _PAPER
        yield (
            f'<rect x="{x + 0.25 * k * long:.1f}" y="{y:.1f}" width="{0.25 * long:.1f}" height="5"'
            f' fill="{fill}" stroke="{_INK}" stroke-width="0.9"/>'
        )
    is_km = length_m >= 1000.0
    for part in (0.0, 0.5, 1.0):
        words = f"{part * length_m / (1e3 if is_km else 1.0):,g}"
        words += (" km" if is_km else " m") if part == 1.0 else ""
        yield _text(words, x + part * long, y + 20.0, 'font-size="12"', anchor="middle")


def _sources(frame: _Frame, dataset: xr.Dataset) -> Iterator[str]:
    """Projection, frame, terrain and software, at the right of the foot."""
    grid, attrs = frame.grid, dataset.attrs
    lines = [
        f"{grid.drawn}, {grid.pixel_m:g} m pixels, sphere {grid.radius_m / 1e3:g} km, {grid.frame}"
    ]
    if attrs.get("terrain"):
        lines.append(f"terrain: {attrs['terrain']}")
    if attrs.get("start_utc") and attrs.get("end_utc"):
        lines.append(f"{attrs['start_utc'][:10]} to {attrs['end_utc'][:10]}")
    lines.append(f"ilrs {version('ilrs')}")
    x, y = _LEFT + frame.width, _TOP + frame.height + 36.0
    for k, words in enumerate(lines):
        yield _text(words, x, y + 15.0 * k, f'font-size="11.5" fill="{_QUIET}"', anchor="end")
