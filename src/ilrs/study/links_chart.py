"""A row of a contact plan's picture: who it is, when another end is in view, when one is booked."""

from ilrs.foundation.windows import Windows
from ilrs.study.book_html import Html, tag
from ilrs.study.site_chart import DayAxis

__all__ = ["USE_ROW", "use_row"]

#: Height of a row.
USE_ROW = 26.0
_LONGEST_NAME = 24  # letters that fit to the left of the rows
_COLOURS = {"sender": "amber", "relay": "blue", "on Earth": "teal"}


def use_row(
    name: str, kind: str, *, seen: Windows, booked: Windows, axis: DayAxis, top: float
) -> list[Html]:
    """Name and bars: pale where another end is in view, full where a contact is booked."""
    told = name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"
    parts = [tag("text", told, x=axis.left - 8, y=top + 13, cls="name", text_anchor="end")]
    for windows, opacity in ((seen, 0.22), (booked, 1.0)):
        fill = f"var(--{_COLOURS[kind]})"
        parts += axis.bars(windows, y=top + 2, height=15, least=0.6, fill=fill, opacity=opacity)
    return parts
