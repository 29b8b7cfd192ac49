"""A map drawn as SVG: picture, graticule, names, marks and scale bar, without words of a language.

What stands around it (title, legend, sources) is `ilrs.moon.map_sheet` for a sheet of its own, and
the station book for its page.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple, TypeAlias
from xml.sax.saxutils import escape

import numpy as np
import numpy.typing as npt

from ilrs.moon.grid import Grid
from ilrs.moon.map_names import PlaceName
from ilrs.moon.relief import map_scale

__all__ = ["INK", "PAPER", "QUIET", "Frame", "MapLine", "map_drawing", "svg_text"]

FloatArray: TypeAlias = npt.NDArray[np.float64]
_Box: TypeAlias = tuple[float, float, float, float]  # left, top, right, bottom

INK, QUIET, PAPER = "#1b2029", "#5d6470", "#fdfdfb"
_ACCENT = "#d1342f"
_PARALLELS_DEG = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0)
_MERIDIANS_DEG = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0)
_ALONG_LINE = 241
_MOST_NAMES = 24
_HALO = 'paint-order="stroke" stroke-linejoin="round"'


class Frame(NamedTuple):
    """Where the map lies on the sheet."""

    grid: Grid
    per_m: float  # sheet units per map metre
    left: float
    top: float
    clip: str = "map-frame"  # id of its outline, one of its own for each map of a page

    @property
    def width(self) -> float:
        return self.grid.columns * self.grid.pixel_m * self.per_m

    @property
    def height(self) -> float:
        return self.grid.rows * self.grid.pixel_m * self.per_m

    def place(self, latitude_deg: npt.ArrayLike, longitude_deg: npt.ArrayLike) -> FloatArray:
        """Sheet coordinates of places, last axis x, y."""
        x_m, y_m = self.grid.project(latitude_deg, longitude_deg)
        x = self.left + (x_m - self.grid.west_m) * self.per_m
        y = self.top + (self.grid.north_m - y_m) * self.per_m
        return np.stack(np.broadcast_arrays(x, y), axis=-1)

    def holds(self, points: FloatArray, *, inset: float = 0.0) -> npt.NDArray[np.bool_]:
        x, y = points[..., 0] - self.left, points[..., 1] - self.top
        inside = (x >= inset) & (x <= self.width - inset)
        return np.asarray(inside & (y >= inset) & (y <= self.height - inset))


class MapLine(NamedTuple):
    """A line over a map, from place to place."""

    latitude_deg: npt.ArrayLike
    longitude_deg: npt.ArrayLike


def map_drawing(
    frame: Frame,
    picture: str,
    *,
    names: Sequence[PlaceName] = (),
    marks: Sequence[PlaceName] = (),
    lines: Sequence[MapLine] = (),
) -> Iterator[str]:
    """SVG elements of a map; `picture` is the address of its image, as a rule a `data:` one.

    `names` are lettered with their outlines as far as there is room, `marks` always; `lines` lie
    over the graticule.
    """
    box = (
        f'x="{frame.left:g}" y="{frame.top:g}" width="{frame.width:.1f}"'
        f' height="{frame.height:.1f}"'
    )
    yield f'<clipPath id="{frame.clip}"><rect {box}/></clipPath>'
    yield f'<image {box} preserveAspectRatio="none" href="{picture}"/>'
    placed = _placed_marks(frame, marks)
    yield from _graticule(frame, [box for mark in placed for box in mark.boxes])
    for line in lines:
        path = _path(frame.place(line.latitude_deg, line.longitude_deg), frame)
        style = f'd="{path}" fill="none" stroke-linejoin="round" clip-path="url(#{frame.clip})"'
        yield f'<path {style} stroke="{PAPER}" stroke-width="5"/>'
        yield f'<path {style} stroke="{_ACCENT}" stroke-width="2.2"/>'
    yield from _names(frame, names, placed)
    yield f'<rect {box} fill="none" stroke="{INK}" stroke-width="1.2"/>'
    yield from _scale_bar(frame)


def svg_text(
    words: str, x: float, y: float, style: str = "", *, anchor: str = "start", family: str = ""
) -> str:
    font = f' font-family="{family}"' if family else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{font} {style}>{escape(words)}</text>'
    )


# --- graticule -------------------------------------------------------------------------------


def _graticule(frame: Frame, taken: Sequence[_Box]) -> Iterator[str]:
    """Parallels and meridians, with their degrees: meridians on the frame, parallels on the map."""
    latitudes, longitudes = _covered(frame)
    step = _nice_step(float(np.ptp(latitudes)), _PARALLELS_DEG, wanted=4)
    parallels = _multiples(latitudes, step)
    parallels = parallels[np.abs(parallels) < 89.999]
    meridians = _multiples(
        longitudes, _nice_step(float(np.ptp(longitudes)), _MERIDIANS_DEG, wanted=8)
    )
    style = f'fill="none" stroke="{PAPER}" stroke-opacity="0.55" stroke-width="0.9"'
    on_map: list[str] = []
    labels: list[str] = []
    yield f'<g clip-path="url(#{frame.clip})" {style}>'
    along = _stretched(longitudes, 360.0)
    for latitude in parallels.tolist():
        points = frame.place(latitude, along)
        yield f'<path d="{_path(points, frame)}"/>'
        on_map += _parallel_label(frame, points, latitude, taken)
    along = np.clip(_stretched(latitudes, 180.0), -90.0, 90.0)
    reach = _innermost(frame, parallels)
    for longitude in np.unique(np.mod(meridians, 360.0)).tolist():
        up_to = np.clip(along, -reach, reach) if longitude % 90.0 else along
        points = frame.place(up_to, longitude)
        yield f'<path d="{_path(points, frame)}"/>'
        labels += _meridian_labels(frame, points, longitude)
    yield "</g>"
    yield "<g>" + "".join(on_map) + "</g>"
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


def _covered(frame: Frame) -> tuple[FloatArray, FloatArray]:
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


def _innermost(frame: Frame, parallels: FloatArray) -> float:
    """Latitude (without sign) where most meridians end, so that they do not crowd at the pole."""
    if not _poles_on(frame.grid) or not parallels.size:
        return 90.0
    return float(np.abs(parallels).max())


def _path(points: FloatArray, frame: Frame) -> str:
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
    frame: Frame, points: FloatArray, latitude: float, taken: Sequence[_Box]
) -> list[str]:
    """The latitude, once, well inside the frame, off the marks, as low and as left as can be."""
    inside = frame.holds(points, inset=34.0)
    for left, top, right, bottom in taken:
        x, y = points[:, 0], points[:, 1]
        inside &= (x < left - 24.0) | (x > right + 24.0) | (y < top - 8.0) | (y > bottom + 8.0)
    if not inside.any():
        return []
    corner = np.array([frame.left, frame.top + frame.height])
    distance = np.where(inside, np.hypot(*(points - corner).T), np.inf)
    x, y = points[int(np.argmin(distance))].tolist()
    side = "" if latitude == 0.0 else " S" if latitude < 0.0 else " N"
    return [_halo(f"{abs(latitude):.6g}°{side}", x, y + 4.0, size=11)]


def _meridian_labels(frame: Frame, points: FloatArray, longitude: float) -> list[str]:
    """The longitude wherever the meridian leaves the frame."""
    inside = frame.holds(points, inset=0.5)  # the poles of a cylindrical map lie on its edges
    labels = []
    for k in np.flatnonzero(inside[1:] != inside[:-1]).tolist():
        inner, outer = (points[k], points[k + 1]) if inside[k] else (points[k + 1], points[k])
        labels.append(_at_frame(frame, inner, outer, _longitude_words(longitude)))
    return labels


def _at_frame(frame: Frame, inner: FloatArray, outer: FloatArray, words: str) -> str:
    low = np.array([frame.left, frame.top])
    high = low + (frame.width, frame.height)
    way = np.where(outer == inner, 1e-9, outer - inner)
    part = np.where(way > 0, (high - inner) / way, (low - inner) / way)
    side = int(np.argmin(part))
    x, y = (inner + way * part[side]).tolist()
    style = f'font-size="11.5" fill="{QUIET}"'
    if side == 0:
        is_right = bool(way[0] > 0)
        return svg_text(
            words, x + (7 if is_right else -7), y + 4, style, anchor="start" if is_right else "end"
        )
    return svg_text(words, x, y + (17 if way[1] > 0 else -8), style, anchor="middle")


def _longitude_words(longitude: float) -> str:
    if longitude in (0.0, 180.0):
        return f"{longitude:.6g}°"
    return f"{longitude:.6g}° E" if longitude < 180.0 else f"{360.0 - longitude:.6g}° W"


def _halo(
    words: str, x: float, y: float, *, size: float, anchor: str = "middle", colour: str = INK
) -> str:
    style = (
        f'font-size="{size:g}" fill="{colour}" stroke="{PAPER}" stroke-width="3"'
        f' stroke-opacity="0.85" {_HALO}'
    )
    return svg_text(words, x, y, style, anchor=anchor)


# --- names -----------------------------------------------------------------------------------


def _box(words: str, x: float, y: float, anchor: str) -> _Box:
    """Where letters stand, nearly: as wide as they come on average."""
    wide = 7.2 * len(words)
    left = x - {"start": 0.0, "middle": 0.5, "end": 1.0}[anchor] * wide
    return left - 3.0, y - 14.0, left + wide + 3.0, y + 5.0


class _Mark(NamedTuple):
    """A mark and its name where they stand."""

    x: float
    y: float
    name: str
    at: tuple[float, float, str]  # of the name: x, y, and which end of it is there
    boxes: tuple[_Box, _Box]  # what dot and name take up


def _dot(x: float, y: float) -> _Box:
    return x - 8.0, y - 8.0, x + 8.0, y + 8.0


def _placed_marks(frame: Frame, marks: Sequence[PlaceName]) -> list[_Mark]:
    """The marks, each name on the first side of its dot that other dots and names leave free."""
    spots = [frame.place(mark.latitude_deg, mark.longitude_deg).tolist() for mark in marks]
    placed: list[_Mark] = []
    for k, (mark, (x, y)) in enumerate(zip(marks, spots, strict=True)):
        taken = [_dot(*spot) for j, spot in enumerate(spots) if j != k]
        taken += [other.boxes[1] for other in placed]
        sides = (
            (x + 10.0, y + 4.0, "start"), (x - 10.0, y + 4.0, "end"),
            (x, y - 11.0, "middle"), (x, y + 20.0, "middle"),
        )  # fmt: skip
        free = (side for side in sides if not _meets(_box(mark.name, *side), taken))
        at = next(free, sides[0])
        placed.append(_Mark(x, y, mark.name, at, (_dot(x, y), _box(mark.name, *at))))
    return placed


def _names(frame: Frame, names: Sequence[PlaceName], marks: Sequence[_Mark]) -> Iterator[str]:
    """All marks, and names by size, each with its outline and only where its letters have room."""
    taken = [box for mark in marks for box in mark.boxes]
    letters: list[str] = []
    yield f'<g clip-path="url(#{frame.clip})">'
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
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="none" stroke="{PAPER}"'
            ' stroke-opacity="0.75" stroke-width="1" stroke-dasharray="2 4"/>'
        )
    yield from letters
    for mark in marks:
        yield (
            f'<circle cx="{mark.x:.1f}" cy="{mark.y:.1f}" r="5" fill="{_ACCENT}" stroke="{PAPER}"'
            ' stroke-width="1.6"/>'
        )
        x, y, anchor = mark.at
        yield _halo(mark.name, x, y, size=13, anchor=anchor, colour=_ACCENT)
    yield "</g>"


def _meets(box: _Box, taken: Sequence[_Box]) -> bool:
    return any(
        box[0] < other[2] and other[0] < box[2] and box[1] < other[3] and other[1] < box[3]
        for other in taken
    )


def _scale_at(frame: Frame, name: PlaceName) -> float:
    x_m, y_m = frame.grid.project(name.latitude_deg, name.longitude_deg)
    return float(map_scale(frame.grid, x_m, y_m)[1])


def _scale_bar(frame: Frame) -> Iterator[str]:
    """A round length of ground, right at the map's middle."""
    grid = frame.grid
    x_m, y_m = 0.5 * (grid.west_m + grid.east_m), 0.5 * (grid.south_m + grid.north_m)
    per_ground_m = float(map_scale(grid, x_m, y_m)[0]) * frame.per_m
    most_m = 0.26 * frame.width / per_ground_m
    power = 10.0 ** np.floor(np.log10(most_m))
    length_m = max(m * power for m in (1.0, 2.0, 5.0) if m * power <= most_m)
    x, y, long = frame.left, frame.top + frame.height + 38.0, length_m * per_ground_m
    for k in range(4):
        fill = INK if k % 2 == 0 else PAPER
        yield (
            f'<rect x="{x + 0.25 * k * long:.1f}" y="{y:.1f}" width="{0.25 * long:.1f}" height="5"'
            f' fill="{fill}" stroke="{INK}" stroke-width="0.9"/>'
        )
    is_km = length_m >= 1000.0
    for part in (0.0, 0.5, 1.0):
        words = f"{part * length_m / (1e3 if is_km else 1.0):,g}"
        words += (" km" if is_km else " m") if part == 1.0 else ""
        yield svg_text(words, x + part * long, y + 20.0, 'font-size="12"', anchor="middle")
