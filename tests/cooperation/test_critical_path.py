"""Critical paths against networkx' longest path, and floats against slips tried one by one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ilrs.cooperation.critical_path import critical_path
from ilrs.foundation.errors import IlrsError
from ilrs.programme.entities import Milestone, Mission, Programme

networkx = pytest.importorskip("networkx")

_DAY = np.timedelta64(1, "D")
_EPOCH = np.datetime64("2030-01-01", "ns")


def mission(key, day, status="planned"):
    launches = [] if day is None else [{"date": str(_EPOCH + day * _DAY)[:19] + "Z"}]
    return Mission.model_validate({"id": key, "status": status, "launches": launches})


def milestone(key, needs, takes_d=0, by="2031-01-01T00:00:00Z"):
    declared = Milestone.model_validate({"id": key, "stage": "operation", "needs": needs, "by": by})
    return declared.model_copy(update={"takes_s": takes_d * 86400.0})


def programme(missions, milestones):
    return Programme(
        name="test", missions={m.id: m for m in missions}, milestones={m.id: m for m in milestones}
    )


def test_the_chain_and_its_floats_by_hand():
    found = critical_path(
        programme(
            [mission("A", 10), mission("B", 40), mission("C", 55)],
            [milestone("M", ["A", "B"], takes_d=20), milestone("END", ["M", "C"], takes_d=5)],
        ),
        "END",
    )
    assert found.path == ("B", "M", "END")
    assert found.done == _EPOCH + 65 * _DAY
    assert found.slack_d == 365.0 - 65.0
    floats = {step.id: step.float_d for step in found.steps}
    assert floats == {"B": 0.0, "M": 0.0, "END": 0.0, "C": 5.0, "A": 30.0}


@st.composite
def road_maps(draw):
    """Days of missions, then what each milestone needs and how long it takes: plain data."""
    days = draw(st.lists(st.integers(0, 300), min_size=1, max_size=5))
    known, steps = [f"L{k}" for k in range(len(days))], []
    for k in range(draw(st.integers(1, 5))):
        needs = draw(st.lists(st.sampled_from(known), min_size=1, max_size=4, unique=True))
        steps.append((needs, draw(st.integers(0, 90))))
        known.append(f"M{k}")
    return days, steps


@given(road_maps())
def test_paths_are_the_longest_of_networkx_and_floats_what_a_slip_shows(road_map):
    days, steps = road_map
    declared = programme(
        [mission(f"L{k}", day) for k, day in enumerate(days)],
        [milestone(f"M{k}", needs, takes_d=takes) for k, (needs, takes) in enumerate(steps)],
    )
    goal = list(declared.milestones)[-1]
    found = critical_path(declared, goal)
    graph = networkx.DiGraph()
    for key in declared.missions:
        launched = np.datetime64(declared.missions[key].launch.date[:19], "ns")
        graph.add_edge("epoch", key, weight=float((launched - _EPOCH) / _DAY))
    for key, step in declared.milestones.items():
        for need in step.needs:
            graph.add_edge(need, key, weight=step.takes_s / 86400.0)
    above = graph.subgraph(networkx.ancestors(graph, goal) | {goal})
    longest = networkx.dag_longest_path_length(above)
    assert float((found.done - _EPOCH) / _DAY) == pytest.approx(longest)
    weight = networkx.path_weight(graph, ["epoch", *found.path], "weight")
    assert weight == pytest.approx(longest)
    # A mission that slips by its float moves nothing, by ten days more it moves the milestone so.
    for step in found.steps:
        if step.id in declared.missions:
            for more_d in (0.0, 10.0):
                later = mission(
                    step.id, round(float((step.done - _EPOCH) / _DAY) + step.float_d + more_d)
                )
                moved = declared.model_copy(
                    update={"missions": {**declared.missions, step.id: later}}
                )
                change = critical_path(moved, goal).done - found.done
                assert float(change / _DAY) == pytest.approx(more_d)


def test_what_has_failed_or_no_date_is_left_out_and_named():
    found = critical_path(
        programme(
            [mission("A", 10), mission("B", 40, status="failed"), mission("C", None)],
            [milestone("M", ["A", "B", "C"])],
        ),
        "M",
    )
    assert (found.path, found.unknown) == (("A", "M"), ("B", "C"))
    nothing = critical_path(programme([mission("C", None)], [milestone("M", ["C"])]), "M")
    assert (nothing.path, nothing.done, nothing.slack_d, nothing.unknown) == (
        (),
        None,
        None,
        ("C",),
    )


def test_an_unknown_milestone_is_named():
    with pytest.raises(IlrsError) as caught:
        critical_path(programme([], [milestone("BASE", [])]), "BASIC")
    assert str(caught.value) == (
        "there is no milestone 'BASIC'; there are BASE. Did you mean 'BASE'?"
    )
