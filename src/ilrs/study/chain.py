"""The chain: declared files → environment → schedule → simulation → verdicts, in one direction."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from ilrs.cooperation.withdrawal import without
from ilrs.foundation.errors import IlrsError
from ilrs.foundation.provenance import Provenance
from ilrs.foundation.time import parse_utc, tdb_from_utc
from ilrs.foundation.windows import Windows
from ilrs.operations.schedule import schedule
from ilrs.programme.entities import Element, Experiment, Programme, Scenario
from ilrs.sky.sky import open_sky
from ilrs.station.first_use import loop_compiled_beside
from ilrs.station.forcing import idle_plan
from ilrs.station.life_support import life_support
from ilrs.station.limits import cold_nodes
from ilrs.station.limits_hit import limits_hit
from ilrs.station.shortfalls import shortfalls
from ilrs.study.craft_ways import craft_ways, fallen, scenario_span_s
from ilrs.study.crew import CrewLoad, crew_load, simulate_with_crew, with_temperature
from ilrs.study.earth_antennas import earth_stations
from ilrs.study.environment import site_environment
from ilrs.study.judge import judge
from ilrs.study.planned_run import asked_besides, with_sessions
from ilrs.study.records import read_links, read_plan, read_sizing, read_survival
from ilrs.study.run import Run
from ilrs.study.site_horizon import site_horizon
from ilrs.study.site_map import site_map
from ilrs.study.site_windows import site_windows
from ilrs.study.standing import (
    link_masks_deg,
    notes,
    standing_elements,
    standing_experiments,
    standing_relays,
)

__all__ = ["STEPS", "conditions", "in_scenario", "plan_research", "run_programme"]

#: The steps of a run, in order; `progress` is told each one as it begins.
STEPS = ("horizon", "orbits", "environment", "schedule", "simulate", "verdicts")
GROUND_MAST_M = 2.0

Progress = Callable[[str], None]


def run_programme(
    programme: Programme,
    *,
    scenario: str | None = None,
    terrain: Sequence[Path] = (),
    orientation: str = "MOON_ME_DE421",
    command: str = "ilrs run",
    survival: Path | dict[str, Any] | None = None,
    sizing: Path | None = None,
    links: Path | None = None,
    sessions: Path | None = None,
    progress: Progress = lambda step: None,
) -> Run:
    """The Run of a loaded programme: environment, plan, station year and verdicts.

    The site's horizon and terrain files are looked for in the programme's folders, the last layer
    first. `terrain` (DEM files, finest first) replaces the site's horizon and maps by ones computed
    now. `survival`, `sizing`, `links` and `sessions` are what `ilrs survive`, `size`, `links` and
    `plan` wrote of this programme, the first also as its record; sessions stand in their days.
    Raises IlrsError for what a user can mend.
    """
    programme, chosen = in_scenario(programme, scenario)
    site = programme.sites[chosen.site]
    lived = read_survival(survival, programme, chosen) if isinstance(survival, Path) else survival
    sized = None if sizing is None else read_sizing(sizing, programme, chosen)
    planned = None if links is None else read_links(links, programme, chosen)
    granted = None if sessions is None else read_plan(sessions, programme, chosen)
    elements = standing_elements(programme, chosen)
    experiments = standing_experiments(programme, chosen)
    with loop_compiled_beside():
        progress("horizon")
        profile, inputs = site_horizon(
            programme, site, terrain=terrain, mast_heights_m=_masts(elements)
        )
        ground, maps = site_map(programme, site, terrain=terrain)
        progress("orbits")
        sky = open_sky(orientation)
        relays = craft_ways(
            programme, standing_relays(programme, chosen), scenario_span_s(chosen), sky=sky
        )
        progress("environment")
        environment = site_environment(
            site, chosen, profile=profile, relays=relays, sky=sky,
            masks_deg=link_masks_deg(elements), stations=earth_stations(programme),
        )  # fmt: skip
    progress("schedule")
    load = crew_load(elements, chosen, environment=environment)
    plan = plan_research(elements, experiments, environment, chosen, load=load, sessions=granted)
    progress("simulate")
    station, share = simulate_with_crew(
        elements, experiments, environment=environment, plan=plan, load=load
    )
    crew = _crew_dataset(elements, chosen, station, load=load, share=share)
    provenance = Provenance(
        programme=programme.name, programme_sha256=programme.sha256, command=command,
        seed=chosen.seed, ephemeris=str(environment.attrs.get("ephemeris", "")),
        orientation=str(environment.attrs.get("orientation", "")), inputs_sha256=inputs | maps,
    )  # fmt: skip
    run = Run(
        programme=programme, scenario=chosen, site=site, horizon=profile, environment=environment,
        plan=plan, station=station, verdicts=(), provenance=provenance, relays=relays,
        ground=ground, crew=crew, limits=limits_hit(elements, station), survival=lived,
        sizing=sized, links=planned, sessions=granted, notes=(
            *notes(programme, chosen), *fallen(relays),
            *cold_nodes(elements, environment=environment), *map(str, shortfalls(crew, elements)),
        ),
    )  # fmt: skip
    progress("verdicts")
    return replace(run, verdicts=judge(run))


def in_scenario(programme: Programme, name: str | None) -> tuple[Programme, Scenario]:
    """The scenario of that name, or the first one, and the programme as it stands in it.

    Partners that withdraw in the scenario are gone. Raises IlrsError where there is none.
    """
    chosen = _scenario(programme, name)
    return (without(programme, chosen.without) if chosen.without else programme), chosen


def _scenario(programme: Programme, name: str | None) -> Scenario:
    if not programme.scenarios:
        raise IlrsError(
            f"{programme.name} declares no scenario",
            "a run needs a span, a step, a seed and a site",
            "Add `scenarios:` to programme.yaml, or run it over one: --over reference.",
        )
    if name is None:
        return next(iter(programme.scenarios.values()))
    if name not in programme.scenarios:
        raise IlrsError(
            f"there is no scenario {name!r}",
            f"{programme.name} declares {', '.join(programme.scenarios)}",
            "Name one of them with --scenario.",
        )
    return programme.scenarios[name]


def _masts(elements: Sequence[Element]) -> list[float]:
    """Heights that a computed horizon has to serve. [m]"""
    return sorted({GROUND_MAST_M} | {e.array.mast_height_m for e in elements if e.array})


def _crew_dataset(
    elements: Sequence[Element],
    scenario: Scenario,
    station: xr.Dataset,
    *,
    load: CrewLoad | None,
    share: npt.NDArray[np.float64],
) -> xr.Dataset | None:
    """Life support with the power that the station gave it; None without people."""
    if load is None:
        return None
    crew = life_support(elements, scenario.crew_visits, time=station, power_fraction=share)
    return None if crew is None else with_temperature(crew, station, load)


def plan_research(
    elements: Sequence[Element],
    experiments: Sequence[Experiment],
    environment: xr.Dataset,
    scenario: Scenario,
    *,
    load: CrewLoad | None,
    sessions: Mapping[str, Any] | None = None,
) -> xr.Dataset:
    """The research plan, on the power that the station without research would spill or spare.

    `sessions`, the record of `ilrs plan`, stand in their days as they are.
    """
    known, asked = conditions(environment, scenario), experiments
    if sessions is not None:
        asked, besides = asked_besides(experiments, sessions, time=environment)
        known |= besides
    idle, _ = simulate_with_crew(
        elements, (), environment=environment, plan=idle_plan(environment), load=load
    )
    plan = schedule(
        asked,
        conditions=known,
        power_available_w=(idle["power_spilled_w"] + idle["power_spared_w"]).values,
        time=environment,
    )
    return plan if sessions is None else with_sessions(plan, sessions, experiments=experiments)


def conditions(environment: xr.Dataset, scenario: Scenario) -> dict[str, Windows]:
    """Windows (seconds from the epoch) of each condition that an experiment may name."""
    return site_windows(environment) | {"crew_present": _crew(environment, scenario)}


def _crew(environment: xr.Dataset, scenario: Scenario) -> Windows:
    epoch_s = float(tdb_from_utc(parse_utc(str(environment.attrs["epoch_utc"]))))

    def since_epoch_s(utc: str) -> float:
        return float(tdb_from_utc(parse_utc(utc))) - epoch_s

    return Windows((since_epoch_s(v.start), since_epoch_s(v.end)) for v in scenario.crew_visits)
