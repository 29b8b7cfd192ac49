"""The rights of an archive through time: its declared policy, and what the ledger says of changes.

    <folder>/rights.yaml     the policy in force, as the node declares it
    <folder>/rights.jsonl    a hash-chained ledger: each policy from when on, each extension and why

An extension never makes unpublic what was public (`rights.release_of`), so that only a change of
rules needs the ledger to say what was public on a date.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ilrs.datacentre.embargo import NEVER_S, Embargo, seconds_of_utc, utc_of_seconds
from ilrs.datacentre.hash_chain import Ledger
from ilrs.datacentre.rights import Extension, Policy, Ruled, release_of
from ilrs.datacentre.rights_file import DEFAULT_FILE, POLICY_NAME, check_policy, read_policy
from ilrs.foundation.errors import Finding, IlrsError
from ilrs.foundation.provenance import sha256_of_bytes

__all__ = ["LEDGER_NAME", "RightsBook"]

LEDGER_NAME = "rights.jsonl"
_POLICY, _EXTENDED = "policy", "embargo_extended"


@dataclass(frozen=True, slots=True)
class RightsBook:
    """The policy of the archive in a folder, now and at any instant since it was first entered."""

    folder: Path
    now: Callable[[], str]

    @property
    def path(self) -> Path:
        """The file that declares the policy; the labels' own where the node declares none."""
        declared = self.folder / POLICY_NAME
        return declared if declared.exists() else DEFAULT_FILE

    @property
    def ledger(self) -> Ledger:
        """Where changes are entered."""
        return Ledger(self.folder / LEDGER_NAME)

    def policy(self) -> Policy:
        """The policy in force with every extension decided. Raises PolicyError as `read_policy`."""
        return replace(read_policy(self.path), extensions=self._extensions())

    def stamp(self) -> tuple[tuple[int, int, int] | None, ...]:
        """What changes where the files of the policy do: of each its inode, length and time."""
        found = list[tuple[int, int, int] | None]()
        for name in (POLICY_NAME, LEDGER_NAME):
            try:
                state = os.stat(f"{self.folder}/{name}")  # asked at each request
            except FileNotFoundError:
                found.append(None)
            else:
                found.append((state.st_ino, state.st_size, state.st_mtime_ns))
        return tuple(found)

    def enter(self) -> bool:
        """Enters the declared policy where it is not the last one entered; True where it was not.

        Raises PolicyError where the declared one is not valid: then the last one stays in force.
        """
        read_policy(self.path)
        content = self.path.read_bytes()
        sha256 = sha256_of_bytes(content)
        entered = [e for e in self.ledger.entries() if e.get("event") == _POLICY]
        if entered and entered[-1].get("sha256") == sha256:
            return False
        text = content.decode("utf-8-sig")
        self._append({"event": _POLICY, "sha256": sha256, "text": text})
        return True

    def policy_on(self, instant_s: float) -> Policy:
        """The policy that was in force at an instant; before the first one entered, no rule."""
        text = ""
        for entry in self.ledger.entries():
            if entry.get("event") == _POLICY and _entered_s(entry) <= instant_s:
                text = str(entry.get("text", ""))
        policy, _ = check_policy(text.encode(), file=POLICY_NAME) if text else (Policy(), [])
        return replace(policy, extensions=self._extensions()).as_of(instant_s)

    def extend(
        self, record: Ruled, *, lid: str, until: str, reason: str, by: str = ""
    ) -> Extension:
        """Moves the release of all that `lid` stands for, `record` among it, to a later instant.

        `until` is an instant, or a duration after the present release such as 'P3M'. Raises
        IlrsError where there is no reason, nothing is held back, or the instant is not later.
        """
        made_utc = self.now()
        made_s, (release_s, _) = seconds_of_utc(made_utc), release_of(record, self.policy())
        released = utc_of_seconds(release_s) or "not known"
        if not reason.strip():
            raise IlrsError(
                f"the embargo of {lid} cannot be extended without a reason",
                "the reason is entered in the ledger and shown to whoever asks",
                "Give one with --reason.",
            )
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
        self._append(
            {"event": _EXTENDED, "lid": lid, "until_utc": until_utc, "reason": reason, "by": by},
            made_utc,
        )
        return Extension(lid=lid, until_s=until_s, made_s=made_s, reason=reason, by=by)

    def verify(self) -> list[Finding]:
        """What is wrong with the ledger of rights."""
        return self.ledger.verify()

    def _append(self, entry: dict[str, str], at_utc: str = "") -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.ledger.append([{**entry, "received_utc": at_utc or self.now()}])

    def _extensions(self) -> tuple[Extension, ...]:
        return tuple(
            Extension(
                lid=str(entry["lid"]),
                until_s=seconds_of_utc(entry["until_utc"]) if entry["until_utc"] else NEVER_S,
                made_s=_entered_s(entry),
                reason=str(entry["reason"]),
                by=str(entry["by"]),
            )
            for entry in self.ledger.entries()
            if entry.get("event") == _EXTENDED
        )


def _entered_s(entry: dict[str, Any]) -> float:
    return seconds_of_utc(entry["received_utc"])


def _until_s(until: str, release_s: float) -> float:
    if not until.startswith("P"):
        return seconds_of_utc(until)
    stop_utc = utc_of_seconds(release_s)
    return Embargo.parse(f"{until} after stop").release_s(
        start_utc="", stop_utc=stop_utc, received_utc=""
    )
