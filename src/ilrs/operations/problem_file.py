"""A planning problem as JSON, so that a plan can be asked about and mended where it lies."""

import json
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from ilrs.foundation.errors import IlrsError
from ilrs.foundation.windows import Windows
from ilrs.operations.problem import Activity, After, Capacity, Problem, Resource, Store

__all__ = ["problem_text", "read_problem"]


def problem_text(problem: Problem) -> str:
    """All of a problem as JSON; a limit that is none is null."""
    record = {
        field.name: getattr(problem, field.name)
        for field in fields(Problem)
        if field.name not in ("activities", "resources")
    }
    record["activities"] = [_activity_record(a) for a in problem.activities]
    record["resources"] = [_plain(asdict(r)) for r in problem.resources]
    return json.dumps(_plain(record), ensure_ascii=False, allow_nan=False) + "\n"


def _activity_record(activity: Activity) -> dict[str, Any]:
    return {
        **{f.name: getattr(activity, f.name) for f in fields(Activity)},
        "windows": [list(span) for span in activity.windows],
        "needs": dict(activity.needs),
        "disturbs": sorted(activity.disturbs),
        "quiet": sorted(activity.quiet),
        "after": [asdict(link) for link in activity.after],
    }


def _plain(value: Any) -> Any:
    """The value as JSON holds it: no arrays, no infinite numbers."""
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(part) for part in value]
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return dict(value) if hasattr(value, "items") else value


def read_problem(path: Path) -> Problem:
    """The problem that `problem_text` told; IlrsError for any other file."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        activities = tuple(_activity(row) for row in record.pop("activities"))
        resources = tuple(_resource(row) for row in record.pop("resources"))
        return Problem(**record, activities=activities, resources=resources)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise IlrsError(
            f"{path} is no planning problem",
            "`ilrs plan --output FOLDER` writes FOLDER/problem.json",
            "Name that folder.",
        ) from error


def _activity(row: dict[str, Any]) -> Activity:
    limits = {"most_s": np.inf}
    return Activity(
        **{
            **row,
            "windows": Windows((a, b) for a, b in row["windows"]),
            "disturbs": frozenset(row["disturbs"]),
            "quiet": frozenset(row["quiet"]),
            "after": tuple(After(**_limited(link, limits)) for link in row["after"]),
        }
    )


def _resource(row: dict[str, Any]) -> Resource:
    if "available" in row:
        return Capacity(**{**row, "available": np.array(row["available"], dtype=np.float64)})
    limits = {"capacity": np.inf, "most_fill": np.inf, "most_draw": np.inf}
    store = Store(**_limited(row, limits))
    return replace(store, inflow=np.array(row["inflow"], dtype=np.float64))


def _limited(row: dict[str, Any], limits: dict[str, float]) -> dict[str, Any]:
    return {k: limits[k] if k in limits and value is None else value for k, value in row.items()}
