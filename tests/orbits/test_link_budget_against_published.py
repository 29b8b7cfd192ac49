"""Gains, losses, noise and whole links against handbooks and measured antennas."""

import math

import numpy as np
import pytest

from ilrs.foundation.windows import Windows
from ilrs.orbits import link_budget as lb


# Richter and Slobin 1989, TDA Progress Report 42-97 (NTRS 19890018533): peak gains measured at the
# three 70 m antennas of the DSN, 74.18 +- 0.10 dBi at 8420 MHz with an efficiency of 0.687 +-
# 0.015, 63.34 +- 0.03 dBi at 2295 MHz with 0.762 +- 0.006. Tolerance: their own.
@pytest.mark.parametrize(
    ("frequency_hz", "efficiency", "gain_dbi", "tolerance_db"),
    [(8.420e9, 0.687, 74.18, 0.10), (2.295e9, 0.762, 63.34, 0.03)],
)
def test_gain_of_the_70_m_antennas(frequency_hz, efficiency, gain_dbi, tolerance_db):
    found = lb.antenna_gain_dbi(70.0, frequency_hz=frequency_hz, efficiency=efficiency)
    assert float(found) == pytest.approx(gain_dbi, abs=tolerance_db)


# TDA Progress Report 42-60 (1980): DSS 14, then 64 m, 71.8 dBi at X band with an area efficiency of
# 47.3 %, and 72.1 dBi expected with 50.8 %. Tolerance: half their last printed digit.
@pytest.mark.parametrize(("efficiency", "gain_dbi"), [(0.473, 71.8), (0.508, 72.1)])
def test_gain_of_the_64_m_antenna(efficiency, gain_dbi):
    found = lb.antenna_gain_dbi(64.0, frequency_hz=8.42e9, efficiency=efficiency)
    assert float(found) == pytest.approx(gain_dbi, abs=0.05)


# Recommendation ITU-R P.525: 32.4 + 20 log f (MHz) + 20 log d (km) dB. Tolerance: half its digit.
@pytest.mark.parametrize("distance_m", [1e5, 1.8e7, 3.844e8])
@pytest.mark.parametrize("frequency_hz", [2.2e9, 8.45e9, 26e9])
def test_free_space_loss_as_itu_r_writes_it(distance_m, frequency_hz):
    expected = 32.4 + 20 * math.log10(frequency_hz / 1e6) + 20 * math.log10(distance_m / 1e3)
    found = lb.free_space_loss_db(distance_m, frequency_hz=frequency_hz)
    assert float(found) == pytest.approx(expected, abs=0.05)


# The number that every link table carries: k = -228.6 dBW/K/Hz. Tolerance: half its last digit.
def test_boltzmann_in_decibels():
    assert pytest.approx(-228.6, abs=0.05) == lb.BOLTZMANN_DBW_K_HZ


# IEEE definition of the noise figure: 3.0103 dB are a factor of 2, 290 K; analytic.
def test_noise_figure_of_a_factor_of_two():
    assert float(lb.noise_temperature_k(10 * math.log10(2))) == pytest.approx(290.0, rel=1e-12)


# Shannon 1948: ln 2 = -1.59 dB for a wide band, 0 dB at 1 bit/s/Hz, 1.76 dB at 2; analytic.
def test_shannons_limit():
    expected_db = [10 * math.log10(math.log(2)), 0.0, 10 * math.log10(1.5)]
    assert lb.least_eb_n0_db([0.0, 1.0, 2.0]) == pytest.approx(expected_db, abs=1e-12)
    assert float(lb.least_eb_n0_db(1e-9)) == pytest.approx(expected_db[0], abs=1e-6)


# NASA's page on Mars Reconnaissance Orbiter's X band (mars.nasa.gov/mro/mission/communications/
# commxband): 100 W into a dish of 3 m, to 34 m antennas; at 250 million miles at least 500 kbit/s,
# at 60 million miles 3 to 4 Mbit/s (where its decoders, not the link, set the rate). Not on the
# page, taken as usual for it: 8.439 GHz, efficiencies 0.6 and 0.7, 40 K, 3 dB of losses, and Eb/N0
# of 0 dB for a turbo code of rate 1/6. So the published rates must be achievable, and not by more
# than the 10 dB that losses and margins unknown here could eat.
@pytest.mark.parametrize(("million_miles", "rate_bps"), [(250, 500e3), (60, 3.5e6)])
def test_a_whole_link_from_mars(million_miles, rate_bps):
    hertz = 8.439e9
    sender = lb.antenna_gain_dbi(3.0, frequency_hz=hertz, efficiency=0.6)
    receiver = lb.antenna_gain_dbi(34.0, frequency_hz=hertz, efficiency=0.7)
    budget = lb.LinkBudget(
        eirp_dbw=float(lb.eirp_dbw(100.0, gain_dbi=sender)),
        g_t_db_k=float(lb.g_t_db_k(receiver, system_k=40.0)),
        frequency_hz=hertz, required_eb_n0_db=0.0, loss_db=3.0, margin_db=0.0,
    )  # fmt: skip
    range_m = million_miles * 1e6 * 1609.344
    spare_db = float(lb.margin_db(budget, range_m, rate_bps=rate_bps))
    assert 0.0 < spare_db < 10.0


# Analytic: a craft that recedes evenly from d0 at speed v gets (1/d0 - 1/d1)/v times rate x d^2.
# Tolerance: lines over samples of 1 s, curvature h^2/12 relative.
def test_volume_of_a_receding_craft():
    budget = lb.LinkBudget(
        eirp_dbw=20.0, g_t_db_k=0.0, frequency_hz=2.25e9, required_eb_n0_db=4.0, margin_db=0.0
    )
    t = np.arange(0.0, 3601.0)
    d = 2.0e6 + 1500.0 * t
    at_1_m = float(lb.achievable_rate_bps(budget, 1.0))
    found = lb.contact_volumes_bit(
        Windows([(0.0, 3600.0)]), t, rate_bps=lb.achievable_rate_bps(budget, d)
    )
    expected = at_1_m * (1 / d[0] - 1 / d[-1]) / 1500.0
    assert found[0] == pytest.approx(expected, rel=1e-6)
