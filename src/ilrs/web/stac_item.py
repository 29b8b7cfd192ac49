"""Records as STAC 1.1 items and collections: what each field of a record is called there.

Coordinates are planetocentric degrees on the Moon (IAU_2015:30100), longitudes from -180 to 180;
`proj:code` and `ssys:targets` say so. An item whose product's time is not known carries the instant
at which this node received it, since STAC lets no item be without one.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from ilrs.datacentre.lid import collection_of
from ilrs.datacentre.place_bounds import all_bounds
from ilrs.datacentre.place_text import geojson_of_bytes
from ilrs.datacentre.record import Record
from ilrs.datacentre.said import Said
from ilrs.web.addresses import as_file, in_path

__all__ = [
    "CRS_CODE", "CRS_URI", "PROPERTIES", "STAC_VERSION", "collection", "items",
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


def items(told: Sequence[Said], *, base: str, files_base: str) -> list[dict[str, Any]]:
    """The STAC items of what records say.

    `base` is the address of the STAC API, `files_base` of files.
    """
    boxes = all_bounds([said.get("shape", b"") for said in told])
    return [_item(*each, base, files_base) for each in zip(told, boxes, strict=True)]


def _item(said: Said, box: list[float], base: str, files_base: str) -> dict[str, Any]:
    lidvid = said["lidvid"]
    lid, _, version = lidvid.partition("::")
    collection_id, name = collection_of(lid), in_path(lidvid)
    home, files = f"{base}/collections/{in_path(collection_id)}", f"{files_base}/{name}"
    found: dict[str, Any] = {
        "type": "Feature",
        "stac_version": STAC_VERSION,
        "stac_extensions": _EXTENSIONS,
        "id": lidvid,
        "collection": collection_id,
        "geometry": None,
        "properties": _properties(said, version),
        "links": [
            {"rel": "self", "href": f"{home}/items/{name}", "type": "application/geo+json"},
            {"rel": "root", "href": base, "type": "application/json"},
            {"rel": "parent", "href": home, "type": "application/json"},
            {"rel": "collection", "href": home, "type": "application/json"},
        ],
        "assets": {file["name"]: _asset(file, files) for file in said.get("files", ())},
    }
    if "shape" in said:
        found["geometry"] = geojson_of_bytes(said["shape"])
        found["bbox"] = box
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


def _properties(said: Said, version: str) -> dict[str, Any]:
    found = {name: said[field] for name, field in _SAID_PLAINLY if field in said}
    _put_times(found, said)
    found["version"] = version
    found["proj:code"] = CRS_CODE
    found["license"] = _license(said.get("licence", ""))
    found["ilrs:findings"] = len(said.get("findings", ()))
    if "instrument" in said:
        found["instruments"] = [said["instrument"]]
    if "partner" in said:
        found["providers"] = _providers(said["partner"])
    if "target" in said:
        found["ssys:targets"] = [said["target"]]
    if "sun_azimuth_deg" in said:
        found["view:sun_azimuth"] = said["sun_azimuth_deg"] % 360.0
    if "texts" in said:
        found["ilrs:texts"] = {language: {"title": title, "description": description}
                               for language, title, description in said["texts"]}  # fmt: skip
    return found


#: Properties that are as the record says them.
_SAID_PLAINLY = (
    ("title", "title"), ("description", "description"), ("created", "received_utc"),
    ("updated", "harvested_utc"), ("mission", "mission"), ("gsd", "pixel_m"),
    ("keywords", "keywords"), ("processing:level", "processing_level"),
    ("view:sun_elevation", "sun_elevation_deg"), ("ilrs:product_class", "product_class"),
    ("ilrs:site", "site"), ("ilrs:partner", "partner"), ("ilrs:science_fields", "science_fields"),
    ("ilrs:licence", "licence"), ("ilrs:sources", "sources"), ("ilrs:command", "command"),
    ("ilrs:rights", "statements"), ("ilrs:attribution", "attribution"),
)  # fmt: skip


def _put_times(found: dict[str, Any], said: Said) -> None:
    start_utc, stop_utc = said.get("start_utc", ""), said.get("stop_utc", "")
    start, stop = start_utc or stop_utc, stop_utc or start_utc
    found["datetime"] = None
    if not start:
        found["datetime"] = said.get("received_utc", "1970-01-01T00:00:00Z")
    elif start == stop:
        found["datetime"] = _instant(start)
    else:
        found["start_datetime"], found["end_datetime"] = _instant(start), _instant(stop)


def _instant(utc: str) -> str:
    """An instant in the form of RFC 3339: labels leave out a Z, or the time of a day."""
    text = utc if "T" in utc else f"{utc}T00:00:00"
    return text if text.endswith("Z") else f"{text}Z"


def _providers(partner: str) -> list[dict[str, Any]]:
    return [{"name": partner, "roles": ["producer"]}]


@lru_cache(maxsize=256)
def _license(licence: str) -> str:
    """A licence as STAC names it: by its SPDX identifier, if it may be one."""
    is_spdx = bool(licence) and all(c.isascii() and (c.isalnum() or c in "-.+") for c in licence)
    return licence if is_spdx else "other"


def _asset(file: Mapping[str, Any], files: str) -> dict[str, Any]:
    """The asset of a file of the version whose files have an address."""
    found: dict[str, Any] = {
        "href": f"{files}/{as_file(file['name'])}",
        "title": file["name"],
        "roles": _ROLES[file["role"]],
        "file:size": file["size"],
    }
    if file["media_type"]:
        found["type"] = file["media_type"]
    if file["sha256"]:
        found["file:checksum"] = f"1220{file['sha256']}"  # a multihash: sha2-256, 32 bytes
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
        "license": _license(licence),
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
        found["providers"] = _providers(record.partner)
    return found


def _link(rel: str, href: str, media_type: str) -> dict[str, str]:
    return {"rel": rel, "href": href, "type": media_type}
