"""PyPSA (MIT, https://github.com/PyPSA/PyPSA) with our sizing or dispatch: its model of time.

It gets the same loads, light, stores and cables; balances, state of charge and limits are its own.
Units of options are variables beside it, tied to its nominal sizes.
"""

import logging
import time
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ilrs.station.sizing_problem import Bank, Option, SizingProblem

__all__ = ["PeerAnswer", "told", "solved_by_pypsa"]


@dataclass(frozen=True)
class PeerAnswer:
    """What PyPSA with HiGHS found; no cost where it was not solved within the limit."""

    cost: float | None
    wall_s: float
    limit_s: float


def told(answer: PeerAnswer | None) -> str:
    """The peer's figure in words."""
    if answer is None:
        return "PyPSA not installed"
    if answer.cost is None:
        return f"PyPSA + HiGHS not solved in {answer.limit_s:g} s"
    return f"PyPSA + HiGHS {answer.wall_s:.3g} s wall, optimum {answer.cost:.6g}"


def solved_by_pypsa(
    problem: SizingProblem, *, energy_kg_wh: float = 0.0, limit_s: float = 120.0
) -> PeerAnswer | None:
    """The least mass by PyPSA, or without options the least price of energy spared or stored.

    None where it is not installed. All loads are served. The limit holds for the solver; building
    comes on top.
    """
    try:
        import pypsa  # noqa: PLC0415 - a peer that need not be installed
    except ImportError:
        return None
    for name in ("pypsa", "linopy"):
        logging.getLogger(name).setLevel(logging.ERROR)
    begin = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what its next version will change
        network = _network(pypsa, problem, energy_kg_wh)
        model = network.optimize.create_model(include_objective_constant=False)
        _options(model, problem)
        status, condition = network.optimize.solve_model(
            solver_name="highs",
            io_api="direct",
            progress=False,
            time_limit=limit_s,
            log_to_console=False,
        )
    wall_s = time.perf_counter() - begin
    is_solved = (status, condition) == ("ok", "optimal")  # at the limit there may be any solution
    cost = float(model.objective.value) if is_solved else None
    return PeerAnswer(cost, wall_s, limit_s)


def _network(pypsa: Any, problem: SizingProblem, energy_kg_wh: float) -> Any:
    network = pypsa.Network(snapshots=pd.DatetimeIndex(problem.time))
    network.snapshot_weightings[:] = problem.step_s / 3600.0
    for grid in problem.grids:
        network.add("Bus", grid.id)
        network.add("Load", grid.id, bus=grid.id, p_set=_series(network, grid.load_w))
        for name, made_w, price in (("free", grid.made_w, 0.0),
                                    ("spared", grid.spared_w, energy_kg_wh)):  # fmt: skip
            made_w = np.broadcast_to(np.asarray(made_w, dtype=np.float64), problem.steps)
            if made_w.max() > 0.0:
                network.add("Generator", f"{grid.id} {name}", bus=grid.id, p_nom=made_w.max(),
                            p_max_pu=_series(network, made_w / made_w.max()),
                            marginal_cost=price)  # fmt: skip
    for option in problem.options:
        if option.made_w is not None:
            most_w = option.made_w.max()
            # PyPSA wants some cost to begin with; `_options` writes the true one.
            network.add("Generator", option.id, bus=option.grid, p_nom_extendable=True,
                        capital_cost=1.0,
                        p_max_pu=_series(network, option.made_w / most_w))  # fmt: skip
    for bank in problem.banks:
        _bank(network, bank, own=[o for o in problem.options if o.bank == bank.id],
              energy_kg_wh=energy_kg_wh)  # fmt: skip
    for k, cable in enumerate(problem.cables):
        for part, (most_w, efficiency) in enumerate(cable.parts(is_worst=True)):
            network.add("Link", f"cable {k} part {part}", bus0=cable.source,
                        bus1=cable.destination, p_nom=most_w, efficiency=efficiency)  # fmt: skip
    return network


def _series(network: Any, values: np.ndarray) -> pd.Series:
    return pd.Series(values, index=network.snapshots)


def _bank(network: Any, bank: Bank, *, own: list[Option], energy_kg_wh: float) -> None:
    """A store with a link each way; what it gives is limited, and priced, at the grid's side.

    One that is to end with another energy than it began with begins as full as it may.
    """
    inside, sized = f"{bank.id} inside", bool(own)
    network.add("Bus", inside)
    least = np.full(len(network.snapshots), bank.minimum_state_of_charge)
    begin_wh = bank.initial_state_of_charge * bank.capacity_wh
    if bank.gain_wh:
        least[-1] = max(least[-1], (begin_wh + bank.gain_wh) / bank.capacity_wh * (1.0 - 1e-9))
    network.add("Store", bank.id, bus=inside, e_nom=bank.capacity_wh, e_nom_extendable=sized,
                e_min_pu=_series(network, least), e_cyclic=not bank.gain_wh, e_initial=begin_wh,
                standing_loss=1.0 - bank.kept_fraction)  # fmt: skip
    network.add("Link", f"{bank.id} in", bus0=bank.grid, bus1=inside,
                p_nom=bank.charge_power_w, p_nom_extendable=sized,
                efficiency=bank.charge_efficiency)  # fmt: skip
    network.add("Link", f"{bank.id} out", bus0=inside, bus1=bank.grid, p_nom_extendable=sized,
                p_nom=bank.discharge_power_w / bank.discharge_efficiency,
                efficiency=bank.discharge_efficiency,
                marginal_cost=energy_kg_wh * bank.discharge_efficiency)  # fmt: skip


def _options(model: Any, problem: SizingProblem) -> None:
    """Units of each option: their mass is the cost, and sizes are what they add up to."""
    if not problem.options:
        return
    units = {
        o.id: model.add_variables(
            lower=o.least, upper=np.inf if np.isinf(o.most) else o.most, integer=o.is_whole,
            name=f"units {o.id}",
        )
        for o in problem.options
    }  # fmt: skip
    for o in problem.options:
        if o.made_w is not None:
            size = model["Generator-p_nom"].loc[o.id]
            model.add_constraints(size - float(o.made_w.max()) * units[o.id] == 0.0)
    for bank in problem.banks:
        own = [o for o in problem.options if o.bank == bank.id]
        for size, name, share in (
            (lambda b=bank: model["Store-e_nom"].loc[b.id], "capacity_wh", 1.0),
            (lambda b=bank: model["Link-p_nom"].loc[f"{b.id} in"], "charge_power_w", 1.0),
            (lambda b=bank: model["Link-p_nom"].loc[f"{b.id} out"], "discharge_power_w",
             1.0 / bank.discharge_efficiency),
        ):  # fmt: skip
            if own:
                added = sum((-share * getattr(o, name) * units[o.id] for o in own), 1.0 * size())
                model.add_constraints(added == share * getattr(bank, name))
    mass = sum(o.mass_kg * units[o.id] for o in problem.options)
    model.add_objective(mass, overwrite=True)
