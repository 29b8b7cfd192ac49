"""The odds of a road map: against analytic distributions and networkx' longest path."""

import networkx
import numpy as np
import pytest

from ilrs.cooperation.risk import Task, task_odds
from ilrs.foundation.errors import IlrsError


def fixed(name, days, *needs, **more):
    return Task(id=name, needs=needs, least_d=days, likely_d=days, most_d=days, **more)


# Mean (a + 4 m + b) / 6 of a PERT duration (Malcolm et al., 1959); the mean of 40,000 draws lies
# within 4 standard errors of it in all but 6 of 100,000 cases.
def test_a_duration_has_the_mean_of_pert():
    task = Task(id="T", least_d=10.0, likely_d=20.0, most_d=60.0)
    days = task_odds([task], draws=40_000).finish("T")
    assert days.min() >= 10.0
    assert days.max() <= 60.0
    assert abs(days.mean() - 25.0) <= 4.0 * days.std() / np.sqrt(days.size)


# The latest of n uniform durations has the mean n / (n + 1) of the range. A PERT duration with its
# likeliest value at one end is none, so mishaps, which are uniform, stand for them.
def test_the_latest_of_several_comes_when_the_largest_of_uniform_numbers_does():
    parts = [fixed(f"P{k}", 0.0, mishap_probability=1.0, mishap_most_d=100.0) for k in range(4)]
    last = fixed("LAST", 0.0, *(part.id for part in parts))
    days = task_odds([last, *parts], draws=40_000).finish("LAST")
    assert abs(days.mean() - 80.0) <= 4.0 * days.std() / np.sqrt(days.size)


def test_a_mishap_comes_as_often_as_declared():
    task = fixed("T", 10.0, mishap_probability=0.3, mishap_least_d=5.0, mishap_most_d=5.0, due_d=10)
    part, low, high = task_odds([task], draws=40_000).on_time("T")
    assert low < 0.7 < high
    assert part == pytest.approx(0.7, abs=0.01)


# Longest paths by networkx on random networks of fixed durations: equal to rounding.
@pytest.mark.parametrize("seed", range(5))
def test_critical_paths_are_those_of_networkx(seed):
    rng = np.random.default_rng(seed)
    tasks, graph = [], networkx.DiGraph()
    for k in range(40):
        needs = [f"T{j}" for j in range(k) if rng.random() < 0.1]
        days = float(rng.uniform(1.0, 50.0))
        tasks.append(fixed(f"T{k}", days, *needs))
        graph.add_edges_from(((need, f"T{k}") for need in needs or ["START"]), weight=days)
    odds = task_odds(tasks, draws=1)
    longest = networkx.dag_longest_path(graph)
    length_d = networkx.dag_longest_path_length(graph)
    assert odds.finish_d.max() == pytest.approx(length_d, rel=1e-12)
    critical = {d.task for d in odds.drivers(longest[-1]) if d.critical_fraction > 0.0}
    assert critical == set(longest[1:])


def test_what_holds_a_milestone_up_comes_first_with_the_days_it_costs():
    tasks = [
        Task(id="LANDER", least_d=100.0, likely_d=100.0, most_d=400.0),
        fixed("ROVER", 90.0),
        fixed("LANDING", 5.0, "LANDER", "ROVER", due_d=150.0),
    ]
    odds = task_odds(tasks)
    first, second = odds.drivers("LANDING")[:2]
    assert (first.task, first.critical_fraction) == ("LANDER", 1.0)
    mean_d = odds.finish("LANDER").mean()
    assert first.gain_d == pytest.approx(mean_d - 100.0)
    assert (second.task, second.gain_d) == ("LANDING", 0.0)


def test_a_tasks_draws_do_not_depend_on_the_rest_of_the_map():
    task = Task(id="T", least_d=1.0, likely_d=2.0, most_d=9.0)
    alone = task_odds([task], draws=100, seed=4).finish("T")
    among = task_odds([fixed("X", 3.0), task, fixed("Y", 1.0, "X")], draws=100, seed=4).finish("T")
    assert np.array_equal(alone, among)


def test_nothing_begins_before_it_may():
    odds = task_odds([fixed("A", 10.0), fixed("B", 1.0, "A", not_before_d=30.0)], draws=3)
    assert odds.finish("B").tolist() == [31.0] * 3
    assert odds.on_time("B") is None


@pytest.mark.parametrize(
    ("tasks", "message"),
    [
        (
            [fixed("A", 1.0, "B"), fixed("B", 1.0, "A")],
            "the tasks A -> B -> A need each other in a circle; each can only need what may come"
            " before it. Take one of these ids out of a `needs`.",
        ),
        (
            [fixed("A", 1.0, "Z")],
            "A needs Z, which the road map does not hold; a task needs others of the same road map."
            " Add the task, or take the need away.",
        ),
        (
            [Task(id="A", least_d=5.0, likely_d=4.0, most_d=9.0)],
            "A takes 5 d to 9 d, 4 d likeliest; the least is 0 or more, the likeliest between the"
            " least and the most. Correct its duration.",
        ),
        (
            [fixed("A", 1.0), fixed("A", 2.0)],
            "the task A is there 2 times; each id names one task. Pass each task once.",
        ),
        (
            [fixed("A", 1.0, mishap_probability=1.2)],
            "a mishap of A has the probability 1.2 and adds 0 d to 0 d; the probability lies"
            " between 0 and 1, the least is 0 or more and not over the most. Correct the mishap.",
        ),
    ],
)
def test_a_road_map_that_is_none_is_refused(tasks, message):
    with pytest.raises(IlrsError) as caught:
        task_odds(tasks, draws=2)
    assert str(caught.value) == message


def test_an_unknown_task_is_named():
    with pytest.raises(IlrsError) as caught:
        task_odds([fixed("A", 1.0)], draws=2).finish("B")
    assert str(caught.value) == "there is no task 'B'; the road map has A. Correct the id."
