"""A plan's picture: a row for each experiment under its partner, and one for each resource.

It is drawn from the plan's record (plan.json), for the file beside it and for the station book.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ilrs.foundation.windows import Windows
from ilrs.study.book_html import Html, tag
from ilrs.study.planning_crew import JOINT
from ilrs.study.site_chart import DayAxis, svg_picture

__all__ = ["LEFT", "WIDTH", "plan_chart", "plan_svg"]

#: Width of the picture, and its margins: names stand on the left, hours on the right.
WIDTH, LEFT, RIGHT = 920.0, 236.0, 56.0
_TOP, _FOOT = 62.0, 50.0
_ROW, _HEAD, _STORE = 19.0, 26.0, 34.0
_LONGEST_NAME = 27  # letters that fit to the left of the rows
_COLOURS = ("amber", "blue", "teal", "red")

_Drawn = tuple[list[Html], float]  # parts from the row's own top on, and its height


def plan_svg(record: Mapping[str, Any], *, names: Mapping[str, str]) -> str:
    """Who runs when, and what is left of each resource, as an SVG that stands alone.

    `record` is what `plan.json` holds, `names` those of partners by id.
    """
    heads = {partner: f"{name} ({partner})" for partner, name in names.items()}
    heads |= {JOINT: "People", "": "Resources: level of stores, use of the others"}
    parts, low = plan_chart(record, heads=heads, top=_TOP)
    title = f"Research plan of scenario {record['scenario']} at {record['site']}"
    foot = f"days from {record['from_utc'][:10]}, UTC; a session is named where one points at it"
    return svg_picture(
        WIDTH,
        low + _FOOT,
        tag("text", title, x=24, y=24, cls="head"),
        tag("text", "pale: its conditions hold; full: it runs; right: hours got of hours asked",
            x=24, y=42),
        *parts,
        tag("text", foot, x=LEFT, y=low + 36),
        title=title,
        description=f"{title}: sessions by partner, use by resource",
    )  # fmt: skip


def plan_chart(
    record: Mapping[str, Any], *, heads: Mapping[str, str], top: float
) -> tuple[list[Html], float]:
    """The parts of the picture from `top` on, and where they end.

    `heads` are the headings of partners by id, and of the resources under an empty one.
    """
    steps = record["resources"]
    span_s = float(record["span_s"])
    axis = DayAxis(span_s=(0.0, span_s), left=LEFT, right=WIDTH - RIGHT)
    rows = [*_partners(record, axis, heads), *_resources(steps, axis, heads)]
    low = top + sum(height for _, height in rows)
    parts, at = axis.lines(top=top, low=low, most=10), top
    for drawn, height in rows:
        parts.append(tag("g", *drawn, transform=f"translate(0,{at:g})"))
        at += height
    return parts, low


def _partners(record: Mapping[str, Any], axis: DayAxis, heads: Mapping[str, str]) -> list[_Drawn]:
    """Each partner's name, then a row for each of its experiments."""
    requests = record["requests"]
    found: list[_Drawn] = []
    owners = sorted({row["partner"] for row in requests} - {JOINT})
    owners += [JOINT] if any(row["partner"] == JOINT for row in requests) else []
    for k, partner in enumerate(owners):
        found.append(([_head(heads.get(partner, partner))], _HEAD))
        colour = _COLOURS[k % len(_COLOURS)]
        for kind in dict.fromkeys(row["kind"] for row in requests if row["partner"] == partner):
            own = [r for r in requests if r["kind"] == kind and r["partner"] == partner]
            windows = Windows((a, b) for a, b in record["windows_s"][kind])
            found.append((_experiment(kind, own, windows, axis, colour), _ROW))
    return found


def _head(text: str) -> Html:
    return tag("text", text, x=24, y=18, cls="name", font_weight=600)


def _experiment(
    kind: str, rows: Sequence[Mapping[str, Any]], windows: Windows, axis: DayAxis, colour: str
) -> list[Html]:
    parts = [_label(kind)]
    parts += axis.bars(windows, y=3, height=13, least=0.4, fill=f"var(--{colour})", opacity=0.16)
    for row in rows:
        if row["start_s"] is not None:
            left, right = (
                axis.x_of(t_s) for t_s in (row["start_s"], row["start_s"] + row["duration_s"])
            )
            width = max(right - left - 0.3, 0.8)  # a gap, so that sessions in a row are told apart
            told = tag("title", f"{row['id']}: {row['duration_s'] / 3600.0:g} h")
            parts.append(
                tag("rect", told, x=f"{left:.2f}", y=3, width=f"{width:.2f}", height=13,
                    fill=f"var(--{colour})")
            )  # fmt: skip
    got, asked = (sum(row[key] for row in rows) / 3600.0 for key in ("duration_s", "asked_s"))
    hours = f"{got:.0f}/{asked:.0f}"
    parts.append(tag("text", hours, x=WIDTH - RIGHT + 6, y=14, font_size=10))
    return parts


def _label(name: str) -> Html:
    told = name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"
    return tag("text", told, x=LEFT - 8, y=14, text_anchor="end")


def _resources(
    resources: Sequence[Mapping[str, Any]], axis: DayAxis, heads: Mapping[str, str]
) -> list[_Drawn]:
    """Stores as their level, what is held as bars; instruments stand among the experiments."""
    found: list[_Drawn] = [([_head(heads[""])], _HEAD)]
    for resource in resources:
        if "level_fraction" in resource:
            found.append((_store(resource, axis), _STORE))
        elif "held" in resource:
            found.append((_capacity(resource, axis), _ROW))
    return found


def _store(store: Mapping[str, Any], axis: DayAxis) -> list[Html]:
    """The level as a filled line, and the least that is kept."""
    bottom, height = _STORE - 4.0, _STORE - 8.0
    level = np.array(store["level_fraction"], dtype=np.float64)
    edges = np.linspace(*axis.span_s, level.size)
    bends = np.flatnonzero(np.abs(np.diff(level, n=2)) > 1e-6) + 1
    line = " ".join(
        f"{axis.x_of(float(edges[k])):.1f},{bottom - height * float(level[k]):.1f}"
        for k in np.unique(np.r_[0, bends, level.size - 1]).tolist()
    )
    area = f"{axis.left:.1f},{bottom} {line} {axis.right:.1f},{bottom}"
    least_y = f"{bottom - height * store['least_fraction']:.1f}"
    return [
        _label(store["name"]),
        tag("polygon", points=area, fill="var(--teal)", fill_opacity="0.16"),
        tag("polyline", points=line, fill="none", stroke="var(--teal)", stroke_width=1),
        tag("line", x1=axis.left, x2=axis.right, y1=least_y, y2=least_y, stroke="var(--red)",
            stroke_dasharray="3 3"),
        tag("text", f"≥ {100.0 * float(level.min()):.0f} %", x=WIDTH - RIGHT + 6, y=14,
            font_size=10),
    ]  # fmt: skip


def _capacity(resource: Mapping[str, Any], axis: DayAxis) -> list[Html]:
    """When it is held; the more of it, the darker."""
    there = Windows((a, b) for a, b in resource["there_s"])
    parts = [_label(resource["name"])]
    parts += axis.bars(there, y=3, height=13, least=0.4, fill="var(--quiet)", opacity=0.12)
    for start_s, end_s, part in resource["held"]:
        span, opacity = Windows([(start_s, end_s)]), round(0.3 + 0.7 * min(part, 1.0), 2)
        parts += axis.bars(span, y=3, height=13, least=0.4, fill="var(--quiet)", opacity=opacity)
    return parts
