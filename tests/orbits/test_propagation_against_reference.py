"""A state after 30 days, computed elsewhere with the same constants: truth O13."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from ilrs.orbits.forces import ForceModel
from ilrs.orbits.gravity import read_gravity_field
from ilrs.orbits.propagation import propagate_state
from ilrs.sky.sky import open_sky

DAY_S = 86400.0
T0 = (2_461_406.5 - 2_451_545.0) * DAY_S  # 2027-01-01 TDB


# Truth O13 of truth/environment.csv: 30 days from a circular polar orbit 100 km up, LP150Q to
# degree 50 in the axes of DE421, no other bodies. Its conditions: a start of circular speed by the
# field's own GM (4902.801076), a propagation with DE440's (4902.80011846). Its tolerance: 5 m.
def test_thirty_days_of_a_low_polar_orbit_against_truth_o13(shared: Path) -> None:
    field = read_gravity_field(shared / "data" / "gravity" / "lp150q_50.tab")
    speed_m_s = np.sqrt(field.gm_m3_s2 / 1_837_400.0)
    model = ForceModel(
        gravity=replace(field, gm_m3_s2=4902.80011846e9), has_earth=False, has_sun=False
    )
    made = propagate_state(
        [1_837_400.0, 0.0, 0.0], [0.0, 0.0, speed_m_s], name="O13", epoch_tdb_s=T0,
        span_tdb_s=(T0, T0 + 30 * DAY_S), model=model, sky=open_sky(),
    )  # fmt: skip
    truth_m = 1e3 * np.array([994.190, -218.932, -1529.161])
    assert np.linalg.norm(made.position_m(T0 + 30 * DAY_S) - truth_m) < 5.0
