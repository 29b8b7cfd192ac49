"""Bars of `station.sizing`: eight partners' grids, a whole year by the hour, with a proven gap.

Each partner has a grid with loads of its own, an array that may stand on a low or a high mast,
a battery and a fission unit; one has a regenerative fuel cell besides; cables with limit and loss
lead from it to the others. Light and cold are those of two sites of the reference programme in
2036; the loads are made up, their shape is not: a constant part, heaters by the ground's
temperature, and work in spells of some hours.
"""

import functools
import time

import numpy as np

from benchmarks.bar import Bar, bar
from benchmarks.pypsa_peer import solved_by_pypsa, told
from ilrs.programme.load import load
from ilrs.sky.sky import open_sky
from ilrs.station.power import array_power_w, at_mast_height, facing_fraction
from ilrs.station.sizing import Sizing, least_mass
from ilrs.station.sizing_problem import Bank, Cable, Grid, Option, SizingProblem
from ilrs.study.environment import site_environment
from ilrs.study.site_horizon import site_horizon

PARTNERS = 8
SITES = ("CONNECTING-RIDGE", "SHACK-DEGER-RIDGE")
MASTS_M = (2.0, 10.0)
KEPT = 0.9 ** (1.0 / 8766.0)  # of a battery's charge in an hour: 10 % are lost in a year


@functools.cache
def light_and_ground(site: str) -> tuple[dict[float, np.ndarray], np.ndarray, np.ndarray]:
    """Power of a square metre by mast [W], the ground's temperature [K], the hours."""
    programme = load(["reference"]).programme
    place, scenario = programme.sites[site], programme.scenarios["year"]
    profile, _ = site_horizon(programme, place, terrain=(), mast_heights_m=MASTS_M)
    year = site_environment(place, scenario, profile=profile, relays={}, sky=open_sky())
    facing = facing_fraction(year["sun_azimuth_deg"].values, year["sun_elevation_deg"].values)
    made = {
        mast: array_power_w(
            year["solar_irradiance_w_m2"].values,
            at_mast_height(year["sun_visible_fraction"].values, mast,
                           heights_m=year["mast_height_m"].values),
            facing=facing, area_m2=1.0, efficiency=0.28,
        )
        for mast in MASTS_M
    }  # fmt: skip
    return made, year["surface_temperature_k"].values, year["time"].values


def eight_grids(*, seed: int = 5) -> SizingProblem:
    """Eight partners' grids for a year of hours."""
    draw = np.random.default_rng(seed)
    grids, banks, options, cables = [], [], [], []
    for k in range(PARTNERS):
        made, ground_k, hours = light_and_ground(SITES[k % len(SITES)])
        name, nothing = f"P{k}", np.zeros(hours.size)
        spells = np.repeat(draw.random(hours.size // 6 + 1) < 0.4, 6)[: hours.size]
        keep_w = draw.uniform(300.0, 600.0) + draw.uniform(1.0, 4.0) * np.maximum(
            250.0 - ground_k, 0.0
        )
        loads = {"KEEP-ALIVE": keep_w, "WORK": draw.uniform(100.0, 300.0) * spells}
        grids.append(Grid(id=name, loads_w=loads, made_w=nothing, sheddable_w=nothing))
        options += [
            Option(id=f"{name}-MAST-{mast:g}", mass_kg=10.0 + 2.0 * mast, most=40.0, grid=name,
                   made_w=made[mast])
            for mast in MASTS_M
        ]  # fmt: skip
        options += [
            Option(id=f"{name}-FISSION", mass_kg=2400.0, most=2.0, is_whole=True, grid=name,
                   made_w=np.full(hours.size, 3000.0)),
            Option(id=f"{name}-CELLS", mass_kg=8.3, bank=f"{name}-BATTERY", capacity_wh=1000.0,
                   charge_power_w=200.0, discharge_power_w=200.0),
        ]  # fmt: skip
        banks.append(Bank(id=f"{name}-BATTERY", grid=name, charge_efficiency=0.97,
                          discharge_efficiency=0.97, minimum_state_of_charge=0.1,
                          kept_fraction=KEPT))  # fmt: skip
        for ends in ((name, "P0"), ("P0", name)) if k else ():
            cables.append(
                Cable(source=ends[0], destination=ends[1], most_w=1000.0, efficiency=0.95)
            )
    options += [
        Option(id="TANKS", mass_kg=1.4, bank="FUEL-CELL", capacity_wh=1000.0),
        Option(id="STACK", mass_kg=33.0, bank="FUEL-CELL", charge_power_w=1670.0,
               discharge_power_w=1000.0),
    ]  # fmt: skip
    banks.append(Bank(id="FUEL-CELL", grid="P0", charge_efficiency=0.8, discharge_efficiency=0.6))
    return SizingProblem(time=light_and_ground(SITES[0])[2], step_s=3600.0, grids=grids,
                         options=options, banks=banks, cables=cables)  # fmt: skip


@functools.cache
def sized() -> tuple[Sizing, float, float]:
    """The design, and the core and wall seconds it took."""
    problem = eight_grids()
    begin, wall = time.process_time(), time.perf_counter()
    found = least_mass(problem, gap=0.01)
    return found, time.process_time() - begin, time.perf_counter() - wall


@bar
def size_eight() -> Bar:
    """Core-seconds: on two quiet cores the wall is no longer."""
    found, took_s, wall_s = sized()
    note = f"{found.mass_kg:,.0f} kg, {found.blocks} blocks of 8,784 h, wall {wall_s:.0f} s"
    peer = told(solved_by_pypsa(eight_grids(), limit_s=120.0))
    return Bar("sizing of 8 grids, a year by hours", took_s, 60.0, "core-s", "<=", peer, note)


@bar
def size_gap() -> Bar:
    """How far the mass may lie above the proven least."""
    return Bar("sizing above its proven bound", 100.0 * sized()[0].gap, 1.0, "%", "<=")
