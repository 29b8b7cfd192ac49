"""Keep-alive energy served by the station against the best a linear programme can do."""

import numpy as np
from scipy.optimize import linprog

from ilrs.station.simulate import simulate

# Serving a load at once never costs energy that waiting would save, so without reserve and
# self-discharge the step-by-step rule serves as much as perfect foresight. HiGHS meets its
# constraints to 1e-7 (its default feasibility tolerance); the sum of 240 of them to 1e-5.
RELATIVE = 1e-5
STORE_WH, CHARGE_W, DISCHARGE_W, IN, OUT = 6000.0, 900.0, 700.0, 0.92, 0.9


def best_served_wh(made_w: np.ndarray, load_w: float) -> float:
    """Most energy of a constant load that one lossy store can serve, hour by hour, from empty."""
    n = made_w.size
    # Unknowns: served, into the store, out of the store, energy after each hour.
    balance = np.hstack([np.eye(n), np.eye(n), -np.eye(n), np.zeros((n, n))])
    carry = np.eye(n) - np.eye(n, k=-1)
    energy = np.hstack([np.zeros((n, n)), -IN * np.eye(n), np.eye(n) / OUT, carry])
    bounds = [(0, load_w)] * n + [(0, CHARGE_W)] * n + [(0, DISCHARGE_W)] * n
    solved = linprog(
        np.concatenate([-np.ones(n), np.zeros(3 * n)]),
        A_ub=balance, b_ub=made_w, A_eq=energy, b_eq=np.zeros(n),
        bounds=[*bounds, *[(0, STORE_WH)] * n], method="highs",
    )  # fmt: skip
    assert solved.success
    return float(-solved.fun)


def test_no_schedule_serves_more_keep_alive_energy(environment, element, plan) -> None:
    rng = np.random.default_rng(11)
    surroundings = environment(
        240,
        sun_visible_fraction=np.repeat((rng.random(20) > 0.55).astype(float), 12)[None],
        solar_irradiance_w_m2=rng.uniform(400.0, 1361.0, 240),
        sun_elevation_deg=0.0,
    )
    station = element(
        modes={"keep_alive": {"power": "400 W"}},
        array={"area": "4 m2", "efficiency": 0.25, "mast_height": "10 m"},
        storage={
            "kind": "battery", "capacity": "6 kWh", "charge_power": "900 W",
            "discharge_power": "700 W", "charge_efficiency": IN, "discharge_efficiency": OUT,
            "initial_state_of_charge": 0,
        },
    )  # fmt: skip
    run = simulate([station], [], environment=surroundings, plan=plan(surroundings))
    best = best_served_wh(run["power_made_w"].values[0], 400.0)
    assert 0.3 * 400.0 * 240 < best < 0.95 * 400.0 * 240  # the case is neither idle nor easy
    np.testing.assert_allclose(run.attrs["energy_used_wh"], best, rtol=RELATIVE)
