"""Metrics that ask the orbits of missions; `ilrs.study.metrics` loads them when they are asked.

Each looks at four weeks of what both nominally do together: a lunar rotation brings every longitude
below an orbit's plane. Ways are flown once for all metrics of a run.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import xarray as xr

from ilrs.cooperation.dates import date_bounds
from ilrs.cooperation.roadmap import working
from ilrs.foundation.time import DAY_S, tdb_from_utc
from ilrs.foundation.windows import Windows
from ilrs.orbits.conjunction import Conjunction
from ilrs.orbits.survey import covered_fraction
from ilrs.orbits.trajectory import Trajectory
from ilrs.programme.entities import Mission, Programme
from ilrs.sky.sky import open_sky
from ilrs.study.coordination import (
    close_passes,
    landed_meeting,
    mission_ways,
    sample_span_s,
    sight_windows,
    survey_answer,
    survey_overpasses,
    zones,
)
from ilrs.study.joint import joint_answer
from ilrs.study.metrics import Measurement, one_of, two_missions
from ilrs.study.run import Run

__all__ = [
    "closest_pass_km", "collision_probability", "joint_looks", "joint_observation_pairs",
    "landed_sight_h_d", "landings_near_others", "mutual_sight_h_d", "relay_test_contacts",
    "survey_covered_fraction", "survey_done_by_fraction",
]  # fmt: skip

_SAMPLE_D = 28.0
_FAR_M = (10e3, 100e3, 1e6, 1e9)  # a nearest pass is looked for below each of them in turn
_PROBABLE_M = 100e3  # beyond it a pass adds nothing to the probability of a collision
_RELAY_TEST_S = 600.0  # the shortest contact in which two craft can try a relay; an assumption


@dataclass(frozen=True, slots=True)
class _Flight:
    """What a way is flown for; equal flights of one programme are flown once."""

    number: int  # of the programme, which lives as long as this does
    mission: str
    span_s: tuple[float, float]
    orientation: str
    programme: Programme = field(compare=False)


@lru_cache(maxsize=8)
def _flown(flight: _Flight) -> Trajectory:
    mission = flight.programme.missions[flight.mission]
    sky = open_sky(flight.orientation)
    return mission_ways(flight.programme, [mission], flight.span_s, sky=sky)[mission.id]


def _ways(run: Run, missions: Sequence[str], span_s: tuple[float, float]) -> dict[str, Trajectory]:
    """The ways of those of several missions that declare an orbit, by id."""
    programme, orientation = run.programme, run.provenance.orientation
    return {
        key: _flown(_Flight(id(programme), key, span_s, orientation, programme))
        for key in missions
        if programme.missions[key].orbit is not None
    }


def _four_weeks(run: Run, first: str, second: str) -> tuple[float, float]:
    return sample_span_s(run.programme, first, second, start=None, days=_SAMPLE_D)


def _blind(missions: list[Mission]) -> Measurement | None:
    """Why nothing can be measured of missions that are lost or without orbit; else None."""
    lost = [f"{mission.id} {mission.lost}" for mission in missions if mission.lost]
    if lost:
        return Measurement(None, " and ".join(lost))
    without = [mission.id for mission in missions if mission.orbit is None]
    if not without:
        return None
    return Measurement(None, f"{' and '.join(without)}: no orbit is declared")


def _sights(run: Run, of: str) -> Windows | Measurement:
    """When the craft of two missions see each other in four weeks, or why that is not known."""
    pair = two_missions(run.programme, of)
    if (blind := _blind([run.programme.missions[key] for key in pair])) is not None:
        return blind
    span_s = _four_weeks(run, *pair)
    one, other = _ways(run, pair, span_s).values()
    return sight_windows(one, other, span_s)


def mutual_sight_h_d(run: Run, of: str) -> Measurement:
    """Hours a day in which the craft of two missions see each other. [h]"""
    seen = _sights(run, of)
    if isinstance(seen, Measurement):
        return seen
    why = f"{len(seen)} contacts in {_SAMPLE_D:.0f} d, the longest {seen.longest_s / 60.0:.0f} min"
    return Measurement(seen.total_s / 3600.0 / _SAMPLE_D, why)


def relay_test_contacts(run: Run, of: str) -> Measurement:
    """Contacts of two missions' craft long enough to try a relay, in four weeks. [count]"""
    seen = _sights(run, of)
    if isinstance(seen, Measurement):
        return seen
    long = seen.duration_s >= _RELAY_TEST_S
    why = f"of {len(seen)} contacts, those of {_RELAY_TEST_S / 60.0:.0f} min and more"
    return Measurement(float(long.sum()), why)


def landed_sight_h_d(run: Run, of: str) -> Measurement:
    """Hours a day in which the first mission's craft sees where the second one lands. [h]"""
    first, second = two_missions(run.programme, of)
    if (blind := _blind([run.programme.missions[first]])) is not None:
        return blind
    if lost := run.programme.missions[second].lost:
        return Measurement(None, f"{second} {lost}")
    span_s = _four_weeks(run, first, second)
    (way,) = _ways(run, (first,), span_s).values()
    sky = open_sky(run.provenance.orientation)
    met = landed_meeting(run.programme, run.programme.missions[second], way, span_s, sky=sky)
    if met is None:
        return Measurement(None, f"{second} lands at no site with a horizon")
    why = f"{len(met.windows)} passes in {_SAMPLE_D:.0f} d"
    return Measurement(met.windows.total_s / 3600.0 / _SAMPLE_D, why)


def closest_pass_km(run: Run, of: str) -> Measurement:
    """Least distance of two missions' craft in four weeks. [km]"""
    pair = two_missions(run.programme, of)
    if (blind := _blind([run.programme.missions[key] for key in pair])) is not None:
        return blind
    for limit_m in _FAR_M:
        near = _passes(run, pair, limit_m)
        if near:
            least = min(near, key=lambda one: one.miss_distance_m)
            why = f"at {least.relative_speed_m_s:.0f} m/s; phases of orbits are mostly assumed"
            return Measurement(least.miss_distance_m / 1e3, why)
    return Measurement(None, f"they never pass each other in {_SAMPLE_D:.0f} d")


def collision_probability(run: Run, of: str) -> Measurement:
    """Probability that two missions' craft collide in four weeks, by their uncertainty. [1]"""
    pair = two_missions(run.programme, of)
    missions = [run.programme.missions[key] for key in pair]
    if (blind := _blind(missions)) is not None:
        return blind
    near = _passes(run, pair, _PROBABLE_M)
    if not near:
        return Measurement(0.0, f"no pass below {_PROBABLE_M / 1e3:.0f} km in {_SAMPLE_D:.0f} d")
    known = [one.probability for one in near if one.probability is not None]
    if len(known) < len(near):
        return Measurement(None, "their orbits declare no uncertainty, or both no radius")
    none = float(np.prod([1.0 - chance for chance in known]))
    return Measurement(1.0 - none, f"{len(near)} passes below {_PROBABLE_M / 1e3:.0f} km")


def _passes(run: Run, pair: tuple[str, str], limit_m: float) -> tuple[Conjunction, ...]:
    span_s = _four_weeks(run, *pair)
    missions = [run.programme.missions[key] for key in pair]
    ways = _ways(run, pair, span_s)
    return close_passes(run.programme, missions, ways, span_s=span_s, limit_m=limit_m)


def landings_near_others(run: Run, of: str) -> Measurement:
    """Places of others within the due-regard distance of landings. [count]"""
    if of:
        one_of(of, list(run.programme.missions), "mission")
    landing = [m for key, m in run.programme.missions.items() if not of or key == of]
    found = list(zones(run.programme, landing))
    near = ", ".join(f"{zone.near} of {zone.owner or 'all'}" for zone in found[:3])
    return Measurement(float(len(found)), near or "nothing of others within 2 km")


def survey_covered_fraction(run: Run, of: str) -> Measurement:
    """Part of a survey done in four weeks of its orbiter's work, 0-1. [1]"""
    if not run.programme.surveys:
        return Measurement(None, "no survey is declared")
    one_of(of, list(run.programme.surveys), "survey")
    survey = run.programme.surveys[of]
    span_s = _four_weeks(run, survey.orbiter, survey.orbiter)
    ways = _ways(run, (survey.orbiter,), span_s)
    alone = survey.model_copy(update={"together_with": None})
    sky = open_sky(run.provenance.orientation)
    answer = survey_answer(run.programme, alone, ways, span_s=span_s, sky=sky)
    if answer is None:
        return Measurement(None, f"{survey.orbiter} or the place of {of} is not known well enough")
    return Measurement(answer.covered, answer.text)


def survey_done_by_fraction(run: Run, of: str) -> Measurement:
    """Part of a survey done by the day it is wanted, 0-1. [1]

    From when its orbiter nominally begins its work; spans are doubled until all of it is done.
    """
    if not run.programme.surveys:
        return Measurement(None, "no survey is declared")
    one_of(of, list(run.programme.surveys), "survey")
    survey = run.programme.surveys[of]
    works = working(run.programme, survey.orbiter)
    if survey.by is None or works is None:
        return Measurement(None, f"the day by which {of} is wanted, or its begin, is not declared")
    begin_s = float(tdb_from_utc(works.begin.nominal))
    end_s = float(tdb_from_utc(date_bounds(survey.by).latest))
    if begin_s >= end_s:
        return Measurement(0.0, f"wanted by {survey.by}; {survey.orbiter} works from {works.begin}")
    sky = open_sky(run.provenance.orientation)
    days = _SAMPLE_D
    while True:
        span_s = begin_s, min(begin_s + days * DAY_S, end_s)
        ways = _ways(run, (survey.orbiter,), span_s)
        passes = survey_overpasses(run.programme, survey, ways, span_s=span_s, sky=sky)
        if passes is None:
            return Measurement(None, f"{survey.orbiter} or the place of {of} is not known")
        done = covered_fraction(passes, looks=survey.looks).values
        part = float(done[-1]) if done.size else 0.0
        if part >= 1.0 or span_s[1] >= end_s:
            return Measurement(part, _day_told(passes, done, survey.by))
        days *= 2.0


def _day_told(passes: xr.Dataset, done: np.ndarray, by: str) -> str:
    whole = np.flatnonzero(done >= 1.0)
    if not whole.size:
        return f"by {by}"
    return f"all of it on {str(passes['time'].values[whole[0]])[:10]}, wanted by {by}"


def joint_looks(run: Run, of: str) -> Measurement:
    """Pairs of looks of a survey's two craft in four weeks. [count]"""
    if not run.programme.surveys:
        return Measurement(None, "no survey is declared")
    one_of(of, list(run.programme.surveys), "survey")
    survey = run.programme.surveys[of]
    if survey.together_with is None:
        return Measurement(None, f"{of} is wanted of {survey.orbiter} alone")
    pair = survey.orbiter, survey.together_with
    span_s = _four_weeks(run, *pair)
    sky = open_sky(run.provenance.orientation)
    answer = survey_answer(run.programme, survey, _ways(run, pair, span_s), span_s=span_s, sky=sky)
    if answer is None or answer.joint is None:
        return Measurement(None, f"a camera, an orbit or the place of {of} is not known")
    return Measurement(float(answer.joint), f"within {survey.most_offset_s / 3600.0:g} h")


def joint_observation_pairs(run: Run, of: str) -> Measurement:
    """Pairs of looks of a joint observation in four weeks of both craft. [count]"""
    if not run.programme.joint_observations:
        return Measurement(None, "no joint observation is declared")
    one_of(of, list(run.programme.joint_observations), "joint observation")
    joint = run.programme.joint_observations[of]
    pair = joint.first, joint.second
    span_s = _four_weeks(run, *pair)
    sky = open_sky(run.provenance.orientation)
    answer = joint_answer(run.programme, joint, _ways(run, pair, span_s), span_s=span_s, sky=sky)
    if answer is None:
        return Measurement(None, f"an orbit or the place of {of} is not known")
    return Measurement(float(len(answer.pairs)), answer.text)
