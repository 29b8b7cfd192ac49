"""Trajectories: polynomials through states, two-body ways, joints, and epochs out of range."""

import numpy as np
import pytest

from ilrs.foundation.errors import IlrsError
from ilrs.foundation.windows import Windows
from ilrs.orbits.kepler import MOON_GM_M3_S2, Orbit, propagate, state
from ilrs.orbits.trajectory import (
    TrajectoryRangeError,
    cut_trajectory,
    joined_trajectory,
    kepler_trajectory,
    states_trajectory,
)

T0 = 9.5e8
TURN = np.array([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])


def _orbit(eccentricity: float) -> Orbit:
    return Orbit(
        semi_major_axis_m=1_900_000.0 / (1.0 - eccentricity), eccentricity=eccentricity,
        inclination_deg=60.0, ascending_node_deg=40.0, argument_of_periapsis_deg=90.0,
        mean_anomaly_deg=10.0,
    )  # fmt: skip


@pytest.mark.parametrize("eccentricity", [0.0, 0.6, 0.9])
def test_two_body_way_follows_keplers_equation_within_a_metre(eccentricity: float) -> None:
    orbit = _orbit(eccentricity)
    made = kepler_trajectory(orbit, (T0 - 3e4, T0 + 9e4), name="A", epoch_tdb_s=T0, to_icrf=TURN)
    at = np.random.default_rng(3).uniform(-3e4, 9e4, 5000)
    position, velocity = state(propagate(orbit, at))
    found, rates = made.states(T0 + at)
    assert np.abs(found - position @ TURN.T).max() < 1.0
    assert np.abs(rates - velocity @ TURN.T).max() < 0.01
    assert made.span_tdb_s == (T0 - 3e4, T0 + 9e4)


def test_polynomial_of_seventh_degree_is_met_exactly_by_four_states() -> None:
    t = np.array([0.0, 1.0, 2.5, 3.0, 5.0, 6.0])
    powers = np.array([3.0, -2.0, 0.5, 0.25, -0.1, 0.02, -0.003, 0.0002])

    def at(times: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        x = np.polynomial.polynomial.polyval(times, powers)
        v = np.polynomial.polynomial.polyval(times, np.polynomial.polynomial.polyder(powers))
        return np.stack([x, 2 * x, -x], axis=-1), np.stack([v, 2 * v, -v], axis=-1)

    made = states_trajectory(t, at(t)[0], velocity_m_s=at(t)[1], name="P")
    some = np.linspace(0.0, 6.0, 77)
    np.testing.assert_allclose(made.position_m(some), at(some)[0], atol=1e-10)
    np.testing.assert_allclose(made.states(some)[1], at(some)[1], atol=1e-10)


def test_epochs_in_any_order_and_shape_give_the_same_positions() -> None:
    made = kepler_trajectory(_orbit(0.3), (T0, T0 + 5e4), name="A", epoch_tdb_s=T0, to_icrf=TURN)
    at = T0 + np.random.default_rng(5).uniform(0, 5e4, (40, 5))
    ordered = np.sort(at.ravel())
    found = made.position_m(at).reshape(-1, 3)[np.argsort(at.ravel())]
    np.testing.assert_array_equal(found, made.position_m(ordered))


def test_parts_join_where_they_follow_each_other() -> None:
    orbit = _orbit(0.1)
    parts = [
        kepler_trajectory(orbit, span, name="A", epoch_tdb_s=T0, to_icrf=TURN)
        for span in ((T0, T0 + 1e4), (T0 + 1e4, T0 + 2e4))
    ]
    joined = joined_trajectory(parts)
    assert joined.span_tdb_s == (T0, T0 + 2e4)
    assert joined.model == "two-body"
    np.testing.assert_array_equal(joined.position_m(T0 + 1.5e4), parts[1].position_m(T0 + 1.5e4))
    with pytest.raises(IlrsError) as caught:
        joined_trajectory(parts[::-1])
    assert str(caught.value) == (
        "A and A with -20000 s between them; parts of one trajectory follow each other without gap "
        "or overlap. Close the gap, or keep the parts as trajectories of their own."
    )


# Seconds of 9e8 are told apart to 1.2e-7: 0.2 mm of way, and twice that where both sides round.
def test_a_part_cut_out_keeps_its_positions() -> None:
    made = kepler_trajectory(_orbit(0.3), (T0, T0 + 5e4), name="A", epoch_tdb_s=T0, to_icrf=TURN)
    part = cut_trajectory(made, (T0 + 1234.5, T0 + 30_000.0))
    at = np.linspace(T0 + 1234.5, T0 + 30_000.0, 999)
    assert part.span_tdb_s == (T0 + 1234.5, T0 + 30_000.0)
    np.testing.assert_allclose(part.position_m(at), made.position_m(at), atol=1e-3, rtol=0)
    small = cut_trajectory(made, (T0 + 10.0, T0 + 11.0))  # within one piece
    np.testing.assert_allclose(small.states(T0 + 10.3), made.states(T0 + 10.3), atol=1e-3, rtol=0)


def test_gap_between_parts_stays_unknown_and_says_so() -> None:
    orbit = _orbit(0.1)
    parts = [
        kepler_trajectory(orbit, span, name="A", epoch_tdb_s=0.0, to_icrf=TURN)
        for span in ((0.0, 3600.0), (7200.0, 9000.0))
    ]
    joined = joined_trajectory(parts, gaps=True)
    assert joined.known == Windows([(0.0, 3600.0), (7200.0, 9000.0)])
    ends = np.array([0.0, 3600.0, 7200.0, 9000.0])
    expected = [*parts[0].position_m(ends[:2]), *parts[1].position_m(ends[2:])]
    np.testing.assert_allclose(joined.position_m(ends), expected, atol=1e-6)
    with pytest.raises(TrajectoryRangeError) as caught:
        joined.position_m([10.0, 3601.0, 7000.0])
    assert str(caught.value) == (
        "no position of A at 2000-01-01T12:58:57Z (2 of 3 epochs); its trajectory goes from "
        "2000-01-01T11:58:56Z to 2000-01-01T14:28:56Z, with a gap from 2000-01-01T12:58:56Z to "
        "2000-01-01T13:58:56Z. Shorten the span, or give a trajectory that covers it."
    )


def test_epochs_outside_the_span_are_an_error_that_names_it() -> None:
    made = kepler_trajectory(_orbit(0.0), (0.0, 3600.0), name="A", epoch_tdb_s=0.0, to_icrf=TURN)
    with pytest.raises(TrajectoryRangeError) as caught:
        made.position_m([10.0, 3601.0])
    assert str(caught.value) == (
        "no position of A at 2000-01-01T12:58:57Z (1 of 2 epochs); its trajectory goes from "
        "2000-01-01T11:58:56Z to 2000-01-01T12:58:56Z. Shorten the span, or give a trajectory that "
        "covers it."
    )


@pytest.mark.parametrize(
    ("t", "r", "message"),
    [
        (
            [0.0, 0.0],
            np.ones((2, 3)),
            "a trajectory of A through 2 epochs that do not all rise; at least two states in the "
            "order of time can be joined. Sort the states and drop the repeated ones.",
        ),
        (
            [0.0, 1.0],
            np.ones((3, 3)),
            "positions of shape (3, 3) and velocities of shape (3, 3) for 2 epochs; there is one "
            "of each, of three components, per epoch. Give both with shape (epochs, 3).",
        ),
        (
            [0.0, 1.0],
            np.full((2, 3), np.nan),
            "states of A that are no finite numbers; every state of a trajectory is known. Leave "
            "the epochs without a state out.",
        ),
    ],
)
def test_states_that_make_no_trajectory_are_errors(t: list, r: np.ndarray, message: str) -> None:
    with pytest.raises(IlrsError) as caught:
        states_trajectory(t, r, velocity_m_s=r, name="A")
    assert str(caught.value) == message


def test_energy_of_a_two_body_way_is_kept() -> None:
    made = kepler_trajectory(_orbit(0.5), (T0, T0 + 2e5), name="A", epoch_tdb_s=T0, to_icrf=TURN)
    r, v = made.states(np.linspace(T0, T0 + 2e5, 999))
    energy = 0.5 * (v * v).sum(axis=1) - MOON_GM_M3_S2 / np.linalg.norm(r, axis=1)
    np.testing.assert_allclose(energy, energy[0], rtol=1e-6)
