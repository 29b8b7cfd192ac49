"""The road map's picture: published plans, how each date has moved, and the odds of milestones."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ilrs.cooperation.critical_path import CriticalPath
from ilrs.cooperation.dates import date_bounds
from ilrs.cooperation.slips import MilestoneOdds
from ilrs.programme.entities import Mission, Phase, Programme
from ilrs.study.book_html import Html, tag
from ilrs.study.site_chart import svg_picture, ticks

__all__ = ["decimal_year", "road_map_svg"]

_WIDTH, _LEFT, _RIGHT, _TOP, _FOOT = 920.0, 236.0, 60.0, 78.0, 60.0
_ROW, _HEAD = 22.0, 30.0
_LONGEST_NAME = 32  # letters that fit to the left of the rows
_SHORTEST_NAMED = 6.2  # width of a letter in a bar

_Drawn = tuple[list[Html], float]


def decimal_year(instant: Any) -> float:
    """An instant as a year and the part of it that has gone by."""
    year = instant.astype("datetime64[Y]")
    start, end = year.astype("datetime64[ns]"), (year + 1).astype("datetime64[ns]")
    return 1970.0 + float(year.astype(int)) + float((instant - start) / (end - start))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Axis:
    first: float
    last: float

    def x_of(self, instant: Any) -> float:
        """Where an instant lies; what lies outside stands at the edge."""
        year = min(max(decimal_year(instant), self.first), self.last)
        return _LEFT + (year - self.first) / (self.last - self.first) * (_WIDTH - _LEFT - _RIGHT)

    def lines(self, *, top: float, low: float) -> list[Html]:
        """A line for every round year, its number above and below."""
        parts = []
        for year in ticks(self.first, self.last, most=9):
            at = f"{self.x_of(np.datetime64(f'{year:.0f}-01-01', 'ns')):.1f}"
            parts.append(tag("line", x1=at, x2=at, y1=top - 6, y2=low, stroke="var(--rule)"))
            for y in (top - 12, low + 16):
                parts.append(tag("text", f"{year:.0f}", x=at, y=y, text_anchor="middle"))
        return parts


def road_map_svg(
    programme: Programme, odds: Sequence[MilestoneOdds], *, path: CriticalPath | None = None
) -> str:
    """Plans, missions and milestones over the years, as an SVG that stands alone.

    Missions on the critical `path` are drawn in red.
    """
    missions = [m for m in programme.missions.values() if any(c.date for c in m.launches)]
    axis = _axis(programme, odds, missions)
    held_up = set() if path is None else set(path.path)
    missions.sort(key=lambda m: (_nominal(m), m.id))
    rows = [
        _head("Plans, as published"),
        *(_plan(programme, axis, key) for key in programme.baselines),
        _head("Missions: ○ dates once announced, ● the one that holds, × lost"),
        *(_mission(axis, mission, critical=mission.id in held_up) for mission in missions),
        _head("Milestones: | announced; ● half of the draws, bar: one to nine in ten; right: odds"),
        *(_milestone(programme, axis, row) for row in odds),
    ]
    low = _TOP + sum(height for _, height in rows)
    parts, at = axis.lines(top=_TOP, low=low), _TOP
    for drawn, height in rows:
        parts.append(tag("g", *drawn, transform=f"translate(0,{at:g})"))
        at += height
    title = f"Road map of {programme.name}"
    foot = "red: the critical path" + (f" of {path.milestone}" if path else "")
    return svg_picture(
        _WIDTH, low + _FOOT,
        tag("text", title, x=24, y=28, cls="head"),
        *parts,
        tag("text", foot, x=_LEFT, y=low + 40) if path else Html(""),
        title=title,
        description="Published plans, how each mission's date has moved, odds of milestones",
    )  # fmt: skip


def _axis(
    programme: Programme, odds: Sequence[MilestoneOdds], missions: Sequence[Mission]
) -> _Axis:
    dates = [c.date for m in missions for c in m.launches if c.date]
    dates += [d for p in programme.phases.values() for d in (p.begin, p.end) if d]
    years = [decimal_year(date_bounds(date).latest) for date in dates]
    years += [decimal_year(row.late) for row in odds if row.late is not None]
    years += [decimal_year(row.due) for row in odds]
    return _Axis(first=float(np.floor(min(years))) - 1.0, last=float(np.ceil(max(years))))


def _nominal(mission: Mission) -> Any:
    return date_bounds(next(c.date for c in reversed(mission.launches) if c.date)).nominal


def _head(text: str) -> _Drawn:
    return [tag("text", text, x=24, y=20, cls="name")], _HEAD


def _label(name: str) -> Html:
    told = name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"
    return tag("text", told, x=_LEFT - 10, y=15, text_anchor="end")


def _plan(programme: Programme, axis: _Axis, baseline: str) -> _Drawn:
    """A bar for each phase with a date; an end or begin that nobody stated fades."""
    parts = [_label(programme.baselines[baseline].name or baseline)]
    phases = [p for p in programme.phases.values() if p.baseline == baseline]
    dated = sorted((p for p in phases if p.begin or p.end), key=_phase_end)
    day = programme.baselines[baseline].as_of
    left = axis.x_of(date_bounds(day).earliest) if day else _LEFT
    for number, phase in enumerate(dated):
        left, right = _span(axis, phase, left)
        parts.append(_phase(phase, left, right, shade=number))
        left = right
    if not dated:
        parts.append(tag("text", "no dates", x=_LEFT + 4, y=15, font_style="italic"))
    return parts, _ROW


def _phase_end(phase: Phase) -> Any:
    return date_bounds(phase.end or phase.begin or "9999").latest


def _span(axis: _Axis, phase: Phase, left: float) -> tuple[float, float]:
    begin = axis.x_of(date_bounds(phase.begin).earliest) if phase.begin else left
    end = axis.x_of(date_bounds(phase.end).latest) if phase.end else _WIDTH - _RIGHT
    return begin, end


def _phase(phase: Phase, left: float, right: float, *, shade: int) -> Html:
    told = f"{phase.name or phase.id}: {phase.begin or '?'} - {phase.end or '?'}"
    opacity = 0.28 if shade % 2 == 0 else 0.16
    name = phase.name or phase.id
    parts = [
        tag("rect", tag("title", told), x=f"{left:.1f}", y=3, height=16,
            width=f"{max(right - left - 1.0, 1.0):.1f}", fill="var(--blue)", fill_opacity=opacity)
    ]  # fmt: skip
    letters = int((right - left - 6.0) / _SHORTEST_NAMED)
    if letters >= 4:
        short = name if len(name) <= letters else f"{name[: letters - 1]}…"
        parts.append(tag("text", short, x=f"{left + 4.0:.1f}", y=15, font_size=11))
    return tag("g", *parts)


def _mission(axis: _Axis, mission: Mission, *, critical: bool) -> _Drawn:
    """Every announced date as a ring, the one that holds filled, a line where they moved."""
    dated = [c for c in mission.launches if c.date]
    places = [axis.x_of(date_bounds(str(c.date)).nominal) for c in dated]
    colour = "var(--red)" if critical else "var(--amber)"
    parts = [_label(mission.name or mission.id)]
    if max(places) - min(places) > 1.0:
        parts.append(
            tag("line", x1=f"{min(places):.1f}", x2=f"{max(places):.1f}", y1=11, y2=11,
                stroke=colour, stroke_opacity="0.5", stroke_width=2)
        )  # fmt: skip
    for claim, place in zip(dated, places, strict=True):
        holds = claim is mission.launch
        said = f" (said {claim.as_of})" if claim.as_of else ""
        told = tag("title", f"{mission.name or mission.id}: {claim.date}{said} {claim.what}")
        fill = colour if holds and not mission.lost else "var(--paper)"
        parts.append(
            tag("circle", told, cx=f"{place:.1f}", cy=11, r=5 if holds else 3.6, fill=fill,
                stroke=colour, stroke_width=1.4)
        )  # fmt: skip
    if mission.lost:
        cross = f"M{places[-1] - 5:.1f},6l10,10m0,-10l-10,10"
        parts.append(tag("path", d=cross, stroke="var(--red)", stroke_width=2, fill="none"))
    return parts, _ROW


def _milestone(programme: Programme, axis: _Axis, row: MilestoneOdds) -> _Drawn:
    """The announced date, and when the draws have it done."""
    parts = [_label(programme.milestones[row.milestone].name or row.milestone)]
    due = f"{axis.x_of(row.due):.1f}"
    parts.append(tag("line", x1=due, x2=due, y1=2, y2=20, stroke="var(--ink)", stroke_width=2))
    if row.median is None or row.late is None or row.early is None:
        text = f"not known: {', '.join(row.unknown)}"
        parts.append(tag("text", text, x=float(due) - 6.0, y=15, text_anchor="end"))
        return parts, _ROW
    early, middle, late = (axis.x_of(at) for at in (row.early, row.median, row.late))
    told = tag("title", f"half of the draws by {str(row.median)[:10]}")
    parts.append(
        tag("rect", x=f"{early:.1f}", y=6, width=f"{max(late - early, 1.0):.1f}", height=10,
            fill="var(--teal)", fill_opacity="0.35")
    )  # fmt: skip
    parts.append(tag("circle", told, cx=f"{middle:.1f}", cy=11, r=4.5, fill="var(--teal)"))
    if row.on_time is not None:
        parts.append(tag("text", f"{100.0 * row.on_time:.0f} %", x=_WIDTH - _RIGHT + 8, y=15))
    return parts, _ROW
