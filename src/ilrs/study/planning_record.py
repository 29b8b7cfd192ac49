"""A plan as plain data: what plan.json holds, for the picture, the station book and later plans."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
import xarray as xr

from ilrs.foundation.calendar import ZONES
from ilrs.foundation.windows import Windows
from ilrs.operations.problem import Capacity, Problem, Resource, Store
from ilrs.operations.run_log import plan_digest
from ilrs.operations.usage import plan_usage
from ilrs.study.planning_alone import alone_record
from ilrs.study.planning_rows import RequestRow, partner_rows, request_rows
from ilrs.study.planning_setting import Planned

__all__ = ["plan_json", "plan_record", "request_edges_s"]

_UTC = ZONES["UTC"]
_INSTRUMENT = "(instrument)"  # which stand among the experiments


def plan_record(of: Planned) -> dict[str, Any]:
    """Settings, partners, requests with their places, conditions' windows, use of resources.

    `setting` is what the files of a plan that follows tell of the programme.
    """
    problem, plan, setting = of.problem, of.plan, asdict(of.setting)
    return {
        "scenario": setting.pop("scenario"),
        "site": setting.pop("site"),
        "from_utc": problem.epoch_utc,
        "to_utc": of.end_utc,
        "step_s": problem.step_s,
        "span_s": problem.span_s,
        "worth": round(float(plan.attrs["worth"]), 6),
        "bound": round(float(plan.attrs["bound"]), 6),
        "rounds": int(plan.attrs["rounds"]),
        "digest": plan_digest(plan),
        "partners": [_rounded(asdict(row)) for row in partner_rows(of)],
        "requests": [_request(of, row) for row in request_rows(of)],
        "windows_s": _windows_s(problem),
        "resources": _resources(problem, plan),
        "alone": alone_record(problem, plan, of.board),
        "notes": list(setting.pop("notes")),
        "provenance": of.provenance.as_dict(),
        "setting": setting,
    }


def plan_json(record: Mapping[str, Any]) -> str:
    """A plan's record as JSON: settings, partners, requests with their places, resources."""
    return json.dumps(record, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def request_edges_s(of: Planned, row: RequestRow) -> tuple[float, float]:
    """Begin and end of a placed request, TDB past J2000. [s]"""
    begin_s = of.begin_tdb_s + float(row.start_s or 0.0)
    return begin_s, begin_s + row.duration_s


def _rounded(record: Mapping[str, Any]) -> dict[str, Any]:
    return {key: round(v, 9) if isinstance(v, float) else v for key, v in record.items()}


def _request(of: Planned, row: RequestRow) -> dict[str, Any]:
    begin_s, end_s = request_edges_s(of, row)
    is_placed, one = row.start_s is not None, of.problem.activity(row.id)
    return {
        **_rounded(asdict(row)),
        "start_utc": _UTC.text(begin_s) if is_placed else None,
        "end_utc": _UTC.text(end_s) if is_placed else None,
        "shortest_s": one.duration_s if one.shortest_s is None else one.shortest_s,
        "needs": dict(one.needs),
    }


def _windows_s(problem: Problem) -> dict[str, list[list[float]]]:
    """When each kind of work may run, seconds from the plan's begin."""
    found: dict[str, Windows] = {}
    for one in problem.activities:  # periodic sessions have windows of their own
        found[one.kind] = found.get(one.kind, Windows()) | one.windows
    inside = Windows([(0.0, problem.span_s)])
    return {
        kind: [[round(a, 1), round(b, 1)] for a, b in windows & inside]
        for kind, windows in found.items()
    }


def _resources(problem: Problem, plan: xr.Dataset) -> list[dict[str, Any]]:
    usage = plan_usage(problem, plan)
    return [
        {
            "name": one.name,
            "unit": one.unit,
            "is_store": isinstance(one, Store),
            **_use(one, usage, step_s=problem.step_s),
        }
        for one in problem.resources
    ]


def _use(resource: Resource, usage: xr.Dataset, *, step_s: float) -> dict[str, Any]:
    """The level of a store by the slot's edge, or when how much is held; nothing if unused."""
    used = usage["used"].sel(resource=resource.name).values
    if not used.any() or resource.name.endswith(_INSTRUMENT):
        return {}
    if isinstance(resource, Store):
        level = usage["level_fraction"].sel(store=resource.name).values
        levels = np.concatenate([[resource.initial / resource.capacity], level])
        return {
            "least_fraction": round(resource.least / resource.capacity, 6),
            "level_fraction": np.round(levels, 4).tolist(),
        }
    return _held(resource, used, step_s=step_s)


def _held(resource: Capacity, used: np.ndarray, *, step_s: float) -> dict[str, Any]:
    most = max(float(resource.available.max()), 1e-12)
    edge_s = step_s * np.arange(used.size + 1)
    there = Windows.from_mask(edge_s, resource.available > 0.0)
    change = np.flatnonzero(np.diff(used, prepend=np.nan, append=np.nan))
    held = [
        [float(edge_s[a]), float(edge_s[b]), round(float(used[a]) / most, 4)]
        for a, b in zip(change[:-1].tolist(), change[1:].tolist(), strict=True)
        if used[a] > 0.0
    ]
    return {"there_s": [list(span) for span in there], "held": held}
