"""The lightest station that serves its loads through a whole series, with a proven bound.

Two linear programs on blocks of steps (`sizing_lp`) hold the least mass between them; blocks are
split where the two differ until the gap is small enough. With one step a block both are the program
of the steps itself, so the search ends at its optimum if it is let. Options in whole units are
chosen by cuts (Benders): each program solved says of all numbers of units what they cost at least.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from ilrs.foundation.linear_program import INFINITY, LinearProgram
from ilrs.station.sizing_blocks import Blocks, split_blocks, spread
from ilrs.station.sizing_deficit import deficit_error, find_deficit
from ilrs.station.sizing_lp import BlockAnswer, solve_blocks
from ilrs.station.sizing_problem import SizingProblem

__all__ = ["Sizing", "least_mass"]

FloatArray: TypeAlias = npt.NDArray[np.float64]
Progress: TypeAlias = Callable[[int, float, float], None]

_FIRST_BLOCKS = 300
_LEFT = 0.1  # of the difference between mean and worst, after one round of splitting
_NO_SHORT = 1e-6  # of the largest load: what the solver's tolerance of constraints may leave
_DEARER = 10.0  # an unserved watt than the dearest way to serve it; dearer where that is not enough


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sizing:
    """Units of each option that serve every step, their mass, and one that nothing goes below."""

    units: FloatArray
    mass_kg: float
    bound_kg: float
    blocks: int
    rounds: int

    @property
    def gap(self) -> float:
        """How far the mass may lie above the least there is, as a part of it, 0-1."""
        return max(self.mass_kg - self.bound_kg, 0.0) / self.mass_kg if self.mass_kg else 0.0


@dataclass(slots=True, eq=False)
class _Search:
    """What is known while blocks are split."""

    problem: SizingProblem
    gap: float
    blocks: Blocks
    short_kg_w: float
    whole: npt.NDArray[np.int64]
    masses_kg: FloatArray
    cuts: list[tuple[float, FloatArray, FloatArray]]  # cost, slopes and units of whole options
    chosen: FloatArray  # units of whole options
    bound_kg: float = 0.0

    def solve(self, *, is_worst: bool, chosen: FloatArray | None) -> BlockAnswer:
        fixed = np.full(self.masses_kg.size, np.nan)
        if chosen is not None:
            fixed[self.whole] = chosen
        return solve_blocks(
            self.problem, self.blocks, is_worst=is_worst, short_kg_w=self.short_kg_w, fixed=fixed
        )

    def is_served(self, answer: BlockAnswer) -> bool:
        return bool(answer.short_w.max() <= _NO_SHORT * self.problem.most_load_w)


def least_mass(
    problem: SizingProblem,
    *,
    gap: float = 0.01,
    progress: Progress = lambda blocks, bound_kg, mass_kg: None,
) -> Sizing:
    """The lightest design that serves every step, at most `gap` (0-1) heavier than need be.

    `progress` is told the number of blocks, the bound and the mass after each round. Raises
    IlrsError that names who falls short, when and by how much, where no size serves the loads.
    """
    search = _begin(problem, gap)
    best: BlockAnswer | None = None
    best_kg, rounds = np.inf, 0
    while True:
        rounds += 1
        # The bound settles early; once there is a design, that alone is solved for until they meet.
        low = _least_mean(search) if best is None or _is_near(search, best_kg, 2.0) else None
        if low is not None and not search.is_served(low):
            deficit = find_deficit(problem, search.blocks)
            if deficit is not None:
                raise deficit_error(problem, deficit, blocks=search.blocks)
            search.short_kg_w *= _DEARER
            search.cuts.clear()
            continue
        if best is None and low is not None and _is_coarse(search, low):
            progress(search.blocks.count, search.bound_kg, best_kg)
            search.blocks = _finer(search, low)
            continue
        high = search.solve(is_worst=True, chosen=search.chosen)
        mass_kg = float(search.masses_kg @ high.units)
        if search.is_served(high) and mass_kg < best_kg:
            best, best_kg = high, mass_kg
        progress(search.blocks.count, search.bound_kg, best_kg)
        is_whole_series = low is not None and search.blocks.count == problem.steps
        if best is not None and (_is_near(search, best_kg, 1.0) or is_whole_series):
            return Sizing(
                units=best.units, mass_kg=best_kg, bound_kg=min(search.bound_kg, best_kg),
                blocks=search.blocks.count, rounds=rounds,
            )  # fmt: skip
        search.blocks = _finer(search, high)


def _is_near(search: _Search, mass_kg: float, times: float) -> bool:
    """Whether a mass lies within so many times the gap wanted of the bound, or all is split."""
    is_split = search.blocks.count == search.problem.steps
    return is_split or mass_kg - search.bound_kg <= times * search.gap * mass_kg


def _begin(problem: SizingProblem, gap: float) -> _Search:
    options = problem.options
    most_w = [0.0 if o.made_w is None else float(np.max(o.made_w)) for o in options]
    per_w = [o.mass_kg / most for o, most in zip(options, most_w, strict=True) if most > 0.0]
    per_wh = [o.mass_kg / o.capacity_wh for o in options if o.capacity_wh]
    hours = problem.step_s / 3600.0
    dearest = max([*per_w, *(kg * hours for kg in per_wh), 1e-3])
    whole = np.array([k for k, o in enumerate(options) if o.is_whole], dtype=np.int64)
    return _Search(
        problem=problem, gap=gap, blocks=_first_blocks(problem), short_kg_w=_DEARER * dearest,
        whole=whole, masses_kg=np.array([o.mass_kg for o in options], dtype=np.float64), cuts=[],
        chosen=np.zeros(0),
    )  # fmt: skip


def _first_blocks(problem: SizingProblem) -> Blocks:
    """Blocks by the shape of what is needed and of what could be made, each counting alike."""
    rows = [grid.made_w - grid.load_w for grid in problem.grids]
    rows += [option.made_w for option in problem.options if option.made_w is not None]
    signals = np.unique([row / max(float(np.abs(row).max()), 1e-9) for row in rows], axis=0)
    whole = Blocks(np.zeros(1, dtype=np.int64), problem.steps)
    weights = np.ones((len(signals), 1))
    return split_blocks(whole, signals, weights=weights, most=_FIRST_BLOCKS, left=0.0)


def _is_coarse(search: _Search, low: BlockAnswer) -> bool:
    """Whether a block's worst step, at the prices of its mean, would cost more than the gap."""
    more_kg = spread(
        search.blocks, search.problem.net_w(low.units), weights=np.maximum(low.price_kg_w, 0.0)
    )
    return more_kg > search.gap * low.cost_kg


def _finer(search: _Search, answer: BlockAnswer) -> Blocks:
    """Blocks split where the worst step of a block costs most, at the prices of an answer."""
    blocks = search.blocks
    finer = split_blocks(
        blocks, search.problem.net_w(answer.units), weights=np.maximum(answer.price_kg_w, 0.0),
        most=max(blocks.count // 4, 16), left=_LEFT,
    )  # fmt: skip
    if finer.count > blocks.count:
        return finer
    # What is left lies in leaks within blocks: halve the longest.
    longest = np.argsort(-blocks.sizes, kind="stable")[: max(blocks.count // 4, 16)]
    middles = (blocks.starts + blocks.sizes // 2)[longest]
    return Blocks(np.unique(np.concatenate([blocks.starts, middles])), blocks.steps)


def _least_mean(search: _Search) -> BlockAnswer:
    """The best relaxed design at these blocks, with whole options whole; raises the bound."""
    if not search.whole.size:
        answer = search.solve(is_worst=False, chosen=None)
        search.bound_kg = max(search.bound_kg, answer.cost_kg)
        return answer
    if not search.cuts:
        relaxed = search.solve(is_worst=False, chosen=None)
        _cut(search, relaxed)
        near = np.round(relaxed.units[search.whole])
        search.chosen = near if _fits(search, near) else np.floor(relaxed.units[search.whole])
    best: BlockAnswer | None = None
    tried: set[tuple[float, ...]] = set()
    while True:
        answer = search.solve(is_worst=False, chosen=search.chosen)
        tried.add(tuple(search.chosen))
        _cut(search, answer)
        if best is None or answer.cost_kg < best.cost_kg:
            best = answer
        chosen, bound_kg = _cheapest_by_cuts(search)
        search.bound_kg = max(search.bound_kg, bound_kg)
        if bound_kg >= (1.0 - 0.25 * search.gap) * best.cost_kg or tuple(chosen) in tried:
            search.chosen = np.round(best.units[search.whole])
            return best
        search.chosen = chosen


def _room_kg(search: _Search) -> list[tuple[FloatArray, float]]:
    """Of each flight: mass by unit of whole options, and what the least of the others leaves."""
    options = search.problem.options
    rows = []
    for lift in search.problem.lifts:
        aboard = [o.mass_kg if o.id in lift.options else 0.0 for o in options]
        masses = np.array(aboard, dtype=np.float64)
        least = sum(m * o.least for m, o in zip(masses, options, strict=True) if not o.is_whole)
        rows.append((masses[search.whole], lift.free_kg - least))
    return rows


def _fits(search: _Search, chosen: FloatArray) -> bool:
    return all(float(masses @ chosen) <= free_kg for masses, free_kg in _room_kg(search))


def _cut(search: _Search, answer: BlockAnswer) -> None:
    whole = search.whole
    search.cuts.append((answer.cost_kg, answer.slope_kg[whole], answer.units[whole]))


def _cheapest_by_cuts(search: _Search) -> tuple[FloatArray, float]:
    """Whole units with the least cost by all cuts, and that cost, which nothing goes below."""
    options = [search.problem.options[k] for k in search.whole]
    program = LinearProgram()
    units = program.add_columns(
        len(options),
        lower=[option.least for option in options],
        upper=[min(option.most, INFINITY) for option in options],
    )
    program.whole += units.tolist()
    cost = program.add_columns(1, cost=1.0)
    for masses, free_kg in _room_kg(search):
        program.put(program.add_rows(1, high=free_kg), units, masses)
    for value, slopes, at in search.cuts:  # cost >= value + slopes (units - at)
        row = program.add_rows(1, low=value - slopes @ at)
        program.put(row, cost, 1.0)
        program.put(row, units, -slopes)
    solved = program.solve(wanted_for="the lightest design")
    return np.round(solved.values[units]), solved.bound
