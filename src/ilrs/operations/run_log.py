"""What happened to a plan: one run for each activity, as CSV and JSON, bound to its plan."""

import csv
import hashlib
import io
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xarray as xr

from ilrs.foundation.errors import IlrsError, did_you_mean

__all__ = ["OUTCOMES", "Run", "RunLog", "plan_digest", "read_log", "write_log"]

OUTCOMES = ("done", "cut", "failed", "not started", "running")
_COLUMNS = ("plan", "epoch_utc", "until_s", "activity", "start_s", "end_s", "outcome", "reason")


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What became of one directive, in seconds from the plan's epoch."""

    activity: str
    start_s: float
    end_s: float  # no number while it runs
    outcome: str  # one of OUTCOMES
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunLog:
    """What happened up to an instant, and the digest of the plan that was carried out."""

    plan: str
    epoch_utc: str
    until_s: float
    runs: tuple[Run, ...]


def plan_digest(plan: xr.Dataset) -> str:
    """What tells one plan from another: the SHA-256 of its times and epoch, 16 digits of it."""
    digest = hashlib.sha256(f"{plan.attrs['epoch_utc']} {plan.attrs['step_s']:g}".encode())
    rows = zip(plan["activity"].values, plan["start_s"].values, plan["duration_s"].values,
               strict=True)  # fmt: skip
    for name, start_s, duration_s in rows:
        if np.isfinite(start_s):
            digest.update(f"\n{name} {start_s:.3f} {duration_s:.3f}".encode())
    return digest.hexdigest()[:16]


def write_log(log: RunLog, path: Path) -> None:
    """Writes a log as JSON where the file's name ends so, else as CSV with a row for each run."""
    if path.suffix == ".json":
        runs = [
            {
                "activity": run.activity, "start_s": run.start_s,
                "end_s": run.end_s if np.isfinite(run.end_s) else None,
                "outcome": run.outcome, "reason": run.reason,
            }
            for run in log.runs
        ]  # fmt: skip
        head = {"plan": log.plan, "epoch_utc": log.epoch_utc, "until_s": log.until_s}
        path.write_text(json.dumps({**head, "runs": runs}, indent=1) + "\n", encoding="utf-8")
        return
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    head_row = (log.plan, log.epoch_utc, repr(log.until_s))
    for run in log.runs:
        end = repr(run.end_s) if np.isfinite(run.end_s) else ""
        writer.writerow((*head_row, run.activity, repr(run.start_s), end, run.outcome, run.reason))
    if not log.runs:
        writer.writerow((*head_row, "", "", "", "", ""))
    path.write_text(text.getvalue(), encoding="utf-8")


def read_log(path: Path) -> RunLog:
    """The log of a file that `write_log` or another program wrote. IlrsError where it is none."""
    try:
        rows = _json_rows(path) if path.suffix == ".json" else _csv_rows(path)
        head = rows[0]
        runs = tuple(_run(row, path) for row in rows if row["activity"])
        return RunLog(
            plan=str(head["plan"]), epoch_utc=str(head["epoch_utc"]),
            until_s=float(str(head["until_s"])), runs=runs,
        )  # fmt: skip
    except (OSError, KeyError, IndexError, TypeError, ValueError) as error:
        lacks = f"{error.args[0]} is missing" if isinstance(error, KeyError) else str(error)
        raise IlrsError(
            f"{path.name} is no log of runs ({lacks or 'it is empty'})",
            f"a log holds the columns {', '.join(_COLUMNS)}, or the same as JSON with `runs`",
            "Write it with these, times in seconds from the plan's epoch.",
        ) from error


def _json_rows(path: Path) -> list[dict[str, object]]:
    told = json.loads(path.read_text(encoding="utf-8"))
    head = {key: told[key] for key in ("plan", "epoch_utc", "until_s")}
    return [{**head, **run} for run in told["runs"]] or [{**head, "activity": ""}]


def _csv_rows(path: Path) -> list[dict[str, object]]:
    with path.open(encoding="utf-8", newline="") as file:
        return [dict(row) for row in csv.DictReader(file)]


def _run(row: dict[str, object], path: Path) -> Run:
    outcome = str(row["outcome"])
    if outcome not in OUTCOMES:
        raise IlrsError(
            f"{path.name} says of {row['activity']} that it is {outcome!r}",
            f"a run is {', '.join(OUTCOMES[:-1])} or {OUTCOMES[-1]}",
            did_you_mean(outcome, OUTCOMES, otherwise="Correct its outcome."),
        )
    end = row["end_s"]
    return Run(
        activity=str(row["activity"]), start_s=float(str(row["start_s"])),
        end_s=float("nan") if end in (None, "") else float(str(end)),
        outcome=outcome, reason=str(row.get("reason") or ""),
    )  # fmt: skip
