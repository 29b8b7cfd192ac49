"""The catalogue site: search, product pages, interfaces; every page with its twin in JSON.

    GET /data                    search             GET /api/products
    GET /data/{lidvid}           one product        GET /api/products/{lidvid}
    GET /api                     the interfaces     GET /api/openapi.json

Pages are HTML without scripts, in the language of `lang` or of the browser; what the asker may not
see is not in them.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from ilrs.datacentre.embargo import utc_of_seconds
from ilrs.datacentre.lid import LidVid
from ilrs.datacentre.place import Place
from ilrs.datacentre.place_bounds import bounds_deg
from ilrs.datacentre.question import Answer
from ilrs.datacentre.record import FileEntry, Record
from ilrs.datacentre.rights import Verb, release_of, terms_of, with_terms
from ilrs.foundation.errors import IlrsError
from ilrs.study.book_html import Html, join, tag
from ilrs.web.addresses import file_href, in_path
from ilrs.web.answers import WebError, json_answer, refuse_unknown
from ilrs.web.openapi import document
from ilrs.web.quicklook import browse_of, table_curves, table_of
from ilrs.web.service import Service
from ilrs.web.site_map import footprint_map
from ilrs.web.site_search import CHOICES, FACETS, ask
from ilrs.web.site_words import LANGUAGES, language_of, title_of, words

__all__ = ["page", "routes"]

_SHOWN_VERBS = (Verb.SEE_LABEL, Verb.PREVIEW, Verb.DOWNLOAD, Verb.REDISTRIBUTE, Verb.DERIVE)
_MOST_VALUES = 8


def routes(service: Service) -> list[Route]:
    """The routes of the site."""
    here = _Site(service)
    return [
        Route("/data", here.search, methods=["GET"]),
        Route("/data/{lidvid}", here.product, methods=["GET"]),
        Route("/api", here.interfaces, methods=["GET"]),
        Route("/api/openapi.json", here.openapi, methods=["GET"]),
        Route("/api/products", here.products_json, methods=["GET"]),
        Route("/api/products/{lidvid}", here.product_json, methods=["GET"]),
    ]


class _Site:
    def __init__(self, service: Service) -> None:
        self._service = service

    async def search(self, request: Request) -> Response:
        answer, facets = self._found(request)
        language = language_of(request)
        body = [
            tag("h1", words(language, "search")),
            tag("p", words(language, "search.lead"), cls="lead"),
            _form(request, language),
            tag("div", _facets(request, facets, language),
                tag("div", _chosen(request, language),
                    *_hits(request, answer, language)), cls="result"),
        ]  # fmt: skip
        return page(request, words(language, "search"), body, here="/data", twin="/api/products")

    def _found(self, request: Request) -> tuple[Answer[Record], dict[str, list[tuple[Any, int]]]]:
        """What a search finds, and how many of it each value of a choice has."""
        question, view = ask(request), self._service.view(request)
        answer = self._service.catalogue.search(question, view=view)
        fields = tuple(CHOICES[name] for name in FACETS)
        counted = self._service.catalogue.facets(fields, question=question, view=view)
        return answer, {name: counted[CHOICES[name]] for name in FACETS}

    async def product(self, request: Request) -> Response:
        refuse_unknown(request, ("lang",))
        record = self._record(request)
        language = language_of(request)
        title, description = title_of(record, language)
        body = [
            tag("p", _trail(request, record), cls="quiet"),
            tag("h1", title),
            tag("p", description, cls="lead") if description else None,
            tag("div", tag("div", *self._told(request, record, language)),
                tag("div", *self._seen(request, record, title, language)), cls="halves"),
        ]  # fmt: skip
        return page(request, title, body, here="", twin=f"/api/products/{in_path(record.lidvid)}")

    def _told(self, request: Request, record: Record, language: str) -> list[Html | None]:
        return [
            _facts(record, language),
            tag("h2", words(language, "files")),
            _files(record, self._service.files_base(request), language),
            *self._rights(request, record, language),
            tag("h2", words(language, "citation")),
            tag(
                "blockquote", citation(record, self._service.title, self._address(request, record))
            ),
            *_findings(record, language),
            *self._versions(request, record, language),
        ]

    def _seen(
        self, request: Request, record: Record, title: str, language: str
    ) -> list[Html | None]:
        """What there is to look at: the place, a picture or curves, the other interfaces."""
        place = None if record.place is None else [(title, record.place, "#")]
        drawn = footprint_map(place, label=words(language, "map.place")) if place else None
        return [
            tag("figure", tag("h2", words(language, "map.place")), drawn) if drawn else None,
            self._look(request, record, language),
            tag("h2", words(language, "same")),
            tag("ul", *(tag("li", tag("a", name, href=href))
                        for name, href in _elsewhere(record, self._service.base(request)))),
        ]  # fmt: skip

    def _look(self, request: Request, record: Record, language: str) -> Html | None:
        if not self._service.may(record, request, Verb.PREVIEW):
            return None
        browse, heading = browse_of(record), tag("h2", words(language, "look"))
        if browse is not None:
            href = file_href("/files", record.lidvid, browse.name)
            return tag("figure", heading, tag("img", src=href, alt=browse.name, cls="browse"))
        entry = table_of(record)
        if entry is None or not self._service.may(record, request, Verb.DOWNLOAD):
            return None
        try:
            with self._service.archive.open_file(record.lidvid, entry.name) as stream:
                drawn = table_curves(stream)
        except (IlrsError, OSError):  # the page tells the rest
            drawn = None
        if drawn is None:
            return None
        curves, rows = drawn
        told = words(language, "look.lead", rows=rows)
        return tag("figure", heading, curves, tag("figcaption", told))

    def _rights(self, request: Request, record: Record, language: str) -> list[Html | None]:
        terms = terms_of(record, self._service.policy)
        may = [v for v in _SHOWN_VERBS if self._service.may(record, request, v)]
        listed = words(language, "list").join(words(language, f"verb.{verb}") for verb in may)
        parts = [words(language, "rights.may", verbs=listed) if may
                 else words(language, "rights.not")]  # fmt: skip
        if Verb.DOWNLOAD not in may:
            released = utc_of_seconds(release_of(record, self._service.policy)[0])
            parts += [words(language, "rights.from", date=released)] if released else []
        stated = [(s.issuer, s.language, s.text) for s in terms.statements]
        return [
            tag("h2", words(language, "rights")),
            tag("p", " ".join(parts)),
            *(tag("blockquote", text, tag("br"), tag("small", f"{issuer} ({code})"), lang=code)
              for issuer, code, text in stated),
            tag("p", words(language, "rights.attribution", text=terms.attribution))
            if terms.attribution else None,
            None if stated or terms.attribution
            else tag("p", words(language, "rights.none"), cls="quiet"),
        ]  # fmt: skip

    def _versions(self, request: Request, record: Record, language: str) -> list[Html | None]:
        lid = LidVid.parse(record.lidvid).lid
        known = self._service.catalogue.versions(lid, view=self._service.view(request))
        if len(known) < 2:
            return []
        items = [tag("li", tag("a", str(LidVid.parse(r.lidvid).vid), href=_href(r, language)), " ",
                     tag("small", r.received_utc)) for r in known]  # fmt: skip
        return [tag("h2", words(language, "versions")), tag("ul", *items)]

    async def products_json(self, request: Request) -> Response:
        answer, facets = self._found(request)
        content = {
            "data": [self._plain(request, record) for record in answer.records],
            "facets": {name: [{"value": v, "count": n} for v, n in values]
                       for name, values in facets.items()},
            "meta": {"count": len(answer.records), "total": answer.matched, "after": answer.after},
        }  # fmt: skip
        return json_answer(request, content)

    async def product_json(self, request: Request) -> Response:
        refuse_unknown(request, ())
        record = self._record(request)
        return json_answer(request, {"data": self._plain(request, record), "meta": {}})

    def _plain(self, request: Request, record: Record) -> dict[str, Any]:
        shown = with_terms(record, self._service.policy).to_dict()
        for file in shown["files"]:
            file["href"] = file_href(self._service.files_base(request), record.lidvid, file["name"])
        may = [str(verb) for verb in Verb if self._service.may(record, request, verb)]
        return {
            **shown,
            "may": may,
            "citation": citation(record, self._service.title, self._address(request, record)),
        }

    def _record(self, request: Request) -> Record:
        """The record as the asker may see it; as if not there where they may not."""
        name = request.path_params["lidvid"]
        found = self._service.record(name, request)
        if found is None:
            raise WebError(404, f"there is no product {name[:120]}", "/data searches what there is",
                           "Correct the identifier or search for it.")  # fmt: skip
        return found

    def _address(self, request: Request, record: Record) -> str:
        return f"{self._service.base(request)}/data/{in_path(record.lidvid)}"

    async def interfaces(self, request: Request) -> Response:
        refuse_unknown(request, ("lang",))
        language, base = language_of(request), self._service.base(request)
        listed = (("/stac", "STAC API · OGC API – Features", "api.stac"),
                  ("/tap", "TAP · EPN-TAP", "api.tap"), ("/pds", "PDS Search API", "api.pds"),
                  ("/api/products", "JSON", "api.json"),
                  ("/api/openapi.json", "OpenAPI", "api.openapi"))  # fmt: skip
        body = [
            tag("h1", words(language, "interfaces")),
            tag("p", words(language, "api.lead"), cls="lead"),
            tag("dl", *(part for path, name, key in listed for part in (
                tag("dt", name),
                tag("dd", tag("a", base + path, href=_entry(path), cls="mono"), tag("br"),
                    words(language, key))))),
            tag("p", words(language, "api.token"), cls="quiet"),
        ]  # fmt: skip
        return page(request, words(language, "interfaces"), body, here="/api",
                    twin="/api/openapi.json")  # fmt: skip

    async def openapi(self, request: Request) -> Response:
        refuse_unknown(request, ())
        found = document(title=self._service.title, base=self._service.base(request))
        return json_answer(request, found,
                           media_type="application/vnd.oai.openapi+json;version=3.1")  # fmt: skip


def _entry(path: str) -> str:
    """Where a reader lands who follows an interface's name."""
    return {"/tap": "/tap/capabilities", "/pds": "/pds/products?limit=5"}.get(path, path)


def page(
    request: Request, title: str, body: Sequence[Html | None], *, here: str, twin: str
) -> HTMLResponse:
    """A page of the site around a body; `twin` is the address of the same as JSON."""
    language = language_of(request)
    kept = {k: v for k, v in request.query_params.items() if k != "lang"}
    links = [
        tag(
            "a",
            words(language, key),
            href=f"{path}?lang={language}",
            aria_current="page" if path == here else None,
        )
        for path, key in (("/", "book"), ("/data", "search"), ("/api", "interfaces"))
    ]
    spoken = [tag("a", name, href=f"{request.url.path}?{urlencode({**kept, 'lang': code})}",
                  lang=code, aria_current="true" if code == language else None)
              for code, name in LANGUAGES.items()]  # fmt: skip
    twin_query = urlencode(kept)
    twin_href = f"{twin}?{twin_query}" if twin_query else twin
    head = join([
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("title", f"{title} · {words(language, 'site')}"),
        tag("link", rel="alternate", type="application/json", href=twin_href),
        tag("style", Html(_style())),
    ])  # fmt: skip
    bar = tag("nav", *links, tag("a", "JSON", href=twin_href),
              tag("div", *spoken, cls="languages"))  # fmt: skip
    html = tag("html", tag("head", head), tag("body", bar, tag("main", *body)), lang=language)
    headers = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; "
               "img-src 'self'; form-action 'self'; base-uri 'none'",
               "Vary": "Authorization, Accept-Language",
               "X-Content-Type-Options": "nosniff"}  # fmt: skip
    return HTMLResponse("<!doctype html>\n" + html, headers=headers)


@cache
def _style() -> str:
    return (files("ilrs.web") / "site.css").read_text(encoding="utf-8")


def _field(request: Request, name: str, label: str, **attributes: str) -> Html:
    value = request.query_params.get(name, "")
    return tag("label", tag("span", label), tag("input", name=name, value=value, **attributes))


def _form(request: Request, language: str) -> Html:
    def word(key: str) -> str:
        return words(language, key)

    groups = [
        tag("fieldset", _field(request, "text", word("text"), type="search",
                               placeholder=word("text.hint"))),
        *(tag("fieldset", tag("legend", word(legend)),
              tag("div", *(_field(request, n, word(n), inputmode=mode) for n in names)))
          for legend, names, mode in (
              ("place", ("latitude_deg", "longitude_deg", "radius_km"), "decimal"),
              ("time", ("from", "to"), "text"),
              ("light", ("sun_above_deg", "sun_below_deg"), "decimal"))),
    ]  # fmt: skip
    kept = [tag("input", type="hidden", name=name, value=request.query_params[name])
            for name in (*CHOICES, "bbox") if request.query_params.get(name)]  # fmt: skip
    return tag(
        "form", *groups, *kept, tag("input", type="hidden", name="lang", value=language),
        tag("div", tag("button", word("ask"), type="submit"),
            tag("a", word("clear"), href=f"/data?lang={language}"), cls="doing"),
        action="/data", cls="search", role="search",
    )  # fmt: skip


def _with(request: Request, **changed: str | None) -> str:
    """The address of the same search with some parameters changed, from its first page on."""
    now = {k: v for k, v in request.query_params.items() if v and k != "after"}
    asked = {k: v for k, v in {**now, **changed}.items() if v}
    return f"/data?{urlencode(asked)}"


def _facets(request: Request, facets: Mapping[str, Any], language: str) -> Html:
    groups: list[Html] = []
    for name, values in facets.items():
        shown = [(str(v), n) for v, n in values if v][:_MOST_VALUES]
        if len(shown) < 2 and name not in request.query_params:
            continue
        items = [tag("li", tag("a", v, href=_with(request, **{name: v})),
                     tag("small", f"{n:,}".replace(",", " "))) for v, n in shown]  # fmt: skip
        groups += [tag("h3", words(language, name)), tag("ul", *items)]
    return tag("aside", *groups, cls="facets")


def _chosen(request: Request, language: str) -> Html | None:
    """What was chosen, each with a link that takes it back."""
    items = [
        tag("li", tag("a", f"{request.query_params[name]} ×", href=_with(request, **{name: None}),
                      title=words(language, "without")))
        for name in (*CHOICES, "bbox") if request.query_params.get(name)
    ]  # fmt: skip
    return tag("ul", *items, cls="chosen") if items else None


def _hits(request: Request, answer: Answer[Record], language: str) -> list[Html | None]:
    records, count = answer.records, answer.matched or 0
    key = {0: "found.0", 1: "found.1"}.get(count, "found.n")
    told = tag("p", words(language, key, count=f"{count:,}".replace(",", " ")), cls="quiet")
    if not records:
        return [told, tag("p", words(language, "none.hint"), cls="quiet")]
    named: list[tuple[str, Place, str]] = [
        (title_of(r, language)[0], r.place, _href(r, language))
        for r in records if r.place is not None
    ]  # fmt: skip
    drawn = footprint_map(named, label=words(language, "map"))
    links = [tag("a", words(language, "first"), href=_with(request))] if (
        request.query_params.get("after")) else []  # fmt: skip
    if answer.after:
        href = f"{_with(request)}&{urlencode({'after': answer.after})}"
        links.append(tag("a", words(language, "next"), href=href, rel="next"))
    return [
        told,
        tag("figure", drawn, tag("figcaption", words(language, "map"))) if drawn else None,
        tag("ul", *(_hit(record, language) for record in records), cls="hits"),
        tag("p", *links, cls="more"),
    ]


def _hit(record: Record, language: str) -> Html:
    title, description = title_of(record, language)
    facts = (record.partner, record.mission, record.instrument, record.processing_level,
             _span(record))  # fmt: skip
    return tag(
        "li",
        tag("h3", tag("a", title, href=_href(record, language))),
        tag("p", " · ".join(fact for fact in facts if fact), cls="quiet"),
        tag("p", description, cls="clip") if description else None,
    )


def _href(record: Record, language: str) -> str:
    return f"/data/{in_path(record.lidvid)}?lang={language}"


def _span(record: Record) -> str:
    start, stop = _short(record.start_utc), _short(record.stop_utc)
    return start if start == stop else f"{start} – {stop}".strip(" –")


def _short(utc: str) -> str:
    """An instant to the minute, or its day where it says no time."""
    return utc[:16].replace("T", " ").removesuffix(" 00:00")


def _trail(request: Request, record: Record) -> Html:
    home = LidVid.parse(record.lidvid).lid.collection
    return tag("a", home, href=f"/data?{urlencode({'collection': home})}", cls="mono")


def _facts(record: Record, language: str) -> Html:
    def word(key: str) -> str:
        return words(language, key)

    sun = "" if record.sun_elevation_deg is None else words(
        language, "sun.value", elevation=f"{record.sun_elevation_deg:.2f}",
        azimuth=f"{record.sun_azimuth_deg or 0.0:.1f}")  # fmt: skip
    pixel = "" if record.pixel_m is None else f"{record.pixel_m:g} m"
    rows: tuple[tuple[str, str], ...] = (
        ("identifier", record.lidvid), ("partner", record.partner), ("mission", record.mission),
        ("instrument", record.instrument), ("target", record.target), ("site_name", record.site),
        ("span", f"{record.start_utc} – {record.stop_utc}".strip(" –")), ("where", _where(record)),
        ("pixel", pixel), ("sun", sun), ("processing_level", record.processing_level),
        ("science_field", ", ".join(record.science_fields)),
        ("keywords", ", ".join(record.keywords)), ("licence", record.licence),
        ("received", record.received_utc), ("made_from", ", ".join(record.sources)),
        ("command", record.command),
    )  # fmt: skip
    cells = [
        part
        for key, value in rows
        if value
        for part in (
            tag("dt", word(key)),
            tag("dd", value, cls="mono" if key in ("identifier", "command") else None),
        )
    ]
    return tag("dl", *cells)


def _where(record: Record) -> str:
    if record.place is None:
        return ""
    west, south, east, north = bounds_deg(record.place)
    if (west, south) == (east, north):
        return f"{_angle(south, 'N', 'S')} {_angle(west, 'E', 'W')}"
    return (f"{_angle(south, 'N', 'S')} – {_angle(north, 'N', 'S')}, "
            f"{_angle(west, 'E', 'W')} – {_angle(east, 'E', 'W')}")  # fmt: skip


def _angle(value: float, plus: str, minus: str) -> str:
    return f"{abs(value):.3f}° {plus if value >= 0 else minus}"


def _files(record: Record, files_base: str, language: str) -> Html:
    def row(file: FileEntry) -> Html:
        href = file_href(files_base, record.lidvid, file.name)
        name = tag("a", file.name, href=href)
        return tag("tr", tag("td", name, tag("small", file.sha256, cls="mono sum")),
                   tag("td", words(language, f"role.{file.role}"), cls="short"),
                   tag("td", _size(file.size), cls="num"))  # fmt: skip

    first = f"{words(language, 'file')}, {words(language, 'checksum')}"
    heads = [tag("th", first), tag("th", words(language, "role"), cls="short"),
             tag("th", words(language, "size"), cls="num")]  # fmt: skip
    body = tag("table", tag("thead", tag("tr", *heads)), tag("tbody", *map(row, record.files)))
    return tag("div", body, cls="scroll") if record.files else tag("p", "–", cls="quiet")


def _size(size: int) -> str:
    for unit, factor in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if size >= factor:
            return f"{size / factor:.1f} {unit}"
    return f"{size} B"


def _findings(record: Record, language: str) -> list[Html | None]:
    if not record.findings:
        return []
    items = [tag("li", f"{f.file}{f':{f.line}' if f.line else ''}: {f.found}; {f.possible}.",
                 cls="error" if f.severity == "error" else None)
             for f in record.findings[:50]]  # fmt: skip
    return [tag("h2", words(language, "findings")),
            tag("p", words(language, "findings.lead"), cls="quiet"), tag("ul", *items)]  # fmt: skip


def citation(record: Record, publisher: str, address: str) -> str:
    """How a product is cited: who, when, what, where and under which identifier."""
    year = str(record.publication_year or "") or record.received_utc[:4]
    who = record.partner or publisher
    return f"{who} ({year}). {record.title}. {publisher}. {record.lidvid}. {address}"


def _elsewhere(record: Record, base: str) -> list[tuple[str, str]]:
    lidvid = LidVid.parse(record.lidvid)
    home = in_path(lidvid.lid.collection)
    query = f"SELECT * FROM ilrs.epn_core WHERE granule_uid = '{record.lidvid}'"
    return [
        ("JSON", f"{base}/api/products/{in_path(record.lidvid)}"),
        ("STAC / OGC API", f"{base}/stac/collections/{home}/items/{in_path(record.lidvid)}"),
        ("PDS Search API", f"{base}/pds/products/{in_path(record.lidvid)}"),
        ("EPN-TAP", f"{base}/tap/sync?{urlencode({'LANG': 'ADQL', 'QUERY': query})}"),
    ]
