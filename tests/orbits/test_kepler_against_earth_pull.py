"""What two-body motion leaves out: the figures that the docstring of `kepler` states."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from ilrs.orbits import kepler
from ilrs.orbits.kepler import Orbit

DAY_S = 86400.0
EARTH_GM_M3_S2 = 398600.435507e9  # DE440
EARTH_DISTANCE_M = 384_400e3
EARTH_RATE_RAD_S = np.sqrt((EARTH_GM_M3_S2 + kepler.MOON_GM_M3_S2) / EARTH_DISTANCE_M**3)


def pulled(t: float, y: np.ndarray) -> np.ndarray:
    """Motion about the Moon with Earth as a point on a circle in the frame's xy plane."""
    angle = EARTH_RATE_RAD_S * t
    earth = EARTH_DISTANCE_M * np.array([np.cos(angle), np.sin(angle), 0.0])
    apart = earth - y[:3]
    tide = apart / np.linalg.norm(apart) ** 3 - earth / EARTH_DISTANCE_M**3
    own = y[:3] / np.linalg.norm(y[:3]) ** 3
    return np.concatenate([y[3:], EARTH_GM_M3_S2 * tide - kepler.MOON_GM_M3_S2 * own])


def relay(low_km: float, high_km: float, inclination_deg: float) -> Orbit:
    return kepler.orbit_from_altitudes(
        periapsis_altitude_m=low_km * 1e3,
        apoapsis_altitude_m=high_km * 1e3,
        inclination_deg=inclination_deg,
        argument_of_periapsis_deg=90.0,
    )


def integrated(orbit: Orbit, days: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Positions and velocities, shape (n, 3)."""
    start = np.concatenate(kepler.state(orbit))
    run = solve_ivp(
        pulled, (0.0, days[-1] * DAY_S), start, method="DOP853", t_eval=days * DAY_S,
        rtol=1e-10, atol=1e-3,
    )  # fmt: skip
    return run.y[:3].T, run.y[3:].T


# Own integration (scipy DOP853, point Earth on a circle), November 2026; the docstring rounds to
# 12 deg and 45 min, so the tolerances are half a degree and 2.5 min.
def test_frozen_relay_drifts_as_stated_when_earth_pulls() -> None:
    orbit = relay(300.0, 8600.0, 54.9)
    days = np.linspace(0.0, 30.0, 121)
    true = kepler.orbit_from_state(*integrated(orbit, days))
    two_body = kepler.propagate(orbit, days * DAY_S)
    node = (np.asarray(true.ascending_node_deg) + 180.0) % 360.0 - 180.0
    assert node[-1] == pytest.approx(-12.0, abs=0.5)
    lead = np.asarray(true.mean_anomaly_deg) - np.asarray(two_body.mean_anomaly_deg)
    lead_min = (lead[-1] + 180.0) % 360.0 - 180.0
    lead_min *= float(kepler.period_s(orbit.semi_major_axis_m)) / 360.0 / 60.0
    assert abs(lead_min) == pytest.approx(45.0, abs=2.5)
    # the shape stays: a frozen orbit keeps its periapsis at 90 deg and clear of the ground
    assert np.all(np.abs(np.asarray(true.argument_of_periapsis_deg) - 90.0) < 3.0)
    assert np.all(kepler.altitudes_m(true)[0] > 0.0)


def test_press_orbit_meets_the_moon_within_a_week_when_earth_pulls() -> None:
    position_m, _ = integrated(relay(200.0, 16000.0, 62.4), np.arange(0.0, 7.0, 1 / 288))
    assert np.linalg.norm(position_m, axis=-1).min() < kepler.MOON_RADIUS_M
