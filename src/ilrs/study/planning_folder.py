"""A folder with a plan, as `ilrs plan --output` and `ilrs replan --output` write it: read again."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TextIO

import numpy as np
import xarray as xr

from ilrs.foundation.errors import IlrsError
from ilrs.foundation.provenance import Provenance
from ilrs.operations.board import Board, read_board
from ilrs.operations.compare import PlanDifference
from ilrs.operations.problem import Problem
from ilrs.operations.problem_file import read_problem
from ilrs.operations.replanning import Outage
from ilrs.study.output import write_dataset
from ilrs.study.planning_setting import Planned, setting_from
from ilrs.study.planning_time import plan_instant_s, plan_utc
from ilrs.study.report import print_table

__all__ = [
    "outage_of", "print_difference", "print_fallen", "read_plan",
    "read_plan_board", "read_planned", "write_plan_dataset",
]  # fmt: skip


def read_plan(folder: Path) -> tuple[Problem, xr.Dataset]:
    """The problem and the plan of a folder; IlrsError where it holds none."""
    try:
        with xr.open_dataset(folder / "plan.nc", engine="scipy") as stored:
            plan = stored.load()
    except (OSError, ValueError, TypeError):
        raise IlrsError(
            f"{folder} holds no plan",
            "`ilrs plan --output FOLDER` writes FOLDER/plan.nc and FOLDER/problem.json",
            "Name that folder.",
        ) from None
    return read_problem(folder / "problem.json"), plan


def read_planned(folder: Path) -> Planned:
    """All of a plan in a folder; IlrsError where it holds none."""
    problem, plan = read_plan(folder)
    try:
        record = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
        return Planned(
            setting=setting_from(record), problem=problem, plan=plan,
            board=read_plan_board(folder),
            provenance=Provenance(**record["provenance"]),
        )  # fmt: skip
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise IlrsError(
            f"{folder / 'plan.json'} does not tell of the plan beside it",
            "`ilrs plan --output FOLDER` writes FOLDER/plan.json, from which the files of the next"
            " plan are made",
            "Plan again, or leave --output out.",
        ) from None


def read_plan_board(folder: Path) -> Board:
    """The board of a plan's folder; an empty one where an older plan has none."""
    return read_board(folder / "board.json")


def write_plan_dataset(plan: xr.Dataset, folder: Path) -> Path:
    """Path of plan.nc, written into a folder that is made where absent.

    Raises IlrsError where the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_dataset(plan, folder / "plan.nc")
    except OSError as error:
        raise IlrsError(
            f"{folder} could not be written: {error.strerror or error}",
            "a place is needed that can be written",
            "Name another folder with --output.",
        ) from None
    return folder / "plan.nc"


def outage_of(problem: Problem, text: str) -> Outage:
    """The outage of 'RESOURCE,FROM,TO' or 'RESOURCE,FROM,TO,PART'; IlrsError for another text."""
    parts = [part.strip() for part in text.split(",")]
    try:
        name, begin, end, part = (*parts, "0")[:4] if len(parts) in (3, 4) else ("",) * 4
        left = float(part)
    except ValueError:
        left = -1.0
    if not 0.0 <= left <= 1.0:
        raise IlrsError(
            f"an outage {text!r}",
            "it is RESOURCE,FROM,TO or RESOURCE,FROM,TO,PART, with instants in UTC and the part"
            " from 0 to 1 that is left",
            "Write it so, such as ROBOT,2036-01-05,2036-01-07.",
        )
    return Outage(
        resource=name, start_s=plan_instant_s(problem, begin), end_s=plan_instant_s(problem, end),
        part=left,
    )  # fmt: skip


def print_difference(told: PlanDifference, problem: Problem, stream: TextIO) -> None:
    """Prints what each partner won or lost, and each activity that is not treated alike."""

    def instant(t_s: float) -> str:
        return plan_utc(problem, t_s)[:16] if np.isfinite(t_s) else "-"

    print_table(
        ("partner", "came", "fell", "moved", "hours", "worth", "share"),
        [
            (
                p.partner,
                p.came,
                p.fell,
                p.moved,
                f"{p.hours_gained:+.2f}",
                _signed(p.worth_gained),
                f"{100.0 * p.share:.2f} to {100.0 * p.new_share:.2f} %",
            )
            for p in told.partners
        ],
        stream,
    )
    print_table(
        ("activity", "partner", "what", "from", "to", "worth"),
        [
            (d.activity, d.partner, d.what, instant(d.start_s), instant(d.new_start_s),
             _signed(d.worth_gained))
            for d in told.activities
        ],
        stream,
    )  # fmt: skip
    stream.write(
        f"worth of the plan: {told.worth:,.6g} before, {told.new_worth:,.6g} now"
        f" ({_signed(told.worth_gained)})\n"
    )


def _signed(worth: float) -> str:
    return f"{round(worth, 6) + 0.0:+.5g}"


def print_fallen(fallen: Mapping[str, str], stream: TextIO) -> None:
    """Prints what had to be given up, each with the reason."""
    for name, reason in fallen.items():
        stream.write(f"given up: {name}: {reason}\n")
