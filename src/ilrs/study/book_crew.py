"""The crew's page: air, supplies and power through each visit, what is left, and what was short."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import xarray as xr

from ilrs.station.life_support import LONGEST_STAY_D
from ilrs.station.shortfalls import shortfalls
from ilrs.study.book_html import Child, Html, join, table, tag
from ilrs.study.book_numbers import number, number_with_unit
from ilrs.study.book_words import Words
from ilrs.study.run import Run
from ilrs.study.standing import standing_elements

__all__ = ["crew"]

FloatArray: TypeAlias = npt.NDArray[np.float64]

_WIDTH, _LEFT, _RIGHT, _TOP, _FOOT = 720.0, 46.0, 14.0, 8.0, 22.0
_PANEL = 118.0
_AROUND_D = 2.0  # days shown before and after a visit
_DAY = np.timedelta64(1, "D")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    key: str  # of its label
    colour: str
    values: FloatArray
    dashed: bool = False


def crew(run: Run, words: Words) -> Html:
    """Charts and table of each visit, and what was short; a sentence where nobody lives here."""
    if run.crew is None:
        return tag("p", words.label("crew.none"))
    visits = _visits(run.crew)
    parts: list[Child] = [_visit(run.crew, words, cells) for cells in visits]
    return join([*parts, _table(run.crew, words, visits), _short(run, words)])


def _visits(data: xr.Dataset) -> list[slice]:
    """Cells of each time with people aboard."""
    here = np.concatenate([[False], data["people_aboard"].values > 0.0, [False]])
    edges = np.flatnonzero(here[1:] != here[:-1])
    return [slice(int(a), int(b)) for a, b in edges.reshape(-1, 2)]


def _around(data: xr.Dataset, cells: slice) -> slice:
    more = round(_AROUND_D * 86400.0 / float(data.attrs["step_s"]))
    return slice(max(cells.start - more, 0), min(cells.stop + more, data.sizes["time"]))


def _visit(data: xr.Dataset, words: Words, cells: slice) -> Html:
    shown = data.isel(time=_around(data, cells))
    panels = [
        ("crew.air", "kPa", _air(shown)),
        ("crew.supplies", "kg", _supplies(shown)),
        ("crew.power", "kW", _power(shown)),
    ]
    drawn = [part for panel in panels for part in _panel(shown, words, *panel)]
    return tag("figure", *drawn)


def _air(data: xr.Dataset) -> list[_Line]:
    steps = data.sizes["time"]

    def level(name: str) -> FloatArray:
        return np.full(steps, float(data.attrs[name]) / 1e3)

    return [
        _Line(key="crew.co2", colour="amber", values=data["co2_pressure_pa"].values / 1e3),
        _Line(key="crew.weeks", colour="red", values=level("co2_highest_pa"), dashed=True),
        _Line(key="crew.day", colour="grey", values=level("co2_emergency_pa"), dashed=True),
    ]


def _supplies(data: xr.Dataset) -> list[_Line]:
    colours = {"water": "blue", "food": "amber", "oxygen": "teal", "nitrogen": "violet"}
    return [
        _Line(key=f"crew.{tank}", colour=colour, values=data["tank_kg"].sel(tank=tank).values)
        for tank, colour in colours.items()
    ]


def _power(data: xr.Dataset) -> list[_Line]:
    asked = data["life_support_power_requested_w"].values / 1e3
    given = data["life_support_power_w"].values / 1e3
    lines = [_Line(key="crew.given", colour="blue", values=given)]
    if (asked - given > 1e-9).any():
        lines.insert(0, _Line(key="crew.asked", colour="red", values=asked))
    return lines


def _panel(
    data: xr.Dataset, words: Words, title: str, unit: str, lines: Sequence[_Line]
) -> list[Html]:
    """A head with the lines' names, and the drawing below it."""
    head = tag("strong", words.label(title), f", {unit}")
    names = [
        tag("span", tag("span", cls="swatch", style=f"color:var(--{line.colour})"),
            words.label(line.key), cls="entry")
        for line in lines
    ]  # fmt: skip
    top = max(float(np.max(line.values)) for line in lines) * 1.06 or 1.0
    ticks = _ticks(top)
    drawing = tag(
        "svg",
        _grid(data, ticks, top),
        *(_path(line, top) for line in lines),
        viewBox=f"0 0 {_WIDTH:.0f} {_TOP + _PANEL + _FOOT:.0f}",
        role="img",
        **words.spoken(title),
    )
    return [
        tag("div", head, *names, cls="chart-head"),
        tag("div", tag("div", drawing, style="margin:0"), cls="scroll chart", tabindex="0"),
    ]


def _ticks(top: float) -> list[float]:
    """Round values up to the top: steps of 1, 2 or 5 times a power of ten."""
    power = 10.0 ** np.floor(np.log10(top / 4.0))
    step = next(times * power for times in (1, 2, 5, 10) if times * power >= top / 4.0)
    return [float(k * step) for k in range(int(top / step) + 1)]


def _y(values: FloatArray | float, top: float) -> FloatArray:
    return _TOP + _PANEL * (1.0 - np.asarray(values) / top)


def _path(line: _Line, top: float) -> Html:
    x = np.linspace(_LEFT, _WIDTH - _RIGHT, line.values.size)
    places = zip(x.tolist(), _y(line.values, top).tolist(), strict=True)
    return tag(
        "path", d="M" + "L".join(f"{px:.1f} {py:.1f}" for px, py in places), fill="none",
        stroke=f"var(--{line.colour})", stroke_width="1" if line.dashed else "1.8",
        stroke_dasharray="5 4" if line.dashed else None,
    )  # fmt: skip


def _grid(data: xr.Dataset, ticks: Sequence[float], top: float) -> Html:
    """Horizontal lines at the ticks, days below, and the time with people shaded."""
    right, foot = _WIDTH - _RIGHT, _TOP + _PANEL
    times, here = data["time"].values, data["people_aboard"].values > 0.0
    x = np.linspace(_LEFT, right, times.size)
    inside = np.flatnonzero(here)
    parts = [
        tag("rect", x=f"{x[inside[0]]:.1f}", y=_TOP, width=f"{x[inside[-1]] - x[inside[0]]:.1f}",
            height=_PANEL, cls="beyond"),
    ]  # fmt: skip
    for value in ticks:
        at = float(_y(value, top))
        parts.append(
            tag("line", x1=_LEFT, x2=right, y1=f"{at:.1f}", y2=f"{at:.1f}", stroke="var(--rule)")
        )
        parts.append(tag("text", number(value), x=_LEFT - 7, y=f"{at + 4:.1f}", text_anchor="end"))
    days = times.astype("datetime64[D]")
    starts = np.flatnonzero(np.diff(days, prepend=days[0] - _DAY) > np.timedelta64(0, "D"))
    every = max(1, int(np.ceil(starts.size / 9)))
    for k in starts[every // 2 :: every].tolist():
        parts.append(tag("line", x1=f"{x[k]:.1f}", x2=f"{x[k]:.1f}", y1=foot, y2=foot + 4,
                         cls="tick"))  # fmt: skip
        parts.append(
            tag("text", str(days[k])[5:], x=f"{x[k]:.1f}", y=foot + 17, text_anchor="middle")
        )
    return tag("g", *parts, cls="axes")


def _table(data: xr.Dataset, words: Words, visits: Sequence[slice]) -> Html | None:
    """Each visit: when, who, and the worst of air, haven and dose; how long it could go on."""
    if not visits:
        return None
    stays = data["stay_d"].values
    rows = []
    for index, cells in enumerate(visits):
        part, times = data.isel(time=cells), data["time"].values[cells]
        stay = float(stays[index]) if stays.size == len(visits) else float("nan")
        cells_of_row = [
            number(float(part["people_aboard"].max())),
            number(times.size * float(data.attrs["step_s"]) / 86400.0),
            number(float(part["co2_pressure_pa"].max()) / 1e3, digits=3),
            number(float(part["oxygen_pressure_pa"].min()) / 1e3, digits=3),
            number(float(part["haven_d"].min()) * 24.0, digits=3),
            f"{'≥ ' if stay >= LONGEST_STAY_D else ''}{number(stay, digits=3)}",
            number(float(part["dose_equivalent_sv"].max()) * 1e3, digits=3),
            _warmth(part),
        ]
        rows.append(
            tag(
                "tr",
                tag("th", str(times[0])[:10], scope="row"),
                *(tag("td", cell, cls="num") for cell in cells_of_row),
            )
        )
    keys = (
        "from",
        "people",
        "days",
        "worst_co2",
        "least_oxygen",
        "haven",
        "stay",
        "dose",
        "warmth",
    )
    head = [words.label(f"crew.{key}") for key in keys]
    return table(head, rows, caption=words.label("crew.table"), numeric=range(1, len(head)))


def _warmth(data: xr.Dataset) -> str:
    """Lowest and highest temperature of the cabin in °C; a dash where its heat is not followed."""
    if "cabin_temperature_k" not in data or bool(data["cabin_temperature_k"].isnull().all()):
        return "–"
    values = data["cabin_temperature_k"].values - 273.15
    return f"{number(float(values.min()), digits=3)} – {number(float(values.max()), digits=3)}"


def _short(run: Run, words: Words) -> Html:
    """What was short, as the run tells it, or that nothing was."""
    found = shortfalls(run.crew, standing_elements(run.programme, run.scenario))
    if not found:
        residual = 0.0 if run.crew is None else float(run.crew.attrs["mass_residual"])
        told = number_with_unit(residual, "1")
        return tag("p", words.label("crew.nothing_short", residual=told), cls="quiet")
    items = [tag("li", str(shortfall), lang="en") for shortfall in found]
    return join([tag("h3", words.label("crew.short")), tag("ul", *items)])
