"""What the station does alone until each next pass, by plan: as records, words and table rows."""

from collections.abc import Mapping, Sequence
from typing import Any

import xarray as xr

from ilrs.operations.board import Board, solitudes
from ilrs.operations.problem import Problem
from ilrs.study.planning_time import plan_utc

__all__ = ["alone_record", "alone_text"]

_HOUR_S = 3600.0


def alone_record(problem: Problem, plan: xr.Dataset, board: Board) -> list[dict[str, Any]]:
    """A row for each time from a pass to the next: how long, what begins, runs and may rest."""
    return [
        {
            "from_utc": plan_utc(problem, one.begin_s),
            "to_utc": plan_utc(problem, one.end_s),
            "alone_h": round((one.end_s - one.begin_s) / _HOUR_S, 2),
            "without_contact_h": round(one.without_contact_s / _HOUR_S, 2),
            "begins": list(one.begins),
            "runs": list(one.runs),
            "busy_h": round(one.busy_s / _HOUR_S, 2),
            "rules": list(one.rules),
        }
        for one in solitudes(problem, plan, board)
    ]


def alone_text(rows: Sequence[Mapping[str, Any]]) -> str:
    """The same in a sentence or two."""
    longest = max(rows, key=lambda row: float(row["alone_h"]))
    begins = len(longest["begins"])
    rules = {rule for row in rows for rule in row["rules"]}
    told = (
        f"; {len(rules)} rules on board may let some rest ({', '.join(sorted(rules))})"
        if rules
        else ""
    )
    silent_h = sum(float(row["without_contact_h"]) for row in rows)
    begin = str(longest["from_utc"])[:16].replace("T", " ")
    return (
        f"Between {len(rows) - 1} passes the station is alone, longest from {begin} on for"
        f" {longest['alone_h'] / 24.0:.1f} d, in which {begins} sessions begin{told}."
        f" No link is open for {silent_h:.1f} h in all."
    )
