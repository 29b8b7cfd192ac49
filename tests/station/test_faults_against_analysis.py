"""Sampled faults against the closed forms of reliability theory.

Rausand & Hoyland, System Reliability Theory, 2nd ed. (Wiley 2004): exponential and Weibull
survival (ch. 2), k-out-of-n (ch. 4), repairable units and standby spares (ch. 7, 8). The tolerance
of every comparison is three standard errors of the sample that is compared, stated here before any
result was seen.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from ilrs.programme.entities import Element
from ilrs.station.faults import FaultSample, fault_arrays, sample_faults

LANES, STEP_S, YEAR = 20_000, 3600.0, 8766
Make = Callable[..., Element]


def sample(elements: Sequence[Element], *, years: float, lanes: int = LANES) -> FaultSample:
    arrays = fault_arrays(elements, seed=1)
    return sample_faults(
        arrays, first_lane=0, lanes=lanes, steps=round(years * YEAR), step_s=STEP_S
    )


def alive(life: FaultSample, *, year: float) -> npt.NDArray[np.bool_]:
    """Whether each lane's each element is not gone by the end of a year."""
    return (life.gone_step == -1) | (life.gone_step >= year * YEAR)


def works_at(life: FaultSample, *, step: int, lanes: int, elements: int) -> npt.NDArray[np.bool_]:
    works = np.ones((lanes, elements), dtype=bool)
    for row in life.events[life.events["step"] <= step]:  # sorted: the last one holds
        works[row["lane"], row["element"]] = row["health"] > 0.0
    return works


def assert_part(found: npt.NDArray[Any], expected: float) -> None:
    """A sample of independent yes and no has the expected part of yes."""
    error = math.sqrt(expected * (1.0 - expected) / found.size)
    assert abs(found.mean() - expected) < 3.0 * error


@pytest.mark.parametrize("year", [1, 4, 10])
def test_survival_at_a_constant_rate(element: Make, year: int) -> None:
    life = sample([element(faults=[{"name": "f", "rate": "12 %/y"}])], years=10)
    assert_part(alive(life, year=year), math.exp(-0.12 * year))


@pytest.mark.parametrize(("shape", "life_y"), [(0.6, 30.0), (1.0, 8.0), (3.5, 7.0)])
@pytest.mark.parametrize("year", [2, 6])
def test_survival_by_weibulls_law(element: Make, shape: float, life_y: float, year: int) -> None:
    wear = {"name": "f", "wear_out": {"shape": shape, "life": f"{life_y} y"}}
    life = sample([element(faults=[wear])], years=6)
    assert_part(alive(life, year=year), math.exp(-((year / life_y) ** shape)))


def test_rate_and_wear_out_compete(element: Make) -> None:
    both = {"name": "f", "rate": "5 %/y", "wear_out": {"shape": 2, "life": "10 y"}}
    life = sample([element(faults=[both])], years=6)
    assert_part(alive(life, year=6), math.exp(-0.05 * 6 - (6 / 10) ** 2))


def test_two_of_three(element: Make) -> None:
    three = [element(key, faults=[{"name": "f", "rate": "10 %/y"}]) for key in "ABC"]
    r = math.exp(-0.1 * 5)
    works = alive(sample(three, years=5), year=5).sum(axis=1) >= 2
    assert_part(works, 3 * r**2 - 2 * r**3)


@pytest.mark.parametrize("spread", ["fixed", "exponential"])
def test_availability_of_a_unit_that_is_repaired(element: Make, spread: str) -> None:
    # MTBF / (MTBF + MTTR), whatever the spread of the repair; 25 mean times after the start.
    fault = {
        "name": "f", "rate": "5 1/y", "repair": {"by": "itself", "time": "30 d", "spread": spread},
    }  # fmt: skip
    life = sample([element(faults=[fault])], years=5)
    works = works_at(life, step=5 * YEAR - 1, lanes=LANES, elements=1)
    mtbf_d, mttr_d = 365.25 / 5, 30.0
    assert_part(works, mtbf_d / (mtbf_d + mttr_d))


def test_spares_that_take_over_at_once(element: Make) -> None:
    # Cold standby: it lives while a Poisson count of failures is at most the number of spares.
    fault = {"name": "f", "rate": "40 %/y", "repair": {"by": "spare", "time": "0 s"}}
    life = sample([element(faults=[fault], spares=2)], years=5)
    assert_part(alive(life, year=5), math.exp(-2.0) * (1 + 2.0 + 2.0**2 / 2))


def test_failures_of_a_unit_that_keeps_its_age(element: Make) -> None:
    # Minimal repair of a Weibull unit: a Poisson count of mean (t / life)^shape.
    fault = {
        "name": "f", "wear_out": {"shape": 3, "life": "4 y"},
        "repair": {"by": "itself", "time": "1 s"},
    }  # fmt: skip
    life = sample([element(faults=[fault])], years=8)
    mean = (8 / 4) ** 3
    assert abs(life.failures.mean() - mean) < 3.0 * math.sqrt(mean / LANES)


def test_two_machines_and_one_repairman(element: Make) -> None:
    # Machine interference: p_n = 2! / (2 - n)! rho^n p_0 are down, rho = rate over repair rate.
    fault = {
        "name": "f", "rate": "6 1/y",
        "repair": {"by": "robot", "robot": "R", "time": "30 d", "spread": "exponential"},
    }  # fmt: skip
    two = [element("R"), *(element(key, faults=[fault]) for key in "AB")]
    works = works_at(sample(two, years=5), step=5 * YEAR - 1, lanes=LANES, elements=3)
    rho = 6 * 30 / 365.25
    p0 = 1.0 / (1 + 2 * rho + 2 * rho**2)
    down = 2 - works[:, 1:].sum(axis=1)
    for n, expected in enumerate((p0, 2 * rho * p0, 2 * rho**2 * p0)):
        assert_part(down == n, expected)


def test_a_robot_that_dies_before_its_patient(element: Make) -> None:
    # Gone by T when the robot dies at s < T and a failure comes between s and T.
    robot = element("R", faults=[{"name": "f", "rate": "20 %/y"}])
    fault = {
        "name": "f", "rate": "50 %/y", "repair": {"by": "robot", "robot": "R", "time": "1 h"},
    }  # fmt: skip
    life = sample([robot, element("A", faults=[fault])], years=6)
    mu, rate, years = 0.2, 0.5, 6
    unharmed = mu / (rate - mu) * (math.exp(-mu * years) - math.exp(-rate * years))
    assert_part(alive(life, year=6)[:, 1], math.exp(-mu * years) + unharmed)
