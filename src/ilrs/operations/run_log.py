"""What happened to a plan: a run for each activity, and events, as CSV and JSON of their plan."""

import csv
import hashlib
import io
import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import xarray as xr

from ilrs.foundation.errors import IlrsError, did_you_mean

__all__ = ["EVENTS", "OUTCOMES", "Event", "Run", "RunLog", "plan_digest", "read_log", "write_log"]

OUTCOMES = ("done", "cut", "failed", "not started", "running")
EVENTS = ("rule", "pass", "fault")  # what an event is of
_COLUMNS = (
    "plan", "epoch_utc", "until_s", "activity", "start_s", "end_s", "outcome", "reason", "held_s",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What became of one directive, in seconds from the plan's epoch."""

    activity: str
    start_s: float
    end_s: float  # no number while it runs
    outcome: str  # one of OUTCOMES
    reason: str = ""
    held_s: float = 0.0  # of that time, in which it rested


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What happened beside the runs: a rule was followed, a pass lost, an element failed."""

    at_s: float
    kind: str  # one of EVENTS
    of: str  # the rule's id, or the element
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunLog:
    """What happened up to an instant, and the digest of the plan that was carried out."""

    plan: str
    epoch_utc: str
    until_s: float
    runs: tuple[Run, ...]
    events: tuple[Event, ...] = ()


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
                "outcome": run.outcome, "reason": run.reason, "held_s": run.held_s,
            }
            for run in log.runs
        ]  # fmt: skip
        head = {"plan": log.plan, "epoch_utc": log.epoch_utc, "until_s": log.until_s}
        told = {**head, "runs": runs, "events": [asdict(event) for event in log.events]}
        path.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
        return
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    head_row = (log.plan, log.epoch_utc, repr(log.until_s))
    for run in log.runs:
        end = repr(run.end_s) if np.isfinite(run.end_s) else ""
        row = run.activity, repr(run.start_s), end, run.outcome, run.reason, repr(run.held_s)
        writer.writerow((*head_row, *row))
    for event in log.events:  # rows without an activity
        at_s = repr(event.at_s)
        writer.writerow((*head_row, "", at_s, at_s, event.kind, f"{event.of}: {event.what}", ""))
    if not (log.runs or log.events):
        writer.writerow((*head_row, *[""] * 6))
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
            events=tuple(_event(row) for row in rows if not row["activity"] and row["outcome"]),
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
    events = [
        {"activity": "", "start_s": event["at_s"], "outcome": event["kind"],
         "reason": f"{event['of']}: {event['what']}"}
        for event in told.get("events", ())
    ]  # fmt: skip
    nothing = {"activity": "", "outcome": ""}
    return [{**head, **row} for row in (*told["runs"], *events)] or [{**head, **nothing}]


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
        held_s=float(str(row.get("held_s") or 0.0)),
    )  # fmt: skip


def _event(row: dict[str, object]) -> Event:
    of, _, what = str(row["reason"]).partition(": ")
    return Event(at_s=float(str(row["start_s"])), kind=str(row["outcome"]), of=of, what=what)
