"""What a station falls short of at any size that its options allow, and what would mend it."""

from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from ilrs.foundation.errors import IlrsError
from ilrs.foundation.time import utc_text
from ilrs.station.sizing_blocks import Blocks
from ilrs.station.sizing_lp import BlockAnswer, solve_blocks
from ilrs.station.sizing_problem import SizingProblem, rounded_up

__all__ = ["Deficit", "find_deficit", "deficit_error"]

FloatArray: TypeAlias = npt.NDArray[np.float64]

_NO_SHORT = 1e-6  # of the largest load
_MOST_TRIED = 24  # options whose limit is lifted alone


@dataclass(frozen=True, slots=True, kw_only=True)
class Deficit:
    """The largest deficit of one grid in consecutive blocks, whatever is landed."""

    grid: int
    first_step: int
    steps: int
    energy_wh: float
    most_w: float


def find_deficit(problem: SizingProblem, blocks: Blocks) -> Deficit | None:
    """The worst of what no allowed size can serve; None where all can be served.

    It is a proof: the means of blocks are easier to serve than their steps.
    """
    nothing = [0.0] * len(problem.options)
    answer = solve_blocks(problem, blocks, is_worst=False, short_kg_w=1.0, masses_kg=nothing)
    return _worst(problem, blocks, answer)


def _worst(problem: SizingProblem, blocks: Blocks, answer: BlockAnswer) -> Deficit | None:
    limit_w = _NO_SHORT * problem.most_load_w
    found = None
    for grid, short_w in enumerate(answer.short_w):
        energy_wh = (
            np.where(short_w > limit_w, short_w, 0.0) * blocks.sizes * problem.step_s / 3600.0
        )
        edges = np.flatnonzero(np.diff(np.concatenate([[False], energy_wh > 0.0, [False]])))
        for first, last in zip(edges[::2], edges[1::2], strict=True):
            total_wh = float(energy_wh[first:last].sum())
            if found is None or total_wh > found.energy_wh:
                found = Deficit(
                    grid=grid,
                    first_step=int(blocks.starts[first]),
                    steps=int(blocks.sizes[first:last].sum()),
                    energy_wh=total_wh,
                    most_w=float(short_w[first:last].max()),
                )
    return found


def deficit_error(problem: SizingProblem, short: Deficit, *, blocks: Blocks) -> IlrsError:
    """The error that names who falls short, when, by how much, and the cheapest mend."""
    grid = problem.grids[short.grid]
    span = slice(short.first_step, short.first_step + short.steps)
    hours = short.steps * problem.step_s / 3600.0
    asked_wh = float(grid.load_w[span].sum()) * problem.step_s / 3600.0
    begin = utc_text(problem.time[short.first_step])
    return IlrsError(
        f"{_who(problem, short)} on {grid.id} falls short of {_energy(short.energy_wh)} in the "
        f"{hours:g} h from {begin}",
        f"with every option at its most {1.0 - short.energy_wh / asked_wh:.1%} of what is asked "
        "then can be served",
        f"{_mend(problem, blocks)} Or ask for {short.energy_wh / hours:,.0f} W less there.",
    )


def _who(problem: SizingProblem, short: Deficit) -> str:
    """Those served last, whose loads make up what is short at its worst."""
    grid = problem.grids[short.grid]
    span = slice(short.first_step, short.first_step + short.steps)
    names: list[str] = []
    left_w = short.most_w
    for name, load_w in reversed(list(grid.loads_w.items())):
        mean_w = float(load_w[span].mean())
        if left_w > 0.0 and mean_w > 0.0:
            names.insert(0, name)
            left_w -= mean_w
    return " and ".join(names)


def _energy(energy_wh: float) -> str:
    return f"{energy_wh / 1000.0:.3g} kWh" if energy_wh >= 1000.0 else f"{energy_wh:.3g} Wh"


def _mend(problem: SizingProblem, blocks: Blocks) -> str:
    """The cheapest change of a declared limit after which all can be served, as a sentence."""
    limits = {o.id: o.most for o in problem.options if np.isfinite(o.most)}
    limits |= {lift.id: lift.free_kg for lift in problem.lifts}
    best = _lifted(problem, blocks, set(limits))
    if best is None:
        return "No declared option mends it at any size: declare another one for that grid."
    changed = {id_ for id_, value in _values(problem, best).items()
               if id_ in limits and value > limits[id_] * (1.0 + 1e-9)}  # fmt: skip
    for id_ in limits if len(limits) <= _MOST_TRIED else sorted(changed):
        alone = _lifted(problem, blocks, {id_})
        if alone is not None and (len(changed) > 1 or alone.cost_kg < best.cost_kg):
            best, changed = alone, {id_}
    values, flights = _values(problem, best), {lift.id for lift in problem.lifts}
    told = " and ".join(
        f"{f'what {id_} lands' if id_ in flights else f'`most` of {id_}'} from {limits[id_]:g} to"
        f" {rounded_up(values[id_], digits=3):g}"
        for id_ in limits
        if id_ in changed
    )
    return f"Raise {told} (all options then weigh {best.cost_kg:,.0f} kg)."


def _values(problem: SizingProblem, answer: BlockAnswer) -> dict[str, float]:
    """Units of each option, and kilograms on each flight."""
    units = {o.id: float(n) for o, n in zip(problem.options, answer.units, strict=True)}
    masses = {o.id: o.mass_kg * units[o.id] for o in problem.options}
    return units | {lift.id: sum(masses[k] for k in lift.options) for lift in problem.lifts}


def _lifted(problem: SizingProblem, blocks: Blocks, ids: set[str]) -> BlockAnswer | None:
    """The lightest design without these limits; None where something still goes unserved."""
    freed = replace(
        problem,
        options=[replace(o, most=np.inf) if o.id in ids else o for o in problem.options],
        lifts=[lift for lift in problem.lifts if lift.id not in ids],
    )
    dearest = max((option.mass_kg for option in problem.options), default=1.0)
    answer = solve_blocks(freed, blocks, is_worst=False, short_kg_w=1e3 * max(dearest, 1.0))
    return None if _worst(problem, blocks, answer) else answer
