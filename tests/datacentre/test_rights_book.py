"""Rights through time: what was in force on a date, and extensions with their reasons."""

from pathlib import Path

import pytest

from ilrs.datacentre.embargo import seconds_of_utc
from ilrs.datacentre.rights import ANYONE, Policy, Verb, decide, release_of
from ilrs.datacentre.rights_book import RightsBook
from ilrs.foundation.errors import IlrsError, PolicyError
from tests.datacentre.conftest import Clock
from tests.datacentre.rights_making import Holding

FIRST = "rules:\n  - {name: closed, grants: []}\n"
SECOND = """\
rules:
  - name: results
    embargo: P6M after stop
    grants: [{to: anyone, may: download}]
"""
PAN = "urn:ilrs:jdc:ce7:pan"


@pytest.fixture
def clock() -> Clock:
    return Clock("2026-10-01T00:00:00Z")


@pytest.fixture
def book(tmp_path: Path, clock: Clock) -> RightsBook:
    return RightsBook(tmp_path / "archive", clock)


def declare(book: RightsBook, text: str) -> None:
    book.folder.mkdir(exist_ok=True)
    (book.folder / "rights.yaml").write_text(text)


def may(policy: Policy, at: str) -> bool:
    return decide(
        Holding(), policy, principal=ANYONE, instant_s=seconds_of_utc(at), verb=Verb.DOWNLOAD
    ).allowed


def test_the_policy_on_a_date_is_the_one_entered_before_it(book: RightsBook, clock: Clock) -> None:
    assert book.enter() is True  # the labels' own
    clock.utc = "2027-01-01T00:00:00Z"
    declare(book, FIRST)
    assert book.enter() is True
    assert book.enter() is False
    clock.utc = "2028-01-01T00:00:00Z"
    declare(book, SECOND)
    assert book.enter() is True
    days = ("2026-09-15", "2026-12-31", "2027-06-01", "2027-12-31", "2028-01-01")
    found = [may(book.policy_on(seconds_of_utc(day)), day) for day in days]
    assert found == [False, True, False, False, True]
    assert book.verify() == []


def test_an_invalid_policy_is_not_entered(book: RightsBook) -> None:
    declare(book, "rules: 3")
    with pytest.raises(PolicyError):
        book.enter()
    assert not book.ledger.path.exists()


def test_an_extension_moves_the_release_and_says_why(book: RightsBook, clock: Clock) -> None:
    declare(book, SECOND)
    made = book.extend(Holding(), lid=PAN, until="P3M", reason="recalibrated", by="Li Wei")
    assert release_of(Holding(), book.policy()) == (seconds_of_utc("2027-05-28"), made)
    assert release_of(Holding(lidvid=f"{PAN}-2:p::1.0"), book.policy())[1] is None
    assert (made.reason, made.by) == ("recalibrated", "Li Wei")
    clock.utc = "2026-11-01T00:00:00Z"
    book.extend(Holding(), lid=PAN, until="2029-01-01", reason="again")
    assert release_of(Holding(), book.policy())[0] == seconds_of_utc("2029-01-01")
    earlier = book.policy().as_of(seconds_of_utc("2026-10-15"))
    assert release_of(Holding(), earlier)[0] == seconds_of_utc("2027-05-28")


@pytest.mark.parametrize(
    ("utc", "until", "reason", "message"),
    [
        ("2026-10-01", "P1M", " ", f"the embargo of {PAN} cannot be extended without a reason; "
         "the reason is entered in the ledger and shown to whoever asks. Give one with --reason."),
        ("2027-02-28", "P1M", "late", "urn:ilrs:jdc:ce7:pan:p-1::1.0 has been released since "
         "2027-02-28T00:00:00Z; what was public cannot be made unpublic. Withdraw it if it must "
         "go."),
        ("2026-10-01", "2027-01-01", "why", "2027-01-01 is no extension of the embargo of "
         "urn:ilrs:jdc:ce7:pan:p-1::1.0; its release is 2027-02-28T00:00:00Z. Name a later "
         "instant, or a duration after it such as P3M."),
        ("2026-10-01", "soon", "why", "'soon' is not a UTC instant; ISO 8601 in UTC is read, such "
         "as 1966, 1966-11-20, 1966-324 or 1966-11-20T15:32:48Z. Write the instant so, without "
         "another time zone."),
    ],
)  # fmt: skip
def test_what_is_no_extension_is_refused(
    book: RightsBook, clock: Clock, utc: str, until: str, reason: str, message: str
) -> None:
    declare(book, SECOND)
    clock.utc = f"{utc}T00:00:00Z"
    with pytest.raises(IlrsError) as caught:
        book.extend(Holding(), lid=PAN, until=until, reason=reason)
    assert str(caught.value) == message
    assert not book.ledger.path.exists()


def test_a_changed_ledger_of_rights_is_found(book: RightsBook) -> None:
    declare(book, SECOND)
    book.extend(Holding(), lid=PAN, until="P3M", reason="recalibrated")
    book.extend(Holding(), lid=PAN, until="P3M", reason="recalibrated")
    path = book.ledger.path
    path.write_text(path.read_text().replace("2027-05", "2026-05"))
    assert [finding.line for finding in book.verify()] == [2]
