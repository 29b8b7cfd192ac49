"""`ilrs size`: the lightest station for a scenario, run by its own rules to see that it lives."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice, product
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt
import xarray as xr

from ilrs.foundation.errors import IlrsError
from ilrs.programme.entities import Element, Programme, Scenario, SizeOption
from ilrs.sky.sky import Sky, open_sky
from ilrs.station.dispatch import Dispatch, dispatch_gap
from ilrs.station.forcing import idle_plan
from ilrs.station.launches import Flight, Launches, fewest_launches
from ilrs.station.simulate import simulate
from ilrs.station.sizing import Sizing, least_mass
from ilrs.station.sizing_problem import Lift, SizingProblem, rounded_up
from ilrs.station.sizing_station import (
    sized_elements,
    station_problem,
    with_radiators,
)
from ilrs.study.chain import GROUND_MAST_M, in_scenario
from ilrs.study.craft_ways import craft_ways, scenario_span_s
from ilrs.study.earth_antennas import earth_stations
from ilrs.study.environment import site_environment
from ilrs.study.site_horizon import site_horizon
from ilrs.study.standing import link_masks_deg, standing_elements, standing_relays

__all__ = ["Aim", "Case", "SizedStation", "size_case", "sizing_case"]

FloatArray: TypeAlias = npt.NDArray[np.float64]
Progress: TypeAlias = Callable[[str], None]
Aim: TypeAlias = Literal["mass", "launches"]

_MOST_TRIED = 32  # numbers of whole units, where the lightest design needs too many flights


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Case:
    """A station before it is sized: what stands at a site, in its environment."""

    programme: Programme
    scenario: Scenario
    elements: Sequence[Element]
    options: dict[str, SizeOption]
    environment: xr.Dataset
    free_kg: dict[str, float]  # of each mission, besides elements that are sized
    radiators: dict[str, float]  # units of options that give a radiator
    problem: SizingProblem

    @property
    def site(self) -> str:
        """The site's id."""
        return str(self.environment.attrs["site"])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SizedStation:
    """A design, what it weighs, and what a year of it gave.

    `as_sized` is the run in which every load may draw the stores down, `as_ruled` the one by the
    station's own reserve.
    """

    case: Case
    sizing: Sizing
    units: dict[str, float]
    elements: list[Element]
    as_sized: xr.Dataset
    as_ruled: xr.Dataset
    dispatch: Dispatch
    launches: Launches | None = None  # where they are the aim

    @property
    def mass_kg(self) -> float:
        """What the design weighs: all units of all options. [kg]"""
        return sum(n * self.case.options[key].mass_kg for key, n in self.units.items())

    @property
    def bound_kg(self) -> float:
        """A mass that no design goes below. [kg]"""
        radiators = self.case.radiators
        fixed = sum(n * self.case.options[key].mass_kg for key, n in radiators.items())
        return self.sizing.bound_kg + fixed

    @property
    def rides(self) -> list[tuple[str, float, float]]:
        """Missions with what they land of the design, and what they could. [kg]"""
        ride = {element.id: element.arrives_on for element in self.case.elements}
        ride |= dict(self.launches.rides) if self.launches else {}
        loads: dict[str, float] = {}
        for key, n in self.units.items():
            option = self.case.options[key]
            mission = ride[option.element] or ""
            loads[mission] = loads.get(mission, 0.0) + n * option.mass_kg
        free_kg = self.case.free_kg
        return [(mission, kg, free_kg.get(mission, np.inf)) for mission, kg in loads.items() if kg]

    @property
    def runs(self) -> dict[str, xr.Dataset]:
        """The two runs that verify the design, by name."""
        return {"as_sized": self.as_sized, "as_ruled": self.as_ruled}

    @property
    def unserved_fraction(self) -> float:
        """Part of all energy asked for that the run by the station's own rules did not serve."""
        asked_wh = float(self.as_ruled["power_requested_w"].sum())
        return float(self.as_ruled["power_unserved_w"].sum()) / max(asked_wh, 1e-9)


def sizing_case(
    programme: Programme,
    *,
    scenario: str | None = None,
    site: str | None = None,
    mast_height_m: float | None = None,
    terrain: Sequence[Path] = (),
    orientation: str = "MOON_ME_DE421",
    progress: Progress = lambda step: None,
) -> Case:
    """What stands at a scenario's site, or would at another one or with other masts.

    Raises IlrsError where nothing can be sized, and as the chain of a run does.
    """
    programme, chosen = in_scenario(programme, scenario)
    if site is not None and site not in programme.sites:
        raise IlrsError(
            f"there is no site {site!r}",
            f"{programme.name} declares {', '.join(programme.sites)}",
            "Name one of them.",
        )
    standing = standing_elements(programme, chosen)
    options = {key: o for key, o in programme.size_options.items()
               if o.element in {e.id for e in standing}}  # fmt: skip
    if not options:
        raise IlrsError(
            f"nothing that stands at {chosen.site} may be sized",
            f"{programme.name} declares {len(programme.size_options)} size options",
            "Declare `size_options:` for elements that stand there: docs/sizing.md.",
        )
    elements = [_moved(element, site or chosen.site, mast_height_m) for element in standing]
    environment = _environment(
        programme, chosen, elements, site=site or chosen.site, terrain=terrain,
        sky=open_sky(orientation), progress=progress,
    )  # fmt: skip
    progress("loads")
    radiators = with_radiators(elements, options, environment=environment)
    cooling = {key: options[key] for key in radiators}
    elements = sized_elements(elements, cooling, units=radiators)
    others = {key: o for key, o in options.items() if key not in radiators}
    free_kg = _free_kg(programme, elements, others)
    problem = station_problem(elements, others, environment=environment, free_kg=free_kg)
    return Case(
        programme=programme, scenario=chosen, elements=elements, options=options,
        environment=environment, free_kg=free_kg, radiators=radiators, problem=problem,
    )  # fmt: skip


def size_case(
    case: Case,
    *,
    unserved_fraction: float = 0.0,
    gap: float = 0.01,
    aim: Aim = "mass",
    progress: Progress = lambda step: None,
) -> SizedStation:
    """The lightest design of a case, verified by two runs.

    `unserved_fraction` (0-1) of all energy asked for may go unserved, of what is not needed to keep
    alive. With the aim of launches, the design that needs fewest flights, and of those the
    lightest; then sized elements ride on any flight to the station. Raises IlrsError that names who
    falls short, when and by how much, where nothing serves.
    """
    progress("size")
    problem = replace(case.problem, unserved_fraction=unserved_fraction)
    launches = None
    if aim == "launches":
        sizing, launches = _by_launches(case, problem, gap=gap)
    else:
        sizing = least_mass(problem, gap=gap)
    units, elements = _made(case, sizing)
    if launches is not None:
        elements = [
            e.model_copy(update={"arrives_on": launches.rides[e.id]})
            if e.id in launches.rides and e.arrives_on
            else e
            for e in elements
        ]
    progress("verify")
    plan = idle_plan(case.environment)
    as_sized = simulate(
        elements, (), environment=case.environment, plan=plan, reserve_state_of_charge=0.0
    )
    as_ruled = simulate(elements, (), environment=case.environment, plan=plan)
    progress("dispatch")
    return SizedStation(
        case=case,
        sizing=sizing,
        units=units | case.radiators,
        elements=elements,
        as_sized=as_sized,
        as_ruled=as_ruled,
        dispatch=dispatch_gap(elements, as_ruled, environment=case.environment),
        launches=launches,
    )


def _made(case: Case, sizing: Sizing) -> tuple[dict[str, float], list[Element]]:
    """Units of each option as they are written, and the elements made of them."""
    units = {
        option.id: _landed(value, is_whole=option.is_whole)
        for option, value in zip(case.problem.options, sizing.units, strict=True)
    }
    options = {key: case.options[key] for key in units}
    return units, sized_elements(case.elements, options, units=units)


def _by_launches(case: Case, problem: SizingProblem, *, gap: float) -> tuple[Sizing, Launches]:
    """The design with fewest flights, of those the lightest, and its flights.

    The lightest design comes first; where it needs more flights than its mass alone would, so do
    those with other numbers of what comes in whole units.
    """
    flights = _flights(case)
    free_kg = sum(max(flight.free_kg, 0.0) for flight in flights)
    every = tuple(option.id for option in problem.options)
    pooled = replace(problem, lifts=[Lift(id="all flights", free_kg=free_kg, options=every)])
    lightest = least_mass(pooled, gap=gap)
    best: tuple[Sizing, Launches] | None = None
    refused: IlrsError | None = None
    for one in _with_other_units(pooled, lightest):
        try:
            sizing = lightest if one is None else least_mass(one, gap=gap)
            launches = _launches(case, sizing, flights, bound_kg=lightest.bound_kg)
        except IlrsError as error:
            refused = refused or error
            continue
        told = len(launches.more), sizing.mass_kg
        if best is None or told < (len(best[1].more), best[0].mass_kg):
            best = sizing, launches
        if len(launches.more) <= launches.bound:
            break
    if best is None:
        assert refused is not None
        raise refused
    return best


def _with_other_units(problem: SizingProblem, lightest: Sizing) -> Iterator[SizingProblem | None]:
    """None for the lightest design, then the problem with each other number of whole units."""
    yield None
    whole = [k for k, option in enumerate(problem.options) if option.is_whole]
    spans = [
        range(round(problem.options[k].least),
              round(min(problem.options[k].most, lightest.units[k] + 2.0)) + 1)
        for k in whole
    ]  # fmt: skip
    for numbers in islice(product(*spans), _MOST_TRIED):
        if whole and any(
            n != round(lightest.units[k]) for k, n in zip(whole, numbers, strict=True)
        ):
            given = dict(zip(whole, map(float, numbers), strict=True))
            yield replace(problem, options=[
                replace(option, least=given[k], most=given[k]) if k in given else option
                for k, option in enumerate(problem.options)
            ])  # fmt: skip


def _launches(
    case: Case, sizing: Sizing, flights: Sequence[Flight], *, bound_kg: float
) -> Launches:
    _, elements = _made(case, sizing)
    sized = {case.options[option.id].element for option in case.problem.options}
    pieces = [element for element in elements if element.id in sized]
    rides = {e.id: ride.id for e in pieces if (ride := case.programme.ride_of(e)) is not None}
    return fewest_launches(
        {e.id: e.mass_kg or 0.0 for e in pieces}, flights, rides=rides,
        fixed=[e.id for e in pieces if not e.arrives_on], bound_kg=bound_kg,
    )  # fmt: skip


def _flights(case: Case) -> list[Flight]:
    """The flights that bring anything to the station, with what they can land besides."""
    sized = {case.options[option.id].element for option in case.problem.options}
    standing = {element.id for element in case.elements}
    found = []
    for id_, mission in case.programme.missions.items():
        aboard = set(case.programme.carried_by(id_))
        if aboard & standing:
            found.append(
                Flight(
                    id=id_, flies_anyway=bool(aboard - sized),
                    free_kg=case.free_kg.get(id_, np.inf)
                    if mission.landed_payload_kg is not None else np.inf,
                )
            )  # fmt: skip
    return found


def _landed(units: float, *, is_whole: bool) -> float:
    """Units as they are written: whole, or in four digits and never less than computed."""
    if is_whole or units <= 1e-9:
        return max(float(np.round(units)), 0.0)
    return rounded_up(units, digits=4)


def _moved(element: Element, site: str, mast_height_m: float | None) -> Element:
    changes: dict[str, object] = {"site": site}
    if mast_height_m is not None and element.array is not None:
        changes["array"] = element.array.model_copy(update={"mast_height_m": mast_height_m})
    return element.model_copy(update=changes)


def _environment(
    programme: Programme,
    scenario: Scenario,
    elements: Sequence[Element],
    *,
    site: str,
    terrain: Sequence[Path],
    sky: Sky,
    progress: Progress,
) -> xr.Dataset:
    progress("horizon")
    masts = {GROUND_MAST_M} | {e.array.mast_height_m for e in elements if e.array}
    place = programme.sites[site]
    profile, _ = site_horizon(programme, place, terrain=terrain, mast_heights_m=sorted(masts))
    progress("orbits")
    relays = craft_ways(
        programme, standing_relays(programme, scenario), scenario_span_s(scenario), sky=sky
    )
    progress("environment")
    return site_environment(
        place, scenario, profile=profile, relays=relays, sky=sky,
        masks_deg=link_masks_deg(elements), stations=earth_stations(programme),
    )  # fmt: skip


def _free_kg(
    programme: Programme, elements: Sequence[Element], options: dict[str, SizeOption]
) -> dict[str, float]:
    """What each mission with a known payload can land besides elements that are not sized. [kg]"""
    sized = {option.element for option in options.values()}
    found = {}
    standing = {element.id: element for element in elements}
    for mission_id, mission in programme.missions.items():
        if mission.landed_payload_kg is None:
            continue
        aboard = programme.carried_by(mission_id)
        fixed = [
            standing.get(id_, element).mass_kg or 0.0
            for id_, element in aboard.items()
            if id_ not in sized and element.orbit is None
        ]
        found[mission_id] = mission.landed_payload_kg - sum(fixed)
    return found
