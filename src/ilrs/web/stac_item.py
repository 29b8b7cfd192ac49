"""Records as STAC 1.1 items and collections: what each field of a record is called there.

Coordinates are planetocentric degrees on the Moon (IAU_2015:30100), longitudes from -180 to 180;
`proj:code` and `ssys:targets` say so. An item whose product's time is not known carries the instant
at which this node received it, since STAC lets no item be without one.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from ilrs.datacentre.place import bounds_deg
from ilrs.datacentre.place_text import to_geojson
from ilrs.datacentre.record import FileEntry, Record
from ilrs.web.addresses import file_href, in_path

__all__ = [
    "CRS_CODE", "CRS_URI", "PROPERTIES", "STAC_VERSION", "collection", "item",
    "latitudes_first",
]  # fmt: skip

STAC_VERSION = "1.1.0"
CRS_CODE, CRS_URI = "IAU_2015:30100", "http://www.opengis.net/def/crs/IAU/2015/30100"
_EXTENSIONS = tuple(
    f"https://stac-extensions.github.io/{name}/schema.json"
    for name in ("file/v2.1.0", "processing/v1.2.0", "projection/v2.0.0", "ssys/v1.1.1",
                 "version/v1.2.0", "view/v1.0.0")
)  # fmt: skip
_ROLES: Mapping[str, list[str]] = {
    "label": ["metadata"], "data": ["data"], "browse": ["overview"], "document": ["metadata"],
    "original": ["metadata"],
}  # fmt: skip

#: What a filter or an order may name, and the catalogue's field of it.
PROPERTIES: Mapping[str, str] = {
    "id": "lidvid", "geometry": "geometry", "datetime": "datetime", "start_datetime": "start_utc",
    "end_datetime": "stop_utc", "created": "received_utc", "updated": "harvested_utc",
    "title": "title", "description": "description", "license": "licence", "mission": "mission",
    "instruments": "instrument", "gsd": "pixel_m", "keywords": "keywords",
    "processing:level": "processing_level", "ssys:targets": "target",
    "view:sun_azimuth": "sun_azimuth_deg", "view:sun_elevation": "sun_elevation_deg",
    "collection": "collection", "ilrs:site": "site", "ilrs:partner": "partner",
    "ilrs:science_fields": "science_fields", "ilrs:product_class": "product_class",
    "ilrs:sources": "sources",
}  # fmt: skip


def item(record: Record, *, base: str, files_base: str) -> dict[str, Any]:
    """The STAC item of a record; `base` is the address of the STAC API, `files_base` of files."""
    lid, _, version = record.lidvid.partition("::")
    collection_id = ":".join(lid.split(":")[:5])
    home = f"{base}/collections/{in_path(collection_id)}"
    found: dict[str, Any] = {
        "type": "Feature",
        "stac_version": STAC_VERSION,
        "stac_extensions": _EXTENSIONS,
        "id": record.lidvid,
        "collection": collection_id,
        "geometry": None if record.place is None else to_geojson(record.place),
        "properties": _properties(record, version=version),
        "links": [
            _link("self", f"{home}/items/{in_path(record.lidvid)}", "application/geo+json"),
            _link("root", base, "application/json"),
            _link("parent", home, "application/json"),
            _link("collection", home, "application/json"),
        ],
        "assets": {f.name: _asset(f, record.lidvid, files_base) for f in record.files},
    }
    if record.place is not None:
        found["bbox"] = bounds_deg(record.place)
    return found


def latitudes_first(geometry: Any) -> Any:
    """A GeoJSON geometry with its coordinates as (latitude, longitude)."""
    if not isinstance(geometry, Mapping):
        return geometry
    if "geometries" in geometry:
        return {**geometry, "geometries": [latitudes_first(g) for g in geometry["geometries"]]}
    return {**geometry, "coordinates": _turned(geometry["coordinates"])}


def _turned(numbers: Any) -> Any:
    if numbers and isinstance(numbers[0], int | float):
        return [numbers[1], numbers[0], *numbers[2:]]
    return [_turned(part) for part in numbers]


def _properties(record: Record, *, version: str) -> dict[str, Any]:
    named: dict[str, Any] = {
        "datetime": None,
        "title": record.title,
        "description": record.description,
        **_times(record),
        "created": record.received_utc,
        "updated": record.harvested_utc,
        "license": record.licence if _is_spdx(record.licence) else "other",
        "mission": record.mission,
        "instruments": [record.instrument] if record.instrument else None,
        "gsd": record.pixel_m,
        "keywords": record.keywords,
        "providers": _providers(record),
        "version": version,
        "processing:level": record.processing_level,
        "proj:code": CRS_CODE,
        "ssys:targets": [record.target] if record.target else None,
        "view:sun_azimuth": _from_zero(record.sun_azimuth_deg),
        "view:sun_elevation": record.sun_elevation_deg,
        "ilrs:product_class": record.product_class,
        "ilrs:site": record.site,
        "ilrs:partner": record.partner,
        "ilrs:science_fields": record.science_fields,
        "ilrs:licence": record.licence,
        "ilrs:sources": record.sources,
        "ilrs:command": record.command,
        "ilrs:texts": record.texts and {
            t.language: {"title": t.title, "description": t.description} for t in record.texts},
        "ilrs:rights": record.statements and [
            {"issuer": s.issuer, "language": s.language, "text": s.text}
            for s in record.statements],
        "ilrs:findings": len(record.findings),
    }  # fmt: skip
    return {name: value for name, value in named.items()
            if value or value == 0 or name == "datetime"}  # fmt: skip


def _times(record: Record) -> dict[str, str | None]:
    start, stop = record.start_utc or record.stop_utc, record.stop_utc or record.start_utc
    if not start:
        return {"datetime": record.received_utc or "1970-01-01T00:00:00Z"}
    if start == stop:
        return {"datetime": _instant(start)}
    return {"start_datetime": _instant(start), "end_datetime": _instant(stop)}


def _instant(utc: str) -> str:
    """An instant in the form of RFC 3339: labels leave out a Z, or the time of a day."""
    text = utc if "T" in utc else f"{utc}T00:00:00"
    return text if text.endswith("Z") else f"{text}Z"


def _providers(record: Record) -> list[dict[str, Any]]:
    return [{"name": record.partner, "roles": ["producer"]}] if record.partner else []


@lru_cache(maxsize=256)
def _is_spdx(licence: str) -> bool:
    return bool(licence) and all(c.isascii() and (c.isalnum() or c in "-.+") for c in licence)


def _from_zero(azimuth_deg: float | None) -> float | None:
    return None if azimuth_deg is None else azimuth_deg % 360.0


def _asset(file: FileEntry, lidvid: str, files_base: str) -> dict[str, Any]:
    found: dict[str, Any] = {
        "href": file_href(files_base, lidvid, file.name),
        "title": file.name,
        "roles": _ROLES[file.role],
        "file:size": file.size,
    }
    if file.media_type:
        found["type"] = file.media_type
    if file.sha256:
        found["file:checksum"] = f"1220{file.sha256}"  # a multihash: sha2-256, 32 bytes
    return found


def collection(
    identifier: str, record: Record | None, *, base: str, span: tuple[str, str] = ("", "")
) -> dict[str, Any]:
    """The STAC collection of a LID; `record` is that of its own label where there is one."""
    home = f"{base}/collections/{in_path(identifier)}"
    start, stop = (_instant(text) if text else None for text in span)
    licence = "" if record is None else record.licence
    found: dict[str, Any] = {
        "type": "Collection",
        "stac_version": STAC_VERSION,
        "id": identifier,
        "title": identifier if record is None else record.title or identifier,
        "description": (record.description if record else "") or f"The products of {identifier}",
        "license": licence if _is_spdx(licence) else "other",
        "extent": {
            "spatial": {"bbox": [[-180.0, -90.0, 180.0, 90.0]], "crs": CRS_URI},
            "temporal": {"interval": [[start, stop]]},
        },
        "itemType": "feature",
        "crs": [CRS_URI],
        "storageCrs": CRS_URI,
        "links": [
            _link("self", home, "application/json"),
            _link("root", base, "application/json"),
            _link("parent", base, "application/json"),
            _link("items", f"{home}/items", "application/geo+json"),
            _link("http://www.opengis.net/def/rel/ogc/1.0/queryables", f"{base}/queryables",
                  "application/schema+json"),
        ],
    }  # fmt: skip
    if record is not None and record.partner:
        found["providers"] = _providers(record)
    return found


def _link(rel: str, href: str, media_type: str) -> dict[str, str]:
    return {"rel": rel, "href": href, "type": media_type}
