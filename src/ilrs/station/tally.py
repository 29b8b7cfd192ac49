"""Counts of many lives: small, the same in any order of adding, whatever the number of lives."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from ilrs.station.lives import BY_TEMPERATURE, Design, Lives

__all__ = [
    "COLD_OR_HEAT", "QUANTITIES", "Pairs", "Question", "Tally", "added",
    "added_pairs", "compare", "tally", "years_of",
]  # fmt: skip

BoolArray: TypeAlias = npt.NDArray[np.bool_]
IntArray: TypeAlias = npt.NDArray[np.int64]
#: An element and what took it: the name of a fault, or COLD_OR_HEAT.
Loss: TypeAlias = tuple[str, str]

COLD_OR_HEAT = "cold or heat"
#: What a requirement may ask of each year of a life, with its unit.
QUANTITIES = {
    "elements_lost": "count",
    "keep_alive_unserved_wh": "Wh",
    "lowest_state_of_charge": "1",
    "data_sent_bit": "bit",
}


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of each year of a life: a quantity against a limit."""

    id: str
    quantity: str  # one of QUANTITIES
    comparison: Literal[">=", "<=", "=="]
    limit: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What a number of lives came to, counted."""

    lives: int = 0
    alive: tuple[int, ...] = ()  # at the end of each year
    holds: dict[str, tuple[int, ...]] = field(default_factory=dict)  # question -> years
    kept: dict[str, tuple[int, ...]] = field(default_factory=dict)  # element -> not lost, by year
    ends: Counter[Loss] = field(default_factory=Counter)  # what ended a life
    firsts: Counter[Loss] = field(default_factory=Counter)  # what was lost first in one that ended
    failures: Counter[Loss] = field(default_factory=Counter)  # how often each fault struck


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """The same lives in two designs: how many each of them alone survived, by year."""

    lives: int = 0
    gained: tuple[int, ...] = ()
    lost: tuple[int, ...] = ()


def years_of(design: Design) -> int:
    """How many years a design is lived; a part of one counts."""
    return -(-design.steps // design.steps_per_year)


def _lasts(step: IntArray, design: Design) -> BoolArray:
    """Whether what ends at a step (-1 for never) is there at the end of each year; year last."""
    edges = design.steps_per_year * np.arange(1, years_of(design) + 1)
    never = (step < 0)[..., None]
    lasts: BoolArray = never | (step[..., None] >= edges)
    return lasts


def _ints(counts: npt.NDArray[np.integer]) -> tuple[int, ...]:
    return tuple(int(count) for count in counts)


def _losses(design: Design, lives: Lives, lanes: IntArray, elements: IntArray) -> Counter[Loss]:
    """Counts of what was lost, and by what, for pairs of a lane and an element."""
    causes = lives.cause[lanes, elements]
    return Counter(
        (design.ids[e], COLD_OR_HEAT if c == BY_TEMPERATURE else design.faults.names[c][1])
        for e, c in zip(elements.tolist(), causes.tolist(), strict=True)
    )


def _quantity(name: str, design: Design, lives: Lives) -> npt.NDArray[np.float64]:
    """A quantity of each lane and year; elements that are lost count from their year on."""
    if name == "elements_lost":
        lost: npt.NDArray[np.float64] = (~_lasts(lives.lost_step, design)).sum(axis=1) * 1.0
        return lost
    values: npt.NDArray[np.float64] = getattr(lives.outcome, name)
    return values


def _meets(question: Question, values: npt.NDArray[np.float64]) -> BoolArray:
    """Whether a limit is kept; what is not a number keeps none."""
    meets: BoolArray = {
        ">=": values >= question.limit,
        "<=": values <= question.limit,
        "==": values == question.limit,
    }[question.comparison]
    return meets


def tally(design: Design, lives: Lives, *, questions: Sequence[Question] = ()) -> Tally:
    """The counts of some lives."""
    ended = np.flatnonzero(lives.end_step >= 0)
    order = np.where(lives.lost_step < 0, np.iinfo(np.int64).max, lives.lost_step)
    struck = lives.sample.failures.sum(axis=0)
    kept = _lasts(lives.lost_step, design).sum(axis=0)
    return Tally(
        lives=lives.end_step.size,
        alive=_ints(_lasts(lives.end_step, design).sum(axis=0)),
        holds={
            asked.id: _ints(_meets(asked, _quantity(asked.quantity, design, lives)).sum(axis=0))
            for asked in questions
        },
        kept={id_: _ints(row) for id_, row in zip(design.ids, kept, strict=True)},
        ends=_losses(design, lives, ended, lives.ended_by[ended]),
        firsts=_losses(design, lives, ended, order[ended].argmin(axis=1)),
        failures=Counter(
            {name: int(n) for name, n in zip(design.faults.names, struck, strict=True) if n}
        ),
    )


def compare(design: Design, end_step: IntArray, other_step: IntArray) -> Pairs:
    """How many lives the second of two designs survives alone, and the first; by their ends."""
    ours, theirs = _lasts(end_step, design), _lasts(other_step, design)
    return Pairs(
        lives=end_step.size,
        gained=_ints((theirs & ~ours).sum(axis=0)),
        lost=_ints((ours & ~theirs).sum(axis=0)),
    )


def added(parts: Iterable[Tally]) -> Tally:
    """All the counts together."""
    total = Tally()
    for part in parts:
        total = Tally(
            lives=total.lives + part.lives,
            alive=_sum(total.alive, part.alive),
            holds=_sums(total.holds, part.holds),
            kept=_sums(total.kept, part.kept),
            ends=total.ends + part.ends,
            firsts=total.firsts + part.firsts,
            failures=total.failures + part.failures,
        )
    return total


def added_pairs(parts: Iterable[Pairs]) -> Pairs:
    """All the counts together."""
    total = Pairs()
    for part in parts:
        total = Pairs(
            lives=total.lives + part.lives,
            gained=_sum(total.gained, part.gained),
            lost=_sum(total.lost, part.lost),
        )
    return total


def _sum(one: tuple[int, ...], two: tuple[int, ...]) -> tuple[int, ...]:
    if not one or not two:
        return one or two
    return tuple(a + b for a, b in zip(one, two, strict=True))


def _sums(
    one: dict[str, tuple[int, ...]], two: dict[str, tuple[int, ...]]
) -> dict[str, tuple[int, ...]]:
    return {key: _sum(one.get(key, ()), two.get(key, ())) for key in one | two}
