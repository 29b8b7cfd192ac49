"""brahe beside us: the same field, bodies, kernels and state, another program and integrator."""

import numpy as np
import pytest

from benchmarks.brahe_peer import brahe_position_m
from ilrs.orbits.forces import ForceModel
from ilrs.orbits.propagation import propagate_state
from ilrs.sky.sky import open_sky

pytest.importorskip("brahe", reason="the peer brahe is not installed (extra `peers`)")

T0 = 8.52e8  # at the end of 2026
DAYS = 5.0


# brahe 1.8.0, its RKN1210 at 1e-12; ours at 1e-13. Each drifts by some millimetres in 5 days; a
# steady term that differed by 1e-9 m/s2 would make metres. Tolerance: ten times the drift.
@pytest.mark.parametrize("has_bodies", [False, True])
@pytest.mark.parametrize(("radius_m", "speed_m_s"), [(1_837_400.0, 1630.0), (2_037_400.0, 2000.0)])
def test_five_days_against_brahe(has_bodies: bool, radius_m: float, speed_m_s: float) -> None:
    position_m = radius_m * np.array([0.6, 0.0, 0.8])
    velocity_m_s = speed_m_s * np.array([-0.48, 0.8, 0.36])
    model = ForceModel(has_earth=has_bodies, has_sun=has_bodies)
    end_s = DAYS * 86400.0
    made = propagate_state(
        position_m, velocity_m_s, name="A", epoch_tdb_s=T0, span_tdb_s=(T0, T0 + end_s),
        model=model, sky=open_sky(),
    )  # fmt: skip
    theirs_m = brahe_position_m(
        position_m, velocity_m_s, epoch_tdb_s=T0, elapsed_s=end_s, model=model, tolerance=1e-12
    )
    assert np.linalg.norm(made.position_m(T0 + end_s) - theirs_m) < 0.05
