"""The step loop of a station, compiled: arithmetic on flat arrays, no names, no allocation.

It carries the formulas of `storage`, `heat` and `data` in scalar form (the tests hold the two
against each other step by step), because a compiled function that is cached on disk must not depend
on other files: numba renews the cache only when this file changes. For the same reason compiled
functions take plain arrays, no classes of ours: a cache that names a class gone since cannot load.
"""

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from numba import njit

from ilrs.station.arrays import EXPERIMENT, LINK, WORK, StationArrays
from ilrs.station.forcing import Forcing

__all__ = ["ELEMENT_RECORD", "STEP_RECORD", "Record", "run_steps"]

Rows: TypeAlias = npt.NDArray[np.void]
FloatArray: TypeAlias = npt.NDArray[np.float64]
#: One row of a structured array inside compiled code, where fields are attributes.
Row: TypeAlias = Any

_HOUR_S = 3600.0

#: What a run leaves of each element and step.
ELEMENT_RECORD = np.dtype(
    [
        ("power_made_w", "f8"),
        ("power_used_w", "f8"),
        ("power_requested_w", "f8"),
        ("heater_power_w", "f8"),
        ("battery_energy_wh", "f8"),
        ("temperature_k", "f8"),
        ("is_working", "f8"),
        ("data_made_bps", "f8"),
        ("data_sent_bps", "f8"),
        ("data_stored_bit", "f8"),
        ("data_dropped_bit", "f8"),
    ]
)
#: What a run leaves of each step.
STEP_RECORD = np.dtype(
    [("power_spilled_w", "f8"), ("power_lost_w", "f8"), ("keep_alive_unserved_w", "f8")]
)
#: An element now: the first four fields go on to the next step, the rest is decided within one.
_NOW = np.dtype(
    [
        ("energy_wh", "f8"),
        ("temperature_k", "f8"),
        ("held_bit", "f8"),
        ("is_lost", "?"),
        ("made_w", "f8"),
        ("own_heat_w", "f8"),  # without electric power
        ("requested_w", "f8"),
        ("used_w", "f8"),
        ("heater_w", "f8"),
        ("made_bps", "f8"),
        ("sent_bit", "f8"),
        ("dropped_bit", "f8"),
        ("is_alive", "?"),  # keep-alive fully served
        ("is_able", "?"),  # alive, and within the operating temperatures
        ("is_busy", "?"),  # has work or a planned experiment
        ("is_working", "?"),
    ],
    align=True,
)
_NOW_LINK = np.dtype([("open_fraction", "f8"), ("is_served", "?")], align=True)  # of the step
_NOW_RESEARCH = np.dtype([("planned", "f8"), ("done", "f8")])


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What a run leaves; the first axis is time."""

    elements: Rows  # time, element; of ELEMENT_RECORD
    steps: Rows  # time; of STEP_RECORD
    experiment_fraction: FloatArray  # time, experiment


@njit(cache=True)
def _end_k(size: Row, start_k: float, heat_w: float, sink_k: float) -> float:
    end_k: float = sink_k + (start_k - sink_k) * size.left_fraction + heat_w * size.gain_k_w
    return end_k


@njit(cache=True)
def _heater_w(size: Row, start_k: float, heat_w: float, sink_k: float, hold_k: float) -> float:
    """Heater power that brings the node to `hold_k` by the end of the step, within its limit."""
    if not size.has_node:
        return 0.0
    short_k = hold_k - _end_k(size, start_k, heat_w, sink_k)
    power_w: float = min(max(short_k / size.gain_k_w, 0.0), size.heater_power_w)
    return power_w


@njit(cache=True)
def _deliverable_w(size: Row, energy_wh: float, reserve: float, step_h: float) -> float:
    above_wh = max(energy_wh - max(reserve * size.capacity_wh, size.floor_wh), 0.0)
    power_w: float = min(size.discharge_power_w, above_wh * size.discharge_efficiency / step_h)
    return power_w


@njit(cache=True)
def _all_deliverable_w(sizes: Rows, now: Rows, reserve: float, step_h: float) -> float:
    total = 0.0
    for e in range(now.size):
        total += _deliverable_w(sizes[e], now[e].energy_wh, reserve, step_h)
    return total


@njit(cache=True)
def _begin(sizes: Rows, now: Rows, made_w: FloatArray, generator_heat_w: FloatArray) -> float:
    """Brings in what is made and lets the stores leak; gives the energy lost [Wh]."""
    leak_wh = 0.0
    for e in range(now.size):
        row, size = now[e], sizes[e]
        alive = 0.0 if row.is_lost else 1.0  # what is lost makes nothing
        row.made_w = alive * made_w[e]
        row.own_heat_w = size.radioisotope_heat_w + alive * generator_heat_w[e]
        row.requested_w = row.used_w = row.heater_w = 0.0
        row.made_bps = row.sent_bit = row.dropped_bit = 0.0
        row.is_alive = row.is_able = row.is_working = False
        row.is_busy = size.has_work
        leak = row.energy_wh * (1.0 - size.kept_fraction)
        row.energy_wh -= leak
        leak_wh += leak
    return leak_wh


@njit(cache=True)
def _look_up(
    links: Rows, experiments: Rows, now: Rows, now_links: Rows, now_research: Rows,
    link_open: FloatArray, planned: FloatArray,
) -> None:  # fmt: skip
    """Brings in for what part of the step links are open and what is planned."""
    for link in range(links.size):
        now_links[link].open_fraction = link_open[link]
        now_links[link].is_served = False
    for x in range(experiments.size):
        now_research[x].planned = planned[x]
        now_research[x].done = 0.0
        if planned[x] > 0.0:
            now[experiments[x].element].is_busy = True


@njit(cache=True)
def _keep_alive(
    sizes: Rows, by_priority: npt.NDArray[np.int64], now: Rows, supply_w: float, sink_k: float,
    margin_k: float,
) -> float:  # fmt: skip
    """Serves keep-alive loads and survival heaters by priority; gives what went unserved [W]."""
    unserved = 0.0
    for position in range(by_priority.size):
        e = by_priority[position]
        row, size = now[e], sizes[e]
        if row.is_lost:
            continue
        heat_w = row.own_heat_w + size.keep_alive_w
        hold_k = size.survival_minimum_k + margin_k
        heater_w = _heater_w(size, row.temperature_k, heat_w, sink_k, hold_k)
        row.requested_w = size.keep_alive_w + heater_w
        row.used_w = min(row.requested_w, supply_w)
        supply_w -= row.used_w
        unserved += row.requested_w - row.used_w
        row.heater_w = min(heater_w, max(row.used_w - size.keep_alive_w, 0.0))
        row.is_alive = row.used_w >= row.requested_w
        warm, cool = size.operating_minimum_k, size.operating_maximum_k
        in_range = not size.has_node or warm <= row.temperature_k <= cool
        row.is_able = row.is_alive and in_range
    return unserved


@njit(cache=True)
def _work(size: Row, row: Row, left_w: float, sink_k: float, margin_k: float) -> float:
    """An element's work and the heat it needs for it, or its warming up; gives power taken [W]."""
    too_warm = size.has_node and row.temperature_k > size.operating_maximum_k
    if not row.is_alive or too_warm:
        return 0.0
    extra_w = size.work_extra_w if row.is_able else 0.0
    heater_w = 0.0
    if row.is_busy:
        heat_w = row.own_heat_w + size.keep_alive_w + extra_w
        hold_k = size.operating_minimum_k + margin_k
        # Work's own heat may make up for a part; the survival heater's power is already served.
        wanted_w = _heater_w(size, row.temperature_k, heat_w, sink_k, hold_k)
        heater_w = max(wanted_w - row.heater_w, 0.0)
    row.requested_w += extra_w + heater_w
    if extra_w + heater_w > left_w:
        return 0.0
    row.used_w += extra_w + heater_w
    row.heater_w += heater_w
    row.is_working = row.is_able
    return extra_w + heater_w


@njit(cache=True)
def _research(size: Row, row: Row, fraction: float, left_w: float) -> float:
    """One experiment, whole or not at all; gives the part of the step in which it ran."""
    if fraction <= 0.0 or not row.is_able:
        return 0.0
    power_w = size.power_w * fraction
    row.requested_w += power_w
    if not row.is_working or power_w > left_w:
        return 0.0
    row.used_w += power_w
    row.made_bps += size.data_bps * fraction
    return fraction


@njit(cache=True)
def _ask(
    sizes: Rows, links: Rows, experiments: Rows, askers: Rows, now: Rows, now_links: Rows,
    now_research: Rows, left_w: float, sink_k: float, margin_k: float,
) -> None:  # fmt: skip
    """Serves all that asks for power beyond keep-alive, in its order; what does not fit is shed.

    A link's power is set aside for the part of the step in which it is open; what it does not use
    goes to the stores.
    """
    for position in range(askers.size):
        kind, index = askers[position].kind, askers[position].index
        if kind == WORK:
            left_w -= _work(sizes[index], now[index], left_w, sink_k, margin_k)
        elif kind == EXPERIMENT:
            size, research = experiments[index], now_research[index]
            research.done = _research(size, now[size.element], research.planned, left_w)
            left_w -= size.power_w * research.done
        elif kind == LINK:
            size, link = links[index], now_links[index]
            power_w = size.power_w * link.open_fraction
            is_open = link.open_fraction > 0.0 and now[size.element].is_alive
            link.is_served = is_open and power_w <= left_w
            if link.is_served:
                left_w -= power_w


@njit(cache=True)
def _move_data(sizes: Rows, links: Rows, now: Rows, now_links: Rows, step_s: float) -> None:
    """Makes, hands over, sends and drops bits; a link draws power for the part it is used."""
    for e in range(now.size):
        row, size = now[e], sizes[e]
        if row.is_alive:
            row.made_bps += size.work_bps if row.is_working else size.keep_alive_bps
        row.held_bit += row.made_bps * step_s
    for e in range(now.size):
        row, size = now[e], sizes[e]
        if size.gateway >= 0 and row.is_alive and now[size.gateway].is_alive:
            handed = min(row.held_bit, size.gateway_bps * step_s)
            row.held_bit -= handed
            now[size.gateway].held_bit += handed
    for index in range(links.size):
        link = links[index]
        row = now[link.element]
        most_bit = link.rate_bps * step_s * now_links[index].open_fraction
        if most_bit <= 0.0 or not row.is_alive:
            continue
        sent = min(row.held_bit, most_bit)
        power_w = link.power_w * sent / (link.rate_bps * step_s)
        row.requested_w += power_w
        if now_links[index].is_served:
            row.used_w += power_w
            row.held_bit -= sent
            row.sent_bit += sent
    for e in range(now.size):
        row = now[e]
        row.dropped_bit = max(row.held_bit - sizes[e].data_store_bit, 0.0)
        row.held_bit -= row.dropped_bit


@njit(cache=True)
def _acceptable_w(size: Row, row: Row, step_h: float) -> float:
    if row.is_lost:
        return 0.0
    room_wh = max(size.capacity_wh - row.energy_wh, 0.0)
    power_w: float = min(size.charge_power_w, room_wh / (size.charge_efficiency * step_h))
    return power_w


@njit(cache=True)
def _charge(sizes: Rows, now: Rows, surplus_w: float, step_h: float) -> tuple[float, float]:
    """Shares a surplus among the stores by what each can take; gives spilled [W] and lost [Wh]."""
    most_w = 0.0
    for e in range(now.size):
        most_w += _acceptable_w(sizes[e], now[e], step_h)
    share = min(surplus_w / most_w, 1.0) if most_w > 0.0 else 0.0
    lost_wh = 0.0
    for e in range(now.size):
        taken_wh = share * _acceptable_w(sizes[e], now[e], step_h) * step_h
        stored_wh = taken_wh * sizes[e].charge_efficiency
        now[e].energy_wh += stored_wh
        lost_wh += taken_wh - stored_wh
    return max(surplus_w - share * most_w, 0.0), lost_wh


@njit(cache=True)
def _discharge(sizes: Rows, now: Rows, deficit_w: float, reserve: float, step_h: float) -> float:
    """Takes a deficit from the stores, above their reserve first; gives the energy lost [Wh]."""
    upper_w = _all_deliverable_w(sizes, now, reserve, step_h)
    lower_w = _all_deliverable_w(sizes, now, 0.0, step_h) - upper_w
    upper = min(deficit_w / upper_w, 1.0) if upper_w > 0.0 else 0.0
    rest_w = deficit_w - upper * upper_w
    lower = min(rest_w / lower_w, 1.0) if lower_w > 0.0 else 0.0
    lost_wh = 0.0
    for e in range(now.size):
        above_w = _deliverable_w(sizes[e], now[e].energy_wh, reserve, step_h)
        below_w = _deliverable_w(sizes[e], now[e].energy_wh, 0.0, step_h) - above_w
        given_wh = (upper * above_w + lower * below_w) * step_h
        drawn_wh = given_wh / sizes[e].discharge_efficiency
        now[e].energy_wh -= drawn_wh
        lost_wh += drawn_wh - given_wh
    return lost_wh


@njit(cache=True)
def _warm(sizes: Rows, now: Rows, sink_k: float) -> float:
    """Ends the step for every node; gives the energy of stores lost with their element [Wh]."""
    lost_wh = 0.0
    for e in range(now.size):
        row, size = now[e], sizes[e]
        if not size.has_node:
            continue
        row.temperature_k = _end_k(size, row.temperature_k, row.own_heat_w + row.used_w, sink_k)
        bears = size.survival_minimum_k <= row.temperature_k <= size.survival_maximum_k
        if not row.is_lost and not bears:
            row.is_lost = True
            lost_wh += row.energy_wh
            row.dropped_bit += row.held_bit
            row.energy_wh = row.held_bit = 0.0
    return lost_wh


@njit(cache=True)
def _note(now: Rows, now_research: Rows, record: Rows, done: FloatArray, step_s: float) -> None:
    for e in range(now.size):
        row, kept = now[e], record[e]
        kept.power_made_w = row.made_w
        kept.power_used_w = row.used_w
        kept.power_requested_w = row.requested_w
        kept.heater_power_w = row.heater_w
        kept.battery_energy_wh = row.energy_wh
        kept.temperature_k = row.temperature_k
        kept.is_working = 1.0 if row.is_working else 0.0
        kept.data_made_bps = row.made_bps
        kept.data_sent_bps = row.sent_bit / step_s
        kept.data_stored_bit = row.held_bit
        kept.data_dropped_bit = row.dropped_bit
    for x in range(now_research.size):
        done[x] = now_research[x].done


@njit(cache=True)
def _made_and_used_w(now: Rows) -> tuple[float, float]:
    made, used = 0.0, 0.0
    for e in range(now.size):
        made += now[e].made_w
        used += now[e].used_w
    return made, used


@njit(cache=True)
def _run(
    sizes: Rows, by_priority: npt.NDArray[np.int64], links: Rows, experiments: Rows, askers: Rows,
    made_w: FloatArray, generator_heat_w: FloatArray, sink_k: FloatArray,
    link_open: FloatArray, planned: FloatArray,
    record: Rows, record_steps: Rows, done: FloatArray, now: Rows, now_links: Rows,
    now_research: Rows, step_s: float, reserve: float, margin_k: float,
) -> None:  # fmt: skip
    step_h = step_s / _HOUR_S
    for k in range(sink_k.size):
        lost_wh = _begin(sizes, now, made_w[:, k], generator_heat_w[:, k])
        _look_up(links, experiments, now, now_links, now_research, link_open[:, k], planned[:, k])
        made, _ = _made_and_used_w(now)
        supply_w = made + _all_deliverable_w(sizes, now, 0.0, step_h)
        unserved_w = _keep_alive(sizes, by_priority, now, supply_w, sink_k[k], margin_k)
        _, kept_alive_w = _made_and_used_w(now)
        left_w = made + _all_deliverable_w(sizes, now, reserve, step_h) - kept_alive_w
        _ask(
            sizes, links, experiments, askers, now, now_links, now_research,
            max(left_w, 0.0), sink_k[k], margin_k,
        )  # fmt: skip
        _move_data(sizes, links, now, now_links, step_s)
        _, used = _made_and_used_w(now)
        spilled_w = 0.0
        if made >= used:
            spilled_w, leak_wh = _charge(sizes, now, made - used, step_h)
        else:
            leak_wh = _discharge(sizes, now, used - made, reserve, step_h)
        lost_wh += leak_wh + _warm(sizes, now, sink_k[k])
        record_steps[k].power_spilled_w = spilled_w
        record_steps[k].power_lost_w = lost_wh / step_h
        record_steps[k].keep_alive_unserved_w = unserved_w
        _note(now, now_research, record[k], done[k], step_s)


def _heat_w(sizes: Rows, forcing: Forcing) -> FloatArray:
    """Heat from outside, with what an element's own sink differs from the first one's. [W]

    The loop knows one sink; UA x difference as heat leads to the same temperatures.
    """
    loss_w_k = np.zeros(sizes.size)
    np.divide(
        1.0 - sizes["left_fraction"], sizes["gain_k_w"], out=loss_w_k, where=sizes["has_node"]
    )
    through_w = loss_w_k[:, None] * (forcing.sink_k - forcing.sink_k[0])
    decayed_w = forcing.radioisotope_w - sizes["radioisotope_heat_w"][:, None]
    heat_w = forcing.generator_heat_w + decayed_w + forcing.absorbed_w + through_w
    return np.asarray(heat_w)


def run_steps(
    arrays: StationArrays,
    forcing: Forcing,
    *,
    start_k: FloatArray,
    step_s: float,
    reserve_state_of_charge: float,
    heater_margin_k: float,
) -> tuple[Record, int]:
    """The record of all steps and the number of elements lost.

    `start_k` is the nodes' first temperature; only keep-alive loads draw the stores below
    `reserve_state_of_charge`; heaters hold `heater_margin_k` above the minima. The caller answers
    for shapes and for finite numbers.
    """
    elements, steps = forcing.sink_k.shape
    record = Record(
        elements=np.zeros((steps, elements), ELEMENT_RECORD),
        steps=np.zeros(steps, STEP_RECORD),
        experiment_fraction=np.zeros((steps, arrays.experiments.size)),
    )
    now = np.zeros(elements, _NOW)
    now["energy_wh"], now["temperature_k"] = arrays.elements["start_wh"], start_k
    _run(
        arrays.elements, arrays.by_priority, arrays.links, arrays.experiments, arrays.askers,
        forcing.made_w, _heat_w(arrays.elements, forcing), forcing.sink_k[0], forcing.link_open,
        forcing.planned_fraction, record.elements, record.steps, record.experiment_fraction, now,
        np.zeros(arrays.links.size, _NOW_LINK), np.zeros(arrays.experiments.size, _NOW_RESEARCH),
        step_s, reserve_state_of_charge, heater_margin_k,
    )  # fmt: skip
    return record, int(now["is_lost"].sum())
