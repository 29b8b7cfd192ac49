"""The OpenAPI 3.1 document of all interfaces: what may be sent where, and what comes back."""

from collections.abc import Mapping
from typing import Any

from ilrs.foundation.provenance import installed_versions
from ilrs.web.answers import GEOJSON, JSON
from ilrs.web.votable import FORMATS

__all__ = ["document"]

_TEXT: Mapping[str, Any] = {"type": "string"}
_INSTANT = "an instant, or two with / between, one of which may be .."


def _number(least: int, most: int) -> dict[str, Any]:
    return {"type": "integer", "minimum": least, "maximum": most}


def _list(kind: str = "string", **more: Any) -> dict[str, Any]:
    return {"type": "array", "items": {"type": kind}, **more}


#: Parameter of an address -> its schema and what it asks.
_QUERY: Mapping[str, tuple[Mapping[str, Any], str]] = {
    "bbox": (_list("number", minItems=4, maxItems=6), "west, south, east, north in degrees; west "
             "greater than east crosses 180 degrees; six numbers with heights, which are ignored"),
    "datetime": (_TEXT, _INSTANT),
    "intersects": (_TEXT, "a GeoJSON geometry"),
    "ids": (_list(), "LIDVIDs, or LIDs for the newest versions"),
    "collections": (_list(), "LIDs of collections"),
    "limit": (_number(1, 10_000), "how many at once"),
    "token": (_TEXT, "the token of the link `next`"),
    "sortby": (_TEXT, "properties, one descending with - before it"),
    "fields": (_TEXT, "properties to include, or with - before them to leave out"),
    "q": (_TEXT, "words; several texts with commas are alternatives"),
    "filter": (_TEXT, "CQL2 as text or JSON"),
    "filter-lang": ({"type": "string", "enum": ["cql2-text", "cql2-json"]}, "of the filter"),
    "filter-crs": (_TEXT, "of geometries in the filter"),
    "crs": (_TEXT, "of the answer"),
    "bbox-crs": (_TEXT, "of bbox"),
}  # fmt: skip
_ITEMS = ("bbox", "bbox-crs", "crs", "datetime", "limit", "token", "sortby", "fields", "filter",
          "filter-lang", "filter-crs")  # fmt: skip
_SEARCH = ("bbox", "intersects", "datetime", "ids", "collections", "limit", "token", "sortby",
           "fields", "q", "filter", "filter-lang", "filter-crs")  # fmt: skip
_PDS: Mapping[str, tuple[Mapping[str, Any], str]] = {
    "q": (_TEXT, 'such as ((lid eq "urn:…") and (title like "pole*"))'),
    "keywords": (_list(), "words of title, description and names"),
    "fields": (_list(), "properties to give"),
    "limit": (_number(0, 10_000), "how many at once"),
    "sort": (_list(), "properties, one descending with - before it"),
    "search-after": (_list(), "values of the properties of sort, of the last product seen"),
    "facet-fields": (_list(), "properties to count"),
    "facet-limit": (_number(0, 1000), "most values of each"),
    "start": (_number(0, 10_000), "not used: page with search-after"),
}


def _parameter(
    name: str, told: tuple[Mapping[str, Any], str], *, where: str = "query"
) -> dict[str, Any]:
    schema, description = told
    found: dict[str, Any] = {"name": name, "in": where, "required": where == "path",
                             "description": description, "schema": dict(schema)}  # fmt: skip
    if where == "query" and schema.get("type") == "array":
        found |= {"style": "form", "explode": False}
    return found


def _paths_of(path: str) -> list[dict[str, Any]]:
    names = [part.split("}")[0] for part in path.split("{")[1:]]
    return [_parameter(name, (_TEXT, f"the {name}"), where="path") for name in names]


def _answers(media_type: str, *statuses: int) -> dict[str, Any]:
    error = {"description": "what is wrong and how to mend it",
             "content": {JSON: {"schema": {"$ref": "#/components/schemas/Error"}}}}  # fmt: skip
    found = {"200": {"description": "the answer", "content": {media_type: {}}}}
    return {**found, **{str(status): error for status in statuses}}


def _get(
    path: str, summary: str, *, media_type: str = JSON,
    query: Mapping[str, tuple[Mapping[str, Any], str]] | None = None,
) -> dict[str, Any]:  # fmt: skip
    parameters = [*_paths_of(path), *(_parameter(n, told) for n, told in (query or {}).items())]
    return {"get": {"summary": summary, "parameters": parameters,
                    "responses": _answers(media_type, 304, 400, 401, 404)}}  # fmt: skip


def _pick(*names: str) -> dict[str, tuple[Mapping[str, Any], str]]:
    return {name: _QUERY[name] for name in names}


def _stac() -> dict[str, Any]:
    search = _get("/stac/search", "Search products", media_type=GEOJSON, query=_pick(*_SEARCH))
    members = {name: _QUERY[name][0] for name in _SEARCH if name not in ("filter", "intersects",
               "sortby", "fields", "q")}  # fmt: skip
    loose = {"filter": {"type": ["object", "string"]}, "intersects": {"type": "object"},
             "sortby": {"type": "array", "items": {"type": "object"}},
             "fields": {"type": "object"}, "q": _list()}  # fmt: skip
    schema = {"type": "object", "properties": {**members, **loose}, "additionalProperties": False}
    search["post"] = {
        "summary": "Search products",
        "requestBody": {"required": True, "content": {JSON: {"schema": schema}}},
        "responses": _answers(GEOJSON, 400, 401, 413),
    }
    return {
        "/stac": _get("/stac", "What there is"),
        "/stac/conformance": _get("/stac/conformance", "Conformance classes"),
        "/stac/queryables": _get("/stac/queryables", "Properties of filters",
                                 media_type="application/schema+json"),
        "/stac/collections": _get("/stac/collections", "Collections"),
        "/stac/collections/{collection}": _get("/stac/collections/{collection}", "One collection"),
        "/stac/collections/{collection}/queryables": _get(
            "/stac/collections/{collection}/queryables", "Properties of filters",
            media_type="application/schema+json"),
        "/stac/collections/{collection}/items": _get(
            "/stac/collections/{collection}/items", "Its products", media_type=GEOJSON,
            query=_pick(*_ITEMS)),
        "/stac/collections/{collection}/items/{item}": _get(
            "/stac/collections/{collection}/items/{item}", "One product", media_type=GEOJSON,
            query=_pick("crs")),
        "/stac/search": search,
    }  # fmt: skip


def _pds() -> dict[str, Any]:
    one = "/pds/products/{identifier}"
    listed = {
        "/pds/products": "Products",
        "/pds/classes/{kind}": "Products of one class",
        f"{one}/all": "Every version of a product",
        f"{one}/members": "What a bundle or a collection holds",
        f"{one}/members/members": "What the collections of a bundle hold",
        f"{one}/member-of": "What a product or a collection belongs to",
    }
    fields = {"fields": _PDS["fields"]}
    return {
        **{path: _get(path, summary, query=_PDS) for path, summary in listed.items()},
        one: _get(one, "A product", query=fields),
        f"{one}/latest": _get(f"{one}/latest", "A product's newest version", query=fields),
        "/pds/classes": _get("/pds/classes", "Classes of products"),
        "/pds/properties": _get("/pds/properties", "Properties that may be asked for"),
        "/pds/health": _get("/pds/health", "Whether it works"),
    }


def _tap() -> dict[str, Any]:
    votable = FORMATS["votable"]
    query = {
        "QUERY": (_TEXT, "a query in ADQL"),
        "LANG": ({"type": "string", "enum": ["ADQL", "ADQL-2.0", "ADQL-2.1"]}, "of the query"),
        "RESPONSEFORMAT": ({"type": "string", "enum": list(FORMATS)}, "of the answer"),
        "MAXREC": (_number(0, 1_000_000), "most rows"),
    }
    sync = _get("/tap/sync", "One query", media_type=votable, query=query)
    answers = sync["get"]["responses"]
    answers["400"] = {"description": "what is wrong, as a VOTable", "content": {votable: {}}}
    answers["200"]["content"] = {media_type: {} for media_type in FORMATS.values()}
    xml = "text/xml"
    return {
        "/tap/sync": sync,
        "/tap/availability": _get("/tap/availability", "Whether it works", media_type=xml),
        "/tap/capabilities": _get("/tap/capabilities", "What it can", media_type=xml),
        "/tap/tables": _get("/tap/tables", "Tables and columns", media_type=xml),
        "/tap/async": _get("/tap/async", "The asker's jobs", media_type=xml),
    }


def document(*, title: str, base: str) -> dict[str, Any]:
    """The document for a node of a title at an address."""
    error = {
        "type": "object",
        "required": ["code", "description", "error"],
        "properties": {"code": _TEXT, "description": _TEXT, "error": {
            "type": "object",
            "required": ["status", "asked", "possible", "mend"],
            "properties": {"status": {"type": "integer"}, "asked": _TEXT, "possible": _TEXT,
                           "mend": _TEXT},
        }},
    }  # fmt: skip
    file = _get("/files/{lidvid}/{name}", "One file, whole or a range", media_type="*/*")
    answers = file["get"]["responses"]
    file["get"]["responses"] = {**answers, "206": {"description": "a range of the file"},
                                "403": answers["401"], "416": answers["401"]}  # fmt: skip
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": installed_versions(("ilrs",))["ilrs"]},
        "servers": [{"url": base}],
        "paths": {**_stac(), **_pds(), **_tap(), "/files/{lidvid}/{name}": file},
        "components": {
            "schemas": {"Error": error},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{}, {"token": []}],
    }
