"""How a run compares with the best dispatch of the same station, which knows the whole year."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import xarray as xr

from ilrs.programme.entities import Element, Storage
from ilrs.station.power import remaining_fraction
from ilrs.station.sizing_blocks import Blocks, split_blocks
from ilrs.station.sizing_buses import bus_names, station_cables
from ilrs.station.sizing_lp import solve_blocks
from ilrs.station.sizing_problem import Bank, Grid, SizingProblem
from ilrs.station.storage import charge_path

__all__ = ["Dispatch", "dispatch_gap", "dispatch_problem"]

FloatArray: TypeAlias = npt.NDArray[np.float64]

_BLOCKS = 1200
_SHORT_PRICE = 1e3  # of what goes unserved, against what is spared


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatch:
    """Energy that a run took from generators and out of stores, and the least there is of it.

    `least_wh` is a bound: no dispatch that serves the same loads takes less.
    """

    taken_wh: float
    least_wh: float

    @property
    def excess(self) -> float:
        """What the run took more than the least, as a part of the least; 0 where none is needed."""
        return self.taken_wh / self.least_wh - 1.0 if self.least_wh > 0.0 else 0.0


def dispatch_gap(
    elements: Sequence[Element], run: xr.Dataset, *, environment: xr.Dataset
) -> Dispatch:
    """What a run took from generators and stores against the least that would have served it.

    Both serve the loads that the run served and end with what it held; sunlight is free. A bound
    from means over blocks of steps stands for the best dispatch: the true excess is not larger.
    """
    step_s = float(run.attrs["step_s"])
    made_w = run["power_made_w"].transpose("element", "time").values
    made_by_generator_w = _generators_w(elements, run, made_w)
    given_w = _given_w(elements, run, step_s=step_s)
    hours = step_s / 3600.0
    spilled_w = run["power_spilled_w"].values
    from_generators = np.maximum(made_by_generator_w.sum(axis=0) - spilled_w, 0.0)
    problem = dispatch_problem(elements, run)
    signals = np.array([grid.made_w - grid.load_w for grid in problem.grids])
    whole = Blocks(np.zeros(1, dtype=np.int64), problem.steps)
    blocks = split_blocks(
        whole, signals, weights=np.ones((len(signals), 1)), most=_BLOCKS, left=0.0
    )
    price = 1e-3
    answer = solve_blocks(
        problem, blocks, is_worst=False, short_kg_w=_SHORT_PRICE * price * hours,
        energy_kg_wh=price,
    )  # fmt: skip
    taken_wh = float(from_generators.sum() + given_w.sum()) * hours
    return Dispatch(taken_wh=taken_wh, least_wh=min(answer.cost_kg / price, taken_wh))


def dispatch_problem(elements: Sequence[Element], run: xr.Dataset) -> SizingProblem:
    """The loads that a run served, with what could have served them and nothing to be sized."""
    made_w = run["power_made_w"].transpose("element", "time").values
    made_by_generator_w = _generators_w(elements, run, made_w)
    steered = [bool(e.generator and e.generator.is_steered) for e in elements]
    could_w = np.where(
        np.array(steered)[:, None], _full_w(elements, run["t_s"].values), made_by_generator_w
    )
    step_s = float(run.attrs["step_s"])
    return SizingProblem(
        time=run["time"].values, step_s=step_s, options=(),
        banks=_banks(elements, run, step_s=step_s),
        grids=_buses(elements, run, made_w - made_by_generator_w, could_w),
        cables=station_cables(elements),
    )  # fmt: skip


def _generators_w(elements: Sequence[Element], run: xr.Dataset, made_w: FloatArray) -> FloatArray:
    """The part of each element's power that its generator made. [W] (element, time)"""
    return np.minimum(_full_w(elements, run["t_s"].values), made_w)


def _full_w(elements: Sequence[Element], t_s: FloatArray) -> FloatArray:
    """The full power of each element's generator. [W] (element, time)"""
    rows = np.zeros((len(elements), t_s.size))
    for row, element in zip(rows, elements, strict=True):
        generator = element.generator
        if generator is not None:
            left = remaining_fraction(t_s, loss_per_year=generator.decay_per_year)
            row[:] = generator.power_w * left
    return rows


def _kept(store: Storage, step_s: float) -> float:
    return float(remaining_fraction(step_s, loss_per_year=store.self_discharge_per_year))


def _given_w(elements: Sequence[Element], run: xr.Dataset, *, step_s: float) -> FloatArray:
    """The power that the stores gave the buses in all. [W] (time)"""
    held_wh = run["battery_energy_wh"].transpose("element", "time").values
    given_w = np.zeros(held_wh.shape[1])
    for k, element in enumerate(elements):
        store = element.storage
        if store is not None:
            begin_wh = store.capacity_wh * store.initial_state_of_charge
            before = np.concatenate([[begin_wh], held_wh[k][:-1]])
            drop_wh = np.maximum(_kept(store, step_s) * before - held_wh[k], 0.0)
            given_w += drop_wh * store.discharge_efficiency * 3600.0 / step_s
    return given_w


def _banks(elements: Sequence[Element], run: xr.Dataset, *, step_s: float) -> list[Bank]:
    """The stores as they are, each to end with what it held in the run."""
    end_wh = run["battery_energy_wh"].transpose("element", "time").values[:, -1]
    names, banks = bus_names(elements), []
    for element, held_wh in zip(elements, end_wh.tolist(), strict=True):
        store = element.storage
        if store is not None:
            begin_wh = store.capacity_wh * store.initial_state_of_charge
            path = charge_path(store)
            banks.append(
                Bank(
                    id=element.id, grid=names[element.id], capacity_wh=store.capacity_wh,
                    charge_power_w=path.power_w,
                    discharge_power_w=store.discharge_power_w,
                    charge_efficiency=path.efficiency,
                    discharge_efficiency=store.discharge_efficiency,
                    minimum_state_of_charge=store.minimum_state_of_charge,
                    initial_state_of_charge=store.initial_state_of_charge,
                    kept_fraction=_kept(store, step_s), gain_wh=held_wh - begin_wh,
                )
            )  # fmt: skip
    return banks


def _buses(
    elements: Sequence[Element], run: xr.Dataset, free_w: FloatArray, spared_w: FloatArray
) -> list[Grid]:
    """Each bus with what its elements used, and what was made there by light and by generators."""
    used_w = run["power_used_w"].transpose("element", "time").values
    names = bus_names(elements)
    nothing = np.zeros(used_w.shape[1])
    grids = []
    for name in dict.fromkeys(names.values()):
        own = [k for k, element in enumerate(elements) if names[element.id] == name]
        grids.append(
            Grid(
                id=name, loads_w={elements[k].id: used_w[k] for k in own}, sheddable_w=nothing,
                made_w=free_w[own].sum(axis=0), spared_w=spared_w[own].sum(axis=0),
            )
        )  # fmt: skip
    return grids
