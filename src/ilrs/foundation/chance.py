"""What counted lives, or draws, say of a chance: proportions, differences, intervals."""

from dataclasses import dataclass
from statistics import NormalDist
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

__all__ = ["CONFIDENCE", "Difference", "paired_difference", "wilson_interval"]

FloatArray: TypeAlias = npt.NDArray[np.float64]

#: Of every interval, unless another one is asked for.
CONFIDENCE = 0.95


def _z(confidence: float) -> float:
    """Standard errors to each side that hold a part `confidence` of a normal distribution."""
    return NormalDist().inv_cdf(0.5 + 0.5 * confidence)


def wilson_interval(
    successes: npt.ArrayLike, lives: npt.ArrayLike, *, confidence: float = CONFIDENCE
) -> tuple[FloatArray, FloatArray]:
    """Lower and upper end of the interval of a proportion, 0–1; all of it where nobody lived.

    The score interval of Wilson (1927), J. Am. Stat. Assoc. 22, 209, doi:10.2307/2276774. It stays
    within 0 and 1 and has a width where all or none succeed, as a station's survival may.
    """
    k, n = np.asarray(successes, dtype=np.float64), np.asarray(lives, dtype=np.float64)
    z2 = _z(confidence) ** 2
    known = n > 0.0
    safe = np.where(known, n, 1.0)
    p = k / safe
    middle = (p + 0.5 * z2 / safe) / (1.0 + z2 / safe)
    half = np.sqrt(z2 * (p * (1.0 - p) / safe + 0.25 * z2 / safe**2)) / (1.0 + z2 / safe)
    low = np.where(k == 0.0, 0.0, middle - half)  # exact ends, which rounding would miss
    high = np.where(k == n, 1.0, middle + half)
    return np.where(known, low, 0.0), np.where(known, high, 1.0)


@dataclass(frozen=True, slots=True)
class Difference:
    """By how much one probability is above another, with the interval of the difference."""

    value: float
    low: float
    high: float


def paired_difference(
    gained: int, lost: int, *, lives: int, confidence: float = CONFIDENCE
) -> Difference:
    """The difference of two proportions of the same lives, by those in which they differ.

    `gained` lives succeed in the second design alone, `lost` in the first alone. The interval is
    the adjusted one of Agresti & Min (2005), Stat. Med. 24, 729, doi:10.1002/sim.1781: half a life
    is added to each of the four cells, so that it has a width where no life differs.
    """
    if lives <= 0:
        return Difference(0.0, -1.0, 1.0)
    b, c, n = gained + 0.5, lost + 0.5, lives + 2.0
    middle = (b - c) / n
    half = _z(confidence) * np.sqrt(b + c - (b - c) ** 2 / n) / n
    low, high = max(middle - half, -1.0), min(middle + half, 1.0)
    return Difference((gained - lost) / lives, float(low), float(high))
