"""The survival curve with its interval, as an SVG file that stands alone."""

from ilrs.study.book_html import Html, tag
from ilrs.study.book_numbers import number
from ilrs.study.site_chart import svg_picture, ticks
from ilrs.study.survival import Chance, Survival, verdicts_of

__all__ = ["survival_chart"]

_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 760.0, 380.0, 64.0, 24.0, 64.0, 62.0


def survival_chart(survival: Survival) -> str:
    """The chance to be alive at the end of each year, its 95 % interval, and what is required."""
    title = f"Survival of the station at {survival.scenario.site}"
    foot = (
        f"{survival.tally.lives} lives from {survival.scenario.start[:10]} on;"
        " band: 95 % interval (Wilson)"
    )
    chances = [Chance(1.0, 1.0, 1.0), *survival.chances]
    parts = [tag("text", title, x=_LEFT, y=26, cls="head"), *_axes(survival.years)]
    low = [f"{_x(k, survival.years):.1f},{_y(c.low):.1f}" for k, c in enumerate(chances)]
    high = [f"{_x(k, survival.years):.1f},{_y(c.high):.1f}" for k, c in enumerate(chances)]
    band = " ".join([*high, *reversed(low)])
    line = " ".join(f"{_x(k, survival.years):.1f},{_y(c.value):.1f}" for k, c in enumerate(chances))
    parts += [
        tag("polygon", points=band, fill="var(--blue)", opacity=0.22),
        tag("polyline", points=line, fill="none", stroke="var(--blue)", stroke_width=1.8),
        *(_mark(k, c, survival.years) for k, c in enumerate(chances)),
        *_limits(survival),
        tag("text", foot, x=_LEFT, y=_HEIGHT - 8, font_size=11),
    ]
    return svg_picture(_WIDTH, _HEIGHT, *parts, title=title, description=foot)


def _x(year: float, years: int) -> float:
    return _LEFT + (_WIDTH - _LEFT - _RIGHT) * year / years


def _y(chance: float) -> float:
    return _HEIGHT - _BOTTOM - (_HEIGHT - _BOTTOM - _TOP) * chance


def _axes(years: int) -> list[Html]:
    parts = [tag("text", "alive", x=_LEFT, y=_TOP - 14, cls="name")]
    for value in ticks(0.0, 1.0):
        at = f"{_y(value):.1f}"
        parts.append(tag("line", x1=_LEFT, x2=_WIDTH - _RIGHT, y1=at, y2=at, cls="grid"))
        told = f"{100 * value:.0f} %"
        parts.append(tag("text", told, x=_LEFT - 8, y=at, dy=4, text_anchor="end"))
    for year in ticks(0.0, float(years), most=10):
        at = f"{_x(year, years):.1f}"
        below = _HEIGHT - _BOTTOM + 18
        parts.append(tag("text", number(year), x=at, y=below, text_anchor="middle"))
    middle = f"{0.5 * (_LEFT + _WIDTH - _RIGHT):.1f}"
    below = _HEIGHT - _BOTTOM + 36
    return [*parts, tag("text", "years", x=middle, y=below, text_anchor="middle")]


def _mark(year: int, chance: Chance, years: int) -> Html:
    told = f"{year}: {100 * chance.value:.1f} % ({100 * chance.low:.1f}–{100 * chance.high:.1f} %)"
    return tag(
        "circle", tag("title", told), cx=f"{_x(year, years):.1f}", cy=f"{_y(chance.value):.1f}",
        r=2.6, fill="var(--blue)",
    )  # fmt: skip


def _limits(survival: Survival) -> list[Html]:
    """A tick at each figure that a requirement wants."""
    parts = []
    for verdict in verdicts_of(survival):
        if verdict.chance is None:
            continue
        x, y = _x(verdict.year, survival.years), f"{_y(verdict.limit):.1f}"
        told = f"{verdict.requirement}: at least {100 * verdict.limit:.0f} %"
        parts.append(
            tag("line", x1=f"{x - 60:.1f}", x2=f"{x:.1f}", y1=y, y2=y, stroke="var(--amber)",
                stroke_width=2)
        )  # fmt: skip
        parts.append(tag("text", told, x=f"{x:.1f}", y=y, dy=16, text_anchor="end"))
    return parts
