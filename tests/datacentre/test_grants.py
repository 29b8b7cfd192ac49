"""An access in words: what it grants, and what is none."""

import pytest

from ilrs.datacentre.grants import Grant, Verb, class_key_of, grants_of_access, text_of_grants

EVERYTHING = frozenset({Verb.REDISTRIBUTE, Verb.DERIVE})


@pytest.mark.parametrize(
    ("access", "grants"),
    [
        ("owner", [Grant("owner", EVERYTHING, "receipt")]),
        (" Owner ", [Grant("owner", EVERYTHING, "receipt")]),
        ("open", [Grant("owner", EVERYTHING, "receipt"), Grant("anyone", EVERYTHING, "release")]),
        ("partners", [Grant("owner", EVERYTHING, "receipt"),
                      Grant("partners", frozenset({Verb.DERIVE}), "release")]),
        ("nobody", []),
        ("CNSA/science-team: know, preview from receipt;anyone:download from release",
         [Grant("CNSA/science-team", frozenset({Verb.KNOW, Verb.PREVIEW}), "receipt"),
          Grant("anyone", frozenset({Verb.DOWNLOAD}), "release")]),
        ("Space Agency%3b No. 1%2f2/x%25y: derive from release",
         [Grant("Space Agency; No. 1/2/x%y", frozenset({Verb.DERIVE}), "release")]),
    ],
)  # fmt: skip
def test_an_access_grants_what_it_says(access: str, grants: list[Grant]) -> None:
    assert list(grants_of_access(access)) == grants


@pytest.mark.parametrize(
    "access",
    [
        "", "opne", "open; owner", "anyone: download", "anyone: read from receipt",
        "anyone: from receipt", "anyone: , from receipt", ": know from receipt",
        "/x: know from receipt",
        "CNSA/: know from receipt", "CNSA/a/b: know from receipt", "anyone/x: know from receipt",
        "anyone: know from launch", "anyone: download from release;",
        "anyone: download from release; IKI: read from receipt",  # half a statement is none
        "anyone: download from release from receipt",
    ],
)  # fmt: skip
def test_what_is_no_access_grants_nothing(access: str) -> None:
    assert grants_of_access(access) == ()


def test_a_name_with_marks_comes_back_as_it_was() -> None:
    spelled = "a%3db%3bc/x%2c%2fy: derive from release"
    grants = grants_of_access(spelled)
    assert grants == (Grant("a=b;c/x,/y", frozenset({Verb.DERIVE}), "release"),)
    assert "derive:release==a%3db%3bc/x%2c%2fy" in class_key_of(grants, "CNSA")
    assert text_of_grants([Grant("IKI", EVERYTHING)]) == "IKI: derive, redistribute from release"
