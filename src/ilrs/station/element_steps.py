"""What elements do within a step, compiled: one function each, over all lanes, without branches.

They carry the formulas of `storage`, `heat` and `data` in scalar form; the tests hold them against
each other step by step. Part of the step loop: see `kernel`.
"""

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from ilrs.station.lanes import LOWER, MADE, UPPER, step_part

__all__ = [
    "ask_keep_alive", "ask_load", "charge_store", "clear_data", "could_use", "discharge_store",
    "do_research",
    "do_warm_work", "do_work", "drop_overflow", "follow_rules", "hand_over", "keep_alive", "lose",
    "make_data", "make_power", "open_store", "radiate", "reserve_link", "rest_research",
    "send_data", "stand_by", "taper", "warm_node",
]  # fmt: skip

Rows: TypeAlias = npt.NDArray[np.void]
FloatArray: TypeAlias = npt.NDArray[np.float64]
IntArray: TypeAlias = npt.NDArray[np.int64]
#: One row of a structured array inside compiled code, where fields are attributes.
Row: TypeAlias = Any

_STEFAN_BOLTZMANN_W_M2_K4 = 5.670374419e-8  # CODATA 2018, as in `heat`


@step_part
def make_power(row: Row, bus: Row, sums: Row, made_w: float, lanes: int) -> None:
    """Brings in what an array or a generator makes; what is lost or off makes nothing."""
    for i in range(lanes):
        made = made_w * row.health[i] * (1.0 - row.is_lost[i])
        row.made_w[i] = made
        bus.source_w[MADE, i] += made
        sums.made_w[i] += made


@step_part
def open_store(
    size: Row, row: Row, bus: Row, sums: Row, reserve: float, kept: float,
    step_h: float, lanes: int,
) -> None:  # fmt: skip
    """Ages a store and lets it leak; says what it can give, above the reserve and below it. [W]

    `kept` is the part of its capacity that time has left; cycles and faults take theirs. A store
    that is off keeps its energy; what no longer fits is lost.
    """
    for i in range(lanes):
        cycled = 1.0 - size.fade_per_wh * row.drawn_wh[i]
        part = row.health[i] if row.health[i] > 0.0 else 1.0
        capacity = size.capacity_wh * kept * max(cycled, 0.0) * part
        energy = row.energy_wh[i]
        left = min(energy * size.kept_fraction, capacity)
        sums.lost_wh[i] += energy - left
        row.energy_wh[i] = left
        row.capacity_wh[i] = capacity
        most = size.discharge_power_w * row.health[i] * (1.0 - row.is_lost[i])
        per_w = size.discharge_efficiency / step_h
        floor = size.floor_fraction * capacity
        above = max(left - max(reserve * capacity, floor), 0.0) * per_w
        all_of_it = min(max(left - floor, 0.0) * per_w, most)
        upper = min(above, most)
        row.upper_w[i] = upper
        row.lower_w[i] = all_of_it - upper
        bus.source_w[UPPER, i] += upper
        bus.source_w[LOWER, i] += all_of_it - upper


@step_part
def radiate(size: Row, row: Row, sink_k: float, lanes: int) -> None:
    """What a louvered radiator gives off now [W], and by how much that softens a warming [1]."""
    area = size.radiator_area_m2 * size.radiator_emissivity * _STEFAN_BOLTZMANN_W_M2_K4
    span_k = size.louver_open_k - size.louver_closed_k
    slope = (1.0 - size.louver_closed_fraction) / span_k if span_k > 0.0 else 0.0
    sink4 = sink_k * sink_k * sink_k * sink_k
    for i in range(lanes):
        t = row.temperature_k[i]
        turned = size.louver_closed_fraction + slope * (t - size.louver_closed_k)
        is_moving = 1.0 if turned > size.louver_closed_fraction else 0.0
        is_moving = is_moving if turned < 1.0 else 0.0
        part = min(max(turned, size.louver_closed_fraction), 1.0) if span_k > 0.0 else 1.0
        cube = t * t * t
        net = cube * t - sink4
        row.radiated_w[i] = area * part * net
        rise = 4.0 * part * cube + slope * net * is_moving
        row.softness[i] = max(area * rise, 0.0) * size.gain_k_w


@step_part
def ask_keep_alive(
    size: Row, row: Row, bus: Row, sink_k: float, generator_heat_w: float, absorbed_w: float,
    load_w: float, margin_k: float, lanes: int,
) -> None:  # fmt: skip
    """Keep-alive loads and survival heaters: what they ask of the bus, taken as served. [W]

    `free_k` is where the node would end without any electric power: what work and the end of the
    step add to. What is off has no load; its heater works on where it hangs on the bus itself.
    """
    hold_k = size.survival_minimum_k + margin_k
    cold_k, hot_k = size.operating_minimum_k, size.operating_maximum_k
    for i in range(lanes):
        there = 1.0 - row.is_lost[i]
        health = row.health[i] * there
        present = 1.0 if health > 0.0 else 0.0
        warmed = there * max(present, size.warm_when_off)
        start_k, soft = row.temperature_k[i], row.softness[i]
        own_w = absorbed_w + generator_heat_w * health - row.radiated_w[i]
        free = sink_k + (start_k - sink_k) * size.left_fraction + own_w * size.gain_k_w
        row.free_k[i] = free
        keep = (row.keep_w[i] + load_w) * present
        short_k = hold_k * (1.0 + soft) - soft * start_k - free - keep * size.gain_k_w
        heater = min(max(short_k * size.per_gain_w_k, 0.0), size.heater_power_w) * warmed
        asked = keep + heater
        row.is_present[i] = present
        row.heater_w[i] = heater
        row.requested_w[i] = asked
        row.used_w[i] = asked
        row.is_alive[i] = present
        able = present if start_k >= cold_k else 0.0
        row.is_able[i] = able if start_k <= hot_k else 0.0
        bus.wanted_w[i] += asked


@step_part
def ask_load(row: Row, bus: Row, load_w: float, lanes: int) -> None:
    """As `ask_keep_alive`, for an element without a thermal node. [W]"""
    for i in range(lanes):
        present = 1.0 if row.health[i] * (1.0 - row.is_lost[i]) > 0.0 else 0.0
        asked = (row.keep_w[i] + load_w) * present
        row.is_present[i] = present
        row.requested_w[i] = asked
        row.used_w[i] = asked
        row.is_alive[i] = present
        row.is_able[i] = present
        bus.wanted_w[i] += asked


@step_part
def keep_alive(row: Row, bus: Row, sums: Row, lanes: int) -> None:
    """Serves one element's keep-alive load and survival heater of a bus that falls short."""
    for i in range(lanes):
        asked = row.requested_w[i]
        used = min(asked, bus.arrived_w[i])
        bus.arrived_w[i] -= used
        bus.used_w[i] += used
        sums.unserved_w[i] += asked - used
        row.used_w[i] = used
        # Loads come first: the heater gets what they leave.
        row.heater_w[i] = max(row.heater_w[i] - (asked - used), 0.0)
        is_served = used >= asked
        row.is_alive[i] = row.is_alive[i] if is_served else 0.0
        row.is_able[i] = row.is_able[i] if is_served else 0.0


@step_part
def stand_by(row: Row, lanes: int) -> None:
    """As `do_work`, for an element that has no work and nothing planned: it asks for nothing."""
    for i in range(lanes):
        row.is_working[i] = row.is_able[i] * row.is_on[i]


@step_part
def do_work(row: Row, bus: Row, lanes: int) -> None:
    """The work of an element without a thermal node; whole or not at all."""
    for i in range(lanes):
        asked = row.extra_w[i] * row.is_able[i]
        left = bus.left_w[i]
        fits = 1.0 if asked <= left else 0.0
        served = asked * fits
        row.requested_w[i] += asked
        row.used_w[i] += served
        row.is_working[i] = row.is_able[i] * fits * row.is_on[i]
        bus.left_w[i] = left - served
        bus.wanted_w[i] += served


@step_part
def do_warm_work(size: Row, row: Row, bus: Row, margin_k: float, lanes: int) -> None:
    """An element's work and the heat it needs for it, or its warming up; whole or not at all."""
    hold_k, hot_k = size.operating_minimum_k + margin_k, size.operating_maximum_k
    for i in range(lanes):
        start_k, soft = row.temperature_k[i], row.softness[i]
        extra = row.extra_w[i] * row.is_able[i]
        load = row.used_w[i] - row.heater_w[i]  # of what is alive
        free = row.free_k[i] + (load + extra) * size.gain_k_w
        short_k = hold_k * (1.0 + soft) - soft * start_k - free
        wanted = min(max(short_k * size.per_gain_w_k, 0.0), size.heater_power_w)
        # Work's own heat may make up for a part; the survival heater's power is already served.
        heater = max(wanted - row.heater_w[i], 0.0) * row.is_on[i]
        can = 0.0 if start_k > hot_k else row.is_alive[i]
        asked = (extra + heater) * can
        left = bus.left_w[i]
        fits = can if asked <= left else 0.0
        served = asked * fits
        row.requested_w[i] += asked
        row.used_w[i] += served
        row.heater_w[i] += heater * fits
        row.is_working[i] = row.is_able[i] * fits * row.is_on[i]
        bus.left_w[i] = left - served
        bus.wanted_w[i] += served


@step_part
def do_research(
    size: Row, row: Row, bus: Row, sums: Row, done: Row, planned: float, lanes: int
) -> None:  # fmt: skip
    """One experiment, whole or not at all; `done` is the part of the step in which it ran.

    What rests by some element's mode asks for nothing.
    """
    power_w = size.power_w * planned
    for i in range(lanes):
        awake = 1.0 if size.rank < sums.rests_from[i] else 0.0
        row.requested_w[i] += power_w * row.is_able[i] * awake
        fits = row.is_working[i] * awake if power_w <= bus.left_w[i] else 0.0
        done.part[i] = planned * fits
        row.used_w[i] += power_w * fits
        row.made_bps[i] += size.data_bps * planned * fits
        bus.left_w[i] -= power_w * fits
        bus.wanted_w[i] += power_w * fits


@step_part
def reserve_link(size: Row, row: Row, bus: Row, served: Row, is_open: float, lanes: int) -> None:
    """Sets a link's power aside for the part of the step in which it is open."""
    power_w = size.power_w * is_open
    for i in range(lanes):
        fits = row.is_alive[i] if power_w <= bus.left_w[i] else 0.0
        served.part[i] = fits
        bus.left_w[i] -= power_w * fits


@step_part
def clear_data(row: Row, lanes: int) -> None:
    for i in range(lanes):
        row.made_bps[i] = 0.0
        row.sent_bit[i] = 0.0
        row.dropped_bit[i] = 0.0


@step_part
def make_data(row: Row, step_s: float, lanes: int) -> None:
    for i in range(lanes):
        more = (row.work_bps[i] - row.keep_bps[i]) * row.is_working[i]
        made = row.made_bps[i] + (row.keep_bps[i] + more) * row.is_alive[i]
        row.made_bps[i] = made
        row.held_bit[i] += made * step_s


@step_part
def hand_over(row: Row, gateway: Row, most_bit: float, lanes: int) -> None:
    for i in range(lanes):
        handed = min(row.held_bit[i], most_bit) * row.is_alive[i] * gateway.is_alive[i]
        row.held_bit[i] -= handed
        gateway.held_bit[i] += handed


@step_part
def send_data(
    size: Row, row: Row, bus: Row, served: Row, is_open: float, step_s: float, lanes: int
) -> None:
    """Sends over one link; it draws power for the part of the step in which it is used."""
    most_bit = size.rate_bps * step_s * is_open
    per_bit_w = size.power_w / (size.rate_bps * step_s) if size.rate_bps > 0.0 else 0.0
    for i in range(lanes):
        could = min(row.held_bit[i], most_bit) * row.is_alive[i]
        sent = could * served.part[i]
        row.requested_w[i] += could * per_bit_w
        row.used_w[i] += sent * per_bit_w
        bus.wanted_w[i] += sent * per_bit_w
        row.held_bit[i] -= sent
        row.sent_bit[i] += sent


@step_part
def drop_overflow(row: Row, most_bit: float, lanes: int) -> None:
    for i in range(lanes):
        held = min(row.held_bit[i], most_bit)
        row.dropped_bit[i] += row.held_bit[i] - held
        row.held_bit[i] = held


@step_part
def could_use(row: Row, bus: Row, size: Row, links_w: float, research_w: float, lanes: int) -> None:
    """Adds what an element could use beyond keep-alive, at most. [W]"""
    for i in range(lanes):
        more = row.extra_w[i] + links_w + (size.heater_power_w + research_w) * row.is_on[i]
        bus.wanted_w[i] += more * row.is_alive[i]


@step_part
def discharge_store(size: Row, row: Row, bus: Row, sums: Row, step_h: float, lanes: int) -> None:
    """Takes from a store its part of what its bus drew; `bus` holds what is left of the sums.

    What is lost on the way warms the store's own node.
    """
    per_wh_k = size.gain_k_w / step_h
    for i in range(lanes):
        given_wh = (
            row.upper_w[i] * bus.source_w[UPPER, i] + row.lower_w[i] * bus.source_w[LOWER, i]
        ) * step_h
        drawn_wh = given_wh / size.discharge_efficiency
        row.energy_wh[i] -= drawn_wh
        row.drawn_wh[i] += drawn_wh
        sums.lost_wh[i] += drawn_wh - given_wh
        row.free_k[i] += (drawn_wh - given_wh) * per_wh_k
        room_wh = max(row.capacity_wh[i] - row.energy_wh[i], 0.0)
        most = size.charge_power_w * row.health[i] * row.is_present[i]
        row.room_w[i] = min(most, room_wh / (size.charge_efficiency * step_h))
        bus.room_w[i] += row.room_w[i]


@step_part
def taper(size: Row, row: Row, bus: Row, step_h: float, lanes: int) -> None:
    """Takes back what a charger that tapers does not take of what fits; see `tapered_w`."""
    for i in range(lanes):
        capacity, energy = row.capacity_wh[i], row.energy_wh[i]
        most = size.charge_power_w * row.health[i] * row.is_present[i]
        stored_w = most * size.charge_efficiency
        room = 0.0
        if stored_w > 0.0 and capacity > energy:
            steady_h = (size.taper_above * capacity - energy) / stored_w
            steady_h = min(max(steady_h, 0.0), step_h)
            missing = max(capacity - energy - stored_w * steady_h, 0.0)
            span_h = (1.0 - size.taper_above) * capacity / stored_w
            rest = missing * -np.expm1(-(step_h - steady_h) / span_h)
            room = (stored_w * steady_h + rest) / (size.charge_efficiency * step_h)
        room = min(room, row.room_w[i])
        bus.room_w[i] -= row.room_w[i] - room
        row.room_w[i] = room


@step_part
def charge_store(size: Row, row: Row, bus: Row, sums: Row, step_h: float, lanes: int) -> None:
    """Brings a store its part of what arrived for the stores of its bus, and its loss its node."""
    per_wh_k = size.gain_k_w / step_h
    for i in range(lanes):
        taken_wh = row.room_w[i] * bus.room_w[i] * step_h
        stored_wh = taken_wh * size.charge_efficiency
        energy = row.energy_wh[i] + stored_wh
        row.energy_wh[i] = energy
        sums.lost_wh[i] += taken_wh - stored_wh
        row.free_k[i] += (taken_wh - stored_wh) * per_wh_k
        bus.energy_wh[i] += energy
        bus.capacity_wh[i] += row.capacity_wh[i]


@step_part
def warm_node(size: Row, row: Row, lanes: int) -> bool:
    """Ends the step for a node; whether it left what it survives in some lane, and is lost.

    `lowest_margin_k` keeps the least distance to the ends of what it survives.
    """
    low, high = size.survival_minimum_k, size.survival_maximum_k
    least = np.inf
    for i in range(lanes):
        soft = row.softness[i]
        warmed = row.free_k[i] + row.used_w[i] * size.gain_k_w + soft * row.temperature_k[i]
        end_k = warmed / (1.0 + soft)
        row.temperature_k[i] = end_k
        margin_k = min(row.lowest_margin_k[i], min(end_k - low, high - end_k))
        row.lowest_margin_k[i] = margin_k
    for i in range(lanes):
        least = min(least, row.lowest_margin_k[i])
    return not least >= 0.0


@step_part
def lose(row: Row, sums: Row, k: int, lanes: int) -> None:
    """Takes out of the run what once left the temperatures it survives, with what it holds."""
    for i in range(lanes):
        lost = 0.0 if row.lowest_margin_k[i] >= 0.0 else 1.0
        gone, dropped = row.energy_wh[i] * lost, row.held_bit[i] * lost
        sums.lost_wh[i] += gone
        row.energy_wh[i] -= gone
        row.dropped_bit[i] += dropped
        row.held_bit[i] -= dropped
        row.is_lost[i] = lost
        if lost > 0.0 and row.lost_step[i] < 0:
            row.lost_step[i] = k


@step_part
def rest_research(spans: Rows, modes: Rows, now: Rows, sums: Row, lanes: int) -> None:
    """The rank from which on research rests in this step: the least of all elements' modes."""
    for i in range(lanes):
        sums.rests_from[i] = np.inf
    for e in range(spans.size):
        if spans[e].last_rule > spans[e].first_rule:
            for i in range(lanes):
                mode = modes[spans[e].first_mode + int(now[e].mode[i])]
                sums.rests_from[i] = min(sums.rests_from[i], mode.rests_from)


@step_part
def follow_rules(
    rules: Rows, span: Row, modes: Rows, row: Row, now: Rows, sizes: Rows, buses: Rows,
    acts: FloatArray, rule_acts: IntArray, step_s: float, lanes: int,
) -> None:  # fmt: skip
    """The mode that an element's rules lead to: the first that holds, or the one it is in."""
    for i in range(lanes):
        mode = int(row.mode[i])
        row.mode_s[i] += step_s
        for r in range(span.first_rule, span.last_rule):
            rule = rules[r]
            asked = now[rule.of]
            capacity, energy = asked.capacity_wh[i], asked.energy_wh[i]
            if capacity <= 0.0:
                bus = buses[sizes[rule.of].bus]
                capacity, energy = bus.capacity_wh[i], bus.energy_wh[i]
            charge = energy / capacity if capacity > 0.0 else 1.0
            health = asked.health[i] * (1.0 - asked.is_lost[i])
            holds = acts[rule_acts[r]] > 0.0 and (rule.from_modes >> mode) & 1 == 1
            holds = holds and rule.charge_above < charge < rule.charge_below
            holds = holds and rule.health_above < health < rule.health_below
            holds = holds and row.mode_s[i] >= rule.after_s
            # What was present and not alive went short in the step before.
            holds = holds and (not rule.is_starved or row.is_present[i] > row.is_alive[i])
            t = asked.temperature_k[i]
            if rule.has_temperature:
                holds = holds and rule.temperature_above_k < t < rule.temperature_below_k
            if holds:
                if rule.to != mode:
                    row.mode[i], row.mode_s[i] = rule.to, 0.0
                    to = modes[span.first_mode + rule.to]
                    row.keep_w[i], row.extra_w[i] = to.keep_w, to.extra_w
                    row.keep_bps[i], row.work_bps[i] = to.keep_bps, to.work_bps
                    row.is_on[i] = to.is_on
                break
