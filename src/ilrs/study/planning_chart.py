"""A plan's picture: a row for each experiment under its partner, and one for each resource."""

import numpy as np
import xarray as xr

from ilrs.foundation.windows import Windows
from ilrs.operations.problem import Capacity, Resource, Store
from ilrs.operations.usage import plan_usage
from ilrs.study.book_html import Html, tag
from ilrs.study.planning_case import PlanCase
from ilrs.study.planning_crew import JOINT
from ilrs.study.planning_rows import RequestRow, request_rows
from ilrs.study.site_chart import DayAxis, svg_picture

__all__ = ["plan_svg"]

_WIDTH, _LEFT, _RIGHT, _TOP, _FOOT = 920.0, 236.0, 56.0, 62.0, 50.0
_ROW, _HEAD, _STORE = 19.0, 26.0, 34.0
_LONGEST_NAME = 27  # letters that fit to the left of the rows
_COLOURS = ("amber", "blue", "teal", "red")


def plan_svg(case: PlanCase, plan: xr.Dataset) -> str:
    """Who runs when, and what is left of each resource, as an SVG that stands alone."""
    span_s = case.problem.slots * case.problem.step_s
    axis = DayAxis(span_s=(0.0, span_s), left=_LEFT, right=_WIDTH - _RIGHT)
    parts, top = list[Html](), _TOP
    for drawn, height in (*_partners(case, plan, axis), *_resources(case, plan, axis)):
        parts.append(tag("g", *drawn, transform=f"translate(0,{top:g})"))
        top += height
    then = case.scenario
    title = f"Research plan of scenario {then.id} at {then.site}"
    foot = f"days from {then.start[:10]}, UTC; a session is named where one points at it"
    return svg_picture(
        _WIDTH,
        top + _FOOT,
        tag("text", title, x=24, y=24, cls="head"),
        tag("text", "pale: its conditions hold; full: it runs; right: hours got of hours asked",
            x=24, y=42),
        *axis.lines(top=_TOP, low=top, most=10),
        *parts,
        tag("text", foot, x=_LEFT, y=top + 36),
        title=title,
        description=f"{title}: sessions by partner, use by resource",
    )  # fmt: skip


_Drawn = tuple[list[Html], float]  # parts from the row's own top on, and its height


def _partners(case: PlanCase, plan: xr.Dataset, axis: DayAxis) -> list[_Drawn]:
    """Each partner's name, then a row for each of its experiments."""
    rows = request_rows(case, plan)
    windows = {one.kind: one.windows for one in case.problem.activities}
    for one in case.problem.activities:  # periodic sessions have windows of their own
        windows[one.kind] = windows[one.kind] | one.windows
    found: list[_Drawn] = []
    partners = sorted({row.partner for row in rows} - {JOINT})
    partners += [JOINT] if any(row.partner == JOINT for row in rows) else []
    for k, partner in enumerate(partners):
        declared = case.programme.partners.get(partner)
        name = "People" if partner == JOINT else (declared.name if declared else "") or partner
        head = tag("text", f"{name} ({partner})" if partner != JOINT else name, x=24, y=18,
                   cls="name")  # fmt: skip
        found.append(([head], _HEAD))
        colour = _COLOURS[k % len(_COLOURS)]
        for kind in dict.fromkeys(row.kind for row in rows if row.partner == partner):
            own = [row for row in rows if row.kind == kind and row.partner == partner]
            found.append((_experiment(kind, own, windows[kind], axis, colour), _ROW))
    return found


def _experiment(
    kind: str, rows: list[RequestRow], windows: Windows, axis: DayAxis, colour: str
) -> list[Html]:
    inside = windows & Windows([axis.span_s])
    parts = [_label(kind)]
    parts += axis.bars(inside, y=3, height=13, least=0.4, fill=f"var(--{colour})", opacity=0.16)
    for row in rows:
        if row.start_s is not None:
            left, right = axis.x_of(row.start_s), axis.x_of(row.start_s + row.duration_s)
            width = max(right - left - 0.3, 0.8)  # a gap, so that sessions in a row are told apart
            told = tag("title", f"{row.id}: {row.duration_s / 3600.0:g} h")
            parts.append(
                tag("rect", told, x=f"{left:.2f}", y=3, width=f"{width:.2f}", height=13,
                    fill=f"var(--{colour})")
            )  # fmt: skip
    got, asked = (sum(getattr(row, key) for row in rows) / 3600.0
                  for key in ("duration_s", "asked_s"))  # fmt: skip
    hours = f"{got:.0f}/{asked:.0f}"
    parts.append(tag("text", hours, x=_WIDTH - _RIGHT + 6, y=14, font_size=10))
    return parts


def _label(name: str) -> Html:
    told = name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"
    return tag("text", told, x=_LEFT - 8, y=14, text_anchor="end")


def _resources(case: PlanCase, plan: xr.Dataset, axis: DayAxis) -> list[_Drawn]:
    """Stores as their level, what is held as bars; instruments stand among the experiments."""
    usage = plan_usage(case.problem, plan)
    found: list[_Drawn] = [
        ([tag("text", "Resources: level of stores, use of the others", x=24, y=18, cls="name")],
         _HEAD)
    ]  # fmt: skip
    for resource in case.problem.resources:
        used = usage["used"].sel(resource=resource.name).values
        if not used.any() or resource.name.endswith("(instrument)"):
            continue
        if isinstance(resource, Store):
            level = usage["level_fraction"].sel(store=resource.name).values
            found.append((_store(resource, level, axis), _STORE))
        else:
            found.append((_capacity(resource, used, axis), _ROW))
    return found


def _store(store: Store, level: np.ndarray, axis: DayAxis) -> list[Html]:
    """The level as a filled line, and the least that is kept."""
    bottom, height = _STORE - 4.0, _STORE - 8.0
    edges = np.linspace(*axis.span_s, level.size + 1)
    kept = np.unique(
        np.r_[0, np.flatnonzero(np.abs(np.diff(level, n=2)) > 1e-6) + 1, level.size - 1]
    )
    points = [
        f"{axis.x_of(float(edges[k + 1])):.1f},{bottom - height * float(level[k]):.1f}"
        for k in kept.tolist()
    ]
    line = [f"{axis.left:.1f},{bottom - height * store.initial / store.capacity:.1f}", *points]
    area = " ".join([f"{axis.left:.1f},{bottom}", *line, f"{axis.right:.1f},{bottom}"])
    least_y = f"{bottom - height * store.least / store.capacity:.1f}"
    told = f"{100.0 * float(level.min()):.0f} %"
    return [
        _label(store.name),
        tag("polygon", points=area, fill="var(--teal)", fill_opacity="0.16"),
        tag("polyline", points=" ".join(line), fill="none", stroke="var(--teal)", stroke_width=1),
        tag("line", x1=axis.left, x2=axis.right, y1=least_y, y2=least_y, stroke="var(--red)",
            stroke_dasharray="3 3"),
        tag("text", f"≥ {told}", x=_WIDTH - _RIGHT + 6, y=14, font_size=10),
    ]  # fmt: skip


def _capacity(resource: Resource, used: np.ndarray, axis: DayAxis) -> list[Html]:
    """When it is held; the more of it, the darker."""
    assert isinstance(resource, Capacity)
    edges = np.linspace(*axis.span_s, used.size + 1)
    most = max(float(resource.available.max()), 1e-12)
    there = Windows.from_mask(edges, resource.available > 0.0)
    parts = [_label(resource.name)]
    parts += axis.bars(there, y=3, height=13, least=0.4, fill="var(--quiet)", opacity=0.12)
    change = np.flatnonzero(np.diff(used, prepend=np.nan, append=np.nan))
    for first, end in zip(change[:-1].tolist(), change[1:].tolist(), strict=True):
        if used[first] > 0.0:
            span = Windows([(float(edges[first]), float(edges[end]))])
            opacity = 0.3 + 0.7 * min(float(used[first]) / most, 1.0)
            parts += axis.bars(
                span, y=3, height=13, least=0.4, fill="var(--quiet)", opacity=round(opacity, 2)
            )
    return parts
