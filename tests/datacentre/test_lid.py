"""Identifiers and versions: what is read, what is refused, and in which words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ilrs.datacentre.lid import (
    DEFAULT_PREFIX,
    PDS4_PREFIXES,
    Lid,
    LidVid,
    Vid,
    all_split,
    split_lidvid,
)
from ilrs.foundation.errors import IlrsError

LID_RULE = (
    "it is urn:agency:archive:bundle, then :collection and :product, each part of "
    "a-z 0-9 - . _ and beginning with a letter or digit, 255 characters in all. "
    "Correct the identifier."
)


def test_version_order_when_minor_has_two_digits() -> None:
    assert Vid.parse("1.10") > Vid.parse("1.9") > Vid.parse("1.1")
    assert Vid.parse("2.0") > Vid.parse("1.99")
    assert str(Vid.parse("1.9").next_minor()) == "1.10"


@pytest.mark.parametrize(
    "text", ["", "1", "1.", ".1", "01.0", "1.01", "0.0", "1.0.0", "v1.0", "1.0\n", "١.٠"]
)
def test_version_refused_when_not_two_plain_integers(text: str) -> None:
    with pytest.raises(IlrsError) as caught:
        Vid.parse(text)
    assert str(caught.value) == (
        f"{text!r} is not a version; a version is two integers without leading zeros, from 0.1 on, "
        "such as 1.0 or 1.10. Write the version so."
    )


def test_lid_parts_when_product() -> None:
    lid = Lid.parse("urn:nasa:pds:lro_diviner_derived1:data_calibrated:201401031400_rdr")
    assert lid.is_product
    assert lid.prefix == "urn:nasa:pds"
    assert not Lid.parse("urn:nasa:pds:lro_diviner_derived1").is_product


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("urm:ilrs:jdc:a", "it does not begin with 'urn:'"),
        ("urn:ilrs:jdc", "it has 3 parts"),
        ("urn:ilrs:jdc:a:b:c:d", "it has 7 parts"),
        ("urn:ilrs:jdc:A:b:c", "its part 'A' breaks the rule"),
        ("urn:ilrs:jdc:a:..:c", "its part '..' breaks the rule"),
        ("urn:ilrs:jdc:a:b/../../c:d", "its part 'b/../../c' breaks the rule"),
        ("urn:ilrs:jdc:a::c", "its part '' breaks the rule"),
        ("urn:ilrs:jdc:a:b:c\n", "its part 'c\\n' breaks the rule"),
        ("urn:ilrs:jdc:" + "a" * 243, "it has 256 characters"),
    ],
)
def test_lid_refused_when_a_rule_is_broken(text: str, fault: str) -> None:
    with pytest.raises(IlrsError) as caught:
        Lid.parse(text)
    assert str(caught.value) == f"{text!r} is not a logical identifier: {fault}; {LID_RULE}"


def test_lid_longest_when_255_characters() -> None:
    assert len(str(Lid.parse("urn:ilrs:jdc:" + "a" * 242))) == 255


def test_lid_of_product_refused_when_prefix_is_no_prefix() -> None:
    with pytest.raises(IlrsError) as caught:
        Lid.of_product("urn:ilrs", bundle="a", collection="b", product="c")
    assert str(caught.value) == (
        "'urn:ilrs' is not the prefix of identifiers; a prefix is urn:agency:archive, such as "
        "urn:ilrs:jdc. Give the node's prefix so."
    )


def test_lidvid_refused_when_version_is_missing() -> None:
    with pytest.raises(IlrsError) as caught:
        LidVid.parse("urn:ilrs:jdc:a:b:c")
    assert str(caught.value) == (
        "'urn:ilrs:jdc:a:b:c' names no version; an identifier with its version is "
        "<lid>::<major>.<minor>. Append '::' and the version."
    )


def test_default_prefix_belongs_to_no_agency() -> None:
    assert DEFAULT_PREFIX not in PDS4_PREFIXES


PART = st.from_regex(r"[a-z0-9][a-z0-9._-]{0,20}", fullmatch=True)


@given(st.lists(PART, min_size=3, max_size=5), st.integers(1, 10**6), st.integers(0, 10**6))
def test_lidvid_text_reads_back_as_itself(parts: list[str], major: int, minor: int) -> None:
    text = f"urn:{':'.join(parts)}::{major}.{minor}"
    assert str(LidVid.parse(text)) == text


@given(st.lists(st.sampled_from([
    "urn:ilrs:jdc:a::1.0", "urn:ilrs:jdc:a:b::1.10", "urn:ilrs:jdc:a:b:c-1.tab::0.9",
    "urn:ilrs:jdc:a::0.0", "urn:ilrs:jdc:a::1.05", "urn:ilrs:jdc:a", "", "\n",
    "urn:ilrs:jdc:a::1.0\nurn:ilrs:jdc:b::1.0", "urn:ilrs:jdc:a::1.0\n",
    f"urn:ilrs:jdc:{'x' * 242}::1.0", f"urn:ilrs:jdc:{'x' * 243}::1.0",
])))  # fmt: skip
def test_many_names_are_split_as_each_is(texts: list[str]) -> None:
    try:
        each = [split_lidvid(text) for text in texts]
    except IlrsError as fault:
        with pytest.raises(IlrsError) as caught:
            all_split(texts)
        assert str(caught.value) == str(fault)
    else:
        assert list(zip(*all_split(texts), strict=True)) == each
