"""Small planning problems for the tests."""

import numpy as np

from ilrs.foundation.windows import Windows
from ilrs.operations.problem import Activity, Capacity, Problem, Resource

__all__ = ["STEP_S", "activity", "problem", "robot"]

STEP_S = 900.0


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
