"""Rows that are alike but for their names: all pages in order, however the names are found."""

import random
from collections.abc import Iterator

import pytest

from ilrs.datacentre import naming
from ilrs.datacentre.catalogue import Catalogue, open_catalogue
from ilrs.datacentre.lid import LidVid
from ilrs.datacentre.question import Question, SortKey
from ilrs.datacentre.record import Record
from ilrs.datacentre.rights import everything
from ilrs.datacentre.rights_file import read_policy

ALL = everything(2e9)
MISSIONS = {"": 40, "m1": 25, "m2": 1, "m3": 2}
RECORDS = [
    Record(lidvid=f"urn:ilrs:jdc:a:b:p{number % 20}::{1 + number // 20}.{10 - number % 7}",
           mission=mission, received_utc="2030-01-01")
    for number, mission in enumerate(m for m, count in MISSIONS.items() for _ in range(count))
]  # fmt: skip


@pytest.fixture
def catalogue(url: str) -> Iterator[Catalogue]:
    made = open_catalogue(url, policy=read_policy())
    mixed = list(RECORDS)
    random.Random(3).shuffle(mixed)
    made.add(mixed)
    made.remove([RECORDS[5].lidvid, RECORDS[50].lidvid])
    yield made
    made.close()


def name(record: Record) -> LidVid:
    return LidVid.parse(record.lidvid)


@pytest.mark.parametrize("sort", [
    (), (("received_utc", "ascending"),), (("mission", "ascending"),),
    (("mission", "descending"), ("received_utc", "ascending")),
])  # fmt: skip
@pytest.mark.parametrize("limit", [1, 4, 100])
@pytest.mark.parametrize("few", [1, 1000])
def test_pages_of_rows_alike_go_by_name(
    catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch, few: int, limit: int,
    sort: tuple[SortKey, ...],
) -> None:  # fmt: skip
    monkeypatch.setattr(naming, "_FEW", few)
    monkeypatch.setattr(naming, "_AT_ONCE", 3)
    kept = [record for k, record in enumerate(RECORDS) if k not in (5, 50)]
    expected = sorted(kept, key=name)
    for field, way in reversed(sort):
        expected.sort(key=lambda record: str(getattr(record, field)), reverse=way == "descending")
    asked = Question(versions="all", sort=sort, limit=limit)
    told = [record.lidvid for record in catalogue.every(asked, view=ALL)]
    assert told == [record.lidvid for record in expected]
