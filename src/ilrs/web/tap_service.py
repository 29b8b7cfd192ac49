"""The addresses of TAP: sync, async with its jobs (UWS 1.1), and what it says of itself."""

import asyncio
import re
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import chain, islice
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape, quoteattr

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from ilrs.datacentre.rights import Principal, View
from ilrs.foundation.errors import IlrsError
from ilrs.web.answers import WebError, as_told, whole
from ilrs.web.service import Service
from ilrs.web.tap import MOST_ROWS, USUAL_ROWS, answer
from ilrs.web.vosi import availability, capabilities, examples, tables
from ilrs.web.votable import FORMATS, error_votable, format_of, written

__all__ = ["routes"]

_MOST_BODY_BYTES = 100_000
_MOST_JOBS, _JOB_LIFE_S, _JOB_TIME_S = 200, 3600.0, 60.0
_XML = "text/xml; charset=utf-8"
_ENDED = ("COMPLETED", "ERROR", "ABORTED")
_PLAIN_NUMBER = re.compile(r"\d+(?:\.\d*)?", re.ASCII)
_KNOWN = ("request", "lang", "query", "format", "responseformat", "maxrec", "runid", "phase",
          "version", "upload")  # fmt: skip


def routes(service: Service, prefix: str = "/tap") -> list[Route]:
    """The routes of the service below `prefix`."""
    here, jobs = _Tap(service, prefix), _Jobs(service, prefix)
    both = ["GET", "POST"]
    return [
        Route(prefix, here.capabilities, methods=["GET"]),
        Route(f"{prefix}/sync", here.sync, methods=both),
        Route(f"{prefix}/availability", here.availability, methods=["GET"]),
        Route(f"{prefix}/capabilities", here.capabilities, methods=["GET"]),
        Route(f"{prefix}/tables", here.tables, methods=["GET"]),
        Route(f"{prefix}/examples", here.examples, methods=["GET"]),
        Route(f"{prefix}/async", jobs.listed, methods=both),
        Route(f"{prefix}/async/{{job}}", jobs.job, methods=["GET", "POST", "DELETE"]),
        Route(f"{prefix}/async/{{job}}/{{part:path}}", jobs.part, methods=both),
    ]


class _Tap:
    def __init__(self, service: Service, prefix: str) -> None:
        self._service, self._prefix = service, prefix

    async def sync(self, request: Request) -> Response:
        asked = await _parameters(request)
        try:
            if asked.get("request", "doQuery").lower() == "getcapabilities":
                return await self.capabilities(request)
            run = _prepared(asked, self._service, request)
        except IlrsError as error:
            return _error(error)
        view, files_base = self._service.view(request), self._service.files_base(request)
        try:
            chunks = await run_in_threadpool(lambda: _begun(run(view, files_base)))
        except IlrsError as error:
            return _error(error)
        return StreamingResponse(chunks, media_type=FORMATS[_form(asked)])

    async def availability(self, request: Request) -> Response:
        return Response(availability(), media_type=_XML)

    async def capabilities(self, request: Request) -> Response:
        base = self._service.base(request) + self._prefix
        return Response(capabilities(base, most_rows=MOST_ROWS, usual_rows=USUAL_ROWS,
                                     formats=FORMATS), media_type=_XML)  # fmt: skip

    async def tables(self, request: Request) -> Response:
        return Response(tables(), media_type=_XML)

    async def examples(self, request: Request) -> Response:
        return Response(examples(), media_type="application/xhtml+xml")


def _begun(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The same chunks, the first of them already made: what is wrong shows before any is sent."""
    first = next(chunks)

    def _all() -> Iterator[bytes]:
        yield first
        yield from chunks

    return _all()


def _prepared(
    asked: Mapping[str, str], service: Service, request: Request
) -> Callable[[View, str], Iterator[bytes]]:
    """What answers a query. Raises IlrsError where the parameters ask for nothing that is done."""
    if asked.get("request", "doQuery").lower() != "doquery":
        raise IlrsError(f"REQUEST is {asked['request'][:40]!r}", "possible is doQuery",
                        "Correct REQUEST.")  # fmt: skip
    if asked.get("upload"):
        raise IlrsError("UPLOAD is given", "tables are not uploaded here", "Leave it out.")
    language = asked.get("lang", "ADQL").upper()
    if language.partition("-")[0] != "ADQL":
        raise IlrsError(f"LANG is {asked['lang'][:40]!r}", "possible are ADQL, ADQL-2.0 and "
                        "ADQL-2.1", "Correct LANG.")  # fmt: skip
    if not asked.get("query", "").strip():
        raise IlrsError("QUERY is not given", "QUERY holds the query in ADQL", "Add QUERY.")
    form, text = _form(asked), asked["query"]
    most = whole(asked.get("maxrec"), "MAXREC", default=USUAL_ROWS, most=10**9)
    most = min(most, MOST_ROWS)

    def _run(view: View, files_base: str) -> Iterator[bytes]:
        result = answer(
            text, catalogue=service.catalogue, view=view, files_base=files_base, most=most
        )
        rows = iter(result.rows)
        first = list(islice(rows, 1))  # where nothing can be asked, that shows before any is sent
        yield from written(form, result.columns, chain(first, rows), most=most)

    return _run


def _form(asked: Mapping[str, str]) -> str:
    return format_of(asked.get("responseformat") or asked.get("format") or "votable")


async def _parameters(request: Request) -> dict[str, str]:
    """Parameters of address and body, their names in lower case as DALI wants it."""
    pairs = list(request.query_params.multi_items())
    if request.method == "POST":
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        body = b""
        async for chunk in request.stream():
            body += chunk
            if len(body) > _MOST_BODY_BYTES:
                raise WebError(413, "a body of more than 100 kB", "at most 100 kB are read",
                               "Shorten the query.")  # fmt: skip
        if kind == "multipart/form-data":
            raise WebError(415, "a body of multipart/form-data", "read is "
                           "application/x-www-form-urlencoded", "Send it so.")  # fmt: skip
        pairs += parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
    return {name.lower(): value for name, value in pairs if name.lower() in _KNOWN}


def _error(error: IlrsError) -> Response:
    told = as_told(error)
    return Response(
        error_votable(str(told)), status_code=told.status, media_type=FORMATS["votable"]
    )


# --- jobs -----------------------------------------------------------------------------------------


@dataclass(slots=True, kw_only=True)
class _Job:
    id: str
    owner: Principal
    asked: dict[str, str]
    made_s: float
    phase: str = "PENDING"
    started_s: float | None = None
    ended_s: float | None = None
    result: bytes = b""
    fault: str = ""
    destruction_s: float = 0.0
    done: asyncio.Event = field(default_factory=asyncio.Event)


class _Jobs:
    """The jobs of this server, in memory: at most 200, each for an hour."""

    def __init__(self, service: Service, prefix: str) -> None:
        self._service, self._prefix = service, prefix
        self._jobs: OrderedDict[str, _Job] = OrderedDict()
        self._running: set[asyncio.Task[None]] = set()

    async def listed(self, request: Request) -> Response:
        """A new job; or the asker's jobs, of which somebody unknown has none listed."""
        if request.method == "POST":
            return await self._made(request)
        self._forget()
        asker = self._service.principal(request)
        own = [job for job in self._jobs.values() if job.owner == asker and asker.partner]
        lines = "".join(
            f'<uws:jobref id={quoteattr(job.id)} xlink:href={quoteattr(self._href(request, job))}>'
            f"<uws:phase>{job.phase}</uws:phase></uws:jobref>" for job in own
        )  # fmt: skip
        return Response(f"{_UWS.format('jobs')}{lines}</uws:jobs>", media_type=_XML)

    async def _made(self, request: Request) -> Response:
        asked = await _parameters(request)
        self._forget()
        while len(self._jobs) >= _MOST_JOBS:
            self._jobs.popitem(last=False)
        now = time.time()
        job = _Job(
            id=secrets.token_urlsafe(18),
            owner=self._service.principal(request),
            asked=asked,
            made_s=now,
            destruction_s=now + _JOB_LIFE_S,
        )
        self._jobs[job.id] = job
        if asked.get("phase", "").upper() == "RUN":
            self._start(job, request)
        return RedirectResponse(self._href(request, job), status_code=303)

    def _forget(self) -> None:
        now = time.time()
        for name in [n for n, job in self._jobs.items() if job.destruction_s < now]:
            del self._jobs[name]

    def _href(self, request: Request, job: _Job) -> str:
        return f"{self._service.base(request)}{self._prefix}/async/{job.id}"

    def _found(self, request: Request) -> _Job:
        job = self._jobs.get(request.path_params["job"])
        if job is None or job.owner != self._service.principal(request):
            raise WebError(404, "there is no such job", "jobs live for an hour",
                           "Send the query again.")  # fmt: skip
        return job

    def _start(self, job: _Job, request: Request) -> None:
        try:
            run = _prepared(job.asked, self._service, request)
        except IlrsError as error:
            self._end(job, "ERROR", fault=str(error))
            return
        job.phase, job.started_s = "EXECUTING", time.time()
        view, files_base = self._service.view(request), self._service.files_base(request)

        def _work() -> bytes:
            return b"".join(run(view, files_base))

        async def _watch() -> None:
            try:
                result = await asyncio.wait_for(run_in_threadpool(_work), _JOB_TIME_S)
            except IlrsError as error:
                self._end(job, "ERROR", fault=str(as_told(error)))
            except TimeoutError:
                self._end(job, "ERROR", fault=f"the query took longer than {_JOB_TIME_S:g} s")
            except Exception:
                self._end(job, "ERROR", fault="this is a fault of the server")
                raise
            else:
                self._end(job, "COMPLETED", result=result)

        task = asyncio.get_running_loop().create_task(_watch())
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    @staticmethod
    def _end(job: _Job, phase: str, *, result: bytes = b"", fault: str = "") -> None:
        if job.phase not in _ENDED:
            job.phase, job.result, job.fault, job.ended_s = phase, result, fault, time.time()
        job.done.set()

    async def job(self, request: Request) -> Response:
        job = self._found(request)
        if request.method == "DELETE":
            return self._gone(request, job)
        if request.method == "POST":
            body = await _action(request)
            if body.get("action", "").upper() == "DELETE":
                return self._gone(request, job)
            return RedirectResponse(self._href(request, job), status_code=303)
        wait = request.query_params.get("WAIT") or request.query_params.get("wait") or "0"
        seconds = min(float(wait), 60.0) if _PLAIN_NUMBER.fullmatch(wait) else 60.0
        if job.phase == "EXECUTING":
            with suppress(TimeoutError):
                await asyncio.wait_for(job.done.wait(), seconds)
        return Response(_job_xml(job, self._href(request, job)), media_type=_XML)

    def _gone(self, request: Request, job: _Job) -> Response:
        self._end(job, "ABORTED")
        self._jobs.pop(job.id, None)
        return RedirectResponse(
            f"{self._service.base(request)}{self._prefix}/async", status_code=303
        )

    async def part(self, request: Request) -> Response:
        job, name = self._found(request), request.path_params["part"]
        if request.method == "POST":
            return await self._changed(request, job, name)
        if name == "results/result" and job.phase == "COMPLETED":
            return Response(job.result, media_type=FORMATS[_form(job.asked)])
        if name == "error" and job.phase == "ERROR":
            return Response(error_votable(job.fault), media_type=FORMATS["votable"])
        texts = {
            "phase": job.phase,
            "quote": _utc(job.made_s + _JOB_TIME_S),
            "executionduration": f"{_JOB_TIME_S:.0f}",
            "destruction": _utc(job.destruction_s),
            "owner": job.owner.id if job.owner.partner else "",
        }
        if name in texts:
            return Response(texts[name], media_type="text/plain")
        if name == "parameters":
            return Response(_UWS.format("parameters") + _parameters_xml(job) + "</uws:parameters>",
                            media_type=_XML)  # fmt: skip
        if name == "results":
            return Response(_UWS.format("results") + _results_xml(job, self._href(request, job))
                            + "</uws:results>", media_type=_XML)  # fmt: skip
        raise WebError(404, f"the job has no {name[:60]!r} now", "its own address says what it has",
                       "Correct the address.")  # fmt: skip

    async def _changed(self, request: Request, job: _Job, name: str) -> Response:
        body = await _action(request)
        if name == "phase":
            wanted = body.get("phase", "").upper()
            if wanted == "RUN" and job.phase == "PENDING":
                self._start(job, request)
            elif wanted == "ABORT":
                self._end(job, "ABORTED")
        elif name == "parameters" and job.phase == "PENDING":
            job.asked.update({k: v for k, v in body.items() if k in _KNOWN})
        elif name not in ("executionduration", "destruction", "parameters"):
            raise WebError(404, f"{name[:60]!r} of a job is not set", "phase and parameters are",
                           "Correct the address.")  # fmt: skip
        return RedirectResponse(self._href(request, job), status_code=303)


async def _action(request: Request) -> dict[str, str]:
    body = (await request.body())[:_MOST_BODY_BYTES]
    pairs = [*request.query_params.multi_items(), *parse_qsl(body.decode("utf-8", "replace"))]
    return {name.lower(): value for name, value in pairs}


_UWS = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<uws:{} version="1.1" '
    'xmlns:uws="http://www.ivoa.net/xml/UWS/v1.0" xmlns:xlink="http://www.w3.org/1999/xlink" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
)


def _utc(instant_s: float) -> str:
    return datetime.fromtimestamp(instant_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _time_xml(name: str, instant_s: float | None) -> str:
    if instant_s is None:
        return f'<uws:{name} xsi:nil="true"/>'
    return f"<uws:{name}>{_utc(instant_s)}</uws:{name}>"


def _parameters_xml(job: _Job) -> str:
    return "".join(
        f"<uws:parameter id={quoteattr(name.upper())}>{escape(_printable(value))}</uws:parameter>"
        for name, value in job.asked.items() if name != "phase"
    )  # fmt: skip


def _printable(text: str) -> str:
    return "".join(c for c in text if c >= " " or c in "\t\n\r")


def _results_xml(job: _Job, href: str) -> str:
    if job.phase != "COMPLETED":
        return ""
    return f'<uws:result id="result" xlink:href={quoteattr(href + "/results/result")}/>'


def _job_xml(job: _Job, href: str) -> str:
    fault = ""
    if job.phase == "ERROR":
        fault = (
            '<uws:errorSummary type="fatal" hasDetail="true">'
            f"<uws:message>{escape(_printable(job.fault))}</uws:message></uws:errorSummary>"
        )
    run_id = job.asked.get("runid", "")
    return (
        _UWS.format("job")
        + f"<uws:jobId>{escape(job.id)}</uws:jobId>"
        + (f"<uws:runId>{escape(_printable(run_id))}</uws:runId>" if run_id else "")
        + (f"<uws:ownerId>{escape(job.owner.id)}</uws:ownerId>" if job.owner.partner
           else '<uws:ownerId xsi:nil="true"/>')
        + f"<uws:phase>{job.phase}</uws:phase>"
        + _time_xml("quote", job.made_s + _JOB_TIME_S)
        + _time_xml("creationTime", job.made_s)
        + _time_xml("startTime", job.started_s)
        + _time_xml("endTime", job.ended_s)
        + f"<uws:executionDuration>{_JOB_TIME_S:.0f}</uws:executionDuration>"
        + _time_xml("destruction", job.destruction_s)
        + f"<uws:parameters>{_parameters_xml(job)}</uws:parameters>"
        + f"<uws:results>{_results_xml(job, href)}</uws:results>"
        + fault
        + "</uws:job>"
    )  # fmt: skip
