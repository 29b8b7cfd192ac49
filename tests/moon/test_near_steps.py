"""Near steps as a vector program against the same steps in a plain loop over pixels."""

from typing import Any

import numba
import numpy as np
import pytest

from ilrs.moon.near_steps import LANES, raise_between, raise_crossings

WIDTH = 300
ROW = 40 * WIDTH + 100


@numba.njit(error_model="numpy")
def raised(tangents: Any, steps: Any, given: Any, is_crossing: bool) -> None:
    """The kernels called as the near ground calls them."""
    eyes, limits, ground = given
    if is_crossing:
        raise_crossings(tangents, eyes, limits, ground[ROW:], steps[0], steps[1], steps[0].shape[0])
    else:
        raise_between(tangents, eyes, limits, ground[ROW:], steps[0], steps[1], steps[0].shape[0])


def plainly_raised(tangents: Any, steps: Any, given: Any, is_crossing: bool) -> np.ndarray:
    """One pixel and one step after the other, in 64 bits."""
    eyes, limits, ground = given
    highest = tangents.astype(float)
    for j in range(LANES):
        for weight, (p, q) in zip(steps[0].astype(float), steps[1], strict=True):
            if weight[6] > limits[j]:
                continue
            places = [p, q] if is_crossing else [p, p + 1, q, q + 1]
            there = sum(weight[n] * float(ground[ROW + j + at]) for n, at in enumerate(places))
            tangent = weight[4] * (there - float(eyes[j])) + weight[5]
            highest[j] = max(highest[j], tangent)
    return highest


# Tolerance: heights of 1 km in 32 bits are 6e-5 m apart, weighed and summed from four of them less
# than 3e-4 m off; the nearest step here is 100 m away, so 3e-6.
@pytest.mark.parametrize("is_crossing", [True, False])
def test_vector_steps_are_the_plain_ones(is_crossing: bool) -> None:
    rng = np.random.default_rng(3)
    ground = rng.uniform(-1000.0, 1000.0, 80 * WIDTH).astype(np.float32)
    count = 25
    weights = np.zeros((count, 7), np.float32)
    weights[:, :4] = rng.dirichlet(np.ones(2 if is_crossing else 4), count) @ np.eye(
        2 if is_crossing else 4, 4
    )
    weights[:, 6] = np.linspace(0.5, 60.0, count)
    weights[:, 4] = 1.0 / (200.0 * weights[:, 6])
    weights[:, 5] = -1e-4 * weights[:, 6]
    places = rng.integers(-30, 30, (count, 2)) * WIDTH + rng.integers(-60, 60, (count, 2))
    eyes = rng.uniform(-1000.0, 1000.0, LANES).astype(np.float32)
    limits = rng.uniform(0.0, 70.0, LANES).astype(np.float32)
    limits[0] = 0.0  # sees no step at all
    begun = np.full(LANES, np.float32(-0.5))
    begun[1] = 1e3  # stands before a wall already
    given = (eyes, limits, ground)
    plain = plainly_raised(begun, (weights, places), given, is_crossing)
    tangents = begun.copy()
    raised(tangents, (weights, places), given, is_crossing)
    assert np.abs(tangents - plain).max() <= 3e-6
    assert tangents[0] == np.float32(-0.5)
    assert tangents[1] == np.float32(1e3)
    assert (tangents[2:] > -0.5).any()
