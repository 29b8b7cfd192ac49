import numpy as np
import pytest

from ilrs.station.data import earth_link_open, store_after, useful_rate_bps
from ilrs.station.simulate import simulate


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


@pytest.mark.parametrize("frame_loss", [0.0, 0.05, 0.5, 0.9])
def test_the_useful_rate_is_that_of_frames_sent_until_they_arrive(frame_loss) -> None:
    # A frame arrives at its n-th sending with the probability p^(n-1) (1 - p); the mean of n,
    # summed until the rest is below 1e-12, is how often it is sent.
    n = np.arange(1, 400)
    sendings = float((n * frame_loss ** (n - 1) * (1.0 - frame_loss)).sum())
    assert useful_rate_bps(1000.0, frame_loss=frame_loss) == pytest.approx(1000.0 / sendings)


def test_a_link_that_loses_frames_sends_longer_for_the_same_data(
    environment, element, plan
) -> None:
    env = environment(24, relay_open_fraction=1.0)

    def sender(frame_loss: float):
        link = {"via": "RELAY-1", "rate": "10 kbit/s", "power": "8 W", "frame_loss": frame_loss}
        return element(
            f"LOSS-{frame_loss:g}", links=[link], data_store="1 Gbit",
            generator={"kind": "fission", "power": "100 W"},
            modes={"keep_alive": {"power": "10 W", "data": "4 kbit/s"}},
        )  # fmt: skip

    run = simulate([sender(0.0), sender(0.2)], [], environment=env, plan=plan(env))
    np.testing.assert_allclose(run["data_sent_bps"], 4000.0)
    # 8 W for 4 of 10 kbit/s, and for 4 of 8.
    np.testing.assert_allclose(run["power_used_w"].values[:, 0], [13.2, 14.0])
