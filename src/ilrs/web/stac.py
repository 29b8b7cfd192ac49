"""STAC API 1.1 and OGC API - Features over one catalogue: both are the same addresses.

    GET /stac                                      what there is
    GET /stac/conformance, /stac/queryables
    GET /stac/collections[/{id}[/items[/{id}]]]    collections of the archive and their products
    GET, POST /stac/search                         products by place, time, names and filter

Coordinates are degrees on the Moon: longitude before latitude, as GeoJSON has them, unless `crs`
asks for IAU_2015:30100, whose axes are latitude and longitude; so with `bbox-crs` for a bbox.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ilrs.datacentre.catalogue import spans
from ilrs.datacentre.conditions import (
    FIELDS,
    All,
    Condition,
    During,
    Meets,
    OneOf,
    Words,
)
from ilrs.datacentre.conditions import Any as AnyOf
from ilrs.datacentre.lid import Lid, is_identifier
from ilrs.datacentre.place import parse_bbox
from ilrs.datacentre.place_text import parse_geojson
from ilrs.datacentre.question import Question
from ilrs.datacentre.said import said_of
from ilrs.foundation.errors import did_you_mean
from ilrs.web import cql
from ilrs.web.addresses import in_path
from ilrs.web.answers import (
    GEOJSON,
    JSON,
    WebError,
    body_of,
    json_answer,
    number_list,
    refuse_unknown,
    whole,
)
from ilrs.web.service import Service
from ilrs.web.stac_item import (
    CRS_URI,
    PROPERTIES,
    STAC_VERSION,
    collection,
    items,
    latitudes_first,
)

__all__ = ["CONFORMANCE", "SEARCH", "question_of", "routes"]

_API = "https://api.stacspec.org/v1.0.0"
_OGC = "http://www.opengis.net/spec"
CONFORMANCE = (
    f"{_API}/core", f"{_API}/collections", f"{_API}/ogcapi-features", f"{_API}/item-search",
    f"{_API}/item-search#filter", f"{_API}/item-search#sort", f"{_API}/item-search#fields",
    f"{_API}/ogcapi-features#sort", f"{_API}/ogcapi-features#fields",
    f"{_OGC}/ogcapi-features-1/1.0/conf/core", f"{_OGC}/ogcapi-features-1/1.0/conf/oas30",
    f"{_OGC}/ogcapi-features-1/1.0/conf/geojson", f"{_OGC}/ogcapi-features-2/1.0/conf/crs",
    f"{_OGC}/ogcapi-features-3/1.0/conf/filter",
    f"{_OGC}/ogcapi-features-3/1.0/conf/features-filter",
    f"{_OGC}/cql2/1.0/conf/cql2-text", f"{_OGC}/cql2/1.0/conf/cql2-json",
    f"{_OGC}/cql2/1.0/conf/basic-cql2", f"{_OGC}/cql2/1.0/conf/advanced-comparison-operators",
    f"{_OGC}/cql2/1.0/conf/case-insensitive-comparison",
    f"{_OGC}/cql2/1.0/conf/basic-spatial-functions",
)  # fmt: skip
_FILTERS = ("filter", "filter-lang", "filter-crs")
_ITEMS = ("bbox", "bbox-crs", "crs", "datetime", "limit", "token", "sortby", "fields", *_FILTERS)
SEARCH = ("bbox", "intersects", "datetime", "ids", "collections", "limit", "token", "sortby",
          "fields", "q", *_FILTERS)  # fmt: skip
_MOST_AT_ONCE, _USUAL = 10_000, 10
_CRS = {"Content-Crs": f"<{CRS_URI}>"}
_QUERYABLES_REL = "http://www.opengis.net/def/rel/ogc/1.0/queryables"


def routes(service: Service, prefix: str = "/stac") -> list[Route]:
    """The routes of the interface below `prefix`."""
    here = _Stac(service, prefix)
    get: Mapping[str, Any] = {
        "": here.landing,
        "/conformance": here.conformance,
        "/queryables": here.queryables,
        "/collections": here.collections,
        "/collections/{collection}": here.collection,
        "/collections/{collection}/queryables": here.queryables,
        "/collections/{collection}/items": here.items,
        "/collections/{collection}/items/{item}": here.item,
    }
    return [
        Route(prefix + "/search", here.search, methods=["GET", "POST"]),
        *(Route(prefix + path, handler, methods=["GET"]) for path, handler in get.items()),
    ]


class _Stac:
    def __init__(self, service: Service, prefix: str) -> None:
        self._service, self._prefix = service, prefix

    def _base(self, request: Request) -> str:
        return self._service.base(request) + self._prefix

    async def landing(self, request: Request) -> Response:
        refuse_unknown(request, ())
        base, root = self._base(request), self._service.base(request)
        links = [
            {"rel": "self", "href": base, "type": JSON},
            {"rel": "root", "href": base, "type": JSON},
            {"rel": "data", "href": f"{base}/collections", "type": JSON},
            {"rel": "conformance", "href": f"{base}/conformance", "type": JSON},
            {"rel": "search", "href": f"{base}/search", "type": GEOJSON, "method": "GET"},
            {"rel": "search", "href": f"{base}/search", "type": GEOJSON, "method": "POST"},
            {"rel": _QUERYABLES_REL, "href": f"{base}/queryables",
             "type": "application/schema+json"},
            {"rel": "service-desc", "href": f"{root}/api/openapi.json",
             "type": "application/vnd.oai.openapi+json;version=3.1"},
            {"rel": "service-doc", "href": f"{root}/api", "type": "text/html"},
        ]  # fmt: skip
        content = {
            "type": "Catalog",
            "stac_version": STAC_VERSION,
            "id": self._service.id,
            "title": self._service.title,
            "description": self._service.description,
            "conformsTo": list(CONFORMANCE),
            "links": links,
        }
        return json_answer(request, content)

    async def conformance(self, request: Request) -> Response:
        refuse_unknown(request, ())
        return json_answer(request, {"conformsTo": list(CONFORMANCE)})

    async def queryables(self, request: Request) -> Response:
        refuse_unknown(request, ())
        if "collection" in request.path_params:
            self._known(request)
        content = {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$id": str(request.url.replace(query="")),
            "type": "object",
            "title": self._service.title,
            "properties": {name: _schema(name) for name in PROPERTIES},
            "additionalProperties": False,
        }
        return json_answer(request, content, media_type="application/schema+json")

    async def collections(self, request: Request) -> Response:
        refuse_unknown(request, ())
        base = self._base(request)
        found = [
            self._collection(request, name, span)
            for name, span in sorted(self._spans(request).items())
        ]
        links = [{"rel": "self", "href": f"{base}/collections", "type": JSON},
                 {"rel": "root", "href": base, "type": JSON},
                 {"rel": "parent", "href": base, "type": JSON}]  # fmt: skip
        return json_answer(request, {"collections": found, "links": links})

    async def collection(self, request: Request) -> Response:
        refuse_unknown(request, ())
        return json_answer(request, self._collection(request, *self._known(request)))

    async def items(self, request: Request) -> Response:
        refuse_unknown(request, _ITEMS)
        name, _ = self._known(request)
        asked = {key: request.query_params[key] for key in request.query_params}
        _refuse_other_crs(asked)
        return self._found(
            request,
            {**asked, "collections": [name]},
            shown=asked,
            href=f"{self._base(request)}/collections/{in_path(name)}/items",
        )

    async def item(self, request: Request) -> Response:
        refuse_unknown(request, ("crs",))
        _refuse_other_crs(request.query_params)
        name = request.path_params["item"]
        record = self._service.record(name, request)
        inside = str(request.path_params["collection"])
        if record is None or not f"{record.lidvid}:".startswith(f"{inside}:"):
            raise WebError(404, f"there is no item {name[:120]} in {inside[:120]}",
                           "the collection's items are listed at …/items",
                           "Correct the identifier or search for it.")  # fmt: skip
        (content,) = items(self._service.stated([said_of(record)]), base=self._base(request),
                           files_base=self._service.files_base(request))  # fmt: skip
        asked_crs = request.query_params.get("crs")
        return _in_crs(request, content, [content], asked_crs)

    async def search(self, request: Request) -> Response:
        href = f"{self._base(request)}/search"
        if request.method == "POST":
            refuse_unknown(request, ())
            asked = await body_of(request)
            if isinstance(asked.get("bbox"), str):
                raise WebError(400, "bbox is a text", "in a body it is a list of numbers",
                               "Write it so.")  # fmt: skip
            unknown = sorted(set(asked) - set(SEARCH))
            if unknown:
                raise WebError(
                    400,
                    f"a search has no member {unknown[0][:80]!r}",
                    "possible: " + ", ".join(SEARCH),
                    did_you_mean(unknown[0], SEARCH, otherwise="Leave it out."),
                )
            return self._found(request, asked, shown=asked, href=href)
        refuse_unknown(request, SEARCH)
        asked = {key: request.query_params[key] for key in request.query_params}
        return self._found(request, asked, shown=asked, href=href)

    def _found(
        self, request: Request, asked: Mapping[str, Any], *, shown: Mapping[str, Any], href: str
    ) -> Response:
        """The page of items that a search asks for, with a link to the next."""
        question = question_of(asked)
        answer = self._service.catalogue.said(question, view=self._service.view(request))
        base, files_base = self._base(request), self._service.files_base(request)
        keep = _fields(asked.get("fields"))
        found = items(self._service.stated(answer.records), base=base, files_base=files_base)
        if keep != ((), ()):
            found = [_only(whole_item, keep) for whole_item in found]
        links = [{"rel": "root", "href": base, "type": JSON},
                 {"rel": "self", "href": _asked_at(request, href), "type": GEOJSON}]  # fmt: skip
        if answer.after:
            links.append(_next(request, shown, answer.after, href))
        content: dict[str, Any] = {
            "type": "FeatureCollection",
            "features": found,
            "links": links,
            "numberReturned": len(found),
        }
        if answer.matched is not None:
            content["numberMatched"] = answer.matched
        return _in_crs(request, content, found, asked.get("crs"))

    def _spans(self, request: Request) -> dict[str, tuple[str, str]]:
        """The collections of which the asker sees products, and the times of these."""
        return spans(self._service.catalogue, view=self._service.view(request))

    def _collection(self, request: Request, name: str, span: tuple[str, str]) -> dict[str, Any]:
        view, is_one = self._service.view(request), len(Lid.parse(name).parts) == 5
        own = self._service.catalogue.get(name, view=view) if is_one else None
        return collection(name, own, base=self._base(request), span=span)

    def _known(self, request: Request) -> tuple[str, tuple[str, str]]:
        """The collection of the address, and its times. Raises WebError where none is seen."""
        name = str(request.path_params["collection"])
        span = self._spans(request).get(name)
        if span is None:
            raise WebError(404, f"there is no collection {name[:120]}",
                           "/stac/collections lists what there is",
                           "Correct the identifier.")  # fmt: skip
        return name, span


def _in_crs(
    request: Request, content: dict[str, Any], features: list[dict[str, Any]], crs: Any
) -> Response:
    """The answer with its features' coordinates in the axis order of the CRS asked for."""
    if crs:
        for feature in features:
            feature["geometry"] = latitudes_first(feature.get("geometry"))
    return json_answer(request, content, media_type=GEOJSON, headers=_CRS if crs else None)


def question_of(asked: Mapping[str, Any]) -> Question:
    """The question of a search, its members as JSON or as the texts of an address."""
    parts: list[Condition] = []
    if asked.get("bbox") not in (None, ""):
        numbers = number_list(asked["bbox"], "bbox", (4, 6))
        if asked.get("bbox-crs"):
            numbers = _longitudes_first(numbers)
        parts.append(Meets(parse_bbox(numbers)))
    if asked.get("intersects") not in (None, ""):
        if asked.get("bbox") not in (None, ""):
            raise WebError(400, "bbox and intersects are both given", "one place can be asked for",
                           "Leave one out.")  # fmt: skip
        parts.append(Meets(parse_geojson(_json_of(asked["intersects"], "intersects"))))
    if asked.get("datetime") not in (None, ""):
        parts.append(_during(asked["datetime"]))
    if asked.get("ids") not in (None, ""):
        parts.append(_of_ids(_texts(asked["ids"], "ids")))
    if asked.get("collections") not in (None, ""):
        parts.append(OneOf("collection", tuple(_texts(asked["collections"], "collections"))))
    if asked.get("q") not in (None, ""):
        parts.append(AnyOf(tuple(Words(text) for text in _texts(asked["q"], "q"))))
    if asked.get("filter") not in (None, ""):
        parts.append(_filter(asked))
    # A version that is named is wanted as it is, though there be a newer one.
    is_exact = "::" in str(asked.get("ids") or "")
    return Question(
        where=All(tuple(parts)),
        versions="all" if is_exact else "newest",
        sort=_order(asked.get("sortby")),
        # OGC's standard wants a limit beyond the most that is given answered with that most.
        limit=min(whole(asked.get("limit"), "limit", default=_USUAL, least=1, most=10**9),
                  _MOST_AT_ONCE),
        after=str(asked.get("token") or ""),
        counted=_is_counted(asked),
    )  # fmt: skip


def _is_counted(asked: Mapping[str, Any]) -> bool:
    """Whether the answer says how many match in all, which no standard asks for.

    To count a place's products takes longer than to find the first ten; who asks for one item
    alone, as pystac-client does, asks for the number.
    """
    has_place = any(asked.get(name) not in (None, "") for name in ("bbox", "intersects", "filter"))
    return not has_place or str(asked.get("limit")) == "1"


def _longitudes_first(numbers: list[float]) -> list[float]:
    """A box in the axis order of the lunar CRS, latitude before longitude, turned around."""
    half = len(numbers) // 2
    low, high = numbers[:half], numbers[half:]
    return [low[1], low[0], *low[2:], high[1], high[0], *high[2:]]


def _during(text: Any) -> Condition:
    if not isinstance(text, str) or text.count("/") > 1:
        raise WebError(400, f"datetime is {str(text)[:80]!r}",
                       "possible are an instant, or two with / between, one of which may be ..",
                       "Correct datetime.")  # fmt: skip
    start, slash, stop = text.partition("/")
    if not slash:
        return During(_utc(start), _utc(start))
    ends = ["" if end in ("", "..") else _utc(end) for end in (start, stop)]
    if ends == ["", ""]:
        raise WebError(400, f"datetime is {text[:80]!r}", "one side at least is an instant",
                       "Correct datetime.")  # fmt: skip
    # An interval of STAC and OGC holds its own end.
    return AnyOf((During(*ends), During(ends[1], ends[1]))) if ends[1] else During(*ends)


_RFC3339 = re.compile(
    r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?P<part>[.]\d+)?(?P<zone>[Zz]|[+-]\d\d:\d\d)", re.ASCII
)


def _utc(text: str) -> str:
    """An instant of RFC 3339 as UTC. Raises WebError where it is none."""
    match = _RFC3339.fullmatch(text)
    if match is not None:
        whole_seconds, part = text[:19].upper(), match["part"] or ""
        zone = match["zone"].upper().replace("Z", "+00:00")
        try:
            instant = datetime.fromisoformat(whole_seconds + zone).astimezone(UTC)
        except (ValueError, OverflowError):
            pass
        else:
            return f"{instant:%Y-%m-%dT%H:%M:%S}{part[:10]}Z"
    raise WebError(400, f"datetime has the instant {text[:60]!r}",
                   "an instant is as in RFC 3339, such as 2030-01-01T00:00:00Z",
                   "Correct datetime.")  # fmt: skip


def _of_ids(names: Sequence[str]) -> Condition:
    known = [name for name in names if is_identifier(name)]
    whole_names = tuple(name for name in known if "::" in name)
    lids = tuple(name for name in known if "::" not in name)
    return AnyOf((OneOf("lidvid", whole_names), OneOf("lid", lids)))


def _filter(asked: Mapping[str, Any]) -> Condition:
    given = asked["filter"]
    language = asked.get("filter-lang") or ("cql2-text" if isinstance(given, str) else "cql2-json")
    crs = asked.get("filter-crs")
    if crs not in (None, "", CRS_URI):
        raise WebError(400, f"filter-crs is {str(crs)[:80]!r}", f"possible is {CRS_URI}",
                       "Leave it out.")  # fmt: skip
    if language == "cql2-text" and isinstance(given, str):
        return cql.read_text(given, PROPERTIES)
    if language == "cql2-json":
        return cql.read_json(_json_of(given, "filter"), PROPERTIES)
    raise WebError(400, f"filter-lang is {str(language)[:80]!r}",
                   "possible are cql2-text and cql2-json", "Correct filter-lang.")  # fmt: skip


def _order(given: Any) -> tuple[tuple[str, str], ...]:
    """The order that `sortby` asks for: '-datetime,id', or STAC's list of field and direction."""
    if given in (None, "", []):
        return (("start_utc", "ascending"),)
    pairs = []
    if isinstance(given, str):
        for part in given.split(","):
            name = part.strip()
            pairs.append((name.lstrip("+-"), "descending" if name[:1] == "-" else "ascending"))
    elif isinstance(given, list) and all(isinstance(part, dict) for part in given):
        for part in given:
            way = str(part.get("direction", "asc"))
            if way not in ("asc", "desc"):
                raise WebError(400, f"sortby has the direction {way[:40]!r}",
                               "possible are asc and desc", "Correct sortby.")  # fmt: skip
            pairs.append(
                (str(part.get("field", "")), "ascending" if way == "asc" else "descending")
            )
    else:
        raise WebError(400, f"sortby is {str(given)[:80]!r}", "possible is -field,field or a list",
                       "Correct sortby.")  # fmt: skip
    return tuple((_sortable(name.removeprefix("properties.")), way) for name, way in pairs)


def _sortable(name: str) -> str:
    field = {"datetime": "start_utc"}.get(name, PROPERTIES.get(name, ""))
    if FIELDS.get(field, "list") == "list":
        possible = [n for n, f in PROPERTIES.items() if FIELDS.get(f, "list") != "list"]
        raise WebError(400, f"sortby names {name[:80]!r}",
                       "possible are datetime, " + ", ".join(possible),
                       did_you_mean(name, possible, otherwise="Correct sortby."))  # fmt: skip
    return field


def _fields(given: Any) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What `fields` includes and excludes."""
    if given in (None, "", [], {}):
        return (), ()
    if isinstance(given, dict):
        return tuple(_texts(given.get("include") or [], "fields.include")), tuple(
            _texts(given.get("exclude") or [], "fields.exclude")
        )
    names = _texts(given, "fields")
    return (tuple(n.lstrip("+") for n in names if n[:1] != "-"),
            tuple(n[1:] for n in names if n[:1] == "-"))  # fmt: skip


def _only(
    whole_item: dict[str, Any], keep: tuple[tuple[str, ...], tuple[str, ...]]
) -> dict[str, Any]:
    include, exclude = keep
    found = whole_item
    if include:
        always = ("type", "stac_version", "id", "geometry", "bbox", "links", "assets", "collection")
        found = {key: whole_item[key] for key in always if key in whole_item}
        names = [name.removeprefix("properties.") for name in include if name != "properties"]
        known = whole_item["properties"]
        kept = known if "properties" in include else {n: known[n] for n in names if n in known}
        found["properties"] = {"datetime": known["datetime"], **kept}
    gone = {name.removeprefix("properties.") for name in exclude}
    found = {key: value for key, value in found.items() if key not in gone or key in ("id", "type")}
    if "properties" in found:
        found["properties"] = {k: v for k, v in found["properties"].items() if k not in gone}
    return found


def _texts(given: Any, name: str) -> list[str]:
    parts = given.split(",") if isinstance(given, str) else given
    if not isinstance(parts, list) or not all(isinstance(part, str) for part in parts):
        raise WebError(400, f"{name} is {str(given)[:80]!r}", "possible is a list of texts",
                       f"Correct {name}.")  # fmt: skip
    return [part.strip() for part in parts]


def _json_of(given: Any, name: str) -> Any:
    if not isinstance(given, str):
        return given
    try:
        return orjson.loads(given)
    except ValueError:
        raise WebError(
            400, f"{name} is no JSON", "a JSON object is read", f"Correct {name}."
        ) from None


def _refuse_other_crs(asked: Mapping[str, Any]) -> None:
    for name in ("crs", "bbox-crs"):
        if asked.get(name) not in (None, "", CRS_URI):
            raise WebError(400, f"{name} is {str(asked[name])[:120]!r}", f"possible is {CRS_URI}",
                           "Leave it out: coordinates are degrees on the Moon.")  # fmt: skip


def _asked_at(request: Request, href: str) -> str:
    """The address of an answer, with the parameters that were sent in it."""
    query = request.scope["query_string"].decode("latin-1")
    return f"{href}?{query}" if query else href


def _next(request: Request, shown: Mapping[str, Any], after: str, href: str) -> dict[str, Any]:
    if request.method == "POST":
        body = {**shown, "token": after}
        return {"rel": "next", "href": href, "type": GEOJSON, "method": "POST", "body": body}
    if "token" in shown or not shown:
        address = f"{href}?{urlencode({**shown, 'token': after})}"
    else:
        address = f"{_asked_at(request, href)}&token={after}"
    return {"rel": "next", "href": address, "type": GEOJSON, "method": "GET"}


def _schema(name: str) -> dict[str, Any]:
    if name == "geometry":
        return {"$ref": "https://geojson.org/schema/Geometry.json"}
    kind = FIELDS.get(PROPERTIES[name], "instant")
    if kind == "number":
        return {"type": "number"}
    if kind == "instant":
        return {"type": "string", "format": "date-time"}
    return {"type": "array", "items": {"type": "string"}} if kind == "list" else {"type": "string"}
