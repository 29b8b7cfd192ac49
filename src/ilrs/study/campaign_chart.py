"""A campaign's picture: launches in landing order from top to bottom, what each one carries."""

from itertools import pairwise

from ilrs.cooperation.dates import days_between
from ilrs.foundation.time import parse_utc
from ilrs.study.book_html import Html, tag
from ilrs.study.campaigns import CampaignAnswer, CargoRow, LandingRow
from ilrs.study.site_chart import svg_picture

__all__ = ["campaign_svg"]

#: Narrow enough for a telephone: time runs down, masses to the right.
_WIDTH, _LEFT, _RIGHT, _TOP = 380.0, 26.0, 14.0, 92.0
_BAR, _LINE, _GAP = 16.0, 14.0, 22.0
_LETTERS = 48  # that fit into a line of small type
_COLOURS = ("blue", "amber", "teal", "red")


def campaign_svg(answer: CampaignAnswer) -> str:
    """Each launch with its day, its bar of masses by owner and its manifest, as an SVG file."""
    rows = answer.landings()
    pieces = {row.cargo: row for row in answer.cargo()}
    colours = _by_owner([pieces[name] for row in rows for name in row.cargo])
    most_kg = max((row.landed_kg for row in rows), default=1.0)
    parts: list[Html] = []
    at = _TOP
    dots = []
    for before, row in zip([None, *rows], rows, strict=False):
        dots.append(at + 4)
        drawn, height = _launch(row, before, pieces, colours, most_kg)
        parts.append(tag("g", *drawn, transform=f"translate(0,{at:g})"))
        at += height + _GAP
    rail = [
        tag("line", x1=12, x2=12, y1=f"{a:g}", y2=f"{b:g}", cls="axis") for a, b in pairwise(dots)
    ]
    rail += [tag("circle", cx=12, cy=f"{y:g}", r=4, fill="var(--ink)") for y in dots]
    title = f"Launch campaign to {answer.flights.site}"
    head = [
        tag("text", title, x=12, y=24, cls="head"),
        tag("text", f"{answer.goal.replace('-', ' ')}, as seen on {answer.at}; bars: landed mass",
            x=12, y=42),
        *_legend(colours),
    ]  # fmt: skip
    foot = tag("text", "A date that names a year only stands in its middle.", x=12, y=f"{at:g}")
    described = f"{title}: {len(rows)} launches with their manifests"
    return svg_picture(
        _WIDTH, at + 16, *head, *rail, *parts, foot, title=title, description=described
    )


def _by_owner(pieces: list[CargoRow]) -> dict[str, str]:
    """A colour for each of the owners with the most mass; the others share one."""
    masses_kg: dict[str, float] = {}
    for piece in pieces:
        masses_kg[piece.owner] = masses_kg.get(piece.owner, 0.0) + piece.mass_kg
    heaviest = sorted(masses_kg, key=lambda owner: (-masses_kg[owner], owner))
    return {
        owner: _COLOURS[k] if k < len(_COLOURS) else "quiet" for k, owner in enumerate(heaviest)
    }


def _legend(colours: dict[str, str]) -> list[Html]:
    """A square and a name for each colour."""
    parts, x = [], 12.0
    names = {colour: owner or "joint" for owner, colour in reversed(colours.items())}
    if len(colours) > len(_COLOURS):
        names["quiet"] = "others"
    for colour in (*_COLOURS, "quiet"):
        if colour in names:
            parts.append(tag("rect", x=f"{x:g}", y=55, width=9, height=9, fill=f"var(--{colour})"))
            parts.append(tag("text", names[colour], x=f"{x + 13:g}", y=64))
            x += 13.0 + 7.5 * len(names[colour]) + 12.0
    return parts


def _launch(
    row: LandingRow, before: LandingRow | None, pieces: dict[str, CargoRow],
    colours: dict[str, str], most_kg: float,
) -> tuple[list[Html], float]:  # fmt: skip
    """One launch from its own top on, and how high it is."""
    where = f" at {row.pad}" if row.pad else ""
    parts = [
        tag("text", f"{row.date}  {row.carrier}{where}", x=_LEFT, y=9, cls="name"),
        tag("text", f"{row.mass_kg:,.0f} of {row.landed_kg:,.0f} kg", x=_WIDTH - _RIGHT, y=9,
            text_anchor="end"),
    ]  # fmt: skip
    width = _WIDTH - _LEFT - _RIGHT
    parts.append(
        tag("rect", x=_LEFT, y=16, width=f"{width * row.landed_kg / most_kg:.1f}", height=_BAR,
            fill="none", stroke="var(--quiet)")
    )  # fmt: skip
    x = _LEFT
    for name in row.cargo:
        piece = pieces[name]
        part = width * piece.mass_kg / most_kg
        told = tag("title", f"{name}: {piece.mass_kg:,.0f} kg")
        parts.append(
            tag("rect", told, x=f"{x:.1f}", y=16, width=f"{max(part - 1.0, 0.5):.1f}",
                height=_BAR, fill=f"var(--{colours[piece.owner]})")
        )  # fmt: skip
        x += part
    lines = _wrapped(row.cargo)
    for k, line in enumerate(lines):
        y = 16 + _BAR + 14 + k * _LINE
        parts.append(tag("text", line, x=_LEFT, y=f"{y:g}", font_size=11))
    height = 16 + _BAR + 4 + len(lines) * _LINE
    if before is not None:
        gap_d = days_between(parse_utc(before.date), parse_utc(row.date))
        later = f"{gap_d:.0f} d later" if gap_d else "the same day"
        parts.append(tag("text", later, x=_LEFT, y=-8, font_size=10))
    return parts, height


def _wrapped(names: tuple[str, ...]) -> list[str]:
    """The names in lines that fit."""
    lines = [""]
    for k, name in enumerate(names):
        word = name + ("," if k < len(names) - 1 else "")
        if lines[-1] and len(lines[-1]) + 1 + len(word) > _LETTERS:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".strip()
    return lines
