"""Landings at the site as missions declare them: manifests, order, how long supplies last."""

from typing import Any

import numpy as np

from ilrs.cooperation.campaign import Landing
from ilrs.cooperation.campaign_check import campaign_faults
from ilrs.cooperation.flights import Flights, flights
from ilrs.study.book_html import Html, join, table, tag
from ilrs.study.book_numbers import number
from ilrs.study.book_words import Words
from ilrs.study.campaign_metrics import newest_statement
from ilrs.study.campaigns import supplies_outlook
from ilrs.study.run import Run

__all__ = ["landings"]

_YEARS = 10


def landings(run: Run, words: Words) -> Html:
    """A row for each mission that lands at the site, and a sentence on supplies."""
    at = newest_statement(run.programme)
    found = flights(run.programme, site=run.site.id, at=at)
    if not found.booked.landings:
        return tag("p", words.label("landings.none"), cls="quiet")
    faults = campaign_faults(found.booked, found.cargo, found.carriers)
    head = [
        words.label(f"landings.{key}")
        for key in ("date", "mission", "cargo", "mass", "free", "order")
    ]
    rows = [_row(run, words, found, landing, faults) for landing in found.booked.landings]
    caption = words.label("landings.caption")
    return join([table(head, rows, caption=caption, numeric=(3, 4)), _supplies(run, words, at)])


def _row(run: Run, words: Words, found: Flights, landing: Landing, faults: list[str]) -> Html:
    programme = run.programme
    day = str(found.epoch + np.timedelta64(round(landing.day_d * 86400.0), "s"))[:10]
    early = [
        words.label("landings.before", element=key, need=text.split(" without ")[1])
        for key in landing.cargo for text in faults
        if text.startswith(f"{key} lands on ") and " without " in text
    ]  # fmt: skip
    names: list[Any] = []
    for key in landing.cargo:
        names += [words.name(programme.elements[key]), Html(", ")] if key in (
            programme.elements
        ) else [key, Html(", ")]  # fmt: skip
    broken = [part for label in early for part in (label, Html("<br/>"))][:-1]
    return tag(
        "tr",
        tag("td", day, cls="date"),
        tag("th", words.name(programme.missions[landing.carrier]), scope="row"),
        tag("td", *names[:-1]),
        tag("td", number(landing.mass_kg), cls="num"),
        tag("td", number(landing.free_kg), cls="num"),
        tag("td", *broken, cls="fail-text") if broken else tag("td", "–"),
    )


def _supplies(run: Run, words: Words, at: str) -> Html:
    found = supplies_outlook(
        run.programme, run.scenario, at=at, site=run.site.id, years=_YEARS
    )  # fmt: skip
    if found.least_reserve_d is None:
        return tag("p", words.label("landings.supplies_unknown"), cls="quiet")
    if found.shortage is None:
        return tag("p", words.label("landings.supplies_last", years=_YEARS))
    short = found.shortage
    day, until = (
        str(found.begin + np.timedelta64(round(d), "D"))[:10] for d in (short.day_d, short.until_d)
    )
    values = {
        "line": short.line, "day": day, "until": until,
        "mass": number(sum(short.lacks_kg.values())),
    }  # fmt: skip
    return tag("p", words.label("landings.supplies_out", **values))
