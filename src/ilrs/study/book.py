"""The station book: one HTML file that tells what a run found, and opens without network.

Tables, panorama, light calendar and road map are written here and need no script; the page's own
scripts add the zoomable year, the moving Sun, filters and the change of language.

Not here yet: several sites or runs side by side.
"""

import json
from string import Template
from typing import Any

from ilrs.study.book_contacts import contacts
from ilrs.study.book_cooperation import contribution_matrix, elements_by_owner, partner_table
from ilrs.study.book_crew import crew
from ilrs.study.book_html import Html, join, tag
from ilrs.study.book_law import law
from ilrs.study.book_ledger import (
    balance_table,
    benefit_tables,
    contribution_list,
    dependency_chart,
)
from ilrs.study.book_limits import limit_table
from ilrs.study.book_map import ground_sheet
from ilrs.study.book_numbers import number
from ilrs.study.book_orbits import orbits
from ilrs.study.book_panorama import sky_payload
from ilrs.study.book_plan import research_plan
from ilrs.study.book_records import assumptions, provenance, sources
from ilrs.study.book_research import research
from ilrs.study.book_roadmap import roadmap
from ilrs.study.book_site import darkness_list, sky_picture, visibility_table
from ilrs.study.book_sizing import sizing
from ilrs.study.book_survival import survival
from ilrs.study.book_verdicts import answer, key_figures, verdict_table
from ilrs.study.book_withdrawals import withdrawals
from ilrs.study.book_words import LANGUAGES, Words, asset, catalogue, words_in
from ilrs.study.book_year import element_table, month_table, year_payload
from ilrs.study.run import Run

__all__ = ["render"]

_SCRIPTS = ("book.js", "book_sky.js", "book_year.js")
_SECTIONS = (
    "verdicts", "site", "map", "orbits", "contacts", "year", "survival", "sizing", "crew",
    "research", "plan", "cooperation", "law", "roadmap", "claims", "provenance",
)  # fmt: skip


def render(run: Run, *, language: str = "en") -> str:
    """The station book of a run, as one HTML page.

    The page opens in `language` (en, zh or ru) and holds all three. The same run gives the same
    bytes. Raises IlrsError for another language.
    """
    words = words_in(language)
    payload = {
        "language": language,
        "catalogues": {code: dict(catalogue(code)) for code in LANGUAGES},
        "sky": sky_payload(run),
        "year": year_payload(run),
    }
    title = run.programme.names.get(language) or run.programme.name
    return Template(asset("book/template.html")).substitute(
        language=language,
        title=join([title, " · ", words.text("book.title")]),
        style=asset("book/book.css"),
        header=_header(run, words),
        contents=_contents(words),
        sections=join(_section(run, words, key) for key in _SECTIONS),
        footer=words.label("book.footer"),
        no_script=words.label("book.no_script"),
        payload=_as_script_data(payload),
        scripts="\n".join(asset(f"book/{name}") for name in _SCRIPTS),
    )


def _as_script_data(payload: dict[str, Any]) -> str:
    """JSON that no HTML parser can take for the end of its script element."""
    text = json.dumps(payload, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _header(run: Run, words: Words) -> Html:
    place = [words.name(run.site)]
    latitude, longitude = run.site.latitude_deg, run.site.longitude_deg
    if latitude is not None and longitude is not None:
        south, west = latitude < 0, longitude % 360.0 > 180.0
        east_deg = 360.0 - longitude % 360.0 if west else longitude % 360.0
        place.append(
            tag("span", f" {number(abs(latitude))}° {'S' if south else 'N'}, "
                f"{number(east_deg)}° {'W' if west else 'E'}")
        )  # fmt: skip
    span = f"{run.scenario.start[:10]} – {run.scenario.end[:10]}"
    return tag(
        "header",
        tag("p", words.label("book.title"), cls="kicker"),
        tag("h1", words.named(run.programme.name, run.programme.names)),
        tag(
            "p",
            tag("span", *place),
            tag("span", words.name(run.scenario)),
            tag("span", span),
            cls="where",
        ),
        answer(run, words),
        key_figures(run, words),
    )


def _contents(words: Words) -> Html:
    links = [tag("a", words.label(f"{key}.heading"), href=f"#{key}") for key in _SECTIONS]
    languages = [
        tag("button", name, type="button", data_language=code, lang=code,
            aria_pressed="true" if code == words.language else "false")
        for code, name in LANGUAGES.items()
    ]  # fmt: skip
    theme = tag("button", "◐", type="button", id="theme", **words.spoken("book.theme"))
    return tag(
        "nav",
        tag("div", *links, cls="links"),
        tag("div", *languages, theme, cls="chips scripted"),
        **words.spoken("book.contents"),
    )


def _section(run: Run, words: Words, key: str) -> Html:
    body = _BODIES[key](run, words)
    lead = tag("p", words.label(f"{key}.lead"), cls="lead")
    return tag("section", tag("h2", words.label(f"{key}.heading")), lead, body, id=key)


def _site(run: Run, words: Words) -> Html:
    halves = tag(
        "div", tag("div", darkness_list(run, words)), tag("div", visibility_table(run, words)),
        cls="halves",
    )  # fmt: skip
    return join([sky_picture(run, words), halves])


def _year(run: Run, words: Words) -> Html:
    charts = tag("div", id="year-charts", cls="scripted")
    return join(
        [charts, month_table(run, words), element_table(run, words), limit_table(run, words)]
    )


def _cooperation(run: Run, words: Words) -> Html:
    headed = {"depend": dependency_chart, "balance": balance_table, "benefits": benefit_tables}
    return join(
        [
            contribution_matrix(run, words),
            contribution_list(run, words),
            partner_table(run, words),
            elements_by_owner(run, words),
            withdrawals(run, words),
            *(
                join([tag("h3", words.label(f"{key}.heading")), part(run, words)])
                for key, part in headed.items()
            ),
        ]
    )


def _provenance(run: Run, words: Words) -> Html:
    return join([provenance(run, words), sources(run, words)])


_BODIES = {
    "verdicts": verdict_table,
    "site": _site,
    "map": ground_sheet,
    "orbits": orbits,
    "contacts": contacts,
    "year": _year,
    "crew": crew,
    "survival": survival,
    "sizing": sizing,
    "research": research,
    "plan": research_plan,
    "cooperation": _cooperation,
    "law": law,
    "roadmap": roadmap,
    "claims": assumptions,
    "provenance": _provenance,
}
