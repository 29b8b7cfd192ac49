"""Whether the station lives on without any one of its partners: it is run without each of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, TypeAlias

import xarray as xr

from ilrs.cooperation.withdrawal import without
from ilrs.programme.entities import Element, Programme, Scenario
from ilrs.study.run import Run, figure
from ilrs.study.standing import standing_elements
from ilrs.study.workers import worked
from ilrs.study.worth import MEASURES, measures_of, partners_at, station_of

__all__ = [
    "StationLeft", "each_withdrawal", "lefts_of", "withdrawals_record", "withdrawals_table",
]  # fmt: skip

_DAY_S = 86400.0
_DATA = [name for name, _, _ in MEASURES].index("data")
Table: TypeAlias = tuple[Sequence[str], list[tuple[object, ...]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class StationLeft:
    """The station that one partner leaves behind, at the end of the scenario."""

    partner: str
    essential: tuple[str, ...]  # elements that it cannot do without, and that are still there
    lost: tuple[str, ...]  # of all elements that are left: not alive in the last day
    measures: tuple[float, ...]  # `worth.MEASURES`
    of_all: tuple[float, ...]  # the same with everybody

    @property
    def lives(self) -> bool:
        """Whether something essential is left, none of it is lost, and Earth still hears it."""
        return (
            bool(self.essential) and not self.is_silent and not set(self.essential) & set(self.lost)
        )

    @property
    def is_silent(self) -> bool:
        """Whether no data reach Earth that did with everybody."""
        return self.of_all[_DATA] > 0.0 and self.measures[_DATA] <= 0.0

    @property
    def why(self) -> str:
        """What the station dies of, or of what it loses while it lives; empty where of nothing."""
        if not self.essential:
            return "no essential element is left"
        told = [f"{', '.join(self.lost)} lost"] if self.lost else []
        return "; ".join([*told, "no data reach Earth"] if self.is_silent else told)


def each_withdrawal(
    programme: Programme,
    *,
    base: Run,
    workers: int | None = None,
    progress: Callable[[int], None] = lambda stations: None,
) -> list[StationLeft]:
    """What is left without each partner at work in the base run's scenario, in declared order.

    `base` is a run of the programme: its environment serves all stations. Crews are left out. The
    same for any number of `workers`; `progress` is told the stations run.
    """
    partners = partners_at(programme, base.scenario)
    everybody = _left((programme, base.scenario, base.environment), "")
    shared = (programme, base.scenario, base.environment)
    found = {}
    for count, left in enumerate(worked(_left, partners, shared=shared, workers=workers), 1):
        found[left.partner] = left
        progress(count)
    return [replace(found[partner], of_all=everybody.measures) for partner in partners]


def _left(shared: tuple[Programme, Scenario, xr.Dataset], partner: str) -> StationLeft:
    """The station without one partner; with everybody where it is empty."""
    programme, scenario, environment = shared
    rest = without(programme, [partner]) if partner else programme
    elements = standing_elements(rest, scenario)
    nothing = (0.0,) * len(MEASURES)
    if not elements:
        return StationLeft(partner=partner, essential=(), lost=(), measures=nothing, of_all=nothing)
    station = station_of(rest, scenario, elements, environment)
    return StationLeft(
        partner=partner, essential=tuple(e.id for e in elements if e.essential),
        lost=_lost(station, elements), measures=tuple(measures_of(station, elements).tolist()),
        of_all=nothing,
    )  # fmt: skip


def _lost(station: xr.Dataset, elements: Sequence[Element]) -> tuple[str, ...]:
    """Elements that did not live in any step of the last day."""
    steps = max(1, round(_DAY_S / float(station.attrs["step_s"])))
    alive = station["is_alive"].isel(time=slice(-steps, None)).max("time")
    return tuple(e.id for e in elements if not float(alive.sel(element=e.id)) > 0.0)


def lefts_of(record: Mapping[str, Any]) -> list[StationLeft]:
    """The rows of which `withdrawals_record` made plain data."""
    return [
        StationLeft(
            partner=row["partner"], essential=tuple(row["essential"]), lost=tuple(row["lost"]),
            measures=tuple(row["measures"]), of_all=tuple(row["of_all"]),
        )
        for row in record["partners"]
    ]  # fmt: skip


def withdrawals_table(rows: Sequence[StationLeft]) -> Table:
    """Each partner, whether the station lives without it, what is lost, and the measures left."""
    columns = ("without", "the station", "because", *(name for name, _, _ in MEASURES))
    return columns, [
        (
            row.partner, "lives" if row.lives else "dies", row.why,
            *(_kept(row, k) for k in range(len(MEASURES))),
        )
        for row in rows
    ]  # fmt: skip


def _kept(row: StationLeft, k: int) -> str:
    whole, unit = row.of_all[k], MEASURES[k][1]
    part = f" ({100.0 * row.measures[k] / whole:.0f} %)" if whole else ""
    return f"{figure(row.measures[k], unit)}{part}"


def withdrawals_record(rows: Sequence[StationLeft]) -> dict[str, Any]:
    """The rows as plain data for JSON, which `withdrawals_that_kill` is measured on."""
    return {
        "measures": [{"name": n, "unit": u, "meaning": text} for n, u, text in MEASURES],
        "partners": [{**asdict(row), "lives": row.lives, "why": row.why} for row in rows],
    }
