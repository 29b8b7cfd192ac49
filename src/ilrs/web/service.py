"""What the interfaces serve and to whom: one archive, its catalogue, its rights, and who asks."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Protocol

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ilrs.datacentre.archive import Archive, utc_now
from ilrs.datacentre.audit import Audit
from ilrs.datacentre.catalogue import Catalogue
from ilrs.datacentre.lid import is_identifier
from ilrs.datacentre.oidc import Issuers, read_issuers
from ilrs.datacentre.principals import Tokens, Who, who_asks
from ilrs.datacentre.record import Record
from ilrs.datacentre.rights import ANYONE, Judge, Policy, Principal, Verb, View, view_of
from ilrs.foundation.errors import IlrsError
from ilrs.web.answers import WebError

__all__ = ["Audited", "Service", "open_service"]


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
    policy: Policy
    identify: Callable[[str], Principal] = field(default=lambda authorization: ANYONE)
    audit: Audit | None = None
    id: str = "ilrs"
    title: str = "Joint Data Center for the Moon and deep space"
    description: str = (
        "Products of a node of the International Lunar Research Station's data centre."
    )
    now_s: Callable[[], float] = time.time
    judge: Judge = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "judge", Judge(self.policy))

    def base(self, request: Request) -> str:
        """The address of this server, without a slash at its end."""
        return str(request.base_url).rstrip("/")

    def files_base(self, request: Request) -> str:
        """The address below which files of versions lie."""
        return f"{self.base(request)}/files"

    def principal(self, request: Request) -> Principal:
        """Who asks. Raises WebError where a token is given that is none."""
        known = getattr(request.state, "principal", None)
        if known is None:
            try:
                known = self.identify(request.headers.get("authorization", ""))
            except WebError:
                raise
            except IlrsError as error:
                raise WebError(401, error.asked, error.possible, error.mend,
                               challenge="Bearer") from None  # fmt: skip
            request.state.principal = known
        return known

    def view(self, request: Request, verb: Verb = Verb.KNOW) -> View:
        """What the asker may do `verb` with, now."""
        return view_of(self.principal(request), instant_s=self._instant_s(request), verb=verb)

    def record(self, identifier: str, request: Request) -> Record | None:
        """The record of a LIDVID, or of a LID's newest version; None where the asker sees none."""
        view = self.view(request)  # first: a token that is none is told of, whatever is asked for
        return self.catalogue.get(identifier, view=view) if is_identifier(identifier) else None

    def may(self, record: Record, request: Request, verb: Verb) -> bool:
        """Whether the asker may do something with a record."""
        return self.view(request, verb).shows(*self.judge(record))

    def shown(self, record: Record, request: Request) -> Record:
        """What the asker may see of a record: without its label, that it is there and whose."""
        return self.all_shown([record], request)[0]

    def all_shown(self, records: Sequence[Record], request: Request) -> list[Record]:
        """The same of several."""
        view = self.view(request, Verb.SEE_LABEL)
        return [r if view.shows(*self.judge(r)) else r.without_label() for r in records]

    def _instant_s(self, request: Request) -> float:
        """One instant for all of a request, so that its parts agree."""
        known = getattr(request.state, "instant_s", None)
        if known is None:
            known = self.now_s()
            request.state.instant_s = known
        return known


class Audited:
    """The application with each answer entered in the audit log before it is sent."""

    def __init__(self, app: ASGIApp, *, audit: Audit) -> None:
        self._app, self._audit = app, audit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        state = scope.setdefault("state", {})

        async def _entered(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._note(scope, state.get("principal") or ANYONE, int(message["status"]))
            await send(message)

        await self._app(scope, receive, _entered)

    def _note(self, scope: Scope, principal: Principal, status: int) -> None:
        query = scope.get("query_string", b"").decode("ascii", "replace")
        path = str(scope["path"])
        self._audit.note(
            principal,
            verb=Verb.DOWNLOAD if path.startswith("/files/") else Verb.KNOW,
            what=f"{scope['method']} {path}{'?' if query else ''}{query}",
            allowed=status < 400,
            rule=f"status {status}",
        )


def open_service(folder: Path) -> Service:
    """The service of the node in a folder, with its tokens, trusted issuers and audit log.

    Raises IlrsError where what the node declares of itself is wrong.
    """
    archive = Archive(folder)
    sources: list[Who] = [Tokens(folder, now=utc_now).who]
    if issuers := read_issuers(folder):
        sources.append(Issuers(issuers, folder=folder).who)
    return Service(
        archive=archive,
        catalogue=archive.catalogue,
        policy=archive.catalogue.policy,
        identify=lambda authorization: who_asks(authorization, sources=sources),
        audit=Audit(folder, now=utc_now),
        id=archive.node.name,
    )
