"""A proposal judged by the station that runs with it and without it.

Both runs have the same sky, scenario and seed, so that all that differs between them is the
proposal's doing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from ilrs.programme.entities import Programme
from ilrs.study.book_research import hours_by_experiment
from ilrs.study.chain import run_programme
from ilrs.study.run import Run
from ilrs.study.worth import MEASURES, Change, changes

__all__ = ["Judged", "Own", "Turn", "judge_proposal", "measures_by_partner"]

FloatArray: TypeAlias = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """What one element or experiment of the proposal does in the run with it."""

    id: str
    stands: bool  # whether it is at the site that is run
    wanted_h: float = 0.0  # of an experiment, as the next three
    planned_h: float = 0.0
    run_h: float = 0.0
    blocked_by: str = ""
    energy_wh: float = 0.0  # that it used
    alive: float = 0.0  # part of the time that its keep-alive load was served, of an element
    sent_bit: float = 0.0  # that reached Earth
    held_bit: float = 0.0  # that wait in its store at the end


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One partner's share of what the station does, in the units of `MEASURES`."""

    partner: str
    without: tuple[float, ...]
    with_it: tuple[float, ...]

    @property
    def gains(self) -> tuple[float, ...]:
        """What the partner has more with the proposal; less where it is below 0."""
        return tuple(b - a for a, b in zip(self.without, self.with_it, strict=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """All that a proposal changes."""

    partners: tuple[str, ...]  # whose proposal it is
    changes: tuple[Change, ...]  # every requirement; `before` is without the proposal
    own: tuple[Own, ...]
    turns: tuple[Turn, ...]  # of all partners with something at the station
    notes: tuple[str, ...]  # of the run with it, that the run without it has not

    @property
    def worth(self) -> tuple[float, ...]:
        """What the whole station does more with the proposal, in the units of `MEASURES`."""
        return tuple(sum(gains) for gains in zip(*(t.gains for t in self.turns), strict=True))

    @property
    def losers(self) -> tuple[Turn, ...]:
        """Other partners that do less with the proposal in some measure."""
        # Under a thousandth of a unit (3.6 s, 1 Mbit) it is the rounding of sums.
        return tuple(
            t for t in self.turns if t.partner not in self.partners and min(t.gains) < -1e-3
        )


def judge_proposal(
    base: Programme,
    proposed: Programme,
    *,
    scenario: str | None = None,
    progress: Callable[[str], None] = lambda step: None,
) -> Judged:
    """What changes from `base` to `proposed`, which is the base with a proposal laid over it.

    Runs both, the base's first scenario where none is named. Raises IlrsError for what a user can
    mend.
    """
    progress("without it")
    without = run_programme(base, scenario=scenario)
    progress("with it")
    with_it = run_programme(proposed, scenario=without.scenario.id)
    return Judged(
        partners=_whose(base, proposed),
        changes=changes(without, with_it),
        own=tuple(_own(base, with_it)),
        turns=_turns(without, with_it),
        notes=tuple(note for note in with_it.notes if note not in without.notes),
    )


def _whose(base: Programme, proposed: Programme) -> tuple[str, ...]:
    """The partners that declare something new."""
    new = [c.partner for k, c in proposed.contributions.items() if k not in base.contributions]
    new += [e.owner for k, e in proposed.elements.items() if k not in base.elements]
    new += [e.owner for k, e in proposed.experiments.items() if k not in base.experiments]
    new += [m.owner for k, m in proposed.missions.items() if k not in base.missions]
    new += [k for k in proposed.partners if k not in base.partners]
    return tuple(key for key in proposed.partners if key in new)


def measures_by_partner(run: Run) -> dict[str, FloatArray]:
    """What each partner's experiments and elements do in a run, in the units of `MEASURES`.

    Hours belong to the experiment's owner, life and data to the element's: a host sends its
    guests' data. The sum over partners is what the whole station does.
    """
    found: dict[str, FloatArray] = {}
    step_h = float(run.environment.attrs["step_s"]) / 3600.0
    station, programme = run.station, run.programme

    def _add(owner: str, measure: int, amount: float) -> None:
        found.setdefault(owner, np.zeros(len(MEASURES)))[measure] += amount

    hours = station["experiment_fraction"].sum("time").values * step_h
    for key, amount in zip(station["experiment"].values.tolist(), hours.tolist(), strict=True):
        _add(programme.experiments[key].owner, 0, amount)
    alive_h = station["is_alive"].sum("time").values * step_h
    sent_gbit = station["data_sent_bps"].sum("time").values * step_h * 3600.0 / 1e9
    ids = station["element"].values.tolist()
    for key, life, sent in zip(ids, alive_h.tolist(), sent_gbit.tolist(), strict=True):
        element = programme.elements[key]
        _add(element.owner, 1, life if "keep_alive" in element.modes else 0.0)
        _add(element.owner, 2, sent)
    return found


def _turns(without: Run, with_it: Run) -> tuple[Turn, ...]:
    before, after = measures_by_partner(without), measures_by_partner(with_it)
    nothing = np.zeros(len(MEASURES))
    return tuple(
        Turn(
            partner=key, without=tuple(before.get(key, nothing).tolist()),
            with_it=tuple(after.get(key, nothing).tolist()),
        )
        for key in with_it.programme.partners
        if key in before or key in after
    )  # fmt: skip


def _own(base: Programme, run: Run) -> list[Own]:
    """The elements and experiments that the base does not have, in declared order."""
    programme = run.programme
    elements = [_own_element(run, k) for k in programme.elements if k not in base.elements]
    return elements + [
        _own_experiment(run, k) for k in programme.experiments if k not in base.experiments
    ]


def _own_element(run: Run, key: str) -> Own:
    if key not in run.station["element"].values:
        return Own(id=key, stands=False)
    here = run.station.sel(element=key)
    step_h = float(run.environment.attrs["step_s"]) / 3600.0
    return Own(
        id=key, stands=True, alive=float(here["is_alive"].mean()),
        energy_wh=float(here["power_used_w"].sum()) * step_h,
        sent_bit=float(here["data_sent_bps"].sum()) * step_h * 3600.0,
        held_bit=float(here["data_stored_bit"][-1]),
    )  # fmt: skip


def _own_experiment(run: Run, key: str) -> Own:
    experiment = run.programme.experiments[key]
    hours = hours_by_experiment(run).get(key)
    if hours is None:
        return Own(id=key, stands=False, wanted_h=experiment.wanted_s / 3600.0)
    return Own(
        id=key, stands=True, wanted_h=hours.wanted_h, planned_h=hours.planned_h,
        run_h=hours.done_h, blocked_by=str(run.plan["blocked_by"].sel(experiment=key).item()),
        energy_wh=experiment.power_w * hours.done_h,
    )  # fmt: skip
