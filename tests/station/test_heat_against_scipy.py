"""The exact step against a numerical solution of the same equation under a changing sink."""

import numpy as np
from scipy.integrate import solve_ivp

from ilrs.station.heat import end_temperature_k

# scipy 1.12 or later, Radau with rtol 1e-10: its error over 30 unit-sized segments stays under
# 1e-8 relative; the tolerance leaves two digits.
RELATIVE = 1e-6


def test_the_exact_step_follows_the_integrator_when_sink_and_heat_change() -> None:
    rng = np.random.default_rng(7)
    sinks, heats = rng.uniform(40.0, 260.0, 30), rng.uniform(0.0, 300.0, 30)
    exact = numeric = 290.0
    for sink, heat in zip(sinks, heats, strict=True):
        node = {"sink_k": sink, "heat_capacity_j_k": 2e5, "heat_loss_w_k": 3.0}
        exact = float(end_temperature_k(exact, heat, step_s=36000.0, **node))
        solved = solve_ivp(
            lambda t, y, heat=heat, sink=sink: (heat - 3.0 * (y - sink)) / 2e5,
            (0.0, 36000.0), [numeric], method="Radau", rtol=1e-10, atol=1e-9,
        )  # fmt: skip
        numeric = float(solved.y[0, -1])
        np.testing.assert_allclose(exact, numeric, rtol=RELATIVE)
