"""What partners are worth to the station: it is run again without them, or with some of them only.

Each coalition of partners gets the station that its members alone would have: their elements at the
site, joined and linked as declared, their relays, and the experiments that they own and host. All
stand under the same sky, computed once.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import xarray as xr

from ilrs.cooperation.shapley import Coalition, Shares, exact_shares, sampled_shares
from ilrs.cooperation.withdrawal import Orphans, orphans, without
from ilrs.foundation.errors import IlrsError
from ilrs.programme.entities import Element, Programme, Scenario
from ilrs.station.forcing import idle_plan
from ilrs.station.simulate import simulate
from ilrs.study.chain import plan_research, run_programme
from ilrs.study.run import Run, Verdict
from ilrs.study.standing import standing_elements, standing_experiments
from ilrs.study.workers import worked

__all__ = [
    "MEASURES", "Change", "Withdrawal", "changes", "measures_of", "partner_shares", "partners_at",
    "station_of", "withdrawal",
]  # fmt: skip

FloatArray: TypeAlias = npt.NDArray[np.float64]

#: What a coalition's station is measured by: name, unit, meaning.
MEASURES = (
    ("research", "h", "hours of experiments run"),
    ("life", "h", "hours in which an element's keep-alive load is served, summed over elements"),
    ("data", "Gbit", "data that reach Earth"),
)
_EXACT_UP_TO = 10  # partners: 1,024 stations


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One requirement in two runs: with partners and without, or without a proposal and with."""

    requirement: str
    unit: str
    before: float | None
    after: float | None
    held: bool | None
    holds: bool | None
    why: str  # of the later run

    @property
    def breaks(self) -> bool:
        """Whether it held before and does not hold any more."""
        return self.held is True and self.holds is False

    @property
    def changed(self) -> bool:
        """Whether the number or the answer is another one."""
        return self.before != self.after or self.held != self.holds


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawal:
    """What partners take with them: changed verdicts, and what others own that hangs in the air."""

    partners: tuple[str, ...]
    changes: tuple[Change, ...]
    orphans: Orphans


def withdrawal(programme: Programme, partners: Sequence[str], *, base: Run) -> Withdrawal:
    """What changes in the run's verdicts without these partners; `base` is the run with them.

    Raises IlrsError for an unknown partner.
    """
    run = run_programme(without(programme, partners), scenario=base.scenario.id)
    return Withdrawal(
        partners=tuple(partners),
        changes=tuple(c for c in changes(base, run) if c.changed),
        orphans=orphans(programme, partners),
    )


def changes(before: Run, after: Run) -> tuple[Change, ...]:
    """Every requirement of the later run, beside what it was in the earlier one if it stood there.

    A requirement that only the earlier run has is left out.
    """
    was = {verdict.requirement: verdict for verdict in before.verdicts}
    return tuple(_change(was.get(v.requirement), v) for v in after.verdicts)


def _change(before: Verdict | None, after: Verdict) -> Change:
    return Change(
        requirement=after.requirement, unit=after.unit,
        before=before.measured if before else None, after=after.measured,
        held=before.holds if before else None, holds=after.holds, why=after.why,
    )  # fmt: skip


def partners_at(programme: Programme, scenario: Scenario) -> list[str]:
    """The partners with an element, an experiment or a relay at work there, in declared order."""
    elements = standing_elements(programme, scenario)
    owners = {e.owner for e in elements}
    owners |= {e.owner for e in standing_experiments(programme, scenario)}
    via = {link.via for e in elements for link in e.links}
    owners |= {programme.missions[key].owner for key in via if key in programme.missions}
    return [partner for partner in programme.partners if partner in owners]


def partner_shares(
    programme: Programme,
    *,
    base: Run,
    most_error: float = 0.02,
    seed: int = 1,
    workers: int | None = None,
    progress: Callable[[int], None] = lambda stations: None,
) -> Shares:
    """Each partner's Shapley share of `MEASURES`, in their units.

    `base` is a run of the programme: its environment serves all coalitions. Exact for up to ten
    partners at work, else sampled until no standard error is over `most_error` of the whole. The
    same for any number of `workers`. `progress` is told the stations run.
    """
    partners = partners_at(programme, base.scenario)
    if not partners:
        raise IlrsError(
            f"nobody is at work at {base.scenario.site} in the scenario {base.scenario.id}",
            "shares are of partners with an element, an experiment or a relay there",
            "Choose another scenario with --scenario.",
        )
    shared = (programme, base.scenario, base.environment, tuple(partners))
    stations = 0

    def worths(coalitions: Sequence[Coalition]) -> FloatArray:
        nonlocal stations
        rows = np.empty((len(coalitions), len(MEASURES)))
        tasks = list(enumerate(coalitions))
        for number, row in worked(_worth, tasks, shared=shared, workers=workers):
            rows[number] = row
            stations += 1
            progress(stations)
        return rows

    if len(partners) <= _EXACT_UP_TO:
        return exact_shares(partners, worths)
    return sampled_shares(partners, worths, most_error=most_error, seed=seed)


def _worth(
    shared: tuple[Programme, Scenario, xr.Dataset, tuple[str, ...]], task: tuple[int, Coalition]
) -> tuple[int, FloatArray]:
    """The measures of one coalition's station, with its number."""
    programme, scenario, environment, partners = shared
    number, coalition = task
    # Who works nowhere at the site stays in: it changes nothing there.
    reduced = without(programme, [p for p in partners if p not in coalition])
    elements = standing_elements(reduced, scenario)
    if not elements:
        return number, np.zeros(len(MEASURES))
    return number, _measures(reduced, scenario, elements, environment)


def _measures(
    programme: Programme, scenario: Scenario, elements: list[Element], environment: xr.Dataset
) -> FloatArray:
    """Hours of research, hours of life and data returned of one station."""
    return measures_of(station_of(programme, scenario, elements, environment), elements)


def station_of(
    programme: Programme, scenario: Scenario, elements: list[Element], environment: xr.Dataset
) -> xr.Dataset:
    """The station Dataset of these elements with the experiments that stand on them."""
    experiments = standing_experiments(programme, scenario)
    plan = idle_plan(environment)
    if experiments:
        plan = plan_research(elements, experiments, environment, scenario, load=None)
    return simulate(elements, experiments, environment=environment, plan=plan)


def measures_of(station: xr.Dataset, elements: Sequence[Element]) -> FloatArray:
    """`MEASURES` of a station of these elements."""
    step_h = float(station.attrs["step_s"]) / 3600.0
    living = [e.id for e in elements if "keep_alive" in e.modes]
    return np.array(
        [
            float(station["experiment_fraction"].sum()) * step_h,
            float(station["is_alive"].sel(element=living).sum()) * step_h,
            float(station.attrs["data_sent_bit"]) / 1e9,
        ]
    )
