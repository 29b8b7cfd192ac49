"""What came of a plan in operation: as a record, a table on a terminal, and files."""

import csv
import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from ilrs.foundation.windows import Windows
from ilrs.operations.board import directives
from ilrs.operations.operating import Pass
from ilrs.operations.run_log import Run, write_log
from ilrs.study.operating import Operation
from ilrs.study.planning_time import plan_utc
from ilrs.study.report import print_table
from ilrs.study.site_files import write_text

__all__ = ["operation_record", "pass_text", "print_operation", "write_operation"]

_HOUR_S = 3600.0
_FRUIT = ("done", "cut")


def operation_record(one: Operation) -> dict[str, Any]:
    """Passes, what the station did alone, partners' hours and events, as plain data."""
    before, found = one.before, one.found
    problem = before.problem
    kept = [p for p in found.passes if not p.is_lost]
    edges_s = [0.0, *(p.at_s for p in kept), problem.span_s]
    silent = Windows([(0.0, problem.span_s)]) - before.board.contact
    return {
        "passes": len(found.passes),
        "lost_passes": len(found.passes) - len(kept),
        "replans": len(kept),
        "moved": sum(p.moved for p in kept),
        "came": sum(p.came for p in kept),
        "given_up": {name: why for p in kept for name, why in p.fallen.items()},
        "longest_alone_h": float(np.diff(edges_s).max()) / _HOUR_S,
        "without_contact_h": silent.total_s / _HOUR_S,
        "longest_without_contact_h": silent.longest_s / _HOUR_S,
        "alone": _alone(one, silent),
        "partners": list(_partners(one)),
        "events": [
            {"utc": plan_utc(problem, event.at_s), "kind": event.kind, "of": event.of,
             "what": event.what}
            for event in found.log.events
        ],
    }  # fmt: skip


def _alone(one: Operation, silent: Windows) -> dict[str, Any]:
    """What happened on board while no link was open, and what rules did at any time."""
    runs = [run for run in one.found.log.runs if run.outcome != "not started"]
    rules = [event for event in one.found.log.events if event.kind == "rule"]
    return {
        "begun": int(silent.mask([run.start_s for run in runs]).sum()),
        "ended": int(silent.mask([run.end_s for run in runs]).sum()),
        "rules_followed": len(rules),
        "rules_without_contact": int(silent.mask([event.at_s for event in rules]).sum()),
        "rested_h": sum(run.held_s for run in runs) / _HOUR_S,
    }


def _partners(one: Operation) -> Iterator[dict[str, Any]]:
    """By partner: what was planned at first, and what became of it and of what came later."""
    problem = one.before.problem
    of = {activity.id: activity.partner for activity in problem.activities}
    planned = {d.activity: d.duration_s for d in directives(problem, one.before.plan)}
    for partner in sorted(set(of.values())):
        runs = [run for run in one.found.log.runs if of[run.activity] == partner]
        own = {name for name in planned if of[name] == partner}
        count = {kind: sum(run.outcome == kind for run in runs) for kind in (*_FRUIT, "failed")}
        if own or runs:
            yield {
                "partner": partner,
                "planned": len(own),
                **count,
                "not_begun": len(own) - sum(run.activity in own for run in _begun(runs)),
                "came": sum(run.activity not in own for run in _begun(runs)),
                "planned_h": sum(planned[name] for name in own) / _HOUR_S,
                "done_h": _hours(runs, _FRUIT),
                "lost_h": _hours(runs, ("failed",)),
            }


def _begun(runs: list[Run]) -> list[Run]:
    return [run for run in runs if run.outcome != "not started"]


def _hours(runs: list[Run], outcomes: tuple[str, ...]) -> float:
    return sum(r.end_s - r.start_s - r.held_s for r in runs if r.outcome in outcomes) / _HOUR_S


def pass_text(at: Pass, *, utc: str) -> str:
    """One pass in a line."""
    if at.is_lost:
        return f"{utc[:16]} pass lost, {at.alone_s / _HOUR_S:.0f} h alone so far"
    changes = f"{at.moved} moved, {at.came} came, {len(at.fallen)} given up"
    return f"{utc[:16]} replanned after {at.alone_s / _HOUR_S:.0f} h alone: {changes}"


def print_operation(record: Mapping[str, Any], stream: TextIO) -> None:
    """Prints the table of partners, passes, what the station did alone, and events."""
    print_table(
        ("partner", "planned", "done", "cut", "failed", "not begun", "came", "planned h", "done h",
         "lost h"),
        [
            (row["partner"], row["planned"], row["done"], row["cut"], row["failed"],
             row["not_begun"], row["came"], f"{row['planned_h']:.1f}", f"{row['done_h']:.1f}",
             f"{row['lost_h']:.1f}")
            for row in record["partners"]
        ],
        stream,
    )  # fmt: skip
    alone = record["alone"]
    stream.write(
        f"{record['replans']} new plans in {record['passes']} passes, {record['lost_passes']} of"
        f" them lost; longest alone {record['longest_alone_h']:.1f} h. {record['moved']} sessions"
        f" moved, {record['came']} came, {len(record['given_up'])} were given up.\n"
        f"No link was open for {record['without_contact_h']:.1f} h, at most"
        f" {record['longest_without_contact_h']:.1f} h on end: meanwhile {alone['begun']} sessions"
        f" began and {alone['ended']} ended. Rules on board were followed"
        f" {alone['rules_followed']} times, {alone['rules_without_contact']} of them then; sessions"
        f" rested {alone['rested_h']:.1f} h by them.\n"
    )
    for event in record["events"]:
        stream.write(f"{event['utc'][:16]} {event['kind']} {event['of']}: {event['what']}\n")
    for name, why in record["given_up"].items():
        stream.write(f"given up: {name}: {why}\n")


def write_operation(one: Operation, folder: Path) -> list[Path]:
    """Paths of the log and of the passes, beside the plan of which they tell."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["utc", "lost", "alone_h", "moved", "came", "given_up"])
    for at in one.found.passes:
        utc = plan_utc(one.before.problem, at.at_s)
        told = " ".join(sorted(at.fallen))
        alone_h = f"{at.alone_s / _HOUR_S:.2f}"
        writer.writerow([utc, int(at.is_lost), alone_h, at.moved, at.came, told])
    write_log(one.found.log, folder / "as-run.csv")
    write_text(out.getvalue(), folder / "passes.csv")
    return [folder / "as-run.csv", folder / "passes.csv"]
