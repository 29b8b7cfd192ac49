"""Many lives of one station: what was lost in each, when and by what, and how two designs differ.

A life ends when the first of the essential elements is lost: it left the temperatures it survives,
or it is off and nothing declared can bring it back.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import xarray as xr

from ilrs.foundation.errors import IlrsError
from ilrs.programme.entities import Element
from ilrs.station.arrays import station_arrays
from ilrs.station.batch import BatchOutcome, run_batch
from ilrs.station.faults import FaultArrays, FaultSample, fault_arrays, sample_faults
from ilrs.station.forcing import idle_plan, station_forcing
from ilrs.station.limits import check_elements
from ilrs.station.rows import Forcing, StationArrays
from ilrs.station.simulate import first_temperatures_k

__all__ = [
    "BY_TEMPERATURE", "NEVER", "Design", "Lives", "design_of", "lanes_that_differ", "live",
    "relive",
]  # fmt: skip

BoolArray: TypeAlias = npt.NDArray[np.bool_]
FloatArray: TypeAlias = npt.NDArray[np.float64]
IntArray: TypeAlias = npt.NDArray[np.int64]
Rows: TypeAlias = npt.NDArray[np.void]

#: Causes that are no row of the declared faults.
NEVER, BY_TEMPERATURE = -1, -2


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """A station ready to be lived: its arrays, what acts on it, what may break."""

    ids: tuple[str, ...]  # of the elements
    arrays: StationArrays
    forcing: Forcing
    faults: FaultArrays
    start_k: FloatArray
    essential: BoolArray  # element
    step_s: float
    steps: int
    steps_per_year: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Lives:
    """What some lanes came to; the first axis is the lane."""

    first_lane: int
    sample: FaultSample
    outcome: BatchOutcome
    lost_step: IntArray  # lane, element; -1 for never
    cause: IntArray  # lane, element; a row of the faults, BY_TEMPERATURE or NEVER
    end_step: IntArray  # lane; -1 where it lived through
    ended_by: IntArray  # lane; the essential element that was lost first, or -1


def design_of(
    elements: Sequence[Element],
    *,
    environment: xr.Dataset,
    seed: int,
    steps_per_year: int,
    visits_s: Sequence[tuple[float, float]] = (),
) -> Design:
    """The design of a station without research, in an environment of many years.

    Raises IlrsError where it cannot be run, or where no element is declared essential.
    """
    check_elements(elements, site=str(environment.attrs.get("site", "")))
    if not any(element.essential for element in elements):
        raise IlrsError(
            f"no element at {environment.attrs.get('site', 'the site')} is essential",
            "a station lives while none of its essential elements is lost",
            "Add `essential: true` to those that it cannot do without.",
        )
    step_s = float(environment.attrs["step_s"])
    arrays = station_arrays(elements, (), step_s=step_s)
    forcing = station_forcing(elements, (), environment=environment, plan=idle_plan(environment))
    return Design(
        ids=tuple(element.id for element in elements),
        arrays=arrays,
        forcing=forcing,
        faults=fault_arrays(elements, seed=seed, visits_s=visits_s),
        start_k=first_temperatures_k(arrays, forcing.sink_k),
        essential=np.array([element.essential for element in elements]),
        step_s=step_s,
        steps=environment.sizes["time"],
        steps_per_year=steps_per_year,
    )


def live(design: Design, *, first_lane: int, lanes: int) -> Lives:
    """The lives of lanes `first_lane` and on; each is the same however they are divided."""
    sample = _sample(design, first_lane=first_lane, lanes=lanes)
    return _lives(design, sample, _run(design, sample.events, lanes), first_lane=first_lane)


def relive(design: Design, former: Lives) -> Lives:
    """The lives of the same lanes where only faults or spares of the design are others.

    Those lanes run again in which something else befalls the station.
    """
    lanes = former.end_step.size
    sample = _sample(design, first_lane=former.first_lane, lanes=lanes)
    again = np.flatnonzero(lanes_that_differ(sample.events, former.sample.events, lanes=lanes))
    outcome = former.outcome
    if again.size:
        events = sample.events[np.isin(sample.events["lane"], again)].copy()
        events["lane"] = np.searchsorted(again, events["lane"])
        outcome = _with_lanes(outcome, again, _run(design, events, again.size))
    return _lives(design, sample, outcome, first_lane=former.first_lane)


def lanes_that_differ(events: Rows, others: Rows, *, lanes: int) -> BoolArray:
    """Whether other things, or things at another time, befall each of the lanes."""
    counts = [np.bincount(rows["lane"], minlength=lanes) for rows in (events, others)]
    differs: BoolArray = counts[0] != counts[1]
    # Where the counts agree, both tables have the same rows in the same order or do not.
    one, two = (
        rows[np.lexsort((rows["element"], rows["step"], rows["lane"]))]
        for rows in (chosen[~differs[chosen["lane"]]] for chosen in (events, others))
    )
    differs[one["lane"][one != two]] = True
    return differs


def _with_lanes(outcome: BatchOutcome, lanes: IntArray, fresh: BatchOutcome) -> BatchOutcome:
    changed = {}
    for field in fields(BatchOutcome):
        values = getattr(outcome, field.name).copy()
        values[lanes] = getattr(fresh, field.name)
        changed[field.name] = values
    return replace(outcome, **changed)


def _sample(design: Design, *, first_lane: int, lanes: int) -> FaultSample:
    return sample_faults(
        design.faults, first_lane=first_lane, lanes=lanes, steps=design.steps, step_s=design.step_s
    )


def _run(design: Design, events: Rows, lanes: int) -> BatchOutcome:
    return run_batch(
        design.arrays, design.forcing, events=events, lanes=lanes, start_k=design.start_k,
        step_s=design.step_s, steps_per_year=design.steps_per_year,
    )  # fmt: skip


def _lives(design: Design, sample: FaultSample, outcome: BatchOutcome, *, first_lane: int) -> Lives:
    far = np.iinfo(np.int64).max
    frozen = np.where(outcome.lost_step < 0, far, outcome.lost_step)
    gone = np.where(sample.gone_step < 0, far, sample.gone_step)
    lost = np.minimum(frozen, gone)
    cause = np.where(gone <= frozen, sample.gone_fault, BY_TEMPERATURE)
    vital = np.where(design.essential[None, :], lost, far)
    end, ended_by = vital.min(axis=1), vital.argmin(axis=1)
    return Lives(
        first_lane=first_lane,
        sample=sample,
        outcome=outcome,
        lost_step=np.where(lost == far, -1, lost),
        cause=np.where(lost == far, NEVER, cause),
        end_step=np.where(end == far, -1, end),
        ended_by=np.where(end == far, -1, ended_by),
    )
