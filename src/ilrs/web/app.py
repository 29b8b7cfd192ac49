"""HTTP: one server for the station book, the catalogue site and the interfaces of the data centre.

    /                           the latest station book, or the way to what there is
    /api/verdicts, /api/health  what the latest run found, whether the server works
    /data, /api                 the catalogue site, and its pages as JSON (`ilrs.web.site`)
    /stac, /tap, /pds           STAC and OGC API, EPN-TAP, PDS Search API: one catalogue behind all
    /files, /federation         files of products, for those who may; what other nodes mirror

Everything is read with GET but searches and queries, which may also be sent with POST.
"""

import json
import socket
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from ilrs.datacentre.catalogue import narrowed, read_columns
from ilrs.datacentre.conditions import Meets
from ilrs.datacentre.federation import Telling
from ilrs.datacentre.place import Point
from ilrs.datacentre.question import Question
from ilrs.datacentre.rights import Verb, everything
from ilrs.foundation.errors import IlrsError
from ilrs.foundation.provenance import installed_versions

try:
    import uvicorn
    from starlette.applications import Starlette
    from starlette.middleware import Middleware
    from starlette.middleware.cors import CORSMiddleware
    from starlette.requests import Request
    from starlette.responses import HTMLResponse, RedirectResponse, Response
    from starlette.routing import Route

    from ilrs.web import federation, files, pds_api, site, stac, tap_service
    from ilrs.web.answers import WebError, handlers, json_answer, refuse_unknown
    from ilrs.web.service import Audited, Followed, Identified, Service
    from ilrs.web.site_search import CHOICES, FACETS
    from ilrs.web.wire import ShortHeads
except ImportError as error:
    raise IlrsError(
        f"the web interfaces cannot start: {error.name} is not installed",
        "it comes with the extra 'web'",
        "Run: pip install 'ilrs[web]'",
    ) from None

__all__ = ["create_app", "latest_run", "read_ahead", "serve"]


def create_app(*, service: Service, run_folder: Path) -> Starlette:
    """The application over a node and a folder that holds one run, or runs in sub-folders."""
    runs = _Runs(service, run_folder)
    telling = Telling(
        service.catalogue, lambda: service.policy,
        narrowed=lambda: narrowed(service.catalogue), name=service.id,
    )  # fmt: skip
    get: dict[str, Callable[[Request], Awaitable[Response]]] = {
        "/": runs.book,
        "/api/health": runs.health,
        "/api/verdicts": runs.verdicts,
    }
    middleware = []
    if service.audit is not None:
        middleware.append(Middleware(Audited, audit=service.audit))
    # Anybody's page may ask, as nobody; a token is never sent along by a browser by itself.
    middleware.append(
        Middleware(
            CORSMiddleware,
            allow_origins=["*"],
            allow_methods=["GET", "POST"],
            allow_headers=["Authorization", "Content-Type", "Range"],
            expose_headers=["Content-Crs", "Content-Range", "Digest", "ETag"],
        )
    )
    if service.following is not None:
        middleware.append(Middleware(Followed, following=service.following))
    middleware.append(Middleware(Identified, identify=service.identify))
    return Starlette(
        routes=[  # one after the other is compared with the address: searches come most often
            *stac.routes(service),
            *(Route(path, handler, methods=["GET"]) for path, handler in get.items()),
            *site.routes(service),
            *tap_service.routes(service),
            *pds_api.routes(service),
            *files.routes(service),
            *federation.routes(telling, view=lambda asked: service.view(asked, Verb.DOWNLOAD)),
        ],
        exception_handlers=handlers(),
        middleware=middleware,
    )


def serve(*, service: Service, runs: Path, host: str = "127.0.0.1", port: int = 8137) -> None:
    """Serves until interrupted. Raises IlrsError where the address cannot be listened on."""
    app = create_app(service=service, run_folder=runs)
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
        app.state.ahead = threading.Thread(target=read_ahead, args=[service], daemon=True)
        app.state.ahead.start()
        # Who asked what stands in the audit log.
        config = uvicorn.Config(app, http=ShortHeads, log_level="info", access_log=False)
        uvicorn.Server(config).run(sockets=[listener])


def read_ahead(service: Service) -> None:
    """Reads into memory what searches need, so that nobody's first one waits for it.

    Of a million products that takes some seconds, in which other addresses are served.
    """
    with suppress(IlrsError):  # who asks is told
        service.catalogue.search(
            Question(where=Meets(Point(0.0, -90.0)), limit=1), view=everything(0.0)
        )
        fields = ["collection", "stop_utc", *(CHOICES[name] for name in FACETS)]
        read_columns(service.catalogue, fields)


def latest_run(run_folder: Path) -> Path | None:
    """The folder whose run.json is newest: `run_folder` itself or one in it; None without any."""
    found = [*run_folder.glob("run.json"), *run_folder.glob("*/run.json")]
    newest = max(found, key=lambda path: (path.stat().st_mtime_ns, path), default=None)
    return None if newest is None else newest.parent


class _Runs:
    """What the latest run left: station book and verdicts."""

    def __init__(self, service: Service, folder: Path) -> None:
        self._service, self._folder = service, folder

    async def book(self, request: Request) -> Response:
        refuse_unknown(request, ("lang",))
        run = latest_run(self._folder)
        book = None if run is None else run / "station-book.html"
        if book is None or not book.is_file():
            return RedirectResponse("/data", status_code=307)
        return HTMLResponse(book.read_bytes())

    async def health(self, request: Request) -> Response:
        refuse_unknown(request, ())
        found: dict[str, Any] = {"status": "ok", "version": installed_versions(("ilrs",))["ilrs"]}
        found["has_run"] = latest_run(self._folder) is not None
        ahead = getattr(request.app.state, "ahead", None)
        found["has_read_ahead"] = ahead is not None and not ahead.is_alive()
        return json_answer(request, {"data": found, "meta": {}})

    async def verdicts(self, request: Request) -> Response:
        refuse_unknown(request, ())
        run = latest_run(self._folder)
        if run is None:
            raise WebError(
                404, "there is no run yet", "verdicts come from a run", "Run `ilrs run` first."
            )
        try:
            record = json.loads((run / "run.json").read_text(encoding="utf-8"))
            kept = {key: record[key] for key in ("programme", "scenario", "verdicts", "provenance")}
        except (OSError, ValueError, KeyError, TypeError):
            raise WebError(
                500, "the latest run cannot be read", "its run.json is damaged", "Run it again."
            ) from None
        return json_answer(request, {"data": kept, "meta": {"count": len(kept["verdicts"])}})
