"""Rows in the order of their texts against Python's own order, while others file and remove."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from ilrs.datacentre import conditions as c
from ilrs.datacentre.catalogue import Catalogue, open_catalogue
from ilrs.datacentre.question import Question
from ilrs.datacentre.record import Record
from ilrs.datacentre.rights import everything
from ilrs.datacentre.rights_file import read_policy

ALL = everything(2e9)
TITLES = ("b", "a", "", "ab", "Б", "月", "a b", "A", "\U0001f319", "a", "\uffff", "z'--")


def record(number: int) -> Record:
    return Record(
        lidvid=f"urn:ilrs:jdc:moon:run:p{number:03d}::1.{number}", received_utc="2030-01-01",
        title=TITLES[number % len(TITLES)], mission="few" if number < 3 else "many",
    )  # fmt: skip


@pytest.fixture
def catalogue(url: str) -> Iterator[Catalogue]:
    made = open_catalogue(url, policy=read_policy())
    made.add([record(k) for k in range(60)])
    yield made
    made.close()


def titles(found: list[Record], *, is_falling: bool) -> list[str]:
    """In Python's order of texts, the unknown first."""
    return sorted((one.title for one in found), reverse=is_falling)


@pytest.mark.parametrize("mission", ["few", "many"])  # of few rows their own texts are looked up
@pytest.mark.parametrize("way", ["ascending", "descending"])
def test_rows_come_in_the_order_of_their_texts(
    catalogue: Catalogue, mission: str, way: str
) -> None:
    question = Question(where=c.Compare("mission", "=", mission), sort=(("title", way),))
    for _ in range(2):  # read, and then kept
        found = list(catalogue.search(question, view=ALL).records)
        assert len(found) == (3 if mission == "few" else 57)
        assert [r.title for r in found] == titles(found, is_falling=way == "descending")


@pytest.mark.parametrize("way", ["ascending", "descending"])
def test_pages_go_on_where_a_text_is_no_longer_there(catalogue: Catalogue, way: str) -> None:
    whole = list(catalogue.search(Question(sort=(("title", way),)), view=ALL).records)
    question, told = Question(sort=(("title", way),), limit=5), list[Record]()
    while True:
        answer = catalogue.search(question, view=ALL)
        told += answer.records
        if not answer.after:
            break
        last = answer.records[-1]  # all with its title go, and something else comes
        catalogue.remove([one.lidvid for one in whole if one.title == last.title])
        catalogue.add([replace(record(len(told) + 100), received_utc="2031-01-01")])
        question = replace(question, after=answer.after)
    assert [r.title for r in told] == titles(told, is_falling=way == "descending")
    assert {r.title for r in told} == set(TITLES)
    assert len({r.lidvid for r in told}) == len(told)
