"""The public keys of an OpenID Connect issuer: of a file of the node, or of an https address.

A file is read again as soon as it changes. What lies at an address is kept for an hour; it is
looked up beside whoever asks, who waits for it no longer than 10 s: an issuer that never ends its
answer keeps nobody.
"""

import http.client
import json
import os
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Any
from urllib.parse import urlsplit

import jwt

from ilrs.foundation.errors import UnavailableError

__all__ = ["FileKeys", "Key", "RemoteKeys", "is_safe"]

_RSA = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")
#: Signatures with a public key: a shared secret would let this node make the issuer's tokens.
_ALGORITHMS = {
    "RSA": _RSA, "EC": ("ES256", "ES384", "ES512"), "OKP": ("EdDSA",),
}  # fmt: skip
_PRIVATE = {"d", "p", "q", "dp", "dq", "qi", "oth"}
_KEYS_AGE_S, _RETRY_S = 3600.0, 60.0  # how old keys may get; how soon an unknown one is looked up
_TIMEOUT_S, _MOST_BYTES, _BLOCK = 10.0, 1 << 20, 1 << 16
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}


@dataclass(frozen=True, slots=True)
class Key:
    """A public key, and the algorithms that its signatures may be made with."""

    public: Any
    algorithms: tuple[str, ...]


class FileKeys:
    """The keys in a file of the node, as it is at each question."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._held: tuple[object, dict[str, Key]] = (None, {})

    def key(self, kid: str) -> Key | None:
        """The key of an id, or the only one where the id is ""; None where there is none.

        Raises UnavailableError where the file cannot be read.
        """
        name = self._path.name
        try:
            state = os.stat(self._path)
            stamp = (state.st_ino, state.st_size, state.st_mtime_ns)
            held, found = self._held
            if stamp != held:
                with self._path.open("rb") as stream:
                    found = _usable(_as_json(stream.read(_MOST_BYTES + 1), name), name)
                self._held = (stamp, found)
        except OSError as error:
            raise _no_keys(name, str(error.strerror)) from None
        return _of_id(found, kid)


class RemoteKeys:
    """The keys at an address, or "" for where the issuer's own description says that they lie."""

    def __init__(self, issuer: str, address: str, *, clock: Callable[[], float]) -> None:
        self._issuer, self._address, self._clock = issuer, address, clock
        self._lock, self._is_done = Lock(), Event()
        self._is_done.set()
        self._found: dict[str, Key] = {}
        self._fault: UnavailableError | None = None
        self._read_s = self._asked_s = float("-inf")

    def key(self, kid: str) -> Key | None:
        """The key of an id, or the only one where the id is ""; None where there is none.

        Raises UnavailableError where keys cannot be had and none is known of this id.
        """
        is_old = self._clock() - self._read_s > _KEYS_AGE_S
        if is_old or _of_id(self._found, kid) is None:
            self._begin()
            # Keys that are old serve on while new ones are not to be had.
            self._is_done.wait(max(self._asked_s + _TIMEOUT_S - self._clock(), 0.0))
        found, fault = _of_id(self._found, kid), self._fault
        if found is None and not self._is_done.is_set():
            raise _no_keys(self._address or self._issuer, "there is no whole answer yet")
        if found is None and fault is not None:
            raise UnavailableError(fault.asked, fault.possible, fault.mend)
        return found

    def _begin(self) -> None:
        """Begins to look the keys up, unless that was begun lately or goes on."""
        with self._lock:
            now_s = self._clock()
            if not self._is_done.is_set() or now_s - self._asked_s <= _RETRY_S:
                return
            self._asked_s = now_s
            self._is_done.clear()
        Thread(target=self._look_up, args=[now_s], daemon=True).start()

    def _look_up(self, now_s: float) -> None:
        try:
            address = self._address or _described(self._issuer)
            self._found = _usable(_fetch_json(address), address)
            self._read_s, self._fault = now_s, None
        except UnavailableError as error:
            self._fault = error
        finally:
            self._is_done.set()


def _of_id(keys: dict[str, Key], kid: str) -> Key | None:
    return next(iter(keys.values())) if not kid and len(keys) == 1 else keys.get(kid)


def _described(issuer: str) -> str:
    """The address of an issuer's keys by its own description, which names no file of this node."""
    at = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
    about = _fetch_json(at)
    if about.get("issuer") != issuer:
        raise _no_keys(at, "it describes another issuer")
    address = about.get("jwks_uri")
    if not isinstance(address, str) or not _leads_on(at, address):
        raise _no_keys(at, "its jwks_uri is no https address")
    return address


def _usable(found: dict[str, Any], place: str) -> dict[str, Key]:
    """The keys by their ids that a key set has for signatures of kinds that this node knows."""
    entries = found.get("keys")
    if not isinstance(entries, list):
        raise _no_keys(place, "it has no list 'keys'")
    keys = {}
    for entry in entries:
        key = _key(entry) if isinstance(entry, dict) else None
        if key is not None:
            keys[str(entry.get("kid", ""))] = key
    return keys


def _key(entry: dict[str, Any]) -> Key | None:
    algorithms = _ALGORITHMS.get(str(entry.get("kty")), ())
    named, uses = entry.get("alg"), entry.get("key_ops", ["verify"])
    if entry.get("use", "sig") != "sig" or not isinstance(uses, list) or "verify" not in uses:
        return None
    if not algorithms or (named is not None and named not in algorithms):
        return None
    try:
        made = jwt.PyJWK({name: entry[name] for name in entry if name not in _PRIVATE})
    except (jwt.PyJWTError, TypeError, ValueError):
        return None  # a damaged key, or a curve that this node does not know
    if made.algorithm_name not in algorithms:
        return None
    is_any = named is None and algorithms is _RSA  # the key itself says nothing of the digest
    return Key(made.key, algorithms if is_any else (made.algorithm_name,))


class _Http(urllib.request.HTTPRedirectHandler):
    """Follows no redirection away from https."""

    def redirect_request(self, *given: Any) -> Any:
        """The request that goes on from the first of what is given to the last; or None."""
        leads_on = _leads_on(given[0].full_url, str(given[-1]))
        return super().redirect_request(*given) if leads_on else None


def is_safe(url: str) -> bool:
    """Whether what an address gives cannot be changed on its way here."""
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and (
            parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
        )
    except ValueError:
        return False


def _leads_on(url: str, following: str) -> bool:
    """Whether one address may lead to another: nobody elsewhere sends this node to itself."""
    is_https = urlsplit(following).scheme == "https" if is_safe(following) else False
    return is_https or (is_safe(following) and urlsplit(url).scheme == "http")


def _fetch_json(url: str) -> dict[str, Any]:
    if not is_safe(url):
        raise _no_keys(url, "it is no https address")
    try:
        with urllib.request.build_opener(_Http).open(url, timeout=_TIMEOUT_S) as answer:
            content = _content(answer)
    except (OSError, http.client.HTTPException, ValueError) as error:  # time-outs are OSErrors
        raise _no_keys(url, str(getattr(error, "reason", error))) from None
    return _as_json(content, url)


def _content(answer: Any) -> bytes:
    """What comes, up to more bytes than may. Raises TimeoutError where it drips."""
    ends_s, content = time.monotonic() + _TIMEOUT_S, b""
    while len(content) <= _MOST_BYTES and (block := answer.read1(_BLOCK)):
        content += block
        if time.monotonic() > ends_s:
            raise TimeoutError("it takes too long")
    return content


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


def _no_keys(place: str, reason: str) -> UnavailableError:
    said = f"{place}: {reason}"[:300]
    shown = "".join(c if c.isprintable() else "?" for c in said)  # partly as the other side wrote
    return UnavailableError(
        f"the keys of an issuer of tokens cannot be had from {shown}",
        "they are a JSON Web Key Set in a file beside issuers.yaml or at an https address",
        "Try again later, or tell whoever runs this node.",
    )
