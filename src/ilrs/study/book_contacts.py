"""The contact plan's page: who is in view, who is booked, and what becomes of everybody's data."""

from typing import Any

import numpy as np

from ilrs.foundation.quantities import format_quantity
from ilrs.foundation.windows import Windows
from ilrs.study.book_html import Html, join, table, tag
from ilrs.study.book_numbers import number
from ilrs.study.book_words import Words
from ilrs.study.links_chart import USE_ROW, use_row
from ilrs.study.run import Run
from ilrs.study.site_chart import DayAxis

__all__ = ["contacts"]

_WIDTH, _LEFT, _RIGHT, _TOP, _FOOT = 920.0, 210.0, 24.0, 14.0, 44.0


def contacts(run: Run, words: Words) -> Html:
    """Picture and tables of the run's contact plan; a sentence where it has none."""
    plan = run.links
    if plan is None:
        return tag("p", words.label("contacts.none"))
    text = words.label(
        "contacts.caption", count=len(plan["contacts"]), start=plan["from_utc"][:10],
        end=plan["to_utc"][:10],
    )  # fmt: skip
    figure = tag(
        "figure",
        tag("div", tag("div", _picture(plan, words)), cls="scroll chart", tabindex="0"),
        tag("figcaption", text, id="contacts-text"),
    )
    return join([figure, _data(run, plan, words), _losses(plan, words)])


def _seconds(utc: str, origin: str) -> float:
    """Seconds of UTC from one instant to another, as the plan writes them."""
    at, begin = (np.datetime64(text.removesuffix("Z"), "s") for text in (utc, origin))
    return float((at - begin) / np.timedelta64(1, "s"))


def _picture(plan: dict[str, Any], words: Words) -> Html:
    origin, uses = plan["from_utc"], plan["uses"]
    whole_s = _seconds(plan["to_utc"], origin)
    axis = DayAxis(span_s=(0.0, whole_s), left=_LEFT, right=_WIDTH - _RIGHT)
    low = _TOP + USE_ROW * len(uses)
    parts = axis.lines(top=_TOP, low=low, most=10)
    for k, use in enumerate(uses):
        seen, booked = (
            Windows((_seconds(a, origin), _seconds(b, origin)) for a, b in use[key])
            for key in ("in_view_utc", "booked_utc")
        )
        parts += use_row(
            use["id"], use["kind"], seen=seen, booked=booked, axis=axis, top=_TOP + k * USE_ROW
        )
    days = words.label("contacts.days", within="tspan", start=origin[:10])
    parts.append(tag("text", days, x=_LEFT, y=low + 36))
    return tag(
        "svg", *parts, viewBox=f"0 0 {_WIDTH:g} {low + _FOOT:g}", role="img",
        aria_labelledby="contacts-text", font_size=12, fill="var(--quiet)",
    )  # fmt: skip


def _bits(volume_bit: float) -> str:
    return format_quantity(volume_bit, "bit")


def _hours(seconds: float | None) -> str:
    return "–" if seconds is None else number(seconds / 3600.0, digits=3)


def _data(run: Run, plan: dict[str, Any], words: Words) -> Html:
    """What becomes of everybody's data, and of all of it together."""
    volumes = ("made_bit", "delivered_bit", "buffered_bit", "dropped_bit")
    ages = ("latency_p50_s", "latency_worst_s")
    rows = [
        tag(
            "tr",
            tag("th", name, scope="row"),
            *(tag("td", _bits(row[key]), cls="num") for key in volumes),
            *(tag("td", _hours(row[key]), cls="num") for key in ages),
        )
        for name, row in [
            (words.label("contacts.all"), plan["totals"]),
            *((_maker(run, words, row["id"]), row) for row in plan["data"]),
        ]
    ]
    keys = ("maker", "made", "there", "waits", "dropped", "half", "whole")
    head = [words.label(f"contacts.{key}") for key in keys]
    return table(head, rows, caption=words.label("contacts.data"), numeric=(1, 2, 3, 4, 5, 6))


def _maker(run: Run, words: Words, id_: str) -> Html:
    """What makes data, by name: an element, an experiment or a mission."""
    programme = run.programme
    for kind in (programme.elements, programme.experiments, programme.missions):
        if id_ in kind:
            return words.name(kind[id_])
    return tag("span", id_)


def _losses(plan: dict[str, Any], words: Words) -> Html | None:
    """What is left without each relay, planned anew."""
    if not plan["losses"]:
        return None
    rows = [
        tag(
            "tr",
            tag("th", loss["relay"], scope="row"),
            tag("td", _bits(loss["lost_bit_d"]), cls="num"),
            tag("td", _bits(loss["left"]["dropped_bit"]), cls="num"),
            tag("td", _hours(loss["left"]["latency_p50_s"]), cls="num"),
            tag("td", _hours(loss["left"]["latency_worst_s"]), cls="num"),
        )
        for loss in plan["losses"]
    ]
    head = [
        words.label(f"contacts.{key}") for key in ("relay", "fewer", "dropped", "half", "whole")
    ]
    return table(head, rows, caption=words.label("contacts.losses"), numeric=(1, 2, 3, 4))
