"""Principals by the tokens of OpenID Connect issuers that a node declares that it trusts.

    <folder>/issuers.yaml       which issuers, for which partner each speaks, where their keys lie

An issuer speaks for one partner and for no other. A token counts when it is signed with one of the
issuer's public keys, is for this node's audience, and has neither expired nor not begun.
"""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ilrs.datacentre.rights import Principal
from ilrs.foundation.errors import Finding, IlrsError, PolicyError
from ilrs.foundation.yaml_lines import KeyPath, read_yaml
from ilrs.foundation.yaml_reader import YamlReader

try:
    import jwt
except ImportError as error:
    raise IlrsError(
        f"issuers of tokens cannot be checked: {error.name} is not installed",
        "it comes with the extra 'web'",
        "Run: pip install 'ilrs[web]'",
    ) from None

__all__ = ["ISSUERS_NAME", "Issuer", "Issuers", "check_issuers", "read_issuers"]

ISSUERS_NAME = "issuers.yaml"
#: Signatures with a public key: a shared secret would let this node make the issuer's tokens.
ALGORITHMS = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
)
_KEYS_AGE_S, _RETRY_S = 3600.0, 60.0  # how old keys may get; how soon an unknown one is looked up
_LEEWAY_S, _TIMEOUT_S, _MOST_BYTES = 60.0, 10.0, 1 << 20
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}
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
        """Whom verified claims are of; a role that is not declared here is none."""
        given = claims.get(self.roles_claim) if self.roles_claim else None
        words = given if isinstance(given, list) else str(given or "").split()
        names = {str(word) for word in words}
        roles = frozenset(role for word, role in self.roles if word in names)
        return Principal(str(claims[self.name_claim]), self.partner, roles)


@dataclass(slots=True)
class _Keys:
    """An issuer's public keys by their id, and when they were looked up."""

    found: dict[str, Any] = field(default_factory=dict)
    read_s: float = float("-inf")
    asked_s: float = float("-inf")


class Issuers:
    """The issuers of a node; their keys are looked up when first needed and kept for an hour."""

    def __init__(
        self,
        issuers: tuple[Issuer, ...],
        *,
        folder: Path,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._issuers = {issuer.url: issuer for issuer in issuers}
        self._folder = folder
        self._clock = clock
        self._keys = {url: _Keys() for url in self._issuers}

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
            claims = jwt.decode(
                bearer,
                self._key(issuer, str(header.get("kid", ""))),
                audience=issuer.audience,
                issuer=issuer.url,
                leeway=_LEEWAY_S,
                options={
                    "require": ["exp", "iat", "iss", "aud", issuer.name_claim],
                    "enforce_minimum_key_length": True,
                },
            )
        except jwt.PyJWTError as error:
            raise IlrsError(
                f"the token of {issuer.url} is not valid here: {error}",
                "it is signed by that issuer, is for this node and has not expired",
                "Sign in there again.",
            ) from None
        return issuer.principal(claims)

    def _key(self, issuer: Issuer, kid: str) -> Any:
        keys, now = self._keys[issuer.url], self._clock()
        is_known = bool(kid) and kid in keys.found
        is_old = now - keys.read_s > _KEYS_AGE_S
        if (is_old or not is_known) and now - keys.asked_s > _RETRY_S:
            keys.asked_s = now
            try:
                keys.found, keys.read_s = self._look_up(issuer), now
            except IlrsError:
                if not is_known:  # else what was known an hour ago serves on
                    raise
        if kid in keys.found:
            return keys.found[kid]
        if not kid and len(keys.found) == 1:
            return next(iter(keys.found.values()))
        raise jwt.InvalidKeyError("it names none of the issuer's keys")

    def _look_up(self, issuer: Issuer) -> dict[str, Any]:
        place = issuer.keys
        if not place:
            at = f"{issuer.url.rstrip('/')}/.well-known/openid-configuration"
            about = _fetch_json(at)
            if about.get("issuer") != issuer.url:
                raise _no_keys(at, "it describes another issuer")
            place = str(about.get("jwks_uri", ""))
        found = _fetch_json(place) if "://" in place else _read_json(self._folder / place)
        usable = {}
        for entry in found.get("keys", ()):
            try:
                key = jwt.PyJWK(entry)
            except (jwt.PyJWTError, AttributeError):
                continue  # a kind of key that this node does not know
            if key.algorithm_name in ALGORITHMS and entry.get("use", "sig") == "sig":
                usable[str(entry.get("kid", ""))] = key
        return usable


class _Http(urllib.request.HTTPRedirectHandler):
    """Follows no redirection away from https."""

    def redirect_request(self, *given: Any, **named: Any) -> Any:
        """The request that goes on at the new address, the last of what is given; or None."""
        return super().redirect_request(*given, **named) if _is_safe(str(given[-1])) else None


def _is_safe(url: str) -> bool:
    """Whether what an address gives cannot be changed on its way here."""
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and (
            parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
        )
    except ValueError:
        return False


def _fetch_json(url: str) -> dict[str, Any]:
    if not _is_safe(url):
        raise _no_keys(url, "it is no https address")
    try:
        with urllib.request.build_opener(_Http).open(url, timeout=_TIMEOUT_S) as answer:
            content = answer.read(_MOST_BYTES + 1)
    except OSError as error:  # URLError and time-outs are OSErrors
        raise _no_keys(url, str(getattr(error, "reason", error))) from None
    return _as_json(content, url)


def _read_json(path: Path) -> dict[str, Any]:
    try:
        return _as_json(path.read_bytes()[: _MOST_BYTES + 1], str(path))
    except OSError as error:
        raise _no_keys(str(path), str(error.strerror)) from None


def _as_json(content: bytes, place: str) -> dict[str, Any]:
    try:
        if len(content) > _MOST_BYTES:
            raise ValueError("it is larger than 1 MB")
        found = json.loads(content)
        if not isinstance(found, dict):
            raise ValueError("it is no object")
    except (ValueError, RecursionError) as error:
        raise _no_keys(place, str(error)) from None
    return found


def _no_keys(place: str, reason: str) -> IlrsError:
    return IlrsError(
        f"the keys of an issuer of tokens cannot be had from {place}: {reason}",
        "they are a JSON Web Key Set in a file beside issuers.yaml or at an https address",
        "Try again later, or tell whoever runs this node.",
    )


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
            if (key == "issuer" or "://" in place) and place and not _is_safe(place):
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
