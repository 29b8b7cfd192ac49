"""A partner's page: one HTML file in one language that opens without network and without script."""

from collections.abc import Callable, Iterator, Sequence

from ilrs.cooperation.dependencies import JOINT, Dependency
from ilrs.foundation.errors import Finding
from ilrs.programme.entities import Contribution, Element, Experiment, Mission, Programme
from ilrs.study.book_html import Html, join, table, tag
from ilrs.study.book_research import Hours
from ilrs.study.book_words import asset
from ilrs.study.page_words import PageWords
from ilrs.study.partner_facts import PartnerFacts
from ilrs.study.run import Run
from ilrs.study.worth import MEASURES

__all__ = ["page_html", "partner_page"]

_DAY_S = 86400.0
_EARTH = "F5"


def partner_page(
    facts: PartnerFacts, programme: Programme, *, words: PageWords, language: str,
    run: Run | None = None, index: str = "",
) -> str:  # fmt: skip
    """The page of one partner in `words`, which are English where nothing is known of `language`.

    `run` is the run that the facts' hours are of; `index` the address of a list of all pages.
    """
    sections = [_section(key, body, facts, programme, words) for key, body in _BODIES.items()]
    links = [tag("a", words.label(f"{key}.heading"), href=f"#{key}") for key in _BODIES]
    if index:
        links.insert(0, tag("a", words.label("page.all"), href=index))
    title = words.name(facts.partner) if facts.partner else tag("span", facts.id)
    header = tag(
        "header",
        tag("p", words.label("page.kicker"), cls="kicker"),
        tag("h1", title),
        tag("p", *_where(facts, programme, words), cls="where"),
        _figures(facts, words),
        _basis(facts, run, words),
        None if words.language == language else _no_catalogue(language, words),
    )
    return page_html(
        words, title=facts.partner.name_in(words.language) if facts.partner else facts.id,
        links=links, body=join([header, *sections]),
    )  # fmt: skip


def page_html(words: PageWords, *, title: str, links: Sequence[Html], body: Html) -> str:
    """A whole page with the style of the station book."""
    contents = words.text("page.contents")
    head = join(
        [
            tag("meta", charset="utf-8"),
            tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
            tag("meta", name="color-scheme", content="light dark"),
            tag("title", f"{title} · ILRS"),
            tag("link", rel="icon", href="data:,"),
            tag("style", Html(asset("book/book.css") + asset("book/page.css"))),
        ]
    )
    whole = tag(
        "body",
        tag("nav", tag("div", *links, cls="links"), aria_label=contents),
        tag("main", body),
        tag("footer", tag("p", words.label("page.footer"))),
    )
    return "<!doctype html>\n" + tag("html", tag("head", head), whole, lang=words.language_tag)


def _section(
    key: str, body: "Body", facts: PartnerFacts, programme: Programme, words: PageWords
) -> Html:
    lead = tag("p", words.label(f"{key}.lead"), cls="lead")
    heading = tag("h2", words.label(f"{key}.heading"))
    return tag("section", heading, lead, body(facts, programme, words), id=key)


def _where(facts: PartnerFacts, programme: Programme, words: PageWords) -> Iterator[Html]:
    if facts.partner is not None:
        yield words.label(f"kind.{facts.partner.kind}")
        yield words.label(f"partner.{facts.partner.status}")
    yield tag("span", programme.names.get(words.language) or programme.name)


def _figures(facts: PartnerFacts, words: PageWords) -> Html:
    """Six figures that say at a glance what this partner is in the programme."""
    standing = [c for c in facts.contributions if c.status != "withdrawn"]
    done_h = sum(hours.done_h for hours in facts.hours.values())
    figures = (
        ("contributions", len(standing), ""),
        ("mass", facts.mass_kg or None, "kg"),
        ("experiments", len(facts.experiments), ""),
        ("hours", done_h or None, "h"),
        ("depends", len(facts.gives), ""),
        ("open", len(facts.openings), ""),
    )
    cells = [
        tag(
            "div",
            tag("dt", words.label(f"figure.{key}")),
            tag("dd", words.number(figure), _unit(figure, unit, words)),
        )
        for key, figure, unit in figures
    ]
    return tag("dl", *cells, cls="figures")


def _unit(figure: float | None, unit: str, words: PageWords) -> Html | None:
    return tag("small", words.label(f"unit.{unit}")) if unit and figure is not None else None


def _basis(facts: PartnerFacts, run: Run | None, words: PageWords) -> Html:
    """What the figures rest on."""
    if run is None:
        told = words.label("page.no_run")
    else:
        told = words.label(
            "page.run", site=run.site.name_in(words.language),
            start=run.scenario.start[:10], end=run.scenario.end[:10],
        )  # fmt: skip
    broken = any(finding.severity == "error" for finding in facts.findings)
    warning = tag("p", words.label("page.broken"), cls="fail-text") if broken else None
    return join([tag("p", told, cls="quiet"), warning])


def _no_catalogue(language: str, words: PageWords) -> Html:
    return tag("p", words.label("page.no_catalogue", language=language), cls="quiet")


def _brings(facts: PartnerFacts, programme: Programme, words: PageWords) -> Html:
    if not facts.contributions:
        return tag("p", words.label("brings.none"))
    columns = ("contribution", "stage", "level", "form", "status", "gives")
    head = [words.label(f"brings.{key}") for key in columns]
    rows = [_contribution_row(one, programme, words) for one in facts.contributions]
    caption = words.count("brings.contributions", len(rows))
    return join([table(head, rows, caption=caption), _elements(facts, programme, words)])


def _contribution_row(one: Contribution, programme: Programme, words: PageWords) -> Html:
    return tag(
        "tr",
        tag("th", words.name(one), scope="row"),
        tag("td", words.label(f"stage.{one.stage}")),
        tag("td", words.label(f"level.{one.level}")),
        tag("td", words.label(f"form.{one.form}")),
        tag("td", words.label(f"status.{one.status}"), _since(one, words)),
        tag("td", _gives(one, programme, words) or "–"),
    )


def _since(one: Contribution, words: PageWords) -> Html | None:
    """Since when the status holds, or when it was told, where that is known."""
    last = one.history[-1] if one.history else None
    date = (last.date or last.as_of) if last is not None else None
    return join([tag("br"), tag("span", date, cls="small quiet date")]) if date else None


def _gives(one: Contribution, programme: Programme, words: PageWords) -> Html:
    """What is given: elements, missions and experiments by their names, a service in its words."""
    parts = [_named(key, programme, words) for key in one.gives]
    if one.service is not None:
        told = ", ".join(filter(None, (one.service.kind, one.service.amount)))
        parts.append(words.foreign(told))
    return words.listed(parts)


def _named(key: str, programme: Programme, words: PageWords) -> Html:
    """The name of a thing by its id, or the id where nothing has it."""
    tables = (
        programme.elements, programme.missions, programme.experiments, programme.contributions,
    )  # fmt: skip
    for entities in tables:
        if key in entities:
            return words.name(entities[key])
    return tag("span", key)


def _elements(facts: PartnerFacts, programme: Programme, words: PageWords) -> Html:
    if not facts.elements:
        return Html("")
    columns = ("element", "place", "mass", "ride", "launch")
    head = [words.label(f"elements.{key}") for key in columns]
    rows = [_element_row(one, programme, words) for one in facts.elements]
    mass = words.number(facts.mass_kg)
    caption = words.count("brings.elements", len(rows), mass=mass)
    return table(head, rows, caption=caption, numeric=(2,))


def _element_row(one: Element, programme: Programme, words: PageWords) -> Html:
    ride = programme.ride_of(one)
    is_on_earth = one.facility == _EARTH
    if one.site in programme.sites:
        place = words.name(programme.sites[one.site])
    elif one.orbit is not None:
        place = words.label("elements.orbit")
    else:
        place = words.label("elements.earth") if is_on_earth else tag("span", "–")
    flies = words.name(ride) if ride else None
    return tag(
        "tr",
        tag("th", words.name(one), scope="row"),
        tag("td", place),
        tag("td", words.number(one.mass_kg), cls="num"),
        tag("td", flies or ("–" if is_on_earth else words.label("elements.no_ride"))),
        tag("td", _launch(ride), cls="date"),
    )


def _launch(mission: Mission | None) -> str:
    launch = mission.launch if mission is not None else None
    return (launch.date or "–") if launch is not None else "–"


def _gets(facts: PartnerFacts, programme: Programme, words: PageWords) -> Html:
    parts = [_benefits(facts, programme, words)]
    if facts.share is not None:
        share = words.number(100.0 * facts.share)
        parts.append(tag("p", words.label("gets.entitled", share=share)))
    if not facts.experiments:
        return join([*parts, tag("p", words.label("gets.none"))])
    columns = ("experiment", "host", "wanted", "planned", "done", "data", "access")
    head = [words.label(f"gets.{key}") for key in columns]
    rows = [_experiment_row(one, facts, programme, words) for one in facts.experiments]
    if len(facts.hours) > 1:
        rows.append(_total_row(facts, words))
    caption = words.count("gets.experiments", len(facts.experiments))
    return join([*parts, table(head, rows, caption=caption, numeric=(2, 3, 4, 5))])


def _experiment_row(
    one: Experiment, facts: PartnerFacts, programme: Programme, words: PageWords
) -> Html:
    hours = facts.hours.get(one.id)
    return tag(
        "tr",
        tag("th", words.name(one), scope="row"),
        tag("td", _named(one.element, programme, words)),
        tag("td", words.number(one.wanted_s / 3600.0), cls="num"),
        *_hours_cells(hours, one.data_bps, words),
        tag("td", _access(one, words)),
    )


def _hours_cells(hours: Hours | None, data_bps: float, words: PageWords) -> list[Html]:
    """Planned, done, and the data that was made then."""
    if hours is None:
        return [tag("td", "–", cls="num")] * 3
    data_gbit = hours.done_h * 3600.0 * data_bps / 1e9
    figures = (hours.planned_h, hours.done_h, data_gbit)
    return [tag("td", words.number(figure), cls="num") for figure in figures]


def _total_row(facts: PartnerFacts, words: PageWords) -> Html:
    known = [one for one in facts.experiments if one.id in facts.hours]
    sums = (
        sum(facts.hours[one.id].wanted_h for one in known),
        sum(facts.hours[one.id].planned_h for one in known),
        sum(facts.hours[one.id].done_h for one in known),
        sum(facts.hours[one.id].done_h * 3600.0 * one.data_bps / 1e9 for one in known),
    )
    cells = [tag("td", words.number(figure), cls="num") for figure in sums]
    label = tag("th", words.label("gets.total"), scope="row", colspan=2)
    return tag("tr", label, *cells, tag("td"), cls="group")


def _access(one: Experiment, words: PageWords) -> Html:
    access, days = one.data_policy.access, round(one.data_policy.embargo_s / _DAY_S)
    if not days:
        return words.label(f"access.{access}")
    return words.count("access.embargo", days, access=words.text(f"access.{access}"))


def _benefits(facts: PartnerFacts, programme: Programme, words: PageWords) -> Html:
    """What the rules give; nothing where the programme declares none that say how."""
    if not facts.benefits:
        return Html("")
    rows = [
        tag(
            "tr",
            tag("th", words.name(programme.benefits[one.benefit]), scope="row"),
            tag("td", words.label(f"benefit.{one.gives}")),
            tag("td", f"{words.number(100.0 * one.share)} %", cls="num"),
            tag("td", _amount(one.amount, one.unit, words), cls="num"),
        )
        for one in facts.benefits
    ]
    head = [words.label(f"benefits.{key}") for key in ("rule", "gives", "share", "amount")]
    caption = words.count("benefits.rules", len(rows))
    return table(head, rows, caption=caption, numeric=(2, 3))


def _amount(amount: float | None, unit: str, words: PageWords) -> str:
    """An amount in the unit that people read: hours, kilowatt hours, gigabits."""
    if amount is None:
        return "–"
    factor, shown = {"s": (3600.0, "h"), "Wh": (1e3, "kWh"), "bit": (1e9, "Gbit")}.get(
        unit, (1.0, unit)
    )
    text = words.number(amount / factor)
    return text if shown in ("count", "1") else f"{text} {words.text(f'unit.{shown}')}"


def _balance(facts: PartnerFacts, programme: Programme, words: PageWords) -> Html:
    """Given against used, a row for each measure and what it rests on."""
    if not facts.balance:
        return tag("p", words.label("balance.none"))
    rows = [
        tag(
            "tr",
            tag("th", words.label(f"measure.{one.measure}"), scope="row"),
            tag("td", words.label(f"basis.{one.basis}")),
            tag("td", _amount(one.given, one.unit, words), cls="num"),
            tag("td", _amount(one.used, one.unit, words), cls="num"),
        )
        for one in facts.balance
    ]
    head = [words.label(f"balance.{key}") for key in ("measure", "basis", "given", "used")]
    return table(head, rows, caption=words.label("balance.caption"), numeric=(2, 3))


def _worth(facts: PartnerFacts, programme: Programme, words: PageWords) -> Html:
    left = facts.left
    if left is None:
        key = "worth.none" if facts.is_left_known else "worth.unknown"
        return tag("p", words.label(key))
    answer = tag(
        "p", words.label("worth.lives" if left.lives else "worth.dies"),
        cls="answer pass" if left.lives else "answer fail",
    )  # fmt: skip
    lost = None
    if left.lost:
        comma = words.text("language.list")
        names = [programme.elements[key].name_in(words.language) for key in left.lost]
        lost = tag("p", words.label("worth.lost", elements=comma.join(names)))
    rows = [_measure_row(k, left.of_all[k], left.measures[k], words) for k in range(len(MEASURES))]
    head = [words.label(f"worth.{key}") for key in ("measure", "with", "without", "change")]
    caption = words.label("worth.caption")
    return join([answer, lost, table(head, rows, caption=caption, numeric=(1, 2, 3))])


def _measure_row(k: int, whole: float, rest: float, words: PageWords) -> Html:
    name, unit, _ = MEASURES[k]
    unit_name = words.text(f"unit.{unit}")
    figures = [f"{words.number(figure)} {unit_name}" for figure in (whole, rest)]
    part = f"{words.number(round(100.0 * (1.0 - rest / whole), 1))} %" if whole else "–"
    return tag(
        "tr",
        tag("th", words.label(f"withdrawals.{name}"), scope="row"),
        *(tag("td", figure, cls="num") for figure in (*figures, part)),
    )


def _depends(facts: PartnerFacts, programme: Programme, words: PageWords) -> Html:
    sides = (("depends.on", facts.needs), ("depends.of", facts.gives))
    parts = []
    for key, listed in sides:
        if not listed:
            parts.append(tag("p", words.count(key, 0)))
            continue
        groups: dict[tuple[str, str], list[Dependency]] = {}
        for one in listed:
            other = one.giver if key == "depends.on" else one.taker
            groups.setdefault((other, one.kind), []).append(one)
        rows = [_group_row(*pair, group, programme, words) for pair, group in groups.items()]
        columns = ("partner", "why", "needs", "gives")
        head = [words.label(f"depends.{column}") for column in columns]
        parts.append(table(head, rows, caption=words.count(key, len(listed))))
    return join(parts)


def _group_row(
    other: str, kind: str, group: Sequence[Dependency], programme: Programme, words: PageWords
) -> Html:
    """What of one partner is needed in one way: who needs it, and what it is."""
    sides = ([one.needs for one in group], [one.gives for one in group])
    named = [
        words.listed([_named(key, programme, words) for key in dict.fromkeys(filter(None, keys))])
        for keys in sides
    ]
    return tag(
        "tr",
        tag("th", _partner(other, programme, words), scope="row"),
        tag("td", words.label(f"depend.{kind}")),
        *(tag("td", cell or "–") for cell in named),
    )


def _partner(key: str, programme: Programme, words: PageWords) -> Html:
    partner = programme.partners.get(key)
    if partner is None:
        return words.label("depends.joint") if key == JOINT else tag("span", key)
    return words.name(partner)


def _missions(facts: PartnerFacts, programme: Programme, words: PageWords) -> Html:
    if not facts.missions:
        return tag("p", words.label("missions.none"))
    columns = ("mission", "status", "earlier", "holds", "said")
    head = [words.label(f"missions.{key}") for key in columns]
    rows = [_mission_row(one, words) for one in facts.missions]
    return table(head, rows, caption=words.count("missions.missions", len(rows)))


def _mission_row(one: Mission, words: PageWords) -> Html:
    earlier = [claim.date for claim in one.launches[:-1] if claim.date]
    return tag(
        "tr",
        tag("th", words.name(one), scope="row"),
        tag("td", words.label(f"mission.{one.status}")),
        tag("td", tag("s", ", ".join(earlier)) if earlier else "–", cls="quiet"),
        tag("td", _launch(one)[:16].replace("T", " "), cls="date"),
        tag("td", (one.launch.as_of or "–") if one.launch else "–", cls="date"),
    )


def _open(facts: PartnerFacts, programme: Programme, words: PageWords) -> Html:
    if not facts.openings:
        return tag("p", words.label("open.none"))
    head = [words.label(f"open.{key}") for key in ("kind", "of", "room", "command")]
    new = facts.id if facts.partner is not None else "ID"
    rows = [
        tag(
            "tr",
            tag("th", words.label(f"opening.{one.kind}"), scope="row"),
            tag("td", _opening_of(one.about, one.kind, programme, words)),
            tag("td", words.number(one.most_kg), cls="num"),
            tag("td", tag("code", f"{one.command} --partner {new}")),
        )
        for one in facts.openings
    ]
    caption = words.count("open.openings", len(rows))
    return table(head, rows, caption=caption, numeric=(2,))


def _opening_of(about: str, kind: str, programme: Programme, words: PageWords) -> Html:
    if kind == "ledger":
        stage, level = about.split(" x ")
        return words.listed([words.label(f"stage.{stage}"), words.label(f"level.{level}")])
    for entities in (programme.objectives, programme.science_fields, programme.facilities):
        if about in entities:
            return words.name(entities[about])
    return _named(about, programme, words)


def _findings(facts: PartnerFacts, programme: Programme, words: PageWords) -> Html:
    if not facts.findings:
        return tag("p", words.label("findings.none"))
    items = [_finding_item(finding, words) for finding in facts.findings]
    caption = tag("p", words.count("findings.findings", len(items)), cls="quiet")
    return join([caption, tag("ul", *items, cls="findings")])


def _finding_item(finding: Finding, words: PageWords) -> Html:
    is_error = finding.severity == "error"
    grade = words.label(f"findings.{finding.severity}")
    return tag(
        "li", tag("strong", grade, cls="fail-text" if is_error else "quiet"), " ",
        tag("span", str(finding), lang="en"),
    )  # fmt: skip


Body = Callable[[PartnerFacts, Programme, PageWords], Html]
_BODIES: dict[str, Body] = {
    "brings": _brings,
    "gets": _gets,
    "balance": _balance,
    "worth": _worth,
    "depends": _depends,
    "missions": _missions,
    "open": _open,
    "findings": _findings,
}
