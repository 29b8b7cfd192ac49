"""Chains of activities, and which activities can never be placed, each with what would mend it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import NegativeCycleError, bellman_ford, connected_components

from ilrs.foundation.windows import Windows
from ilrs.operations.problem import Activity, After, Capacity, Problem

__all__ = ["Chain", "Refusal", "chains", "refusals"]

_HOUR_S = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why an activity can never be placed: what it asks, what is possible, how to mend it."""

    activity: str
    asked: str
    possible: str
    mend: str

    def __str__(self) -> str:
        return f"{self.asked}; {self.possible}. {self.mend}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """Activities that hang together, those that others need first.

    A plan holds the first `n` of `members` only where `whole[n - 1]`: activities that need each
    other are placed together or not at all.
    """

    members: tuple[int, ...]  # positions in the problem's activities
    whole: tuple[bool, ...]


def refusals(problem: Problem) -> dict[str, Refusal]:
    """What can never be placed, by activity; a chain's later parts fall with the part they need."""
    found: dict[str, Refusal] = {}
    known = {activity.id: activity for activity in problem.activities}
    capacity = {r.name: r for r in problem.resources if isinstance(r, Capacity)}
    most = {r.name: np.inf for r in problem.resources}
    most |= {name: float(r.available.max(initial=0.0)) for name, r in capacity.items()}
    for activity in problem.activities:
        reason = (
            _alone(activity, problem, capacity=capacity, most=most)
            or _links(activity, known)
            or _apart(activity, known, span_s=problem.span_s)
        )
        if reason is not None:
            found[activity.id] = reason
    for group in _together(problem.activities):
        found |= _cycle([problem.activities[k] for k in group], known=known, found=found)
    return _fallen(problem.activities, found)


def _alone(
    activity: Activity,
    problem: Problem,
    *,
    capacity: Mapping[str, Capacity],
    most: Mapping[str, float],
) -> Refusal | None:
    """Why an activity could not be placed even in an empty plan; None where it could."""
    if not problem.entitlements.get(activity.partner, 0.0) > 0.0:
        return Refusal(
            activity=activity.id,
            asked=f"{activity.id} belongs to {activity.partner}, which has no entitlement",
            possible="a partner with activities has a positive one",
            mend="Give it a share, or take its activities out.",
        )
    shortest_s = activity.duration_s if activity.shortest_s is None else activity.shortest_s
    inside = activity.windows
    if len(inside) and (inside.start_s[0] < 0.0 or inside.end_s[-1] > problem.span_s):
        inside = inside & Windows([(0.0, problem.span_s)])
    if inside.longest_s < shortest_s - 1e-6:
        longest = f"its longest window is {inside.longest_s / _HOUR_S:.4g} h"
        return Refusal(
            activity=activity.id,
            asked=f"{activity.id} lasts {shortest_s / _HOUR_S:.4g} h at least",
            possible=longest if len(inside) else "there is no window for it in the plan's span",
            mend="Shorten it, split it, or drop one of its conditions.",
        )
    for name, amount in activity.needs.items():
        if name not in most:
            return Refusal(
                activity=activity.id,
                asked=f"{activity.id} needs {name}",
                possible=f"the station has no {name} then",
                mend="Name what stands there; replace what was withdrawn, or give its work up.",
            )
        if name in capacity and amount > most[name] * (1 + 1e-9):
            return Refusal(
                activity=activity.id,
                asked=f"{activity.id} needs {amount:g} {_unit(capacity[name])}of {name}",
                possible=f"there are never more than {most[name]:g}",
                mend="Need less of it, or land more.",
            )
    return None


def _unit(resource: Capacity) -> str:
    return "" if resource.unit == "1" else f"{resource.unit} "


def _links(activity: Activity, known: Mapping[str, Activity]) -> Refusal | None:
    for link in activity.after:
        if link.activity == activity.id or link.activity not in known:
            itself = link.activity == activity.id
            return Refusal(
                activity=activity.id,
                asked=f"{activity.id} comes after {'itself' if itself else link.activity}",
                possible="a chain names other activities of the same plan",
                mend="Name another activity, or take the link away.",
            )
        if link.least_s > link.most_s:
            return Refusal(
                activity=activity.id,
                asked=f"{activity.id} begins {link.least_s:g} s to {link.most_s:g} s after"
                f" {link.activity}",
                possible="the least lag is not longer than the most",
                mend="Correct the lag.",
            )
    return None


def _apart(activity: Activity, known: Mapping[str, Activity], *, span_s: float) -> Refusal | None:
    """A link whose lag no start of both in their windows can keep; None where one may."""
    for link in activity.after:
        other = known[link.activity]
        own_s, others_s = _starts_s(activity, span_s), _starts_s(other, span_s)
        if own_s is None or others_s is None:
            continue
        least_s, most_s = _start_lag(link, other)
        if others_s[0] + least_s > own_s[1] + 1e-6 or others_s[1] + most_s < own_s[0] - 1e-6:
            return Refusal(
                activity=activity.id,
                asked=f"{activity.id} comes after {other.id}",
                possible=f"its windows let it begin {_range_h(*own_s)} and {other.id} lets it"
                f" {_range_h(others_s[0] + least_s, others_s[1] + most_s)} of the plan",
                mend="Change the lag, or the windows of one of them.",
            )
    return None


def _range_h(first_s: float, last_s: float) -> str:
    until = f" to {last_s / _HOUR_S:.4g} h" if np.isfinite(last_s) else " on"
    return f"from {first_s / _HOUR_S:.4g} h{until}"


def _starts_s(activity: Activity, span_s: float) -> tuple[float, float] | None:
    """The first and last instant at which it may begin; None where it has no window."""
    shortest_s = activity.duration_s if activity.shortest_s is None else activity.shortest_s
    windows = activity.windows & Windows([(0.0, span_s)])
    long = windows.duration_s >= shortest_s - 1e-6
    if not long.any():
        return None
    return float(windows.start_s[long].min()), float(windows.end_s[long].max()) - shortest_s


def _together(activities: Sequence[Activity]) -> list[list[int]]:
    """Groups of activities that need each other, two or more in each."""
    position = {activity.id: k for k, activity in enumerate(activities)}
    _, group = connected_components(_graph(activities, position), connection="strong")
    members: dict[int, list[int]] = {}
    for k, label in enumerate(group.tolist()):
        members.setdefault(label, []).append(k)
    return [ks for ks in members.values() if len(ks) > 1]


def _graph(activities: Sequence[Activity], position: Mapping[str, int]) -> csr_array:
    pairs = [
        (position[link.activity], k)
        for k, activity in enumerate(activities)
        for link in activity.after
        if link.activity in position and position[link.activity] != k
    ]
    rows, columns = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    shape = (len(activities), len(activities))
    return csr_array((np.ones(len(pairs)), (rows, columns)), shape=shape)


def _cycle(
    group: Sequence[Activity], *, known: Mapping[str, Activity], found: Mapping[str, Refusal]
) -> dict[str, Refusal]:
    """Refusals of a group whose lags no times can satisfy; none where some times do."""
    if any(activity.id in found for activity in group):
        return {}
    names = [activity.id for activity in group]
    bounds: list[tuple[int, int, float]] = []
    for k, activity in enumerate(group):
        for link in activity.after:
            if link.activity in names:
                j = names.index(link.activity)
                least_s, most_s = _start_lag(link, known[link.activity])
                bounds.append((k, j, -least_s))  # start_j - start_k <= -least
                if np.isfinite(most_s):
                    bounds.append((j, k, most_s))  # start_k - start_j <= most
    if _times_exist(len(group), bounds):
        return {}
    circle = " needs ".join([*names, names[0]])
    return {
        name: Refusal(
            activity=name,
            asked=f"{circle}, with lags that go round in a circle",
            possible="activities that need each other run at lags that some times satisfy, such as"
            " 0 from the start",
            mend="Take one of the links away, or give a lag from the start.",
        )
        for name in names
    }


def _start_lag(link: After, other: Activity) -> tuple[float, float]:
    """Bounds of a link as a lag from the other's start to one's own. [s]"""
    if link.from_start:
        return link.least_s, link.most_s
    shortest_s = other.duration_s if other.shortest_s is None else other.shortest_s
    return shortest_s + link.least_s, other.duration_s + link.most_s


def _times_exist(count: int, bounds: Sequence[tuple[int, int, float]]) -> bool:
    """Whether difference constraints (from, to, most) have a solution: no negative cycle."""
    weight = np.full((count + 1, count + 1), np.inf)
    weight[count, :count] = 0.0  # a source that reaches all
    for start, end, most in bounds:
        weight[start, end] = min(weight[start, end], most)
    rows, columns = np.nonzero(np.isfinite(weight))
    # An explicit zero is an edge to csgraph only in sparse form.
    graph = csr_array((weight[rows, columns], (rows, columns)), shape=weight.shape)
    try:
        bellman_ford(graph, indices=count)
    except NegativeCycleError:
        return False
    return True


def _fallen(activities: Sequence[Activity], found: dict[str, Refusal]) -> dict[str, Refusal]:
    """The refusals, and those of activities that need a refused one."""
    grew = True
    while grew:
        grew = False
        for activity in activities:
            lost = next((link.activity for link in activity.after if link.activity in found), None)
            if lost is not None and activity.id not in found:
                found[activity.id] = Refusal(
                    activity=activity.id,
                    asked=f"{activity.id} comes after {lost}, which cannot be placed",
                    possible=str(found[lost]).split(". ")[0],
                    mend=found[lost].mend,
                )
                grew = True
    return found


def chains(activities: Sequence[Activity]) -> list[Chain]:
    """The activities by chain, in the order of each chain's first member.

    Every link names an activity that is there, and no lags are impossible (`refusals` first).
    """
    position = {activity.id: k for k, activity in enumerate(activities)}
    graph = _graph(activities, position)
    _, chain = connected_components(graph, directed=False)
    _, group = connected_components(graph, connection="strong")
    members: dict[int, list[int]] = {}
    for k, label in enumerate(chain.tolist()):
        members.setdefault(label, []).append(k)
    needed = [[position[link.activity] for link in activity.after] for activity in activities]
    groups = group.tolist()
    return [_ordered(ks, needed=needed, group=groups) for ks in members.values()]


def _ordered(members: list[int], *, needed: Sequence[Sequence[int]], group: Sequence[int]) -> Chain:
    """One chain in an order in which what is needed comes first, groups side by side."""
    if len(members) == 1:
        return Chain(members=tuple(members), whole=(True,))
    needs: dict[int, set[int]] = {group[k]: set() for k in members}
    for k in members:
        needs[group[k]] |= {group[other] for other in needed[k]} - {group[k]}
    order: list[int] = []
    whole: list[bool] = []
    while needs:
        ready = next(label for label in needs if not needs[label] & needs.keys())
        inside = [k for k in members if group[k] == ready]
        order += inside
        whole += [False] * (len(inside) - 1) + [True]
        del needs[ready]
    return Chain(members=tuple(order), whole=tuple(whole))
