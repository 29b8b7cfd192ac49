"""What a node holds as a tree: all differences are found, in few questions, and no lie is taken."""

import random
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ilrs.datacentre.merkle import (
    LEAF_SIZE,
    Branch,
    Tree,
    compare,
    manifest_sha256,
    read_branch,
)
from ilrs.datacentre.record import FileEntry, Record
from ilrs.foundation.errors import IlrsError

holdings = st.dictionaries(
    st.integers(0, 3000).map(lambda n: f"urn:ilrs:jdc:b:c:p-{n}::1.0"),
    st.sampled_from("abc"),
    max_size=600,
)


def told_by(tree: Tree) -> object:
    def ask(prefixes: Sequence[str]) -> list[Branch]:
        return [read_branch(tree.branch(prefix).to_dict(), prefix=prefix) for prefix in prefixes]

    return ask


@settings(max_examples=60, deadline=None)
@given(holdings, holdings)
def test_all_differences_are_found(mine: dict[str, str], theirs: dict[str, str]) -> None:
    found = compare(Tree.of(mine), ask=told_by(Tree.of(theirs)))  # type: ignore[arg-type]
    assert found.added == {k: v for k, v in theirs.items() if k not in mine}
    assert found.gone == {k: v for k, v in mine.items() if k not in theirs}
    assert found.changed == {k: v for k, v in theirs.items() if mine.get(k, v) != v}


@given(holdings, st.randoms())
def test_the_order_of_coming_changes_nothing(held: dict[str, str], chance: random.Random) -> None:
    pairs = list(held.items())
    chance.shuffle(pairs)
    assert Tree.of(pairs).sha256 == Tree.of(held).sha256


def test_little_difference_takes_few_questions() -> None:
    held = {f"urn:ilrs:jdc:b:c:p-{n}::1.0": "m" for n in range(100_000)}
    ours = Tree.of(held)
    theirs = Tree.of({**held, "urn:ilrs:jdc:b:c:p-7::1.1": "n", "urn:ilrs:jdc:b:c:p-9::1.0": "x"})
    found = compare(ours, ask=told_by(theirs))  # type: ignore[arg-type]
    assert (len(found.added), len(found.changed), len(found.gone)) == (1, 1, 0)
    # 100,000 entries in leaves of at most 128 lie at most four digits deep: the root, then one
    # question for each level.
    assert found.questions <= 5
    assert compare(ours, ask=told_by(Tree.of(held))).questions == 1  # type: ignore[arg-type]


def test_a_leaf_becomes_a_branch_where_it_is_full() -> None:
    held = {f"p{n}": "m" for n in range(LEAF_SIZE + 1)}
    assert len(Tree.of(held).branch("").branches) == 16
    held.popitem()
    assert len(Tree.of(held).branch("").entries) == LEAF_SIZE


@pytest.mark.parametrize("prefix", ["g", "A", "..", "0" * 65, "'"])
def test_what_is_no_branch_is_refused(prefix: str) -> None:
    with pytest.raises(IlrsError) as caught:
        Tree.of({}).branch(prefix)
    assert str(caught.value) == (
        f"{prefix!r} is no branch of a tree; a branch is named by up to 64 of the digits 0-9 a-f. "
        "Go by what the branch above it names."
    )


@pytest.mark.parametrize(
    "change",
    [{"sha256": "0" * 64}, {"entries": []}, {"entries": [["urn:x::1.0", "m"]]}, {"prefix": "1"},
     {"branches": ["0" * 64] * 16}, {"entries": 3}, {"count": "many"}, {"count": float("inf")},
     {"entries": [["\ud800", "m"]]}, {"branches": ["\ud800"] * 16}],
)  # fmt: skip
def test_a_branch_that_contradicts_itself_is_refused(change: dict[str, object]) -> None:
    told = Tree.of({"urn:a::1.0": "m"}).branch("").to_dict()
    with pytest.raises(IlrsError) as caught:
        read_branch({**told, **change}, prefix="")
    assert str(caught.value).startswith("what the other node tells as the branch '' ")
    with pytest.raises(IlrsError):
        read_branch([], prefix="")


def test_a_manifest_is_what_sha256sum_prints() -> None:
    files = tuple(FileEntry(name=name, size=1, sha256=digest * 64) for name, digest in ("b1", "a2"))
    record = Record(lidvid="urn:ilrs:jdc:b:c:p::1.0", files=files)
    # printf '%s  a\n%s  b\n' 2…2 1…1 | sha256sum
    assert manifest_sha256(record) == (
        "fc25e17b5f5131825c5c9ba8aa01dedae1a27894b26b68fb29bbf4bc1e4171d3"
    )
