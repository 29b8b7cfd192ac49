"""Polynomials through states: windows of NAIF's kind, both methods, cut spans."""

import numpy as np
import pytest
from scipy.interpolate import BarycentricInterpolator, KroghInterpolator

from ilrs.orbits.trajectory import cut_trajectory, states_trajectory

RNG = np.random.default_rng(11)
T = 9.5e8 + np.cumsum(RNG.uniform(40.0, 80.0, 12))
R = RNG.normal(size=(12, 3)) * 1e6
V = RNG.normal(size=(12, 3)) * 1e3


def window(at: float, width: int) -> slice:
    """The states that bind the polynomial at an instant (NAIF's SPK Required Reading, type 13)."""
    if width % 2:
        first = int(np.argmin(np.abs(T - at))) - width // 2
    else:
        first = int(np.searchsorted(T, at, side="right")) - width // 2
    first = min(max(first, 0), T.size - width)
    return slice(first, first + width)


# scipy's own interpolators on the same window; 1e-9 of the states' size, which leaves room for two
# orders of summation in double precision.
@pytest.mark.parametrize("width", [2, 3, 4, 5, 6])
def test_hermite_against_scipy(width: int) -> None:
    made = states_trajectory(T, R, velocity_m_s=V, name="A", neighbours=width)
    for at in RNG.uniform(T[0], T[-1], 60):
        near = window(at, width)
        t = np.repeat(T[near] - at, 2)
        values = np.stack([R[near], V[near]], axis=1).reshape(-1, 3)
        judge = KroghInterpolator(t, values)
        position, velocity = made.states(at)
        assert np.abs(position - judge(0.0)).max() < 1e-9 * 1e7
        assert np.abs(velocity - judge.derivative(0.0)).max() < 1e-9 * 1e6


@pytest.mark.parametrize("width", [2, 3, 5, 8])
def test_lagrange_against_scipy(width: int) -> None:
    made = states_trajectory(T, R, velocity_m_s=V, name="A", neighbours=width, method="lagrange")
    for at in RNG.uniform(T[0], T[-1], 60):
        near = window(at, width)
        position, velocity = made.states(at)
        for found, table in ((position, R), (velocity, V)):
            judge = BarycentricInterpolator(T[near] - at, table[near])(0.0)
            assert np.abs(found - judge).max() < 1e-9 * 10 * np.abs(table).max()


def test_states_are_met_where_they_are_given() -> None:
    made = states_trajectory(T, R, velocity_m_s=V, name="A")
    position, velocity = made.states(T)
    np.testing.assert_allclose(position, R, atol=1e-6)
    np.testing.assert_allclose(velocity, V, atol=1e-7)


@pytest.mark.parametrize("width", [4, 5])
def test_cut_span_keeps_the_polynomials(width: int) -> None:
    whole = states_trajectory(T, R, velocity_m_s=V, name="A", neighbours=width)
    span = (T[3] + 7.0, T[8] - 3.0)
    cut = cut_trajectory(whole, span)
    assert cut.span_tdb_s == span
    some = np.linspace(*span, 50)
    np.testing.assert_allclose(cut.position_m(some), whole.position_m(some), atol=1e-5)
