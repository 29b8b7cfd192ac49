import numpy as np

from ilrs.station.data import earth_link_open, store_after


def test_earth_is_reached_when_over_half_of_it_is_in_view_above_the_mask() -> None:
    found = earth_link_open(
        np.array([0.5, 0.51, 1.0, 1.0]), np.array([9.0, 9.0, 2.0, 2.1]), mask_deg=2.0
    )
    np.testing.assert_array_equal(found, [False, True, False, True])


def test_a_store_sends_first_keeps_what_fits_and_drops_the_rest() -> None:
    held, sent, dropped = store_after(
        np.array([10.0, 10.0, 0.0]),
        np.array([5.0, 5.0, 5.0]),
        most_sent_bit=np.array([20.0, 3.0, 0.0]),
        data_store_bit=np.array([100.0, 100.0, 2.0]),
    )
    np.testing.assert_array_equal(sent, [15.0, 3.0, 0.0])
    np.testing.assert_array_equal(held, [0.0, 12.0, 2.0])
    np.testing.assert_array_equal(dropped, [0.0, 0.0, 3.0])
