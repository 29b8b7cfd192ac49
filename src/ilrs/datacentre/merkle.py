"""What a node holds as a Merkle tree, so that two nodes find where they differ in few questions.

An entry is a product's LIDVID and the SHA-256 of its manifest. It belongs where the hex digits of
the SHA-256 of its LIDVID lead. A branch of more than LEAF_SIZE entries has sixteen branches, one
for each next digit; a smaller one is a leaf. So the shape follows from what is held, and nodes that
hold the same have the same root, however they came by it.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ilrs.datacentre.record import Record
from ilrs.foundation.errors import IlrsError
from ilrs.foundation.provenance import sha256_of_bytes

__all__ = [
    "LEAF_SIZE", "Branch", "Difference", "Tree", "compare", "manifest_sha256", "read_branch",
]  # fmt: skip

LEAF_SIZE = 128
_DIGITS = "0123456789abcdef"
_MOST_DIGITS = 64


def manifest_sha256(record: Record) -> str:
    """SHA-256 of the manifest of a version's files: `<sha256>  <name>` for each, by name."""
    files = sorted((file.name, file.sha256) for file in record.files)
    return sha256_of_bytes("".join(f"{sha256}  {name}\n" for name, sha256 in files).encode())


@dataclass(frozen=True, slots=True)
class Branch:
    """One branch as it is told: a leaf's entries, or the digests of its sixteen branches."""

    prefix: str
    sha256: str
    count: int
    branches: tuple[str, ...] = ()
    entries: tuple[tuple[str, str], ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The branch as JSON's values; `read_branch` gives it back."""
        told: dict[str, Any] = {"prefix": self.prefix, "sha256": self.sha256, "count": self.count}
        if self.branches:
            return {**told, "branches": list(self.branches)}
        return {**told, "entries": [list(entry) for entry in self.entries]}


@dataclass(slots=True)
class Tree:
    """The tree of some entries, LIDVID -> manifest's SHA-256; digests are computed when asked."""

    keys: list[str] = field(repr=False)
    entries: list[tuple[str, str]] = field(repr=False)
    _known: dict[str, str] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, entries: Mapping[str, str] | Iterable[tuple[str, str]]) -> "Tree":
        """The tree of entries, of each LIDVID one."""
        pairs = entries.items() if isinstance(entries, Mapping) else entries
        placed = sorted((sha256_of_bytes(pair[0].encode()), pair) for pair in pairs)
        return cls([key for key, _ in placed], [pair for _, pair in placed])

    @property
    def sha256(self) -> str:
        """The root's digest."""
        return self._digest("")

    def branch(self, prefix: str) -> Branch:
        """The branch at some hex digits. Raises IlrsError where they are none."""
        if len(prefix) > _MOST_DIGITS or any(digit not in _DIGITS for digit in prefix):
            raise IlrsError(
                f"{prefix!r} is no branch of a tree",
                "a branch is named by up to 64 of the digits 0-9 a-f",
                "Go by what the branch above it names.",
            )
        held = self._span(prefix)
        if len(held) <= LEAF_SIZE:
            found = tuple(self.under(prefix))
            return Branch(prefix, self._digest(prefix), len(held), entries=found)
        below = tuple(self._digest(prefix + digit) for digit in _DIGITS)
        return Branch(prefix, self._digest(prefix), len(held), branches=below)

    def under(self, prefix: str) -> list[tuple[str, str]]:
        """Every entry below a branch, however many."""
        held = self._span(prefix)
        return self.entries[held.start : held.stop]

    def _span(self, prefix: str) -> range:
        return range(bisect_left(self.keys, prefix), bisect_left(self.keys, prefix + "g"))

    def _digest(self, prefix: str) -> str:
        known = self._known.get(prefix)
        if known is None:
            held = self._span(prefix)
            if len(held) <= LEAF_SIZE:
                known = _leaf_sha256(self.under(prefix))
            else:
                known = _branch_sha256([self._digest(prefix + digit) for digit in _DIGITS])
            self._known[prefix] = known
        return known


def _leaf_sha256(entries: Iterable[tuple[str, str]]) -> str:
    return sha256_of_bytes("".join(f"{lidvid} {told}\n" for lidvid, told in entries).encode())


def _branch_sha256(branches: Sequence[str]) -> str:
    return sha256_of_bytes("\n".join(("branch", *branches)).encode())


def read_branch(plain: Any, *, prefix: str) -> Branch:
    """The branch that a node tells. Raises IlrsError where its parts do not give its digest."""
    try:
        branch = Branch(
            str(plain["prefix"]),
            str(plain["sha256"]),
            int(plain["count"]),
            tuple(str(digest) for digest in plain.get("branches", ())),
            tuple((str(lidvid), str(told)) for lidvid, told in plain.get("entries", ())),
        )
        is_right = branch.prefix == prefix and _agrees(branch)
    except (TypeError, KeyError, ValueError, AttributeError, OverflowError):
        raise _mistold(prefix, "is none") from None
    if not is_right:
        raise _mistold(prefix, "does not agree with its own digest")
    return branch


def _agrees(branch: Branch) -> bool:
    """Whether a branch's digest follows from its parts, and its entries belong to it."""
    if branch.branches:
        return len(branch.branches) == 16 and _branch_sha256(branch.branches) == branch.sha256
    return _leaf_sha256(branch.entries) == branch.sha256 and all(
        sha256_of_bytes(lidvid.encode()).startswith(branch.prefix) for lidvid, _ in branch.entries
    )


def _mistold(prefix: str, fault: str) -> IlrsError:
    return IlrsError(
        f"what the other node tells as the branch {prefix!r} {fault}",
        "a branch is told with its digest, from which it follows",
        "Tell whoever runs that node.",
    )


@dataclass(slots=True)
class Difference:
    """Where another node's tree is not ours: LIDVIDs with its manifest's digest, or ours."""

    added: dict[str, str] = field(default_factory=dict)
    changed: dict[str, str] = field(default_factory=dict)
    gone: dict[str, str] = field(default_factory=dict)
    questions: int = 0


def compare(
    ours: Tree, *, ask: Callable[[Sequence[str]], Sequence[Branch]], at_once: int = 64
) -> Difference:
    """How another node's tree differs from ours; `ask` gets its branches, `at_once` at most.

    Only branches whose digests differ are asked for, one level after the other.
    """
    found = Difference()
    wanted = [""]
    while wanted:
        below: list[str] = []
        for start in range(0, len(wanted), at_once):
            prefixes = wanted[start : start + at_once]
            found.questions += 1
            for prefix, theirs in zip(prefixes, ask(prefixes), strict=True):
                below += _differing(ours, theirs, prefix, found)
        wanted = below
    return found


def _differing(ours: Tree, theirs: Branch, prefix: str, found: Difference) -> Iterator[str]:
    """The branches below that differ; a leaf's entries go into what was found."""
    if theirs.sha256 == ours.branch(prefix).sha256:
        return
    if theirs.branches:
        for digit, digest in zip(_DIGITS, theirs.branches, strict=True):
            if digest != ours.branch(prefix + digit).sha256:
                yield prefix + digit
        return
    held = dict(ours.under(prefix))
    for lidvid, told in theirs.entries:
        known = held.pop(lidvid, None)
        if known is None:
            found.added[lidvid] = told
        elif known != told:
            found.changed[lidvid] = told
    found.gone.update(held)
