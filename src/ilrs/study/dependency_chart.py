"""The N² chart of partners as a picture: who gives in rows, who takes in columns."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ilrs.study.book_html import Html, tag
from ilrs.study.site_chart import svg_picture

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["dependency_svg", "n2_chart"]

_CELL, _FOOT = 34.0, 14.0
_LETTER = 8.0  # width of an id, by letter
_LONGEST_ID = 12  # letters that fit beside a row


def n2_chart(
    chart: "xr.DataArray", *, top: float, words: Mapping[str, str]
) -> tuple[list[Html], float, float]:
    """The parts of the picture from `top` on, its width and where it ends.

    Each cell holds the number of things; the more, the darker. `words` name the kinds.
    """
    partners = chart["giver"].values.tolist()
    counts = chart.sum("kind").values
    most = max(int(counts.max(initial=0)), 1)
    longest = min(max(map(len, partners), default=0), _LONGEST_ID)
    left, first = 16.0 + _LETTER * longest, top + 16.0 + 0.8 * _LETTER * longest
    size = _CELL * len(partners)
    parts = [_lines(left, first, len(partners))]
    for i, giver in enumerate(partners):
        y = first + _CELL * i
        middle = left + _CELL * (i + 0.5)
        parts.append(_name(giver, x=left - 8, y=y + 0.62 * _CELL))
        parts.append(
            _name(giver, x=middle, y=first - 8, turned=f"rotate(-50 {middle:g} {first - 8:g})")
        )
        parts.append(
            tag("rect", x=left + _CELL * i, y=y, width=_CELL, height=_CELL,
                fill="var(--quiet)", fill_opacity="0.28")
        )  # fmt: skip
        for k, taker in enumerate(partners):
            if counts[i, k]:
                told = [
                    f"{words.get(kind, kind)} {int(number)}"
                    for kind, number in zip(
                        chart["kind"].values.tolist(), chart.values[i, k], strict=True
                    )
                    if number
                ]
                title = f"{giver} → {taker}: {', '.join(told)}"
                parts.append(_cell(int(counts[i, k]), most, title, x=left + _CELL * k, y=y))
    return parts, left + size + 0.6 * _LETTER * longest, first + size + _FOOT


def _lines(left: float, first: float, count: int) -> Html:
    size = _CELL * count
    ways = [
        f"M{left:g} {first + _CELL * k:g}h{size:g}M{left + _CELL * k:g} {first:g}v{size:g}"
        for k in range(count + 1)
    ]
    return tag("path", d="".join(ways), stroke="var(--rule)", fill="none")


def _name(partner: str, *, x: float, y: float, turned: str | None = None) -> Html:
    told = partner if len(partner) <= _LONGEST_ID else f"{partner[: _LONGEST_ID - 1]}…"
    anchor = "start" if turned else "end"
    return tag("text", told, x=f"{x:g}", y=f"{y:g}", text_anchor=anchor, transform=turned,
               cls="name", fill="var(--ink)", font_size=12)  # fmt: skip


def _cell(number: int, most: int, title: str, *, x: float, y: float) -> Html:
    strength = 0.12 + 0.5 * number / most
    return tag(
        "g",
        tag("title", title),
        tag("rect", x=x, y=y, width=_CELL, height=_CELL, fill="var(--blue)",
            fill_opacity=f"{strength:.2f}"),
        tag("text", str(number), x=f"{x + 0.5 * _CELL:g}", y=f"{y + 0.62 * _CELL:g}",
            text_anchor="middle", cls="name", fill="var(--ink)", font_size=12),
    )  # fmt: skip


def dependency_svg(chart: "xr.DataArray", *, programme: str) -> str:
    """The chart as an SVG file that stands alone."""
    parts, width, low = n2_chart(chart, top=52.0, words={})
    title = f"Who depends on whom: {programme}"
    width = max(width, 48.0 + 8.2 * len(title), 500.0)
    return svg_picture(
        width, low,
        tag("text", title, x=24, y=24, cls="head"),
        tag("text", "rows give, columns take; a number counts the things that need one another",
            x=24, y=42),
        *parts,
        title=title, description="N² chart of the partners",
    )  # fmt: skip
