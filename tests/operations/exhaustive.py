"""The best plan of a small problem by trying everything, with the checker as the only judge."""

from collections.abc import Iterator

import numpy as np

from ilrs.operations.checker import Place, hindrances, links_kept, total_worth
from ilrs.operations.problem import Activity, Problem

__all__ = ["best_worth"]


def _places(problem: Problem, activity: Activity) -> Iterator[Place]:
    """All places on slots that an activity could have, the longest first."""
    shortest_s = activity.duration_s if activity.shortest_s is None else activity.shortest_s
    least = int(np.ceil(shortest_s / problem.step_s - 1e-6))
    most = int(np.ceil(activity.duration_s / problem.step_s - 1e-6))
    for length in range(most, least - 1, -1):
        for start in range(problem.slots - length + 1):
            place = Place(activity, start * problem.step_s, length * problem.step_s)
            if not any(hindrances(problem, place, {activity.id: place})):
                yield place


def best_worth(problem: Problem) -> float:
    """The worth of the best plan; shares are not looked at.

    Every place of every activity is tried beside every other. Only what is proven useless is left
    out: a place that hinders those before it (more work never helps), and choices that could not
    reach the best worth known even if all that follows were placed whole.
    """
    activities = problem.activities
    choices = [list(_places(problem, activity)) for activity in activities]
    whole = [Place(a, 0.0, np.ceil(a.duration_s / problem.step_s - 1e-6) * problem.step_s)
             for a in activities]  # fmt: skip
    best = 0.0

    def search(k: int, places: dict[str, Place]) -> None:
        nonlocal best
        if total_worth(problem, [*places.values(), *whole[k:]]) <= best + 1e-12:
            return
        if k == len(activities):
            if not any(v for place in places.values() for v in links_kept(place, places)):
                best = total_worth(problem, places.values())
            return
        for place in choices[k]:
            added = {**places, activities[k].id: place}
            if not any(hindrances(problem, place, added)):
                search(k + 1, added)
        search(k + 1, places)

    search(0, {})
    return best
