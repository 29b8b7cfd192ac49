"""The edge of a smooth Moon as a raised site sees it."""

import numpy as np
import pytest

from ilrs.orbits.kepler import MOON_RADIUS_M
from ilrs.orbits.skyline import sphere_horizon_deg


def test_sphere_horizon_is_the_dip_when_raised() -> None:
    # truth table G9: 5 km above the sphere the horizon dips by acos(R / (R + h)) = 4.34 deg
    assert float(sphere_horizon_deg(5000.0)) == pytest.approx(-4.34, abs=0.005)
    assert float(sphere_horizon_deg(0.0)) == 0.0
    assert float(sphere_horizon_deg(-4000.0)) == 0.0
    # acos(1 - x) is sqrt(2 x) at first order, here 3.4e-7 of it smaller
    assert float(sphere_horizon_deg(1.0)) == pytest.approx(
        -np.degrees(np.sqrt(2.0 / MOON_RADIUS_M)), rel=1e-6
    )
