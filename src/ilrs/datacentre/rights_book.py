"""The rights of an archive through time: its declared policy, and what the ledger says of changes.

    <folder>/rights.yaml     the policy in force, as the node declares it
    <folder>/rights.jsonl    a hash-chained ledger: each policy from when on, each extension and why

An extension never makes unpublic what was public (`rights.release_of`), so that only a change of
rules needs the ledger to say what was public on a date.

A line that cannot be read may be an extension: while the ledger is damaged, there is no policy.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ilrs.datacentre.embargo import NEVER_S, Embargo, seconds_of_utc, utc_of_seconds
from ilrs.datacentre.hash_chain import Ledger
from ilrs.datacentre.node import writing_alone
from ilrs.datacentre.rights import Extension, Policy, Ruled, release_of
from ilrs.datacentre.rights_file import DEFAULT_FILE, POLICY_NAME, check_policy, read_policy
from ilrs.foundation.errors import Finding, IlrsError, PolicyError
from ilrs.foundation.provenance import sha256_of_bytes

__all__ = ["LEDGER_NAME", "RightsBook"]

LEDGER_NAME = "rights.jsonl"
_POLICY, _EXTENDED = "policy", "embargo_extended"
#: What a line of the ledger says of each event, all of it text.
_SAID = {
    _POLICY: ("received_utc", "sha256", "text"),
    _EXTENDED: ("received_utc", "lid", "until_utc", "reason", "by"),
}


@dataclass(frozen=True, slots=True)
class RightsBook:
    """The policy of the archive in a folder, now and at any instant since it was first entered."""

    folder: Path
    now: Callable[[], str]

    @property
    def path(self) -> Path:
        """The file that declares the policy; the labels' own where the node declares none."""
        declared = self.folder / POLICY_NAME
        return declared if _is_there(declared) else DEFAULT_FILE

    @property
    def ledger(self) -> Ledger:
        """Where changes are entered."""
        return Ledger(self.folder / LEDGER_NAME)

    def policy(self) -> Policy:
        """The policy in force with every extension decided.

        Raises PolicyError as `read_policy`, and where the ledger is damaged.
        """
        return replace(read_policy(self.path), extensions=_extensions(self._entries()))

    def stamp(self) -> tuple[tuple[int, int, int] | None, ...]:
        """What changes where the files of the policy do: of each its inode, length and time."""
        found = list[tuple[int, int, int] | None]()
        for name in (POLICY_NAME, LEDGER_NAME):
            try:
                state = os.stat(f"{self.folder}/{name}")  # asked at each request
            except OSError:  # nothing, or what cannot be read: a link that leads nowhere
                found.append((0, 0, 0) if _is_there(self.folder / name) else None)
            else:
                found.append((state.st_ino, state.st_size, state.st_mtime_ns))
        return tuple(found)

    def declared(self) -> dict[str, str]:
        """The line that the declared policy makes in the ledger from now on. Raises as `policy`."""
        received_utc = self.now()
        read_policy(self.path)
        content = self.path.read_bytes()
        text, sha256 = content.decode("utf-8-sig"), sha256_of_bytes(content)
        return {"event": _POLICY, "sha256": sha256, "text": text, "received_utc": received_utc}

    def is_entered(self, declared: dict[str, str]) -> bool:
        """Whether the ledger says already that this policy was in force at its instant."""
        known = _in_force(self._entries(), _entered_s(declared))
        return known is not None and known["sha256"] == declared["sha256"]

    def enter(self, declared: dict[str, str] | None = None) -> bool:
        """Enters the policy declared now, or as it was, where it is not entered; True where so.

        The caller keeps others from writing meanwhile. Raises PolicyError where the declared one is
        not valid: then the last one stays in force.
        """
        entry = self.declared() if declared is None else declared
        if self.is_entered(entry):
            return False
        self._append(entry)
        return True

    def policy_on(self, instant_s: float) -> Policy:
        """The policy that was in force at an instant; before the first one entered, no rule.

        Raises PolicyError where the ledger is damaged.
        """
        entries = self._entries()
        known = _in_force(entries, instant_s)
        text = "" if known is None else known["text"]
        policy, _ = check_policy(text.encode(), file=POLICY_NAME) if text else (Policy(), [])
        return replace(policy, extensions=_extensions(entries)).as_of(instant_s)

    def extend(
        self, record: Ruled, *, lid: str, until: str, reason: str, by: str = ""
    ) -> Extension:
        """Moves the release of all that `lid` stands for, `record` among it, to a later instant.

        `until` is an instant, or a duration after the present release such as 'P3M'. Raises
        IlrsError where there is no reason, nothing is held back, or the instant is not later.
        """
        if not reason.strip():
            raise IlrsError(
                f"the embargo of {lid} cannot be extended without a reason",
                "the reason is entered in the ledger and shown to whoever asks",
                "Give one with --reason.",
            )
        self.folder.mkdir(parents=True, exist_ok=True)
        with writing_alone(self.folder):  # two at once would break the chain
            return self._extend(record, lid, until, {"reason": reason, "by": by})

    def _extend(self, record: Ruled, lid: str, until: str, why: dict[str, str]) -> Extension:
        made_utc = self.now()
        made_s, (release_s, _) = seconds_of_utc(made_utc), release_of(record, self.policy())
        released = utc_of_seconds(release_s) or "not known"
        if release_s <= made_s:
            raise IlrsError(
                f"{record.lidvid} has been released since {released}",
                "what was public cannot be made unpublic",
                "Withdraw it if it must go.",
            )
        until_s = _until_s(until, release_s)
        if until_s <= release_s:
            raise IlrsError(
                f"{until} is no extension of the embargo of {record.lidvid}",
                f"its release is {released}",
                "Name a later instant, or a duration after it such as P3M.",
            )
        until_utc = utc_of_seconds(until_s)
        entry = {"event": _EXTENDED, "lid": lid, "until_utc": until_utc, **why}
        self._append({**entry, "received_utc": made_utc})
        return Extension(lid=lid, until_s=until_s, made_s=made_s, **why)

    def verify(self) -> list[Finding]:
        """What is wrong with the ledger of rights."""
        return self.ledger.verify()

    def _append(self, entry: dict[str, str]) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.ledger.append([entry])

    def _entries(self) -> list[dict[str, Any]]:
        """Every line of the ledger but a last one torn by a kill, which had not been written.

        Raises PolicyError with every finding where another line is damaged.
        """
        path = self.ledger.path
        if not _is_there(path):
            return []
        try:
            path.stat()  # a link may lead nowhere
            findings = [f for f in self.ledger.verify() if f.severity == "error"]
            entries = list(self.ledger.entries())
        except OSError as error:
            raise IlrsError(
                f"the ledger of rights {path} cannot be read: {error.strerror}",
                "it says which embargoes were extended: without it nothing is given",
                "Make it readable, or put it back from a backup.",
            ) from None
        findings = findings or [fault for entry in entries for fault in _faults(entry)]
        if findings:
            raise PolicyError(findings)
        return entries


def _is_there(path: Path) -> bool:
    """Whether anything has that name, a link that leads nowhere among it."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True  # who reads it is told why it cannot be read
    return True


def _faults(entry: dict[str, Any]) -> Iterator[Finding]:
    """What a line of the ledger lacks of what its event says."""
    said = _SAID.get(str(entry.get("event")), ())
    for name in said:
        text = entry.get(name)
        if not isinstance(text, str) or (name == "received_utc" and not _is_instant(text)):
            yield _fault(entry, name)
    until = entry.get("until_utc") if "until_utc" in said else ""
    if until and isinstance(until, str) and not _is_instant(until):
        yield _fault(entry, "until_utc")


def _is_instant(text: str) -> bool:
    try:
        seconds_of_utc(text)
    except IlrsError:
        return False
    return True


def _fault(entry: dict[str, Any], name: str) -> Finding:
    return Finding(
        file=LEDGER_NAME,
        line=int(entry["number"]),
        entity=str(entry["event"]),
        found=f"{name} is {entry[name]!r}" if name in entry else f"{name} is missing",
        possible="each event says " + ", ".join(_SAID[entry["event"]]),
        mend="Compare with another copy of the ledger.",
    )


def _extensions(entries: Iterable[dict[str, Any]]) -> tuple[Extension, ...]:
    return tuple(
        Extension(
            lid=entry["lid"],
            until_s=seconds_of_utc(entry["until_utc"]) if entry["until_utc"] else NEVER_S,
            made_s=_entered_s(entry),
            reason=entry["reason"],
            by=entry["by"],
        )
        for entry in entries
        if entry.get("event") == _EXTENDED
    )


def _in_force(entries: Iterable[dict[str, Any]], instant_s: float) -> dict[str, Any] | None:
    """The policy that held at an instant: by its time, as one served may be entered late."""
    held = [e for e in entries if e.get("event") == _POLICY and _entered_s(e) <= instant_s]
    return max(reversed(held), key=_entered_s, default=None)


def _entered_s(entry: dict[str, Any]) -> float:
    return seconds_of_utc(entry["received_utc"])


def _until_s(until: str, release_s: float) -> float:
    if not until.startswith("P"):
        return seconds_of_utc(until)
    stop_utc = utc_of_seconds(release_s)
    return Embargo.parse(f"{until} after stop").release_s(
        start_utc="", stop_utc=stop_utc, received_utc=""
    )
