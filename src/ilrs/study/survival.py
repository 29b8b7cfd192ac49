"""How likely a station lives for years with nobody there, what kills it, what one more would buy.

Thousands of lives of the scenario's station are run, each with its own faults. Changes (an element
that never breaks, a spare more, a unit more) are run on the same lives, so that only what the
change does makes a difference.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from ilrs.foundation.chance import wilson_interval
from ilrs.foundation.errors import IlrsError
from ilrs.foundation.provenance import Provenance
from ilrs.foundation.time import parse_utc, tdb_from_utc
from ilrs.programme.entities import Element, Programme, Scenario
from ilrs.programme.fault_rules import spares_pool
from ilrs.sky.sky import open_sky
from ilrs.station.faults import FaultArrays, fault_arrays
from ilrs.station.lives import Design, design_of, live, relive
from ilrs.station.tally import Pairs, Question, Tally, added, added_pairs, compare, tally
from ilrs.study.chain import in_scenario
from ilrs.study.judge import limit_in_unit
from ilrs.study.metrics import metric_of
from ilrs.study.standing import notes, standing_elements
from ilrs.study.workers import worked
from ilrs.study.years import years_environment

__all__ = [
    "CHUNK", "NEVER_BREAKS", "ONE_SPARE", "ONE_UNIT", "Chance", "Change", "Survival",
    "SurvivalVerdict", "asked_year", "chance_of", "longest_asked", "survive", "verdicts_of",
    "visits_s", "with_one_more",
]  # fmt: skip

#: Lives of one task: what the loop runs side by side.
CHUNK = 128
SURVIVAL = "survival_probability"  # the metric that is judged here
NEVER_BREAKS, ONE_SPARE, ONE_UNIT = "never breaks", "one spare more", "one unit more"
IntArray: TypeAlias = npt.NDArray[np.int64]
Said: TypeAlias = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Something done to a design, and what the same lives came to with it."""

    element: str
    what: str
    pairs: Pairs


@dataclass(frozen=True, slots=True, kw_only=True)
class Survival:
    """What many lives of a programme's station came to."""

    programme: Programme
    scenario: Scenario
    years: int
    asked: int  # lives asked for; less were lived where it was stopped
    tally: Tally
    changes: tuple[Change, ...]
    essential: tuple[str, ...]
    provenance: Provenance
    not_asked: tuple[str, ...] = ()  # requirements that lives do not keep the numbers of
    notes: tuple[str, ...] = ()

    @property
    def chances(self) -> list["Chance"]:
        """How likely the station is alive at the end of each year."""
        return [chance_of(alive, self.tally.lives) for alive in self.tally.alive]

    @property
    def holds(self) -> bool:
        """Whether every requirement of level `must` on survival surely holds."""
        return all(v.holds is True for v in verdicts_of(self) if v.level == "must")


@dataclass(frozen=True, slots=True)
class Chance:
    """A probability as counted, with its 95 % interval by Wilson's score."""

    value: float
    low: float
    high: float


def chance_of(successes: int, lives: int) -> Chance:
    """The chance that so many of the lives show."""
    low, high = wilson_interval(successes, lives)
    return Chance(successes / lives, float(low), float(high))


@dataclass(frozen=True, slots=True, kw_only=True)
class SurvivalVerdict:
    """A requirement on survival: it holds, or fails, where the whole interval says so."""

    requirement: str
    text: str
    year: int
    chance: Chance | None  # None where lives are shorter
    limit: float
    level: str
    holds: bool | None  # None: open, more lives would tell


def verdicts_of(survival: Survival) -> list[SurvivalVerdict]:
    """The verdicts on the programme's requirements of survival that this scenario is asked."""
    found = []
    for id_, requirement in survival.programme.requirements.items():
        if requirement.metric != SURVIVAL or requirement.scenario not in (
            None, survival.scenario.id,
        ):  # fmt: skip
            continue
        _, limit = limit_in_unit(requirement.limit, "1")
        year = asked_year(requirement.of)
        chance = survival.chances[year - 1] if year <= survival.years else None
        holds = None
        if chance is not None and (chance.low >= limit or chance.high < limit):
            holds = chance.low >= limit
        found.append(
            SurvivalVerdict(
                requirement=id_, text=requirement.text, year=year, chance=chance, limit=limit,
                level=requirement.level, holds=holds,
            )
        )  # fmt: skip
    return found


def longest_asked(programme: Programme) -> int:
    """The last year that a requirement of survival asks for; ten where none does."""
    asked = (r.of for r in programme.requirements.values() if r.metric == SURVIVAL)
    return max((asked_year(of) for of in asked), default=10)


def asked_year(of: str) -> int:
    """The year that a requirement such as '10 y' asks for. Raises IlrsError for another text."""
    years = of.removesuffix("y").strip()
    if not years.isdecimal() or int(years) < 1:
        raise IlrsError(
            f"{of!r} is no number of years",
            "survival is asked for at the end of a whole year",
            "Write for instance `of: 10 y`.",
        )
    return int(years)


@dataclass(frozen=True, slots=True)
class _Base:
    """What every task on the station as declared needs; `variants` differ from it in faults."""

    design: Design
    variants: tuple[FaultArrays, ...]
    questions: tuple[Question, ...]
    lives: int
    pairs: int


@dataclass(frozen=True, slots=True)
class _Told:
    first_lane: int
    tally: Tally
    pairs: tuple[Pairs, ...]  # of each variant
    end_step: IntArray


@dataclass(frozen=True, slots=True)
class _Twin:
    """A station with one unit more, and when its lives ended without it: by first lane."""

    design: Design
    ends: dict[int, IntArray]


def _base_task(base: _Base, first_lane: int) -> _Told:
    lanes = min(CHUNK, base.lives - first_lane)
    lives = live(base.design, first_lane=first_lane, lanes=lanes)
    variants = base.variants if first_lane < base.pairs else ()
    pairs = tuple(
        compare(base.design, lives.end_step, relive(replace(base.design, faults=f), lives).end_step)
        for f in variants
    )
    told = tally(base.design, lives, questions=base.questions)
    return _Told(first_lane, told, pairs, lives.end_step)


def _twin_task(twin: _Twin, first_lane: int) -> Pairs:
    ends = twin.ends[first_lane]
    lives = live(twin.design, first_lane=first_lane, lanes=ends.size)
    return compare(twin.design, ends, lives.end_step)


def survive(
    programme: Programme,
    *,
    scenario: str | None = None,
    years: int = 10,
    lives: int = 10_000,
    pairs: int = 512,
    workers: int | None = None,
    scheduler: str | None = None,
    terrain: Sequence[Path] = (),
    command: str = "ilrs survive",
    progress: Callable[[str], None] = lambda step: None,
    said: Said = lambda done, total: None,
) -> Survival:
    """What `lives` lives of `years` years came to, from the scenario's start.

    Changes are compared over about the first `pairs` lives (0 for none). The numbers do not depend
    on how many `workers` there are, nor on whether a dask `scheduler` does the work. Stopped by the
    keyboard, it answers with the lives that are done. Research is left out: it yields first.
    Raises IlrsError for what a user can mend.
    """
    if lives < 1:
        raise IlrsError(f"{lives} lives", "at least one is lived", "Name a number from 1 on.")
    programme, chosen = in_scenario(programme, scenario)
    elements = standing_elements(programme, chosen)
    sky = open_sky()
    environment, inputs = years_environment(
        programme, chosen, elements, years=years, sky=sky, terrain=terrain, progress=progress
    )
    progress("lives")
    steps = environment.sizes["time"] // years
    options: dict[str, Any] = {"seed": chosen.seed, "visits_s": visits_s(chosen)}
    fly = partial(worked, workers=workers, scheduler=scheduler)
    asked, left_out = _questions(programme, chosen)
    changed = _fault_changes(elements) if pairs else []
    base = _Base(
        design=design_of(elements, environment=environment, steps_per_year=steps, **options),
        variants=tuple(fault_arrays(station, **options) for _, _, station in changed),
        questions=asked, lives=lives, pairs=pairs,
    )  # fmt: skip
    told = _until_stopped(fly(_base_task, range(0, lives, CHUNK), shared=base), said, lives)
    changes = [
        Change(element=id_, what=what, pairs=added_pairs(t.pairs[k] for t in told if t.pairs))
        for k, (id_, what, _) in enumerate(changed)
    ]
    ends = {t.first_lane: t.end_step for t in told if t.first_lane < pairs}
    whole = sum(t.tally.lives for t in told) == lives
    for id_, station in _unit_changes(elements) if pairs and whole else []:
        progress(f"{id_}: {ONE_UNIT}")
        design = design_of(station, environment=environment, steps_per_year=steps, **options)
        found = fly(_twin_task, sorted(ends), shared=_Twin(design, ends))
        changes.append(Change(element=id_, what=ONE_UNIT, pairs=added_pairs(found)))
    return Survival(
        programme=programme, scenario=chosen, years=years, asked=lives,
        tally=added(t.tally for t in told), changes=tuple(changes),
        essential=tuple(e.id for e in elements if e.essential), not_asked=left_out,
        provenance=Provenance(
            programme=programme.name, programme_sha256=programme.sha256, command=command,
            seed=chosen.seed, ephemeris=sky.ephemeris.name, orientation=sky.orientation.name,
            inputs_sha256=inputs,
        ),
        notes=notes(programme, chosen),
    )  # fmt: skip


def _until_stopped(results: Iterator[_Told], said: Said, lives: int) -> list[_Told]:
    """What the tasks tell, until all are done or somebody stops it, by first lane."""
    told: list[_Told] = []
    try:
        for one in results:
            told.append(one)
            said(sum(t.tally.lives for t in told), lives)
    except KeyboardInterrupt:
        if not told:
            raise
    return sorted(told, key=lambda one: one.first_lane)


def visits_s(scenario: Scenario) -> list[tuple[float, float]]:
    """Begin and end of the scenario's crew visits, from its start. [s]"""
    start_s, *edges_s = (
        float(tdb_from_utc(parse_utc(utc)))
        for utc in (scenario.start, *(u for v in scenario.crew_visits for u in (v.start, v.end)))
    )
    since_s = [edge_s - start_s for edge_s in edges_s]
    return list(zip(since_s[::2], since_s[1::2], strict=True))


def _fault_changes(elements: Sequence[Element]) -> list[tuple[str, str, list[Element]]]:
    """Stations in which one element never breaks, or has one spare more."""
    taken = {
        spares_pool(element, fault.repair)
        for element in elements
        for fault in element.faults
        if fault.repair is not None
    }
    found = []
    for k, element in enumerate(elements):
        options: list[tuple[str, dict[str, Any]]]
        options = [(NEVER_BREAKS, {"faults": ()})] if element.faults else []
        if element.id in taken:
            options.append((ONE_SPARE, {"spares": element.spares + 1}))
        for what, update in options:
            changed = element.model_copy(update=update)
            found.append((element.id, what, [*elements[:k], changed, *elements[k + 1 :]]))
    return found


def _unit_changes(elements: Sequence[Element]) -> list[tuple[str, list[Element]]]:
    """Stations with one more of what makes or stores power."""
    return [
        (element.id, with_one_more(elements, element))
        for element in elements
        if element.array or element.generator or element.storage
    ]


def with_one_more(elements: Sequence[Element], element: Element) -> list[Element]:
    """A station with one more of an element, with faults of its own; it need not keep both."""
    count = sum(other.id.startswith(f"{element.id}+") for other in elements)
    twin = element.model_copy(update={"id": f"{element.id}+{count + 1}", "essential": False})
    return [*elements, twin]


def _questions(
    programme: Programme, scenario: Scenario
) -> tuple[tuple[Question, ...], tuple[str, ...]]:
    """What of the requirements can be asked of each year of a life, and which of them cannot."""
    asked, left_out = [], []
    for id_, requirement in programme.requirements.items():
        if requirement.scenario not in (None, scenario.id):
            continue
        unit = metric_of(requirement.metric).unit
        comparison, limit = limit_in_unit(requirement.limit, unit)
        if requirement.metric == SURVIVAL:
            continue
        question = _question(id_, requirement.metric, comparison, limit)
        if question is None:
            left_out.append(id_)
        else:
            asked.append(question)
    return tuple(asked), tuple(left_out)


def _question(id_: str, metric: str, comparison: Any, limit: float) -> Question | None:
    """A metric of a run as a question to each year; None where lives do not keep what it asks."""
    if metric == "lowest_state_of_charge":
        return Question(id_, "lowest_state_of_charge", comparison, limit)
    if metric == "elements_lost":
        return Question(id_, "elements_lost", comparison, limit)
    if metric == "data_returned_gbit":
        return Question(id_, "data_sent_bit", comparison, limit * 1e9)
    if metric == "keep_alive_unserved_h" and limit == 0.0:
        return Question(id_, "keep_alive_unserved_wh", comparison, 0.0)
    return None
