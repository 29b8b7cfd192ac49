"""The table of limits that a run came up against."""

from ilrs.study.book_html import Html, table, tag
from ilrs.study.book_numbers import moment, number, number_with_unit
from ilrs.study.book_words import Words
from ilrs.study.run import Run

__all__ = ["limit_table"]


def limit_table(run: Run, words: Words) -> Html:
    """Each limit that held something back: where, how long, when first, and what it came to."""
    rows = []
    for hit in run.limits:
        whose = run.programme.elements.get(hit.element)
        name = words.label("limits.station") if not hit.element else tag("span", hit.element)
        name = name if whose is None else words.name(whose)
        amount = "" if hit.amount is None else number_with_unit(hit.amount, hit.unit)
        rows.append(
            tag(
                "tr",
                tag("th", words.label(f"limits.{hit.limit}"), scope="row"),
                tag("td", name),
                tag("td", number(hit.hours), cls="num"),
                tag("td", moment(run, hit.first_s), cls="date"),
                tag("td", amount, cls="num"),
            )
        )
    if not rows:
        return tag("p", words.label("limits.none"))
    head = [words.label(f"limits.{key}") for key in ("limit", "where", "hours", "first", "amount")]
    return table(head, rows, caption=words.label("limits.caption"), numeric=(2, 4))
