"""Who brings what: contributions by stage, level and partner; elements by owner with rides."""

from collections import Counter
from typing import get_args

from ilrs.programme.entities import Contribution, Element, Level, Partner, Programme, Stage
from ilrs.study.book_html import Html, join, table, tag
from ilrs.study.book_numbers import number
from ilrs.study.book_words import Words
from ilrs.study.run import Run

__all__ = ["contribution_matrix", "elements_by_owner", "partner_table"]

STATUSES: tuple[str, ...] = get_args(Partner.model_fields["status"].annotation)
_GROUND = "F5"  # ground support needs no ride
STAGES: tuple[str, ...] = get_args(Stage)
LEVELS: tuple[str, ...] = get_args(Level)


def _standing(programme: Programme) -> list[Contribution]:
    return [c for c in programme.contributions.values() if c.status != "withdrawn"]


def contribution_matrix(run: Run, words: Words) -> Html:
    """Stages down, levels across, in each cell the partners: filled material, hollow not."""
    standing = _standing(run.programme)
    rows = []
    for stage in STAGES:
        cells = []
        for level in LEVELS:
            held = [c for c in standing if (c.stage, c.level) == (stage, level)]
            inner = _chips(run.programme, held) if held else tag("span", "·", cls="quiet")
            cells.append(tag("td", inner, cls="cell" if held else "cell gap"))
        rows.append(tag("tr", tag("th", words.label(f"stage.{stage}"), scope="row"), *cells))
    head = [tag("span", ""), *(words.label(f"level.{level}") for level in LEVELS)]
    key = tag(
        "p",
        tag("span", tag("b", "CN", cls="chip material"), words.label("form.material")),
        tag("span", tag("b", "CN", cls="chip"), words.label("form.non-material")),
        tag("span", tag("b", "·", cls="quiet"), words.label("matrix.gap")),
        cls="legend",
    )
    caption = words.label("matrix.caption", count=len(standing))
    return join([table(head, rows, caption=caption, cls="matrix"), key])


def _chips(programme: Programme, held: list[Contribution]) -> Html:
    """One chip for each partner and form, with how many where there are several."""
    counted = Counter((c.partner, c.form) for c in held)
    return join(
        tag(
            "b",
            key if count == 1 else f"{key} ×{count}",
            cls="chip material" if form == "material" else "chip",
            title=_plain_name(programme.partners.get(key), key),
        )
        for (key, form), count in sorted(counted.items())
    )


def _plain_name(partner: Partner | None, key: str) -> str:
    return (partner.name or key) if partner else key


def partner_table(run: Run, words: Words) -> Html:
    """Each partner with the stages it takes part in, its contributions and its landed mass."""
    standing = _standing(run.programme)
    elements = run.programme.elements.values()
    rows = []
    listed = sorted(run.programme.partners.items(), key=lambda pair: STATUSES.index(pair[1].status))
    for key, partner in listed:
        own = [c for c in standing if c.partner == key]
        reached = {c.stage for c in own}
        dots = [_dot(words, stage, stage in reached) for stage in STAGES]
        forms = Counter(c.form for c in own)
        mass_kg = sum(e.mass_kg or 0.0 for e in elements if e.owner == key)
        rows.append(
            tag(
                "tr",
                tag("th", _linked(run, key, words.name(partner)), scope="row"),
                tag("td", words.either("partner", partner.status)),
                tag("td", tag("span", *dots, cls="dots")),
                tag("td", str(forms["material"] or "–"), cls="num"),
                tag("td", str(forms["non-material"] or "–"), cls="num"),
                tag("td", number(mass_kg or None), cls="num"),
            )
        )
    head = [
        words.label(f"partners.{key}")
        for key in ("partner", "status", "stages", "material", "other", "mass")
    ]
    return table(head, rows, caption=words.label("partners.caption"), numeric=(3, 4, 5))


def _linked(run: Run, key: str, name: Html) -> Html:
    """A partner's name, leading to its page where pages are written beside the book."""
    return tag("a", name, href=f"{run.pages}/{key}.html") if run.pages else name


def _dot(words: Words, stage: str, reached: bool) -> Html:
    name = words.text(f"stage.{stage}")
    mark = tag("i", cls="dot on" if reached else "dot", title=name)
    return join([mark, tag("span", f"{name} ", cls="unseen") if reached else None])


def elements_by_owner(run: Run, words: Words) -> Html:
    """Elements with mass and ride, one group for each owner."""
    programme = run.programme
    owners = list(dict.fromkeys(e.owner for e in programme.elements.values()))
    rows: list[Html] = []
    for owner in owners:
        own = [e for e in programme.elements.values() if e.owner == owner]
        partner = programme.partners.get(owner)
        mass_kg = sum(e.mass_kg or 0.0 for e in own)
        title = words.name(partner) if partner else tag("span", owner or "–")
        rows.append(
            tag(
                "tr",
                tag("th", title, scope="rowgroup", colspan=3),
                tag("td", number(mass_kg or None), cls="num"),
                tag("td", cls="num", colspan=2),
                cls="group",
            )
        )
        rows += [_element_row(programme, words, element) for element in own]
    head = [
        words.label(f"elements.{key}")
        for key in ("element", "facility", "place", "mass", "ride", "launch")
    ]
    return table(head, rows, caption=words.label("elements.caption"), numeric=(3,))


def _element_row(programme: Programme, words: Words, element: Element) -> Html:
    ride = programme.ride_of(element)
    facility = programme.facilities.get(element.facility)
    launch = ride.launch if ride else None
    on_ground = element.facility == _GROUND
    return tag(
        "tr",
        tag("td", words.name(element)),
        tag("td", words.name(facility) if facility else element.facility),
        tag("td", _place(programme, words, element)),
        tag("td", number(element.mass_kg), cls="num"),
        tag("td", words.name(ride) if ride else "–" if on_ground else _missing(words)),
        tag("td", (launch.date if launch and launch.date else "–"), cls="date"),
    )


def _place(programme: Programme, words: Words, element: Element) -> Html | str:
    if element.site in programme.sites:
        return words.name(programme.sites[element.site])
    if element.orbit:
        return words.label("elements.orbit")
    return words.label("elements.earth") if element.facility == _GROUND else "–"


def _missing(words: Words) -> Html:
    return tag("span", words.label("elements.no_ride"), cls="fail-text")
