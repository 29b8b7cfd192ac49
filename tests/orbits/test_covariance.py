"""How well a state is known: a sigma that grows, against draws made here."""

import numpy as np

from ilrs.orbits.covariance import StateSpread, local_turns
from tests.orbits.craft import DAY_S, START_S, craft


# The judge: 200,000 draws of a place and of a steady drift on each of the craft's axes; a sample's
# variance has a relative standard error of sqrt(2 / n) = 0.32 %, four of them are allowed.
def test_a_spread_that_grows_is_that_of_drawn_places_and_drifts() -> None:
    flown = craft(100e3, 100e3, 60.0, days=3.0)
    sigma_m, growth_m_s = np.array([20.0, 100.0, 30.0]), np.array([5.0, 200.0, 0.0]) / DAY_S
    spread = StateSpread(
        epoch_tdb_s=START_S, sigma_m=tuple(sigma_m.tolist()), growth_m_s=tuple(growth_m_s.tolist())
    )
    at_s = START_S + 2.5 * DAY_S
    draws = np.random.default_rng(7)
    drift = growth_m_s * draws.standard_normal((200_000, 3))
    place = sigma_m * draws.standard_normal((200_000, 3)) + drift * 2.5 * DAY_S
    drawn = np.cov(np.hstack([place, drift]), rowvar=False)
    (turn,) = local_turns(*(part[None] for part in flown.states(at_s)))
    both = np.kron(np.eye(2), turn)
    local = both.T @ spread.at(at_s, flown) @ both
    size = np.sqrt(np.diag(drawn))
    size[size == 0.0] = 1.0
    np.testing.assert_allclose(
        local / np.outer(size, size), drawn / np.outer(size, size), atol=4 * np.sqrt(2 / 200_000)
    )


def test_along_is_ahead_of_the_craft_and_cross_the_normal_of_its_way() -> None:
    flown = craft(100e3, 100e3, 60.0, days=3.0)
    position_m, velocity_m_s = flown.states(START_S + 1000.0)
    found = StateSpread(epoch_tdb_s=START_S, sigma_m=(1.0, 10.0, 100.0)).at(
        START_S + 1000.0, flown
    )[:3, :3]
    up = position_m / np.linalg.norm(position_m)
    ahead = velocity_m_s / np.linalg.norm(velocity_m_s)  # a circle: across the radius
    normal = np.cross(up, ahead)
    for axis, variance in ((up, 1.0), (ahead, 100.0), (normal, 10_000.0)):
        np.testing.assert_allclose(axis @ found @ axis, variance, rtol=1e-6)
