"""What the interfaces serve and to whom: one archive, its catalogue, its rights, and who asks."""

import asyncio
import sqlite3
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any, BinaryIO, Protocol

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ilrs.datacentre.archive import Archive, utc_now
from ilrs.datacentre.audit import MOST_CHARACTERS, Audit
from ilrs.datacentre.catalogue import Catalogue
from ilrs.datacentre.lid import is_identifier
from ilrs.datacentre.node import writing_alone
from ilrs.datacentre.oidc import DeclaredIssuers
from ilrs.datacentre.principals import Tokens, who_asks
from ilrs.datacentre.record import Record
from ilrs.datacentre.rights import (
    ANYONE,
    Judge,
    Policy,
    Principal,
    Verb,
    View,
    rule_of,
    view_of,
    with_terms,
)
from ilrs.datacentre.rights_book import RightsBook
from ilrs.datacentre.said import Said, record_of, said_of
from ilrs.foundation.errors import IlrsError, UnavailableError
from ilrs.web.answers import as_told, error_answer, header_of

__all__ = ["Audited", "Followed", "Following", "Identified", "Service", "open_service"]


class Files(Protocol):
    """What the interfaces need of an archive: the bytes of a version's files."""

    def open_file(self, lidvid: str, name: str, *, start: int = 0) -> BinaryIO: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One node of the data centre as its interfaces see it.

    `identify` gives who a request is from, by its Authorization header.
    """

    archive: Files
    catalogue: Catalogue
    identify: Callable[[str], Principal] = field(default=lambda authorization: ANYONE)
    audit: Audit | None = None
    following: "Following | None" = None
    id: str = "ilrs"
    title: str = "Joint Data Center for the Moon and deep space"
    description: str = (
        "Products of a node of the International Lunar Research Station's data centre."
    )
    now_s: Callable[[], float] = time.time

    @property
    def judge(self) -> Judge:
        """By what records are judged."""
        return self.catalogue.judge

    @property
    def policy(self) -> Policy:
        """The rights in force."""
        return self.catalogue.policy

    def base(self, request: Request) -> str:
        """The address of this server, without a slash at its end."""
        scope = request.scope
        host = header_of(request, b"host")
        root = scope.get("app_root_path", scope.get("root_path", ""))
        return _base(scope.get("scheme", "http"), host, scope.get("server"), root)

    def files_base(self, request: Request) -> str:
        """The address below which files of versions lie."""
        return f"{self.base(request)}/files"

    def principal(self, request: Request) -> Principal:
        """Who asks, as `Identified` found out."""
        known: Principal = _state(request).get("principal", ANYONE)
        return known

    def view(self, request: Request, verb: Verb = Verb.KNOW) -> View:
        """What the asker may do `verb` with, now."""
        return view_of(self.principal(request), instant_s=self._instant_s(request), verb=verb)

    def record(self, identifier: str, request: Request) -> Record | None:
        """The record of a LIDVID, or of a LID's newest version; None where the asker sees none."""
        view = self.view(request)
        found = self.catalogue.get(identifier, view=view) if is_identifier(identifier) else None
        if found is not None:
            rule = rule_of(found, self.policy)
            _state(request)["rule"] = "" if rule is None else rule.name  # for the audit log
        return found

    def stated(self, told: Sequence[Said]) -> Sequence[Said]:
        """What records say, and with it what the rules that decide say to whoever gets them."""
        if not self.policy.has_terms:
            return told
        return [said_of(with_terms(record_of(said), self.policy)) for said in told]

    def may(self, record: Record, request: Request, verb: Verb) -> bool:
        """Whether the asker may do something with a record."""
        return self.view(request, verb).shows(*self.judge(record))

    def _instant_s(self, request: Request) -> float:
        """One instant for all of a request, so that its parts agree."""
        state = _state(request)
        known: float | None = state.get("instant_s")
        if known is None:
            known = state["instant_s"] = self.now_s()
        return known


def _state(request: Request) -> dict[str, Any]:
    """What was found out about a request, which Starlette's `request.state` is a view of."""
    state: dict[str, Any] = request.scope.setdefault("state", {})
    return state


@lru_cache(maxsize=256)
def _base(scheme: str, host: str, server: tuple[str, int | None] | None, root: str) -> str:
    """The address of a server, looked at once by those who ask again and again."""
    headers = [(b"host", host.encode("latin-1"))] if host else []
    scope = {"type": "http", "scheme": scheme, "headers": headers, "server": server, "path": "/",
             "root_path": root}  # fmt: skip
    return str(Request(scope).base_url).rstrip("/")


_AGAIN_S = 10.0  # after which a policy that could not be entered is tried again


class Following:
    """Keeps a catalogue to the rights that its node declares, while it is served.

    Each policy that is gone by is entered in the ledger of rights, with the instant from when on.
    Serving does not wait for that: where another writes or nothing can be written, it is tried
    again with a later request.
    """

    def __init__(self, catalogue: Catalogue, book: RightsBook) -> None:
        self._catalogue, self._book, self._lock = catalogue, book, Lock()
        self._stamp: object = None  # nothing is followed yet
        self._owed = list[dict[str, str]]()
        self._again_s = 0.0

    @property
    def is_current(self) -> bool:
        """Whether the files of the rights are those that are followed, and nothing is to enter."""
        return not self._is_due() and self._book.stamp() == self._stamp

    def follow(self) -> None:
        """Goes by the files as they are. Raises IlrsError where they are not valid."""
        with self._lock:
            stamp = self._book.stamp()
            if stamp != self._stamp:
                declared = self._book.declared()
                self._catalogue.follow(self._book.policy())
                self._stamp = stamp
                self._owe(declared)
            if self._is_due():
                self._enter()

    def _owe(self, declared: dict[str, str]) -> None:
        if self._owed:
            is_known = self._owed[-1]["sha256"] == declared["sha256"]
        else:
            is_known = self._book.is_entered(declared)
        if not is_known:
            self._owed.append(declared)

    def _is_due(self) -> bool:
        return bool(self._owed) and time.monotonic() >= self._again_s

    def _enter(self) -> None:
        try:
            with writing_alone(self._book.folder, wait_s=0.0):
                while self._owed:
                    self._book.enter(self._owed[0])
                    del self._owed[0]
        except (IlrsError, OSError, sqlite3.Error):
            self._again_s = time.monotonic() + _AGAIN_S


class Followed:
    """The application, which answers nothing by rights that are no longer declared."""

    def __init__(self, app: ASGIApp, *, following: Following) -> None:
        self._app, self._following = app, following

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not self._following.is_current:
            try:
                await run_in_threadpool(self._following.follow)
            except UnavailableError as error:
                told = as_told(error)
                await error_answer(told.status, told)(scope, receive, send)
                return
            except IlrsError:
                await _UNRULED(scope, receive, send)
                return
        await self._app(scope, receive, send)


_UNRULED = error_answer(
    503,
    IlrsError(
        "the rights of this node were changed and cannot be read",
        "half a policy is none: nothing is given until it is mended",
        "Whoever keeps this node runs `ilrs data rights` and mends the file that it names.",
    ),
)


_NO_TOKENS = "the tokens of this node, or the keys of an issuer of tokens, cannot be read"
_MOST_AT_ONCE = 16  # tokens looked at; they may have to wait for an issuer's keys


class Identified:
    """The application, which is told who asks; a token that is none is refused at every address.

    Tokens are looked at in threads of their own: who has none waits for no issuer's keys.
    """

    def __init__(self, app: ASGIApp, *, identify: Callable[[str], Principal]) -> None:
        self._app, self._identify = app, identify
        self._threads = ThreadPoolExecutor(_MOST_AT_ONCE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        given = [value for name, value in scope.get("headers", ()) if name == b"authorization"]
        if scope["type"] == "http" and given:
            told = b", ".join(given).decode("latin-1")  # several are one that names nobody
            loop = asyncio.get_running_loop()
            try:
                known = await loop.run_in_executor(self._threads, self._identify, told)
            except UnavailableError as error:
                away = as_told(error, possible=_NO_TOKENS)
                await error_answer(away.status, away)(scope, receive, send)
                return
            except IlrsError as error:
                await error_answer(401, error, challenge="Bearer")(scope, receive, send)
                return
            scope.setdefault("state", {})["principal"] = known
        await self._app(scope, receive, send)


class Audited:
    """The application with each answer entered in the audit log before it is sent."""

    def __init__(self, app: ASGIApp, *, audit: Audit) -> None:
        self._app, self._audit = app, audit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        state, is_begun = scope.setdefault("state", {}), False
        body = bytearray()  # its beginning: questions are sent so, too

        async def _heard() -> Message:
            message = await receive()
            body.extend(message.get("body", b"")[: MOST_CHARACTERS - len(body)])
            return message

        def _enter(status: int) -> None:
            nonlocal is_begun
            rule = f"{state.get('rule', '')} (status {status})".strip()
            self._note(scope, bytes(body), state.get("principal") or ANYONE, rule, status < 400)
            is_begun = True

        async def _entered(message: Message) -> None:
            if message["type"] == "http.response.start":
                _enter(int(message["status"]))
            await send(message)

        try:
            await self._app(scope, _heard, _entered)
        except Exception:
            if not is_begun:
                _enter(500)  # the answer of Starlette itself, around this
            raise

    def _note(
        self, scope: Scope, body: bytes, principal: Principal, rule: str, allowed: bool
    ) -> None:
        query = scope.get("query_string", b"").decode("ascii", "replace")
        path, sent = str(scope["path"]), body.decode("utf-8", "replace")
        self._audit.note(
            principal,
            verb=Verb.DOWNLOAD if path.startswith("/files/") else Verb.KNOW,
            what=f"{scope['method']} {path}{'?' if query else ''}{query} {sent}".rstrip(),
            allowed=allowed,
            rule=rule,
        )


def open_service(folder: Path) -> Service:
    """The service of the node in a folder, with its tokens, trusted issuers and audit log.

    Raises IlrsError where what the node declares of itself is wrong.
    """
    archive = Archive(folder)
    archive.ready()
    following = Following(archive.catalogue, RightsBook(folder, utc_now))
    following.follow()
    sources = [Tokens(folder, now=utc_now).who, DeclaredIssuers(folder).who]
    return Service(
        archive=archive,
        catalogue=archive.catalogue,
        identify=lambda authorization: who_asks(authorization, sources=sources),
        audit=Audit(folder, now=utc_now),
        following=following,
        id=archive.node.name,
    )
