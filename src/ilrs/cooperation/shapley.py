"""Shapley shares: what each partner adds, on the mean over all orders in which partners could join.

L. S. Shapley, "A value for n-person games", 1953: the one division that gives away all there is
(efficiency), gives equals the same (symmetry), nothing to who adds nothing (null player), and adds
up over games. Exact where all coalitions can be asked; else from orders drawn at random, each with
its reverse (R. Y. Rubinstein's antithetic variates), with the standard error of what comes out.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from ilrs.foundation.errors import IlrsError

__all__ = ["Coalition", "Shares", "exact_shares", "sampled_shares"]

FloatArray: TypeAlias = npt.NDArray[np.float64]
Coalition: TypeAlias = frozenset[str]
#: The worths of coalitions, by measure: shape (coalitions, measures). Asked for many at once, so
#: that they can be worked out side by side; each coalition is asked for once.
Worths: TypeAlias = Callable[[Sequence[Coalition]], npt.ArrayLike]

_MOST_EXACT = 12  # partners: 4,096 coalitions


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """What each partner's part is worth, by measure, with the standard error of each."""

    partners: tuple[str, ...]
    shares: FloatArray  # (partner, measure), in the measure's unit
    standard_errors: FloatArray  # (partner, measure); 0 where exact
    alone: FloatArray  # (measure): what there is without any of them
    together: FloatArray  # (measure): what there is with all of them
    orders: int  # drawn; 0 where exact
    coalitions: int  # asked for

    @property
    def parts(self) -> FloatArray:
        """Shares over all that the partners add, (partner, measure); not a number where nothing."""
        added = self.together - self.alone
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(np.where(added != 0.0, self.shares / added, np.nan))


class _Asked:
    """The worths of coalitions, each asked for once."""

    def __init__(self, worths: Worths) -> None:
        self._worths, self._known = worths, dict[Coalition, FloatArray]()

    def learn(self, coalitions: Iterable[Coalition]) -> None:
        """Asks for those that are not known yet, all at once, in the order given."""
        new = [c for c in dict.fromkeys(coalitions) if c not in self._known]
        if not new:
            return
        found = np.asarray(self._worths(new), dtype=np.float64)
        if found.ndim != 2 or len(found) != len(new):
            raise IlrsError(
                f"worths of the shape {found.shape} for {len(new)} coalitions",
                "each coalition has one row with a number for each measure",
                "Return an array of shape (coalitions, measures).",
            )
        self._known |= dict(zip(new, found, strict=True))

    def __call__(self, coalition: Coalition) -> FloatArray:
        return self._known[coalition]

    def __len__(self) -> int:
        return len(self._known)


def _check(partners: Sequence[str]) -> None:
    twice = sorted({p for p in partners if list(partners).count(p) > 1})
    if twice or not partners:
        raise IlrsError(
            f"shares of {', '.join(twice)}, who is there twice" if twice else "shares of nobody",
            "each partner is named once, and there is at least one",
            "Correct the list of partners.",
        )


def exact_shares(partners: Sequence[str], worths: Worths) -> Shares:
    """The Shapley shares from all 2^n coalitions, in the measures' units.

    Raises IlrsError for more than 12 partners; `sampled_shares` serves them.
    """
    _check(partners)
    n = len(partners)
    if n > _MOST_EXACT:
        raise IlrsError(
            f"exact shares of {n} partners ask for {2**n} coalitions",
            f"they are given for up to {_MOST_EXACT}",
            "Use sampled_shares, or put some partners together.",
        )
    asked = _Asked(worths)
    asked.learn(frozenset(c) for k in range(n + 1) for c in combinations(partners, k))
    together, alone = asked(frozenset(partners)), asked(frozenset())
    shares = np.zeros((n, together.size))
    for row, partner in enumerate(partners):
        others = [p for p in partners if p != partner]
        for k in range(n):
            weight = 1.0 / (n * comb(n - 1, k))
            for without in map(frozenset, combinations(others, k)):
                shares[row] += weight * (asked(without | {partner}) - asked(without))
    return Shares(
        partners=tuple(partners), shares=shares, standard_errors=np.zeros_like(shares),
        alone=alone, together=together, orders=0, coalitions=len(asked),
    )  # fmt: skip


def sampled_shares(
    partners: Sequence[str],
    worths: Worths,
    *,
    most_error: float = 0.02,
    seed: int = 1,
    most_orders: int = 10_000,
    batch: int = 16,
    progress: Callable[[int, float], None] = lambda orders, error: None,
) -> Shares:
    """The Shapley shares from orders drawn at random, in the measures' units.

    Orders are drawn until the largest standard error is at most `most_error` of what all partners
    add, in every measure, or `most_orders` are drawn. An order and its reverse make one draw; the
    error is that of the mean over draws. The shares sum to what is added, exactly. `progress` is
    told the orders drawn and the largest error so far, in parts of what is added.
    """
    _check(partners)
    rng = np.random.default_rng(seed)
    asked = _Asked(worths)
    whole = frozenset(partners)
    asked.learn([frozenset(), whole])
    added = asked(whole) - asked(frozenset())
    draws: list[FloatArray] = []
    error = np.inf
    while error > most_error and 2 * len(draws) < most_orders:
        orders = [rng.permutation(len(partners)) for _ in range(max(batch // 2, 1))]
        both = [order for forward in orders for order in (forward, forward[::-1])]
        asked.learn(c for order in both for c in _joined(order, partners))
        draws += [
            (_added(forward, partners, asked) + _added(forward[::-1], partners, asked)) / 2.0
            for forward in orders
        ]
        error = _largest_error(np.array(draws), added)
        progress(2 * len(draws), error)
    sample = np.array(draws)
    return Shares(
        partners=tuple(partners), shares=sample.mean(axis=0), standard_errors=_errors(sample),
        alone=asked(frozenset()), together=asked(whole), orders=2 * len(draws),
        coalitions=len(asked),
    )  # fmt: skip


def _joined(order: npt.NDArray[np.int64], partners: Sequence[str]) -> list[Coalition]:
    """The coalitions as partners join in that order, the empty one first."""
    names = [partners[k] for k in order]
    return [frozenset(names[:k]) for k in range(len(names) + 1)]


def _added(order: npt.NDArray[np.int64], partners: Sequence[str], asked: _Asked) -> FloatArray:
    """What each partner adds as it joins in that order, (partner, measure)."""
    worths = np.array([asked(c) for c in _joined(order, partners)])
    added = np.empty((len(partners), worths.shape[1]))
    added[order] = np.diff(worths, axis=0)
    return added


def _errors(sample: FloatArray) -> FloatArray:
    if len(sample) < 2:
        return np.full(sample.shape[1:], np.inf)
    return np.asarray(sample.std(axis=0, ddof=1) / np.sqrt(len(sample)))


def _largest_error(sample: FloatArray, added: FloatArray) -> float:
    """The largest standard error over what is added; measures to which nobody adds are left out."""
    counts = added != 0.0
    if not counts.any():
        return 0.0
    return float((_errors(sample)[:, counts] / np.abs(added[counts])).max())
