"""A research plan in files: Dataset, JSON, CSV, calendars, Open MCT, observations, picture."""

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ilrs.foundation.calendar import ZONES, CalendarEvent, Zone, icalendar
from ilrs.foundation.errors import IlrsError
from ilrs.foundation.quantities import format_quantity
from ilrs.operations.board import board_text
from ilrs.operations.problem_file import problem_text
from ilrs.study.planning_chart import plan_svg
from ilrs.study.planning_folder import write_plan_dataset
from ilrs.study.planning_observations import observations_json
from ilrs.study.planning_record import plan_json, plan_record, request_edges_s
from ilrs.study.planning_rows import RequestRow, partner_rows, request_rows, short_reason
from ilrs.study.planning_setting import Planned
from ilrs.study.site_chart import COLOURS
from ilrs.study.site_files import write_text

__all__ = ["open_mct_json", "plan_csv", "plan_ics", "read_credits", "write_plan"]

_UTC = ZONES["UTC"]
_GROUP_COLOURS = ("amber", "blue", "teal", "red")


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


def plan_csv(of: Planned, *, zones: Sequence[Zone]) -> str:
    """A row for each request, in order of begin, those without a place last."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    clocks = [f"{edge}_{zone.name.lower()}" for edge in ("start", "end") for zone in zones]
    writer.writerow(
        ["request", "partner", "kind", "element", *clocks, "duration_h", "worth", "why_not"]
    )
    for row in sorted(request_rows(of), key=lambda r: (r.start_s is None, r.start_s or 0)):
        edges = request_edges_s(of, row)
        told = [z.text(t) if row.start_s is not None else "" for t in edges for z in zones]
        why = short_reason(row.blocked_by)
        hours, worth = f"{row.duration_s / 3600.0:.2f}", f"{row.worth:.6g}"
        writer.writerow([row.id, row.partner, row.kind, row.element, *told, hours, worth, why])
    return out.getvalue()


def plan_ics(of: Planned, *, partner: str, zones: Sequence[Zone]) -> str:
    """One partner's sessions as an iCalendar object (RFC 5545), in UTC."""
    own = [row for row in request_rows(of) if row.partner == partner and row.start_s is not None]
    return icalendar(
        [_event(of, row) for row in own],
        title=f"Plan of {partner}",
        description=f"programme: {of.provenance.programme}\ncommand: {of.provenance.command}",
        product="research plan",
        subject="session",
        zones=zones,
        stamp_tdb_s=of.begin_tdb_s,
    )


def _event(of: Planned, row: RequestRow) -> CalendarEvent:
    begin_s, end_s = request_edges_s(of, row)
    needs = [
        f"{format_quantity(row.power_w, 'W')}, {format_quantity(row.data_bps, 'bit/s')}"
        if row.element or row.power_w or row.data_bps
        else "people"
    ]
    return CalendarEvent(
        summary=row.id, start_tdb_s=begin_s, end_tdb_s=end_s,
        text=(*([f"On {row.element}"] if row.element else []), *needs),
    )  # fmt: skip


def open_mct_json(of: Planned) -> str:
    """The plan as Open MCT's plan file: a group for each partner; instants in ms of Unix time.

    https://github.com/nasa/openmct, src/plugins/plan/README.md.
    """
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in request_rows(of):
        if row.start_s is None:
            continue
        own = groups.setdefault(row.partner, [])
        colour = _GROUP_COLOURS[list(groups).index(row.partner) % len(_GROUP_COLOURS)]
        paper, ink = COLOURS["paper"][0], COLOURS[colour][0]
        start, end = (_milliseconds(t) for t in request_edges_s(of, row))
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


def write_plan(of: Planned, folder: Path, *, zones: Sequence[Zone]) -> list[Path]:
    """Paths of the files written into a folder, which is made where it is absent.

    Raises IlrsError where the folder cannot be written.
    """
    record = plan_record(of)
    texts = {
        "plan.json": plan_json(record),
        "plan.csv": plan_csv(of, zones=zones),
        "problem.json": problem_text(of.problem),
        "board.json": board_text(of.board),
        "open-mct.json": open_mct_json(of),
        "observations.json": observations_json(record),
        "plan.svg": plan_svg(record, names=of.setting.partners),
    }
    for row in partner_rows(of):
        texts[f"{row.partner}.ics"] = plan_ics(of, partner=row.partner, zones=zones)
    stored = write_plan_dataset(of.plan, folder)
    for name, text in texts.items():
        write_text(text, folder / name)
    return [stored, *(folder / name for name in texts)]
