"""The law page: what guidelines say of the programme's objects, and how each object stands."""

from collections import Counter

from ilrs.cooperation.guidelines import Answer
from ilrs.cooperation.jurisdiction import Standing, standings
from ilrs.study.book_html import Html, join, table, tag
from ilrs.study.book_words import Words
from ilrs.study.law import all_answers
from ilrs.study.run import Run

__all__ = ["law"]

_STATES = ("met", "not met", "not declared")
_MOST_LISTED = 8  # objects in a cell; the others are counted


def law(run: Run, words: Words) -> Html:
    """Guidelines with the objects that do not meet them, then objects with the States behind."""
    return join([_guidelines(run, words), _objects(run, words)])


def _guidelines(run: Run, words: Words) -> Html:
    if not run.programme.guidelines:
        return tag("p", words.label("law.none"))
    answers = all_answers(run.programme)
    rows = [
        _guideline(run, words, key, [a for a in answers if a.guideline == key])
        for key in run.programme.guidelines
    ]
    keys = ("guideline", "instrument", "met", "not_met", "not_declared", "which")
    head = [words.label(f"law.{key}") for key in keys]
    return table(head, rows, caption=words.label("law.caption"), numeric=(2, 3, 4))


def _guideline(run: Run, words: Words, key: str, answers: list[Answer]) -> Html:
    guideline = run.programme.guidelines[key]
    counts = Counter[str](answer.state for answer in answers)
    broken = [answer.object for answer in answers if answer.state == "not met"]
    open_ = [answer.object for answer in answers if answer.state == "not declared"]
    return tag(
        "tr",
        tag("th", words.name(guideline), scope="row", title=guideline.text),
        tag("td", guideline.instrument),
        *(tag("td", str(counts[state] or "–"), cls="num") for state in _STATES),
        tag("td", _listed(broken) or _listed(open_), cls="fail-text" if broken else None),
    )


def _listed(names: list[str]) -> str:
    more = f" + {len(names) - _MOST_LISTED}" if len(names) > _MOST_LISTED else ""
    return ", ".join(names[:_MOST_LISTED]) + more


def _objects(run: Run, words: Words) -> Html:
    rows = [_object(run, words, row) for row in standings(run.programme) if row.kind == "element"]
    keys = ("object", "owner", "launching", "registry", "liability", "agreements")
    head = [words.label(f"law.{key}") for key in keys]
    return table(head, rows, caption=words.label("law.objects"))


def _object(run: Run, words: Words, row: Standing) -> Html:
    element = run.programme.elements[row.object]
    owner = run.programme.partners.get(row.owner)
    states = ", ".join(state.state for state in row.launching_states)
    together = words.label("law.together") if len(row.launching_states) > 1 else states or "–"
    return tag(
        "tr",
        tag("th", words.name(element), scope="row"),
        tag("td", words.name(owner) if owner is not None else row.owner or "–"),
        tag("td", states or "–"),
        tag("td", row.registry_state or words.label("law.open")),
        tag("td", together),
        tag("td", ", ".join(row.agreements) or "–"),
    )
