"""Screening against brute force, probability against a published case, quadrature and sampling."""

import numpy as np
import pytest
from scipy.integrate import dblquad

from ilrs.foundation.errors import IlrsError
from ilrs.orbits.conjunction import (
    ConjunctionObject,
    collision_probability,
    conjunctions,
    encounter_probability,
    screen_all,
)
from ilrs.orbits.covariance import Covariances
from ilrs.orbits.trajectory import Trajectory, joined_trajectory
from tests.orbits.messages import T0, circular


def crossing(name: str = "B", *, hours: float = 72.0) -> Trajectory:
    """An orbit that crosses the polar one's plane and height, now nearer and now farther."""
    return circular(
        name, hours=hours, ascending_node_deg=40.0, inclination_deg=60.0,
        semi_major_axis_m=1.912e6, eccentricity=0.006,
    )  # fmt: skip


def by_steps(first: Trajectory, second: Trajectory, *, hours: float, limit_m: float) -> np.ndarray:
    """Closest approaches by brute force, every 0.5 s."""
    t = np.arange(T0, T0 + 3600.0 * hours, 0.5)
    d = np.linalg.norm(first.position_m(t) - second.position_m(t), axis=1)
    lowest = (d[1:-1] < d[:-2]) & (d[1:-1] <= d[2:]) & (d[1:-1] < limit_m)
    return t[np.flatnonzero(lowest) + 1]


@pytest.mark.parametrize("limit_m", [50e3, 400e3])
def test_no_approach_is_stepped_over(limit_m: float) -> None:
    pair = circular("A", hours=72.0), crossing()
    found = conjunctions(*pair, limit_m=limit_m)
    steps = by_steps(*pair, hours=72.0, limit_m=limit_m)
    assert len(found) == len(steps) > 0
    np.testing.assert_allclose([one.tca_tdb_s for one in found], steps, atol=0.5)
    for one in found:  # at the closest approach range and range rate stand across
        apart = one.second.position_m - one.first.position_m
        passing = one.second.velocity_m_s - one.first.velocity_m_s
        assert abs(apart @ passing) < 1e-3 * one.miss_distance_m * one.relative_speed_m_s
        assert one.miss_distance_m <= limit_m
        assert one.probability is None


def test_shells_leave_no_approach_out_and_distant_pairs_out() -> None:
    near = [circular("A", hours=72.0), crossing()]
    high = circular("C", hours=72.0, semi_major_axis_m=4e6)
    found = screen_all([*near, high], limit_m=200e3)
    alone = conjunctions(*near, limit_m=200e3)
    assert [one.tca_tdb_s for one in found] == pytest.approx([one.tca_tdb_s for one in alone])
    assert {(one.first.name, one.second.name) for one in found} == {("A", "B")}


def test_span_and_gaps_are_respected() -> None:
    whole = conjunctions(circular("A", hours=72.0), crossing(), limit_m=400e3)
    middle_s = whole[len(whole) // 2].tca_tdb_s
    early = conjunctions(
        circular("A", hours=72.0), crossing(), limit_m=400e3, span_s=(T0, middle_s - 60.0)
    )
    assert len(early) == len(whole) // 2
    parts = [circular("A", hours=24.0), circular("A", hours=24.0, start_s=T0 + 48 * 3600.0)]
    outside = [one for one in whole if not 24.0 < (one.tca_tdb_s - T0) / 3600.0 < 48.0]
    found = conjunctions(joined_trajectory(parts, gaps=True), crossing(), limit_m=400e3)
    assert len(found) == len(outside) > 0


# NASA's Conjunction Assessment and Risk Analysis tools, Pc2D_Foster, its first validation case (by
# Omitron): states in km, covariances in km2, 20 m, Pc = 2.7060234765697e-05. Its own test allows
# 1e-3; here 1e-6, ten times the tolerance that its integral is asked for.
def test_probability_against_nasa_cara() -> None:
    states = np.array([
        [378.39559, 4305.721887, 5752.767554, 2.360800244, 5.580331936, -4.322349039],
        [374.5180598, 4307.560983, 5751.130418, -5.388125081, -3.946827739, 3.322820358],
    ]) * 1e3  # fmt: skip
    spreads = np.array([
        [[44.5757544811362, 81.6751751052616, -67.8687662707124],
         [81.6751751052616, 158.453402956163, -128.616921644857],
         [-67.8687662707124, -128.616921644858, 105.490542562701]],
        [[2.31067077720423, 1.69905293875632, -1.4170164577661],
         [1.69905293875632, 1.24957388457206, -1.04174164279599],
         [-1.4170164577661, -1.04174164279599, 0.869260558223714]],
    ]) * 1e6  # fmt: skip
    pair = []
    for name, s, spread in zip("AB", states, spreads, strict=True):
        covariance = np.zeros((6, 6))
        covariance[:3, :3] = spread
        pair.append(
            ConjunctionObject(
                name=name,
                position_m=s[:3],
                velocity_m_s=s[3:],
                covariance=covariance,
                radius_m=10.0,
            )
        )
    assert encounter_probability(*pair) == pytest.approx(2.7060234765697e-05, rel=1e-6)


# scipy's double quadrature asked for 1e-9 of the same integral; thin, wide and tilted spreads, and
# a disc larger than the spread.
@pytest.mark.parametrize(
    ("miss", "deviations", "tilt_deg", "radius_m"),
    [
        ((0.0, 0.0), (100.0, 50.0), 0.0, 20.0), ((150.0, -80.0), (100.0, 50.0), 30.0, 20.0),
        ((10.0, 5.0), (500.0, 5.0), 70.0, 15.0), ((300.0, 0.0), (40.0, 30.0), 10.0, 100.0),
        ((3.0, 1.0), (8.0, 6.0), 45.0, 20.0),
    ],
)  # fmt: skip
def test_probability_against_quadrature(miss, deviations, tilt_deg, radius_m) -> None:
    c, s = np.cos(np.radians(tilt_deg)), np.sin(np.radians(tilt_deg))
    turn = np.array([[c, -s], [s, c]])
    matrix = turn @ np.diag(np.square(deviations)) @ turn.T
    inverse, scale = np.linalg.inv(matrix), 1.0 / (2 * np.pi * np.prod(deviations))

    def density(y: float, x: float) -> float:
        off = np.array([x, y]) - miss
        return float(scale * np.exp(-0.5 * off @ inverse @ off))

    def edge(x: float) -> float:
        return float(np.sqrt(max(radius_m**2 - x**2, 0.0)))

    judge = dblquad(
        density, -radius_m, radius_m, lambda x: -edge(x), edge, epsabs=1e-13, epsrel=1e-9
    )[0]
    found = collision_probability(miss, matrix, radius_m=radius_m)
    assert found == pytest.approx(judge, rel=1e-6)


# 4 million draws: the tolerance is four times their standard deviation.
def test_probability_against_sampling() -> None:
    miss, matrix, radius_m = (
        np.array([60.0, 30.0]),
        np.array([[900.0, 300.0], [300.0, 400.0]]),
        40.0,
    )
    drawn = np.random.default_rng(9).multivariate_normal(miss, matrix, 4_000_000)
    hits = (np.sum(drawn * drawn, axis=1) < radius_m**2).mean()
    found = collision_probability(miss, matrix, radius_m=radius_m)
    assert found == pytest.approx(hits, abs=4 * np.sqrt(hits / 4e6))


def test_probability_far_away_is_nothing_and_inside_is_certain() -> None:
    assert collision_probability([1e6, 0.0], np.eye(2) * 100.0, radius_m=10.0) == 0.0
    assert collision_probability([0.0, 0.0], np.eye(2), radius_m=50.0) == pytest.approx(1.0)


def test_declared_covariances_and_radii_give_probabilities() -> None:
    pair = circular("A", hours=72.0), crossing()
    declared = np.diag([1e4**2] * 3 + [0.5**2] * 3)
    known = {one.name: Covariances(tdb_s=np.array([T0]), matrices=declared[None]) for one in pair}
    found = conjunctions(*pair, limit_m=400e3, covariances=known, radii_m={"A": 5.0, "B": 3.0})
    nearest = min(found, key=lambda one: one.miss_distance_m)
    # The same spread in all directions: R2 / (4 sigma2) across, for a small disc.
    small = 64.0 / (4 * 1e8) * np.exp(-(nearest.miss_distance_m**2) / (4 * 1e8))
    assert nearest.probability == pytest.approx(small, rel=1e-3)


@pytest.mark.parametrize(
    ("matrix", "radius_m", "message"),
    [
        (np.diag([1.0, -1.0]), 1.0,
         "a covariance with the variances -1 and 1 m2; across the encounter both are above 0. "
         "Correct the covariance; a position that is known exactly has none."),
        (np.eye(2), -1.0,
         "bodies of -1 m radius; the sum of both radii is a finite number from 0 on. Correct the "
         "radius."),
    ],
)  # fmt: skip
def test_covariances_and_radii_that_cannot_be_are_errors(matrix, radius_m, message) -> None:
    with pytest.raises(IlrsError) as caught:
        collision_probability([0.0, 0.0], matrix, radius_m=radius_m)
    assert str(caught.value) == message
