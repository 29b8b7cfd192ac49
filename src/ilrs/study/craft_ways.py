"""The ways of a programme's missions about the Moon, from the orbits they declare.

A held orbit keeps its elements: a two-body way. Any other drifts under the Moon's field, Earth and
Sun from where it starts, and may come down.
"""

from collections.abc import Iterator, Mapping

import numpy as np

from ilrs.cooperation.roadmap import mission_dates
from ilrs.foundation.errors import IlrsError
from ilrs.foundation.time import parse_utc, tdb_from_utc
from ilrs.orbits.forces import ForceModel
from ilrs.orbits.frames import frame_to_icrf
from ilrs.orbits.kepler import Orbit, orbit_from_altitudes
from ilrs.orbits.propagation import propagate_orbit
from ilrs.orbits.trajectory import (
    Trajectory,
    cut_trajectory,
    joined_trajectory,
    kepler_trajectory,
)
from ilrs.programme.entities import Mission, OrbitElements, Programme, Scenario
from ilrs.sky.segments import utc_label
from ilrs.sky.sky import Sky

__all__ = ["announced_arrival_s", "craft_stages", "craft_way", "craft_ways", "elements_epoch_s",
           "fallen", "orbit_of", "scenario_span_s"]  # fmt: skip


def orbit_of(declared: OrbitElements) -> Orbit:
    """The elements of a declared orbit, as `ilrs.orbits` takes them.

    Raises IlrsError for an orbit that meets the Moon.
    """
    return orbit_from_altitudes(
        **declared.model_dump(
            include={
                "periapsis_altitude_m", "apoapsis_altitude_m", "inclination_deg",
                "ascending_node_deg", "argument_of_periapsis_deg", "mean_anomaly_deg",
            }
        )
    )  # fmt: skip


def craft_way(
    mission: Mission, span_s: tuple[float, float], *, sky: Sky, arrival_s: float | None = None
) -> Trajectory:
    """The way of a mission over a span (TDB past J2000), by the orbits it declares.

    Elements hold at the epoch they name, else where the span or the orbit begins. Later orbits
    begin their time after `arrival_s`, at once and without a transfer between; the first one is
    taken for all time before them. A way that reaches the ground ends there. Raises IlrsError for a
    mission without an orbit, and as `ilrs.orbits.propagation.propagate_orbit`.
    """
    if mission.orbit is None:
        raise IlrsError(
            f"the way of {mission.id}, which declares no orbit",
            "a way is computed from an `orbit:` with altitudes and angles",
            "Declare the mission's orbit, or name another mission.",
        )
    ways: list[Trajectory] = []
    for declared, part in craft_stages(mission, span_s, arrival_s=arrival_s):
        ways.append(_flown(mission.id, declared, part, sky=sky))
        if ways[-1].ended_by:
            break
    return joined_trajectory(ways)


def craft_ways(
    programme: Programme, missions: Mapping[str, Mission], span_s: tuple[float, float], *, sky: Sky
) -> dict[str, Trajectory]:
    """The ways of several missions by id; later orbits begin by each one's announced arrival."""
    return {
        key: craft_way(mission, span_s, sky=sky, arrival_s=announced_arrival_s(programme, key))
        for key, mission in missions.items()
    }


def announced_arrival_s(programme: Programme, mission_id: str) -> float | None:
    """The nominal arrival that a mission announces, TDB past J2000; None without a date. [s]"""
    dates = mission_dates(programme, mission_id)
    return None if dates is None else float(tdb_from_utc(dates.nominal))


def scenario_span_s(scenario: Scenario) -> tuple[float, float]:
    """First and last instant of a scenario, TDB past J2000. [s]"""
    start, end = (float(tdb_from_utc(parse_utc(utc))) for utc in (scenario.start, scenario.end))
    return start, end


def fallen(ways: Mapping[str, Trajectory]) -> tuple[str, ...]:
    """Which craft meet the Moon, and when, a sentence each."""
    return tuple(
        f"{key} meets the Moon on {utc_label(way.span_tdb_s[1])}: nobody holds its orbit."
        for key, way in ways.items()
        if way.ended_by
    )


def craft_stages(
    mission: Mission, span_s: tuple[float, float], *, arrival_s: float | None
) -> Iterator[tuple[OrbitElements, tuple[float, float]]]:
    """The declared orbits that hold inside a span, each with its part of it."""
    orbits: list[OrbitElements] = [mission.orbit] if mission.orbit else []
    edges = [-np.inf]
    if arrival_s is not None:
        orbits += mission.later_orbits
        edges += [arrival_s + later.after_s for later in mission.later_orbits]
    for declared, begin_s, end_s in zip(orbits, edges, [*edges[1:], np.inf], strict=True):
        part = max(begin_s, span_s[0]), min(end_s, span_s[1])
        if part[0] < part[1]:
            yield declared, part


def elements_epoch_s(declared: OrbitElements, span_s: tuple[float, float]) -> float:
    """When the elements hold, TDB past J2000: the epoch they name, else where the span begins."""
    if declared.epoch is None:
        return span_s[0]
    return float(tdb_from_utc(parse_utc(declared.epoch)))


def _flown(
    name: str, declared: OrbitElements, span_s: tuple[float, float], *, sky: Sky
) -> Trajectory:
    epoch_s = elements_epoch_s(declared, span_s)
    orbit = orbit_of(declared)
    if declared.is_held:
        to_icrf = frame_to_icrf(declared.frame, epoch_tdb_s=epoch_s, **sky.kernels)
        return kepler_trajectory(orbit, span_s, name=name, epoch_tdb_s=epoch_s, to_icrf=to_icrf)
    whole = min(epoch_s, span_s[0]), max(epoch_s, span_s[1])
    way = propagate_orbit(
        orbit, frame=declared.frame, name=name, epoch_tdb_s=epoch_s, span_tdb_s=whole,
        model=ForceModel(), sky=sky,
    )  # fmt: skip
    if way.span_tdb_s[1] <= span_s[0]:
        raise IlrsError(
            f"the way of {name} from {utc_label(span_s[0])} on",
            f"unheld it meets the Moon on {utc_label(way.span_tdb_s[1])}",
            "Give the orbit a later epoch, choose one that lives, or hold it (`is_held: true`).",
        )
    return cut_trajectory(way, (span_s[0], min(span_s[1], way.span_tdb_s[1])))
