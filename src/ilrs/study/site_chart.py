"""Line charts as SVG files that stand alone, in the colours and type of the station book."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ilrs.foundation.time import DAY_S
from ilrs.foundation.windows import Windows
from ilrs.study.book_html import Html, tag
from ilrs.study.book_numbers import number

__all__ = ["COLOURS", "DayAxis", "Panel", "line_chart", "svg_picture", "ticks"]

#: The station book's colours on light paper and on dark.
COLOURS = {
    "paper": ("#fcfcfa", "#0d1015"),
    "ink": ("#15181d", "#e8e9ec"),
    "quiet": ("#59616d", "#9ca4b1"),
    "rule": ("#d8d9d3", "#2a303a"),
    "amber": ("#b26a00", "#f2b23e"),
    "blue": ("#1d66b0", "#6fb1f5"),
    "teal": ("#0a7568", "#4cc7b3"),
    "red": ("#b83a12", "#ff8257"),
}
_FONT = 'system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif'
_WIDTH, _LEFT, _RIGHT, _TOP, _PANEL, _GAP, _FOOT = 760.0, 64.0, 24.0, 68.0, 170.0, 44.0, 66.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One quantity against the chart's horizontal axis."""

    title: str
    values: Sequence[float]
    colour: str  # a name in COLOURS
    top: float | None = None  # highest value of the axis, where it is known


def svg_picture(width: float, height: float, *parts: Html, title: str, description: str) -> str:
    """An SVG file with the book's type and colours, for light and dark paper."""
    light, dark = (
        ";".join(f"--{name}:{pair[k]}" for name, pair in COLOURS.items()) for k in (0, 1)
    )
    style = (
        f"svg{{{light};font:12px {_FONT};font-variant-numeric:tabular-nums}}"
        f"@media (prefers-color-scheme:dark){{svg{{{dark}}}}}"
        "text{fill:var(--quiet)}.name{fill:var(--ink);font-weight:600}"
        ".head{fill:var(--ink);font-size:15px;font-weight:600}"
        ".grid{stroke:var(--rule);stroke-width:1}.axis{stroke:var(--quiet);stroke-width:1}"
    )
    picture = tag(
        "svg",
        tag("title", title),
        tag("desc", description),
        tag("style", Html(style)),
        tag("rect", width=width, height=height, fill="var(--paper)"),
        *parts,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {width:g} {height:g}",
        width=f"{width:g}",
        height=f"{height:g}",
        role="img",
    )
    return f"{picture}\n"


def ticks(low: float, high: float, *, most: int = 5) -> list[float]:
    """Round values from `low` to `high`, at most so many and one; of steps 1, 2, 5 times 10^n."""
    width = (high - low) / most
    power = 10.0 ** math.floor(math.log10(width)) if width > 0.0 else 1.0
    step = next(size * power for size in (1.0, 2.0, 5.0, 10.0) if size * power >= 0.999 * width)
    return [
        k * step for k in range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class DayAxis:
    """Days of a span from left to right, in a picture; instants in seconds."""

    span_s: tuple[float, float]
    left: float
    right: float

    def x_of(self, t_s: float) -> float:
        """Where an instant lies."""
        start_s, end_s = self.span_s
        return self.left + (t_s - start_s) / (end_s - start_s) * (self.right - self.left)

    def lines(self, *, top: float, low: float, most: int) -> list[Html]:
        """A line for every round day, its number below; `most` and one of them at most."""
        start_s, end_s = self.span_s
        parts = []
        for day in ticks(0.0, (end_s - start_s) / DAY_S, most=most):
            at = f"{self.x_of(start_s + day * DAY_S):.1f}"
            parts.append(tag("line", x1=at, x2=at, y1=top - 6, y2=low, stroke="var(--rule)"))
            parts.append(tag("text", f"{day:g}", x=at, y=low + 16, text_anchor="middle"))
        return parts

    def bars(
        self, windows: Windows, *, y: float, height: float, least: float, fill: str, opacity: float
    ) -> list[Html]:
        """A bar for each window, `least` wide at least."""
        parts = []
        for start_s, end_s in windows:
            left, right = self.x_of(start_s), self.x_of(end_s)
            parts.append(
                tag("rect", x=f"{left:.2f}", y=y, width=f"{max(right - left, least):.2f}",
                    height=height, fill=fill, fill_opacity=f"{opacity:g}")
            )  # fmt: skip
        return parts


def line_chart(
    x: Sequence[float], panels: Sequence[Panel], *, title: str, x_title: str, foot: str
) -> str:
    """Panels one below the other over one axis, as an SVG file; values stand at their points."""
    height = _TOP + len(panels) * (_PANEL + _GAP) - _GAP + _FOOT
    right = max(max(x), min(x) + 1e-9)
    parts = [tag("text", title, x=_LEFT, y=26, cls="head")]
    for k, panel in enumerate(panels):
        parts.append(_panel(x, panel, top=_TOP + k * (_PANEL + _GAP), last=k == len(panels) - 1))
    low = height - _FOOT
    for value in ticks(min(x), right, most=8):
        at = f"{_x_of(value, x):.1f}"
        parts.append(tag("text", number(value), x=at, y=low + 18, text_anchor="middle"))
    middle = f"{0.5 * (_LEFT + _WIDTH - _RIGHT):.1f}"
    parts.append(tag("text", x_title, x=middle, y=low + 36, text_anchor="middle"))
    parts.append(tag("text", foot, x=_LEFT, y=height - 8, font_size=11))
    return svg_picture(_WIDTH, height, *parts, title=title, description=foot)


def _x_of(value: float, x: Sequence[float]) -> float:
    part = (value - min(x)) / max(max(x) - min(x), 1e-9)
    return _LEFT + part * (_WIDTH - _LEFT - _RIGHT)


def _panel(x: Sequence[float], panel: Panel, *, top: float, last: bool) -> Html:
    values = np.asarray(panel.values, dtype=np.float64)
    low, high = _range(values, panel.top)

    def y(value: float) -> float:
        return top + (high - value) / (high - low) * _PANEL

    colour = f"var(--{panel.colour})"
    parts = [tag("text", panel.title, x=_LEFT, y=top - 10, cls="name")]
    for value in ticks(low, high):
        at = f"{y(value):.1f}"
        parts.append(tag("line", x1=_LEFT, x2=_WIDTH - _RIGHT, y1=at, y2=at, cls="grid"))
        parts.append(tag("text", number(value), x=_LEFT - 8, y=at, dy=4, text_anchor="end"))
    bottom = f"{top + _PANEL:.1f}"
    parts.append(tag("line", x1=_LEFT, x2=_WIDTH - _RIGHT, y1=bottom, y2=bottom, cls="axis"))
    points = [(_x_of(a, x), y(float(b)), float(b)) for a, b in zip(x, values, strict=True)]
    line = " ".join(f"{a:.1f},{b:.1f}" for a, b, _ in points)
    parts.append(tag("polyline", points=line, fill="none", stroke=colour, stroke_width=1.8))
    for a, b, value in points:
        told = tag("title", number(value))
        parts.append(tag("circle", told, cx=f"{a:.1f}", cy=f"{b:.1f}", r=2.6, fill=colour))
    return tag("g", *parts)


def _range(values: "np.typing.NDArray[np.float64]", top: float | None) -> tuple[float, float]:
    """Round ends of an axis around the values, never below nothing; small changes stay visible."""
    low, high = float(values.min()), float(values.max())
    margin = max(0.08 * (high - low), 0.01 * abs(high), 1e-6)
    low, high = max(0.0, low - margin), high + margin
    return low, high if top is None else min(high, top)
