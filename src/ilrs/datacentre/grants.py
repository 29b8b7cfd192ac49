"""Whom a product grants what, and from when on: as rules list it, as class keys, as an access.

A class key spells out all that is granted on a product, equal grants by equal keys. An access is
what a product itself says of it: a word (`WORDS`), or the grants spelled out, such as
'cnsa/science-team: derive from receipt; anyone: redistribute from release'.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Literal, TypeAlias
from urllib.parse import unquote

__all__ = [
    "ANYONES", "CURATOR", "NOBODY", "OWNER", "PARTNERS", "QUARANTINED", "WHENS", "WORDS", "Grant",
    "Verb", "When", "access_of_key", "class_key_of", "grants_of_access", "named_in", "role_sign",
    "sign_of", "text_of_grants",
]  # fmt: skip

When: TypeAlias = Literal["receipt", "release"]
WHENS: tuple[When, ...] = ("receipt", "release")


class Verb(StrEnum):
    """What may be done with a product; a grant of one carries those that it needs."""

    KNOW = "know"
    SEE_LABEL = "see_label"
    PREVIEW = "preview"
    DOWNLOAD = "download"
    REDISTRIBUTE = "redistribute"
    DERIVE = "derive"


_LADDER = (Verb.KNOW, Verb.SEE_LABEL, Verb.PREVIEW, Verb.DOWNLOAD)
_ABOVE_ALL = (Verb.REDISTRIBUTE, Verb.DERIVE)

#: Who a grant may name besides partners: everyone, every partner's people, the product's owner's.
ANYONES, PARTNERS, OWNER = "anyone", "partners", "owner"
#: The role whose bearers see their partner's quarantined products.
CURATOR = "curator"
#: How the class keys of what is quarantined begin.
QUARANTINED = "quarantined="

_OWNER_ALL = "owner: derive, redistribute from receipt"
NOBODY = "nobody"
#: The words that an access may be, each with the grants that it stands for.
WORDS = {
    NOBODY: "",
    "open": f"{_OWNER_ALL}; anyone: derive, redistribute from release",
    "partners": f"{_OWNER_ALL}; partners: derive from release",
    "owner": _OWNER_ALL,
}


@dataclass(frozen=True, slots=True)
class Grant:
    """Whom a rule grants which verbs, and from when on.

    `to` is 'anyone', 'partners', 'owner' or a partner's id, each but the first also with a role:
    'owner/curator'.
    """

    to: str
    verbs: frozenset[Verb]
    when: When = "release"


def text_of_grants(grants: Sequence[Grant]) -> str:
    """Grants as people read them: 'IKI: know from receipt; anyone: download from release'."""
    return "; ".join(f"{g.to}: {', '.join(sorted(g.verbs))} from {g.when}" for g in grants)


_SPELLED = re.compile(r"\s*([^:;]*[^:;\s])\s*:([a-z_,\s]*)\sfrom\s+(receipt|release)\s*", re.ASCII)


@lru_cache(maxsize=4096)
def grants_of_access(access: str) -> tuple[Grant, ...]:
    """The grants that an access stands for, as a word or spelled out; what is neither grants none.

    A name's own '%;:,/=' stand in it as '%25' and so on.
    """
    text = WORDS.get(access.strip().casefold(), access)
    found = [_spelled(part) for part in text.split(";")] if text else []
    grants = tuple(grant for grant in found if grant is not None)
    return grants if len(grants) == len(found) else ()  # half a statement is none


def _spelled(part: str) -> Grant | None:
    """The grant that is spelled 'TO: VERB, VERB from WHEN'; None where a part spells none."""
    spelled = _SPELLED.fullmatch(part)
    if spelled is None:
        return None
    verbs = {verb.strip() for verb in spelled[2].split(",")}
    to = spelled[1].split("/")
    if not verbs <= set(Verb) or len(to) > 2 or not all(to) or to[1:] and to[0] == ANYONES:
        return None
    when: When = spelled[3]  # type: ignore[assignment]  # the pattern admits these alone
    return Grant("/".join(map(unquote, to)), frozenset(map(Verb, verbs)), when)


def access_of_key(class_key: str, owner: str) -> str:
    """The access that grants on an owner's product what a class key does, no more and no less."""
    for word in WORDS:
        if class_key_of(grants_of_access(word), owner) == class_key:
            return word
    may: dict[tuple[str, When], set[Verb]] = {}
    for when in WHENS:
        for verb in Verb:
            for who in filter(None, named_in(class_key, verb, when)):
                may.setdefault((who, when), set()).add(verb)
    grants = [Grant(_to(who, owner), _without_needed(may[who, when]), when) for who, when in may]
    return text_of_grants(sorted(grants, key=lambda grant: (grant.when, grant.to)))


def _to(who: str, owner: str) -> str:
    """Whom a class key names, as a grant does; marks in names stay escaped."""
    name, slash, role = who.partition("/")
    return (OWNER if name == sign_of(owner) else name.removeprefix("=")) + slash + role


def class_key_of(grants: Sequence[Grant], owner: str, *, is_quarantined: bool = False) -> str:
    """Such as 'download:release=anyone;know:receipt==cnsa,partners': all that is granted.

    Equal grants give equal keys. What is quarantined is its owner's curators' alone.
    """
    return _class_key(tuple(grants), owner, is_quarantined)


@lru_cache(maxsize=65536)
def _class_key(grants: tuple[Grant, ...], owner: str, is_quarantined: bool) -> str:
    whom: dict[str, set[str]] = {}
    for verb, when, who in _granted_to(grants, owner, is_quarantined):
        whom.setdefault(f"{verb}:{when}", set()).add(who)
    parts = [f"{what}={','.join(sorted(whom[what]))}" for what in sorted(whom)]
    return ";".join([QUARANTINED, *parts] if is_quarantined else parts)


def _granted_to(
    grants: tuple[Grant, ...], owner: str, is_quarantined: bool
) -> Iterator[tuple[Verb, When, str]]:
    """All that is granted on an owner's product; a quarantined one is its curators' alone."""
    if is_quarantined:
        if owner:
            yield from ((verb, "receipt", f"{sign_of(owner)}/{CURATOR}") for verb in _LADDER)
        return
    for grant in grants:
        name, slash, role = grant.to.casefold().partition("/")
        if name == OWNER:
            name = sign_of(owner)
        elif name not in {ANYONES, PARTNERS}:
            name = sign_of(name)
        if name:
            who = name + slash + role_sign(role)
            yield from ((verb, grant.when, who) for verb in _with_needed(grant.verbs))


def sign_of(partner: str) -> str:
    """A partner as a class key names it: no id can pass for a word or for a separator."""
    return "=" + role_sign(partner) if partner else ""


def role_sign(role: str) -> str:
    """A role as a class key names it."""
    return role.casefold().translate(_ESCAPES)


_ESCAPES = {ord(mark): f"%{ord(mark):02x}" for mark in "%;:,/="}


def _with_needed(verbs: frozenset[Verb]) -> frozenset[Verb]:
    """Verbs with those they need: who may download may preview, and so on down to knowing of it."""
    if verbs.intersection(_ABOVE_ALL):
        return verbs.union(_LADDER)
    highest = max((k for k, verb in enumerate(_LADDER) if verb in verbs), default=-1)
    return frozenset(_LADDER[: highest + 1])


def _without_needed(verbs: set[Verb]) -> frozenset[Verb]:
    """The fewest verbs that carry all of these."""
    return frozenset(verbs.intersection(_ABOVE_ALL) or [v for v in _LADDER if v in verbs][-1:])


def named_in(class_key: str, verb: Verb, when: When) -> list[str]:
    """Whom a class key grants a verb from receipt, or from release on."""
    parts = dict(part.split("=", 1) for part in class_key.split(";") if part)
    return parts.get(f"{verb}:{when}", "").split(",")
