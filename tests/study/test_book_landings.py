"""Landings in the station book: as declared, with what lands too early, in three languages."""

import re
from types import SimpleNamespace
from typing import Any

import pytest

from ilrs.programme.entities import Programme
from ilrs.programme.load import load
from ilrs.study.book_landings import landings
from ilrs.study.book_words import LANGUAGES, words_in


@pytest.fixture(scope="module")
def reference() -> Programme:
    return load(["reference"]).programme


def run_of(programme: Programme, scenario: str) -> Any:
    chosen = programme.scenarios[scenario]
    return SimpleNamespace(
        programme=programme, scenario=chosen, site=programme.sites[chosen.site]
    )  # fmt: skip


def plain(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def test_each_mission_has_a_row_and_what_lands_too_early_is_said(reference):
    text = plain(landings(run_of(reference, "crew"), words_in("en")))
    assert all(name in text for name in ("ILRS-1", "ILRS-5", "Lunar power station, third flight"))
    assert text.count(" lands before LES-GRID") == 6
    assert "COMMAND-CENTRE lands before LES-GRID" in text
    assert re.search(r"CREW-PROVISIONS runs out on 2038-\d\d-\d\d; until 2045-12-31", text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_tells_it(reference, language):
    html = landings(run_of(reference, "year"), words_in(language))
    assert words_in(language).text("landings.supplies_last", years=10) in plain(html)


def test_a_site_that_nobody_lands_at_says_so(reference):
    empty = reference.model_copy(update={"elements": {}, "supplies": {}})
    text = plain(landings(run_of(empty, "year"), words_in("en")))
    assert text.strip() == "No mission to this site declares a payload and a date."
