"""What people and the station use up, by class of supply: from visits, declared rates and faults.

A scenario's visits come again every year (or every span of the scenario, where that is longer).
Spares are the repairs that are to be expected; each takes one.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from ilrs.cooperation.dates import date_bounds, days_between
from ilrs.cooperation.flights import Missing, landing_day_d
from ilrs.cooperation.manifest import stays_on_earth
from ilrs.foundation.time import DAY_S, JULIAN_YEAR_S
from ilrs.programme.crews import CrewVisit
from ilrs.programme.entities import Element, Fault, Programme, Scenario, Supply
from ilrs.programme.fault_rules import spares_pool

__all__ = ["Line", "Replacement", "lines_of_supply", "replacements"]

FloatArray: TypeAlias = npt.NDArray[np.float64]

_YEAR_D = JULIAN_YEAR_S / DAY_S
_SPARES = "maintenance_and_upkeep"
_BY_FACILITY = {
    "F1": "transportation_and_carriers", "F2": "habitation_and_infrastructure",
    "F3": "transportation_and_carriers", "F4": "exploration_and_research",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Line:
    """One kind of consumables or spares: what is used of it each day from the begin on."""

    id: str
    kind: str  # class of supply
    daily_kg: FloatArray  # (day)
    stock_kg: float
    keeps_d: float  # from its landing on
    pieces_per_year: float = 0.0  # of spares

    def used_kg(self) -> FloatArray:
        """What has been used up to the begin of each day, and up to the end. [kg]"""
        return np.concatenate([[0.0], np.cumsum(self.daily_kg)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Replacement:
    """An element whose declared life ends, and would have to be landed again."""

    element: str
    kind: str  # class of supply
    day_d: float
    mass_kg: float | None


def lines_of_supply(
    programme: Programme, scenario: Scenario, *, days: int
) -> tuple[list[Line], list[Missing]]:
    """Every line of supply over so many days from the scenario's start, and what is not declared.

    What visits bring themselves comes off the crew's provisions.
    """
    missing: list[Missing] = []
    visits = list(_visits(scenario, days))
    met = _met_by_visits(programme, visits)
    lines = [
        Line(
            id=supply.id, kind=supply.kind, stock_kg=supply.stock_kg,
            daily_kg=_daily_kg(supply, visits, days) * (
                1.0 - met if supply.kind == "crew_provisions" else 1.0
            ),
            keeps_d=math.inf if supply.keeps_s is None else supply.keeps_s / DAY_S,
        )
        for supply in programme.supplies.values()
    ]  # fmt: skip
    if visits and not any(s.kind == "crew_provisions" for s in programme.supplies.values()):
        missing.append(
            Missing(
                of=scenario.id, what="crew provisions", so="what its people eat is not counted"
            )
        )  # fmt: skip
    return lines + _spares(programme, scenario, days, missing), missing


def _visits(scenario: Scenario, days: int) -> Iterator[tuple[int, int, CrewVisit]]:
    """First day, day after the last, and the visit; again and again to the end."""
    begin = date_bounds(scenario.start).earliest
    period_d = max(days_between(begin, date_bounds(scenario.end).earliest), _YEAR_D)
    for visit in scenario.crew_visits:
        first_d = days_between(begin, date_bounds(visit.start).earliest)
        last_d = days_between(begin, date_bounds(visit.end).earliest)
        for k in range(math.ceil(days / period_d)):
            start = math.floor(first_d + k * period_d)
            end = min(start + max(round(last_d - first_d), 1), days)
            if 0 <= start < days:
                yield start, end, visit


def _daily_kg(supply: Supply, visits: list[tuple[int, int, CrewVisit]], days: int) -> FloatArray:
    daily_kg = np.full(days, supply.steady_kg_d)
    for start, end, visit in visits:
        daily_kg[start:end] += supply.per_person_kg_d * visit.people
        daily_kg[start] += supply.per_visit_kg
    return daily_kg


def _met_by_visits(programme: Programme, visits: list[tuple[int, int, CrewVisit]]) -> float:
    """The part of the crew's provisions that visits bring themselves. [1]"""
    provisions = [s for s in programme.supplies.values() if s.kind == "crew_provisions"]
    needed_kg = sum(
        s.per_person_kg_d * visit.people * (end - start) + s.per_visit_kg
        for s in provisions for start, end, visit in visits
    )  # fmt: skip
    brought_kg = sum(sum(visit.brings_kg.values()) for _, _, visit in visits)
    return min(brought_kg / needed_kg, 1.0) if needed_kg else 0.0


def _spares(
    programme: Programme, scenario: Scenario, days: int, missing: list[Missing]
) -> list[Line]:
    """A line for each element whose spares are taken, by the repairs to be expected each day."""
    begin = date_bounds(scenario.start).earliest
    taken: dict[str, FloatArray] = {}
    for element in _standing(programme, scenario):
        age_d = max(-_landed_d(programme, element, begin), 0.0)
        for fault in element.faults:
            pool = spares_pool(element, fault.repair) if fault.repair is not None else None
            if pool in programme.elements:
                expected = _expected(fault, age_d + np.arange(days + 1.0))
                taken[pool] = taken.get(pool, np.zeros(days)) + np.diff(expected)
    lines, unweighed = [], []
    for pool, pieces in taken.items():
        element = programme.elements[pool]
        mass_kg = element.freight.spare_mass_kg if element.freight is not None else None
        if mass_kg is None:
            unweighed.append(pool)
            continue
        lines.append(
            Line(
                id=f"spares of {pool}", kind=_SPARES, daily_kg=pieces * mass_kg,
                stock_kg=element.spares * mass_kg, keeps_d=math.inf,
                pieces_per_year=float(pieces.sum() / days * _YEAR_D),
            )
        )  # fmt: skip
    if unweighed:
        so = "their spares are not weighed"
        missing.append(Missing(of=", ".join(unweighed), what="mass of a spare", so=so))
    return lines


def _expected(fault: Fault, age_d: FloatArray) -> FloatArray:
    """Faults to be expected up to each age, each mended at once. [1]"""
    expected = fault.rate_per_year * age_d / _YEAR_D
    if fault.wear_out is not None:
        expected = expected + (age_d * DAY_S / fault.wear_out.life_s) ** fault.wear_out.shape
    return expected


def _standing(programme: Programme, scenario: Scenario) -> Iterator[Element]:
    for element in programme.elements.values():
        if element.site == scenario.site and not stays_on_earth(element):
            yield element


def _landed_d(programme: Programme, element: Element, begin: Any) -> float:
    """The day on which an element lands, from the begin; that of the begin if none is known."""
    ride = programme.ride_of(element)
    day_d = landing_day_d(programme, ride.id, begin) if ride is not None else None
    return 0.0 if day_d is None else day_d


def replacements(programme: Programme, scenario: Scenario, *, days: int) -> list[Replacement]:
    """Elements whose life ends within so many days from the scenario's start, earliest first."""
    begin = date_bounds(scenario.start).earliest
    rows = []
    for element in _standing(programme, scenario):
        since_d = _landed_d(programme, element, begin)
        while element.life_s and (since_d := since_d + element.life_s / DAY_S) < days:
            rows.append(
                Replacement(
                    element=element.id, kind=_BY_FACILITY[element.facility], day_d=since_d,
                    mass_kg=element.mass_kg,
                )
            )  # fmt: skip
    return sorted(rows, key=lambda row: (row.day_d, row.element))
