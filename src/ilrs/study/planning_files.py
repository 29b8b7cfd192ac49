"""A research plan in files: Dataset, JSON, CSV, calendars, Open MCT, observations, picture."""

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from ilrs.datacentre.lid import Lid
from ilrs.foundation.calendar import ZONES, CalendarEvent, Zone, icalendar
from ilrs.foundation.errors import IlrsError
from ilrs.foundation.provenance import Provenance
from ilrs.foundation.quantities import format_quantity
from ilrs.operations.problem_file import problem_text
from ilrs.study.planning_case import PlanCase
from ilrs.study.planning_chart import plan_svg
from ilrs.study.planning_crew import JOINT
from ilrs.study.planning_folder import write_plan_dataset
from ilrs.study.planning_record import plan_record, request_edges_s
from ilrs.study.planning_rows import RequestRow, partner_rows, request_rows, short_reason
from ilrs.study.products import embargo_rule, slug
from ilrs.study.site_chart import COLOURS
from ilrs.study.site_files import write_text

__all__ = ["open_mct_json", "plan_csv", "plan_ics", "plan_json", "plan_observations",
           "plan_provenance", "read_credits", "write_plan"]  # fmt: skip

_UTC = ZONES["UTC"]
_GROUP_COLOURS = ("amber", "blue", "teal", "red")


def plan_provenance(case: PlanCase, plan: xr.Dataset, *, command: str) -> Provenance:
    """What made a plan."""
    return Provenance(
        programme=case.programme.name, programme_sha256=case.programme.sha256, command=command,
        seed=int(plan.attrs["seed"]), ephemeris=str(case.environment.attrs.get("ephemeris", "")),
        orientation=str(case.environment.attrs.get("orientation", "")),
        inputs_sha256=dict(case.inputs_sha256),
    )  # fmt: skip


def plan_json(case: PlanCase, plan: xr.Dataset, *, provenance: Provenance) -> str:
    """All of a plan as JSON: settings, partners, requests with their places, resources."""
    record = plan_record(case, plan, provenance=provenance)
    return json.dumps(record, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def read_credits(path: Path) -> dict[str, float]:
    """What an earlier plan owes each partner, by its plan.json; IlrsError for any other file."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        return {str(row["partner"]): float(row["credit"]) for row in record["partners"]}
    except (OSError, ValueError, KeyError, TypeError):
        raise IlrsError(
            f"{path} is no plan",
            "`ilrs plan --output FOLDER` writes FOLDER/plan.json",
            "Name that file with --credits.",
        ) from None


def plan_csv(case: PlanCase, plan: xr.Dataset, *, zones: Sequence[Zone]) -> str:
    """A row for each request, in order of begin, those without a place last."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    clocks = [f"{edge}_{zone.name.lower()}" for edge in ("start", "end") for zone in zones]
    writer.writerow(
        ["request", "partner", "kind", "element", *clocks, "duration_h", "worth", "why_not"]
    )
    for row in sorted(request_rows(case, plan), key=lambda r: (r.start_s is None, r.start_s or 0)):
        edges = request_edges_s(case, row)
        told = [z.text(t) if row.start_s is not None else "" for t in edges for z in zones]
        why = short_reason(row.blocked_by)
        hours, worth = f"{row.duration_s / 3600.0:.2f}", f"{row.worth:.6g}"
        writer.writerow([row.id, row.partner, row.kind, row.element, *told, hours, worth, why])
    return out.getvalue()


def plan_ics(
    case: PlanCase, plan: xr.Dataset, *, partner: str, zones: Sequence[Zone],
    provenance: Provenance,
) -> str:  # fmt: skip
    """One partner's sessions as an iCalendar object (RFC 5545), in UTC."""
    own = [
        row
        for row in request_rows(case, plan)
        if row.partner == partner and row.start_s is not None
    ]
    return icalendar(
        [_event(case, row) for row in own],
        title=f"Plan of {partner}",
        description=f"programme: {provenance.programme}\ncommand: {provenance.command}",
        product="research plan",
        subject="session",
        zones=zones,
        stamp_tdb_s=case.begin_tdb_s,
    )


def _event(case: PlanCase, row: RequestRow) -> CalendarEvent:
    begin_s, end_s = request_edges_s(case, row)
    needs = [
        f"{format_quantity(row.power_w, 'W')}, {format_quantity(row.data_bps, 'bit/s')}"
        if row.element
        else "people"
    ]
    return CalendarEvent(
        summary=row.id, start_tdb_s=begin_s, end_tdb_s=end_s,
        text=(*([f"On {row.element}"] if row.element else []), *needs),
    )  # fmt: skip


def open_mct_json(case: PlanCase, plan: xr.Dataset) -> str:
    """The plan as Open MCT's plan file: a group for each partner; instants in ms of Unix time.

    https://github.com/nasa/openmct, src/plugins/plan/README.md.
    """
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in request_rows(case, plan):
        if row.start_s is None:
            continue
        own = groups.setdefault(row.partner, [])
        colour = _GROUP_COLOURS[list(groups).index(row.partner) % len(_GROUP_COLOURS)]
        paper, ink = COLOURS["paper"][0], COLOURS[colour][0]
        start, end = (_milliseconds(t) for t in request_edges_s(case, row))
        own.append(
            {"name": row.id, "start": start, "end": end, "type": row.partner, "color": ink,
             "textColor": paper}
        )  # fmt: skip
    for own in groups.values():
        own.sort(key=lambda activity: (activity["start"], activity["name"]))
    return json.dumps(groups, ensure_ascii=False, indent=1) + "\n"


def _milliseconds(tdb_s: float) -> int:
    utc = np.datetime64(_UTC.text(tdb_s).removesuffix("Z"), "ms")
    return int(utc.astype(np.int64))


def plan_observations(case: PlanCase, plan: xr.Dataset, *, provenance: Provenance) -> str:
    """The observations that the data centre is to expect, as GeoJSON in the words of STAC.

    `id` is the LID that the session's data will have (PDS4); rights are those declared.
    """
    site = case.programme.sites[case.scenario.site]
    is_placed = site.latitude_deg is not None and site.longitude_deg is not None
    point = {"type": "Point", "coordinates": [site.longitude_deg, site.latitude_deg]}
    features = []
    for row in request_rows(case, plan):
        if row.start_s is None or row.partner == JOINT:
            continue
        experiment = case.programme.experiments[row.kind]
        policy = experiment.data_policy
        begin_s, end_s = request_edges_s(case, row)
        lid = Lid.of_product(
            case.programme.lid_prefix, bundle=slug(case.programme.name), collection="research",
            product=slug(f"{row.id}-{_UTC.text(begin_s)[:10]}"),
        )  # fmt: skip
        properties = {
            "title": experiment.name or experiment.id,
            "datetime": None,
            "start_datetime": _UTC.text(begin_s),
            "end_datetime": _UTC.text(end_s),
            "keywords": list(experiment.products),
            "license": policy.licence or None,
            "ilrs:request": row.id,
            "ilrs:experiment": row.kind,
            "ilrs:partner": row.partner,
            "ilrs:element": row.element,
            "ilrs:site": site.id,
            "ilrs:science_fields": list(experiment.fields),
            "ilrs:access": policy.access,
            "ilrs:embargo": embargo_rule(policy),
            "ilrs:expected_bit": round(row.data_bps * row.duration_s),
            "ilrs:state": "planned",
        }
        features.append(
            {"type": "Feature", "id": str(lid), "geometry": point if is_placed else None,
             "properties": properties}
        )  # fmt: skip
    record = {
        "type": "FeatureCollection",
        "features": features,
        "provenance": provenance.as_dict(),
    }
    return json.dumps(record, ensure_ascii=False, indent=1) + "\n"


def write_plan(
    case: PlanCase, plan: xr.Dataset, folder: Path, *, zones: Sequence[Zone],
    provenance: Provenance,
) -> list[Path]:  # fmt: skip
    """Paths of the files written into a folder, which is made where it is absent.

    Raises IlrsError where the folder cannot be written.
    """
    texts = {
        "plan.json": plan_json(case, plan, provenance=provenance),
        "plan.csv": plan_csv(case, plan, zones=zones),
        "problem.json": problem_text(case.problem),
        "open-mct.json": open_mct_json(case, plan),
        "observations.json": plan_observations(case, plan, provenance=provenance),
        "plan.svg": plan_svg(
            plan_record(case, plan, provenance=provenance),
            names={id_: one.name or id_ for id_, one in case.programme.partners.items()},
        ),
    }
    for row in partner_rows(case, plan):
        texts[f"{row.partner}.ics"] = plan_ics(
            case, plan, partner=row.partner, zones=zones, provenance=provenance
        )
    stored = write_plan_dataset(plan, folder)
    for name, text in texts.items():
        write_text(text, folder / name)
    return [stored, *(folder / name for name in texts)]
