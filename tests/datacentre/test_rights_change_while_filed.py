"""Rights that change while products are filed: what is filed later goes by the new ones."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ilrs.datacentre.archive import Archive
from ilrs.datacentre.catalogue import open_catalogue
from ilrs.datacentre.catalogue_filing import OtherPolicyError
from ilrs.datacentre.question import Question
from ilrs.datacentre.record import Record
from ilrs.datacentre.rights import ANYONE, Grant, Policy, Rule, Verb, view_of
from ilrs.datacentre.rights_book import RightsBook
from ilrs.datacentre.submission import SourceFile, Submission
from ilrs.foundation.errors import PolicyError

VIEW = view_of(ANYONE, instant_s=2e9)
OPEN = "rules:\n  - name: r\n    grants: [{to: anyone, may: [redistribute]}]\n"
SHUT = "rules:\n  - name: r\n    grants: [{to: owner, may: [redistribute]}]\n"


def now() -> str:
    return "2030-01-01T00:00:00Z"


def record(number: int) -> Record:
    return Record(lidvid=f"urn:ilrs:jdc:b:c:p-{number}::1.0", title="T", received_utc=now())


def submission(number: int) -> Submission:
    files = (SourceFile(name="data.csv", role="data", content=b"1\n"),)
    return Submission(record=record(number), files=files)


class Server:
    """Another process that serves the archive in a folder, and follows its rights."""

    def __init__(self, folder: Path) -> None:
        self.catalogue = Archive(folder, now=now).catalogue
        self.book = RightsBook(folder, now)

    def follow(self) -> None:
        self.catalogue.follow(self.book.policy())

    def shown(self) -> list[str]:
        found = self.catalogue.search(Question(), view=VIEW).records
        return [one.lidvid[-8:-5] for one in found]


def test_what_is_filed_after_a_change_of_rights_goes_by_the_new_ones(tmp_path: Path) -> None:
    (tmp_path / "rights.yaml").write_text(OPEN)
    Archive(tmp_path, now=now).ingest([submission(0)])
    server = Server(tmp_path)

    def stream() -> Iterator[Submission]:
        yield submission(1)
        assert server.shown() == ["p-0"]
        (tmp_path / "rights.yaml").write_text(SHUT)
        server.follow()
        yield submission(2)

    Archive(tmp_path, now=now).ingest(stream())
    assert server.shown() == []
    (tmp_path / "rights.yaml").write_text(OPEN)
    server.follow()
    assert server.shown() == ["p-0", "p-1", "p-2"]


def test_a_catalogue_made_anew_goes_by_the_rights_of_then(tmp_path: Path) -> None:
    (tmp_path / "rights.yaml").write_text(OPEN)
    Archive(tmp_path, now=now).ingest([submission(0)])
    server, rebuilding = Server(tmp_path), Archive(tmp_path, now=now)
    (tmp_path / "rights.yaml").write_text(SHUT)
    server.follow()
    assert rebuilding.rebuild() == []
    assert server.shown() == []


def test_rights_that_are_damaged_meanwhile_hold_products_back(tmp_path: Path) -> None:
    (tmp_path / "rights.yaml").write_text(OPEN)
    Archive(tmp_path, now=now).ingest([submission(0)])
    server = Server(tmp_path)

    def stream() -> Iterator[Submission]:
        yield submission(1)
        (tmp_path / "rights.yaml").write_text(SHUT)
        server.follow()
        (tmp_path / "rights.yaml").write_text("rules: 7\n")

    with pytest.raises(PolicyError, match=r"rights\.yaml:1: rules: found 7"):
        Archive(tmp_path, now=now).ingest(stream())
    assert server.shown() == []
    (tmp_path / "rights.yaml").write_text(OPEN)
    Archive(tmp_path, now=now).ingest([])  # what was promised is filed by the next writer
    server.follow()
    assert server.shown() == ["p-0", "p-1"]


def test_a_catalogue_takes_nothing_by_other_rights_than_it_is_judged_by(url: str) -> None:
    lenient, strict = (
        Policy(rules=(Rule(name="r", grants=(Grant(to, frozenset({Verb.KNOW})),)),))
        for to in ("anyone", "owner")
    )
    filing, serving = (open_catalogue(url, policy=lenient) for _ in range(2))
    filing.add([record(0)])
    serving.follow(strict)
    for enter in (filing.add, filing.remake):
        with pytest.raises(OtherPolicyError) as caught:
            enter([record(1)])
        assert str(caught.value) == (
            "the rights have changed since the catalogue was opened; all its records are judged "
            "by one policy. Let it follow the present one, and file the records again."
        )
    assert serving.lidvids() == {record(0).lidvid}
    filing.follow(strict)
    filing.add([record(1)])
    assert serving.search(Question(), view=VIEW).records == ()
    for one in (filing, serving):
        one.close()
