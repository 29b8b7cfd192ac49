"""The first rows of a place, best first, against the same question asked step by step."""

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ilrs.datacentre.catalogue import Catalogue, open_catalogue
from ilrs.datacentre.conditions import All, Compare, Condition, Inside, Meets
from ilrs.datacentre.question import Question
from ilrs.datacentre.record import Record
from ilrs.datacentre.rights import ANYONE, View, everything, view_of
from ilrs.datacentre.rights_file import read_policy
from tests.datacentre.test_shapes import ASKED, places

ALL_THERE_IS = Compare("publication_year", ">=", 1)


def records() -> Iterator[Record]:
    """Products of several versions, many of which began at the same instant, some withdrawn."""
    chosen = random.Random(5)
    for k, place in enumerate(places(600, seed=11)):
        yield Record(
            lidvid=f"urn:ilrs:jdc:images:block:strip{k % 400}::{1 + k // 400}.0",
            publication_year=2026,
            start_utc=chosen.choice(["", *(f"203{n}-01-01T00:00:00Z" for n in range(9))]),
            place=place,
            access=chosen.choice(["open", "owner"]),
            embargo=chosen.choice(["", "2040-01-01"]),
            received_utc="2026-01-01T00:00:00Z",
            withdrawn_utc=chosen.choice(["", "", "2027-01-01T00:00:00Z"]),
        )


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalogue]:
    path: Path = tmp_path_factory.mktemp("first") / "catalogue.sqlite3"
    made = open_catalogue(path, policy=read_policy())
    made.add(list(records()))
    yield made
    made.close()


@pytest.mark.parametrize("view", [everything(2e9), view_of(ANYONE, instant_s=2e9)])
@pytest.mark.parametrize("way", ["ascending", "descending"])
@pytest.mark.parametrize("limit", [1, 7, 10, 1000])
def test_first_of_a_place_are_those_that_are_found_step_by_step(
    catalogue: Catalogue, view: View, way: str, limit: int
) -> None:
    found = 0
    for place in ASKED:
        for kind in (Meets, Inside):
            for versions in ("newest", "all"):
                plain: Condition = kind(place)
                asked = Question(where=plain, sort=(("start_utc", way),), limit=limit,
                                 versions=versions)  # fmt: skip
                stepwise = replace(asked, where=All((plain, ALL_THERE_IS)))
                told = catalogue.search(asked, view=view)
                assert told == catalogue.search(stepwise, view=view)
                found += len(told.records)
    assert found >= 20
