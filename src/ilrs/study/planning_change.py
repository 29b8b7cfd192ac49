"""What an operator changes in a plan: sessions that must begin then, must not run, or are added.

Only what a change touches is solved again (`operations.mending`); all else stays where it is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from ilrs.foundation.errors import IlrsError, did_you_mean
from ilrs.foundation.quantities import DIMENSIONS, parse_quantity
from ilrs.foundation.windows import Windows
from ilrs.operations import mending
from ilrs.operations.problem import Activity, After, Problem
from ilrs.programme.added import AddedActivity
from ilrs.study.planning_time import plan_instant_s, plan_utc

__all__ = ["ChangedPlan", "changed_plan"]

_HOUR_S = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedPlan:
    """A problem after changes, its plan, and what has no place (any more), each with the reason."""

    problem: Problem
    plan: xr.Dataset
    lacking: Mapping[str, str]


def changed_plan(
    problem: Problem,
    plan: xr.Dataset,
    *,
    pinned: Sequence[str] = (),
    forbidden: Sequence[str] = (),
    added: Mapping[str, AddedActivity],
    rounds: int = 400,
    seed: int = 1,
) -> ChangedPlan:
    """The plan with requests forbidden, then added, then pinned.

    One is pinned as `REQUEST` (where it is) or `REQUEST@INSTANT`, and forbidden as `REQUEST` or,
    for some time, `REQUEST@FROM/TO`. What then has no place is in `lacking`. Raises IlrsError for
    what a user can mend.
    """
    if not pinned and not forbidden and not added:
        raise IlrsError(
            "a change without anything to change",
            "requests are pinned, forbidden and added",
            "Give --pin, --forbid or --add.",
        )
    made, asked = mending.Changed(problem=problem, plan=plan), set[str]()
    for text in forbidden:
        made = _forbidden(made, text, rounds=rounds, seed=seed)
    for id_, declared in added.items():
        activity = _activity(made.problem, id_, declared)
        made = mending.add(made.problem, made.plan, activity=activity, rounds=rounds, seed=seed)
        asked.add(id_)
    for text in pinned:
        made = _pinned(made, text, rounds=rounds, seed=seed)
        asked.add(text.partition("@")[0])
    never = {text for text in forbidden if "@" not in text}
    return ChangedPlan(
        problem=made.problem, plan=made.plan, lacking=_lacking(plan, made.plan, asked, never)
    )


def _lacking(
    before: xr.Dataset, after: xr.Dataset, asked: set[str], never: set[str]
) -> dict[str, str]:
    """Why what was placed, or was asked for now, has no place."""
    had = set(before["activity"].values[np.isfinite(before["start_s"].values)].tolist())
    rows = zip(after["activity"].values.tolist(), after["start_s"].values,
               after["blocked_by"].values.tolist(), strict=True)  # fmt: skip
    return {
        name: "it is forbidden" if name in never else why
        for name, start_s, why in rows
        if name in had | asked and not np.isfinite(start_s)
    }


def _activity_of(problem: Problem, name: str) -> Activity:
    known = [a.id for a in problem.activities]
    if name not in known:
        raise IlrsError(
            f"there is no request {name!r} in the plan",
            f"it has {len(known)}, which plan.csv lists",
            did_you_mean(name, known, otherwise="Name one of them."),
        )
    return problem.activity(name)


def _pinned(made: mending.Changed, text: str, *, rounds: int, seed: int) -> mending.Changed:
    name, _, when = text.partition("@")
    activity, row = _activity_of(made.problem, name), made.plan.sel(activity=name)
    start_s = plan_instant_s(made.problem, when) if when else float(row["start_s"])
    if not np.isfinite(start_s):
        raise IlrsError(
            f"{name} is to be pinned where it is, and has no place",
            "what has no place is pinned at an instant in one of its windows",
            f"Write --pin {name}@INSTANT.",
        )
    is_there = start_s == float(row["start_s"])
    lasts_s = float(row["duration_s"]) if is_there else _fitting_s(made.problem, activity, start_s)
    return mending.pin(
        made.problem, made.plan, activity_id=name, start_s=start_s, duration_s=lasts_s,
        rounds=rounds, seed=seed,
    )  # fmt: skip


def _fitting_s(problem: Problem, activity: Activity, start_s: float) -> float:
    """The longest that it may run from that instant, in its window and its bounds. [s]"""
    shortest_s = activity.duration_s if activity.shortest_s is None else activity.shortest_s
    inside = activity.windows & Windows([(0.0, problem.span_s)])
    end_s = next((end for begin, end in inside if begin - 1e-3 <= start_s < end), start_s)
    if abs(start_s / problem.step_s - round(start_s / problem.step_s)) > 1e-6:
        raise IlrsError(
            f"{activity.id} is to begin at {plan_utc(problem, start_s)}",
            f"slots begin at {problem.epoch_utc} and each {problem.step_s / 60.0:g} min later",
            f"Pin it at {plan_utc(problem, start_s // problem.step_s * problem.step_s)}.",
        )
    if end_s - start_s < shortest_s - 1e-3:
        raise IlrsError(
            f"{activity.id} is to run from {plan_utc(problem, start_s)} for"
            f" {shortest_s / _HOUR_S:.4g} h",
            _windows_text(problem, inside, start_s, shortest_s),
            "Pin it inside one of them.",
        )
    return min(activity.duration_s, (end_s - start_s) // problem.step_s * problem.step_s)


def _windows_text(problem: Problem, windows: Windows, at_s: float, shortest_s: float) -> str:
    """The windows that are long enough, the three that are nearest to an instant."""
    long = [(a, b) for a, b in windows if b - a >= shortest_s - 1e-3]
    near = sorted(sorted(long, key=lambda w: abs(np.clip(at_s, *w) - at_s))[:3])
    told = ", ".join(f"{plan_utc(problem, a)} to {plan_utc(problem, b)}" for a, b in near)
    return f"windows long enough near there: {told}" if near else "it has no window long enough"


def _forbidden(made: mending.Changed, text: str, *, rounds: int, seed: int) -> mending.Changed:
    name, at, span = text.partition("@")
    _activity_of(made.problem, name)
    windows = None
    if at:
        begin, slash, end = span.partition("/")
        edges = [plan_instant_s(made.problem, utc) for utc in (begin, end)] if slash else [0.0, 0.0]
        if not edges[0] < edges[1]:
            raise IlrsError(
                f"--forbid {text}",
                "it is REQUEST, or REQUEST@FROM/TO with two instants in UTC, the later one last",
                f"Write it so, such as {name}@2036-01-05/2036-01-07.",
            )
        windows = Windows([(edges[0], edges[1])])
    return mending.forbid(
        made.problem, made.plan, activity_id=name, windows=windows, rounds=rounds, seed=seed
    )


def _activity(problem: Problem, id_: str, declared: AddedActivity) -> Activity:
    """What a file adds, as an activity of the problem."""
    like = None if declared.like is None else _activity_of(problem, declared.like)
    if any(a.id == id_ for a in problem.activities):
        raise IlrsError(
            f"{id_} is to be added, and the plan has a request of that name",
            "each request has its own name",
            "Choose another name.",
        )
    if like is None and (declared.partner is None or declared.length_s is None):
        raise IlrsError(
            f"{id_} is to be added without partner or length",
            "they are its own, or those of the request that it is like",
            "Write `partner:` and `length:`, or `like: REQUEST`.",
        )
    told: dict[str, object] = {
        "partner": declared.partner, "kind": declared.kind, "duration_s": declared.length_s,
        "shortest_s": declared.shortest_s, "power_w": declared.power_w,
        "data_bps": declared.data_bps, "needs": _needs(problem, declared),
        "disturbs": None if declared.disturbs is None else frozenset(declared.disturbs),
        "quiet": None if declared.quiet is None else frozenset(declared.quiet),
        "after": None if declared.follows is None else tuple(
            After(activity=one.request, least_s=one.least_s,
                  most_s=np.inf if one.most_s is None else one.most_s)
            for one in declared.follows
        ),
    }  # fmt: skip
    base = {} if like is None else {name: getattr(like, name) for name in told}
    if declared.length_s is not None:
        base["shortest_s"] = None
    values = base | {name: value for name, value in told.items() if value is not None}
    begin_s, end_s = (
        edge_s if utc is None else plan_instant_s(problem, utc)
        for utc, edge_s in ((declared.start, 0.0), (declared.end, problem.span_s))
    )
    windows = Windows([(begin_s, end_s)] if begin_s < end_s else [])
    return Activity(
        id=id_, windows=windows if like is None else windows & like.windows,
        worth=_worth(declared, like, values["duration_s"]), mandatory=declared.mandatory, **values,
    )  # fmt: skip


def _worth(declared: AddedActivity, like: Activity | None, lasts_s: float) -> float:
    """As declared; else as much an hour as what it is like, or as one of middling priority."""
    if declared.worth is not None:
        return declared.worth
    hourly = _MIDDLING if like is None else like.worth / like.duration_s * _HOUR_S
    return hourly * lasts_s / _HOUR_S


_MIDDLING = 5.0  # worth of an hour: 10 less the priority that an experiment has by default


def _needs(problem: Problem, declared: AddedActivity) -> dict[str, float] | None:
    if declared.needs is None:
        return None
    units = {r.name: r.unit for r in problem.resources}
    units = {name: unit if unit in DIMENSIONS else "1" for name, unit in units.items()}
    return {
        name: float(amount) if isinstance(amount, int | float)
        else parse_quantity(amount, units.get(name, "1")).value
        for name, amount in declared.needs.items()
    }  # fmt: skip
