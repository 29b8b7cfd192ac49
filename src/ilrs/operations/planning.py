"""Plans of a problem: a first one in milliseconds, a better one for as long as it is given."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import xarray as xr

from ilrs.foundation.errors import IlrsError
from ilrs.operations.bound import worth_bound
from ilrs.operations.filling import density, fill_fairly, shares_of
from ilrs.operations.improving import improve
from ilrs.operations.moves import place_chain, put
from ilrs.operations.packing import SHARES, Packed, pack
from ilrs.operations.problem import Problem
from ilrs.operations.slots import FREE, State, open_state, total_worth

__all__ = [
    "Progress", "Search", "better_plan", "first_plan", "floors_of", "place_mandatory",
    "plan_dataset", "with_bound", "with_needs",
]  # fmt: skip

FloatArray: TypeAlias = npt.NDArray[np.float64]
IntArray: TypeAlias = npt.NDArray[np.int64]
#: Told the rounds done, the seconds gone and the worth; the search stops where it gives False.
Progress: TypeAlias = Callable[[int, float, float], bool | None]

_CYCLE = 40_000  # rounds from hot to cold
_CHUNK = 500  # rounds between two looks at the clock
_HEAT = 0.3  # worth that may be lost at the begin of a cycle, in mean worths of an activity


def first_plan(problem: Problem) -> xr.Dataset:
    """The plan of partners' turns, laid out as docs/rooms.md says: who runs when, in milliseconds.

    Mandatory activities come first; then each turn belongs to the partner that is furthest below
    its entitlement, with the chain that is worth most for what it takes.
    """
    packed, state = _by_turns(problem)
    return plan_dataset(problem, packed, state, fair=shares_of(packed, state))


def _by_turns(problem: Problem) -> tuple[Packed, State]:
    """The packed problem, and the state of partners' turns after what is mandatory."""
    packed = pack(problem)
    state = open_state(packed)
    place_mandatory(problem, packed, state)
    fill_fairly(packed, state)
    return packed, state


def better_plan(
    problem: Problem,
    plan: xr.Dataset | None = None,
    *,
    seconds: float | None = None,
    rounds: int | None = None,
    seed: int = 1,
    keep: Iterable[str] = (),
    progress: Progress = lambda rounds, seconds, worth: None,
) -> xr.Dataset:
    """A plan worth no less than `plan` (or the first plan), searched for `seconds` or `rounds`.

    No partner falls below the problem's `fairness` of its share in the plan by turns. Activities in
    `keep` stay where the plan has them. The same seed and rounds give the same plan; with seconds,
    a faster machine is further along the same way. The Dataset's `bound` is what no plan exceeds,
    `gap` what the plan lacks of it, 0 to 1.
    """
    if seconds is None and rounds is None:
        raise IlrsError(
            "a search for a better plan without an end",
            "it runs for a number of seconds, of rounds, or both",
            "Pass seconds= or rounds=.",
        )
    begin_s = time.monotonic()
    packed, fair_state = _by_turns(problem)
    fair = shares_of(packed, fair_state)
    state = fair_state if plan is None else _state_of(problem, packed, plan, keep=set(keep))
    search = Search(packed, state, floors=floors_of(problem, packed, state, fair), seed=seed)
    while (rounds is None or search.rounds < rounds) and (
        seconds is None or time.monotonic() - begin_s < seconds
    ):
        left = _CHUNK if rounds is None else min(_CHUNK, rounds - search.rounds)
        search.run(left)
        if progress(search.rounds, time.monotonic() - begin_s, search.worth) is False:
            break
    found = search.best_state()
    made = plan_dataset(problem, packed, found, fair=fair)
    return _bounded(made, packed, found).assign_attrs(seed=seed, rounds=search.rounds)


def with_bound(problem: Problem, plan: xr.Dataset) -> xr.Dataset:
    """The plan with its `bound`, which no plan of the problem exceeds, and `gap`."""
    packed = pack(problem)
    return _bounded(plan, packed, _state_of(problem, packed, plan, keep=set()))


def _bounded(plan: xr.Dataset, packed: Packed, state: State) -> xr.Dataset:
    bound, worth = worth_bound(packed, state[5]), float(plan.attrs["worth"])
    gap = max(bound - worth, 0.0) / bound if bound > 0.0 else 0.0
    return plan.assign_attrs(bound=bound, gap=gap)


def floors_of(problem: Problem, packed: Packed, state: State, fair: FloatArray) -> FloatArray:
    """The share that the search must leave each partner: of the fair one, where the plan has it."""
    return np.minimum(problem.fairness * fair, shares_of(packed, state))


@dataclass(slots=True)
class Search:
    """The state of a search between two looks at the clock."""

    packed: Packed
    state: State
    density: FloatArray
    floors: FloatArray
    seed: npt.NDArray[np.uint64]
    best: IntArray
    heat: float
    worth: float
    rounds: int

    def __init__(self, packed: Packed, state: State, *, floors: FloatArray, seed: int) -> None:
        self.packed, self.state, self.floors = packed, state, floors
        self.density = density(packed)
        self.seed = np.array([seed], dtype=np.uint64)
        placed = state[0]
        self.best = np.stack([placed["start"], placed["length"]], axis=1).astype(np.int64)
        items = packed.items
        self.heat = _HEAT * float(np.mean(items["worth"] * items["most"])) if items.size else 0.0
        self.worth, self.rounds = total_worth(packed, state), 0

    def run(self, rounds: int) -> None:
        """Goes on for so many rounds."""
        if not self.packed.items.size:
            self.rounds += rounds
            return
        found = improve(
            self.packed.work, self.state, self.density, self.floors, self.seed, rounds,
            self.rounds, _CYCLE, self.heat, self.best, self.worth,
        )  # fmt: skip
        self.worth, self.rounds = max(self.worth, float(found)), self.rounds + rounds

    def best_state(self) -> State:
        """The state in which everything stands as in the best plan found."""
        found = open_state(self.packed)
        for x, (start, length) in enumerate(self.best.tolist()):
            if start != FREE:
                put(self.packed, found, item=x, start=start, length=length)
        return found


def place_mandatory(problem: Problem, packed: Packed, state: State) -> None:
    """Places the chains that must stand, in the problem's order, and fixes them."""
    for b, block in enumerate(packed.blocks):
        members = packed.order[block["first"] : block["end"]]
        if any(problem.activities[packed.place[x]].mandatory for x in members):
            place_chain(packed, state, chain=b)
            state[0]["fixed"][members] = state[0]["start"][members] != FREE
            packed.blocks["fixed"][b] = int(state[0]["fixed"][members].all())


def _state_of(problem: Problem, packed: Packed, plan: xr.Dataset, *, keep: set[str]) -> State:
    """The state in which everything stands where the plan has it; what is kept is fixed."""
    ids = [problem.activities[k].id for k in packed.place]
    listed = {str(name): k for k, name in enumerate(plan["activity"].values)}
    unknown = sorted(set(listed) - {a.id for a in problem.activities})
    if unknown:
        raise IlrsError(
            f"the plan holds {unknown[0]}, which is no activity of this problem",
            f"the problem has {len(problem.activities)} activities",
            "Pass a plan of the same problem.",
        )
    start_s, duration_s = plan["start_s"].values, plan["duration_s"].values
    fixed = with_needs(problem, keep | {a.id for a in problem.activities if a.mandatory})
    state = open_state(packed)
    for x, name in enumerate(ids):
        k = listed.get(name)
        if k is not None and np.isfinite(start_s[k]):
            start, length = (round(float(s[k]) / problem.step_s) for s in (start_s, duration_s))
            put(packed, state, item=x, start=start, length=length)
            state[0][x]["fixed"] = name in fixed
    for b, block in enumerate(packed.blocks):
        members = packed.order[block["first"] : block["end"]]
        packed.blocks["fixed"][b] = int(state[0]["fixed"][members].all())
    return state


def with_needs(problem: Problem, names: set[str]) -> set[str]:
    """The activities and all that they come after: what stands needs what it rests on to stand."""
    known = {a.id: a for a in problem.activities}
    found, open_names = set(), list(names & known.keys())
    while open_names:
        name = open_names.pop()
        if name not in found:
            found.add(name)
            open_names += [link.activity for link in known[name].after]
    return found


def plan_dataset(problem: Problem, packed: Packed, state: State, *, fair: FloatArray) -> xr.Dataset:
    """The plan as a Dataset on `activity` and `partner`."""
    count = len(problem.activities)
    start_s, duration_s, worth = np.full(count, np.nan), np.zeros(count), np.zeros(count)
    placed = state[0]["start"] != FREE
    where = packed.place[placed]
    start_s[where] = state[0]["start"][placed] * problem.step_s
    duration_s[where] = state[0]["length"][placed] * problem.step_s
    worth[where] = packed.items["worth"][placed] * state[0]["length"][placed]
    refused = packed.refused
    blocked = [
        str(refused[a.id]) if a.id in refused else "" if np.isfinite(start_s[k]) else "no room"
        for k, a in enumerate(problem.activities)
    ]
    shares = shares_of(packed, state)
    parts = packed.entitlement / max(float(packed.entitlement.sum()), 1e-300)
    data = {
        "start_s": _on("activity", start_s, "s", "begin, from the epoch; no number: not placed"),
        "duration_s": _on("activity", duration_s, "s", "time that it runs"),
        "worth": _on("activity", worth, "1", "worth before saturation"),
        "blocked_by": _on("activity", np.array(blocked, dtype=np.str_), "1", "why not placed"),
        "of_partner": _on(
            "activity", np.array([a.partner for a in problem.activities], np.str_), "1", "partner"
        ),
        "of_kind": _on(
            "activity", np.array([a.kind for a in problem.activities], np.str_), "1", "kind of work"
        ),
        "entitlement": _on("partner", parts, "1", "part of all that the partner may claim"),
        "share": _on("partner", shares, "1", "greatest part of the time, energy, data asked for"),
        "fair_share": _on("partner", fair, "1", "the same in the plan by turns"),
        "credit": _on("partner", _credit(packed, shares, parts), "1", "owed to the next plan"),
    }  # fmt: skip
    coords = {
        "activity": np.array([a.id for a in problem.activities], dtype=np.str_),
        "partner": np.array(packed.partners, dtype=np.str_),
    }
    return xr.Dataset(
        data,
        coords=coords,
        attrs={
            "epoch_utc": problem.epoch_utc, "step_s": problem.step_s, "slots": problem.slots,
            "worth": total_worth(packed, state),
        },
    )  # fmt: skip


def _credit(packed: Packed, shares: FloatArray, parts: FloatArray) -> FloatArray:
    """What each partner is owed: its credit so far, and its due of all shares, less its own.

    Its due is what its part comes to, or all that it asked for; what it leaves is the others'.
    """
    asked = np.zeros((len(packed.partners), 3))
    for k, name in enumerate(SHARES):
        amount = packed.items[name] * packed.items["most"]
        asked[:, k] = np.bincount(packed.items["partner"], amount, len(packed.partners))
    most = asked.max(axis=1, initial=0.0)
    due, left, rest = np.zeros(parts.size), float(shares.sum()), float(parts.sum())
    for p in np.argsort(most / parts, kind="stable").tolist():
        due[p] = min(most[p], left * parts[p] / rest)
        left, rest = left - due[p], rest - parts[p]
    return np.asarray(packed.credit + due - shares)


def _on(dimension: str, values: object, units: str, text: str) -> tuple[object, ...]:
    return (dimension, values, {"units": units, "long_name": text})
