"""Sizing problems for the tests, and the whole program of their steps, solved by scipy."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.optimize import LinearConstraint, milp
from scipy.sparse import lil_array

from ilrs.station.sizing_problem import Bank, Cable, Grid, Option, SizingProblem

START = np.datetime64("2036-01-01", "ns")


def hours(count: int) -> np.ndarray:
    return START + np.arange(count) * np.timedelta64(1, "h")


def grid(load_w: np.ndarray, *, id_: str = "G", sheddable: float = 0.0) -> Grid:
    nothing = np.zeros(load_w.size)
    return Grid(id=id_, loads_w={"LOAD": load_w}, made_w=nothing, sheddable_w=sheddable * load_w)


def problem(
    grids: Sequence[Grid], options: Sequence[Option], *, banks: Sequence[Bank] = (), **more: Any
) -> SizingProblem:
    time = hours(grids[0].load_w.size)
    return SizingProblem(
        time=time, step_s=3600.0, grids=grids, options=options, banks=banks, **more
    )


def islands(
    steps: int = 96,
    *,
    seed: int = 3,
    count: int = 2,
    is_whole: bool = False,
    sheddable: float = 0.5,
) -> SizingProblem:
    """Islands with an array, a unit, a battery that leaks and a store of tanks; cables between."""
    rng = np.random.default_rng(seed)
    t = np.arange(steps)
    grids, options, banks, cables = [], [], [], []
    for k in range(count):
        name = f"G{k}"
        light = np.clip(np.sin(2.0 * np.pi * (t / 48.0 + 0.1 * k)), 0.0, None) * 300.0
        light *= rng.uniform(0.9, 1.0, steps)
        grids.append(grid(rng.uniform(200.0, 400.0, steps), id_=name, sheddable=sheddable))
        options += [
            Option(id=f"{name}-ARRAY", mass_kg=20.0, most=30.0, grid=name, made_w=light),
            Option(id=f"{name}-UNIT", mass_kg=40.0 + 5.0 * k, most=3.0, is_whole=is_whole,
                   grid=name,
                   made_w=np.full(steps, 90.0)),
            Option(id=f"{name}-CELLS", mass_kg=8.0, bank=f"{name}-B", capacity_wh=1000.0,
                   charge_power_w=250.0, discharge_power_w=250.0),
            Option(id=f"{name}-TANKS", mass_kg=1.5, bank=f"{name}-R", capacity_wh=1000.0),
            Option(id=f"{name}-STACK", mass_kg=30.0, bank=f"{name}-R", charge_power_w=1000.0,
                   discharge_power_w=600.0),
        ]  # fmt: skip
        banks += [
            Bank(id=f"{name}-B", grid=name, charge_efficiency=0.97, discharge_efficiency=0.96,
                 minimum_state_of_charge=0.1, initial_state_of_charge=0.9, kept_fraction=0.999),
            Bank(id=f"{name}-R", grid=name, charge_efficiency=0.8, discharge_efficiency=0.6),
        ]  # fmt: skip
    for k in range(count - 1):
        for a, b in ((k, k + 1), (k + 1, k)):
            cables.append(Cable(source=f"G{a}", destination=f"G{b}", most_w=80.0, efficiency=0.9))
    return problem(grids, options, banks=banks, cables=cables)


def least_by_scipy(case: SizingProblem) -> float:
    """The least mass by the program of all steps, written out row by row. [kg]"""
    steps, h = case.steps, case.step_s / 3600.0
    rows: list[tuple[dict[int, float], float]] = []  # sum <= limit
    size = {o.id: k for k, o in enumerate(case.options)}
    count = len(case.options)
    bank_at = {b.id: count + k * (3 * steps + 1) for k, b in enumerate(case.banks)}
    count += len(case.banks) * (3 * steps + 1)
    cable_at = [count + k * steps for k in range(len(case.cables))]
    count += len(case.cables) * steps
    shed_at = {g.id: count + k * steps for k, g in enumerate(case.grids)}
    count += len(case.grids) * steps
    upper = np.full(count, np.inf)
    for o in case.options:
        upper[size[o.id]] = o.most
    for at, cable in zip(cable_at, case.cables, strict=True):
        upper[at : at + steps] = cable.most_w
    for g in case.grids:
        at = shed_at[g.id]
        upper[at : at + steps] = g.sheddable_w if case.unserved_fraction else 0.0
    for t in range(steps):
        for g in case.grids:
            row = {size[o.id]: -o.made_w[t] for o in case.options
                   if o.grid == g.id and o.made_w is not None}  # fmt: skip
            for b in case.banks:
                if b.grid == g.id:
                    row |= {bank_at[b.id] + t: 1.0, bank_at[b.id] + steps + t: -1.0}
            for at, cable in zip(cable_at, case.cables, strict=True):
                if cable.source == g.id:
                    row[at + t] = 1.0
                if cable.destination == g.id:
                    row[at + t] = -cable.efficiency
            row[shed_at[g.id] + t] = -1.0
            rows.append((row, g.made_w[t] - g.load_w[t]))
    for b in case.banks:
        at = bank_at[b.id]
        begin = at + 3 * steps
        for t in range(steps):
            before = begin if t == 0 else at + 2 * steps + t - 1
            rows.append(({at + 2 * steps + t: 1.0, before: -b.kept_fraction,
                          at + t: -h * b.charge_efficiency,
                          at + steps + t: h / b.discharge_efficiency}, 0.0))  # fmt: skip
            for name, column, share in (
                ("capacity_wh", at + 2 * steps + t, 1.0),
                ("capacity_wh", at + 2 * steps + t, -b.minimum_state_of_charge),
                ("charge_power_w", at + t, 1.0),
                ("discharge_power_w", at + steps + t, 1.0),
            ):
                row = {column: 1.0 if share > 0.0 else -1.0}
                for o in case.options:
                    if o.bank == b.id:
                        row[size[o.id]] = -share * getattr(o, name)
                rows.append((row, share * getattr(b, name)))
        row = {begin: 1.0}
        for o in case.options:
            if o.bank == b.id:
                row[size[o.id]] = -b.initial_state_of_charge * o.capacity_wh
        rows.append((row, b.initial_state_of_charge * b.capacity_wh))
        rows.append(({begin: 1.0, at + 3 * steps - 1: -1.0}, -b.gain_wh))
    if case.unserved_fraction:
        row = {at + t: h for at in shed_at.values() for t in range(steps)}
        rows.append((row, case.unserved_fraction * case.load_wh))
    for lift in case.lifts:
        rows.append(({size[k]: case.options[size[k]].mass_kg for k in lift.options}, lift.free_kg))
    matrix = lil_array((len(rows), count))
    for k, (row, _) in enumerate(rows):
        for column, value in row.items():
            matrix[k, column] = value
    cost = np.zeros(count)
    whole = np.zeros(count)
    lower = np.zeros(count)
    for o in case.options:
        cost[size[o.id]], whole[size[o.id]], lower[size[o.id]] = o.mass_kg, o.is_whole, o.least
    solved = milp(
        cost, integrality=whole, bounds=(lower, upper),
        constraints=LinearConstraint(matrix.tocsr(), -np.inf, [limit for _, limit in rows]),
    )  # fmt: skip
    assert solved.success, solved.message
    return float(solved.fun)
