"""Link budgets: the chain closes both ways, steps, volumes, and figures that cannot be."""

import numpy as np
import pytest

from ilrs.foundation.errors import IlrsError
from ilrs.foundation.windows import Windows
from ilrs.orbits import link_budget as lb

QUEQIAO_BPS = (1400.0, 50e3, 280e3, 555e3)  # lander to relay: Zhang 2021, 10.34133/2021/3471608
LANDER = lb.LinkBudget(
    eirp_dbw=30.0, g_t_db_k=15.0, frequency_hz=8.45e9, required_eb_n0_db=4.0, loss_db=2.0
)


def test_at_its_reach_a_rate_keeps_just_the_margin():
    reach = lb.reach_m(LANDER, QUEQIAO_BPS)
    assert np.allclose(lb.margin_db(LANDER, reach, rate_bps=QUEQIAO_BPS), LANDER.margin_db)
    assert np.allclose(lb.achievable_rate_bps(LANDER, reach), QUEQIAO_BPS, rtol=1e-12)


def test_a_radio_takes_its_highest_rate_with_margin():
    reach = lb.reach_m(LANDER, QUEQIAO_BPS)
    achievable = lb.achievable_rate_bps(LANDER, np.concatenate([0.999 * reach, 1.001 * reach]))
    found = lb.stepped_rate_bps(achievable, QUEQIAO_BPS)
    assert found.tolist() == [*QUEQIAO_BPS, 0.0, *QUEQIAO_BPS[:-1]]


def test_a_band_caps_the_rate():
    narrow = lb.LinkBudget(
        eirp_dbw=30.0, g_t_db_k=15.0, frequency_hz=8.45e9, required_eb_n0_db=4.0,
        bandwidth_hz=100e3, bits_per_hz=2.0,
    )  # fmt: skip
    assert float(lb.achievable_rate_bps(narrow, 1e6)) == 200e3
    assert lb.reach_m(narrow, [200e3, 201e3])[1] == 0.0


def test_a_lossy_line_adds_its_noise_and_lifts_the_receivers():
    # 3.0103 dB halve the signal: T = 20 + 290 + 2 * 50
    found = lb.system_temperature_k(
        antenna_k=20.0, receiver_k=50.0, line_loss_db=10.0 * np.log10(2.0)
    )
    assert float(found) == pytest.approx(410.0, rel=1e-12)


def test_a_volume_is_the_integral_of_the_rate():
    # rate 3 t^2 sampled each second from 0 to 100 s: its integral from 10 to 20 s is 7000
    t = np.arange(101.0)
    windows = Windows([(10.0, 20.0), (30.5, 31.25)])
    found = lb.contact_volumes_bit(windows, t, rate_bps=3.0 * t**2)
    # lines over a parabola of curvature 6 overshoot by 6 h^3 / 12 a cell
    assert found[0] == pytest.approx(7000.0 + 10 * 0.5, rel=1e-12)
    assert found[1] == pytest.approx(31.25**3 - 30.5**3, rel=3e-4)


def test_volumes_of_parts_sum_to_that_of_the_whole():
    t = np.linspace(0.0, 5000.0, 87)
    rate = 1e6 * (1.5 + np.sin(t / 300.0))
    cuts = [(0.0, 1234.5), (1300.0, 1300.25), (4000.0, 5000.0)]
    parts = lb.contact_volumes_bit(Windows(cuts), t, rate_bps=rate).sum()
    gaps = lb.contact_volumes_bit(Windows(cuts).within(0.0, 5000.0), t, rate_bps=rate).sum()
    assert parts + gaps == pytest.approx(np.trapezoid(rate, t), rel=1e-12)


def test_no_window_carries_nothing():
    assert lb.contact_volumes_bit(Windows(), [0.0, 1.0], rate_bps=[1.0, 1.0]).size == 0


def _budget(**changed):
    return lb.LinkBudget(
        **{
            "eirp_dbw": 0.0, "g_t_db_k": 0.0, "frequency_hz": 2e9, "required_eb_n0_db": 4.0,
            **changed,
        }
    )  # fmt: skip


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: _budget(bandwidth_hz=0.0),
            "a bandwidth of 0 Hz; a bandwidth is above 0 Hz. Correct the value, or its unit.",
        ),
        (
            lambda: _budget(frequency_hz=-2e9),
            "a frequency of -2e+09 Hz; a frequency is above 0 Hz. Correct the value, or its unit.",
        ),
        (
            lambda: _budget(required_eb_n0_db=-3.0),
            "a link that needs an Eb/N0 of -3 dB; no code works below Shannon's limit, here -1.59 "
            "dB. Correct the Eb/N0 of the code, or the bits per hertz.",
        ),
        (
            lambda: _budget(loss_db=-2.0),
            "losses of -2 dB; losses are written as decibels from 0 on, without a minus. Turn the "
            "sign, or put a gain into the EIRP or G/T.",
        ),
        (
            lambda: lb.free_space_loss_db([1.0, 0.0], frequency_hz=1e9),
            "a range of 0 m; a range is above 0 m. Correct the value, or its unit.",
        ),
        (
            lambda: lb.antenna_gain_dbi(1.0, frequency_hz=1e9, efficiency=55.0),
            "an aperture efficiency of 55; an aperture takes in at most all of the wave: 1. Write "
            "it as a fraction, such as 0.55.",
        ),
        (
            lambda: lb.stepped_rate_bps(1.0, [1e3, -1.0]),
            "a rate of -1 bit/s; a rate is above 0 bit/s. Correct the value, or its unit.",
        ),
        (
            lambda: lb.stepped_rate_bps(1.0, []),
            "a radio without rates; a radio has at least one rate above 0 bit/s. Give its rates.",
        ),
        (
            lambda: lb.contact_volumes_bit(Windows(), [0.0, 1.0], rate_bps=[1.0, -1.0]),
            "a rate of -1 bit/s; a rate is 0 bit/s or more. Correct the rates; where nothing is "
            "sent, write 0.",
        ),
        (
            lambda: lb.contact_volumes_bit(Windows(), [0.0, 1.0], rate_bps=[1.0]),
            "1 rates for 2 times; there is one rate per time, at two times or more that rise. "
            "Compute the rates on the times, in their order.",
        ),
        (
            lambda: lb.contact_volumes_bit(Windows([(0.0, 5.0)]), [0.0, 1.0], rate_bps=[1.0, 1.0]),
            "windows from 0 to 5 s; rates are known from 0 to 1 s. Compute the rates over the "
            "whole span of the windows.",
        ),
    ],
)
def test_what_cannot_be_is_refused(call, message):
    with pytest.raises(IlrsError) as caught:
        call()
    assert str(caught.value) == message
