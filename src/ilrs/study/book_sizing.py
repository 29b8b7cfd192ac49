"""The sizing page: what must be landed, and what that mass is traded against."""

from collections.abc import Sequence
from typing import Any

from ilrs.study.book_html import Child, Html, join, table, tag
from ilrs.study.book_numbers import number, percent
from ilrs.study.book_words import Words
from ilrs.study.run import Run

__all__ = ["sizing"]

_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _FOOT = 720.0, 260.0, 64.0, 14.0, 12.0, 40.0


def sizing(run: Run, words: Words) -> Html:
    """The run's record of a sizing: design and trade curves; a sentence where it has none."""
    record = run.sizing
    if record is None:
        return tag("p", words.label("sizing.none"))
    parts: list[Child] = [_design(run, record, words)]
    parts += [_trade(trade, words) for trade in record["trades"]]
    if record.get("survival_curve"):
        parts.append(_survival(run, record["survival_curve"], words))
    return join(parts)


def _design(run: Run, record: dict[str, Any], words: Words) -> Html:
    rows = [
        tag(
            "tr",
            tag("td", row["option"]),
            tag("td", _name(run, words, row["element"])),
            tag("td", number(row["units"]), cls="num"),
            tag("td", number(row["mass_kg"]), cls="num"),
        )
        for row in record["options"]
    ]
    head = [words.label(f"sizing.{key}") for key in ("option", "element", "units", "mass")]
    caption = words.label(
        "sizing.design", mass=number(record["mass_kg"]), bound=number(record["bound_kg"])
    )
    return table(head, rows, caption=caption, numeric=(2, 3))


def _name(run: Run, words: Words, id_: str) -> Html:
    element = run.programme.elements.get(id_)
    return words.name(element) if element is not None else tag("span", id_)


def _trade(trade: dict[str, Any], words: Words) -> Html:
    """A curve of mass as a drawing, where it has a number to stand over, and as a table."""
    name = str(trade["name"])
    rows = []
    for k, point in enumerate(trade["points"]):
        at = point["site"] if not trade["x"] else number(trade["x"][k])
        masses = [point[key] for key in ("mass_kg", "bound_kg")]
        cells = ["–" if mass is None else number(mass) for mass in masses]
        rows.append(
            tag("tr", tag("td", at, cls="num" if trade["x"] else None),
                *(tag("td", cell, cls="num") for cell in cells))
        )  # fmt: skip
    served = [
        (float(x), float(point["mass_kg"]))
        for x, point in zip(trade["x"], trade["points"], strict=False)
        if point["mass_kg"] is not None
    ]
    head = [words.label(f"sizing.{key}") for key in (f"{name}_x", "mass", "bound")]
    drawn = _curve(served, words, f"sizing.{name}_x", "sizing.mass") if len(served) > 1 else None
    return join([drawn, table(head, rows, caption=words.label(f"sizing.{name}"), numeric=(1, 2))])


def _survival(run: Run, points: Sequence[dict[str, Any]], words: Words) -> Html:
    """Mass against survival: the chance of each design, and what was added to come to it."""
    rows = [
        tag(
            "tr",
            tag("td", _name(run, words, point["added"]) if point["added"]
                else words.label("sizing.as_sized")),
            tag("td", number(point["mass_kg"]), cls="num"),
            *(tag("td", percent(point["chance"][end]), cls="num")
              for end in ("value", "low", "high")),
        )
        for point in points
    ]  # fmt: skip
    keys = ("added", "mass", "alive", "low", "high")
    curve = [(point["mass_kg"], 100.0 * point["chance"]["value"]) for point in points]
    drawn = _curve(curve, words, "sizing.mass", "sizing.alive") if len(curve) > 1 else None
    head = [words.label(f"sizing.{key}") for key in keys]
    caption = words.label("sizing.survival")
    return join([drawn, table(head, rows, caption=caption, numeric=(1, 2, 3, 4))])


def _ticks(low: float, high: float) -> list[float]:
    """Five even values that span what is drawn."""
    span = high - low or max(abs(high), 1.0)
    return [low + span * k / 4.0 for k in range(5)]


def _curve(points: Sequence[tuple[float, float]], words: Words, x_title: str, y_title: str) -> Html:
    """A line through points, from left to right, with its axes."""
    chosen = sorted(points)
    across = _ticks(chosen[0][0], chosen[-1][0])
    up = _ticks(min(y for _, y in chosen), max(y for _, y in chosen))

    def place(x: float, y: float) -> tuple[float, float]:
        right, down = _WIDTH - _RIGHT - _LEFT, _HEIGHT - _FOOT - _TOP
        return (
            _LEFT + right * (x - across[0]) / (across[-1] - across[0]),
            _HEIGHT - _FOOT - down * (y - up[0]) / (up[-1] - up[0]),
        )

    parts = []
    for value in up:
        at = f"{place(across[0], value)[1]:.1f}"
        parts.append(tag("line", x1=_LEFT, x2=_WIDTH - _RIGHT, y1=at, y2=at, stroke="var(--rule)"))
        parts.append(tag("text", number(value), x=_LEFT - 6, y=at, dy=4, text_anchor="end"))
    for value in across:
        at = f"{place(value, up[0])[0]:.1f}"
        below = _HEIGHT - _FOOT + 16
        parts.append(tag("text", number(value), x=at, y=below, text_anchor="middle"))
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in (place(*point) for point in chosen))
    middle = 0.5 * (_LEFT + _WIDTH - _RIGHT)
    drawing = tag(
        "svg",
        *parts,
        tag("polyline", points=line, fill="none", stroke="var(--blue)", stroke_width=1.8),
        tag("text", words.label(x_title, within="tspan"), x=middle, y=_HEIGHT - 6,
            text_anchor="middle"),
        viewBox=f"0 0 {_WIDTH:g} {_HEIGHT:g}", role="img", font_size=12, fill="var(--quiet)",
        **words.spoken(y_title),
    )  # fmt: skip
    box = tag("div", tag("div", drawing), cls="scroll chart", tabindex="0")
    return tag("figure", box, tag("figcaption", words.label(y_title)))
