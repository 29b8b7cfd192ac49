"""Rights through time: what was in force on a date, and extensions with their reasons."""

from collections.abc import Callable
from pathlib import Path

import pytest

from ilrs.datacentre.embargo import seconds_of_utc
from ilrs.datacentre.hash_chain import Ledger
from ilrs.datacentre.node import writing_alone
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


def test_a_policy_may_be_entered_after_another_that_followed_it(
    book: RightsBook, clock: Clock
) -> None:
    assert book.enter() is True  # the labels' own
    clock.utc = "2027-01-01T00:00:00Z"
    declare(book, FIRST)
    served = book.declared()
    clock.utc = "2028-01-01T00:00:00Z"
    declare(book, SECOND)
    assert book.enter() is True
    assert (book.is_entered(served), book.enter(served), book.enter(served)) == (False, True, False)
    assert book.enter() is False
    days = ("2026-12-31", "2027-06-01", "2027-12-31", "2028-01-01")
    found = [may(book.policy_on(seconds_of_utc(day)), day) for day in days]
    assert found == [True, False, False, True]
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


# --- rights files that are damaged: nothing is granted by what is left of them -------------------


def refused(asked: Callable[[], object]) -> str:
    with pytest.raises(IlrsError) as caught:
        asked()
    return str(caught.value)


def test_a_link_to_a_policy_that_is_gone_is_no_policy(book: RightsBook) -> None:
    book.folder.mkdir()
    before = book.stamp()
    (book.folder / "rights.yaml").symlink_to(book.folder / "gone.yaml")
    assert book.stamp() != before
    assert refused(book.policy) == (
        f"the policy of rights {book.folder / 'rights.yaml'} cannot be read: No such file or "
        "directory; it is a YAML file with a list of rules. Name another file, or leave it out for "
        "what the labels say."
    )


def test_a_ledger_that_cannot_be_opened_is_no_empty_one(book: RightsBook) -> None:
    declare(book, SECOND)
    before = book.stamp()
    book.ledger.path.symlink_to(book.folder / "gone.jsonl")
    assert book.stamp() != before
    assert refused(book.policy) == (
        f"the ledger of rights {book.ledger.path} cannot be read: No such file or directory; it "
        "says which embargoes were extended: without it nothing is given. Make it readable, or put "
        "it back from a backup."
    )


INVALID = (
    "the policy of rights is not valid: 1 finding; each names its file, its line and what is "
    "possible there. Mend them and run `ilrs data rights` again."
)


def test_a_damaged_line_may_be_an_extension(book: RightsBook) -> None:
    declare(book, SECOND)
    book.enter()
    book.extend(Holding(), lid=PAN, until="P3M", reason="recalibrated")
    path = book.ledger.path
    path.write_text(path.read_text().replace('"lid":', '"lid:'))
    message = (
        "rights.jsonl:2: the line cannot be read; each line carries the SHA-256 of the line before "
        f"it. Compare with another copy of the ledger.\n{INVALID}"
    )
    asked = [book.policy, book.enter, lambda: book.policy_on(seconds_of_utc("2030-01-01"))]
    assert [refused(ask) for ask in asked] == [message] * 3


def test_a_line_taken_out_may_have_been_an_extension(book: RightsBook) -> None:
    declare(book, SECOND)
    book.extend(Holding(), lid=PAN, until="P3M", reason="recalibrated")
    book.enter()
    path = book.ledger.path
    path.write_text(path.read_text().splitlines(keepends=True)[1])
    assert refused(book.policy) == (
        "rights.jsonl:1: the line does not follow the one before it; each line carries the SHA-256 "
        f"of the line before it. Compare with another copy of the ledger.\n{INVALID}"
    )


def test_the_line_torn_by_a_kill_was_never_written(book: RightsBook) -> None:
    declare(book, SECOND)
    made = book.extend(Holding(), lid=PAN, until="P3M", reason="recalibrated")
    with book.ledger.path.open("a") as stream:
        stream.write('{"number":2,"event":"embargo_ext')
    assert book.policy().extensions == (made,)


@pytest.mark.parametrize(
    ("entry", "found"),
    [
        ({"lid": None}, "embargo_extended: lid is None"),
        ({"until_utc": "later"}, "embargo_extended: until_utc is 'later'"),
        ({"received_utc": "now"}, "embargo_extended: received_utc is 'now'"),
        ({"reason": 5}, "embargo_extended: reason is 5"),
    ],
)
def test_an_event_that_does_not_say_all_is_named(
    book: RightsBook, entry: dict[str, object], found: str
) -> None:
    declare(book, SECOND)
    whole = {"event": "embargo_extended", "lid": PAN, "until_utc": "", "reason": "r", "by": "",
             "received_utc": "2026-10-01T00:00:00Z"}  # fmt: skip
    Ledger(book.ledger.path).append([whole | entry])
    assert refused(book.policy) == (
        f"rights.jsonl:1: {found}; each event says received_utc, lid, until_utc, reason, by. "
        f"Compare with another copy of the ledger.\n{INVALID}"
    )


def test_every_lack_of_an_event_is_named(book: RightsBook) -> None:
    declare(book, SECOND)
    Ledger(book.ledger.path).append([{"event": "embargo_extended"}, {"event": "policy"}])
    with pytest.raises(PolicyError) as caught:
        book.policy()
    assert [f"{finding.line} {finding.found}" for finding in caught.value.findings] == [
        "1 received_utc is missing", "1 lid is missing", "1 until_utc is missing",
        "1 reason is missing", "1 by is missing",
        "2 received_utc is missing", "2 sha256 is missing", "2 text is missing",
    ]  # fmt: skip


def test_an_extension_waits_for_whoever_writes(
    book: RightsBook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ilrs.datacentre.node._WAIT_S", 0.0)
    declare(book, SECOND)
    with writing_alone(book.folder):
        message = refused(lambda: book.extend(Holding(), lid=PAN, until="P3M", reason="why"))
    assert message == (
        f"another program is filing products in {book.folder}; one writes at a time; this one "
        "waited 0 s. Try again when the other has ended."
    )
    assert not book.ledger.path.exists()
