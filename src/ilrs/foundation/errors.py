"""Errors that say what was asked, what is possible and how to mend it."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, replace

__all__ = [
    "Finding", "FindingsError", "IlrsError", "NodeError", "PolicyError",
    "ProgrammeError", "UnavailableError", "did_you_mean",
]  # fmt: skip


class IlrsError(Exception):
    """An error a user can mend; the command line prints it and exits with code 2.

    The three parts stay available as fields, so that a page can lay them out and a test can
    compare them one by one.
    """

    def __init__(self, asked: str, possible: str, mend: str) -> None:
        self.asked, self.possible, self.mend = asked, possible, mend
        super().__init__(f"{asked}; {possible}. {mend}")

    def __reduce__(self) -> tuple[object, ...]:
        # An error crosses from a worker process as its three parts, not as its one message.
        return type(self), (self.asked, self.possible, self.mend)


class UnavailableError(IlrsError):
    """What an answer needs does not work now, a database or a storage: no question is at fault."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing found wrong (or doubtful) in a programme's files, with where it stands.

    `entity` is a dotted path such as ``elements.POWER-1.mass``; `line` counts from 1 and is 0 where
    no line can be named (a missing file, a folder). `kind` is a word that a policy may act on,
    where the room that finds has several kinds.
    """

    file: str
    line: int
    entity: str
    found: str
    possible: str
    mend: str
    severity: str = "error"  # "error" stops a run; "warning" is shown and the run goes on
    kind: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        subject = f" {self.entity}:" if self.entity else ""
        return f"{place}:{subject} {self.found}; {self.possible}. {self.mend}"

    def at(self, file: str, line: int) -> "Finding":
        """The same finding, placed at another file and line."""
        return replace(self, file=file, line=line)


class FindingsError(IlrsError):
    """Declared files that are not valid, with every finding at once, worst first."""

    what, command = "what is declared", ""

    def __init__(self, findings: list[Finding]) -> None:
        self.findings = findings
        count = len(findings)
        super().__init__(
            f"{self.what} is not valid: {count} finding{'s' if count != 1 else ''}",
            "each names its file, its line and what is possible there",
            f"Mend them and run `{self.command}` again.",
        )
        self.args = ("\n".join([str(finding) for finding in findings] + [self.args[0]]),)

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.findings,)


class ProgrammeError(FindingsError):
    """A programme that is not valid."""

    what, command = "the programme", "ilrs check"


class PolicyError(FindingsError):
    """A node's policy of rights that is not valid: nothing is granted by half of one."""

    what, command = "the policy of rights", "ilrs data rights"


class NodeError(FindingsError):
    """What a node declares of itself and of its intake, where it is not valid."""

    what, command = "what the node declares", "ilrs data ingest"


def did_you_mean(word: str, possible: Iterable[str], *, otherwise: str) -> str:
    """'Did you mean …?' with the nearest possible word, else the other advice."""
    folded: dict[str, str] = {}
    for choice in possible:
        folded.setdefault(choice.casefold(), choice)
    near = difflib.get_close_matches(word.casefold(), folded, n=1, cutoff=0.6)
    return f"Did you mean {folded[near[0]]!r}?" if near else otherwise
