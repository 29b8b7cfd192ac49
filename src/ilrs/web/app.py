"""HTTP: the latest station book, its verdicts, and the data centre's open products.

    GET /                               the station book, or a page that says there is none yet
    GET /api/health                     whether the server works, and what it has
    GET /api/verdicts                   programme, scenario, verdicts, provenance of the latest run
    GET /api/products?text=&site=…      records of products (parameters: QUERY)
    GET /api/products/{lidvid}          one record; with a LID, its newest version
    GET /api/products/{lidvid}/data     the data file

JSON answers have one shape, `{"data": …, "meta": {…}}`; errors have one, `{"error": {"status",
"asked", "possible", "mend"}}`, on every route. Only products with access `open` exist here.

What it does not do yet: identify users (so nothing that is not open is served), embargoes, labels
and previews, standard catalogue interfaces, the operators' console, writing of any kind.
"""

import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from ilrs.datacentre.archive import Archive
from ilrs.datacentre.label import DATA_NAME
from ilrs.datacentre.lid import Lid, LidVid
from ilrs.datacentre.record import Record
from ilrs.datacentre.rights import ANYONE, Verb, rights_key, view_of
from ilrs.datacentre.rights_file import read_policy
from ilrs.foundation.errors import IlrsError
from ilrs.foundation.provenance import installed_versions
from ilrs.foundation.time import parse_utc

try:
    import orjson
    import uvicorn
    from starlette.applications import Starlette
    from starlette.exceptions import HTTPException
    from starlette.requests import Request
    from starlette.responses import FileResponse, HTMLResponse, Response, StreamingResponse
    from starlette.routing import Route
except ImportError as error:
    raise IlrsError(
        f"the web interfaces cannot start: {error.name} is not installed",
        "it comes with the extra 'web'",
        "Run: pip install 'ilrs[web]'",
    ) from None

__all__ = ["QUERY", "create_app", "latest_run", "serve"]

SEARCH = ("text", "site", "partner", "science_field", "start_utc", "stop_utc")
QUERY = (*SEARCH, "limit", "offset")
_MOST_AT_ONCE = 1000
_BLOCK = 1 << 16
_CSV = "text/csv; charset=utf-8"
_NO_BOOK = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>ilrs: no station book yet</title>
<h1>No station book yet</h1>
<p>It appears here after the first <code>ilrs run</code>.
What is there: <a href="/api/health">/api/health</a>, <a href="/api/products">/api/products</a>.</p>
</html>
"""


class _WebError(IlrsError):
    """An error with its HTTP status."""

    def __init__(self, status: int, asked: str, possible: str, mend: str) -> None:
        super().__init__(asked, possible, mend)
        self.status = status


def create_app(*, archive: Archive, run_folder: Path) -> Starlette:
    """The application over an archive and a folder that holds one run, or runs in sub-folders."""
    centre, runs = _Centre(archive), _Runs(run_folder)

    def health(request: Request) -> Response:
        _refuse_unknown(request, ())
        found = {"status": "ok", "version": installed_versions(("ilrs",))["ilrs"]}
        has_run = latest_run(run_folder) is not None
        return _success({**found, "products": len(centre.open_records()), "has_run": has_run})

    routes: dict[str, Callable[[Request], Response]] = {
        "/": runs.book,
        "/api/health": health,
        "/api/verdicts": runs.verdicts,
        "/api/products": centre.products,
        "/api/products/{lidvid}": centre.product,
        "/api/products/{lidvid}/data": centre.data,
    }
    return Starlette(
        routes=[Route(path, endpoint) for path, endpoint in routes.items()],
        exception_handlers={
            _WebError: _on_web_error,
            HTTPException: _on_http_error,
            Exception: _on_any_error,
        },
    )


def serve(*, archive: Path, runs: Path, host: str = "127.0.0.1", port: int = 8137) -> None:
    """Serves until interrupted. Raises IlrsError where the address cannot be listened on."""
    app = create_app(archive=Archive(archive), run_folder=runs)
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
        except (OSError, OverflowError) as error:
            raise IlrsError(
                f"cannot listen on {host} port {port}: {getattr(error, 'strerror', None) or error}",
                "a free port and an address of this machine are needed",
                "Choose others with --host and --port.",
            ) from None
        uvicorn.Server(uvicorn.Config(app, log_level="info")).run(sockets=[listener])


def latest_run(run_folder: Path) -> Path | None:
    """The folder whose run.json is newest: `run_folder` itself or one in it; None without any."""
    found = [*run_folder.glob("run.json"), *run_folder.glob("*/run.json")]
    newest = max(found, key=lambda path: (path.stat().st_mtime_ns, path), default=None)
    return None if newest is None else newest.parent


class _Runs:
    """What the latest run left: station book and verdicts."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def book(self, request: Request) -> Response:
        _refuse_unknown(request, ())
        run = latest_run(self._folder)
        book = None if run is None else run / "station-book.html"
        if book is None or not book.is_file():
            return HTMLResponse(_NO_BOOK)
        return HTMLResponse(book.read_bytes())

    def verdicts(self, request: Request) -> Response:
        _refuse_unknown(request, ())
        run = latest_run(self._folder)
        if run is None:
            raise _WebError(
                404, "there is no run yet", "verdicts come from a run", "Run `ilrs run` first."
            )
        try:
            record = json.loads((run / "run.json").read_text(encoding="utf-8"))
            kept = {key: record[key] for key in ("programme", "scenario", "verdicts", "provenance")}
        except (OSError, ValueError, KeyError, TypeError):
            raise _WebError(
                500, "the latest run cannot be read", "its run.json is damaged", "Run it again."
            ) from None
        return _success(kept, count=len(kept["verdicts"]))


class _Centre:
    """The archive's open products; any other is as if it were not there."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive

    def open_records(self, **search: str) -> list[Record]:
        return [r for r in self._archive.find(**search) if _is_public(r)]

    def products(self, request: Request) -> Response:
        _refuse_unknown(request, QUERY)
        search = {
            name: request.query_params[name] for name in SEARCH if request.query_params.get(name)
        }
        with _blaming_the_request():
            for name in {"start_utc", "stop_utc"} & search.keys():
                parse_utc(search[name])
        limit = _whole(request, "limit", default=100, most=_MOST_AT_ONCE)
        offset = _whole(request, "offset", default=0, most=10**9)
        records = self.open_records(**search)
        page = [_shown(record) for record in records[offset : offset + limit]]
        return _success(page, count=len(page), total=len(records), offset=offset)

    def product(self, request: Request) -> Response:
        _refuse_unknown(request, ())
        return _success(_shown(self._find(request)))

    def data(self, request: Request) -> Response:
        _refuse_unknown(request, ())
        record = self._find(request)
        name = record.lidvid.removeprefix("urn:").replace("::", "-v").replace(":", "-")
        try:
            key = self._archive.key_of(record.lidvid, DATA_NAME)
        except IlrsError:
            key = ""
        path = self._archive.storage.path(key)
        if not key or (path is not None and not path.is_file()):
            raise _WebError(
                500,
                f"the data of {record.lidvid} are missing",
                "`ilrs data verify` says what is wrong with the archive",
                "Tell whoever runs this archive.",
            )
        headers = {"content-disposition": f'attachment; filename="{name}.csv"'}
        if path is not None:
            return FileResponse(path, media_type=_CSV, headers=headers)
        blocks = _blocks(self._archive.open_file(record.lidvid, DATA_NAME))
        return StreamingResponse(blocks, media_type=_CSV, headers=headers)

    def _find(self, request: Request) -> Record:
        # Parsed as an identifier before it touches the disk: no part of it can leave the archive.
        name = request.path_params["lidvid"]
        with _blaming_the_request():
            _ = LidVid.parse(name) if "::" in name else Lid.parse(name)
        record = self._archive.get(name)
        if record is None or not _is_public(record):
            raise _WebError(
                404,
                f"there is no product {name}",
                "/api/products lists what there is",
                "Correct the identifier or search for it.",
            )
        return record


def _blocks(stream: BinaryIO) -> Iterator[bytes]:
    with stream:
        while block := stream.read(_BLOCK):
            yield block


def _is_public(record: Record) -> bool:
    view = view_of(ANYONE, instant_s=time.time(), verb=Verb.DOWNLOAD)
    return not record.withdrawn_utc and view.shows(*rights_key(record, read_policy()))


def _shown(record: Record) -> dict[str, Any]:
    return {**record.to_dict(), "data": f"/api/products/{record.lidvid}/data"}


def _success(data: Any, **meta: int) -> Response:
    return _json({"data": data, "meta": meta}, 200)


def _json(content: Any, status: int) -> Response:
    return Response(orjson.dumps(content), status_code=status, media_type="application/json")


@contextmanager
def _blaming_the_request() -> Iterator[None]:
    """An error in here is the asker's: status 400 and not 500."""
    try:
        yield
    except IlrsError as error:
        raise _WebError(400, error.asked, error.possible, error.mend) from None


def _refuse_unknown(request: Request, allowed: tuple[str, ...]) -> None:
    unknown = sorted(set(request.query_params) - set(allowed))
    if unknown:
        raise _WebError(
            400,
            f"{request.url.path} has no parameter {unknown[0]!r}",
            "possible: " + ", ".join(allowed) if allowed else "it takes no parameters",
            "Leave it out or correct its name.",
        )


def _whole(request: Request, name: str, *, default: int, most: int) -> int:
    text = request.query_params.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) <= 10 and int(text) <= most):
        raise _WebError(
            400,
            f"{name} is {text!r}",
            f"possible is a whole number from 0 to {most}",
            f"Correct {name}.",
        )
    return int(text)


def _error(status: int, asked: str, possible: str, mend: str) -> Response:
    parts = {"status": status, "asked": asked, "possible": possible, "mend": mend}
    return _json({"error": parts}, status)


def _on_web_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, _WebError):
        return _on_any_error(request, error)
    return _error(error.status, error.asked, error.possible, error.mend)


def _on_http_error(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    if status == 405:
        asked = f"{request.method} does not work on {request.url.path}"
        response = _error(status, asked, "everything here is read with GET", "Use GET.")
    else:
        asked = f"{request.url.path} could not be served"
        possible = "/, /api/health, /api/verdicts and /api/products are here"
        response = _error(status, asked, possible, "Correct the address.")
    response.headers.update(getattr(error, "headers", None) or {})
    return response


def _on_any_error(request: Request, error: Exception) -> Response:
    # What went wrong goes to the server's log, never into the answer.
    return _error(
        500,
        f"{request.url.path} could not be answered",
        "this is a fault of the server, not of the request",
        "Tell whoever runs this server.",
    )
