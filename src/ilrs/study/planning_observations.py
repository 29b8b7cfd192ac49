"""Sessions of a plan as observations: for the data centre to expect, and filed in its archive.

All is read from the plan's record (plan.json). A session has the identifier that its data will
have: the data are version 1.0 of it, what is planned stands before it as 0.1 and on. Each plan
files all its sessions, so one whose newest version names an older plan has fallen.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ilrs.datacentre.lid import Lid
from ilrs.datacentre.place import Point
from ilrs.datacentre.product import Column, Product, Table
from ilrs.foundation.provenance import sha256_of_bytes
from ilrs.study.label_parts import slug
from ilrs.study.planning_crew import JOINT
from ilrs.study.planning_record import plan_json
from ilrs.study.planning_rows import short_reason
from ilrs.study.planning_setting import ExperimentFacts, PlanSetting, setting_from

__all__ = ["observations_json", "plan_products", "plan_record_at"]

_RECORD = "plan.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Observation:
    """One placed session of an experiment."""

    lid: Lid
    row: Mapping[str, Any]  # the request as the plan's record has it
    facts: ExperimentFacts

    @property
    def expected_bit(self) -> int:
        return round(float(self.row["data_bps"]) * float(self.row["duration_s"]))


def plan_record_at(folder: Path) -> dict[str, Any] | None:
    """The record of a plan that a folder holds; None where it holds none."""
    try:
        record = json.loads((folder / _RECORD).read_text(encoding="utf-8"))
        setting_from(record)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return dict(record)


def observations_json(record: Mapping[str, Any]) -> str:
    """The observations that the data centre is to expect, as GeoJSON in the words of STAC.

    `id` is the LID that the session's data will have (PDS4); rights are those declared.
    """
    setting = setting_from(record)
    place = _point(setting)
    point = None if place is None else [place.longitude_deg, place.latitude_deg]
    features = [
        {
            "type": "Feature",
            "id": str(one.lid),
            "geometry": None if point is None else {"type": "Point", "coordinates": point},
            "properties": _properties(one, setting),
        }
        for one in _observations(record, setting)
    ]
    told = {
        "type": "FeatureCollection",
        "features": features,
        "provenance": record["provenance"],
    }
    return json.dumps(told, ensure_ascii=False, indent=1) + "\n"


def _properties(one: _Observation, setting: PlanSetting) -> dict[str, Any]:
    row, facts = one.row, one.facts
    return {
        "title": facts.name,
        "datetime": None,
        "start_datetime": row["start_utc"],
        "end_datetime": row["end_utc"],
        "keywords": list(facts.products),
        "license": facts.licence or None,
        "ilrs:request": row["id"],
        "ilrs:experiment": row["kind"],
        "ilrs:partner": row["partner"],
        "ilrs:element": row["element"],
        "ilrs:site": setting.site,
        "ilrs:science_fields": list(facts.science_fields),
        "ilrs:access": facts.access,
        "ilrs:embargo": facts.embargo,
        "ilrs:expected_bit": one.expected_bit,
        "ilrs:state": "planned",
    }


def plan_products(record: Mapping[str, Any]) -> Iterator[Product]:
    """The plan as a table of all requests, then a product for each observation that it plans."""
    setting, made_by = setting_from(record), record["provenance"]
    named = f"plan-{setting.site}-{setting.scenario}-{record['from_utc'][:10]}"
    plan = Lid.of_product(
        setting.lid_prefix, bundle=setting.bundle, collection="plans", product=slug(named)
    )
    common = {
        "publication_year": setting.publication_year, "site": setting.site,
        "place": _point(setting), "command": made_by["command"], "is_preliminary": True,
    }  # fmt: skip
    whole = f"SHA-256 of plan.json: {sha256_of_bytes(plan_json(record).encode())}."
    programme = f"{made_by['programme']} sha256:{made_by['programme_sha256']}"
    yield Product(
        lid=plan, title=f"Research plan of {setting.site} from {record['from_utc'][:10]}",
        description="Computed by ilrs: every request of the plan, its place and worth, and why it "
        f"has none. {whole}",
        start_utc=record["from_utc"], stop_utc=record["to_utc"], partner=JOINT,
        table=_plan_table(record["requests"]), sources=(programme,), keywords=("plan",), **common,
    )  # fmt: skip
    for one in _observations(record, setting):
        row, facts = one.row, one.facts
        yield Product(
            lid=one.lid, title=f"{facts.name}: {row['id']}, planned",
            description=f"Planned by ilrs: a session of {facts.name} on {row['element']}. Its data "
            f"are to be filed as version 1.0 of this product. {whole}",
            start_utc=row["start_utc"], stop_utc=row["end_utc"], partner=row["partner"],
            table=_session_table(one), science_fields=facts.science_fields, access=facts.access,
            embargo=facts.embargo, licence=facts.licence,
            keywords=(*facts.products, "planned"), sources=(str(plan), programme), **common,
        )  # fmt: skip


def _observations(record: Mapping[str, Any], setting: PlanSetting) -> Iterator[_Observation]:
    """What is placed of experiments; other work, such as people's duties, yields no data.

    A LID has the plan's scenario and first day: a session that moves stays the same product.
    """
    for row in record["requests"]:
        facts = setting.experiments.get(row["kind"])
        if row["start_utc"] is None or facts is None:
            continue
        name = slug(f"{row['id']}-{setting.scenario}-{record['from_utc'][:10]}")
        lid = Lid.of_product(
            setting.lid_prefix, bundle=setting.bundle, collection="research", product=name
        )
        yield _Observation(lid=lid, row=row, facts=facts)


def _point(setting: PlanSetting) -> Point | None:
    if setting.longitude_deg is None or setting.latitude_deg is None:
        return None
    return Point(setting.longitude_deg, setting.latitude_deg)


def _plan_table(rows: list[Mapping[str, Any]]) -> Table:
    texts = {
        "request": [row["id"] for row in rows],
        "experiment": [row["kind"] for row in rows],
        "partner": [row["partner"] for row in rows],
        "element": [row["element"] for row in rows],
        "why_not": [short_reason(row["blocked_by"]).replace('"', "'") for row in rows],
    }
    columns = [Column(name=name, values=np.array(cells, np.str_)) for name, cells in texts.items()]
    return Table(
        [
            *columns,
            *_edges(rows),
            Column(name="asked", unit="s", values=np.array([float(r["asked_s"]) for r in rows])),
            Column(name="granted", unit="s",
                   values=np.array([float(r["duration_s"]) for r in rows])),
            Column(name="worth", values=np.array([float(r["worth"]) for r in rows])),
        ]
    )  # fmt: skip


def _session_table(one: _Observation) -> Table:
    row = one.row
    return Table(
        [
            Column(name="request", values=np.array([row["id"]])),
            Column(name="experiment", values=np.array([row["kind"]])),
            Column(name="element", values=np.array([row["element"]])),
            *_edges([row]),
            Column(name="power", unit="W", values=np.array([float(row["power_w"])])),
            Column(name="expected_data", unit="bit", values=np.array([one.expected_bit])),
            Column(name="state", values=np.array(["planned"])),
        ]
    )


def _edges(rows: list[Mapping[str, Any]]) -> Iterator[Column]:
    for name, key in (("start", "start_utc"), ("end", "end_utc")):
        instants = [np.datetime64((row[key] or "NaT").removesuffix("Z"), "ms") for row in rows]
        yield Column(name=name, values=np.array(instants), description="UTC")
