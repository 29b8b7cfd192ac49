"""Tokens of a node: hashed at rest, revoked at once, the same answer for every wrong one."""

import json
import os
import stat
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ilrs.datacentre.principals import Tokens, who_asks
from ilrs.datacentre.rights import ANYONE, Principal
from ilrs.foundation.errors import IlrsError, UnavailableError
from tests.datacentre.conftest import Clock

NOT_VALID = (
    "the token is not valid here; it may have been mistyped, have expired or have been revoked. "
    "Ask whoever runs this node for another."
)
NOBODY = (
    "the Authorization header names nobody; it is 'Bearer ' and a token of this node, or of an "
    "issuer that it trusts. Correct it, or leave it out to see what is public."
)


@pytest.fixture
def tokens(tmp_path: Path, clock: Clock) -> Tokens:
    return Tokens(tmp_path, now=clock)


def test_a_token_says_whose_it_is(tokens: Tokens) -> None:
    text, kept = tokens.add("Li Wei", partner="CNSA", roles=["curator", "curator"])
    assert tokens.who(text) == Principal("Li Wei", "CNSA", frozenset({"curator"}))
    assert kept.sha256 not in repr(kept)


def test_the_token_itself_is_kept_nowhere(tokens: Tokens) -> None:
    text, _ = tokens.add("a", partner="CNSA")
    secret = text.rpartition("_")[2] if text.count("_") == 2 else text.split("_", 2)[2]
    assert secret not in tokens.path.read_text()
    assert stat.S_IMODE(os.stat(tokens.path).st_mode) == 0o600


def test_a_revoked_token_opens_nothing_for_another_process(tokens: Tokens, clock: Clock) -> None:
    text, _ = tokens.add("a", partner="CNSA")
    elsewhere = Tokens(tokens.path.parent, now=clock)
    assert elsewhere.who(text) == Principal("a", "CNSA")
    tokens.revoke("a")
    with pytest.raises(IlrsError) as caught:
        elsewhere.who(text)
    assert str(caught.value) == NOT_VALID
    with pytest.raises(IlrsError) as caught:
        tokens.revoke("a")
    assert str(caught.value) == (
        "no token in force is 'a'; a token is named by its owner or its number. "
        "See `ilrs data token list`."
    )


def test_a_token_expires(tokens: Tokens, clock: Clock) -> None:
    text, _ = tokens.add("a", partner="CNSA", expires_utc="2030-02-01")
    clock.utc = "2030-01-31T23:59:59Z"
    assert tokens.who(text) is not None
    clock.utc = "2030-02-01T00:00:00Z"
    with pytest.raises(IlrsError) as caught:
        tokens.who(text)
    assert str(caught.value) == NOT_VALID


def test_wrong_tokens_all_get_one_answer(tokens: Tokens) -> None:
    text, kept = tokens.add("a", partner="CNSA")
    other, _ = tokens.add("b", partner="IKI")
    swapped = f"ilrs_{kept.number}_{other.split('_', 2)[2]}"
    unknown = f"ilrs_{'0' * 12}_{text.split('_', 2)[2]}"
    for wrong in (swapped, unknown):
        with pytest.raises(IlrsError) as caught:
            tokens.who(wrong)
        assert str(caught.value) == NOT_VALID


@given(st.text(max_size=80))
def test_no_other_header_names_anybody(text: str) -> None:
    tokens = Tokens(Path("/nonexistent"), now=Clock())
    if not text.strip():
        assert who_asks(text, sources=[tokens.who]) == ANYONE
        return
    with pytest.raises(IlrsError) as caught:
        who_asks(text, sources=[tokens.who])
    assert str(caught.value) == NOBODY


def test_a_header_names_the_bearer(tokens: Tokens) -> None:
    text, _ = tokens.add("a", partner="CNSA")
    assert who_asks(f"bearer  {text}", sources=[lambda _: None, tokens.who]).id == "a"
    with pytest.raises(IlrsError) as caught:
        who_asks(f"Basic {text}", sources=[tokens.who])
    assert str(caught.value) == NOBODY


def test_tokens_given_out_at_once_are_all_kept(tmp_path: Path, clock: Clock) -> None:
    texts: list[str] = []

    def give(number: int) -> None:
        texts.append(Tokens(tmp_path, now=clock).add(f"t{number}", partner="CNSA")[0])

    threads = [threading.Thread(target=give, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    tokens = Tokens(tmp_path, now=clock)
    assert len(tokens.all()) == 12
    assert all(tokens.who(text) is not None for text in texts)


@pytest.mark.parametrize("name", ["", "a\n", "x" * 101, "<b>", " ", " a", "a "])
def test_names_that_are_none_are_refused(tokens: Tokens, name: str) -> None:
    with pytest.raises(IlrsError) as caught:
        tokens.add(name, partner="CNSA")
    assert str(caught.value) == (
        f"{name!r} is no name for a token's owner, partner or role; a name has 1 to 100 letters, "
        "digits, blanks between, dots, dashes, _ or @. Choose another."
    )


def test_a_damaged_file_makes_no_token_valid(tokens: Tokens) -> None:
    text, _ = tokens.add("a", partner="CNSA")
    entries = json.loads(tokens.path.read_text())
    del entries[0]["roles"]
    tokens.path.write_text(json.dumps(entries))
    with pytest.raises(IlrsError) as caught:
        tokens.who(text)
    assert str(caught.value) == (
        f"the tokens in {tokens.path} cannot be read: 'roles'; it is the list that `ilrs data "
        "token` writes. Restore it; until then no token is valid."
    )


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("roles", "curator", "it holds what is no text"),
        ("roles", [7], "it holds what is no text"),
        ("partner", None, "it holds what is no text"),
        ("sha256", 7, "it holds what is no text"),
        ("revoked_utc", None, "it holds what is no text"),
        ("expires_utc", 2030, "it holds what is no text"),
    ],
)
def test_a_token_of_odd_values_makes_none_valid(
    tokens: Tokens, field: str, value: object, reason: str
) -> None:
    text, _ = tokens.add("a", partner="CNSA")
    (entry,) = json.loads(tokens.path.read_text())
    tokens.path.write_text(json.dumps([{**entry, field: value}]))
    for ask in (lambda: tokens.who(text), tokens.all, lambda: tokens.revoke("a")):
        with pytest.raises(UnavailableError) as caught:
            ask()
        assert str(caught.value) == (
            f"the tokens in {tokens.path} cannot be read: {reason}; it is the list that `ilrs data "
            "token` writes. Restore it; until then no token is valid."
        )


@pytest.mark.parametrize("content", ["", "7", "{}{", "[7]", "[" * 100_000, '["a"]', "\xff"])
def test_no_content_of_the_file_is_an_unknown_fault(tokens: Tokens, content: str) -> None:
    text, _ = tokens.add("a", partner="CNSA")
    tokens.path.write_text(content, encoding="latin-1")
    with pytest.raises(UnavailableError):
        tokens.who(text)
    assert tokens.path.read_text(encoding="latin-1") == content
