"""The ledger in the station book."""

from dataclasses import replace
from typing import Any

import pytest

from ilrs.programme.entities import Benefit
from ilrs.study.book_ledger import (
    balance_table,
    benefit_tables,
    contribution_list,
    dependency_chart,
)
from ilrs.study.book_words import LANGUAGES, words_in
from ilrs.study.run import Run
from tests.study.test_book import Page

ENGLISH = words_in("en")


def cells(html: str) -> list[list[str]]:
    """The texts of a table's rows."""
    rows = html.split("<tr")[1:]
    return [[text for text in Page(f"<tr{row}").texts if text.strip()] for row in rows]


def ruled(run: Run, **rules: dict[str, Any]) -> Run:
    made = {key: Benefit.model_validate({"id": key, **rule}) for key, rule in rules.items()}
    return replace(run, programme=run.programme.model_copy(update={"benefits": made}))


def test_who_depends_on_whom_is_a_picture_with_its_list(run: Run) -> None:
    html = dependency_chart(run, ENGLISH)
    assert "<title>RU → CN: place for research 1</title>" in html
    assert ["all together", "South Africa", "ride", "ILRS-5", "Radio array"] in cells(html)


def test_nobody_needs_anybody(run: Run) -> None:
    alone = run.programme.model_copy(
        update={"elements": {}, "experiments": {}, "missions": {}, "contributions": {}}
    )
    html = dependency_chart(replace(run, programme=alone), ENGLISH)
    assert Page(html).texts == ["Nobody needs anything of anybody else."]


def test_given_stands_beside_used(run: Run) -> None:
    rows = cells(balance_table(run, ENGLISH))
    assert [row for row in rows if row[0] == "Pakistan"] == [
        # no energy; 35 kg landed, that rode on a joint mission; no experiment, no store
        ["Pakistan", "–", "35", " / –", "–", " / 35", "–", "–"]
    ]


def test_what_each_partner_gets_and_who_may_do_what_with_data(run: Run) -> None:
    made = ruled(
        run,
        TIME={"gives": "observation_time", "by": "fixed", "shares": {"CN": "60 %", "ZA": "25 %"}},
        SEATS={"gives": "training_seats", "seats": 5, "to": ["CN", "ZA"]},
        WORTH={"gives": "power", "by": "worth"},
        DATA={"gives": "data", "embargo": "30 d", "grants": [
            {"to": "ZA", "may": ["preview"], "from": "receipt"},
            {"to": "anyone", "may": ["derive"]}]},
    )  # fmt: skip
    rows = cells(benefit_tables(made, ENGLISH))
    assert ["China", "60 %", "50 % · 3"] in [[t.replace("\u202f", " ") for t in r] for r in rows]
    assert ["DATA", "everyone", "ZA", "preview", "receipt"] in rows
    assert ["DATA", "everyone", "anyone", "derive", "P30D after stop"] in rows
    assert Page(benefit_tables(run, ENGLISH)).texts == [
        "The programme declares no rules on benefits."
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_contribution_is_listed(run: Run, language: str) -> None:
    html = contribution_list(run, words_in(language))
    assert len(cells(html)) == 1 + len(run.programme.contributions)
