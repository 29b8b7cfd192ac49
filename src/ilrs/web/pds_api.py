"""The PDS Search API (1.6) over the catalogue, so that NASA's peppi and pds.api-client work here.

    GET /pds/products[/{identifier}[/latest|all|members|members/members|member-of]]
    GET /pds/classes, /pds/classes/{class}, /pds/properties, /pds/health

Paging is by `search-after`, the value of the one property that `sort` names; the time of harvest
is unique, so that a client which pages by it, as peppi does, misses and doubles nothing.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ilrs.datacentre.conditions import (
    FIELDS,
    All,
    Compare,
    Condition,
    IsNull,
    Like,
    Not,
    Words,
    escaped,
)
from ilrs.datacentre.conditions import Any as AnyOf
from ilrs.datacentre.lid import Lid, LidVid
from ilrs.datacentre.question import Question
from ilrs.datacentre.record import Record
from ilrs.foundation.errors import did_you_mean
from ilrs.web.answers import WebError, json_answer, refuse_unknown, whole
from ilrs.web.pds_product import FIELD_OF, HARVEST_TIME, QUERY, context, product, properties
from ilrs.web.pds_query import read_query
from ilrs.web.service import Service

__all__ = ["routes"]

_ASKED = ("q", "keywords", "fields", "limit", "sort", "search-after", "facet-fields", "facet-limit",
          "start")  # fmt: skip
_MOST_AT_ONCE, _USUAL = 10_000, 100
_CONTEXTS = {"target": "target", "investigation": "mission", "instrument": "instrument"}
_CLASSES = {
    "bundles": "Product_Bundle", "collections": "Product_Collection",
    "observationals": "Product_Observational", "documents": "Product_Document",
    "browse": "Product_Browse", "ancillaries": "Product_Ancillary", "contexts": "Product_Context",
}  # fmt: skip


def routes(service: Service, prefix: str = "/pds") -> list[Route]:
    """The routes of the interface below `prefix`."""
    here = _Pds(service, prefix)
    get: Mapping[str, Any] = {
        "/health": here.health,
        "/classes": here.classes,
        "/classes/{kind}": here.of_class,
        "/properties": here.properties,
        "/products": here.products,
        "/products/{identifier}": here.product,
        "/products/{identifier}/latest": here.product,
        "/products/{identifier}/all": here.versions,
        "/products/{identifier}/members": here.members,
        "/products/{identifier}/members/members": here.grandchildren,
        "/products/{identifier}/member-of": here.parents,
    }
    return [Route(prefix + path, handler, methods=["GET"]) for path, handler in get.items()]


class _Pds:
    def __init__(self, service: Service, prefix: str) -> None:
        self._service, self._prefix = service, prefix

    async def health(self, request: Request) -> Response:
        refuse_unknown(request, ())
        return json_answer(request, {"status": "ok"})

    async def classes(self, request: Request) -> Response:
        refuse_unknown(request, ())
        return json_answer(request, list(_CLASSES))

    async def properties(self, request: Request) -> Response:
        refuse_unknown(request, ())
        kinds = {"number": "double", "instant": "timestamp"}
        found = [{"property": name, "type": kinds.get(FIELDS[field], "string")}
                 for name, field in FIELD_OF.items()]  # fmt: skip
        return json_answer(request, found)

    async def products(self, request: Request) -> Response:
        return self._page(request, All())

    async def of_class(self, request: Request) -> Response:
        kind = request.path_params["kind"]
        if kind not in _CLASSES:
            raise WebError(
                404,
                f"there is no class {kind[:60]!r}",
                "possible are " + ", ".join(_CLASSES),
                did_you_mean(kind, _CLASSES, otherwise="Choose one of these."),
            )
        if kind == "contexts":
            return self._contexts(request, 'product_class eq "Product_Context"')
        return self._page(request, Compare("product_class", "=", _CLASSES[kind]))

    async def product(self, request: Request) -> Response:
        refuse_unknown(request, ("fields",))
        name = request.path_params["identifier"]
        record = self._record(request, name)
        return json_answer(request, self._shown(request, record, _listed(request, "fields")))

    async def versions(self, request: Request) -> Response:
        lid = self._lid(request)
        return self._page(request, Compare("lid", "=", str(lid)), versions="all")

    async def members(self, request: Request) -> Response:
        lid = self._lid(request)
        return self._page(request, _below(lid, levels=1))

    async def grandchildren(self, request: Request) -> Response:
        lid = self._lid(request)
        return self._page(request, _below(lid, levels=2))

    async def parents(self, request: Request) -> Response:
        lid = self._lid(request)
        above = str(Lid(lid.parts[:-1])) if len(lid.parts) > 4 else ""
        return self._page(request, Compare("lid", "=", above) if above else AnyOf())

    def _lid(self, request: Request) -> Lid:
        return LidVid.parse(self._record(request, request.path_params["identifier"]).lidvid).lid

    def _record(self, request: Request, name: str) -> Record:
        found = self._service.record(name, request)
        if found is None:
            raise WebError(404, f"there is no product {name[:120]}",
                           "the products are listed at /pds/products",
                           "Correct the identifier or search for it.")  # fmt: skip
        return found

    def _page(self, request: Request, where: Condition, *, versions: str = "newest") -> Response:
        refuse_unknown(request, _ASKED)
        q = request.query_params.get("q", "")
        if "Product_Context" in q:
            return self._contexts(request, q)
        parts = [where]
        if q.strip():
            parts.append(read_query(q, QUERY))
        if request.query_params.get("keywords"):
            parts.append(AnyOf(tuple(Words(w) for w in _listed(request, "keywords"))))
        sort, names = _order(request)
        asked = All(tuple(parts))
        limit = whole(request.query_params.get("limit"), "limit", default=_USUAL,
                      most=_MOST_AT_ONCE)  # fmt: skip
        view = self._service.view(request)
        hits = self._service.catalogue.count(Question(where=asked, versions=versions), view=view)
        paged = All((asked, *_after(request, sort)))
        answer = self._service.catalogue.search(
            Question(where=paged, versions=versions, sort=sort, limit=limit), view=view
        )
        fields = _listed(request, "fields")
        data = [self._shown(request, record, fields) for record in answer.records]
        summary: dict[str, Any] = {"q": q, "hits": hits, "took": 0, "limit": limit, "sort": names,
                                   "properties": list(fields or FIELD_OF)}  # fmt: skip
        if request.query_params.get("facet-fields"):
            summary["facets"] = self._facets(request, Question(where=asked, versions=versions))
        if data and answer.after:
            last = properties(answer.records[-1], files_base="")
            summary["search_after"] = [(last.get(name) or [""])[0] for name in names]
        return json_answer(request, {"summary": summary, "data": data})

    def _facets(self, request: Request, question: Question) -> list[dict[str, Any]]:
        names = _listed(request, "facet-fields")
        most = whole(request.query_params.get("facet-limit"), "facet-limit", default=25, most=1000)
        fields = tuple(_field(name) for name in names)
        counted = self._service.catalogue.facets(fields, question=question,
                                              view=self._service.view(request))  # fmt: skip
        return [{"property": name, "type": "terms",
                 "counts": {str(v): n for v, n in counted[field][:most]}}
                for name, field in zip(names, fields, strict=True)]  # fmt: skip

    def _shown(self, request: Request, record: Record, fields: Sequence[str]) -> dict[str, Any]:
        known = product(record,
                        base=self._service.base(request) + self._prefix,
                        files_base=self._service.files_base(request))  # fmt: skip
        if fields:
            kept = known["properties"]
            known["properties"] = {name: kept[name] for name in fields if name in kept}
        return known

    def _contexts(self, request: Request, q: str) -> Response:
        """Context products of the targets, missions and instruments that the asker's records name.

        Only the titles in the query count; what else it asks of them is true of none.
        """
        refuse_unknown(request, _ASKED)
        titles = {t.casefold() for t in re.findall(r'title eq "([^"]*)"', q)}
        counted = self._service.catalogue.facets(tuple(_CONTEXTS.values()), question=Question(),
                                              view=self._service.view(request))  # fmt: skip
        base = self._service.base(request) + self._prefix
        data: list[dict[str, Any]] = []
        for kind, field in _CONTEXTS.items():
            for name, _ in counted[field]:
                if name and (not titles or str(name).casefold() in titles):
                    utc = f"2000-01-01T00:00:{len(data) % 60:02d}.{len(data):06d}Z"
                    data.append(context(kind, str(name), harvested_utc=utc, base=base))
        summary = {"q": q, "hits": len(data), "took": 0, "limit": len(data), "sort": [],
                   "properties": []}  # fmt: skip
        return json_answer(request, {"summary": summary, "data": data})


def _below(lid: Lid, *, levels: int) -> Condition:
    """What lies a number of levels below a bundle or a collection."""
    if len(lid.parts) + levels > 6:
        return AnyOf()
    stem = escaped(str(lid))
    deeper = Like("lid", f"{stem}{':%' * (levels + 1)}")
    return All((Like("lid", f"{stem}{':%' * levels}"), Not(deeper)))


def _listed(request: Request, name: str) -> list[str]:
    """The values of a parameter, given several times or with commas."""
    given = request.query_params.getlist(name)
    return [part.strip() for text in given for part in text.split(",") if part.strip()]


def _field(name: str) -> str:
    if name not in FIELD_OF:
        raise WebError(400, f"the property {name[:80]!r} is asked for",
                       "possible are " + ", ".join(FIELD_OF),
                       did_you_mean(name, FIELD_OF, otherwise="Choose one of these."))  # fmt: skip
    return FIELD_OF[name]


def _order(request: Request) -> tuple[tuple[tuple[str, str], ...], list[str]]:
    """The order in the catalogue's fields, and the properties that gave it."""
    found, names = [], []
    for text in _listed(request, "sort") or [HARVEST_TIME]:
        name = text.lstrip("+-")
        way = "descending" if text.startswith("-") else "ascending"
        words = name.split()
        if len(words) == 2 and words[1].lower() in ("asc", "desc"):
            name, way = words[0], "ascending" if words[1].lower() == "asc" else "descending"
        field = _field(name)
        if FIELDS[field] == "list":
            raise WebError(400, f"sort names {name[:80]!r}", "a property with one value orders",
                           "Choose another.")  # fmt: skip
        found.append((field, way))
        names.append(name)
    return tuple(found), names


def _after(request: Request, sort: tuple[tuple[str, str], ...]) -> list[Condition]:
    """What comes after the values of `search-after` in the order asked for."""
    values = request.query_params.getlist("search-after")
    if not values:
        return []
    if len(values) != len(sort):
        raise WebError(400, f"search-after has {len(values)} values and sort {len(sort)}",
                       "each property of sort has one", "Give as many.")  # fmt: skip
    beyond: list[Condition] = []
    equal: list[Condition] = []
    for (field, way), text in zip(sort, values, strict=True):
        later, same = _later(field, text, is_rising=way == "ascending")
        beyond.append(All((*equal, later)))
        equal.append(same)
    return [AnyOf(tuple(beyond))]


def _later(field: str, text: str, *, is_rising: bool) -> tuple[Condition, Condition]:
    """What comes after a value, and what has it too; "" is the unknown, the least of all."""
    unknown = IsNull(field)
    if not text:
        return Not(unknown) if is_rising else AnyOf(), unknown
    value = _typed(field, text)
    same = Compare(field, "=", value)
    if is_rising:
        return Compare(field, ">", value), same
    return AnyOf((Compare(field, "<", value), unknown)), same


def _typed(field: str, text: str) -> str | float:
    if FIELDS[field] != "number":
        return text
    try:
        return float(text)
    except ValueError:
        raise WebError(400, f"search-after is {text[:40]!r}", f"{field} is a number",
                       "Correct search-after.") from None  # fmt: skip
