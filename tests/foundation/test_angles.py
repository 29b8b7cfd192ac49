import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ilrs.foundation.angles import azimuth_deg, azimuth_difference_deg, longitude_deg

ANGLES = st.floats(-1e6, 1e6)


@pytest.mark.parametrize(
    ("angle_deg", "azimuth", "longitude"),
    [
        (0.0, 0.0, 0.0),
        (360.0, 0.0, 0.0),
        (-90.0, 270.0, -90.0),
        (180.0, 180.0, -180.0),
        (-180.0, 180.0, -180.0),
        (725.0, 5.0, 5.0),
        (-1e-20, 0.0, 0.0),  # its remainder rounds up to 360
    ],
)
def test_angle_comes_into_its_range(angle_deg, azimuth, longitude):
    assert azimuth_deg(angle_deg) == azimuth
    assert longitude_deg(angle_deg) == longitude


@given(ANGLES)
def test_range_is_half_open_for_any_angle(angle_deg):
    assert 0.0 <= azimuth_deg(angle_deg) < 360.0
    assert -180.0 <= longitude_deg(angle_deg) < 180.0


@pytest.mark.parametrize(
    ("to_deg", "from_deg", "turn_deg"),
    [(10.0, 350.0, 20.0), (350.0, 10.0, -20.0), (90.0, 270.0, -180.0), (5.0, 5.0, 0.0)],
)
def test_turn_is_the_short_way_across_north(to_deg, from_deg, turn_deg):
    assert azimuth_difference_deg(to_deg, from_deg) == turn_deg


@given(ANGLES, ANGLES)
def test_turn_leads_from_one_azimuth_to_the_other(to_deg, from_deg):
    arrived = from_deg + azimuth_difference_deg(to_deg, from_deg)
    # Angles of 1e6 deg are doubles to 1e-10 deg.
    assert np.abs(np.sin(np.radians(0.5 * (arrived - to_deg)))) < 1e-10


def test_arrays_keep_their_shape():
    assert azimuth_deg(np.zeros((2, 3))).shape == (2, 3)
    assert longitude_deg([1.0, 2.0]).shape == (2,)
    assert azimuth_difference_deg(np.zeros((2, 1)), [1.0, 2.0, 3.0]).shape == (2, 3)
