"""Small planning problems for the tests, and plans of them that the checker finds sound."""

from dataclasses import replace
from typing import Any

import numpy as np
import xarray as xr
from hypothesis import Phase, settings
from hypothesis import strategies as st

from ilrs.foundation.windows import Windows
from ilrs.operations import planning
from ilrs.operations.checker import checked
from ilrs.operations.problem import Activity, After, Capacity, Problem, Resource, Store

__all__ = [
    "SMALL", "STEP_S", "activity", "better_plan", "first_plan", "problem",
    "random_problems", "robot",
]  # fmt: skip

STEP_S = 900.0
#: The same examples each time, and none made smaller: that would take minutes of searches.
SMALL = settings(
    deadline=None, derandomize=True, phases=(Phase.explicit, Phase.reuse, Phase.generate)
)


def robot(slots: int = 16, number: float = 1.0) -> Capacity:
    """A robot, or several, all the time."""
    return Capacity(name="ROBOT", available=np.full(slots, number))


def activity(name: str, slots: int = 4, /, **changes: object) -> Activity:
    """An activity of that many slots that needs the robot at any time."""
    given: dict[str, object] = {
        "id": name, "partner": "A", "windows": Windows([(0.0, 1e9)]),
        "duration_s": slots * STEP_S, "needs": {"ROBOT": 1.0},
    }  # fmt: skip
    return Activity(**(given | changes))  # type: ignore[arg-type]


def problem(
    *activities: Activity, resources: tuple[Resource, ...] | None = None, **changes: object
) -> Problem:
    """A problem of sixteen slots with one robot, each partner entitled to the same."""
    given: dict[str, object] = {
        "epoch_utc": "2036-01-01T00:00:00Z", "step_s": STEP_S, "slots": 16,
        "activities": activities, "resources": resources or (robot(),),
        "entitlements": {a.partner: 1.0 for a in activities},
    }  # fmt: skip
    return Problem(**(given | changes))  # type: ignore[arg-type]


def first_plan(asked: Problem) -> xr.Dataset:
    """The first plan, replayed by the checker."""
    return checked(asked, planning.first_plan(asked))


def better_plan(asked: Problem, *args: Any, **options: Any) -> xr.Dataset:
    """A better plan, replayed by the checker."""
    return checked(asked, planning.better_plan(asked, *args, **options))


def _stores(draw: st.DrawFn, slots: int) -> Store:
    """A store with losses and limits, that the station itself may empty."""
    rates = st.lists(st.integers(-30, 200), min_size=slots, max_size=slots)
    capacity = draw(st.sampled_from([150.0, 400.0, 1000.0])) * STEP_S
    initial = draw(st.sampled_from([0.2, 0.6, 1.0])) * capacity
    return Store(
        name="ENERGY", unit="W", inflow=np.array(draw(rates), dtype=float), capacity=capacity,
        initial=initial, least=draw(st.sampled_from([0.0, 0.5, 1.0])) * initial,
        fill_efficiency=draw(st.sampled_from([0.8, 1.0])),
        draw_efficiency=draw(st.sampled_from([0.9, 1.0])),
        most_fill=draw(st.sampled_from([80.0, np.inf])),
        most_draw=draw(st.sampled_from([150.0, np.inf])), keeps=draw(st.sampled_from([0.97, 1.0])),
    )  # fmt: skip


@st.composite
def random_problems(
    draw: st.DrawFn, *, slots: int = 16, most: int = 8, longest: int = 5, **changes: object
) -> Problem:
    """A problem of everything: chains, pairs, stores, quiet work, cuts, duties, more than one of a
    kind."""
    activities: list[Activity] = []
    sign = st.frozensets(st.just("radio"))
    for k in range(draw(st.integers(1, most))):
        length = draw(st.integers(1, longest))
        start = draw(st.integers(0, slots // 2))
        spans = [(start * STEP_S, (start + draw(st.integers(slots // 3, slots))) * STEP_S)]
        links: tuple[After, ...] = ()
        if activities and draw(st.integers(0, 3)) == 0:
            least = draw(st.integers(-2, 3)) * STEP_S
            links = (
                After(
                    activity=activities[-1].id, least_s=least,
                    most_s=draw(st.sampled_from([np.inf, least, least + 4 * STEP_S])),
                    from_start=draw(st.booleans()),
                ),
            )  # fmt: skip
        activities.append(
            activity(
                f"W{k}", length,
                partner=draw(st.sampled_from("AB")), kind=draw(st.sampled_from("kl")),
                windows=Windows(spans), after=links, worth=float(draw(st.integers(0, 9))),
                duration_s=(length - draw(st.sampled_from([0.0, 0.5]))) * STEP_S,
                shortest_s=draw(st.sampled_from([None, 0.4 * STEP_S])),
                needs=draw(st.sampled_from([{"ROBOT": 1.0}, {"ENERGY": 70.0}, {}, {
                    "ROBOT": 2.0, "ENERGY": 40.0}])),
                disturbs=draw(sign), quiet=draw(sign), mandatory=draw(st.integers(0, 5)) == 0,
                power_w=50.0, data_bps=draw(st.sampled_from([0.0, 10.0])),
            )
        )  # fmt: skip
    if len(activities) > 1 and draw(st.integers(0, 3)) == 0:
        pair = After(activity=activities[1].id, most_s=0.0, from_start=True)
        back = After(activity=activities[0].id, most_s=0.0, from_start=True)
        activities[0] = replace(activities[0], after=(pair,))
        activities[1] = replace(activities[1], after=(back,))
    robots = np.full(slots, float(draw(st.integers(1, 3))))
    robots[draw(st.integers(0, slots - 1)) :][:3] -= 1.0
    given: dict[str, object] = {
        "slots": slots, "entitlements": {"A": 1.0, "B": 2.0},
        "saturation": draw(st.sampled_from([{}, {"k": 8.0}])),
        "resources": (Capacity(name="ROBOT", available=robots), _stores(draw, slots)),
    }  # fmt: skip
    return problem(*activities, **(given | changes))  # type: ignore[arg-type]
