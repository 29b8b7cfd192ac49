"""Two-body states and elements against NAIF's own conics and oscelt (spiceypy)."""

import numpy as np
import pytest
import spiceypy

from ilrs.orbits import kepler
from ilrs.orbits.kepler import Orbit

GM_KM3_S2 = kepler.MOON_GM_M3_S2 / 1e9


def random_orbits(count: int) -> Orbit:
    rng = np.random.default_rng(7)
    return Orbit(
        semi_major_axis_m=rng.uniform(1.8e6, 2e7, count),
        eccentricity=rng.uniform(0.001, 0.95, count),
        inclination_deg=rng.uniform(0.5, 179.5, count),
        ascending_node_deg=rng.uniform(0.0, 360.0, count),
        argument_of_periapsis_deg=rng.uniform(0.0, 360.0, count),
        mean_anomaly_deg=rng.uniform(0.0, 360.0, count),
    )


def spice_elements(orbit: Orbit, k: int) -> list[float]:
    a, e = np.asarray(orbit.semi_major_axis_m)[k] / 1e3, np.asarray(orbit.eccentricity)[k]
    angles = (
        orbit.inclination_deg,
        orbit.ascending_node_deg,
        orbit.argument_of_periapsis_deg,
        orbit.mean_anomaly_deg,
    )
    return [a * (1 - e), e, *(np.radians(np.asarray(x)[k]) for x in angles), 0.0, GM_KM3_S2]


# CSPICE N0067 conics, the same elements and GM. Both are closed forms in doubles: 1e-11 of the
# size leaves room for a thousand roundings near a thin orbit's periapsis.
@pytest.mark.parametrize("elapsed_s", [0.0, 3600.0, 10 * 86400.0])
def test_state_against_conics(elapsed_s: float) -> None:
    orbit = random_orbits(200)
    position, velocity = kepler.state(kepler.propagate(orbit, elapsed_s))
    truth = 1e3 * np.array(
        [spiceypy.conics(spice_elements(orbit, k), elapsed_s) for k in range(200)]
    )
    revolutions = 1.0 + elapsed_s / kepler.period_s(orbit.semi_major_axis_m)
    # the phase itself carries one rounding per revolution, and speed changes it into a place
    allowed = 1e-11 * np.asarray(orbit.semi_major_axis_m) * revolutions
    assert np.all(np.linalg.norm(position - truth[:, :3], axis=-1) < allowed)
    speed = np.linalg.norm(truth[:, 3:], axis=-1)
    assert np.all(np.linalg.norm(velocity - truth[:, 3:], axis=-1) < 1e-9 * speed)


# CSPICE N0067 oscelt, the same states and GM. An angle is fixed by the state to 1e-15 over e.
def test_elements_against_oscelt() -> None:
    orbit = random_orbits(200)
    position, velocity = kepler.state(orbit)
    found = kepler.orbit_from_state(position, velocity)
    for k in range(200):
        state_km = np.concatenate([position[k], velocity[k]]) / 1e3
        rp, e, i, node, turn, mean = spiceypy.oscelt(state_km, 0.0, GM_KM3_S2)[:6]
        periapsis_m = np.asarray(found.semi_major_axis_m)[k] * (
            1 - np.asarray(found.eccentricity)[k]
        )
        assert periapsis_m == pytest.approx(1e3 * rp, rel=1e-11)
        assert np.asarray(found.eccentricity)[k] == pytest.approx(e, abs=1e-12)
        mine = (
            found.inclination_deg,
            found.ascending_node_deg,
            found.argument_of_periapsis_deg,
            found.mean_anomaly_deg,
        )
        for angle_deg, truth_rad in zip(mine, (i, node, turn, mean), strict=True):
            gap = np.radians(np.asarray(angle_deg)[k]) - truth_rad
            assert abs((gap + np.pi) % (2 * np.pi) - np.pi) < 1e-9
