"""What becomes of a mission's orbit: its life unheld, the cost of holding, what would live."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TextIO

import numpy as np

from ilrs.foundation.errors import IlrsError
from ilrs.foundation.time import parse_utc, tdb_from_utc, utc_text
from ilrs.orbits.design import (
    Flight,
    HoldingCost,
    Life,
    LivingOrbit,
    holding_cost,
    nearest_living_orbit,
    orbit_life,
)
from ilrs.orbits.forces import ForceModel
from ilrs.orbits.gravity import default_gravity_field
from ilrs.orbits.kepler import Orbit, altitudes_m, period_s
from ilrs.programme.entities import Programme
from ilrs.sky.segments import utc_label
from ilrs.sky.sky import Sky
from ilrs.study.craft_ways import orbit_of

__all__ = ["OrbitAnswer", "orbit_answer", "print_orbit_answer"]

# Below this altitude all of the packaged field is felt; for higher orbits degree 8 serves.
_LOW_M, _LOW_DEGREE, _DEGREE = 1_000e3, 20, 8


@dataclass(frozen=True, slots=True, kw_only=True)
class OrbitAnswer:
    """What is known of an orbit after flying it."""

    mission: str
    start_utc: str
    days: float
    orbit: Orbit
    life: Life
    cost: HoldingCost | None  # None where it meets the Moon within a month
    living: LivingOrbit | None  # None where it lives itself, or none nearby does
    why_none: str  # why there is none nearby


def orbit_answer(
    programme: Programme,
    mission_id: str,
    *,
    start: str,
    days: float,
    lowest_altitude_m: float,
    sky: Sky,
    progress: Callable[[int, int], None] = lambda tried, count: None,
) -> OrbitAnswer:
    """How long a mission's declared orbit lives from a date on, and the nearest one that does.

    Raises IlrsError for an unknown mission, one without an orbit, and a span beyond the ephemeris.
    """
    mission = programme.missions.get(mission_id)
    flying = [key for key, m in programme.missions.items() if m.orbit is not None]
    if mission is None or mission.orbit is None:
        raise IlrsError(
            f"the orbit of {mission_id!r}",
            f"missions with an orbit are {', '.join(flying) or 'none'}",
            "Name one of them, or declare its `orbit:`.",
        )
    epoch = start if mission.orbit.epoch is None else mission.orbit.epoch
    orbit = orbit_of(mission.orbit)
    _, high_m = altitudes_m(orbit)
    is_low = float(high_m) < _LOW_M
    degree = _LOW_DEGREE if is_low else _DEGREE
    flight = Flight(
        frame=mission.orbit.frame, epoch_tdb_s=float(tdb_from_utc(parse_utc(epoch))), sky=sky,
        model=ForceModel(gravity=default_gravity_field(degree=degree)),
    )  # fmt: skip
    life = orbit_life(orbit, days=days, flight=flight)
    living, why_none = None, ""
    if is_low and not life.lives:
        why_none = "Low orbits are held, or chosen by hand: one that lives is not looked for here."
    elif not life.lives or life.lowest_altitude_m < lowest_altitude_m:
        try:
            living = nearest_living_orbit(
                orbit, days=days, flight=flight, lowest_altitude_m=lowest_altitude_m,
                progress=progress,
            )  # fmt: skip
        except IlrsError as error:
            why_none = f"No orbit nearby does: {error.possible}."
    return OrbitAnswer(
        mission=mission_id, start_utc=utc_text(parse_utc(epoch)), days=days, orbit=orbit,
        life=life, cost=_cost(orbit, flight), living=living, why_none=why_none,
    )  # fmt: skip


def _cost(orbit: Orbit, flight: Flight) -> HoldingCost | None:
    try:
        return holding_cost(orbit, flight=flight)
    except IlrsError:
        return None


def print_orbit_answer(answer: OrbitAnswer, stream: TextIO) -> None:
    """Prints what became of the orbit, what holding costs, and the nearest orbit that lives."""
    hours = float(period_s(answer.orbit.semi_major_axis_m)) / 3600.0
    print(f"{answer.mission}: {_named(answer.orbit)}, {hours:.2f} h, from {answer.start_utc[:10]}",
          file=stream)  # fmt: skip
    print(_fate(answer.life, answer.days), file=stream)
    if answer.cost is None:
        print("It cannot be held by monthly corrections: it meets the Moon sooner.", file=stream)
    else:
        cost = answer.cost
        print(
            f"Holding it costs at most {cost.total_m_s_year:.0f} m/s a year: altitudes"
            f" {cost.altitudes_m_s_year:.0f}, apsides {cost.apsides_m_s_year:.0f}, plane"
            f" {cost.plane_m_s_year:.0f}.",
            file=stream,
        )
    if answer.living is not None:
        found = answer.living
        changes = ", ".join(
            f"{name.removesuffix('_m').removesuffix('_deg').replace('_', ' ')} {_change(name, x)}"
            for name, x in found.changes.items()
        )
        print(f"The nearest orbit of its period that lives: {_named(found.orbit)} ({changes}).",
              file=stream)  # fmt: skip
        print(_fate(found.life, answer.days), file=stream)
    elif answer.why_none:
        print(answer.why_none, file=stream)


def _named(orbit: Orbit) -> str:
    low_m, high_m = (float(altitude) for altitude in altitudes_m(orbit))
    angles = [
        float(np.asarray(value))
        for value in (
            orbit.inclination_deg, orbit.ascending_node_deg, orbit.argument_of_periapsis_deg,
        )
    ]  # fmt: skip
    return (
        f"{low_m / 1e3:.0f} x {high_m / 1e3:.0f} km, inclination {angles[0]:g} deg, node"
        f" {angles[1]:g} deg, periapsis at {angles[2]:g} deg"
    )


def _change(name: str, change: float) -> str:
    return f"{change / 1e3:+g} km" if name.endswith("_m") else f"{change:+g} deg"


def _fate(life: Life, days: float) -> str:
    heights = f"between {life.lowest_altitude_m / 1e3:.0f} and {life.highest_altitude_m / 1e3:.0f}"
    if life.impact is None:
        return f"Unheld it still flies after {days:g} days, {heights} km above the sphere."
    where = (
        f"{abs(life.impact.latitude_deg):.1f} deg {'S' if life.impact.latitude_deg < 0 else 'N'}"
    )
    return (
        f"Unheld it meets the Moon after {life.days:.1f} days, on"
        f" {utc_label(life.impact.tdb_s)[:10]} at {where}, with {life.impact.speed_m_s:.0f} m/s."
    )
