"""Experiments as requests of a plan: sessions that want a place, each with what it needs and when.

An experiment asks for its part of `wanted`: that of the plan's days in the scenario's, or, where it
needs people, of the visits' days. `sessions` says in which pieces.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence

from ilrs.foundation.windows import Windows
from ilrs.operations.problem import Activity, After
from ilrs.programme.entities import Experiment

__all__ = ["CREW", "instrument", "length_s", "requests_of", "worth_per_hour"]

CREW = "CREW"
_HOUR_S = 3600.0
_PRIORITIES = 10  # 0 to 9, 0 first


def length_s(experiment: Experiment) -> float:
    """The longest session of an experiment. [s]"""
    declared_s = experiment.sessions.length_s
    return experiment.minimum_run_s if declared_s is None else declared_s


def worth_per_hour(experiment: Experiment) -> float:
    """Worth of an hour of an experiment, before it saturates."""
    declared = experiment.sessions.worth
    return float(_PRIORITIES - experiment.priority) if declared is None else declared


def instrument(experiment: Experiment) -> str:
    """The resource that lets one session of an experiment run at a time."""
    return f"{experiment.id} (instrument)"


def requests_of(
    experiments: Sequence[Experiment],
    *,
    windows: Mapping[str, Windows],
    asked_s: Mapping[str, float],
    resources: Mapping[str, Mapping[str, float]],
    span_s: float,
) -> tuple[Activity, ...]:
    """The sessions of all experiments as activities, named `EXPERIMENT.01` and so on.

    By experiment: the `windows` in which its conditions hold (seconds from the plan's begin), the
    time that it asks for, and what each session draws or holds of the resources.
    """
    counts = {one.id: _count(one, asked_s=asked_s[one.id], span_s=span_s) for one in experiments}
    pairs = dict(_pairs(experiments, counts))
    return tuple(
        activity
        for one in experiments
        for activity in _sessions(
            one, windows[one.id], resources[one.id], counts=counts, pairs=pairs,
            asked_s=asked_s[one.id], span_s=span_s,
        )
    )  # fmt: skip


def _count(experiment: Experiment, *, asked_s: float, span_s: float) -> int:
    own = experiment.sessions
    if own.count is not None:
        return own.count
    if own.every_s is not None:
        return int(span_s / own.every_s + 1e-9)
    return math.ceil(asked_s / length_s(experiment) - 1e-9)


def _pairs(
    experiments: Sequence[Experiment], counts: Mapping[str, int]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """By experiment: those whose sessions begin with its own, each naming the other."""
    together: dict[str, list[str]] = {}
    for one in experiments:
        other = one.sessions.together_with or ""
        if other in counts and other != one.id:
            together.setdefault(one.id, []).append(other)
            together.setdefault(other, []).append(one.id)
    return ((id_, tuple(dict.fromkeys(others))) for id_, others in together.items())


def _sessions(
    experiment: Experiment,
    windows: Windows,
    needs: Mapping[str, float],
    *,
    counts: Mapping[str, int],
    pairs: Mapping[str, tuple[str, ...]],
    asked_s: float,
    span_s: float,
) -> Iterator[Activity]:
    own, longest_s = experiment.sessions, length_s(experiment)
    count = counts[experiment.id]
    for k in range(count):
        # What is asked for is met exactly where the last session may be shorter.
        last_s = asked_s - (count - 1) * longest_s
        is_cut = own.every_s is None and own.count is None and k == count - 1
        shortest_s = longest_s if own.shortest_s is None else own.shortest_s
        duration_s = max(min(longest_s, last_s), shortest_s) if is_cut else longest_s
        yield Activity(
            id=_name(experiment.id, k),
            partner=experiment.owner,
            kind=experiment.id,
            windows=windows if own.every_s is None else windows & _due(experiment, k, span_s),
            duration_s=duration_s,
            shortest_s=None if own.shortest_s is None else shortest_s,
            needs=needs,
            disturbs=frozenset(own.disturbs),
            quiet=frozenset(own.quiet),
            after=tuple(_after(experiment, k, counts=counts, pairs=pairs.get(experiment.id, ()))),
            worth=worth_per_hour(experiment) * duration_s / _HOUR_S,
            mandatory=own.mandatory,
            data_bps=experiment.data_bps,
            power_w=experiment.power_w,
        )


def _name(experiment: str, k: int) -> str:
    return f"{experiment}.{k + 1:02d}"


def _due(experiment: Experiment, k: int, span_s: float) -> Windows:
    """When the k-th session of a periodic experiment may run: about the middle of its period."""
    own, longest_s = experiment.sessions, length_s(experiment)
    every_s = own.every_s or span_s
    begin_s, end_s = k * every_s, min((k + 1) * every_s, span_s)
    if own.tolerance_s is None:
        return Windows([(begin_s, end_s)])
    due_s = 0.5 * (begin_s + end_s - longest_s)
    return Windows([(due_s - own.tolerance_s, due_s + own.tolerance_s + longest_s)])


def _after(
    experiment: Experiment, k: int, *, counts: Mapping[str, int], pairs: Iterable[str]
) -> Iterator[After]:
    """Links of the k-th session to the k-th of others, where there is one."""
    for link in experiment.sessions.follows:
        if k < counts.get(link.experiment, 0):
            most_s = math.inf if link.most_s is None else link.most_s
            yield After(activity=_name(link.experiment, k), least_s=link.least_s, most_s=most_s)
    for other in pairs:
        if k < counts[other]:
            yield After(activity=_name(other, k), most_s=0.0, from_start=True)
