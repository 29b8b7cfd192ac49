"""What a node holds a label to: strict PDS4, the ILRS profile, or old labels of Chinese missions.

The prefixes that the ILRS profile adds are data, in prefixes.csv; a node that knows others gives
its own. No profile says that a label is valid where a schema says otherwise in anything else.
"""

import csv
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files

from ilrs.foundation.errors import IlrsError, did_you_mean

__all__ = [
    "ILRS", "LEGACY", "PROFILES", "STRICT", "Profile", "listed_partners", "partner_prefixes",
    "profile_named",
]  # fmt: skip


@cache
def _rows() -> tuple[dict[str, str], ...]:
    text = files("ilrs.datacentre").joinpath("prefixes.csv").read_text("utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return tuple(csv.DictReader(lines))


def partner_prefixes() -> dict[str, str]:
    """Prefix -> partner of those that the common dictionary of PDS4 does not list."""
    return {row["prefix"]: row["partner"] for row in _rows() if row["status"] != "listed"}


def listed_partners() -> dict[str, str]:
    """Prefix -> partner of those that it lists."""
    return {row["prefix"]: row["partner"] for row in _rows() if row["status"] == "listed"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A name, the prefixes read as if listed, and whether old labels are normalised first."""

    name: str
    prefixes: tuple[str, ...] = ()
    normalises: bool = False


STRICT = Profile(name="strict")
ILRS = Profile(name="ilrs", prefixes=tuple(partner_prefixes()))
LEGACY = Profile(name="legacy", prefixes=ILRS.prefixes, normalises=True)
PROFILES = {profile.name: profile for profile in (STRICT, ILRS, LEGACY)}


def profile_named(name: str, *, prefixes: tuple[str, ...] = ()) -> Profile:
    """The profile of a name, with a node's further prefixes.

    Raises IlrsError where there is none.
    """
    if name not in PROFILES:
        raise IlrsError(
            f"there is no profile {name!r}",
            f"the profiles are {', '.join(PROFILES)}",
            did_you_mean(name, PROFILES, otherwise="Name one of them."),
        )
    profile = PROFILES[name]
    return replace(profile, prefixes=tuple(dict.fromkeys((*profile.prefixes, *prefixes))))
