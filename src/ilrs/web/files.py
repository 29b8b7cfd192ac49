"""Files of versions over HTTP: whole or in ranges, with ETag and digests, for those who may.

    GET, HEAD /files/{lidvid}/{name}

Answers carry the statements of rights and the attribution that go with the product.
"""

import base64
import re
from collections.abc import Iterator
from email.utils import format_datetime
from typing import BinaryIO
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from ilrs.datacentre.record import FileEntry, Record
from ilrs.datacentre.rights import Verb, terms_of
from ilrs.foundation.errors import IlrsError, UnavailableError
from ilrs.foundation.time import parse_utc
from ilrs.web.answers import WebError
from ilrs.web.service import Service

__all__ = ["parse_range", "routes"]

_CHUNK_BYTES = 262_144
_VERBS = {"label": Verb.SEE_LABEL, "original": Verb.SEE_LABEL, "browse": Verb.PREVIEW,
          "document": Verb.SEE_LABEL}  # fmt: skip
#: Media types that a browser may show in a page of this server; others are saved.
_SHOWN = ("image/png", "image/jpeg", "text/plain", "application/json", "text/csv")


def routes(service: Service, prefix: str = "/files") -> list[Route]:
    """The routes of files below `prefix`."""
    here = _Files(service)
    return [Route(prefix + "/{lidvid}/{name:path}", here.file, methods=["GET", "HEAD"])]


class _Files:
    def __init__(self, service: Service) -> None:
        self._service = service

    async def file(self, request: Request) -> Response:
        record, entry = self._entry(request)
        headers = _headers(record, entry) | self._terms(record)
        etag = headers["ETag"]
        if etag in _tags(request.headers.get("if-none-match", "")):
            return Response(status_code=304, headers=headers)
        wanted = request.headers.get("range", "")
        if_range = request.headers.get("if-range")
        if if_range is not None and if_range.strip() != etag:
            wanted = ""
        span = parse_range(wanted, entry.size)
        if span is None:
            headers["Content-Range"] = f"bytes */{entry.size}"
            error = f'{{"code":"416","description":"the file has {entry.size} bytes"}}'
            headers.pop("Content-Length", None)
            return Response(error, status_code=416, media_type="application/json", headers=headers)
        start, stop = span
        status = 200
        if wanted and (start, stop) != (0, entry.size):
            status = 206
            headers["Content-Range"] = f"bytes {start}-{stop - 1}/{entry.size}"
        headers["Content-Length"] = str(stop - start)
        media_type = entry.media_type or "application/octet-stream"
        if request.method == "HEAD":
            return Response(status_code=status, headers=headers, media_type=media_type)
        stream = await run_in_threadpool(self._opened, record.lidvid, entry.name, start)
        return StreamingResponse(_chunks(stream, stop - start), status_code=status, headers=headers,
                                 media_type=media_type)  # fmt: skip

    def _entry(self, request: Request) -> tuple[Record, FileEntry]:
        """The record and the file of the address; as if not there where the asker may not know."""
        lidvid, name = request.path_params["lidvid"], request.path_params["name"]
        record = self._service.record(lidvid, request)
        if "::" not in lidvid:
            record = None  # files are those of a version
        entry = None if record is None else next((f for f in record.files if f.name == name), None)
        if (
            record is None
            or entry is None
            or not self._service.may(record, request, Verb.SEE_LABEL)
        ):
            raise WebError(404, f"there is no file {name[:80]} of {lidvid[:120]}",
                           "a product's page lists its files", "Correct the address.")  # fmt: skip
        verb = _VERBS.get(entry.role, Verb.DOWNLOAD)
        if not self._service.may(record, request, verb):
            known = bool(self._service.principal(request).partner)
            raise WebError(403 if known else 401, f"{name[:80]} of {lidvid[:120]} is not open",
                           "its rights, on the product's page, say to whom it is and from when on",
                           "Send a token of somebody who may, or ask its owner.",
                           challenge="" if known else "Bearer")  # fmt: skip
        return record, entry

    def _terms(self, record: Record) -> dict[str, str]:
        terms = terms_of(record, self._service.policy)
        texts = [f"{s.issuer}: {s.text}" for s in terms.statements]
        found = {"X-Rights": "; ".join(texts), "X-Attribution": terms.attribution}
        return {name: quote(text, safe=" ,;:.()/-'") for name, text in found.items() if text}

    def _opened(self, lidvid: str, name: str, start: int) -> BinaryIO:
        """The bytes, before anything is answered: what is filed and cannot be read is a 503."""
        try:
            return self._service.archive.open_file(lidvid, name, start=start)
        except (IlrsError, OSError) as error:
            raise UnavailableError(
                str(error),
                "its record names the file",
                "Run `ilrs data verify`.",
            ) from None


def _chunks(stream: BinaryIO, left: int) -> Iterator[bytes]:
    with stream:
        while left > 0:
            chunk = stream.read(min(_CHUNK_BYTES, left))
            if not chunk:
                return
            left -= len(chunk)
            yield chunk


def _headers(record: Record, entry: FileEntry) -> dict[str, str]:
    digest = base64.b64encode(bytes.fromhex(entry.sha256)).decode()
    md5 = base64.b64encode(bytes.fromhex(entry.md5)).decode()
    is_shown = entry.media_type.partition(";")[0] in _SHOWN
    name = quote(entry.name.rpartition("/")[2])
    found = {
        "ETag": f'"{entry.sha256}"',
        "Accept-Ranges": "bytes",
        "Digest": f"sha-256={digest},md5={md5}",
        "Repr-Digest": f"sha-256=:{digest}:",
        "Vary": "Authorization",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Content-Disposition": f"{'inline' if is_shown else 'attachment'}; filename*=UTF-8''{name}",
        "Cache-Control": "private, no-cache",
    }
    if record.received_utc:
        received = parse_utc(record.received_utc).astype("datetime64[s]").item()
        found["Last-Modified"] = format_datetime(received).replace("-0000", "GMT")
    return found


def _tags(text: str) -> set[str]:
    return {part.strip().removeprefix("W/") for part in text.split(",")}


def parse_range(text: str, size: int) -> tuple[int, int] | None:
    """First byte and one past the last of a Range header; all where it is none that is read.

    None where it asks for nothing that the file has. Several ranges at once are answered whole.
    """
    match = re.fullmatch(r"bytes=(\d{0,18})-(\d{0,18})", text.strip(), re.ASCII)
    if match is None or match.groups() == ("", ""):
        return 0, size
    first, last = match.groups()
    if not first:
        length = min(int(last), size)
        return (size - length, size) if length else None
    start, stop = int(first), min(int(last) + 1, size) if last else size
    if last and int(last) < start:
        return 0, size
    return (start, stop) if start < size else None
