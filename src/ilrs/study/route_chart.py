"""A route's profile as an SVG file: ground by distance; doings, battery and margin by day."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ilrs.foundation.windows import Windows
from ilrs.study.book_html import Html, tag
from ilrs.study.book_numbers import number
from ilrs.study.route import RouteAnswer
from ilrs.study.site_chart import DayAxis, svg_picture, ticks

__all__ = ["route_chart"]

_WIDTH, _LEFT, _RIGHT, _TOP = 860.0, 74.0, 24.0, 74.0
_PANEL, _GAP, _ROW, _FOOT = 140.0, 58.0, 22.0, 46.0
_DOINGS = (("drive", "blue"), ("wait", "amber"), ("hibernate", "red"))


def route_chart(answer: RouteAnswer) -> str:
    """Height over distance; driving, waiting, sleeping, the battery and the margin over days."""
    case, way = answer.case, answer.way
    ends = " to ".join(name for name in case.names if name)
    title = f"{case.element.name or case.element.id}: {ends}"
    days = answer.arrival_s / 86400.0
    foot = (
        f"from {case.utc(0.0)}; {answer.distance_m / 1e3:.1f} km in {days:.1f} d;"
        f" terrain {', '.join(case.terrain_sha256)}"
    )
    axis = DayAxis(span_s=(0.0, max(answer.arrival_s, 3600.0)), left=_LEFT, right=_WIDTH - _RIGHT)
    top = _TOP
    parts = [tag("text", title, x=_LEFT, y=26, cls="head")]
    parts += _heights(answer, top)
    top += _PANEL + _GAP
    low = top + len(_DOINGS) * _ROW + (2.0 if "margin_s" in way else 1.0) * (_GAP + _PANEL)
    parts += axis.lines(top=top, low=low, most=10)
    parts += _doings(answer, axis, top)
    top += len(_DOINGS) * _ROW + _GAP
    arrive, depart = way["arrive_s"].values, way["depart_s"].values
    times = np.ravel(np.stack([arrive, depart], axis=1))
    energy = np.ravel(
        np.stack([way["battery_arrive_wh"].values, way["battery_depart_wh"].values], axis=1)
    )
    parts += _curve(axis, times, energy, top=top, title="battery [Wh]", colour="teal")
    if "margin_s" in way:
        stood = np.ravel(np.stack([0.0 * arrive, depart - arrive], axis=1))
        late_h = (np.repeat(way["margin_s"].values, 2) - stood) / 3600.0
        parts += _curve(axis, times, late_h, top=top + _PANEL + _GAP,
                        title="how much later and live [h]", colour="red")  # fmt: skip
    middle = f"{0.5 * (_LEFT + _WIDTH - _RIGHT):.1f}"
    parts.append(tag("text", "days since departure", x=middle, y=low + 34, text_anchor="middle"))
    parts.append(tag("text", foot, x=_LEFT, y=low + 54, font_size=11))
    return svg_picture(_WIDTH, low + _FOOT + 18, *parts, title=title, description=foot)


def _heights(answer: RouteAnswer, top: float) -> list[Html]:
    along_km = answer.way["distance_m"].values / 1e3
    height = answer.way["height_m"].values
    waits = answer.way["depart_s"].values - answer.way["arrive_s"].values
    reach = max(float(along_km[-1]), 1e-3)
    low, high = _ends(height)

    def x(value: float) -> float:
        return _LEFT + value / reach * (_WIDTH - _LEFT - _RIGHT)

    parts = [tag("text", "height of the ground [m], by distance [km]; dots: it stands there",
                 x=_LEFT, y=top - 14, cls="name")]  # fmt: skip
    parts += _grid(low, high, top)
    for value in ticks(0.0, reach, most=8):
        parts.append(tag("text", number(value), x=f"{x(value):.1f}", y=top + _PANEL + 16,
                         text_anchor="middle"))  # fmt: skip
    points = [(x(float(a)), _y(float(b), low, high, top))
              for a, b in zip(along_km, height, strict=True)]  # fmt: skip
    line = " ".join(f"{a:.1f},{b:.1f}" for a, b in points)
    parts.append(tag("polyline", points=line, fill="none", stroke="var(--ink)", stroke_width=1.8))
    for (a, b), wait in zip(points, waits.tolist(), strict=True):
        if wait > 0.0:
            told = tag("title", f"{wait / 3600.0:.1f} h")
            size = f"{2.5 + min(wait / 86400.0, 14.0) ** 0.5 * 2.0:.1f}"
            parts.append(tag("circle", told, cx=f"{a:.1f}", cy=f"{b:.1f}", r=size,
                             fill="var(--amber)", fill_opacity="0.75"))  # fmt: skip
    return parts


def _doings(answer: RouteAnswer, axis: DayAxis, top: float) -> list[Html]:
    parts = []
    for k, (doing, colour) in enumerate(_DOINGS):
        own = Windows((leg.begin_s, leg.end_s) for leg in answer.legs if leg.doing == doing)
        y = top + k * _ROW
        parts.append(tag("text", doing, x=_LEFT - 8, y=y + 11, text_anchor="end"))
        parts += axis.bars(own, y=y, height=14, least=0.8, fill=f"var(--{colour})", opacity=1.0)
    return parts


def _curve(
    axis: DayAxis, times: npt.NDArray[np.float64], values: npt.NDArray[np.float64], *, top: float,
    title: str, colour: str,
) -> list[Html]:  # fmt: skip
    low, high = _ends(np.append(values[np.isfinite(values)], 0.0))
    parts = [tag("text", title, x=_LEFT, y=top - 14, cls="name"), *_grid(low, high, top)]
    line = " ".join(
        f"{axis.x_of(float(a)):.1f},{_y(float(b), low, high, top):.1f}"
        for a, b in zip(times, values, strict=True)
        if np.isfinite(b)
    )
    ink = f"var(--{colour})"
    return [*parts, tag("polyline", points=line, fill="none", stroke=ink, stroke_width=1.8)]


def _ends(values: npt.ArrayLike) -> tuple[float, float]:
    """Ends of an axis a little beyond the values."""
    found = np.asarray(values, dtype=np.float64)
    low, high = float(found.min()), float(found.max())
    margin = max(0.08 * (high - low), 1e-3 * abs(high), 1e-6)
    return low - margin if low < 0.0 or low > 0.5 * high else 0.0, high + margin


def _y(value: float, low: float, high: float, top: float) -> float:
    return top + (high - value) / (high - low) * _PANEL


def _grid(low: float, high: float, top: float) -> Sequence[Html]:
    parts = []
    for value in ticks(low, high, most=4):
        at = f"{_y(value, low, high, top):.1f}"
        parts.append(tag("line", x1=_LEFT, x2=_WIDTH - _RIGHT, y1=at, y2=at, cls="grid"))
        parts.append(tag("text", number(value), x=_LEFT - 8, y=at, dy=4, text_anchor="end"))
    return parts
