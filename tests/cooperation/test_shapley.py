"""Shapley shares: the axioms, published games, and the sampled against the exact."""

import numpy as np
import pytest

from ilrs.cooperation.shapley import exact_shares, sampled_shares
from ilrs.foundation.errors import IlrsError

NAMES = tuple("ABCDEFGHIJ")


def game(worth):
    """The worths of coalitions by one function, as one measure."""
    return lambda coalitions: [[worth(c)] for c in coalitions]


def random_game(seed, names=NAMES):
    """A game that grows with who joins, with synergies of random threes."""
    rng = np.random.default_rng(seed)
    own = dict(zip(names, rng.uniform(0.0, 1.0, len(names)), strict=True))
    teams = [frozenset(rng.choice(names, 3, replace=False)) for _ in range(8)]
    gains = rng.uniform(0.0, 3.0, len(teams))

    def worth(coalition):
        return sum(own[p] for p in sorted(coalition)) + sum(
            gain for team, gain in zip(teams, gains, strict=True) if team <= coalition
        )

    return game(worth)


# The glove game: one left glove, two right ones, a pair is worth 1. The shares are 2/3, 1/6, 1/6
# (textbook result, e.g. M. J. Osborne and A. Rubinstein, "A Course in Game Theory", 1994).
def test_the_glove_game_gives_its_published_shares():
    found = exact_shares("LRS", game(lambda c: float("L" in c and bool(c & {"R", "S"}))))
    np.testing.assert_allclose(found.shares[:, 0], [2 / 3, 1 / 6, 1 / 6], atol=1e-15)
    np.testing.assert_allclose(found.parts[:, 0], [2 / 3, 1 / 6, 1 / 6], atol=1e-15)


# The airport game: runways of cost 1, 2 and 3 in a row; the shares are 1/3, 1/3 + 1/2 and
# 1/3 + 1/2 + 1 (S. C. Littlechild and G. Owen, 1973).
def test_the_airport_game_gives_its_published_shares():
    cost = {"A": 1.0, "B": 2.0, "C": 3.0}
    found = exact_shares("ABC", game(lambda c: max((cost[p] for p in c), default=0.0)))
    np.testing.assert_allclose(found.shares[:, 0], [1 / 3, 5 / 6, 11 / 6], atol=1e-14)


@pytest.mark.parametrize("shares", [exact_shares, sampled_shares])
def test_all_is_given_away_and_nothing_to_who_adds_nothing(shares):
    def worths(coalitions):
        rows = np.asarray(random_game(5, NAMES[:6])([c - {"NULL"} for c in coalitions]))
        return np.column_stack([rows, np.full(len(rows), 7.0)])  # a measure that nobody changes

    found = shares([*NAMES[:6], "NULL"], worths)
    np.testing.assert_allclose(found.shares.sum(axis=0), found.together - found.alone, atol=1e-12)
    np.testing.assert_allclose(found.shares[-1], 0.0, atol=1e-15)
    assert found.alone[1] == 7.0
    assert np.isnan(found.parts[:, 1]).all()


def test_equals_get_the_same():
    found = exact_shares(NAMES[:5], game(lambda c: float(len(c)) ** 2))
    np.testing.assert_allclose(found.shares[:, 0], 5.0, atol=1e-13)


def test_shares_of_two_games_add_up():
    one, two = random_game(1, NAMES[:6]), random_game(2, NAMES[:6])

    def both(coalitions):
        return np.asarray(one(coalitions)) + np.asarray(two(coalitions))

    parts = [exact_shares(NAMES[:6], g).shares for g in (one, two, both)]
    np.testing.assert_allclose(parts[0] + parts[1], parts[2], atol=1e-12)


# A standard error is one if 68 % of the sampled shares lie within it of the exact ones. 99.9 % of
# the counts among 200 independent ones (ten partners, 20 games) fall from 57 % to 79 %.
def test_the_sampled_shares_lie_about_the_exact_ones_as_their_error_says():
    inside = []
    for seed in range(20):
        worths = random_game(seed)
        exact = exact_shares(NAMES, worths)
        found = sampled_shares(NAMES, worths, most_error=0.005, seed=seed)
        assert found.standard_errors.max() <= 0.005 * float(exact.together[0])
        gap = np.abs(found.shares - exact.shares)
        inside += (gap <= found.standard_errors + 1e-12).ravel().tolist()
    assert 0.57 <= np.mean(inside) <= 0.79


def test_each_coalition_is_asked_for_once_and_many_at_a_time():
    asked = []

    def worths(coalitions):
        asked.append(list(coalitions))
        return random_game(3)(coalitions)

    found = sampled_shares(NAMES, worths, most_orders=32, most_error=0.0)
    every = [c for batch in asked for c in batch]
    assert len(every) == len(set(every)) == found.coalitions
    assert found.orders == 32
    assert len(asked) <= 3


def test_the_same_seed_gives_the_same_shares():
    one, two = (sampled_shares(NAMES, random_game(4), seed=9) for _ in range(2))
    assert np.array_equal(one.shares, two.shares)


def test_progress_is_told():
    told = []
    sampled_shares(
        NAMES, random_game(4), most_orders=32, most_error=0.0,
        progress=lambda orders, error: told.append((orders, error)),
    )  # fmt: skip
    assert [orders for orders, _ in told] == [16, 32]
    assert all(error > 0.0 for _, error in told)


@pytest.mark.parametrize(
    ("partners", "worths", "message"),
    [
        (
            ["A", "B", "A"], game(len),
            "shares of A, who is there twice; each partner is named once, and there is at least"
            " one. Correct the list of partners.",
        ),
        (
            [], game(len),
            "shares of nobody; each partner is named once, and there is at least one. Correct the"
            " list of partners.",
        ),
        (
            ["A"], lambda coalitions: [1.0 for _ in coalitions],
            "worths of the shape (2,) for 2 coalitions; each coalition has one row with a number"
            " for each measure. Return an array of shape (coalitions, measures).",
        ),
        (
            [f"P{k}" for k in range(13)], game(len),
            "exact shares of 13 partners ask for 8192 coalitions; they are given for up to 12. Use"
            " sampled_shares, or put some partners together.",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_divided_is_said(partners, worths, message):
    with pytest.raises(IlrsError) as caught:
        exact_shares(partners, worths)
    assert str(caught.value) == message
