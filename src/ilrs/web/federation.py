"""What a node tells other nodes over HTTP (docs/federation.md): a tree to compare, and records.

    GET  /federation               format, node, number of products, digest of the tree
    POST /federation/branches      {"root": digest, "branches": ["", "0a"]}
    POST /federation/records       {"lidvids": [...]}

Each is for the asker: what they may download, and without a token what is public.
"""

from collections.abc import Callable, Sequence
from typing import Any

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ilrs.datacentre.federation import StaleTreeError, Telling
from ilrs.datacentre.rights import View
from ilrs.foundation.errors import IlrsError
from ilrs.web.answers import JSON, as_told, error_answer

__all__ = ["routes"]

_MOST_BYTES = 1 << 20


def routes(telling: Telling, *, view: Callable[[Request], View]) -> list[Route]:
    """The routes; `view` says what a request's asker may download now."""

    async def about(request: Request) -> Response:
        return await _answered(lambda: telling.about(view(request)))

    async def branches(request: Request) -> Response:
        body = await _body(request)

        def told() -> Any:
            prefixes = _texts(body, "branches")
            root = str(body.get("root", ""))
            return telling.branches(view(request), root=root, prefixes=prefixes)

        return await _answered(told)

    async def records(request: Request) -> Response:
        body = await _body(request)
        return await _answered(lambda: telling.records(view(request), _texts(body, "lidvids")))

    return [
        Route("/federation", about, methods=["GET"]),
        Route("/federation/branches", branches, methods=["POST"]),
        Route("/federation/records", records, methods=["POST"]),
    ]


async def _body(request: Request) -> dict[str, Any]:
    """The object in a request's body; empty where there is none that can be read."""
    chunks, size = list[bytes](), 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > _MOST_BYTES:
            return {}
        chunks.append(chunk)
    try:
        found = orjson.loads(b"".join(chunks))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _texts(body: dict[str, Any], name: str) -> Sequence[str]:
    found = body.get(name)
    if not isinstance(found, list) or not all(isinstance(text, str) for text in found):
        raise IlrsError(
            f"the body has no list of texts {name!r}",
            "it is a JSON object of at most 1 MB, such as docs/federation.md shows",
            "Send one.",
        )
    return found


async def _answered(told: Callable[[], Any]) -> Response:
    """What is told, as JSON; trees take a while and the event loop does not wait for them."""
    headers = {"Vary": "Authorization", "Cache-Control": "private, no-cache"}
    try:
        body = orjson.dumps({"data": await run_in_threadpool(told)}, default=str)
        return Response(body, media_type=JSON, headers=headers)
    except IlrsError as error:
        known = as_told(error)
        answer = error_answer(409 if isinstance(error, StaleTreeError) else known.status, known)
        answer.headers.update(headers)
        return answer
