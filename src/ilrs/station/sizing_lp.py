"""The sizing as a linear program on blocks of steps: a relaxation of it, and a restriction.

With the *mean* of what is made and needed in each block, every solution of the steps, averaged, is
a solution of the blocks: their least mass bounds the true one from below. With the *worst* step of
each block, flows that are constant over the block serve every step: their least mass is that of a
design that works. Where nothing changes within blocks, the two are one.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from ilrs.foundation.errors import IlrsError
from ilrs.foundation.linear_program import INFINITY, LinearProgram
from ilrs.station.sizing_blocks import Blocks
from ilrs.station.sizing_problem import Bank, Grid, SizingProblem

__all__ = ["BlockAnswer", "solve_blocks"]

FloatArray: TypeAlias = npt.NDArray[np.float64]
IntArray: TypeAlias = npt.NDArray[np.int64]

_HOUR_S = 3600.0


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class BlockAnswer:
    """The lightest design on blocks, by units of each option, and what it tells.

    `cost_kg` is its mass with the price of what goes unserved; `slope_kg` what one more unit of
    each option adds to that; `price_kg_w` (grid, block) what a watt less in the block would save;
    `short_w` (grid, block) is what could not be served.
    """

    units: FloatArray
    cost_kg: float
    slope_kg: FloatArray
    price_kg_w: FloatArray
    short_w: FloatArray


@dataclass(slots=True, eq=False)
class _Draft:
    """A program while it is put together; powers in `unit_w`, energies in `unit_w` x h."""

    problem: SizingProblem
    blocks: Blocks
    is_worst: bool
    unit_w: float
    units: IntArray
    program: LinearProgram = field(default_factory=LinearProgram)
    balance: dict[str, IntArray] = field(default_factory=dict)  # rows by grid
    price: FloatArray | float = 0.0  # of power that is spared or stored, by block

    @property
    def hours(self) -> FloatArray:
        return np.asarray(self.blocks.sizes * self.problem.step_s / _HOUR_S)


def solve_blocks(
    problem: SizingProblem,
    blocks: Blocks,
    *,
    is_worst: bool,
    short_kg_w: float,
    fixed: FloatArray | None = None,
    masses_kg: Sequence[float] | None = None,
    energy_kg_wh: float = 0.0,
) -> BlockAnswer:
    """The lightest design on blocks, with the worst step of each or with its mean.

    A watt that goes unserved through a step costs `short_kg_w`, a little less later than earlier:
    a store is empty at the end of a night. `fixed` holds units that are given, not-a-number where
    they are free; whole options that are free may take any number. `masses_kg` take the place of
    the options' own. With `energy_kg_wh` power that a grid could spare has that price, and
    so has what stores give.
    """
    draft = _draft(problem, blocks, is_worst=is_worst, fixed=fixed, masses_kg=masses_kg)
    draft.price = energy_kg_wh * draft.unit_w * draft.hours
    shorts = np.array([_grid(draft, grid, short_kg_w=short_kg_w) for grid in problem.grids])
    for bank in problem.banks:
        _bank(draft, bank)
    for cable in problem.cables:
        for most_w, efficiency in cable.parts(is_worst=is_worst):
            flow = draft.program.add_columns(blocks.count, upper=most_w / draft.unit_w)
            draft.program.put(draft.balance[cable.source], flow, -1.0)
            draft.program.put(draft.balance[cable.destination], flow, efficiency)
    _unserved(draft)
    _lifts(draft)
    solved = draft.program.solve(wanted_for="the lightest design")
    if not solved.is_feasible:
        raise IlrsError(
            "the least sizes asked for cannot be had together",
            "they fit what their flights land, and a store begins at its least charge or above",
            "Lower `least`, land more, or let the store begin fuller.",
        )
    prices = np.array([solved.prices[draft.balance[grid.id]] for grid in problem.grids])
    return BlockAnswer(
        units=solved.values[draft.units],
        cost_kg=solved.cost,
        slope_kg=solved.slopes[draft.units],
        price_kg_w=prices / draft.unit_w,
        short_w=solved.values[shorts] * draft.unit_w,
    )


def _draft(
    problem: SizingProblem,
    blocks: Blocks,
    *,
    is_worst: bool,
    fixed: FloatArray | None,
    masses_kg: Sequence[float] | None,
) -> _Draft:
    """A program with one column an option: how many units of it."""
    options = problem.options
    lower = np.array([option.least for option in options], dtype=np.float64)
    upper = np.minimum([option.most for option in options], INFINITY)
    if fixed is not None:
        lower, upper = (np.where(np.isnan(fixed), free, fixed) for free in (lower, upper))
    cost = [option.mass_kg for option in options] if masses_kg is None else masses_kg
    program = LinearProgram()
    units = program.add_columns(len(options), cost=cost, lower=lower, upper=upper)
    return _Draft(problem, blocks, is_worst, problem.most_load_w or 1.0, units, program)


def _grid(draft: _Draft, grid: Grid, *, short_kg_w: float) -> IntArray:
    """The balance of a grid in each block; gives the columns of what goes unserved."""
    program, blocks = draft.program, draft.blocks
    net_w = blocks.of(grid.made_w - grid.load_w, is_worst=draft.is_worst)
    rows = program.add_rows(blocks.count, low=-net_w / draft.unit_w)
    draft.balance[grid.id] = rows
    for column, option in zip(draft.units, draft.problem.options, strict=True):
        if option.made_w is not None and option.grid == grid.id:
            made_w = blocks.of(option.made_w, is_worst=draft.is_worst)
            program.put(rows, column, made_w / draft.unit_w)
    if np.any(np.asarray(grid.spared_w) > 0.0):
        most_w = blocks.of(np.broadcast_to(grid.spared_w, blocks.steps), is_worst=draft.is_worst)
        spared = program.add_columns(blocks.count, cost=draft.price, upper=most_w / draft.unit_w)
        program.put(rows, spared, 1.0)
    late = 1.0 - 1e-3 * blocks.starts / blocks.steps
    short = program.add_columns(blocks.count, cost=short_kg_w * draft.unit_w * blocks.sizes * late)
    program.put(rows, short, 1.0)
    return short


def _bank(draft: _Draft, bank: Bank) -> None:
    """What a store takes, gives and holds at the end of each block, within its sizes.

    The span repeats: it ends with at least what it began with (and its gain), which is no more than
    the store's declared beginning.
    """
    program, count = draft.program, draft.blocks.count
    into, out, held = (program.add_columns(count, cost=cost) for cost in (0.0, draft.price, 0.0))
    begin = program.add_columns(1)
    program.put(draft.balance[bank.grid], into, -1.0)
    program.put(draft.balance[bank.grid], out, 1.0)
    kept, gained_h, drawn_h = _over_block(draft, bank)
    carry = program.add_rows(count, high=0.0)  # held <= kept x before + gained - drawn
    program.put(carry, held, 1.0)
    program.put(carry, np.concatenate([begin, held[:-1]]), -kept)
    program.put(carry, into, -gained_h * bank.charge_efficiency)
    program.put(carry, out, drawn_h / bank.discharge_efficiency)
    for name, columns, sign, share in (  # sign x value <= sign x share x size
        ("capacity_wh", held, 1.0, 1.0),
        ("capacity_wh", held, -1.0, bank.minimum_state_of_charge),
        ("capacity_wh", begin, 1.0, bank.initial_state_of_charge),
        ("charge_power_w", into, 1.0, 1.0),
        ("discharge_power_w", out, 1.0, 1.0),
    ):
        share *= sign
        limit = program.add_rows(columns.size, high=share * getattr(bank, name) / draft.unit_w)
        program.put(limit, columns, sign)
        for column, option in zip(draft.units, draft.problem.options, strict=True):
            if option.bank == bank.id and getattr(option, name):
                program.put(limit, column, -share * getattr(option, name) / draft.unit_w)
    end = program.add_rows(1, low=bank.gain_wh / draft.unit_w)
    program.put(end, held[-1:], 1.0)
    program.put(end, begin, -1.0)


def _over_block(draft: _Draft, bank: Bank) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Kept part of what a store held, and hours that count of what goes in and out, by block.

    Constant flows of a restriction leak as they come in. In a relaxation all comes in at the end of
    the block and goes out at its beginning, which no solution of the steps betters.
    """
    steps, step_h = draft.blocks.sizes.astype(np.float64), draft.problem.step_s / _HOUR_S
    kept = bank.kept_fraction**steps
    if not draft.is_worst:
        return kept, steps * step_h, steps * step_h * bank.kept_fraction ** (steps - 1.0)
    if bank.kept_fraction >= 1.0:
        return kept, steps * step_h, steps * step_h
    through = step_h * (1.0 - kept) / (1.0 - bank.kept_fraction)
    return kept, through, through


def _unserved(draft: _Draft) -> None:
    """What may be left out of each grid's load, and of all energy together."""
    problem, program, blocks = draft.problem, draft.program, draft.blocks
    if problem.unserved_fraction <= 0.0:
        return
    most_wh = problem.unserved_fraction * problem.load_wh
    row = program.add_rows(1, high=most_wh / draft.unit_w)
    for grid in problem.grids:
        shed_w = blocks.of(grid.sheddable_w, is_worst=draft.is_worst)
        shed = program.add_columns(blocks.count, upper=shed_w / draft.unit_w)
        program.put(draft.balance[grid.id], shed, 1.0)
        program.put(row, shed, draft.hours)


def _lifts(draft: _Draft) -> None:
    """What each flight can land of the options that ride on it."""
    place = {o.id: k for k, o in enumerate(draft.problem.options)}
    for lift in draft.problem.lifts:
        row = draft.program.add_rows(1, high=lift.free_kg)
        for id_ in lift.options:
            mass_kg = draft.problem.options[place[id_]].mass_kg
            draft.program.put(row, draft.units[place[id_]], mass_kg)
