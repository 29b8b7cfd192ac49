"""What elements do within a step, compiled: one function each, over all lanes, without branches.

They carry the formulas of `storage`, `heat` and `data` in scalar form; the tests hold them against
each other step by step. Part of the step loop: see `kernel`.
"""

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from ilrs.station.lanes import (
    ABLE,
    ALIVE,
    B_ARRIVED,
    B_CAPACITY,
    B_ENERGY,
    B_LEFT,
    B_LOWER,
    B_MADE,
    B_ROOM,
    B_UPPER,
    B_WANTED,
    BPS,
    CAPACITY,
    DRAWN,
    DROPPED,
    ENERGY,
    EXTRA,
    FREE,
    HEALTH,
    HEATER,
    HELD,
    KEEP,
    KEEP_BPS,
    L_LOST,
    L_MADE,
    L_UNSERVED,
    LOST,
    LOWER,
    MADE,
    MODE,
    MODE_S,
    ON,
    PRESENT,
    RADIATED,
    REQUESTED,
    ROOM,
    SENT,
    SOFTNESS,
    TEMPERATURE,
    UPPER,
    USED,
    WORK_BPS,
    WORKING,
    step_part,
)  # fmt: skip

__all__ = [
    "ask_keep_alive", "ask_load", "charge_store", "could_use", "discharge_store", "do_research",
    "do_work", "drop_overflow", "follow_rules", "hand_over", "keep_alive", "lose", "make_data",
    "make_power", "open_store", "radiate", "reserve_link", "send_data", "stand_by", "warm_node",
]  # fmt: skip

Rows: TypeAlias = npt.NDArray[np.void]
FloatArray: TypeAlias = npt.NDArray[np.float64]
#: One row of a structured array inside compiled code, where fields are attributes.
Row: TypeAlias = Any

_STEFAN_BOLTZMANN_W_M2_K4 = 5.670374419e-8  # CODATA 2018, as in `heat`


@step_part
def make_power(row: FloatArray, bus: FloatArray, lanes: FloatArray, made_w: float) -> None:
    """Brings in what an array or a generator makes; what is lost or off makes nothing."""
    for i in range(row.shape[1]):
        made = made_w * row[HEALTH, i] * (1.0 - row[LOST, i])
        row[MADE, i] = made
        bus[B_MADE, i] += made
        lanes[L_MADE, i] += made


@step_part
def open_store(
    size: Row, row: FloatArray, bus: FloatArray, lanes: FloatArray, reserve: float, kept: float,
    step_h: float,
) -> None:  # fmt: skip
    """Ages a store and lets it leak; says what it can give, above the reserve and below it. [W]

    `kept` is the part of its capacity that time has left; cycles and faults take theirs. A store
    that is off keeps its energy; what no longer fits is lost.
    """
    for i in range(row.shape[1]):
        cycled = 1.0 - size.fade_per_wh * row[DRAWN, i]
        part = row[HEALTH, i] if row[HEALTH, i] > 0.0 else 1.0
        capacity = size.capacity_wh * kept * max(cycled, 0.0) * part
        energy = row[ENERGY, i]
        left = min(energy * size.kept_fraction, capacity)
        lanes[L_LOST, i] += energy - left
        row[ENERGY, i] = left
        row[CAPACITY, i] = capacity
        most = size.discharge_power_w * row[HEALTH, i] * (1.0 - row[LOST, i])
        per_w = size.discharge_efficiency / step_h
        floor = size.floor_fraction * capacity
        above = max(left - max(reserve * capacity, floor), 0.0) * per_w
        all_of_it = min(max(left - floor, 0.0) * per_w, most)
        upper = min(above, most)
        row[UPPER, i] = upper
        row[LOWER, i] = all_of_it - upper
        bus[B_UPPER, i] += upper
        bus[B_LOWER, i] += all_of_it - upper


@step_part
def radiate(size: Row, row: FloatArray, sink_k: float) -> None:
    """What a louvered radiator gives off now [W], and by how much that softens a warming [1]."""
    area = size.radiator_area_m2 * size.radiator_emissivity * _STEFAN_BOLTZMANN_W_M2_K4
    span_k = size.louver_open_k - size.louver_closed_k
    slope = (1.0 - size.louver_closed_fraction) / span_k if span_k > 0.0 else 0.0
    sink4 = sink_k * sink_k * sink_k * sink_k
    for i in range(row.shape[1]):
        t = row[TEMPERATURE, i]
        turned = size.louver_closed_fraction + slope * (t - size.louver_closed_k)
        is_moving = 1.0 if turned > size.louver_closed_fraction else 0.0
        is_moving = is_moving if turned < 1.0 else 0.0
        part = min(max(turned, size.louver_closed_fraction), 1.0) if span_k > 0.0 else 1.0
        cube = t * t * t
        net = cube * t - sink4
        row[RADIATED, i] = area * part * net
        rise = 4.0 * part * cube + slope * net * is_moving
        row[SOFTNESS, i] = max(area * rise, 0.0) * size.gain_k_w


@step_part
def ask_keep_alive(
    size: Row, row: FloatArray, bus: FloatArray, sink_k: float, heat_w: float, absorbed_w: float,
    load_w: float, margin_k: float,
) -> None:  # fmt: skip
    """Keep-alive loads and survival heaters: what they ask of the bus. [W]

    `free_k` is where the node would end without any electric power: what work and the end of the
    step add to. What is off has neither load nor heater.
    """
    hold_k = size.survival_minimum_k + margin_k
    for i in range(row.shape[1]):
        health = row[HEALTH, i] * (1.0 - row[LOST, i])
        present = 1.0 if health > 0.0 else 0.0
        start_k, soft = row[TEMPERATURE, i], row[SOFTNESS, i]
        own_w = absorbed_w + heat_w * health - row[RADIATED, i]
        free = sink_k + (start_k - sink_k) * size.left_fraction + own_w * size.gain_k_w
        row[FREE, i] = free
        keep = row[KEEP, i] + load_w
        short_k = hold_k * (1.0 + soft) - soft * start_k - free - keep * size.gain_k_w
        heater = min(max(short_k * size.per_gain_w_k, 0.0), size.heater_power_w)
        asked = (keep + heater) * present
        row[PRESENT, i] = present
        row[HEATER, i] = heater * present
        row[REQUESTED, i] = asked
        bus[B_WANTED, i] += asked


@step_part
def ask_load(row: FloatArray, bus: FloatArray, load_w: float) -> None:
    """As `ask_keep_alive`, for an element without a thermal node. [W]"""
    for i in range(row.shape[1]):
        present = 1.0 if row[HEALTH, i] * (1.0 - row[LOST, i]) > 0.0 else 0.0
        asked = (row[KEEP, i] + load_w) * present
        row[PRESENT, i] = present
        row[REQUESTED, i] = asked
        bus[B_WANTED, i] += asked


@step_part
def keep_alive(size: Row, row: FloatArray, bus: FloatArray, lanes: FloatArray) -> None:
    """Serves one element's keep-alive load and survival heater from what arrived at its bus."""
    cold = size.operating_minimum_k if size.has_node else -np.inf
    warm = size.operating_maximum_k if size.has_node else np.inf
    for i in range(row.shape[1]):
        asked = row[REQUESTED, i]
        used = min(asked, bus[B_ARRIVED, i])
        bus[B_ARRIVED, i] -= used
        lanes[L_UNSERVED, i] += asked - used
        row[USED, i] = used
        # Loads come first: the heater gets what they leave.
        row[HEATER, i] = max(row[HEATER, i] - (asked - used), 0.0)
        alive = row[PRESENT, i] if used >= asked else 0.0
        row[ALIVE, i] = alive
        able = alive if row[TEMPERATURE, i] >= cold else 0.0
        row[ABLE, i] = able if row[TEMPERATURE, i] <= warm else 0.0


@step_part
def stand_by(size: Row, row: FloatArray) -> None:
    """As `do_work`, for an element that has no work and nothing planned: it asks for nothing."""
    hot_k = size.operating_maximum_k if size.has_node else np.inf
    for i in range(row.shape[1]):
        working = row[ABLE, i] * row[ON, i]
        row[WORKING, i] = working if row[TEMPERATURE, i] <= hot_k else 0.0


@step_part
def do_work(size: Row, row: FloatArray, bus: FloatArray, margin_k: float) -> None:
    """An element's work and the heat it needs for it, or its warming up; whole or not at all."""
    hold_k = size.operating_minimum_k + margin_k
    has_node = 1.0 if size.has_node else 0.0
    hot_k = size.operating_maximum_k if size.has_node else np.inf
    for i in range(row.shape[1]):
        start_k, soft = row[TEMPERATURE, i], row[SOFTNESS, i]
        extra = row[EXTRA, i] * row[ABLE, i]
        load = row[USED, i] - row[HEATER, i]  # of what is alive
        free = row[FREE, i] + (load + extra) * size.gain_k_w
        short_k = hold_k * (1.0 + soft) - soft * start_k - free
        wanted = min(max(short_k * size.per_gain_w_k, 0.0), size.heater_power_w)
        # Work's own heat may make up for a part; the survival heater's power is already served.
        heater = max(wanted - row[HEATER, i], 0.0) * has_node * row[ON, i]
        can = 0.0 if start_k > hot_k else row[ALIVE, i]
        asked = (extra + heater) * can
        fits = can if asked <= bus[B_LEFT, i] else 0.0
        served = asked * fits
        row[REQUESTED, i] += asked
        row[USED, i] += served
        row[HEATER, i] += heater * fits
        row[WORKING, i] = row[ABLE, i] * fits * row[ON, i]
        bus[B_LEFT, i] -= served
        bus[B_WANTED, i] += served


@step_part
def do_research(
    size: Row, row: FloatArray, bus: FloatArray, done: FloatArray, planned: float
) -> None:
    """One experiment, whole or not at all; `done` is the part of the step in which it ran."""
    power_w = size.power_w * planned
    for i in range(row.shape[1]):
        row[REQUESTED, i] += power_w * row[ABLE, i]
        fits = row[WORKING, i] if power_w <= bus[B_LEFT, i] else 0.0
        done[i] = planned * fits
        row[USED, i] += power_w * fits
        row[BPS, i] += size.data_bps * planned * fits
        bus[B_LEFT, i] -= power_w * fits
        bus[B_WANTED, i] += power_w * fits


@step_part
def reserve_link(
    size: Row, row: FloatArray, bus: FloatArray, served: FloatArray, is_open: float
) -> None:
    """Sets a link's power aside for the part of the step in which it is open."""
    power_w = size.power_w * is_open
    for i in range(row.shape[1]):
        fits = row[ALIVE, i] if power_w <= bus[B_LEFT, i] else 0.0
        served[i] = fits
        bus[B_LEFT, i] -= power_w * fits


@step_part
def make_data(row: FloatArray, step_s: float) -> None:
    for i in range(row.shape[1]):
        more = (row[WORK_BPS, i] - row[KEEP_BPS, i]) * row[WORKING, i]
        made = row[BPS, i] + (row[KEEP_BPS, i] + more) * row[ALIVE, i]
        row[BPS, i] = made
        row[HELD, i] += made * step_s


@step_part
def hand_over(row: FloatArray, gateway: FloatArray, most_bit: float) -> None:
    for i in range(row.shape[1]):
        handed = min(row[HELD, i], most_bit) * row[ALIVE, i] * gateway[ALIVE, i]
        row[HELD, i] -= handed
        gateway[HELD, i] += handed


@step_part
def send_data(
    size: Row, row: FloatArray, bus: FloatArray, served: FloatArray, is_open: float, step_s: float
) -> None:
    """Sends over one link; it draws power for the part of the step in which it is used."""
    most_bit = size.rate_bps * step_s * is_open
    per_bit_w = size.power_w / (size.rate_bps * step_s) if size.rate_bps > 0.0 else 0.0
    for i in range(row.shape[1]):
        could = min(row[HELD, i], most_bit) * row[ALIVE, i]
        sent = could * served[i]
        row[REQUESTED, i] += could * per_bit_w
        row[USED, i] += sent * per_bit_w
        bus[B_WANTED, i] += sent * per_bit_w
        row[HELD, i] -= sent
        row[SENT, i] += sent


@step_part
def drop_overflow(row: FloatArray, most_bit: float) -> None:
    for i in range(row.shape[1]):
        held = min(row[HELD, i], most_bit)
        row[DROPPED, i] += row[HELD, i] - held
        row[HELD, i] = held


@step_part
def could_use(
    row: FloatArray, bus: FloatArray, size: Row, links_w: float, research_w: float
) -> None:
    """Adds what an element could use beyond keep-alive, at most. [W]"""
    for i in range(row.shape[1]):
        more = row[EXTRA, i] + links_w + (size.heater_power_w + research_w) * row[ON, i]
        bus[B_WANTED, i] += more * row[ALIVE, i]


@step_part
def discharge_store(
    size: Row, row: FloatArray, bus: FloatArray, lanes: FloatArray, step_h: float
) -> None:
    """Takes from a store its part of what its bus drew; `bus` holds what is left of the sums."""
    for i in range(row.shape[1]):
        given_wh = (row[UPPER, i] * bus[B_UPPER, i] + row[LOWER, i] * bus[B_LOWER, i]) * step_h
        drawn_wh = given_wh / size.discharge_efficiency
        row[ENERGY, i] -= drawn_wh
        row[DRAWN, i] += drawn_wh
        lanes[L_LOST, i] += drawn_wh - given_wh
        room_wh = max(row[CAPACITY, i] - row[ENERGY, i], 0.0)
        most = size.charge_power_w * row[HEALTH, i] * row[PRESENT, i]
        row[ROOM, i] = min(most, room_wh / (size.charge_efficiency * step_h))
        bus[B_ROOM, i] += row[ROOM, i]


@step_part
def charge_store(
    size: Row, row: FloatArray, bus: FloatArray, lanes: FloatArray, step_h: float
) -> None:
    """Brings a store its part of what arrived for the stores of its bus."""
    for i in range(row.shape[1]):
        taken_wh = row[ROOM, i] * bus[B_ROOM, i] * step_h
        stored_wh = taken_wh * size.charge_efficiency
        energy = row[ENERGY, i] + stored_wh
        row[ENERGY, i] = energy
        lanes[L_LOST, i] += taken_wh - stored_wh
        bus[B_ENERGY, i] += energy
        bus[B_CAPACITY, i] += row[CAPACITY, i]


@step_part
def warm_node(size: Row, row: FloatArray, margin_k: FloatArray) -> bool:
    """Ends the step for a node; whether it left what it survives in some lane, and is lost.

    `margin_k` keeps the least distance to the ends of what it survives.
    """
    low, high = size.survival_minimum_k, size.survival_maximum_k
    least = np.inf
    for i in range(row.shape[1]):
        soft = row[SOFTNESS, i]
        warmed = row[FREE, i] + row[USED, i] * size.gain_k_w + soft * row[TEMPERATURE, i]
        end_k = warmed / (1.0 + soft)
        row[TEMPERATURE, i] = end_k
        margin_k[i] = min(margin_k[i], min(end_k - low, high - end_k))
    for i in range(row.shape[1]):
        least = min(least, margin_k[i])
    return not least >= 0.0


@step_part
def lose(row: FloatArray, lanes: FloatArray, margin_k: FloatArray) -> None:
    """Takes out of the run what once left the temperatures it survives, with what it holds."""
    for i in range(row.shape[1]):
        lost = 0.0 if margin_k[i] >= 0.0 else 1.0
        gone, dropped = row[ENERGY, i] * lost, row[HELD, i] * lost
        lanes[L_LOST, i] += gone
        row[ENERGY, i] -= gone
        row[DROPPED, i] += dropped
        row[HELD, i] -= dropped
        row[LOST, i] = lost


@step_part
def follow_rules(
    rules: Rows, modes: Rows, row: FloatArray, bus: FloatArray, fits: FloatArray, step_s: float
) -> None:
    """The mode that an element's rules lead to: the first that holds, or the one it is in."""
    for i in range(row.shape[1]):
        capacity, energy = row[CAPACITY, i], row[ENERGY, i]
        if capacity <= 0.0:
            capacity, energy = bus[B_CAPACITY, i], bus[B_ENERGY, i]
        charge = energy / capacity if capacity > 0.0 else 1.0
        mode = int(row[MODE, i])
        row[MODE_S, i] += step_s
        for r in range(rules.size):
            rule = rules[r]
            holds = fits[r] > 0.0 and (rule.from_modes >> mode) & 1 == 1
            holds = holds and rule.charge_above < charge < rule.charge_below
            holds = holds and row[MODE_S, i] >= rule.after_s
            # What was present and not alive went short in the step before.
            holds = holds and (not rule.is_starved or row[PRESENT, i] > row[ALIVE, i])
            t = row[TEMPERATURE, i]
            if rule.has_temperature:
                holds = holds and rule.temperature_above_k < t < rule.temperature_below_k
            if holds:
                if rule.to != mode:
                    row[MODE, i], row[MODE_S, i] = rule.to, 0.0
                    to = modes[rule.to]
                    row[KEEP, i], row[EXTRA, i] = to.keep_w, to.extra_w
                    row[KEEP_BPS, i], row[WORK_BPS, i] = to.keep_bps, to.work_bps
                    row[ON, i] = to.is_on
                break
