"""Runs of the step loop: one life of a station written down, or many of them summed up."""

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from ilrs.station.balance import TOLERANCE, EnergyBalanceError
from ilrs.station.kernel import run_lanes
from ilrs.station.lanes import BUS, ELEMENT, LANES, PART, SUMS, UNIT
from ilrs.station.rows import EVENTS, Forcing, StationArrays

__all__ = [
    "ELEMENT_RECORD", "STEP_RECORD", "BatchOutcome", "Record", "run_batch", "run_steps",
]  # fmt: skip

Rows: TypeAlias = npt.NDArray[np.void]
FloatArray: TypeAlias = npt.NDArray[np.float64]
IntArray: TypeAlias = npt.NDArray[np.int64]

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
STEP_RECORD = ("power_spilled_w", "power_lost_w", "keep_alive_unserved_w", "power_spared_w")


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What one run leaves."""

    elements: dict[str, FloatArray]  # of ELEMENT_RECORD: element, time
    steps: dict[str, FloatArray]  # of STEP_RECORD: time
    experiment_fraction: FloatArray  # experiment, time
    cable_w: FloatArray  # (to the parent, back), bus, time: sent into the cable of each bus
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
    """Rows of the loop at the start."""

    now: Rows  # element
    buses: Rows  # bus
    station: Rows  # one


def _start(arrays: StationArrays, start_k: FloatArray) -> _State:
    elements = arrays.elements
    now = np.zeros(elements.size, ELEMENT)
    first, names = arrays.modes[arrays.spans["first_mode"]], ELEMENT.names or ()
    begins = {
        "energy_wh": elements["start_wh"],
        "capacity_wh": elements["capacity_wh"],
        "temperature_k": np.where(elements["has_node"], start_k, 0.0),
        **dict.fromkeys(("health", "is_present", "is_alive"), np.ones(elements.size)),
        "lowest_margin_k": np.full(elements.size, np.inf),
        "lost_step": np.full(elements.size, -1),
        **{name: first[name] for name in first.dtype.names or () if name in names},
    }
    for field, values in begins.items():
        now[field] = values[:, None]
    state = _State(now=now, buses=np.zeros(arrays.buses.size, BUS), station=np.zeros(1, SUMS))
    for e, row in enumerate(elements):
        state.buses["energy_wh"][row["bus"]] += now["energy_wh"][e]
        state.buses["capacity_wh"][row["bus"]] += row["capacity_wh"]
    state.station["before_wh"] = now["energy_wh"].sum(axis=0)
    return state


@dataclass(frozen=True, slots=True, kw_only=True)
class _Years:
    """Sums over years."""

    working: FloatArray  # year, element, lane
    years: FloatArray  # year, (unserved Wh, bits sent, lowest charge), lane


@dataclass(frozen=True, slots=True, kw_only=True)
class _Written:
    """What is written down of the first lane."""

    places: IntArray  # place; quantity of the record, element, field
    record: FloatArray  # quantity, element, time
    steps: FloatArray  # of STEP_RECORD: time
    done: FloatArray  # experiment, time
    cables: FloatArray  # (up, down), bus, time


_NOTHING = _Written(
    places=np.zeros((0, 3), np.int64),
    record=np.zeros((0, 0, 0)),
    steps=np.zeros((0, 0)),
    done=np.zeros((0, 0)),
    cables=np.zeros((2, 0, 0)),
)


def _steady(arrays: StationArrays, forcing: Forcing, written: _Written) -> npt.NDArray[np.bool_]:
    """Of each bus, whether its elements ask for the same as long as nothing befalls them.

    None is while elements are written down one by one.
    """
    elements, spans = arrays.elements, arrays.spans
    changes = elements["has_node"] | elements["has_data"]
    changes |= spans["last_rule"] > spans["first_rule"]
    changes |= np.any(forcing.table, axis=0)[forcing.feeds["load_w"]]
    for rows in (arrays.links, arrays.experiments):
        changes[rows["element"]] = True
    steady = np.full(arrays.buses.size, not written.places.size)
    steady[elements["bus"][changes]] = False
    return steady


def _room(arrays: StationArrays) -> tuple[npt.NDArray[Any], ...]:
    """What the loop works in: made here, since each kind of array made within is compiled anew.

    Steered units, links served, experiments done, buses of a trial and a sum that counts nowhere;
    of each element what it wishes and the part of its store that time left; of each bus its least
    work and whether it was served as a whole.
    """
    elements, buses = arrays.elements.size, arrays.buses.size
    units = np.zeros(np.count_nonzero(arrays.elements["is_steered"]), UNIT)
    served, done = np.zeros(arrays.links.size, PART), np.zeros(arrays.experiments.size, PART)
    trial, nowhere = np.zeros(buses, BUS), np.zeros(1, SUMS)
    more, kept = np.zeros((elements, 2)), np.ones(elements)
    return units, served, done, trial, nowhere, more, kept, np.zeros(buses), np.zeros(buses, bool)


def _run(
    arrays: StationArrays,
    forcing: Forcing,
    state: _State,
    *,
    events: Rows,
    written: _Written,
    lanes: int,
    step_s: float,
    steps_per_year: int,
    reserve_state_of_charge: float,
    heater_margin_k: float,
) -> _Years:
    elements = arrays.elements.size
    years = -(-forcing.table.shape[0] // steps_per_year)
    sums = _Years(working=np.zeros((years, elements, lanes)), years=np.zeros((years, 3, lanes)))
    sums.years[:, 2] = np.inf
    stores = np.flatnonzero(arrays.elements["capacity_wh"] > 0.0)
    run_lanes(
        arrays.elements, arrays.buses, _steady(arrays, forcing, written), arrays.by_priority,
        stores, np.flatnonzero(arrays.elements["is_steered"]), arrays.links,
        arrays.experiments, arrays.askers, arrays.rules, arrays.modes, arrays.spans,
        forcing.table, forcing.feeds, forcing.links, forcing.plan, forcing.rules,
        events, state.now, state.buses, state.station,
        state.now.view(np.float64).reshape(elements, -1, LANES),
        written.places, written.record, written.steps, written.done, written.cables,
        sums.working, sums.years, _room(arrays),
        step_s, steps_per_year, reserve_state_of_charge, heater_margin_k, lanes,
    )  # fmt: skip
    return sums


def _worst(state: _State, lanes: int) -> FloatArray:
    """The worst residual of each lane, once all of them close; raises EnergyBalanceError."""
    worst: FloatArray = state.station["worst"][0, :lanes]
    if not (worst <= TOLERANCE).all():
        raise EnergyBalanceError(f"energy does not close in a step: residual {worst.max():.3g}")
    return worst


def _places(arrays: StationArrays) -> IntArray:
    """What can change in a run: quantity of the record, element, field of its row."""
    elements, spans = arrays.elements, arrays.spans
    changes = {
        "made_w": elements["has_source"],
        "heater_w": elements["has_node"],
        "energy_wh": elements["capacity_wh"] > 0.0,
        "temperature_k": elements["has_node"],
        "mode": spans["last_rule"] > spans["first_rule"],
        **dict.fromkeys(("made_bps", "sent_bit", "held_bit", "dropped_bit"), elements["has_data"]),
    }
    names, always = ELEMENT.names or (), np.ones(elements.size, np.bool_)
    places = [
        (quantity, e, names.index(field))
        for quantity, field in enumerate(ELEMENT_RECORD.values())
        for e in np.flatnonzero(changes.get(field, always))
    ]
    return np.array(places, dtype=np.int64)


def run_steps(
    arrays: StationArrays,
    forcing: Forcing,
    *,
    start_k: FloatArray,
    step_s: float,
    reserve_state_of_charge: float,
    heater_margin_k: float,
    events: Rows | None = None,
) -> Record:
    """The record of one life, step by step, in which `events` (of EVENTS, by step) befall lane 0.

    `start_k` is the nodes' first temperature; only keep-alive loads draw the stores below
    `reserve_state_of_charge`; heaters hold `heater_margin_k` above the minima. The caller answers
    for shapes and for finite numbers. Raises EnergyBalanceError where a step fails to close.
    """
    elements, steps = arrays.elements.size, forcing.table.shape[0]
    written = _Written(
        places=_places(arrays),
        record=np.zeros((len(ELEMENT_RECORD), elements, steps)),
        steps=np.zeros((len(STEP_RECORD), steps)),
        done=np.zeros((arrays.experiments.size, steps)),
        cables=np.zeros((2, arrays.buses.size if arrays.buses.size > 1 else 0, steps)),
    )
    state = _start(arrays, start_k)
    befalls = np.zeros(0, EVENTS) if events is None else events
    _run(
        arrays, forcing, state, events=befalls, written=written, lanes=1,
        step_s=step_s, steps_per_year=max(steps, 1),
        reserve_state_of_charge=reserve_state_of_charge, heater_margin_k=heater_margin_k,
    )  # fmt: skip
    kept = dict(zip(ELEMENT_RECORD, written.record, strict=True))
    kept["temperature_k"][~arrays.elements["has_node"]] = np.nan
    kept["data_sent_bps"] /= step_s
    whole = dict(zip(STEP_RECORD, written.steps, strict=True))
    whole["power_lost_w"] /= step_s / 3600.0
    return Record(
        elements=kept,
        steps=whole,
        experiment_fraction=written.done,
        cable_w=written.cables,
        elements_lost=int(state.now["is_lost"][:, 0].sum()),
        energy_residual=float(_worst(state, 1)[0]),
    )


def _outcome(sums: _Years, state: _State, steps: FloatArray) -> BatchOutcome:
    lanes = sums.years.shape[2]
    charge = sums.years[:, 2].T
    return BatchOutcome(
        lost_step=state.now["lost_step"][:, :lanes].T,
        working_fraction=sums.working.transpose(2, 0, 1) / steps[None, :, None],
        keep_alive_unserved_wh=sums.years[:, 0].T,
        data_sent_bit=sums.years[:, 1].T,
        lowest_state_of_charge=np.where(np.isfinite(charge), charge, np.nan),
        lowest_margin_k=state.now["lowest_margin_k"][:, :lanes].T,
        energy_residual=_worst(state, lanes),
    )


def run_batch(
    arrays: StationArrays,
    forcing: Forcing,
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
    steps = forcing.table.shape[0]
    years = -(-steps // steps_per_year)
    of_year = np.minimum(steps_per_year, steps - steps_per_year * np.arange(years)).astype(float)
    parts = []
    for first in range(0, lanes, LANES):
        count = min(LANES, lanes - first)
        mine = events[(events["lane"] >= first) & (events["lane"] < first + count)].copy()
        mine["lane"] -= first
        mine = mine[np.argsort(mine["step"], kind="stable")]
        state = _start(arrays, start_k)
        sums = _run(
            arrays, forcing, state, events=mine, written=_NOTHING, lanes=count, step_s=step_s,
            steps_per_year=steps_per_year, reserve_state_of_charge=reserve_state_of_charge,
            heater_margin_k=heater_margin_k,
        )  # fmt: skip
        parts.append(_outcome(sums, state, of_year))
    fields = BatchOutcome.__slots__
    return BatchOutcome(
        **{name: np.concatenate([getattr(part, name) for part in parts]) for name in fields}
    )
