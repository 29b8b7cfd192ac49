"""Principals by the tokens of OpenID Connect issuers that a node declares that it trusts.

    <folder>/issuers.yaml       which issuers, for which partner each speaks, where their keys lie

An issuer speaks for one partner and for no other. A token counts when it is signed with one of the
issuer's public keys, is for this node's audience, and has neither expired nor not begun.
"""

import os
import time
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

from ilrs.datacentre.rights import Principal
from ilrs.foundation.errors import Finding, IlrsError, PolicyError, UnavailableError
from ilrs.foundation.yaml_lines import KeyPath, read_yaml
from ilrs.foundation.yaml_reader import YamlReader

try:
    import jwt

    from ilrs.datacentre.issuer_keys import FileKeys, Key, RemoteKeys, is_safe
except ImportError as error:
    raise IlrsError(
        f"issuers of tokens cannot be checked: {error.name} is not installed",
        "it comes with the extra 'web'",
        "Run: pip install 'ilrs[web]'",
    ) from None

__all__ = [
    "ISSUERS_NAME", "DeclaredIssuers", "Issuer", "Issuers", "check_issuers", "read_issuers",
]  # fmt: skip

ISSUERS_NAME = "issuers.yaml"
_LEEWAY_S = 60.0
_MOST_CHARACTERS = 255  # of a name: OpenID Connect Core, 2
_ISSUER_KEYS = ("issuer", "audience", "keys", "partner", "name", "roles")
_ROLES_KEYS = ("claim", "names")


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer:
    """An issuer that a node trusts, and what its tokens' claims mean here."""

    url: str
    audience: str
    partner: str
    keys: str = ""  # a file or an address; "" is where the issuer's own description says
    name_claim: str = "sub"
    roles_claim: str = ""
    roles: tuple[tuple[str, str], ...] = ()  # (the issuer's word, the role here)

    def principal(self, claims: dict[str, Any]) -> Principal:
        """Whom verified claims are of; a role that is not declared here is none.

        Nobody of another issuer, and no token of the node, has the same name in the audit log.
        Raises jwt.InvalidTokenError where the claims name nobody.
        """
        given = _claimed(claims, self.roles_claim)
        words = given.split() if isinstance(given, str) else given
        names = {str(word) for word in words if _is_plain(word)} if isinstance(words, list) else ()
        roles = frozenset(role for word, role in self.roles if word in names)
        return Principal(
            f"{self._name(claims[self.name_claim])} at {self.url}", self.partner, roles
        )

    def _name(self, claimed: Any) -> str:
        name = str(claimed) if _is_plain(claimed) else ""
        is_shown = all(c.isprintable() or unicodedata.category(c) == "Zs" for c in name)
        if not name.strip() or len(name) > _MOST_CHARACTERS or not is_shown:
            raise jwt.InvalidTokenError(
                f"the claim {self.name_claim!r} is no name of 1 to {_MOST_CHARACTERS} characters"
            )
        return name


def _claimed(claims: dict[str, Any], name: str) -> Any:
    """A claim by its name, or by the way to it through others, such as 'realm_access.roles'."""
    if name in claims:  # dots and all: many claims have an address for a name
        return claims[name]
    found: Any = claims
    for part in name.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    return found


def _is_plain(value: Any) -> bool:
    return type(value) in {str, int}  # True is an int, and no name


class Issuers:
    """The issuers of a node, and their keys."""

    def __init__(
        self,
        issuers: tuple[Issuer, ...],
        *,
        folder: Path,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._issuers = {issuer.url: issuer for issuer in issuers}
        self._keys = {issuer.url: _keys_of(issuer, folder, clock) for issuer in issuers}

    def who(self, bearer: str) -> Principal | None:
        """Whose a token is; None where it is no token of a declared issuer.

        Raises IlrsError where it is one and not valid, or the issuer's keys cannot be had.
        """
        try:
            header = jwt.get_unverified_header(bearer)
            claimed = jwt.decode(bearer, options={"verify_signature": False}).get("iss")
        except jwt.PyJWTError:
            return None
        issuer = self._issuers.get(claimed) if isinstance(claimed, str) else None
        if issuer is None:
            return None
        try:
            key = self._key(issuer, str(header.get("kid", "")))
            claims = jwt.decode(
                bearer,
                key.public,
                key.algorithms,
                audience=issuer.audience,
                issuer=issuer.url,
                leeway=_LEEWAY_S,
                options={
                    "require": ["exp", "iat", "iss", "aud", issuer.name_claim],
                    "enforce_minimum_key_length": True,
                },
            )
            return issuer.principal(claims)
        except jwt.PyJWTError as error:
            raise IlrsError(
                f"the token of {issuer.url} is not valid here: {error}",
                "it is signed by that issuer, is for this node and has not expired",
                "Sign in there again.",
            ) from None

    def _key(self, issuer: Issuer, kid: str) -> Key:
        key = self._keys[issuer.url].key(kid)
        if key is None:
            raise jwt.InvalidKeyError("it names none of the issuer's keys")
        return key


class DeclaredIssuers:
    """The issuers that a node declares; a change of its file holds from the next token on."""

    def __init__(self, folder: Path) -> None:
        """Raises PolicyError with every finding where anything in the file is wrong."""
        self._folder, self._lock = folder, Lock()
        self._stamp = _stamp(folder)
        self._issuers: Issuers | str = Issuers(read_issuers(folder), folder=folder)

    def who(self, bearer: str) -> Principal | None:
        """Whose a token is; None where it is no token of a declared issuer.

        Raises IlrsError as `Issuers.who`, and where the file was changed and is not valid.
        """
        issuers = self._declared()
        if isinstance(issuers, str):
            raise UnavailableError(
                f"{ISSUERS_NAME} was changed and is not valid: {issuers}",
                "half a declaration is none: no token of an issuer counts until then",
                "Mend it.",
            )
        return issuers.who(bearer)

    def _declared(self) -> Issuers | str:
        """The issuers as they are declared now, or what is wrong with the file."""
        with self._lock:
            stamp = _stamp(self._folder)
            if stamp != self._stamp:
                try:
                    self._issuers = Issuers(read_issuers(self._folder), folder=self._folder)
                except PolicyError as error:
                    self._issuers = "; ".join(map(str, error.findings))
                except OSError as error:
                    self._issuers = str(error)
                self._stamp = stamp
            return self._issuers


def _stamp(folder: Path) -> tuple[int, ...]:
    """What changes where a node's file of issuers does."""
    try:
        state = os.stat(folder / ISSUERS_NAME)
    except OSError:
        return ()
    return state.st_ino, state.st_size, state.st_mtime_ns


def _keys_of(issuer: Issuer, folder: Path, clock: Callable[[], float]) -> FileKeys | RemoteKeys:
    if issuer.keys and "://" not in issuer.keys:
        return FileKeys(folder / issuer.keys)
    return RemoteKeys(issuer.url, issuer.keys, clock=clock)


def read_issuers(folder: Path) -> tuple[Issuer, ...]:
    """The issuers that a node declares; none where it has no such file.

    Raises PolicyError with every finding where anything in the file is wrong.
    """
    path = folder / ISSUERS_NAME
    if not path.exists():
        return ()
    issuers, findings = check_issuers(path.read_bytes(), file=path.name)
    if findings:
        raise PolicyError(findings)
    return issuers


def check_issuers(content: bytes, *, file: str) -> tuple[tuple[Issuer, ...], list[Finding]]:
    """The issuers in a file's bytes, as far as they can be read, and all that is wrong."""
    reader = _Reader(read_yaml(content, file=file))
    issuers = tuple(reader.issuers())
    return issuers, reader.yaml.findings


class _Reader(YamlReader):
    """Issuers made of plain data; what is wrong with them is noted in the file."""

    def issuers(self) -> Iterator[Issuer]:
        data = self.mapping(self.yaml.data, at=(), holder="the file", keys=("issuers",))
        seen = set()
        for at, raw in self.items((data or {}).get("issuers"), at=("issuers",)):
            issuer = self._issuer(raw, at)
            if issuer is None:
                continue
            if issuer.url in seen:
                texts = ("this issuer again", "one speaks for one partner", "Remove one of them.")
                self.fault((*at, "issuer"), texts)
            seen.add(issuer.url)
            yield issuer

    def _issuer(self, raw: Any, at: KeyPath) -> Issuer | None:
        data = self.mapping(raw, at=at, holder="an issuer", keys=_ISSUER_KEYS)
        if data is None:
            return None
        url, audience, partner = (
            self.text(data, key, at=at, needed=True) for key in ("issuer", "audience", "partner")
        )
        keys = self.text(data, "keys", at=at)
        for key, place in (("issuer", url), ("keys", keys)):
            if (key == "issuer" or "://" in place) and place and not is_safe(place):
                possible = "an https address cannot be changed on its way here"
                self.fault((*at, key), (f"found {place!r}", possible, "Write one."))
        claim, names = self._roles(data.get("roles"), (*at, "roles"))
        return Issuer(
            url=url,
            audience=audience,
            partner=partner,
            keys=keys,
            name_claim=self.text(data, "name", at=at) or "sub",
            roles_claim=claim,
            roles=names,
        )

    def _roles(self, raw: Any, at: KeyPath) -> tuple[str, tuple[tuple[str, str], ...]]:
        if raw is None:
            return "", ()
        data = self.mapping(raw, at=at, holder="'roles'", keys=_ROLES_KEYS) or {}
        names = data.get("names")
        if not isinstance(names, dict):
            possible = "'names' maps the issuer's words to roles here"
            self.fault((*at, "names"), ("found no mapping", possible, "Write `word: role`."))
            names = {}
        claim = self.text(data, "claim", at=at, needed=True)
        return claim, tuple((w, self.text(names, w, at=(*at, "names"), needed=True)) for w in names)
