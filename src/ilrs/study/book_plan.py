"""The research plan's page: who runs when, what is left of the resources, who got what, why not."""

from typing import Any

from ilrs.study.book_html import Html, join, table, tag
from ilrs.study.book_numbers import number, percent
from ilrs.study.book_words import Words
from ilrs.study.planning_chart import LEFT, WIDTH, plan_chart
from ilrs.study.planning_crew import JOINT
from ilrs.study.planning_rows import short_reason
from ilrs.study.run import Run

__all__ = ["research_plan"]

_TOP, _FOOT = 14.0, 44.0


def research_plan(run: Run, words: Words) -> Html:
    """Picture and tables of the run's research plan; a sentence where it has none."""
    plan = run.sessions
    if plan is None:
        return tag("p", words.label("plan.none"))
    placed = sum(row["start_utc"] is not None for row in plan["requests"])
    text = words.label(
        "plan.caption", placed=placed, count=len(plan["requests"]), start=plan["from_utc"][:10],
        end=plan["to_utc"][:10],
    )  # fmt: skip
    figure = tag(
        "figure",
        tag("div", tag("div", _picture(run, plan, words)), cls="scroll chart wide", tabindex="0"),
        tag("figcaption", text, id="plan-text"),
    )
    parts = [_partners(run, plan, words), _lacking(run, plan, words), _alone(plan, words)]
    return join([figure, *parts])


def _picture(run: Run, plan: dict[str, Any], words: Words) -> Html:
    def told(key: str) -> Html:
        return words.label(f"plan.{key}", within="tspan")

    owners = {row["partner"] for row in plan["requests"]} & set(run.programme.partners)
    heads: dict[str, Html] = {
        id_: words.name(run.programme.partners[id_], within="tspan") for id_ in owners
    }
    heads |= {JOINT: told("people"), "": told("resources")}
    parts, low = plan_chart(plan, heads=heads, top=_TOP)
    days = words.label("plan.days", within="tspan", start=plan["from_utc"][:10])
    parts.append(tag("text", days, x=LEFT, y=low + 36))
    return tag(
        "svg", *parts, viewBox=f"0 0 {WIDTH:g} {low + _FOOT:g}", role="img",
        aria_labelledby="plan-text", font_size=12, fill="var(--quiet)",
    )  # fmt: skip


def _partners(run: Run, plan: dict[str, Any], words: Words) -> Html:
    rows = [
        tag(
            "tr",
            tag("th", _owner(run, words, row["partner"]), scope="row"),
            tag("td", f"{row['placed']} / {row['requests']}", cls="num"),
            *(tag("td", number(row[key], digits=3), cls="num") for key in ("asked_h", "got_h")),
            *(
                tag("td", percent(row[key]), cls="num")
                for key in ("entitlement", "share", "fair_share")
            ),
        )
        for row in plan["partners"]
    ]
    keys = ("partner", "placed", "asked", "got", "entitlement", "share", "fair")
    head = [words.label(f"plan.{key}") for key in keys]
    caption = words.label(
        "plan.worth", worth=number(plan["worth"], digits=4), bound=number(plan["bound"], digits=4)
    )
    return table(head, rows, caption=caption, numeric=(1, 2, 3, 4, 5, 6))


def _owner(run: Run, words: Words, id_: str) -> Html:
    if id_ == JOINT:
        return words.label("plan.people")
    partner = run.programme.partners.get(id_)
    return words.name(partner) if partner is not None else tag("span", id_)


def _lacking(run: Run, plan: dict[str, Any], words: Words) -> Html | None:
    """What has no place, together by kind and reason."""
    groups: dict[tuple[str, str, str], list[float]] = {}
    for row in plan["requests"]:
        if row["start_utc"] is None:
            key = row["kind"], row["partner"], short_reason(row["blocked_by"])
            groups.setdefault(key, []).append(row["asked_s"] / 3600.0)
    if not groups:
        return None
    rows = [
        tag(
            "tr",
            tag("th", _kind(run, words, kind), scope="row"),
            tag("td", _owner(run, words, partner)),
            tag("td", str(len(hours)), cls="num"),
            tag("td", number(sum(hours), digits=3), cls="num"),
            tag("td", why, cls="quiet"),
        )
        for (kind, partner, why), hours in groups.items()
    ]
    head = [words.label(f"plan.{key}") for key in ("what", "partner", "requests", "hours", "why")]
    return table(head, rows, caption=words.label("plan.lacking"), numeric=(2, 3))


def _alone(plan: dict[str, Any], words: Words) -> Html | None:
    """What the station is to do alone until each next pass."""
    rows = [
        tag(
            "tr",
            tag("th", row["from_utc"][:16].replace("T", " "), scope="row"),
            *(
                tag("td", number(row[key], digits=3), cls="num")
                for key in ("alone_h", "without_contact_h")
            ),
            tag("td", f"{len(row['runs'])} + {len(row['begins'])}", cls="num"),
            tag("td", number(row["busy_h"], digits=3), cls="num"),
            tag("td", ", ".join(row["rules"]), cls="quiet"),
        )
        for row in plan.get("alone", ())
    ]
    if not rows:
        return None
    keys = ("from", "alone", "silent", "begins", "busy", "rules")
    head = [words.label(f"plan.{key}") for key in keys]
    return table(head, rows, caption=words.label("plan.solitudes"), numeric=(1, 2, 3, 4))


def _kind(run: Run, words: Words, id_: str) -> Html:
    experiment = run.programme.experiments.get(id_)
    return words.name(experiment) if experiment is not None else tag("span", id_)
