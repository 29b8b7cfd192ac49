"""Intervals of proportions and paired differences, and how often they hold the truth."""

import numpy as np
import pytest

from ilrs.foundation.chance import paired_difference, wilson_interval


# Newcombe (1998), Two-sided confidence intervals for the single proportion, Stat. Med. 17, 857,
# table I, method 3 (score without continuity correction), 95 %; tolerance half the last digit.
@pytest.mark.parametrize(
    ("successes", "lives", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_interval_of_a_proportion_against_newcombe(
    successes: int, lives: int, low: float, high: float
) -> None:
    assert wilson_interval(successes, lives) == pytest.approx((low, high), abs=5e-5)


def test_interval_reaches_the_end_where_all_or_none_succeed() -> None:
    low, high = wilson_interval([0, 50], [50, 50])
    assert (low[0], high[1]) == (0.0, 1.0)
    assert high[0] == pytest.approx(1.0 - low[1])


def test_nobody_who_lived_says_nothing() -> None:
    low, high = wilson_interval([0], [0])
    assert (low[0], high[0]) == (0.0, 1.0)


def test_interval_of_a_proportion_holds_the_truth_as_often_as_it_says() -> None:
    # Mean coverage of the score interval lies near the nominal 95 %; 2 % is allowed, before a look.
    rng, truth = np.random.default_rng(1), np.linspace(0.05, 0.95, 50)
    k = rng.binomial(60, truth, (4000, truth.size))
    low, high = wilson_interval(k, 60)
    assert ((low <= truth) & (truth <= high)).mean() == pytest.approx(0.95, abs=0.02)


def test_interval_of_a_paired_difference_holds_the_truth_as_often_as_it_says() -> None:
    # Agresti & Min report a coverage near the nominal one; 2 % is allowed, before a look.
    rng, chances = np.random.default_rng(2), [0.06, 0.02, 0.92]  # gained, lost, alike
    hits = 0
    for gained, lost, _ in rng.multinomial(200, chances, 2000):
        found = paired_difference(int(gained), int(lost), lives=200)
        hits += found.low <= 0.04 <= found.high
    assert hits / 2000 == pytest.approx(0.95, abs=0.02)


def test_paired_difference_counts_only_lives_that_differ() -> None:
    found = paired_difference(30, 10, lives=1000)
    assert found.value == pytest.approx(0.02)
    assert found.low < 0.02 < found.high
    assert found.high - found.low < 0.03  # two independent samples of 1000 could be twice as wide


def test_designs_that_never_differ_still_leave_a_doubt() -> None:
    found = paired_difference(0, 0, lives=100)
    assert found.value == 0.0
    assert found.low == pytest.approx(-found.high)
    assert found.high > 0.0
