"""The station without each of its partners: whether it lives, and how much of its work is left."""

from typing import Any

from ilrs.study.book_html import Html, table, tag
from ilrs.study.book_numbers import number
from ilrs.study.book_words import Words
from ilrs.study.run import Run

__all__ = ["withdrawals"]


def withdrawals(run: Run, words: Words) -> Html:
    """One row for each partner at work; a sentence where the run did not look."""
    record = run.withdrawals
    if record is None:
        return tag("p", words.label("withdrawals.none"), cls="quiet")
    names = [measure["name"] for measure in record["measures"]]
    head = [words.label(f"withdrawals.{key}") for key in ("partner", "station", "lost", *names)]
    rows = [_row(run, words, row) for row in record["partners"]]
    columns = tuple(range(3, 3 + len(names)))
    return table(head, rows, caption=words.label("withdrawals.caption"), numeric=columns)


def _row(run: Run, words: Words, row: dict[str, Any]) -> Html:
    partner = run.programme.partners.get(row["partner"])
    kept = [
        tag("td", "–" if not whole else f"{number(100.0 * part / whole)} %", cls="num")
        for part, whole in zip(row["measures"], row["of_all"], strict=True)
    ]
    key = "lives" if row["lives"] else "dies"
    return tag(
        "tr",
        tag("th", words.name(partner) if partner else row["partner"], scope="row"),
        tag("td", words.label(f"withdrawals.{key}"), cls=None if row["lives"] else "fail-text"),
        tag("td", ", ".join(row["lost"]) or "–"),
        *kept,
    )
