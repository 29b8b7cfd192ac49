"""Who asks: principals by the tokens of this node, and by those of declared OpenID issuers.

    <folder>/tokens.json        tokens given out here: whose, until when, and a SHA-256 of each

A token is 256 random bits, so that its plain SHA-256 cannot be guessed back; the token itself is
shown once and kept nowhere.
"""

import hmac
import json
import os
import re
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from ilrs.datacentre.embargo import seconds_of_utc
from ilrs.datacentre.rights import ANYONE, Principal
from ilrs.foundation.errors import IlrsError, UnavailableError
from ilrs.foundation.provenance import sha256_of_bytes

try:
    import fcntl
except ImportError:  # Windows knows no flock; there one person gives out tokens at a time
    fcntl = None  # type: ignore[assignment]

__all__ = ["TOKENS_NAME", "Token", "Tokens", "Who", "who_asks"]

TOKENS_NAME = "tokens.json"
_TOKEN = re.compile(r"ilrs_([0-9a-f]{12})_([A-Za-z0-9_-]{43})", re.ASCII)
_ID = re.compile(r"(?! )[\w.@ -]{1,100}(?<! )")  # ' CNSA' would be no partner's, unseen

#: Says whose a bearer's text is; None where it is none of its own. Raises IlrsError for a bad one.
Who = Callable[[str], Principal | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """One token given out: everything but itself."""

    number: str  # the part of it that may be seen
    id: str
    partner: str
    roles: tuple[str, ...] = ()
    sha256: str = field(repr=False)
    made_utc: str
    expires_utc: str = ""
    revoked_utc: str = ""

    @property
    def principal(self) -> Principal:
        """Whose it is."""
        return Principal(self.id, self.partner, frozenset(self.roles))

    def is_valid_at(self, instant_s: float) -> bool:
        """Whether it opens anything at an instant."""
        return not self.revoked_utc and not (
            self.expires_utc and seconds_of_utc(self.expires_utc) <= instant_s
        )


class Tokens:
    """The tokens of a node; a change by another process is seen by the next question."""

    def __init__(self, folder: Path | str, *, now: Callable[[], str]) -> None:
        self.path = Path(folder) / TOKENS_NAME
        self._now = now
        self._held: tuple[object, dict[str, Token]] = (None, {})  # of one state of the file

    def add(
        self, name: str, *, partner: str, roles: Sequence[str] = (), expires_utc: str = ""
    ) -> tuple[str, Token]:
        """A new token, to be handed over and forgotten, and what is kept of it.

        Raises IlrsError for a name or an expiry that is none.
        """
        for text in (name, partner, *roles):
            if not _ID.fullmatch(text):
                raise IlrsError(
                    f"{text!r} is no name for a token's owner, partner or role",
                    "a name has 1 to 100 letters, digits, blanks between, dots, dashes, _ or @",
                    "Choose another.",
                )
        if expires_utc:
            seconds_of_utc(expires_utc)
        number, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
        token = Token(
            number=number,
            id=name,
            partner=partner,
            roles=tuple(sorted(set(roles))),
            sha256=sha256_of_bytes(secret.encode()),
            made_utc=self._now(),
            expires_utc=expires_utc,
        )
        with self._changing() as known:
            known[number] = token
        return f"ilrs_{number}_{secret}", token

    def revoke(self, name: str) -> list[Token]:
        """Ends every valid token of that name or number; gives those that it ended.

        Raises IlrsError where there is none.
        """
        with self._changing() as known:
            meant = [t for t in known.values() if name in {t.id, t.number} and not t.revoked_utc]
            ended = [replace(token, revoked_utc=self._now()) for token in meant]
            known.update((token.number, token) for token in ended)
        if not ended:
            raise IlrsError(
                f"no token in force is {name!r}",
                "a token is named by its owner or its number",
                "See `ilrs data token list`.",
            )
        return ended

    def all(self) -> list[Token]:
        """Every token given out, in the order they were made."""
        return sorted(self._read().values(), key=lambda t: (t.made_utc, t.number))

    def who(self, bearer: str) -> Principal | None:
        """Whose token a text is; None where it does not look like one of a node's.

        Raises IlrsError, the same for each reason, where it is not valid.
        """
        match = _TOKEN.fullmatch(bearer)
        if match is None:
            return None
        token = self._read().get(match[1])
        given = sha256_of_bytes(match[2].encode())
        is_it = hmac.compare_digest(given, token.sha256 if token else "0" * 64)
        if token is None or not is_it or not token.is_valid_at(seconds_of_utc(self._now())):
            raise IlrsError(
                "the token is not valid here",
                "it may have been mistyped, have expired or have been revoked",
                "Ask whoever runs this node for another.",
            )
        return token.principal

    def _read(self) -> dict[str, Token]:
        try:
            stat = self.path.stat()
        except FileNotFoundError:
            return {}
        seen, (held, known) = (stat.st_mtime_ns, stat.st_size, stat.st_ino), self._held
        if seen != held:
            known = self._load()
            self._held = (seen, known)
        return known

    def _load(self) -> dict[str, Token]:
        try:
            entries = json.loads(self.path.read_text(encoding="utf-8"))
            tokens = [_token(entry) for entry in entries]
        except (OSError, ValueError, TypeError, KeyError, RecursionError, IlrsError) as error:
            raise UnavailableError(
                f"the tokens in {self.path} cannot be read: {error}",
                "it is the list that `ilrs data token` writes",
                "Restore it; until then no token is valid.",
            ) from None
        return {token.number: token for token in tokens}

    @contextmanager
    def _changing(self) -> Iterator[dict[str, Token]]:
        """The tokens to be changed; written whole, by one process at a time, read by its user."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        lock = os.open(self.path.with_suffix(".lock"), os.O_CREAT | os.O_RDWR, 0o600)
        try:
            if fcntl is not None:
                fcntl.flock(lock, fcntl.LOCK_EX)
            known = dict(self._read())
            yield known
            fresh = self.path.with_suffix(".new")
            content = json.dumps([asdict(token) for token in known.values()], indent=1)
            with open(fresh, "w", encoding="utf-8", opener=_private) as stream:
                stream.write(content + "\n")
                stream.flush()
                os.fsync(stream.fileno())
            fresh.replace(self.path)
        finally:
            os.close(lock)


def _token(entry: dict[str, Any]) -> Token:
    """A token as the file has it. Raises TypeError or another error where it is none."""
    roles = entry["roles"]
    token = Token(**{**entry, "roles": tuple(roles)})
    texts = [text for name, text in entry.items() if name != "roles"]
    if not isinstance(roles, list) or not all(isinstance(t, str) for t in (*roles, *texts)):
        raise TypeError("it holds what is no text")
    if token.expires_utc:
        seconds_of_utc(token.expires_utc)
    return token


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def who_asks(authorization: str, *, sources: Sequence[Who]) -> Principal:
    """The principal of an Authorization header: ANYONE without one.

    Raises IlrsError where it is given and none of the sources knows it: who presents a token wants
    to be known by it, and is not silently taken for anyone.
    """
    if not authorization.strip():
        return ANYONE
    scheme, _, bearer = authorization.strip().partition(" ")
    if scheme.lower() == "bearer":
        for source in sources:
            principal = source(bearer.strip())
            if principal is not None:
                return principal
    raise IlrsError(
        "the Authorization header names nobody",
        "it is 'Bearer ' and a token of this node, or of an issuer that it trusts",
        "Correct it, or leave it out to see what is public.",
    )
