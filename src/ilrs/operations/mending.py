"""Plans of a problem that changed: what still fits stays, and only what is touched is solved again.

`pin`, `forbid` and `add` ask "what if"; `replanning` mends a plan after what happened.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr

from ilrs.foundation.errors import IlrsError
from ilrs.foundation.windows import Windows
from ilrs.operations.filling import fill_fairly
from ilrs.operations.moves import fits, put, take
from ilrs.operations.packing import Packed, pack
from ilrs.operations.planning import Search, floors_of, place_mandatory, plan_dataset, with_needs
from ilrs.operations.problem import Activity, Problem
from ilrs.operations.slots import FREE, State, open_state

__all__ = ["Changed", "add", "forbid", "load", "mended_plan", "pin"]

_ROUNDS = 400  # of search after a change, about a second for 1,200 activities


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """A problem after a change, and its plan."""

    problem: Problem
    plan: xr.Dataset


def mended_plan(
    problem: Problem,
    plan: xr.Dataset,
    *,
    keep: Iterable[str] = (),
    rounds: int = _ROUNDS,
    seed: int = 1,
) -> xr.Dataset:
    """The plan for a problem that changed since it was made.

    Activities in `keep` come first, where they were; then those that must stand; then all others
    where they fit. What then has no place (also what was to be kept and fits no longer) is placed
    anew in partners' turns, and a search of so many rounds goes over all that is not kept.
    """
    packed, kept = pack(problem), set(keep)
    state = load(problem, packed, plan, keep=kept)
    fill_fairly(packed, state)
    fair_of = dict(zip(map(str, plan["partner"].values), plan["fair_share"].values, strict=True))
    fair = np.array([float(fair_of.get(partner, 0.0)) for partner in packed.partners])
    search = Search(packed, state, floors=floors_of(problem, packed, state, fair), seed=seed)
    search.run(rounds)
    made = plan_dataset(problem, packed, search.best_state(), fair=fair)
    return made.assign_attrs(seed=seed, rounds=rounds)


def load(problem: Problem, packed: Packed, plan: xr.Dataset, *, keep: set[str]) -> State:
    """The state that holds of a plan what fits the problem; what is kept or must stand is fixed."""
    ids = [problem.activities[k].id for k in packed.place]
    must = {a.id for a in problem.activities if a.mandatory}
    kept, fixed = with_needs(problem, keep), with_needs(problem, keep | must)
    places = _places(problem, plan)
    state = open_state(packed)
    waiting = [x for x in _by_start(ids, places) if ids[x] in fixed]
    # What others come after goes first, so that one that falls takes no other with it.
    needed = {link.activity for a in problem.activities if a.id in kept for link in a.after}
    for x in sorted(
        waiting, key=lambda x: (ids[x] not in kept, ids[x] not in must, ids[x] not in needed)
    ):
        _put_if_fits(packed, state, x, places[ids[x]])
    state[0]["fixed"] = state[0]["start"] != FREE
    _drop_loose(packed, state)
    state[0]["fixed"] &= state[0]["start"] != FREE
    place_mandatory(problem, packed, state)
    for x in _by_start(ids, places):
        if state[0][x]["start"] == FREE and ids[x] not in fixed:
            _put_if_fits(packed, state, x, places[ids[x]])
    _drop_loose(packed, state)
    for b, block in enumerate(packed.blocks):
        members = packed.order[block["first"] : block["end"]]
        packed.blocks["fixed"][b] = int(state[0]["fixed"][members].all())
    return state


def _places(problem: Problem, plan: xr.Dataset) -> dict[str, tuple[int, int]]:
    """Start and length in slots of what the plan places."""
    rows = zip(plan["activity"].values, plan["start_s"].values, plan["duration_s"].values,
               strict=True)  # fmt: skip
    return {
        str(name): (round(start_s / problem.step_s), round(duration_s / problem.step_s))
        for name, start_s, duration_s in rows
        if np.isfinite(start_s)
    }


def _by_start(ids: list[str], places: dict[str, tuple[int, int]]) -> list[int]:
    listed = [x for x, name in enumerate(ids) if name in places]
    return sorted(listed, key=lambda x: (places[ids[x]], x))


def _rows(packed: Packed, x: int, table: str) -> range:
    return range(int(packed.items[table][x]), int(packed.items[f"{table}_end"][x]))


def _put_if_fits(packed: Packed, state: State, x: int, place: tuple[int, int]) -> None:
    (start, length), item = place, packed.items[x]
    inside = any(
        packed.spans["start"][n] <= start and start + length <= packed.spans["end"][n]
        for n in _rows(packed, x, "span")
    )
    if inside and item["least"] <= length <= item["most"] and (
        fits(packed, state, item=x, start=start, length=length)
    ):  # fmt: skip
        put(packed, state, item=x, start=start, length=length)


def _drop_loose(packed: Packed, state: State) -> None:
    """Takes out what has lost what it comes after, or its lag, and a chain's parts behind a gap."""
    placed, dropped = state[0], True
    while dropped:
        dropped = False
        for x in np.flatnonzero(placed["start"] != FREE).tolist():
            if not all(_kept(packed, state, x, n) for n in _rows(packed, x, "link")):
                take(packed, state, item=x)
                dropped = True
    for block in packed.blocks:
        members = packed.order[block["first"] : block["end"]]
        whole = packed.whole[block["first"] : block["end"]]
        there = placed["start"][members] != FREE
        reach = int(np.argmin(there)) if not there.all() else there.size
        while reach > 0 and not whole[reach - 1]:
            reach -= 1
        for x in members[reach:].tolist():
            if placed[x]["start"] != FREE and not placed[x]["fixed"]:
                take(packed, state, item=x)


def _kept(packed: Packed, state: State, x: int, n: int) -> bool:
    link, own = packed.links[n], state[0][x]
    other = state[0][link["other"]]
    if other["start"] == FREE:
        return False
    begin = other["start"] + (0 if link["from_start"] else other["length"])
    return bool(link["least"] <= own["start"] - begin <= link["most"])


def _away(problem: Problem, plan: xr.Dataset, touched: Windows) -> list[str]:
    """What the plan places outside of the touched windows."""
    rows = zip(plan["activity"].values, plan["start_s"].values, plan["duration_s"].values,
               strict=True)  # fmt: skip
    return [
        str(name) for name, start_s, duration_s in rows
        if np.isfinite(start_s) and not len(touched & Windows([(start_s, start_s + duration_s)]))
    ]  # fmt: skip


def _with(problem: Problem, activity: Activity) -> Problem:
    changed = tuple(activity if a.id == activity.id else a for a in problem.activities)
    return replace(problem, activities=changed)


def _changed(
    problem: Problem, plan: xr.Dataset, *, keep: list[str], rounds: int, seed: int
) -> Changed:
    made = mended_plan(problem, plan, keep=keep, rounds=rounds, seed=seed)
    return Changed(problem=problem, plan=made)


def pin(
    problem: Problem,
    plan: xr.Dataset,
    *,
    activity_id: str,
    start_s: float,
    duration_s: float | None = None,
    rounds: int = _ROUNDS,
    seed: int = 1,
) -> Changed:
    """The problem with an activity that must begin at that instant, and its plan.

    Only what runs at the same time is solved again and all else stays where it is; where a store
    leaves it no room so, everything that is not mandatory may give way.
    """
    activity = problem.activity(activity_id)
    lasts_s = activity.duration_s if duration_s is None else duration_s
    lasts_s = float(np.ceil(lasts_s / problem.step_s - 1e-6)) * problem.step_s
    span = Windows([(start_s, start_s + lasts_s)])
    if (span - activity.windows).total_s > 1e-3 or start_s % problem.step_s > 1e-3:
        raise IlrsError(
            f"{activity_id} is to run from {start_s:g} s to {start_s + lasts_s:g} s",
            f"its windows are {activity.windows}, and slots begin at each {problem.step_s:g} s",
            "Pin it inside a window, at the begin of a slot.",
        )
    pinned = replace(
        activity, windows=span, mandatory=True, duration_s=lasts_s, shortest_s=None,
        worth=activity.worth * min(lasts_s / activity.duration_s, 1.0),
    )  # fmt: skip
    changed = _with(problem, pinned)
    keep = [name for name in _away(problem, plan, span) if name != activity_id]
    made = _changed(changed, plan, keep=keep, rounds=rounds, seed=seed)
    if np.isfinite(float(made.plan["start_s"].sel(activity=activity_id))):
        return made
    return _changed(changed, plan, keep=[], rounds=rounds, seed=seed)


def forbid(
    problem: Problem,
    plan: xr.Dataset,
    *,
    activity_id: str,
    windows: Windows | None = None,
    rounds: int = _ROUNDS,
    seed: int = 1,
) -> Changed:
    """The problem in which an activity never runs, or not in these windows, and its plan.

    What it gives free is filled; what runs outside of its old place stays.
    """
    activity = problem.activity(activity_id)
    left = Windows() if windows is None else activity.windows - windows
    changed = _with(problem, replace(activity, windows=left, mandatory=False))
    row = plan.sel(activity=activity_id)
    start_s = float(row["start_s"])
    touched = (
        Windows([(start_s, start_s + float(row["duration_s"]))]) if start_s >= 0 else Windows()
    )
    keep = [name for name in _away(problem, plan, touched) if name != activity_id]
    return _changed(changed, plan, keep=keep, rounds=rounds, seed=seed)


def add(
    problem: Problem,
    plan: xr.Dataset,
    *,
    activity: Activity,
    rounds: int = _ROUNDS,
    seed: int = 1,
) -> Changed:
    """The problem with one activity more, and its plan: what its windows touch is solved again."""
    changed = replace(problem, activities=(*problem.activities, activity))
    if activity.partner not in problem.entitlements:
        raise IlrsError(
            f"{activity.id} belongs to {activity.partner}, which has no entitlement",
            "a partner with activities has a positive one",
            "Give it a share first.",
        )
    keep = _away(problem, plan, activity.windows)
    return _changed(changed, plan, keep=keep, rounds=rounds, seed=seed)
