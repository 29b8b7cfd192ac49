"""The site's pages: panorama, light calendar, the long darknesses, who is in view when."""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from ilrs.foundation.windows import Windows
from ilrs.study.book_data import data_png
from ilrs.study.book_html import Html, join, table, tag
from ilrs.study.book_numbers import moment, number, number_with_unit, percent, spans
from ilrs.study.book_panorama import LEFT, RIGHT, WIDTH, exaggeration, panorama, x_of_azimuth
from ilrs.study.book_words import Words
from ilrs.study.run import Run

__all__ = ["calendar_cells", "darkness_list", "light_calendar", "sky_picture", "visibility_table"]

FloatArray: TypeAlias = npt.NDArray[np.float64]

_COLUMNS = 720
_ROW, _FOOT = 17.0, 26.0
_LEVELS = 32
_NO_DATA = 255
_SYNODIC_D = 29.530589  # mean synodic month (Explanatory Supplement, 3rd ed., table 15.5)
_POLAR_DEG = 80.0
# Dark blue to pale yellow by rising lightness: readable in grey and by colour-blind people.
_RAMP = (
    (13, 20, 38),
    (48, 61, 95),
    (112, 103, 104),
    (186, 145, 73),
    (245, 190, 70),
    (255, 244, 205),
)
_LONGEST = 8


def sky_picture(run: Run, words: Words) -> Html:
    """Panorama and light calendar in one box, one above the other, with the date slider."""
    heights = [number(float(h)) for h in run.horizon["mast_height_m"].values]
    text = words.label(
        "sky.caption", masts=" / ".join(heights), times=number(exaggeration(run), digits=2)
    )
    drawings = tag(
        "div",
        tag("div", panorama(run, words), light_calendar(run, words), cls="wide"),
        cls="scroll",
        tabindex="0",
    )
    calendar_key = "calendar.polar" if _is_polar(run) else "calendar.days"
    return tag(
        "figure",
        drawings,
        _slider(words),
        tag("p", _ramp_legend(words), cls="legend"),
        tag(
            "figcaption",
            text,
            " ",
            words.label(calendar_key),
            *_note(run, words),
            id="panorama-text",
        ),
    )


def _note(run: Run, words: Words) -> list[Html | str]:
    """What the horizon's terrain is too coarse or too small to show, where the profile tells it."""
    note = str(run.horizon.attrs.get("note", ""))
    return [" ", words.label("sky.note", note=note)] if note else []


def _slider(words: Words) -> Html:
    play = tag("button", "▶", type="button", id="sky-play", **words.spoken("sky.play"))
    name = tag("label", words.label("sky.date"), for_="sky-date")
    slide = tag("input", type="range", id="sky-date", min=0, max=1, value=0, step=1)
    readout = tag("output", id="sky-readout", for_="sky-date")
    return tag("div", name, play, slide, readout, cls="slider scripted")


def _ramp_legend(words: Words) -> Html:
    stops = ", ".join(f"rgb({r} {g} {b})" for r, g, b in _RAMP)
    bar = tag("span", cls="ramp", style=f"background:linear-gradient(90deg,{stops})")
    return join([words.label("calendar.dark"), bar, words.label("calendar.full")])


def _is_polar(run: Run) -> bool:
    return abs(float(run.horizon.attrs["latitude_deg"])) >= _POLAR_DEG


def _turns(run: Run) -> FloatArray:
    """How many times the Sun has gone round since the start, never falling.

    Near a pole that is its azimuth, so that a mountain darkens the column below it; elsewhere the
    azimuth jumps at noon, and days of the synodic month are counted instead.
    """
    if not _is_polar(run):
        return np.asarray(run.environment["t_s"].values / 86400.0 / _SYNODIC_D)
    azimuth = run.environment["sun_azimuth_deg"].values
    turns = np.unwrap(azimuth, period=360.0) / 360.0
    if turns[-1] < turns[0]:
        turns = 1.0 - turns  # the Sun goes anticlockwise south of the equator
    return np.asarray(np.maximum.accumulate(turns - np.floor(turns[0])))


def _goes_back(run: Run) -> bool:
    azimuth = np.unwrap(run.environment["sun_azimuth_deg"].values, period=360.0)
    return _is_polar(run) and bool(azimuth[-1] < azimuth[0])


def calendar_cells(run: Run) -> npt.NDArray[np.uint8]:
    """Light of the highest mast by turn of the Sun and by azimuth, shape (turns, 720).

    Entries 0 to 31 stand for sun_visible_fraction 0 to 1; 255 lies outside the span.
    """
    turns, lit = _turns(run), run.environment["sun_visible_fraction"].values[-1]
    rows = int(np.floor(turns[-1])) + 1
    at = (np.arange(rows * _COLUMNS) + 0.5) / _COLUMNS
    nearest = np.clip(np.searchsorted(turns, at), 1, max(turns.size - 1, 1))
    nearest -= (at - turns[nearest - 1]) < (turns[nearest] - at)
    levels = np.round(lit[nearest] * (_LEVELS - 1)).astype(np.uint8)
    levels[(at < turns[0]) | (at > turns[-1])] = _NO_DATA
    cells = levels.reshape(rows, _COLUMNS)
    return np.ascontiguousarray(cells[:, ::-1] if _goes_back(run) else cells)


def _palette() -> list[tuple[int, int, int, int]]:
    place = np.linspace(0, len(_RAMP) - 1, _LEVELS)
    channels = [np.interp(place, range(len(_RAMP)), [c[k] for c in _RAMP]) for k in range(3)]
    colours = np.round(np.stack(channels, axis=1)).astype(int).tolist()
    opaque = [(r, g, b, 255) for r, g, b in colours]
    return opaque + [(0, 0, 0, 0)] * (256 - _LEVELS)


def light_calendar(run: Run, words: Words) -> Html:
    """One row for each turn of the Sun, under the panorama: how much of the Sun is in view."""
    cells = calendar_cells(run)
    turns, lit = _turns(run), run.environment["sun_visible_fraction"].values[-1]
    height = cells.shape[0] * _ROW
    picture = tag(
        "image",
        x=LEFT, y=0, width=WIDTH - LEFT - RIGHT, height=height, preserveAspectRatio="none",
        style="image-rendering:pixelated", href=data_png(cells, _palette()),
    )  # fmt: skip
    labels = []
    for row in range(cells.shape[0]):
        inside = np.flatnonzero(np.floor(turns) == row)
        if not inside.size:
            continue
        middle = f"{(row + 0.5) * _ROW + 4:.1f}"
        date = str(run.environment["time"].values[inside[0]])[:10]
        share = percent(float(lit[inside].mean()))
        labels.append(tag("text", date, x=LEFT - 8, y=middle, text_anchor="end"))
        labels.append(tag("text", share, x=WIDTH - RIGHT + 8, y=middle))
    lines = [
        tag("line", x1=LEFT, x2=WIDTH - RIGHT, y1=row * _ROW, y2=row * _ROW, cls="row-line")
        for row in range(1, cells.shape[0])
    ]
    behind = tag("rect", x=LEFT, y=0, width=WIDTH - LEFT - RIGHT, height=height, cls="beyond")
    return tag(
        "svg",
        behind,
        picture,
        *lines,
        *labels,
        _calendar_foot(run, words, height),
        viewBox=f"0 0 {WIDTH:g} {height + _FOOT:g}",
        cls="calendar axes",
        role="img",
        **words.spoken("calendar.title"),
    )


def _calendar_foot(run: Run, words: Words, height: float) -> Html:
    if _is_polar(run):
        way = "calendar.leftwards" if _goes_back(run) else "calendar.rightwards"
        text = words.label(way, within="tspan")
        return tag("text", text, x=(LEFT + WIDTH - RIGHT) / 2, y=height + 18, text_anchor="middle")
    days = range(0, 30, 5)
    return join(
        tag("text", f"{day}", x=f"{float(x_of_azimuth(day / _SYNODIC_D * 360.0)):.1f}",
            y=height + 18, text_anchor="middle")
        for day in days
    )  # fmt: skip


def darkness_list(run: Run, words: Words) -> Html:
    """The longest spans without any Sun, seen from the highest mast."""
    dark = spans(run, run.environment["sun_visible_fraction"].values[-1] <= 0.0)
    height = number(float(run.environment["mast_height_m"].values[-1]))
    if not len(dark):
        return tag("p", words.label("dark.never", mast=height))
    longest = np.argsort(-dark.duration_s, kind="stable")[:_LONGEST]
    most_h = dark.longest_s / 3600.0
    rows = [_dark_row(run, dark, int(k), most_h) for k in longest]
    head = [words.label(f"dark.{key}") for key in ("begin", "end", "hours", "length")]
    caption = words.label("dark.caption", mast=height, count=len(dark))
    return table(head, rows, caption=caption, numeric=(2,))


def _dark_row(run: Run, dark: Windows, k: int, most_h: float) -> Html:
    hours = float(dark.duration_s[k]) / 3600.0
    bar = tag("i", cls="bar night", style=f"width:{100.0 * hours / most_h:.1f}%")
    return tag(
        "tr",
        tag("td", moment(run, float(dark.start_s[k])), cls="date"),
        tag("td", moment(run, float(dark.end_s[k])), cls="date"),
        tag("td", number(hours), cls="num"),
        tag("td", tag("div", bar, cls="track")),
    )


def visibility_table(run: Run, words: Words) -> Html:
    """For Sun, Earth, each relay and all contact together: share in view and the longest gap."""
    env = run.environment
    rows = []
    for body, key, threshold in (("sun", "see.sun", 0.0), ("earth", "see.earth", 0.5)):
        for index, height in enumerate(env["mast_height_m"].values):
            seen = env[f"{body}_visible_fraction"].values[index] > threshold
            name = words.label(key, mast=number(float(height)))
            rows.append(_visible_row(run, name, seen))
    open_fraction = env["relay_open_fraction"].sel(mask_deg=0.0).values
    relays = open_fraction > 0.5
    for index, key in enumerate(env["relay"].values.tolist()):
        mission = run.programme.missions.get(key)
        name = words.name(mission) if mission else tag("span", key)
        share = float(open_fraction[index].mean())
        rows.append(_visible_row(run, name, relays[index], share=share))
    contact = relays.any(axis=0) | (env["earth_visible_fraction"].values[-1] > 0.5)
    rows.append(_visible_row(run, tag("strong", words.label("see.any")), contact))
    head = [words.label(f"see.{key}") for key in ("what", "share", "longest", "since")]
    return table(head, rows, caption=words.label("see.caption"), numeric=(1, 2))


def _visible_row(
    run: Run, name: Html, seen: npt.NDArray[np.bool_], *, share: float | None = None
) -> Html:
    """Share in view (that of the cells unless given) and longest gap between cells in view."""
    gaps = spans(run, ~seen)
    since = moment(run, float(gaps.start_s[np.argmax(gaps.duration_s)])) if len(gaps) else "–"
    return tag(
        "tr",
        tag("th", name, scope="row"),
        tag("td", percent(float(seen.mean()) if share is None else share), cls="num"),
        tag("td", number_with_unit(gaps.longest_s / 3600.0, "h"), cls="num"),
        tag("td", since, cls="date"),
    )
