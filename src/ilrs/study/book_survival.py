"""The survival page: the curve with its interval, what ended lives, what a change would buy."""

from typing import Any

from ilrs.study.book_html import Html, join, table, tag
from ilrs.study.book_numbers import number
from ilrs.study.book_words import Words
from ilrs.study.run import Run

__all__ = ["survival"]

_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _FOOT = 720.0, 300.0, 46.0, 14.0, 12.0, 40.0
_MOST_ROWS = 10
_CHANGES = {"never breaks": "perfect", "one spare more": "spare", "one unit more": "unit"}


def survival(run: Run, words: Words) -> Html:
    """Curve and tables of the run's record of lives; a sentence where it has none."""
    record = run.survival
    if record is None:
        return tag("p", words.label("survival.none"))
    text = words.label("survival.caption", lives=record["lives"], years=record["years"])
    figure = tag(
        "figure",
        tag("div", tag("div", _curve(record, words)), cls="scroll chart", tabindex="0"),
        tag("figcaption", text, id="survival-text"),
    )
    return join([figure, _causes(run, record, words), _changes(run, record, words)])


def _y(part: float) -> float:
    return _HEIGHT - _FOOT - (_HEIGHT - _FOOT - _TOP) * part


def _curve(record: dict[str, Any], words: Words) -> Html:
    rows = [{"alive": 1.0, "alive_low": 1.0, "alive_high": 1.0}, *record["by_year"]]
    step = (_WIDTH - _LEFT - _RIGHT) / (len(rows) - 1)

    def points(key: str) -> list[str]:
        return [f"{_LEFT + k * step:.1f},{_y(row[key]):.1f}" for k, row in enumerate(rows)]

    parts = []
    for percent in (0, 25, 50, 75, 100):
        at = f"{_y(percent / 100.0):.1f}"
        parts.append(tag("line", x1=_LEFT, x2=_WIDTH - _RIGHT, y1=at, y2=at, stroke="var(--rule)"))
        parts.append(tag("text", f"{percent} %", x=_LEFT - 6, y=at, dy=4, text_anchor="end"))
    for k in range(len(rows)):
        at, below = f"{_LEFT + k * step:.1f}", _HEIGHT - _FOOT + 16
        parts.append(tag("text", number(k), x=at, y=below, text_anchor="middle"))
    band = " ".join([*points("alive_high"), *reversed(points("alive_low"))])
    line = " ".join(points("alive"))
    years = words.label("survival.years", within="tspan")
    middle = 0.5 * (_LEFT + _WIDTH - _RIGHT)
    return tag(
        "svg",
        *parts,
        tag("polygon", points=band, fill="var(--blue)", opacity=0.22),
        tag("polyline", points=line, fill="none", stroke="var(--blue)", stroke_width=1.8),
        tag("text", years, x=middle, y=_HEIGHT - 6, text_anchor="middle"),
        viewBox=f"0 0 {_WIDTH:g} {_HEIGHT:g}", role="img", aria_labelledby="survival-text",
        font_size=12, fill="var(--quiet)",
    )  # fmt: skip


def _name(run: Run, words: Words, id_: str) -> Html:
    element = run.programme.elements.get(id_)
    return words.name(element) if element is not None else tag("span", id_)


def _causes(run: Run, record: dict[str, Any], words: Words) -> Html:
    """What ended lives, and what was lost first in those that ended."""
    rows = [
        tag(
            "tr",
            tag("td", _name(run, words, row["element"])),
            tag("td", words.label("survival.temperature") if row["cause"] == "cold or heat"
                else row["cause"]),
            tag("td", number(row["ended"]), cls="num"),
            tag("td", number(row["lost_first"]), cls="num"),
        )
        for row in record["causes"][:_MOST_ROWS]
    ]  # fmt: skip
    keys = ("element", "cause", "ended", "first")
    head = [words.label(f"survival.{key}") for key in keys]
    return table(head, rows, caption=words.label("survival.causes"), numeric=(2, 3))


def _changes(run: Run, record: dict[str, Any], words: Words) -> Html | None:
    """What a change adds to survival in the last year, in points, best first."""
    if not record["changes"]:
        return None
    rows = [
        tag(
            "tr",
            tag("td", _name(run, words, row["element"])),
            tag("td", words.label(f"survival.{_CHANGES[row['change']]}")),
            *(
                tag("td", f"{100.0 * row[f'difference_{end}']:+.1f}", cls="num")
                for end in ("value", "low", "high")
            ),
        )
        for row in record["changes"][:_MOST_ROWS]
    ]
    keys = ("element", "change", "points", "low", "high")
    head = [words.label(f"survival.{key}") for key in keys]
    return table(head, rows, caption=words.label("survival.changes"), numeric=(2, 3, 4))
