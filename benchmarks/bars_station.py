"""Bars of the station: a year of eight partners' grids, and whether its books close."""

import time

from benchmarks.bar import Bar, bar
from benchmarks.pypsa_peer import solved_by_pypsa, told
from benchmarks.station import grids, polar_year
from ilrs.station.dispatch import dispatch_problem
from ilrs.station.forcing import idle_plan
from ilrs.station.network import station_network
from ilrs.station.simulate import simulate


@bar
def station_year() -> Bar:
    """From declared elements and an environment to the station Dataset, warm; best of five."""
    elements, environment = grids(), polar_year()
    plan = idle_plan(environment)
    best_s = float("inf")
    for _ in range(6):  # the first one compiles, or loads what is compiled
        begin = time.process_time()
        run = simulate(elements, (), environment=environment, plan=plan)
        best_s = min(best_s, time.process_time() - begin)
    buses = station_network(elements).buses.size
    # The peer plans the power of the same loads, without heat and data, knowing the whole year.
    peer = solved_by_pypsa(dispatch_problem(elements, run), energy_kg_wh=1e-3, limit_s=120.0)
    return Bar(
        "a station-year, hourly", best_s, 0.1, "core-s", "<=", told(peer),
        note=f"{len(elements)} elements on {buses} buses, with heat and data",
    )  # fmt: skip


@bar
def station_books() -> Bar:
    """The worst residual of any step's energy and of the year's data, relative."""
    elements, environment = grids(), polar_year()
    run = simulate(elements, (), environment=environment, plan=idle_plan(environment))
    worst = max(run.attrs["worst_step_residual"], run.attrs["data_residual"])
    return Bar("energy of every step and data close to", worst, 1e-9, "relative", "<=")
