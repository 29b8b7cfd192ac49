"""A programme's planning problem: what its experiments ask for and its station can give, in slots.

Any number of days of a scenario, from any day on, in slots of a quarter of an hour; the real Sun,
Earth and relays over the site's skyline say when what can run.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import xarray as xr

from ilrs.cooperation.benefits import observation_shares
from ilrs.cooperation.shares import landed_shares
from ilrs.foundation.errors import IlrsError
from ilrs.foundation.provenance import Provenance
from ilrs.foundation.time import DAY_S, parse_utc, tdb_from_utc, utc_text
from ilrs.foundation.windows import Windows
from ilrs.operations.board import Board
from ilrs.operations.problem import Activity, Problem
from ilrs.orbits.skyline import antenna_on
from ilrs.orbits.surface_access import surface_access
from ilrs.orbits.trajectory import Trajectory, joined_trajectory
from ilrs.programme.entities import Element, Experiment, Mission, Programme, Scenario, Site
from ilrs.sky.sky import Sky, open_sky
from ilrs.station.forcing import idle_plan
from ilrs.study.chain import conditions
from ilrs.study.craft_ways import craft_ways, elements_epoch_s, fallen, scenario_span_s
from ilrs.study.crew import crew_load, simulate_with_crew
from ilrs.study.earth_antennas import earth_stations
from ilrs.study.environment import mast_heights_m, site_environment
from ilrs.study.label_parts import embargo_rule, publication_year, slug
from ilrs.study.planning_board import plan_board
from ilrs.study.planning_crew import JOINT, crew_capacity, crew_duties
from ilrs.study.planning_requests import length_s, requests_of, worth_per_hour
from ilrs.study.planning_resources import station_share
from ilrs.study.planning_setting import ExperimentFacts, Planned, PlanSetting
from ilrs.study.site_horizon import site_horizon
from ilrs.study.standing import (
    link_masks_deg,
    notes,
    standing_elements,
    standing_experiments,
    standing_relays,
)

__all__ = [
    "LUNAR_MONTH_D",
    "Entitled",
    "PlanCase",
    "left_out",
    "plan_case",
    "plan_scenario",
    "planned",
]

LUNAR_MONTH_D = 29.53  # from new Moon to new Moon, on the mean [d]
_SLOT_S = 900.0
_MOST_DAYS = 92.0
#: Slots before a plan in which ground, stores and temperatures find what they are at its begin.
_LEAD = round(LUNAR_MONTH_D * DAY_S / _SLOT_S)
_HOUR_S = 3600.0
_YEAR_H = 8766

Entitled: TypeAlias = Literal["declared", "landed", "equal"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanCase:
    """A planning problem, and what of the programme it was made of."""

    programme: Programme
    scenario: Scenario  # of the plan's days
    environment: xr.Dataset
    idle: xr.Dataset  # the station without research
    problem: Problem
    board: Board  # what the station does alone
    asked_s: Mapping[str, float]  # by experiment
    inputs_sha256: Mapping[str, str]
    notes: tuple[str, ...]

    @property
    def begin_tdb_s(self) -> float:
        """The plan's epoch, TDB past J2000. [s]"""
        return float(tdb_from_utc(parse_utc(self.problem.epoch_utc)))


def plan_scenario(scenario: Scenario, *, start: str | None, days: float) -> Scenario:
    """The scenario of a plan's days, in slots: from `start` (ISO 8601 UTC) or the scenario's on.

    Raises IlrsError for days that are not above 0, or more than a season.
    """
    if not 0.0 < days <= _MOST_DAYS:
        raise IlrsError(
            f"a plan of {days:g} days",
            f"plans are made for more than 0 and up to {_MOST_DAYS:g} days",
            "Correct --days.",
        )
    slots = max(round(days * DAY_S / _SLOT_S), 1)
    begin = parse_utc(scenario.start if start is None else start)
    end = begin + np.timedelta64(round(slots * _SLOT_S), "s")
    return scenario.model_copy(
        update={"start": utc_text(begin), "end": utc_text(end), "step_s": _SLOT_S}
    )


def _with_lead(scenario: Scenario) -> Scenario:
    begin = parse_utc(scenario.start) - np.timedelta64(round(_LEAD * _SLOT_S), "s")
    return scenario.model_copy(update={"start": utc_text(begin)})


def _with_ground(
    environment: xr.Dataset, site: Site, scenario: Scenario, *, profile: xr.Dataset, sky: Sky
) -> xr.Dataset:
    """The environment with the ground as warm as a whole year makes it, by the hour.

    A column of ground takes what it is given for a cycle that repeats; days or weeks are none.
    """
    end = parse_utc(scenario.end)
    begin = end - np.timedelta64(_YEAR_H, "h")
    year = scenario.model_copy(update={"start": utc_text(begin), "step_s": _HOUR_S})
    hours = site_environment(site, year, profile=profile, relays={}, sky=sky)
    middle_s, hour_s = (
        tdb_from_utc(each["time"].values) + 0.5 * float(each.attrs["step_s"])
        for each in (environment, hours)
    )
    ground = environment["surface_temperature_k"]
    warm_k = np.interp(middle_s, hour_s, hours["surface_temperature_k"].values)
    return environment.assign(surface_temperature_k=ground.copy(data=warm_k))


def _from_slot(dataset: xr.Dataset, slot: int) -> xr.Dataset:
    """A Dataset on `time` from a slot on, which is its new epoch."""
    later = dataset.isel(time=slice(slot, None))
    t_s = later["t_s"] - later["t_s"].values[0]
    later = later.assign_coords(t_s=t_s.assign_attrs(dataset["t_s"].attrs))
    return later.assign_attrs(epoch_utc=utc_text(later["time"].values[0]))


def plan_case(
    programme: Programme,
    scenario: Scenario,
    *,
    start: str | None = None,
    days: float = LUNAR_MONTH_D,
    entitled: Entitled | None = None,
    credits: Mapping[str, float] | None = None,
    sky: Sky | None = None,
    progress: Callable[[str], None] = lambda step: None,
) -> PlanCase:
    """The problem of so many days of a scenario, from the scenario's start or another day on.

    The station has stood without research for a lunar month when the plan begins.

    `entitled` says what partners may claim: what is declared, by landed mass, or all alike (where
    left out: what is declared, else all alike). `credits` are what an earlier plan still owes.
    Raises IlrsError for what a user can mend.
    """
    then = plan_scenario(scenario, start=start, days=days)
    sky = open_sky() if sky is None else sky
    experiments = standing_experiments(programme, then)
    flown = _since(programme, start=scenario.start)
    station = _station_then(flown, then, sky=sky, progress=progress)
    progress("requests")
    environment = station.environment
    epoch_utc = str(environment.attrs["epoch_utc"])
    slots = environment.sizes["time"]
    span_s = slots * _SLOT_S
    asked_s = {one.id: _asked_s(one, scenario, then) for one in experiments}
    share = station_share(
        station.elements, experiments, environment=environment, idle=station.idle,
        first=station.first,
    )  # fmt: skip
    board = plan_board(
        station.elements, experiments, environment=environment, idle=station.idle,
        energy=share.energy,
    )  # fmt: skip
    windows = dict(
        _windows(flown, experiments, environment, then, profile=station.profile, sky=sky)
    )
    activities = (
        *crew_duties(then.crew_visits, span_s=span_s, epoch_utc=epoch_utc),
        *requests_of(
            experiments, windows=windows, asked_s=asked_s, resources=share.needs, span_s=span_s
        ),
    )
    people = crew_capacity(then.crew_visits, epoch_utc=epoch_utc, step_s=_SLOT_S, slots=slots)
    problem = Problem(
        epoch_utc=epoch_utc,
        step_s=_SLOT_S,
        slots=slots,
        activities=activities,
        resources=(*share.resources, people),
        entitlements=_entitlements(programme, activities, entitled=entitled),
        credits=dict(credits or {}),
        saturation=_saturation(experiments),
    )
    return PlanCase(
        programme=programme, scenario=then, environment=environment, idle=station.idle,
        problem=problem, board=board, asked_s=asked_s, inputs_sha256=station.inputs_sha256,
        notes=(*notes(programme, then), *station.notes),
    )  # fmt: skip


def planned(case: PlanCase, plan: xr.Dataset, *, command: str) -> Planned:
    """A plan of a programme's case, made by a command."""
    programme, site = case.programme, case.programme.sites[case.scenario.site]
    setting = PlanSetting(
        scenario=case.scenario.id, site=site.id, longitude_deg=site.longitude_deg,
        latitude_deg=site.latitude_deg, lid_prefix=programme.lid_prefix,
        bundle=slug(programme.name),
        publication_year=publication_year(programme, otherwise=case.scenario.start),
        partners={id_: one.name or id_ for id_, one in programme.partners.items()},
        experiments={
            id_: ExperimentFacts(
                name=one.name or id_, element=one.element, products=tuple(one.products),
                science_fields=tuple(one.fields), access=one.data_policy.access,
                embargo=embargo_rule(one.data_policy), licence=one.data_policy.licence,
            )
            for id_, one in programme.experiments.items()
        },
        notes=case.notes,
    )  # fmt: skip
    made_by = Provenance(
        programme=programme.name, programme_sha256=programme.sha256, command=command,
        seed=int(plan.attrs["seed"]), ephemeris=str(case.environment.attrs.get("ephemeris", "")),
        orientation=str(case.environment.attrs.get("orientation", "")),
        inputs_sha256=dict(case.inputs_sha256),
    )  # fmt: skip
    return Planned(
        setting=setting, problem=case.problem, plan=plan, board=case.board, provenance=made_by
    )


def left_out(programme: Programme, case: PlanCase) -> tuple[str, ...]:
    """Which experiments of a whole programme a plan does not ask for, and why, a sentence each."""
    site, gone = case.scenario.site, set(case.scenario.without)
    found = []
    for id_, one in programme.experiments.items():
        element = programme.elements[one.element]
        if element.site != site or id_ in case.asked_s:
            continue
        lost = next((owner for owner in (one.owner, element.owner) if owner in gone), None)
        why = f"{lost} has withdrawn" if lost else f"its {element.id} does not stand at the start"
        found.append(f"{id_} of {one.owner} is not planned: {why}.")
    return tuple(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class _StationThen:
    """The station without research in the plan's days, and what it was made from."""

    elements: Sequence[Element]
    profile: xr.Dataset
    environment: xr.Dataset
    idle: xr.Dataset
    first: xr.Dataset  # the step before
    inputs_sha256: Mapping[str, str]
    notes: tuple[str, ...]


def _since(programme: Programme, *, start: str) -> Programme:
    """The programme with orbits that hold at a scenario's start where they name no epoch.

    So relays fly in a plan of any days as they do in the scenario's run.
    """
    told = {
        id_: mission.model_copy(update={"orbit": mission.orbit.model_copy(update={"epoch": start})})
        for id_, mission in programme.missions.items()
        if mission.orbit is not None and mission.orbit.epoch is None
    }
    return programme.model_copy(update={"missions": programme.missions | told})


def _station_then(
    programme: Programme, scenario: Scenario, *, sky: Sky, progress: Callable[[str], None]
) -> _StationThen:
    led, site = _with_lead(scenario), programme.sites[scenario.site]
    elements = standing_elements(programme, scenario)
    progress("horizon")
    profile, inputs = site_horizon(programme, site, terrain=(), mast_heights_m=(2.0,))
    progress("orbits")
    ways, told = _ways(programme, standing_relays(programme, scenario), led, sky=sky)
    progress("environment")
    whole = site_environment(
        site, led, profile=profile, relays=ways, sky=sky, masks_deg=link_masks_deg(elements),
        stations=earth_stations(programme),
    )  # fmt: skip
    whole = _with_ground(whole, site, led, profile=profile, sky=sky)
    progress("simulate")
    ran, _ = simulate_with_crew(
        elements, (), environment=whole, plan=idle_plan(whole),
        load=crew_load(elements, led, environment=whole),
    )  # fmt: skip
    return _StationThen(
        elements=elements, profile=profile, environment=_from_slot(whole, _LEAD),
        idle=_from_slot(ran, _LEAD), first=ran.isel(time=_LEAD - 1), inputs_sha256=inputs,
        notes=(*told, *fallen(ways)),
    )  # fmt: skip


def _ways(
    programme: Programme, relays: Mapping[str, Mission], led: Scenario, *, sky: Sky
) -> tuple[dict[str, Trajectory], list[str]]:
    """The ways of relays through the lead and the plan's days, and what is to be known of them.

    One that cannot have flown so long before its elements hold is taken for held until then.
    """
    begin_s, end_s = scenario_span_s(led)
    ways: dict[str, Trajectory] = {}
    told = []
    for key, mission in relays.items():
        try:
            ways |= craft_ways(programme, {key: mission}, (begin_s, end_s), sky=sky)
        except IlrsError:
            orbit = mission.orbit
            since_s = end_s if orbit is None else elements_epoch_s(orbit, (begin_s, end_s))
            if orbit is None or not begin_s < since_s < end_s:
                raise
            held = mission.model_copy(update={"orbit": orbit.model_copy(update={"is_held": True})})
            parts = ((held, (begin_s, since_s)), (mission, (since_s, end_s)))
            ways[key] = joined_trajectory(
                [craft_ways(programme, {key: one}, span_s, sky=sky)[key] for one, span_s in parts]
            )
            told.append(
                f"{key} cannot have flown unheld for the month before {orbit.epoch}, in which the"
                " station settles: there its orbit is taken for held."
            )
    return ways, told


def _saturation(experiments: Sequence[Experiment]) -> dict[str, float]:
    """Worth that each experiment tends to, where it says how much is enough."""
    return {
        one.id: worth_per_hour(one) * one.sessions.enough_s / _HOUR_S
        for one in experiments
        if one.sessions.enough_s is not None and worth_per_hour(one) > 0.0
    }


def _asked_s(experiment: Experiment, scenario: Scenario, then: Scenario) -> float:
    """What of the wanted time falls to the plan's days. [s]"""
    own, part = experiment.sessions, _part_of(experiment, scenario, then)
    if own.count is not None:
        return own.count * length_s(experiment)
    if own.every_s is not None:
        span_s = float(np.diff(scenario_span_s(then))[0])
        return int(span_s / own.every_s + 1e-9) * length_s(experiment)
    return experiment.wanted_s * part


def _part_of(experiment: Experiment, scenario: Scenario, then: Scenario) -> float:
    """The part of the scenario's days that the plan has; of people's days where it needs them."""
    whole, part = Windows([scenario_span_s(scenario)]), Windows([scenario_span_s(then)])
    if experiment.sessions.crew or "crew_present" in experiment.conditions:
        visits = Windows(
            (float(tdb_from_utc(parse_utc(v.start))), float(tdb_from_utc(parse_utc(v.end))))
            for v in scenario.crew_visits
        )
        whole, part = whole & visits, part & visits
    return min(part.total_s / whole.total_s, 1.0) if whole.total_s else 0.0


def _windows(
    programme: Programme,
    experiments: Sequence[Experiment],
    environment: xr.Dataset,
    scenario: Scenario,
    *,
    profile: xr.Dataset,
    sky: Sky,
) -> Iterator[tuple[str, Windows]]:
    """When all conditions of each experiment hold, seconds from the plan's begin."""
    known = conditions(environment, scenario)
    t_s = environment["t_s"].values
    edge_s = np.append(t_s, t_s[-1] + float(environment.attrs["step_s"]))
    for one in experiments:
        own, found = one.sessions, Windows([(0.0, float(edge_s[-1]))])
        for name in one.conditions:
            found = found & known[name]
        for series, above, below in (
            ("sun_elevation_deg", own.sun_elevation_above_deg, own.sun_elevation_below_deg),
            ("surface_temperature_k", own.surface_temperature_above_k,
             own.surface_temperature_below_k),
        ):  # fmt: skip
            values = environment[series].values
            low = -np.inf if above is None else above
            high = np.inf if below is None else below
            if above is not None or below is not None:
                found = found & Windows.from_mask(edge_s, (values > low) & (values < high))
        if own.overpass_of is not None:
            found = found & _overpasses(programme, one, scenario, profile=profile, sky=sky)
        yield one.id, found


def _overpasses(
    programme: Programme, experiment: Experiment, scenario: Scenario, *, profile: xr.Dataset,
    sky: Sky,
) -> Windows:  # fmt: skip
    """When the named craft stands over the site's skyline and the mask, from the plan's begin."""
    own, span_s = experiment.sessions, scenario_span_s(scenario)
    craft = str(own.overpass_of)
    way = craft_ways(programme, {craft: programme.missions[craft]}, span_s, sky=sky)[craft]
    antenna = antenna_on(
        profile, name="for overpasses", mask_deg=own.overpass_mask_deg,
        mast_height_m=float(mast_heights_m(profile).min()),
    )  # fmt: skip
    first_s, last_s = way.span_tdb_s
    seen = surface_access(
        [way], [antenna], span_s=(max(span_s[0], first_s), min(span_s[1], last_s)),
        orientation=sky.orientation,
    )[way.name, antenna.name]  # fmt: skip
    return Windows((a - span_s[0], b - span_s[0]) for a, b in seen)


def _entitlements(
    programme: Programme, activities: Sequence[Activity], *, entitled: Entitled | None
) -> dict[str, float]:
    """What each partner with sessions may claim; people's duties claim nothing to speak of."""
    partners = sorted({a.partner for a in activities} - {JOINT})
    declared = {id_: one.share for id_, one in programme.entitlements.items()}
    if not declared and entitled in (None, "declared"):
        declared = observation_shares(programme)
    if entitled is None:
        entitled = "declared" if declared else "equal"
    if entitled == "declared" and not declared:
        raise IlrsError(
            "a plan by declared entitlements",
            f"{programme.name} declares none",
            "Add `entitlements:`, or a benefit of observation_time, to programme.yaml, or take"
            " --entitlements landed or equal.",
        )
    parts = dict.fromkeys(partners, 1.0)
    if entitled == "declared":
        parts = {id_: declared.get(id_, 0.0) for id_ in partners}
    elif entitled == "landed":
        landed = {row.owner: row.share for row in landed_shares(programme) if row.share > 0.0}
        least = min(landed.values(), default=1.0)  # who landed nothing is not shut out
        parts = {id_: landed.get(id_, least) for id_ in partners}
    total = sum(parts.values())
    return {id_: part / total for id_, part in parts.items()} | {JOINT: 1e-9} if total else parts
