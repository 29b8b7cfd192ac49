"""Records as products of the PDS Search API (pds-api 1.6): properties, and what may be asked.

Names of targets, missions and instruments are context products of the PDS there. A node that holds
no context products answers for those that its records name, so that a client which looks a target
up by its title (as NASA's peppi does) finds it.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from ilrs.datacentre.conditions import All, Compare, Condition, Like, Not
from ilrs.datacentre.conditions import Any as AnyOf
from ilrs.datacentre.lid import LidVid
from ilrs.datacentre.product import TARGETS
from ilrs.datacentre.record import FileEntry, Record
from ilrs.foundation.errors import IlrsError
from ilrs.web.addresses import file_href, in_path
from ilrs.web.pds_query import Maker, compare

__all__ = ["FIELD_OF", "HARVEST_TIME", "QUERY", "context_lid", "product", "properties"]

HARVEST_TIME = "ops:Harvest_Info.ops:harvest_date_time"
_TYPES = {name: kind for name, (kind, _) in TARGETS.items()}
_PARENT = "ops:Provenance.ops:parent_collection_identifier"

#: Property of the PDS -> the catalogue's field, for those that are one.
FIELD_OF: Mapping[str, str] = {
    "lidvid": "lidvid", "lid": "lid", "title": "title", "product_class": "product_class",
    "pds:Identification_Area.pds:title": "title",
    "pds:Identification_Area.pds:logical_identifier": "lid",
    "pds:Citation_Information.pds:publication_year": "publication_year",
    "pds:Citation_Information.pds:description": "description",
    "pds:Citation_Information.pds:keyword": "keywords",
    "pds:Time_Coordinates.pds:start_date_time": "start_utc",
    "pds:Time_Coordinates.pds:stop_date_time": "stop_utc",
    "pds:Primary_Result_Summary.pds:processing_level": "processing_level",
    "pds:Target_Identification.pds:name": "target",
    "pds:Investigation_Area.pds:name": "mission",
    "pds:Observing_System_Component.pds:name": "instrument",
    HARVEST_TIME: "harvested_utc",
    "ilrs:site": "site", "ilrs:partner": "partner", "ilrs:science_field": "science_fields",
    "ilrs:sun_elevation_deg": "sun_elevation_deg", "ilrs:sun_azimuth_deg": "sun_azimuth_deg",
    "ilrs:pixel_m": "pixel_m",
}  # fmt: skip


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9._-]+", "_", text.lower()).strip("_-.") or "unknown"


def context_lid(kind: str, name: str) -> str:
    """The LID of the context product of a target, mission or instrument, by the PDS's habit."""
    if kind == "target" and name in TARGETS:
        return TARGETS[name][1]
    words = {"target": "target:other", "investigation": "investigation:mission",
             "instrument": "instrument:instrument"}[kind]  # fmt: skip
    return f"urn:nasa:pds:context:{words}.{_slug(name)}"


def _reference(kind: str, field: str) -> Maker:
    """What a comparison with the LID of a context product asks of the name that records have.

    A name cannot be had back from the LID that was made of it, so the LID's last word is a
    pattern, in which what is no letter or digit of a name is any text.
    """

    def _made(operator: str, value: str) -> Condition:
        if operator not in ("eq", "ne", "like"):
            raise IlrsError(
                f"the query asks for a reference {operator} {value[:60]}",
                "references are asked with eq, ne and like",
                "Correct the query.",
            )
        lid = value.partition("::")[0]
        known = next((name for name, (_, own) in TARGETS.items() if own == lid), None)
        if kind == "target" and known is not None:
            asked: Condition = Compare(field, "=", known)
        else:
            last = lid.rpartition(":")[2].partition(".")[2] or lid.rpartition(":")[2]
            pattern = re.sub(r"[^A-Za-z0-9*?]+", "%", last).replace("*", "%").replace("?", "_")
            asked = Like(field, pattern, any_case=True)
        return Not(asked) if operator == "ne" else asked

    return _made


def _parent(operator: str, value: str) -> Condition:
    """Products of a collection, named by LID or LIDVID."""
    if operator not in ("eq", "ne", "like"):
        raise IlrsError(f"the query asks for a parent {operator} {value[:60]}",
                        "parents are asked with eq, ne and like", "Correct the query.")  # fmt: skip
    asked = compare("lid", "like", f"{value.partition('::')[0]}:*")
    return Not(asked) if operator == "ne" else asked


def _class(operator: str, value: str) -> Condition:
    if operator == "eq" and value == "Product_Context":
        return AnyOf()  # answered apart, from the names that records have
    return compare("product_class", operator, value)


def _nothing(operator: str, value: str) -> Condition:
    """A property that no record here has: equal to nothing, unequal to everything."""
    return All() if operator == "ne" else AnyOf()


#: Property of the PDS -> field, or what makes the condition: what a `q` may name.
QUERY: Mapping[str, str | Callable[[str, str], Condition]] = {
    **FIELD_OF,
    "product_class": _class,
    "ref_lid_target": _reference("target", "target"),
    "ref_lid_investigation": _reference("investigation", "mission"),
    "ref_lid_instrument": _reference("instrument", "instrument"),
    "ref_lid_instrument_host": _reference("investigation", "mission"),
    _PARENT: _parent,
    "pds:Alias.pds:alternate_title": _nothing,
    "pds:Collection.pds:collection_type": _nothing,
}


def properties(record: Record, *, files_base: str) -> dict[str, list[str]]:
    """Property -> values, all of them texts, as the PDS's registry keeps them."""
    lidvid = LidVid.parse(record.lidvid)
    found: dict[str, list[str]] = {
        "lidvid": [record.lidvid],
        "lid": [str(lidvid.lid)],
        "vid": [str(lidvid.vid)],
        "title": [record.title],
        "product_class": [record.product_class],
        _PARENT: [lidvid.lid.collection] if lidvid.lid.is_product else [],
        **{name: _texts(getattr(record, field)) for name, field in FIELD_OF.items()
           if name.startswith(("pds:", "ops:", "ilrs:")) and field != "lid"},
        "pds:Identification_Area.pds:logical_identifier": [str(lidvid.lid)],
        "pds:Identification_Area.pds:version_id": [str(lidvid.vid)],
        "pds:Identification_Area.pds:product_class": [record.product_class],
        **_references(record),
        **_files("ops:Data_File_Info", record.files_with("data"), record, files_base),
        **_files("ops:Label_File_Info", record.files_with("label"), record, files_base),
    }  # fmt: skip
    return {name: values for name, values in found.items() if values}


def _texts(value: Any) -> list[str]:
    if value in (None, "", (), 0):
        return []
    return [str(v) for v in value] if isinstance(value, tuple) else [str(value)]


def _references(record: Record) -> dict[str, list[str]]:
    named = (("target", record.target), ("investigation", record.mission),
             ("instrument", record.instrument))  # fmt: skip
    return {f"ref_lid_{kind}": [context_lid(kind, name)] for kind, name in named if name}


def _files(
    prefix: str, files: tuple[FileEntry, ...], record: Record, files_base: str
) -> dict[str, list[str]]:
    return {
        f"{prefix}.ops:file_name": [file.name for file in files],
        f"{prefix}.ops:file_ref": [file_href(files_base, record.lidvid, f.name) for f in files],
        f"{prefix}.ops:file_size": [str(file.size) for file in files],
        f"{prefix}.ops:md5_checksum": [file.md5 for file in files if file.md5],
        f"{prefix}.ops:mime_type": [file.media_type for file in files if file.media_type],
    }


def product(record: Record, *, base: str, files_base: str) -> dict[str, Any]:
    """The product as the API's default description of it; `base` is the API's address."""
    label = next(iter(record.files_with("label")), None)
    found: dict[str, Any] = {
        "id": record.lidvid,
        "type": record.product_class,
        "title": record.title,
        "description": record.description,
        "start_date_time": record.start_utc or None,
        "stop_date_time": record.stop_utc or None,
        "targets": _link(base, "target", record.target),
        "investigations": _link(base, "investigation", record.mission),
        "observing_system_components": _link(base, "instrument", record.instrument),
        "metadata": {
            "creation_date_time": record.received_utc,
            "update_date_time": record.harvested_utc,
            "version": str(LidVid.parse(record.lidvid).vid),
            "label_url": ""
            if label is None
            else (file_href(files_base, record.lidvid, label.name)),
        },
        "properties": properties(record, files_base=files_base),
    }
    return {name: value for name, value in found.items() if value is not None}


def _link(base: str, kind: str, name: str) -> list[dict[str, str]]:
    if not name:
        return []
    lid = context_lid(kind, name)
    return [{"id": lid, "title": name, "href": f"{base}/products/{in_path(lid)}"}]


def context(kind: str, name: str, *, harvested_utc: str, base: str) -> dict[str, Any]:
    """The context product of a target, mission or instrument that records name."""
    lid = context_lid(kind, name)
    area = {"target": "Target", "investigation": "Investigation", "instrument": "Instrument"}[kind]
    return {
        "id": f"{lid}::1.0",
        "type": "Product_Context",
        "title": name,
        "metadata": {"version": "1.0", "label_url": "", "creation_date_time": "",
                     "update_date_time": ""},
        "properties": {
            "lidvid": [f"{lid}::1.0"],
            "lid": [lid],
            "title": [name],
            "product_class": ["Product_Context"],
            "pds:Identification_Area.pds:title": [name],
            f"pds:{area}.pds:name": [name],
            f"pds:{area}.pds:type": [_TYPES.get(name, "Other")],
            f"pds:{area}.pds:description": [f"{name}, as the products of this node name it"],
            HARVEST_TIME: [harvested_utc],
        },
    }  # fmt: skip
