"""A finished map as one SVG file: picture, graticule, names, scale bar, colour bar and sources.

The picture is a PNG inside it; lines and letters stay sharp at any size.
"""

import base64
from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import version
from typing import NamedTuple
from xml.sax.saxutils import escape

import numpy as np
import xarray as xr

from ilrs.moon.grid import Grid
from ilrs.moon.map_colours import NO_DATA, RAMPS, Pixels, png_bytes
from ilrs.moon.map_drawing import INK, PAPER, QUIET, Frame, MapLine, map_drawing, svg_text
from ilrs.moon.map_names import PlaceName

__all__ = ["Legend", "map_sheet"]

_LEFT, _TOP, _RIGHT, _FOOT = 74.0, 104.0, 166.0, 96.0
_LONGEST = 840.0  # side of the picture
_SANS = "'Source Sans 3','Noto Sans','DejaVu Sans',Arial,sans-serif"
_SERIF = "'Source Serif 4','Noto Serif','DejaVu Serif',Georgia,serif"


class Legend(NamedTuple):
    """What the colours mean: a ramp between limits, or two kinds of ground."""

    ramp: str
    limits: tuple[float, float]
    unit: str
    kinds: tuple[tuple[str, str], ...] = ()  # colour and word of each kind, in place of a bar
    holes: str = ""  # what it means where the map has no number, if it has such ground


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
    lines: Sequence[MapLine] = (),
) -> str:
    """The sheet as SVG text; `dataset` gives the sources named at its foot."""
    frame = Frame(grid, _LONGEST / (max(grid.rows, grid.columns) * grid.pixel_m), _LEFT, _TOP)
    width, height = _LEFT + frame.width + _RIGHT, _TOP + frame.height + _FOOT
    width = max(width, 620.0)
    picture = "data:image/png;base64," + base64.b64encode(png_bytes(colours)).decode("ascii")
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}"'
        f' width="{width:.0f}" height="{height:.0f}" font-family="{_SANS}" fill="{INK}" role="img"'
        f' aria-label="{escape(title, {chr(34): "&quot;"})}">',
        f'<rect width="100%" height="100%" fill="{PAPER}"/>',
        svg_text(title, _LEFT, 46, 'font-size="27" font-weight="600"', family=_SERIF),
        svg_text(subtitle, _LEFT, 70, f'font-size="14" fill="{QUIET}"'),
        *map_drawing(frame, picture, names=names, marks=marks, lines=lines),
        *_legend(frame, legend),
        *_sources(frame, dataset),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _legend(frame: Frame, legend: Legend) -> Iterator[str]:
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
        yield svg_text(legend.unit, x - 22.0, y + 10.0, 'font-size="13" font-weight="600"')
        y += 22.0
        yield (
            f'<rect x="{x - 22:.1f}" y="{y}" width="18" height="{length:.1f}" fill="url(#ramp)"'
            f' stroke="{INK}" stroke-width="0.7"/>'
        )
        for value in _ticks(low, high):
            at = y + length * (high - value) / (high - low)
            yield (
                f'<line x1="{x - 4:.1f}" x2="{x + 1:.1f}" y1="{at:.1f}" y2="{at:.1f}"'
                f' stroke="{INK}" stroke-width="0.8"/>'
            )
            yield svg_text(_number(value), x + 5.0, at + 4.2, 'font-size="12"')
        y += length + 14.0
    if legend.holes:
        yield _swatch(x - 22.0, y, _hex(NO_DATA), legend.holes)


def _swatch(x: float, y: float, colour: str, words: str) -> str:
    box = (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="18" height="14" fill="{colour}" stroke="{INK}"'
        ' stroke-width="0.7"/>'
    )
    return box + svg_text(words, x + 25.0, y + 11.5, 'font-size="12"')


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


def _sources(frame: Frame, dataset: xr.Dataset) -> Iterator[str]:
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
        yield svg_text(words, x, y + 15.0 * k, f'font-size="11.5" fill="{QUIET}"', anchor="end")
