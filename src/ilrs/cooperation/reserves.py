"""Whether what declared launches can land keeps the station in supplies, and with what reserve.

Each launch's free mass is shared so that what lasts the shortest lasts as long as can be (no other
sharing gives a longer reserve at the launch after it). The reserve at a launch is what is left on
that day if it is lost.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from ilrs.cooperation.campaign import Campaign, Carrier
from ilrs.cooperation.dates import date_bounds, days_between
from ilrs.cooperation.flights import Flights, Missing
from ilrs.cooperation.supplies import Line, Replacement, lines_of_supply, replacements
from ilrs.foundation.time import DAY_S, JULIAN_YEAR_S
from ilrs.programme.entities import Programme, Scenario

__all__ = ["Delivery", "Outlook", "Reserve", "Shortage", "YearRow", "deliveries", "outlook"]

FloatArray: TypeAlias = npt.NDArray[np.float64]

_YEAR_D = JULIAN_YEAR_S / DAY_S
_SLACK_KG = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A launch with room for supplies, on a day from the begin; below 0 before it."""

    launch: str
    day_d: float
    landed_kg: float
    free_kg: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Reserve:
    """What is left on the day of a launch if that launch is lost."""

    launch: str
    day_d: float
    left_d: float  # days until the first line of supply runs out
    first_out: str
    until_next_d: float  # days to the launch after it, or to the end

    @property
    def is_enough(self) -> bool:
        """Whether it lasts to the next launch."""
        return self.left_d >= self.until_next_d


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortage:
    """The first day on which something runs out, and what landed before it would mend it."""

    day_d: float
    line: str
    until_d: float  # the next launch, or the end
    lacks_kg: dict[str, float]  # by line, to that day


@dataclass(frozen=True, slots=True, kw_only=True)
class YearRow:
    """One year from the begin on: what it uses by class, and what launches can land."""

    year: int
    used_kg: dict[str, float]
    replaced_kg: float  # of elements whose life ends, where they declare a mass
    landed_kg: float
    free_kg: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """Supplies over years: use, launches, reserves at each launch, the first shortage."""

    begin: Any  # datetime64
    years: int
    lines: tuple[Line, ...]
    deliveries: tuple[Delivery, ...]
    given_kg: dict[str, dict[str, float]]  # by launch and line
    reserves: tuple[Reserve, ...]
    shortage: Shortage | None
    rows: tuple[YearRow, ...]
    replaced: tuple[Replacement, ...]
    missing: tuple[Missing, ...] = field(default=())

    @property
    def least_reserve_d(self) -> float | None:
        """The fewest days of supplies left when a launch is lost; 0 where they run out anyway.

        All the days, where the loss of any one launch leaves enough to the end. None where nothing
        is declared to be used.
        """
        if not any(line.daily_kg.any() for line in self.lines):
            return None
        if self.shortage is not None:
            return 0.0
        worst = self.worst
        return self.years * _YEAR_D if worst is None else worst.left_d

    @property
    def worst(self) -> Reserve | None:
        """The launch whose loss leaves the fewest days; None where each leaves enough."""
        short = [reserve for reserve in self.reserves if reserve.first_out]
        return min(short, key=lambda reserve: reserve.left_d, default=None)

    @property
    def overdrawn(self) -> tuple[YearRow, float, float] | None:
        """The first year up to which more is asked for than launches have free, and both masses.

        Asked for are supplies beyond their stock, and elements whose lives end. None where there is
        no such year.
        """
        asked_kg, free_kg = -sum(line.stock_kg for line in self.lines), 0.0
        for row in self.rows:
            asked_kg += sum(row.used_kg.values()) + row.replaced_kg
            free_kg += row.free_kg
            if asked_kg > free_kg + _SLACK_KG:
                return row, asked_kg, free_kg
        return None


def deliveries(flights: Flights, plan: Campaign, *, begin: Any) -> list[Delivery]:
    """Every launch of the flights with what the plan leaves free on it, in order of days."""
    taken_kg = {(n.carrier, round(n.day_d, 3)): n.mass_kg for n in plan.landings}
    shift_d = days_between(begin, flights.epoch)
    found = [
        Delivery(
            launch=_name(carrier, k), day_d=day_d + shift_d, landed_kg=carrier.landed_kg,
            free_kg=carrier.landed_kg - taken_kg.get((carrier.id, round(day_d, 3)), 0.0),
        )
        for carrier in flights.carriers
        for k, day_d in (
            (k, carrier.first_d + k * carrier.interval_d) for k in range(carrier.launches)
        )
    ]  # fmt: skip
    return sorted(found, key=lambda d: (d.day_d, d.launch))


def _name(carrier: Carrier, k: int) -> str:
    return carrier.id if carrier.launches == 1 else f"{carrier.id} {k + 1}"


def outlook(
    programme: Programme,
    scenario: Scenario,
    launches: Sequence[Delivery],
    *,
    years: int = 10,
) -> Outlook:
    """Supplies of the station for so many years from the scenario's start, by these launches."""
    days = round(years * _YEAR_D)
    begin = date_bounds(scenario.start).earliest
    lines, missing = lines_of_supply(programme, scenario, days=days)
    coming = [d for d in launches if d.day_d < days]
    book = _Book(lines, days)
    given, reserves = {}, []
    shortage = None
    for delivery, after in zip_longest(coming, coming[1:]):
        if lines and delivery.day_d >= 0.0:
            next_d = after.day_d if after is not None else float(days)
            reserves.append(book.reserve(delivery, next_d))
            shortage = shortage or book.shortage(until_d=delivery.day_d)
        given[delivery.launch] = book.fill(delivery)
    shortage = shortage or book.shortage(until_d=float(days))
    replaced = replacements(programme, scenario, days=days)
    return Outlook(
        begin=begin, years=years, lines=tuple(lines), deliveries=tuple(coming), given_kg=given,
        reserves=tuple(reserves), shortage=shortage,
        rows=tuple(_years(years, lines, coming, replaced)), replaced=tuple(replaced),
        missing=tuple(missing),
    )  # fmt: skip


class _Book:
    """What has been used of each line up to each day, and what has been supplied so far. [kg]"""

    def __init__(self, lines: Sequence[Line], days: int) -> None:
        self.lines, self.days = lines, days
        used = [line.used_kg() for line in lines]
        self.used_kg = np.array(used).reshape(len(lines), days + 1)
        self.keeps_d = np.array([line.keeps_d for line in lines])
        stock_kg = np.array([line.stock_kg for line in lines])
        # what does not keep until it is wanted is no reserve
        self.supplied_kg = np.minimum(stock_kg, self._used_by(self.keeps_d))

    def _used_by(self, day_d: FloatArray) -> FloatArray:
        """What each line has used by a day of its own; nothing before the begin. [kg]"""
        at = np.clip(day_d, 0.0, self.days)
        grid = np.arange(self.days + 1.0)
        return np.array([np.interp(d, grid, row) for d, row in zip(at, self.used_kg, strict=True)])

    def _out_d(self) -> FloatArray:
        """The first day on which each line lacks something; infinite where it lasts. [d]"""
        lacks = self.used_kg[:, 1:] > self.supplied_kg[:, None] + _SLACK_KG
        out_d: FloatArray = np.where(lacks.any(axis=1), lacks.argmax(axis=1), math.inf)
        return out_d

    def reserve(self, delivery: Delivery, next_d: float) -> Reserve:
        """What is left on the day of a launch, before it lands."""
        out_d = self._out_d()
        first = int(out_d.argmin())
        left_d = min(float(out_d[first]), float(self.days)) - delivery.day_d
        return Reserve(
            launch=delivery.launch, day_d=delivery.day_d, left_d=max(left_d, 0.0),
            first_out=self.lines[first].id if np.isfinite(out_d[first]) else "",
            until_next_d=next_d - delivery.day_d,
        )  # fmt: skip

    def fill(self, delivery: Delivery) -> dict[str, float]:
        """Shares a launch's free mass so that all lines last to one day, as late as can be. [kg]"""
        caps_kg = self._used_by(delivery.day_d + self.keeps_d)

        def wanted_kg(day: int) -> FloatArray:
            until_kg = np.minimum(self.used_kg[:, day], caps_kg)
            kg: FloatArray = np.maximum(until_kg - self.supplied_kg, 0.0)
            return kg

        low, high = 0, self.days  # the last day that the free mass is enough for lies between
        while low < high:
            middle = (low + high + 1) // 2
            if wanted_kg(middle).sum() <= delivery.free_kg:
                low = middle
            else:
                high = middle - 1
        share_kg = wanted_kg(low)
        if low < self.days:
            more_kg = wanted_kg(low + 1) - share_kg
            if more_kg.sum() > 0.0 and share_kg.sum() <= delivery.free_kg:
                share_kg += more_kg * (delivery.free_kg - share_kg.sum()) / more_kg.sum()
        self.supplied_kg = self.supplied_kg + share_kg
        return {
            line.id: float(kg)
            for line, kg in zip(self.lines, share_kg, strict=True)
            if kg > _SLACK_KG
        }

    def shortage(self, *, until_d: float) -> Shortage | None:
        """What runs out before a day; None where nothing does."""
        out_d = self._out_d()
        if not len(out_d) or out_d.min() >= until_d:
            return None
        day = min(math.ceil(until_d), self.days)
        lacks_kg = np.maximum(self.used_kg[:, day] - self.supplied_kg, 0.0)
        first = int(out_d.argmin())
        return Shortage(
            day_d=float(out_d[first]), line=self.lines[first].id, until_d=until_d,
            lacks_kg={
                line.id: float(kg)
                for line, kg in zip(self.lines, lacks_kg, strict=True)
                if kg > _SLACK_KG
            },
        )  # fmt: skip


def _years(
    years: int, lines: Sequence[Line], coming: Sequence[Delivery],
    replaced: Sequence[Replacement],
) -> list[YearRow]:  # fmt: skip
    """A row for each year from the begin on; the first one holds what landed before it too."""
    rows = []
    for k in range(years):
        first, last = round(k * _YEAR_D), round((k + 1) * _YEAR_D)
        used: dict[str, float] = {}
        for line in lines:
            kg = float(line.daily_kg[first:last].sum())
            used[line.kind] = used.get(line.kind, 0.0) + kg
        here = [d for d in coming if (first if k else -math.inf) <= d.day_d < last]
        rows.append(
            YearRow(
                year=k + 1, used_kg={kind: kg for kind, kg in used.items() if kg > 0.0},
                replaced_kg=sum(r.mass_kg or 0.0 for r in replaced if first <= r.day_d < last),
                landed_kg=sum(d.landed_kg for d in here), free_kg=sum(d.free_kg for d in here),
            )
        )  # fmt: skip
    return rows
