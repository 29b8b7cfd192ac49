"""The road map: every published plan side by side, and how each mission's date has moved."""

from dataclasses import dataclass

import numpy as np

from ilrs.cooperation.dates import date_bounds
from ilrs.programme.entities import DatedClaim, Mission, Phase, Programme
from ilrs.study.book_html import Html, join, tag
from ilrs.study.book_landings import landings
from ilrs.study.book_words import Words
from ilrs.study.roadmap_chart import decimal_year
from ilrs.study.run import Run

__all__ = ["roadmap"]

_FIRST, _LAST = 2018.0, 2050.0
_TICK_EVERY = 4


def _earliest(date: str) -> float:
    return decimal_year(date_bounds(date).earliest)


def _middle(date: str) -> float:
    return decimal_year(date_bounds(date).nominal)


def _latest(date: str) -> float:
    return decimal_year(date_bounds(date).latest)


@dataclass(frozen=True, slots=True)
class _Axis:
    first: float
    last: float

    def at(self, year: float) -> float:
        """Place along the axis, in per cent."""
        inside = min(max(year, self.first), self.last)
        return 100.0 * (inside - self.first) / (self.last - self.first)


def roadmap(run: Run, words: Words) -> Html:
    """Phases by baseline, then missions with every date once announced."""
    programme = run.programme
    axis = _axis(programme)
    scale = _scale(axis)
    baselines = [_baseline(programme, words, axis, key) for key in programme.baselines]
    missions = sorted(programme.missions.values(), key=_first_known)
    rows = [_mission(words, axis, mission) for mission in missions if mission.launches]
    undated = [words.name(mission) for mission in missions if not mission.launches]
    listed = [part for name in undated for part in (name, Html(", "))][:-1]
    never = tag("p", words.label("roadmap.undated"), " ", *listed, cls="quiet") if listed else None
    return join(
        [
            tag("h3", words.label("roadmap.plans")),
            tag("div", scale, *baselines, cls="timeline"),
            tag("h3", words.label("roadmap.missions")),
            _key(words),
            tag("div", scale, *rows, cls="timeline missions"),
            never,
            tag("h3", words.label("landings.heading")),
            landings(run, words),
        ]
    )


def _dates(programme: Programme) -> list[str]:
    claimed = [c.date for m in programme.missions.values() for c in m.launches]
    spans = [d for p in programme.phases.values() for d in (p.begin, p.end)]
    return [date for date in claimed + spans if date]


def _axis(programme: Programme) -> _Axis:
    dates = _dates(programme)
    first = min([_FIRST, *(_earliest(date) for date in dates)])
    last = max([_LAST, *(_latest(date) for date in dates)])
    return _Axis(float(np.floor(first)), float(np.ceil(last)))


def _first_known(mission: Mission) -> tuple[float, str]:
    dated = [c.date for c in mission.launches if c.date]
    return (_middle(dated[-1]) if dated else 9999.0, mission.id)


def _scale(axis: _Axis) -> Html:
    years = range(int(np.ceil(axis.first / _TICK_EVERY)) * _TICK_EVERY, int(axis.last) + 1)
    marks = [
        tag("span", str(year), style=f"left:{axis.at(year):.2f}%") for year in years[::_TICK_EVERY]
    ]
    return tag("div", tag("div", cls="who"), tag("div", *marks, cls="line scale"), cls="lane-row")


def _grid(axis: _Axis) -> str:
    """Vertical lines at the marked years, as a repeated background."""
    width = _TICK_EVERY / (axis.last - axis.first)
    offset = axis.at(np.ceil(axis.first / _TICK_EVERY) * _TICK_EVERY)
    # A background's place in per cent counts what is left beside its own width.
    return f"--grid:{100.0 * width:.4f}%;--from:{offset / (1.0 - width):.4f}%"


def _baseline(programme: Programme, words: Words, axis: _Axis, key: str) -> Html:
    phases = [p for p in programme.phases.values() if p.baseline == key]
    dated = [p for p in phases if p.begin or p.end]
    bars: list[Html] = [_phase(words, axis, phase, dated) for phase in dated]
    without = [p for p in phases if not (p.begin or p.end)]
    if without:
        names = [part for p in without for part in (words.name(p), Html(" · "))][:-1]
        bars.append(tag("span", *names, " ", words.label("roadmap.no_dates"), cls="dateless"))
    if not phases:
        bars.append(tag("span", words.label("roadmap.as_known"), cls="dateless"))
    name = tag("div", words.name(programme.baselines[key]), cls="who")
    line = tag("div", *bars, cls="line phases", style=_grid(axis))
    return tag("div", name, line, cls="lane-row")


def _phase(words: Words, axis: _Axis, phase: Phase, dated: list[Phase]) -> Html:
    """A bar from begin to end; an end that nobody stated fades out.

    A begin that was not stated is taken from the end of the phase before, drawn faded.
    """
    before = [_latest(p.end) for p in dated[: dated.index(phase)] if p.end]
    begin = _earliest(phase.begin) if phase.begin else max(before, default=axis.first)
    end = _latest(phase.end) if phase.end else axis.last
    left, right = axis.at(begin), axis.at(max(end, begin))
    fades = ("" if phase.begin else " from-open") + ("" if phase.end else " to-open")
    return tag(
        "span",
        words.name(phase),
        cls=f"phase{fades}",
        style=f"left:{left:.2f}%;width:{max(right - left, 0.8):.2f}%",
        title=f"{phase.name or phase.id}: {phase.begin or '?'} – {phase.end or '?'}",
    )


def _mission(words: Words, axis: _Axis, mission: Mission) -> Html:
    """Every announced date as a mark, the newest filled; a line joins them where they moved."""
    dated = [claim for claim in mission.launches if claim.date]
    marks: list[Html] = []
    if len(dated) > 1:
        places = [axis.at(_middle(str(claim.date))) for claim in dated]
        low, high = min(places), max(places)
        marks.append(tag("i", cls="slip", style=f"left:{low:.2f}%;width:{high - low:.2f}%"))
    for claim in dated:
        date = str(claim.date)
        holds = claim is mission.launch  # a newest claim without a date withdraws the others
        told = f"{date}" + (f" ({claim.as_of})" if claim.as_of else "")
        if claim.note:
            told += f": {claim.note}"
        kind = f"mark now {mission.status}" if holds else "mark"
        place = f"left:{axis.at(_middle(date)):.2f}%"
        marks.append(tag("i", cls=kind, style=place, title=told))
    who = tag(
        "div",
        words.name(mission),
        tag("small", _history(mission.launches), " ", words.either("mission", mission.status)),
        cls="who",
    )
    return tag("div", who, tag("div", *marks, cls="line", style=_grid(axis)), cls="lane-row")


def _history(claims: tuple[DatedClaim, ...]) -> str:
    """'2022 → 2024 → 2028': what was said, in the order in which it was said."""
    said = [(claim.date or "?")[:10] for claim in claims]
    return " → ".join(date for k, date in enumerate(said) if k == 0 or date != said[k - 1])


def _key(words: Words) -> Html:
    kinds = ("mark", "mark now planned", "mark now flown", "mark now failed")
    labels = ("claimed", "holding", "flown", "failed")
    items = [
        tag("span", tag("i", cls=f"{kind} inline"), words.label(f"roadmap.{label}"))
        for kind, label in zip(kinds, labels, strict=True)
    ]
    return tag("p", *items, cls="legend")
