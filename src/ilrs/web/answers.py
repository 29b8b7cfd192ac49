"""Answers over HTTP: JSON with an ETag, errors of one shape, and reading of parameters.

Every error is `{"code", "description", "error": {"status", "asked", "possible", "mend"}}`: `code`
and `description` are what STAC and OGC clients read, the rest is what a person does.
"""

import hashlib
import logging
import math
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from ilrs.foundation.errors import IlrsError, UnavailableError, did_you_mean

__all__ = [
    "GEOJSON", "JSON", "Handler", "WebError", "any_error", "as_told", "body_of", "error_answer",
    "handlers", "header_of", "http_error", "json_answer", "number_list", "refuse_unknown", "whole",
]  # fmt: skip

JSON, GEOJSON = "application/json", "application/geo+json"
MOST_BODY_BYTES = 1_000_000
_LOG = logging.getLogger("uvicorn.error")  # of the server that runs this
Handler = Callable[[Request], Awaitable[Response]]


class WebError(IlrsError):
    """An error with its HTTP status."""

    def __init__(
        self, status: int, asked: str, possible: str, mend: str, *, challenge: str = ""
    ) -> None:
        super().__init__(asked, possible, mend)
        self.status = status
        self.challenge = challenge  # of WWW-Authenticate


def json_answer(
    request: Request,
    content: Any,
    *,
    status: int = 200,
    media_type: str = JSON,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Content as JSON with a strong ETag; 304 without a body where the asker has it already."""
    body = orjson.dumps(content, default=str)
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    told = {"ETag": etag, "Vary": "Authorization", **(headers or {})}
    asked = header_of(request, b"if-none-match")
    if (
        asked
        and status == 200
        and etag in (part.strip().removeprefix("W/") for part in asked.split(","))
    ):
        return Response(status_code=304, headers=told)
    return Response(body, status_code=status, media_type=media_type, headers=told)


def header_of(request: Request, name: bytes) -> str:
    """The first header of a name, which is in small letters; "" without one."""
    headers = request.scope["headers"]
    return next((value.decode("latin-1") for key, value in headers if key == name), "")


def error_answer(status: int, error: IlrsError, *, challenge: str = "") -> Response:
    """An error as JSON."""
    parts = {"status": status, "asked": error.asked, "possible": error.possible, "mend": error.mend}
    content = {"code": str(status), "description": str(error), "error": parts}
    headers = {"WWW-Authenticate": challenge} if challenge else None
    return Response(
        orjson.dumps(content, default=str), status_code=status, media_type=JSON, headers=headers
    )


def as_told(
    error: IlrsError, *, possible: str = "the catalogue or the storage of this node does not work"
) -> WebError:
    """An error of ours as the asker is told: theirs, status 400, unless it says otherwise.

    What does not work in this node is 503; where, is for its log alone.
    """
    if isinstance(error, WebError):
        return error
    if isinstance(error, UnavailableError):
        _LOG.error("%s", error)
        return WebError(
            503,
            "this cannot be answered now",
            possible,
            "Try again later; whoever runs this server finds the reason in its log.",
        )
    return WebError(400, error.asked, error.possible, error.mend)


async def _on_ilrs_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, IlrsError):
        return any_error(request)
    told = as_told(error)
    return error_answer(told.status, told, challenge=told.challenge)


async def _on_http_error(request: Request, error: Exception) -> Response:
    return http_error(request, error)


async def _on_any_error(request: Request, error: Exception) -> Response:
    return any_error(request)


def http_error(request: Request, error: Exception) -> Response:
    """The answer where no route fits, or not with that method."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    path = _shown(request.url.path)
    if status == 405:
        told = IlrsError(
            f"{request.method} does not work on {path}", "most of it is read with GET", "Use GET."
        )
    else:
        told = IlrsError(
            f"{path} could not be served",
            "/ leads to all there is, /api lists the interfaces",
            "Correct the address.",
        )
    response = error_answer(status, told)
    response.headers.update(getattr(error, "headers", None) or {})
    return response


def any_error(request: Request) -> Response:
    """The answer to a fault of the server: what went wrong goes to its log, never into it."""
    return error_answer(
        500,
        IlrsError(
            f"{_shown(request.url.path)} could not be answered",
            "this is a fault of the server, not of the request",
            "Tell whoever runs this server.",
        ),
    )


def handlers() -> dict[Any, Any]:
    """Starlette's table of exception handlers."""
    return {IlrsError: _on_ilrs_error, HTTPException: _on_http_error, Exception: _on_any_error}


async def body_of(request: Request) -> Any:
    """The JSON body of a request. Raises WebError where it is too large or no JSON object."""
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > MOST_BODY_BYTES:
            raise WebError(413, "a body of more than 1 MB", "at most 1 MB is read", "Ask for less.")
        chunks.append(chunk)
    try:
        found = orjson.loads(b"".join(chunks))
    except ValueError:
        raise WebError(400, "the body is no JSON", "a JSON object is read", "Correct it.") from None
    if not isinstance(found, dict):
        raise WebError(400, "the body is no JSON object", "a JSON object is read", "Correct it.")
    return found


def refuse_unknown(request: Request, allowed: Iterable[str]) -> None:
    """Raises WebError for a parameter that the address does not take, or one given twice."""
    allowed = tuple(allowed)
    for name in request.query_params:
        if name not in allowed:
            possible = "possible: " + ", ".join(allowed) if allowed else "it takes no parameters"
            raise WebError(400, f"{_shown(request.url.path)} has no parameter {_shown(name)!r}",
                           possible, did_you_mean(name, allowed,
                           otherwise="Leave it out or correct its name."))  # fmt: skip


def whole(text: Any, name: str, *, default: int, least: int = 0, most: int) -> int:
    """A parameter that is a whole number. Raises WebError where it is none, or out of its span."""
    if text is None or text == "":
        return default
    plain = str(text)
    fits = not isinstance(text, bool) and plain.isascii() and plain.isdigit() and len(plain) <= 10
    if not fits or not least <= int(plain) <= most:
        raise WebError(400, f"{name} is {_shown(plain)!r}",
                       f"possible is a whole number from {least} to {most}",
                       f"Correct {name}.")  # fmt: skip
    return int(plain)


def number_list(value: Any, name: str, sizes: tuple[int, ...]) -> list[float]:
    """A parameter that is a list of finite numbers, as text with commas or as JSON."""
    parts = value.split(",") if isinstance(value, str) else value
    try:
        if isinstance(parts, list) and not any(isinstance(part, bool) for part in parts):
            found = [float(part) for part in parts]
            if len(found) in sizes and all(map(math.isfinite, found)):
                return found
    except (TypeError, ValueError):
        pass
    listed = " or ".join(map(str, sizes))
    possible = f"possible are {listed} finite numbers"
    raise WebError(400, f"{name} is {_shown(str(value))!r}", possible, f"Correct {name}.")


def _shown(text: str) -> str:
    """A text of the asker's as it may stand in an answer: short, and without control characters."""
    plain = "".join(c if c.isprintable() else "?" for c in text)
    return plain if len(plain) <= 120 else plain[:117] + "..."
