"""A plan's folder in operation: its true world drawn by a seed, and the loop of passes through it.

Faults strike as the elements declare them. What they take follows from the plan's own problem: a
failed element carries no session and is held by none, a source makes less, a sender sends less.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ilrs.foundation.errors import IlrsError
from ilrs.operations.board import passes_in
from ilrs.operations.execution import random_truth
from ilrs.operations.operating import Fault, Operated, Pass, operate
from ilrs.operations.problem import Store
from ilrs.operations.replanning import Replanned
from ilrs.programme.entities import Element, Experiment, Programme, Scenario
from ilrs.station.faults import fault_arrays, sample_faults
from ilrs.study.chain import in_scenario
from ilrs.study.planning_requests import instrument
from ilrs.study.planning_setting import Planned
from ilrs.study.standing import standing_elements, standing_experiments

__all__ = ["Operation", "World", "drawn_faults", "operation_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """How the world differs from the forecast: drawn by a seed, so often and so far."""

    seed: int = 1
    spread: float = 0.1  # of durations and inflows
    failures: float = 0.02  # part of sessions that give no result
    lost_passes: float = 0.05  # part of passes that bring nothing
    faults: float = 1.0  # how many times as often faults strike as declared


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """What came of a plan: as it was, as it stands at the end, its faults, log and passes."""

    before: Planned
    found: Operated
    faults: tuple[Fault, ...]


def operation_of(
    programme: Programme,
    planned: Planned,
    *,
    world: World,
    every_s: float | None = None,
    committed_s: float = 86400.0,
    rounds: int = 400,
    told: Callable[[Pass, Replanned | None], None] = lambda _, __: None,
) -> Operation:
    """What comes of a plan of this programme in a world drawn by a seed, replanned at every pass.

    Passes come every `every_s` where a link is open; as the plan's board has them where left out.
    IlrsError for a plan of another programme.
    """
    programme, then = _then(programme, planned)
    problem, board = planned.problem, planned.board
    if every_s is not None:
        passes_s = passes_in(
            board.contact, every_s=every_s, step_s=problem.step_s, span_s=problem.span_s
        )
        board = replace(board, passes_s=passes_s)
    planned = replace(planned, board=board)
    faults = drawn_faults(
        standing_elements(programme, then), standing_experiments(programme, then), planned,
        seed=world.seed, times=world.faults,
    )  # fmt: skip
    truth = random_truth(problem, seed=world.seed, spread=world.spread, failures=world.failures)
    chance = np.random.default_rng([world.seed, 1]).random(len(board.passes_s))
    lost = np.array(board.passes_s)[chance < world.lost_passes]
    found = operate(
        problem, planned.plan, replace(truth, lost_passes_s=frozenset(lost.tolist())), board=board,
        faults=faults, committed_s=committed_s, rounds=rounds, seed=world.seed, told=told,
    )  # fmt: skip
    return Operation(before=planned, found=found, faults=tuple(faults))


def _then(programme: Programme, planned: Planned) -> tuple[Programme, Scenario]:
    """The programme and the scenario of the plan's days. IlrsError for a plan of other files."""
    if planned.provenance.programme_sha256 != programme.sha256:
        raise IlrsError(
            f"the plan is one of {planned.provenance.programme}, whose files read otherwise now",
            "what can fail is taken from the files that the plan was made of",
            "Name the same folders as for `ilrs plan`, or plan again.",
        )
    standing, chosen = in_scenario(programme, planned.setting.scenario)
    days = {"start": planned.problem.epoch_utc, "end": planned.end_utc}
    return standing, chosen.model_copy(update=days)


def drawn_faults(
    elements: Sequence[Element],
    experiments: Sequence[Experiment],
    planned: Planned,
    *,
    seed: int,
    times: float,
) -> list[Fault]:
    """What breaks in the plan's days, by the elements' declared faults, so many times as often."""
    problem, declared = planned.problem, fault_arrays(elements, seed=seed)
    if times == 0.0 or not declared.rows.size:
        return []
    rows = declared.rows.copy()
    rows["rate_s"] *= times
    rows["life_s"] *= times ** (-1.0 / rows["shape"])
    sample = sample_faults(
        replace(declared, rows=rows), first_lane=0, lanes=1, steps=problem.slots,
        step_s=problem.step_s,
    )  # fmt: skip
    counts = sample.failures[0].tolist()
    struck = [name for name, count in zip(declared.names, counts, strict=True) if count]
    found = []
    for k, element in enumerate(elements):
        names = " or ".join(fault for id_, fault in struck if id_ == element.id)
        own = sample.events[sample.events["element"] == k]
        ends = [*own["step"].tolist(), problem.slots][1:]
        for row, end in zip(own, ends, strict=True):
            if row["health"] < 1.0 and end > row["step"]:
                takes = _taken(element, experiments, planned, left=float(row["health"]))
                found.append(
                    Fault(
                        element=element.id, what=names, start_s=float(row["step"]) * problem.step_s,
                        end_s=float(end) * problem.step_s, takes=dict(takes),
                    )
                )  # fmt: skip
    return sorted(found, key=lambda fault: (fault.start_s, fault.element))


def _taken(
    element: Element, experiments: Sequence[Experiment], planned: Planned, *, left: float
) -> Iterator[tuple[str, np.ndarray]]:
    """What a fault takes of each resource, slot by slot, where it leaves so much ability."""
    board = planned.board
    held = {instrument(one) for one in experiments if one.element == element.id} | {element.id}
    for resource in planned.problem.resources:
        if resource.name in held and left == 0.0:
            yield resource.name, np.ones(planned.problem.slots)
        elif element.id in board.makes_w and resource.name == board.energy.get(element.id):
            yield resource.name, (1.0 - left) * np.array(board.makes_w[element.id])
        elif resource.name == f"DATA of {element.id}" and isinstance(resource, Store):
            yield resource.name, (1.0 - left) * np.maximum(resource.inflow, 0.0)
