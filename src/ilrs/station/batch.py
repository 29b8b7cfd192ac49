"""Runs of the step loop: one life of a station written down, or many of them summed up."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from ilrs.station.arrays import StationArrays
from ilrs.station.balance import TOLERANCE, EnergyBalanceError
from ilrs.station.faults import EVENTS
from ilrs.station.forcing import Forcing
from ilrs.station.kernel import run_lanes
from ilrs.station.lanes import BUS_FIELDS, ELEMENT_FIELDS, LANE_FIELDS

__all__ = [
    "ELEMENT_RECORD", "LANES", "STEP_RECORD", "BatchOutcome", "Record", "run_batch",
    "run_steps",
]  # fmt: skip

Rows: TypeAlias = npt.NDArray[np.void]
FloatArray: TypeAlias = npt.NDArray[np.float64]
IntArray: TypeAlias = npt.NDArray[np.int64]

#: Lives that are run side by side: enough for the compiler, few enough for the cache.
LANES = 128

#: What a run leaves of each element and step, by the loop's name for it.
ELEMENT_RECORD = {
    "power_made_w": "made_w",
    "power_used_w": "used_w",
    "power_requested_w": "requested_w",
    "heater_power_w": "heater_w",
    "battery_energy_wh": "energy_wh",
    "temperature_k": "temperature_k",
    "is_alive": "is_alive",
    "is_working": "is_working",
    "mode": "mode",
    "data_made_bps": "made_bps",
    "data_sent_bps": "sent_bit",  # a step's worth
    "data_stored_bit": "held_bit",
    "data_dropped_bit": "dropped_bit",
}
#: What it leaves of each step.
STEP_RECORD = ("power_spilled_w", "power_lost_w", "keep_alive_unserved_w")


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What one run leaves."""

    elements: dict[str, FloatArray]  # of ELEMENT_RECORD: element, time
    steps: dict[str, FloatArray]  # of STEP_RECORD: time
    experiment_fraction: FloatArray  # experiment, time
    elements_lost: int
    energy_residual: float  # the worst of all steps, relative to the largest term of its balance


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchOutcome:
    """What many lives of a station come to; the first axis is the lane, one life each."""

    lost_step: IntArray  # lane, element; -1 where it never left the temperatures it survives
    working_fraction: FloatArray  # lane, year, element
    keep_alive_unserved_wh: FloatArray  # lane, year
    data_sent_bit: FloatArray  # lane, year
    lowest_state_of_charge: FloatArray  # lane, year; not a number where nothing stores energy
    lowest_margin_k: FloatArray  # lane, element; to the nearer end of what it survives
    energy_residual: FloatArray  # lane; the worst of all steps


@dataclass(frozen=True, slots=True, kw_only=True)
class _State:
    """Arrays of the loop for some lanes, at the start."""

    now: FloatArray  # element, field, lane
    buses: FloatArray  # bus, field, lane
    lanes: FloatArray  # field, lane


def _place(field: str) -> int:
    return ELEMENT_FIELDS.index(field)


def _start(arrays: StationArrays, start_k: FloatArray, lanes: int) -> _State:
    elements = arrays.elements
    now = np.zeros((elements.size, len(ELEMENT_FIELDS), lanes))
    first = arrays.modes[arrays.spans[:, 2]]
    begins = {
        "energy_wh": elements["start_wh"],
        "capacity_wh": elements["capacity_wh"],
        "temperature_k": np.where(elements["has_node"], start_k, 0.0),
        "health": np.ones(elements.size),
        "keep_w": first["keep_w"],
        "extra_w": first["extra_w"],
        "keep_bps": first["keep_bps"],
        "work_bps": first["work_bps"],
        "is_on": first["is_on"],
    }
    for field, values in begins.items():
        now[:, _place(field)] = values[:, None]
    state = _State(
        now=now,
        buses=np.zeros((arrays.buses.size, len(BUS_FIELDS), lanes)),
        lanes=np.zeros((len(LANE_FIELDS), lanes)),
    )
    for e, row in enumerate(elements):
        state.buses[row["bus"], BUS_FIELDS.index("energy_wh")] += now[e, _place("energy_wh")]
        state.buses[row["bus"], BUS_FIELDS.index("capacity_wh")] += row["capacity_wh"]
    state.lanes[LANE_FIELDS.index("before_wh")] = now[:, _place("energy_wh")].sum(axis=0)
    return state


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """A forcing as the loop reads it: time first, so that a step lies in one place."""

    made_w: FloatArray
    heat_w: FloatArray
    absorbed_w: FloatArray
    load_w: FloatArray
    sink_k: FloatArray
    link_open: FloatArray
    planned: FloatArray
    rules: FloatArray

    @classmethod
    def of(cls, forcing: Forcing) -> "Series":
        """The series of a forcing; heat of radioisotopes joins what the body takes in."""
        absorbed_w = forcing.absorbed_w + forcing.radioisotope_w
        rows = (
            forcing.made_w, forcing.generator_heat_w, absorbed_w, forcing.load_w,
            forcing.sink_k,
            forcing.link_open, forcing.planned_fraction, forcing.rule_open,
        )  # fmt: skip
        return cls(
            **dict(zip(cls.__slots__, (np.ascontiguousarray(r.T) for r in rows), strict=True))
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sums:
    lost_step: IntArray  # element, lane
    working: FloatArray  # year, element, lane
    margin_k: FloatArray  # element, lane
    years: FloatArray  # year, (unserved Wh, bits sent, lowest charge), lane


def _run(
    arrays: StationArrays,
    series: Series,
    state: _State,
    *,
    events: Rows,
    record: tuple[IntArray, FloatArray, FloatArray, FloatArray],
    step_s: float,
    steps_per_year: int,
    reserve_state_of_charge: float,
    heater_margin_k: float,
) -> _Sums:
    elements, lanes = arrays.elements.size, state.lanes.shape[1]
    years = -(-series.made_w.shape[0] // steps_per_year)
    sums = _Sums(
        lost_step=np.full((elements, lanes), -1),
        working=np.zeros((years, elements, lanes)),
        margin_k=np.full((elements, lanes), np.inf),
        years=np.zeros((years, 3, lanes)),
    )
    sums.years[:, 2] = np.inf
    stores = np.flatnonzero(arrays.elements["capacity_wh"] > 0.0)
    run_lanes(
        arrays.elements, arrays.buses, arrays.by_priority, stores, arrays.links,
        arrays.experiments, arrays.askers, arrays.rules, arrays.modes, arrays.spans,
        series.made_w, series.heat_w, series.absorbed_w, series.load_w, series.sink_k,
        series.link_open, series.planned, series.rules, events,
        state.now, state.buses, state.lanes, *record,
        sums.lost_step, sums.working, sums.margin_k, sums.years,
        step_s, steps_per_year, reserve_state_of_charge, heater_margin_k,
    )  # fmt: skip
    return sums


def _worst(state: _State) -> FloatArray:
    """The worst residual of each lane, once all of them close; raises EnergyBalanceError."""
    worst: FloatArray = state.lanes[LANE_FIELDS.index("worst")]
    if not (worst <= TOLERANCE).all():
        raise EnergyBalanceError(f"energy does not close in a step: residual {worst.max():.3g}")
    return worst


def run_steps(
    arrays: StationArrays,
    forcing: Forcing,
    *,
    start_k: FloatArray,
    step_s: float,
    reserve_state_of_charge: float,
    heater_margin_k: float,
) -> Record:
    """The record of one life, step by step.

    `start_k` is the nodes' first temperature; only keep-alive loads draw the stores below
    `reserve_state_of_charge`; heaters hold `heater_margin_k` above the minima. The caller answers
    for shapes and for finite numbers. Raises EnergyBalanceError where a step fails to close.
    """
    elements, steps = forcing.sink_k.shape
    record = (
        np.array([_place(field) for field in ELEMENT_RECORD.values()]),
        np.zeros((len(ELEMENT_RECORD), elements, steps)),
        np.zeros((len(STEP_RECORD), steps)),
        np.zeros((arrays.experiments.size, steps)),
    )
    state = _start(arrays, start_k, 1)
    _run(
        arrays, Series.of(forcing), state, events=np.zeros(0, EVENTS), record=record,
        step_s=step_s, steps_per_year=max(steps, 1),
        reserve_state_of_charge=reserve_state_of_charge, heater_margin_k=heater_margin_k,
    )  # fmt: skip
    kept = dict(zip(ELEMENT_RECORD, record[1], strict=True))
    kept["temperature_k"][~arrays.elements["has_node"]] = np.nan
    kept["data_sent_bps"] /= step_s
    whole = dict(zip(STEP_RECORD, record[2], strict=True))
    whole["power_lost_w"] /= step_s / 3600.0
    return Record(
        elements=kept,
        steps=whole,
        experiment_fraction=record[3],
        elements_lost=int(state.now[:, _place("is_lost")].sum()),
        energy_residual=float(_worst(state)[0]),
    )


def _outcome(sums: _Sums, worst: FloatArray, steps: FloatArray) -> BatchOutcome:
    charge = sums.years[:, 2].T
    return BatchOutcome(
        lost_step=sums.lost_step.T,
        working_fraction=sums.working.transpose(2, 0, 1) / steps[None, :, None],
        keep_alive_unserved_wh=sums.years[:, 0].T,
        data_sent_bit=sums.years[:, 1].T,
        lowest_state_of_charge=np.where(np.isfinite(charge), charge, np.nan),
        lowest_margin_k=sums.margin_k.T,
        energy_residual=worst,
    )


def run_batch(
    arrays: StationArrays,
    series: Series,
    *,
    events: Rows,
    lanes: int,
    start_k: FloatArray,
    step_s: float,
    steps_per_year: int,
    reserve_state_of_charge: float = 0.5,
    heater_margin_k: float = 5.0,
) -> BatchOutcome:
    """What `lanes` lives come to, each with its own `events` (of EVENTS, any order).

    A life is the same, bit for bit, alone and among any others. The last year may be a part of one.
    Raises EnergyBalanceError where a step of a life fails to close.
    """
    steps = series.made_w.shape[0]
    years = -(-steps // steps_per_year)
    of_year = np.minimum(steps_per_year, steps - steps_per_year * np.arange(years)).astype(float)
    nothing = (np.zeros(0, np.int64), np.zeros((0, 0, 0)), np.zeros((0, 0)), np.zeros((0, 0)))
    parts = []
    for first in range(0, lanes, LANES):
        count = min(LANES, lanes - first)
        mine = events[(events["lane"] >= first) & (events["lane"] < first + count)].copy()
        mine["lane"] -= first
        mine = mine[np.argsort(mine["step"], kind="stable")]
        state = _start(arrays, start_k, count)
        sums = _run(
            arrays, series, state, events=mine, record=nothing, step_s=step_s,
            steps_per_year=steps_per_year, reserve_state_of_charge=reserve_state_of_charge,
            heater_margin_k=heater_margin_k,
        )  # fmt: skip
        parts.append(_outcome(sums, _worst(state).copy(), of_year))
    fields = BatchOutcome.__slots__
    return BatchOutcome(
        **{name: np.concatenate([getattr(part, name) for part in parts]) for name in fields}
    )
